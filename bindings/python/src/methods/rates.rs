//! Rates, proportions, means, rolling windows, quantiles, five-point trends.

use super::run;
use crate::arrow::{Numbers, Texts};
use crate::table::NativeTable;
use kilter_methods::rates;
use pyo3::prelude::*;

#[pyfunction]
fn crude_rate(
    py: Python<'_>,
    numerator: Numbers,
    denominator: Numbers,
    per: f64,
    level: f64,
) -> PyResult<NativeTable> {
    run(py, || rates::crude_rate(numerator.0, denominator.0, per, level))
}

#[pyfunction]
fn proportion(
    py: Python<'_>,
    numerator: Numbers,
    denominator: Numbers,
    per: f64,
    level: f64,
) -> PyResult<NativeTable> {
    run(py, || rates::proportion(numerator.0, denominator.0, per, level))
}

#[pyfunction]
fn poisson(py: Python<'_>, count: Numbers, level: f64) -> PyResult<NativeTable> {
    run(py, || rates::poisson(count.0, level))
}

#[pyfunction]
fn by_error(
    py: Python<'_>,
    value: Numbers,
    error: Numbers,
    freedom: Option<Numbers>,
    level: f64,
) -> PyResult<NativeTable> {
    run(py, || rates::by_error(value.0, error.0, freedom.map(|column| column.0), level))
}

#[pyfunction]
fn byar(py: Python<'_>, count: Numbers, level: f64) -> PyResult<NativeTable> {
    run(py, || rates::byar(count.0, level))
}

#[pyfunction]
fn wilson(py: Python<'_>, numerator: Numbers, denominator: Numbers, level: f64) -> PyResult<NativeTable> {
    run(py, || rates::wilson(numerator.0, denominator.0, level))
}

#[pyfunction]
fn half_up(py: Python<'_>, values: Numbers, decimals: u32) -> PyResult<NativeTable> {
    run(py, || rates::half_up(values.0, decimals))
}

#[pyfunction]
fn pooled(
    py: Python<'_>,
    numerator: Numbers,
    denominator: Numbers,
    statistic_: &str,
    by: Option<Texts>,
    per: f64,
    level: f64,
) -> PyResult<NativeTable> {
    run(py, || rates::pooled(numerator.0, denominator.0, statistic_, by.map(|column| column.0), per, level))
}

#[pyfunction]
fn mean(py: Python<'_>, values: Numbers, level: f64) -> PyResult<NativeTable> {
    run(py, || rates::mean(values.0, level))
}

#[pyfunction]
#[allow(clippy::too_many_arguments)]
fn rolling_rates(
    py: Python<'_>,
    year: Numbers,
    numerator: Numbers,
    denominator: Numbers,
    window: u32,
    statistic_: &str,
    per: f64,
    limits_of: &str,
    level: f64,
    missing: &str,
) -> PyResult<NativeTable> {
    run(py, || {
        rates::rolling_rates(
            year.0,
            numerator.0,
            denominator.0,
            window,
            statistic_,
            per,
            limits_of,
            level,
            missing,
        )
    })
}

#[pyfunction]
#[allow(clippy::too_many_arguments)]
fn scottish_rolling(
    py: Python<'_>,
    year: Numbers,
    numerator: Numbers,
    denominator: Numbers,
    sampled_from: Option<Numbers>,
    measure: &str,
    per: f64,
    window: u32,
    missing: &str,
) -> PyResult<NativeTable> {
    run(py, || {
        rates::scottish_rolling(
            year.0,
            numerator.0,
            denominator.0,
            sampled_from.map(|column| column.0),
            measure,
            per,
            window,
            missing,
        )
    })
}

#[pyfunction]
fn quantiles(py: Python<'_>, values: Numbers, groups: u32, first: &str) -> PyResult<NativeTable> {
    run(py, || rates::quantiles(values.0, groups, first))
}

#[pyfunction]
fn five_rates(py: Python<'_>, value: Numbers, lower: Numbers, upper: Numbers) -> PyResult<NativeTable> {
    run(py, || rates::five_rates(value.0, lower.0, upper.0))
}

#[pyfunction]
fn five_proportions(py: Python<'_>, numerator: Numbers, denominator: Numbers) -> PyResult<NativeTable> {
    run(py, || rates::five_proportions(numerator.0, denominator.0))
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(crude_rate, module)?)?;
    module.add_function(wrap_pyfunction!(proportion, module)?)?;
    module.add_function(wrap_pyfunction!(poisson, module)?)?;
    module.add_function(wrap_pyfunction!(byar, module)?)?;
    module.add_function(wrap_pyfunction!(by_error, module)?)?;
    module.add_function(wrap_pyfunction!(wilson, module)?)?;
    module.add_function(wrap_pyfunction!(half_up, module)?)?;
    module.add_function(wrap_pyfunction!(pooled, module)?)?;
    module.add_function(wrap_pyfunction!(mean, module)?)?;
    module.add_function(wrap_pyfunction!(rolling_rates, module)?)?;
    module.add_function(wrap_pyfunction!(scottish_rolling, module)?)?;
    module.add_function(wrap_pyfunction!(quantiles, module)?)?;
    module.add_function(wrap_pyfunction!(five_rates, module)?)?;
    module.add_function(wrap_pyfunction!(five_proportions, module)?)
}
