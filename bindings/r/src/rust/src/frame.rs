//! Columns and data frames of R as Arrow arrays, which the engine and the methods read. What R can mean by a
//! vector stands in its class: one that is not known here is refused by name, never read as what lies below.

use crate::failure::Failure;
use crate::strings::words;
use arrow_array::types::{ArrowPrimitiveType, Date32Type, Float64Type, Int32Type, Int64Type};
use arrow_array::{
    ArrayRef, DictionaryArray, NullArray, PrimitiveArray, RecordBatch, RecordBatchIterator,
    RecordBatchReader, StringArray,
};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use arrow_schema::{Field, Schema};
use extendr_api::na::CanBeNA;
use extendr_api::scalar::Rbool;
use extendr_api::{Attributes, Length, List, Rinternals, Robj, Rtype, Strings, Types};
use kilter::table::Table;
use kilter_arrow::Columns;
use std::sync::Arc;

/// A data frame as one batch.
pub fn batch(frame: &Robj) -> Result<RecordBatch, Failure> {
    let expected = || Failure::Data(format!("a data frame was expected, and this is {}", kind(frame)));
    let list = List::try_from(frame).map_err(|_| expected())?;
    let names: Vec<String> = frame.names().map_or_else(Vec::new, |names| names.map(str::to_owned).collect());
    if !frame.inherits("data.frame") || names.len() != list.len() {
        return Err(expected());
    }
    let arrays = names.iter().zip(list.values()).map(|(name, column)| array(name, &column));
    let arrays = arrays.collect::<Result<Vec<_>, _>>()?;
    let fields: Vec<Field> = names
        .iter()
        .zip(&arrays)
        .map(|(name, array)| Field::new(name, array.data_type().clone(), true))
        .collect();
    if arrays.is_empty() {
        return Ok(RecordBatch::new_empty(Arc::new(Schema::empty())));
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
        .map_err(|error| Failure::Data(error.to_string()))
}

/// The same to be read piece by piece.
pub fn stream(batch: RecordBatch) -> Box<dyn RecordBatchReader + Send> {
    let schema = batch.schema();
    Box::new(RecordBatchIterator::new([Ok(batch)], schema))
}

/// One column to be read as numbers, texts or days.
pub fn column(argument: &str, given: &Robj) -> Result<Columns, Failure> {
    let array = array(argument, given)?;
    let schema = Arc::new(Schema::new(vec![Field::new(argument, array.data_type().clone(), true)]));
    let batch =
        RecordBatch::try_new(schema, vec![array]).map_err(|error| Failure::Data(error.to_string()))?;
    Columns::read(stream(batch)).map_err(|problem| Failure::Data(problem.to_string()))
}

/// A data frame as a table, to be written as the tables of results are.
pub fn table(frame: &Robj) -> Result<Table, Failure> {
    let columns =
        Columns::read(stream(batch(frame)?)).map_err(|problem| Failure::Data(problem.to_string()))?;
    columns.table().map_err(|problems| {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        Failure::Data(problems.join("; "))
    })
}

/// What a thing of R is, in words: its class, or its type where it has none.
pub fn kind(given: &Robj) -> String {
    if let Some(classes) = given.class() {
        let classes: Vec<&str> = classes.collect();
        return format!("of class {}", classes.join("/"));
    }
    match given.rtype() {
        Rtype::Null => "NULL".to_owned(),
        Rtype::Strings => format!("text of length {}", given.len()),
        Rtype::Doubles | Rtype::Integers if given.len() == 1 => "a number".to_owned(),
        Rtype::Doubles | Rtype::Integers => format!("a vector of {} numbers", given.len()),
        Rtype::Logicals => format!("a logical vector of length {}", given.len()),
        Rtype::List => format!("a list of length {}", given.len()),
        other => format!("of type {}", format!("{other:?}").to_lowercase()),
    }
}

/// Classes that say nothing about what a vector means.
const PLAIN: [&str; 3] = ["AsIs", "noquote", "glue"];

fn array(name: &str, given: &Robj) -> Result<ArrayRef, Failure> {
    let refused = |advice: &str| {
        let what = kind(given);
        Failure::Data(format!("column {name}: {what}, which is not read; {advice}"))
    };
    if given.inherits("POSIXt") {
        return Err(refused(
            "a moment has a time of day and a time zone: give as.Date(), or the period as text",
        ));
    }
    if given.get_attrib("dim").is_some() {
        return Err(refused("a column is a vector, and not a matrix or an array"));
    }
    let too_much = || refused("its different texts come to more than 2 GB: give it in parts");
    if given.is_factor() {
        let (keys, levels) = factor(given).ok_or_else(|| refused("a factor has levels"))?;
        return dictionary(keys, &levels).ok_or_else(too_much);
    }
    if given.inherits("Date") {
        return days(given).ok_or_else(|| refused("a Date is a number of days"));
    }
    if given.inherits("integer64") {
        let whole = given.as_real_slice().ok_or_else(|| refused("integer64 stands in doubles"))?;
        // The bits of the doubles are the whole numbers; the least of them is NA.
        let bits = |cell: f64| cell.to_bits().cast_signed();
        return Ok(Arc::new(cells::<Int64Type, _>(whole, |cell| bits(cell) == i64::MIN, bits)));
    }
    let unknown =
        given.class().is_some_and(|classes| classes.into_iter().any(|class| !PLAIN.contains(&class)));
    if unknown && given.rtype() != Rtype::Strings {
        return Err(refused("give it as numbers, text, a factor or Dates"));
    }
    match given.rtype() {
        Rtype::Null => Ok(Arc::new(NullArray::new(0))),
        Rtype::Doubles => {
            let numbers = given.as_real_slice().unwrap_or_default();
            Ok(Arc::new(cells::<Float64Type, _>(numbers, f64::is_nan, |cell| cell)))
        }
        Rtype::Integers => {
            let whole: &[i32] = given.as_integer_slice().unwrap_or_default();
            Ok(Arc::new(cells::<Int32Type, _>(whole, |cell| cell.is_na(), |cell| cell)))
        }
        Rtype::Logicals => {
            let truths = given.as_logical_slice().unwrap_or_default();
            if truths.iter().all(CanBeNA::is_na) {
                // A column of which nothing is known is logical in R.
                return Ok(Arc::new(NullArray::new(truths.len())));
            }
            let key = |truth: &Rbool| if truth.is_na() { ABSENT } else { i32::from(truth.is_true()) };
            dictionary(truths.iter().map(key).collect(), &["false", "true"]).ok_or_else(too_much)
        }
        Rtype::Strings => {
            let strings = Strings::try_from(given.clone()).map_err(|_| refused("text was expected"))?;
            let (words, keys) = words(&strings).ok_or_else(too_much)?;
            if !words.iter().all(|word| std::str::from_utf8(word.as_bytes()).is_ok()) {
                return Err(Failure::Data(format!(
                    "column {name}: a text is not valid UTF-8; read it with its encoding"
                )));
            }
            dictionary(keys, &words).ok_or_else(too_much)
        }
        _ => Err(refused("give it as numbers, text, a factor or Dates")),
    }
}

/// Cells of R as Arrow has them: whole columns at a time, and marks of absence only where a cell is absent.
fn cells<T: ArrowPrimitiveType, C: Copy>(
    of: &[C],
    absent: impl Fn(C) -> bool,
    read: impl Fn(C) -> T::Native,
) -> PrimitiveArray<T> {
    let mut values: Vec<T::Native> = Vec::with_capacity(of.len());
    let mut any = false;
    // By thousands, which are looked at and read while they are near, each by a loop of wide instructions.
    for some in of.chunks(1024) {
        any |= some.iter().fold(false, |any, cell| any | absent(*cell));
        values.extend(some.iter().map(|cell| if absent(*cell) { T::Native::default() } else { read(*cell) }));
    }
    PrimitiveArray::new(values.into(), any.then(|| there(of, absent)))
}

fn there<C: Copy>(of: &[C], absent: impl Fn(C) -> bool) -> NullBuffer {
    BooleanBuffer::collect_bool(of.len(), |row| !absent(of[row])).into()
}

/// The key of a cell in which no word stands.
pub const ABSENT: i32 = -1;

/// A column of words. `None`: the words are longer than their places can say.
fn dictionary(keys: Vec<i32>, words: &[&str]) -> Option<ArrayRef> {
    let length = words.iter().try_fold(0_i32, |sum, word| sum.checked_add(i32::try_from(word.len()).ok()?));
    length?;
    let absent = |key: i32| key < 0;
    let any = keys.chunks(1024).any(|some| some.iter().fold(false, |any, key| any | absent(*key)));
    let nulls = any.then(|| there(&keys, absent));
    let words = StringArray::from_iter_values(words);
    let keys = PrimitiveArray::<Int32Type>::new(keys.into(), nulls);
    Some(Arc::new(DictionaryArray::new(keys, Arc::new(words))))
}

fn factor(given: &Robj) -> Option<(Vec<i32>, Vec<&str>)> {
    let levels: Vec<&str> = given.levels()?.collect();
    let last = i32::try_from(levels.len()).ok()?;
    let codes: &[i32] = given.as_integer_slice()?;
    // Levels count from 1, and NA is the least number there is.
    let keys = codes.iter().map(|code| if (1..=last).contains(code) { code - 1 } else { ABSENT });
    Some((keys.collect(), levels))
}

fn days(given: &Robj) -> Option<ArrayRef> {
    if let Some(days) = given.as_integer_slice() {
        return Some(Arc::new(cells::<Date32Type, i32>(days, |day| day.is_na(), |day| day)));
    }
    // R shows the day in which a part of a day lies. Beyond some hundred thousand years there is none.
    let absent = |day: f64| day.is_nan() || day.abs() >= 1e8;
    let down = |day: f64| day as i32 - i32::from(f64::from(day as i32) > day);
    Some(Arc::new(cells::<Date32Type, f64>(given.as_real_slice()?, absent, down)))
}
