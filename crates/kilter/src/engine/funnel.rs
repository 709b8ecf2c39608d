//! Funnels as tables: which areas of a kind or group differ from all of them together by more than their size
//! explains.

use super::query::{Selection, wanted};
use super::selected::Selected;
use super::{Engine, EngineError};
use crate::table::{Column, Table};
use kilter_core::area::AreaKind;
use kilter_core::evaluate::{FunnelArea, FunnelOf, NoFunnel, Valuer, funnel, peers};
use kilter_core::framework::Indicator;
use kilter_core::ident::AreaCode;
use kilter_core::method::funnel::{CurvePoint, FunnelMethod};
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

/// The funnel of an indicator in a period, or why there is none.
type Made<'f> = (&'f Indicator, Period, Result<FunnelOf, NoFunnel>);

/// One size on the curves of a funnel; an indicator without one has a row that says why.
struct CurveRow<'f> {
    indicator: &'f Indicator,
    period: Period,
    of: Result<(CurvePoint, f64, FunnelMethod), NoFunnel>,
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
        let funnels = self.funnels(&selected, query)?;
        let rows: Vec<Row<'_>> = funnels
            .into_iter()
            .flat_map(|(indicator, period, made)| match made {
                Err(why) => vec![Row { indicator, period, of: Err(why) }],
                Ok(FunnelOf { areas, average, method, .. }) => areas
                    .into_iter()
                    .map(|area| Row { indicator, period, of: Ok((area, average, method)) })
                    .collect(),
            })
            .collect();
        Ok(table(&rows))
    }

    /// The curves of funnels, for those who draw them: a row for each size, `indicator, period, average, count,
    /// lower_95_at, lower_95, upper_95_at, upper_95, lower_998_at, lower_998, upper_998_at, upper_998, method,
    /// no_funnel`. Each limit stands at a size of its own: people, or expected events of a ratio.
    ///
    /// # Errors
    /// As [`Engine::funnel`].
    pub fn funnel_curve(&self, query: &FunnelQuery) -> Result<Table, EngineError> {
        let selected = self.select(&query.selection)?;
        let rows: Vec<CurveRow<'_>> = self
            .funnels(&selected, query)?
            .into_iter()
            .flat_map(|(indicator, period, made)| {
                let row = |of| CurveRow { indicator, period, of };
                let drawn = made.and_then(|made| {
                    let curve = made.curve().map_err(|_| NoFunnel::Unfit)?;
                    Ok((curve, made.average, made.method))
                });
                match drawn {
                    Err(why) => vec![row(Err(why))],
                    Ok((curve, average, method)) => {
                        curve.into_iter().map(|point| row(Ok((point, average, method)))).collect()
                    }
                }
            })
            .collect();
        Ok(curve_table(&rows))
    }

    /// The funnels of the indicators selected, each with its period.
    fn funnels<'s>(
        &self,
        selected: &'s Selected<'_>,
        query: &FunnelQuery,
    ) -> Result<Vec<Made<'s>>, EngineError> {
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
        selected.each(|valuer, indicator| {
            let asked = wanted(query.period.as_deref(), indicator.frequency)?;
            let named = query.among.is_some() || !selected.areas.is_empty();
            let observed = |area: &&AreaCode| named || valuer.is_observed(indicator, area);
            let areas: Vec<AreaCode> = areas.iter().filter(observed).cloned().collect();
            let period = asked.or_else(|| latest_shared(valuer, indicator, &areas));
            let made = period.map(|period| (indicator, period, funnel(valuer, indicator, &areas, period)));
            Ok(made.into_iter().collect())
        })
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
    let text = |of: &dyn Fn(&Row<'_>) -> Option<String>| Column::Text(rows.iter().map(of).collect());
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

fn curve_table(rows: &[CurveRow<'_>]) -> Table {
    let text = |of: &dyn Fn(&CurveRow<'_>) -> Option<String>| Column::Text(rows.iter().map(of).collect());
    let number = |of: &dyn Fn(&CurvePoint) -> f64| {
        Column::Number(rows.iter().map(|row| row.of.as_ref().ok().map(|(point, _, _)| of(point))).collect())
    };
    let averages = rows.iter().map(|row| row.of.as_ref().ok().map(|(_, average, _)| *average));
    Table::new(vec![
        ("indicator", text(&|row| Some(row.indicator.id.to_string()))),
        ("period", text(&|row| Some(row.period.to_string()))),
        ("average", Column::Number(averages.collect())),
        ("count", number(&|point| point.count)),
        ("lower_95_at", number(&|point| point.lower_95.at)),
        ("lower_95", number(&|point| point.lower_95.value)),
        ("upper_95_at", number(&|point| point.upper_95.at)),
        ("upper_95", number(&|point| point.upper_95.value)),
        ("lower_998_at", number(&|point| point.lower_998.at)),
        ("lower_998", number(&|point| point.lower_998.value)),
        ("upper_998_at", number(&|point| point.upper_998.at)),
        ("upper_998", number(&|point| point.upper_998.value)),
        ("method", text(&|row| Some(row.of.as_ref().ok()?.2.to_string()))),
        ("no_funnel", text(&|row| Some(row.of.as_ref().err()?.to_string()))),
    ])
}
