//! The pages of the project, so that the examples in Rust that stand in them are compiled and run. Only the
//! documentation tests see this room.

#[doc = include_str!("../../README.md")]
mod readme {}

#[doc = include_str!("../../crates/kilter/docs/architecture.md")]
mod architecture {}

#[doc = include_str!("../../crates/kilter/docs/glossary.md")]
mod glossary {}

#[doc = include_str!("../../crates/kilter/docs/file-formats.md")]
mod file_formats {}

#[doc = include_str!("../../crates/kilter/docs/methods.md")]
mod methods {}
