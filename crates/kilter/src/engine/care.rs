//! Looking after a store: withdrawing a release, backup, restoring, repair, migration. What is in it is asked
//! elsewhere.

use super::{Engine, EngineError, now};
use crate::export::ParquetTables;
use crate::table::{Column, Table, TextsBuilder};
use kilter_core::series::{Marks, Reading, Series, SeriesKey};
use kilter_core::time::{Date, Period};
use kilter_store::{
    Attachment, Backup, Compaction, NewWithdrawal, Release, Repair, Store, StoreError, Verification,
};
use std::collections::HashMap;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

/// The name of the table of observations in a backup.
pub const OBSERVATIONS: &str = "observations.parquet";

impl Engine {
    /// Withdraws a release, for a reason that became known on a day: from then on it no longer counts, and
    /// what it had revised is as it was before. As at an earlier point it still counts.
    ///
    /// ```
    /// use kilter::engine::{AsAt, Engine, Ingest, ValuesQuery};
    /// use kilter::{Date, ingest::OnRejection, table::Column};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("store");
    /// # let file = folder.path().join("falls.csv");
    /// let day = |d| Date::from_ymd_opt(2020, 7, d).unwrap();
    /// let mut engine = Engine::create(&path, "scotland-core-suite", day(1))?;
    /// for (known_at, count) in [(day(1), 12), (day(2), 21)] {
    ///     std::fs::write(&file, format!("measure,area,period,value\nreadmissions-28-days,S12000005,2019/20,{count}\n\
    ///         discharges,S12000005,2019/20,96\n"))?;
    ///     let how = Ingest { profile: None, source: "our own count", known_at,
    ///         on_rejection: OnRejection::Refuse, note: None };
    ///     engine.ingest(&file, &how, |_, _| true)?;
    /// }
    /// engine.withdraw(2, "digits exchanged", day(5))?;
    /// let value = |as_at| -> Result<_, kilter::engine::EngineError> {
    ///     Ok(engine.values(&ValuesQuery::of("NI-14").area("S12000005").as_at(as_at))?.column("value").cloned())
    /// };
    /// assert_eq!(value(AsAt::Latest)?, Some(Column::Number([Some(125.0)].into())));
    /// assert_eq!(value(AsAt::Date(day(4)))?, Some(Column::Number([Some(218.75)].into())));
    /// assert!(engine.withdraw(2, "again", day(6)).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// No such release, or one that is withdrawn already; no reason; a day before that of the release; or the
    /// store refuses.
    pub fn withdraw(&mut self, release: u32, reason: &str, known_at: Date) -> Result<Release, EngineError> {
        let new = NewWithdrawal { release, reason: reason.to_owned(), known_at, recorded_at: now() };
        Ok(self.store.withdraw(new)?)
    }

    /// Merges the old releases into one file, so that they take less room and earlier points are read faster.
    /// Every answer stays the same, as at every point; readers go on meanwhile.
    ///
    /// # Errors
    /// The store is damaged or of format 1; the disk refuses. The store is then as it was.
    pub fn compact(&mut self) -> Result<Compaction, EngineError> {
        Ok(self.store.compact()?)
    }

    /// Writes everything to one file: a zip archive of the store's segments, from which [`restore`] makes the
    /// same store again, and of the observations of every release as a Parquet table ([`OBSERVATIONS`]) for
    /// other tools. Readers and writers go on meanwhile.
    ///
    /// Columns of the table, a row for each observation of each release: `release, known_at, measure, breakdown,
    /// area, period, period_start, period_end, value, denominator, marks, absent`.
    ///
    /// ```
    /// use kilter::engine::{self, AsAt, Engine, Mode};
    /// # let folder = tempfile::tempdir()?;
    /// let demo = kilter::demonstration::run(&folder.path().join("demo"), |_| ())?;
    /// let engine = Engine::open(&demo.store, Mode::Read)?;
    /// let file = folder.path().join("demo.kilter");
    /// let backup = engine.backup(&file)?;
    /// assert_eq!(backup.last_release, engine.store().releases().last().map(|release| release.number()));
    /// assert!(engine.backup(&file).is_err()); // nothing is written over
    /// let again = engine::restore(&file, &folder.path().join("again"))?;
    /// assert_eq!(again.releases(), engine.releases());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Something is at the path already; the store is damaged; no space, no permission.
    pub fn backup(&self, path: &Path) -> Result<Backup, EngineError> {
        let mut observations = |releases: &[Release], out: &mut (dyn Write + Send)| {
            write_observations(&self.store, releases, out).map_err(|e| match e {
                Failed::Store(e) => e,
                Failed::Io(source) => StoreError::Io { path: path.to_owned(), doing: "write", source },
            })
        };
        let attachment = Attachment { name: OBSERVATIONS, write: &mut observations };
        Ok(self.store.backup(path, &mut [attachment])?)
    }
}

/// Makes a store of a backup at a path where there is nothing yet, and opens it for writing.
///
/// # Errors
/// Not a backup, or a damaged one; something at the path; the disk refuses.
pub fn restore(backup: &Path, path: &Path) -> Result<Engine, EngineError> {
    let store = Store::restore(backup, path)?;
    Ok(Engine::over(store, HashMap::new()))
}

/// Reads everything in a backup and compares it with its digests.
///
/// # Errors
/// Not a backup, or a damaged one.
pub fn check_backup(backup: &Path) -> Result<Backup, EngineError> {
    Ok(Store::check_backup(backup)?)
}

/// Restores what is damaged in a store, and only that, from a backup of it. Waits so long for another writer.
///
/// # Errors
/// Not a backup, a damaged one, or one of another store; the store is open for writing; the disk refuses.
pub fn repair(path: &Path, backup: &Path, wait: Duration) -> Result<Repair, EngineError> {
    Ok(Store::repair(path, backup, wait)?)
}

/// Brings a store to the newest format, after a backup; the formats before and after. Where both are the same,
/// nothing was done. Waits so long for another writer.
///
/// # Errors
/// As for opening it for writing, and for a backup. The store is then as it was.
pub fn migrate(path: &Path, backup: &Path, wait: Duration) -> Result<(u32, u32), EngineError> {
    Ok(Store::migrate(path, backup, wait)?)
}

/// Reads everything in a store and compares it with its checksums, even where the store is too damaged
/// to be opened.
///
/// # Errors
/// There is no store at the path.
pub fn verify(path: &Path) -> Result<Verification, EngineError> {
    Ok(Store::verify_at(path)?)
}

enum Failed {
    Store(StoreError),
    Io(io::Error),
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn write_observations(
    store: &Store,
    releases: &[Release],
    out: &mut (dyn Write + Send),
) -> Result<(), Failed> {
    let mut tables = ParquetTables::new(&observations(None, &[]), out)?;
    for release in releases {
        for measure in store.release_measures(release.number())? {
            let series = store.release_measure(release.number(), &measure)?;
            // A measure of a nation is read at once; its rows are written in stretches.
            for stretch in series.chunks(4_096) {
                tables.write(&observations(Some(release), stretch))?;
            }
        }
    }
    Ok(tables.close()?)
}

/// The observations of some series of a release, a row each.
fn observations(release: Option<&Release>, series: &[(SeriesKey, Series)]) -> Table {
    let rows: usize = series.iter().map(|(_, series)| series.len()).sum();
    let mut texts = std::array::from_fn(|_| TextsBuilder::default());
    let [measure, breakdown, area, period, marks, absent] = &mut texts;
    let (mut start, mut end) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    let (mut value, mut denominator) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    let mut periods: HashMap<_, _> = HashMap::new();
    for (key, series) in series {
        let of_measure = measure.word(key.measure.as_str());
        measure.repeat(Some(of_measure), series.len());
        let of_breakdown = (!key.breakdown.is_total()).then(|| breakdown.word(&key.breakdown.to_string()));
        breakdown.repeat(of_breakdown, series.len());
        let of_area = area.word(key.area.as_str());
        area.repeat(Some(of_area), series.len());
        for (place, &ordinal) in series.ordinals().iter().enumerate() {
            let of_period = *periods.entry((series.kind(), ordinal)).or_insert_with(|| {
                let found = Period::new(series.kind(), ordinal).ok();
                (
                    found.map(|found| period.word(&found.to_string())),
                    found.map(Period::start),
                    found.map(Period::end),
                )
            });
            let observation = series.at(place);
            let (number, whole, why) = match observation.reading() {
                Reading::Number(number) => (Some(number), None, None),
                Reading::Pair { numerator, denominator } => (Some(numerator), Some(denominator), None),
                Reading::Absent(why) => (None, None, Some(absent.word(&why.to_string()))),
            };
            let marked = observation.marks();
            let of_marks = (marked != Marks::NONE).then(|| marks.word(&marked.to_string()));
            period.push(of_period.0);
            start.push(of_period.1);
            end.push(of_period.2);
            value.push(number);
            denominator.push(whole);
            marks.push(of_marks);
            absent.push(why);
        }
    }
    let known_at: Option<Date> = release.map(Release::known_at);
    let [measure, breakdown, area, period, marks, absent] = texts.map(|column| Column::Text(column.build()));
    Table::new(vec![
        ("release", Column::Integer(vec![release.map(|r| i64::from(r.number())); rows].into())),
        ("known_at", Column::Date(vec![known_at; rows].into())),
        ("measure", measure),
        ("breakdown", breakdown),
        ("area", area),
        ("period", period),
        ("period_start", Column::Date(start.into())),
        ("period_end", Column::Date(end.into())),
        ("value", Column::Number(value.into())),
        ("denominator", Column::Number(denominator.into())),
        ("marks", marks),
        ("absent", absent),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::RecordBatchReader;
    use arrow_array::cast::AsArray;
    use arrow_array::types::{Float64Type, Int64Type};
    use kilter_store::Mode;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use std::fs::File;

    #[test]
    fn other_tools_read_every_observation_of_every_release_from_a_backup() {
        let folder = tempfile::tempdir().unwrap();
        let demo = crate::demonstration::run(&folder.path().join("demo"), |_| ()).unwrap();
        let engine = Engine::open(&demo.store, Mode::Read).unwrap();
        let file = folder.path().join("demo.kilter");
        engine.backup(&file).unwrap();
        let mut archive = zip::ZipArchive::new(File::open(&file).unwrap()).unwrap();
        let mut table = tempfile::tempfile().unwrap();
        io::copy(&mut archive.by_name(OBSERVATIONS).unwrap(), &mut table).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(table).unwrap().build().unwrap();
        let formats = include_str!("../../docs/file-formats.md");
        let listed =
            formats.split("### Observations of a backup").nth(1).unwrap().split("###").next().unwrap();
        let listed = listed.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
        let schema = reader.schema();
        assert!(listed.map(|(name, _)| name).eq(schema.fields().iter().map(|field| field.name())));
        let (mut rows, mut numbers, mut sum) = (vec![0u64; engine.store().releases().len()], 0, 0.0);
        for batch in reader {
            let batch = batch.unwrap();
            let releases = batch["release"].as_primitive::<Int64Type>();
            releases.values().iter().for_each(|number| rows[*number as usize - 1] += 1);
            let values = batch["value"].as_primitive::<Float64Type>();
            numbers += values.iter().flatten().count();
            sum += values.iter().flatten().sum::<f64>();
        }
        let (mut held, mut total) = (0, 0.0);
        for release in engine.store().releases().iter() {
            assert_eq!(rows[release.number() as usize - 1], release.observations());
            for (_, series) in engine.store().release_series(release.number()).unwrap() {
                let values = (0..series.len()).filter_map(|place| series.at(place).value());
                values.for_each(|value| (held, total) = (held + 1, total + value));
            }
        }
        assert!(numbers > 1_000);
        assert_eq!(numbers, held);
        assert!((sum - total).abs() <= 1e-9 * total.abs(), "{sum} and {total}");
    }
}
