//! Damage is always noticed, and nothing wrong is shown as right.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod common;

use common::*;
use kilter_store::{Mode, Store, StoreError};
use proptest::prelude::*;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

/// What a reader makes of a store: everything it says, or the first error.
fn try_read(path: &Path) -> Result<(String, Vec<Contents>), StoreError> {
    let store = Store::open(path, Mode::Read)?;
    let mut all = Vec::new();
    let said = format!("{:?} {:?}", store.releases(), store.definitions());
    for release in store.releases().iter() {
        all.push(contents(&store.release_series(release.number())?));
    }
    Ok((said, all))
}

fn tiny_store(path: &Path) {
    let mut store = Store::create(path, definitions(day(0), "version one")).unwrap();
    store.append_release(release(day(10)), small_batch(0)[..3].to_vec()).unwrap();
}

#[test]
fn every_single_byte_changed_in_any_file_of_a_store_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    tiny_store(&path);
    let whole = try_read(&path).unwrap();
    let names = [segment(&path, 1), segment(&path, 2), path.join("ledger/head"), path.join("kilter.store")];
    for file in names {
        let good = fs::read(&file).unwrap();
        for i in 0..good.len() {
            for change in [1, 0x80, 0xff] {
                let mut bad = good.clone();
                bad[i] ^= change;
                fs::write(&file, &bad).unwrap();
                let noticed = match Store::open(&path, Mode::Read) {
                    Err(_) => true,
                    Ok(store) => !store.verify().unwrap().is_sound(),
                };
                assert!(noticed, "byte {i} of {}", file.display());
                match Store::verify_at(&path) {
                    Ok(verification) => assert!(!verification.is_sound(), "byte {i} of {}", file.display()),
                    Err(e) => assert!(
                        matches!(e, StoreError::NotAStore { .. } | StoreError::NewerFormat { .. }),
                        "{e}"
                    ),
                }
                // Without a verification too: what is read is what was written, or an error.
                if let Ok(read) = try_read(&path) {
                    assert_eq!(read, whole, "byte {i} of {}", file.display());
                }
            }
        }
        fs::write(&file, &good).unwrap();
    }
    assert_eq!(try_read(&path).unwrap(), whole);
}

#[test]
fn a_segment_cut_at_any_place_is_noticed_when_the_store_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    tiny_store(&path);
    let good = fs::read(segment(&path, 2)).unwrap();
    for n in 0..good.len() {
        fs::write(segment(&path, 2), &good[..n]).unwrap();
        let error = Store::open(&path, Mode::Read).unwrap_err();
        let StoreError::Damaged(damage) = error else { panic!("{error}") };
        assert_eq!(damage.segment, Some(2), "{damage}");
    }
    fs::write(segment(&path, 2), [&good[..], &[0]].concat()).unwrap();
    assert!(matches!(Store::open(&path, Mode::Read), Err(StoreError::Damaged(_))));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn a_segment_with_any_change_gives_the_same_contents_or_an_error(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
        tail in prop::collection::vec(any::<u8>(), 0..80),
        number in 1u32..3,
    ) {
        static STORE: OnceLock<(tempfile::TempDir, (String, Vec<Contents>))> = OnceLock::new();
        let (made, whole) = STORE.get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            tiny_store(&folder.path().join("store"));
            let whole = try_read(&folder.path().join("store")).unwrap();
            (folder, whole)
        });
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        copy(&made.path().join("store"), &path);
        let file = segment(&path, number);
        let mut bytes = fs::read(&file).unwrap();
        for (place, byte) in changes {
            let n = bytes.len();
            bytes[place.index(n)] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        bytes.extend(tail);
        fs::write(&file, &bytes).unwrap();
        if let Ok(read) = try_read(&path) {
            prop_assert_eq!(&read, whole);
        }
    }
}

#[test]
fn a_segment_that_is_missing_anywhere_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    drop(small_store(&path));
    for number in 1..=5 {
        let file = segment(&path, number);
        let good = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        for mode in [Mode::Read, Mode::Write] {
            let message = Store::open(&path, mode).unwrap_err().to_string();
            assert!(message.contains(&format!("{number:08}.segment")), "{message}");
            assert!(message.contains("missing") && message.contains("backup"), "{message}");
        }
        let verification = Store::verify_at(&path).unwrap();
        assert_eq!(verification.damage[0].segment, Some(number));
        assert_eq!(verification.segments, 4);
        fs::write(&file, good).unwrap();
    }
    assert!(Store::open(&path, Mode::Write).is_ok());
}

#[test]
fn segments_that_were_exchanged_or_come_from_another_store_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let (path, other) = (folder.path().join("store"), folder.path().join("other"));
    drop(small_store(&path));
    {
        let mut store = Store::create(&other, definitions(day(0), "another")).unwrap();
        store.append_release(release(day(10)), small_batch(0)).unwrap();
    }
    let good: Vec<_> = (1..=5).map(|n| fs::read(segment(&path, n)).unwrap()).collect();
    // Two segments in each other's place.
    fs::write(segment(&path, 2), &good[2]).unwrap();
    fs::write(segment(&path, 3), &good[1]).unwrap();
    let message = Store::open(&path, Mode::Read).unwrap_err().to_string();
    assert!(message.contains("it is segment 3, under the name of segment 2"), "{message}");
    fs::write(segment(&path, 3), &good[2]).unwrap();
    // The same release of the same day, of another store.
    fs::copy(segment(&other, 2), segment(&path, 2)).unwrap();
    let message = Store::open(&path, Mode::Read).unwrap_err().to_string();
    assert!(message.contains("does not follow on segment 1"), "{message}");
    fs::write(segment(&path, 2), &good[1]).unwrap();
    // The last one, which has no successor: the head of the ledger knows it.
    let fork = folder.path().join("fork");
    copy(&path, &fork);
    fs::remove_file(segment(&fork, 5)).unwrap();
    fs::remove_file(fork.join("ledger/head")).unwrap();
    Store::open(&fork, Mode::Write).unwrap().append_release(release(day(99)), small_batch(9)).unwrap();
    fs::copy(segment(&fork, 5), segment(&path, 5)).unwrap();
    let message = Store::open(&path, Mode::Read).unwrap_err().to_string();
    assert!(message.contains("head of the ledger"), "{message}");
}

#[test]
fn a_damaged_series_is_lost_alone_and_named_with_its_areas_and_periods() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    drop(small_store(&path));
    // Blocks follow the header in the order of the keys: the first byte that is changed after the header
    // belongs to the first series.
    let file = segment(&path, 2);
    let good = fs::read(&file).unwrap();
    let header = 24 + u32::from_le_bytes(good[16..20].try_into().unwrap()) as usize;
    let mut bad = good.clone();
    bad[header + 6] ^= 0xff;
    fs::write(&file, &bad).unwrap();
    let store = Store::open(&path, Mode::Read).unwrap();
    let snapshot = store.snapshot(kilter_store::AsAt::Latest).unwrap();
    let error = snapshot.series(&key(0, 0, 0)).unwrap_err().to_string();
    assert!(error.contains("release 1") && error.contains("measure-0 of S00000001"), "{error}");
    assert!(error.contains("2000-01 to 2000-04"), "{error}");
    assert!(snapshot.measure(&measure(0)).is_err());
    assert!(snapshot.series(&key(0, 0, 1)).unwrap().is_some());
    assert!(!snapshot.measure(&measure(1)).unwrap().is_empty());
    let verification = store.verify().unwrap();
    assert_eq!(verification.damage.len(), 1, "{verification}");
    let damage = &verification.damage[0];
    assert_eq!((damage.segment, damage.release), (Some(2), Some(1)));
    assert_eq!(damage.areas, [key(0, 0, 0).area]);
    assert_eq!(
        damage.periods.map(|(a, b)| (a.to_string(), b.to_string())),
        Some(("2000-01".into(), "2000-04".into()))
    );
    assert_eq!(verification.series, 35);
    // A writer falls back on what its index still knows, and verify sees the damage all the same.
    let writer = Store::open(&path, Mode::Write).unwrap();
    assert!(!writer.verify().unwrap().is_sound());
}

#[test]
fn a_block_in_the_place_of_another_of_the_same_length_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let mut store = Store::create(&path, definitions(day(0), "version one")).unwrap();
    let same = |area| (key(0, 0, area), months((0..4).map(|i| (24_000 + i, number(f64::from(i)))), 0));
    store.append_release(release(day(1)), vec![same(0), same(1)]).unwrap();
    let file = segment(&path, 2);
    let mut bytes = fs::read(&file).unwrap();
    let header = 24 + u32::from_le_bytes(bytes[16..20].try_into().unwrap()) as usize;
    let length = 4 + 2 + 1 + 1 + 3 + 2 + 2 + 1 + 4;
    bytes.copy_within(header..header + length, header + length);
    fs::write(&file, bytes).unwrap();
    let reader = Store::open(&path, Mode::Read).unwrap();
    let snapshot = reader.snapshot(kilter_store::AsAt::Latest).unwrap();
    assert!(snapshot.series(&key(0, 0, 0)).is_ok());
    assert!(snapshot.series(&key(0, 0, 1)).is_err(), "its checksum covers the key of another series");
}

#[test]
fn a_newer_format_is_refused_with_the_version_that_is_needed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    tiny_store(&path);
    let marker = fs::read_to_string(path.join("kilter.store")).unwrap();
    let text = "kilter store\nformat 3\ncreated by kilter-store 3.4.5\n";
    let newer = format!("{text}check {:08x}\n", crc32fast::hash(text.as_bytes()));
    fs::write(path.join("kilter.store"), newer).unwrap();
    for mode in [Mode::Read, Mode::Write] {
        let error = Store::open(&path, mode).unwrap_err();
        assert!(matches!(error, StoreError::NewerFormat { found: 3, known: 2, .. }), "{error}");
        assert!(error.to_string().contains("use version 3.4.5 or later"), "{error}");
    }
    fs::write(path.join("kilter.store"), marker).unwrap();
    let mut bytes = fs::read(segment(&path, 2)).unwrap();
    bytes[8] = 3;
    bytes[10] = 7;
    fs::write(segment(&path, 2), bytes).unwrap();
    let error = Store::open(&path, Mode::Read).unwrap_err();
    assert!(error.to_string().contains("format 3") && error.to_string().contains("version 7."), "{error}");
}

#[test]
fn what_is_not_a_store_is_told_apart_from_a_damaged_one() {
    let folder = tempfile::tempdir().unwrap();
    let message = |path: &Path| Store::open(path, Mode::Write).unwrap_err().to_string();
    assert!(message(folder.path()).contains("an empty folder, without kilter.store"));
    assert!(!folder.path().join("lock").exists(), "nothing is written to what is no store");
    assert!(message(&folder.path().join("none")).contains("there is nothing"));
    let file = folder.path().join("table.csv");
    fs::write(&file, "a,b").unwrap();
    assert!(message(&file).contains("a file of 3 bytes"), "{}", message(&file));
    let path = folder.path().join("store");
    tiny_store(&path);
    fs::write(path.join("kilter.store"), "something else\n").unwrap();
    assert!(matches!(Store::open(&path, Mode::Read), Err(StoreError::NotAStore { .. })));
    fs::write(path.join("kilter.store"), "kilter store\nform").unwrap();
    assert!(matches!(Store::open(&path, Mode::Read), Err(StoreError::Damaged(_))));
}

#[test]
fn an_edit_with_its_checksum_put_right_is_noticed_by_the_digest() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    tiny_store(&path);
    let file = segment(&path, 2);
    let mut bytes = fs::read(&file).unwrap();
    let header = 24 + u32::from_le_bytes(bytes[16..20].try_into().unwrap()) as usize;
    // The last byte of the columns of the first series: the last number.
    let length = 4 + 2 + 1 + 1 + 3 + 2 + 2 + 1 + 1 + 3 * 2;
    let block = &mut bytes[header..header + length];
    block[length - 1] ^= 2;
    let name = format!("measure-0\0\0{}\0", key(0, 0, 0).area);
    let sum = crc32fast::hash(&[name.as_bytes(), &block[4..]].concat());
    block[..4].copy_from_slice(&sum.to_le_bytes());
    fs::write(&file, bytes).unwrap();
    let reader = Store::open(&path, Mode::Read).unwrap();
    let said = reader.release_series(1).unwrap();
    assert_ne!(said[0].1.values(), small_batch(0)[0].1.values(), "the checksum was put right");
    let verification = reader.verify().unwrap();
    assert!(verification.damage.iter().any(|d| d.what.contains("digest")), "{verification}");
}

#[test]
fn a_segment_that_changes_its_length_under_an_open_store_is_damaged_and_not_merely_unreadable() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    tiny_store(&path);
    let reader = Store::open(&path, Mode::Read).unwrap();
    let good = fs::read(segment(&path, 2)).unwrap();
    for bad in [&good[..good.len() - 100], &[&good[..], b"more"].concat()] {
        fs::write(segment(&path, 2), bad).unwrap();
        let error = reader.release_series(1).unwrap_err();
        assert!(matches!(error, StoreError::Damaged(_)), "{error}");
    }
    fs::write(segment(&path, 2), good).unwrap();
    assert!(reader.release_series(1).is_ok());
}

#[test]
fn a_damaged_series_of_periods_without_names_is_told_by_their_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let mut store = Store::create(&path, definitions(day(0), "")).unwrap();
    // Months of the year 1, which kilter has no names for.
    let series = months((12..16).map(|month| (month, number(1.0))), 0);
    store.append_release(release(day(1)), vec![(key(0, 0, 0), series)]).unwrap();
    drop(store);
    let file = segment(&path, 2);
    let mut bytes = fs::read(&file).unwrap();
    let body = 24 + u32::from_le_bytes(bytes[16..20].try_into().unwrap()) as usize;
    bytes[body + 8] ^= 1;
    fs::write(&file, bytes).unwrap();
    let said = Store::verify_at(&path).unwrap().to_string();
    assert!(said.contains("measure-0") && said.contains("numbered 12 to 15 of the kind \"month\""), "{said}");
    assert!(said.contains("S00000001"), "{said}");
}
