//! What if: the statuses of a history under one set of rules, counted; and what is needed from now on to
//! meet a target at the end of a year.

use super::{Counts, EscalationEvent, Report, replay_escalation};
use crate::evaluate::{History, Value, Valuer, Viewpoint, status};
use crate::framework::{Calculation, Framework, Indicator, Trigger};
use crate::ident::AreaCode;
use crate::series::OverTime;
use crate::target::{Colour, Status};
use crate::time::{Period, PeriodKind};

/// What a set of rules would have said over a history.
#[derive(Debug, Clone, PartialEq)]
pub struct Replay {
    /// The status of each period, in order of time.
    pub statuses: Vec<(Period, Status)>,
    /// How many periods had which status.
    pub counts: Counts,
    /// The first red period.
    pub first_red: Option<Period>,
    /// The greatest number of assessed periods running that were red.
    pub longest_red: u32,
    /// How often it would have been raised.
    pub raised: u32,
    /// The period in which it would first have been raised.
    pub first_raised: Option<Period>,
}

/// Judges every period of a history, seen from a level, and counts what would have been escalated after so
/// many red periods and cleared after so many others.
#[must_use]
pub fn replay(
    framework: &Framework,
    history: &History<'_>,
    view: &Viewpoint,
    (raise_after, clear_after): (u32, u32),
) -> Replay {
    let statuses: Vec<(Period, Status)> = history
        .values()
        .iter()
        .enumerate()
        .map(|(place, value)| (value.period, status(framework, history, place, view)))
        .collect();
    let reports: Vec<Report> = statuses
        .iter()
        .map(|&(period, status)| Report {
            period,
            on: period.end(),
            status,
            when: Trigger::Red,
            raise_after,
            clear_after,
        })
        .collect();
    let steps = replay_escalation(&reports, &[]);
    let raised = || {
        let raised = steps.iter().filter(|step| step.event == Some(EscalationEvent::Raised));
        raised.filter_map(|step| Some(step.report?.period))
    };
    let red = Status::Assessed(Colour::Red);
    let mut run = 0;
    let longest_red =
        statuses.iter().filter(|(_, status)| status.colour().is_some()).fold(0, |longest, of| {
            run = if of.1 == red { run + 1 } else { 0 };
            longest.max(run)
        });
    Replay {
        counts: Counts::of(statuses.iter().map(|(_, status)| *status)),
        first_red: statuses.iter().find(|(_, status)| *status == red).map(|(period, _)| *period),
        longest_red,
        raised: u32::try_from(raised().count()).unwrap_or(u32::MAX),
        first_raised: raised().next(),
        statuses,
    }
}

/// What is needed in the rest of a period to meet a value at its end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Needed {
    /// The parts of the period that are known, and those that are still to come.
    pub known: u32,
    /// The parts that are still to come.
    pub remaining: u32,
    /// The first and the last part that is still to come.
    pub rest: (Period, Period),
    /// What each part has been worth so far, on average: a count, or a rate where denominators are counted
    /// with their numerators.
    pub so_far: f64,
    /// What each remaining part may or must be worth.
    pub needed: f64,
    /// Whether `so_far` and `needed` are counts of the numerator or values in the indicator's unit.
    pub is_count: bool,
    /// What would be reported at the end if the rest were as the parts so far.
    pub projected: f64,
}

/// What is needed in each part of a period that is still to come so that the indicator comes to `aim` at its
/// end. A ratio of observed parts is taken to go on with the denominators it has had on average.
///
/// # Errors
/// In words, why it cannot be said: nothing is known yet, everything is known, a part before the last
/// known one is missing, values of the indicator do not add up over time, or what they come to is beyond all
/// numbers.
pub fn needed(
    framework: &Framework,
    valuer: &Valuer<'_>,
    indicator: &Indicator,
    area: &AreaCode,
    period: Period,
    aim: f64,
) -> Result<Needed, String> {
    let kind = part_kind(framework, indicator, period).ok_or_else(|| {
        format!("{} is not made of shorter periods, so that nothing can be said before its end", indicator.id)
    })?;
    let parts: Vec<Period> =
        period.split(kind).ok_or_else(|| format!("{period} is not made of periods of {kind}"))?.collect();
    let values = valuer.values(indicator, area, &parts);
    // A ratio of observed parts is known where both are: the one without the other tells nothing.
    let in_pairs = indicator.calculation.parts().is_some_and(|parts| parts.population_year.is_none());
    let is_known = |value: &&Value| numerator(value).is_some() && (!in_pairs || value.denominator.is_some());
    let known = values.iter().take_while(is_known).count();
    if values[known..].iter().any(|value| is_known(&value)) {
        return Err(format!("{} has no figure, and later periods have one", parts[known]));
    }
    if known == 0 {
        return Err(format!("nothing is known of {period} yet"));
    }
    if known == parts.len() {
        return Err(format!("{period} is known as a whole"));
    }
    let (k, all) = (known as f64, parts.len() as f64);
    let rest = (parts[known], parts[parts.len() - 1]);
    let sum: f64 = values[..known].iter().filter_map(numerator).sum();
    let counted = |aimed: f64, projected: f64| Needed {
        known: known as u32,
        remaining: (parts.len() - known) as u32,
        rest,
        so_far: sum / k,
        needed: (aimed - sum) / (all - k),
        is_count: true,
        projected,
    };
    let found = match &indicator.calculation {
        Calculation::Count(_) => counted(aim, sum / k * all),
        Calculation::Mean(_) => counted(aim * all, sum / k),
        Calculation::Published(_) => return Err(format!("{} is published as it stands", indicator.id)),
        Calculation::Rate(rate) | Calculation::Percentage { parts: rate, .. } => {
            let (per, complement) = indicator.calculation.multiplier().unwrap_or((rate.per, false));
            let turned = |value: f64| if complement { per - value } else { value };
            if rate.population_year.is_some() {
                let whole = valuer.values(indicator, area, &[period]);
                let population = whole.first().and_then(|value| value.denominator);
                let population = population.ok_or_else(|| format!("there is no population for {period}"))?;
                let projected = turned(sum / k * all / population * per);
                counted(turned(aim) / per * population, projected)
            } else {
                let below: f64 = values[..known].iter().filter_map(|value| value.denominator).sum();
                if below <= 0.0 {
                    return Err(format!("there is no denominator for {period} yet"));
                }
                let whole = below / k * all;
                let ratio = (turned(aim) / per * whole - sum) / (whole - below);
                Needed {
                    so_far: turned(sum / below * per),
                    needed: turned(ratio * per),
                    is_count: false,
                    ..counted(0.0, turned(sum / below * per))
                }
            }
        }
        other => return Err(format!("{}, {}: its bands weigh differently", indicator.id, other.name())),
    };
    match [found.so_far, found.needed, found.projected].iter().all(|figure| figure.is_finite()) {
        true => Ok(found),
        false => Err(format!("the figures of {period} come to more than a number holds")),
    }
}

/// What was counted in a part of a period.
fn numerator(value: &Value) -> Option<f64> {
    value.numerator.or(value.value.ok())
}

/// The shortest kind of period that all that is counted adds up from.
fn part_kind(framework: &Framework, indicator: &Indicator, period: Period) -> Option<PeriodKind> {
    let expression = match &indicator.calculation {
        Calculation::Count(expression) | Calculation::Mean(expression) => expression,
        Calculation::Rate(rate) | Calculation::Percentage { parts: rate, .. } => &rate.numerator,
        _ => return None,
    };
    let mut kinds = Vec::new();
    for id in expression.measures() {
        let measure = framework.measure(id.as_str())?;
        let adds = match indicator.calculation {
            Calculation::Mean(_) => true,
            _ => measure.over_time == OverTime::Sum,
        };
        if !adds {
            return None;
        }
        kinds.push(measure.frequency);
    }
    let kind = *kinds.first()?;
    (kind != period.kind() && kinds.iter().all(|other| *other == kind)).then_some(kind)
}
