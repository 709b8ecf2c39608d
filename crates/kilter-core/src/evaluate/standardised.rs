//! Directly standardised rates of indicators: the bands of numerator and population joined by category, never
//! by position, for every period.

use super::values::plus;
use super::{Population, Value, Valuer};
use crate::framework::{Expression, Rate, Standardised};
use crate::ident::AreaCode;
use crate::method::interval::Confidence;
use crate::method::standardised::{Band, DirectSettings, FewEvents, MissingFigures, Standard, direct};
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
        let bands: Vec<BandFigures> = of
            .weights
            .iter()
            .map(|(band, _)| {
                let Rate { numerator, denominator, population_year, carry_forward, .. } = &of.parts;
                let events = self.expression(&numerator.within(&of.by, band), area, periods, None);
                let below = denominator.as_ref().map(|expression| expression.within(&of.by, band));
                let people = match (below, population_year) {
                    (Some(people), Some(rule)) => {
                        self.populations(&people, *rule, *carry_forward, area, periods)
                    }
                    (people, _) => self.counted_people(people.as_ref(), area, periods),
                };
                BandFigures { events, people }
            })
            .collect();
        periods
            .iter()
            .enumerate()
            .map(|(place, &period)| value(of, standard.as_ref(), &bands, place, period))
            .collect()
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

fn value(
    of: &Standardised,
    standard: Option<&Standard<&str>>,
    bands: &[BandFigures],
    place: usize,
    period: Period,
) -> Value {
    let zero = Cell { value: Ok(0.0), ..Cell::NO_DATA };
    let events = bands.iter().map(|band| band.events[place]).fold(zero, plus);
    let people = bands.iter().map(|band| band.people[place].0).fold(zero, plus);
    // The oldest estimate that any band had to use.
    let used = bands.iter().filter_map(|band| band.people[place].1).min_by_key(|population| population.used);
    let carried = used.is_some_and(|population| population.used != population.due);
    let marks = events.marks.and(people.marks);
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
        marks: if carried { marks.and(Marks::CARRIED_POPULATION) } else { marks },
        release: events.release.max(people.release),
        population: used,
        event,
    }
}
