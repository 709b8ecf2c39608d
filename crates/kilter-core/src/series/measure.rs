//! Measures: what is observed, and how it adds over time and over areas.

use super::SmallCounts;
use crate::ident::{Category, DimensionId, MeasureId};
use crate::time::PeriodKind;

/// How a measure adds over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverTime {
    /// Events: the year is the sum of its months.
    Sum,
    /// A stock, such as a census: the quarter is the mean of its months.
    Mean,
    /// A stock of which the last counts.
    Last,
    /// It does not: distinct people, populations, rates.
    None,
}

impl OverTime {
    /// All with their names in a framework file.
    pub const NAMES: [(&'static str, Self); 4] =
        [("sum", Self::Sum), ("mean", Self::Mean), ("last", Self::Last), ("none", Self::None)];
}

/// How a measure adds over areas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverAreas {
    /// Scotland is the sum of its parts.
    Sum,
    /// It does not: standardised rates, survey percentages, published values.
    None,
}

impl OverAreas {
    /// All with their names in a framework file.
    pub const NAMES: [(&'static str, Self); 2] = [("sum", Self::Sum), ("none", Self::None)];
}

/// A dimension that a measure is broken down by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dimension {
    /// Its id.
    pub id: DimensionId,
    /// What it is called.
    pub title: String,
    /// Its categories, which share the total out without remainder. Empty: open, so that any category
    /// may occur and the ones that do may not be all there are.
    pub categories: Vec<Category>,
}

impl Dimension {
    /// Whether any category may occur.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.categories.is_empty()
    }
}

/// Something observed.
///
/// Whether it adds is part of what it is: admissions add over time and areas, a population over areas
/// only, a census is averaged over time, distinct people and standardised rates add over neither.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    /// Its id.
    pub id: MeasureId,
    /// What it is called.
    pub title: String,
    /// What is counted: "bed days", "people".
    pub unit: String,
    /// The kind of its periods. A measure has one; a figure for another kind is another measure.
    pub frequency: PeriodKind,
    /// How it adds over time.
    pub over_time: OverTime,
    /// How it adds over areas.
    pub over_areas: OverAreas,
    /// What it is broken down by, in alphabetical order of the ids.
    pub dimensions: Vec<Dimension>,
    /// Which of its figures are withheld because they are small; `None`: none.
    pub suppress: Option<SmallCounts>,
}

impl Measure {
    /// The dimension of that id; `None` where it is not broken down by it.
    #[must_use]
    pub fn dimension(&self, id: &str) -> Option<&Dimension> {
        self.dimensions.iter().find(|d| d.id.as_str() == id)
    }
}
