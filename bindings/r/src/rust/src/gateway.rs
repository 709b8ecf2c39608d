//! The one way from R to the engine: the work is done on another thread, R is asked every few moments
//! whether the user wants to stop, and a panic becomes a refusal. What crosses to the other thread is owned
//! by Rust: nothing of R is touched there.

use crate::failure::Failure;
use crate::interrupt;
use extendr_api::{Function, Pairlist, Robj};
use kilter::aside::{Aside, Progress, words};
use kilter::ingest::IngestError;
use std::thread;
use std::time::Duration;

/// How long an interrupt waits at most.
const STEP: Duration = Duration::from_millis(30);

/// Asks a question. Interrupted, it is abandoned: it changes nothing, and its thread goes on to its end.
pub fn ask<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let mut work = begin(|_| work())?;
    loop {
        match work.wait(STEP) {
            Ok(outcome) => return settle(outcome),
            Err(_) if interrupt::pressed() => return Err(Failure::Interrupted),
            Err(still) => work = still,
        }
    }
}

/// Does work that tells how far it has come and can be asked to stop. Interrupted, it is waited for, since
/// it may have changed something.
pub fn watch<T: Send + 'static>(
    told: Option<&Function>,
    work: impl FnOnce(&mut Progress<'_>) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let mut work = begin(work)?;
    let mut ended: Option<Failure> = None;
    loop {
        match work.wait(STEP) {
            Ok(outcome) => {
                return match ended {
                    None => settle(outcome),
                    Some(ended) => stopped_by(ended, settle(outcome)),
                };
            }
            Err(still) => work = still,
        }
        if ended.is_none() {
            ended = interrupt::pressed().then_some(Failure::Interrupted);
            if let (None, Some(told)) = (&ended, told) {
                ended = tell(told, work.progress());
            }
            if ended.is_some() {
                work.stop();
            }
        }
    }
}

fn tell(told: &Function, (read, all): (u64, u64)) -> Option<Failure> {
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

fn begin<T: Send + 'static>(
    work: impl FnOnce(&mut Progress<'_>) -> Result<T, Failure> + Send + 'static,
) -> Result<Aside<Result<T, Failure>>, Failure> {
    Aside::begin(work).map_err(|error| {
        Failure::Fault(format!("no thread could be started ({error}); close other programs and try again"))
    })
}

fn settle<T>(outcome: thread::Result<Result<T, Failure>>) -> Result<T, Failure> {
    outcome.unwrap_or_else(|panic| Err(Failure::Fault(words(panic.as_ref()).to_owned())))
}
