//! The patterns that common cause variation would rarely make. Finds all of them, and which goes first.

use super::{Limits, Side};
use std::fmt;

/// So many values in a row make a trend, or a run on one side of the mean.
const IN_A_ROW: usize = 7;

/// Which patterns are special. Both sets know the same four: a value outside the limits; seven rising or
/// falling; two of three beyond the near limit, with all three on that side of the mean; seven on one side of
/// the mean. They differ in the third.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RuleSet {
    /// As "Making Data Count" announced in November 2023: a value outside the limits counts among the two of
    /// three.
    MakingDataCount,
    /// As the R package NHSRplotthedots (0.2.2) has it: only values between the near limit and the limit count
    /// among the two of three.
    NhsrPlotTheDots,
}

/// A pattern, and its side. Their order is the order in which they name the cause of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signal {
    /// The value is above the upper limit.
    AboveLimit,
    /// The value is below the lower limit.
    BelowLimit,
    /// The value is part of seven or more, each above the one before.
    Rising,
    /// The value is part of seven or more, each below the one before.
    Falling,
    /// The value is beyond the upper near limit, and so is at least one of three neighbours above the mean.
    TwoOfThreeHigh,
    /// The value is beyond the lower near limit, and so is at least one of three neighbours below the mean.
    TwoOfThreeLow,
    /// The value is part of seven or more above the mean. A value on the mean ends the run.
    RunAbove,
    /// The value is part of seven or more below the mean. A value on the mean ends the run.
    RunBelow,
}

impl Signal {
    /// All of them with their names in results, in the order in which they name a cause.
    pub const NAMES: [(&'static str, Self); 8] = [
        ("above the upper limit", Self::AboveLimit),
        ("below the lower limit", Self::BelowLimit),
        ("seven rising", Self::Rising),
        ("seven falling", Self::Falling),
        ("two of three near the upper limit", Self::TwoOfThreeHigh),
        ("two of three near the lower limit", Self::TwoOfThreeLow),
        ("seven above the mean", Self::RunAbove),
        ("seven below the mean", Self::RunBelow),
    ];

    /// Which way the value stands out.
    #[must_use]
    pub fn side(self) -> Side {
        match self {
            Self::AboveLimit | Self::Rising | Self::TwoOfThreeHigh | Self::RunAbove => Side::High,
            Self::BelowLimit | Self::Falling | Self::TwoOfThreeLow | Self::RunBelow => Side::Low,
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Self::NAMES.iter().find(|(_, s)| s == self).map_or("", |(name, _)| name))
    }
}

/// The patterns that one value is part of.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(transparent)]
pub struct Signals(u8);

impl Signals {
    /// No pattern.
    pub const NONE: Self = Self(0);

    /// Whether that pattern is among them.
    #[must_use]
    pub fn has(self, signal: Signal) -> bool {
        self.0 & 1 << signal as u8 != 0
    }

    /// Whether there is no pattern.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::NONE
    }

    /// The patterns, in the order of [`Signal`].
    pub fn iter(self) -> impl Iterator<Item = Signal> {
        Signal::NAMES.into_iter().map(|(_, signal)| signal).filter(move |signal| self.has(*signal))
    }

    /// The patterns as one number: the first of [`Signal`] is its lowest bit.
    #[must_use]
    pub fn bits(self) -> u8 {
        self.0
    }

    #[inline]
    pub(super) fn of_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// Adds a pattern.
    pub(crate) fn insert(&mut self, signal: Signal) {
        self.0 |= 1 << signal as u8;
    }
}

impl fmt::Debug for Signals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// For every place of a segment the patterns of its value, and the one that names its cause. Values that do not
/// count are only marked where they lie outside; to every other pattern they are gaps.
pub(super) fn find(
    shown: &[Option<f64>],
    values: &[Option<f64>],
    mean: Option<f64>,
    limits: Option<&Limits>,
    rules: RuleSet,
) -> Vec<(Signals, Option<Signal>)> {
    let mut found = vec![Signals::NONE; values.len()];
    let sides: Vec<Option<Side>> = values.iter().map(|value| side(*value, mean)).collect();
    if let Some(limits) = limits {
        outside(shown, limits, &mut found);
        two_of_three(values, &sides, limits, rules, &mut found);
    }
    let steps: Vec<Option<Side>> = values.windows(2).map(|pair| side(pair[1], pair[0])).collect();
    for (side, run, trend) in
        [(Side::High, Signal::RunAbove, Signal::Rising), (Side::Low, Signal::RunBelow, Signal::Falling)]
    {
        mark_runs(&sides, side, IN_A_ROW, 0, run, &mut found);
        // One step fewer than values, and a run of steps ends at the value after its last.
        mark_runs(&steps, side, IN_A_ROW - 1, 1, trend, &mut found);
    }
    let first = |(place, signals): (usize, Signals)| {
        let signal = match signals.iter().next() {
            // The value on which a rise and a fall meet belongs to what follows it.
            Some(Signal::Rising)
                if signals.has(Signal::Falling) && steps.get(place) == Some(&Some(Side::Low)) =>
            {
                Some(Signal::Falling)
            }
            first => first,
        };
        (signals, signal)
    };
    found.into_iter().enumerate().map(first).collect()
}

/// On which side of another a value lies; `None` where it lies on it, or either is missing.
fn side(value: Option<f64>, other: Option<f64>) -> Option<Side> {
    Side::of(value?, other?)
}

fn outside(values: &[Option<f64>], limits: &Limits, found: &mut [Signals]) {
    for (value, signals) in values.iter().zip(found) {
        match value.and_then(|value| limits.left_by(value)) {
            Some(Side::High) => signals.insert(Signal::AboveLimit),
            Some(Side::Low) => signals.insert(Signal::BelowLimit),
            None => {}
        }
    }
}

fn two_of_three(
    values: &[Option<f64>],
    sides: &[Option<Side>],
    limits: &Limits,
    rules: RuleSet,
    found: &mut [Signals],
) {
    let counts = |value: Option<f64>| {
        value.is_some_and(|value| {
            let near = value > limits.near_upper || value < limits.near_lower;
            near && (limits.left_by(value).is_none() || rules == RuleSet::MakingDataCount)
        })
    };
    for start in 0..values.len().saturating_sub(2) {
        let three = start..start + 3;
        let signal = match sides[start] {
            Some(Side::High) => Signal::TwoOfThreeHigh,
            Some(Side::Low) => Signal::TwoOfThreeLow,
            None => continue,
        };
        let together = sides[three.clone()].iter().all(|side| *side == sides[start]);
        if together && values[three.clone()].iter().filter(|value| counts(**value)).count() >= 2 {
            three.filter(|place| counts(values[*place])).for_each(|place| found[place].insert(signal));
        }
    }
}

/// Marks every run of at least so many equal sides, and so many places beyond its end.
fn mark_runs(
    sides: &[Option<Side>],
    side: Side,
    at_least: usize,
    beyond: usize,
    signal: Signal,
    found: &mut [Signals],
) {
    let mut start = 0;
    for run in sides.chunk_by(|a, b| a == b) {
        let end = start + run.len();
        if run[0] == Some(side) && run.len() >= at_least {
            found[start..end + beyond].iter_mut().for_each(|signals| signals.insert(signal));
        }
        start = end;
    }
}
