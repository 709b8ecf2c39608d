//! What the room promises, shown on files that each test writes for itself.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod fixtures;
mod formats;
mod limits;
mod refusals;
mod text;
