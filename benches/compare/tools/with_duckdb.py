"""DuckDB, by SQL."""

import json
import os

from .figures import AS_AT, LIMIT, OUTCOMES, PEERS, PER, TARGET, WINDOW, YEARS, Z, Figures, flushed, scorecard_answers


CUBE = "{x} * pow(1.0 - 1.0 / (9.0 * {x}) + {z} / (3.0 * sqrt({x})), 3)"


def duckdb_jobs(run):
    import duckdb
    import numpy as np

    print(json.dumps({"versions": f"duckdb {duckdb.__version__}"}))
    threads = {"threads": run.threads}
    if "J1" in run.jobs:
        out = run.path("counts.duckdb")

        def clear():
            for path in (out, out + ".wal"):
                if os.path.exists(path):
                    os.remove(path)

        def j1(name):
            def work():
                base = duckdb.connect(out, config=threads)
                reader = "read_csv" if name.endswith(".csv") else "read_parquet"
                kinds = (", columns={'measure': 'VARCHAR', 'area': 'VARCHAR', 'period': 'VARCHAR', 'value': 'DOUBLE'}"
                         if name.endswith(".csv") else "")
                base.execute(f"CREATE TABLE counts AS SELECT * FROM {reader}('{run.path(name)}'{kinds})")
                base.close()
                flushed(out)
            return work

        parquet = run.path("counts.parquet")
        if not os.path.exists(parquet):
            duckdb.execute(f"COPY (SELECT * FROM read_csv('{run.path('counts.csv')}', columns={{'measure': 'VARCHAR', "
                           f"'area': 'VARCHAR', 'period': 'VARCHAR', 'value': 'DOUBLE'}})) TO '{parquet}'")
        run.time("J1 Parquet", "read_parquet", j1("counts.parquet"), prepare=clear)
        run.time("J1", "read_csv", j1("counts.csv"), prepare=clear)
    if "J10" in run.jobs:
        run.time("J10", "SQL", lambda: duckdb_scorecard(run, duckdb, threads), scorecard_answers(run, np))
    if not set(run.jobs) & {"J2", "J3", "J4", "J5", "J6", "J8", "J9"}:
        return
    figures = Figures(run)
    base = duckdb.connect(config=threads)

    def table(name, columns):
        # Read by DuckDB from the variable of that name. What is not a number is missing.
        frame = {k: (np.ma.masked_invalid(v) if v.dtype.kind == "f" else v) for k, v in columns.items()}
        import pyarrow as pa

        arrow = pa.table({k: pa.array(v, from_pandas=True) if v.dtype.kind == "f" else pa.array(v)
                          for k, v in columns.items()})
        del frame
        base.register("incoming", arrow)
        base.execute(f"CREATE TABLE {name} AS SELECT * FROM incoming")
        base.unregister("incoming")

    def answer(select):
        return lambda _: np.ma.filled(base.execute(select).fetchnumpy()["x"].astype(float), np.nan)

    def create(select):
        return lambda: base.execute(f"CREATE OR REPLACE TABLE found AS {select}")

    order = "ORDER BY indicator, area, month"
    if "J2" in run.jobs:
        table("long", figures.long())
        series = "PARTITION BY indicator, area ORDER BY month"
        lags = " + ".join(["count"] + [f"lag(count, {k}) OVER w" for k in range(1, WINDOW)])
        run.time("J2", "lag", create(f"SELECT *, ({lags}) * {PER} / people AS rate FROM long WINDOW w AS ({series})"),
                 [answer(f"SELECT rate AS x FROM found WHERE month >= {WINDOW - 1} {order}")])
        rows = f"{series} ROWS BETWEEN {WINDOW - 1} PRECEDING AND CURRENT ROW"
        run.time("J2", "rows", create(
            f"SELECT *, CASE WHEN count(count) OVER w = {WINDOW} THEN sum(count) OVER w * {PER} / people END AS rate "
            f"FROM long WINDOW w AS ({rows})"),
                 [answer(f"SELECT rate AS x FROM found WHERE month >= {WINDOW - 1} {order}")])
        base.execute("DROP TABLE long")
    if "J4" in run.jobs:
        table("windows", figures.windows())
    if "J3" in run.jobs:
        table("rates", figures.rates())
        status = f"CASE WHEN rate <= {TARGET} THEN 1 WHEN rate <= {LIMIT} THEN 2 WHEN rate > {LIMIT} THEN 3 ELSE 0 END"

        def j3():
            base.execute(f"CREATE OR REPLACE TABLE found AS SELECT *, ({status})::UTINYINT AS status FROM rates")
            parts = ", ".join(f"count(*) FILTER (status = {k}) AS s{k}" for k in (1, 2, 3))
            return base.execute(f"SELECT {parts} FROM found GROUP BY indicator % {OUTCOMES} "
                                f"ORDER BY indicator % {OUTCOMES}").fetchnumpy()

        run.time("J3", "SQL", j3, [answer(f"SELECT status AS x FROM found {order}"),
                                   lambda r: np.stack([r["s1"], r["s2"], r["s3"]], axis=1)])
    if "J4" in run.jobs:
        low, high = CUBE.format(x="sum", z=-Z), CUBE.format(x="(sum + 1)", z=Z)
        limits = (f"SELECT *, CASE WHEN sum = 0 THEN 0 WHEN sum > 0 THEN greatest({low}, 0) END * {PER} / people AS lower,"
                  f" {high} * {PER} / people AS upper FROM windows")
        run.time("J4", "SQL", create(
            f"SELECT *, (CASE WHEN sum IS NULL THEN 3 WHEN upper < nation THEN 1 WHEN lower > nation THEN 2 ELSE 0 END)"
            f"::UTINYINT AS standing FROM ({limits})"),
                 [answer(f"SELECT {k} AS x FROM found {order}") for k in ("lower", "upper", "standing")])
    if "J5" in run.jobs:
        table("ages", figures.ages())
        total = figures.weights.sum()
        run.time("J5", "SQL", create(
            f"SELECT indicator, area, year, CASE WHEN sum(events) >= 10 THEN sum(events / people * weight) * {PER / total}"
            " END AS rate FROM ages GROUP BY indicator, area, year"),
                 [answer("SELECT rate AS x FROM found ORDER BY indicator, area, year")])
    if "J8" in run.jobs:
        table("long", figures.long())
        first = run.months - 12 * YEARS

        def j8():
            base.execute(f"CREATE OR REPLACE TABLE found AS SELECT indicator, area, month // 12 AS month, CASE WHEN "
                         f"count(count) = 12 THEN sum(count) * {PER} / arg_max(people, month) END AS rate FROM long "
                         f"WHERE month >= {first} GROUP BY ALL")
            base.execute(f"CREATE OR REPLACE TABLE ranked AS SELECT *, CASE WHEN rate IS NULL THEN 0 ELSE rank() OVER "
                         f"(PARTITION BY indicator, area // {PEERS} ORDER BY rate NULLS LAST) END AS rank FROM found "
                         f"WHERE month = {run.months // 12 - 1}")

        run.time("J8", "SQL", j8, [answer(f"SELECT rate AS x FROM found {order}"),
                                   answer(f"SELECT rank AS x FROM ranked {order}")])
        base.execute("DROP TABLE long")
    if "J9" in run.jobs:
        table("released", figures.released())

        known = lambda found: figures.known(found["indicator"], found["area"], found["month"], found["count"])
        query = (f"SELECT indicator, area, month, arg_max(count, release) AS count FROM released WHERE release <= {AS_AT} "
                 "GROUP BY indicator, area, month")
        run.time("J9", "arg_max", create(query), [lambda _: known(base.execute("SELECT * FROM found").fetchnumpy())])
        # kilter asks its store, on a disk.
        path = run.path("released.duckdb")
        base.execute(f"ATTACH '{path}' AS kept")
        base.execute("CREATE OR REPLACE TABLE kept.released AS SELECT * FROM released")
        base.execute("DETACH kept")

        def from_a_file():
            with duckdb.connect(path, read_only=True, config=threads) as base:
                return base.execute(query).fetchnumpy()

        run.time("J9", "from a file", from_a_file, [known])


def duckdb_scorecard(run, duckdb, threads):
    base = duckdb.connect(run.path("counts.duckdb"), read_only=True, config=threads)
    out = run.path("duckdb-scorecard.parquet")
    low, high = CUBE.format(x="numerator", z=-Z), CUBE.format(x="(numerator + 1)", z=Z)
    turn = "CASE WHEN value < {0} THEN 'better' WHEN value > {0} THEN 'worse' ELSE 'steady' END"
    base.execute(f"""
        COPY (
            WITH counts AS (
                SELECT * FROM counts UNION ALL SELECT measure, area, period::VARCHAR, value FROM
                read_csv('{run.path("nation.csv")}', columns={{'measure': 'VARCHAR', 'area': 'VARCHAR',
                    'period': 'VARCHAR', 'value': 'DOUBLE'}})),
            tails AS (SELECT measure, area, unnest(max_by({{'period': period, 'value': value}}, period, 5)) AS r,
                generate_subscripts(max_by(period, period, 5), 1) AS back FROM counts GROUP BY measure, area),
            rates AS (SELECT t.measure, t.area, r.period AS period, r.value AS n, p.value AS people, back,
                r.value * {PER} / p.value AS rate FROM tails t JOIN read_csv('{run.path("populations.csv")}') p
                ON t.area = p.area AND left(r.period, 4)::INT = p.period),
            last AS (SELECT measure, area, max(period) AS period, max(rate) FILTER (back = 1) AS value,
                max(n) FILTER (back = 1) AS numerator, max(people) FILTER (back = 1) AS denominator,
                max(rate) FILTER (back = 2) AS before, avg(rate) FILTER (back > 1) AS mean
                FROM rates GROUP BY measure, area)
            SELECT measure, area, period, value, numerator, denominator,
                CASE WHEN numerator = 0 THEN 0 ELSE greatest({low}, 0) END * {PER} / denominator AS lower,
                {high} * {PER} / denominator AS upper, {TARGET} AS target, value - {TARGET} AS variance,
                100.0 * (value - {TARGET}) / {TARGET} AS variance_percent,
                CASE WHEN value <= {TARGET} THEN 'green' WHEN value <= {LIMIT} THEN 'amber' ELSE 'red' END AS status,
                {turn.format("before")} AS short_trend, {turn.format("mean")} AS long_trend
            FROM last ORDER BY measure, area) TO '{out}' (FORMAT parquet, COMPRESSION zstd)""")
    base.close()
    flushed(out)
    import pyarrow.parquet as pq

    return pq.read_table(out)
