"""Receipts: what became of every row of a file or data frame."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import _html
from .table import Table

if TYPE_CHECKING:
    from ._native import Table as NativeTable

__all__ = ["Receipt"]


@dataclass(frozen=True, slots=True, repr=False)
class Receipt:
    """What became of every row: `rows == accepted + rejected + sum(left_out.values())`."""

    file: str
    """The name of the file, or "data frame"."""
    profile: str | None
    """The profile it was read by; None for a table of observations."""
    releases: list[tuple[int, dt.date]]
    """The releases that were made, with the dates at which they became known; empty where nothing was kept."""
    rows: int
    """The rows there were."""
    accepted: int
    """The rows of which every figure was taken."""
    rejected: int
    """The rows that were refused."""
    native_rejections: NativeTable = field(compare=False)
    left_out: dict[str, int]
    """The rows that the profile leaves out, counted by reason."""
    series: int
    """The series to which figures were added."""
    figures: int
    """The figures, absences among them."""
    totals_checked: int
    """The stated totals that were checked against their parts."""
    disagreements: list[str]
    """The totals that their parts do not add up to, in words."""
    recoded: list[tuple[str, str, int, int]]
    """The rows under archived codes: old code, new code, rows, and rows for periods after its last day."""
    zeros: int
    """The parts that are zero because the others reach the total."""
    same_file_as: int | None
    """The release that this same file was ingested as before."""
    stopped_at: int | None
    """The line at which reading stopped because too much was refused; None for the end."""
    text: str
    """The receipt as a person reads it."""

    @property
    def rejections(self) -> Table:
        """The refused rows: `line, column, found, reason`."""
        return Table(self.native_rejections)

    @property
    def release(self) -> int | None:
        """The number of the last release that was made; None where nothing was kept."""
        return self.releases[-1][0] if self.releases else None

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        kept = ", ".join(f"release {number} of {day}" for number, day in self.releases) or "nothing"
        facts: list[tuple[str, object]] = [
            ("rows", f"{self.rows:,}"),
            ("accepted", f"{self.accepted:,}"),
            ("rejected", f"{self.rejected:,}"),
            *((f"left out: {reason}", f"{rows:,}") for reason, rows in self.left_out.items()),
            ("kept as", kept),
        ]
        if self.totals_checked:
            facts.append(("totals checked", f"{self.totals_checked:,}, of which {len(self.disagreements):,} differ"))
        shown = self.rejections._repr_html_() if self.rejected else ""
        return _html.heading(f"Receipt: {self.file}") + _html.pairs(facts) + shown
