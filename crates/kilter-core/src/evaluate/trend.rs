//! Trends of two kinds: short, against one earlier value; long, against the mean of several. In terms of
//! better and worse, and never of the status: a red indicator may be getting better.

use super::History;
use crate::framework::{MinimumChange, TrendBasis};
use crate::series::Marks;
use crate::target::{Aim, Polarity, same};
use crate::time::Period;
use std::fmt;

/// A direction in terms of better and worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trend {
    /// Better.
    Better,
    /// Worse.
    Worse,
    /// Neither.
    Steady,
    /// It cannot be said, and why.
    Unknown(NoTrend),
}

/// Why there is no trend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoTrend {
    /// Fewer than two comparable values.
    TooFewPoints,
    /// The series is broken between them.
    BreakInSeries,
    /// Neither direction is better.
    NoPolarity,
}

impl fmt::Display for Trend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Steady => "steady",
            Self::Unknown(NoTrend::TooFewPoints) => "too few points",
            Self::Unknown(NoTrend::BreakInSeries) => "break in series",
            Self::Unknown(NoTrend::NoPolarity) => "no polarity",
        })
    }
}

/// A trend and the value it was compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrendPoint {
    /// The direction.
    pub trend: Trend,
    /// What the value was compared with: an earlier value, or the mean of earlier ones.
    pub against: Option<f64>,
    /// The first period of what it was compared with.
    pub since: Option<Period>,
}

impl TrendPoint {
    fn unknown(reason: NoTrend) -> Self {
        Self { trend: Trend::Unknown(reason), against: None, since: None }
    }
}

/// Earlier values that a value can be compared with, the latest first, and whether a break kept more away.
struct Earlier {
    points: Vec<(Period, f64)>,
    broken: bool,
}

impl History<'_> {
    /// The short trend at a place: against the last value before it, or that of the same period last year.
    /// `aim` is what is aimed at, where the indicator's polarity is a range.
    #[must_use]
    pub fn short_trend(&self, place: usize, aim: Option<Aim>) -> TrendPoint {
        self.trend(place, aim, 1)
    }

    /// The long trend at a place: against the mean of the values of the window of the indicator's rule.
    #[must_use]
    pub fn long_trend(&self, place: usize, aim: Option<Aim>) -> TrendPoint {
        self.trend(place, aim, self.indicator().trend.window() as usize)
    }

    /// How many periods the short trend has run: how often in a row the value has moved the way it did last.
    #[must_use]
    pub fn trend_run(&self, place: usize, aim: Option<Aim>) -> u32 {
        let now = self.short_trend(place, aim).trend;
        if matches!(now, Trend::Unknown(_)) {
            return 0;
        }
        let places = (0..=place).rev().filter(|place| self.values()[*place].value.is_ok());
        let run = places.take_while(|place| self.short_trend(*place, aim).trend == now).count();
        u32::try_from(run).unwrap_or(u32::MAX)
    }

    fn trend(&self, place: usize, aim: Option<Aim>, n: usize) -> TrendPoint {
        let indicator = self.indicator();
        if indicator.polarity == Polarity::None {
            return TrendPoint::unknown(NoTrend::NoPolarity);
        }
        let now = &self.values()[place];
        let Ok(value) = now.value else { return TrendPoint::unknown(NoTrend::TooFewPoints) };
        let earlier = match indicator.trend.basis() {
            TrendBasis::Ongoing => self.just_before(place, n),
            TrendBasis::YearOnYear => self.years_before(place, n),
        };
        let points = earlier.points;
        if points.len() < n.min(2) || points.is_empty() {
            let broken = earlier.broken;
            return TrendPoint::unknown(if broken { NoTrend::BreakInSeries } else { NoTrend::TooFewPoints });
        }
        let count = points.len() as f64;
        let sum = points.iter().map(|(_, v)| v).sum::<f64>();
        // A mean of numbers is one, also where their sum is beyond all numbers.
        let against = if sum.is_finite() { sum / count } else { points.iter().map(|(_, v)| v / count).sum() };
        let since = points.last().map(|(period, _)| *period);
        match direction(indicator.polarity, aim, indicator.trend.minimum(), value, against) {
            Some(trend) => TrendPoint { trend, against: Some(against), since },
            None => TrendPoint::unknown(NoTrend::NoPolarity),
        }
    }

    /// The last values before a place, up to a break. A break stands at the first value after it: nothing
    /// from there on compares with what came before.
    fn just_before(&self, place: usize, n: usize) -> Earlier {
        let mut broken = self.values()[place].marks.has(Marks::BREAK);
        let mut points = Vec::with_capacity(n);
        for point in self.values()[..place].iter().rev() {
            if broken || points.len() == n {
                break;
            }
            if let Ok(v) = point.value {
                points.push((point.period, v));
            }
            broken |= point.marks.has(Marks::BREAK);
        }
        Earlier { points, broken }
    }

    /// The values of the same period in the n years before, up to a break.
    fn years_before(&self, place: usize, n: usize) -> Earlier {
        let mut points = Vec::with_capacity(n);
        let mut broken = false;
        let mut period = self.values()[place].period;
        let mut after = place;
        for _ in 0..n {
            let Some(earlier) = period.year_before().and_then(|before| {
                period = before;
                self.place(before)
            }) else {
                break;
            };
            broken |= self.is_broken(earlier, after);
            if broken {
                break;
            }
            if let Ok(v) = self.values()[earlier].value {
                points.push((period, v));
            }
            after = earlier;
        }
        Earlier { points, broken }
    }

    /// Whether the series is broken between two places: at the later one or before it, after the earlier.
    pub(super) fn is_broken(&self, earlier: usize, later: usize) -> bool {
        self.values()[earlier + 1..=later].iter().any(|value| value.marks.has(Marks::BREAK))
    }
}

/// The direction from one value to another; `None` where neither is better.
fn direction(
    polarity: Polarity,
    aim: Option<Aim>,
    minimum: MinimumChange,
    value: f64,
    against: f64,
) -> Option<Trend> {
    let badness = |v: f64| match (polarity, aim) {
        (Polarity::Lower, _) => Some(v),
        (Polarity::Higher, _) => Some(-v),
        (_, Some(Aim::Range { low, high })) => Some((low - v).max(v - high).max(0.0)),
        _ => None,
    };
    let (now, before) = (badness(value)?, badness(against)?);
    let least = match minimum {
        MinimumChange::Points(points) => points,
        MinimumChange::Percent(percent) => against.abs() * percent / 100.0,
    };
    let reaches = |a: f64, b: f64| a >= b || same(a, b);
    Some(if now == before || same(value, against) {
        Trend::Steady
    } else if reaches(before, now + least) {
        Trend::Better
    } else if reaches(now, before + least) {
        Trend::Worse
    } else {
        Trend::Steady
    })
}
