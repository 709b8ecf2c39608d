//! Files that are read again and again, kept open: opening takes longer than most of the reading.
//!
//! Only so many at once, since a process may have only so many; the others are opened each time.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many are kept: systems let a process have 256 or more.
const MOST: usize = 128;
static OPEN: AtomicUsize = AtomicUsize::new(0);

/// A file that never changes, which may be kept open once it has been read.
#[derive(Debug, Default)]
pub(crate) struct Kept(OnceLock<Counted>);

#[derive(Debug)]
struct Counted(File);

impl Counted {
    /// `None` where enough are kept.
    fn new(file: File) -> Option<Self> {
        let counted = Self(file);
        (OPEN.fetch_add(1, Ordering::Relaxed) < MOST).then_some(counted)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        OPEN.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Kept {
    /// Its length as it is now.
    pub(crate) fn length(&self, path: &Path) -> io::Result<u64> {
        match self.0.get() {
            Some(kept) => kept.0.metadata().map(|found| found.len()),
            None => fs::metadata(path).map(|found| found.len()),
        }
    }

    /// Its bytes from a place on: all that are asked for, or an error.
    pub(crate) fn read(&self, path: &Path, at: u64, bytes: &mut [u8]) -> io::Result<()> {
        if let Some(kept) = self.0.get() {
            return read(&kept.0, at, bytes);
        }
        let file = File::open(path)?;
        read(&file, at, bytes)?;
        // Elsewhere a handle has one place at which it reads, which threads would share.
        if cfg!(unix)
            && let Some(counted) = Counted::new(file)
        {
            let _ = self.0.set(counted);
        }
        Ok(())
    }
}

#[cfg(unix)]
fn read(file: &File, at: u64, bytes: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, at)
}

#[cfg(not(unix))]
fn read(mut file: &File, at: u64, bytes: &mut [u8]) -> io::Result<()> {
    use std::io::{Read, Seek};
    file.seek(io::SeekFrom::Start(at))?;
    file.read_exact(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_files_than_may_be_kept_are_read_all_the_same_and_let_go_of() {
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<_> = (0..MOST + 10).map(|n| folder.path().join(n.to_string())).collect();
        let files: Vec<Kept> = paths.iter().map(|_| Kept::default()).collect();
        for _ in 0..2 {
            for (n, (path, file)) in paths.iter().zip(&files).enumerate() {
                fs::write(path, format!("{n:04}")).unwrap();
                let mut bytes = [0; 2];
                file.read(path, 2, &mut bytes).unwrap();
                assert_eq!(file.length(path).unwrap(), 4);
                assert_eq!(bytes[..], format!("{n:04}").as_bytes()[2..]);
                let beyond = file.read(path, 3, &mut bytes).unwrap_err();
                assert_eq!(beyond.kind(), io::ErrorKind::UnexpectedEof);
            }
        }
        assert!(files.iter().any(|file| file.0.get().is_none()));
        drop(files);
        let again = Kept::default();
        again.read(&paths[0], 0, &mut [0; 4]).unwrap();
        assert!(!cfg!(unix) || again.0.get().is_some());
    }
}
