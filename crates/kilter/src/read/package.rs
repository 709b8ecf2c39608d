//! What is in a ZIP archive, and whether it can be unpacked within bounds.
//!
//! The sizes that an archive declares may lie, so parts are unpacked once, and only counted, before the
//! workbook reader may have them.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

use memchr::memmem;
use zip::ZipArchive;

use super::Limits;
use super::error::ReadProblem;

/// The workbook formats that are ZIP archives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Package {
    Xlsx,
    Xlsb,
    Ods,
}

/// The most that deflate can shrink anything by, with some to spare.
const DEFLATE_RATIO: u64 = 1100;

/// Tells what the archive is and refuses what would unpack beyond the limits.
pub(super) fn inspect(file: &mut File, limits: &Limits) -> Result<Package, ReadProblem> {
    file.seek(SeekFrom::Start(0)).map_err(ReadProblem::Io)?;
    let mut archive = ZipArchive::new(BufReader::new(&*file)).map_err(damaged)?;
    let package = kind(&mut archive)?;
    check_sizes(&mut archive, package, limits)?;
    Ok(package)
}

fn damaged(error: impl std::fmt::Display) -> ReadProblem {
    ReadProblem::Damaged { what: "workbook (a ZIP archive)", detail: error.to_string() }
}

fn kind<R: Read + Seek>(archive: &mut ZipArchive<R>) -> Result<Package, ReadProblem> {
    let names: Vec<String> = archive.file_names().flatten().map(Cow::into_owned).collect();
    let has = |prefix: &str| names.iter().any(|name| name.to_ascii_lowercase().starts_with(prefix));
    let not_a_table = |found: &str, advice: &str| {
        Err(ReadProblem::NotATable { found: found.to_owned(), advice: advice.to_owned() })
    };
    if has("xl/workbook.bin") {
        return Ok(Package::Xlsb);
    }
    if has("xl/") {
        return Ok(Package::Xlsx);
    }
    let mut mimetype = String::new();
    if let Ok(part) = archive.by_name("mimetype") {
        // What cannot be read as text is no media type.
        let _ = part.take(128).read_to_string(&mut mimetype);
    }
    if mimetype.starts_with("application/vnd.oasis.opendocument.spreadsheet") {
        return Ok(Package::Ods);
    }
    const GIVE_A_TABLE: &str = "Give a CSV, Excel or Parquet file.";
    if has("word/") || mimetype.starts_with("application/vnd.oasis.opendocument.text") {
        return not_a_table("a text document (Word)", "Copy its table into a workbook and give that.");
    }
    if has("ppt/") || mimetype.starts_with("application/vnd.oasis.opendocument.presentation") {
        return not_a_table("a presentation (PowerPoint)", GIVE_A_TABLE);
    }
    let mut files: Vec<&str> = names.iter().map(String::as_str).filter(|name| !name.ends_with('/')).collect();
    files.sort_unstable();
    files.truncate(5);
    let advice = if files.is_empty() {
        "It is empty.".to_owned()
    } else {
        format!("Unpack it and give the table in it (it holds {}).", files.join(", "))
    };
    not_a_table("a ZIP archive that is no workbook", &advice)
}

fn check_sizes<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    package: Package,
    limits: &Limits,
) -> Result<(), ReadProblem> {
    let too_large = || ReadProblem::WorkbookTooLarge { limit: limits.workbook };
    let mut declared = 0u64;
    let mut packed = 0u64;
    for i in 0..archive.len() {
        let part = archive.by_index_raw(i).map_err(damaged)?;
        declared = declared.saturating_add(part.size());
        packed = packed.saturating_add(part.compressed_size());
    }
    if declared > limits.workbook {
        return Err(too_large());
    }
    let small = packed.saturating_mul(DEFLATE_RATIO) <= limits.workbook;
    let mut unpacked = 0u64;
    for i in 0..archive.len() {
        let part = archive.by_index(i).map_err(damaged)?;
        let name = part.name().map_err(damaged)?.to_ascii_lowercase();
        let is_strings = name.ends_with("sharedstrings.xml");
        let is_content = package == Package::Ods && name == "content.xml";
        if small && !is_strings && !is_content {
            continue;
        }
        let mut watched = Watched::new(part.take(limits.workbook - unpacked + 1));
        if is_content {
            let cells = count_ods_cells(&mut watched, limits.loaded_cells)?;
            if cells > limits.loaded_cells {
                return Err(ReadProblem::TooManyCells { cells, limit: limits.loaded_cells });
            }
        } else {
            watched.drain().map_err(damaged)?;
        }
        unpacked += watched.count;
        if unpacked > limits.workbook {
            return Err(too_large());
        }
        // The reader reserves room for as many strings as are declared; each takes at least "<si/>".
        if is_strings && watched.declared_strings > watched.count {
            return Err(damaged(format!("it declares {} shared strings", watched.declared_strings)));
        }
    }
    Ok(())
}

/// Counts what it reads and notes the greatest `uniqueCount` in it.
struct Watched<R> {
    input: R,
    count: u64,
    declared_strings: u64,
    /// The end of the last piece, in which the attribute may have begun.
    tail: Vec<u8>,
}

const UNIQUE_COUNT: &[u8] = b"uniqueCount";
/// Longer than the attribute with its value: `uniqueCount = "18446744073709551615"`.
const TAIL: usize = 64;

impl<R: Read> Watched<R> {
    fn new(input: R) -> Self {
        Self { input, count: 0, declared_strings: 0, tail: Vec::new() }
    }

    fn drain(&mut self) -> std::io::Result<()> {
        let mut buffer = vec![0; 64 * 1024];
        while self.read(&mut buffer)? > 0 {}
        Ok(())
    }

    fn note_unique_count(&mut self, piece: &[u8]) {
        self.tail.extend_from_slice(piece);
        for at in memmem::find_iter(&self.tail, UNIQUE_COUNT) {
            let after = &self.tail[at + UNIQUE_COUNT.len()..];
            let digits: Vec<u8> = after
                .iter()
                .take(TAIL)
                .skip_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'=' | b'"' | b'\''))
                .take_while(|byte| byte.is_ascii_digit())
                .copied()
                .collect();
            let number = digits
                .iter()
                .fold(0u64, |sum, digit| sum.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
            self.declared_strings = self.declared_strings.max(number);
        }
        let keep = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..keep);
    }
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.input.read(buffer)?;
        self.count += n as u64;
        self.note_unique_count(&buffer[..n]);
        Ok(n)
    }
}

/// The cells that a reader of this OpenDocument content would hold, repeats included; gives up beyond `limit`.
///
/// Repeats make this necessary: one short element can stand for sixteen thousand cells, one row for a million.
fn count_ods_cells(input: &mut impl Read, limit: u64) -> Result<u64, ReadProblem> {
    const MAX_ROWS: u64 = 1_048_576;
    const MAX_COLUMNS: u64 = 16_384;
    let mut tags = Tags { input, buffer: vec![0; 64 * 1024], at: 0, end: 0 };
    let mut tag = Vec::new();
    // Held as cells of single rows, and as the rectangle made of them.
    let (mut held, mut rectangles) = (0u64, 0u64);
    let (mut rows, mut blank_rows, mut widest) = (0u64, 0u64, 0u64);
    let (mut repeats, mut width, mut blank) = (1u64, 0u64, 0u64);
    while tags.next(&mut tag)? {
        let name_end =
            tag.iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'/').filter(|at| *at > 0);
        let closed = tag.last() == Some(&b'/');
        match &tag[..name_end.unwrap_or(tag.len())] {
            b"table:table" => {
                rectangles = rectangles.saturating_add(rows.saturating_mul(widest));
                (rows, blank_rows, widest) = (0, 0, 0);
            }
            b"table:table-row" => {
                repeats = repeated(&tag, b"table:number-rows-repeated").min(MAX_ROWS);
                (width, blank) = (0, 0);
            }
            b"table:table-cell" | b"table:covered-table-cell" => {
                let times = repeated(&tag, b"table:number-columns-repeated");
                let empty = closed
                    && memmem::find(&tag, b"value").is_none()
                    && memmem::find(&tag, b"formula").is_none();
                if empty {
                    blank = blank.saturating_add(times).min(MAX_COLUMNS);
                } else {
                    let before = width;
                    width = width.saturating_add(blank).saturating_add(times).min(MAX_COLUMNS);
                    held += width - before;
                    blank = 0;
                }
            }
            _ => {}
        }
        let is_blank_row = closed && tag.starts_with(b"table:table-row");
        if is_blank_row || tag.trim_ascii_end() == b"/table:table-row" {
            if width == 0 {
                blank_rows = blank_rows.saturating_add(repeats).min(MAX_ROWS);
            } else {
                rows = rows.saturating_add(blank_rows).saturating_add(repeats);
                blank_rows = 0;
                widest = widest.max(width);
            }
        }
        let cells = held.max(rectangles.saturating_add(rows.saturating_mul(widest)));
        if cells > limit {
            return Ok(cells);
        }
    }
    Ok(held.max(rectangles.saturating_add(rows.saturating_mul(widest))))
}

/// The greatest number that the attribute could be read as; what is no plain number counts as the greatest.
fn repeated(tag: &[u8], attribute: &[u8]) -> u64 {
    let mut most = None;
    for at in memmem::find_iter(tag, attribute) {
        let mut value = tag[at + attribute.len()..]
            .iter()
            .skip_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'=' | b'"' | b'\''))
            .peekable();
        let plain = value.peek().is_some_and(|byte| byte.is_ascii_digit());
        let number = value
            .take_while(|byte| byte.is_ascii_digit())
            .fold(0u64, |sum, digit| sum.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
        most = most.max(Some(if plain { number } else { u64::MAX }));
    }
    most.unwrap_or(1)
}

/// The tags of an XML stream, without `<` and `>`; comments and character data are passed over.
struct Tags<'a, R> {
    input: &'a mut R,
    buffer: Vec<u8>,
    at: usize,
    end: usize,
}

impl<R: Read> Tags<'_, R> {
    /// Longer than any tag of a spreadsheet: its longest attribute is a formula or a text of 32,767 characters.
    const LONGEST: usize = 1024 * 1024;

    fn byte(&mut self) -> Result<Option<u8>, ReadProblem> {
        if self.at == self.end {
            self.end = self.input.read(&mut self.buffer).map_err(damaged)?;
            self.at = 0;
            if self.end == 0 {
                return Ok(None);
            }
        }
        self.at += 1;
        Ok(Some(self.buffer[self.at - 1]))
    }

    /// Puts the next tag into `tag`; `false` at the end.
    fn next(&mut self, tag: &mut Vec<u8>) -> Result<bool, ReadProblem> {
        loop {
            // Text between tags.
            loop {
                match self.byte()? {
                    None => return Ok(false),
                    Some(b'<') => break,
                    Some(_) => {
                        let rest = &self.buffer[self.at..self.end];
                        self.at += memchr::memchr(b'<', rest).unwrap_or(rest.len());
                    }
                }
            }
            tag.clear();
            let mut quote = None;
            loop {
                let Some(byte) = self.byte()? else { return Ok(false) };
                let special = tag.first() == Some(&b'!');
                match quote {
                    None if byte == b'>' => {
                        let open_comment =
                            tag.starts_with(b"!--") && (tag.len() < 5 || !tag.ends_with(b"--"));
                        let open_text = tag.starts_with(b"![CDATA[") && !tag.ends_with(b"]]");
                        if !open_comment && !open_text {
                            break;
                        }
                    }
                    None if !special && matches!(byte, b'"' | b'\'') => quote = Some(byte),
                    Some(open) if byte == open => quote = None,
                    _ => {}
                }
                tag.push(byte);
                if tag.len() > Self::LONGEST {
                    return Err(damaged("an element of its content is longer than a mebibyte"));
                }
            }
            if tag.first() != Some(&b'!') {
                return Ok(true);
            }
        }
    }
}
