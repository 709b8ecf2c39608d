//! One writer, many readers, and processes that end in the middle of things.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod common;

use common::*;
use kilter_store::{AsAt, Mode, Store, StoreError};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

#[test]
fn the_same_path_opened_twice_in_one_process_is_the_same_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let mut first = small_store(&path);
    let mut second = Store::open(&path, Mode::Write).unwrap();
    let roundabout = Store::open(
        &folder.path().join("../").join(folder.path().file_name().unwrap()).join("store"),
        Mode::Write,
    );
    let third = roundabout.unwrap();
    assert_eq!(first.append_release(release(day(40)), small_batch(3)).unwrap().number(), 4);
    assert_eq!(second.append_release(release(day(41)), small_batch(4)).unwrap().number(), 5);
    for store in [&first, &second, &third] {
        assert_eq!(store.releases().len(), 5);
    }
    assert_eq!(read_all(&first), read_all(&third));
    // Each may go before the others.
    drop(first);
    drop(third);
    assert_eq!(second.append_release(release(day(42)), small_batch(5)).unwrap().number(), 6);
    assert_eq!(second.index_state(), kilter_store::IndexState::InUse);
    drop(second);
    // What the lock file says is left over now, and does no harm.
    assert!(path.join("lock").exists());
    assert_eq!(Store::open(&path, Mode::Write).unwrap().releases().len(), 6);
}

#[test]
fn threads_that_open_and_close_one_store_never_find_it_held() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    drop(small_store(&path));
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let path = &path;
            scope.spawn(move || {
                for i in 0..6 {
                    let mut store = Store::open(path, Mode::Write).unwrap();
                    store.append_release(release(day(50 + i)), small_batch(thread)).unwrap();
                }
            });
        }
    });
    let store = Store::open(&path, Mode::Write).unwrap();
    assert_eq!(store.releases().len(), 3 + 24);
    assert!(store.verify().unwrap().is_sound());
}

#[test]
fn a_snapshot_stays_as_it_is_while_another_handle_adds_to_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let store = small_store(&path);
    let mut other = Store::open(&path, Mode::Write).unwrap();
    let snapshot = store.snapshot(AsAt::Latest).unwrap();
    let before = read(&snapshot);
    other.append_release(release(day(60)), small_batch(3)).unwrap();
    assert_eq!(read(&snapshot), before);
    other.withdraw(withdrawal(2, day(61))).unwrap();
    assert_eq!(read(&snapshot), before);
    assert_ne!(read(&store.snapshot(AsAt::Latest).unwrap()), before);
}

#[test]
fn readers_see_a_whole_store_while_a_writer_adds_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let mut writer = small_store(&path);
    let early = Store::open(&path, Mode::Read).unwrap();
    let then = read_all(&early);
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let mut seen = 0;
            while seen < 20 {
                let reader = Store::open(&path, Mode::Read).unwrap();
                let n = reader.releases().len();
                assert!(n >= seen, "{n} releases after {seen}");
                seen = n;
                for release in reader.releases().iter().skip(3) {
                    let said = reader.release_series(release.number()).unwrap();
                    let expected = small_batch(release.number() as i32);
                    assert_eq!(said.len(), expected.len());
                    assert_eq!(said[0].1.values(), expected[0].1.values());
                }
            }
        });
        for number in 4..=20 {
            writer.append_release(release(day(number)), small_batch(number)).unwrap();
        }
        reading.join().unwrap();
    });
    assert_eq!(read_all(&early), then, "a reader shows the store as it was when it was opened");
    let error = Store::open(&path, Mode::Read).unwrap().append_release(release(day(1)), vec![]).unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
}

#[test]
fn reading_changes_no_file_and_needs_neither_index_nor_lock() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copied) = (folder.path().join("store"), folder.path().join("copied"));
    let before = read_all(&small_store(&path));
    fs::create_dir(&copied).unwrap();
    fs::copy(path.join("kilter.store"), copied.join("kilter.store")).unwrap();
    copy(&path.join("ledger"), &copied.join("ledger"));
    fs::write(copied.join("ledger/new-unfinished.tmp"), "half a segment").unwrap();
    let mut permissions = fs::metadata(copied.join("ledger")).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(copied.join("ledger"), permissions.clone()).unwrap();
    let files_before = files(&copied);
    {
        let reader = Store::open(&copied, Mode::Read).unwrap();
        assert_eq!(read_all(&reader), before);
        assert!(reader.verify().unwrap().is_sound());
        assert!(reader.index_state().to_string().starts_with("not in use"));
        assert!(Store::verify_at(&copied).unwrap().is_sound());
    }
    assert_eq!(files(&copied), files_before);
    #[expect(clippy::permissions_set_readonly_false, reason = "a folder of this test")]
    permissions.set_readonly(false);
    fs::set_permissions(copied.join("ledger"), permissions).unwrap();
}

#[test]
fn what_a_killed_writer_left_unfinished_is_removed_by_the_next_and_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let before = read_all(&small_store(&path));
    let whole = fs::read(segment(&path, 5)).unwrap();
    let left = path.join("ledger/new-q8Xw2k.tmp");
    for n in [0, 10, whole.len() / 2, whole.len()] {
        fs::write(&left, &whole[..n]).unwrap();
        // Something that is nobody's leftover stays.
        fs::write(path.join("ledger/notes.txt"), "kept").unwrap();
        assert_eq!(read_all(&Store::open(&path, Mode::Read).unwrap()), before);
        assert!(left.exists(), "a reader removes nothing");
        assert_eq!(read_all(&Store::open(&path, Mode::Write).unwrap()), before);
        assert!(!left.exists());
        assert!(path.join("ledger/notes.txt").exists());
    }
}

#[test]
fn a_segment_whose_head_was_not_written_counts_and_the_head_is_brought_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let head = path.join("ledger/head");
    let old = {
        let mut store = Store::create(&path, definitions(day(0), "")).unwrap();
        let old = fs::read(&head).unwrap();
        store.append_release(release(day(10)), small_batch(0)).unwrap();
        old
    };
    let new = fs::read(&head).unwrap();
    assert_ne!(old, new);
    fs::write(&head, &old).unwrap();
    assert_eq!(Store::open(&path, Mode::Read).unwrap().releases().len(), 1);
    assert_eq!(fs::read(&head).unwrap(), old);
    assert_eq!(Store::open(&path, Mode::Write).unwrap().releases().len(), 1);
    assert_eq!(fs::read(&head).unwrap(), new);
}

#[test]
fn a_store_is_not_made_over_anything_that_exists() {
    let folder = tempfile::tempdir().unwrap();
    let message = |path: &Path| Store::create(path, definitions(day(0), "")).unwrap_err().to_string();
    let file = folder.path().join("file");
    fs::write(&file, "12345").unwrap();
    assert!(message(&file).contains("a file of 5 bytes"), "{}", message(&file));
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    assert!(message(&empty).contains("an empty folder"));
    assert!(message(folder.path()).contains("a folder with 2 entries"), "{}", message(folder.path()));
    let store = folder.path().join("store");
    drop(small_store(&store));
    assert!(message(&store).contains("a kilter store already"));
    assert!(message(&folder.path().join("no/such/parent")).contains("could not create"));
    let names = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(names, 3, "nothing half made is left behind");
}

#[test]
fn a_folder_that_vanishes_is_said_to_have_vanished() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let mut writer = small_store(&path);
    let reader = Store::open(&path, Mode::Read).unwrap();
    fs::rename(&path, folder.path().join("elsewhere")).unwrap();
    let snapshot = reader.snapshot(AsAt::Latest).unwrap();
    let error = snapshot.measure(&measure(0)).unwrap_err();
    assert!(matches!(error, StoreError::Vanished { .. }), "{error}");
    let error = writer.append_release(release(day(50)), small_batch(0)).unwrap_err();
    assert!(matches!(error, StoreError::Vanished { .. }), "{error}");
    assert!(!path.exists(), "nothing is made in the place of the store");
    drop(writer);
    assert!(!path.exists(), "nor when it is closed");
    fs::rename(folder.path().join("elsewhere"), &path).unwrap();
    assert_eq!(Store::open(&path, Mode::Write).unwrap().releases().len(), 3);
}

const CHILD: &str = "KILTER_STORE_CHILD";

fn child(path: &Path, name: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--ignored", "--nocapture"])
        .env(CHILD, path)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap()
}

fn acknowledgements(path: &Path) -> PathBuf {
    path.with_extension("acknowledged")
}

#[test]
#[ignore = "the child of the test of kills"]
fn child_that_writes_until_it_is_killed() {
    let path = PathBuf::from(std::env::var_os(CHILD).expect("run by the test of kills"));
    let mut acknowledged =
        fs::File::options().create(true).append(true).open(acknowledgements(&path)).unwrap();
    let mut store = match Store::open(&path, Mode::Write) {
        Ok(store) => store,
        Err(StoreError::NotAStore { .. }) => Store::create(&path, definitions(day(0), "")).unwrap(),
        Err(other) => panic!("{other}"),
    };
    for number in store.releases().len() as i32 + 1.. {
        // Out of date order every third time.
        let known = if number % 3 == 0 { number - 2 } else { number };
        store.append_release(release(day(known)), small_batch(number % 7)).unwrap();
        acknowledged.write_all(format!("{number}\n").as_bytes()).unwrap();
    }
}

#[test]
fn a_writer_killed_at_any_moment_loses_nothing_acknowledged_and_shows_nothing_half_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut moment = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().subsec_nanos() as u64;
    let started = Instant::now();
    let mut path = folder.path().join("store-0");
    let (mut added, mut seen) = (0, 0);
    for round in 0..16 {
        if round % 4 == 0 {
            path = folder.path().join(format!("store-{round}"));
            seen = 0;
        }
        let mut writer = child(&path, "child_that_writes_until_it_is_killed");
        moment = moment.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // The first moments of a store are the creation; later ones are releases.
        let most = if round % 4 == 0 { 60 } else { 250 };
        std::thread::sleep(Duration::from_millis((moment >> 33) % most));
        writer.kill().unwrap();
        writer.wait().unwrap();

        // A release may be there that was not acknowledged any more: then it is there for good, too.
        let acknowledged = fs::read_to_string(acknowledgements(&path)).unwrap_or_default();
        let last = acknowledged.lines().last().map_or(0, |n| n.parse::<usize>().unwrap()).max(seen);
        if !path.exists() {
            assert_eq!(last, 0);
            continue;
        }
        let reader = Store::open(&path, Mode::Read).unwrap();
        let n = reader.releases().len();
        assert!(n == last || n == last + 1, "{n} releases, {last} acknowledged");
        for number in 1..=n as i32 {
            let said = contents(&reader.release_series(number as u32).unwrap());
            let expected = small_batch(number % 7);
            assert_eq!(said.len(), expected.len());
            for (key, series) in &expected {
                let points: Vec<_> = series.values().iter().map(|v| v.to_bits()).collect();
                assert_eq!(said[key].1.iter().map(|p| p.1[0]).collect::<Vec<_>>(), points);
            }
        }
        let store = Store::open(&path, Mode::Write).unwrap();
        assert_eq!(
            read(&store.snapshot(AsAt::Latest).unwrap()),
            read(&reader.snapshot(AsAt::Latest).unwrap())
        );
        let verification = store.verify().unwrap();
        assert!(verification.is_sound(), "{verification}");
        assert!(matches!(verification.index, kilter_store::IndexCheck::Agrees { .. }), "{verification}");
        added += n - seen;
        seen = n;
    }
    assert!(added > 0, "every child was killed before it had done anything");
    assert!(started.elapsed() < Duration::from_secs(60));
}

/// A child that holds the store for writing and goes on adding to it.
fn busy_child(path: &Path) -> Child {
    let writer = child(path, "child_that_writes_until_it_is_killed");
    let started = Instant::now();
    while !acknowledgements(path).exists() || fs::read(acknowledgements(path)).unwrap().is_empty() {
        assert!(started.elapsed() < Duration::from_secs(30), "the child does not write");
        std::thread::sleep(Duration::from_millis(5));
    }
    writer
}

#[test]
fn a_second_writer_is_told_who_the_first_is_and_since_when_and_that_reading_works() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let mut writer = busy_child(&path);
    let error = Store::open(&path, Mode::Write).unwrap_err();
    let readable = Store::open(&path, Mode::Read).map(|reader| reader.releases().len());
    writer.kill().unwrap();
    let process = writer.id();
    writer.wait().unwrap();
    let StoreError::Locked { path: named, holder, .. } = &error else { panic!("{error}") };
    assert_eq!((named, holder.process), (&path, Some(process)));
    let program = std::env::current_exe().unwrap().file_name().unwrap().to_string_lossy().into_owned();
    assert_eq!(holder.program, program);
    assert!(!holder.host.is_empty());
    assert!(holder.since.ends_with(" UTC") && holder.since.starts_with("20"), "{}", holder.since);
    let message = error.to_string();
    for part in [&path.display().to_string(), &program, &process.to_string(), &holder.since, "read meanwhile"]
    {
        assert!(message.contains(part), "{message}");
    }
    assert!(readable.unwrap() > 0);
}

#[test]
fn a_second_writer_waits_as_long_as_it_is_asked_to_and_no_longer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let mut writer = busy_child(&path);
    let begun = Instant::now();
    let error = Store::open_within(&path, Mode::Write, Duration::from_millis(300)).unwrap_err();
    assert!(begun.elapsed() >= Duration::from_millis(300));
    assert!(error.to_string().contains("still after 0.3 s"), "{error}");
    let waiting = std::thread::spawn({
        let path = path.clone();
        move || Store::open_within(&path, Mode::Write, Duration::from_secs(60))
    });
    std::thread::sleep(Duration::from_millis(100));
    writer.kill().unwrap();
    writer.wait().unwrap();
    assert!(waiting.join().unwrap().is_ok(), "it is let in when the first has gone");
}

#[test]
fn a_handle_can_be_shared_by_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Store>();
    shared::<kilter_store::Snapshot<'_>>();
    let folder = tempfile::tempdir().unwrap();
    let store = small_store(&folder.path().join("store"));
    let expected = read_all(&store);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(read_all(&store), expected));
        }
    });
}

#[test]
fn a_writer_is_named_to_whoever_asks_and_never_hindered_by_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    drop(small_store(&path));
    let stop = std::sync::atomic::AtomicBool::new(false);
    let (mut named, mut nobody) = (0, 0);
    std::thread::scope(|scope| {
        let ask = || {
            let (mut named, mut nobody) = (0, 0);
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                match Store::writer(&path).unwrap() {
                    // Between its taking of the lock and its name there is a moment.
                    Some(holder) => named += u32::from(holder.process == Some(std::process::id())),
                    None => nobody += 1,
                }
            }
            (named, nobody)
        };
        let asking = [scope.spawn(ask), scope.spawn(ask)];
        for _ in 0..30 {
            let store = Store::open(&path, Mode::Write).unwrap();
            std::thread::sleep(Duration::from_millis(2));
            drop(store);
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        for thread in asking {
            let found = thread.join().unwrap();
            (named, nobody) = (named + found.0, nobody + found.1);
        }
    });
    assert!(named > 0 && nobody > 0, "{named} times named, {nobody} times nobody");
}
