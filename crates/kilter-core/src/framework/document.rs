//! The shape of a framework file, and how its entries overlay one another.
//!
//! Every field of every entry is optional here: an entry that extends another says only what differs.
//! What must be there in the end is checked when all texts are laid together.

use super::{Place, Problem};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use std::collections::HashMap;
use toml::de::{DeTable, DeValue};

/// One text of a framework, with the name by which problems refer to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Its name, such as that of the file it comes from.
    pub name: String,
    /// The TOML.
    pub text: String,
}

impl Text {
    /// A text and its name.
    #[must_use]
    pub fn new(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), text: text.to_owned() }
    }

    /// What the text says it extends; `None` where it says nothing or cannot be read.
    #[must_use]
    pub fn extends(&self) -> Option<String> {
        let table = DeTable::parse(&self.text).ok()?;
        let framework = table.get_ref().get("framework")?.get_ref().as_table()?;
        Some(framework.get("extends")?.get_ref().as_str()?.to_owned())
    }
}

macro_rules! entries {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: Option<$type>,)*
        }

        impl Entry for $name {
            const FIELDS: &'static [&'static str] = &[$(stringify!($field)),*];

            fn overlay(&mut self, newer: Self) {
                $(if newer.$field.is_some() { self.$field = newer.$field; })*
            }
        }
    )*};
}

/// An entry of which later ones overlay earlier ones field by field.
pub(super) trait Entry: Default + for<'de> Deserialize<'de> {
    /// The fields it may have.
    const FIELDS: &'static [&'static str];
    /// Takes over every field that the newer entry gives.
    fn overlay(&mut self, newer: Self);
}

entries! {
    /// `[framework]`: the framework itself.
    FrameworkEntry {
        /// Its id.
        id: String,
        /// What it is called.
        title: String,
        /// The catalogue framework whose entries it takes over.
        extends: String,
        /// The area of the organisation whose framework it is.
        area: String,
        /// The day from which it holds, as 2023-04-01.
        valid_from: String,
        /// Where it comes from.
        source: String,
        /// A remark.
        note: String,
        /// Whether organisation and figures are invented.
        invented: bool,
        /// "unrounded" or "as published".
        comparison: String,
    }
    /// `[[area]]`: a place or organisation.
    AreaEntry {
        /// Its code, which is its key.
        code: String,
        /// Its name.
        name: String,
        /// scotland, health board, council, partnership, locality, zone, service, team, hospital, group
        /// or unknown residence.
        kind: String,
        /// The codes of its parts.
        parts: Vec<String>,
        /// Further ways in which it is divided.
        divisions: Vec<DivisionEntry>,
        /// The first day of the code.
        valid_from: String,
        /// The last day of the code.
        valid_to: String,
        /// The code that took its place.
        replaced_by: String,
        /// Other spellings of its name.
        aliases: Vec<String>,
        /// Where the facts come from.
        source: String,
        /// A remark.
        note: String,
    }
    /// `[[measure]]`: something observed.
    MeasureEntry {
        /// Its id.
        id: String,
        /// What it is called.
        title: String,
        /// What is counted.
        unit: String,
        /// The kind of its periods, such as month or financial-year.
        frequency: String,
        /// sum, mean, last or none.
        over_time: String,
        /// sum or none.
        over_areas: String,
        /// What it is broken down by.
        dimensions: Vec<DimensionEntry>,
        /// Who publishes it.
        source: String,
        /// A remark.
        note: String,
    }
    /// `[[indicator]]`: a calculation over measures.
    IndicatorEntry {
        /// Its id.
        id: String,
        /// What it is called.
        title: String,
        /// Its full definition.
        definition: String,
        /// How its values are computed.
        calculation: CalculationEntry,
        /// The kind of period it is reported for.
        frequency: String,
        /// higher, lower, range or none.
        polarity: String,
        /// Decimals in print, 0 to 10.
        decimals: u32,
        /// The unit of its values.
        unit: String,
        /// survey or system.
        kind: String,
        /// The set it belongs to.
        set: String,
        /// live, under development, data only or retired.
        status: String,
        /// Whom it is about.
        basis: String,
        /// Who publishes its figures.
        source: String,
        /// Who answers for it.
        owner: String,
        /// The level that looks at it.
        level: String,
        /// The perspective it stands under.
        perspective: String,
        /// Other codes it goes by.
        aliases: Vec<String>,
        /// The outcomes it is linked to.
        outcomes: Vec<LinkEntry>,
        /// Remarks with their sources.
        notes: Vec<NoteEntry>,
    }
    /// `[[outcome]]`: a national or local outcome.
    OutcomeEntry {
        /// Its id.
        id: String,
        /// What it says.
        title: String,
        /// A short label.
        short: String,
        /// Its number.
        number: u32,
        /// national or local.
        kind: String,
        /// The national outcomes that a local one serves.
        national: Vec<String>,
        /// Where it comes from.
        source: String,
        /// Other wordings with their sources.
        wordings: Vec<NoteEntry>,
        /// A remark.
        note: String,
    }
    /// `[[priority]]`: a priority or theme of a plan.
    PriorityEntry {
        /// Its id.
        id: String,
        /// What it is called.
        title: String,
        /// The outcomes it serves.
        outcomes: Vec<String>,
        /// Where it comes from.
        source: String,
        /// A remark.
        note: String,
    }
    /// `[[target]]`: a dated target with its tolerance.
    TargetEntry {
        /// The indicator.
        indicator: String,
        /// The first period for which it is in force.
        from: String,
        /// The last.
        to: String,
        /// The value to reach, or the two ends of a range.
        value: AimEntry,
        /// How far it may be missed.
        tolerance: ToleranceEntry,
        /// The area it is for.
        area: String,
        /// The level it is for.
        level: String,
        /// national standard, local target, improvement goal or stretch aim.
        origin: String,
        /// Where it comes from.
        source: String,
    }
}

/// A further way in which an area is divided.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DivisionEntry {
    /// What it is divided into, for people.
    pub by: Option<String>,
    /// The codes of the parts.
    pub parts: Vec<String>,
}

/// A dimension of a measure.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DimensionEntry {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub title: Option<String>,
    /// Its categories; left out: any category may occur.
    #[serde(default)]
    pub categories: Vec<String>,
}

/// How an indicator's values are computed.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CalculationEntry {
    /// A number of events or people.
    Count(String),
    /// A rate per so many.
    Rate(RateEntry),
    /// A percentage.
    Percentage(PercentageEntry),
    /// The mean over the period of a stock.
    Mean(String),
    /// A published value as it stands.
    Published(String),
}

/// The parts of a rate.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateEntry {
    /// What is counted.
    pub numerator: String,
    /// What it is divided by; left out: the denominators observed with the numerator.
    pub denominator: Option<String>,
    /// The multiplier.
    pub per: f64,
    /// financial-year-start or calendar-year, where the denominator is a population.
    pub population_year: Option<String>,
    /// How many years a population may stand in for later ones.
    #[serde(default)]
    pub carry_forward: u32,
}

/// The parts of a percentage.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PercentageEntry {
    /// What is counted.
    pub numerator: String,
    /// What it is divided by; left out: the denominators observed with the numerator.
    pub denominator: Option<String>,
    /// Whether the value is 100 less the percentage.
    #[serde(default)]
    pub complement: bool,
    /// financial-year-start or calendar-year, where the denominator is a population.
    pub population_year: Option<String>,
    /// How many years a population may stand in for later ones.
    #[serde(default)]
    pub carry_forward: u32,
}

/// A link to an outcome.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkEntry {
    /// The outcome.
    pub id: String,
    /// primary (as when left out) or noted.
    pub link: Option<String>,
    /// Who decided it.
    pub decided_by: Option<String>,
    /// When, as 2016-04-01.
    pub decided_on: Option<String>,
    /// Where it comes from.
    pub source: Option<String>,
}

/// A remark with its source.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteEntry {
    /// What is remarked.
    pub text: String,
    /// Where it comes from.
    pub source: Option<String>,
}

/// A value to reach, or the two ends of a range to stay in.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum AimEntry {
    /// A value.
    Value(f64),
    /// The lower and the upper end.
    Range([f64; 2]),
}

/// One cut, or a green and an amber one.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum CutsEntry {
    /// What misses the target is amber within it.
    One(f64),
    /// Green within the first, amber within the second.
    Two([f64; 2]),
}

/// How far a target may be missed.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ToleranceEntry {
    /// In percent of the target.
    Relative(CutsEntry),
    /// In points.
    Points(CutsEntry),
}

/// A framework file as a whole: the type from which the schema for editors is generated.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "kilter framework")]
pub struct FrameworkDocument {
    /// The framework itself.
    pub framework: Option<FrameworkEntry>,
    /// Areas.
    pub area: Vec<AreaEntry>,
    /// Measures.
    pub measure: Vec<MeasureEntry>,
    /// Indicators.
    pub indicator: Vec<IndicatorEntry>,
    /// Outcomes.
    pub outcome: Vec<OutcomeEntry>,
    /// Priorities.
    pub priority: Vec<PriorityEntry>,
    /// Targets.
    pub target: Vec<TargetEntry>,
}

/// Entries of one sort laid over one another, in the order in which their keys first appear.
pub(super) struct Laid<E> {
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
pub(super) struct Texts {
    pub framework: Option<(Place, FrameworkEntry)>,
    pub areas: Laid<AreaEntry>,
    pub measures: Laid<MeasureEntry>,
    pub indicators: Laid<IndicatorEntry>,
    pub outcomes: Laid<OutcomeEntry>,
    pub priorities: Laid<PriorityEntry>,
    pub targets: Vec<(Place, TargetEntry)>,
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
            let reader = Reader { text };
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
        const SECTIONS: [&str; 7] =
            ["framework", "area", "measure", "indicator", "outcome", "priority", "target"];
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
        if section == "target" {
            if let Some(entry) = reader.entry(section, item, &mut self.problems) {
                self.targets.push((place, entry));
            }
            return;
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

struct Reader<'t> {
    text: &'t Text,
}

impl Reader<'_> {
    fn place(&self, span: std::ops::Range<usize>) -> Place {
        let before = self.text.text.get(..span.start).unwrap_or(&self.text.text);
        Place { text: self.text.name.clone(), line: before.matches('\n').count() + 1 }
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
                known.insert(field.clone(), value.clone());
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
