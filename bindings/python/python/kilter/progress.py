"""Progress of long work, in a terminal or a notebook: shown only once the work has taken a while."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TypeAlias

__all__ = ["Bar", "Progress"]

Progress: TypeAlias = "bool | Callable[[int, int], object] | None"
"""True for a bar, False for none, None for a bar where a person looks; or a function of done and in all."""


class Bar:
    """A line that is written anew as the work goes on. Jupyter shows it as a terminal does."""

    AFTER = 1.0
    """Seconds before it is shown."""
    EVERY = 0.2
    """Seconds between two looks."""
    WIDTH = 30

    def __init__(self, what: str) -> None:
        self._what = what
        self._start = self._last = time.monotonic()
        self._shown = False

    def __call__(self, done: int, in_all: int) -> None:
        now = time.monotonic()
        if now - self._start < self.AFTER or now - self._last < self.EVERY or in_all <= 0:
            return
        self._last, self._shown = now, True
        share = min(done / in_all, 1.0)
        full = round(share * self.WIDTH)
        sys.stderr.write(f"\r{self._what} [{'#' * full}{'.' * (self.WIDTH - full)}] {share:4.0%}")
        sys.stderr.flush()

    def close(self) -> None:
        """Takes the line away."""
        if self._shown:
            sys.stderr.write("\r" + " " * (len(self._what) + self.WIDTH + 10) + "\r")
            sys.stderr.flush()


def watched(what: str, asked: Progress) -> tuple[Callable[[int, int], object] | None, Bar | None]:
    """The function that is told, and the bar that has to be closed."""
    if callable(asked):
        return asked, None
    if asked is None:
        asked = sys.stderr.isatty() or "ipykernel" in sys.modules
    if not asked:
        return None, None
    bar = Bar(what)
    return bar, bar
