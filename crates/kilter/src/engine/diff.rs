//! What was revised between two releases, and whose status changes.

use super::query::{Selection, histories, history_to};
use super::{AsAt, Engine, EngineError, dataset};
use crate::table::{Column, Table};
use kilter_core::evaluate::{Viewpoint, status};
use kilter_core::framework::Framework;
use kilter_core::ident::{AreaCode, IndicatorId};
use kilter_core::method::is_over_withheld;
use kilter_core::series::{Breakdown, Observation, Reading, Series, SeriesKey};
use kilter_core::target::{Status, same};
use kilter_core::time::Period;
use std::collections::{BTreeMap, BTreeSet};
use std::slice;
use std::sync::Arc;

/// One figure that is not the same at both points.
struct Revision {
    key: SeriesKey,
    period: Period,
    old: Option<Observation>,
    new: Option<Observation>,
}

impl Engine {
    /// The figures that differ between two points, in the order of measure, breakdown, area and period:
    /// `kind` ("figure"), `measure, breakdown, area, period, change` ("revised", "new", "gone"), `old, new,
    /// difference, flag` (what moved by more than the percentage that the framework checks); then one row for each indicator, area and period whose status differs: `kind`
    /// ("status"), `indicator, area, period, old_status, new_status`, of which one is empty where there was
    /// nothing to judge.
    ///
    /// # Errors
    /// There is no such release, or the store is damaged.
    pub fn diff(&self, from: AsAt, to: AsAt) -> Result<Table, EngineError> {
        let (before, after) = (self.store.snapshot(from)?, self.store.snapshot(to)?);
        let framework = self.framework_of(&after)?;
        let mut measures: BTreeSet<_> = before.measures()?.into_iter().collect();
        measures.extend(after.measures()?);
        let mut revisions = Vec::new();
        for measure in measures {
            let of = slice::from_ref(&measure);
            let (old, new) = (dataset(&before, &framework, of)?, dataset(&after, &framework, of)?);
            let (old, new) = (old.measure(measure.as_str()), new.measure(measure.as_str()));
            let places: BTreeSet<(&Breakdown, &AreaCode)> =
                old.into_iter().chain(new).flat_map(|of| of.iter().map(|(by, area, _)| (by, area))).collect();
            for (breakdown, area) in places {
                let (a, b) = (
                    old.and_then(|of| of.get(breakdown, area.as_str())),
                    new.and_then(|of| of.get(breakdown, area.as_str())),
                );
                if a == b {
                    continue;
                }
                let Some(kind) = a.or(b).map(Series::kind) else { continue };
                let key =
                    SeriesKey { measure: measure.clone(), breakdown: breakdown.clone(), area: area.clone() };
                let ordinals: BTreeSet<i32> =
                    a.into_iter().chain(b).flat_map(|s| s.ordinals().iter().copied()).collect();
                for ordinal in ordinals {
                    let (old, new) = (a.and_then(|s| s.get(ordinal)), b.and_then(|s| s.get(ordinal)));
                    // A total that stands there only because a part is withheld at one of the two points.
                    if [(old, new), (new, old)]
                        .iter()
                        .any(|(a, b)| a.is_none() && b.is_some_and(is_over_withheld))
                    {
                        continue;
                    }
                    if old.map(Observation::reading) != new.map(Observation::reading)
                        && let Ok(period) = Period::new(kind, ordinal)
                    {
                        revisions.push(Revision { key: key.clone(), period, old, new });
                    }
                }
            }
        }
        let statuses = self.status_changes(&framework, (from, to), &revisions)?;
        Ok(table(&revisions, &statuses, framework.revision_check()))
    }

    /// The statuses that differ between two points, for the indicators made of what was revised.
    fn status_changes(
        &self,
        framework: &Arc<Framework>,
        (from, to): (AsAt, AsAt),
        revisions: &[Revision],
    ) -> Result<Vec<StatusChange>, EngineError> {
        let revised: BTreeSet<&str> =
            revisions.iter().map(|revision| revision.key.measure.as_str()).collect();
        let touched = |i: &&kilter_core::framework::Indicator| {
            i.calculation.measures().iter().any(|measure| revised.contains(measure.as_str()))
        };
        let ids: Vec<String> =
            framework.indicators().iter().filter(touched).map(|i| i.id.to_string()).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let old = self.statuses(framework, from, &ids)?;
        let new = self.statuses(framework, to, &ids)?;
        let keys: BTreeSet<&StatusKey> = old.keys().chain(new.keys()).collect();
        let both = keys.into_iter().map(|key| (key.clone(), old.get(key).copied(), new.get(key).copied()));
        // What comes or goes without a colour is nothing to look at.
        let matters = |old: &Option<Status>, new: &Option<Status>| match (old, new) {
            (Some(old), Some(new)) => old != new,
            (one, other) => one.or(*other).is_some_and(|status| status.colour().is_some()),
        };
        Ok(both.filter(|(_, old, new)| matters(old, new)).collect())
    }

    /// The status of every period by one set of rules, so that only the figures differ.
    fn statuses(
        &self,
        framework: &Arc<Framework>,
        as_at: AsAt,
        ids: &[String],
    ) -> Result<BTreeMap<StatusKey, Status>, EngineError> {
        let snapshot = self.store.snapshot(as_at)?;
        let selection = Selection { indicators: ids.to_vec(), areas: Vec::new(), as_at };
        let selected = self.select_by(snapshot, Arc::clone(framework), &selection)?;
        let statuses = selected.each(|valuer, indicator| {
            let periods = history_to(valuer, indicator, None);
            let mut statuses = Vec::new();
            for history in histories(valuer, indicator, &[], &periods) {
                for (place, value) in history.values().iter().enumerate() {
                    let key = (indicator.id.clone(), history.area().clone(), value.period);
                    statuses.push((key, status(framework, &history, place, &Viewpoint::default())));
                }
            }
            Ok(statuses)
        })?;
        Ok(statuses.into_iter().collect())
    }
}

type StatusKey = (IndicatorId, AreaCode, Period);
/// A status at the first point and at the second; `None` where there is no figure to judge.
type StatusChange = (StatusKey, Option<Status>, Option<Status>);

fn shown(observation: Option<Observation>) -> Option<f64> {
    match observation?.reading() {
        Reading::Number(value) => Some(value),
        Reading::Pair { numerator, denominator } => (denominator != 0.0).then(|| numerator / denominator),
        Reading::Absent(_) => None,
    }
}

fn absence(observation: Option<Observation>) -> Option<String> {
    match observation {
        None => None,
        Some(observation) => match observation.reading() {
            Reading::Absent(absence) => Some(absence.to_string()),
            _ => None,
        },
    }
}

fn worded(status: Status) -> String {
    match status.reason() {
        Some(reason) => format!("{status}: {reason}"),
        None => status.to_string(),
    }
}

/// What is to be looked at again in a revision: that it is more than so many percent of what it was.
fn flag(revision: &Revision, percent: Option<f64>) -> Option<String> {
    let (percent, old, new) = (percent?, shown(revision.old)?, shown(revision.new)?);
    if old == 0.0 {
        return (new != 0.0).then(|| "was 0".to_owned());
    }
    let moved = 100.0 * (new - old).abs() / old.abs();
    (moved > percent && !same(moved, percent)).then(|| format!("over {percent}%"))
}

fn table(revisions: &[Revision], statuses: &[StatusChange], revision_check: Option<f64>) -> Table {
    let text = |figure: &dyn Fn(&Revision) -> Option<String>,
                status: &dyn Fn(&StatusChange) -> Option<String>| {
        let cells = revisions.iter().map(figure).chain(statuses.iter().map(status));
        Column::Text(cells.collect())
    };
    let change = |revision: &Revision| match (revision.old, revision.new) {
        (None, _) => "new",
        (_, None) => "gone",
        _ => "revised",
    };
    let number = |of: &dyn Fn(&Revision) -> Option<f64>| {
        Column::Number(revisions.iter().map(of).chain(statuses.iter().map(|_| None)).collect())
    };
    Table::new(vec![
        ("kind", text(&|_| Some("figure".into()), &|_| Some("status".into()))),
        ("measure", text(&|r| Some(r.key.measure.to_string()), &|_| None)),
        ("indicator", text(&|_| None, &|((indicator, _, _), _, _)| Some(indicator.to_string()))),
        (
            "breakdown",
            text(&|r| (!r.key.breakdown.is_total()).then(|| r.key.breakdown.to_string()), &|_| None),
        ),
        ("area", text(&|r| Some(r.key.area.to_string()), &|((_, area, _), _, _)| Some(area.to_string()))),
        ("period", text(&|r| Some(r.period.to_string()), &|((_, _, period), _, _)| Some(period.to_string()))),
        ("change", text(&|r| Some(change(r).into()), &|_| Some("status".into()))),
        ("old", number(&|r| shown(r.old))),
        ("new", number(&|r| shown(r.new))),
        ("difference", number(&|r| Some(shown(r.new)? - shown(r.old)?))),
        ("flag", text(&|r| flag(r, revision_check), &|_| None)),
        ("old_absent", text(&|r| absence(r.old), &|_| None)),
        ("new_absent", text(&|r| absence(r.new), &|_| None)),
        ("old_status", text(&|_| None, &|(_, old, _)| old.map(worded))),
        ("new_status", text(&|_| None, &|(_, _, new)| new.map(worded))),
    ])
}
