//! Variants of other tools and groupings as an analyst reaches them: the slope index of English publishers, the
//! rolling rates and standardised rates of ScotPHO, quantiles, rates of groups; the figures of the golden files go
//! through a framework, a store and the engine.
//!
//! The folder is that of the environment variable `KILTER_GOLDEN`, else `golden` in the folder `shared`
//! beside the project.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use kilter::engine::ValuesQuery;
use kilter_core::method::interval::Confidence;
use kilter_core::method::rates::Statistic;
use kilter_core::method::rolling::{LimitsOf, RollingSettings, YearPart, rolling_rates};
use kilter_core::method::standardised::MissingFigures;
use kilter_tests::book::{Book, Dimensions, Expected, cases, number, quoted, text};
use kilter_tests::golden::{Row, Tolerance, rows};
use std::collections::{BTreeMap, BTreeSet};

const TO_THE_LAST_DIGITS: Tolerance = Tolerance { relative: 1e-12, absolute: 0.0 };

const LIMITS: [(&str, &str); 3] =
    [("value", "out_value"), ("lower", "out_lowercl"), ("upper", "out_uppercl")];

fn per(row: &Row, column: &str) -> f64 {
    row.number(column).unwrap()
}

#[test]
fn crude_rates_and_proportions_are_those_of_the_reference() {
    for (name, interval) in [("crude_rate.csv", "poisson"), ("proportion.csv", "wilson")] {
        let Some(all) = rows(name) else { return };
        let rate = interval == "poisson";
        let known = |rows: &[&Row]| {
            let level = rows[0].level().is_none_or(|level| (0.9..1.0).contains(&level));
            level && ["in_x", "in_n"].iter().all(|column| rows[0].number(column).is_none_or(f64::is_finite))
        };
        let cases = cases(&all, known);
        let mut book = Book::of(&[("events", "calendar-year", &[]), ("people", "calendar-year", &[])]);
        let multipliers: BTreeSet<&str> = cases.values().map(|rows| rows[0].text("p_multiplier")).collect();
        let parts = "numerator = \"events\", denominator = \"people\"";
        for multiplier in &multipliers {
            let calculation = match rate {
                true => format!("rate = {{ {parts}, per = {multiplier} }}"),
                false => format!("percentage = {{ {parts} }}"),
            };
            book.indicator(&format!("PER-{multiplier}"), &calculation, interval);
        }
        let mut expected = Vec::new();
        for (case, rows) in &cases {
            book.area(case);
            let row = rows[0];
            for (measure, column) in [("events", "in_x"), ("people", "in_n")] {
                if let Some(figure) = row.number(column) {
                    book.figure(measure, case, "2020", figure, "", "");
                }
            }
            // No level is asked for there: the value alone.
            let asked = row.level().is_some();
            let columns = LIMITS.into_iter().take(if asked { 3 } else { 1 }).collect();
            expected.push(Expected {
                indicator: format!("PER-{}", row.text("p_multiplier")),
                area: (*case).to_owned(),
                year: None,
                unit: if rate { 1.0 } else { 100.0 / per(row, "p_multiplier") },
                row,
                level: row.level().unwrap_or(0.95),
                columns,
            });
        }
        let wanted = cases.keys().copied().collect();
        let near = Tolerance { relative: 1e-9, absolute: 1e-10 };
        book.settle(name, &ValuesQuery::default(), near, &expected, &wanted);
    }
}

#[test]
fn rates_and_proportions_of_groups_are_those_of_the_reference() {
    let Some(all) = rows("grouped_rate_proportion.csv") else { return };
    let cases = cases(&all, |_| true);
    let measures: [(&str, &str, Dimensions<'_>); 2] =
        [("events", "calendar-year", &[]), ("people", "calendar-year", &[])];
    let mut book = Book::adding(&measures, "sum");
    let mut expected = Vec::new();
    for (case, rows) in &cases {
        let (statistic, multiplier) = (rows[0].text("p_statistic"), rows[0].text("p_multiplier"));
        let parts = "numerator = \"events\", denominator = \"people\"";
        let (calculation, interval, unit) = match statistic {
            "rate" => (format!("rate = {{ {parts}, per = {multiplier} }}"), "poisson", 1.0),
            _ => (format!("percentage = {{ {parts} }}"), "wilson", 100.0 / per(rows[0], "p_multiplier")),
        };
        book.indicator(case, &calculation, interval);
        let groups: BTreeSet<&str> = rows.iter().map(|row| row.text("in_group")).collect();
        for group in groups {
            let of: Vec<&&Row> = rows.iter().filter(|row| row.text("in_group") == group).collect();
            let area = format!("{case}-{group}");
            let part = |row: &Row| format!("{area}-{}", row.text("in_row"));
            book.group(&area, &of.iter().map(|row| part(row)).collect::<Vec<_>>());
            for row in &of {
                for (measure, column) in [("events", "in_x"), ("people", "in_n")] {
                    if let Some(figure) = row.number(column) {
                        book.figure(measure, &part(row), "2020", figure, "", "");
                    }
                }
            }
            // A group without a value is not listed: no part of it has what the other lacks.
            let there = of[0].number("out_value").is_some();
            let sums = [("numerator", "out_x"), ("denominator", "out_n")];
            let columns = LIMITS.into_iter().chain(sums.into_iter().filter(|_| there)).collect();
            expected.push(Expected {
                indicator: (*case).to_owned(),
                area,
                year: None,
                unit,
                row: of[0],
                level: rows[0].level().unwrap(),
                columns,
            });
        }
    }
    let wanted = cases.keys().copied().collect();
    book.settle(
        "grouped_rate_proportion.csv",
        &ValuesQuery::default(),
        TO_THE_LAST_DIGITS,
        &expected,
        &wanted,
    );
}

#[test]
fn rolling_rates_of_the_profiles_are_those_of_the_reference() {
    let Some(all) = rows("rolling_rate.csv") else { return };
    for (percent, tolerance) in
        [(false, TO_THE_LAST_DIGITS), (true, Tolerance { relative: 0.0, absolute: 0.005 + 1e-9 })]
    {
        // The profiles round percentages, and we do not.
        let cases = cases(&all, |rows| (rows[0].text("p_measure") == "percent") == percent);
        let year = "calendar-year";
        let mut book = Book::of(&[("events", year, &[]), ("people", year, &[]), ("drawn-from", year, &[])]);
        let mut expected = Vec::new();
        for (case, rows) in &cases {
            book.area(case);
            let row = rows[0];
            let missing = match row.flag("p_missing_means_suppressed") {
                Some(true) => "passed over",
                _ => "zero",
            };
            let form = match row.text("p_measure") {
                "crude" => format!("form = \"crude rate\", per = {}", row.text("p_per")),
                "percent" => "form = \"percentage\"".to_owned(),
                _ => "form = \"sample percentage\", sampled_from = \"drawn-from\"".to_owned(),
            };
            let calculation = format!(
                "scotpho = {{ {form}, numerator = \"events\", denominator = \"people\", missing = \"{missing}\" }}"
            );
            let frequency = match row.text("p_window") {
                "1" => year.to_owned(),
                window => format!("{window} calendar-years"),
            };
            book.indicator_of(case, &calculation, "scotpho", &frequency);
            for row in rows {
                let columns = [
                    ("events", "in_numerator"),
                    ("people", "in_denominator"),
                    ("drawn-from", "in_estimated_population"),
                ];
                for (measure, column) in columns {
                    if let Some(figure) = row.number(column) {
                        book.figure(measure, case, row.text("in_year"), figure, "", "");
                    }
                }
                let mut columns = vec![("value", "out_rate"), ("upper", "out_uppercl")];
                // No events have no lower limit there, and zero here.
                if row.text("out_lowercl") != "NaN" {
                    columns.push(("lower", "out_lowercl"));
                }
                if row.number("out_rate").is_some() {
                    columns.push(("numerator", "out_rolling_numerator"));
                    columns.push(("denominator", "out_rolling_denominator"));
                }
                expected.push(Expected {
                    indicator: (*case).to_owned(),
                    area: (*case).to_owned(),
                    year: row.text("in_year").parse().ok(),
                    unit: 1.0,
                    row,
                    level: 0.95,
                    columns,
                });
            }
        }
        let wanted = cases.keys().copied().collect();
        book.settle("rolling_rate.csv", &ValuesQuery::default(), tolerance, &expected, &wanted);
    }
}

/// The European standard population of each sex, from the youngest of its nineteen bands.
const EUROPEAN: [&str; 19] = [
    "5000", "5500", "5500", "5500", "6000", "6000", "6500", "7000", "7000", "7000", "7000", "6500", "6000",
    "5500", "5000", "4000", "2500", "1500", "1000",
];

#[test]
fn rolling_standardised_rates_of_the_profiles_are_those_of_the_reference() {
    let Some(all) = rows("rolling_easr.csv") else { return };
    let cases = cases(&all, |_| true);
    let mut book =
        Book::of(&[("events", "calendar-year", &[("age", "")]), ("people", "calendar-year", &[("age", "")])]);
    let bands = |scheme: &str| -> Vec<(String, &str)> {
        let from = if scheme == "16+" { 3 } else { 0 };
        let weight = |at: usize| if scheme == "16+" && at == 3 { "4400" } else { EUROPEAN[at] };
        let of_sex = |sex| (from..19).map(move |at| (format!("{sex} {}", at + 1), weight(at)));
        ["1", "2"].into_iter().flat_map(of_sex).collect()
    };
    let schemes: BTreeMap<&str, &str> =
        cases.values().map(|rows| (rows[0].text("p_age_scheme"), "")).collect();
    for scheme in schemes.keys() {
        let bands = bands(scheme);
        let id = scheme.replace('+', "-on");
        book.standard(&id, bands.iter().map(|(band, weight)| (band.as_str(), *weight)));
    }
    let mut expected = Vec::new();
    for (case, rows) in &cases {
        book.area(case);
        let row = rows[0];
        let calculation = format!(
            "scotpho = {{ form = \"standardised rate\", numerator = \"events\", denominator = \"people\", \
             missing = \"zero\", by = \"age\", standard = \"{}\", standard_total = {}, per = 100000 }}",
            row.text("p_age_scheme").replace('+', "-on"),
            row.text("p_standard_total")
        );
        let frequency = match row.text("p_window") {
            "1" => "calendar-year".to_owned(),
            window => format!("{window} calendar-years"),
        };
        book.indicator_of(case, &calculation, "scotpho", &frequency);
        for row in rows {
            if row.text("record") == "input" {
                let band = format!("{} {}", row.text("in_sex"), row.text("in_age_group"));
                for (measure, column) in [("events", "in_numerator"), ("people", "in_denominator")] {
                    if let Some(figure) = row.number(column) {
                        book.figure(measure, case, row.text("in_year"), figure, &band, "");
                    }
                }
                continue;
            }
            expected.push(Expected {
                indicator: (*case).to_owned(),
                area: (*case).to_owned(),
                year: row.text("in_year").parse().ok(),
                unit: 1.0,
                row,
                level: 0.95,
                columns: vec![
                    ("value", "out_rate"),
                    ("lower", "out_lowercl"),
                    ("upper", "out_uppercl"),
                    ("numerator", "out_numerator"),
                    ("denominator", "out_denominator"),
                ],
            });
        }
    }
    let wanted = cases.keys().copied().collect();
    book.settle("rolling_easr.csv", &ValuesQuery::default(), TO_THE_LAST_DIGITS, &expected, &wanted);
}

#[test]
fn quantiles_of_areas_are_those_of_the_reference() {
    let Some(all) = rows("quantile.csv") else { return };
    let cases = cases(&all, |_| true);
    let mut book = Book::of(&[("figure", "calendar-year", &[])]);
    book.indicator("FIGURE", "published = \"figure\"", None);
    let mut expected = Vec::new();
    for (case, rows) in &cases {
        let area = |row: &Row| format!("{case}-{}", row.text("in_row"));
        book.group(case, &rows.iter().map(|row| area(row)).collect::<Vec<_>>());
        let first = if rows[0].flag("p_invert") == Some(true) { "highest" } else { "lowest" };
        let calculation = format!(
            "quantile = {{ of = \"FIGURE\", groups = {}, first = \"{first}\", among = \"{case}\" }}",
            rows[0].text("p_nquantiles")
        );
        book.indicator(case, &calculation, None);
        for row in rows {
            if let Some(value) = row.number("in_value") {
                book.figure("figure", &area(row), "2020", value, "", "");
            }
            expected.push(Expected {
                indicator: (*case).to_owned(),
                area: area(row),
                year: None,
                unit: 1.0,
                row,
                level: 0.95,
                columns: vec![("value", "out_quantile")],
            });
        }
    }
    let wanted = cases.keys().copied().collect();
    book.settle("quantile.csv", &ValuesQuery::default(), TO_THE_LAST_DIGITS, &expected, &wanted);
}

#[test]
fn slope_indices_are_those_of_the_reference_with_limits_at_any_level() {
    let Some(all) = rows("sii.csv") else { return };
    let cases = cases(&all, |_| true);
    let groups: BTreeSet<u32> = all.iter().map(|row| row.text("in_quantile").parse().unwrap()).collect();
    let groups: Vec<String> = groups.into_iter().map(|group| group.to_string()).collect();
    let categories = quoted(groups.iter().map(String::as_str));
    let dimension: Dimensions<'_> = &[("age", &categories)];
    let year = "calendar-year";
    let measures = ["level", "error", "lower", "upper", "people"].map(|id| (id, year, dimension));
    let mut book = Book::of(&measures);
    let mut expected = Vec::new();
    for (case, rows) in &cases {
        let row = rows[0];
        book.area(case);
        let errors = row.number("in_se").is_some();
        let columns = match errors {
            true => vec![("error", "in_se")],
            false => vec![("lower", "in_lowercl"), ("upper", "in_uppercl")],
        };
        let mut quantiles: Vec<u32> = Vec::new();
        for row in rows {
            let group = row.text("in_quantile");
            quantiles.push(group.parse().unwrap());
            for (measure, column) in
                [("level", "in_value"), ("people", "in_population")].iter().chain(&columns)
            {
                book.figure(measure, case, "2020", row.number(column).unwrap(), group, "");
            }
        }
        quantiles.sort_unstable();
        let bands: Vec<String> = quantiles.iter().map(u32::to_string).collect();
        let spread = if errors { "error = \"error\"" } else { "lower = \"lower\", upper = \"upper\"" };
        let multiplier = per(row, "p_multiplier");
        let values = match row.text("p_value_type") {
            "other" => "plain",
            "rate" => "rates",
            _ => "proportions",
        };
        let line = if row.flag("p_transform") == Some(true) { "logarithms" } else { "values" };
        let towards = if multiplier < 0.0 { "first" } else { "last" };
        for (measure, column) in [("slope index", "out_sii"), ("relative index", "out_rii")] {
            let calculation = format!(
                "slope_index = {{ value = \"level\", {spread}, population = \"people\", by = \"age\", \
                 bands = [{}], values = \"{values}\", line = \"{line}\", towards = \"{towards}\", per = {}, \
                 measure = \"{measure}\" }}",
                quoted(bands.iter().map(String::as_str)),
                multiplier.abs(),
            );
            let indicator = format!("{case}-{}", measure.replace(' ', "-"));
            book.indicator(&indicator, &calculation, "groups");
            expected.push(Expected {
                indicator,
                area: (*case).to_owned(),
                year: None,
                unit: 1.0,
                row,
                level: row.level().unwrap(),
                columns: vec![("value", column)],
            });
        }
    }
    let wanted = cases.keys().copied().collect();
    let near = Tolerance { relative: 1e-9, absolute: 1e-9 };
    book.settle("sii.csv", &ValuesQuery::default(), near, &expected, &wanted);
    limits_are_those_simulated(&book, &expected);
}

/// The limits of the reference are drawn by chance: ours have to lie within 3% of their width.
fn limits_are_those_simulated(book: &Book, expected: &[Expected<'_>]) {
    let table = book.values(&ValuesQuery { confidence: vec![95.0, 99.8], ..ValuesQuery::default() });
    let mut compared = 0;
    for place in 0..table.rows() {
        let (indicator, area) = (text(&table, "indicator", place), text(&table, "area", place));
        let level = number(&table, "confidence", place);
        let wanted = |of: &&Expected<'_>| {
            of.indicator == indicator && of.area == area && level == Some((of.level * 1000.0).round() / 10.0)
        };
        let Some(of) = expected.iter().find(wanted) else { continue };
        let index = if indicator.ends_with("slope-index") { "sii" } else { "rii" };
        let simulated = |end: &str| of.row.number(&format!("mc_{index}_{end}cl")).unwrap();
        let (lower, upper) = (simulated("lower"), simulated("upper"));
        let near = Tolerance { relative: 1e-12, absolute: 0.03 * (upper - lower) + 1e-12 };
        for (end, simulated) in [("lower", lower), ("upper", upper)] {
            let found = number(&table, end, place);
            let agreed = found.is_some_and(|found| near.allows(found, simulated));
            assert!(agreed, "{indicator}: {end} {found:?}, not near {simulated}");
        }
        assert!(text(&table, "method", place).starts_with("weighted regression"));
        compared += 1;
    }
    assert_eq!(compared, expected.len());
}

#[test]
fn limits_of_the_mean_of_the_years_are_those_of_the_function() {
    let events = [12.0, 6.0, 12.0, 40.0];
    let people = [1000.0, 1000.0, 2000.0, 2000.0];
    let mut book = Book::of(&[("events", "calendar-year", &[]), ("people", "calendar-year", &[])]);
    book.area("glen");
    let parts = "numerator = \"events\", denominator = \"people\"";
    let three = "3 calendar-years";
    for of in ["sum", "mean"] {
        let id = format!("RATE-{of}");
        book.indicator_of(&id, &format!("rate = {{ {parts}, per = 1000 }}"), "poisson", three);
        book.framework += &format!("interval_of = \"{of}\"\n");
        let id = format!("SHARE-{of}");
        book.indicator_of(&id, &format!("percentage = {{ {parts} }}"), "wilson", three);
        book.framework += &format!("interval_of = \"{of}\"\n");
    }
    for (place, (events, people)) in events.iter().zip(people).enumerate() {
        let year = (2019 + place).to_string();
        book.figure("events", "glen", &year, *events, "", "");
        book.figure("people", "glen", &year, people, "", "");
    }
    let table = book.values(&ValuesQuery { confidence: vec![95.0, 99.8], ..ValuesQuery::default() });
    let years: Vec<YearPart> = (2019..)
        .zip(events.iter().zip(people))
        .map(|(year, (x, n))| YearPart { year, numerator: Some(*x), denominator: Some(n) })
        .collect();
    let mut compared = 0;
    for place in (0..table.rows()).filter(|place| number(&table, "value", *place).is_some()) {
        let indicator = text(&table, "indicator", place);
        let (statistic, per) = if indicator.starts_with("RATE") {
            (Statistic::Rate, 1000.0)
        } else {
            (Statistic::Proportion, 100.0)
        };
        let mean = indicator.ends_with("mean");
        let settings = RollingSettings {
            window: 3,
            statistic,
            per,
            limits_of: if mean { LimitsOf::Mean } else { LimitsOf::Sum },
            confidence: Confidence::new(number(&table, "confidence", place).unwrap() / 100.0).unwrap(),
            missing: MissingFigures::Refuse,
        };
        let last = if text(&table, "period", place).contains("2021") { 2021 } else { 2022 };
        let wanted = rolling_rates(&years, &settings)[&last].unwrap().estimate;
        for (column, wanted) in
            [("value", wanted.value), ("lower", wanted.limits.lower), ("upper", wanted.limits.upper)]
        {
            let found = number(&table, column, place).unwrap();
            assert!(
                TO_THE_LAST_DIGITS.allows(found, wanted),
                "{indicator} {last}: {column} {found}, not {wanted}"
            );
        }
        assert_eq!(text(&table, "method", place).ends_with("of the mean of the years"), mean);
        compared += 1;
    }
    assert_eq!(compared, 16);
}
