"""polars, by expressions."""

import json
import os

from .figures import AS_AT, LIMIT, OUTCOMES, PEERS, PER, TARGET, WINDOW, YEARS, Z, Figures, flushed, scorecard_answers


def polars_jobs(run):
    import polars as pl

    print(json.dumps({"versions": f"polars {pl.__version__}, threads {pl.thread_pool_size()}"}))
    col = pl.col
    import numpy as np

    if "J1" in run.jobs:
        out = run.path("polars-counts.parquet")

        def j1(name):
            def work():
                kinds = {"measure": pl.Categorical, "area": pl.Categorical, "period": pl.Categorical, "value": pl.Float64}
                if name.endswith(".csv"):
                    frame = pl.read_csv(run.path(name), schema=kinds)
                else:
                    frame = pl.read_parquet(run.path(name))
                frame.write_parquet(out)
                flushed(out)
            return work

        if os.path.exists(run.path("counts.parquet")):
            run.time("J1 Parquet", "read_parquet", j1("counts.parquet"))
        run.time("J1", "read_csv", j1("counts.csv"))
    if "J10" in run.jobs:
        run.time("J10", "lazy", lambda: polars_scorecard(run, pl), scorecard_answers(run, np))
    if not set(run.jobs) & {"J2", "J3", "J4", "J5", "J6", "J8", "J9"}:
        return
    figures = Figures(run)
    nulls = lambda columns: pl.DataFrame(columns).fill_nan(None)
    dense = lambda frame, name: frame[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    if "J2" in run.jobs:
        frame = nulls(figures.long())

        def j2():
            two = frame.with_columns(two=col("count") + col("count").shift(1))
            four = two.with_columns(four=col("two") + col("two").shift(2))
            total = col("four") + col("four").shift(4) + col("four").shift(8)
            rate = pl.when(col("month") >= WINDOW - 1).then(total * PER / col("people"))
            return four.select(pl.all().exclude("two", "four"), rate=rate)

        run.time("J2", "shifts", j2, [lambda r: dense(r, "rate").reshape(-1, run.months)[:, WINDOW - 1:]])

        def rolling():
            total = col("count").rolling_sum(WINDOW, min_samples=WINDOW).over("indicator", "area")
            return frame.with_columns(rate=total * PER / col("people"))

        run.time("J2", "rolling over", rolling, [lambda r: dense(r, "rate").reshape(-1, run.months)[:, WINDOW - 1:]])
        del frame
    if "J3" in run.jobs:
        rates = nulls(figures.rates())

        def j3():
            status = (pl.when(col("rate") <= TARGET).then(1).when(col("rate") <= LIMIT).then(2)
                      .when(col("rate") > LIMIT).then(3).otherwise(0).cast(pl.UInt8))
            judged = rates.with_columns(status=status)
            found = (judged.lazy().group_by(outcome=col("indicator") % OUTCOMES)
                     .agg(*[(col("status") == k).sum().alias(str(k)) for k in (1, 2, 3)]).sort("outcome").collect())
            return judged, found

        run.time("J3", "expressions", j3, [lambda r: r[0]["status"].to_numpy(),
                                           lambda r: r[1].select("1", "2", "3").to_numpy()])
        del rates
    windows = nulls(figures.windows()) if "J4" in run.jobs else None
    if "J4" in run.jobs:

        def j4():
            def cube(x, z):
                return x * (1.0 - 1.0 / (9.0 * x) + z / (3.0 * x.sqrt())).pow(3)

            factor = PER / col("people")
            low = pl.when(col("sum") == 0).then(0.0).otherwise(cube(col("sum"), -Z).clip(0.0)) * factor
            limited = windows.lazy().with_columns(lower=low, upper=cube(col("sum") + 1.0, Z) * factor)
            standing = (pl.when(col("sum").is_null()).then(3).when(col("upper") < col("nation")).then(1)
                        .when(col("lower") > col("nation")).then(2).otherwise(0).cast(pl.UInt8))
            return limited.with_columns(standing=standing).collect()

        run.time("J4", "expressions", j4, [lambda r, k=k: dense(r, k) for k in ("lower", "upper", "standing")])
    del windows
    if "J5" in run.jobs:
        frame = pl.DataFrame(figures.ages())
        total = figures.weights.sum()

        def j5():
            return (frame.lazy().group_by("indicator", "area", "year", maintain_order=True)
                    .agg(rate=(col("events") / col("people") * col("weight")).sum() * (PER / total),
                         events=col("events").sum())
                    .with_columns(rate=pl.when(col("events") >= 10).then(col("rate"))).collect())

        run.time("J5", "group_by", j5, [lambda r: dense(r, "rate")])
        del frame
    if "J6" in run.jobs:
        frame = nulls({"series": np.repeat(np.arange(run.indicators * run.areas, dtype=np.int32), run.months),
                       "month": np.tile(np.arange(run.months, dtype=np.int32), run.indicators * run.areas),
                       "value": figures.monthly().ravel()})

        def j6():
            step = pl.when(col("month") > 0).then(col("value") - col("value").shift(1))
            rows = frame.with_columns(step=step)
            limits = (rows.lazy().group_by("series", maintain_order=True)
                      .agg(mean=col("value").mean(), spread=col("step").abs().mean()).collect())
            rows = rows.with_columns(
                mean=limits["mean"].gather(rows["series"]), spread=limits["spread"].gather(rows["series"]))
            value, mean, spread, month = col("value"), col("mean"), col("spread"), col("month")

            def starts(of, length):
                # At the last place of a run; the month keeps it inside its series.
                two = of & of.shift(1)
                four = two & two.shift(2)
                return four & four.shift(length - 4) & (month >= length - 1)

            def back(of, places):
                marked = of
                for k in range(1, places):
                    marked = marked | of.shift(-k).fill_null(False)
                return marked

            off = lambda expression: expression.fill_null(False)
            rows = rows.lazy().with_columns(
                up=off(col("step") > 0), down=off(col("step") < 0), above=off(value > mean), below=off(value < mean),
                far=off((value - mean).abs() > 2.0 * (2.66 / 3.0) * spread))
            rows = rows.with_columns(
                # Six steps end at a value, and the first begins at the value before it.
                r=off(starts(col("up"), 6) & (month >= 6)), f=off(starts(col("down"), 6) & (month >= 6)),
                a=off(starts(col("above"), 7)), b=off(starts(col("below"), 7)),
                pair=off((col("far").cast(pl.UInt8) + col("far").shift(1).cast(pl.UInt8)
                          + col("far").shift(2).cast(pl.UInt8) >= 2) & (month >= 2)))
            three = lambda side: off(col("pair") & side & side.shift(1) & side.shift(2))
            rows = rows.with_columns(h=three(col("above")), l=three(col("below")))
            patterns = [off(value > mean + 2.66 * spread), off(value < mean - 2.66 * spread), back(col("r"), 7),
                        back(col("f"), 7), col("far") & back(col("h"), 3), col("far") & back(col("l"), 3),
                        back(col("a"), 7), back(col("b"), 7)]
            bits = sum((pattern.cast(pl.UInt8) * 2**bit for bit, pattern in enumerate(patterns)), pl.lit(0, pl.UInt8))
            return limits, rows.select("series", "month", "value", signals=bits).collect()

        def lines(limits):
            mean, spread = limits["mean"].to_numpy(), limits["spread"].to_numpy()
            return np.stack([mean, mean - 2.66 * spread, mean + 2.66 * spread], axis=1)

        run.time("J6", "shifts", j6, [lambda r: lines(r[0]), lambda r: r[1]["signals"].to_numpy()])
        del frame
    if "J8" in run.jobs:
        frame = nulls(figures.long())
        first = run.months - 12 * YEARS

        def j8():
            table = (frame.lazy().filter(col("month") >= first)
                     .group_by("indicator", "area", col("month") // 12, maintain_order=True)
                     .agg(total=col("count").sum(), n=col("count").count(), people=col("people").last())
                     .with_columns(rate=pl.when(col("n") == 12).then(col("total") * PER / col("people"))).collect())
            last = table.filter(col("month") == run.months // 12 - 1)
            rank = col("rate").rank("min").over("indicator", col("area") // PEERS).fill_null(0)
            return table, last.with_columns(rank=rank)

        run.time("J8", "group_by", j8, [lambda r: dense(r[0], "rate"), lambda r: dense(r[1], "rank")])
        del frame
    if "J9" in run.jobs:
        frame = pl.DataFrame(figures.released())

        def j9():
            known = frame.lazy().filter(col("release") <= AS_AT)
            return known.unique(["indicator", "area", "month"], keep="last", maintain_order=True).collect()

        answer = lambda r: figures.known(*(r[k].to_numpy() for k in ("indicator", "area", "month", "count")))
        run.time("J9", "unique", j9, [answer])

        def dense_key(frame):
            known = frame.filter(col("release") <= AS_AT).with_columns(
                key=(col("indicator") * run.areas + col("area")) * run.months + col("month"))
            return known.group_by("key").agg(col("indicator", "area", "month", "count").last()).collect()

        run.time("J9", "one key", lambda: dense_key(frame.lazy()), [answer])
        # kilter asks its store, on a disk.
        path = run.path("polars-released.parquet")
        frame.write_parquet(path)
        run.time("J9", "from a file", lambda: dense_key(pl.scan_parquet(path)), [answer])


def polars_scorecard(run, pl):
    col = pl.col
    counts = pl.scan_parquet(run.path("polars-counts.parquet")).with_columns(
        col("measure", "area", "period").cast(pl.String))
    nation = pl.scan_csv(run.path("nation.csv"), schema_overrides={"value": pl.Float64, "period": pl.String})
    people = pl.scan_csv(run.path("populations.csv"), schema_overrides={"value": pl.Float64})
    people = people.select("area", year=col("period").cast(pl.Int32), people=col("value"))
    # What is shown needs the last five figures of a series and no more.
    tail = (pl.concat([counts, nation]).sort("measure", "area", "period").group_by("measure", "area", maintain_order=True)
            .tail(5).with_columns(year=col("period").str.slice(0, 4).cast(pl.Int32))
            .join(people, on=["area", "year"], how="left", maintain_order="left")
            .with_columns(rate=col("value") * PER / col("people")))
    table = tail.group_by("measure", "area", maintain_order=True).agg(
        period=col("period").last(), value=col("rate").last(), numerator=col("value").last(),
        denominator=col("people").last(), before=col("rate").slice(-2, 1).first(),
        mean=col("rate").slice(0, pl.len() - 1).mean())

    def cube(x, z):
        return x * (1.0 - 1.0 / (9.0 * x) + z / (3.0 * x.sqrt())).pow(3)

    n, factor, value = col("numerator"), PER / col("denominator"), col("value")
    turn = lambda other: (pl.when(value < other).then(pl.lit("better")).when(value > other).then(pl.lit("worse"))
                          .otherwise(pl.lit("steady")))
    table = table.with_columns(
        lower=pl.when(n == 0).then(0.0).otherwise(cube(n, -Z).clip(0.0)) * factor, upper=cube(n + 1.0, Z) * factor,
        target=pl.lit(TARGET), variance=value - TARGET, variance_percent=100.0 * (value - TARGET) / TARGET,
        status=pl.when(value <= TARGET).then(pl.lit("green")).when(value <= LIMIT).then(pl.lit("amber"))
        .otherwise(pl.lit("red")),
        short_trend=turn(col("before")), long_trend=turn(col("mean"))).drop("before", "mean").collect()
    out = run.path("polars-scorecard.parquet")
    table.write_parquet(out, compression="zstd")
    flushed(out)
    return table
