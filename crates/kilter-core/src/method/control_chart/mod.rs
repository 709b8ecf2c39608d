//! Control charts of single values (XmR), as NHS England's "Making Data Count" draws them: whether a series
//! shows more than its own common cause variation, and what its process can be expected to meet.
//!
//! A chart takes values in the order of time, one place for every period, with nothing where there is no
//! value. It knows no dates: that every period has its place, once, is for the caller to see to. Everything
//! that other tools decide in silence is a field of [`Settings`] without a default. Limits are not clipped,
//! neither at zero nor at 100 percent.

mod limits;
mod shewhart;
pub(crate) mod side_by_side;
mod signals;
#[cfg(test)]
mod tests;

pub use limits::{Limits, Screening};
pub use shewhart::{
    RatioChart, ShewhartChart, ShewhartError, ShewhartKind, ShewhartPart, ShewhartPoint, ShewhartSettings,
    ValueChart, of_ratios, of_values,
};
pub use signals::{RuleSet, Signal, Signals};

use super::run_chart::parts;
use std::fmt;
use std::ops::Range;
use thiserror::Error;

/// From so many values on the limits of a segment are no longer on trial.
const FIRM_FROM: usize = 13;

/// The fewest places that limits may be fixed on.
pub(crate) const FIX_AFTER_AT_LEAST: usize = 12;

/// In which direction of a value things get better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Improvement {
    /// Higher is better.
    Increase,
    /// Lower is better.
    Decrease,
    /// Neither: a change is a change.
    Neutral,
}

/// What a chart is drawn by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings<'a> {
    /// In which direction things get better.
    pub improvement: Improvement,
    /// Which patterns are special.
    pub rules: RuleSet,
    /// Whether great moving ranges count towards the limits.
    pub screening: Screening,
    /// The places from which the limits are calculated anew, ascending. The first segment begins at 0,
    /// whether that is named or not. When to begin anew is a judgement about the service, never made here.
    pub starts: &'a [usize],
    /// The limits of each segment rest on so many of its first places, gaps among them, and hold for the
    /// rest; `None` for all of its places. At least 12.
    pub fix_after: Option<usize>,
    /// Places that are shown and count towards nothing: neither mean, nor limits, nor patterns, which they
    /// break as gaps do. In any order. Each is marked where it lies outside the limits, and put down to
    /// nothing: what happened there is known.
    pub excluded: &'a [usize],
}

/// Which way a special value stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// Above what is usual, or rising.
    High,
    /// Below what is usual, or falling.
    Low,
}

/// What a value is put down to. That of the last value is the meaning of the variation icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The variation that the process always has: no signal.
    Common,
    /// Special, and for the better.
    Improvement(Side),
    /// Special, and for the worse.
    Concern(Side),
    /// Special, where neither direction is better.
    Neutral(Side),
}

impl Side {
    /// On which side of another a value lies; `None` where it lies on it, or one of them is not a number.
    ///
    /// ```
    /// use kilter_core::method::control_chart::Side;
    /// assert_eq!([3.0, 2.0, 1.0].map(|value| Side::of(value, 2.0)), [Some(Side::High), None, Some(Side::Low)]);
    /// assert_eq!(Side::of(f64::NAN, 2.0), None);
    /// ```
    #[must_use]
    pub fn of(value: f64, other: f64) -> Option<Self> {
        if value > other {
            Some(Self::High)
        } else if value < other {
            Some(Self::Low)
        } else {
            None
        }
    }
}

impl Cause {
    /// What a value with that signal, or none, is put down to.
    pub(crate) fn of(signal: Option<Signal>, improvement: Improvement) -> Self {
        match (signal.map(Signal::side), improvement) {
            (None, _) => Self::Common,
            (Some(side), Improvement::Neutral) => Self::Neutral(side),
            (Some(side @ Side::High), Improvement::Increase)
            | (Some(side @ Side::Low), Improvement::Decrease) => Self::Improvement(side),
            (Some(side), _) => Self::Concern(side),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Common => "common cause",
            Self::Improvement(Side::High) => "improvement, high",
            Self::Improvement(Side::Low) => "improvement, low",
            Self::Concern(Side::High) => "concern, high",
            Self::Concern(Side::Low) => "concern, low",
            Self::Neutral(Side::High) => "special, high",
            Self::Neutral(Side::Low) => "special, low",
        })
    }
}

/// Whether the process, as it is now, can be expected to meet a target: the meaning of the assurance icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Assurance {
    /// The target lies beyond the limits on the worse side: it will be met.
    ConsistentlyPasses,
    /// The target lies beyond the limits on the better side: it will be missed.
    ConsistentlyFails,
    /// The target lies between the limits or on one: it will be met and missed by chance.
    HitAndMiss,
    /// The last segment has no limits, so nothing can be said.
    NoLimits,
    /// Neither direction is better, so no target can be met.
    NoDirection,
}

impl Assurance {
    /// Whether limits of that process let one expect to meet a target, a number in their unit.
    ///
    /// ```
    /// use kilter_core::method::control_chart::{Assurance, Improvement, Limits};
    /// let limits = Limits { lower: 4.0, near_lower: 6.0, near_upper: 14.0, upper: 16.0 };
    /// let of = |target| Assurance::of(target, Some(limits), Improvement::Decrease);
    /// assert_eq!([20.0, 16.0, 3.0].map(of),
    ///     [Assurance::ConsistentlyPasses, Assurance::HitAndMiss, Assurance::ConsistentlyFails]);
    /// assert_eq!(Assurance::of(5.0, None, Improvement::Decrease), Assurance::NoLimits);
    /// ```
    #[must_use]
    pub fn of(target: f64, limits: Option<Limits>, improvement: Improvement) -> Self {
        let side = limits.map(|limits| limits.left_by(target));
        match (improvement, side) {
            (Improvement::Neutral, _) => Self::NoDirection,
            (_, None) => Self::NoLimits,
            (_, Some(None)) => Self::HitAndMiss,
            (Improvement::Increase, Some(Some(Side::High)))
            | (Improvement::Decrease, Some(Some(Side::Low))) => Self::ConsistentlyFails,
            _ => Self::ConsistentlyPasses,
        }
    }
}

impl fmt::Display for Assurance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::ConsistentlyPasses => "consistently passes",
            Self::ConsistentlyFails => "consistently fails",
            Self::HitAndMiss => "hit and miss",
            Self::NoLimits => "no limits",
            Self::NoDirection => "no direction of improvement",
        })
    }
}

/// One place of a chart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The value; `None` for a gap.
    pub value: Option<f64>,
    /// The number of its segment, from 0.
    pub segment: usize,
    /// The mean of its segment; `None` where that has no value to rest on.
    pub mean: Option<f64>,
    /// The limits of its segment; `None` where it has no moving range to rest on.
    pub limits: Option<Limits>,
    /// Every pattern that the value is part of; none for a gap.
    pub signals: Signals,
    /// The pattern that names its cause: the first of them in the order of [`Signal`]. Where a rise and a fall
    /// meet in one value, it is that which begins there.
    pub signal: Option<Signal>,
    /// What the value is put down to; `None` for a gap and for what is left out.
    pub cause: Option<Cause>,
    /// Whether it counts: it is not among those excluded.
    pub included: bool,
}

/// How many values of a segment are put down to what. Gaps and excluded places are not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// All values.
    pub values: usize,
    /// Those without a signal.
    pub common: usize,
    /// Those that are special for the better.
    pub improvement: usize,
    /// Those that are special for the worse.
    pub concern: usize,
    /// Those that are special where neither direction is better.
    pub neutral: usize,
}

/// The places between two calculations of the limits, and what was found there.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// Its places.
    pub places: Range<usize>,
    /// The mean that its limits stand about; `None` where there is no value to rest on.
    pub mean: Option<f64>,
    /// The limits; `None` where there is no moving range to rest on.
    pub limits: Option<Limits>,
    /// Whether there are fewer than 13 values: limits are given all the same, but may still move a lot.
    pub on_trial: bool,
    /// How many values are put down to what.
    pub tally: Tally,
    /// What its last value is put down to.
    pub latest: Option<Cause>,
}

/// A drawn chart: all its places, and its segments, of which there is at least one.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    points: Vec<Point>,
    segments: Vec<Segment>,
    improvement: Improvement,
}

/// Why there is no chart, or no assurance.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum ChartError {
    /// A value is infinite or not a number.
    #[error("place {place}: {found} is no finite number; a gap is given as no value")]
    NotFinite {
        /// Its place, from 0.
        place: usize,
        /// What stands there.
        found: f64,
    },
    /// A segment begins where none can.
    #[error("a segment begins at place {found} of {places}: starts ascend, each of them a place")]
    BadStart {
        /// The start.
        found: usize,
        /// How many places there are.
        places: usize,
    },
    /// A place is excluded that is none.
    #[error("place {found} is excluded, and there are {places}")]
    BadExclusion {
        /// The place, from 0.
        found: usize,
        /// How many places there are.
        places: usize,
    },
    /// Limits are to be fixed on too few places.
    #[error("limits are to be fixed on the first {found} places: they need at least 12")]
    FixedTooEarly {
        /// How many places.
        found: usize,
    },
    /// The target is infinite or not a number.
    #[error("the target is {found}: it has to be a finite number")]
    BadTarget {
        /// The target.
        found: f64,
    },
    /// The values stand too far apart for their limits to be numbers.
    #[error("the values stand too far apart for limits")]
    TooLarge,
}

impl Chart {
    /// Its places, in the order of the values given.
    #[must_use]
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// Its segments, the oldest first. There is one even where there is no value.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// What the last value is put down to: the variation icon. `None` where there is no value at all.
    ///
    /// A gap at the end does not hide the value before it; whether that is still news is for the caller, who
    /// knows the dates.
    #[must_use]
    pub fn variation(&self) -> Option<Cause> {
        self.points.iter().rev().find_map(|point| point.cause)
    }

    /// Whether the process can be expected to meet the target: the assurance icon, from the limits of the last
    /// segment. The target is the latest one, in the unit of the values.
    ///
    /// # Errors
    /// [`ChartError::BadTarget`] for a target that is not finite.
    pub fn assurance(&self, target: f64) -> Result<Assurance, ChartError> {
        if !target.is_finite() {
            return Err(ChartError::BadTarget { found: target });
        }
        let limits = self.segments.last().and_then(|segment| segment.limits);
        Ok(Assurance::of(target, limits, self.improvement))
    }
}

/// The control chart of single values, in the order of time; `None` is a gap.
///
/// Each segment has the mean of its values, and limits 2.66 times the mean moving range from it: the
/// distances between neighbours (Shewhart's chart for individuals, as Wheeler, "Understanding Variation",
/// teaches it; 2.66 is 3 over 1.128). The near limits stand at two thirds of that. Moving ranges bridge
/// neither gaps nor starts of segments, and no pattern does.
///
/// Where the data do not suffice, the answers are these:
/// - no value: neither mean nor limits; a single value, or only values between gaps: a mean without limits;
/// - without limits, only the mean is there to compare with: trends and runs are found, nothing else;
/// - all values equal: limits on the mean, and common cause, with [`Screening::Off`] and
///   [`Screening::OnceUnlessFlat`]; no limits with [`Screening::Once`], which leaves no range over;
/// - nearly all equal: with [`Screening::Once`] only the zeros may be left, and then every value off the mean
///   is outside the limits. [`Screening::OnceUnlessFlat`] is there for such series;
/// - fewer than 13 values: limits, on trial.
///
/// # Errors
/// [`ChartError`]: a value that is not finite, a start that is no place or does not ascend, an excluded place
/// that is none, limits fixed on fewer than 12 places.
///
/// # Examples
/// ```
/// use kilter_core::method::control_chart::{
///     xmr, Assurance, Cause, ChartError, Improvement, RuleSet, Screening, Settings, Side, Signal,
/// };
/// let settings = Settings {
///     improvement: Improvement::Decrease,
///     rules: RuleSet::MakingDataCount,
///     screening: Screening::Once,
///     starts: &[],
///     fix_after: None,
///     excluded: &[],
/// };
/// let mut days = vec![Some(4.0), Some(5.0), Some(4.5), Some(5.5), Some(5.0), Some(4.0), Some(4.8)];
/// days.extend([Some(5.2), Some(4.4), Some(5.1), Some(4.6), Some(12.0)]);
/// let chart = xmr(&days, &settings)?;
/// assert!(chart.points()[11].signals.has(Signal::AboveLimit));
/// assert_eq!(chart.variation(), Some(Cause::Concern(Side::High)));
/// assert_eq!(chart.assurance(3.0)?, Assurance::ConsistentlyFails);
///
/// days[0] = Some(f64::NAN);
/// assert!(matches!(xmr(&days, &settings), Err(ChartError::NotFinite { place: 0, .. })));
/// # Ok::<(), ChartError>(())
/// ```
pub fn xmr(values: &[Option<f64>], settings: &Settings<'_>) -> Result<Chart, ChartError> {
    for (place, value) in values.iter().enumerate() {
        if let Some(found) = value.filter(|value| !value.is_finite()) {
            return Err(ChartError::NotFinite { place, found });
        }
    }
    if let Some(found) = settings.fix_after.filter(|places| *places < FIX_AFTER_AT_LEAST) {
        return Err(ChartError::FixedTooEarly { found });
    }
    let mut chart = Chart {
        points: Vec::with_capacity(values.len()),
        segments: Vec::with_capacity(settings.starts.len() + 1),
        improvement: settings.improvement,
    };
    let places = values.len();
    let (mut counting, mut included) = (values.to_vec(), vec![true; places]);
    for &found in settings.excluded {
        *counting.get_mut(found).ok_or(ChartError::BadExclusion { found, places })? = None;
        included[found] = false;
    }
    let segments = parts(places, settings.starts);
    for places in segments.map_err(|found| ChartError::BadStart { found, places })? {
        let (segment, counted) = (&values[places.clone()], &counting[places.clone()]);
        let base = &counted[..settings.fix_after.map_or(segment.len(), |places| places.min(segment.len()))];
        let mean = limits::mean(base.iter().flatten().copied());
        let limits = mean.and_then(|mean| limits::about(mean, base, settings.screening));
        if !limits::finite(mean, limits) {
            return Err(ChartError::TooLarge);
        }
        let number = chart.segments.len();
        let points = signals::find(segment, counted, mean, limits.as_ref(), settings.rules)
            .into_iter()
            .zip(places.clone())
            .map(|((signals, signal), place)| Point {
                value: values[place],
                segment: number,
                mean,
                limits,
                signals,
                signal,
                cause: counting[place].map(|_| Cause::of(signal, settings.improvement)),
                included: included[place],
            });
        chart.points.extend(points);
        let causes = || chart.points[places.start..].iter().filter_map(|point| point.cause);
        let count = |of: fn(Cause) -> bool| causes().filter(|cause| of(*cause)).count();
        let tally = Tally {
            values: causes().count(),
            common: count(|cause| cause == Cause::Common),
            improvement: count(|cause| matches!(cause, Cause::Improvement(_))),
            concern: count(|cause| matches!(cause, Cause::Concern(_))),
            neutral: count(|cause| matches!(cause, Cause::Neutral(_))),
        };
        let latest = causes().next_back();
        let on_trial = tally.values < FIRM_FROM;
        chart.segments.push(Segment { places, mean, limits, on_trial, tally, latest });
    }
    Ok(chart)
}
