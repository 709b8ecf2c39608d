//! A store of format 1, written once and kept: what was written then must be read the same for ever.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod common;

use common::*;
use kilter_core::series::{Absence, Marks, Observation, Series, SeriesBuilder, SeriesKey};
use kilter_core::time::PeriodKind;
use kilter_store::{AsAt, Mode, NewRelease, Store};
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

fn fixture() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/v1")
}

/// One series for each way in which columns are written.
fn batches() -> Vec<(i32, Vec<(SeriesKey, Series)>)> {
    let of = |kind, points: Vec<(i32, Observation)>| {
        let mut builder = SeriesBuilder::new(kind);
        points.into_iter().for_each(|(ordinal, o)| builder.push(ordinal, o, 0));
        builder.build().unwrap()
    };
    let absent = |a| Observation::absent(a);
    let pair = |a, b| Observation::pair(a, b).unwrap();
    let first = vec![
        (
            key(0, 0, 0),
            of(
                PeriodKind::Month,
                (0..24).map(|i| (24_000 + i, number(f64::from(1_500 + i * 37 % 60)))).collect(),
            ),
        ),
        (
            key(0, 1, 0),
            of(
                PeriodKind::Month,
                vec![
                    (23_990, number(12.5)),
                    (23_991, number(12.25).marked(Marks::PROVISIONAL)),
                    (24_000, absent(Absence::Suppressed)),
                    (24_001, absent(Absence::NotYetPublished).marked(Marks::BREAK.and(Marks::ESTIMATED))),
                    (24_002, absent(Absence::NotCollected)),
                    (24_003, absent(Absence::NotApplicable)),
                    (24_004, number(0.0)),
                ],
            ),
        ),
        (
            key(0, 2, 1),
            of(
                PeriodKind::Month,
                vec![(24_000, pair(41.0, 180.0)), (24_001, number(7.0)), (24_002, pair(0.125, 2.0))],
            ),
        ),
        (
            key(1, 0, 0),
            of(
                PeriodKind::FinancialYear,
                vec![
                    (2019, number(1.0 / 3.0)),
                    (2020, number(-0.0)),
                    (2021, number(f64::MAX)),
                    (2022, number(5e-324)),
                ],
            ),
        ),
        (key(1, 0, 1), of(PeriodKind::FinancialYear, vec![(2019, number(-773.8512))])),
        (
            key(2, 0, 0),
            of(PeriodKind::Day, (0..5).map(|i| (738_000 + i * 31, number(f64::from(-i) * 0.001))).collect()),
        ),
        (key(3, 0, 0), of(PeriodKind::Months(12), vec![(24_011, number(1e15))])),
        (key(4, 0, 0), of(PeriodKind::CalendarYears(3), vec![])),
        (key(5, 4, 2), of(PeriodKind::Week, vec![(105_000, number(9_007_199_254_740_992.0))])),
    ];
    let second = vec![
        (
            key(0, 0, 0),
            of(
                PeriodKind::Month,
                (20..26).map(|i| (24_000 + i, number(f64::from(1_600 + i)).marked(Marks::REVISED))).collect(),
            ),
        ),
        (
            key(0, 2, 1),
            of(PeriodKind::Month, vec![(24_000, number(40.0)), (24_002, absent(Absence::Suppressed))]),
        ),
    ];
    let backdated = vec![
        (key(0, 0, 0), of(PeriodKind::Month, (18..22).map(|i| (24_000 + i, number(1.0))).collect())),
        (key(6, 0, 0), of(PeriodKind::HalfYear, vec![(4_040, number(2.0))])),
    ];
    vec![(10, first), (30, second), (20, backdated)]
}

fn described(store: &Store) -> String {
    let mut text = String::new();
    for d in store.definitions() {
        writeln!(text, "definitions {} {} {:?} {}", d.version(), d.known_at(), d.source(), d.recorded_at())
            .unwrap();
        d.documents().iter().for_each(|d| writeln!(text, "  {:?}: {:?}", d.name, d.text).unwrap());
    }
    for r in store.releases() {
        let more = (r.profile(), r.file_name(), r.file_digest(), r.note(), r.recorded_at());
        writeln!(
            text,
            "release {} {} {:?} {more:?} {} {}",
            r.number(),
            r.known_at(),
            r.source(),
            r.series(),
            r.observations()
        )
        .unwrap();
    }
    for number in 1..=store.releases().len() as u32 {
        writeln!(text, "as at release {number}").unwrap();
        for (key, (kind, points)) in read(&store.snapshot(AsAt::Release(number)).unwrap()) {
            writeln!(text, "  {key}, {kind}").unwrap();
            for (ordinal, [value, denominator, state], marks, release) in points {
                writeln!(text, "    {ordinal} {value:016x} {denominator:016x} {state} {marks} {release}")
                    .unwrap();
            }
        }
    }
    text
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
#[ignore = "writes the fixture anew: only for a new format, under a new name"]
fn write_the_fixture() {
    fs::remove_dir_all(fixture()).ok();
    fs::create_dir_all(fixture()).unwrap();
    let path = fixture().join("store");
    {
        let mut store = Store::create(&path, definitions(day(0), "version = 1\n")).unwrap();
        for (i, (known, batch)) in batches().into_iter().enumerate() {
            let note = (i == 1).then(|| "revised: Clackmannanshire é".to_owned());
            store.append_release(NewRelease { note, ..release(day(known)) }, batch).unwrap();
            if i == 0 {
                store.append_definitions(definitions(day(15), "version = 2\n")).unwrap();
            }
        }
        fs::write(fixture().join("contents.txt"), described(&store)).unwrap();
    }
    fs::remove_dir_all(path.join("index")).unwrap();
    fs::remove_file(path.join("lock")).unwrap();
}
