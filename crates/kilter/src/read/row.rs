//! One row: what every format is turned into. A row of a text is text; of a file whose columns have types, the cells
//! stay where they lie, and become text when somebody asks for it.

use std::cell::{Cell, OnceCell};
use std::ops::Range;
use std::sync::Arc;

/// A row of a table: its fields as text, and where it stands in the file.
///
/// One row is meant to be used for a whole file: its buffer is kept, so that no value costs an
/// allocation.
#[derive(Debug, Default, Clone)]
pub struct Row {
    line: u64,
    /// The line of the row that was there before.
    before: Option<u64>,
    /// How many of the first fields are those of that row.
    repeated: usize,
    written: Written,
    typed: Option<Typed>,
}

/// The fields of a row as text.
#[derive(Debug, Default, Clone)]
struct Written {
    text: String,
    /// The end of each field in `text`.
    ends: Vec<u32>,
    /// What stands between a field and the next: one byte, where the row is a piece of a file; nothing, where it is
    /// not.
    between: Option<u8>,
}

/// Columns of which a row shows one cell each. All of its cells can be written as text.
pub(super) trait Cells: Send + Sync {
    /// How many columns there are.
    fn len(&self) -> usize;

    /// The text of a cell that lies there as text.
    fn text(&self, column: usize, row: usize) -> Option<&str>;

    /// The finite number of a cell that lies there as one, where its text reads back as this number.
    fn number(&self, column: usize, row: usize) -> Option<f64>;

    /// How many of the first columns have the same text in this row as in the one before it.
    fn repeated(&self, row: usize) -> usize;

    /// Where those rows end, of some that follow one another, whose first columns have the same text as the row before
    /// them: as many columns as that.
    fn run_end(&self, columns: usize, rows: Range<usize>) -> usize;

    /// Appends the text of a cell.
    fn write(&self, column: usize, row: usize, out: &mut String);
}

/// A row of columns.
struct Typed {
    cells: Arc<dyn Cells>,
    row: usize,
    /// All of its fields, once one of them had to be written.
    written: OnceCell<Written>,
    /// Memory for them.
    spare: Cell<Written>,
}

impl Clone for Typed {
    fn clone(&self) -> Self {
        Self {
            cells: Arc::clone(&self.cells),
            row: self.row,
            written: OnceCell::new(),
            spare: Cell::default(),
        }
    }
}

impl std::fmt::Debug for Typed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.written().fmt(f)
    }
}

/// Rows are the same that stand on the same line and have the same fields.
impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        self.line == other.line && self.fields().eq(other.fields())
    }
}

impl Eq for Row {}

impl Row {
    /// An empty row, to be filled by [`Rows::next`](super::Rows::next).
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Where the row stands, counted from 1: in a CSV file the physical line on which it begins, in a
    /// workbook the row of the sheet, in a Parquet file the number of the row.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The number of fields, which may differ from the number of columns in the header.
    #[must_use]
    pub fn len(&self) -> usize {
        self.typed.as_ref().map_or(self.written.ends.len(), |typed| typed.cells.len())
    }

    /// Whether there are no fields (before the first row was read).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The field `i`, counted from 0, or nothing if the row is shorter.
    #[must_use]
    pub fn get(&self, i: usize) -> Option<&str> {
        match &self.typed {
            None => self.written.get(i),
            Some(typed) if i < typed.cells.len() => typed.get(i),
            Some(_) => None,
        }
    }

    /// The field `i`, counted from 0; the empty text if the row is shorter.
    ///
    /// A row whose [`len`](Self::len) is not that of the header is to be rejected before its fields are
    /// read, or a field that is missing is taken for one that is blank.
    #[must_use]
    pub fn field(&self, i: usize) -> &str {
        self.get(i).unwrap_or("")
    }

    /// The fields in order.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|i| self.field(i))
    }

    /// The finite number that the file holds in field `i`, where it holds it as a number and not as text: that of the
    /// field, read as a decimal.
    #[must_use]
    pub fn number(&self, i: usize) -> Option<f64> {
        let typed = self.typed.as_ref().filter(|typed| i < typed.cells.len())?;
        typed.cells.number(i, typed.row)
    }

    /// How many of the first fields are known to be those of the row that was read into this one before, and the line
    /// of that row.
    #[must_use]
    pub fn repeated(&self) -> (usize, Option<u64>) {
        (self.repeated, self.before)
    }

    pub(super) fn start(&mut self, line: u64) {
        self.place(line, 0);
        self.typed = None;
        self.written.clear();
    }

    fn place(&mut self, line: u64, repeated: usize) {
        self.before = (self.line > 0).then_some(self.line);
        self.line = line;
        self.repeated = repeated;
    }

    /// How many bytes of a text, which begins with the next record, are those of this row: none of them ends a
    /// record.
    pub(super) fn shared(&self, text: &str, delimiter: u8) -> usize {
        if self.typed.is_some() || self.written.between != Some(delimiter) {
            return 0;
        }
        let shared = shared(self.written.text.as_bytes(), text.as_bytes());
        (0..=shared).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
    }

    /// A whole record in which no field is quoted, of which so many bytes are those of the row before, as
    /// [`Row::shared`] says.
    pub(super) fn split(&mut self, line: u64, record: &str, shared: usize, delimiter: u8) {
        let Written { text, ends, between } = &mut self.written;
        if shared == 0 {
            text.clear();
            ends.clear();
            *between = Some(delimiter);
            self.typed = None;
        }
        // What ends before the first byte that differs, ends there again.
        ends.truncate(ends.partition_point(|end| (*end as usize) < shared));
        let repeated = ends.len();
        text.truncate(shared);
        text.push_str(&record[shared..]);
        // Fields are too short for a search by wide instructions to be worth its start.
        for (end, byte) in record.bytes().enumerate().skip(shared) {
            if byte == delimiter {
                ends.push(end_of_field(end));
            }
        }
        ends.push(end_of_field(record.len()));
        self.place(line, repeated);
    }

    /// A row of columns.
    pub(super) fn show(&mut self, line: u64, cells: &Arc<dyn Cells>, row: usize) {
        self.place(line, cells.repeated(row));
        match &mut self.typed {
            Some(typed) if Arc::ptr_eq(&typed.cells, cells) => {
                typed.row = row;
                if let Some(written) = typed.written.take() {
                    typed.spare.set(written);
                }
            }
            _ => {
                let spare = Cell::new(std::mem::take(&mut self.written));
                self.typed = Some(Typed { cells: Arc::clone(cells), row, written: OnceCell::new(), spare });
            }
        }
    }

    pub(super) fn push_str(&mut self, text: &str) {
        self.written.text.push_str(text);
    }

    /// The text of the row, to write the next field to.
    pub(super) fn text_mut(&mut self) -> &mut String {
        &mut self.written.text
    }

    pub(super) fn text_len(&self) -> usize {
        self.written.text.len()
    }

    pub(super) fn end_field(&mut self) {
        self.written.end_field();
    }

    pub(super) fn push(&mut self, field: &str) {
        self.push_str(field);
        self.end_field();
    }
}

/// The limit on records keeps them far below four gigabytes; a wrong cast would only misplace text.
fn end_of_field(end: usize) -> u32 {
    u32::try_from(end).unwrap_or(u32::MAX)
}

impl Written {
    fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.between = None;
    }

    fn get(&self, i: usize) -> Option<&str> {
        let end = *self.ends.get(i)?;
        let start = if i == 0 { 0 } else { self.ends[i - 1] + u32::from(self.between.is_some()) };
        Some(&self.text[start as usize..end as usize])
    }

    fn end_field(&mut self) {
        self.ends.push(end_of_field(self.text.len()));
    }
}

impl Typed {
    fn get(&self, column: usize) -> Option<&str> {
        match self.cells.text(column, self.row) {
            None => self.written().get(column),
            text => text,
        }
    }

    fn written(&self) -> &Written {
        self.written.get_or_init(|| {
            let mut written = self.spare.take();
            written.clear();
            for column in 0..self.cells.len() {
                self.cells.write(column, self.row, &mut written.text);
                written.end_field();
            }
            written
        })
    }
}

/// How many of the first bytes are the same.
fn shared(a: &[u8], b: &[u8]) -> usize {
    let mut n = 0;
    let words = a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0);
    for (a, b) in words {
        let differ = u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b);
        if differ != 0 {
            return n + differ.trailing_zeros() as usize / 8;
        }
        n += 8;
    }
    n + a[n..].iter().zip(&b[n..]).take_while(|(a, b)| a == b).count()
}
