//! The control charts of columns: the lines of every series, and the patterns of every value as bits.

use super::{Block, Columns, side_by_side};
use crate::engine::selected::Selected;
use crate::engine::{Engine, EngineError};
use kilter_core::evaluate::{ChartMemory, ChartPlan, History, Stretch, Valuer, control_chart};
use kilter_core::framework::Indicator;
use kilter_core::method::control_chart::Signals;

/// The control charts of [`Columns`], in the same order.
///
/// ```
/// use kilter::engine::{Charts, Columns, Engine, Mode, ValuesQuery};
/// # let folder = tempfile::tempdir()?;
/// let demo = kilter::demonstration::run(&folder.path().join("demo"), |_| ())?;
/// let engine = Engine::open(&demo.store, Mode::Read)?;
/// let (mut columns, mut charts) = (Columns::default(), Charts::default());
/// engine.columns(&ValuesQuery::of("NI-19"), &mut columns)?;
/// engine.chart_columns(&columns, &mut charts)?;
/// let (block, chart) = (&columns.blocks()[0], &charts.blocks()[0]);
/// assert_eq!(chart.signals.len(), block.values().len());
/// assert!(chart.stretches.iter().all(|stretch| stretch.places.end <= block.periods().len()));
/// // Windows of several months overlap, so that neighbours share most of what they count: they have no chart.
/// engine.columns(&ValuesQuery { rolling: Some(12), ..ValuesQuery::of("NI-19") }, &mut columns)?;
/// engine.chart_columns(&columns, &mut charts)?;
/// assert!(charts.blocks()[0].stretches.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct Charts {
    blocks: Vec<ChartBlock>,
}

/// The control charts of one indicator, of all periods of an area.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ChartBlock {
    /// Places of an area that follow one another and have the same lines, area after area; none of an area without a
    /// chart.
    pub stretches: Vec<Stretch>,
    /// The patterns that each value is part of, `[area][period]`.
    pub signals: Vec<Signals>,
}

impl Charts {
    /// The charts of each block.
    #[must_use]
    pub fn blocks(&self) -> &[ChartBlock] {
        &self.blocks
    }
}

impl Engine {
    /// The control charts of columns, by the rules that their indicators name.
    ///
    /// # Errors
    /// As [`Engine::chart`]; the store has no such indicator or area any more.
    pub fn chart_columns(&self, columns: &Columns, into: &mut Charts) -> Result<(), EngineError> {
        let selected = self.select_again(columns)?;
        into.blocks.resize_with(columns.blocks.len(), ChartBlock::default);
        side_by_side(columns.blocks.iter().zip(&mut into.blocks), |(block, charts)| {
            charts.stretches.clear();
            let Some(indicator) = selected.framework.indicator(block.indicator()) else { return Ok(()) };
            charts.fill(block, &selected, indicator);
            Ok(())
        })
    }
}

impl ChartBlock {
    fn fill(&mut self, block: &Block, selected: &Selected<'_>, indicator: &Indicator) {
        let n = block.periods.len();
        self.signals.resize(block.values().len(), Signals::NONE);
        if !block.periods.last().is_some_and(|period| period.kind().tiles()) {
            self.signals.fill(Signals::NONE);
            return;
        }
        let valuer = Valuer::new(&selected.framework, &selected.data);
        let kept = block.panel(selected, &valuer, indicator);
        let plan = kept.as_ref().zip(ChartPlan::new(indicator, &block.periods));
        let mut memory = ChartMemory::default();
        for first in (0..block.areas.len()).step_by(ChartPlan::TOGETHER) {
            let areas = first..block.areas.len().min(first + ChartPlan::TOGETHER);
            let at = areas.start * n..areas.end * n;
            let known = plan.as_ref().and_then(|(kept, plan)| {
                let rows = &block.rows[areas.clone()];
                let before = self.stretches.len();
                let figures = (&block.values()[at.clone()], &block.lacks()[at.clone()]);
                let signals = &mut self.signals[at.clone()];
                let named = (first, &block.areas[areas.clone()]);
                let sound = plan.write(named, figures, &mut memory, signals, &mut self.stretches);
                let is_sound = |(row, sound): (&usize, &bool)| *sound && !kept.panel.is_broken(*row);
                let all = rows.iter().zip(&sound).all(is_sound);
                // Where one has to be asked for by itself, all are, so that they stay in order.
                if !all {
                    self.stretches.truncate(before);
                }
                all.then_some(())
            });
            if known.is_none() {
                areas.for_each(|place| self.one(block, &valuer, indicator, place));
            }
        }
    }

    /// The chart of one area.
    fn one(&mut self, block: &Block, valuer: &Valuer<'_>, indicator: &Indicator, place: usize) {
        let n = block.periods.len();
        let signals = &mut self.signals[place * n..(place + 1) * n];
        let history = History::new(valuer, indicator, &block.areas[place], &block.periods);
        let Ok(chart) = control_chart(&history, n - 1) else {
            signals.fill(Signals::NONE);
            return;
        };
        for (signals, point) in signals.iter_mut().zip(&chart.points) {
            *signals = point.signals;
        }
        let mut begun = 0;
        for alike in
            chart.points.chunk_by(|a, b| (a.segment, a.centre, a.limits) == (b.segment, b.centre, b.limits))
        {
            let places = begun..begun + alike.len();
            begun = places.end;
            let (centre, limits) = (alike[0].centre, alike[0].limits);
            self.stretches.push(Stretch { area: place, places, centre, limits });
        }
    }
}
