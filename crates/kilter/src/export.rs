//! Tables in the formats that people and programs read: text for a terminal, CSV, JSON, Parquet.
//!
//! The same table gives the same bytes. Numbers in files are unrounded, the shortest decimals that read
//! back; only the terminal rounds.

use crate::table::{Column, Table};
use arrow_array::RecordBatch;
use arrow_schema::Schema;
use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, TableStyle, Width};
use kilter_core::method::half_up;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::io::{self, Write};
use std::str::FromStr;
use std::sync::Arc;

/// A format of tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Text for a terminal.
    Table,
    /// Comma-separated values, UTF-8, with a header.
    Csv,
    /// An array of objects, one to a row.
    Json,
    /// Apache Parquet.
    Parquet,
}

impl Format {
    /// All with their names on the command line.
    pub const NAMES: [(&'static str, Self); 4] =
        [("table", Self::Table), ("csv", Self::Csv), ("json", Self::Json), ("parquet", Self::Parquet)];
}

impl FromStr for Format {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::NAMES
            .iter()
            .find(|(name, _)| *name == text)
            .map(|(_, format)| *format)
            .ok_or_else(|| format!("\"{text}\" is not a format; expected table, csv, json or parquet"))
    }
}

/// Writes a table. `width` is that of the terminal, for [`Format::Table`]; `None`: as wide as it needs.
///
/// # Errors
/// What the writer reports.
pub fn write(table: &Table, format: Format, width: Option<u16>, out: &mut impl Write) -> io::Result<()> {
    match format {
        Format::Table => writeln!(out, "{}", text(table, width)),
        Format::Csv => csv(table, out),
        Format::Json => json(table, out),
        Format::Parquet => parquet(table, out),
    }
}

/// A line under the header and none between rows: the rows of these tables are many and short.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// The table as text. Columns without any content are left out.
#[must_use]
pub fn text(table: &Table, width: Option<u16>) -> String {
    let shown: Vec<_> = table.columns().iter().filter(|(_, column)| has_content(column)).collect();
    if table.rows() == 0 {
        return "nothing to show".to_owned();
    }
    let mut grid = comfy_table::Table::new();
    grid.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic);
    if let Some(width) = width {
        grid.set_width(width);
    }
    grid.set_header(shown.iter().map(|(name, _)| Cell::new(name.replace('_', " "))));
    for row in 0..table.rows() {
        grid.add_row(shown.iter().map(|(_, column)| {
            let cell = Cell::new(shown_cell(column, row));
            match column {
                Column::Number(_) | Column::Integer(_) => cell.set_alignment(CellAlignment::Right),
                Column::Text(_) | Column::Date(_) => cell,
            }
        }));
    }
    for (i, (name, column)) in shown.iter().enumerate() {
        // An id, code or number broken over two lines cannot be copied; a table may rather be wider than the
        // page.
        let words = widest_word(column).max(name.split('_').map(str::len).max().unwrap_or(0));
        if let Some(cells) = grid.column_mut(i) {
            let least = u16::try_from(words.min(LONGEST_WORD) + PADDING).unwrap_or(u16::MAX);
            cells.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least)));
        }
    }
    grid.to_string()
}

/// A word that is longer may be broken.
const LONGEST_WORD: usize = 32;
/// The blanks on both sides of a cell.
const PADDING: usize = 2;

fn widest_word(column: &Column) -> usize {
    // A number or a day is one word.
    let Column::Text(cells) = column else {
        return (0..column.len()).map(|row| shown_cell(column, row).chars().count()).max().unwrap_or(0);
    };
    let words = cells.iter().flatten().flat_map(|text| text.split(' '));
    words.map(|word| word.chars().count()).max().unwrap_or(0)
}

fn has_content(column: &Column) -> bool {
    match column {
        Column::Text(cells) => !cells.is_blank(),
        Column::Number(cells) => !cells.is_blank(),
        Column::Integer(cells) => !cells.is_blank(),
        Column::Date(cells) => !cells.is_blank(),
    }
}

fn shown_cell(column: &Column, row: usize) -> String {
    match column {
        Column::Number(cells) => {
            cells.get(row).map_or_else(String::new, |value| half_up(value, 2).to_string())
        }
        _ => exact_cell(column, row),
    }
}

fn exact_cell(column: &Column, row: usize) -> String {
    match column {
        Column::Text(cells) => cells.get(row).unwrap_or("").to_owned(),
        Column::Number(cells) => cells.get(row).map_or_else(String::new, |value| value.to_string()),
        Column::Integer(cells) => cells.get(row).map_or_else(String::new, |value| value.to_string()),
        Column::Date(cells) => cells.get(row).map_or_else(String::new, |day| day.to_string()),
    }
}

fn csv(table: &Table, out: &mut impl Write) -> io::Result<()> {
    records(table, out).map_err(|error| match error.into_kind() {
        // The kind of the failure is what tells a closed pipe from a full disk.
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    })
}

fn records(table: &Table, out: &mut impl Write) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(table.columns().iter().map(|(name, _)| name.as_bytes()))?;
    for row in 0..table.rows() {
        for (_, column) in table.columns() {
            match column {
                Column::Text(cells) => writer.write_field(cells.get(row).unwrap_or(""))?,
                _ => writer.write_field(exact_cell(column, row))?,
            }
        }
        writer.write_record(None::<&[u8]>)?;
    }
    Ok(writer.flush()?)
}

fn json(table: &Table, out: &mut impl Write) -> io::Result<()> {
    let rows: Vec<serde_json::Map<String, serde_json::Value>> = (0..table.rows())
        .map(|row| {
            let cell = |column: &Column| match column {
                Column::Text(cells) => cells.get(row).into(),
                Column::Number(cells) => cells.get(row).into(),
                Column::Integer(cells) => cells.get(row).into(),
                Column::Date(cells) => cells.get(row).map(|day| day.to_string()).into(),
            };
            table.columns().iter().map(|(name, column)| (name.to_string(), cell(column))).collect()
        })
        .collect();
    let text = serde_json::to_string_pretty(&rows)?;
    writeln!(out, "{text}")
}

fn parquet(table: &Table, out: &mut impl Write) -> io::Result<()> {
    let mut bytes = Vec::new();
    let mut tables = ParquetTables::new(table, &mut bytes)?;
    tables.write(table)?;
    tables.close()?;
    out.write_all(&bytes)
}

/// One Parquet file of tables of the same columns, one below the other.
pub(crate) struct ParquetTables<W: Write + Send>(ArrowWriter<W>);

impl<W: Write + Send> ParquetTables<W> {
    /// A file with the columns of a table, whose rows are not written.
    pub(crate) fn new(columns: &Table, out: W) -> io::Result<Self> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).map_err(io::Error::other)?))
            .build();
        let schema = record_batch(columns).schema();
        ArrowWriter::try_new(out, schema, Some(properties)).map(Self).map_err(io::Error::other)
    }

    /// Adds the rows of a table.
    pub(crate) fn write(&mut self, table: &Table) -> io::Result<()> {
        self.0.write(&record_batch(table)).map_err(io::Error::other)
    }

    /// Ends the file.
    pub(crate) fn close(self) -> io::Result<()> {
        self.0.close().map(drop).map_err(io::Error::other)
    }
}

/// The table as Arrow columns: words as dictionaries, days as dates, absences as nulls. A table without
/// columns has no rows.
#[must_use]
pub fn record_batch(table: &Table) -> RecordBatch {
    let columns = table.columns().iter().map(|(name, column)| (name, column.array(), true));
    // The columns of a table have one length, and an array is of the type that its field is made from.
    RecordBatch::try_from_iter_with_nullable(columns)
        .unwrap_or_else(|_| RecordBatch::new_empty(Arc::new(Schema::empty())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::Date32Array;
    use kilter_core::time::Date;

    fn table() -> Table {
        Table::new(vec![
            ("area", Column::Text([Some("Argyll, \"Bute\""), None].into())),
            ("value", Column::Number([Some(309.738_607_448_531), None].into())),
            ("release", Column::Integer([Some(2), None].into())),
            ("period_end", Column::Date([Date::from_ymd_opt(2020, 3, 31), None].into())),
            ("empty", Column::Text([None::<&str>, None].into())),
        ])
    }

    fn written(format: Format) -> Vec<u8> {
        let mut out = Vec::new();
        write(&table(), format, Some(80), &mut out).unwrap();
        out
    }

    #[test]
    fn numbers_in_files_are_unrounded_and_absences_are_empty_or_null() {
        assert_eq!(
            String::from_utf8(written(Format::Csv)).unwrap(),
            "area,value,release,period_end,empty\n\"Argyll, \"\"Bute\"\"\",309.738607448531,2,2020-03-31,\n,,,,\n"
        );
        let json: serde_json::Value = serde_json::from_slice(&written(Format::Json)).unwrap();
        assert_eq!(json[0]["value"], 309.738_607_448_531);
        assert_eq!(json[1]["value"], serde_json::Value::Null);
        assert_eq!(json[0]["period_end"], "2020-03-31");
    }

    #[test]
    fn the_terminal_rounds_and_leaves_empty_columns_out() {
        let text = String::from_utf8(written(Format::Table)).unwrap();
        assert!(text.contains("309.74") && !text.contains("309.738") && !text.contains("empty"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 80));
    }

    #[test]
    fn parquet_holds_dates_as_dates_and_words_as_a_dictionary() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&written(Format::Parquet)).unwrap();
        let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        let schema = reader.schema().clone();
        assert_eq!(
            schema.field_with_name("period_end").unwrap().data_type(),
            &arrow_schema::DataType::Date32
        );
        let batch = reader.build().unwrap().next().unwrap().unwrap();
        assert_eq!(batch.num_rows(), 2);
        let days = batch.column_by_name("period_end").unwrap();
        let days = days.as_any().downcast_ref::<Date32Array>().unwrap();
        assert_eq!(days.value(0), 18_352);
    }

    #[test]
    fn the_same_table_gives_the_same_bytes() {
        for (_, format) in Format::NAMES {
            assert_eq!(written(format), written(format));
        }
    }
}
