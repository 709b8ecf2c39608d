//! A store is read by a program that was written from FORMAT.md alone, in another language and without a line of
//! ours (`reader.py`), and says the same as ours does.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod common;

use common::*;
use kilter_core::series::{Absence, Marks, Observation, Series, SeriesBuilder, SeriesKey};
use kilter_core::time::PeriodKind;
use kilter_store::{AsAt, Mode, Store};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The Python that this project asks for. Without it the test says that it did not look; with CI=true it has to be
/// there.
fn python(test: &str) -> Option<&'static str> {
    let found = ["python3.11", "python3"].into_iter().find(|name| {
        Command::new(name)
            .args(["-c", "import sys; sys.exit(sys.version_info < (3, 9))"])
            .status()
            .is_ok_and(|s| s.success())
    });
    if found.is_none() {
        let ci = std::env::var_os("CI").is_some_and(|value| value == "true");
        assert!(!ci, "there is no Python, and CI=true asks for every test");
        let _ = writeln!(std::io::stderr(), "{test}: NOT RUN, for there is no Python here");
    }
    found
}

/// What the program says of a store or backup; `Err` where it refuses it.
fn read_by_the_format(python: &str, path: &Path) -> Result<String, String> {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/reader.py");
    let output = Command::new(python).arg(script).arg(path).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

/// The code of a kind of period, as FORMAT.md has it.
fn code(kind: PeriodKind) -> u16 {
    let (code, length) = match kind {
        PeriodKind::Day => (0, 0),
        PeriodKind::Week => (1, 0),
        PeriodKind::Month => (2, 0),
        PeriodKind::Quarter => (3, 0),
        PeriodKind::FinancialQuarter => (4, 0),
        PeriodKind::HalfYear => (5, 0),
        PeriodKind::FinancialHalfYear => (6, 0),
        PeriodKind::CalendarYear => (7, 0),
        PeriodKind::FinancialYear => (8, 0),
        PeriodKind::CalendarYears(n) => (9, n),
        PeriodKind::FinancialYears(n) => (10, n),
        PeriodKind::Months(n) => (11, n),
    };
    code * 256 + u16::from(length)
}

/// Every series in the order of the texts of its key.
fn show(said: &mut String, contents: &Contents, releases: bool) {
    let text = |key: &SeriesKey| (key.measure.to_string(), key.breakdown.to_string(), key.area.to_string());
    let mut keys: Vec<_> = contents.keys().collect();
    keys.sort_by_key(|key| {
        let (measure, breakdown, area) = text(key);
        format!("{measure}\0{breakdown}\0{area}")
    });
    for key in keys {
        let (kind, points) = &contents[key];
        let (measure, breakdown, area) = text(key);
        writeln!(said, "  {measure} of {area} ({breakdown}), kind {}", code(*kind)).unwrap();
        for (ordinal, [value, denominator, state], marks, release) in points {
            write!(said, "    {ordinal} {value:016x} {denominator:016x} {state} {marks}").unwrap();
            if releases {
                write!(said, " {release}").unwrap();
            }
            writeln!(said).unwrap();
        }
    }
}

/// What we say of a store, in the words of the program.
fn read_by_us(store: &Store) -> String {
    let days = |date: kilter_core::time::Date| chrono::Datelike::num_days_from_ce(&date);
    let (mut said, mut withdrawals) = (String::new(), String::new());
    for d in store.definitions().iter() {
        writeln!(
            said,
            "definitions {}, day {}, recorded {}, {}",
            d.version(),
            days(d.known_at()),
            d.recorded_at(),
            d.source()
        )
        .unwrap();
        for document in d.documents() {
            let hex: String = document.text.bytes().map(|byte| format!("{byte:02x}")).collect();
            writeln!(said, "  {}: {hex}", document.name).unwrap();
        }
    }
    for r in store.releases().iter() {
        writeln!(
            said,
            "release {}, day {}, recorded {}, {}",
            r.number(),
            days(r.known_at()),
            r.recorded_at(),
            r.source()
        )
        .unwrap();
        let or = |text: Option<&str>| text.unwrap_or("-").to_owned();
        let more = [or(r.profile()), or(r.file_name()), or(r.note()), or(r.file_digest())].join(" | ");
        writeln!(said, "  {more} | {} | {}", r.series(), r.observations()).unwrap();
        show(&mut said, &contents(&store.release_series(r.number()).unwrap()), false);
        if let Some(w) = r.withdrawal() {
            writeln!(
                withdrawals,
                "withdrawal of {}, day {}, recorded {}, {}",
                r.number(),
                days(w.known_at()),
                w.recorded_at(),
                w.reason()
            )
            .unwrap();
        }
    }
    said += &withdrawals;
    for r in store.releases().iter() {
        writeln!(said, "as at release {}", r.number()).unwrap();
        show(&mut said, &read(&store.snapshot(AsAt::Release(r.number())).unwrap()), true);
    }
    writeln!(said, "now").unwrap();
    show(&mut said, &read(&store.snapshot(AsAt::Latest).unwrap()), true);
    said
}

/// Every state, number, kind of period and way to write periods.
fn everything(seed: i32) -> Vec<(SeriesKey, Series)> {
    let numbers =
        [0.0, -0.0, 1.0, -12.5, 0.1, 1e300, f64::MIN_POSITIVE, 9_007_199_254_740_993.0, 1.0 / 3.0, 123.4567];
    let kinds = [
        PeriodKind::Day,
        PeriodKind::Week,
        PeriodKind::Month,
        PeriodKind::Quarter,
        PeriodKind::FinancialQuarter,
        PeriodKind::HalfYear,
        PeriodKind::FinancialHalfYear,
        PeriodKind::CalendarYear,
        PeriodKind::FinancialYear,
        PeriodKind::CalendarYears(3),
        PeriodKind::FinancialYears(50),
        PeriodKind::Months(12),
    ];
    let mut batch = Vec::new();
    for (m, kind) in kinds.into_iter().enumerate() {
        // Within the time that kilter knows, whatever the kind.
        let start = kind.containing(day(0)).ordinal();
        for area in 0..5 {
            let mut series = SeriesBuilder::new(kind);
            for i in 0..40 {
                let at = i + seed * area % 7;
                // Without a gap; in runs; in steps.
                let ordinal = start
                    + match area % 3 {
                        0 => i,
                        1 => i + i / 5 * 3,
                        _ => i * 2 + i / 3,
                    };
                let n = numbers[(at as usize + m) % numbers.len()];
                let observation = match (at + seed) % 11 {
                    0 => Observation::absent(Absence::NAMES[(i % 4) as usize].1),
                    1 | 2 if area > 1 => Observation::pair(n, f64::from(i + 1)).unwrap(),
                    _ if area == 4 => number(f64::from(1_000 + i * 13 % 70 + seed) / 10.0),
                    _ => number(n),
                };
                let mark = Marks::NAMES[((i / 4 + seed) % Marks::NAMES.len() as i32) as usize].1;
                series.push(ordinal, if i % 9 < 4 { observation.marked(mark) } else { observation }, 0);
            }
            batch.push((key(m, area as usize, area as usize), series.build().unwrap()));
        }
    }
    batch
}

#[test]
fn a_reader_written_from_the_description_of_the_format_says_what_we_say() {
    let Some(python) = python("the reader of FORMAT.md") else { return };
    let folder = tempfile::tempdir().unwrap();
    for format in [1, 2] {
        let fixture = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/v{format}"));
        let store = Store::open(&fixture.join("store"), Mode::Read).unwrap();
        for path in ["store", "backup.kilter"] {
            assert_eq!(
                read_by_the_format(python, &fixture.join(path)).unwrap(),
                read_by_us(&store),
                "{format}: {path}"
            );
        }
    }
    let path = folder.path().join("store");
    let mut store = Store::create(&path, definitions(day(0), "é\0 one")).unwrap();
    store.append_release(release(day(9)), everything(0)).unwrap();
    store.append_release(release(day(30)), everything(1)).unwrap();
    store.append_definitions(definitions(day(35), "two")).unwrap();
    store.append_release(release(day(20)), everything(5)).unwrap();
    store.withdraw(withdrawal(2, day(45))).unwrap();
    assert_eq!(read_by_the_format(python, &path).unwrap(), read_by_us(&store));
    // Merged, with more after it.
    store.compact().unwrap();
    store.append_release(release(day(60)), everything(2)).unwrap();
    store.append_definitions(definitions(day(61), "three")).unwrap();
    store.withdraw(withdrawal(1, day(62))).unwrap();
    let said = read_by_us(&store);
    assert_eq!(read_by_the_format(python, &path).unwrap(), said);
    let backup = folder.path().join("backup");
    store.backup(&backup, &mut []).unwrap();
    assert_eq!(read_by_the_format(python, &backup).unwrap(), said);
    store.compact().unwrap();
    assert_eq!(read_by_the_format(python, &path).unwrap(), said);
}

#[test]
fn a_reader_written_from_the_description_of_the_format_notices_a_byte_that_was_changed() {
    let Some(python) = python("damage by the reader of FORMAT.md") else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    drop(small_store(&path));
    let file = segment(&path, 2);
    let whole = fs::read(&file).unwrap();
    for at in [8, 30, whole.len() / 2, whole.len() - 90, whole.len() - 50, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[at] ^= 4;
        fs::write(&file, bytes).unwrap();
        let refused = read_by_the_format(python, &path).unwrap_err();
        assert!(refused.starts_with("not as FORMAT.md has it: "), "byte {at}: {refused}");
    }
    fs::write(&file, whole).unwrap();
    fs::remove_file(segment(&path, 3)).unwrap();
    assert!(read_by_the_format(python, &path).unwrap_err().contains("segment 3 is missing"));
}
