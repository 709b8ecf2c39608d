//! The one way in and out. This release of extendr hands the text of an error to R as a format of printf, so
//! that a percent sign garbles it and `%n` ends the session; nothing here returns an error to it. A refusal
//! and a panic become a list of class `kilter_failure`, of which R makes a condition.

use crate::arguments::Arguments;
use crate::failure::Failure;
use crate::{columns, engine, framework, methods, questions};
use extendr_api::Robj;
use kilter::aside::words;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What R can ask for.
pub type Verb = fn(&Arguments) -> Result<Robj, Failure>;

/// The answer, or the refusal as a list.
pub fn guarded(verb: &Robj, arguments: &Robj) -> Robj {
    // Nothing that a panic may have left half done is used again: the caller gets a condition.
    let outcome = catch_unwind(AssertUnwindSafe(|| run(verb, arguments)));
    let outcome = outcome.unwrap_or_else(|panic| Err(Failure::Fault(words(panic.as_ref()).to_owned())));
    outcome.unwrap_or_else(Failure::into_r)
}

fn run(verb: &Robj, arguments: &Robj) -> Result<Robj, Failure> {
    let name = verb.as_str().unwrap_or_default();
    let tables = [engine::VERBS, questions::VERBS, columns::VERBS, framework::VERBS, methods::VERBS];
    let found = tables.into_iter().flatten().find(|(known, _)| *known == name);
    let (_, verb) = found.ok_or_else(|| Failure::Fault(format!("there is no verb \"{name}\"")))?;
    verb(&Arguments::read(arguments)?)
}
