//! The figures that are made: monthly counts, yearly populations, events and people by age, and ten releases
//! of some of them, the same on every machine. Seasons, a trend, Poisson noise, missing months, zeros and
//! revisions. It knows no store, no file and no clock.
//!
//! Only additions, multiplications, divisions and square roots are used: their results are the same everywhere,
//! where those of an exponential are not.

use rand_pcg::Pcg64;
use rand_pcg::rand_core::Rng;

/// How much is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Its name on the command line.
    pub name: &'static str,
    /// Areas, beside the nation that they are compared with.
    pub areas: usize,
    /// Indicators, each with a measure of its own.
    pub indicators: usize,
    /// Months.
    pub months: usize,
}

/// A partnership's size: 153,600 figures.
pub const SMALL: Size = Size { name: "S", areas: 32, indicators: 40, months: 120 };
/// A nation's size: 6.2 million figures.
pub const NATIONAL: Size = Size { name: "M", areas: 1_300, indicators: 40, months: 120 };
/// A nation's size in small areas: 50 million figures.
pub const SMALL_AREAS: Size = Size { name: "L", areas: 7_000, indicators: 60, months: 120 };
/// All sizes.
pub const SIZES: [Size; 3] = [SMALL, NATIONAL, SMALL_AREAS];

/// The year and month that are made first: financial years begin with it.
pub const FIRST_YEAR: i32 = 2014;
/// The month of [`FIRST_YEAR`] that is made first.
pub const FIRST_MONTH: u32 = 4;
/// The standard population of 2013 by bands of five years.
pub const BANDS: [(&str, f64); 19] = [
    ("0-4", 5000.0),
    ("5-9", 5500.0),
    ("10-14", 5500.0),
    ("15-19", 5500.0),
    ("20-24", 6000.0),
    ("25-29", 6000.0),
    ("30-34", 6500.0),
    ("35-39", 7000.0),
    ("40-44", 7000.0),
    ("45-49", 7000.0),
    ("50-54", 7000.0),
    ("55-59", 6500.0),
    ("60-64", 6000.0),
    ("65-69", 5500.0),
    ("70-74", 5000.0),
    ("75-79", 4000.0),
    ("80-84", 2500.0),
    ("85-89", 1500.0),
    ("90+", 1000.0),
];
/// So many indicators are by age, each for [`YEARS_BY_AGE`] years.
pub const INDICATORS_BY_AGE: usize = 4;
/// Calendar years by age, from [`FIRST_YEAR`].
pub const YEARS_BY_AGE: usize = 10;
/// So many releases are made of each of [`INDICATORS_RELEASED`] indicators.
pub const RELEASES: usize = 10;
/// Indicators that were released again and again.
pub const INDICATORS_RELEASED: usize = 4;
/// A release says the newest so many months anew.
pub const REVISED: usize = 12;

/// Which figures are made, so that each series can be made by itself.
enum Kind {
    People,
    Counts,
    Ages,
    Revision,
}

fn chance(kind: Kind, indicator: usize, area: usize) -> Pcg64 {
    Pcg64::new(20_261_122, (kind as u128) << 64 | (indicator as u128) << 32 | area as u128)
}

/// Between 0 and 1, without 1.
fn share(chance: &mut Pcg64) -> f64 {
    (chance.next_u64() >> 11) as f64 / (1u64 << 53) as f64
}

/// A count of events of which so many are expected.
fn poisson(expected: f64, chance: &mut Pcg64) -> f64 {
    if expected > 12.0 {
        // Of 64 fair coins and a fraction: bell-shaped, of mean 0 and variance 1.
        let coins = f64::from(chance.next_u64().count_ones()) - 32.0 + share(chance) - 0.5;
        return (expected + coins / 4.0 * expected.sqrt() + 0.5).max(0.0).floor();
    }
    // By inversion, from the chance of none: the limit that defines the exponential, in twenty squarings.
    let mut of_this = 1.0 - expected / 1_048_576.0;
    for _ in 0..20 {
        of_this *= of_this;
    }
    let (mut left, mut count) = (share(chance), 0.0);
    // The limit is not quite reached: what is left over at the end is no count.
    while left >= of_this && (count <= expected || of_this > 1e-7) {
        left -= of_this;
        count += 1.0;
        of_this *= expected / count;
    }
    count
}

impl Size {
    /// The size of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        SIZES.into_iter().find(|size| size.name == name)
    }

    /// The calendar years of the population: every one of which a month is made.
    #[must_use]
    pub fn years(self) -> usize {
        (FIRST_MONTH as usize - 1 + self.months).div_ceil(12)
    }

    /// Which of [`Size::years`] a month is in.
    #[must_use]
    pub fn year_of(self, month: usize) -> usize {
        (FIRST_MONTH as usize - 1 + month) / 12
    }

    /// The code of an area; that of the nation is [`NATION`].
    #[must_use]
    pub fn area(self, area: usize) -> String {
        format!("A{area:05}")
    }

    /// The people of an area by calendar year.
    #[must_use]
    pub fn people(self, area: usize) -> Vec<f64> {
        let mut chance = chance(Kind::People, 0, area);
        let people = 4_000.0 + (share(&mut chance) * 90_000.0).floor();
        (0..self.years()).map(|year| (people * (1.0 + year as f64 / 200.0)).floor()).collect()
    }

    /// The counts of an indicator in an area, month by month, before any is lost.
    #[must_use]
    pub fn all_counts(self, indicator: usize, area: usize) -> Vec<f64> {
        self.counted(indicator, area).0
    }

    /// The counts of an indicator in an area, month by month; one month in a hundred is missing.
    #[must_use]
    pub fn counts(self, indicator: usize, area: usize) -> Vec<Option<f64>> {
        let (counts, missing) = self.counted(indicator, area);
        counts.into_iter().zip(missing).map(|(count, missing)| (!missing).then_some(count)).collect()
    }

    fn counted(self, indicator: usize, area: usize) -> (Vec<f64>, Vec<bool>) {
        let people = self.people(area);
        let mut chance = chance(Kind::Counts, indicator, area);
        // Of 100,000 people some 2 to 160 in a month: zeros in small areas are common.
        let usual = (1.0 + indicator as f64 % 10.0) * (2.0 + 12.0 * share(&mut chance));
        let slope = (share(&mut chance) - 0.5) / 100.0;
        let of_month = |month: usize| {
            let season = 1.0 + ((month as f64 % 12.0) - 6.0).abs() / 30.0;
            let trend = 1.0 + slope * month as f64;
            let expected = people[self.year_of(month)] * usual * season * trend / 100_000.0;
            let count = poisson(expected, &mut chance);
            (count, chance.next_u64().is_multiple_of(100))
        };
        (0..self.months).map(of_month).unzip()
    }

    /// Events and people of an area in a calendar year, by age.
    #[must_use]
    pub fn by_age(self, indicator: usize, area: usize, year: usize) -> [(f64, f64); BANDS.len()] {
        let people = self.people(area)[year.min(self.years() - 1)];
        let mut chance = chance(Kind::Ages, indicator * YEARS_BY_AGE + year, area);
        let mut band = 0;
        BANDS.map(|(_, weight)| {
            let here = (people * weight / 100_000.0).floor() + 1.0;
            let expected = here * (1.0 + band as f64) * (1.0 + indicator as f64) / 1_000.0;
            band += 1;
            (poisson(expected, &mut chance), here)
        })
    }

    /// The months that a release (from 0) says something of. The first says all but the newest; each of the
    /// others adds one and says those before it anew.
    #[must_use]
    pub fn released(self, release: usize) -> std::ops::Range<usize> {
        let end = self.months + 1 - RELEASES + release;
        if release == 0 { 0..end } else { end - REVISED..end }
    }

    /// What a release says of those months. Figures grow while late ones come in.
    #[must_use]
    pub fn as_released(self, indicator: usize, area: usize, release: usize) -> Vec<Option<f64>> {
        let last = self.counts(indicator, area);
        let mut chance = chance(Kind::Revision, indicator * RELEASES + release, area);
        let months = self.released(release);
        let end = months.end;
        let late = |month: usize| if end - month <= REVISED { share(&mut chance) / 10.0 } else { 0.0 };
        let lost: Vec<f64> = months.clone().map(late).collect();
        months.zip(lost).map(|(month, lost)| Some((last[month]? * (1.0 - lost)).floor())).collect()
    }
}

/// The code of the nation, whose figures are stated.
pub const NATION: &str = "S00000001";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_the_same_on_every_machine() {
        // Made once and written down; a change of it makes old measurements incomparable.
        assert_eq!(SMALL.people(0), NATIONAL.people(0));
        assert_eq!(SMALL.counts(3, 7), NATIONAL.counts(3, 7));
        let counts: f64 = SMALL.all_counts(0, 0).iter().sum();
        let again: f64 = SMALL.all_counts(0, 0).iter().sum();
        assert_eq!((counts, SMALL.people(0)[0]), (again, SMALL.people(0)[0]));
    }

    #[test]
    fn what_was_asked_for_is_in_the_figures() {
        let all = || (0..40).flat_map(|i| (0..32).flat_map(move |a| SMALL.counts(i, a)));
        let (months, missing) = (all().count(), all().filter(Option::is_none).count());
        assert_eq!(months, 153_600);
        assert!((1_000..2_200).contains(&missing), "{missing} of {months} are missing");
        let zeros = all().filter(|count| *count == Some(0.0)).count();
        assert!(zeros > 1_000, "{zeros} zeros");
        let revised = SMALL.as_released(0, 1, 9);
        assert_eq!((revised.len(), SMALL.released(9)), (REVISED, 108..120));
        assert_ne!(revised, SMALL.counts(0, 1)[108..]);
    }

    #[test]
    fn noise_has_the_mean_and_the_variance_of_a_poisson_count() {
        for expected in [0.5, 4.0, 11.0, 13.0, 200.0] {
            let mut chance = Pcg64::new(1, 2);
            let counts: Vec<f64> = (0..20_000).map(|_| poisson(expected, &mut chance)).collect();
            let mean = counts.iter().sum::<f64>() / 20_000.0;
            let variance = counts.iter().map(|c| (c - mean) * (c - mean)).sum::<f64>() / 20_000.0;
            assert!((mean / expected - 1.0).abs() < 0.03, "{expected}: mean {mean}");
            assert!((variance / expected - 1.0).abs() < 0.06, "{expected}: variance {variance}");
        }
    }
}
