//! One file that holds a whole store, and a store made of such a file.
//!
//! A backup is a copy of segments, which never change: readers and the writer go on meanwhile. Knows the
//! ledger and the archive; what is put beside the segments for other tools is the caller's business.

use crate::archive::{Archive, Contents, Writer};
use crate::error::{Damage, StoreError};
use crate::files;
use crate::ledger::{self, FileRange, HEAD, LEDGER, Ledger};
use crate::lock::Lock;
use crate::marker::{self, MARKER};
use crate::records::{Mode, Release, to_hex};
use crate::state::State;
use crate::store::{Store, in_one_step};
use crate::verify;
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A backup: what it holds, as its manifest says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Backup {
    /// The file.
    pub path: PathBuf,
    /// Its length in bytes.
    pub bytes: u64,
    /// How many segments it holds.
    pub segments: u32,
    /// The number of the last release; `None` where there is none.
    pub last_release: Option<u32>,
    /// The digest of the last segment, as 64 hexadecimal digits: two backups with the same digest are of the
    /// same state of the same store.
    pub digest: String,
    /// The version of kilter-store that wrote it.
    pub written_by: String,
}

impl fmt::Display for Backup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: a backup of {} segments, ", self.path.display(), self.segments)?;
        match self.last_release {
            Some(release) => write!(f, "up to release {release}")?,
            None => write!(f, "without a release")?,
        }
        write!(f, ", {} bytes", self.bytes)
    }
}

/// How a file that goes into a backup beside the segments is written: from the releases of the backup.
pub type WriteAttachment<'a> =
    &'a mut dyn FnMut(&[Release], &mut (dyn Write + Send)) -> Result<(), StoreError>;

/// A file that goes into a backup beside the segments, for other tools to read. Restoring ignores it.
pub struct Attachment<'a> {
    /// Its name: letters, digits, dots and hyphens.
    pub name: &'a str,
    /// Writes it.
    pub write: WriteAttachment<'a>,
}

fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    !name.starts_with('.')
        && !name.is_empty()
        && name.len() <= 100
        && name.chars().all(plain)
        && name != MARKER
}

/// Makes a backup of a state. Nothing is at the path before the backup is whole.
fn write(
    store: &Path,
    state: &State,
    path: &Path,
    attachments: &mut [Attachment<'_>],
) -> Result<Backup, StoreError> {
    let path = std::path::absolute(path).map_err(|e| StoreError::io(path, "write", e))?;
    let failed = |e: io::Error| StoreError::io(&path, "write", e);
    // What is copied is files, and they may hold more than a handle for reading shows.
    let whole = State::new(state.ledger.clone(), u32::MAX, Some(state))?;
    let state = &whole;
    if let Some(found) = files::described(&path).map_err(failed)? {
        return Err(StoreError::BackupExists { path, found });
    }
    let segments = state.ledger.segments();
    let last =
        segments.last().ok_or_else(|| StoreError::damaged(Damage::of(store, "a ledger without segments")))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let size = state.ledger.files().iter().map(|file| file.segment().length).sum();
    files::check_space(folder, size)?;
    let mut file = files::temporary(folder).map_err(failed)?;
    let mut archive = Writer::new(file.as_file_mut(), &path);
    let marker = store.join(MARKER);
    marker::check(store)?;
    let text = fs::read(&marker).map_err(|e| StoreError::io(&marker, "read", e))?;
    archive.add(MARKER, |out| out.write_all(&text).map_err(failed))?;
    for file in state.ledger.files() {
        let name = format!("{LEDGER}/{}", file.range().name());
        archive.add(&name, |out| file.segment().copy(out, &path))?;
    }
    let head = ledger::head_text(last.header.number, &last.digest);
    archive.add(&format!("{LEDGER}/{HEAD}"), |out| out.write_all(head.as_bytes()).map_err(failed))?;
    for attachment in attachments {
        if !is_name(attachment.name) {
            return Err(StoreError::Field {
                field: "name of an attachment",
                found: format!("{:?}", attachment.name),
                expected: "at most 100 letters, digits, dots and hyphens",
            });
        }
        archive.add(attachment.name, |out| (attachment.write)(&state.releases, out))?;
    }
    archive.finish(&Contents {
        written_by: env!("CARGO_PKG_VERSION").to_owned(),
        segment: last.header.number,
        digest: last.digest,
        release: state.last_release().unwrap_or(0),
    })?;
    // What was written is read as it will be when it is needed, before it gets its name.
    let checked = checked(file.path())?;
    files::publish(file, &path).map_err(failed)?;
    files::sync_folder(folder).map_err(failed)?;
    Ok(Backup { path, ..checked })
}

/// Reads every byte of a backup and holds it against its digests.
fn checked(path: &Path) -> Result<Backup, StoreError> {
    let mut archive = Archive::open(path)?;
    for name in archive.names() {
        archive.copy(&name, &mut io::sink())?;
    }
    let contents = &archive.contents;
    Ok(Backup {
        path: path.to_owned(),
        bytes: archive.bytes,
        segments: contents.segment,
        last_release: Some(contents.release).filter(|release| *release > 0),
        digest: to_hex(&contents.digest),
        written_by: contents.written_by.clone(),
    })
}

/// Puts the files of a store from an archive into a folder, and reads them as a store.
fn extract(archive: &mut Archive, folder: &Path) -> Result<(), StoreError> {
    let is_ours = |name: &str| {
        name == MARKER
            || name
                .strip_prefix(LEDGER)
                .and_then(|rest| rest.strip_prefix('/'))
                .is_some_and(|name| name == HEAD || FileRange::of(name).is_some())
    };
    for name in archive.names().into_iter().filter(|name| is_ours(name)) {
        let path = folder.join(&name);
        let parent = path.parent().unwrap_or(folder);
        let file = copied(archive, &name, parent)?;
        files::publish(file, &path).map_err(|e| StoreError::io(&path, "write", e))?;
    }
    files::sync_folder(&folder.join(LEDGER)).map_err(|e| StoreError::io(folder, "write", e))?;
    marker::check(folder)?;
    if let Some(damage) = verify::ledger(&folder.join(LEDGER))?.damage.into_iter().next() {
        return Err(StoreError::damaged(damage));
    }
    let ledger = Ledger::open(&folder.join(LEDGER))?;
    if ledger.digest() != archive.contents.digest {
        return Err(StoreError::damaged(Damage::of(folder, "the segments are not those the manifest names")));
    }
    Ok(())
}

/// A member of an archive as a temporary file in a folder, its bytes on the disk.
pub(crate) fn copied(
    archive: &mut Archive,
    name: &str,
    folder: &Path,
) -> Result<tempfile::NamedTempFile, StoreError> {
    let failed = |e| StoreError::io(folder, "write", e);
    let mut file = files::temporary(folder).map_err(failed)?;
    archive.copy(name, file.as_file_mut()).map_err(|e| match e {
        StoreError::Io { source, .. } => failed(source),
        other => other,
    })?;
    file.as_file().sync_all().map_err(failed)?;
    Ok(file)
}

impl Store {
    /// Writes everything that the store holds to one file: the segments, each with its digest, and what the
    /// attachments add for other tools. Readers and writers go on meanwhile; the backup holds what the store
    /// held when it was begun. The same state gives the same bytes.
    ///
    /// ```
    /// use kilter_core::time::Date;
    /// use kilter_store::{NewDefinitions, Store};
    /// # let folder = tempfile::tempdir()?;
    /// # let (path, file) = (folder.path().join("store"), folder.path().join("monday.kilter"));
    /// let known_at = Date::from_ymd_opt(2023, 6, 1).unwrap();
    /// let new = NewDefinitions { known_at, source: "a".into(), recorded_at: 0, documents: vec![] };
    /// let store = Store::create(&path, new)?;
    /// let backup = store.backup(&file, &mut [])?;
    /// assert_eq!((backup.segments, backup.last_release), (1, None));
    /// assert!(store.backup(&file, &mut []).is_err()); // nothing is written over
    /// assert_eq!(Store::check_backup(&file)?, backup);
    /// let restored = Store::restore(&file, &folder.path().join("restored"))?;
    /// assert_eq!(restored.definitions(), store.definitions());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Something is at the path already; damage, for a damaged store is not backed up in silence; no space,
    /// no permission. Nothing is at the path then.
    pub fn backup(&self, path: &Path, attachments: &mut [Attachment<'_>]) -> Result<Backup, StoreError> {
        self.check_process()?;
        // Another may merge the files while they are copied: then they are read where they are now.
        let state = self.state();
        match write(self.path(), &state, path, attachments) {
            Err(StoreError::Damaged(damage)) if !damage.path.exists() => {
                let folder = state.ledger.folder();
                let again = || {
                    let ledger = Ledger::open(folder)?;
                    let now = State::new(ledger, u32::MAX, Some(&state))?;
                    write(self.path(), &now, path, attachments)
                };
                ledger::steadily(folder, again, |_| true)
            }
            other => other,
        }
    }

    /// Reads every byte of a backup and holds it against its digests.
    ///
    /// # Errors
    /// Not a backup; one of a newer format; damage.
    pub fn check_backup(path: &Path) -> Result<Backup, StoreError> {
        checked(path)
    }

    /// Makes a store of a backup at a path where there is nothing yet, and opens it for writing. It is
    /// checked as a whole before it gets its name.
    ///
    /// # Errors
    /// Not a backup; damage in it; something at the path; no space, no permission.
    pub fn restore(backup: &Path, path: &Path) -> Result<Self, StoreError> {
        let mut archive = Archive::open(backup)?;
        let path = in_one_step(path, |folder| extract(&mut archive, folder))?;
        Self::open(&path, Mode::Write)
    }

    /// Brings a store to the newest format, after a backup to the path that is given. It happens in one step,
    /// which cannot be gone back but by restoring the backup. Waits so long for another writer.
    ///
    /// Returns the format before and after; where both are the same, nothing was done and no backup was made.
    ///
    /// # Errors
    /// As [`Store::open`] for writing and [`Store::backup`]. The store is then as it was.
    pub fn migrate(path: &Path, backup: &Path, wait: Duration) -> Result<(u32, u32), StoreError> {
        let path = std::path::absolute(path).map_err(|e| StoreError::io(path, "open", e))?;
        let newest = crate::header::FORMAT;
        if marker::check(&path)? == newest {
            return Ok((newest, newest));
        }
        let _lock = Lock::take(&path, wait)?;
        // Another may have done it meanwhile.
        let found = marker::check(&path)?;
        if found < newest {
            let state = State::new(Ledger::open(&path.join(LEDGER))?, u32::MAX, None)?;
            write(&path, &state, backup, &mut [])?;
            marker::write(&path).map_err(|e| StoreError::io(&path, "write", e))?;
            files::sync_folder(&path).map_err(|e| StoreError::io(&path, "write", e))?;
        }
        Ok((found, newest))
    }
}
