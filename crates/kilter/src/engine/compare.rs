//! Comparison as tables: with Scotland, the parent, peers; over five years; and every verdict side by side.

use super::query::{Selection, histories, history_to, place_of, wanted};
use super::{Engine, EngineError};
use crate::table::{Column, Table};
use kilter_core::area::{Area, AreaKind};
use kilter_core::evaluate::{
    Compared, ComparisonYear, Evaluation, History, Ranked, Standing, Trend, Value, Valuer, Verdicts,
    compare_at, compared_area, comparison_years, evaluate, five_point_direction, five_point_trend,
    five_years, limits_of, peers, ranks, verdicts, year_kind,
};
use kilter_core::framework::{ComparisonRule, Framework, Indicator};
use kilter_core::ident::AreaCode;
use kilter_core::method::interval::Confidence;
use kilter_core::series::Marks;
use kilter_core::target::{Against, PeerStatistic};
use kilter_core::time::{Date, Period};
use std::collections::HashMap;

/// What values are compared with, in place of what the framework says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum With {
    /// The nation.
    Scotland,
    /// The smallest area that each is a part of.
    Parent,
    /// The area's own last value before.
    PreviousPeriod,
    /// The area's own value a year before.
    SamePeriodLastYear,
    /// An area, by code or name.
    Area(String),
    /// The areas of a group taken together, by code or name.
    Peers(String),
    /// The middle one of the areas of a group, by code or name.
    PeerMedian(String),
}

impl std::str::FromStr for With {
    type Err = String;

    /// "scotland", "parent", "previous period", "same period last year", "peers CODE", "median CODE"; any
    /// other text is an area.
    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text.trim() {
            "" => return Err("nothing to compare with is named".to_owned()),
            "scotland" => Self::Scotland,
            "parent" => Self::Parent,
            "previous period" => Self::PreviousPeriod,
            "same period last year" => Self::SamePeriodLastYear,
            other => match (other.strip_prefix("peers "), other.strip_prefix("median ")) {
                (Some(group), _) => Self::Peers(group.trim().to_owned()),
                (_, Some(group)) => Self::PeerMedian(group.trim().to_owned()),
                _ => Self::Area(other.to_owned()),
            },
        })
    }
}

/// Which comparisons are asked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CompareQuery {
    /// Indicators, areas, as known when.
    pub selection: Selection,
    /// The period; none: the latest of each indicator and area.
    pub period: Option<String>,
    /// What with; none: what the framework says.
    pub with: Option<With>,
    /// The group of areas among which each is ranked; none: all areas of its kind.
    pub among: Option<String>,
    /// Only those that are worse beyond chance, and getting worse.
    pub only_worse_and_worsening: bool,
}

impl CompareQuery {
    /// The comparisons of an indicator.
    #[must_use]
    pub fn of(indicator: &str) -> Self {
        let selection = Selection { indicators: vec![indicator.to_owned()], ..Selection::default() };
        Self { selection, ..Self::default() }
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
}

/// Which five-year comparisons are asked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FiveYearsQuery {
    /// Indicators, areas, as known when.
    pub selection: Selection,
    /// The reporting year; none: the latest that has ended in the data of each indicator.
    pub year: Option<String>,
    /// Whether it is for the statutory report, which starts at 2016/17.
    pub statutory: bool,
}

/// One comparison.
struct Row<'f> {
    indicator: &'f Indicator,
    area: AreaCode,
    value: Value,
    against: Against,
    /// The area it is compared with; its own for an earlier value.
    beside: Option<AreaCode>,
    compared: Compared,
    ranked: Option<Ranked>,
    trend: (Trend, &'static str),
}

impl Row<'_> {
    fn is_worse_and_worsening(&self) -> bool {
        self.compared.standing == Ok(Standing::Worse) && self.trend.0 == Trend::Worse
    }
}

impl Engine {
    /// The values of indicators beside others: `indicator, area, period, value, lower, upper, statistic, method,
    /// limits_confidence, comparator, comparator_area, comparator_period, comparator_value, difference, ratio, standing, confidence,
    /// not_compared, trend, trend_method, rank, ranked, tied_with, quartile, quintile, worse_and_worsening`. The
    /// trend is that of five years where the indicator allows it, else the short one.
    ///
    /// # Errors
    /// An indicator, area or group that is not known; a period that is ambiguous; a damaged store.
    pub fn compare(&self, query: &CompareQuery) -> Result<Table, EngineError> {
        let selected = self.select(&query.selection)?;
        let framework = &*selected.framework;
        let with = query.with.as_ref().map(|with| self.against(framework, with)).transpose()?;
        let among = query.among.as_ref().map(|text| self.group(framework, text)).transpose()?;
        let mut rows: Vec<Row<'_>> = selected.each(|valuer, indicator| {
            let wanted = wanted(query.period.as_deref(), indicator.frequency)?;
            let rule = ComparisonRule {
                against: with.clone().unwrap_or_else(|| indicator.comparison.against.clone()),
                ..indicator.comparison.clone()
            };
            let periods = history_to(valuer, indicator, wanted);
            let histories = histories(valuer, indicator, &selected.areas, &periods);
            let mut rankings = Rankings { valuer, indicator, among: among.as_ref(), known: HashMap::new() };
            Ok(histories.iter().filter_map(|h| row(&mut rankings, h, wanted, &rule)).collect())
        })?;
        if query.only_worse_and_worsening {
            rows.retain(Row::is_worse_and_worsening);
        }
        Ok(table(&rows))
    }

    /// The reporting year and up to five reporting years before it: `indicator, area, period, value,
    /// numerator, denominator, lower, upper, statistic, method, confidence, comparator, comparator_value, change, break_before, comparable,
    /// boundary, marks, absent, release`. `change` is that from the year shown before.
    ///
    /// # Errors
    /// As [`Engine::compare`]; a statutory comparison of a year before 2016/17.
    pub fn five_years(&self, query: &FiveYearsQuery) -> Result<Table, EngineError> {
        let selected = self.select(&query.selection)?;
        let rows: Vec<YearRow<'_>> = selected.each(|valuer, indicator| {
            let kind = year_kind(indicator.frequency);
            // A reporting year asks a calendar-year indicator for the calendar year it starts in.
            let asked = wanted(query.year.as_deref(), kind)?.map(|year| kind.containing(year.start()));
            let known = valuer.periods(indicator, kind);
            let Some(reporting) = asked.or_else(|| known.last().copied()) else {
                return Ok(Vec::new());
            };
            let years = comparison_years(reporting, query.statutory);
            if years.is_empty() {
                let what = format!("the first statutory reporting year is 2016/17; {reporting} is before it");
                return Err(EngineError::Question { what });
            }
            let histories = histories(valuer, indicator, &selected.areas, &years);
            Ok(histories.iter().flat_map(|history| year_rows(valuer, history, &years)).collect())
        })?;
        Ok(year_table(&rows))
    }

    /// Every verdict on a value side by side, and where they contradict one another: `indicator, area, period,
    /// value, status, reason, short_trend, long_trend, trend_run, five_point_trend, five_point_statistic,
    /// five_point_absent, chart, chart_signal, assurance, comparator, comparator_value, standing,
    /// not_compared, contradictions`.
    ///
    /// # Errors
    /// As [`Engine::compare`].
    pub fn verdicts(&self, query: &super::EvaluateQuery) -> Result<Table, EngineError> {
        let selected = self.select(&query.selection)?;
        let view = selected.viewpoint(&query.view)?;
        let rows: Vec<Judged<'_>> =
            selected.each_history(query.period.as_deref(), |valuer, history, place| {
                let indicator = history.indicator();
                let evaluation = evaluate(&selected.framework, history, place, &view);
                let compared = compare_at(valuer, history, place, &indicator.comparison);
                let verdicts = verdicts(history, place, &evaluation, compared);
                vec![(indicator, history.area().clone(), evaluation, verdicts)]
            })?;
        Ok(verdict_table(&rows))
    }

    /// An area with parts, which are peers.
    pub(super) fn group(&self, framework: &Framework, text: &str) -> Result<AreaCode, EngineError> {
        let group = self.area(framework, text)?;
        if peers(framework, &group).is_empty() {
            let what = format!("{group} has no parts, so that it is no group of peers");
            return Err(EngineError::Question { what });
        }
        Ok(group)
    }

    fn against(&self, framework: &Framework, with: &With) -> Result<Against, EngineError> {
        let group = |text: &str, statistic| {
            self.group(framework, text).map(|group| Against::Peers { group, statistic })
        };
        Ok(match with {
            With::Scotland => Against::Scotland,
            With::Parent => Against::Parent,
            With::PreviousPeriod => Against::PreviousPeriod,
            With::SamePeriodLastYear => Against::SamePeriodLastYear,
            With::Area(text) => Against::Area(self.area(framework, text)?),
            With::Peers(text) => group(text, PeerStatistic::Total)?,
            With::PeerMedian(text) => group(text, PeerStatistic::Median)?,
        })
    }
}

fn row<'f>(
    rankings: &mut Rankings<'_, 'f>,
    history: &History<'f>,
    wanted: Option<Period>,
    rule: &ComparisonRule,
) -> Option<Row<'f>> {
    let place = place_of(history, wanted)?;
    let indicator = history.indicator();
    let value = history.values()[place].clone();
    let trend = match five_point_trend(history, place) {
        Ok(found) => (five_point_direction(indicator.polarity, &found), "five-point"),
        Err(_) => (history.short_trend(place, None).trend, "short"),
    };
    Some(Row {
        indicator,
        area: history.area().clone(),
        against: rule.against.clone(),
        beside: match rule.against {
            Against::PreviousPeriod | Against::SamePeriodLastYear => Some(history.area().clone()),
            _ => compared_area(rankings.valuer.framework(), history.area(), &rule.against),
        },
        compared: compare_at(rankings.valuer, history, place, rule),
        ranked: rankings.of(history.area(), &value),
        value,
        trend,
    })
}

/// The ranks of areas among a group, or among the current areas of their kind: made once for each group and
/// period, since every area of it asks.
struct Rankings<'v, 'f> {
    valuer: &'v Valuer<'f>,
    indicator: &'f Indicator,
    among: Option<&'v AreaCode>,
    known: HashMap<(Option<AreaKind>, Period), HashMap<AreaCode, Ranked>>,
}

impl Rankings<'_, '_> {
    fn of(&mut self, area: &AreaCode, value: &Value) -> Option<Ranked> {
        value.value.ok()?;
        let areas = self.valuer.framework().areas();
        let kind = match self.among {
            Some(_) => None,
            None => Some(areas.get(area.as_str())?.kind),
        };
        let (valuer, indicator, among) = (self.valuer, self.indicator, self.among);
        let ranks = self.known.entry((kind, value.period)).or_insert_with(|| {
            let others: Vec<AreaCode> = match among {
                Some(group) => peers(valuer.framework(), group).into_iter().collect(),
                None => {
                    let alike = |area: &&Area| Some(area.kind) == kind && area.replaced_by.is_none();
                    areas.iter().filter(alike).map(|area| area.code.clone()).collect()
                }
            };
            let values: Vec<(AreaCode, f64)> = others
                .into_iter()
                .filter_map(|area| {
                    let of = valuer.values(indicator, &area, &[value.period]);
                    Some((area, of.first()?.value.ok()?))
                })
                .collect();
            let ranks = ranks(indicator.polarity, &values);
            values.into_iter().map(|(area, _)| area).zip(ranks).collect()
        });
        // Alone of its kind, an area has no rank.
        ranks.get(area).filter(|ranked| ranked.of > 1).cloned()
    }
}

/// The level of the limits of comparisons, in percent.
const LIMITS_AT: f64 = 95.0;

fn table(rows: &[Row<'_>]) -> Table {
    let text = |of: &dyn Fn(&Row<'_>) -> Option<String>| Column::Text(rows.iter().map(of).collect());
    let number = |of: &dyn Fn(&Row<'_>) -> Option<f64>| Column::Number(rows.iter().map(of).collect());
    let whole = |of: &dyn Fn(&Ranked) -> Option<usize>| {
        let cell = |row: &Row<'_>| i64::try_from(of(row.ranked.as_ref()?)?).ok();
        Column::Integer(rows.iter().map(cell).collect())
    };
    let limits: Vec<_> =
        rows.iter().map(|row| limits_of(row.indicator, &row.value, Confidence::P95).ok()).collect();
    let tied = |row: &Row<'_>| {
        let ranked = row.ranked.as_ref()?;
        let codes: Vec<&str> = ranked.tied_with.iter().map(AreaCode::as_str).collect();
        let more = match ranked.ties - codes.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        (!codes.is_empty()).then(|| codes.join(", ") + &more)
    };
    Table::new(vec![
        ("indicator", text(&|row| Some(row.indicator.id.to_string()))),
        ("area", text(&|row| Some(row.area.to_string()))),
        ("period", text(&|row| Some(row.value.period.to_string()))),
        ("value", number(&|row| row.value.value.ok())),
        ("lower", Column::Number(limits.iter().map(|of| Some((*of)?.limits.lower)).collect())),
        ("upper", Column::Number(limits.iter().map(|of| Some((*of)?.limits.upper)).collect())),
        ("statistic", text(&|row| Some(row.indicator.calculation.name().to_owned()))),
        ("method", Column::Text(limits.iter().map(|of| Some((*of)?.method.to_string())).collect())),
        ("limits_confidence", Column::Number(limits.iter().map(|of| of.map(|_| LIMITS_AT)).collect())),
        ("comparator", text(&|row| Some(row.against.to_string()))),
        ("comparator_area", text(&|row| Some(row.beside.as_ref()?.to_string()))),
        ("comparator_period", text(&|row| Some(row.compared.period?.to_string()))),
        ("comparator_value", number(&|row| row.compared.comparator.ok())),
        ("difference", number(&|row| row.compared.difference)),
        ("ratio", number(&|row| row.compared.ratio)),
        ("standing", text(&|row| Some(row.compared.standing.ok()?.to_string()))),
        ("confidence", number(&|row| row.compared.confidence)),
        ("not_compared", text(&|row| Some(row.compared.standing.err()?.to_string()))),
        ("trend", text(&|row| Some(row.trend.0.to_string()))),
        ("trend_method", text(&|row| Some(row.trend.1.to_owned()))),
        ("rank", whole(&|ranked| Some(ranked.rank))),
        ("ranked", whole(&|ranked| Some(ranked.of))),
        ("tied_with", text(&tied)),
        ("quartile", whole(&|ranked| ranked.quartile)),
        ("quintile", whole(&|ranked| ranked.quintile)),
        (
            "worse_and_worsening",
            text(&|row| Some(if row.is_worse_and_worsening() { "yes" } else { "no" }.to_owned())),
        ),
    ])
}

/// One year of one indicator in one area.
struct YearRow<'f> {
    indicator: &'f Indicator,
    area: AreaCode,
    year: ComparisonYear,
    comparator: Option<f64>,
    against: String,
    change: Option<f64>,
}

fn year_rows<'f>(valuer: &Valuer<'f>, history: &History<'f>, years: &[Period]) -> Vec<YearRow<'f>> {
    let indicator = history.indicator();
    let area = valuer.framework().areas().get(history.area().as_str());
    let mut before: Option<f64> = None;
    five_years(history, area, years)
        .into_iter()
        .map(|year| {
            let place = history.place(year.value.period);
            let compared = place.map(|place| compare_at(valuer, history, place, &indicator.comparison));
            let now = year.value.value.ok();
            let change = before.zip(now).filter(|_| !year.break_before).map(|(before, now)| now - before);
            before = now;
            YearRow {
                indicator,
                area: history.area().clone(),
                year,
                comparator: compared.and_then(|compared| compared.comparator.ok()),
                against: indicator.comparison.against.to_string(),
                change,
            }
        })
        .collect()
}

fn year_table(rows: &[YearRow<'_>]) -> Table {
    let text = |of: &dyn Fn(&YearRow<'_>) -> Option<String>| Column::Text(rows.iter().map(of).collect());
    let number = |of: &dyn Fn(&YearRow<'_>) -> Option<f64>| Column::Number(rows.iter().map(of).collect());
    let yes = |holds: bool| Some(if holds { "yes" } else { "no" }.to_owned());
    let limits: Vec<_> =
        rows.iter().map(|row| limits_of(row.indicator, &row.year.value, Confidence::P95).ok()).collect();
    let boundary = |row: &YearRow<'_>| -> Option<Date> { row.year.boundary };
    let marks = |row: &YearRow<'_>| {
        let marks = row.year.value.marks;
        (marks != Marks::NONE).then(|| marks.to_string())
    };
    let release = |row: &YearRow<'_>| {
        let release = row.year.value.release;
        (release > 0).then_some(i64::from(release))
    };
    Table::new(vec![
        ("indicator", text(&|row| Some(row.indicator.id.to_string()))),
        ("area", text(&|row| Some(row.area.to_string()))),
        ("period", text(&|row| Some(row.year.value.period.to_string()))),
        ("value", number(&|row| row.year.value.value.ok())),
        ("numerator", number(&|row| row.year.value.numerator)),
        ("denominator", number(&|row| row.year.value.denominator)),
        ("lower", Column::Number(limits.iter().map(|of| Some((*of)?.limits.lower)).collect())),
        ("upper", Column::Number(limits.iter().map(|of| Some((*of)?.limits.upper)).collect())),
        ("statistic", text(&|row| Some(row.indicator.calculation.name().to_owned()))),
        ("method", Column::Text(limits.iter().map(|of| Some((*of)?.method.to_string())).collect())),
        ("confidence", Column::Number(limits.iter().map(|of| of.map(|_| LIMITS_AT)).collect())),
        ("comparator", text(&|row| row.comparator.map(|_| row.against.clone()))),
        ("comparator_value", number(&|row| row.comparator)),
        ("change", number(&|row| row.change)),
        ("break_before", text(&|row| yes(row.year.break_before))),
        ("comparable", text(&|row| yes(row.year.comparable))),
        ("boundary", Column::Date(rows.iter().map(boundary).collect())),
        ("marks", text(&marks)),
        ("absent", text(&|row| Some(row.year.value.value.err()?.to_string()))),
        ("release", Column::Integer(rows.iter().map(release).collect())),
    ])
}

/// Every verdict on a value of an indicator in an area.
type Judged<'f> = (&'f Indicator, AreaCode, Evaluation<'f>, Verdicts);

fn verdict_table(rows: &[Judged<'_>]) -> Table {
    let text = |of: &dyn Fn(&Judged<'_>) -> Option<String>| Column::Text(rows.iter().map(of).collect());
    let number = |of: &dyn Fn(&Judged<'_>) -> Option<f64>| Column::Number(rows.iter().map(of).collect());
    let five = |row: &Judged<'_>| {
        let found = row.3.five_points.ok()?;
        Some(five_point_direction(row.0.polarity, &found).to_string())
    };
    let contradictions = |row: &Judged<'_>| {
        let all: Vec<String> = row.3.contradictions.iter().map(ToString::to_string).collect();
        (!all.is_empty()).then(|| all.join(", "))
    };
    let runs = rows.iter().map(|row| Some(i64::from(row.2.trend_run))).collect();
    Table::new(vec![
        ("indicator", text(&|row| Some(row.0.id.to_string()))),
        ("area", text(&|row| Some(row.1.to_string()))),
        ("period", text(&|row| Some(row.2.value.period.to_string()))),
        ("value", number(&|row| row.2.value.value.ok())),
        ("status", text(&|row| Some(row.2.status.to_string()))),
        ("reason", text(&|row| Some(row.2.status.reason()?.to_string()))),
        ("short_trend", text(&|row| Some(row.2.short_trend.trend.to_string()))),
        ("long_trend", text(&|row| Some(row.2.long_trend.trend.to_string()))),
        ("trend_run", Column::Integer(runs)),
        ("five_point_trend", text(&five)),
        ("five_point_statistic", number(&|row| Some(row.3.five_points.ok()?.statistic))),
        ("five_point_absent", text(&|row| Some(row.3.five_points.err()?.to_string()))),
        ("chart", text(&|row| Some(row.3.chart.as_ref()?.cause.to_string()))),
        ("chart_signal", text(&|row| Some(row.3.chart.as_ref()?.signal?.to_string()))),
        ("assurance", text(&|row| Some(row.3.chart.as_ref()?.assurance?.to_string()))),
        ("comparator", text(&|row| Some(row.0.comparison.against.to_string()))),
        ("comparator_value", number(&|row| row.3.comparison.comparator.ok())),
        ("standing", text(&|row| Some(row.3.comparison.standing.ok()?.to_string()))),
        ("not_compared", text(&|row| Some(row.3.comparison.standing.err()?.to_string()))),
        ("contradictions", text(&contradictions)),
    ])
}
