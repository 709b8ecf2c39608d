//! Standardised rates and ratios of indicators: the bands of numerator and population joined by category, never
//! by position, for every period.

use super::values::plus;
use super::{Population, Precision, Value, Valuer};
use crate::framework::{Expression, Indirect, Rate, Repeated, Standardised};
use crate::ident::{AreaCode, Category, DimensionId, IndicatorId};
use crate::method::interval::Confidence;
use crate::method::standardised::{
    Band, DirectSettings, FewEvents, MissingFigures, Reference, RepeatBand, Standard, direct, direct_repeated,
};
use crate::method::{Cell, Missing};
use crate::series::Marks;
use crate::time::Period;
use std::rc::Rc;

/// The figures of one band, period by period.
pub(super) struct BandFigures {
    pub(super) events: Vec<Cell>,
    pub(super) people: Vec<(Cell, Option<Population>)>,
    /// Of repeated events: how many people had so many each.
    persons: Vec<(f64, Vec<Cell>)>,
}

/// What is made of what was observed and what was expected.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// The one over the other.
    Ratio,
    /// The same, times the rate of the reference.
    Rate,
}

impl Valuer<'_> {
    /// The values of a directly standardised rate. A band without a figure leaves the period without a value,
    /// for the reason that the band gives.
    pub(super) fn standardised(&self, of: &Standardised, area: &AreaCode, periods: &[Period]) -> Vec<Value> {
        let weights = of.weights.iter().map(|(band, weight)| (band.as_str(), *weight));
        let standard = Standard::new(weights).ok();
        let named = of.weights.iter().map(|(band, _)| band);
        let mut bands = self.bands(&of.parts, &of.by, named, area, periods);
        if let Some(repeated) = &of.repeated {
            for ((band, _), figures) in of.weights.iter().zip(&mut bands) {
                let persons = of.parts.numerator.within(&of.by, band);
                (figures.persons, figures.events) = self.repeats(&persons, repeated, area, periods);
            }
        }
        periods
            .iter()
            .enumerate()
            .map(|(place, &period)| value(of, standard.as_ref(), &bands, place, period))
            .collect()
    }

    /// How many people had how many events each, and the events that these are.
    fn repeats(
        &self,
        persons: &Expression,
        repeated: &Repeated,
        area: &AreaCode,
        periods: &[Period],
    ) -> (Vec<(f64, Vec<Cell>)>, Vec<Cell>) {
        let mut events = vec![Cell { value: Ok(0.0), ..Cell::NO_DATA }; periods.len()];
        let mut found = Vec::with_capacity(repeated.times.len());
        for (category, times) in &repeated.times {
            let cells = self.expression(&persons.within(&repeated.by, category), area, periods, None);
            for (sum, cell) in events.iter_mut().zip(&cells) {
                *sum = plus(*sum, Cell { value: cell.value.map(|persons| times * persons), ..*cell });
            }
            found.push((*times, cells));
        }
        (found, events)
    }

    /// The values of an indirectly standardised ratio or rate: the numerator is what was counted, the
    /// denominator what was expected. A band without a figure, here or in the reference, leaves the period
    /// without a value.
    pub(super) fn indirect(
        &self,
        indicator: &IndicatorId,
        of: &Indirect,
        form: Form,
        area: &AreaCode,
        periods: &[Period],
    ) -> Vec<Value> {
        let here = self.bands(&of.parts, &of.by, of.bands.iter(), area, periods);
        let there = self.reference_rates(indicator, of, periods);
        let places = periods.iter().enumerate();
        places
            .map(|(place, &period)| against_expected(of, form, &here, &there[place], place, period))
            .collect()
    }

    /// The rates of the reference in each period, worked out once for all areas.
    fn reference_rates(
        &self,
        indicator: &IndicatorId,
        of: &Indirect,
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
    pub(super) fn bands<'b>(
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
            BandFigures { events, people, persons: Vec::new() }
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
pub(super) struct Totals {
    pub(super) events: Cell,
    pub(super) people: Cell,
    /// The oldest estimate that any band had to use.
    used: Option<Population>,
    marks: Marks,
}

impl Totals {
    /// A value that rests on them: they are its numerator and denominator.
    pub(super) fn value(&self, period: Period, value: Result<f64, Missing>, precision: Precision) -> Value {
        Value {
            period,
            value,
            numerator: self.events.value.ok(),
            denominator: self.people.value.ok(),
            marks: self.marks,
            release: self.events.release.max(self.people.release),
            population: self.used,
            precision,
        }
    }

    /// Why there is no value, where a band has no figure.
    pub(super) fn lacking(&self) -> Option<Missing> {
        self.events.value.err().or(self.people.value.err())
    }
}

pub(super) fn totals(bands: &[BandFigures], place: usize) -> Totals {
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

    /// The rate of all bands together, per so many.
    fn rate(&self, per: f64) -> Option<f64> {
        self.rates.as_ref().map(|rates| rates.rate() * per)
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

fn against_expected(
    of: &Indirect,
    form: Form,
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
        (Ok(observed), Ok(expected)) => match (form, there.rate(of.parts.per)) {
            (Form::Ratio, _) => Ok(observed * of.parts.per / expected),
            (Form::Rate, Some(rate)) => Ok(observed * rate / expected),
            (Form::Rate, None) => Err(Missing::ZeroDenominator),
        },
    };
    let precision = match (form, there.rate(of.parts.per)) {
        (Form::Rate, Some(rate)) => Precision::ReferenceRate(rate),
        _ => Precision::Parts,
    };
    Value {
        period,
        value,
        numerator: own.events.value.ok(),
        denominator: expected.ok(),
        marks: own.marks.and(there.basis.marks),
        release: own.events.release.max(basis.release),
        population: own.used,
        precision,
    }
}

fn value(
    of: &Standardised,
    standard: Option<&Standard<&str>>,
    bands: &[BandFigures],
    place: usize,
    period: Period,
) -> Value {
    let totals = totals(bands, place);
    let settings = DirectSettings {
        per: of.parts.per,
        confidence: Confidence::P95,
        missing: MissingFigures::Refuse,
        few: if of.give_few { FewEvents::Give } else { FewEvents::Withhold },
    };
    let named = || of.weights.iter().map(|(band, _)| band.as_str()).zip(bands);
    let population = |figures: &BandFigures| figures.people[place].0.value.ok();
    let made = |standard| match &of.repeated {
        None => {
            let band = |(key, figures): (_, &BandFigures)| Band {
                key,
                events: figures.events[place].value.ok(),
                population: population(figures),
            };
            direct(&named().map(band).collect::<Vec<_>>(), standard, &settings)
        }
        Some(_) => {
            let rows = named().flat_map(|(key, figures)| {
                figures.persons.iter().map(move |(events_each, persons)| RepeatBand {
                    key,
                    events_each: *events_each,
                    persons: persons[place].value.ok(),
                    population: population(figures),
                })
            });
            direct_repeated(&rows.collect::<Vec<_>>(), standard, &settings)
        }
    };
    let (value, precision) = match (totals.lacking(), standard.map(made)) {
        (Some(reason), _) => (Err(reason), Precision::Parts),
        (None, None) => (Err(Missing::NotApplicable), Precision::Parts),
        // Every band has its figures: what is refused is a band without people.
        (None, Some(Err(_))) => (Err(Missing::ZeroDenominator), Precision::Parts),
        (None, Some(Ok(found))) => match found.estimate {
            None => (Err(Missing::TooFewEvents), Precision::Parts),
            Some(estimate) => (Ok(estimate.value), estimate.event.map_or(Precision::Parts, Precision::Event)),
        },
    };
    totals.value(period, value, precision)
}
