//! One file that holds a store, the store made of it, and the repair of another by it.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod common;

use common::*;
use kilter_store::{Attachment, Mode, Release, Store, StoreError};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A store with a withdrawal, and a backup of it.
fn backed_up(folder: &Path) -> (PathBuf, PathBuf) {
    let (path, file) = (folder.join("store"), folder.join("backup.kilter"));
    let mut store = small_store(&path);
    store.withdraw(withdrawal(2, day(50))).unwrap();
    store.backup(&file, &mut []).unwrap();
    (path, file)
}

fn ledger_files(store: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = store.join("ledger");
    let all = files(&folder).into_iter();
    all.map(|(path, (bytes, _))| (path.strip_prefix(&folder).unwrap().to_owned(), bytes)).collect()
}

#[test]
fn a_restored_store_is_the_same_byte_for_byte_and_gives_the_same_backup() {
    let folder = tempfile::tempdir().unwrap();
    let (path, file) = backed_up(folder.path());
    let restored = folder.path().join("restored");
    let store = Store::restore(&file, &restored).unwrap();
    let original = Store::open(&path, Mode::Read).unwrap();
    assert_eq!(described(&store), described(&original));
    assert_eq!(read_all(&store), read_all(&original));
    assert_eq!(ledger_files(&restored), ledger_files(&path));
    assert_eq!(
        fs::read(restored.join("kilter.store")).unwrap(),
        fs::read(path.join("kilter.store")).unwrap()
    );
    let again = folder.path().join("again.kilter");
    let backup = store.backup(&again, &mut []).unwrap();
    assert_eq!(fs::read(&again).unwrap(), fs::read(&file).unwrap());
    assert_eq!((backup.segments, backup.last_release), (6, Some(3)));
    assert_eq!(backup.bytes, fs::metadata(&again).unwrap().len());
    let names = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(names, 4, "nothing half made is left behind");
    // It goes on as a store does.
    let mut store = store;
    store.append_release(release(day(70)), small_batch(5)).unwrap();
    assert!(store.verify().unwrap().is_sound());
}

#[test]
fn a_backup_holds_what_was_there_when_it_was_begun_while_a_writer_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let mut writer = small_store(&path);
    let reader = Store::open(&path, Mode::Read).unwrap();
    let before = read_all(&reader);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for i in 0..10 {
                writer.append_release(release(day(60 + i)), small_batch(i)).unwrap();
            }
        });
        for i in 0..5 {
            let file = folder.path().join(format!("{i}.kilter"));
            assert_eq!(reader.backup(&file, &mut []).unwrap().last_release, Some(3));
            let restored = Store::restore(&file, &folder.path().join(format!("restored-{i}"))).unwrap();
            assert_eq!(read_all(&restored), before);
        }
    });
}

#[test]
fn any_byte_of_a_backup_changed_is_noticed_or_without_consequence() {
    let folder = tempfile::tempdir().unwrap();
    let (path, file) = backed_up(folder.path());
    let whole = read_all(&Store::open(&path, Mode::Read).unwrap());
    let good = fs::read(&file).unwrap();
    let bad_file = folder.path().join("bad.kilter");
    let mut harmless = 0;
    for i in (0..good.len()).step_by(5) {
        let mut bad = good.clone();
        bad[i] ^= 1 << (i % 8);
        fs::write(&bad_file, &bad).unwrap();
        match Store::check_backup(&bad_file) {
            Err(StoreError::NotABackup { .. } | StoreError::Damaged(_) | StoreError::NewerFormat { .. }) => {}
            Err(other) => panic!("byte {i}: {other}"),
            Ok(_) => {
                // Dates, versions and attributes of members, which nobody reads.
                harmless += 1;
                if harmless % 20 == 1 {
                    let restored = folder.path().join(format!("restored-{i}"));
                    assert_eq!(read_all(&Store::restore(&bad_file, &restored).unwrap()), whole, "byte {i}");
                }
            }
        }
    }
    assert!(harmless < good.len() / 20, "{harmless} of {} bytes may be changed unnoticed", good.len());
    for n in [0, 1, good.len() / 2, good.len() - 1] {
        fs::write(&bad_file, &good[..n]).unwrap();
        assert!(Store::check_backup(&bad_file).is_err());
        assert!(Store::restore(&bad_file, &folder.path().join("none")).is_err());
        assert!(!folder.path().join("none").exists());
    }
}

#[test]
fn nothing_is_written_over_and_what_fails_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let (path, file) = backed_up(folder.path());
    let store = Store::open(&path, Mode::Read).unwrap();
    let message = store.backup(&file, &mut []).unwrap_err().to_string();
    assert!(message.contains("there is a file of"), "{message}");
    assert!(matches!(Store::restore(&file, &path), Err(StoreError::Exists { .. })));
    let mut fails =
        |_: &[Release], _: &mut (dyn Write + Send)| Err(StoreError::ReadOnly { path: path.clone() });
    let attachment = Attachment { name: "figures.csv", write: &mut fails };
    assert!(store.backup(&folder.path().join("b.kilter"), &mut [attachment]).is_err());
    let mut nothing = |_: &[Release], _: &mut (dyn Write + Send)| Ok(());
    for name in ["../evil", "a/b", "", ".hidden", "kilter.store"] {
        let attachment = Attachment { name, write: &mut nothing };
        assert!(store.backup(&folder.path().join("b.kilter"), &mut [attachment]).is_err(), "{name}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    // A damaged store is not backed up in silence.
    let segment = segment(&path, 3);
    let mut bytes = fs::read(&segment).unwrap();
    bytes[200] ^= 1;
    fs::write(&segment, bytes).unwrap();
    let error = store.backup(&folder.path().join("b.kilter"), &mut []).unwrap_err();
    assert!(matches!(error, StoreError::Damaged(_)), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn an_attachment_is_kept_and_checked_and_not_restored() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let store = small_store(&path);
    let file = folder.path().join("backup.kilter");
    let mut write = |releases: &[Release], out: &mut (dyn Write + Send)| {
        writeln!(out, "{} releases", releases.len()).unwrap();
        Ok(())
    };
    store.backup(&file, &mut [Attachment { name: "figures.csv", write: &mut write }]).unwrap();
    let mut archive = zip::ZipArchive::new(fs::File::open(&file).unwrap()).unwrap();
    let text = std::io::read_to_string(archive.by_name("figures.csv").unwrap()).unwrap();
    assert_eq!(text, "3 releases\n");
    let names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    assert_eq!(names.last().unwrap(), "manifest.txt");
    let restored = folder.path().join("restored");
    drop(Store::restore(&file, &restored).unwrap());
    assert!(!restored.join("figures.csv").exists());
    let mut bytes = fs::read(&file).unwrap();
    let at = bytes.windows(10).position(|part| part == b"3 releases").unwrap();
    bytes[at] = b'4';
    fs::write(&file, bytes).unwrap();
    assert!(matches!(Store::check_backup(&file), Err(StoreError::Damaged(_))));
}

#[test]
fn a_forged_archive_writes_nothing_outside_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("forged.kilter");
    let mut zip = zip::ZipWriter::new(fs::File::create(&file).unwrap());
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut text = format!(
        "kilter backup\nformat 1\nwritten by kilter-store 0.1.0\nsegment 1\ndigest {}\nrelease 0\n",
        "00".repeat(32)
    );
    for name in ["../evil", "ledger/../../evil", "/evil"] {
        zip.start_file(name, stored).unwrap();
        zip.write_all(b"evil").unwrap();
    }
    let digest = "4fcc1d2f6d1d2a0f".repeat(4);
    for name in ["../evil", "/evil", "ledger/../../evil"] {
        text.push_str(&format!("file {digest} 4 {name}\n"));
    }
    let check = crc32fast::hash(text.as_bytes());
    zip.start_file("manifest.txt", stored).unwrap();
    zip.write_all(format!("{text}check {check:08x}\n").as_bytes()).unwrap();
    zip.finish().unwrap();
    assert!(Store::restore(&file, &folder.path().join("store")).is_err());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    // A member that unfolds to more than it says is refused before it unfolds.
    let deflated = stored.compression_method(zip::CompressionMethod::Deflated);
    let mut zip = zip::ZipWriter::new(fs::File::create(&file).unwrap());
    zip.start_file("manifest.txt", deflated).unwrap();
    zip.write_all(&vec![b'a'; 1 << 20]).unwrap();
    zip.finish().unwrap();
    assert!(Store::check_backup(&file).is_err());
}

/// Hurts a store, has it repaired from its backup, and looks at what was touched.
fn repaired(hurt: impl FnOnce(&Path), restored: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let (path, file) = backed_up(folder.path());
    // What came after the backup stays.
    {
        let mut store = Store::open(&path, Mode::Write).unwrap();
        store.append_release(release(day(70)), small_batch(5)).unwrap();
    }
    let whole = read_all(&Store::open(&path, Mode::Read).unwrap());
    let before = files(&path);
    hurt(&path);
    assert!(!Store::verify_at(&path).is_ok_and(|found| found.is_sound()));
    let repair = Store::repair(&path, &file, Duration::ZERO).unwrap();
    assert!(repair.verification.is_sound(), "{repair}");
    let mut names: Vec<String> = repair
        .restored
        .iter()
        .map(|restored| restored.strip_prefix(&path).unwrap().to_string_lossy().replace('\\', "/"))
        .collect();
    names.sort();
    assert_eq!(names, restored);
    for (path, (bytes, changed)) in files(&path) {
        let is_ours = path.parent().unwrap().ends_with("ledger") || path.ends_with("kilter.store");
        if is_ours && !restored.iter().any(|name| path.ends_with(name)) {
            assert_eq!(
                Some(&(bytes, changed)),
                before.get(&path),
                "{} was not to be touched",
                path.display()
            );
        }
    }
    assert_eq!(read_all(&Store::open(&path, Mode::Write).unwrap()), whole);
}

fn flip(file: &Path, at: usize) {
    let mut bytes = fs::read(file).unwrap();
    let at = at.min(bytes.len() - 1);
    bytes[at] ^= 0x10;
    fs::write(file, bytes).unwrap();
}

#[test]
fn a_repair_restores_what_is_damaged_and_touches_nothing_else() {
    for at in [0, 9, 30, 150, usize::MAX] {
        repaired(|path| flip(&segment(path, 2), at), &["ledger/00000002.segment"]);
    }
    repaired(|path| fs::remove_file(segment(path, 1)).unwrap(), &["ledger/00000001.segment"]);
    repaired(|path| flip(&path.join("kilter.store"), 3), &["kilter.store"]);
    repaired(|path| flip(&path.join("ledger/head"), 12), &["ledger/head"]);
    repaired(|path| fs::write(segment(path, 4), "").unwrap(), &["ledger/00000004.segment"]);
    repaired(
        |path| {
            // Each is whole; they have changed places.
            fs::rename(segment(path, 2), path.join("a")).unwrap();
            fs::rename(segment(path, 3), segment(path, 2)).unwrap();
            fs::rename(path.join("a"), segment(path, 3)).unwrap();
        },
        &["ledger/00000002.segment", "ledger/00000003.segment"],
    );
    repaired(
        |path| {
            fs::remove_dir_all(path.join("index")).unwrap();
            (1..=6).for_each(|n| flip(&segment(path, n), 40));
        },
        &[
            "ledger/00000001.segment",
            "ledger/00000002.segment",
            "ledger/00000003.segment",
            "ledger/00000004.segment",
            "ledger/00000005.segment",
            "ledger/00000006.segment",
        ],
    );
}

#[test]
fn what_the_backup_does_not_hold_stays_damaged_and_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (path, file) = backed_up(folder.path());
    {
        let mut store = Store::open(&path, Mode::Write).unwrap();
        store.append_release(release(day(70)), small_batch(5)).unwrap();
    }
    flip(&segment(&path, 2), 200);
    flip(&segment(&path, 7), 200);
    let repair = Store::repair(&path, &file, Duration::ZERO).unwrap();
    assert_eq!(repair.restored, [segment(&path, 2)]);
    let damage = &repair.verification.damage;
    assert_eq!(damage.iter().map(|damage| damage.segment).collect::<Vec<_>>(), [Some(7)]);
    // The last segment is gone, and the head knows of it.
    fs::remove_file(segment(&path, 7)).unwrap();
    let repair = Store::repair(&path, &file, Duration::ZERO).unwrap();
    assert!(repair.restored.is_empty());
    assert!(repair.to_string().contains("the file is missing"), "{repair}");
}

#[test]
fn a_backup_of_another_store_repairs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = backed_up(folder.path());
    let other = folder.path().join("other");
    let mut store = Store::create(&other, definitions(day(0), "another")).unwrap();
    (0..5).for_each(|i| drop(store.append_release(release(day(i)), small_batch(9)).unwrap()));
    let file = folder.path().join("other.kilter");
    store.backup(&file, &mut []).unwrap();
    assert!(
        Store::repair(&path, &file, Duration::ZERO).unwrap().to_string().starts_with("nothing was damaged")
    );
    flip(&segment(&path, 3), 200);
    let before = files(&path.join("ledger"));
    let error = Store::repair(&path, &file, Duration::ZERO).unwrap_err();
    assert!(matches!(error, StoreError::OtherStore { .. }), "{error}");
    assert_eq!(files(&path.join("ledger")), before);
}

#[test]
fn a_store_that_is_open_is_not_repaired_under_the_hands_of_its_writer() {
    let folder = tempfile::tempdir().unwrap();
    let (path, file) = backed_up(folder.path());
    let writer = Store::open(&path, Mode::Write).unwrap();
    let error = Store::repair(&path, &file, Duration::ZERO).unwrap_err();
    assert!(matches!(error, StoreError::Locked { .. }), "{error}");
    drop(writer);
    assert!(Store::repair(&path, &file, Duration::ZERO).is_ok());
}

fn fixture() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/v1")
}

#[test]
fn a_migration_makes_a_backup_first_and_changes_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    let (path, file) = (folder.path().join("store"), folder.path().join("before.kilter"));
    copy(&fixture().join("store"), &path);
    let expected = fs::read_to_string(fixture().join("contents.txt")).unwrap();
    // Where there is no place for the backup, nothing happens.
    let nowhere = folder.path().join("no/such/folder/before.kilter");
    assert!(Store::migrate(&path, &nowhere, Duration::ZERO).is_err());
    assert!(fs::read_to_string(path.join("kilter.store")).unwrap().contains("format 1"));

    assert_eq!(Store::migrate(&path, &file, Duration::ZERO).unwrap(), (1, 2));
    let mut store = Store::open(&path, Mode::Write).unwrap();
    assert_eq!(described(&store), expected);
    store.withdraw(withdrawal(1, day(60))).unwrap();
    drop(store);
    let again = folder.path().join("again.kilter");
    assert_eq!(Store::migrate(&path, &again, Duration::ZERO).unwrap(), (2, 2));
    assert!(!again.exists());
    // The backup is of the older format, and is restored as it was.
    let restored = Store::restore(&file, &folder.path().join("restored")).unwrap();
    assert_eq!(described(&restored), expected);
    let marker = fs::read_to_string(folder.path().join("restored/kilter.store")).unwrap();
    assert!(marker.contains("format 1"), "{marker}");
}
