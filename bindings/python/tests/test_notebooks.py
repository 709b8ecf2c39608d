"""The notebooks run from beginning to end, and no cell fails."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from conftest import PROJECT, shared_folder
from nbclient import NotebookClient

NOTEBOOKS = sorted((PROJECT / "bindings" / "python" / "notebooks").glob("*.ipynb"))


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path) -> None:
    book = nbformat.read(path, as_version=4)
    cells = [cell for cell in book.cells if cell.cell_type == "code"]
    assert all(not cell.outputs for cell in cells), f"{path.name} is kept without what it gave"
    # A cell that fails ends the run with its error.
    NotebookClient(book, timeout=300, resources={"metadata": {"path": str(path.parent)}}).execute()
    outputs = [output for cell in cells for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error"]
    said = json.dumps(outputs)
    assert "Traceback" not in said and "Warning" not in said, said
    shown = [output for output in outputs if output.output_type in {"execute_result", "display_data", "stream"}]
    assert len(shown) >= len(cells) - 3, "most cells show something"
    if path.name.startswith("1-"):
        expected = "Published files of" if shared_folder() else "Invented figures"
        assert expected in said


def test_there_are_four() -> None:
    assert len(NOTEBOOKS) == 4
