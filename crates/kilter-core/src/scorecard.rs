//! Scorecards: what one area's indicators say, line by line, and rolled up along the strategy map.
//!
//! A colour of an outcome or priority is the worst among its assessed indicators, and the counts stand
//! beside it always: an outcome of which nothing was assessed has no colour. Indicators that are only
//! noted under an outcome are listed and not counted.

use crate::evaluate::Evaluation;
use crate::framework::{Framework, Indicator, LinkKind, Outcome, Priority};
use crate::ident::{AreaCode, OutcomeId};
use crate::target::{Colour, Status};
use std::collections::BTreeSet;

/// One line of a scorecard.
#[derive(Debug, Clone, PartialEq)]
pub struct Line<'f> {
    /// The indicator.
    pub indicator: &'f Indicator,
    /// Its evaluation; `None` where nothing was ever observed for the area.
    pub evaluation: Option<Evaluation<'f>>,
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
            (None, _) => Status::NotAssessed(NotAssessed::NoData),
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
    /// The places of the lines that are noted under it.
    pub noted: Vec<usize>,
    /// How many of the lines that count have which status.
    pub counts: Counts,
}

/// A priority, with the lines that count for any of its outcomes, each once.
#[derive(Debug, Clone, PartialEq)]
pub struct PriorityRoll<'f> {
    /// The priority.
    pub priority: &'f Priority,
    /// The places of the lines.
    pub lines: Vec<usize>,
    /// How many of them have which status.
    pub counts: Counts,
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
    /// The places of the lines that count for no outcome.
    pub unlinked: Vec<usize>,
    /// How many lines have which status.
    pub counts: Counts,
}

impl<'f> Scorecard<'f> {
    /// Rolls the lines of an area up along the framework's strategy map. A line that counts for a local
    /// outcome counts for the national outcomes that it serves too.
    #[must_use]
    pub fn new(framework: &'f Framework, area: AreaCode, lines: Vec<Line<'f>>) -> Self {
        let counted = |places: &[usize]| Counts::of(places.iter().map(|&i| lines[i].status()));
        let served = |line: &Line<'_>, kind: LinkKind| -> BTreeSet<OutcomeId> {
            let mut served = BTreeSet::new();
            for link in line.indicator.outcomes.iter().filter(|link| link.kind == kind) {
                served.insert(link.outcome.clone());
                if let Some(local) = framework.outcomes().iter().find(|o| o.id == link.outcome) {
                    served.extend(local.national.iter().cloned());
                }
            }
            served
        };
        let primary: Vec<_> = lines.iter().map(|line| served(line, LinkKind::Primary)).collect();
        let noted: Vec<_> = lines.iter().map(|line| served(line, LinkKind::Noted)).collect();
        let under = |sets: &[BTreeSet<OutcomeId>], outcome: &OutcomeId| -> Vec<usize> {
            (0..lines.len()).filter(|&i| sets[i].contains(outcome)).collect()
        };
        let outcomes: Vec<OutcomeRoll<'f>> = framework
            .outcomes()
            .iter()
            .map(|outcome| {
                let counting = under(&primary, &outcome.id);
                let mentioned =
                    under(&noted, &outcome.id).into_iter().filter(|i| !counting.contains(i)).collect();
                OutcomeRoll { outcome, counts: counted(&counting), primary: counting, noted: mentioned }
            })
            .collect();
        let priorities = framework
            .priorities()
            .iter()
            .map(|priority| {
                let places: Vec<usize> = (0..lines.len())
                    .filter(|&i| priority.outcomes.iter().any(|outcome| primary[i].contains(outcome)))
                    .collect();
                PriorityRoll { priority, counts: counted(&places), lines: places }
            })
            .collect();
        let unlinked = (0..lines.len()).filter(|&i| primary[i].is_empty()).collect();
        let counts = Counts::of(lines.iter().map(Line::status));
        Self { area, lines, outcomes, priorities, unlinked, counts }
    }

    /// The outcomes that no indicator counts for: gaps, which are listed and never hidden.
    pub fn gaps(&self) -> impl Iterator<Item = &'f Outcome> {
        self.outcomes.iter().filter(|roll| roll.primary.is_empty()).map(|roll| roll.outcome)
    }
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
        let lines =
            framework.indicators().iter().map(|indicator| Line { indicator, evaluation: None }).collect();
        let card = Scorecard::new(&framework, AreaCode::new("A").unwrap(), lines);
        assert_eq!(card.outcomes[0].primary, [0], "by way of the local outcome");
        assert_eq!(
            (card.outcomes[1].primary.as_slice(), card.outcomes[1].noted.as_slice()),
            (&[0][..], &[1][..])
        );
        assert_eq!(card.priorities[0].lines, [0]);
        assert_eq!(card.unlinked, [1]);
        assert_eq!(card.gaps().map(|o| o.id.as_str()).collect::<Vec<_>>(), ["empty"]);
        assert_eq!(card.counts.not_assessed, 2);
    }
}
