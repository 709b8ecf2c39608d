"""kilter through Python: the columns of the door in Rust as arrays of NumPy, made by the package that is installed."""

import json

from tools.figures import NATION, OUTCOMES, PEERS, WINDOW


def kilter_jobs(run):
    import kilter
    import numpy as np

    print(json.dumps({"versions": f"kilter {kilter.__version__} in Python, NumPy {np.__version__}"}))
    engine = kilter.open(run.path("store"))
    monthly = [f"I-{i}" for i in range(run.indicators)]
    placed = lambda columns, arrays: np.concatenate(
        [np.asarray(array, dtype=float)[[area != NATION for area in block.areas]].ravel()
         for block, array in zip(columns, arrays)])
    values = lambda columns: placed(columns, [block.values for block in columns])
    if "J7" in run.jobs:
        number = iter(range(10**9))

        def j7():
            n = next(number)
            return engine.evaluate(f"I-{n * 7 % run.indicators}", f"A{n * 11 % run.areas:05}")

        for _ in range(run.indicators):
            j7()
        runs, run.runs = run.runs, 200
        run.time("J7", "tables", j7)
        run.runs = runs
    rolling = lambda: engine.columns(monthly, rolling=WINDOW, from_="2015-03")
    if "J2" in run.jobs or "J4" in run.jobs:
        windows = rolling()
    if "J2" in run.jobs:
        run.time("J2", "columns", rolling, [values])
    if "J4" in run.jobs:
        run.time("J4", "columns", windows.limits, [
            lambda r: placed(windows, [limits.lower for limits in r]),
            lambda r: placed(windows, [limits.upper for limits in r]),
            # Better is 1 and worse is 3 among the standings.
            lambda r: placed(windows, [np.array([3, 1, 0, 2])[limits.standings] for limits in r])])
    if "J3" in run.jobs or "J6" in run.jobs:
        months = engine.columns(monthly)
    if "J3" in run.jobs:

        def j3():
            statuses = months.statuses()
            tallies = np.array([[of.green, of.amber, of.red] for of in statuses])
            return statuses, [tallies[outcome::OUTCOMES].sum(axis=0) for outcome in range(OUTCOMES)]

        run.time("J3", "columns", j3, [
            lambda r: placed(months, [np.where(of.codes < 3, of.codes + 1, 0) for of in r[0]])])
    if "J5" in run.jobs:
        of_age = [f"D-{i}" for i in range(4)]
        engine.columns(of_age)
        run.time("J5", "columns", lambda: engine.columns(of_age), [values])
    if "J6" in run.jobs:

        def lines(charts):
            found = []
            for block, chart in zip(months, charts):
                here = np.array([area != NATION for area in block.areas])[chart.area]
                found.append(np.stack([chart.centre, chart.lower, chart.upper], axis=1)[here].ravel())
            return np.concatenate(found)

        run.time("J6", "columns", months.charts, [lines, lambda r: placed(months, [chart.signals for chart in r])])
    if "J8" in run.jobs:
        groups = [f"G{g:05}" for g in range(-(-run.areas // PEERS))]

        def j8():
            years = engine.columns(monthly, every="financial-year", from_="2018/19")
            return years, years.ranks(groups)

        run.time("J8", "columns", j8, [
            lambda r: values(r[0]), lambda r: placed(r[0], [ranks.ranks for ranks in r[1]])])
