//! Direct standardisation: the rates of the area, at the ages of the standard.

use super::{Band, MissingFigures, RepeatBand, Standard, StandardError, dobson};
use crate::method::Sum;
use crate::method::interval::{Confidence, Interval, IntervalMethod, MethodError, poisson};
use crate::method::rates::{RowError, above_zero, counted, held, multiplier, total};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display};

/// Below so many events a directly standardised rate is withheld.
pub(crate) const PUBLISHED_FROM: f64 = 10.0;

/// What becomes of a rate that rests on fewer than ten events in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FewEvents {
    /// It is not given, as English publishers agreed: too few events stand behind too many bands.
    Withhold,
    /// It is given, with limits from the exact limits of the count.
    Give,
}

/// How a directly standardised rate is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DirectSettings {
    /// Per how many people: 100,000 for most published rates.
    pub per: f64,
    /// The level of the limits.
    pub confidence: Confidence,
    /// What events that are not there stand for. A population that is not there is always refused.
    pub missing: MissingFigures,
    /// What becomes of fewer than ten events. 9.99 events, which means of years yield, are fewer.
    pub few: FewEvents,
}

/// How the limits were made: Dobson's method, over limits of the count of all events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DirectMethod {
    /// How the limits of the count were made.
    pub count: IntervalMethod,
    /// Whether each event is of another person; if not, the variance counts people.
    pub independent: bool,
}

impl Display for DirectMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let repeated = if self.independent { "" } else { ", repeated events" };
        f.pad(&format!("Dobson ({}{repeated})", self.count))
    }
}

/// The value of a directly standardised rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DirectEstimate {
    /// The rate.
    pub value: f64,
    /// Its limits; `None` for no events, whose variance nothing is known of.
    pub limits: Option<Interval>,
    /// What one event is worth in the limits, in the unit of the rate: `per` times the root of variance over
    /// events, from which limits of any level follow; `None` for no events.
    pub event: Option<f64>,
}

/// A directly standardised rate, and what it rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Direct {
    /// How many events there were in all.
    pub events: f64,
    /// How many people.
    pub population: f64,
    /// Per how many people the rate is.
    pub per: f64,
    /// The rate; `None` where it is withheld for fewer than ten events.
    pub estimate: Option<DirectEstimate>,
    /// How its limits were made.
    pub method: DirectMethod,
    /// At which level.
    pub confidence: Confidence,
}

/// The directly standardised rate of events that are each of another person.
///
/// With weights `w`, events `x`, people `n` and all events `O = Σx`: the rate is `Σ(w x / n) / Σw`, its
/// variance `V = Σ(w² x / n²) / (Σw)²`, and its limits `rate + sqrt(V / O) (L - O)` with `L` the limits of
/// the count `O` (Dobson, Kuulasmaa, Eberle and Scherer 1991): exact below ten events, else Byar's. All times
/// `per`. A lower limit below zero is zero.
///
/// As `calculate_dsr` of PHEindicatormethods 2.1.0, which withholds below ten events, takes missing events
/// for zero, gives a rate that is not a number where all weights are zero, and lets the weight of a band
/// without a row drop out in silence. Here the first two are settings and the last two are refused.
///
/// # Errors
/// [`StandardError`]: rows and standard not of the same bands, each once; events missing (unless they may be
/// zero) or negative; people missing, zero or negative; figures that are not finite or come to no number.
///
/// # Examples
/// ```
/// use kilter_core::method::interval::Confidence;
/// use kilter_core::method::standardised::{
///     direct, Band, DirectSettings, FewEvents, MissingFigures, Standard,
/// };
/// let standard = Standard::new([("0-64", 805.0), ("65+", 195.0)])?;
/// let band = |key, x, n| Band { key, events: Some(x), population: Some(n) };
/// let settings = DirectSettings {
///     per: 1000.0,
///     confidence: Confidence::P95,
///     missing: MissingFigures::Refuse,
///     few: FewEvents::Withhold,
/// };
/// let rate = direct(&[band("65+", 40.0, 1000.0), band("0-64", 20.0, 10_000.0)], &standard, &settings)?;
/// assert!((rate.estimate.unwrap().value - 9.41).abs() < 1e-12); // 0.195 * 40 + 0.805 * 2
/// let few = direct(&[band("65+", 4.0, 1000.0), band("0-64", 5.0, 10_000.0)], &standard, &settings)?;
/// assert_eq!((few.events, few.estimate), (9.0, None));
/// // A band without a row is no band without events.
/// assert!(direct(&[band("65+", 40.0, 1000.0)], &standard, &settings).is_err());
/// # Ok::<(), kilter_core::method::standardised::StandardError>(())
/// ```
pub fn direct<K: Ord + Display>(
    bands: &[Band<K>],
    standard: &Standard<K>,
    settings: &DirectSettings,
) -> Result<Direct, StandardError> {
    let rows = bands.iter().map(|band| (&band.key, 1.0, band.events, band.population));
    standardise(rows, standard, settings, true)
}

/// The directly standardised rate of events of which one person can have several, such as admissions: one row
/// for every band and number of events each. A band in which nobody had any has one row of no persons.
///
/// The rate is that of [`direct`]; the variance counts people, not events: with `p` people of `f` events
/// each, `V = Σ(f² w² p / n²) / (Σw)²` over all rows, so that limits widen with repetition. Everything else
/// is as there, with `O` the number of events.
///
/// # Errors
/// As [`direct`], with one row for every band and number of events; [`StandardError::OtherPopulation`].
///
/// # Examples
/// ```
/// use kilter_core::method::interval::Confidence;
/// use kilter_core::method::standardised::{
///     direct_repeated, DirectSettings, FewEvents, MissingFigures, RepeatBand, Standard,
/// };
/// let standard = Standard::new([("75+", 1.0)])?;
/// let row = |events_each, persons, population| RepeatBand {
///     key: "75+", events_each, persons: Some(persons), population: Some(population)
/// };
/// let settings = DirectSettings {
///     per: 1000.0,
///     confidence: Confidence::P95,
///     missing: MissingFigures::Refuse,
///     few: FewEvents::Withhold,
/// };
/// let rate = direct_repeated(&[row(1.0, 20.0, 1000.0), row(3.0, 10.0, 1000.0)], &standard, &settings)?;
/// assert_eq!((rate.events, rate.population, rate.estimate.unwrap().value), (50.0, 1000.0, 50.0));
/// assert!(direct_repeated(&[row(1.0, 20.0, 1000.0), row(3.0, 10.0, 999.0)], &standard, &settings).is_err());
/// # Ok::<(), kilter_core::method::standardised::StandardError>(())
/// ```
pub fn direct_repeated<K: Ord + Display>(
    rows: &[RepeatBand<K>],
    standard: &Standard<K>,
    settings: &DirectSettings,
) -> Result<Direct, StandardError> {
    let rows = rows.iter().map(|row| (&row.key, row.events_each, row.persons, row.population));
    standardise(rows, standard, settings, false)
}

/// The rate of rows of a band, events each, persons and population.
fn standardise<'a, K: Ord + Display + 'a>(
    rows: impl Iterator<Item = (&'a K, f64, Option<f64>, Option<f64>)>,
    standard: &Standard<K>,
    settings: &DirectSettings,
    independent: bool,
) -> Result<Direct, StandardError> {
    let per = multiplier(settings.per)?;
    let (mut events, mut rate, mut variance) = (Sum::default(), Sum::default(), Sum::default());
    let mut populations: BTreeMap<&K, f64> = BTreeMap::new();
    // Numbers of events each are above zero, and as such ordered by their bits.
    let mut seen: BTreeSet<(&K, u64)> = BTreeSet::new();
    for (row, (key, each, persons, population)) in rows.enumerate() {
        let weight = standard.weight_of(row, key)? / standard.total();
        let each = above_zero(row, "number of events each", Some(each))?;
        let what = if independent { "number of events" } else { "number of persons" };
        let persons = counted(row, what, settings.missing.read(persons))?;
        let population = above_zero(row, "population", population)?;
        if !seen.insert((key, each.to_bits())) {
            return Err(StandardError::RepeatedRow { row, band: key.to_string() });
        }
        let before = *populations.entry(key).or_insert(population);
        if before != population {
            return Err(StandardError::OtherPopulation {
                row,
                band: key.to_string(),
                found: population,
                before,
            });
        }
        let share = each * (weight / population);
        events.add(each * persons);
        rate.add(share * persons);
        variance.add(share * share * persons);
    }
    if populations.is_empty() {
        return Err(RowError::Empty.into());
    }
    if let Some(band) = standard.weights.keys().find(|key| !populations.contains_key(key)) {
        return Err(StandardError::NoRow { band: band.to_string() });
    }
    let events = held("number of events", events.total())?;
    let (rate, variance) = (held("rate", rate.total() * per)?, held("variance", variance.total())?);
    let population = held("population", total(populations.into_values()))?;
    let count = if events < PUBLISHED_FROM { IntervalMethod::Exact } else { IntervalMethod::Byar };
    let estimate = match settings.few {
        FewEvents::Withhold if events < PUBLISHED_FROM => None,
        _ => {
            let event = (variance / events).sqrt() * per;
            let limits = limits(rate, event, events, settings.confidence)?;
            Some(DirectEstimate { value: rate, limits, event: limits.map(|_| event) })
        }
    };
    Ok(Direct {
        events,
        population,
        per,
        estimate,
        method: DirectMethod { count, independent },
        confidence: settings.confidence,
    })
}

/// The limits of a rate of which one event is worth so much; `None` for no events.
fn limits(
    rate: f64,
    event: f64,
    events: f64,
    confidence: Confidence,
) -> Result<Option<Interval>, MethodError> {
    if events <= 0.0 { Ok(None) } else { dobson_limits(rate, event, events, confidence).map(Some) }
}

/// The limits of a rate of which one event is worth so much, from those of the count of events.
pub(crate) fn dobson_limits(
    rate: f64,
    event: f64,
    events: f64,
    confidence: Confidence,
) -> Result<Interval, MethodError> {
    dobson(rate, event, events, poisson(events, confidence)?)
}
