//! Roll-up: several statuses become one colour by a named rule. What is not assessed never counts, and is
//! never hidden: the counts stand beside the colour.

use super::Counts;
use crate::framework::{ManualStatus, RollUp};
use crate::target::{Colour, Status, same};

/// A status and what it weighs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weighted {
    /// The status.
    pub status: Status,
    /// Its weight, above 0.
    pub weight: f64,
}

/// What several statuses come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rolled<'f> {
    /// The rule.
    pub rule: RollUp,
    /// How many of them there are of each.
    pub counts: Counts,
    /// The colour by the rule; `None` where nothing is assessed, or no colour has the majority.
    pub computed: Option<Colour>,
    /// What was held against the cuts of the rule, in percent; `None` for a rule without cuts.
    pub score: Option<f64>,
    /// The colour that a person gave.
    pub manual: Option<&'f ManualStatus>,
    /// Whether it counts in place of the computed one.
    pub manual_counts: bool,
}

impl Rolled<'_> {
    /// The colour that is shown: that of a person where it counts, else the computed one.
    #[must_use]
    pub fn colour(&self) -> Option<Colour> {
        self.manual.filter(|_| self.manual_counts).map(|manual| manual.status).or(self.computed)
    }
}

/// Rolls statuses up by a rule.
///
/// ```
/// use kilter_core::framework::{Cuts, RollUp};
/// use kilter_core::scorecard::{Weighted, rolled};
/// use kilter_core::target::{Colour, NotAssessed, Status};
/// let of = |colour| Weighted { status: Status::Assessed(colour), weight: 1.0 };
/// let statuses = [of(Colour::Green), of(Colour::Green), of(Colour::Green), of(Colour::Red),
///     Weighted { status: Status::NotAssessed(NotAssessed::NoData), weight: 9.0 }];
/// let cuts = Cuts::new(80.0, 60.0).unwrap();
/// let colour = |rule| rolled(rule, &statuses).computed;
/// assert_eq!(colour(RollUp::WorstOf), Some(Colour::Red));
/// assert_eq!(colour(RollUp::ShareGreen(cuts)), Some(Colour::Amber)); // 3 of 4 are 75%
/// assert_eq!(colour(RollUp::WeightedMean(cuts)), Some(Colour::Amber));
/// assert_eq!(colour(RollUp::Majority), Some(Colour::Green));
/// assert_eq!(rolled(RollUp::WorstOf, &statuses[4..]).computed, None);
/// ```
#[must_use]
pub fn rolled<'f>(rule: RollUp, statuses: &[Weighted]) -> Rolled<'f> {
    let counts = Counts::of(statuses.iter().map(|of| of.status));
    let weight_of = |colour: Colour| -> f64 {
        statuses.iter().filter(|of| of.status.colour() == Some(colour)).map(|of| of.weight).sum()
    };
    let [green, amber, red] = [Colour::Green, Colour::Amber, Colour::Red].map(weight_of);
    let all = green + amber + red;
    let share = |part: f64| if all > 0.0 { Some(100.0 * part / all) } else { None };
    let (computed, score) = match rule {
        RollUp::WorstOf => (counts.worst(), None),
        RollUp::ShareGreen(cuts) => {
            let score = share(green);
            (score.map(|score| cuts.colour(score)), score)
        }
        RollUp::WeightedMean(cuts) => {
            let score = share(green + amber / 2.0);
            (score.map(|score| cuts.colour(score)), score)
        }
        RollUp::Majority => {
            let most = [(green, Colour::Green), (amber, Colour::Amber), (red, Colour::Red)];
            // Exactly half is no majority.
            let over_half = |part: f64| 2.0 * part > all && !same(2.0 * part, all);
            (most.into_iter().find(|(weight, _)| over_half(*weight)).map(|(_, colour)| colour), None)
        }
    };
    Rolled { rule, counts, computed, score, manual: None, manual_counts: false }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::Cuts;
    use crate::target::NotAssessed;
    use proptest::prelude::*;

    fn weighted() -> impl Strategy<Value = Weighted> {
        let status = prop_oneof![
            Just(Status::Assessed(Colour::Green)),
            Just(Status::Assessed(Colour::Amber)),
            Just(Status::Assessed(Colour::Red)),
            Just(Status::NotAssessed(NotAssessed::NoData)),
        ];
        (status, 1u32..8).prop_map(|(status, weight)| Weighted { status, weight: f64::from(weight) })
    }

    fn rules() -> [RollUp; 4] {
        let cuts = Cuts::new(75.0, 50.0).unwrap();
        [RollUp::WorstOf, RollUp::ShareGreen(cuts), RollUp::WeightedMean(cuts), RollUp::Majority]
    }

    #[test]
    fn exactly_half_is_no_majority_and_a_share_on_a_cut_is_inside_it() {
        let of = |colour, weight| Weighted { status: Status::Assessed(colour), weight };
        let half = [of(Colour::Green, 1.0), of(Colour::Red, 1.0)];
        assert_eq!(rolled(RollUp::Majority, &half).computed, None);
        let cuts = Cuts::new(50.0, 20.0).unwrap();
        assert_eq!(rolled(RollUp::ShareGreen(cuts), &half).computed, Some(Colour::Green));
        let tilted = [of(Colour::Green, 1.0), of(Colour::Red, 1.5)];
        assert_eq!(rolled(RollUp::Majority, &tilted).computed, Some(Colour::Red));
        assert_eq!(rolled(RollUp::WeightedMean(cuts), &tilted).score, Some(40.0));
    }

    proptest! {
        #[test]
        fn what_is_not_assessed_changes_the_counts_and_no_colour(
            statuses in proptest::collection::vec(weighted(), 0..12), weight in 1.0f64..100.0,
        ) {
            for rule in rules() {
                let before = rolled(rule, &statuses);
                let mut more = statuses.clone();
                more.push(Weighted { status: Status::NotAssessed(NotAssessed::Suppressed), weight });
                let after = rolled(rule, &more);
                prop_assert_eq!(before.computed, after.computed);
                prop_assert_eq!(before.counts.not_assessed + 1, after.counts.not_assessed);
            }
        }

        #[test]
        fn the_order_of_the_statuses_changes_nothing(
            statuses in proptest::collection::vec(weighted(), 0..12),
        ) {
            let mut reversed = statuses.clone();
            reversed.reverse();
            for rule in rules() {
                prop_assert_eq!(rolled(rule, &statuses), rolled(rule, &reversed));
            }
        }

        #[test]
        fn a_better_status_never_worsens_the_colour_of_a_rule_with_an_order(
            statuses in proptest::collection::vec(weighted(), 1..12), place in 0usize..12,
        ) {
            let place = place % statuses.len();
            prop_assume!(statuses[place].status.colour().is_some());
            let mut better = statuses.clone();
            better[place].status = Status::Assessed(Colour::Green);
            for rule in rules().into_iter().take(3) {
                prop_assert!(rolled(rule, &better).computed <= rolled(rule, &statuses).computed);
            }
        }
    }
}
