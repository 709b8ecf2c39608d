//! Standardised rates and ratios of indicators: the bands of numerator and population joined by category, never
//! by position, for every period.

use super::values::plus;
use super::{Population, Value, Valuer};
use crate::framework::{Expression, Rate, Standardised, StandardisedRatio};
use crate::ident::{AreaCode, Category, DimensionId};
use crate::method::interval::Confidence;
use crate::method::standardised::{
    Band, DirectSettings, FewEvents, MissingFigures, Reference, ReferenceBand, Standard, direct,
};
use crate::method::{Cell, Missing};
use crate::series::Marks;
use crate::time::Period;

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
        of: &StandardisedRatio,
        area: &AreaCode,
        periods: &[Period],
    ) -> Vec<Value> {
        let bands = |area| self.bands(&of.parts, &of.by, of.bands.iter(), area, periods);
        let (here, there) = (bands(area), bands(&of.reference));
        let places = periods.iter().enumerate();
        places.map(|(place, &period)| ratio(of, &here, &there, place, period)).collect()
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

fn ratio(
    of: &StandardisedRatio,
    here: &[BandFigures],
    there: &[BandFigures],
    place: usize,
    period: Period,
) -> Value {
    let (own, reference) = (totals(here, place), totals(there, place));
    let basis = plus(own.people, plus(reference.events, reference.people));
    let expected = basis.value.and_then(|_| expected(of, here, there, place).ok_or(Missing::ZeroDenominator));
    let value = match (own.events.value, expected) {
        (Err(a), Err(b)) => Err(a.min(b)),
        (Err(reason), Ok(_)) | (Ok(_), Err(reason)) => Err(reason),
        (Ok(_), Ok(0.0)) => Err(Missing::ZeroDenominator),
        (Ok(observed), Ok(expected)) => Ok(observed * of.parts.per / expected),
    };
    let release = |totals: &Totals| totals.events.release.max(totals.people.release);
    Value {
        period,
        value,
        numerator: own.events.value.ok(),
        denominator: expected.ok(),
        marks: own.marks.and(reference.marks),
        release: release(&own).max(release(&reference)),
        population: own.used,
        event: None,
    }
}

/// How many are expected; nothing where a band of the reference has no people. Every band has its figures.
fn expected(
    of: &StandardisedRatio,
    here: &[BandFigures],
    there: &[BandFigures],
    place: usize,
) -> Option<f64> {
    let population = |figures: &BandFigures| figures.people[place].0.value.ok();
    let named = || of.bands.iter().map(|band| band.as_str());
    let reference: Vec<ReferenceBand<&str>> = named()
        .zip(there)
        .map(|(key, figures)| ReferenceBand {
            key,
            events: figures.events[place].value.ok(),
            population: population(figures),
        })
        .collect();
    let people: Vec<Band<&str>> = named()
        .zip(here)
        .map(|(key, figures)| Band { key, events: None, population: population(figures) })
        .collect();
    let reference = Reference::new(&reference, MissingFigures::Refuse).ok()?;
    reference.expected(&people, MissingFigures::Refuse).ok()
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
