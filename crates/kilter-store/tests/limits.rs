//! What a store takes and what it refuses, on both sides of each boundary; a refusal changes nothing.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod common;

use common::*;
use kilter_core::ident::{Category, DimensionId};
use kilter_core::series::{Breakdown, SeriesBuilder};
use kilter_core::time::PeriodKind;
use kilter_store::{
    AsAt, Document, MAX_BREAKDOWN, MAX_DOCUMENT, MAX_OBSERVATIONS, MAX_TEXT, Mode, NewRelease, Store,
    StoreError,
};
use std::fs;

fn empty_store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(&folder.path().join("store"), definitions(day(0), "")).unwrap();
    (folder, store)
}

#[test]
fn a_series_has_at_most_a_million_observations() {
    let (_folder, mut store) = empty_store();
    let long = |n: i32| months((0..n).map(|i| (i, number(1.0))), 0);
    let most = MAX_OBSERVATIONS as i32;
    let error = store.append_release(release(day(1)), vec![(key(0, 0, 0), long(most + 1))]).unwrap_err();
    assert!(matches!(error, StoreError::TooLarge { found: 1_000_001, .. }), "{error}");
    assert_eq!(store.releases().len(), 0);
    store.append_release(release(day(1)), vec![(key(0, 0, 0), long(most))]).unwrap();
    assert_eq!(
        store.snapshot(AsAt::Latest).unwrap().series(&key(0, 0, 0)).unwrap().unwrap().len(),
        MAX_OBSERVATIONS
    );
}

#[test]
fn a_breakdown_takes_at_most_a_kibibyte() {
    let (_folder, mut store) = empty_store();
    // Seven dimensions; the last category makes up the length.
    let of_length = |n: usize| {
        let mut categories: Vec<_> = (0..7)
            .map(|i| (DimensionId::new(&format!("d{i}")).unwrap(), Category::new(&"x".repeat(140)).unwrap()))
            .collect();
        let rest = n - (7 * (3 + 140 + 1)) - 3;
        categories.push((DimensionId::new("d7").unwrap(), Category::new(&"y".repeat(rest)).unwrap()));
        let breakdown = Breakdown::new(categories).unwrap();
        assert_eq!(breakdown.to_string().len(), n);
        kilter_core::series::SeriesKey { breakdown, ..key(0, 0, 0) }
    };
    let one = || months([(24_000, number(1.0))], 0);
    assert!(store.append_release(release(day(1)), vec![(of_length(MAX_BREAKDOWN + 1), one())]).is_err());
    store.append_release(release(day(1)), vec![(of_length(MAX_BREAKDOWN), one())]).unwrap();
    assert_eq!(read(&store.snapshot(AsAt::Latest).unwrap()).len(), 1);
}

#[test]
fn a_document_has_at_most_sixteen_mebibytes() {
    let (_folder, mut store) = empty_store();
    let mut new = definitions(day(1), "");
    new.documents.push(Document { name: "large".into(), text: "x".repeat(MAX_DOCUMENT + 1) });
    assert!(matches!(store.append_definitions(new.clone()), Err(StoreError::TooLarge { .. })));
    new.documents[2].text.pop();
    store.append_definitions(new).unwrap();
    let reader = Store::open(store.path(), Mode::Read).unwrap();
    assert_eq!(reader.definitions()[1].document("large").unwrap().len(), MAX_DOCUMENT);
}

#[test]
fn a_field_of_a_release_is_kept_or_refused_and_never_shortened() {
    let (_folder, mut store) = empty_store();
    let note = |n: usize| NewRelease { note: Some("é".repeat(n / 2)), ..release(day(1)) };
    assert!(store.append_release(note(MAX_TEXT + 2), vec![]).is_err());
    store.append_release(note(MAX_TEXT), vec![]).unwrap();
    assert_eq!(store.releases()[0].note().unwrap().len(), MAX_TEXT);
    let digest = |text: &str| NewRelease { file_digest: Some(text.into()), ..release(day(1)) };
    assert!(store.append_release(digest("abc"), vec![]).is_err());
    assert!(store.append_release(digest(&"é".repeat(32)), vec![]).is_err());
    let made = store.append_release(digest(&"AB".repeat(32)), vec![]).unwrap();
    assert_eq!(made.file_digest(), Some("ab".repeat(32).as_str()));
}

#[test]
fn the_same_series_twice_in_one_release_is_refused() {
    let (_folder, mut store) = empty_store();
    let mut batch = small_batch(0);
    batch.push(batch[3].clone());
    let error = store.append_release(release(day(1)), batch).unwrap_err();
    assert!(matches!(error, StoreError::RepeatedSeries { .. }), "{error}");
    assert_eq!(store.releases().len(), 0);
    assert!(store.verify().unwrap().is_sound());
}

#[test]
fn a_series_keeps_the_kind_of_its_periods() {
    let (_folder, mut store) = empty_store();
    store.append_release(release(day(1)), small_batch(0)).unwrap();
    let quarters = |kind| {
        let mut builder = SeriesBuilder::new(kind);
        builder.push(8_000, number(1.0), 0);
        builder.build().unwrap()
    };
    let error = store
        .append_release(release(day(2)), vec![(key(0, 0, 0), quarters(PeriodKind::Quarter))])
        .unwrap_err();
    assert!(error.to_string().contains("quarter") && error.to_string().contains("month"), "{error}");
    assert_eq!(store.releases().len(), 1);
    // Another series of the measure is another series: its meaning is not the store's business.
    store.append_release(release(day(2)), vec![(key(0, 3, 0), quarters(PeriodKind::Quarter))]).unwrap();
    store.append_release(release(day(3)), vec![(key(0, 3, 0), quarters(PeriodKind::Quarter))]).unwrap();
    assert!(
        store.append_release(release(day(4)), vec![(key(0, 3, 0), quarters(PeriodKind::Month))]).is_err()
    );
    // A length that no period has is refused before anything is written.
    let error = store.append_release(release(day(4)), vec![(key(5, 0, 0), quarters(PeriodKind::Months(1)))]);
    assert!(matches!(error, Err(StoreError::Field { .. })));
    assert_eq!(store.releases().len(), 3);
    assert_eq!(read_all(&store), read_all(&Store::open(store.path(), Mode::Read).unwrap()));
}

#[test]
fn a_series_without_observations_is_known_and_says_nothing() {
    let (_folder, mut store) = empty_store();
    store.append_release(release(day(1)), vec![(key(0, 0, 0), months([], 0))]).unwrap();
    let empty = |store: &Store| {
        store.snapshot(AsAt::Latest).unwrap().series(&key(0, 0, 0)).unwrap().unwrap().is_empty()
    };
    assert!(empty(&store));
    store.append_release(release(day(5)), vec![(key(0, 0, 0), months([(24_000, number(1.0))], 0))]).unwrap();
    store.append_release(release(day(3)), vec![(key(0, 0, 0), months([], 0))]).unwrap();
    assert!(!empty(&store));
    assert_eq!(read_all(&store), read_all(&Store::open(store.path(), Mode::Read).unwrap()));
    assert!(store.verify().unwrap().is_sound());
}

#[test]
fn a_header_of_64_mebibytes_is_read_and_one_that_is_longer_is_refused_before_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    drop(small_store(&path));
    let file = segment(&path, 2);
    for (length, says) in [
        (64 << 20, "its header is not as it was written"),
        ((64 << 20) + 1, "a header of 67108865 bytes"),
        (u32::MAX, "a header of 4294967295 bytes"),
    ] {
        let mut bytes = fs::read(&file).unwrap();
        bytes.truncate(24);
        bytes[16..20].copy_from_slice(&u32::to_le_bytes(length));
        fs::write(&file, &bytes).unwrap();
        // A hole: nothing of it is on the disk.
        fs::File::options().write(true).open(&file).unwrap().set_len(70 << 20).unwrap();
        let refused = Store::open(&path, Mode::Read).unwrap_err().to_string();
        assert!(refused.contains(says), "{refused}");
    }
}
