//! Standardised rates and ratios of indicators: the bands of numerator and population joined by category, never
//! by position, for every period.

use super::values::plus;
use super::{Population, Value, Valuer};
use crate::framework::{Expression, Rate, Standardised, StandardisedRatio};
use crate::ident::{AreaCode, Category, DimensionId, IndicatorId};
use crate::method::interval::Confidence;
use crate::method::standardised::{
    Band, DirectSettings, FewEvents, MissingFigures, Reference, Standard, direct,
};
use crate::method::{Cell, Missing};
use crate::series::Marks;
use crate::time::Period;
use std::rc::Rc;

/// The figures of one band, period by period.
struct BandFigures {
    events: Vec<Cell>,
    people: Vec<(Cell, Option<Population>)>,
}

impl Valuer<'_> {
    /// The values of a directly standardised rate. A band without a figure leaves the period without a value,
    /// for the reason that the band gives.
    pub(super) fn standardised(&self, of: &Standardised, area: &AreaCode, periods: &[Period]) -> Vec<Value> {
        let weights = of.weights.iter().map(|(band, weight)| (band.as_str(), *weight));
        let standard = Standard::new(weights).ok();
        let named = of.weights.iter().map(|(band, _)| band);
        let bands = self.bands(&of.parts, &of.by, named, area, periods);
        periods
            .iter()
            .enumerate()
            .map(|(place, &period)| value(of, standard.as_ref(), &bands, place, period))
            .collect()
    }

    /// The values of an indirectly standardised ratio: the numerator is what was counted, the denominator what
    /// was expected. A band without a figure, here or in the reference, leaves the period without a value.
    pub(super) fn standardised_ratio(
        &self,
        indicator: &IndicatorId,
        of: &StandardisedRatio,
        area: &AreaCode,
        periods: &[Period],
    ) -> Vec<Value> {
        let here = self.bands(&of.parts, &of.by, of.bands.iter(), area, periods);
        let there = self.reference_rates(indicator, of, periods);
        let places = periods.iter().enumerate();
        places.map(|(place, &period)| ratio(of, &here, &there[place], place, period)).collect()
    }

    /// The rates of the reference in each period, worked out once for all areas.
    fn reference_rates(
        &self,
        indicator: &IndicatorId,
        of: &StandardisedRatio,
        periods: &[Period],
    ) -> Vec<Rc<ReferenceRates>> {
        let key = |period: &Period| (indicator.clone(), *period);
        let mut known = self.references.borrow_mut();
        let new: Vec<Period> =
            periods.iter().filter(|period| !known.contains_key(&key(period))).copied().collect();
        if !new.is_empty() {
            let bands = self.bands(&of.parts, &of.by, of.bands.iter(), &of.reference, &new);
            for (place, period) in new.iter().enumerate() {
                known.insert(key(period), Rc::new(ReferenceRates::of(&of.bands, &bands, place)));
            }
        }
        periods.iter().filter_map(|period| known.get(&key(period)).map(Rc::clone)).collect()
    }

    /// The figures of the named bands.
    fn bands<'b>(
        &self,
        parts: &Rate,
        by: &DimensionId,
        named: impl Iterator<Item = &'b Category>,
        area: &AreaCode,
        periods: &[Period],
    ) -> Vec<BandFigures> {
        let Rate { numerator, denominator, population_year, carry_forward, .. } = parts;
        let of_band = |band| {
            let events = self.expression(&numerator.within(by, band), area, periods, None);
            let below = denominator.as_ref().map(|expression| expression.within(by, band));
            let people = match (below, population_year) {
                (Some(people), Some(rule)) => self.populations(&people, *rule, *carry_forward, area, periods),
                (people, _) => self.counted_people(people.as_ref(), area, periods),
            };
            BandFigures { events, people }
        };
        named.map(of_band).collect()
    }

    fn counted_people(
        &self,
        people: Option<&Expression>,
        area: &AreaCode,
        periods: &[Period],
    ) -> Vec<(Cell, Option<Population>)> {
        match people {
            Some(people) => {
                let cells = self.expression(people, area, periods, None);
                cells.into_iter().map(|cell| (cell, None)).collect()
            }
            None => vec![(Cell::NO_DATA, None); periods.len()],
        }
    }
}

/// What the bands come to in a period.
struct Totals {
    events: Cell,
    people: Cell,
    /// The oldest estimate that any band had to use.
    used: Option<Population>,
    marks: Marks,
}

fn totals(bands: &[BandFigures], place: usize) -> Totals {
    let zero = Cell { value: Ok(0.0), ..Cell::NO_DATA };
    let events = bands.iter().map(|band| band.events[place]).fold(zero, plus);
    let people = bands.iter().map(|band| band.people[place].0).fold(zero, plus);
    let used = bands.iter().filter_map(|band| band.people[place].1).min_by_key(|population| population.used);
    let carried = used.is_some_and(|population| population.used != population.due);
    let marks = events.marks.and(people.marks);
    let marks = if carried { marks.and(Marks::CARRIED_POPULATION) } else { marks };
    Totals { events, people, used, marks }
}

/// The rates of a reference area in a period.
pub(super) struct ReferenceRates {
    /// The rates of the bands; `None` where a band has no figures or nobody lives in it.
    rates: Option<Reference<Category>>,
    /// Why there are none, where figures are missing; and what they rest on.
    basis: Cell,
}

impl ReferenceRates {
    fn of(named: &[Category], bands: &[BandFigures], place: usize) -> Self {
        let Totals { events, people, marks, .. } = totals(bands, place);
        let rows: Vec<Band<Category>> = named
            .iter()
            .zip(bands)
            .map(|(key, figures)| Band {
                key: key.clone(),
                events: figures.events[place].value.ok(),
                population: figures.people[place].0.value.ok(),
            })
            .collect();
        Self {
            rates: Reference::new(&rows, MissingFigures::Refuse).ok(),
            basis: Cell { marks, ..plus(events, people) },
        }
    }

    /// How many are expected among the people of an area, all of whose bands have figures.
    fn expected(&self, named: &[Category], here: &[BandFigures], place: usize) -> Option<f64> {
        let people: Vec<Band<Category>> = named
            .iter()
            .zip(here)
            .map(|(key, figures)| {
                let population = figures.people[place].0.value.ok();
                Band { key: key.clone(), events: None, population }
            })
            .collect();
        self.rates.as_ref()?.expected(&people, MissingFigures::Refuse).ok()
    }
}

fn ratio(
    of: &StandardisedRatio,
    here: &[BandFigures],
    there: &ReferenceRates,
    place: usize,
    period: Period,
) -> Value {
    let own = totals(here, place);
    let basis = plus(own.people, there.basis);
    // Every band has its figures: what is refused is a band of the reference without people.
    let expected =
        basis.value.and_then(|_| there.expected(&of.bands, here, place).ok_or(Missing::ZeroDenominator));
    let value = match (own.events.value, expected) {
        (Err(a), Err(b)) => Err(a.min(b)),
        (Err(reason), Ok(_)) | (Ok(_), Err(reason)) => Err(reason),
        (Ok(_), Ok(0.0)) => Err(Missing::ZeroDenominator),
        (Ok(observed), Ok(expected)) => Ok(observed * of.parts.per / expected),
    };
    Value {
        period,
        value,
        numerator: own.events.value.ok(),
        denominator: expected.ok(),
        marks: own.marks.and(there.basis.marks),
        release: own.events.release.max(basis.release),
        population: own.used,
        event: None,
    }
}

fn value(
    of: &Standardised,
    standard: Option<&Standard<&str>>,
    bands: &[BandFigures],
    place: usize,
    period: Period,
) -> Value {
    let Totals { events, people, used, marks } = totals(bands, place);
    let rows: Vec<Band<&str>> = of
        .weights
        .iter()
        .zip(bands)
        .map(|((band, _), figures)| Band {
            key: band.as_str(),
            events: figures.events[place].value.ok(),
            population: figures.people[place].0.value.ok(),
        })
        .collect();
    let settings = DirectSettings {
        per: of.parts.per,
        confidence: Confidence::P95,
        missing: MissingFigures::Refuse,
        few: if of.give_few { FewEvents::Give } else { FewEvents::Withhold },
    };
    let (value, event) = match (events.value, people.value, standard) {
        (Err(reason), _, _) | (Ok(_), Err(reason), _) => (Err(reason), None),
        (_, _, None) => (Err(Missing::NotApplicable), None),
        (Ok(_), Ok(_), Some(standard)) => match direct(&rows, standard, &settings) {
            // Every band has its figures: what is refused is a band without people.
            Err(_) => (Err(Missing::ZeroDenominator), None),
            Ok(found) => match found.estimate {
                None => (Err(Missing::TooFewEvents), None),
                Some(estimate) => (Ok(estimate.value), estimate.event),
            },
        },
    };
    Value {
        period,
        value,
        numerator: events.value.ok(),
        denominator: people.value.ok(),
        marks,
        release: events.release.max(people.release),
        population: used,
        event,
    }
}
