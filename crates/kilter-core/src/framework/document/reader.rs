//! Reads the texts of a framework and lays their entries over one another. What an entry means, and
//! whether it is sound, is not known here.

use super::{
    AreaEntry, DecisionEntry, Entry, EscalationEntry, FrameworkEntry, IndicatorEntry, LevelEntry,
    ManualStatusEntry, MeasureEntry, OutcomeEntry, PriorityEntry, StandardEntry, TargetEntry, Text,
    ToleranceRuleEntry,
};
use crate::framework::{Place, Problem};
use serde::de::IntoDeserializer;
use std::collections::HashMap;
use toml::de::{DeTable, DeValue};

/// Entries of one sort laid over one another, in the order in which their keys first appear.
pub(in crate::framework) struct Laid<E> {
    pub entries: Vec<(String, Place, E)>,
    places: HashMap<String, usize>,
}

impl<E> Default for Laid<E> {
    fn default() -> Self {
        Self { entries: Vec::new(), places: HashMap::new() }
    }
}

impl<E: Entry> Laid<E> {
    fn lay(&mut self, key: String, place: Place, entry: E) {
        match self.places.get(&key) {
            Some(&i) => {
                let (_, at, known) = &mut self.entries[i];
                known.overlay(entry);
                *at = place;
            }
            None => {
                self.places.insert(key.clone(), self.entries.len());
                self.entries.push((key, place, entry));
            }
        }
    }
}

/// All texts laid together, and what was wrong with them one by one.
#[derive(Default)]
pub(in crate::framework) struct Texts {
    pub framework: Option<(Place, FrameworkEntry)>,
    pub areas: Laid<AreaEntry>,
    pub measures: Laid<MeasureEntry>,
    pub indicators: Laid<IndicatorEntry>,
    pub outcomes: Laid<OutcomeEntry>,
    pub priorities: Laid<PriorityEntry>,
    pub standards: Laid<StandardEntry>,
    pub levels: Laid<LevelEntry>,
    pub escalations: Laid<EscalationEntry>,
    pub targets: Vec<(Place, TargetEntry)>,
    pub tolerances: Vec<(Place, ToleranceRuleEntry)>,
    pub decisions: Vec<(Place, DecisionEntry)>,
    pub manual: Vec<(Place, ManualStatusEntry)>,
    pub problems: Vec<Problem>,
    /// Whether a text could not be read at all, so that nothing can be said of what is lacking.
    pub unread: bool,
}

/// How many problems of one text that is not TOML are told: the first ones explain the rest.
const MOST_SYNTAX_PROBLEMS: usize = 5;

impl Texts {
    /// Reads the texts in their order, each over those before it.
    pub fn read(texts: &[Text]) -> Self {
        let mut all = Self::default();
        for text in texts {
            let reader = Reader::of(text);
            let (table, errors) = DeTable::parse_recoverable(&text.text);
            all.unread |= !errors.is_empty();
            for error in errors.iter().take(MOST_SYNTAX_PROBLEMS) {
                all.problems.push(reader.problem(error.span(), String::new(), error.message().trim()));
            }
            if errors.is_empty() {
                all.add(&reader, table.get_ref());
            }
        }
        all
    }

    fn add(&mut self, reader: &Reader<'_>, table: &DeTable<'_>) {
        const SECTIONS: [&str; 13] = [
            "framework",
            "area",
            "measure",
            "standard",
            "indicator",
            "outcome",
            "priority",
            "target",
            "tolerance",
            "level",
            "escalation",
            "decision",
            "manual_status",
        ];
        for (name, value) in table {
            let place = reader.place(value.span());
            if name.get_ref() == "framework" {
                if let Some(entry) = reader.entry::<FrameworkEntry>("framework", value, &mut self.problems) {
                    match &mut self.framework {
                        Some((at, known)) => {
                            known.overlay(entry);
                            *at = place;
                        }
                        none => *none = Some((place, entry)),
                    }
                }
                continue;
            }
            let Some(section) = SECTIONS.into_iter().find(|section| *section == name.get_ref().as_ref())
            else {
                let message =
                    format!("[{}] is not known; expected one of {}", name.get_ref(), SECTIONS.join(", "));
                self.problems.push(reader.problem(Some(name.span()), String::new(), &message));
                continue;
            };
            let Some(items) = value.get_ref().as_array() else {
                let message = format!("{section} is written with two brackets: [[{section}]]");
                self.problems.push(reader.problem(Some(name.span()), String::new(), &message));
                continue;
            };
            // A key may stand once in a text: the second of two would otherwise win in silence.
            let mut seen = HashMap::new();
            for item in items.iter() {
                self.item(reader, section, item, &mut seen);
            }
        }
    }

    fn item(
        &mut self,
        reader: &Reader<'_>,
        section: &'static str,
        item: &toml::Spanned<DeValue<'_>>,
        seen: &mut HashMap<String, usize>,
    ) {
        let place = reader.place(item.span());
        // What has no key of its own is added and never overlaid.
        let problems = &mut self.problems;
        match section {
            "target" => return add(&mut self.targets, reader, section, place, item, problems),
            "tolerance" => return add(&mut self.tolerances, reader, section, place, item, problems),
            "decision" => return add(&mut self.decisions, reader, section, place, item, problems),
            "manual_status" => return add(&mut self.manual, reader, section, place, item, problems),
            _ => {}
        }
        let key_name = if section == "area" { "code" } else { "id" };
        let key = item.get_ref().as_table().and_then(|t| t.get(key_name)).and_then(|v| v.get_ref().as_str());
        let Some(key) = key.map(str::to_owned) else {
            let message = format!("{section} without {key_name}; every {section} has one, a text");
            self.problems.push(reader.problem(Some(item.span()), String::new(), &message));
            return;
        };
        if let Some(line) = seen.insert(key.clone(), place.line) {
            let message = format!("stands twice in this file, first at line {line}");
            self.problems.push(reader.problem(Some(item.span()), format!("{section} {key}"), &message));
        }
        let path = format!("{section} {key}");
        let problems = &mut self.problems;
        match section {
            "area" => lay(&mut self.areas, reader, &path, key, place, item, problems),
            "measure" => lay(&mut self.measures, reader, &path, key, place, item, problems),
            "indicator" => lay(&mut self.indicators, reader, &path, key, place, item, problems),
            "outcome" => lay(&mut self.outcomes, reader, &path, key, place, item, problems),
            "standard" => lay(&mut self.standards, reader, &path, key, place, item, problems),
            "level" => lay(&mut self.levels, reader, &path, key, place, item, problems),
            "escalation" => lay(&mut self.escalations, reader, &path, key, place, item, problems),
            _ => lay(&mut self.priorities, reader, &path, key, place, item, problems),
        }
    }
}

fn lay<E: Entry>(
    laid: &mut Laid<E>,
    reader: &Reader<'_>,
    path: &str,
    key: String,
    place: Place,
    item: &toml::Spanned<DeValue<'_>>,
    problems: &mut Vec<Problem>,
) {
    if let Some(entry) = reader.entry(path, item, problems) {
        laid.lay(key, place, entry);
    }
}

fn add<E: Entry>(
    entries: &mut Vec<(Place, E)>,
    reader: &Reader<'_>,
    path: &str,
    place: Place,
    item: &toml::Spanned<DeValue<'_>>,
    problems: &mut Vec<Problem>,
) {
    if let Some(entry) = reader.entry(path, item, problems) {
        entries.push((place, entry));
    }
}

/// A value in which dates are texts: a day may be written with quotation marks or without.
fn with_dates_as_texts<'v>(value: toml::Spanned<DeValue<'v>>) -> toml::Spanned<DeValue<'v>> {
    let span = value.span();
    let plain = match value.into_inner() {
        DeValue::Datetime(day) => DeValue::String(day.to_string().into()),
        DeValue::Array(items) => DeValue::Array(items.into_iter().map(with_dates_as_texts).collect()),
        DeValue::Table(fields) => DeValue::Table(
            fields.into_iter().map(|(name, value)| (name, with_dates_as_texts(value))).collect(),
        ),
        other => other,
    };
    toml::Spanned::new(span, plain)
}

struct Reader<'t> {
    text: &'t Text,
    /// Where each line but the last ends.
    line_ends: Vec<usize>,
}

impl<'t> Reader<'t> {
    fn of(text: &'t Text) -> Self {
        let line_ends = text.text.match_indices('\n').map(|(end, _)| end).collect();
        Self { text, line_ends }
    }

    fn place(&self, span: std::ops::Range<usize>) -> Place {
        let line = self.line_ends.partition_point(|end| *end < span.start) + 1;
        Place { text: self.text.name.clone(), line }
    }

    fn problem(&self, span: Option<std::ops::Range<usize>>, path: String, message: &str) -> Problem {
        let place = span.map(|span| self.place(span));
        Problem { place, path, message: message.to_owned() }
    }

    /// One entry; every field that is not known is a problem of its own.
    fn entry<E: Entry>(
        &self,
        path: &str,
        item: &toml::Spanned<DeValue<'_>>,
        problems: &mut Vec<Problem>,
    ) -> Option<E> {
        let Some(table) = item.get_ref().as_table() else {
            problems.push(self.problem(Some(item.span()), path.to_owned(), "expected a table of fields"));
            return None;
        };
        let mut known = DeTable::new();
        for (field, value) in table {
            if E::FIELDS.contains(&field.get_ref().as_ref()) {
                known.insert(field.clone(), with_dates_as_texts(value.clone()));
            } else {
                let message = format!(
                    "the field \"{}\" is not known; fields are {}",
                    field.get_ref(),
                    E::FIELDS.join(", ")
                );
                problems.push(self.problem(Some(field.span()), path.to_owned(), &message));
            }
        }
        let spanned = toml::Spanned::new(item.span(), DeValue::Table(known));
        match E::deserialize(spanned.into_deserializer()) {
            Ok(entry) => Some(entry),
            Err(error) => {
                let span = error.span().unwrap_or_else(|| item.span());
                problems.push(self.problem(Some(span), path.to_owned(), error.message().trim()));
                None
            }
        }
    }
}
