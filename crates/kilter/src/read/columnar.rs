//! Parquet files and Arrow streams: batches of typed columns are shown row by row.

mod cells;

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::Compression;
use parquet::file::metadata::ParquetMetaData;

use super::error::ReadProblem;
use super::row::{Cells, Row};
use super::{Limits, Run, Take};
use cells::Columns;

/// Rows decoded at a time.
const BATCH: usize = 4096;

/// Batches from a file or from another library.
type Batches = Box<dyn RecordBatchReader + Send>;

/// What the batches of an Arrow stream come from, in messages.
pub(super) const STREAM: &str = "Arrow stream";

/// Rows made ready at a time, however many a batch has: so that progress is told and memory stays bounded.
const MOST_AT_ONCE: usize = 65_536;

/// How many rows are looked at together for whether they go on as the row before.
const LOOK_AHEAD: usize = 16;

/// The rows of a Parquet file or an Arrow stream.
pub(super) struct ColumnarRows {
    reader: Option<Batches>,
    /// What is read, in messages.
    what: &'static str,
    /// What is left of the last batch: another library may give all its rows in one.
    rest: Option<RecordBatch>,
    names: Vec<String>,
    columns: Arc<Columns>,
    /// Those that rows show; none where a cell may not be text, or too long: each row is written then.
    shown: Option<Arc<dyn Cells>>,
    in_batch: usize,
    next_in_batch: usize,
    given: u64,
    total: u64,
    record_limit: usize,
}

impl ColumnarRows {
    pub(super) fn open(file: File, limits: &Limits) -> Result<(Self, Vec<String>), ReadProblem> {
        let (reader, names, total) = guarded(|| open_reader(file))?;
        Ok(Self::new(Box::new(reader), PARQUET, names, total, limits))
    }

    /// The rows of a stream; `total` is how many there are, where that is known.
    pub(super) fn of_stream(
        batches: Batches,
        total: u64,
        limits: &Limits,
    ) -> Result<(Self, Vec<String>), ReadProblem> {
        let schema = batches.schema();
        let nested = not_readable(schema.fields().iter().map(AsRef::as_ref));
        if !nested.is_empty() {
            return Err(ReadProblem::NestedColumns(nested));
        }
        let names = schema.fields().iter().map(|field| field.name().clone()).collect();
        Ok(Self::new(batches, STREAM, names, total, limits))
    }

    fn new(
        reader: Batches,
        what: &'static str,
        names: Vec<String>,
        total: u64,
        limits: &Limits,
    ) -> (Self, Vec<String>) {
        let rows = Self {
            reader: Some(reader),
            what,
            rest: None,
            names: names.clone(),
            columns: Arc::default(),
            shown: None,
            in_batch: 0,
            next_in_batch: 0,
            given: 0,
            total,
            record_limit: limits.record,
        };
        (rows, names)
    }

    /// Rows given and rows in all.
    pub(super) fn progress(&self) -> (u64, u64) {
        (self.given, self.total)
    }

    /// Fills `row` with the next row; `false` at the end.
    pub(super) fn next(&mut self, row: &mut Row) -> Result<bool, ReadProblem> {
        while self.next_in_batch == self.in_batch {
            if !self.next_batch()? {
                return Ok(false);
            }
        }
        let line = self.given + 1;
        match &self.shown {
            Some(cells) => row.show(line, cells, self.next_in_batch),
            None => self.write(line, row)?,
        }
        self.next_in_batch += 1;
        self.given += 1;
        Ok(true)
    }

    /// Hands over the line, the text and the number of the rows that come next, as long as their first columns are
    /// those of the row, which was given last, and `take` wants them; the row is the last of them then. How many
    /// there were.
    pub(super) fn run(&mut self, row: &mut Row, of: &Run, take: &mut Take<'_>) -> u64 {
        let Some(cells) = &self.shown else { return 0 };
        let first = self.next_in_batch;
        if first == 0 || of.columns() > cells.len() {
            return 0;
        }
        let (mut next, mut end) = (first, first);
        while next == end && end < self.in_batch {
            // Not as far as the batch goes: a column may run on for long where another ends at once.
            let some = end..self.in_batch.min(end + LOOK_AHEAD);
            end = cells.run_end(of.same, some.clone());
            while next < end {
                let (Some(text), Some(number)) = (cells.text(of.text, next), cells.number(of.number, next))
                else {
                    break;
                };
                if !take(self.given + (next - first) as u64 + 1, text, number) {
                    break;
                }
                next += 1;
            }
            if end < some.end {
                break;
            }
        }
        let taken = (next - first) as u64;
        if taken > 0 {
            (self.next_in_batch, self.given) = (next, self.given + taken);
            row.show(self.given, cells, next - 1);
        }
        taken
    }

    fn write(&self, line: u64, row: &mut Row) -> Result<(), ReadProblem> {
        row.start(line);
        for (column, name) in self.names.iter().enumerate() {
            if self.columns.write_cell(column, self.next_in_batch, row.text_mut()).is_err() {
                return Err(ReadProblem::BinaryValue { row: line, column: name.clone() });
            }
            row.end_field();
            if row.text_len() > self.record_limit {
                return Err(ReadProblem::RecordTooLong { line, limit: self.record_limit });
            }
        }
        Ok(())
    }

    fn next_batch(&mut self) -> Result<bool, ReadProblem> {
        let Some(reader) = &mut self.reader else { return Ok(false) };
        let rest = &mut self.rest;
        let batch = guarded(|| match rest.take().map(Ok).or_else(|| reader.next()) {
            None => Ok(None),
            Some(Ok(batch)) => {
                let rows = batch.num_rows().min(MOST_AT_ONCE);
                *rest = (rows < batch.num_rows()).then(|| batch.slice(rows, batch.num_rows() - rows));
                Columns::of(&batch.slice(0, rows)).map(|columns| Some((columns, rows)))
            }
            Some(Err(error)) => Err(ReadProblem::Damaged { what: self.what, detail: error.to_string() }),
        });
        // After a failure the reader's state is unknown; it is not asked again.
        if !matches!(batch, Ok(Some(_))) {
            self.reader = None;
        }
        let Some((columns, rows)) = batch? else { return Ok(false) };
        let columns = Arc::new(columns);
        let is_sound = columns.longest().is_some_and(|longest| longest <= self.record_limit);
        self.shown = is_sound.then(|| Arc::clone(&columns) as Arc<dyn Cells>);
        self.columns = columns;
        self.in_batch = rows;
        self.next_in_batch = 0;
        Ok(true)
    }
}

const PARQUET: &str = "Parquet file";

fn damaged(error: impl std::fmt::Display) -> ReadProblem {
    ReadProblem::Damaged { what: PARQUET, detail: error.to_string() }
}

/// The columns that are no list of single values, with their types.
fn not_readable<'f>(fields: impl Iterator<Item = &'f Field>) -> Vec<(String, String)> {
    fields
        .filter(|field| !is_readable(&read_as(field.data_type())))
        .map(|field| (field.name().clone(), field.data_type().to_string()))
        .collect()
}

/// Runs the decoder, which may panic on a damaged file.
fn guarded<T>(read: impl FnOnce() -> Result<T, ReadProblem>) -> Result<T, ReadProblem> {
    // Nothing of what the decoder touched is used after a panic.
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(damaged("its parts contradict each other")))
}

fn open_reader(file: File) -> Result<(ParquetRecordBatchReader, Vec<String>, u64), ReadProblem> {
    let plain = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(damaged)?;
    check_compression(plain.metadata())?;
    let nested = not_readable(plain.schema().fields().iter().map(AsRef::as_ref));
    if !nested.is_empty() {
        return Err(ReadProblem::NestedColumns(nested));
    }
    let fields: Vec<Field> = plain
        .schema()
        .fields()
        .iter()
        .map(|field| field.as_ref().clone().with_data_type(read_as(field.data_type())))
        .collect();
    let names = fields.iter().map(|field| field.name().clone()).collect();
    let schema = Arc::new(Schema::new_with_metadata(fields, plain.schema().metadata().clone()));
    let metadata = ArrowReaderMetadata::try_new(
        Arc::clone(plain.metadata()),
        ArrowReaderOptions::new().with_schema(schema),
    )
    .map_err(damaged)?;
    let total = u64::try_from(metadata.metadata().file_metadata().num_rows()).unwrap_or_default();
    let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata)
        .with_batch_size(BATCH)
        .build()
        .map_err(damaged)?;
    Ok((reader, names, total))
}

/// Refuses a compression that this build cannot undo: the decoder would only find out row by row.
fn check_compression(metadata: &ParquetMetaData) -> Result<(), ReadProblem> {
    let chunks = metadata.row_groups().iter().flat_map(|group| group.columns());
    for compression in chunks.map(|chunk| chunk.compression()) {
        // The codecs chosen among the features of the parquet crate.
        if !matches!(compression, Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::ZSTD(_)) {
            return Err(ReadProblem::Compression { found: compression.to_string() });
        }
    }
    Ok(())
}

/// The type in which a column is asked for: texts as views, so that a dictionary's texts are not copied.
fn read_as(kind: &DataType) -> DataType {
    match kind {
        DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
        DataType::Binary | DataType::LargeBinary => DataType::BinaryView,
        DataType::Dictionary(_, values) => read_as(values),
        other => other.clone(),
    }
}

fn is_readable(kind: &DataType) -> bool {
    matches!(
        kind,
        DataType::Null
            | DataType::Boolean
            | DataType::Utf8View
            | DataType::BinaryView
            | DataType::Date32
            | DataType::Date64
            | DataType::Time32(_)
            | DataType::Time64(_)
            | DataType::Timestamp(_, _)
    ) || kind.is_numeric()
}
