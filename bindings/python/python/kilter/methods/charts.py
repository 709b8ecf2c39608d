"""Control charts, run charts, sustained shifts. A gap is a value that is missing; nothing bridges it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from .. import _native
from ._call import Answer, Column, column, like

Screening = Literal["off", "once", "once unless flat"]
RunRules = Literal["anhoej", "best box", "cut box", "perla"]


def xmr(
    values: Column,
    *,
    improvement: Literal["increase", "decrease", "neutral"] = "neutral",
    rules: Literal["making data count", "nhsrplotthedots"] = "making data count",
    screening: Screening = "off",
    starts: Sequence[int] = (),
    fix_after: int | None = None,
    excluded: Sequence[int] = (),
    target: float | None = None,
) -> Answer:
    """The control chart of single values (XmR).

    Formula: the mean, limits 2.66 mean moving ranges from it, near limits at two thirds. Signals: outside a limit; seven
    rising or falling; two of three near a limit; seven on one side.

    Takes: ``values`` in order of time; ``improvement``, which way is better; ``starts``, the places (from 0) at which limits
    begin anew; ``fix_after``, on how many first places of each part they rest (at least 12); ``excluded``, places that are
    shown and count towards nothing; ``target``, for the assurance.
    Gives: a row to each place: ``value, segment, mean, lower_limit, near_lower, near_upper, upper_limit, on_trial, signals,
    cause, included``, and ``assurance`` beside the last.
    Raises: `MethodError` for an infinite value or settings that are none.
    Source: `control_chart::xmr`; NHS England, Making Data Count; NHSRplotthedots (``screening="once"``,
    ``rules="nhsrplotthedots"``).

    >>> from kilter.methods import xmr
    >>> chart = xmr([10, 12] * 7, improvement="increase", target=17)
    >>> round(chart["lower_limit"][0], 2), round(chart["upper_limit"][0], 2), chart["assurance"][-1]
    (5.68, 16.32, 'consistently fails')
    """
    of = column("values", values)
    parts = (list(starts), fix_after, list(excluded))
    return like(values, _native.xmr(of, improvement, rules, screening, parts, target))


def run_chart(
    values: Column,
    *,
    rules: RunRules = "anhoej",
    centre: float | None = None,
    starts: Sequence[int] = (),
    fix_after: int | None = None,
    excluded: Sequence[int] = (),
) -> Answer:
    """The run chart: whether a series wanders about its median as chance would.

    Formula: by Anhøj's rules, with ``n`` values off the median, a longest run above ``round(log₂ n) + 3``, or fewer crossings than the
    5% quantile of ``n - 1`` tosses of a coin, is more than chance.

    Takes: ``values`` in order of time; ``centre``, in place of the median; ``starts`` and ``fix_after`` as in `xmr`;
    ``excluded``, places that are shown and count towards nothing.
    Gives: a row to each place: ``value, part, centre, side, included, in_base``, and of its part ``useful, longest_run,
    longest_allowed, crossings, crossings_needed, rules, shift``.
    Raises: `MethodError`. Source: `run_chart::run_chart`; Anhøj and Olesen, PLoS ONE 2014; qicharts2.

    >>> from kilter.methods import run_chart
    >>> chart = run_chart([4, 6] * 6 + [7] * 12)
    >>> chart["centre"][0], chart["longest_run"][0], chart["longest_allowed"][0], chart["shift"][0]
    (6.5, 12, 8, 'yes')
    """
    of = column("values", values)
    parts = (list(starts), fix_after, list(excluded))
    return like(values, _native.run_chart(of, rules, centre, parts))


def shewhart_values(
    values: Column,
    *,
    chart: Literal["I", "MR", "C", "G", "T"],
    screening: Screening = "off",
    rules: RunRules = "anhoej",
    starts: Sequence[int] = (),
    fix_after: int | None = None,
    excluded: Sequence[int] = (),
) -> Answer:
    """Shewhart's charts of single values: I and MR, C of counts, G and T of rare events.

    Formula: about the centre ``c``: C ``3√c``; I ``3 r / 1.128`` with the mean range ``r``; MR its ranges; G and T by their
    geometric and exponential distributions.

    Takes: as `run_chart`. Gives: a row to each place: ``value, part, centre, lower_limit, near_lower, near_upper,
    upper_limit, outside, included, in_base, chart``, the runs of its part, and ``runs_signal``.
    Raises: `MethodError`. Source: `control_chart::of_values`; qicharts2.

    >>> from kilter.methods import shewhart_values
    >>> falls = shewhart_values([4, 3, 5, 4, 2, 6], chart="C")
    >>> falls["centre"][0], falls["lower_limit"][0], falls["upper_limit"][0]
    (4.0, 0.0, 10.0)
    """
    parts = (list(starts), fix_after, list(excluded))
    return like(values, _native.shewhart_values(column("values", values), chart, screening, rules, parts))


def shewhart_ratios(
    numerator: Column,
    denominator: Column,
    *,
    chart: Literal["P", "P'", "U", "U'", "I'"],
    per: float = 1,
    screening: Screening = "off",
    rules: RunRules = "anhoej",
    starts: Sequence[int] = (),
    fix_after: int | None = None,
    excluded: Sequence[int] = (),
) -> Answer:
    """Shewhart's charts of ratios: P and P' of proportions, U and U' of rates, I' of single ratios.

    Formula: about the pooled centre ``c``: U ``3√(c / n)``; P ``3√(c (1 - c) / n)``; P' and U' the same, times how much
    more the values vary.

    Takes: numerators and denominators in order of time, the rest as `run_chart`. Gives: as `shewhart_values`.
    Raises: as `shewhart_values`. Source: `control_chart::of_ratios`; qicharts2.

    >>> from kilter.methods import shewhart_ratios
    >>> shares = shewhart_ratios([10, 10], [100, 100], chart="P", per=100)
    >>> shares["centre"][0], round(shares["upper_limit"][0], 6)
    (10.0, 19.0)
    """
    x, n = column("numerator", numerator), column("denominator", denominator)
    parts = (list(starts), fix_after, list(excluded))
    return like(numerator, _native.shewhart_ratios(x, n, chart, per, screening, rules, parts))


def runs(values: Column, centre: float, *, rules: RunRules = "anhoej") -> Answer:
    """The runs and crossings of a series about a centre that is given.

    Formula: as `run_chart`, about ``centre``.

    Takes: ``values`` in order of time; those on the centre, and missing ones, do not count.
    Gives: one row: ``useful, longest_run, longest_allowed, crossings, crossings_needed, rules, shift``.
    Raises: `MethodError` where no value lies off the centre. Source: `run_chart::Runs::of`.

    >>> from kilter.methods import runs
    >>> found = runs([1, 1, 3, 3, 1], 2)
    >>> found["longest_run"], found["crossings"]
    ([2], [2])
    """
    return like(values, _native.runs(column("values", values), centre, rules))


def sustained(
    values: Column, *, baseline: int = 13, run: int = 9, watch: Literal["above", "below", "both"] = "both"
) -> Answer:
    """Sustained shifts: so many values in a row on one side of the median of the first make a new median, and so on.

    Formula: a shift begins where ``run`` values in a row lie beyond the median in force; their median holds from there.

    Takes: ``values`` in order of time; ``baseline``, how many first places make the first median; ``run``, how many make a
    shift; ``watch``, which shifts count.
    Gives: a row to each line: ``line, median, from, to, holds_to``, in places from 0, each end excluded.
    Raises: `MethodError` for a series too short to show a shift. Source: `run_chart::sustained`; runcharter.

    >>> from kilter.methods import sustained
    >>> lines = sustained(list(range(1, 14)) + list(range(20, 29)))
    >>> lines["median"], lines["from"][1], lines["to"][1]
    ([7.0, 24.0], 13, 22)
    """
    return like(values, _native.sustained(column("values", values), baseline, run, watch))
