//! The one way from R to the engine: the work is done on a thread of its own, R is asked every few moments
//! whether the user wants to stop, and a panic becomes a refusal. What crosses to the other thread is owned
//! by Rust: nothing of R is touched there.
//!
//! The thread waits for the next question with the memory of the last one: to start one for each costs as much as
//! to answer a question about a thousand areas.

use crate::failure::Failure;
use crate::guard::words;
use crate::interrupt;
use crate::worker::Worker;
use extendr_api::{Function, Pairlist, Robj};
use kilter::ingest::IngestError;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// How long an interrupt waits at most.
const STEP: Duration = Duration::from_millis(30);

type Outcome<T> = thread::Result<Result<T, Failure>>;

/// Asks a question. Interrupted, it is abandoned: it changes nothing, and its thread ends by itself.
pub fn ask<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let begun = start(work)?;
    loop {
        if let Some(outcome) = wait(&begun)? {
            begun.worker.rest();
            return settle(outcome);
        }
        if interrupt::pressed() {
            return Err(Failure::Interrupted);
        }
    }
}

/// Does work that tells how far it has come and can be asked to stop. Interrupted, it is waited for, since
/// it may have changed something.
pub fn watch<T: Send + 'static>(
    told: Option<&Function>,
    work: impl FnOnce(&mut dyn FnMut(u64, u64) -> bool) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    let come = Arc::new((AtomicU64::new(0), AtomicU64::new(0)));
    let (stopped, so_far) = (Arc::clone(&stop), Arc::clone(&come));
    let begun = start(move || {
        work(&mut |read, all| {
            so_far.0.store(read, Ordering::Relaxed);
            so_far.1.store(all, Ordering::Relaxed);
            !stopped.load(Ordering::Relaxed)
        })
    })?;
    let mut ended: Option<Failure> = None;
    loop {
        if let Some(outcome) = wait(&begun)? {
            begun.worker.rest();
            return match ended {
                None => settle(outcome),
                Some(ended) => stopped_by(ended, settle(outcome)),
            };
        }
        if ended.is_none() {
            ended = interrupt::pressed().then_some(Failure::Interrupted);
            if let (None, Some(told)) = (&ended, told) {
                let (read, all) = (come.0.load(Ordering::Relaxed), come.1.load(Ordering::Relaxed));
                ended = tell(told, read, all);
            }
            stop.store(ended.is_some(), Ordering::Relaxed);
        }
    }
}

fn tell(told: &Function, read: u64, all: u64) -> Option<Failure> {
    // A float has every number of bytes or rows that there will be.
    let cells = [("", Robj::from(read as f64)), ("", Robj::from(all as f64))];
    let refused = told.call(Pairlist::from_pairs(cells)).err()?;
    Some(Failure::Argument(format!("the function that is told the progress failed: {refused}")))
}

/// What is told where the work was asked to stop.
fn stopped_by<T>(ended: Failure, outcome: Result<T, Failure>) -> Result<T, Failure> {
    match outcome {
        Err(Failure::Ingest(IngestError::Interrupted)) | Ok(_) => Err(ended),
        Err(other) => Err(other),
    }
}

/// Work under way: where its outcome arrives, and the thread that does it.
struct Begun<T> {
    outcome: Receiver<Outcome<T>>,
    worker: Worker,
}

fn start<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<Begun<T>, Failure> {
    let (sender, outcome) = channel();
    let run = move || {
        // Nothing that a panic may have left half done is used again: the caller gets a condition.
        let outcome = catch_unwind(AssertUnwindSafe(work));
        // Nobody listens any more where the caller was interrupted.
        let _ = sender.send(outcome);
    };
    let worker = Worker::at_rest()?;
    worker.give(Box::new(run))?;
    Ok(Begun { outcome, worker })
}

fn wait<T>(begun: &Begun<T>) -> Result<Option<Outcome<T>>, Failure> {
    match begun.outcome.recv_timeout(STEP) {
        Ok(outcome) => Ok(Some(outcome)),
        Err(RecvTimeoutError::Timeout) => Ok(None),
        Err(RecvTimeoutError::Disconnected) => {
            Err(Failure::Fault("the work ended without an answer".to_owned()))
        }
    }
}

fn settle<T>(outcome: Outcome<T>) -> Result<T, Failure> {
    outcome.unwrap_or_else(|panic| Err(Failure::Fault(words(panic.as_ref()).to_owned())))
}
