//! What if the targets or tolerances were others: the same history under both, side by side; and what is
//! needed from now on to meet a target at the end of a year.

use super::query::{View, history_to, target_cell, target_text, unknown, wanted};
use super::{AsAt, Engine, EngineError, Selection, dataset};
use crate::definitions::DefinitionsError;
use crate::table::{Column, Table};
use kilter_core::evaluate::{
    Evaluation, History, NoAim, Valuer, Viewpoint, evaluate, latest, target_in_force,
};
use kilter_core::framework::{Framework, Indicator, Text};
use kilter_core::scorecard::{Needed, Replay, needed, replay};
use kilter_core::series::Dataset;
use kilter_core::target::{Aim, Goal, Threshold, Tolerance};
use kilter_core::time::{Period, PeriodKind};

/// Which rules are tried.
#[derive(Debug, Clone, PartialEq)]
pub struct WhatIfQuery {
    /// The id of the indicator.
    pub indicator: String,
    /// The code or name of the area; none: that of the framework.
    pub area: Option<String>,
    /// What is aimed at in every period; none: as in the framework.
    pub aim: Option<Aim>,
    /// The tolerance; none: as in the framework.
    pub tolerance: Option<Tolerance>,
    /// The texts of another framework with those it extends, as
    /// [`framework_texts`](crate::definitions::framework_texts) reads them; none: that of the store.
    pub framework: Option<Vec<Text>>,
    /// After how many red periods running it would be raised, and after how many others cleared.
    pub escalation: (u32, u32),
    /// As known when.
    pub as_at: AsAt,
    /// Who looks, and when.
    pub view: View,
}

impl WhatIfQuery {
    /// The rules in force for an indicator, of which some are to be changed.
    #[must_use]
    pub fn of(indicator: &str) -> Self {
        Self {
            indicator: indicator.to_owned(),
            area: None,
            aim: None,
            tolerance: None,
            framework: None,
            escalation: (1, 1),
            as_at: AsAt::Latest,
            view: View::default(),
        }
    }
}

/// For which period it is asked what is needed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NeededQuery {
    /// Indicators, areas, as known when.
    pub selection: Selection,
    /// The period at whose end the target is to be met; none: the one of each indicator's own kind that has
    /// begun in its data and has not ended.
    pub period: Option<String>,
    /// Who looks, and when.
    pub view: View,
}

/// What two sets of rules say of a history.
pub struct WhatIf {
    /// A row for each set of rules: `rules, target, tolerance, periods, assessed, green, amber, red,
    /// not_assessed, first_red, longest_red, raised, first_raised, period, value, status, reason`.
    pub summary: Table,
    /// A row for each period: `period, value, target, status, reason, what_if_target, what_if_status,
    /// what_if_reason, changed`.
    pub periods: Table,
}

/// One set of rules over a history.
struct Tried<'f> {
    name: &'static str,
    framework: &'f Framework,
    history: History<'f>,
    replay: Replay,
    latest: Option<Evaluation<'f>>,
}

impl Engine {
    /// The history of an indicator in an area under the rules in force and under others: how often red, how
    /// many escalations, since when.
    ///
    /// # Errors
    /// The indicator, area or level is not known; goal, tolerance and polarity do not go together; the other
    /// framework is not sound, or does not have the indicator; a damaged store.
    pub fn what_if(&self, query: &WhatIfQuery) -> Result<WhatIf, EngineError> {
        let selection =
            Selection { indicators: vec![query.indicator.clone()], areas: Vec::new(), as_at: query.as_at };
        let selected = self.select(&selection)?;
        let (framework, data) = (&*selected.framework, &selected.data);
        let area = self.subject_area(framework, query.area.as_deref())?;
        let indicator =
            framework.indicator(&query.indicator).ok_or_else(|| unknown(framework, &query.indicator))?;
        let other = match &query.framework {
            None => framework.clone(),
            Some(texts) => Framework::from_texts(texts).map_err(DefinitionsError::from)?,
        };
        let same_there = other.indicator(indicator.id.as_str()).ok_or_else(|| EngineError::Question {
            what: format!("the framework {} has no indicator {}", other.id(), indicator.id),
        })?;
        let (data_there, periods) = {
            let valuer = Valuer::new(framework, data);
            let periods = history_to(&valuer, indicator, None);
            let needed: Vec<_> = same_there.calculation.measures().into_iter().cloned().collect();
            (dataset(&selected.snapshot, framework, &needed)?, periods)
        };
        // In force from the first period on, whatever the dates of the targets that it takes the place of.
        let first =
            periods.first().copied().unwrap_or_else(|| indicator.frequency.containing(super::today()));
        let goal = query.aim.map(|aim| (Goal::Fixed(aim), first));
        let view = selected.viewpoint(&query.view)?;
        // Another target keeps the tolerance of the one in force, unless another tolerance is tried too.
        let in_force = {
            let valuer = Valuer::new(framework, data);
            let history = History::new(&valuer, indicator, &area, &periods);
            let place = latest(history.values());
            place.and_then(|place| target_in_force(framework, &history, place, &view)).map(|t| t.tolerance)
        };
        let tolerance = query.tolerance.or(in_force.filter(|_| goal.is_some()));
        let tried = other
            .judging(same_there, goal, tolerance)
            .map_err(|error| EngineError::Question { what: error.to_string() })?;
        let try_on = |name, framework, data| -> Result<Tried<'_>, EngineError> {
            try_rules(name, framework, data, indicator.id.as_str(), &area, &periods, &view, query.escalation)
        };
        let rows = [try_on("in force", framework, data)?, try_on("what if", &tried, &data_there)?];
        Ok(WhatIf { summary: summary(&rows), periods: by_period(&rows, &view) })
    }

    /// What is needed in the rest of a period to meet the target at its end: `indicator, area, period, target,
    /// known, remaining, rest_from, rest_to, so_far, needed, per, projected, projected_status, absent`.
    /// `absent` says why it cannot be said.
    ///
    /// # Errors
    /// An indicator, area or level that is not known; a period that is ambiguous; a damaged store.
    pub fn needed(&self, query: &NeededQuery) -> Result<Table, EngineError> {
        let selected = self.select(&query.selection)?;
        let framework = &*selected.framework;
        let areas = match selected.areas.as_slice() {
            [] => vec![self.subject_area(framework, None)?],
            areas => areas.to_vec(),
        };
        let view = selected.viewpoint(&query.view)?;
        let valuer = Valuer::new(framework, &selected.data);
        let mut rows = Vec::new();
        for indicator in selected.indicators() {
            let asked = wanted(query.period.as_deref(), indicator.frequency)?;
            let Some(year) = asked.or_else(|| period_begun(&valuer, indicator)) else { continue };
            for area in &areas {
                let history =
                    History::new(&valuer, indicator, area, &history_to(&valuer, indicator, Some(year)));
                let Some(place) = history.values().len().checked_sub(1) else { continue };
                let target = target_in_force(framework, &history, place, &view);
                let threshold = target.and_then(|target| target.threshold);
                let other_length = target.is_some_and(|target| target.aim == Err(NoAim::OtherLength));
                let answer = match threshold.map(Threshold::aim) {
                    Some(Aim::Value(aim)) => needed(framework, &valuer, indicator, area, year, aim),
                    Some(Aim::Range { .. }) => Err("the target is a range".to_owned()),
                    None if other_length => Err("the target is for periods of another length".to_owned()),
                    None => Err("no target is in force".to_owned()),
                };
                // Of everything in the framework only what can be answered; of what was named, why not.
                if answer.is_ok() || !query.selection.indicators.is_empty() {
                    rows.push(NeededRow {
                        indicator: indicator.id.to_string(),
                        unit: indicator.unit.clone(),
                        area: area.to_string(),
                        year,
                        threshold,
                        answer,
                    });
                }
            }
        }
        Ok(needed_table(&rows))
    }
}

struct NeededRow {
    indicator: String,
    unit: String,
    area: String,
    year: Period,
    threshold: Option<Threshold>,
    answer: Result<Needed, String>,
}

/// The period of an indicator's own kind that has begun in its data and has not ended.
fn period_begun(valuer: &Valuer<'_>, indicator: &Indicator) -> Option<Period> {
    let last = valuer.periods(indicator, PeriodKind::Month).last().copied()?;
    let begun = indicator.frequency.containing(last.end());
    (last.end() < begun.end()).then_some(begun)
}

#[allow(clippy::too_many_arguments, reason = "the two sets of rules differ in the first three")]
fn try_rules<'f>(
    name: &'static str,
    framework: &'f Framework,
    data: &'f Dataset,
    id: &str,
    area: &kilter_core::ident::AreaCode,
    periods: &[Period],
    view: &Viewpoint,
    escalation: (u32, u32),
) -> Result<Tried<'f>, EngineError> {
    let valuer = Valuer::new(framework, data);
    let indicator = framework.indicator(id).ok_or_else(|| unknown(framework, id))?;
    let history = History::new(&valuer, indicator, area, periods);
    // Only what is known is counted: a figure that is still to come has no status to compare.
    let known = latest(history.values()).map_or(0, |place| place + 1);
    let history = History::new(&valuer, indicator, area, &periods[..known]);
    let replay = replay(framework, &history, view, escalation);
    let latest = known.checked_sub(1).map(|place| evaluate(framework, &history, place, view));
    Ok(Tried { name, framework, history, replay, latest })
}

fn summary(rows: &[Tried<'_>]) -> Table {
    let text = |of: &dyn Fn(&Tried<'_>) -> Option<String>| Column::Text(rows.iter().map(of).collect());
    let whole = |of: &dyn Fn(&Replay) -> usize| {
        Column::Integer(rows.iter().map(|row| i64::try_from(of(&row.replay)).ok()).collect())
    };
    let tolerance = |row: &Tried<'_>| {
        let tolerance = row.latest.as_ref()?.target?.tolerance;
        (tolerance != Tolerance::NONE).then(|| tolerance.to_string())
    };
    let assessed = |replay: &Replay| replay.counts.green + replay.counts.amber + replay.counts.red;
    let value = |row: &Tried<'_>| row.latest.as_ref()?.value.value.ok();
    Table::new(vec![
        ("rules", text(&|row| Some(row.name.to_owned()))),
        ("target", text(&|row| target_cell(row.latest.as_ref()?))),
        ("tolerance", text(&tolerance)),
        ("periods", whole(&|replay| replay.statuses.len())),
        ("assessed", whole(&assessed)),
        ("green", whole(&|replay| replay.counts.green)),
        ("amber", whole(&|replay| replay.counts.amber)),
        ("red", whole(&|replay| replay.counts.red)),
        ("not_assessed", whole(&|replay| replay.counts.not_assessed)),
        ("first_red", text(&|row| Some(row.replay.first_red?.to_string()))),
        ("longest_red", whole(&|replay| replay.longest_red as usize)),
        ("raised", whole(&|replay| replay.raised as usize)),
        ("first_raised", text(&|row| Some(row.replay.first_raised?.to_string()))),
        ("period", text(&|row| Some(row.latest.as_ref()?.value.period.to_string()))),
        ("value", Column::Number(rows.iter().map(value).collect())),
        ("status", text(&|row| Some(row.latest.as_ref()?.status.to_string()))),
        ("reason", text(&|row| Some(row.latest.as_ref()?.status.reason()?.to_string()))),
    ])
}

fn by_period(rows: &[Tried<'_>; 2], view: &Viewpoint) -> Table {
    let [now, other] = rows;
    let places: Vec<usize> = (0..now.replay.statuses.len()).collect();
    let text =
        |of: &dyn Fn(usize) -> Option<String>| Column::Text(places.iter().map(|place| of(*place)).collect());
    let target = |of: &Tried<'_>, place: usize| {
        let target = (place < of.history.values().len())
            .then(|| target_in_force(of.framework, &of.history, place, view))??;
        Some(target_text(target.threshold?.aim()))
    };
    let status = |of: &Tried<'_>, place: usize| Some(of.replay.statuses.get(place)?.1);
    let value = |place: &usize| now.history.values()[*place].value.ok();
    let changed = |place: usize| {
        let changed = status(now, place) != status(other, place);
        Some(if changed { "yes" } else { "no" }.to_owned())
    };
    Table::new(vec![
        ("period", text(&|place| Some(now.replay.statuses[place].0.to_string()))),
        ("value", Column::Number(places.iter().map(value).collect())),
        ("target", text(&|place| target(now, place))),
        ("status", text(&|place| Some(status(now, place)?.to_string()))),
        ("reason", text(&|place| Some(status(now, place)?.reason()?.to_string()))),
        ("what_if_target", text(&|place| target(other, place))),
        ("what_if_status", text(&|place| Some(status(other, place)?.to_string()))),
        ("what_if_reason", text(&|place| Some(status(other, place)?.reason()?.to_string()))),
        ("changed", text(&changed)),
    ])
}

fn needed_table(rows: &[NeededRow]) -> Table {
    let text = |of: &dyn Fn(&NeededRow) -> Option<String>| Column::Text(rows.iter().map(of).collect());
    let number = |of: &dyn Fn(&Needed) -> f64| {
        Column::Number(rows.iter().map(|row| Some(of(row.answer.as_ref().ok()?))).collect())
    };
    let whole = |of: &dyn Fn(&Needed) -> u32| {
        Column::Integer(rows.iter().map(|row| Some(i64::from(of(row.answer.as_ref().ok()?)))).collect())
    };
    let answer = |row: &NeededRow| row.answer.as_ref().ok().copied();
    let per = |row: &NeededRow| {
        let needed = answer(row)?;
        let part = needed.rest.0.kind();
        Some(if needed.is_count { format!("numerator per {part}") } else { row.unit.clone() })
    };
    let projected = |row: &NeededRow| Some(row.threshold?.judge(answer(row)?.projected).colour.to_string());
    Table::new(vec![
        ("indicator", text(&|row| Some(row.indicator.clone()))),
        ("area", text(&|row| Some(row.area.clone()))),
        ("period", text(&|row| Some(row.year.to_string()))),
        ("target", text(&|row| Some(target_text(row.threshold?.aim())))),
        ("known", whole(&|needed| needed.known)),
        ("remaining", whole(&|needed| needed.remaining)),
        ("rest_from", text(&|row| Some(answer(row)?.rest.0.to_string()))),
        ("rest_to", text(&|row| Some(answer(row)?.rest.1.to_string()))),
        ("so_far", number(&|needed| needed.so_far)),
        ("needed", number(&|needed| needed.needed)),
        ("per", text(&per)),
        ("projected", number(&|needed| needed.projected)),
        ("projected_status", text(&projected)),
        ("absent", text(&|row| row.answer.as_ref().err().cloned())),
    ])
}
