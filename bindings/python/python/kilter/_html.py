"""How results show themselves in a notebook: plain tables that take the colours of the page, dark or light.
A status is always a symbol and a word, and a colour only besides.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from html import escape

SHOWN = 20
"""How many rows are shown."""

SYMBOLS = {"green": "●", "amber": "▲", "red": "■", "not assessed": "○"}
"""What stands before a status: shapes that differ without their colour."""

# Each colour has its own ground and ink, with a contrast of at least 4.5 on any page.
_COLOURS = {
    "green": ("#1b6e3c", "#ffffff"),
    "amber": ("#f2b134", "#1a1a1a"),
    "red": ("#a61e2b", "#ffffff"),
    "not assessed": ("#6b6f76", "#ffffff"),
}
_CELL = "padding:.25em .6em;border-bottom:1px solid rgba(128,128,128,.35);color:inherit;background:transparent;"
_TABLE = "border-collapse:collapse;color:inherit;background:transparent;font-size:.9em;"
_STATUSES = {"status", "colour", "computed", "projected_status", "old_status", "new_status", "what_if_status"}


def status(word: str) -> str:
    """A status as symbol and word, with its colour."""
    found = _COLOURS.get(word)
    if found is None:
        return escape(word)
    ground, ink = found
    style = f"background:{ground};color:{ink};padding:.1em .5em;border-radius:.3em;white-space:nowrap"
    return f'<span style="{style}">{SYMBOLS[word]}&nbsp;{escape(word)}</span>'


def number(value: float) -> str:
    """A number as a person reads it; files have it unrounded."""
    return f"{value:,.2f}".rstrip("0").rstrip(".") if abs(value) < 1e12 else f"{value:.6g}"


def cell(name: str, value: object) -> str:
    match value:
        case None:
            return ""
        case str():
            return status(value) if name in _STATUSES else escape(value)
        case bool() | dt.date():
            return escape(str(value))
        case int():
            return str(value)
        case float():
            return number(value)
    return escape(str(value))


def table(
    columns: Sequence[str],
    kinds: Mapping[str, str],
    rows: Sequence[Mapping[str, object]],
    total: int,
    caption: str = "",
) -> str:
    """A table of results, without the columns in which nothing stands."""
    shown = [name for name in columns if any(row[name] is not None for row in rows)]
    if not rows:
        return f"<p>{escape(caption)} nothing to show</p>"
    right = {name for name in shown if kinds.get(name) in {"number", "integer"}}

    def side(name: str) -> str:
        return "text-align:right;" if name in right else "text-align:left;"

    head = "".join(
        f'<th scope="col" style="{_CELL}{side(name)}">{escape(name.replace("_", " "))}</th>' for name in shown
    )
    lines = (
        "<tr>" + "".join(f'<td style="{_CELL}{side(n)}">{cell(n, row[n])}</td>' for n in shown) + "</tr>"
        for row in rows
    )
    return _grid(caption, head, lines) + _more(total - len(rows))


def _grid(caption: str, head: str, lines: Iterable[str]) -> str:
    said = f'<caption style="caption-side:top;text-align:left;color:inherit">{escape(caption)}</caption>'
    return (
        f'<div style="overflow-x:auto"><table style="{_TABLE}">{said if caption else ""}'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def _more(rows: int) -> str:
    return f"<p>... and {rows:,} more rows</p>" if rows > 0 else ""


def heading(text: str, level: int = 4) -> str:
    return f"<h{level}>{escape(text)}</h{level}>"


def pre(text: str) -> str:
    """A text as it is written."""
    style = "white-space:pre-wrap;color:inherit;background:transparent;border:0;margin:0"
    return f'<pre style="{style}">{escape(text)}</pre>'


def pairs(items: Iterable[tuple[str, object]]) -> str:
    """Facts under one another."""
    lines = (
        f'<tr><th scope="row" style="{_CELL}text-align:left">{escape(name)}</th>'
        f'<td style="{_CELL}text-align:left">{escape(str(value))}</td></tr>'
        for name, value in items
    )
    return f'<table style="{_TABLE}"><tbody>{"".join(lines)}</tbody></table>'
