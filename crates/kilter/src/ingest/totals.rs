//! Totals against their parts: what a file states and what it adds up to.
//!
//! Adding a total to its parts is the commonest error made with these files. Here the two are kept apart
//! and compared, and any difference is told with its line.

use super::batch::{Batch, Point};
use super::receipt::{Disagreement, Over, Receipt};
use kilter_core::area::{AreaKind, Areas};
use kilter_core::framework::Framework;
use kilter_core::ident::{AreaCode, Category, DimensionId, MeasureId};
use kilter_core::method::{Resolver, Sum, over_periods};
use kilter_core::series::{Breakdown, Dataset, Marks, Measure, Observation, OverAreas, SeriesKey};
use kilter_core::time::{Period, PeriodKind};
use std::cell::LazyCell;
use std::collections::{BTreeMap, HashMap};
use std::ops::Deref;

/// A total that is only checked and not kept.
pub(crate) struct StatedTotal {
    /// The measures that it adds up: several, or one over time.
    of: Vec<MeasureId>,
    breakdown: Breakdown,
    area: AreaCode,
    period: Period,
    stated: f64,
    line: u64,
}

impl StatedTotal {
    pub fn over_time(key: SeriesKey, period: Period, stated: f64, line: u64) -> Self {
        Self { of: vec![key.measure], breakdown: key.breakdown, area: key.area, period, stated, line }
    }

    pub fn over_measures(
        of: Vec<MeasureId>,
        breakdown: Breakdown,
        area: AreaCode,
        period: Period,
        stated: f64,
        line: u64,
    ) -> Self {
        Self { of, breakdown, area, period, stated, line }
    }

    /// What it adds up, but for when.
    fn series(&self) -> (&[MeasureId], &Breakdown, &AreaCode) {
        (&self.of, &self.breakdown, &self.area)
    }

    /// The measure of a total over time, whose parts may be in the store already.
    pub fn measure_over_time(&self) -> Option<&MeasureId> {
        match self.of.as_slice() {
            [measure] => Some(measure),
            _ => None,
        }
    }
}

/// What a file's figures say of their own totals.
pub(crate) struct Totals<'a> {
    pub framework: &'a Framework,
    /// The base to which published figures are rounded; 0: not rounded.
    pub rounded_to: f64,
    /// Whether a missing part is zero where the others reach the total.
    pub fill_zero: bool,
}

/// The values of one part over time.
type Part = BTreeMap<i32, Option<f64>>;

fn part(points: Option<Vec<Point>>) -> Part {
    points.into_iter().flatten().map(|point| (point.ordinal, point.observation.value())).collect()
}

impl Totals<'_> {
    /// Compares the totals of a batch with their parts in the same batch, and fills in the parts that
    /// are zero.
    pub fn check(&self, batch: &mut Batch, receipt: &mut Receipt) {
        let mut zeros: Vec<(SeriesKey, PeriodKind, Point)> = Vec::new();
        // The categories that occur under each total, gathered in one pass.
        let mut occurring: HashMap<(SeriesKey, DimensionId), Vec<Category>> = HashMap::new();
        for (key, _) in batch.lengths() {
            for (dimension, category) in key.breakdown.iter() {
                let breakdown = key.breakdown.without(dimension.as_str());
                let total = SeriesKey { breakdown, ..key.clone() };
                occurring.entry((total, dimension.clone())).or_default().push(category.clone());
            }
        }
        for (key, kind, points) in batch.iter() {
            let points = LazyCell::new(points);
            let Some(measure) = self.framework.measure(key.measure.as_str()) else { continue };
            for dimension in measure.dimensions.iter().filter(|d| key.breakdown.get(d.id.as_str()).is_none())
            {
                let categories = if dimension.is_open() {
                    occurring.get(&(key.clone(), dimension.id.clone())).cloned().unwrap_or_default()
                } else {
                    dimension.categories.clone()
                };
                let keys: Vec<SeriesKey> = categories
                    .into_iter()
                    .map(|category| SeriesKey {
                        breakdown: key.breakdown.with(dimension.id.clone(), category),
                        ..key.clone()
                    })
                    .collect();
                let parts: Vec<Part> = keys.iter().map(|k| part(batch.points(k))).collect();
                let over = Over::Dimension(dimension.id.to_string());
                let missing = self.compare(key, kind, &points, &parts, dimension.is_open(), over, receipt);
                if self.fill_zero {
                    for (ordinal, line, i) in missing {
                        let observation =
                            Observation::number(0.0).expect("zero is finite").marked(Marks::DERIVED);
                        zeros.push((keys[i].clone(), kind, Point { ordinal, observation, line }));
                    }
                }
            }
            if measure.over_areas == OverAreas::Sum {
                self.over_areas(batch, key, kind, &points, receipt);
            }
        }
        for (key, kind, point) in zeros {
            let place = batch.place(key, kind);
            // Two totals may say of one part that it is zero.
            receipt.zeros += u64::from(batch.insert(place, point));
        }
    }

    fn over_areas(
        &self,
        batch: &Batch,
        key: &SeriesKey,
        kind: PeriodKind,
        points: &impl Deref<Target = Vec<Point>>,
        receipt: &mut Receipt,
    ) {
        let areas = self.framework.areas();
        let Some(area) = areas.get(key.area.as_str()) else { return };
        for division in &area.divisions {
            let parts: Vec<(bool, Part)> = division
                .parts
                .iter()
                .map(|code| {
                    let points = batch.points(&SeriesKey { area: code.clone(), ..key.clone() });
                    (!residual(areas, code), part(points))
                })
                .filter(|(required, points)| *required || !points.is_empty())
                .collect();
            if parts.iter().all(|(_, points)| points.is_empty()) {
                continue;
            }
            let parts: Vec<Part> = parts.into_iter().map(|(_, points)| points).collect();
            self.compare(key, kind, points, &parts, false, Over::Areas, receipt);
            return;
        }
    }

    /// Compares each point of a total with its parts. Returns the parts that are missing where the
    /// others reach the total: ordinal, line of the total, place of the part.
    #[expect(clippy::too_many_arguments, reason = "one total and all there is to know of it")]
    fn compare(
        &self,
        key: &SeriesKey,
        kind: PeriodKind,
        points: &[Point],
        parts: &[Part],
        open: bool,
        over: Over,
        receipt: &mut Receipt,
    ) -> Vec<(i32, u64, usize)> {
        let mut zeros = Vec::new();
        if parts.iter().all(BTreeMap::is_empty) {
            return zeros;
        }
        for point in points {
            let Some(stated) = point.observation.value() else { continue };
            let (mut sum, mut known, mut absent, mut withheld) = (Sum::default(), 0usize, Vec::new(), false);
            for (i, part) in parts.iter().enumerate() {
                match part.get(&point.ordinal) {
                    Some(Some(value)) => {
                        sum.add(*value);
                        known += 1;
                    }
                    Some(None) => withheld = true,
                    None => absent.push(i),
                }
            }
            if known == 0 {
                continue;
            }
            let sum = sum.total();
            let allowed = self.rounded_to / 2.0 * (known as f64 + 1.0) + 1e-9 * stated.abs().max(sum.abs());
            let complete = absent.is_empty() && !withheld && !open;
            receipt.totals_checked += 1;
            let differs = if complete { (stated - sum).abs() > allowed } else { sum - stated > allowed };
            if differs {
                let Ok(period) = Period::new(kind, point.ordinal) else { continue };
                receipt.disagreements.push(Disagreement {
                    measure: key.measure.clone(),
                    area: key.area.clone(),
                    breakdown: key.breakdown.clone(),
                    period,
                    over: over.clone(),
                    stated,
                    parts: sum,
                    line: point.line,
                });
            } else if !open && !withheld && (stated - sum).abs() <= allowed && self.rounded_to == 0.0 {
                zeros.extend(absent.into_iter().map(|i| (point.ordinal, point.line, i)));
            }
        }
        zeros
    }

    /// What the parts of each total add up to, where all are there. Series by series, so that each is looked up once
    /// however many of its periods have a total.
    fn sums(&self, totals: &[StatedTotal], batch: &Batch, known: &Dataset) -> Vec<Option<f64>> {
        let resolver = Resolver::new(known, self.framework.areas());
        let mut sums = vec![Some(0.0); totals.len()];
        let mut places: Vec<usize> = (0..totals.len()).collect();
        places.sort_by_key(|&place| totals[place].series());
        for places in places.chunk_by(|a, b| totals[*a].series() == totals[*b].series()) {
            let series = totals[places[0]].series();
            let periods: Vec<Period> = places.iter().map(|&place| totals[place].period).collect();
            for id in series.0 {
                let values = self.framework.measure(id.as_str()).map_or_else(
                    || vec![None; periods.len()],
                    |measure| values(measure, series, &periods, batch, &resolver),
                );
                for (&place, value) in places.iter().zip(values) {
                    sums[place] = sums[place].zip(value).map(|(sum, value)| sum + value);
                }
            }
        }
        sums
    }

    /// Compares totals that are not kept with their parts in the batch and in what is known already.
    pub fn check_stated(
        &self,
        totals: &[StatedTotal],
        batch: &Batch,
        known: &Dataset,
        receipt: &mut Receipt,
    ) {
        for (total, sum) in totals.iter().zip(self.sums(totals, batch, known)) {
            let Some(sum) = sum else { continue };
            receipt.totals_checked += 1;
            let allowed = self.rounded_to / 2.0 * (total.of.len() as f64 + 1.0)
                + 1e-9 * total.stated.abs().max(sum.abs());
            if (total.stated - sum).abs() > allowed {
                receipt.disagreements.push(Disagreement {
                    measure: total.of[0].clone(),
                    area: total.area.clone(),
                    breakdown: total.breakdown.clone(),
                    period: total.period,
                    over: match total.of.as_slice() {
                        [_] => Over::Time,
                        of => {
                            Over::Measures(of.iter().map(MeasureId::as_str).collect::<Vec<_>>().join(" and "))
                        }
                    },
                    stated: total.stated,
                    parts: sum,
                    line: total.line,
                });
            }
        }
    }
}

/// The values of a measure for the periods of totals of one series, from what the batch states or what is known.
fn values(
    measure: &Measure,
    (_, breakdown, area): (&[MeasureId], &Breakdown, &AreaCode),
    periods: &[Period],
    batch: &Batch,
    known: &Resolver<'_>,
) -> Vec<Option<f64>> {
    let points = LazyCell::new(|| {
        let (measure, breakdown, area) = (measure.id.clone(), breakdown.clone(), area.clone());
        batch.points(&SeriesKey { measure, breakdown, area })
    });
    let stated = |period: &Period| {
        let points = points.as_ref()?;
        let place = points.binary_search_by_key(&period.ordinal(), |point| point.ordinal).ok()?;
        points[place].observation.value()
    };
    let over_time = LazyCell::new(|| {
        let column = known.column(measure, breakdown, area);
        over_periods(&column, measure.frequency, measure.over_time, periods)
    });
    let value = |(at, period): (usize, &Period)| {
        if period.kind() == measure.frequency { stated(period) } else { over_time[at].value.ok() }
    };
    periods.iter().enumerate().map(value).collect()
}

fn residual(areas: &Areas, code: &AreaCode) -> bool {
    areas.get(code.as_str()).is_some_and(|area| area.kind == AreaKind::UnknownResidence)
}
