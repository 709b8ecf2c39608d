//! What work costs: how often memory is asked for, how much of it, and how many operations were done. Each is the same
//! in every run but for a thousandth (tables are hashed by a new seed), which a clock is not. What the work is about is
//! not known here.
//!
//! Operations are counted by the compiler: `-Cprofile-generate` puts counters on the branches of a program, so few of
//! them that every call of a function and every turn of a loop still passes one. The counters are meant for a later
//! compilation; here their sum is the count. A program that was compiled without them counts no operations. They need
//! a part of the compiler's own library that the toolchains of rustup have.
//!
//! Counted is the code of this workspace, and what it makes of the generic code of the standard library and of other
//! crates. Not seen is work inside other crates and the system that is one call to ours: bytes that are copied or
//! compared, the decoding of a page, the tree of the index.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

struct Counting;

static CALLS: AtomicU64 = AtomicU64::new(0);
static ASKED_FOR: AtomicU64 = AtomicU64::new(0);

fn count(bytes: usize) {
    CALLS.fetch_add(1, Relaxed);
    ASKED_FOR.fetch_add(bytes as u64, Relaxed);
}

// SAFETY: what is asked for is asked of the allocator of the system, as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// The counters of this program as they are, in an order of their own; none in one that has none.
#[cfg(counted)]
fn counters() -> Vec<u64> {
    unsafe extern "C" {
        fn __llvm_profile_begin_counters() -> *const u64;
        fn __llvm_profile_end_counters() -> *const u64;
    }
    // SAFETY: the compiler's runtime says where all counters stand, each eight bytes; copying them is one call to the
    // system's library, and no other thread works meanwhile.
    unsafe {
        let begin = __llvm_profile_begin_counters();
        let many = __llvm_profile_end_counters().offset_from_unsigned(begin);
        std::slice::from_raw_parts(begin, many).to_vec()
    }
}

#[cfg(not(counted))]
fn counters() -> Vec<u64> {
    Vec::new()
}

/// How many bytes of memory are asked for.
pub const BYTES: &str = "bytes";
/// How many operations are done.
pub const OPERATIONS: &str = "operations";
/// What is counted of some work.
pub const COUNTED: [&str; 3] = ["requests for memory", BYTES, OPERATIONS];

/// So much of each.
pub type Cost = [u64; COUNTED.len()];

/// What the work costs.
pub fn cost(work: impl FnOnce()) -> Cost {
    let counters_before = counters();
    let before = [&CALLS, &ASKED_FOR].map(|counter| counter.load(Relaxed));
    work();
    let [calls, bytes] = [&CALLS, &ASKED_FOR].map(|counter| counter.load(Relaxed));
    let counters = counters();
    let operations = counters.iter().zip(&counters_before).map(|(after, before)| after - before).sum();
    [calls - before[0], bytes - before[1], operations]
}
