//! The index: what the whole ledger says, arranged for reading the newest state of a series fast.
//!
//! Short series lie together in one record, as `groups` lays them out: the engine pays for each record.
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
use crate::tree::{Change, Record, Tree};
use kilter_core::ident::{AreaCode, MeasureId};
use kilter_core::series::{Breakdown, Series, SeriesKey};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

mod groups;

use groups::{Group, Opened, mark, missing_part, of_key, out_of_order, part_key, records, sealed, unsealed};

/// The folder of the index in that of the store.
pub(crate) const INDEX: &str = "index";

/// Keys of series begin with a measure, which never begins with this byte. The number is that of the layout:
/// whoever knows another finds no state and makes the index anew.
const STATES: &[u8] = b"\0state";
const STATE: &[u8] = b"\0state2";
const MEASURE: &[u8] = b"\0measure2\0";
/// How many series are prepared before they are written, where they are of many measures.
const AT_ONCE: usize = 4_096;
/// How many new series are put into records in one task.
const IN_A_ROW: usize = 1_024;

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

fn measure_key(measure: &MeasureId) -> Vec<u8> {
    [MEASURE, measure.as_str().as_bytes()].concat()
}

fn measure_prefix(measure: &MeasureId) -> Vec<u8> {
    [measure.as_str().as_bytes(), &[0]].concat()
}

/// The columns of a series with its releases.
fn encoded(series: &Series) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    columns::encode(series, Releases::Own, &mut bytes).ok_or("a kind of period without a code")?;
    Ok(bytes)
}

/// A series of which something is said, by the text of its key, and what is to be done with it.
type Touched<'a, T> = (&'a str, T);

/// Series that one group holds or is to hold.
type Stretch<'a, T> = (Option<Group>, &'a [Touched<'a, T>]);

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
        let Some(value) = tree.get(STATE)? else {
            let mut why = "it was empty";
            tree.scan(STATES, |_, _| {
                why = "another version of kilter made it, which arranges it in another way";
                Ok(())
            })?;
            return Err(why.into());
        };
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
            let mut encoded = parallel::try_map(series, 64, |(key, series)| {
                Ok::<_, String>((segment::key_text(&key), encoded(&series)?))
            })?;
            encoded.sort_unstable_by(|a, b| a.0.cmp(&b.0));
            let touched: Vec<_> =
                encoded.iter().map(|(text, columns)| (text.as_str(), columns.as_slice())).collect();
            let prepared =
                index.prepare(&measure, &touched, |_, columns| Ok(Some(Cow::Borrowed(*columns))))?;
            index.change([(&measure, prepared)])?;
            index.trusted.get_mut().unwrap_or_else(PoisonError::into_inner).insert(measure);
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
            let prepared = parallel::try_map(said.iter().collect(), 1, |(measure, said)| {
                let touched: Vec<_> = said.iter().map(|(text, columns, n)| (text, (columns, n))).collect();
                self.prepare(measure, &touched, |held, &(columns, n)| {
                    revised(held, columns, n, release, &ranks).map(|columns| Some(columns.into()))
                })
            })?;
            self.change(said.iter().map(|(measure, _)| *measure).zip(prepared))?;
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
            let touched = state.ledger.columns(&measure, release).map_err(said)?;
            let left = state.ledger.measure(&measure, state.current()).map_err(said)?;
            let left: HashMap<String, Series> =
                left.into_iter().map(|(key, series)| (segment::key_text(&key), series)).collect();
            let touched: Vec<_> = touched.iter().map(|(text, ..)| (text, left.get(text))).collect();
            let prepared = self.prepare(&measure, &touched, |_, series| {
                series.map(|series| encoded(series).map(Cow::Owned)).transpose()
            })?;
            self.change([(&measure, prepared)])?;
        }
        self.finish(segment)
    }

    /// Makes the changes that were prepared, by measure.
    fn change<'m>(
        &mut self,
        prepared: impl IntoIterator<Item = (&'m MeasureId, Vec<Prepared>)>,
    ) -> Result<(), String> {
        let mut changes = Vec::new();
        for (measure, prepared) in prepared {
            let catalogue =
                self.measures.entry(measure.clone()).or_insert(IndexMeasureV1 { records: 0, sum: 0 });
            for Prepared { changes: of_group, added, removed, difference } in prepared {
                catalogue.records = catalogue.records.wrapping_add(added).wrapping_sub(removed);
                catalogue.sum = catalogue.sum.wrapping_add(difference);
                changes.extend(of_group);
            }
        }
        self.tree.change(changes)
    }

    /// What has to be done so that the measure holds of some of its series what `word` makes of the columns
    /// that are held; where it makes none, the series goes. They come in the order of their texts.
    fn prepare<'a, T: Sync>(
        &self,
        measure: &MeasureId,
        touched: &'a [Touched<'a, T>],
        word: impl Fn(Option<&[u8]>, &'a T) -> Result<Option<Cow<'a, [u8]>>, String> + Sync,
    ) -> Result<Vec<Prepared>, String> {
        let mut stretches: Vec<Stretch<'a, T>> = Vec::new();
        let mut rest = touched;
        if !self.measures.contains_key(measure) {
            stretches.extend(rest.chunks(IN_A_ROW).map(|new| (None, new)));
            rest = &[];
        }
        while let Some((text, _)) = rest.first() {
            // What lies between a long series and the next group joins neither.
            let held = self.group_of(measure, text)?;
            let here = match &held {
                Some(group) if group.is_long() => 1,
                _ if rest.len() == 1 => 1,
                _ => match self.tree.key_after(&part_key(text, u16::MAX))? {
                    // The next group, or what is no longer of the measure.
                    Some(next) => rest.partition_point(|(text, _)| part_key(text, 0) < next),
                    None => rest.len(),
                },
            };
            let (here, after) = rest.split_at(here);
            stretches.push((held, here));
            rest = after;
        }
        parallel::try_map(stretches, 4, |(held, here)| rewritten(held.as_ref(), here, &word))
    }

    /// The group in which a series is, or would be; `None` where it would be in one of its own.
    fn group_of(&self, measure: &MeasureId, text: &str) -> Result<Option<Group>, String> {
        let upper = part_key(text, u16::MAX);
        let Some(last) = self.tree.last_up_to(&measure_prefix(measure), &upper)? else { return Ok(None) };
        let (first, parts) = of_key(&last.0)?;
        if parts == 0 {
            return Ok(Some(Group::new(last)));
        }
        if first != text {
            return Ok(None);
        }
        let part = |part: u16| -> Result<Record, String> {
            let key = part_key(text, part);
            let value = self.tree.get(&key)?.ok_or_else(missing_part)?;
            Ok((key, value))
        };
        let mut group = Group::new(part(0)?);
        (1..parts).try_for_each(|n| part(n).map(|record| group.push(record)))?;
        group.push(last);
        Ok(Some(group))
    }

    /// The measures of which something is held.
    pub(crate) fn measures(&self) -> Vec<MeasureId> {
        self.measures.keys().cloned().collect()
    }

    /// Every series of a measure, by key.
    pub(crate) fn measure(&self, measure: &MeasureId) -> Result<Vec<(SeriesKey, Series)>, String> {
        let Some(catalogue) = self.measures.get(measure) else { return Ok(Vec::new()) };
        let mut groups: Vec<Group> = Vec::new();
        self.count(measure, catalogue, |key, value| {
            let record = (key.to_vec(), value.to_vec());
            match of_key(key)?.1 {
                0 => groups.push(Group::new(record)),
                _ => groups.last_mut().ok_or_else(missing_part)?.push(record),
            }
            Ok(())
        })?;
        let read = parallel::try_map(groups, 8, |group| series_of(measure, &group))?;
        if read.windows(2).any(|pair| pair[0].last >= pair[1].first) {
            return Err(out_of_order());
        }
        let mut series: Vec<_> = read.into_iter().flat_map(|group| group.series).collect();
        series.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        Ok(series)
    }

    /// One series; `None` where nothing is held of it.
    pub(crate) fn series(&self, key: &SeriesKey) -> Result<Option<Series>, String> {
        let Some(catalogue) = self.measures.get(&key.measure) else { return Ok(None) };
        let trusted = self.trusted.read().unwrap_or_else(PoisonError::into_inner).contains(&key.measure);
        if !trusted {
            self.count(&key.measure, catalogue, |_, _| Ok(()))?;
        }
        let text = segment::key_text(key);
        let Some(group) = self.group_of(&key.measure, &text)? else { return Ok(None) };
        let opened = group.opened()?;
        opened.find(&text)?.map(|columns| columns::decode(columns, None, None)).transpose()
    }

    /// Counts and sums the records of a measure on the way through them.
    fn count(
        &self,
        measure: &MeasureId,
        catalogue: &IndexMeasureV1,
        mut each: impl FnMut(&[u8], &[u8]) -> Result<(), String>,
    ) -> Result<(), String> {
        let mut found = IndexMeasureV1 { records: 0, sum: 0 };
        self.tree.scan(&measure_prefix(measure), |key, value| {
            found.records += 1;
            found.sum = found.sum.wrapping_add(mark(key, value));
            each(key, value)
        })?;
        if found != *catalogue {
            return Err(format!("it does not hold what it should of {measure}"));
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

/// The columns of a series after a release: those that are held, if any, revised by what it says.
fn revised(
    held: Option<&[u8]>,
    said: &[u8],
    observations: u32,
    release: u32,
    ranks: &[usize],
) -> Result<Vec<u8>, String> {
    let Some(held) = held else { return columns::with_release(said, release, observations) };
    let rank = |release: u32| {
        (release as usize).checked_sub(1).and_then(|i| ranks.get(i)).copied().unwrap_or_default()
    };
    let before = columns::decode(held, None, None)?;
    let new = columns::decode(said, Some(release), Some(observations))?;
    let is_later = before.releases().iter().all(|&held| rank(held) < rank(release));
    let series = if is_later { before.revised_by(&new) } else { columns::merged(&before, &new, rank) };
    encoded(&series)
}

/// What has to be done so that a group holds what `word` makes of it.
fn rewritten<'a, T>(
    held: Option<&Group>,
    touched: &'a [Touched<'a, T>],
    word: impl Fn(Option<&[u8]>, &'a T) -> Result<Option<Cow<'a, [u8]>>, String>,
) -> Result<Prepared, String> {
    let mut series: Vec<(Cow<'_, str>, Cow<'_, [u8]>)> = Vec::with_capacity(touched.len());
    let mut left = touched.iter().peekable();
    let opened = held.map(Group::opened).transpose()?;
    let mut walk = opened.as_ref().map(Opened::walk);
    while let Some(walk) = &mut walk
        && let Some(columns) = walk.step()?
    {
        let text = walk.text()?;
        while let Some((new, item)) = left.next_if(|(new, _)| *new < text) {
            series.extend(word(None, item)?.map(|columns| (Cow::Borrowed(*new), columns)));
        }
        match left.next_if(|(touched, _)| *touched == text) {
            Some((text, item)) => {
                series.extend(word(Some(columns), item)?.map(|columns| (Cow::Borrowed(*text), columns)));
            }
            None => series.push((text.to_owned().into(), columns.into())),
        }
    }
    for (new, item) in left {
        series.extend(word(None, item)?.map(|columns| (Cow::Borrowed(*new), columns)));
    }
    Ok(replaced(held.map(Group::records).unwrap_or_default(), records(&series)?))
}

/// What has to be done so that the records that are written, in order, stand in place of those that are held.
fn replaced(held: &[Record], written: Vec<Record>) -> Prepared {
    let mut prepared = Prepared { changes: Vec::new(), added: 0, removed: 0, difference: 0 };
    for (key, value) in held {
        prepared.removed += 1;
        prepared.difference = prepared.difference.wrapping_sub(mark(key, value));
        if written.binary_search_by(|(other, _)| other.cmp(key)).is_err() {
            prepared.changes.push((key.clone(), None));
        }
    }
    for (key, value) in written {
        prepared.added += 1;
        prepared.difference = prepared.difference.wrapping_add(mark(&key, &value));
        prepared.changes.push((key, Some(value)));
    }
    prepared
}

/// The series of one group, and the texts of the first and the last.
struct Read {
    first: String,
    last: String,
    series: Vec<(SeriesKey, Series)>,
}

fn series_of(measure: &MeasureId, group: &Group) -> Result<Read, String> {
    let unreadable = || "a key of the index cannot be read".to_owned();
    let opened = group.opened()?;
    let mut walk = opened.walk();
    let mut read = Read { first: String::new(), last: String::new(), series: Vec::new() };
    // Most often the next series has the same.
    let (mut breakdown, mut said) = (Breakdown::total(), String::new());
    while let Some(columns) = walk.step()? {
        let text = walk.text()?;
        let parts = text.strip_prefix(measure.as_str()).and_then(|rest| rest.strip_prefix('\0'));
        let (found, area) = parts.and_then(|parts| parts.split_once('\0')).ok_or_else(unreadable)?;
        if said != found {
            breakdown = Breakdown::parse(found).map_err(|e| e.to_string())?;
            said = breakdown.to_string();
        }
        let key = SeriesKey {
            measure: measure.clone(),
            breakdown: breakdown.clone(),
            area: AreaCode::new(area).map_err(|e| e.to_string())?,
        };
        // A key has one spelling, by which it is looked for.
        if said != found || key.area.as_str() != area {
            return Err(unreadable());
        }
        if read.series.is_empty() {
            read.first = text.to_owned();
        }
        read.series.push((key, columns::decode(columns, None, None)?));
    }
    read.last = walk.text()?.to_owned();
    Ok(read)
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
