"""What was asked for, and the made figures as arrays, columns and texts: what every tool begins with."""

import json
import os
import resource
import time

SIZES = {"S": (32, 40, 120), "M": (1300, 40, 120), "L": (7000, 60, 120)}
WINDOW, PER, TARGET, TOLERANCE, OUTCOMES, PEERS, YEARS = 12, 100_000.0, 75.0, 5.0, 9, 50, 6
Z = 1.959963984540054
NATION = "S00000001"
AS_AT, RELEASED, RELEASES, REVISED = 5, 4, 10, 12
FIRST_YEAR, FIRST_MONTH = 2014, 4
LIMIT = TARGET + TARGET * TOLERANCE / 100


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
    names = ["value", "numerator", "denominator", "lower", "upper", "variance", "variance_percent"]
    return [column(name) for name in names] + [
        column("status", ["green", "amber", "red"]), column("short_trend", trend), column("long_trend", trend)]
