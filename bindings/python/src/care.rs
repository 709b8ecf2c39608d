//! The care of stores that nobody has open: verifying, checking a backup, repairing, migrating; and the
//! demonstration.

use crate::errors::Failure;
use crate::gateway::ask;
use kilter::engine;
use pyo3::prelude::*;
use pyo3::types::PyString;
use std::path::PathBuf;
use std::time::Duration;

/// Seconds to wait for another writer.
pub fn wait(seconds: f64) -> Result<Duration, Failure> {
    Duration::try_from_secs_f64(seconds).map_err(|_| {
        Failure::Argument(format!("wait={seconds} is no time to wait; expected seconds, such as 30"))
    })
}

/// Whether a store is sound, what was read in words, and the damage.
pub fn verification(found: &engine::Verification) -> (bool, String, Vec<String>) {
    (found.is_sound(), found.to_string(), found.damage.iter().map(ToString::to_string).collect())
}

/// Verifies a store that may be too damaged to be opened.
#[pyfunction]
fn verify(py: Python<'_>, path: PathBuf) -> PyResult<(bool, String, Vec<String>)> {
    ask(py, move || Ok(verification(&engine::verify(&path)?)))
}

/// Reads a backup to its end, and says what it holds.
#[pyfunction]
fn check_backup(py: Python<'_>, backup: PathBuf) -> PyResult<String> {
    ask(py, move || Ok(engine::check_backup(&backup)?.to_string()))
}

/// Restores what is damaged: whether the store is sound now, what was done, and the damage that is left.
#[pyfunction]
fn repair(
    py: Python<'_>,
    path: PathBuf,
    backup: PathBuf,
    wait: f64,
) -> PyResult<(bool, String, Vec<String>)> {
    ask(py, move || {
        let done = engine::repair(&path, &backup, self::wait(wait)?)?;
        let (is_sound, _, damage) = verification(&done.verification);
        Ok((is_sound, done.to_string(), damage))
    })
}

/// The formats before and after.
#[pyfunction]
fn migrate(py: Python<'_>, path: PathBuf, backup: PathBuf, wait: f64) -> PyResult<(u32, u32)> {
    ask(py, move || Ok(engine::migrate(&path, &backup, self::wait(wait)?)?))
}

/// Makes the invented partnership in a folder: the store, the files, and the code of its area.
#[pyfunction]
fn demo(py: Python<'_>, folder: PathBuf) -> PyResult<(PathBuf, PathBuf, &'static str)> {
    ask(py, move || {
        let made = kilter::demonstration::run(&folder, |_| ())?;
        Ok((made.store, made.files, made.area))
    })
}

/// Fails as the engine does when it is at fault, so that the tests can see what a user sees.
#[pyfunction]
fn provoke_a_panic(py: Python<'_>, what: &Bound<'_, PyString>) -> PyResult<()> {
    let what = what.to_string();
    ask(py, move || -> Result<(), Failure> { panic!("{what}") })
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(verify, module)?)?;
    module.add_function(wrap_pyfunction!(check_backup, module)?)?;
    module.add_function(wrap_pyfunction!(repair, module)?)?;
    module.add_function(wrap_pyfunction!(migrate, module)?)?;
    module.add_function(wrap_pyfunction!(demo, module)?)?;
    module.add_function(wrap_pyfunction!(provoke_a_panic, module)?)
}
