"""Types, documentation and examples say what the module does."""

from __future__ import annotations

import doctest
import importlib
import importlib.util
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import kilter
import pytest
from conftest import PROJECT

PACKAGE = PROJECT / "bindings" / "python"
MODULES = ["kilter", *(found.name for found in pkgutil.walk_packages(kilter.__path__, "kilter."))]


def run(*command: str, cwd: Path = PACKAGE) -> None:
    environment = os.environ | {"MYPYPATH": str(PACKAGE / "python"), "PYTHONPATH": str(PACKAGE / "python")}
    done = subprocess.run([sys.executable, "-m", *command], cwd=cwd, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_package_and_the_examples_pass_mypy_strict() -> None:
    run("mypy", "--config-file", "pyproject.toml")


def test_the_stub_of_the_native_part_is_that_of_the_module(tmp_path: Path) -> None:
    # What the stub imports is checked with the rest of the package.
    (tmp_path / "mypy.ini").write_text("[mypy]\nfollow_imports = skip\n")
    run("mypy.stubtest", "kilter._native", "--mypy-config-file", str(tmp_path / "mypy.ini"), "--concise")


def test_the_examples_pass_pyright() -> None:
    run("pyright", "--project", "pyproject.toml", "--pythonpath", sys.executable)


@pytest.mark.parametrize("name", [name for name in MODULES if not name.endswith("._native")])
def test_the_examples_of_the_docstrings_come_out(name: str) -> None:
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    failed, _ = doctest.testmod(importlib.import_module(name), optionflags=flags)
    assert failed == 0


def test_every_method_documents_itself_with_an_example_that_is_run() -> None:
    finder = doctest.DocTestFinder()
    for name in kilter.methods.__all__:
        method = getattr(kilter.methods, name)
        said = method.__doc__ or ""
        lacking = [part for part in ("Formula:", "Takes:", "Gives:", "Raises:", "Source:") if part not in said]
        assert not lacking, (name, lacking)
        assert any(test.examples for test in finder.find(method, name)), f"{name} has no example"


def test_every_public_thing_is_documented() -> None:
    for name in kilter.__all__:
        of = getattr(kilter, name)
        if isinstance(of, type) or callable(of):
            assert of.__doc__, name
        if isinstance(of, type):
            for member, found in vars(of).items():
                if not member.startswith("_") and (callable(found) or isinstance(found, property | classmethod)):
                    assert found.__doc__, f"{name}.{member}"


def test_the_lines_of_the_readme_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    text = (PACKAGE / "README.md").read_text(encoding="utf-8")
    block = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert block is not None
    lines = [line for line in block[1].splitlines() if line]
    assert len(lines) <= 11, "ten lines, and one that shows what they gave"
    monkeypatch.chdir(tmp_path)
    exec(compile(block[1], "README.md", "exec"), {})
    assert "green" in capsys.readouterr().out


def test_the_lines_of_the_first_page_of_the_project_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert block is not None
    monkeypatch.chdir(tmp_path)
    exec(compile(block[1], "README.md", "exec"), {})
    assert (tmp_path / "kilter-demo").is_dir()


def test_the_pages_are_those_that_the_docstrings_make() -> None:
    spec = importlib.util.spec_from_file_location("build", PACKAGE / "docs" / "build.py")
    assert spec is not None and spec.loader is not None
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    for name, page in build.pages().items():
        stands = (PACKAGE / "docs" / name).read_text(encoding="utf-8")
        assert stands == page.rstrip() + "\n", f"docs/{name} is out of date: run python docs/build.py"


def test_the_example_publishes(made: kilter.Demo, tmp_path: Path) -> None:
    import datetime as dt
    import shutil

    spec = importlib.util.spec_from_file_location("publish", PACKAGE / "examples" / "publish.py")
    assert spec is not None and spec.loader is not None
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    shutil.copytree(made.path, tmp_path / "store")
    figures = tmp_path / "figures.csv"
    figures.write_text("measure,area,period,value\nno-such,x,2023/24,1\n")
    with pytest.raises(kilter.IngestError):
        example.publish(tmp_path / "store", figures, dt.date(2025, 1, 1), tmp_path / "card.html")
    assert "no-such" in (tmp_path / "card.rejections.csv").read_text()


def test_every_table_of_the_engine_is_reached() -> None:
    """A question that the engine answers with a table, and nobody can ask from Python, would be forgotten here."""
    source = PROJECT / "crates" / "kilter" / "src" / "engine"
    found = set()
    for file in source.rglob("*.rs"):
        text = file.read_text(encoding="utf-8")
        found |= set(re.findall(r"    pub fn (\w+)\(\s*&self[^{;]*?-> (?:Result<)?(?:Table|WhatIf|Explanation|Verification)", text))
    assert len(found) > 15
    here = {"scorecard_table": "scorecard", "roll_up": "scorecard"}
    missing = [name for name in sorted(found) if not hasattr(kilter.Engine, here.get(name, name))]
    assert not missing, missing


def test_every_method_of_the_core_is_reached() -> None:
    """The same for the methods: each public function over columns has its function here."""
    here = {
        "rate": "crude_rate", "pooled_by_group": "pooled", "of_values": "shewhart_values", "of_ratios": "shewhart_ratios",
        "proportions": "funnel_proportions", "ratios": "funnel_ratios", "rates": "funnel_rates",
    }  # fmt: skip
    # What the engine does with its own series, and what is a step inside another method.
    inside = {"over_periods", "poisson_method", "whole_counts", "withhold", "is_over_withheld"}
    source = PROJECT / "crates" / "kilter-core" / "src" / "method"
    found = set()
    for file in source.rglob("*.rs"):
        if "tests" not in file.name:
            found |= set(re.findall(r"^pub fn (\w+)", file.read_text(encoding="utf-8"), re.MULTILINE))
    assert len(found) > 25
    missing = [name for name in sorted(found - inside) if not hasattr(kilter.methods, here.get(name, name))]
    assert not missing, missing
