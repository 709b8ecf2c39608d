//! The engines that are open, by the handles that R holds. A handle is a text: one that was saved in a file,
//! or that a forked process inherited, is known as that of another process, and nothing is reached through it.

use crate::failure::Failure;
use kilter::engine::Engine;
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

/// An engine, or nothing once it is closed; and where its store is.
pub struct Opened {
    pub engine: RwLock<Option<Engine>>,
    pub path: PathBuf,
}

#[derive(Default)]
struct Handles {
    opened: HashMap<u64, Arc<Opened>>,
    given: u64,
}

static HANDLES: Mutex<Option<Handles>> = Mutex::new(None);

/// What the handles of this process begin with: a process that was forked has another id, and one that
/// happens to have the same id later has another number.
fn here() -> String {
    static NUMBER: OnceLock<u64> = OnceLock::new();
    let number = NUMBER.get_or_init(|| RandomState::new().build_hasher().finish());
    format!("{}-{number:016x}-", std::process::id())
}

fn with<T>(work: impl FnOnce(&mut Handles) -> T) -> T {
    let mut handles = HANDLES.lock().unwrap_or_else(PoisonError::into_inner);
    work(handles.get_or_insert_with(Handles::default))
}

/// Keeps an engine, and gives its handle.
pub fn keep(engine: Engine) -> String {
    let path = engine.path().to_owned();
    let opened = Arc::new(Opened { engine: RwLock::new(Some(engine)), path });
    let number = with(|handles| {
        handles.given += 1;
        handles.opened.insert(handles.given, opened);
        handles.given
    });
    format!("{}{number}", here())
}

fn number(handle: &str) -> Option<u64> {
    handle.strip_prefix(&here())?.parse().ok()
}

/// The engine of a handle; `path` is for the sentence where there is none.
pub fn find(handle: &str, path: &str) -> Result<Arc<Opened>, Failure> {
    let Some(number) = number(handle) else {
        return Err(Failure::Elsewhere(format!(
            "{path}: the engine was opened by another R session, or by the one that this was forked from; \
             open the store again"
        )));
    };
    let found = with(|handles| handles.opened.get(&number).map(Arc::clone));
    found.ok_or_else(|| Failure::Closed(format!("{path}: the engine was closed; open the store again")))
}

/// Lets an engine go; a handle of another process is left alone.
pub fn drop_handle(handle: &str) {
    let Some(number) = number(handle) else { return };
    let found = with(|handles| handles.opened.remove(&number));
    if let Some(opened) = found {
        drop(opened.engine.write().unwrap_or_else(PoisonError::into_inner).take());
    }
}
