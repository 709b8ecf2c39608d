//! Columns of another library as columns of numbers, whole numbers, texts or days.

use super::ArrowProblem;
use arrow_array::builder::{Date32Builder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, DictionaryArray, Int32Array, RecordBatchReader, downcast_dictionary_array,
};
use arrow_schema::{DataType, TimeUnit};
use chrono::Days;
use kilter::Date;
use kilter::table::{Column, Table, TextsBuilder};
use std::sync::Arc;

/// The columns of a table, as another library gave them; its memory, where it is one batch.
#[derive(Debug, Clone)]
pub struct Columns {
    names: Vec<String>,
    rows: usize,
    /// By column, the parts in order.
    parts: Vec<Vec<ArrayRef>>,
}

impl Columns {
    /// Reads a stream to its end.
    ///
    /// # Errors
    /// The library that gives it fails.
    pub fn read(batches: Box<dyn RecordBatchReader + Send>) -> Result<Self, ArrowProblem> {
        let names: Vec<String> = batches.schema().fields().iter().map(|field| field.name().clone()).collect();
        let mut parts = vec![Vec::new(); names.len()];
        let mut rows = 0;
        for batch in batches {
            let batch = batch.map_err(|error| ArrowProblem::Producer { detail: error.to_string() })?;
            rows += batch.num_rows();
            for (parts, array) in parts.iter_mut().zip(batch.columns()) {
                parts.push(Arc::clone(array));
            }
        }
        Ok(Self { names, rows, parts })
    }

    /// The names of the columns.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    fn parts(&self, place: usize) -> Result<(&str, &[ArrayRef]), ArrowProblem> {
        match (self.names.get(place), self.parts.get(place)) {
            (Some(name), Some(parts)) => Ok((name, parts)),
            _ => Err(ArrowProblem::NoColumn { place: place + 1, columns: self.names.len() }),
        }
    }

    fn refused(&self, place: usize, expected: &'static str, found: &DataType) -> ArrowProblem {
        let column = self.names.get(place).cloned().unwrap_or_default();
        ArrowProblem::Type { column, expected, found: found.clone() }
    }

    /// A column of numbers: floats and whole numbers of any width. A null is nothing; so is a NaN, the only
    /// way that some libraries have to write one.
    ///
    /// # Errors
    /// There is no such column, or it holds something else.
    pub fn numbers(&self, place: usize) -> Result<Vec<Option<f64>>, ArrowProblem> {
        let (_, parts) = self.parts(place)?;
        let mut numbers = Vec::with_capacity(self.rows);
        for part in parts {
            let out = &mut numbers;
            match part.data_type() {
                DataType::Null => out.extend(std::iter::repeat_n(None, part.len())),
                DataType::Float64 => each::<Float64Type, _>(part, out, |v| (!v.is_nan()).then_some(v)),
                DataType::Float32 => {
                    each::<Float32Type, _>(part, out, |v| (!v.is_nan()).then_some(f64::from(v)));
                }
                DataType::Int8 => each::<Int8Type, _>(part, out, |v| Some(f64::from(v))),
                DataType::Int16 => each::<Int16Type, _>(part, out, |v| Some(f64::from(v))),
                DataType::Int32 => each::<Int32Type, _>(part, out, |v| Some(f64::from(v))),
                DataType::UInt8 => each::<UInt8Type, _>(part, out, |v| Some(f64::from(v))),
                DataType::UInt16 => each::<UInt16Type, _>(part, out, |v| Some(f64::from(v))),
                DataType::UInt32 => each::<UInt32Type, _>(part, out, |v| Some(f64::from(v))),
                // Beyond 2^53 a float has not every whole number; counts stay far below.
                DataType::Int64 => each::<Int64Type, _>(part, out, |v| Some(v as f64)),
                DataType::UInt64 => each::<UInt64Type, _>(part, out, |v| Some(v as f64)),
                other => return Err(self.refused(place, "numbers", other)),
            }
        }
        Ok(numbers)
    }

    /// A column of texts, plain or as categories. A null is nothing.
    ///
    /// # Errors
    /// There is no such column, or it holds something else.
    pub fn texts(&self, place: usize) -> Result<Vec<Option<String>>, ArrowProblem> {
        let (_, parts) = self.parts(place)?;
        let mut texts = Vec::with_capacity(self.rows);
        for part in parts {
            if let DataType::Dictionary(..) = part.data_type() {
                let dictionary = part.as_any_dictionary();
                let mut words = Vec::new();
                self.each_text(place, dictionary.values(), |text| words.push(text.map(str::to_owned)))?;
                if words.is_empty() {
                    texts.extend(std::iter::repeat_n(None, part.len()));
                    continue;
                }
                let keys = dictionary.normalized_keys().into_iter().enumerate();
                texts.extend(keys.map(|(row, key)| part.is_valid(row).then(|| words[key].clone()).flatten()));
            } else {
                self.each_text(place, part, |text| texts.push(text.map(str::to_owned)))?;
            }
        }
        Ok(texts)
    }

    /// A column of days: dates, or moments without a time zone at the start of a day. A null is nothing.
    ///
    /// # Errors
    /// There is no such column, or it holds something else: also a moment in the middle of a day.
    pub fn days(&self, place: usize) -> Result<Vec<Option<Date>>, ArrowProblem> {
        let (_, parts) = self.parts(place)?;
        let mut days = Vec::with_capacity(self.rows);
        for part in parts {
            let refused = || self.refused(place, "dates without a time of day", part.data_type());
            each_day(part, |day| match day.map(day_of) {
                Some(None) => false,
                day => {
                    days.push(day.flatten());
                    true
                }
            })
            .filter(|all| *all)
            .ok_or_else(refused)?;
        }
        Ok(days)
    }
}

impl Columns {
    /// The columns as a table of kilter: texts, numbers, whole numbers and days, each as it came. A column that
    /// came in one part, in the types that kilter itself gives away, shares its memory and is not copied. A NaN is
    /// an absence.
    ///
    /// # Errors
    /// A column of anything else: truth values, moments in the middle of a day, lists, whole numbers beyond the
    /// range of `i64`. All of them at once.
    pub fn table(&self) -> Result<Table, Vec<ArrowProblem>> {
        let mut problems = Vec::new();
        let mut columns = Vec::with_capacity(self.names.len());
        for (place, name) in self.names.iter().enumerate() {
            match self.column(place) {
                Ok(column) => columns.push((name.clone(), column)),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(Table::new(columns)) } else { Err(problems) }
    }

    fn column(&self, place: usize) -> Result<Column, ArrowProblem> {
        let (_, parts) = self.parts(place)?;
        if let [only] = parts
            && let Some(column) = Column::of_array(only)
        {
            return Ok(column);
        }
        // The whole numbers of R, and of others where they save room.
        if let [only] = parts
            && let Some(few_bits) = only.as_primitive_opt::<Int32Type>()
        {
            let widened: ArrayRef = Arc::new(few_bits.unary::<_, Int64Type>(i64::from));
            return Column::of_array(&widened)
                .ok_or_else(|| self.refused(place, "whole numbers", only.data_type()));
        }
        // A stream without rows may come without a part, and its columns are of no type then.
        let kind = parts.first().map_or(&DataType::Null, |part| part.data_type());
        match kind {
            DataType::Float16 | DataType::Float32 | DataType::Float64 => {
                self.numbers(place).map(|cells| Column::Number(cells.into()))
            }
            kind if kind.is_integer() => self.whole_numbers(place).map(|cells| Column::Integer(cells.into())),
            DataType::Date32 | DataType::Timestamp(..) => self.table_days(place),
            DataType::Null
            | DataType::Utf8
            | DataType::LargeUtf8
            | DataType::Utf8View
            | DataType::Dictionary(..) => self.words(place),
            other => Err(self.refused(place, "texts, numbers or dates", other)),
        }
    }

    fn table_days(&self, place: usize) -> Result<Column, ArrowProblem> {
        let (_, parts) = self.parts(place)?;
        let mut days = Date32Builder::with_capacity(self.rows);
        let [first, last] = [Date::MIN, Date::MAX].map(|day| (day - Date::default()).num_days());
        for part in parts {
            let refused = || self.refused(place, "dates without a time of day", part.data_type());
            each_day(part, |day| {
                days.append_option(day.and_then(|day| i32::try_from(day).ok()));
                day.is_none_or(|day| (first..=last).contains(&day))
            })
            .filter(|all| *all)
            .ok_or_else(refused)?;
        }
        let days: ArrayRef = Arc::new(days.finish());
        Column::of_array(&days).ok_or_else(|| self.refused(place, "dates", days.data_type()))
    }

    fn whole_numbers(&self, place: usize) -> Result<Vec<Option<i64>>, ArrowProblem> {
        let (_, parts) = self.parts(place)?;
        let mut numbers = Vec::with_capacity(self.rows);
        for part in parts {
            let out = &mut numbers;
            match part.data_type() {
                DataType::Int8 => each::<Int8Type, _>(part, out, |v| Some(v.into())),
                DataType::Int16 => each::<Int16Type, _>(part, out, |v| Some(v.into())),
                DataType::Int32 => each::<Int32Type, _>(part, out, |v| Some(v.into())),
                DataType::Int64 => each::<Int64Type, _>(part, out, Some),
                DataType::UInt8 => each::<UInt8Type, _>(part, out, |v| Some(v.into())),
                DataType::UInt16 => each::<UInt16Type, _>(part, out, |v| Some(v.into())),
                DataType::UInt32 => each::<UInt32Type, _>(part, out, |v| Some(v.into())),
                found @ DataType::UInt64 => {
                    let array = part.as_primitive::<UInt64Type>();
                    if array.iter().flatten().any(|v| i64::try_from(v).is_err()) {
                        return Err(self.refused(place, "whole numbers below 2^63", found));
                    }
                    each::<UInt64Type, _>(part, out, |v| i64::try_from(v).ok());
                }
                other => return Err(self.refused(place, "whole numbers", other)),
            }
        }
        Ok(numbers)
    }

    /// A column of texts in which each word is kept once.
    fn words(&self, place: usize) -> Result<Column, ArrowProblem> {
        let (_, parts) = self.parts(place)?;
        if let [only] = parts
            && let Some(column) = self.recoded(place, only)?
        {
            return Ok(column);
        }
        let mut texts = TextsBuilder::default();
        for part in parts {
            let DataType::Dictionary(..) = part.data_type() else {
                self.each_text(place, part, |text| {
                    let word = text.map(|text| texts.word(text));
                    texts.push(word);
                })?;
                continue;
            };
            let dictionary = part.as_any_dictionary();
            let mut words = Vec::with_capacity(dictionary.values().len());
            self.each_text(place, dictionary.values(), |text| words.push(text.map(|text| texts.word(text))))?;
            if words.is_empty() {
                texts.repeat(None, part.len());
                continue;
            }
            for (row, key) in dictionary.normalized_keys().into_iter().enumerate() {
                texts.push(if part.is_valid(row) { words[key] } else { None });
            }
        }
        Ok(Column::Text(texts.build()))
    }

    /// The dictionary of another library in the key type of kilter's own; `None` where a word is missing or
    /// stands twice, or for what is no dictionary.
    fn recoded(&self, place: usize, array: &ArrayRef) -> Result<Option<Column>, ArrowProblem> {
        let Some(dictionary) = array.as_any_dictionary_opt() else { return Ok(None) };
        let mut words = StringBuilder::new();
        let mut sound = dictionary.values().len() <= i32::MAX as usize;
        self.each_text(place, dictionary.values(), |text| {
            sound &= text.is_some();
            words.append_option(text);
        })?;
        if !sound {
            return Ok(None);
        }
        let words = Arc::new(words.finish());
        let found: Option<ArrayRef> = downcast_dictionary_array! {
            array => {
                let keys: Int32Array = array.keys().unary(as_place);
                DictionaryArray::try_new(keys, words).ok().map(|made| Arc::new(made) as ArrayRef)
            }
            _ => None
        };
        Ok(found.and_then(|array| Column::of_array(&array)))
    }

    fn each_text(
        &self,
        place: usize,
        array: &ArrayRef,
        take: impl FnMut(Option<&str>),
    ) -> Result<(), ArrowProblem> {
        match array.data_type() {
            DataType::Null => std::iter::repeat_n(None, array.len()).for_each(take),
            DataType::Utf8 => array.as_string::<i32>().iter().for_each(take),
            DataType::LargeUtf8 => array.as_string::<i64>().iter().for_each(take),
            DataType::Utf8View => array.as_string_view().iter().for_each(take),
            other => return Err(self.refused(place, "texts", other)),
        }
        Ok(())
    }
}

/// A key of any width as a place; below a cell that is absent, anything may stand.
fn as_place(key: impl TryInto<i32>) -> i32 {
    key.try_into().unwrap_or(0)
}

fn day_of(since_1970: i64) -> Option<Date> {
    let days = Days::new(since_1970.unsigned_abs());
    let from = Date::default();
    if since_1970 < 0 { from.checked_sub_days(days) } else { from.checked_add_days(days) }
}

fn each<T: ArrowPrimitiveType, V>(
    array: &ArrayRef,
    out: &mut Vec<Option<V>>,
    of: impl Fn(T::Native) -> Option<V>,
) {
    let array = array.as_primitive::<T>();
    if array.null_count() == 0 {
        out.extend(array.values().iter().map(|value| of(*value)));
    } else {
        out.extend(array.iter().map(|value| value.and_then(&of)));
    }
}

/// Each day of an array, counted from 1970, until `take` refuses one: whether it took all. `None`: the array
/// holds no days, or a moment in the middle of one.
fn each_day(array: &ArrayRef, mut take: impl FnMut(Option<i64>) -> bool) -> Option<bool> {
    const A_DAY: i64 = 86_400;
    match array.data_type() {
        DataType::Null => Some((0..array.len()).all(|_| take(None))),
        DataType::Date32 => {
            Some(array.as_primitive::<Date32Type>().iter().all(|day| take(day.map(i64::from))))
        }
        DataType::Timestamp(TimeUnit::Second, None) => at_midnight::<TimestampSecondType, A_DAY>(array, take),
        DataType::Timestamp(TimeUnit::Millisecond, None) => {
            at_midnight::<TimestampMillisecondType, { A_DAY * 1_000 }>(array, take)
        }
        DataType::Timestamp(TimeUnit::Microsecond, None) => {
            at_midnight::<TimestampMicrosecondType, { A_DAY * 1_000_000 }>(array, take)
        }
        DataType::Timestamp(TimeUnit::Nanosecond, None) => {
            at_midnight::<TimestampNanosecondType, { A_DAY * 1_000_000_000 }>(array, take)
        }
        _ => None,
    }
}

/// The same of moments, so many units of which make a day: known when it is compiled, since dividing by what
/// is not known costs more than all the rest.
fn at_midnight<T: ArrowPrimitiveType<Native = i64>, const UNITS: i64>(
    array: &ArrayRef,
    mut take: impl FnMut(Option<i64>) -> bool,
) -> Option<bool> {
    for moment in array.as_primitive::<T>() {
        if moment.is_some_and(|moment| moment % UNITS != 0) {
            return None;
        }
        if !take(moment.map(|moment| moment / UNITS)) {
            return Some(false);
        }
    }
    Some(true)
}
