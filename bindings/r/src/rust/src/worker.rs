//! The thread on which the engine is asked. One is kept from question to question; one that still works when its
//! question is abandoned is let go of, and ends with its work. It knows no question.

use crate::failure::Failure;
use std::mem;
use std::process;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

type Work = Box<dyn FnOnce() + Send>;

/// A thread that does what it is given, and ends when this is dropped.
pub struct Worker {
    /// The process whose thread it is: one that was forked has none of the threads of its parent.
    process: u32,
    work: Sender<Work>,
}

static AT_REST: Mutex<Option<Worker>> = Mutex::new(None);

fn at_rest() -> Option<Worker> {
    AT_REST.lock().unwrap_or_else(PoisonError::into_inner).take()
}

impl Worker {
    /// The one that is at rest, or a new one.
    pub fn at_rest() -> Result<Self, Failure> {
        match at_rest() {
            Some(worker) if worker.process == process::id() => return Ok(worker),
            // To let go of one of the parent could wait for a lock that its thread held when it was forked.
            Some(of_the_parent) => mem::forget(of_the_parent),
            None => {}
        }
        let (work, given) = channel::<Work>();
        let run = move || given.into_iter().for_each(|work| work());
        thread::Builder::new().name("kilter".into()).spawn(run).map_err(|error| {
            Failure::Fault(format!(
                "no thread could be started ({error}); close other programs and try again"
            ))
        })?;
        Ok(Self { process: process::id(), work })
    }

    /// Gives it work, which must not panic.
    pub fn give(&self, work: Work) -> Result<(), Failure> {
        self.work.send(work).map_err(|_| Failure::Fault("the thread of the engine has ended".to_owned()))
    }

    /// Keeps it for the next question: its work is done.
    pub fn rest(self) {
        *AT_REST.lock().unwrap_or_else(PoisonError::into_inner) = Some(self);
    }
}
