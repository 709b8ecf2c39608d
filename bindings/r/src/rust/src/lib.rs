//! The native part of the R package `kilter`: converts what R gives, asks the engine on another thread
//! while R stays open to an interrupt, and hands data frames and refusals back. It holds no formula and no
//! rule; names, documentation and what is for people stand in the R files beside it.

mod answer;
mod arguments;
mod columns;
mod document;
mod engine;
mod entry;
mod failure;
mod frame;
mod framework;
mod gateway;
mod guard;
mod handles;
mod interrupt;
mod methods;
mod questions;
mod strings;

/// As in the program, which takes and gives back much memory at a time: what an answer needed serves for the next.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
