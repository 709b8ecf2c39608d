//! The small file by which a folder is known to be a store, and in which format.

use crate::error::{Damage, StoreError};
use crate::files;
use crate::header::FORMAT;
use std::fs;
use std::io;
use std::path::Path;

/// Its name.
pub(crate) const MARKER: &str = "kilter.store";

fn contents() -> String {
    let text =
        format!("kilter store\nformat {FORMAT}\ncreated by kilter-store {}\n", env!("CARGO_PKG_VERSION"));
    format!("{text}check {:08x}\n", crc32fast::hash(text.as_bytes()))
}

/// The format of the store in a folder. Refuses a folder that is not a store, or one of a newer format.
pub(crate) fn check(store: &Path) -> Result<u32, StoreError> {
    let path = store.join(MARKER);
    let not_a_store = |found: String| StoreError::NotAStore { path: store.to_owned(), found };
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            let found = files::described(store).map_err(|e| StoreError::io(store, "read", e))?;
            return Err(not_a_store(found.map_or_else(
                || "there is nothing".to_owned(),
                |found| format!("there is {found}, without {MARKER}"),
            )));
        }
        Err(e) => return Err(StoreError::io(&path, "read", e)),
    };
    let text = String::from_utf8_lossy(&bytes);
    let mut lines = text.lines();
    if lines.next() != Some("kilter store") {
        return Err(not_a_store(format!("its file {MARKER} does not begin with \"kilter store\"")));
    }
    let format = lines.next().and_then(|line| line.strip_prefix("format ")?.parse::<u32>().ok());
    let written_by = lines.next().and_then(|line| line.strip_prefix("created by kilter-store "));
    let whole = text.strip_suffix('\n').and_then(|t| t.rsplit_once('\n')).is_some_and(|(head, check)| {
        check == format!("check {:08x}", crc32fast::hash(format!("{head}\n").as_bytes()))
    });
    match (format, written_by) {
        (Some(found), Some(written_by)) if found > FORMAT && whole => {
            Err(StoreError::NewerFormat { path, found, known: FORMAT, written_by: written_by.to_owned() })
        }
        (Some(found @ 1..=FORMAT), Some(_)) if whole => Ok(found),
        _ => Err(StoreError::damaged(Damage::of(&path, "it is not as it was written"))),
    }
}

/// Writes it into the folder of a store.
pub(crate) fn write(store: &Path) -> io::Result<()> {
    files::replace(&store.join(MARKER), contents().as_bytes())
}
