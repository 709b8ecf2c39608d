//! Small numbers, ages.

use super::run;
use crate::arrow::{Days, Numbers};
use crate::table::NativeTable;
use kilter_methods::small;
use pyo3::prelude::*;

#[pyfunction]
fn primary(py: Python<'_>, counts: Numbers, threshold: u64, zeros: &str) -> PyResult<NativeTable> {
    run(py, || small::primary(counts.0, threshold, zeros))
}

#[pyfunction]
fn row_wise(py: Python<'_>, counts: Numbers, threshold: u64, zeros: &str) -> PyResult<NativeTable> {
    run(py, || small::row_wise(counts.0, threshold, zeros))
}

#[pyfunction]
fn protect(
    py: Python<'_>,
    counts: Numbers,
    categories: Vec<usize>,
    threshold: u64,
    zeros: &str,
    span: u64,
) -> PyResult<NativeTable> {
    run(py, || small::protect(counts.0, categories, threshold, zeros, span))
}

#[pyfunction]
fn to_base(py: Python<'_>, counts: Numbers, base: u64) -> PyResult<NativeTable> {
    run(py, || small::to_base(counts.0, base))
}

#[pyfunction]
fn completed_years(py: Python<'_>, born: Days, on: Days) -> PyResult<NativeTable> {
    run(py, || small::completed_years(born.0, on.0))
}

#[pyfunction]
fn completed_months(py: Python<'_>, born: Days, on: Days) -> PyResult<NativeTable> {
    run(py, || small::completed_months(born.0, on.0))
}

#[pyfunction]
#[pyo3(signature = (age, from_, to, by))]
fn age_groups(py: Python<'_>, age: Numbers, from_: u32, to: u32, by: u32) -> PyResult<NativeTable> {
    run(py, || small::age_groups(age.0, from_, to, by))
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(primary, module)?)?;
    module.add_function(wrap_pyfunction!(row_wise, module)?)?;
    module.add_function(wrap_pyfunction!(protect, module)?)?;
    module.add_function(wrap_pyfunction!(to_base, module)?)?;
    module.add_function(wrap_pyfunction!(completed_years, module)?)?;
    module.add_function(wrap_pyfunction!(completed_months, module)?)?;
    module.add_function(wrap_pyfunction!(age_groups, module)?)
}
