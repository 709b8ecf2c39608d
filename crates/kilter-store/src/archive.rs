//! The one file of a backup: a zip archive whose members are stored as they are, with a manifest that names
//! each with its length and digest.
//!
//! The layout is in FORMAT.md. This room knows names and bytes, and nothing of what a ledger is. Nothing in
//! an archive is believed before it was checked, and no name in it becomes a path of its own making.

use crate::error::{Damage, StoreError};
use crate::records::to_hex;
use crate::segment::Digest32;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// The newest format of a backup that is read, and the one that is written.
pub(crate) const BACKUP_FORMAT: u32 = 1;
/// The member that names the others. It is the last.
const MANIFEST: &str = "manifest.txt";
/// The most bytes of a manifest.
const MAX_MANIFEST: u64 = 64 << 20;

/// What a manifest says beside the members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Contents {
    /// The version of kilter-store that wrote it.
    pub(crate) written_by: String,
    /// The last segment, and its digest.
    pub(crate) segment: u32,
    pub(crate) digest: Digest32,
    /// The number of the last release; 0 where there is none.
    pub(crate) release: u32,
}

/// One member as the manifest has it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Member {
    length: u64,
    digest: String,
}

/// An archive that is being written.
pub(crate) struct Writer<'a> {
    path: &'a Path,
    zip: ZipWriter<BufWriter<&'a mut File>>,
    members: BTreeMap<String, Member>,
}

fn options() -> SimpleFileOptions {
    // Without a date, so that the same store gives the same bytes. Members may be longer than 4 GiB.
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(zip::DateTime::default())
        .large_file(true)
}

/// Bytes on their way, counted and digested.
struct Counted<'a, W: Write> {
    out: &'a mut W,
    sha: Sha256,
    length: u64,
}

impl<W: Write> Write for Counted<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.out.write(bytes)?;
        self.sha.update(&bytes[..n]);
        self.length += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl<'a> Writer<'a> {
    /// An archive in an empty file. `path`: the one to name in messages.
    pub(crate) fn new(file: &'a mut File, path: &'a Path) -> Self {
        let zip = ZipWriter::new(BufWriter::with_capacity(1 << 18, file));
        Self { path, zip, members: BTreeMap::new() }
    }

    /// Adds a member.
    pub(crate) fn add(
        &mut self,
        name: &str,
        write: impl FnOnce(&mut (dyn Write + Send)) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.zip.start_file(name, options()).map_err(|e| StoreError::io(self.path, "write", e.into()))?;
        let mut counted = Counted { out: &mut self.zip, sha: Sha256::new(), length: 0 };
        write(&mut counted)?;
        let member = Member { length: counted.length, digest: to_hex(&counted.sha.finalize().into()) };
        self.members.insert(name.to_owned(), member);
        Ok(())
    }

    /// Adds the manifest and ends the archive.
    pub(crate) fn finish(mut self, contents: &Contents) -> Result<(), StoreError> {
        let text = manifest(contents, &self.members);
        let failed = |e: io::Error| StoreError::io(self.path, "write", e);
        self.zip.start_file(MANIFEST, options()).map_err(|e| failed(e.into()))?;
        self.zip.write_all(text.as_bytes()).map_err(failed)?;
        let mut out = self.zip.finish().map_err(|e| failed(e.into()))?;
        out.flush().map_err(failed)?;
        out.get_ref().sync_all().map_err(failed)
    }
}

fn manifest(contents: &Contents, members: &BTreeMap<String, Member>) -> String {
    let mut text = format!(
        "kilter backup\nformat {BACKUP_FORMAT}\nwritten by kilter-store {}\nsegment {}\ndigest {}\nrelease {}\n",
        contents.written_by,
        contents.segment,
        to_hex(&contents.digest),
        contents.release
    );
    for (name, member) in members {
        text.push_str(&format!("file {} {} {name}\n", member.digest, member.length));
    }
    format!("{text}check {:08x}\n", crc32fast::hash(text.as_bytes()))
}

/// An archive whose manifest has been read. Its members are checked when they are read.
#[derive(Debug)]
pub(crate) struct Archive {
    path: PathBuf,
    zip: ZipArchive<BufReader<File>>,
    members: BTreeMap<String, Member>,
    pub(crate) contents: Contents,
    pub(crate) bytes: u64,
}

impl Archive {
    /// Reads the manifest.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let damaged = |what: String| StoreError::damaged(Damage::of(path, what));
        let file = File::open(path).map_err(|e| StoreError::io(path, "open", e))?;
        let bytes = file.metadata().map_err(|e| StoreError::io(path, "read", e))?.len();
        let not_one = |why: &str| StoreError::NotABackup { path: path.to_owned(), found: why.to_owned() };
        let mut zip = ZipArchive::new(BufReader::new(file))
            .map_err(|e| not_one(&format!("it is not a whole zip archive ({e})")))?;
        let mut text = String::new();
        {
            let member = zip.by_name(MANIFEST).map_err(|_| not_one("it holds no manifest.txt"))?;
            if member.compression() != CompressionMethod::Stored || member.size() > MAX_MANIFEST {
                return Err(damaged("its manifest is not as one is written".into()));
            }
            let read = member.take(MAX_MANIFEST).read_to_string(&mut text);
            read.map_err(|e| damaged(format!("its manifest cannot be read: {e}")))?;
        }
        let mut lines = text.lines();
        if lines.next() != Some("kilter backup") {
            return Err(not_one("its manifest does not begin with \"kilter backup\""));
        }
        let format = lines.next().and_then(|line| line.strip_prefix("format ")?.parse::<u32>().ok());
        let written_by = lines.next().and_then(|line| line.strip_prefix("written by kilter-store "));
        let (Some(format), Some(written_by)) = (format, written_by) else {
            return Err(damaged("its manifest is not as it was written".into()));
        };
        if format > BACKUP_FORMAT {
            return Err(StoreError::NewerFormat {
                path: path.to_owned(),
                found: format,
                known: BACKUP_FORMAT,
                written_by: written_by.to_owned(),
            });
        }
        let parsed =
            parse(written_by, lines).filter(|(contents, members)| manifest(contents, members) == text);
        let Some((contents, members)) = parsed else {
            return Err(damaged("its manifest is not as it was written".into()));
        };
        Ok(Self { path: path.to_owned(), zip, members, contents, bytes })
    }

    /// The names of the members, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        self.members.keys().cloned().collect()
    }

    /// Writes a member to `out`, and refuses it where it is not as the manifest has it.
    pub(crate) fn copy(&mut self, name: &str, out: &mut dyn Write) -> Result<(), StoreError> {
        let path = self.path.clone();
        let damaged =
            |what: &str| StoreError::damaged(Damage::of(&path, format!("its member {name} {what}")));
        let member = self.members.get(name).ok_or_else(|| damaged("is missing"))?;
        let mut found = self.zip.by_name(name).map_err(|_| damaged("is missing"))?;
        if found.compression() != CompressionMethod::Stored || found.size() != member.length {
            return Err(damaged("is not as it was written"));
        }
        let mut sha = Sha256::new();
        let mut buffer = vec![0; 1 << 18];
        let mut left = member.length;
        while left > 0 {
            let most = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            let n = match found.read(&mut buffer[..most]) {
                Ok(0) => return Err(damaged("ends too early")),
                Ok(n) => n,
                Err(e) => return Err(damaged(&format!("cannot be read: {e}"))),
            };
            sha.update(&buffer[..n]);
            out.write_all(&buffer[..n]).map_err(|e| StoreError::io(&path, "copy from", e))?;
            left -= n as u64;
        }
        if to_hex(&sha.finalize().into()) != member.digest {
            return Err(damaged("is not as it was written"));
        }
        Ok(())
    }
}

fn parse<'t>(
    written_by: &str,
    mut lines: impl Iterator<Item = &'t str>,
) -> Option<(Contents, BTreeMap<String, Member>)> {
    let segment = lines.next()?.strip_prefix("segment ")?.parse().ok()?;
    let digest = crate::records::from_hex(lines.next()?.strip_prefix("digest ")?).ok()?;
    let release = lines.next()?.strip_prefix("release ")?.parse().ok()?;
    let mut members = BTreeMap::new();
    for line in lines {
        let Some(line) = line.strip_prefix("file ") else { break };
        let mut words = line.splitn(3, ' ');
        let (digest, length, name) = (words.next()?, words.next()?, words.next()?);
        members.insert(name.to_owned(), Member { length: length.parse().ok()?, digest: digest.to_owned() });
    }
    Some((Contents { written_by: written_by.to_owned(), segment, digest, release }, members))
}
