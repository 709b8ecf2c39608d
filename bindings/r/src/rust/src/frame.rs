//! Columns and data frames of R as Arrow arrays, which the engine and the methods read. What R can mean by a
//! vector stands in its class: one that is not known here is refused by name, never read as what lies below.

use crate::failure::Failure;
use crate::strings::words;
use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, Date32Array, DictionaryArray, Float64Array, Int32Array, Int64Array, NullArray, RecordBatch,
    RecordBatchIterator, RecordBatchReader, StringArray,
};
use arrow_schema::{Field, Schema};
use extendr_api::na::CanBeNA;
use extendr_api::scalar::Rbool;
use extendr_api::{Attributes, Length, List, Rinternals, Robj, Rtype, Strings, Types};
use kilter::table::{Column, Table};
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
    let batch = batch(frame)?;
    let names: Vec<String> = batch.schema().fields().iter().map(|field| field.name().clone()).collect();
    let columns = Columns::read(stream(batch)).map_err(|problem| Failure::Data(problem.to_string()))?;
    let of = |(place, name): (usize, String)| {
        let column = if let Ok(numbers) = columns.numbers(place) {
            Column::Number(numbers.into())
        } else if let Ok(days) = columns.days(place) {
            Column::Date(days.into())
        } else {
            let texts = columns.texts(place).map_err(|problem| Failure::Data(problem.to_string()))?;
            Column::Text(texts.into())
        };
        Ok((name, column))
    };
    Ok(Table::new(names.into_iter().enumerate().map(of).collect::<Result<_, Failure>>()?))
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
    if given.is_factor() {
        return factor(given).ok_or_else(|| refused("a factor has levels"));
    }
    if given.inherits("Date") {
        return days(given).ok_or_else(|| refused("a Date is a number of days"));
    }
    if given.inherits("integer64") {
        let whole = given.as_real_slice().ok_or_else(|| refused("integer64 stands in doubles"))?;
        // The bits of the doubles are the whole numbers; the least of them is NA.
        let whole = whole.iter().map(|bits| Some(bits.to_bits().cast_signed()).filter(|of| *of != i64::MIN));
        return Ok(Arc::new(whole.collect::<Int64Array>()));
    }
    let unknown =
        given.class().is_some_and(|classes| classes.into_iter().any(|class| !PLAIN.contains(&class)));
    if unknown && given.rtype() != Rtype::Strings {
        return Err(refused("give it as numbers, text, a factor or Dates"));
    }
    match given.rtype() {
        Rtype::Null => Ok(Arc::new(NullArray::new(0))),
        Rtype::Doubles => {
            let cells = given.as_real_slice().unwrap_or_default();
            Ok(Arc::new(
                cells.iter().map(|value| (!value.is_nan()).then_some(*value)).collect::<Float64Array>(),
            ))
        }
        Rtype::Integers => {
            let cells = given.as_integer_slice().unwrap_or_default();
            Ok(Arc::new(cells.iter().map(|value| (!value.is_na()).then_some(*value)).collect::<Int32Array>()))
        }
        Rtype::Logicals => {
            let cells = given.as_logical_slice().unwrap_or_default();
            let keys = cells.iter().map(|value: &Rbool| (!value.is_na()).then(|| i32::from(value.is_true())));
            if cells.iter().all(CanBeNA::is_na) {
                // A column of which nothing is known is logical in R.
                return Ok(Arc::new(NullArray::new(cells.len())));
            }
            Ok(dictionary(keys.collect(), vec!["false", "true"]))
        }
        Rtype::Strings => {
            let strings = Strings::try_from(given.clone()).map_err(|_| refused("text was expected"))?;
            let known = words(&strings);
            let (words, keys) = known.ok_or_else(|| {
                Failure::Data(format!("column {name}: a text is not valid UTF-8; read it with its encoding"))
            })?;
            Ok(dictionary(keys, words))
        }
        _ => Err(refused("give it as numbers, text, a factor or Dates")),
    }
}

fn dictionary(keys: Vec<Option<i32>>, words: Vec<&str>) -> ArrayRef {
    Arc::new(DictionaryArray::<Int32Type>::new(Int32Array::from(keys), Arc::new(StringArray::from(words))))
}

fn factor(given: &Robj) -> Option<ArrayRef> {
    let levels: Vec<&str> = given.levels()?.collect();
    let last = i32::try_from(levels.len()).ok()?;
    // Levels count from 1, and NA is the least number there is.
    let keys = given.as_integer_slice()?.iter().map(|level| (1..=last).contains(level).then(|| level - 1));
    Some(dictionary(keys.collect(), levels))
}

fn days(given: &Robj) -> Option<ArrayRef> {
    if let Some(days) = given.as_integer_slice() {
        return Some(Arc::new(
            days.iter().map(|day| (!day.is_na()).then_some(*day)).collect::<Date32Array>(),
        ));
    }
    // R shows the day in which a part of a day lies.
    let whole = |day: &f64| (day.is_finite() && day.abs() < 1e8).then(|| day.floor() as i32);
    Some(Arc::new(given.as_real_slice()?.iter().map(whole).collect::<Date32Array>()))
}
