//! Evaluation: the values of indicators from observations, and their status against targets.
//!
//! This room joins what a framework defines with what the methods compute. It reads no store: a dataset
//! is given to it, as known at one point.

mod judge;
mod values;

pub use judge::{Evaluation, NoTrend, Trend, TrendPoint, evaluate, latest, status};
pub use values::{Population, Value, Valuer};

#[cfg(test)]
mod tests;
