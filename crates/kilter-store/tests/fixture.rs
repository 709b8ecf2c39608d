//! A store of format 1, written once and kept: what was written then must be read the same for ever.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod common;

use common::*;
use kilter_store::{Mode, Store};
use std::fs;
use std::path::PathBuf;

fn fixture() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/v1")
}

#[test]
fn a_store_of_format_1_is_read_as_it_was_written() {
    let expected = fs::read_to_string(fixture().join("contents.txt")).unwrap();
    let before = files(&fixture());
    let store = Store::open(&fixture().join("store"), Mode::Read).unwrap();
    assert_eq!(described(&store), expected);
    let verification = store.verify().unwrap();
    assert!(verification.is_sound(), "{verification}");
    assert_eq!(files(&fixture()), before);
}

#[test]
fn a_store_of_format_1_can_be_added_to() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    copy(&fixture().join("store"), &path);
    let expected = fs::read_to_string(fixture().join("contents.txt")).unwrap();
    let mut store = Store::open(&path, Mode::Write).unwrap();
    assert_eq!(described(&store), expected);
    store.append_release(release(day(40)), vec![(key(7, 0, 0), months([(24_000, number(1.0))], 0))]).unwrap();
    assert!(store.verify().unwrap().is_sound());
}

#[test]
fn a_store_of_format_1_says_that_it_has_to_be_migrated_before_it_can_hold_a_withdrawal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    copy(&fixture().join("store"), &path);
    let error = Store::open(&path, Mode::Write).unwrap().withdraw(withdrawal(1, day(60))).unwrap_err();
    let message = error.to_string();
    assert!(message.contains("of format 1") && message.contains("migrate it to format 2"), "{message}");
    assert!(Store::open(&path, Mode::Read).unwrap().verify().unwrap().is_sound());
}
