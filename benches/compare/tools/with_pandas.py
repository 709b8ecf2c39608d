"""pandas, with NumPy where an expert would."""

import json
import os

from .dense import xmr
from .figures import AS_AT, LIMIT, OUTCOMES, PEERS, PER, TARGET, WINDOW, YEARS, Z, Figures, flushed, scorecard_answers


def pandas_jobs(run):
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    print(json.dumps({"versions": f"pandas {pd.__version__}, pyarrow {pa.__version__}"}))
    if "J1" in run.jobs:
        out = run.path("pandas-counts.parquet")

        def j1(name):
            def work():
                kinds = {"measure": "category", "area": "category", "period": "category", "value": "float64"}
                if name.endswith(".csv"):
                    frame = pd.read_csv(run.path(name), engine="pyarrow", dtype=kinds)
                else:
                    frame = pd.read_parquet(run.path(name))
                frame.to_parquet(out)
                flushed(out)
            return work

        run.time("J1", "pyarrow", j1("counts.csv"))
        if os.path.exists(run.path("counts.parquet")):
            run.time("J1 Parquet", "pyarrow", j1("counts.parquet"))
    if "J10" in run.jobs:
        run.time("J10", "pandas", lambda: pandas_scorecard(run, np, pd), scorecard_answers(run, np))
    if not set(run.jobs) & {"J2", "J3", "J4", "J5", "J6", "J8", "J9"}:
        return
    figures = Figures(run)
    if "J2" in run.jobs:
        frame = pd.DataFrame(figures.long())

        def j2():
            count = frame["count"].to_numpy()
            two = count[:-1] + count[1:]
            four = two[:-2] + two[2:]
            total = four[:-8] + four[4:-4] + four[8:]
            rate = np.full(len(count), np.nan)
            np.multiply(total, PER, out=rate[WINDOW - 1:])
            rate /= frame["people"].to_numpy()
            # Windows that reach into the series before.
            rate.reshape(-1, run.months)[:, :WINDOW - 1] = np.nan
            return frame.assign(rate=rate)

        run.time("J2", "NumPy shifts", j2, [lambda r: r["rate"].to_numpy().reshape(-1, run.months)[:, WINDOW - 1:]])
        del frame
    if "J3" in run.jobs:
        rates = pd.DataFrame(figures.rates())

        def j3():
            rate = rates["rate"].to_numpy()
            status = (rate <= LIMIT).view(np.uint8) * np.uint8(2)
            status -= (rate <= TARGET).view(np.uint8)
            status += (rate > LIMIT).view(np.uint8) * np.uint8(3)
            outcome = rates["indicator"].to_numpy() % OUTCOMES
            found = np.bincount(outcome * 4 + status, minlength=OUTCOMES * 4).reshape(OUTCOMES, 4)
            return rates.assign(status=status), found[:, 1:]

        run.time("J3", "NumPy", j3, [lambda r: r[0]["status"], lambda r: r[1]])
        del rates
    windows = pd.DataFrame(figures.windows()) if "J4" in run.jobs else None
    if "J4" in run.jobs:

        def j4():
            total, factor = windows["sum"], PER / windows["people"]
            with np.errstate(divide="ignore", invalid="ignore"):
                base = 1.0 - 1.0 / (9.0 * total) - Z / (3.0 * np.sqrt(total))
                lower = (total * base * base * base).clip(lower=0.0).where(total != 0.0, 0.0) * factor
            above = total + 1.0
            base = 1.0 - 1.0 / (9.0 * above) + Z / (3.0 * np.sqrt(above))
            upper = above * base * base * base * factor
            nation = windows["nation"]
            standing = (upper < nation).astype("uint8") + (lower > nation).astype("uint8") * 2
            return windows.assign(lower=lower, upper=upper, standing=standing.where(total.notna(), 3))

        run.time("J4", "columns", j4, [lambda r, k=k: r[k] for k in ("lower", "upper", "standing")])
    del windows
    if "J5" in run.jobs:
        frame = pd.DataFrame(figures.ages())
        total = figures.weights.sum()

        def j5():
            part = frame["events"] / frame["people"] * (frame["weight"] / total)
            keys = [frame["indicator"], frame["area"], frame["year"]]
            table = pd.DataFrame({"rate": part * PER, "events": frame["events"]}).groupby(keys, sort=False).sum()
            return table["rate"].where(table["events"] >= 10)

        run.time("J5", "groupby", j5, [lambda r: r])
        del frame
    if "J6" in run.jobs:
        frame = pd.DataFrame({"value": figures.monthly().ravel()})

        def j6():
            limits, signals = xmr(np, frame["value"].to_numpy().reshape(-1, run.months))
            return limits, frame.assign(signals=signals.ravel())

        run.time("J6", "NumPy", j6, [lambda r: r[0], lambda r: r[1]["signals"]])
        del frame
    if "J8" in run.jobs:
        frame = pd.DataFrame(figures.long())
        frame["year"] = frame["month"] // 12
        first = run.months // 12 - YEARS

        def j8():
            rows = frame[frame["year"] >= first]
            keys = ["indicator", "area", "year"]
            table = rows.groupby(keys, sort=False).agg(
                total=("count", "sum"), n=("count", "count"), people=("people", "last"))
            table["rate"] = (table["total"] * PER / table["people"]).where(table["n"] == 12)
            last = table[table.index.get_level_values("year") == first + YEARS - 1].reset_index()
            group = [last["indicator"], last["area"] // PEERS]
            return table["rate"], last.groupby(group, sort=False)["rate"].rank(method="min").fillna(0)

        run.time("J8", "groupby", j8, [lambda r: r[0], lambda r: r[1]])
        del frame
    if "J9" in run.jobs:
        frame = pd.DataFrame(figures.released())

        def j9():
            known = frame[frame["release"] <= AS_AT]
            return known.drop_duplicates(["indicator", "area", "month"], keep="last")

        answer = lambda r: figures.known(r["indicator"], r["area"], r["month"], r["count"])
        run.time("J9", "drop_duplicates", j9, [answer])
        # kilter asks its store, on a disk.
        path = run.path("pandas-released.parquet")
        frame.to_parquet(path, index=False)

        def from_a_file():
            known = pd.read_parquet(path, filters=[("release", "<=", AS_AT)])
            return known.drop_duplicates(["indicator", "area", "month"], keep="last")

        run.time("J9", "from a file", from_a_file, [answer])


def pandas_scorecard(run, np, pd):
    counts = pd.read_parquet(run.path("pandas-counts.parquet"))
    nation = pd.read_csv(run.path("nation.csv"))
    people = pd.read_csv(run.path("populations.csv"))
    counts = pd.concat([counts.astype({"measure": str, "area": str, "period": str}), nation], ignore_index=True)
    counts["year"] = counts["period"].str.slice(0, 4).astype("int32")
    counts = counts.merge(people.rename(columns={"period": "year", "value": "people"})[["area", "year", "people"]],
                          on=["area", "year"])
    counts = counts.sort_values(["measure", "area", "period"], kind="stable", ignore_index=True)
    rate = counts["value"] * PER / counts["people"]
    key = [counts["measure"], counts["area"]]
    number = counts.groupby(key, sort=False).cumcount(ascending=False)
    tail = counts.assign(rate=rate, back=number)[number < 5]
    wide = tail.pivot(index=["measure", "area"], columns="back", values="rate")
    last = tail[tail["back"] == 0].set_index(["measure", "area"])
    total, factor = last["value"], PER / last["people"]
    with np.errstate(divide="ignore", invalid="ignore"):
        base = 1.0 - 1.0 / (9.0 * total) - Z / (3.0 * np.sqrt(total))
        lower = (total * base**3).clip(lower=0.0).where(total != 0.0, 0.0) * factor
    base = 1.0 - 1.0 / (9.0 * (total + 1)) + Z / (3.0 * np.sqrt(total + 1))
    table = pd.DataFrame({
        "period": last["period"], "value": last["rate"], "numerator": total, "denominator": last["people"],
        "lower": lower, "upper": (total + 1) * base**3 * factor, "target": TARGET})
    table["variance"] = table["value"] - TARGET
    table["variance_percent"] = 100.0 * table["variance"] / TARGET
    value = table["value"]
    table["status"] = np.select([value <= TARGET, value <= LIMIT], ["green", "amber"], "red")
    turn = lambda other: np.select([value < other, value > other], ["better", "worse"], "steady")
    table["short_trend"] = turn(wide[1].reindex(table.index))
    table["long_trend"] = turn(wide[[1, 2, 3, 4]].mean(axis=1).reindex(table.index))
    table = table.reset_index()
    out = run.path("pandas-scorecard.parquet")
    table.to_parquet(out, compression="zstd")
    flushed(out)
    return table
