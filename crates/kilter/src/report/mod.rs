//! Reports: a scorecard as text for the terminal, and as one self-contained HTML page.
//!
//! This room words and lays out what a scorecard says. It computes no value and judges none; it reads no
//! clock, no file and no store, so that the same scorecard and context give the same bytes everywhere.
//! A status is always a shape and a word, a colour only besides; a number that is absent is always the
//! reason for it.

mod html;
mod key;
mod rolling;
mod sections;
mod sparkline;
mod targets;
mod terminal;
pub(crate) mod words;

pub use html::html;
pub use terminal::terminal;

use kilter_core::evaluate::Value;
use kilter_core::framework::Framework;
use kilter_core::target::Aim;
use kilter_core::time::Date;

/// What a report says about itself besides the scorecard.
///
/// ```
/// use kilter::report::{Context, html, terminal};
/// use kilter_core::framework::{Framework, Text};
/// use kilter_core::ident::AreaCode;
/// use kilter_core::scorecard::{Line, Reporting, Scorecard};
///
/// let file = r#"
///     [framework]
///     id = "small"
///     title = "A small framework"
///     [[area]]
///     code = "A"
///     name = "Glen"
///     kind = "council"
///     [[measure]]
///     id = "falls"
///     title = "Falls"
///     unit = "people"
///     frequency = "month"
///     over_time = "sum"
///     over_areas = "sum"
///     [[indicator]]
///     id = "F-1"
///     title = "Falls in the month"
///     calculation = { count = "falls" }
///     frequency = "month"
///     polarity = "lower"
///     decimals = 0
///     unit = "people"
/// "#;
/// let framework = Framework::from_texts(&[Text::new("small.toml", file)]).unwrap();
/// let lines = framework.indicators().iter().map(|indicator| Line { indicator, evaluation: None, timing: None }).collect();
/// let card = Scorecard::new(&framework, AreaCode::new("A").unwrap(), lines, Reporting::Latest(None));
/// let context = Context {
///     framework: &framework,
///     area_name: "Glen",
///     as_at: "as known on 2026-11-22, release 4".into(),
///     releases: Vec::new(),
///     generated: None,
///     histories: &[],
///     aims: &[],
///     benchmark: None,
/// };
/// let text = terminal(&card, &context, Some(60), false);
/// assert!(text.contains("Nothing observed (no data): F-1 Falls in the month"));
/// assert!(html(&card, &context).starts_with("<!DOCTYPE html>"));
/// ```
#[derive(Debug, Clone)]
pub struct Context<'a> {
    /// The framework that the scorecard was made by.
    pub framework: &'a Framework,
    /// The name of the scorecard's area.
    pub area_name: &'a str,
    /// What was known, in words: "as known on 2026-11-22, release 4".
    pub as_at: String,
    /// The releases that the figures rest on.
    pub releases: Vec<ReleaseLine>,
    /// The day on which the report is made, where it is to be said.
    pub generated: Option<Date>,
    /// For each line of the scorecard its values in order of time, for the sparklines. Lines beyond its
    /// end, and lines whose history is empty, have none.
    pub histories: &'a [Vec<Value>],
    /// For each line what was aimed at in the periods of its history, place by place.
    pub aims: &'a [Vec<Option<Aim>>],
    /// What the values are shown beside.
    pub benchmark: Option<Benchmark>,
}

/// A release that the figures of a report rest on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseLine {
    /// Its number.
    pub number: u32,
    /// The day on which it became known.
    pub known_at: Date,
    /// Where it comes from.
    pub source: String,
}

/// Values of another area, for the same periods as the lines.
#[derive(Debug, Clone, PartialEq)]
pub struct Benchmark {
    /// What it is called: "Scotland".
    pub name: String,
    /// For each line of the scorecard its value, in the unit of the line; `None` where there is none.
    pub values: Vec<Option<f64>>,
}

#[cfg(test)]
mod tests;
