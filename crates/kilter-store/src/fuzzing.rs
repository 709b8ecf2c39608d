//! The doors by which fuzzers reach what decodes bytes; built for them (`--cfg fuzzing`) and for a test.
//!
//! A fuzzer never guesses a checksum: what stands behind one is reached with the checksums put right.
//! Each door takes any bytes and panics only where something is wrong with the store.

use crate::codec::{
    self, ContentV2, DirectoryV1, DocumentsV1, IndexMeasureV1, IndexStateV1, MergedDirectoryV2, OriginalV2,
    SegmentHeaderV1, SegmentHeaderV2, TableV1,
};
use crate::columns::{self, Releases};
use crate::header::{Content, Header, Original};
use crate::ledger::{FileRange, LEDGER, file_name};
use crate::records::{AsAt, Document, Mode, NewDefinitions};
use crate::segment;
use crate::store::Store;
use crate::versions;
use kilter_core::time::Date;
use std::fs;
use std::path::Path;

pub use crate::index::fuzzing::index_records;

/// The columns of a series: whatever can be read comes back the same when it is written and read again.
pub fn series_columns(data: &[u8]) {
    let Some((&first, bytes)) = data.split_first() else { return };
    let release = (first % 2 == 0).then_some(7);
    let Ok(series) = columns::decode(bytes, release, None) else { return };
    let mut written = Vec::new();
    let releases = if release.is_some() { Releases::None } else { Releases::Own };
    columns::encode(&series, releases, &mut written).expect("its kind of period was read");
    let again = columns::decode(&written, release, Some(series.len() as u32)).expect("it was just written");
    let mut twice = Vec::new();
    columns::encode(&again, releases, &mut twice).expect("its kind of period was read");
    assert_eq!(written, twice);
}

/// What several releases said of a series: whatever can be read comes back the same when it is written and read
/// again.
pub fn series_versions(data: &[u8]) {
    const MOST: u32 = 100_000;
    let Ok(parts) = versions::decode(data, MOST, u32::MAX, |_| true) else { return };
    let written = |parts: &[_]| {
        let mut bytes = Vec::new();
        versions::encode(parts, &mut bytes).expect("its kinds of period were read");
        bytes
    };
    let once = written(&parts);
    let again = versions::decode(&once, MOST, u32::MAX, |_| true).expect("it was just written");
    assert_eq!(written(&again), once);
    // What is not wanted, or comes later, changes nothing of the rest.
    let last = parts.get(parts.len() / 2).map_or(0, |(release, _)| *release);
    let some = versions::decode(data, MOST, last, |release| release % 2 == 0).expect("all of it was read");
    let expected = parts.iter().filter(|(release, _)| *release <= last && release % 2 == 0);
    assert!(some.iter().map(|(release, _)| release).eq(expected.map(|(release, _)| release)));
}

/// Every kind of record: what can be read comes back the same when it is written and read again.
pub fn codec_records(data: &[u8]) {
    // A macro, since a bound would have to name the codec.
    macro_rules! back_and_forth {
        ($record:ty, $bytes:expr) => {
            if let Ok(record) = codec::decode::<$record>($bytes) {
                let written = codec::encode(&record).expect("it was just read");
                assert_eq!(codec::decode::<$record>(&written).expect("it was just written"), record);
            }
        };
    }
    let Some((&first, bytes)) = data.split_first() else { return };
    match first % 8 {
        0 => back_and_forth!(SegmentHeaderV1, bytes),
        1 => back_and_forth!(DirectoryV1, bytes),
        2 => back_and_forth!(DocumentsV1, bytes),
        3 => back_and_forth!(TableV1, bytes),
        4 => back_and_forth!(IndexStateV1, bytes),
        5 => back_and_forth!(SegmentHeaderV2, bytes),
        6 => back_and_forth!(MergedDirectoryV2, bytes),
        _ => back_and_forth!(IndexMeasureV1, bytes),
    }
}

/// A store whose second segment is made of these bytes, its checksums and lengths put right: it opens or
/// says why not, and all that can be asked of it is answered or refused.
pub fn ledger_segment(data: &[u8]) {
    thread_local! {
        static STORE: tempfile::TempDir = beginning();
    }
    STORE.with(|folder| {
        let path = folder.path().join("store");
        let first = segment::Segment::open(&path.join(LEDGER).join(file_name(1))).expect("it was just made");
        let bytes = mended(data, first.digest);
        fs::write(path.join(LEDGER).join(file_name(2)), bytes).expect("there is space");
        ask_everything(&path);
    });
}

/// A store that is one merged file made of these bytes, its checksums, lengths, numbers and its chain put right:
/// it opens or says why not, and all that can be asked of it is answered or refused.
pub fn merged_segment(data: &[u8]) {
    thread_local! {
        static STORE: tempfile::TempDir = beginning();
    }
    STORE.with(|folder| {
        let path = folder.path().join("store");
        let ledger = path.join(LEDGER);
        for entry in fs::read_dir(&ledger).expect("it was just made") {
            fs::remove_file(entry.expect("it was just made").path()).expect("it is there");
        }
        let (bytes, last) = merged_anew(data).unwrap_or_else(|| (data.to_vec(), 2));
        fs::write(ledger.join(FileRange { first: 1, last }.name()), bytes).expect("there is space");
        ask_everything(&path);
    });
}

/// A backup of these bytes: checked, and refused or restored to a store that is sound. What stands in it for other
/// tools is no part of the store: where that is damaged, the backup is refused and the store is not.
pub fn backup_file(data: &[u8]) {
    let folder = tempfile::tempdir().expect("there is space");
    let file = folder.path().join("backup");
    fs::write(&file, data).expect("there is space");
    if let Err(e) = Store::check_backup(&file) {
        assert!(!e.to_string().is_empty());
    }
    match Store::restore(&file, &folder.path().join("store")) {
        Ok(store) => {
            let verification = store.verify().expect("it is open");
            assert!(verification.is_sound(), "{verification}");
        }
        Err(e) => assert!(!e.to_string().is_empty()),
    }
}

fn beginning() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("there is space");
    let new = NewDefinitions {
        known_at: Date::default(),
        source: String::new(),
        recorded_at: 0,
        documents: vec![Document { name: "a".into(), text: "b".into() }],
    };
    drop(Store::create(&folder.path().join("store"), new).expect("there is space"));
    folder
}

fn ask_everything(path: &Path) {
    let verified = Store::verify_at(path);
    let Ok(store) = Store::open(path, Mode::Read) else { return };
    let verification = verified.expect("the store opens");
    let mut refused = false;
    for release in store.releases().iter() {
        refused |= store.release_series(release.number()).is_err();
    }
    let snapshot = store.snapshot(AsAt::Latest).expect("nothing was asked that is not there");
    for measure in snapshot.measures().into_iter().flatten() {
        let Ok(all) = snapshot.measure(&measure) else {
            refused = true;
            continue;
        };
        for (key, series) in all.iter().take(8) {
            let one = snapshot.series(key).expect("it was just read").expect("it was just read");
            assert_eq!(one.ordinals(), series.ordinals());
        }
    }
    assert!(
        !refused || !verification.is_sound(),
        "it cannot be read, and verify finds nothing: {verification}"
    );
}

/// The bytes of a segment with its lengths, checksums, number and place in the chain put right, as far as
/// its parts can be read at all.
fn mended(data: &[u8], previous: [u8; 32]) -> Vec<u8> {
    let whole = || data.to_vec();
    let Some(Pieces { format, header, body, directory }) = Pieces::of(data) else { return whole() };
    let Ok(mut header) = Header::decode(format, header) else { return whole() };
    header.number = 2;
    header.previous = previous;
    let mut body = body.to_vec();
    let directory = match &mut header.content {
        Content::Definitions { version } => {
            *version = 2;
            documents(directory, &body)
        }
        Content::Release(release) => {
            release.number = 1;
            tables(directory, &mut body)
        }
        Content::Withdrawal(_) | Content::Merged(_) => None,
    }
    .unwrap_or_else(|| directory.to_vec());
    let mut bytes = Vec::new();
    let _ = segment::write(&mut bytes, &header, |put| put(&body).map(|()| directory));
    bytes
}

/// The parts of a segment, as far as its lengths can be believed.
struct Pieces<'a> {
    format: u32,
    header: &'a [u8],
    body: &'a [u8],
    directory: &'a [u8],
}

impl<'a> Pieces<'a> {
    fn of(data: &'a [u8]) -> Option<Self> {
        const PRELUDE: usize = 24;
        const TRAILER: usize = 72;
        let end = data.len().checked_sub(TRAILER).filter(|end| *end >= PRELUDE)?;
        let u32_at =
            |at: usize| u32::from_le_bytes([data[at], data[at + 1], data[at + 2], data[at + 3]]) as usize;
        let (header, directory) = (u32_at(16), u32_at(end + 12));
        let body_at = PRELUDE.checked_add(header).filter(|at| *at <= end)?;
        let directory_at = end.checked_sub(directory).filter(|at| *at >= body_at)?;
        Some(Self {
            format: u32::from(data[8]),
            header: &data[PRELUDE..body_at],
            body: &data[body_at..directory_at],
            directory: &data[directory_at..end],
        })
    }
}

/// A merged segment from these bytes, and the number of its last original.
fn merged_anew(data: &[u8]) -> Option<(Vec<u8>, u32)> {
    let pieces = Pieces::of(data)?;
    let header: SegmentHeaderV2 = codec::decode(pieces.header).ok()?;
    let ContentV2::Merged(merged) = header.content else { return None };
    let mut originals: Vec<Original> = Vec::new();
    let (mut versions, mut releases) = (0, 0);
    for OriginalV2 { format, header, digest, length } in merged.segments {
        let mut header = Header::decode(u32::from(format), &header).ok()?;
        header.number = originals.len() as u32 + 1;
        header.previous = originals.last().map_or([0; 32], |before| before.digest);
        match &mut header.content {
            Content::Definitions { version } => {
                versions += 1;
                *version = versions;
            }
            Content::Release(release) => {
                releases += 1;
                release.number = releases;
            }
            Content::Withdrawal(_) | Content::Merged(_) => {}
        }
        originals.push(Original { header, digest, length });
    }
    let last = originals.last()?.header.clone();
    let number = last.number;
    let header = Header {
        previous: [0; 32],
        known_at: header.known_at,
        recorded_at: header.recorded_at,
        source: header.source,
        content: Content::Merged(originals),
        ..last
    };
    let mut body = pieces.body.to_vec();
    let directory =
        merged_directory(pieces.directory, &mut body).unwrap_or_else(|| pieces.directory.to_vec());
    let mut bytes = Vec::new();
    segment::write(&mut bytes, &header, |put| put(&body).map(|()| directory)).ok()?;
    Some((bytes, number))
}

fn merged_directory(directory: &[u8], body: &mut [u8]) -> Option<Vec<u8>> {
    let mut decoded: MergedDirectoryV2 = codec::decode(directory).ok()?;
    let mut at = of_tables(&mut decoded.directory, body)?;
    for version in &mut decoded.documents {
        at = of_documents(version, body, at)?;
    }
    codec::encode(&decoded).ok()
}

fn documents(directory: &[u8], body: &[u8]) -> Option<Vec<u8>> {
    let mut decoded: DocumentsV1 = codec::decode(directory).ok()?;
    of_documents(&mut decoded, body, 0)?;
    codec::encode(&decoded).ok()
}

/// Puts the checksums of documents right whose texts begin there. Returns where they end.
fn of_documents(decoded: &mut DocumentsV1, body: &[u8], mut at: usize) -> Option<usize> {
    for document in &mut decoded.documents {
        let end = at.checked_add(document.length as usize)?;
        document.crc = segment::crc(document.name.as_bytes(), body.get(at..end)?);
        at = end;
    }
    Some(at)
}

fn tables(directory: &[u8], body: &mut [u8]) -> Option<Vec<u8>> {
    let mut decoded: DirectoryV1 = codec::decode(directory).ok()?;
    of_tables(&mut decoded, body)?;
    codec::encode(&decoded).ok()
}

/// Puts the checksums of blocks and tables right. Returns where the tables end.
fn of_tables(decoded: &mut DirectoryV1, body: &mut [u8]) -> Option<usize> {
    let mut blocks_at = 0usize;
    let blocks = decoded.measures.iter().try_fold(0u64, |sum, m| sum.checked_add(m.blocks))?;
    let mut table_at = usize::try_from(blocks).ok()?;
    for measure in &mut decoded.measures {
        let table_end = table_at.checked_add(measure.table as usize)?;
        let table = body.get(table_at..table_end)?.to_vec();
        measure.table_crc = segment::crc(measure.measure.as_bytes(), &table);
        if let Ok(table) = codec::decode::<TableV1>(&table) {
            let mut at = blocks_at;
            for group in &table.breakdowns {
                for entry in &group.series {
                    let end = at.checked_add(entry.length as usize)?;
                    let area = decoded.areas.get(entry.area as usize)?;
                    let key = [measure.measure.as_str(), &group.breakdown, area].join("\0");
                    let (sum, columns) = body.get_mut(at..end)?.split_first_chunk_mut::<4>()?;
                    *sum = segment::crc(key.as_bytes(), columns).to_le_bytes();
                    at = end;
                }
            }
        }
        blocks_at = blocks_at.checked_add(usize::try_from(measure.blocks).ok()?)?;
        table_at = table_end;
    }
    Some(table_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOORS: [fn(&[u8]); 7] = [
        series_columns,
        series_versions,
        codec_records,
        index_records,
        ledger_segment,
        merged_segment,
        backup_file,
    ];

    #[test]
    fn every_door_takes_any_bytes() {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/v1");
        let segment = fs::read(fixtures.join("store/ledger/00000002.segment")).unwrap();
        let backup = fs::read(fixtures.join("backup.kilter")).unwrap();
        for door in DOORS {
            door(&[]);
            for n in [0, 1, 7, 60, segment.len()] {
                door(&segment[segment.len() - n..]);
                door(&segment[..n]);
            }
            door(&backup);
        }
    }

    #[test]
    fn a_merged_segment_with_its_checksums_put_right_is_read_as_far_as_it_can_be() {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/v2/store/ledger");
        let mut bytes = fs::read(fixtures.join("00000001-00000006.segment")).unwrap();
        let folder = beginning();
        let path = folder.path().join("store");
        fs::remove_dir_all(path.join(LEDGER)).unwrap();
        fs::create_dir(path.join(LEDGER)).unwrap();
        let put = |bytes: &[u8]| {
            let (bytes, last) = merged_anew(bytes).unwrap();
            fs::write(path.join(LEDGER).join(FileRange { first: 1, last }.name()), bytes).unwrap();
            Store::open(&path, Mode::Read).unwrap().release_series(1)
        };
        assert!(!put(&bytes).unwrap().is_empty());
        // The length of the first part of a block.
        let body = 24 + u32::from_le_bytes(bytes[16..20].try_into().unwrap()) as usize;
        bytes[body + 5] ^= 0xff;
        let error = put(&bytes).unwrap_err().to_string();
        assert!(!error.contains("not as they were written"), "{error}");
    }

    #[test]
    fn a_segment_with_its_checksums_put_right_is_read_as_far_as_it_can_be() {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/v1/store/ledger");
        let mut bytes = fs::read(fixtures.join("00000002.segment")).unwrap();
        let folder = beginning();
        let path = folder.path().join("store");
        let first = segment::Segment::open(&path.join(LEDGER).join(file_name(1))).unwrap();
        let put = |bytes: &[u8]| {
            fs::write(path.join(LEDGER).join(file_name(2)), mended(bytes, first.digest)).unwrap();
            Store::open(&path, Mode::Read).unwrap().release_series(1)
        };
        let whole = put(&bytes).unwrap();
        assert!(!whole.is_empty());
        // A byte of the columns: another number, or no number, but never a wrong checksum.
        let header = 24 + u32::from_le_bytes(bytes[16..20].try_into().unwrap()) as usize;
        bytes[header + 4] ^= 0xff;
        let error = put(&bytes).unwrap_err().to_string();
        assert!(!error.contains("not as they were written"), "{error}");
    }
}
