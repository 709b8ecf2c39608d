//! Scorecards: what one area's indicators say, line by line, rolled up along the strategy map, and what goes
//! to whom when it stays out of tolerance.
//!
//! The colour of an outcome or priority comes from its assessed indicators by a named rule, and the counts
//! stand beside it always: an outcome of which nothing was assessed has no colour. Indicators that are only
//! noted under an outcome are listed, and counted only where the framework says so.

mod coverage;
mod escalation;
mod exception;
mod replay;
mod roll_up;

pub use coverage::{Gap, GapKind, gaps};
pub use escalation::{EscalationEvent, EscalationState, EscalationStep, Report, replay_escalation};
pub use exception::{Exception, exceptions};
pub use replay::{Needed, Replay, needed, replay};
pub use roll_up::{Rolled, Weighted, rolled};

use crate::evaluate::{Evaluation, Timing};
use crate::framework::{Framework, Indicator, LinkKind, ManualRule, Outcome, Priority, Subject};
use crate::ident::{AreaCode, OutcomeId};
use crate::target::{Colour, Status};
use crate::time::{Date, Period};
use std::collections::BTreeMap;

/// One line of a scorecard.
#[derive(Debug, Clone, PartialEq)]
pub struct Line<'f> {
    /// The indicator.
    pub indicator: &'f Indicator,
    /// Its evaluation; `None` where nothing was ever observed for the area.
    pub evaluation: Option<Evaluation<'f>>,
    /// The age of its value, and whether newer data is due; `None` where there is no reporting date or no
    /// value.
    pub timing: Option<Timing>,
}

impl Line<'_> {
    /// Its status.
    #[must_use]
    pub fn status(&self) -> Status {
        use crate::framework::Development;
        use crate::target::NotAssessed;
        match (&self.evaluation, self.indicator.development) {
            (Some(evaluation), _) => evaluation.status,
            (None, Development::UnderDevelopment) => Status::NotAssessed(NotAssessed::UnderDevelopment),
            (None, Development::Complete) => Status::NotAssessed(NotAssessed::Complete),
            (None, Development::DataOnly | Development::Retired) => {
                Status::NotAssessed(NotAssessed::DataOnly)
            }
            (None, Development::Live) => Status::NotAssessed(NotAssessed::NoData),
        }
    }

    /// The status that counts in a roll-up: the computed one, or that of a person where the framework says
    /// that it counts.
    #[must_use]
    pub fn counted_status(&self, rule: ManualRule) -> Status {
        let manual = self.evaluation.as_ref().and_then(|evaluation| evaluation.manual);
        match manual {
            Some(manual) if rule == ManualRule::Counts => Status::Assessed(manual.status),
            _ => self.status(),
        }
    }
}

/// How many lines have which status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Green lines.
    pub green: usize,
    /// Amber lines.
    pub amber: usize,
    /// Red lines.
    pub red: usize,
    /// Lines that are not assessed.
    pub not_assessed: usize,
}

impl Counts {
    /// Counts statuses.
    #[must_use]
    pub fn of(statuses: impl Iterator<Item = Status>) -> Self {
        let mut counts = Self::default();
        for status in statuses {
            match status.colour() {
                Some(Colour::Green) => counts.green += 1,
                Some(Colour::Amber) => counts.amber += 1,
                Some(Colour::Red) => counts.red += 1,
                None => counts.not_assessed += 1,
            }
        }
        counts
    }

    /// The worst colour among them; `None` where nothing is assessed.
    #[must_use]
    pub fn worst(self) -> Option<Colour> {
        match self {
            Self { red: 1.., .. } => Some(Colour::Red),
            Self { amber: 1.., .. } => Some(Colour::Amber),
            Self { green: 1.., .. } => Some(Colour::Green),
            _ => None,
        }
    }
}

/// An outcome, with the lines that count for it and those that are noted under it.
#[derive(Debug, Clone, PartialEq)]
pub struct OutcomeRoll<'f> {
    /// The outcome.
    pub outcome: &'f Outcome,
    /// The places of the lines that count for it.
    pub primary: Vec<usize>,
    /// The places of the lines that are noted under it and do not count.
    pub noted: Vec<usize>,
    /// What they come to.
    pub rolled: Rolled<'f>,
}

/// A priority, with the lines that count for any of its outcomes, each once.
#[derive(Debug, Clone, PartialEq)]
pub struct PriorityRoll<'f> {
    /// The priority.
    pub priority: &'f Priority,
    /// The places of the lines.
    pub lines: Vec<usize>,
    /// What they come to.
    pub rolled: Rolled<'f>,
}

/// A perspective of a balanced scorecard, with its lines.
#[derive(Debug, Clone, PartialEq)]
pub struct PerspectiveRoll<'f> {
    /// The perspective.
    pub perspective: &'f str,
    /// The places of the lines.
    pub lines: Vec<usize>,
    /// What they come to.
    pub rolled: Rolled<'f>,
}

/// What a scorecard reports on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reporting {
    /// A period.
    Period(Period),
    /// The latest there is on a day; without a day, the latest there is.
    Latest(Option<Date>),
}

/// What the indicators of one area say, and what that means for outcomes and priorities.
#[derive(Debug, Clone, PartialEq)]
pub struct Scorecard<'f> {
    /// The area.
    pub area: AreaCode,
    /// The lines, in the order of the framework.
    pub lines: Vec<Line<'f>>,
    /// The outcomes, in the order of the framework.
    pub outcomes: Vec<OutcomeRoll<'f>>,
    /// The priorities, in the order of the framework.
    pub priorities: Vec<PriorityRoll<'f>>,
    /// The perspectives, in the order in which indicators name them.
    pub perspectives: Vec<PerspectiveRoll<'f>>,
    /// The places of the lines that count for no outcome.
    pub unlinked: Vec<usize>,
    /// What all lines come to.
    pub overall: Rolled<'f>,
}

impl<'f> Scorecard<'f> {
    /// Rolls the lines of an area up along the framework's strategy map. A line that counts for a local
    /// outcome counts for the national outcomes that it serves too. People may have given an outcome or a
    /// priority another colour for what is reported on.
    #[must_use]
    pub fn new(framework: &'f Framework, area: AreaCode, lines: Vec<Line<'f>>, reporting: Reporting) -> Self {
        let manual_rule = framework.manual_rule();
        let statuses: Vec<Status> = lines.iter().map(|line| line.counted_status(manual_rule)).collect();
        let of = |weights: &[(usize, f64)]| -> Vec<Weighted> {
            weights.iter().map(|&(i, weight)| Weighted { status: statuses[i], weight }).collect()
        };
        let places = |weights: &[(usize, f64)]| weights.iter().map(|(i, _)| *i).collect::<Vec<_>>();
        let judged = |rolled: Rolled<'f>, subject: Subject| {
            let manual = match reporting {
                Reporting::Period(period) => framework.manual_status(&subject, &area, period),
                Reporting::Latest(on) => framework.latest_manual_status(&subject, &area, on),
            };
            Rolled { manual, manual_counts: manual_rule == ManualRule::Counts, ..rolled }
        };
        let counted = |kind: LinkKind| framework.counts(kind);
        let known = framework.outcomes().iter().map(|outcome| (&outcome.id, outcome)).collect();
        let primary: Vec<_> = lines.iter().map(|line| served(&known, line.indicator, &counted)).collect();
        let noted: Vec<_> =
            lines.iter().map(|line| served(&known, line.indicator, &|kind| !counted(kind))).collect();
        let (counting_for, noted_for) = (by_outcome(&primary), by_outcome(&noted));
        let outcomes: Vec<OutcomeRoll<'f>> = framework
            .outcomes()
            .iter()
            .map(|outcome| {
                let counting = counting_for.get(&outcome.id).cloned().unwrap_or_default();
                let rule = outcome.roll_up.unwrap_or(framework.roll_up());
                let rolled = judged(rolled(rule, &of(&counting)), Subject::Outcome(outcome.id.clone()));
                let counting = places(&counting);
                let mut mentioned = noted_for.get(&outcome.id).map_or_else(Vec::new, |noted| places(noted));
                mentioned.retain(|i| counting.binary_search(i).is_err());
                OutcomeRoll { outcome, rolled, primary: counting, noted: mentioned }
            })
            .collect();
        let priorities = framework
            .priorities()
            .iter()
            .map(|priority| {
                // A line counts once, with the greatest of the weights that lead to the priority.
                let mut counting: BTreeMap<usize, f64> = BTreeMap::new();
                for &(i, weight) in priority.outcomes.iter().filter_map(|id| counting_for.get(id)).flatten() {
                    let greatest = counting.entry(i).or_insert(weight);
                    *greatest = greatest.max(weight);
                }
                let counting: Vec<(usize, f64)> = counting.into_iter().collect();
                let rule = priority.roll_up.unwrap_or(framework.roll_up());
                let rolled = judged(rolled(rule, &of(&counting)), Subject::Priority(priority.id.clone()));
                PriorityRoll { priority, rolled, lines: places(&counting) }
            })
            .collect();
        let mut perspectives: Vec<(&'f str, Vec<(usize, f64)>)> = Vec::new();
        for (i, line) in lines.iter().enumerate() {
            let Some(name) = line.indicator.perspective.as_deref() else { continue };
            match perspectives.iter_mut().find(|(known, _)| *known == name) {
                Some((_, places)) => places.push((i, 1.0)),
                None => perspectives.push((name, vec![(i, 1.0)])),
            }
        }
        let perspectives = perspectives
            .into_iter()
            .map(|(perspective, counting)| PerspectiveRoll {
                perspective,
                rolled: rolled(framework.roll_up(), &of(&counting)),
                lines: places(&counting),
            })
            .collect();
        let unlinked = (0..lines.len()).filter(|&i| primary[i].is_empty()).collect();
        let all: Vec<(usize, f64)> = (0..lines.len()).map(|i| (i, 1.0)).collect();
        let overall = rolled(framework.roll_up(), &of(&all));
        Self { area, lines, outcomes, priorities, perspectives, unlinked, overall }
    }

    /// The outcomes that no indicator counts for: gaps, which are listed and never hidden.
    pub fn gaps(&self) -> impl Iterator<Item = &'f Outcome> {
        self.outcomes.iter().filter(|roll| roll.primary.is_empty()).map(|roll| roll.outcome)
    }
}

/// The outcomes that an indicator counts for by links of some kind, each with its weight: those it is
/// linked to, and the national ones that these serve.
fn served(
    known: &BTreeMap<&OutcomeId, &Outcome>,
    indicator: &Indicator,
    wanted: &dyn Fn(LinkKind) -> bool,
) -> BTreeMap<OutcomeId, f64> {
    let mut served: BTreeMap<OutcomeId, f64> = BTreeMap::new();
    for link in indicator.outcomes.iter().filter(|link| wanted(link.kind)) {
        let national = known.get(&link.outcome).into_iter().flat_map(|local| &local.national);
        for outcome in std::iter::once(&link.outcome).chain(national) {
            let weight = served.entry(outcome.clone()).or_insert(link.weight);
            *weight = weight.max(link.weight);
        }
    }
    served
}

/// The places of the lines that count for each outcome, ascending, with their weights.
fn by_outcome(served: &[BTreeMap<OutcomeId, f64>]) -> BTreeMap<&OutcomeId, Vec<(usize, f64)>> {
    let mut lines: BTreeMap<&OutcomeId, Vec<(usize, f64)>> = BTreeMap::new();
    for (i, weights) in served.iter().enumerate() {
        for (outcome, weight) in weights {
            lines.entry(outcome).or_default().push((i, *weight));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::Text;

    const FRAMEWORK: &str = r#"
        [framework]
        id = "f"
        title = "F"
        [[area]]
        code = "A"
        name = "A"
        kind = "council"
        [[measure]]
        id = "m"
        title = "M"
        unit = "n"
        frequency = "month"
        over_time = "sum"
        over_areas = "sum"
        [[outcome]]
        id = "national"
        title = "National"
        kind = "national"
        [[outcome]]
        id = "local"
        title = "Local"
        kind = "local"
        national = ["national"]
        [[outcome]]
        id = "empty"
        title = "Empty"
        kind = "local"
        [[priority]]
        id = "p"
        title = "P"
        outcomes = ["local", "national"]
        [[indicator]]
        id = "X"
        title = "X"
        calculation = { count = "m" }
        frequency = "month"
        polarity = "lower"
        decimals = 0
        unit = "n"
        outcomes = [{ id = "local" }]
        [[indicator]]
        id = "Y"
        title = "Y"
        calculation = { count = "m" }
        frequency = "month"
        polarity = "lower"
        decimals = 0
        unit = "n"
        outcomes = [{ id = "local", link = "noted" }]
    "#;

    #[test]
    fn the_worst_assessed_colour_wins_and_nothing_assessed_has_no_colour() {
        let counts = |green, amber, red, not_assessed| Counts { green, amber, red, not_assessed };
        assert_eq!(counts(9, 1, 1, 3).worst(), Some(Colour::Red));
        assert_eq!(counts(9, 1, 0, 3).worst(), Some(Colour::Amber));
        assert_eq!(counts(9, 0, 0, 3).worst(), Some(Colour::Green));
        assert_eq!(counts(0, 0, 0, 3).worst(), None);
    }

    #[test]
    fn a_line_counts_once_for_a_priority_and_a_noted_one_for_nothing() {
        let framework = Framework::from_texts(&[Text::new("f", FRAMEWORK)]).unwrap();
        let lines = framework
            .indicators()
            .iter()
            .map(|indicator| Line { indicator, evaluation: None, timing: None })
            .collect();
        let card = Scorecard::new(&framework, AreaCode::new("A").unwrap(), lines, Reporting::Latest(None));
        assert_eq!(card.outcomes[0].primary, [0], "by way of the local outcome");
        assert_eq!(
            (card.outcomes[1].primary.as_slice(), card.outcomes[1].noted.as_slice()),
            (&[0][..], &[1][..])
        );
        assert_eq!(card.priorities[0].lines, [0]);
        assert_eq!(card.unlinked, [1]);
        assert_eq!(card.gaps().map(|o| o.id.as_str()).collect::<Vec<_>>(), ["empty"]);
        assert_eq!(card.overall.counts.not_assessed, 2);
    }
}
