//! Frameworks: all definitions of one organisation at one time.
//!
//! A framework is made from TOML texts, later ones overlaying earlier ones entry by entry and field by
//! field, and is either whole and sound or a list of every problem found. This room knows no files (a
//! text comes with a name) and computes no value.

mod calculation;
mod charting;
mod check;
mod document;
mod indicator;
mod judging;
mod level;
mod scotpho;
mod unequal;

pub use calculation::{
    Calculation, Expression, ExpressionError, Indirect, LifeTable, PopulationYear, Rate, Repeated,
    Standardised, Term,
};
pub use charting::{
    ChartKind, ChartRule, ChartRuns, ChartScreening, ChartSignals, Exclusion, ShiftRule, ShiftWatch,
};
pub use document::{FrameworkDocument, Text};
pub use indicator::{
    ComparisonRule, ComparisonTest, Development, Indicator, IntervalOf, IntervalRule, Lag, LinkKind,
    MinimumChange, Note, Outcome, OutcomeKind, OutcomeLink, Priority, TrendBasis, TrendRule,
};
pub use judging::{Cuts, ManualRule, ManualStatus, RollUp, Subject, Target, ToleranceOrigin, ToleranceRule};
pub use level::{Choice, Decision, DecisionKind, Escalation, ExceptionRule, Level, Matter, Trigger};
pub use scotpho::{Scottish, ScottishForm, ScottishGap};
pub use unequal::{
    FirstGroup, GivenSpread, GivenValues, Inequality, InequalityMeasure, LineThrough, Quantile, SlopeIndex,
    SlopeMeasure, SlopeTowards,
};

use crate::area::Areas;
use crate::ident::{AreaCode, EscalationId, FrameworkId, IndicatorId, LevelId, MeasureId};
use crate::series::Measure;
use crate::target::{Goal, Origin, Threshold, ThresholdError, Tolerance};
use crate::time::{Date, Period};
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

/// Where the targets of an indicator stand: a question about one area does not look at those of the others.
#[derive(Debug, Clone, PartialEq, Default)]
struct TargetPlaces {
    for_all: Vec<usize>,
    by_area: BTreeMap<AreaCode, Vec<usize>>,
}

/// The places of targets by what they are for.
fn target_places(targets: &[Target]) -> BTreeMap<IndicatorId, TargetPlaces> {
    let mut places: BTreeMap<IndicatorId, TargetPlaces> = BTreeMap::new();
    for (i, target) in targets.iter().enumerate() {
        let of = places.entry(target.indicator.clone()).or_default();
        match &target.area {
            None => of.for_all.push(i),
            Some(area) => of.by_area.entry(area.clone()).or_default().push(i),
        }
    }
    places
}

/// Whether indicators that are only noted under an outcome count for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NotedRule {
    /// They are listed and do not count.
    #[default]
    Listed,
    /// They count as the others do.
    Counted,
}

impl NotedRule {
    /// Both with their names in a framework file.
    pub const NAMES: [(&'static str, Self); 2] = [("listed", Self::Listed), ("counted", Self::Counted)];
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
    /// The places of the targets of each indicator: those for all areas, and those for one by its code.
    targets_for: BTreeMap<IndicatorId, TargetPlaces>,
    tolerances: Vec<ToleranceRule>,
    levels: Vec<Level>,
    escalations: Vec<Escalation>,
    decisions: Vec<Decision>,
    manual: Vec<ManualStatus>,
    manual_rule: ManualRule,
    roll_up: RollUp,
    noted: NotedRule,
    revision_check: Option<f64>,
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

    /// The targets of an indicator for an area: those for all areas and those for it, of every level and date.
    pub fn targets_for(&self, indicator: &IndicatorId, area: &AreaCode) -> impl Iterator<Item = &Target> {
        let places = self.targets_for.get(indicator);
        let for_all = places.map_or(&[][..], |places| &places.for_all);
        let for_area = places.and_then(|places| places.by_area.get(area)).map_or(&[][..], Vec::as_slice);
        for_all.iter().chain(for_area).map(|&i| &self.targets[i])
    }

    /// Whether any area has targets of its own for an indicator.
    #[must_use]
    pub fn has_targets_by_area(&self, indicator: &IndicatorId) -> bool {
        self.targets_for.get(indicator).is_some_and(|places| !places.by_area.is_empty())
    }

    /// The target in force for an indicator in an area and period, seen from a level: one for the area
    /// before one for all, one for the level before one for all, and of those the one dated last. A stretch
    /// aim is in force only where nothing else is.
    #[must_use]
    pub fn target(
        &self,
        indicator: &IndicatorId,
        area: &AreaCode,
        period: Period,
        level: Option<&LevelId>,
    ) -> Option<&Target> {
        self.targets_for(indicator, area).filter(|t| t.in_force(period) && t.is_at(level)).max_by_key(|t| {
            let stretch = t.origin == Some(Origin::StretchAim);
            (!stretch, t.area.is_some(), t.level.is_some(), t.from.start())
        })
    }

    /// The tolerance by which a target is applied in a period, seen from a level, and where it comes from.
    /// The most specific one: that of the indicator for the level, the target's own where the target is for
    /// the level, that of the level, that of the indicator for all levels, the target's own.
    #[must_use]
    pub fn tolerance(
        &self,
        target: &Target,
        period: Period,
        level: Option<&LevelId>,
    ) -> (Tolerance, ToleranceOrigin) {
        let of_indicator = |level: Option<&LevelId>| {
            self.tolerances
                .iter()
                .filter(|t| {
                    t.indicator == target.indicator && t.in_force(period) && t.level.as_ref() == level
                })
                .max_by_key(|t| t.from.start())
                .map(|t| t.tolerance)
        };
        let at_level = level.and_then(|level| of_indicator(Some(level)));
        let own = |at_level: bool| target.tolerance.filter(|_| !at_level || target.level.is_some());
        let of_level = level.and_then(|id| self.level(id.as_str())?.tolerance);
        [
            (at_level, ToleranceOrigin::IndicatorAtLevel),
            (own(true), ToleranceOrigin::TargetAtLevel),
            (of_level, ToleranceOrigin::Level),
            (of_indicator(None), ToleranceOrigin::Indicator),
            (own(false), ToleranceOrigin::Target),
        ]
        .into_iter()
        .find_map(|(tolerance, origin)| Some((tolerance?, origin)))
        .unwrap_or((Tolerance::NONE, ToleranceOrigin::None))
    }

    /// The same framework with other rules for one indicator: a goal that is in force from a period on in the
    /// place of all its targets and their tolerances, or a tolerance in the place of all that were in force
    /// for it, or both.
    ///
    /// # Errors
    /// Goal, tolerance and the polarity of the indicator do not go together.
    pub fn judging(
        &self,
        indicator: &Indicator,
        goal: Option<(Goal, Period)>,
        tolerance: Option<Tolerance>,
    ) -> Result<Self, ThresholdError> {
        let mut other = self.clone();
        if let Some((goal, from)) = goal {
            other.targets.retain(|t| t.indicator != indicator.id);
            other.targets.push(Target {
                indicator: indicator.id.clone(),
                from,
                to: None,
                area: None,
                level: None,
                goal,
                tolerance,
                origin: None,
                function: None,
                review: None,
                source: None,
            });
        }
        if tolerance.is_some() {
            other.tolerances.retain(|t| t.indicator != indicator.id);
            // Only this indicator is judged by it, so that the levels may lose theirs.
            other.levels.iter_mut().for_each(|level| level.tolerance = None);
            other.targets.iter_mut().filter(|t| t.indicator == indicator.id).for_each(|t| {
                t.tolerance = tolerance;
            });
        }
        other.targets_for = target_places(&other.targets);
        for target in other.targets.iter().filter(|t| t.indicator == indicator.id) {
            for aim in target.goal.stated() {
                Threshold::new(indicator.polarity, aim, target.tolerance.unwrap_or(Tolerance::NONE))?;
            }
        }
        Ok(other)
    }

    /// Its levels of reporting, in the order in which they were written.
    #[must_use]
    pub fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// The level of that id.
    #[must_use]
    pub fn level(&self, id: &str) -> Option<&Level> {
        self.levels.iter().find(|level| level.id.as_str() == id)
    }

    /// Its rules of escalation, in the order in which they were written.
    #[must_use]
    pub fn escalations(&self) -> &[Escalation] {
        &self.escalations
    }

    /// The rule of escalation of that id.
    #[must_use]
    pub fn escalation(&self, id: &EscalationId) -> Option<&Escalation> {
        self.escalations.iter().find(|escalation| escalation.id == *id)
    }

    /// What was decided about escalations, in the order in which it was written.
    #[must_use]
    pub fn decisions(&self) -> &[Decision] {
        &self.decisions
    }

    /// The status that a person gave to something in an area for a period; of several the last one given.
    #[must_use]
    pub fn manual_status(&self, subject: &Subject, area: &AreaCode, period: Period) -> Option<&ManualStatus> {
        self.manual
            .iter()
            .filter(|m| m.subject == *subject && m.area == *area && m.period == period)
            .max_by_key(|m| m.on)
    }

    /// The status that a person gave to something in an area for the latest period, as it stood on a day;
    /// as it stands where no day is given.
    #[must_use]
    pub fn latest_manual_status(
        &self,
        subject: &Subject,
        area: &AreaCode,
        on: Option<Date>,
    ) -> Option<&ManualStatus> {
        self.manual
            .iter()
            .filter(|m| m.subject == *subject && m.area == *area && on.is_none_or(|day| m.on <= day))
            .max_by_key(|m| (m.period.end(), m.on))
    }

    /// The statuses that people gave, in the order in which they were written.
    #[must_use]
    pub fn manual_statuses(&self) -> &[ManualStatus] {
        &self.manual
    }

    /// What a status given by a person is worth.
    #[must_use]
    pub fn manual_rule(&self) -> ManualRule {
        self.manual_rule
    }

    /// How outcomes, priorities and perspectives are rolled up where they do not say otherwise.
    #[must_use]
    pub fn roll_up(&self) -> RollUp {
        self.roll_up
    }

    /// Whether indicators that are only noted under an outcome count for it.
    #[must_use]
    pub fn noted(&self) -> NotedRule {
        self.noted
    }

    /// Whether an indicator counts for an outcome that it is linked to in that way.
    #[must_use]
    pub fn counts(&self, kind: LinkKind) -> bool {
        kind == LinkKind::Primary || self.noted == NotedRule::Counted
    }

    /// The percentage beyond which a revision is pointed out; `None`: none is.
    #[must_use]
    pub fn revision_check(&self) -> Option<f64> {
        self.revision_check
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
