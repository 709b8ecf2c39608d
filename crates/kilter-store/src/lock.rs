//! One writer at a time, and who it is.
//!
//! The operating system's lock on the file `lock` decides; the text in it is for people, and may be
//! left over from a process that has ended.

use crate::error::{Holder, StoreError};
use std::fs::{self, File, OpenOptions};
use std::io::{Seek, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// The name of the lock file.
pub(crate) const LOCK: &str = "lock";

/// How long until a lock that another holds is asked for again.
const AGAIN: Duration = Duration::from_millis(20);
/// How long a lock is asked for at least: whoever looks who holds it has a part in it for a moment.
const GLANCE: Duration = Duration::from_millis(250);
/// How long a handle of this process may take to close.
const CLOSING: Duration = Duration::from_secs(2);

/// The lock, held until this is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
    process: u32,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing the file does not let go of the lock while a process that is just being started by
        // another thread has a copy of it. A forked process must not let go of its parent's lock.
        if self.process == std::process::id() {
            let _ = fs4::FileExt::unlock(&self.file);
        }
    }
}

impl Lock {
    /// Takes the lock of the store in that folder. Where another holds it, it is asked for again until
    /// `wait` has passed.
    pub(crate) fn take(store: &Path, wait: Duration) -> Result<Self, StoreError> {
        let begun = Instant::now();
        loop {
            let refused = match Self::try_take(store) {
                Err(StoreError::Locked { path, holder, .. }) => (path, holder),
                other => return other,
            };
            let (path, holder) = refused;
            // A handle of this process that is just being closed is no other writer.
            let ours = holder.process == Some(std::process::id());
            let most = wait.max(if ours { CLOSING } else { GLANCE });
            let waited = begun.elapsed();
            if waited >= most {
                return Err(StoreError::Locked { path, holder, waited: wait });
            }
            std::thread::sleep(AGAIN.min(most - waited));
        }
    }

    /// Who holds the lock of the store in that folder; `None` where nobody does. Whoever holds it is not disturbed,
    /// and whoever takes it meanwhile asks again.
    pub(crate) fn holder(store: &Path) -> Result<Option<Holder>, StoreError> {
        let path = store.join(LOCK);
        let file = match File::open(&path) {
            Ok(file) => file,
            // Nobody has written since the store was made, or restored, or copied.
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(StoreError::io(&path, "read", e)),
        };
        match fs4::FileExt::try_lock_shared(&file) {
            Ok(()) => {
                fs4::FileExt::unlock(&file).map_err(|e| StoreError::io(&path, "unlock", e))?;
                Ok(None)
            }
            Err(fs4::TryLockError::WouldBlock) => Ok(Some(holder(&path))),
            Err(fs4::TryLockError::Error(e)) => Err(StoreError::io(&path, "lock", e)),
        }
    }

    /// Whether the lock file in that folder is the one that is held.
    pub(crate) fn is_in(&self, store: &Path) -> bool {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let same = |a: fs::Metadata, b: fs::Metadata| (a.dev(), a.ino()) == (b.dev(), b.ino());
            match (self.file.metadata(), fs::metadata(store.join(LOCK))) {
                (Ok(held), Ok(there)) => same(held, there),
                _ => false,
            }
        }
        // Elsewhere no folder is moved in which a file is open.
        #[cfg(not(unix))]
        {
            store.join(LOCK).exists()
        }
    }

    fn try_take(store: &Path) -> Result<Self, StoreError> {
        let path = store.join(LOCK);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|e| StoreError::io(&path, "write", e))?;
        match fs4::FileExt::try_lock(&file) {
            Ok(()) => {}
            Err(fs4::TryLockError::WouldBlock) => {
                return Err(StoreError::Locked {
                    path: store.to_owned(),
                    holder: Box::new(holder(&path)),
                    waited: Duration::ZERO,
                });
            }
            Err(fs4::TryLockError::Error(e)) => return Err(StoreError::io(&path, "lock", e)),
        }
        // The lock is held; a text that cannot be written takes nothing from it.
        let _ = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(introduction().as_bytes()))
            .and_then(|()| file.flush());
        Ok(Self { file, process: std::process::id() })
    }
}

fn introduction() -> String {
    let program = std::env::current_exe()
        .ok()
        .and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .unwrap_or_default();
    let user = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    let host = fs::read_to_string("/proc/sys/kernel/hostname")
        .or_else(|_| fs::read_to_string("/etc/hostname"))
        .ok()
        .or_else(|| ["HOSTNAME", "COMPUTERNAME"].into_iter().find_map(|name| std::env::var(name).ok()));
    let line = |text: Option<String>| text.unwrap_or_default().trim().replace(char::is_control, " ");
    format!(
        "process {}\nprogram {}\nuser {}\nhost {}\n",
        std::process::id(),
        line(Some(program)),
        line(user),
        line(host)
    )
}

fn holder(path: &Path) -> Holder {
    let mut holder = Holder::default();
    // Some systems let nobody read a locked file: the holder is then not known.
    let Ok(text) = fs::read_to_string(path) else { return holder };
    for line in text.lines() {
        let Some((field, value)) = line.split_once(' ') else { continue };
        match field {
            "process" => holder.process = value.parse().ok(),
            "program" => holder.program = value.to_owned(),
            "user" => holder.user = value.to_owned(),
            "host" => holder.host = value.to_owned(),
            _ => {}
        }
    }
    // The store has no clock of its own: the file system dated the file when its text was written.
    if let Ok(time) = fs::metadata(path).and_then(|m| m.modified()) {
        let time = chrono::DateTime::<chrono::Utc>::from(time);
        holder.since = time.format("%Y-%m-%d %H:%M UTC").to_string();
    }
    holder
}
