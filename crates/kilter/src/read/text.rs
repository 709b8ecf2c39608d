//! Delimited text: records, quotes, line ends, and the line on which each record begins.
//!
//! A parser of our own, because the line numbers in rejections must be those of a text editor (blank
//! lines, `\r\n` and line ends within quotes included) and because a quote that is never closed must be
//! an error: it would otherwise swallow the rest of the file into one field.

use std::fs::File;

use super::decode::Text;
use super::error::ReadProblem;
use super::recognise::Container;
use super::row::Row;
use super::{Limits, ReadOptions, delimiter};

/// The records of a delimited text after its header.
pub(super) struct TextRows {
    text: Text,
    delimiter: u8,
    /// The line on which the next unread character stands, counted from 1.
    line: u64,
    /// Whether the character before it was a carriage return, so that a line feed ends no further line.
    after_return: bool,
    record_limit: usize,
}

/// How many bytes are looked at to find the delimiter.
const LOOK_AHEAD: usize = 64 * 1024;

#[derive(Clone, Copy)]
enum Place {
    FieldStart,
    Unquoted,
    Quoted,
    AfterQuote,
}

impl TextRows {
    /// Opens a text and reads its header.
    pub(super) fn open(
        file: File,
        container: Container,
        options: &ReadOptions,
        limits: &Limits,
    ) -> Result<(Self, Vec<String>), ReadProblem> {
        if let Some(delimiter) = options.delimiter
            && (!delimiter.is_ascii() || matches!(delimiter, 0 | b'"' | b'\n' | b'\r'))
        {
            return Err(ReadProblem::Delimiter { delimiter });
        }
        let text = Text::open(file, container, options.encoding.as_deref(), limits)?;
        let mut rows =
            Self { text, delimiter: b',', line: 1, after_return: false, record_limit: limits.record };
        if !rows.fill()? {
            return Err(ReadProblem::Empty);
        }
        let mut announced = None;
        match options.header_row {
            Some(header_row) => rows.skip_to(header_row, limits)?,
            None => {
                rows.skip_blank_lines(Some(limits.header))?;
                announced = rows.take_announced_delimiter(limits)?;
                rows.skip_blank_lines(Some(limits.header))?;
            }
        }
        rows.delimiter = options.delimiter.or(announced).unwrap_or_else(|| {
            rows.text.look_ahead(LOOK_AHEAD);
            delimiter::sniff(rows.text.rest(), rows.text.is_all_at_hand())
        });
        let mut header = Row::new();
        let line = rows.line;
        let too_long = ReadProblem::HeaderTooLong { line, limit: limits.header };
        if !rows.read_record(&mut header, limits.header, too_long)? {
            return Err(ReadProblem::NoHeader { place: "the file".to_owned(), unit: "lines" });
        }
        Ok((rows, header.fields().map(str::to_owned).collect()))
    }

    pub(super) fn bytes_read(&self) -> u64 {
        self.text.bytes_read()
    }

    /// Fills `row` with the next record; `false` at the end.
    pub(super) fn next(&mut self, row: &mut Row) -> Result<bool, ReadProblem> {
        self.skip_blank_lines(None)?;
        if self.read_plain(row, self.record_limit) {
            return Ok(true);
        }
        let too_long = ReadProblem::RecordTooLong { line: self.line, limit: self.record_limit };
        self.read_record(row, self.record_limit, too_long)
    }

    fn fill(&mut self) -> Result<bool, ReadProblem> {
        match self.text.fill() {
            Ok(more) => Ok(more),
            Err(ending) => Err(self.text.problem(ending, self.line)),
        }
    }

    /// The next byte, without using it.
    fn peek(&mut self) -> Result<Option<u8>, ReadProblem> {
        if let Some(byte) = self.text.rest().as_bytes().first() {
            return Ok(Some(*byte));
        }
        Ok(if self.fill()? { self.text.rest().as_bytes().first().copied() } else { None })
    }

    /// Uses a line end, or what is left of one.
    fn take_line_end(&mut self, byte: u8) {
        self.text.advance(1);
        if byte == b'\r' {
            self.line += 1;
            self.after_return = true;
        } else {
            if !self.after_return {
                self.line += 1;
            }
            self.after_return = false;
        }
    }

    /// Passes over blank lines, at most `limit` bytes of them if a limit is given.
    fn skip_blank_lines(&mut self, limit: Option<usize>) -> Result<(), ReadProblem> {
        let mut skipped = 0;
        while let Some(byte @ (b'\n' | b'\r')) = self.peek()? {
            self.take_line_end(byte);
            skipped += 1;
            if let Some(limit) = limit
                && skipped > limit
            {
                return Err(ReadProblem::HeaderTooLong { line: 1, limit });
            }
        }
        Ok(())
    }

    /// Goes to the line on which the header stands; the lines before it are a title and need not be records.
    fn skip_to(&mut self, header_row: u32, limits: &Limits) -> Result<(), ReadProblem> {
        if header_row == 0 {
            return Err(ReadProblem::HeaderRowZero);
        }
        let beyond_end = |count| ReadProblem::HeaderBeyondEnd {
            header_row,
            place: "the file".to_owned(),
            unit: "line",
            count,
        };
        while self.line < u64::from(header_row) {
            let line = self.line;
            if self.peek()?.is_none() {
                return Err(beyond_end(line - 1));
            }
            self.skip_line(limits.header)?;
            if self.line == line {
                // The last line has no end.
                return Err(beyond_end(line));
            }
        }
        match self.peek()? {
            None => Err(beyond_end(self.line - 1)),
            Some(b'\n' | b'\r') => Err(ReadProblem::HeaderBlank { header_row, unit: "line" }),
            Some(_) => Ok(()),
        }
    }

    /// Passes over one physical line with its end.
    fn skip_line(&mut self, limit: usize) -> Result<(), ReadProblem> {
        let mut skipped = 0;
        let start = self.line;
        while self.peek()?.is_some() {
            let rest = self.text.rest().as_bytes();
            let end = memchr::memchr2(b'\n', b'\r', rest);
            let n = end.unwrap_or(rest.len());
            let byte = end.map(|i| rest[i]);
            self.text.advance(n);
            if n > 0 {
                self.after_return = false;
            }
            skipped += n;
            if skipped > limit {
                return Err(ReadProblem::HeaderTooLong { line: start, limit });
            }
            if let Some(byte) = byte {
                self.take_line_end(byte);
                if self.after_return && self.peek()? == Some(b'\n') {
                    self.take_line_end(b'\n');
                }
                return Ok(());
            }
        }
        Ok(())
    }

    /// Excel writes a first line `sep=;` where its list separator is not a comma.
    fn take_announced_delimiter(&mut self, limits: &Limits) -> Result<Option<u8>, ReadProblem> {
        let announced = match self.text.look_ahead(6).as_bytes() {
            [s, e, p, b'=', delimiter, b'\n' | b'\r', ..]
                if [*s, *e, *p].eq_ignore_ascii_case(b"sep")
                    && delimiter.is_ascii()
                    && !matches!(delimiter, 0 | b'"') =>
            {
                *delimiter
            }
            _ => return Ok(None),
        };
        self.skip_line(limits.header)?;
        Ok(Some(announced))
    }

    /// Reads one record; the next character is not a line end. `false` at the end of the file.
    fn read_record(
        &mut self,
        row: &mut Row,
        limit: usize,
        too_long: ReadProblem,
    ) -> Result<bool, ReadProblem> {
        row.start(self.line);
        if self.peek()?.is_none() {
            return Ok(false);
        }
        self.after_return = false;
        let mut place = Place::FieldStart;
        let mut opened = self.line;
        // Bytes of the record used so far, its line end not counted.
        let mut used = 0usize;
        loop {
            if used > limit {
                return Err(too_long);
            }
            if self.text.rest().is_empty() && !self.fill()? {
                if let Place::Quoted = place {
                    return Err(ReadProblem::OpenQuote { line: opened });
                }
                row.end_field();
                return Ok(true);
            }
            let rest = self.text.rest();
            let bytes = rest.as_bytes();
            match place {
                Place::FieldStart => {
                    if bytes[0] == b'"' {
                        self.text.advance(1);
                        used += 1;
                        opened = self.line;
                        place = Place::Quoted;
                    } else {
                        place = Place::Unquoted;
                    }
                }
                Place::Unquoted => match memchr::memchr3(self.delimiter, b'\n', b'\r', bytes) {
                    None => {
                        row.push_str(rest);
                        used += rest.len();
                        self.text.advance(rest.len());
                    }
                    Some(i) => {
                        let byte = bytes[i];
                        row.push(&rest[..i]);
                        used += i;
                        self.text.advance(i);
                        if byte == self.delimiter {
                            self.text.advance(1);
                            used += 1;
                            place = Place::FieldStart;
                        } else if used > limit {
                            return Err(too_long);
                        } else {
                            self.take_line_end(byte);
                            return Ok(true);
                        }
                    }
                },
                Place::Quoted => {
                    let quote = memchr::memchr(b'"', bytes);
                    let n = quote.unwrap_or(bytes.len());
                    row.push_str(&rest[..n]);
                    let lines = line_ends(&bytes[..n], &mut self.after_return);
                    self.line += lines;
                    self.text.advance(n);
                    used += n;
                    if quote.is_some() {
                        self.text.advance(1);
                        used += 1;
                        self.after_return = false;
                        place = Place::AfterQuote;
                    }
                }
                Place::AfterQuote => match bytes[0] {
                    b'"' => {
                        row.push_str("\"");
                        self.text.advance(1);
                        used += 1;
                        place = Place::Quoted;
                    }
                    byte if byte == self.delimiter => {
                        row.end_field();
                        self.text.advance(1);
                        used += 1;
                        place = Place::FieldStart;
                    }
                    byte @ (b'\n' | b'\r') => {
                        row.end_field();
                        self.take_line_end(byte);
                        return Ok(true);
                    }
                    _ => {
                        let found = rest.chars().next().unwrap_or_default();
                        return Err(ReadProblem::TextAfterQuote { line: self.line, opened, found });
                    }
                },
            }
        }
    }
}

impl TextRows {
    /// Reads a record without quotes all of which is at hand: nearly every one is. `false`: nothing was read.
    fn read_plain(&mut self, row: &mut Row, limit: usize) -> bool {
        let rest = self.text.rest();
        let bytes = rest.as_bytes();
        let shared = row.shared(rest, self.delimiter);
        match memchr::memchr3(b'\n', b'\r', b'"', &bytes[shared..]).map(|at| shared + at) {
            Some(end) if bytes[end] != b'"' && end <= limit => {
                let byte = bytes[end];
                row.split(self.line, &rest[..end], shared, self.delimiter);
                self.after_return = false;
                self.text.advance(end);
                self.take_line_end(byte);
                true
            }
            _ => false,
        }
    }
}

/// The line ends in a piece of quoted text: `\n`, `\r\n` or a lone `\r`.
fn line_ends(bytes: &[u8], after_return: &mut bool) -> u64 {
    let mut count = 0;
    let mut next = 0;
    for i in memchr::memchr2_iter(b'\n', b'\r', bytes) {
        if i > next {
            *after_return = false;
        }
        if bytes[i] == b'\r' {
            count += 1;
            *after_return = true;
        } else {
            count += u64::from(!*after_return);
            *after_return = false;
        }
        next = i + 1;
    }
    if next < bytes.len() {
        *after_return = false;
    }
    count
}
