//! The front door of kilter: an embedded indicator engine.
//!
//! An [`Engine`](engine::Engine) stands over one store. A *framework* says what its areas, measures,
//! indicators, targets and outcomes are; *profiles* say how foreign files become observations; every file
//! that is taken in is a *release*, kept for good, so that everything can be read as it was known on any
//! date. Values are computed from summed parts, judged against dated targets with tolerance, and rolled up
//! along the strategy map to a scorecard.
//!
//! ```
//! use kilter::engine::{AsAt, Engine, EvaluateQuery, Mode};
//! use kilter::table::Column;
//!
//! # let folder = tempfile::tempdir()?;
//! let demo = kilter::demonstration::run(&folder.path().join("demo"), |_| ())?;
//! let engine = Engine::open(&demo.store, Mode::Read)?;
//! let mut query = EvaluateQuery { period: Some("2023/24".into()), ..EvaluateQuery::default() };
//! query.selection.indicators = vec!["NI-19".into()];
//! query.selection.areas = vec![demo.area.into()];
//! let table = engine.evaluate(&query)?;
//! let Some(Column::Text(status)) = table.column("status") else { panic!("a column of words") };
//! assert_eq!(status.get(0), Some("amber"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What it does not do: link records, build hospital stays, draw charts, fetch anything from anywhere. It
//! makes no guess: what is ambiguous, contradictory or missing is refused or said.
//!
//! The rooms: [`definitions`] (frameworks and profiles from files and the catalogue), [`read`] (files as
//! rows of text), [`ingest`] (rows as observations, with a receipt), [`engine`] (the questions),
//! [`asked`] (texts in questions), [`aside`] (questions beside other work), [`table`] and [`export`] (results), [`report`]
//! (scorecards for people), [`demo`] and [`demonstration`] (the invented partnership).
#![forbid(unsafe_code)]

pub mod aside;
pub mod asked;
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
pub use kilter_core::{area, framework, ident, method, target};
