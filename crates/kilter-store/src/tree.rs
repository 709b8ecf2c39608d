//! The ordered tree of bytes under the index, and the fences round the engine that keeps it: the one
//! place that names `sled`.
//!
//! sled 0.34.7 as it comes loses what it has acknowledged when the power is cut, cannot be opened again
//! after some kills, waits for itself where too much is on the way to the disk, and panics on some damage.
//! Hence: one tree; small batches of small values, each written before the next; no flushing in the
//! background; the file `db` made durable through a handle of our own; left-over drafts of its snapshot
//! removed; a panic taken as an error; no waiting for ever. It knows no keys and no series.

use crate::parallel;
use std::fs::{self, File};
use std::io;
use std::ops::{Bound, Deref};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

/// The longest value, in bytes. Longer ones would go to files that the engine never makes durable.
pub(crate) const MAX_VALUE: usize = 4_095;
const MAX_RECORDS: usize = 256;
const MAX_BYTES: usize = 256 << 10;
const CACHE: u64 = 64 << 20;
/// How long the engine may take for its last buffers. Where the disk refuses one of its writes, a flush
/// may wait for ever.
const PATIENCE: Duration = Duration::from_secs(30);

/// The engine, whose closing panics where a disk refuses its last write.
#[derive(Debug)]
struct Engine(Option<sled::Db>);

impl Engine {
    fn close(&mut self) -> Result<(), String> {
        let engine = self.0.take();
        in_time("closing the index", PATIENCE, move || {
            drop(engine);
            Ok(())
        })
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // Whoever wants to know closes it first.
        let _ = self.close();
    }
}

impl Deref for Engine {
    type Target = sled::Db;

    fn deref(&self) -> &sled::Db {
        self.0.as_ref().expect("only dropping takes it")
    }
}

/// A tree on disk.
#[derive(Debug)]
pub(crate) struct Tree {
    tree: Engine,
    data: File,
    /// How many bytes were changed since the engine was last waited for.
    on_the_way: AtomicUsize,
}

/// A key and its value.
pub(crate) type Record = (Vec<u8>, Vec<u8>);

/// One change: a key, and its value or its removal.
pub(crate) type Change = (Vec<u8>, Option<Vec<u8>>);

fn fenced<T>(doing: &str, work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result.map_err(|e| format!("{doing}: {e}")),
        Err(panic) => {
            let text = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("a panic without a message");
            Err(format!("{doing}: {text}"))
        }
    }
}

/// The same on a thread of its own, and not waited for beyond that time.
fn in_time<T: Send + 'static>(
    doing: &'static str,
    patience: Duration,
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    let (answer, answered) = mpsc::channel();
    let ask = move || {
        let _ = answer.send(fenced(doing, work));
    };
    let asked = std::thread::Builder::new().spawn(ask).map_err(text)?;
    match answered.recv_timeout(patience) {
        Ok(answer) => {
            // It has nothing left to do; a thread that is still ending looks like a leak to a leak checker.
            let _ = asked.join();
            answer
        }
        Err(_) => Err(format!("{doing}: the engine has not answered for {} s", patience.as_secs_f32())),
    }
}

fn text(e: impl ToString) -> String {
    e.to_string()
}

fn sync(path: &Path) -> io::Result<()> {
    // Some systems only flush what is open for writing.
    match File::options().read(true).write(true).open(path) {
        Ok(file) => file.sync_all(),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(e),
    }
}

impl Tree {
    /// Opens the tree in the folder, or makes an empty one. The caller holds the lock of the store.
    ///
    /// # Errors
    /// A text of what went wrong.
    pub(crate) fn open(folder: &Path) -> Result<Self, String> {
        if !parallel::has_threads() {
            return Err("the engine of the index cannot work in a forked process".into());
        }
        let is_new = !folder.join("db").exists();
        // The engine would make every folder on the way, also that of a store which has vanished.
        let prepared = if is_new { made(folder) } else { remove_drafts(folder) };
        prepared.map_err(|e| format!("preparing the index: {e}"))?;
        // The engine's lock, too, outlives its handle for a moment where another thread starts a process.
        let mut attempts = 0;
        let tree = loop {
            match Self::open_engine(folder).map(|engine| Engine(Some(engine))) {
                Err(why) if why.contains("could not acquire lock") && attempts < 100 => {
                    attempts += 1;
                    std::thread::sleep(Duration::from_millis(10));
                }
                other => break other?,
            }
        };
        if is_new {
            make_durable(folder).map_err(|e| format!("making the index durable: {e}"))?;
        }
        let data = File::options().read(true).write(true).open(folder.join("db")).map_err(text)?;
        Ok(Self { tree, data, on_the_way: AtomicUsize::new(0) })
    }

    fn open_engine(folder: &Path) -> Result<sled::Db, String> {
        fenced("opening the index", || {
            let configuration = sled::Config::new()
                .path(folder)
                .cache_capacity(CACHE)
                .flush_every_ms(None)
                .use_compression(false)
                .print_profile_on_drop(false);
            configuration.open().map_err(text)
        })
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, String> {
        fenced("reading the index", || Ok(self.tree.get(key).map_err(text)?.map(|value| value.to_vec())))
    }

    /// The last record whose key begins so and is not after that one.
    pub(crate) fn last_up_to(&self, prefix: &[u8], key: &[u8]) -> Result<Option<Record>, String> {
        fenced("reading the index", || {
            let found = self.tree.range(prefix..=key).next_back().transpose().map_err(text)?;
            Ok(found.map(|(key, value)| (key.to_vec(), value.to_vec())))
        })
    }

    /// The first key after that one, whatever it begins with.
    pub(crate) fn key_after(&self, key: &[u8]) -> Result<Option<Vec<u8>>, String> {
        fenced("reading the index", || {
            let after = (Bound::Excluded(key), Bound::Unbounded);
            let found = self.tree.range::<&[u8], _>(after).next().transpose().map_err(text)?;
            Ok(found.map(|(key, _)| key.to_vec()))
        })
    }

    /// Every record whose key begins so, in order.
    pub(crate) fn scan(
        &self,
        prefix: &[u8],
        mut each: impl FnMut(&[u8], &[u8]) -> Result<(), String>,
    ) -> Result<(), String> {
        fenced("reading the index", || {
            for record in self.tree.scan_prefix(prefix) {
                let (key, value) = record.map_err(text)?;
                each(&key, &value)?;
            }
            Ok(())
        })
    }

    /// Makes the changes, in batches that the engine can bear. They are not durable before `flush`.
    pub(crate) fn change(&self, changes: Vec<Change>) -> Result<(), String> {
        let mut batch = sled::Batch::default();
        let (mut records, mut bytes) = (0, 0);
        for (key, value) in changes {
            let size = key.len() + value.as_ref().map_or(0, Vec::len);
            if value.as_ref().is_some_and(|value| value.len() > MAX_VALUE) {
                return Err(format!("a value of {size} bytes"));
            }
            if records == MAX_RECORDS || bytes + size > MAX_BYTES {
                self.make(std::mem::take(&mut batch), bytes)?;
                (records, bytes) = (0, 0);
            }
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
            records += 1;
            bytes += size;
        }
        self.make(batch, bytes)
    }

    /// Makes the changes of a batch of so many bytes.
    ///
    /// The engine writes with seven threads. Where each of them waits for the table of its segments, and whoever
    /// holds that waits for the file to be cut short, which is work for an eighth, all wait for ever: so no more is
    /// begun than some of them can write.
    fn make(&self, batch: sled::Batch, bytes: usize) -> Result<(), String> {
        if self.on_the_way.fetch_add(bytes, Ordering::Relaxed) + bytes > MAX_BYTES {
            self.written()?;
            self.on_the_way.store(bytes, Ordering::Relaxed);
        }
        let engine = sled::Db::clone(&self.tree);
        in_time("writing the index", PATIENCE, move || engine.apply_batch(batch).map_err(text))
    }

    /// Waits until the engine has written every change so far.
    fn written(&self) -> Result<(), String> {
        let engine = sled::Db::clone(&self.tree);
        in_time("writing the index", PATIENCE, move || engine.flush().map_err(text).map(drop))?;
        self.on_the_way.store(0, Ordering::Relaxed);
        Ok(())
    }

    /// Makes every change so far durable.
    pub(crate) fn flush(&self) -> Result<(), String> {
        self.written()?;
        // The engine's flush starts the writing and does not wait for the disk.
        self.data.sync_data().map_err(|e| format!("writing the index: {e}"))
    }

    /// Closes the tree.
    pub(crate) fn close(mut self) -> Result<(), String> {
        self.tree.close()
    }

    /// Lets go of the tree without closing it: for a forked process, in which the engine's threads do
    /// not exist and closing would wait for them for ever; and where its folder has vanished.
    pub(crate) fn abandon(self) {
        std::mem::forget(self);
    }
}

fn made(folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

/// Removes drafts of a snapshot that a process left when it was killed while opening: the engine would
/// take one for the newest snapshot, and never open again.
fn remove_drafts(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with("snap.") && name.ends_with(".generating") {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

fn make_durable(folder: &Path) -> io::Result<()> {
    sync(&folder.join("conf"))?;
    sync(&folder.join("db"))?;
    for place in [folder.join("blobs"), folder.to_owned(), parent(folder)] {
        if place.exists() {
            crate::files::sync_folder(&place)?;
        }
    }
    Ok(())
}

fn parent(folder: &Path) -> PathBuf {
    folder.parent().map_or_else(|| PathBuf::from("."), Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_that_waits_for_ever_is_given_up_and_one_that_panics_is_an_error() {
        let soon = Duration::from_millis(50);
        let (hold, held) = mpsc::channel::<()>();
        let waits = in_time("writing the index", soon, move || held.recv().map_err(text));
        assert_eq!(waits, Err("writing the index: the engine has not answered for 0.05 s".into()));
        drop(hold);
        let panics = || -> Result<(), String> { panic!("a lock was poisoned") };
        let caught = in_time("closing the index", PATIENCE, panics);
        assert_eq!(caught, Err("closing the index: a lock was poisoned".into()));
        let refuses = in_time("closing the index", PATIENCE, || Err::<(), _>("no space".to_owned()));
        assert_eq!(refuses, Err("closing the index: no space".into()));
        assert_eq!(in_time("writing the index", PATIENCE, || Ok(7)), Ok(7));
    }
}
