//! What the tests of the store share: small data, a naive model, and ways to hurt files.
#![allow(dead_code, reason = "each test binary uses a part")]

use kilter_core::ident::{AreaCode, Category, DimensionId, MeasureId};
use kilter_core::series::{Breakdown, Observation, Series, SeriesBuilder, SeriesKey};
use kilter_core::time::{Date, PeriodKind};
use kilter_store::{AsAt, Document, NewDefinitions, NewRelease, NewWithdrawal, Snapshot, Store};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

pub fn day(n: i32) -> Date {
    Date::from_num_days_from_ce_opt(738_000 + n).unwrap()
}

pub fn definitions(known_at: Date, text: &str) -> NewDefinitions {
    NewDefinitions {
        known_at,
        source: "framework.toml".into(),
        recorded_at: 1_685_600_000,
        documents: vec![
            Document { name: "framework.toml".into(), text: text.into() },
            Document { name: "empty.toml".into(), text: String::new() },
        ],
    }
}

pub fn release(known_at: Date) -> NewRelease {
    NewRelease {
        known_at,
        source: "published table".into(),
        profile: Some("a-profile".into()),
        file_name: Some("table.csv".into()),
        file_digest: Some("0123456789abcdef".repeat(4)),
        note: None,
        recorded_at: 1_687_860_000,
    }
}

pub fn withdrawal(release: u32, known_at: Date) -> NewWithdrawal {
    NewWithdrawal { release, reason: "a wrong year".into(), known_at, recorded_at: 1_690_000_000 }
}

pub fn measure(n: usize) -> MeasureId {
    MeasureId::new(&format!("measure-{n}")).unwrap()
}

/// A key whose breakdowns sort differently as texts and as breakdowns.
pub fn key(m: usize, breakdown: usize, area: usize) -> SeriesKey {
    let category = |d: &str, c: &str| (DimensionId::new(d).unwrap(), Category::new(c).unwrap());
    let breakdown = match breakdown {
        0 => vec![],
        1 => vec![category("age", "75+")],
        2 => vec![category("age", "75+"), category("sex", "F")],
        3 => vec![category("age", "75+ !")],
        _ => vec![category("age-band", "Code 9 AWI")],
    };
    SeriesKey {
        measure: measure(m),
        breakdown: Breakdown::new(breakdown).unwrap(),
        area: AreaCode::new(&format!("S{:08}", area * 7 + 1)).unwrap(),
    }
}

pub fn months(points: impl IntoIterator<Item = (i32, Observation)>, release: u32) -> Series {
    let mut builder = SeriesBuilder::new(PeriodKind::Month);
    for (ordinal, observation) in points {
        builder.push(ordinal, observation, release);
    }
    builder.build().unwrap()
}

pub fn number(value: f64) -> Observation {
    Observation::number(value).unwrap()
}

/// A release of a few series that says the same each time it is asked for.
pub fn small_batch(seed: i32) -> Vec<(SeriesKey, Series)> {
    let mut batch = Vec::new();
    for m in 0..2 {
        for breakdown in 0..2 {
            for area in 0..3 {
                let points = (0..4).map(|i| {
                    let i = i + seed;
                    (24_000 + i, number(f64::from(100 * i + m as i32) + f64::from(area) / 4.0))
                });
                batch.push((key(m, breakdown, area as usize), months(points, 0)));
            }
        }
    }
    batch
}

/// A store of three releases and two versions of the definitions.
pub fn small_store(path: &Path) -> Store {
    let mut store = Store::create(path, definitions(day(0), "version one")).unwrap();
    store.append_release(release(day(10)), small_batch(0)).unwrap();
    store.append_release(release(day(30)), small_batch(2)).unwrap();
    store.append_definitions(definitions(day(35), "version two")).unwrap();
    store.append_release(release(day(20)), small_batch(1)).unwrap();
    store
}

/// A series with its numbers by their bits: of each period value, denominator and state, marks, release.
pub type Columns = (PeriodKind, Vec<(i32, [u64; 3], u16, u32)>);
/// Everything a snapshot says.
pub type Contents = BTreeMap<SeriesKey, Columns>;

pub fn columns(series: &Series) -> Columns {
    let points = (0..series.len()).map(|i| {
        let denominator = series.denominators().get(i).copied().unwrap_or_default();
        let reading = [series.values()[i].to_bits(), denominator.to_bits(), u64::from(series.states()[i])];
        (series.ordinals()[i], reading, series.marks()[i].bits(), series.releases()[i])
    });
    (series.kind(), points.collect())
}

pub fn contents(list: &[(SeriesKey, Series)]) -> Contents {
    assert!(list.windows(2).all(|pair| pair[0].0 < pair[1].0), "sorted by key, none twice");
    list.iter().map(|(key, series)| (key.clone(), columns(series))).collect()
}

/// Everything that the snapshot says, by all three of its questions, which have to agree.
pub fn read(snapshot: &Snapshot<'_>) -> Contents {
    let mut all = Contents::new();
    for measure in snapshot.measures().unwrap() {
        let series = snapshot.measure(&measure).unwrap();
        assert!(!series.is_empty());
        for (key, one) in &series {
            assert_eq!(snapshot.series(key).unwrap().as_ref().map(columns), Some(columns(one)));
        }
        all.extend(contents(&series));
    }
    assert!(snapshot.series(&key(99, 0, 0)).unwrap().is_none());
    assert!(snapshot.measure(&measure(99)).unwrap().is_empty());
    all
}

/// What a store says as at each of its releases, and now.
pub fn read_all(store: &Store) -> Vec<Contents> {
    let releases = store.releases();
    let points = releases.iter().map(|r| AsAt::Release(r.number())).chain([AsAt::Latest]);
    points.map(|as_at| read(&store.snapshot(as_at).unwrap())).collect()
}

pub fn segment(store: &Path, number: u32) -> PathBuf {
    store.join("ledger").join(format!("{number:08}.segment"))
}

pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Every file under a folder with its contents and the time of its last change.
pub fn files(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, std::time::SystemTime)> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            let changed = fs::metadata(&path).unwrap().modified().unwrap();
            all.insert(path.clone(), (fs::read(&path).unwrap(), changed));
        }
    }
    all
}

pub fn described(store: &Store) -> String {
    let mut text = String::new();
    for d in store.definitions().iter() {
        writeln!(text, "definitions {} {} {:?} {}", d.version(), d.known_at(), d.source(), d.recorded_at())
            .unwrap();
        d.documents().iter().for_each(|d| writeln!(text, "  {:?}: {:?}", d.name, d.text).unwrap());
    }
    for r in store.releases().iter() {
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
    let mut points: Vec<(AsAt, String)> = Vec::new();
    for r in store.releases().iter() {
        points.push((AsAt::Release(r.number()), format!("release {}", r.number())));
        if let Some(w) = r.withdrawal() {
            writeln!(text, "withdrawn {} {} {:?} {}", r.number(), w.known_at(), w.reason(), w.recorded_at())
                .unwrap();
            points.push((AsAt::Date(w.known_at()), w.known_at().to_string()));
        }
    }
    for (as_at, name) in points {
        writeln!(text, "as at {name}").unwrap();
        for (key, (kind, points)) in read(&store.snapshot(as_at).unwrap()) {
            writeln!(text, "  {key}, {kind}").unwrap();
            for (ordinal, [value, denominator, state], marks, release) in points {
                writeln!(text, "    {ordinal} {value:016x} {denominator:016x} {state} {marks} {release}")
                    .unwrap();
            }
        }
    }
    text
}
