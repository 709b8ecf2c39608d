//! Control charts as tables: the limits and signals of every value.

use super::query::{EvaluateQuery, histories, history_to, place_of, wanted};
use super::{Engine, EngineError};
use crate::table::{Column, Table, Words};
use kilter_core::evaluate::{NoChart, Value, control_chart, target_in_force};
use kilter_core::framework::Indicator;
use kilter_core::ident::AreaCode;
use kilter_core::method::control_chart::{Assurance, Chart, Limits, Point};
use kilter_core::target::{Aim, Threshold};

/// One value on its chart; a history without a chart has a row that says why.
struct Row<'f> {
    indicator: &'f Indicator,
    area: AreaCode,
    value: Value,
    on: Result<OnChart, NoChart>,
}

/// Where a value stands on its chart.
struct OnChart {
    point: Point,
    on_trial: bool,
    /// Of the last value: whether its target can be expected to be met.
    assurance: Option<Assurance>,
}

impl Engine {
    /// The control charts (XmR) of indicators up to a period, by the rule that each indicator names:
    /// `indicator, area, period, value, absent, segment, mean, lower_limit, near_lower, near_upper, upper_limit,
    /// on_trial, signals, cause, assurance, no_chart`. `assurance` stands beside the last value; `no_chart` says
    /// why there is none.
    ///
    /// # Errors
    /// As [`Engine::evaluate`].
    pub fn chart(&self, query: &EvaluateQuery) -> Result<Table, EngineError> {
        let selected = self.select(&query.selection)?;
        let view = selected.viewpoint(&query.view)?;
        let rows = selected.each(|valuer, indicator| {
            let wanted = wanted(query.period.as_deref(), indicator.frequency)?;
            let periods = history_to(valuer, indicator, wanted);
            let mut rows = Vec::new();
            for history in histories(valuer, indicator, &selected.areas, &periods) {
                let Some(place) = place_of(&history, wanted) else { continue };
                let (values, area) = (history.values(), history.area());
                let chart = match control_chart(&history, place) {
                    Ok(chart) => chart,
                    Err(why) => {
                        let (value, area) = (values[place], area.clone());
                        rows.push(Row { indicator, area, value, on: Err(why) });
                        continue;
                    }
                };
                let target = target_in_force(&selected.framework, &history, place, &view);
                let assurance = match target.and_then(|target| target.threshold).map(Threshold::aim) {
                    Some(Aim::Value(target)) => chart.assurance(target).ok(),
                    _ => None,
                };
                rows.extend(chart_rows(indicator, area, &values[..=place], &chart, assurance));
            }
            Ok(rows)
        })?;
        Ok(table(&rows))
    }
}

fn chart_rows<'f>(
    indicator: &'f Indicator,
    area: &AreaCode,
    values: &[Value],
    chart: &Chart,
    assurance: Option<Assurance>,
) -> Vec<Row<'f>> {
    let last = values.len() - 1;
    let row = |(at, (value, point)): (usize, (&Value, &Point))| Row {
        indicator,
        area: area.clone(),
        value: *value,
        on: Ok(OnChart {
            point: *point,
            on_trial: chart.segments()[point.segment].on_trial,
            assurance: assurance.filter(|_| at == last),
        }),
    };
    values.iter().zip(chart.points()).enumerate().map(row).collect()
}

fn table(rows: &[Row<'_>]) -> Table {
    let mut words = Words::default();
    let mut text = |of: &dyn Fn(&Row<'_>) -> Option<String>| {
        Column::Text(rows.iter().map(|row| of(row).map(|text| words.get(&text))).collect())
    };
    let number = |of: &dyn Fn(&Row<'_>) -> Option<f64>| Column::Number(rows.iter().map(of).collect());
    fn on<'r>(row: &'r Row<'_>) -> Option<&'r OnChart> {
        row.on.as_ref().ok()
    }
    let limit = |of: fn(Limits) -> f64| number(&|row| on(row)?.point.limits.map(of));
    let segments = rows.iter().map(|row| i64::try_from(on(row)?.point.segment + 1).ok()).collect();
    let signals = |row: &Row<'_>| {
        let signals: Vec<String> = on(row)?.point.signals.iter().map(|signal| signal.to_string()).collect();
        (!signals.is_empty()).then(|| signals.join(", "))
    };
    let on_trial = |row: &Row<'_>| Some(if on(row)?.on_trial { "yes" } else { "no" }.to_owned());
    Table::new(vec![
        ("indicator", text(&|row| Some(row.indicator.id.to_string()))),
        ("area", text(&|row| Some(row.area.to_string()))),
        ("period", text(&|row| Some(row.value.period.to_string()))),
        ("value", number(&|row| row.value.value.ok())),
        ("absent", text(&|row| Some(row.value.value.err()?.to_string()))),
        ("segment", Column::Integer(segments)),
        ("mean", number(&|row| on(row)?.point.mean)),
        ("lower_limit", limit(|limits| limits.lower)),
        ("near_lower", limit(|limits| limits.near_lower)),
        ("near_upper", limit(|limits| limits.near_upper)),
        ("upper_limit", limit(|limits| limits.upper)),
        ("on_trial", text(&on_trial)),
        ("signals", text(&signals)),
        ("cause", text(&|row| Some(on(row)?.point.cause?.to_string()))),
        ("assurance", text(&|row| Some(on(row)?.assurance?.to_string()))),
        ("no_chart", text(&|row| Some(row.on.as_ref().err()?.to_string()))),
    ])
}
