//! The words and figures that both forms of a report share, so that they never say different things.
//!
//! Figures are rounded here, once, half up. Nothing here knows a column, a colour or a tag.

use super::Context;
use kilter_core::evaluate::{Evaluation, Trend, TrendPoint};
use kilter_core::framework::{Indicator, Outcome, Target};
use kilter_core::method::half_up;
use kilter_core::scorecard::{Counts, Line, Scorecard};
use kilter_core::series::Marks;
use kilter_core::target::{Aim, Colour, Polarity, Status};
use std::collections::BTreeSet;

/// What is said where a framework says that its organisation and figures are made up.
pub(super) const INVENTED: &str =
    "INVENTED DATA: this organisation and its figures are made up. Do not quote or use them.";

/// How many periods a subtitle names one by one.
const PERIODS_NAMED: usize = 4;

/// A text as it may stand on a terminal and in a page: line breaks and tabs are blanks, and characters
/// that steer a terminal or turn the direction of reading are replaced, since titles come from files.
pub(super) fn plain(text: &str) -> String {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            || matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    text.chars()
        .map(|c| match c {
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => ' ',
            c if steers(c) => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// A number rounded half up to so many decimals, with thousands separators and a minus sign.
pub(super) fn number(value: f64, decimals: u32) -> String {
    let rounded = half_up(value, decimals);
    let digits = format!("{:.*}", decimals as usize, rounded.abs());
    let (whole, fraction) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut text = String::with_capacity(digits.len() + whole.len() / 3 + 1);
    if rounded < 0.0 {
        text.push('−');
    }
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + fraction
}

/// A number that was written by a person, such as a target: with the decimals it has, at least and at
/// most so many.
pub(super) fn as_written(value: f64, least: u32, most: u32) -> String {
    let rounded = half_up(value, most);
    let text = rounded.abs().to_string();
    let has = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    number(rounded, u32::try_from(has).unwrap_or(most).clamp(least, most.max(least)))
}

/// A difference with its sign, and with as many decimals as it takes to show that it is not nothing.
fn signed(value: f64, decimals: u32) -> String {
    let decimals = (decimals..decimals + 6).find(|&d| half_up(value, d) != 0.0).unwrap_or(decimals);
    let text = number(value, decimals);
    if value > 0.0 { format!("+{text}") } else { text }
}

/// A figure with its unit, each sign on the side where it is written: 62.5% of hours, £12 per week.
pub(super) fn with_unit(figure: &str, unit: &str) -> String {
    let unit = plain(unit);
    if unit.is_empty() {
        figure.to_owned()
    } else if unit.starts_with('%') {
        format!("{figure}{unit}")
    } else if let Some(rest) = unit.strip_prefix('£') {
        let digits = figure.trim_start_matches(['−', '+']);
        let sign = &figure[..figure.len() - digits.len()];
        format!("{sign}£{digits}{rest}")
    } else {
        format!("{figure} {unit}")
    }
}

/// A unit as its sign, where it has one, and the rest.
fn split_unit(unit: &str) -> (&str, &str) {
    let sign = unit.chars().next().filter(|c| matches!(c, '%' | '£')).map_or(0, char::len_utf8);
    let (sign, rest) = unit.split_at(sign);
    (sign, rest.trim())
}

/// A figure with the sign of its unit, where it has one, and not the rest.
pub(super) fn with_sign(figure: &str, unit: &str) -> String {
    with_unit(figure, split_unit(unit).0)
}

/// The shape of a status.
pub(super) fn symbol(status: Status) -> char {
    match status.colour() {
        Some(Colour::Green) => '✔',
        Some(Colour::Amber) => '▲',
        Some(Colour::Red) => '✖',
        None => '–',
    }
}

/// A status in words, with the reason where it is not assessed.
pub(super) fn status(status: Status) -> String {
    match status.reason() {
        Some(reason) => format!("{status}: {reason}"),
        None => status.to_string(),
    }
}

/// The colour of an outcome with the counts it comes from, and not twice where they are of one colour:
/// "▲ amber: 2 green, 1 amber", "▲ 3 amber".
pub(super) fn roll(of: Counts) -> String {
    let symbol = rolled_symbol(of);
    let kinds = [of.green, of.amber, of.red, of.not_assessed].iter().filter(|n| **n > 0).count();
    match of.worst() {
        Some(colour) if kinds > 1 => format!("{symbol} {colour}: {}", counts(of)),
        _ => format!("{symbol} {}", counts(of)),
    }
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

/// So many indicators.
pub(super) fn indicators(n: usize) -> String {
    match n {
        0 => "no indicators".to_owned(),
        1 => "1 indicator".to_owned(),
        n => format!("{n} indicators"),
    }
}

/// The colour of an outcome as a word, where it has one.
pub(super) fn rolled(roll: Counts) -> String {
    match roll.worst() {
        Some(colour) => colour.to_string(),
        None if roll.not_assessed > 0 => "not assessed".to_owned(),
        None => "no indicators".to_owned(),
    }
}

/// The shape of the colour of an outcome.
fn rolled_symbol(roll: Counts) -> char {
    roll.worst().map_or('–', |colour| symbol(Status::Assessed(colour)))
}

/// The number and short label of an outcome.
pub(super) fn label(outcome: &Outcome) -> String {
    match outcome.number {
        Some(number) => format!("{number} {}", plain(&outcome.short)),
        None => plain(&outcome.short),
    }
}

/// The periods that the lines of a scorecard are for, in order of time.
pub(super) fn periods(card: &Scorecard<'_>) -> String {
    let periods: BTreeSet<_> = card
        .lines
        .iter()
        .filter_map(|line| line.evaluation.as_ref())
        .map(|evaluation| (evaluation.value.period.end(), evaluation.value.period))
        .collect();
    match (periods.first(), periods.last()) {
        (Some(first), Some(last)) if periods.len() > PERIODS_NAMED => {
            format!("{} periods, ending {} to {}", periods.len(), first.0, last.0)
        }
        (Some(_), Some(_)) => {
            periods.iter().map(|(_, period)| period.to_string()).collect::<Vec<_>>().join("; ")
        }
        _ => "no period: nothing was observed".to_owned(),
    }
}

/// A trend: which way the value moved, and whether that is better.
pub(super) struct TrendWords {
    /// Up, down, level, or a dash where it cannot be said.
    pub arrow: char,
    /// Better, worse, steady, or why it cannot be said.
    pub word: String,
    /// The word that a style goes by.
    pub class: &'static str,
    /// What the value was compared with.
    pub against: Option<String>,
}

pub(super) fn trend(
    point: &TrendPoint,
    evaluation: &Evaluation<'_>,
    indicator: &Indicator,
    mean: bool,
) -> TrendWords {
    let rose = matches!((evaluation.value.value, point.against), (Ok(now), Some(then)) if now > then);
    let moved = if rose { '↑' } else { '↓' };
    let (arrow, class) = match point.trend {
        Trend::Better => (moved, "better"),
        Trend::Worse => (moved, "worse"),
        Trend::Steady => ('→', "steady"),
        Trend::Unknown(_) => ('–', "unknown"),
    };
    let against = point.against.map(|then| {
        let figure = with_sign(&number(then, indicator.decimals), &indicator.unit);
        match (point.since, mean) {
            (Some(since), true) => format!("against {figure}, the mean of the values since {since}"),
            (Some(since), false) => format!("against {figure} in {since}"),
            (None, _) => format!("against {figure}"),
        }
    });
    TrendWords { arrow, word: point.trend.to_string(), class, against }
}

/// What any line is called and how it stands, whether or not anything was observed.
pub(super) struct Name {
    pub id: String,
    pub title: String,
    pub status: Status,
}

impl Name {
    /// Names a line.
    pub fn new(line: &Line<'_>) -> Self {
        let indicator = line.indicator;
        Self { id: indicator.id.to_string(), title: plain(&indicator.title), status: line.status() }
    }
}

/// Everything a line of which something was observed says, in words.
pub(super) struct LineWords<'c> {
    pub name: Name,
    pub period: String,
    /// The value with its unit, or why there is none.
    pub value: String,
    /// The value with the sign of its unit, or why there is none.
    pub figure: String,
    /// The rest of its unit, where there is a value.
    pub unit: Option<String>,
    pub absent: bool,
    pub target: String,
    /// The values at which the colours end; none where there is no target.
    pub limits: Vec<String>,
    /// The value less the target, or why there is no such difference.
    pub variance: String,
    /// The same in percent of the target.
    pub variance_percent: Option<String>,
    pub short_trend: TrendWords,
    pub long_trend: TrendWords,
    pub marks: Vec<&'static str>,
    pub evaluation: &'c Evaluation<'c>,
}

impl<'c> LineWords<'c> {
    /// Words a line; `None` where nothing was ever observed.
    pub fn new(line: &'c Line<'_>) -> Option<Self> {
        let evaluation = line.evaluation.as_ref()?;
        let (name, indicator) = (Name::new(line), line.indicator);
        let (value, figure, unit) = match evaluation.value.value {
            Ok(value) => {
                let figure = number(value, indicator.decimals);
                let rest = split_unit(&indicator.unit).1;
                let rest = (!rest.is_empty()).then(|| plain(rest));
                (with_unit(&figure, &indicator.unit), with_sign(&figure, &indicator.unit), rest)
            }
            Err(missing) => (missing.to_string(), missing.to_string(), None),
        };
        let (target, limits) = match evaluation.target {
            Some(target) => (aim(target, indicator), limits(target, indicator)),
            None => ("no target".to_owned(), Vec::new()),
        };
        let (variance, variance_percent) = match (name.status, evaluation.value.value, evaluation.judgement) {
            (Status::Assessed(_), _, Some(judgement)) => {
                let points = signed(judgement.variance, indicator.decimals);
                if indicator.unit.starts_with('%') {
                    // A percentage of a figure that is a percentage itself misleads.
                    (format!("{points} points"), None)
                } else {
                    let percent =
                        judgement.variance_percent.map(|percent| format!("{}%", signed(percent, 1)));
                    (with_sign(&points, &indicator.unit), percent)
                }
            }
            (_, Err(missing), _) => (missing.to_string(), None),
            (_, Ok(_), _) => {
                let reason = name.status.reason().map_or_else(|| "no target".to_owned(), |r| r.to_string());
                (reason, None)
            }
        };
        let marks = Marks::NAMES
            .iter()
            .filter(|(_, mark)| evaluation.value.marks.has(*mark))
            .map(|(name, _)| *name)
            .collect();
        Some(Self {
            name,
            period: evaluation.value.period.to_string(),
            value,
            figure,
            unit,
            absent: evaluation.value.value.is_err(),
            target,
            limits,
            variance,
            variance_percent,
            short_trend: trend(&evaluation.short_trend, evaluation, indicator, false),
            long_trend: trend(&evaluation.long_trend, evaluation, indicator, true),
            marks,
            evaluation,
        })
    }

    /// The one reason why neither trend can be told, where it is one.
    pub fn unknown_trend(&self) -> Option<&TrendWords> {
        let (short, long) = (self.evaluation.short_trend.trend, self.evaluation.long_trend.trend);
        (short == long && matches!(short, Trend::Unknown(_))).then_some(&self.short_trend)
    }
}

/// A target in words: "at most 600".
pub(super) fn aim(target: &Target, indicator: &Indicator) -> String {
    let figure = |value: f64| {
        with_sign(&as_written(value, indicator.decimals, indicator.decimals + 2), &indicator.unit)
    };
    match (target.threshold.aim(), target.threshold.polarity()) {
        (Aim::Value(value), Polarity::Lower) => format!("at most {}", figure(value)),
        (Aim::Value(value), _) => format!("at least {}", figure(value)),
        (Aim::Range { low, high }, _) => format!("{} to {}", figure(low), figure(high)),
    }
}

/// Whether a target is met or missed, and nothing between.
pub(super) fn is_exact(target: &Target) -> bool {
    target.threshold.tolerance().amber() == 0.0
}

/// The values at which the colours of a target end: "green to 430.5", "amber to 441".
fn limits(target: &Target, indicator: &Indicator) -> Vec<String> {
    let threshold = target.threshold;
    let tolerance = threshold.tolerance();
    let limit = |colour: Colour, value: f64| {
        let limit = threshold.limit(colour, value);
        with_sign(&as_written(limit, indicator.decimals, indicator.decimals + 2), &indicator.unit)
    };
    let ends = |colour: Colour| match threshold.aim() {
        Aim::Value(value) => format!("{colour} to {}", limit(colour, value)),
        Aim::Range { low, high: _ } => {
            format!("{colour} {} to {}", limit(colour, low), limit(colour, f64::MAX))
        }
    };
    if is_exact(target) {
        return vec!["no tolerance".to_owned()];
    }
    let mut limits = Vec::new();
    if tolerance.green() > 0.0 {
        limits.push(ends(Colour::Green));
    }
    if tolerance.amber() > tolerance.green() {
        limits.push(ends(Colour::Amber));
    }
    limits
}

/// Nothing was observed, and why that is so: "Nothing observed (under development)".
pub(super) fn unobserved(status: Status) -> String {
    match status.reason() {
        Some(reason) => format!("Nothing observed ({reason})"),
        None => "Nothing observed".to_owned(),
    }
}

/// A status with the reason in brackets where it is not assessed: "not assessed (no target)".
pub(super) fn grouped(status: Status) -> String {
    match status.reason() {
        Some(reason) => format!("{status} ({reason})"),
        None => status.to_string(),
    }
}

/// What a report is called: its area, and a warning where its data are invented.
pub(super) fn title(context: &Context<'_>) -> String {
    let warning = if context.framework.is_invented() { "INVENTED DATA: " } else { "" };
    format!("{warning}Scorecard: {}", plain(context.area_name))
}
