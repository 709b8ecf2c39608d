//! The key in words: by which rules colours and trends came about. A rule is told where it is in use, and
//! nothing is told of what a scorecard does not have.

use super::rolling;
use super::words::{label, plain};
use kilter_core::framework::{Framework, ManualRule, MinimumChange, RollUp, TrendBasis, TrendRule};
use kilter_core::scorecard::Scorecard;

/// A rule of rolling up with those who go by it.
struct RuleInUse {
    rule: RollUp,
    /// Those who say so themselves, by name; none: all others.
    named: Vec<String>,
}

/// The rules in use: that of the framework first, then those of single outcomes and priorities.
struct Rules {
    general: Option<RollUp>,
    /// Who goes by the general one.
    subjects: Vec<&'static str>,
    single: Vec<RuleInUse>,
    /// Whether indicators weigh differently.
    weighed: bool,
}

impl Rules {
    fn of(card: &Scorecard<'_>) -> Self {
        let general = card.overall.rule;
        let outcomes = card.outcomes.iter().filter(|roll| !roll.primary.is_empty());
        let outcomes = outcomes.map(|roll| ("outcome", roll.rolled.rule, label(roll.outcome)));
        let priorities = card.priorities.iter();
        let priorities = priorities.map(|roll| ("priority", roll.rolled.rule, plain(&roll.priority.title)));
        let perspectives = card.perspectives.iter();
        let perspectives =
            perspectives.map(|roll| ("perspective", roll.rolled.rule, plain(roll.perspective)));
        let (mut subjects, mut single): (Vec<&'static str>, Vec<RuleInUse>) = (Vec::new(), Vec::new());
        for (subject, rule, name) in outcomes.chain(priorities).chain(perspectives) {
            if rule == general {
                if !subjects.contains(&subject) {
                    subjects.push(subject);
                }
            } else if let Some(known) = single.iter_mut().find(|known| known.rule == rule) {
                known.named.push(name);
            } else {
                single.push(RuleInUse { rule, named: vec![name] });
            }
        }
        let links = card.lines.iter().flat_map(|line| &line.indicator.outcomes);
        Self {
            // Where nothing is rolled up at all, the key says how it would be.
            general: (!subjects.is_empty() || single.is_empty()).then_some(general),
            subjects,
            single,
            weighed: links.into_iter().any(|link| link.weight != 1.0),
        }
    }

    /// Whether some rule leaves out of the reckoning what is not assessed and does not show that by itself.
    fn reckons(&self) -> bool {
        self.general.into_iter().chain(self.single.iter().map(|of| of.rule)).any(|r| r != RollUp::WorstOf)
    }
}

const NOT_COUNTED: &str = "What is not assessed does not count.";

/// The rules in use as sentences, each with a blank before it.
pub(super) fn sentences(card: &Scorecard<'_>) -> String {
    let rules = Rules::of(card);
    let mut text = String::new();
    if let Some(rule) = rules.general {
        let subjects = match rule {
            RollUp::WorstOf if rules.subjects.is_empty() || rules.subjects.contains(&"outcome") => {
                "outcome".to_owned()
            }
            _ if rules.subjects.is_empty() => "outcome".to_owned(),
            _ => listed(&rules.subjects, "or"),
        };
        let article = if subjects.starts_with('o') { "An" } else { "A" };
        text += &format!(" {article} {subjects} {}.", rolling::rule(rule, rules.weighed));
    }
    for RuleInUse { rule, named } in &rules.single {
        let each = if named.len() > 1 { "Each of " } else { "" };
        let names: Vec<&str> = named.iter().map(String::as_str).collect();
        text += &format!(" {each}{} {}.", listed(&names, "and"), rolling::rule(*rule, rules.weighed));
    }
    if rules.reckons() {
        text += &format!(" {NOT_COUNTED}");
    }
    text
}

/// The rules in use, each with the names of those who go by it.
pub(super) fn entries(card: &Scorecard<'_>) -> Vec<(String, String)> {
    let rules = Rules::of(card);
    let said = |rule: RollUp| {
        let text = rolling::rule(rule, rules.weighed);
        let text = text.strip_prefix("is ").or_else(|| text.strip_prefix("has ")).unwrap_or(&text);
        match rule {
            RollUp::WorstOf => format!("{text}, with the counts beside it"),
            _ => format!("{text}. {NOT_COUNTED} The counts stand beside it"),
        }
    };
    let general = rules.general.map(|rule| {
        let mut name = "Outcome, priority".to_owned();
        if !card.perspectives.is_empty() {
            name += ", perspective";
        }
        (name, said(rule))
    });
    let single = rules.single.iter().map(|of| (of.named.join(", "), said(of.rule)));
    general.into_iter().chain(single).collect()
}

/// What a colour by judgement is worth; `None` where nobody gave one.
pub(super) fn judgement(card: &Scorecard<'_>, framework: &Framework) -> Option<&'static str> {
    let lines = card.lines.iter().filter_map(|line| line.evaluation.as_ref()?.manual);
    let outcomes = card.outcomes.iter().filter_map(|roll| roll.rolled.manual);
    let priorities = card.priorities.iter().filter_map(|roll| roll.rolled.manual);
    lines.chain(outcomes).chain(priorities).next()?;
    Some(match framework.manual_rule() {
        ManualRule::Counts => {
            "a colour that the person named has given; it stands beside the computed one and counts in its \
             place"
        }
        ManualRule::Shown | ManualRule::Refused => {
            "a colour that the person named has given; it stands beside the computed one, which alone counts"
        }
    })
}

/// What trends compare with.
pub(super) struct Trends {
    pub short: &'static str,
    pub long: String,
    /// Whether small changes count as none.
    pub least: Option<&'static str>,
}

/// What the trends of the lines of a scorecard compare with.
pub(super) fn trends(card: &Scorecard<'_>) -> Trends {
    let observed = card.lines.iter().filter(|line| line.evaluation.is_some());
    let rules: Vec<TrendRule> = observed.map(|line| line.indicator.trend).collect();
    let first = rules.first().copied().unwrap_or_default();
    let one_basis = rules.iter().all(|rule| rule.basis() == first.basis());
    let one_window = rules.iter().all(|rule| rule.window() == first.window());
    let short = match (one_basis, first.basis()) {
        (true, TrendBasis::Ongoing) => "against the value before",
        (true, TrendBasis::YearOnYear) => "against the same period a year before",
        (false, _) => "against the value before, or that of the same period a year before",
    };
    let long = match (one_basis && one_window, first.basis()) {
        (false, _) => {
            "against the mean of so many earlier values as the rule of the indicator says".to_owned()
        }
        (true, _) if first.window() == 1 => short.to_owned(),
        (true, TrendBasis::Ongoing) => {
            format!("against the mean of up to {} values before", counted(first.window()))
        }
        (true, TrendBasis::YearOnYear) => {
            format!("against the mean of the same period in up to {} years before", counted(first.window()))
        }
    };
    let nothing = |least| matches!(least, MinimumChange::Points(0.0) | MinimumChange::Percent(0.0));
    let least = rules.iter().any(|rule| !nothing(rule.minimum()));
    Trends { short, long, least: least.then_some("a change below the indicator's least one is steady") }
}

/// A small number as people write it.
fn counted(n: u32) -> String {
    const WORDS: [&str; 10] =
        ["none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    usize::try_from(n)
        .ok()
        .and_then(|n| WORDS.get(n))
        .map_or_else(|| n.to_string(), |word| (*word).to_owned())
}

/// Names in a row: "a, b and c".
fn listed(names: &[&str], last: &str) -> String {
    match names {
        [] => String::new(),
        [name] => (*name).to_owned(),
        [names @ .., name] => format!("{} {last} {name}", names.join(", ")),
    }
}
