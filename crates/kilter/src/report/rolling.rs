//! Roll-ups and judgements in words: the colour of an outcome with the counts and the score it comes from,
//! and the colour that a person gave, which stands beside the computed one and never in its place.
//!
//! A score is printed so that it never reads as the other side of a cut. Nothing here knows a column, a
//! style or a tag.

use super::words::{as_written, plain, symbol};
use kilter_core::framework::{Cuts, ManualStatus, RollUp};
use kilter_core::method::half_up;
use kilter_core::scorecard::{Counts, Rolled};
use kilter_core::target::{Colour, Status, same};

/// The most decimals that a score is printed with, where it takes them to tell it from a cut.
const MOST_DECIMALS: u32 = 6;

/// The colour by the rule with the counts it comes from: "▲ amber: 2 green, 1 amber". By the worst of them,
/// counts of one colour say it themselves: "▲ 3 amber".
pub(super) fn roll(of: &Rolled<'_>) -> String {
    let (symbol, all) = (computed_symbol(of), counts(of.counts));
    let Counts { green, amber, red, not_assessed } = of.counts;
    let kinds = [green, amber, red, not_assessed].iter().filter(|n| **n > 0).count();
    let assessed = green + amber + red > 0;
    match score(of) {
        Some(score) => format!("{symbol} {}, {score}: {all}", computed(of)),
        None if assessed && (kinds > 1 || of.rule != RollUp::WorstOf) => {
            format!("{symbol} {}: {all}", computed(of))
        }
        None => format!("{symbol} {all}"),
    }
}

/// The score, where the rule has one, and the counts: "75% green: 3 green, 1 red".
pub(super) fn scored(of: &Rolled<'_>) -> String {
    let counts = counts(of.counts);
    score(of).map_or_else(|| counts.clone(), |score| format!("{score}: {counts}"))
}

/// Counts in words: "2 green, 1 amber, 3 not assessed".
pub(super) fn counts(counts: Counts) -> String {
    let parts: Vec<String> = [
        (counts.green, "green"),
        (counts.amber, "amber"),
        (counts.red, "red"),
        (counts.not_assessed, "not assessed"),
    ]
    .iter()
    .filter(|(n, _)| *n > 0)
    .map(|(n, word)| format!("{n} {word}"))
    .collect();
    if parts.is_empty() { "no indicators".to_owned() } else { parts.join(", ") }
}

/// The colour by the rule as a word, or why there is none.
pub(super) fn computed(of: &Rolled<'_>) -> String {
    let Counts { green, amber, red, not_assessed } = of.counts;
    match of.computed {
        Some(colour) => colour.to_string(),
        None if green + amber + red > 0 => "no majority".to_owned(),
        None if not_assessed > 0 => "not assessed".to_owned(),
        None => "no indicators".to_owned(),
    }
}

/// The shape of the colour by the rule.
fn computed_symbol(of: &Rolled<'_>) -> char {
    of.computed.map_or('–', colour_symbol)
}

fn colour_symbol(colour: Colour) -> char {
    symbol(Status::Assessed(colour))
}

/// What was held against the cuts of the rule: "75% green", "62.5 of 100".
fn score(of: &Rolled<'_>) -> Option<String> {
    let score = of.score?;
    match of.rule {
        RollUp::ShareGreen(cuts) => {
            let Counts { green, amber, red, .. } = of.counts;
            let counted = 100.0 * green as f64 / (green + amber + red) as f64;
            let by_weight = if same(score, counted) { "" } else { " by weight" };
            Some(format!("{}% green{by_weight}", beside_cuts(score, cuts)))
        }
        RollUp::WeightedMean(cuts) => Some(format!("{} of 100", beside_cuts(score, cuts))),
        RollUp::WorstOf | RollUp::Majority => None,
    }
}

/// A score with one decimal, or with as many as it takes to stand on its own side of both cuts.
fn beside_cuts(score: f64, cuts: Cuts) -> String {
    let tells = |decimals: &u32| cuts.colour(half_up(score, *decimals)) == cuts.colour(score);
    as_written(score, 0, (1..MOST_DECIMALS).find(tells).unwrap_or(MOST_DECIMALS))
}

/// What a rule does, after "an outcome": "has the worst colour of the indicators that count for it".
pub(super) fn rule(rule: RollUp, weighed: bool) -> String {
    let share = |part: f64| {
        let weight = if weighed { "the weight of " } else { "" };
        format!("at least {part}% of {weight}the indicators that count for it")
    };
    match rule {
        RollUp::WorstOf => "has the worst colour of the indicators that count for it".to_owned(),
        RollUp::ShareGreen(cuts) => {
            let rest = below(cuts, |cut| format!("where at least {cut}% are"));
            format!("is green where {} are green, {rest}", share(cuts.green()))
        }
        RollUp::WeightedMean(cuts) => {
            let weight = if weighed { ", each by its weight" } else { "" };
            let rest = below(cuts, |cut| format!("where it is at least {cut}"));
            format!(
                "is green where the mean of the indicators that count for it (green 100, amber 50, red \
                 0{weight}) is at least {}, {rest}",
                cuts.green()
            )
        }
        RollUp::Majority => {
            let weight = if weighed { "the weight of " } else { "" };
            format!(
                "has the colour of more than half of {weight}the indicators that count for it, and none \
                 where no colour has more than half"
            )
        }
    }
}

/// What is below the green cut. Cuts may leave no room for amber, or none for red.
fn below(cuts: Cuts, from: impl Fn(f64) -> String) -> String {
    if cuts.amber() == cuts.green() {
        "and red below that".to_owned()
    } else if cuts.amber() == 0.0 {
        "and amber below that".to_owned()
    } else {
        format!("amber {}, and red below that", from(cuts.amber()))
    }
}

/// A colour that a named person gave.
pub(super) struct Judged {
    pub colour: Colour,
    pub by: String,
    pub on: String,
    pub period: String,
    pub reason: String,
}

impl Judged {
    /// Words a status that a person gave.
    pub fn new(manual: &ManualStatus) -> Self {
        Self {
            colour: manual.status,
            by: plain(&manual.by),
            on: manual.on.to_string(),
            period: manual.period.to_string(),
            reason: plain(&manual.reason),
        }
    }

    /// Whose judgement it is, before the colour: "by judgement of the chief officer:".
    pub fn lead(&self) -> String {
        format!("by judgement of {}:", self.by)
    }

    /// The shape and the word of the colour.
    pub fn shape_and_word(&self) -> String {
        format!("{} {}", colour_symbol(self.colour), self.colour)
    }

    /// Whose judgement, and which: "by judgement of the chief officer: ▲ amber".
    pub fn short(&self) -> String {
        format!("{} {}", self.lead(), self.shape_and_word())
    }

    /// When and for which period it was given, what it is worth, and why.
    pub fn grounds(&self, counts: bool) -> String {
        let worth = if counts { "; it counts in place of the computed colour" } else { "" };
        format!("Judged on {} for {}{worth}. Reason: {}", self.on, self.period, self.reason)
    }
}

/// The colour that a person gave to an outcome or a priority.
pub(super) fn judged(of: &Rolled<'_>) -> Option<Judged> {
    of.manual.map(Judged::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kilter_core::scorecard::{Weighted, rolled};

    fn of(statuses: &[(Colour, f64)], rule: RollUp) -> Rolled<'static> {
        let statuses: Vec<Weighted> = statuses
            .iter()
            .map(|(colour, weight)| Weighted { status: Status::Assessed(*colour), weight: *weight })
            .collect();
        rolled(rule, &statuses)
    }

    #[test]
    fn counts_of_one_colour_stand_alone_only_where_the_worst_of_them_is_the_colour() {
        let three = [(Colour::Amber, 1.0); 3];
        let cuts = Cuts::new(80.0, 50.0).unwrap();
        assert_eq!(roll(&of(&three, RollUp::WorstOf)), "▲ 3 amber");
        assert_eq!(roll(&of(&three, RollUp::ShareGreen(cuts))), "✖ red, 0% green: 3 amber");
        assert_eq!(roll(&of(&three, RollUp::WeightedMean(cuts))), "▲ amber, 50 of 100: 3 amber");
        assert_eq!(roll(&of(&three, RollUp::Majority)), "▲ amber: 3 amber");
        let split = [(Colour::Green, 1.0), (Colour::Red, 1.0)];
        assert_eq!(roll(&of(&split, RollUp::Majority)), "– no majority: 1 green, 1 red");
        assert_eq!(roll(&of(&[], RollUp::Majority)), "– no indicators");
    }

    #[test]
    fn a_score_just_below_a_cut_is_never_printed_as_the_cut() {
        let cuts = Cuts::new(80.0, 50.0).unwrap();
        for (below, printed) in
            [(79.96, "79.96"), (79.4, "79.4"), (79.999_97, "79.99997"), (66.666_67, "66.7")]
        {
            let weights = [(Colour::Green, below), (Colour::Red, 100.0 - below)];
            let text = roll(&of(&weights, RollUp::ShareGreen(cuts)));
            assert!(text.starts_with(&format!("▲ amber, {printed}% green by weight: ")), "{text}");
        }
    }

    #[test]
    fn a_rule_without_room_for_a_colour_does_not_speak_of_it() {
        let share = |green, amber| rule(RollUp::ShareGreen(Cuts::new(green, amber).unwrap()), false);
        assert!(share(80.0, 50.0).ends_with("are green, amber where at least 50% are, and red below that"));
        assert!(!share(80.0, 80.0).contains("amber") && !share(80.0, 0.0).contains("red below"));
    }
}
