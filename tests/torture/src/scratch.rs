//! Where stores that are hurt stand: in memory where the machine has such a place, since what is tried
//! here is decided by the order of calls and not by a real disk.

use crate::check::Checked;
use std::path::Path;

/// A new folder, removed when this is dropped.
pub fn folder() -> Checked<tempfile::TempDir> {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory).ok() } else { None };
    made.map_or_else(tempfile::tempdir, Ok).map_err(|e| format!("no folder to work in: {e}"))
}
