//! Directly and indirectly standardised rates, and life expectancy.

use super::run;
use crate::arrow::{Numbers, Texts};
use crate::table::NativeTable;
use kilter_methods::standardised;
use pyo3::prelude::*;

/// A standard population: bands and their weights.
type Weights = (Texts, Numbers);

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
        standardised::direct(
            band.0,
            events.0,
            population.0,
            (standard_.0.0, standard_.1.0),
            per,
            level,
            missing,
            few,
        )
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
        standardised::direct_repeated(
            band.0,
            events_each.0,
            persons.0,
            population.0,
            (standard_.0.0, standard_.1.0),
            per,
            level,
            missing,
            few,
        )
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
        standardised::indirect(
            band.0,
            events.map(|column| column.0),
            population.0,
            (reference.0.0, reference.1.0, reference.2.0),
            observed,
            ratio_of,
            per,
            level,
            missing,
        )
    })
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
        standardised::scottish_rate(
            band.0,
            events.0,
            population.0,
            (standard_.0.0, standard_.1.0),
            standard_total,
            per,
            missing,
        )
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
        standardised::scottish_rolling_rates(
            year.0,
            band.0,
            events.0,
            population.0,
            (standard_.0.0, standard_.1.0),
            standard_total,
            per,
            window,
            missing,
        )
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
    run(py, || standardised::life_expectancy(from_.0, until.0, population.0, deaths.0, level))
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(direct, module)?)?;
    module.add_function(wrap_pyfunction!(direct_repeated, module)?)?;
    module.add_function(wrap_pyfunction!(indirect, module)?)?;
    module.add_function(wrap_pyfunction!(scottish_rate, module)?)?;
    module.add_function(wrap_pyfunction!(scottish_rolling_rates, module)?)?;
    module.add_function(wrap_pyfunction!(life_expectancy, module)?)
}
