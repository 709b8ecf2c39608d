//! Control charts of single values and run charts as an analyst reaches them: the figures of the golden files go
//! through the `chart` of an indicator and its target, a store and the engine. Dates are periods there, so that the
//! places of a case become months.
//!
//! The folder is that of the environment variable `KILTER_GOLDEN`, else `golden` in the folder `shared`
//! beside the project.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use kilter::engine::EvaluateQuery;
use kilter::table::{Column, Table};
use kilter_tests::book::{number, text};
use kilter_tests::golden::{Row, Tolerance, rows, settle};
use kilter_tests::stored::stored;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

const NEAR: Tolerance = Tolerance { relative: 1e-11, absolute: 1e-11 };

fn month(place: usize) -> String {
    format!("{}-{:02}", 2010 + place / 12, place % 12 + 1)
}

fn whole(table: &Table, column: &str, row: usize) -> Option<i64> {
    match table.column(column) {
        Some(Column::Integer(cells)) => cells.get(row),
        _ => panic!("no whole numbers in {column}"),
    }
}

/// A measure by month, and for each case an area and an indicator with what more it says.
fn framework(cases: &BTreeMap<&str, Vec<&Row>>, indicator: impl Fn(&[&Row]) -> String) -> String {
    let mut text = "framework = { id = \"runs\", title = \"Runs\" }\n\
        [[measure]]\nid = \"level\"\ntitle = \"level\"\nunit = \"of them\"\nfrequency = \"month\"\nover_time = \"mean\"\n\
        over_areas = \"none\"\n"
        .to_owned();
    for (case, rows) in cases {
        write!(
            text,
            "[[area]]\ncode = \"{case}\"\nname = \"{case}\"\nkind = \"service\"\n\
             [[indicator]]\nid = \"{case}\"\ntitle = \"{case}\"\nfrequency = \"month\"\ndecimals = 2\nunit = \"of them\"\n\
             calculation = {{ mean = \"level\" }}\n{}\n",
            indicator(rows)
        )
        .unwrap();
    }
    text
}

/// The figures of the cases, month by month.
fn figures(cases: &BTreeMap<&str, Vec<&Row>>) -> String {
    let mut text = "measure,area,period,value,absent\n".to_owned();
    for (case, rows) in cases {
        for (place, row) in rows.iter().enumerate() {
            let (value, absent) = match row.number("in_value") {
                Some(value) => (value.to_string(), ""),
                None => (String::new(), "not collected"),
            };
            writeln!(text, "level,{case},{},{value},{absent}", month(place)).unwrap();
        }
    }
    text
}

/// The rows of a table that are of the area whose own indicator they are of, by case and month.
fn own_rows(table: &Table) -> BTreeMap<(String, String), usize> {
    (0..table.rows())
        .filter(|row| text(table, "area", *row) == text(table, "indicator", *row))
        .map(|row| ((text(table, "area", row), text(table, "period", row)), row))
        .collect()
}

fn same(found: Option<f64>, wanted: Option<f64>) -> bool {
    match (found, wanted) {
        (Some(found), Some(wanted)) => NEAR.allows(found, wanted),
        (found, wanted) => found.is_none() && wanted.is_none(),
    }
}

#[test]
fn control_charts_and_their_icons_are_those_of_the_reference() {
    let Some(all) = rows("spc_xmr.csv") else { return };
    let mut cases: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in all.iter().filter(|row| row.text("status") == "ok" && !row.is_quirk()) {
        cases.entry(row.text("case_id")).or_default().push(row);
    }
    for rows in cases.values_mut() {
        rows.sort_by_key(|row| row.text("in_date"));
    }
    // A chart of one segment that begins with a gap is one whose first months were never observed.
    let text_of = |rows: &[&Row]| {
        let first = rows[0];
        let polarity = match first.text("p_improvement_direction") {
            "increase" => "higher",
            "decrease" => "lower",
            _ => "none",
        };
        let screening = if first.flag("p_screen_outliers") == Some(false) { "off" } else { "once" };
        let dates: Vec<&str> =
            first.text("p_rebase_dates").split(';').filter(|date| !date.is_empty()).collect();
        let starts = rows.iter().enumerate().filter(|(_, row)| dates.contains(&row.text("in_date")));
        let starts: Vec<String> = starts.map(|(place, _)| format!("\"{}\"", month(place))).collect();
        let fixed =
            first.number("p_fix_after_n_points").map_or(String::new(), |n| format!(", fix_after = {n}"));
        format!(
            "polarity = \"{polarity}\"\nchart = {{ signals = \"nhsrplotthedots\", screening = \"{screening}\", rebase = [{}]{fixed} }}",
            starts.join(", ")
        )
    };
    let mut framework = framework(&cases, text_of);
    for (case, rows) in &cases {
        // Without a direction there is no target to be met.
        let directed = rows[0].text("p_improvement_direction") != "neutral";
        if let Some(target) = rows[0].number("p_target").filter(|_| directed) {
            write!(framework, "[[target]]\nindicator = \"{case}\"\nfrom = \"2010-01\"\nvalue = {target:?}\n")
                .unwrap();
        }
    }
    let (_folder, engine) = stored(&framework, &figures(&cases));
    let table = engine.chart(&EvaluateQuery::default()).unwrap();
    let places = own_rows(&table);
    let (mut ran, mut differences) = (BTreeSet::new(), Vec::new());
    for (case, rows) in &cases {
        let known = rows.iter().rposition(|row| row.number("in_value").is_some());
        for (place, row) in rows.iter().enumerate().take(known.map_or(0, |last| last + 1)) {
            let Some(&found) = places.get(&((*case).to_owned(), month(place))) else {
                // Months before the first figure of all are no periods of the engine.
                if rows[..=place].iter().any(|row| row.number("in_value").is_some()) {
                    differences.push(format!("{case} {}: no such row", month(place)));
                }
                continue;
            };
            for (column, golden) in
                [("mean", "out_mean"), ("lower_limit", "out_lpl"), ("upper_limit", "out_upl")]
            {
                let (found, wanted) = (number(&table, column, found), row.number(golden));
                if !same(found, wanted) {
                    differences.push(format!("{case} {}: {column} {found:?}, not {wanted:?}", month(place)));
                }
            }
            let cause = text(&table, "cause", found);
            let agreed = match row.text("out_point_type") {
                _ if row.number("in_value").is_none() => cause.is_empty(),
                "common_cause" => cause == "common cause",
                "special_cause_improvement" => cause.starts_with("improvement"),
                "special_cause_concern" => cause.starts_with("concern"),
                "special_cause_neutral_high" => cause.starts_with("special") && cause.ends_with("high"),
                "special_cause_neutral_low" => cause.starts_with("special") && cause.ends_with("low"),
                _ => false,
            };
            if !agreed {
                differences.push(format!(
                    "{case} {}: {cause}, not {}",
                    month(place),
                    row.text("out_point_type")
                ));
            }
            // Icons are of the last value; there, a gap at the end has one too.
            if Some(place) == known && place + 1 == rows.len() {
                let assurance = text(&table, "assurance", found);
                let limits = number(&table, "lower_limit", found).is_some();
                let wanted = match row.text("out_assurance_type") {
                    "consistent_pass" => "consistently passes",
                    "consistent_fail" => "consistently fails",
                    "inconsistent" if !limits => "no limits",
                    "inconsistent" => "hit and miss",
                    _ => "",
                };
                if assurance != wanted {
                    differences.push(format!("{case}: {assurance}, not {wanted}"));
                }
                let icon = row.text("out_variation_icon");
                let shown = match icon {
                    "common_cause" => "common cause".to_owned(),
                    other => {
                        let (kind, side) = other.split_once('_').unwrap();
                        let kind = if kind == "neutral" { "special" } else { kind };
                        format!("{kind}, {side}")
                    }
                };
                if cause != shown {
                    differences.push(format!("{case}: {cause}, not the icon {icon}"));
                }
            }
        }
        ran.insert(*case);
    }
    settle("spc_xmr.csv", &differences, &ran, &cases.keys().copied().collect());
}

#[test]
fn run_charts_are_those_of_the_reference() {
    let Some(all) = rows("runchart.csv") else { return };
    let mut cases: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in all.iter().filter(|row| row.text("status") == "ok" && !row.is_quirk()) {
        cases.entry(row.text("case_id")).or_default().push(row);
    }
    // A chart of the engine has the median of its figures, its baseline at least twelve months and in each part.
    cases.retain(|_, rows| {
        let first = rows[0];
        let freeze = first.number("p_freeze").is_none_or(|n| n >= 12.0 && first.text("p_part").is_empty());
        let observed = rows.iter().any(|row| row.number("in_value").is_some());
        let ends = [rows.first(), rows.last()];
        let whole = ends.into_iter().flatten().all(|row| row.number("in_value").is_some());
        first.number("p_centre_line").is_none() && freeze && observed && whole
    });
    let listed = |row: &Row, column: &str, most: usize| -> Vec<usize> {
        let places = row.text(column).split(';').filter(|text| !text.is_empty());
        places.map(|text| text.parse::<usize>().unwrap()).filter(|place| (1..most).contains(place)).collect()
    };
    let text_of = |rows: &[&Row]| {
        let first = rows[0];
        let runs = match first.text("p_method") {
            "bestbox" => "best box",
            "cutbox" => "cut box",
            _ => "anhoej",
        };
        let starts = listed(first, "p_part", rows.len());
        let starts: Vec<String> = starts.into_iter().map(|place| format!("\"{}\"", month(place))).collect();
        let left_out = listed(first, "p_exclude", rows.len() + 1);
        let left_out = left_out.into_iter().map(|place| month(place - 1));
        let left_out: Vec<String> =
            left_out.map(|month| format!("{{ period = \"{month}\", reason = \"left out\" }}")).collect();
        let fixed = first.number("p_freeze").map_or(String::new(), |n| format!(", fix_after = {n}"));
        format!(
            "polarity = \"none\"\nchart = {{ runs = \"{runs}\", rebase = [{}], exclude = [{}]{fixed} }}",
            starts.join(", "),
            left_out.join(", ")
        )
    };
    let (_folder, engine) = stored(&framework(&cases, text_of), &figures(&cases));
    let table = engine.run_chart(&EvaluateQuery::default()).unwrap();
    let places = own_rows(&table);
    let (mut ran, mut differences) = (BTreeSet::new(), Vec::new());
    for (case, rows) in &cases {
        for (place, row) in rows.iter().enumerate() {
            let Some(&found) = places.get(&((*case).to_owned(), month(place))) else {
                differences.push(format!("{case} {}: no such row", month(place)));
                continue;
            };
            if !same(number(&table, "centre", found), row.number("out_centre_line")) {
                differences.push(format!(
                    "{case} {}: centre {:?}",
                    month(place),
                    number(&table, "centre", found)
                ));
            }
            for (column, golden) in [
                ("useful", "out_n_useful"),
                ("longest_run", "out_longest_run"),
                ("crossings", "out_n_crossings"),
            ] {
                let found = whole(&table, column, found).or((column == "useful").then_some(0));
                if found.map(|found| found as f64) != row.number(golden) {
                    differences.push(format!(
                        "{case} {}: {column} {found:?}, not {}",
                        month(place),
                        row.text(golden)
                    ));
                }
            }
            if row.flag("out_runs_signal") != Some(text(&table, "shift", found) == "yes") {
                differences.push(format!("{case} {}: shift {}", month(place), text(&table, "shift", found)));
            }
        }
        ran.insert(*case);
    }
    settle("runchart.csv", &differences, &ran, &cases.keys().copied().collect());
}
