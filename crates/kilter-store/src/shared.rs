//! What all handles of one process on one store share: the state, the index, the lock; and how a handle
//! that is opened finds the one that is there already.
//!
//! Decides when the index is believed. The order in which a segment comes to be is the store's business.

use crate::error::StoreError;
use crate::files;
use crate::index::{self, Index};
use crate::ledger::Ledger;
use crate::lock::Lock;
use crate::marker::MARKER;
use crate::parallel;
use crate::state::State;
use crate::store::IndexState;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, RwLock, Weak};

/// The index of an open store, and how it stands.
#[derive(Debug)]
struct Indexed {
    index: Option<Index>,
    state: IndexState,
}

/// What the handles of one process on one store share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) path: PathBuf,
    process: u32,
    state: RwLock<Arc<State>>,
    /// One change at a time; why it is not known what is on disk, once that is so.
    changing: Mutex<Option<String>>,
    indexed: RwLock<Indexed>,
    /// Why the index is no longer to be believed, once something in it did not agree.
    doubt: Mutex<Option<String>>,
    /// The last to go, so that the index is closed while the lock is still held.
    lock: Option<Lock>,
}

impl Shared {
    pub(crate) fn new(path: PathBuf, state: Arc<State>, lock: Option<Lock>) -> Self {
        let because = match lock {
            None => "the store is open for reading, which goes by the ledger alone",
            Some(_) => "it was not opened",
        };
        let state_of_index = IndexState::NotUsed { because: because.into() };
        Self {
            path,
            process: std::process::id(),
            state: RwLock::new(state),
            changing: Mutex::new(None),
            indexed: RwLock::new(Indexed { index: None, state: state_of_index }),
            doubt: Mutex::new(None),
            lock,
        }
    }

    /// Refuses in a forked process. To be asked before anything else: what another thread held when the
    /// process was forked is held for ever.
    pub(crate) fn check_process(&self) -> Result<(), StoreError> {
        let here = std::process::id();
        if here == self.process {
            return Ok(());
        }
        Err(StoreError::Forked { path: self.path.clone(), opened_by: self.process, here })
    }

    /// As a process sees it that was forked from this one.
    #[cfg(test)]
    pub(crate) fn becomes_forked(&mut self) {
        self.process += 1;
    }

    /// The newest state.
    pub(crate) fn state(&self) -> Arc<State> {
        Arc::clone(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn put(&self, state: Arc<State>) {
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = state;
    }

    /// Waits for its turn to change the store.
    pub(crate) fn turn(&self) -> MutexGuard<'_, Option<String>> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the index stands.
    pub(crate) fn index_state(&self) -> IndexState {
        match &*self.doubt.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(because) => IndexState::NotUsed {
                because: format!("{because}; it will be made anew when the store is next opened for writing"),
            },
            None => self.indexed.read().unwrap_or_else(PoisonError::into_inner).state.clone(),
        }
    }

    fn is_doubted(&self) -> bool {
        self.doubt.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Notes that the index is not to be believed. The ledger is read from now on.
    pub(crate) fn doubt(&self, because: String) {
        self.doubt.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(because);
    }

    /// Asks the index, where it is there, believed, and at the segment of that state. It never waits: a
    /// thread that did could hold up the one that is to let it go on.
    pub(crate) fn ask_index<T>(&self, state: &State, ask: impl FnOnce(&Index) -> T) -> Option<T> {
        let indexed = self.indexed.try_read().ok()?;
        let index = indexed.index.as_ref()?;
        let is_there = index.segment() == state.last;
        (is_there && !self.is_doubted()).then(|| ask(index))
    }

    /// Opens the index, or makes it anew, or goes on without it: none of that is an error.
    pub(crate) fn open_index(&mut self) {
        let state = self.state();
        let (index, how) = opened(&self.path, &state);
        *self.indexed.get_mut().unwrap_or_else(PoisonError::into_inner) = Indexed { index, state: how };
    }

    /// Says that an index which was made with the store was not made anew.
    pub(crate) fn index_is_new(&mut self) {
        let indexed = self.indexed.get_mut().unwrap_or_else(PoisonError::into_inner);
        if matches!(indexed.state, IndexState::Rebuilt { .. }) {
            indexed.state = IndexState::InUse;
        }
    }

    /// Brings the index up to the last segment of a state. A failure is remembered and takes nothing from
    /// what the ledger holds.
    pub(crate) fn update_index(&self, state: &State, update: impl FnOnce(&mut Index) -> Result<(), String>) {
        if self.is_doubted() {
            return;
        }
        let mut indexed = self.indexed.write().unwrap_or_else(PoisonError::into_inner);
        let (Some(index), Some(segment)) = (&mut indexed.index, state.ledger.segments().last()) else {
            return;
        };
        // The engine writes several times what it is given before it tidies up.
        let needed = segment.length.saturating_mul(4);
        let updated = files::check_index_space(&self.path, needed).and_then(|()| update(index));
        if let Err(why) = updated {
            self.doubt(format!("it could not be brought up to the last segment ({why})"));
        }
    }

    /// Makes the index anew, for one that was changed often is larger than it need be.
    pub(crate) fn renew_index(&self, state: &State) {
        let mut indexed = self.indexed.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = indexed.index.take() {
            let _ = index.close();
            let _ = index::set_aside(&index::folder(&self.path));
        }
        let (index, how) = opened(&self.path, state);
        let how = if index.is_some() { IndexState::InUse } else { how };
        *indexed = Indexed { index, state: how };
        *self.doubt.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Asks the ledger of a state. Where another has merged its files meanwhile, the same segments are read
    /// from the file they are in now.
    pub(crate) fn ask_ledger<T>(
        &self,
        state: &State,
        ask: impl Fn(&Ledger) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let gone = match ask(&state.ledger) {
            Err(StoreError::Damaged(damage)) if !damage.path.exists() => StoreError::Damaged(damage),
            other => return other,
        };
        let now = self.state();
        if !std::ptr::eq(now.as_ref(), state)
            && let Ok(answer) = ask(&now.ledger)
        {
            return Ok(answer);
        }
        let Ok(ledger) = Ledger::open(state.ledger.folder()) else { return Err(gone) };
        let digest = |ledger: &Ledger| Some(ledger.segments().get(state.last as usize - 1)?.digest);
        if digest(&ledger) != digest(&state.ledger) {
            return Err(gone);
        }
        let answer = ask(&ledger)?;
        // A handle for reading goes on with these files; that of a writer knows of its own.
        if self.lock.is_none()
            && let Ok(state) = State::new(ledger, state.last, Some(state))
        {
            self.put(Arc::new(state));
        }
        Ok(answer)
    }

    /// Whether this is the store that is at the path now, and not one whose folder was moved away.
    fn is_at(&self, path: &Path) -> bool {
        self.check_process().is_ok() && self.lock.as_ref().is_some_and(|lock| lock.is_in(path))
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let here = self.check_process().is_ok();
        let doubted = self.doubt.get_mut().unwrap_or_else(PoisonError::into_inner).is_some();
        let Some(index) = self.indexed.get_mut().unwrap_or_else(PoisonError::into_inner).index.take() else {
            return;
        };
        // Where the folder has vanished, closing would make it anew in the place of the store.
        if !here || !index::folder(&self.path).exists() {
            index.abandon();
            return;
        }
        if index.close().is_err() || doubted {
            // The next writer makes it anew. Where it cannot be removed, it is found out again.
            let _ = index::set_aside(&index::folder(&self.path));
        }
    }
}

/// Opens the index, or makes it anew; without a trace where the store has vanished meanwhile.
fn opened(path: &Path, state: &State) -> (Option<Index>, IndexState) {
    let found = opened_or_made(path, state);
    if path.join(MARKER).exists() {
        return found;
    }
    // The engine makes every folder on the way to its own, also that of a store that is no longer there.
    if let (Some(index), _) = found {
        index.abandon();
    }
    let _ = index::set_aside(&index::folder(path));
    // Nothing but what the engine made: where anything else is there, it stays.
    let _ = fs::remove_dir(path);
    (None, IndexState::NotUsed { because: "the folder of the store has vanished".into() })
}

fn opened_or_made(path: &Path, state: &State) -> (Option<Index>, IndexState) {
    if !parallel::has_threads() {
        let because = "its engine does not work in a forked process".into();
        return (None, IndexState::NotUsed { because });
    }
    let folder = index::folder(path);
    let because = if folder.exists() {
        // Opening writes, and the engine does not bear a full disk.
        match files::check_index_space(path, 1 << 20).and_then(|()| Index::open(&folder, state)) {
            Ok(index) => return (Some(index), IndexState::InUse),
            Err(because) => because,
        }
    } else {
        "there was none".to_owned()
    };
    // The newest state is seldom larger than the largest release.
    let size = state.ledger.segments().iter().map(|s| s.length).max().unwrap_or(0);
    let built = files::check_index_space(path, size.saturating_mul(4))
        .and_then(|()| Index::build(&folder, &state.ledger, state.current()));
    match built {
        Ok(index) => (Some(index), IndexState::Rebuilt { because }),
        Err(e) => {
            let _ = index::set_aside(&folder);
            (None, IndexState::NotUsed { because: format!("{because}, and it could not be made anew: {e}") })
        }
    }
}

type Slot = Arc<Mutex<Weak<Shared>>>;

static OPEN: LazyLock<Mutex<HashMap<PathBuf, Slot>>> = LazyLock::new(Mutex::default);

/// The store at that path as this process has it open for writing, or else what `open` gives.
pub(crate) fn one_for_each_path(
    path: &Path,
    open: impl FnOnce() -> Result<Shared, StoreError>,
) -> Result<Arc<Shared>, StoreError> {
    // In a forked process the handles are the parent's, and their locks may be held for ever.
    if !parallel::has_threads() {
        return open().map(Arc::new);
    }
    let name = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let slot = {
        let mut slots = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        let is_used = |slot: &Slot| {
            Arc::strong_count(slot) > 1 || slot.try_lock().is_ok_and(|held| held.strong_count() > 0)
        };
        slots.retain(|_, slot| is_used(slot));
        Arc::clone(slots.entry(name).or_default())
    };
    let mut held = slot.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(shared) = held.upgrade().filter(|shared| shared.is_at(path)) {
        return Ok(shared);
    }
    let shared = Arc::new(open()?);
    *held = Arc::downgrade(&shared);
    Ok(shared)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::LEDGER;
    use crate::records::{Mode, NewDefinitions};
    use crate::store::Store;

    #[test]
    fn a_store_that_vanishes_while_its_index_is_opened_leaves_nothing_in_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let (path, elsewhere) = (folder.path().join("store"), folder.path().join("elsewhere"));
        let new = NewDefinitions {
            known_at: kilter_core::time::Date::default(),
            source: String::new(),
            recorded_at: 0,
            documents: Vec::new(),
        };
        drop(Store::create(&path, new).unwrap());
        let state = State::new(Ledger::open(&path.join(LEDGER)).unwrap(), u32::MAX, None).unwrap();
        fs::rename(&path, &elsewhere).unwrap();
        // As the engine does where the folder goes between the look at it and the opening.
        fs::create_dir_all(index::folder(&path)).unwrap();
        let (index, how) = opened(&path, &state);
        assert!(index.is_none() && matches!(how, IndexState::NotUsed { .. }), "{how}");
        assert!(!path.exists());
        // What somebody else has put there stays.
        fs::create_dir(&path).unwrap();
        fs::write(path.join("theirs"), "").unwrap();
        opened(&path, &state);
        assert!(path.join("theirs").exists() && !index::folder(&path).exists());
        assert!(Store::open(&elsewhere, Mode::Write).unwrap().verify().unwrap().is_sound());
    }
}
