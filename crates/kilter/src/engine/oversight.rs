//! What boards and committees ask for as tables: the list of targets, exceptions of a level, gaps of the
//! strategy map, and the map itself.

use super::query::{View, history_to, target_text};
use super::{AsAt, Engine, EngineError, ScorecardQuery, Selection};
use crate::table::{Column, Table};
use kilter_core::evaluate::{Evaluation, History, TargetInForce, Valuer, apply, evaluate, latest};
use kilter_core::framework::{
    Framework, Indicator, Level, LinkKind, Outcome, OutcomeKind, OutcomeLink, Target,
};
use kilter_core::ident::{AreaCode, LevelId, OutcomeId};
use kilter_core::scorecard::{Exception, Gap, Line, exceptions, gaps};
use kilter_core::target::{Function, Goal};
use kilter_core::time::Date;
use std::collections::BTreeMap;

/// Which targets are asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetsQuery {
    /// The area for which they are shown with their values; none: that of the framework, if it has one.
    pub area: Option<String>,
    /// Only those of integration functions, or of the others.
    pub function: Option<Function>,
    /// As known when.
    pub as_at: AsAt,
    /// Who looks, and when.
    pub view: View,
}

impl Default for TargetsQuery {
    fn default() -> Self {
        Self { area: None, function: None, as_at: AsAt::Latest, view: View::default() }
    }
}

/// A target with the value of an area beside it.
struct TargetRow<'f> {
    target: &'f Target,
    indicator: &'f Indicator,
    area: Option<AreaCode>,
    shown: Option<Shown<'f>>,
    in_force: bool,
}

/// A target applied to the latest value of an area.
struct Shown<'f> {
    evaluation: Evaluation<'f>,
    applied: TargetInForce<'f>,
}

impl Engine {
    /// The list of targets: `indicator, title, area, level, from, to, kind, target, tolerance, origin, function,
    /// review, review_due, in_force, period, value, variance, status, source`. Value and status are those of
    /// the latest period of the area that the target is for, or of the area that is asked for, judged by this
    /// target whether it is the one in force or not.
    ///
    /// # Errors
    /// The area or level is not known; the store is damaged.
    pub fn targets(&self, query: &TargetsQuery) -> Result<Table, EngineError> {
        let selected = self.select(&Selection { as_at: query.as_at, ..Selection::default() })?;
        let framework = &*selected.framework;
        let asked = match &query.area {
            Some(text) => Some(self.area(framework, text)?),
            None => framework.area().cloned(),
        };
        let view = selected.viewpoint(&query.view)?;
        let valuer = Valuer::new(framework, &selected.data);
        let mut rows = Vec::new();
        for target in framework.targets() {
            let wanted = query.function.is_none_or(|function| target.function == Some(function));
            let here = match (&target.area, &asked) {
                (Some(of), Some(asked)) if query.area.is_some() => of == asked,
                _ => true,
            };
            let Some(indicator) = framework.indicator(target.indicator.as_str()).filter(|_| wanted && here)
            else {
                continue;
            };
            let area = target.area.clone().or_else(|| asked.clone());
            let history = area
                .as_ref()
                .map(|area| History::new(&valuer, indicator, area, &history_to(&valuer, indicator, None)));
            let place = history.as_ref().and_then(|history| latest(history.values()));
            let shown = history.as_ref().zip(place).map(|(history, place)| Shown {
                evaluation: evaluate(framework, history, place, &view),
                applied: apply(framework, target, history, place, view.level.as_ref()),
            });
            let in_force = shown.as_ref().is_some_and(|shown| {
                shown.evaluation.target.is_some_and(|in_force| std::ptr::eq(in_force.target, target))
            });
            rows.push(TargetRow { target, indicator, area, shown, in_force });
        }
        Ok(target_table(&rows, view.on))
    }

    /// The exceptions that a level is shown among the lines of a scorecard: `level, indicator, title, area,
    /// period, value, unit, target, variance, status, reason, rules, periods, since, short_trend, trend_run,
    /// next_due, owner, explanation`. The level is that of the query's view; the values are judged by its
    /// tolerance.
    ///
    /// # Errors
    /// No level is named, or it is not known; as [`Engine::scorecard`].
    pub fn exceptions(&self, query: &ScorecardQuery) -> Result<Table, EngineError> {
        let Some(id) = &query.view.level else {
            let what = "exceptions are those of a level; say which (--level)".to_owned();
            return Err(EngineError::Question { what });
        };
        let gathered = self.gather(query)?;
        let (card, behind) = gathered.card();
        let framework = &*gathered.framework;
        let found = match framework.level(id) {
            Some(level) if level.exceptions.is_empty() => {
                let what = format!("the level {id} states no rules by which it is shown exceptions");
                return Err(EngineError::Question { what });
            }
            Some(level) => exceptions(level, &card, &behind.statuses),
            None => Vec::new(),
        };
        Ok(exception_table(id, &card.lines, &card.area, &found))
    }

    /// What the strategy map asks for and nothing answers: `kind, id, title, indicators`.
    ///
    /// # Errors
    /// As [`Engine::scorecard`].
    pub fn coverage(&self, query: &ScorecardQuery) -> Result<Table, EngineError> {
        let gathered = self.gather(query)?;
        let (card, _) = gathered.card();
        let gaps = gaps(&gathered.framework, &card);
        let text = |of: &dyn Fn(&Gap) -> Option<String>| Column::Text(gaps.iter().map(of).collect());
        Ok(Table::new(vec![
            ("kind", text(&|gap| Some(gap.kind.to_string()))),
            ("id", text(&|gap| Some(gap.id.clone()))),
            ("title", text(&|gap| Some(gap.title.clone()))),
            ("indicators", text(&|gap| (!gap.indicators.is_empty()).then(|| gap.indicators.join(", ")))),
        ]))
    }

    /// The levels of reporting: `level, title, audience, accountable, frequency, tolerance, exceptions, indicators,
    /// escalates_to, source`. `indicators` is how many it looks at, `escalates_to` where its matters go next.
    ///
    /// # Errors
    /// There is no such release, or the store is damaged.
    pub fn levels(&self, as_at: AsAt) -> Result<Table, EngineError> {
        let framework = self.framework(as_at)?;
        let levels = framework.levels();
        let text = |of: &dyn Fn(&Level) -> Option<String>| Column::Text(levels.iter().map(of).collect());
        let joined = |texts: Vec<String>| (!texts.is_empty()).then(|| texts.join(", "));
        let looks_at = |level: &Level| {
            let n = framework.indicators().iter().filter(|indicator| level.looks_at(indicator)).count();
            i64::try_from(n).ok()
        };
        let goes_to = |level: &Level| {
            let from_here = framework.escalations().iter().filter(|escalation| escalation.from == level.id);
            let mut to: Vec<String> = from_here.map(|escalation| escalation.to.to_string()).collect();
            to.dedup();
            joined(to)
        };
        Ok(Table::new(vec![
            ("level", text(&|level| Some(level.id.to_string()))),
            ("title", text(&|level| Some(level.title.clone()))),
            ("audience", text(&|level| level.audience.clone())),
            ("accountable", text(&|level| level.accountable.clone())),
            ("frequency", text(&|level| Some(level.frequency?.to_string()))),
            ("tolerance", text(&|level| Some(level.tolerance?.to_string()))),
            ("exceptions", text(&|level| joined(level.exceptions.iter().map(ToString::to_string).collect()))),
            ("indicators", Column::Integer(levels.iter().map(looks_at).collect())),
            ("escalates_to", text(&goes_to)),
            ("source", text(&|level| level.source.clone())),
        ]))
    }

    /// The strategy map, a row for each link: `outcome, title, number, kind, serves, priorities, indicator,
    /// link, weight, decided_by, decided_on`. An outcome without indicators has a row of its own.
    ///
    /// # Errors
    /// There is no such release, or the store is damaged.
    pub fn strategy_map(&self, as_at: AsAt) -> Result<Table, EngineError> {
        let framework = self.framework(as_at)?;
        type Linked<'f> = (&'f Outcome, Option<(&'f Indicator, &'f OutcomeLink)>);
        let mut links: BTreeMap<&OutcomeId, Vec<(&Indicator, &OutcomeLink)>> = BTreeMap::new();
        for indicator in framework.indicators() {
            for link in &indicator.outcomes {
                links.entry(&link.outcome).or_default().push((indicator, link));
            }
        }
        let mut rows: Vec<Linked<'_>> = Vec::new();
        for outcome in framework.outcomes() {
            match links.get(&outcome.id) {
                Some(links) => rows.extend(links.iter().map(|link| (outcome, Some(*link)))),
                None => rows.push((outcome, None)),
            }
        }
        let text = |of: &dyn Fn(&Linked<'_>) -> Option<String>| Column::Text(rows.iter().map(of).collect());
        let joined = |texts: Vec<String>| (!texts.is_empty()).then(|| texts.join(", "));
        let priorities = |(outcome, _): &Linked<'_>| {
            let ticked = framework.priorities().iter().filter(|p| p.outcomes.contains(&outcome.id));
            joined(ticked.map(|p| p.id.to_string()).collect())
        };
        let kind = |(outcome, _): &Linked<'_>| {
            OutcomeKind::NAMES.iter().find(|(_, of)| *of == outcome.kind).map(|(name, _)| (*name).to_owned())
        };
        let link = |(_, link): &Linked<'_>| {
            let kind = link.as_ref()?.1.kind;
            LinkKind::NAMES.iter().find(|(_, of)| *of == kind).map(|(name, _)| (*name).to_owned())
        };
        Ok(Table::new(vec![
            ("outcome", text(&|(outcome, _)| Some(outcome.id.to_string()))),
            ("title", text(&|(outcome, _)| Some(outcome.title.clone()))),
            ("number", Column::Integer(rows.iter().map(|(o, _)| o.number.map(i64::from)).collect())),
            ("kind", text(&kind)),
            (
                "serves",
                text(&|(outcome, _)| joined(outcome.national.iter().map(ToString::to_string).collect())),
            ),
            ("priorities", text(&priorities)),
            ("indicator", text(&|(_, link)| Some(link.as_ref()?.0.id.to_string()))),
            ("link", text(&link)),
            ("weight", Column::Number(rows.iter().map(|(_, l)| Some(l.as_ref()?.1.weight)).collect())),
            ("decided_by", text(&|(_, link)| link.as_ref()?.1.decided_by.clone())),
            ("decided_on", Column::Date(rows.iter().map(|(_, link)| link.as_ref()?.1.decided_on).collect())),
        ]))
    }

    /// The area that is asked for, or that of the framework.
    pub(super) fn subject_area(
        &self,
        framework: &Framework,
        area: Option<&str>,
    ) -> Result<AreaCode, EngineError> {
        match area {
            Some(text) => self.area(framework, text),
            None => framework.area().cloned().ok_or_else(|| EngineError::Question {
                what: format!("the framework {} is of no one area; say which (--area)", framework.id()),
            }),
        }
    }
}

fn kind_of(goal: &Goal) -> &'static str {
    match goal {
        Goal::Fixed(_) => "fixed",
        Goal::PerPeriod(_) => "per period",
        Goal::Trajectory(_) => "trajectory",
        Goal::Change(_) => "change",
        Goal::Comparator(_) => "comparator",
    }
}

fn target_table(rows: &[TargetRow<'_>], on: Option<Date>) -> Table {
    let text = |of: &dyn Fn(&TargetRow<'_>) -> Option<String>| Column::Text(rows.iter().map(of).collect());
    let yes = |holds: bool| if holds { "yes" } else { "no" }.to_owned();
    let judged = |row: &TargetRow<'_>| {
        let shown = row.shown.as_ref()?;
        Some(shown.applied.threshold?.judge(shown.evaluation.compared?))
    };
    let aimed = |row: &TargetRow<'_>| match row.shown.as_ref().and_then(|shown| shown.applied.threshold) {
        Some(threshold) => Some(target_text(threshold.aim())),
        None => row.target.goal.stated().first().map(|aim| target_text(*aim)),
    };
    let tolerance = |row: &TargetRow<'_>| {
        let tolerance = row.shown.as_ref().map(|shown| shown.applied.tolerance).or(row.target.tolerance)?;
        (tolerance.amber() > 0.0).then(|| tolerance.to_string())
    };
    let review_due = |row: &TargetRow<'_>| Some(yes(row.target.review? <= on?));
    let value = |row: &TargetRow<'_>| row.shown.as_ref()?.evaluation.value.value.ok();
    Table::new(vec![
        ("indicator", text(&|row| Some(row.indicator.id.to_string()))),
        ("title", text(&|row| Some(row.indicator.title.clone()))),
        ("area", text(&|row| row.area.as_ref().map(ToString::to_string))),
        ("level", text(&|row| row.target.level.as_ref().map(LevelId::to_string))),
        ("from", text(&|row| Some(row.target.from.to_string()))),
        ("to", text(&|row| Some(row.target.to?.to_string()))),
        ("kind", text(&|row| Some(kind_of(&row.target.goal).to_owned()))),
        ("target", text(&aimed)),
        ("tolerance", text(&tolerance)),
        ("origin", text(&|row| Some(row.target.origin?.to_string()))),
        ("function", text(&|row| Some(row.target.function?.to_string()))),
        ("review", Column::Date(rows.iter().map(|row| row.target.review).collect())),
        ("review_due", text(&review_due)),
        ("in_force", text(&|row| Some(yes(row.in_force)))),
        ("period", text(&|row| Some(row.shown.as_ref()?.evaluation.value.period.to_string()))),
        ("value", Column::Number(rows.iter().map(value).collect())),
        ("variance", Column::Number(rows.iter().map(|row| Some(judged(row)?.variance)).collect())),
        ("status", text(&|row| Some(judged(row)?.colour.to_string()))),
        ("source", text(&|row| row.target.source.clone())),
    ])
}

fn exception_table(level: &str, lines: &[Line<'_>], area: &AreaCode, found: &[Exception]) -> Table {
    let text = |of: &dyn Fn(&Exception, &Line<'_>) -> Option<String>| {
        let cells = found.iter().map(|e| of(e, &lines[e.line]));
        Column::Text(cells.collect())
    };
    let number = |of: &dyn Fn(&Evaluation<'_>) -> Option<f64>| {
        Column::Number(found.iter().map(|e| of(lines[e.line].evaluation.as_ref()?)).collect())
    };
    let rules = |exception: &Exception, _: &Line<'_>| {
        let rules: Vec<String> = exception.rules.iter().map(ToString::to_string).collect();
        Some(rules.join(", "))
    };
    let evaluated = |of: &dyn Fn(&Evaluation<'_>) -> Option<String>, line: &Line<'_>| {
        line.evaluation.as_ref().and_then(of)
    };
    let runs = found.iter().map(|e| Some(i64::from(lines[e.line].evaluation.as_ref()?.trend_run)));
    Table::new(vec![
        ("level", text(&|_, _| Some(level.to_owned()))),
        ("indicator", text(&|_, line| Some(line.indicator.id.to_string()))),
        ("title", text(&|_, line| Some(line.indicator.title.clone()))),
        ("area", text(&|_, _| Some(area.to_string()))),
        ("period", text(&|_, line| evaluated(&|e| Some(e.value.period.to_string()), line))),
        ("value", number(&|e| e.value.value.ok())),
        ("unit", text(&|_, line| Some(line.indicator.unit.clone()))),
        ("target", text(&|_, line| evaluated(&super::query::target_cell, line))),
        ("variance", number(&|e| Some(e.judgement?.variance))),
        ("status", text(&|_, line| Some(line.status().to_string()))),
        ("reason", text(&|_, line| Some(line.status().reason()?.to_string()))),
        ("rules", text(&rules)),
        ("periods", Column::Integer(found.iter().map(|e| Some(i64::from(e.periods))).collect())),
        ("since", text(&|exception, _| Some(exception.since?.to_string()))),
        ("short_trend", text(&|_, line| evaluated(&|e| Some(e.short_trend.trend.to_string()), line))),
        ("trend_run", Column::Integer(runs.collect())),
        ("next_due", Column::Date(found.iter().map(|e| lines[e.line].timing?.due).collect())),
        ("owner", text(&|_, line| line.indicator.owner.clone())),
        ("explanation", text(&|_, line| evaluated(&|e| Some(e.explanation.clone()), line))),
    ])
}
