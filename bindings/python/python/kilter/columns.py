"""Values, statuses and limits of everything as arrays of NumPy: for millions of answers, where a table with words in
every row would be mostly words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, overload

from . import _arguments as arguments
from . import _native
from ._arguments import Day, Many
from .errors import NotFound
from .table import needed

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

__all__ = ["LACKS", "SIGNALS", "STANDINGS", "STATUSES", "Block", "Charts", "Columns", "Limits", "Ranks", "Statuses"]

LACKS, STATUSES, STANDINGS, SIGNALS = (tuple(words) for words in _native.codes())


class Statuses(NamedTuple):
    """The statuses of one indicator: `codes`, by area and period the place in `kilter.columns.STATUSES`, and how many are
    `green`, `amber` and `red`."""

    codes: NDArray[numpy.uint8]
    green: int
    amber: int
    red: int


class Limits(NamedTuple):
    """The 95% limits of one indicator by area and period: `lower` and `upper`, NaN where there are none; and `standings`,
    how values stand to those they are compared with: the place in `kilter.columns.STANDINGS`, 0 where that cannot be
    said."""

    lower: NDArray[numpy.float64]
    upper: NDArray[numpy.float64]
    standings: NDArray[numpy.uint8]


class Charts(NamedTuple):
    """The control charts of one indicator. `signals`, by area and period the patterns that a value is part of: bit n is
    the pattern at n in `kilter.columns.SIGNALS`. The lines come as one row for each stretch of periods with the same
    lines: the places of its `area`, its `first` period and the one after its last (`end`), its `centre` and its limits
    (`lower`, `upper`), NaN where they rest on nothing. An area without a chart has no lines."""

    signals: NDArray[numpy.uint8]
    area: NDArray[numpy.uint32]
    first: NDArray[numpy.uint32]
    end: NDArray[numpy.uint32]
    centre: NDArray[numpy.float64]
    lower: NDArray[numpy.float64]
    upper: NDArray[numpy.float64]


class Ranks(NamedTuple):
    """The ranks of the values of one indicator in the last period, by area: `ranks`, of which 1 is the best, values that
    are the same share the first, and 0 is none; and `ranked`, among how many."""

    ranks: NDArray[numpy.uint32]
    ranked: NDArray[numpy.uint32]


class Block(NamedTuple):
    """The values of one indicator: its id, the codes of its `areas` (the rows of the arrays) and its `periods` (the
    columns), the unrounded `values`, NaN where there is none, and `lacks`, why there is none: the place in
    `kilter.columns.LACKS`, 0 where there is a value."""

    indicator: str
    areas: tuple[str, ...]
    periods: tuple[str, ...]
    values: NDArray[numpy.float64]
    lacks: NDArray[numpy.uint8]


class Columns(Sequence[Block]):
    """The values of indicators as arrays, a block for each: what `Engine.columns` gives.

    The arrays are the engine's own memory, which is not copied and stays for as long as an array is used; they are to be
    read only. They hold the same values to the bit as the tables of `Engine.values`, `Engine.evaluate` and
    `Engine.compare`.

    >>> import kilter, tempfile
    >>> made = kilter.demo(tempfile.mkdtemp() + "/demo")
    >>> engine = kilter.open(made.path)
    >>> columns = engine.columns("NI-19")
    >>> block = columns["NI-19"]
    >>> block.values.shape == block.lacks.shape == (len(block.areas), len(block.periods))
    True
    >>> statuses = columns.statuses()[0]
    >>> kilter.columns.STATUSES[statuses.codes[block.areas.index(made.area), block.periods.index("2023/24")]]
    'amber'
    """

    def __init__(self, native: _native.Blocks) -> None:
        self._native = native
        array = needed("numpy", "columns").asarray
        self._blocks = [
            Block(indicator, areas, periods, array(values), array(lacks))
            for indicator, areas, periods, values, lacks in native.values
        ]

    def __len__(self) -> int:
        return len(self._blocks)

    @overload
    def __getitem__(self, place: int | str) -> Block: ...
    @overload
    def __getitem__(self, place: slice) -> list[Block]: ...
    def __getitem__(self, place: int | str | slice) -> Block | list[Block]:
        """The block at a place, or of an indicator."""
        if not isinstance(place, str):
            return self._blocks[place]
        for block in self._blocks:
            if block.indicator == place:
                return block
        raise NotFound(f'there is no block of "{place}"; there are {", ".join(b.indicator for b in self._blocks)}')

    def __iter__(self) -> Iterator[Block]:
        return iter(self._blocks)

    def __repr__(self) -> str:
        cells = sum(block.values.size for block in self._blocks)
        return f"Columns({len(self)} indicators, {cells:,} values)"

    def statuses(self, *, level: str | None = None, on: Day | None = None) -> list[Statuses]:
        """The status of every value, block by block, as someone of a level sees it on a day."""
        array = needed("numpy", "columns").asarray
        viewer = (arguments.text("level", level), arguments.day("on", on))
        return [Statuses(array(codes), *tally) for codes, tally in self._native.statuses(viewer)]

    def limits(self) -> list[Limits]:
        """The 95% limits of every value by the method that its indicator names, and how it stands to what it is compared
        with, block by block."""
        array = needed("numpy", "columns").asarray
        return [Limits(*(array(cells) for cells in block)) for block in self._native.limits()]

    def charts(self) -> list[Charts]:
        """The control charts of all values by the rules that their indicators name, block by block."""
        array = needed("numpy", "columns").asarray
        return [Charts(array(signals), *(array(line) for line in lines)) for signals, lines in self._native.charts()]

    def ranks(self, groups: Many | None = None) -> list[Ranks]:
        """The ranks in the last period, block by block: among all areas of a kind, or within the first of these groups that
        an area is a part of."""
        array = needed("numpy", "columns").asarray
        found = self._native.ranks(arguments.many("groups", groups))
        return [Ranks(array(ranks), array(ranked)) for ranks, ranked in found]

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise TypeError("columns are not pickled; pickle their arrays")
