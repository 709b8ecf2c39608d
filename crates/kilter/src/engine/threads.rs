//! The threads on which series are worked at side by side.
//!
//! A process that was forked has none of its parent's threads and would wait for them for ever, so a pool
//! belongs to the process that made it (Python's multiprocessing and R's mclapply fork).

use rayon::ThreadPool;
use std::sync::{Arc, Mutex, PoisonError};

static POOL: Mutex<Option<(u32, Arc<ThreadPool>)>> = Mutex::new(None);

/// Does the work with the threads of this process; on this thread alone where none can be had.
pub(super) fn with_threads<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    match pool() {
        Some(pool) => pool.install(work),
        None => work(),
    }
}

fn pool() -> Option<Arc<ThreadPool>> {
    let here = std::process::id();
    let mut known = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, pool)) = known.as_ref().filter(|(process, _)| *process == here) {
        return Some(Arc::clone(pool));
    }
    let pool = Arc::new(rayon::ThreadPoolBuilder::new().build().ok()?);
    // A pool of the parent is let go of, not closed: closing would wait for its threads.
    std::mem::forget(known.replace((here, Arc::clone(&pool))));
    Some(pool)
}
