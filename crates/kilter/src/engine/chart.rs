//! Control charts and run charts as tables: limits, signals and runs of every value.

use super::query::EvaluateQuery;
use super::{Engine, EngineError};
use crate::table::{Column, Table};
use kilter_core::evaluate::{
    ControlChart, ControlPoint, NoChart, Value, control_chart, run_chart, sustained_shifts, target_in_force,
};
use kilter_core::framework::{ChartKind, Indicator};
use kilter_core::ident::AreaCode;
use kilter_core::method::control_chart::{Assurance, Limits, Side};
use kilter_core::method::run_chart::{self, Line, LineKind, Runs};
use kilter_core::target::{Aim, Threshold};
use kilter_core::time::Period;

/// One value on its chart; a history without a chart has a row that says why.
struct Row<'f> {
    indicator: &'f Indicator,
    area: AreaCode,
    value: Value,
    on: Result<OnChart, NoChart>,
}

/// Where a value stands on its chart.
struct OnChart {
    kind: ChartKind,
    point: ControlPoint,
    /// Of the last value: whether its target can be expected to be met.
    assurance: Option<Assurance>,
    /// The runs about the centre of its segment, of Shewhart's charts.
    runs: Option<Runs>,
}

impl Engine {
    /// The control charts of indicators up to a period, by the rule that each indicator names:
    /// `indicator, area, period, value, absent, chart, drawn, segment, mean, lower_limit, near_lower, near_upper,
    /// upper_limit, on_trial, signals, cause, assurance, useful, longest_run, longest_allowed, crossings,
    /// crossings_needed, longest_trend, trend_allowed, rules, shift, excluded, no_chart`. `assurance` stands
    /// beside the last value; the runs are those about the centre of the segment, of Shewhart's charts; `excluded`
    /// says why a value does not count, `no_chart` why there is no chart.
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
                    let (value, area) = (values[place].clone(), area.clone());
                    return vec![Row { indicator, area, value, on: Err(why) }];
                }
            };
            let target = target_in_force(&selected.framework, history, place, &view);
            let assurance = match target.and_then(|target| target.threshold).map(Threshold::aim) {
                Some(Aim::Value(target)) => chart.assurance(target),
                _ => None,
            };
            chart_rows(indicator, area, &values[..=place], &chart, assurance)
        })?;
        Ok(table(&rows))
    }

    /// The run charts of indicators up to a period: `indicator, area, period, value, absent, part, centre, side,
    /// useful, longest_run, longest_allowed, crossings, crossings_needed, longest_trend, trend_allowed, rules,
    /// shift, excluded, no_chart`. The figures of the runs are those of the part; `shift` is yes where they are more than
    /// chance.
    ///
    /// # Errors
    /// As [`Engine::evaluate`].
    pub fn run_chart(&self, query: &EvaluateQuery) -> Result<Table, EngineError> {
        let selected = self.select(&query.selection)?;
        let rows = selected.each_history(query.period.as_deref(), |_, history, place| {
            let row = |value: &Value, on| RunRow {
                indicator: history.indicator(),
                area: history.area().clone(),
                value: value.clone(),
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

    /// The medians of indicators up to a period and how long each held, by the rule that each indicator names:
    /// `indicator, area, line, median, from, to, holds_to, no_chart`. The first line is the baseline; a new one
    /// begins where values have stayed on one side of the last for long enough.
    ///
    /// # Errors
    /// As [`Engine::evaluate`].
    pub fn sustained_shifts(&self, query: &EvaluateQuery) -> Result<Table, EngineError> {
        let selected = self.select(&query.selection)?;
        let rows = selected.each_history(query.period.as_deref(), |_, history, place| {
            let row = |on| ShiftRow { indicator: history.indicator(), area: history.area().clone(), on };
            match sustained_shifts(history, place) {
                Err(why) => vec![row(Err(why))],
                Ok(lines) => {
                    let period = |place: usize| history.values()[place].period;
                    let line = |line: Line| {
                        let (from, to) = (period(line.places.start), period(line.places.end - 1));
                        row(Ok(ShownLine {
                            kind: line.kind,
                            median: line.median,
                            from,
                            to,
                            holds_to: period(line.holds_to - 1),
                        }))
                    };
                    lines.into_iter().map(line).collect()
                }
            }
        })?;
        Ok(shift_table(&rows))
    }
}

/// A median that held for a time; a history without one has a row that says why.
struct ShiftRow<'f> {
    indicator: &'f Indicator,
    area: AreaCode,
    on: Result<ShownLine, NoChart>,
}

/// A median, with the periods it is of and the last for which it held.
#[derive(Clone, Copy)]
struct ShownLine {
    kind: LineKind,
    median: f64,
    from: Period,
    to: Period,
    holds_to: Period,
}

fn shift_table(rows: &[ShiftRow<'_>]) -> Table {
    let text = |of: &dyn Fn(&ShiftRow<'_>) -> Option<String>| text_column(rows, of);
    Table::new(vec![
        ("indicator", text(&|row| Some(row.indicator.id.to_string()))),
        ("area", text(&|row| Some(row.area.to_string()))),
        ("line", text(&|row| Some(row.on.ok()?.kind.to_string()))),
        ("median", Column::Number(rows.iter().map(|row| Some(row.on.ok()?.median)).collect())),
        ("from", text(&|row| Some(row.on.ok()?.from.to_string()))),
        ("to", text(&|row| Some(row.on.ok()?.to.to_string()))),
        ("holds_to", text(&|row| Some(row.on.ok()?.holds_to.to_string()))),
        ("no_chart", text(&|row| Some(row.on.err()?.to_string()))),
    ])
}

/// One value on its run chart, with the runs of its part; a history without a chart has a row that says why.
struct RunRow<'f> {
    indicator: &'f Indicator,
    area: AreaCode,
    value: Value,
    on: Result<(run_chart::Point, Option<Runs>), NoChart>,
}

fn run_table(rows: &[RunRow<'_>]) -> Table {
    let text = |of: &dyn Fn(&RunRow<'_>) -> Option<String>| text_column(rows, of);
    let point = |row: &RunRow<'_>| row.on.ok().map(|(point, _)| point);
    let runs = |row: &RunRow<'_>| row.on.ok().and_then(|(_, runs)| runs);
    let parts = rows.iter().map(|row| i64::try_from(point(row)?.part + 1).ok()).collect();
    let side = |row: &RunRow<'_>| {
        let high = point(row)?.side? == Side::High;
        Some(if high { "above" } else { "below" }.to_owned())
    };
    let excluded = |row: &RunRow<'_>| excluded(row.indicator, &row.area, row.value.period);
    let centres = rows.iter().map(|row| point(row)?.centre).collect();
    let mut columns = vec![
        ("indicator", text(&|row| Some(row.indicator.id.to_string()))),
        ("area", text(&|row| Some(row.area.to_string()))),
        ("period", text(&|row| Some(row.value.period.to_string()))),
        ("value", Column::Number(rows.iter().map(|row| row.value.value.ok()).collect())),
        ("absent", text(&|row| Some(row.value.value.err()?.to_string()))),
        ("part", Column::Integer(parts)),
        ("centre", Column::Number(centres)),
        ("side", text(&side)),
    ];
    columns.extend(runs_columns(rows.iter().map(runs).collect()));
    columns.extend([
        ("excluded", text_column(rows, &excluded)),
        ("no_chart", text_column(rows, &|row| Some(row.on.err()?.to_string()))),
    ]);
    Table::new(columns)
}

fn text_column<R>(rows: &[R], of: &dyn Fn(&R) -> Option<String>) -> Column {
    Column::Text(rows.iter().map(of).collect())
}

/// The runs of the segment that each row is part of, beside what chance would allow.
fn runs_columns(runs: Vec<Option<Runs>>) -> Vec<(&'static str, Column)> {
    let whole = |of: &dyn Fn(&Runs) -> Option<usize>| {
        let cell = |runs: &Option<Runs>| i64::try_from(of(runs.as_ref()?)?).ok();
        Column::Integer(runs.iter().map(cell).collect())
    };
    let shift = |runs: &Option<Runs>| Some(if (*runs)?.signal() { "yes" } else { "no" }.to_owned());
    vec![
        ("useful", whole(&|runs| Some(runs.useful))),
        ("longest_run", whole(&|runs| Some(runs.longest))),
        ("longest_allowed", whole(&|runs| Some(runs.limits.longest))),
        ("crossings", whole(&|runs| Some(runs.crossings))),
        ("crossings_needed", whole(&|runs| Some(runs.limits.crossings))),
        ("longest_trend", whole(&|runs| Some(runs.trend))),
        ("trend_allowed", whole(&|runs| runs.limits.trend)),
        ("rules", text_column(&runs, &|runs| Some((*runs)?.limits.rules.to_string()))),
        ("shift", text_column(&runs, &shift)),
    ]
}

fn chart_rows<'f>(
    indicator: &'f Indicator,
    area: &AreaCode,
    values: &[Value],
    chart: &ControlChart,
    assurance: Option<Assurance>,
) -> Vec<Row<'f>> {
    let last = values.len() - 1;
    let row = |(at, (value, point)): (usize, (&Value, &ControlPoint))| Row {
        indicator,
        area: area.clone(),
        value: value.clone(),
        on: Ok(OnChart {
            kind: chart.kind,
            point: *point,
            assurance: assurance.filter(|_| at == last),
            runs: chart.runs.get(point.segment).copied().flatten(),
        }),
    };
    values.iter().zip(&chart.points).enumerate().map(row).collect()
}

fn name_of(kind: ChartKind) -> String {
    ChartKind::NAMES.iter().find(|(_, of)| *of == kind).map_or("", |(name, _)| name).to_owned()
}

fn table(rows: &[Row<'_>]) -> Table {
    let text = |of: &dyn Fn(&Row<'_>) -> Option<String>| text_column(rows, of);
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
    let on_trial = |row: &Row<'_>| Some(if on(row)?.point.on_trial { "yes" } else { "no" }.to_owned());
    let excluded = |row: &Row<'_>| excluded(row.indicator, &row.area, row.value.period);
    let mut columns = vec![
        ("indicator", text(&|row| Some(row.indicator.id.to_string()))),
        ("area", text(&|row| Some(row.area.to_string()))),
        ("period", text(&|row| Some(row.value.period.to_string()))),
        ("value", number(&|row| row.value.value.ok())),
        ("absent", text(&|row| Some(row.value.value.err()?.to_string()))),
        ("chart", text(&|row| Some(name_of(on(row)?.kind)))),
        ("drawn", number(&|row| on(row)?.point.drawn)),
        ("segment", Column::Integer(segments)),
        ("mean", number(&|row| on(row)?.point.centre)),
        ("lower_limit", limit(|limits| limits.lower)),
        ("near_lower", limit(|limits| limits.near_lower)),
        ("near_upper", limit(|limits| limits.near_upper)),
        ("upper_limit", limit(|limits| limits.upper)),
        ("on_trial", text(&on_trial)),
        ("signals", text(&signals)),
        ("cause", text(&|row| Some(on(row)?.point.cause?.to_string()))),
        ("assurance", text(&|row| Some(on(row)?.assurance?.to_string()))),
    ];
    columns.extend(runs_columns(rows.iter().map(|row| on(row)?.runs).collect()));
    columns.extend([
        ("excluded", text_column(rows, &excluded)),
        ("no_chart", text_column(rows, &|row| Some(row.on.as_ref().err()?.to_string()))),
    ]);
    Table::new(columns)
}

/// Why a value is left out of the charts of its indicator.
fn excluded(indicator: &Indicator, area: &AreaCode, period: Period) -> Option<String> {
    indicator.chart.excluded(area, period).map(ToOwned::to_owned)
}
