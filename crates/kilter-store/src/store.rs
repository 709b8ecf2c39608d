//! A store: a handle over the ledger, the index and the lock.
//!
//! This room decides the order of things: the segment first, then the acknowledgement, then the index,
//! whose failure takes nothing from what was acknowledged.

use crate::batch::Gathered;
use crate::codec::{ReleaseV1, WithdrawalV2};
use crate::error::{Holder, StoreError};
use crate::files;
use crate::header::{Content, FORMAT, Header};
use crate::index::Index;
use crate::ledger::{self, Append, LEDGER, Ledger};
use crate::lock::Lock;
use crate::marker;
use crate::records::{AsAt, Definitions, Mode, NewDefinitions, NewRelease, NewWithdrawal, Release};
use crate::shared::{self, Shared};
use crate::snapshot::Snapshot;
use crate::state::State;
use crate::verify::{self, Verification};
use chrono::Datelike;
use kilter_core::ident::MeasureId;
use kilter_core::series::{Series, SeriesKey};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How the index stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum IndexState {
    /// It is in use, as it was left.
    InUse,
    /// It is in use, and was made anew from the ledger when the store was opened.
    Rebuilt {
        /// What was wrong with the one before.
        because: String,
    },
    /// It is not in use: the ledger is read instead, with the same answers.
    NotUsed {
        /// Why.
        because: String,
    },
}

impl fmt::Display for IndexState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse => f.write_str("in use"),
            Self::Rebuilt { because } => write!(f, "made anew from the ledger, because {because}"),
            Self::NotUsed { because } => write!(f, "not in use: {because}"),
        }
    }
}

/// Observations, definitions and releases on disk.
///
/// A handle opened for reading shows the store as it was when it was opened. Opened for writing twice in one
/// process, the same path gives the same store: what is added through one handle is there through the other.
/// A handle is of no use in a process forked from the one that opened it, and says so.
///
/// ```
/// use kilter_store::{Mode, Store};
/// let folder = tempfile::tempdir()?;
/// let error = Store::open(&folder.path().join("nowhere"), Mode::Read).unwrap_err();
/// assert!(error.to_string().contains("is not a kilter store: there is nothing"));
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Store {
    pub(crate) shared: Arc<Shared>,
    mode: Mode,
    /// As it was when this handle was opened: for a forked process, which can have nothing newer.
    opened: Arc<State>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("path", &self.shared.path)
            .field("mode", &self.mode)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Makes a store at a path where there is nothing yet, and opens it for writing. It is made under
    /// another name beside the path and renamed, so that there is either a whole store or none.
    ///
    /// # Errors
    /// Something is at the path already; definitions that cannot be kept; no permission, no space.
    pub fn create(path: &Path, definitions: NewDefinitions) -> Result<Self, StoreError> {
        definitions.check()?;
        let path = in_one_step(path, |folder| {
            marker::write(folder).map_err(|e| StoreError::io(folder, "create", e))?;
            let mut ledger = Ledger::begin(&folder.join(LEDGER));
            let header = definitions_header(1, 1, [0; 32], &definitions);
            ledger.append_documents(header, &definitions.documents).map_err(|e| match e {
                Append::Refused(e) | Append::Unsure(e) => e,
            })
        })?;
        let shared = shared::one_for_each_path(&path, || {
            let mut shared = open_for_writing(&path, Duration::ZERO)?;
            shared.index_is_new();
            Ok(shared)
        })?;
        Self::over(shared, Mode::Write)
    }

    /// Opens a store. Does not wait for another writer; [`Store::open_within`] does.
    ///
    /// For writing, it takes the lock, removes what an earlier writer left unfinished, and makes the
    /// index anew where it cannot be used. For reading, it changes nothing.
    ///
    /// # Errors
    /// Not a store; open for writing by another; of a newer format; a ledger that is damaged; no
    /// permission.
    pub fn open(path: &Path, mode: Mode) -> Result<Self, StoreError> {
        Self::open_within(path, mode, Duration::ZERO)
    }

    /// Opens a store, and waits so long for another writer to close it. Reading never waits.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_within(path: &Path, mode: Mode, wait: Duration) -> Result<Self, StoreError> {
        let path = std::path::absolute(path).map_err(|e| StoreError::io(path, "open", e))?;
        marker::check(&path)?;
        let shared = match mode {
            Mode::Read => {
                let folder = path.join(LEDGER);
                let open = || State::new(Ledger::open(&folder)?, u32::MAX, None);
                let state =
                    if folder.is_dir() { ledger::steadily(&folder, open, |_| true)? } else { open()? };
                Arc::new(Shared::new(path, Arc::new(state), None))
            }
            Mode::Write => shared::one_for_each_path(&path, || open_for_writing(&path, wait))?,
        };
        Self::over(shared, mode)
    }

    fn over(shared: Arc<Shared>, mode: Mode) -> Result<Self, StoreError> {
        shared.check_process()?;
        let opened = shared.state();
        Ok(Self { shared, mode, opened })
    }

    /// Who has the store at a path open for writing now: process, program, user, machine, since when. `None` where
    /// nobody does. The writer is not disturbed by being asked for.
    ///
    /// ```
    /// use kilter_core::time::Date;
    /// use kilter_store::{NewDefinitions, Store};
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("store");
    /// let known_at = Date::from_ymd_opt(2023, 6, 1).unwrap();
    /// let new = NewDefinitions { known_at, source: "a".into(), recorded_at: 0, documents: vec![] };
    /// let store = Store::create(&path, new)?;
    /// assert_eq!(Store::writer(&path)?.unwrap().process, Some(std::process::id()));
    /// drop(store);
    /// assert_eq!(Store::writer(&path)?, None);
    /// assert!(Store::writer(folder.path()).is_err()); // no store
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Not a store; no permission to look at its lock.
    pub fn writer(path: &Path) -> Result<Option<Holder>, StoreError> {
        let path = std::path::absolute(path).map_err(|e| StoreError::io(path, "open", e))?;
        marker::check(&path)?;
        Lock::holder(&path)
    }

    /// How many files the segments are in: one after they were merged.
    #[must_use]
    pub fn files(&self) -> usize {
        self.state().ledger.files().len()
    }

    /// The folder of the store.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// How it was opened.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    pub(crate) fn state(&self) -> Arc<State> {
        match self.check_process() {
            Ok(()) => self.shared.state(),
            Err(_) => Arc::clone(&self.opened),
        }
    }

    /// The releases, by number: those that are withdrawn, too.
    #[must_use]
    pub fn releases(&self) -> Arc<[Release]> {
        Arc::clone(&self.state().releases)
    }

    /// The definitions, by version. There is always one.
    #[must_use]
    pub fn definitions(&self) -> Arc<[Definitions]> {
        Arc::clone(&self.state().definitions)
    }

    /// How the index stands.
    #[must_use]
    pub fn index_state(&self) -> IndexState {
        match self.check_process() {
            Ok(()) => self.shared.index_state(),
            Err(e) => IndexState::NotUsed { because: e.to_string() },
        }
    }

    /// Refuses a handle in a forked process.
    pub(crate) fn check_process(&self) -> Result<(), StoreError> {
        self.shared.check_process()
    }

    pub(crate) fn check_writable(&self) -> Result<(), StoreError> {
        self.check_process()?;
        match self.mode {
            Mode::Write => Ok(()),
            Mode::Read => Err(StoreError::ReadOnly { path: self.path().to_owned() }),
        }
    }

    /// Adds a segment: checks what is to be added against the state, and lets `append` write it to a copy of
    /// the ledger, which becomes the ledger; then
    /// `update` brings the index up.
    fn add(
        &mut self,
        append: impl FnOnce(&State, &mut Ledger) -> Result<Result<(), Append>, StoreError>,
        update: impl FnOnce(&mut Index, &State) -> Result<(), String>,
    ) -> Result<Arc<State>, StoreError> {
        self.check_writable()?;
        let shared = &self.shared;
        let mut unsure = shared.turn();
        if let Some(why) = &*unsure {
            return Err(StoreError::Unsure { path: shared.path.clone(), why: why.clone() });
        }
        let before = shared.state();
        let mut ledger = before.ledger.clone();
        let appended = append(&before, &mut ledger)?;
        let mut not_sure = |e: StoreError| {
            *unsure = Some(format!("the last write failed so that it may or may not stay ({e})"));
            e
        };
        appended.map_err(|e| match e {
            Append::Refused(e) => e.standing_at(before.last_release()),
            Append::Unsure(e) => not_sure(e),
        })?;
        let state = Arc::new(State::new(ledger, u32::MAX, Some(&before)).map_err(not_sure)?);
        shared.put(Arc::clone(&state));
        shared.update_index(&state, |index| update(index, &state));
        Ok(state)
    }

    /// Adds a release. Once this returns it is there for good: a kill or a power cut takes nothing from
    /// it. The releases of the given series are ignored and become the new number.
    ///
    /// # Errors
    /// A series twice, one whose kind of period differs from what is held, fields that cannot be kept,
    /// too much for one segment; opened for reading; no space, no permission. The store is then as it
    /// was.
    pub fn append_release(
        &mut self,
        new: NewRelease,
        batch: Vec<(SeriesKey, Series)>,
    ) -> Result<Release, StoreError> {
        self.append_release_in_parts(new, [Ok::<_, StoreError>(batch)])
    }

    /// Adds a release whose series come part by part, so that a large one need never be in memory as a whole;
    /// a part may hold any series that the others do not. Otherwise as [`Store::append_release`]: the release is
    /// there as a whole or not at all.
    ///
    /// # Errors
    /// As there; and the first error among the parts.
    pub fn append_release_in_parts<E: From<StoreError>>(
        &mut self,
        new: NewRelease,
        parts: impl IntoIterator<Item = Result<Vec<(SeriesKey, Series)>, E>>,
    ) -> Result<Release, E> {
        self.check_writable()?;
        let file_digest = new.check()?;
        let mut gathered = Gathered::default();
        for part in parts {
            gathered.add(part?)?;
        }
        let batch = gathered.finish()?;
        let append = |state: &State, ledger: &mut Ledger| {
            ledger.check_kinds(&batch.lines)?;
            let number = state.releases.len() as u32 + 1;
            let header = Header {
                number: ledger.segments().len() as u32 + 1,
                previous: ledger.digest(),
                known_at: new.known_at.num_days_from_ce(),
                recorded_at: new.recorded_at,
                source: new.source,
                content: Content::Release(ReleaseV1 {
                    number,
                    profile: new.profile,
                    file_name: new.file_name,
                    file_digest,
                    note: new.note,
                    series: batch.lines.len() as u64,
                    observations: batch.observations(),
                }),
            };
            let appended = ledger.append_batch(header, &batch);
            drop(batch);
            Ok(appended)
        };
        let state = self.add(append, |index, state| {
            let (Some(segment), Some(release)) = (state.ledger.segments().last(), state.last_release())
            else {
                return Err("a release that is not there".into());
            };
            index.apply(segment, release, state)
        })?;
        Ok(state.releases.last().expect("one was added").clone())
    }

    /// Adds a version of the definitions. Once this returns it is there for good.
    ///
    /// # Errors
    /// Documents that cannot be kept; opened for reading; no space, no permission. The store is then as
    /// it was.
    pub fn append_definitions(&mut self, new: NewDefinitions) -> Result<Definitions, StoreError> {
        new.check()?;
        let append = |state: &State, ledger: &mut Ledger| {
            let number = ledger.segments().len() as u32 + 1;
            let version = state.definitions.len() as u32 + 1;
            let header = definitions_header(number, version, ledger.digest(), &new);
            Ok(ledger.append_documents(header, &new.documents))
        };
        let state = self.add(append, note_last)?;
        Ok(state.definitions.last().expect("one was added").clone())
    }

    /// Withdraws a release: from the day given it no longer counts, and what it had revised is again as the
    /// other releases say. As at an earlier point it still counts. Once this returns it is so for good.
    ///
    /// # Errors
    /// No such release, or one that is withdrawn already; no reason; a day before that of the release; a
    /// store of format 1; opened for reading; no space, no permission. The store is then as it was.
    pub fn withdraw(&mut self, new: NewWithdrawal) -> Result<Release, StoreError> {
        self.check_writable()?;
        self.check_format("a withdrawal")?;
        let path = self.path().to_owned();
        let release = new.release;
        let append = |state: &State, ledger: &mut Ledger| {
            new.check(state.release(release, &path)?)?;
            let header = Header {
                number: ledger.segments().len() as u32 + 1,
                previous: ledger.digest(),
                known_at: new.known_at.num_days_from_ce(),
                recorded_at: new.recorded_at,
                source: String::new(),
                content: Content::Withdrawal(WithdrawalV2 { release, reason: new.reason }),
            };
            Ok(ledger.append_word(header))
        };
        let state = self.add(append, |index, state| match state.ledger.segments().last() {
            Some(segment) => index.withdraw(segment, release, state),
            None => Err("a ledger without segments".into()),
        })?;
        Ok(state.releases[release as usize - 1].clone())
    }

    /// Refuses where the format of the store cannot hold what is to be added.
    pub(crate) fn check_format(&self, what: &'static str) -> Result<(), StoreError> {
        match marker::check(self.path())? {
            // Whoever migrated it may have ended before that was durable, and a store of format 1 must never
            // hold what it cannot.
            FORMAT => files::sync_folder(self.path()).map_err(|e| StoreError::io(self.path(), "write", e)),
            found => Err(StoreError::OldFormat { path: self.path().to_owned(), what, found, needed: FORMAT }),
        }
    }

    /// The store as at a point.
    ///
    /// # Errors
    /// A release that the store does not have.
    pub fn snapshot(&self, as_at: AsAt) -> Result<Snapshot<'_>, StoreError> {
        self.check_process()?;
        Snapshot::new(self, self.shared.state(), as_at)
    }

    /// What one release itself said, by key; of one that is withdrawn, too.
    ///
    /// # Errors
    /// A release that the store does not have; damage.
    pub fn release_series(&self, number: u32) -> Result<Vec<(SeriesKey, Series)>, StoreError> {
        self.check_process()?;
        let state = self.shared.state();
        state.release(number, self.path())?;
        self.shared.ask_ledger(&state, |ledger| ledger.said(number))
    }

    /// The measures of which one release said something, in order; of one that is withdrawn, too.
    ///
    /// # Errors
    /// A release that the store does not have; damage.
    pub fn release_measures(&self, number: u32) -> Result<Vec<MeasureId>, StoreError> {
        self.check_process()?;
        let state = self.shared.state();
        state.release(number, self.path())?;
        self.shared.ask_ledger(&state, |ledger| ledger.measures(&[number]))
    }

    /// What one release itself said of a measure, by key: less at once than [`Store::release_series`].
    ///
    /// # Errors
    /// A release that the store does not have; damage.
    pub fn release_measure(
        &self,
        number: u32,
        measure: &MeasureId,
    ) -> Result<Vec<(SeriesKey, Series)>, StoreError> {
        self.check_process()?;
        let state = self.shared.state();
        state.release(number, self.path())?;
        self.shared.ask_ledger(&state, |ledger| ledger.measure(measure, &[number]))
    }

    /// Reads every byte of the store as it is on disk now and holds it against its checksums, the chain
    /// and the index.
    ///
    /// # Errors
    /// The folder cannot be read at all. Damage is no error but the answer.
    pub fn verify(&self) -> Result<Verification, StoreError> {
        self.check_process()?;
        let mut verification = Self::verify_at(self.path())?;
        verification.index = verify::index(&self.shared, &self.shared.state());
        Ok(verification)
    }

    /// Like [`Store::verify`], for a store that cannot be opened because it is damaged. The index is not
    /// looked at.
    ///
    /// # Errors
    /// Not a store; the folder cannot be read at all.
    pub fn verify_at(path: &Path) -> Result<Verification, StoreError> {
        let path = std::path::absolute(path).map_err(|e| StoreError::io(path, "open", e))?;
        let damage = match marker::check(&path) {
            Ok(_) => None,
            Err(StoreError::Damaged(damage)) => Some(*damage),
            Err(other) => return Err(other),
        };
        let folder = path.join(LEDGER);
        let mut verification = ledger::steadily(&folder, || verify::ledger(&folder), Verification::is_sound)?;
        if let Some(damage) = damage {
            verification.add(damage);
        }
        Ok(verification)
    }
}

/// Makes a folder with an empty ledger under another name beside the path, lets `fill` put a store into it,
/// and gives it its name: there is either a whole store or none. Returns the path in full.
pub(crate) fn in_one_step(
    path: &Path,
    fill: impl FnOnce(&Path) -> Result<(), StoreError>,
) -> Result<PathBuf, StoreError> {
    let path = std::path::absolute(path).map_err(|e| StoreError::io(path, "create", e))?;
    let create = |e| StoreError::io(&path, "create", e);
    let check_free = || match files::described(&path).map_err(create)? {
        Some(found) => Err(StoreError::Exists { path: path.clone(), found }),
        None => Ok(()),
    };
    check_free()?;
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(StoreError::Exists { path, found: "the root of a file system".into() });
    };
    let mut builder = tempfile::Builder::new();
    let prefix = format!(".{}.creating-", name.to_string_lossy());
    builder.prefix(&prefix);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o777));
    }
    let made = builder.tempdir_in(parent).map_err(create)?;
    fs::create_dir(made.path().join(LEDGER)).map_err(create)?;
    fill(made.path())?;
    files::sync_folder(made.path()).map_err(create)?;
    // An empty folder would be replaced by the rename: look once more.
    check_free()?;
    fs::rename(made.path(), &path).map_err(create)?;
    // What was renamed is no longer temporary. The lock comes after: some systems rename no folder in
    // which a file is open.
    let _ = made.keep();
    files::sync_folder(parent).map_err(create)?;
    Ok(path)
}

fn open_for_writing(path: &Path, wait: Duration) -> Result<Shared, StoreError> {
    let folder = path.join(LEDGER);
    let lock = Lock::take(path, wait)?;
    files::remove_temporary(&folder).map_err(|e| StoreError::io(&folder, "clear", e))?;
    let ledger = Ledger::open(&folder)?;
    ledger::remove_merged(&folder)?;
    if let ([_], Some(parent)) = (ledger.segments(), path.parent()) {
        // Whoever made the store may have ended before its own name was durable. Nobody adds to a store
        // before it is.
        files::sync_folder(parent).map_err(|e| StoreError::io(path, "write", e))?;
    }
    if ledger::read_head(&folder)?.map(|(_, digest)| digest) != Some(ledger.digest()) {
        // The writer before may have ended before it made the name of the last segment durable, and a head
        // must never be ahead of the ledger.
        files::sync_folder(&folder).map_err(|e| StoreError::io(&folder, "write", e))?;
        ledger.write_head()?;
    }
    let state = State::new(ledger, u32::MAX, None)?;
    let mut shared = Shared::new(path.to_owned(), Arc::new(state), Some(lock));
    shared.open_index();
    Ok(shared)
}

fn note_last(index: &mut Index, state: &State) -> Result<(), String> {
    index.note(state.ledger.segments().last().ok_or("a ledger without segments")?)
}

fn definitions_header(number: u32, version: u32, previous: [u8; 32], new: &NewDefinitions) -> Header {
    Header {
        number,
        previous,
        known_at: new.known_at.num_days_from_ce(),
        recorded_at: new.recorded_at,
        source: new.source.clone(),
        content: Content::Definitions { version },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index;
    use crate::records::Document;
    use kilter_core::time::Date;

    #[test]
    fn a_handle_refuses_in_a_process_other_than_the_one_that_opened_it_and_lets_go_without_closing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let known_at = Date::from_ymd_opt(2023, 4, 1).unwrap();
        let new = NewDefinitions {
            known_at,
            source: String::new(),
            recorded_at: 0,
            documents: vec![Document { name: "a".into(), text: String::new() }],
        };
        drop(Store::create(&path, new.clone()).unwrap());
        let mut shared = open_for_writing(&path, Duration::ZERO).unwrap();
        // As a forked process sees it: the memory is the same and the process is not.
        shared.becomes_forked();
        let opened = shared.state();
        let mut store = Store { shared: Arc::new(shared), mode: Mode::Write, opened };
        let forked = |e: StoreError| matches!(e, StoreError::Forked { .. });
        assert!(forked(store.append_definitions(new).unwrap_err()));
        assert!(forked(store.snapshot(AsAt::Latest).unwrap_err()));
        assert!(forked(store.release_series(1).unwrap_err()));
        assert!(forked(store.verify().unwrap_err()));
        assert_eq!(store.definitions().len(), 1);
        let index = index::folder(&path);
        drop(store);
        assert!(index.exists());
    }
}
