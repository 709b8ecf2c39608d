//! From entries to a sound framework: every problem is found, none is fixed in silence.

mod calculations;
mod groups;
mod indicators;
mod levels;
mod rules;
mod targets;

use super::calculation::Expression;
use super::document::{AreaEntry, FrameworkEntry, MeasureEntry, OutcomeEntry, PriorityEntry, Text, Texts};
use super::{
    Comparison, ComparisonRule, Framework, FrameworkError, Indicator, ManualRule, NotedRule, Outcome,
    OutcomeKind, Place, Priority, Problem, RollUp, Target, TrendRule, target_places,
};
use crate::area::{Area, AreaKind, AreaProblem, Areas, Division};
use crate::ident::{
    AreaCode, Category, DimensionId, FrameworkId, IdentError, LevelId, MeasureId, OutcomeId, PriorityId,
};
use crate::series::{Dimension, Measure, OverAreas, OverTime, SmallCounts, Zeros};
use crate::time::{Date, PeriodKind};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::str::FromStr;

pub(super) fn framework(texts: &[Text]) -> Result<Framework, FrameworkError> {
    let mut all = Texts::read(texts);
    let mut problems = std::mem::take(&mut all.problems);

    let area_places: HashMap<String, Place> =
        all.areas.entries.iter().map(|(code, place, _)| (code.clone(), place.clone())).collect();
    let areas = areas(all.areas.entries, &area_places, &mut problems);
    if all.unread {
        return Err(refused(problems));
    }
    let head = head(all.framework.take(), &areas, &mut problems);
    let measures = measures(all.measures.entries, &mut problems);
    let (outcomes, outcome_ids) = outcomes(all.outcomes.entries, &mut problems);
    let priorities = priorities(all.priorities.entries, &outcome_ids, &mut problems);
    let level_ids: BTreeSet<LevelId> =
        all.levels.entries.iter().filter_map(|(key, _, _)| LevelId::new(key).ok()).collect();
    let rules = head.as_ref().map(|head| (head.trend, head.compare.clone())).unwrap_or_default();
    let standards = calculations::standards(all.standards.entries, &mut problems);
    let links = indicators::Links {
        areas: &areas,
        outcomes: &outcome_ids,
        levels: &level_ids,
        standards: &standards,
        rules,
    };
    let indicators = indicators::indicators(all.indicators.entries, &measures, &links, &mut problems);
    let known = Known {
        indicators: &indicators,
        areas: &areas,
        levels: &level_ids,
        outcomes: &outcome_ids,
        priorities: &priorities,
    };
    let levels = levels::levels(all.levels.entries, &known, &mut problems);
    let targets = targets::targets(all.targets, &known, &mut problems);
    let tolerances = targets::tolerances(all.tolerances, &known, &mut problems);
    targets::check_tolerances(&targets, &tolerances, &levels, &indicators, &mut problems);
    let escalations = levels::escalations(all.escalations.entries, &known, &mut problems);
    let decisions = levels::decisions(all.decisions, &known, &escalations, &mut problems);
    let manual_rule = head.as_ref().map_or(ManualRule::default(), |head| head.manual);
    let manual = levels::manual_statuses(all.manual, &known, manual_rule, &mut problems);

    let (Some(head), true) = (head, problems.is_empty()) else {
        return Err(refused(problems));
    };
    let places = indicators
        .iter()
        .enumerate()
        .flat_map(|(i, indicator)| indicators::names(indicator).map(move |name| (name, i)));
    let places = places.collect();
    let targets: Vec<Target> = targets.into_iter().map(|(_, target)| target).collect();
    Ok(Framework {
        id: head.id,
        title: head.title,
        invented: head.invented,
        source: head.source,
        area: head.area,
        valid_from: head.valid_from,
        comparison: head.comparison,
        areas,
        measures,
        indicators,
        places,
        outcomes,
        priorities,
        targets_for: target_places(&targets),
        targets,
        tolerances: tolerances.into_iter().map(|(_, tolerance)| tolerance).collect(),
        levels,
        escalations,
        decisions,
        manual,
        manual_rule,
        roll_up: head.roll_up,
        noted: head.noted,
        revision_check: head.revision_check,
    })
}

/// What the entries of a framework may name.
struct Known<'k> {
    indicators: &'k [Indicator],
    areas: &'k Areas,
    levels: &'k BTreeSet<LevelId>,
    outcomes: &'k BTreeSet<OutcomeId>,
    priorities: &'k [Priority],
}

impl<'k> Known<'k> {
    fn indicator(&self, id: &str) -> Option<&'k Indicator> {
        self.indicators.iter().find(|indicator| indicator.id.as_str() == id)
    }
}

/// The problems in the order of the texts, each once.
fn refused(mut problems: Vec<Problem>) -> FrameworkError {
    problems.sort_by(|a, b| (a.place.is_none(), a).cmp(&(b.place.is_none(), b)));
    problems.dedup();
    FrameworkError { problems }
}

/// Gathers the problems of one entry.
struct Entry<'p> {
    place: Place,
    path: String,
    problems: &'p mut Vec<Problem>,
}

impl Entry<'_> {
    fn refuse(&mut self, message: impl Into<String>) {
        self.problems.push(Problem {
            place: Some(self.place.clone()),
            path: self.path.clone(),
            message: message.into(),
        });
    }

    fn required<T>(&mut self, field: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.refuse(format!("{field} is missing"));
        }
        value
    }

    fn text(&mut self, field: &str, value: Option<String>) -> Option<String> {
        let text = self.required(field, value)?;
        if text.trim().is_empty() {
            self.refuse(format!("{field} is empty"));
            return None;
        }
        Some(text)
    }

    /// The area of a code that a field names.
    fn area(&mut self, field: &str, code: &str, areas: &Areas) -> Option<AreaCode> {
        let area = areas.get(code).map(|area| area.code.clone());
        if area.is_none() {
            self.refuse(format!("{field}: there is no area {code}"));
        }
        area
    }

    /// The level of an id that a field names.
    fn level(&mut self, field: &str, id: &str, levels: &BTreeSet<LevelId>) -> Option<LevelId> {
        let level = levels.get(id).cloned();
        if level.is_none() {
            self.refuse(format!("{field}: there is no level {id}; levels are [[level]] entries"));
        }
        level
    }

    fn id<T>(&mut self, field: &str, text: &str, new: fn(&str) -> Result<T, IdentError>) -> Option<T> {
        new(text).map_err(|error| self.refuse(format!("{field}: {error}"))).ok()
    }

    fn date(&mut self, field: &str, text: Option<String>) -> Option<Date> {
        let text = text?;
        match PeriodKind::Day.parse(&text) {
            Ok(day) => Some(day.end()),
            Err(_) => {
                self.refuse(format!("{field}: \"{text}\" is not a date; expected a text such as 2023-04-01"));
                None
            }
        }
    }

    fn kind(&mut self, field: &str, text: Option<String>) -> Option<PeriodKind> {
        let text = self.required(field, text)?;
        PeriodKind::from_str(&text).map_err(|error| self.refuse(format!("{field}: {error}"))).ok()
    }

    fn one_of<T: Copy>(&mut self, field: &str, text: &str, names: &[(&'static str, T)]) -> Option<T> {
        let found = names.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
        if found.is_none() {
            let names: Vec<_> = names.iter().map(|(name, _)| *name).collect();
            self.refuse(format!("{field}: \"{text}\" is not known; expected one of {}", names.join(", ")));
        }
        found
    }

    fn expression(&mut self, text: &str, measures: &BTreeMap<MeasureId, Measure>) -> Option<Expression> {
        let expression: Expression =
            text.parse().map_err(|error| self.refuse(format!("calculation: {error}"))).ok()?;
        for term in expression.terms() {
            let Some(measure) = measures.get(&term.measure) else {
                self.refuse(format!("calculation: there is no measure {}", term.measure));
                continue;
            };
            for (dimension, category) in term.slice.iter() {
                match measure.dimension(dimension.as_str()) {
                    None => {
                        self.refuse(format!(
                            "calculation: {} is not broken down by {dimension}",
                            term.measure
                        ));
                    }
                    Some(known) if !known.is_open() && !known.categories.contains(category) => {
                        let names: Vec<_> = known.categories.iter().map(Category::as_str).collect();
                        self.refuse(format!(
                            "calculation: \"{category}\" is not a category of {dimension} of {}; they are {}",
                            term.measure,
                            names.join(", ")
                        ));
                    }
                    Some(_) => {}
                }
            }
        }
        Some(expression)
    }
}

struct Head {
    id: FrameworkId,
    title: String,
    invented: bool,
    source: Option<String>,
    area: Option<AreaCode>,
    valid_from: Option<Date>,
    comparison: Comparison,
    roll_up: RollUp,
    noted: NotedRule,
    manual: ManualRule,
    trend: TrendRule,
    compare: ComparisonRule,
    revision_check: Option<f64>,
}

fn head(found: Option<(Place, FrameworkEntry)>, areas: &Areas, problems: &mut Vec<Problem>) -> Option<Head> {
    let Some((place, entry)) = found else {
        problems.push(Problem {
            place: None,
            path: String::new(),
            message: "there is no [framework] table; a framework begins with one, with id and title".into(),
        });
        return None;
    };
    let mut at = Entry { place, path: "framework".into(), problems };
    let id = at.text("id", entry.id).and_then(|id| at.id("id", &id, FrameworkId::new));
    let title = at.text("title", entry.title);
    let area = entry.area.and_then(|code| at.area("area", &code, areas));
    let valid_from = at.date("valid_from", entry.valid_from);
    let comparisons = [("unrounded", Comparison::Unrounded), ("as published", Comparison::AsPublished)];
    let comparison =
        entry.comparison.map_or(Some(Comparison::default()), |c| at.one_of("comparison", &c, &comparisons));
    let roll_up = entry.roll_up.map_or(Some(RollUp::default()), |entry| rules::roll_up(&mut at, entry));
    let noted = entry.noted.map_or(Some(NotedRule::default()), |n| at.one_of("noted", &n, &NotedRule::NAMES));
    let manual = entry
        .manual_status
        .map_or(Some(ManualRule::default()), |m| at.one_of("manual_status", &m, &ManualRule::NAMES));
    let trend = entry
        .trend
        .map_or(Some(TrendRule::default()), |entry| rules::trend(&mut at, entry, TrendRule::default()));
    let compare = entry.compare.map_or(Some(ComparisonRule::default()), |entry| {
        rules::comparison(&mut at, entry, &ComparisonRule::default(), areas)
    });
    if let Some(found) = entry.revision_check.filter(|percent| !(percent.is_finite() && *percent > 0.0)) {
        at.refuse(format!("revision_check: {found} is not a percentage above 0"));
    }
    Some(Head {
        id: id?,
        title: title?,
        invented: entry.invented.unwrap_or(false),
        source: entry.source,
        area,
        valid_from,
        comparison: comparison?,
        roll_up: roll_up?,
        noted: noted?,
        manual: manual?,
        trend: trend?,
        compare: compare?,
        revision_check: entry.revision_check,
    })
}

fn areas(
    entries: Vec<(String, Place, AreaEntry)>,
    places: &HashMap<String, Place>,
    problems: &mut Vec<Problem>,
) -> Areas {
    let mut areas = Vec::new();
    for (code, place, entry) in entries {
        let mut at = Entry { place, path: format!("area {code}"), problems };
        let id = at.id("code", &code, AreaCode::new);
        let name = at.text("name", entry.name);
        let kind =
            at.required("kind", entry.kind).and_then(|kind| at.one_of("kind", &kind, &AreaKind::NAMES));
        let first = entry.parts.filter(|parts| !parts.is_empty());
        let further = entry.divisions.unwrap_or_default().into_iter().map(|division| division.parts);
        let divisions: Vec<Division> = first
            .into_iter()
            .chain(further)
            .map(|parts| Division {
                parts: parts.iter().filter_map(|part| at.id("parts", part, AreaCode::new)).collect(),
            })
            .collect();
        let valid_from = at.date("valid_from", entry.valid_from);
        let valid_to = at.date("valid_to", entry.valid_to);
        let replaced_by = entry.replaced_by.and_then(|code| at.id("replaced_by", &code, AreaCode::new));
        if let (Some(code), Some(name), Some(kind)) = (id, name, kind) {
            let aliases = entry.aliases.unwrap_or_default();
            areas.push(Area { code, name, kind, aliases, divisions, valid_from, valid_to, replaced_by });
        }
    }
    Areas::new(areas).unwrap_or_else(|found| {
        for problem in found {
            let code = match &problem {
                AreaProblem::UnknownPart { area, .. }
                | AreaProblem::RepeatedPart { area, .. }
                | AreaProblem::Circle { area, .. }
                | AreaProblem::Successor { area, .. }
                | AreaProblem::Dates { area, .. } => area.as_str().to_owned(),
            };
            let place = places.get(&code).cloned();
            problems.push(Problem { place, path: String::new(), message: problem.to_string() });
        }
        Areas::default()
    })
}

fn measures(
    entries: Vec<(String, Place, MeasureEntry)>,
    problems: &mut Vec<Problem>,
) -> BTreeMap<MeasureId, Measure> {
    let mut measures = BTreeMap::new();
    for (key, place, entry) in entries {
        let mut at = Entry { place, path: format!("measure {key}"), problems };
        let id = at.id("id", &key, MeasureId::new);
        let title = at.text("title", entry.title);
        let unit = at.text("unit", entry.unit);
        let frequency = at.kind("frequency", entry.frequency);
        let over_time = at
            .required("over_time", entry.over_time)
            .and_then(|t| at.one_of("over_time", &t, &OverTime::NAMES));
        let over_areas = at
            .required("over_areas", entry.over_areas)
            .and_then(|t| at.one_of("over_areas", &t, &OverAreas::NAMES));
        let mut dimensions = Vec::new();
        let mut seen = BTreeSet::new();
        for dimension in entry.dimensions.unwrap_or_default() {
            if !seen.insert(dimension.id.clone()) {
                at.refuse(format!("dimension {} stands twice", dimension.id));
            }
            let categories =
                dimension.categories.iter().filter_map(|c| at.id("dimensions", c, Category::new)).collect();
            if let Some(id) = at.id("dimensions", &dimension.id, DimensionId::new) {
                let title = dimension.title.unwrap_or_else(|| dimension.id.clone());
                dimensions.push(Dimension { id, title, categories });
            }
        }
        dimensions.sort_by(|a, b| a.id.cmp(&b.id));
        let suppress = entry.suppress.and_then(|entry| {
            let zeros = at.one_of("suppress: zeros", &entry.zeros, &Zeros::NAMES)?;
            if entry.threshold == 0 && zeros == Zeros::Shown {
                at.refuse("suppress: a threshold of 0 with zeros shown withholds nothing");
            }
            Some(SmallCounts { threshold: entry.threshold, zeros })
        });
        if let (Some(id), Some(title), Some(unit), Some(frequency), Some(over_time), Some(over_areas)) =
            (id, title, unit, frequency, over_time, over_areas)
        {
            measures.insert(
                id.clone(),
                Measure { id, title, unit, frequency, over_time, over_areas, dimensions, suppress },
            );
        }
    }
    measures
}

fn outcomes(
    entries: Vec<(String, Place, OutcomeEntry)>,
    problems: &mut Vec<Problem>,
) -> (Vec<Outcome>, BTreeSet<OutcomeId>) {
    let mut outcomes = Vec::new();
    let keys: BTreeSet<String> = entries.iter().map(|(key, _, _)| key.clone()).collect();
    for (key, place, entry) in entries {
        let mut at = Entry { place, path: format!("outcome {key}"), problems };
        let id = at.id("id", &key, OutcomeId::new);
        let title = at.text("title", entry.title);
        let kind =
            at.required("kind", entry.kind).and_then(|kind| at.one_of("kind", &kind, &OutcomeKind::NAMES));
        let mut national = Vec::new();
        for outcome in entry.national.unwrap_or_default() {
            if !keys.contains(&outcome) {
                at.refuse(format!("national: there is no outcome {outcome}"));
            }
            national.extend(at.id("national", &outcome, OutcomeId::new));
        }
        let roll_up = entry.roll_up.and_then(|entry| rules::roll_up(&mut at, entry));
        if let (Some(id), Some(title), Some(kind)) = (id, title, kind) {
            let short = entry.short.unwrap_or_else(|| title.clone());
            outcomes.push(Outcome { id, title, short, number: entry.number, kind, national, roll_up });
        }
    }
    let ids = outcomes.iter().map(|outcome| outcome.id.clone()).collect();
    (outcomes, ids)
}

fn priorities(
    entries: Vec<(String, Place, PriorityEntry)>,
    outcomes: &BTreeSet<OutcomeId>,
    problems: &mut Vec<Problem>,
) -> Vec<Priority> {
    let mut priorities = Vec::new();
    for (key, place, entry) in entries {
        let mut at = Entry { place, path: format!("priority {key}"), problems };
        let id = at.id("id", &key, PriorityId::new);
        let title = at.text("title", entry.title);
        let mut linked = Vec::new();
        for outcome in entry.outcomes.unwrap_or_default() {
            if !outcomes.contains(outcome.as_str()) {
                at.refuse(format!("outcomes: there is no outcome {outcome}"));
            }
            linked.extend(at.id("outcomes", &outcome, OutcomeId::new));
        }
        let roll_up = entry.roll_up.and_then(|entry| rules::roll_up(&mut at, entry));
        if let (Some(id), Some(title)) = (id, title) {
            priorities.push(Priority { id, title, outcomes: linked, roll_up });
        }
    }
    priorities
}
