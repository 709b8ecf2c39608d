//! Cells of numbers and days.

use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, Date32Type, Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, PrimitiveArray};
use arrow_buffer::{BooleanBufferBuilder, NullBuffer};
use chrono::{Days, NaiveDate};
use std::fmt;
use std::sync::Arc;

/// What a cell that is no text may hold: `f64`, `i64` and [`Date`](kilter_core::time::Date). Sealed: a
/// result has no others.
pub trait Cell: Copy + PartialEq + fmt::Debug + sealed::Stored {}

impl Cell for f64 {}
impl Cell for i64 {}
impl Cell for NaiveDate {}

mod sealed {
    use super::{ArrowPrimitiveType, Date32Type, Days, Float64Type, Int64Type, NaiveDate};

    /// How a cell lies in memory.
    pub trait Stored {
        type As: ArrowPrimitiveType;
        fn stored(self) -> <Self::As as ArrowPrimitiveType>::Native;
        fn read(stored: <Self::As as ArrowPrimitiveType>::Native) -> Self;
    }

    impl Stored for f64 {
        type As = Float64Type;
        fn stored(self) -> f64 {
            self
        }
        fn read(stored: f64) -> Self {
            stored
        }
    }

    impl Stored for i64 {
        type As = Int64Type;
        fn stored(self) -> i64 {
            self
        }
        fn read(stored: i64) -> Self {
            stored
        }
    }

    /// Days since 1970.
    impl Stored for NaiveDate {
        type As = Date32Type;
        fn stored(self) -> i32 {
            // Every day that a period can have is far inside.
            self.signed_duration_since(NaiveDate::default()).num_days().try_into().unwrap_or(i32::MAX)
        }
        fn read(stored: i32) -> Self {
            let (from, days) = (NaiveDate::default(), Days::new(stored.unsigned_abs().into()));
            let day = if stored < 0 { from.checked_sub_days(days) } else { from.checked_add_days(days) };
            day.unwrap_or(NaiveDate::MAX)
        }
    }
}

/// The cells of a column, any of which may be absent.
///
/// ```
/// use kilter::table::Cells;
/// let rates: Cells<f64> = [Some(4.2), None].into_iter().collect();
/// assert_eq!((rates.len(), rates.get(0), rates.get(1)), (2, Some(4.2), None));
/// assert_eq!(rates, Cells::from([Some(4.2), None]));
/// ```
pub struct Cells<T: Cell>(PrimitiveArray<T::As>);

impl<T: Cell> Clone for Cells<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Cell> Cells<T> {
    /// How many cells there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The cell of a row.
    ///
    /// # Panics
    /// There is no such row.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<T> {
        self.0.is_valid(row).then(|| T::read(self.0.value(row)))
    }

    /// The cells in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Option<T>> + '_ {
        self.0.iter().map(|cell| cell.map(T::read))
    }

    /// The first cells, as many as there are up to that number.
    #[must_use]
    pub fn head(&self, rows: usize) -> Self {
        Self(self.0.slice(0, rows.min(self.len())))
    }

    /// Whether every cell is absent.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.0.null_count() == self.len()
    }

    pub(super) fn array(&self) -> ArrayRef {
        Arc::new(self.0.clone())
    }

    pub(super) fn of_array(array: &ArrayRef) -> Option<Self> {
        array.as_primitive_opt::<T::As>().cloned().map(Self)
    }
}

impl Cells<f64> {
    /// Whether a NaN lies in its memory, be it below an absence.
    pub(super) fn has_nan(&self) -> bool {
        // By thousands, since a loop that may end at any cell is not made of wide instructions.
        self.0.values().chunks(1024).any(|cells| cells.iter().fold(false, |any, cell| any | cell.is_nan()))
    }

    /// The numbers as they lie in memory, with `absent` in place of those that are not there.
    #[must_use]
    pub fn filled(&self, absent: f64) -> Vec<f64> {
        if self.0.null_count() == 0 {
            return self.0.values().to_vec();
        }
        self.0.iter().map(|cell| cell.unwrap_or(absent)).collect()
    }
}

impl<T: Cell> FromIterator<Option<T>> for Cells<T> {
    fn from_iter<I: IntoIterator<Item = Option<T>>>(cells: I) -> Self {
        let (mut stored, mut gaps) = (Vec::new(), Gaps::default());
        for cell in cells {
            gaps.next(cell.is_none());
            stored.push(cell.map_or_else(Default::default, T::stored));
        }
        Self(PrimitiveArray::new(stored.into(), gaps.nulls()))
    }
}

/// Which cells are absent, of cells that come one after another: no memory where none is.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    cells: usize,
    known: Option<BooleanBufferBuilder>,
}

impl Gaps {
    /// The next cell.
    pub fn next(&mut self, is_absent: bool) {
        self.next_alike(is_absent, 1);
    }

    /// So many cells, all of which are absent or none.
    pub fn next_alike(&mut self, are_absent: bool, cells: usize) {
        if are_absent && self.known.is_none() {
            let mut known = BooleanBufferBuilder::new(self.cells + cells);
            known.append_n(self.cells, true);
            self.known = Some(known);
        }
        if let Some(known) = &mut self.known {
            known.append_n(cells, !are_absent);
        }
        self.cells += cells;
    }

    /// Of all cells.
    pub fn nulls(self) -> Option<NullBuffer> {
        self.known.map(|known| NullBuffer::new(known.build()))
    }
}

impl<T: Cell> From<Vec<Option<T>>> for Cells<T> {
    fn from(cells: Vec<Option<T>>) -> Self {
        cells.into_iter().collect()
    }
}

impl<T: Cell, const N: usize> From<[Option<T>; N]> for Cells<T> {
    fn from(cells: [Option<T>; N]) -> Self {
        cells.into_iter().collect()
    }
}

impl<T: Cell> PartialEq for Cells<T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<T: Cell> fmt::Debug for Cells<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
