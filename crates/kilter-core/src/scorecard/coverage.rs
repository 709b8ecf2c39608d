//! Coverage: what the strategy map asks for and no indicator answers. Gaps are listed and never hidden.

use super::Scorecard;
use crate::evaluate::Freshness;
use crate::framework::{Framework, Indicator};
use crate::target::NotAssessed;
use std::fmt;

/// What is lacking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GapKind {
    /// No indicator counts for an outcome.
    OutcomeWithoutIndicators,
    /// An indicator counts for no outcome.
    IndicatorWithoutOutcome,
    /// A priority serves no outcome.
    PriorityWithoutOutcomes,
    /// No indicator of an outcome has any data.
    OutcomeWithoutData,
    /// Newer figures for some indicator of an outcome were due.
    OutcomeOverdue,
    /// Two indicators are one calculation for one kind of period.
    SameCalculation,
}

impl GapKind {
    /// All with their names in results.
    pub const NAMES: [(&'static str, Self); 6] = [
        ("outcome without indicators", Self::OutcomeWithoutIndicators),
        ("indicator without outcome", Self::IndicatorWithoutOutcome),
        ("priority without outcomes", Self::PriorityWithoutOutcomes),
        ("outcome without data", Self::OutcomeWithoutData),
        ("outcome overdue", Self::OutcomeOverdue),
        ("same calculation", Self::SameCalculation),
    ];
}

impl fmt::Display for GapKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Self::NAMES.iter().find(|(_, of)| of == self).map_or("", |(name, _)| name))
    }
}

/// Something that is lacking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// What.
    pub kind: GapKind,
    /// The id of what lacks it.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// Which indicators it is about, where it is about some.
    pub indicators: Vec<String>,
}

/// Everything that is lacking in a framework, and in the data of an area behind a scorecard: by kind, then in
/// the order of the framework.
#[must_use]
pub fn gaps(framework: &Framework, card: &Scorecard<'_>) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let ids = |places: &[usize]| -> Vec<String> {
        places.iter().map(|&i| card.lines[i].indicator.id.to_string()).collect()
    };
    for roll in &card.outcomes {
        let mut gap = |kind, indicators| {
            let (id, title) = (roll.outcome.id.to_string(), roll.outcome.title.clone());
            gaps.push(Gap { kind, id, title, indicators });
        };
        if roll.primary.is_empty() {
            gap(GapKind::OutcomeWithoutIndicators, ids(&roll.noted));
            continue;
        }
        let no_data = |&i: &usize| {
            let reason = card.lines[i].status().reason();
            card.lines[i].evaluation.is_none() || reason == Some(NotAssessed::NoData)
        };
        if roll.primary.iter().all(no_data) {
            gap(GapKind::OutcomeWithoutData, ids(&roll.primary));
        }
        let overdue = |i: &usize| card.lines[*i].timing.is_some_and(|t| t.freshness == Freshness::Overdue);
        let late: Vec<usize> = roll.primary.iter().copied().filter(|i| overdue(i)).collect();
        if !late.is_empty() {
            gap(GapKind::OutcomeOverdue, ids(&late));
        }
    }
    let linked = |i: &Indicator| i.outcomes.iter().any(|link| framework.counts(link.kind));
    for indicator in framework.indicators().iter().filter(|i| !linked(i)) {
        gaps.push(Gap {
            kind: GapKind::IndicatorWithoutOutcome,
            id: indicator.id.to_string(),
            title: indicator.title.clone(),
            indicators: Vec::new(),
        });
    }
    for priority in framework.priorities().iter().filter(|priority| priority.outcomes.is_empty()) {
        gaps.push(Gap {
            kind: GapKind::PriorityWithoutOutcomes,
            id: priority.id.to_string(),
            title: priority.title.clone(),
            indicators: Vec::new(),
        });
    }
    for (i, indicator) in framework.indicators().iter().enumerate() {
        let same = |other: &&Indicator| {
            other.calculation == indicator.calculation && other.frequency == indicator.frequency
        };
        let twins: Vec<String> =
            framework.indicators()[i + 1..].iter().filter(same).map(|twin| twin.id.to_string()).collect();
        if !twins.is_empty() {
            gaps.push(Gap {
                kind: GapKind::SameCalculation,
                id: indicator.id.to_string(),
                title: indicator.title.clone(),
                indicators: twins,
            });
        }
    }
    gaps.sort_by_key(|gap| gap.kind);
    gaps
}
