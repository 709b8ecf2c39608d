//! Several verdicts side by side: the status against the target, the trends, the signal of a control chart
//! and the comparison with others, and where they contradict one another. Each is right by its own rule;
//! a reader who sees only one of them is misled.

use super::{
    ChartSignal, Compared, Evaluation, History, NotCompared, Standing, Trend, chart_signal, limits_of,
};
use crate::framework::{Calculation, Indicator};
use crate::method::control_chart::{Assurance, Cause};
use crate::method::interval::Confidence;
use crate::method::trend_test::{
    self, Direction, FivePointTrend, ProportionPoint, RatePoint, five_proportions, five_rates,
};
use crate::target::{Colour, Polarity};
use crate::time::PeriodKind;
use std::fmt;

/// Why there is no statistical trend over five years.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NoFivePoints {
    /// The values are not those of years that follow one another without overlap.
    NotYearly,
    /// One of the last five years has no value, or there are fewer.
    TooFewPoints,
    /// The series is broken within the last five years.
    BreakInSeries,
    /// The indicator names no interval by which values could be weighed.
    NoInterval,
    /// The values do not allow it.
    Method(trend_test::NoTrend),
}

impl fmt::Display for NoFivePoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotYearly => f.pad("not yearly"),
            Self::TooFewPoints => f.pad("too few points"),
            Self::BreakInSeries => f.pad("break in series"),
            Self::NoInterval => f.pad("no interval"),
            Self::Method(why) => f.pad(&why.to_string()),
        }
    }
}

/// How many years the statistical trend is taken over.
const FIVE: usize = 5;

/// The chi-squared trend of the five years up to a place of a history.
///
/// # Errors
/// Why there is none.
pub fn five_point_trend(history: &History<'_>, place: usize) -> Result<FivePointTrend, NoFivePoints> {
    let indicator = history.indicator();
    let values = history.values();
    if !matches!(values[place].period.kind(), PeriodKind::FinancialYear | PeriodKind::CalendarYear) {
        return Err(NoFivePoints::NotYearly);
    }
    let first = (place + 1).checked_sub(FIVE).ok_or(NoFivePoints::TooFewPoints)?;
    let five = &values[first..=place];
    let follow = values[place].period.minus(values[first].period) == i32::try_from(FIVE - 1).ok();
    if !follow || five.iter().any(|value| value.value.is_err()) {
        return Err(NoFivePoints::TooFewPoints);
    }
    if history.is_broken(first, place) {
        return Err(NoFivePoints::BreakInSeries);
    }
    if indicator.interval.is_none() {
        return Err(NoFivePoints::NoInterval);
    }
    if let Calculation::Percentage { complement, .. } = indicator.calculation {
        let parts = five.iter().map(|value| {
            let (above, below) = value.numerator.zip(value.denominator)?;
            let numerator = if complement { below - above } else { above };
            Some(ProportionPoint { numerator, denominator: below })
        });
        let points: Option<Vec<ProportionPoint>> = parts.collect();
        return five_proportions(&points.ok_or(NoFivePoints::NoInterval)?).map_err(NoFivePoints::Method);
    }
    let points: Result<Vec<RatePoint>, NotCompared> = five
        .iter()
        .map(|value| {
            let limits = limits_of(indicator, value, Confidence::P95)?.limits;
            Ok(RatePoint { value: value.value.unwrap_or_default(), limits })
        })
        .collect();
    five_rates(&points.map_err(|_| NoFivePoints::NoInterval)?).map_err(NoFivePoints::Method)
}

/// A statistical trend in terms of better and worse; steady where it is not significant.
#[must_use]
pub fn five_point_direction(polarity: Polarity, found: &FivePointTrend) -> Trend {
    match (polarity, found.direction) {
        (_, Direction::NoSignificantChange) => Trend::Steady,
        (Polarity::Higher, Direction::Increasing) | (Polarity::Lower, Direction::Decreasing) => Trend::Better,
        (Polarity::Higher, Direction::Decreasing) | (Polarity::Lower, Direction::Increasing) => Trend::Worse,
        _ => Trend::Unknown(super::NoTrend::NoPolarity),
    }
}

/// Two verdicts that a reader would not expect side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Contradiction {
    /// Green, and getting worse by the long, the statistical or the chart's verdict.
    GreenButWorsening,
    /// Red, and getting better.
    RedButImproving,
    /// Red, and nothing but the variation that the process always has: asking for a reason for this value
    /// would be asking for a reason for chance.
    RedButCommonCause,
    /// Green by chance: the process cannot be expected to meet the target again.
    GreenButNotAssured,
    /// The target is met, and the value is worse than the comparator's.
    GreenButWorseThanComparator,
    /// The target is missed, and the value is better than the comparator's.
    RedButBetterThanComparator,
    /// The short and the long trend point in opposite directions.
    TrendsDisagree,
}

impl Contradiction {
    /// All with their names in results.
    pub const NAMES: [(&'static str, Self); 7] = [
        ("green but worsening", Self::GreenButWorsening),
        ("red but improving", Self::RedButImproving),
        ("red but common cause", Self::RedButCommonCause),
        ("green but not assured", Self::GreenButNotAssured),
        ("green but worse than comparator", Self::GreenButWorseThanComparator),
        ("red but better than comparator", Self::RedButBetterThanComparator),
        ("short and long trend disagree", Self::TrendsDisagree),
    ];
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Self::NAMES.iter().find(|(_, of)| of == self).map_or("", |(name, _)| name))
    }
}

/// Every verdict on a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdicts {
    /// The statistical trend of five years.
    pub five_points: Result<FivePointTrend, NoFivePoints>,
    /// What the control chart says; `None` where there is none.
    pub chart: Option<ChartSignal>,
    /// The comparison.
    pub comparison: Compared,
    /// Where they contradict one another.
    pub contradictions: Vec<Contradiction>,
}

/// Puts the verdicts on the value at a place of a history side by side.
#[must_use]
pub fn verdicts(
    history: &History<'_>,
    place: usize,
    evaluation: &Evaluation<'_>,
    comparison: Compared,
) -> Verdicts {
    let aim = evaluation.target.and_then(|target| target.threshold).map(|threshold| threshold.aim());
    let five_points = five_point_trend(history, place);
    let chart = chart_signal(history, place, aim);
    let contradictions = contradictions(
        history.indicator(),
        evaluation,
        five_points.as_ref().ok(),
        chart.as_ref(),
        &comparison,
    );
    Verdicts { five_points, chart, comparison, contradictions }
}

fn contradictions(
    indicator: &Indicator,
    evaluation: &Evaluation<'_>,
    five_points: Option<&FivePointTrend>,
    chart: Option<&ChartSignal>,
    comparison: &Compared,
) -> Vec<Contradiction> {
    let statistical = five_points.map(|found| five_point_direction(indicator.polarity, found));
    let (short, long) = (evaluation.short_trend.trend, evaluation.long_trend.trend);
    let cause = chart.map(|chart| chart.cause);
    let worsening =
        long == Trend::Worse || statistical == Some(Trend::Worse) || matches!(cause, Some(Cause::Concern(_)));
    let improving = long == Trend::Better
        || statistical == Some(Trend::Better)
        || matches!(cause, Some(Cause::Improvement(_)));
    let colour = evaluation.status.colour();
    let (green, red) = (colour == Some(Colour::Green), colour == Some(Colour::Red));
    let assurance = chart.and_then(|chart| chart.assurance);
    let standing = comparison.standing.ok();
    [
        (green && worsening, Contradiction::GreenButWorsening),
        (red && improving, Contradiction::RedButImproving),
        (red && cause == Some(Cause::Common), Contradiction::RedButCommonCause),
        (
            green && matches!(assurance, Some(Assurance::HitAndMiss | Assurance::ConsistentlyFails)),
            Contradiction::GreenButNotAssured,
        ),
        (green && standing == Some(Standing::Worse), Contradiction::GreenButWorseThanComparator),
        (red && standing == Some(Standing::Better), Contradiction::RedButBetterThanComparator),
        (
            matches!((short, long), (Trend::Better, Trend::Worse) | (Trend::Worse, Trend::Better)),
            Contradiction::TrendsDisagree,
        ),
    ]
    .into_iter()
    .filter_map(|(holds, contradiction)| holds.then_some(contradiction))
    .collect()
}
