//! Control charts and run charts as tables: limits, signals and runs of every value.

use super::query::EvaluateQuery;
use super::{Engine, EngineError};
use crate::table::{Column, Table, Words};
use kilter_core::evaluate::{NoChart, Value, control_chart, run_chart, target_in_force};
use kilter_core::framework::Indicator;
use kilter_core::ident::AreaCode;
use kilter_core::method::control_chart::{Assurance, Chart, Limits, Point, Side};
use kilter_core::method::run_chart::{self, Runs};
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
        let rows = selected.each_history(query.period.as_deref(), |_, history, place| {
            let (indicator, area, values) = (history.indicator(), history.area(), history.values());
            let chart = match control_chart(history, place) {
                Ok(chart) => chart,
                Err(why) => {
                    let (value, area) = (values[place], area.clone());
                    return vec![Row { indicator, area, value, on: Err(why) }];
                }
            };
            let target = target_in_force(&selected.framework, history, place, &view);
            let assurance = match target.and_then(|target| target.threshold).map(Threshold::aim) {
                Some(Aim::Value(target)) => chart.assurance(target).ok(),
                _ => None,
            };
            chart_rows(indicator, area, &values[..=place], &chart, assurance)
        })?;
        Ok(table(&rows))
    }

    /// The run charts of indicators up to a period: `indicator, area, period, value, absent, part, centre, side,
    /// useful, longest_run, longest_allowed, crossings, crossings_needed, rules, shift, no_chart`. The figures of
    /// the runs are those of the part; `shift` is yes where they are more than chance.
    ///
    /// # Errors
    /// As [`Engine::evaluate`].
    pub fn run_chart(&self, query: &EvaluateQuery) -> Result<Table, EngineError> {
        let selected = self.select(&query.selection)?;
        let rows = selected.each_history(query.period.as_deref(), |_, history, place| {
            let row = |value: &Value, on| RunRow {
                indicator: history.indicator(),
                area: history.area().clone(),
                value: *value,
                on,
            };
            match run_chart(history, place) {
                Err(why) => vec![row(&history.values()[place], Err(why))],
                Ok(chart) => {
                    let points = history.values().iter().zip(&chart.points);
                    points
                        .map(|(value, point)| row(value, Ok((*point, chart.parts[point.part].runs))))
                        .collect()
                }
            }
        })?;
        Ok(run_table(&rows))
    }
}

/// One value on its run chart, with the runs of its part; a history without a chart has a row that says why.
struct RunRow<'f> {
    indicator: &'f Indicator,
    area: AreaCode,
    value: Value,
    on: Result<(run_chart::Point, Option<Runs>), NoChart>,
}

fn run_table(rows: &[RunRow<'_>]) -> Table {
    let mut words = Words::default();
    let mut text = |of: &dyn Fn(&RunRow<'_>) -> Option<String>| {
        Column::Text(rows.iter().map(|row| of(row).map(|text| words.get(&text))).collect())
    };
    let point = |row: &RunRow<'_>| row.on.ok().map(|(point, _)| point);
    let runs = |row: &RunRow<'_>| row.on.ok().and_then(|(_, runs)| runs);
    let whole = |of: &dyn Fn(&RunRow<'_>) -> Option<usize>| {
        Column::Integer(rows.iter().map(|row| i64::try_from(of(row)?).ok()).collect())
    };
    let side = |row: &RunRow<'_>| {
        let high = point(row)?.side? == Side::High;
        Some(if high { "above" } else { "below" }.to_owned())
    };
    let shift = |row: &RunRow<'_>| Some(if runs(row)?.signal() { "yes" } else { "no" }.to_owned());
    let centres = rows.iter().map(|row| point(row)?.centre).collect();
    Table::new(vec![
        ("indicator", text(&|row| Some(row.indicator.id.to_string()))),
        ("area", text(&|row| Some(row.area.to_string()))),
        ("period", text(&|row| Some(row.value.period.to_string()))),
        ("value", Column::Number(rows.iter().map(|row| row.value.value.ok()).collect())),
        ("absent", text(&|row| Some(row.value.value.err()?.to_string()))),
        ("part", whole(&|row| Some(point(row)?.part + 1))),
        ("centre", Column::Number(centres)),
        ("side", text(&side)),
        ("useful", whole(&|row| Some(runs(row)?.useful))),
        ("longest_run", whole(&|row| Some(runs(row)?.longest))),
        ("longest_allowed", whole(&|row| Some(runs(row)?.limits.longest))),
        ("crossings", whole(&|row| Some(runs(row)?.crossings))),
        ("crossings_needed", whole(&|row| Some(runs(row)?.limits.crossings))),
        ("rules", text(&|row| Some(runs(row)?.limits.rules.to_string()))),
        ("shift", text(&shift)),
        ("no_chart", text(&|row| Some(row.on.err()?.to_string()))),
    ])
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
