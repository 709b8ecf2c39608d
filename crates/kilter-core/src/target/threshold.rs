//! Thresholds: polarity, target and tolerance together, and the judgement of a value by them.
//!
//! Equal is met. Values are compared unrounded, and a value that prints as exactly the threshold is on it.

use super::Colour;
use std::fmt;

/// Which direction is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Polarity {
    /// Higher is better.
    Higher,
    /// Lower is better.
    Lower,
    /// Inside a range is better than outside.
    Range,
    /// Neither: the indicator is for information.
    None,
}

impl Polarity {
    /// All with their names in a framework file.
    pub const NAMES: [(&'static str, Self); 4] =
        [("higher", Self::Higher), ("lower", Self::Lower), ("range", Self::Range), ("none", Self::None)];
}

/// What is aimed at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Aim {
    /// A value to reach: at least it where higher is better, at most it where lower is.
    Value(f64),
    /// A range to stay in, ends included.
    Range {
        /// The lower end.
        low: f64,
        /// The upper end.
        high: f64,
    },
}

/// The unit of a tolerance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ToleranceUnit {
    /// Percent of the target.
    Relative,
    /// Points, in the unit of the indicator.
    Points,
}

/// How far a value may miss its target. Two cuts: within `green` it still counts as met, within `amber`
/// as missed within tolerance; a value on a cut is within it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerance {
    unit: ToleranceUnit,
    green: f64,
    amber: f64,
}

/// Why a target, tolerance and polarity are no threshold.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ThresholdError {
    /// A tolerance below zero, out of order or not finite.
    #[error(
        "tolerance {green}, {amber}: cuts are numbers of 0 or more, the green one not beyond the amber one"
    )]
    Cuts {
        /// The green cut.
        green: f64,
        /// The amber cut.
        amber: f64,
    },
    /// A percentage of nothing.
    #[error("tolerance relative {amber} needs a target above 0; here it is {aim}; give it in points")]
    RelativeToNothing {
        /// The amber cut, in percent.
        amber: f64,
        /// The target.
        aim: f64,
    },
    /// A target that is not a finite number, or a range upside down.
    #[error("{found} is not a target: {expected}")]
    Aim {
        /// What was found.
        found: String,
        /// What was expected.
        expected: &'static str,
    },
    /// A target for an indicator that has no better direction, or a value for a range.
    #[error("polarity \"{polarity}\" and {aim} do not go together; {advice}")]
    Polarity {
        /// The polarity's name.
        polarity: &'static str,
        /// What the target is.
        aim: &'static str,
        /// What to do.
        advice: &'static str,
    },
}

impl Tolerance {
    /// No tolerance: what misses the target is outside.
    pub const NONE: Self = Self { unit: ToleranceUnit::Points, green: 0.0, amber: 0.0 };

    /// A tolerance with its two cuts; for a single cut `green` is 0.
    ///
    /// # Errors
    /// A cut below 0 or not finite, or the green one beyond the amber one.
    ///
    /// ```
    /// use kilter_core::target::{Tolerance, ToleranceUnit};
    /// assert!(Tolerance::new(ToleranceUnit::Relative, 2.5, 5.0).is_ok());
    /// assert!(Tolerance::new(ToleranceUnit::Points, 5.0, 2.5).is_err());
    /// ```
    pub fn new(unit: ToleranceUnit, green: f64, amber: f64) -> Result<Self, ThresholdError> {
        let valid = green.is_finite() && amber.is_finite() && green >= 0.0 && amber >= green;
        if valid { Ok(Self { unit, green, amber }) } else { Err(ThresholdError::Cuts { green, amber }) }
    }

    /// Its unit.
    #[must_use]
    pub fn unit(self) -> ToleranceUnit {
        self.unit
    }

    /// The cut within which a missed target still counts as met.
    #[must_use]
    pub fn green(self) -> f64 {
        self.green
    }

    /// The cut within which a missed target counts as within tolerance.
    #[must_use]
    pub fn amber(self) -> f64 {
        self.amber
    }

    /// The width of a cut in points for a target.
    fn points(self, cut: f64, aim: f64) -> f64 {
        match self.unit {
            ToleranceUnit::Points => cut,
            ToleranceUnit::Relative => aim * cut / 100.0,
        }
    }
}

impl fmt::Display for Tolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cut = |cut: f64| match self.unit {
            ToleranceUnit::Relative => format!("{cut}%"),
            ToleranceUnit::Points if cut == 1.0 => "1 point".to_owned(),
            ToleranceUnit::Points => format!("{cut} points"),
        };
        match (self.green > 0.0, self.amber > 0.0) {
            (_, false) => f.pad("none"),
            (false, true) => f.pad(&cut(self.amber)),
            (true, true) => f.pad(&format!("{} green, {} amber", cut(self.green), cut(self.amber))),
        }
    }
}

/// Polarity, target and tolerance together.
///
/// ```
/// use kilter_core::target::{Aim, Colour, Polarity, Threshold, Tolerance, ToleranceUnit};
/// let five_percent = Tolerance::new(ToleranceUnit::Relative, 0.0, 5.0).unwrap();
/// let threshold = Threshold::new(Polarity::Lower, Aim::Value(600.0), five_percent).unwrap();
/// assert_eq!(threshold.judge(600.0).colour, Colour::Green); // equal is met
/// assert_eq!(threshold.judge(630.0).colour, Colour::Amber);
/// assert_eq!(threshold.judge(630.1).colour, Colour::Red);
/// // A percentage of zero is no tolerance.
/// assert!(Threshold::new(Polarity::Lower, Aim::Value(0.0), five_percent).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Threshold {
    polarity: Polarity,
    aim: Aim,
    tolerance: Tolerance,
}

/// The judgement of one value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judgement {
    /// The colour.
    pub colour: Colour,
    /// The value less the target; for a range, less the nearer end, and 0 inside it.
    pub variance: f64,
    /// The variance in percent of the target; `None` where the target is 0, or so near to it that the percentage
    /// is beyond all numbers.
    pub variance_percent: Option<f64>,
}

/// Whether two numbers are the same to anyone who reads them as decimals: they differ by less than the
/// error that a few operations on doubles leave behind.
#[must_use]
pub fn same(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-12 * a.abs().max(b.abs())
}

/// A sum or difference of numbers of some size, without the last digits that cancelling leaves behind: what is
/// nothing beside them is 0.
pub(super) fn settled(value: f64, size: f64) -> f64 {
    if value.abs() <= 1e-12 * size { 0.0 } else { value }
}

fn at_least(a: f64, b: f64) -> bool {
    a >= b || same(a, b)
}

impl Threshold {
    /// Puts polarity, target and tolerance together.
    ///
    /// # Errors
    /// A relative tolerance on a target of 0 or below; a value with polarity "range" or a range with
    /// another; any target with polarity "none"; numbers that are not finite.
    pub fn new(polarity: Polarity, aim: Aim, tolerance: Tolerance) -> Result<Self, ThresholdError> {
        let mismatch = |polarity, aim, advice| Err(ThresholdError::Polarity { polarity, aim, advice });
        match (polarity, aim) {
            (Polarity::None, _) => {
                return mismatch(
                    "none",
                    "a target",
                    "say which direction is better, or leave the target out",
                );
            }
            (Polarity::Range, Aim::Value(_)) => {
                return mismatch("range", "one value", "give the two ends: value = [low, high]");
            }
            (Polarity::Higher | Polarity::Lower, Aim::Range { .. }) => {
                let name = if polarity == Polarity::Higher { "higher" } else { "lower" };
                return mismatch(name, "a range", "use polarity \"range\"");
            }
            _ => {}
        }
        let (least, finite) = match aim {
            Aim::Value(value) => (value, value.is_finite()),
            Aim::Range { low, high } => {
                if high < low {
                    return Err(ThresholdError::Aim {
                        found: format!("{low} to {high}"),
                        expected: "the lower end comes first",
                    });
                }
                (low, low.is_finite() && high.is_finite())
            }
        };
        if !finite {
            return Err(ThresholdError::Aim {
                found: format!("{least}"),
                expected: "expected a finite number",
            });
        }
        if tolerance.unit == ToleranceUnit::Relative && tolerance.amber > 0.0 && least <= 0.0 {
            return Err(ThresholdError::RelativeToNothing { amber: tolerance.amber, aim: least });
        }
        Ok(Self { polarity, aim, tolerance })
    }

    /// Which direction is better.
    #[must_use]
    pub fn polarity(self) -> Polarity {
        self.polarity
    }

    /// What is aimed at.
    #[must_use]
    pub fn aim(self) -> Aim {
        self.aim
    }

    /// How far a value may miss it.
    #[must_use]
    pub fn tolerance(self) -> Tolerance {
        self.tolerance
    }

    /// The value at which a status ends: the worst one that is still inside a cut of so many points or
    /// percent. For a range there is one on each side; this is the one on the side of `value`.
    #[must_use]
    pub fn limit(self, colour: Colour, value: f64) -> f64 {
        let cut = match colour {
            Colour::Green => self.tolerance.green,
            Colour::Amber | Colour::Red => self.tolerance.amber,
        };
        let (end, away) = match (self.aim, self.polarity) {
            (Aim::Value(aim), Polarity::Lower) => (aim, 1.0),
            (Aim::Value(aim), _) => (aim, -1.0),
            (Aim::Range { high, .. }, _) if value > high => (high, 1.0),
            (Aim::Range { low, .. }, _) => (low, -1.0),
        };
        let points = self.tolerance.points(cut, end);
        settled(end + away * points, end.abs().max(points))
    }

    /// Judges a value. Every finite value gets exactly one colour: nothing falls between two bands.
    #[must_use]
    pub fn judge(self, value: f64) -> Judgement {
        let (nearest, below_is_worse) = match self.aim {
            Aim::Value(aim) => (aim, self.polarity != Polarity::Lower),
            Aim::Range { high, .. } if value > high => (high, false),
            Aim::Range { low, .. } if value < low => (low, true),
            Aim::Range { .. } => (value, true),
        };
        let inside = |limit: f64| {
            if below_is_worse { at_least(value, limit) } else { at_least(limit, value) }
        };
        let colour = if inside(nearest) || inside(self.limit(Colour::Green, value)) {
            Colour::Green
        } else if inside(self.limit(Colour::Amber, value)) {
            Colour::Amber
        } else {
            Colour::Red
        };
        // A distance beyond all numbers is the greatest there is.
        let distance = (value - nearest).clamp(f64::MIN, f64::MAX);
        let variance = if same(value, nearest) { 0.0 } else { distance };
        let percent = || 100.0 * variance / nearest.abs();
        let variance_percent = (nearest != 0.0).then(percent).filter(|percent| percent.is_finite());
        Judgement { colour, variance, variance_percent }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn threshold(polarity: Polarity, aim: f64, unit: ToleranceUnit, green: f64, amber: f64) -> Threshold {
        Threshold::new(polarity, Aim::Value(aim), Tolerance::new(unit, green, amber).unwrap()).unwrap()
    }

    #[test]
    fn a_value_on_a_boundary_is_inside_it_and_its_neighbours_are_told_apart() {
        let rule = threshold(Polarity::Lower, 600.0, ToleranceUnit::Relative, 0.0, 5.0);
        for (value, colour) in [
            (599.999, Colour::Green),
            (600.0, Colour::Green),
            (600.001, Colour::Amber),
            (629.999, Colour::Amber),
            (630.0, Colour::Amber),
            (630.001, Colour::Red),
        ] {
            assert_eq!(rule.judge(value).colour, colour, "{value}");
        }
        let rule = threshold(Polarity::Higher, 95.0, ToleranceUnit::Relative, 2.5, 4.9);
        for (value, colour) in [
            (95.0, Colour::Green),
            (92.625, Colour::Green),
            (92.624, Colour::Amber),
            (90.345, Colour::Amber),
            (90.344, Colour::Red),
        ] {
            assert_eq!(rule.judge(value).colour, colour, "{value}");
        }
    }

    #[test]
    fn a_range_is_green_inside_its_ends_and_has_its_tolerance_on_both_sides() {
        let aim = Aim::Range { low: 80.0, high: 90.0 };
        let tolerance = Tolerance::new(ToleranceUnit::Points, 0.0, 2.0).unwrap();
        let rule = Threshold::new(Polarity::Range, aim, tolerance).unwrap();
        for (value, colour) in [
            (77.9, Colour::Red),
            (78.0, Colour::Amber),
            (80.0, Colour::Green),
            (90.0, Colour::Green),
            (92.0, Colour::Amber),
            (92.1, Colour::Red),
        ] {
            assert_eq!(rule.judge(value).colour, colour, "{value}");
        }
    }

    #[test]
    fn what_cannot_be_judged_is_refused_when_it_is_made() {
        let five = Tolerance::new(ToleranceUnit::Relative, 0.0, 5.0).unwrap();
        for aim in [0.0, -1.0] {
            let error = Threshold::new(Polarity::Lower, Aim::Value(aim), five).unwrap_err();
            assert!(matches!(error, ThresholdError::RelativeToNothing { .. }));
            assert!(Threshold::new(Polarity::Lower, Aim::Value(aim), Tolerance::NONE).is_ok());
        }
        assert!(Threshold::new(Polarity::None, Aim::Value(1.0), five).is_err());
        assert!(Threshold::new(Polarity::Range, Aim::Value(1.0), five).is_err());
        assert!(Threshold::new(Polarity::Higher, Aim::Range { low: 1.0, high: 2.0 }, five).is_err());
        assert!(Threshold::new(Polarity::Range, Aim::Range { low: 2.0, high: 1.0 }, five).is_err());
        assert!(Threshold::new(Polarity::Higher, Aim::Value(f64::NAN), five).is_err());
    }

    proptest! {
        #[test]
        fn a_value_printed_as_exactly_the_threshold_is_on_it(
            aim in 1u32..100_000, tenths in 1u32..1000, higher in any::<bool>(),
        ) {
            // Exact decimal arithmetic in integers: aim in hundredths, tolerance in tenths of a percent.
            let (hundredths, millionths) = (u64::from(aim), u64::from(aim) * u64::from(tenths));
            let limit = if higher { hundredths * 100_000 - millionths * 100 } else { hundredths * 100_000 + millionths * 100 };
            let printed: f64 = format!("{}.{:07}", limit / 10_000_000, limit % 10_000_000).parse().unwrap();
            let polarity = if higher { Polarity::Higher } else { Polarity::Lower };
            let rule = threshold(polarity, f64::from(aim) / 100.0, ToleranceUnit::Relative, 0.0, f64::from(tenths) / 10.0);
            prop_assert_eq!(rule.judge(printed).colour, Colour::Amber);
            let beyond = if higher { printed - 1e-6 } else { printed + 1e-6 };
            prop_assert_eq!(rule.judge(beyond).colour, Colour::Red);
        }

        #[test]
        fn a_mirrored_polarity_gives_the_mirrored_status(
            aim in 1.0f64..1000.0, value in -2000.0f64..2000.0, green in 0.0f64..50.0, amber in 0.0f64..50.0,
        ) {
            let (unit, amber) = (ToleranceUnit::Points, green + amber);
            let lower = threshold(Polarity::Lower, aim, unit, green, amber).judge(value);
            let higher = threshold(Polarity::Higher, -aim, unit, green, amber).judge(-value);
            prop_assert_eq!(lower.colour, higher.colour);
            prop_assert_eq!(lower.variance, -higher.variance);
        }

        #[test]
        fn a_better_value_or_a_wider_tolerance_never_worsens_a_status(
            aim in 1.0f64..1000.0, value in 0.0f64..2000.0, better in 0.0f64..500.0,
            amber in 0.0f64..50.0, wider in 0.0f64..50.0, higher in any::<bool>(),
        ) {
            let polarity = if higher { Polarity::Higher } else { Polarity::Lower };
            let narrow = threshold(polarity, aim, ToleranceUnit::Relative, 0.0, amber);
            let wide = threshold(polarity, aim, ToleranceUnit::Relative, 0.0, amber + wider);
            let moved = if higher { value + better } else { value - better };
            prop_assert!(narrow.judge(moved).colour <= narrow.judge(value).colour);
            prop_assert!(wide.judge(value).colour <= narrow.judge(value).colour);
        }
    }
}
