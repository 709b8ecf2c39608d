"""Ten million rows in and out, beside the copy of their memory and the routes of pandas, polars and pyarrow, in one run;
and how long importing takes. `python measure.py [rows]`; the least of several times is told, since other work on the machine
only adds to it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

import kilter
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

TIMES = 3


def least(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(TIMES):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def told(what: str, seconds: float, beside: float | None = None) -> None:
    share = "" if beside is None else f"   {beside / seconds:6.2f} times the speed of the copy"
    sys.stdout.write(f"{what:58} {seconds * 1000:10.1f} ms{share}\n")


def imports() -> None:
    def run(code: str) -> float:
        return least(lambda: subprocess.run([sys.executable, "-c", code], check=True))

    bare = run("pass")
    for name in ("kilter", "kilter.plot", "numpy", "pyarrow", "polars", "pandas"):
        told(f"import {name}, beyond the start of Python", run(f"import {name}") - bare)


def main(rows: int) -> None:
    imports()
    rng = np.random.default_rng(1)
    numerator, denominator = rng.integers(0, 500, rows).astype("float64"), np.full(rows, 10_000.0)
    copy = least(lambda: (numerator.copy(), denominator.copy()))
    told(f"copy of the memory of two columns of {rows:,}", copy)
    columns = {"x": numerator, "n": denominator}
    for name, x in (
        ("NumPy", numerator),
        ("pyarrow", pa.array(numerator)),
        ("polars", pl.Series(numerator)),
        ("pandas", pd.Series(numerator)),
    ):
        told(f"one column in, from {name}", least(lambda x=x: kilter._native.half_up(kilter._frames.column("x", x), 20)))
    answer = kilter.methods.half_up(list(numerator[:10]))
    native = kilter.Table(kilter._native.crude_rate(numerator, denominator, 1000.0, 0.95))
    assert len(answer) == 10
    start = time.perf_counter()
    native.to_arrow()
    told("a table of value, limits, method and reason as Arrow, first", time.perf_counter() - start)
    taken = native.to_arrow()
    memory = least(lambda: [buffer.to_pybytes() for c in taken.columns for buffer in c.chunk(0).buffers() if buffer])
    told(f"copy of the memory of that table ({taken.nbytes / 1e6:,.0f} MB)", memory)
    told("out to pyarrow", least(native.to_arrow), memory)
    told("out to polars", least(native.to_polars), memory)
    told("out to pandas", least(native.to_pandas), memory)
    told("the same rates in NumPy by hand, without limits", least(lambda: numerator / denominator * 1000))
    told("pyarrow.compute: the same", least(lambda: pc.multiply(pc.divide(pa.array(numerator), denominator), 1000)))
    told("pandas: the same", least(lambda: pd.DataFrame(columns).eval("x / n * 1000")))
    told("polars: the same", least(lambda: pl.DataFrame(columns).select(pl.col("x") / pl.col("n") * 1000)))
    ingested(rows)


def ingested(rows: int) -> None:
    """Observations through the engine: checked row by row, and kept on disk."""
    areas = [f"S120000{n:02}" for n in (5, 6, 8, 10, 11, 13, 14, 17, 18, 19)]
    months = [f"{year}-{month:02}" for year in range(2000, 2024) for month in range(1, 13)]
    each = len(areas) * len(months)
    framework = kilter.Framework({
        "framework": {"id": "measure", "title": "Measured", "extends": "scotland-core-suite"},
        "measure": [{
            "id": "m", "title": "M", "unit": "n", "frequency": "month", "over_time": "sum", "over_areas": "sum",
            "dimensions": [{"id": "site"}],
        }],
    })  # fmt: skip
    sites = rows // each
    frame = pl.DataFrame({
        "measure": pl.Series(["m"]).extend_constant("m", sites * each - 1).cast(pl.Categorical),
        "area": pl.Series(areas * (sites * len(months))).cast(pl.Categorical),
        "period": pl.Series([m for m in months for _ in areas] * sites).cast(pl.Categorical),
        "site": pl.Series(np.repeat(np.arange(sites), each)).cast(pl.String).cast(pl.Categorical),
        "value": np.arange(sites * each, dtype="float64"),
    })  # fmt: skip
    copy = least(lambda: frame.to_arrow().to_batches()[0].serialize())
    told(f"copy of a frame of {len(frame):,} observations, serialised", copy)
    with kilter.create(tempfile.mkdtemp() + "/store", framework, known_at="2000-01-01") as engine:
        start = time.perf_counter()
        engine.ingest(frame, source="measured", known_at="2024-06-01", progress=False)
        told("the same ingested: read, checked, written, flushed", time.perf_counter() - start, copy)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000)
