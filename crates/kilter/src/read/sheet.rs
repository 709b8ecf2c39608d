//! The cells of one sheet as text, held compactly: one text for all, and the end of each cell in it.

use super::Limits;
use super::error::ReadProblem;
use super::row::Row;

/// The greatest number of columns a sheet can have in any workbook format.
const MAX_COLUMNS: u32 = 16_384;

struct SheetRow {
    /// The row of the sheet, counted from 1.
    line: u64,
    first_cell: usize,
}

/// The rows of a sheet that hold something.
pub(super) struct Sheet {
    name: String,
    text: String,
    ends: Vec<u32>,
    rows: Vec<SheetRow>,
    limits: Limits,
}

impl Sheet {
    pub(super) fn new(name: &str, limits: &Limits) -> Self {
        Self {
            name: name.to_owned(),
            text: String::new(),
            ends: Vec::new(),
            rows: Vec::new(),
            limits: limits.clone(),
        }
    }

    /// Adds a cell, row by row and from left to right; `write` appends its text, and a cell whose text is
    /// empty is not there.
    pub(super) fn push(
        &mut self,
        row: u32,
        column: u32,
        write: impl FnOnce(&mut String),
    ) -> Result<(), ReadProblem> {
        let out_of_order = || ReadProblem::Damaged {
            what: "workbook",
            detail: format!(
                "the cell in row {}, column {} is out of place",
                u64::from(row) + 1,
                u64::from(column) + 1
            ),
        };
        let start = self.text.len();
        write(&mut self.text);
        if self.text.len() == start {
            return Ok(());
        }
        let line = u64::from(row) + 1;
        if self.text.len() - start > self.limits.record {
            return Err(ReadProblem::RecordTooLong { line, limit: self.limits.record });
        }
        // Few texts can be referred to from many cells, so what the archive unpacks to is no bound here.
        let limit = self.limits.workbook.min(u64::from(u32::MAX));
        let (Ok(end), true) = (u32::try_from(self.text.len()), self.text.len() as u64 <= limit) else {
            return Err(ReadProblem::WorkbookTooLarge { limit });
        };
        let width = match self.rows.last() {
            Some(last) if last.line == line => self.ends.len() - last.first_cell,
            Some(last) if last.line > line => return Err(out_of_order()),
            _ => {
                self.rows.push(SheetRow { line, first_cell: self.ends.len() });
                0
            }
        };
        let column_index = column as usize;
        if column >= MAX_COLUMNS || column_index < width {
            return Err(out_of_order());
        }
        let cells = (self.ends.len() + column_index - width + 1) as u64;
        if cells > self.limits.cells {
            return Err(ReadProblem::TooManyCells { cells, limit: self.limits.cells });
        }
        // Cells left out between are blank. `start` fits because `end` does.
        self.ends.extend(std::iter::repeat_n(start as u32, column_index - width));
        self.ends.push(end);
        Ok(())
    }

    fn cells(&self, row: usize) -> impl ExactSizeIterator<Item = &str> {
        let first = self.rows[row].first_cell;
        let last = self.rows.get(row + 1).map_or(self.ends.len(), |next| next.first_cell);
        (first..last).map(|i| {
            let start = if i == 0 { 0 } else { self.ends[i - 1] };
            &self.text[start as usize..self.ends[i] as usize]
        })
    }

    /// Splits off the header.
    pub(super) fn into_rows(self, header_row: Option<u32>) -> Result<(SheetRows, Vec<String>), ReadProblem> {
        let place = || format!("the sheet \"{}\"", self.name);
        let Some(last) = self.rows.last() else {
            return Err(ReadProblem::NoHeader { place: place(), unit: "rows" });
        };
        let header = match header_row {
            None => 0,
            Some(0) => return Err(ReadProblem::HeaderRowZero),
            Some(header_row) if u64::from(header_row) > last.line => {
                return Err(ReadProblem::HeaderBeyondEnd {
                    header_row,
                    place: place(),
                    unit: "row",
                    count: last.line,
                });
            }
            Some(header_row) => self
                .rows
                .iter()
                .position(|row| row.line == u64::from(header_row))
                .ok_or(ReadProblem::HeaderBlank { header_row, unit: "row" })?,
        };
        let names: Vec<String> = self.cells(header).map(str::to_owned).collect();
        Ok((SheetRows { next: header + 1, first: header + 1, columns: names.len(), sheet: self }, names))
    }
}

/// The rows of a sheet after its header.
pub(super) struct SheetRows {
    sheet: Sheet,
    columns: usize,
    first: usize,
    next: usize,
}

impl SheetRows {
    /// Fills `row` with the next row that holds something. Blank cells at the end of a row are not stored
    /// in a workbook, so a row is brought to the width of the header; it is longer where there are more cells.
    pub(super) fn next(&mut self, row: &mut Row) -> Result<bool, ReadProblem> {
        let Some(this) = self.sheet.rows.get(self.next) else { return Ok(false) };
        row.start(this.line);
        for cell in self.sheet.cells(self.next) {
            row.push(cell);
            if row.text_len() > self.sheet.limits.record {
                return Err(ReadProblem::RecordTooLong { line: this.line, limit: self.sheet.limits.record });
            }
        }
        while row.len() < self.columns {
            row.end_field();
        }
        self.next += 1;
        Ok(true)
    }

    /// Rows given and rows in all.
    pub(super) fn progress(&self) -> (u64, u64) {
        ((self.next - self.first) as u64, (self.sheet.rows.len() - self.first) as u64)
    }
}
