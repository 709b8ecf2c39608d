//! The language and the arithmetic of kilter: areas, periods, measures, indicators, targets, status.
//!
//! Everything here is a pure function of its arguments: no store, no files, no clock, no logging. The
//! rooms and the arrows between them (a room may use what stands before an arrow that leads to it):
//! `ident, time <- area`, then `series`, then `method` and `target`, then `framework`, `evaluate` and
//! `scorecard`. The tests of the workspace hold them to it.
#![forbid(unsafe_code)]

pub mod area;
pub mod evaluate;
pub mod framework;
pub mod ident;
pub mod method;
pub mod scorecard;
pub mod series;
pub mod target;
pub mod time;
