"""Plots with matplotlib: series, control charts, run charts, funnels, five years, scorecards, strategy maps.

Each function takes a table that the engine gives, draws it on ``ax`` (a new figure where left out), and gives the
axes, whose figure carries the alternative text: ``kilter.plot.alternative_text(ax)``. Lines differ in shape as well as in
colour, and the colours are those of Okabe and Ito, which stay apart in grey and for colour-blind readers. Nothing is
computed here: limits, signals and statuses are those of the table.

matplotlib is imported when something is drawn.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from . import _html
from .errors import QuestionError
from .scorecard import Scorecard
from .table import Table, needed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "alternative_text",
    "control_chart",
    "control_chart_altair",
    "five_years",
    "five_years_altair",
    "funnel",
    "funnel_altair",
    "run_chart",
    "run_chart_altair",
    "scorecard",
    "scorecard_altair",
    "series",
    "series_altair",
    "strategy_map",
]

Row: TypeAlias = "dict[str, Any]"

BLUE, ORANGE, GREEN, VERMILION, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#595959"
STATUS_MARKS = {"green": ("o", "#1b6e3c"), "amber": ("^", "#E69F00"), "red": ("s", "#a61e2b")}
# Of words, which have to be legible on white.
STATUS_INKS = {"green": "#1b6e3c", "amber": "#8a5a00", "red": "#a61e2b"}
CAUSE_MARKS = {
    "improvement, high": ("^", BLUE, "improvement (high)"),
    "improvement, low": ("v", BLUE, "improvement (low)"),
    "concern, high": ("^", ORANGE, "concern (high)"),
    "concern, low": ("v", ORANGE, "concern (low)"),
    "special, high": ("^", GREY, "special (high)"),
    "special, low": ("v", GREY, "special (low)"),
    "common cause": ("o", GREY, "common cause"),
}


FUNNEL_MARKS = {
    "high (99.8%)": ("^", VERMILION),
    "high (95%)": ("^", ORANGE),
    "low (95%)": ("v", BLUE),
    "low (99.8%)": ("v", GREEN),
}


def alternative_text(ax: Axes) -> str:
    """What a drawing shows, in words, for those who do not see it."""
    return str(getattr(ax.figure, "_kilter_alternative_text", ""))


def _axes(ax: Axes | None, size: tuple[float, float] = (8.0, 4.2)) -> Axes:
    if ax is not None:
        return ax
    _, made = needed("matplotlib.pyplot", "a plot").subplots(figsize=size, layout="constrained")
    drawn: Axes = made
    return drawn


def _said(ax: Axes, title: str, words: str) -> Axes:
    ax.set_title(title, loc="left", fontsize=11)
    setattr(ax.figure, "_kilter_alternative_text", f"{title}. {words}")
    return ax


def _one(table: Table, *keys: str) -> list[Row]:
    """The rows of a table that is about one indicator and area."""
    rows = list(table)
    for key in keys:
        found = list(dict.fromkeys(row[key] for row in rows))
        if len(found) > 1:
            shown = ", ".join(str(value) for value in found[:5])
            raise QuestionError(f"a plot is of one {key}, and the table has {len(found)}: {shown}")
    if not rows:
        raise QuestionError("there is nothing to plot: the table has no rows")
    return rows


def _number(value: object) -> float | None:
    """A number of a column of words, such as a target; None where it is a range or not there."""
    try:
        return float(str(value))
    except ValueError:
        return None


def _gaps(values: Sequence[float | None]) -> list[float]:
    return [float("nan") if value is None else value for value in values]


def _ticks(ax: Axes, periods: Sequence[str]) -> None:
    step = max(1, -(-len(periods) // 12))
    places = list(range(0, len(periods), step))
    ax.set_xticks(places, [periods[place] for place in places], rotation=35, ha="right", fontsize=8)
    ax.spines[["top", "right"]].set_visible(False)
    ax.margins(x=0.02)


def _title(row: Row) -> str:
    return f"{row['indicator']}, {row['area']}"


def _words(value: float | None) -> str:
    return "no value" if value is None else _html.number(value)


def series(values: Table, evaluations: Table | None = None, *, ax: Axes | None = None) -> Axes:
    """A series with its limits; with evaluations of the same series also the target, the tolerance band and the status
    of each period that was judged (`engine.values` and `engine.evaluate`)."""
    rows = _one(values, "indicator", "area")
    ax = _axes(ax)
    periods = [row["period"] for row in rows]
    found = [row["value"] for row in rows]
    ax.plot(range(len(rows)), _gaps(found), color=BLUE, marker=".", label="value")
    if any(row["lower"] is not None for row in rows):
        lower, upper = _gaps([row["lower"] for row in rows]), _gaps([row["upper"] for row in rows])
        level = next((row["confidence"] for row in rows if row["confidence"] is not None), None)
        label = "limits" if level is None else f"{_html.number(level)}% limits"
        ax.fill_between(range(len(rows)), lower, upper, color=BLUE, alpha=0.12, linewidth=0, label=label)
    judged = _judged(ax, periods, list(evaluations) if evaluations is not None else [])
    ax.legend(fontsize=8, frameon=False, loc="best")
    _ticks(ax, periods)
    return _said(ax, _title(rows[0]), _line_in_words(rows) + judged)


def _line_in_words(rows: Sequence[Row]) -> str:
    known = [(row["period"], row["value"]) for row in rows if row["value"] is not None]
    span = f" from {_words(known[0][1])} in {known[0][0]} to {_words(known[-1][1])} in {known[-1][0]}" if known else ""
    gaps = f" {len(rows) - len(known)} periods have no value." if len(known) < len(rows) else ""
    return f"A line of {len(rows)} periods{span}.{gaps}"


def _judged(ax: Axes, periods: Sequence[str], evaluations: list[Row]) -> str:
    places = {period: place for place, period in enumerate(periods)}
    shown = [row for row in evaluations if row["period"] in places]
    drawn: set[str] = set()
    for row in shown:
        at, target = places[row["period"]], _number(row["target"])
        if target is not None:
            label = "_" if "target" in drawn else "target"
            ax.hlines(target, at - 0.45, at + 0.45, color="black", linestyle="--", linewidth=1.4, label=label)
            drawn.add("target")
            reach = _tolerance(row["tolerance"], target)
            if reach is not None:
                label = "_" if "band" in drawn else "target ± tolerance"
                ax.fill_between(
                    [at - 0.45, at + 0.45], target - reach, target + reach,
                    color=ORANGE, alpha=0.18, linewidth=0, label=label,
                )  # fmt: skip
                drawn.add("band")
        if row["status"] in STATUS_MARKS and row["value"] is not None:
            mark, colour = STATUS_MARKS[row["status"]]
            label = "_" if row["status"] in drawn else f"{_html.SYMBOLS[row['status']]} {row['status']}"
            ax.plot([at], [row["value"]], marker=mark, color=colour, markersize=9, linestyle="none", label=label)
            drawn.add(row["status"])
    if not shown:
        return ""
    last = shown[-1]
    return f" {last['period']} is {last['status']}, with a target of {last['target'] or 'nothing'}."


def _tolerance(said: str | None, target: float) -> float | None:
    """How far the amber cut of a tolerance lies from the target, as the table says it: 5%, 3 points."""
    amber = (said or "").split(",")[-1].replace("amber", "").strip()
    if amber.endswith("%"):
        share = _number(amber[:-1])
        return None if share is None else abs(target) * share / 100
    return _number(amber.removesuffix("points").removesuffix("point").strip())


def control_chart(chart: Table, *, ax: Axes | None = None) -> Axes:
    """A control chart with its limits and what each signal means (`engine.chart`)."""
    rows = _one(chart, "indicator", "area")
    if all(row["mean"] is None for row in rows):
        raise QuestionError(f"there is no control chart: {rows[0]['no_chart'] or 'no limits'}")
    ax = _axes(ax)
    places = range(len(rows))
    ax.plot(places, _gaps([row["value"] for row in rows]), color=GREY, linewidth=1, zorder=1)
    for name, style, label in (
        ("mean", "-", "mean"),
        ("lower_limit", "--", "process limits"),
        ("upper_limit", "--", None),
        ("near_lower", ":", "near limits"),
        ("near_upper", ":", None),
    ):
        ax.step(places, _gaps([row[name] for row in rows]), where="mid", color="black", linestyle=style,
                linewidth=1.0, label=label)  # fmt: skip
    for cause, (mark, colour, label) in CAUSE_MARKS.items():
        at = [place for place, row in enumerate(rows) if row["cause"] == cause]
        if at:
            ax.plot(at, [rows[place]["value"] for place in at], marker=mark, color=colour, linestyle="none",
                    markersize=7, label=label, zorder=2)  # fmt: skip
    ax.legend(fontsize=8, frameon=False, ncols=2)
    _ticks(ax, [row["period"] for row in rows])
    signals = [f"{row['period']} ({row['signals']})" for row in rows if row["signals"]]
    told = f"Signals: {'; '.join(signals[:8])}." if signals else "No signals: common cause only."
    said = f" Its target: {rows[-1]['assurance']}." if rows[-1]["assurance"] else ""
    return _said(ax, f"{_title(rows[0])}: control chart", f"{len(rows)} periods. {told}{said}")


def run_chart(chart: Table, *, ax: Axes | None = None) -> Axes:
    """A run chart: the values about their median, and whether runs or crossings are more than chance
    (`engine.run_chart`)."""
    rows = _one(chart, "indicator", "area")
    if all(row["centre"] is None for row in rows):
        raise QuestionError(f"there is no run chart: {rows[0]['no_chart'] or 'no median'}")
    ax = _axes(ax)
    places = range(len(rows))
    ax.plot(places, _gaps([row["value"] for row in rows]), color=BLUE, marker="o", markersize=4, label="value")
    for shift, style, label in (("no", "-", "median"), ("yes", "--", "median, with a shift")):
        centre = [row["centre"] if row["shift"] == shift else None for row in rows]
        if any(value is not None for value in centre):
            ax.step(places, _gaps(centre), where="mid", color="black", linestyle=style, label=label)
    ax.legend(fontsize=8, frameon=False)
    _ticks(ax, [row["period"] for row in rows])
    last = rows[-1]
    told = (
        f"The longest run has {last['longest_run']} values of {last['longest_allowed']} allowed, and there are "
        f"{last['crossings']} crossings of {last['crossings_needed']} needed."
    )
    return _said(ax, f"{_title(rows[0])}: run chart", f"{len(rows)} periods about their median. {told}")


def funnel(areas: Table, curve: Table | None = None, *, ax: Axes | None = None) -> Axes:
    """A funnel: each area by its size, with the average and, where a curve is given, the limits (`engine.funnel`, and
    `kilter.methods.funnel_proportions(..., curve=True)` or its like for the curve)."""
    rows = _one(areas, "indicator", "period")
    placed = [row for row in rows if row["value"] is not None and row["denominator"] is not None]
    if not placed:
        raise QuestionError(f"there is no funnel: {rows[0]['no_funnel'] or 'no area has a value'}")
    ax = _axes(ax)
    groups: dict[str, list[Row]] = {}
    for row in placed:
        groups.setdefault(row["significance"] or row["absent"] or "not placed", []).append(row)
    for significance, of in groups.items():
        mark, colour = FUNNEL_MARKS.get(significance, ("o", GREY))
        ax.plot([r["denominator"] for r in of], [r["value"] for r in of], marker=mark, color=colour,
                linestyle="none", label=significance)  # fmt: skip
        if significance in FUNNEL_MARKS:
            for row in of:
                ax.annotate(row["area"], (row["denominator"], row["value"]), fontsize=7, xytext=(4, 4),
                            textcoords="offset points")  # fmt: skip
    average = placed[0]["average"]
    if average is not None:
        ax.axhline(average, color="black", linewidth=1, label="average")
    if curve is not None:
        for level, style in (("95", ":"), ("998", "--")):
            for end in ("lower", "upper"):
                label = f"{'99.8' if level == '998' else level}% limits" if end == "lower" else None
                ax.plot(_gaps(curve[f"{end}_{level}_at"]), _gaps(curve[f"{end}_{level}"]), color="black",
                        linestyle=style, linewidth=1, label=label)  # fmt: skip
    # Limits rise without end where there are few people: what is drawn is where the areas are.
    values = [row["value"] for row in placed] + ([] if average is None else [average])
    room = 0.3 * (max(values) - min(values)) or 1.0
    ax.set(xlim=(0, 1.12 * max(row["denominator"] for row in placed)), ylim=(min(values) - room, max(values) + room))
    ax.set_xlabel("denominator", fontsize=9)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(fontsize=8, frameon=False)
    differ = [f"{row['area']} {row['significance']}" for row in placed if row["significance"] in FUNNEL_MARKS]
    told = f"Apart from the average: {'; '.join(differ)}." if differ else "None differs from the average."
    title = f"{rows[0]['indicator']}, {rows[0]['period']}: funnel"
    return _said(ax, title, f"{len(placed)} areas about {_words(average)}. {told}")


def five_years(years: Table, *, ax: Axes | None = None) -> Axes:
    """Bars of the reporting year and those before it, with the comparator beside (`engine.five_years`)."""
    rows = _one(years, "indicator", "area")
    ax = _axes(ax)
    places = list(range(len(rows)))
    bars = ax.bar(places, _gaps([row["value"] for row in rows]), width=0.55, color=BLUE, label=rows[0]["area"])
    ax.bar_label(bars, [_words(row["value"]) for row in rows], fontsize=8, label_type="center", color="white")
    beside = [row["comparator_value"] for row in rows]
    if any(value is not None for value in beside):
        ax.plot(places, _gaps(beside), color="black", marker="D", linestyle="--", label=rows[0]["comparator"])
    for place, row in enumerate(rows):
        if row["break_before"] == "yes":
            ax.axvline(place - 0.5, color=VERMILION, linestyle=":", linewidth=1.5)
            ax.annotate("break", (place - 0.48, 0.98), xycoords=("data", "axes fraction"), fontsize=8, va="top")
    ax.margins(y=0.2)
    ax.legend(fontsize=8, frameon=False, loc="upper left", ncols=2)
    _ticks(ax, [row["period"] for row in rows])
    told = "; ".join(f"{row['period']} {_words(row['value'])}" for row in rows)
    return _said(ax, f"{_title(rows[0])}: five years", f"Bars: {told}. Beside {rows[0]['comparator']}.")


def scorecard(card: Scorecard, *, ax: Axes | None = None) -> Axes:
    """A scorecard as a table of colours, symbols and words, a row to each line that is observed (`engine.scorecard`)."""
    rows = [row for row in card.table if row["period"] is not None]
    if not rows:
        raise QuestionError("there is nothing to plot: no line of the scorecard is observed")
    ax = _axes(ax, (8.5, 0.34 * len(rows) + 0.9))
    columns: list[tuple[str, float, Callable[[Row], str]]] = [
        ("indicator", 0.0, lambda row: _short(row["indicator"], 19)),
        ("", 0.2, lambda row: _short(row["title"], 44)),
        ("period", 0.6, lambda row: row["period"]),
        ("value", 0.69, lambda row: _words(row["value"])),
    ]
    for place, row in enumerate(rows):
        ground, ink = _html._COLOURS.get(row["status"], ("#6b6f76", "#ffffff"))
        ax.add_patch(_rectangle((0.81, place - 0.42), 0.19, 0.84, ground))
        symbol = _html.SYMBOLS.get(row["status"], "○")
        ax.text(0.905, place, f"{symbol} {row['status']}", color=ink, ha="center", va="center", fontsize=8.5)
        for _, at, of in columns:
            ax.text(at, place, of(row), va="center", fontsize=8.5)
    for name, at, _ in columns:
        ax.text(at, -0.9, name, va="center", fontsize=8.5, color=GREY)
    ax.set(xlim=(0, 1), ylim=(len(rows) - 0.4, -1.4))
    ax.axis("off")
    counts = ", ".join(f"{count} {word}" for word, count in card.counts.items())
    told = "; ".join(f"{row['indicator']} {row['status']}" for row in rows)
    return _said(ax, f"Scorecard of {rows[0]['area']}", f"{counts}. {told}.")


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _rectangle(at: tuple[float, float], width: float, height: float, colour: str) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle(at, width, height, color=colour, linewidth=0)


def strategy_map(links: Table, card: Scorecard | None = None, *, ax: Axes | None = None) -> Axes:
    """Priorities, outcomes and indicators with the links between them; with a scorecard also the status of each
    indicator (`engine.strategy_map`, `engine.scorecard`). A noted link is dashed."""
    rows = [row for row in links if row["indicator"] is not None]
    if not rows:
        raise QuestionError("there is nothing to plot: no indicator is linked to an outcome")
    outcomes = list(dict.fromkeys(row["outcome"] for row in rows))
    indicators = list(dict.fromkeys(row["indicator"] for row in rows))
    statuses = {} if card is None else dict(zip(card.table["indicator"], card.table["status"], strict=True))
    ax = _axes(ax, (8.5, max(3.5, 0.26 * max(len(indicators), len(outcomes)) + 0.8)))
    right = {name: place / max(len(indicators) - 1, 1) for place, name in enumerate(indicators)}
    left = {name: (place + 0.5) / len(outcomes) for place, name in enumerate(outcomes)}
    for row in rows:
        noted = row["link"] == "noted"
        ax.plot([0.42, 0.68], [left[row["outcome"]], right[row["indicator"]]], color=GREY,
                linestyle="--" if noted else "-", linewidth=0.8, zorder=1)  # fmt: skip
    titles = {row["outcome"]: row["title"] or "" for row in rows}
    for outcome, at in left.items():
        shown = _short(f"{outcome}: {titles[outcome]}", 52)
        ax.text(0.41, at, shown, ha="right", va="center", fontsize=8)
    for indicator, at in right.items():
        status = statuses.get(indicator)
        symbol = f"{_html.SYMBOLS.get(status, '')} " if status else ""
        word = f" ({status})" if status else ""
        colour = STATUS_INKS.get(status or "", "black")
        ax.text(0.69, at, f"{symbol}{indicator}{word}", va="center", fontsize=8, color=colour)
    ax.set(xlim=(0, 1), ylim=(1.04, -0.06))
    ax.axis("off")
    told = "; ".join(f"{outcome}: {', '.join(r['indicator'] for r in rows if r['outcome'] == outcome)}" for outcome in outcomes)
    return _said(ax, "Strategy map", f"{len(outcomes)} outcomes and {len(indicators)} indicators. {told}.")


def _plain(rows: Sequence[Row]) -> list[Row]:
    return [{k: v.isoformat() if isinstance(v, dt.date) else v for k, v in row.items()} for row in rows]


def _base(by: str, rows: Sequence[Row], title: str, said: str) -> tuple[Any, Any]:
    altair = needed("altair", by)
    data = altair.Data(values=_plain(rows))
    return altair, altair.Chart(data, title=title, description=f"{title}. {said}")


def series_altair(values: Table) -> Any:
    """A series as an Altair chart, where Altair is installed; its description is the alternative text."""
    rows = _one(values, "indicator", "area")
    altair, base = _base("series_altair()", rows, _title(rows[0]), _line_in_words(rows))
    x = altair.X("period_end:T", title=None)
    line = base.mark_line(point=True, color=BLUE).encode(
        x=x, y=altair.Y("value:Q", title=None), tooltip=["period:N", "value:Q", "absent:N"]
    )
    if all(row["lower"] is None for row in rows):
        return line
    return base.mark_area(opacity=0.15, color=BLUE).encode(x=x, y="lower:Q", y2="upper:Q") + line


# The marks of matplotlib, as Altair names them.
_SHAPES = {"o": "circle", "^": "triangle-up", "v": "triangle-down", "s": "square", "D": "diamond"}


def control_chart_altair(chart: Table) -> Any:
    """A control chart as an Altair chart (`engine.chart`): limits, and what each signal means by colour and shape."""
    rows = _one(chart, "indicator", "area")
    if all(row["mean"] is None for row in rows):
        raise QuestionError(f"there is no control chart: {rows[0]['no_chart'] or 'no limits'}")
    signals = [f"{row['period']} ({row['signals']})" for row in rows if row["signals"]]
    told = f"Signals: {'; '.join(signals[:8])}." if signals else "No signals: common cause only."
    title = f"{_title(rows[0])}: control chart"
    altair, base = _base("control_chart_altair()", rows, title, f"{len(rows)} periods. {told}")
    x = altair.X("period:N", title=None, sort=[row["period"] for row in rows])
    y = altair.Y("value:Q", title=None, scale=altair.Scale(zero=False))
    layers = [base.mark_line(color=GREY).encode(x=x, y=y)]
    for name, dashes in (("mean", [1, 0]), ("lower_limit", [6, 4]), ("upper_limit", [6, 4])):
        layers.append(
            base.mark_line(color="black", strokeWidth=1, strokeDash=dashes, interpolate="step").encode(x=x, y=f"{name}:Q")
        )
    causes = [cause for cause in CAUSE_MARKS if any(row["cause"] == cause for row in rows)]
    scale = altair.Scale(domain=causes, range=[CAUSE_MARKS[cause][1] for cause in causes])
    shapes = altair.Scale(domain=causes, range=[_SHAPES[CAUSE_MARKS[cause][0]] for cause in causes])
    layers.append(
        base.mark_point(filled=True, size=70).encode(
            x=x,
            y="value:Q",
            color=altair.Color("cause:N", scale=scale, title=None),
            shape=altair.Shape("cause:N", scale=shapes, title=None),
            tooltip=["period:N", "value:Q", "cause:N", "signals:N"],
        )
    )
    return altair.layer(*layers)


def run_chart_altair(chart: Table) -> Any:
    """A run chart as an Altair chart (`engine.run_chart`): the values about their median."""
    rows = _one(chart, "indicator", "area")
    if all(row["centre"] is None for row in rows):
        raise QuestionError(f"there is no run chart: {rows[0]['no_chart'] or 'no median'}")
    shift = "a shift" if any(row["shift"] == "yes" for row in rows) else "no shift"
    title = f"{_title(rows[0])}: run chart"
    altair, base = _base("run_chart_altair()", rows, title, f"{len(rows)} periods about their median: {shift}.")
    x = altair.X("period:N", title=None, sort=[row["period"] for row in rows])
    line = base.mark_line(point=True, color=BLUE).encode(
        x=x,
        y=altair.Y("value:Q", title=None, scale=altair.Scale(zero=False)),
        tooltip=["period:N", "value:Q", "side:N"],
    )
    centre = base.mark_line(color="black", interpolate="step").encode(
        x=x,
        y="centre:Q",
        detail="part:N",
        strokeDash=altair.StrokeDash(
            "shift:N", title="shift", scale=altair.Scale(domain=["no", "yes"], range=[[1, 0], [6, 4]])
        ),
    )
    return line + centre


def funnel_altair(areas: Table) -> Any:
    """A funnel as an Altair chart (`engine.funnel`): each area by its size, by colour and shape whether it differs."""
    rows = [row for row in _one(areas, "indicator", "period") if None not in (row["value"], row["denominator"])]
    if not rows:
        raise QuestionError("there is no funnel: no area has a value")
    differ = [f"{row['area']} {row['significance']}" for row in rows if row["significance"] in FUNNEL_MARKS]
    told = f"Apart from the average: {'; '.join(differ)}." if differ else "None differs from the average."
    title = f"{rows[0]['indicator']}, {rows[0]['period']}: funnel"
    altair, base = _base("funnel_altair()", rows, title, f"{len(rows)} areas. {told}")
    found = list(dict.fromkeys(row["significance"] for row in rows))
    marks = [FUNNEL_MARKS.get(significance, ("o", GREY)) for significance in found]
    colours = altair.Scale(domain=found, range=[colour for _, colour in marks])
    shapes = altair.Scale(domain=found, range=[_SHAPES[mark] for mark, _ in marks])
    points = base.mark_point(filled=True, size=70).encode(
        x=altair.X("denominator:Q", scale=altair.Scale(zero=True)),
        y=altair.Y("value:Q", title=None, scale=altair.Scale(zero=False)),
        color=altair.Color("significance:N", title=None, scale=colours),
        shape=altair.Shape("significance:N", title=None, scale=shapes),
        tooltip=["area:N", "value:Q", "denominator:Q", "significance:N"],
    )
    return points + base.mark_rule(color="black").encode(y="mean(average):Q")


def five_years_altair(years: Table) -> Any:
    """Five years as an Altair chart (`engine.five_years`): bars, and the comparator beside them as a line."""
    rows = _one(years, "indicator", "area")
    told = "; ".join(f"{row['period']} {_words(row['value'])}" for row in rows)
    title = f"{_title(rows[0])}: five years"
    altair, base = _base("five_years_altair()", rows, title, f"Bars: {told}. Beside {rows[0]['comparator']}.")
    x = altair.X("period:N", title=None, sort=[row["period"] for row in rows])
    bars = base.mark_bar(color=BLUE).encode(
        x=x, y=altair.Y("value:Q", title=None), tooltip=["period:N", "value:Q", "comparator:N", "comparator_value:Q"]
    )
    beside = base.mark_line(point=True, color="black", strokeDash=[6, 4]).encode(x=x, y="comparator_value:Q")
    return (bars + beside).properties(width=altair.Step(60))


def scorecard_altair(card: Scorecard) -> Any:
    """A scorecard as an Altair chart (`engine.scorecard`): a cell of colour, symbol and word to each line observed."""
    rows = [row for row in card.table if row["period"] is not None]
    if not rows:
        raise QuestionError("there is nothing to plot: no line of the scorecard is observed")
    shown = [
        {
            "line": f"{row['indicator']} {_short(row['title'], 40)}",
            "status": row["status"],
            "said": f"{_html.SYMBOLS.get(row['status'], '○')} {row['status']}",
            "value": row["value"],
            "period": row["period"],
        }
        for row in rows
    ]
    counts = ", ".join(f"{count} {word}" for word, count in card.counts.items())
    title = f"Scorecard of {rows[0]['area']}"
    altair, base = _base("scorecard_altair()", shown, title, f"{counts}.")
    y = altair.Y("line:N", title=None, sort=[row["line"] for row in shown], axis=altair.Axis(labelLimit=400))
    words = [word for word in _html._COLOURS if any(row["status"] == word for row in rows)]
    grounds = altair.Scale(domain=words, range=[_html._COLOURS[word][0] for word in words])
    inks = altair.Scale(domain=words, range=[_html._COLOURS[word][1] for word in words])
    cells = base.mark_rect().encode(
        y=y, color=altair.Color("status:N", scale=grounds, legend=None), tooltip=["line:N", "period:N", "value:Q", "said:N"]
    )
    text = base.mark_text().encode(y=y, text="said:N", color=altair.Color("status:N", scale=inks, legend=None))
    return altair.layer(cells, text).resolve_scale(color="independent").properties(width=140)
