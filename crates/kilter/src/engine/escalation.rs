//! Escalations played back over the history of an area, by the rules of each day.

use super::query::history_to;
use super::{AsAt, Engine, EngineError, dataset};
use crate::table::{Column, Table};
use kilter_core::evaluate::{History, Valuer, Viewpoint, due, latest, status};
use kilter_core::framework::{Decision, Escalation, Framework, Indicator, Matter, Trigger};
use kilter_core::ident::{AreaCode, LevelId};
use kilter_core::scorecard::{EscalationStep, Report, replay_escalation};
use kilter_core::series::Dataset;
use kilter_core::target::Status;
use kilter_core::time::{Date, Period};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Which escalations are asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct EscalationsQuery {
    /// The area; none: that of the framework.
    pub area: Option<String>,
    /// The id of a rule; none: all.
    pub escalation: Option<String>,
    /// As known when.
    pub as_at: AsAt,
    /// Whether each report is judged by the figures of its day, and not by those of `as_at`, which is then the
    /// latest or a date. The rules are always those of its day.
    pub figures_of_the_day: bool,
    /// Whether steps at which nothing happened are listed too.
    pub every_step: bool,
}

impl Default for EscalationsQuery {
    fn default() -> Self {
        Self {
            area: None,
            escalation: None,
            as_at: AsAt::Latest,
            figures_of_the_day: false,
            every_step: false,
        }
    }
}

/// A step of one escalation in one area.
struct StepRow<'f> {
    escalation: &'f Escalation,
    about: Matter,
    step: EscalationStep<'f>,
}

/// The framework and the figures of a day.
struct OfTheDay {
    framework: Arc<Framework>,
    data: Arc<Dataset>,
}

impl Engine {
    /// Escalations played back over the history of an area: `escalation, title, indicator, priority, area, on,
    /// period, status, event, state, held_for, quiet_for, from, to, reported_to, decided_by, reason, action,
    /// owner`. Each period is reported on the day its figures are due (its last day where nobody says), and
    /// judged by the rules of that day.
    ///
    /// # Errors
    /// The area or the rule is not known; the figures of the day as at a release; the store is damaged.
    pub fn escalations(&self, query: &EscalationsQuery) -> Result<Table, EngineError> {
        if query.figures_of_the_day && matches!(query.as_at, AsAt::Release(_)) {
            let what = "the figures of a day are read by dates; give a date as at which they are known";
            return Err(EngineError::Question { what: what.to_owned() });
        }
        let snapshot = self.store.snapshot(query.as_at)?;
        let framework = self.framework_of(&snapshot)?;
        let area = self.subject_area(&framework, query.area.as_deref())?;
        let wanted = wanted(&framework, query.escalation.as_deref())?;
        let mut days = Days { engine: self, query, framework: &framework, known: HashMap::new(), last: None };
        let mut rows = Vec::new();
        for escalation in wanted {
            let mut about: BTreeMap<Matter, Vec<&Decision>> = BTreeMap::new();
            let level = framework.level(escalation.from.as_str());
            let looked_at =
                |i: &&Indicator| escalation.choice.holds(i) && level.is_some_and(|level| level.looks_at(i));
            if escalation.when != Trigger::Declared {
                for indicator in framework.indicators().iter().filter(looked_at) {
                    about.entry(Matter::Indicator(indicator.id.clone())).or_default();
                }
            }
            for decision in framework.decisions() {
                if decision.escalation == escalation.id && decision.area == area {
                    about.entry(decision.about.clone()).or_default().push(decision);
                }
            }
            for (about, decisions) in about {
                let reports = match &about {
                    Matter::Indicator(id) => days.reports(escalation, id.as_str(), &area)?,
                    Matter::Priority(_) => Vec::new(),
                };
                let steps = replay_escalation(&reports, &decisions);
                let shown = steps.into_iter().filter(|step| query.every_step || step.event.is_some());
                rows.extend(shown.map(|step| StepRow { escalation, about: about.clone(), step }));
            }
        }
        Ok(step_table(&rows, &area))
    }
}

/// The rules of escalation that are asked for.
fn wanted<'f>(framework: &'f Framework, id: Option<&str>) -> Result<Vec<&'f Escalation>, EngineError> {
    let all = framework.escalations();
    let Some(id) = id else { return Ok(all.iter().collect()) };
    match all.iter().find(|escalation| escalation.id.as_str() == id) {
        Some(escalation) => Ok(vec![escalation]),
        None => {
            let known: Vec<&str> = all.iter().map(|escalation| escalation.id.as_str()).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let what = format!("there is no escalation \"{id}\" in the framework; it has {known}");
            Err(EngineError::Question { what })
        }
    }
}

/// The rules and figures of the days of reports, each loaded once.
struct Days<'e> {
    engine: &'e Engine,
    query: &'e EscalationsQuery,
    /// The framework of the question.
    framework: &'e Framework,
    /// By version of the definitions, and by the releases known where the figures are those of the day.
    known: HashMap<(u32, Vec<u32>), Arc<OfTheDay>>,
    last: Option<(Date, Arc<OfTheDay>)>,
}

impl Days<'_> {
    fn of(&mut self, day: Date) -> Result<Arc<OfTheDay>, EngineError> {
        if let Some((_, of)) = self.last.as_ref().filter(|(known, _)| *known == day) {
            return Ok(Arc::clone(of));
        }
        let store = &self.engine.store;
        let asked = store.snapshot(self.query.as_at)?;
        // What was not known yet as at the question is not known on any day either.
        let day_known = match self.query.as_at {
            AsAt::Date(latest) => day.min(latest),
            _ => day,
        };
        let then = store.snapshot(AsAt::Date(day_known))?;
        // Nor are rules that were taken in force later, whatever day they were dated back to.
        let definitions = if then.definitions().version() <= asked.definitions().version() {
            then.definitions()
        } else {
            asked.definitions()
        };
        let figures = if self.query.figures_of_the_day { &then } else { &asked };
        let releases = match self.query.figures_of_the_day {
            true => then.releases().iter().map(|release| release.number()).collect(),
            false => Vec::new(),
        };
        let key = (definitions.version(), releases);
        if !self.known.contains_key(&key) {
            let snapshot = if definitions.version() == then.definitions().version() { &then } else { &asked };
            let framework = self.engine.framework_of(snapshot)?;
            let measures: Vec<_> = framework.measures().map(|measure| measure.id.clone()).collect();
            let data = Arc::new(dataset(figures, &framework, &measures)?);
            self.known.insert(key.clone(), Arc::new(OfTheDay { framework, data }));
        }
        let of = Arc::clone(&self.known[&key]);
        self.last = Some((day, Arc::clone(&of)));
        Ok(of)
    }

    /// What was reported of an indicator, period by period, by the rules of each day.
    fn reports(
        &mut self,
        escalation: &Escalation,
        id: &str,
        area: &AreaCode,
    ) -> Result<Vec<Report>, EngineError> {
        let Some(indicator) = self.framework.indicator(id) else { return Ok(Vec::new()) };
        let now = {
            let snapshot = self.engine.store.snapshot(self.query.as_at)?;
            let measures: Vec<_> = indicator.calculation.measures().into_iter().cloned().collect();
            dataset(&snapshot, self.framework, &measures)?
        };
        let valuer = Valuer::new(self.framework, &now);
        let periods = history_to(&valuer, indicator, None);
        let values = valuer.values(indicator, area, &periods);
        let Some(last) = latest(&values).filter(|_| valuer.is_observed(indicator, area)) else {
            return Ok(Vec::new());
        };
        let mut reports: Vec<Report> = Vec::new();
        // Days that share rules and figures share a history.
        let mut history: Option<(Arc<OfTheDay>, Vec<Judged>)> = None;
        let asked_on = match self.query.as_at {
            AsAt::Date(day) => Some(day),
            _ => None,
        };
        for (place, period) in periods[..=last].iter().enumerate() {
            let on = due(indicator, *period).unwrap_or_else(|| period.end());
            // What is known before it is due is not reported before it is due.
            if asked_on.is_some_and(|day| on > day) {
                continue;
            }
            let of = self.of(on)?;
            let same = history.as_ref().is_some_and(|(known, _)| Arc::ptr_eq(known, &of));
            if !same {
                let judged = judged_by(&of, escalation, id, area, &periods[..=last], on);
                history = Some((of, judged));
            }
            let Some((_, judged)) = &history else { continue };
            if let Some((status, Some(rule))) = judged.get(place) {
                reports.push(Report {
                    period: *period,
                    on,
                    status: *status,
                    when: rule.when,
                    raise_after: rule.raise_after,
                    clear_after: rule.clear_after,
                });
            }
        }
        Ok(reports)
    }
}

/// What a rule of escalation said on a day.
#[derive(Clone, Copy)]
struct RuleOfTheDay {
    when: Trigger,
    raise_after: u32,
    clear_after: u32,
}

/// A status, and the rule of escalation of the day, where that day had one for the indicator.
type Judged = (Status, Option<RuleOfTheDay>);

/// The status of each period by the rules and figures of a day, with the rule of escalation, where that day
/// had one for the indicator.
fn judged_by(
    of: &OfTheDay,
    escalation: &Escalation,
    id: &str,
    area: &AreaCode,
    periods: &[Period],
    on: Date,
) -> Vec<Judged> {
    let framework = &*of.framework;
    let rule = framework.escalation(&escalation.id);
    let (Some(indicator), Some(rule)) = (framework.indicator(id), rule) else { return Vec::new() };
    let level = framework.level(rule.from.as_str());
    let concerned = rule.choice.holds(indicator) && level.is_some_and(|level| level.looks_at(indicator));
    let valuer = Valuer::new(framework, &of.data);
    let history = History::new(&valuer, indicator, area, periods);
    let view = Viewpoint { level: Some(rule.from.clone()), on: Some(on) };
    let Escalation { when, raise_after, clear_after, .. } = *rule;
    let rule = concerned.then_some(RuleOfTheDay { when, raise_after, clear_after });
    (0..periods.len()).map(|place| (status(framework, &history, place, &view), rule)).collect()
}

fn step_table(rows: &[StepRow<'_>], area: &AreaCode) -> Table {
    let text = |of: &dyn Fn(&StepRow<'_>) -> Option<String>| Column::Text(rows.iter().map(of).collect());
    let whole = |of: &dyn Fn(&EscalationStep<'_>) -> u32| {
        Column::Integer(rows.iter().map(|row| Some(i64::from(of(&row.step)))).collect())
    };
    let indicator = |row: &StepRow<'_>| match &row.about {
        Matter::Indicator(id) => Some(id.to_string()),
        Matter::Priority(_) => None,
    };
    let priority = |row: &StepRow<'_>| match &row.about {
        Matter::Priority(id) => Some(id.to_string()),
        Matter::Indicator(_) => None,
    };
    let status = |row: &StepRow<'_>| {
        let status = row.step.report?.status;
        Some(match status.reason() {
            Some(reason) => format!("{status}: {reason}"),
            None => status.to_string(),
        })
    };
    let told = |row: &StepRow<'_>| {
        let told: Vec<&str> = row.escalation.reported_to.iter().map(LevelId::as_str).collect();
        (!told.is_empty()).then(|| told.join(", "))
    };
    Table::new(vec![
        ("escalation", text(&|row| Some(row.escalation.id.to_string()))),
        ("title", text(&|row| Some(row.escalation.title.clone()))),
        ("indicator", text(&indicator)),
        ("priority", text(&priority)),
        ("area", text(&|_| Some(area.to_string()))),
        ("on", Column::Date(rows.iter().map(|row| Some(row.step.on)).collect())),
        ("period", text(&|row| Some(row.step.report?.period.to_string()))),
        ("status", text(&status)),
        ("event", text(&|row| Some(row.step.event?.to_string()))),
        ("state", text(&|row| Some(row.step.state.to_string()))),
        ("held_for", whole(&|step| step.held_for)),
        ("quiet_for", whole(&|step| step.quiet_for)),
        ("from", text(&|row| Some(row.escalation.from.to_string()))),
        ("to", text(&|row| Some(row.escalation.to.to_string()))),
        ("reported_to", text(&told)),
        ("decided_by", text(&|row| Some(row.step.decision?.by.clone()))),
        ("reason", text(&|row| row.step.decision?.reason.clone())),
        ("action", text(&|row| row.step.decision?.action.clone())),
        ("owner", text(&|row| row.step.decision?.owner.clone())),
    ])
}
