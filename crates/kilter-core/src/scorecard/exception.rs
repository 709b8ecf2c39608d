//! Exceptions: the lines of a scorecard that a level is shown, by its stated rules.

use super::Scorecard;
use crate::evaluate::{Freshness, Trend};
use crate::framework::{ExceptionRule, Level};
use crate::target::{Colour, Status};
use crate::time::Period;

/// A line that a level is shown, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// The place of the line.
    pub line: usize,
    /// The rules by which it is shown, in the level's order.
    pub rules: Vec<ExceptionRule>,
    /// For how many assessed periods running it has had its present colour, 0 where it has none.
    pub periods: u32,
    /// The first of them.
    pub since: Option<Period>,
}

/// How long the last status of a history has lasted. What is not assessed neither continues nor ends it.
fn lasted(statuses: &[(Period, Status)]) -> (u32, Option<Period>) {
    let Some(colour) = statuses.last().and_then(|(_, status)| status.colour()) else { return (0, None) };
    let assessed = statuses.iter().rev().filter_map(|(period, status)| Some((*period, status.colour()?)));
    assessed.take_while(|(_, of)| *of == colour).fold((0, None), |(n, _), (period, _)| (n + 1, Some(period)))
}

/// The exceptions of a level among the lines of a scorecard, the longest-standing red ones first.
/// `statuses` holds for each line its statuses in order of time up to the one shown.
#[must_use]
pub fn exceptions(level: &Level, card: &Scorecard<'_>, statuses: &[Vec<(Period, Status)>]) -> Vec<Exception> {
    let mut found: Vec<Exception> = card
        .lines
        .iter()
        .enumerate()
        .filter(|(_, line)| level.looks_at(line.indicator))
        .filter_map(|(place, line)| {
            let history = statuses.get(place).map_or(&[][..], Vec::as_slice);
            let (periods, since) = lasted(history);
            let colour = line.status().colour();
            let worsening = line.evaluation.as_ref().map_or(0, |evaluation| {
                if evaluation.short_trend.trend == Trend::Worse { evaluation.trend_run } else { 0 }
            });
            let holds = |rule: &&ExceptionRule| match rule {
                ExceptionRule::Red => colour == Some(Colour::Red),
                ExceptionRule::AmberOrRed => matches!(colour, Some(Colour::Red | Colour::Amber)),
                ExceptionRule::NewlyRed => colour == Some(Colour::Red) && periods == 1,
                ExceptionRule::Worsening(n) => worsening >= *n,
                ExceptionRule::Overdue => {
                    line.timing.is_some_and(|timing| timing.freshness == Freshness::Overdue)
                }
            };
            let rules: Vec<ExceptionRule> = level.exceptions.iter().filter(holds).copied().collect();
            (!rules.is_empty()).then_some(Exception { line: place, rules, periods, since })
        })
        .collect();
    found.sort_by_key(|exception| {
        let colour = card.lines[exception.line].status().colour();
        (std::cmp::Reverse(colour), std::cmp::Reverse(exception.periods), exception.line)
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::NotAssessed;

    #[test]
    fn a_colour_lasts_through_periods_that_are_not_assessed_and_ends_with_another() {
        let status = |letter| match letter {
            'r' => Status::Assessed(Colour::Red),
            'g' => Status::Assessed(Colour::Green),
            _ => Status::NotAssessed(NotAssessed::Suppressed),
        };
        let year = |n| Period::financial_year(2010 + n).unwrap();
        let of = |letters: &str| -> Vec<_> {
            (0..).zip(letters.chars()).map(|(i, letter)| (year(i), status(letter))).collect()
        };
        assert_eq!(lasted(&of("grr")), (2, Some(year(1))));
        assert_eq!(lasted(&of("gr-r")), (2, Some(year(1))));
        assert_eq!(lasted(&of("rrg")), (1, Some(year(2))));
        assert_eq!(lasted(&of("rr-")), (0, None));
        assert_eq!(lasted(&[]), (0, None));
    }
}
