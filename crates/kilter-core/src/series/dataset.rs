//! The series that a question needs, as known at one point, in memory.

use super::{Breakdown, Series, SeriesKey};
use crate::ident::{AreaCode, MeasureId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The series of one measure, by breakdown and area.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MeasureData {
    by_breakdown: BTreeMap<Breakdown, BTreeMap<AreaCode, Series>>,
    /// Kept, since every question about one series asks for it.
    span: Option<(i32, i32)>,
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
        self.span
    }

    /// How many observations there are, absences among them.
    #[must_use]
    pub fn observations(&self) -> usize {
        self.iter().map(|(_, _, series)| series.len()).sum()
    }

    /// Adds a series, in place of one with the same key.
    fn insert(&mut self, breakdown: Breakdown, area: AreaCode, series: Series) {
        let ends = span_of(&series);
        let replaced = self.by_breakdown.entry(breakdown).or_default().insert(area, series);
        self.span = match replaced {
            None => joined(self.span, ends),
            Some(_) => self.iter().map(|(_, _, series)| span_of(series)).fold(None, joined),
        };
    }

    /// Adds the series of a breakdown, each in place of one with the same key.
    fn insert_all(&mut self, breakdown: Breakdown, series: Vec<(AreaCode, Series)>) {
        if self.by_breakdown.contains_key(&breakdown) {
            series.into_iter().for_each(|(area, series)| self.insert(breakdown.clone(), area, series));
            return;
        }
        // Made of all at once, which costs no search for each.
        let by_area: BTreeMap<AreaCode, Series> = series.into_iter().collect();
        self.span = by_area.values().map(span_of).fold(self.span, joined);
        self.by_breakdown.insert(breakdown, by_area);
    }
}

fn span_of(series: &Series) -> Option<(i32, i32)> {
    Some((*series.ordinals().first()?, *series.ordinals().last()?))
}

fn joined(a: Option<(i32, i32)>, b: Option<(i32, i32)>) -> Option<(i32, i32)> {
    match (a, b) {
        (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
        (a, b) => a.or(b),
    }
}

/// The series of several measures as known at one point: what the arithmetic works on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dataset {
    measures: BTreeMap<MeasureId, Arc<MeasureData>>,
}

impl Dataset {
    /// No series.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a series, in place of one with the same key.
    pub fn insert(&mut self, key: SeriesKey, series: Series) {
        let data = Arc::make_mut(self.measures.entry(key.measure).or_default());
        data.insert(key.breakdown, key.area, series);
    }

    /// Adds many series, each in place of one with the same key: soonest where those of a measure and breakdown follow
    /// one another in the order of their areas.
    pub fn insert_all(&mut self, series: impl IntoIterator<Item = (SeriesKey, Series)>) {
        let mut all = series.into_iter().peekable();
        while let Some((key, series)) = all.next() {
            let is_alike = |(next, _): &(SeriesKey, Series)| {
                next.measure == key.measure && next.breakdown == key.breakdown
            };
            let mut alike = vec![(key.area.clone(), series)];
            while let Some((next, series)) = all.next_if(is_alike) {
                alike.push((next.area, series));
            }
            let data = Arc::make_mut(self.measures.entry(key.measure).or_default());
            data.insert_all(key.breakdown, alike);
        }
    }

    /// Adds the series of a measure as another dataset has them, in place of any of that measure. Nothing is
    /// copied; what is inserted here later does not change the other.
    pub fn share(&mut self, measure: MeasureId, data: Arc<MeasureData>) {
        self.measures.insert(measure, data);
    }

    /// The series of a measure, to be [shared](Self::share); `None` where nothing was observed of it.
    #[must_use]
    pub fn shared(&self, measure: &str) -> Option<Arc<MeasureData>> {
        self.measures.get(measure).map(Arc::clone)
    }

    /// The series of a measure; `None` where nothing was observed of it.
    #[must_use]
    pub fn measure(&self, measure: &str) -> Option<&MeasureData> {
        self.measures.get(measure).map(|data| &**data)
    }

    /// The measures of which something was observed.
    pub fn measures(&self) -> impl Iterator<Item = (&MeasureId, &MeasureData)> {
        self.measures.iter().map(|(id, data)| (id, &**data))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::{Observation, SeriesBuilder};
    use crate::time::PeriodKind;

    fn put(data: &mut Dataset, area: &str, ordinals: &[i32]) {
        let mut series = SeriesBuilder::new(PeriodKind::Month);
        for ordinal in ordinals {
            series.push(*ordinal, Observation::number(1.0).unwrap(), 1);
        }
        let (measure, area) = (MeasureId::new("falls").unwrap(), AreaCode::new(area).unwrap());
        data.insert(SeriesKey { measure, breakdown: Breakdown::total(), area }, series.build().unwrap());
    }

    #[test]
    fn the_span_follows_what_is_added_and_what_is_put_in_its_place() {
        let mut data = Dataset::new();
        let span = |data: &Dataset| data.measure("falls").and_then(MeasureData::span);
        put(&mut data, "a", &[]);
        assert_eq!(span(&data), None);
        put(&mut data, "b", &[5, 9]);
        put(&mut data, "c", &[7, 12]);
        assert_eq!(span(&data), Some((5, 12)));
        put(&mut data, "c", &[8]);
        assert_eq!(span(&data), Some((5, 9)));
    }

    #[test]
    fn many_at_once_are_what_they_are_one_by_one() {
        let series = |n: i32| {
            let mut series = SeriesBuilder::new(PeriodKind::Month);
            series.push(n, Observation::number(f64::from(n)).unwrap(), 1);
            series.build().unwrap()
        };
        let key = |measure: &str, breakdown: &str, area: &str| SeriesKey {
            measure: MeasureId::new(measure).unwrap(),
            breakdown: Breakdown::parse(breakdown).unwrap(),
            area: AreaCode::new(area).unwrap(),
        };
        let all = [
            (key("falls", "", "b"), series(4)),
            (key("falls", "", "a"), series(9)),
            // In place of one with the same key, at once and later.
            (key("falls", "", "a"), series(3)),
            (key("falls", "sex=f", "a"), series(7)),
            (key("trips", "", "a"), series(8)),
            (key("falls", "", "b"), series(5)),
            (key("falls", "", "c"), series(6)),
        ];
        let (mut one_by_one, mut at_once) = (Dataset::new(), Dataset::new());
        for (key, series) in all.clone() {
            one_by_one.insert(key, series);
        }
        at_once.insert_all(all);
        assert_eq!(at_once, one_by_one);
        assert_eq!(at_once.measure("falls").and_then(MeasureData::span), Some((3, 7)));
    }

    #[test]
    fn what_is_shared_is_not_changed_by_what_is_added_to_one_side() {
        let (mut one, mut other) = (Dataset::new(), Dataset::new());
        put(&mut one, "a", &[1]);
        other.share(MeasureId::new("falls").unwrap(), one.shared("falls").unwrap());
        assert_eq!(one, other);
        put(&mut other, "a", &[2]);
        assert_eq!(one.measure("falls").and_then(MeasureData::span), Some((1, 1)));
        assert_eq!(other.measure("falls").and_then(MeasureData::span), Some((2, 2)));
        assert_eq!(one.shared("trips"), None);
    }
}
