//! Confidence limits: of a count and of a rate made from it, and of a proportion.
//!
//! Every function takes the figures and a [`Confidence`], and answers with an [`Interval`] or with the reason
//! why there is none. Nothing is rounded, and no answer is ever infinite or "not a number". This room knows
//! no indicator, and does not know which interval suits which figure: that is its caller's choice.

use statrs::function::erf::erfc_inv;
use statrs::function::gamma::{checked_gamma_lr, checked_gamma_ur, ln_gamma};
use std::fmt;
use std::sync::LazyLock;
use thiserror::Error;

/// Below so many events the limits of a count are exact; from there on they are Byar's.
const BYAR_FROM: f64 = 10.0;

/// The share of intervals made in this way that hold the true value: 0.95 for 95% limits.
///
/// A share and never a percentage. Levels below 0.9 are refused, for nobody publishes them and 0.05 or 0.5
/// is a slip; so is 1, which no finite interval reaches.
///
/// ```
/// use kilter_core::method::interval::{Confidence, MethodError};
/// assert_eq!(Confidence::new(0.95), Ok(Confidence::P95));
/// assert_eq!(Confidence::new(95.0), Err(MethodError::BadConfidence { found: 95.0 }));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Confidence(f64);

impl Confidence {
    /// 95%: the level of most published limits.
    pub const P95: Self = Self(0.95);
    /// 99.8%: the level of control limits and of "much better" or "much worse".
    pub const P998: Self = Self(0.998);

    /// The confidence level of that share.
    ///
    /// # Errors
    /// [`MethodError::BadConfidence`] unless the level is at least 0.9 and below 1.
    pub fn new(level: f64) -> Result<Self, MethodError> {
        if (0.9..1.0).contains(&level) {
            Ok(Self(level))
        } else {
            Err(MethodError::BadConfidence { found: level })
        }
    }

    /// The share, such as 0.95.
    #[must_use]
    pub fn level(self) -> f64 {
        self.0
    }

    /// How many standard deviations the limits of a normal distribution stand from its mean: 1.959964 for 95%.
    ///
    /// The exact quantile, where other publishers take 1.96 for 95%; the two differ in the fifth digit.
    #[must_use]
    pub fn deviate(self) -> f64 {
        std::f64::consts::SQRT_2 * erfc_inv(1.0 - self.0)
    }

    /// What is left outside the interval on each side.
    fn tail(self) -> f64 {
        (1.0 - self.0) / 2.0
    }
}

/// A lower and an upper limit, in the unit of the value between them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The lower limit.
    pub lower: f64,
    /// The upper limit.
    pub upper: f64,
}

impl Interval {
    /// Whether a value lies within the limits. A value on a limit does.
    #[must_use]
    pub fn contains(self, value: f64) -> bool {
        self.lower <= value && value <= self.upper
    }

    /// Whether two intervals share any value. Intervals that only touch do.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.lower <= other.upper && other.lower <= self.upper
    }
}

/// How the limits of a value were made, as its readers should be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IntervalMethod {
    /// The exact limits of a Poisson count.
    Exact,
    /// Byar's approximation to them.
    Byar,
    /// Wilson's score limits of a proportion.
    Wilson,
}

impl fmt::Display for IntervalMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Exact => "exact Poisson",
            Self::Byar => "Byar",
            Self::Wilson => "Wilson score",
        })
    }
}

/// A value with its limits, and what is needed to repeat the calculation of the limits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The value.
    pub value: f64,
    /// Its limits, in the same unit.
    pub limits: Interval,
    /// How the limits were made.
    pub method: IntervalMethod,
    /// At which level.
    pub confidence: Confidence,
}

/// Why there are no limits.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum MethodError {
    /// The level is none that limits are made for.
    #[error("the confidence level is {found}: it is a share of at least 0.9 and below 1, such as 0.95")]
    BadConfidence {
        /// The level that was given.
        found: f64,
    },
    /// A figure is infinite or not a number.
    #[error("the {what} is {found}: limits need a finite number")]
    NotFinite {
        /// Which figure.
        what: &'static str,
        /// What it was.
        found: f64,
    },
    /// A figure that counts something is below zero.
    #[error("the {what} is {found}: it cannot be below zero")]
    Negative {
        /// Which figure.
        what: &'static str,
        /// What it was.
        found: f64,
    },
    /// A figure that is divided by, or multiplied with, is zero or below.
    #[error("the {what} is {found}: it has to be above zero")]
    NotPositive {
        /// Which figure.
        what: &'static str,
        /// What it was.
        found: f64,
    },
    /// More was counted than there is.
    #[error(
        "the numerator is {numerator}, the denominator {denominator}: a proportion has no numerator above its denominator"
    )]
    NumeratorAboveDenominator {
        /// The numerator.
        numerator: f64,
        /// The denominator.
        denominator: f64,
    },
    /// An answer, or a figure on the way to it, is greater than any number that can be held.
    #[error("the {what} is too great to be a number: the figures stand too far apart")]
    TooLarge {
        /// Which answer.
        what: &'static str,
    },
}

/// The limits of a count of independent events: exact below ten events, Byar's from ten.
///
/// The switch is at exactly 10: a count of 9.999, which rolling means yield, has exact limits. The exact
/// limits are half the chi-squared quantiles with `2x` and `2x + 2` degrees of freedom (Garwood 1936); the
/// lower limit of no events is zero.
///
/// # Errors
/// [`MethodError::NotFinite`] or [`MethodError::Negative`] for a count that is no count.
///
/// # Examples
/// ```
/// use kilter_core::method::interval::{poisson, Confidence};
/// let none = poisson(0.0, Confidence::P95).unwrap();
/// assert_eq!(none.lower, 0.0);
/// assert!((none.upper - 3.6888794541139).abs() < 1e-12);
/// assert!(poisson(-1.0, Confidence::P95).is_err());
/// ```
pub fn poisson(count: f64, confidence: Confidence) -> Result<Interval, MethodError> {
    match poisson_method(count) {
        IntervalMethod::Exact => exact(count, confidence),
        _ => byar(count, confidence),
    }
}

/// The limits of a count of independent events by Byar's approximation, whatever the count.
///
/// `x (1 - 1/(9x) - z/(3 sqrt x))^3` below and, with `y = x + 1`, `y (1 - 1/(9y) + z/(3 sqrt y))^3` above
/// (Breslow and Day 1987, volume II). For small counts the lower formula falls below zero, and at
/// zero it has no value; the limit is zero there. It is close to the exact limits from about ten events.
///
/// # Errors
/// As [`poisson`], and [`MethodError::TooLarge`] for a count at the end of all numbers.
///
/// # Examples
/// ```
/// use kilter_core::method::interval::{byar, Confidence};
/// let limits = byar(65.0, Confidence::P95).unwrap();
/// assert!((limits.lower - 50.1631877).abs() < 1e-7 && (limits.upper - 82.8491385).abs() < 1e-7);
/// assert!(byar(f64::NAN, Confidence::P95).is_err());
/// ```
pub fn byar(count: f64, confidence: Confidence) -> Result<Interval, MethodError> {
    held(byar_at(counted("count", count)?, confidence.deviate()))
}

/// Byar's limits of a count, with the deviate given instead of a level; a lower limit below zero is zero.
pub(super) fn byar_at(count: f64, z: f64) -> Interval {
    let cube = |x: f64, z: f64| x * (1.0 - 1.0 / (9.0 * x) + z / (3.0 * x.sqrt())).powi(3);
    let lower = if count > 0.0 { cube(count, -z).max(0.0) } else { 0.0 };
    Interval { lower, upper: cube(count + 1.0, z) }
}

/// [`byar`] of many counts at once; `false` where one of them has no limits, and then nothing is said of any.
pub(crate) fn byar_each(
    counts: &[f64],
    confidence: Confidence,
    lower: &mut [f64],
    upper: &mut [f64],
) -> bool {
    assert_eq!((lower.len(), upper.len()), (counts.len(), counts.len()), "two limits for every count");
    let z = confidence.deviate();
    let mut sound = true;
    for ((count, lower), upper) in counts.iter().zip(lower).zip(upper) {
        let limits = byar_at(*count, z);
        (*lower, *upper) = (limits.lower, limits.upper);
        sound &= *count >= 0.0 && limits.upper < f64::INFINITY && limits.lower < f64::INFINITY;
    }
    sound
}

/// How many whole counts, from 0, have their limits worked out once: most figures have no others, and to look one
/// up takes less than a division.
pub(crate) const SMALL: usize = 8192;

/// The limits of whole counts, lower and upper, by count.
pub(crate) type OfSmall = [[f64; 2]; SMALL];

static SMALL_AT_95: LazyLock<Box<OfSmall>> = LazyLock::new(|| {
    let z = Confidence::P95.deviate();
    Box::new(std::array::from_fn(|count| {
        let limits = byar_at(count as f64, z);
        [limits.lower, limits.upper]
    }))
});

/// [`byar`] of all whole counts from 0 up to some, by count; `None` for a level for which they are not kept.
pub(crate) fn byar_of_small(confidence: Confidence) -> Option<&'static OfSmall> {
    (confidence == Confidence::P95).then(|| &**SMALL_AT_95)
}

/// Wilson's score limits of a proportion, between 0 and 1.
///
/// `(2x + z² ± z sqrt(z² + 4x(1 - x/n))) / (2(n + z²))` (Wilson 1927; Newcombe 1998, method 3). For none of
/// `n` the lower limit is exactly 0, for all of `n` the upper is exactly 1. Numerators need not be whole.
///
/// # Errors
/// [`MethodError::NotFinite`], [`MethodError::Negative`] for the numerator, [`MethodError::NotPositive`] for
/// the denominator, [`MethodError::NumeratorAboveDenominator`]; [`MethodError::TooLarge`] for figures at the
/// end of all numbers.
///
/// # Examples
/// ```
/// use kilter_core::method::interval::{wilson, Confidence};
/// let limits = wilson(1.0, 100.0, Confidence::P95).unwrap();
/// assert!((limits.lower - 0.00176743).abs() < 1e-8 && (limits.upper - 0.05448620).abs() < 1e-8);
/// assert!(wilson(11.0, 10.0, Confidence::P95).is_err());
/// ```
pub fn wilson(numerator: f64, denominator: f64, confidence: Confidence) -> Result<Interval, MethodError> {
    wilson_at(numerator, denominator, confidence.deviate())
}

/// Wilson's limits of a proportion, with the deviate given instead of a level.
pub(super) fn wilson_at(numerator: f64, denominator: f64, z: f64) -> Result<Interval, MethodError> {
    let (x, n) = (counted("numerator", numerator)?, positive("denominator", denominator)?);
    if x > n {
        return Err(MethodError::NumeratorAboveDenominator { numerator, denominator });
    }
    let square = z * z;
    let sum = 2.0 * x + square + (square * (square + 4.0 * x * (1.0 - x / n))).sqrt();
    let whole = 2.0 * (n + square);
    if !(sum.is_finite() && whole.is_finite()) {
        return Err(MethodError::TooLarge { what: "denominator" });
    }
    let upper = if x == n { 1.0 } else { (sum / whole).min(1.0) };
    // The lower limit as the product of both over the upper: without a difference of near equals.
    Ok(Interval { lower: 2.0 * x * (x / n) / sum, upper })
}

/// A rate with the limits that follow from those of its count ([`poisson`]): `count / population * per`.
///
/// The population is taken as known, and may be smaller than the count: one person can have several events.
///
/// # Errors
/// As [`poisson`]; [`MethodError::NotPositive`] or [`MethodError::NotFinite`] for the population or `per`;
/// [`MethodError::TooLarge`].
///
/// # Examples
/// ```
/// use kilter_core::method::interval::{rate, Confidence, IntervalMethod};
/// let rate = rate(20.0, 100.0, 100.0, Confidence::P95)?;
/// assert_eq!((rate.value, rate.method), (20.0, IntervalMethod::Byar));
/// assert!((rate.limits.lower - 12.2114288).abs() < 1e-7 && (rate.limits.upper - 30.8898804).abs() < 1e-7);
/// # Ok::<(), kilter_core::method::interval::MethodError>(())
/// ```
///
/// No population, no rate:
/// ```
/// use kilter_core::method::interval::{rate, Confidence};
/// assert!(rate(20.0, 0.0, 1000.0, Confidence::P95).is_err());
/// ```
pub fn rate(count: f64, population: f64, per: f64, confidence: Confidence) -> Result<Estimate, MethodError> {
    let limits = poisson(count, confidence)?;
    let population = positive("population", population)?;
    let per = positive("multiplier", per)?;
    let of = |x: f64| x / population * per;
    let limits = held(Interval { lower: of(limits.lower), upper: of(limits.upper) })?;
    Ok(Estimate { value: of(count), limits, method: poisson_method(count), confidence })
}

/// A proportion with Wilson's limits ([`wilson`]), times `per`: 100 for a percentage.
///
/// # Errors
/// As [`wilson`]; [`MethodError::NotPositive`] or [`MethodError::NotFinite`] for `per`;
/// [`MethodError::TooLarge`].
///
/// # Examples
/// ```
/// use kilter_core::method::interval::{proportion, Confidence};
/// let all = proportion(50.0, 50.0, 100.0, Confidence::P95).unwrap();
/// assert_eq!((all.value, all.limits.upper), (100.0, 100.0));
/// assert!(proportion(51.0, 50.0, 100.0, Confidence::P95).is_err());
/// ```
pub fn proportion(
    numerator: f64,
    denominator: f64,
    per: f64,
    confidence: Confidence,
) -> Result<Estimate, MethodError> {
    let Interval { lower, upper } = wilson(numerator, denominator, confidence)?;
    let per = positive("multiplier", per)?;
    let limits = held(Interval { lower: lower * per, upper: upper * per })?;
    let value = numerator / denominator * per;
    Ok(Estimate { value, limits, method: IntervalMethod::Wilson, confidence })
}

/// Which limits [`poisson`] takes for a count.
#[must_use]
pub fn poisson_method(count: f64) -> IntervalMethod {
    if count < BYAR_FROM { IntervalMethod::Exact } else { IntervalMethod::Byar }
}

fn exact(count: f64, confidence: Confidence) -> Result<Interval, MethodError> {
    let count = counted("count", count)?;
    let tail = confidence.tail();
    // Half a chi-squared quantile with 2k degrees of freedom is the gamma quantile with shape k.
    let lower = if count > 0.0 { gamma_quantile(count, tail, Tail::Lower) } else { 0.0 };
    held(Interval { lower, upper: gamma_quantile(count + 1.0, tail, Tail::Upper) })
}

/// The exact limits of a count above zero, from limits that lie near them.
pub(super) fn exact_near(
    count: f64,
    near: Interval,
    confidence: Confidence,
) -> Result<Interval, MethodError> {
    let tail = confidence.tail();
    held(Interval {
        lower: gamma_quantile_from(near.lower, count, tail, Tail::Lower),
        upper: gamma_quantile_from(near.upper, count + 1.0, tail, Tail::Upper),
    })
}

/// On which side of a quantile its probability lies.
#[derive(Clone, Copy)]
enum Tail {
    Lower,
    Upper,
}

/// The value that leaves so much of a gamma distribution with that shape and rate 1 on that side of it.
fn gamma_quantile(shape: f64, probability: f64, side: Tail) -> f64 {
    // The library's own inverse stops within 1e-9 of the value, which for small counts is six digits short.
    // So Newton's steps, on the logarithms of both axes, over the library's areas. The curve is concave
    // there, and both starts lie on the side from which the steps approach the value without overshooting:
    // the lower start is where the bound x^k / k! of the area is the probability, the upper where the
    // sub-gamma bound of the tail is.
    let start = match side {
        Tail::Lower => ((probability.ln() + ln_gamma(shape + 1.0)) / shape).exp(),
        Tail::Upper => {
            let t = -probability.ln();
            shape + t + (2.0 * shape * t).sqrt()
        }
    };
    gamma_quantile_from(start, shape, probability, side)
}

/// The same, from a value that lies near it, or on the side from which the steps approach it.
fn gamma_quantile_from(start: f64, shape: f64, probability: f64, side: Tail) -> f64 {
    let mut x = start;
    for _ in 0..50 {
        let (area, direction) = match side {
            Tail::Lower => (checked_gamma_lr(shape, x), 1.0),
            Tail::Upper => (checked_gamma_ur(shape, x), -1.0),
        };
        // A limit below the smallest number there is has become zero, and has no area.
        let Ok(area) = area else { break };
        let density_by_x = (shape * x.ln() - x - ln_gamma(shape)).exp();
        let step = direction * (probability / area).ln() * area / density_by_x;
        if !step.is_finite() {
            break;
        }
        x *= step.exp();
        // Each step leaves about the square of itself: after this one nothing is left.
        if step.abs() <= 1e-12 {
            break;
        }
    }
    x
}

/// Limits, unless they have left the numbers. A value lies below its upper limit.
fn held(limits: Interval) -> Result<Interval, MethodError> {
    let finite = limits.lower.is_finite() && limits.upper.is_finite();
    if finite { Ok(limits) } else { Err(MethodError::TooLarge { what: "upper limit" }) }
}

/// A number that is finite.
pub(super) fn finite(what: &'static str, found: f64) -> Result<f64, MethodError> {
    if found.is_finite() { Ok(found) } else { Err(MethodError::NotFinite { what, found }) }
}

/// A number that is finite and not below zero.
pub(super) fn counted(what: &'static str, found: f64) -> Result<f64, MethodError> {
    if finite(what, found)? < 0.0 { Err(MethodError::Negative { what, found }) } else { Ok(found) }
}

/// A number that is finite and above zero.
pub(super) fn positive(what: &'static str, found: f64) -> Result<f64, MethodError> {
    if finite(what, found)? <= 0.0 { Err(MethodError::NotPositive { what, found }) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_exact_limits_are_the_areas_they_stand_for() {
        // One event: the upper limit solves e^-u (1 + u) = 0.025, the lower 1 - e^-l = 0.025.
        let one = poisson(1.0, Confidence::P95).unwrap();
        assert!((one.lower - 0.025_317_807_984_289_9).abs() < 1e-15);
        assert!(((-one.upper).exp() * (1.0 + one.upper) / 0.025 - 1.0).abs() < 1e-13);
    }

    #[test]
    fn the_limits_change_their_method_at_ten_events() {
        assert_ne!(poisson(9.999, Confidence::P95), byar(9.999, Confidence::P95));
        assert_eq!(poisson(10.0, Confidence::P95), byar(10.0, Confidence::P95));
        assert_eq!(rate(9.999, 50.0, 1.0, Confidence::P95).unwrap().method, IntervalMethod::Exact);
        assert_eq!(rate(10.0, 50.0, 1.0, Confidence::P95).unwrap().method, IntervalMethod::Byar);
    }

    #[test]
    fn none_and_all_have_limits_at_the_ends_exactly() {
        for n in [1.0, 3.0, 100.0, 1e9, 1e300] {
            assert_eq!(wilson(0.0, n, Confidence::P998).unwrap().lower, 0.0);
            assert_eq!(wilson(n, n, Confidence::P998).unwrap().upper, 1.0);
        }
        assert_eq!(byar(0.0, Confidence::P95).unwrap().lower, 0.0);
        assert_eq!(byar(0.01, Confidence::P95).unwrap().lower, 0.0);
    }

    #[test]
    fn figures_that_are_none_are_refused_by_name() {
        let rate = |count, population| rate(count, population, 1000.0, Confidence::P95).unwrap_err();
        assert_eq!(rate(-1.0, 5.0), MethodError::Negative { what: "count", found: -1.0 });
        assert_eq!(rate(1.0, 0.0), MethodError::NotPositive { what: "population", found: 0.0 });
        assert_eq!(rate(f64::INFINITY, 5.0), MethodError::NotFinite { what: "count", found: f64::INFINITY });
        assert!(matches!(rate(1.0, f64::NAN), MethodError::NotFinite { what: "population", .. }));
        assert_eq!(rate(1e300, 1e-300), MethodError::TooLarge { what: "upper limit" });
        assert_eq!(
            wilson(1.0, f64::MAX, Confidence::P95),
            Err(MethodError::TooLarge { what: "denominator" })
        );
        for level in [f64::NAN, 0.0, 0.5, 0.899, 1.0, 95.0] {
            assert!(Confidence::new(level).is_err(), "{level}");
        }
        assert_eq!(rate(-1.0, 5.0).to_string(), "the count is -1: it cannot be below zero");
    }

    proptest! {
        #[test]
        fn limits_hold_their_value_and_widen_with_confidence(
            count in prop_oneof![0.0f64..20.0, 0.0f64..1e9, 0.0f64..1e-9],
            level in 0.9f64..1.0,
        ) {
            let inner = Confidence::new(level * 0.99 + 0.009).unwrap();
            let outer = Confidence::new(level * 0.98 + 0.0199).unwrap();
            for limits_of in [poisson, byar] {
                let (narrow, wide) = (limits_of(count, inner).unwrap(), limits_of(count, outer).unwrap());
                prop_assert!(narrow.lower >= 0.0 && narrow.contains(count) && wide.contains(count));
                prop_assert!(wide.lower <= narrow.lower && narrow.upper < wide.upper);
            }
        }

        #[test]
        fn the_limits_of_the_rest_are_the_rest_of_the_limits(x in 0.0f64..1e6, rest in 0.0f64..1e6) {
            prop_assume!(x + rest > 0.0);
            let n = x + rest;
            let some = wilson(x.min(n), n, Confidence::P95).unwrap();
            let others = wilson((n - x).max(0.0), n, Confidence::P95).unwrap();
            prop_assert!((some.lower - (1.0 - others.upper)).abs() < 1e-12);
            prop_assert!(some.contains(x / n) && 0.0 <= some.lower && some.upper <= 1.0);
        }
    }
}
