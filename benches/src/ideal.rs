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
    /// Monthly counts of the nation, `[indicator][month]`.
    pub nation: Vec<f64>,
    /// People, `[area][year]`.
    pub people: Vec<f64>,
    /// People of the nation by year.
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
        Self {
            size,
            counts: places().flat_map(|(i, a)| size.counts(i, a)).map(number).collect(),
            nation: (0..size.indicators).flat_map(|i| of_nation(size, |a| size.all_counts(i, a))).collect(),
            people: (0..size.areas).flat_map(|a| size.people(a)).collect(),
            nation_people: of_nation(size, |a| size.people(a)),
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

    /// The people by window: those of the year in which it ends.
    fn people_of_windows(&self) -> (Vec<f64>, Vec<f64>) {
        let spread = |people: &[f64]| -> Vec<f64> {
            people
                .chunks_exact(self.size.years())
                .flat_map(|people| (WINDOW - 1..self.size.months).map(|m| people[self.size.year_of(m)]))
                .collect()
        };
        (spread(&self.people), spread(&self.nation_people))
    }

    /// J2: rates per 100,000 of twelve months, `[indicator][area][window]`; not a number where a month is
    /// missing.
    pub fn rolling(&self, rates: &mut Vec<f64>) {
        let windows = self.windows();
        rates.resize(self.counts.len() / self.size.months * windows, 0.0);
        let (people, _) = self.people_of_windows();
        let series = self.counts.chunks_exact(self.size.months).zip(rates.chunks_exact_mut(windows));
        for (place, (counts, rates)) in series.enumerate() {
            let people = &people[place % self.size.areas * windows..][..windows];
            let mut sums = [0.0; 240];
            twelve(counts, &mut sums[..windows]);
            for ((rate, sum), people) in rates.iter_mut().zip(&sums).zip(people) {
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
    /// 2 worse, 3 where there is no rate.
    pub fn limits(&self, lower: &mut Vec<f64>, upper: &mut Vec<f64>, standing: &mut Vec<u8>) {
        let windows = self.windows();
        let all = self.counts.len() / self.size.months * windows;
        lower.resize(all, 0.0);
        upper.resize(all, 0.0);
        standing.resize(all, 0);
        let (people, nation_people) = self.people_of_windows();
        let mut nation = vec![0.0; windows];
        for (place, counts) in self.counts.chunks_exact(self.size.months).enumerate() {
            let (i, a) = (place / self.size.areas, place % self.size.areas);
            let mut sums = [0.0; 240];
            if a == 0 {
                twelve(&self.nation[i * self.size.months..][..self.size.months], &mut sums[..windows]);
                for (w, nation) in nation.iter_mut().enumerate() {
                    *nation = sums[w] * PER / nation_people[w];
                }
            }
            twelve(counts, &mut sums[..windows]);
            let at = place * windows..(place + 1) * windows;
            let people = &people[a * windows..][..windows];
            let out = lower[at.clone()].iter_mut().zip(&mut upper[at.clone()]).zip(&mut standing[at]);
            for (w, ((lower, upper), standing)) in out.enumerate() {
                let (count, factor) = (sums[w], PER / people[w]);
                let cube = |x: f64, z: f64| {
                    let base = 1.0 - 1.0 / (9.0 * x) + z / (3.0 * x.sqrt());
                    x * base * base * base
                };
                let low = if count == 0.0 { 0.0 } else { cube(count, -DEVIATE).max(0.0) * factor };
                let high = cube(count + 1.0, DEVIATE) * factor;
                (*lower, *upper) = (if count.is_nan() { f64::NAN } else { low }, high);
                let same = |a: f64, b: f64| (a - b).abs() <= 1e-12 * a.abs().max(b.abs());
                let touches = same(low, nation[w]) || same(high, nation[w]);
                *standing = if count.is_nan() {
                    3
                } else if high < nation[w] && !touches {
                    1
                } else if low > nation[w] && !touches {
                    2
                } else {
                    0
                };
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

/// The sums of twelve neighbours: by doubling, so that nothing waits for the sum before it.
fn twelve(counts: &[f64], sums: &mut [f64]) {
    let n = counts.len();
    let mut two = [0.0; 256];
    let mut four = [0.0; 256];
    let neighbours = |from: &[f64], apart: usize, to: &mut [f64]| {
        to.iter_mut().zip(from).zip(&from[apart..]).for_each(|((to, a), b)| *to = a + b);
    };
    neighbours(counts, 1, &mut two[..n - 1]);
    neighbours(&two, 2, &mut four[..n - 3]);
    for (w, sum) in sums.iter_mut().enumerate() {
        *sum = four[w] + four[w + 4] + four[w + 8];
    }
}

fn chart(values: &[f64], signals: &mut [u8]) -> [f64; 3] {
    let (mut sum, mut count, mut ranges, mut pairs) = (0.0, 0.0, 0.0, 0.0);
    let mut before = f64::NAN;
    for &value in values {
        let range = (value - before).abs();
        sum += if value.is_nan() { 0.0 } else { value };
        count += f64::from(u8::from(!value.is_nan()));
        ranges += if range.is_nan() { 0.0 } else { range };
        pairs += f64::from(u8::from(!range.is_nan()));
        before = value;
    }
    let (mean, range) = (sum / count, ranges / pairs);
    let (lower, upper) = (mean - 2.66 * range, mean + 2.66 * range);
    let near = 2.0 * (2.66 / 3.0) * range;
    let (near_lower, near_upper) = (mean - near, mean + near);
    let mut before = f64::NAN;
    // How long each run is that ends here: rising, falling, above, below.
    let mut runs = [0usize; 4];
    let mut sides = [0u8; 2];
    let mut nears = [0u8; 2];
    for place in 0..values.len() {
        let value = values[place];
        let (above, below) = (value > mean, value < mean);
        let step = [value > before, value < before, above, below];
        for ((run, on), (bit, enough)) in runs.iter_mut().zip(step).zip([(2, 6), (3, 6), (6, 7), (7, 7)]) {
            *run = if on { *run + 1 } else { 0 };
            if *run == enough {
                // Six steps are between seven values, so that both begin six places back.
                let first = place - 6;
                signals[first..place].iter_mut().for_each(|s| *s |= 1 << bit);
            }
        }
        let mut here = u8::from(value > upper) | u8::from(value < lower) << 1;
        here |= u8::from(runs[0] >= 6) << 2 | u8::from(runs[1] >= 6) << 3;
        here |= u8::from(runs[2] >= 7) << 6 | u8::from(runs[3] >= 7) << 7;
        signals[place] = here;
        let side = u8::from(above) | u8::from(below) << 1;
        let is_near = u8::from(value > near_upper || value < near_lower);
        if place >= 2 {
            let together = side & sides[0] & sides[1];
            if together != 0 && is_near + nears[0] + nears[1] >= 2 {
                let bit = if together == 1 { 16 } else { 32 };
                signals[place] |= is_near * bit;
                signals[place - 1] |= nears[1] * bit;
                signals[place - 2] |= nears[0] * bit;
            }
        }
        (sides, nears) = ([sides[1], side], [nears[1], is_near]);
        before = value;
    }
    [mean, lower, upper]
}
