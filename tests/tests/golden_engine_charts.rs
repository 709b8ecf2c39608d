//! Shewhart's charts and sustained shifts as an analyst reaches them: the figures of the golden files go
//! through the `chart` of an indicator, a store and the engine, and come out as the reference packages draw
//! them.
//!
//! The folder is that of the environment variable `KILTER_GOLDEN`, else `golden` in the folder `shared`
//! beside the project.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use kilter::engine::EvaluateQuery;
use kilter::table::{Column, Table};
use kilter_tests::golden::{Row, Tolerance, rows, settle};
use kilter_tests::stored::stored;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

const NEAR: Tolerance = Tolerance { relative: 1e-9, absolute: 1e-12 };

/// Measures by month of which nothing adds up but over time, and one area for each case.
fn framework(areas: &BTreeSet<&str>) -> String {
    let mut text = "framework = { id = \"charts\", title = \"Charts\" }\n".to_owned();
    for (id, adds) in [("events", "sum"), ("people", "sum"), ("level", "mean")] {
        write!(
            text,
            "[[measure]]\nid = \"{id}\"\ntitle = \"{id}\"\nunit = \"of them\"\nfrequency = \"month\"\n\
             over_time = \"{adds}\"\nover_areas = \"none\"\n"
        )
        .unwrap();
    }
    for area in areas {
        write!(text, "[[area]]\ncode = \"{area}\"\nname = \"{area}\"\nkind = \"service\"\n").unwrap();
    }
    text
}

fn indicator(text: &mut String, id: &str, calculation: &str, chart: &str) {
    write!(
        text,
        "[[indicator]]\nid = \"{id}\"\ntitle = \"{id}\"\nfrequency = \"month\"\npolarity = \"lower\"\n\
         decimals = 2\nunit = \"of them\"\ncalculation = {{ {calculation} }}\nchart = {{ {chart} }}\n"
    )
    .unwrap();
}

fn month(place: usize) -> String {
    format!("{}-{:02}", 2010 + place / 12, place % 12 + 1)
}

fn text(table: &Table, column: &str, row: usize) -> String {
    match table.column(column) {
        Some(Column::Text(cells)) => cells.get(row).unwrap_or("").to_owned(),
        _ => panic!("no words in {column}"),
    }
}

fn number(table: &Table, column: &str, row: usize) -> Option<f64> {
    match table.column(column) {
        Some(Column::Number(cells)) => cells.get(row),
        _ => panic!("no numbers in {column}"),
    }
}

fn whole(table: &Table, column: &str, row: usize) -> Option<i64> {
    match table.column(column) {
        Some(Column::Integer(cells)) => cells.get(row),
        _ => panic!("no whole numbers in {column}"),
    }
}

#[test]
fn shewhart_charts_are_those_of_the_reference() {
    let Some(all) = rows("spc_shewhart.csv") else { return };
    let mut cases: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in all.iter().filter(|row| row.text("status") == "ok" && !row.is_quirk()) {
        cases.entry(row.text("case_id")).or_default().push(row);
    }
    let wanted: BTreeSet<&str> = cases.keys().copied().collect();
    let mut framework = framework(&wanted);
    let mut figures = "measure,area,period,value\n".to_owned();
    for (case, rows) in &cases {
        let first = rows[0];
        let kind = match first.text("p_chart") {
            "pp" => "p prime",
            "up" => "u prime",
            "ip" => "i prime",
            kind => kind,
        };
        let parts = "numerator = \"events\", denominator = \"people\"";
        let (calculation, measure) = match first.text("p_chart") {
            "p" | "pp" => (format!("percentage = {{ {parts} }}"), "events"),
            "u" | "up" | "ip" => {
                (format!("rate = {{ {parts}, per = {} }}", first.text("p_multiplier")), "events")
            }
            "c" | "g" => ("count = \"events\"".to_owned(), "events"),
            _ => ("mean = \"level\"".to_owned(), "level"),
        };
        let mut chart = format!("kind = \"{kind}\"");
        let ranges = matches!(first.text("p_chart"), "i" | "t" | "pp" | "up" | "ip");
        if ranges && first.flag("p_screen_moving_ranges") == Some(true) {
            chart += ", screening = \"once\"";
        }
        if let Some(places) = first.number("p_freeze") {
            write!(chart, ", fix_after = {places}").unwrap();
        }
        if let Some(end) = first.number("p_part") {
            write!(chart, ", rebase = [\"{}\"]", month(end as usize)).unwrap();
        }
        let excluded = first.text("p_exclude").split(';').filter(|place| !place.is_empty());
        let excluded: Vec<String> = excluded
            .map(|place| month(place.parse::<usize>().unwrap() - 1))
            .map(|month| format!("{{ period = \"{month}\", reason = \"left out\" }}"))
            .collect();
        write!(chart, ", exclude = [{}]", excluded.join(", ")).unwrap();
        indicator(&mut framework, case, &calculation, &chart);
        for (place, row) in rows.iter().enumerate() {
            let columns = [(measure, "in_value"), ("people", "in_n")];
            for (measure, column) in columns.into_iter().filter(|(_, column)| !row.text(column).is_empty()) {
                if let Some(value) = row.number(column) {
                    writeln!(figures, "{measure},{case},{},{value}", month(place)).unwrap();
                }
            }
        }
    }
    let (_folder, engine) = stored(&framework, &figures);
    let table = engine.chart(&EvaluateQuery::default()).unwrap();
    let mut ran = BTreeSet::new();
    let mut differences = Vec::new();
    for row in 0..table.rows() {
        let (area, period) = (text(&table, "area", row), text(&table, "period", row));
        if area != text(&table, "indicator", row) {
            continue;
        }
        let Some((case, rows)) = cases.get_key_value(area.as_str()) else { continue };
        let place = (0..rows.len()).find(|place| month(*place) == period).unwrap();
        let golden = rows[place];
        // Percentages are per 100 here whatever the multiplier was there.
        let of_100 = matches!(golden.text("p_chart"), "p" | "pp");
        let unit = if of_100 { 100.0 / golden.number("p_multiplier").unwrap() } else { 1.0 };
        for (column, of) in [
            ("drawn", "out_value"),
            ("mean", "out_centre_line"),
            ("lower_limit", "out_lcl"),
            ("near_upper", "out_ucl_2s"),
            ("upper_limit", "out_ucl"),
        ] {
            let (found, expected) =
                (number(&table, column, row), golden.number(of).map(|value| value * unit));
            let agreed = match (found, expected) {
                (Some(found), Some(expected)) => NEAR.allows(found, expected),
                (found, expected) => found.is_none() && expected.is_none(),
            };
            if !agreed {
                differences.push(format!("{case} {period}: {column} {found:?}, not {expected:?}"));
            }
        }
        let outside = !text(&table, "signals", row).is_empty();
        if golden.flag("out_sigma_signal") != Some(outside) {
            differences.push(format!("{case} {period}: outside {outside}"));
        }
        // Neighbouring ranges share a value, so that their runs are not judged here.
        let judged = golden.text("p_chart") != "mr";
        let runs = [
            ("useful", "out_n_useful"),
            ("longest_run", "out_longest_run"),
            ("longest_allowed", "out_longest_run_max"),
            ("crossings", "out_n_crossings"),
            ("crossings_needed", "out_n_crossings_min"),
        ];
        for (column, of) in runs.into_iter().filter(|_| judged) {
            // Nothing off the centre is no useful value there, and no runs here.
            let found = whole(&table, column, row).or((column == "useful").then_some(0));
            if found.map(|found| found as f64) != golden.number(of) {
                differences.push(format!("{case} {period}: {column} {found:?}, not {}", golden.text(of)));
            }
        }
        if judged && golden.flag("out_runs_signal") != Some(text(&table, "shift", row) == "yes") {
            differences.push(format!("{case} {period}: shift {}", text(&table, "shift", row)));
        }
        if rows[place + 1..].iter().all(|row| row.number("out_value").is_none()) {
            ran.insert(*case);
        }
    }
    settle("spc_shewhart.csv", &differences, &ran, &wanted);
}

/// What a median is of, the median, and the places that it is of, from the first to the last.
type Shift = (String, Option<f64>, String, String);

#[test]
fn sustained_shifts_are_those_of_the_reference() {
    let Some(all) = rows("runchart_sustained.csv") else { return };
    let mut groups: BTreeMap<String, (Vec<&Row>, Vec<&Row>)> = BTreeMap::new();
    for row in &all {
        let group = groups.entry(format!("{}-{}", row.text("case_id"), row.text("in_group"))).or_default();
        if row.text("record") == "point" { group.0.push(row) } else { group.1.push(row) }
    }
    for (points, _) in groups.values_mut() {
        points.sort_by_key(|row| row.text("in_date"));
    }
    let wanted: BTreeSet<&str> = groups.keys().map(String::as_str).collect();
    let mut framework = framework(&wanted);
    let mut figures = "measure,area,period,value\n".to_owned();
    let mut expected: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (group, (points, lines)) in &groups {
        let place = |date: &str| points.iter().position(|row| row.text("in_date") == date).unwrap();
        let first = points[0];
        let (baseline, run) = (first.text("p_median_rows"), first.text("p_run_length"));
        let watch = first.text("p_direction");
        let chart = format!("shifts = {{ baseline = {baseline}, run = {run}, watch = \"{watch}\" }}");
        indicator(&mut framework, group, "mean = \"level\"", &chart);
        for (place, row) in points.iter().enumerate() {
            if let Some(value) = row.number("in_value") {
                writeln!(figures, "level,{group},{},{value}", month(place)).unwrap();
            }
        }
        let told = |row: &&Row| -> Shift {
            let at = |column: &str| month(place(row.text(column)));
            (
                row.text("out_run_type").to_owned(),
                row.number("out_median"),
                at("out_start_date"),
                at("out_end_date"),
            )
        };
        let lines = lines.iter().map(told).map(|line| format!("{line:?}")).collect();
        expected.insert(wanted.get(group.as_str()).unwrap(), lines);
    }
    let (_folder, engine) = stored(&framework, &figures);
    let table = engine.sustained_shifts(&EvaluateQuery::default()).unwrap();
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in 0..table.rows() {
        let area = text(&table, "area", row);
        if area != text(&table, "indicator", row) {
            continue;
        }
        let lines = found.entry(area).or_default();
        let line = text(&table, "line", row);
        if text(&table, "no_chart", row) == "too short" {
            continue;
        }
        let kind = if line.starts_with("sustained") { "sustained" } else { "baseline" };
        let told: Shift = (
            kind.to_owned(),
            number(&table, "median", row),
            text(&table, "from", row),
            text(&table, "to", row),
        );
        lines.insert(format!("{told:?}"));
    }
    let mut differences = Vec::new();
    for (group, lines) in &expected {
        if found.get(*group) != Some(lines) {
            differences.push(format!("{group}: {:?}, not {lines:?}", found.get(*group)));
        }
    }
    let ran = found.keys().map(String::as_str).collect();
    settle("runchart_sustained.csv", &differences, &ran, &wanted);
}
