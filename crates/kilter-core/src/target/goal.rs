//! Goals: what a target aims at, before it is known what that is for an area and a period.
//!
//! A fixed value is known at once; one value for each period and a straight line are known when the period
//! is; a change from a baseline and a comparator need other values of the indicator, which are looked up
//! elsewhere: nothing here knows a value.

use super::Aim;
use super::threshold::settled;
use crate::ident::AreaCode;
use crate::time::{Date, Period};
use chrono::Datelike;
use std::fmt;

/// Why what is written is no goal.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum GoalError {
    /// A straight line needs two points, the first before the second.
    #[error("trajectory: {to} does not come after {from}; a line runs from an earlier period to a later one")]
    Order {
        /// The period of the first point.
        from: Period,
        /// The period of the second.
        to: Period,
    },
    /// Two points of different kinds of period.
    #[error("trajectory: {from} and {to} are different kinds of period")]
    Kinds {
        /// The period of the first point.
        from: Period,
        /// The period of the second.
        to: Period,
    },
    /// A number that is not finite.
    #[error("{found} is not a target; expected a finite number")]
    Number {
        /// What was found.
        found: f64,
    },
    /// No period at all.
    #[error("values: there is none; expected a value for each period, as in {{ \"2023/24 Q1\" = 12.0 }}")]
    NoValues,
}

fn finite(value: f64) -> Result<f64, GoalError> {
    if value.is_finite() { Ok(value) } else { Err(GoalError::Number { found: value }) }
}

/// A straight line between two dated points: so much in the first period, so much in the second, equal
/// steps between them, and the second from then on.
///
/// ```
/// use kilter_core::target::Trajectory;
/// use kilter_core::time::Period;
/// let month = |m| Period::month(2023, m).unwrap();
/// let line = Trajectory::new((month(4), 100.0), (month(8), 80.0)).unwrap();
/// assert_eq!([4, 5, 6, 8, 12].map(|m| line.at(month(m))), [100.0, 95.0, 90.0, 80.0, 80.0]);
/// assert!(Trajectory::new((month(8), 80.0), (month(4), 100.0)).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trajectory {
    from: (Period, f64),
    to: (Period, f64),
}

/// The place of a period in time: its last month, or its last day where it is no number of months.
fn place(period: Period) -> f64 {
    let day: Date = period.end();
    period.months().map_or_else(|| f64::from(day.num_days_from_ce()), |months| f64::from(*months.end()))
}

impl Trajectory {
    /// A line between two points.
    ///
    /// # Errors
    /// Points in the wrong order, of different kinds of period, or not finite.
    pub fn new(from: (Period, f64), to: (Period, f64)) -> Result<Self, GoalError> {
        match to.0.minus(from.0) {
            None => return Err(GoalError::Kinds { from: from.0, to: to.0 }),
            Some(places) if places <= 0 => return Err(GoalError::Order { from: from.0, to: to.0 }),
            Some(_) => {}
        }
        Ok(Self { from: (from.0, finite(from.1)?), to: (to.0, finite(to.1)?) })
    }

    /// The first point.
    #[must_use]
    pub fn from(&self) -> (Period, f64) {
        self.from
    }

    /// The second point.
    #[must_use]
    pub fn to(&self) -> (Period, f64) {
        self.to
    }

    /// The value aimed at in a period. Before the first point it is that of the first, after the second
    /// that of the second.
    #[must_use]
    pub fn at(&self, period: Period) -> f64 {
        let same_scale = period.months().is_some() == self.from.0.months().is_some();
        let of = |period: Period| {
            if same_scale { place(period) } else { f64::from(period.end().num_days_from_ce()) }
        };
        let share = (of(period) - of(self.from.0)) / (of(self.to.0) - of(self.from.0));
        match share {
            share if share <= 0.0 => self.from.1,
            share if share >= 1.0 => self.to.1,
            share => {
                let (start, end) = (self.from.1, self.to.1);
                let value = settled(start + share * (end - start), start.abs().max(end.abs()));
                // Rounding may carry a point of the line beyond its end by a last digit.
                value.clamp(start.min(end), start.max(end))
            }
        }
    }
}

/// What a change is counted from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Baseline {
    /// The area's own value in a period, as it is known.
    Period(Period),
    /// A value that was agreed.
    Value(f64),
}

/// A difference from another value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Offset {
    /// Percent of it: -10 is a tenth less.
    Percent(f64),
    /// Points, in the unit of the indicator.
    Points(f64),
}

impl Offset {
    /// No difference.
    pub const NONE: Self = Self::Points(0.0);

    /// The other value with the difference.
    #[must_use]
    pub fn from(self, value: f64) -> f64 {
        let by = match self {
            Self::Percent(percent) => value.abs() * percent / 100.0,
            Self::Points(points) => points,
        };
        settled(value + by, value.abs().max(by.abs()))
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Percent(percent) => f.pad(&format!("{percent:+}%")),
            Self::Points(points) if *points == 0.0 => f.pad("no difference"),
            Self::Points(points) => f.pad(&format!("{points:+} points")),
        }
    }
}

/// A change from a baseline: a tenth less than in 2017/18.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// What it is counted from.
    pub baseline: Baseline,
    /// How much it is to be.
    pub by: Offset,
}

/// How the values of a group of peers become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeerStatistic {
    /// All of them together: the ratio of their sums.
    Total,
    /// The middle one; of two middle ones the mean.
    Median,
}

impl PeerStatistic {
    /// All with their names in a framework file.
    pub const NAMES: [(&'static str, Self); 2] = [("total", Self::Total), ("median", Self::Median)];
}

/// What a value is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Against {
    /// The nation that the area is a part of.
    Scotland,
    /// The smallest area that the area is a part of.
    Parent,
    /// A named area.
    Area(AreaCode),
    /// A named group of areas.
    Peers {
        /// The group: an area whose parts are the peers.
        group: AreaCode,
        /// How their values become one.
        statistic: PeerStatistic,
    },
    /// The area itself, in the last period before that has a value.
    PreviousPeriod,
    /// The area itself, a year before.
    SamePeriodLastYear,
}

impl fmt::Display for Against {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scotland => f.pad("Scotland"),
            Self::Parent => f.pad("the parent area"),
            Self::Area(code) => f.pad(code.as_str()),
            Self::Peers { group, statistic: PeerStatistic::Total } => f.pad(&format!("the group {group}")),
            Self::Peers { group, statistic: PeerStatistic::Median } => {
                f.pad(&format!("the median of the group {group}"))
            }
            Self::PreviousPeriod => f.pad("the previous period"),
            Self::SamePeriodLastYear => f.pad("the same period last year"),
        }
    }
}

/// A value to compare with, and by how much to differ from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparator {
    /// What it is.
    pub against: Against,
    /// By how much the value aimed at differs from it.
    pub offset: Offset,
}

/// What a target aims at.
#[derive(Debug, Clone, PartialEq)]
pub enum Goal {
    /// The same value or range in every period.
    Fixed(Aim),
    /// A value for each period, in order of time.
    PerPeriod(Vec<(Period, f64)>),
    /// A straight line between two dated points.
    Trajectory(Trajectory),
    /// A change from a baseline.
    Change(Change),
    /// What another value is.
    Comparator(Comparator),
}

impl Goal {
    /// A value for each period.
    ///
    /// # Errors
    /// No value, or one that is not finite.
    pub fn per_period(mut values: Vec<(Period, f64)>) -> Result<Self, GoalError> {
        if values.is_empty() {
            return Err(GoalError::NoValues);
        }
        for (_, value) in &values {
            finite(*value)?;
        }
        values.sort_by_key(|(period, _)| *period);
        Ok(Self::PerPeriod(values))
    }

    /// What is aimed at in a period, where that is known without any value of the indicator.
    #[must_use]
    pub fn known(&self, period: Period) -> Option<Aim> {
        match self {
            Self::Fixed(aim) => Some(*aim),
            Self::PerPeriod(values) => {
                values.iter().find(|(of, _)| *of == period).map(|(_, value)| Aim::Value(*value))
            }
            Self::Trajectory(line) => Some(Aim::Value(line.at(period))),
            Self::Change(Change { baseline: Baseline::Value(value), by }) => {
                Some(Aim::Value(by.from(*value)))
            }
            Self::Change(_) | Self::Comparator(_) => None,
        }
    }

    /// Every aim that the goal states by itself, by which a tolerance can be checked before any value is
    /// known: of a line its two ends, between which all others lie.
    #[must_use]
    pub fn stated(&self) -> Vec<Aim> {
        match self {
            Self::Fixed(aim) => vec![*aim],
            Self::PerPeriod(values) => values.iter().map(|(_, value)| Aim::Value(*value)).collect(),
            Self::Trajectory(line) => vec![Aim::Value(line.from.1), Aim::Value(line.to.1)],
            Self::Change(Change { baseline: Baseline::Value(value), by }) => {
                vec![Aim::Value(by.from(*value))]
            }
            Self::Change(_) | Self::Comparator(_) => Vec::new(),
        }
    }
}

/// Where a target comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A standard set nationally.
    NationalStandard,
    /// A target set by the partnership or its bodies.
    LocalTarget,
    /// A step on the way.
    ImprovementGoal,
    /// More than is expected. It gives a status only where no other target is in force.
    StretchAim,
}

impl Origin {
    /// All with their names in a framework file.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("national standard", Self::NationalStandard),
        ("local target", Self::LocalTarget),
        ("improvement goal", Self::ImprovementGoal),
        ("stretch aim", Self::StretchAim),
    ];
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Self::NAMES.iter().find(|(_, origin)| origin == self).map_or("", |(name, _)| name))
    }
}

/// Whether a target belongs to the functions that were delegated to an integration authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Function {
    /// An integration function.
    Integration,
    /// A function that was not integrated.
    NonIntegration,
}

impl Function {
    /// Both with their names in a framework file.
    pub const NAMES: [(&'static str, Self); 2] =
        [("integration", Self::Integration), ("non-integration", Self::NonIntegration)];
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Self::NAMES.iter().find(|(_, function)| function == self).map_or("", |(name, _)| name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::PeriodKind;
    use proptest::prelude::*;

    #[test]
    fn a_trajectory_of_months_is_read_by_quarters_at_their_last_month() {
        let month = |m| Period::month(2023, m).unwrap();
        let line = Trajectory::new((month(3), 0.0), (month(12), 90.0)).unwrap();
        let quarter = PeriodKind::Quarter.parse("2023 Q2").unwrap();
        assert_eq!(line.at(quarter), 30.0);
        let week = PeriodKind::Week.containing(month(12).end());
        assert_eq!(line.at(week), 90.0);
    }

    #[test]
    fn a_period_without_a_value_of_its_own_has_none() {
        let year = |y| Period::financial_year(y).unwrap();
        let goal = Goal::per_period(vec![(year(2024), 2.0), (year(2023), 1.0)]).unwrap();
        assert_eq!(goal.known(year(2023)), Some(Aim::Value(1.0)));
        assert_eq!(goal.known(year(2025)), None);
        assert!(Goal::per_period(vec![]).is_err());
        assert!(Goal::per_period(vec![(year(2024), f64::NAN)]).is_err());
    }

    proptest! {
        #[test]
        fn a_trajectory_stays_between_its_ends_and_meets_both(
            start in -1e6f64..1e6, end in -1e6f64..1e6, length in 1i32..240, at in -20i32..300,
        ) {
            let first = Period::month(2010, 4).unwrap();
            let line = Trajectory::new((first, start), (first.plus(length), end)).unwrap();
            prop_assert_eq!(line.at(first), start);
            prop_assert_eq!(line.at(first.plus(length)), end);
            let value = line.at(first.plus(at));
            prop_assert!(start.min(end) <= value && value <= start.max(end));
        }

        #[test]
        fn a_percentage_of_a_baseline_below_zero_moves_the_way_its_sign_says(
            base in -1000.0f64..1000.0, percent in 0.1f64..100.0,
        ) {
            prop_assert!(Offset::Percent(percent).from(base) >= base);
            prop_assert!(Offset::Percent(-percent).from(base) <= base);
        }
    }
}
