//! What a segment says of itself: its place in the chain, its date, and what sort of thing it holds. One
//! shape in memory for every format on disk.
//!
//! A segment is written in the oldest format that can hold it, so that an older kilter reads as much as it
//! can. Knows records and no files.

use crate::codec::{
    self, ContentV1, ContentV2, MergedV2, OriginalV2, ReleaseV1, SegmentHeaderV1, SegmentHeaderV2,
    WithdrawalV2,
};

/// The newest format this version reads and writes.
pub(crate) const FORMAT: u32 = 2;

/// The header of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    /// 1 for the first segment of a store.
    pub(crate) number: u32,
    /// The digest of the segment before; zeros in the first.
    pub(crate) previous: [u8; 32],
    /// Days since 0000-12-31, as chrono counts them.
    pub(crate) known_at: i32,
    /// Seconds since 1970-01-01 UTC.
    pub(crate) recorded_at: i64,
    pub(crate) source: String,
    pub(crate) content: Content,
}

/// What a segment holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    /// A version of the definitions.
    Definitions { version: u32 },
    /// A release of observations.
    Release(ReleaseV1),
    /// Nothing but the word that a release no longer counts.
    Withdrawal(WithdrawalV2),
    /// Several segments that follow on each other; never none, and none of them merged itself.
    Merged(Vec<Original>),
}

/// A segment as it was before it was merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Original {
    pub(crate) header: Header,
    pub(crate) digest: [u8; 32],
    /// The length of its file.
    pub(crate) length: u64,
}

impl Original {
    fn encode(&self) -> Result<OriginalV2, String> {
        let (format, header) = self.header.encode()?;
        Ok(OriginalV2 { format: format as u16, header, digest: self.digest, length: self.length })
    }

    fn decode(bytes: &OriginalV2) -> Result<Self, String> {
        let header = Header::decode(u32::from(bytes.format), &bytes.header)?;
        if matches!(header.content, Content::Merged(_)) {
            return Err("a merged segment inside another".into());
        }
        Ok(Self { header, digest: bytes.digest, length: bytes.length })
    }
}

impl Header {
    /// The format it is written in, and its bytes.
    pub(crate) fn encode(&self) -> Result<(u32, Vec<u8>), String> {
        let Self { number, previous, known_at, recorded_at, source, content } = self.clone();
        let v1 = |content| SegmentHeaderV1 {
            number,
            previous,
            known_at,
            recorded_at,
            source: source.clone(),
            content,
        };
        Ok(match content {
            Content::Definitions { version } => (1, codec::encode(&v1(ContentV1::Definitions { version }))?),
            Content::Release(release) => (1, codec::encode(&v1(ContentV1::Release(release)))?),
            Content::Withdrawal(withdrawal) => {
                let content = ContentV2::Withdrawal(withdrawal);
                let header = SegmentHeaderV2 { number, previous, known_at, recorded_at, source, content };
                (2, codec::encode(&header)?)
            }
            Content::Merged(originals) => {
                let segments = originals.iter().map(Original::encode).collect::<Result<_, _>>()?;
                let content = ContentV2::Merged(MergedV2 { segments });
                let header = SegmentHeaderV2 { number, previous, known_at, recorded_at, source, content };
                (2, codec::encode(&header)?)
            }
        })
    }

    /// The header in these bytes of that format.
    pub(crate) fn decode(format: u32, bytes: &[u8]) -> Result<Self, String> {
        match format {
            1 => {
                let header: SegmentHeaderV1 = codec::decode(bytes)?;
                let SegmentHeaderV1 { number, previous, known_at, recorded_at, source, content } = header;
                let content = match content {
                    ContentV1::Definitions { version } => Content::Definitions { version },
                    ContentV1::Release(release) => Content::Release(release),
                };
                Ok(Self { number, previous, known_at, recorded_at, source, content })
            }
            2 => {
                let header: SegmentHeaderV2 = codec::decode(bytes)?;
                let SegmentHeaderV2 { number, previous, known_at, recorded_at, source, content } = header;
                let content = match content {
                    ContentV2::Withdrawal(withdrawal) => Content::Withdrawal(withdrawal),
                    ContentV2::Merged(merged) => {
                        let originals = merged.segments.iter().map(Original::decode);
                        let originals = originals.collect::<Result<Vec<_>, _>>()?;
                        check_chain(&originals, number, &previous)?;
                        Content::Merged(originals)
                    }
                };
                Ok(Self { number, previous, known_at, recorded_at, source, content })
            }
            other => Err(format!("there is no format {other}")),
        }
    }

    /// The number of the release it holds; `None` where it holds something else.
    pub(crate) fn release(&self) -> Option<u32> {
        match &self.content {
            Content::Release(release) => Some(release.number),
            _ => None,
        }
    }
}

/// Refuses originals that do not follow on each other up to that number.
fn check_chain(originals: &[Original], number: u32, previous: &[u8; 32]) -> Result<(), String> {
    let last = originals.last().ok_or("a merged segment without segments")?;
    let ends_well = last.header.number == number && originals[0].header.previous == *previous;
    let follows = |pair: &[Original]| {
        let (one, next) = (&pair[0], &pair[1].header);
        one.header.number.checked_add(1) == Some(next.number) && next.previous == one.digest
    };
    if !ends_well || !originals.windows(2).all(follows) {
        return Err("its segments do not follow on each other".into());
    }
    Ok(())
}
