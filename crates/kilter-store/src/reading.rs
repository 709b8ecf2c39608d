//! What the segments of a ledger say of series. In which order releases apply is an argument.
//!
//! A release stands in a file of its own or in one with others; both are read as *units*, files that say
//! something of a measure. Nothing is written here.

use crate::batch::Line;
use crate::columns::{self, LastWords, Releases};
use crate::directory::{Directory, Entry, Table};
use crate::error::{Damage, StoreError};
use crate::ledger::{Ledger, Tables};
use crate::parallel;
use crate::segment::{self, Segment};
use crate::versions;
use kilter_core::ident::{AreaCode, MeasureId};
use kilter_core::series::{Breakdown, Series, SeriesKey};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, PoisonError};

/// How many entries of tables are kept in memory.
const MOST_ENTRIES: usize = 4_000_000;

/// A file that holds some of the releases that are asked for.
struct Unit<'a> {
    /// The place of its first segment.
    place: usize,
    segment: &'a Segment,
    directory: Arc<Directory>,
    /// The release, where it holds one only.
    release: Option<u32>,
}

/// The releases that are asked for: the rank of each in the order in which they apply.
struct Wanted {
    ranks: Vec<Option<u32>>,
    last: u32,
}

impl Wanted {
    fn new(order: &[u32]) -> Self {
        let last = order.iter().copied().max().unwrap_or(0);
        let mut ranks = vec![None; last as usize + 1];
        for (rank, &release) in (0u32..).zip(order) {
            ranks[release as usize] = Some(rank);
        }
        Self { ranks, last }
    }

    fn rank(&self, release: u32) -> Option<u32> {
        self.ranks.get(release as usize).copied().flatten()
    }

    fn has(&self, release: u32) -> bool {
        self.rank(release).is_some()
    }
}

impl Unit<'_> {
    /// Hands over what its releases that are wanted say in a block, one after the other.
    fn parts(
        &self,
        (key, text): (&SeriesKey, &str),
        entry: &Entry,
        block: &[u8],
        wanted: &Wanted,
        mut each: impl FnMut(u32, Series),
    ) -> Result<(), StoreError> {
        let columns = segment::opened(text, block);
        let parts = columns.and_then(|columns| match self.release {
            Some(release) => {
                let series = columns::decode(columns, Some(release), Some(entry.observations))?;
                each(release, series);
                Ok(())
            }
            None => {
                let said = versions::decode(columns, entry.observations, wanted.last, |r| wanted.has(r))?;
                said.into_iter().for_each(|(release, series)| each(release, series));
                Ok(())
            }
        });
        parts.map_err(|what| {
            StoreError::damaged(series_damage(self.segment, &key.measure, &key.area, entry, what))
        })
    }
}

/// The blocks of one measure in one unit.
struct Source<'a> {
    unit: Unit<'a>,
    table: Arc<Table>,
    bytes: Vec<u8>,
}

/// What one release says of the series of a measure, as it is written in the ledger.
#[derive(Debug, Default)]
pub(crate) struct Said {
    bytes: Vec<u8>,
    series: Vec<SaidOfSeries>,
}

#[derive(Debug)]
struct SaidOfSeries {
    text: String,
    columns: Range<usize>,
    observations: u32,
}

impl Said {
    /// How many series.
    pub(crate) fn len(&self) -> usize {
        self.series.len()
    }

    /// Of each series the text of its key, its columns without releases, and how many observations they hold;
    /// in the order of the texts.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &[u8], u32)> {
        self.series.iter().map(|s| (s.text.as_str(), &self.bytes[s.columns.clone()], s.observations))
    }

    fn push(&mut self, text: String, columns: Range<usize>, observations: u32) {
        self.series.push(SaidOfSeries { text, columns, observations });
    }
}

/// The block of one series in one unit.
struct Block<'a> {
    unit: Unit<'a>,
    entry: Entry,
    /// Where it begins in the file.
    at: u64,
}

/// What several releases say of a series, with the number of each.
pub(crate) type Versions = Vec<(u32, Series)>;

/// Where the parts of one series are: the source of each, by place, and its entry.
type Parts = Vec<(usize, Entry)>;

impl Ledger {
    /// The files that hold the releases, each once.
    fn units(&self, order: &[u32]) -> Result<Vec<Unit<'_>>, StoreError> {
        let mut units: Vec<Unit<'_>> = Vec::new();
        let mut merged: Vec<usize> = Vec::new();
        for &release in order {
            let place = self.releases[release as usize - 1];
            let segment = &self.segments()[place];
            if let Some(file) = &segment.merged {
                let place = file.first as usize - 1;
                if !merged.contains(&place) {
                    merged.push(place);
                    let directory = Arc::clone(&file.directory()?.directory);
                    units.push(Unit { place, segment: &file.file, directory, release: None });
                }
                continue;
            }
            let slot = &self.directories[place];
            let directory = match slot.get() {
                Some(directory) => Arc::clone(directory),
                None => {
                    let before = self.directories[..place].iter().rev().find_map(|slot| slot.get());
                    let directory = match before {
                        Some(before) => segment.directory()?.sharing(before),
                        None => segment.directory()?,
                    };
                    let directory = Arc::new(directory);
                    Arc::clone(slot.get_or_init(|| directory))
                }
            };
            units.push(Unit { place, segment, directory, release: Some(release) });
        }
        Ok(units)
    }

    fn table(&self, unit: &Unit<'_>, measure: usize) -> Result<Arc<Table>, StoreError> {
        let key = (unit.place, measure);
        let tables = self.tables.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(table) = tables.by_place.get(&key) {
            return Ok(Arc::clone(table));
        }
        drop(tables);
        let table = Arc::new(unit.segment.table(&unit.directory, &unit.directory.measures[measure])?);
        let mut tables = self.tables.write().unwrap_or_else(PoisonError::into_inner);
        if tables.entries + table.len() > MOST_ENTRIES {
            *tables = Tables::default();
        }
        tables.entries += table.len();
        tables.by_place.insert(key, Arc::clone(&table));
        Ok(table)
    }

    /// The measures that the releases say something of, in order.
    pub(crate) fn measures(&self, order: &[u32]) -> Result<Vec<MeasureId>, StoreError> {
        let wanted = Wanted::new(order);
        let mut measures = Vec::new();
        for unit in self.units(order)? {
            let said = unit.directory.measures.iter().filter(|m| m.is_said(|release| wanted.has(release)));
            measures.extend(said.map(|m| m.id.clone()));
            measures.sort_unstable();
            measures.dedup();
        }
        Ok(measures)
    }

    /// Every series of a measure that the releases say something of, each revised in that order, by key.
    pub(crate) fn measure(
        &self,
        measure: &MeasureId,
        order: &[u32],
    ) -> Result<Vec<(SeriesKey, Series)>, StoreError> {
        let wanted = Wanted::new(order);
        let folded = self.gather(measure, order, |key, versions| {
            Ok(self.fold(&key, versions, &wanted)?.map(|series| (key, series)))
        })?;
        Ok(folded.into_iter().flatten().collect())
    }

    /// What one release says of the series of a measure: columns whose checksums are right, and which are not
    /// decoded where the release has a file of its own.
    pub(crate) fn columns(&self, measure: &MeasureId, release: u32) -> Result<Said, StoreError> {
        let mut said = Said::default();
        let mut units = self.units(&[release])?;
        let Some(unit) = units.pop().filter(|unit| unit.release.is_some()) else {
            for (key, series) in self.measure(measure, &[release])? {
                let begin = said.bytes.len();
                // The kind of period was just read.
                let _ = columns::encode(&series, Releases::None, &mut said.bytes);
                said.push(segment::key_text(&key), begin..said.bytes.len(), series.len() as u32);
            }
            said.series.sort_unstable_by(|a, b| a.text.cmp(&b.text));
            return Ok(said);
        };
        let Some(found) = unit.directory.find(measure) else { return Ok(said) };
        let of_measure = &unit.directory.measures[found];
        let table = self.table(&unit, found)?;
        said.bytes = unit.segment.read(of_measure.blocks_at, of_measure.blocks)?;
        said.series.reserve_exact(table.len());
        for (breakdown, entries) in table.breakdowns() {
            let breakdown = breakdown.to_string();
            for entry in entries {
                let area = table.area(entry);
                let text = segment::key_parts(measure, &breakdown, area.as_str());
                let at = entry.at as usize;
                let end = at + entry.length as usize;
                let columns = segment::opened(&text, &said.bytes[at..end]).map_err(|what| {
                    StoreError::damaged(series_damage(unit.segment, measure, area, entry, what))
                })?;
                let columns = end - columns.len()..end;
                said.push(text, columns, entry.observations);
            }
        }
        said.series.sort_unstable_by(|a, b| a.text.cmp(&b.text));
        Ok(said)
    }

    /// What each of the releases says of every series of a measure, by key and by the number of the release.
    pub(crate) fn versions(
        &self,
        measure: &MeasureId,
        order: &[u32],
    ) -> Result<Vec<(SeriesKey, Versions)>, StoreError> {
        self.gather(measure, order, |key, mut versions| {
            versions.sort_by_key(|(release, _)| *release);
            Ok((key, versions))
        })
    }

    fn gather<T: Send>(
        &self,
        measure: &MeasureId,
        order: &[u32],
        each: impl Fn(SeriesKey, Versions) -> Result<T, StoreError> + Sync,
    ) -> Result<Vec<T>, StoreError> {
        let wanted = Wanted::new(order);
        let sources = parallel::try_map(self.units(order)?, 4, |unit| {
            let Some(found) = unit.directory.find(measure) else { return Ok(None) };
            let entry = &unit.directory.measures[found];
            if !entry.is_said(|release| wanted.has(release)) {
                return Ok(None);
            }
            let table = self.table(&unit, found)?;
            let bytes = unit.segment.read(entry.blocks_at, entry.blocks)?;
            Ok::<_, StoreError>(Some(Source { unit, table, bytes }))
        })?;
        let sources: Vec<Source<'_>> = sources.into_iter().flatten().collect();
        // Series are gathered by number rather than by key: a key is compared once for each file.
        let mut breakdowns: HashMap<&Breakdown, usize> = HashMap::new();
        let mut places: HashMap<(usize, &AreaCode), usize> = HashMap::new();
        let mut gathered: Vec<(&Breakdown, &AreaCode, Parts)> = Vec::new();
        for (s, source) in sources.iter().enumerate() {
            for (breakdown, entries) in source.table.breakdowns() {
                let n = breakdowns.len();
                let b = *breakdowns.entry(breakdown).or_insert(n);
                for entry in entries {
                    let area = source.table.area(entry);
                    let place = *places.entry((b, area)).or_insert(gathered.len());
                    if place == gathered.len() {
                        gathered.push((breakdown, area, Vec::new()));
                    }
                    gathered[place].2.push((s, *entry));
                }
            }
        }
        gathered.sort_unstable_by_key(|(breakdown, area, _)| (*breakdown, *area));
        let gathered = parallel::try_map(gathered, 16, |(breakdown, area, parts)| {
            let key =
                SeriesKey { measure: measure.clone(), breakdown: breakdown.clone(), area: area.clone() };
            let text = segment::key_text(&key);
            let mut versions = Vec::with_capacity(parts.len());
            for (s, entry) in &parts {
                let source = &sources[*s];
                let at = entry.at as usize;
                let block = &source.bytes[at..at + entry.length as usize];
                let put = |release, series| versions.push((release, series));
                source.unit.parts((&key, &text), entry, block, &wanted, put)?;
            }
            // Of a merged file, not every series need be one of the releases that are asked for.
            if versions.is_empty() { Ok(None) } else { each(key, versions).map(Some) }
        })?;
        Ok(gathered.into_iter().flatten().collect())
    }

    /// One series as the releases give it, revised in that order; `None` where none says anything of it.
    pub(crate) fn series(&self, key: &SeriesKey, order: &[u32]) -> Result<Option<Series>, StoreError> {
        let wanted = Wanted::new(order);
        let mut blocks = Vec::new();
        // Where it was found last: most often the next file has it there, too.
        let (mut measure, mut near) = (key.measure.clone(), 0);
        let mut last: Option<(Arc<Table>, Option<u32>)> = None;
        for unit in self.units(order)? {
            let Some(found) = unit.directory.find_near(&measure, near) else { continue };
            let of_measure = &unit.directory.measures[found];
            if blocks.is_empty() {
                measure = of_measure.id.clone();
            }
            near = found;
            let table = self.table(&unit, found)?;
            let place = match &last {
                Some((last, place)) if table.shares_places_with(last) => *place,
                _ => table.place(&key.area),
            };
            let entry = place.and_then(|place| table.find_at(&key.breakdown, place));
            last = Some((table, place));
            let Some(entry) = entry else { continue };
            let at = of_measure.blocks_at + entry.at;
            blocks.push(Block { unit, entry, at });
        }
        // Of many blocks each is put in its place as it is read, and let go of.
        if let Some(mut words) = last_words(&blocks) {
            let (mut said, mut taken) = (0, 0);
            let put = |release, series: Series| {
                said += 1;
                taken += usize::from(words.take(wanted.rank(release).map_or(0, |rank| rank + 1), &series));
            };
            each_part(&blocks, key, &wanted, put)?;
            if taken == said {
                return Ok((said > 0).then(|| words.series()));
            }
        }
        let mut versions = Vec::new();
        each_part(&blocks, key, &wanted, |release, series| versions.push((release, series)))?;
        self.fold(key, versions, &wanted)
    }

    /// The versions put together in the order in which they apply.
    fn fold(
        &self,
        key: &SeriesKey,
        mut versions: Versions,
        wanted: &Wanted,
    ) -> Result<Option<Series>, StoreError> {
        versions.sort_by_key(|(release, _)| wanted.rank(*release));
        let parts: Vec<Series> = versions.into_iter().map(|(_, series)| series).collect();
        // A store refuses a change of kind; only a forged segment can hold one.
        if parts.windows(2).any(|pair| pair[0].kind() != pair[1].kind()) {
            return Err(StoreError::damaged(Damage {
                measure: Some(key.measure.clone()),
                areas: vec![key.area.clone()],
                ..Damage::of(self.folder(), "the kind of period of a series changes between releases")
            }));
        }
        Ok(columns::folded(parts))
    }

    /// Refuses series whose kind of period differs from the one that is held.
    pub(crate) fn check_kinds(&self, new: &[Line]) -> Result<(), StoreError> {
        let all: Vec<u32> = (1..=self.releases.len() as u32).collect();
        let units = self.units(&all)?;
        for group in new.chunk_by(|a, b| a.key.measure == b.key.measure) {
            let kind = group[0].kind;
            let measure = &group[0].key.measure;
            let mut kinds = units
                .iter()
                .filter_map(|unit| Some(&unit.directory.measures[unit.directory.find(measure)?].kinds))
                .flatten();
            if kinds.all(|k| *k == kind) && group.iter().all(|line| line.kind == kind) {
                continue;
            }
            for Line { key, kind, .. } in group {
                for unit in &units {
                    let Some(found) = unit.directory.find(measure) else { continue };
                    let table = self.table(unit, found)?;
                    let Some(entry) = table.find(&key.breakdown, &key.area) else { continue };
                    if entry.kind() != *kind {
                        return Err(StoreError::KindChanged {
                            key: Box::new(key.clone()),
                            held: entry.kind().to_string(),
                            found: kind.to_string(),
                        });
                    }
                }
            }
        }
        Ok(())
    }

    /// What one release itself said, by key.
    pub(crate) fn said(&self, release: u32) -> Result<Vec<(SeriesKey, Series)>, StoreError> {
        let mut series = Vec::new();
        for measure in self.measures(&[release])? {
            series.extend(self.measure(&measure, &[release])?);
        }
        Ok(series)
    }
}

/// Room for the last word on each period that blocks of one series speak of, where there are several.
fn last_words(blocks: &[Block<'_>]) -> Option<LastWords> {
    let several = blocks.get(2)?;
    let stretches = || blocks.iter().map(|block| block.entry.stretch());
    let first = stretches().map(|(first, _)| first).min()?;
    let last = stretches().map(|(_, last)| last).max()?;
    let observations = blocks.iter().map(|block| block.entry.observations as usize).sum();
    LastWords::over(several.entry.kind(), (first, last), observations)
}

/// Hands over what the releases that are wanted say in the blocks of a series.
fn each_part(
    blocks: &[Block<'_>],
    key: &SeriesKey,
    wanted: &Wanted,
    mut each: impl FnMut(u32, Series),
) -> Result<(), StoreError> {
    let text = segment::key_text(key);
    let mut bytes = Vec::new();
    for Block { unit, entry, at } in blocks {
        unit.segment.read_into(*at, u64::from(entry.length), &mut bytes)?;
        unit.parts((key, &text), entry, &bytes, wanted, &mut each)?;
    }
    Ok(())
}

/// The damage of one series of a segment.
pub(crate) fn series_damage(
    segment: &Segment,
    measure: &MeasureId,
    area: &AreaCode,
    entry: &Entry,
    what: String,
) -> Damage {
    let periods = entry.periods();
    let what = match periods {
        Some(_) => what,
        None => {
            let (first, last) = entry.stretch();
            format!(
                "{what}; it holds the periods numbered {first} to {last} of the kind \"{}\", which kilter has no names for",
                entry.kind()
            )
        }
    };
    Damage { measure: Some(measure.clone()), areas: vec![area.clone()], periods, ..segment.damage(what) }
}
