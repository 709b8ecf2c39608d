//! Inequality by deprivation as Scotland's public health profiles publish it, from quintiles or deciles of
//! the Scottish Index of Multiple Deprivation.

use super::{Line, NoIndex, in_order, ranked, weighed};
use crate::method::interval::{self, Confidence, Interval, MethodError};
use crate::method::rates::{above_zero, by_error, counted, held, total};
use std::fmt;

/// Into how many groups the population is divided. Group 1 is the most deprived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Deprivation {
    /// Fifths.
    Quintiles,
    /// Tenths.
    Deciles,
}

/// One group. `None` is a figure that is not there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DeprivationGroup {
    /// Its number: 1 for the most deprived.
    pub group: u32,
    /// Its rate, or another value that is not negative.
    pub rate: Option<f64>,
    /// How many people it holds.
    pub population: Option<f64>,
}

/// What becomes of a group without a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MissingRate {
    /// Nothing is calculated.
    Refuse,
    /// The line runs through the other groups, which keep their ranks, as the profiles have it. There is no
    /// share attributable then.
    LeaveOut,
}

/// How the measures were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SimdMethod {
    /// A line through the rates, weighed by the groups, with the limits of its own scatter.
    StudentT,
}

impl fmt::Display for SimdMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::StudentT => "weighted regression, Student's t, as ScotPHO",
        })
    }
}

/// A value with its limits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounded {
    /// The value.
    pub value: f64,
    /// Its standard error, with [`SimdInequality::freedom`] degrees of freedom: limits of any level follow.
    pub error: f64,
    /// Its limits.
    pub limits: Interval,
}

/// The measures of inequality of the Scottish profiles. Above zero where the deprived have more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SimdInequality {
    /// The slope index: the difference between the most and the least deprived end, in the unit of the rates.
    pub slope: Bounded,
    /// The relative index: the slope index over the rate of all.
    pub relative: Bounded,
    /// By how many percent the rate at the most deprived end exceeds that of all: half the relative index
    /// times 100.
    pub relative_percent: f64,
    /// How much lower the rate of all would be at the rate of the least deprived group, in percent; `None`
    /// where that is zero, or a group has no rate.
    pub attributable_percent: Option<f64>,
    /// The rate of the most deprived group less that of the least; `None` where one has none.
    pub absolute_range: Option<f64>,
    /// Their ratio; `None` where one has none, or the least deprived a rate of zero.
    pub relative_range: Option<f64>,
    /// The degrees of freedom: two less than there are rates.
    pub freedom: f64,
    /// How the limits were made.
    pub method: SimdMethod,
    /// At which level.
    pub confidence: Confidence,
}

/// The measures of inequality by deprivation of the Scottish profiles.
///
/// With the share `a` and the rank `b` of each group (all groups before it and half of its own) and its rate
/// `r`: through the rates runs the line of least squares weighed by `a`; the slope index is its fall from
/// rank 0 to 1. Its limits are `t` standard errors off, which come from how the rates scatter about the line,
/// with two degrees of freedom less than rates. The relative index divides by the rate of all. The share
/// attributable to inequality is `A / (1 + A)` with `A = Σ a (r / r_least - 1)`.
///
/// As the production functions of ScotPHO at e7ee7237, which give nothing unless all groups have a row, leave
/// out groups without a rate, and say zero for the relative index where nobody has a rate above zero.
///
/// # Errors
/// [`NoIndex`]: groups other than 1 to 5, or 1 to 10, each once; figures missing (unless they are to be left
/// out), negative, or not finite, groups of nobody; fewer than three rates; a rate of all that is zero while
/// others are not.
///
/// # Examples
/// ```
/// use kilter_core::method::inequality::{simd, Deprivation, DeprivationGroup, MissingRate};
/// use kilter_core::method::interval::Confidence;
/// let group = |(group, rate)| DeprivationGroup { group, rate: Some(rate), population: Some(1000.0) };
/// let groups = [(1, 50.0), (2, 40.0), (3, 30.0), (4, 20.0), (5, 10.0)].map(group);
/// let found = simd(&groups, Deprivation::Quintiles, 30.0, MissingRate::Refuse, Confidence::P95)?;
/// assert!((found.slope.value - 50.0).abs() < 1e-9); // 55 at one end, 5 at the other
/// assert!((found.relative_percent - 83.333333).abs() < 1e-6);
/// assert_eq!((found.absolute_range, found.relative_range), (Some(40.0), Some(5.0)));
/// assert!((found.attributable_percent.unwrap() - 66.666667).abs() < 1e-6);
/// assert!(simd(&groups[1..], Deprivation::Quintiles, 30.0, MissingRate::Refuse, Confidence::P95).is_err());
/// # Ok::<(), kilter_core::method::inequality::NoIndex>(())
/// ```
pub fn simd(
    groups: &[DeprivationGroup],
    deprivation: Deprivation,
    rate_of_all: f64,
    missing: MissingRate,
    confidence: Confidence,
) -> Result<SimdInequality, NoIndex> {
    let (count, expected) = match deprivation {
        Deprivation::Quintiles => (5, "5, all quintiles"),
        Deprivation::Deciles => (10, "10, all deciles"),
    };
    if groups.len() != count {
        return Err(NoIndex::GroupCount { found: groups.len(), expected });
    }
    let rate_of_all = interval::counted("rate of all", rate_of_all)?;
    let (mut populations, mut rates) = (Vec::with_capacity(count), Vec::with_capacity(count));
    for row in in_order(groups.iter().map(|group| group.group))? {
        let DeprivationGroup { rate, population, .. } = groups[row];
        populations.push(above_zero(row, "population", population)?);
        rates.push(match (rate, missing) {
            (None, MissingRate::LeaveOut) => None,
            (rate, _) => Some(counted(row, "rate", rate)?),
        });
    }
    held("population", total(populations.iter().copied()))?;
    let ranks = ranked(&populations);
    let slope = fall(&ranks, &rates, confidence)?;
    let relative = relative_to(slope, rate_of_all, &rates)?;
    let (most, least) = (rates.first().copied().flatten(), rates.last().copied().flatten());
    let ends = most.zip(least);
    Ok(SimdInequality {
        slope,
        relative,
        relative_percent: held("relative index", relative.value * 50.0)?,
        attributable_percent: attributable(&ranks, &rates),
        absolute_range: ends.map(|(most, least)| most - least),
        relative_range: ends.map(|(most, least)| most / least).filter(|ratio| ratio.is_finite()),
        freedom: freedom(rates.iter().flatten().count()),
        method: SimdMethod::StudentT,
        confidence,
    })
}

/// How far the line through the rates falls from rank 0 to 1.
fn fall(ranks: &[(f64, f64)], rates: &[Option<f64>], confidence: Confidence) -> Result<Bounded, NoIndex> {
    let (ranks, rates): (Vec<_>, Vec<f64>) =
        ranks.iter().zip(rates).filter_map(|(rank, rate)| rate.map(|rate| (*rank, rate))).unzip();
    if rates.len() < 3 {
        return Err(NoIndex::GroupCount { found: rates.len(), expected: "at least 3 with a rate" });
    }
    let line = Line::through(&ranks);
    let (start, slope) = (weighed(&line.to_start, &rates), weighed(&line.to_slope, &rates));
    let off = |((share, rank), rate): (&(f64, f64), &f64)| share * (rate - (start + slope * rank)).powi(2);
    let scatter = total(ranks.iter().zip(&rates).map(off));
    let freedom = freedom(rates.len());
    let error = held("standard error", (scatter / freedom / line.spread).sqrt())?;
    // Zero has no sign.
    let value = held("slope index", 0.0 - slope)?;
    Ok(Bounded { value, error, limits: by_error(value, error, Some(freedom), confidence)? })
}

/// The degrees of freedom of a line through so many rates.
fn freedom(rates: usize) -> f64 {
    rates as f64 - 2.0
}

/// The slope index relative to the rate of all.
fn relative_to(slope: Bounded, rate_of_all: f64, rates: &[Option<f64>]) -> Result<Bounded, NoIndex> {
    if rate_of_all == 0.0 {
        // Where all rates are zero no end exceeds the other; else the rate of all cannot be theirs.
        return match rates.iter().flatten().all(|rate| *rate == 0.0) {
            true => Ok(Bounded { value: 0.0, error: 0.0, limits: Interval { lower: 0.0, upper: 0.0 } }),
            false => Err(MethodError::NotPositive { what: "rate of all", found: rate_of_all }.into()),
        };
    }
    let of = |found: f64| held("relative index", found / rate_of_all);
    let limits = Interval { lower: of(slope.limits.lower)?, upper: of(slope.limits.upper)? };
    Ok(Bounded { value: of(slope.value)?, error: of(slope.error)?, limits })
}

/// The share of the rate of all that is due to groups being above the least deprived, in percent.
fn attributable(ranks: &[(f64, f64)], rates: &[Option<f64>]) -> Option<f64> {
    let rates: Vec<f64> = rates.iter().copied().collect::<Option<_>>()?;
    let least = rates.last().copied().filter(|rate| *rate > 0.0)?;
    let above = total(ranks.iter().zip(&rates).map(|((share, _), rate)| share * (rate / least - 1.0)));
    Some(above / (1.0 + above) * 100.0).filter(|percent| percent.is_finite())
}
