"""What goes wrong, as exceptions: each is a `KilterError`, and of the built-in class one would expect.

Messages say what was found, what was expected, and where; all problems at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .receipt import Receipt
    from .table import Table

__all__ = [
    "Closed",
    "Damaged",
    "DataError",
    "FrameworkError",
    "IngestError",
    "InternalError",
    "KilterError",
    "Locked",
    "MethodError",
    "NotFound",
    "PeriodError",
    "Problem",
    "ProfileError",
    "QuestionError",
    "ReadError",
    "StoreError",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem of a framework or profile."""

    message: str
    """What is wrong and what is expected."""
    about: str = ""
    """What it is about, as in "indicator NI-19: target from 2023/24"; empty where it is about the text."""
    text: str | None = None
    """The name of the text (the file) in which it stands."""
    line: int | None = None
    """The line, from 1."""

    def __str__(self) -> str:
        place = f"{self.text}:{self.line}: " if self.text is not None else ""
        about = f"{self.about}: " if self.about else ""
        return f"{place}{about}{self.message}"


RawProblem = tuple[str | None, int | None, str, str]


def problems_of(raw: Sequence[RawProblem]) -> list[Problem]:
    return [Problem(message, about, text, line) for text, line, about, message in raw]


class KilterError(Exception):
    """Anything that kilter refuses."""


class FrameworkError(KilterError, ValueError):
    """A framework is not sound. `problems` lists everything that is wrong with it."""

    problems: list[Problem]

    def __init__(self, message: str, problems: Sequence[RawProblem] = ()) -> None:
        super().__init__(message)
        self.problems = problems_of(problems)


class ProfileError(FrameworkError):
    """A profile is not sound, or does not fit the framework."""


class NotFound(KilterError, KeyError):
    """An indicator, area, level, release, framework or profile that is not there."""

    def __str__(self) -> str:
        # A KeyError would show the text in quotation marks.
        return str(self.args[0]) if self.args else ""


class QuestionError(KilterError, ValueError):
    """An argument that is none of those expected, or arguments that contradict one another."""


class PeriodError(QuestionError):
    """A text that is no period, or may be two."""


class MethodError(KilterError, ValueError):
    """A method was given figures or settings that it refuses."""


class DataError(KilterError, TypeError):
    """Data of a shape or type that was not expected."""


class IngestError(KilterError, ValueError):
    """A file or data frame was refused, and nothing was kept.

    `receipt` tells what became of every row where it was read to its end, and is None where it was not;
    `rejections` are its refused rows.
    """

    receipt: Receipt | None

    def __init__(self, message: str, receipt: Receipt | None = None) -> None:
        super().__init__(message)
        self.receipt = receipt

    @property
    def rejections(self) -> Table | None:
        """The refused rows with line, column, what was found, and the reason."""
        return None if self.receipt is None else self.receipt.rejections


class ReadError(IngestError, OSError):
    """A file is not there, or the system does not let it be read."""

    # OSError takes its arguments before __init__ sees them.
    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class StoreError(KilterError, OSError):
    """The store refuses, or the disk does."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class Locked(StoreError):
    """Another program, notebook or kernel has the store open for writing."""


class Damaged(StoreError):
    """A file of the store is not as it was written."""


class Closed(StoreError):
    """The engine was closed."""


class InternalError(KilterError, RuntimeError):
    """A fault of kilter, not of its user."""
