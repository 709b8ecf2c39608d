//! Inequality between groups of a population ordered by deprivation: how much values fall or rise from one
//! end to the other.
//!
//! Groups are known by number, 1 first, each there once; which end is the deprived one is for the caller to
//! say. Limits are calculated and not simulated, so that the same figures give the same limits. Nothing is
//! rounded, and no answer is ever infinite or "not a number".

mod simd;
mod slope;
#[cfg(test)]
mod tests;

pub use simd::{Bounded, Deprivation, DeprivationGroup, MissingRate, SimdInequality, SimdMethod, simd};
pub use slope::{
    Fit, Group, Index, SlopeInequality, SlopeMethod, SlopeSettings, Spread, Towards, Values, slope_index,
};

use super::interval::MethodError;
use super::rates::{RowError, total};
use thiserror::Error;

/// Why there is no index of inequality. Rows are counted from 0, in the order in which they were given.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum NoIndex {
    /// A figure of a row is missing or none that can stand there, or the rows come to no number.
    #[error(transparent)]
    Figures(#[from] RowError),
    /// There are too few groups, or too many.
    #[error("there are {found} groups: an index of inequality takes {expected}")]
    GroupCount {
        /// How many there are.
        found: usize,
        /// How many there may be.
        expected: &'static str,
    },
    /// A group stands twice, or its number is none of those from 1 to the number of groups.
    #[error("row {row}: group {group} stands there twice, or is none of the groups from 1 to {groups}")]
    BadGroup {
        /// Which row.
        row: usize,
        /// Which group it names.
        group: u32,
        /// How many groups there are.
        groups: usize,
    },
    /// A proportion, or a limit of one, is 0, 1 or beyond, and has no odds.
    #[error("row {row}: the {what} is {found}: a proportion here lies between 0 and 1, and on neither")]
    NoOdds {
        /// Which row.
        row: usize,
        /// Which figure.
        what: &'static str,
        /// What it is.
        found: f64,
    },
    /// The limits of a value stand the wrong way round.
    #[error("row {row}: the limits are {lower} and {upper}, the wrong way round")]
    LimitsTurned {
        /// Which row.
        row: usize,
        /// The lower.
        lower: f64,
        /// The upper.
        upper: f64,
    },
}

impl From<MethodError> for NoIndex {
    fn from(error: MethodError) -> Self {
        Self::Figures(RowError::Whole(error))
    }
}

/// The places of the rows in the order of their groups, which are 1 to their number, each once.
fn in_order(groups: impl Iterator<Item = u32>) -> Result<Vec<usize>, NoIndex> {
    let groups: Vec<u32> = groups.collect();
    let count = groups.len();
    let mut rows = vec![None; count];
    for (row, group) in groups.into_iter().enumerate() {
        match (group as usize).checked_sub(1).and_then(|place| rows.get_mut(place)) {
            Some(place) if place.is_none() => *place = Some(row),
            _ => return Err(NoIndex::BadGroup { row, group, groups: count }),
        }
    }
    Ok(rows.into_iter().flatten().collect())
}

/// The share of each group in the population, and its rank: the share of all before it and half its own.
fn ranked(populations: &[f64]) -> Vec<(f64, f64)> {
    let all = total(populations.iter().copied());
    let mut before = super::Sum::default();
    populations
        .iter()
        .map(|population| {
            let start = before.total();
            before.add(*population);
            (population / all, (start / all + before.total() / all) / 2.0)
        })
        .collect()
}

/// A straight line by rank: what each value adds to its slope, and to its height at rank 0.
struct Line {
    to_slope: Vec<f64>,
    to_start: Vec<f64>,
    /// The weighted squares of the ranks about their mean.
    spread: f64,
}

impl Line {
    /// The line of least squares, each value weighed by the share of its group.
    fn through(ranks: &[(f64, f64)]) -> Self {
        let all = total(ranks.iter().map(|(share, _)| *share));
        let mean = total(ranks.iter().map(|(share, rank)| share * rank)) / all;
        let spread = total(ranks.iter().map(|(share, rank)| share * (rank - mean).powi(2)));
        let to_slope: Vec<f64> = ranks.iter().map(|(share, rank)| share * (rank - mean) / spread).collect();
        let to_start = ranks.iter().zip(&to_slope).map(|((share, _), slope)| share / all - mean * slope);
        Self { to_start: to_start.collect(), to_slope, spread }
    }
}

/// The sum of values, each times its factor.
fn weighed(factors: &[f64], values: &[f64]) -> f64 {
    total(factors.iter().zip(values).map(|(factor, value)| factor * value))
}
