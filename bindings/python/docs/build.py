"""Builds the pages beside it from the docstrings of the package: `python docs/build.py` writes them, and the tests
see that they are up to date.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

import kilter
import kilter.plot

HERE = Path(__file__).parent


def text(of: object) -> str:
    """A docstring with its examples as code."""
    lines: list[str] = []
    code = False
    for line in (inspect.getdoc(of) or "").splitlines():
        starts = line.startswith(">>> ") and not code
        if starts:
            lines.append("```pycon")
            code = True
        if code and not line:
            lines.append("```")
            code = False
        lines.append(line)
    if code:
        lines.append("```")
    # A docstring writes code in double backquotes, a page in single ones.
    return "\n".join(line if line.startswith("```") else line.replace("``", "`") for line in lines)


def signature(name: str, of: object) -> str:
    try:
        shown = str(inspect.signature(of))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return name
    return f"{name}{shown.replace('(self, ', '(').replace('(self)', '()')}"


def entry(name: str, of: object, level: int = 2) -> str:
    return f"{'#' * level} {name}\n\n```python\n{signature(name, of)}\n```\n\n{text(of)}\n"


def members(of: type) -> Iterable[str]:
    for name, member in vars(of).items():
        if name.startswith("_"):
            continue
        if isinstance(member, property):
            yield f"### {name}\n\n{text(member)}\n"
        elif inspect.isfunction(member) or isinstance(member, classmethod):
            yield entry(name, getattr(of, name), 3)


def of_class(name: str) -> str:
    found = getattr(kilter, name)
    return "\n".join([f"## {name}\n\n{text(found)}\n", *members(found)])


def of_module(module: ModuleType, title: str) -> str:
    names = module.__all__
    return "\n".join([f"# {title}\n\n{text(module)}\n", *(entry(name, getattr(module, name)) for name in names)])


def columns() -> str:
    lines = [f"# Columns\n\n{text(kilter.columns)}\n"]
    for name in ("Columns", "Block", "Statuses", "Limits", "Charts", "Ranks"):
        of = getattr(kilter.columns, name)
        lines.append("\n".join([f"## {name}\n\n{text(of)}\n", *members(of)]))
    return "\n".join(lines)


def errors() -> str:
    lines = [f"# Errors\n\n{text(kilter.errors)}\n"]
    for name in kilter.errors.__all__:
        of = getattr(kilter.errors, name)
        bases = ", ".join(base.__name__ for base in of.__bases__ if base is not object)
        lines.append(f"## {name}\n\n{'Also a ' + bases + '. ' if bases else ''}{text(of)}\n")
    return "\n".join(lines)


def pages() -> dict[str, str]:
    opening = ("open", "create", "demo", "check_backup", "restore", "repair", "migrate", "verify", "catalogue_frameworks", "catalogue_profiles")
    answers = ("Table", "Receipt", "Scorecard", "Explanation", "WhatIf", "Verification", "Framework")
    found = {
        "engine.md": "\n".join(
            ["# Stores and engines\n", *(entry(name, getattr(kilter, name)) for name in opening), of_class("Engine")]
        ),
        "answers.md": "\n".join(["# Answers and frameworks\n", *(of_class(name) for name in answers)]),
        "columns.md": columns(),
        "methods.md": of_module(kilter.methods, "Methods"),
        "plots.md": of_module(kilter.plot, "Plots"),
        "errors.md": errors(),
    }
    said = text(kilter).split("```")[0].strip()
    links = "\n".join(
        f"- [{page.splitlines()[0].removeprefix('# ')}]({name})" for name, page in found.items()
    )
    books = "\n".join(f"- [{path.stem}](../notebooks/{path.name})" for path in sorted((HERE.parent / "notebooks").glob("*.ipynb")))
    index = f"# kilter\n\n{said}\n\n{links}\n\nNotebooks:\n\n{books}\n\nHow to begin: [README](../README.md).\n"
    return {"index.md": index} | found


def main() -> None:
    for name, page in pages().items():
        (HERE / name).write_text(page.rstrip() + "\n", encoding="utf-8")
        sys.stdout.write(f"{name}\n")


if __name__ == "__main__":
    main()
