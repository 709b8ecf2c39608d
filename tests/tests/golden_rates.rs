//! Rates and proportions of groups, means, rolling rates and funnel plots, against the reference values of
//! the field's own packages: every case of the golden files must come out as they have it, or be refused as
//! they refuse it.
//!
//! The folder is that of the environment variable `KILTER_GOLDEN`, else `golden` in the folder `shared`
//! beside the project. Its README says what the columns mean, and that sources beginning `quirk_` record what
//! need not be copied. The reference halves intervals for the curves of funnels, so that ours, which are
//! exact, may differ from them by what is left of an interval.

use kilter_core::method::funnel::{CurvePoint, Funnel, RateArea, RateKind, RatioForm, Significance};
use kilter_core::method::interval::{Confidence, IntervalMethod, MethodError};
use kilter_core::method::rates::{Part, Pooled, RowError, Statistic, mean, pooled_by_group};
use kilter_core::method::rolling::{
    RollingError, ScottishMeasure, ScottishMissing, ScottishRolling, ScottishYear, scottish_rolling,
};
use kilter_tests::golden::{Row, Tolerance, rows, settle};
use std::collections::{BTreeMap, BTreeSet};

/// The rows of each case, in the order in which they were handed to the reference.
fn cases(name: &str) -> Option<BTreeMap<String, Vec<Row>>> {
    let mut cases: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in rows(name)? {
        cases.entry(row.text("case_id").to_owned()).or_default().push(row);
    }
    Some(cases)
}

/// Runs every case of a file but its quirks.
fn compare(name: &str, differ: impl Fn(&[Row]) -> Vec<String>) {
    let Some(cases) = cases(name) else { return };
    let mut ran = BTreeSet::new();
    let mut differences = Vec::new();
    let wanted: BTreeSet<_> =
        cases.iter().filter(|(_, case)| !case[0].is_quirk()).map(|(id, _)| id.as_str()).collect();
    for id in &wanted {
        differences.extend(differ(&cases[*id]));
        ran.insert(*id);
    }
    settle(name, &differences, &ran, &wanted);
}

/// The columns of a row that are not what is expected there.
fn differing(row: &Row, tolerance: Tolerance, found: &[(&str, f64)]) -> Vec<String> {
    let differs = |(column, found): &&(&str, f64)| {
        row.number(column).is_none_or(|expected| !tolerance.allows(*found, expected))
    };
    found.iter().filter(differs).map(|(column, found)| format!("{column} {found}: {row:?}")).collect()
}

const TO_THE_LAST_DIGITS: Tolerance = Tolerance { relative: 1e-12, absolute: 0.0 };

/// What is wrong with a group, by any of its rows.
fn group_differs(row: &Row, found: &Result<Pooled, RowError>) -> Vec<String> {
    let found = match found {
        // A figure missing: no sum of that figure, and no value.
        Err(RowError::Missing { what, .. }) => {
            let sum = if *what == "numerator" { "out_x" } else { "out_n" };
            let agreed = row.number(sum).is_none() && row.number("out_value").is_none();
            return if agreed { vec![] } else { vec![format!("{what} missing: {row:?}")] };
        }
        Err(error) => return vec![format!("{error}: {row:?}")],
        Ok(found) => found,
    };
    let name = match found.estimate.method {
        IntervalMethod::Exact => "Exact",
        IntervalMethod::Byar => "Byars",
        IntervalMethod::Wilson => "Wilson",
    };
    let mut differences = differing(
        row,
        TO_THE_LAST_DIGITS,
        &[
            ("out_x", found.numerator),
            ("out_n", found.denominator),
            ("out_value", found.estimate.value),
            ("out_lowercl", found.estimate.limits.lower),
            ("out_uppercl", found.estimate.limits.upper),
        ],
    );
    if name != row.text("out_method") {
        differences.push(format!("{name}: {row:?}"));
    }
    differences
}

#[test]
fn every_group_has_the_rate_or_proportion_of_the_golden_file() {
    compare("grouped_rate_proportion.csv", |case| {
        let part = |row: &Row| Part { numerator: row.number("in_x"), denominator: row.number("in_n") };
        let parts: Vec<_> = case.iter().map(|row| (row.text("in_group"), part(row))).collect();
        let statistic = match case[0].text("p_statistic") {
            "rate" => Statistic::Rate,
            "proportion" => Statistic::Proportion,
            other => panic!("no statistic: {other}"),
        };
        let confidence = Confidence::new(case[0].level().expect("a level")).expect("a level");
        let per = case[0].number("p_multiplier").expect("a multiplier");
        let groups = pooled_by_group(statistic, &parts, per, confidence);
        case.iter().flat_map(|row| group_differs(row, &groups[row.text("in_group")])).collect()
    });
}

#[test]
fn every_mean_has_the_limits_of_the_golden_file() {
    compare("mean.csv", |case| {
        let (row, values) = (&case[0], case.iter().map(|row| row.number("in_value")).collect::<Vec<_>>());
        let found = match Confidence::new(row.level().expect("a level")) {
            Ok(confidence) => mean(&values, confidence),
            Err(error) => Err(RowError::Whole(error)),
        };
        let agreed = match (&found, row.text("status"), row.number("out_value")) {
            (Err(RowError::Whole(MethodError::BadConfidence { .. })), "error", _) => {
                row.text("error") == "bad_confidence"
            }
            (Err(RowError::Missing { .. }), "ok", None) => true,
            // One value has no spread: nothing there, where the reference has nothing and no number.
            (Ok(found), "ok", Some(value)) if found.deviation.is_none() => {
                found.value == value && found.limits.is_none() && row.number("out_lowercl").is_none()
            }
            (Ok(found), "ok", Some(_)) => {
                let limits = found.limits.expect("limits where there is a deviation");
                let tolerance = Tolerance { relative: 1e-9, absolute: 0.0 };
                return differing(
                    row,
                    tolerance,
                    &[
                        ("out_sum", found.sum),
                        ("out_count", found.count as f64),
                        ("out_stdev", found.deviation.unwrap_or_default()),
                        ("out_value", found.value),
                        ("out_lowercl", limits.lower),
                        ("out_uppercl", limits.upper),
                    ],
                );
            }
            _ => false,
        };
        if agreed { vec![] } else { vec![format!("{found:?}: {row:?}")] }
    });
}

/// A year as the profiles write it, by its kind.
fn year_name(kind: &str, year: i32) -> String {
    match kind {
        "financial" | "school" => format!("{year}/{:02}", (year + 1) % 100),
        _ => year.to_string(),
    }
}

/// The axis and the label that the profiles write for a window: both follow from its first and last year.
fn window_names(kind: &str, found: &ScottishRolling) -> (String, String) {
    let (first, last) = (year_name(kind, found.first), year_name(kind, found.last));
    let years = found.last - found.first + 1;
    match kind {
        "financial" | "school" if years == 1 => (last.clone(), format!("{last} {kind} year")),
        "financial" | "school" => {
            (format!("{first} - {last}"), format!("{first} to {last}; {years} year rolling average"))
        }
        "snapshot" => (format!("{first}-{last}"), format!("{first} - {last} - snapshot")),
        _ => (format!("{first}-{last}"), format!("{first} - {last}; {years} year rolling average")),
    }
}

/// What is wrong with the window that ends in the year of a row.
fn window_differs(row: &Row, found: Result<ScottishRolling, RollingError>) -> Vec<String> {
    let expected = row.number("out_rate");
    let found = match (found, expected) {
        (Ok(found), Some(_)) => found,
        // The years before the first whole window have no rate there, and a reason here.
        (Err(RollingError::AbsentYear { .. }), None) if row.text("out_rate").is_empty() => return vec![],
        (Err(RollingError::NothingThere { .. }), None) if row.text("out_rate") == "NA" => return vec![],
        (found, _) => return vec![format!("{found:?}: {row:?}")],
    };
    let means = [("out_rolling_numerator", found.numerator), ("out_rolling_denominator", found.denominator)];
    let mut differences = differing(row, TO_THE_LAST_DIGITS, &means);
    // The profiles round percentages, and we do not.
    let tolerance = match found.measure {
        ScottishMeasure::Percent => Tolerance { relative: 0.0, absolute: 0.005 + 1e-9 },
        _ => TO_THE_LAST_DIGITS,
    };
    let mut figures = vec![("out_rate", found.value), ("out_uppercl", found.limits.upper)];
    // No events have no lower limit there, and zero here.
    if row.text("out_lowercl") == "NaN" {
        if found.numerator != 0.0 || found.limits.lower != 0.0 {
            differences.push(format!("{found:?}: {row:?}"));
        }
    } else {
        figures.push(("out_lowercl", found.limits.lower));
    }
    differences.extend(differing(row, tolerance, &figures));
    let (axis, label) = window_names(row.text("p_year_type"), &found);
    let drawn_at = found.plot_year.map(f64::from);
    if drawn_at != row.number("out_plot_year")
        || axis != row.text("out_trend_axis")
        || label != row.text("out_period_label")
    {
        differences.push(format!("{drawn_at:?} {axis}, {label}: {row:?}"));
    }
    differences
}

#[test]
fn every_rolling_rate_of_the_profiles_is_that_of_the_golden_file() {
    compare("rolling_rate.csv", |case| {
        let year = |row: &Row| row.text("in_year").parse().expect("a year");
        let years: Vec<_> = case
            .iter()
            .map(|row| ScottishYear {
                year: year(row),
                numerator: row.number("in_numerator"),
                denominator: row.number("in_denominator"),
                sampled_from: row.number("in_estimated_population"),
            })
            .collect();
        let measure = match case[0].text("p_measure") {
            "crude" => ScottishMeasure::Crude { per: case[0].number("p_per").expect("a multiplier") },
            "percent" => ScottishMeasure::Percent,
            "perc_pcf" => ScottishMeasure::SamplePercent,
            other => panic!("no measure: {other}"),
        };
        let missing = match case[0].flag("p_missing_means_suppressed") {
            Some(true) => ScottishMissing::Suppressed,
            _ => ScottishMissing::AsZero,
        };
        let window = case[0].number("p_window").expect("a window") as u32;
        let found = scottish_rolling(&years, measure, window, missing);
        case.iter().flat_map(|row| window_differs(row, found[&year(row)])).collect()
    });
}

/// How near the reference comes to an expected number of events `E` for `x` observed, relative to it: the
/// interval that it halves down to 1e-7 is that of `E / (1 + x + E)`.
fn halved_to(expected: f64, observed: f64) -> f64 {
    1e-7 * (1.0 + observed + expected).powi(2) / (1.0 + observed) / expected
}

fn funnel(case: &[Row]) -> Result<Funnel, RowError> {
    let row = &case[0];
    let per = row.number("p_multiplier").expect("a multiplier");
    let parts = || -> Vec<Part> {
        case.iter()
            .map(|row| Part {
                numerator: row.number("in_numerator"),
                denominator: row.number("in_denominator"),
            })
            .collect()
    };
    match row.text("p_statistic") {
        "proportion" => Funnel::proportions(&parts(), per),
        "ratio" => {
            let form = if row.text("p_ratio_type") == "isr" { RatioForm::Of100 } else { RatioForm::Excess };
            Funnel::ratios(&parts(), form)
        }
        "rate" => {
            let area = |row: &Row| RateArea {
                events: row.number("in_numerator"),
                rate: row.number("in_rate"),
                population: row.number("in_denominator"),
            };
            let areas: Vec<_> = case.iter().map(area).collect();
            let kind =
                if row.text("p_rate_type") == "dsr" { RateKind::Standardised } else { RateKind::Crude };
            Funnel::rates(&areas, per, kind, row.number("p_years_of_data").expect("years"))
        }
        other => panic!("no statistic: {other}"),
    }
}

fn class(found: Significance) -> &'static str {
    match found {
        Significance::High998 => "high_99.8",
        Significance::High95 => "high_95",
        Significance::NotSignificant => "not_significant",
        Significance::Low95 => "low_95",
        Significance::Low998 => "low_99.8",
        Significance::TooFewEvents => "not_applicable_lt10",
    }
}

/// Whether a refusal is of the class for which the reference refused the whole case.
fn is_class(error: &RowError, class: &str) -> bool {
    let cause = match error {
        RowError::Bad { error, .. } => Some(error),
        _ => None,
    };
    match class {
        "error:negative_numerator" => matches!(cause, Some(MethodError::Negative { .. })),
        "error:nonpositive_denominator" => {
            matches!(cause, Some(MethodError::NotPositive { .. }))
                || matches!(error, RowError::Missing { what: "population", .. })
        }
        "error:numerator_gt_denominator" => {
            matches!(cause, Some(MethodError::NumeratorAboveDenominator { .. }))
        }
        "error:missing_input" => matches!(error, RowError::Missing { .. }),
        other => panic!("no such class of refusals is known: {other}"),
    }
}

/// What is wrong with the areas of a funnel.
fn areas_differ(case: &[Row]) -> Vec<String> {
    let funnel = match funnel(case) {
        Ok(funnel) => funnel,
        Err(error) => return vec![format!("{error}: {:?}", case[0])],
    };
    let (found, drawn) = (funnel.significance(), funnel.points());
    let refused = case[0].text("significance_status");
    if refused != "ok" {
        // There one bad area stops the whole; here it alone is refused, and some area has to be.
        let errors: Vec<_> = found.iter().filter_map(|found| found.as_ref().err()).collect();
        let agreed = !errors.is_empty() && errors.iter().all(|error| is_class(error, refused));
        return if agreed { vec![] } else { vec![format!("{found:?}: {:?}", case[0])] };
    }
    let mut differences = Vec::new();
    for ((row, found), drawn) in case.iter().zip(found).zip(drawn) {
        if found.map(class) != Ok(row.text("out_significance")) {
            differences.push(format!("{found:?}: {row:?}"));
        }
        let tolerance = Tolerance { relative: 1e-12, absolute: 0.0 };
        let expected = row.number("out_chart_rate").zip(row.number("out_chart_denominator"));
        let near = match (drawn, expected) {
            (Ok(Some(drawn)), Some((rate, population))) => {
                tolerance.allows(drawn.rate, rate) && tolerance.allows(drawn.population, population)
            }
            (Ok(None), None) => true,
            _ => false,
        };
        if !near {
            differences.push(format!("{drawn:?}: {row:?}"));
        }
    }
    differences
}

#[test]
fn every_area_stands_in_its_funnel_where_the_golden_file_has_it() {
    compare("funnel_points.csv", areas_differ);
}

/// What is wrong with one point of the curves of a funnel.
fn point_differs(row: &Row, found: &CurvePoint, all_or_none: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    if row.number("out_x") != Some(found.count) {
        wrong.push("out_x".to_owned());
    }
    for (column, edge) in [
        ("out_lower_95", found.lower_95),
        ("out_upper_95", found.upper_95),
        ("out_lower_99_8", found.lower_998),
        ("out_upper_99_8", found.upper_998),
    ] {
        let per = row.number("p_multiplier").expect("a multiplier");
        let expected = row.number(column);
        let agreed = if row.text("p_statistic") == "proportion" {
            let near = if all_or_none { 1e-7 } else { 1e-9 };
            match expected {
                // They cut at 100 whatever proportions are per, and we at one.
                Some(expected) => {
                    Tolerance { relative: near, absolute: 0.0 }.allows(edge.value, expected.min(per))
                }
                // Their formula has no number for everybody, which is its own limit.
                None => all_or_none && edge.value == per,
            }
        } else {
            // The ratio is that of observed events to expected; what they halved is the expected events.
            let at = row.number(&format!("{column}_denominator")).expect("expected events or people");
            let form = if row.text("p_ratio_type") == "count" { 1.0 } else { 0.0 };
            let expected = expected.expect("a limit") + form;
            let events_at = match row.number("out_baseline") {
                Some(average) => average / per * row.number("p_years_of_data").expect("years"),
                None => 1.0,
            };
            let relative = 1e-12 + halved_to(at * events_at, found.count);
            let near = Tolerance { relative, absolute: 0.0 };
            near.allows(edge.at, at) && near.allows(edge.value + form, expected)
        };
        if !agreed {
            wrong.push(format!("{column} {edge:?}"));
        }
    }
    if wrong.is_empty() { vec![] } else { vec![format!("{wrong:?}: {row:?}")] }
}

#[test]
fn every_curve_runs_where_that_of_the_golden_file_does() {
    let (Some(cases), Some(curves)) = (cases("funnel_points.csv"), cases("funnel_limits.csv")) else {
        return;
    };
    let (mut ran, mut differences) = (BTreeSet::new(), Vec::new());
    for (id, curve) in &curves {
        let case = &cases[id];
        ran.insert(id.as_str());
        let funnel = funnel(case).unwrap_or_else(|error| panic!("{id}: {error}"));
        // Areas that are refused have no part in our curves; the reference draws them into its own.
        if case[0].text("significance_status") != "ok" {
            if funnel.significance().iter().all(Result::is_ok) {
                differences.push(format!("{id}: nothing is refused"));
            }
            continue;
        }
        let tolerance = TO_THE_LAST_DIGITS;
        let same_average = match (funnel.average(), curve[0].number("out_baseline")) {
            (Some(found), Some(expected)) => tolerance.allows(found, expected),
            (found, expected) => found.is_none() && expected.is_none(),
        };
        if !same_average {
            differences.push(format!("{id}: {:?}: {:?}", funnel.average(), curve[0]));
        }
        let all_or_none = case[0].text("source") == "all_extreme";
        let found = funnel.curve().unwrap_or_else(|error| panic!("{id}: {error}"));
        assert_eq!(found.len(), curve.len(), "{id}");
        for (row, point) in curve.iter().zip(&found) {
            differences.extend(point_differs(row, point, all_or_none));
        }
    }
    let wanted = curves.keys().map(String::as_str).collect();
    settle("funnel_limits.csv", &differences, &ran, &wanted);
}
