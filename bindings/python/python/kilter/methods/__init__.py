"""The methods, over columns of your own data frames: rates and their limits, standardisation, funnels, charts,
inequality, small numbers, ages.

Each takes lists, NumPy arrays, series of pandas or polars, or arrays of pyarrow, and answers in the same kind: with a
data frame of pandas or polars, a table of pyarrow, a record array of NumPy, or a `kilter.Table`. A missing value is
missing and never zero: NaN and null alike. Where a row is refused, its value is missing and ``reason`` says why; where
the whole call is, it raises. Names and order of arguments are those of `kilter_core::method` in Rust, by which the same
figures give the same answer to the bit.
"""

from __future__ import annotations

from .charts import run_chart, runs, shewhart_ratios, shewhart_values, sustained, xmr
from .inequality import funnel_proportions, funnel_rates, funnel_ratios, simd, slope_index
from .rates import (
    by_error,
    byar,
    crude_rate,
    five_proportions,
    five_rates,
    half_up,
    mean,
    poisson,
    pooled,
    proportion,
    quantiles,
    rolling_rates,
    scottish_rolling,
    wilson,
)
from .small import age_groups, completed_months, completed_years, primary, protect, row_wise, to_base
from .standardised import (
    direct,
    direct_repeated,
    indirect,
    life_expectancy,
    scottish_rate,
    scottish_rolling_rates,
)

__all__ = [
    "age_groups",
    "by_error",
    "byar",
    "completed_months",
    "completed_years",
    "crude_rate",
    "direct",
    "direct_repeated",
    "five_proportions",
    "five_rates",
    "funnel_proportions",
    "funnel_rates",
    "funnel_ratios",
    "half_up",
    "indirect",
    "life_expectancy",
    "mean",
    "poisson",
    "pooled",
    "primary",
    "proportion",
    "protect",
    "quantiles",
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
    "wilson",
    "xmr",
]
