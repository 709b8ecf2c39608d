//! Evaluation: the values of indicators from observations, and their status against targets.
//!
//! This room joins what a framework defines with what the methods compute. It reads no store: a dataset
//! is given to it, as known at one point.
//!
//! ```
//! use kilter_core::evaluate::{History, Valuer, Viewpoint, evaluate};
//! use kilter_core::framework::{Framework, Text};
//! use kilter_core::ident::{AreaCode, MeasureId};
//! use kilter_core::series::{Breakdown, Dataset, Observation, SeriesBuilder, SeriesKey};
//! use kilter_core::time::{Period, PeriodKind};
//!
//! let text = r#"
//!     framework = { id = "small", title = "Small" }
//!     area = [{ code = "A", name = "Glen", kind = "council" }]
//!     measure = [{ id = "falls", title = "Falls", unit = "falls", frequency = "month", over_time = "sum", over_areas = "sum" }]
//!     indicator = [{ id = "F", title = "Falls", calculation = { count = "falls" }, frequency = "month", polarity = "lower", decimals = 0, unit = "falls" }]
//!     target = [{ indicator = "F", from = "2024-02", comparator = "previous period", tolerance = { relative = 10 } }]
//! "#;
//! let framework = Framework::from_texts(&[Text::new("small.toml", text)])?;
//! let months = [Period::month(2024, 1)?, Period::month(2024, 2)?, Period::month(2024, 3)?];
//! let area = AreaCode::new("A")?;
//! let mut falls = SeriesBuilder::new(PeriodKind::Month);
//! for (month, count) in months.iter().zip([20.0, 22.0, 30.0]) {
//!     falls.push(month.ordinal(), Observation::number(count)?, 1);
//! }
//! let mut data = Dataset::new();
//! let key = SeriesKey { measure: MeasureId::new("falls")?, breakdown: Breakdown::total(), area: area.clone() };
//! data.insert(key, falls.build()?);
//!
//! let valuer = Valuer::new(&framework, &data);
//! let indicator = framework.indicator("F").ok_or("no such indicator")?;
//! let history = History::new(&valuer, indicator, &area, &months);
//! let status = |place| evaluate(&framework, &history, place, &Viewpoint::default()).status.to_string();
//! assert_eq!(status(0), "not assessed"); // no target is in force yet
//! assert_eq!(status(1), "amber"); // 22 against 20, ten percent more
//! assert_eq!(status(2), "red");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod chart;
mod chart_column;
mod compare;
mod derivation;
mod explain;
mod five_years;
mod funnel;
mod groups;
mod history;
mod judge;
mod panel;
mod quantile;
mod scotpho;
mod slope;
mod standardised;
mod status_column;
mod timing;
mod trend;
mod values;
mod verdicts;

pub use chart::{
    ChartSignal, ControlChart, ControlPoint, NoChart, chart_signal, control_chart, run_chart,
    sustained_shifts,
};
pub use chart_column::{ChartMemory, ChartPlan, Stretch};
pub use compare::{
    Compared, LimitsMethod, NotCompared, Ranked, Standing, ValueLimits, compare, compare_at, limits_of,
    rank_each, ranks,
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
pub use panel::{Comparators, Comparison, Panel, PanelLimits, PanelMemory, Plan};
pub use slope::SlopeBasis;
pub use status_column::{StatusCode, StatusPlan};
pub use timing::{Completeness, Freshness, Timing, due, is_still_to_come, timing};
pub use trend::{NoTrend, Trend, TrendPoint};
pub use values::{Population, Precision, Value, Valuer};
pub use verdicts::{Contradiction, NoFivePoints, Verdicts, five_point_direction, five_point_trend, verdicts};

#[cfg(test)]
mod tests;
