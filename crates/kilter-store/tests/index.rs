//! The index is never the only copy of anything: whatever happens to it, the answers stay the same.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod common;

use common::*;
use kilter_store::{AsAt, IndexState, Mode, Store};
use std::fs;
use std::path::Path;

/// Opens the store after something was done to its index, and checks that it answers as before.
fn same_answers_after(what: &str, hurt: impl Fn(&Path, &Path)) -> IndexState {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let before = read_all(&small_store(&path));
    hurt(&path, folder.path());
    let state = {
        let store = Store::open(&path, Mode::Write).unwrap();
        assert_eq!(read_all(&store), before, "{what}");
        let verification = store.verify().unwrap();
        assert!(verification.is_sound(), "{what}: {verification}");
        store.index_state()
    };
    // And it is whole again for the next one.
    let mut store = Store::open(&path, Mode::Write).unwrap();
    assert_eq!(store.index_state(), IndexState::InUse, "{what}, opened once more");
    store.append_release(release(day(25)), small_batch(5)).unwrap();
    assert_eq!(read_all(&store), read_all(&Store::open(&path, Mode::Read).unwrap()), "{what}");
    assert_eq!(store.index_state(), IndexState::InUse);
    state
}

fn rebuilt(state: &IndexState, because: &str) {
    let IndexState::Rebuilt { because: found } = state else { panic!("{state}") };
    assert!(found.contains(because), "{found}");
}

#[test]
fn deleted() {
    let state = same_answers_after("deleted", |store, _| fs::remove_dir_all(store.join("index")).unwrap());
    rebuilt(&state, "there was none");
}

#[test]
fn replaced_by_a_file() {
    same_answers_after("a file", |store, _| {
        fs::remove_dir_all(store.join("index")).unwrap();
        fs::write(store.join("index"), "not a folder").unwrap();
    });
}

#[test]
fn emptied() {
    let state = same_answers_after("emptied", |store, _| {
        fs::remove_dir_all(store.join("index")).unwrap();
        fs::create_dir(store.join("index")).unwrap();
    });
    rebuilt(&state, "empty");
}

#[test]
fn truncated_at_any_place() {
    for n in [0, 1, 100, 512, 4_096, 10_000] {
        same_answers_after("truncated", |store, _| {
            let file = fs::File::options().write(true).open(store.join("index/db")).unwrap();
            let length = file.metadata().unwrap().len();
            file.set_len(n.min(length)).unwrap();
        });
    }
}

#[test]
fn filled_with_garbage() {
    for name in ["db", "conf"] {
        same_answers_after("garbage", |store, _| {
            let path = store.join("index").join(name);
            let length = fs::metadata(&path).unwrap().len().min(1 << 16) as usize;
            let garbage: Vec<u8> = (0..length).map(|i| ((i * 2_654_435_761) >> 7) as u8).collect();
            fs::write(path, garbage).unwrap();
        });
    }
}

#[test]
fn changed_in_single_bytes() {
    for i in (0..6_000).step_by(271) {
        same_answers_after(&format!("byte {i}"), |store, _| {
            let path = store.join("index/db");
            let mut bytes = fs::read(&path).unwrap();
            if let Some(byte) = bytes.get_mut(i) {
                *byte ^= 0x10;
            }
            fs::write(path, bytes).unwrap();
        });
    }
}

#[test]
fn from_another_store() {
    let state = same_answers_after("another store", |store, folder| {
        let other = folder.join("other");
        {
            let mut other = Store::create(&other, definitions(day(0), "another")).unwrap();
            other.append_release(release(day(10)), small_batch(7)).unwrap();
        }
        fs::remove_dir_all(store.join("index")).unwrap();
        copy(&other.join("index"), &store.join("index"));
    });
    rebuilt(&state, "another ledger");
}

#[test]
fn behind_by_some_segments() {
    // Of files that were put together, too.
    for (kept, compacted) in (1..5).flat_map(|kept| [(kept, false), (kept, true)]) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        // An index as it was after so many segments, under the whole ledger.
        let old = folder.path().join("old");
        {
            let mut store = Store::create(&path, definitions(day(0), "version one")).unwrap();
            let mut steps = 1;
            let mut keep = |store: Store| {
                let store = if steps == kept {
                    drop(store);
                    copy(&path.join("index"), &old);
                    Store::open(&path, Mode::Write).unwrap()
                } else {
                    store
                };
                steps += 1;
                store
            };
            store = keep(store);
            store.append_release(release(day(10)), small_batch(0)).unwrap();
            store = keep(store);
            store.append_release(release(day(30)), small_batch(2)).unwrap();
            store = keep(store);
            store.append_definitions(definitions(day(35), "version two")).unwrap();
            store = keep(store);
            store.append_release(release(day(20)), small_batch(1)).unwrap();
            if compacted {
                store.compact().unwrap();
            }
        }
        fs::remove_dir_all(path.join("index")).unwrap();
        copy(&old, &path.join("index"));
        let store = Store::open(&path, Mode::Write).unwrap();
        assert_eq!(store.index_state(), IndexState::InUse, "brought up from segment {kept}, {compacted}");
        assert_eq!(read_all(&store), read_all(&Store::open(&path, Mode::Read).unwrap()));
        let verification = store.verify().unwrap();
        assert!(
            matches!(verification.index, kilter_store::IndexCheck::Agrees { series: 12 }),
            "{verification}"
        );
    }
}

#[test]
fn ahead_of_a_ledger_that_came_from_a_backup() {
    let folder = tempfile::tempdir().unwrap();
    let (path, backup) = (folder.path().join("store"), folder.path().join("backup"));
    {
        let mut store = Store::create(&path, definitions(day(0), "")).unwrap();
        store.append_release(release(day(10)), small_batch(0)).unwrap();
        copy(&path.join("ledger"), &backup);
        store.append_release(release(day(30)), small_batch(2)).unwrap();
    }
    fs::remove_dir_all(path.join("ledger")).unwrap();
    copy(&backup, &path.join("ledger"));
    let store = Store::open(&path, Mode::Write).unwrap();
    rebuilt(&store.index_state(), "ahead of the ledger");
    assert_eq!(store.releases().len(), 1);
    assert_eq!(read_all(&store), read_all(&Store::open(&path, Mode::Read).unwrap()));
}

#[test]
fn a_draft_left_by_a_kill_while_opening_does_not_stop_the_next() {
    let state = same_answers_after("a draft", |store, _| {
        fs::write(store.join("index/snap.FFFFFFFFFFFFFFFF.generating"), "").unwrap();
    });
    assert_eq!(state, IndexState::InUse);
}

#[test]
fn damage_that_appears_while_the_store_is_open_is_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let before = read_all(&small_store(&path));
    let store = Store::open(&path, Mode::Write).unwrap();
    let db = path.join("index/db");
    let length = fs::metadata(&db).unwrap().len() as usize;
    fs::write(&db, vec![0x5a; length]).unwrap();
    assert_eq!(read_all(&store), before);
}

#[test]
fn series_of_many_parts_grow_and_shrink() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let mut store = Store::create(&path, definitions(day(0), "")).unwrap();
    // Numbers without short decimals take eight bytes each: several parts of the index.
    let long = |n: i32, scale: f64| months((0..n).map(|i| (i, number(f64::from(i) * scale + 0.1))), 0);
    let third = 1.0 / 3.0;
    store
        .append_release(
            release(day(1)),
            vec![(key(0, 0, 0), long(3_000, third)), (key(0, 0, 1), long(500, third))],
        )
        .unwrap();
    store.append_release(release(day(2)), vec![(key(0, 0, 0), long(10_000, third))]).unwrap();
    // Whole numbers in place of long ones: fewer parts.
    store
        .append_release(
            release(day(3)),
            vec![(key(0, 0, 0), months((0..10_000).map(|i| (i, number(1.0))), 0))],
        )
        .unwrap();
    let reader = Store::open(&path, Mode::Read).unwrap();
    assert_eq!(read_all(&store), read_all(&reader));
    assert_eq!(store.index_state(), IndexState::InUse);
    drop(store);
    let store = Store::open(&path, Mode::Write).unwrap();
    assert_eq!(store.index_state(), IndexState::InUse);
    assert_eq!(read_all(&store), read_all(&reader));
    assert_eq!(store.snapshot(AsAt::Latest).unwrap().series(&key(0, 0, 0)).unwrap().unwrap().len(), 10_000);
}
