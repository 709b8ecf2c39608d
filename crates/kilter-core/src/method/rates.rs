//! Rates, proportions and means of figures in rows: a rate of a group is the ratio of its sums, never a mean
//! of rates.
//!
//! A row without a figure is `None`, which is not zero: one such row and the group has no answer, with the
//! row named. Whether a figure may be read as zero is for the caller to say, who then writes zero. Rows of
//! other groups are not touched. Nothing is rounded, and no answer is ever infinite or "not a number".

use super::Sum;
use super::interval::{self, Confidence, Estimate, Interval, MethodError, proportion, rate};
use statrs::function::beta::checked_beta_reg;
use std::collections::BTreeMap;
use std::fmt;
use thiserror::Error;

/// What is made from a numerator and a denominator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Statistic {
    /// Events of people: numerators may exceed denominators. Limits are those of a Poisson count.
    Rate,
    /// Some of all: numerators lie within their denominators. Limits are Wilson's.
    Proportion,
}

impl fmt::Display for Statistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Rate => "rate",
            Self::Proportion => "proportion",
        })
    }
}

impl Statistic {
    /// The value of sums of figures that were each in order, with its limits.
    pub(super) fn of_sums(
        self,
        numerator: f64,
        denominator: f64,
        per: f64,
        confidence: Confidence,
    ) -> Result<Estimate, MethodError> {
        match self {
            Self::Rate => rate(numerator, denominator, per, confidence),
            // Sums of figures that are none above another can be so by one rounding.
            Self::Proportion => proportion(numerator.min(denominator), denominator, per, confidence),
        }
    }
}

/// One row: so many of so many, in the units of the caller. `None` is a figure that is not there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// How many events, or how many had it; need not be whole.
    pub numerator: Option<f64>,
    /// Of how many. Zero for a part in which nobody lives.
    pub denominator: Option<f64>,
}

/// The value of a group, and the sums that it is the ratio of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pooled {
    /// Whether a rate or a proportion.
    pub statistic: Statistic,
    /// Per how many of the denominator: 100,000, or 100 for a percentage.
    pub per: f64,
    /// The sum of the numerators.
    pub numerator: f64,
    /// The sum of the denominators.
    pub denominator: f64,
    /// The value with its limits, their method and level.
    pub estimate: Estimate,
}

/// Why rows give no answer. Rows are counted from 0, in the order in which they were given.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum RowError {
    /// There is no row.
    #[error("there is no row to calculate from")]
    Empty,
    /// A figure is not there, which is not zero.
    #[error("row {row}: the {what} is missing, which is not zero")]
    Missing {
        /// Which row.
        row: usize,
        /// Which figure.
        what: &'static str,
    },
    /// A figure is none that can stand there.
    #[error("row {row}: {error}")]
    Bad {
        /// Which row.
        row: usize,
        /// What is wrong with it.
        error: MethodError,
    },
    /// The rows are in order, and what they come to is not.
    #[error(transparent)]
    Whole(#[from] MethodError),
}

/// The rate or proportion of all rows together: the sum of numerators over the sum of denominators, times
/// `per`.
///
/// With `x` and `n` the compensated sums, the value is `x / n * per`; the limits are those of
/// [`rate`] (exact below ten events, else Byar's) or
/// [`proportion`] (Wilson's). As `phe_rate` and `phe_proportion` of
/// PHEindicatormethods 2.1.0 on a grouped table, with these differences: a group is summed even where it is
/// the only one; a denominator of zero is refused for the whole and not for a part; there is no level of 1.
///
/// # Errors
/// [`RowError`]: no rows; a figure missing, negative or not finite, for a proportion a numerator above its
/// denominator, each with its row; and as the two functions named, for the sums.
///
/// # Examples
/// ```
/// use kilter_core::method::interval::Confidence;
/// use kilter_core::method::rates::{pooled, Part, RowError, Statistic};
/// let part = |x, n| Part { numerator: Some(x), denominator: Some(n) };
/// let rows = [part(10.0, 84.0), part(1122.0, 7970.0)];
/// let group = pooled(Statistic::Rate, &rows, 1000.0, Confidence::P95)?;
/// assert_eq!((group.numerator, group.denominator), (1132.0, 8054.0));
/// assert!((group.estimate.value - 140.5512788676).abs() < 1e-9); // and not 129.9, the mean of both rates
///
/// let missing = Part { numerator: None, denominator: Some(7994.0) };
/// let refused = pooled(Statistic::Rate, &[rows[0], missing], 1000.0, Confidence::P95);
/// assert_eq!(refused, Err(RowError::Missing { row: 1, what: "numerator" }));
/// # Ok::<(), RowError>(())
/// ```
pub fn pooled(
    statistic: Statistic,
    parts: &[Part],
    per: f64,
    confidence: Confidence,
) -> Result<Pooled, RowError> {
    let mut pool = Pool::default();
    parts.iter().enumerate().try_for_each(|(row, part)| pool.add(statistic, row, *part))?;
    pool.settle(statistic, per, confidence)
}

/// The rate or proportion of every group: [`pooled`] over the rows of each. A bad row costs its own group the
/// answer, and no other.
///
/// # Examples
/// ```
/// use kilter_core::method::interval::Confidence;
/// use kilter_core::method::rates::{pooled_by_group, Part, RowError, Statistic};
/// let part = |x, n| Part { numerator: x, denominator: Some(n) };
/// let rows = [
///     ("Falkirk", part(Some(20.0), 100.0)),
///     ("Stirling", part(None, 90.0)),
///     ("Falkirk", part(Some(0.0), 60.0)),
/// ];
/// let groups = pooled_by_group(Statistic::Proportion, &rows, 100.0, Confidence::P95);
/// assert_eq!(groups["Falkirk"].unwrap().estimate.value, 12.5);
/// assert_eq!(groups["Stirling"], Err(RowError::Missing { row: 1, what: "numerator" }));
/// ```
#[must_use]
pub fn pooled_by_group<K: Ord + Clone>(
    statistic: Statistic,
    rows: &[(K, Part)],
    per: f64,
    confidence: Confidence,
) -> BTreeMap<K, Result<Pooled, RowError>> {
    let mut pools: BTreeMap<K, Result<Pool, RowError>> = BTreeMap::new();
    for (row, (group, part)) in rows.iter().enumerate() {
        let pool = pools.entry(group.clone()).or_insert(Ok(Pool::default()));
        *pool = pool.and_then(|mut pool| pool.add(statistic, row, *part).map(|()| pool));
    }
    let settled =
        |pool: Result<Pool, RowError>| pool.and_then(|pool| pool.settle(statistic, per, confidence));
    pools.into_iter().map(|(group, pool)| (group, settled(pool))).collect()
}

/// The sums of a group so far.
#[derive(Clone, Copy, Default)]
pub(super) struct Pool {
    numerator: Sum,
    denominator: Sum,
    rows: usize,
}

impl Pool {
    /// Adds a row, where its figures are there and in order.
    pub(super) fn add(&mut self, statistic: Statistic, row: usize, part: Part) -> Result<(), RowError> {
        let numerator = counted(row, "numerator", part.numerator)?;
        let denominator = counted(row, "denominator", part.denominator)?;
        if statistic == Statistic::Proportion && numerator > denominator {
            let error = MethodError::NumeratorAboveDenominator { numerator, denominator };
            return Err(RowError::Bad { row, error });
        }
        self.numerator.add(numerator);
        self.denominator.add(denominator);
        self.rows += 1;
        Ok(())
    }

    /// The value of the sums.
    pub(super) fn settle(
        self,
        statistic: Statistic,
        per: f64,
        confidence: Confidence,
    ) -> Result<Pooled, RowError> {
        if self.rows == 0 {
            return Err(RowError::Empty);
        }
        let numerator = held("sum of the numerators", self.numerator.total())?;
        let denominator = held("sum of the denominators", self.denominator.total())?;
        let estimate = statistic.of_sums(numerator, denominator, per, confidence)?;
        Ok(Pooled { statistic, per, numerator, denominator, estimate })
    }
}

/// How the limits of a mean were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MeanMethod {
    /// The quantiles of Student's t distribution with one degree of freedom less than values.
    StudentT,
}

impl fmt::Display for MeanMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::StudentT => "Student's t",
        })
    }
}

/// The mean of a sample, in the unit of its values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean {
    /// The sum of the values.
    pub sum: f64,
    /// How many values there are.
    pub count: usize,
    /// The mean.
    pub value: f64,
    /// The standard deviation of the sample, over `count - 1`; `None` for a single value, which has none.
    pub deviation: Option<f64>,
    /// The limits of the mean; `None` for a single value, which says nothing about its spread.
    pub limits: Option<Interval>,
    /// How the limits were made.
    pub method: MeanMethod,
    /// At which level.
    pub confidence: Confidence,
}

/// The mean of a sample with its limits by Student's t distribution.
///
/// `m ± t s / sqrt(n)`, with `s` the standard deviation over `n - 1` and `t` the quantile with `n - 1`
/// degrees of freedom (Student 1908). Sums are compensated and the squares taken about the mean, so that
/// values on a great offset keep their spread. As `phe_mean` of PHEindicatormethods 2.1.0, which counts
/// missing values in `n` and then has no mean; here the row is named.
///
/// # Errors
/// [`RowError`]: no rows, a value that is missing or not finite; values too great for their sum.
///
/// # Examples
/// ```
/// use kilter_core::method::interval::Confidence;
/// use kilter_core::method::rates::{mean, RowError};
/// let mean_of = |values: &[f64]| {
///     mean(&values.iter().copied().map(Some).collect::<Vec<_>>(), Confidence::P95)
/// };
/// let stays = mean_of(&[4.0, 7.0, 9.0, 12.0])?;
/// assert_eq!(stays.value, 8.0);
/// let limits = stays.limits.unwrap();
/// assert!((limits.lower - 2.6431446).abs() < 1e-6 && (limits.upper - 13.3568554).abs() < 1e-6);
/// assert_eq!(mean_of(&[4.0])?.limits, None);
///
/// let refused = mean(&[Some(4.0), None], Confidence::P95);
/// assert_eq!(refused, Err(RowError::Missing { row: 1, what: "value" }));
/// # Ok::<(), RowError>(())
/// ```
pub fn mean(values: &[Option<f64>], confidence: Confidence) -> Result<Mean, RowError> {
    let values: Vec<f64> = values
        .iter()
        .enumerate()
        .map(|(row, value)| finite(row, "value", *value))
        .collect::<Result<_, _>>()?;
    if values.is_empty() {
        return Err(RowError::Empty);
    }
    let count = values.len();
    let n = count as f64;
    let sum = held("sum of the values", total(values.iter().copied()))?;
    let value = sum / n;
    let mut mean =
        Mean { sum, count, value, deviation: None, limits: None, method: MeanMethod::StudentT, confidence };
    if count > 1 {
        let greatest = values.iter().map(|x| (x - value).abs()).fold(0.0, f64::max);
        let unit = if greatest > 0.0 { held("spread of the values", greatest)? } else { 1.0 };
        let apart = || values.iter().map(|x| (x - value) / unit);
        // What the mean was rounded by comes off again.
        let squares = total(apart().map(|x| x * x)) - total(apart()).powi(2) / n;
        let deviation = held("standard deviation", (squares.max(0.0) / (n - 1.0)).sqrt() * unit)?;
        let limits = by_error(value, deviation / n.sqrt(), Some(n - 1.0), confidence)?;
        (mean.deviation, mean.limits) = (Some(deviation), Some(limits));
    }
    Ok(mean)
}

/// The limits of a value by its standard error: `value ± t error`, with `t` the quantile of Student's
/// distribution with so many degrees of freedom, or the normal one where there is no such number.
///
/// # Errors
/// [`MethodError`]: a value or an error that is not finite, an error below zero, fewer than one degree of
/// freedom, limits that are no numbers.
///
/// # Examples
/// ```
/// use kilter_core::method::interval::Confidence;
/// use kilter_core::method::rates::by_error;
/// let limits = by_error(8.0, 1.6832508, Some(3.0), Confidence::P95)?;
/// assert!((limits.lower - 2.6431446).abs() < 1e-6);
/// let normal = by_error(78.0, 0.5, None, Confidence::P95)?;
/// assert!((normal.upper - 78.979982).abs() < 1e-6);
/// assert!(by_error(78.0, -0.5, None, Confidence::P95).is_err());
/// # Ok::<(), kilter_core::method::interval::MethodError>(())
/// ```
pub fn by_error(
    value: f64,
    error: f64,
    freedom: Option<f64>,
    confidence: Confidence,
) -> Result<Interval, MethodError> {
    let (value, error) = (interval::finite("value", value)?, interval::counted("standard error", error)?);
    let deviate = match freedom {
        Some(found) if interval::finite("number of degrees of freedom", found)? < 1.0 => {
            return Err(MethodError::NotPositive { what: "number of degrees of freedom", found });
        }
        Some(freedom) => student_deviate(freedom, confidence),
        None => confidence.deviate(),
    };
    let width = deviate * error;
    Ok(Interval { lower: held("lower limit", value - width)?, upper: held("upper limit", value + width)? })
}

/// How many standard errors the limits of a mean stand from it, with so many degrees of freedom (at least 1).
fn student_deviate(freedom: f64, confidence: Confidence) -> f64 {
    let z = confidence.deviate();
    if freedom >= 1_000.0 {
        // The expansion about the normal quantile (Abramowitz and Stegun 26.7.5), exact to the last digits
        // here.
        let (s, v) = (z * z, freedom);
        let terms = [
            (s + 1.0) / 4.0,
            ((5.0 * s + 16.0) * s + 3.0) / 96.0,
            (((3.0 * s + 19.0) * s + 17.0) * s - 15.0) / 384.0,
            ((((79.0 * s + 776.0) * s + 1482.0) * s - 1920.0) * s - 945.0) / 92160.0,
        ];
        return z * (1.0 + terms.iter().rev().fold(0.0, |sum, term| (sum + term) / v));
    }
    // Newton's steps on the logarithms of both axes, over the area beyond t on one side. The curve is concave
    // there, so that the steps come down to the quantile from above whatever the first of them did.
    let tail = (1.0 - confidence.level()) / 2.0;
    let area =
        |t: f64| checked_beta_reg(freedom / 2.0, 0.5, freedom / (freedom + t * t)).map(|both| both / 2.0);
    // The density is the area's derivative; its factor is that of the area of Student's distribution at 0.
    let factor = statrs::function::gamma::ln_gamma((freedom + 1.0) / 2.0)
        - statrs::function::gamma::ln_gamma(freedom / 2.0)
        - (freedom * std::f64::consts::PI).ln() / 2.0;
    let mut t = z;
    for _ in 0..100 {
        let Ok(beyond) = area(t) else { break };
        let density = (factor - (freedom + 1.0) / 2.0 * (t * t / freedom).ln_1p()).exp();
        let step = (beyond / tail).ln() * beyond / (t * density);
        if !step.is_finite() {
            break;
        }
        t *= step.exp();
        if step.abs() <= 4.0 * f64::EPSILON {
            break;
        }
    }
    t
}

/// A compensated sum.
pub(super) fn total(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut sum = Sum::default();
    values.into_iter().for_each(|value| sum.add(value));
    sum.total()
}

/// An answer, unless it has left the numbers.
pub(super) fn held(what: &'static str, found: f64) -> Result<f64, MethodError> {
    if found.is_finite() { Ok(found) } else { Err(MethodError::TooLarge { what }) }
}

/// A figure that is there and passes a check.
fn checked(
    row: usize,
    what: &'static str,
    found: Option<f64>,
    check: fn(&'static str, f64) -> Result<f64, MethodError>,
) -> Result<f64, RowError> {
    let found = found.ok_or(RowError::Missing { row, what })?;
    check(what, found).map_err(|error| RowError::Bad { row, error })
}

/// A figure that is there and finite.
pub(super) fn finite(row: usize, what: &'static str, found: Option<f64>) -> Result<f64, RowError> {
    checked(row, what, found, interval::finite)
}

/// A figure that is there, finite and not below zero.
pub(super) fn counted(row: usize, what: &'static str, found: Option<f64>) -> Result<f64, RowError> {
    checked(row, what, found, interval::counted)
}

/// A figure that is there, finite and above zero.
pub(super) fn above_zero(row: usize, what: &'static str, found: Option<f64>) -> Result<f64, RowError> {
    checked(row, what, found, interval::positive)
}

/// A multiplier: finite and above zero.
pub(super) fn multiplier(found: f64) -> Result<f64, MethodError> {
    interval::positive("multiplier", found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::method::interval::IntervalMethod;
    use proptest::prelude::*;

    fn part(x: f64, n: f64) -> Part {
        Part { numerator: Some(x), denominator: Some(n) }
    }

    #[test]
    fn a_group_is_one_ratio_of_sums_and_a_part_without_people_takes_part() {
        let rows = [part(0.0, 0.0), part(4.0, 10.0), part(6.0, 90.0)];
        let rate = pooled(Statistic::Rate, &rows, 100.0, Confidence::P95).unwrap();
        assert_eq!((rate.estimate.value, rate.estimate.method), (10.0, IntervalMethod::Byar));
        let none = pooled(Statistic::Rate, &rows[..1], 100.0, Confidence::P95);
        assert!(matches!(none, Err(RowError::Whole(MethodError::NotPositive { .. }))), "{none:?}");
        assert_eq!(pooled(Statistic::Rate, &[], 1.0, Confidence::P95), Err(RowError::Empty));
        assert!(pooled(Statistic::Rate, &[part(9.0, 3.0)], 1.0, Confidence::P95).is_ok());
        assert_eq!(
            pooled(Statistic::Proportion, &[part(1.0, 3.0), part(9.0, 3.0)], 1.0, Confidence::P95),
            Err(RowError::Bad {
                row: 1,
                error: MethodError::NumeratorAboveDenominator { numerator: 9.0, denominator: 3.0 }
            })
        );
        let shown = pooled(Statistic::Rate, &[part(-1.0, 3.0)], 1.0, Confidence::P95).unwrap_err();
        assert_eq!(shown.to_string(), "row 0: the numerator is -1: it cannot be below zero");
    }

    #[test]
    fn one_group_alone_is_summed_too_and_errors_name_rows_of_the_table() {
        let one = pooled_by_group(
            Statistic::Rate,
            &[(1, part(1.0, 5.0)), (1, part(2.0, 5.0))],
            1.0,
            Confidence::P95,
        );
        assert_eq!(one[&1].unwrap().numerator, 3.0);
        let rows = [(1, part(1.0, 5.0)), (2, part(f64::NAN, 1.0)), (2, part(-1.0, 1.0))];
        let two = pooled_by_group(Statistic::Rate, &rows, 1.0, Confidence::P95);
        assert!(two[&1].is_ok());
        assert!(matches!(two[&2], Err(RowError::Bad { row: 1, .. })), "the first of two, {two:?}");
    }

    #[test]
    fn the_quantiles_of_student_are_those_of_the_tables() {
        for (freedom, t95, t998) in [
            (1.0, 12.706_204_736_174_705, 318.308_838_985_550_45),
            (2.0, 4.302_652_729_749_464, 22.327_124_770_119_875),
            (3.0, 3.182_446_305_283_709_6, 10.214_531_852_407_387),
            (8.0, 2.306_004_135_204_166_7, 4.500_790_933_723_725),
            (30.0, 2.042_272_456_301_238, 3.385_184_866_829_305),
        ] {
            let (a, b) =
                (student_deviate(freedom, Confidence::P95), student_deviate(freedom, Confidence::P998));
            assert!((a / t95 - 1.0).abs() < 1e-12, "{freedom}: {a}");
            assert!((b / t998 - 1.0).abs() < 1e-12, "{freedom}: {b}");
        }
        // Both ways meet where one takes over from the other.
        for confidence in [Confidence::P95, Confidence::P998, Confidence::new(1.0 - 1e-12).unwrap()] {
            let (below, above) =
                (student_deviate(999.999_999, confidence), student_deviate(1_000.0, confidence));
            assert!((below / above - 1.0).abs() < 1e-9, "{below} {above}");
        }
    }

    #[test]
    fn an_offset_does_not_hide_the_spread() {
        let values = [1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0].map(Some);
        let mean = mean(&values, Confidence::P95).unwrap();
        assert_eq!(mean.deviation, Some(30f64.sqrt()));
        assert_eq!(super::mean(&[], Confidence::P95), Err(RowError::Empty));
        let constant = super::mean(&[Some(0.1); 7], Confidence::P95).unwrap();
        assert!(constant.deviation.unwrap() < 1e-17, "{constant:?}");
    }

    fn any_number() -> impl Strategy<Value = f64> {
        prop_oneof![
            any::<f64>(),
            Just(0.0),
            Just(f64::MAX),
            Just(f64::MIN_POSITIVE),
            Just(f64::INFINITY),
            -10.0f64..1e6,
            0.0f64..20.0
        ]
    }

    fn figure() -> impl Strategy<Value = Option<f64>> {
        prop::option::weighted(0.95, any_number())
    }

    proptest! {
        #[test]
        fn whatever_comes_in_no_answer_is_infinite_or_no_number(
            rows in prop::collection::vec((0u8..3, figure(), figure()), 0..8),
            per in any_number(),
            level in 0.9f64..1.0,
        ) {
            let confidence = Confidence::new(level).unwrap();
            let rows: Vec<_> = rows
                .into_iter()
                .map(|(group, numerator, denominator)| (group, Part { numerator, denominator }))
                .collect();
            for statistic in [Statistic::Rate, Statistic::Proportion] {
                for pooled in pooled_by_group(statistic, &rows, per, confidence).into_values().flatten() {
                    let Estimate { value, limits, .. } = pooled.estimate;
                    let figures = [pooled.numerator, pooled.denominator, value, limits.lower, limits.upper];
                    prop_assert!(figures.iter().all(|x| x.is_finite()), "{:?}", pooled);
                }
            }
            let values: Vec<_> = rows.iter().map(|(_, part)| part.numerator).collect();
            if let Ok(mean) = mean(&values, confidence) {
                let limits = mean.limits.map_or([0.0; 2], |limits| [limits.lower, limits.upper]);
                let figures = [mean.sum, mean.value, mean.deviation.unwrap_or(0.0), limits[0], limits[1]];
                prop_assert!(figures.iter().all(|x| x.is_finite()), "{:?}", mean);
            }
        }

        #[test]
        fn the_order_of_rows_does_not_matter(
            rows in prop::collection::vec((0.0f64..1e6, 1e6f64..1e9), 1..20),
        ) {
            let mut parts: Vec<_> = rows.iter().map(|(x, n)| part(*x, *n)).collect();
            let there = pooled(Statistic::Proportion, &parts, 1.0, Confidence::P95).unwrap();
            parts.reverse();
            let back = pooled(Statistic::Proportion, &parts, 1.0, Confidence::P95).unwrap();
            prop_assert!((there.estimate.value / back.estimate.value - 1.0).abs() < 1e-15 || there == back);
        }
    }
}
