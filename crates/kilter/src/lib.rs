//! The front door of kilter.

pub mod definitions;
pub mod demo;
pub mod demonstration;
pub mod engine;
pub mod export;
pub mod ingest;
pub mod read;
pub mod report;
pub mod table;

pub use kilter_core::time::{Date, PeriodKind};
