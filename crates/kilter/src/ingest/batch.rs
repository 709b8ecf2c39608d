//! The figures of a file as they are read, by series, with the lines they stand on.

use super::pool::{self, Chain, Pool, Stretch};
use super::receipt::{Receipt, Rejection};
use kilter_core::series::{Observation, Series, SeriesBuilder, SeriesKey};
use kilter_core::time::{Period, PeriodKind};
use std::collections::HashMap;

/// One figure of a series.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Point {
    pub ordinal: i32,
    pub observation: Observation,
    pub line: u64,
}

/// The figures of one release.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    places: HashMap<SeriesKey, usize>,
    series: Vec<(SeriesKey, PeriodKind, Chain)>,
    pool: Pool,
    /// The last figures of the series at that place, which are not in the pool yet: most files say what they know of
    /// a series in one go. There are none once the batch is settled.
    last: (usize, Stretch),
}

impl Batch {
    /// The place of a series, made where it is new.
    pub fn place(&mut self, key: SeriesKey, kind: PeriodKind) -> usize {
        let series = &mut self.series;
        *self.places.entry(key).or_insert_with_key(|key| {
            series.push((key.clone(), kind, Chain::default()));
            series.len() - 1
        })
    }

    /// Adds a figure to the series at a place.
    pub fn push(&mut self, place: usize, point: Point) {
        match pool::whole_of(&point.observation) {
            Some(number) => self.push_whole(place, point.ordinal, number, point.line),
            None => {
                self.pool_last();
                self.pool.push(&mut self.series[place].2, point);
            }
        }
    }

    /// Adds a whole number, between -2^53 and 2^53, that stands on a line, to the series at a place.
    #[inline]
    pub fn push_whole(&mut self, place: usize, ordinal: i32, number: i64, line: u64) {
        if self.last.0 != place || !self.last.1.extend(ordinal, line, number) {
            self.pool_last();
            self.last.0 = place;
            self.last.1.begin(ordinal, line, number);
        }
    }

    fn pool_last(&mut self) {
        let (place, stretch) = &mut self.last;
        if !stretch.is_empty() {
            self.pool.push_stretch(&mut self.series[*place].2, stretch);
        }
    }

    /// Adds a figure to a settled series, in its place in time; whether there was none yet.
    pub fn insert(&mut self, place: usize, point: Point) -> bool {
        let chain = &mut self.series[place].2;
        let mut points = self.pool.points(chain);
        match points.binary_search_by_key(&point.ordinal, |known| known.ordinal) {
            Ok(_) => false,
            Err(i) => {
                points.insert(i, point);
                self.pool.replace(chain, &points);
                true
            }
        }
    }

    /// The points of a series.
    pub fn points(&self, key: &SeriesKey) -> Option<Vec<Point>> {
        self.places.get(key).map(|&i| self.pool.points(&self.series[i].2))
    }

    /// Every series, and what gives its points: most need not be looked at.
    pub fn iter(&self) -> impl Iterator<Item = (&SeriesKey, PeriodKind, impl Fn() -> Vec<Point>)> {
        self.series.iter().map(|(key, kind, chain)| (key, *kind, || self.pool.points(chain)))
    }

    /// Every series, and how many figures it has.
    pub fn lengths(&self) -> impl Iterator<Item = (&SeriesKey, usize)> {
        self.series.iter().map(|(key, _, chain)| (key, chain.len()))
    }

    /// Puts the points of every series in order of time and refuses those that contradict one another:
    /// one key with two values. A figure that merely stands twice is kept once.
    ///
    /// Returns the lines that were refused or that repeat an earlier one.
    pub fn settle(&mut self, receipt: &mut Receipt) -> Settled {
        self.pool_last();
        let mut settled = Settled::default();
        for (key, kind, chain) in &mut self.series {
            if chain.ascends() {
                continue;
            }
            let mut points = self.pool.points(chain);
            points.sort_by_key(|point| (point.ordinal, point.line));
            let mut kept = Vec::with_capacity(points.len());
            for group in points.chunk_by(|a, b| a.ordinal == b.ordinal) {
                let first = group[0];
                if group.iter().all(|point| point.observation == first.observation) {
                    kept.push(first);
                    settled.repeated.extend(group[1..].iter().map(|point| point.line));
                    continue;
                }
                // Each of the rows says which others there are; of very many, not all.
                let mut lines: Vec<_> =
                    group.iter().take(MOST_LINES).map(|point| point.line.to_string()).collect();
                if group.len() > MOST_LINES {
                    lines.push(format!("{} more", group.len() - MOST_LINES));
                }
                let period = Period::new(*kind, first.ordinal).map_or(String::new(), |p| p.to_string());
                for point in group {
                    settled.refused.push(point.line);
                    // So much is not what it is taken for, and one refusal is as good as another.
                    if receipt.rejections.len() >= Receipt::MOST_REJECTIONS {
                        continue;
                    }
                    let found = point.observation.value().map_or("absent".to_owned(), |v| v.to_string());
                    receipt.rejections.push(Rejection {
                        line: point.line,
                        column: String::new(),
                        reason: format!(
                            "{key} in {period} stands on lines {} with different values; here it is {found}",
                            lines.join(" and ")
                        ),
                        found,
                    });
                }
            }
            self.pool.replace(chain, &kept);
        }
        settled.refused.sort_unstable();
        settled.refused.dedup();
        settled.repeated.sort_unstable();
        settled.repeated.dedup();
        settled.repeated.retain(|line| settled.refused.binary_search(line).is_err());
        settled
    }

    /// Takes out every figure that stands on one of the lines (ascending).
    pub fn remove_lines(&mut self, lines: &[u64]) {
        if lines.is_empty() {
            return;
        }
        for (_, _, chain) in &mut self.series {
            let mut points = self.pool.points(chain);
            points.retain(|point| lines.binary_search(&point.line).is_err());
            if points.len() < chain.len() {
                self.pool.replace(chain, &points);
            }
        }
    }

    /// Whether it has no figure at all.
    pub fn is_empty(&self) -> bool {
        self.series.iter().all(|(_, _, chain)| chain.len() == 0)
    }

    /// The series with at least one figure, ascending by key, so many at once.
    pub fn into_parts(self, at_once: usize) -> impl Iterator<Item = Vec<(SeriesKey, Series)>> {
        let Self { mut series, pool, places, .. } = self;
        drop(places);
        series.retain(|(_, _, chain)| chain.len() > 0);
        series.sort_by(|a, b| a.0.cmp(&b.0));
        let mut series = series.into_iter().map(move |(key, kind, chain)| {
            let series = match pool.numbers(&chain) {
                Some((ordinals, values)) => Series::of_numbers(kind, ordinals, values, 0),
                None => {
                    let mut builder = SeriesBuilder::new(kind);
                    builder.reserve(chain.len());
                    for point in pool.each(&chain) {
                        builder.push(point.ordinal, point.observation, 0);
                    }
                    builder.build()
                }
            };
            (key, series.expect("settled: one figure for each period"))
        });
        std::iter::from_fn(move || {
            Some(series.by_ref().take(at_once).collect::<Vec<_>>()).filter(|part| !part.is_empty())
        })
    }
}

/// The most lines that a refusal names beside its own.
const MOST_LINES: usize = 8;

/// The lines that were refused and those that repeat an earlier one, each ascending and once.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    pub refused: Vec<u64>,
    pub repeated: Vec<u64>,
}
