//! Run charts and Shewhart charts against the reference values of the field's own packages: every case of the
//! golden files must come out as they have it, or be refused as they refuse it.
//!
//! The folder is that of the environment variable `KILTER_GOLDEN`, else `golden` in the folder `shared`
//! beside the project. Where the reference passes over in silence what we refuse, or prints other limits than
//! those it applied, the tests say so.

use kilter_core::method::control_chart::{
    RatioChart, Screening, ShewhartChart, ShewhartError, ShewhartPoint, ShewhartSettings, Side, ValueChart,
    of_ratios, of_values,
};
use kilter_core::method::run_chart::{
    Layout, LineKind, RuleSet, RunChart, RunChartError, RunLimits, Runs, Settings, Sustained, SustainedError,
    Watch, run_chart, sustained,
};
use kilter_tests::golden::{Row, Tolerance, rows, settle};
use std::collections::{BTreeMap, BTreeSet};

/// The rows of each case in the order of time, by what they are called.
fn cases(name: &str) -> Option<BTreeMap<String, Vec<Row>>> {
    let mut cases: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in rows(name)? {
        cases.entry(row.text("case_id").to_owned()).or_default().push(row);
    }
    Some(cases)
}

/// The places of a list counted from 1, without those that the reference passes over: they are none.
fn places(row: &Row, column: &str, from: usize, to: usize) -> Vec<usize> {
    let listed = row.text(column).split(';').filter(|text| !text.is_empty());
    let listed = listed.map(|text| text.parse::<usize>().expect("a list of places"));
    listed.filter(|place| (from..to).contains(place)).collect()
}

/// The layout of a case, as owned lists: starts and excluded places. A part is told by its last place counted
/// from 1, which is the first place of the next counted from 0.
fn layout(case: &[Row]) -> (Vec<usize>, Option<usize>, Vec<usize>) {
    let starts = places(&case[0], "p_part", 1, case.len());
    let excluded = places(&case[0], "p_exclude", 1, case.len() + 1).iter().map(|place| place - 1).collect();
    // The reference drops a baseline where there are parts.
    let fixed = case[0].number("p_freeze").filter(|_| case[0].text("p_part").is_empty());
    (starts, fixed.map(|places| places as usize), excluded)
}

fn drawn(case: &[Row], rules: RuleSet) -> Result<RunChart, RunChartError> {
    let values: Vec<_> = case.iter().map(|row| row.number("in_value")).collect();
    let (starts, fix_after, excluded) = layout(case);
    let layout = Layout { starts: &starts, fix_after, excluded: &excluded };
    run_chart(&values, &Settings { rules, layout, centre: case[0].number("p_centre_line") })
}

fn count(row: &Row, column: &str) -> Option<usize> {
    row.number(column).map(|number| number as usize)
}

/// The columns in which runs are not what a row expects. The reference prints the limits of Anhøj's rules,
/// whichever it applied.
fn runs_differ(runs: Option<Runs>, signal: bool, row: &Row) -> Vec<&'static str> {
    let printed: Option<RunLimits> = runs.and_then(|runs| RuleSet::Anhoej.limits(runs.useful));
    let checks = [
        ("out_n_useful", Some(runs.map_or(0, |runs| runs.useful)) == count(row, "out_n_useful")),
        ("out_longest_run", runs.map(|runs| runs.longest) == count(row, "out_longest_run")),
        ("out_longest_run_max", printed.map(|limits| limits.longest) == count(row, "out_longest_run_max")),
        ("out_n_crossings", runs.map(|runs| runs.crossings) == count(row, "out_n_crossings")),
        ("out_n_crossings_min", printed.map(|limits| limits.crossings) == count(row, "out_n_crossings_min")),
        ("out_runs_signal", Some(signal) == row.flag("out_runs_signal")),
    ];
    checks.into_iter().filter(|(_, holds)| !holds).map(|(column, _)| column).collect()
}

#[test]
fn every_run_chart_has_the_centre_and_runs_of_the_golden_file() {
    let Some(cases) = cases("runchart.csv") else { return };
    let (mut ran, mut differences) = (BTreeSet::new(), Vec::new());
    for (name, case) in cases.iter().filter(|(_, case)| !case[0].is_quirk()) {
        let rules = match case[0].text("p_method") {
            "anhoej" => RuleSet::Anhoej,
            "bestbox" => RuleSet::BestBox,
            "cutbox" => RuleSet::CutBox,
            other => panic!("no rules: {other}"),
        };
        ran.insert(name.as_str());
        let chart = match drawn(case, rules) {
            Ok(chart) if case[0].text("status") == "ok" => chart,
            Err(_) if case[0].text("status") == "error" => continue,
            other => {
                differences.push(format!("{name}: {other:?}"));
                continue;
            }
        };
        for (point, row) in chart.points.iter().zip(case) {
            let part = &chart.parts[point.part];
            let mut wrong = runs_differ(part.runs, part.signal(), row);
            let checks = [
                ("out_part", count(row, "out_part") == Some(point.part + 1)),
                ("out_in_baseline", row.flag("out_in_baseline") == Some(point.in_base)),
                ("out_included", row.flag("out_included") == Some(point.included)),
                ("out_centre_line", row.number("out_centre_line") == point.centre),
                ("out_n_obs", count(row, "out_n_obs") == Some(part.included)),
            ];
            wrong.extend(checks.into_iter().filter(|(_, holds)| !holds).map(|(column, _)| column));
            if !wrong.is_empty() {
                differences.push(format!("{name}: {wrong:?}: {point:?} {part:?} {row:?}"));
            }
        }
    }
    let all = cases.iter().filter(|(_, case)| !case[0].is_quirk()).map(|(name, _)| name.as_str()).collect();
    settle("runchart.csv", &differences, &ran, &all);
}

/// A line as the reference tells it: what it is, its median, its first and last date, and where it is carried.
type Told = (String, Option<f64>, String, String, String);

fn told(row: &Row) -> Told {
    let text = |column: &str| row.text(column).to_owned();
    let dates = (text("out_start_date"), text("out_end_date"), text("out_extend_to"));
    (text("out_run_type"), row.number("out_median"), dates.0, dates.1, dates.2)
}

/// The lines of one series of a case. The reference carries its last line to the last date of any series, and
/// leaves out a series that has not even a baseline.
fn lines(points: &[&Row], last: &str) -> Result<Vec<Told>, SustainedError> {
    let values: Vec<_> = points.iter().map(|row| row.number("in_value")).collect();
    let length = |column: &str| count(points[0], column).expect("a length");
    let watch = match points[0].text("p_direction") {
        "above" => Watch::Above,
        "below" => Watch::Below,
        "both" => Watch::Both,
        other => panic!("no direction: {other}"),
    };
    let settings = Sustained { baseline: length("p_median_rows"), run: length("p_run_length"), watch };
    let date = |place: usize| points[place].text("in_date").to_owned();
    let lines = sustained(&values, settings)?.into_iter().map(|line| {
        let kind = match line.kind {
            LineKind::Baseline => "baseline",
            LineKind::Shift(Side::High | Side::Low) => "sustained",
        };
        let to = if line.holds_to < points.len() { date(line.holds_to) } else { last.to_owned() };
        (kind.to_owned(), Some(line.median), date(line.places.start), date(line.places.end - 1), to)
    });
    Ok(lines.collect())
}

#[test]
fn every_shift_that_lasts_is_that_of_the_golden_file() {
    let Some(cases) = cases("runchart_sustained.csv") else { return };
    let (mut ran, mut differences) = (BTreeSet::new(), Vec::new());
    for (name, case) in &cases {
        let mut groups: BTreeMap<&str, (Vec<&Row>, Vec<Told>)> = BTreeMap::new();
        for row in case {
            let group = groups.entry(row.text("in_group")).or_default();
            if row.text("record") == "point" { group.0.push(row) } else { group.1.push(told(row)) }
        }
        let last = case.iter().map(|row| row.text("in_date")).max().unwrap_or("");
        for (group, (points, expected)) in &mut groups {
            points.sort_by_key(|row| row.text("in_date"));
            expected.sort_by(|a, b| a.2.cmp(&b.2));
            match lines(points, last) {
                Ok(found) if found == *expected => {}
                // Their refusal is ours, and a series that they leave out is one that we refuse.
                Err(SustainedError::TooShort { .. }) if expected.is_empty() => {}
                other => differences.push(format!("{name} {group}: {other:?} instead of {expected:?}")),
            }
        }
        ran.insert(name.as_str());
    }
    settle("runchart_sustained.csv", &differences, &ran, &cases.keys().map(String::as_str).collect());
}

/// The chart of a case.
fn shewhart(case: &[Row]) -> Result<ShewhartChart, ShewhartError> {
    let column = |name: &str| case.iter().map(|row| row.number(name)).collect::<Vec<_>>();
    let (starts, fix_after, excluded) = layout(case);
    let settings = ShewhartSettings {
        layout: Layout { starts: &starts, fix_after, excluded: &excluded },
        screening: match case[0].flag("p_screen_moving_ranges") {
            Some(true) => Screening::Once,
            _ => Screening::Off,
        },
        rules: RuleSet::Anhoej,
    };
    let values = |chart| of_values(chart, &column("in_value"), &settings);
    let per = case[0].number("p_multiplier").expect("a multiplier");
    let ratios = |chart| of_ratios(chart, &column("in_value"), &column("in_n"), per, &settings);
    match case[0].text("p_chart") {
        "i" => values(ValueChart::I),
        "mr" => values(ValueChart::Mr),
        "c" => values(ValueChart::C),
        "g" => values(ValueChart::G),
        "t" => values(ValueChart::T),
        "p" => ratios(RatioChart::P),
        "pp" => ratios(RatioChart::PPrime),
        "u" => ratios(RatioChart::U),
        "up" => ratios(RatioChart::UPrime),
        "ip" => ratios(RatioChart::IPrime),
        other => panic!("no chart: {other}"),
    }
}

/// The columns in which a point is not what its row expects. The inner lower limit of a T chart below zero is
/// missing in the reference, and zero here.
fn point_differs(point: &ShewhartPoint, row: &Row) -> Vec<&'static str> {
    let tolerance = Tolerance { relative: 1e-9, absolute: 1e-12 };
    let same = |found: Option<f64>, expected: Option<f64>| match (found, expected) {
        (Some(found), Some(expected)) => tolerance.allows(found, expected),
        (found, expected) => found.is_none() && expected.is_none(),
    };
    let at_zero = row.text("p_chart") == "t" && row.number("out_lcl_2s").is_none();
    let inner = point.limits.map(|limits| limits.near_lower).filter(|limit| !(at_zero && *limit == 0.0));
    let checks = [
        ("out_part", count(row, "out_part") == Some(point.part + 1)),
        ("out_value", same(point.value, row.number("out_value"))),
        ("out_centre_line", same(point.centre, row.number("out_centre_line"))),
        ("out_lcl", same(point.limits.map(|limits| limits.lower), row.number("out_lcl"))),
        ("out_lcl_2s", same(inner, row.number("out_lcl_2s"))),
        ("out_ucl_2s", same(point.limits.map(|limits| limits.near_upper), row.number("out_ucl_2s"))),
        ("out_ucl", same(point.limits.map(|limits| limits.upper), row.number("out_ucl"))),
        ("out_sigma_signal", row.flag("out_sigma_signal") == Some(point.outside.is_some())),
    ];
    checks.into_iter().filter(|(_, holds)| !holds).map(|(column, _)| column).collect()
}

#[test]
fn every_shewhart_chart_has_the_limits_and_signals_of_the_golden_file() {
    let Some(cases) = cases("spc_shewhart.csv") else { return };
    let (mut ran, mut differences) = (BTreeSet::new(), Vec::new());
    for (name, case) in cases.iter().filter(|(_, case)| !case[0].is_quirk()) {
        ran.insert(name.as_str());
        let chart = match (shewhart(case), case[0].text("status"), case[0].text("error")) {
            (Ok(chart), "ok", _) => chart,
            (Err(ShewhartError::NoTime { .. }), "error", "nonpositive_time_between") => continue,
            (other, _, _) => {
                differences.push(format!("{name}: {other:?}"));
                continue;
            }
        };
        for (point, row) in chart.points.iter().zip(case) {
            let part = &chart.parts[point.part];
            let mut wrong = point_differs(point, row);
            wrong.extend(runs_differ(part.runs, part.runs_signal, row));
            if !wrong.is_empty() {
                differences.push(format!("{name}: {wrong:?}: {point:?} {part:?} {row:?}"));
            }
        }
    }
    let all = cases.iter().filter(|(_, case)| !case[0].is_quirk()).map(|(name, _)| name.as_str()).collect();
    settle("spc_shewhart.csv", &differences, &ran, &all);
}
