//! The ranks of the newest values of columns among their peers.

use super::{Block, Columns, side_by_side};
use crate::engine::selected::Selected;
use crate::engine::{Engine, EngineError};
use kilter_core::evaluate::{Valuer, peers, rank_each};
use kilter_core::framework::{Framework, Indicator};
use kilter_core::ident::AreaCode;
use kilter_core::method::Lack;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Among which areas each is ranked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Among {
    /// All current areas of its kind.
    #[default]
    Kind,
    /// The first of these groups that it is a part of, by code or name; an area of none has no rank.
    Groups(Vec<String>),
}

/// The ranks of [`Columns`], in the same order.
#[derive(Default)]
pub struct Ranks {
    blocks: Vec<RankBlock>,
}

/// The ranks of the values of one indicator in the last period, by area.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RankBlock {
    /// The ranks: 1 is the best (the highest, where neither direction is better), values that are the same share the
    /// rank of the first; 0 for an area without a value, alone among its kind, or in no group.
    pub ranks: Vec<u32>,
    /// How many are ranked together; 0 where there is no rank.
    pub ranked: Vec<u32>,
}

impl Ranks {
    /// The ranks of each block.
    #[must_use]
    pub fn blocks(&self) -> &[RankBlock] {
        &self.blocks
    }
}

/// Areas that are ranked together: those of the columns by their places, and others.
#[derive(Default)]
struct Peers {
    places: Vec<usize>,
    others: Vec<AreaCode>,
}

impl Engine {
    /// The ranks of the values of columns in their last period, as [`Engine::compare`] has them for that period.
    ///
    /// ```
    /// use kilter::engine::{Among, Columns, Engine, Mode, Ranks, ValuesQuery};
    /// # let folder = tempfile::tempdir()?;
    /// let demo = kilter::demonstration::run(&folder.path().join("demo"), |_| ())?;
    /// let engine = Engine::open(&demo.store, Mode::Read)?;
    /// let (mut columns, mut ranks) = (Columns::default(), Ranks::default());
    /// engine.columns(&ValuesQuery::of("NI-19"), &mut columns)?;
    /// engine.rank_columns(&columns, &Among::Kind, &mut ranks)?;
    /// assert!(ranks.blocks()[0].ranks.contains(&1));
    /// // An area without parts is no group of peers.
    /// let one = Among::Groups(vec![columns.blocks()[0].areas()[0].to_string()]);
    /// assert!(engine.rank_columns(&columns, &one, &mut ranks).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A group is unknown, or has no parts; as [`Engine::compare`].
    pub fn rank_columns(
        &self,
        columns: &Columns,
        among: &Among,
        into: &mut Ranks,
    ) -> Result<(), EngineError> {
        let selected = self.select_again(columns)?;
        let framework = &*selected.framework;
        let groups = match among {
            Among::Kind => None,
            Among::Groups(texts) => {
                Some(texts.iter().map(|text| self.group(framework, text)).collect::<Result<Vec<_>, _>>()?)
            }
        };
        into.blocks.resize_with(columns.blocks.len(), RankBlock::default);
        // Most indicators have the same areas, and so the same peers.
        let mut work: Vec<(&Block, &mut RankBlock, Arc<Vec<Peers>>)> = Vec::new();
        for (block, ranks) in columns.blocks.iter().zip(&mut into.blocks) {
            let together = match work.last() {
                Some((before, _, known)) if before.has_areas_of(block) => Arc::clone(known),
                _ => Arc::new(together(framework, &block.areas, groups.as_deref(), columns.is_all)),
            };
            work.push((block, ranks, together));
        }
        side_by_side(work.into_iter(), |(block, ranks, together)| {
            if let Some(indicator) = framework.indicator(block.indicator()) {
                ranks.fill(block, &selected, indicator, &together);
            }
            Ok(())
        })
    }
}

/// The areas of columns that are ranked together. Others are only named where columns do not hold all.
fn together(
    framework: &Framework,
    areas: &[AreaCode],
    groups: Option<&[AreaCode]>,
    is_all: bool,
) -> Vec<Peers> {
    let places: HashMap<&AreaCode, usize> =
        areas.iter().enumerate().map(|(place, area)| (area, place)).collect();
    let sorted = |of: &mut dyn Iterator<Item = AreaCode>| {
        let mut found = Peers::default();
        for area in of {
            match places.get(&area) {
                Some(place) => found.places.push(*place),
                None if is_all => {}
                None => found.others.push(area),
            }
        }
        found
    };
    match groups {
        Some(groups) => groups.iter().map(|group| sorted(&mut peers(framework, group).into_iter())).collect(),
        None => {
            let mut kinds: BTreeMap<_, Vec<AreaCode>> = BTreeMap::new();
            for area in framework.areas().iter().filter(|area| area.replaced_by.is_none()) {
                kinds.entry(area.kind).or_default().push(area.code.clone());
            }
            kinds.into_values().map(|alike| sorted(&mut alike.into_iter())).collect()
        }
    }
}

impl RankBlock {
    fn fill(&mut self, block: &Block, selected: &Selected<'_>, indicator: &Indicator, together: &[Peers]) {
        let n = block.periods.len();
        for column in [&mut self.ranks, &mut self.ranked] {
            column.clear();
            column.resize(block.areas.len(), 0);
        }
        let Some(&last) = block.periods.last() else { return };
        let valuer = Valuer::new(&selected.framework, &selected.data);
        let (mut values, mut order, mut ranks) = (Vec::new(), Vec::new(), Vec::new());
        for peers in together {
            let cell = |place: &usize| (place + 1) * n - 1;
            let there = || peers.places.iter().filter(|place| block.lacks()[cell(place)] == Lack::NONE);
            values.clear();
            values.extend(there().map(|place| block.values()[cell(place)]));
            let others = peers
                .others
                .iter()
                .filter_map(|area| valuer.values(indicator, area, &[last]).first()?.value.ok());
            values.extend(others);
            ranks.clear();
            ranks.resize(values.len(), 0);
            rank_each(indicator.polarity, &values, &mut order, &mut ranks);
            // Alone, an area has no rank.
            for (place, rank) in there().zip(&ranks).filter(|_| values.len() > 1) {
                if self.ranks[*place] == 0 {
                    (self.ranks[*place], self.ranked[*place]) = (*rank, values.len() as u32);
                }
            }
        }
    }
}
