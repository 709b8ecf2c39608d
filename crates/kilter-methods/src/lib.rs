//! The methods of [`kilter::method`] over columns of a data frame: columns and settings as words in, a table
//! out. What a row refuses stands in its column `reason`; what the whole call refuses is a [`Refusal`].
//!
//! The bindings offer these to people and document them there. This room knows neither Python nor R, and holds
//! no formula: it reads words, calls a method, and puts its answer into columns.
//!
//! ```
//! use kilter::table::Column;
//! use kilter_methods::rates::crude_rate;
//!
//! let rates = crude_rate(vec![Some(12.0), None], vec![Some(96.0), Some(80.0)], 1000.0, 0.95)?;
//! assert_eq!(rates.column("value"), Some(&Column::Number([Some(125.0), None].into())));
//! assert!(crude_rate(vec![Some(12.0)], vec![Some(96.0)], 1000.0, 95.0).is_err());
//! # Ok::<(), kilter_methods::Refusal>(())
//! ```
#![forbid(unsafe_code)]

pub mod charts;
pub mod inequality;
pub mod rates;
pub mod small;
pub mod standardised;

use kilter::Date;
use kilter::method::interval::{Confidence, Interval};
use kilter::method::standardised::MissingFigures;
use kilter::table::{Column, Table, TextsBuilder};
use std::fmt::{self, Display, Write};

/// A column of numbers; nothing where one is missing.
pub type Numbers = Vec<Option<f64>>;
/// A column of texts, such as age bands.
pub type Texts = Vec<Option<String>>;
/// A column of days.
pub type Days = Vec<Option<Date>>;

/// Why a whole call has no answer, in the words of the method. Rows are counted from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(pub String);

impl Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for Refusal {}

/// A refusal in the words of the method.
fn refused(error: impl Display) -> Refusal {
    Refusal(error.to_string())
}

fn confidence(level: f64) -> Result<Confidence, Refusal> {
    Confidence::new(level).map_err(refused)
}

/// One of several names.
fn choose<T: Copy>(argument: &str, text: &str, names: &[(&str, T)]) -> Result<T, Refusal> {
    let found = names.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
    found.ok_or_else(|| {
        let expected: Vec<String> = names.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        Refusal(format!("{argument}=\"{text}\" is not known; expected {}", expected.join(" or ")))
    })
}

fn missing_figures(text: &str) -> Result<MissingFigures, Refusal> {
    choose("missing", text, &[("refuse", MissingFigures::Refuse), ("zero", MissingFigures::AsZero)])
}

/// Columns that belong together have one length.
fn same_length(columns: &[(&str, usize)]) -> Result<(), Refusal> {
    if columns.windows(2).all(|pair| pair[0].1 == pair[1].1) {
        return Ok(());
    }
    let lengths: Vec<String> = columns.iter().map(|(name, length)| format!("{name} {length}")).collect();
    Err(Refusal(format!("the columns have different lengths: {}", lengths.join(", "))))
}

/// A number that has to be whole and not below zero, such as a year or an age.
fn whole<T: TryFrom<i64>>(what: &str, row: usize, value: Option<f64>) -> Result<T, Refusal> {
    let found = value.ok_or_else(|| Refusal(format!("row {row}: the {what} is missing")))?;
    // A float holds every whole number of this size.
    let number = (found.fract() == 0.0 && found.abs() < 9e15).then_some(found as i64);
    let number = number.and_then(|number| T::try_from(number).ok());
    number.ok_or_else(|| Refusal(format!("row {row}: the {what} is {found}, no whole number that fits")))
}

/// The key of a band.
fn key(row: usize, text: Option<String>) -> Result<String, Refusal> {
    text.ok_or_else(|| Refusal(format!("row {row}: the band is missing")))
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
