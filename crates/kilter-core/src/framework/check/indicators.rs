//! Indicators, checked against the measures and outcomes that they name.

use super::calculations::{Standards, calculation};
use super::{Entry, rules};
use crate::area::Areas;
use crate::framework::document::{CalculationEntry, IndicatorEntry, NoteEntry};
use crate::framework::{
    Calculation, ChartRule, ComparisonRule, Development, Indicator, IntervalOf, IntervalRule, LinkKind, Note,
    OutcomeLink, Place, Problem, TrendRule,
};
use crate::ident::{IndicatorId, LevelId, MeasureId, OutcomeId};
use crate::series::Measure;
use crate::target::Polarity;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The most decimals a value is printed with.
const MAX_DECIMALS: u32 = 10;

fn notes(entries: Option<Vec<NoteEntry>>) -> Vec<Note> {
    entries.unwrap_or_default().into_iter().map(|n| Note { text: n.text, source: n.source }).collect()
}

/// What an indicator may name, and the rules that hold where it says nothing.
pub(super) struct Links<'k> {
    pub areas: &'k Areas,
    pub outcomes: &'k BTreeSet<OutcomeId>,
    pub levels: &'k BTreeSet<LevelId>,
    pub standards: &'k Standards,
    pub rules: (TrendRule, ComparisonRule),
}

pub(super) fn indicators(
    entries: Vec<(String, Place, IndicatorEntry)>,
    measures: &BTreeMap<MeasureId, Measure>,
    known: &Links<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<Indicator> {
    let mut indicators: Vec<(usize, Indicator)> = Vec::new();
    let mut taken: HashMap<String, String> =
        entries.iter().map(|(key, _, _)| (key.clone(), key.clone())).collect();
    let keys: BTreeSet<String> = taken.keys().cloned().collect();
    // Those that group areas by the values of others come after these.
    let mut entries: Vec<_> = entries.into_iter().enumerate().collect();
    entries
        .sort_by_key(|(_, (_, _, entry))| matches!(entry.calculation, Some(CalculationEntry::Quantile(_))));
    for (order, (key, place, entry)) in entries {
        let mut at = Entry { place, path: format!("indicator {key}"), problems };
        for alias in entry.aliases.iter().flatten() {
            match taken.insert(alias.clone(), key.clone()) {
                Some(other) if other != key => {
                    at.refuse(format!("aliases: \"{alias}\" is a name of {other} too"))
                }
                _ => {}
            }
        }
        let id = at.id("id", &key, IndicatorId::new);
        let title = at.text("title", entry.title);
        let unit = at.text("unit", entry.unit);
        let frequency = at.kind("frequency", entry.frequency);
        let polarity =
            at.required("polarity", entry.polarity).and_then(|p| at.one_of("polarity", &p, &Polarity::NAMES));
        let development = match entry.status {
            None => Some(Development::default()),
            Some(status) => at.one_of("status", &status, &Development::NAMES),
        };
        let decimals = at.required("decimals", entry.decimals);
        if let Some(found) = decimals.filter(|d| *d > MAX_DECIMALS) {
            at.refuse(format!("decimals: {found} is more than {MAX_DECIMALS}"));
        }
        let calculation = at.required("calculation", entry.calculation);
        let calculation =
            calculation.and_then(|c| self::calculation(c, frequency, measures, known, &indicators, &mut at));
        let mut links = Vec::new();
        for link in entry.outcomes.unwrap_or_default() {
            if !known.outcomes.contains(link.id.as_str()) {
                at.refuse(format!("outcomes: there is no outcome {}", link.id));
            }
            if links.iter().any(|known: &OutcomeLink| known.outcome.as_str() == link.id) {
                at.refuse(format!("outcomes: {} stands twice", link.id));
            }
            let kind = match link.link {
                None => Some(LinkKind::default()),
                Some(kind) => at.one_of("outcomes", &kind, &LinkKind::NAMES),
            };
            let decided_on = at.date("decided_on", link.decided_on);
            let weight = link.weight.unwrap_or(1.0);
            if !(weight.is_finite() && weight > 0.0) {
                at.refuse(format!("outcomes: a weight of {weight}; expected a number above 0"));
            }
            if let (Some(outcome), Some(kind)) = (at.id("outcomes", &link.id, OutcomeId::new), kind) {
                links.push(OutcomeLink { outcome, kind, decided_by: link.decided_by, decided_on, weight });
            }
        }
        let level = entry.level.and_then(|level| at.level("level", &level, known.levels));
        let every = entry.every.unwrap_or(1);
        if !(1..=20).contains(&every) {
            at.refuse(format!("every: {every} periods between two measurements; expected 1 to 20"));
        }
        let available_after = entry.available_after.and_then(|lag| rules::lag(&mut at, lag));
        let supplements = entry.supplements.and_then(|other| {
            if !keys.contains(&other) || other == key {
                at.refuse(format!("supplements: there is no other indicator {other}"));
            }
            at.id("supplements", &other, IndicatorId::new)
        });
        let trend =
            entry.trend.map_or(Some(known.rules.0), |entry| rules::trend(&mut at, entry, known.rules.0));
        let interval = entry.interval.and_then(|name| at.one_of("interval", &name, &IntervalRule::NAMES));
        let interval_of = match entry.interval_of {
            None => Some(IntervalOf::default()),
            Some(name) => at.one_of("interval_of", &name, &IntervalOf::NAMES),
        };
        let comparison = entry.compare.map_or(Some(known.rules.1.clone()), |entry| {
            rules::comparison(&mut at, entry, &known.rules.1, known.areas)
        });
        let chart = entry
            .chart
            .map_or(Some(ChartRule::default()), |entry| rules::chart(&mut at, entry, frequency, known.areas));
        if let (Some(chart), Some(calculation)) = (&chart, &calculation) {
            rules::check_chart(&mut at, chart.kind, calculation);
        }
        if let (Some(method), Some(calculation)) = (interval, &calculation) {
            rules::check_interval(&mut at, method, calculation, frequency, measures);
        }
        let ratio = matches!(calculation, Some(Calculation::Rate(_) | Calculation::Percentage { .. }) | None);
        if interval_of == Some(IntervalOf::Mean) && !(ratio && interval.is_some()) {
            at.refuse("interval_of: mean is for a rate or a percentage that has an interval");
        }
        if let (
            Some(id),
            Some(title),
            Some(unit),
            Some(frequency),
            Some(polarity),
            Some(development),
            Some(decimals),
            Some(calculation),
            Some(trend),
            Some(interval_of),
            Some(comparison),
            Some(chart),
        ) = (
            id,
            title,
            unit,
            frequency,
            polarity,
            development,
            decimals,
            calculation,
            trend,
            interval_of,
            comparison,
            chart,
        ) {
            let indicator = Indicator {
                id,
                aliases: entry.aliases.unwrap_or_default(),
                title,
                definition: entry.definition,
                calculation,
                frequency,
                polarity,
                decimals,
                unit,
                development,
                set: entry.set,
                kind: entry.kind,
                basis: entry.basis,
                source: entry.source,
                owner: entry.owner,
                level,
                perspective: entry.perspective,
                outcomes: links,
                every,
                available_after,
                supplements,
                trend,
                interval,
                interval_of,
                comparison,
                chart,
                notes: notes(entry.notes),
            };
            indicators.push((order, indicator));
        }
    }
    indicators.sort_by_key(|(order, _)| *order);
    indicators.into_iter().map(|(_, indicator)| indicator).collect()
}

/// The id and the aliases of an indicator.
pub(super) fn names(indicator: &Indicator) -> impl Iterator<Item = String> + '_ {
    std::iter::once(indicator.id.to_string()).chain(indicator.aliases.iter().cloned())
}
