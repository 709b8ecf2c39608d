//! The methods of [`kilter_methods`], as the functions that `kilter.methods` documents.

mod charts;
mod inequality;
mod rates;
mod small;
mod standardised;

use crate::errors::Failure;
use crate::gateway::calculate;
use crate::table::NativeTable;
use kilter::table::Table;
use kilter_methods::Refusal;
use pyo3::prelude::*;

/// Runs a method, and hands back its table.
fn run(py: Python<'_>, work: impl FnOnce() -> Result<Table, Refusal> + Send) -> PyResult<NativeTable> {
    calculate(py, work)?
        .map(NativeTable::from)
        .map_err(|refusal| Failure::Method(refusal.to_string()).into_python(py))
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    rates::register(module)?;
    standardised::register(module)?;
    inequality::register(module)?;
    charts::register(module)?;
    small::register(module)
}
