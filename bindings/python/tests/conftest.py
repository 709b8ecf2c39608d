"""What the tests share: the invented partnership, and the published data where they stand beside the project."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import kilter
import pytest

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> kilter.Demo:
    """The invented partnership. Nobody writes to it."""
    return kilter.demo(tmp_path_factory.mktemp("demo") / "demo")


@pytest.fixture
def engine(made: kilter.Demo) -> Iterator[kilter.Engine]:
    with kilter.open(made.path) as engine:
        yield engine


@pytest.fixture
def own(tmp_path: Path) -> Iterator[kilter.Engine]:
    """A store of one's own with the national framework, open for writing."""
    with kilter.create(tmp_path / "own", "scotland-core-suite", known_at="2015-01-01") as engine:
        yield engine


def golden_folder() -> Path | None:
    """The folder of the golden files, as the Rust tests find it."""
    if named := os.environ.get("KILTER_GOLDEN"):
        return Path(named)
    shared = shared_folder()
    return None if shared is None else shared / "golden"


def shared_folder() -> Path | None:
    """The published data beside the project. Where they are not, this says so; with CI=true it fails."""
    shared = PROJECT.parent / "shared"
    if shared.is_dir():
        return shared
    refused = f"{shared} does not stand beside the project, and CI=true asks for every test"
    assert os.environ.get("CI") != "true", refused
    test = os.environ.get("PYTEST_CURRENT_TEST", "a test").split(" ")[0]
    # What a test prints is held back where it passes; this has to be seen.
    print(f"\n{test}: not checked, for {shared} does not stand beside the project", file=sys.__stderr__)
    return None
