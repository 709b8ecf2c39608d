//! Merging segments changes no answer, wherever it is interrupted and whoever reads meanwhile.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod common;

use common::*;
use kilter_core::series::{Absence, Marks, Observation, Series, SeriesKey};
use kilter_core::time::Date;
use kilter_store::{AsAt, IndexCheck, IndexState, Mode, Store, StoreError};
use std::fs;
use std::path::Path;
use std::time::Duration;

/// Everything that can be asked of a store.
fn everything(store: &Store) -> (String, Vec<Contents>, Vec<Contents>) {
    let own = store.releases().iter().map(|r| contents(&store.release_series(r.number()).unwrap())).collect();
    let days = (0..80).step_by(3).map(|n| AsAt::Date(day(n)));
    let dates = days.map(|as_at| read(&store.snapshot(as_at).unwrap())).collect();
    (described(store), own, dates)
}

/// A store with every way of saying something, twice.
fn varied(path: &Path) -> Store {
    let mut store = small_store(path);
    let odd: Vec<(SeriesKey, Series)> = vec![
        (
            key(0, 2, 0),
            months([(24_000, Observation::pair(3.0, 4.0).unwrap()), (24_007, number(0.1 + 0.2))], 0),
        ),
        (key(1, 0, 0), months([(23_000, Observation::absent(Absence::Suppressed).marked(Marks::BREAK))], 0)),
        (key(3, 0, 1), months([], 0)),
        (key(4, 4, 2), months([(24_001, number(-0.0)), (24_002, number(f64::MAX))], 0)),
    ];
    store.append_release(release(day(40)), odd.clone()).unwrap();
    store.withdraw(withdrawal(2, day(50))).unwrap();
    store.append_release(release(day(25)), odd).unwrap();
    store.append_definitions(definitions(day(55), "version three")).unwrap();
    store
}

fn segment_files(path: &Path) -> Vec<String> {
    let names =
        fs::read_dir(path.join("ledger")).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".segment")).collect();
    names.sort();
    names
}

#[test]
fn a_compacted_store_gives_every_answer_it_gave_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let mut store = varied(&path);
    let before = everything(&store);
    let done = store.compact().unwrap();
    assert_eq!(done.files, 9);
    assert_eq!(segment_files(&path), ["00000001-00000009.segment"]);
    assert_eq!(done.after, fs::metadata(path.join("ledger/00000001-00000009.segment")).unwrap().len());
    assert_eq!(everything(&store), before);
    let verified = store.verify().unwrap();
    assert!(verified.is_sound() && matches!(verified.index, IndexCheck::Agrees { .. }), "{verified}");
    assert_eq!(
        (verified.segments, verified.releases, verified.definitions, verified.withdrawals),
        (9, 5, 3, 1)
    );
    assert_eq!(everything(&Store::open(&path, Mode::Read).unwrap()), before);
    drop(store);
    let mut store = Store::open(&path, Mode::Write).unwrap();
    assert_eq!(store.index_state(), IndexState::InUse);
    assert_eq!(everything(&store), before);
    assert_eq!(store.compact().unwrap().files, 1, "there is nothing to merge twice");
    // A change of kind is still refused, and everything else still taken.
    let other = kilter_core::series::SeriesBuilder::new(kilter_core::time::PeriodKind::Day);
    let refused = store.append_release(release(day(70)), vec![(key(0, 0, 0), other.build().unwrap())]);
    assert!(matches!(refused, Err(StoreError::KindChanged { .. })));
    store.append_release(release(day(26)), small_batch(1)).unwrap();
    store.withdraw(withdrawal(3, day(60))).unwrap();
    let before = everything(&store);
    assert_eq!(store.compact().unwrap().files, 3);
    assert_eq!(segment_files(&path), ["00000001-00000011.segment"]);
    assert_eq!(everything(&store), before);
    assert!(store.verify().unwrap().is_sound());
}

#[test]
fn a_reader_that_was_there_before_goes_on_with_the_merged_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let mut store = varied(&path);
    let before = everything(&store);
    let reader = Store::open(&path, Mode::Read).unwrap();
    let snapshot = reader.snapshot(AsAt::Release(3)).unwrap();
    let of_the_writer = Store::open(&path, Mode::Write).unwrap();
    let old = of_the_writer.snapshot(AsAt::Release(4)).unwrap();
    let expected = (read(&reader.snapshot(AsAt::Release(3)).unwrap()), read(&old));
    store.append_release(release(day(70)), small_batch(4)).unwrap();
    store.compact().unwrap();
    assert_eq!((read(&snapshot), read(&old)), expected);
    assert_eq!(everything(&reader), before, "what was added later is not shown");
    store.append_release(release(day(71)), small_batch(5)).unwrap();
    store.compact().unwrap();
    assert_eq!(everything(&reader), before);
    let file = folder.path().join("backup.kilter");
    reader.backup(&file, &mut []).unwrap();
    let restored = Store::restore(&file, &folder.path().join("restored")).unwrap();
    assert_eq!(restored.releases().len(), 7);
}

#[test]
fn readers_in_the_midst_of_compactions_are_never_wrong_and_never_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let mut store = varied(&path);
    let (done, path) = (std::sync::atomic::AtomicBool::new(false), &path);
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let mut rounds = 0;
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                let reader = Store::open(path, Mode::Read).unwrap();
                let releases = reader.releases();
                for release in releases.iter().skip(5) {
                    let said = contents(&reader.release_series(release.number()).unwrap());
                    let expected = small_batch(release.number() as i32);
                    assert_eq!(said.len(), expected.len());
                    for (key, series) in expected {
                        let points: Vec<_> = series.values().iter().map(|v| v.to_bits()).collect();
                        assert_eq!(said[&key].1.iter().map(|p| p.1[0]).collect::<Vec<_>>(), points);
                    }
                }
                rounds += 1;
            }
            rounds
        });
        for number in 6..18 {
            store.append_release(release(day(number)), small_batch(number)).unwrap();
            store.compact().unwrap();
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(reading.join().unwrap() > 0);
    });
}

#[test]
fn a_compaction_that_was_interrupted_leaves_a_whole_store_and_is_tidied_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let before = everything(&varied(&path));
    let copied = folder.path().join("copied");
    copy(&path, &copied);
    Store::open(&path, Mode::Write).unwrap().compact().unwrap();
    // The merged file is there, and the others are still, or some of them.
    let merged = "ledger/00000001-00000009.segment";
    fs::copy(path.join(merged), copied.join(merged)).unwrap();
    for gone in [0, 1, 5] {
        if gone > 0 {
            fs::remove_file(segment(&copied, gone)).unwrap();
        }
        assert!(Store::verify_at(&copied).unwrap().is_sound());
        assert_eq!(everything(&Store::open(&copied, Mode::Read).unwrap()), before);
        assert!(segment_files(&copied).len() > 5, "a reader removes nothing");
    }
    assert_eq!(everything(&Store::open(&copied, Mode::Write).unwrap()), before);
    assert_eq!(segment_files(&copied), ["00000001-00000009.segment"]);
}

#[test]
fn any_byte_of_a_merged_file_changed_is_noticed_and_nothing_wrong_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let mut store = Store::create(&path, definitions(day(0), "one")).unwrap();
    store.append_release(release(day(10)), small_batch(0)[..3].to_vec()).unwrap();
    store.append_release(release(day(20)), small_batch(1)[..3].to_vec()).unwrap();
    store.compact().unwrap();
    drop(store);
    let whole = read_all(&Store::open(&path, Mode::Read).unwrap());
    let file = path.join("ledger/00000001-00000003.segment");
    let good = fs::read(&file).unwrap();
    for i in 0..good.len() {
        let mut bad = good.clone();
        bad[i] ^= 1 << (i % 8);
        fs::write(&file, &bad).unwrap();
        let verified = Store::verify_at(&path);
        assert!(!verified.is_ok_and(|found| found.is_sound()), "byte {i}");
        if let Ok(store) = Store::open(&path, Mode::Read) {
            let points = store.releases().iter().map(|r| AsAt::Release(r.number())).collect::<Vec<_>>();
            for (as_at, expected) in points.into_iter().zip(&whole) {
                let snapshot = store.snapshot(as_at).unwrap();
                let Ok(measures) = snapshot.measures() else { continue };
                for measure in measures {
                    if let Ok(series) = snapshot.measure(&measure) {
                        assert_eq!(&contents(&series), expected, "byte {i}");
                    }
                }
            }
        }
    }
    fs::write(&file, &good).unwrap();
    for n in (0..good.len()).step_by(7) {
        fs::write(&file, &good[..n]).unwrap();
        assert!(matches!(Store::open(&path, Mode::Read), Err(StoreError::Damaged(_))));
    }
}

#[test]
fn a_damaged_merged_file_is_repaired_from_a_backup_made_before_or_after_the_merging() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let mut store = varied(&path);
    let before = everything(&store);
    let (apart, together) = (folder.path().join("apart.kilter"), folder.path().join("together.kilter"));
    store.backup(&apart, &mut []).unwrap();
    store.compact().unwrap();
    store.backup(&together, &mut []).unwrap();
    drop(store);
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    drop(Store::restore(&apart, &one).unwrap());
    drop(Store::restore(&together, &two).unwrap());
    for (path, file) in [(&one, segment(&one, 3)), (&two, two.join("ledger/00000001-00000009.segment"))] {
        for backup in [&apart, &together] {
            let damaged = folder.path().join("damaged");
            copy(path, &damaged);
            let file = damaged.join(file.strip_prefix(path).unwrap());
            let mut bytes = fs::read(&file).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 4;
            fs::write(&file, bytes).unwrap();
            let repair = Store::repair(&damaged, backup, Duration::ZERO).unwrap();
            assert!(repair.verification.is_sound(), "{repair}");
            assert!(!repair.restored.is_empty());
            assert_eq!(everything(&Store::open(&damaged, Mode::Write).unwrap()), before);
            fs::remove_dir_all(&damaged).unwrap();
        }
    }
}

#[test]
fn a_store_that_cannot_be_compacted_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let known_at: Date = day(0);
    drop(Store::create(&path, definitions(known_at, "")).unwrap());
    let error = Store::open(&path, Mode::Read).unwrap().compact().unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
    let old = folder.path().join("old");
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/v1/store"), &old);
    let error = Store::open(&old, Mode::Write).unwrap().compact().unwrap_err();
    assert!(error.to_string().contains("cannot hold merged segments"), "{error}");
}
