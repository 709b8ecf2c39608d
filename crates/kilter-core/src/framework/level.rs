//! Levels of reporting, what each is shown, and where it goes next when it stays out of tolerance.
//!
//! Measurement, availability and reporting are three frequencies: the first two are an indicator's, the
//! third is a level's. Nothing here evaluates.

use super::Indicator;
use crate::ident::{AreaCode, EscalationId, IndicatorId, LevelId, PriorityId};
use crate::target::Tolerance;
use crate::time::{Date, PeriodKind};
use std::fmt;
use std::str::FromStr;

/// A rule by which a level is shown an indicator as an exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExceptionRule {
    /// It is red.
    Red,
    /// It is red or amber.
    AmberOrRed,
    /// It is red and was not in the last period before that was assessed.
    NewlyRed,
    /// It has moved in the worse direction so many periods running.
    Worsening(u32),
    /// Its newest figures should be there by now.
    Overdue,
}

impl FromStr for ExceptionRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "red" => return Ok(Self::Red),
            "amber or red" => return Ok(Self::AmberOrRed),
            "newly red" => return Ok(Self::NewlyRed),
            "overdue" => return Ok(Self::Overdue),
            _ => {}
        }
        match text.strip_prefix("worsening ").map(str::parse) {
            Some(Ok(n @ 1..=120)) => Ok(Self::Worsening(n)),
            _ => Err(format!(
                "\"{text}\" is not known; expected one of red, amber or red, newly red, overdue, or \"worsening 3\""
            )),
        }
    }
}

impl fmt::Display for ExceptionRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Red => f.pad("red"),
            Self::AmberOrRed => f.pad("amber or red"),
            Self::NewlyRed => f.pad("newly red"),
            Self::Worsening(n) => f.pad(&format!("worsening {n}")),
            Self::Overdue => f.pad("overdue"),
        }
    }
}

/// Some of a framework's indicators: those that are named, and those of the sets that are named; all
/// where nothing is named.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choice {
    /// Indicators by id.
    pub indicators: Vec<IndicatorId>,
    /// Sets by name.
    pub sets: Vec<String>,
}

impl Choice {
    /// Whether an indicator is among them.
    #[must_use]
    pub fn holds(&self, indicator: &Indicator) -> bool {
        if self.indicators.is_empty() && self.sets.is_empty() {
            return true;
        }
        self.indicators.contains(&indicator.id)
            || indicator.set.as_ref().is_some_and(|set| self.sets.contains(set))
    }
}

/// A level of reporting: a board, a committee, a group, a service.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// Its id.
    pub id: LevelId,
    /// What it is called.
    pub title: String,
    /// Other names it goes by.
    pub aliases: Vec<String>,
    /// Who reads the report.
    pub audience: Option<String>,
    /// Who answers for it.
    pub accountable: Option<String>,
    /// How often it is reported to.
    pub frequency: Option<PeriodKind>,
    /// How far targets may be missed before this level is alerted.
    pub tolerance: Option<Tolerance>,
    /// Which indicators it looks at.
    pub choice: Choice,
    /// Which of them it is shown as exceptions.
    pub exceptions: Vec<ExceptionRule>,
    /// Where it comes from.
    pub source: Option<String>,
}

impl Level {
    /// Whether it looks at an indicator: one that it names, or one whose own level it is.
    #[must_use]
    pub fn looks_at(&self, indicator: &Indicator) -> bool {
        self.choice.holds(indicator) || indicator.level.as_ref() == Some(&self.id)
    }
}

/// What makes an escalation begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// A red status.
    Red,
    /// A red or amber status.
    AmberOrRed,
    /// A person says so; no status does.
    Declared,
}

impl Trigger {
    /// All with their names in a framework file.
    pub const NAMES: [(&'static str, Self); 3] =
        [("red", Self::Red), ("amber or red", Self::AmberOrRed), ("declared", Self::Declared)];
}

/// A rule by which something goes from a level to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escalation {
    /// Its id.
    pub id: EscalationId,
    /// What it is called.
    pub title: String,
    /// The level that sees it first, by whose tolerance it is judged.
    pub from: LevelId,
    /// The level it is raised to, for a decision.
    pub to: LevelId,
    /// The levels that are told.
    pub reported_to: Vec<LevelId>,
    /// What makes it begin.
    pub when: Trigger,
    /// After how many periods running it is raised.
    pub raise_after: u32,
    /// After how many periods running without it is cleared.
    pub clear_after: u32,
    /// Which indicators it is for, among those that its first level looks at.
    pub choice: Choice,
    /// Where it comes from.
    pub source: Option<String>,
}

/// What a person decided about an escalation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DecisionKind {
    /// It is raised, whatever the statuses say.
    Raised,
    /// It has been taken note of, and something is done.
    Acknowledged,
    /// It is closed.
    Cleared,
}

impl DecisionKind {
    /// All with their names in a framework file.
    pub const NAMES: [(&'static str, Self); 3] =
        [("raised", Self::Raised), ("acknowledged", Self::Acknowledged), ("cleared", Self::Cleared)];
}

/// What an escalation is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Matter {
    /// An indicator.
    Indicator(IndicatorId),
    /// A priority: a risk to it, or what it would cost.
    Priority(PriorityId),
}

/// A decision on record: who decided what about an escalation, when, and what is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The escalation.
    pub escalation: EscalationId,
    /// What it is about.
    pub about: Matter,
    /// In which area.
    pub area: AreaCode,
    /// On which day.
    pub on: Date,
    /// What was decided.
    pub kind: DecisionKind,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: Option<String>,
    /// What is done.
    pub action: Option<String>,
    /// Who does it.
    pub owner: Option<String>,
}
