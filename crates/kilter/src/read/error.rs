//! What can be wrong with a file, each told in a sentence: what was found, where, and what to do.
//!
//! The room reports on files only: that a column is missing or a value is no number is for those who
//! know what the columns mean.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a file could not be read as a table: the file, and the problem with it.
///
/// The text of the error begins with the path, so that it can be shown as it is.
#[derive(Debug)]
pub struct ReadError {
    path: PathBuf,
    problem: Box<ReadProblem>,
}

impl ReadError {
    pub(super) fn new(path: &Path, problem: ReadProblem) -> Self {
        Self { path: path.to_owned(), problem: Box::new(problem) }
    }

    /// The file that was to be read.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is wrong with it, to be kept.
    #[must_use]
    pub fn into_problem(self) -> Box<ReadProblem> {
        self.problem
    }

    /// What is wrong with it.
    #[must_use]
    pub fn problem(&self) -> &ReadProblem {
        &self.problem
    }

    /// Whether the file system stands behind it (no such file, no permission), and not what the file holds.
    #[must_use]
    pub fn is_of_the_system(&self) -> bool {
        let mut source = self.source();
        while let Some(found) = source {
            if found.is::<io::Error>() {
                return true;
            }
            source = found.source();
        }
        matches!(
            *self.problem,
            ReadProblem::NotFound { .. }
                | ReadProblem::NoFolder { .. }
                | ReadProblem::Folder
                | ReadProblem::NotAFile
                | ReadProblem::PermissionDenied
                | ReadProblem::Io(_)
        )
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.problem)
    }
}

impl Error for ReadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        // The problem's own sentence is part of the error's text; only what lies beneath it is its source.
        Error::source(&*self.problem)
    }
}

/// A column name that stands more than once in a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuplicateColumn {
    /// The name.
    pub name: String,
    /// The columns that have it, counted from 1.
    pub columns: Vec<usize>,
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadProblem {
    /// There is no file of that name.
    #[error("there is no such file{}", similar_text(.similar))]
    NotFound {
        /// Names in the same folder that are much like it, the likeliest first.
        similar: Vec<String>,
    },
    /// The folder in which the file should be does not exist.
    #[error("the folder {} does not exist; correct the path", .folder.display())]
    NoFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// The path is a folder.
    #[error("this is a folder, and one file was expected; name a file in it")]
    Folder,
    /// The path is a device, a socket or a named pipe.
    #[error("this is not an ordinary file (it may be a pipe or a device); save the data as a file first")]
    NotAFile,
    /// The operating system refuses to open it.
    #[error(
        "permission to read the file was refused; change its permissions, or close the program that has locked it"
    )]
    PermissionDenied,
    /// Reading failed for a reason of the operating system.
    #[error("reading failed ({0}); check that the disk or the network folder is available, then try again")]
    Io(#[source] io::Error),
    /// The file is empty.
    #[error("the file is empty; a table has at least a line of column names")]
    Empty,
    /// The file holds only blank lines, or a sheet without cells.
    #[error("{place} holds nothing but blank {unit}; a table has at least a row of column names")]
    NoHeader {
        /// The file or the sheet.
        place: String,
        /// "lines" or "rows".
        unit: &'static str,
    },
    /// The content is something else than a table.
    #[error("this is not a table: it looks like {found}. {advice}")]
    NotATable {
        /// What it looks like, as in "a PDF document".
        found: String,
        /// What to do.
        advice: String,
    },
    /// The workbook is encrypted.
    #[error(
        "the workbook is protected by a password; open it, remove the password and save it, or save the sheet as CSV"
    )]
    Protected,
    /// The file, or the part of it that was reached, is damaged.
    #[error("the {what} is damaged or cut short ({detail}); fetch or save it again")]
    Damaged {
        /// As in "gzip file".
        what: &'static str,
        /// What the decoder said.
        detail: String,
    },
    /// A compressed file that grows beyond reason.
    #[error(
        "the compressed file grows to more than {ratio} times its size (read so far: {read} bytes, unpacked: {unpacked}); \
         this is refused as a decompression bomb. If the file is sound, unpack it first"
    )]
    Bomb {
        /// The ratio that is allowed.
        ratio: u64,
        /// Compressed bytes read.
        read: u64,
        /// Bytes they became.
        unpacked: u64,
    },
    /// The encoding that was asked for is not known.
    #[error(
        "\"{name}\" is not a known text encoding; among those known are utf-8, windows-1252, iso-8859-1, iso-8859-15, \
         utf-16le, utf-16be and macintosh"
    )]
    UnknownEncoding {
        /// The name that was given.
        name: String,
    },
    /// Bytes that are not text in the expected encoding.
    #[error(
        "line {line}: the {} at offset {offset} of the {} not {encoding} text. {}",
        bytes_text(.bytes),
        if *.compressed { "unpacked file are" } else { "file are" },
        encoding_advice(.encoding)
    )]
    Encoding {
        /// The line, counted from 1.
        line: u64,
        /// Where in the (unpacked) file the offending bytes begin, counted from 0.
        offset: u64,
        /// The bytes, as far as they are at hand.
        bytes: Vec<u8>,
        /// The encoding that was expected.
        encoding: &'static str,
        /// Whether the file was compressed.
        compressed: bool,
    },
    /// A NUL character, which no text has.
    #[error(
        "line {line}: there is a NUL character, so this is not a text file. If it is a table of another program, \
         export it as CSV; if it is UTF-16 text, put encoding = \"utf-16le\" in the profile"
    )]
    Nul {
        /// The line, counted from 1.
        line: u64,
    },
    /// The delimiter that was asked for cannot be one.
    #[error(
        "{} cannot separate fields; a delimiter is one ASCII character other than a quote, a line end or NUL, as in \
         delimiter = \";\"",
        char_text(*.delimiter)
    )]
    Delimiter {
        /// The byte that was given.
        delimiter: u8,
    },
    /// The header line is too long to be one.
    #[error(
        "line {line} should hold the column names but is longer than {limit} bytes; this is probably not a table, or \
         its lines end in an unknown way. Check the file in a text editor"
    )]
    HeaderTooLong {
        /// The line on which the header begins, counted from 1.
        line: u64,
        /// The limit in bytes.
        limit: usize,
    },
    /// A record is too long to be one.
    #[error(
        "the record that begins on line {line} is longer than {limit} bytes; a quote that is never closed is the usual \
         cause. Check that line"
    )]
    RecordTooLong {
        /// The line (or row) on which it begins, counted from 1.
        line: u64,
        /// The limit in bytes.
        limit: usize,
    },
    /// A quoted field is still open where the file ends.
    #[error(
        "the quote (\") opened on line {line} is never closed; close it, or double it if it is part of the text"
    )]
    OpenQuote {
        /// The line of the opening quote, counted from 1.
        line: u64,
    },
    /// A quoted field goes on after its closing quote.
    #[error(
        "line {line}: a quoted field goes on after its closing quote, with {found:?} (the field opened on line {opened}); \
         double the quotes that are part of a text"
    )]
    TextAfterQuote {
        /// The line of the closing quote, counted from 1.
        line: u64,
        /// The line of the opening quote.
        opened: u64,
        /// The character that follows.
        found: char,
    },
    /// The row that should hold the column names is beyond the end.
    #[error(
        "the column names should be on {unit} {header_row} (header_row in the profile), but {place} has only {count} \
         {unit}s"
    )]
    HeaderBeyondEnd {
        /// The row asked for, counted from 1; 0 is never there.
        header_row: u32,
        /// The file or the sheet.
        place: String,
        /// "line" or "row".
        unit: &'static str,
        /// How many there are.
        count: u64,
    },
    /// `header_row = 0`.
    #[error("header_row is 0 in the profile, but lines are counted from 1")]
    HeaderRowZero,
    /// The row that should hold the column names is blank.
    #[error(
        "the column names should be on {unit} {header_row} (header_row in the profile), but that {unit} is blank"
    )]
    HeaderBlank {
        /// The row asked for, counted from 1.
        header_row: u32,
        /// "line" or "row".
        unit: &'static str,
    },
    /// Column names that stand more than once.
    #[error("column names must differ, but {}; rename all but one of each", duplicates_text(.0))]
    DuplicateColumns(
        /// Each such name, in the order of its first column.
        Vec<DuplicateColumn>,
    ),
    /// A sheet that is not in the workbook.
    #[error("the workbook has no sheet \"{wanted}\"; its sheets are {}", quoted_list(.sheets))]
    NoSuchSheet {
        /// The name that was asked for.
        wanted: String,
        /// The sheets there are.
        sheets: Vec<String>,
    },
    /// A workbook without a worksheet.
    #[error("the workbook has no worksheet (a chart sheet is not a table)")]
    NoSheet,
    /// A sheet with more cells than are read.
    #[error(
        "the workbook holds {cells} cells or more where at most {limit} are read from this format; save the sheet as \
         CSV, which is read without limit"
    )]
    TooManyCells {
        /// The cells found until reading was given up.
        cells: u64,
        /// The limit.
        limit: u64,
    },
    /// A workbook that unpacks to more than is read.
    #[error(
        "the workbook unpacks to more than {limit} bytes; save the sheet as CSV, which is read without limit"
    )]
    WorkbookTooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// A Parquet file compressed in a way that is not read.
    #[error(
        "the Parquet file is compressed with {found}, and only snappy, zstd and no compression are read; write it \
         again with one of these"
    )]
    Compression {
        /// The compression.
        found: String,
    },
    /// A Parquet column of a kind that has no text form.
    #[error("the columns {} hold values that are not single numbers, dates or texts; leave them out or flatten them",
        columns_text(.0))]
    NestedColumns(
        /// Each column with its type.
        Vec<(String, String)>,
    ),
    /// A Parquet cell of bytes that are not text.
    #[error("row {row}, column \"{column}\": the bytes are not UTF-8 text; store the column as text")]
    BinaryValue {
        /// The row, counted from 1.
        row: u64,
        /// The column's name.
        column: String,
    },
}

fn similar_text(names: &[String]) -> String {
    match names {
        [] => "; check the path and the name".to_owned(),
        names => format!("; did you mean {}?", quoted_list_with(names, "or")),
    }
}

fn quoted_list(names: &[String]) -> String {
    quoted_list_with(names, "and")
}

fn quoted_list_with(names: &[String], last: &str) -> String {
    const SHOWN: usize = 20;
    let mut shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("\"{name}\"")).collect();
    if names.len() > SHOWN {
        shown.push(format!("{} more", names.len() - SHOWN));
    }
    match shown.split_last() {
        None => "none".to_owned(),
        Some((only, [])) => only.clone(),
        Some((end, rest)) => format!("{} {last} {end}", rest.join(", ")),
    }
}

fn bytes_text(bytes: &[u8]) -> String {
    match bytes {
        [] => "bytes".to_owned(),
        bytes => {
            let hex: Vec<String> = bytes.iter().map(|byte| format!("0x{byte:02X}")).collect();
            format!("bytes ({})", hex.join(" "))
        }
    }
}

fn encoding_advice(encoding: &str) -> &'static str {
    if encoding == "UTF-8" {
        "Files saved by Excel or by older systems are often windows-1252: put encoding = \"windows-1252\" in the \
         profile, or save the file as UTF-8"
    } else {
        "Put the file's true encoding in the profile (encoding = \"...\"), or save the file as UTF-8"
    }
}

fn char_text(byte: u8) -> String {
    if byte.is_ascii_graphic() { format!("'{}'", char::from(byte)) } else { format!("the byte 0x{byte:02X}") }
}

fn duplicates_text(duplicates: &[DuplicateColumn]) -> String {
    let told: Vec<String> = duplicates
        .iter()
        .map(|duplicate| {
            let columns: Vec<String> = duplicate.columns.iter().map(ToString::to_string).collect();
            format!("\"{}\" stands in columns {}", duplicate.name, columns.join(", "))
        })
        .collect();
    told.join("; ")
}

fn columns_text(columns: &[(String, String)]) -> String {
    let told: Vec<String> = columns.iter().map(|(name, kind)| format!("\"{name}\" ({kind})")).collect();
    told.join(", ")
}
