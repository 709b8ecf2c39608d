//! The words and figures that both forms of a report share, so that they never say different things.
//!
//! Figures are rounded here, once, half up. Nothing here knows a column, a colour or a tag.

use super::Context;
use super::rolling::Judged;
use super::targets::TargetWords;
use kilter_core::evaluate::{Evaluation, Freshness, Timing, Trend, TrendPoint};
use kilter_core::framework::{Framework, Indicator, Outcome};
use kilter_core::method::half_up;
use kilter_core::scorecard::{Line, Scorecard};
use kilter_core::series::Marks;
use kilter_core::target::{Colour, Status};
use std::collections::BTreeSet;

/// What is said where a framework says that its organisation and figures are made up.
pub(super) const INVENTED: &str =
    "INVENTED DATA: this organisation and its figures are made up. Do not quote or use them.";

/// How many periods a subtitle names one by one.
const PERIODS_NAMED: usize = 4;

/// From so many periods on, a trend is said to run.
const RUNNING: u32 = 3;

/// A text as it may stand on a terminal and in a page: line breaks and tabs are blanks, and characters
/// that steer a terminal or turn the direction of reading are replaced, since titles come from files.
pub(crate) fn plain(text: &str) -> String {
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
pub(crate) fn number(value: f64, decimals: u32) -> String {
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

/// So many indicators.
pub(super) fn indicators(n: usize) -> String {
    match n {
        0 => "no indicators".to_owned(),
        1 => "1 indicator".to_owned(),
        n => format!("{n} indicators"),
    }
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

/// How old a value is: "11 months old".
fn age(months: u32) -> String {
    match months {
        0 => "less than a month old".to_owned(),
        1 => "1 month old".to_owned(),
        n => format!("{n} months old"),
    }
}

/// What any line is called and how it stands, whether or not anything was observed.
pub(super) struct Name {
    pub id: String,
    pub title: String,
    /// The status that was computed.
    pub status: Status,
    /// The status that a person gave, beside it.
    pub judged: Option<Judged>,
}

impl Name {
    /// Names a line.
    pub fn new(line: &Line<'_>) -> Self {
        let indicator = line.indicator;
        let manual = line.evaluation.as_ref().and_then(|evaluation| evaluation.manual);
        Self {
            id: indicator.id.to_string(),
            title: plain(&indicator.title),
            status: line.status(),
            judged: manual.map(Judged::new),
        }
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
    pub target: TargetWords,
    /// The value less the target, or why there is no such difference.
    pub variance: String,
    /// The same in percent of the target.
    pub variance_percent: Option<String>,
    pub short_trend: TrendWords,
    pub long_trend: TrendWords,
    /// For how many periods the short trend has gone the same way, where they are several.
    pub running: Option<u32>,
    pub marks: Vec<&'static str>,
    /// How old the value is, where there is one and it is known.
    pub age: Option<String>,
    /// That newer data should be there: "newer data was due on 2024-08-31".
    pub overdue: Option<String>,
    pub timing: Option<Timing>,
    pub evaluation: &'c Evaluation<'c>,
}

impl<'c> LineWords<'c> {
    /// Words a line; `None` where nothing was ever observed.
    pub fn new(line: &'c Line<'_>, framework: &Framework) -> Option<Self> {
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
        let target = TargetWords::new(evaluation, indicator, framework);
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
        let timed = line.timing.filter(|_| evaluation.value.value.is_ok());
        let overdue = line.timing.filter(|timing| timing.freshness == Freshness::Overdue);
        let moves = matches!(evaluation.short_trend.trend, Trend::Better | Trend::Worse);
        Some(Self {
            name,
            period: evaluation.value.period.to_string(),
            value,
            figure,
            unit,
            absent: evaluation.value.value.is_err(),
            target,
            variance,
            variance_percent,
            short_trend: trend(&evaluation.short_trend, evaluation, indicator, false),
            long_trend: trend(&evaluation.long_trend, evaluation, indicator, true),
            running: Some(evaluation.trend_run).filter(|run| moves && *run >= RUNNING),
            marks,
            age: timed.map(|timing| age(timing.age_months)),
            overdue: overdue.and_then(|timing| Some(format!("newer data was due on {}", timing.due?))),
            timing: line.timing,
            evaluation,
        })
    }

    /// The one reason why neither trend can be told, where it is one.
    pub fn unknown_trend(&self) -> Option<&TrendWords> {
        let (short, long) = (self.evaluation.short_trend.trend, self.evaluation.long_trend.trend);
        (short == long && matches!(short, Trend::Unknown(_))).then_some(&self.short_trend)
    }
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
