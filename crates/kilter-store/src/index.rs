//! The index: what the whole ledger says, arranged for reading the newest state of a series fast.
//!
//! Never the only copy of anything. Each record carries a checksum over its key and value; each measure
//! has a record of how many there are and of the sum of their marks, so that a record that is missing or
//! from an earlier state is noticed and never shown as "no data"; the state names the last segment
//! applied. Whatever does not agree is set aside and made anew from the ledger.

use crate::codec::{self, IndexMeasureV1, IndexStateV1};
use crate::columns::{self, Releases};
use crate::header::Content;
use crate::ledger::Ledger;
use crate::parallel;
use crate::reading::Said;
use crate::segment::{self, Segment};
use crate::state::State;
use crate::tree::{Change, MAX_VALUE, Tree};
use kilter_core::ident::{AreaCode, MeasureId};
use kilter_core::series::{Breakdown, Series, SeriesKey};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

/// The folder of the index in that of the store.
pub(crate) const INDEX: &str = "index";

/// Keys of series begin with a measure, which never begins with this byte.
const STATE: &[u8] = b"\0state1";
const MEASURE: &[u8] = b"\0measure1\0";
/// The bytes of columns in one record: the checksum and the number of parts come on top.
const PART: usize = 3_968;
const _: () = assert!(PART + 6 <= MAX_VALUE);
/// How many series are prepared before they are written.
const AT_ONCE: usize = 4_096;

/// The index of an open store.
#[derive(Debug)]
pub(crate) struct Index {
    tree: Tree,
    /// The number of the last segment that it knows.
    segment: u32,
    measures: BTreeMap<MeasureId, IndexMeasureV1>,
    /// Measures whose records have been counted and summed since the index was opened.
    trusted: RwLock<HashSet<MeasureId>>,
}

/// A number that stands for one record, made to be added up.
fn mark(key: &[u8], value: &[u8]) -> u64 {
    let n = u64::from(crc32fast::hash(key)) << 32 | u64::from(crc32fast::hash(value));
    // The mixing of splitmix64, so that sums of similar records are not similar.
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

fn sealed(key: &[u8], body: &[&[u8]]) -> Vec<u8> {
    let mut value = vec![0; 4];
    body.iter().for_each(|part| value.extend_from_slice(part));
    let sum = segment::crc(key, &value[4..]);
    value[..4].copy_from_slice(&sum.to_le_bytes());
    value
}

fn unsealed<'a>(key: &[u8], value: &'a [u8]) -> Result<&'a [u8], String> {
    match value.split_first_chunk::<4>() {
        Some((sum, body)) if segment::crc(key, body) == u32::from_le_bytes(*sum) => Ok(body),
        _ => Err("a record of the index is not as it was written".into()),
    }
}

fn part_key(text: &str, part: u16) -> Vec<u8> {
    let mut key = Vec::with_capacity(text.len() + 3);
    key.extend(text.as_bytes());
    key.push(0);
    key.extend(part.to_be_bytes());
    key
}

fn measure_key(measure: &MeasureId) -> Vec<u8> {
    [MEASURE, measure.as_str().as_bytes()].concat()
}

fn measure_prefix(measure: &MeasureId) -> Vec<u8> {
    [measure.as_str().as_bytes(), &[0]].concat()
}

/// A key and its value.
type Record = (Vec<u8>, Vec<u8>);

/// The columns of a series with its releases.
fn encoded(series: &Series) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    columns::encode(series, Releases::Own, &mut bytes).ok_or("a kind of period without a code")?;
    Ok(bytes)
}

/// The records of one series.
fn records(text: &str, bytes: &[u8]) -> Result<Vec<Record>, String> {
    let parts = u16::try_from(bytes.chunks(PART).len()).map_err(|_| "a series of too many parts")?;
    let records = bytes.chunks(PART).zip(0u16..).map(|(chunk, part)| {
        let key = part_key(text, part);
        let value = sealed(&key, &[&parts.to_be_bytes(), chunk]);
        (key, value)
    });
    Ok(records.collect())
}

/// Gathers the parts of series as they come in the order of their keys.
struct Gathered {
    text: String,
    parts: u16,
    seen: u16,
    bytes: Vec<u8>,
}

impl Index {
    /// Opens the index and holds it against the ledger. What is merely behind is brought up.
    ///
    /// # Errors
    /// A text of why it cannot be used as it is.
    pub(crate) fn open(folder: &Path, state: &State) -> Result<Self, String> {
        let tree = Tree::open(folder)?;
        let checked = Self::check(&tree, &state.ledger);
        let (found, measures) = match checked {
            Ok(found) => found,
            Err(why) => {
                let _ = tree.close();
                return Err(why);
            }
        };
        let mut index = Self { tree, segment: found.segment, measures, trusted: RwLock::default() };
        for segment in state.ledger.segments().iter().skip(found.segment as usize) {
            if let Err(why) = index.catch_up(state, segment) {
                let _ = index.tree.close();
                return Err(why);
            }
        }
        Ok(index)
    }

    fn check(
        tree: &Tree,
        ledger: &Ledger,
    ) -> Result<(IndexStateV1, BTreeMap<MeasureId, IndexMeasureV1>), String> {
        let value = tree.get(STATE)?.ok_or("it was empty")?;
        let state: IndexStateV1 = codec::decode(unsealed(STATE, &value)?)?;
        if state.applying {
            return Err("the last writer ended while it was updating it".into());
        }
        let segments = ledger.segments();
        let Some(last) = (state.segment as usize).checked_sub(1).and_then(|i| segments.get(i)) else {
            return Err(format!(
                "it was ahead of the ledger: it knew segment {}, and the ledger ends with {}",
                state.segment,
                segments.len()
            ));
        };
        if last.digest != state.digest {
            return Err("it belonged to another ledger".into());
        }
        let mut measures = BTreeMap::new();
        let mut sum = 0u64;
        tree.scan(MEASURE, |key, value| {
            let id = std::str::from_utf8(&key[MEASURE.len()..]).ok().and_then(|id| MeasureId::new(id).ok());
            let id = id.ok_or("a measure of the index has no id")?;
            measures.insert(id, codec::decode(unsealed(key, value)?)?);
            sum = sum.wrapping_add(mark(key, value));
            Ok(())
        })?;
        if measures.len() != state.measures as usize || sum != state.sum {
            return Err("it did not hold every measure".into());
        }
        Ok((state, measures))
    }

    /// Makes the index anew from the ledger.
    pub(crate) fn build(folder: &Path, ledger: &Ledger, order: &[u32]) -> Result<Self, String> {
        set_aside(folder).map_err(|e| e.to_string())?;
        let tree = Tree::open(folder)?;
        let last = ledger.segments().last().ok_or("a ledger without segments")?;
        let mut index = Self { tree, segment: 0, measures: BTreeMap::new(), trusted: RwLock::default() };
        index.write_state(last, true)?;
        let measures = ledger.measures(order).map_err(|e| e.to_string())?;
        for measure in measures {
            let series = ledger.measure(&measure, order).map_err(|e| e.to_string())?;
            let mut catalogue = IndexMeasureV1 { records: 0, sum: 0 };
            for group in series.chunks(AT_ONCE) {
                let prepared = parallel::try_map(group.iter().collect(), 64, |(key, series)| {
                    records(&segment::key_text(key), &encoded(series)?)
                })?;
                let mut changes = Vec::with_capacity(prepared.len());
                for (key, value) in prepared.into_iter().flatten() {
                    catalogue.records += 1;
                    catalogue.sum = catalogue.sum.wrapping_add(mark(&key, &value));
                    changes.push((key, Some(value)));
                }
                index.tree.change(changes)?;
            }
            index.trusted.get_mut().unwrap_or_else(PoisonError::into_inner).insert(measure.clone());
            index.measures.insert(measure, catalogue);
        }
        index.finish(last)?;
        Ok(index)
    }

    fn measure_changes(&self) -> Result<Vec<Change>, String> {
        let record = |(measure, catalogue): (&MeasureId, &IndexMeasureV1)| {
            let key = measure_key(measure);
            let value = sealed(&key, &[&codec::encode(catalogue)?]);
            Ok((key, Some(value)))
        };
        self.measures.iter().map(record).collect()
    }

    fn write_state(&self, segment: &Segment, applying: bool) -> Result<(), String> {
        let changes = self.measure_changes()?;
        let sum = changes.iter().fold(0u64, |sum, (key, value)| {
            sum.wrapping_add(mark(key, value.as_deref().unwrap_or_default()))
        });
        let state = IndexStateV1 {
            segment: segment.header.number,
            digest: segment.digest,
            applying,
            measures: changes.len() as u32,
            sum,
        };
        let value = sealed(STATE, &[&codec::encode(&state)?]);
        self.tree.change(vec![(STATE.to_vec(), Some(value))])?;
        self.tree.flush()
    }

    /// Writes the catalogue, and last of all the state.
    fn finish(&mut self, segment: &Segment) -> Result<(), String> {
        let gone: Vec<MeasureId> =
            self.measures.iter().filter(|(_, held)| held.records == 0).map(|(id, _)| id.clone()).collect();
        self.tree.change(gone.iter().map(|measure| (measure_key(measure), None)).collect())?;
        self.measures.retain(|_, held| held.records > 0);
        self.tree.change(self.measure_changes()?)?;
        self.tree.flush()?;
        self.note(segment)
    }

    fn catch_up(&mut self, state: &State, segment: &Segment) -> Result<(), String> {
        match &segment.header.content {
            Content::Definitions { .. } | Content::Merged(_) => self.note(segment),
            Content::Release(release) => self.apply(segment, release.number, state),
            Content::Withdrawal(withdrawal) => self.withdraw(segment, withdrawal.release, state),
        }
    }

    /// The number of the last segment that it knows.
    pub(crate) fn segment(&self) -> u32 {
        self.segment
    }

    /// Takes in the release of a segment that the ledger holds already.
    ///
    /// # Errors
    /// A text of what went wrong; the index must then be set aside.
    pub(crate) fn apply(&mut self, segment: &Segment, release: u32, state: &State) -> Result<(), String> {
        // A process that ends between here and the end leaves an index that says so.
        self.write_state(segment, true)?;
        let read = |e: crate::error::StoreError| e.to_string();
        let ranks = state.ranks();
        let mut said: Vec<(&MeasureId, Said)> = Vec::new();
        let measures = state.ledger.measures(&[release]).map_err(read)?;
        for (left, measure) in (0..measures.len()).rev().zip(&measures) {
            // A large release is never held as a whole.
            said.push((measure, state.ledger.columns(measure, release).map_err(read)?));
            if left > 0 && said.iter().map(|(_, said)| said.len()).sum::<usize>() < AT_ONCE {
                continue;
            }
            let series = said.iter().flat_map(|(measure, said)| said.iter().map(|said| (*measure, said)));
            let series: Vec<_> = series.collect();
            for group in series.chunks(AT_ONCE) {
                let prepared = parallel::try_map(group.iter().collect(), 64, |(measure, said)| {
                    self.prepare(measure, release, *said, &ranks)
                })?;
                self.change(group.iter().map(|(measure, _)| *measure).zip(prepared))?;
            }
            drop(series);
            said.clear();
        }
        self.finish(segment)
    }

    /// Takes in the segment that withdraws a release: every series of which that release says something is
    /// made anew from the releases that count now.
    ///
    /// # Errors
    /// A text of what went wrong; the index must then be set aside.
    pub(crate) fn withdraw(&mut self, segment: &Segment, release: u32, state: &State) -> Result<(), String> {
        self.write_state(segment, true)?;
        let said = |e: crate::error::StoreError| e.to_string();
        for measure in state.ledger.measures(&[release]).map_err(said)? {
            let touched = state.ledger.measure(&measure, &[release]).map_err(said)?;
            let left = state.ledger.measure(&measure, state.current()).map_err(said)?;
            let left: HashMap<SeriesKey, Series> = left.into_iter().collect();
            for group in touched.chunks(AT_ONCE) {
                let prepared = parallel::try_map(group.iter().collect(), 64, |(key, _)| {
                    let text = segment::key_text(key);
                    let written = match left.get(key) {
                        Some(series) => records(&text, &encoded(series)?)?,
                        None => Vec::new(),
                    };
                    Ok::<_, String>(replaced(&self.parts(&text)?, written))
                })?;
                self.change(group.iter().map(|_| &measure).zip(prepared))?;
            }
        }
        self.finish(segment)
    }

    /// Makes the changes that were prepared, each for a series of its measure.
    fn change<'m>(
        &mut self,
        prepared: impl Iterator<Item = (&'m MeasureId, Prepared)>,
    ) -> Result<(), String> {
        let mut changes = Vec::new();
        for (measure, prepared) in prepared {
            let catalogue =
                self.measures.entry(measure.clone()).or_insert(IndexMeasureV1 { records: 0, sum: 0 });
            catalogue.records = catalogue.records.wrapping_add(prepared.added).wrapping_sub(prepared.removed);
            catalogue.sum = catalogue.sum.wrapping_add(prepared.difference);
            changes.extend(prepared.changes);
        }
        self.tree.change(changes)
    }

    fn prepare(
        &self,
        measure: &MeasureId,
        release: u32,
        (text, said, observations): (&str, &[u8], u32),
        ranks: &[usize],
    ) -> Result<Prepared, String> {
        let held = if self.measures.contains_key(measure) { self.parts(text)? } else { Vec::new() };
        let written = match self.joined(text, &held)? {
            None => columns::with_release(said, release, observations)?,
            Some(before) => {
                let rank = |release: u32| {
                    (release as usize).checked_sub(1).and_then(|i| ranks.get(i)).copied().unwrap_or_default()
                };
                let new = columns::decode(said, Some(release), Some(observations))?;
                let is_later = before.releases().iter().all(|&held| rank(held) < rank(release));
                let series =
                    if is_later { before.revised_by(&new) } else { columns::merged(&before, &new, rank) };
                encoded(&series)?
            }
        };
        Ok(replaced(&held, records(text, &written)?))
    }

    /// The records of one series as they are.
    fn parts(&self, text: &str) -> Result<Vec<Record>, String> {
        let mut parts = Vec::new();
        let mut expected = 1;
        while parts.len() < expected {
            let key = part_key(text, parts.len() as u16);
            let Some(value) = self.tree.get(&key)? else {
                return if parts.is_empty() { Ok(parts) } else { Err(missing_part()) };
            };
            expected = usize::from(part_of(&key, &value)?.0);
            parts.push((key, value));
        }
        Ok(parts)
    }

    fn joined(&self, text: &str, parts: &[Record]) -> Result<Option<Series>, String> {
        if parts.is_empty() {
            return Ok(None);
        }
        let mut bytes = Vec::with_capacity(parts.iter().map(|(_, value)| value.len()).sum());
        for (part, (_, value)) in parts.iter().enumerate() {
            bytes.extend_from_slice(part_of(&part_key(text, part as u16), value)?.1);
        }
        columns::decode(&bytes, None, None).map(Some)
    }

    /// The measures of which something is held.
    pub(crate) fn measures(&self) -> Vec<MeasureId> {
        self.measures.keys().cloned().collect()
    }

    /// Every series of a measure, by key.
    pub(crate) fn measure(&self, measure: &MeasureId) -> Result<Vec<(SeriesKey, Series)>, String> {
        let Some(catalogue) = self.measures.get(measure) else { return Ok(Vec::new()) };
        let mut gathered: Vec<Gathered> = Vec::new();
        let mut found = IndexMeasureV1 { records: 0, sum: 0 };
        self.tree.scan(&measure_prefix(measure), |key, value| {
            found.records += 1;
            found.sum = found.sum.wrapping_add(mark(key, value));
            let (parts, bytes) = part_of(key, value)?;
            let (text, part) = key
                .split_last_chunk::<2>()
                .and_then(|(text, part)| {
                    let text = std::str::from_utf8(text.strip_suffix(&[0])?).ok()?;
                    Some((text, u16::from_be_bytes(*part)))
                })
                .ok_or("a key of the index cannot be read")?;
            if part == 0 {
                gathered.push(Gathered { text: text.to_owned(), parts, seen: 1, bytes: bytes.to_vec() });
                return Ok(());
            }
            let last = gathered.last_mut().filter(|g| g.text == text && g.seen == part && g.parts == parts);
            let last = last.ok_or_else(missing_part)?;
            last.bytes.extend_from_slice(bytes);
            last.seen += 1;
            Ok(())
        })?;
        if found != *catalogue {
            return Err(lacking(measure));
        }
        if gathered.iter().any(|g| g.seen != g.parts) {
            return Err(missing_part());
        }
        self.trusted.write().unwrap_or_else(PoisonError::into_inner).insert(measure.clone());
        let mut series = parallel::try_map(gathered, 64, |g| {
            Ok::<_, String>((parse_key(measure, &g.text)?, columns::decode(&g.bytes, None, None)?))
        })?;
        series.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        Ok(series)
    }

    /// One series; `None` where nothing is held of it.
    pub(crate) fn series(&self, key: &SeriesKey) -> Result<Option<Series>, String> {
        let Some(catalogue) = self.measures.get(&key.measure) else { return Ok(None) };
        let trusted = self.trusted.read().unwrap_or_else(PoisonError::into_inner).contains(&key.measure);
        if !trusted {
            self.count(&key.measure, catalogue)?;
        }
        let text = segment::key_text(key);
        self.joined(&text, &self.parts(&text)?)
    }

    /// Counts and sums the records of a measure once.
    fn count(&self, measure: &MeasureId, catalogue: &IndexMeasureV1) -> Result<(), String> {
        let mut found = IndexMeasureV1 { records: 0, sum: 0 };
        self.tree.scan(&measure_prefix(measure), |key, value| {
            found.records += 1;
            found.sum = found.sum.wrapping_add(mark(key, value));
            Ok(())
        })?;
        if found != *catalogue {
            return Err(lacking(measure));
        }
        self.trusted.write().unwrap_or_else(PoisonError::into_inner).insert(measure.clone());
        Ok(())
    }

    /// Notes that the ledger holds one segment more, which changes no series.
    pub(crate) fn note(&mut self, segment: &Segment) -> Result<(), String> {
        self.write_state(segment, false)?;
        self.segment = segment.header.number;
        Ok(())
    }

    /// Closes it.
    pub(crate) fn close(self) -> Result<(), String> {
        self.tree.close()
    }

    /// Lets go of it in a forked process.
    pub(crate) fn abandon(self) {
        self.tree.abandon();
    }
}

struct Prepared {
    changes: Vec<Change>,
    added: u64,
    removed: u64,
    difference: u64,
}

/// What has to be done so that the records that are written stand in place of those that are held.
fn replaced(held: &[Record], written: Vec<Record>) -> Prepared {
    let mut prepared = Prepared { changes: Vec::new(), added: 0, removed: 0, difference: 0 };
    for (key, value) in held {
        prepared.removed += 1;
        prepared.difference = prepared.difference.wrapping_sub(mark(key, value));
    }
    for (key, _) in held.iter().skip(written.len()) {
        prepared.changes.push((key.clone(), None));
    }
    for (key, value) in written {
        prepared.added += 1;
        prepared.difference = prepared.difference.wrapping_add(mark(&key, &value));
        prepared.changes.push((key, Some(value)));
    }
    prepared
}

fn part_of<'a>(key: &[u8], value: &'a [u8]) -> Result<(u16, &'a [u8]), String> {
    let (parts, bytes) = unsealed(key, value)?.split_first_chunk::<2>().ok_or_else(missing_part)?;
    match u16::from_be_bytes(*parts) {
        0 => Err(missing_part()),
        parts => Ok((parts, bytes)),
    }
}

fn missing_part() -> String {
    "a part of a series is missing from the index".into()
}

fn lacking(measure: &MeasureId) -> String {
    format!("it does not hold what it should of {measure}")
}

fn parse_key(measure: &MeasureId, text: &str) -> Result<SeriesKey, String> {
    let mut parts = text.split('\0').skip(1);
    let (Some(breakdown), Some(area), None) = (parts.next(), parts.next(), parts.next()) else {
        return Err("a key of the index cannot be read".into());
    };
    Ok(SeriesKey {
        measure: measure.clone(),
        breakdown: Breakdown::parse(breakdown).map_err(|e| e.to_string())?,
        area: AreaCode::new(area).map_err(|e| e.to_string())?,
    })
}

/// Removes an index.
pub(crate) fn set_aside(folder: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(folder) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(folder),
        Ok(_) => fs::remove_file(folder),
        Err(e) => Err(e),
    };
    match removed {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// The folder of the index of a store.
pub(crate) fn folder(store: &Path) -> PathBuf {
    store.join(INDEX)
}

#[cfg(any(fuzzing, test))]
pub(crate) mod fuzzing;
#[cfg(test)]
mod tests;
