//! Directly and indirectly standardised rates, and life expectancy.

use super::{Build, choose, confidence, key, missing_figures, refused, run, same_length, whole};
use crate::arrow::{Numbers, Texts};
use crate::errors::Failure;
use crate::table::NativeTable;
use kilter::method::life_expectancy::{AgeBand, life_expectancy as life_table};
use kilter::method::standardised::{
    self as methods, Band, Direct, DirectSettings, FewEvents, Indirect, IndirectSettings, Observed,
    Reference, RepeatBand, Standard, YearBand,
};
use kilter::table::Table;
use pyo3::prelude::*;

/// A standard population: bands and their weights.
type Weights = (Texts, Numbers);

fn standard((bands, weights): Weights) -> Result<Standard<String>, Failure> {
    same_length(&[("standard bands", bands.0.len()), ("standard weights", weights.0.len())])?;
    let pair = |(row, (band, weight)): (usize, (Option<String>, Option<f64>))| {
        let lacking = || Failure::Method(format!("row {row} of the standard: the weight is missing"));
        Ok((key(row, band)?, weight.ok_or_else(lacking)?))
    };
    let pairs = bands.0.into_iter().zip(weights.0).enumerate().map(pair);
    Standard::new(pairs.collect::<Result<Vec<_>, Failure>>()?).map_err(refused)
}

fn bands(band: Texts, events: Numbers, population: Numbers) -> Result<Vec<Band<String>>, Failure> {
    same_length(&[("band", band.0.len()), ("events", events.0.len()), ("population", population.0.len())])?;
    let of =
        |(row, band)| Ok(Band { key: key(row, band)?, events: events.0[row], population: population.0[row] });
    band.0.into_iter().enumerate().map(of).collect()
}

fn settings(per: f64, level: f64, missing: &str, few: &str) -> Result<DirectSettings, Failure> {
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

#[pyfunction]
#[allow(clippy::too_many_arguments)]
fn direct(
    py: Python<'_>,
    band: Texts,
    events: Numbers,
    population: Numbers,
    standard_: Weights,
    per: f64,
    level: f64,
    missing: &str,
    few: &str,
) -> PyResult<NativeTable> {
    run(py, || {
        let settings = settings(per, level, missing, few)?;
        let bands = bands(band, events, population)?;
        let found = methods::direct(&bands, &standard(standard_)?, &settings).map_err(refused)?;
        Ok(direct_table(&found))
    })
}

#[pyfunction]
#[allow(clippy::too_many_arguments)]
fn direct_repeated(
    py: Python<'_>,
    band: Texts,
    events_each: Numbers,
    persons: Numbers,
    population: Numbers,
    standard_: Weights,
    per: f64,
    level: f64,
    missing: &str,
    few: &str,
) -> PyResult<NativeTable> {
    run(py, || {
        let settings = settings(per, level, missing, few)?;
        same_length(&[
            ("band", band.0.len()),
            ("events_each", events_each.0.len()),
            ("persons", persons.0.len()),
            ("population", population.0.len()),
        ])?;
        let row = |(row, band)| {
            let lacking = || Failure::Method(format!("row {row}: events_each is missing"));
            Ok(RepeatBand {
                key: key(row, band)?,
                events_each: events_each.0[row].ok_or_else(lacking)?,
                persons: persons.0[row],
                population: population.0[row],
            })
        };
        let rows = band.0.into_iter().enumerate().map(row).collect::<Result<Vec<_>, Failure>>()?;
        let found = methods::direct_repeated(&rows, &standard(standard_)?, &settings).map_err(refused)?;
        Ok(direct_table(&found))
    })
}

#[pyfunction]
#[allow(clippy::too_many_arguments)]
fn indirect(
    py: Python<'_>,
    band: Texts,
    events: Option<Numbers>,
    population: Numbers,
    reference: (Texts, Numbers, Numbers),
    observed: Option<f64>,
    ratio_of: f64,
    per: f64,
    level: f64,
    missing: &str,
) -> PyResult<NativeTable> {
    run(py, || {
        let missing = missing_figures(missing)?;
        let settings = IndirectSettings { ratio_of, per, confidence: confidence(level)?, missing };
        let (observed, events) = match (observed, events) {
            (Some(total), None) => (Observed::Total(total), Numbers(vec![None; population.0.len()])),
            (None, Some(events)) => (Observed::OfBands, events),
            _ => {
                let what = "give the observed events either by band (events) or as a total (observed)";
                return Err(Failure::Method(what.into()));
            }
        };
        let bands = bands(band, events, population)?;
        let (keys, events, people) = reference;
        let reference = self::bands(keys, events, people)?;
        let reference = Reference::new(&reference, missing).map_err(refused)?;
        Ok(indirect_table(&methods::indirect(&bands, &reference, observed, &settings).map_err(refused)?))
    })
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

#[pyfunction]
#[allow(clippy::too_many_arguments)]
fn scottish_rate(
    py: Python<'_>,
    band: Texts,
    events: Numbers,
    population: Numbers,
    standard_: Weights,
    standard_total: f64,
    per: f64,
    missing: &str,
) -> PyResult<NativeTable> {
    run(py, || {
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
    })
}

#[pyfunction]
#[allow(clippy::too_many_arguments)]
fn scottish_rolling_rates(
    py: Python<'_>,
    year: Numbers,
    band: Texts,
    events: Numbers,
    population: Numbers,
    standard_: Weights,
    standard_total: f64,
    per: f64,
    window: u32,
    missing: &str,
) -> PyResult<NativeTable> {
    run(py, || {
        same_length(&[("year", year.0.len()), ("band", band.0.len())])?;
        let bands = bands(band, events, population)?.into_iter().enumerate();
        let rows = bands.map(|(row, band)| Ok(YearBand { year: whole("year", row, year.0[row])?, band }));
        let rows = rows.collect::<Result<Vec<_>, Failure>>()?;
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
    })
}

#[pyfunction]
fn life_expectancy(
    py: Python<'_>,
    from_: Numbers,
    until: Numbers,
    population: Numbers,
    deaths: Numbers,
    level: f64,
) -> PyResult<NativeTable> {
    run(py, || {
        same_length(&[
            ("from", from_.0.len()),
            ("until", until.0.len()),
            ("population", population.0.len()),
            ("deaths", deaths.0.len()),
        ])?;
        let band = |row: usize| {
            let until = until.0[row].map(|_| whole("age", row, until.0[row])).transpose()?;
            let (population, deaths) = (population.0[row], deaths.0[row]);
            Ok(AgeBand { from: whole("age", row, from_.0[row])?, until, population, deaths })
        };
        let bands = (0..from_.0.len()).map(band).collect::<Result<Vec<_>, Failure>>()?;
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
    })
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(direct, module)?)?;
    module.add_function(wrap_pyfunction!(direct_repeated, module)?)?;
    module.add_function(wrap_pyfunction!(indirect, module)?)?;
    module.add_function(wrap_pyfunction!(scottish_rate, module)?)?;
    module.add_function(wrap_pyfunction!(scottish_rolling_rates, module)?)?;
    module.add_function(wrap_pyfunction!(life_expectancy, module)?)
}
