"""The native part, checked against the module by the tests. Use the package instead."""

from collections.abc import Callable, Sequence
from typing import Any, final

from .receipt import Receipt

__all__ = [
    "Blocks",
    "Cells",
    "Columns",
    "Engine",
    "Table",
    "TextFrame",
    "age_groups",
    "by_error",
    "byar",
    "catalogue",
    "check_backup",
    "check_framework",
    "codes",
    "columns",
    "completed_months",
    "completed_years",
    "crude_rate",
    "demo",
    "direct",
    "direct_repeated",
    "five_proportions",
    "five_rates",
    "framework_texts",
    "funnel_proportions",
    "funnel_rates",
    "funnel_ratios",
    "half_up",
    "indirect",
    "life_expectancy",
    "mean",
    "migrate",
    "poisson",
    "pooled",
    "primary",
    "proportion",
    "protect",
    "provoke_a_panic",
    "quantiles",
    "repair",
    "rolling_rates",
    "row_wise",
    "run_chart",
    "runs",
    "scottish_rate",
    "scottish_rolling",
    "scottish_rolling_rates",
    "shewhart_ratios",
    "shewhart_values",
    "simd",
    "slope_index",
    "sustained",
    "to_base",
    "toml_of_json",
    "verify",
    "version",
    "wilson",
    "with_what_it_extends",
    "xmr",
]

version: str

_Texts = Sequence[tuple[str, str]]
_Problem = tuple[str | None, int | None, str, str]
_About = tuple[list[str], list[str], str | None]
_Viewer = tuple[str | None, str | None]
_Card = tuple[str | None, str | None, str | None, str | None, str | None]
_How = tuple[str | None, str | None, str, str, str, str | None]
_Progress = Callable[[int, int], object] | None
_Verification = tuple[bool, str, list[str]]
# A column: Columns, a buffer of floats, or a sequence of cells.
_Column = Any
_Parts = tuple[list[int], int | None, list[int]]
_Weights = tuple[_Column, _Column]

@final
class Table:
    @staticmethod
    def of(data: object) -> Table: ...
    def __len__(self, /) -> int: ...
    @property
    def columns(self, /) -> list[tuple[str, str]]: ...
    def column(self, /, name: str) -> list[Any]: ...
    def floats(self, /, name: str) -> bytearray: ...
    def words(self, /, name: str) -> tuple[list[str], bytearray]: ...
    def bytes(self, /, format: str) -> bytes: ...
    def text(self, /, width: int | None = None) -> str: ...
    def head(self, /, rows: int) -> Table: ...
    def __arrow_c_stream__(self, /, requested_schema: object | None = None) -> object: ...
    def __arrow_c_schema__(self, /) -> object: ...
    def __reduce__(self, /) -> Any: ...

@final
class Columns:
    def __new__(cls, /, data: object) -> Columns: ...
    def __len__(self, /) -> int: ...

@final
class Cells:
    @property
    def __array_interface__(self, /) -> dict[str, Any]: ...

@final
class Blocks:
    @property
    def values(self, /) -> list[tuple[str, tuple[str, ...], tuple[str, ...], Cells, Cells]]: ...
    def statuses(self, /, viewer: _Viewer) -> list[tuple[Cells, list[int]]]: ...
    def limits(self, /) -> list[tuple[Cells, Cells, Cells]]: ...
    def charts(self, /) -> list[tuple[Cells, list[Cells]]]: ...
    def ranks(self, /, groups: list[str]) -> list[tuple[Cells, Cells]]: ...

def codes() -> tuple[list[str], list[str], list[str], list[str]]: ...
def columns(
    engine: Engine,
    about: _About,
    from_: str | None,
    to: str | None,
    every: str | None,
    rolling: int | None,
) -> Blocks: ...

@final
class TextFrame:
    def __new__(cls, /, columns: Sequence[tuple[str, Sequence[str | None]]]) -> TextFrame: ...
    def __arrow_c_stream__(self, /, requested_schema: object | None = None) -> object: ...

@final
class Engine:
    @staticmethod
    def open(path: str, mode: str, wait: float) -> Engine: ...
    @staticmethod
    def create(path: str, framework: _Texts, source: str, known_at: str | None) -> Engine: ...
    @property
    def path(self, /) -> object: ...
    @property
    def is_closed(self, /) -> bool: ...
    def close(self, /) -> None: ...
    def define(self, /, framework: _Texts, source: str, known_at: str | None) -> int: ...
    def ingest_file(self, /, file: str, how: _How, progress: _Progress) -> Receipt: ...
    def ingest_frame(
        self, /, frame: object, name: str, rows: int, how: _How, progress: _Progress
    ) -> Receipt: ...
    def releases(self, /) -> Table: ...
    def summary(self, /) -> str: ...
    def indicators(self, /, at: str | None) -> Table: ...
    def framework(self, /, at: str | None) -> tuple[list[tuple[str, str]], str, str]: ...
    def withdraw(self, /, release: int, reason: str, known_at: str | None) -> None: ...
    def backup(self, /, file: str) -> None: ...
    @staticmethod
    def restore(backup: str, path: str) -> Engine: ...
    def compact(self, /) -> str: ...
    def verify(self, /) -> _Verification: ...
    def values(
        self,
        /,
        about: _About,
        from_: str | None,
        to: str | None,
        every: str | None,
        rolling: int | None,
        confidence: list[float],
    ) -> Table: ...
    def evaluate(self, /, about: _About, period: str | None, viewer: _Viewer) -> Table: ...
    def verdicts(self, /, about: _About, period: str | None, viewer: _Viewer) -> Table: ...
    def chart(self, /, about: _About, period: str | None, viewer: _Viewer) -> Table: ...
    def run_chart(self, /, about: _About, period: str | None, viewer: _Viewer) -> Table: ...
    def sustained_shifts(self, /, about: _About, period: str | None, viewer: _Viewer) -> Table: ...
    def compare(
        self,
        /,
        about: _About,
        period: str | None,
        with_: str | None,
        among: str | None,
        only_worse_and_worsening: bool,
    ) -> Table: ...
    def five_years(self, /, about: _About, year: str | None, statutory: bool) -> Table: ...
    def funnel(
        self, /, about: _About, period: str | None, among: str | None, kind: str
    ) -> Table: ...
    def funnel_curve(
        self, /, about: _About, period: str | None, among: str | None, kind: str
    ) -> Table: ...
    def targets(
        self, /, area: str | None, function: str | None, at: str | None, viewer: _Viewer
    ) -> Table: ...
    def levels(self, /, at: str | None) -> Table: ...
    def strategy_map(self, /, at: str | None) -> Table: ...
    def scorecard(self, /, card: _Card, width: int) -> tuple[Table, Table, str]: ...
    def scorecard_page(self, /, card: _Card) -> str: ...
    def exceptions(self, /, card: _Card) -> Table: ...
    def coverage(self, /, card: _Card) -> Table: ...
    def escalations(
        self,
        /,
        area: str | None,
        escalation: str | None,
        at: str | None,
        figures_of_the_day: bool,
        every_step: bool,
    ) -> Table: ...
    def explain(self, /, indicator: str, card: _Card) -> tuple[str, str]: ...
    def what_if(
        self,
        /,
        indicator: str,
        area: str | None,
        target: str | None,
        tolerance: str | None,
        framework: _Texts | None,
        escalation: tuple[int, int],
        at: str | None,
        viewer: _Viewer,
    ) -> tuple[Table, Table]: ...
    def needed(self, /, about: _About, period: str | None, viewer: _Viewer) -> Table: ...
    def diff(self, /, from_: str, to: str) -> Table: ...

def verify(path: str) -> _Verification: ...
def check_backup(backup: str) -> str: ...
def repair(path: str, backup: str, wait: float) -> _Verification: ...
def migrate(path: str, backup: str, wait: float) -> tuple[int, int]: ...
def demo(folder: str) -> tuple[object, object, str]: ...
def provoke_a_panic(what: str) -> None: ...
def framework_texts(source: str) -> list[tuple[str, str]]: ...
def with_what_it_extends(own: _Texts) -> list[tuple[str, str]]: ...
def check_framework(
    own: _Texts,
) -> tuple[tuple[str, str, dict[str, int]] | None, list[_Problem]]: ...
def toml_of_json(json: str) -> str: ...
def catalogue() -> tuple[list[str], list[str]]: ...
def by_error(value: _Column, error: _Column, freedom: _Column | None, level: float) -> Table: ...
def crude_rate(numerator: _Column, denominator: _Column, per: float, level: float) -> Table: ...
def proportion(numerator: _Column, denominator: _Column, per: float, level: float) -> Table: ...
def poisson(count: _Column, level: float) -> Table: ...
def byar(count: _Column, level: float) -> Table: ...
def wilson(numerator: _Column, denominator: _Column, level: float) -> Table: ...
def half_up(values: _Column, decimals: int) -> Table: ...
def pooled(
    numerator: _Column,
    denominator: _Column,
    statistic_: str,
    by: _Column | None,
    per: float,
    level: float,
) -> Table: ...
def mean(values: _Column, level: float) -> Table: ...
def rolling_rates(
    year: _Column,
    numerator: _Column,
    denominator: _Column,
    window: int,
    statistic_: str,
    per: float,
    limits_of: str,
    level: float,
    missing: str,
) -> Table: ...
def scottish_rolling(
    year: _Column,
    numerator: _Column,
    denominator: _Column,
    sampled_from: _Column | None,
    measure: str,
    per: float,
    window: int,
    missing: str,
) -> Table: ...
def quantiles(values: _Column, groups: int, first: str) -> Table: ...
def five_rates(value: _Column, lower: _Column, upper: _Column) -> Table: ...
def five_proportions(numerator: _Column, denominator: _Column) -> Table: ...
def direct(
    band: _Column,
    events: _Column,
    population: _Column,
    standard_: _Weights,
    per: float,
    level: float,
    missing: str,
    few: str,
) -> Table: ...
def direct_repeated(
    band: _Column,
    events_each: _Column,
    persons: _Column,
    population: _Column,
    standard_: _Weights,
    per: float,
    level: float,
    missing: str,
    few: str,
) -> Table: ...
def indirect(
    band: _Column,
    events: _Column | None,
    population: _Column,
    reference: tuple[_Column, _Column, _Column],
    observed: float | None,
    ratio_of: float,
    per: float,
    level: float,
    missing: str,
) -> Table: ...
def scottish_rate(
    band: _Column,
    events: _Column,
    population: _Column,
    standard_: _Weights,
    standard_total: float,
    per: float,
    missing: str,
) -> Table: ...
def scottish_rolling_rates(
    year: _Column,
    band: _Column,
    events: _Column,
    population: _Column,
    standard_: _Weights,
    standard_total: float,
    per: float,
    window: int,
    missing: str,
) -> Table: ...
def life_expectancy(
    from_: _Column, until: _Column, population: _Column, deaths: _Column, level: float
) -> Table: ...
def simd(
    group: _Column,
    rate: _Column,
    population: _Column,
    deprivation: str,
    rate_of_all: float,
    missing: str,
    level: float,
) -> Table: ...
def slope_index(
    group: _Column,
    value: _Column,
    population: _Column,
    standard_error: _Column | None,
    limits: tuple[_Column, _Column] | None,
    values: str,
    fit: str,
    towards: str,
    per: float,
    level: float,
) -> Table: ...
def funnel_proportions(numerator: _Column, denominator: _Column, per: float, curve: bool) -> Table: ...
def funnel_ratios(observed: _Column, expected: _Column, form: str, curve: bool) -> Table: ...
def funnel_rates(
    events: _Column,
    population: _Column | None,
    rate: _Column | None,
    kind: str,
    per: float,
    years: float,
    curve: bool,
) -> Table: ...
def xmr(
    values: _Column,
    improvement: str,
    rules: str,
    screening: str,
    parts: _Parts,
    target: float | None,
) -> Table: ...
def run_chart(values: _Column, rules: str, centre: float | None, parts: _Parts) -> Table: ...
def shewhart_values(
    values: _Column, chart: str, screening: str, rules: str, parts: _Parts
) -> Table: ...
def shewhart_ratios(
    numerators: _Column,
    denominators: _Column,
    chart: str,
    per: float,
    screening: str,
    rules: str,
    parts: _Parts,
) -> Table: ...
def runs(values: _Column, centre: float, rules: str) -> Table: ...
def sustained(values: _Column, baseline: int, run_: int, watch: str) -> Table: ...
def primary(counts: _Column, threshold: int, zeros: str) -> Table: ...
def row_wise(counts: _Column, threshold: int, zeros: str) -> Table: ...
def protect(
    counts: _Column, categories: list[int], threshold: int, zeros: str, span: int
) -> Table: ...
def to_base(counts: _Column, base: int) -> Table: ...
def completed_years(born: _Column, on: _Column) -> Table: ...
def completed_months(born: _Column, on: _Column) -> Table: ...
def age_groups(age: _Column, from_: int, to: int, by: int) -> Table: ...
