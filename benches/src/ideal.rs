//! The jobs as tight loops over dense columns: what is missing is not a number here, and there are no keys,
//! reasons, marks or releases. Nothing that answers questions can be much faster.

use crate::made::{BANDS, INDICATORS_BY_AGE, INDICATORS_RELEASED, RELEASES, Size, YEARS_BY_AGE};
use crate::world::{OUTCOMES, PEERS, TARGET, of_nation};
use std::ops::Range;

/// The made figures as dense columns, each `[indicator][area][period]` as far as it has them.
pub struct Dense {
    /// How much it is.
    pub size: Size,
    /// Monthly counts; not a number where one is missing.
    pub counts: Vec<f64>,
    /// Whether twelve months of a series come to less than 4,096.
    pub is_small: Vec<bool>,
    /// Monthly counts of the nation, `[indicator][month]`.
    pub nation: Vec<f64>,
    /// People, `[area][year]`.
    pub people: Vec<f64>,
    /// People by window, those of the year in which it ends, `[area][window]`.
    pub people_of_windows: Vec<f64>,
    /// What counts of a window are multiplied with, likewise.
    pub factors: Vec<f64>,
    /// People of the nation by window.
    pub nation_people: Vec<f64>,
    /// Events by age, `[indicator][area][year][band]`.
    pub events_by_age: Vec<f64>,
    /// People by age, likewise.
    pub people_by_age: Vec<f64>,
    /// What each release said: its months, and the counts `[indicator][area][month]`.
    pub releases: Vec<(Range<usize>, Vec<f64>)>,
}

/// Months of a rolling window.
pub const WINDOW: usize = 12;
/// The release (from 0) as at which is read.
pub const AS_AT: usize = 5;
/// The reporting years of a table of five years.
pub const TABLE_YEARS: usize = 6;
/// How many standard deviations 95% limits stand from the mean.
pub const DEVIATE: f64 = 1.959_963_984_540_054;
const PER: f64 = 100_000.0;

impl Dense {
    /// All figures of a size.
    #[must_use]
    pub fn new(size: Size) -> Self {
        let number = |count: Option<f64>| count.unwrap_or(f64::NAN);
        let places = || (0..size.indicators).flat_map(move |i| (0..size.areas).map(move |a| (i, a)));
        let by_age = || {
            let places = (0..INDICATORS_BY_AGE).flat_map(move |i| (0..size.areas).map(move |a| (i, a)));
            let years = places.flat_map(|(i, a)| (0..YEARS_BY_AGE).map(move |y| (i, a, y)));
            years.flat_map(move |(i, a, y)| size.by_age(i, a, y))
        };
        let released = |r: usize| {
            let places = (0..INDICATORS_RELEASED).flat_map(|i| (0..size.areas).map(move |a| (i, a)));
            let counts = places.flat_map(|(i, a)| size.as_released(i, a, r)).map(number);
            (size.released(r), counts.collect())
        };
        let of_windows = |people: Vec<f64>| -> Vec<f64> {
            let years = people.chunks_exact(size.years());
            years.flat_map(|people| (WINDOW - 1..size.months).map(|m| people[size.year_of(m)])).collect()
        };
        let people: Vec<f64> = (0..size.areas).flat_map(|a| size.people(a)).collect();
        let is_small =
            |counts: Vec<Option<f64>>| counts.into_iter().flatten().fold(0.0, f64::max) * 12.0 < 4096.0;
        Self {
            size,
            is_small: places().map(|(i, a)| is_small(size.counts(i, a))).collect(),
            counts: places().flat_map(|(i, a)| size.counts(i, a)).map(number).collect(),
            nation: (0..size.indicators).flat_map(|i| of_nation(size, |a| size.all_counts(i, a))).collect(),
            factors: of_windows(people.clone()).into_iter().map(|people| PER / people).collect(),
            people_of_windows: of_windows(people.clone()),
            people,
            nation_people: of_windows(of_nation(size, |a| size.people(a))),
            events_by_age: by_age().map(|(events, _)| events).collect(),
            people_by_age: by_age().map(|(_, people)| people).collect(),
            releases: (0..RELEASES).map(released).collect(),
        }
    }

    /// How many windows a series has.
    #[must_use]
    pub fn windows(&self) -> usize {
        self.size.months + 1 - WINDOW
    }

    /// The monthly rates per 100,000: what control charts are drawn of.
    #[must_use]
    pub fn monthly(&self) -> Vec<f64> {
        let (months, years) = (self.size.months, self.size.years());
        let mut rates = Vec::with_capacity(self.counts.len());
        for (series, counts) in self.counts.chunks_exact(months).enumerate() {
            let people = &self.people[series % self.size.areas * years..][..years];
            rates.extend((0..months).map(|m| counts[m] * PER / people[self.size.year_of(m)]));
        }
        rates
    }

    /// J2: rates per 100,000 of twelve months, `[indicator][area][window]`; not a number where a month is
    /// missing.
    pub fn rolling(&self, rates: &mut Vec<f64>) {
        let windows = self.windows();
        rates.resize(self.counts.len() / self.size.months * windows, 0.0);
        let mut twelve = Twelve::default();
        let series = self.counts.chunks_exact(self.size.months).zip(rates.chunks_exact_mut(windows));
        for (place, (counts, rates)) in series.enumerate() {
            let people = &self.people_of_windows[place % self.size.areas * windows..][..windows];
            let sums = twelve.sums(counts);
            for ((rate, sum), people) in rates.iter_mut().zip(sums).zip(people) {
                *rate = sum * PER / people;
            }
        }
    }

    /// J3: the status of every monthly rate (0 none, 1 green, 2 amber, 3 red), and how many there are of each colour in
    /// each outcome.
    pub fn status(&self, rates: &[f64], statuses: &mut Vec<u8>) -> Vec<[u64; 3]> {
        statuses.resize(rates.len(), 0);
        let (target, tolerance) = TARGET;
        let limit = target + target * tolerance / 100.0;
        let mut counts = vec![[0; 3]; OUTCOMES];
        let of_one = rates.len() / self.size.indicators;
        for (i, (rates, statuses)) in rates.chunks(of_one).zip(statuses.chunks_mut(of_one)).enumerate() {
            let mut found = [0u64; 3];
            for (rate, status) in rates.iter().zip(statuses) {
                let (green, amber, red) = (*rate <= target, *rate <= limit, *rate > limit);
                *status = u8::from(amber) * 2 - u8::from(green) + u8::from(red) * 3;
                found[0] += u64::from(green);
                found[1] += u64::from(amber & !green);
                found[2] += u64::from(red);
            }
            counts[i % OUTCOMES].iter_mut().zip(found).for_each(|(sum, found)| *sum += found);
        }
        counts
    }

    /// J4: Byar's limits of every rate, and how it stands to the nation's in the same window: 0 similar, 1 better,
    /// 2 worse, 3 where there is no rate. The limits of small counts are worked out once.
    pub fn limits(&self, lower: &mut Vec<f64>, upper: &mut Vec<f64>, standing: &mut Vec<u8>) {
        let windows = self.windows();
        let all = self.counts.len() / self.size.months * windows;
        lower.resize(all, 0.0);
        upper.resize(all, 0.0);
        standing.resize(all, 0);
        let small: Box<[[f64; 2]; 4096]> = Box::new(std::array::from_fn(|count| byar(count as f64)));
        // The nation's rates, less and more what operations on doubles leave behind: what touches them is no other.
        let (mut least, mut greatest) = (vec![0.0; windows], vec![0.0; windows]);
        let mut wide = [0u64; LONGEST];
        let mut twelve = Twelve::default();
        for (place, counts) in self.counts.chunks_exact(self.size.months).enumerate() {
            let (i, a) = (place / self.size.areas, place % self.size.areas);
            if a == 0 {
                let sums = twelve.sums(&self.nation[i * self.size.months..][..self.size.months]);
                let nation = least.iter_mut().zip(&mut greatest);
                for ((sum, people), (least, greatest)) in sums.iter().zip(&self.nation_people).zip(nation) {
                    let rate = sum * PER / people;
                    (*least, *greatest) = (rate * (1.0 - 1e-12), rate * (1.0 + 1e-12));
                }
            }
            let sums = twelve.sums(counts);
            let at = place * windows..(place + 1) * windows;
            let factors = &self.factors[a * windows..][..windows];
            let (lower, upper) = (&mut lower[at.clone()], &mut upper[at.clone()]);
            let out = lower.iter_mut().zip(upper.iter_mut()).zip(sums).zip(factors);
            if self.is_small[place] {
                for (((lower, upper), sum), factor) in out {
                    let [low, high] = small[*sum as u32 as usize & 4095];
                    (*lower, *upper) = (low * factor, high * factor);
                }
            } else {
                for (((lower, upper), sum), factor) in out {
                    let [low, high] = byar(*sum);
                    (*lower, *upper) = (low * factor, high * factor);
                }
            }
            let standing = &mut standing[at];
            let apart = lower.iter().zip(&*upper).zip(least.iter().zip(&greatest));
            for (wide, ((low, high), (least, greatest))) in wide.iter_mut().zip(apart) {
                *wide = bit(high < least, 1) | bit(low > greatest, 2);
            }
            standing.iter_mut().zip(&wide).for_each(|(standing, wide)| *standing = *wide as u8);
            let places = sums.iter().enumerate().filter(|(_, sum)| sum.is_nan());
            for (w, _) in places {
                (lower[w], upper[w], standing[w]) = (f64::NAN, f64::NAN, 3);
            }
        }
    }

    /// J5: directly standardised rates, `[indicator][area][year]`; not a number below ten events.
    pub fn standardised(&self, rates: &mut Vec<f64>) {
        rates.resize(self.events_by_age.len() / BANDS.len(), 0.0);
        let total: f64 = BANDS.iter().map(|(_, weight)| weight).sum();
        let weights = BANDS.map(|(_, weight)| weight / total);
        let bands =
            self.events_by_age.chunks_exact(BANDS.len()).zip(self.people_by_age.chunks_exact(BANDS.len()));
        for ((events, people), rate) in bands.zip(rates) {
            let (mut sum, mut all) = (0.0, 0.0);
            for band in 0..BANDS.len() {
                sum += weights[band] * events[band] / people[band];
                all += events[band];
            }
            *rate = if all < 10.0 { f64::NAN } else { sum * PER };
        }
    }

    /// J6: the mean and the limits of every series, `[mean, lower, upper]`, and which patterns each value is
    /// part of: bits 0 and 1 above and below the limits, 2 and 3 seven rising and falling, 4 and 5 two of three
    /// near a limit, 6 and 7 seven above and below the mean.
    pub fn charts(&self, monthly: &[f64], limits: &mut Vec<[f64; 3]>, signals: &mut Vec<u8>) {
        limits.resize(monthly.len() / self.size.months, [0.0; 3]);
        signals.resize(monthly.len(), 0);
        let series = monthly.chunks_exact(self.size.months).zip(signals.chunks_exact_mut(self.size.months));
        for ((values, signals), limits) in series.zip(limits) {
            *limits = chart(values, signals);
        }
    }

    /// J8: the rates of six financial years, `[indicator][area][year]`, and the rank of the last among peers, the
    /// lowest first.
    pub fn five_years(&self, rates: &mut Vec<f64>, ranks: &mut Vec<u32>) {
        let (months, years) = (self.size.months, self.size.years());
        rates.resize(self.counts.len() / months * TABLE_YEARS, 0.0);
        ranks.resize(self.counts.len() / months, 0);
        let first = months / 12 - TABLE_YEARS;
        for (place, counts) in self.counts.chunks_exact(months).enumerate() {
            let people = &self.people[place % self.size.areas * years..][..years];
            for year in 0..TABLE_YEARS {
                let start = (first + year) * 12;
                let sum: f64 = counts[start..start + 12].iter().sum();
                rates[place * TABLE_YEARS + year] = sum * PER / people[self.size.year_of(start + 11)];
            }
        }
        let mut order: Vec<(f64, usize)> = Vec::with_capacity(PEERS);
        for i in 0..self.size.indicators {
            for start in (0..self.size.areas).step_by(PEERS) {
                let peers =
                    i * self.size.areas + start..i * self.size.areas + self.size.areas.min(start + PEERS);
                order.clear();
                order.extend(peers.map(|place| (rates[(place + 1) * TABLE_YEARS - 1], place)));
                order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
                let mut rank = 0;
                for k in 0..order.len() {
                    let (rate, place) = order[k];
                    if k == 0 || rate != order[k - 1].0 {
                        rank = k as u32 + 1;
                    }
                    ranks[place] = if rate.is_nan() { 0 } else { rank };
                }
            }
        }
    }

    /// J9: the counts as known after a release, `[indicator][area][month]`, up to its last month.
    pub fn as_known(&self, counts: &mut Vec<f64>) {
        let end = self.size.released(AS_AT).end;
        let series = INDICATORS_RELEASED * self.size.areas;
        counts.clear();
        counts.resize(series * end, f64::NAN);
        for (months, said) in &self.releases[..=AS_AT] {
            for (place, said) in said.chunks_exact(months.len()).enumerate() {
                let known = &mut counts[place * end..][months.clone()];
                for (known, said) in known.iter_mut().zip(said) {
                    *known = if said.is_nan() { *known } else { *said };
                }
            }
        }
    }
}

/// Byar's limits of a count.
fn byar(count: f64) -> [f64; 2] {
    let cube = |x: f64, z: f64| {
        let base = 1.0 - 1.0 / (9.0 * x) + z / (3.0 * x.sqrt());
        x * base * base * base
    };
    let low = if count == 0.0 { 0.0 } else { cube(count, -DEVIATE).max(0.0) };
    [low, cube(count + 1.0, DEVIATE)]
}

#[inline(always)]
fn bit(on: bool, bit: u64) -> u64 {
    if on { bit } else { 0 }
}

/// The longest series.
const LONGEST: usize = 256;

/// The sums of twelve neighbours: by doubling, so that nothing waits for the sum before it.
struct Twelve {
    two: [f64; LONGEST],
    four: [f64; LONGEST],
    all: [f64; LONGEST],
}

impl Default for Twelve {
    fn default() -> Self {
        Self { two: [0.0; LONGEST], four: [0.0; LONGEST], all: [0.0; LONGEST] }
    }
}

impl Twelve {
    fn sums(&mut self, counts: &[f64]) -> &[f64] {
        let n = counts.len();
        let neighbours = |from: &[f64], apart: usize, to: &mut [f64]| {
            to.iter_mut().zip(from).zip(&from[apart..]).for_each(|((to, a), b)| *to = a + b);
        };
        neighbours(counts, 1, &mut self.two[..n - 1]);
        neighbours(&self.two, 2, &mut self.four[..n - 3]);
        let fours = self.four.iter().zip(&self.four[4..]).zip(&self.four[8..]);
        let all = &mut self.all[..n + 1 - WINDOW];
        all.iter_mut().zip(fours).for_each(|(sum, ((a, b), c))| *sum = a + b + c);
        all
    }
}

/// The sum of what is there, and how much that is: in four sums, so that nothing waits for the one before it.
fn total(cells: &[f64]) -> [f64; 2] {
    let (mut sums, mut counts) = ([0.0; 4], [0.0; 4]);
    let (fours, rest) = cells.as_chunks::<4>();
    let rest = std::array::from_fn(|k| rest.get(k).copied().unwrap_or(f64::NAN));
    for four in fours.iter().chain([&rest]) {
        for k in 0..4 {
            let is_there = !four[k].is_nan();
            sums[k] += if is_there { four[k] } else { 0.0 };
            counts[k] += if is_there { 1.0 } else { 0.0 };
        }
    }
    [sums.iter().sum(), counts.iter().sum()]
}

/// Mean and limits of a series, and the patterns that its values are part of.
fn chart(values: &[f64], signals: &mut [u8]) -> [f64; 3] {
    let mut apart = [0.0; LONGEST];
    for (range, pair) in apart.iter_mut().zip(values.windows(2)) {
        *range = (pair[1] - pair[0]).abs();
    }
    let [sum, count] = total(values);
    let [ranges, pairs] = total(&apart[..values.len() - 1]);
    let (mean, range) = (sum / count, ranges / pairs);
    let (lower, upper) = (mean - 2.66 * range, mean + 2.66 * range);
    let near = 2.0 * (2.66 / 3.0) * range;
    let (near_lower, near_upper) = (mean - near, mean + near);
    // One number for each value, and only then a byte: both are worked at side by side. Bit 4 is near a limit,
    // 6 and 7 above and below the mean, 2 and 3 a step up or down to the next.
    let mut wide = [0u64; LONGEST];
    for (wide, value) in wide.iter_mut().zip(values) {
        let (value, near) = (*value, bit(*value > near_upper, 16) | bit(*value < near_lower, 16));
        *wide = near
            | bit(value > upper, 1)
            | bit(value < lower, 2)
            | bit(value > mean, 64)
            | bit(value < mean, 128);
    }
    for (wide, pair) in wide.iter_mut().zip(values.windows(2)) {
        *wide |= bit(pair[1] > pair[0], 4) | bit(pair[1] < pair[0], 8);
    }
    let n = values.len();
    let mut codes = [0u8; LONGEST + 8];
    codes.iter_mut().zip(&wide[..n]).for_each(|(code, wide)| *code = *wide as u8);
    // Where runs begin: four, six and seven together, by doubling.
    let (mut two, mut four, mut starts) = ([0u8; LONGEST], [0u8; LONGEST], [0u8; LONGEST + 8]);
    (0..n).for_each(|i| two[i] = codes[i] & codes[i + 1]);
    (0..n - 2).for_each(|i| four[i] = two[i] & two[i + 2]);
    (0..n - 6).for_each(|i| {
        let six = four[i] & two[i + 4];
        starts[i + 8] = (six & 0b1100) | (six & codes[i + 6] & 0b1100_0000);
    });
    // All seven places of each, by doubling back.
    let (mut two, mut four) = ([0u8; LONGEST + 8], [0u8; LONGEST + 8]);
    (1..n + 8).for_each(|i| two[i] = starts[i] | starts[i - 1]);
    (3..n + 8).for_each(|i| four[i] = two[i] | two[i - 2]);
    let mut threes = [0u8; LONGEST + 8];
    (0..n - 2).for_each(|i| {
        let [a, b, c] = [codes[i] >> 4, codes[i + 1] >> 4, codes[i + 2] >> 4];
        let pair = (a & b | a & c | b & c) & 1;
        threes[i + 2] = pair * ((codes[i] & codes[i + 1] & codes[i + 2]) >> 6);
    });
    for (i, signals) in signals.iter_mut().enumerate() {
        let three = (threes[i] | threes[i + 1] | threes[i + 2]) * (codes[i] >> 4 & 1);
        *signals = four[i + 8] | four[i + 5] | codes[i] & 3 | three << 4;
    }
    [mean, lower, upper]
}
