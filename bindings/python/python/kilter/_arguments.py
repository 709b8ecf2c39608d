"""Arguments as people give them, as the engine reads them: texts. Nothing is guessed here; what is
ambiguous as text stays so, and the engine refuses it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from os import PathLike, fspath
from typing import Protocol, TypeAlias, runtime_checkable

from .errors import QuestionError

__all__ = ["AsAt", "Day", "Many", "Period", "PeriodLike"]


@runtime_checkable
class PeriodLike(Protocol):
    """A period of pandas."""

    @property
    def freqstr(self) -> str: ...
    @property
    def year(self) -> int: ...
    @property
    def end_time(self) -> dt.datetime: ...


Day: TypeAlias = "str | dt.date"
"""A day: a date, or a text such as 2022-06-30."""
AsAt: TypeAlias = "str | int | dt.date"
"""As known when: a date, or the number of a release."""
Period: TypeAlias = "str | dt.date | PeriodLike"
"""A period as the field writes it, such as 2023/24, 2023-06 or "2023/24 Q1"; or one of pandas."""
Many: TypeAlias = "str | Iterable[str]"
"""One text or several."""
AnyPath: TypeAlias = "str | PathLike[str]"


def many(argument: str, given: Many | None) -> list[str]:
    """One text or several as a list; none as an empty one."""
    if given is None:
        return []
    if isinstance(given, str):
        return [given]
    texts = list(given)
    for text in texts:
        if not isinstance(text, str):
            raise QuestionError(
                f"{argument}: a text was expected, and {text!r} is of type {type(text).__name__}"
            )
    if not texts:
        raise QuestionError(f"{argument}: the list is empty; leave the argument out to ask for all")
    return texts


def text(argument: str, given: str | None) -> str | None:
    if given is None or isinstance(given, str):
        return given
    raise QuestionError(f"{argument}: a text was expected, and {given!r} is of type {type(given).__name__}")


def day(argument: str, given: Day | None) -> str | None:
    """A day as text."""
    if given is None or isinstance(given, str):
        return given
    if isinstance(given, dt.datetime):
        if given.tzinfo is not None:
            raise QuestionError(
                f"{argument}: {given} has a time zone, in which it may be another day; give a date"
            )
        if (given.hour, given.minute, given.second, given.microsecond) != (0, 0, 0, 0):
            raise QuestionError(f"{argument}: {given} has a time of day; give a date")
        return given.date().isoformat()
    if isinstance(given, dt.date):
        return given.isoformat()
    raise QuestionError(
        f"{argument}: a date or a text such as 2022-06-30 was expected, and {given!r} is of type "
        f"{type(given).__name__}"
    )


def as_at(argument: str, given: AsAt | None) -> str | None:
    """A date or the number of a release as text."""
    if isinstance(given, bool):
        raise QuestionError(f"{argument}: a date or the number of a release was expected, and not {given}")
    return str(given) if isinstance(given, int) else day(argument, given)


def period(argument: str, given: Period | None) -> str | None:
    """A period as the field writes it."""
    if given is None or isinstance(given, str):
        return given
    if isinstance(given, dt.date):
        return day(argument, given)
    if isinstance(given, PeriodLike):
        return _pandas_period(argument, given)
    raise QuestionError(
        f"{argument}: a period such as 2023/24, 2023-06 or a pandas Period was expected, and {given!r} is of "
        f"type {type(given).__name__}"
    )


def _pandas_period(argument: str, given: PeriodLike) -> str:
    last = given.end_time
    match given.freqstr:
        case "D":
            return f"{last:%Y-%m-%d}"
        case "M":
            return f"{last:%Y-%m}"
        case "Q-DEC":
            return f"{last.year} Q{(last.month + 2) // 3}"
        case "Q-MAR":
            start = last.year if last.month > 3 else last.year - 1
            return f"{start}/{(start + 1) % 100:02} Q{((last.month - 4) % 12) // 3 + 1}"
        case "Y-DEC" | "A-DEC":
            return f"{last.year}"
        case "Y-MAR" | "A-MAR":
            return f"{last.year - 1}/{last.year % 100:02}"
    raise QuestionError(
        f"{argument}: a pandas Period of frequency {given.freqstr} is none of the field's; expected D, M, "
        "Q-DEC, Q-MAR (of financial years), Y-DEC or Y-MAR (financial years)"
    )


def path(argument: str, given: AnyPath) -> str:
    try:
        found = fspath(given)
    except TypeError:
        raise QuestionError(
            f"{argument}: a path was expected, and {given!r} is of type {type(given).__name__}"
        ) from None
    if "\0" in found:
        raise QuestionError(f"{argument}: a path holds no NUL character")
    return found
