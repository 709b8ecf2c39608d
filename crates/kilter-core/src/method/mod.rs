//! Methods: how values come from observations. Sums over breakdowns, areas and time; ratios of sums;
//! rounding.
//!
//! Functions over columns, each with its rule stated. This room knows no indicator, target or framework,
//! and never averages rates: a derived value is computed from summed parts.

pub mod ages;
mod column;
mod combine;
pub mod control_chart;
mod dense;
pub mod disclosure;
pub mod funnel;
pub mod inequality;
pub mod interval;
pub mod life_expectancy;
pub mod quantile;
pub mod rates;
pub mod rolling;
mod rounding;
pub mod run_chart;
pub mod standardised;
mod sum;
pub mod trend_test;
mod wide;
mod window;
mod withhold;

pub use column::{Cell, Column, Missing};
pub use combine::Resolver;
pub use dense::{Dense, Figures, Lack, Running, Windows};
pub(crate) use dense::{Line, Sliding};
pub use rounding::half_up;
pub use sum::Sum;
pub(crate) use sum::added as sum_beside;
pub(crate) use wide::wide;
pub use window::over_periods;
pub use withhold::{is_over_withheld, withhold};
