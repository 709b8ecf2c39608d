"""Questions as the engine below is asked them: what several arguments say together."""

from __future__ import annotations

from typing import TypeAlias

from . import _arguments as arguments
from ._arguments import AsAt, Day, Many, Period
from .errors import QuestionError

About: TypeAlias = "tuple[list[str], list[str], str | None]"


def about(indicator: Many | None, area: Many | None, as_at: AsAt | None) -> About:
    """Which indicators and areas, as known when."""
    indicators, areas = arguments.many("indicator", indicator), arguments.many("area", area)
    return indicators, areas, arguments.as_at("as_at", as_at)


def judged(
    indicator: Many | None,
    area: Many | None,
    period: Period | None,
    as_at: AsAt | None,
    level: str | None,
    on: Day | None,
) -> tuple[About, str | None, tuple[str | None, str | None]]:
    """The same, with the period and with who looks when."""
    viewer = (arguments.text("level", level), arguments.day("on", on))
    return about(indicator, area, as_at), arguments.period("period", period), viewer


def card(
    area: str | None, period: Period | None, as_at: AsAt | None, level: str | None, on: Day | None
) -> tuple[str | None, str | None, str | None, str | None, str | None]:
    """Which area and period, as known when, and who looks when."""
    return (
        arguments.text("area", area),
        arguments.period("period", period),
        arguments.as_at("as_at", as_at),
        arguments.text("level", level),
        arguments.day("on", on),
    )


def one(argument: str, given: str) -> str:
    """The one thing that has to be named."""
    found = arguments.text(argument, given)
    if found is None:
        raise QuestionError(f"{argument}: name one")
    return found
