"""Small numbers, and ages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from .. import _native
from ._call import Answer, Column, column, like

Zeros = Literal["shown", "withheld"]


def primary(counts: Column, *, threshold: int, zeros: Zeros = "shown") -> Answer:
    """Withholds small counts, and nothing else: what is withheld may follow from a total.

    Formula: ``x`` is withheld where ``x <= threshold``, a zero as ``zeros`` says.

    Takes: ``counts``, whole and not negative; ``threshold``, the greatest count that is withheld.
    Gives: ``count, reason``, a row to each row. Raises: `MethodError` for what is no count.
    Source: `disclosure::primary`.

    >>> from kilter.methods import primary
    >>> primary([4, 5, 0], threshold=4)["count"]
    [None, 5, 0]
    """
    return like(counts, _native.primary(column("counts", counts), threshold, zeros))


def row_wise(counts: Column, *, threshold: int, zeros: Zeros = "shown") -> Answer:
    """The rule of the disclosure control app of Public Health Scotland: where a row of a table has one small count, the
    next lowest goes too.

    Formula: that of `primary`; where exactly one count is small, all that equal the next lowest go too.

    Takes: the counts of one row, without its total. Gives: as `primary`. Raises: as `primary`.
    Source: `disclosure::row_wise`.

    >>> from kilter.methods import row_wise
    >>> row_wise([3, 20, 50], threshold=4)["count"]
    [None, None, 50]
    """
    return like(counts, _native.row_wise(column("counts", counts), threshold, zeros))


def protect(
    counts: Column,
    categories: Sequence[int],
    *,
    threshold: int,
    zeros: Zeros = "shown",
    span: int = 1,
) -> Answer:
    """Withholds small counts of a table, and so many others (hypercubes) that none follows from the table and its totals.

    Formula: for every small count the box of cells with it as a corner, whose corners can change together by ``span``, that
    withholds least anew.

    Takes: ``counts`` without totals, the last dimension running fastest; ``categories``, how many each dimension has;
    ``span``, how far apart the bounds of a withheld count are at least.
    Gives: ``count, reason`` of the table with its totals, each dimension's total after its categories.
    Raises: `MethodError`. Source: `disclosure::protect`.

    >>> from kilter.methods import protect
    >>> protect([3, 20, 9, 30], [2, 2], threshold=4)["count"]
    [None, None, 23, None, None, 39, 12, 50, 62]
    """
    return like(counts, _native.protect(column("counts", counts), list(categories), threshold, zeros, span))


def to_base(counts: Column, base: int = 5) -> Answer:
    """Counts rounded to multiples of a base; a middle goes to the even multiple.

    Formula: ``b`` times the whole number nearest to ``x / b``.

    Takes: ``counts``, whole and not negative. Gives: ``count``. Raises: `MethodError`. Source: `disclosure::to_base`.

    >>> from kilter.methods import to_base
    >>> to_base([12, 13, None], 5)["count"]
    [10, 15, None]
    """
    return like(counts, _native.to_base(column("counts", counts), base))


def completed_years(born: Column, on: Column) -> Answer:
    """The age in completed years.

    Formula: the difference of the years, less one before the birthday.

    Takes: two columns of dates. Who was born on 29 February is a year older on 1 March. Gives: ``age, reason``; a day
    before the birth has no age. Raises: `DataError` for a column of another type. Source: `ages::completed_years`.

    >>> import datetime as dt
    >>> from kilter.methods import completed_years
    >>> completed_years([dt.date(2004, 2, 29)], [dt.date(2023, 2, 28)])["age"]
    [18]
    """
    return like(born, _native.completed_years(column("born", born), column("on", on)))


def completed_months(born: Column, on: Column) -> Answer:
    """The age in completed months.

    Formula: the difference of the months, less one before the day of the month.

    Takes: two columns of dates. Gives: ``age, reason``. Raises: as `completed_years`. Source: `ages::completed_months`.

    >>> import datetime as dt
    >>> from kilter.methods import completed_months
    >>> completed_months([dt.date(2023, 1, 31)], [dt.date(2023, 3, 1)])["age"]
    [1]
    """
    return like(born, _native.completed_months(column("born", born), column("on", on)))


def age_groups(age: Column, *, from_: int = 0, to: int = 90, by: int = 5) -> Answer:
    """The age group of each age, as tables have them: "65-69", "90+".

    Formula: the group from ``from_ + by ⌊(age - from_) / by⌋`` on.

    Takes: ``age`` in years, not negative; groups ``by`` years wide from ``from_`` on, the last from ``to`` on and open.
    Gives: ``group, reason``. Raises: `MethodError` for groups that are none. Source: `ages::AgeGroups`.

    >>> from kilter.methods import age_groups
    >>> age_groups([67, 95, None])["group"]
    ['65-69', '90+', None]
    """
    return like(age, _native.age_groups(column("age", age), from_, to, by))
