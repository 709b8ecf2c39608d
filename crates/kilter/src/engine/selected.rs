//! What a question selects, loaded: its indicators, areas and series, as known at a point, and the work on
//! them indicator by indicator, side by side.

use super::query::{Selection, View, histories, history_to, place_of, unknown, viewpoint, wanted};
use super::threads::with_threads;
use super::warm::{Compared, Point, Warm};
use super::{Engine, EngineError};
use kilter_core::evaluate::{History, Valuer, Viewpoint};
use kilter_core::framework::{Framework, Indicator};
use kilter_core::ident::{AreaCode, IndicatorId, MeasureId};
use kilter_core::series::Dataset;
use kilter_store::Snapshot;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a question selects.
pub(super) struct Selected<'e> {
    pub snapshot: Snapshot<'e>,
    pub framework: Arc<Framework>,
    pub data: Dataset,
    /// None where the question names none.
    pub areas: Vec<AreaCode>,
    point: Arc<Point>,
    warm: &'e Warm,
    ids: Vec<IndicatorId>,
}

impl Engine {
    /// Loads what a question selects.
    pub(super) fn select(&self, selection: &Selection) -> Result<Selected<'_>, EngineError> {
        let snapshot = self.store.snapshot(selection.as_at)?;
        let framework = self.framework_of(&snapshot)?;
        self.select_by(snapshot, framework, selection)
    }

    /// Loads what a question selects, to be read by a framework that need not be that of the snapshot.
    pub(super) fn select_by<'e>(
        &'e self,
        snapshot: Snapshot<'e>,
        framework: Arc<Framework>,
        selection: &Selection,
    ) -> Result<Selected<'e>, EngineError> {
        let indicators: Vec<&Indicator> = if selection.indicators.is_empty() {
            framework.indicators().iter().collect()
        } else {
            let find = |id: &String| framework.indicator(id).ok_or_else(|| unknown(&framework, id));
            selection.indicators.iter().map(find).collect::<Result<_, _>>()?
        };
        let point = self.warm.point(&snapshot, &framework)?;
        let needed: BTreeSet<&MeasureId> = indicators
            .iter()
            .flat_map(|indicator| indicator.calculation.measures())
            .filter(|measure| point.held().contains(*measure))
            .collect();
        let ids = indicators.iter().map(|indicator| indicator.id.clone()).collect();
        let areas = selection.areas.iter().map(|text| self.area(&framework, text));
        let areas = areas.collect::<Result<_, _>>()?;
        let data = point.dataset(&self.warm, &snapshot, &needed.into_iter().collect::<Vec<_>>())?;
        Ok(Selected { snapshot, framework, data, areas, point, warm: &self.warm, ids })
    }
}

impl Selected<'_> {
    /// The indicators, in the order of the question; of a question that names none, of the framework.
    pub fn indicators(&self) -> impl Iterator<Item = &Indicator> {
        self.ids.iter().filter_map(|id| self.framework.indicator(id.as_str()))
    }

    /// The panel of an indicator; `None` where it has none.
    pub fn panel(&self, valuer: &Valuer<'_>, indicator: &Indicator) -> Option<Arc<Compared>> {
        self.point.panel(self.warm, valuer, indicator)
    }

    /// Who looks, and when.
    pub fn viewpoint(&self, view: &View) -> Result<Viewpoint, EngineError> {
        viewpoint(&self.framework, &self.snapshot, view)
    }

    /// The rows of each indicator, worked out side by side and put together in order.
    pub fn each<'s, T: Send>(
        &'s self,
        rows: impl Fn(&Valuer<'s>, &'s Indicator) -> Result<Vec<T>, EngineError> + Sync,
    ) -> Result<Vec<T>, EngineError> {
        let indicators: Vec<&Indicator> = self.indicators().collect();
        let work = |indicator: &&'s Indicator| rows(&Valuer::new(&self.framework, &self.data), indicator);
        // To wake another thread takes longer than most questions about one indicator.
        if let [indicator] = &indicators[..] {
            return work(indicator);
        }
        let of_each: Vec<Vec<T>> =
            with_threads(|| indicators.par_iter().map(work).collect::<Result<_, EngineError>>())?;
        Ok(of_each.into_iter().flatten().collect())
    }

    /// The rows of each history up to a period, or to its latest value, whose place is handed on: that which
    /// is shown.
    pub fn each_history<'s, T: Send>(
        &'s self,
        period: Option<&str>,
        rows: impl Fn(&Valuer<'s>, &History<'s>, usize) -> Vec<T> + Sync,
    ) -> Result<Vec<T>, EngineError> {
        self.each(|valuer, indicator| {
            let wanted = wanted(period, indicator.frequency)?;
            let periods = history_to(valuer, indicator, wanted);
            let histories = histories(valuer, indicator, &self.areas, &periods);
            let shown = histories.iter().filter_map(|history| Some((history, place_of(history, wanted)?)));
            Ok(shown.flat_map(|(history, place)| rows(valuer, history, place)).collect())
        })
    }
}
