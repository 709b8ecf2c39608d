//! The engine: a store, the framework it is read by, and the questions that are asked of it.
//!
//! What a service depends on. It reads the clock (the core never does) and passes the time on as an
//! argument.

mod care;
mod chart;
mod columns;
mod compare;
mod diff;
mod error;
mod escalation;
mod explain;
mod funnel;
mod oversight;
mod query;
mod scorecard;
mod selected;
mod threads;
mod warm;
mod what_if;

pub use care::{OBSERVATIONS, check_backup, migrate, repair, restore, verify};
pub use columns::{
    Among, Block, ChartBlock, Charts, Columns, LimitBlock, Limits, RankBlock, Ranks, Statuses,
};
pub use compare::{CompareQuery, FiveYearsQuery, With};
pub use error::EngineError;
pub use escalation::EscalationsQuery;
pub use explain::{ExplainQuery, Explanation};
pub use funnel::FunnelQuery;
pub use kilter_core::evaluate::{Standing, StatusCode, Stretch};
pub use oversight::TargetsQuery;
pub use query::{EvaluateQuery, Selection, ValuesQuery, View};
pub use scorecard::{ScorecardFormat, ScorecardQuery};
pub use what_if::{NeededQuery, WhatIf, WhatIfQuery};

use crate::definitions::{self, DefinitionsError};
use crate::ingest::{self, FileContents, IngestError, OnRejection, Profile, ProfileDocument, Receipt};
use crate::read::{self, Rows};
use crate::table::{Column, Table};
use kilter_core::framework::{Framework, Indicator, Text};
use kilter_core::ident::{AreaCode, MeasureId};
use kilter_core::method::withhold;
use kilter_core::series::Dataset;
use kilter_core::target::Polarity;
use kilter_core::time::Date;
pub use kilter_store::{AsAt, Backup, Compaction, Mode, Release, Repair, StoreError, Verification};
use kilter_store::{Document, NewDefinitions, NewRelease, Snapshot, Store, Withdrawal};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// From how many files on a store is better compacted: reading an old release opens each.
const MANY_FILES: usize = 200;

/// How many series of a file are handed to the store at once.
const SERIES_AT_ONCE: usize = 4_096;

/// What is ingested, and how.
#[derive(Debug, Clone)]
pub struct Ingest<'a> {
    /// The profile; `None`: the file is a table of observations.
    pub profile: Option<&'a ProfileDocument>,
    /// Where the figures come from, in words.
    pub source: &'a str,
    /// When they became known.
    pub known_at: Date,
    /// What is done with the sound rows of a file of which some are refused.
    pub on_rejection: OnRejection,
    /// A remark.
    pub note: Option<&'a str>,
}

/// An indicator engine over one store.
///
/// ```
/// use kilter::engine::{AsAt, Engine, Ingest, Selection, ValuesQuery};
/// use kilter::{Date, ingest::OnRejection};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("store");
/// # let file = folder.path().join("falls.csv");
/// # std::fs::write(&file, "measure,area,period,value\nreadmissions-28-days,S12000005,2019/20,12\n\
/// #     discharges,S12000005,2019/20,96\n")?;
/// let today = Date::from_ymd_opt(2020, 7, 1).unwrap();
/// let mut engine = Engine::create(&path, "scotland-core-suite", today)?;
/// let receipt = engine.ingest(&file, &Ingest {
///     profile: None, source: "our own count", known_at: today,
///     on_rejection: OnRejection::Refuse, note: None,
/// }, |_, _| true)?;
/// assert_eq!((receipt.accepted, receipt.rejected), (2, 0));
/// let values = engine.values(&ValuesQuery::of("NI-14").area("S12000005"))?;
/// assert_eq!(values.column("value"), Some(&kilter::table::Column::Number([Some(125.0)].into())));
/// assert!(engine.values(&ValuesQuery::of("NI-99")).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Engine {
    store: Store,
    /// Frameworks by the version of the definitions; each is read once.
    frameworks: Mutex<HashMap<u32, Arc<Framework>>>,
    warm: warm::Warm,
}

/// Seconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// Today, by the clock of this machine.
#[must_use]
pub fn today() -> Date {
    chrono::Local::now().date_naive()
}

fn documents(texts: &[Text]) -> Vec<Document> {
    texts.iter().map(|text| Document { name: text.name.clone(), text: text.text.clone() }).collect()
}

impl Engine {
    /// Makes a store with a framework, from a file, a folder or the catalogue.
    ///
    /// # Errors
    /// The framework is not sound; something stands at the path already; the disk refuses.
    pub fn create(path: &Path, framework: &str, known_at: Date) -> Result<Self, EngineError> {
        Self::create_from(path, &definitions::framework_texts(framework)?, framework, known_at)
    }

    /// Makes a store with a framework of these texts.
    ///
    /// # Errors
    /// As [`Engine::create`].
    pub fn create_from(
        path: &Path,
        texts: &[Text],
        source: &str,
        known_at: Date,
    ) -> Result<Self, EngineError> {
        let framework = Framework::from_texts(texts).map_err(DefinitionsError::from)?;
        let new = NewDefinitions {
            known_at,
            source: source.to_owned(),
            recorded_at: now(),
            documents: documents(texts),
        };
        let store = Store::create(path, new)?;
        Ok(Self::over(store, HashMap::from([(1, Arc::new(framework))])))
    }

    fn over(store: Store, frameworks: HashMap<u32, Arc<Framework>>) -> Self {
        Self { store, frameworks: Mutex::new(frameworks), warm: warm::Warm::default() }
    }

    /// Opens a store.
    ///
    /// # Errors
    /// There is none, or it is damaged, held by another writer, or of a newer version.
    pub fn open(path: &Path, mode: Mode) -> Result<Self, EngineError> {
        Self::open_within(path, mode, Duration::ZERO)
    }

    /// Opens a store, and waits so long for another writer to close it. Reading never waits.
    ///
    /// # Errors
    /// As [`Engine::open`].
    pub fn open_within(path: &Path, mode: Mode, wait: Duration) -> Result<Self, EngineError> {
        let store = Store::open_within(path, mode, wait)?;
        Ok(Self::over(store, HashMap::new()))
    }

    /// The folder of the store.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.store.path()
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The framework in force at a point.
    ///
    /// # Errors
    /// There is no such release, or the store is damaged.
    pub fn framework(&self, as_at: AsAt) -> Result<Arc<Framework>, EngineError> {
        self.framework_of(&self.store.snapshot(as_at)?)
    }

    fn framework_of(&self, snapshot: &Snapshot<'_>) -> Result<Arc<Framework>, EngineError> {
        let definitions = snapshot.definitions();
        let mut known = self.frameworks.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(framework) = known.get(&definitions.version()) {
            return Ok(Arc::clone(framework));
        }
        let texts: Vec<Text> = definitions
            .documents()
            .iter()
            .map(|document| Text::new(&document.name, &document.text))
            .collect();
        let framework = Arc::new(Framework::from_texts(&texts).map_err(DefinitionsError::from)?);
        known.insert(definitions.version(), Arc::clone(&framework));
        Ok(framework)
    }

    /// Takes another framework into force from a date on. What is read as at an earlier date keeps the
    /// framework of its day.
    ///
    /// # Errors
    /// The framework is not sound, or the store refuses.
    pub fn define(&mut self, framework: &str, known_at: Date) -> Result<u32, EngineError> {
        self.define_from(&definitions::framework_texts(framework)?, framework, known_at)
    }

    /// The same with a framework of these texts.
    ///
    /// # Errors
    /// As [`Engine::define`].
    pub fn define_from(&mut self, texts: &[Text], source: &str, known_at: Date) -> Result<u32, EngineError> {
        Framework::from_texts(texts).map_err(DefinitionsError::from)?;
        let new = NewDefinitions {
            known_at,
            source: source.to_owned(),
            recorded_at: now(),
            documents: documents(texts),
        };
        Ok(self.store.append_definitions(new)?.version())
    }

    /// Takes in a file: one release (or one for each that the file holds), whole or not at all.
    /// `progress` is told the bytes read and in all, and stops the reading by `false`.
    ///
    /// # Errors
    /// The file is refused, with a receipt that accounts for its rows; or the store refuses.
    pub fn ingest(
        &mut self,
        file: &Path,
        ingest: &Ingest<'_>,
        progress: impl FnMut(u64, u64) -> bool,
    ) -> Result<Receipt, IngestError> {
        let contents = self
            .read_by(file, ingest, |request, known| ingest::read_file(request, |ids| known(ids), progress))?;
        self.keep(contents, ingest, Some(read::digest(file)?))
    }

    /// Takes in rows that are open already, such as those of a data frame: as [`Engine::ingest`], but that
    /// the same rows are not known again when they come a second time.
    ///
    /// # Errors
    /// As [`Engine::ingest`].
    pub fn ingest_rows(
        &mut self,
        rows: Rows,
        ingest: &Ingest<'_>,
        progress: impl FnMut(u64, u64) -> bool,
    ) -> Result<Receipt, IngestError> {
        let name = rows.path().to_owned();
        let contents = self.read_by(&name, ingest, |request, known| {
            ingest::read_rows(request, rows, |ids| known(ids), progress)
        })?;
        self.keep(contents, ingest, None)
    }

    /// Reads by the framework in force and the profile that is named.
    fn read_by(
        &self,
        path: &Path,
        ingest: &Ingest<'_>,
        read: impl FnOnce(
            &ingest::Request<'_>,
            &dyn Fn(&[MeasureId]) -> Result<Dataset, StoreError>,
        ) -> Result<FileContents, IngestError>,
    ) -> Result<FileContents, IngestError> {
        let snapshot = self.store.snapshot(AsAt::Latest)?;
        let framework = self.framework_of(&snapshot).map_err(EngineError::into_ingest)?;
        let profile = match ingest.profile {
            Some(document) => Some(Profile::new(document, &framework)?),
            None => None,
        };
        let request = ingest::Request {
            path,
            profile: profile.as_ref(),
            framework: &framework,
            known_at: ingest.known_at,
            on_rejection: ingest.on_rejection,
        };
        read(&request, &|measures| as_stored(&snapshot, measures))
    }

    /// Keeps what was read as releases.
    fn keep(
        &mut self,
        contents: FileContents,
        ingest: &Ingest<'_>,
        digest: Option<String>,
    ) -> Result<Receipt, IngestError> {
        let mut receipt = contents.receipt;
        let same = |release: &&Release| digest.is_some() && release.file_digest() == digest.as_deref();
        receipt.same_file_as = self.store.releases().iter().find(same).map(Release::number);
        for release in contents.releases {
            let note = match (ingest.note, release.name.as_str()) {
                (Some(note), _) => Some(note.to_owned()),
                (None, "") => None,
                (None, name) => Some(format!("release {name} of the file")),
            };
            let new = NewRelease {
                known_at: release.known_at,
                source: ingest.source.to_owned(),
                profile: receipt.profile.clone(),
                file_name: Some(receipt.file.clone()),
                file_digest: digest.clone(),
                note,
                recorded_at: now(),
            };
            let parts = release.into_parts(SERIES_AT_ONCE).map(Ok::<_, IngestError>);
            let kept = self.store.append_release_in_parts(new, parts)?;
            receipt.releases.push((kept.number(), kept.known_at()));
        }
        Ok(receipt)
    }

    /// How many of the observations that were read are kept for the next question, at some 20 bytes each: 12 million
    /// where nobody says. What is laid side by side for [`Engine::columns`] counts by the memory that it takes. A
    /// question about more than that reads all of them each time.
    ///
    /// ```
    /// # let folder = tempfile::tempdir()?;
    /// # let demo = kilter::demonstration::run(&folder.path().join("demo"), |_| ())?;
    /// let mut engine = kilter::engine::Engine::open(&demo.store, kilter::engine::Mode::Read)?;
    /// engine.keep_observations(60_000_000);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn keep_observations(&mut self, most: usize) {
        self.warm.keep(most);
    }

    /// The releases, by number: `release, known_at, source, profile, file, series, figures, note,
    /// withdrawn_at, withdrawn_because`.
    #[must_use]
    pub fn releases(&self) -> Table {
        let releases = self.store.releases();
        let text = |of: &dyn Fn(&Release) -> Option<&str>| Column::Text(releases.iter().map(of).collect());
        let (source, profile) = (text(&|r| Some(r.source())), text(&Release::profile));
        let (file, note) = (text(&Release::file_name), text(&Release::note));
        let because = text(&|r| r.withdrawal().map(Withdrawal::reason));
        let withdrawn_at = releases.iter().map(|r| r.withdrawal().map(Withdrawal::known_at));
        let count = |of: &dyn Fn(&Release) -> u64| {
            Column::Integer(releases.iter().map(|r| i64::try_from(of(r)).ok()).collect())
        };
        Table::new(vec![
            ("release", count(&|r| u64::from(r.number()))),
            ("known_at", Column::Date(releases.iter().map(|r| Some(r.known_at())).collect())),
            ("source", source),
            ("profile", profile),
            ("file", file),
            ("series", count(&Release::series)),
            ("figures", count(&Release::observations)),
            ("note", note),
            ("withdrawn_at", Column::Date(withdrawn_at.collect())),
            ("withdrawn_because", because),
        ])
    }

    /// Reads everything and compares it with its checksums.
    ///
    /// # Errors
    /// The store cannot be read at all.
    pub fn verify(&self) -> Result<Verification, EngineError> {
        Ok(self.store.verify()?)
    }

    /// The indicators of the framework at a point, and of which of them anything was observed:
    /// `indicator, title, unit, frequency, polarity, set, observed`.
    ///
    /// # Errors
    /// There is no such release, or the store is damaged.
    pub fn indicators(&self, as_at: AsAt) -> Result<Table, EngineError> {
        let snapshot = self.store.snapshot(as_at)?;
        let framework = self.framework_of(&snapshot)?;
        let held = snapshot.measures()?;
        let text = |of: &dyn Fn(&Indicator) -> Option<String>| {
            let cells = framework.indicators().iter().map(of);
            Column::Text(cells.collect())
        };
        let polarity = |i: &Indicator| {
            Polarity::NAMES
                .iter()
                .find(|(_, polarity)| *polarity == i.polarity)
                .map(|(name, _)| (*name).to_owned())
        };
        let observed = |i: &Indicator| {
            let all = i.calculation.measures().iter().all(|measure| held.contains(measure));
            Some(if all { "yes" } else { "no" }.to_owned())
        };
        Ok(Table::new(vec![
            ("indicator", text(&|i| Some(i.id.to_string()))),
            ("title", text(&|i| Some(i.title.clone()))),
            ("unit", text(&|i| Some(i.unit.clone()))),
            ("frequency", text(&|i| Some(i.frequency.to_string()))),
            ("polarity", text(&polarity)),
            ("set", text(&|i| i.set.clone())),
            ("observed", text(&observed)),
        ]))
    }

    /// What the store holds, in a few lines.
    ///
    /// # Errors
    /// The store is damaged.
    pub fn summary(&self) -> Result<String, EngineError> {
        let framework = self.framework(AsAt::Latest)?;
        let releases = self.store.releases();
        let figures: u64 = releases.iter().map(Release::observations).sum();
        let invented = if framework.is_invented() { "; invented" } else { "" };
        let withdrawn = match releases.iter().filter(|release| release.withdrawal().is_some()).count() {
            0 => String::new(),
            n => format!(" ({n} withdrawn)"),
        };
        let last = releases.last().map_or("none".to_owned(), |release| {
            format!("the last is {} of {}, from {}", release.number(), release.known_at(), release.source())
        });
        let writer = match Store::writer(self.path()) {
            Ok(None) => "nobody writes to it now".to_owned(),
            Ok(Some(holder)) => format!("open for writing by {holder}"),
            Err(why) => format!("whether anybody writes to it is not known: {why}"),
        };
        let files = match self.store.files() {
            few if few < MANY_FILES => String::new(),
            many => format!(
                "\nits releases are in {many} files; `kilter compact` makes them one, which is read faster"
            ),
        };
        Ok(format!(
            "{}: {} ({}), version {} of the definitions{invented}\n{} releases{withdrawn}, {} figures; {last}\n\
             index: {}\n{writer}{files}",
            self.path().display(),
            framework.title(),
            framework.id(),
            self.store.definitions().len(),
            releases.len(),
            figures,
            self.store.index_state()
        ))
    }

    /// The area of a code, or of a name that only one area has.
    ///
    /// # Errors
    /// There is none, with the nearest name; or there are several.
    pub fn area(&self, framework: &Framework, text: &str) -> Result<AreaCode, EngineError> {
        if let Some(area) = framework.areas().current(text) {
            return Ok(area.code.clone());
        }
        match framework.areas().named(text, &[]) {
            Ok(area) => Ok(area.code.clone()),
            Err(error) => Err(EngineError::Area { text: text.to_owned(), error }),
        }
    }
}

/// The series of some measures as a snapshot shows them, without what the framework withholds: from here on
/// small numbers are gone.
fn dataset(
    snapshot: &Snapshot<'_>,
    framework: &Framework,
    measures: &[MeasureId],
) -> Result<Dataset, StoreError> {
    let mut data = as_stored(snapshot, measures)?;
    for measure in measures.iter().filter_map(|id| framework.measure(id.as_str())) {
        withhold(measure, framework.areas(), &mut data);
    }
    Ok(data)
}

/// The series of some measures as they are stored, small numbers and all: for checking what is taken in.
fn as_stored(snapshot: &Snapshot<'_>, measures: &[MeasureId]) -> Result<Dataset, StoreError> {
    let mut data = Dataset::new();
    for measure in measures {
        data.insert_all(snapshot.measure(measure)?);
    }
    Ok(data)
}

#[cfg(test)]
mod tests {
    use super::Engine;

    #[test]
    fn an_engine_can_be_shared_between_the_threads_of_a_service() {
        fn shared<T: Send + Sync>() {}
        shared::<Engine>();
    }
}
