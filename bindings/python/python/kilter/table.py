"""Tables of results: rows and columns with stable names, which pandas, polars, pyarrow, DuckDB and others
take as they are, through the Arrow PyCapsule interface and without a copy.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from . import _frames, _html, _native

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas
    import polars
    import pyarrow

    from ._native import Table as NativeTable

__all__ = ["Table"]

Row: TypeAlias = "dict[str, Any]"


class Table:
    """A table of results.

    Dates are dates, words are categories (Arrow dictionaries), and an absence is a null: a column beside it
    says why. `Table.of` makes one of a data frame.

    >>> import kilter
    >>> table = kilter.methods.crude_rate([12, None], [96, 80], per=1000)
    >>> len(table), table.columns
    (2, ['value', 'lower', 'upper', 'method', 'reason'])
    >>> table["value"]
    [125.0, None]
    >>> table["reason"][1]
    'the numerator is missing, which is not zero'
    """

    def __init__(self, native: NativeTable) -> None:
        self._native = native

    @classmethod
    def of(cls, data: Any) -> Table:
        """A table of a data frame of pandas, polars or pyarrow, or of anything else with `__arrow_c_stream__`. Columns in
        the types that tables have (float64, int64, date32, categories) are not copied; a NaN is an absence, and what
        has no time of day is a date.

        Raises `DataError` for a column of anything else (truth values, moments, lists), and for what is no data frame.

        >>> import kilter, pyarrow
        >>> table = kilter.Table.of(pyarrow.table({"area": ["Fife", "Fife"], "value": [4.5, None]}))
        >>> table["area"], table["value"]
        (['Fife', 'Fife'], [4.5, None])
        """
        return cls(_native.Table.of(_frames.frame(data)))

    def __len__(self) -> int:
        return len(self._native)

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return [name for name, _ in self._native.columns]

    @property
    def kinds(self) -> dict[str, str]:
        """The kind of each column: "text", "number", "integer" or "date"."""
        return dict(self._native.columns)

    def __getitem__(self, column: str) -> list[Any]:
        """The cells of a column; None for an absence."""
        return self._native.column(column)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.to_dicts())

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._native.__arrow_c_stream__(requested_schema)

    def __arrow_c_schema__(self) -> object:
        return self._native.__arrow_c_schema__()

    def to_dicts(self) -> list[Row]:
        """The rows as dictionaries."""
        columns = self.columns
        cells = [self._native.column(name) for name in columns]
        return [dict(zip(columns, row, strict=True)) for row in zip(*cells, strict=True)]

    def to_arrow(self) -> pyarrow.Table:
        """The table in pyarrow, which shares its memory."""
        return needed("pyarrow", "to_arrow()").table(self)

    def to_pandas(self) -> pandas.DataFrame:
        """The table in pandas: dates as datetime64, words as categories, absences as missing."""
        needed("pandas", "to_pandas()")
        frame: pandas.DataFrame = self.to_arrow().to_pandas(date_as_object=False)
        return frame

    def to_polars(self) -> polars.DataFrame:
        """The table in polars."""
        frame: polars.DataFrame = needed("polars", "to_polars()").DataFrame(self)
        return frame

    def to_csv(self, path: str | PathLike[str] | None = None) -> str | None:
        """The table as CSV, numbers unrounded: as text, or written to a file where a path is given."""
        return self._written("csv", path)

    def to_json(self, path: str | PathLike[str] | None = None) -> str | None:
        """The table as a JSON array of objects: as text, or written to a file where a path is given."""
        return self._written("json", path)

    def to_parquet(self, path: str | PathLike[str]) -> None:
        """Writes the table to a Parquet file."""
        Path(path).write_bytes(self._native.bytes("parquet"))

    def _written(self, format: str, path: str | PathLike[str] | None) -> str | None:
        found = self._native.bytes(format)
        if path is None:
            return found.decode()
        Path(path).write_bytes(found)
        return None

    def head(self, rows: int = 10) -> Table:
        """The first rows."""
        return Table(self._native.head(max(rows, 0)))

    def __repr__(self) -> str:
        shown = self._native.head(_html.SHOWN).text(None)
        more = len(self) - _html.SHOWN
        return shown if more <= 0 else f"{shown}\n... and {more:,} more rows"

    def _repr_html_(self) -> str:
        shown = self.head(_html.SHOWN)
        return _html.table(shown.columns, shown.kinds, shown.to_dicts(), len(self))


def needed(library: str, by: str) -> Any:
    """A library that is only imported where it is used."""
    import importlib

    try:
        return importlib.import_module(library)
    except ImportError as error:
        name = library.partition(".")[0]
        raise ImportError(f"{by} needs {name}; install it with: pip install {name}") from error
