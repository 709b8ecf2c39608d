//! Reading everything once more: what is whole, and what exactly is lost.
//!
//! Works on the files as they are now, without what an open store keeps in memory, and goes on after
//! damage to find the rest of it.

use crate::columns::{self, Releases};
use crate::directory::{Directory, Entry, Measure};
use crate::error::{Damage, StoreError};
use crate::header::{Content, Original};
use crate::index::Index;
use crate::ledger::{self, FileRange, LedgerFile, Link, file_name, link_problem};
use crate::parallel;
use crate::reading::series_damage;
use crate::segment::{self, Segment};
use crate::shared::Shared;
use crate::state::State;
use crate::versions;
use kilter_core::series::{Series, SeriesKey};
use std::fmt;
use std::path::Path;

/// How many missing segments are listed.
const MOST_MISSING: usize = 1_000;

/// How the index compares with the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum IndexCheck {
    /// It says the same.
    Agrees {
        /// How many series were compared.
        series: u64,
    },
    /// It does not say the same. It is no longer used, and made anew when the store is next opened for
    /// writing: nothing is lost.
    Differs {
        /// What differs.
        what: String,
    },
    /// There was none to compare, or the ledger is damaged.
    NotCompared,
}

/// What a store is like, every byte of it read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verification {
    /// Segments read.
    pub segments: u64,
    /// Releases among them.
    pub releases: u64,
    /// Versions of the definitions among them.
    pub definitions: u64,
    /// Withdrawals among them.
    pub withdrawals: u64,
    /// Series of single releases that are whole.
    pub series: u64,
    /// Observations in them.
    pub observations: u64,
    /// Bytes of the ledger.
    pub bytes: u64,
    /// How the index compares.
    pub index: IndexCheck,
    /// What is damaged, in the order of the segments; none where all is well.
    pub damage: Vec<Damage>,
}

impl Verification {
    /// Whether nothing is damaged.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.damage.is_empty()
    }

    pub(crate) fn add(&mut self, damage: Damage) {
        self.damage.push(damage);
    }
}

impl fmt::Display for Verification {
    /// One line where all is well; else a line for each place that is damaged, with what is lost.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.damage.is_empty() {
            f.write_str("all is well: ")?;
        }
        let of = |n: u64, one: &str, more: &str| format!("{n} {}", if n == 1 { one } else { more });
        write!(f, "{}", of(self.segments, "segment", "segments"))?;
        write!(f, " ({}", of(self.releases, "release", "releases"))?;
        write!(f, ", {} of the definitions", of(self.definitions, "version", "versions"))?;
        if self.withdrawals > 0 {
            write!(f, ", {}", of(self.withdrawals, "withdrawal", "withdrawals"))?;
        }
        write!(f, ") with {} observations in {} series, ", self.observations, self.series)?;
        write!(f, "{} bytes, read and checked", self.bytes)?;
        match &self.index {
            IndexCheck::Agrees { series } => write!(f, "; the index agrees on {series} series")?,
            IndexCheck::Differs { what } => {
                write!(f, "; the index differs ({what}) and will be made anew, nothing of it is lost")?;
            }
            IndexCheck::NotCompared => {}
        }
        if self.damage.is_empty() {
            return Ok(());
        }
        write!(f, "\ndamaged:")?;
        self.damage.iter().try_for_each(|damage| write!(f, "\n- {damage}"))
    }
}

/// What one segment holds that is whole.
#[derive(Default)]
struct Found {
    series: u64,
    observations: u64,
    damage: Vec<Damage>,
}

/// Reads the ledger in that folder.
pub(crate) fn ledger(folder: &Path) -> Result<Verification, StoreError> {
    let mut verification = Verification {
        segments: 0,
        releases: 0,
        definitions: 0,
        withdrawals: 0,
        series: 0,
        observations: 0,
        bytes: 0,
        index: IndexCheck::NotCompared,
        damage: Vec::new(),
    };
    let head = match ledger::read_head(folder) {
        Ok(head) => head,
        Err(StoreError::Damaged(damage)) => {
            verification.add(*damage);
            None
        }
        Err(other) => return Err(other),
    };
    let files = ledger::list(folder)?;
    let last = files.last().map_or(0, |range| range.last).max(head.map_or(0, |(number, _)| number)).max(1);
    let mut all: Vec<(u32, Option<FileRange>)> = Vec::new();
    let mut next = 1;
    // A forged name may announce any number: not every missing segment is listed.
    for range in files {
        all.extend((next..range.first).take(MOST_MISSING).map(|number| (number, None)));
        all.push((range.last, Some(range)));
        next = range.last.saturating_add(1);
    }
    all.extend((next..=last).take(MOST_MISSING).map(|number| (number, None)));
    let opened: Vec<(u32, Option<LedgerFile>, Found)> = parallel::map(all, 1, |(number, range)| {
        let mut found = Found::default();
        let Some(range) = range else {
            let what = format!("the file is missing; the ledger goes to segment {last}");
            let path = folder.join(file_name(number));
            found.damage.push(Damage { segment: Some(number), ..Damage::of(&path, what) });
            return (number, None, found);
        };
        match LedgerFile::open(folder, range) {
            Ok(file) => {
                read(&file, &mut found);
                (number, Some(file), found)
            }
            Err(e) => {
                let mut damage = damage_of(e, &folder.join(range.name()));
                damage.segment = Some(number);
                found.damage.push(damage);
                (number, None, found)
            }
        }
    });
    let mut previous = Some([0; 32]);
    for (number, file, found) in opened {
        verification.series += found.series;
        verification.observations += found.observations;
        let Some(file) = file else {
            verification.damage.extend(found.damage);
            previous = None;
            continue;
        };
        let segment = file.segment();
        verification.bytes += segment.length;
        let links = file.links();
        for link in &links {
            verification.segments += 1;
            match link.content {
                Content::Definitions { .. } => verification.definitions += 1,
                Content::Release(_) => verification.releases += 1,
                Content::Withdrawal(_) => verification.withdrawals += 1,
                Content::Merged(_) => {}
            }
        }
        // After a segment that cannot be read, its successor is believed about it.
        let expected = previous.unwrap_or(segment.header.previous);
        if let Some(what) = link_problem(segment, number, &expected) {
            verification.add(segment.damage(what));
        }
        let is_head =
            |link: &Link<'_>| head.is_some_and(|(n, digest)| n == link.number && digest != link.digest);
        if links.iter().any(is_head) {
            verification.add(segment.damage("it is not the segment that the head of the ledger names"));
        }
        verification.damage.extend(found.damage);
        previous = links.last().map(|link| link.digest);
    }
    Ok(verification)
}

fn damage_of(e: StoreError, path: &Path) -> Damage {
    match e {
        StoreError::Damaged(damage) => *damage,
        other => Damage::of(path, other.to_string()),
    }
}

fn read(file: &LedgerFile, found: &mut Found) {
    let before = found.damage.len();
    let segment = file.segment();
    match &segment.header.content {
        Content::Withdrawal(_) => {}
        Content::Definitions { .. } => {
            if let Err(e) = segment.documents() {
                found.damage.push(damage_of(e, &segment.path));
            }
        }
        Content::Release(release) => {
            if let Some(directory) = whole(segment.directory(), segment, found) {
                read_measures(segment, &directory, found);
            }
            let is_whole = found.damage.len() == before;
            if is_whole && (found.series, found.observations) != (release.series, release.observations) {
                found.damage.push(segment.damage("it does not hold as much as its header says"));
            }
        }
        Content::Merged(originals) => {
            let LedgerFile::Merged(merged) = file else { return };
            if let Some(directory) = whole(merged.directory(), segment, found) {
                read_measures(segment, &directory.directory, found);
                for original in originals {
                    if matches!(original.header.content, Content::Definitions { .. }) {
                        whole(merged.documents(original.header.number), segment, found);
                    }
                }
            }
            let release = |o: &Original| match &o.header.content {
                Content::Release(release) => Some((release.series, release.observations)),
                _ => None,
            };
            let announced = originals.iter().filter_map(release).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
            if found.damage.len() == before && (found.series, found.observations) != announced {
                found.damage.push(segment.damage("it does not hold as much as its header says"));
            }
        }
    }
    match segment.digest_now() {
        Ok(digest) if digest == segment.digest => {}
        // What is damaged in particular has been said.
        Ok(_) if found.damage.len() > before => {}
        Ok(_) => found.damage.push(segment.damage("it is not as it was written: its digest is another")),
        Err(e) => found.damage.push(damage_of(e, &segment.path)),
    }
}

/// What was read, or its damage noted.
fn whole<T>(read: Result<T, StoreError>, segment: &Segment, found: &mut Found) -> Option<T> {
    read.map_err(|e| found.damage.push(damage_of(e, &segment.path))).ok()
}

fn read_measures(segment: &Segment, directory: &Directory, found: &mut Found) {
    directory.measures.iter().for_each(|measure| read_measure(segment, directory, measure, found));
}

/// How many series of single releases a block holds, and how many observations.
fn counted(segment: &Segment, columns: &[u8], entry: &Entry) -> Result<(u64, u64), String> {
    let of_kind = |series: &Series| {
        if series.kind() == entry.kind() {
            Ok(series.len() as u64)
        } else {
            Err("of another kind".to_owned())
        }
    };
    if segment.release().is_some() {
        let series = columns::decode(columns, Some(1), Some(entry.observations))?;
        return Ok((1, of_kind(&series)?));
    }
    let versions = versions::decode(columns, entry.observations, u32::MAX, |_| true)?;
    let lengths = versions.iter().map(|(_, series)| of_kind(series)).collect::<Result<Vec<_>, _>>()?;
    let observations = lengths.iter().sum();
    if observations != u64::from(entry.observations) {
        return Err(format!("{observations} observations where the table has {}", entry.observations));
    }
    Ok((lengths.len() as u64, observations))
}

fn read_measure(segment: &Segment, directory: &Directory, measure: &Measure, found: &mut Found) {
    let whole = segment.table(directory, measure).and_then(|table| {
        let bytes = segment.read(measure.blocks_at, measure.blocks)?;
        Ok((table, bytes))
    });
    let (table, bytes) = match whole {
        Ok(whole) => whole,
        Err(e) => {
            let damage = damage_of(e, &segment.path);
            found.damage.push(Damage { measure: Some(measure.id.clone()), ..damage });
            return;
        }
    };
    let mut lost: Option<Damage> = None;
    for (breakdown, entries) in table.breakdowns() {
        let breakdown = breakdown.to_string();
        for entry in entries {
            let area = table.area(entry);
            let key = segment::key_parts(&measure.id, &breakdown, area.as_str());
            let block = &bytes[entry.at as usize..entry.at as usize + entry.length as usize];
            match segment::opened(&key, block).and_then(|columns| counted(segment, columns, entry)) {
                Ok((series, observations)) => {
                    found.series += series;
                    found.observations += observations;
                }
                Err(what) => {
                    let one = series_damage(segment, &measure.id, area, entry, what);
                    lost = Some(match lost {
                        None => one,
                        Some(lost) => together(lost, one),
                    });
                }
            }
        }
    }
    found.damage.extend(lost);
}

fn together(mut lost: Damage, more: Damage) -> Damage {
    for area in more.areas {
        if let Err(place) = lost.areas.binary_search(&area) {
            lost.areas.insert(place, area);
        }
    }
    lost.periods = match (lost.periods, more.periods) {
        (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
        (some, None) | (None, some) => some,
    };
    lost
}

/// Holds the index of an open store against its ledger.
pub(crate) fn index(shared: &Shared, state: &State) -> IndexCheck {
    let order = state.current();
    let mut compared = 0;
    let differs = |what: String| {
        shared.doubt(what.clone());
        IndexCheck::Differs { what }
    };
    let Some(held) = shared.ask_index(state, Index::measures) else { return IndexCheck::NotCompared };
    let Ok(measures) = state.ledger.measures(order) else { return IndexCheck::NotCompared };
    if held != measures {
        return differs("it does not hold the measures of the ledger".into());
    }
    for measure in &measures {
        let Ok(expected) = state.ledger.measure(measure, order) else { return IndexCheck::NotCompared };
        let held = match shared.ask_index(state, |index| index.measure(measure)) {
            Some(Ok(held)) => held,
            Some(Err(what)) => return differs(what),
            None => return IndexCheck::NotCompared,
        };
        let bytes = |series: &Series| {
            let mut bytes = Vec::new();
            columns::encode(series, Releases::Own, &mut bytes).map(|()| bytes)
        };
        let keys = |list: &[(SeriesKey, _)]| list.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>();
        if keys(&held) != keys(&expected) {
            return differs(format!("it does not hold the series of {measure}"));
        }
        if let Some(((key, _), _)) = held.iter().zip(&expected).find(|(a, b)| bytes(&a.1) != bytes(&b.1)) {
            return differs(format!("it holds other observations of {key}"));
        }
        compared += held.len() as u64;
    }
    IndexCheck::Agrees { series: compared }
}
