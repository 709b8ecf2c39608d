//! Small counts withheld and rounded, ages, and rounding for print, against the reference values of the
//! field's own packages.
//!
//! The folder is that of the environment variable `KILTER_GOLDEN`, else `golden` in the folder `shared`
//! beside the project. Where we refuse what the reference passes over, or round as the decimal says and it
//! does not, the tests say so.

use kilter_core::method::ages::{AgeGroups, completed_months, completed_years};
use kilter_core::method::disclosure::{Cell, SmallCounts, Zeros, primary, row_wise, to_base, whole_counts};
use kilter_core::method::half_up;
use kilter_core::time::Date;
use kilter_tests::golden::{Row, rows, settle};
use std::collections::{BTreeMap, BTreeSet};

/// Runs a file with one case a row. What is wrong with a row is told by the columns.
fn compare(name: &str, differ: impl Fn(&Row) -> Vec<String>) {
    let Some(rows) = rows(name) else { return };
    let asked = || rows.iter().filter(|row| !row.is_quirk());
    let mut differences = Vec::new();
    let mut ran = BTreeSet::new();
    for row in asked() {
        differences.extend(differ(row).into_iter().map(|wrong| format!("{wrong}: {row:?}")));
        ran.insert(row.text("case_id"));
    }
    settle(name, &differences, &ran, &asked().map(|row| row.text("case_id")).collect());
}

/// Nothing where two texts are equal, else the column and what was found.
fn other(column: &str, found: &str, row: &Row) -> Option<String> {
    (found != row.text(column)).then(|| format!("{column}: found {found:?}"))
}

/// A cell as the file writes it.
fn written(cell: Cell) -> String {
    if cell == Cell::Missing { "NA".to_owned() } else { cell.to_string() }
}

#[test]
fn every_small_count_is_withheld_or_rounded_as_in_the_golden_file() {
    const NAME: &str = "disclosure_control.csv";
    let Some(rows) = rows(NAME) else { return };
    let mut tables: BTreeMap<(&str, &str), Vec<&Row>> = BTreeMap::new();
    for row in rows.iter().filter(|row| !row.is_quirk()) {
        tables.entry((row.text("case_id"), row.text("in_row"))).or_default().push(row);
    }
    let (mut ran, mut differences) = (BTreeSet::new(), Vec::new());
    for ((case, _), row) in &tables {
        let threshold = row[0].number("p_threshold").expect("a threshold") as u64;
        let zeros = match row[0].flag("p_keep_zero") {
            Some(true) => Zeros::Shown,
            _ => Zeros::Withheld,
        };
        let small = SmallCounts { threshold, zeros };
        let count = |row: &&Row| row.number("in_count");
        let counts = whole_counts(&row.iter().map(count).collect::<Vec<_>>()).expect("counts");
        // The total of a row is judged for itself, and its parts together.
        let is_total = |row: &&Row| row.flag("in_is_total") == Some(true);
        let parts: Vec<_> =
            row.iter().zip(&counts).filter(|(row, _)| !is_total(row)).map(|(_, count)| *count).collect();
        let mut protected = row_wise(&parts, small).cells.into_iter();
        for ((row, count), cell) in row.iter().zip(&counts).zip(primary(&counts, small).cells) {
            let both = if is_total(row) { cell } else { protected.next().expect("a part") };
            let rounded =
                count.map_or("NA".to_owned(), |count| to_base(count, threshold).expect("a base").to_string());
            let wrong = [
                other("out_primary", &written(cell), row),
                other("out_primary_secondary", &written(both), row),
                other("out_rounded_to_threshold", &rounded, row),
            ];
            differences.extend(wrong.into_iter().flatten().map(|wrong| format!("{wrong}: {row:?}")));
        }
        ran.insert(*case);
    }
    settle(NAME, &differences, &ran, &tables.keys().map(|(case, _)| *case).collect());
}

#[test]
fn every_age_is_in_the_group_of_the_golden_file() {
    compare("age_groups.csv", |row| {
        let years = |column: &str| row.number(column).expect("a number of years") as u32;
        let groups = AgeGroups::new(years("p_from"), years("p_to"), years("p_by")).expect("age groups");
        // A missing age has no group. An age below zero is an error here, and has none there.
        let found = row.number("in_age").map(|age| groups.of(age)).and_then(Result::ok).flatten();
        let found = found.map_or("NA".to_owned(), |group| group.to_string());
        other("out_group", &found, row).into_iter().collect()
    });
}

#[test]
fn every_age_in_years_and_months_is_that_of_the_golden_file() {
    compare("age_between.csv", |row| {
        let date = |column: &str| row.text(column).parse::<Date>().expect("a date");
        let (born, on) = (date("in_start"), date("in_end"));
        let text = |age: Result<u32, _>| age.map_or_else(|_| "an error".to_owned(), |age| age.to_string());
        let years = other("out_years", &text(completed_years(born, on)), row);
        years.into_iter().chain(other("out_months", &text(completed_months(born, on)), row)).collect()
    });
}

/// Whether a number is the half-up rounding of a decimal text, by whole numbers alone: the text and the number
/// as so many thousandths of the last place, the distance no more than a half, and a half only upwards.
fn is_half_up(text: &str, rounded: f64, digits: usize) -> bool {
    let scaled = |text: &str| -> i128 {
        let (sign, text) = text.strip_prefix('-').map_or((1, text), |text| (-1, text));
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        assert!(fraction.len() <= 20, "a decimal of at most 20 places: {text}");
        sign * format!("{whole}{fraction:0<20}").parse::<i128>().expect("a decimal")
    };
    let step = 10i128.pow(20 - digits as u32);
    let (exact, rounded) = (scaled(text), scaled(&rounded.to_string()));
    let away = (rounded.abs() - exact.abs()) * 2;
    rounded % step == 0 && rounded.signum() * exact.signum() >= 0 && -step < away && away <= step
}

#[test]
fn every_value_is_rounded_half_up_as_its_decimal_says() {
    compare("round_half_up.csv", |row| {
        let digits = row.number("p_digits").expect("a number of digits") as u32;
        let Some(value) = row.number("in_value") else { return vec!["no value".to_owned()] };
        let found = half_up(value, digits);
        let mut wrong = Vec::new();
        if !is_half_up(row.text("in_value"), found, digits as usize) {
            wrong.push(format!("found {found}, which is no rounding of the decimal"));
        }
        // The reference adds 1.49e-8 before it rounds, and so takes what is a little below a half for a half.
        let reference = row.number("out_round_half_up").expect("a number");
        if found != reference && is_half_up(row.text("in_value"), reference, digits as usize) {
            wrong.push(format!("found {found}, and the reference is right"));
        }
        wrong
    });
}

#[test]
fn a_nudge_rounds_up_what_is_below_a_half_and_we_do_not() {
    for (text, digits, ours, nudged) in [("0.49999999", 0, 0.0, 1.0), ("2.6749999999", 2, 2.67, 2.68)] {
        let found = half_up(text.parse().expect("a number"), digits);
        assert_eq!(found, ours);
        assert!(is_half_up(text, ours, digits as usize) && !is_half_up(text, nudged, digits as usize));
    }
    assert!(is_half_up("2.675", 2.68, 2) && !is_half_up("2.675", 2.67, 2));
    assert!(is_half_up("-0.5", -1.0, 0) && !is_half_up("-0.5", 0.0, 0));
}
