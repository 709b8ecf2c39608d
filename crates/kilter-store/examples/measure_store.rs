//! Prints what a store costs: bytes per observation, load rate, opening and reading times.
//!
//! `cargo run --release -p kilter-store --example measure_store -- [areas] [measures] [months] [releases]`
//! makes a store in the folder for temporary files and removes it. The data are made up: counts,
//! percentages with one decimal and pounds and pence, with 1 % not collected and 1 % suppressed.

use kilter_core::ident::{AreaCode, MeasureId};
use kilter_core::series::{Absence, Breakdown, Marks, Observation, Series, SeriesBuilder, SeriesKey};
use kilter_core::time::{Date, PeriodKind};
use kilter_store::{AsAt, Mode, NewDefinitions, NewRelease, Store, StoreError};
use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// A small generator of repeatable numbers (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
}

type Batch = Vec<(SeriesKey, Series)>;

fn batch(areas: u64, measures: u64, months: std::ops::Range<i32>) -> Result<Batch, Box<dyn Error>> {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut batch = Vec::new();
    for m in 0..measures {
        let measure = MeasureId::new(&format!("measure-{m:03}"))?;
        for a in 0..areas {
            let area = AreaCode::new(&format!("S{:08}", 37_000_000 + a))?;
            let level = 50 + numbers.below(4_000);
            let mut series = SeriesBuilder::new(PeriodKind::Month);
            for month in months.clone() {
                let observation = match numbers.below(100) {
                    0 => Observation::absent(Absence::NotCollected),
                    1 => Observation::absent(Absence::Suppressed),
                    _ => Observation::number(match m % 3 {
                        0 => (level + numbers.below(level / 5 + 1)) as f64,
                        1 => numbers.below(1_001) as f64 / 10.0,
                        _ => (level * 100 + numbers.below(100_000)) as f64 / 100.0,
                    })?,
                };
                let provisional = month + 2 >= months.end;
                let marks = if provisional { Marks::PROVISIONAL } else { Marks::NONE };
                series.push(month, observation.marked(marks), 0);
            }
            let key = SeriesKey { measure: measure.clone(), breakdown: Breakdown::total(), area };
            batch.push((key, series.build()?));
        }
    }
    Ok(batch)
}

fn size(folder: &Path) -> std::io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        bytes += if entry.file_type()?.is_dir() { size(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(bytes)
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let started = Instant::now();
    let result = work();
    (result, started.elapsed())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn read_everything(store: &Store, as_at: AsAt) -> Result<usize, StoreError> {
    let snapshot = store.snapshot(as_at)?;
    let mut observations = 0;
    for measure in snapshot.measures()? {
        observations += snapshot.measure(&measure)?.iter().map(|(_, series)| series.len()).sum::<usize>();
    }
    Ok(observations)
}

fn release(number: i32) -> Result<NewRelease, Box<dyn Error>> {
    Ok(NewRelease {
        known_at: Date::from_num_days_from_ce_opt(738_000 + number).ok_or("a date")?,
        source: "made up".into(),
        profile: None,
        file_name: None,
        file_digest: None,
        note: None,
        recorded_at: 0,
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let mut next = |otherwise: u64| arguments.next().unwrap_or(Ok(otherwise));
    let (areas, measures, months, releases) = (next(32)?, next(60)?, next(120)?, next(60)?);
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("store");
    let mut store = Store::create(
        &path,
        NewDefinitions {
            known_at: Date::from_num_days_from_ce_opt(738_000).ok_or("a date")?,
            source: "made up".into(),
            recorded_at: 0,
            documents: vec![],
        },
    )?;
    let data = batch(areas, measures, 24_000..24_000 + months as i32)?;
    let n = (areas * measures * months) as f64;
    println!("{areas} areas x {measures} measures x {months} months = {n} observations");
    let (made, time) =
        timed(|| -> Result<_, Box<dyn Error>> { Ok(store.append_release(release(1)?, data)?) });
    made?;
    println!(
        "load       {:9.1} ms  {:6.2} M observations/s (durable, index included)",
        ms(time),
        n / time.as_secs_f64() / 1e6
    );
    drop(store);
    println!("ledger     {:9.2} bytes per observation", size(&path.join("ledger"))? as f64 / n);
    println!("index      {:9.2} bytes per observation", size(&path.join("index"))? as f64 / n);
    measure(&path, "one release", n)?;

    let mut store = Store::open(&path, Mode::Write)?;
    let mut times = Vec::new();
    let before = size(&path.join("ledger"))?;
    for number in 0..releases as i32 {
        let start = 24_000 + months as i32 + number - 2;
        let data = batch(areas, measures, start..start + 3)?;
        let (made, time) =
            timed(|| -> Result<_, Box<dyn Error>> { Ok(store.append_release(release(2 + number)?, data)?) });
        made?;
        times.push(time);
    }
    if !times.is_empty() {
        let added = (releases * areas * measures * 3) as f64;
        println!("{releases} monthly releases of {} series x 3 months:", areas * measures);
        println!("release    {:9.1} ms (median)", ms(median(times)));
        println!(
            "ledger     {:9.2} bytes per observation added",
            (size(&path.join("ledger"))? - before) as f64 / added
        );
        println!("index      {:9.1} kB in all", size(&path.join("index"))? as f64 / 1e3);
        let (read, time) = timed(|| read_everything(&store, AsAt::Release(1 + releases as u32 / 2)));
        println!("as at half {:9.1} ms  for {} observations, first time", ms(time), read?);
        let (read, time) = timed(|| read_everything(&store, AsAt::Release(1 + releases as u32 / 2)));
        println!("as at half {:9.1} ms  for {} observations, again", ms(time), read?);
        drop(store);
        measure(&path, "all releases", n + (releases * areas * measures) as f64)?;
    }
    Ok(())
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn measure(path: &Path, what: &str, n: f64) -> Result<(), Box<dyn Error>> {
    println!("{what}:");
    for (mode, name) in [(Mode::Write, "write"), (Mode::Read, "read ")] {
        let mut times = Vec::new();
        for _ in 0..9 {
            let (store, time) = timed(|| Store::open(path, mode));
            drop(store?);
            times.push(time);
        }
        println!("open {name} {:9.2} ms", ms(median(times)));
        let store = Store::open(path, mode)?;
        let key = store.snapshot(AsAt::Latest)?.measure(&MeasureId::new("measure-001")?)?[0].0.clone();
        let snapshot = store.snapshot(AsAt::Latest)?;
        let (_, time) = timed(|| (0..1_000).try_for_each(|_| snapshot.series(&key).map(drop)));
        println!("a series   {:9.2} us", ms(time));
        let (read, time) = timed(|| read_everything(&store, AsAt::Latest));
        println!(
            "everything {:9.1} ms  {:6.2} M observations/s ({})",
            ms(time),
            n / time.as_secs_f64() / 1e6,
            read?
        );
        if mode == Mode::Write {
            let (verification, time) = timed(|| store.verify());
            println!("verify     {:9.1} ms  sound: {}", ms(time), verification?.is_sound());
        }
    }
    fs::remove_dir_all(path.join("index"))?;
    let (store, time) = timed(|| Store::open(path, Mode::Write));
    println!("index anew {:9.1} ms", ms(time));
    drop(store?);
    Ok(())
}
