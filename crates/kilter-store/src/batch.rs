//! How the series of a release become the blocks, tables and directory of a segment.
//!
//! Checks what a store takes; writes nothing.

use crate::codec::{self, BreakdownV1, DirectoryV1, EntryV1, MAX_RECORD, MeasureV1, TableV1};
use crate::columns::{self, MAX_OBSERVATIONS, Releases};
use crate::error::StoreError;
use crate::parallel;
use crate::segment::{self, MAX_MEASURE, MAX_SEGMENT};
use kilter_core::ident::AreaCode;
use kilter_core::series::{Series, SeriesKey};
use kilter_core::time::PeriodKind;

/// The longest text of a breakdown, in bytes.
pub const MAX_BREAKDOWN: usize = 1_024;

/// What is to become a release, gathered part by part: the bytes of each series, and of the series itself no
/// more than a table says of it.
#[derive(Debug, Default)]
pub(crate) struct Gathered(Vec<(Line, Vec<u8>)>);

impl Gathered {
    /// Checks the series of a part and encodes them.
    pub(crate) fn add(&mut self, part: Vec<(SeriesKey, Series)>) -> Result<(), StoreError> {
        let encoded = parallel::try_map(part, 64, |(key, series)| {
            check(&key, &series)?;
            let mut block = vec![0; 4];
            columns::encode(&series, Releases::None, &mut block).ok_or_else(|| StoreError::Field {
                field: "kind of period",
                found: format!("the series {key} has periods of the kind \"{}\"", series.kind()),
                expected: "windows of 2 to 240 months or spans of 2 to 50 years",
            })?;
            let sum = segment::crc(segment::key_text(&key).as_bytes(), &block[4..]);
            block[..4].copy_from_slice(&sum.to_le_bytes());
            block.shrink_to_fit();
            Ok((Line::of(key, [&series].into_iter(), block.len()), block))
        })?;
        self.0.extend(encoded);
        Ok(())
    }

    /// Puts everything in order and makes the tables and the directory.
    pub(crate) fn finish(mut self) -> Result<Batch, StoreError> {
        parallel::sort_by(&mut self.0, |a, b| a.0.key.cmp(&b.0.key));
        if let Some(pair) = self.0.windows(2).find(|pair| pair[0].0.key == pair[1].0.key) {
            return Err(StoreError::RepeatedSeries { key: Box::new(pair[0].0.key.clone()) });
        }
        let (lines, blocks): (Vec<Line>, Vec<Vec<u8>>) = self.0.into_iter().unzip();
        at_most(lines.len(), u64::from(u32::MAX), "series")?;
        let mut areas: Vec<AreaCode> = lines.iter().map(|line| line.key.area.clone()).collect();
        parallel::sort_by(&mut areas, Ord::cmp);
        areas.dedup();
        let (mut measures, mut tables) = (Vec::new(), Vec::new());
        for group in lines.chunk_by(|a, b| a.key.measure == b.key.measure) {
            let (measure, table) = table(group, &areas)?;
            measures.push(measure);
            tables.push(table);
        }
        let areas = areas.iter().map(ToString::to_string).collect();
        let directory = codec::encode(&DirectoryV1 { areas, measures }).map_err(encoding)?;
        at_most(directory.len(), MAX_RECORD, "bytes in its directory")?;
        Ok(Batch { lines, blocks, tables, directory })
    }
}

/// The series of a release in order, as bytes.
#[derive(Debug)]
pub(crate) struct Batch {
    /// By key, strictly ascending.
    pub(crate) lines: Vec<Line>,
    blocks: Vec<Vec<u8>>,
    tables: Vec<Vec<u8>>,
    pub(crate) directory: Vec<u8>,
}

impl Batch {
    /// How many observations it holds, absences among them.
    pub(crate) fn observations(&self) -> u64 {
        self.lines.iter().map(|line| line.observations as u64).sum()
    }

    /// The bytes that follow the header, in order.
    pub(crate) fn body(&self) -> impl Iterator<Item = &[u8]> {
        self.blocks.iter().chain(&self.tables).map(Vec::as_slice)
    }
}

/// What a table says of one series.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) key: SeriesKey,
    pub(crate) kind: PeriodKind,
    observations: usize,
    first: Option<i32>,
    last: Option<i32>,
    length: usize,
}

impl Line {
    /// A series, or what several releases say of it, in a block of that length. There is one at least.
    pub(crate) fn of<'s>(key: SeriesKey, parts: impl Iterator<Item = &'s Series>, length: usize) -> Self {
        let mut line =
            Self { key, kind: PeriodKind::Month, observations: 0, first: None, last: None, length };
        for part in parts {
            line.kind = part.kind();
            line.observations += part.len();
            line.first = line.first.into_iter().chain(part.ordinals().first().copied()).min();
            line.last = line.last.into_iter().chain(part.ordinals().last().copied()).max();
        }
        line
    }
}

fn at_most(found: usize, most: u64, unit: &'static str) -> Result<(), StoreError> {
    match found as u64 {
        found if found > most => Err(too_large(found, most, unit)),
        _ => Ok(()),
    }
}

fn encoding(why: String) -> StoreError {
    StoreError::Field {
        field: "the series of a release",
        found: why,
        expected: "records that can be encoded",
    }
}

/// The table of a measure, as bytes, and what the directory says of it. The lines are of one measure, in the
/// order of their keys; the areas hold theirs.
pub(crate) fn table(group: &[Line], areas: &[AreaCode]) -> Result<(MeasureV1, Vec<u8>), StoreError> {
    let mut kinds: Vec<PeriodKind> = group.iter().map(|line| line.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let first = group.iter().filter_map(|line| line.first).min().unwrap_or(0);
    at_most(kinds.len(), 256, "kinds of period in one measure")?;
    let mut breakdowns: Vec<BreakdownV1> = Vec::new();
    let mut last = None;
    for line in group {
        if last != Some(&line.key.breakdown) {
            let breakdown = line.key.breakdown.to_string();
            breakdowns.push(BreakdownV1 { breakdown, series: Vec::new() });
            last = Some(&line.key.breakdown);
        }
        let start = line.first.unwrap_or(first);
        let end = line.last.unwrap_or(start);
        // Places in lists whose lengths have been checked; a series is far below 4 GiB.
        let entry = EntryV1 {
            area: areas.binary_search(&line.key.area).expect("the areas hold it") as u32,
            kind: kinds.binary_search(&line.kind).expect("it was gathered above") as u8,
            observations: line.observations as u32,
            length: line.length as u32,
            first: (i64::from(start) - i64::from(first)) as u32,
            span: (i64::from(end) - i64::from(start)) as u32,
        };
        breakdowns.last_mut().expect("one was pushed").series.push(entry);
    }
    let observations: usize = group.iter().map(|line| line.observations).sum();
    at_most(observations, MAX_MEASURE, "observations of one measure")?;
    let table = codec::encode(&TableV1 { first, breakdowns }).map_err(encoding)?;
    at_most(table.len(), MAX_RECORD, "bytes in the table of one measure")?;
    let measure = &group[0].key.measure;
    let record = MeasureV1 {
        measure: measure.to_string(),
        kinds: kinds.iter().filter_map(|&kind| columns::kind_code(kind)).collect(),
        blocks: group.iter().map(|line| line.length as u64).sum(),
        table: table.len() as u32,
        table_crc: segment::crc(measure.as_str().as_bytes(), &table),
        series: group.len() as u32,
        observations: observations as u64,
    };
    Ok((record, table))
}

/// Refuses a segment that would be too large.
pub(crate) fn check_length(length: u64) -> Result<(), StoreError> {
    if length > MAX_SEGMENT { Err(too_large(length, MAX_SEGMENT, "bytes")) } else { Ok(()) }
}

fn too_large(found: u64, most: u64, unit: &'static str) -> StoreError {
    StoreError::TooLarge {
        what: "the release".into(),
        found,
        most,
        unit,
        advice: "divide it into several releases known on the same day",
    }
}

fn check(key: &SeriesKey, series: &Series) -> Result<(), StoreError> {
    if series.len() > MAX_OBSERVATIONS {
        return Err(StoreError::TooLarge {
            what: format!("the series {key}"),
            found: series.len() as u64,
            most: MAX_OBSERVATIONS as u64,
            unit: "observations",
            advice: "divide it into several measures",
        });
    }
    let breakdown = key.breakdown.to_string().len();
    if breakdown > MAX_BREAKDOWN {
        return Err(StoreError::TooLarge {
            what: format!("the breakdown of a series of {} of {}", key.measure, key.area),
            found: breakdown as u64,
            most: MAX_BREAKDOWN as u64,
            unit: "bytes",
            advice: "break the measure down by fewer dimensions, or shorten their categories",
        });
    }
    Ok(())
}
