//! Standardised rates: what the rate would be if the area had the ages of a standard population (direct), and
//! how many events there were for each that reference rates lead one to expect (indirect).
//!
//! Bands are joined by key, never by position: an age band such as "05-09", or a sex with an age band. The
//! standard and the figures have to hold the same bands, each once; a rate of those under 75 has a standard
//! of those bands alone. Nothing is rounded, and no answer is ever infinite or "not a number".

mod direct;
mod indirect;
mod scotland;
#[cfg(test)]
mod tests;

pub use direct::{Direct, DirectEstimate, DirectMethod, DirectSettings, FewEvents, direct, direct_repeated};
pub(crate) use direct::{PUBLISHED_FROM, dobson_limits};
pub use indirect::{Indirect, IndirectSettings, Observed, Reference, indirect};
pub use scotland::{
    SCOTTISH_DEVIATE, ScottishMethod, ScottishRate, YearBand, scottish_rate, scottish_rolling_rates,
};

use super::interval::{Interval, MethodError, counted};
use super::rates::{RowError, held, total};
use std::collections::BTreeMap;
use std::fmt::Display;
use thiserror::Error;

/// The figures of one band of an area. `None` is a figure that is not there, which is not zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band<K> {
    /// Which band.
    pub key: K,
    /// How many events; need not be whole, as in a mean of years.
    pub events: Option<f64>,
    /// How many people, or years lived by them.
    pub population: Option<f64>,
}

/// People of one band who had so many events each, where one person can have several.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RepeatBand<K> {
    /// Which band.
    pub key: K,
    /// How many events each of them had; above zero.
    pub events_each: f64,
    /// How many people had so many. `None` is a figure that is not there, which is not zero.
    pub persons: Option<f64>,
    /// How many people the band holds in all: the same in each of its rows.
    pub population: Option<f64>,
}

/// What a figure that is not there stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MissingFigures {
    /// Nothing: without it there is no answer.
    Refuse,
    /// Zero, as where a source lists only what happened. The reference packages always take it so.
    AsZero,
}

impl MissingFigures {
    /// The figure that stands there.
    pub(in crate::method) fn read(self, figure: Option<f64>) -> Option<f64> {
        match self {
            Self::Refuse => figure,
            Self::AsZero => figure.or(Some(0.0)),
        }
    }
}

/// A standard population: how much each band weighs. Only the proportions between weights matter.
#[derive(Debug, Clone, PartialEq)]
pub struct Standard<K> {
    weights: BTreeMap<K, f64>,
    total: f64,
}

impl<K: Ord + Display> Standard<K> {
    /// The standard of those weights, such as 5,000 for the youngest band of the European standard of 2013.
    ///
    /// # Errors
    /// [`StandardError`]: a band twice, a weight that is negative or not finite, no weight above zero.
    ///
    /// # Examples
    /// ```
    /// use kilter_core::method::standardised::Standard;
    /// let standard = Standard::new([("65-74", 10_500.0), ("75+", 9_000.0)]).unwrap();
    /// assert_eq!(standard.total(), 19_500.0);
    /// assert!(Standard::new([("65-74", 10_500.0), ("65-74", 9_000.0)]).is_err());
    /// ```
    pub fn new(bands: impl IntoIterator<Item = (K, f64)>) -> Result<Self, StandardError> {
        let mut weights = BTreeMap::new();
        for (key, found) in bands {
            if let Err(error) = counted("weight", found) {
                return Err(StandardError::BadWeight { band: key.to_string(), error });
            }
            if weights.contains_key(&key) {
                return Err(StandardError::RepeatedWeight { band: key.to_string() });
            }
            weights.insert(key, found);
        }
        match total(weights.values().copied()) {
            total if total > 0.0 && total.is_finite() => Ok(Self { weights, total }),
            total => Err(StandardError::NoWeight { total }),
        }
    }

    /// The sum of the weights.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.total
    }

    /// What a band weighs; `None` where the standard does not hold it.
    #[must_use]
    pub fn weight(&self, key: &K) -> Option<f64> {
        self.weights.get(key).copied()
    }

    /// What a band weighs, for the row that names it.
    fn weight_of(&self, row: usize, key: &K) -> Result<f64, StandardError> {
        self.weight(key).ok_or_else(|| StandardError::NotInStandard { row, band: key.to_string() })
    }
}

/// Why there is no standardised rate. Rows are counted from 0, in the order in which they were given.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum StandardError {
    /// A figure of a row is missing or none that can stand there, or the rows come to no number.
    #[error(transparent)]
    Figures(#[from] RowError),
    /// A weight of the standard is none.
    #[error("band {band} of the standard: {error}")]
    BadWeight {
        /// Which band.
        band: String,
        /// What is wrong with its weight.
        error: MethodError,
    },
    /// The standard has two weights for one band.
    #[error("band {band} stands twice in the standard")]
    RepeatedWeight {
        /// Which band.
        band: String,
    },
    /// No band of the standard weighs anything, or all of them together too much.
    #[error("the weights of the standard come to {total}: they have to be above zero together")]
    NoWeight {
        /// What they come to.
        total: f64,
    },
    /// A row is of a band that the standard or the reference does not hold.
    #[error("row {row}: band {band} is none of the standard")]
    NotInStandard {
        /// Which row.
        row: usize,
        /// Which band.
        band: String,
    },
    /// The standard or the reference has a band without a row: its weight would be lost in silence.
    #[error("band {band} of the standard has no row")]
    NoRow {
        /// Which band.
        band: String,
    },
    /// Two rows are of one band.
    #[error("row {row}: band {band} had its row before")]
    RepeatedRow {
        /// The second of them.
        row: usize,
        /// Which band.
        band: String,
    },
    /// Two rows of one band say that it holds different numbers of people.
    #[error("row {row}: band {band} holds {found} people here and {before} before")]
    OtherPopulation {
        /// The second of them.
        row: usize,
        /// Which band.
        band: String,
        /// What it says.
        found: f64,
        /// What the first says.
        before: f64,
    },
    /// The reference rates let no event be expected, so that nothing can be compared with it.
    #[error("{observed} events were observed where none is expected")]
    NothingExpected {
        /// How many were observed.
        observed: f64,
    },
}

impl From<MethodError> for StandardError {
    fn from(error: MethodError) -> Self {
        Self::Figures(RowError::Whole(error))
    }
}

/// Dobson's limits of a rate of which one event is worth so much, from those of the count of events.
fn dobson(rate: f64, event: f64, events: f64, count: Interval) -> Result<Interval, MethodError> {
    let lower = lower_limit(rate, event * (events - count.lower))?;
    let upper = held("upper limit", rate + event * (count.upper - events))?;
    Ok(Interval { lower, upper })
}

/// A rate less a distance, and zero where nothing is left but what the rate was rounded by.
fn lower_limit(rate: f64, distance: f64) -> Result<f64, MethodError> {
    let lower = held("lower limit", rate - distance)?;
    Ok(if lower <= 8.0 * f64::EPSILON * rate { 0.0 } else { lower })
}
