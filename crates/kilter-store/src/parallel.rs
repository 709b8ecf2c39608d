//! Work on several threads, where the threads are there.
//!
//! A process forked from one that has used the thread pool inherits the pool without its threads, and
//! would wait for them for ever. It works on its own thread instead: the same results, more slowly.

use rayon::prelude::*;
use std::sync::OnceLock;

static PROCESS: OnceLock<u32> = OnceLock::new();

/// Whether this is the process that first asked.
pub(crate) fn has_threads() -> bool {
    let here = std::process::id();
    *PROCESS.get_or_init(|| here) == here
}

/// The results for the items, in their order. `least`: how many are worth a task.
pub(crate) fn map<T: Send, R: Send>(items: Vec<T>, least: usize, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    if has_threads() {
        items.into_par_iter().with_min_len(least).map(&work).collect()
    } else {
        items.into_iter().map(work).collect()
    }
}

/// The results for the items, or the first error in their order.
pub(crate) fn try_map<T: Send, R: Send, E: Send>(
    items: Vec<T>,
    least: usize,
    work: impl Fn(T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    map(items, least, work).into_iter().collect()
}

/// Sorts the items.
pub(crate) fn sort_by<T: Send>(items: &mut [T], order: impl Fn(&T, &T) -> std::cmp::Ordering + Sync) {
    if has_threads() { items.par_sort_unstable_by(order) } else { items.sort_unstable_by(order) }
}
