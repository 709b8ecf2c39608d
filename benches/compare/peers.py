"""What people use instead, each in the best form an expert would write, timed like kilter.

A child of the program `compare`: it prints a line of JSON for each job and writes the answers as numbers, in the
order indicator, area, period. State that a warm tool would hold (sorted frames with a row for every month, the
population joined, categories as numbers) is made outside of the times, in favour of the tool.
"""

import json
import os
import resource
import sys
import time

SIZES = {"S": (32, 40, 120), "M": (1300, 40, 120), "L": (7000, 60, 120)}
WINDOW, PER, TARGET, TOLERANCE, OUTCOMES, PEERS, YEARS = 12, 100_000.0, 75.0, 5.0, 9, 50, 6
Z = 1.959963984540054
NATION = "S00000001"
AS_AT, RELEASED, RELEASES, REVISED = 5, 4, 10, 12
FIRST_YEAR, FIRST_MONTH = 2014, 4
LIMIT = TARGET + TARGET * TOLERANCE / 100


def options(arguments):
    return dict(zip(arguments[::2], arguments[1::2]))


class Run:
    """What was asked for, and where the figures are."""

    def __init__(self, asked):
        self.tool = asked["--child"]
        self.size = asked["--size"]
        self.runs = int(asked["--runs"])
        self.threads = int(asked["--threads"])
        self.folder = asked["--folder"]
        self.jobs = asked.get("--jobs", "").split(",")
        self.areas, self.indicators, self.months = SIZES[self.size]

    def path(self, name):
        return os.path.join(self.folder, name)

    def time(self, job, way, work, answers=(), prepare=lambda: None):
        wall, cpu = [], []
        for _ in range(self.runs):
            prepare()
            w, c = time.perf_counter(), time.process_time()
            result = work()
            cpu.append((time.process_time() - c) * 1e3)
            wall.append((time.perf_counter() - w) * 1e3)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        names = []
        for n, answer in enumerate(answers):
            import numpy as np

            name = f"{job}.{self.tool}.{way}.{n}.f64".replace(" ", "-")
            np.ascontiguousarray(answer(result), dtype="<f8").tofile(self.path("answers/" + name))
            names.append(name)
        line = dict(tool=self.tool, job=job, way=way, wall=wall, cpu=cpu, peak=peak, answers=names)
        print(json.dumps(line), flush=True)


def month_number(np, text):
    """Months since the first, of texts such as 2014-04."""
    years = text.str.slice(0, 4).astype("int32")
    return (years - FIRST_YEAR) * 12 + text.str.slice(5, 7).astype("int32") - FIRST_MONTH


def year_of(month):
    return (FIRST_MONTH - 1 + month) // 12


def flushed(path):
    with open(path, "rb+") as file:
        os.fsync(file.fileno())


class Figures:
    """The figures as dense arrays."""

    def __init__(self, run):
        import numpy as np
        import pyarrow.compute as pc
        import pyarrow.csv as pcsv

        self.np, self.run = np, run
        read = lambda name: pcsv.read_csv(run.path(name))
        text = pcsv.read_csv(
            run.path("counts.csv"),
            convert_options=pcsv.ConvertOptions(column_types={"period": "string", "value": "double"}),
        )
        number = lambda column: pc.cast(pc.utf8_slice_codeunits(column, 1), "int32").to_numpy()
        months = (
            pc.cast(pc.utf8_slice_codeunits(text["period"], 0, 4), "int32").to_numpy() - FIRST_YEAR
        ) * 12 + pc.cast(pc.utf8_slice_codeunits(text["period"], 5, 7), "int32").to_numpy() - FIRST_MONTH
        shape = (run.indicators, run.areas, run.months)
        self.counts = np.full(shape, np.nan)
        self.counts[number(text["measure"]), number(text["area"]), months] = text["value"].to_numpy()
        people = read("populations.csv").to_pandas()
        years = year_of(run.months - 1) + 1
        self.nation_people = people[people.area == NATION].value.to_numpy(dtype=float)
        self.people = people[people.area != NATION].value.to_numpy(dtype=float).reshape(run.areas, years)
        nation = read("nation.csv").to_pandas()
        self.nation = nation.value.to_numpy(dtype=float).reshape(run.indicators, run.months)
        ages = read("ages.csv").to_pandas()
        events = ages.measure.str.startswith("events").to_numpy()
        by_age = lambda rows: rows.value.to_numpy(dtype=float).reshape(4, run.areas, 10, 19)
        self.events, self.people_by_age = by_age(ages[events]), by_age(ages[~events])
        self.weights = np.array(
            [5000, 5500, 5500, 5500, 6000, 6000, 6500, 7000, 7000, 7000, 7000, 6500, 6000, 5500, 5000, 4000, 2500,
             1500, 1000.0])
        self.year = year_of(np.arange(run.months))
        self.releases = None

    def long(self):
        """Columns with a row for every month: indicator, area, month, count, people."""
        np, run = self.np, self.run
        i, a, m = np.indices(self.counts.shape, dtype=np.int32)
        people = np.broadcast_to(self.people[None, :, self.year], self.counts.shape)
        return dict(indicator=i.ravel(), area=a.ravel(), month=m.ravel(), count=self.counts.ravel(),
                    people=people.ravel().copy())

    def windows(self):
        """The same for complete positions of a window: the rates, and what they are made of."""
        np = self.np
        sums = np.lib.stride_tricks.sliding_window_view(self.counts, WINDOW, axis=2).sum(axis=3)
        people = np.broadcast_to(self.people[None, :, self.year[WINDOW - 1:]], sums.shape)
        nation = np.lib.stride_tricks.sliding_window_view(self.nation, WINDOW, axis=1).sum(axis=2)
        nation = nation * PER / self.nation_people[None, self.year[WINDOW - 1:]]
        i, a, m = np.indices(sums.shape, dtype=np.int32)
        other = np.broadcast_to(nation[:, None, :], sums.shape)
        return dict(indicator=i.ravel(), area=a.ravel(), month=(m + WINDOW - 1).ravel(), sum=sums.ravel(),
                    people=people.ravel().copy(), rate=(sums * PER / people).ravel(), nation=other.ravel().copy())

    def monthly(self):
        return self.counts * PER / self.people[None, :, self.year]

    def rates(self):
        """Columns with a row for every month: indicator, area, month, rate."""
        i, a, m = self.np.indices(self.counts.shape, dtype=self.np.int32)
        return dict(indicator=i.ravel(), area=a.ravel(), month=m.ravel(), rate=self.monthly().ravel())

    def ages(self):
        np = self.np
        i, a, y, b = np.indices(self.events.shape, dtype=np.int32)
        return dict(indicator=i.ravel(), area=a.ravel(), year=y.ravel(), band=b.ravel(), events=self.events.ravel(),
                    people=self.people_by_age.ravel(), weight=np.broadcast_to(self.weights, self.events.shape).ravel().copy())

    def released(self):
        """Columns of all releases: release, indicator, area, month, count."""
        import pyarrow as pa
        import pyarrow.compute as pc
        import pyarrow.csv as pcsv

        np, parts = self.np, []
        for release in range(RELEASES):
            table = pcsv.read_csv(
                self.run.path(f"release-{release + 1:02}.csv"),
                convert_options=pcsv.ConvertOptions(column_types={"period": "string", "value": "double"}))
            number = lambda column: pc.cast(pc.utf8_slice_codeunits(column, 1), "int32").to_numpy()
            years = pc.cast(pc.utf8_slice_codeunits(table["period"], 0, 4), "int32").to_numpy()
            months = (years - FIRST_YEAR) * 12 - FIRST_MONTH + pc.cast(
                pc.utf8_slice_codeunits(table["period"], 5, 7), "int32").to_numpy()
            parts.append((np.full(len(table), release, dtype=np.int32), number(table["measure"]),
                          number(table["area"]), months.astype(np.int32), table["value"].to_numpy()))
        names = ["release", "indicator", "area", "month", "count"]
        return {name: np.concatenate([part[k] for part in parts]) for k, name in enumerate(names)}

    def known(self, indicator, area, month, count):
        """Long rows as the dense answer of J9."""
        np, end = self.np, self.run.months + 1 - RELEASES + AS_AT
        answer = np.full((RELEASED, self.run.areas, end), np.nan)
        answer[indicator, area, month] = count
        return answer

    def signals(self, columns):
        """Eight patterns as the bits of one number."""
        return sum(self.np.asarray(column, dtype=float) * 2.0**bit for bit, column in enumerate(columns))


def numpy_jobs(run):
    import numpy as np

    print(json.dumps({"versions": f"numpy {np.__version__}, Python {sys.version.split()[0]}"}))
    if not set(run.jobs) & {"J2", "J3", "J4", "J5", "J6", "J8", "J9"}:
        return
    figures = Figures(run)
    counts, people, year = figures.counts, figures.people, figures.year
    ends = year[WINDOW - 1:]
    factor = PER / people[:, ends]
    # Whole numbers, whose running sums are exact; missing months are counted beside them.
    missing = np.isnan(counts)
    filled = np.where(missing, 0.0, counts)

    def sums():
        two = counts[:, :, :-1] + counts[:, :, 1:]
        four = two[:, :, :-2] + two[:, :, 2:]
        return four[:, :, :-8] + four[:, :, 4:-4] + four[:, :, 8:]

    def j2():
        total = sums()
        total *= PER
        total /= people[:, ends]
        return total

    if "J2" in run.jobs:
        run.time("J2", "dense", j2, [lambda r: r])
    if "J3" in run.jobs:
        rates = figures.monthly()

        def j3():
            # None of the comparisons holds where there is no rate.
            codes = (rates <= LIMIT).view(np.uint8) * np.uint8(2)
            codes -= (rates <= TARGET).view(np.uint8)
            codes += (rates > LIMIT).view(np.uint8) * np.uint8(3)
            flat = codes.reshape(run.indicators, -1)
            found = np.stack([np.count_nonzero(flat == colour, axis=1) for colour in (1, 2, 3)], axis=1)
            counted = np.zeros((OUTCOMES, 3))
            np.add.at(counted, np.arange(run.indicators) % OUTCOMES, found)
            return codes, counted

        run.time("J3", "dense", j3, [lambda r: r[0], lambda r: r[1]])
    if "J4" in run.jobs:
        total = sums()
        nation = np.lib.stride_tricks.sliding_window_view(figures.nation, WINDOW, axis=1).sum(axis=2)
        nation = (nation * PER / figures.nation_people[ends])[:, None, :]

        def j4():
            with np.errstate(divide="ignore", invalid="ignore"):
                base = 1.0 - 1.0 / (9.0 * total) - Z / (3.0 * np.sqrt(total))
                lower = total * base * base * base
            np.maximum(lower, 0.0, out=lower)
            lower[total == 0.0] = 0.0
            above = total + 1.0
            base = 1.0 - 1.0 / (9.0 * above) + Z / (3.0 * np.sqrt(above))
            above *= base * base * base
            lower *= factor
            above *= factor
            standing = (above < nation).view(np.uint8) + (lower > nation).view(np.uint8) * np.uint8(2)
            standing[np.isnan(total)] = 3
            return lower, above, standing

        run.time("J4", "dense", j4, [lambda r, k=k: r[k] for k in range(3)])
    if "J5" in run.jobs:
        weights = figures.weights / figures.weights.sum() * PER

        def j5():
            rate = ((figures.events / figures.people_by_age) @ weights)
            rate[figures.events.sum(axis=3) < 10] = np.nan
            return rate

        run.time("J5", "dense", j5, [lambda r: r])
    if "J6" in run.jobs:
        monthly = figures.monthly().reshape(-1, run.months)

        def j6():
            return xmr(np, monthly)

        run.time("J6", "dense", j6, [lambda r: r[0], lambda r: r[1]])
    if "J8" in run.jobs:
        first = run.months - 12 * YEARS
        years = year[first + 11::12]

        def j8():
            table = counts[:, :, first:].reshape(run.indicators, run.areas, YEARS, 12).sum(axis=3)
            table = table * PER / people[:, years]
            last = table[:, :, -1]
            ranks = np.zeros(last.shape)
            for start in range(0, run.areas, PEERS):
                of = last[:, start:start + PEERS]
                # One more than the number of lower ones.
                ranks[:, start:start + PEERS] = 1 + (of[:, None, :] < of[:, :, None]).sum(axis=2)
            ranks[np.isnan(last)] = 0
            return table, ranks

        run.time("J8", "dense", j8, [lambda r: r[0], lambda r: r[1]])
    if "J9" in run.jobs:
        end = run.months + 1 - RELEASES + AS_AT
        dense = []
        long = figures.released()
        for release in range(RELEASES):
            of = long["release"] == release
            last = run.months + 1 - RELEASES + release
            first = 0 if release == 0 else last - REVISED
            said = np.full((RELEASED, run.areas, last - first), np.nan)
            said[long["indicator"][of], long["area"][of], long["month"][of] - first] = long["count"][of]
            dense.append((first, last, said))

        def j9():
            known = np.full((RELEASED, run.areas, end), np.nan)
            for first, last, said in dense[:AS_AT + 1]:
                np.copyto(known[:, :, first:last], said, where=~np.isnan(said))
            return known

        run.time("J9", "dense", j9, [lambda r: r])


def xmr(np, values):
    """Limits and patterns of series in rows."""
    mean = np.nanmean(values, axis=1, keepdims=True)
    step = np.diff(values, axis=1)
    spread = np.nanmean(np.abs(step), axis=1, keepdims=True)
    lower, upper = mean - 2.66 * spread, mean + 2.66 * spread
    near = 2.0 * (2.66 / 3.0) * spread
    above, below = values > mean, values < mean
    signals = (values > upper).view(np.uint8) | (values < lower).view(np.uint8) << 1

    def runs(of, length):
        """Places at which so many begin that all hold."""
        two = of[:, :-1] & of[:, 1:]
        four = two[:, :-2] & two[:, 2:]
        return four[:, :of.shape[1] - length + 1] & four[:, length - 4:]

    def mark(starts, length, bit):
        """The same bit for the places that follow each start."""
        marked = np.zeros(values.shape, dtype=np.uint8)
        n = starts.shape[1]
        for k in range(length):
            marked[:, k:k + n] |= starts.view(np.uint8)
        return marked << bit

    signals |= mark(runs(step > 0, 6), 7, 2) | mark(runs(step < 0, 6), 7, 3)
    far = (values > mean + near) | (values < mean - near)
    pair = (far[:, :-2].view(np.uint8) + far[:, 1:-1].view(np.uint8) + far[:, 2:].view(np.uint8)) >= 2
    for side, bit in ((above, 4), (below, 5)):
        three = pair & side[:, :-2] & side[:, 1:-1] & side[:, 2:]
        signals |= mark(three, 3, bit) & (far.view(np.uint8) << bit)
    signals |= mark(runs(above, 7), 7, 6) | mark(runs(below, 7), 7, 7)
    return np.hstack([mean, lower, upper]), signals


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


def scorecard_answers(run, np):
    """Of a frame: its numbers and words in the order of indicators and areas."""

    def column(name, words=None):
        def answer(frame):
            if not hasattr(frame, "iloc"):
                frame = frame.to_pandas()
            frame = frame[frame["area"] != NATION]
            place = frame["measure"].str.slice(1).astype(int) * run.areas + frame["area"].str.slice(1).astype(int)
            values = np.empty(run.indicators * run.areas)
            found = frame[name]
            if words:
                found = found.map({word: n + 1 for n, word in enumerate(words)}).fillna(0)
            values[place.to_numpy()] = found.to_numpy()
            return values

        return answer

    trend = ["worse", "steady", "better"]
    return [column("value"), column("upper"), column("variance_percent"), column("status", ["green", "amber", "red"]),
            column("short_trend", trend), column("long_trend", trend)]


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

        def dense_key():
            known = frame.lazy().filter(col("release") <= AS_AT).with_columns(
                key=(col("indicator") * run.areas + col("area")) * run.months + col("month"))
            return known.group_by("key").agg(col("indicator", "area", "month", "count").last()).collect()

        run.time("J9", "one key", dense_key, [answer])


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

        def known(_):
            found = base.execute("SELECT * FROM found").fetchnumpy()
            return figures.known(found["indicator"], found["area"], found["month"], found["count"])

        run.time("J9", "arg_max", create(
            f"SELECT indicator, area, month, arg_max(count, release) AS count FROM released WHERE release <= {AS_AT} "
            "GROUP BY indicator, area, month"), [known])


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


def main():
    asked = options(sys.argv[1:])
    run = Run(asked)
    if run.tool.startswith("one series "):
        one_series(run.tool.removeprefix("one series "), run)
        return
    jobs = dict(numpy=numpy_jobs, pandas=pandas_jobs, polars=polars_jobs, duckdb=duckdb_jobs, sqlite=sqlite_jobs)
    jobs[run.tool](run)


main()
