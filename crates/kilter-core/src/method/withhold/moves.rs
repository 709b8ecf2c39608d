//! Which figures of one period are withheld.
//!
//! A move changes some of the smallest figures together, each by as much as the threshold, up or down, and with
//! them everything they are parts of. A move that makes a small figure change, and whose every figure that
//! changes is withheld, protects it: before and after it a reader sees the same.

use super::figures::Figures;
use crate::series::{SmallCounts, Zeros};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What a figure is in a period, before anything is withheld.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Level {
    /// A number.
    Value(f64),
    /// Its source withholds it.
    Hidden,
    /// There is none.
    Absent,
}

/// How many others of each axis are tried as corners of a move: those that cost least.
const TRIED: usize = 4;

/// How many of the smallest figures below a total are tried as the first corner.
const BELOW_TRIED: usize = 4;

/// The search for moves, and what they withhold.
pub(super) struct Moves<'f> {
    figures: &'f Figures,
    small: SmallCounts,
    levels: Vec<Level>,
    /// The partitions of each figure of which something is known in this period.
    ways: Vec<Vec<usize>>,
    withheld: Vec<bool>,
}

/// A move that can be made: what changes, and what it costs to withhold it.
struct Candidate {
    changed: Vec<usize>,
    cost: f64,
}

impl<'f> Moves<'f> {
    pub fn new(figures: &'f Figures, small: SmallCounts, levels: Vec<Level>) -> Self {
        let withheld = vec![false; levels.len()];
        let known = |parts: &Vec<usize>| parts.iter().any(|part| levels[*part] != Level::Absent);
        let ways = |figure: usize| {
            let all = figures.partitions(figure).iter().enumerate();
            all.filter(|(_, parts)| known(parts)).map(|(way, _)| way).collect()
        };
        let ways = (0..figures.len()).map(ways).collect();
        Self { figures, small, levels, ways, withheld }
    }

    /// Which figures are withheld.
    pub fn withheld(mut self) -> Vec<bool> {
        // Parts come before totals, so that what protects a part is there when its total asks.
        for figure in 0..self.figures.len() {
            if !self.is_small(figure) || self.withheld[figure] {
                continue;
            }
            match self.cheapest(figure) {
                Some(candidate) => candidate.changed.into_iter().for_each(|one| self.withheld[one] = true),
                None => {
                    self.withheld = self.levels.iter().map(|level| *level != Level::Absent).collect();
                    break;
                }
            }
        }
        self.withheld
    }

    fn is_small(&self, figure: usize) -> bool {
        match self.levels[figure] {
            Level::Value(value) => self.small.withholds_number(value),
            // A total that its source does not state is not withheld: it is made from what is.
            Level::Hidden => self.is_smallest(figure),
            Level::Absent => false,
        }
    }

    /// Whether nothing is known of its parts in this period.
    fn is_smallest(&self, figure: usize) -> bool {
        self.ways[figure].is_empty()
    }

    /// The cheapest move by which a figure changes: by the threshold, or where there is none by one.
    fn cheapest(&self, figure: usize) -> Option<Candidate> {
        let firsts = self.smallest_below(figure);
        let by = |span: f64| {
            let mut best: Option<Candidate> = None;
            for &first in &firsts {
                self.boxes(first, figure, span, &mut best);
            }
            best
        };
        by((self.small.threshold as f64).max(1.0)).or_else(|| by(1.0))
    }

    /// The smallest figures that a figure is made of, those with the most room first.
    fn smallest_below(&self, figure: usize) -> Vec<usize> {
        let (mut open, mut found) = (vec![figure], Vec::new());
        while let Some(at) = open.pop() {
            match self.ways[at].first() {
                Some(way) => open.extend(&self.figures.partitions(at)[*way]),
                None if self.levels[at] != Level::Absent => found.push(at),
                None => {}
            }
        }
        found.sort_by(|a, b| self.room(*b).total_cmp(&self.room(*a)).then(a.cmp(b)));
        found.truncate(BELOW_TRIED);
        found
    }

    /// The least that a reader knows a withheld figure to be.
    fn least(&self) -> f64 {
        if self.small.zeros == Zeros::Shown { 1.0 } else { 0.0 }
    }

    /// By how much a figure can fall; below zero where it cannot be withheld at all.
    fn room(&self, figure: usize) -> f64 {
        match self.levels[figure] {
            // A zero that readers know is shown cannot be withheld, nor can what is no count.
            Level::Value(value) if value < 0.0 || (value == 0.0 && self.least() > 0.0) => -1.0,
            Level::Value(value) => (value - self.least()).max(0.0),
            Level::Hidden => f64::INFINITY,
            Level::Absent => -1.0,
        }
    }

    /// What it costs to withhold a figure: nothing where it is withheld already, and twice as much where it is a
    /// total, by which more people go.
    fn cost(&self, figure: usize) -> f64 {
        match self.levels[figure] {
            Level::Value(value) if !self.withheld[figure] => {
                (1.0 + value.abs()) * if self.is_smallest(figure) { 1.0 } else { 2.0 }
            }
            _ => 0.0,
        }
    }

    /// Tries every box with that first corner: along any of its axes, up first and down first.
    fn boxes(&self, first: usize, target: usize, span: f64, best: &mut Option<Candidate>) {
        let axes: Vec<Vec<usize>> = self
            .figures
            .beside(first)
            .into_iter()
            .map(|mut others| {
                others.retain(|other| self.is_smallest(*other) && self.room(*other) >= 0.0);
                let key = |other: &usize| (self.room(*other) < span, self.cost(*other), *other);
                others.sort_by(|a, b| {
                    let (a, b) = (key(a), key(b));
                    a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2))
                });
                others.truncate(TRIED);
                others
            })
            .collect();
        // One of each axis, or none of it: one choice after the other, as a clock counts.
        let mut choice = vec![0; axes.len()];
        loop {
            let others: Vec<usize> =
                choice.iter().zip(&axes).filter(|(at, _)| **at > 0).map(|(at, axis)| axis[*at - 1]).collect();
            self.try_box(first, &others, target, span, best);
            let Some(next) = (0..axes.len()).rev().find(|axis| choice[*axis] < axes[*axis].len()) else {
                return;
            };
            choice[next] += 1;
            choice[next + 1..].fill(0);
        }
    }

    fn try_box(
        &self,
        first: usize,
        others: &[usize],
        target: usize,
        span: f64,
        best: &mut Option<Candidate>,
    ) {
        // What is withheld is dearer than its corners alone: where they are too dear there is nothing to find.
        let dearest = best.as_ref().map_or(f64::INFINITY, |best| best.cost);
        let mut of_corners = 0.0;
        let mut corners = Vec::with_capacity(1 << others.len());
        let mut away = Vec::with_capacity(others.len());
        for which in 0..1usize << others.len() {
            away.clear();
            away.extend(
                others.iter().enumerate().filter(|(i, _)| which >> i & 1 == 1).map(|(_, other)| *other),
            );
            let Some(corner) = self.figures.corner(first, &away) else { return };
            of_corners += self.cost(corner);
            if !self.is_smallest(corner) || self.room(corner) < 0.0 || of_corners >= dearest {
                return;
            }
            corners.push((corner, away.len().is_multiple_of(2)));
        }
        for up in [true, false] {
            let fits = corners.iter().all(|(corner, rises)| *rises == up || self.room(*corner) >= span);
            if !fits {
                continue;
            }
            let signed = corners.iter().map(|(corner, rises)| (*corner, if *rises == up { 1 } else { -1 }));
            // Up or down, the same figures change.
            let Some(changed) = self.changed(signed) else { return };
            let cost = changed.iter().map(|figure| self.cost(*figure)).sum();
            let cheaper = best.as_ref().is_none_or(|best| cost < best.cost);
            if cheaper && changed.binary_search(&target).is_ok() {
                *best = Some(Candidate { changed, cost });
            }
            return;
        }
    }

    /// Every figure that changes with these, in order; `None` where it would have to change in one way by one
    /// of its partitions and in another way by another.
    fn changed(&self, corners: impl Iterator<Item = (usize, i64)>) -> Option<Vec<usize>> {
        // Parts come before totals: what is taken out is complete. A corner has changed by itself, a total by
        // each of its partitions.
        let mut open: BinaryHeap<Reverse<(usize, Option<usize>, i64)>> =
            corners.map(|(corner, by)| Reverse((corner, None, by))).collect();
        let mut changed = Vec::new();
        let mut by_way: Vec<(usize, i64)> = Vec::new();
        while let Some(Reverse((figure, way, by))) = open.pop() {
            let mut own = 0;
            by_way.clear();
            let mut add = |way: Option<usize>, by: i64| match (way, by_way.last_mut()) {
                (None, _) => own += by,
                (Some(way), Some((last, sum))) if *last == way => *sum += by,
                (Some(way), _) => by_way.push((way, by)),
            };
            add(way, by);
            // Those of one figure come one after the other, and those of one way too.
            while let Some(Reverse((next, way, by))) = open.peek() {
                if *next != figure {
                    break;
                }
                add(*way, *by);
                open.pop();
            }
            let mut ways = self.ways[figure]
                .iter()
                .map(|way| by_way.iter().find(|(of, _)| of == way).map_or(0, |(_, by)| *by));
            let by = ways.next().unwrap_or(own);
            if ways.any(|other| other != by) {
                return None;
            }
            if by == 0 {
                continue;
            }
            changed.push(figure);
            open.extend(
                self.figures.above(figure).iter().map(|(total, way)| Reverse((*total, Some(*way), by))),
            );
        }
        Some(changed)
    }
}
