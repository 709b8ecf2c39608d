//! Reading as at a point: the law that later releases never change it, against a naive model.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod common;

use common::*;
use kilter_core::series::{Absence, Marks, Observation};
use kilter_core::time::PeriodKind;
use kilter_store::{AsAt, Mode, Store};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// What one release says: of each series, by number, its points.
type Said = BTreeMap<(usize, usize, usize), BTreeMap<i32, Observation>>;

/// The same with the release of each.
type Model = BTreeMap<(usize, usize, usize), BTreeMap<i32, (Observation, u32)>>;

fn observation() -> impl Strategy<Value = Observation> {
    let reading = prop_oneof![
        4 => (0i32..5000, 0usize..3).prop_map(|(n, d)| number(f64::from(n) / [1.0, 10.0, 3.0][d])),
        1 => (0i32..50, 50i32..90).prop_map(|(a, b)| Observation::pair(a.into(), b.into()).unwrap()),
        1 => prop::sample::select(&Absence::NAMES[..]).prop_map(|(_, a)| Observation::absent(a)),
    ];
    (reading, prop_oneof![3 => Just(Marks::NONE), 1 => Just(Marks::PROVISIONAL)])
        .prop_map(|(o, m)| o.marked(m))
}

fn said() -> impl Strategy<Value = Said> {
    let key = (0usize..3, 0usize..5, 0usize..3);
    let points = prop::collection::btree_map(24_000i32..24_012, observation(), 0..6);
    prop::collection::btree_map(key, points, 0..10)
}

fn batch(said: &Said) -> Vec<(kilter_core::series::SeriesKey, kilter_core::series::Series)> {
    // Backwards: a store takes series in any order.
    said.iter()
        .rev()
        .map(|(&(m, b, a), points)| (key(m, b, a), months(points.iter().map(|(&t, &o)| (t, o)), 77)))
        .collect()
}

/// The naive model: releases in the order (day, number), the last word on each period.
fn expected(releases: &[(i32, Said)], visible: impl Fn(i32, u32) -> bool) -> Contents {
    let mut order: Vec<(i32, u32, &Said)> =
        releases.iter().zip(1..).map(|((day, said), number)| (*day, number, said)).collect();
    order.sort_by_key(|(day, number, _)| (*day, *number));
    let mut model: Model = BTreeMap::new();
    for (day, number, said) in order {
        if !visible(day, number) {
            continue;
        }
        for (key, points) in said {
            let series = model.entry(*key).or_default();
            series.extend(points.iter().map(|(&t, &o)| (t, (o, number))));
        }
    }
    model
        .into_iter()
        .map(|((m, b, a), points)| {
            let mut builder = kilter_core::series::SeriesBuilder::new(PeriodKind::Month);
            points.into_iter().for_each(|(t, (o, number))| builder.push(t, o, number));
            (key(m, b, a), columns(&builder.build().unwrap()))
        })
        .collect()
}

/// Every point that can be asked for, with what has to be the answer.
fn check(store: &Store, releases: &[(i32, Said)]) {
    assert_eq!(read(&store.snapshot(AsAt::Latest).unwrap()), expected(releases, |_, _| true));
    for (i, (known, _)) in releases.iter().enumerate() {
        let number = i as u32 + 1;
        let snapshot = store.snapshot(AsAt::Release(number)).unwrap();
        assert_eq!(read(&snapshot), expected(releases, |_, n| n <= number));
        assert_eq!(snapshot.releases().iter().map(|release| release.number()).max(), Some(number));
        for date in [known - 1, *known, known + 1] {
            let snapshot = store.snapshot(AsAt::Date(day(date))).unwrap();
            assert_eq!(read(&snapshot), expected(releases, |d, _| d <= date));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn every_point_in_time_gives_what_was_known_then_in_any_order_of_arrival(
        releases in prop::collection::vec((0i32..6, said()), 1..6),
        reopen in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let mut store = Store::create(&path, definitions(day(0), "")).unwrap();
        for (i, (known, said)) in releases.iter().enumerate() {
            let before: Vec<_> = (1..=i as u32)
                .map(|n| (n, read(&store.snapshot(AsAt::Release(n)).unwrap())))
                .collect();
            if reopen {
                drop(store);
                store = Store::open(&path, Mode::Write).unwrap();
            }
            let made = store.append_release(release(day(*known)), batch(said)).unwrap();
            prop_assert_eq!(made.number(), i as u32 + 1);
            prop_assert_eq!(made.observations(), said.values().map(|p| p.len() as u64).sum::<u64>());
            for (n, then) in before {
                prop_assert_eq!(read(&store.snapshot(AsAt::Release(n)).unwrap()), then, "as at {}", n);
            }
            let own = contents(&store.release_series(made.number()).unwrap());
            prop_assert_eq!(own, expected(&releases, |_, n| n == made.number()));
        }
        check(&store, &releases);
        prop_assert_eq!(store.index_state(), kilter_store::IndexState::InUse);
        check(&Store::open(&path, Mode::Read).unwrap(), &releases);
        let verified = store.verify().unwrap();
        prop_assert!(verified.is_sound(), "{}", verified);
        prop_assert!(matches!(verified.index, kilter_store::IndexCheck::Agrees { .. }), "{}", verified);
        drop(store);
        let again = Store::open(&path, Mode::Write).unwrap();
        check(&again, &releases);
        prop_assert_eq!(again.index_state(), kilter_store::IndexState::InUse);
    }
}

#[test]
fn an_old_report_is_judged_by_the_rules_of_its_day() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::create(&folder.path().join("store"), definitions(day(5), "one")).unwrap();
    store.append_release(release(day(10)), small_batch(0)).unwrap();
    store.append_definitions(definitions(day(10), "two")).unwrap();
    store.append_release(release(day(10)), small_batch(1)).unwrap();
    store.append_definitions(definitions(day(8), "backdated")).unwrap();
    store.append_definitions(definitions(day(12), "four")).unwrap();
    let text =
        |as_at| store.snapshot(as_at).unwrap().definitions().document("framework.toml").unwrap().to_owned();
    assert_eq!(text(AsAt::Date(day(4))), "one", "none was known yet: the first");
    assert_eq!(text(AsAt::Date(day(5))), "one");
    assert_eq!(text(AsAt::Date(day(8))), "backdated");
    assert_eq!(text(AsAt::Date(day(9))), "backdated");
    assert_eq!(text(AsAt::Date(day(10))), "two");
    assert_eq!(text(AsAt::Date(day(12))), "four");
    assert_eq!(text(AsAt::Latest), "four");
    // As at a release, what was added after it does not count, even of an earlier day.
    assert_eq!(text(AsAt::Release(1)), "one");
    assert_eq!(text(AsAt::Release(2)), "two");
    assert_eq!(store.definitions().iter().map(|d| d.version()).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(store.definitions()[0].documents()[1].name, "empty.toml");
}

#[test]
fn a_release_that_does_not_exist_is_refused_with_those_that_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let mut store = Store::create(&path, definitions(day(0), "")).unwrap();
    let message = |store: &Store, n| store.snapshot(AsAt::Release(n)).unwrap_err().to_string();
    assert!(message(&store, 1).contains("no release yet"), "{}", message(&store, 1));
    assert!(store.snapshot(AsAt::Latest).unwrap().measures().unwrap().is_empty());
    store.append_release(release(day(1)), small_batch(0)).unwrap();
    store.append_release(release(day(2)), vec![]).unwrap();
    for n in [0, 3, u32::MAX] {
        assert!(message(&store, n).contains("the releases 1 to 2"), "{}", message(&store, n));
        assert!(store.release_series(n).is_err());
    }
    assert!(store.release_series(2).unwrap().is_empty());
}

#[test]
fn what_is_said_of_a_release_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    drop(small_store(&path));
    let store = Store::open(&path, Mode::Read).unwrap();
    let found = &store.releases()[2];
    assert_eq!((found.number(), found.known_at()), (3, day(20)));
    assert_eq!(found.source(), "published table");
    assert_eq!(found.profile(), Some("a-profile"));
    assert_eq!(found.file_name(), Some("table.csv"));
    assert_eq!(found.file_digest(), Some("0123456789abcdef".repeat(4).as_str()));
    assert_eq!(found.note(), None);
    assert_eq!(found.recorded_at(), 1_687_860_000);
    assert_eq!((found.series(), found.observations()), (12, 48));
    let order: Vec<_> = store.snapshot(AsAt::Latest).unwrap().releases().iter().map(|r| r.number()).collect();
    assert_eq!(order, [1, 3, 2]);
}
