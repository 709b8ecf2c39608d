"""The engine: a store, the framework it is read by, and the questions that are asked of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from types import TracebackType
from typing import Any, Literal, NamedTuple, Self, TypeAlias

from . import _arguments as arguments, _questions as questions
from . import _frames, _native, framework as frameworks
from ._arguments import AnyPath, AsAt, Day, Many, Period
from ._frames import ArrowStream
from .columns import Columns
from .errors import QuestionError
from .framework import Framework, FrameworkSource
from .progress import Progress, watched
from .receipt import Receipt
from .scorecard import Explanation, Scorecard, Verification, WhatIf
from .table import Table

__all__ = ["Engine", "check_backup", "create", "demo", "migrate", "open", "repair", "restore", "verify"]

Source: TypeAlias = "AnyPath | ArrowStream | Mapping[str, object] | Sequence[Mapping[str, object]]"
"""A file, a data frame, a mapping of columns, or a list of rows."""


def open(path: AnyPath, mode: Literal["read", "write"] = "read", *, wait: float = 0) -> Engine:
    """Opens a store: to read it as it stands (any number of notebooks at once), or to add to it (one at a time).
    `wait` is for how many seconds to wait until another program that writes to it is done; reading never waits.

    Raises `StoreError` where there is none, `Locked` where another program writes to it, `Damaged` where a
    file is not as it was written.

    >>> import kilter, tempfile
    >>> made = kilter.demo(tempfile.mkdtemp() + "/demo")
    >>> with kilter.open(made.path) as engine:
    ...     engine.evaluate("NI-19", made.area, period="2023/24")["status"]
    ['amber']
    >>> kilter.open("no such store")
    Traceback (most recent call last):
    ...
    kilter.errors.StoreError: ...no such store is not a kilter store: ...
    """
    return Engine(_native.Engine.open(arguments.path("path", path), mode, wait))


def create(path: AnyPath, framework: FrameworkSource, *, known_at: Day | None = None) -> Engine:
    """Makes a store with a framework, open for writing. `known_at` is when it came into force; today where left out.

    Raises `FrameworkError` with every problem where it is not sound, and `StoreError` where something stands
    at the path already.
    """
    made = Framework(framework)
    known = arguments.day("known_at", known_at)
    native = _native.Engine.create(arguments.path("path", path), made._texts, made._source, known)
    return Engine(native)


def restore(backup: AnyPath, path: AnyPath) -> Engine:
    """Makes a store of a backup at a path where there is nothing yet, open for writing.

    Raises `StoreError` where the file is no backup, or something stands at the path; `Damaged` where it is not as it
    was written.

    >>> import kilter, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> with kilter.open(kilter.demo(folder + "/demo").path) as engine:
    ...     engine.backup(folder + "/store.zip")
    >>> with kilter.restore(folder + "/store.zip", folder + "/again") as again:
    ...     len(again.releases()) > 0
    True
    """
    return Engine(_native.Engine.restore(arguments.path("backup", backup), arguments.path("path", path)))


def verify(path: AnyPath) -> Verification:
    """Reads everything in a store and compares it with its checksums, even where it is too damaged to be opened."""
    return Verification(*_native.verify(arguments.path("path", path)))


def check_backup(backup: AnyPath) -> str:
    """Reads a backup to its end, compares it with its digests, and says what it holds.

    Raises `StoreError` where the file is no backup, `Damaged` where it is not as it was written.
    """
    return _native.check_backup(arguments.path("backup", backup))


def repair(path: AnyPath, backup: AnyPath, *, wait: float = 0) -> Verification:
    """Restores what is damaged in a store, and only that, from a backup of it; says what was restored, and whether the
    store is sound now. What the backup does not hold stays damaged and is named.

    Raises `StoreError` where the file is no backup, or one of another store; `Locked` where another program writes to
    the store, and goes on doing so for `wait` seconds.
    """
    return Verification(*_native.repair(arguments.path("path", path), arguments.path("backup", backup), wait))


def migrate(path: AnyPath, backup: AnyPath, *, wait: float = 0) -> tuple[int, int]:
    """Brings a store to the newest format, after a backup of it to a new file; gives the formats before and after. Where
    both are the same, nothing was done.

    Raises `StoreError` where there is no store, or something stands where the backup is to be; `Locked` as `repair`. The
    store is then as it was.
    """
    return _native.migrate(arguments.path("path", path), arguments.path("backup", backup), wait)


class Demo(NamedTuple):
    """What a demonstration made."""

    path: str
    """The store."""
    files: str
    """The folder of the files that were ingested."""
    area: str
    """The code of the invented partnership."""


def demo(folder: AnyPath) -> Demo:
    """Makes an invented partnership in a folder: a store, the files it was made from, a framework."""
    store, files, area = _native.demo(arguments.path("folder", folder))
    return Demo(str(store), str(files), area)


class Engine:
    """An indicator engine over one store; made by `kilter.open` and `kilter.create`.

    Indicators are named by their ids, areas by code or name, periods as the field writes them ("2023/24",
    "2023-06", "2023/24 Q1", "12 months to 2023-06"). Everything may be asked `as_at` a date or the number of
    a release: what was known then, and the rules of that day. Answers are tables (`Table`); `period=None` asks
    for the latest.
    """

    def __init__(self, native: _native.Engine) -> None:
        self._native = native

    # The store.

    @property
    def path(self) -> str:
        """The folder of the store."""
        return str(self._native.path)

    def close(self) -> None:
        """Closes the store; a second time does nothing."""
        self._native.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Engine({self.path!r}, closed)" if self._native.is_closed else self._native.summary()

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise TypeError("an engine is not pickled; hand its path on, and open the store again there")

    def releases(self) -> Table:
        """The releases by number: `release, known_at, source, profile, file, series, figures, note`."""
        return Table(self._native.releases())

    def indicators(self, *, as_at: AsAt | None = None) -> Table:
        """The indicators of the framework, and of which anything was observed."""
        return Table(self._native.indicators(arguments.as_at("as_at", as_at)))

    def framework(self, *, as_at: AsAt | None = None) -> Framework:
        """The framework in force."""
        texts, identity, _ = self._native.framework(arguments.as_at("as_at", as_at))
        return Framework._of(texts, identity)

    def define(self, framework: FrameworkSource, *, known_at: Day | None = None) -> int:
        """Takes another framework into force, and gives its version. Earlier dates keep the framework of their day."""
        made = Framework(framework)
        return self._native.define(made._texts, made._source, arguments.day("known_at", known_at))

    def ingest(
        self,
        data: Source,
        profile: str | PathLike[str] | Mapping[str, object] | None = None,
        *,
        source: str,
        known_at: Day,
        on_rejection: Literal["refuse", "keep"] = "refuse",
        note: str | None = None,
        progress: Progress = None,
    ) -> Receipt:
        """Takes in a file or data frame as a release, whole or not at all, and accounts for every row.

        `data` is the path of a CSV file (also compressed), Excel workbook or Parquet file; a data frame of
        pandas, polars or pyarrow; anything else with `__arrow_c_stream__`, as a DuckDB relation; a mapping of
        columns; or a list of rows. Without a profile it has the columns `measure, area, period, value`.
        `profile` is a file, the id of one of the catalogue, or a dictionary of that shape. `source` says where
        the figures come from, `known_at` when they became known.

        Raises `IngestError` with `.receipt` and `.rejections` where rows are refused and `on_rejection` is
        "refuse" (nothing is kept then); `ReadError` where a file cannot be read; `DataError` where the data are
        no table. The keyboard interrupts it, and nothing is kept.
        """
        of = arguments.text("source", source)
        if of is None:
            raise QuestionError("source: say in words where the figures come from")
        known = arguments.day("known_at", known_at)
        if known is None:
            raise QuestionError("known_at: say when the figures became known")
        name, text = _profile(profile)
        how = (name, text, of, known, on_rejection, arguments.text("note", note))
        told, bar = watched("ingest", progress)
        try:
            if isinstance(data, str | PathLike):
                return self._native.ingest_file(arguments.path("data", data), how, told)
            frame, rows = _frames.stream(data)
            return self._native.ingest_frame(frame, "data frame", rows, how, told)
        finally:
            if bar is not None:
                bar.close()

    def withdraw(self, release: int, reason: str, *, known_at: Day | None = None) -> None:
        """Withdraws a release from a day on (today where left out): what is read as at an earlier day still has it."""
        of = questions.one("reason", reason)
        self._native.withdraw(release, of, arguments.day("known_at", known_at))

    def backup(self, file: AnyPath) -> None:
        """Writes the whole store to one file, from which `kilter.restore` makes it again; nothing is written over."""
        self._native.backup(arguments.path("file", file))

    def compact(self) -> str:
        """Merges the releases into one file, so that the store takes less room, and says what came of it. Every answer
        stays the same, as at every date."""
        return self._native.compact()

    def verify(self) -> Verification:
        """Reads everything in the store and compares it with its checksums."""
        return Verification(*self._native.verify())

    # Values.

    def values(
        self,
        indicator: Many | None = None,
        area: Many | None = None,
        *,
        period: Period | None = None,
        from_: Period | None = None,
        to: Period | None = None,
        every: str | None = None,
        rolling: int | None = None,
        confidence: float | Iterable[float] | None = None,
        as_at: AsAt | None = None,
    ) -> Table:
        """Values of indicators with the parts they were computed from, one row to a period.

        `every` is the kind of period ("month", "quarter", "financial-year"); `rolling` a window in months;
        `confidence` the levels of the limits in percent (95). `value` is unrounded, and null where `absent`
        says why.
        """
        if period is not None and (from_ is not None or to is not None):
            raise QuestionError("give either period, or from_ and to")
        first = arguments.period("period", period) or arguments.period("from_", from_)
        last = arguments.period("period", period) or arguments.period("to", to)
        if confidence is None:
            levels: list[float] = []
        elif isinstance(confidence, int | float):
            levels = [confidence]
        else:
            levels = list(confidence)
        about = questions.about(indicator, area, as_at)
        return Table(self._native.values(about, first, last, arguments.text("every", every), rolling, levels))

    def columns(
        self,
        indicator: Many | None = None,
        area: Many | None = None,
        *,
        from_: Period | None = None,
        to: Period | None = None,
        every: str | None = None,
        rolling: int | None = None,
        as_at: AsAt | None = None,
    ) -> Columns:
        """The values of indicators as arrays of NumPy, with their statuses and limits: for millions of them."""
        first, last = arguments.period("from_", from_), arguments.period("to", to)
        about, kind = questions.about(indicator, area, as_at), arguments.text("every", every)
        return Columns(_native.columns(self._native, about, first, last, kind, rolling))

    def series(
        self,
        indicator: str,
        area: str,
        *,
        from_: Period | None = None,
        to: Period | None = None,
        every: str | None = None,
        rolling: int | None = None,
        as_at: AsAt | None = None,
    ) -> Table:
        """The values of one indicator in one area, in order of time."""
        return self.values(indicator, area, from_=from_, to=to, every=every, rolling=rolling, as_at=as_at)

    def evaluate(
        self,
        indicator: Many | None = None,
        area: Many | None = None,
        *,
        period: Period | None = None,
        as_at: AsAt | None = None,
        level: str | None = None,
        on: Day | None = None,
    ) -> Table:
        """Values judged against their targets: the columns of `values`, then target, tolerance, variance, status,
        reason, trends and an explanation. `level` is who looks, `on` the reporting date."""
        return Table(self._native.evaluate(*questions.judged(indicator, area, period, as_at, level, on)))

    def verdicts(
        self,
        indicator: Many | None = None,
        area: Many | None = None,
        *,
        period: Period | None = None,
        as_at: AsAt | None = None,
        level: str | None = None,
        on: Day | None = None,
    ) -> Table:
        """Target, trends, control chart and comparison side by side, and where they contradict one another."""
        return Table(self._native.verdicts(*questions.judged(indicator, area, period, as_at, level, on)))

    def chart(
        self,
        indicator: Many | None = None,
        area: Many | None = None,
        *,
        period: Period | None = None,
        as_at: AsAt | None = None,
        level: str | None = None,
        on: Day | None = None,
    ) -> Table:
        """The control charts (XmR) up to a period: limits, signals and cause of every value."""
        return Table(self._native.chart(*questions.judged(indicator, area, period, as_at, level, on)))

    def run_chart(
        self,
        indicator: Many | None = None,
        area: Many | None = None,
        *,
        period: Period | None = None,
        as_at: AsAt | None = None,
    ) -> Table:
        """The run charts up to a period: median, side, longest run and crossings."""
        return Table(self._native.run_chart(*questions.judged(indicator, area, period, as_at, None, None)))

    def sustained_shifts(
        self,
        indicator: Many | None = None,
        area: Many | None = None,
        *,
        period: Period | None = None,
        as_at: AsAt | None = None,
    ) -> Table:
        """The medians of sustained shifts up to a period, one row to each."""
        return Table(self._native.sustained_shifts(*questions.judged(indicator, area, period, as_at, None, None)))

    # Beside others.

    def compare(
        self,
        indicator: Many | None = None,
        area: Many | None = None,
        *,
        period: Period | None = None,
        with_: str | None = None,
        among: str | None = None,
        only_worse_and_worsening: bool = False,
        as_at: AsAt | None = None,
    ) -> Table:
        """Values beside others, and ranked. `with_` is "scotland", "parent", "previous period", "same period last
        year", an area, "peers GROUP" or "median GROUP"; where left out, what the framework says. `among` is the
        group in which each is ranked."""
        about, when = questions.about(indicator, area, as_at), arguments.period("period", period)
        with_, among = arguments.text("with_", with_), arguments.text("among", among)
        return Table(self._native.compare(about, when, with_, among, only_worse_and_worsening))

    def five_years(
        self,
        indicator: Many | None = None,
        area: Many | None = None,
        *,
        year: Period | None = None,
        statutory: bool = False,
        as_at: AsAt | None = None,
    ) -> Table:
        """The reporting year and up to five before it; `statutory` gives none before 2016/17."""
        about = questions.about(indicator, area, as_at)
        return Table(self._native.five_years(about, arguments.period("year", year), statutory))

    def funnel(
        self,
        indicator: Many | None = None,
        area: Many | None = None,
        *,
        period: Period | None = None,
        among: str | None = None,
        kind: str = "council",
        as_at: AsAt | None = None,
    ) -> Table:
        """Which areas of a kind or group differ from all of them together by more than their size explains."""
        about, when = questions.about(indicator, area, as_at), arguments.period("period", period)
        return Table(self._native.funnel(about, when, arguments.text("among", among), kind))

    def funnel_curve(
        self,
        indicator: Many | None = None,
        area: Many | None = None,
        *,
        period: Period | None = None,
        among: str | None = None,
        kind: str = "council",
        as_at: AsAt | None = None,
    ) -> Table:
        """The limits of a funnel at every size, for those who draw it: the curves of `funnel`."""
        about, when = questions.about(indicator, area, as_at), arguments.period("period", period)
        return Table(self._native.funnel_curve(about, when, arguments.text("among", among), kind))

    # For those who govern.

    def scorecard(
        self,
        area: str | None = None,
        period: Period | None = None,
        *,
        as_at: AsAt | None = None,
        level: str | None = None,
        on: Day | None = None,
    ) -> Scorecard:
        """The scorecard of an area; that of the framework where left out."""
        card = questions.card(area, period, as_at, level, on)
        lines, rolled, text = self._native.scorecard(card, 100)
        return Scorecard(Table(lines), Table(rolled), text, lambda: self._native.scorecard_page(card))

    def exceptions(
        self,
        area: str | None = None,
        period: Period | None = None,
        *,
        level: str,
        as_at: AsAt | None = None,
        on: Day | None = None,
    ) -> Table:
        """What a level is shown as exceptions, by its own rules."""
        return Table(self._native.exceptions(questions.card(area, period, as_at, level, on)))

    def escalations(
        self,
        area: str | None = None,
        escalation: str | None = None,
        *,
        as_at: AsAt | None = None,
        figures_of_the_day: bool = False,
        every_step: bool = False,
    ) -> Table:
        """The escalations of an area played back over its history, by the rules of each day."""
        area, escalation = arguments.text("area", area), arguments.text("escalation", escalation)
        at = arguments.as_at("as_at", as_at)
        return Table(self._native.escalations(area, escalation, at, figures_of_the_day, every_step))

    def coverage(
        self,
        area: str | None = None,
        period: Period | None = None,
        *,
        as_at: AsAt | None = None,
        level: str | None = None,
        on: Day | None = None,
    ) -> Table:
        """What the strategy map asks for and nothing answers."""
        return Table(self._native.coverage(questions.card(area, period, as_at, level, on)))

    def strategy_map(self, *, as_at: AsAt | None = None) -> Table:
        """The strategy map: outcomes, the priorities they belong to, and the indicators linked to them."""
        return Table(self._native.strategy_map(arguments.as_at("as_at", as_at)))

    def levels(self, *, as_at: AsAt | None = None) -> Table:
        """The levels of reporting: who looks, how often, with which tolerance, at what."""
        return Table(self._native.levels(arguments.as_at("as_at", as_at)))

    def targets(
        self,
        area: str | None = None,
        function: str | None = None,
        *,
        as_at: AsAt | None = None,
        level: str | None = None,
        on: Day | None = None,
    ) -> Table:
        """The list of targets, with what each says of the latest value. `function` is "integration" or
        "non-integration"."""
        viewer = (arguments.text("level", level), arguments.day("on", on))
        at = arguments.as_at("as_at", as_at)
        area, function = arguments.text("area", area), arguments.text("function", function)
        return Table(self._native.targets(area, function, at, viewer))

    # Why, and what if.

    def explain(
        self,
        indicator: str,
        area: str | None = None,
        *,
        period: Period | None = None,
        as_at: AsAt | None = None,
        level: str | None = None,
        on: Day | None = None,
    ) -> Explanation:
        """How a status came about: figures, population, calculation, target, tolerance, comparison, releases."""
        card = questions.card(area, period, as_at, level, on)
        return Explanation(*self._native.explain(questions.one("indicator", indicator), card))

    def what_if(
        self,
        indicator: str,
        area: str | None = None,
        *,
        target: float | tuple[float, float] | str | None = None,
        tolerance: str | None = None,
        framework: FrameworkSource | None = None,
        raise_after: int = 1,
        clear_after: int = 1,
        as_at: AsAt | None = None,
        level: str | None = None,
        on: Day | None = None,
    ) -> WhatIf:
        """The history of an indicator under the rules in force and under others: another target (a number, a pair
        for a range), tolerance ("5%", "2.5%,5%", "3 points") or framework; raised after so many red periods running,
        and cleared after so many others."""
        if isinstance(target, tuple):
            if len(target) != 2:
                raise QuestionError("target: a range has two ends")
            aim: str | None = f"{target[0]!r}..{target[1]!r}"
        else:
            aim = target if target is None or isinstance(target, str) else repr(target)
        summary, periods = self._native.what_if(
            questions.one("indicator", indicator),
            arguments.text("area", area),
            aim,
            arguments.text("tolerance", tolerance),
            None if framework is None else Framework(framework)._texts,
            (raise_after, clear_after),
            arguments.as_at("as_at", as_at),
            (arguments.text("level", level), arguments.day("on", on)),
        )
        return WhatIf(Table(summary), Table(periods))

    def needed(
        self,
        indicator: Many | None = None,
        area: Many | None = None,
        *,
        period: Period | None = None,
        as_at: AsAt | None = None,
        level: str | None = None,
        on: Day | None = None,
    ) -> Table:
        """What is needed in the rest of a period to meet the target at its end."""
        return Table(self._native.needed(*questions.judged(indicator, area, period, as_at, level, on)))

    def diff(self, from_: AsAt, to: AsAt) -> Table:
        """What was revised between two releases or dates, and whose status changes."""
        first, last = arguments.as_at("from_", from_), arguments.as_at("to", to)
        if first is None or last is None:
            raise QuestionError("from_ and to: dates or numbers of releases were expected")
        return Table(self._native.diff(first, last))


def _profile(given: str | PathLike[str] | Mapping[str, object] | None) -> tuple[str | None, str | None]:
    """The name of a profile, and its text where it is a dictionary."""
    if given is None:
        return None, None
    if isinstance(given, Mapping):
        return "dictionary", frameworks._toml(given)
    return arguments.path("profile", given), None
