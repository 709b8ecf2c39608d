//! The one way from Python to the engine: the work is done on another thread while the interpreter is
//! free, the keyboard is asked every few moments, and a panic becomes an exception.

use crate::errors::{Failure, fault};
use kilter::aside::{Aside, Progress, words};
use kilter::ingest::IngestError;
use pyo3::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

/// How long a key press waits at most.
const STEP: Duration = Duration::from_millis(30);

type Outcome<T> = thread::Result<Result<T, Failure>>;

/// Asks a question. Interrupted, it is abandoned: it changes nothing, and its thread goes on to its end.
pub fn ask<T: Send + 'static>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> PyResult<T> {
    let mut work = begin(py, |_| work())?;
    loop {
        match py.detach(move || work.wait(STEP)) {
            Ok(outcome) => return settle(py, outcome),
            Err(still) => {
                py.check_signals()?;
                work = still;
            }
        }
    }
}

/// Does work that tells how far it has come and can be asked to stop. Interrupted, it is waited for, since
/// it may have changed something.
pub fn watch<T: Send + 'static>(
    py: Python<'_>,
    told: Option<&Bound<'_, PyAny>>,
    work: impl FnOnce(&mut Progress<'_>) -> Result<T, Failure> + Send + 'static,
) -> PyResult<T> {
    let mut work = begin(py, work)?;
    let mut interrupted: Option<PyErr> = None;
    loop {
        match py.detach(move || work.wait(STEP)) {
            Ok(outcome) => return end(py, outcome, interrupted),
            Err(still) => work = still,
        }
        if interrupted.is_none() {
            let told = told.map_or(Ok(()), |told| told.call1(work.progress()).map(|_| ()));
            if let Err(error) = py.check_signals().and(told) {
                work.stop();
                interrupted = Some(error);
            }
        }
    }
}

fn end<T>(py: Python<'_>, outcome: Outcome<T>, interrupted: Option<PyErr>) -> PyResult<T> {
    let Some(interrupt) = interrupted else { return settle(py, outcome) };
    match outcome {
        Ok(Err(Failure::Ingest(IngestError::Interrupted))) => Err(interrupt),
        Ok(Ok(_)) => {
            interrupt.add_note(py, "the interrupt came too late: the release was kept")?;
            Err(interrupt)
        }
        other => settle(py, other).and(Err(interrupt)),
    }
}

fn begin<T: Send + 'static>(
    py: Python<'_>,
    work: impl FnOnce(&mut Progress<'_>) -> Result<T, Failure> + Send + 'static,
) -> PyResult<Aside<Result<T, Failure>>> {
    Aside::begin(work).map_err(|error| {
        fault(py, &format!("no thread could be started ({error}); close other programs and try again"))
    })
}

fn settle<T>(py: Python<'_>, outcome: Outcome<T>) -> PyResult<T> {
    match outcome {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(failure)) => Err(failure.into_python(py)),
        Err(panic) => Err(fault(py, words(panic.as_ref()))),
    }
}

/// A short calculation on this thread, with the interpreter free and panics caught.
pub fn calculate<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> PyResult<T> {
    // As above: nothing is used again.
    let outcome = py.detach(|| catch_unwind(AssertUnwindSafe(work)));
    outcome.map_err(|panic| fault(py, words(panic.as_ref())))
}
