//! Small numbers, ages.

use super::{Build, choose, refused, run, same_length};
use crate::arrow::{Days, Numbers};
use crate::errors::Failure;
use crate::table::NativeTable;
use kilter::Date;
use kilter::method::ages::{self, AgeError, AgeGroups};
use kilter::method::disclosure::{self, Cell, CountTable, SmallCounts, Withheld, Zeros, whole_counts};
use kilter::table::Table;
use pyo3::prelude::*;

fn small(threshold: u64, zeros: &str) -> Result<SmallCounts, Failure> {
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

#[pyfunction]
fn primary(py: Python<'_>, counts: Numbers, threshold: u64, zeros: &str) -> PyResult<NativeTable> {
    run(py, || {
        let counts = whole_counts(&counts.0).map_err(refused)?;
        Ok(cells(&disclosure::primary(&counts, small(threshold, zeros)?).cells))
    })
}

#[pyfunction]
fn row_wise(py: Python<'_>, counts: Numbers, threshold: u64, zeros: &str) -> PyResult<NativeTable> {
    run(py, || {
        let counts = whole_counts(&counts.0).map_err(refused)?;
        Ok(cells(&disclosure::row_wise(&counts, small(threshold, zeros)?).cells))
    })
}

#[pyfunction]
fn protect(
    py: Python<'_>,
    counts: Numbers,
    categories: Vec<usize>,
    threshold: u64,
    zeros: &str,
    span: u64,
) -> PyResult<NativeTable> {
    run(py, || {
        let counts = whole_counts(&counts.0).map_err(refused)?;
        let table = CountTable::new(&categories, &counts).map_err(refused)?;
        Ok(cells(&disclosure::protect(&table, small(threshold, zeros)?, span).map_err(refused)?.cells))
    })
}

#[pyfunction]
fn to_base(py: Python<'_>, counts: Numbers, base: u64) -> PyResult<NativeTable> {
    run(py, || {
        let rounded = whole_counts(&counts.0).map_err(refused)?.into_iter().map(|count| {
            let rounded = count.map(|count| disclosure::to_base(count, base)).transpose();
            rounded.map(|count| count.and_then(|count| i64::try_from(count).ok())).map_err(refused)
        });
        Ok(Build::default().whole("count", rounded.collect::<Result<Vec<_>, _>>()?).table())
    })
}

fn ages(born: &Days, on: &Days, of: fn(Date, Date) -> Result<u32, AgeError>) -> Result<Table, Failure> {
    same_length(&[("born", born.0.len()), ("on", on.0.len())])?;
    let age = |(born, on): (&Option<Date>, &Option<Date>)| match (born, on) {
        (Some(born), Some(on)) => of(*born, *on).map_err(|error| error.to_string()),
        (None, _) => Err("the day of birth is missing".to_owned()),
        (_, None) => Err("the day is missing".to_owned()),
    };
    let rows: Vec<Result<u32, String>> = born.0.iter().zip(&on.0).map(age).collect();
    Ok(Build::default()
        .whole("age", rows.iter().map(|row| row.as_ref().ok().map(|age| i64::from(*age))))
        .text("reason", rows.iter().map(|row| row.as_ref().err()))
        .table())
}

#[pyfunction]
fn completed_years(py: Python<'_>, born: Days, on: Days) -> PyResult<NativeTable> {
    run(py, || ages(&born, &on, ages::completed_years))
}

#[pyfunction]
fn completed_months(py: Python<'_>, born: Days, on: Days) -> PyResult<NativeTable> {
    run(py, || ages(&born, &on, ages::completed_months))
}

#[pyfunction]
#[pyo3(signature = (age, from_, to, by))]
fn age_groups(py: Python<'_>, age: Numbers, from_: u32, to: u32, by: u32) -> PyResult<NativeTable> {
    run(py, || {
        let groups = AgeGroups::new(from_, to, by).map_err(refused)?;
        let of = |age: &Option<f64>| match age.map(|age| groups.of(age)) {
            None => Err("the age is missing".to_owned()),
            Some(Ok(Some(group))) => Ok(group),
            Some(Ok(None)) => Err(format!("younger than the first group, which begins at {from_}")),
            Some(Err(error)) => Err(error.to_string()),
        };
        let rows: Vec<_> = age.0.iter().map(of).collect();
        Ok(Build::default()
            .text("group", rows.iter().map(|row| row.as_ref().ok()))
            .text("reason", rows.iter().map(|row| row.as_ref().err()))
            .table())
    })
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(primary, module)?)?;
    module.add_function(wrap_pyfunction!(row_wise, module)?)?;
    module.add_function(wrap_pyfunction!(protect, module)?)?;
    module.add_function(wrap_pyfunction!(to_base, module)?)?;
    module.add_function(wrap_pyfunction!(completed_years, module)?)?;
    module.add_function(wrap_pyfunction!(completed_months, module)?)?;
    module.add_function(wrap_pyfunction!(age_groups, module)?)
}
