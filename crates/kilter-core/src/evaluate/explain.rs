//! The reckoning behind a status in one line of words, enough to repeat it by hand.

use super::values::years_of;
use super::{AimInForce, Evaluation, NoAim, TargetInForce};
use crate::framework::{Calculation, Indicator, ToleranceOrigin};
use crate::method::half_up;
use crate::series::Marks;
use crate::target::{Aim, Baseline, Colour, Goal, Offset, Polarity, Status, Threshold};
use crate::time::Period;

/// A number as a person would write it, rounded half up.
#[must_use]
pub fn written(value: f64, decimals: u32) -> String {
    format!("{:.*}", decimals as usize, half_up(value, decimals))
}

/// A number that a person wrote as it was written, and one derived from others with no more decimals than
/// it needs and no more than so many.
fn short(value: f64, decimals: u32) -> String {
    /// More decimals than people write.
    const COMPUTED: usize = 6;
    let exact = value.to_string();
    if exact.split_once('.').is_none_or(|(_, fraction)| fraction.len() <= COMPUTED) {
        return exact;
    }
    let text = written(value, decimals);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A number with its unit: a percent sign stands close behind it, a pound sign before it.
#[must_use]
pub fn with_unit(number: &str, unit: &str) -> String {
    match (unit.strip_prefix('£'), unit.starts_with('%')) {
        (Some(rest), _) => format!("£{number}{rest}"),
        (None, true) => format!("{number}{unit}"),
        (None, false) => format!("{number} {unit}"),
    }
}

/// What is aimed at, in words: "at most 600", "80 to 90".
#[must_use]
pub fn aim_in_words(threshold: Threshold, decimals: u32) -> String {
    match (threshold.aim(), threshold.polarity()) {
        (Aim::Value(aim), Polarity::Lower) => format!("at most {}", short(aim, decimals)),
        (Aim::Value(aim), _) => format!("at least {}", short(aim, decimals)),
        (Aim::Range { low, high }, _) => format!("{} to {}", short(low, decimals), short(high, decimals)),
    }
}

/// How a target came to its value, in words; empty for one that was written as it is.
#[must_use]
pub fn basis_in_words(target: &TargetInForce<'_>, period: Period, decimals: u32) -> String {
    let by = |offset: Offset| match offset {
        Offset::Points(0.0) => String::new(),
        offset => format!("{offset} on "),
    };
    let from = match target.aim {
        Ok(AimInForce { from, .. }) => from,
        Err(_) => None,
    };
    match (&target.target.goal, from) {
        (Goal::Fixed(_), _) => String::new(),
        (Goal::PerPeriod(_), _) => format!("for {period}"),
        (Goal::Trajectory(line), _) => {
            let ((a, start), (b, end)) = (line.from(), line.to());
            format!("on the line from {} in {a} to {} in {b}", short(start, decimals), short(end, decimals))
        }
        (Goal::Change(change), from) => match (change.baseline, from) {
            (Baseline::Value(value), _) => {
                format!("{}a baseline of {}", by(change.by), short(value, decimals))
            }
            (Baseline::Period(of), Some((value, _))) => {
                format!("{}{} in {of}", by(change.by), written(value, decimals))
            }
            (Baseline::Period(of), None) => format!("{}{of}", by(change.by)),
        },
        (Goal::Comparator(comparator), Some((value, of))) => {
            let value = written(value, decimals);
            format!("{}{}, {value} in {of}", by(comparator.offset), comparator.against)
        }
        (Goal::Comparator(comparator), None) => format!("{}{}", by(comparator.offset), comparator.against),
    }
}

/// For whom a target is and who set it, in words: "for S12000005, at level board, national standard".
#[must_use]
pub fn scope_in_words(target: &TargetInForce<'_>) -> String {
    let of = target.target;
    let mut parts = Vec::new();
    parts.extend(of.area.as_ref().map(|area| format!("for {area}")));
    parts.extend(of.level.as_ref().map(|level| format!("at level {level}")));
    parts.extend(of.origin.map(|origin| origin.to_string()));
    parts.join(", ")
}

/// Where a tolerance comes from where it is not the target's own, in words.
#[must_use]
pub fn tolerance_origin_in_words(origin: ToleranceOrigin) -> &'static str {
    match origin {
        ToleranceOrigin::IndicatorAtLevel => "of the indicator at this level",
        ToleranceOrigin::Level => "of the level",
        ToleranceOrigin::Indicator => "of the indicator",
        ToleranceOrigin::TargetAtLevel | ToleranceOrigin::Target | ToleranceOrigin::None => "",
    }
}

/// Why it is not known what a target aims at, in words.
#[must_use]
pub fn no_aim_in_words(no_aim: NoAim) -> String {
    match no_aim {
        NoAim::NoValueForPeriod => "it gives none for the period".to_owned(),
        NoAim::OtherLength => "it is for periods of another length".to_owned(),
        NoAim::NothingToCompare => "there is nothing to compare with".to_owned(),
        NoAim::Missing(missing) => format!("what it compares with has no value: {missing}"),
        NoAim::BreakInSeries => "the series is broken since its baseline".to_owned(),
        NoAim::RelativeToNothing(aim) => format!("a percentage of {aim} is no tolerance"),
    }
}

/// What the status of an evaluation rests on.
pub(super) fn explain(indicator: &Indicator, evaluation: &Evaluation<'_>) -> String {
    let value = &evaluation.value;
    let decimals = indicator.decimals.max(1) + 1;
    let mut text = match value.value {
        Err(missing) => format!("{}: {missing}", value.period),
        Ok(v) => match (value.numerator, value.denominator) {
            (Some(n), Some(d)) if matches!(indicator.calculation, Calculation::Standardised(_)) => format!(
                "{}: {} of {}, standardised, give {}",
                value.period,
                written(n, 1).trim_end_matches(".0"),
                written(d, 1).trim_end_matches(".0"),
                with_unit(&written(v, decimals), &indicator.unit)
            ),
            (Some(n), Some(d))
                if matches!(
                    indicator.calculation,
                    Calculation::StandardisedRatio(_) | Calculation::IndirectRate(_)
                ) =>
            {
                format!(
                    "{}: {} where {} are expected gives {}",
                    value.period,
                    written(n, 1).trim_end_matches(".0"),
                    written(d, 1).trim_end_matches(".0"),
                    with_unit(&written(v, decimals), &indicator.unit)
                )
            }
            (Some(n), Some(d)) => format!(
                "{}: {} of {}{} gives {}",
                value.period,
                written(n, 1).trim_end_matches(".0"),
                written(d, 1).trim_end_matches(".0"),
                match &indicator.calculation {
                    Calculation::Inequality(_) => ", group by group,",
                    Calculation::LifeExpectancy(_) => ", at these and all other ages,",
                    Calculation::ScotPho(_) => " a year, on average,",
                    _ => "",
                },
                with_unit(&written(v, decimals), &indicator.unit)
            ),
            _ => format!("{}: {}", value.period, with_unit(&written(v, decimals), &indicator.unit)),
        },
    };
    if let Some(population) = value.population {
        match years_of(value.period).len() {
            1 => text += &format!("; mid-year population of {}", population.used),
            n => text += &format!("; mid-year populations of the {n} years to {}", population.used),
        }
        if population.used != population.due {
            text += &format!(" carried forward to {}", population.due);
        }
    }
    if value.marks != Marks::NONE {
        text += &format!("; {}", value.marks);
    }
    if let Some(compared) = evaluation.compared.filter(|compared| Ok(*compared) != value.value) {
        text += &format!("; compared as published, {}", written(compared, indicator.decimals));
    }
    if let (Some(target), Some(v)) = (&evaluation.target, evaluation.compared) {
        text += &target_in_words(target, evaluation, v, decimals);
    }
    match evaluation.status {
        Status::Assessed(colour) => text += &format!(": {colour}"),
        Status::NotAssessed(reason) => text += &format!(": not assessed, {reason}"),
    }
    if let Some(manual) = evaluation.manual {
        text +=
            &format!("; {} by judgement of {} on {}: {}", manual.status, manual.by, manual.on, manual.reason);
    }
    text
}

fn target_in_words(
    target: &TargetInForce<'_>,
    evaluation: &Evaluation<'_>,
    compared: f64,
    decimals: u32,
) -> String {
    let basis = basis_in_words(target, evaluation.value.period, decimals);
    let basis = if basis.is_empty() { basis } else { format!(" ({basis})") };
    let scope = scope_in_words(target);
    let scope = if scope.is_empty() { scope } else { format!(", {scope}") };
    let from = target.target.from;
    let Some(threshold) = target.threshold else {
        let why = target.aim.err().map(no_aim_in_words).unwrap_or_default();
        return format!("; target{basis} from {from}{scope}: {why}");
    };
    let mut text = format!("; target {}{basis} from {from}{scope}", aim_in_words(threshold, decimals));
    if threshold.tolerance().amber() > 0.0 {
        let origin = match tolerance_origin_in_words(target.tolerance_origin) {
            "" => String::new(),
            words => format!(" {words}"),
        };
        let limit = written(threshold.limit(Colour::Amber, compared), decimals);
        text += &format!(", tolerance {}{origin} (to {limit})", threshold.tolerance());
    }
    if let Some(judgement) = evaluation.judgement {
        text += &format!("; variance {}", written(judgement.variance, decimals));
        if let Some(percent) = judgement.variance_percent {
            text += &format!(" ({}%)", written(percent, 1));
        }
    }
    text
}
