//! The European age-sex standardised rate as Scotland's public health profiles publish it, beside ours: to
//! compare with their figures, and to continue them.

use super::{Band, MissingFigures, Standard, StandardError, dobson};
use crate::method::Sum;
use crate::method::interval::{Interval, MethodError, byar_at, positive};
use crate::method::rates::{RowError, counted, held, multiplier};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display};

/// How many standard deviations the limits of the Scottish profiles stand from the middle: 1.96 exactly.
pub const SCOTTISH_DEVIATE: f64 = 1.96;

/// How the limits of a Scottish rate were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScottishMethod {
    /// Dobson's method over Byar's limits with 1.96, whatever the number of events; below zero is zero.
    DobsonByar,
}

impl Display for ScottishMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::DobsonByar => "Dobson (Byar, 1.96), as ScotPHO",
        })
    }
}

/// An age-sex standardised rate of the Scottish profiles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScottishRate {
    /// How many events: those of one year, or the mean of the years.
    pub events: f64,
    /// How many people, as the events.
    pub population: f64,
    /// The rate.
    pub value: f64,
    /// Its limits, from [`SCOTTISH_DEVIATE`]; both zero for no events.
    pub limits: Interval,
    /// How they were made.
    pub method: ScottishMethod,
}

/// The figures of one band and year.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct YearBand<K> {
    /// The year; a financial year by the year in which it begins.
    pub year: i32,
    /// The figures.
    pub band: Band<K>,
}

/// The European age-sex standardised rate of one year as the Scottish profiles make it.
///
/// With weights `w` for each sex and age, events `x`, people `n`, all events `O` and the total `T` of the
/// standard: the rate is `Σ(w x / n) / T`, its variance `Σ(w² x / n²) / T²`, its limits those of
/// [`direct`](super::direct) with Byar's limits of `O` and 1.96, however few the events. No events have a
/// rate and limits of zero. A band in which nobody lives adds its events to `O` and nothing to the rate.
/// Bands of the standard without a row weigh in `T` all the same: they had no events.
///
/// The total is given, and not added up, because the profiles hold it as a constant: 200,000 for all ages,
/// and 158,800 for those aged 16 and over, whose weights add up to 165,800. Give [`Standard::total`] for a
/// rate that does not repeat this.
///
/// # Errors
/// [`StandardError`]: a row that is not of the standard, or is there twice; figures missing (unless they may
/// be zero, as the profiles take them), negative or not finite.
///
/// # Examples
/// ```
/// use kilter_core::method::standardised::{scottish_rate, Band, MissingFigures, Standard};
/// let standard = Standard::new([("F 75+", 9.0), ("M 75+", 9.0)])?;
/// let band = |key, x, n| Band { key, events: Some(x), population: Some(n) };
/// let rows = [band("F 75+", 30.0, 1000.0), band("M 75+", 10.0, 500.0)];
/// let found = scottish_rate(&rows, &standard, 18.0, 1000.0, MissingFigures::AsZero)?;
/// assert!((found.value - 25.0).abs() < 1e-12 && found.events == 40.0);
/// let none = Band { events: None, ..rows[0] };
/// assert!(scottish_rate(&[none, rows[1]], &standard, 18.0, 1000.0, MissingFigures::Refuse).is_err());
/// # Ok::<(), kilter_core::method::standardised::StandardError>(())
/// ```
pub fn scottish_rate<K: Ord + Display>(
    bands: &[Band<K>],
    standard: &Standard<K>,
    standard_total: f64,
    per: f64,
    missing: MissingFigures,
) -> Result<ScottishRate, StandardError> {
    let mut seen = BTreeSet::new();
    let mut rows = Vec::with_capacity(bands.len());
    for (row, band) in bands.iter().enumerate() {
        if !seen.insert(&band.key) {
            return Err(StandardError::RepeatedRow { row, band: band.key.to_string() });
        }
        let events = counted(row, "number of events", missing.read(band.events))?;
        let population = counted(row, "population", missing.read(band.population))?;
        rows.push((standard.weight_of(row, &band.key)?, events, population));
    }
    rate_of(&rows, standard_total, per)
}

/// The rates of [`scottish_rate`] over windows of so many years, by the last year of each.
///
/// Events and people of each band are replaced by their means over the window, as the profiles do: limits are
/// those of the mean number of events of a year, and wider than those of all events of the window. A window
/// holds calendar years, each of which some band has a row for; the profiles take the last rows instead, so
/// that a year left out widens the window unseen.
///
/// # Errors
/// As [`scottish_rate`], for the first bad row of all, and [`StandardError::Figures`] for a window of no
/// years. A band without a row in a year of the window is missing there.
///
/// # Examples
/// ```
/// use kilter_core::method::standardised::{
///     scottish_rolling_rates, Band, MissingFigures, Standard, YearBand,
/// };
/// let standard = Standard::new([("F 75+", 1.0)])?;
/// let row = |year, x| {
///     YearBand { year, band: Band { key: "F 75+", events: Some(x), population: Some(100.0) } }
/// };
/// let rows = [row(2020, 1.0), row(2018, 9.0), row(2019, 5.0), row(2022, 5.0)];
/// let found = scottish_rolling_rates(&rows, &standard, 1.0, 100.0, 3, MissingFigures::AsZero)?;
/// assert_eq!(found.keys().collect::<Vec<_>>(), [&2020]); // no year 2021
/// assert_eq!((found[&2020].events, found[&2020].value), (5.0, 5.0));
/// assert!(scottish_rolling_rates(&rows, &standard, 1.0, 100.0, 0, MissingFigures::AsZero).is_err());
/// # Ok::<(), kilter_core::method::standardised::StandardError>(())
/// ```
pub fn scottish_rolling_rates<K: Ord + Clone + Display>(
    rows: &[YearBand<K>],
    standard: &Standard<K>,
    standard_total: f64,
    per: f64,
    window: u32,
    missing: MissingFigures,
) -> Result<BTreeMap<i32, ScottishRate>, StandardError> {
    let before = i32::try_from(window).unwrap_or(i32::MAX);
    if before == 0 {
        return Err(MethodError::NotPositive { what: "number of years in the window", found: 0.0 }.into());
    }
    // For each year, the figures and the row of each band.
    let mut years: BTreeMap<i32, BTreeMap<&K, (f64, f64)>> = BTreeMap::new();
    for (row, YearBand { year, band }) in rows.iter().enumerate() {
        standard.weight_of(row, &band.key)?;
        let events = counted(row, "number of events", missing.read(band.events))?;
        let population = counted(row, "population", missing.read(band.population))?;
        if years.entry(*year).or_default().insert(&band.key, (events, population)).is_some() {
            return Err(StandardError::RepeatedRow { row, band: format!("{} in {year}", band.key) });
        }
    }
    let mut rates = BTreeMap::new();
    for last in years.keys() {
        let Some(first) = last.checked_sub(before - 1) else { continue };
        let held_years: Vec<_> = years.range(first..=*last).map(|(_, bands)| bands).collect();
        if held_years.len() != before as usize {
            continue;
        }
        let keys: BTreeSet<_> = held_years.iter().flat_map(|bands| bands.keys().copied()).collect();
        let mut means = Vec::with_capacity(keys.len());
        for key in keys {
            let (mut events, mut population) = (Sum::default(), Sum::default());
            for bands in &held_years {
                let Some((x, n)) = bands.get(key).copied().or_else(|| zero(missing)) else {
                    return Err(StandardError::NoRow { band: format!("{key} of the window to {last}") });
                };
                events.add(x);
                population.add(n);
            }
            let years = f64::from(window);
            let weight = standard.weight(key).unwrap_or_default();
            means.push((weight, events.total() / years, population.total() / years));
        }
        rates.insert(*last, rate_of(&means, standard_total, per)?);
    }
    Ok(rates)
}

/// What a band without a row has in a year, where figures may be zero.
fn zero(missing: MissingFigures) -> Option<(f64, f64)> {
    (missing == MissingFigures::AsZero).then_some((0.0, 0.0))
}

/// The rate of bands of weight, events and people.
fn rate_of(rows: &[(f64, f64, f64)], standard_total: f64, per: f64) -> Result<ScottishRate, StandardError> {
    if rows.is_empty() {
        return Err(RowError::Empty.into());
    }
    let per = multiplier(per)?;
    let standard_total = positive("total of the standard", standard_total)?;
    let mut sums = [Sum::default(); 4];
    for (weight, events, population) in rows {
        sums[0].add(*events);
        sums[1].add(*population);
        if *population > 0.0 {
            let share = weight / standard_total / population;
            sums[2].add(share * events);
            sums[3].add(share * share * events);
        }
    }
    let [events, population, rate, variance] = sums.map(Sum::total);
    let (events, population) = (held("number of events", events)?, held("population", population)?);
    let (value, variance) = (held("rate", rate * per)?, held("variance", variance)?);
    let limits = if events > 0.0 {
        let count = byar_at(events, SCOTTISH_DEVIATE);
        dobson(value, (variance / events).sqrt() * per, events, count)?
    } else {
        Interval { lower: 0.0, upper: 0.0 }
    };
    Ok(ScottishRate { events, population, value, limits, method: ScottishMethod::DobsonByar })
}
