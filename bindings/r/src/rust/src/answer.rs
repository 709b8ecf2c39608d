//! Tables as data frames, receipts as lists: what goes back to R.

use crate::strings::{column as text_column, text, texts};
use extendr_api::na::CanBeNA;
use extendr_api::scalar::Rint;
use extendr_api::{Attributes, Doubles, Integers, List, Robj};
use kilter::Date;
use kilter::ingest::Receipt;
use kilter::table::{Cell, Cells, Column, Table};
use std::borrow::Cow;

/// A list with names.
pub fn named(cells: Vec<(&'static str, Robj)>) -> Robj {
    with_names(cells.into_iter().map(|(name, value)| (Cow::Borrowed(name), value)))
}

fn with_names<'n>(cells: impl Iterator<Item = (Cow<'n, str>, Robj)>) -> Robj {
    let (names, values): (Vec<_>, Vec<_>) = cells.unzip();
    let mut list = Robj::from(List::from_values(values));
    // As many names as values, so nothing is refused.
    let _ = list.set_attrib("names", texts(names));
    list
}

/// A table as a data frame: numbers and counts are doubles, days are of class `Date`, words are characters.
pub fn data_frame(table: &Table) -> Robj {
    let columns = table.columns().iter().map(|(name, of)| (Cow::Borrowed(name.as_ref()), column(of)));
    let mut frame = with_names(columns);
    // R's short form of the row names 1 to n; a data frame has no more rows than a whole number of R counts.
    let rows = i32::try_from(table.rows()).unwrap_or(i32::MAX);
    let rows = Integers::from_values([Rint::na(), Rint::from(-rows)]);
    // Attributes can always be set on a list.
    let _ = frame.set_attrib("row.names", rows);
    let _ = frame.set_class(["data.frame"]);
    frame
}

fn column(of: &Column) -> Robj {
    match of {
        Column::Text(cells) => text_column(cells),
        Column::Number(cells) => doubles(&cells.filled(f64::na())),
        // R's own whole numbers end at two thousand million.
        Column::Integer(cells) => numbers(cells, |value| value as f64),
        Column::Date(cells) => {
            let mut days = numbers(cells, days);
            let _ = days.set_class(["Date"]);
            days
        }
    }
}

/// A column of doubles: R's NA where there is none.
fn numbers<T: Cell>(cells: &Cells<T>, of: impl Fn(T) -> f64) -> Robj {
    let na = f64::na();
    doubles(&cells.iter().map(|cell| cell.map_or(na, &of)).collect::<Vec<f64>>())
}

fn doubles(cells: &[f64]) -> Robj {
    let mut vector = Robj::from(Doubles::new(cells.len()));
    if let Some(places) = vector.as_real_slice_mut() {
        places.copy_from_slice(cells);
    }
    vector
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
pub fn receipt(of: &Receipt) -> Robj {
    let releases: Vec<f64> = of.releases.iter().map(|(number, _)| f64::from(*number)).collect();
    let known: Cells<Date> = of.releases.iter().map(|(_, day)| Some(*day)).collect();
    let mut left_out = doubles(&of.left_out.values().map(|rows| *rows as f64).collect::<Vec<_>>());
    let _ = left_out.set_attrib("names", texts(of.left_out.keys()));
    let whole = |rows: u64| i64::try_from(rows).ok();
    let recoded = Table::new(vec![
        ("from", Column::Text(of.recoded.keys().map(|(old, _)| Some(old)).collect())),
        ("to", Column::Text(of.recoded.keys().map(|(_, new)| Some(new)).collect())),
        ("rows", Column::Integer(of.recoded.values().map(|of| whole(of.rows)).collect())),
        ("late", Column::Integer(of.recoded.values().map(|of| whole(of.late)).collect())),
    ]);
    let profile = of.profile.as_deref().map_or_else(|| Robj::from(()), text);
    let or_null = |number: Option<u64>| number.map_or_else(|| Robj::from(()), count);
    named(vec![
        ("file", text(&of.file)),
        ("profile", profile),
        ("release", doubles(&releases)),
        ("known_at", column(&Column::Date(known))),
        ("rows", count(of.rows)),
        ("accepted", count(of.accepted)),
        ("rejected", count(of.rejected)),
        ("rejections", data_frame(&of.rejection_table())),
        ("left_out", left_out),
        ("series", count(of.series)),
        ("figures", count(of.observations)),
        ("totals_checked", count(of.totals_checked)),
        ("disagreements", texts(of.disagreements.iter().map(ToString::to_string))),
        ("recoded", data_frame(&recoded)),
        ("zeros", count(of.zeros)),
        ("same_file_as", or_null(of.same_file_as.map(u64::from))),
        ("stopped_at", or_null(of.stopped_at)),
        ("text", text(&of.to_string())),
    ])
}
