//! Tables to and from the Arrow C stream interface, by which data frames pass between libraries without
//! being copied.
//!
//! [`stream`] gives a result away; [`open`] takes what another library gives, as batches that
//! [`kilter::engine::Engine::ingest_rows`] reads or as [`Columns`] for the methods. This room knows neither
//! Python nor R: how a stream gets from one language to another, and every pointer, is the binding's.
//!
//! ```
//! use kilter::table::{Column, Table};
//!
//! let table = Table::new(vec![("rate", Column::Number([Some(4.2), None].into()))]);
//! let given = kilter_arrow::stream(kilter::export::record_batch(&table));
//! // ... in another library ...
//! let columns = kilter_arrow::Columns::read(kilter_arrow::open(given)?)?;
//! assert_eq!(columns.names(), ["rate"]);
//! assert_eq!(columns.numbers(0)?, [Some(4.2), None]);
//! assert!(columns.texts(0).is_err());
//! # Ok::<(), kilter_arrow::ArrowProblem>(())
//! ```
#![forbid(unsafe_code)]

mod columns;

pub use arrow_array::ffi_stream::FFI_ArrowArrayStream;
pub use columns::Columns;

use arrow_array::ffi_stream::RecordBatchStreamReader;
use arrow_array::{RecordBatch, RecordBatchIterator, RecordBatchReader};
use arrow_schema::DataType;
use kilter::read::{ReadError, Rows};

/// Why a stream or a column of it cannot be taken.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ArrowProblem {
    /// The stream is no table: a single column, or given away already.
    #[error("a table of named columns was expected ({detail}); give a data frame, not a single column of it")]
    NotATable {
        /// What the reader says.
        detail: String,
    },
    /// The library at the other end failed while it was read.
    #[error("the library that gives the data failed: {detail}")]
    Producer {
        /// What it says.
        detail: String,
    },
    /// A column of another type.
    #[error("column \"{column}\": {expected} were expected, and it holds {found}")]
    Type {
        /// The column.
        column: String,
        /// What was expected.
        expected: &'static str,
        /// The Arrow type that was found.
        found: DataType,
    },
    /// A column that is not there.
    #[error("column {place} was asked for, and there are {columns}")]
    NoColumn {
        /// Counted from 1.
        place: usize,
        /// How many there are.
        columns: usize,
    },
}

/// A batch as a stream to give away. Its memory is shared, not copied, and freed when both are done.
#[must_use]
pub fn stream(batch: RecordBatch) -> FFI_ArrowArrayStream {
    let schema = batch.schema();
    FFI_ArrowArrayStream::new(Box::new(RecordBatchIterator::new([Ok(batch)], schema)))
}

/// Takes a stream that another library gives.
///
/// # Errors
/// It is no table.
pub fn open(stream: FFI_ArrowArrayStream) -> Result<Box<dyn RecordBatchReader + Send>, ArrowProblem> {
    match RecordBatchStreamReader::try_new(stream) {
        Ok(reader) => Ok(Box::new(reader)),
        Err(error) => Err(ArrowProblem::NotATable { detail: error.to_string() }),
    }
}

/// The rows of a stream, to be ingested; `name` is what messages call them, and `rows` how many there are,
/// where that is known (else 0), for progress.
///
/// # Errors
/// A column that is no list of single values; two columns of the same name.
pub fn rows(name: &str, batches: Box<dyn RecordBatchReader + Send>, rows: u64) -> Result<Rows, ReadError> {
    Rows::of_stream(name, batches, rows)
}
