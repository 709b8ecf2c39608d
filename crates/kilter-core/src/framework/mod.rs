//! Frameworks: all definitions of one organisation at one time.
//!
//! A framework is made from TOML texts, later ones overlaying earlier ones entry by entry and field by
//! field, and is either whole and sound or a list of every problem found. This room knows no files (a
//! text comes with a name) and computes no value.

mod calculation;
mod check;
mod document;

pub use calculation::{Calculation, Expression, ExpressionError, PopulationYear, Rate, Term};
pub use document::{FrameworkDocument, Text};

use crate::area::Areas;
use crate::ident::{AreaCode, FrameworkId, IndicatorId, MeasureId, OutcomeId, PriorityId};
use crate::series::Measure;
use crate::target::{Polarity, Threshold};
use crate::time::{Date, Period, PeriodKind};
use std::collections::BTreeMap;
use std::fmt;

/// Whether values are compared with targets as computed or as printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Comparison {
    /// As computed: rounding is for print only.
    #[default]
    Unrounded,
    /// Rounded half up to the indicator's decimals first, as the figures that are published are.
    AsPublished,
}

/// How far an indicator has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Development {
    /// In use.
    #[default]
    Live,
    /// Being defined; its values are not judged.
    UnderDevelopment,
    /// For information; its values are not judged.
    DataOnly,
    /// No longer in use.
    Retired,
}

impl Development {
    /// All with their names in a framework file.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("live", Self::Live),
        ("under development", Self::UnderDevelopment),
        ("data only", Self::DataOnly),
        ("retired", Self::Retired),
    ];
}

/// Whether an outcome is one of the nine national ones or a partnership's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutcomeKind {
    /// A national health and wellbeing outcome.
    National,
    /// An outcome of a partnership's own plan.
    Local,
}

impl OutcomeKind {
    /// All with their names in a framework file.
    pub const NAMES: [(&'static str, Self); 2] = [("national", Self::National), ("local", Self::Local)];
}

/// Whether an indicator counts for an outcome or is only mentioned under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum LinkKind {
    /// It counts.
    #[default]
    Primary,
    /// It is mentioned.
    Noted,
}

impl LinkKind {
    /// All with their names in a framework file.
    pub const NAMES: [(&'static str, Self); 2] = [("primary", Self::Primary), ("noted", Self::Noted)];
}

/// A link from an indicator to an outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutcomeLink {
    /// The outcome.
    pub outcome: OutcomeId,
    /// Whether the indicator counts for it.
    pub kind: LinkKind,
    /// Who decided it.
    pub decided_by: Option<String>,
    /// When it was decided.
    pub decided_on: Option<Date>,
}

/// A remark with its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What is remarked.
    pub text: String,
    /// Where it comes from.
    pub source: Option<String>,
}

/// An indicator: a calculation over measures, and how its values are read.
#[derive(Debug, Clone, PartialEq)]
pub struct Indicator {
    /// Its id.
    pub id: IndicatorId,
    /// Other codes it goes by, such as "NI 19".
    pub aliases: Vec<String>,
    /// What it is called.
    pub title: String,
    /// Its full definition.
    pub definition: Option<String>,
    /// How its values are computed.
    pub calculation: Calculation,
    /// The kind of period it is reported for.
    pub frequency: PeriodKind,
    /// Which direction is better.
    pub polarity: Polarity,
    /// How many decimals its values are printed with, 0 to 10.
    pub decimals: u32,
    /// The unit of its values.
    pub unit: String,
    /// How far it has come.
    pub development: Development,
    /// The set it belongs to, as in "core suite".
    pub set: Option<String>,
    /// From a survey or from a system.
    pub kind: Option<String>,
    /// Whom it is about.
    pub basis: Option<String>,
    /// Who publishes its figures.
    pub source: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The level that looks at it.
    pub level: Option<String>,
    /// The perspective of a balanced scorecard it stands under.
    pub perspective: Option<String>,
    /// The outcomes it is linked to.
    pub outcomes: Vec<OutcomeLink>,
    /// Remarks: conflicts between sources, changes of definition.
    pub notes: Vec<Note>,
}

/// An outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Its id.
    pub id: OutcomeId,
    /// What it says.
    pub title: String,
    /// A short label.
    pub short: String,
    /// Its number, where it has one. Numbers are not keys: one source prints the same number twice.
    pub number: Option<u32>,
    /// National or local.
    pub kind: OutcomeKind,
    /// The national outcomes that a local one serves.
    pub national: Vec<OutcomeId>,
}

/// A priority or theme of a strategic plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priority {
    /// Its id.
    pub id: PriorityId,
    /// What it is called.
    pub title: String,
    /// The outcomes it serves.
    pub outcomes: Vec<OutcomeId>,
}

/// A dated target of an indicator, for all areas or one.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// The indicator.
    pub indicator: IndicatorId,
    /// The first period for which it is in force.
    pub from: Period,
    /// The last; `None`: until another takes its place.
    pub to: Option<Period>,
    /// The area it is for; `None`: all.
    pub area: Option<AreaCode>,
    /// The level it is for; `None`: all.
    pub level: Option<String>,
    /// What values are judged by.
    pub threshold: Threshold,
    /// National standard, local target, improvement goal, stretch aim.
    pub origin: Option<String>,
    /// Where it comes from.
    pub source: Option<String>,
}

impl Target {
    /// Whether it is in force for a period: for one that ends in the time it is dated for.
    #[must_use]
    pub fn in_force(&self, period: Period) -> bool {
        self.from.start() <= period.end() && self.to.is_none_or(|to| period.end() <= to.end())
    }
}

/// All definitions of one organisation at one time, checked.
///
/// ```
/// use kilter_core::framework::{Framework, Text};
/// let text = r#"
///     [framework]
///     id = "small"
///     title = "A small framework"
///
///     [[area]]
///     code = "A"
///     name = "Glen"
///     kind = "council"
///
///     [[measure]]
///     id = "falls"
///     title = "Falls"
///     unit = "people"
///     frequency = "month"
///     over_time = "sum"
///     over_areas = "sum"
///
///     [[indicator]]
///     id = "F-1"
///     title = "Falls in the month"
///     calculation = { count = "falls" }
///     frequency = "month"
///     polarity = "lower"
///     decimals = 0
///     unit = "people"
///
///     [[target]]
///     indicator = "F-1"
///     from = "2023-04"
///     value = 0
///     tolerance = { relative = 5 }
/// "#;
/// let problems = Framework::from_texts(&[Text::new("small.toml", text)]).unwrap_err();
/// assert_eq!(
///     problems.to_string(),
///     "small.toml:28: indicator F-1: target from 2023-04: tolerance relative 5 needs a target above 0; \
///      here it is 0; give it in points"
/// );
/// assert!(Framework::from_texts(&[Text::new("small.toml", &text.replace("value = 0", "value = 9"))]).is_ok());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Framework {
    id: FrameworkId,
    title: String,
    invented: bool,
    source: Option<String>,
    area: Option<AreaCode>,
    valid_from: Option<Date>,
    comparison: Comparison,
    areas: Areas,
    measures: BTreeMap<MeasureId, Measure>,
    indicators: Vec<Indicator>,
    /// The place of each indicator by its id and by its aliases.
    places: BTreeMap<String, usize>,
    outcomes: Vec<Outcome>,
    priorities: Vec<Priority>,
    targets: Vec<Target>,
}

impl Framework {
    /// Makes a framework of texts; each overlays those before it. `extends` is left to the caller, who
    /// has the texts that it names.
    ///
    /// # Errors
    /// Every problem of every text: what cannot be read, what is not known, what does not go together.
    pub fn from_texts(texts: &[Text]) -> Result<Self, FrameworkError> {
        check::framework(texts)
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &FrameworkId {
        &self.id
    }

    /// What it is called.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Whether its organisation and figures are invented, which every report then says.
    #[must_use]
    pub fn is_invented(&self) -> bool {
        self.invented
    }

    /// Where it comes from.
    #[must_use]
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// The area of the organisation whose framework it is; `None` for a national set of definitions.
    #[must_use]
    pub fn area(&self) -> Option<&AreaCode> {
        self.area.as_ref()
    }

    /// The day from which it holds.
    #[must_use]
    pub fn valid_from(&self) -> Option<Date> {
        self.valid_from
    }

    /// Whether values are compared as computed or as printed.
    #[must_use]
    pub fn comparison(&self) -> Comparison {
        self.comparison
    }

    /// Its areas.
    #[must_use]
    pub fn areas(&self) -> &Areas {
        &self.areas
    }

    /// The measure of that id.
    #[must_use]
    pub fn measure(&self, id: &str) -> Option<&Measure> {
        self.measures.get(id)
    }

    /// Its measures, by id.
    pub fn measures(&self) -> impl Iterator<Item = &Measure> {
        self.measures.values()
    }

    /// The indicator of that id or alias.
    #[must_use]
    pub fn indicator(&self, id: &str) -> Option<&Indicator> {
        self.places.get(id).map(|&i| &self.indicators[i])
    }

    /// Its indicators, in the order in which they were written.
    #[must_use]
    pub fn indicators(&self) -> &[Indicator] {
        &self.indicators
    }

    /// Its outcomes, in the order in which they were written.
    #[must_use]
    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// Its priorities, in the order in which they were written.
    #[must_use]
    pub fn priorities(&self) -> &[Priority] {
        &self.priorities
    }

    /// Its targets.
    #[must_use]
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// The target in force for an indicator in an area and period: one for the area before one for all,
    /// and of those the one dated last.
    #[must_use]
    pub fn target(&self, indicator: &IndicatorId, area: &AreaCode, period: Period) -> Option<&Target> {
        self.targets
            .iter()
            .filter(|t| t.indicator == *indicator && t.level.is_none() && t.in_force(period))
            .filter(|t| t.area.as_ref().is_none_or(|a| a == area))
            .max_by_key(|t| (t.area.is_some(), t.from.start()))
    }
}

/// Where a problem stands: the name of a text and a line of it, from 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The name of the text.
    pub text: String,
    /// The line, from 1.
    pub line: usize,
}

/// One problem of a framework.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where it stands; `None` where it stands in no one place.
    pub place: Option<Place>,
    /// What it is about, as in "indicator NI-19: target from 2023/24"; empty where it is about the text.
    pub path: String,
    /// What is wrong and what is expected.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{}:{}: ", place.text, place.line)?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

/// Every problem of a framework, in the order of the texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameworkError {
    problems: Vec<Problem>,
}

impl FrameworkError {
    /// The problems: at least one.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for FrameworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.problems.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for FrameworkError {}

#[cfg(test)]
mod tests;
