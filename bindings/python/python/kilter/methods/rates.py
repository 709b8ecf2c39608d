"""Rates and proportions with their limits, means, rolling windows, quantiles, five-point trends."""

from __future__ import annotations

from typing import Literal

from .. import _native
from ._call import Answer, Column, column, like, optional, texts

Statistic = Literal["rate", "proportion"]


def crude_rate(numerator: Column, denominator: Column, *, per: float = 100_000, level: float = 0.95) -> Answer:
    """Crude rates, row by row, with the limits of a count.

    Formula: ``per * x / n``; limits are those of the count ``x`` (exact Poisson below 10, Byar's from 10 on)
    times ``per / n``.

    Takes: ``numerator``, events, at least 0, need not be whole; ``denominator``, people or person-years, above 0;
    ``per``, above 0; ``level``, a share from 0.9 up to but without 1.
    Gives: a row to each row: ``value, lower, upper`` per ``per``, ``method`` ("exact", "Byar"), and ``reason`` where
    there is no value. It never averages rates: for several rows together take `pooled`.
    Raises: `MethodError` for a level or ``per`` that is none; `DataError` for a column of another type.
    Source: `interval::rate`; Public Health England, Technical Guide: Confidence Intervals; `phe_rate` of
    PHEindicatormethods.

    >>> from kilter.methods import crude_rate
    >>> rates = crude_rate([30, 4, None], [20_000, 0, 500], per=1000)
    >>> rates["value"]
    [1.5, None, None]
    >>> [round(limit, 4) for limit in (rates["lower"][0], rates["upper"][0])]
    [1.0118, 2.1414]
    >>> rates["reason"][2]
    'the numerator is missing, which is not zero'
    >>> crude_rate([1], [2], level=95)
    Traceback (most recent call last):
    ...
    kilter.errors.MethodError: the confidence level is 95: it is a share of at least 0.9 and below 1, such as 0.95
    """
    x, n = column("numerator", numerator), column("denominator", denominator)
    return like(numerator, _native.crude_rate(x, n, per, level))


def proportion(numerator: Column, denominator: Column, *, per: float = 100, level: float = 0.95) -> Answer:
    """Proportions, row by row, with Wilson's limits.

    Formula: ``per * x / n``; limits ``(2x + z² ± z √(z² + 4x(1 - x/n))) / (2(n + z²))`` times ``per``.

    Takes: as `crude_rate`, but a numerator is at most its denominator.
    Gives: ``value, lower, upper, method, reason``, a row to each row.
    Raises: as `crude_rate`.
    Source: `interval::proportion`; Wilson, Journal of the American Statistical Association 1927; `phe_proportion`.

    >>> from kilter.methods import proportion
    >>> share = proportion([30], [120])
    >>> share["value"], round(share["lower"][0], 4), round(share["upper"][0], 4)
    ([25.0], 18.1098, 33.4411)
    >>> proportion([3], [2])["value"]
    [None]
    """
    x, n = column("numerator", numerator), column("denominator", denominator)
    return like(numerator, _native.proportion(x, n, per, level))


def poisson(count: Column, *, level: float = 0.95) -> Answer:
    """Exact limits of Poisson counts.

    Formula: half the chi-squared quantiles with ``2x`` and ``2x + 2`` degrees of freedom; 0 below for none.

    Takes: ``count``, at least 0. Gives: ``lower, upper, reason``, in events.
    Raises: `MethodError` for a level that is none. Source: `interval::poisson`; Garwood, Biometrika 1936.

    >>> from kilter.methods import poisson
    >>> limits = poisson([0, 4])
    >>> [round(limit, 4) for limit in limits["upper"]]
    [3.6889, 10.2416]
    """
    return like(count, _native.poisson(column("count", count), level))


def byar(count: Column, *, level: float = 0.95) -> Answer:
    """Byar's approximation to the limits of Poisson counts.

    Formula: ``x (1 - 1/(9x) - z/(3√x))³``, and above the same of ``y = x + 1`` with a plus.

    Takes: ``count``, at least 0. Gives: ``lower, upper, reason``, in events.
    Raises: as `poisson`. Source: `interval::byar`; Breslow and Day 1987.

    >>> from kilter.methods import byar
    >>> round(byar([30])["lower"][0], 4)
    20.2369
    """
    return like(count, _native.byar(column("count", count), level))


def by_error(value: Column, error: Column, freedom: Column | None = None, *, level: float = 0.95) -> Answer:
    """The limits of values by their standard errors, as surveys publish them.

    Formula: ``value ± t error``, with ``t`` the quantile of Student's distribution with ``freedom`` degrees of freedom;
    the normal one where they are left out.

    Takes: ``value``; ``error``, at least 0, in the same units; ``freedom``, at least 1. Gives: ``lower, upper,
    reason``.
    Raises: as `poisson`. Source: `rates::by_error`; Student, Biometrika 1908.

    >>> from kilter.methods import by_error
    >>> limits = by_error([78.0], [0.5])
    >>> round(limits["lower"][0], 4), round(limits["upper"][0], 4)
    (77.02, 78.98)
    >>> by_error([78.0], [-0.5])["lower"]
    [None]
    """
    v, e = column("value", value), column("error", error)
    return like(value, _native.by_error(v, e, optional("freedom", freedom), level))


def wilson(numerator: Column, denominator: Column, *, level: float = 0.95) -> Answer:
    """Wilson's limits of proportions, as shares of 1.

    Takes: ``numerator``, at most ``denominator``, which is above 0. Gives: ``lower, upper, reason``.
    Raises: as `poisson`. Formula: that of `proportion`. Source: `interval::wilson`.

    >>> from kilter.methods import wilson
    >>> round(wilson([120], [120])["upper"][0], 4)
    1.0
    """
    x, n = column("numerator", numerator), column("denominator", denominator)
    return like(numerator, _native.wilson(x, n, level))


def half_up(values: Column, decimals: int = 0) -> Answer:
    """Numbers rounded as people round: halves go away from zero, by the shortest decimals that a number prints as.

    Formula: ``sign(x) ⌊|x| 10^d + ½⌋ / 10^d`` on the decimal digits of ``x``.

    Takes: ``values``, ``decimals``, at least 0. Gives: ``value``. For print; never before comparing or adding.
    Raises: `MethodError` for decimals below 0.     Source: `half_up`.

    >>> from kilter.methods import half_up
    >>> half_up([2.675, 2.6749999999, -0.5], 2)["value"]
    [2.68, 2.67, -0.5]
    """
    return like(values, _native.half_up(column("values", values), decimals))


def pooled(
    numerator: Column,
    denominator: Column,
    *,
    statistic: Statistic = "rate",
    by: Column | None = None,
    per: float = 100_000,
    level: float = 0.95,
) -> Answer:
    """One rate or proportion of several rows, or one for each group: the ratio of sums, never a mean of rates.

    Formula: ``per * Σx / Σn``, with the limits of `crude_rate` or `proportion` for the sums.

    Takes: columns of one length; ``by``, the group of each row. A denominator of zero is allowed in a part.
    Gives: a row to each group, in order: ``by`` (where given), ``numerator, denominator, value, lower, upper, method,
    reason``. A figure that is missing costs its own group the answer.
    Raises: `MethodError` without ``by``, where there is no answer at all.
    Source: `rates::pooled`, `rates::pooled_by_group`; `phe_rate` and `phe_proportion` on grouped rows.

    >>> from kilter.methods import pooled
    >>> pooled([2, 18], [20, 380], statistic="proportion", per=100)["value"]
    [5.0]
    >>> both = pooled([2, 18, None], [20, 380, 5], by=["a", "a", "b"], statistic="proportion", per=100)
    >>> both["by"], both["value"]
    (['a', 'b'], [5.0, None])
    """
    x, n = column("numerator", numerator), column("denominator", denominator)
    groups = None if by is None else texts("by", by)
    return like(numerator, _native.pooled(x, n, statistic, groups, per, level))


def mean(values: Column, *, level: float = 0.95) -> Answer:
    """The mean of a sample with Student's limits.

    Formula: ``m ± t s / √n`` with the standard deviation ``s`` over ``n - 1`` and ``t`` of ``n - 1`` degrees of freedom.

    Takes: ``values``, none missing. Gives: one row: ``value, lower, upper, sum, count, deviation, method``; a single value
    has no limits.
    Raises: `MethodError`, with the row, where a value is missing or infinite, or there is none.
    Source: `rates::mean`; `phe_mean`.

    >>> from kilter.methods import mean
    >>> stays = mean([2, 4, 4, 6])
    >>> stays["value"], round(stays["upper"][0], 4)
    ([4.0], 6.5985)
    """
    return like(values, _native.mean(column("values", values), level))


def rolling_rates(
    year: Column,
    numerator: Column,
    denominator: Column,
    *,
    window: int = 3,
    statistic: Statistic = "rate",
    per: float = 100_000,
    limits_of: Literal["sum", "mean"] = "sum",
    level: float = 0.95,
    missing: Literal["refuse", "zero"] = "refuse",
) -> Answer:
    """Rates over windows of years, each named by its last year.

    Formula: ``per * Σx / Σn`` over the years of the window; limits are those of all its events ("sum"), or of the mean
    number of a year ("mean"), which stand about ``√window`` times as far apart.

    Takes: a row to each year, in any order. A year without a row has no window, whatever ``missing`` says of figures.
    Gives: ``last, first, numerator, denominator, value, lower, upper, method, reason``.
    Raises: `MethodError` for settings that are none. Source: `rolling::rolling_rates`.

    >>> from kilter.methods import rolling_rates
    >>> found = rolling_rates([2019, 2020, 2021, 2023], [12, 6, 12, 9], [1e3, 1e3, 2e3, 2e3], per=1000)
    >>> dict(zip(found["last"], found["value"]))[2021]
    7.5
    >>> found["reason"][-1]
    '2022 has no row: a window of years needs each of them'
    """
    years, x, n = column("year", year), column("numerator", numerator), column("denominator", denominator)
    native = _native.rolling_rates(years, x, n, window, statistic, per, limits_of, level, missing)
    return like(year, native)


def scottish_rolling(
    year: Column,
    numerator: Column,
    denominator: Column,
    *,
    measure: Literal["crude", "percent", "sample percent"] = "crude",
    per: float = 100_000,
    window: int = 3,
    missing: Literal["zero", "suppressed"] = "zero",
    sampled_from: Column | None = None,
) -> Answer:
    """Rolling rates as ScotPHO's profiles have them: means of the years, and 1.96 for the deviate.

    Formula: the mean of the numerators over that of the denominators; limits Byar's for rates, normal for percentages.

    Takes: a row to each year; ``sampled_from``, for "sample percent", from how many the people asked were drawn;
    "suppressed" passes a missing figure over. Gives: ``last, first, plot_year, numerator, denominator, value, lower,
    upper, reason``. Raises: `MethodError`. Source: `rolling::scottish_rolling`; ScotPHO's rolling scripts.

    >>> from kilter.methods import scottish_rolling
    >>> found = scottish_rolling([2019, 2020, 2021], [10, 20, 30], [1000, 1000, 1000], per=1000)
    >>> dict(zip(found["last"], found["plot_year"]))[2021], dict(zip(found["last"], found["value"]))[2021]
    (2020, 20.0)
    """
    years, x, n = column("year", year), column("numerator", numerator), column("denominator", denominator)
    sampled = optional("sampled_from", sampled_from)
    native = _native.scottish_rolling(years, x, n, sampled, measure, per, window, missing)
    return like(year, native)


def quantiles(values: Column, groups: int = 10, *, first: Literal["highest", "lowest"] = "lowest") -> Answer:
    """The quantile group of each value, counted from 1.

    Formula: the group of rank ``r`` of ``n`` is ``⌊(r - 1) groups / n⌋ + 1`` in whole numbers; equal values share a rank.

    Takes: ``values``, at least as many as groups. Gives: ``group, reason``, a row to each row.
    Raises: `MethodError` for fewer values than groups. Source: `quantile::quantiles`; `phe_quantile`.

    >>> from kilter.methods import quantiles
    >>> quantiles([3, 1, 2, None], 3)["group"]
    [3, 1, 2, None]
    """
    return like(values, _native.quantiles(column("values", values), groups, first))


def five_rates(value: Column, lower: Column, upper: Column) -> Answer:
    """Whether five yearly rates rise or fall beyond chance.

    Formula: the chi-squared of a straight line weighed by the 95% limits; significant above 9.5495 if the slope keeps its
    sign with each year left out.

    Takes: exactly five rows in order of time, with 95% limits. Gives: one row: ``statistic, direction, sign_holds``.
    Raises: `MethodError`. Source: `trend_test::five_rates`; the trend markers of Fingertips.

    >>> from kilter.methods import five_rates
    >>> years = [10, 12, 14, 16, 18]
    >>> five_rates(years, [v - 1 for v in years], [v + 1 for v in years])["direction"]
    ['increasing']
    """
    columns = (column("value", value), column("lower", lower), column("upper", upper))
    return like(value, _native.five_rates(*columns))


def five_proportions(numerator: Column, denominator: Column) -> Answer:
    """Whether five yearly proportions rise or fall beyond chance, by the test of Cochran and Armitage.

    Formula: ``N (N Σxt - X Σnt)² / (X (N - X) (N Σnt² - (Σnt)²))`` with ``t`` from 1 to 5, ``X = Σx`` and ``N = Σn``.

    Takes: exactly five rows in order of time; more than none and fewer than all have it. Gives: one row, as `five_rates`.
    Raises: `MethodError`. Source: `trend_test::five_proportions`; the trend markers of Fingertips.

    >>> from kilter.methods import five_proportions
    >>> found = five_proportions([994, 1023, 1199, 1332, 1367], [40299, 41527, 42811, 44064, 44701])
    >>> found["direction"], round(found["statistic"][0], 2)
    (['increasing'], 47.9)
    """
    x, n = column("numerator", numerator), column("denominator", denominator)
    return like(numerator, _native.five_proportions(x, n))
