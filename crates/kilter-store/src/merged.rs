//! Several segments in one file: what each said of a series stands in one block, so that old releases take
//! less room and are read at once.
//!
//! A merged file keeps the header and the digest of each of its segments: the chain goes through it as it
//! went through them. It is a segment to look at, and this room knows what is different inside.

use crate::codec::{self, DirectoryV1, DocumentsV1, MergedDirectoryV2};
use crate::directory::Directory;
use crate::error::StoreError;
use crate::header::{Content, Original};
use crate::records::Document;
use crate::segment::Segment;
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// A file that holds several segments.
#[derive(Debug)]
pub(crate) struct Merged {
    pub(crate) file: Segment,
    pub(crate) first: u32,
    directory: OnceLock<Arc<MergedDirectory>>,
}

/// What is where in it.
#[derive(Debug)]
pub(crate) struct MergedDirectory {
    pub(crate) directory: Arc<Directory>,
    /// The documents of each version of the definitions, in order, and where they begin.
    documents: Vec<(DocumentsV1, u64)>,
}

impl Merged {
    /// Reads the beginning and the end of a file.
    pub(crate) fn open(path: &Path, first: u32) -> Result<Self, StoreError> {
        let file = Segment::open(path)?;
        match &file.header.content {
            Content::Merged(originals) if originals[0].header.number == first => {}
            _ => {
                let what = format!("it does not hold the segments from {first} on, as its name says");
                return Err(StoreError::damaged(file.damage(what)));
            }
        }
        Ok(Self { file, first, directory: OnceLock::new() })
    }

    pub(crate) fn originals(&self) -> &[Original] {
        match &self.file.header.content {
            Content::Merged(originals) => originals,
            _ => &[],
        }
    }

    /// The segments that it holds, as the chain knows them.
    pub(crate) fn segments(self: &Arc<Self>) -> impl Iterator<Item = Segment> {
        self.originals().iter().map(|original| self.file.standing_for(original, self))
    }

    pub(crate) fn directory(&self) -> Result<Arc<MergedDirectory>, StoreError> {
        if let Some(directory) = self.directory.get() {
            return Ok(Arc::clone(directory));
        }
        let unreadable = |why: String| {
            StoreError::damaged(self.file.damage(format!("its directory cannot be read: {why}")))
        };
        let decoded: MergedDirectoryV2 = codec::decode(&self.file.directory_bytes()?).map_err(unreadable)?;
        let directory = self.checked(decoded).map_err(unreadable)?;
        Ok(Arc::clone(self.directory.get_or_init(|| Arc::new(directory))))
    }

    fn checked(&self, decoded: MergedDirectoryV2) -> Result<MergedDirectory, String> {
        let beyond = || "its lengths do not add up".to_owned();
        let versions = self
            .originals()
            .iter()
            .filter(|o| matches!(o.header.content, Content::Definitions { .. }))
            .count();
        if decoded.documents.len() != versions || decoded.releases.len() != decoded.directory.measures.len() {
            return Err("it does not hold what its header says".into());
        }
        let total = |of: &DocumentsV1| of.documents.iter().map(|d| u64::from(d.length)).sum::<u64>();
        let texts: u64 = decoded.documents.iter().map(total).sum();
        let mut at = self.file.directory_at().checked_sub(texts).ok_or_else(beyond)?;
        let directory =
            Directory::new(decoded.directory, self.file.body_at(), at)?.said_by(decoded.releases)?;
        let mut documents = Vec::with_capacity(versions);
        for of_version in decoded.documents {
            let length = total(&of_version);
            documents.push((of_version, at));
            at += length;
        }
        Ok(MergedDirectory { directory: Arc::new(directory), documents })
    }

    /// The documents of one of its segments.
    pub(crate) fn documents(&self, number: u32) -> Result<Vec<Document>, StoreError> {
        let before = self
            .originals()
            .iter()
            .filter(|o| o.header.number < number && matches!(o.header.content, Content::Definitions { .. }));
        let directory = self.directory()?;
        let Some((documents, at)) = directory.documents.get(before.count()) else {
            return Err(StoreError::damaged(self.file.damage("a version of the definitions is missing")));
        };
        self.file.documents_at(documents.clone(), *at)
    }
}

/// The directory of a merged file, as bytes.
pub(crate) fn directory_bytes(
    directory: DirectoryV1,
    releases: Vec<Vec<u32>>,
    documents: Vec<DocumentsV1>,
) -> Result<Vec<u8>, String> {
    codec::encode(&MergedDirectoryV2 { directory, releases, documents })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::Header;
    use crate::segment;
    use std::fs;

    #[test]
    fn the_headers_of_more_segments_than_anybody_has_fit_into_that_of_a_merged_file() {
        const MANY: u32 = 20_000;
        let mut originals: Vec<Original> = Vec::new();
        for number in 1..=MANY {
            let header = Header {
                number,
                previous: originals.last().map_or([0; 32], |before| before.digest),
                known_at: 738_000,
                recorded_at: 1_685_600_000,
                source: "a published table, taken from the page of its publisher".repeat(2),
                content: Content::Definitions { version: number },
            };
            originals.push(Original { header, digest: [number as u8; 32], length: 1_000 });
        }
        let last = originals.last().unwrap().header.clone();
        let header = Header { previous: [0; 32], content: Content::Merged(originals), ..last };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("merged");
        segment::write(&mut fs::File::create(&path).unwrap(), &header, |_| Ok(Vec::new())).unwrap();
        let merged = Merged::open(&path, 1).unwrap();
        assert_eq!(merged.file.header, header);
        assert!(segment::header_length(&header).unwrap() > 1 << 20);
    }
}
