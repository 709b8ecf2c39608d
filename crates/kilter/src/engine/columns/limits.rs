//! The limits of columns, and how their values stand to others.

use super::{Block, Columns, side_by_side};
use crate::engine::selected::Selected;
use crate::engine::{Engine, EngineError};
use kilter_core::evaluate::{
    Comparators, Comparison, History, PanelMemory, Standing, Valuer, compare_at, limits_of,
};
use kilter_core::framework::Indicator;
use kilter_core::method::interval::Confidence;
use kilter_core::method::{Figures, Lack};

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

impl Limits {
    /// The limits of each block.
    #[must_use]
    pub fn blocks(&self) -> &[LimitBlock] {
        &self.blocks
    }
}

impl Engine {
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
}

impl LimitBlock {
    fn fill(&mut self, block: &Block, selected: &Selected<'_>, indicator: &Indicator) {
        let n = block.periods.len();
        let all = block.values().len();
        Figures::make_room(&mut self.lower, all);
        Figures::make_room(&mut self.upper, all);
        self.standings.resize(all, 0);
        let valuer = Valuer::new(&selected.framework, &selected.data);
        let kept = block.panel(selected, &valuer, indicator);
        let plan = kept.as_ref().and_then(|kept| kept.panel.plan(&block.periods));
        let of_panel = kept.as_ref().zip(plan.as_ref()).and_then(|(kept, plan)| {
            let comparison = kept.comparison(&selected.framework, indicator);
            let comparison = comparison.filter(|of| of.confidence() == Confidence::P95)?;
            let limits = kept.panel.limits(plan, indicator, Confidence::P95)?;
            Some((&kept.panel, plan, limits, comparison))
        });
        let mut memory = PanelMemory::default();
        let (mut others, mut other_row) = (Comparators::default(), None);
        for (place, area) in block.areas.iter().enumerate() {
            let at = place * n..(place + 1) * n;
            let lacks = &block.figures.lacks[at.clone()];
            let (lower, upper) = (&mut self.lower[at.clone()], &mut self.upper[at.clone()]);
            let standings = &mut self.standings[at];
            let fast = of_panel.as_ref().and_then(|(panel, plan, limits, comparison)| {
                let row = block.rows[place];
                let sound = limits.write(row, &mut memory, (&mut *lower, &mut *upper));
                sound.then_some((*panel, *plan, comparison.other(row)))
            });
            match fast {
                Some((panel, plan, Some(other))) => {
                    if other_row != Some(other) {
                        others.read(panel, other, plan, &mut memory);
                        other_row = Some(other);
                    }
                    let limits = (&mut *lower, &mut *upper);
                    Comparison::standings(indicator.polarity, limits, lacks, &others, standings);
                    continue;
                }
                Some((_, _, None)) => standings.fill(0),
                None => {
                    let history = History::new(&valuer, indicator, area, &block.periods);
                    for (place, value) in history.values().iter().enumerate() {
                        let limits = limits_of(indicator, value, Confidence::P95).map(|of| of.limits);
                        (lower[place], upper[place]) =
                            limits.map_or((f64::NAN, f64::NAN), |of| (of.lower, of.upper));
                        let standing = compare_at(&valuer, &history, place, &indicator.comparison).standing;
                        standings[place] = standing.map_or(0, Standing::code);
                    }
                }
            }
            Lack::each(lacks, |place| (lower[place], upper[place]) = (f64::NAN, f64::NAN));
        }
    }
}
