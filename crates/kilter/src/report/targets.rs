//! Targets in words: what is aimed at and up to where the colours reach, and where that comes from where
//! it is not plain: what it was derived from, who set it, whose tolerance it is.

use super::words::{as_written, plain, with_sign};
use kilter_core::evaluate::{Evaluation, NoAim, TargetInForce, basis_in_words, tolerance_origin_in_words};
use kilter_core::framework::{Framework, Indicator};
use kilter_core::target::{
    Against, Aim, Baseline, Change, Colour, Comparator, Goal, Offset, Polarity, Threshold,
};

/// Everything that a line says of its target, in words.
pub(super) struct TargetWords {
    /// What is aimed at: "at most 600", or that there is no target or that its value is not known.
    pub aim: String,
    /// What it was derived from, or why its value is not known.
    pub basis: Option<String>,
    /// The same in a few words.
    pub short_basis: Option<String>,
    /// Who set it, and for which level.
    pub scope: Option<String>,
    /// The values at which the colours end; none where there is no target.
    pub limits: Vec<String>,
    /// Whose tolerance it is, where it is not the target's own.
    pub tolerance: Option<String>,
}

impl TargetWords {
    /// Words the target that an evaluation went by.
    pub fn new(evaluation: &Evaluation<'_>, indicator: &Indicator, framework: &Framework) -> Self {
        let Some(target) = &evaluation.target else {
            return Self {
                aim: "no target".to_owned(),
                basis: None,
                short_basis: None,
                scope: None,
                limits: Vec::new(),
                tolerance: None,
            };
        };
        let basis = basis(target, evaluation, indicator, framework);
        let scope = scope(target, framework);
        let Some(threshold) = target.threshold else {
            let why = why_none(target, evaluation);
            let basis = basis.map_or_else(|| why.clone(), |basis| format!("{basis}: {why}"));
            return Self {
                aim: not_known(target).to_owned(),
                short_basis: Some(match short_basis(target, framework) {
                    Some(short) => format!("{short}: {why}"),
                    None => why,
                }),
                basis: Some(basis),
                scope,
                limits: Vec::new(),
                tolerance: None,
            };
        };
        let tolerance = match tolerance_origin_in_words(target.tolerance_origin) {
            words if words.is_empty() || is_exact(threshold) => None,
            words => Some(format!("tolerance {words}")),
        };
        Self {
            aim: aim(threshold, indicator),
            short_basis: short_basis(target, framework).map(|short| match target.target.origin {
                Some(origin) => format!("{short}, {origin}"),
                None => short,
            }),
            basis,
            scope,
            limits: limits(threshold, indicator),
            tolerance,
        }
    }
}

/// What is aimed at in words: "at most 600".
fn aim(threshold: Threshold, indicator: &Indicator) -> String {
    let figure = |value: f64| {
        with_sign(&as_written(value, indicator.decimals, indicator.decimals + 2), &indicator.unit)
    };
    match (threshold.aim(), threshold.polarity()) {
        (Aim::Value(value), Polarity::Lower) => format!("at most {}", figure(value)),
        (Aim::Value(value), _) => format!("at least {}", figure(value)),
        (Aim::Range { low, high }, _) => format!("{} to {}", figure(low), figure(high)),
    }
}

/// A target that gives no value for a period, or compares with nothing, is none; that of another is there
/// and not known.
fn not_known(target: &TargetInForce<'_>) -> &'static str {
    match target.aim {
        Err(NoAim::NoValueForPeriod | NoAim::NothingToCompare | NoAim::OtherLength) => "no target",
        _ => "not known",
    }
}

fn why_none(target: &TargetInForce<'_>, evaluation: &Evaluation<'_>) -> String {
    match target.aim {
        Err(NoAim::NoValueForPeriod) => format!("none given for {}", evaluation.value.period),
        Err(NoAim::NothingToCompare) => "nothing to compare with".to_owned(),
        Err(NoAim::OtherLength) => "for periods of another length".to_owned(),
        Err(NoAim::Missing(missing)) => missing.to_string(),
        Err(NoAim::BreakInSeries) => "break in series since".to_owned(),
        Err(NoAim::RelativeToNothing(aim)) => {
            format!("{} cannot have a tolerance in percent", as_written(aim, 0, 2))
        }
        // A value that fits no threshold is refused when a framework is read.
        Ok(_) => "it cannot be judged by".to_owned(),
    }
}

/// How a derived target came to its value, with the names of areas in place of their codes.
fn basis(
    target: &TargetInForce<'_>,
    evaluation: &Evaluation<'_>,
    indicator: &Indicator,
    framework: &Framework,
) -> Option<String> {
    let text = basis_in_words(target, evaluation.value.period, indicator.decimals);
    (!text.is_empty()).then(|| plain(&named(text, &target.target.goal, framework)))
}

/// A text about a goal with the name of the area that the goal compares with in place of its code.
fn named(text: String, goal: &Goal, framework: &Framework) -> String {
    let Goal::Comparator(Comparator { against, .. }) = goal else { return text };
    let (Against::Area(code) | Against::Peers { group: code, .. }) = against else { return text };
    match framework.areas().get(code.as_str()) {
        Some(area) => text.replacen(code.as_str(), &area.name, 1),
        None => text,
    }
}

/// How a derived target came to its value, in a few words: "as Scotland", "-10% on 2017/18". A value that
/// was written for the period is plain.
fn short_basis(target: &TargetInForce<'_>, framework: &Framework) -> Option<String> {
    let by = |offset: Offset, what: &str| match offset {
        Offset::Points(0.0) => format!("as {what}"),
        offset => format!("{offset} on {what}"),
    };
    let goal = &target.target.goal;
    let text = match goal {
        Goal::Fixed(_) | Goal::PerPeriod(_) => return None,
        Goal::Trajectory(line) => format!("on the line to {}", line.to().0),
        Goal::Change(Change { baseline: Baseline::Value(_), by: offset }) => by(*offset, "the baseline"),
        Goal::Change(Change { baseline: Baseline::Period(of), by: Offset::Points(0.0) }) => {
            format!("as in {of}")
        }
        Goal::Change(Change { baseline: Baseline::Period(of), by: offset }) => by(*offset, &of.to_string()),
        Goal::Comparator(Comparator { against, offset }) => by(*offset, &against.to_string()),
    };
    Some(plain(&named(text, goal, framework)))
}

/// Who set a target, and for which level; nothing where neither is said.
fn scope(target: &TargetInForce<'_>, framework: &Framework) -> Option<String> {
    let origin = target.target.origin.map(|origin| origin.to_string());
    let level = target.target.level.as_ref().map(|id| {
        let title = framework.level(id.as_str()).map_or(id.as_str(), |level| level.title.as_str());
        format!("for {}", plain(title))
    });
    let parts: Vec<String> = origin.into_iter().chain(level).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// Whether a target is met or missed, and nothing between.
fn is_exact(threshold: Threshold) -> bool {
    threshold.tolerance().amber() == 0.0
}

/// The values at which the colours of a target end: "green to 430.5", "amber to 441".
fn limits(threshold: Threshold, indicator: &Indicator) -> Vec<String> {
    let tolerance = threshold.tolerance();
    let limit = |colour: Colour, value: f64| {
        let limit = threshold.limit(colour, value);
        with_sign(&as_written(limit, indicator.decimals, indicator.decimals + 2), &indicator.unit)
    };
    let ends = |colour: Colour| match threshold.aim() {
        Aim::Value(value) => format!("{colour} to {}", limit(colour, value)),
        Aim::Range { low, high: _ } => {
            format!("{colour} {} to {}", limit(colour, low), limit(colour, f64::MAX))
        }
    };
    if is_exact(threshold) {
        return vec!["no tolerance".to_owned()];
    }
    let mut limits = Vec::new();
    if tolerance.green() > 0.0 {
        limits.push(ends(Colour::Green));
    }
    if tolerance.amber() > tolerance.green() {
        limits.push(ends(Colour::Amber));
    }
    limits
}

/// All that is known of the target in force, in one sentence; `None` where there is none.
pub(super) fn fact(
    evaluation: &Evaluation<'_>,
    indicator: &Indicator,
    framework: &Framework,
) -> Option<String> {
    let in_force = evaluation.target.as_ref()?;
    let (target, words) = (in_force.target, TargetWords::new(evaluation, indicator, framework));
    let mut text = words.aim;
    if let Some(basis) = words.basis {
        text += &format!(" ({basis})");
    }
    text += &format!(" from {}", target.from);
    if let Some(to) = target.to {
        text += &format!(" to {to}");
    }
    if in_force.tolerance.amber() > 0.0 {
        let whose = tolerance_origin_in_words(in_force.tolerance_origin);
        let whose = if whose.is_empty() { String::new() } else { format!(" {whose}") };
        text += &format!("; tolerance {}{whose}", in_force.tolerance);
    }
    let function = target.function.map(|function| format!("{function} function"));
    let review = target.review.map(|day| format!("to be reviewed on {day}"));
    let source = target.source.as_deref().map(plain);
    for more in [words.scope, function, source, review].into_iter().flatten() {
        text += &format!("; {more}");
    }
    Some(text)
}
