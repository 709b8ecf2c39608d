//! Result tables: columns with stable names, the same in every language and format.
//!
//! A table knows its columns and nothing of where they came from. Absences are nulls here; a column of
//! words beside them says why.

use kilter_core::time::Date;
use std::sync::Arc;

/// The cells of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Words and codes.
    Text(Vec<Option<Arc<str>>>),
    /// Numbers, unrounded.
    Number(Vec<Option<f64>>),
    /// Whole numbers: lines, releases, counts.
    Integer(Vec<Option<i64>>),
    /// Days.
    Date(Vec<Option<Date>>),
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
}

/// A table: named columns of equal length.
///
/// ```
/// use kilter::table::{Column, Table};
/// let table = Table::new(vec![("release", Column::Integer(vec![Some(1), Some(2)]))]);
/// assert_eq!((table.rows(), table.columns().len()), (2, 1));
/// assert!(table.column("release").is_some() && table.column("period").is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    columns: Vec<(&'static str, Column)>,
}

impl Table {
    /// A table of these columns.
    ///
    /// # Panics
    /// Columns of different lengths.
    #[must_use]
    pub fn new(columns: Vec<(&'static str, Column)>) -> Self {
        assert!(
            columns.windows(2).all(|pair| pair[0].1.len() == pair[1].1.len()),
            "the columns of a table have one length"
        );
        Self { columns }
    }

    /// How many rows it has.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |(_, column)| column.len())
    }

    /// Its columns with their names, in order.
    #[must_use]
    pub fn columns(&self) -> &[(&'static str, Column)] {
        &self.columns
    }

    /// The same table without some columns: what a terminal has no room for.
    #[must_use]
    pub fn without(mut self, names: &[&str]) -> Self {
        self.columns.retain(|(name, _)| !names.contains(name));
        self
    }

    /// The column of that name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|(known, _)| *known == name).map(|(_, column)| column)
    }
}

/// Gives the same text the same memory: the ids and labels of a long table repeat.
#[derive(Default)]
pub(crate) struct Words {
    known: std::collections::HashMap<String, Arc<str>>,
}

impl Words {
    pub fn get(&mut self, text: &str) -> Arc<str> {
        if let Some(word) = self.known.get(text) {
            return Arc::clone(word);
        }
        let word: Arc<str> = Arc::from(text);
        self.known.insert(text.to_owned(), Arc::clone(&word));
        word
    }
}
