//! The ledger: the chain of segments, which is the truth.
//!
//! Opening it reads the beginning and the end of each segment and holds them against one another, so
//! that a missing, exchanged, edited or shortened segment is noticed in time that grows with the number
//! of segments. It knows no index and no lock; what the segments say of series is read in `reading`.

use crate::batch::{self, Batch};
use crate::codec;
use crate::directory::{Directory, Table};
use crate::error::{Damage, StoreError};
use crate::files;
use crate::header::{Content, Header};
use crate::merged::Merged;
use crate::parallel;
use crate::records::{Document, to_hex};
use crate::segment::{self, Digest32, Segment};
use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, RwLock};

/// The folder of the ledger in that of the store.
pub(crate) const LEDGER: &str = "ledger";
/// The file that says how far the ledger goes.
pub(crate) const HEAD: &str = "head";

/// How often work is begun again that was disturbed.
const MOST_ATTEMPTS: usize = 50;

/// The name of the file of a segment.
pub(crate) fn file_name(number: u32) -> String {
    FileRange { first: number, last: number }.name()
}

/// The segments that one file holds: one, or several that were merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FileRange {
    pub(crate) first: u32,
    pub(crate) last: u32,
}

impl FileRange {
    pub(crate) fn name(self) -> String {
        let Self { first, last } = self;
        if first == last { format!("{first:08}.segment") } else { format!("{first:08}-{last:08}.segment") }
    }

    /// What a file of that name holds; `None` where it is no name of a segment.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let numbers = name.strip_suffix(".segment")?;
        let (first, last) = numbers.split_once('-').unwrap_or((numbers, numbers));
        let range = Self { first: first.parse().ok()?, last: last.parse().ok()? };
        (range.first > 0 && range.first <= range.last && range.name() == name).then_some(range)
    }

    /// Whether every segment of the other is in this one.
    pub(crate) fn holds(self, other: Self) -> bool {
        self.first <= other.first && other.last <= self.last
    }
}

/// The chain of segments. Copies share what has been read of the segments.
#[derive(Debug, Clone)]
pub(crate) struct Ledger {
    folder: PathBuf,
    segments: Vec<Arc<Segment>>,
    /// What was read of the directories of segments that have a file of their own.
    pub(crate) directories: Vec<Arc<OnceLock<Arc<Directory>>>>,
    /// The place of the segment of each release, by number.
    pub(crate) releases: Vec<usize>,
    /// The releases that are withdrawn.
    withdrawn: HashSet<u32>,
    pub(crate) tables: Arc<RwLock<Tables>>,
}

/// The tables that were read, by the place of their segment and that of their measure in it.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub(crate) by_place: HashMap<(usize, usize), Arc<Table>>,
    pub(crate) entries: usize,
}

/// What `head` says: the last segment and its digest.
pub(crate) fn read_head(folder: &Path) -> Result<Option<(u32, Digest32)>, StoreError> {
    let path = folder.join(HEAD);
    let text = match fs::read(&path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(StoreError::io(&path, "read", e)),
    };
    let parsed = || {
        let number = text.strip_prefix("segment ")?.split_once('\n')?.0.parse().ok()?;
        let hex = text.split_once("\ndigest ")?.1.split_once('\n')?.0;
        let mut digest = [0; 32];
        for (i, byte) in digest.iter_mut().enumerate() {
            *byte = u8::from_str_radix(hex.get(2 * i..2 * i + 2)?, 16).ok()?;
        }
        (head_text(number, &digest) == text).then_some((number, digest))
    };
    match parsed() {
        Some(head) => Ok(Some(head)),
        None => Err(StoreError::damaged(Damage::of(
            &path,
            "it does not say how far the ledger goes; where there is no backup of it, remove it, and the \
             store opens with the segments that are there",
        ))),
    }
}

pub(crate) fn head_text(number: u32, digest: &Digest32) -> String {
    let text = format!("segment {number}\ndigest {}\n", to_hex(digest));
    format!("{text}check {:08x}\n", crc32fast::hash(text.as_bytes()))
}

/// The files of segments in the folder, in order. Those that were merged into another are left out.
pub(crate) fn list(folder: &Path) -> Result<Vec<FileRange>, StoreError> {
    let mut all = list_all(folder)?;
    // The longest of those that begin together comes first.
    all.sort_unstable_by_key(|range| (range.first, std::cmp::Reverse(range.last)));
    let mut files: Vec<FileRange> = Vec::new();
    for range in all {
        if !files.last().is_some_and(|last| last.holds(range)) {
            files.push(range);
        }
    }
    Ok(files)
}

/// The files of segments in the folder, those too that were merged into another.
pub(crate) fn list_all(folder: &Path) -> Result<Vec<FileRange>, StoreError> {
    let list = |e| StoreError::io(folder, "list", e);
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).map_err(list)? {
        all.extend(entry.map_err(list)?.file_name().to_str().and_then(FileRange::of));
    }
    Ok(all)
}

/// Does some work on the files of a ledger, and does it again where it went wrong while another process put its
/// files together: what was listed was gone then before it was read.
pub(crate) fn steadily<T>(
    folder: &Path,
    mut work: impl FnMut() -> Result<T, StoreError>,
    went_well: impl Fn(&T) -> bool,
) -> Result<T, StoreError> {
    let listed = || {
        list_all(folder).map(|mut all| {
            all.sort_unstable();
            all
        })
    };
    for _ in 0..MOST_ATTEMPTS {
        let before = listed()?;
        let result = work();
        if result.as_ref().is_ok_and(&went_well) || listed()? == before {
            return result;
        }
    }
    work()
}

/// Removes the files that were merged into another. The ledger that is left has to have been opened before.
pub(crate) fn remove_merged(folder: &Path) -> Result<(), StoreError> {
    let kept = list(folder)?;
    let merged: Vec<FileRange> =
        list_all(folder)?.into_iter().filter(|range| !kept.contains(range)).collect();
    if !merged.is_empty() {
        // Whoever merged them may have ended before the name of the new file was durable.
        files::sync_folder(folder).map_err(|e| StoreError::io(folder, "write", e))?;
    }
    for range in merged {
        let path = folder.join(range.name());
        fs::remove_file(&path).map_err(|e| StoreError::io(&path, "remove", e))?;
    }
    Ok(())
}

/// The first segment that no file holds, up to the last.
pub(crate) fn first_missing(files: &[FileRange], last: u32) -> Option<u32> {
    let mut next = 1;
    for range in files {
        if range.first != next {
            return Some(next);
        }
        next = range.last.saturating_add(1);
    }
    (next <= last).then_some(next)
}

/// One file of the ledger, its beginning and end read.
#[derive(Debug, Clone)]
pub(crate) enum LedgerFile {
    One(Box<Segment>),
    Merged(Arc<Merged>),
}

/// A segment as a link of the chain.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link<'a> {
    pub(crate) number: u32,
    pub(crate) previous: Digest32,
    pub(crate) digest: Digest32,
    pub(crate) content: &'a Content,
}

impl LedgerFile {
    pub(crate) fn open(folder: &Path, range: FileRange) -> Result<Self, StoreError> {
        Self::open_at(&folder.join(range.name()), range)
    }

    /// The same under another name.
    pub(crate) fn open_at(path: &Path, range: FileRange) -> Result<Self, StoreError> {
        let opened = if range.first == range.last {
            Segment::open(path).map(Box::new).map(Self::One)
        } else {
            Merged::open(path, range.first).map(Arc::new).map(Self::Merged)
        };
        opened.map_err(|e| match e {
            StoreError::Damaged(damage) => {
                let segment = damage.segment.or(Some(range.last));
                StoreError::damaged(Damage { segment, ..*damage })
            }
            other => other,
        })
    }

    /// The file itself.
    pub(crate) fn segment(&self) -> &Segment {
        match self {
            Self::One(segment) => segment,
            Self::Merged(merged) => &merged.file,
        }
    }

    /// The segments in it as links of the chain.
    pub(crate) fn links(&self) -> Vec<Link<'_>> {
        match self {
            Self::One(segment) => vec![Link {
                number: segment.header.number,
                previous: segment.header.previous,
                digest: segment.digest,
                content: &segment.header.content,
            }],
            Self::Merged(merged) => {
                let links = merged.originals().iter().map(|original| Link {
                    number: original.header.number,
                    previous: original.header.previous,
                    digest: original.digest,
                    content: &original.header.content,
                });
                links.collect()
            }
        }
    }

    pub(crate) fn range(&self) -> FileRange {
        let last = self.segment().header.number;
        let first = match self {
            Self::One(_) => last,
            Self::Merged(merged) => merged.first,
        };
        FileRange { first, last }
    }
}

/// What is wrong with a segment as a link of the chain.
pub(crate) fn link_problem(segment: &Segment, number: u32, previous: &Digest32) -> Option<String> {
    let header = &segment.header;
    if header.number != number {
        return Some(format!("it is segment {}, under the name of segment {number}", header.number));
    }
    if header.previous != *previous {
        return Some(format!(
            "it does not follow on segment {}: one of the two was exchanged or changed",
            number - 1
        ));
    }
    None
}

impl Ledger {
    /// Reads the chain. What an earlier writer left under a temporary name is not looked at.
    pub(crate) fn open(folder: &Path) -> Result<Self, StoreError> {
        // The head first: a writer adds the segment before the head.
        let open = || Self::open_with(folder, read_head(folder)?);
        if folder.is_dir() { steadily(folder, open, |_| true) } else { open() }
    }

    /// Reads the chain where nothing says how far it goes but itself.
    pub(crate) fn open_without_head(folder: &Path) -> Result<Self, StoreError> {
        Self::open_with(folder, None)
    }

    fn open_with(folder: &Path, head: Option<(u32, Digest32)>) -> Result<Self, StoreError> {
        let files = list(folder)?;
        let last =
            files.last().map_or(0, |range| range.last).max(head.map_or(0, |(number, _)| number)).max(1);
        if let Some(missing) = first_missing(&files, last) {
            let path = folder.join(file_name(missing));
            let what = format!("the file is missing; the ledger goes to segment {last}");
            return Err(StoreError::damaged(Damage { segment: Some(missing), ..Damage::of(&path, what) }));
        }
        let files = parallel::try_map(files, 16, |range| LedgerFile::open(folder, range))?;
        let mut ledger = Self {
            folder: folder.to_owned(),
            segments: Vec::with_capacity(last as usize),
            directories: Vec::new(),
            releases: Vec::new(),
            withdrawn: HashSet::new(),
            tables: Arc::default(),
        };
        for file in files {
            match file {
                LedgerFile::One(segment) => ledger.link(*segment)?,
                LedgerFile::Merged(merged) => {
                    merged.segments().try_for_each(|segment| ledger.link(segment))?;
                }
            }
        }
        if let Some((number, digest)) = head {
            let segment = &ledger.segments[number.max(1) as usize - 1];
            if segment.digest != digest {
                let what = "it is not the segment that the head of the ledger names: it was exchanged";
                return Err(StoreError::damaged(segment.damage(what)));
            }
        }
        Ok(ledger)
    }

    fn link(&mut self, segment: Segment) -> Result<(), StoreError> {
        let number = self.segments.len() as u32 + 1;
        if let Some(what) = link_problem(&segment, number, &self.digest()) {
            return Err(StoreError::damaged(Damage { segment: Some(number), ..segment.damage(what) }));
        }
        let releases = self.releases.len() as u32;
        let others = releases + self.withdrawn.len() as u32;
        let in_turn = match &segment.header.content {
            Content::Definitions { version } => *version == number - others,
            Content::Release(release) => number > 1 && release.number == releases + 1,
            Content::Merged(_) => false,
            Content::Withdrawal(withdrawal) => {
                (1..=releases).contains(&withdrawal.release) && self.withdrawn.insert(withdrawal.release)
            }
        };
        if !in_turn {
            return Err(StoreError::damaged(segment.damage("its number is not the next of its kind")));
        }
        if segment.release().is_some() {
            self.releases.push(self.segments.len());
        }
        self.segments.push(Arc::new(segment));
        self.directories.push(Arc::default());
        Ok(())
    }

    /// The digest of the last segment; zeros where there is none.
    pub(crate) fn digest(&self) -> Digest32 {
        self.segments.last().map_or([0; 32], |segment| segment.digest)
    }

    /// The files, in order.
    pub(crate) fn files(&self) -> Vec<LedgerFile> {
        let mut files: Vec<LedgerFile> = Vec::new();
        for segment in &self.segments {
            match (&segment.merged, files.last()) {
                (None, _) => files.push(LedgerFile::One(Box::new(segment.as_ref().clone()))),
                (Some(merged), Some(LedgerFile::Merged(last))) if Arc::ptr_eq(merged, last) => {}
                (Some(merged), _) => files.push(LedgerFile::Merged(Arc::clone(merged))),
            }
        }
        files
    }

    /// The folder of its files.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The segments, in order.
    pub(crate) fn segments(&self) -> &[Arc<Segment>] {
        &self.segments
    }

    /// Begins a ledger in a folder that is there and empty.
    pub(crate) fn begin(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            segments: Vec::new(),
            directories: Vec::new(),
            releases: Vec::new(),
            withdrawn: HashSet::new(),
            tables: Arc::default(),
        }
    }

    /// The ledger that is in one merged file.
    pub(crate) fn of(folder: &Path, merged: &Arc<Merged>) -> Result<Self, StoreError> {
        let mut ledger = Self::begin(folder);
        merged.segments().try_for_each(|segment| ledger.link(segment))?;
        Ok(ledger)
    }

    /// Adds a version of the definitions. On return it is there for good.
    pub(crate) fn append_documents(&mut self, header: Header, documents: &[Document]) -> Result<(), Append> {
        let entries = documents.iter().map(|d| codec::DocumentV1 {
            name: d.name.clone(),
            length: d.text.len() as u32,
            crc: segment::crc(d.name.as_bytes(), d.text.as_bytes()),
        });
        let directory = codec::encode(&codec::DocumentsV1 { documents: entries.collect() });
        let directory = directory.map_err(|e| self.refused(&e))?;
        let length = documents.iter().map(|d| d.text.len() as u64).sum();
        self.append(header, length, documents.iter().map(|d| d.text.as_bytes()), directory)
    }

    /// Adds a segment that is all header. On return it is there for good.
    pub(crate) fn append_word(&mut self, header: Header) -> Result<(), Append> {
        self.append(header, 0, std::iter::empty(), Vec::new())
    }

    /// Adds a release. On return it is there for good.
    pub(crate) fn append_batch(&mut self, header: Header, batch: &Batch) -> Result<(), Append> {
        let length = batch.body().map(|bytes| bytes.len() as u64).sum();
        self.append(header, length, batch.body(), batch.directory.clone())
    }

    fn refused(&self, why: &str) -> Append {
        Append::Refused(StoreError::io(&self.folder, "write", io::Error::other(why.to_owned())))
    }

    fn append<'a>(
        &mut self,
        header: Header,
        body_length: u64,
        mut body: impl Iterator<Item = &'a [u8]>,
        directory: Vec<u8>,
    ) -> Result<(), Append> {
        let number = header.number;
        let path = self.folder.join(file_name(number));
        let length =
            segment::length(&header, body_length, directory.len() as u64).map_err(|e| self.refused(&e))?;
        batch::check_length(length)?;
        if !self.folder.exists() {
            let store = self.folder.parent().unwrap_or(&self.folder);
            return Err(StoreError::Vanished { path: store.to_owned() }.into());
        }
        files::check_space(&self.folder, length)?;
        let failed = |e| match StoreError::io(&path, "write", e) {
            StoreError::DiskFull { path, free, release, .. } => {
                StoreError::DiskFull { path, needed: Some(length), free, release }
            }
            other => other,
        };
        let file = files::write_temporary(&self.folder, |out| {
            segment::write(out, &header, |put| body.try_for_each(put).map(|()| directory))
        })
        .map_err(failed)?;
        // What was written is read as a reader will, before it gets its name.
        let written = Segment::open(file.path())?;
        files::publish(file, &path).map_err(failed)?;
        if let Err(e) = files::sync_folder(&self.folder) {
            // Not acknowledged: it must not turn up later either.
            let gone = fs::remove_file(&path).and_then(|()| files::sync_folder(&self.folder));
            let error = failed(e);
            return Err(if gone.is_ok() { Append::Refused(error) } else { Append::Unsure(error) });
        }
        self.link(written.moved_to(path)).map_err(Append::Unsure)?;
        // The segment is acknowledged by now. A head that is behind is brought up by the next writer.
        let _ = self.write_head();
        Ok(())
    }

    /// Writes how far the ledger goes.
    pub(crate) fn write_head(&self) -> Result<(), StoreError> {
        let path = self.folder.join(HEAD);
        let text = head_text(self.segments.len() as u32, &self.digest());
        files::replace(&path, text.as_bytes()).map_err(|e| StoreError::io(&path, "write", e))
    }
}

/// Why a segment was not added.
#[derive(Debug)]
pub(crate) enum Append {
    /// Nothing was added.
    Refused(StoreError),
    /// It is not known whether it will be there after a power cut.
    Unsure(StoreError),
}

impl From<StoreError> for Append {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}
