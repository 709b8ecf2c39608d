//! The one way from Python to the engine: the work is done on another thread while the interpreter is
//! free, the keyboard is asked every few moments, and a panic becomes an exception.

use crate::errors::{Failure, fault};
use kilter::ingest::IngestError;
use pyo3::prelude::*;
use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SendError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{io, mem, process, thread};

/// How long a key press waits at most.
const STEP: Duration = Duration::from_millis(30);

type Outcome<T> = thread::Result<Result<T, Failure>>;

/// Asks a question. Interrupted, it is abandoned: it changes nothing, and its thread ends by itself.
pub fn ask<T: Send + 'static>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> PyResult<T> {
    let mut receiver = start(py, work)?;
    loop {
        match wait(py, receiver)? {
            Ok(outcome) => return settle(py, outcome),
            Err(still) => {
                py.check_signals()?;
                receiver = still;
            }
        }
    }
}

/// Does work that tells how far it has come and can be asked to stop. Interrupted, it is waited for, since
/// it may have changed something.
pub fn watch<T: Send + 'static>(
    py: Python<'_>,
    told: Option<&Bound<'_, PyAny>>,
    work: impl FnOnce(&mut dyn FnMut(u64, u64) -> bool) -> Result<T, Failure> + Send + 'static,
) -> PyResult<T> {
    let stop = Arc::new(AtomicBool::new(false));
    let come = Arc::new((AtomicU64::new(0), AtomicU64::new(0)));
    let (stopped, so_far) = (Arc::clone(&stop), Arc::clone(&come));
    let mut receiver = start(py, move || {
        work(&mut |read, all| {
            so_far.0.store(read, Ordering::Relaxed);
            so_far.1.store(all, Ordering::Relaxed);
            !stopped.load(Ordering::Relaxed)
        })
    })?;
    let mut interrupted: Option<PyErr> = None;
    loop {
        match wait(py, receiver)? {
            Ok(outcome) => return end(py, outcome, interrupted),
            Err(still) => receiver = still,
        }
        if interrupted.is_none() {
            let (read, all) = (come.0.load(Ordering::Relaxed), come.1.load(Ordering::Relaxed));
            let told = told.map_or(Ok(()), |told| told.call1((read, all)).map(|_| ()));
            if let Err(error) = py.check_signals().and(told) {
                stop.store(true, Ordering::Relaxed);
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

fn start<T: Send + 'static>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> PyResult<Receiver<Outcome<T>>> {
    let (sender, receiver) = channel();
    let job = move |rest: &dyn Fn()| {
        // Nothing that a panic may have left half done is used again: the caller gets an error.
        let outcome = catch_unwind(AssertUnwindSafe(work));
        // Before the caller knows, so that the next question finds this thread.
        rest();
        // Nobody listens any more where the caller was interrupted.
        let _ = sender.send(outcome);
    };
    hand_over(Box::new(job)).map_err(|error| {
        fault(py, &format!("no thread could be started ({error}); close other programs and try again"))
    })?;
    Ok(receiver)
}

/// Work for a thread, which says when the thread may be given more.
type Job = Box<dyn FnOnce(&dyn Fn()) + Send>;

/// Threads that wait for work, in the process that began them: one that is there answers sooner than one that has to
/// be begun, and has memory to use again. A process that was forked has none of them.
struct Waiting {
    process: u32,
    threads: Vec<Sender<Job>>,
}

/// No more threads wait than that, whoever asked at once.
const MOST_WAITING: usize = 4;

static WAITING: Mutex<Waiting> = Mutex::new(Waiting { process: 0, threads: Vec::new() });

fn waiting() -> MutexGuard<'static, Waiting> {
    let mut waiting = WAITING.lock().unwrap_or_else(PoisonError::into_inner);
    if waiting.process != process::id() {
        // Those of the parent are let go of as they are: nobody is there to be told.
        mem::forget(mem::replace(&mut *waiting, Waiting { process: process::id(), threads: Vec::new() }));
    }
    waiting
}

fn hand_over(job: Job) -> io::Result<()> {
    let known = waiting().threads.pop();
    let job = match known {
        Some(thread) => match thread.send(job) {
            Ok(()) => return Ok(()),
            Err(SendError(job)) => job,
        },
        None => job,
    };
    let (myself, jobs) = channel::<Job>();
    let run = move || {
        let rests = Cell::new(false);
        let rest = || {
            let mut waiting = waiting();
            rests.set(waiting.threads.len() < MOST_WAITING);
            if rests.get() {
                waiting.threads.push(myself.clone());
            }
        };
        job(&rest);
        while rests.get() {
            let Ok(job) = jobs.recv() else { return };
            job(&rest);
        }
    };
    thread::Builder::new().name("kilter".into()).spawn(run).map(drop)
}

/// The outcome, or the receiver again where there is none yet.
#[allow(clippy::type_complexity)]
fn wait<T: Send + 'static>(
    py: Python<'_>,
    receiver: Receiver<Outcome<T>>,
) -> PyResult<Result<Outcome<T>, Receiver<Outcome<T>>>> {
    let (found, receiver) = py.detach(move || (receiver.recv_timeout(STEP), receiver));
    match found {
        Ok(outcome) => Ok(Ok(outcome)),
        Err(RecvTimeoutError::Timeout) => Ok(Err(receiver)),
        Err(RecvTimeoutError::Disconnected) => Err(fault(py, "the work ended without an answer")),
    }
}

fn settle<T>(py: Python<'_>, outcome: Outcome<T>) -> PyResult<T> {
    match outcome {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(failure)) => Err(failure.into_python(py)),
        Err(panic) => Err(fault(py, words(panic.as_ref()))),
    }
}

/// What a panic said.
pub fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic without words")
}

/// A short calculation on this thread, with the interpreter free and panics caught.
pub fn calculate<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> PyResult<T> {
    // As above: nothing is used again.
    let outcome = py.detach(|| catch_unwind(AssertUnwindSafe(work)));
    outcome.map_err(|panic| fault(py, words(panic.as_ref())))
}
