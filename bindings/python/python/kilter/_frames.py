"""Data frames and columns of other libraries: which library they are of, how their columns are taken, and how
an answer is given in the same kind. No library is imported that the data do not come from.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from . import _arguments, _native
from .errors import DataError

__all__ = ["ArrowStream"]


@runtime_checkable
class ArrowStream(Protocol):
    """Anything that gives a table by the Arrow PyCapsule interface."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


def library(data: object) -> str:
    """The library that an object comes from: "pandas", "polars", "pyarrow", "numpy", or "" for none of them."""
    root = type(data).__module__.partition(".")[0]
    return root if root in {"pandas", "polars", "pyarrow", "numpy"} else ""


def stream(data: object) -> tuple[ArrowStream, int]:
    """A data frame, a mapping of columns or a list of rows as a stream, and its rows where they are known."""
    if library(data) == "pandas":
        return _pandas_stream(data)
    if isinstance(data, ArrowStream):
        return data, _rows(data)
    if isinstance(data, Mapping):
        return _of_columns(data)
    if isinstance(data, Sequence) and not isinstance(data, str | bytes):
        return _of_rows(data)
    raise DataError(
        f"data of type {type(data).__name__}: expected a path, a data frame of pandas, polars or pyarrow, "
        "anything with __arrow_c_stream__, a mapping of columns, or a list of rows"
    )


def frame(data: object) -> ArrowStream:
    """A data frame as a stream, its columns of the types that they have there."""
    if library(data) != "pandas" and not isinstance(data, ArrowStream):
        raise DataError(
            f"data of type {type(data).__name__}: expected a data frame of pandas, polars or pyarrow, or anything "
            "with __arrow_c_stream__"
        )
    return stream(data)[0]


def _rows(data: object) -> int:
    # Readers and relations have no length; progress is then not told.
    for name in ("num_rows", "height"):
        found = getattr(data, name, None)
        if isinstance(found, int):
            return found
    return 0


def _pandas_stream(frame: Any) -> tuple[ArrowStream, int]:
    if not hasattr(frame, "columns"):
        raise DataError("a single column of pandas was given; expected a data frame (column.to_frame())")
    names = [str(name) for name in frame.columns]
    periods = [place for place, kind in enumerate(frame.dtypes) if str(kind).startswith("period[")]
    if periods:
        # Arrow has no periods; the engine reads them as the field writes them.
        frame = frame.copy(deep=False)
        for place in periods:
            frame.isetitem(place, [_period(value) for value in frame.iloc[:, place]])
    try:
        import pyarrow
    except ImportError:
        return _of_columns({name: frame.iloc[:, place].tolist() for place, name in enumerate(names)})
    try:
        return pyarrow.Table.from_pandas(frame, preserve_index=False), len(frame)
    except (pyarrow.ArrowException, ValueError, TypeError, OverflowError) as error:
        raise DataError(f"pandas cannot give this data frame to others: {error}") from error


def _period(value: Any) -> str | None:
    return None if value != value or value is None else _arguments.period("period", value)


def _of_columns(columns: Mapping[Any, Any]) -> tuple[ArrowStream, int]:
    texts = {str(name): [cell(name, row, v) for row, v in enumerate(cells)] for name, cells in columns.items()}
    lengths = {len(cells) for cells in texts.values()}
    if len(lengths) > 1:
        told = ", ".join(f"{name} {len(cells)}" for name, cells in texts.items())
        raise DataError(f"the columns have different lengths: {told}")
    return _native.TextFrame(list(texts.items())), lengths.pop() if lengths else 0


def _of_rows(rows: Sequence[Any]) -> tuple[ArrowStream, int]:
    names: dict[str, None] = {}
    for place, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise DataError(f"row {place} is of type {type(row).__name__}; expected a dictionary by column")
        names.update(dict.fromkeys(str(name) for name in row))
    columns = {name: [row.get(name) for row in rows] for name in names}
    return _of_columns(columns)


def cell(column: object, row: int, value: Any) -> str | None:
    """A cell as the text that a file would hold."""
    if value is None or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(float(value))
    if isinstance(value, dt.date):
        return _arguments.day(f"column {column}, row {row}", value)
    if isinstance(value, _arguments.PeriodLike):
        return _arguments.period(f"column {column}, row {row}", value)
    if hasattr(value, "item") and library(value) == "numpy":
        return cell(column, row, value.item())
    if library(value) == "pandas" and value is sys.modules["pandas"].NA:
        return None
    raise DataError(
        f"column {column}, row {row}: a value of type {type(value).__name__} is neither text, number nor date"
    )


def column(argument: str, data: Any) -> Any:
    """A column of any library as the native part takes it: its Arrow memory, its buffer, or its items."""
    match library(data):
        case "pandas":
            return _pandas_column(argument, data)
        case "polars":
            if not hasattr(data, "to_frame"):
                raise DataError(f"{argument}: one column was expected, and not a {type(data).__name__}")
            return _native.Columns(data.rename("").to_frame())
        case "pyarrow":
            import pyarrow

            if not isinstance(data, pyarrow.Array | pyarrow.ChunkedArray):
                raise DataError(f"{argument}: one column was expected, and not a {type(data).__name__}")
            return _native.Columns(pyarrow.table({argument: data}))
        case "numpy":
            return _numpy_column(argument, data)
    if isinstance(data, str | bytes) or not hasattr(data, "__iter__"):
        raise DataError(f"{argument}: a column was expected, and {data!r} is of type {type(data).__name__}")
    return data if isinstance(data, Sequence) else list(data)


def _pandas_column(argument: str, data: Any) -> Any:
    if not hasattr(data, "dtype"):
        raise DataError(f"{argument}: one column was expected, and not a {type(data).__name__}")
    kind = data.dtype.kind
    if kind in "iuf" and not hasattr(data.dtype, "na_value"):
        return _numpy_column(argument, data.to_numpy())
    try:
        import pyarrow
    except ImportError:
        return [None if value is None or value != value else value for value in data.tolist()]
    try:
        return _native.Columns(pyarrow.table({argument: pyarrow.array(data, from_pandas=True)}))
    except (pyarrow.ArrowException, ValueError, TypeError, OverflowError) as error:
        raise DataError(f"{argument}: {error}") from error


def _numpy_column(argument: str, data: Any) -> Any:
    if getattr(data, "ndim", 1) != 1:
        raise DataError(f"{argument}: one column was expected, and not {data.ndim} dimensions")
    match data.dtype.kind:
        case "i" | "u" | "f":
            return data.astype("float64", order="C", copy=False)
        case "M":
            return [None if value is None else value for value in data.astype("datetime64[D]").tolist()]
    return data.tolist()


def like(data: Any, native: _native.Table) -> Any:
    """An answer as a table of the library that the data came from: a data frame of pandas (with the index of
    the column where rows answer to rows), polars or pyarrow, a record array of NumPy, or a table of kilter.
    """
    from .table import Table

    found = Table(native)
    match library(data):
        case "pandas":
            frame = _plain_pandas(found)
            # A pandas Index has none of its own.
            if len(frame) == len(data) and hasattr(data, "index"):
                frame.index = data.index
            return frame
        case "polars":
            return found.to_polars()
        case "pyarrow":
            return found.to_arrow()
        case "numpy":
            return _records(found)
    return found


def _plain_pandas(table: Any) -> Any:
    pandas = sys.modules["pandas"]
    columns: dict[str, Any] = {}
    for name, kind in table.kinds.items():
        if kind == "number":
            columns[name] = _floats(table, name)
        elif kind == "text":
            words, places = _words(table, name)
            columns[name] = pandas.array(words, dtype="str").take(places, allow_fill=True)
        elif kind == "integer":
            columns[name] = pandas.array(table[name], dtype="Int64")
        else:
            columns[name] = pandas.Series(table[name], dtype="object")
    return pandas.DataFrame(columns)


def _floats(table: Any, name: str) -> Any:
    # NumPy has no other sign for an absence than NaN; the column of reasons says why.
    return sys.modules["numpy"].frombuffer(table._native.floats(name), dtype="float64")


def _words(table: Any, name: str) -> tuple[list[str], Any]:
    words, places = table._native.words(name)
    return words, sys.modules["numpy"].frombuffer(places, dtype="int32")


def _records(table: Any) -> Any:
    numpy = sys.modules["numpy"]
    arrays = []
    for name, kind in table.kinds.items():
        if kind == "number":
            arrays.append(_floats(table, name))
        elif kind == "text":
            words, places = _words(table, name)
            # The place of an absence, -1, is that of the last.
            arrays.append(numpy.array([*words, None], dtype="object")[places])
        else:
            cells = table[name]
            whole = kind == "integer" and None not in cells
            arrays.append(numpy.array(cells, dtype="int64" if whole else "object"))
    return numpy.rec.fromarrays(arrays, names=table.columns)
