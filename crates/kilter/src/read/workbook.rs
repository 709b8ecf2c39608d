//! Excel workbooks, by calamine (OpenDocument spreadsheets are handed on): one sheet becomes text.
//!
//! Workbooks come from anywhere, and the library trusts them more than it should: it panics on some
//! damaged files and reserves what they declare. So the container is inspected first (`package`,
//! `compound`), sheets are taken cell by cell where the library can, and a panic counts as damage.

use std::fs::File;
use std::io::{BufReader, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{Cell, Data, DataRef, ExcelDateTime, Range, Reader, SheetType, SheetVisible, Xls, Xlsb, Xlsx};

use super::error::ReadProblem;
use super::package::Package;
use super::sheet::{Sheet, SheetRows};
use super::{Limits, ReadOptions, compound, number, opendocument, package};

type Input = BufReader<File>;

/// Reads one sheet of a ZIP package (.xlsx, .xlsb, .ods).
pub(super) fn open_package(
    mut file: File,
    options: &ReadOptions,
    limits: &Limits,
) -> Result<(SheetRows, Vec<String>), ReadProblem> {
    let package = guarded(|| package::inspect(&mut file, limits))?;
    let input = rewound(file)?;
    let sheet = guarded(|| match package {
        Package::Xlsx => read_xlsx(input, options, limits),
        Package::Xlsb => read_xlsb(input, options, limits),
        Package::Ods => package::open_content(input, |content| {
            opendocument::read(content, options.sheet.as_deref(), limits)
        }),
    })?;
    sheet.into_rows(options.header_row)
}

/// Reads one sheet of an OLE compound file (.xls).
pub(super) fn open_compound(
    mut file: File,
    options: &ReadOptions,
    limits: &Limits,
) -> Result<(SheetRows, Vec<String>), ReadProblem> {
    guarded(|| compound::inspect(&mut file, limits))?;
    let input = rewound(file)?;
    let sheet = guarded(|| {
        let mut workbook: Xls<_> = Xls::new(input).map_err(|error| match error {
            calamine::XlsError::Password => ReadProblem::Protected,
            error => damaged(error),
        })?;
        let name = sheet_name(workbook.sheets_metadata(), options)?;
        let range = workbook.worksheet_range(&name).map_err(damaged)?;
        from_range(&range, &name, limits)
    })?;
    sheet.into_rows(options.header_row)
}

fn rewound(mut file: File) -> Result<Input, ReadProblem> {
    file.seek(SeekFrom::Start(0)).map_err(ReadProblem::Io)?;
    Ok(BufReader::new(file))
}

fn damaged(error: impl std::fmt::Display) -> ReadProblem {
    ReadProblem::Damaged { what: "workbook", detail: error.to_string() }
}

/// Runs a reader whose library may panic on a damaged file.
fn guarded<T>(read: impl FnOnce() -> Result<T, ReadProblem>) -> Result<T, ReadProblem> {
    // Nothing of what the reader touched is used after a panic.
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(damaged("its parts contradict each other")))
}

/// The sheet that was asked for, or the first worksheet that is shown.
fn sheet_name(sheets: &[calamine::Sheet], options: &ReadOptions) -> Result<String, ReadProblem> {
    let worksheets = || sheets.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let chosen = match &options.sheet {
        Some(wanted) => {
            worksheets().find(|sheet| sheet.name == *wanted).ok_or_else(|| ReadProblem::NoSuchSheet {
                wanted: wanted.clone(),
                sheets: worksheets().map(|sheet| sheet.name.clone()).collect(),
            })?
        }
        None => worksheets()
            .find(|sheet| sheet.visible == SheetVisible::Visible)
            .or_else(|| worksheets().next())
            .ok_or(ReadProblem::NoSheet)?,
    };
    Ok(chosen.name.clone())
}

fn read_xlsx(input: Input, options: &ReadOptions, limits: &Limits) -> Result<Sheet, ReadProblem> {
    let mut workbook: Xlsx<_> = Xlsx::new(input).map_err(|error| match error {
        calamine::XlsxError::Password => ReadProblem::Protected,
        error => damaged(error),
    })?;
    let name = sheet_name(workbook.sheets_metadata(), options)?;
    let mut sheet = Sheet::new(&name, limits);
    let mut cells = workbook.worksheet_cells_reader(&name).map_err(damaged)?;
    while let Some(cell) = cells.next_cell().map_err(damaged)? {
        push_cell(&mut sheet, &cell)?;
    }
    Ok(sheet)
}

fn read_xlsb(input: Input, options: &ReadOptions, limits: &Limits) -> Result<Sheet, ReadProblem> {
    let mut workbook: Xlsb<_> = Xlsb::new(input).map_err(|error| match error {
        calamine::XlsbError::Password => ReadProblem::Protected,
        error => damaged(error),
    })?;
    let name = sheet_name(workbook.sheets_metadata(), options)?;
    let mut sheet = Sheet::new(&name, limits);
    let mut cells = workbook.worksheet_cells_reader(&name).map_err(damaged)?;
    while let Some(cell) = cells.next_cell().map_err(damaged)? {
        push_cell(&mut sheet, &cell)?;
    }
    Ok(sheet)
}

fn push_cell(sheet: &mut Sheet, cell: &Cell<DataRef<'_>>) -> Result<(), ReadProblem> {
    let (row, column) = cell.get_position();
    sheet.push(row, column, |out| match cell.get_value() {
        DataRef::Int(value) => number::integer(value, out),
        DataRef::Float(value) => number::float(*value, out),
        DataRef::String(text) => out.push_str(text),
        DataRef::SharedString(text) => out.push_str(text),
        DataRef::Bool(value) => number::boolean(*value, out),
        DataRef::DateTime(moment) => serial(moment, out),
        DataRef::DateTimeIso(text) => number::iso(text, out),
        DataRef::DurationIso(text) => out.push_str(text),
        DataRef::Error(error) => number::integer(error, out),
        DataRef::Empty => {}
    })
}

fn from_range(range: &Range<Data>, name: &str, limits: &Limits) -> Result<Sheet, ReadProblem> {
    let mut sheet = Sheet::new(name, limits);
    let (first_row, first_column) = range.start().unwrap_or_default();
    for (row, column, value) in range.used_cells() {
        // A sheet has at most 1,048,576 rows and 16,384 columns.
        let (row, column) = (first_row + row as u32, first_column + column as u32);
        sheet.push(row, column, |out| match value {
            Data::Int(value) => number::integer(value, out),
            Data::Float(value) => number::float(*value, out),
            Data::String(text) => out.push_str(text),
            Data::Bool(value) => number::boolean(*value, out),
            Data::DateTime(moment) => serial(moment, out),
            Data::DateTimeIso(text) => number::iso(text, out),
            Data::DurationIso(text) => out.push_str(text),
            Data::Error(error) => number::integer(error, out),
            Data::Empty => {}
        })?;
    }
    Ok(sheet)
}

/// A date or time as Excel keeps it: days since its epoch, the time of day as the fraction.
fn serial(moment: &ExcelDateTime, out: &mut String) {
    /// The first serial after 9999-12-31.
    const END: f64 = 2_958_466.0;
    const MILLISECONDS_A_DAY: f64 = 86_400_000.0;
    let days = moment.as_f64();
    if !(0.0..END).contains(&days) {
        // No date has this serial; the number is what can be shown.
        number::float(days, out);
        return;
    }
    if moment.is_duration() || days < 1.0 {
        let milliseconds = (days * MILLISECONDS_A_DAY).round() as u64;
        let seconds = milliseconds / 1000;
        let hours = u32::try_from(seconds / 3600).unwrap_or(u32::MAX);
        let nanoseconds = (milliseconds % 1000) as u32 * 1_000_000;
        number::clock(hours, (seconds / 60 % 60) as u32, (seconds % 60) as u32, nanoseconds, out);
        return;
    }
    let (year, month, day, hour, minute, second, millisecond) = moment.to_ymd_hms_milli();
    number::date(i32::from(year), u32::from(month), u32::from(day), out);
    if (hour, minute, second, millisecond) != (0, 0, 0, 0) {
        out.push('T');
        let nanoseconds = u32::from(millisecond) * 1_000_000;
        number::clock(u32::from(hour), u32::from(minute), u32::from(second), nanoseconds, out);
    }
}
