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
    frames(rows)
    methods(rows)
    ingested(rows)


def frames(rows: int) -> None:
    """A table of dates, areas, values in from each library, and out to each, beside the copy of its memory."""
    days = np.datetime64("2000-01-01") + (np.arange(rows) % 9_000)
    areas = pd.Categorical.from_codes(np.arange(rows) % 32, [f"S120000{n:02}" for n in range(32)])
    pandas = pd.DataFrame({"day": days, "area": areas, "value": np.arange(rows, dtype="float64")})
    arrow = pa.table({
        "day": pa.array(days.astype("datetime64[D]")),
        "area": pa.DictionaryArray.from_arrays(pa.array(np.arange(rows, dtype="int32") % 32), pa.array(list(areas.categories))),
        "value": pa.array(pandas["value"].to_numpy()),
    })  # fmt: skip
    polars = pl.DataFrame({
        "day": pl.Series(days.astype("datetime64[D]")),
        "area": pl.Series(list(areas.astype(str))).cast(pl.Categorical),
        "value": pandas["value"].to_numpy(),
    })  # fmt: skip
    texts = polars.with_columns(pl.col("area").cast(pl.String))
    parts = [np.frombuffer(of, dtype="uint8") for c in arrow.columns for of in _buffers(c.chunk(0)) if of]
    memory = least(lambda: [part.copy() for part in parts])
    told(f"copy of {rows:,} days, areas, values ({sum(part.nbytes for part in parts) / 1e6:,.0f} MB)", memory)
    # NumPy asks for large pages, and takes again what it gave back; what comes in lies in memory that is new.
    told("the same into new memory, page by page", least(lambda: [part.tobytes() for part in parts]), memory)
    for name, frame in (("pyarrow", arrow), ("polars", polars), ("polars, texts", texts), ("pandas", pandas)):
        told(f"in from {name}", least(lambda frame=frame: kilter.Table.of(frame)), memory)
    told("the same in pandas: pandas to pyarrow", least(lambda: pa.Table.from_pandas(pandas)), memory)
    told("the same in polars: polars from pandas", least(lambda: pl.from_pandas(pandas)), memory)
    told("the same in pyarrow: polars to pyarrow", least(polars.to_arrow), memory)
    table = kilter.Table.of(arrow)
    told("out to pyarrow", least(table.to_arrow), memory)
    told("out to polars", least(table.to_polars), memory)
    told("out to pandas", least(table.to_pandas), memory)


def _buffers(array: pa.Array) -> list[pa.Buffer | None]:
    return array.indices.buffers() if isinstance(array, pa.DictionaryArray) else array.buffers()


def methods(rows: int) -> None:
    """A method over columns of each library, in and out, beside what it costs by hand there, without limits."""
    rng = np.random.default_rng(1)
    x, n = rng.integers(0, 500, rows).astype("float64"), np.full(rows, 10_000.0)
    for name, of in (("NumPy", np.asarray), ("pyarrow", pa.array), ("polars", pl.Series), ("pandas", pd.Series)):
        events, people = of(x), of(n)
        told(f"crude_rate with limits, {name}", least(lambda a=events, b=people: kilter.methods.crude_rate(a, b)))
    told("the rate alone, NumPy by hand", least(lambda: x / n * 100_000))
    told("the rate alone, pyarrow", least(lambda: pc.multiply(pc.divide(pa.array(x), pa.array(n)), 100_000)))
    told("the rate alone, pandas", least(lambda: pd.DataFrame({"x": x, "n": n}).eval("x / n * 100_000")))
    told("the rate alone, polars", least(lambda: pl.DataFrame({"x": x, "n": n}).select(pl.col("x") / pl.col("n") * 100_000)))


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
