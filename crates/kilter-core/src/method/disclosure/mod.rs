//! Small numbers: which counts of a table are withheld so that nobody is found in it, and counts rounded to a
//! base.
//!
//! Two ways to withhold are here. [`row_wise`] does what the app of Public Health Scotland does, row by row;
//! what it withholds can often be worked out from the table, and it is here for comparison and for tables
//! that have to match published ones. [`protect`] withholds so much that no count it withholds can be worked
//! out from the rest of the table and its totals.
//!
//! Counts are whole numbers; `None` is a count that is not there, which is neither zero nor withheld. This
//! room knows no measure and no area.

mod hypercube;
#[cfg(test)]
mod tests;

pub use crate::series::{SmallCounts, Zeros};
pub use hypercube::{CountTable, protect};

use std::fmt;
use thiserror::Error;

/// Why a count is withheld. For the publisher: a reader who is told learns more than the table says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Withheld {
    /// It is small itself.
    Primary,
    /// Another could be worked out from it.
    Secondary,
}

/// What becomes of one count. It prints as the number, `*` for one that is withheld, and nothing for one that
/// is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cell {
    /// It is shown.
    Shown(u64),
    /// It is withheld.
    Withheld(Withheld),
    /// It is not there.
    Missing,
}

impl Cell {
    /// The count, where it is shown.
    #[must_use]
    pub fn shown(self) -> Option<u64> {
        if let Self::Shown(count) = self { Some(count) } else { None }
    }

    /// Whether it is withheld, for whatever reason.
    #[must_use]
    pub fn is_withheld(self) -> bool {
        matches!(self, Self::Withheld(_))
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shown(count) => f.pad(&count.to_string()),
            Self::Withheld(_) => f.pad("*"),
            Self::Missing => f.pad(""),
        }
    }
}

/// How a table was protected, as its readers should be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Small counts only.
    Primary,
    /// Small counts, and a second one in rows with a single one.
    RowWise,
    /// Small counts, and others so that each is a corner of a box of withheld counts.
    Hypercube,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Primary => "primary suppression",
            Self::RowWise => "primary suppression, and secondary row by row",
            Self::Hypercube => "primary suppression, and secondary by hypercubes",
        })
    }
}

/// Counts as they may be published, and how that was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protected {
    /// How.
    pub method: Method,
    /// Which counts were small.
    pub small: SmallCounts,
    /// What becomes of each count, in the order given.
    pub cells: Vec<Cell>,
}

/// Why a table cannot be protected, or a count not rounded.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum DisclosureError {
    /// A number counts nothing.
    #[error("place {place}: {found} is no count: counts are whole numbers from 0 to 2⁵³")]
    NotACount {
        /// Its place, from 0.
        place: usize,
        /// What it was.
        found: f64,
    },
    /// A dimension of the table has no category.
    #[error("dimension {dimension} of the table has no category: it needs at least 1")]
    NoCategory {
        /// Which, from 0.
        dimension: usize,
    },
    /// The table has no dimension.
    #[error("the table has no dimension: it needs at least 1")]
    NoDimension,
    /// The table has too many dimensions for its totals.
    #[error("the table has {found} dimensions: 8 are the most")]
    TooManyDimensions {
        /// How many.
        found: usize,
    },
    /// There are more or fewer counts than the dimensions ask for.
    #[error("there are {found} counts: the table has {expected} without its totals")]
    Counts {
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// The table has more places than can be counted, or a total that is no number.
    #[error("the table, or a total of it, is too great")]
    TooLarge,
    /// The span asked for is none.
    #[error("what is withheld is to span 0 counts: it needs at least 1")]
    NoSpan,
    /// The base of rounding is none.
    #[error("counts are to be rounded to multiples of 0: the base is at least 1")]
    NoBase,
}

/// Counts that are held as numbers; `None` stays a count that is not there.
///
/// # Errors
/// [`DisclosureError::NotACount`], with its place, for a number that is not whole, below zero, above 2⁵³ or no
/// number: rates and weighted figures are not protected by these methods.
///
/// ```
/// use kilter_core::method::disclosure::{whole_counts, DisclosureError};
/// assert_eq!(whole_counts(&[Some(12.0), None]), Ok(vec![Some(12), None]));
/// let error = whole_counts(&[Some(12.0), Some(12.5)]);
/// assert_eq!(error, Err(DisclosureError::NotACount { place: 1, found: 12.5 }));
/// ```
pub fn whole_counts(numbers: &[Option<f64>]) -> Result<Vec<Option<u64>>, DisclosureError> {
    let count = |(place, number): (usize, &Option<f64>)| match *number {
        None => Ok(None),
        Some(found) if found.fract() == 0.0 && (0.0..=9_007_199_254_740_992.0).contains(&found) => {
            Ok(Some(found as u64))
        }
        Some(found) => Err(DisclosureError::NotACount { place, found }),
    };
    numbers.iter().enumerate().map(count).collect()
}

/// Withholds every small count and nothing else: [`Method::Primary`]. Counts, totals among them, in any order.
///
/// ```
/// use kilter_core::method::disclosure::{primary, Cell, SmallCounts, Withheld, Zeros};
/// let small = SmallCounts { threshold: 5, zeros: Zeros::Shown };
/// let protected = primary(&[Some(0), Some(5), Some(6), None], small);
/// let withheld = Cell::Withheld(Withheld::Primary);
/// assert_eq!(protected.cells, [Cell::Shown(0), withheld, Cell::Shown(6), Cell::Missing]);
/// assert_eq!(protected.method.to_string(), "primary suppression");
/// ```
#[must_use]
pub fn primary(counts: &[Option<u64>], small: SmallCounts) -> Protected {
    let cell = |count: &Option<u64>| match *count {
        None => Cell::Missing,
        Some(count) if small.withholds(count) => Cell::Withheld(Withheld::Primary),
        Some(count) => Cell::Shown(count),
    };
    Protected { method: Method::Primary, small, cells: counts.iter().map(cell).collect() }
}

/// Withholds the small counts of one row and, where there is exactly one among its parts, every part that
/// equals the next lowest: [`Method::RowWise`]. The total of the row is not among the parts; [`primary`]
/// decides on it.
///
/// The rule of the disclosure control app of Public Health Scotland (2024), except that zeros are never the
/// next lowest. **It is weaker than it looks**, and the parts can often be worked out again:
/// - it looks along rows only. Two rows with one small count each, in one column or in two, are given away by
///   the totals of the columns;
/// - two or more small counts in a row are left alone, though they may add to nothing or to as little as they
///   can: `0` and `0` of a total that leaves 0 for them, or `1` and `1` where zeros are shown;
/// - a row without another count, such as `3 0 0` where zeros are shown, has nothing to withhold, and its
///   total, small itself, follows from the other totals.
///
/// Use [`protect`] unless the table has to match one that was made so.
///
/// ```
/// use kilter_core::method::disclosure::{row_wise, SmallCounts, Zeros};
/// let small = SmallCounts { threshold: 4, zeros: Zeros::Shown };
/// let text = |parts: &[u64]| {
///     let parts: Vec<_> = parts.iter().copied().map(Some).collect();
///     row_wise(&parts, small).cells.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
/// };
/// assert_eq!(text(&[3, 12, 9, 0, 9]), "* 12 * 0 *");
/// assert_eq!(text(&[3, 12, 2, 9]), "* 12 * 9", "two already");
/// assert_eq!(text(&[30, 12]), "30 12");
/// ```
#[must_use]
pub fn row_wise(parts: &[Option<u64>], small: SmallCounts) -> Protected {
    let mut cells = primary(parts, small).cells;
    if cells.iter().filter(|cell| cell.is_withheld()).count() == 1 {
        let next = cells.iter().filter_map(|cell| cell.shown()).filter(|count| *count > 0).min();
        for cell in &mut cells {
            if next.is_some() && cell.shown() == next {
                *cell = Cell::Withheld(Withheld::Secondary);
            }
        }
    }
    Protected { method: Method::RowWise, small, cells }
}

/// The count rounded to a multiple of a base; a count in the middle goes to the even multiple, so that 15 and
/// 25 to base 10 both give 20.
///
/// As the app of Public Health Scotland. Counts rounded one by one no longer add to their rounded totals.
///
/// # Errors
/// [`DisclosureError::NoBase`] for a base of zero; [`DisclosureError::TooLarge`] where the multiple is beyond
/// all numbers.
///
/// ```
/// use kilter_core::method::disclosure::{to_base, DisclosureError};
/// assert_eq!([2, 3, 7, 15, 25].map(|count| to_base(count, 5).unwrap()), [0, 5, 5, 15, 25]);
/// assert_eq!([15, 25, 26].map(|count| to_base(count, 10).unwrap()), [20, 20, 30]);
/// assert_eq!(to_base(7, 0), Err(DisclosureError::NoBase));
/// ```
pub fn to_base(count: u64, base: u64) -> Result<u64, DisclosureError> {
    let below = count.checked_div(base).ok_or(DisclosureError::NoBase)?;
    let (over, missing) = (count % base, base - count % base);
    let up = over > missing || (over == missing && below % 2 == 1);
    (below + u64::from(up)).checked_mul(base).ok_or(DisclosureError::TooLarge)
}
