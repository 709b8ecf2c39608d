//! Whether the user has asked to stop. R answers an interrupt by a jump that would pass over the frames of
//! Rust, so it is asked inside a call that ends the jump.

use std::ffi::{c_int, c_void};

// Both are in R's header R_ext; the crate that declares the rest of R's interface leaves them out.
#[allow(unsafe_code, reason = "functions of R are declared by hand")]
unsafe extern "C" {
    fn R_ToplevelExec(run: Option<unsafe extern "C" fn(*mut c_void)>, data: *mut c_void) -> c_int;
    fn R_CheckUserInterrupt();
}

#[allow(unsafe_code, reason = "calls R")]
unsafe extern "C" fn ask(_: *mut c_void) {
    // SAFETY: called by R_ToplevelExec alone, on R's own thread; nothing of Rust stands between the two.
    unsafe { R_CheckUserInterrupt() }
}

/// Whether an interrupt was pending; asking takes it away. For R's own thread.
#[allow(unsafe_code, reason = "calls R")]
pub fn pressed() -> bool {
    // SAFETY: this is R's thread, since only verbs call it and R calls those; the jump ends in this call.
    unsafe { R_ToplevelExec(Some(ask), std::ptr::null_mut()) == 0 }
}
