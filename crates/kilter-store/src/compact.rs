//! Merging all segments of a ledger into one file that gives every answer they gave.
//!
//! The old files go only after the new one has been written, read back, compared with them and made durable;
//! a process that ends anywhere between leaves a ledger that is whole.

use crate::batch::{self, Line};
use crate::codec::{DirectoryV1, DocumentV1, DocumentsV1};
use crate::columns::{self, Releases};
use crate::error::{Damage, StoreError};
use crate::files;
use crate::header::{Content, Header, Original};
use crate::ledger::{self, FileRange, Ledger};
use crate::merged::{self, Merged};
use crate::parallel;
use crate::reading::Versions;
use crate::segment::{self, Put};
use crate::state::State;
use crate::store::Store;
use crate::versions;
use kilter_core::ident::AreaCode;
use kilter_core::series::SeriesKey;
use std::fmt;
use std::io;
use std::sync::Arc;

/// What a compaction came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Compaction {
    /// How many files of segments there were.
    pub files: usize,
    /// The bytes they took.
    pub before: u64,
    /// The bytes that the one file takes that holds them now.
    pub after: u64,
}

impl fmt::Display for Compaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.files <= 1 {
            return write!(f, "nothing to merge: the ledger is one file of {} bytes", self.after);
        }
        write!(f, "{} files of {} bytes merged into one of {}", self.files, self.before, self.after)
    }
}

impl Store {
    /// Merges all segments into one file. Every answer stays the same, as at every point. Readers go on; the
    /// index is made anew, since it grows with every change.
    ///
    /// # Errors
    /// A store of format 1; damage; too much for one file; opened for reading; no space, no permission. The
    /// store then gives the same answers as before.
    pub fn compact(&mut self) -> Result<Compaction, StoreError> {
        self.check_writable()?;
        self.check_format("merged segments")?;
        let shared = Arc::clone(&self.shared);
        let unsure = shared.turn();
        if let Some(why) = &*unsure {
            return Err(StoreError::Unsure { path: shared.path.clone(), why: why.clone() });
        }
        let state = shared.state();
        let files = state.ledger.files();
        let before = files.iter().map(|file| file.segment().length).sum();
        if files.len() <= 1 {
            return Ok(Compaction { files: files.len(), before, after: before });
        }
        let after = merge(&state, before)?;
        let folder = state.ledger.folder().to_owned();
        let ledger = Ledger::open(&folder)?;
        let new = Arc::new(State::new(ledger, u32::MAX, Some(&state))?);
        shared.put(Arc::clone(&new));
        // Where one stays, the next writer removes it: it is part of the ledger no more.
        let _ = ledger::remove_merged(&folder);
        shared.renew_index(&new);
        Ok(Compaction { files: files.len(), before, after })
    }
}

/// Writes the merged file and returns its length.
fn merge(state: &State, size: u64) -> Result<u64, StoreError> {
    let ledger = &state.ledger;
    let folder = ledger.folder();
    let failed = |e| StoreError::io(folder, "write", e).standing_at(state.last_release());
    files::check_space(folder, size).map_err(|e| e.standing_at(state.last_release()))?;
    let header = header(ledger)?;
    let range = FileRange { first: 1, last: header.number };
    let all: Vec<u32> = (1..=state.releases.len() as u32).collect();
    let mut why = None;
    let written = files::write_temporary(folder, |out| {
        segment::write(out, &header, |put| {
            body(ledger, &all, put).map_err(|e| {
                let text = e.to_string();
                why = Some(e);
                io::Error::other(text)
            })
        })
    });
    let file = written.map_err(|e| why.take().unwrap_or_else(|| failed(e)))?;
    let merged = Arc::new(Merged::open(file.path(), range.first)?);
    batch::check_length(merged.file.length)?;
    compare(ledger, &Ledger::of(folder, &merged)?, &all)?;
    if !merged.file.is_as_written() {
        return Err(StoreError::damaged(merged.file.damage("it is not on the disk as it was written")));
    }
    let path = folder.join(range.name());
    files::publish(file, &path).map_err(failed)?;
    // Only now may the files go that it was made of.
    files::sync_folder(folder).map_err(failed)?;
    Ok(merged.file.length)
}

fn header(ledger: &Ledger) -> Result<Header, StoreError> {
    let original = |segment: &Arc<segment::Segment>| Original {
        header: segment.header.clone(),
        digest: segment.digest,
        length: segment.length,
    };
    let originals: Vec<Original> = ledger.segments().iter().map(original).collect();
    let Some(last) = originals.last().map(|original| original.header.clone()) else {
        return Err(StoreError::damaged(Damage::of(ledger.folder(), "a ledger without segments")));
    };
    let header =
        Header { previous: [0; 32], source: String::new(), content: Content::Merged(originals), ..last };
    let length = segment::header_length(&header).map_err(|e| encoding(&e))?;
    if length > segment::MAX_HEADER {
        return Err(StoreError::TooLarge {
            what: "what is said of the segments to be merged".into(),
            found: length as u64,
            most: segment::MAX_HEADER as u64,
            unit: "bytes",
            advice: "a store of so many releases cannot be compacted",
        });
    }
    Ok(header)
}

fn encoding(why: &str) -> StoreError {
    StoreError::Field {
        field: "merged segments",
        found: why.to_owned(),
        expected: "records that can be encoded",
    }
}

fn block(key: &SeriesKey, versions: &Versions) -> Option<Vec<u8>> {
    let mut block = vec![0; 4];
    versions::encode(versions, &mut block)?;
    let sum = segment::crc(segment::key_text(key).as_bytes(), &block[4..]);
    block[..4].copy_from_slice(&sum.to_le_bytes());
    Some(block)
}

/// Puts the blocks of each measure, the tables and the documents; returns the directory.
fn body(ledger: &Ledger, all: &[u32], put: &mut Put<'_>) -> Result<Vec<u8>, StoreError> {
    let mut put = |bytes: &[u8]| put(bytes).map_err(|e| StoreError::io(ledger.folder(), "write", e));
    let mut groups: Vec<Vec<Line>> = Vec::new();
    let mut said_by = Vec::new();
    for measure in ledger.measures(all)? {
        let versions = ledger.versions(&measure, all)?;
        let blocks = parallel::map(versions.iter().collect(), 64, |(key, versions)| block(key, versions));
        let mut lines = Vec::with_capacity(versions.len());
        let mut releases: Vec<u32> = Vec::new();
        for ((key, versions), block) in versions.into_iter().zip(blocks) {
            let block = block.ok_or_else(|| encoding("a kind of period without a code"))?;
            put(&block)?;
            releases.extend(versions.iter().map(|(release, _)| *release));
            lines.push(Line::of(key, versions.iter().map(|(_, series)| series), block.len()));
        }
        releases.sort_unstable();
        releases.dedup();
        said_by.push(releases);
        groups.push(lines);
    }
    let mut areas: Vec<AreaCode> = groups.iter().flatten().map(|line| line.key.area.clone()).collect();
    parallel::sort_by(&mut areas, Ord::cmp);
    areas.dedup();
    let mut measures = Vec::new();
    for group in &groups {
        let (measure, table) = batch::table(group, &areas)?;
        put(&table)?;
        measures.push(measure);
    }
    let mut documents = Vec::new();
    for segment in ledger.segments() {
        if !matches!(segment.header.content, Content::Definitions { .. }) {
            continue;
        }
        let mut of_version = Vec::new();
        for document in segment.documents()? {
            put(document.text.as_bytes())?;
            of_version.push(DocumentV1 {
                length: document.text.len() as u32,
                crc: segment::crc(document.name.as_bytes(), document.text.as_bytes()),
                name: document.name,
            });
        }
        documents.push(DocumentsV1 { documents: of_version });
    }
    let areas = areas.iter().map(ToString::to_string).collect();
    merged::directory_bytes(DirectoryV1 { areas, measures }, said_by, documents).map_err(|e| encoding(&e))
}

/// Refuses a new ledger that does not say what the old one does, bit for bit.
fn compare(old: &Ledger, new: &Ledger, all: &[u32]) -> Result<(), StoreError> {
    let differs = |what: String| StoreError::damaged(Damage::of(new.folder(), what));
    let measures = old.measures(all)?;
    if new.measures(all)? != measures {
        return Err(differs("merging changed the measures".into()));
    }
    let bytes = |versions: &Versions| {
        let each = versions.iter().map(|(release, series)| {
            let mut bytes = Vec::new();
            columns::encode(series, Releases::None, &mut bytes);
            (*release, bytes)
        });
        each.collect::<Vec<_>>()
    };
    for measure in measures {
        let (before, after) = (old.versions(&measure, all)?, new.versions(&measure, all)?);
        let pairs: Vec<_> = before.iter().zip(&after).collect();
        let same = parallel::map(pairs, 64, |(a, b)| a.0 == b.0 && bytes(&a.1) == bytes(&b.1));
        if before.len() != after.len() || same.contains(&false) {
            return Err(differs(format!("merging changed what is said of {measure}")));
        }
    }
    for (before, after) in old.segments().iter().zip(new.segments()) {
        let is_text = matches!(before.header.content, Content::Definitions { .. });
        if is_text && before.documents()? != after.documents()? {
            return Err(differs("merging changed a version of the definitions".into()));
        }
    }
    Ok(())
}
