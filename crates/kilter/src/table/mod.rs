//! Result tables: columns with stable names, the same in every language and format.
//!
//! A table knows its columns and nothing of where they came from. Absences are nulls here; a column of
//! words beside them says why. The cells lie as Arrow has them, so that they are given away without a copy.

mod cells;
mod texts;

pub use cells::{Cell, Cells};
pub use texts::{Texts, TextsBuilder, Word};

use arrow_array::ArrayRef;
use kilter_core::time::Date;
use std::borrow::Cow;

/// The cells of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Words and codes.
    Text(Texts),
    /// Numbers, unrounded.
    Number(Cells<f64>),
    /// Whole numbers: lines, releases, counts.
    Integer(Cells<i64>),
    /// Days.
    Date(Cells<Date>),
}

impl Column {
    /// How many cells it has.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Text(cells) => cells.len(),
            Self::Number(cells) => cells.len(),
            Self::Integer(cells) => cells.len(),
            Self::Date(cells) => cells.len(),
        }
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The first cells, as many as there are up to that number.
    #[must_use]
    pub fn head(&self, rows: usize) -> Self {
        match self {
            Self::Text(cells) => Self::Text(cells.head(rows)),
            Self::Number(cells) => Self::Number(cells.head(rows)),
            Self::Integer(cells) => Self::Integer(cells.head(rows)),
            Self::Date(cells) => Self::Date(cells.head(rows)),
        }
    }

    /// A column that Arrow has as kilter has its own, sharing its memory: an array of float64 without NaN, int64,
    /// date32, or a dictionary of int32 in which no word stands twice. `None` for any other.
    #[must_use]
    pub fn of_array(array: &ArrayRef) -> Option<Self> {
        Cells::of_array(array)
            .filter(|cells: &Cells<f64>| !cells.has_nan())
            .map(Self::Number)
            .or_else(|| Cells::of_array(array).map(Self::Integer))
            .or_else(|| Cells::of_array(array).map(Self::Date))
            .or_else(|| Texts::of_array(array).map(Self::Text))
    }

    /// As Arrow has it: words as a dictionary, days as date32. The memory is shared.
    pub(crate) fn array(&self) -> ArrayRef {
        match self {
            Self::Text(cells) => cells.array(),
            Self::Number(cells) => cells.array(),
            Self::Integer(cells) => cells.array(),
            Self::Date(cells) => cells.array(),
        }
    }
}

/// A table: named columns of equal length.
///
/// ```
/// use kilter::table::{Column, Table};
/// let table = Table::new(vec![("release", Column::Integer([Some(1), Some(2)].into()))]);
/// assert_eq!((table.rows(), table.columns().len()), (2, 1));
/// assert!(table.column("release").is_some() && table.column("period").is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    columns: Vec<(Cow<'static, str>, Column)>,
}

impl Table {
    /// A table of these columns.
    ///
    /// # Panics
    /// Columns of different lengths.
    #[must_use]
    pub fn new(columns: Vec<(impl Into<Cow<'static, str>>, Column)>) -> Self {
        assert!(
            columns.windows(2).all(|pair| pair[0].1.len() == pair[1].1.len()),
            "the columns of a table have one length"
        );
        Self { columns: columns.into_iter().map(|(name, column)| (name.into(), column)).collect() }
    }

    /// How many rows it has.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |(_, column)| column.len())
    }

    /// Its columns with their names, in order.
    #[must_use]
    pub fn columns(&self) -> &[(Cow<'static, str>, Column)] {
        &self.columns
    }

    /// The first rows, as many as there are up to that number.
    #[must_use]
    pub fn head(&self, rows: usize) -> Self {
        Self {
            columns: self.columns.iter().map(|(name, column)| (name.clone(), column.head(rows))).collect(),
        }
    }

    /// The same table without some columns: what a terminal has no room for.
    #[must_use]
    pub fn without(mut self, names: &[&str]) -> Self {
        self.columns.retain(|(name, _)| !names.contains(&name.as_ref()));
        self
    }

    /// The column of that name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|(known, _)| known == name).map(|(_, column)| column)
    }
}
