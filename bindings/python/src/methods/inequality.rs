//! Inequality by deprivation, and funnels.

use super::run;
use crate::arrow::Numbers;
use crate::table::NativeTable;
use kilter_methods::inequality;
use pyo3::prelude::*;

#[pyfunction]
#[allow(clippy::too_many_arguments)]
fn simd(
    py: Python<'_>,
    group: Numbers,
    rate: Numbers,
    population: Numbers,
    deprivation: &str,
    rate_of_all: f64,
    missing: &str,
    level: f64,
) -> PyResult<NativeTable> {
    run(py, || inequality::simd(group.0, rate.0, population.0, deprivation, rate_of_all, missing, level))
}

#[pyfunction]
#[allow(clippy::too_many_arguments)]
fn slope_index(
    py: Python<'_>,
    group: Numbers,
    value: Numbers,
    population: Numbers,
    standard_error: Option<Numbers>,
    limits: Option<(Numbers, Numbers)>,
    values: &str,
    fit: &str,
    towards: &str,
    per: f64,
    level: f64,
) -> PyResult<NativeTable> {
    run(py, || {
        inequality::slope_index(
            group.0,
            value.0,
            population.0,
            standard_error.map(|column| column.0),
            limits.map(|(lower, upper)| (lower.0, upper.0)),
            values,
            fit,
            towards,
            per,
            level,
        )
    })
}

#[pyfunction]
fn funnel_proportions(
    py: Python<'_>,
    numerator: Numbers,
    denominator: Numbers,
    per: f64,
    curve: bool,
) -> PyResult<NativeTable> {
    run(py, || inequality::funnel_proportions(numerator.0, denominator.0, per, curve))
}

#[pyfunction]
fn funnel_ratios(
    py: Python<'_>,
    observed: Numbers,
    expected: Numbers,
    form: &str,
    curve: bool,
) -> PyResult<NativeTable> {
    run(py, || inequality::funnel_ratios(observed.0, expected.0, form, curve))
}

#[pyfunction]
#[allow(clippy::too_many_arguments)]
fn funnel_rates(
    py: Python<'_>,
    events: Numbers,
    population: Option<Numbers>,
    rate: Option<Numbers>,
    kind: &str,
    per: f64,
    years: f64,
    curve: bool,
) -> PyResult<NativeTable> {
    run(py, || {
        inequality::funnel_rates(
            events.0,
            population.map(|column| column.0),
            rate.map(|column| column.0),
            kind,
            per,
            years,
            curve,
        )
    })
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(simd, module)?)?;
    module.add_function(wrap_pyfunction!(slope_index, module)?)?;
    module.add_function(wrap_pyfunction!(funnel_proportions, module)?)?;
    module.add_function(wrap_pyfunction!(funnel_ratios, module)?)?;
    module.add_function(wrap_pyfunction!(funnel_rates, module)?)
}
