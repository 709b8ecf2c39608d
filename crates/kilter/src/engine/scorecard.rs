//! The scorecard of an area, and the reports made of it.

use super::query::{Selection, history_to, period, target_text};
use super::{AsAt, Engine, EngineError};
use crate::report::{self, Benchmark, Context, ReleaseLine};
use crate::table::{Column, Table, Words};
use kilter_core::area::AreaKind;
use kilter_core::evaluate::{Value, Valuer, evaluate, latest};
use kilter_core::framework::{Framework, Indicator};
use kilter_core::ident::AreaCode;
use kilter_core::scorecard::{Line, Scorecard};
use kilter_core::series::Dataset;
use kilter_core::time::Date;

/// Which scorecard is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct ScorecardQuery {
    /// The code or name of the area; none: that of the framework.
    pub area: Option<String>,
    /// The reporting period: each indicator is shown for its latest period that ends in it or before;
    /// none: the latest.
    pub period: Option<String>,
    /// As known when.
    pub as_at: AsAt,
    /// The day on which it is made, to be printed on a page; none: a page that is the same every day.
    pub dated: Option<Date>,
}

impl Default for ScorecardQuery {
    fn default() -> Self {
        Self { area: None, period: None, as_at: AsAt::Latest, dated: None }
    }
}

/// The form of a scorecard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScorecardFormat {
    /// Text for a terminal of so many columns, in colour or not.
    Terminal {
        /// The width of the terminal; none: as wide as it needs.
        width: Option<u16>,
        /// Whether colours are wanted.
        colour: bool,
    },
    /// One self-contained page.
    Html,
}

impl Engine {
    /// The scorecard of an area as text or as a page.
    ///
    /// # Errors
    /// The area or period is not known; the store is damaged.
    pub fn scorecard(&self, query: &ScorecardQuery, format: ScorecardFormat) -> Result<String, EngineError> {
        let gathered = self.gather(query)?;
        let (card, behind) = gathered.card();
        let context = gathered.context(query, &behind);
        Ok(match format {
            ScorecardFormat::Terminal { width, colour } => report::terminal(&card, &context, width, colour),
            ScorecardFormat::Html => report::html(&card, &context),
        })
    }

    /// The scorecard of an area as a table, a row to a line: `indicator, title, outcomes, area, period,
    /// value, unit, target, status, reason, short_trend, long_trend, marks, explanation`.
    ///
    /// # Errors
    /// As [`Engine::scorecard`].
    pub fn scorecard_table(&self, query: &ScorecardQuery) -> Result<Table, EngineError> {
        let gathered = self.gather(query)?;
        let (card, _) = gathered.card();
        Ok(table(&card))
    }

    fn gather(&self, query: &ScorecardQuery) -> Result<Gathered, EngineError> {
        let snapshot = self.store.snapshot(query.as_at)?;
        let framework = self.framework_of(&snapshot)?;
        let area = match &query.area {
            Some(text) => self.area(&framework, text)?,
            None => framework.area().cloned().ok_or_else(|| EngineError::Question {
                what: format!("the framework {} is of no one area; say which (--area)", framework.id()),
            })?,
        };
        let selection = Selection { as_at: query.as_at, ..Selection::default() };
        let (_, data) = self.load(&snapshot, &framework, &selection)?;
        let ends = match &query.period {
            Some(text) => Some(period(text, kilter_core::time::PeriodKind::FinancialYear)?.end()),
            None => None,
        };
        let releases = snapshot
            .releases()
            .iter()
            .map(|r| ReleaseLine {
                number: r.number(),
                known_at: r.known_at(),
                source: r.source().to_owned(),
            })
            .collect();
        Ok(Gathered { framework, area, data, ends, releases })
    }
}

/// What a scorecard is made of.
struct Gathered {
    framework: std::sync::Arc<Framework>,
    area: AreaCode,
    data: Dataset,
    ends: Option<Date>,
    releases: Vec<ReleaseLine>,
}

/// What stands behind the lines, place by place: their values up to the one that is shown, and the
/// nation's value.
#[derive(Default)]
struct Behind {
    histories: Vec<Vec<Value>>,
    benchmarks: Vec<Option<f64>>,
}

impl Gathered {
    fn card(&self) -> (Scorecard<'_>, Behind) {
        let framework = &*self.framework;
        let valuer = Valuer::new(framework, &self.data);
        let nation = self.nation();
        let mut lines = Vec::new();
        let mut behind = Behind::default();
        for indicator in framework.indicators() {
            let mut periods = history_to(&valuer, indicator, None);
            periods.retain(|period| self.ends.is_none_or(|day| period.end() <= day));
            let values = valuer.values(indicator, &self.area, &periods);
            let place = latest(&values).filter(|_| valuer.is_observed(indicator, &self.area));
            let Some(place) = place else {
                if shown_without_data(framework, indicator) {
                    lines.push(Line { indicator, evaluation: None });
                    behind.histories.push(Vec::new());
                    behind.benchmarks.push(None);
                }
                continue;
            };
            let evaluation = evaluate(framework, indicator, &self.area, &values, place);
            let national =
                nation.as_ref().map(|nation| valuer.values(indicator, nation, &[evaluation.value.period]));
            behind.benchmarks.push(national.and_then(|values| values.first()?.value.ok()));
            behind.histories.push(values[..=place].to_vec());
            lines.push(Line { indicator, evaluation: Some(evaluation) });
        }
        (Scorecard::new(framework, self.area.clone(), lines), behind)
    }

    /// The nation that the area is a part of.
    fn nation(&self) -> Option<AreaCode> {
        let areas = self.framework.areas();
        let nations = areas.iter().filter(|area| area.kind == AreaKind::Scotland);
        let holds = |nation: &&kilter_core::area::Area| {
            let mut open = vec![*nation];
            let mut seen = std::collections::BTreeSet::new();
            while let Some(area) = open.pop() {
                for part in area.divisions.iter().flat_map(|division| &division.parts) {
                    if *part == self.area {
                        return true;
                    }
                    if seen.insert(part) {
                        open.extend(areas.get(part.as_str()));
                    }
                }
            }
            // A partnership is not a part of the nation by every division, but its councils are.
            let parts: Vec<_> =
                areas.get(self.area.as_str()).into_iter().flat_map(|a| &a.divisions).collect();
            parts.iter().any(|division| {
                !division.parts.is_empty() && division.parts.iter().all(|part| seen.contains(part))
            })
        };
        nations.filter(|nation| nation.code != self.area).find(holds).map(|area| area.code.clone())
    }

    fn context<'a>(&'a self, query: &ScorecardQuery, behind: &'a Behind) -> Context<'a> {
        let areas = self.framework.areas();
        let name = |code: &AreaCode| areas.get(code.as_str()).map_or("", |area| area.name.as_str());
        let as_at = match (query.as_at, self.releases.last()) {
            (AsAt::Date(day), _) => format!("as known on {day}"),
            (AsAt::Release(n), _) => format!("as known with release {n}"),
            (AsAt::Latest, Some(last)) => format!("as known on {}, release {}", last.known_at, last.number),
            (AsAt::Latest, None) => "nothing has been ingested".to_owned(),
        };
        let benchmark = self
            .nation()
            .map(|nation| Benchmark { name: name(&nation).to_owned(), values: behind.benchmarks.clone() });
        Context {
            framework: &self.framework,
            area_name: name(&self.area),
            as_at,
            releases: self.releases.clone(),
            generated: query.dated,
            histories: &behind.histories,
            benchmark,
        }
    }
}

/// Whether an indicator of which nothing was observed is a line all the same: what serves an outcome or
/// has a target is missed when it is not there; the rest of a published set is not.
fn shown_without_data(framework: &Framework, indicator: &Indicator) -> bool {
    !indicator.outcomes.is_empty()
        || framework.targets().iter().any(|target| target.indicator == indicator.id)
}

fn table(card: &Scorecard<'_>) -> Table {
    let mut words = Words::default();
    let mut text = |of: &dyn Fn(&Line<'_>) -> Option<String>| {
        Column::Text(card.lines.iter().map(|line| of(line).map(|text| words.get(&text))).collect())
    };
    let outcomes = |line: &Line<'_>| {
        let ids: Vec<_> = line.indicator.outcomes.iter().map(|link| link.outcome.as_str()).collect();
        (!ids.is_empty()).then(|| ids.join(", "))
    };
    let marks = |line: &Line<'_>| {
        let marks = line.evaluation.as_ref()?.value.marks.to_string();
        (!marks.is_empty()).then_some(marks)
    };
    Table::new(vec![
        ("indicator", text(&|line| Some(line.indicator.id.to_string()))),
        ("title", text(&|line| Some(line.indicator.title.clone()))),
        ("outcomes", text(&outcomes)),
        ("area", text(&|_| Some(card.area.to_string()))),
        ("period", text(&|line| Some(line.evaluation.as_ref()?.value.period.to_string()))),
        (
            "value",
            Column::Number(
                card.lines
                    .iter()
                    .map(|line| line.evaluation.as_ref().and_then(|e| e.value.value.ok()))
                    .collect(),
            ),
        ),
        ("unit", text(&|line| Some(line.indicator.unit.clone()))),
        ("target", text(&|line| line.evaluation.as_ref()?.target.map(|t| target_text(t.threshold.aim())))),
        ("status", text(&|line| Some(line.status().to_string()))),
        ("reason", text(&|line| Some(line.status().reason()?.to_string()))),
        ("short_trend", text(&|line| Some(line.evaluation.as_ref()?.short_trend.trend.to_string()))),
        ("long_trend", text(&|line| Some(line.evaluation.as_ref()?.long_trend.trend.to_string()))),
        ("marks", text(&marks)),
        ("explanation", text(&|line| Some(line.evaluation.as_ref()?.explanation.clone()))),
    ])
}
