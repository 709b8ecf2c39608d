//! Control charts, run charts, sustained shifts.

use super::Numbers;
use super::{Build, Refusal, choose, count, refused, yes};
use kilter::method::control_chart::{
    Improvement, Limits, RatioChart, RuleSet as SignalRules, Screening, Settings, ShewhartChart,
    ShewhartSettings, Side, ValueChart, of_ratios, of_values, xmr as make_xmr,
};
use kilter::method::run_chart::{
    Layout, LineKind, RuleSet, Runs, Settings as RunSettings, Sustained, Watch, run_chart as make_run_chart,
    sustained as sustained_shifts,
};
use kilter::table::Table;

const SCREENING: [(&str, Screening); 3] =
    [("off", Screening::Off), ("once", Screening::Once), ("once unless flat", Screening::OnceUnlessFlat)];
const RUN_RULES: [(&str, RuleSet); 4] = [
    ("anhoej", RuleSet::Anhoej),
    ("best box", RuleSet::BestBox),
    ("cut box", RuleSet::CutBox),
    ("perla", RuleSet::Perla),
];

fn side(side: Option<Side>) -> Option<&'static str> {
    Some(if side? == Side::High { "above" } else { "below" })
}

/// The control chart of single values (XmR).
///
/// Gives: a row to each place: `value, segment, mean, lower_limit, near_lower, near_upper, upper_limit,
/// on_trial, signals, cause, included`, and `assurance` beside the last.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
pub fn xmr(
    values: Numbers,
    improvement: &str,
    rules: &str,
    screening: &str,
    (starts, fix_after, excluded): Parts,
    target: Option<f64>,
) -> Result<Table, Refusal> {
    let ways = [
        ("increase", Improvement::Increase),
        ("decrease", Improvement::Decrease),
        ("neutral", Improvement::Neutral),
    ];
    let sets = [
        ("making data count", SignalRules::MakingDataCount),
        ("nhsrplotthedots", SignalRules::NhsrPlotTheDots),
    ];
    let settings = Settings {
        improvement: choose("improvement", improvement, &ways)?,
        rules: choose("rules", rules, &sets)?,
        screening: choose("screening", screening, &SCREENING)?,
        starts: &starts,
        fix_after,
        excluded: &excluded,
    };
    let chart = make_xmr(&values, &settings).map_err(refused)?;
    let assurance = target.map(|target| chart.assurance(target).map_err(refused)).transpose()?;
    let points = chart.points();
    let limit = |of: fn(Limits) -> f64| points.iter().map(move |point| point.limits.map(of));
    let signals = points.iter().map(|point| {
        let signals: Vec<String> = point.signals.iter().map(|signal| signal.to_string()).collect();
        (!signals.is_empty()).then(|| signals.join(", "))
    });
    let on_trial = points.iter().map(|point| Some(yes(chart.segments()[point.segment].on_trial)));
    let build = Build::default()
        .number("value", points.iter().map(|point| point.value))
        .whole("segment", points.iter().map(|point| count(point.segment)))
        .number("mean", points.iter().map(|point| point.mean))
        .number("lower_limit", limit(|limits| limits.lower))
        .number("near_lower", limit(|limits| limits.near_lower))
        .number("near_upper", limit(|limits| limits.near_upper))
        .number("upper_limit", limit(|limits| limits.upper))
        .text("on_trial", on_trial)
        .text("signals", signals)
        .text("cause", points.iter().map(|point| point.cause))
        .text("included", points.iter().map(|point| Some(yes(point.included))));
    // Beside the last value, as the engine has it.
    let last = points.len().saturating_sub(1);
    let beside = points.iter().enumerate().map(|(at, _)| assurance.filter(|_| at == last));
    Ok(build.text("assurance", beside).table())
}

/// Where parts begin, how many places fix them, and which places are left out.
type Parts = (Vec<usize>, Option<usize>, Vec<usize>);

fn layout((starts, fix_after, excluded): &Parts) -> Layout<'_> {
    Layout { starts, fix_after: *fix_after, excluded }
}

fn runs_columns<'r>(build: Build, runs: impl Iterator<Item = Option<&'r Runs>> + Clone) -> Build {
    let whole = |of: fn(&Runs) -> usize| runs.clone().map(move |runs| count(of(runs?)));
    build
        .whole("useful", whole(|runs| runs.useful))
        .whole("longest_run", whole(|runs| runs.longest))
        .whole("longest_allowed", whole(|runs| runs.limits.longest))
        .whole("crossings", whole(|runs| runs.crossings))
        .whole("crossings_needed", whole(|runs| runs.limits.crossings))
        .text("rules", runs.clone().map(|runs| Some(runs?.limits.rules)))
        .text("shift", runs.map(|runs| Some(yes(runs?.signal()))))
}

/// The run chart: whether a series wanders about its median as chance would.
///
/// Gives: a row to each place: `value, part, centre, side, included, in_base`, and of its part `useful,
/// longest_run, longest_allowed, crossings, crossings_needed, rules, shift`.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
pub fn run_chart(values: Numbers, rules: &str, centre: Option<f64>, parts: Parts) -> Result<Table, Refusal> {
    let rules = choose("rules", rules, &RUN_RULES)?;
    let settings = RunSettings { rules, layout: layout(&parts), centre };
    let chart = make_run_chart(&values, &settings).map_err(refused)?;
    let points = &chart.points;
    let build = Build::default()
        .number("value", points.iter().map(|point| point.value))
        .whole("part", points.iter().map(|point| count(point.part)))
        .number("centre", points.iter().map(|point| point.centre))
        .text("side", points.iter().map(|point| side(point.side)))
        .text("included", points.iter().map(|point| Some(yes(point.included))))
        .text("in_base", points.iter().map(|point| Some(yes(point.in_base))));
    Ok(runs_columns(build, points.iter().map(|point| chart.parts[point.part].runs.as_ref())).table())
}

fn shewhart(chart: &ShewhartChart) -> Table {
    let points = &chart.points;
    let limit = |of: fn(Limits) -> f64| points.iter().map(move |point| point.limits.map(of));
    let build = Build::default()
        .number("value", points.iter().map(|point| point.value))
        .whole("part", points.iter().map(|point| count(point.part)))
        .number("centre", points.iter().map(|point| point.centre))
        .number("lower_limit", limit(|limits| limits.lower))
        .number("near_lower", limit(|limits| limits.near_lower))
        .number("near_upper", limit(|limits| limits.near_upper))
        .number("upper_limit", limit(|limits| limits.upper))
        .text("outside", points.iter().map(|point| side(point.outside)))
        .text("included", points.iter().map(|point| Some(yes(point.included))))
        .text("in_base", points.iter().map(|point| Some(yes(point.in_base))))
        .text("chart", points.iter().map(|_| Some(chart.kind)));
    runs_columns(build, points.iter().map(|point| chart.parts[point.part].runs.as_ref()))
        .text("runs_signal", points.iter().map(|point| Some(yes(chart.parts[point.part].runs_signal))))
        .table()
}

fn shewhart_settings<'p>(
    parts: &'p Parts,
    screening: &str,
    rules: &str,
) -> Result<ShewhartSettings<'p>, Refusal> {
    let screening = choose("screening", screening, &SCREENING)?;
    Ok(ShewhartSettings { layout: layout(parts), screening, rules: choose("rules", rules, &RUN_RULES)? })
}

/// Shewhart's charts of single values: I and MR, C of counts, G and T of rare events.
///
/// Gives: a row to each place: `value, part, centre, lower_limit, near_lower, near_upper, upper_limit,
/// outside, included, in_base, chart`, the runs of its part, and `runs_signal`.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
pub fn shewhart_values(
    values: Numbers,
    chart: &str,
    screening: &str,
    rules: &str,
    parts: Parts,
) -> Result<Table, Refusal> {
    let kinds = [
        ("I", ValueChart::I),
        ("MR", ValueChart::Mr),
        ("C", ValueChart::C),
        ("G", ValueChart::G),
        ("T", ValueChart::T),
    ];
    let settings = shewhart_settings(&parts, screening, rules)?;
    let chart = of_values(choose("chart", chart, &kinds)?, &values, &settings).map_err(refused)?;
    Ok(shewhart(&chart))
}

/// Shewhart's charts of ratios: P and P' of proportions, U and U' of rates, I' of single ratios.
///
/// Gives: as `shewhart_values`.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
#[allow(clippy::too_many_arguments)]
pub fn shewhart_ratios(
    numerators: Numbers,
    denominators: Numbers,
    chart: &str,
    per: f64,
    screening: &str,
    rules: &str,
    parts: Parts,
) -> Result<Table, Refusal> {
    let kinds = [
        ("P", RatioChart::P),
        ("P'", RatioChart::PPrime),
        ("U", RatioChart::U),
        ("U'", RatioChart::UPrime),
        ("I'", RatioChart::IPrime),
    ];
    let settings = shewhart_settings(&parts, screening, rules)?;
    let chart = choose("chart", chart, &kinds)?;
    let chart = of_ratios(chart, &numerators, &denominators, per, &settings).map_err(refused)?;
    Ok(shewhart(&chart))
}

/// The runs and crossings of a series about a centre that is given.
///
/// Gives: one row: `useful, longest_run, longest_allowed, crossings, crossings_needed, rules, shift`.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
pub fn runs(values: Numbers, centre: f64, rules: &str) -> Result<Table, Refusal> {
    let rules = choose("rules", rules, &RUN_RULES)?;
    let found = Runs::of(values, centre, rules);
    let found = found.ok_or_else(|| Refusal("no value lies off the centre".into()))?;
    Ok(runs_columns(Build::default(), [Some(&found)].into_iter()).table())
}

/// Sustained shifts: so many values in a row on one side of the median of the first make a new median, and
/// so on.
///
/// Gives: a row to each line: `line, median, from, to, holds_to`, in places from 0, each end excluded.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
pub fn sustained(values: Numbers, baseline: usize, run: usize, watch: &str) -> Result<Table, Refusal> {
    let sides = [("above", Watch::Above), ("below", Watch::Below), ("both", Watch::Both)];
    let settings = Sustained { baseline, run, watch: choose("watch", watch, &sides)? };
    let lines = sustained_shifts(&values, settings).map_err(refused)?;
    let kind = |kind: LineKind| Some(kind.to_string());
    Ok(Build::default()
        .text("line", lines.iter().map(|line| kind(line.kind)))
        .number("median", lines.iter().map(|line| Some(line.median)))
        .whole("from", lines.iter().map(|line| count(line.places.start)))
        .whole("to", lines.iter().map(|line| count(line.places.end)))
        .whole("holds_to", lines.iter().map(|line| count(line.holds_to)))
        .table())
}
