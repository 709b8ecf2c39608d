"""Answers that are more than one table: scorecards, explanations, what if, verifications."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from . import _html
from .table import Table

__all__ = ["Explanation", "Scorecard", "Verification", "WhatIf"]


class Scorecard:
    """The scorecard of an area: its lines, and what they roll up to along the strategy map."""

    def __init__(self, table: Table, rolled: Table, text: str, page: Callable[[], str]) -> None:
        self._table, self._rolled, self._text, self._page = table, rolled, text, page

    @property
    def table(self) -> Table:
        """A row to a line: `indicator, title, period, value, target, status, reason` and others."""
        return self._table

    @property
    def rolled(self) -> Table:
        """What outcomes, priorities, perspectives and the whole come to."""
        return self._rolled

    @property
    def counts(self) -> dict[str, int]:
        """How many lines are green, amber, red and not assessed."""
        statuses = self._table["status"]
        return {word: statuses.count(word) for word in ("green", "amber", "red", "not assessed")}

    def to_html(self, path: str | PathLike[str] | None = None) -> str | None:
        """The scorecard as one self-contained page, made today: as text, or written to a file."""
        page = self._page()
        if path is None:
            return page
        Path(path).write_text(page, encoding="utf-8")
        return None

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        return self._text

    def _repr_html_(self) -> str:
        chips = " ".join(f"{_html.status(word)} {count}" for word, count in self.counts.items())
        names = ["indicator", "title", "period", "value", "unit", "target", "status", "reason", "short_trend"]
        kinds = {name: self._table.kinds[name] for name in names}
        # What is not observed at all is counted above, and would hide what is.
        rows = [row for row in self._table if row["period"] is not None]
        lines = _html.table(names, kinds, rows, len(rows))
        outcomes = [row for row in self._rolled if row["kind"] != "overall" and row["colour"] is not None]
        names = ["kind", "id", "title", "colour", "green", "amber", "red", "not_assessed"]
        kinds = {name: self._rolled.kinds[name] for name in names}
        rolled = _html.table(names, kinds, outcomes, len(outcomes)) if outcomes else ""
        return f"<p>{chips}</p>{lines}{rolled}"


class Explanation:
    """How a status came about: figures, population, calculation, target, tolerance, comparison, releases."""

    def __init__(self, text: str, json_text: str) -> None:
        self._text, self._json = text, json_text

    @property
    def text(self) -> str:
        """As a person would write it."""
        return self._text

    @property
    def json(self) -> str:
        """As JSON with every figure, unrounded, from which the status can be recomputed."""
        return self._json

    def to_dict(self) -> dict[str, Any]:
        """The JSON as a dictionary."""
        found: dict[str, Any] = json.loads(self._json)
        return found

    def __getitem__(self, key: str) -> Any:
        return self.to_dict()[key]

    def __repr__(self) -> str:
        return self._text

    def _repr_html_(self) -> str:
        found = self.to_dict()
        title = f"{found['indicator']}, {found['area']}, {found['period']}: "
        return _html.heading(title.rstrip(": ")) + _html.status(found["status"]) + _html.pre(self._text)


@dataclass(frozen=True, slots=True, repr=False)
class WhatIf:
    """What two sets of rules say of a history."""

    summary: Table
    """A row for the rules in force and one for those that are tried: how often green, amber, red, since when."""
    periods: Table
    """A row for each period."""

    def __repr__(self) -> str:
        return repr(self.summary)

    def _repr_html_(self) -> str:
        return self.summary._repr_html_()


@dataclass(frozen=True, slots=True, repr=False)
class Verification:
    """What reading a whole store and comparing it with its checksums found. True where it is sound."""

    is_sound: bool
    text: str
    """What was read and found, as a person reads it."""
    damage: list[str]
    """What is not as it was written."""

    def __bool__(self) -> bool:
        return self.is_sound

    def __repr__(self) -> str:
        return self.text
