//! Evaluation: the values of indicators from observations, and their status against targets.
//!
//! This room joins what a framework defines with what the methods compute. It reads no store: a dataset
//! is given to it, as known at one point.

mod chart;
mod compare;
mod derivation;
mod explain;
mod five_years;
mod funnel;
mod history;
mod judge;
mod standardised;
mod timing;
mod trend;
mod values;
mod verdicts;

pub use chart::{ChartSignal, NoChart, chart_signal, control_chart, run_chart};
pub use compare::{
    Compared, NotCompared, Ranked, Standing, ValueLimits, compare, compare_at, limits_of, ranks,
};
pub use derivation::{DerivedTerm, Role};
pub use explain::{
    aim_in_words, basis_in_words, no_aim_in_words, scope_in_words, tolerance_origin_in_words, with_unit,
    written,
};
pub use five_years::{
    ComparisonYear, FIRST_STATUTORY_YEAR, PRECEDING_YEARS, comparison_years, five_years, year_kind,
};
pub use funnel::{FunnelArea, FunnelOf, NoFunnel, funnel};
pub use history::{History, compared_area, peers};
pub use judge::{
    AimInForce, Evaluation, NoAim, TargetInForce, Viewpoint, apply, evaluate, latest, status, target_in_force,
};
pub use timing::{Completeness, Freshness, Timing, due, is_still_to_come, timing};
pub use trend::{NoTrend, Trend, TrendPoint};
pub use values::{Population, Value, Valuer};
pub use verdicts::{Contradiction, NoFivePoints, Verdicts, five_point_direction, five_point_trend, verdicts};

#[cfg(test)]
mod tests;
