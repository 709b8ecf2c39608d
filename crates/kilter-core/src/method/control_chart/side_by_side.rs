//! The charts of several series at once: what [`xmr`](super::xmr) says of each, to the bit, without a place in
//! memory for each answer.
//!
//! A value is not a number where there is none. Sums of four series are added up side by side, and patterns are
//! looked for in bytes, a bit for each: a processor works at many of both together.

use super::limits::{self, GREAT_RANGE};
use super::{Limits, RuleSet, Screening, Signal, Signals};
use crate::method::sum::{added, mean_of};
use crate::method::wide;

/// So many series are worked at together.
pub(crate) const LANES: usize = 4;

/// What the charts of several series are drawn by; as [`Settings`](super::Settings).
#[derive(Debug, Clone)]
pub(crate) struct SharedSettings {
    pub rules: RuleSet,
    pub screening: Screening,
    pub fix_after: Option<usize>,
}

/// Memory that is kept from series to series.
#[derive(Default)]
pub(crate) struct PatternMemory {
    wide: Vec<u64>,
    codes: Vec<u8>,
    two: Vec<u8>,
    four: Vec<u8>,
    starts: Vec<u8>,
}

/// The middle of a segment and its limits, where it has any.
pub(crate) type Lines = (Option<f64>, Option<Limits>);

/// The lines of a segment of several series, by the values in it that count; `Err` where they are beyond all
/// numbers, or so near to that that they have to be asked for one by one.
pub(crate) fn lines(
    counting: [&[f64]; LANES],
    settings: &SharedSettings,
) -> [Result<Lines, TooGreat>; LANES] {
    let places = counting[0].len();
    let base = counting.map(|row| &row[..settings.fix_after.map_or(places, |fixed| fixed.min(places))]);
    let means = wide(
        #[inline(always)]
        || means(base),
    );
    std::array::from_fn(|lane| {
        let (mean, range) = means[lane];
        let Some(mean) = mean else { return Ok((None, None)) };
        let ranges = base[lane].windows(2).map(|pair| (pair[1] - pair[0]).abs());
        let ranges = ranges.filter(|range| !range.is_nan());
        let range = range.and_then(|all| limits::screened(all, ranges, GREAT_RANGE, settings.screening));
        let limits = range.map(|range| limits::at(mean, range));
        let is_great = |value: Option<f64>| value.is_some_and(|value| value.is_nan() || value.abs() > GREAT);
        if is_great(Some(mean)) || is_great(range) { Err(TooGreat) } else { Ok((Some(mean), limits)) }
    })
}

/// Values that have to be charted one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooGreat;

/// Beyond this, sums may be beyond all numbers.
const GREAT: f64 = 1e280;

/// The means of values and of the distances of neighbours.
#[inline(always)]
fn means(rows: [&[f64]; LANES]) -> [(Option<f64>, Option<f64>); LANES] {
    let mut before = [f64::NAN; LANES];
    let (mut sums, mut errors) = ([0.0; LANES], [0.0; LANES]);
    let (mut range_sums, mut range_errors) = ([0.0; LANES], [0.0; LANES]);
    // Zeros add nothing, so that gaps need no branch.
    let or_nothing = |value: f64| if value.is_nan() { 0.0 } else { value };
    let [first, second, third, fourth] = rows;
    for (((first, second), third), fourth) in first.iter().zip(second).zip(third).zip(fourth) {
        let values = [*first, *second, *third, *fourth];
        for lane in 0..LANES {
            let value = or_nothing(values[lane]);
            (sums[lane], errors[lane]) = added(sums[lane], errors[lane], value);
        }
        for lane in 0..LANES {
            let range = or_nothing((values[lane] - before[lane]).abs());
            (range_sums[lane], range_errors[lane]) = added(range_sums[lane], range_errors[lane], range);
        }
        before = values;
    }
    std::array::from_fn(|lane| {
        let (count, pairs) = counts(rows[lane]);
        let mean = |sum, error, count: usize| (count > 0).then(|| mean_of(sum, error, count as f64));
        (mean(sums[lane], errors[lane], count), mean(range_sums[lane], range_errors[lane], pairs))
    })
}

/// How many values there are, and how many neighbours of which both are there.
#[inline(always)]
fn counts(row: &[f64]) -> (usize, usize) {
    let gaps: u64 = row.iter().map(|value| u64::from(value.is_nan())).sum();
    if gaps == 0 {
        return (row.len(), row.len().saturating_sub(1));
    }
    let pairs = row.windows(2).filter(|pair| !pair[0].is_nan() && !pair[1].is_nan()).count();
    (row.len() - gaps as usize, pairs)
}

const ABOVE: u64 = 1 << Signal::AboveLimit as u64;
const BELOW: u64 = 1 << Signal::BelowLimit as u64;
/// A step up or down to the next value.
const UP: u64 = 1 << Signal::Rising as u64;
const DOWN: u64 = 1 << Signal::Falling as u64;
/// Beyond a near limit, on either side.
const NEAR: u64 = 1 << Signal::TwoOfThreeHigh as u64;
/// On a side of the mean.
const HIGH: u64 = 1 << Signal::RunAbove as u64;
const LOW: u64 = 1 << Signal::RunBelow as u64;

/// Runs reach so many places on from where they begin.
const REACH: usize = 6;

/// The patterns of the values of a segment; as [`find`](super::signals::find). `shown` are the values with those that
/// do not count, `excluded` the places of these.
pub(crate) fn patterns(
    shown: &[f64],
    counting: &[f64],
    excluded: impl Iterator<Item = usize>,
    lines: Lines,
    rules: RuleSet,
    memory: &mut PatternMemory,
    found: &mut [Signals],
) {
    wide(
        #[inline(always)]
        || find(shown, counting, excluded, lines, rules, memory, found),
    );
}

#[inline(always)]
fn find(
    shown: &[f64],
    counting: &[f64],
    excluded: impl Iterator<Item = usize>,
    (mean, limits): Lines,
    rules: RuleSet,
    memory: &mut PatternMemory,
    found: &mut [Signals],
) {
    let n = counting.len();
    codes(counting, (mean, limits), rules, memory);
    for place in excluded {
        let value = shown[place];
        let outside = limits.map_or(0, |of| bit(value > of.upper, ABOVE) | bit(value < of.lower, BELOW));
        memory.codes[place] |= outside as u8;
    }
    let PatternMemory { codes, two, four, starts, .. } = memory;
    // Where runs begin: of two and four by doubling, then of six steps and seven values. Beyond the end there is
    // nothing, so that none reaches over it.
    let both = |from: &[u8], apart: usize, to: &mut [u8]| {
        to.iter_mut().zip(from).zip(&from[apart..]).for_each(|((to, a), b)| *to = a & b);
    };
    two.resize(n + REACH, 0);
    four.resize(n + REACH, 0);
    both(codes, 1, &mut two[..n + REACH]);
    both(two, 2, &mut four[..n + 4]);
    starts.clear();
    starts.resize(n + REACH, 0);
    let steps = (UP | DOWN) as u8;
    let sides = (HIGH | LOW) as u8;
    let runs = four.iter().zip(&two[4..]).zip(&codes[6..]);
    for (start, ((four, two), last)) in starts[REACH..].iter_mut().zip(runs) {
        let six = four & two;
        *start = (six & steps) | (six & last & sides);
    }
    // All seven places of each, by doubling back.
    let either = |from: &[u8], apart: usize, to: &mut [u8]| {
        to.iter_mut().zip(from).zip(&from[apart..]).for_each(|((to, a), b)| *to = a | b);
    };
    either(starts, 1, &mut two[..n + 5]);
    either(two, 2, &mut four[..n + 3]);
    let outside = (ABOVE | BELOW) as u8;
    let places = four.iter().zip(&four[3..]).zip(&*codes);
    for (found, ((a, b), code)) in found.iter_mut().zip(places) {
        *found = Signals::of_bits(a | b | (code & outside));
    }
    // Two of three near a limit, with all three on one side: by the place of the last.
    let threes = &mut starts[..n + 2];
    threes.fill(0);
    let three = codes.iter().zip(&codes[1..]).zip(&codes[2..n.max(2)]);
    for (found, ((a, b), c)) in threes[2..].iter_mut().zip(three) {
        let near = NEAR.trailing_zeros();
        let pair = (((a & b) | (a & c) | (b & c)) >> near) & 1;
        *found = pair * ((a & b & c) >> HIGH.trailing_zeros());
    }
    let reached = threes.iter().zip(&threes[1..]).zip(&threes[2..]);
    for ((found, ((a, b), c)), code) in found.iter_mut().zip(reached).zip(&*codes) {
        let near = (code >> NEAR.trailing_zeros()) & 1;
        *found = Signals::of_bits(found.bits() | (((a | b | c) * near) << NEAR.trailing_zeros()));
    }
}

#[inline(always)]
fn bit(on: bool, bit: u64) -> u64 {
    if on { bit } else { 0 }
}

/// What stands at each place, as bits, and nothing beyond the end.
#[inline(always)]
fn codes(counting: &[f64], (mean, limits): Lines, rules: RuleSet, memory: &mut PatternMemory) {
    let n = counting.len();
    // Nothing is above or below what is not a number.
    let mean = mean.unwrap_or(f64::NAN);
    let no = Limits { lower: f64::NAN, near_lower: f64::NAN, near_upper: f64::NAN, upper: f64::NAN };
    let Limits { lower, near_lower, near_upper, upper } = limits.unwrap_or(no);
    let PatternMemory { wide, codes, .. } = memory;
    // First as wide as the values, then as bytes: each is worked at side by side.
    wide.resize(n, 0);
    for (wide, value) in wide.iter_mut().zip(counting) {
        let value = *value;
        *wide = bit(value > upper, ABOVE)
            | bit(value < lower, BELOW)
            | bit(value > near_upper, NEAR)
            | bit(value < near_lower, NEAR)
            | bit(value > mean, HIGH)
            | bit(value < mean, LOW);
    }
    for (wide, pair) in wide.iter_mut().zip(counting.windows(2)) {
        *wide |= bit(pair[1] > pair[0], UP) | bit(pair[1] < pair[0], DOWN);
    }
    codes.clear();
    codes.resize(n + 2 * REACH, 0);
    codes.iter_mut().zip(&*wide).for_each(|(code, wide)| *code = *wide as u8);
    if rules == RuleSet::NhsrPlotTheDots {
        // What is outside the limits is not near them.
        let outside = (ABOVE | BELOW) as u8;
        codes.iter_mut().filter(|code| **code & outside != 0).for_each(|code| *code &= !(NEAR as u8));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::method::control_chart::{Improvement, Settings, xmr};
    use proptest::prelude::*;

    fn value() -> impl Strategy<Value = Option<f64>> {
        prop_oneof![
            8 => (0..30i32).prop_map(|n| Some(f64::from(n))),
            8 => (-5.0..5.0f64).prop_map(Some),
            2 => Just(None),
            1 => Just(Some(7.0)),
        ]
    }

    /// Values that rise, fall, stay and leave: what patterns are made of.
    fn series(places: usize) -> impl Strategy<Value = Vec<Option<f64>>> {
        let walk = prop::collection::vec((prop_oneof![3 => -1..2i32, 1 => -9..10i32], 0..40u8), places);
        let walk = walk.prop_map(|steps| {
            let mut at = 0;
            let there = steps.into_iter().map(|(step, gap)| {
                at += step;
                (gap > 0).then_some(f64::from(at))
            });
            there.collect()
        });
        prop_oneof![walk, prop::collection::vec(value(), places)]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn charts_side_by_side_are_those_of_each_series_to_the_bit(
            rows in (0..60usize).prop_flat_map(|places| prop::collection::vec(series(places), LANES)),
            screening in prop::sample::select(vec![Screening::Off, Screening::Once, Screening::OnceUnlessFlat]),
            rules in prop::sample::select(vec![RuleSet::MakingDataCount, RuleSet::NhsrPlotTheDots]),
            starts in prop::collection::btree_set(0..60usize, 0..3),
            excluded in prop::collection::btree_set(0..60usize, 0..4),
            fix_after in prop::option::of(12..20usize),
        ) {
            let places = rows[0].len();
            let within = |of: std::collections::BTreeSet<usize>| -> Vec<usize> {
                of.into_iter().filter(|place| *place < places).collect()
            };
            let (starts, excluded) = (within(starts), within(excluded));
            let improvement = Improvement::Neutral;
            let settings =
                Settings { improvement, rules, screening, starts: &starts, fix_after, excluded: &excluded };
            let parts = crate::method::run_chart::parts(places, &starts).unwrap();
            let shared = SharedSettings { rules, screening, fix_after };
            let shown: Vec<Vec<f64>> =
                rows.iter().map(|row| row.iter().map(|value| value.unwrap_or(f64::NAN)).collect()).collect();
            let mut counting = shown.clone();
            for row in &mut counting {
                excluded.iter().for_each(|place| row[*place] = f64::NAN);
            }
            let charts: Vec<_> = rows.iter().map(|row| xmr(row, &settings).unwrap()).collect();
            let mut memory = PatternMemory::default();
            for (number, part) in parts.iter().enumerate() {
                let of_part = lines(std::array::from_fn(|lane| &counting[lane][part.clone()]), &shared);
                for lane in 0..LANES {
                    let found = of_part[lane].unwrap();
                    let segment = &charts[lane].segments()[number];
                    let bits = |limits: Limits| {
                        [limits.lower, limits.near_lower, limits.near_upper, limits.upper].map(f64::to_bits)
                    };
                    prop_assert_eq!(found.0.map(f64::to_bits), segment.mean.map(f64::to_bits));
                    prop_assert_eq!(found.1.map(bits), segment.limits.map(bits));
                    let mut signals = vec![Signals::of_bits(255); part.len()];
                    let out = excluded.iter().filter(|place| part.contains(place)).map(|place| place - part.start);
                    let (shown, counting) = (&shown[lane][part.clone()], &counting[lane][part.clone()]);
                    patterns(shown, counting, out, found, rules, &mut memory, &mut signals);
                    let expected: Vec<Signals> =
                        charts[lane].points()[part.clone()].iter().map(|point| point.signals).collect();
                    prop_assert_eq!(signals, expected);
                }
            }
        }
    }

    #[test]
    fn what_is_too_great_is_left_to_be_asked_for_one_by_one() {
        let settings =
            SharedSettings { rules: RuleSet::MakingDataCount, screening: Screening::Off, fix_after: None };
        let (great, sound) = ([1.7e308, 1.7e308, -1.7e308], [1.0, 2.0, 3.0]);
        let found = lines([&great, &sound, &sound, &sound], &settings);
        assert_eq!(found[0], Err(TooGreat));
        assert_eq!(found[1].map(|(mean, _)| mean), Ok(Some(2.0)));
    }
}
