//! The control chart and the run chart of a history, by the rule that its indicator names: which values are
//! more than the variation that the process always has, and whether it can be expected to meet its target.

use super::History;
use crate::framework::{ChartRuns, ChartScreening, ChartSignals};
use crate::method::control_chart::{
    Assurance, Cause, Chart, Improvement, RuleSet, Screening, Settings, Signal, xmr,
};
use crate::method::run_chart::{self, RunChart};
use crate::series::Marks;
use crate::target::{Aim, Polarity};
use std::fmt;

/// Why a history has no control chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoChart {
    /// Its periods overlap, so that neighbours share most of what they count.
    Overlapping,
    /// There is no value in it.
    NoValues,
    /// Its values are too great to calculate with.
    TooLarge,
}

impl fmt::Display for NoChart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Overlapping => "overlapping periods",
            Self::NoValues => "no values",
            Self::TooLarge => "values too large",
        })
    }
}

/// The control chart (XmR) of a history up to a place. Limits begin anew at every break in the series and at
/// the periods that the indicator names.
///
/// # Errors
/// Why there is none.
pub fn control_chart(history: &History<'_>, place: usize) -> Result<Chart, NoChart> {
    let rule = &history.indicator().chart;
    let Charted { points, starts } = charted(history, place)?;
    let settings = Settings {
        improvement: match history.indicator().polarity {
            Polarity::Higher => Improvement::Increase,
            Polarity::Lower => Improvement::Decrease,
            Polarity::Range | Polarity::None => Improvement::Neutral,
        },
        rules: match rule.signals {
            ChartSignals::MakingDataCount => RuleSet::MakingDataCount,
            ChartSignals::NhsrPlotTheDots => RuleSet::NhsrPlotTheDots,
        },
        screening: match rule.screening {
            ChartScreening::Off => Screening::Off,
            ChartScreening::Once => Screening::Once,
            ChartScreening::OnceUnlessFlat => Screening::OnceUnlessFlat,
        },
        starts: &starts,
        fix_after: rule.fix_after.map(|places| places as usize),
    };
    xmr(&points, &settings).map_err(|_| NoChart::TooLarge)
}

/// The run chart of a history up to a place, by the rules that its indicator names. The median begins anew
/// where the limits of the control chart do.
///
/// # Errors
/// Why there is none.
pub fn run_chart(history: &History<'_>, place: usize) -> Result<RunChart, NoChart> {
    let rule = &history.indicator().chart;
    let Charted { points, starts } = charted(history, place)?;
    let settings = run_chart::Settings {
        rules: match rule.runs {
            ChartRuns::Anhoej => run_chart::RuleSet::Anhoej,
            ChartRuns::BestBox => run_chart::RuleSet::BestBox,
            ChartRuns::CutBox => run_chart::RuleSet::CutBox,
        },
        layout: run_chart::Layout {
            starts: &starts,
            fix_after: rule.fix_after.map(|places| places as usize),
            excluded: &[],
        },
        centre: None,
    };
    run_chart::run_chart(&points, &settings).map_err(|_| NoChart::TooLarge)
}

/// The values of a history up to a place, and the places from which a chart begins anew.
struct Charted {
    points: Vec<Option<f64>>,
    starts: Vec<usize>,
}

fn charted(history: &History<'_>, place: usize) -> Result<Charted, NoChart> {
    let values = &history.values()[..=place];
    if !values[place].period.kind().tiles() {
        return Err(NoChart::Overlapping);
    }
    if values.iter().all(|value| value.value.is_err()) {
        return Err(NoChart::NoValues);
    }
    let rebase = &history.indicator().chart.rebase;
    let begins = |at: &usize| {
        let (before, now) = (values[at - 1].period.start(), values[*at].period.start());
        let named = rebase.iter().any(|from| from.start() <= now && before < from.start());
        named || values[*at].marks.has(Marks::BREAK)
    };
    let starts = (1..values.len()).filter(begins).collect();
    Ok(Charted { points: values.iter().map(|value| value.value.ok()).collect(), starts })
}

/// What a control chart says of a value.
#[derive(Debug, Clone, PartialEq)]
pub struct ChartSignal {
    /// What the value is put down to.
    pub cause: Cause,
    /// The pattern that says so, the first by precedence; `None` for common cause.
    pub signal: Option<Signal>,
    /// Whether the process can be expected to meet the target in force; `None` without a target value.
    pub assurance: Option<Assurance>,
    /// Whether the limits rest on fewer than thirteen values.
    pub on_trial: bool,
}

/// A verdict is passed from so many values in the segment on; fewer are drawn and not judged.
const VERDICT_FROM: usize = 12;

/// What the control chart of a history up to a place says of the value there; `None` where there is no
/// chart, no value, or fewer than twelve values in its segment.
#[must_use]
pub fn chart_signal(history: &History<'_>, place: usize, target: Option<Aim>) -> Option<ChartSignal> {
    let chart = control_chart(history, place).ok()?;
    let (point, segment) = (chart.points().last()?, chart.segments().last()?);
    let values = chart.points()[segment.places.clone()].iter().filter(|point| point.value.is_some());
    if values.count() < VERDICT_FROM {
        return None;
    }
    let assurance = match target {
        Some(Aim::Value(target)) => chart.assurance(target).ok(),
        _ => None,
    };
    Some(ChartSignal { cause: point.cause?, signal: point.signal, assurance, on_trial: segment.on_trial })
}
