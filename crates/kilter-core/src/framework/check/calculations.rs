//! Calculations, checked against the measures, standards and areas that they name.

use super::Entry;
use super::groups;
use super::indicators::Links;
use crate::area::Areas;
use crate::framework::calculation::{
    Calculation, Expression, Indirect, LifeTable, PopulationYear, Rate, Repeated, Standardised,
};
use crate::framework::document::{
    CalculationEntry, IndirectRateEntry, InequalityEntry, LifeExpectancyEntry, StandardEntry,
    StandardisedEntry, StandardisedRatioEntry,
};
use crate::framework::{Indicator, Inequality, InequalityMeasure, Place, Problem};
use crate::ident::{Category, DimensionId, MeasureId, StandardId};
use crate::series::{AgeGroup, Measure, OverTime};
use crate::time::PeriodKind;
use std::collections::BTreeMap;

/// Standard populations: the bands of each with their weights.
pub(super) type Standards = BTreeMap<StandardId, Vec<(Category, f64)>>;

/// A calculation that is sound for values of that frequency.
pub(super) fn calculation(
    entry: CalculationEntry,
    frequency: Option<PeriodKind>,
    measures: &BTreeMap<MeasureId, Measure>,
    known: &Links<'_>,
    others: &[(usize, Indicator)],
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
            check_per(entry.per, at);
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
            let of = entry.of.unwrap_or(100.0);
            if !(of.is_finite() && of > 0.0) {
                at.refuse(format!(
                    "calculation: of {of} is no ratio; expected 100, 1 or another number above 0"
                ));
            }
            let StandardisedRatioEntry { population_year, carry_forward, .. } = entry;
            let parts = (entry.numerator, Some(entry.denominator));
            let parts = rate(parts, of, population_year, carry_forward, measures, at);
            let (by, bands) = (entry.by, entry.bands);
            let found = indirect(parts, &by, bands, &entry.reference, measures, known.areas, at)?;
            Calculation::StandardisedRatio(Box::new(found))
        }
        CalculationEntry::IndirectRate(entry) => {
            check_per(entry.per, at);
            let IndirectRateEntry { population_year, carry_forward, .. } = entry;
            let parts = (entry.numerator, Some(entry.denominator));
            let parts = rate(parts, entry.per, population_year, carry_forward, measures, at);
            let (by, bands) = (entry.by, entry.bands);
            let found = indirect(parts, &by, bands, &entry.reference, measures, known.areas, at)?;
            Calculation::IndirectRate(Box::new(found))
        }
        CalculationEntry::Inequality(entry) => {
            Calculation::Inequality(Box::new(inequality(entry, measures, at)?))
        }
        CalculationEntry::SlopeIndex(entry) => {
            Calculation::SlopeIndex(Box::new(groups::slope_index(entry, measures, at)?))
        }
        CalculationEntry::Scotpho(entry) => {
            Calculation::ScotPho(Box::new(groups::scotpho(entry, frequency, measures, known.standards, at)?))
        }
        CalculationEntry::Quantile(entry) => {
            Calculation::Quantile(Box::new(groups::quantile(entry, others, known.areas, at)?))
        }
        CalculationEntry::LifeExpectancy(entry) => {
            Calculation::LifeExpectancy(Box::new(life_table(entry, measures, at)?))
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
    check_per(entry.per, at);
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
    let repeated = entry.events_each.map(|by| repeated(&by, &parts.numerator, measures, at));
    let below = parts.denominator.iter().flat_map(Expression::measures);
    let ids = parts.numerator.measures().chain(below);
    check_bands(ids, &by, weights.iter().map(|(band, _)| band), measures, at);
    let repeated = match repeated {
        None => None,
        Some(found) => Some(found?),
    };
    if repeated.as_ref().is_some_and(|repeated| repeated.by == by) {
        at.refuse(format!("calculation: {by} cannot tell both bands and numbers of events"));
    }
    let standard = standard.clone();
    Some(Standardised { parts, by, standard, weights, give_few: entry.give_few, repeated })
}

/// The parts of an indirectly standardised ratio or rate.
fn indirect(
    parts: Option<Rate>,
    by: &str,
    named: Option<Vec<String>>,
    reference: &str,
    measures: &BTreeMap<MeasureId, Measure>,
    areas: &Areas,
    at: &mut Entry<'_>,
) -> Option<Indirect> {
    let reference = at.area("calculation", reference, areas);
    let (parts, by, bands) = banded(parts, by, named, measures, at)?;
    Some(Indirect { parts, by, bands, reference: reference? })
}

/// The parts of an inequality: five or ten groups.
fn inequality(
    entry: InequalityEntry,
    measures: &BTreeMap<MeasureId, Measure>,
    at: &mut Entry<'_>,
) -> Option<Inequality> {
    check_per(entry.per, at);
    let measure = at.one_of("calculation", &entry.measure, &InequalityMeasure::NAMES);
    let parts = (entry.numerator, Some(entry.denominator));
    let parts = rate(parts, entry.per, entry.population_year, entry.carry_forward, measures, at);
    let (parts, by, bands) = banded(parts, &entry.by, entry.bands, measures, at)?;
    if !matches!(bands.len(), 5 | 10) {
        at.refuse(format!(
            "calculation: {} groups of {by}; expected 5 or 10, the most deprived first",
            bands.len()
        ));
    }
    Some(Inequality { parts, by, bands, measure: measure? })
}

/// The parts of a life table: ages from birth to an open end, none left out and none twice.
fn life_table(
    entry: LifeExpectancyEntry,
    measures: &BTreeMap<MeasureId, Measure>,
    at: &mut Entry<'_>,
) -> Option<LifeTable> {
    let parts = (entry.deaths, Some(entry.population));
    let parts = rate(parts, 1.0, entry.population_year, entry.carry_forward, measures, at);
    let (parts, by, named) = banded(parts, &entry.by, entry.bands, measures, at)?;
    let mut bands: Vec<(Category, AgeGroup)> = Vec::new();
    for band in named {
        match band.as_str().parse() {
            Ok(ages) => bands.push((band, ages)),
            Err(error) => at.refuse(format!("calculation: {error}")),
        }
    }
    bands.sort_by_key(|(_, ages)| ages.from);
    let mut next = Some(0);
    for (band, ages) in &bands {
        if next != Some(ages.from) {
            let expected = next.map_or("nothing after an open end".to_owned(), |age| format!("age {age}"));
            at.refuse(format!("calculation: the ages {band} do not follow; expected {expected}"));
        }
        next = ages.to.map(|to| to + 1);
    }
    if let Some(age) = next {
        at.refuse(format!("calculation: no ages from {age} on; the last are open, such as 90+"));
    }
    if !bands.iter().any(|(_, ages)| ages.from == entry.at) {
        at.refuse(format!("calculation: at {}: no band of {by} begins at that age", entry.at));
    }
    Some(LifeTable { parts, by, bands, at: entry.at })
}

/// Parts that are broken down by a dimension. The bands are named, or are all that the numerator is broken
/// down by.
pub(super) fn banded(
    parts: Option<Rate>,
    by: &str,
    named: Option<Vec<String>>,
    measures: &BTreeMap<MeasureId, Measure>,
    at: &mut Entry<'_>,
) -> Option<(Rate, DimensionId, Vec<Category>)> {
    let by = at.id("calculation", by, DimensionId::new);
    let named = named.map(|bands| named_bands(bands, at));
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
    let below = parts.denominator.iter().flat_map(Expression::measures);
    check_bands(parts.numerator.measures().chain(below), &by, bands.iter(), measures, at);
    Some((parts, by, bands))
}

pub(super) fn check_per(per: f64, at: &mut Entry<'_>) {
    if !(per.is_finite() && per > 0.0) {
        at.refuse(format!("calculation: per {per} is not a multiplier; expected a number above 0"));
    }
}

/// How often people had an event: the categories of a dimension of what is counted, which are numbers.
fn repeated(
    by: &str,
    numerator: &Expression,
    measures: &BTreeMap<MeasureId, Measure>,
    at: &mut Entry<'_>,
) -> Option<Repeated> {
    let by = at.id("calculation", by, DimensionId::new)?;
    let first = numerator.measures().next().and_then(|id| measures.get(id));
    let categories = first
        .and_then(|measure| measure.dimension(by.as_str()))
        .map(|of| of.categories.clone())
        .unwrap_or_default();
    check_bands(numerator.measures(), &by, categories.iter(), measures, at);
    let mut times = Vec::new();
    for category in categories {
        match category.as_str().parse::<f64>() {
            Ok(number) if number.is_finite() && number > 0.0 => times.push((category, number)),
            _ => at.refuse(format!(
                "calculation: {category} of {by} is no number of events; expected a number above 0"
            )),
        }
    }
    if times.is_empty() {
        at.refuse(format!("calculation: the categories of {by} are not known; its measure lists them"));
        return None;
    }
    Some(Repeated { by, times })
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
pub(super) fn check_bands<'b>(
    ids: impl Iterator<Item = &'b MeasureId>,
    by: &DimensionId,
    bands: impl Iterator<Item = &'b Category> + Clone,
    measures: &BTreeMap<MeasureId, Measure>,
    at: &mut Entry<'_>,
) {
    for id in ids {
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
    let parts = match calculation {
        Calculation::SlopeIndex(of) => Some(&of.parts),
        _ => calculation.parts(),
    };
    let population = parts.is_some_and(|parts| {
        parts.population_year.is_some()
            && parts.denominator.iter().flat_map(Expression::measures).any(|id| *id == measure.id)
    });
    if population || measure.frequency == frequency {
        return true;
    }
    let length = |kind: PeriodKind| kind.length_in_months();
    let published = matches!(calculation, Calculation::Published(_));
    // The means of years that a ScotPHO figure is made of ask for no sum over them.
    if let (Calculation::ScotPho(_), Some(months)) = (calculation, length(measure.frequency)) {
        return months == 12 || (measure.over_time != OverTime::None && 12 % months == 0);
    }
    measure.over_time != OverTime::None
        && !published
        && matches!((length(measure.frequency), length(frequency)), (Some(short), Some(long)) if long % short == 0)
}

pub(super) fn rate(
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
