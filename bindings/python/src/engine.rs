//! The engine as Python sees it: each method of [`kilter::engine::Engine`] with arguments as Python gives
//! them.

use crate::arguments::{About, Card, How, Texts, Viewer, as_at, day, evaluations, read, texts};
use crate::arrow;
use crate::care;
use crate::errors::Failure;
use crate::gateway::{ask, calculate, watch};
use crate::table::{NativeTable, date as python_date};
use kilter::PeriodKind;
use kilter::area::AreaKind;
use kilter::asked;
use kilter::engine::{
    self, CompareQuery, Engine, EscalationsQuery, ExplainQuery, FiveYearsQuery, FunnelQuery, Mode,
    NeededQuery, ScorecardFormat, ScorecardQuery, TargetsQuery, ValuesQuery, WhatIfQuery, With,
};
use kilter::ident::AreaCode;
use kilter::ingest::Receipt;
use kilter::table::Table;
use kilter::target::Function;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// Areas, and their codes as Python has them.
type Codes = (Arc<[AreaCode]>, Py<PyTuple>);

/// An engine over one store. `None` once it is closed.
#[pyclass(name = "Engine", module = "kilter._native", frozen)]
pub struct NativeEngine {
    engine: Arc<RwLock<Option<Engine>>>,
    path: PathBuf,
    /// Those of the columns that were asked for last: most often the next ones have the same.
    areas: Mutex<Option<Codes>>,
}

impl NativeEngine {
    fn of(engine: Engine) -> Self {
        let path = engine.path().to_owned();
        Self { engine: Arc::new(RwLock::new(Some(engine))), path, areas: Mutex::new(None) }
    }

    fn closed(&self) -> Failure {
        Failure::Closed(format!("{}: the engine was closed; open the store again", self.path.display()))
    }

    pub fn ask<T: Send + 'static>(
        &self,
        py: Python<'_>,
        question: impl FnOnce(&Engine) -> Result<T, Failure> + Send + 'static,
    ) -> PyResult<T> {
        let (engine, closed) = (Arc::clone(&self.engine), self.closed());
        ask(py, move || {
            let engine = engine.read().unwrap_or_else(PoisonError::into_inner);
            question(engine.as_ref().ok_or(closed)?)
        })
    }

    /// The codes of areas.
    pub fn codes<'py>(&self, py: Python<'py>, areas: &Arc<[AreaCode]>) -> PyResult<Bound<'py, PyTuple>> {
        let kept = || self.areas.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, codes)) = kept().as_ref().filter(|(known, _)| known == areas) {
            return Ok(codes.bind(py).clone());
        }
        let codes = PyTuple::new(py, areas.iter().map(AreaCode::as_str))?;
        *kept() = Some((Arc::clone(areas), codes.clone().unbind()));
        Ok(codes)
    }

    /// A question about few or many series.
    fn table_about(
        &self,
        py: Python<'_>,
        about: About,
        question: impl FnOnce(&Engine, About) -> Result<Table, Failure> + Send + 'static,
    ) -> PyResult<NativeTable> {
        if !about.is_brief() {
            return self.table(py, move |engine| question(engine, about));
        }
        let answer = calculate(py, || {
            let engine = self.engine.read().unwrap_or_else(PoisonError::into_inner);
            question(engine.as_ref().ok_or_else(|| self.closed())?, about)
        })?;
        answer.map(NativeTable::from).map_err(|failure| failure.into_python(py))
    }

    fn table(
        &self,
        py: Python<'_>,
        question: impl FnOnce(&Engine) -> Result<Table, Failure> + Send + 'static,
    ) -> PyResult<NativeTable> {
        self.ask(py, question).map(NativeTable::from)
    }

    fn change<T: Send + 'static>(
        &self,
        py: Python<'_>,
        progress: Option<&Bound<'_, PyAny>>,
        work: impl FnOnce(&mut Engine, &mut dyn FnMut(u64, u64) -> bool) -> Result<T, Failure> + Send + 'static,
    ) -> PyResult<T> {
        let (engine, closed) = (Arc::clone(&self.engine), self.closed());
        watch(py, progress, move |told| {
            let mut engine = engine.write().unwrap_or_else(PoisonError::into_inner);
            work(engine.as_mut().ok_or(closed)?, told)
        })
    }
}

/// A receipt as the object of that name of `kilter.receipt`.
pub fn receipt_object<'py>(py: Python<'py>, receipt: &Receipt) -> PyResult<Bound<'py, PyAny>> {
    let with = PyDict::new(py);
    with.set_item("file", &receipt.file)?;
    with.set_item("profile", &receipt.profile)?;
    let releases = receipt.releases.iter();
    let releases: Vec<_> =
        releases.map(|(number, day)| Ok((*number, python_date(py, *day)?))).collect::<PyResult<_>>()?;
    with.set_item("releases", PyList::new(py, releases)?)?;
    with.set_item("rows", receipt.rows)?;
    with.set_item("accepted", receipt.accepted)?;
    with.set_item("rejected", receipt.rejected)?;
    with.set_item("native_rejections", Bound::new(py, NativeTable::from(receipt.rejection_table()))?)?;
    with.set_item("left_out", &receipt.left_out)?;
    with.set_item("series", receipt.series)?;
    with.set_item("figures", receipt.observations)?;
    with.set_item("totals_checked", receipt.totals_checked)?;
    let disagreements: Vec<String> = receipt.disagreements.iter().map(ToString::to_string).collect();
    with.set_item("disagreements", disagreements)?;
    let recoded: Vec<_> =
        receipt.recoded.iter().map(|((old, new), of)| (old, new, of.rows, of.late)).collect();
    with.set_item("recoded", PyList::new(py, recoded)?)?;
    with.set_item("zeros", receipt.zeros)?;
    with.set_item("same_file_as", receipt.same_file_as)?;
    with.set_item("stopped_at", receipt.stopped_at)?;
    with.set_item("text", receipt.to_string())?;
    py.import("kilter.receipt")?.getattr("Receipt")?.call((), Some(&with))
}

#[pymethods]
impl NativeEngine {
    /// Waits so many seconds for another writer.
    #[staticmethod]
    fn open(py: Python<'_>, path: PathBuf, mode: &str, wait: f64) -> PyResult<Self> {
        let mode = match mode {
            "read" => Mode::Read,
            "write" => Mode::Write,
            other => {
                let what = format!("mode=\"{other}\" is not known; expected \"read\" or \"write\"");
                return Err(Failure::Argument(what).into_python(py));
            }
        };
        ask(py, move || Ok(Engine::open_within(&path, mode, care::wait(wait)?)?)).map(Self::of)
    }

    #[staticmethod]
    fn create(
        py: Python<'_>,
        path: PathBuf,
        framework: Texts,
        source: String,
        known_at: Option<String>,
    ) -> PyResult<Self> {
        let made = ask(py, move || {
            let known_at = day(known_at)?.unwrap_or_else(engine::today);
            Ok(Engine::create_from(&path, &texts(framework), &source, known_at)?)
        });
        made.map(Self::of)
    }

    #[getter]
    fn path(&self) -> PathBuf {
        self.path.clone()
    }

    #[getter]
    fn is_closed(&self, py: Python<'_>) -> bool {
        py.detach(|| self.engine.read().unwrap_or_else(PoisonError::into_inner).is_none())
    }

    /// Closes the store; what is asked after that is refused. Waits for what is being done.
    fn close(&self, py: Python<'_>) {
        py.detach(|| drop(self.engine.write().unwrap_or_else(PoisonError::into_inner).take()));
    }

    fn define(
        &self,
        py: Python<'_>,
        framework: Texts,
        source: String,
        known_at: Option<String>,
    ) -> PyResult<u32> {
        self.change(py, None, move |engine, _| {
            let known_at = day(known_at)?.unwrap_or_else(engine::today);
            Ok(engine.define_from(&texts(framework), &source, known_at)?)
        })
    }

    fn ingest_file<'py>(
        &self,
        py: Python<'py>,
        file: PathBuf,
        how: How,
        progress: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let receipt = self.change(py, progress.as_ref(), move |engine, told| {
            let taking = how.read()?;
            engine.ingest(&file, &taking.ingest(), told).map_err(Failure::Ingest)
        })?;
        receipt_object(py, &receipt)
    }

    fn ingest_frame<'py>(
        &self,
        py: Python<'py>,
        frame: Bound<'py, PyAny>,
        name: String,
        rows: u64,
        how: How,
        progress: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let batches = arrow::take(&frame)?;
        let receipt = self.change(py, progress.as_ref(), move |engine, told| {
            let taking = how.read()?;
            let rows =
                kilter_arrow::rows(&name, batches, rows).map_err(|error| Failure::Ingest(error.into()))?;
            engine.ingest_rows(rows, &taking.ingest(), told).map_err(Failure::Ingest)
        })?;
        receipt_object(py, &receipt)
    }

    fn releases(&self, py: Python<'_>) -> PyResult<NativeTable> {
        self.table(py, |engine| Ok(engine.releases()))
    }

    fn summary(&self, py: Python<'_>) -> PyResult<String> {
        self.ask(py, |engine| Ok(engine.summary()?))
    }

    fn indicators(&self, py: Python<'_>, at: Option<String>) -> PyResult<NativeTable> {
        self.table(py, |engine| Ok(engine.indicators(as_at(at)?)?))
    }

    /// The texts of the framework that is in force, with its id and title.
    fn framework(&self, py: Python<'_>, at: Option<String>) -> PyResult<(Texts, String, String)> {
        self.ask(py, |engine| {
            let at = as_at(at)?;
            let framework = engine.framework(at)?;
            let snapshot = engine.store().snapshot(at)?;
            let documents = snapshot.definitions().documents().iter();
            let texts = documents.map(|document| (document.name.clone(), document.text.clone())).collect();
            Ok((texts, framework.id().to_string(), framework.title().to_owned()))
        })
    }

    /// Withdraws a release from a day on.
    fn withdraw(
        &self,
        py: Python<'_>,
        release: u32,
        reason: String,
        known_at: Option<String>,
    ) -> PyResult<()> {
        self.change(py, None, move |engine, _| {
            let known_at = day(known_at)?.unwrap_or_else(engine::today);
            engine.withdraw(release, &reason, known_at)?;
            Ok(())
        })
    }

    /// Writes the whole store to one file.
    fn backup(&self, py: Python<'_>, file: PathBuf) -> PyResult<()> {
        self.ask(py, move |engine| {
            engine.backup(&file)?;
            Ok(())
        })
    }

    /// Merges releases so that the store takes less room, and says what came of it.
    fn compact(&self, py: Python<'_>) -> PyResult<String> {
        self.change(py, None, |engine, _| Ok(engine.compact()?.to_string()))
    }

    /// A store from a backup, open for writing.
    #[staticmethod]
    fn restore(py: Python<'_>, backup: PathBuf, path: PathBuf) -> PyResult<Self> {
        ask(py, move || Ok(engine::restore(&backup, &path)?)).map(Self::of)
    }

    /// Whether the store is sound, and what was found.
    fn verify(&self, py: Python<'_>) -> PyResult<(bool, String, Vec<String>)> {
        self.ask(py, |engine| Ok(care::verification(&engine.verify()?)))
    }

    #[allow(clippy::too_many_arguments)]
    fn values(
        &self,
        py: Python<'_>,
        about: About,
        from_: Option<String>,
        to: Option<String>,
        every: Option<String>,
        rolling: Option<u32>,
        confidence: Vec<f64>,
    ) -> PyResult<NativeTable> {
        self.table_about(py, about, move |engine, about| {
            let every = read::<PeriodKind>(every)?;
            let selection = about.selection()?;
            Ok(engine.values(&ValuesQuery { selection, from: from_, to, every, rolling, confidence })?)
        })
    }

    fn evaluate(
        &self,
        py: Python<'_>,
        about: About,
        period: Option<String>,
        viewer: Viewer,
    ) -> PyResult<NativeTable> {
        self.table_about(
            py,
            about,
            |engine, about| Ok(engine.evaluate(&evaluations(about, period, viewer)?)?),
        )
    }

    fn verdicts(
        &self,
        py: Python<'_>,
        about: About,
        period: Option<String>,
        viewer: Viewer,
    ) -> PyResult<NativeTable> {
        self.table(py, |engine| Ok(engine.verdicts(&evaluations(about, period, viewer)?)?))
    }

    fn chart(
        &self,
        py: Python<'_>,
        about: About,
        period: Option<String>,
        viewer: Viewer,
    ) -> PyResult<NativeTable> {
        self.table(py, |engine| Ok(engine.chart(&evaluations(about, period, viewer)?)?))
    }

    fn run_chart(
        &self,
        py: Python<'_>,
        about: About,
        period: Option<String>,
        viewer: Viewer,
    ) -> PyResult<NativeTable> {
        self.table(py, |engine| Ok(engine.run_chart(&evaluations(about, period, viewer)?)?))
    }

    fn sustained_shifts(
        &self,
        py: Python<'_>,
        about: About,
        period: Option<String>,
        viewer: Viewer,
    ) -> PyResult<NativeTable> {
        self.table(py, |engine| Ok(engine.sustained_shifts(&evaluations(about, period, viewer)?)?))
    }

    #[pyo3(signature = (about, period, with_, among, only_worse_and_worsening))]
    fn compare(
        &self,
        py: Python<'_>,
        about: About,
        period: Option<String>,
        with_: Option<String>,
        among: Option<String>,
        only_worse_and_worsening: bool,
    ) -> PyResult<NativeTable> {
        self.table(py, move |engine| {
            let (selection, with) = (about.selection()?, read::<With>(with_)?);
            Ok(engine.compare(&CompareQuery { selection, period, with, among, only_worse_and_worsening })?)
        })
    }

    fn five_years(
        &self,
        py: Python<'_>,
        about: About,
        year: Option<String>,
        statutory: bool,
    ) -> PyResult<NativeTable> {
        self.table(py, move |engine| {
            Ok(engine.five_years(&FiveYearsQuery { selection: about.selection()?, year, statutory })?)
        })
    }

    fn funnel(
        &self,
        py: Python<'_>,
        about: About,
        period: Option<String>,
        among: Option<String>,
        kind: String,
    ) -> PyResult<NativeTable> {
        self.table(py, move |engine| {
            let kind: AreaKind = kind.parse().map_err(Failure::Argument)?;
            Ok(engine.funnel(&FunnelQuery { selection: about.selection()?, period, among, kind })?)
        })
    }

    fn funnel_curve(
        &self,
        py: Python<'_>,
        about: About,
        period: Option<String>,
        among: Option<String>,
        kind: String,
    ) -> PyResult<NativeTable> {
        self.table(py, move |engine| {
            let kind: AreaKind = kind.parse().map_err(Failure::Argument)?;
            Ok(engine.funnel_curve(&FunnelQuery { selection: about.selection()?, period, among, kind })?)
        })
    }

    fn targets(
        &self,
        py: Python<'_>,
        area: Option<String>,
        function: Option<String>,
        at: Option<String>,
        viewer: Viewer,
    ) -> PyResult<NativeTable> {
        self.table(py, move |engine| {
            let named = |text: String| {
                let found = Function::NAMES.iter().find(|(name, _)| *name == text).map(|(_, of)| *of);
                let names = Function::NAMES.map(|(name, _)| name).join(" or ");
                found.ok_or_else(|| Failure::Argument(format!("\"{text}\" is not known; expected {names}")))
            };
            let function = function.map(named).transpose()?;
            let query = TargetsQuery { area, function, as_at: as_at(at)?, view: viewer.view()? };
            Ok(engine.targets(&query)?)
        })
    }

    fn levels(&self, py: Python<'_>, at: Option<String>) -> PyResult<NativeTable> {
        self.table(py, |engine| Ok(engine.levels(as_at(at)?)?))
    }

    fn strategy_map(&self, py: Python<'_>, at: Option<String>) -> PyResult<NativeTable> {
        self.table(py, |engine| Ok(engine.strategy_map(as_at(at)?)?))
    }

    /// Its lines, what they roll up to, and the card as a text of that width.
    fn scorecard(
        &self,
        py: Python<'_>,
        card: Card,
        width: u16,
    ) -> PyResult<(NativeTable, NativeTable, String)> {
        let (lines, rolled, text) = self.ask(py, move |engine| {
            let query = card.query(None)?;
            let format = ScorecardFormat::Terminal { width: Some(width), colour: false };
            let text = engine.scorecard(&query, format)?;
            Ok((engine.scorecard_table(&query)?, engine.roll_up(&query)?, text))
        })?;
        Ok((lines.into(), rolled.into(), text))
    }

    /// The scorecard as a self-contained page, made today.
    fn scorecard_page(&self, py: Python<'_>, card: Card) -> PyResult<String> {
        self.ask(py, |engine| {
            let query = card.query(Some(engine::today()))?;
            Ok(engine.scorecard(&query, ScorecardFormat::Html)?)
        })
    }

    fn exceptions(&self, py: Python<'_>, card: Card) -> PyResult<NativeTable> {
        self.table(py, |engine| Ok(engine.exceptions(&card.query(None)?)?))
    }

    fn coverage(&self, py: Python<'_>, card: Card) -> PyResult<NativeTable> {
        self.table(py, |engine| Ok(engine.coverage(&card.query(None)?)?))
    }

    fn escalations(
        &self,
        py: Python<'_>,
        area: Option<String>,
        escalation: Option<String>,
        at: Option<String>,
        figures_of_the_day: bool,
        every_step: bool,
    ) -> PyResult<NativeTable> {
        self.table(py, move |engine| {
            let as_at = as_at(at)?;
            let query = EscalationsQuery { area, escalation, as_at, figures_of_the_day, every_step };
            Ok(engine.escalations(&query)?)
        })
    }

    /// The derivation as a text and as JSON.
    fn explain(&self, py: Python<'_>, indicator: String, card: Card) -> PyResult<(String, String)> {
        self.ask(py, |engine| {
            let ScorecardQuery { area, period, as_at, view, .. } = card.query(None)?;
            let explanation = engine.explain(&ExplainQuery { indicator, area, period, as_at, view })?;
            Ok((explanation.text().to_owned(), explanation.json()))
        })
    }

    #[allow(clippy::too_many_arguments)]
    fn what_if(
        &self,
        py: Python<'_>,
        indicator: String,
        area: Option<String>,
        target: Option<String>,
        tolerance: Option<String>,
        framework: Option<Texts>,
        escalation: (u32, u32),
        at: Option<String>,
        viewer: Viewer,
    ) -> PyResult<(NativeTable, NativeTable)> {
        let answer = self.ask(py, move |engine| {
            let aim = target.map(|text| asked::aim(&text).map_err(Failure::Argument)).transpose()?;
            let tolerance =
                tolerance.map(|text| asked::tolerance(&text).map_err(Failure::Argument)).transpose()?;
            let (as_at, view, framework) = (as_at(at)?, viewer.view()?, framework.map(texts));
            let query = WhatIfQuery { indicator, area, aim, tolerance, framework, escalation, as_at, view };
            Ok(engine.what_if(&query)?)
        })?;
        Ok((answer.summary.into(), answer.periods.into()))
    }

    fn needed(
        &self,
        py: Python<'_>,
        about: About,
        period: Option<String>,
        viewer: Viewer,
    ) -> PyResult<NativeTable> {
        self.table(py, |engine| {
            Ok(engine.needed(&NeededQuery { selection: about.selection()?, period, view: viewer.view()? })?)
        })
    }

    #[pyo3(signature = (from_, to))]
    fn diff(&self, py: Python<'_>, from_: String, to: String) -> PyResult<NativeTable> {
        self.table(py, |engine| Ok(engine.diff(as_at(Some(from_))?, as_at(Some(to))?)?))
    }
}
