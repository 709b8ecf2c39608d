//! The control chart and the run chart of a history, by the rule that its indicator names: which values are
//! more than the variation that the process always has, and whether it can be expected to meet its target.

use super::{History, Value};
use crate::framework::{ChartKind, ChartRule, ChartRuns, ChartScreening, ChartSignals, ShiftWatch};
use crate::method::control_chart::{
    Assurance, Cause, Improvement, Limits, Point, RatioChart, RuleSet, Screening, Settings, ShewhartError,
    ShewhartPart, ShewhartPoint, ShewhartSettings, Side, Signal, Signals, ValueChart, of_ratios, of_values,
    xmr,
};
use crate::method::run_chart::{self, Line, RunChart, Runs, Sustained, SustainedError, Watch, sustained};
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
    /// Its figures are none that this kind of chart is made of: below zero, or a time of nothing.
    Unfit,
    /// It is too short for a baseline and a shift.
    TooShort,
}

impl fmt::Display for NoChart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Overlapping => "overlapping periods",
            Self::NoValues => "no values",
            Self::TooLarge => "values too large",
            Self::Unfit => "figures that do not fit the chart",
            Self::TooShort => "too short",
        })
    }
}

/// One place of a control chart, whatever its kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ControlPoint {
    /// What is drawn: the value, or for an MR chart its distance from the one before; `None` for a gap.
    pub drawn: Option<f64>,
    /// The number of its segment, from 0.
    pub segment: usize,
    /// The line in the middle of its segment: mean, pooled centre or median.
    pub centre: Option<f64>,
    /// Its limits.
    pub limits: Option<Limits>,
    /// Every pattern that it is part of; of Shewhart's charts, those of lying outside.
    pub signals: Signals,
    /// The first of them, which names its cause.
    pub signal: Option<Signal>,
    /// What it is put down to; `None` for a gap and for what is left out.
    pub cause: Option<Cause>,
    /// Whether the limits of its segment rest on fewer than thirteen values.
    pub on_trial: bool,
    /// Whether it counts, and is not left out by the rule of its indicator.
    pub included: bool,
}

/// The control chart of a history up to a place.
#[derive(Debug, Clone, PartialEq)]
pub struct ControlChart {
    /// Which chart it is.
    pub kind: ChartKind,
    /// Its places, in order of time.
    pub points: Vec<ControlPoint>,
    /// Of Shewhart's charts but that of ranges: the runs about the centre of each segment, where a value lies
    /// off it.
    pub runs: Vec<Option<Runs>>,
    improvement: Improvement,
}

impl ControlChart {
    /// Whether the process can be expected to meet the target, by the limits of the last place; `None` for an
    /// MR chart, whose limits are those of ranges.
    #[must_use]
    pub fn assurance(&self, target: f64) -> Option<Assurance> {
        let limits = self.points.last()?.limits;
        (self.kind != ChartKind::Mr).then(|| Assurance::of(target, limits, self.improvement))
    }
}

/// The control chart of a history up to a place, of the kind that its indicator names. Limits begin anew at
/// every break in the series and at the periods that the indicator names.
///
/// # Errors
/// Why there is none.
pub fn control_chart(history: &History<'_>, place: usize) -> Result<ControlChart, NoChart> {
    let rule = &history.indicator().chart;
    let charted = charted(history, place)?;
    let improvement = match history.indicator().polarity {
        Polarity::Higher => Improvement::Increase,
        Polarity::Lower => Improvement::Decrease,
        Polarity::Range | Polarity::None => Improvement::Neutral,
    };
    let (points, runs) = match rule.kind {
        ChartKind::Xmr => (xmr_points(rule, &charted, improvement)?, Vec::new()),
        kind => shewhart_points(history, kind, &charted, improvement)?,
    };
    Ok(ControlChart { kind: rule.kind, points, runs, improvement })
}

pub(super) fn screening_of(rule: &ChartRule) -> Screening {
    match rule.screening {
        ChartScreening::Off => Screening::Off,
        ChartScreening::Once => Screening::Once,
        ChartScreening::OnceUnlessFlat => Screening::OnceUnlessFlat,
    }
}

pub(super) fn signal_rules(rule: &ChartRule) -> RuleSet {
    match rule.signals {
        ChartSignals::MakingDataCount => RuleSet::MakingDataCount,
        ChartSignals::NhsrPlotTheDots => RuleSet::NhsrPlotTheDots,
    }
}

fn run_rules(rule: &ChartRule) -> run_chart::RuleSet {
    match rule.runs {
        ChartRuns::Anhoej => run_chart::RuleSet::Anhoej,
        ChartRuns::BestBox => run_chart::RuleSet::BestBox,
        ChartRuns::CutBox => run_chart::RuleSet::CutBox,
        ChartRuns::Perla => run_chart::RuleSet::Perla,
    }
}

fn layout<'c>(rule: &ChartRule, charted: &'c Charted) -> run_chart::Layout<'c> {
    run_chart::Layout {
        starts: &charted.starts,
        fix_after: rule.fix_after.map(|places| places as usize),
        excluded: &charted.excluded,
    }
}

fn xmr_points(
    rule: &ChartRule,
    charted: &Charted,
    improvement: Improvement,
) -> Result<Vec<ControlPoint>, NoChart> {
    let settings = Settings {
        improvement,
        rules: signal_rules(rule),
        screening: screening_of(rule),
        starts: &charted.starts,
        fix_after: rule.fix_after.map(|places| places as usize),
        excluded: &charted.excluded,
    };
    let chart = xmr(&charted.points, &settings).map_err(|_| NoChart::TooLarge)?;
    let point = |point: &Point| ControlPoint {
        drawn: point.value,
        segment: point.segment,
        centre: point.mean,
        limits: point.limits,
        signals: point.signals,
        signal: point.signal,
        cause: point.cause,
        on_trial: chart.segments()[point.segment].on_trial,
        included: point.included,
    };
    Ok(chart.points().iter().map(point).collect())
}

/// Fewer values than this leave the limits of a segment on trial.
const FIRM_FROM: usize = 13;

fn shewhart_points(
    history: &History<'_>,
    kind: ChartKind,
    charted: &Charted,
    improvement: Improvement,
) -> Result<(Vec<ControlPoint>, Vec<Option<Runs>>), NoChart> {
    let indicator = history.indicator();
    let rule = &indicator.chart;
    let settings = ShewhartSettings {
        layout: layout(rule, charted),
        screening: screening_of(rule),
        rules: run_rules(rule),
    };
    let of_values = |chart| of_values(chart, &charted.points, &settings);
    let of_ratios = |chart| {
        let (per, complement) = indicator.calculation.multiplier().unwrap_or((1.0, false));
        let values = &history.values()[..charted.points.len()];
        let there = |figure: fn(&Value) -> Option<f64>| -> Vec<Option<f64>> {
            values.iter().map(|value| figure(value).filter(|_| value.value.is_ok())).collect()
        };
        let below = there(|value| value.denominator);
        let above = if complement {
            there(|value| Some(value.denominator? - value.numerator?))
        } else {
            there(|value| value.numerator)
        };
        of_ratios(chart, &above, &below, per, &settings)
    };
    let chart = match kind {
        ChartKind::Xmr | ChartKind::I => of_values(ValueChart::I),
        ChartKind::Mr => of_values(ValueChart::Mr),
        ChartKind::C => of_values(ValueChart::C),
        ChartKind::G => of_values(ValueChart::G),
        ChartKind::T => of_values(ValueChart::T),
        ChartKind::P => of_ratios(RatioChart::P),
        ChartKind::PPrime => of_ratios(RatioChart::PPrime),
        ChartKind::U => of_ratios(RatioChart::U),
        ChartKind::UPrime => of_ratios(RatioChart::UPrime),
        ChartKind::IPrime => of_ratios(RatioChart::IPrime),
    };
    let chart = chart.map_err(|error| match error {
        ShewhartError::TooLarge => NoChart::TooLarge,
        _ => NoChart::Unfit,
    })?;
    let values_of = |part: usize| {
        let places = chart.parts[part].places.clone();
        chart.points[places].iter().filter(|point| point.included && point.value.is_some()).count()
    };
    let on_trial: Vec<bool> = (0..chart.parts.len()).map(|part| values_of(part) < FIRM_FROM).collect();
    let point = |point: &ShewhartPoint| {
        let signal = point.outside.map(|side| match side {
            Side::High => Signal::AboveLimit,
            Side::Low => Signal::BelowLimit,
        });
        let mut signals = Signals::NONE;
        signal.into_iter().for_each(|signal| signals.insert(signal));
        // A range is neither better nor worse than another.
        let improvement = if kind == ChartKind::Mr { Improvement::Neutral } else { improvement };
        ControlPoint {
            drawn: point.value,
            segment: point.part,
            centre: point.centre,
            limits: point.limits,
            signals,
            signal,
            cause: point.value.filter(|_| point.included).map(|_| Cause::of(signal, improvement)),
            on_trial: on_trial[point.part],
            included: point.included,
        }
    };
    let runs = |part: &ShewhartPart| part.runs.filter(|_| kind != ChartKind::Mr);
    Ok((chart.points.iter().map(point).collect(), chart.parts.iter().map(runs).collect()))
}

/// The medians of a history up to a place and how long each held, by the rule of its indicator: a new one where
/// values have stayed on one side for long enough. What is left out is passed over as a gap is.
///
/// # Errors
/// Why there are none.
pub fn sustained_shifts(history: &History<'_>, place: usize) -> Result<Vec<Line>, NoChart> {
    let rule = history.indicator().chart.shifts;
    let settings = Sustained {
        baseline: rule.baseline as usize,
        run: rule.run as usize,
        watch: match rule.watch {
            ShiftWatch::Both => Watch::Both,
            ShiftWatch::Above => Watch::Above,
            ShiftWatch::Below => Watch::Below,
        },
    };
    sustained(&charted(history, place)?.counting(), settings).map_err(|error| match error {
        SustainedError::TooShort { .. } | SustainedError::NoBaseline { .. } => NoChart::TooShort,
        _ => NoChart::TooLarge,
    })
}

/// The run chart of a history up to a place, by the rules that its indicator names. The median begins anew
/// where the limits of the control chart do.
///
/// # Errors
/// Why there is none.
pub fn run_chart(history: &History<'_>, place: usize) -> Result<RunChart, NoChart> {
    let rule = &history.indicator().chart;
    let charted = charted(history, place)?;
    let settings =
        run_chart::Settings { rules: run_rules(rule), layout: layout(rule, &charted), centre: None };
    run_chart::run_chart(&charted.points, &settings).map_err(|_| NoChart::TooLarge)
}

/// The values of a history up to a place, the places from which a chart begins anew, and those left out.
struct Charted {
    points: Vec<Option<f64>>,
    starts: Vec<usize>,
    excluded: Vec<usize>,
}

impl Charted {
    /// The values, with gaps where they are left out.
    fn counting(&self) -> Vec<Option<f64>> {
        let mut points = self.points.clone();
        self.excluded.iter().for_each(|place| points[*place] = None);
        points
    }
}

fn charted(history: &History<'_>, place: usize) -> Result<Charted, NoChart> {
    let values = &history.values()[..=place];
    if !values[place].period.kind().tiles() {
        return Err(NoChart::Overlapping);
    }
    if values.iter().all(|value| value.value.is_err()) {
        return Err(NoChart::NoValues);
    }
    let rule = &history.indicator().chart;
    let begins = |at: &usize| {
        rule.begins_anew(values[at - 1].period, values[*at].period) || values[*at].marks.has(Marks::BREAK)
    };
    let starts = (1..values.len()).filter(begins).collect();
    let left_out =
        |at: &usize| history.indicator().chart.excluded(history.area(), values[*at].period).is_some();
    let excluded = (0..values.len()).filter(left_out).collect();
    Ok(Charted { points: values.iter().map(|value| value.value.ok()).collect(), starts, excluded })
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
/// chart, no value or one that is left out, or fewer than twelve values in its segment.
#[must_use]
pub fn chart_signal(history: &History<'_>, place: usize, target: Option<Aim>) -> Option<ChartSignal> {
    let chart = control_chart(history, place).ok()?;
    let point = chart.points.last()?;
    let counts =
        |other: &&ControlPoint| other.segment == point.segment && other.included && other.drawn.is_some();
    if chart.points.iter().filter(counts).count() < VERDICT_FROM {
        return None;
    }
    let assurance = match target {
        Some(Aim::Value(target)) => chart.assurance(target),
        _ => None,
    };
    Some(ChartSignal { cause: point.cause?, signal: point.signal, assurance, on_trial: point.on_trial })
}
