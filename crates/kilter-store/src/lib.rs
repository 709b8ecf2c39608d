//! Observations, definitions and releases on disk: an append-only ledger, and an index over it.
//!
//! The ledger is the truth: one immutable, checksummed file for each release and each version of the
//! definitions, each naming the digest of the one before. The index makes the newest state quick to
//! read; it is made anew from the ledger whenever it is behind, damaged or in doubt. A store opened for
//! reading takes no lock, changes no byte and needs no index.
//!
//! Nothing here knows the meaning of what is held (no framework, no formula) and nothing asks the time:
//! dates are arguments. The rooms and the arrows between them: `error, records, files, kept <- marker, lock`, `parallel`,
//! `codec <- header`, `columns <- versions`, `columns <- segment <- merged <- batch <- ledger <- reading <- state`, `tree <- index <- shared`, then `store`,
//! `snapshot`, `verify`; `archive <- backup <- repair`; `compact`.
//! The layout on disk is in FORMAT.md, the reasons in DECISIONS.md.
//!
//! ```
//! use kilter_core::ident::{AreaCode, MeasureId};
//! use kilter_core::series::{Breakdown, Observation, SeriesBuilder, SeriesKey};
//! use kilter_core::time::{Date, Period, PeriodKind};
//! use kilter_store::{AsAt, Document, Mode, NewDefinitions, NewRelease, Store};
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("store");
//! let day = |d| Date::from_ymd_opt(2023, 6, d).unwrap();
//! let mut store = Store::create(&path, NewDefinitions {
//!     known_at: day(1), source: "framework.toml".into(), recorded_at: 1_685_600_000,
//!     documents: vec![Document { name: "framework.toml".into(), text: "# rules".into() }],
//! })?;
//! let key = SeriesKey {
//!     measure: MeasureId::new("delayed-bed-days-75")?,
//!     breakdown: Breakdown::total(),
//!     area: AreaCode::new("S12000005")?,
//! };
//! let mut series = SeriesBuilder::new(PeriodKind::Month);
//! series.push(Period::month(2023, 5)?.ordinal(), Observation::number(318.0)?, 0);
//! let release = store.append_release(NewRelease {
//!     known_at: day(27), source: "published table".into(), profile: None, file_name: None,
//!     file_digest: None, note: None, recorded_at: 1_687_860_000,
//! }, vec![(key.clone(), series.build()?)])?;
//! assert_eq!(release.number(), 1);
//!
//! let latest = store.snapshot(AsAt::Latest)?;
//! assert_eq!(latest.series(&key)?.unwrap().values(), [318.0]);
//! assert!(store.snapshot(AsAt::Date(day(26)))?.series(&key)?.is_none()); // not yet known
//! assert_eq!(
//!     store.snapshot(AsAt::Release(7)).unwrap_err().to_string().split("; ").last(),
//!     Some("its only release is 1")
//! );
//! assert!(Store::open(&path, Mode::Read)?.append_definitions(NewDefinitions {
//!     known_at: day(28), source: "x".into(), recorded_at: 0, documents: vec![],
//! }).is_err()); // opened for reading
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod archive;
mod backup;
mod batch;
mod codec;
mod columns;
mod compact;
mod directory;
mod error;
mod files;
#[cfg(any(fuzzing, test))]
#[doc(hidden)]
pub mod fuzzing;
mod header;
mod index;
mod kept;
mod ledger;
mod lock;
mod marker;
mod merged;
mod parallel;
mod reading;
mod records;
mod repair;
mod segment;
mod shared;
mod snapshot;
mod state;
mod store;
mod tree;
mod verify;
mod versions;

pub use backup::{Attachment, Backup, WriteAttachment};
pub use batch::MAX_BREAKDOWN;
pub use columns::MAX_OBSERVATIONS;
pub use compact::Compaction;
pub use error::{Damage, Holder, StoreError};
pub use records::{
    AsAt, Definitions, Document, MAX_DOCUMENT, MAX_DOCUMENTS, MAX_NAME, MAX_TEXT, Mode, NewDefinitions,
    NewRelease, NewWithdrawal, Release, Withdrawal,
};
pub use repair::Repair;
pub use snapshot::Snapshot;
pub use store::{IndexState, Store};
pub use verify::{IndexCheck, Verification};
