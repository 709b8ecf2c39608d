//! Life expectancy, by an abridged life table: how many more years people of each age would live at the death
//! rates of the area and period.
//!
//! Bands say where they begin and end, and follow one another without a gap; the last is open. The method
//! does not care how many there are or where the last begins, which other tools fix at 20 and 90. Nothing is
//! rounded, and no answer is ever infinite or "not a number".

use super::interval::{Confidence, Interval, MethodError};
use super::rates::{RowError, above_zero, by_error, counted, held, total};
use std::fmt;
use thiserror::Error;

/// Up to so many people there is no life table.
const TOO_FEW_PEOPLE: f64 = 5_000.0;

/// The widest 95% interval, in years, with which a life expectancy is given.
const WIDEST: f64 = 20.0;

/// How much of the year of their death infants live; people of all other bands live half of the band.
const INFANTS_LIVE: f64 = 0.1;

/// One band of ages. `None` is a figure that is not there, which is not zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AgeBand {
    /// The age at which it begins.
    pub from: u32,
    /// The age at which the next begins; `None` for the last.
    pub until: Option<u32>,
    /// How many people, or years lived by them where deaths are of several years.
    pub population: Option<f64>,
    /// How many of them died.
    pub deaths: Option<f64>,
}

/// How a life expectancy and its limits were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LifeMethod {
    /// Chiang's abridged life table, with the variance of the last band after Silcocks.
    ChiangSilcocks,
}

impl fmt::Display for LifeMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::ChiangSilcocks => "Chiang (Silcocks)",
        })
    }
}

/// The life expectancy at an age, in years.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LifeEstimate {
    /// How many more years.
    pub value: f64,
    /// Its standard error, from which limits of any level follow.
    pub error: f64,
    /// Its limits.
    pub limits: Interval,
}

/// Why there is no life expectancy at one age, where others can have theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotGiven {
    /// At these death rates nobody comes to that age.
    #[error("nobody reaches this age at these death rates")]
    NobodyLeft,
    /// Its 95% limits stand more than 20 years apart.
    #[error("the 95% limits stand more than 20 years apart")]
    TooWide,
}

/// What the life table says at one age.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LifeExpectancy {
    /// The age.
    pub from: u32,
    /// The life expectancy, or why it is not given.
    pub estimate: Result<LifeEstimate, NotGiven>,
    /// How many people it rests on: those of that age and above.
    pub population: f64,
    /// How many deaths.
    pub deaths: f64,
    /// How it was made.
    pub method: LifeMethod,
    /// At which level its limits are.
    pub confidence: Confidence,
}

/// Why there is no life table. Rows are counted from 0, in the order in which they were given.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum NoLifeTable {
    /// A figure is missing or none that can stand there, or the rows come to no number.
    #[error(transparent)]
    Figures(#[from] RowError),
    /// The bands do not begin at birth.
    #[error("the first band begins at {from}: a life table begins at 0")]
    NotFromBirth {
        /// Where they begin.
        from: u32,
    },
    /// A band does not end where the next begins, or two begin at the same age.
    #[error("row {row}: the band from {from} does not end where the next begins, at {next}")]
    NotJoined {
        /// Which row.
        row: usize,
        /// Where its band begins.
        from: u32,
        /// Where the next does.
        next: u32,
    },
    /// The oldest band is not open.
    #[error("row {row}: the band from {from} ends, and no band follows: the last is open")]
    LastEnds {
        /// Which row.
        row: usize,
        /// Where its band begins.
        from: u32,
    },
    /// More died than there were.
    #[error("row {row}: {deaths} of {population} people died")]
    DeathsAbovePopulation {
        /// Which row.
        row: usize,
        /// How many died.
        deaths: f64,
        /// How many there were.
        population: f64,
    },
    /// There are 5,000 people or fewer in all.
    #[error("{population} people are too few: a life table needs more than 5,000")]
    TooFewPeople {
        /// How many there are.
        population: f64,
    },
    /// Nobody of the last band died, so that it would have no end.
    #[error("nobody of the last band died, so that its people would live for ever")]
    NoDeathsInLastBand,
}

impl From<MethodError> for NoLifeTable {
    fn from(error: MethodError) -> Self {
        Self::Figures(RowError::Whole(error))
    }
}

/// The life expectancy at the age where each band begins, the youngest first.
///
/// For a band of `n` years with `d` deaths of `P` people, of whom those who die live the share `a` of it (0.1
/// below the age of one, 0.5 elsewhere), `M = d / P`: the probability of dying is `q = M n / (1 + M n (1 -
/// a))`, and 1 where `d > P / (n a)`; in the last band 1. Of 100,000 born, `l` reach the band and live `L = n
/// (l' + a (l - l'))` years in it, `l / M` in the last; the expectancy is `e = ΣL / l` over this and later
/// bands. Its variance is `Σ l² ((1 - a) n + e')² q² (1 - q) / d / l²`, with `(l / 2)² 4 / (d M²)` for the
/// last band, and the limits are `e ± z` roots of it (Chiang 1968; Silcocks, Jenner and Reza 2001).
///
/// As `phe_life_expectancy` of PHEindicatormethods 2.1.0, with these differences: any bands will do; a
/// missing number of deaths is refused, where it gives a number there; ages that nobody reaches have a reason
/// and not zero years; no limits are given without their value.
///
/// # Errors
/// [`NoLifeTable`]: bands that are not joined from birth to an open end; people or deaths missing, negative
/// or not finite, bands of nobody; more deaths than people; 5,000 people or fewer; no deaths in the last
/// band.
///
/// # Examples
/// ```
/// use kilter_core::method::interval::Confidence;
/// use kilter_core::method::life_expectancy::{life_expectancy, AgeBand, NoLifeTable};
/// let band = |from, until, people, deaths| AgeBand {
///     from, until, population: Some(people), deaths: Some(deaths)
/// };
/// let mut bands = [
///     band(0, Some(1), 1_000.0, 5.0),
///     band(1, Some(65), 60_000.0, 120.0),
///     band(65, None, 12_000.0, 600.0),
/// ];
/// let table = life_expectancy(&bands, Confidence::P95)?;
/// assert_eq!(table[2].estimate.unwrap().value, 20.0); // the people of the last band, over their deaths
/// assert!((table[0].estimate.unwrap().value - 78.3529).abs() < 1e-4);
/// assert_eq!((table[0].population, table[0].deaths), (73_000.0, 725.0));
///
/// bands[1].until = Some(60);
/// let refused = life_expectancy(&bands, Confidence::P95);
/// assert_eq!(refused, Err(NoLifeTable::NotJoined { row: 1, from: 1, next: 65 }));
/// # Ok::<(), NoLifeTable>(())
/// ```
pub fn life_expectancy(
    bands: &[AgeBand],
    confidence: Confidence,
) -> Result<Vec<LifeExpectancy>, NoLifeTable> {
    let bands = joined(bands)?;
    let people = held("population", total(bands.iter().map(|band| band.population)))?;
    if people <= TOO_FEW_PEOPLE {
        return Err(NoLifeTable::TooFewPeople { population: people });
    }
    if bands.last().is_none_or(|band| band.deaths == 0.0) {
        return Err(NoLifeTable::NoDeathsInLastBand);
    }
    // Those who reach each band, of one born.
    let mut reaching = Vec::with_capacity(bands.len());
    let mut left = 1.0;
    for band in &bands {
        reaching.push(left);
        left *= 1.0 - band.dying();
    }
    let mut found = Vec::with_capacity(bands.len());
    // From the last band to the first: what is lived from there on, and its variance by those born.
    let (mut years, mut variance) = (super::Sum::default(), super::Sum::default());
    let (mut population, mut deaths) = (super::Sum::default(), super::Sum::default());
    let mut next = 0.0;
    for (place, (band, left)) in bands.iter().zip(&reaching).enumerate().rev() {
        let rate = band.deaths / band.population;
        match band.width() {
            Some(width) => {
                let (dying, live) = (band.dying(), band.lived_by_the_dying());
                let surviving = reaching.get(place + 1).copied().unwrap_or_default();
                years.add(width * (surviving + live * (left - surviving)));
                if left * dying > 0.0 {
                    let of_dying = dying * dying * (1.0 - dying) / band.deaths;
                    variance.add(left * left * ((1.0 - live) * width + next).powi(2) * of_dying);
                }
            }
            None => {
                years.add(left / rate);
                variance.add((left / 2.0).powi(2) * 4.0 / (band.deaths * rate * rate));
            }
        }
        population.add(band.population);
        deaths.add(band.deaths);
        let estimate = if *left > 0.0 {
            next = held("life expectancy", years.total() / left)?;
            given(next, (variance.total() / (left * left)).sqrt(), confidence)
        } else {
            next = 0.0;
            Err(NotGiven::NobodyLeft)
        };
        found.push(LifeExpectancy {
            from: band.from,
            estimate,
            population: population.total(),
            deaths: held("number of deaths", deaths.total())?,
            method: LifeMethod::ChiangSilcocks,
            confidence,
        });
    }
    found.reverse();
    Ok(found)
}

/// A life expectancy with that standard error, unless nobody should be told.
fn given(value: f64, error: f64, confidence: Confidence) -> Result<LifeEstimate, NotGiven> {
    let apart = 2.0 * Confidence::P95.deviate() * error;
    // An error that is no number is not known to be small.
    match by_error(value, error, None, confidence) {
        Ok(limits) if apart <= WIDEST => Ok(LifeEstimate { value, error, limits }),
        _ => Err(NotGiven::TooWide),
    }
}

/// A band with its figures read.
struct Read {
    row: usize,
    from: u32,
    until: Option<u32>,
    population: f64,
    deaths: f64,
}

impl Read {
    fn width(&self) -> Option<f64> {
        self.until.map(|until| f64::from(until.saturating_sub(self.from)))
    }

    fn lived_by_the_dying(&self) -> f64 {
        if self.from == 0 && self.until == Some(1) { INFANTS_LIVE } else { 0.5 }
    }

    /// How likely one who reaches the band is to die in it.
    fn dying(&self) -> f64 {
        let Some(width) = self.width() else { return 1.0 };
        let live = self.lived_by_the_dying();
        if self.deaths > self.population / width / live {
            return 1.0;
        }
        let expected = self.deaths / self.population * width;
        expected / (1.0 + expected * (1.0 - live))
    }
}

/// The bands in the order of age, each ending where the next begins.
fn joined(bands: &[AgeBand]) -> Result<Vec<Read>, NoLifeTable> {
    let mut read = Vec::with_capacity(bands.len());
    for (row, band) in bands.iter().enumerate() {
        let population = above_zero(row, "population", band.population)?;
        let deaths = counted(row, "number of deaths", band.deaths)?;
        if deaths > population {
            return Err(NoLifeTable::DeathsAbovePopulation { row, deaths, population });
        }
        read.push(Read { row, from: band.from, until: band.until, population, deaths });
    }
    read.sort_by_key(|band| band.from);
    for pair in read.windows(2) {
        let (band, next) = (&pair[0], pair[1].from);
        if band.until != Some(next) || band.from == next {
            return Err(NoLifeTable::NotJoined { row: band.row, from: band.from, next });
        }
    }
    match (read.first(), read.last()) {
        (Some(first), _) if first.from != 0 => Err(NoLifeTable::NotFromBirth { from: first.from }),
        (_, Some(last)) if last.until.is_some() => {
            Err(NoLifeTable::LastEnds { row: last.row, from: last.from })
        }
        (None, _) => Err(RowError::Empty.into()),
        _ => Ok(read),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn band(from: u32, until: Option<u32>, population: f64, deaths: f64) -> AgeBand {
        AgeBand { from, until, population: Some(population), deaths: Some(deaths) }
    }

    fn bands() -> Vec<AgeBand> {
        vec![
            band(65, None, 12_000.0, 600.0),
            band(0, Some(1), 1_000.0, 5.0),
            band(1, Some(65), 60_000.0, 120.0),
        ]
    }

    #[test]
    fn a_table_does_not_depend_on_the_order_of_its_rows() {
        let mut turned = bands();
        turned.reverse();
        let table = life_expectancy(&bands(), Confidence::P95);
        assert_eq!(table, life_expectancy(&turned, Confidence::P95));
        let ages: Vec<_> = table.unwrap().iter().map(|age| age.from).collect();
        assert_eq!(ages, [0, 1, 65]);
    }

    #[test]
    fn what_makes_no_table_says_why() {
        let with = |change: &dyn Fn(&mut Vec<AgeBand>)| {
            let mut bands = bands();
            change(&mut bands);
            life_expectancy(&bands, Confidence::P95).unwrap_err()
        };
        let missing = with(&|bands| bands[2].deaths = None);
        assert_eq!(missing, NoLifeTable::Figures(RowError::Missing { row: 2, what: "number of deaths" }));
        assert!(matches!(with(&|bands| bands[1].population = Some(0.0)), NoLifeTable::Figures(_)));
        assert!(matches!(with(&|bands| bands[1].deaths = Some(-1.0)), NoLifeTable::Figures(_)));
        assert_eq!(with(&|bands| bands.clear()), NoLifeTable::Figures(RowError::Empty));
        assert_eq!(with(&|bands| bands.truncate(1)), NoLifeTable::NotFromBirth { from: 65 });
        assert_eq!(with(&|bands| bands[0].until = Some(90)), NoLifeTable::LastEnds { row: 0, from: 65 });
        assert_eq!(with(&|bands| bands[0].deaths = Some(0.0)), NoLifeTable::NoDeathsInLastBand);
        let twice = with(&|bands| bands.push(bands[2]));
        assert_eq!(twice, NoLifeTable::NotJoined { row: 2, from: 1, next: 1 });
        let above = with(&|bands| bands[1].deaths = Some(1_000.5));
        assert_eq!(above.to_string(), "row 1: 1000.5 of 1000 people died");
        let few = with(&|bands| {
            for (band, people) in bands.iter_mut().zip([1_000.0, 1_500.0, 2_500.0]) {
                *band = AgeBand { population: Some(people), ..*band };
            }
        });
        assert_eq!(few, NoLifeTable::TooFewPeople { population: 5_000.0 });
    }

    #[test]
    fn an_age_that_nobody_reaches_and_one_that_too_few_do_have_no_years() {
        let bands = [
            band(0, Some(1), 10_000.0, 10.0),
            band(1, Some(50), 10_000.0, 9_000.0),
            band(50, None, 10_000.0, 100.0),
        ];
        let table = life_expectancy(&bands, Confidence::P95).unwrap();
        assert_eq!(table[2].estimate, Err(NotGiven::NobodyLeft));
        assert!(table[1].estimate.is_ok_and(|found| found.value == 24.5));
        let few = [band(0, Some(1), 3_000.0, 3.0), band(1, None, 3_000.0, 1.0)];
        let table = life_expectancy(&few, Confidence::P95).unwrap();
        assert_eq!(table[0].estimate, Err(NotGiven::TooWide));
    }

    proptest! {
        #[test]
        fn whatever_comes_in_no_answer_is_infinite_or_no_number(
            rows in prop::collection::vec((
                0u32..4,
                prop_oneof![any::<f64>(), Just(f64::MAX), Just(f64::MIN_POSITIVE), 1.0f64..1e5],
                prop_oneof![any::<f64>(), Just(0.0), Just(f64::MIN_POSITIVE), 0.0f64..1e3],
            ), 1..6),
            joined in any::<bool>(),
            level in 0.9f64..1.0,
        ) {
            let last = rows.len() - 1;
            let bands: Vec<_> = rows.iter().enumerate().map(|(i, row)| {
                let from = if joined { i as u32 } else { row.0 };
                let until = if joined { (i < last).then_some(from + 1) } else { from.checked_sub(1) };
                band(from, until, row.1, row.2)
            }).collect();
            for age in life_expectancy(&bands, Confidence::new(level).unwrap()).into_iter().flatten() {
                prop_assert!(age.population.is_finite() && age.deaths.is_finite());
                if let Ok(LifeEstimate { value, limits, .. }) = age.estimate {
                    prop_assert!(value.is_finite() && limits.lower.is_finite() && limits.upper.is_finite());
                }
            }
        }

        #[test]
        fn more_deaths_are_fewer_years(
            deaths in prop::collection::vec(1.0f64..500.0, 4),
            times in 1.01f64..3.0,
        ) {
            let table = |times: f64| {
                let ages = [(0, Some(20)), (20, Some(40)), (40, Some(60)), (60, None)];
                let bands: Vec<_> = deaths.iter().zip(ages)
                    .map(|(deaths, (from, until))| band(from, until, 20_000.0, deaths * times))
                    .collect();
                life_expectancy(&bands, Confidence::P95).unwrap()
            };
            for (few, many) in table(1.0).iter().zip(table(times)) {
                if let (Ok(few), Ok(many)) = (few.estimate, many.estimate) {
                    prop_assert!(many.value < few.value);
                }
            }
        }
    }
}
