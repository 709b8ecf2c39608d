"""Directly and indirectly standardised rates, and life expectancy."""

from __future__ import annotations

from typing import Literal

from .. import _native
from ._call import Answer, Column, Weights, column, like, optional, texts, weights

Missing = Literal["refuse", "zero"]
Few = Literal["withhold", "give"]


def direct(
    band: Column,
    events: Column,
    population: Column,
    standard: Weights,
    *,
    per: float = 100_000,
    level: float = 0.95,
    missing: Missing = "refuse",
    few: Few = "withhold",
) -> Answer:
    """A directly standardised rate with Dobson's limits.

    Formula: with weights ``w``, events ``x``, people ``n`` and all events ``O``: ``Σ(w x / n) / Σw``, variance
    ``V = Σ(w² x / n²) / (Σw)²``, limits ``rate + √(V / O) (L - O)`` with ``L`` the limits of the count ``O``.

    Takes: a row to each band; ``standard``, weights by band, each band once; ``missing``, what events that are not there
    stand for; ``few``, what becomes of fewer than ten events. Bands are joined by key, never by position.
    Gives: one row: ``value, lower, upper`` per ``per``, ``events, population, method``, and ``reason`` where it is withheld.
    Raises: `MethodError` for a band without row or weight, twice there, or in which nobody lives.
    Source: `standardised::direct`; Dobson et al., Statistics in Medicine 1991; `calculate_dsr`.

    >>> from kilter.methods import direct
    >>> deaths = direct(["0-64", "65+"], [20, 40], [10_000, 1000], {"0-64": 805, "65+": 195}, per=1000)
    >>> round(deaths["value"][0], 4), round(deaths["lower"][0], 4), round(deaths["upper"][0], 4)
    (9.41, 7.0521, 12.2683)
    """
    x, n = column("events", events), column("population", population)
    of = weights("standard", standard)
    return like(events, _native.direct(texts("band", band), x, n, of, per, level, missing, few))


def direct_repeated(
    band: Column,
    events_each: Column,
    persons: Column,
    population: Column,
    standard: Weights,
    *,
    per: float = 100_000,
    level: float = 0.95,
    missing: Missing = "refuse",
    few: Few = "withhold",
) -> Answer:
    """A directly standardised rate of events of which one person may have several, such as admissions.

    Formula: as `direct`, with variance ``Σ(f² w² p / n²) / (Σw)²`` for ``p`` people of ``f`` events each.

    Takes: a row to each band and number of events; the population of a band is the same in all its rows.
    Gives: as `direct`. Raises: as `direct`. Source: `standardised::direct_repeated`; `calculate_dsr` with
    ``independent_events = FALSE``.

    >>> from kilter.methods import direct_repeated
    >>> stays = direct_repeated(["a", "a"], [1, 2], [10, 5], [1000, 1000], {"a": 1}, per=1000)
    >>> stays["value"], stays["events"]
    ([20.0], [20.0])
    """
    each, people = column("events_each", events_each), column("persons", persons)
    n, of = column("population", population), weights("standard", standard)
    native = _native.direct_repeated(texts("band", band), each, people, n, of, per, level, missing, few)
    return like(events_each, native)


def indirect(
    band: Column,
    events: Column | None,
    population: Column,
    reference: tuple[Column, Column, Column],
    *,
    observed: float | None = None,
    ratio_of: float = 100,
    per: float = 100_000,
    level: float = 0.95,
    missing: Missing = "refuse",
) -> Answer:
    """An indirectly standardised ratio and rate.

    Formula: with reference events ``X`` of ``N`` people, ``E = Σ(X / N) n`` are expected; the ratio is ``O / E``, the rate
    the ratio times ``ΣX / ΣN``, and the limits are those of the count ``O`` through the same factors.

    Takes: ``events`` by band, or None and their total as ``observed``; ``reference``, its bands, events and population.
    Gives: two rows, ``statistic`` "ratio" (of ``ratio_of``) and "rate" (per ``per``): ``value, lower, upper, observed,
    expected, reference_rate, method``.
    Raises: `MethodError`. Source: `standardised::indirect`; `calculate_ISRatio`, `calculate_ISRate`.

    >>> from kilter.methods import indirect
    >>> reference = (["0-64", "65+"], [300, 500], [30_000, 10_000])
    >>> found = indirect(["0-64", "65+"], None, [2000, 400], reference, observed=48, per=1000)
    >>> found["statistic"], [round(value, 6) for value in found["value"]]
    (['ratio', 'rate'], [120.0, 24.0])
    """
    keys, x, n = reference
    of = (texts("reference", keys), column("reference", x), column("reference", n))
    people = column("population", population)
    given = optional("events", events)
    native = _native.indirect(texts("band", band), given, people, of, observed, ratio_of, per, level, missing)
    return like(population, native)


def scottish_rate(
    band: Column,
    events: Column,
    population: Column,
    standard: Weights,
    *,
    standard_total: float = 200_000,
    per: float = 100_000,
    missing: Missing = "refuse",
) -> Answer:
    """A directly standardised rate as ScotPHO has it (EASR): 1.96, and Byar's limits however few the events.

    Formula: ``Σ(w x / n) / T`` over the bands, with ``T`` the total of the standard; limits as `direct`, with ``z = 1.96``.

    Takes: as `direct`, and the total of the standard as the scripts hold it. Gives: one row: ``value, lower, upper,
    events, population, method``. Raises: `MethodError`. Source: `standardised::scottish_rate`; ScotPHO's EASR script.

    >>> from kilter.methods import scottish_rate
    >>> scottish_rate(["a"], [10], [1000], {"a": 200_000}, per=1000)["value"]
    [10.0]
    """
    x, n = column("events", events), column("population", population)
    of = weights("standard", standard)
    native = _native.scottish_rate(texts("band", band), x, n, of, standard_total, per, missing)
    return like(events, native)


def scottish_rolling_rates(
    year: Column,
    band: Column,
    events: Column,
    population: Column,
    standard: Weights,
    *,
    standard_total: float = 200_000,
    per: float = 100_000,
    window: int = 3,
    missing: Missing = "refuse",
) -> Answer:
    """`scottish_rate` of the means over windows of calendar years, each named by its last year.

    Formula: that of `scottish_rate`, of the means over the years of events and people in each band.

    Takes: a row to each year and band. Gives: a row to each window: ``last, value, lower, upper, events, population,
    method``. Raises: `MethodError`. Source: `standardised::scottish_rolling_rates`.

    >>> from kilter.methods import scottish_rolling_rates
    >>> years, bands = [2019, 2020], ["a", "a"]
    >>> found = scottish_rolling_rates(years, bands, [10, 30], [1000, 1000], {"a": 200_000}, per=1000, window=2)
    >>> found["last"], found["value"]
    ([2020], [20.0])
    """
    years, x, n = column("year", year), column("events", events), column("population", population)
    of, keys = weights("standard", standard), texts("band", band)
    native = _native.scottish_rolling_rates(years, keys, x, n, of, standard_total, per, window, missing)
    return like(events, native)


def life_expectancy(
    from_: Column, until: Column, population: Column, deaths: Column, *, level: float = 0.95
) -> Answer:
    """Life expectancy at the beginning of each age band.

    Formula: Chiang's abridged life table, the last variance after Silcocks. In a band of ``n`` years with
    ``M = deaths / people``, those who die live the share ``a`` of it (0.1 below one year, else 0.5), and
    ``q = M n / (1 + M n (1 - a))`` die.

    Takes: a row to each band: its first age, that at which the next begins (None for the last, which is open), people or
    person-years, deaths. More than 5,000 people in all. Gives: ``from, value, lower, upper`` in years, ``population,
    deaths, method, reason``.
    Raises: `MethodError`. Source: `life_expectancy::life_expectancy`; `phe_life_expectancy`.

    >>> from kilter.methods import life_expectancy
    >>> found = life_expectancy([0, 1, 65], [1, 65, None], [1e3, 6e4, 1e4], [4, 150, 500])
    >>> round(found["value"][0], 4), found["value"][2]
    (76.9886, 20.0)
    """
    columns = (column("from_", from_), column("until", until))
    people, died = column("population", population), column("deaths", deaths)
    return like(population, _native.life_expectancy(*columns, people, died, level))
