//! Funnels as tables: which areas of a kind or group differ from all of them together by more than their size
//! explains.

use super::query::{Selection, wanted};
use super::{Engine, EngineError};
use crate::table::{Column, Table};
use kilter_core::area::AreaKind;
use kilter_core::evaluate::{FunnelArea, NoFunnel, Valuer, funnel, peers};
use kilter_core::framework::Indicator;
use kilter_core::ident::AreaCode;
use kilter_core::method::funnel::FunnelMethod;
use kilter_core::time::Period;

/// Which funnels are asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct FunnelQuery {
    /// Indicators, as known when; the areas named, or, where none is, those of `among` or `kind`.
    pub selection: Selection,
    /// The period; none: the latest of each indicator in which two areas have a value.
    pub period: Option<String>,
    /// A group of areas, by code or name.
    pub among: Option<String>,
    /// All current areas of this kind of which anything was observed.
    pub kind: AreaKind,
}

impl Default for FunnelQuery {
    fn default() -> Self {
        Self { selection: Selection::default(), period: None, among: None, kind: AreaKind::Council }
    }
}

/// One area of a funnel; an indicator without one has a row that says why.
struct Row<'f> {
    indicator: &'f Indicator,
    period: Period,
    of: Result<(FunnelArea, f64, FunnelMethod), NoFunnel>,
}

impl Engine {
    /// The funnels of indicators over the areas of a kind or group: `indicator, area, period, value, numerator,
    /// denominator, average, significance, method, absent, no_funnel`. The average is that of all areas with a
    /// value together; `significance` tells which differ at 95% or 99.8%.
    ///
    /// # Errors
    /// An indicator, area or group that is not known; a period that is ambiguous; a damaged store.
    pub fn funnel(&self, query: &FunnelQuery) -> Result<Table, EngineError> {
        let selected = self.select(&query.selection)?;
        let framework = &*selected.framework;
        let areas: Vec<AreaCode> = match (&query.among, selected.areas.as_slice()) {
            (Some(group), _) => peers(framework, &self.group(framework, group)?).into_iter().collect(),
            (None, []) => {
                let alike = framework.areas().iter();
                let alike = alike.filter(|area| area.kind == query.kind && area.replaced_by.is_none());
                alike.map(|area| area.code.clone()).collect()
            }
            (None, named) => named.to_vec(),
        };
        let rows = selected.each(|valuer, indicator| {
            let asked = wanted(query.period.as_deref(), indicator.frequency)?;
            let named = query.among.is_some() || !selected.areas.is_empty();
            let observed = |area: &&AreaCode| named || valuer.is_observed(indicator, area);
            let areas: Vec<AreaCode> = areas.iter().filter(observed).cloned().collect();
            let Some(period) = asked.or_else(|| latest_shared(valuer, indicator, &areas)) else {
                return Ok(Vec::new());
            };
            Ok(match funnel(valuer, indicator, &areas, period) {
                Err(why) => vec![Row { indicator, period, of: Err(why) }],
                Ok(found) => found
                    .areas
                    .into_iter()
                    .map(|area| Row { indicator, period, of: Ok((area, found.average, found.method)) })
                    .collect(),
            })
        })?;
        Ok(table(&rows))
    }
}

/// The latest period in which two areas have a value.
fn latest_shared(valuer: &Valuer<'_>, indicator: &Indicator, areas: &[AreaCode]) -> Option<Period> {
    let periods = valuer.periods(indicator, indicator.frequency);
    let mut values = vec![0_usize; periods.len()];
    for area in areas {
        for (count, value) in values.iter_mut().zip(valuer.values(indicator, area, &periods)) {
            *count += usize::from(value.value.is_ok());
        }
    }
    values.iter().rposition(|count| *count > 1).map(|place| periods[place])
}

fn table(rows: &[Row<'_>]) -> Table {
    let text =
        |of: &dyn Fn(&Row<'_>) -> Option<String>| Column::Text(rows.iter().map(|row| of(row)).collect());
    fn area<'r>(row: &'r Row<'_>) -> Option<&'r FunnelArea> {
        row.of.as_ref().ok().map(|(area, _, _)| area)
    }
    let number = |of: &dyn Fn(&Row<'_>) -> Option<f64>| Column::Number(rows.iter().map(of).collect());
    Table::new(vec![
        ("indicator", text(&|row| Some(row.indicator.id.to_string()))),
        ("area", text(&|row| Some(area(row)?.area.to_string()))),
        ("period", text(&|row| Some(row.period.to_string()))),
        ("value", number(&|row| area(row)?.value.value.ok())),
        ("numerator", number(&|row| area(row)?.value.numerator)),
        ("denominator", number(&|row| area(row)?.value.denominator)),
        ("average", number(&|row| row.of.as_ref().ok().map(|(_, average, _)| *average))),
        ("significance", text(&|row| Some(area(row)?.significance?.to_string()))),
        ("method", text(&|row| Some(row.of.as_ref().ok()?.2.to_string()))),
        ("absent", text(&|row| Some(area(row)?.value.value.err()?.to_string()))),
        ("no_funnel", text(&|row| Some(row.of.as_ref().err()?.to_string()))),
    ])
}
