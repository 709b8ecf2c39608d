//! Indirect standardisation: events of an area against those that reference rates lead one to expect there.

use super::{Band, MissingFigures, StandardError};
use crate::method::Sum;
use crate::method::interval::{self, Confidence, Estimate, Interval, MethodError, rate};
use crate::method::rates::{RowError, above_zero, counted, held, multiplier};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

/// A reference population: its rate in each band, and in all of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference<K> {
    rates: BTreeMap<K, f64>,
    rate: f64,
}

impl<K: Ord + Clone + Display> Reference<K> {
    /// The reference of those figures, each band once.
    ///
    /// # Errors
    /// [`StandardError`]: no rows, a band twice, events missing (unless they may be zero) or negative, people
    /// missing, zero or negative, figures that are not finite or come to no number.
    ///
    /// # Examples
    /// ```
    /// use kilter_core::method::standardised::{Band, MissingFigures, Reference};
    /// let band = |key, x, n| Band { key, events: Some(x), population: Some(n) };
    /// let bands = [band("0-64", 400.0, 40_000.0), band("65+", 600.0, 10_000.0)];
    /// let reference = Reference::new(&bands, MissingFigures::Refuse).unwrap();
    /// assert_eq!(reference.rate(), 0.02);
    /// assert!(Reference::new(&[band("65+", 1.0, 0.0)], MissingFigures::Refuse).is_err());
    /// ```
    pub fn new(bands: &[Band<K>], missing: MissingFigures) -> Result<Self, StandardError> {
        let (mut events, mut people) = (Sum::default(), Sum::default());
        let mut rates = BTreeMap::new();
        for (row, band) in bands.iter().enumerate() {
            let x = counted(row, "number of reference events", missing.read(band.events))?;
            let n = above_zero(row, "reference population", band.population)?;
            let rate = held("reference rate", x / n)?;
            if rates.insert(band.key.clone(), rate).is_some() {
                return Err(StandardError::RepeatedRow { row, band: band.key.to_string() });
            }
            events.add(x);
            people.add(n);
        }
        if rates.is_empty() {
            return Err(RowError::Empty.into());
        }
        let events = held("number of reference events", events.total())?;
        let people = held("reference population", people.total())?;
        Ok(Self { rates, rate: held("reference rate", events / people)? })
    }

    /// The rate of all bands together, per one person.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// How many events these rates lead one to expect among the people of an area: `Σ(X / N) n`, zero where
    /// nobody lives in it. The events of the bands are not read.
    ///
    /// # Errors
    /// [`StandardError`]: bands that are not those of the reference, each once; people missing (unless they may
    /// be zero), negative or not finite.
    ///
    /// # Examples
    /// ```
    /// use kilter_core::method::standardised::{Band, MissingFigures, Reference};
    /// let nation = [Band { key: "65+", events: Some(500.0), population: Some(10_000.0) }];
    /// let reference = Reference::new(&nation, MissingFigures::Refuse).unwrap();
    /// let people = |n| [Band { key: "65+", events: None, population: n }];
    /// assert_eq!(reference.expected(&people(Some(400.0)), MissingFigures::Refuse), Ok(20.0));
    /// assert!(reference.expected(&people(None), MissingFigures::Refuse).is_err());
    /// ```
    pub fn expected(&self, bands: &[Band<K>], missing: MissingFigures) -> Result<f64, StandardError> {
        let mut expected = Sum::default();
        let mut seen = BTreeSet::new();
        for (row, Band { key, population, .. }) in bands.iter().enumerate() {
            let Some(rate) = self.rates.get(key) else {
                return Err(StandardError::NotInStandard { row, band: key.to_string() });
            };
            if !seen.insert(key) {
                return Err(StandardError::RepeatedRow { row, band: key.to_string() });
            }
            expected.add(rate * counted(row, "population", missing.read(*population))?);
        }
        if let Some(band) = self.rates.keys().find(|key| !seen.contains(key)) {
            return Err(StandardError::NoRow { band: band.to_string() });
        }
        Ok(held("number of expected events", expected.total())?)
    }
}

/// Where the number of observed events comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Observed {
    /// The sum of the events of the bands.
    OfBands,
    /// Known as a total only. What the bands say is not read.
    Total(f64),
}

/// How an indirectly standardised ratio and rate are made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IndirectSettings {
    /// What a ratio is given for when as many events were observed as expected: 1 or 100.
    pub ratio_of: f64,
    /// Per how many people the rate is.
    pub per: f64,
    /// The level of the limits.
    pub confidence: Confidence,
    /// What events and populations of the area that are not there stand for.
    pub missing: MissingFigures,
}

/// An indirectly standardised ratio and rate, and what they rest on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Indirect {
    /// How many events were observed.
    pub observed: f64,
    /// How many are expected from the reference rates.
    pub expected: f64,
    /// The rate of the reference population.
    pub reference_rate: f64,
    /// Observed over expected, times [`IndirectSettings::ratio_of`].
    pub ratio: Estimate,
    /// Observed over expected, times the reference rate.
    pub rate: Estimate,
}

/// The indirectly standardised ratio and rate of an area.
///
/// With events `x`, people `n`, reference events `X` and people `N`: `O = Σx` (or a total given), `E = Σ(X /
/// N) n`; the ratio is `O / E`, the rate `(O / E) (ΣX / ΣN)`. The limits are those of the count `O`, exact
/// below ten events, else Byar's, through the same factors; expected events are taken as known.
///
/// As `calculate_ISRatio` and `calculate_ISRate` of PHEindicatormethods 2.1.0, which take every missing
/// figure but a reference population for zero and give an infinite ratio, or one that is no number, where
/// nothing is expected. Here the first is a setting and the second is refused. A band may hold nobody, but
/// has a row.
///
/// # Errors
/// [`StandardError`]: rows and reference not of the same bands, each once; figures missing (unless they may
/// be zero), negative or not finite; [`StandardError::NothingExpected`].
///
/// # Examples
/// ```
/// use kilter_core::method::interval::Confidence;
/// use kilter_core::method::standardised::{
///     indirect, Band, IndirectSettings, MissingFigures, Observed, Reference, StandardError,
/// };
/// let of = |key, x, n| Band { key, events: Some(x), population: Some(n) };
/// let bands = [of("0-64", 400.0, 40_000.0), of("65+", 600.0, 10_000.0)];
/// let reference = Reference::new(&bands, MissingFigures::Refuse)?;
/// let settings = IndirectSettings {
///     ratio_of: 100.0,
///     per: 1000.0,
///     confidence: Confidence::P95,
///     missing: MissingFigures::Refuse,
/// };
/// let band = |key, x, n| Band { key, events: Some(x), population: Some(n) };
/// let area = [band("65+", 30.0, 500.0), band("0-64", 20.0, 1000.0)];
/// let found = indirect(&area, &reference, Observed::OfBands, &settings)?;
/// assert_eq!((found.observed, found.expected), (50.0, 40.0)); // 0.06 * 500 + 0.01 * 1000
/// assert_eq!((found.ratio.value, found.rate.value), (125.0, 25.0));
///
/// let nobody = [band("65+", 3.0, 0.0), band("0-64", 0.0, 0.0)];
/// let refused = indirect(&nobody, &reference, Observed::OfBands, &settings);
/// assert_eq!(refused, Err(StandardError::NothingExpected { observed: 3.0 }));
/// # Ok::<(), StandardError>(())
/// ```
pub fn indirect<K: Ord + Clone + Display>(
    bands: &[Band<K>],
    reference: &Reference<K>,
    observed: Observed,
    settings: &IndirectSettings,
) -> Result<Indirect, StandardError> {
    let (ratio_of, per) = (multiplier(settings.ratio_of)?, multiplier(settings.per)?);
    let mut events = Sum::default();
    if observed == Observed::OfBands {
        for (row, band) in bands.iter().enumerate() {
            events.add(counted(row, "number of events", settings.missing.read(band.events))?);
        }
    }
    let expected = reference.expected(bands, settings.missing)?;
    let observed = match observed {
        Observed::OfBands => held("number of events", events.total())?,
        Observed::Total(found) => interval::counted("total of observed events", found)?,
    };
    if expected <= 0.0 {
        return Err(StandardError::NothingExpected { observed });
    }
    let reference_rate = held("reference rate", reference.rate * per)?;
    // A ratio to expected events is a rate per expected event.
    let ratio = rate(observed, expected, 1.0, settings.confidence)?;
    Ok(Indirect {
        observed,
        expected,
        reference_rate,
        ratio: scaled(ratio, ratio_of)?,
        rate: scaled(ratio, reference_rate)?,
    })
}

/// An estimate in another unit.
fn scaled(estimate: Estimate, by: f64) -> Result<Estimate, MethodError> {
    let Interval { lower, upper } = estimate.limits;
    let limits = Interval { lower: lower * by, upper: held("upper limit", upper * by)? };
    Ok(Estimate { value: estimate.value * by, limits, ..estimate })
}
