//! Which figures of one period are withheld.
//!
//! A move changes some of the smallest figures together, each by as much as the threshold, up or down, and with
//! them everything they are parts of. A move that makes a small figure change, and whose every figure that
//! changes is withheld, protects it: before and after it a reader sees the same.

use super::figures::Figures;
use crate::series::{SmallCounts, Zeros};
use std::cmp::Reverse;

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

/// The box that is tried, and room to work out its corners in.
#[derive(Default)]
struct Tried {
    /// One of each axis along which it goes.
    others: Vec<usize>,
    /// Its corners, and whether each moves with the first.
    corners: Vec<(usize, bool)>,
    /// The axes along which a corner lies away from the first.
    away: Vec<usize>,
    /// What is still to change.
    open: Vec<Step>,
    /// What changes.
    changed: Vec<usize>,
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
        let axes: Vec<Vec<usize>> =
            self.figures.beside(first).iter().map(|others| self.cheapest_of(others, span)).collect();
        // One of each axis, or none of it: one choice after the other, as a clock counts.
        let mut choice = vec![0; axes.len()];
        let mut tried = Tried::default();
        loop {
            tried.others.clear();
            tried
                .others
                .extend(choice.iter().zip(&axes).filter(|(at, _)| **at > 0).map(|(at, axis)| axis[*at - 1]));
            self.try_box(first, &mut tried, target, span, best);
            let Some(next) = (0..axes.len()).rev().find(|axis| choice[*axis] < axes[*axis].len()) else {
                return;
            };
            choice[next] += 1;
            choice[next + 1..].fill(0);
        }
    }

    /// Those of one axis that are tried: with room first, and then those that cost least.
    fn cheapest_of(&self, others: &[usize], span: f64) -> Vec<usize> {
        let fit = others.iter().copied().filter(|other| self.is_smallest(*other));
        let mut keyed: Vec<(bool, f64, usize)> = fit
            .filter_map(|other| {
                let room = self.room(other);
                (room >= 0.0).then(|| (room < span, self.cost(other), other))
            })
            .collect();
        let before = |a: &(bool, f64, usize), b: &(bool, f64, usize)| {
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2))
        };
        if keyed.len() > TRIED {
            keyed.select_nth_unstable_by(TRIED, before);
            keyed.truncate(TRIED);
        }
        keyed.sort_unstable_by(before);
        keyed.into_iter().map(|(_, _, other)| other).collect()
    }

    fn try_box(
        &self,
        first: usize,
        Tried { others, corners, away, open, changed }: &mut Tried,
        target: usize,
        span: f64,
        best: &mut Option<Candidate>,
    ) {
        // What is withheld is dearer than its corners alone: where they are too dear there is nothing to find.
        let dearest = best.as_ref().map_or(f64::INFINITY, |best| best.cost);
        let mut of_corners = 0.0;
        corners.clear();
        for which in 0..1usize << others.len() {
            away.clear();
            away.extend(
                others.iter().enumerate().filter(|(i, _)| which >> i & 1 == 1).map(|(_, other)| *other),
            );
            let Some(corner) = self.figures.corner(first, away) else { return };
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
            // Up or down, the same figures change.
            open.clear();
            open.extend(corners.iter().map(|(corner, rises)| Step {
                figure: *corner,
                way: None,
                by: if *rises == up { 1 } else { -1 },
            }));
            if let Some(cost) = self.change(open, changed, dearest)
                && changed.binary_search(&target).is_ok()
            {
                *best = Some(Candidate { changed: changed.clone(), cost });
            }
            return;
        }
    }

    /// Finds every figure that changes with the steps that are open, in order, and what it costs to withhold them
    /// all; `None` where one would have to change in one way by one of its partitions and in another way by
    /// another, and where it costs as much as the dearest or more.
    fn change(&self, open: &mut Vec<Step>, changed: &mut Vec<usize>, dearest: f64) -> Option<f64> {
        // Parts come before totals: what is taken out is complete. A corner has changed by itself, a total by
        // each of its partitions. The next one stands last.
        open.sort_unstable_by_key(|step| Reverse(step.place()));
        changed.clear();
        let mut cost = 0.0;
        while let Some(Step { figure, way, by }) = open.pop() {
            let mut own = if way.is_none() { by } else { 0 };
            // What each of its ways says, the ways in order.
            let mut told = None;
            let mut in_one_way = way.map(|way| (way, by));
            let mut ways = self.ways[figure].iter().copied().peekable();
            let mut agreed = true;
            let mut tell = |(way, by): (usize, i64)| {
                // Of the ways before it nothing was said; one of which nothing is known says nothing.
                while let Some(known) = ways.next_if(|known| *known <= way) {
                    let by = if known == way { by } else { 0 };
                    agreed &= *told.get_or_insert(by) == by;
                }
            };
            // Those of one figure come one after the other, and those of one way too.
            while let Some(next) = open.last().filter(|next| next.figure == figure).copied() {
                open.pop();
                in_one_way = match (next.way, in_one_way) {
                    (None, known) => {
                        own += next.by;
                        known
                    }
                    (Some(way), Some((known, by))) if known == way => Some((known, by + next.by)),
                    (Some(way), known) => {
                        known.into_iter().for_each(&mut tell);
                        Some((way, next.by))
                    }
                };
            }
            in_one_way.into_iter().for_each(&mut tell);
            // The ways of which nothing was said.
            for _ in ways {
                agreed &= *told.get_or_insert(0) == 0;
            }
            let by = told.unwrap_or(own);
            if !agreed {
                return None;
            }
            if by == 0 {
                continue;
            }
            cost += self.cost(figure);
            if cost >= dearest {
                return None;
            }
            changed.push(figure);
            for &(total, way) in self.figures.above(figure) {
                let step = Step { figure: total, way: Some(way), by };
                let at = open.partition_point(|other| other.place() > step.place());
                open.insert(at, step);
            }
        }
        Some(cost)
    }
}

/// That a figure changes: a corner by itself, or a total by one of its ways.
#[derive(Clone, Copy)]
struct Step {
    figure: usize,
    way: Option<usize>,
    by: i64,
}

impl Step {
    /// Where it stands among others.
    fn place(&self) -> (usize, Option<usize>) {
        (self.figure, self.way)
    }
}
