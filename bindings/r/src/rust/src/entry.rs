//! What R sees of this library: one function, called with the name of a verb and its arguments.
#![allow(unsafe_code, reason = "the macros write functions that C can call")]

use crate::guard::guarded;
use extendr_api::{Robj, extendr, extendr_module};

/// Runs a verb. It never fails: a refusal is an answer too, see `guard`.
#[extendr]
fn kilter_call(verb: Robj, arguments: Robj) -> Robj {
    guarded(&verb, &arguments)
}

extendr_module! {
    mod kilter;
    fn kilter_call;
}
