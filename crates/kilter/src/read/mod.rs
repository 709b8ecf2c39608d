//! Reading a file as a table: rows of text with the lines on which they stand.
//!
//! CSV (plain, gzip or zstd; UTF-8, UTF-16 and the older encodings), Excel workbooks (.xlsx, .xlsb, .xls),
//! OpenDocument spreadsheets, Parquet files and the Arrow streams of other libraries all become the same
//! [`Rows`]. What a file is, is told
//! from its content and never from its name. Nothing is interpreted: a number stays the text that is
//! written, or the shortest decimal that reads back as the number that is stored.
//!
//! This room knows nothing of profiles, measures, areas or the store; which columns matter, and what a
//! blank means, is for its callers. Files are not trusted: memory is bounded by the limits stated at
//! [`open`], and every problem is a [`ReadError`] that says what to do.

mod columnar;
mod compound;
mod decode;
mod delimiter;
mod error;
mod number;
mod opendocument;
mod package;
mod recognise;
mod row;
mod sheet;
#[cfg(test)]
mod tests;
mod text;
mod workbook;

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

pub use error::{DuplicateColumn, ReadError, ReadProblem};
pub use row::Row;

use arrow_array::RecordBatchReader;
use columnar::ColumnarRows;
use recognise::{Container, HEAD};
use sheet::SheetRows;
use text::TextRows;

/// What is known beforehand about how to read a file; everything may be left open.
///
/// What does not apply to a file's format is not used: a Parquet file has neither sheets nor encodings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// The character between fields of a CSV file (ASCII). Left open, it is found among comma, semicolon,
    /// tab and vertical bar.
    pub delimiter: Option<u8>,
    /// The encoding of a CSV file by its usual name, as in "windows-1252". Left open, it is UTF-8. A
    /// byte-order mark in the file wins over both.
    pub encoding: Option<String>,
    /// The sheet of a workbook. Left open, it is the first worksheet that is not hidden.
    pub sheet: Option<String>,
    /// The line (of a sheet: the row) that holds the column names, counted from 1; what stands before it
    /// is passed over. Left open, it is the first that is not blank.
    pub header_row: Option<u32>,
}

/// What kind of file was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// Delimited text, plain or compressed.
    Csv,
    /// A workbook: .xlsx, .xlsb, .xls or .ods.
    Excel,
    /// A Parquet file.
    Parquet,
    /// An Arrow stream: the data frame of another library.
    Arrow,
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Csv => "CSV",
            Self::Excel => "Excel",
            Self::Parquet => "Parquet",
            Self::Arrow => "Arrow",
        })
    }
}

/// How much of a file is taken before it is refused.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// Bytes of the header, and of a line before it.
    pub(crate) header: usize,
    /// Bytes of a record.
    pub(crate) record: usize,
    /// Cells of a sheet.
    pub(crate) cells: u64,
    /// Cells of all sheets of an .xls, whose reader loads them all.
    pub(crate) loaded_cells: u64,
    /// Bytes of a workbook, unpacked.
    pub(crate) workbook: u64,
    /// How many times its size a compressed text may grow to, once it has grown to more than the floor.
    pub(crate) expansion: u64,
    /// See `expansion`, in bytes.
    pub(crate) expansion_floor: u64,
}

const MIB: u64 = 1024 * 1024;

impl Default for Limits {
    fn default() -> Self {
        Self {
            header: MIB as usize,
            record: 16 * MIB as usize,
            cells: 25_000_000,
            loaded_cells: 5_000_000,
            workbook: 1024 * MIB,
            expansion: 500,
            expansion_floor: 256 * MIB,
        }
    }
}

enum Source {
    Text(Box<TextRows>),
    Sheet(SheetRows),
    Columnar(Box<ColumnarRows>),
}

/// Rows that have much in common with the row before them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    /// So many of the first columns have the same text.
    pub same: usize,
    /// A column of text.
    pub text: usize,
    /// A column of numbers.
    pub number: usize,
}

impl Run {
    /// How many columns there have to be.
    fn columns(&self) -> usize {
        self.same.max(self.text + 1).max(self.number + 1)
    }
}

/// Takes a row of a run, by its line, its text and its number, or says that it is not for it.
pub(crate) type Take<'a> = dyn FnMut(u64, &str, f64) -> bool + 'a;

/// An opened table: its column names, and its rows one after the other.
pub struct Rows {
    path: PathBuf,
    header: Vec<String>,
    bytes_total: u64,
    kind: FileKind,
    /// Nothing after the end or an error.
    source: Option<Source>,
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows")
            .field("path", &self.path)
            .field("kind", &self.kind)
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}

/// Opens a file as a table and reads its column names.
///
/// The first line (or row) that is not blank holds the column names, unless `header_row` says otherwise. A
/// column without a name is called by its place, as in "column 7"; two columns of the same name are
/// refused. A file that has column names and nothing else is a table without rows.
///
/// Limits: a header of 1 MiB and a record of 16 MiB; a workbook of 1 GiB unpacked, with a sheet of 25
/// million cells (of an .xls: 5 million in all its sheets); a compressed text that grows to 500 times its
/// size and more than 256 MiB. CSV and Parquet files are streamed and may have any size.
///
/// ```
/// use kilter::read::{self, ReadOptions, Row};
///
/// # let folder = std::env::temp_dir().join(format!("kilter-read-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let path = folder.join("beds.csv");
/// std::fs::write(&path, "Area;Month;Beds\nFife;2023-04;\"1,204\"\n")?;
/// let mut rows = read::open(&path, &ReadOptions::default())?;
/// assert_eq!(rows.header(), ["Area", "Month", "Beds"]);
/// let mut row = Row::new();
/// while rows.next(&mut row)? {
///     assert_eq!(row.line(), 2);
///     assert_eq!(row.field(2), "1,204");
/// }
///
/// std::fs::write(&path, "Area,Month,Area\nFife,2023-04,S12000047\n")?;
/// let refused = read::open(&path, &ReadOptions::default()).unwrap_err();
/// assert!(refused.to_string().contains("\"Area\" stands in columns 1, 3"));
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The file cannot be opened, is not a table, is damaged, exceeds a limit, or its header is not to be
/// found or has the same name twice. See [`ReadProblem`].
pub fn open(path: &Path, options: &ReadOptions) -> Result<Rows, ReadError> {
    open_within(path, options, &Limits::default())
}

/// [`open`] with other limits.
pub(crate) fn open_within(path: &Path, options: &ReadOptions, limits: &Limits) -> Result<Rows, ReadError> {
    read_header(path, options, limits).map_err(|problem| ReadError::new(path, problem))
}

fn read_header(path: &Path, options: &ReadOptions, limits: &Limits) -> Result<Rows, ReadProblem> {
    let (mut file, bytes_total) = open_file(path)?;
    if bytes_total == 0 {
        return Err(ReadProblem::Empty);
    }
    let mut head = Vec::with_capacity(HEAD);
    (&file).take(HEAD as u64).read_to_end(&mut head).map_err(ReadProblem::Io)?;
    file.seek(SeekFrom::Start(0)).map_err(ReadProblem::Io)?;
    let container = recognise::container(&head);
    let (kind, (source, mut header)) = match container {
        Container::Plain | Container::Gzip | Container::Zstd => {
            let (rows, header) = TextRows::open(file, container, options, limits)?;
            (FileKind::Csv, (Source::Text(Box::new(rows)), header))
        }
        Container::Zip => {
            let (rows, header) = workbook::open_package(file, options, limits)?;
            (FileKind::Excel, (Source::Sheet(rows), header))
        }
        Container::Compound => {
            let (rows, header) = workbook::open_compound(file, options, limits)?;
            (FileKind::Excel, (Source::Sheet(rows), header))
        }
        Container::Parquet => {
            let (rows, header) = ColumnarRows::open(file, limits)?;
            (FileKind::Parquet, (Source::Columnar(Box::new(rows)), header))
        }
    };
    name_columns(&mut header)?;
    Ok(Rows { path: path.to_owned(), header, bytes_total, kind, source: Some(source) })
}

impl Rows {
    /// The rows of an Arrow stream, under the name by which messages call it. `rows` is how many there are,
    /// where that is known, and 0 where it is not; progress is told in it.
    ///
    /// # Errors
    /// A column that is no list of single values; two columns of the same name.
    pub fn of_stream(
        name: &str,
        batches: Box<dyn RecordBatchReader + Send>,
        rows: u64,
    ) -> Result<Self, ReadError> {
        let refused = |problem| ReadError::new(Path::new(name), problem);
        let (source, mut header) =
            ColumnarRows::of_stream(batches, rows, &Limits::default()).map_err(refused)?;
        name_columns(&mut header).map_err(refused)?;
        let source = Some(Source::Columnar(Box::new(source)));
        Ok(Self { path: PathBuf::from(name), header, bytes_total: rows, kind: FileKind::Arrow, source })
    }

    /// The names of the columns.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// What kind of file it is.
    #[must_use]
    pub fn kind(&self) -> FileKind {
        self.kind
    }

    /// The file that is read.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The size of the file in bytes.
    #[must_use]
    pub fn bytes_total(&self) -> u64 {
        self.bytes_total
    }

    /// How far reading has come, in bytes of the file: for a bar that shows progress. In workbooks and
    /// Parquet files it is reckoned from the rows.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        let (given, all) = match &self.source {
            None => return self.bytes_total,
            Some(Source::Text(rows)) => return rows.bytes_read().min(self.bytes_total),
            Some(Source::Sheet(rows)) => rows.progress(),
            Some(Source::Columnar(rows)) => rows.progress(),
        };
        let share = u128::from(self.bytes_total) * u128::from(given.min(all)) / u128::from(all.max(1));
        u64::try_from(share).unwrap_or(self.bytes_total)
    }

    /// Fills `row` with the next row that is not blank; `false` at the end.
    ///
    /// A row may have more or fewer fields than there are columns: it is for the caller to reject it, by
    /// its [`line`](Row::line). After an error reading has ended, and what was read before it is no whole
    /// table.
    ///
    /// # Errors
    /// The file turns out not to be readable further: damage, bytes that are not text in the expected
    /// encoding, a quote that is never closed, a record beyond the limit.
    pub fn next(&mut self, row: &mut Row) -> Result<bool, ReadError> {
        let more = match &mut self.source {
            None => Ok(false),
            Some(Source::Text(rows)) => rows.next(row),
            Some(Source::Sheet(rows)) => rows.next(row),
            Some(Source::Columnar(rows)) => rows.next(row),
        };
        if !matches!(more, Ok(true)) {
            self.source = None;
        }
        more.map_err(|problem| ReadError::new(&self.path, problem))
    }

    /// Whether rows may come in runs.
    pub(crate) fn has_runs(&self) -> bool {
        matches!(self.source, Some(Source::Columnar(_)))
    }

    /// Takes the rows of a run that follow on the row, which was read last, as long as `take` wants them, and leaves
    /// the last of them in the row. How many there were: none, where they have to be read one by one.
    pub(crate) fn run(&mut self, row: &mut Row, of: &Run, take: &mut Take<'_>) -> u64 {
        match &mut self.source {
            Some(Source::Columnar(rows)) => rows.run(row, of, take),
            _ => 0,
        }
    }
}

/// The SHA-256 digest of a file's bytes, as 64 hexadecimal digits: the identity of a source.
///
/// # Errors
/// The file cannot be opened or read.
pub fn digest(path: &Path) -> Result<String, ReadError> {
    let read = || -> Result<String, ReadProblem> {
        let (mut file, _) = open_file(path)?;
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match file.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => hasher.update(&buffer[..n]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(ReadProblem::Io(error)),
            }
        }
        Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    };
    read().map_err(|problem| ReadError::new(path, problem))
}

/// Opens an ordinary file and tells its size.
fn open_file(path: &Path) -> Result<(File, u64), ReadProblem> {
    // The kind is asked before opening: opening a named pipe would wait for its writer.
    let metadata = std::fs::metadata(path).map_err(|error| not_opened(path, error))?;
    if metadata.is_dir() {
        return Err(ReadProblem::Folder);
    }
    if !metadata.is_file() {
        return Err(ReadProblem::NotAFile);
    }
    let file = File::open(path).map_err(|error| not_opened(path, error))?;
    Ok((file, metadata.len()))
}

fn not_opened(path: &Path, error: io::Error) -> ReadProblem {
    match error.kind() {
        io::ErrorKind::NotFound => {
            let folder = match path.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => parent,
                _ => Path::new("."),
            };
            if folder.is_dir() {
                ReadProblem::NotFound { similar: similar_names(folder, path) }
            } else {
                ReadProblem::NoFolder { folder: folder.to_owned() }
            }
        }
        io::ErrorKind::PermissionDenied => ReadProblem::PermissionDenied,
        _ => ReadProblem::Io(error),
    }
}

/// File names in the folder that the one asked for may have been meant for, the likeliest first.
fn similar_names(folder: &Path, path: &Path) -> Vec<String> {
    const LOOKED_AT: usize = 10_000;
    const NAMED: usize = 3;
    let wanted = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let stem = stem(&wanted);
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut similar: Vec<(usize, String)> = entries
        .take(LOOKED_AT)
        .flatten()
        .filter(|entry| entry.path().is_file())
        .filter_map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let lower = name.to_lowercase();
            let distance = edits(&wanted, &lower);
            let close = distance <= 2 || distance * 4 <= wanted.chars().count();
            let same_stem = !stem.is_empty() && stem == self::stem(&lower);
            (close || same_stem).then_some((distance, name))
        })
        .collect();
    similar.sort();
    similar.into_iter().take(NAMED).map(|(_, name)| name).collect()
}

/// The name up to its first dot.
fn stem(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// The fewest characters to insert, delete or replace to turn one text into the other.
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut this = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let replaced = last[j] + usize::from(a != *b);
            this.push(replaced.min(last[j + 1] + 1).min(this[j] + 1));
        }
        last = this;
    }
    last[to.len()]
}

/// Gives columns without a name one, and refuses names that stand twice.
fn name_columns(header: &mut [String]) -> Result<(), ReadProblem> {
    for (i, name) in header.iter_mut().enumerate() {
        if name.trim().is_empty() {
            *name = format!("column {}", i + 1);
        }
    }
    let mut places: HashMap<&str, Vec<usize>> = HashMap::with_capacity(header.len());
    for (i, name) in header.iter().enumerate() {
        places.entry(name).or_default().push(i + 1);
    }
    let mut duplicates: Vec<DuplicateColumn> = places
        .into_iter()
        .filter(|(_, columns)| columns.len() > 1)
        .map(|(name, columns)| DuplicateColumn { name: name.to_owned(), columns })
        .collect();
    duplicates.sort_by_key(|duplicate| duplicate.columns[0]);
    if duplicates.is_empty() { Ok(()) } else { Err(ReadProblem::DuplicateColumns(duplicates)) }
}
