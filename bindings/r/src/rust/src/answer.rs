//! Tables as data frames, receipts as lists: what goes back to R.

use crate::failure::Failure;
use crate::strings::{column as text_column, text, texts};
use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, Date32Type, Float64Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, PrimitiveArray};
use extendr_api::na::CanBeNA;
use extendr_api::scalar::Rint;
use extendr_api::wrapper::symbol::{names_symbol, row_names_symbol};
use extendr_api::{Attributes, Doubles, Integers, List, Robj};
use kilter::Date;
use kilter::export::record_batch;
use kilter::ingest::Receipt;
use kilter::table::{Column, Table};
use std::borrow::Cow;

/// A list with names.
pub fn named(cells: Vec<(&'static str, Robj)>) -> Robj {
    with_names(cells.into_iter().map(|(name, value)| (Cow::Borrowed(name), value)))
}

fn with_names<'n>(cells: impl Iterator<Item = (Cow<'n, str>, Robj)>) -> Robj {
    let (names, values): (Vec<_>, Vec<_>) = cells.unzip();
    let mut list = Robj::from(List::from_values(values));
    // As many names as values, so nothing is refused.
    let _ = list.set_attrib(names_symbol(), texts(names));
    list
}

/// A table as a data frame: numbers and counts are doubles, days are of class `Date`, words are characters.
pub fn data_frame(table: &Table) -> Result<Robj, Failure> {
    let rows = row_names(table.rows())?;
    let batch = record_batch(table);
    let columns = table.columns().iter().zip(batch.columns());
    let cells = with_names(columns.map(|((name, _), array)| (Cow::Borrowed(name.as_ref()), column(array))));
    Ok(as_frame(cells, rows))
}

/// Columns of so many rows as a data frame.
pub fn frame(rows: usize, cells: Vec<(&'static str, Robj)>) -> Result<Robj, Failure> {
    Ok(as_frame(named(cells), row_names(rows)?))
}

fn as_frame(mut cells: Robj, rows: Robj) -> Robj {
    // Attributes can always be set on a list.
    let _ = cells.set_attrib(row_names_symbol(), rows);
    let _ = cells.set_class(["data.frame"]);
    cells
}

/// R's short form of the row names 1 to n.
pub fn row_names(rows: usize) -> Result<Robj, Failure> {
    let count = i32::try_from(rows).map_err(|_| {
        Failure::Data(format!(
            "the answer has {rows} rows, and a data frame of R at most {}; ask for fewer at a time",
            i32::MAX
        ))
    })?;
    Ok(Integers::from_values([Rint::na(), Rint::from(-count)]).into())
}

/// The cells of a column, which lie as Arrow has them.
fn column(of: &ArrayRef) -> Robj {
    if let Some(words) = of.as_dictionary_opt::<Int32Type>() {
        return words
            .values()
            .as_string_opt()
            .map_or_else(|| Robj::from(()), |values| text_column(words.keys(), values));
    }
    if let Some(days) = of.as_primitive_opt::<Date32Type>() {
        let mut days = doubles(days, f64::from);
        let _ = days.set_class(["Date"]);
        return days;
    }
    if let Some(whole) = of.as_primitive_opt::<Int64Type>() {
        // R's own whole numbers end at two thousand million.
        return doubles(whole, |value| value as f64);
    }
    of.as_primitive_opt::<Float64Type>().map_or_else(|| Robj::from(()), |of| doubles(of, |value| value))
}

/// Cells as doubles, written where R keeps them: its NA where there is none.
fn doubles<T: ArrowPrimitiveType>(of: &PrimitiveArray<T>, read: impl Fn(T::Native) -> f64) -> Robj {
    let mut vector = Robj::from(Doubles::from_values(of.values().iter().map(|cell| read(*cell))));
    if let (Some(nulls), Some(places)) = (of.nulls(), vector.as_real_slice_mut()) {
        for row in (!nulls.inner()).set_indices() {
            places[row] = f64::na();
        }
    }
    vector
}

fn numbers(of: impl Iterator<Item = f64>) -> Robj {
    Robj::from(Doubles::from_values(of.collect::<Vec<_>>()))
}

/// The days since 1970, as R counts them.
fn days(day: Date) -> f64 {
    day.signed_duration_since(Date::default()).num_days() as f64
}

/// A count; a float has every whole number that a file can count to.
fn count(number: u64) -> Robj {
    Robj::from(number as f64)
}

/// A receipt as the list of which R makes a `kilter_receipt`.
pub fn receipt(of: &Receipt) -> Result<Robj, Failure> {
    let mut known = numbers(of.releases.iter().map(|(_, day)| days(*day)));
    let _ = known.set_class(["Date"]);
    let mut left_out = numbers(of.left_out.values().map(|rows| *rows as f64));
    let _ = left_out.set_attrib(names_symbol(), texts(of.left_out.keys()));
    let whole = |rows: u64| i64::try_from(rows).ok();
    let recoded = Table::new(vec![
        ("from", Column::Text(of.recoded.keys().map(|(old, _)| Some(old)).collect())),
        ("to", Column::Text(of.recoded.keys().map(|(_, new)| Some(new)).collect())),
        ("rows", Column::Integer(of.recoded.values().map(|of| whole(of.rows)).collect())),
        ("late", Column::Integer(of.recoded.values().map(|of| whole(of.late)).collect())),
    ]);
    let profile = of.profile.as_deref().map_or_else(|| Robj::from(()), text);
    let or_null = |number: Option<u64>| number.map_or_else(|| Robj::from(()), count);
    Ok(named(vec![
        ("file", text(&of.file)),
        ("profile", profile),
        ("release", numbers(of.releases.iter().map(|(number, _)| f64::from(*number)))),
        ("known_at", known),
        ("rows", count(of.rows)),
        ("accepted", count(of.accepted)),
        ("rejected", count(of.rejected)),
        ("rejections", data_frame(&of.rejection_table())?),
        ("left_out", left_out),
        ("series", count(of.series)),
        ("figures", count(of.observations)),
        ("totals_checked", count(of.totals_checked)),
        ("disagreements", texts(of.disagreements.iter().map(ToString::to_string))),
        ("recoded", data_frame(&recoded)?),
        ("zeros", count(of.zeros)),
        ("same_file_as", or_null(of.same_file_as.map(u64::from))),
        ("stopped_at", or_null(of.stopped_at)),
        ("text", text(&of.to_string())),
    ]))
}
