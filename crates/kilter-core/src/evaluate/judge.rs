//! Status and trend of a value, with the words that explain them.

use super::Value;
use crate::framework::{Comparison, Development, Framework, Indicator, Target};
use crate::ident::AreaCode;
use crate::method::{Missing, half_up};
use crate::series::Marks;
use crate::target::{Aim, Colour, Judgement, NotAssessed, Polarity, Status, Threshold, same};
use crate::time::Period;
use std::fmt;

/// How many earlier values the long trend is taken over.
const LONG_TREND: usize = 4;

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

/// The evaluation of an indicator in an area and period.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation<'f> {
    /// The value and its parts.
    pub value: Value,
    /// The target in force.
    pub target: Option<&'f Target>,
    /// The judgement, where value and target are there to make one.
    pub judgement: Option<Judgement>,
    /// The status.
    pub status: Status,
    /// Against the last value before it.
    pub short_trend: TrendPoint,
    /// Against the mean of the last four values before it.
    pub long_trend: TrendPoint,
    /// What the status rests on, in words, enough to recompute it by hand.
    pub explanation: String,
}

/// The place in a history of what is to be shown as the latest: the last period with a value; `None` in a
/// history of no periods. A figure that is only still to come is passed over; one that is withheld or
/// incomplete is not, since an older value in its place would hide that.
#[must_use]
pub fn latest(history: &[Value]) -> Option<usize> {
    let last = history.len().checked_sub(1)?;
    let still_to_come = |value: &Value| {
        matches!(
            value.value,
            Err(Missing::NoData | Missing::NotYetPublished | Missing::NotCollected | Missing::NoPopulation)
        )
    };
    Some(history.iter().rposition(|value| !still_to_come(value)).unwrap_or(last))
}

/// Evaluates the value at a place of an indicator's history in an area. `history` holds values of one
/// kind of period in order of time.
///
/// # Panics
/// A place beyond the end of the history.
#[must_use]
pub fn evaluate<'f>(
    framework: &'f Framework,
    indicator: &Indicator,
    area: &AreaCode,
    history: &[Value],
    place: usize,
) -> Evaluation<'f> {
    let value = history[place];
    let (target, judgement, status) = assess(framework, indicator, area, &value);
    let threshold = target.map(|target| target.threshold);
    let earlier = &history[..place];
    let short_trend = trend(indicator.polarity, threshold, earlier, value, 1);
    let long_trend = trend(indicator.polarity, threshold, earlier, value, LONG_TREND);
    let explanation = explain(indicator, &value, target, judgement, status);
    Evaluation { value, target, judgement, status, short_trend, long_trend, explanation }
}

/// The status of a value in an area, without trends and words.
#[must_use]
pub fn status(framework: &Framework, indicator: &Indicator, area: &AreaCode, value: &Value) -> Status {
    assess(framework, indicator, area, value).2
}

/// The target in force for a value, the judgement by it, and the status that follows.
fn assess<'f>(
    framework: &'f Framework,
    indicator: &Indicator,
    area: &AreaCode,
    value: &Value,
) -> (Option<&'f Target>, Option<Judgement>, Status) {
    let target = framework.target(&indicator.id, area, value.period);
    let compared = |v: f64| match framework.comparison() {
        Comparison::Unrounded => v,
        Comparison::AsPublished => half_up(v, indicator.decimals),
    };
    let reason = match (indicator.development, value.value) {
        (Development::UnderDevelopment, _) => Some(NotAssessed::UnderDevelopment),
        (Development::DataOnly | Development::Retired, _) => Some(NotAssessed::DataOnly),
        (Development::Live, Err(missing)) => Some(unassessed(missing)),
        (Development::Live, Ok(_)) if indicator.polarity == Polarity::None => Some(NotAssessed::DataOnly),
        (Development::Live, Ok(_)) => None,
    };
    let judgement = match (value.value, target) {
        (Ok(v), Some(target)) => Some(target.threshold.judge(compared(v))),
        _ => None,
    };
    let status = match (reason, judgement) {
        (Some(reason), _) => Status::NotAssessed(reason),
        (None, Some(judgement)) => Status::Assessed(judgement.colour),
        (None, None) => Status::NotAssessed(NotAssessed::NoTarget),
    };
    (target, judgement, status)
}

fn unassessed(missing: Missing) -> NotAssessed {
    match missing {
        Missing::Suppressed => NotAssessed::Suppressed,
        Missing::IncompleteWindow => NotAssessed::IncompleteWindow,
        Missing::IncompleteArea | Missing::IncompleteBreakdown => NotAssessed::IncompleteParts,
        Missing::NotYetPublished => NotAssessed::AwaitingData,
        Missing::NotApplicable | Missing::ZeroDenominator => NotAssessed::NotApplicable,
        Missing::NotCollected | Missing::NoData | Missing::NoPopulation | Missing::DoesNotAdd => {
            NotAssessed::NoData
        }
    }
}

/// The direction from the mean of the last n values before it; from the last one where n is 1.
fn trend(
    polarity: Polarity,
    threshold: Option<Threshold>,
    earlier: &[Value],
    now: Value,
    n: usize,
) -> TrendPoint {
    let unknown = |reason| TrendPoint { trend: Trend::Unknown(reason), against: None, since: None };
    if polarity == Polarity::None {
        return unknown(NoTrend::NoPolarity);
    }
    let Ok(value) = now.value else { return unknown(NoTrend::TooFewPoints) };
    // A break stands at the first value after it: nothing from there on compares with what came before.
    let mut broken = now.marks.has(Marks::BREAK);
    let mut points = Vec::with_capacity(n);
    for point in earlier.iter().rev() {
        if broken || points.len() == n {
            break;
        }
        if let Ok(v) = point.value {
            points.push((point.period, v));
        }
        broken |= point.marks.has(Marks::BREAK);
    }
    if points.len() < n.min(2) || points.is_empty() {
        return unknown(if broken { NoTrend::BreakInSeries } else { NoTrend::TooFewPoints });
    }
    let against = points.iter().map(|(_, v)| v).sum::<f64>() / points.len() as f64;
    let since = points.last().map(|(period, _)| *period);
    let gain = match (polarity, threshold.map(Threshold::aim)) {
        (Polarity::Lower, _) => against - value,
        (Polarity::Higher, _) => value - against,
        (_, Some(Aim::Range { low, high })) => {
            let distance = |v: f64| (low - v).max(v - high).max(0.0);
            distance(against) - distance(value)
        }
        _ => return unknown(NoTrend::NoPolarity),
    };
    let trend = if gain == 0.0 || same(value, against) {
        Trend::Steady
    } else if gain > 0.0 {
        Trend::Better
    } else {
        Trend::Worse
    };
    TrendPoint { trend, against: Some(against), since }
}

/// A number as a person would write it: rounded, without trailing zeros beyond its decimals.
fn written(value: f64, decimals: u32) -> String {
    format!("{:.*}", decimals as usize, half_up(value, decimals))
}

/// A number with its unit: a percent sign stands close behind it, a pound sign before it.
fn with_unit(number: &str, unit: &str) -> String {
    match (unit.strip_prefix('£'), unit.starts_with('%')) {
        (Some(rest), _) => format!("£{number}{rest}"),
        (None, true) => format!("{number}{unit}"),
        (None, false) => format!("{number} {unit}"),
    }
}

fn explain(
    indicator: &Indicator,
    value: &Value,
    target: Option<&Target>,
    judgement: Option<Judgement>,
    status: Status,
) -> String {
    let decimals = indicator.decimals.max(1) + 1;
    let mut text = match value.value {
        Err(missing) => format!("{}: {missing}", value.period),
        Ok(v) => match (value.numerator, value.denominator) {
            (Some(n), Some(d)) => format!(
                "{}: {} of {} gives {}",
                value.period,
                written(n, 1).trim_end_matches(".0"),
                written(d, 1).trim_end_matches(".0"),
                with_unit(&written(v, decimals), &indicator.unit)
            ),
            _ => format!("{}: {}", value.period, with_unit(&written(v, decimals), &indicator.unit)),
        },
    };
    if let Some(population) = value.population {
        text += &format!("; mid-year population of {}", population.used);
        if population.used != population.due {
            text += &format!(" carried forward to {}", population.due);
        }
    }
    if value.marks != Marks::NONE {
        text += &format!("; {}", value.marks);
    }
    if let (Some(target), Some(judgement), Ok(v)) = (target, judgement, value.value) {
        let threshold = target.threshold;
        let aim = match (threshold.aim(), threshold.polarity()) {
            (Aim::Value(aim), Polarity::Lower) => format!("at most {aim}"),
            (Aim::Value(aim), _) => format!("at least {aim}"),
            (Aim::Range { low, high }, _) => format!("{low} to {high}"),
        };
        text += &format!("; target {aim} from {}", target.from);
        if threshold.tolerance().amber() > 0.0 {
            text += &format!(
                ", tolerance {} (to {})",
                threshold.tolerance(),
                written(threshold.limit(Colour::Amber, v), decimals)
            );
        }
        text += &format!("; variance {}", written(judgement.variance, decimals));
        if let Some(percent) = judgement.variance_percent {
            text += &format!(" ({}%)", written(percent, 1));
        }
    }
    match status {
        Status::Assessed(colour) => text + &format!(": {colour}"),
        Status::NotAssessed(reason) => text + &format!(": not assessed, {reason}"),
    }
}
