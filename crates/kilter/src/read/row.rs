//! One row of text: what every format is turned into.

/// A row of a table: its fields as text, and where it stands in the file.
///
/// One row is meant to be used for a whole file: its buffer is kept, so that no value costs an
/// allocation.
#[derive(Debug, Default, Clone)]
pub struct Row {
    line: u64,
    text: String,
    /// The end of each field in `text`.
    ends: Vec<u32>,
    /// How many bytes of `text` stand between a field and the next.
    between: u32,
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
        self.ends.len()
    }

    /// Whether there are no fields (before the first row was read).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The field `i`, counted from 0, or nothing if the row is shorter.
    #[must_use]
    pub fn get(&self, i: usize) -> Option<&str> {
        let end = *self.ends.get(i)?;
        let start = if i == 0 { 0 } else { self.ends[i - 1] + self.between };
        Some(&self.text[start as usize..end as usize])
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

    pub(super) fn start(&mut self, line: u64) {
        self.line = line;
        self.text.clear();
        self.ends.clear();
        self.between = 0;
    }

    /// A whole record in which no field is quoted. No field may have been added yet.
    pub(super) fn split(&mut self, record: &str, delimiter: u8) {
        self.text.push_str(record);
        // Fields are too short for a search by wide instructions to be worth its start.
        for (end, byte) in record.bytes().enumerate() {
            if byte == delimiter {
                // As in `end_field`.
                self.ends.push(u32::try_from(end).unwrap_or(u32::MAX));
            }
        }
        self.end_field();
        self.between = 1;
    }

    pub(super) fn push_str(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// The text of the row, to write the next field to.
    pub(super) fn text_mut(&mut self) -> &mut String {
        &mut self.text
    }

    pub(super) fn text_len(&self) -> usize {
        self.text.len()
    }

    pub(super) fn end_field(&mut self) {
        // The limit on records keeps them far below four gigabytes; a wrong cast would only misplace text.
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }

    pub(super) fn push(&mut self, field: &str) {
        self.push_str(field);
        self.end_field();
    }
}
