//! The records of the store whose shape may change with time, as bytes: one twin for each version of a
//! record, and the one place that names `bincode`.
//!
//! The configuration is bincode 2's, stated in full: little-endian, integers of variable length, a limit
//! that follows from the length of the input, and nothing left over at the end. Numbers of series are
//! not encoded here but in `columns`. A twin is never changed once it has been released: a new shape is
//! a new twin and a new format version.

use bincode::{Decode, Encode};

/// The header of a segment, format 1.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct SegmentHeaderV1 {
    /// 1 for the first segment of a store.
    pub(crate) number: u32,
    /// The digest of the segment before; zeros in the first.
    pub(crate) previous: [u8; 32],
    /// Days since 0000-12-31, as chrono counts them.
    pub(crate) known_at: i32,
    /// Seconds since 1970-01-01 UTC.
    pub(crate) recorded_at: i64,
    pub(crate) source: String,
    pub(crate) content: ContentV1,
}

/// What a segment holds, format 1.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) enum ContentV1 {
    /// A version of the definitions.
    Definitions { version: u32 },
    /// A release of observations.
    Release(ReleaseV1),
}

/// What is said of a release, format 1.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct ReleaseV1 {
    pub(crate) number: u32,
    pub(crate) profile: Option<String>,
    pub(crate) file_name: Option<String>,
    pub(crate) file_digest: Option<[u8; 32]>,
    pub(crate) note: Option<String>,
    pub(crate) series: u64,
    pub(crate) observations: u64,
}

/// The header of a segment of format 2: of what format 1 cannot hold.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct SegmentHeaderV2 {
    pub(crate) number: u32,
    pub(crate) previous: [u8; 32],
    pub(crate) known_at: i32,
    pub(crate) recorded_at: i64,
    pub(crate) source: String,
    pub(crate) content: ContentV2,
}

/// What a segment of format 2 holds.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) enum ContentV2 {
    /// The word that a release no longer counts.
    Withdrawal(WithdrawalV2),
    /// Several segments that follow on each other.
    Merged(MergedV2),
}

/// The segments of a merged file, format 2.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct MergedV2 {
    /// In order, without gaps.
    pub(crate) segments: Vec<OriginalV2>,
}

/// One segment as it was before it was merged.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct OriginalV2 {
    /// The format of the header.
    pub(crate) format: u16,
    /// Its header, byte for byte.
    pub(crate) header: Vec<u8>,
    /// Its digest.
    pub(crate) digest: [u8; 32],
    /// The length of its file.
    pub(crate) length: u64,
}

/// The directory of a merged file, format 2.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct MergedDirectoryV2 {
    /// As in a release; the observations of a measure are those of all releases.
    pub(crate) directory: DirectoryV1,
    /// For each measure the releases that say something of it, ascending.
    pub(crate) releases: Vec<Vec<u32>>,
    /// The documents of each version of the definitions, in order.
    pub(crate) documents: Vec<DocumentsV1>,
}

/// What is said of a withdrawal, format 2.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct WithdrawalV2 {
    /// The number of the release that is withdrawn.
    pub(crate) release: u32,
    pub(crate) reason: String,
}

/// The directory of a segment of definitions, format 1.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct DocumentsV1 {
    pub(crate) documents: Vec<DocumentV1>,
}

/// Where a document is: they follow the header in this order.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct DocumentV1 {
    pub(crate) name: String,
    pub(crate) length: u32,
    /// CRC-32 of the name and the text.
    pub(crate) crc: u32,
}

/// The directory of a segment of observations, format 1.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct DirectoryV1 {
    /// The codes of the areas, strictly ascending; tables name them by their place.
    pub(crate) areas: Vec<String>,
    /// Strictly ascending by measure.
    pub(crate) measures: Vec<MeasureV1>,
}

/// One measure of a segment: its blocks follow those of the measure before, its table the table before.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct MeasureV1 {
    pub(crate) measure: String,
    /// The kinds of its periods; entries name them by their place.
    pub(crate) kinds: Vec<u16>,
    /// The length of its blocks, in bytes.
    pub(crate) blocks: u64,
    /// The length of its table, in bytes.
    pub(crate) table: u32,
    /// CRC-32 of the measure's id and the table.
    pub(crate) table_crc: u32,
    pub(crate) series: u32,
    pub(crate) observations: u64,
}

/// The series of one measure of a segment, in the order of their blocks, format 1.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct TableV1 {
    /// The least ordinal of a period, from which those of the entries count.
    pub(crate) first: i32,
    /// Strictly ascending.
    pub(crate) breakdowns: Vec<BreakdownV1>,
}

/// The series of one breakdown.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct BreakdownV1 {
    pub(crate) breakdown: String,
    /// Strictly ascending by area.
    pub(crate) series: Vec<EntryV1>,
}

/// One series.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct EntryV1 {
    pub(crate) area: u32,
    pub(crate) kind: u8,
    pub(crate) observations: u32,
    /// The length of its block, in bytes.
    pub(crate) length: u32,
    /// Its first period, counted from that of the table.
    pub(crate) first: u32,
    /// Its last period, counted from its first.
    pub(crate) span: u32,
}

/// How far the index has come, format 1.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct IndexStateV1 {
    /// The last segment applied.
    pub(crate) segment: u32,
    /// Its digest.
    pub(crate) digest: [u8; 32],
    /// Whether another was being applied.
    pub(crate) applying: bool,
    /// How many measures have a record.
    pub(crate) measures: u32,
    /// The sum of the marks of those records.
    pub(crate) sum: u64,
}

/// What the index holds of one measure, format 1.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct IndexMeasureV1 {
    /// How many records.
    pub(crate) records: u64,
    /// The sum of their marks.
    pub(crate) sum: u64,
}

/// The longest record, in bytes.
pub(crate) const MAX_RECORD: u64 = 1 << 28;

/// Bytes in which `decode` finds the same record.
///
/// # Errors
/// What bincode says; for the records above there is no way to get one.
pub(crate) fn encode<T: Encode>(record: &T) -> Result<Vec<u8>, String> {
    bincode::encode_to_vec(
        record,
        bincode::config::standard().with_little_endian().with_variable_int_encoding().with_no_limit(),
    )
    .map_err(|e| e.to_string())
}

/// The record in these bytes and nothing beside it.
///
/// # Errors
/// A text of what is wrong: an end too early, bytes left over, a length beyond the limit, a text that is
/// not UTF-8.
pub(crate) fn decode<T: Decode<()>>(bytes: &[u8]) -> Result<T, String> {
    // A limit has to be a constant, and has to follow from the input: a record never takes more memory
    // than 32 times its bytes, that being what lists of empty texts take.
    const STEPS: [usize; 5] = [1 << 12, 1 << 16, 1 << 20, 1 << 24, 1 << 28];
    let n = bytes.len();
    if n <= STEPS[0] {
        limited::<T, { STEPS[0] * 32 }>(bytes)
    } else if n <= STEPS[1] {
        limited::<T, { STEPS[1] * 32 }>(bytes)
    } else if n <= STEPS[2] {
        limited::<T, { STEPS[2] * 32 }>(bytes)
    } else if n <= STEPS[3] {
        limited::<T, { STEPS[3] * 32 }>(bytes)
    } else if n <= STEPS[4] {
        limited::<T, { STEPS[4] * 4 }>(bytes)
    } else {
        Err(format!("a record of {n} bytes; there is none above {}", STEPS[4]))
    }
}

fn limited<T: Decode<()>, const LIMIT: usize>(bytes: &[u8]) -> Result<T, String> {
    let configuration =
        bincode::config::standard().with_little_endian().with_variable_int_encoding().with_limit::<LIMIT>();
    let (record, read) =
        bincode::decode_from_slice::<T, _>(bytes, configuration).map_err(|e| e.to_string())?;
    if read != bytes.len() {
        return Err(format!("{} bytes are left over after a record", bytes.len() - read));
    }
    Ok(record)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> SegmentHeaderV1 {
        SegmentHeaderV1 {
            number: 7,
            previous: [9; 32],
            known_at: 738_000,
            recorded_at: -1,
            source: "published table".into(),
            content: ContentV1::Release(ReleaseV1 {
                number: 6,
                profile: None,
                file_name: Some("a.csv".into()),
                file_digest: Some([1; 32]),
                note: None,
                series: 3,
                observations: u64::MAX,
            }),
        }
    }

    #[test]
    fn a_header_comes_back_and_every_truncation_and_extension_of_it_is_refused() {
        let bytes = encode(&header()).unwrap();
        assert_eq!(decode::<SegmentHeaderV1>(&bytes), Ok(header()));
        for n in 0..bytes.len() {
            assert!(decode::<SegmentHeaderV1>(&bytes[..n]).is_err(), "the first {n} bytes");
        }
        let mut longer = bytes;
        longer.push(0);
        assert!(decode::<SegmentHeaderV1>(&longer).unwrap_err().contains("left over"));
    }

    #[test]
    fn a_length_that_the_input_cannot_hold_takes_no_memory() {
        // 253 announces a length of eight bytes.
        for length in [u64::MAX, 1 << 40, 1 << 20] {
            let mut bytes = vec![253];
            bytes.extend(length.to_le_bytes());
            assert!(decode::<DirectoryV1>(&bytes).is_err());
            assert!(decode::<DocumentsV1>(&bytes).is_err());
        }
    }

    #[test]
    fn the_bytes_of_format_1_never_change() {
        let mut expected = vec![7];
        expected.extend([9; 32]);
        expected.extend([252, 160, 133, 22, 0, 1, 15]);
        expected.extend(b"published table");
        expected.extend([1, 6, 0, 1, 5]);
        expected.extend(b"a.csv");
        expected.push(1);
        expected.extend([1; 32]);
        expected.extend([0, 3, 253, 255, 255, 255, 255, 255, 255, 255, 255]);
        assert_eq!(encode(&header()).unwrap(), expected);
    }
}
