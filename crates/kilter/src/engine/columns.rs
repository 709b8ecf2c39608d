//! Values, statuses and limits of everything as columns: numbers and codes, without a word for each.
//!
//! The same answers as those of the tables, bit for bit, for whoever wants millions of them: each is written into
//! memory that the caller keeps and gives again. Where an indicator's figures do not lie in columns, they are worked
//! out one by one and written to the same places.

use super::query::{ValuesQuery, View, histories, periods};
use super::selected::Selected;
use super::threads::with_threads;
use super::{AsAt, Engine, EngineError, Selection};
use kilter_core::evaluate::{
    Comparison, History, PanelMemory, Standing, StatusCode, StatusPlan, Valuer, Viewpoint, compare_at,
    limits_of, status,
};
use kilter_core::framework::{Framework, Indicator};
use kilter_core::ident::{AreaCode, IndicatorId};
use kilter_core::method::interval::Confidence;
use kilter_core::method::{Figures, Lack};
use kilter_core::time::Period;
use rayon::prelude::*;

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
    blocks: Vec<Block>,
}

/// The values of one indicator: an area after the other, each with a value for every period.
#[derive(Default)]
pub struct Block {
    indicator: Option<IndicatorId>,
    areas: Vec<AreaCode>,
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

/// The limits of [`Columns`] and how their values stand to others, in the same order.
#[derive(Default)]
pub struct Limits {
    blocks: Vec<LimitBlock>,
}

/// The limits of the values of one indicator. What is said of a value that is lacking is not a number.
#[derive(Default)]
pub struct LimitBlock {
    /// The lower limits; not a number where there are none.
    pub lower: Vec<f64>,
    /// The upper limits; not a number where there are none.
    pub upper: Vec<f64>,
    /// How values stand to those they are compared with: the place in [`Standing::NAMES`], from 1; 0 where that
    /// cannot be said.
    pub standings: Vec<u8>,
}

impl Columns {
    /// A block for each indicator, in the order of the question.
    #[must_use]
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Puts a number where a value is lacking, which is 0 there: for those who mark such cells by a number.
    pub fn fill_absent(&mut self, number: f64) {
        for figures in self.blocks.iter_mut().map(|block| &mut block.figures) {
            // Most stretches lack nothing, and are not read.
            let stretches = figures.values.chunks_mut(64).zip(figures.lacks.chunks(64));
            for (values, lacks) in stretches.filter(|(_, lacks)| lacks.iter().any(|lack| *lack != Lack::NONE))
            {
                let cells = values.iter_mut().zip(lacks);
                cells.filter(|(_, lack)| **lack != Lack::NONE).for_each(|(value, _)| *value = number);
            }
        }
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
    pub fn areas(&self) -> &[AreaCode] {
        &self.areas
    }

    /// The periods of every area.
    #[must_use]
    pub fn periods(&self) -> &[Period] {
        &self.periods
    }

    /// The values, unrounded, `[area][period]`; 0 where one is lacking, or the number of [`Columns::fill_absent`].
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

impl Limits {
    /// The limits of each block.
    #[must_use]
    pub fn blocks(&self) -> &[LimitBlock] {
        &self.blocks
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
        let indicators: Vec<&Indicator> = selected.indicators().collect();
        into.blocks.resize_with(indicators.len(), Block::default);
        side_by_side(indicators.into_iter().zip(&mut into.blocks), |(indicator, block)| {
            let valuer = Valuer::new(&selected.framework, &selected.data);
            let periods = periods(&valuer, indicator, query)?;
            block.indicator = Some(indicator.id.clone());
            block.fill(&selected, &valuer, indicator, periods);
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

    /// The 95% limits of columns by the methods that their indicators name, and how their values stand to those that
    /// they are compared with.
    ///
    /// # Errors
    /// As [`Engine::compare`]; the store has no such indicator or area any more.
    pub fn limit_columns(&self, columns: &Columns, into: &mut Limits) -> Result<(), EngineError> {
        let selected = self.select_again(columns)?;
        into.blocks.resize_with(columns.blocks.len(), LimitBlock::default);
        side_by_side(columns.blocks.iter().zip(&mut into.blocks), |(block, limits)| {
            let Some(indicator) = selected.framework.indicator(block.indicator()) else { return Ok(()) };
            limits.fill(block, &selected, indicator);
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
    fn fill(
        &mut self,
        selected: &Selected<'_>,
        valuer: &Valuer<'_>,
        indicator: &Indicator,
        periods: Vec<Period>,
    ) {
        self.areas.clear();
        self.rows.clear();
        self.periods = periods;
        let n = self.periods.len();
        let kept = selected.point.panel(valuer, indicator);
        let panel = kept.as_ref().map(|kept| &kept.panel);
        let rows: Option<Vec<usize>> = panel.and_then(|panel| {
            let row = |area| panel.areas().iter().position(|known| known == area);
            match &selected.areas[..] {
                [] => Some((0..panel.areas().len()).collect()),
                named => named.iter().map(row).collect(),
            }
        });
        let plan = panel.and_then(|panel| panel.plan(&self.periods));
        let (Some(panel), Some(rows), Some(plan)) = (panel, rows, plan) else {
            let histories = histories(valuer, indicator, &selected.areas, &self.periods);
            self.figures.resize(histories.len() * n);
            let values = histories.iter().flat_map(History::values);
            let cells = self.figures.values.iter_mut().zip(&mut self.figures.lacks);
            for ((into, lack), value) in cells.zip(values) {
                *into = value.value.unwrap_or(0.0);
                *lack = value.value.err().map_or(Lack::NONE, Lack::from);
            }
            self.areas.extend(histories.iter().map(|history| history.area().clone()));
            return;
        };
        self.figures.resize(rows.len() * n);
        let mut memory = PanelMemory::default();
        for row in rows {
            let at = self.areas.len() * n..(self.areas.len() + 1) * n;
            let (values, lacks) = (&mut self.figures.values[at.clone()], &mut self.figures.lacks[at]);
            panel.values(row, &plan, &mut memory, values, lacks);
            // As in `histories`: a nation of which only a few boards were observed has nothing to say.
            let is_asked_for = !selected.areas.is_empty() || panel.is_observed_itself(row);
            if is_asked_for || lacks.contains(&Lack::NONE) {
                self.areas.push(panel.areas()[row].clone());
                self.rows.push(row);
            }
        }
        self.figures.resize(self.areas.len() * n);
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

impl LimitBlock {
    fn fill(&mut self, block: &Block, selected: &Selected<'_>, indicator: &Indicator) {
        let n = block.periods.len();
        let all = block.figures.values.len();
        self.lower.resize(all, 0.0);
        self.upper.resize(all, 0.0);
        self.standings.resize(all, 0);
        let valuer = Valuer::new(&selected.framework, &selected.data);
        let kept = selected.point.panel(&valuer, indicator).filter(|_| block.rows.len() == block.areas.len());
        let plan = kept.as_ref().and_then(|kept| kept.panel.plan(&block.periods));
        let mut memory = PanelMemory::default();
        let (mut others, mut other_row) = (Figures::default(), None);
        for (place, area) in block.areas.iter().enumerate() {
            let at = place * n..(place + 1) * n;
            let (values, lacks) = (&block.figures.values[at.clone()], &block.figures.lacks[at.clone()]);
            let (lower, upper) = (&mut self.lower[at.clone()], &mut self.upper[at.clone()]);
            let standings = &mut self.standings[at];
            let fast = kept.as_ref().zip(plan.as_ref()).and_then(|(kept, plan)| {
                let comparison = kept.comparison(&selected.framework, indicator);
                let comparison = comparison.filter(|of| of.confidence() == Confidence::P95)?;
                let row = block.rows[place];
                let limits = (&mut *lower, &mut *upper);
                let sound = kept.panel.limits(row, plan, indicator, Confidence::P95, &mut memory, limits);
                sound.then_some((&kept.panel, plan, comparison.other(row)))
            });
            match fast {
                Some((panel, plan, Some(other))) => {
                    if other_row != Some(other) {
                        others.resize(n);
                        panel.values(other, plan, &mut memory, &mut others.values, &mut others.lacks);
                        other_row = Some(other);
                    }
                    let beside = (&others.values[..], &others.lacks[..]);
                    let limits = (&*lower, &*upper);
                    Comparison::standings(indicator.polarity, limits, (values, lacks), beside, standings);
                }
                Some((_, _, None)) => standings.fill(0),
                None => {
                    let history = History::new(&valuer, indicator, area, &block.periods);
                    for (place, value) in history.values().iter().enumerate() {
                        let limits = limits_of(indicator, value, Confidence::P95).map(|of| of.limits);
                        (lower[place], upper[place]) =
                            limits.map_or((f64::NAN, f64::NAN), |of| (of.lower, of.upper));
                        let standing = compare_at(&valuer, &history, place, &indicator.comparison).standing;
                        standings[place] = standing.map_or(0, code_of);
                    }
                }
            }
            for (place, _) in lacks.iter().enumerate().filter(|(_, lack)| **lack != Lack::NONE) {
                (lower[place], upper[place]) = (f64::NAN, f64::NAN);
            }
        }
    }
}

fn code_of(standing: Standing) -> u8 {
    Standing::NAMES.iter().position(|(_, known)| *known == standing).map_or(0, |place| place as u8 + 1)
}
