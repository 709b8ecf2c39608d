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

/// A withdrawal: of which release, from which day, after how many releases.
type Withdrawn = (u32, i32, u32);

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn a_withdrawn_release_counts_at_the_points_before_its_withdrawal_and_at_no_other(
        releases in prop::collection::vec((0i32..6, said()), 2..6),
        wanted in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0i32..4), 1..4),
        reopen in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let mut store = Store::create(&path, definitions(day(0), "")).unwrap();
        let mut withdrawn: Vec<Withdrawn> = Vec::new();
        for (i, (known, said)) in releases.iter().enumerate() {
            let after = i as u32 + 1;
            store.append_release(release(day(*known)), batch(said)).unwrap();
            for (place, which, later) in &wanted {
                let number = which.index(i + 1) as u32 + 1;
                if place.index(releases.len()) != i || withdrawn.iter().any(|w| w.0 == number) {
                    continue;
                }
                let from = releases[number as usize - 1].0 + later;
                let kept = store.withdraw(withdrawal(number, day(from))).unwrap();
                prop_assert_eq!(kept.withdrawal().unwrap().known_at(), day(from));
                withdrawn.push((number, from, after));
            }
            if reopen {
                drop(store);
                store = Store::open(&path, Mode::Write).unwrap();
                prop_assert_eq!(store.index_state(), kilter_store::IndexState::InUse);
            }
        }
        for store in [&store, &Store::open(&path, Mode::Read).unwrap()] {
            let gone = |n: u32, is: &dyn Fn(&Withdrawn) -> bool| withdrawn.iter().any(|w| w.0 == n && is(w));
            let now = expected(&releases, |_, n| !gone(n, &|_| true));
            prop_assert_eq!(read(&store.snapshot(AsAt::Latest).unwrap()), now);
            for number in 1..=releases.len() as u32 {
                let then = expected(&releases, |_, n| n <= number && !gone(n, &|w| w.2 < number));
                prop_assert_eq!(read(&store.snapshot(AsAt::Release(number)).unwrap()), then, "as at {}", number);
                let own = contents(&store.release_series(number).unwrap());
                prop_assert_eq!(own, expected(&releases, |_, n| n == number));
            }
            for date in -1..10 {
                let then = expected(&releases, |d, n| d <= date && !gone(n, &|w| w.1 <= date));
                prop_assert_eq!(read(&store.snapshot(AsAt::Date(day(date))).unwrap()), then, "on {}", date);
            }
        }
        let verified = store.verify().unwrap();
        prop_assert!(verified.is_sound(), "{}", verified);
        prop_assert_eq!(verified.withdrawals, withdrawn.len() as u64);
        prop_assert!(matches!(verified.index, kilter_store::IndexCheck::Agrees { .. }), "{}", verified);
    }
}

#[test]
fn a_withdrawal_that_says_nothing_or_contradicts_is_refused_and_leaves_the_store_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = small_store(&folder.path().join("store"));
    let before = read_all(&store);
    let mut refused = |new, part: &str| {
        let error = store.withdraw(new).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    };
    refused(withdrawal(4, day(40)), "it has the releases 1 to 3");
    refused(withdrawal(0, day(40)), "has no release 0");
    refused(withdrawal(2, day(29)), "expected that day or a later one");
    let silent = kilter_store::NewWithdrawal { reason: " ".into(), ..withdrawal(2, day(40)) };
    refused(silent, "expected words that say why");
    assert_eq!(read_all(&store), before);
    store.withdraw(withdrawal(2, day(30))).unwrap();
    let error = store.withdraw(withdrawal(2, day(50))).unwrap_err().to_string();
    assert!(error.contains("was withdrawn on") && error.contains("a wrong year"), "{error}");
    assert_eq!(store.verify().unwrap().withdrawals, 1);
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
