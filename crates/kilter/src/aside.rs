//! Work on another thread, while the one that asked for it stays free: to hear the keyboard, or to serve a host that
//! must not be called from anywhere else. Python and R ask the engine in this way.
//!
//! A thread that has done its work waits for more: it answers sooner than one that has to be begun, and has memory
//! that it can use again. What the work is about is not known here.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SendError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{io, mem, process, thread};

/// Work under way.
///
/// ```
/// use kilter::aside::{Aside, words};
/// use std::time::Duration;
///
/// let mut sum = Aside::begin(|_| (1..=100).sum::<u32>())?;
/// let found = loop {
///     match sum.wait(Duration::from_millis(30)) {
///         Ok(outcome) => break outcome,
///         // Here is the time to look at other things.
///         Err(still) => sum = still,
///     }
/// };
/// assert_eq!(found.ok(), Some(5_050));
///
/// // A panic is an outcome, too.
/// let failed = Aside::begin(|_| panic!("no such area")).map(|work: Aside<()>| work.wait(Duration::MAX))?;
/// assert!(matches!(failed, Ok(Err(panic)) if words(panic.as_ref()) == "no such area"));
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Aside<T> {
    outcome: Receiver<thread::Result<T>>,
    told: Arc<Told>,
}

/// What the two sides tell each other on the way.
#[derive(Default)]
struct Told {
    done: AtomicU64,
    all: AtomicU64,
    stop: AtomicBool,
}

/// How far work has come: how much of how much is done. It answers whether to go on.
pub type Progress<'a> = dyn FnMut(u64, u64) -> bool + 'a;

impl<T: Send + 'static> Aside<T> {
    /// Begins work, which may say how far it has come and hears in return whether to go on.
    ///
    /// # Errors
    /// No thread could be begun.
    pub fn begin(work: impl FnOnce(&mut Progress<'_>) -> T + Send + 'static) -> io::Result<Self> {
        let (sender, outcome) = channel();
        let told = Arc::new(Told::default());
        let tell = Arc::clone(&told);
        hand_over(Box::new(move |rest| {
            let mut progress = |done, all| {
                tell.done.store(done, Relaxed);
                tell.all.store(all, Relaxed);
                !tell.stop.load(Relaxed)
            };
            // Nothing that a panic may have left half done is used again: the caller hears of it.
            let outcome = catch_unwind(AssertUnwindSafe(|| work(&mut progress)));
            // Before the caller knows, so that what it asks next finds this thread.
            rest();
            // Nobody listens where the work was abandoned.
            let _ = sender.send(outcome);
        }))?;
        Ok(Self { outcome, told })
    }

    /// Waits for the outcome, at most that long: what the work gave or the panic that ended it; or the work, where it
    /// goes on. Work that is dropped is abandoned, and its thread goes on to the end of it.
    ///
    /// # Errors
    /// The work itself: it is not done yet.
    pub fn wait(self, at_most: Duration) -> Result<thread::Result<T>, Self> {
        match self.outcome.recv_timeout(at_most) {
            Ok(outcome) => Ok(outcome),
            Err(RecvTimeoutError::Timeout) => Err(self),
            Err(RecvTimeoutError::Disconnected) => Ok(Err(Box::new("the work ended without an outcome"))),
        }
    }

    /// How much of how much was done when the work last said so; 0 of 0 before.
    #[must_use]
    pub fn progress(&self) -> (u64, u64) {
        (self.told.done.load(Relaxed), self.told.all.load(Relaxed))
    }

    /// Asks the work to stop: it hears of it when it next says how far it has come.
    pub fn stop(&self) {
        self.told.stop.store(true, Relaxed);
    }
}

/// What a panic said.
#[must_use]
pub fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic without words")
}

/// Work for a thread, which says when the thread may be given more.
type Job = Box<dyn FnOnce(&dyn Fn()) + Send>;

/// The threads at rest of the process that began them. A process that was forked has none of its parent's.
struct AtRest {
    process: u32,
    threads: Vec<Sender<Job>>,
}

/// No more threads wait than that, whoever asked at once.
const MOST_AT_REST: usize = 4;

static AT_REST: Mutex<AtRest> = Mutex::new(AtRest { process: 0, threads: Vec::new() });

fn at_rest() -> MutexGuard<'static, AtRest> {
    let mut at_rest = AT_REST.lock().unwrap_or_else(PoisonError::into_inner);
    if at_rest.process != process::id() {
        // Those of the parent are let go of as they are: to end one could wait for a lock that its thread held.
        mem::forget(mem::replace(&mut *at_rest, AtRest { process: process::id(), threads: Vec::new() }));
    }
    at_rest
}

fn hand_over(job: Job) -> io::Result<()> {
    let known = at_rest().threads.pop();
    let job = match known {
        None => job,
        Some(thread) => match thread.send(job) {
            Ok(()) => return Ok(()),
            Err(SendError(job)) => job,
        },
    };
    let (myself, jobs) = channel::<Job>();
    let run = move || {
        let rests = Cell::new(false);
        let rest = || {
            let mut at_rest = at_rest();
            rests.set(at_rest.threads.len() < MOST_AT_REST);
            if rests.get() {
                at_rest.threads.push(myself.clone());
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::sync::Barrier;

    const LONG: Duration = Duration::from_secs(60);

    fn outcome<T: Send + 'static>(work: Aside<T>) -> T {
        work.wait(LONG).ok().expect("it ends in time").expect("it does not panic")
    }

    #[test]
    fn as_many_as_ask_at_once_are_served_and_no_more_threads_wait_than_may() {
        let together = Arc::new(Barrier::new(3 * MOST_AT_REST));
        let all: Vec<_> = (0..3 * MOST_AT_REST)
            .map(|n| {
                let together = Arc::clone(&together);
                // None ends before all have begun: each has a thread of its own.
                let work = move |_: &mut Progress<'_>| {
                    together.wait();
                    (n, thread::current().id())
                };
                Aside::begin(work).unwrap()
            })
            .collect();
        let (numbers, threads): (Vec<_>, HashSet<_>) = all.into_iter().map(outcome).unzip();
        assert_eq!((numbers, threads.len()), ((0..3 * MOST_AT_REST).collect(), 3 * MOST_AT_REST));
        assert!(at_rest().threads.len() <= MOST_AT_REST);
    }

    #[test]
    fn work_that_is_abandoned_or_panics_keeps_nobody_waiting() {
        let (go, wait) = channel::<()>();
        let abandoned = Aside::begin(move |_| wait.recv().is_err()).unwrap();
        assert!(abandoned.wait(Duration::from_millis(5)).is_err(), "it goes on");
        let panic = Aside::begin(|_| -> u8 { panic!("{} of {}", 1, 2) }).unwrap().wait(LONG);
        let Ok(Err(panic)) = panic else { panic!("a panic is an outcome") };
        assert_eq!(words(panic.as_ref()), "1 of 2");
        assert_eq!(outcome(Aside::begin(|_| 7).unwrap()), 7);
        drop(go);
    }

    #[test]
    fn work_says_how_far_it_has_come_and_hears_when_to_stop() {
        let (said, hear) = channel();
        let counting = Aside::begin(move |progress| {
            (1..).find(|n| {
                let goes_on = progress(*n, 1_000);
                let _ = said.send(());
                !goes_on
            })
        });
        let counting = counting.unwrap();
        hear.recv().unwrap();
        let (done, all) = counting.progress();
        assert!(done >= 1 && all == 1_000);
        counting.stop();
        assert!(outcome(counting) > Some(1));
    }
}
