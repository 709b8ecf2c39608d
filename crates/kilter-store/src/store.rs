//! A store: one handle over the ledger, the index and the lock.
//!
//! This room decides the order of things: the segment first, then the acknowledgement, then the index,
//! whose failure takes nothing from what was acknowledged.

use crate::batch::Batch;
use crate::codec::{ContentV1, ReleaseV1, SegmentHeaderV1};
use crate::error::StoreError;
use crate::files;
use crate::index::{self, Index};
use crate::ledger::{Append, LEDGER, Ledger};
use crate::lock::Lock;
use crate::marker;
use crate::parallel;
use crate::records::{AsAt, Definitions, Mode, NewDefinitions, NewRelease, Release, to_hex};
use crate::segment::Segment;
use crate::snapshot::Snapshot;
use crate::verify::{self, Verification};
use chrono::Datelike;
use kilter_core::series::{Series, SeriesKey};
use kilter_core::time::Date;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

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
/// A handle opened for reading shows the store as it was when it was opened. A handle is of no use in a
/// process forked from the one that opened it, and says so.
///
/// ```
/// use kilter_store::{Mode, Store};
/// let folder = tempfile::tempdir()?;
/// let error = Store::open(&folder.path().join("nowhere"), Mode::Read).unwrap_err();
/// assert!(error.to_string().contains("is not a kilter store: there is nothing"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    mode: Mode,
    process: u32,
    pub(crate) ledger: Ledger,
    releases: Vec<Release>,
    definitions: Vec<Definitions>,
    /// The releases in the order in which they apply.
    order: Vec<u32>,
    index: Option<Index>,
    index_state: IndexState,
    /// Why the index is no longer to be believed, once something in it did not agree.
    doubt: Mutex<Option<String>>,
    /// Why it is not known what is on disk, once that is so.
    unsure: Option<String>,
    /// After the index, so that it is closed while the lock is still held.
    _lock: Option<Lock>,
}

fn date_of(days: i32) -> Option<Date> {
    Date::from_num_days_from_ce_opt(days)
}

fn release_of(segment: &Segment, release: &ReleaseV1) -> Result<Release, StoreError> {
    let header = &segment.header;
    Ok(Release {
        number: release.number,
        segment: header.number,
        known_at: date_of(header.known_at).ok_or_else(|| no_date(segment))?,
        source: header.source.clone(),
        profile: release.profile.clone(),
        file_name: release.file_name.clone(),
        file_digest: release.file_digest.as_ref().map(to_hex),
        note: release.note.clone(),
        recorded_at: header.recorded_at,
        series: release.series,
        observations: release.observations,
    })
}

fn definitions_of(segment: &Segment, version: u32) -> Result<Definitions, StoreError> {
    let header = &segment.header;
    Ok(Definitions {
        version,
        segment: header.number,
        known_at: date_of(header.known_at).ok_or_else(|| no_date(segment))?,
        source: header.source.as_str().into(),
        recorded_at: header.recorded_at,
        documents: segment.documents()?.into(),
    })
}

fn no_date(segment: &Segment) -> StoreError {
    StoreError::damaged(segment.damage("its date is none"))
}

impl Store {
    /// Makes a store at a path where there is nothing yet, and opens it for writing. It is made under
    /// another name beside the path and renamed, so that there is either a whole store or none.
    ///
    /// # Errors
    /// Something is at the path already; definitions that cannot be kept; no permission, no space.
    pub fn create(path: &Path, definitions: NewDefinitions) -> Result<Self, StoreError> {
        definitions.check()?;
        let path = std::path::absolute(path).map_err(|e| StoreError::io(path, "create", e))?;
        if let Some(found) = files::described(&path).map_err(|e| StoreError::io(&path, "create", e))? {
            return Err(StoreError::Exists { path, found });
        }
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(StoreError::Exists { path, found: "the root of a file system".into() });
        };
        let create = |e| StoreError::io(&path, "create", e);
        let mut builder = tempfile::Builder::new();
        let prefix = format!(".{}.creating-", name.to_string_lossy());
        builder.prefix(&prefix);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o777));
        }
        let made = builder.tempdir_in(parent).map_err(create)?;
        let ledger_folder = made.path().join(LEDGER);
        fs::create_dir(&ledger_folder).map_err(create)?;
        marker::write(made.path()).map_err(create)?;
        let mut ledger = Ledger::begin(&ledger_folder);
        let header = definitions_header(1, 1, [0; 32], &definitions);
        ledger.append_documents(header, &definitions.documents).map_err(|e| match e {
            Append::Refused(e) | Append::Unsure(e) => e,
        })?;
        files::sync_folder(made.path()).map_err(create)?;
        // An empty folder would be replaced by the rename: look once more.
        if let Some(found) = files::described(&path).map_err(create)? {
            return Err(StoreError::Exists { path, found });
        }
        fs::rename(made.path(), &path).map_err(create)?;
        // What was renamed is no longer temporary. The lock comes after: some systems rename no folder in
        // which a file is open.
        let _ = made.keep();
        files::sync_folder(parent).map_err(create)?;
        let lock = Lock::take(&path, &path)?;
        let ledger = ledger.moved_to(&path.join(LEDGER));
        let mut store = Self::over(path, Mode::Write, ledger, Some(lock))?;
        store.open_index();
        if matches!(store.index_state, IndexState::Rebuilt { .. }) {
            store.index_state = IndexState::InUse;
        }
        Ok(store)
    }

    /// Opens a store.
    ///
    /// For writing, it takes the lock, removes what an earlier writer left unfinished, and makes the
    /// index anew where it cannot be used. For reading, it changes nothing.
    ///
    /// # Errors
    /// Not a store; open for writing by another; of a newer format; a ledger that is damaged; no
    /// permission.
    pub fn open(path: &Path, mode: Mode) -> Result<Self, StoreError> {
        let path = std::path::absolute(path).map_err(|e| StoreError::io(path, "open", e))?;
        marker::check(&path)?;
        let folder = path.join(LEDGER);
        match mode {
            Mode::Read => {
                let ledger = Ledger::open(&folder)?;
                Self::over(path, mode, ledger, None)
            }
            Mode::Write => {
                let lock = Lock::take(&path, &path)?;
                files::remove_temporary(&folder).map_err(|e| StoreError::io(&folder, "clear", e))?;
                let ledger = Ledger::open(&folder)?;
                if crate::ledger::read_head(&folder)?.map(|(_, digest)| digest) != Some(ledger.digest()) {
                    ledger.write_head()?;
                }
                let mut store = Self::over(path, mode, ledger, Some(lock))?;
                store.open_index();
                Ok(store)
            }
        }
    }

    fn over(path: PathBuf, mode: Mode, ledger: Ledger, lock: Option<Lock>) -> Result<Self, StoreError> {
        let (mut releases, mut definitions) = (Vec::new(), Vec::new());
        for segment in ledger.segments() {
            match &segment.header.content {
                ContentV1::Definitions { version } => definitions.push(definitions_of(segment, *version)?),
                ContentV1::Release(release) => releases.push(release_of(segment, release)?),
            }
        }
        let because = match mode {
            Mode::Read => "the store is open for reading, which goes by the ledger alone",
            Mode::Write => "it was not opened",
        };
        let mut store = Self {
            path,
            mode,
            process: std::process::id(),
            ledger,
            releases,
            definitions,
            order: Vec::new(),
            index: None,
            index_state: IndexState::NotUsed { because: because.into() },
            doubt: Mutex::new(None),
            unsure: None,
            _lock: lock,
        };
        store.put_in_order();
        Ok(store)
    }

    fn put_in_order(&mut self) {
        self.order = self.releases.iter().map(|r| r.number).collect();
        let known_at = |number: &u32| (self.releases[*number as usize - 1].known_at, *number);
        self.order.sort_unstable_by_key(known_at);
    }

    /// The place of each release, by number, in the order in which they apply.
    fn ranks(&self) -> Vec<usize> {
        let mut ranks = vec![0; self.order.len()];
        for (rank, &number) in self.order.iter().enumerate() {
            ranks[number as usize - 1] = rank;
        }
        ranks
    }

    /// Opens the index, or makes it anew, or goes on without it: none of that is an error.
    fn open_index(&mut self) {
        if !parallel::has_threads() {
            let because = "its engine does not work in a forked process".into();
            self.index_state = IndexState::NotUsed { because };
            return;
        }
        let folder = index::folder(&self.path);
        let because = if folder.exists() {
            // Opening writes, and the engine does not bear a full disk.
            match files::check_index_space(&self.path, 1 << 20)
                .and_then(|()| Index::open(&folder, &self.ledger, &self.ranks()))
            {
                Ok(index) => {
                    self.index = Some(index);
                    self.index_state = IndexState::InUse;
                    return;
                }
                Err(because) => because,
            }
        } else {
            "there was none".to_owned()
        };
        // The newest state is seldom larger than the largest release.
        let size = self.ledger.segments().iter().map(|s| s.length).max().unwrap_or(0);
        let built = files::check_index_space(&self.path, size.saturating_mul(4))
            .and_then(|()| Index::build(&folder, &self.ledger, &self.order));
        self.index_state = match built {
            Ok(index) => {
                self.index = Some(index);
                IndexState::Rebuilt { because }
            }
            Err(e) => {
                let _ = index::set_aside(&folder);
                IndexState::NotUsed { because: format!("{because}, and it could not be made anew: {e}") }
            }
        };
    }

    /// The folder of the store.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How it was opened.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The releases, by number.
    #[must_use]
    pub fn releases(&self) -> &[Release] {
        &self.releases
    }

    /// The definitions, by version. There is always one.
    #[must_use]
    pub fn definitions(&self) -> &[Definitions] {
        &self.definitions
    }

    /// How the index stands.
    #[must_use]
    pub fn index_state(&self) -> IndexState {
        match &*self.doubt.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(because) => IndexState::NotUsed {
                because: format!("{because}; it will be made anew when the store is next opened for writing"),
            },
            None => self.index_state.clone(),
        }
    }

    /// The index, where it is there and believed.
    pub(crate) fn index(&self) -> Option<&Index> {
        let doubt = self.doubt.lock().unwrap_or_else(PoisonError::into_inner);
        self.index.as_ref().filter(|_| doubt.is_none())
    }

    /// Notes that the index is not to be believed. The ledger is read from now on.
    pub(crate) fn doubt(&self, because: String) {
        self.doubt.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(because);
    }

    /// Refuses a handle in a forked process.
    pub(crate) fn check_process(&self) -> Result<(), StoreError> {
        let here = std::process::id();
        if here == self.process {
            return Ok(());
        }
        Err(StoreError::Forked { path: self.path.clone(), opened_by: self.process, here })
    }

    fn check_writable(&self) -> Result<(), StoreError> {
        self.check_process()?;
        if self.mode == Mode::Read {
            return Err(StoreError::ReadOnly { path: self.path.clone() });
        }
        match &self.unsure {
            Some(why) => Err(StoreError::Unsure { path: self.path.clone(), why: why.clone() }),
            None => Ok(()),
        }
    }

    fn last_release(&self) -> Option<u32> {
        self.releases.last().map(|r| r.number)
    }

    fn acknowledged(&mut self, result: Result<(), Append>) -> Result<(), StoreError> {
        result.map_err(|e| match e {
            Append::Refused(e) => e.standing_at(self.last_release()),
            Append::Unsure(e) => {
                self.unsure = Some(format!("the last write failed so that it may or may not stay ({e})"));
                e
            }
        })
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
        self.check_writable()?;
        let file_digest = new.check()?;
        let number = self.releases.len() as u32 + 1;
        let batch = Batch::new(batch)?;
        self.ledger.check_kinds(&batch.series)?;
        let header = SegmentHeaderV1 {
            number: self.ledger.segments().len() as u32 + 1,
            previous: self.ledger.digest(),
            known_at: new.known_at.num_days_from_ce(),
            recorded_at: new.recorded_at,
            source: new.source,
            content: ContentV1::Release(ReleaseV1 {
                number,
                profile: new.profile,
                file_name: new.file_name,
                file_digest,
                note: new.note,
                series: batch.series.len() as u64,
                observations: batch.observations,
            }),
        };
        let appended = self.ledger.append_batch(header, &batch);
        self.acknowledged(appended)?;
        let segment = self.ledger.segments().last().expect("one was added");
        let ContentV1::Release(release) = &segment.header.content else {
            return Err(no_date(segment));
        };
        let release = release_of(segment, release)?;
        self.releases.push(release.clone());
        self.put_in_order();
        self.update_index(Some((number, &batch.series)));
        Ok(release)
    }

    /// Adds a version of the definitions. Once this returns it is there for good.
    ///
    /// # Errors
    /// Documents that cannot be kept; opened for reading; no space, no permission. The store is then as
    /// it was.
    pub fn append_definitions(&mut self, new: NewDefinitions) -> Result<Definitions, StoreError> {
        self.check_writable()?;
        new.check()?;
        let number = self.ledger.segments().len() as u32 + 1;
        let version = self.definitions.len() as u32 + 1;
        let header = definitions_header(number, version, self.ledger.digest(), &new);
        let appended = self.ledger.append_documents(header, &new.documents);
        self.acknowledged(appended)?;
        let definitions = Definitions {
            version,
            segment: number,
            known_at: new.known_at,
            source: new.source.into(),
            recorded_at: new.recorded_at,
            documents: new.documents.into(),
        };
        self.definitions.push(definitions.clone());
        self.update_index(None);
        Ok(definitions)
    }

    fn update_index(&mut self, said: Option<(u32, &[(SeriesKey, Series)])>) {
        if self.index().is_none() {
            return;
        }
        let ranks = self.ranks();
        let (Some(index), Some(segment)) = (&mut self.index, self.ledger.segments().last()) else { return };
        // The engine writes several times what it is given before it tidies up.
        let updated =
            files::check_index_space(&self.path, segment.length.saturating_mul(4)).and_then(
                |()| match said {
                    Some((release, said)) => index.apply(segment, release, said, &ranks),
                    None => index.note(segment),
                },
            );
        if let Err(why) = updated {
            self.doubt(format!("it could not be brought up to the last segment ({why})"));
        }
    }

    /// The store as at a point.
    ///
    /// # Errors
    /// A release that the store does not have.
    pub fn snapshot(&self, as_at: AsAt) -> Result<Snapshot<'_>, StoreError> {
        self.check_process()?;
        let known = |number: &u32| self.releases[*number as usize - 1].known_at;
        // What had become known by a day, and what had been added up to a segment.
        let (order, day, segment) = match as_at {
            AsAt::Latest => (self.order.clone(), Date::MAX, u32::MAX),
            AsAt::Date(date) => {
                let visible = self.order.partition_point(|number| known(number) <= date);
                (self.order[..visible].to_vec(), date, u32::MAX)
            }
            AsAt::Release(last) => {
                let release = self.release(last)?;
                let order = self.order.iter().copied().filter(|number| *number <= last).collect();
                (order, Date::MAX, release.segment)
            }
        };
        let by_then = self.definitions.iter().filter(|d| d.known_at <= day && d.segment <= segment);
        let definitions = by_then.max_by_key(|d| (d.known_at, d.version)).unwrap_or(&self.definitions[0]);
        Ok(Snapshot::new(self, as_at, order, definitions))
    }

    fn release(&self, number: u32) -> Result<&Release, StoreError> {
        (number as usize).checked_sub(1).and_then(|place| self.releases.get(place)).ok_or_else(|| {
            StoreError::UnknownRelease { path: self.path.clone(), found: number, last: self.last_release() }
        })
    }

    /// What one release itself said, by key.
    ///
    /// # Errors
    /// A release that the store does not have; damage.
    pub fn release_series(&self, number: u32) -> Result<Vec<(SeriesKey, Series)>, StoreError> {
        self.check_process()?;
        self.release(number)?;
        self.ledger.said(number)
    }

    /// Reads every byte of the store as it is on disk now and holds it against its checksums, the chain
    /// and the index.
    ///
    /// # Errors
    /// The folder cannot be read at all. Damage is no error but the answer.
    pub fn verify(&self) -> Result<Verification, StoreError> {
        self.check_process()?;
        let mut verification = verify::ledger(&self.path.join(LEDGER))?;
        if let Err(StoreError::Damaged(damage)) = marker::check(&self.path) {
            verification.add(*damage);
        }
        verification.index = verify::index(self);
        Ok(verification)
    }

    /// Like [`Store::verify`], for a store that cannot be opened because it is damaged. The index is not
    /// looked at.
    ///
    /// # Errors
    /// Not a store; the folder cannot be read at all.
    pub fn verify_at(path: &Path) -> Result<Verification, StoreError> {
        let path = std::path::absolute(path).map_err(|e| StoreError::io(path, "open", e))?;
        let marker = marker::check(&path);
        let damage = match marker {
            Ok(()) => None,
            Err(StoreError::Damaged(damage)) => Some(*damage),
            Err(other) => return Err(other),
        };
        let mut verification = verify::ledger(&path.join(LEDGER))?;
        if let Some(damage) = damage {
            verification.add(damage);
        }
        Ok(verification)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let Some(index) = self.index.take() else { return };
        if self.check_process().is_err() {
            index.abandon();
            return;
        }
        let closed = index.close();
        let doubt = self.doubt.get_mut().unwrap_or_else(PoisonError::into_inner).is_some();
        if doubt || closed.is_err() {
            // The next writer makes it anew. Where it cannot be removed, it is found out again.
            let _ = index::set_aside(&index::folder(&self.path));
        }
    }
}

fn definitions_header(
    number: u32,
    version: u32,
    previous: [u8; 32],
    new: &NewDefinitions,
) -> SegmentHeaderV1 {
    SegmentHeaderV1 {
        number,
        previous,
        known_at: new.known_at.num_days_from_ce(),
        recorded_at: new.recorded_at,
        source: new.source.clone(),
        content: ContentV1::Definitions { version },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::Document;

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
        let mut store = Store::create(&path, new.clone()).unwrap();
        // As a forked process sees it: the memory is the same and the process is not.
        store.process = std::process::id() + 1;
        let forked = |e: StoreError| matches!(e, StoreError::Forked { .. });
        assert!(forked(store.append_definitions(new).unwrap_err()));
        assert!(forked(store.snapshot(AsAt::Latest).unwrap_err()));
        assert!(forked(store.release_series(1).unwrap_err()));
        assert!(forked(store.verify().unwrap_err()));
        let index = index::folder(&path);
        drop(store);
        assert!(index.exists());
    }
}
