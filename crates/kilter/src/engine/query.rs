//! Values and evaluations as tables.

use super::{AsAt, Engine, EngineError};
use crate::table::{Column, Table, Texts};
use kilter_core::evaluate::{
    Evaluation, History, Value, ValueLimits, Valuer, Viewpoint, basis_in_words, evaluate, latest, limits_of,
};
use kilter_core::framework::{Framework, Indicator};
use kilter_core::ident::AreaCode;
use kilter_core::method::half_up;
use kilter_core::method::interval::{Confidence, Interval};
use kilter_core::series::Marks;
use kilter_core::target::{Aim, Tolerance};
use kilter_core::time::{Date, Period, PeriodKind};
use kilter_store::Snapshot;

/// What a question is about: indicators and areas, and as known when.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// The ids of the indicators; none: every indicator of which anything was observed.
    pub indicators: Vec<String>,
    /// The codes or names of the areas; none: every area for which anything was observed.
    pub areas: Vec<String>,
    /// As known when.
    pub as_at: AsAt,
}

impl Default for Selection {
    fn default() -> Self {
        Self { indicators: Vec::new(), areas: Vec::new(), as_at: AsAt::Latest }
    }
}

/// Which values are asked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ValuesQuery {
    /// Indicators, areas, as known when.
    pub selection: Selection,
    /// The first period; none: the first for which there may be a value.
    pub from: Option<String>,
    /// The last period; none: the last for which there may be a value.
    pub to: Option<String>,
    /// The kind of period; none: that of `from` or `to`, or the indicator's own.
    pub every: Option<PeriodKind>,
    /// The length in months of a rolling window, reported at the end of every period of that kind (of
    /// every month where none is said).
    pub rolling: Option<u32>,
    /// The levels of confidence of the limits, in percent: a row for each. None: 95.
    pub confidence: Vec<f64>,
}

impl ValuesQuery {
    /// The values of an indicator.
    #[must_use]
    pub fn of(indicator: &str) -> Self {
        Self {
            selection: Selection { indicators: vec![indicator.to_owned()], ..Selection::default() },
            ..Self::default()
        }
    }

    /// The same, for this area too.
    #[must_use]
    pub fn area(mut self, area: &str) -> Self {
        self.selection.areas.push(area.to_owned());
        self
    }

    /// The same, for one period.
    #[must_use]
    pub fn period(mut self, period: &str) -> Self {
        self.from = Some(period.to_owned());
        self.to = Some(period.to_owned());
        self
    }

    /// The same, as known at a point.
    #[must_use]
    pub fn as_at(mut self, as_at: AsAt) -> Self {
        self.selection.as_at = as_at;
        self
    }
}

/// Which evaluations are asked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EvaluateQuery {
    /// Indicators, areas, as known when.
    pub selection: Selection,
    /// The period; none: the latest of each indicator and area.
    pub period: Option<String>,
    /// Who looks, and when.
    pub view: View,
}

impl EvaluateQuery {
    /// The evaluations of an indicator.
    #[must_use]
    pub fn of(indicator: &str) -> Self {
        Self { selection: ValuesQuery::of(indicator).selection, ..Self::default() }
    }

    /// The same, for this area too.
    #[must_use]
    pub fn area(mut self, area: &str) -> Self {
        self.selection.areas.push(area.to_owned());
        self
    }

    /// The same, for one period.
    #[must_use]
    pub fn period(mut self, period: &str) -> Self {
        self.period = Some(period.to_owned());
        self
    }

    /// The same, as known at a point.
    #[must_use]
    pub fn as_at(mut self, as_at: AsAt) -> Self {
        self.selection.as_at = as_at;
        self
    }

    /// The same, seen from a level.
    #[must_use]
    pub fn level(mut self, level: &str) -> Self {
        self.view.level = Some(level.to_owned());
        self
    }

    /// The same, on a reporting date.
    #[must_use]
    pub fn on(mut self, day: Date) -> Self {
        self.view.on = Some(day);
        self
    }
}

/// Who looks, and when.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct View {
    /// The level by whose targets and tolerances values are judged; none: by those for all levels.
    pub level: Option<String>,
    /// The reporting date, by which ages are told and figures are due; none: the day of `as_at`, or of the
    /// newest release that is read.
    pub on: Option<Date>,
}

impl Engine {
    /// Values of indicators, with the parts they were computed from. Columns: `indicator, area, period,
    /// period_start, period_end, value, numerator, denominator, lower, upper, statistic, method, confidence, marks, absent,
    /// release`; `value` is unrounded and null where `absent` says why.
    ///
    /// # Errors
    /// An indicator or area that is not known; a period that is ambiguous or of no use; a damaged store.
    pub fn values(&self, query: &ValuesQuery) -> Result<Table, EngineError> {
        let selected = self.select(&query.selection)?;
        let histories: Vec<History<'_>> = selected.each(|valuer, indicator| {
            let periods = periods(valuer, indicator, query)?;
            Ok(histories(valuer, indicator, &selected.areas, &periods))
        })?;
        let levels = confidences(&query.confidence)?;
        let rows: Vec<ValueRow<'_>> = histories
            .iter()
            .flat_map(|h| h.values().iter().map(|value| (h.indicator(), h.area(), value)))
            .flat_map(|(indicator, area, value)| {
                // Where there are no limits there is nothing to say at a second level.
                let levels = if indicator.interval.is_some() { &levels[..] } else { &levels[..1] };
                levels.iter().map(move |level| ValueRow { indicator, area, value, level: *level })
            })
            .collect();
        Ok(Table::new(value_columns(&rows)))
    }

    /// Evaluations against targets: the columns of [`Engine::values`], then `target, tolerance, variance,
    /// variance_percent, status, reason, short_trend, long_trend, explanation`.
    ///
    /// # Errors
    /// As [`Engine::values`].
    pub fn evaluate(&self, query: &EvaluateQuery) -> Result<Table, EngineError> {
        let selected = self.select(&query.selection)?;
        let view = selected.viewpoint(&query.view)?;
        let evaluated = selected.each_history(query.period.as_deref(), |_, history, place| {
            let evaluation = evaluate(&selected.framework, history, place, &view);
            vec![(history.indicator(), history.area().clone(), evaluation)]
        })?;
        Ok(evaluation_table(&evaluated))
    }
}

pub(super) fn unknown(framework: &Framework, id: &str) -> EngineError {
    let folded = |text: &str| text.to_lowercase().replace([' ', '-', '_', '.'], "");
    let asked = folded(id);
    let known = framework
        .indicators()
        .iter()
        .filter(|indicator| folded(indicator.id.as_str()) == asked)
        .map(|indicator| indicator.id.to_string())
        .collect();
    EngineError::Indicator { id: id.to_owned(), known }
}

/// Who looks, and when: the level must be one of the framework, and the day is that of what is read.
pub(super) fn viewpoint(
    framework: &Framework,
    snapshot: &Snapshot<'_>,
    view: &View,
) -> Result<Viewpoint, EngineError> {
    let level = match &view.level {
        None => None,
        Some(id) => match framework.level(id) {
            Some(level) => Some(level.id.clone()),
            None => {
                let known = framework.levels().iter().map(|level| level.id.to_string()).collect();
                return Err(EngineError::Level { id: id.clone(), known });
            }
        },
    };
    Ok(Viewpoint { level, on: view.on.or_else(|| day_of(snapshot)) })
}

/// The day by which a snapshot is read: the one that was asked for, or that of its newest release.
fn day_of(snapshot: &Snapshot<'_>) -> Option<Date> {
    match snapshot.as_at() {
        AsAt::Date(day) => Some(day),
        _ => snapshot.releases().iter().map(|release| release.known_at()).max(),
    }
}

/// The histories of an indicator: in the areas that are asked for, or in every current area for which
/// there is a value.
pub(super) fn histories<'f>(
    valuer: &Valuer<'f>,
    indicator: &'f Indicator,
    areas: &[AreaCode],
    periods: &[Period],
) -> Vec<History<'f>> {
    let history = |area: &AreaCode| History::new(valuer, indicator, area, periods);
    if !areas.is_empty() {
        return areas.iter().map(history).collect();
    }
    let current = valuer.framework().areas().iter().filter(|area| area.replaced_by.is_none());
    current
        .filter(|area| valuer.is_observed(indicator, &area.code))
        .map(|area| history(&area.code))
        // A nation of which only a few boards were observed has nothing to say in any period.
        .filter(|h| {
            h.values().iter().any(|v| v.value.is_ok()) || valuer.is_observed_itself(indicator, h.area())
        })
        .collect()
}

/// A text as a period: of the kind that is expected first, so that its refusal of an ambiguous text is
/// the one that is told.
pub(super) fn period(text: &str, expected: PeriodKind) -> Result<Period, EngineError> {
    expected.parse(text).or_else(|error| match text.parse::<Period>() {
        Ok(other) if other.kind() != PeriodKind::CalendarYear || expected == PeriodKind::Month => Ok(other),
        _ => Err(EngineError::Period(error)),
    })
}

/// The period that is asked for, where one is.
pub(super) fn wanted(text: Option<&str>, expected: PeriodKind) -> Result<Option<Period>, EngineError> {
    text.map(|text| period(text, expected)).transpose()
}

/// The place that is shown: that of the period that is asked for, which stands last, or the latest.
pub(super) fn place_of(history: &History<'_>, wanted: Option<Period>) -> Option<usize> {
    match wanted {
        Some(_) => history.values().len().checked_sub(1),
        None => latest(history.values()),
    }
}

/// The periods of a question for an indicator.
pub(super) fn periods(
    valuer: &Valuer<'_>,
    indicator: &Indicator,
    query: &ValuesQuery,
) -> Result<Vec<Period>, EngineError> {
    let expected = query.every.unwrap_or(indicator.frequency);
    let read = |text: &Option<String>| text.as_deref().map(|text| period(text, expected)).transpose();
    let (from, to) = (read(&query.from)?, read(&query.to)?);
    if let (Some(from), Some(to)) = (from, to)
        && to.end() < from.start()
    {
        return Err(EngineError::Question { what: format!("the period {to} comes before {from}") });
    }
    let kind = match (query.every, query.rolling, from.or(to)) {
        (Some(kind), _, _) => kind,
        (None, Some(_), _) => PeriodKind::Month,
        (None, None, Some(period)) => period.kind(),
        (None, None, None) => indicator.frequency,
    };
    let mut periods = match (from, to) {
        // Both ends are given: every period between them, whether anything was observed or not.
        (Some(from), Some(to)) => {
            let mut period = kind.containing(from.start());
            let mut periods = Vec::new();
            while period.end() <= to.end() {
                periods.push(period);
                period = period.plus(1);
            }
            periods
        }
        _ => valuer.periods(indicator, kind),
    };
    periods.retain(|period| {
        from.is_none_or(|from| period.end() >= from.start()) && to.is_none_or(|to| period.end() <= to.end())
    });
    match query.rolling {
        None => Ok(periods),
        Some(months) => periods.into_iter().map(|p| Ok(p.window(months)?)).collect(),
    }
}

/// The periods up to the one that is asked for, which the trends need; all where none is.
pub(super) fn history_to(valuer: &Valuer<'_>, indicator: &Indicator, wanted: Option<Period>) -> Vec<Period> {
    let kind = wanted.map_or(indicator.frequency, Period::kind);
    let mut periods = valuer.periods(indicator, kind);
    if let Some(wanted) = wanted {
        periods.retain(|period| *period < wanted);
        periods.push(wanted);
    }
    periods
}

/// What one row of a table of values is about.
struct ValueRow<'a> {
    indicator: &'a Indicator,
    area: &'a AreaCode,
    value: &'a Value,
    /// Of the limits.
    level: Confidence,
}

/// Levels of confidence in percent; 95 where none is named.
fn confidences(levels: &[f64]) -> Result<Vec<Confidence>, EngineError> {
    if levels.is_empty() {
        return Ok(vec![Confidence::P95]);
    }
    let level = |percent: &f64| {
        Confidence::new(percent / 100.0).map_err(|_| EngineError::Question {
            what: format!("a confidence of {percent}%; expected a percentage of at least 90 and below 100"),
        })
    };
    levels.iter().map(level).collect()
}

fn value_columns(rows: &[ValueRow<'_>]) -> Vec<(&'static str, Column)> {
    let text = |of: &dyn Fn(&ValueRow<'_>) -> Option<String>| Column::Text(rows.iter().map(of).collect());
    let number =
        |of: &dyn Fn(&Value) -> Option<f64>| Column::Number(rows.iter().map(|row| of(row.value)).collect());
    let date =
        |of: &dyn Fn(&Value) -> Date| Column::Date(rows.iter().map(|row| Some(of(row.value))).collect());
    let limits: Vec<Option<ValueLimits>> =
        rows.iter().map(|row| limits_of(row.indicator, row.value, row.level).ok()).collect();
    let limit = |of: fn(Interval) -> f64| {
        Column::Number(limits.iter().map(|limits| limits.map(|found| of(found.limits))).collect())
    };
    let percent = |row: &ValueRow<'_>| half_up(100.0 * row.level.level(), 6);
    let levels = rows.iter().zip(&limits).map(|(row, limits)| limits.map(|_| percent(row))).collect();
    let releases = rows.iter().map(|row| Some(row.value.release).filter(|r| *r > 0).map(i64::from));
    vec![
        ("indicator", text(&|row| Some(row.indicator.id.to_string()))),
        ("area", text(&|row| Some(row.area.to_string()))),
        ("period", text(&|row| Some(row.value.period.to_string()))),
        ("period_start", date(&|v| v.period.start())),
        ("period_end", date(&|v| v.period.end())),
        ("value", number(&|v| v.value.ok())),
        ("numerator", number(&|v| v.numerator)),
        ("denominator", number(&|v| v.denominator)),
        ("lower", limit(|limits| limits.lower)),
        ("upper", limit(|limits| limits.upper)),
        ("statistic", text(&|row| Some(row.indicator.calculation.name().to_owned()))),
        ("method", Column::Text(methods(&limits))),
        ("confidence", Column::Number(levels)),
        ("marks", text(&|row| (row.value.marks != Marks::NONE).then(|| row.value.marks.to_string()))),
        ("absent", text(&|row| row.value.value.err().map(|missing| missing.to_string()))),
        ("release", Column::Integer(releases.collect())),
    ]
}

/// The methods of limits, as cells.
fn methods(limits: &[Option<ValueLimits>]) -> Texts {
    limits.iter().map(|limits| limits.map(|found| found.method.to_string())).collect()
}

/// What is aimed at, as a cell. To twelve digits: what is derived carries the last digits of its arithmetic,
/// which nobody wrote.
pub(super) fn target_text(aim: Aim) -> String {
    let number = |value: f64| format!("{value:.11e}").parse().unwrap_or(value).to_string();
    match aim {
        Aim::Value(value) => number(value),
        Aim::Range { low, high } => format!("{} to {}", number(low), number(high)),
    }
}

fn evaluation_table(evaluated: &[(&Indicator, AreaCode, Evaluation<'_>)]) -> Table {
    let rows: Vec<ValueRow<'_>> = evaluated
        .iter()
        .map(|(indicator, area, e)| ValueRow { indicator, area, value: &e.value, level: Confidence::P95 })
        .collect();
    let mut columns = value_columns(&rows);
    let text = |of: &dyn Fn(&Evaluation<'_>) -> Option<String>| {
        Column::Text(evaluated.iter().map(|(_, _, e)| of(e)).collect())
    };
    let number = |of: &dyn Fn(&Evaluation<'_>) -> Option<f64>| {
        Column::Number(evaluated.iter().map(|(_, _, e)| of(e)).collect())
    };
    columns.extend([
        ("target", text(&|e| target_cell(e))),
        ("target_basis", text(&|e| Some(target_basis(e)?).filter(|basis| !basis.is_empty()))),
        ("target_origin", text(&|e| Some(e.target?.target.origin?.to_string()))),
        (
            "tolerance",
            text(&|e| {
                let tolerance = e.target?.tolerance;
                (tolerance != Tolerance::NONE).then(|| tolerance.to_string())
            }),
        ),
        ("variance", number(&|e| e.judgement.map(|j| j.variance))),
        ("variance_percent", number(&|e| e.judgement.and_then(|j| j.variance_percent))),
        ("status", text(&|e| Some(e.status.to_string()))),
        ("reason", text(&|e| e.status.reason().map(|reason| reason.to_string()))),
        ("manual_status", text(&|e| Some(e.manual?.status.to_string()))),
        ("manual_by", text(&|e| Some(e.manual?.by.clone()))),
        ("short_trend", text(&|e| Some(e.short_trend.trend.to_string()))),
        ("long_trend", text(&|e| Some(e.long_trend.trend.to_string()))),
        (
            "trend_run",
            Column::Integer(evaluated.iter().map(|(_, _, e)| Some(i64::from(e.trend_run))).collect()),
        ),
        ("explanation", text(&|e| Some(e.explanation.clone()))),
    ]);
    Table::new(columns)
}

/// What is aimed at, as a cell; nothing where there is no target or its value is not known.
pub(super) fn target_cell(evaluation: &Evaluation<'_>) -> Option<String> {
    Some(target_text(evaluation.target?.threshold?.aim()))
}

/// How a target came to its value, in words.
fn target_basis(evaluation: &Evaluation<'_>) -> Option<String> {
    const DECIMALS: u32 = 4;
    Some(basis_in_words(&evaluation.target?, evaluation.value.period, DECIMALS))
}
