//! The five-point trend: whether the last five yearly values rise or fall by more than chance explains.
//!
//! The test of the English public health profiles: a chi-squared statistic for a straight line, and the
//! demand that no single year makes the line. It finds straight rises and falls only. Polarity is not
//! known here: increasing is neither better nor worse. Nor are periods: that the five points are yearly,
//! do not overlap, and stand on both sides of no gap and no break in the series is for the caller to see to.

use super::interval::Interval;
use super::rates::total;
use std::fmt;
use thiserror::Error;

/// A statistic above this is significant: chi-squared with one degree of freedom exceeds it by chance in two
/// of 1,000 series (p < 0.002).
pub const SIGNIFICANT_ABOVE: f64 = 9.549_535_706_083_24;

/// How many points the test takes.
const POINTS: usize = 5;

/// The width of 95% limits in standard errors, as the profiles take it: 2 times 1.96.
const ERRORS_BETWEEN_LIMITS: f64 = 3.92;

/// A value with its 95% limits, in one unit: a rate, a mean, a standardised rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RatePoint {
    /// The value.
    pub value: f64,
    /// Its 95% limits; limits of another level would give another test.
    pub limits: Interval,
}

/// A proportion by its parts: so many of so many.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProportionPoint {
    /// How many had it.
    pub numerator: f64,
    /// How many there were.
    pub denominator: f64,
}

/// Where the five values go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// They rise.
    Increasing,
    /// They fall.
    Decreasing,
    /// Chance explains the differences, or one year alone makes them.
    NoSignificantChange,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Increasing => "increasing",
            Self::Decreasing => "decreasing",
            Self::NoSignificantChange => "no significant change",
        })
    }
}

/// What the test found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FivePointTrend {
    /// The chi-squared statistic, with one degree of freedom; significant above [`SIGNIFICANT_ABOVE`].
    pub statistic: f64,
    /// Increasing or decreasing where the statistic is significant and the sign holds.
    pub direction: Direction,
    /// Whether the slope has the same sign whichever of the five points is left out. A slope of zero has none.
    pub sign_holds: bool,
}

/// Why the trend cannot be calculated.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum NoTrend {
    /// There are more or fewer points.
    #[error("there are {found} points: the trend is that of exactly five")]
    NotFivePoints {
        /// How many there are.
        found: usize,
    },
    /// A figure is infinite or not a number.
    #[error("point {point}: {found} is no finite number")]
    NotFinite {
        /// Which point, from 1.
        point: usize,
        /// What stands there.
        found: f64,
    },
    /// The upper limit is not above the lower: the value has no weight, or too much.
    #[error(
        "point {point}: the limits are {lower} and {upper}: the trend weighs a value by the distance between them"
    )]
    NoWidth {
        /// Which point, from 1.
        point: usize,
        /// Its lower limit.
        lower: f64,
        /// Its upper limit.
        upper: f64,
    },
    /// None or all had it: the odds, whose logarithm is fitted, are zero or have no value.
    #[error("point {point}: {numerator} of {denominator}: the trend needs more than none and fewer than all")]
    NoOdds {
        /// Which point, from 1.
        point: usize,
        /// The numerator.
        numerator: f64,
        /// The denominator.
        denominator: f64,
    },
    /// The figures stand too far apart for the statistic to be a number.
    #[error("the figures stand too far apart for a statistic")]
    TooLarge,
}

/// The trend of five values with their 95% limits, the oldest first.
///
/// A line is fitted through the values at t = 1 to 5, each weighted by the inverse square of its standard
/// error, which is the distance between the limits over 3.92. The statistic is the square of the slope over
/// its variance. The unit of the values does not matter.
///
/// # Errors
/// [`NoTrend`]: not five points, a figure that is not finite, limits that do not stand apart.
///
/// # Examples
/// ```
/// use kilter_core::method::interval::Interval;
/// use kilter_core::method::trend_test::{five_rates, Direction, NoTrend, RatePoint};
/// let point = |value| RatePoint { value, limits: Interval { lower: value - 1.0, upper: value + 1.0 } };
/// let points = [24.6, 24.7, 28.0, 30.2, 30.6].map(point);
/// assert_eq!(five_rates(&points)?.direction, Direction::Increasing);
/// assert_eq!(five_rates(&points[1..]), Err(NoTrend::NotFivePoints { found: 4 }));
/// # Ok::<(), NoTrend>(())
/// ```
pub fn five_rates(points: &[RatePoint]) -> Result<FivePointTrend, NoTrend> {
    let points = five(points)?;
    for (i, RatePoint { value, limits: Interval { lower, upper } }) in points.iter().enumerate() {
        finite(i, &[*value, *lower, *upper])?;
        if lower >= upper {
            return Err(NoTrend::NoWidth { point: i + 1, lower: *lower, upper: *upper });
        }
    }
    // Errors and values in units of the greatest error: nothing depends on the unit, and squares stay numbers.
    let errors = points.map(|point| (point.limits.upper - point.limits.lower) / ERRORS_BETWEEN_LIMITS);
    let unit = errors.iter().copied().fold(0.0, f64::max);
    let weights = errors.map(|error| (unit / error).powi(2));
    let values = points.map(|point| (point.value - points[0].value) / unit);
    let line = fit(&values, &weights, None);
    trend(line.slope * line.slope * line.spread, line.slope, |left_out| {
        fit(&values, &weights, Some(left_out)).slope
    })
}

/// The trend of five proportions, the oldest first.
///
/// The statistic is that of Cochran (1954) and Armitage (1955) with the scores 1 to 5:
/// `N (N Σxt - X Σnt)² / (X (N - X) (N Σnt² - (Σnt)²))`, with X and N the sums of numerators and denominators.
/// The sign is that of a plain straight line through the logarithms of the odds `x / (n - x)`, and holds only
/// if the pooled counts go the same way.
///
/// # Errors
/// [`NoTrend`]: not five points, a figure that is not finite, none or all of a denominator.
///
/// # Examples
/// ```
/// use kilter_core::method::trend_test::{five_proportions, Direction, ProportionPoint};
/// let of = |numerator| ProportionPoint { numerator, denominator: 1000.0 };
/// let trend = five_proportions(&[200.0, 230.0, 260.0, 290.0, 330.0].map(of)).unwrap();
/// assert_eq!(trend.direction, Direction::Increasing);
/// assert!(five_proportions(&[0.0, 230.0, 260.0, 290.0, 330.0].map(of)).is_err());
/// ```
pub fn five_proportions(points: &[ProportionPoint]) -> Result<FivePointTrend, NoTrend> {
    let points = five(points)?;
    for (i, ProportionPoint { numerator, denominator }) in points.iter().enumerate() {
        let (numerator, denominator) = (*numerator, *denominator);
        finite(i, &[numerator, denominator])?;
        if !(0.0 < numerator && numerator < denominator) {
            return Err(NoTrend::NoOdds { point: i + 1, numerator, denominator });
        }
    }
    let (some, all) = (points.map(|point| point.numerator), points.map(|point| point.denominator));
    let x = total(some);
    let n = total(all);
    // About the mean of the scores, so that no difference of great numbers is left.
    let mean = total(all.iter().enumerate().map(|(i, n)| n * score(i))) / n;
    let pooled = total(some.iter().enumerate().map(|(i, x)| x * (score(i) - mean)));
    let spread = total(all.iter().enumerate().map(|(i, n)| n * (score(i) - mean).powi(2)));
    let share = x / n;
    let statistic = pooled / (share * (1.0 - share)) * (pooled / spread);

    let odds = points.map(|point| (point.numerator / (point.denominator - point.numerator)).ln());
    let odds = odds.map(|value| value - odds[0]);
    let slope = fit(&odds, &[1.0; POINTS], None).slope;
    trend(statistic, slope, |left_out| {
        // Counts that go against the line deny it as a year left out does.
        if sign(pooled) == sign(slope) { fit(&odds, &[1.0; POINTS], Some(left_out)).slope } else { 0.0 }
    })
}

/// The answer, from the statistic, the slope of all points, and the slope without each.
fn trend(statistic: f64, slope: f64, without: impl Fn(usize) -> f64) -> Result<FivePointTrend, NoTrend> {
    if !(statistic.is_finite() && slope.is_finite()) {
        return Err(NoTrend::TooLarge);
    }
    let sign_holds = sign(slope) != 0 && (0..POINTS).all(|left_out| sign(without(left_out)) == sign(slope));
    let direction = match sign(slope) {
        1 if sign_holds && statistic > SIGNIFICANT_ABOVE => Direction::Increasing,
        -1 if sign_holds && statistic > SIGNIFICANT_ABOVE => Direction::Decreasing,
        _ => Direction::NoSignificantChange,
    };
    Ok(FivePointTrend { statistic, direction, sign_holds })
}

/// A straight line: its slope per point, and the weighted squares of the scores about their mean.
struct Line {
    slope: f64,
    spread: f64,
}

fn fit(values: &[f64; POINTS], weights: &[f64; POINTS], left_out: Option<usize>) -> Line {
    let kept = || (0..POINTS).filter(|i| Some(*i) != left_out);
    let sum = |of: &dyn Fn(usize) -> f64| total(kept().map(of));
    let mean = sum(&|i| weights[i] * score(i)) / sum(&|i| weights[i]);
    let spread = sum(&|i| weights[i] * (score(i) - mean).powi(2));
    let slope = sum(&|i| weights[i] * (score(i) - mean) * values[i]) / spread;
    Line { slope, spread }
}

/// The place of a point in time.
fn score(i: usize) -> f64 {
    i as f64 + 1.0
}

fn sign(value: f64) -> i8 {
    i8::from(value > 0.0) - i8::from(value < 0.0)
}

fn five<T: Copy>(points: &[T]) -> Result<[T; POINTS], NoTrend> {
    points.try_into().map_err(|_| NoTrend::NotFivePoints { found: points.len() })
}

fn finite(i: usize, figures: &[f64]) -> Result<(), NoTrend> {
    match figures.iter().find(|figure| !figure.is_finite()) {
        Some(found) => Err(NoTrend::NotFinite { point: i + 1, found: *found }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rates(points: [(f64, f64, f64); 5]) -> [RatePoint; 5] {
        points.map(|(value, lower, upper)| RatePoint { value, limits: Interval { lower, upper } })
    }

    fn proportions(points: [(f64, f64); 5]) -> [ProportionPoint; 5] {
        points.map(|(numerator, denominator)| ProportionPoint { numerator, denominator })
    }

    // Both from the profiles' own tests.
    const RISING: [(f64, f64, f64); 5] = [
        (24.67, 23.16, 26.25),
        (24.6, 23.15, 26.19),
        (28.0, 26.44, 29.64),
        (30.2, 28.63, 31.9),
        (30.6, 28.98, 32.25),
    ];
    const RISING_OF: [(f64, f64); 5] =
        [(994.0, 40299.0), (1023.0, 41527.0), (1199.0, 42811.0), (1332.0, 44064.0), (1367.0, 44701.0)];
    const LEVEL: [(f64, f64, f64); 5] = [
        (20.5506, 18.1803, 23.1427),
        (19.5952, 17.3444, 22.0602),
        (19.0349, 16.8421, 21.4394),
        (21.3966, 19.0918, 23.8975),
        (18.4372, 16.2925, 20.7941),
    ];
    const LEVEL_OF: [(f64, f64); 5] =
        [(209.0, 1017.0), (213.0, 1087.0), (213.0, 1119.0), (239.0, 1117.0), (210.0, 1139.0)];

    #[test]
    fn a_rise_of_five_years_is_increasing_by_both_methods() {
        let by_rate = five_rates(&rates(RISING)).unwrap();
        let by_proportion = five_proportions(&proportions(RISING_OF)).unwrap();
        assert!((by_rate.statistic - 46.77).abs() < 0.005, "{by_rate:?}");
        assert!((by_proportion.statistic - 47.90).abs() < 0.005, "{by_proportion:?}");
        for trend in [by_rate, by_proportion] {
            assert_eq!((trend.direction, trend.sign_holds), (Direction::Increasing, true));
        }
    }

    #[test]
    fn a_level_series_has_no_trend_and_its_slope_turns_with_a_year_left_out() {
        let by_rate = five_rates(&rates(LEVEL)).unwrap();
        let by_proportion = five_proportions(&proportions(LEVEL_OF)).unwrap();
        for (trend, statistic) in [(by_rate, 0.464), (by_proportion, 0.400)] {
            assert!((trend.statistic - statistic).abs() < 0.0005, "{trend:?}");
            assert_eq!((trend.direction, trend.sign_holds), (Direction::NoSignificantChange, false));
        }
    }

    #[test]
    fn one_year_alone_makes_no_trend() {
        let flat_then_high = rates([0.1, 0.1, 0.1, 0.1, 9.0].map(|v| (v, v - 0.1, v + 0.1)));
        let trend = five_rates(&flat_then_high).unwrap();
        assert!(trend.statistic > SIGNIFICANT_ABOVE);
        assert_eq!((trend.direction, trend.sign_holds), (Direction::NoSignificantChange, false));
        let flat = five_rates(&rates([0.1; 5].map(|v| (v, v - 0.1, v + 0.1)))).unwrap();
        assert_eq!((flat.statistic, flat.sign_holds), (0.0, false));
    }

    #[test]
    fn what_cannot_be_calculated_says_why() {
        let with = |place: usize, point| {
            let mut points = RISING;
            points[place] = point;
            five_rates(&rates(points)).unwrap_err()
        };
        assert_eq!(with(1, (5.0, 5.0, 5.0)), NoTrend::NoWidth { point: 2, lower: 5.0, upper: 5.0 });
        assert_eq!(with(4, (5.0, 6.0, 4.0)), NoTrend::NoWidth { point: 5, lower: 6.0, upper: 4.0 });
        assert!(matches!(with(0, (f64::NAN, 4.0, 6.0)), NoTrend::NotFinite { point: 1, .. }));
        assert_eq!(with(2, (1e200, 0.0, 1e-200)), NoTrend::TooLarge);
        assert_eq!(five_rates(&[]), Err(NoTrend::NotFivePoints { found: 0 }));
        for (x, n) in [(0.0, 10.0), (10.0, 10.0), (11.0, 10.0), (-1.0, 10.0), (0.0, 0.0)] {
            let mut points = RISING_OF;
            points[3] = (x, n);
            let error = five_proportions(&proportions(points)).unwrap_err();
            assert_eq!(error, NoTrend::NoOdds { point: 4, numerator: x, denominator: n });
        }
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-9 * (1.0 + a.abs().max(b.abs()))
    }

    fn opposite(direction: Direction) -> Direction {
        match direction {
            Direction::Increasing => Direction::Decreasing,
            Direction::Decreasing => Direction::Increasing,
            Direction::NoSignificantChange => Direction::NoSignificantChange,
        }
    }

    proptest! {
        #[test]
        fn the_unit_and_the_zero_of_rates_do_not_matter_and_time_turned_round_turns_the_trend(
            points in prop::array::uniform5((1.0f64..100.0, 0.5f64..10.0)),
            exponent in -60i32..60,
            shift in -50i32..50,
        ) {
            let of = |scale: f64, shift: f64| {
                rates(points.map(|(v, w)| ((v + shift) * scale, (v + shift - w) * scale, (v + shift + w) * scale)))
            };
            let plain = five_rates(&of(1.0, 0.0)).unwrap();
            let scaled = five_rates(&of(f64::powi(2.0, exponent), 0.0)).unwrap();
            prop_assert_eq!(plain, scaled, "powers of two are exact");
            let shifted = five_rates(&of(1.0, f64::from(shift))).unwrap();
            prop_assert!(close(plain.statistic, shifted.statistic));
            let mut turned = of(1.0, 0.0);
            turned.reverse();
            let turned = five_rates(&turned).unwrap();
            prop_assert!(close(plain.statistic, turned.statistic));
            prop_assert_eq!(opposite(plain.direction), turned.direction);
        }

        #[test]
        fn twice_the_people_are_twice_the_statistic_and_the_rest_goes_the_other_way(
            points in prop::array::uniform5((1u32..1000, 1u32..1000)),
            times in 1u32..50,
        ) {
            let of = |times: u32| {
                proportions(points.map(|(x, rest)| (f64::from(x * times), f64::from((x + rest) * times))))
            };
            let plain = five_proportions(&of(1)).unwrap();
            let more = five_proportions(&of(times)).unwrap();
            prop_assert!(close(plain.statistic * f64::from(times), more.statistic));
            prop_assert_eq!(plain.sign_holds, more.sign_holds);
            let rest = proportions(points.map(|(x, rest)| (f64::from(rest), f64::from(x + rest))));
            let rest = five_proportions(&rest).unwrap();
            prop_assert!(close(plain.statistic, rest.statistic));
            prop_assert_eq!(opposite(plain.direction), rest.direction);
        }
    }
}
