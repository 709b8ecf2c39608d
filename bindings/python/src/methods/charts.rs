//! Control charts, run charts, sustained shifts.

use super::run;
use crate::arrow::Numbers;
use crate::table::NativeTable;
use kilter_methods::charts;
use pyo3::prelude::*;

/// Where parts begin, how many places fix them, and which places are left out.
type Parts = (Vec<usize>, Option<usize>, Vec<usize>);

#[pyfunction]
fn xmr(
    py: Python<'_>,
    values: Numbers,
    improvement: &str,
    rules: &str,
    screening: &str,
    parts: Parts,
    target: Option<f64>,
) -> PyResult<NativeTable> {
    run(py, || charts::xmr(values.0, improvement, rules, screening, parts, target))
}

#[pyfunction]
fn run_chart(
    py: Python<'_>,
    values: Numbers,
    rules: &str,
    centre: Option<f64>,
    parts: Parts,
) -> PyResult<NativeTable> {
    run(py, || charts::run_chart(values.0, rules, centre, parts))
}

#[pyfunction]
fn shewhart_values(
    py: Python<'_>,
    values: Numbers,
    chart: &str,
    screening: &str,
    rules: &str,
    parts: Parts,
) -> PyResult<NativeTable> {
    run(py, || charts::shewhart_values(values.0, chart, screening, rules, parts))
}

#[pyfunction]
#[allow(clippy::too_many_arguments)]
fn shewhart_ratios(
    py: Python<'_>,
    numerators: Numbers,
    denominators: Numbers,
    chart: &str,
    per: f64,
    screening: &str,
    rules: &str,
    parts: Parts,
) -> PyResult<NativeTable> {
    run(py, || charts::shewhart_ratios(numerators.0, denominators.0, chart, per, screening, rules, parts))
}

#[pyfunction]
fn runs(py: Python<'_>, values: Numbers, centre: f64, rules: &str) -> PyResult<NativeTable> {
    run(py, || charts::runs(values.0, centre, rules))
}

#[pyfunction]
#[pyo3(signature = (values, baseline, run_, watch))]
fn sustained(
    py: Python<'_>,
    values: Numbers,
    baseline: usize,
    run_: usize,
    watch: &str,
) -> PyResult<NativeTable> {
    run(py, || charts::sustained(values.0, baseline, run_, watch))
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(xmr, module)?)?;
    module.add_function(wrap_pyfunction!(run_chart, module)?)?;
    module.add_function(wrap_pyfunction!(shewhart_values, module)?)?;
    module.add_function(wrap_pyfunction!(shewhart_ratios, module)?)?;
    module.add_function(wrap_pyfunction!(runs, module)?)?;
    module.add_function(wrap_pyfunction!(sustained, module)?)
}
