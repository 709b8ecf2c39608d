//! The series that a question needs, as known at one point, in memory.

use super::{Breakdown, Series, SeriesKey};
use crate::ident::{AreaCode, MeasureId};
use std::collections::BTreeMap;

/// The series of one measure, by breakdown and area.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MeasureData {
    by_breakdown: BTreeMap<Breakdown, BTreeMap<AreaCode, Series>>,
}

impl MeasureData {
    /// The series of that breakdown and area; `None` where nothing was observed.
    #[must_use]
    pub fn get(&self, breakdown: &Breakdown, area: &str) -> Option<&Series> {
        self.by_breakdown.get(breakdown)?.get(area)
    }

    /// The series of that breakdown by area, in the order of the codes.
    pub fn areas(&self, breakdown: &Breakdown) -> impl Iterator<Item = (&AreaCode, &Series)> {
        self.by_breakdown.get(breakdown).into_iter().flatten()
    }

    /// The breakdowns that were observed, in order.
    pub fn breakdowns(&self) -> impl Iterator<Item = &Breakdown> {
        self.by_breakdown.keys()
    }

    /// Every series, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Breakdown, &AreaCode, &Series)> {
        self.by_breakdown.iter().flat_map(|(b, areas)| areas.iter().map(move |(a, s)| (b, a, s)))
    }

    /// The first and last ordinal of the periods that were observed anywhere; `None` where none was.
    #[must_use]
    pub fn span(&self) -> Option<(i32, i32)> {
        let ends = self.iter().filter_map(|(_, _, s)| Some((*s.ordinals().first()?, *s.ordinals().last()?)));
        ends.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }
}

/// The series of several measures as known at one point: what the arithmetic works on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dataset {
    measures: BTreeMap<MeasureId, MeasureData>,
}

impl Dataset {
    /// No series.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a series, in place of one with the same key.
    pub fn insert(&mut self, key: SeriesKey, series: Series) {
        let data = self.measures.entry(key.measure).or_default();
        data.by_breakdown.entry(key.breakdown).or_default().insert(key.area, series);
    }

    /// The series of a measure; `None` where nothing was observed of it.
    #[must_use]
    pub fn measure(&self, measure: &str) -> Option<&MeasureData> {
        self.measures.get(measure)
    }

    /// The measures of which something was observed.
    pub fn measures(&self) -> impl Iterator<Item = (&MeasureId, &MeasureData)> {
        self.measures.iter()
    }
}
