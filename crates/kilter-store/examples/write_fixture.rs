//! Writes the store that is kept as the fixture of a format: `cargo run --example write_fixture FOLDER`.
//! A fixture is written once, when its format is new, and never again.
#![allow(clippy::unwrap_used, reason = "it stops where it cannot go on")]

#[path = "../tests/common/mod.rs"]
mod common;

use common::*;
use kilter_core::series::{Absence, Marks, Observation, Series, SeriesBuilder, SeriesKey};
use kilter_core::time::PeriodKind;
use kilter_store::{NewRelease, Store};
use std::fs;
use std::path::PathBuf;

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

fn of_months(first: i32, value: f64) -> Series {
    months((0..3).map(|i| (24_000 + first + i, number(value + f64::from(i)))), 0)
}

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("name the folder of the fixture"));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("store");
    {
        let mut store = Store::create(&path, definitions(day(0), "version = 1\n")).unwrap();
        for (i, (known, batch)) in batches().into_iter().enumerate() {
            let note = (i == 1).then(|| "revised: Clackmannanshire é".to_owned());
            store.append_release(NewRelease { note, ..release(day(known)) }, batch).unwrap();
            if i == 0 {
                store.append_definitions(definitions(day(15), "version = 2\n")).unwrap();
            }
        }
        store.withdraw(withdrawal(2, day(45))).unwrap();
        store.compact().unwrap();
        let later = vec![(key(0, 0, 0), of_months(26, 1.5)), (key(7, 1, 1), of_months(0, -3.25))];
        store.append_release(release(day(50)), later).unwrap();
        store.withdraw(withdrawal(3, day(60))).unwrap();
        fs::write(folder.join("contents.txt"), described(&store)).unwrap();
        store.backup(&folder.join("backup.kilter"), &mut []).unwrap();
    }
    fs::remove_dir_all(path.join("index")).unwrap();
    fs::remove_file(path.join("lock")).unwrap();
}
