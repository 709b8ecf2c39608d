"""The golden files through `kilter.methods` give what they give in Rust, to the bit; the tables of the engine give the
bytes that the program gives.
"""

from __future__ import annotations

import datetime as dt
import json
import struct
import subprocess
from collections import Counter
from collections.abc import Sequence
from typing import Any

import kilter
import pytest
from conftest import PROJECT, golden_folder
from kilter import methods


def built(kind: str, name: str) -> str:
    """The path of a program of the workspace, built where it was not yet, with what the Rust tests were built with."""
    command = ["cargo", "build", "--quiet", "--workspace", kind, name, "--message-format", "json"]
    run = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    artefacts = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    return next(a["executable"] for a in artefacts if a.get("executable") and a["target"]["name"] == name)


def column(cells: Sequence[Any], method: str) -> Any:
    if method.startswith("completed_"):
        return [dt.date.fromisoformat(cell) for cell in cells]
    if len(cells) == 2 and isinstance(cells[0], list):
        return tuple(cells)
    return cells


def bits(cell: object) -> object:
    return struct.pack(">d", cell).hex() if isinstance(cell, float) else cell


# Fewer calls would mean that the files, or the calls, were lost on the way.
OF_THE_GOLDEN_FILES = {
    "crude_rate": 200, "proportion": 150, "mean": 10, "half_up": 200, "quantiles": 15, "xmr": 80, "run_chart": 80,
    "direct": 20, "completed_years": 100, "completed_months": 100,
}  # fmt: skip


def test_every_method_gives_the_bits_that_rust_gives() -> None:
    if golden_folder() is None:
        return
    lines = subprocess.run([built("--example", "method_bits")], capture_output=True, text=True, check=True).stdout.splitlines()
    asked: Counter[str] = Counter()
    wrong: list[str] = []
    for line in lines:
        call = json.loads(line)
        name = call["method"]
        found = getattr(methods, name)(*(column(c, name) for c in call["columns"]), **call["settings"])
        asked[name] += 1
        for key, expected in call["out"].items():
            if [bits(cell) for cell in found[key]] != expected:
                wrong.append(f"{name} {call['columns']}: {key}: {found[key]}")
    assert not wrong, "\n".join(wrong[:10])
    assert all(asked[name] >= count for name, count in OF_THE_GOLDEN_FILES.items()), asked


def test_every_other_method_gives_the_table_that_rust_gives() -> None:
    lines = subprocess.run([built("--example", "method_tables")], capture_output=True, text=True, check=True).stdout.splitlines()
    wrong: list[str] = []
    asked = set(OF_THE_GOLDEN_FILES)
    for line in lines:
        call = json.loads(line)
        asked.add(call["method"])
        found = getattr(methods, call["method"])(*call["columns"], **call["settings"])
        assert found.columns == list(call["out"]), call["method"]
        for key, expected in call["out"].items():
            if [bits(cell) for cell in found[key]] != expected:
                wrong.append(f"{call['method']} {call['settings']}: {key}: {found[key]}")
    assert not wrong, "\n".join(wrong[:10])
    assert asked == set(methods.__all__), "each method is asked for"


@pytest.mark.parametrize(
    ("arguments", "ask"),
    [
        (["values", "--every", "financial-year"], lambda e: e.values(every="financial-year")),
        (["values", "--rolling", "12"], lambda e: e.values(rolling=12)),
        (["evaluate"], lambda e: e.evaluate()),
        (["verdicts"], lambda e: e.verdicts()),
        (["compare"], lambda e: e.compare()),
        (["five-years"], lambda e: e.five_years()),
        (["chart"], lambda e: e.chart()),
        (["chart", "--runs"], lambda e: e.run_chart()),
        (["funnel"], lambda e: e.funnel()),
        (["funnel", "--curve"], lambda e: e.funnel_curve()),
        (["targets"], lambda e: e.targets()),
        (["levels"], lambda e: e.levels()),
        (["exceptions", "--level", "board"], lambda e: e.exceptions(level="board")),
        (["escalations"], lambda e: e.escalations()),
        (["needed"], lambda e: e.needed()),
        (["coverage"], lambda e: e.coverage()),
        (["map"], lambda e: e.strategy_map()),
        (["scorecard"], lambda e: e.scorecard().table),
        (["scorecard", "--rolled"], lambda e: e.scorecard().rolled),
        (["releases"], lambda e: e.releases()),
        (["info"], lambda e: e.indicators()),
        (["diff", "--from", "5", "--to", "6"], lambda e: e.diff(5, 6)),
        (["what-if", "NI-19", "--target", "500"], lambda e: e.what_if("NI-19", target=500).summary),
        (["what-if", "NI-19", "--tolerance", "10%", "--by-period"], lambda e: e.what_if("NI-19", tolerance="10%").periods),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_every_table_has_the_bytes_that_the_program_writes(
    program: str, made: kilter.Demo, engine: kilter.Engine, arguments: list[str], ask: Any
) -> None:
    command = [program, arguments[0], made.path, *arguments[1:], "--format", "csv"]
    run = subprocess.run(command, capture_output=True, check=False)
    assert run.returncode == 0, run.stderr
    table = ask(engine)
    assert len(table) > 0
    assert table.to_csv().encode() == run.stdout


def test_an_explanation_and_a_verification_are_those_of_the_program(
    program: str, made: kilter.Demo, engine: kilter.Engine
) -> None:
    def said(*arguments: str) -> str:
        return subprocess.run([program, *arguments], capture_output=True, text=True, check=True).stdout

    assert said("explain", made.path, "NI-19").rstrip() == engine.explain("NI-19").text.rstrip()
    assert json.loads(said("explain", made.path, "NI-19", "--format", "json")) == engine.explain("NI-19").to_dict()
    assert said("verify", made.path).rstrip() == engine.verify().text.rstrip()


@pytest.fixture(scope="session")
def program() -> str:
    """The program `kilter`, built where it was not yet."""
    return built("--bin", "kilter")
