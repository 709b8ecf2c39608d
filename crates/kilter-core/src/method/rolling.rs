//! Rolling rates: of windows of so many years, each named by its last year; and, beside ours, those that
//! Scotland's public health profiles publish.
//!
//! A window holds calendar years and never rows: a year without a row leaves no rate, with the year named,
//! where other tools reach further back unseen. A rate is the ratio of the window's sums. Years are numbers;
//! a financial year is known by the year in which it begins. Nothing is rounded, and no answer is ever
//! infinite or "not a number".

use super::interval::{Confidence, Estimate, Interval, MethodError, byar_at, wilson_at};
use super::rates::{Part, Pool, RowError, Statistic, counted, held, multiplier, total};
use super::standardised::{MissingFigures, SCOTTISH_DEVIATE};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use thiserror::Error;

/// The figures of one year. `None` is a figure that is not there, which is not zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct YearPart {
    /// The year; a financial year by the year in which it begins.
    pub year: i32,
    /// How many events, or how many had it.
    pub numerator: Option<f64>,
    /// Of how many.
    pub denominator: Option<f64>,
}

/// What the limits of a rolling rate are those of. The rate is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LimitsOf {
    /// All events of the window. English publishers do so.
    Sum,
    /// The mean number of events of its years. Scottish publishers do so; limits over three years stand about
    /// the square root of three wider apart.
    Mean,
}

impl fmt::Display for LimitsOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Sum => "sum of the window",
            Self::Mean => "mean of the window",
        })
    }
}

/// How a rolling rate is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RollingSettings {
    /// Over how many years.
    pub window: u32,
    /// Whether a rate or a proportion.
    pub statistic: Statistic,
    /// Per how many of the denominator.
    pub per: f64,
    /// What the limits are those of.
    pub limits_of: LimitsOf,
    /// The level of the limits.
    pub confidence: Confidence,
    /// What a figure that is not there stands for. A year without a row has no figures that could.
    pub missing: MissingFigures,
}

/// The rate of a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rolling {
    /// The first year of the window.
    pub first: i32,
    /// Its last year.
    pub last: i32,
    /// The sum of the numerators.
    pub numerator: f64,
    /// The sum of the denominators.
    pub denominator: f64,
    /// What the limits are those of.
    pub limits_of: LimitsOf,
    /// The value with its limits, their method and level.
    pub estimate: Estimate,
}

/// Why a window has no rate. Rows are counted from 0, in the order in which they were given.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum RollingError {
    /// A figure of a row is missing or none that can stand there, or the window comes to no number.
    #[error(transparent)]
    Figures(#[from] RowError),
    /// A year of the window has no row.
    #[error("{year} has no row: a window of years needs each of them")]
    AbsentYear {
        /// The first such year.
        year: i32,
    },
    /// A year of the window has two rows.
    #[error("row {row}: {year} had its row before")]
    RepeatedYear {
        /// The second of them.
        row: usize,
        /// The year.
        year: i32,
    },
    /// No year of the window has the figure.
    #[error("no year of the window has a {what}")]
    NothingThere {
        /// Which figure.
        what: &'static str,
    },
    /// A window is of no years.
    #[error("a window of no years holds nothing")]
    NoWindow,
}

impl From<MethodError> for RollingError {
    fn from(error: MethodError) -> Self {
        Self::Figures(RowError::Whole(error))
    }
}

/// The rolling rate or proportion of every window, by its last year: the sum of numerators over the sum of
/// denominators, times `per`.
///
/// Every year that has a row ends a window, with a rate or the reason why there is none. A bad row costs the
/// windows that hold it, and no other: a figure missing, negative or not finite, and for a proportion a
/// numerator above its denominator. Rows may stand in any order. The limits are those of
/// [`rate`](super::interval::rate) or [`proportion`](super::interval::proportion), of the sums or of the means.
///
/// # Examples
/// ```
/// use kilter_core::method::interval::Confidence;
/// use kilter_core::method::rates::Statistic;
/// use kilter_core::method::rolling::{rolling_rates, LimitsOf, RollingError, RollingSettings, YearPart};
/// use kilter_core::method::standardised::MissingFigures;
/// let part = |year, x, n| YearPart { year, numerator: Some(x), denominator: Some(n) };
/// let years =
///     [part(2018, 3.0, 100.0), part(2019, 9.0, 100.0), part(2020, 15.0, 250.0), part(2022, 1.0, 99.0)];
/// let settings = RollingSettings {
///     window: 3,
///     statistic: Statistic::Rate,
///     per: 100.0,
///     limits_of: LimitsOf::Sum,
///     confidence: Confidence::P95,
///     missing: MissingFigures::Refuse,
/// };
/// let windows = rolling_rates(&years, &settings);
/// let window = windows[&2020]?;
/// assert_eq!((window.first, window.estimate.value), (2018, 6.0)); // 27 of 450
/// assert_eq!(windows[&2019], Err(RollingError::AbsentYear { year: 2017 }));
/// assert_eq!(windows[&2022], Err(RollingError::AbsentYear { year: 2021 }));
/// # Ok::<(), RollingError>(())
/// ```
#[must_use]
pub fn rolling_rates(
    years: &[YearPart],
    settings: &RollingSettings,
) -> BTreeMap<i32, Result<Rolling, RollingError>> {
    let of = |rows: &[usize], span| window_rate(years, rows, span, settings);
    windows(years, settings.window, |part| part.year, of)
}

fn window_rate(
    years: &[YearPart],
    rows: &[usize],
    span: RangeInclusive<i32>,
    settings: &RollingSettings,
) -> Result<Rolling, RollingError> {
    let RollingSettings { statistic, per, limits_of, confidence, missing, .. } = *settings;
    let mut pool = Pool::default();
    for row in rows {
        let YearPart { numerator, denominator, .. } = years[*row];
        let part = Part { numerator: missing.read(numerator), denominator: missing.read(denominator) };
        pool.add(statistic, *row, part)?;
    }
    let sums = pool.settle(statistic, per, confidence)?;
    let mut estimate = sums.estimate;
    if limits_of == LimitsOf::Mean {
        let count = rows.len() as f64;
        let of_mean = statistic.of_sums(sums.numerator / count, sums.denominator / count, per, confidence)?;
        estimate = Estimate { value: estimate.value, ..of_mean };
    }
    let (first, last) = span.into_inner();
    Ok(Rolling { first, last, numerator: sums.numerator, denominator: sums.denominator, limits_of, estimate })
}

/// What a function makes of the rows of every window, the oldest first, and of its first and last year; by
/// the last year of each.
fn windows<T, R>(
    rows: &[T],
    window: u32,
    year: impl Fn(&T) -> i32,
    of: impl Fn(&[usize], RangeInclusive<i32>) -> Result<R, RollingError>,
) -> BTreeMap<i32, Result<R, RollingError>> {
    let mut by_year: BTreeMap<i32, Result<usize, RollingError>> = BTreeMap::new();
    for (row, figures) in rows.iter().enumerate() {
        let year = year(figures);
        by_year
            .entry(year)
            .and_modify(|before| *before = before.and(Err(RollingError::RepeatedYear { row, year })))
            .or_insert(Ok(row));
    }
    let window_to = |last: i32| {
        let before = window.checked_sub(1).ok_or(RollingError::NoWindow)?;
        // A window that begins before all years does not hold the first of them.
        let first = i64::from(last) - i64::from(before);
        let first = i32::try_from(first).map_err(|_| RollingError::AbsentYear { year: i32::MIN })?;
        let row = |year| by_year.get(&year).copied().unwrap_or(Err(RollingError::AbsentYear { year }));
        let found = (first..=last).map(row).collect::<Result<Vec<_>, _>>()?;
        of(&found, first..=last)
    };
    by_year.keys().map(|last| (*last, window_to(*last))).collect()
}

/// The figures of one year, as the Scottish profiles take them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScottishYear {
    /// The year; a financial year by the year in which it begins.
    pub year: i32,
    /// How many events, or how many had it.
    pub numerator: Option<f64>,
    /// Of how many: people, or people asked.
    pub denominator: Option<f64>,
    /// From how many the people asked were drawn; read by [`ScottishMeasure::SamplePercent`] alone.
    pub sampled_from: Option<f64>,
}

/// What the Scottish profiles make of a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ScottishMeasure {
    /// A rate per so many people, with Byar's limits however few the events.
    Crude {
        /// Per how many.
        per: f64,
    },
    /// A percentage, with Wilson's limits.
    Percent,
    /// A percentage of a sample, with normal limits narrowed for the share of the population that was asked.
    SamplePercent,
}

impl fmt::Display for ScottishMeasure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Crude { .. } => "crude rate (Byar, 1.96), as ScotPHO",
            Self::Percent => "percentage (Wilson score, 1.96), as ScotPHO",
            Self::SamplePercent => "percentage (normal, finite population, 1.96), as ScotPHO",
        })
    }
}

/// What the Scottish profiles take a figure that is not there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScottishMissing {
    /// Zero.
    AsZero,
    /// A figure that was suppressed: the mean is that of the years that have it. Numerators and denominators
    /// are passed over each for itself, so that a rate can rest on events of two years and people of three.
    Suppressed,
}

/// The value of a window as the Scottish profiles make it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScottishRolling {
    /// The first year of the window.
    pub first: i32,
    /// Its last year, under which the value belongs.
    pub last: i32,
    /// The year under which the profiles keep and draw it: the middle of three or five years, the last of one
    /// or two; `None` for other windows, for which they have no rule.
    pub plot_year: Option<i32>,
    /// The mean of the numerators.
    pub numerator: f64,
    /// The mean of the denominators.
    pub denominator: f64,
    /// The value. The profiles round [`ScottishMeasure::Percent`] to two decimals, limits too; this is not.
    pub value: f64,
    /// Its limits, from [`SCOTTISH_DEVIATE`].
    pub limits: Interval,
    /// What was made, which is how its name reads.
    pub measure: ScottishMeasure,
}

/// The rolling values of Scotland's public health profiles, by the last year of each window.
///
/// With `x` and `n` the means of the window's numerators and denominators, `N` that of the populations
/// sampled from, and `z` 1.96: a crude rate is `x / n * per` with Byar's limits of `x` through the same
/// factor; a percentage `p = 100 x / n` with Wilson's limits; a percentage of a sample has `p ± z sqrt(p (100
/// - p) / n * sqrt((N - n) / (N - 1)))`, the inner root being theirs and one too many, and no width where `N`
/// is not above `n`. Percentages and their limits stay within 0 and 100.
///
/// As the production functions of ScotPHO at e7ee7237, with these differences: a window holds years, not
/// rows; the lower limit of no events is zero and not missing; nothing is rounded; there are no percentages
/// above 100.
///
/// # Examples
/// ```
/// use kilter_core::method::rolling::{
///     scottish_rolling, RollingError, ScottishMeasure, ScottishMissing, ScottishYear,
/// };
/// let year = |year, numerator| {
///     ScottishYear { year, numerator, denominator: Some(60.0), sampled_from: None }
/// };
/// let years = [year(1995, Some(21.0)), year(1996, Some(22.0)), year(1997, Some(23.0)), year(1998, None)];
/// let found = scottish_rolling(&years, ScottishMeasure::Percent, 3, ScottishMissing::Suppressed);
/// let window = found[&1997]?;
/// assert_eq!((window.first, window.plot_year, window.numerator), (1995, Some(1996), 22.0));
/// assert!((window.limits.lower - 25.62).abs() < 0.005 && (window.limits.upper - 49.32).abs() < 0.005);
/// assert_eq!(found[&1998]?.numerator, 22.5);
/// assert_eq!(found[&1996], Err(RollingError::AbsentYear { year: 1994 }));
/// # Ok::<(), RollingError>(())
/// ```
#[must_use]
pub fn scottish_rolling(
    years: &[ScottishYear],
    measure: ScottishMeasure,
    window: u32,
    missing: ScottishMissing,
) -> BTreeMap<i32, Result<ScottishRolling, RollingError>> {
    let of = |rows: &[usize], span| scottish_window(years, rows, span, measure, missing);
    windows(years, window, |figures| figures.year, of)
}

fn scottish_window(
    years: &[ScottishYear],
    rows: &[usize],
    span: RangeInclusive<i32>,
    measure: ScottishMeasure,
    missing: ScottishMissing,
) -> Result<ScottishRolling, RollingError> {
    let mean = |what, figure: fn(&ScottishYear) -> Option<f64>| -> Result<f64, RollingError> {
        let mut figures = Vec::with_capacity(rows.len());
        for row in rows {
            match (figure(&years[*row]), missing) {
                (None, ScottishMissing::Suppressed) => {}
                (found, _) => figures.push(counted(*row, what, found.or(Some(0.0)))?),
            }
        }
        if figures.is_empty() {
            return Err(RollingError::NothingThere { what });
        }
        let count = figures.len() as f64;
        Ok(held(what, total(figures) / count)?)
    };
    let x = mean("numerator", |year| year.numerator)?;
    let n = mean("denominator", |year| year.denominator)?;
    if n <= 0.0 {
        return Err(MethodError::NotPositive { what: "denominator", found: n }.into());
    }
    let (value, limits) = match measure {
        ScottishMeasure::Crude { per } => {
            let per = multiplier(per)?;
            let Interval { lower, upper } = byar_at(x, SCOTTISH_DEVIATE);
            (x / n * per, Interval { lower: lower / n * per, upper: upper / n * per })
        }
        _ if x > n => {
            return Err(MethodError::NumeratorAboveDenominator { numerator: x, denominator: n }.into());
        }
        ScottishMeasure::Percent => {
            let Interval { lower, upper } = wilson_at(x, n, SCOTTISH_DEVIATE)?;
            (100.0 * (x / n), Interval { lower: 100.0 * lower, upper: 100.0 * upper })
        }
        ScottishMeasure::SamplePercent => {
            let p = 100.0 * (x / n);
            let population = mean("population sampled from", |year| year.sampled_from)?;
            let drawn = population > n.max(1.0);
            let narrowed = if drawn { ((population - n) / (population - 1.0)).sqrt() } else { 0.0 };
            let width = SCOTTISH_DEVIATE * (p * (100.0 - p) / n * narrowed).sqrt();
            (p, Interval { lower: (p - width).max(0.0), upper: (p + width).min(100.0) })
        }
    };
    held("value", value)?;
    held("upper limit", limits.upper)?;
    held("lower limit", limits.lower)?;
    let (first, last) = span.into_inner();
    let plot_year = match rows.len() {
        1 | 2 => Some(last),
        3 => last.checked_sub(1),
        5 => last.checked_sub(2),
        _ => None,
    };
    Ok(ScottishRolling { first, last, plot_year, numerator: x, denominator: n, value, limits, measure })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::method::interval::rate;
    use proptest::prelude::*;

    const SETTINGS: RollingSettings = RollingSettings {
        window: 2,
        statistic: Statistic::Rate,
        per: 100.0,
        limits_of: LimitsOf::Sum,
        confidence: Confidence::P95,
        missing: MissingFigures::Refuse,
    };

    fn part(year: i32, x: Option<f64>, n: f64) -> YearPart {
        YearPart { year, numerator: x, denominator: Some(n) }
    }

    #[test]
    fn the_limits_are_those_of_the_sum_or_of_the_mean_and_the_rate_is_the_same() {
        let years = [part(2020, Some(20.0), 100.0), part(2019, Some(40.0), 300.0)];
        let of =
            |limits_of| rolling_rates(&years, &RollingSettings { limits_of, ..SETTINGS })[&2020].unwrap();
        let (sum, mean) = (of(LimitsOf::Sum), of(LimitsOf::Mean));
        assert_eq!((sum.first, sum.last, sum.numerator), (2019, 2020, 60.0));
        assert_eq!((sum.estimate.value, mean.estimate.value), (15.0, 15.0));
        assert_eq!(sum.estimate.limits, rate(60.0, 400.0, 100.0, Confidence::P95).unwrap().limits);
        assert_eq!(mean.estimate.limits, rate(30.0, 200.0, 100.0, Confidence::P95).unwrap().limits);
    }

    #[test]
    fn a_bad_row_costs_the_windows_that_hold_it() {
        let years = [
            part(2018, Some(1.0), 10.0),
            part(2019, Some(1.0), 10.0),
            part(2020, None, 10.0),
            part(2021, Some(1.0), 10.0),
            part(2022, Some(1.0), 10.0),
            part(2022, Some(1.0), 10.0),
            part(2022, Some(1.0), 10.0),
            part(i32::MIN, Some(1.0), 10.0),
        ];
        let found = rolling_rates(&years, &SETTINGS);
        assert!(found[&2019].is_ok());
        let missing = RollingError::Figures(RowError::Missing { row: 2, what: "numerator" });
        assert_eq!((found[&2020], found[&2021]), (Err(missing), Err(missing)));
        assert_eq!(found[&2022], Err(RollingError::RepeatedYear { row: 5, year: 2022 }));
        assert_eq!(found[&i32::MIN], Err(RollingError::AbsentYear { year: i32::MIN }));
        let zero = RollingSettings { missing: MissingFigures::AsZero, ..SETTINGS };
        assert_eq!(rolling_rates(&years, &zero)[&2020].unwrap().numerator, 1.0);
        let none = rolling_rates(&years, &RollingSettings { window: 0, ..SETTINGS });
        assert_eq!(none[&2019], Err(RollingError::NoWindow));
        let all = rolling_rates(&years, &RollingSettings { window: u32::MAX, ..SETTINGS });
        assert!(all.values().all(Result::is_err));
    }

    #[test]
    fn more_than_there_is_in_one_year_is_no_proportion_of_the_window() {
        let years = [part(2019, Some(12.0), 10.0), part(2020, Some(5.0), 10.0)];
        let proportion = RollingSettings { statistic: Statistic::Proportion, ..SETTINGS };
        let error = MethodError::NumeratorAboveDenominator { numerator: 12.0, denominator: 10.0 };
        let refused = RollingError::Figures(RowError::Bad { row: 0, error });
        assert_eq!(rolling_rates(&years, &proportion)[&2020], Err(refused));
        assert_eq!(rolling_rates(&years, &SETTINGS)[&2020].unwrap().estimate.value, 85.0);
        let all = [part(2019, Some(0.1), 0.1), part(2020, Some(0.2), 0.2)];
        assert_eq!(rolling_rates(&all, &proportion)[&2020].unwrap().estimate.value, 100.0);
    }

    #[test]
    fn the_profiles_skip_what_was_suppressed_and_round_nothing_here() {
        let year = |year, numerator, n| ScottishYear {
            year,
            numerator,
            denominator: Some(n),
            sampled_from: Some(n),
        };
        let years = [year(2019, None, 50.0), year(2020, Some(3.0), 70.0), year(2021, None, 80.0)];
        let of = |measure, missing| scottish_rolling(&years, measure, 2, missing)[&2020];
        let crude = ScottishMeasure::Crude { per: 100.0 };
        assert_eq!(of(crude, ScottishMissing::Suppressed).unwrap().value, 5.0);
        assert_eq!(of(crude, ScottishMissing::AsZero).unwrap().value, 2.5);
        let all_asked = of(ScottishMeasure::SamplePercent, ScottishMissing::Suppressed).unwrap();
        assert_eq!((all_asked.limits.lower, all_asked.limits.upper), (5.0, 5.0));
        let none = scottish_rolling(&years, crude, 1, ScottishMissing::Suppressed)[&2021];
        assert_eq!(none, Err(RollingError::NothingThere { what: "numerator" }));
        let zero = scottish_rolling(&years, crude, 1, ScottishMissing::AsZero)[&2021].unwrap();
        assert_eq!((zero.value, zero.limits.lower), (0.0, 0.0));
    }

    fn figure() -> impl Strategy<Value = Option<f64>> {
        let number = prop_oneof![
            any::<f64>(),
            Just(0.0),
            Just(f64::MAX),
            Just(f64::MIN_POSITIVE),
            -1.0f64..1e6,
            0.0f64..20.0
        ];
        prop::option::weighted(0.9, number)
    }

    proptest! {
        #[test]
        fn whatever_comes_in_no_answer_is_infinite_or_no_number(
            rows in prop::collection::vec((2018i32..2023, figure(), figure(), figure()), 0..7),
            window in 0u32..4,
            per in prop_oneof![Just(1e5), any::<f64>()],
            as_zero in any::<bool>(),
            of_sum in any::<bool>(),
        ) {
            let finite = |figures: &[f64]| figures.iter().all(|x| x.is_finite());
            let years: Vec<_> = rows
                .iter()
                .map(|row| YearPart { year: row.0, numerator: row.1, denominator: row.2 })
                .collect();
            for statistic in [Statistic::Rate, Statistic::Proportion] {
                let settings = RollingSettings {
                    window,
                    statistic,
                    per,
                    limits_of: if of_sum { LimitsOf::Sum } else { LimitsOf::Mean },
                    missing: if as_zero { MissingFigures::AsZero } else { MissingFigures::Refuse },
                    ..SETTINGS
                };
                for found in rolling_rates(&years, &settings).into_values().flatten() {
                    let Estimate { value, limits, .. } = found.estimate;
                    let figures = [found.numerator, found.denominator, value, limits.lower, limits.upper];
                    prop_assert!(finite(&figures), "{:?}", found);
                    prop_assert_eq!(found.last - found.first + 1, window as i32);
                }
            }
            let years: Vec<_> = rows
                .iter()
                .map(|&(year, numerator, denominator, sampled_from)| {
                    ScottishYear { year, numerator, denominator, sampled_from }
                })
                .collect();
            let missing = if as_zero { ScottishMissing::AsZero } else { ScottishMissing::Suppressed };
            let crude = ScottishMeasure::Crude { per };
            for measure in [crude, ScottishMeasure::Percent, ScottishMeasure::SamplePercent] {
                for found in scottish_rolling(&years, measure, window, missing).into_values().flatten() {
                    let Interval { lower, upper } = found.limits;
                    let figures = [found.numerator, found.denominator, found.value, lower, upper];
                    prop_assert!(finite(&figures), "{:?}", found);
                }
            }
        }
    }
}
