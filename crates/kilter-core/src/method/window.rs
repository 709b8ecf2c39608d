//! Values for longer periods from shorter ones: quarters and years from months, rolling windows.
//!
//! Windows are over calendar periods, never over rows: a value exists only if every period of its window
//! does. The work is linear in the number of periods whatever the length of the window.

use super::{Cell, Column, Missing, Sum};
use crate::series::{Marks, OverTime};
use crate::time::{Period, PeriodKind};

/// The values of a column of one kind of period for other periods: as observed where the kinds agree,
/// else as the measure adds over time.
///
/// A sum or mean needs every period of the window; where one is lacking the value is missing as
/// [`Missing::IncompleteWindow`], or as suppressed, or incomplete in its parts, where that is why.
///
/// # Examples
/// ```
/// use kilter_core::method::{over_periods, Cell, Column, Missing};
/// use kilter_core::series::OverTime;
/// use kilter_core::time::{Period, PeriodKind};
/// let april = Period::month(2023, 4).unwrap();
/// let cell = |value| Cell { value: Ok(value), ..Cell::NO_DATA };
/// let months = Column::new(april.ordinal(), vec![cell(1.0), cell(2.0), cell(3.0), cell(4.0)]);
/// let quarters = [PeriodKind::Quarter.parse("2023 Q2").unwrap(), PeriodKind::Quarter.parse("2023 Q3").unwrap()];
/// let values = over_periods(&months, PeriodKind::Month, OverTime::Sum, &quarters);
/// assert_eq!(values[0].value, Ok(6.0));
/// assert_eq!(values[1].value, Err(Missing::IncompleteWindow));
/// ```
#[must_use]
pub fn over_periods(column: &Column, kind: PeriodKind, adds: OverTime, periods: &[Period]) -> Vec<Cell> {
    let running = Running::over(column);
    periods
        .iter()
        .map(|&period| {
            if period.kind() == kind {
                return column.get(period.ordinal());
            }
            let Some(mut parts) = period.split(kind).filter(|_| adds != OverTime::None) else {
                return Cell::missing(Missing::DoesNotAdd);
            };
            let Some(first) = parts.next() else { return Cell::missing(Missing::DoesNotAdd) };
            let last = parts.last().unwrap_or(first);
            match adds {
                OverTime::Last => column.get(last.ordinal()),
                _ => running.window(column, first.ordinal(), last.ordinal(), adds == OverTime::Mean),
            }
        })
        .collect()
}

/// Running totals of a column, from which the total of any stretch is one subtraction.
struct Running {
    /// The sum of the values before each place.
    sums: Vec<Sum>,
    /// How many values stand before each place.
    counts: Vec<u32>,
    /// Whether every cell has the same marks and release, so that windows need not look at each.
    uniform: Option<(Marks, u32)>,
}

impl Running {
    fn over(column: &Column) -> Self {
        let cells = column.cells();
        let mut sums = Vec::with_capacity(cells.len() + 1);
        let mut counts = Vec::with_capacity(cells.len() + 1);
        let (mut sum, mut count) = (Sum::default(), 0);
        sums.push(sum);
        counts.push(count);
        for cell in cells {
            if let Ok(value) = cell.value {
                sum.add(value);
                count += 1;
            }
            sums.push(sum);
            counts.push(count);
        }
        let uniform = cells
            .first()
            .map(|cell| (cell.marks, cell.release))
            .filter(|same| cells.iter().all(|cell| (cell.marks, cell.release) == *same));
        Self { sums, counts, uniform }
    }

    fn window(&self, column: &Column, first: i32, last: i32, mean: bool) -> Cell {
        let length = last - first + 1;
        let inside = column.span().filter(|(from, to)| *from <= first && last <= *to);
        let Some((from, _)) = inside else {
            return self.incomplete(column, first, last);
        };
        let (i, j) = ((first - from) as usize, (last - from) as usize + 1);
        if self.counts[j] - self.counts[i] != length as u32 {
            return self.incomplete(column, first, last);
        }
        let sum = self.sums[j].since(self.sums[i]);
        let value = Ok(if mean { sum / f64::from(length) } else { sum });
        match self.uniform {
            Some((marks, release)) => Cell { value, marks, release },
            None => {
                column.cells()[i..j].iter().fold(Cell { value, ..Cell::NO_DATA }, |all, c| all.beside(*c))
            }
        }
    }

    /// Why a window with a gap has no value.
    fn incomplete(&self, column: &Column, first: i32, last: i32) -> Cell {
        // Only the part of the window inside the column can say more than that there is nothing.
        let reason = match column.span() {
            Some((from, to)) => (first.max(from)..=last.min(to))
                .filter_map(|ordinal| column.get(ordinal).value.err())
                .filter(|reason| *reason != Missing::NoData)
                .min(),
            None => return Cell::NO_DATA,
        };
        let outside = column.span().is_none_or(|(from, to)| last < from || to < first);
        Cell::missing(match reason {
            Some(reason @ (Missing::Suppressed | Missing::IncompleteArea | Missing::IncompleteBreakdown)) => {
                reason
            }
            _ if outside => Missing::NoData,
            _ => Missing::IncompleteWindow,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn column(values: &[Option<f64>]) -> Column {
        let cells = values.iter().map(|value| match value {
            Some(value) => Cell { value: Ok(*value), ..Cell::NO_DATA },
            None => Cell::NO_DATA,
        });
        Column::new(Period::month(2020, 1).unwrap().ordinal(), cells.collect())
    }

    fn windows(n: u32, months: usize) -> Vec<Period> {
        let first = Period::month(2020, 1).unwrap();
        (0..months as i32).map(|i| first.plus(i).window(n).unwrap()).collect()
    }

    proptest! {
        #[test]
        fn a_rolling_sum_is_the_sum_of_its_window_or_is_not(
            values in prop::collection::vec(prop::option::weighted(0.9, 0.0f64..1e6), 1..60),
            n in 2u32..16,
        ) {
            let rolled = over_periods(&column(&values), PeriodKind::Month, OverTime::Sum, &windows(n, values.len()));
            for (i, cell) in rolled.iter().enumerate() {
                let window = (i + 1).checked_sub(n as usize).map(|start| &values[start..=i]);
                match window.and_then(|w| w.iter().copied().collect::<Option<Vec<f64>>>()) {
                    Some(window) => {
                        let expected: f64 = window.iter().sum();
                        prop_assert!((cell.value.unwrap() - expected).abs() <= 1e-9 * expected.max(1.0));
                    }
                    None => prop_assert!(cell.value.is_err()),
                }
            }
        }

        #[test]
        fn whole_numbers_roll_without_any_error(values in prop::collection::vec(0u32..1_000_000, 12..80)) {
            let column = column(&values.iter().map(|v| Some(f64::from(*v))).collect::<Vec<_>>());
            let rolled = over_periods(&column, PeriodKind::Month, OverTime::Sum, &windows(12, values.len()));
            for (i, cell) in rolled.iter().enumerate().skip(11) {
                let expected: u64 = values[i - 11..=i].iter().map(|v| u64::from(*v)).sum();
                prop_assert_eq!(cell.value, Ok(expected as f64));
            }
        }
    }

    #[test]
    fn a_gap_gives_incomplete_window_for_exactly_the_windows_that_hold_it() {
        let mut values = vec![Some(1.0); 20];
        values[5] = None;
        let rolled = over_periods(&column(&values), PeriodKind::Month, OverTime::Sum, &windows(3, 20));
        for (i, cell) in rolled.iter().enumerate() {
            let expected = match i {
                0 | 1 | 5 | 6 | 7 => Err(Missing::IncompleteWindow),
                _ => Ok(3.0),
            };
            assert_eq!(cell.value, expected, "{i}");
        }
    }

    #[test]
    fn a_census_is_averaged_and_distinct_people_do_not_add() {
        let quarter = [PeriodKind::Quarter.parse("2020 Q1").unwrap()];
        let column = column(&[Some(10.0), Some(20.0), Some(60.0)]);
        let value = |adds| over_periods(&column, PeriodKind::Month, adds, &quarter)[0].value;
        assert_eq!(value(OverTime::Mean), Ok(30.0));
        assert_eq!(value(OverTime::Last), Ok(60.0));
        assert_eq!(value(OverTime::None), Err(Missing::DoesNotAdd));
    }

    #[test]
    fn one_provisional_month_makes_its_year_provisional_and_no_other() {
        let mut cells = column(&[Some(1.0); 24]).cells().to_vec();
        cells[20].marks = Marks::PROVISIONAL;
        cells[3].release = 7;
        let column = Column::new(Period::month(2020, 1).unwrap().ordinal(), cells);
        let years = [Period::calendar_year(2020).unwrap(), Period::calendar_year(2021).unwrap()];
        let cells = over_periods(&column, PeriodKind::Month, OverTime::Sum, &years);
        assert_eq!((cells[0].marks, cells[0].release), (Marks::NONE, 7));
        assert_eq!((cells[1].marks, cells[1].release), (Marks::PROVISIONAL, 0));
    }
}
