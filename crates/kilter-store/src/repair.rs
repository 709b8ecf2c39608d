//! Putting good segments from a backup in the place of damaged ones, and nothing else.
//!
//! A segment is put in place only where the chain on both sides accepts it. Works on files; opens no store.

use crate::archive::Archive;
use crate::backup::copied;
use crate::error::{Damage, StoreError};
use crate::files;
use crate::index;
use crate::ledger::{self, FileRange, HEAD, LEDGER, Ledger, LedgerFile};
use crate::lock::Lock;
use crate::marker::{self, MARKER};
use crate::segment::Digest32;
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

/// A file of the backup, waiting under a temporary name in the folder of the ledger.
struct Spare {
    file: tempfile::NamedTempFile,
    opened: LedgerFile,
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
            let found = Found::new(&before.damage, &folder, archive.contents.segment)?;
            let spares = spares(&mut archive, &folder, &found)?;
            let accepted = accepted(spares, &found);
            if accepted.is_empty() {
                refuse_another(&mut archive, &folder, backup, &path, &found)?;
            }
            restore(accepted, &found, &folder, &mut restored)?;
            files::sync_folder(&folder).map_err(|e| StoreError::io(&folder, "write", e))?;
            mend_head(&folder, &mut restored)?;
        }
        if !restored.is_empty() {
            // The head, and the file that makes the folder a store.
            for place in [&folder, &path] {
                files::sync_folder(place).map_err(|e| StoreError::io(place, "write", e))?;
            }
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

/// The digest that a segment names and its own.
type Ends = (Digest32, Digest32);

fn ends(file: &LedgerFile) -> Vec<(u32, Ends)> {
    file.links().iter().map(|link| (link.number, (link.previous, link.digest))).collect()
}

/// What a damaged ledger holds: segments that stay, and the files in question.
struct Found {
    staying: BTreeMap<u32, Ends>,
    in_question: Vec<FileRange>,
    head: Option<(u32, Digest32)>,
}

impl Found {
    fn new(damage: &[Damage], folder: &Path, backup_goes_to: u32) -> Result<Self, StoreError> {
        let head = ledger::read_head(folder).unwrap_or(None);
        let mut numbers: Vec<u32> = damage.iter().filter_map(|damage| damage.segment).collect();
        // Where two do not follow on each other, either may be the wrong one.
        numbers.extend(damage.iter().filter_map(|damage| damage.segment?.checked_sub(1)));
        let files = ledger::list(folder)?;
        // With its head unreadable, nothing says where the ledger ended but the backup.
        let end = head.map_or(backup_goes_to, |(number, _)| number);
        let is_there = |number: u32| files.iter().any(|range| (range.first..=range.last).contains(&number));
        let missing = (1..=end).filter(|number| !is_there(*number));
        let mut in_question: Vec<FileRange> =
            missing.map(|number| FileRange { first: number, last: number }).collect();
        let mut staying = BTreeMap::new();
        for range in files {
            if numbers.iter().any(|number| (range.first..=range.last).contains(number)) {
                in_question.push(range);
            } else if let Ok(file) = LedgerFile::open(folder, range) {
                staying.extend(ends(&file));
            }
        }
        Ok(Self { staying, in_question, head })
    }
}

/// The files of the backup that hold a segment in question.
fn spares(
    archive: &mut Archive,
    folder: &Path,
    found: &Found,
) -> Result<BTreeMap<FileRange, Spare>, StoreError> {
    let mut spares = BTreeMap::new();
    for name in archive.names() {
        let file_name = name.strip_prefix(LEDGER).and_then(|rest| rest.strip_prefix('/'));
        let Some(range) = file_name.and_then(FileRange::of) else { continue };
        if found.in_question.iter().any(|other| range.first <= other.last && other.first <= range.last) {
            let file = copied(archive, &name, folder)?;
            let opened = LedgerFile::open_at(file.path(), range)?;
            spares.insert(range, Spare { file, opened });
        }
    }
    Ok(spares)
}

/// Those spares that the chain accepts.
fn accepted(mut spares: BTreeMap<FileRange, Spare>, found: &Found) -> BTreeMap<FileRange, Spare> {
    // A spare that is refused is no neighbour for the next: until nothing changes.
    loop {
        let mut all = found.staying.clone();
        spares.values().for_each(|spare| all.extend(ends(&spare.opened)));
        let fits = |range: &FileRange, spare: &Spare| {
            let links = ends(&spare.opened);
            let before = match range.first {
                1 => Some([0; 32]),
                first => all.get(&(first - 1)).map(|(_, digest)| *digest),
            };
            let after = all.get(&(range.last.saturating_add(1))).map(|(previous, _)| *previous);
            let (Some((_, first)), Some((_, last))) = (links.first(), links.last()) else { return false };
            let agrees = |(number, (_, digest)): &(u32, Ends)| {
                found.staying.get(number).is_none_or(|(_, staying)| staying == digest)
                    && found.head.is_none_or(|(head, named)| head != *number || named == *digest)
            };
            spare.opened.range() == *range
                && before.is_none_or(|digest| digest == first.0)
                && after.is_none_or(|previous| previous == last.1)
                && links.iter().all(agrees)
        };
        let refused = spares.iter().find(|(range, spare)| !fits(range, spare)).map(|(range, _)| *range);
        match refused {
            Some(range) => drop(spares.remove(&range)),
            None => return spares,
        }
    }
}

/// Gives the spares their names where there is no such file that is as it was written.
fn restore(
    accepted: BTreeMap<FileRange, Spare>,
    found: &Found,
    folder: &Path,
    restored: &mut Vec<PathBuf>,
) -> Result<(), StoreError> {
    let ranges: Vec<FileRange> = accepted.keys().copied().collect();
    for (range, spare) in accepted {
        let is_whole = LedgerFile::open(folder, range).is_ok_and(|there| {
            there.segment().digest == spare.opened.segment().digest && there.segment().is_as_written()
        });
        if !is_whole {
            put(spare.file, folder.join(range.name()), restored)?;
        }
    }
    // A damaged file of several segments goes when each of them has come back by itself.
    for range in &found.in_question {
        let covers = |number: u32| {
            ranges.iter().any(|spare| {
                spare != range && range.holds(*spare) && (spare.first..=spare.last).contains(&number)
            })
        };
        if range.first < range.last && (range.first..=range.last).all(covers) {
            let path = folder.join(range.name());
            fs::remove_file(&path).map_err(|e| StoreError::io(&path, "remove", e))?;
        }
    }
    Ok(())
}

/// Says so where the backup is not of this store at all.
fn refuse_another(
    archive: &mut Archive,
    folder: &Path,
    backup: &Path,
    store: &Path,
    found: &Found,
) -> Result<(), StoreError> {
    for name in archive.names() {
        let file_name = name.strip_prefix(LEDGER).and_then(|rest| rest.strip_prefix('/'));
        let Some(range) = file_name.and_then(FileRange::of) else { continue };
        let file = copied(archive, &name, folder)?;
        let links = ends(&LedgerFile::open_at(file.path(), range)?);
        let both =
            links.iter().find_map(|(number, (_, digest))| Some((found.staying.get(number)?.1, *digest)));
        if let Some((here, there)) = both {
            let other = StoreError::OtherStore { backup: backup.to_owned(), store: store.to_owned() };
            return if here == there { Ok(()) } else { Err(other) };
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
