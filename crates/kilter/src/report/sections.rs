//! Where each line of a scorecard stands: in full in one place, by name where nothing was observed, and
//! as a reference everywhere else.
//!
//! Nothing here knows a word, a column or a tag.

use kilter_core::scorecard::Scorecard;
use kilter_core::target::{Colour, NotAssessed, Status};

/// Up to so many lines are referred to by their titles; more are only numbered, by status.
const FEW: usize = 3;

/// What stands under one heading, as places of lines.
pub(super) struct Section {
    /// The lines that stand here in full.
    pub full: Vec<usize>,
    /// The lines that have their place here and of which nothing was ever observed.
    pub unobserved: Vec<usize>,
    /// The lines that count here too and have their place elsewhere.
    pub elsewhere: Vec<usize>,
    /// The lines that are noted here and do not count.
    pub noted: Vec<usize>,
}

impl Section {
    /// What stands under each outcome. A line has its place under the first that it counts for.
    pub fn outcomes(card: &Scorecard<'_>) -> Vec<Self> {
        let mut placed = vec![false; card.lines.len()];
        card.outcomes
            .iter()
            .map(|roll| {
                let (here, elsewhere) =
                    roll.primary.iter().partition(|&&line| !std::mem::replace(&mut placed[line], true));
                Self::new(card, here, elsewhere, roll.noted.clone())
            })
            .collect()
    }

    /// What counts for no outcome.
    pub fn unlinked(card: &Scorecard<'_>) -> Self {
        Self::new(card, card.unlinked.clone(), Vec::new(), Vec::new())
    }

    fn new(card: &Scorecard<'_>, here: Vec<usize>, elsewhere: Vec<usize>, noted: Vec<usize>) -> Self {
        let (full, unobserved) = here.into_iter().partition(|&line| card.lines[line].evaluation.is_some());
        Self { full, unobserved, elsewhere, noted }
    }
}

/// How lines that have their place elsewhere are named.
pub(super) enum References {
    /// One by one, with their titles.
    Titled(Vec<usize>),
    /// By their ids, those of one status together.
    Grouped(Vec<(Status, Vec<usize>)>),
}

impl References {
    /// Few lines by their titles, more by their ids.
    pub fn new(card: &Scorecard<'_>, places: &[usize]) -> Self {
        if places.len() <= FEW {
            Self::Titled(places.to_vec())
        } else {
            Self::Grouped(by_status(card, places))
        }
    }
}

/// Lines by status, the worst first and the reasons for having none in their order.
pub(super) fn by_status(card: &Scorecard<'_>, places: &[usize]) -> Vec<(Status, Vec<usize>)> {
    let mut groups: Vec<(Status, Vec<usize>)> = Vec::new();
    for &line in places {
        let status = card.lines[line].status();
        match groups.iter_mut().find(|(of, _)| *of == status) {
            Some((_, lines)) => lines.push(line),
            None => groups.push((status, vec![line])),
        }
    }
    groups.sort_by_key(|(status, _)| match *status {
        Status::Assessed(Colour::Red) => (0, None),
        Status::Assessed(Colour::Amber) => (1, None),
        Status::Assessed(Colour::Green) => (2, None),
        Status::NotAssessed(reason) => (3, NotAssessed::NAMES.iter().position(|(_, named)| *named == reason)),
    });
    groups
}
