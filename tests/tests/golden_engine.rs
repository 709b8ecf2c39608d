//! Methods as an analyst reaches them: the figures of the golden files go through a framework, a store and the
//! engine, and have to come out as the reference packages have them. Cases that are refused there, and figures
//! that are missing, are the business of the tests of the functions.
//!
//! The folder is that of the environment variable `KILTER_GOLDEN`, else `golden` in the folder `shared`
//! beside the project.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use kilter::engine::ValuesQuery;
use kilter_tests::book::{Book, Dimensions, Expected, cases, quoted};
use kilter_tests::golden::{Row, Tolerance, rows};
use std::collections::{BTreeMap, BTreeSet};

const TO_THE_LAST_DIGITS: Tolerance = Tolerance { relative: 1e-12, absolute: 0.0 };

const LIMITS: [(&str, &str); 3] =
    [("value", "out_value"), ("lower", "out_lowercl"), ("upper", "out_uppercl")];

#[test]
fn indirectly_standardised_ratios_and_rates_are_those_of_the_reference() {
    let Some(all) = rows("isr.csv") else { return };
    let there = |row: &&Row| ["in_x", "in_n", "in_x_ref", "in_n_ref"].iter().all(|c| row.number(c).is_some());
    let cases = cases(&all, |rows| {
        let zero = rows[0].number("out_expected") == Some(0.0);
        rows.iter().all(there) && rows[0].text("p_observed_total").is_empty() && !zero
    });
    let mut book =
        Book::of(&[("events", "calendar-year", &[("age", "")]), ("people", "calendar-year", &[("age", "")])]);
    let mut expected = Vec::new();
    for (case, rows) in &cases {
        let reference = format!("{case}-reference");
        book.area(case);
        book.area(&reference);
        for row in rows {
            let figures = [
                ("events", *case, "in_x"),
                ("people", *case, "in_n"),
                ("events", &reference, "in_x_ref"),
                ("people", &reference, "in_n_ref"),
            ];
            for (measure, area, column) in figures {
                book.figure(measure, area, "2020", row.number(column).unwrap(), row.text("in_row"), "");
            }
        }
        let bands = quoted(rows.iter().map(|row| row.text("in_row")));
        let parts = format!(
            "numerator = \"events\", denominator = \"people\", by = \"age\", bands = [{bands}], \
             reference = \"{reference}\""
        );
        let (of, per) = (rows[0].text("p_refvalue"), rows[0].text("p_multiplier"));
        let ratio = format!("standardised_ratio = {{ {parts}, of = {of} }}");
        let rate = format!("indirect_rate = {{ {parts}, per = {per} }}");
        book.indicator(&format!("RATIO-{case}"), &ratio, "poisson");
        book.indicator(&format!("RATE-{case}"), &rate, "poisson");
        let sums = [("numerator", "out_observed"), ("denominator", "out_expected")];
        for (kind, columns) in [
            (
                "RATIO",
                [("value", "out_ratio"), ("lower", "out_ratio_lowercl"), ("upper", "out_ratio_uppercl")],
            ),
            ("RATE", [("value", "out_rate"), ("lower", "out_rate_lowercl"), ("upper", "out_rate_uppercl")]),
        ] {
            expected.push(Expected {
                indicator: format!("{kind}-{case}"),
                area: (*case).to_owned(),
                year: None,
                unit: 1.0,
                row: rows[0],
                level: rows[0].level().unwrap(),
                columns: sums.into_iter().chain(columns).collect(),
            });
        }
    }
    let wanted = cases.keys().copied().collect();
    book.settle("isr.csv", &ValuesQuery::default(), TO_THE_LAST_DIGITS, &expected, &wanted);
}

/// The standard of a case, each band once.
fn standard(book: &mut Book, case: &str, rows: &[&Row], key: &str) {
    let mut bands: Vec<(&str, &str)> =
        rows.iter().map(|row| (row.text(key), row.text("in_stdpop"))).collect();
    bands.dedup_by_key(|(band, _)| *band);
    book.standard(case, bands);
}

#[test]
fn directly_standardised_rates_are_those_of_the_reference() {
    let Some(all) = rows("dsr.csv") else { return };
    // Bands that weigh nothing and standards that weigh nothing at all are refused when they are loaded.
    let weighs = |rows: &[&Row]| rows.iter().any(|row| row.number("in_stdpop").is_some_and(|w| w > 0.0));
    let cases = cases(&all, weighs);
    let mut book =
        Book::of(&[("events", "calendar-year", &[("age", "")]), ("people", "calendar-year", &[("age", "")])]);
    let mut expected = Vec::new();
    for (case, rows) in &cases {
        book.area(case);
        standard(&mut book, case, rows, "in_row");
        for row in rows {
            // The reference takes events that are missing for none.
            let events = row.number("in_x").unwrap_or(0.0);
            book.figure("events", case, "2020", events, row.text("in_row"), "");
            book.figure("people", case, "2020", row.number("in_n").unwrap(), row.text("in_row"), "");
        }
        expected.push(by_its_standard(&mut book, case, rows[0], "events", ""));
    }
    let wanted = cases.keys().copied().collect();
    book.settle("dsr.csv", &ValuesQuery::default(), TO_THE_LAST_DIGITS, &expected, &wanted);
}

/// A rate of a case by its own standard population, and what the reference says of it.
fn by_its_standard<'r>(
    book: &mut Book,
    case: &str,
    row: &'r Row,
    numerator: &str,
    more: &str,
) -> Expected<'r> {
    let (indicator, per) = (format!("DSR-{case}"), row.text("p_multiplier"));
    let calculation = format!(
        "standardised = {{ numerator = \"{numerator}\", denominator = \"people\", by = \"age\", \
         standard = \"{case}\", per = {per}{more} }}"
    );
    book.indicator(&indicator, &calculation, "dobson");
    let parts = [("numerator", "out_total_count"), ("denominator", "out_total_pop")];
    let columns = parts.into_iter().chain(LIMITS).collect();
    Expected {
        indicator,
        area: case.to_owned(),
        year: None,
        unit: 1.0,
        row,
        level: row.level().unwrap(),
        columns,
    }
}

#[test]
fn rates_of_repeated_events_are_those_of_the_reference() {
    let Some(all) = rows("dsr_nonindependent.csv") else { return };
    let cases = cases(&all, |_| true);
    let often: BTreeSet<&str> = cases.values().flatten().map(|row| row.text("in_freq")).collect();
    let categories = quoted(often.iter().copied());
    let mut book = Book::of(&[
        ("persons", "calendar-year", &[("age", ""), ("times", &categories)]),
        ("people", "calendar-year", &[("age", "")]),
    ]);
    let mut expected = Vec::new();
    for (case, rows) in &cases {
        book.area(case);
        let ages: BTreeMap<&str, f64> =
            rows.iter().map(|row| (row.text("in_ageband"), row.number("in_n").unwrap())).collect();
        let firsts: Vec<&Row> =
            ages.keys().map(|age| *rows.iter().find(|row| row.text("in_ageband") == *age).unwrap()).collect();
        standard(&mut book, case, &firsts, "in_ageband");
        for (age, people) in &ages {
            book.figure("people", case, "2020", *people, age, "");
            for times in &often {
                // A number of events that nobody had has no row there, and missing persons are none.
                let row =
                    rows.iter().find(|row| row.text("in_ageband") == *age && row.text("in_freq") == *times);
                let persons = row.and_then(|row| row.number("in_x")).unwrap_or(0.0);
                book.figure("persons", case, "2020", persons, age, times);
            }
        }
        expected.push(by_its_standard(&mut book, case, rows[0], "persons", ", events_each = \"times\""));
    }
    let wanted = cases.keys().copied().collect();
    book.settle("dsr_nonindependent.csv", &ValuesQuery::default(), TO_THE_LAST_DIGITS, &expected, &wanted);
}

#[test]
fn inequality_by_deprivation_is_that_of_the_scottish_profiles() {
    let Some(all) = rows("inequality_simd.csv") else { return };
    let groups = |rows: &[&Row]| rows.iter().filter(|row| row.text("in_quintile") != "Total").count();
    let cases = cases(&all, |rows| {
        let known = rows.iter().all(|row| row.number("in_rate").is_some_and(|rate| rate > 0.0));
        known && matches!(groups(rows), 5 | 10)
    });
    let mut book =
        Book::of(&[("events", "calendar-year", &[("age", "")]), ("people", "calendar-year", &[("age", "")])]);
    let slope = vec![("value", "out_sii"), ("lower", "out_sii_lowercl"), ("upper", "out_sii_uppercl")];
    let relative = vec![("value", "out_rii"), ("lower", "out_rii_lowercl"), ("upper", "out_rii_uppercl")];
    let student = Some("student");
    let measures = [
        ("slope index", student, slope),
        ("relative index", student, relative),
        ("relative percent", student, vec![("value", "out_rii_percent")]),
        ("attributable percent", None, vec![("value", "out_par_percent")]),
        ("absolute range", None, vec![("value", "out_absolute_range")]),
        ("relative range", None, vec![("value", "out_relative_range")]),
    ];
    let id = |measure: &str, size: usize| format!("{}-{size}", measure.replace(' ', "-"));
    for size in [5, 10] {
        let bands: Vec<String> = (1..=size).map(|group| group.to_string()).collect();
        let bands = quoted(bands.iter().map(String::as_str));
        for (measure, interval, _) in &measures {
            let calculation = format!(
                "inequality = {{ numerator = \"events\", denominator = \"people\", by = \"age\", per = 100000, \
                 bands = [{bands}], measure = \"{measure}\" }}"
            );
            book.indicator(&id(measure, size), &calculation, *interval);
        }
    }
    let mut expected = Vec::new();
    for (case, rows) in &cases {
        book.area(case);
        for row in rows.iter().filter(|row| row.text("in_quintile") != "Total") {
            let people = row.number("in_population").unwrap();
            let events = row.number("in_rate").unwrap() * people / 100_000.0;
            book.figure("events", case, "2020", events, row.text("in_quintile"), "");
            book.figure("people", case, "2020", people, row.text("in_quintile"), "");
        }
        for (measure, _, columns) in &measures {
            expected.push(Expected {
                indicator: id(measure, groups(rows)),
                area: (*case).to_owned(),
                year: None,
                unit: 1.0,
                row: rows[0],
                level: 0.95,
                columns: columns.clone(),
            });
        }
    }
    let wanted = cases.keys().copied().collect();
    let near = Tolerance { relative: 1e-9, absolute: 1e-9 };
    book.settle("inequality_simd.csv", &ValuesQuery::default(), near, &expected, &wanted);
}

#[test]
fn life_expectancies_are_those_of_the_reference() {
    let Some(all) = rows("life_expectancy.csv") else { return };
    // Figures that are refused before they get so far: fewer deaths than none, more than there were people.
    let cases = cases(&all, |rows| {
        rows.iter().all(|row| {
            let (people, deaths) = (row.number("in_population"), row.number("in_deaths"));
            people.zip(deaths).is_some_and(|(people, deaths)| people > 0.0 && deaths >= 0.0)
        })
    });
    let starts: BTreeSet<u32> = all.iter().map(|row| row.text("in_startage").parse().unwrap()).collect();
    let starts: Vec<u32> = starts.into_iter().collect();
    let band = |from: u32| match starts.iter().find(|next| **next > from) {
        None => format!("{from}+"),
        Some(next) if *next == from + 1 => from.to_string(),
        Some(next) => format!("{from}-{}", next - 1),
    };
    let named: Vec<String> = starts.iter().map(|from| band(*from)).collect();
    let categories = quoted(named.iter().map(String::as_str));
    let dimension: Dimensions<'_> = &[("age", &categories)];
    let mut book =
        Book::of(&[("deaths", "calendar-year", dimension), ("people", "calendar-year", dimension)]);
    for from in &starts {
        let calculation = format!(
            "life_expectancy = {{ deaths = \"deaths\", population = \"people\", by = \"age\", at = {from} }}"
        );
        book.indicator(&format!("LE-{from}"), &calculation, "chiang");
    }
    let mut expected = Vec::new();
    for (case, rows) in &cases {
        book.area(case);
        for row in rows {
            let from: u32 = row.text("in_startage").parse().unwrap();
            book.figure("deaths", case, "2020", row.number("in_deaths").unwrap(), &band(from), "");
            book.figure("people", case, "2020", row.number("in_population").unwrap(), &band(from), "");
            // An age that nobody reaches has zero years there, and none here.
            if row.number("out_value") == Some(0.0) {
                continue;
            }
            let mut columns = vec![("value", "out_value")];
            if row.number("out_value").is_some() {
                // Without a value there are no limits here, where the reference keeps some.
                columns.extend([("lower", "out_lowercl"), ("upper", "out_uppercl")]);
                columns.extend([("numerator", "out_dths_used"), ("denominator", "out_pops_used")]);
            }
            let level = row.level().unwrap();
            let indicator = format!("LE-{from}");
            let area = (*case).to_owned();
            expected.push(Expected { indicator, area, year: None, unit: 1.0, row, level, columns });
        }
    }
    let wanted = cases.keys().copied().collect();
    let near = Tolerance { relative: 1e-11, absolute: 0.0 };
    book.settle("life_expectancy.csv", &ValuesQuery::default(), near, &expected, &wanted);
}

#[test]
fn means_of_the_figures_of_a_window_are_those_of_the_reference() {
    let Some(all) = rows("mean.csv") else { return };
    let cases = cases(&all, |rows| rows.iter().all(|row| row.number("in_value").is_some()) && rows.len() > 1);
    let lengths: BTreeSet<usize> = cases.values().map(Vec::len).collect();
    for length in lengths {
        let mut book = Book::of(&[("census", "month", &[])]);
        book.indicator("MEAN", "mean = \"census\"", "student");
        let mut expected = Vec::new();
        let mut last = String::new();
        for (case, rows) in cases.iter().filter(|(_, rows)| rows.len() == length) {
            book.area(case);
            for (place, row) in rows.iter().enumerate() {
                last = format!("{}-{:02}", 2010 + place / 12, place % 12 + 1);
                book.figure("census", case, &last, row.number("in_value").unwrap(), "", "");
            }
            expected.push(Expected {
                indicator: "MEAN".to_owned(),
                area: (*case).to_owned(),
                year: None,
                unit: 1.0,
                row: rows[0],
                level: rows[0].level().unwrap(),
                columns: LIMITS.to_vec(),
            });
        }
        let rolling = u32::try_from(length).ok();
        let query =
            ValuesQuery { from: Some(last.clone()), to: Some(last), rolling, ..ValuesQuery::default() };
        let wanted = expected.iter().map(|of| of.row.text("case_id")).collect();
        book.settle("mean.csv", &query, TO_THE_LAST_DIGITS, &expected, &wanted);
    }
}
