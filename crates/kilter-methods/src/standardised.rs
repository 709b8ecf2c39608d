//! Directly and indirectly standardised rates, and life expectancy.

use super::{Build, Refusal, choose, confidence, key, missing_figures, refused, same_length, whole};
use super::{Numbers, Texts};
use kilter::method::life_expectancy::{AgeBand, life_expectancy as life_table};
use kilter::method::standardised::{
    self as methods, Band, Direct, DirectSettings, FewEvents, Indirect, IndirectSettings, Observed,
    Reference, RepeatBand, Standard, YearBand,
};
use kilter::table::Table;

/// A standard population: bands and their weights.
type Weights = (Texts, Numbers);

fn standard((bands, weights): Weights) -> Result<Standard<String>, Refusal> {
    same_length(&[("standard bands", bands.len()), ("standard weights", weights.len())])?;
    let pair = |(row, (band, weight)): (usize, (Option<String>, Option<f64>))| {
        let lacking = || Refusal(format!("row {row} of the standard: the weight is missing"));
        Ok((key(row, band)?, weight.ok_or_else(lacking)?))
    };
    let pairs = bands.into_iter().zip(weights).enumerate().map(pair);
    Standard::new(pairs.collect::<Result<Vec<_>, Refusal>>()?).map_err(refused)
}

fn bands(band: Texts, events: Numbers, population: Numbers) -> Result<Vec<Band<String>>, Refusal> {
    same_length(&[("band", band.len()), ("events", events.len()), ("population", population.len())])?;
    let of =
        |(row, band)| Ok(Band { key: key(row, band)?, events: events[row], population: population[row] });
    band.into_iter().enumerate().map(of).collect()
}

fn settings(per: f64, level: f64, missing: &str, few: &str) -> Result<DirectSettings, Refusal> {
    let ways = [("withhold", FewEvents::Withhold), ("give", FewEvents::Give)];
    let few = choose("few", few, &ways)?;
    Ok(DirectSettings { per, confidence: confidence(level)?, missing: missing_figures(missing)?, few })
}

fn direct_table(found: &Direct) -> Table {
    let estimate = found.estimate;
    let withheld = estimate.is_none().then_some("withheld: fewer than ten events");
    Build::default()
        .number("value", [estimate.map(|of| of.value)])
        .limits([estimate.and_then(|of| of.limits)].into_iter())
        .number("events", [Some(found.events)])
        .number("population", [Some(found.population)])
        .text("method", [Some(&found.method)])
        .text("reason", [withheld])
        .table()
}

/// A directly standardised rate with Dobson's limits.
///
/// Gives: one row: `value, lower, upper` per `per`, `events, population, method`, and `reason` where it is
/// withheld.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
#[allow(clippy::too_many_arguments)]
pub fn direct(
    band: Texts,
    events: Numbers,
    population: Numbers,
    standard_: Weights,
    per: f64,
    level: f64,
    missing: &str,
    few: &str,
) -> Result<Table, Refusal> {
    let settings = settings(per, level, missing, few)?;
    let bands = bands(band, events, population)?;
    let found = methods::direct(&bands, &standard(standard_)?, &settings).map_err(refused)?;
    Ok(direct_table(&found))
}

/// A directly standardised rate of events of which one person may have several, such as admissions.
///
/// Gives: as `direct`.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
#[allow(clippy::too_many_arguments)]
pub fn direct_repeated(
    band: Texts,
    events_each: Numbers,
    persons: Numbers,
    population: Numbers,
    standard_: Weights,
    per: f64,
    level: f64,
    missing: &str,
    few: &str,
) -> Result<Table, Refusal> {
    let settings = settings(per, level, missing, few)?;
    same_length(&[
        ("band", band.len()),
        ("events_each", events_each.len()),
        ("persons", persons.len()),
        ("population", population.len()),
    ])?;
    let row = |(row, band)| {
        let lacking = || Refusal(format!("row {row}: events_each is missing"));
        Ok(RepeatBand {
            key: key(row, band)?,
            events_each: events_each[row].ok_or_else(lacking)?,
            persons: persons[row],
            population: population[row],
        })
    };
    let rows = band.into_iter().enumerate().map(row).collect::<Result<Vec<_>, Refusal>>()?;
    let found = methods::direct_repeated(&rows, &standard(standard_)?, &settings).map_err(refused)?;
    Ok(direct_table(&found))
}

/// An indirectly standardised ratio and rate.
///
/// Gives: two rows, `statistic` "ratio" (of `ratio_of`) and "rate" (per `per`): `value, lower, upper,
/// observed, expected, reference_rate, method`.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
#[allow(clippy::too_many_arguments)]
pub fn indirect(
    band: Texts,
    events: Option<Numbers>,
    population: Numbers,
    reference: (Texts, Numbers, Numbers),
    observed: Option<f64>,
    ratio_of: f64,
    per: f64,
    level: f64,
    missing: &str,
) -> Result<Table, Refusal> {
    let missing = missing_figures(missing)?;
    let settings = IndirectSettings { ratio_of, per, confidence: confidence(level)?, missing };
    let (observed, events) = match (observed, events) {
        (Some(total), None) => (Observed::Total(total), vec![None; population.len()]),
        (None, Some(events)) => (Observed::OfBands, events),
        _ => {
            let what = "give the observed events either by band (events) or as a total (observed)";
            return Err(Refusal(what.into()));
        }
    };
    let bands = bands(band, events, population)?;
    let (keys, events, people) = reference;
    let reference = self::bands(keys, events, people)?;
    let reference = Reference::new(&reference, missing).map_err(refused)?;
    Ok(indirect_table(&methods::indirect(&bands, &reference, observed, &settings).map_err(refused)?))
}

fn indirect_table(found: &Indirect) -> Table {
    let both = [("ratio", found.ratio), ("rate", found.rate)];
    Build::default()
        .text("statistic", both.map(|(name, _)| Some(name)))
        .number("value", both.map(|(_, of)| Some(of.value)))
        .limits(both.map(|(_, of)| Some(of.limits)).into_iter())
        .number("observed", [Some(found.observed); 2])
        .number("expected", [Some(found.expected); 2])
        .number("reference_rate", [Some(found.reference_rate); 2])
        .text("method", both.map(|(_, of)| Some(of.method)))
        .table()
}

/// A directly standardised rate as ScotPHO has it (EASR): 1.96, and Byar's limits however few the events.
///
/// Gives: one row: `value, lower, upper, events, population, method`.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
#[allow(clippy::too_many_arguments)]
pub fn scottish_rate(
    band: Texts,
    events: Numbers,
    population: Numbers,
    standard_: Weights,
    standard_total: f64,
    per: f64,
    missing: &str,
) -> Result<Table, Refusal> {
    let (bands, missing) = (bands(band, events, population)?, missing_figures(missing)?);
    let found = methods::scottish_rate(&bands, &standard(standard_)?, standard_total, per, missing);
    let found = found.map_err(refused)?;
    Ok(Build::default()
        .number("value", [Some(found.value)])
        .limits([Some(found.limits)].into_iter())
        .number("events", [Some(found.events)])
        .number("population", [Some(found.population)])
        .text("method", [Some(found.method)])
        .table())
}

/// `scottish_rate` of the means over windows of calendar years, each named by its last year.
///
/// Gives: a row to each window: `last, value, lower, upper, events, population, method`.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
#[allow(clippy::too_many_arguments)]
pub fn scottish_rolling_rates(
    year: Numbers,
    band: Texts,
    events: Numbers,
    population: Numbers,
    standard_: Weights,
    standard_total: f64,
    per: f64,
    window: u32,
    missing: &str,
) -> Result<Table, Refusal> {
    same_length(&[("year", year.len()), ("band", band.len())])?;
    let bands = bands(band, events, population)?.into_iter().enumerate();
    let rows = bands.map(|(row, band)| Ok(YearBand { year: whole("year", row, year[row])?, band }));
    let rows = rows.collect::<Result<Vec<_>, Refusal>>()?;
    let (standard, missing) = (standard(standard_)?, missing_figures(missing)?);
    let found = methods::scottish_rolling_rates(&rows, &standard, standard_total, per, window, missing);
    let rows: Vec<_> = found.map_err(refused)?.into_iter().collect();
    Ok(Build::default()
        .whole("last", rows.iter().map(|(last, _)| Some(i64::from(*last))))
        .number("value", rows.iter().map(|(_, of)| Some(of.value)))
        .limits(rows.iter().map(|(_, of)| Some(of.limits)))
        .number("events", rows.iter().map(|(_, of)| Some(of.events)))
        .number("population", rows.iter().map(|(_, of)| Some(of.population)))
        .text("method", rows.iter().map(|(_, of)| Some(of.method)))
        .table())
}

/// Life expectancy at the beginning of each age band.
///
/// Gives: `from, value, lower, upper` in years, `population, deaths, method, reason`.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
pub fn life_expectancy(
    from: Numbers,
    until: Numbers,
    population: Numbers,
    deaths: Numbers,
    level: f64,
) -> Result<Table, Refusal> {
    same_length(&[
        ("from", from.len()),
        ("until", until.len()),
        ("population", population.len()),
        ("deaths", deaths.len()),
    ])?;
    let band = |row: usize| {
        let until = until[row].map(|_| whole("age", row, until[row])).transpose()?;
        let (population, deaths) = (population[row], deaths[row]);
        Ok(AgeBand { from: whole("age", row, from[row])?, until, population, deaths })
    };
    let bands = (0..from.len()).map(band).collect::<Result<Vec<_>, Refusal>>()?;
    let rows = life_table(&bands, confidence(level)?).map_err(refused)?;
    let found = || rows.iter().map(|row| row.estimate.as_ref().ok());
    Ok(Build::default()
        .whole("from", rows.iter().map(|row| Some(i64::from(row.from))))
        .number("value", found().map(|of| Some(of?.value)))
        .limits(found().map(|of| Some(of?.limits)))
        .number("population", rows.iter().map(|row| Some(row.population)))
        .number("deaths", rows.iter().map(|row| Some(row.deaths)))
        .text("method", rows.iter().map(|row| Some(row.method)))
        .text("reason", rows.iter().map(|row| row.estimate.as_ref().err()))
        .table())
}
