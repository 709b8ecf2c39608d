//! Indicators and their calculations, checked against the measures and outcomes that they name.

use super::{Entry, rules};
use crate::area::Areas;
use crate::framework::calculation::{
    Calculation, Expression, PopulationYear, Rate, Standardised, StandardisedRatio,
};
use crate::framework::document::{
    CalculationEntry, IndicatorEntry, NoteEntry, StandardEntry, StandardisedEntry, StandardisedRatioEntry,
};
use crate::framework::{
    ChartRule, ComparisonRule, Development, Indicator, IntervalRule, LinkKind, Note, OutcomeLink, Place,
    Problem, TrendRule,
};
use crate::ident::{Category, DimensionId, IndicatorId, LevelId, MeasureId, OutcomeId, StandardId};
use crate::series::{Measure, OverTime};
use crate::target::Polarity;
use crate::time::PeriodKind;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The most decimals a value is printed with.
const MAX_DECIMALS: u32 = 10;

fn notes(entries: Option<Vec<NoteEntry>>) -> Vec<Note> {
    entries.unwrap_or_default().into_iter().map(|n| Note { text: n.text, source: n.source }).collect()
}

/// Standard populations: the bands of each with their weights.
pub(super) type Standards = BTreeMap<StandardId, Vec<(Category, f64)>>;

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
    let mut indicators: Vec<Indicator> = Vec::new();
    let mut taken: HashMap<String, String> =
        entries.iter().map(|(key, _, _)| (key.clone(), key.clone())).collect();
    let keys: BTreeSet<String> = taken.keys().cloned().collect();
    for (key, place, entry) in entries {
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
        let calculation = calculation.and_then(|c| self::calculation(c, frequency, measures, known, &mut at));
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
        let comparison = entry.compare.map_or(Some(known.rules.1.clone()), |entry| {
            rules::comparison(&mut at, entry, &known.rules.1, known.areas)
        });
        let chart =
            entry.chart.map_or(Some(ChartRule::default()), |entry| rules::chart(&mut at, entry, frequency));
        if let (Some(method), Some(calculation)) = (interval, &calculation) {
            rules::check_interval(&mut at, method, calculation);
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
            comparison,
            chart,
        ) {
            indicators.push(Indicator {
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
                comparison,
                chart,
                notes: notes(entry.notes),
            });
        }
    }
    indicators
}

/// The id and the aliases of an indicator.
pub(super) fn names(indicator: &Indicator) -> impl Iterator<Item = String> + '_ {
    std::iter::once(indicator.id.to_string()).chain(indicator.aliases.iter().cloned())
}

fn calculation(
    entry: CalculationEntry,
    frequency: Option<PeriodKind>,
    measures: &BTreeMap<MeasureId, Measure>,
    known: &Links<'_>,
    at: &mut Entry<'_>,
) -> Option<Calculation> {
    let calculation = match entry {
        CalculationEntry::Count(text) => Calculation::Count(at.expression(&text, measures)?),
        CalculationEntry::Mean(text) => Calculation::Mean(at.expression(&text, measures)?),
        CalculationEntry::Published(text) => {
            let expression = at.expression(&text, measures)?;
            match expression.terms() {
                [term] if term.factor == 1.0 && term.slice.is_total() => {
                    Calculation::Published(term.measure.clone())
                }
                _ => {
                    at.refuse(format!("calculation: a published value is one measure, not \"{text}\""));
                    return None;
                }
            }
        }
        CalculationEntry::Rate(entry) => {
            if !(entry.per.is_finite() && entry.per > 0.0) {
                at.refuse(format!(
                    "calculation: per {} is not a multiplier; expected a number above 0",
                    entry.per
                ));
            }
            let (year, carry) = (entry.population_year, entry.carry_forward);
            let parts = (entry.numerator, entry.denominator);
            Calculation::Rate(rate(parts, entry.per, year, carry, measures, at)?)
        }
        CalculationEntry::Percentage(entry) => {
            let (year, carry) = (entry.population_year, entry.carry_forward);
            let parts = (entry.numerator, entry.denominator);
            let parts = rate(parts, 100.0, year, carry, measures, at)?;
            Calculation::Percentage { parts, complement: entry.complement }
        }
        CalculationEntry::Standardised(entry) => {
            Calculation::Standardised(Box::new(standardised(entry, measures, known.standards, at)?))
        }
        CalculationEntry::StandardisedRatio(entry) => {
            Calculation::StandardisedRatio(Box::new(standardised_ratio(entry, measures, known.areas, at)?))
        }
    };
    for id in calculation.measures() {
        if let (Some(measure), Some(frequency)) = (measures.get(id), frequency)
            && !reaches(measure, frequency, &calculation)
        {
            at.refuse(format!(
                "frequency: {} is observed by {} and does not add to {frequency}",
                measure.id, measure.frequency
            ));
        }
    }
    Some(calculation)
}

/// The standard populations that are sound.
pub(super) fn standards(
    entries: Vec<(String, Place, StandardEntry)>,
    problems: &mut Vec<Problem>,
) -> Standards {
    let mut standards = Standards::new();
    for (key, place, entry) in entries {
        let mut at = Entry { place, path: format!("standard {key}"), problems };
        let id = at.id("id", &key, StandardId::new);
        let title = at.text("title", entry.title);
        let mut weights = Vec::new();
        for (band, weight) in at.required("weights", entry.weights).unwrap_or_default() {
            if !(weight.is_finite() && weight >= 0.0) {
                at.refuse(format!("weights: {band} weighs {weight}; expected a number of 0 or more"));
            }
            weights.extend(at.id("weights", &band, Category::new).map(|band| (band, weight)));
        }
        if weights.iter().all(|(_, weight)| *weight == 0.0) {
            at.refuse("weights: no band weighs anything");
        }
        if let (Some(id), Some(_)) = (id, title) {
            standards.insert(id, weights);
        }
    }
    standards
}

/// The parts of a standardised rate: both must be known for every band of the standard that it is of.
fn standardised(
    entry: StandardisedEntry,
    measures: &BTreeMap<MeasureId, Measure>,
    standards: &Standards,
    at: &mut Entry<'_>,
) -> Option<Standardised> {
    if !(entry.per.is_finite() && entry.per > 0.0) {
        at.refuse(format!("calculation: per {} is not a multiplier; expected a number above 0", entry.per));
    }
    let by = at.id("calculation", &entry.by, DimensionId::new);
    let parts = (entry.numerator, Some(entry.denominator));
    let parts = rate(parts, entry.per, entry.population_year, entry.carry_forward, measures, at);
    let Some((standard, weights)) = standards.get_key_value(entry.standard.as_str()) else {
        at.refuse(format!(
            "calculation: there is no standard {}; standards are [[standard]] entries",
            entry.standard
        ));
        return None;
    };
    let weights = match entry.bands {
        None => weights.clone(),
        Some(bands) => {
            let mut kept = Vec::new();
            for band in named_bands(bands, at) {
                match weights.iter().find(|(known, _)| *known == band) {
                    Some(known) => kept.push(known.clone()),
                    None => at.refuse(format!("calculation: {band} is no band of the standard {standard}")),
                }
            }
            kept
        }
    };
    if weights.iter().all(|(_, weight)| *weight == 0.0) {
        at.refuse("calculation: no band of the rate weighs anything");
    }
    let (by, parts) = (by?, parts?);
    check_bands(&parts, &by, weights.iter().map(|(band, _)| band), measures, at);
    Some(Standardised { parts, by, standard: standard.clone(), weights, give_few: entry.give_few })
}

/// The parts of a standardised ratio. The bands are named, or are all that the numerator is broken down by.
fn standardised_ratio(
    entry: StandardisedRatioEntry,
    measures: &BTreeMap<MeasureId, Measure>,
    areas: &Areas,
    at: &mut Entry<'_>,
) -> Option<StandardisedRatio> {
    let of = entry.of.unwrap_or(100.0);
    if !(of.is_finite() && of > 0.0) {
        at.refuse(format!("calculation: of {of} is no ratio; expected 100, 1 or another number above 0"));
    }
    let by = at.id("calculation", &entry.by, DimensionId::new);
    let reference = at.area("calculation", &entry.reference, areas);
    let parts = (entry.numerator, Some(entry.denominator));
    let parts = rate(parts, of, entry.population_year, entry.carry_forward, measures, at);
    let named = entry.bands.map(|bands| named_bands(bands, at));
    let (by, parts) = (by?, parts?);
    let bands = named.unwrap_or_else(|| {
        let first = parts.numerator.measures().next().and_then(|id| measures.get(id));
        first
            .and_then(|measure| measure.dimension(by.as_str()))
            .map(|of| of.categories.clone())
            .unwrap_or_default()
    });
    if bands.is_empty() {
        at.refuse(format!("calculation: no band of {by} is known; name them in bands"));
    }
    check_bands(&parts, &by, bands.iter(), measures, at);
    Some(StandardisedRatio { parts, by, bands, reference: reference? })
}

/// The bands that a calculation names, each once.
fn named_bands(texts: Vec<String>, at: &mut Entry<'_>) -> Vec<Category> {
    let mut named: Vec<Category> = Vec::new();
    for text in texts {
        match at.id("calculation", &text, Category::new) {
            Some(band) if named.contains(&band) => {
                at.refuse(format!("calculation: the band {band} is named twice"));
            }
            band => named.extend(band),
        }
    }
    named
}

/// Refuses measures that are not broken down by the bands.
fn check_bands<'b>(
    parts: &Rate,
    by: &DimensionId,
    bands: impl Iterator<Item = &'b Category> + Clone,
    measures: &BTreeMap<MeasureId, Measure>,
    at: &mut Entry<'_>,
) {
    for id in parts.numerator.measures().chain(parts.denominator.iter().flat_map(Expression::measures)) {
        let Some(measure) = measures.get(id) else { continue };
        match measure.dimension(by.as_str()) {
            None => at.refuse(format!("calculation: {id} is not broken down by {by}")),
            Some(dimension) if !dimension.is_open() => {
                if let Some(band) = bands.clone().find(|band| !dimension.categories.contains(band)) {
                    at.refuse(format!("calculation: {id} has no category {band} of {by}"));
                }
            }
            Some(_) => {}
        }
    }
}

/// Whether a value of that frequency can be made of the measure.
fn reaches(measure: &Measure, frequency: PeriodKind, calculation: &Calculation) -> bool {
    let population = calculation.parts().is_some_and(|parts| {
        parts.population_year.is_some()
            && parts.denominator.iter().flat_map(Expression::measures).any(|id| *id == measure.id)
    });
    if population || measure.frequency == frequency {
        return true;
    }
    let length = |kind: PeriodKind| kind.length_in_months();
    let published = matches!(calculation, Calculation::Published(_));
    measure.over_time != OverTime::None
        && !published
        && matches!((length(measure.frequency), length(frequency)), (Some(short), Some(long)) if long % short == 0)
}

fn rate(
    (numerator, denominator): (String, Option<String>),
    per: f64,
    population_year: Option<String>,
    carry_forward: u32,
    measures: &BTreeMap<MeasureId, Measure>,
    at: &mut Entry<'_>,
) -> Option<Rate> {
    let numerator = at.expression(&numerator, measures);
    let denominator = match denominator {
        Some(text) => Some(at.expression(&text, measures)?),
        None => None,
    };
    let population_year = match population_year {
        Some(rule) => Some(at.one_of("population_year", &rule, &PopulationYear::NAMES)?),
        None => None,
    };
    for id in denominator.iter().flat_map(Expression::measures) {
        match (measures.get(id), population_year) {
            (Some(m), Some(_)) if m.frequency != PeriodKind::CalendarYear => {
                at.refuse(format!(
                    "calculation: population_year needs a population by calendar-year; {id} is by {}",
                    m.frequency
                ));
            }
            _ => {}
        }
    }
    if population_year.is_none() && carry_forward > 0 {
        at.refuse("calculation: carry_forward is for a population; say population_year too");
    }
    Some(Rate { numerator: numerator?, denominator, per, population_year, carry_forward })
}
