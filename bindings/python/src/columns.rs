//! Values, statuses and limits of everything as columns: memory of the engine that NumPy reads where it lies.

use crate::arguments::{About, Viewer, read};
use crate::engine::NativeEngine;
use kilter::PeriodKind;
use kilter::engine::{
    Among, Charts, Columns, Limits, Ranks, Standing, StatusCode, Statuses, Stretch, ValuesQuery,
};
use kilter::method::control_chart::{Signal, Signals};
use kilter::method::{Lack, Missing};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use std::any::Any;
use std::sync::Arc;

/// The values of indicators, a block for each.
#[pyclass(name = "Blocks", module = "kilter._native", frozen)]
pub struct NativeBlocks {
    engine: Py<NativeEngine>,
    columns: Arc<Columns>,
}

/// Numbers or codes in memory that stays as it is for as long as anybody reads it.
#[pyclass(name = "Cells", module = "kilter._native", frozen)]
pub struct NativeCells {
    _owner: Arc<dyn Any + Send + Sync>,
    first: usize,
    shape: Vec<usize>,
    kind: &'static str,
}

const FLOATS: &str = if cfg!(target_endian = "little") { "<f8" } else { ">f8" };
const PLACES: &str = if cfg!(target_endian = "little") { "<u4" } else { ">u4" };
const CODES: &str = "|u1";

impl NativeCells {
    /// Cells by area and period, which lie in the memory of the owner.
    fn of<T>(owner: &Arc<impl Any + Send + Sync>, cells: &[T], periods: usize, kind: &'static str) -> Self {
        let shape = vec![cells.len().checked_div(periods).unwrap_or(0), periods];
        Self { shape, ..Self::list(owner, cells, kind) }
    }

    /// Cells one after another, which lie in the memory of the owner.
    fn list<T>(owner: &Arc<impl Any + Send + Sync>, cells: &[T], kind: &'static str) -> Self {
        let (owner, shape) = (Arc::clone(owner), vec![cells.len()]);
        Self { _owner: owner, first: cells.as_ptr().addr(), shape, kind }
    }
}

#[pymethods]
impl NativeCells {
    #[getter]
    fn __array_interface__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let interface = PyDict::new(py);
        interface.set_item("version", 3)?;
        interface.set_item("shape", PyTuple::new(py, &self.shape)?)?;
        interface.set_item("typestr", self.kind)?;
        // To be read only.
        interface.set_item("data", (self.first, true))?;
        Ok(interface)
    }
}

/// Of a block the indicator, the areas, the periods, the values and the lacks.
type Values<'a, 'py> = (&'a str, Bound<'py, PyTuple>, Bound<'py, PyTuple>, NativeCells, NativeCells);

/// The values of indicators as columns.
#[pyfunction]
pub fn columns(
    py: Python<'_>,
    engine: &Bound<'_, NativeEngine>,
    about: About,
    from_: Option<String>,
    to: Option<String>,
    every: Option<String>,
    rolling: Option<u32>,
) -> PyResult<NativeBlocks> {
    let columns = engine.get().ask(py, move |engine| {
        let every = read::<PeriodKind>(every)?;
        let selection = about.selection()?;
        let mut columns = Columns::with_absent(f64::NAN);
        let query = ValuesQuery { selection, from: from_, to, every, rolling, confidence: Vec::new() };
        engine.columns(&query, &mut columns)?;
        Ok(columns)
    })?;
    Ok(NativeBlocks { engine: engine.clone().unbind(), columns: Arc::new(columns) })
}

#[pymethods]
impl NativeBlocks {
    /// Of each block the indicator, the areas, the periods, the values and why there is none.
    #[getter]
    fn values<'py>(&self, py: Python<'py>) -> PyResult<Vec<Values<'_, 'py>>> {
        let of = &self.columns;
        let mut blocks: Vec<Values<'_, 'py>> = Vec::with_capacity(of.blocks().len());
        for (place, block) in of.blocks().iter().enumerate() {
            let n = block.periods().len();
            let areas = self.engine.get().codes(py, block.areas())?;
            // Most often all blocks have the same periods, which are then said once.
            let before = place.checked_sub(1).map(|before| (&of.blocks()[before], &blocks[before]));
            let periods = match before {
                Some((known, said)) if known.periods() == block.periods() => said.2.clone(),
                _ => PyTuple::new(py, block.periods().iter().map(ToString::to_string))?,
            };
            let values = NativeCells::of(of, block.values(), n, FLOATS);
            let lacks = NativeCells::of(of, block.lacks(), n, CODES);
            blocks.push((block.indicator(), areas, periods, values, lacks));
        }
        Ok(blocks)
    }

    /// Of each block the statuses, and how many are green, amber and red.
    fn statuses(&self, py: Python<'_>, viewer: Viewer) -> PyResult<Vec<(NativeCells, [u64; 3])>> {
        let columns = Arc::clone(&self.columns);
        let statuses = self.engine.get().ask(py, move |engine| {
            let mut statuses = Statuses::default();
            engine.status_columns(&columns, &viewer.view()?, &mut statuses)?;
            Ok(statuses)
        })?;
        let of = Arc::new(statuses);
        let blocks = self.columns.blocks().iter().enumerate().map(|(place, block)| {
            let codes = NativeCells::of(&of, &of.blocks()[place], block.periods().len(), CODES);
            (codes, of.tally(place))
        });
        Ok(blocks.collect())
    }

    /// Of each block the lower and upper limits, and how values stand to those they are compared with.
    fn limits(&self, py: Python<'_>) -> PyResult<Vec<(NativeCells, NativeCells, NativeCells)>> {
        let columns = Arc::clone(&self.columns);
        let limits = self.engine.get().ask(py, move |engine| {
            let mut limits = Limits::default();
            engine.limit_columns(&columns, &mut limits)?;
            Ok(limits)
        })?;
        let of = Arc::new(limits);
        let blocks = self.columns.blocks().iter().zip(of.blocks()).map(|(block, limits)| {
            let n = block.periods().len();
            let numbers = |numbers: &[f64]| NativeCells::of(&of, numbers, n, FLOATS);
            let standings = NativeCells::of(&of, &limits.standings, n, CODES);
            (numbers(&limits.lower), numbers(&limits.upper), standings)
        });
        Ok(blocks.collect())
    }

    /// Of each block the patterns that values are part of, and the lines: area, first and last period, centre, limits.
    fn charts(&self, py: Python<'_>) -> PyResult<Vec<(NativeCells, Vec<NativeCells>)>> {
        let columns = Arc::clone(&self.columns);
        let charts = self.engine.get().ask(py, move |engine| {
            let mut charts = Charts::default();
            engine.chart_columns(&columns, &mut charts)?;
            let lines: Vec<Lines> = charts.blocks().iter().map(|block| Lines::of(&block.stretches)).collect();
            Ok((charts, lines))
        })?;
        let of = Arc::new(charts);
        let blocks =
            self.columns.blocks().iter().zip(of.0.blocks()).zip(&of.1).map(|((block, chart), lines)| {
                let places = [&lines.areas, &lines.firsts, &lines.ends];
                let numbers = [&lines.centres, &lines.lowers, &lines.uppers];
                let places = places.into_iter().map(|cells| NativeCells::list(&of, cells, PLACES));
                let lines =
                    places.chain(numbers.into_iter().map(|cells| NativeCells::list(&of, cells, FLOATS)));
                (NativeCells::of(&of, &chart.signals, block.periods().len(), CODES), lines.collect())
            });
        Ok(blocks.collect())
    }

    /// Of each block the ranks in the last period and among how many, by area; among areas of a kind where no groups are
    /// named.
    fn ranks(&self, py: Python<'_>, groups: Vec<String>) -> PyResult<Vec<(NativeCells, NativeCells)>> {
        let columns = Arc::clone(&self.columns);
        let ranks = self.engine.get().ask(py, move |engine| {
            let mut ranks = Ranks::default();
            let among = if groups.is_empty() { Among::Kind } else { Among::Groups(groups) };
            engine.rank_columns(&columns, &among, &mut ranks)?;
            Ok(ranks)
        })?;
        let of = Arc::new(ranks);
        let list = |cells: &[u32]| NativeCells::list(&of, cells, PLACES);
        Ok(of.blocks().iter().map(|block| (list(&block.ranks), list(&block.ranked))).collect())
    }
}

/// The lines of one block's charts, as columns.
#[derive(Default)]
struct Lines {
    areas: Vec<u32>,
    firsts: Vec<u32>,
    ends: Vec<u32>,
    centres: Vec<f64>,
    lowers: Vec<f64>,
    uppers: Vec<f64>,
}

impl Lines {
    fn of(stretches: &[Stretch]) -> Self {
        let mut lines = Self::default();
        // An engine has fewer areas and periods than that.
        let place = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        for stretch in stretches {
            lines.areas.push(place(stretch.area));
            lines.firsts.push(place(stretch.places.start));
            lines.ends.push(place(stretch.places.end));
            lines.centres.push(stretch.centre.unwrap_or(f64::NAN));
            lines.lowers.push(stretch.limits.map_or(f64::NAN, |limits| limits.lower));
            lines.uppers.push(stretch.limits.map_or(f64::NAN, |limits| limits.upper));
        }
        lines
    }
}

/// What the codes of lacks, statuses and standings mean, by code; and the patterns of charts, by bit.
#[pyfunction]
pub fn codes() -> (Vec<&'static str>, Vec<&'static str>, Vec<&'static str>, Vec<&'static str>) {
    let lacks = Missing::NAMES.iter().map(|(name, _)| *name);
    let standings = Standing::NAMES.iter().map(|(name, _)| *name);
    (
        std::iter::once("").chain(lacks).collect(),
        StatusCode::words().collect(),
        std::iter::once("").chain(standings).collect(),
        Signal::NAMES.iter().map(|(name, _)| *name).collect(),
    )
}

/// Codes are bytes: what NumPy reads.
const _: () = assert!(size_of::<Lack>() == 1 && size_of::<StatusCode>() == 1 && size_of::<Signals>() == 1);
