//! A store and a backup of each format, written once and kept: what was written then must be read the same for
//! ever.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod common;

use common::*;
use kilter_store::{Mode, Store};
use std::fs;
use std::path::PathBuf;

const FORMATS: &[u32] = &[1, 2];

fn fixture(format: u32) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/v{format}"))
}

fn expected(format: u32) -> String {
    fs::read_to_string(fixture(format).join("contents.txt")).unwrap()
}

#[test]
fn a_store_of_every_format_is_read_as_it_was_written() {
    for &format in FORMATS {
        let before = files(&fixture(format));
        let store = Store::open(&fixture(format).join("store"), Mode::Read).unwrap();
        assert_eq!(described(&store), expected(format), "format {format}");
        let verification = store.verify().unwrap();
        assert!(verification.is_sound(), "{verification}");
        assert_eq!(files(&fixture(format)), before);
    }
}

#[test]
fn a_store_of_every_format_can_be_added_to() {
    for &format in FORMATS {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        copy(&fixture(format).join("store"), &path);
        let mut store = Store::open(&path, Mode::Write).unwrap();
        assert_eq!(described(&store), expected(format), "format {format}");
        store
            .append_release(release(day(70)), vec![(key(9, 0, 0), months([(24_000, number(1.0))], 0))])
            .unwrap();
        assert!(store.verify().unwrap().is_sound());
    }
}

#[test]
fn a_backup_of_every_format_is_restored_as_it_was() {
    for &format in FORMATS {
        let folder = tempfile::tempdir().unwrap();
        let backup = fixture(format).join("backup.kilter");
        Store::check_backup(&backup).unwrap();
        let store = Store::restore(&backup, &folder.path().join("store")).unwrap();
        assert_eq!(described(&store), expected(format), "format {format}");
        let marker = fs::read_to_string(folder.path().join("store/kilter.store")).unwrap();
        assert!(marker.contains(&format!("\nformat {format}\n")), "{marker}");
    }
}

#[test]
fn a_store_of_format_1_says_that_it_has_to_be_migrated_before_it_can_hold_a_withdrawal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    copy(&fixture(1).join("store"), &path);
    let error = Store::open(&path, Mode::Write).unwrap().withdraw(withdrawal(1, day(60))).unwrap_err();
    let message = error.to_string();
    assert!(message.contains("of format 1") && message.contains("migrate it to format 2"), "{message}");
    assert!(Store::open(&path, Mode::Read).unwrap().verify().unwrap().is_sound());
}
