//! Prints what a store costs: bytes per observation, load rate, memory, opening and reading times.
//!
//! `cargo run --release -p kilter-store --example measure_store -- MODE [areas] [measures] [months]`
//! makes a store in the folder for temporary files and removes it. MODE is
//! - `load`: one release, measure by measure; what it takes, how fast it opens and is read
//! - `as-at`: a release, then one for each month that revises the last three; reading as at the first
//! - `revise`: a release, then 20 that each revise the whole newest year; what it takes before and after it is
//!   compacted
//!
//! The data are made up: counts, percentages with one decimal and pounds and pence, with 1 % not collected and
//! 1 % suppressed; revisions move a figure by at most one percent.

use kilter_core::ident::{AreaCode, MeasureId};
use kilter_core::series::{Absence, Breakdown, Marks, Observation, Series, SeriesBuilder, SeriesKey};
use kilter_core::time::{Date, PeriodKind};
use kilter_store::{AsAt, Mode, NewDefinitions, NewRelease, Store, StoreError};
use std::error::Error;
use std::fs;
use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};

type Batch = Vec<(SeriesKey, Series)>;
type Anything = Box<dyn Error>;

/// A number between 0 and `n` that belongs to these others.
fn below(n: u64, of: [u64; 4]) -> u64 {
    let mix = |state: u64, value: u64| {
        let x = (state ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (x ^ (x >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) ^ (x >> 32)
    };
    of.into_iter().fold(0x1234_5678, mix) % n
}

fn measure_id(m: u64) -> Result<MeasureId, Anything> {
    Ok(MeasureId::new(&format!("measure-{m:03}"))?)
}

/// The series of one measure in some months, as a revision has them.
fn part(areas: u64, m: u64, months: Range<i32>, revision: u64) -> Result<Batch, Anything> {
    let measure = measure_id(m)?;
    let mut batch = Vec::with_capacity(areas as usize);
    for a in 0..areas {
        let area = AreaCode::new(&format!("S{:08}", 37_000_000 + a))?;
        let level = 50 + below(4_000, [a, m, 0, 0]);
        let mut series = SeriesBuilder::new(PeriodKind::Month);
        for month in months.clone() {
            let of = |salt| [a, m, month as u64, salt];
            let moved = |units: u64| {
                let most = units / 100;
                let by = if revision == 0 {
                    0
                } else {
                    below(2 * most + 1, of(100 + revision)) as i64 - most as i64
                };
                (units as i64 + by) as f64
            };
            let observation = match below(100, of(1)) {
                0 => Observation::absent(Absence::NotCollected),
                1 => Observation::absent(Absence::Suppressed),
                _ => Observation::number(match m % 3 {
                    0 => moved(level + below(level / 5 + 1, of(2))),
                    1 => moved(below(1_001, of(2))) / 10.0,
                    _ => moved(level * 100 + below(100_000, of(2))) / 100.0,
                })?,
            };
            let provisional = month + 2 >= months.end;
            let marks = if provisional { Marks::PROVISIONAL } else { Marks::NONE };
            series.push(month, observation.marked(marks), 0);
        }
        batch.push((
            SeriesKey { measure: measure.clone(), breakdown: Breakdown::total(), area },
            series.build()?,
        ));
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

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn read_everything(store: &Store, as_at: AsAt) -> Result<usize, StoreError> {
    let snapshot = store.snapshot(as_at)?;
    let mut observations = 0;
    for measure in snapshot.measures()? {
        observations += snapshot.measure(&measure)?.iter().map(|(_, series)| series.len()).sum::<usize>();
    }
    Ok(observations)
}

fn day(number: i32) -> Result<Date, Anything> {
    Ok(Date::from_num_days_from_ce_opt(738_000 + number).ok_or("a date")?)
}

fn release(number: i32) -> Result<NewRelease, Anything> {
    Ok(NewRelease {
        known_at: day(number)?,
        source: "made up".into(),
        profile: None,
        file_name: None,
        file_digest: None,
        note: None,
        recorded_at: 0,
    })
}

/// The most memory this process has had, where the system says so.
fn peak() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    kilobytes.map_or("unknown".into(), |kilobytes| format!("{:.0} MB", kilobytes / 1024.0))
}

/// The processor time this process has had, where the system says so: what it takes where others work, too.
fn processor() -> Duration {
    const TICKS: u32 = 100;
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u32>().ok());
    Duration::from_secs(1) * ticks.sum() / TICKS
}

/// What is measured: so many areas, measures and months.
struct Shape {
    areas: u64,
    measures: u64,
    months: i32,
}

const FIRST: i32 = 24_000;

impl Shape {
    fn observations(&self) -> f64 {
        (self.areas * self.measures) as f64 * f64::from(self.months)
    }

    /// Adds a release of some months, measure by measure.
    fn append(
        &self,
        store: &mut Store,
        number: i32,
        months: Range<i32>,
        revision: u64,
    ) -> Result<(), Anything> {
        let parts = (0..self.measures).map(|m| part(self.areas, m, months.clone(), revision));
        store.append_release_in_parts(release(number)?, parts)?;
        Ok(())
    }

    /// The time it takes only to make up what a release says.
    fn making(&self, months: Range<i32>) -> Result<Duration, Anything> {
        let (made, time) =
            timed(|| (0..self.measures).try_for_each(|m| part(self.areas, m, months.clone(), 0).map(drop)));
        made?;
        Ok(time)
    }

    fn create(&self, path: &Path) -> Result<Store, Anything> {
        let new =
            NewDefinitions { known_at: day(0)?, source: "made up".into(), recorded_at: 0, documents: vec![] };
        println!(
            "{} areas x {} measures x {} months = {} observations",
            self.areas,
            self.measures,
            self.months,
            self.observations()
        );
        Ok(Store::create(path, new)?)
    }

    fn takes(&self, path: &Path, what: &str) -> Result<f64, Anything> {
        let n = self.observations();
        let of = |folder: &str| Ok::<_, std::io::Error>(size(&path.join(folder))? as f64 / n);
        let (ledger, index) = (of("ledger")?, of("index")?);
        println!(
            "{what}: {ledger:.2} (ledger) + {index:.2} (index) = {:.2} bytes per observation",
            ledger + index
        );
        Ok(ledger + index)
    }

    fn load(&self, path: &Path) -> Result<(), Anything> {
        let months = FIRST..FIRST + self.months;
        let before = processor();
        let making = self.making(months.clone())?;
        let made = processor();
        let mut store = self.create(path)?;
        let (added, time) = timed(|| self.append(&mut store, 1, months, 0));
        added?;
        let net = time.saturating_sub(making);
        let work = (processor() - made).saturating_sub(made - before);
        let rate = self.observations() / net.as_secs_f64() / 1e6;
        println!(
            "load: {:.0} ms, {:.0} ms of them to make up the data; {rate:.2} M observations/s without them, durable, \
             index included; {:.1} s of processor time; at most {} of memory",
            ms(time),
            ms(making),
            work.as_secs_f64(),
            peak()
        );
        drop(store);
        self.takes(path, "on disk")?;
        self.reading(path)?;
        fs::remove_dir_all(path.join("index"))?;
        let (store, time) = timed(|| Store::open(path, Mode::Write));
        println!("index made anew: {:.0} ms", ms(time));
        drop(store?);
        Ok(())
    }

    fn reading(&self, path: &Path) -> Result<(), Anything> {
        for (mode, name) in [(Mode::Write, "writing"), (Mode::Read, "reading")] {
            let mut times = Vec::new();
            for _ in 0..9 {
                let (store, time) = timed(|| Store::open(path, mode));
                drop(store?);
                times.push(time);
            }
            let store = Store::open(path, mode)?;
            let (read, everything) = timed(|| read_everything(&store, AsAt::Latest));
            let read = read? as f64;
            let series = self.one_series(&store, AsAt::Latest)?;
            println!(
                "open for {name}: {:.2} ms; a series {series}; everything {:.0} ms, {:.1} M observations/s",
                ms(median(times)),
                ms(everything),
                read / everything.as_secs_f64() / 1e6
            );
        }
        let (verification, time) = timed(|| Store::verify_at(path));
        println!("verify: {:.0} ms; sound: {}", ms(time), verification?.is_sound());
        Ok(())
    }

    /// What it takes to read one series, in microseconds: the median by the clock of a hundred, each for the first
    /// time; and the mean of processor time when they are read again and again.
    fn one_series(&self, store: &Store, as_at: AsAt) -> Result<String, Anything> {
        const ROUNDS: u32 = 50;
        let snapshot = store.snapshot(as_at)?;
        let key = |i: u64| -> Result<SeriesKey, Anything> {
            let area = AreaCode::new(&format!("S{:08}", 37_000_000 + i * 7 % self.areas))?;
            Ok(SeriesKey { measure: measure_id(i % self.measures)?, breakdown: Breakdown::total(), area })
        };
        let keys = (0..100).map(key).collect::<Result<Vec<_>, _>>()?;
        let mut times = Vec::new();
        for key in &keys {
            let (found, time) = timed(|| snapshot.series(key));
            found?.ok_or("no such series")?;
            times.push(time);
        }
        let before = processor();
        for _ in 0..ROUNDS {
            keys.iter().try_for_each(|key| snapshot.series(key).map(drop))?;
        }
        let mean = (processor() - before) / (ROUNDS * keys.len() as u32);
        Ok(format!("{:.1} us ({:.1} us of processor time)", ms(median(times)) * 1e3, ms(mean) * 1e3))
    }

    fn boards(&self, store: &Store, last: u32, what: &str) -> Result<(), Anything> {
        let board = |as_at| -> Result<f64, Anything> {
            let mut times = Vec::new();
            for _ in 0..9 {
                let (read, time) = timed(|| read_everything(store, as_at));
                read?;
                times.push(time);
            }
            Ok(ms(median(times)))
        };
        let latest = board(AsAt::Latest)?;
        println!(
            "{what}: the latest board {latest:.1} ms, a series {}",
            self.one_series(store, AsAt::Latest)?
        );
        for number in [1, last / 2, last - 1] {
            let as_at = AsAt::Release(number);
            let time = board(as_at)?;
            println!(
                "  as at release {number}: the board {time:.1} ms, {:.1} times the latest; a series {}",
                time / latest,
                self.one_series(store, as_at)?
            );
        }
        Ok(())
    }

    fn as_at(&self, path: &Path) -> Result<(), Anything> {
        let mut store = self.create(path)?;
        self.append(&mut store, 1, FIRST..FIRST + self.months, 0)?;
        let plain = self.takes(path, "after the first release")?;
        let mut times = Vec::new();
        for number in 1..=120 {
            let end = FIRST + self.months + number;
            let (added, time) = timed(|| self.append(&mut store, 1 + number, end - 3..end, number as u64));
            added?;
            times.push(time);
        }
        println!(
            "120 monthly releases that revise the last three months: {:.1} ms each (median)",
            ms(median(times))
        );
        self.boards(&store, 121, "in 121 files")?;
        drop(store);
        let all = self.takes(path, "as they came")?;
        println!("  {:.1} times the first release", all / plain);
        let mut store = Store::open(path, Mode::Write)?;
        let (done, time) = timed(|| store.compact());
        println!("compacted in {:.0} ms: {}", ms(time), done?);
        self.boards(&store, 121, "in one file")?;
        drop(store);
        self.takes(path, "compacted")?;
        let reader = Store::open(path, Mode::Read)?;
        self.boards(&reader, 121, "read without the index")
    }

    fn revise(&self, path: &Path) -> Result<(), Anything> {
        let mut store = self.create(path)?;
        let end = FIRST + self.months;
        self.append(&mut store, 1, FIRST..end, 0)?;
        drop(store);
        let plain = self.takes(path, "plain")?;
        let mut store = Store::open(path, Mode::Write)?;
        for number in 1..=20 {
            self.append(&mut store, 1 + number, end - 12..end, number as u64)?;
        }
        let as_they_came = self.takes(path, "after 20 revisions of the newest year")?;
        let (done, time) = timed(|| store.compact());
        println!("compacted in {:.0} ms: {}", ms(time), done?);
        drop(store);
        let compacted = self.takes(path, "compacted")?;
        println!(
            "{:.2} times the plain size before, {:.2} times after; at most {} of memory",
            as_they_came / plain,
            compacted / plain,
            peak()
        );
        Ok(())
    }
}

fn main() -> Result<(), Anything> {
    let mut arguments = std::env::args().skip(1);
    let mode = arguments.next().unwrap_or_else(|| "load".into());
    let mut next = |otherwise: u64| arguments.next().map_or(Ok(otherwise), |text| text.parse::<u64>());
    let shape = Shape { areas: next(32)?, measures: next(60)?, months: i32::try_from(next(120)?)? };
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("store");
    match mode.as_str() {
        "load" => shape.load(&path),
        "as-at" => shape.as_at(&path),
        "revise" => shape.revise(&path),
        other => Err(format!("{other} is not measured; expected load, as-at or revise").into()),
    }
}
