//! Values, statuses and limits of everything as columns: numbers and codes, without a word for each.
//!
//! The same answers as those of the tables, bit for bit, for whoever wants millions of them: each is written into
//! memory that the caller keeps and gives again. Where an indicator's figures do not lie in columns, they are worked
//! out one by one and written to the same places.

mod charts;
mod limits;
mod ranks;
#[cfg(test)]
mod tests;

pub use charts::{ChartBlock, Charts};
pub use limits::{LimitBlock, Limits};
pub use ranks::{Among, RankBlock, Ranks};

use super::query::{ValuesQuery, View, histories, periods};
use super::selected::Selected;
use super::threads::with_threads;
use super::warm::Compared;
use super::{AsAt, Engine, EngineError, Selection};
use kilter_core::evaluate::{History, PanelMemory, StatusCode, StatusPlan, Valuer, Viewpoint, status};
use kilter_core::framework::{Framework, Indicator};
use kilter_core::ident::{AreaCode, IndicatorId};
use kilter_core::method::{Figures, Lack};
use kilter_core::time::Period;
use rayon::prelude::*;
use std::sync::Arc;

/// The values of indicators as columns, a block for each.
///
/// ```
/// use kilter::engine::{Columns, Engine, Limits, Mode, Statuses, ValuesQuery, View};
/// use kilter::target::{Colour, Status};
/// # let folder = tempfile::tempdir()?;
/// let demo = kilter::demonstration::run(&folder.path().join("demo"), |_| ())?;
/// let engine = Engine::open(&demo.store, Mode::Read)?;
/// let mut columns = Columns::default();
/// engine.columns(&ValuesQuery::of("NI-19"), &mut columns)?;
/// let block = &columns.blocks()[0];
/// let cells = block.areas().len() * block.periods().len();
/// assert_eq!((block.values().len(), block.lacks().len()), (cells, cells));
/// let mut statuses = Statuses::default();
/// engine.status_columns(&columns, &View::default(), &mut statuses)?;
/// let red = |code: &&kilter::engine::StatusCode| code.status() == Status::Assessed(Colour::Red);
/// assert_eq!(statuses.blocks()[0].iter().filter(red).count() as u64, statuses.tally(0)[2]);
/// // The same memory serves for the next question.
/// assert!(engine.columns(&ValuesQuery::of("NI-99"), &mut columns).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct Columns {
    as_at: Option<AsAt>,
    /// Whether no areas were named, so that all that have a value are there.
    is_all: bool,
    /// What stands in the place of a value that is lacking.
    absent: f64,
    blocks: Vec<Block>,
}

/// The values of one indicator: an area after the other, each with a value for every period.
#[derive(Default)]
pub struct Block {
    indicator: Option<IndicatorId>,
    areas: Arc<[AreaCode]>,
    /// The rows of the panel that the areas have; none where the values do not come from one.
    rows: Vec<usize>,
    periods: Vec<Period>,
    figures: Figures,
}

/// The statuses of [`Columns`], in the same order.
#[derive(Default)]
pub struct Statuses {
    blocks: Vec<Vec<StatusCode>>,
    tallies: Vec<[u64; 3]>,
}

impl Columns {
    /// A block for each indicator, in the order of the question.
    #[must_use]
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Memory that says a number where a value is lacking, for those who mark such cells so; it is 0 elsewhere.
    #[must_use]
    pub fn with_absent(number: f64) -> Self {
        Self { absent: number, ..Self::default() }
    }
}

impl Block {
    /// The id of the indicator.
    #[must_use]
    pub fn indicator(&self) -> &str {
        self.indicator.as_ref().map_or("", IndicatorId::as_str)
    }

    /// The areas, in the order of the framework or of the question.
    #[must_use]
    pub fn areas(&self) -> &Arc<[AreaCode]> {
        &self.areas
    }

    /// Whether another block has the same areas in the same order. Most often they lie in the same memory, and are
    /// not looked at one by one.
    #[must_use]
    pub fn has_areas_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.areas, &other.areas) || self.areas == other.areas
    }

    /// The periods of every area.
    #[must_use]
    pub fn periods(&self) -> &[Period] {
        &self.periods
    }

    /// The values, unrounded, `[area][period]`; 0 where one is lacking, or the number of [`Columns::with_absent`].
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.figures.values
    }

    /// What lacks, value by value.
    #[must_use]
    pub fn lacks(&self) -> &[Lack] {
        &self.figures.lacks
    }
}

impl Statuses {
    /// The statuses of each block.
    #[must_use]
    pub fn blocks(&self) -> &[Vec<StatusCode>] {
        &self.blocks
    }

    /// How many values of a block are green, amber and red.
    ///
    /// # Panics
    /// There is no such block.
    #[must_use]
    pub fn tally(&self, block: usize) -> [u64; 3] {
        self.tallies[block]
    }
}

impl Engine {
    /// The values of [`Engine::values`] as columns, written over what there was.
    ///
    /// # Errors
    /// As [`Engine::values`].
    pub fn columns(&self, query: &ValuesQuery, into: &mut Columns) -> Result<(), EngineError> {
        let selected = self.select(&query.selection)?;
        into.as_at = Some(query.selection.as_at);
        into.is_all = query.selection.areas.is_empty();
        let indicators: Vec<&Indicator> = selected.indicators().collect();
        into.blocks.resize_with(indicators.len(), Block::default);
        let absent = into.absent;
        side_by_side(indicators.into_iter().zip(&mut into.blocks), |(indicator, block)| {
            let valuer = Valuer::new(&selected.framework, &selected.data);
            let periods = periods(&valuer, indicator, query)?;
            block.indicator = Some(indicator.id.clone());
            block.fill(&selected, &valuer, indicator, periods, absent);
            Ok(())
        })
    }

    /// The statuses of columns, seen by a view.
    ///
    /// # Errors
    /// As [`Engine::evaluate`]; the store has no such indicator or area any more.
    pub fn status_columns(
        &self,
        columns: &Columns,
        view: &View,
        into: &mut Statuses,
    ) -> Result<(), EngineError> {
        let selected = self.select_again(columns)?;
        let view = selected.viewpoint(view)?;
        into.blocks.resize_with(columns.blocks.len(), Vec::default);
        into.tallies.resize(columns.blocks.len(), [0; 3]);
        let blocks = columns.blocks.iter().zip(&mut into.blocks).zip(&mut into.tallies);
        let framework = &*selected.framework;
        side_by_side(blocks, |((block, codes), tally)| {
            let Some(indicator) = framework.indicator(block.indicator()) else { return Ok(()) };
            let valuer = Valuer::new(framework, &selected.data);
            block.judge(&valuer, indicator, &view, codes);
            *tally = tallied(codes);
            Ok(())
        })
    }

    /// What columns were made from.
    fn select_again(&self, columns: &Columns) -> Result<Selected<'_>, EngineError> {
        let indicators = columns.blocks.iter().map(|block| block.indicator().to_owned()).collect();
        let as_at = columns.as_at.unwrap_or(AsAt::Latest);
        self.select(&Selection { indicators, areas: Vec::new(), as_at })
    }
}

/// Does the work on each, with the threads of the process where there are several.
fn side_by_side<T: Send>(
    items: impl Iterator<Item = T>,
    work: impl Fn(T) -> Result<(), EngineError> + Sync,
) -> Result<(), EngineError> {
    let mut items: Vec<T> = items.collect();
    match items.len() {
        1 => items.pop().map_or(Ok(()), work),
        _ => with_threads(|| items.into_par_iter().try_for_each(&work)),
    }
}

/// How many are green, amber and red.
fn tallied(codes: &[StatusCode]) -> [u64; 3] {
    let mut tally = [0; 3];
    // So many that a byte can count them.
    for some in codes.chunks(255) {
        let mut found = [0u8; 3];
        for code in some {
            for (colour, found) in (0..).zip(&mut found) {
                *found += u8::from(code.code() == colour);
            }
        }
        tally.iter_mut().zip(found).for_each(|(tally, found)| *tally += u64::from(found));
    }
    tally
}

impl Block {
    /// The panel that the values come from; `None` where they do not come from one.
    fn panel(
        &self,
        selected: &Selected<'_>,
        valuer: &Valuer<'_>,
        indicator: &Indicator,
    ) -> Option<Arc<Compared>> {
        selected.panel(valuer, indicator).filter(|_| self.rows.len() == self.areas.len())
    }

    fn fill(
        &mut self,
        selected: &Selected<'_>,
        valuer: &Valuer<'_>,
        indicator: &Indicator,
        periods: Vec<Period>,
        absent: f64,
    ) {
        self.rows.clear();
        self.periods = periods;
        let n = self.periods.len();
        let kept = selected.panel(valuer, indicator);
        let panel = kept.as_ref().map(|kept| &kept.panel);
        let rows: Option<Vec<usize>> = panel.and_then(|panel| match &selected.areas[..] {
            [] => Some((0..panel.areas().len()).collect()),
            named => named.iter().map(|area| panel.row(area)).collect(),
        });
        let plan = panel.and_then(|panel| panel.plan(&self.periods));
        let (Some(panel), Some(rows), Some(plan)) = (panel, rows, plan) else {
            let histories = histories(valuer, indicator, &selected.areas, &self.periods);
            self.figures.resize(histories.len() * n);
            let values = histories.iter().flat_map(History::values);
            let cells = self.figures.values.iter_mut().zip(&mut self.figures.lacks);
            for ((into, lack), value) in cells.zip(values) {
                *into = value.value.unwrap_or(absent);
                *lack = value.value.err().map_or(Lack::NONE, Lack::from);
            }
            self.areas = histories.iter().map(|history| history.area().clone()).collect();
            return;
        };
        self.figures.resize(rows.len() * n);
        let Figures { values, lacks } = &mut self.figures;
        panel.values_of(&rows, &plan, absent, &mut PanelMemory::default(), values, lacks);
        // As in `histories`: a nation of which only a few boards were observed has nothing to say.
        let says_something = |(place, row): (usize, &usize)| {
            let is_asked_for = !selected.areas.is_empty() || panel.is_observed_itself(*row);
            is_asked_for || lacks[place * n..(place + 1) * n].contains(&Lack::NONE)
        };
        let kept: Vec<usize> =
            rows.iter().enumerate().filter(|row| says_something(*row)).map(|(place, _)| place).collect();
        if kept.len() < rows.len() {
            for (to, from) in kept.iter().enumerate() {
                values.copy_within(from * n..(from + 1) * n, to * n);
                lacks.copy_within(from * n..(from + 1) * n, to * n);
            }
            self.figures.resize(kept.len() * n);
        }
        self.rows.extend(kept.iter().map(|place| rows[*place]));
        let is_all = self.rows.len() == panel.areas().len() && self.rows.is_sorted();
        self.areas = if is_all {
            Arc::clone(panel.areas())
        } else {
            self.rows.iter().map(|row| panel.areas()[*row].clone()).collect()
        };
    }

    fn judge(
        &self,
        valuer: &Valuer<'_>,
        indicator: &Indicator,
        view: &Viewpoint,
        codes: &mut Vec<StatusCode>,
    ) {
        let n = self.periods.len();
        codes.resize(self.figures.values.len(), StatusCode::default());
        let framework: &Framework = valuer.framework();
        let plan_for = |area| StatusPlan::new(framework, indicator, area, &self.periods, view);
        let differ = framework.has_targets_by_area(&indicator.id);
        let of_all = self.areas.first().filter(|_| !differ).and_then(plan_for);
        for (row, area) in self.areas.iter().enumerate() {
            let at = row * n..(row + 1) * n;
            let codes = &mut codes[at.clone()];
            let own = if differ { plan_for(area) } else { None };
            match of_all.as_ref().or(own.as_ref()) {
                Some(plan) => plan.write(&self.figures.values[at.clone()], &self.figures.lacks[at], codes),
                None => {
                    let history = History::new(valuer, indicator, area, &self.periods);
                    for (place, code) in codes.iter_mut().enumerate() {
                        *code = status(framework, &history, place, view).into();
                    }
                }
            }
        }
    }
}
