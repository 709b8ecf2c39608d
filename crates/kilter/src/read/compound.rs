//! What is in an OLE compound file (the container of .xls and of encrypted workbooks), and whether the
//! workbook reader may have it.
//!
//! That reader follows sector chains without noticing circles and reserves the rectangle that a sheet's
//! cells span, so both are checked here first: a file of a few kilobytes could otherwise take all memory.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use super::Limits;
use super::error::ReadProblem;

const END_OF_CHAIN: u32 = 0xFFFF_FFFE;
/// Sector numbers from here on have special meanings.
const RESERVED: u32 = 0xFFFF_FFFA;
/// Streams shorter than this live in the mini stream.
const MINI_STREAM: u64 = 4096;

/// Tells what the file is and refuses what is damaged or would be loaded beyond the limits.
pub(super) fn inspect(file: &mut File, limits: &Limits) -> Result<(), ReadProblem> {
    file.seek(SeekFrom::Start(0)).map_err(ReadProblem::Io)?;
    let mut data = Vec::new();
    file.take(limits.workbook + 1).read_to_end(&mut data).map_err(ReadProblem::Io)?;
    if data.len() as u64 > limits.workbook {
        return Err(ReadProblem::WorkbookTooLarge { limit: limits.workbook });
    }
    let compound = Compound::new(&data).ok_or_else(|| damaged("its table of contents is not readable"))?;
    let has = |name: &str| compound.entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name));
    let Some(workbook) = has("Workbook").or_else(|| has("Book")) else {
        if has("EncryptedPackage").is_some() {
            return Err(ReadProblem::Protected);
        }
        let (found, advice) = if has("WordDocument").is_some() {
            ("a text document (Word)", "Copy its table into a workbook and give that.")
        } else if has("PowerPoint Document").is_some() {
            ("a presentation (PowerPoint)", "Give a CSV, Excel or Parquet file.")
        } else {
            ("an Office file without a workbook", "Give a CSV, Excel or Parquet file.")
        };
        return Err(ReadProblem::NotATable { found: found.to_owned(), advice: advice.to_owned() });
    };
    let stream = compound.stream(workbook).ok_or_else(|| damaged("the chain of its sectors is broken"))?;
    check_records(&stream, limits)
}

fn damaged(detail: impl Into<String>) -> ReadProblem {
    ReadProblem::Damaged { what: "workbook (.xls)", detail: detail.into() }
}

fn u16_at(data: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(data.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(data.get(at..at + 4)?.try_into().ok()?))
}

fn u32s(data: &[u8]) -> impl Iterator<Item = u32> {
    data.chunks_exact(4).filter_map(|four| u32_at(four, 0))
}

struct Entry {
    name: String,
    start: u32,
    length: u64,
}

struct Compound<'a> {
    data: &'a [u8],
    sector_size: usize,
    allocation: Vec<u32>,
    mini_allocation: Vec<u32>,
    mini_stream: Vec<u8>,
    entries: Vec<Entry>,
}

impl<'a> Compound<'a> {
    /// Reads the tables of the container; nothing if they contradict each other.
    fn new(data: &'a [u8]) -> Option<Self> {
        let sector_size = match u16_at(data, 30)? {
            9 => 512,
            12 => 4096,
            _ => return None,
        };
        let mut compound = Self {
            data,
            sector_size,
            allocation: Vec::new(),
            mini_allocation: Vec::new(),
            mini_stream: Vec::new(),
            entries: Vec::new(),
        };
        // The sectors of the allocation table: 109 in the header, more in a chain whose links end each sector.
        let mut tables: Vec<u32> = u32s(data.get(76..512)?).collect();
        let mut next = u32_at(data, 68)?;
        let mut steps = 0;
        while next < RESERVED {
            steps += 1;
            if steps > data.len() / sector_size + 1 {
                return None;
            }
            tables.extend(u32s(compound.sector(next)?));
            next = tables.pop()?;
        }
        for table in tables.into_iter().filter(|table| *table < RESERVED) {
            let sector = compound.sector(table)?;
            compound.allocation.extend(u32s(sector));
            // A sound table has one entry per sector; many times as many are a trap.
            if compound.allocation.len() > 2 * data.len() / sector_size + 2 * sector_size {
                return None;
            }
        }
        let directory = compound.chain(u32_at(data, 48)?, u64::MAX)?;
        for entry in directory.chunks_exact(128) {
            let units: Vec<u16> =
                (0..32).filter_map(|i| u16_at(entry, 2 * i)).take_while(|unit| *unit != 0).collect();
            let low = u64::from(u32_at(entry, 120)?);
            let high = if sector_size == 512 { 0 } else { u64::from(u32_at(entry, 124)?) };
            compound.entries.push(Entry {
                name: String::from_utf16_lossy(&units),
                start: u32_at(entry, 116)?,
                length: high << 32 | low,
            });
        }
        let mini_tables = u32_at(data, 64)?;
        if mini_tables > 0 {
            let root = compound.entries.first()?;
            let (start, length) = (root.start, root.length);
            compound.mini_stream = compound.chain(start, length)?;
            let length = u64::from(mini_tables) * sector_size as u64;
            let table = compound.chain(u32_at(data, 60)?, length)?;
            compound.mini_allocation = u32s(&table).collect();
        }
        Some(compound)
    }

    fn sector(&self, id: u32) -> Option<&'a [u8]> {
        let start = (id as usize).checked_add(1)?.checked_mul(self.sector_size)?;
        // The last sector of a file may be cut short.
        let end = (start + self.sector_size).min(self.data.len());
        self.data.get(start..end).filter(|sector| !sector.is_empty())
    }

    /// The bytes of a chain of sectors, at most `length`; nothing if it is broken or runs in a circle.
    fn chain(&self, start: u32, length: u64) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut id = start;
        while id != END_OF_CHAIN && (bytes.len() as u64) < length {
            bytes.extend_from_slice(self.sector(id)?);
            if bytes.len() > self.data.len() {
                return None;
            }
            id =
                if (bytes.len() as u64) < length { *self.allocation.get(id as usize)? } else { END_OF_CHAIN };
        }
        bytes.truncate(usize::try_from(length).unwrap_or(usize::MAX));
        Some(bytes)
    }

    fn stream(&self, entry: &Entry) -> Option<Vec<u8>> {
        if entry.length >= MINI_STREAM {
            return self.chain(entry.start, entry.length);
        }
        let mut bytes = Vec::new();
        let mut id = entry.start;
        while id != END_OF_CHAIN && (bytes.len() as u64) < entry.length {
            let start = id as usize * 64;
            bytes.extend_from_slice(self.mini_stream.get(start..start + 64)?);
            id = *self.mini_allocation.get(id as usize)?;
        }
        Some(bytes)
    }
}

/// The records of a workbook stream from a place on: the kind and the data of each.
fn records(stream: &[u8], from: usize) -> impl Iterator<Item = (u16, &[u8])> {
    let mut at = from;
    std::iter::from_fn(move || {
        let kind = u16_at(stream, at)?;
        let length = usize::from(u16_at(stream, at + 2)?);
        let data = stream.get(at + 4..at + 4 + length)?;
        at += 4 + length;
        Some((kind, data))
    })
}

const END_OF_SHEET: u16 = 0x000A;
const FILE_PASS: u16 = 0x002F;
const BOUND_SHEET: u16 = 0x0085;
const MULTIPLE_NUMBERS: u16 = 0x00BD;
const DIMENSIONS: u16 = 0x0200;
/// The records that hold one cell, which begin with its row and column.
const CELLS: [u16; 8] = [0x0006, 0x00D6, 0x00FD, 0x0203, 0x0204, 0x0205, 0x0207, 0x027E];

/// Refuses a workbook whose sheets span more cells than are loaded.
fn check_records(stream: &[u8], limits: &Limits) -> Result<(), ReadProblem> {
    let mut sheets = Vec::new();
    for (kind, data) in records(stream, 0) {
        match kind {
            FILE_PASS if u16_at(data, 0) != Some(0) => return Err(ReadProblem::Protected),
            BOUND_SHEET => sheets.extend(u32_at(data, 0)),
            END_OF_SHEET => break,
            _ => {}
        }
    }
    let mut cells = 0u64;
    let mut scanned = 0usize;
    for start in sheets {
        // The first and the last row, the first and the last column.
        let mut span: Option<(u16, u16, u16, u16)> = None;
        let mut count = 0u64;
        for (kind, data) in records(stream, start as usize) {
            scanned += data.len() + 4;
            match kind {
                END_OF_SHEET => break,
                DIMENSIONS => check_dimensions(data, limits)?,
                MULTIPLE_NUMBERS => count += data.len() as u64 / 6,
                kind if CELLS.contains(&kind) => count += 1,
                _ => {}
            }
            if kind != MULTIPLE_NUMBERS && !CELLS.contains(&kind) {
                continue;
            }
            if let (Some(row), Some(column)) = (u16_at(data, 0), u16_at(data, 2)) {
                let last = if kind == MULTIPLE_NUMBERS {
                    u16_at(data, data.len().saturating_sub(2)).unwrap_or(column)
                } else {
                    column
                };
                let (top, bottom, left, right) = span.unwrap_or((row, row, column, last));
                span = Some((top.min(row), bottom.max(row), left.min(column), right.max(last).max(column)));
            }
        }
        if scanned > 4 * stream.len() {
            return Err(damaged("its sheets overlap"));
        }
        if let Some((top, bottom, left, right)) = span {
            let rectangle = (u64::from(bottom - top) + 1) * (u64::from(right - left) + 1);
            cells += rectangle.max(count);
        }
        if cells > limits.loaded_cells {
            return Err(ReadProblem::TooManyCells { cells, limit: limits.loaded_cells });
        }
    }
    Ok(())
}

/// The reader reserves room for the extent that a sheet declares.
fn check_dimensions(data: &[u8], limits: &Limits) -> Result<(), ReadProblem> {
    let wide = match data.len() {
        10 => [0, 2, 4, 6].map(|at| u16_at(data, at).map(u32::from)),
        _ => [
            u32_at(data, 0),
            u32_at(data, 4),
            u16_at(data, 8).map(u32::from),
            u16_at(data, 10).map(u32::from),
        ],
    };
    let [Some(first_row), Some(end_row), Some(_), Some(end_column)] = wide else {
        return Err(damaged("the extent of a sheet is unreadable"));
    };
    if end_row < first_row {
        return Err(damaged("a sheet ends before it begins"));
    }
    // Formatted blank cells count in the extent, so it is allowed to be a full sheet of the format.
    let extent = u64::from(end_row) * u64::from(end_column);
    if extent > limits.loaded_cells.max(65_536 * 256) {
        return Err(ReadProblem::TooManyCells { cells: extent, limit: limits.loaded_cells });
    }
    Ok(())
}
