//! What a framework says about judging: targets, tolerances, statuses given by people, roll-up.

use crate::ident::{AreaCode, IndicatorId, LevelId, OutcomeId, PriorityId};
use crate::target::{Colour, Function, Goal, Origin, Tolerance};
use crate::time::{Date, Period};

/// A dated target of an indicator, for all areas or one, for all levels or one.
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
    pub level: Option<LevelId>,
    /// What it aims at.
    pub goal: Goal,
    /// How far it may be missed; `None`: nothing is said with the target.
    pub tolerance: Option<Tolerance>,
    /// Who set it, and what for.
    pub origin: Option<Origin>,
    /// Whether it belongs to an integration function.
    pub function: Option<Function>,
    /// When it is to be reviewed.
    pub review: Option<Date>,
    /// Where it comes from.
    pub source: Option<String>,
}

/// Whether something dated from a period to another is in force for a period: for one that ends in that
/// time.
fn in_force(from: Period, to: Option<Period>, period: Period) -> bool {
    from.start() <= period.end() && to.is_none_or(|to| period.end() <= to.end())
}

impl Target {
    /// Whether it is in force for a period: for one that ends in the time it is dated for.
    #[must_use]
    pub fn in_force(&self, period: Period) -> bool {
        in_force(self.from, self.to, period)
    }

    /// Whether it is seen from a level: one for all levels is seen from each, and from none.
    #[must_use]
    pub fn is_at(&self, level: Option<&LevelId>) -> bool {
        self.level.as_ref().is_none_or(|of| Some(of) == level)
    }
}

/// A dated tolerance of an indicator that stands apart from its targets, for all levels or one.
#[derive(Debug, Clone, PartialEq)]
pub struct ToleranceRule {
    /// The indicator.
    pub indicator: IndicatorId,
    /// The level it is for; `None`: all.
    pub level: Option<LevelId>,
    /// The first period for which it is in force.
    pub from: Period,
    /// The last; `None`: until another takes its place.
    pub to: Option<Period>,
    /// The tolerance.
    pub tolerance: Tolerance,
    /// Where it comes from.
    pub source: Option<String>,
}

impl ToleranceRule {
    /// Whether it is in force for a period.
    #[must_use]
    pub fn in_force(&self, period: Period) -> bool {
        in_force(self.from, self.to, period)
    }
}

/// Where a tolerance in force comes from, the most specific first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ToleranceOrigin {
    /// A tolerance of the indicator for this level.
    IndicatorAtLevel,
    /// The target's own, of a target for this level.
    TargetAtLevel,
    /// The level's own.
    Level,
    /// A tolerance of the indicator for all levels.
    Indicator,
    /// The target's own.
    Target,
    /// Nobody states one: what misses the target is outside.
    None,
}

/// What a person has given a status to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// An indicator.
    Indicator(IndicatorId),
    /// An outcome.
    Outcome(OutcomeId),
    /// A priority.
    Priority(PriorityId),
}

/// A status given by a named person. It never replaces the computed one: both are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManualStatus {
    /// Of what.
    pub subject: Subject,
    /// In which area.
    pub area: AreaCode,
    /// For which period.
    pub period: Period,
    /// The colour.
    pub status: Colour,
    /// Who gave it.
    pub by: String,
    /// When.
    pub on: Date,
    /// Why.
    pub reason: String,
}

/// Whether people may give a status, and what it is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ManualRule {
    /// They may not.
    #[default]
    Refused,
    /// It is shown beside the computed status, which is the one that counts in a roll-up.
    Shown,
    /// It is shown beside the computed status, and counts in its place in a roll-up.
    Counts,
}

impl ManualRule {
    /// All with their names in a framework file.
    pub const NAMES: [(&'static str, Self); 3] =
        [("refused", Self::Refused), ("shown", Self::Shown), ("counts", Self::Counts)];
}

/// Two shares in percent: from the first on green, from the second on amber, below it red.
///
/// ```
/// use kilter_core::framework::Cuts;
/// use kilter_core::target::Colour;
/// let cuts = Cuts::new(80.0, 50.0).unwrap();
/// assert_eq!([80.0, 79.9, 50.0, 49.9].map(|share| cuts.colour(share)),
///     [Colour::Green, Colour::Amber, Colour::Amber, Colour::Red]);
/// assert!(Cuts::new(50.0, 80.0).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cuts {
    green: f64,
    amber: f64,
}

impl Cuts {
    /// Two shares in percent.
    ///
    /// # Errors
    /// A share outside 0 to 100, or the amber one above the green one.
    pub fn new(green: f64, amber: f64) -> Result<Self, String> {
        if (0.0..=100.0).contains(&green) && (0.0..=green).contains(&amber) {
            Ok(Self { green, amber })
        } else {
            Err(format!(
                "[{green}, {amber}]: expected two percentages, the first for green and the second, not above it, \
                 for amber"
            ))
        }
    }

    /// The share from which on it is green.
    #[must_use]
    pub fn green(self) -> f64 {
        self.green
    }

    /// The share from which on it is amber.
    #[must_use]
    pub fn amber(self) -> f64 {
        self.amber
    }

    /// The colour of a share in percent; on a cut is inside it.
    #[must_use]
    pub fn colour(self, share: f64) -> Colour {
        let reaches = |cut: f64| share >= cut || crate::target::same(share, cut);
        match (reaches(self.green), reaches(self.amber)) {
            (true, _) => Colour::Green,
            (false, true) => Colour::Amber,
            (false, false) => Colour::Red,
        }
    }
}

/// How the statuses of indicators become one. What is not assessed never counts, and the counts stand
/// beside the colour always.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum RollUp {
    /// The worst colour among them.
    #[default]
    WorstOf,
    /// The share of the weight that is green, against two cuts.
    ShareGreen(Cuts),
    /// The weighted mean of scores (green 100, amber 50, red 0), against two cuts.
    WeightedMean(Cuts),
    /// The colour that has more than half of the weight; none where no colour has.
    Majority,
}
