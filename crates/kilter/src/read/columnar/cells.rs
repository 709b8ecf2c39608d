//! The columns of one batch: what each cell is as text, as a number, and whether it is that of the row before.
//!
//! Nothing of files and streams is known here.

use super::damaged;
use crate::read::error::ReadProblem;
use crate::read::number;
use crate::read::row::Cells;
use arrow_array::cast::AsArray;
use arrow_array::temporal_conversions::{as_datetime, as_time};
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
    Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, Time32MillisecondType,
    Time32SecondType, Time64MicrosecondType, Time64NanosecondType, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, BinaryViewArray, BooleanArray, GenericStringArray, OffsetSizeTrait, PrimitiveArray,
    RecordBatch,
};
use arrow_schema::{DataType, TimeUnit};
use std::ops::Range;

/// A cell holds bytes that are not text.
pub(super) struct NotText;

/// A column of one batch.
trait Column: Send + Sync {
    /// Appends the text of the cell in `row`; nothing for a null.
    fn write(&self, row: usize, out: &mut String) -> Result<(), NotText>;

    /// No cell has more bytes of text; `None` where a cell holds bytes that are not text.
    fn longest(&self) -> Option<usize>;

    /// See [`Cells::text`].
    fn text(&self, _: usize) -> Option<&str> {
        None
    }

    /// See [`Cells::number`].
    fn number(&self, _: usize) -> Option<f64> {
        None
    }

    /// Whether a cell is known to be that of the row before.
    fn repeats(&self, row: usize) -> bool {
        matches!((self.text(row - 1), self.text(row)), (Some(before), Some(text)) if before == text)
    }

    /// Where those cells end that do, of some that follow one another.
    fn run_end(&self, rows: Range<usize>) -> usize {
        rows.clone().find(|row| !self.repeats(*row)).unwrap_or(rows.end)
    }
}

/// The columns of one batch.
#[derive(Default)]
pub(super) struct Columns(Vec<Box<dyn Column>>);

impl Columns {
    pub(super) fn of(batch: &RecordBatch) -> Result<Self, ReadProblem> {
        batch.columns().iter().map(column).collect::<Result<_, _>>().map(Self)
    }

    /// No row has more bytes of text; `None` where a cell holds bytes that are not text.
    pub(super) fn longest(&self) -> Option<usize> {
        self.0.iter().try_fold(0usize, |sum, column| Some(sum.saturating_add(column.longest()?)))
    }

    /// Appends the text of a cell.
    pub(super) fn write_cell(&self, column: usize, row: usize, out: &mut String) -> Result<(), NotText> {
        self.0[column].write(row, out)
    }
}

impl Cells for Columns {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn text(&self, column: usize, row: usize) -> Option<&str> {
        self.0[column].text(row)
    }

    fn number(&self, column: usize, row: usize) -> Option<f64> {
        self.0[column].number(row)
    }

    fn repeated(&self, row: usize) -> usize {
        if row == 0 { 0 } else { self.0.iter().take_while(|column| column.repeats(row)).count() }
    }

    fn run_end(&self, columns: usize, rows: Range<usize>) -> usize {
        self.0[..columns].iter().fold(rows.end, |end, column| column.run_end(rows.start..end))
    }

    fn write(&self, column: usize, row: usize, out: &mut String) {
        // Only columns of text are shown.
        let _ = self.0[column].write(row, out);
    }
}

/// No number, date or time is written in more bytes.
const LONGEST_NUMBER: usize = 1024;

struct Blank;

impl Column for Blank {
    fn write(&self, _: usize, _: &mut String) -> Result<(), NotText> {
        Ok(())
    }

    fn longest(&self) -> Option<usize> {
        Some(0)
    }

    fn text(&self, _: usize) -> Option<&str> {
        Some("")
    }
}

impl Column for BinaryViewArray {
    fn write(&self, row: usize, out: &mut String) -> Result<(), NotText> {
        if self.is_valid(row) {
            out.push_str(std::str::from_utf8(self.value(row)).map_err(|_| NotText)?);
        }
        Ok(())
    }

    fn longest(&self) -> Option<usize> {
        let (mut before, mut most) = (0, 0);
        for (row, view) in self.views().iter().enumerate().filter(|(row, _)| self.is_valid(*row)) {
            let length = *view as u32;
            // Few cells hold another text than the cell before, and most are short and plain.
            let is_plain = length <= INLINE && (view >> 32) & NOT_ASCII == 0;
            if *view != before && !is_plain {
                std::str::from_utf8(self.value(row)).ok()?;
            }
            most = most.max(length);
            before = *view;
        }
        Some(most as usize)
    }

    fn text(&self, row: usize) -> Option<&str> {
        if self.is_valid(row) { std::str::from_utf8(self.value(row)).ok() } else { Some("") }
    }

    fn repeats(&self, row: usize) -> bool {
        // Views of the same bytes are of the same text. Others may be, too, and are looked at anew.
        self.null_count() == 0 && self.views()[row - 1] == self.views()[row]
    }

    fn run_end(&self, rows: Range<usize>) -> usize {
        if self.null_count() > 0 {
            return rows.start;
        }
        let before = self.views()[rows.start - 1];
        rows.start + self.views()[rows].iter().take_while(|view| **view == before).count()
    }
}

/// So many bytes lie in a view itself, above its length.
const INLINE: u32 = 12;
/// The highest bit of each of them.
const NOT_ASCII: u128 = 0x8080_8080_8080_8080_8080_8080;

/// Texts as Arrow libraries send them: checked by the one that sends them.
impl<O: OffsetSizeTrait> Column for GenericStringArray<O> {
    fn write(&self, row: usize, out: &mut String) -> Result<(), NotText> {
        if self.is_valid(row) {
            out.push_str(self.value(row));
        }
        Ok(())
    }

    fn longest(&self) -> Option<usize> {
        Some(self.offsets().lengths().max().unwrap_or(0))
    }

    fn text(&self, row: usize) -> Option<&str> {
        Some(if self.is_valid(row) { self.value(row) } else { "" })
    }
}

/// A column of which every cell is the place of a value.
struct Categories {
    /// `None` for a null.
    places: Vec<Option<usize>>,
    values: Box<dyn Column>,
}

impl Categories {
    fn new(array: &ArrayRef) -> Result<Self, ReadProblem> {
        let dictionary = array.as_any_dictionary();
        let places = match dictionary.values().is_empty() {
            true => vec![None; array.len()],
            false => {
                let keys = dictionary.normalized_keys().into_iter().enumerate();
                keys.map(|(row, key)| array.is_valid(row).then_some(key)).collect()
            }
        };
        Ok(Self { places, values: column(dictionary.values())? })
    }
}

impl Column for Categories {
    fn write(&self, row: usize, out: &mut String) -> Result<(), NotText> {
        self.places[row].map_or(Ok(()), |place| self.values.write(place, out))
    }

    fn longest(&self) -> Option<usize> {
        self.values.longest()
    }

    fn text(&self, row: usize) -> Option<&str> {
        self.places[row].map_or(Some(""), |place| self.values.text(place))
    }

    fn number(&self, row: usize) -> Option<f64> {
        self.places[row].and_then(|place| self.values.number(place))
    }

    fn repeats(&self, row: usize) -> bool {
        self.places[row - 1] == self.places[row]
    }
}

impl Column for BooleanArray {
    fn write(&self, row: usize, out: &mut String) -> Result<(), NotText> {
        if self.is_valid(row) {
            number::boolean(self.value(row), out);
        }
        Ok(())
    }

    fn longest(&self) -> Option<usize> {
        Some(LONGEST_NUMBER)
    }
}

struct Numbers<T: ArrowPrimitiveType, F, N> {
    values: PrimitiveArray<T>,
    write: F,
    /// The number that the text of a cell is read back as.
    number: N,
}

impl<T, F, N> Column for Numbers<T, F, N>
where
    T: ArrowPrimitiveType,
    F: Fn(T::Native, &mut String) + Send + Sync,
    N: Fn(T::Native) -> Option<f64> + Send + Sync,
{
    fn write(&self, row: usize, out: &mut String) -> Result<(), NotText> {
        if self.values.is_valid(row) {
            (self.write)(self.values.value(row), out);
        }
        Ok(())
    }

    fn longest(&self) -> Option<usize> {
        Some(LONGEST_NUMBER)
    }

    fn number(&self, row: usize) -> Option<f64> {
        if self.values.is_valid(row) { (self.number)(self.values.value(row)) } else { None }
    }
}

fn numbers<T: ArrowPrimitiveType>(
    array: &ArrayRef,
    write: impl Fn(T::Native, &mut String) + Send + Sync + 'static,
) -> Box<dyn Column> {
    Box::new(Numbers { values: array.as_primitive::<T>().clone(), write, number: |_: T::Native| None })
}

/// Whole numbers, each with the number that is nearest to it.
fn integers<T: ArrowPrimitiveType>(array: &ArrayRef, number: fn(T::Native) -> f64) -> Box<dyn Column>
where
    T::Native: std::fmt::Display,
{
    let values = array.as_primitive::<T>().clone();
    Box::new(Numbers {
        values,
        write: |value, out: &mut String| number::integer(value, out),
        number: move |value| Some(number(value)),
    })
}

/// Numbers whose text is read back as the same; minus zero has none.
fn floats(array: &ArrayRef) -> Box<dyn Column> {
    let values = array.as_primitive::<Float64Type>().clone();
    let number = |value: f64| value.is_finite().then_some(value + 0.0);
    Box::new(Numbers { values, write: number::float, number })
}

fn timestamps<T: ArrowPrimitiveType<Native = i64>>(array: &ArrayRef, zone: Option<&str>) -> Box<dyn Column> {
    // A moment in UTC whose zone is another would show another day around midnight. It is then written
    // with its time and a Z, which no one takes for a date.
    let local = zone.is_none_or(|zone| ["UTC", "Z", "+00:00", "Etc/UTC"].contains(&zone));
    numbers::<T>(array, move |value, out| match as_datetime::<T>(value) {
        Some(moment) if local => number::date_time(moment, out),
        Some(moment) => {
            number::date(
                chrono::Datelike::year(&moment),
                chrono::Datelike::month(&moment),
                chrono::Datelike::day(&moment),
                out,
            );
            out.push('T');
            number::time(moment.time(), out);
            out.push('Z');
        }
        None => number::integer(value, out),
    })
}

fn times<T>(array: &ArrayRef) -> Box<dyn Column>
where
    T: ArrowPrimitiveType,
    T::Native: Into<i64> + std::fmt::Display,
{
    numbers::<T>(array, |value, out| match as_time::<T>(value.into()) {
        Some(time) => number::time(time, out),
        None => number::integer(value, out),
    })
}

fn column(array: &ArrayRef) -> Result<Box<dyn Column>, ReadProblem> {
    Ok(match array.data_type() {
        DataType::Null => Box::new(Blank),
        DataType::Boolean => Box::new(array.as_boolean().clone()),
        // Where a file's two schemas disagree on a column, its bytes come as text without having been
        // checked; so every text is checked here.
        DataType::Utf8View => Box::new(array.as_string_view().clone().to_binary_view()),
        DataType::BinaryView => Box::new(array.as_binary_view().clone()),
        DataType::Utf8 => Box::new(array.as_string::<i32>().clone()),
        DataType::LargeUtf8 => Box::new(array.as_string::<i64>().clone()),
        DataType::Dictionary(..) => Box::new(Categories::new(array)?),
        DataType::Int8 => integers::<Int8Type>(array, f64::from),
        DataType::Int16 => integers::<Int16Type>(array, f64::from),
        DataType::Int32 => integers::<Int32Type>(array, f64::from),
        DataType::Int64 => integers::<Int64Type>(array, |value| value as f64),
        DataType::UInt8 => integers::<UInt8Type>(array, f64::from),
        DataType::UInt16 => integers::<UInt16Type>(array, f64::from),
        DataType::UInt32 => integers::<UInt32Type>(array, f64::from),
        DataType::UInt64 => integers::<UInt64Type>(array, |value| value as f64),
        DataType::Float16 => numbers::<Float16Type>(array, |value, out| number::float32(value.to_f32(), out)),
        DataType::Float32 => numbers::<Float32Type>(array, number::float32),
        DataType::Float64 => floats(array),
        DataType::Decimal32(_, scale) => decimals::<Decimal32Type>(array, *scale),
        DataType::Decimal64(_, scale) => decimals::<Decimal64Type>(array, *scale),
        DataType::Decimal128(_, scale) => decimals::<Decimal128Type>(array, *scale),
        DataType::Decimal256(_, scale) => decimals::<Decimal256Type>(array, *scale),
        DataType::Date32 => {
            numbers::<Date32Type>(array, |value, out| match as_datetime::<Date32Type>(value.into()) {
                Some(moment) => number::date_time(moment, out),
                None => number::integer(value, out),
            })
        }
        DataType::Date64 => timestamps::<Date64Type>(array, None),
        DataType::Timestamp(unit, zone) => match unit {
            TimeUnit::Second => timestamps::<TimestampSecondType>(array, zone.as_deref()),
            TimeUnit::Millisecond => timestamps::<TimestampMillisecondType>(array, zone.as_deref()),
            TimeUnit::Microsecond => timestamps::<TimestampMicrosecondType>(array, zone.as_deref()),
            TimeUnit::Nanosecond => timestamps::<TimestampNanosecondType>(array, zone.as_deref()),
        },
        DataType::Time32(TimeUnit::Second) => times::<Time32SecondType>(array),
        DataType::Time32(_) => times::<Time32MillisecondType>(array),
        DataType::Time64(TimeUnit::Microsecond) => times::<Time64MicrosecondType>(array),
        DataType::Time64(_) => times::<Time64NanosecondType>(array),
        other => return Err(damaged(format!("a column came as {other}, which its schema does not say"))),
    })
}

fn decimals<T>(array: &ArrayRef, scale: i8) -> Box<dyn Column>
where
    T: ArrowPrimitiveType,
    T::Native: std::fmt::Display,
{
    numbers::<T>(array, move |value, out| number::decimal(value, scale, out))
}
