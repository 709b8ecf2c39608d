//! What a segment holds and where: its measures, and of each the series.
//!
//! Made from records that were read and checked here once: what is out of order or does not add up is refused.
//! Knows no file.

use crate::codec::{DirectoryV1, TableV1};
use crate::columns::kind_of;
use crate::segment::MAX_MEASURE;
use kilter_core::ident::{AreaCode, MeasureId};
use kilter_core::series::Breakdown;
use kilter_core::time::{Period, PeriodKind};
use std::sync::Arc;

/// The measures of a segment and where they are.
#[derive(Debug)]
pub(crate) struct Directory {
    pub(crate) areas: Arc<[AreaCode]>,
    /// Strictly ascending.
    pub(crate) measures: Vec<Measure>,
}

/// One measure of a segment.
#[derive(Debug)]
pub(crate) struct Measure {
    pub(crate) id: MeasureId,
    pub(crate) kinds: Vec<PeriodKind>,
    pub(crate) blocks_at: u64,
    pub(crate) blocks: u64,
    pub(crate) table_at: u64,
    pub(crate) table: u32,
    pub(crate) table_crc: u32,
    pub(crate) series: u32,
    pub(crate) observations: u64,
    /// In a merged file, the releases that say something of it, ascending.
    said_by: Option<Vec<u32>>,
}

impl Measure {
    /// Whether one of the releases says something of it.
    pub(crate) fn is_said(&self, wanted: impl Fn(u32) -> bool) -> bool {
        self.said_by.as_ref().is_none_or(|releases| releases.iter().any(|release| wanted(*release)))
    }
}

impl Directory {
    /// The same with areas and names of measures held in common with another, so far as they are the same: most
    /// releases of a store are of the same areas and measures.
    pub(crate) fn sharing(mut self, other: &Self) -> Self {
        if self.areas == other.areas {
            self.areas = Arc::clone(&other.areas);
        }
        for (measure, other) in self.measures.iter_mut().zip(&other.measures) {
            if measure.id == other.id {
                measure.id = other.id.clone();
            }
        }
        self
    }

    /// The same in a merged file, where each measure has the releases that say something of it.
    pub(crate) fn said_by(mut self, releases: Vec<Vec<u32>>) -> Result<Self, String> {
        for (measure, said_by) in self.measures.iter_mut().zip(releases) {
            if said_by.is_empty() || said_by.windows(2).any(|pair| pair[0] >= pair[1]) {
                return Err("the releases of a measure are not in order".into());
            }
            measure.said_by = Some(said_by);
        }
        Ok(self)
    }

    pub(crate) fn new(decoded: DirectoryV1, body_at: u64, directory_at: u64) -> Result<Self, String> {
        let areas = decoded
            .areas
            .iter()
            .map(|area| AreaCode::new(area).map_err(|e| e.to_string()))
            .collect::<Result<Arc<[_]>, _>>()?;
        if areas.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err("its areas are not in order".into());
        }
        let beyond = || "its lengths do not add up".to_owned();
        let blocks = decoded.measures.iter().try_fold(body_at, |at, m| at.checked_add(m.blocks));
        let mut table_at = blocks.ok_or_else(beyond)?;
        let mut blocks_at = body_at;
        let mut measures = Vec::with_capacity(decoded.measures.len());
        for m in decoded.measures {
            let kinds = m.kinds.iter().map(|&code| kind_of(code)).collect::<Option<Vec<_>>>();
            measures.push(Measure {
                id: MeasureId::new(&m.measure).map_err(|e| e.to_string())?,
                kinds: kinds.ok_or("a kind of period without meaning")?,
                blocks_at,
                blocks: m.blocks,
                table_at,
                table: m.table,
                table_crc: m.table_crc,
                series: m.series,
                observations: m.observations,
                said_by: None,
            });
            blocks_at += m.blocks;
            table_at = table_at.checked_add(u64::from(m.table)).ok_or_else(beyond)?;
        }
        if measures.iter().any(|m| m.observations > MAX_MEASURE) {
            return Err("more observations of one measure than a segment takes".into());
        }
        if measures.windows(2).any(|pair| pair[0].id >= pair[1].id) {
            return Err("its measures are not in order".into());
        }
        if table_at != directory_at {
            return Err(beyond());
        }
        Ok(Self { areas, measures })
    }

    /// The place of a measure; `None` where the segment says nothing of it.
    pub(crate) fn find(&self, measure: &MeasureId) -> Option<usize> {
        self.find_near(measure, 0)
    }

    /// The same where it was found at that place in another segment: most often they hold the same measures.
    pub(crate) fn find_near(&self, measure: &MeasureId, near: usize) -> Option<usize> {
        if self.measures.get(near).is_some_and(|m| m.id == *measure) {
            return Some(near);
        }
        self.measures.binary_search_by(|m| m.id.cmp(measure)).ok()
    }
}

/// The series of one measure of a segment, in order.
#[derive(Debug)]
pub(crate) struct Table {
    areas: Arc<[AreaCode]>,
    breakdowns: Vec<(Breakdown, Vec<Entry>)>,
}

/// Where one series is and what it covers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    area: u32,
    pub(crate) length: u32,
    /// Where its block begins among those of the measure.
    pub(crate) at: u64,
    pub(crate) observations: u32,
    kind: PeriodKind,
    first: i32,
    span: u32,
}

impl Entry {
    /// The numbers of its first and last period.
    pub(crate) fn stretch(&self) -> (i64, i64) {
        (i64::from(self.first), i64::from(self.first) + i64::from(self.span))
    }

    /// The first and the last period, where they are periods that kilter knows.
    pub(crate) fn periods(&self) -> Option<(Period, Period)> {
        let last = i32::try_from(i64::from(self.first) + i64::from(self.span)).ok()?;
        Some((Period::new(self.kind, self.first).ok()?, Period::new(self.kind, last).ok()?))
    }

    pub(crate) fn kind(&self) -> PeriodKind {
        self.kind
    }
}

impl Table {
    pub(crate) fn new(decoded: TableV1, directory: &Directory, measure: &Measure) -> Result<Self, String> {
        let mut at = 0u64;
        let (mut series, mut observations) = (0u64, 0u64);
        let mut breakdowns: Vec<(Breakdown, Vec<Entry>)> = Vec::with_capacity(decoded.breakdowns.len());
        for group in decoded.breakdowns {
            let breakdown = Breakdown::parse(&group.breakdown).map_err(|e| e.to_string())?;
            if breakdown.to_string() != group.breakdown {
                return Err(format!("\"{}\" is not how a breakdown is written", group.breakdown));
            }
            if breakdowns.last().is_some_and(|(last, _)| *last >= breakdown) {
                return Err("its breakdowns are not in order".into());
            }
            if group.series.windows(2).any(|pair| pair[0].area >= pair[1].area) {
                return Err("its areas are not in order".into());
            }
            let mut entries = Vec::with_capacity(group.series.len());
            for e in group.series {
                let kind =
                    *measure.kinds.get(usize::from(e.kind)).ok_or("a kind of period without meaning")?;
                if e.area as usize >= directory.areas.len() {
                    return Err("an area that the directory does not have".into());
                }
                let first = i64::from(decoded.first) + i64::from(e.first);
                entries.push(Entry {
                    area: e.area,
                    length: e.length,
                    at,
                    observations: e.observations,
                    kind,
                    first: i32::try_from(first).map_err(|_| "a period beyond all time")?,
                    span: e.span,
                });
                at = at.checked_add(u64::from(e.length)).ok_or("its lengths do not add up")?;
                series += 1;
                observations += u64::from(e.observations);
            }
            breakdowns.push((breakdown, entries));
        }
        if at != measure.blocks || series != u64::from(measure.series) || observations != measure.observations
        {
            return Err("it does not add up to what the directory says".into());
        }
        Ok(Self { areas: Arc::clone(&directory.areas), breakdowns })
    }

    /// How many series it has.
    pub(crate) fn len(&self) -> usize {
        self.breakdowns.iter().map(|(_, entries)| entries.len()).sum()
    }

    /// Its series by breakdown, in order.
    pub(crate) fn breakdowns(&self) -> impl Iterator<Item = (&Breakdown, &[Entry])> {
        self.breakdowns.iter().map(|(breakdown, entries)| (breakdown, entries.as_slice()))
    }

    /// The area of an entry.
    pub(crate) fn area(&self, entry: &Entry) -> &AreaCode {
        &self.areas[entry.area as usize]
    }

    /// The entry of one series; `None` where the segment says nothing of it.
    pub(crate) fn find(&self, breakdown: &Breakdown, area: &AreaCode) -> Option<Entry> {
        self.find_at(breakdown, self.place(area)?)
    }

    /// The place of an area among those of the segment.
    pub(crate) fn place(&self, area: &AreaCode) -> Option<u32> {
        u32::try_from(self.areas.binary_search(area).ok()?).ok()
    }

    /// Whether the places of areas are those of another table, without a look at the areas.
    pub(crate) fn shares_places_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.areas, &other.areas)
    }

    /// The entry of one series by the place of its area.
    pub(crate) fn find_at(&self, breakdown: &Breakdown, area: u32) -> Option<Entry> {
        let group = self.breakdowns.binary_search_by(|(b, _)| b.cmp(breakdown)).ok()?;
        let entries = &self.breakdowns[group].1;
        // Most often there is a series for every area.
        let guess = entries.get(area as usize).filter(|entry| entry.area == area);
        let found = || entries.binary_search_by_key(&area, |e| e.area).ok().map(|i| &entries[i]);
        guess.or_else(found).copied()
    }
}
