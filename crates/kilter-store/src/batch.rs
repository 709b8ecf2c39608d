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

/// The series of a release in order, with their bytes.
#[derive(Debug)]
pub(crate) struct Batch {
    /// By key, strictly ascending.
    pub(crate) series: Vec<(SeriesKey, Series)>,
    pub(crate) observations: u64,
    blocks: Vec<Vec<u8>>,
    tables: Vec<Vec<u8>>,
    pub(crate) directory: Vec<u8>,
}

impl Batch {
    /// Checks the series and encodes them.
    pub(crate) fn new(mut series: Vec<(SeriesKey, Series)>) -> Result<Self, StoreError> {
        parallel::sort_by(&mut series, |a, b| a.0.cmp(&b.0));
        if let Some(pair) = series.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(StoreError::RepeatedSeries { key: Box::new(pair[0].0.clone()) });
        }
        let blocks = parallel::try_map(series.iter().collect(), 64, |(key, series)| {
            check(key, series)?;
            let mut block = vec![0; 4];
            columns::encode(series, Releases::None, &mut block).ok_or_else(|| StoreError::Field {
                field: "kind of period",
                found: format!("the series {key} has periods of the kind \"{}\"", series.kind()),
                expected: "windows of 2 to 240 months or spans of 2 to 50 years",
            })?;
            let sum = segment::crc(segment::key_text(key).as_bytes(), &block[4..]);
            block[..4].copy_from_slice(&sum.to_le_bytes());
            Ok(block)
        })?;
        let observations = series.iter().map(|(_, s)| s.len() as u64).sum();
        let mut batch = Self { series, observations, blocks, tables: Vec::new(), directory: Vec::new() };
        batch.lay_out()?;
        Ok(batch)
    }

    /// Makes the tables and the directory.
    fn lay_out(&mut self) -> Result<(), StoreError> {
        let at_most = |found: usize, most: u64, unit| match found as u64 {
            found if found > most => Err(too_large(found, most, unit)),
            _ => Ok(()),
        };
        let encoding = |e: String| StoreError::Field {
            field: "the series of a release",
            found: e,
            expected: "records that can be encoded",
        };
        at_most(self.series.len(), u64::from(u32::MAX), "series")?;
        let mut areas: Vec<AreaCode> = self.series.iter().map(|(key, _)| key.area.clone()).collect();
        parallel::sort_by(&mut areas, Ord::cmp);
        areas.dedup();
        let mut measures = Vec::new();
        let mut from = 0;
        for group in self.series.chunk_by(|a, b| a.0.measure == b.0.measure) {
            let blocks = &self.blocks[from..from + group.len()];
            from += group.len();
            let mut kinds: Vec<PeriodKind> = group.iter().map(|(_, series)| series.kind()).collect();
            kinds.sort_unstable();
            kinds.dedup();
            let first = group.iter().filter_map(|(_, s)| s.ordinals().first()).min().copied().unwrap_or(0);
            at_most(kinds.len(), 256, "kinds of period in one measure")?;
            let mut breakdowns: Vec<BreakdownV1> = Vec::new();
            let mut last = None;
            for ((key, series), block) in group.iter().zip(blocks) {
                if last != Some(&key.breakdown) {
                    let breakdown = key.breakdown.to_string();
                    breakdowns.push(BreakdownV1 { breakdown, series: Vec::new() });
                    last = Some(&key.breakdown);
                }
                let ordinals = series.ordinals();
                let start = ordinals.first().copied().unwrap_or(first);
                let end = ordinals.last().copied().unwrap_or(start);
                // Places in lists whose lengths have been checked; a series is far below 4 GiB.
                let entry = EntryV1 {
                    area: areas.binary_search(&key.area).expect("it was gathered above") as u32,
                    kind: kinds.binary_search(&series.kind()).expect("it was gathered above") as u8,
                    observations: series.len() as u32,
                    length: block.len() as u32,
                    first: (i64::from(start) - i64::from(first)) as u32,
                    span: (i64::from(end) - i64::from(start)) as u32,
                };
                breakdowns.last_mut().expect("one was pushed").series.push(entry);
            }
            let observations: usize = group.iter().map(|(_, s)| s.len()).sum();
            at_most(observations, MAX_MEASURE, "observations of one measure")?;
            let table = codec::encode(&TableV1 { first, breakdowns }).map_err(encoding)?;
            at_most(table.len(), MAX_RECORD, "bytes in the table of one measure")?;
            let measure = &group[0].0.measure;
            measures.push(MeasureV1 {
                measure: measure.to_string(),
                kinds: kinds.iter().filter_map(|&kind| columns::kind_code(kind)).collect(),
                blocks: blocks.iter().map(|b| b.len() as u64).sum(),
                table: table.len() as u32,
                table_crc: segment::crc(measure.as_str().as_bytes(), &table),
                series: group.len() as u32,
                observations: observations as u64,
            });
            self.tables.push(table);
        }
        let areas = areas.iter().map(ToString::to_string).collect();
        self.directory = codec::encode(&DirectoryV1 { areas, measures }).map_err(encoding)?;
        at_most(self.directory.len(), MAX_RECORD, "bytes in its directory")
    }

    /// The bytes that follow the header, in order.
    pub(crate) fn body(&self) -> impl Iterator<Item = &[u8]> {
        self.blocks.iter().chain(&self.tables).map(Vec::as_slice)
    }
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
