//! The ledger: the chain of segments, which is the truth.
//!
//! Opening it reads the beginning and the end of each segment and holds them against one another, so
//! that a missing, exchanged, edited or shortened segment is noticed in time that grows with the number
//! of segments. It knows no index and no lock; what order releases apply in is an argument.

use crate::batch::{self, Batch};
use crate::codec;
use crate::columns;
use crate::error::{Damage, StoreError};
use crate::files;
use crate::header::{Content, Header};
use crate::parallel;
use crate::records::{Document, to_hex};
use crate::segment::{self, Digest32, Directory, Entry, Segment, Table};
use kilter_core::ident::{AreaCode, MeasureId};
use kilter_core::series::{Breakdown, Series, SeriesKey};
use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// The folder of the ledger in that of the store.
pub(crate) const LEDGER: &str = "ledger";
/// The file that says how far the ledger goes.
pub(crate) const HEAD: &str = "head";
/// How many entries of tables are kept in memory.
const MOST_ENTRIES: usize = 4_000_000;

/// The name of the file of a segment.
pub(crate) fn file_name(number: u32) -> String {
    format!("{number:08}.segment")
}

pub(crate) fn number_of(name: &str) -> Option<u32> {
    let number = name.strip_suffix(".segment")?;
    (number.len() >= 8).then(|| number.parse().ok())?.filter(|n| *n > 0 && file_name(*n) == name)
}

/// The chain of segments. Copies share what has been read of the segments.
#[derive(Debug, Clone)]
pub(crate) struct Ledger {
    folder: PathBuf,
    segments: Vec<Arc<Segment>>,
    directories: Vec<Arc<OnceLock<Arc<Directory>>>>,
    /// The segment of each release, by number.
    releases: Vec<usize>,
    /// The releases that are withdrawn.
    withdrawn: HashSet<u32>,
    tables: Arc<RwLock<Tables>>,
}

#[derive(Debug, Default)]
struct Tables {
    by_place: HashMap<(usize, usize), Arc<Table>>,
    entries: usize,
}

/// What `head` says: the last segment and its digest.
pub(crate) fn read_head(folder: &Path) -> Result<Option<(u32, Digest32)>, StoreError> {
    let path = folder.join(HEAD);
    let text = match fs::read(&path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(StoreError::io(&path, "read", e)),
    };
    let parsed = || {
        let number = text.strip_prefix("segment ")?.split_once('\n')?.0.parse().ok()?;
        let hex = text.split_once("\ndigest ")?.1.split_once('\n')?.0;
        let mut digest = [0; 32];
        for (i, byte) in digest.iter_mut().enumerate() {
            *byte = u8::from_str_radix(hex.get(2 * i..2 * i + 2)?, 16).ok()?;
        }
        (head_text(number, &digest) == text).then_some((number, digest))
    };
    match parsed() {
        Some(head) => Ok(Some(head)),
        None => Err(StoreError::damaged(Damage::of(
            &path,
            "it does not say how far the ledger goes; where there is no backup of it, remove it, and the \
             store opens with the segments that are there",
        ))),
    }
}

pub(crate) fn head_text(number: u32, digest: &Digest32) -> String {
    let text = format!("segment {number}\ndigest {}\n", to_hex(digest));
    format!("{text}check {:08x}\n", crc32fast::hash(text.as_bytes()))
}

/// The numbers of the segments in the folder.
pub(crate) fn list(folder: &Path) -> Result<Vec<u32>, StoreError> {
    let list = |e| StoreError::io(folder, "list", e);
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder).map_err(list)? {
        numbers.extend(entry.map_err(list)?.file_name().to_str().and_then(number_of));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// What is wrong with a segment as a link of the chain.
pub(crate) fn link_problem(segment: &Segment, number: u32, previous: &Digest32) -> Option<String> {
    let header = &segment.header;
    if header.number != number {
        return Some(format!("it is segment {}, under the name of segment {number}", header.number));
    }
    if header.previous != *previous {
        return Some(format!(
            "it does not follow on segment {}: one of the two was exchanged or changed",
            number - 1
        ));
    }
    None
}

impl Ledger {
    /// Reads the chain. What an earlier writer left under a temporary name is not looked at.
    pub(crate) fn open(folder: &Path) -> Result<Self, StoreError> {
        // The head first: a writer adds the segment before the head.
        let head = read_head(folder)?;
        Self::open_with(folder, head)
    }

    /// Reads the chain where nothing says how far it goes but itself.
    pub(crate) fn open_without_head(folder: &Path) -> Result<Self, StoreError> {
        Self::open_with(folder, None)
    }

    fn open_with(folder: &Path, head: Option<(u32, Digest32)>) -> Result<Self, StoreError> {
        let numbers = list(folder)?;
        let last = numbers.last().copied().unwrap_or(0).max(head.map_or(0, |(number, _)| number)).max(1);
        let missing = (1..=last).zip(numbers.iter().copied().chain(std::iter::repeat(0)));
        if let Some((missing, _)) = missing.into_iter().find(|(expected, found)| expected != found) {
            let path = folder.join(file_name(missing));
            let what = format!("the file is missing; the ledger goes to segment {last}");
            return Err(StoreError::damaged(Damage { segment: Some(missing), ..Damage::of(&path, what) }));
        }
        let segments = parallel::try_map(numbers, 16, |number| {
            Segment::open(&folder.join(file_name(number))).map_err(|e| match e {
                StoreError::Damaged(damage) => {
                    StoreError::damaged(Damage { segment: Some(number), ..*damage })
                }
                other => other,
            })
        })?;
        let mut ledger = Self {
            folder: folder.to_owned(),
            segments: Vec::with_capacity(segments.len()),
            directories: Vec::new(),
            releases: Vec::new(),
            withdrawn: HashSet::new(),
            tables: Arc::default(),
        };
        for segment in segments {
            ledger.link(segment)?;
        }
        if let Some((number, digest)) = head {
            let segment = &ledger.segments[number.max(1) as usize - 1];
            if segment.digest != digest {
                let what = "it is not the segment that the head of the ledger names: it was exchanged";
                return Err(StoreError::damaged(segment.damage(what)));
            }
        }
        Ok(ledger)
    }

    fn link(&mut self, segment: Segment) -> Result<(), StoreError> {
        let number = self.segments.len() as u32 + 1;
        if let Some(what) = link_problem(&segment, number, &self.digest()) {
            return Err(StoreError::damaged(Damage { segment: Some(number), ..segment.damage(what) }));
        }
        let releases = self.releases.len() as u32;
        let others = releases + self.withdrawn.len() as u32;
        let in_turn = match &segment.header.content {
            Content::Definitions { version } => *version == number - others,
            Content::Release(release) => number > 1 && release.number == releases + 1,
            Content::Withdrawal(withdrawal) => {
                (1..=releases).contains(&withdrawal.release) && self.withdrawn.insert(withdrawal.release)
            }
        };
        if !in_turn {
            return Err(StoreError::damaged(segment.damage("its number is not the next of its kind")));
        }
        if segment.release().is_some() {
            self.releases.push(self.segments.len());
        }
        self.segments.push(Arc::new(segment));
        self.directories.push(Arc::default());
        Ok(())
    }

    /// The digest of the last segment; zeros where there is none.
    pub(crate) fn digest(&self) -> Digest32 {
        self.segments.last().map_or([0; 32], |segment| segment.digest)
    }

    /// The segments, in order.
    pub(crate) fn segments(&self) -> &[Arc<Segment>] {
        &self.segments
    }

    /// Begins a ledger in a folder that is there and empty.
    pub(crate) fn begin(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            segments: Vec::new(),
            directories: Vec::new(),
            releases: Vec::new(),
            withdrawn: HashSet::new(),
            tables: Arc::default(),
        }
    }

    /// Adds a version of the definitions. On return it is there for good.
    pub(crate) fn append_documents(&mut self, header: Header, documents: &[Document]) -> Result<(), Append> {
        let entries = documents.iter().map(|d| codec::DocumentV1 {
            name: d.name.clone(),
            length: d.text.len() as u32,
            crc: segment::crc(d.name.as_bytes(), d.text.as_bytes()),
        });
        let directory = codec::encode(&codec::DocumentsV1 { documents: entries.collect() });
        let directory = directory.map_err(|e| self.refused(&e))?;
        let length = documents.iter().map(|d| d.text.len() as u64).sum();
        self.append(header, length, documents.iter().map(|d| d.text.as_bytes()), &directory)
    }

    /// Adds a segment that is all header. On return it is there for good.
    pub(crate) fn append_word(&mut self, header: Header) -> Result<(), Append> {
        self.append(header, 0, std::iter::empty(), &[])
    }

    /// Adds a release. On return it is there for good.
    pub(crate) fn append_batch(&mut self, header: Header, batch: &Batch) -> Result<(), Append> {
        let length = batch.body().map(|bytes| bytes.len() as u64).sum();
        self.append(header, length, batch.body(), &batch.directory)
    }

    fn refused(&self, why: &str) -> Append {
        Append::Refused(StoreError::io(&self.folder, "write", io::Error::other(why.to_owned())))
    }

    fn append<'a>(
        &mut self,
        header: Header,
        body_length: u64,
        body: impl Iterator<Item = &'a [u8]>,
        directory: &[u8],
    ) -> Result<(), Append> {
        let number = header.number;
        let path = self.folder.join(file_name(number));
        let length =
            segment::length(&header, body_length, directory.len() as u64).map_err(|e| self.refused(&e))?;
        batch::check_length(length)?;
        if !self.folder.exists() {
            let store = self.folder.parent().unwrap_or(&self.folder);
            return Err(StoreError::Vanished { path: store.to_owned() }.into());
        }
        files::check_space(&self.folder, length)?;
        let failed = |e| match StoreError::io(&path, "write", e) {
            StoreError::DiskFull { path, free, release, .. } => {
                StoreError::DiskFull { path, needed: Some(length), free, release }
            }
            other => other,
        };
        let file = files::write_temporary(&self.folder, |out| {
            segment::write(out, &header, body, directory).map(drop)
        })
        .map_err(failed)?;
        // What was written is read as a reader will, before it gets its name.
        let written = Segment::open(file.path())?;
        files::publish(file, &path).map_err(failed)?;
        if let Err(e) = files::sync_folder(&self.folder) {
            // Not acknowledged: it must not turn up later either.
            let gone = fs::remove_file(&path).and_then(|()| files::sync_folder(&self.folder));
            let error = failed(e);
            return Err(if gone.is_ok() { Append::Refused(error) } else { Append::Unsure(error) });
        }
        self.link(written.moved_to(path)).map_err(Append::Unsure)?;
        // The segment is acknowledged by now. A head that is behind is brought up by the next writer.
        let _ = self.write_head();
        Ok(())
    }

    /// Writes how far the ledger goes.
    pub(crate) fn write_head(&self) -> Result<(), StoreError> {
        let path = self.folder.join(HEAD);
        let text = head_text(self.segments.len() as u32, &self.digest());
        files::replace(&path, text.as_bytes()).map_err(|e| StoreError::io(&path, "write", e))
    }

    /// The segment and the directory of a release.
    pub(crate) fn release(&self, number: u32) -> Result<(&Segment, Arc<Directory>), StoreError> {
        let place = self.releases[number as usize - 1];
        Ok((&self.segments[place], self.directory(place)?))
    }

    fn directory(&self, place: usize) -> Result<Arc<Directory>, StoreError> {
        let slot = &self.directories[place];
        if let Some(directory) = slot.get() {
            return Ok(Arc::clone(directory));
        }
        let directory = Arc::new(self.segments[place].directory()?);
        Ok(Arc::clone(slot.get_or_init(|| directory)))
    }

    fn table(&self, place: usize, directory: &Directory, measure: usize) -> Result<Arc<Table>, StoreError> {
        let key = (place, measure);
        let tables = self.tables.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(table) = tables.by_place.get(&key) {
            return Ok(Arc::clone(table));
        }
        drop(tables);
        let table = Arc::new(self.segments[place].table(directory, &directory.measures[measure])?);
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
        let mut measures = Vec::new();
        for &release in order {
            let (_, directory) = self.release(release)?;
            measures.extend(directory.measures.iter().map(|m| m.id.clone()));
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
        let sources = parallel::try_map(order.to_vec(), 4, |release| {
            let place = self.releases[release as usize - 1];
            let directory = self.directory(place)?;
            let Some(found) = directory.find(measure) else { return Ok(None) };
            let table = self.table(place, &directory, found)?;
            let entry = &directory.measures[found];
            let bytes = self.segments[place].read(entry.blocks_at, entry.blocks)?;
            Ok::<_, StoreError>(Some(Source { release, segment: &self.segments[place], table, bytes }))
        })?;
        let sources: Vec<Source<'_>> = sources.into_iter().flatten().collect();
        // Series are gathered by number rather than by key: a key is compared once for each release.
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
        parallel::try_map(gathered, 16, |(breakdown, area, parts)| {
            let key =
                SeriesKey { measure: measure.clone(), breakdown: breakdown.clone(), area: area.clone() };
            let text = segment::key_text(&key);
            let parts = parts.iter().map(|(s, entry)| {
                let source = &sources[*s];
                let at = entry.at as usize;
                let block = &source.bytes[at..at + entry.length as usize];
                read_block(source.segment, &key, &text, source.release, entry, block)
            });
            let series = fold(&sources[0], &key, parts.collect::<Result<_, _>>()?)?;
            Ok((key, series))
        })
    }

    /// One series as the releases give it, revised in that order; `None` where none says anything of it.
    pub(crate) fn series(&self, key: &SeriesKey, order: &[u32]) -> Result<Option<Series>, StoreError> {
        let text = segment::key_text(key);
        let mut parts = Vec::new();
        let mut source = None;
        for &release in order {
            let place = self.releases[release as usize - 1];
            let directory = self.directory(place)?;
            let Some(found) = directory.find(&key.measure) else { continue };
            let table = self.table(place, &directory, found)?;
            let Some(entry) = table.find(&key.breakdown, &key.area) else { continue };
            let segment = &self.segments[place];
            let at = directory.measures[found].blocks_at + entry.at;
            let block = segment.read(at, u64::from(entry.length))?;
            parts.push(read_block(segment, key, &text, release, &entry, &block)?);
            source = Some(Source { release, segment, table, bytes: Vec::new() });
        }
        source.map(|source| fold(&source, key, parts)).transpose()
    }

    /// Refuses series whose kind of period differs from the one that is held.
    pub(crate) fn check_kinds(&self, new: &[(SeriesKey, Series)]) -> Result<(), StoreError> {
        let places = self.releases.iter().map(|&place| Ok((place, self.directory(place)?)));
        let places = places.collect::<Result<Vec<_>, StoreError>>()?;
        for group in new.chunk_by(|a, b| a.0.measure == b.0.measure) {
            let kind = group[0].1.kind();
            let measure = &group[0].0.measure;
            let mut kinds =
                places.iter().filter_map(|(_, d)| Some(&d.measures[d.find(measure)?].kinds)).flatten();
            if kinds.all(|k| *k == kind) && group.iter().all(|(_, series)| series.kind() == kind) {
                continue;
            }
            for (key, series) in group {
                for (place, directory) in &places {
                    let Some(found) = directory.find(measure) else { continue };
                    let table = self.table(*place, directory, found)?;
                    let Some(entry) = table.find(&key.breakdown, &key.area) else { continue };
                    if entry.kind() != series.kind() {
                        return Err(StoreError::KindChanged {
                            key: Box::new(key.clone()),
                            held: entry.kind().to_string(),
                            found: series.kind().to_string(),
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

/// Where the parts of one series are: the source of each, by place, and its entry.
type Parts = Vec<(usize, Entry)>;

/// The blocks of one measure in one release.
struct Source<'a> {
    release: u32,
    segment: &'a Segment,
    table: Arc<Table>,
    bytes: Vec<u8>,
}

/// The damage of one series of a segment.
pub(crate) fn series_damage(
    segment: &Segment,
    measure: &MeasureId,
    area: &AreaCode,
    entry: &Entry,
    what: String,
) -> Damage {
    Damage {
        measure: Some(measure.clone()),
        areas: vec![area.clone()],
        periods: entry.periods(),
        ..segment.damage(what)
    }
}

fn read_block(
    segment: &Segment,
    key: &SeriesKey,
    text: &str,
    release: u32,
    entry: &Entry,
    block: &[u8],
) -> Result<Series, StoreError> {
    segment::opened(text, block)
        .and_then(|columns| columns::decode(columns, Some(release), Some(entry.observations)))
        .map_err(|what| StoreError::damaged(series_damage(segment, &key.measure, &key.area, entry, what)))
}

fn fold(source: &Source<'_>, key: &SeriesKey, parts: Vec<Series>) -> Result<Series, StoreError> {
    // A store refuses a change of kind; only a forged segment can hold one.
    let one_kind = parts.windows(2).all(|pair| pair[0].kind() == pair[1].kind());
    columns::folded(parts).filter(|_| one_kind).ok_or_else(|| {
        StoreError::damaged(Damage {
            measure: Some(key.measure.clone()),
            areas: vec![key.area.clone()],
            ..source.segment.damage("the kind of period of a series changes between releases")
        })
    })
}

/// Why a segment was not added.
#[derive(Debug)]
pub(crate) enum Append {
    /// Nothing was added.
    Refused(StoreError),
    /// It is not known whether it will be there after a power cut.
    Unsure(StoreError),
}

impl From<StoreError> for Append {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}
