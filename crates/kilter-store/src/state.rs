//! What a ledger says, gathered up: releases, definitions, withdrawals, and which of them count at a point.
//!
//! A state never changes; a writer puts a new one in its place. Reads segments through the ledger and writes
//! nothing.

use crate::codec::ReleaseV1;
use crate::error::StoreError;
use crate::header::Content;
use crate::ledger::Ledger;
use crate::records::{AsAt, Definitions, Release, Withdrawal, to_hex};
use crate::segment::Segment;
use kilter_core::time::Date;
use std::path::Path;
use std::sync::Arc;

/// What the segments of a ledger say, up to one of them.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) ledger: Ledger,
    /// The number of the last segment that counts: the ledger may go on.
    pub(crate) last: u32,
    /// By number.
    pub(crate) releases: Arc<[Release]>,
    /// By version; there is always one.
    pub(crate) definitions: Arc<[Definitions]>,
    /// Every release, in the order in which they apply.
    order: Vec<u32>,
    /// Those of them that are not withdrawn.
    current: Vec<u32>,
}

/// What counts at a point.
#[derive(Debug)]
pub(crate) struct Visible {
    /// The releases, in the order in which they apply.
    pub(crate) order: Vec<u32>,
    /// The place of the definitions in force.
    pub(crate) definitions: usize,
}

fn date_of(segment: &Segment) -> Result<Date, StoreError> {
    Date::from_num_days_from_ce_opt(segment.header.known_at)
        .ok_or_else(|| StoreError::damaged(segment.damage("its date is none")))
}

fn release_of(segment: &Segment, release: &ReleaseV1) -> Result<Release, StoreError> {
    let header = &segment.header;
    Ok(Release {
        number: release.number,
        segment: header.number,
        known_at: date_of(segment)?,
        source: header.source.clone(),
        profile: release.profile.clone(),
        file_name: release.file_name.clone(),
        file_digest: release.file_digest.as_ref().map(to_hex),
        note: release.note.clone(),
        recorded_at: header.recorded_at,
        series: release.series,
        observations: release.observations,
        withdrawal: None,
    })
}

fn definitions_of(segment: &Segment, version: u32) -> Result<Definitions, StoreError> {
    let header = &segment.header;
    Ok(Definitions {
        version,
        segment: header.number,
        known_at: date_of(segment)?,
        source: header.source.as_str().into(),
        recorded_at: header.recorded_at,
        documents: segment.documents()?.into(),
    })
}

impl State {
    /// What the segments of the ledger up to that number say. `before`: a state of the same ledger, whose
    /// definitions need not be read again.
    pub(crate) fn new(ledger: Ledger, last: u32, before: Option<&Self>) -> Result<Self, StoreError> {
        let last = last.min(ledger.segments().len() as u32);
        let mut releases: Vec<Release> = Vec::new();
        let mut definitions: Vec<Definitions> = Vec::new();
        for segment in ledger.segments().iter().take(last as usize) {
            match &segment.header.content {
                Content::Definitions { version } => {
                    let known = before.and_then(|state| state.definitions.get(definitions.len()));
                    definitions.push(match known {
                        Some(known) => known.clone(),
                        None => definitions_of(segment, *version)?,
                    });
                }
                Content::Release(release) => releases.push(release_of(segment, release)?),
                // No segment of the chain: a file of them.
                Content::Merged(_) => {}
                Content::Withdrawal(withdrawal) => {
                    let place = (withdrawal.release as usize).checked_sub(1);
                    let Some(release) = place.and_then(|place| releases.get_mut(place)) else {
                        return Err(StoreError::damaged(
                            segment.damage("it withdraws a release that there is not"),
                        ));
                    };
                    release.withdrawal = Some(Withdrawal {
                        segment: segment.header.number,
                        known_at: date_of(segment)?,
                        reason: withdrawal.reason.clone(),
                        recorded_at: segment.header.recorded_at,
                    });
                }
            }
        }
        let mut order: Vec<u32> = releases.iter().map(|r| r.number).collect();
        order.sort_unstable_by_key(|number| (releases[*number as usize - 1].known_at, *number));
        let is_current = |number: &u32| releases[*number as usize - 1].withdrawal.is_none();
        let current = order.iter().copied().filter(is_current).collect();
        Ok(Self { ledger, last, releases: releases.into(), definitions: definitions.into(), order, current })
    }

    /// The releases that count now, in the order in which they apply.
    pub(crate) fn current(&self) -> &[u32] {
        &self.current
    }

    /// The place of each release, by number, in the order in which they apply.
    pub(crate) fn ranks(&self) -> Vec<usize> {
        let mut ranks = vec![0; self.order.len()];
        for (rank, &number) in self.order.iter().enumerate() {
            ranks[number as usize - 1] = rank;
        }
        ranks
    }

    /// The number of the last release; `None` where there is none.
    pub(crate) fn last_release(&self) -> Option<u32> {
        self.releases.last().map(|r| r.number)
    }

    /// A release by its number. `path`: that of the store, for the message.
    pub(crate) fn release(&self, number: u32, path: &Path) -> Result<&Release, StoreError> {
        (number as usize).checked_sub(1).and_then(|place| self.releases.get(place)).ok_or_else(|| {
            StoreError::UnknownRelease { path: path.to_owned(), found: number, last: self.last_release() }
        })
    }

    /// What counts at a point: what had become known by a day, or had been added up to a segment.
    pub(crate) fn visible(&self, as_at: AsAt, path: &Path) -> Result<Visible, StoreError> {
        let (day, segment) = match as_at {
            AsAt::Latest => (Date::MAX, u32::MAX),
            AsAt::Date(date) => (date, u32::MAX),
            AsAt::Release(last) => (Date::MAX, self.release(last, path)?.segment),
        };
        let by_then = |known_at: Date, added: u32| known_at <= day && added <= segment;
        let counts = |number: &u32| {
            let release = &self.releases[*number as usize - 1];
            by_then(release.known_at, release.segment)
                && !release.withdrawal.as_ref().is_some_and(|w| by_then(w.known_at, w.segment))
        };
        let in_force = self.definitions.iter().enumerate().filter(|(_, d)| by_then(d.known_at, d.segment));
        let definitions = in_force.max_by_key(|(_, d)| (d.known_at, d.version)).map_or(0, |(place, _)| place);
        Ok(Visible { order: self.order.iter().copied().filter(counts).collect(), definitions })
    }
}
