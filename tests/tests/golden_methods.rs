//! Limits of rates and proportions, and control charts, against the reference values of the field's own
//! packages: every case of the golden files must come out as they have it, or be refused as they refuse it.
//!
//! The folder is that of the environment variable `KILTER_GOLDEN`, else `golden` in the folder `shared`
//! beside the project. Its README says what the columns mean, and that sources beginning `quirk_` record what
//! need not be copied. Where we answer and the reference does not, or say more than it can, the tests say so.

use kilter_core::method::control_chart::{
    Assurance, Cause, Chart, ChartError, Improvement, Point, RuleSet, Screening, Settings, Side, Signal, xmr,
};
use kilter_core::method::interval::{Confidence, Estimate, IntervalMethod, MethodError, proportion, rate};
use kilter_tests::golden::{Row, Tolerance, rows, settle};
use std::collections::{BTreeMap, BTreeSet};

type Method = fn(f64, f64, f64, Confidence) -> Result<Estimate, MethodError>;

/// Whether an error is of the class that the file names.
fn is_class(error: MethodError, class: &str) -> bool {
    match class {
        "negative_numerator" => matches!(error, MethodError::Negative { .. }),
        "nonpositive_denominator" => matches!(error, MethodError::NotPositive { .. }),
        "numerator_gt_denominator" => matches!(error, MethodError::NumeratorAboveDenominator { .. }),
        "bad_confidence" => matches!(error, MethodError::BadConfidence { .. }),
        "unguarded_nonfinite" => matches!(error, MethodError::NotFinite { .. }),
        // Another refusal of theirs: ours has to refuse too.
        _ => true,
    }
}

/// What is wrong with one row of a file of limits.
fn limits_differ(row: &Row, method: Method, tolerance: Tolerance, lower: Tolerance) -> Option<String> {
    // A missing figure is no number, so there is nothing to ask for; the file has no answer either.
    let (Some(x), Some(n)) = (row.number("in_x"), row.number("in_n")) else {
        let answered = row.number("out_value").is_some();
        return answered.then(|| format!("an answer without figures: {row:?}"));
    };
    // Without a level the reference gives a value alone, and any level of ours will do for that.
    let asked = row.level();
    let confidence = asked.map_or(Ok(Confidence::P95), Confidence::new);
    let per = row.number("p_multiplier").unwrap_or(1.0);
    let found = confidence.and_then(|confidence| method(x, n, per, confidence));
    if row.text("status") == "error" {
        return match found {
            Err(error) if is_class(error, row.text("error")) => None,
            other => Some(format!("{other:?} instead of a refusal: {row:?}")),
        };
    }
    // The reference takes certainty for a level, and gives limits that say nothing.
    if asked == Some(1.0) {
        let refused = found == Err(MethodError::BadConfidence { found: 1.0 });
        return (!refused).then(|| format!("{found:?}: {row:?}"));
    }
    let wanted = |column: &str| row.number(column).filter(|number| number.is_finite());
    let found = match (found, wanted("out_value")) {
        (Ok(found), Some(_)) => found,
        (Err(_), None) => return None,
        (other, _) => return Some(format!("{other:?}: {row:?}")),
    };
    let value = tolerance.allows(found.value, wanted("out_value")?);
    if asked.is_none() {
        return (!value).then(|| format!("{found:?}: {row:?}"));
    }
    let name = match found.method {
        IntervalMethod::Exact => "Exact",
        IntervalMethod::Byar => "Byars",
        IntervalMethod::Wilson => "Wilson",
    };
    let same = value
        && wanted("out_lowercl").is_some_and(|expected| lower.allows(found.limits.lower, expected))
        && wanted("out_uppercl").is_some_and(|expected| tolerance.allows(found.limits.upper, expected))
        && row.text("out_method") == name;
    (!same).then(|| format!("{found:?}: {row:?}"))
}

/// Runs a file of limits, one case a row.
fn compare_limits(name: &str, method: Method, tolerance: Tolerance, lower: Tolerance) {
    let Some(rows) = rows(name) else { return };
    let mut ran = BTreeSet::new();
    let mut differences = Vec::new();
    for row in rows.iter().filter(|row| !row.is_quirk()) {
        differences.extend(limits_differ(row, method, tolerance, lower));
        ran.insert(row.text("case_id"));
    }
    let cases = rows.iter().filter(|row| !row.is_quirk()).map(|row| row.text("case_id")).collect();
    settle(name, &differences, &ran, &cases);
}

#[test]
fn every_crude_rate_has_the_value_and_limits_of_the_golden_file() {
    let tolerance = Tolerance { relative: 1e-12, absolute: 0.0 };
    compare_limits("crude_rate.csv", rate, tolerance, tolerance);
}

#[test]
fn every_proportion_has_the_value_and_limits_of_the_golden_file() {
    let tolerance = Tolerance { relative: 1e-9, absolute: 0.0 };
    let lower = Tolerance { absolute: 1e-12, ..tolerance };
    compare_limits("proportion.csv", proportion, tolerance, lower);
}

/// The rows of each control chart, in the order of time.
fn charts() -> Option<BTreeMap<String, Vec<Row>>> {
    let mut cases: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in rows("spc_xmr.csv")? {
        cases.entry(row.text("case_id").to_owned()).or_default().push(row);
    }
    for case in cases.values_mut() {
        case.sort_by(|a, b| a.text("in_date").cmp(b.text("in_date")));
    }
    Some(cases)
}

/// The chart of a case.
fn drawn(case: &[Row]) -> Result<Chart, ChartError> {
    let values: Vec<_> = case.iter().map(|row| row.number("in_value")).collect();
    let dates: BTreeSet<_> = case[0].text("p_rebase_dates").split(';').collect();
    // A date to begin anew at that is none of the series is passed over, as in the reference.
    let starts: Vec<_> =
        (0..case.len()).filter(|place| dates.contains(case[*place].text("in_date"))).collect();
    let settings = Settings {
        improvement: match case[0].text("p_improvement_direction") {
            "increase" => Improvement::Increase,
            "decrease" => Improvement::Decrease,
            "neutral" => Improvement::Neutral,
            other => panic!("no direction: {other}"),
        },
        rules: RuleSet::NhsrPlotTheDots,
        screening: match case[0].flag("p_screen_outliers") {
            Some(false) => Screening::Off,
            _ => Screening::Once,
        },
        starts: &starts,
        fix_after: case[0].number("p_fix_after_n_points").map(|places| places as usize),
        excluded: &[],
    };
    xmr(&values, &settings)
}

/// The number that the reference gives our first segment: it counts a start at the first place, and we do not.
fn first_group(case: &[Row]) -> usize {
    usize::from(case[0].text("p_rebase_dates").split(';').any(|date| date == case[0].text("in_date")))
}

fn signal_name(point: &Point) -> &'static str {
    match point.signal {
        None => "common_cause",
        Some(Signal::AboveLimit) => "above_ucl",
        Some(Signal::BelowLimit) => "below_lcl",
        Some(Signal::Rising) => "7_point_trend_increasing",
        Some(Signal::Falling) => "7_point_trend_decreasing",
        Some(Signal::TwoOfThreeHigh) => "2_in_3_above_cl",
        Some(Signal::TwoOfThreeLow) => "2_in_3_below_cl",
        Some(Signal::RunAbove) => "7_points_above_cl",
        Some(Signal::RunBelow) => "7_points_below_cl",
    }
}

/// A cause as the class of a point. The reference puts gaps down to common cause.
fn point_type(cause: Option<Cause>) -> &'static str {
    match cause {
        None | Some(Cause::Common) => "common_cause",
        Some(Cause::Improvement(_)) => "special_cause_improvement",
        Some(Cause::Concern(_)) => "special_cause_concern",
        Some(Cause::Neutral(Side::High)) => "special_cause_neutral_high",
        Some(Cause::Neutral(Side::Low)) => "special_cause_neutral_low",
    }
}

/// A cause as the icon of a chart.
fn variation_icon(cause: Option<Cause>) -> &'static str {
    match cause {
        None | Some(Cause::Common) => "common_cause",
        Some(Cause::Improvement(Side::High)) => "improvement_high",
        Some(Cause::Improvement(Side::Low)) => "improvement_low",
        Some(Cause::Concern(Side::High)) => "concern_high",
        Some(Cause::Concern(Side::Low)) => "concern_low",
        Some(Cause::Neutral(Side::High)) => "neutral_high",
        Some(Cause::Neutral(Side::Low)) => "neutral_low",
    }
}

/// The assurance of a chart as a class and as an icon. Without limits the reference says "inconsistent", and
/// we that there are none.
fn assurance_names(case: &[Row], chart: &Chart) -> (&'static str, &'static str) {
    let Some(target) = case.last().and_then(|row| row.number("p_target")) else { return ("", "") };
    match chart.assurance(target).expect("a finite target") {
        Assurance::ConsistentlyPasses => ("consistent_pass", "pass"),
        Assurance::ConsistentlyFails => ("consistent_fail", "fail"),
        Assurance::HitAndMiss | Assurance::NoLimits => ("inconsistent", "inconsistent"),
        Assurance::NoDirection => ("NA", ""),
    }
}

const LIMITS: Tolerance = Tolerance { relative: 1e-12, absolute: 0.0 };

/// Whether both are missing, or both are there and near enough.
fn same(found: Option<f64>, expected: Option<f64>) -> bool {
    match (found, expected) {
        (Some(found), Some(expected)) => LIMITS.allows(found, expected),
        (found, expected) => found.is_none() && expected.is_none(),
    }
}

/// The columns in which a point is not what its row expects.
fn point_differs(point: &Point, row: &Row, first_group: usize) -> Vec<&'static str> {
    let beyond = |value: f64, lower: f64, upper: f64| value > upper || value < lower;
    let placed = point.value.zip(point.limits);
    let outside = placed.map(|(value, limits)| beyond(value, limits.lower, limits.upper));
    let near = placed.map(|(value, limits)| beyond(value, limits.near_lower, limits.near_upper));
    let side = point
        .value
        .zip(point.mean)
        .map(|(value, mean)| f64::from(i8::from(value > mean) - i8::from(value < mean)));
    let marked = point.signals.has(Signal::AboveLimit) || point.signals.has(Signal::BelowLimit);
    let checks = [
        ("in_value", point.value == row.number("in_value")),
        ("out_rebase_group", row.number("out_rebase_group") == Some((point.segment + first_group) as f64)),
        ("out_mean", same(point.mean, row.number("out_mean"))),
        ("out_lpl", same(point.limits.map(|limits| limits.lower), row.number("out_lpl"))),
        ("out_upl", same(point.limits.map(|limits| limits.upper), row.number("out_upl"))),
        (
            "out_outside_limits",
            outside == row.flag("out_outside_limits") && outside.unwrap_or(false) == marked,
        ),
        ("out_relative_to_mean", side == row.number("out_relative_to_mean")),
        (
            "out_close_to_limits",
            near.zip(outside).map(|(near, outside)| near && !outside) == row.flag("out_close_to_limits"),
        ),
        ("out_special_cause_type", signal_name(point) == row.text("out_special_cause_type")),
        ("out_special_cause_flag", Some(!point.signals.is_empty()) == row.flag("out_special_cause_flag")),
        ("out_point_type", point_type(point.cause) == row.text("out_point_type")),
    ];
    checks.into_iter().filter(|(_, holds)| !holds).map(|(column, _)| column).collect()
}

/// What is wrong with one chart.
fn chart_differs(id: &str, case: &[Row]) -> Vec<String> {
    let source = case[0].text("source");
    let chart = drawn(case);
    if case[0].text("status") == "error" {
        let dates: BTreeSet<_> = case.iter().map(|row| row.text("in_date")).collect();
        let as_it_should_be = match case[0].text("error") {
            // They stop at a gap; it costs us nothing but the signals that would bridge it.
            "unguarded_missing" => chart.is_ok(),
            "bad_fix_after_n" => matches!(chart, Err(ChartError::FixedTooEarly { .. })),
            // A chart has places and no dates: two values for one period cannot be said.
            "duplicate_period" => dates.len() < case.len(),
            other => panic!("{id}: no such class of refusals is known: {other}"),
        };
        return if as_it_should_be { vec![] } else { vec![format!("{id} {source}: {chart:?}")] };
    }
    let chart = match chart {
        Ok(chart) => chart,
        Err(error) => return vec![format!("{id} {source}: {error}")],
    };
    let mut found = Vec::new();
    let first_group = first_group(case);
    assert_eq!(chart.points().len(), case.len(), "{id}");
    let (assurance, icon) = assurance_names(case, &chart);
    for (point, row) in chart.points().iter().zip(case) {
        let mut columns = point_differs(point, row, first_group);
        let segment = &chart.segments()[point.segment];
        // They count gaps among the points of a short group, and we count values.
        if segment.tally.values == segment.places.len()
            && Some(segment.on_trial) != row.flag("out_short_group")
        {
            columns.push("out_short_group");
        }
        // They take the icon from the last place, where a gap has common cause, and we from the last value.
        let gap_at_the_end = chart.points().last().is_some_and(|point| point.value.is_none());
        let variation = if gap_at_the_end { "common_cause" } else { variation_icon(chart.variation()) };
        if variation != row.text("out_variation_icon") {
            columns.push("out_variation_icon");
        }
        if assurance != row.text("out_assurance_type") || icon != row.text("out_assurance_icon") {
            columns.push("out_assurance_type");
        }
        if !columns.is_empty() {
            found.push(format!("{id} {source} {}: {columns:?}: {point:?} {row:?}", row.text("in_date")));
        }
    }
    found
}

#[test]
fn every_control_chart_has_the_limits_and_classes_of_the_golden_file() {
    let Some(cases) = charts() else { return };
    let mut ran = BTreeSet::new();
    let mut differences = Vec::new();
    for (id, case) in cases.iter().filter(|(_, case)| !case[0].is_quirk()) {
        differences.extend(chart_differs(id, case));
        ran.insert(id.as_str());
    }
    let wanted =
        cases.values().flatten().filter(|row| !row.is_quirk()).map(|row| row.text("case_id")).collect();
    settle("spc_xmr.csv", &differences, &ran, &wanted);
}

/// What is wrong with the summary of one segment.
fn summary_differs(row: &Row, case: &[Row], chart: &Chart) -> Option<String> {
    let number = row.number("out_rebase_group")? as usize;
    let Some(segment) = number.checked_sub(first_group(case)).and_then(|number| chart.segments().get(number))
    else {
        return Some(format!("no segment {number}: {row:?}"));
    };
    let last = segment.places.end == chart.points().len();
    let points = &chart.points()[segment.places.clone()];
    // They count gaps too, as common cause, and take the latest class from the last place.
    let gaps = points.len() - segment.tally.values;
    let latest = if points.last().is_some_and(|point| point.value.is_none()) { None } else { segment.latest };
    let has_target = case.last().is_some_and(|row| row.number("p_target").is_some());
    let assurance = if last || !has_target { assurance_names(case, chart).0 } else { "NA" };
    let count = |column: &str, count: usize| row.number(column) == Some(count as f64);
    let holds = same(segment.mean, row.number("out_mean"))
        && same(segment.limits.map(|limits| limits.lower), row.number("out_lpl"))
        && same(segment.limits.map(|limits| limits.upper), row.number("out_upl"))
        && count("out_n", segment.places.len())
        && count("out_common_cause", segment.tally.common + gaps)
        && count("out_special_cause_improvement", segment.tally.improvement)
        && count("out_special_cause_concern", segment.tally.concern)
        && row.text("out_latest_point_type") == point_type(latest)
        && row.text("out_assurance_type") == assurance;
    (!holds).then(|| format!("{segment:?} {assurance}: {row:?}"))
}

#[test]
fn every_control_chart_is_summed_up_as_in_the_golden_file() {
    let (Some(cases), Some(summaries)) = (charts(), rows("spc_xmr_summary.csv")) else { return };
    let mut differences = Vec::new();
    let mut segments: BTreeMap<&str, usize> = BTreeMap::new();
    let quirks: BTreeSet<_> =
        cases.iter().filter(|(_, case)| case[0].is_quirk()).map(|(id, _)| id.as_str()).collect();
    let wanted: BTreeSet<_> = summaries.iter().map(|row| row.text("case_id")).collect();
    for row in summaries.iter().filter(|row| !quirks.contains(row.text("case_id"))) {
        let id = row.text("case_id");
        let case = cases.get(id).unwrap_or_else(|| panic!("{id} is no case of spc_xmr.csv"));
        *segments.entry(id).or_default() += 1;
        match drawn(case) {
            Ok(chart) => differences.extend(summary_differs(row, case, &chart)),
            Err(error) => differences.push(format!("{id}: {error}")),
        }
    }
    // Every segment has its row.
    for (id, rows) in &segments {
        let found = drawn(&cases[*id]).map_or(0, |chart| chart.segments().len());
        if found != *rows {
            differences.push(format!("{id}: {found} segments, {rows} rows"));
        }
    }
    let ran = segments.into_keys().collect();
    settle("spc_xmr_summary.csv", &differences, &ran, &(&wanted - &quirks));
}
