//! Small numbers, ages.

use super::{Build, Refusal, choose, refused, same_length};
use super::{Days, Numbers};
use kilter::Date;
use kilter::method::ages::{self, AgeError, AgeGroups};
use kilter::method::disclosure::{self, Cell, CountTable, SmallCounts, Withheld, Zeros, whole_counts};
use kilter::table::Table;

fn small(threshold: u64, zeros: &str) -> Result<SmallCounts, Refusal> {
    let zeros = choose("zeros", zeros, &[("shown", Zeros::Shown), ("withheld", Zeros::Withheld)])?;
    Ok(SmallCounts { threshold, zeros })
}

fn cells(cells: &[Cell]) -> Table {
    let reason = |cell: &Cell| match cell {
        Cell::Shown(_) => None,
        Cell::Withheld(Withheld::Primary) => Some("withheld: a small count"),
        Cell::Withheld(Withheld::Secondary) => Some("withheld: a small count would follow from it"),
        Cell::Missing => Some("missing"),
    };
    Build::default()
        .whole("count", cells.iter().map(|cell| i64::try_from(cell.shown()?).ok()))
        .text("reason", cells.iter().map(reason))
        .table()
}

/// Withholds small counts, and nothing else: what is withheld may follow from a total.
///
/// Gives: `count, reason`, a row to each row.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
pub fn primary(counts: Numbers, threshold: u64, zeros: &str) -> Result<Table, Refusal> {
    let counts = whole_counts(&counts).map_err(refused)?;
    Ok(cells(&disclosure::primary(&counts, small(threshold, zeros)?).cells))
}

/// The rule of the disclosure control app of Public Health Scotland: where a row of a table has one small
/// count, the next lowest goes too.
///
/// Gives: as `primary`.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
pub fn row_wise(counts: Numbers, threshold: u64, zeros: &str) -> Result<Table, Refusal> {
    let counts = whole_counts(&counts).map_err(refused)?;
    Ok(cells(&disclosure::row_wise(&counts, small(threshold, zeros)?).cells))
}

/// Withholds small counts of a table, and so many others (hypercubes) that none follows from the table and
/// its totals.
///
/// Gives: `count, reason` of the table with its totals, each dimension's total after its categories.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
pub fn protect(
    counts: Numbers,
    categories: Vec<usize>,
    threshold: u64,
    zeros: &str,
    span: u64,
) -> Result<Table, Refusal> {
    let counts = whole_counts(&counts).map_err(refused)?;
    let table = CountTable::new(&categories, &counts).map_err(refused)?;
    Ok(cells(&disclosure::protect(&table, small(threshold, zeros)?, span).map_err(refused)?.cells))
}

/// Counts rounded to multiples of a base; a middle goes to the even multiple.
///
/// Gives: `count`.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
pub fn to_base(counts: Numbers, base: u64) -> Result<Table, Refusal> {
    let rounded = whole_counts(&counts).map_err(refused)?.into_iter().map(|count| {
        let rounded = count.map(|count| disclosure::to_base(count, base)).transpose();
        rounded.map(|count| count.and_then(|count| i64::try_from(count).ok())).map_err(refused)
    });
    Ok(Build::default().whole("count", rounded.collect::<Result<Vec<_>, _>>()?).table())
}

fn ages(
    born: &[Option<Date>],
    on: &[Option<Date>],
    of: fn(Date, Date) -> Result<u32, AgeError>,
) -> Result<Table, Refusal> {
    same_length(&[("born", born.len()), ("on", on.len())])?;
    let age = |(born, on): (&Option<Date>, &Option<Date>)| match (born, on) {
        (Some(born), Some(on)) => of(*born, *on).map_err(|error| error.to_string()),
        (None, _) => Err("the day of birth is missing".to_owned()),
        (_, None) => Err("the day is missing".to_owned()),
    };
    let rows: Vec<Result<u32, String>> = born.iter().zip(on).map(age).collect();
    Ok(Build::default()
        .whole("age", rows.iter().map(|row| row.as_ref().ok().map(|age| i64::from(*age))))
        .text("reason", rows.iter().map(|row| row.as_ref().err()))
        .table())
}

/// The age in completed years.
///
/// Gives: `age, reason`; a day before the birth has no age.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
pub fn completed_years(born: Days, on: Days) -> Result<Table, Refusal> {
    ages(&born, &on, ages::completed_years)
}

/// The age in completed months.
///
/// Gives: `age, reason`.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
pub fn completed_months(born: Days, on: Days) -> Result<Table, Refusal> {
    ages(&born, &on, ages::completed_months)
}

/// The age group of each age, as tables have them: "65-69", "90+".
///
/// Gives: `group, reason`.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
pub fn age_groups(age: Numbers, from: u32, to: u32, by: u32) -> Result<Table, Refusal> {
    let groups = AgeGroups::new(from, to, by).map_err(refused)?;
    let of = |age: &Option<f64>| match age.map(|age| groups.of(age)) {
        None => Err("the age is missing".to_owned()),
        Some(Ok(Some(group))) => Ok(group),
        Some(Ok(None)) => Err(format!("younger than the first group, which begins at {from}")),
        Some(Err(error)) => Err(error.to_string()),
    };
    let rows: Vec<_> = age.iter().map(of).collect();
    Ok(Build::default()
        .text("group", rows.iter().map(|row| row.as_ref().ok()))
        .text("reason", rows.iter().map(|row| row.as_ref().err()))
        .table())
}
