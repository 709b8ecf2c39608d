//! One segment of the ledger: an immutable file that holds one release or one version of the
//! definitions, every byte of it under a checksum.
//!
//! The layout is in FORMAT.md. This room reads and writes one file at a time; that the segments form a
//! chain is the ledger's business, and what their series mean nobody's here.

use crate::codec::{self, DirectoryV1, DocumentsV1};
use crate::directory::{Directory, Measure, Table};
use crate::error::{Damage, StoreError};
use crate::header::{FORMAT, Header, Original};
use crate::kept::Kept;
use crate::merged::Merged;
use crate::records::{Document, MAX_DOCUMENT};
use kilter_core::ident::MeasureId;
use kilter_core::series::SeriesKey;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The greatest segment, in bytes.
pub(crate) const MAX_SEGMENT: u64 = 4 << 30;

/// The most observations of one measure in one segment. Columns of absences are so short that without
/// it a small forged file could announce more than any memory holds.
pub(crate) const MAX_MEASURE: u64 = 1 << 26;

const MAGIC: &[u8; 8] = b"KILTSEG\n";
const END: &[u8; 8] = b"KILTEND\n";
const PRELUDE: usize = 24;
const TRAILER: usize = 72;
/// The longest header, in bytes. That of a merged segment holds those of its originals: there is room for some
/// hundred thousand.
pub(crate) const MAX_HEADER: usize = 64 << 20;

/// A digest of SHA-256.
pub(crate) type Digest32 = [u8; 32];

/// The text by which a series is known in checksums and in the index.
pub(crate) fn key_text(key: &SeriesKey) -> String {
    key_parts(&key.measure, &key.breakdown.to_string(), key.area.as_str())
}

pub(crate) fn key_parts(measure: &MeasureId, breakdown: &str, area: &str) -> String {
    [measure.as_str(), breakdown, area].join("\0")
}

/// The checksum of bytes that belong to a name: that of another's bytes is another.
pub(crate) fn crc(name: &[u8], bytes: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(name);
    crc.update(&[0]);
    crc.update(bytes);
    crc.finalize()
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(bytes[at..at + 2].try_into().expect("two bytes"))
}

/// Writes a segment: the header, then what `body` puts, then the directory that it returns, and the trailer.
pub(crate) fn write(
    out: &mut dyn Write,
    header: &Header,
    body: impl FnOnce(&mut Put<'_>) -> io::Result<Vec<u8>>,
) -> io::Result<()> {
    let (format, encoded) = header.encode().map_err(io::Error::other)?;
    let version = |text: &str| text.parse::<u16>().unwrap_or_default().to_le_bytes();
    let mut prelude = Vec::with_capacity(PRELUDE);
    prelude.extend(MAGIC);
    prelude.extend((format as u16).to_le_bytes());
    prelude.extend(version(env!("CARGO_PKG_VERSION_MAJOR")));
    prelude.extend(version(env!("CARGO_PKG_VERSION_MINOR")));
    prelude.extend(version(env!("CARGO_PKG_VERSION_PATCH")));
    prelude.extend((encoded.len() as u32).to_le_bytes());
    prelude.extend(crc(&prelude, &encoded).to_le_bytes());

    let mut sha = Sha256::new();
    let mut length = 0u64;
    let mut put = |out: &mut dyn Write, bytes: &[u8]| {
        sha.update(bytes);
        length += bytes.len() as u64;
        out.write_all(bytes)
    };
    put(out, &prelude)?;
    put(out, &encoded)?;
    let directory = body(&mut |bytes| put(out, bytes))?;
    put(out, &directory)?;
    let digest: Digest32 = sha.finalize().into();

    let mut trailer = Vec::with_capacity(TRAILER);
    trailer.extend(END);
    trailer.extend(header.number.to_le_bytes());
    trailer.extend((directory.len() as u32).to_le_bytes());
    trailer.extend((length - directory.len() as u64).to_le_bytes());
    trailer.extend((length + TRAILER as u64).to_le_bytes());
    trailer.extend(digest);
    trailer.extend(crc(END, &directory).to_le_bytes());
    trailer.extend(crc32fast::hash(&trailer).to_le_bytes());
    out.write_all(&trailer)
}

/// Takes the next bytes of a body.
pub(crate) type Put<'a> = dyn FnMut(&[u8]) -> io::Result<()> + 'a;

/// The length of a header in bytes.
pub(crate) fn header_length(header: &Header) -> Result<usize, String> {
    header.encode().map(|(_, encoded)| encoded.len())
}

/// The length of the file that `write` makes.
pub(crate) fn length(header: &Header, body: u64, directory: u64) -> Result<u64, String> {
    Ok((PRELUDE + header_length(header)? + TRAILER) as u64 + body + directory)
}

/// A segment whose header and trailer have been read and agree with the file.
#[derive(Debug, Clone)]
pub(crate) struct Segment {
    pub(crate) path: PathBuf,
    pub(crate) header: Header,
    pub(crate) digest: Digest32,
    /// Where what follows the header begins.
    body_at: u64,
    directory_at: u64,
    directory: u32,
    directory_crc: u32,
    pub(crate) length: u64,
    /// The file that it was merged into; it has none of its own then.
    pub(crate) merged: Option<Arc<Merged>>,
    kept: Arc<Kept>,
}

impl Segment {
    /// Reads the header and the trailer.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let damaged = |what: String| StoreError::damaged(Damage::of(path, what));
        let read = |e| StoreError::io(path, "read", e);
        let mut file = File::open(path).map_err(|e| StoreError::io(path, "open", e))?;
        let length = file.metadata().map_err(read)?.len();
        if length < (PRELUDE + TRAILER) as u64 {
            return Err(damaged(format!("the file has {length} bytes and is cut short")));
        }
        if length > MAX_SEGMENT {
            return Err(damaged(format!("the file has {length} bytes; a segment has at most {MAX_SEGMENT}")));
        }
        let mut prelude = [0; PRELUDE];
        file.read_exact(&mut prelude).map_err(read)?;
        if &prelude[..8] != MAGIC {
            return Err(damaged("the file does not begin as a segment does".into()));
        }
        let format = u32::from(u16_at(&prelude, 8));
        let header_length = u32_at(&prelude, 16) as usize;
        if format > FORMAT {
            let [major, minor, patch] = [10, 12, 14].map(|at| u16_at(&prelude, at));
            return Err(StoreError::NewerFormat {
                path: path.to_owned(),
                found: format,
                known: FORMAT,
                written_by: format!("{major}.{minor}.{patch}"),
            });
        }
        if header_length > MAX_HEADER || (PRELUDE + header_length + TRAILER) as u64 > length {
            return Err(damaged(format!("a header of {header_length} bytes in a file of {length}")));
        }
        let mut encoded = vec![0; header_length];
        file.read_exact(&mut encoded).map_err(read)?;
        if crc(&prelude[..20], &encoded) != u32_at(&prelude, 20) {
            return Err(damaged("its header is not as it was written".into()));
        }
        let header = Header::decode(format, &encoded)
            .map_err(|e| damaged(format!("its header cannot be read: {e}")))?;

        let mut trailer = [0; TRAILER];
        file.seek(SeekFrom::End(-(TRAILER as i64))).map_err(read)?;
        file.read_exact(&mut trailer).map_err(read)?;
        if &trailer[..8] != END || crc32fast::hash(&trailer[..68]) != u32_at(&trailer, 68) {
            return Err(damaged("it does not end as it was written: cut short, extended or changed".into()));
        }
        let (directory, directory_at) = (u32_at(&trailer, 12), u64_at(&trailer, 16));
        let body_at = (PRELUDE + header_length) as u64;
        let fits = directory_at >= body_at
            && directory_at.checked_add(u64::from(directory) + TRAILER as u64) == Some(length)
            && u64::from(directory) <= codec::MAX_RECORD;
        if u64_at(&trailer, 24) != length || u32_at(&trailer, 8) != header.number || !fits {
            return Err(damaged("its beginning and its end do not belong together".into()));
        }
        Ok(Self {
            path: path.to_owned(),
            header,
            digest: trailer[32..64].try_into().expect("32 bytes"),
            body_at,
            directory_at,
            directory,
            directory_crc: u32_at(&trailer, 64),
            length,
            merged: None,
            kept: Arc::default(),
        })
    }

    /// A segment that was merged into this file.
    pub(crate) fn standing_for(&self, original: &Original, merged: &Arc<Merged>) -> Self {
        Self {
            path: self.path.clone(),
            header: original.header.clone(),
            digest: original.digest,
            body_at: 0,
            directory_at: 0,
            directory: 0,
            directory_crc: 0,
            length: original.length,
            merged: Some(Arc::clone(merged)),
            kept: Arc::default(),
        }
    }

    /// Where what follows the header begins.
    pub(crate) fn body_at(&self) -> u64 {
        self.body_at
    }

    /// Where the directory begins.
    pub(crate) fn directory_at(&self) -> u64 {
        self.directory_at
    }

    /// The same segment under another path: its file was renamed.
    pub(crate) fn moved_to(self, path: PathBuf) -> Self {
        Self { path, ..self }
    }

    /// The number of the release it holds; `None` where it holds definitions.
    pub(crate) fn release(&self) -> Option<u32> {
        self.header.release()
    }

    /// What is wrong with it, with its place.
    pub(crate) fn damage(&self, what: impl Into<String>) -> Damage {
        Damage { segment: Some(self.header.number), release: self.release(), ..Damage::of(&self.path, what) }
    }

    fn damaged(&self, what: impl Into<String>) -> StoreError {
        StoreError::damaged(self.damage(what))
    }

    /// The bytes of a stretch that is known to lie inside the file.
    pub(crate) fn read(&self, at: u64, length: u64) -> Result<Vec<u8>, StoreError> {
        let mut bytes = Vec::new();
        self.read_into(at, length, &mut bytes)?;
        let now = self.kept.length(&self.path).map_err(|e| self.io("read", e))?;
        if now != self.length {
            return Err(self.another_length(now));
        }
        Ok(bytes)
    }

    fn another_length(&self, now: u64) -> StoreError {
        self.damaged(format!("it had {} bytes and now has {now}", self.length))
    }

    /// The same in place of what was read before, for bytes that have a checksum of their own: whether the file
    /// has become longer is not asked, for that takes as long as the reading.
    pub(crate) fn read_into(&self, at: u64, length: u64, bytes: &mut Vec<u8>) -> Result<(), StoreError> {
        if at.checked_add(length).is_none_or(|end| end > self.length) {
            return Err(self.damaged("it names bytes beyond its end"));
        }
        bytes.clear();
        bytes.resize(length as usize, 0);
        self.kept.read(&self.path, at, bytes).map_err(|e| self.io("read", e))
    }

    fn io(&self, doing: &'static str, e: io::Error) -> StoreError {
        let store = self.path.parent().and_then(Path::parent);
        match store {
            _ if e.kind() == io::ErrorKind::UnexpectedEof => {
                self.another_length(fs::metadata(&self.path).map_or(0, |found| found.len()))
            }
            Some(store) if e.kind() == io::ErrorKind::NotFound => {
                if store.exists() {
                    self.damaged("the file is no longer there")
                } else {
                    StoreError::Vanished { path: store.to_owned() }
                }
            }
            _ => StoreError::io(&self.path, doing, e),
        }
    }

    pub(crate) fn directory_bytes(&self) -> Result<Vec<u8>, StoreError> {
        let bytes = self.read(self.directory_at, u64::from(self.directory))?;
        if crc(END, &bytes) != self.directory_crc {
            return Err(self.damaged("its directory is not as it was written"));
        }
        Ok(bytes)
    }

    /// The documents of a segment of definitions.
    pub(crate) fn documents(&self) -> Result<Vec<Document>, StoreError> {
        if let Some(merged) = &self.merged {
            return merged.documents(self.header.number);
        }
        let directory: DocumentsV1 =
            codec::decode(&self.directory_bytes()?).map_err(|e| self.unreadable(&e))?;
        let total: u64 = directory.documents.iter().map(|d| u64::from(d.length)).sum();
        if Some(total) != self.directory_at.checked_sub(self.body_at) {
            return Err(self.damaged("its documents do not fill it"));
        }
        self.documents_at(directory, self.body_at)
    }

    /// The documents whose texts begin at a place.
    pub(crate) fn documents_at(
        &self,
        documents: DocumentsV1,
        mut at: u64,
    ) -> Result<Vec<Document>, StoreError> {
        documents
            .documents
            .into_iter()
            .map(|document| {
                let name = document.name;
                if document.length as usize > MAX_DOCUMENT {
                    return Err(self.damaged(format!("the document {name} is too large")));
                }
                let text = self.read(at, u64::from(document.length))?;
                at += u64::from(document.length);
                if crc(name.as_bytes(), &text) != document.crc {
                    return Err(self.damaged(format!("the document {name} is not as it was written")));
                }
                let text = String::from_utf8(text)
                    .map_err(|_| self.damaged(format!("the document {name} is not text")))?;
                Ok(Document { name, text })
            })
            .collect()
    }

    fn unreadable(&self, why: &str) -> StoreError {
        self.damaged(format!("its directory cannot be read: {why}"))
    }

    /// The directory of a segment of observations.
    pub(crate) fn directory(&self) -> Result<Directory, StoreError> {
        let decoded: DirectoryV1 =
            codec::decode(&self.directory_bytes()?).map_err(|e| self.unreadable(&e))?;
        Directory::new(decoded, self.body_at, self.directory_at).map_err(|e| self.unreadable(&e))
    }

    /// The table of one of its measures.
    pub(crate) fn table(&self, directory: &Directory, measure: &Measure) -> Result<Table, StoreError> {
        let damaged = |what: String| {
            let damage = self.damage(what);
            StoreError::damaged(Damage { measure: Some(measure.id.clone()), ..damage })
        };
        let bytes = self.read(measure.table_at, u64::from(measure.table))?;
        if crc(measure.id.as_str().as_bytes(), &bytes) != measure.table_crc {
            return Err(damaged("the table of a measure is not as it was written".into()));
        }
        let decoded = codec::decode(&bytes).map_err(|e| damaged(format!("a table cannot be read: {e}")))?;
        Table::new(decoded, directory, measure).map_err(|e| damaged(format!("a table cannot be read: {e}")))
    }

    /// The SHA-256 of the file as it is now, without the trailer.
    pub(crate) fn digest_now(&self) -> Result<Digest32, StoreError> {
        let file = File::open(&self.path).map_err(|e| self.io("read", e))?;
        self.digest_of(file.take(self.length - TRAILER as u64), &mut io::sink(), &self.path)
    }

    /// Whether the file as it is now has the digest it was given.
    pub(crate) fn is_as_written(&self) -> bool {
        self.digest_now().is_ok_and(|digest| digest == self.digest)
    }

    /// Writes the file to `out` and refuses it where it is not as it was written. `to`: where `out` leads, for
    /// messages.
    pub(crate) fn copy(&self, out: &mut dyn Write, to: &Path) -> Result<(), StoreError> {
        let mut file = File::open(&self.path).map_err(|e| self.io("read", e))?;
        let found = file.metadata().map_err(|e| self.io("read", e))?.len();
        let digest = self.digest_of((&mut file).take(self.length - TRAILER as u64), out, to)?;
        if found != self.length || digest != self.digest {
            return Err(self.damaged("it is not as it was written: its digest is another"));
        }
        let mut trailer = [0; TRAILER];
        file.read_exact(&mut trailer).map_err(|e| self.io("read", e))?;
        out.write_all(&trailer).map_err(|e| StoreError::io(to, "write", e))
    }

    fn digest_of(&self, mut from: impl Read, out: &mut dyn Write, to: &Path) -> Result<Digest32, StoreError> {
        let mut sha = Sha256::new();
        let mut buffer = vec![0; 1 << 20];
        loop {
            match from.read(&mut buffer).map_err(|e| self.io("read", e))? {
                0 => return Ok(sha.finalize().into()),
                n => {
                    sha.update(&buffer[..n]);
                    out.write_all(&buffer[..n]).map_err(|e| StoreError::io(to, "write", e))?;
                }
            }
        }
    }
}

/// The columns of a block, its checksum held against the key of the series.
pub(crate) fn opened<'a>(key: &str, block: &'a [u8]) -> Result<&'a [u8], String> {
    let (sum, columns) = block.split_first_chunk::<4>().ok_or("a block without a checksum")?;
    if crc(key.as_bytes(), columns) != u32::from_le_bytes(*sum) {
        return Err("its observations are not as they were written".into());
    }
    Ok(columns)
}
