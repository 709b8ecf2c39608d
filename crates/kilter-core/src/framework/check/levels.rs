//! Levels, escalations, decisions and statuses given by people, checked against what they name.

use super::targets::{period, tolerance};
use super::{Entry, Known};
use crate::framework::document::{DecisionEntry, EscalationEntry, LevelEntry, ManualStatusEntry};
use crate::framework::{
    Choice, Decision, DecisionKind, Escalation, ExceptionRule, Level, ManualRule, ManualStatus, Matter,
    Place, Problem, Subject, Trigger,
};
use crate::ident::{EscalationId, IndicatorId, LevelId, OutcomeId, PriorityId};
use crate::target::Colour;
use crate::time::PeriodKind;
use std::str::FromStr;

/// Indicators and sets that exist.
fn choice(
    at: &mut Entry<'_>,
    indicators: Option<Vec<String>>,
    sets: Option<Vec<String>>,
    known: &Known<'_>,
) -> Choice {
    let mut choice = Choice { indicators: Vec::new(), sets: sets.unwrap_or_default() };
    for id in indicators.unwrap_or_default() {
        choice.indicators.extend(indicator(at, &id, known));
    }
    for set in &choice.sets {
        if !known.indicators.iter().any(|indicator| indicator.set.as_ref() == Some(set)) {
            at.refuse(format!("sets: no indicator belongs to a set \"{set}\""));
        }
    }
    choice
}

fn indicator(at: &mut Entry<'_>, id: &str, known: &Known<'_>) -> Option<IndicatorId> {
    let found = known.indicator(id).map(|indicator| indicator.id.clone());
    if found.is_none() {
        at.refuse(format!("there is no sound indicator {id}"));
    }
    found
}

fn priority(at: &mut Entry<'_>, id: &str, known: &Known<'_>) -> Option<PriorityId> {
    let found = known.priorities.iter().find(|p| p.id.as_str() == id).map(|p| p.id.clone());
    if found.is_none() {
        at.refuse(format!("there is no priority {id}"));
    }
    found
}

pub(super) fn levels(
    entries: Vec<(String, Place, LevelEntry)>,
    known: &Known<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<Level> {
    let mut levels = Vec::new();
    for (key, place, entry) in entries {
        let mut at = Entry { place, path: format!("level {key}"), problems };
        let id = at.id("id", &key, LevelId::new);
        let title = at.text("title", entry.title);
        let frequency = entry.frequency.and_then(|text| {
            PeriodKind::from_str(&text).map_err(|error| at.refuse(format!("frequency: {error}"))).ok()
        });
        let tolerance = entry.tolerance.and_then(|entry| tolerance(&mut at, entry));
        let choice = choice(&mut at, entry.indicators, entry.sets, known);
        let mut exceptions = Vec::new();
        for text in entry.exceptions.unwrap_or_default() {
            match text.parse::<ExceptionRule>() {
                Ok(rule) => exceptions.push(rule),
                Err(problem) => at.refuse(format!("exceptions: {problem}")),
            }
        }
        if let (Some(id), Some(title)) = (id, title) {
            levels.push(Level {
                id,
                title,
                aliases: entry.aliases.unwrap_or_default(),
                audience: entry.audience,
                accountable: entry.accountable,
                frequency,
                tolerance,
                choice,
                exceptions,
                source: entry.source,
            });
        }
    }
    levels
}

pub(super) fn escalations(
    entries: Vec<(String, Place, EscalationEntry)>,
    known: &Known<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<Escalation> {
    let mut escalations = Vec::new();
    for (key, place, entry) in entries {
        let mut at = Entry { place, path: format!("escalation {key}"), problems };
        let id = at.id("id", &key, EscalationId::new);
        let title = at.text("title", entry.title);
        let from = at.text("from", entry.from).and_then(|id| at.level("from", &id, known.levels));
        let to = at.text("to", entry.to).and_then(|id| at.level("to", &id, known.levels));
        if from.is_some() && from == to {
            at.refuse("from and to are one level");
        }
        let told = entry.reported_to.unwrap_or_default();
        let reported_to: Vec<LevelId> =
            told.iter().filter_map(|id| at.level("reported_to", id, known.levels)).collect();
        let when = entry.when.map_or(Some(Trigger::Red), |name| at.one_of("when", &name, &Trigger::NAMES));
        let mut periods = |field, n: Option<u32>| {
            let n = n.unwrap_or(1);
            if !(1..=120).contains(&n) {
                at.refuse(format!("{field}: {n} periods; expected 1 to 120"));
            }
            n
        };
        let raise_after = periods("raise_after", entry.raise_after);
        let clear_after = periods("clear_after", entry.clear_after);
        let choice = choice(&mut at, entry.indicators, entry.sets, known);
        if let (Some(id), Some(title), Some(from), Some(to), Some(when)) = (id, title, from, to, when) {
            escalations.push(Escalation {
                id,
                title,
                from,
                to,
                reported_to,
                when,
                raise_after,
                clear_after,
                choice,
                source: entry.source,
            });
        }
    }
    escalations
}

pub(super) fn decisions(
    entries: Vec<(Place, DecisionEntry)>,
    known: &Known<'_>,
    escalations: &[Escalation],
    problems: &mut Vec<Problem>,
) -> Vec<Decision> {
    let mut decisions = Vec::new();
    for (place, entry) in entries {
        let mut at = Entry { place, path: "decision".into(), problems };
        let escalation = at.text("escalation", entry.escalation).and_then(|id| {
            let found = escalations.iter().find(|e| e.id.as_str() == id).map(|e| e.id.clone());
            if found.is_none() {
                at.refuse(format!("escalation: there is no escalation {id}"));
            }
            found
        });
        let about = match (entry.indicator, entry.priority) {
            (Some(id), None) => indicator(&mut at, &id, known).map(Matter::Indicator),
            (None, Some(id)) => priority(&mut at, &id, known).map(Matter::Priority),
            _ => {
                at.refuse("expected what it is about: indicator or priority");
                None
            }
        };
        let area = at.text("area", entry.area).and_then(|code| at.area("area", &code, known.areas));
        let on = at.required("on", entry.on).and_then(|day| at.date("on", Some(day)));
        let kind = at
            .text("decision", entry.decision)
            .and_then(|name| at.one_of("decision", &name, &DecisionKind::NAMES));
        let by = at.text("by", entry.by);
        if let (Some(escalation), Some(about), Some(area), Some(on), Some(kind), Some(by)) =
            (escalation, about, area, on, kind, by)
        {
            decisions.push(Decision {
                escalation,
                about,
                area,
                on,
                kind,
                by,
                reason: entry.reason,
                action: entry.action,
                owner: entry.owner,
            });
        }
    }
    decisions
}

pub(super) fn manual_statuses(
    entries: Vec<(Place, ManualStatusEntry)>,
    known: &Known<'_>,
    rule: ManualRule,
    problems: &mut Vec<Problem>,
) -> Vec<ManualStatus> {
    let mut statuses = Vec::new();
    for (place, entry) in entries {
        let mut at = Entry { place, path: "manual_status".into(), problems };
        if rule == ManualRule::Refused {
            at.refuse(
                "the framework does not allow statuses given by people; [framework] manual_status = \"shown\" or \
                 \"counts\" does",
            );
        }
        let mut frequency = None;
        let subject = match (entry.indicator, entry.outcome, entry.priority) {
            (Some(id), None, None) => {
                frequency = known.indicator(&id).map(|indicator| indicator.frequency);
                indicator(&mut at, &id, known).map(Subject::Indicator)
            }
            (None, Some(id), None) => {
                if !known.outcomes.contains(id.as_str()) {
                    at.refuse(format!("there is no outcome {id}"));
                }
                at.id("outcome", &id, OutcomeId::new).map(Subject::Outcome)
            }
            (None, None, Some(id)) => priority(&mut at, &id, known).map(Subject::Priority),
            _ => {
                at.refuse("expected one of indicator, outcome and priority");
                None
            }
        };
        let area = at.text("area", entry.area).and_then(|code| at.area("area", &code, known.areas));
        let period =
            at.text("period", entry.period).and_then(|text| period(&mut at, "period", &text, frequency));
        let status =
            at.text("status", entry.status).and_then(|name| at.one_of("status", &name, &Colour::NAMES));
        let by = at.text("by", entry.by);
        let on = at.required("on", entry.on).and_then(|day| at.date("on", Some(day)));
        let reason = at.text("reason", entry.reason);
        if let (Some(subject), Some(area), Some(period), Some(status), Some(by), Some(on), Some(reason)) =
            (subject, area, period, status, by, on, reason)
        {
            statuses.push(ManualStatus { subject, area, period, status, by, on, reason });
        }
    }
    statuses
}
