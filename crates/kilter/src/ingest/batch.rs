//! The figures of a file as they are read, by series, with the lines they stand on.

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
    series: Vec<(SeriesKey, PeriodKind, Vec<Point>)>,
}

impl Batch {
    /// The place of a series, made where it is new.
    pub fn place(&mut self, key: SeriesKey, kind: PeriodKind) -> usize {
        let series = &mut self.series;
        *self.places.entry(key).or_insert_with_key(|key| {
            series.push((key.clone(), kind, Vec::new()));
            series.len() - 1
        })
    }

    /// Adds a figure to the series at a place.
    pub fn push(&mut self, place: usize, point: Point) {
        self.series[place].2.push(point);
    }

    /// Adds a figure to a settled series, in its place in time; whether there was none yet.
    pub fn insert(&mut self, place: usize, point: Point) -> bool {
        let points = &mut self.series[place].2;
        match points.binary_search_by_key(&point.ordinal, |known| known.ordinal) {
            Ok(_) => false,
            Err(i) => {
                points.insert(i, point);
                true
            }
        }
    }

    /// The points of a series.
    pub fn points(&self, key: &SeriesKey) -> Option<&[Point]> {
        self.places.get(key).map(|&i| self.series[i].2.as_slice())
    }

    /// Every series with its points.
    pub fn iter(&self) -> impl Iterator<Item = (&SeriesKey, PeriodKind, &[Point])> {
        self.series.iter().map(|(key, kind, points)| (key, *kind, points.as_slice()))
    }

    /// Puts the points of every series in order of time and refuses those that contradict one another:
    /// one key with two values. A figure that merely stands twice is kept once.
    ///
    /// Returns the lines that were refused or that repeat an earlier one.
    pub fn settle(&mut self, receipt: &mut Receipt) -> Settled {
        let mut settled = Settled::default();
        for (key, kind, points) in &mut self.series {
            points.sort_by_key(|point| (point.ordinal, point.line));
            if points.windows(2).all(|pair| pair[0].ordinal < pair[1].ordinal) {
                continue;
            }
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
                    settled.refused.push(point.line);
                }
            }
            *points = kept;
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
        for (_, _, points) in &mut self.series {
            points.retain(|point| lines.binary_search(&point.line).is_err());
        }
    }

    /// The series with at least one figure, for the store.
    pub fn into_series(self) -> Vec<(SeriesKey, Series)> {
        let mut series: Vec<_> = self
            .series
            .into_iter()
            .filter(|(_, _, points)| !points.is_empty())
            .map(|(key, kind, points)| {
                let mut builder = SeriesBuilder::new(kind);
                for point in points {
                    builder.push(point.ordinal, point.observation, 0);
                }
                (key, builder.build().expect("settled: one figure for each period"))
            })
            .collect();
        series.sort_by(|a, b| a.0.cmp(&b.0));
        series
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
