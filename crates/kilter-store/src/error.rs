//! What can go wrong with a store, said so that the reader knows what was found and what to do next.
//!
//! This room holds sentences and the mapping from the operating system's errors to them. It must not
//! open, read or write anything.

use kilter_core::ident::{AreaCode, MeasureId};
use kilter_core::series::SeriesKey;
use kilter_core::time::Period;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Who holds a store open for writing, as its lock file says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Holder {
    /// The id of the process; `None` where the lock file could not be read.
    pub process: Option<u32>,
    /// The name of the program.
    pub program: String,
    /// The user it runs as.
    pub user: String,
    /// The machine it runs on.
    pub host: String,
    /// Since when, as the file system dates the lock file (UTC).
    pub since: String,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(process) = self.process else {
            return f.write_str("another process that has not said who it is");
        };
        let or = |text: &str| if text.is_empty() { "unknown".to_owned() } else { text.to_owned() };
        write!(
            f,
            "process {process} (program {}, user {}, host {}, since {})",
            or(&self.program),
            or(&self.user),
            or(&self.host),
            or(&self.since)
        )
    }
}

/// One place of a store that is not as it was written, and what is lost with it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Damage {
    /// The file.
    pub path: PathBuf,
    /// The number of the segment, where the file is one.
    pub segment: Option<u32>,
    /// The release it holds, where it holds one and says which.
    pub release: Option<u32>,
    /// The measure that is touched; `None` where it is the file as a whole.
    pub measure: Option<MeasureId>,
    /// The areas whose observations are lost.
    pub areas: Vec<AreaCode>,
    /// The first and last period that is lost.
    pub periods: Option<(Period, Period)>,
    /// What was found.
    pub what: String,
}

impl Damage {
    pub(crate) fn of(path: &Path, what: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            segment: None,
            release: None,
            measure: None,
            areas: Vec::new(),
            periods: None,
            what: what.into(),
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        match (self.segment, self.release) {
            (Some(segment), Some(release)) => write!(f, " (segment {segment}, release {release})")?,
            (Some(segment), None) => write!(f, " (segment {segment})")?,
            _ => {}
        }
        write!(f, ": {}", self.what)?;
        let Some(measure) = &self.measure else { return Ok(()) };
        write!(f, "; lost: {measure}")?;
        if !self.areas.is_empty() {
            let shown: Vec<_> = self.areas.iter().take(8).map(AreaCode::as_str).collect();
            write!(f, " of {}", shown.join(", "))?;
            if self.areas.len() > shown.len() {
                write!(f, " and {} areas more", self.areas.len() - shown.len())?;
            }
        }
        match &self.periods {
            Some((first, last)) if first == last => write!(f, ", {first}"),
            Some((first, last)) => write!(f, ", {first} to {last}"),
            None => Ok(()),
        }
    }
}

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The path leads to something that is not a store.
    #[error("{} is not a kilter store: {found}; name the folder that holds the file kilter.store, or create a store at a path that does not exist yet", .path.display())]
    NotAStore {
        /// The path.
        path: PathBuf,
        /// What is there.
        found: String,
    },
    /// A store cannot be created where something exists.
    #[error("a store cannot be created at {}: there is {found}; choose a path that does not exist yet", .path.display())]
    Exists {
        /// The path.
        path: PathBuf,
        /// What is there.
        found: String,
    },
    /// The path leads to something that is not a backup.
    #[error("{} is not a backup of kilter: {found}", .path.display())]
    NotABackup {
        /// The path.
        path: PathBuf,
        /// What was found.
        found: String,
    },
    /// A backup is not written over anything.
    #[error("a backup cannot be written to {}: there is {found}; name a file that does not exist yet", .path.display())]
    BackupExists {
        /// The path.
        path: PathBuf,
        /// What is there.
        found: String,
    },
    /// A backup of another store.
    #[error("{} is a backup of another store than {}: their segments have nothing in common", .backup.display(), .store.display())]
    OtherStore {
        /// The backup.
        backup: PathBuf,
        /// The store.
        store: PathBuf,
    },
    /// Another writer has the store open.
    #[error("{} is open for writing by {holder}{}; it can be read meanwhile (open it for reading), and written when that process has closed it", .path.display(), and_still(*.waited))]
    Locked {
        /// The path of the store.
        path: PathBuf,
        /// Who holds it.
        holder: Box<Holder>,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The store is of an older format, which cannot hold what is to be added.
    #[error("{} is of format {found}, which cannot hold {what}; migrate it to format {needed} first (kilter migrate, which makes a backup before)", .path.display())]
    OldFormat {
        /// The path of the store.
        path: PathBuf,
        /// What is to be added.
        what: &'static str,
        /// Its format.
        found: u32,
        /// The format that is needed.
        needed: u32,
    },
    /// The store was written in a newer format.
    #[error("{} is of format {found}, written by kilter-store {written_by}; this is kilter-store {}, which knows formats up to {known}; use version {written_by} or later", .path.display(), env!("CARGO_PKG_VERSION"))]
    NewerFormat {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest format known here.
        known: u32,
        /// The version that wrote it.
        written_by: String,
    },
    /// Something is not as it was written.
    #[error("damaged: {0}; restore the file from a backup, and run verify to see all that is touched")]
    Damaged(Box<Damage>),
    /// The operating system refuses access.
    #[error("no permission {doing} {}: {source}{}", .path.display(), if *.doing == "to write" { "; a store that cannot be written can still be opened for reading" } else { "" })]
    NoPermission {
        /// The file or folder.
        path: PathBuf,
        /// What was being done, as in "to write".
        doing: &'static str,
        /// What the operating system says.
        source: io::Error,
    },
    /// There is no space left.
    #[error("no space left to write {}{}{}; the store is whole{}", .path.display(), bytes("needed", *.needed), bytes("free", *.free), stands(*.release))]
    DiskFull {
        /// The file or folder.
        path: PathBuf,
        /// The bytes that are needed, where that is known.
        needed: Option<u64>,
        /// The bytes that are free, where that is known.
        free: Option<u64>,
        /// The last release of the store; `None` where it has none or it is not known.
        release: Option<u32>,
    },
    /// The folder of the store is no longer there.
    #[error("{} is no longer there: its folder was moved or removed, or its drive or share was disconnected, while the store was open; bring it back and open the store again", .path.display())]
    Vanished {
        /// The path of the store.
        path: PathBuf,
    },
    /// Another error of the operating system.
    #[error("could not {doing} {}: {source}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was being done, as in "read".
        doing: &'static str,
        /// What the operating system says.
        source: io::Error,
    },
    /// A release that the store does not have.
    #[error("{} has no release {found}; {}", .path.display(), releases(*.last))]
    UnknownRelease {
        /// The path of the store.
        path: PathBuf,
        /// The number that was asked for.
        found: u32,
        /// The last number there is, where there is one; the first is 1.
        last: Option<u32>,
    },
    /// Something is larger than the store takes.
    #[error("{what} has {found} {unit}; a store takes at most {most}; {advice}")]
    TooLarge {
        /// What it is.
        what: String,
        /// Its size.
        found: u64,
        /// The greatest size.
        most: u64,
        /// The unit of both.
        unit: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// The same series twice in one release.
    #[error(
        "the series {key} comes twice in one release; put its observations together before they are given to the store"
    )]
    RepeatedSeries {
        /// The series.
        key: Box<SeriesKey>,
    },
    /// A series whose periods are of another kind than those already held.
    #[error(
        "the series {key} has periods of the kind {found}, and the store holds it with the kind {held}; a measure has one kind of period: give the figures of another kind to another measure"
    )]
    KindChanged {
        /// The series.
        key: Box<SeriesKey>,
        /// The kind that is held.
        held: String,
        /// The kind that was given.
        found: String,
    },
    /// A field of a release or of definitions that cannot be kept.
    #[error("{field}: {found}; expected {expected}")]
    Field {
        /// The field.
        field: &'static str,
        /// What was found.
        found: String,
        /// What was expected.
        expected: &'static str,
    },
    /// A write to a store that was opened for reading.
    #[error("{} was opened for reading; open it for writing to add to it", .path.display())]
    ReadOnly {
        /// The path of the store.
        path: PathBuf,
    },
    /// A store handle used in a process other than the one that opened it.
    #[error("{} was opened by process {opened_by} and is used in process {here}, which was forked from it; open the store again in this process", .path.display())]
    Forked {
        /// The path of the store.
        path: PathBuf,
        /// The process that opened it.
        opened_by: u32,
        /// The process that uses it.
        here: u32,
    },
    /// An earlier write left it unclear what is on disk.
    #[error("{} takes no more writes through this handle: {why}; close it and open it again", .path.display())]
    Unsure {
        /// The path of the store.
        path: PathBuf,
        /// What happened.
        why: String,
    },
}

fn bytes(what: &str, n: Option<u64>) -> String {
    match n {
        Some(n) if n >= 10_000_000 => format!(", {} MB {what}", n / 1_000_000),
        Some(n) => format!(", {n} bytes {what}"),
        None => String::new(),
    }
}

fn and_still(waited: Duration) -> String {
    if waited.is_zero() { String::new() } else { format!(", and still after {} s", waited.as_secs_f32()) }
}

fn stands(release: Option<u32>) -> String {
    release.map_or_else(String::new, |n| format!(" and stands at release {n}"))
}

fn releases(last: Option<u32>) -> String {
    match last {
        None => "it has no release yet".to_owned(),
        Some(1) => "its only release is 1".to_owned(),
        Some(n) => format!("it has the releases 1 to {n}"),
    }
}

impl StoreError {
    /// The sentence for an error of the operating system at a path.
    pub(crate) fn io(path: &Path, doing: &'static str, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::NoPermission { path, doing: to(doing), source }
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                let free = path.parent().and_then(|folder| fs4::available_space(folder).ok());
                Self::DiskFull { path, needed: None, free, release: None }
            }
            _ => Self::Io { path, doing, source },
        }
    }

    pub(crate) fn damaged(damage: Damage) -> Self {
        Self::Damaged(Box::new(damage))
    }

    /// The same error with what only the store knows: where it stands.
    pub(crate) fn standing_at(self, last: Option<u32>) -> Self {
        match self {
            Self::DiskFull { path, needed, free, .. } => Self::DiskFull { path, needed, free, release: last },
            other => other,
        }
    }
}

fn to(doing: &'static str) -> &'static str {
    match doing {
        "read" => "to read",
        "list" => "to list",
        "open" => "to open",
        _ => "to write",
    }
}
