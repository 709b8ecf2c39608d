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
    check_sizes(&mut archive, limits)?;
    if package == Package::Ods && is_encrypted(&mut archive) {
        return Err(ReadProblem::Protected);
    }
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

/// Whether an OpenDocument manifest tells of encrypted parts.
fn is_encrypted<R: Read + Seek>(archive: &mut ZipArchive<R>) -> bool {
    let mut manifest = Vec::new();
    if let Ok(part) = archive.by_name("META-INF/manifest.xml") {
        // A manifest that cannot be read says nothing; the content itself will.
        let _ = part.take(1024 * 1024).read_to_end(&mut manifest);
    }
    memmem::find(&manifest, b"manifest:encryption-data").is_some()
}

/// Opens the content of an OpenDocument spreadsheet.
pub(super) fn open_content<T>(
    file: BufReader<File>,
    read: impl FnOnce(&mut dyn Read) -> Result<T, ReadProblem>,
) -> Result<T, ReadProblem> {
    let mut archive = ZipArchive::new(file).map_err(damaged)?;
    let mut part = archive.by_name("content.xml").map_err(damaged)?;
    read(&mut part)
}

fn check_sizes<R: Read + Seek>(archive: &mut ZipArchive<R>, limits: &Limits) -> Result<(), ReadProblem> {
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
        if small && !is_strings {
            continue;
        }
        let mut watched = Watched::new(part.take(limits.workbook - unpacked + 1));
        watched.drain().map_err(damaged)?;
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
