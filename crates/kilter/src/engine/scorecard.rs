//! The scorecard of an area, and the reports made of it.

use super::query::{Selection, View, history_to, target_cell, wanted};
use super::selected::Selected;
use super::{AsAt, Engine, EngineError};
use crate::report::{self, Benchmark, Context, ReleaseLine};
use crate::table::{Column, Table};
use kilter_core::evaluate::{
    Completeness, History, Value, Valuer, Viewpoint, evaluate, latest, status, target_in_force, timing,
};
use kilter_core::framework::{Cuts, Framework, Indicator, ManualStatus, RollUp, Subject};
use kilter_core::ident::AreaCode;
use kilter_core::scorecard::{Counts, Line, Reporting, Rolled, Scorecard};
use kilter_core::series::Dataset;
use kilter_core::target::{Aim, Status, Threshold};
use kilter_core::time::{Date, Period, PeriodKind};

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
    /// Who looks, and when. For a period that is past, ages are told only where the day is given.
    pub view: View,
    /// The day on which it is made, to be printed on a page; none: a page that is the same every day.
    pub dated: Option<Date>,
}

impl Default for ScorecardQuery {
    fn default() -> Self {
        Self { area: None, period: None, as_at: AsAt::Latest, view: View::default(), dated: None }
    }
}

impl ScorecardQuery {
    /// The scorecard of an area.
    #[must_use]
    pub fn of(area: &str) -> Self {
        Self { area: Some(area.to_owned()), ..Self::default() }
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

    /// The scorecard of an area as a table, a row to a line: `indicator, title, outcomes, supplements, perspective, area,
    /// period, age_months, next_due, freshness, completeness, value, unit, target, target_origin, status,
    /// reason, manual_status, manual_by, short_trend, long_trend, trend_run, marks, explanation`.
    ///
    /// # Errors
    /// As [`Engine::scorecard`].
    pub fn scorecard_table(&self, query: &ScorecardQuery) -> Result<Table, EngineError> {
        let gathered = self.gather(query)?;
        let (card, _) = gathered.card();
        Ok(table(&card))
    }

    /// What outcomes, priorities, perspectives and the scorecard as a whole come to: `kind, id, title, colour,
    /// computed, rule, score, green, amber, red, not_assessed, manual, manual_by, manual_reason, indicators`.
    /// `colour` is what is shown: that of a person where the framework lets it count, else the computed one.
    ///
    /// # Errors
    /// As [`Engine::scorecard`].
    pub fn roll_up(&self, query: &ScorecardQuery) -> Result<Table, EngineError> {
        let gathered = self.gather(query)?;
        let (card, _) = gathered.card();
        Ok(roll_table(&card))
    }

    pub(super) fn gather(&self, query: &ScorecardQuery) -> Result<Gathered, EngineError> {
        let selected = self.select(&Selection { as_at: query.as_at, ..Selection::default() })?;
        let area = self.subject_area(&selected.framework, query.area.as_deref())?;
        let period = wanted(query.period.as_deref(), PeriodKind::FinancialYear)?;
        let view = selected.viewpoint(&query.view)?;
        // The figures of a period that is past are not late.
        let aged = if period.is_some() { query.view.on } else { view.on };
        let given_by = query.view.on.or(match query.as_at {
            AsAt::Date(day) => Some(day),
            _ => None,
        });
        let Selected { snapshot, framework, data, .. } = selected;
        let releases = snapshot
            .releases()
            .iter()
            .map(|r| ReleaseLine {
                number: r.number(),
                known_at: r.known_at(),
                source: r.source().to_owned(),
            })
            .collect();
        Ok(Gathered { framework, area, data, period, view, aged, given_by, releases })
    }
}

/// What a scorecard is made of.
pub(super) struct Gathered {
    pub framework: std::sync::Arc<Framework>,
    pub area: AreaCode,
    data: Dataset,
    period: Option<Period>,
    view: Viewpoint,
    /// The day by which ages are told.
    aged: Option<Date>,
    /// The day by which people have given statuses; none: whatever the framework holds.
    given_by: Option<Date>,
    releases: Vec<ReleaseLine>,
}

/// What stands behind the lines, place by place: their values up to the one that is shown, the status of
/// each and what was aimed at, and the nation's value.
#[derive(Default)]
pub(super) struct Behind {
    histories: Vec<Vec<Value>>,
    pub statuses: Vec<Vec<(Period, Status)>>,
    aims: Vec<Vec<Option<Aim>>>,
    benchmarks: Vec<Option<f64>>,
}

impl Behind {
    fn nothing(&mut self) {
        self.histories.push(Vec::new());
        self.statuses.push(Vec::new());
        self.aims.push(Vec::new());
        self.benchmarks.push(None);
    }
}

impl Gathered {
    pub fn card(&self) -> (Scorecard<'_>, Behind) {
        let framework = &*self.framework;
        let valuer = Valuer::new(framework, &self.data);
        let nation = framework.areas().nation_of(&self.area).map(|nation| nation.code.clone());
        let mut lines = Vec::new();
        let mut behind = Behind::default();
        for indicator in framework.indicators() {
            let mut periods = history_to(&valuer, indicator, None);
            periods.retain(|period| self.period.is_none_or(|asked| period.end() <= asked.end()));
            let history = History::new(&valuer, indicator, &self.area, &periods);
            let place = latest(history.values()).filter(|_| valuer.is_observed(indicator, &self.area));
            // Nothing was ever observed, and a person has given it a status: that is shown, beside none.
            let given = self.given(indicator).filter(|_| place.is_none());
            let (history, place) = match given {
                Some(manual) => (History::new(&valuer, indicator, &self.area, &[manual.period]), Some(0)),
                None => (history, place),
            };
            let Some(place) = place else {
                if shown_without_data(framework, indicator) {
                    lines.push(Line { indicator, evaluation: None, timing: None });
                    behind.nothing();
                }
                continue;
            };
            let evaluation = evaluate(framework, &history, place, &self.view);
            let period = evaluation.value.period;
            let national = nation.as_ref().map(|nation| valuer.values(indicator, nation, &[period]));
            behind.benchmarks.push(national.and_then(|values| values.first()?.value.ok()));
            behind.statuses.push(
                (0..=place)
                    .map(|at| (history.values()[at].period, status(framework, &history, at, &self.view)))
                    .collect(),
            );
            let aim =
                |at| target_in_force(framework, &history, at, &self.view)?.threshold.map(Threshold::aim);
            behind.aims.push((0..=place).map(aim).collect());
            behind.histories.push(history.values()[..=place].to_vec());
            let timing = self.aged.filter(|_| given.is_none()).map(|day| timing(indicator, period, day));
            lines.push(Line { indicator, evaluation: Some(evaluation), timing });
        }
        let reporting = self.reporting();
        (Scorecard::new(framework, self.area.clone(), lines, reporting), behind)
    }

    fn reporting(&self) -> Reporting {
        match self.period {
            Some(period) => Reporting::Period(period),
            None => Reporting::Latest(self.given_by),
        }
    }

    /// The status that a person gave to an indicator for what is reported on.
    fn given(&self, indicator: &Indicator) -> Option<&ManualStatus> {
        let subject = Subject::Indicator(indicator.id.clone());
        match self.reporting() {
            Reporting::Period(period) => self.framework.manual_status(&subject, &self.area, period),
            Reporting::Latest(on) => self.framework.latest_manual_status(&subject, &self.area, on),
        }
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
        let nation = areas.nation_of(&self.area);
        let benchmark =
            nation.map(|nation| Benchmark { name: nation.name.clone(), values: behind.benchmarks.clone() });
        Context {
            framework: &self.framework,
            area_name: name(&self.area),
            as_at,
            releases: self.releases.clone(),
            generated: query.dated,
            histories: &behind.histories,
            aims: &behind.aims,
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

/// A rule of rolling up, in words.
fn rule_text(rule: RollUp) -> String {
    let cuts = |name: &str, cuts: Cuts| {
        format!("{name} (green from {}%, amber from {}%)", cuts.green(), cuts.amber())
    };
    match rule {
        RollUp::WorstOf => "worst of".to_owned(),
        RollUp::Majority => "majority".to_owned(),
        RollUp::ShareGreen(of) => cuts("share green", of),
        RollUp::WeightedMean(of) => cuts("weighted mean", of),
    }
}

fn roll_table(card: &Scorecard<'_>) -> Table {
    struct Row<'c> {
        kind: &'static str,
        id: &'c str,
        title: &'c str,
        rolled: &'c Rolled<'c>,
        lines: Vec<usize>,
    }
    let outcomes = card.outcomes.iter().map(|roll| Row {
        kind: "outcome",
        id: roll.outcome.id.as_str(),
        title: &roll.outcome.title,
        rolled: &roll.rolled,
        lines: roll.primary.clone(),
    });
    let priorities = card.priorities.iter().map(|roll| Row {
        kind: "priority",
        id: roll.priority.id.as_str(),
        title: &roll.priority.title,
        rolled: &roll.rolled,
        lines: roll.lines.clone(),
    });
    let perspectives = card.perspectives.iter().map(|roll| Row {
        kind: "perspective",
        id: roll.perspective,
        title: roll.perspective,
        rolled: &roll.rolled,
        lines: roll.lines.clone(),
    });
    let overall = Row {
        kind: "overall",
        id: card.area.as_str(),
        title: "",
        rolled: &card.overall,
        lines: (0..card.lines.len()).collect(),
    };
    let rows: Vec<Row<'_>> = outcomes.chain(priorities).chain(perspectives).chain([overall]).collect();
    let text = |of: &dyn Fn(&Row<'_>) -> Option<String>| Column::Text(rows.iter().map(of).collect());
    let count = |of: &dyn Fn(&Counts) -> usize| {
        Column::Integer(rows.iter().map(|row| i64::try_from(of(&row.rolled.counts)).ok()).collect())
    };
    let ids = |row: &Row<'_>| {
        let ids: Vec<&str> = row.lines.iter().map(|&i| card.lines[i].indicator.id.as_str()).collect();
        (!ids.is_empty()).then(|| ids.join(", "))
    };
    Table::new(vec![
        ("kind", text(&|row| Some(row.kind.to_owned()))),
        ("id", text(&|row| Some(row.id.to_owned()))),
        ("title", text(&|row| (!row.title.is_empty()).then(|| row.title.to_owned()))),
        ("colour", text(&|row| Some(row.rolled.colour()?.to_string()))),
        ("computed", text(&|row| Some(row.rolled.computed?.to_string()))),
        ("rule", text(&|row| Some(rule_text(row.rolled.rule)))),
        ("score", Column::Number(rows.iter().map(|row| row.rolled.score).collect())),
        ("green", count(&|counts| counts.green)),
        ("amber", count(&|counts| counts.amber)),
        ("red", count(&|counts| counts.red)),
        ("not_assessed", count(&|counts| counts.not_assessed)),
        ("manual", text(&|row| Some(row.rolled.manual?.status.to_string()))),
        ("manual_by", text(&|row| Some(row.rolled.manual?.by.clone()))),
        ("manual_reason", text(&|row| Some(row.rolled.manual?.reason.clone()))),
        ("indicators", text(&ids)),
    ])
}

fn table(card: &Scorecard<'_>) -> Table {
    let text = |of: &dyn Fn(&Line<'_>) -> Option<String>| Column::Text(card.lines.iter().map(of).collect());
    let outcomes = |line: &Line<'_>| {
        let ids: Vec<_> = line.indicator.outcomes.iter().map(|link| link.outcome.as_str()).collect();
        (!ids.is_empty()).then(|| ids.join(", "))
    };
    let marks = |line: &Line<'_>| {
        let marks = line.evaluation.as_ref()?.value.marks.to_string();
        (!marks.is_empty()).then_some(marks)
    };
    let completeness = |line: &Line<'_>| Some(Completeness::of(&line.evaluation.as_ref()?.value).to_string());
    let manual = |line: &Line<'_>| line.evaluation.as_ref()?.manual.cloned();
    let whole = |of: &dyn Fn(&Line<'_>) -> Option<u32>| {
        Column::Integer(card.lines.iter().map(|line| of(line).map(i64::from)).collect())
    };
    let value = |line: &Line<'_>| line.evaluation.as_ref()?.value.value.ok();
    Table::new(vec![
        ("indicator", text(&|line| Some(line.indicator.id.to_string()))),
        ("title", text(&|line| Some(line.indicator.title.clone()))),
        ("outcomes", text(&outcomes)),
        ("supplements", text(&|line| Some(line.indicator.supplements.as_ref()?.to_string()))),
        ("perspective", text(&|line| line.indicator.perspective.clone())),
        ("area", text(&|_| Some(card.area.to_string()))),
        ("period", text(&|line| Some(line.evaluation.as_ref()?.value.period.to_string()))),
        ("age_months", whole(&|line| Some(line.timing?.age_months))),
        ("next_due", Column::Date(card.lines.iter().map(|line| line.timing?.due).collect())),
        ("freshness", text(&|line| Some(line.timing?.freshness.to_string()))),
        ("completeness", text(&completeness)),
        ("value", Column::Number(card.lines.iter().map(value).collect())),
        ("unit", text(&|line| Some(line.indicator.unit.clone()))),
        ("target", text(&|line| target_cell(line.evaluation.as_ref()?))),
        (
            "target_origin",
            text(&|line| Some(line.evaluation.as_ref()?.target.as_ref()?.target.origin?.to_string())),
        ),
        ("status", text(&|line| Some(line.status().to_string()))),
        ("reason", text(&|line| Some(line.status().reason()?.to_string()))),
        ("manual_status", text(&|line| Some(manual(line)?.status.to_string()))),
        ("manual_by", text(&|line| Some(manual(line)?.by))),
        ("short_trend", text(&|line| Some(line.evaluation.as_ref()?.short_trend.trend.to_string()))),
        ("long_trend", text(&|line| Some(line.evaluation.as_ref()?.long_trend.trend.to_string()))),
        ("trend_run", whole(&|line| Some(line.evaluation.as_ref()?.trend_run))),
        ("marks", text(&marks)),
        ("explanation", text(&|line| Some(line.evaluation.as_ref()?.explanation.clone()))),
    ])
}
