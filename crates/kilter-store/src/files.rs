//! Files that are there for good once a call returns: flushing of files and folders, temporary names,
//! free space. Knows nothing of what is in them.

use crate::error::StoreError;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// What temporary files of the ledger end with: ignored by readers, removed by a writer.
pub(crate) const TEMPORARY: &str = ".tmp";

/// Space that is left alone, so that the index and the lock file can still be written.
const RESERVE: u64 = 1 << 20;

/// Makes the names in a folder durable. Only Unix systems can, and only there is it needed.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// An empty file under a temporary name.
pub(crate) fn temporary(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("new-").suffix(TEMPORARY);
    #[cfg(unix)]
    {
        // Others may read a store when the user's mask says so; temporary files are private otherwise.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

/// Writes a file under a temporary name in the same folder and makes its contents durable.
pub(crate) fn write_temporary(
    folder: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<tempfile::NamedTempFile> {
    let mut file = temporary(folder)?;
    let mut buffered = io::BufWriter::with_capacity(1 << 18, file.as_file_mut());
    write(&mut buffered)?;
    buffered.flush()?;
    drop(buffered);
    file.as_file().sync_all()?;
    Ok(file)
}

/// Gives a temporary file its name. A file of that name is never replaced.
pub(crate) fn publish(file: tempfile::NamedTempFile, path: &Path) -> io::Result<()> {
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        // Memory sticks know neither an exclusive rename nor hard links.
        Err(refused)
            if matches!(
                refused.error.kind(),
                io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied
            ) && !path.exists() =>
        {
            refused.file.persist(path).map(drop).map_err(|e| e.error)
        }
        Err(refused) => Err(refused.error),
    }
}

/// Writes a small file, in place of one of that name, so that either the old or the new one is there.
pub(crate) fn replace(path: &Path, contents: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let file = write_temporary(folder, |out| out.write_all(contents))?;
    file.persist(path).map(drop).map_err(|e| e.error)
}

/// Removes what an earlier writer left under a temporary name.
pub(crate) fn remove_temporary(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let left = name.to_str().is_some_and(|name| name.starts_with("new-") && name.ends_with(TEMPORARY));
        if left && entry.file_type()?.is_file() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// The space that is needed and that is free, where so many bytes cannot be written to the folder. Where
/// the system does not say how much is free, the write itself will.
fn lack(folder: &Path, needed: u64) -> Option<(u64, u64)> {
    let needed = needed.saturating_add(RESERVE);
    fs4::available_space(folder).ok().filter(|free| *free < needed).map(|free| (needed, free))
}

/// Checks that so many bytes can be written to the folder of the ledger.
pub(crate) fn check_space(folder: &Path, needed: u64) -> Result<(), StoreError> {
    match lack(folder, needed) {
        None => Ok(()),
        Some((needed, free)) => Err(StoreError::DiskFull {
            path: folder.to_owned(),
            needed: Some(needed),
            free: Some(free),
            release: None,
        }),
    }
}

/// Checks that so many bytes can be written to the index.
pub(crate) fn check_index_space(folder: &Path, needed: u64) -> Result<(), String> {
    match lack(folder, needed) {
        None => Ok(()),
        Some((needed, free)) => Err(format!("it needs {needed} bytes, and {free} are free")),
    }
}

/// What is at a path, in words.
pub(crate) fn described(path: &Path) -> io::Result<Option<String>> {
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e),
    };
    Ok(Some(if found.is_dir() {
        if path.join(crate::marker::MARKER).exists() {
            "a kilter store already (open it instead)".to_owned()
        } else {
            match fs::read_dir(path)?.count() {
                0 => "an empty folder".to_owned(),
                n => format!("a folder with {n} {}", if n == 1 { "entry" } else { "entries" }),
            }
        }
    } else if found.is_file() {
        format!("a file of {} bytes", found.len())
    } else if found.is_symlink() {
        "a symbolic link".to_owned()
    } else {
        "something that is neither a file nor a folder".to_owned()
    }))
}
