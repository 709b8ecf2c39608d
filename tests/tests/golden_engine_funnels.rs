//! Funnels as an analyst reaches them: the areas of the golden files go through a framework, a store and the engine,
//! and stand where the reference package has them, between its curves. Its standardised rates are given without
//! their bands, so that they are the business of the tests of the functions; so is the form of ratios less one.
//!
//! The folder is that of the environment variable `KILTER_GOLDEN`, else `golden` in the folder `shared`
//! beside the project.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use kilter::engine::FunnelQuery;
use kilter_tests::book::{Book, Dimensions, number, text};
use kilter_tests::golden::{Row, Tolerance, rows, settle};
use kilter_tests::stored::stored;
use std::collections::{BTreeMap, BTreeSet};

/// The rows of each case, and the indicator that it becomes.
fn written<'r>(all: &'r [Row], book: &mut Book) -> BTreeMap<&'r str, Vec<&'r Row>> {
    let mut cases: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in all {
        cases.entry(row.text("case_id")).or_default().push(row);
    }
    cases.retain(|_, rows| {
        let row = rows[0];
        let known = row.text("p_rate_type") != "dsr" && row.text("p_ratio_type") != "count";
        let answered = row.text("limits_status") == "ok" && row.text("significance_status") == "ok";
        known && answered && !row.is_quirk()
    });
    // A reference in which everybody has one event: what is expected are the people.
    book.area("one-each");
    book.figure("events", "one-each", "2020", 1.0, "all", "");
    book.figure("people", "one-each", "2020", 1.0, "all", "");
    for (case, rows) in &cases {
        let area = |row: &Row| format!("{case}-{}", row.text("in_row"));
        book.group(case, &rows.iter().map(|row| area(row)).collect::<Vec<_>>());
        let row = rows[0];
        let ratio = row.text("p_statistic") == "ratio";
        let band = if ratio { "all" } else { "" };
        let parts = "numerator = \"events\", denominator = \"people\"";
        let calculation = match row.text("p_statistic") {
            "proportion" => format!("percentage = {{ {parts} }}"),
            "ratio" => format!(
                "standardised_ratio = {{ {parts}, by = \"age\", bands = [\"all\"], reference = \"one-each\" }}"
            ),
            _ => format!("rate = {{ {parts}, per = {} }}", row.text("p_multiplier")),
        };
        let years = row.number("p_years_of_data").unwrap_or(1.0) as u32;
        let frequency =
            if years == 1 { "calendar-year".to_owned() } else { format!("{years} calendar-years") };
        book.indicator_of(case, &calculation, None, &frequency);
        for row in rows {
            let (events, rate) = (row.number("in_numerator"), row.number("in_rate"));
            // The reference reckons people back from the rate, where anything happened.
            let people = match (events, rate) {
                (Some(events), Some(rate)) if events > 0.0 => {
                    row.number("p_multiplier").map(|per| per * events / rate)
                }
                _ => row.number("in_denominator"),
            };
            for (measure, figure) in [("events", events), ("people", people)] {
                let Some(figure) = figure else { continue };
                book.figure(measure, &area(row), "2020", figure, band, "");
                for year in 1..years {
                    book.figure(measure, &area(row), &(2020 - year).to_string(), 0.0, band, "");
                }
            }
        }
    }
    cases
}

fn book() -> Book {
    let dimension: Dimensions<'_> = &[("age", "\"all\"")];
    Book::of(&[("events", "calendar-year", dimension), ("people", "calendar-year", dimension)])
}

fn query(case: &str) -> FunnelQuery {
    let mut query = FunnelQuery { among: Some(case.to_owned()), ..FunnelQuery::default() };
    query.selection.indicators.push(case.to_owned());
    query
}

#[test]
fn areas_stand_in_their_funnels_where_the_reference_has_them() {
    let Some(all) = rows("funnel_points.csv") else { return };
    let mut book = book();
    let cases = written(&all, &mut book);
    let (_folder, engine) = stored(&book.framework, &book.figures);
    let classes = BTreeMap::from([
        ("high (99.8%)", "high_99.8"),
        ("high (95%)", "high_95"),
        ("low (99.8%)", "low_99.8"),
        ("low (95%)", "low_95"),
        ("not significant", "not_significant"),
    ]);
    let (mut ran, mut differences) = (BTreeSet::new(), Vec::new());
    for (case, rows) in &cases {
        let table = engine.funnel(&query(case)).unwrap();
        let found: BTreeMap<String, String> = (0..table.rows())
            .map(|row| (text(&table, "area", row), text(&table, "significance", row)))
            .collect();
        for row in rows {
            let area = format!("{case}-{}", row.text("in_row"));
            let class = found.get(&area).and_then(|found| classes.get(found.as_str())).copied();
            if class != Some(row.text("out_significance")) {
                differences.push(format!(
                    "{area}: {:?}, not {}",
                    found.get(&area),
                    row.text("out_significance")
                ));
            }
        }
        ran.insert(*case);
    }
    settle("funnel_points.csv", &differences, &ran, &cases.keys().copied().collect());
}

#[test]
fn the_curves_of_funnels_are_those_of_the_reference() {
    let (Some(points), Some(limits)) = (rows("funnel_points.csv"), rows("funnel_limits.csv")) else { return };
    let mut book = book();
    let mut cases = written(&points, &mut book);
    let mut curves: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in &limits {
        curves.entry(row.text("case_id")).or_default().push(row);
    }
    cases.retain(|case, _| curves.contains_key(case));
    let (_folder, engine) = stored(&book.framework, &book.figures);
    let (mut ran, mut differences) = (BTreeSet::new(), Vec::new());
    for case in cases.keys() {
        let table = engine.funnel_curve(&query(case)).unwrap();
        let curve = &curves[case];
        if table.rows() != curve.len() {
            differences.push(format!("{case}: {} sizes", table.rows()));
            continue;
        }
        let proportion = curve[0].text("p_statistic") == "proportion";
        let per = curve[0].number("p_multiplier").unwrap();
        let unit = if proportion { 100.0 / per } else { 1.0 };
        // They halve intervals, and we calculate.
        let near = Tolerance { relative: if proportion { 1e-7 } else { 1e-4 }, absolute: 1e-9 };
        for (place, row) in curve.iter().enumerate() {
            let of = |column| number(&table, column, place).unwrap();
            if Some(of("count")) != row.number("out_x") {
                differences.push(format!("{case} {place}: {} of {}", of("count"), row.text("out_x")));
            }
            for (column, at, golden) in [
                ("lower_95", "lower_95_at", "out_lower_95"),
                ("upper_95", "upper_95_at", "out_upper_95"),
                ("lower_998", "lower_998_at", "out_lower_99_8"),
                ("upper_998", "upper_998_at", "out_upper_99_8"),
            ] {
                // They cut proportions at 100 whatever they are per.
                let wanted =
                    row.number(golden).map(|limit| if proportion { limit.min(per) * unit } else { limit });
                if wanted.is_some_and(|wanted| !near.allows(of(column), wanted)) {
                    differences.push(format!("{case} {place}: {column} {}, not {wanted:?}", of(column)));
                }
                let size = row.number(&format!("{golden}_denominator"));
                if size.is_some_and(|size| !near.allows(of(at), size)) {
                    differences.push(format!("{case} {place}: {at} {}, not {size:?}", of(at)));
                }
            }
        }
        ran.insert(*case);
    }
    settle("funnel_limits.csv", &differences, &ran, &cases.keys().copied().collect());
}
