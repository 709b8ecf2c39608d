"""NumPy on dense arrays: indicator, area, month."""

import json
import sys

from .figures import (
    AS_AT, LIMIT, OUTCOMES, PEERS, PER, RELEASED, RELEASES, REVISED, TARGET, WINDOW, YEARS, Z, Figures)


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
