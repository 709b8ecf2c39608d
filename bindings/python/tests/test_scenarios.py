"""The scenario files (tests/scenarios, with a README) come out in Python as they say: the conformance of the languages.

Nothing here knows a method or a figure; all of that stands in the files.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kilter
import pytest

FOLDER = Path(__file__).resolve().parents[3] / "tests" / "scenarios"
FILES = sorted(FOLDER.glob("*.toml"))
KNOWN_AT = "2026-01-01"
Asked = dict[str, Any]
Row = dict[str, Any]
# One row of a table, and lists by name.
Answer = tuple[Row | None, dict[str, list[str]]]


def made(scenario: dict[str, Any], folder: Path, name: str) -> kilter.Engine:
    framework = kilter.Framework.from_text(scenario["framework"], name)
    engine = kilter.create(folder / "store", framework, known_at="1990-01-01")
    dimensions = sorted({dimension for row in scenario["observe"] for dimension in row.get("by", {})})
    releases: dict[str, list[Row]] = {}
    for row in scenario["observe"]:
        periods = row.get("periods") or [row["period"]]
        values = row.get("values") or [row["value"]]
        for period, value in zip(periods, values, strict=True):
            absent = isinstance(value, str)
            figure = {
                "measure": row["measure"], "area": row["area"], "period": period,
                "value": None if absent else value, "absent": value if absent else None, "mark": row.get("mark"),
            }  # fmt: skip
            figure |= {dimension: row.get("by", {}).get(dimension) for dimension in dimensions}
            releases.setdefault(row.get("known_at", KNOWN_AT), []).append(figure)
    for known_at, rows in sorted(releases.items()):
        engine.ingest(rows, source=name, known_at=known_at)
    return engine


def about(asked: Asked) -> dict[str, Any]:
    return {"indicator": asked.get("indicator"), "area": asked.get("area"), "as_at": asked.get("as_at")}


def viewer(asked: Asked) -> dict[str, Any]:
    return {"level": asked.get("level"), "on": asked.get("on")}


def card(asked: Asked) -> dict[str, Any]:
    period = {"period": asked.get("period"), "as_at": asked.get("as_at")}
    return {"area": asked.get("area")} | period | viewer(asked)


def one(table: kilter.Table) -> Answer:
    rows = table.to_dicts()
    assert len(rows) == 1, f"the question has {len(rows)} answers, and not one"
    return rows[0], {}


def judged(method: str) -> Callable[[kilter.Engine, Asked], Answer]:
    return lambda engine, a: one(getattr(engine, method)(**about(a), period=a["period"], **viewer(a)))


def text(row: Row, column: str, nothing: str = "") -> str:
    return nothing if row[column] is None else str(row[column])


def comparison(engine: kilter.Engine, a: Asked) -> Answer:
    return one(engine.compare(**about(a), period=a["period"], with_=a.get("with"), among=a.get("among")))


def rolled(engine: kilter.Engine, a: Asked) -> Answer:
    kind = next(kind for kind in ("outcome", "priority", "perspective", "overall") if kind in a)
    rows = engine.scorecard(**card(a)).rolled.to_dicts()
    return next(r for r in rows if r["kind"] == kind and (kind == "overall" or r["id"] == a[kind])), {}


def line(engine: kilter.Engine, a: Asked) -> Answer:
    rows = engine.scorecard(**card(a)).table.to_dicts()
    return next(row for row in rows if row["indicator"] == a["indicator"]), {}


def exceptions(engine: kilter.Engine, a: Asked) -> Answer:
    rows = engine.exceptions(**card(a)).to_dicts()
    return None, {"lines": [f"{row['indicator']}: {text(row, 'rules')}" for row in rows]}


def escalations(engine: kilter.Engine, a: Asked) -> Answer:
    day = a.get("figures_of_the_day") == "yes"
    found = engine.escalations(a["area"], a["escalation"], as_at=a.get("as_at"), figures_of_the_day=day)

    def told(row: Row) -> str:
        if row["period"] is not None:
            return f"{row['period']}: {row['event']}"
        return f"{row['on']} {row['event']} by {text(row, 'decided_by')}"

    rows = [row for row in found if all(row[key] == a[key] for key in ("indicator", "priority") if key in a)]
    def done(row: Row) -> str:
        owner = f" ({row['owner']})" if row["owner"] else ""
        return f"{row['on']}: {row['action']}{owner}"

    actions = [done(row) for row in rows if row["action"] is not None]
    return None, {"steps": [told(row) for row in rows], "actions": actions}


def five_years(engine: kilter.Engine, a: Asked) -> Answer:
    rows = engine.five_years(**about(a), year=a["year"], statutory=a.get("statutory") == "yes").to_dicts()
    return None, {
        "years": [row["period"] for row in rows],
        "breaks": [row["period"] for row in rows if row["break_before"] == "yes"],
        "not_comparable": [row["period"] for row in rows if row["comparable"] == "no"],
        "boundaries": [row["period"] for row in rows if row["boundary"] is not None],
    }


def coverage(engine: kilter.Engine, a: Asked) -> Answer:
    def told(row: Row) -> str:
        beside = f" ({row['indicators']})" if row["indicators"] else ""
        return f"{row['kind']}: {row['id']}{beside}"

    return None, {"lines": [told(row) for row in engine.coverage(**card(a))]}


def targets(engine: kilter.Engine, a: Asked) -> Answer:
    columns = ("indicator", "from", "target", "function", "review_due", "in_force", "period", "status")
    found = engine.targets(a["area"], a.get("function"), as_at=a.get("as_at"), **viewer(a))
    return None, {"lines": [" ".join(text(row, column, "-") for column in columns) for row in found]}


def level(engine: kilter.Engine, a: Asked) -> Answer:
    return next(row for row in engine.levels(as_at=a.get("as_at")) if row["level"] == a["level"]), {}


def diff(engine: kilter.Engine, a: Asked) -> Answer:
    rows = engine.diff(a["from"], a["to"]).to_dicts()
    flagged = [f"{r['measure']} {r['area']} {r['period']}: {r['flag']}" for r in rows if r["flag"] is not None]
    changed = [
        f"{r['indicator']} {r['area']} {r['period']}: {text(r, 'old_status')} -> {text(r, 'new_status')}"
        for r in rows
        if r["kind"] == "status"
    ]
    return None, {"flagged": flagged, "statuses": changed}


def worsening(engine: kilter.Engine, a: Asked) -> Answer:
    found = engine.compare(
        **about(a), period=a["period"], with_=a.get("with"), among=a.get("among"), only_worse_and_worsening=True
    )
    return None, {"lines": [f"{row['indicator']} {row['area']}" for row in found]}


def what_if(engine: kilter.Engine, a: Asked) -> Answer:
    found = engine.what_if(
        a["indicator"], a["area"], target=a.get("target"), tolerance=a.get("tolerance"),
        raise_after=int(a.get("raise_after", 1)), clear_after=int(a.get("clear_after", 1)),
        as_at=a.get("as_at"), **viewer(a),
    )  # fmt: skip
    # The first row is that of the rules in force.
    return found.summary.to_dicts()[1], {}


def chart(engine: kilter.Engine, a: Asked) -> Answer:
    if a.get("shifts") == "yes":
        return engine.sustained_shifts(**about(a), period=a["period"]).to_dicts()[-1], {}
    if a.get("runs") == "yes":
        return engine.run_chart(**about(a), period=a["period"]).to_dicts()[-1], {}
    return engine.chart(**about(a), period=a["period"], **viewer(a)).to_dicts()[-1], {}


def funnel(engine: kilter.Engine, a: Asked) -> Answer:
    found = engine.funnel(a["indicator"], period=a["period"], among=a["among"], as_at=a.get("as_at")).to_dicts()
    return next((row for row in found if row["area"] == a["area"]), found[0]), {}


VIEW = {"as_at", "level", "on"}
CARD = {"area", "period", "as_at", "on", "level"}
# The keys that are a part of the question, and how it is put.
ASKS: dict[str, tuple[set[str], Callable[[kilter.Engine, Asked], Answer]]] = {
    "expect": ({"indicator", "area", "period"} | VIEW, judged("evaluate")),
    "expect_verdicts": ({"indicator", "area", "period"} | VIEW, judged("verdicts")),
    "expect_needed": ({"indicator", "area", "period"} | VIEW, judged("needed")),
    "expect_comparison": ({"indicator", "area", "period", "as_at", "with", "among"}, comparison),
    "expect_scorecard": (CARD | {"outcome", "priority", "perspective", "overall"}, rolled),
    "expect_line": (CARD | {"indicator"}, line),
    "expect_exceptions": (CARD, exceptions),
    "expect_escalations": (
        {"area", "escalation", "indicator", "priority", "as_at", "figures_of_the_day"}, escalations,
    ),
    "expect_five_years": ({"indicator", "area", "year", "statutory", "as_at"}, five_years),
    "expect_coverage": (CARD, coverage),
    "expect_targets": ({"area", "function"} | VIEW, targets),
    "expect_level": ({"level", "as_at"}, level),
    "expect_diff": ({"from", "to"}, diff),
    "expect_worse_and_worsening": ({"period", "indicator", "area", "with", "among", "as_at"}, worsening),
    "expect_what_if": (
        {"indicator", "area", "target", "tolerance", "raise_after", "clear_after"} | VIEW, what_if,
    ),
    "expect_chart": ({"indicator", "area", "period", "runs", "shifts"} | VIEW, chart),
    "expect_funnel": ({"indicator", "area", "period", "among", "as_at"}, funnel),
}  # fmt: skip


def shown(value: object, like: str) -> str:
    """A cell, a number with as many decimals as the text beside it has."""
    match value:
        case None:
            return ""
        case float():
            decimals = len(like.partition(".")[2])
            rounded = kilter.methods.half_up([value], decimals)["value"][0] + 0.0
            return f"{rounded:.{decimals}f}"
    return str(value)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_scenario_comes_out_as_its_file_says(file: Path, tmp_path: Path) -> None:
    scenario = tomllib.loads(file.read_text(encoding="utf-8"))
    unknown = set(scenario) - {"title", "why", "source", "framework", "observe"} - set(ASKS)
    assert not unknown, f"{file.name} expects what nobody asks for here: {unknown}"
    wrong: list[str] = []
    compared = 0
    with made(scenario, tmp_path, file.name) as engine:
        for kind, (asks, put) in ASKS.items():
            for expected in scenario.get(kind, []):
                row, lists = put(engine, expected)
                for name, said in expected.items():
                    if name in asks:
                        continue
                    found: object = lists[name] if isinstance(said, list) else shown((row or {})[name], said)
                    compared += 1
                    if found != said:
                        wrong.append(f"{kind} {expected}: {name}: expected {said!r}, found {found!r}")
    assert not wrong, "\n".join(wrong)
    assert compared > 0, f"{file.name} compares nothing"


def test_there_are_scenarios() -> None:
    assert len(FILES) >= 40
