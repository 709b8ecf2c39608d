"""SQLite: to keep figures, and to find one series."""

import json
import os

from .figures import LIMIT, PER, TARGET


def sqlite_jobs(run):
    import csv
    import sqlite3

    print(json.dumps({"versions": f"sqlite {sqlite3.sqlite_version}"}))
    out = run.path("counts.sqlite")

    def clear():
        for path in (out, out + "-journal"):
            if os.path.exists(path):
                os.remove(path)

    def j1():
        base = sqlite3.connect(out)
        base.execute("CREATE TABLE counts (measure TEXT, area TEXT, period TEXT, value REAL, "
                     "PRIMARY KEY (measure, area, period)) WITHOUT ROWID")
        with open(run.path("counts.csv"), newline="") as file:
            rows = csv.reader(file)
            next(rows)
            base.executemany("INSERT INTO counts VALUES (?, ?, ?, ?)", rows)
        base.execute("CREATE TABLE people (area TEXT, year INT, people REAL, PRIMARY KEY (area, year)) WITHOUT ROWID")
        with open(run.path("populations.csv"), newline="") as file:
            rows = csv.reader(file)
            next(rows)
            base.executemany("INSERT INTO people VALUES (?, ?, ?)", (row[1:] for row in rows))
        base.commit()
        base.close()

    if "J1" in run.jobs:
        runs, run.runs = run.runs, min(run.runs, 7 if run.size == "S" else 1)
        run.time("J1", "executemany", j1, prepare=clear)
        run.runs = runs
    if "J7" in run.jobs:
        if not os.path.exists(out):
            j1()
        base = sqlite3.connect(out)
        n = [0]

        def j7():
            n[0] += 1
            return sqlite_series(base, n[0] * 7 % run.indicators, n[0] * 11 % run.areas)

        runs, run.runs = run.runs, 200
        run.time("J7", "index", j7)
        run.runs = runs


def sqlite_series(base, indicator, area):
    """The last value of a series with status and trends."""
    rows = base.execute(
        "SELECT c.period, c.value, p.people FROM counts c JOIN people p ON p.area = c.area AND p.year = "
        "CAST(substr(c.period, 1, 4) AS INT) WHERE c.measure = ? AND c.area = ? ORDER BY c.period",
        (f"m{indicator}", f"A{area:05}")).fetchall()
    rates = [value * PER / people for _, value, people in rows]
    last, before = rates[-1], rates[-5:-1]
    status = "green" if last <= TARGET else "amber" if last <= LIMIT else "red"
    return last, status, last < before[-1], last < sum(before) / len(before)
