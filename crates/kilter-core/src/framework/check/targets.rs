//! Targets and tolerances, checked against the indicators, areas and levels that they name.

use super::{Entry, Known, rules};
use crate::framework::document::{
    AimEntry, BaselineEntry, ChangeEntry, CutsEntry, PointEntry, TargetEntry, ToleranceEntry,
    ToleranceRuleEntry,
};
use crate::framework::{Indicator, Level, Place, Problem, Target, ToleranceRule};
use crate::target::{
    Aim, Baseline, Change, Function, Goal, Origin, Polarity, Threshold, Tolerance, ToleranceUnit, Trajectory,
};
use crate::time::{Period, PeriodKind};
use std::collections::{BTreeMap, HashMap};
use std::str::FromStr;

/// A text as a period of an indicator: of its own kind first, since its refusal of an ambiguous year is
/// the helpful one.
pub(super) fn period(
    at: &mut Entry<'_>,
    field: &str,
    text: &str,
    frequency: Option<PeriodKind>,
) -> Option<Period> {
    let parsed = match frequency {
        Some(kind) => kind.parse(text).or_else(|error| match Period::from_str(text) {
            Ok(other) if other.kind() != PeriodKind::CalendarYear => Ok(other),
            _ => Err(error),
        }),
        None => Period::from_str(text),
    };
    parsed.map_err(|error| at.refuse(format!("{field}: {error}"))).ok()
}

fn tolerance_of(at: &mut Entry<'_>, unit: ToleranceUnit, cuts: CutsEntry) -> Option<Tolerance> {
    let (green, amber) = match cuts {
        CutsEntry::One(amber) => (0.0, amber),
        CutsEntry::Two([green, amber]) => (green, amber),
    };
    Tolerance::new(unit, green, amber).map_err(|error| at.refuse(error.to_string())).ok()
}

pub(super) fn tolerance(at: &mut Entry<'_>, entry: ToleranceEntry) -> Option<Tolerance> {
    match entry {
        ToleranceEntry::Relative(cuts) => tolerance_of(at, ToleranceUnit::Relative, cuts),
        ToleranceEntry::Points(cuts) => tolerance_of(at, ToleranceUnit::Points, cuts),
    }
}

/// The ways in which a target says what it aims at.
struct Aims {
    value: Option<AimEntry>,
    values: Option<BTreeMap<String, f64>>,
    trajectory: Option<[PointEntry; 2]>,
    change: Option<ChangeEntry>,
    comparator: Option<crate::framework::document::ComparatorEntry>,
}

fn goal(at: &mut Entry<'_>, aims: Aims, frequency: Option<PeriodKind>, known: &Known<'_>) -> Option<Goal> {
    let refused = |at: &mut Entry<'_>, error: &dyn std::fmt::Display| at.refuse(error.to_string());
    match aims {
        Aims { value: Some(value), values: None, trajectory: None, change: None, comparator: None } => {
            Some(Goal::Fixed(match value {
                AimEntry::Value(value) => Aim::Value(value),
                AimEntry::Range([low, high]) => Aim::Range { low, high },
            }))
        }
        Aims { value: None, values: Some(values), trajectory: None, change: None, comparator: None } => {
            let mut periods: Vec<(Period, f64)> = Vec::new();
            for (text, value) in values {
                let Some(period) = period(at, "values", &text, frequency) else { continue };
                if periods.iter().any(|(known, _)| *known == period) {
                    at.refuse(format!("values: {period} stands twice"));
                }
                periods.push((period, value));
            }
            Goal::per_period(periods).map_err(|error| refused(at, &error)).ok()
        }
        Aims { value: None, values: None, trajectory: Some([a, b]), change: None, comparator: None } => {
            let from = period(at, "trajectory", &a.period, frequency);
            let to = period(at, "trajectory", &b.period, frequency);
            let line = Trajectory::new((from?, a.value), (to?, b.value));
            line.map(Goal::Trajectory).map_err(|error| refused(at, &error)).ok()
        }
        Aims { value: None, values: None, trajectory: None, change: Some(entry), comparator: None } => {
            let by = rules::offset(at, "change", entry.percent, entry.points)?;
            if by.is_none() {
                at.refuse("change: by how much is missing; expected percent or points");
            }
            let baseline = match entry.baseline {
                BaselineEntry::Value(value) => Baseline::Value(value),
                BaselineEntry::Period(text) => Baseline::Period(period(at, "change", &text, frequency)?),
            };
            Some(Goal::Change(Change { baseline, by: by? }))
        }
        Aims { value: None, values: None, trajectory: None, change: None, comparator: Some(entry) } => {
            let comparator = rules::comparator(at, "comparator", entry, known.areas)?;
            Some(Goal::Comparator(comparator))
        }
        Aims { value: None, values: None, trajectory: None, change: None, comparator: None } => {
            at.refuse(
                "what it aims at is missing; expected one of value, values, trajectory, change and comparator",
            );
            None
        }
        _ => {
            at.refuse("value, values, trajectory, change and comparator exclude one another");
            None
        }
    }
}

/// Which polarity and which goal go together is told before any value is known.
fn fits(indicator: &Indicator, goal: &Goal) -> Result<(), String> {
    match goal {
        Goal::Fixed(_) => Ok(()),
        _ => match indicator.polarity {
            Polarity::Higher | Polarity::Lower => Ok(()),
            Polarity::Range => {
                Err("polarity \"range\" and one value do not go together; give the two ends: \
                                    value = [low, high]"
                    .to_owned())
            }
            Polarity::None => {
                Err("polarity \"none\" and a target do not go together; say which direction is \
                                   better, or leave the target out"
                    .to_owned())
            }
        },
    }
}

/// The first period that a goal names: that from which a target is in force where it does not say so.
fn first_period(goal: &Goal) -> Option<Period> {
    match goal {
        Goal::PerPeriod(values) => values.first().map(|(period, _)| *period),
        Goal::Trajectory(line) => Some(line.from().0),
        _ => None,
    }
}

/// The targets that are sound, each with its place.
pub(super) fn targets(
    entries: Vec<(Place, TargetEntry)>,
    known: &Known<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<(Place, Target)> {
    let mut targets = Vec::new();
    let mut seen: HashMap<String, Place> = HashMap::new();
    for (place, entry) in entries {
        let mut at = Entry { place, path: "target".into(), problems };
        let Some(id) = at.text("indicator", entry.indicator) else { continue };
        at.path = format!("indicator {id}: target");
        let indicator = known.indicator(&id);
        if indicator.is_none() {
            at.refuse(format!("there is no sound indicator {id}"));
        }
        let frequency = indicator.map(|indicator| indicator.frequency);
        if let Some(from) = &entry.from {
            at.path = format!("indicator {id}: target from {from}");
        }
        let aims = Aims {
            value: entry.value,
            values: entry.values,
            trajectory: entry.trajectory,
            change: entry.change,
            comparator: entry.comparator,
        };
        let stated = entry.from.is_some();
        let from = entry.from.and_then(|text| period(&mut at, "from", &text, frequency));
        let to = entry.to.and_then(|text| period(&mut at, "to", &text, frequency));
        let goal = goal(&mut at, aims, frequency, known);
        let from = match (stated, from, goal.as_ref().and_then(first_period)) {
            (true, from, _) => from,
            (false, _, first @ Some(_)) => first,
            (false, _, None) => {
                at.refuse("from is missing");
                None
            }
        };
        if let (Some(from), Some(to)) = (from, to)
            && to.end() < from.start()
        {
            at.refuse(format!("to {to} is before from {from}"));
        }
        let area = entry.area.as_deref().and_then(|code| at.area("area", code, known.areas));
        let level = entry.level.as_deref().and_then(|id| at.level("level", id, known.levels));
        let tolerance = entry.tolerance.map(|entry| tolerance(&mut at, entry));
        let origin = entry.origin.map(|name| at.one_of("origin", &name, &Origin::NAMES));
        let function = entry.function.map(|name| at.one_of("function", &name, &Function::NAMES));
        let review = at.date("review", entry.review);
        let (Some(indicator), Some(from), Some(goal)) = (indicator, from, goal) else { continue };
        if let Err(problem) = fits(indicator, &goal) {
            at.refuse(problem);
            continue;
        }
        for aim in goal.stated() {
            let alone = tolerance.flatten().unwrap_or(Tolerance::NONE);
            if let Err(error) = Threshold::new(indicator.polarity, aim, alone) {
                at.refuse(error.to_string());
                break;
            }
        }
        let origin = origin.flatten();
        // Two targets from one date for one area and level: which of them is in force would be chance.
        let stretch = origin == Some(Origin::StretchAim);
        let key = format!("{id} {} {:?} {:?} {stretch}", from.start(), entry.area, entry.level);
        if let Some(first) = seen.insert(key, at.place.clone()) {
            at.refuse(format!("another target is in force from then: {}:{}", first.text, first.line));
        }
        let place = at.place.clone();
        targets.push((
            place,
            Target {
                indicator: indicator.id.clone(),
                from,
                to,
                area,
                level,
                goal,
                tolerance: tolerance.flatten(),
                origin,
                function: function.flatten(),
                review,
                source: entry.source,
            },
        ));
    }
    targets
}

/// The tolerances that stand apart from targets and are sound, each with its place.
pub(super) fn tolerances(
    entries: Vec<(Place, ToleranceRuleEntry)>,
    known: &Known<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<(Place, ToleranceRule)> {
    let mut tolerances = Vec::new();
    let mut seen: HashMap<String, Place> = HashMap::new();
    for (place, entry) in entries {
        let mut at = Entry { place, path: "tolerance".into(), problems };
        let Some(id) = at.text("indicator", entry.indicator) else { continue };
        at.path = format!("indicator {id}: tolerance");
        let indicator = known.indicator(&id);
        if indicator.is_none() {
            at.refuse(format!("there is no sound indicator {id}"));
        }
        let frequency = indicator.map(|indicator| indicator.frequency);
        let from = at.text("from", entry.from).and_then(|text| period(&mut at, "from", &text, frequency));
        let to = entry.to.and_then(|text| period(&mut at, "to", &text, frequency));
        let level = entry.level.as_deref().and_then(|id| at.level("level", id, known.levels));
        let tolerance = match (entry.relative, entry.points) {
            (Some(cuts), None) => tolerance_of(&mut at, ToleranceUnit::Relative, cuts),
            (None, Some(cuts)) => tolerance_of(&mut at, ToleranceUnit::Points, cuts),
            _ => {
                at.refuse("expected one of relative and points");
                None
            }
        };
        if let Some(from) = from {
            let key = format!("{id} {} {:?}", from.start(), entry.level);
            if let Some(first) = seen.insert(key, at.place.clone()) {
                at.refuse(format!("another tolerance is in force from then: {}:{}", first.text, first.line));
            }
        }
        let (Some(indicator), Some(from), Some(tolerance)) = (indicator, from, tolerance) else { continue };
        let rule = ToleranceRule {
            indicator: indicator.id.clone(),
            level,
            from,
            to,
            tolerance,
            source: entry.source,
        };
        tolerances.push((at.place.clone(), rule));
    }
    tolerances
}

/// Refuses a tolerance of an indicator or level that is relative to a target of 0 or below.
pub(super) fn check_tolerances(
    targets: &[(Place, Target)],
    tolerances: &[(Place, ToleranceRule)],
    levels: &[Level],
    indicators: &[Indicator],
    problems: &mut Vec<Problem>,
) {
    for (place, target) in targets {
        let Some(indicator) = indicators.iter().find(|i| i.id == target.indicator) else { continue };
        let overlaps = |rule: &ToleranceRule| {
            rule.indicator == target.indicator
                && target.to.is_none_or(|to| rule.from.start() <= to.end())
                && rule.to.is_none_or(|to| target.from.start() <= to.end())
        };
        let of_indicator = tolerances
            .iter()
            .filter(|(_, rule)| overlaps(rule))
            .map(|(at, rule)| (format!("the tolerance at {}:{}", at.text, at.line), rule.tolerance));
        let of_levels = levels
            .iter()
            .filter(|level| target.level.as_ref().is_none_or(|of| *of == level.id))
            .filter_map(|level| Some((format!("the tolerance of level {}", level.id), level.tolerance?)));
        for (what, tolerance) in of_indicator.chain(of_levels) {
            let wrong = target
                .goal
                .stated()
                .into_iter()
                .find_map(|aim| Threshold::new(indicator.polarity, aim, tolerance).err());
            // What is wrong with the aim alone has been told with the target.
            let alone = |aim| Threshold::new(indicator.polarity, aim, Tolerance::NONE).is_ok();
            if let Some(error) = wrong.filter(|_| target.goal.stated().into_iter().all(alone)) {
                problems.push(Problem {
                    place: Some(place.clone()),
                    path: format!("indicator {}: target from {}", target.indicator, target.from),
                    message: format!("{what} does not go with it: {error}"),
                });
            }
        }
    }
}
