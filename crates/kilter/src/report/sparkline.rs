//! Sparklines: the history of one line as a drawing of a few centimetres, with the same in words.
//!
//! Where a value is absent the line stops: a gap is drawn as a gap. A break in the series stops it too.
//! Nothing here knows a page; coordinates are in units of the drawing.

use super::words::{number, with_sign};
use kilter_core::evaluate::Value;
use kilter_core::framework::Indicator;
use kilter_core::series::Marks;
use kilter_core::target::Aim;
use kilter_core::time::Period;
use std::fmt::Write;

/// The width of a drawing.
pub(super) const WIDTH: f64 = 132.0;
/// The height of a drawing.
pub(super) const HEIGHT: f64 = 40.0;
/// What is left free at its edges, so that a point at one is drawn whole.
const MARGIN: f64 = 4.0;
/// How many absent values a description names one by one.
const ABSENT_NAMED: usize = 4;

/// A drawing: paths in SVG's notation, and its description.
pub(super) struct Sparkline {
    /// The values, one stroke for each run without a gap.
    pub values: String,
    /// The targets in force, as steps.
    pub targets: String,
    /// Where the series breaks, as upright lines.
    pub breaks: String,
    /// Values that stand alone between gaps.
    pub lone: Vec<(String, String)>,
    /// The value that is reported, where it is drawn.
    pub point: Option<(String, String)>,
    /// The first and last period.
    pub span: (String, String),
    /// What it shows, in words.
    pub description: String,
}

/// Draws a history and what was aimed at in its periods, place by place; `None` where fewer than two of its
/// values are there.
pub(super) fn draw(
    indicator: &Indicator,
    history: &[Value],
    aims: &[Option<Aim>],
    reported: Option<Period>,
) -> Option<Sparkline> {
    let known: Vec<(&Value, f64)> =
        history.iter().filter_map(|value| value.value.ok().map(|v| (value, v))).collect();
    let (first, last) = (history.first()?.period, history.last()?.period);
    if known.len() < 2 {
        return None;
    }
    let aims: Vec<Option<Aim>> = (0..history.len()).map(|place| aims.get(place).copied().flatten()).collect();
    let mut bounds = (f64::INFINITY, f64::NEG_INFINITY);
    let drawn = known.iter().map(|(_, v)| *v).chain(aims.iter().flatten().flat_map(ends));
    for v in drawn {
        bounds = (bounds.0.min(v), bounds.1.max(v));
    }
    let height = bounds.1 - bounds.0;
    if !height.is_finite() {
        return None;
    }
    let length = f64::from(last.minus(first)?.max(1));
    let x = |period: Period, shift: f64| {
        let place = f64::from(period.minus(first).unwrap_or(0)) + shift;
        MARGIN + (WIDTH - 2.0 * MARGIN) * (place / length).clamp(0.0, 1.0)
    };
    let y = |v: f64| {
        // A history without any change runs through the middle.
        let share = if height > 0.0 { (v - bounds.0) / height } else { 0.5 };
        HEIGHT - MARGIN - (HEIGHT - 2.0 * MARGIN) * share
    };

    let mut line = Sparkline {
        values: String::new(),
        targets: String::new(),
        breaks: String::new(),
        lone: Vec::new(),
        point: None,
        span: (end_label(first), end_label(last)),
        description: describe(indicator, history, &known, &aims),
    };
    let mut run: Vec<(f64, f64)> = Vec::new();
    let mut before: Option<Period> = None;
    for value in history {
        let broken = value.marks.has(Marks::BREAK);
        let follows = before.is_none_or(|period| value.period.minus(period) == Some(1));
        if broken || !follows || value.value.is_err() {
            line.finish(&mut run);
        }
        if broken && before.is_some() {
            let _ = write!(line.breaks, "M{0:.1} 0V{HEIGHT:.1}", x(value.period, -0.5));
        }
        if let Ok(v) = value.value {
            let at = (x(value.period, 0.0), y(v));
            run.push(at);
            if reported == Some(value.period) {
                line.point = Some((format!("{:.1}", at.0), format!("{:.1}", at.1)));
            }
        }
        before = Some(value.period);
    }
    line.finish(&mut run);

    let mut i = 0;
    while i < aims.len() {
        let same = aims[i..].iter().take_while(|aim| **aim == aims[i]).count();
        let (from, to) = (x(history[i].period, -0.5), x(history[i + same - 1].period, 0.5));
        for v in aims[i].iter().flat_map(ends) {
            let _ = write!(line.targets, "M{from:.1} {:.1}H{to:.1}", y(v));
        }
        i += same;
    }
    Some(line)
}

impl Sparkline {
    /// Adds a run of values without a gap, and begins another.
    fn finish(&mut self, run: &mut Vec<(f64, f64)>) {
        if let [(x, y)] = run[..] {
            self.lone.push((format!("{x:.1}"), format!("{y:.1}")));
        } else {
            for (i, (x, y)) in run.iter().enumerate() {
                let _ = write!(self.values, "{}{x:.1} {y:.1}", if i == 0 { 'M' } else { 'L' });
            }
        }
        run.clear();
    }
}

/// A period as it is written under a drawing: a window or week by its last part.
fn end_label(period: Period) -> String {
    let label = period.to_string();
    match label.rsplit_once(" to ") {
        Some((_, end)) => end.to_owned(),
        None => label,
    }
}

/// The one or two lines of a target.
fn ends(aim: &Aim) -> impl Iterator<Item = f64> + use<> {
    let (one, other) = match *aim {
        Aim::Value(value) => (value, None),
        Aim::Range { low, high } => (low, Some(high)),
    };
    std::iter::once(one).chain(other)
}

fn describe(
    indicator: &Indicator,
    history: &[Value],
    known: &[(&Value, f64)],
    aims: &[Option<Aim>],
) -> String {
    let figure = |v: f64| with_sign(&number(v, indicator.decimals), &indicator.unit);
    let at = |place: Option<&(&Value, f64)>| {
        place.map_or_else(String::new, |(value, v)| format!("{} in {}", figure(*v), value.period))
    };
    let mut text = format!(
        "{} values. First {}, last {}; lowest {}, highest {}.",
        known.len(),
        at(known.first()),
        at(known.last()),
        at(known.iter().min_by(|a, b| a.1.total_cmp(&b.1))),
        at(known.iter().max_by(|a, b| a.1.total_cmp(&b.1))),
    );
    if let Some(aim) = aims.iter().rev().flatten().next() {
        let figures: Vec<String> = ends(aim).map(figure).collect();
        let _ = write!(text, " Dashed line: target {}.", figures.join(" to "));
    }
    let absent: Vec<String> = history
        .iter()
        .filter_map(|value| value.value.err().map(|missing| format!("{} ({missing})", value.period)))
        .collect();
    if absent.len() > ABSENT_NAMED {
        let _ = write!(text, " No value for {} periods.", absent.len());
    } else if !absent.is_empty() {
        let _ = write!(text, " No value for {}.", absent.join(", "));
    }
    let breaks: Vec<String> =
        history.iter().filter(|value| value.marks.has(Marks::BREAK)).map(|v| v.period.to_string()).collect();
    if !breaks.is_empty() {
        let _ = write!(text, " Break in series before {}.", breaks.join(", "));
    }
    text
}
