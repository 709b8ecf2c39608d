"""What every method does with its columns: it takes them from any library, and answers in the same kind."""

from __future__ import annotations

from typing import Any, TypeAlias

from .. import _frames, _native

Column: TypeAlias = Any
"""A column: a list, a NumPy array, a series of pandas or polars, an array of pyarrow."""
Answer: TypeAlias = Any
"""A table of the library that the first column came from; of kilter for plain lists."""
Weights: TypeAlias = "tuple[Column, Column] | dict[str, float]"
"""A standard: bands and weights as two columns, or a dictionary of weights by band."""

column = _frames.column
like = _frames.like


def optional(argument: str, data: Column | None) -> Any:
    return None if data is None else column(argument, data)


def texts(argument: str, data: Column) -> Any:
    """A column of keys, such as age bands; numbers are keys too."""
    found = column(argument, data)
    if isinstance(found, list):
        return [key if key is None or isinstance(key, str) else str(key) for key in found]
    if _frames.library(found) == "numpy":
        return [str(key) for key in found.tolist()]
    return found


def weights(argument: str, data: Weights) -> tuple[Any, Any]:
    if isinstance(data, dict):
        return [str(key) for key in data], list(data.values())
    return texts(argument, data[0]), column(argument, data[1])


__all__ = ["Answer", "Column", "Weights", "_native", "column", "like", "optional", "texts", "weights"]
