"""What people use instead, each in the best form an expert would write, timed like kilter.

A child of the program `compare`: it prints a line of JSON for each job and writes the answers as numbers, in the
order indicator, area, period. State that a warm tool would hold (sorted frames with a row for every month, the
population joined, categories as numbers) is made outside of the times, in favour of the tool.
"""

import sys

from tools.figures import Run
from tools.with_sqlite import sqlite_series


def options(arguments):
    return dict(zip(arguments[::2], arguments[1::2]))


def one_series(tool, run):
    """One series from a process that was started for it."""
    if tool == "sqlite":
        import sqlite3

        sqlite_series(sqlite3.connect(run.path("counts.sqlite")), 3, 7)
        return
    where = "measure = 'm3' AND area = 'A00007'"
    if tool == "duckdb":
        import duckdb

        base = duckdb.connect(run.path("counts.duckdb"), read_only=True)
        base.execute(f"SELECT period, value FROM counts WHERE {where} ORDER BY period").fetchall()
    elif tool == "polars":
        import polars as pl

        frame = pl.scan_parquet(run.path("polars-counts.parquet"))
        frame.filter((pl.col("measure") == "m3") & (pl.col("area") == "A00007")).sort("period").collect()
    else:
        import pandas as pd

        pd.read_parquet(run.path("pandas-counts.parquet"), filters=[("measure", "==", "m3"), ("area", "==", "A00007")])


def jobs_of(tool):
    """What runs the jobs of a tool; a tool that is not asked for need not be there."""
    if tool == "numpy":
        from tools.dense import numpy_jobs as jobs
    elif tool == "pandas":
        from tools.with_pandas import pandas_jobs as jobs
    elif tool == "polars":
        from tools.with_polars import polars_jobs as jobs
    elif tool == "duckdb":
        from tools.with_duckdb import duckdb_jobs as jobs
    elif tool == "kilter-python":
        from tools.with_kilter import kilter_jobs as jobs
    else:
        from tools.with_sqlite import sqlite_jobs as jobs
    return jobs


def main():
    run = Run(options(sys.argv[1:]))
    if run.tool.startswith("one series "):
        one_series(run.tool.removeprefix("one series "), run)
        return
    jobs_of(run.tool)(run)


main()
