//! The methods of [`kilter::method`] over columns, as the functions that `kilter.methods` documents. What a
//! row refuses stands in its column `reason`; what the whole call refuses is an error.

mod charts;
mod inequality;
mod rates;
mod small;
mod standardised;

use crate::errors::Failure;
use crate::gateway::calculate;
use crate::table::NativeTable;
use kilter::method::interval::{Confidence, Interval};
use kilter::method::standardised::MissingFigures;
use kilter::table::{Column, Table, TextsBuilder};
use pyo3::prelude::*;
use std::fmt::{Display, Write};

/// Runs a method, and hands back its table.
fn run(py: Python<'_>, work: impl FnOnce() -> Result<Table, Failure> + Send) -> PyResult<NativeTable> {
    calculate(py, work)?.map(NativeTable::from).map_err(|failure| failure.into_python(py))
}

/// A refusal in the words of the method.
fn refused(error: impl Display) -> Failure {
    Failure::Method(error.to_string())
}

fn confidence(level: f64) -> Result<Confidence, Failure> {
    Confidence::new(level).map_err(refused)
}

/// One of several names.
fn choose<T: Copy>(argument: &str, text: &str, names: &[(&str, T)]) -> Result<T, Failure> {
    let found = names.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
    found.ok_or_else(|| {
        let expected: Vec<String> = names.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        Failure::Method(format!("{argument}=\"{text}\" is not known; expected {}", expected.join(" or ")))
    })
}

fn missing_figures(text: &str) -> Result<MissingFigures, Failure> {
    choose("missing", text, &[("refuse", MissingFigures::Refuse), ("zero", MissingFigures::AsZero)])
}

/// Columns that belong together have one length.
fn same_length(columns: &[(&str, usize)]) -> Result<(), Failure> {
    if columns.windows(2).all(|pair| pair[0].1 == pair[1].1) {
        return Ok(());
    }
    let lengths: Vec<String> = columns.iter().map(|(name, length)| format!("{name} {length}")).collect();
    Err(Failure::Method(format!("the columns have different lengths: {}", lengths.join(", "))))
}

/// A number that has to be whole and not below zero, such as a year or an age.
fn whole<T: TryFrom<i64>>(what: &str, row: usize, value: Option<f64>) -> Result<T, Failure> {
    let found = value.ok_or_else(|| Failure::Method(format!("row {row}: the {what} is missing")))?;
    // A float holds every whole number of this size.
    let number = (found.fract() == 0.0 && found.abs() < 9e15).then_some(found as i64);
    let number = number.and_then(|number| T::try_from(number).ok());
    number.ok_or_else(|| {
        Failure::Method(format!("row {row}: the {what} is {found}, no whole number that fits"))
    })
}

/// The key of a band.
fn key(row: usize, text: Option<String>) -> Result<String, Failure> {
    text.ok_or_else(|| Failure::Method(format!("row {row}: the band is missing")))
}

/// A table that is put together column by column.
#[derive(Default)]
struct Build(Vec<(&'static str, Column)>);

impl Build {
    fn number(mut self, name: &'static str, cells: impl IntoIterator<Item = Option<f64>>) -> Self {
        self.0.push((name, Column::Number(cells.into_iter().collect())));
        self
    }

    fn whole(mut self, name: &'static str, cells: impl IntoIterator<Item = Option<i64>>) -> Self {
        self.0.push((name, Column::Integer(cells.into_iter().collect())));
        self
    }

    fn text<T: Display>(mut self, name: &'static str, cells: impl IntoIterator<Item = Option<T>>) -> Self {
        let (mut texts, mut buffer) = (TextsBuilder::default(), String::new());
        for cell in cells {
            let word = cell.map(|cell| {
                buffer.clear();
                // Writing to a text cannot fail.
                let _ = write!(buffer, "{cell}");
                texts.word(&buffer)
            });
            texts.push(word);
        }
        self.0.push((name, Column::Text(texts.build())));
        self
    }

    fn limits(self, limits: impl Iterator<Item = Option<Interval>> + Clone) -> Self {
        let lower = limits.clone().map(|limits| limits.map(|of| of.lower));
        self.number("lower", lower).number("upper", limits.map(|limits| limits.map(|of| of.upper)))
    }

    fn table(self) -> Table {
        Table::new(self.0)
    }
}

/// A count of places as a cell.
fn count(number: usize) -> Option<i64> {
    i64::try_from(number).ok()
}

fn yes(holds: bool) -> &'static str {
    if holds { "yes" } else { "no" }
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    rates::register(module)?;
    standardised::register(module)?;
    inequality::register(module)?;
    charts::register(module)?;
    small::register(module)
}
