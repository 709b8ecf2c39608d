//! Putting good segments from a backup in the place of damaged ones, and nothing else.
//!
//! A segment is put in place only where the chain on both sides accepts it. Works on files; opens no store.

use crate::archive::Archive;
use crate::backup::copied;
use crate::error::{Damage, StoreError};
use crate::files;
use crate::index;
use crate::ledger::{self, HEAD, LEDGER, Ledger, file_name};
use crate::lock::Lock;
use crate::marker::{self, MARKER};
use crate::segment::{Digest32, Segment};
use crate::store::Store;
use crate::verify::{self, Verification};
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a repair did, and how the store is after it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Repair {
    /// The files that were restored; none where nothing was damaged, or nothing could be.
    pub restored: Vec<PathBuf>,
    /// The store as it is now, every byte of it read.
    pub verification: Verification,
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.restored.len() {
            0 if self.verification.is_sound() => writeln!(f, "nothing was damaged")?,
            0 => writeln!(f, "nothing could be restored from this backup")?,
            _ => self.restored.iter().try_for_each(|path| writeln!(f, "restored {}", path.display()))?,
        }
        self.verification.fmt(f)
    }
}

/// A segment of the backup, waiting under a temporary name in the folder of the ledger.
struct Spare {
    file: tempfile::NamedTempFile,
    segment: Segment,
}

impl Store {
    /// Restores what is damaged in a store, and only that, from a backup of it. Waits so long for another
    /// writer. What the backup does not hold stays damaged and is named in the answer.
    ///
    /// # Errors
    /// Not a backup, or one of another store; a damaged backup; open for writing by another; no space, no
    /// permission.
    pub fn repair(path: &Path, backup: &Path, wait: Duration) -> Result<Repair, StoreError> {
        let path = std::path::absolute(path).map_err(|e| StoreError::io(path, "open", e))?;
        let mut archive = Archive::open(backup)?;
        let folder = path.join(LEDGER);
        if !folder.is_dir() {
            // A folder without a ledger is no store, whatever else it holds.
            marker::check(&path)?;
            fs::create_dir(&folder).map_err(|e| StoreError::io(&folder, "write", e))?;
        }
        let _lock = Lock::take(&path, wait)?;
        files::remove_temporary(&folder).map_err(|e| StoreError::io(&folder, "clear", e))?;
        let mut restored = Vec::new();
        match marker::check(&path) {
            Ok(_) => {}
            Err(StoreError::Damaged(_) | StoreError::NotAStore { .. }) => {
                put(copied(&mut archive, MARKER, &path)?, path.join(MARKER), &mut restored)?;
                marker::check(&path)?;
            }
            Err(other) => return Err(other),
        }
        let before = verify::ledger(&folder)?;
        if !before.is_sound() {
            let found = found(&before.damage, &folder, archive.contents.segment)?;
            let spares = spares(&mut archive, &folder, &found)?;
            let accepted = accepted(spares, &found, &folder)?;
            if accepted.is_empty() && archive.contents.segment > 0 {
                refuse_another(&mut archive, &folder, backup, &path, &found)?;
            }
            for (number, spare) in accepted {
                put(spare.file, folder.join(file_name(number)), &mut restored)?;
            }
            files::sync_folder(&folder).map_err(|e| StoreError::io(&folder, "write", e))?;
            mend_head(&folder, &mut restored)?;
        }
        if !restored.is_empty() {
            let index = index::folder(&path);
            index::set_aside(&index).map_err(|e| StoreError::io(&index, "remove", e))?;
        }
        Ok(Repair { restored, verification: Self::verify_at(&path)? })
    }
}

fn put(file: tempfile::NamedTempFile, path: PathBuf, restored: &mut Vec<PathBuf>) -> Result<(), StoreError> {
    file.persist(&path).map_err(|e| StoreError::io(&path, "write", e.error))?;
    restored.push(path);
    Ok(())
}

/// The segments of a damaged ledger: those that stay, with their links, and those that are in question.
struct Found {
    staying: BTreeMap<u32, (Digest32, Digest32)>,
    in_question: Vec<u32>,
    head: Option<(u32, Digest32)>,
}

fn found(damage: &[Damage], folder: &Path, backup_goes_to: u32) -> Result<Found, StoreError> {
    let head = ledger::read_head(folder).unwrap_or(None);
    let mut in_question: Vec<u32> = damage.iter().filter_map(|damage| damage.segment).collect();
    // Where two do not follow on each other, either may be the wrong one.
    in_question.extend(damage.iter().filter_map(|damage| damage.segment?.checked_sub(1)));
    let numbers = ledger::list(folder)?;
    // With its head unreadable, nothing says where the ledger ended but the backup.
    let end = head.map_or(backup_goes_to, |(number, _)| number);
    in_question.extend((1..=end).filter(|number| numbers.binary_search(number).is_err()));
    in_question.retain(|number| *number > 0);
    in_question.sort_unstable();
    in_question.dedup();
    let mut staying = BTreeMap::new();
    for number in numbers {
        if in_question.binary_search(&number).is_err()
            && let Ok(segment) = Segment::open(&folder.join(file_name(number)))
        {
            staying.insert(number, (segment.header.previous, segment.digest));
        }
    }
    Ok(Found { staying, in_question, head })
}

/// The segments in question that the backup holds.
fn spares(archive: &mut Archive, folder: &Path, found: &Found) -> Result<BTreeMap<u32, Spare>, StoreError> {
    let mut spares = BTreeMap::new();
    for &number in &found.in_question {
        let name = format!("{LEDGER}/{}", file_name(number));
        if archive.has(&name) {
            let file = copied(archive, &name, folder)?;
            let segment = Segment::open(file.path())?;
            spares.insert(number, Spare { file, segment });
        }
    }
    Ok(spares)
}

/// Those spares that the chain accepts and that are not there already as they should be.
fn accepted(
    mut spares: BTreeMap<u32, Spare>,
    found: &Found,
    folder: &Path,
) -> Result<BTreeMap<u32, Spare>, StoreError> {
    // A spare that is refused is no neighbour for the next: until nothing changes.
    loop {
        let link = |number: u32| {
            let spare = spares.get(&number).map(|s| (s.segment.header.previous, s.segment.digest));
            spare.or_else(|| found.staying.get(&number).copied())
        };
        let fits = |number: u32, spare: &Spare| {
            let before = if number == 1 { Some([0; 32]) } else { link(number - 1).map(|(_, digest)| digest) };
            let after = link(number + 1).map(|(previous, _)| previous);
            let head = found.head.filter(|(head, _)| *head == number).map(|(_, digest)| digest);
            spare.segment.header.number == number
                && before.is_none_or(|digest| digest == spare.segment.header.previous)
                && [after, head].into_iter().flatten().all(|digest| digest == spare.segment.digest)
        };
        let refused = spares.iter().find(|(number, spare)| !fits(**number, spare)).map(|(number, _)| *number);
        match refused {
            Some(number) => drop(spares.remove(&number)),
            None => break,
        }
    }
    let mut needed = BTreeMap::new();
    for (number, spare) in spares {
        let there = Segment::open(&folder.join(file_name(number)));
        let is_whole = match there {
            Ok(there) => there.digest == spare.segment.digest && there.is_as_written(),
            Err(_) => false,
        };
        if !is_whole {
            needed.insert(number, spare);
        }
    }
    Ok(needed)
}

/// Says so where the backup is not of this store at all.
fn refuse_another(
    archive: &mut Archive,
    folder: &Path,
    backup: &Path,
    store: &Path,
    found: &Found,
) -> Result<(), StoreError> {
    let Some((&number, &(_, digest))) = found.staying.first_key_value() else { return Ok(()) };
    let name = format!("{LEDGER}/{}", file_name(number));
    if archive.has(&name) {
        let file = copied(archive, &name, folder)?;
        if Segment::open(file.path())?.digest != digest {
            return Err(StoreError::OtherStore { backup: backup.to_owned(), store: store.to_owned() });
        }
    }
    Ok(())
}

/// Writes the head anew where it is damaged and the chain is whole without it.
fn mend_head(folder: &Path, restored: &mut Vec<PathBuf>) -> Result<(), StoreError> {
    if ledger::read_head(folder).is_ok() {
        return Ok(());
    }
    if let Ok(ledger) = Ledger::open_without_head(folder) {
        ledger.write_head()?;
        restored.push(folder.join(HEAD));
    }
    Ok(())
}
