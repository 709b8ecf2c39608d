"""Inequality by deprivation, and funnels."""

from __future__ import annotations

from typing import Literal

from .. import _native
from ._call import Answer, Column, column, like, optional


def simd(
    group: Column,
    rate: Column,
    population: Column,
    *,
    rate_of_all: float,
    deprivation: Literal["quintiles", "deciles"] = "quintiles",
    missing: Literal["refuse", "leave out"] = "refuse",
    level: float = 0.95,
) -> Answer:
    """Slope and relative index of inequality over deprivation groups, as ScotPHO has them.

    Formula: each group with the share ``a`` of the people stands at the rank of all before it and half of its own; through
    the rates runs the line of least squares weighed by ``a``. The slope index is the difference of its ends, the relative
    index that over ``rate_of_all``; attributable is ``A / (1 + A)`` with ``A = Σ a (r / r_least - 1)``. Limits come from the
    scatter about the line, by Student's t.

    Takes: ``group``, 1 for the most deprived to 5 or 10, each once; ``rate``, not negative; ``population``.
    Gives: a row to each index: ``index, value, lower, upper, method``.
    Raises: `MethodError`. Source: `inequality::simd`; ScotPHO's deprivation script.

    >>> from kilter.methods import simd
    >>> found = simd([1, 2, 3, 4, 5], [60, 50, 40, 30, 20], [1000] * 5, rate_of_all=40)
    >>> [round(value, 9) for value in found["value"][:2]]
    [50.0, 1.25]
    """
    columns = (column("group", group), column("rate", rate), column("population", population))
    return like(group, _native.simd(*columns, deprivation, rate_of_all, missing, level))


def slope_index(
    group: Column,
    value: Column,
    population: Column,
    *,
    standard_error: Column | None = None,
    limits: tuple[Column, Column] | None = None,
    values: Literal["plain", "rates", "proportions"] = "plain",
    fit: Literal["values", "logarithms"] = "values",
    towards: Literal["last", "first"] = "last",
    per: float = 1,
    level: float = 0.95,
) -> Answer:
    """Slope and relative index of inequality with limits from how sure each value is.

    Formula: the line of `simd`; the slope index is the difference of its ends times ``per``, the relative index their ratio.

    Takes: ``standard_error`` of each value, or its 95% ``limits``; ``values``, what they are; ``fit``, whether the line runs
    through the values or their logarithms (odds of proportions); ``towards``, which end is taken from which.
    Gives: rows ``slope``, ``relative`` (null where the line does not begin and end above zero) and ``start``: ``index,
    value, lower, upper, method``.
    Raises: `MethodError`. Source: `inequality::slope_index`; `phe_sii`, whose limits are simulated.

    >>> from kilter.methods import slope_index
    >>> found = slope_index([1, 2, 3, 4, 5], [60, 50, 40, 30, 20], [1000] * 5, standard_error=[1] * 5)
    >>> round(found["value"][0], 9)
    -50.0
    """
    error = optional("standard_error", standard_error)
    both = None if limits is None else (column("limits", limits[0]), column("limits", limits[1]))
    columns = (column("group", group), column("value", value), column("population", population))
    return like(group, _native.slope_index(*columns, error, both, values, fit, towards, per, level))


def funnel_proportions(
    numerator: Column, denominator: Column, *, per: float = 100, curve: bool = False
) -> Answer:
    """Which areas' proportions differ from that of all by more than their size explains.

    Formula: a proportion of ``n`` about the average ``A`` may lie within ``A ± z √(A (1 - A) / n)``, at 95% and 99.8%.

    Takes: a row to each area. Gives: a row to each area: ``significance`` ("high (99.8%)", "low (95%)", "not
    significant" ...), ``average, method, reason``; with ``curve`` the limits to draw: ``count, lower_95, upper_95,
    lower_998, upper_998`` and where each stands (``..._at``).
    Raises: `MethodError`. Source: `funnel::Funnel::proportions`; `assign_funnel_significance`, `calculate_funnel_limits`.

    >>> from kilter.methods import funnel_proportions
    >>> funnel_proportions([40, 360, 3], [200, 800, 0])["significance"]
    ['low (99.8%)', 'high (95%)', None]
    """
    x, n = column("numerator", numerator), column("denominator", denominator)
    return like(numerator, _native.funnel_proportions(x, n, per, curve))


def funnel_ratios(
    observed: Column, expected: Column, *, form: Literal["of 100", "excess"] = "of 100", curve: bool = False
) -> Answer:
    """Which areas' ratios of observed to expected events differ from 1 by more than chance.

    Formula: a ratio differs where the exact Poisson limits of the events leave out what was expected.

    Takes: events, and how many are expected, by area; ``form``, whether the curve is of 100 or the excess over 1.
    Gives: as `funnel_proportions`. Raises: as `funnel_proportions`. Source: `funnel::Funnel::ratios`.

    >>> from kilter.methods import funnel_ratios
    >>> funnel_ratios([30, 10], [10, 10])["significance"]
    ['high (99.8%)', 'not significant']
    """
    x, n = column("observed", observed), column("expected", expected)
    return like(observed, _native.funnel_ratios(x, n, form, curve))


def funnel_rates(
    events: Column,
    rate: Column,
    *,
    population: Column | None = None,
    kind: Literal["crude", "standardised"] = "crude",
    per: float = 100_000,
    years: float = 1,
    curve: bool = False,
) -> Answer:
    """Which areas' rates differ from the average by more than chance.

    Formula: a rate differs where its own limits leave out the average; standardised ones of fewer than ten events are
    not placed.

    Takes: events in all years and the rate of each area, from which its people follow; ``population``, read for a crude
    rate of no events, which does not tell; ``years``, over how many.
    Gives: as `funnel_proportions`, with ``rate`` and ``population``, where each area is drawn. Raises: as there.
    Source: `funnel::Funnel::rates`; `calculate_funnel_points`.

    >>> from kilter.methods import funnel_rates
    >>> found = funnel_rates([100, 300], [10, 30], per=1000)
    >>> found["significance"], found["average"][0]
    (['low (99.8%)', 'high (99.8%)'], 20.0)
    """
    x = column("events", events)
    n, of = optional("population", population), column("rate", rate)
    return like(events, _native.funnel_rates(x, n, of, kind, per, years, curve))
