//! What a segment says of itself: its place in the chain, its date, and what sort of thing it holds. One
//! shape in memory for every format on disk.
//!
//! A segment is written in the oldest format that can hold it, so that an older kilter reads as much as it
//! can. Knows records and no files.

use crate::codec::{self, ContentV1, ContentV2, ReleaseV1, SegmentHeaderV1, SegmentHeaderV2, WithdrawalV2};

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
                let ContentV2::Withdrawal(withdrawal) = content;
                let content = Content::Withdrawal(withdrawal);
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
