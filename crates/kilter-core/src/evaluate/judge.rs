//! The status of a value: which target is in force, what it aims at, by which tolerance it is judged.

use super::explain::explain;
use super::{History, TrendPoint, Value, is_still_to_come};
use crate::framework::{
    Calculation, Comparison, Development, Framework, Indicator, InequalityMeasure, ManualStatus, Subject,
    Target, ToleranceOrigin,
};
use crate::ident::LevelId;
use crate::method::{Missing, half_up};
use crate::target::{
    Against, Aim, Baseline, Goal, Judgement, NotAssessed, Offset, Polarity, Status, Threshold, Tolerance,
};
use crate::time::{Date, Period};

/// Who looks, and when.
///
/// ```
/// use kilter_core::evaluate::Viewpoint;
/// let anyone_at_any_time = Viewpoint::default();
/// assert!(anyone_at_any_time.level.is_none() && anyone_at_any_time.on.is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Viewpoint {
    /// The level by whose targets and tolerances values are judged; `None`: by those for all levels.
    pub level: Option<LevelId>,
    /// The reporting date, by which it is known whether figures are due; `None`: that is not asked.
    pub on: Option<Date>,
}

/// Why it is not known what a target aims at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NoAim {
    /// The target gives values for other periods.
    NoValueForPeriod,
    /// The target is for periods of another length, and values of the indicator grow with the period: what a
    /// month may come to says nothing of a year.
    OtherLength,
    /// What it compares with is the area itself, or does not exist.
    NothingToCompare,
    /// What it compares with has no value.
    Missing(Missing),
    /// The series is broken between the period and its baseline.
    BreakInSeries,
    /// The tolerance is a percentage of what turned out as 0 or below.
    RelativeToNothing(f64),
}

/// What a target aims at in a period, with the value it was derived from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AimInForce {
    /// What is aimed at.
    pub aim: Aim,
    /// The baseline or the comparator's value, with its period.
    pub from: Option<(f64, Period)>,
}

/// A target in force, with what it aims at and the tolerance it is applied with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TargetInForce<'f> {
    /// The target.
    pub target: &'f Target,
    /// What it aims at, or why that is not known.
    pub aim: Result<AimInForce, NoAim>,
    /// The tolerance.
    pub tolerance: Tolerance,
    /// Where the tolerance comes from.
    pub tolerance_origin: ToleranceOrigin,
    /// What values are judged by, where it is known what is aimed at.
    pub threshold: Option<Threshold>,
}

/// The evaluation of an indicator in an area and period.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation<'f> {
    /// The value and its parts.
    pub value: Value,
    /// The value that was compared with the target: rounded where the framework compares as published.
    pub compared: Option<f64>,
    /// The target in force.
    pub target: Option<TargetInForce<'f>>,
    /// The judgement, where value and target are there to make one.
    pub judgement: Option<Judgement>,
    /// The status that was computed.
    pub status: Status,
    /// The status that a person gave, beside it.
    pub manual: Option<&'f ManualStatus>,
    /// Against the last value before it, or that of the same period last year.
    pub short_trend: TrendPoint,
    /// Against the mean of several earlier values.
    pub long_trend: TrendPoint,
    /// How many periods the short trend has run.
    pub trend_run: u32,
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

/// Evaluates the value at a place of a history, seen from a level on a day.
///
/// # Panics
/// A place beyond the end of the history.
#[must_use]
pub fn evaluate<'f>(
    framework: &'f Framework,
    history: &History<'_>,
    place: usize,
    view: &Viewpoint,
) -> Evaluation<'f> {
    let indicator = history.indicator();
    let value = &history.values()[place];
    let assessed = assess(framework, history, place, view);
    let aim = assessed.target.and_then(|target| target.threshold).map(Threshold::aim);
    let subject = Subject::Indicator(indicator.id.clone());
    let mut evaluation = Evaluation {
        value: value.clone(),
        compared: assessed.compared,
        target: assessed.target,
        judgement: assessed.judgement,
        status: assessed.status,
        manual: framework.manual_status(&subject, history.area(), value.period),
        short_trend: history.short_trend(place, aim),
        long_trend: history.long_trend(place, aim),
        trend_run: history.trend_run(place, aim),
        explanation: String::new(),
    };
    evaluation.explanation = explain(indicator, &evaluation);
    evaluation
}

/// The status at a place of a history, without trends and words.
#[must_use]
pub fn status(framework: &Framework, history: &History<'_>, place: usize, view: &Viewpoint) -> Status {
    assess(framework, history, place, view).status
}

/// The target in force at a place of a history, with what it aims at.
#[must_use]
pub fn target_in_force<'f>(
    framework: &'f Framework,
    history: &History<'_>,
    place: usize,
    view: &Viewpoint,
) -> Option<TargetInForce<'f>> {
    let period = history.values()[place].period;
    let target = framework.target(&history.indicator().id, history.area(), period, view.level.as_ref())?;
    Some(apply(framework, target, history, place, view.level.as_ref()))
}

/// A target applied at a place of a history, whether it is the one in force or another.
#[must_use]
pub fn apply<'f>(
    framework: &'f Framework,
    target: &'f Target,
    history: &History<'_>,
    place: usize,
    level: Option<&LevelId>,
) -> TargetInForce<'f> {
    let indicator = history.indicator();
    let period = history.values()[place].period;
    let (tolerance, tolerance_origin) = framework.tolerance(target, period, level);
    let mut aim = aim(framework, target, history, place);
    let threshold = match aim {
        Ok(AimInForce { aim: known, .. }) => Threshold::new(indicator.polarity, known, tolerance).ok(),
        Err(_) => None,
    };
    if let (Ok(AimInForce { aim: Aim::Value(value), .. }), None) = (aim, threshold) {
        aim = Err(NoAim::RelativeToNothing(value));
    }
    TargetInForce { target, aim, tolerance, tolerance_origin, threshold }
}

struct Assessed<'f> {
    compared: Option<f64>,
    target: Option<TargetInForce<'f>>,
    judgement: Option<Judgement>,
    status: Status,
}

/// A value as it is compared: as computed, or as it is printed.
fn as_compared(framework: &Framework, indicator: &Indicator, value: f64) -> f64 {
    rounded_for(framework.comparison(), indicator, value)
}

pub(super) fn rounded_for(comparison: Comparison, indicator: &Indicator, value: f64) -> f64 {
    match comparison {
        Comparison::Unrounded => value,
        Comparison::AsPublished => half_up(value, indicator.decimals),
    }
}

/// Why no value of an indicator is assessed, whatever it is.
pub(super) fn reason_of_value(indicator: &Indicator) -> Option<NotAssessed> {
    match indicator.development {
        Development::UnderDevelopment => Some(NotAssessed::UnderDevelopment),
        Development::Complete => Some(NotAssessed::Complete),
        Development::DataOnly | Development::Retired => Some(NotAssessed::DataOnly),
        Development::Live if indicator.polarity == Polarity::None => Some(NotAssessed::DataOnly),
        Development::Live => None,
    }
}

/// The status of a period without a value.
pub(super) fn status_without_value(indicator: &Indicator, missing: Missing, to_come: bool) -> Status {
    Status::NotAssessed(match indicator.development {
        Development::Live => unassessed(missing, to_come),
        _ => reason_of_value(indicator).unwrap_or(NotAssessed::DataOnly),
    })
}

/// The status of a value that there is no threshold for, by what the target in force aims at.
pub(super) fn assessed_without_value(aim: Option<Result<AimInForce, NoAim>>) -> Status {
    Status::NotAssessed(match aim {
        Some(Err(NoAim::BreakInSeries)) => NotAssessed::BreakInSeries,
        Some(Err(NoAim::Missing(_) | NoAim::RelativeToNothing(_))) => NotAssessed::NoTargetValue,
        _ => NotAssessed::NoTarget,
    })
}

fn assess<'f>(
    framework: &'f Framework,
    history: &History<'_>,
    place: usize,
    view: &Viewpoint,
) -> Assessed<'f> {
    let indicator = history.indicator();
    let value = &history.values()[place];
    let target = target_in_force(framework, history, place, view);
    let compared = value.value.ok().map(|v| as_compared(framework, indicator, v));
    let threshold = target.and_then(|target| target.threshold);
    let judgement = compared.zip(threshold).map(|(value, threshold)| threshold.judge(value));
    let status = match (value.value, reason_of_value(indicator), judgement) {
        (Err(missing), ..) => {
            let to_come = view.on.is_some_and(|day| is_still_to_come(indicator, value.period, day));
            status_without_value(indicator, missing, to_come)
        }
        (Ok(_), Some(reason), _) => Status::NotAssessed(reason),
        (Ok(_), None, Some(judgement)) => Status::Assessed(judgement.colour),
        (Ok(_), None, None) => assessed_without_value(target.map(|target| target.aim)),
    };
    Assessed { compared, target, judgement, status }
}

fn unassessed(missing: Missing, to_come: bool) -> NotAssessed {
    match missing {
        Missing::NotYetPublished => NotAssessed::AwaitingData,
        Missing::NoData | Missing::IncompleteWindow if to_come => NotAssessed::AwaitingData,
        Missing::Suppressed => NotAssessed::Suppressed,
        Missing::IncompleteWindow => NotAssessed::IncompleteWindow,
        Missing::IncompleteArea | Missing::IncompleteBreakdown => NotAssessed::IncompleteParts,
        Missing::NotApplicable
        | Missing::ZeroDenominator
        | Missing::TooFewPeople
        | Missing::TooUncertain
        | Missing::TooFewAreas
        | Missing::NotCalculable => NotAssessed::NotApplicable,
        Missing::TooFewEvents => NotAssessed::TooFewEvents,
        Missing::NotCollected | Missing::NoData | Missing::NoPopulation | Missing::DoesNotAdd => {
            NotAssessed::NoData
        }
    }
}

/// What a target aims at, at a place of a history. A value that is derived from another is compared as the
/// framework compares values: where that is as published, it is rounded like them.
fn aim(
    framework: &Framework,
    target: &Target,
    history: &History<'_>,
    place: usize,
) -> Result<AimInForce, NoAim> {
    let period = history.values()[place].period;
    let own_length = history.indicator().frequency.length_in_months();
    if grows_with_the_period(&history.indicator().calculation)
        && period.kind().length_in_months() != own_length
        && period.kind() != history.indicator().frequency
    {
        return Err(NoAim::OtherLength);
    }
    let rounded = |value: f64| as_compared(framework, history.indicator(), value);
    let derived = |by: Offset, (value, of): (f64, Period)| AimInForce {
        aim: Aim::Value(rounded(by.from(value))),
        from: Some((value, of)),
    };
    match &target.goal {
        Goal::Fixed(aim) => Ok(AimInForce { aim: *aim, from: None }),
        Goal::PerPeriod(_) => match target.goal.known(period) {
            Some(aim) => Ok(AimInForce { aim, from: None }),
            None => Err(NoAim::NoValueForPeriod),
        },
        Goal::Trajectory(line) => Ok(AimInForce { aim: Aim::Value(rounded(line.at(period))), from: None }),
        Goal::Change(change) => match change.baseline {
            Baseline::Value(value) => Ok(derived(change.by, (value, period))),
            Baseline::Period(of) => own(history, place, of).map(|value| derived(change.by, (value, of))),
        },
        Goal::Comparator(comparator) => {
            let (value, of) = match comparator.against {
                Against::PreviousPeriod => previous(history, place)?,
                Against::SamePeriodLastYear => {
                    let of = period.year_before().ok_or(NoAim::NothingToCompare)?;
                    (own(history, place, of)?, of)
                }
                _ => match history.beside(&comparator.against, place) {
                    None => return Err(NoAim::NothingToCompare),
                    Some(Err(missing)) => return Err(NoAim::Missing(missing)),
                    Some(Ok(value)) => (value, period),
                },
            };
            Ok(derived(comparator.offset, (value, of)))
        }
    }
}

/// Whether a longer period has a greater value: what is counted, and rates of it per head of a population.
fn grows_with_the_period(calculation: &Calculation) -> bool {
    match calculation {
        Calculation::Count(_) => true,
        // What is expected grows with it too, and the mean of years is one of a year.
        Calculation::StandardisedRatio(_) | Calculation::LifeExpectancy(_) | Calculation::ScotPho(_) => false,
        Calculation::Inequality(of) => {
            matches!(of.measure, InequalityMeasure::SlopeIndex | InequalityMeasure::AbsoluteRange)
                && of.parts.population_year.is_some()
        }
        other => other.parts().is_some_and(|parts| parts.population_year.is_some()),
    }
}

/// The area's own value in another period, with no break between.
fn own(history: &History<'_>, place: usize, of: Period) -> Result<f64, NoAim> {
    let value = history.own(of).ok_or(NoAim::Missing(Missing::NoData))?;
    let broken = match history.place(of) {
        Some(earlier) if earlier < place => history.is_broken(earlier, place),
        Some(later) if later > place => history.is_broken(place, later),
        Some(_) => false,
        // A baseline of another kind of period, or before the history: a break anywhere since is one.
        None => history.values()[..=place]
            .iter()
            .any(|v| v.period.start() > of.start() && v.marks.has(crate::series::Marks::BREAK)),
    };
    match value.value {
        _ if broken => Err(NoAim::BreakInSeries),
        Ok(value) => Ok(value),
        Err(missing) => Err(NoAim::Missing(missing)),
    }
}

/// The last value before a place, with no break between.
fn previous(history: &History<'_>, place: usize) -> Result<(f64, Period), NoAim> {
    let earlier = history.values()[..place]
        .iter()
        .rposition(|value| value.value.is_ok())
        .ok_or(NoAim::Missing(Missing::NoData))?;
    let of = history.values()[earlier].period;
    own(history, place, of).map(|value| (value, of))
}
