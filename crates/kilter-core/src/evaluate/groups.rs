//! Values that are made of groups of people as a whole: the inequality of a rate between deprived groups, and
//! life expectancy. The groups are joined by category, never by position.

use super::standardised::totals;
use super::{Precision, Value, Valuer};
use crate::framework::{Inequality, InequalityMeasure, LifeTable};
use crate::ident::AreaCode;
use crate::method::Missing;
use crate::method::inequality::{Deprivation, DeprivationGroup, MissingRate, SimdInequality, simd};
use crate::method::interval::Confidence;
use crate::method::life_expectancy::{AgeBand, LifeEstimate, NoLifeTable, NotGiven, life_expectancy};
use crate::time::Period;

impl Valuer<'_> {
    /// The inequality of a rate between groups. A group without a figure leaves the period without a value.
    /// Numerator and denominator are those of all groups together.
    pub(super) fn inequality(&self, of: &Inequality, area: &AreaCode, periods: &[Period]) -> Vec<Value> {
        let bands = self.bands(&of.parts, &of.by, of.bands.iter(), area, periods);
        let deprivation = if of.bands.len() == 5 { Deprivation::Quintiles } else { Deprivation::Deciles };
        let places = periods.iter().enumerate();
        let value = |(place, &period): (usize, &Period)| {
            let totals = totals(&bands, place);
            let (events, people) = match (totals.events.value, totals.people.value) {
                (Ok(events), Ok(people)) => (events, people),
                (Err(reason), _) | (_, Err(reason)) => {
                    return totals.value(period, Err(reason), Precision::Parts);
                }
            };
            let figures = bands.iter().map(|band| {
                let people = band.people[place].0.value.ok()?;
                Some((band.events[place].value.ok()?, people)).filter(|_| people != 0.0)
            });
            let Some(figures) = figures.collect::<Option<Vec<(f64, f64)>>>() else {
                return totals.value(period, Err(Missing::ZeroDenominator), Precision::Parts);
            };
            let groups: Vec<DeprivationGroup> = (1..)
                .zip(figures)
                .map(|(group, (events, people))| DeprivationGroup {
                    group,
                    rate: Some(events * of.parts.per / people),
                    population: Some(people),
                })
                .collect();
            let of_all = events * of.parts.per / people;
            let found = simd(&groups, deprivation, of_all, MissingRate::Refuse, Confidence::P95).ok();
            match found.and_then(|found| measured(of.measure, &found)) {
                Some((value, precision)) => totals.value(period, Ok(value), precision),
                None => totals.value(period, Err(Missing::NotCalculable), Precision::Parts),
            }
        };
        places.map(value).collect()
    }

    /// Life expectancies. An age without a figure leaves the period without a value. Numerator and denominator
    /// are the deaths and the people of the age asked for and above.
    pub(super) fn life_expectancy(&self, of: &LifeTable, area: &AreaCode, periods: &[Period]) -> Vec<Value> {
        let bands = self.bands(&of.parts, &of.by, of.bands.iter().map(|(band, _)| band), area, periods);
        let older = of.bands.iter().take_while(|(_, ages)| ages.from < of.at).count();
        let value = |(place, &period): (usize, &Period)| {
            let (all, of_age) = (totals(&bands, place), totals(&bands[older..], place));
            if let Some(reason) = all.lacking() {
                return of_age.value(period, Err(reason), Precision::Parts);
            }
            // Deaths of a part of a year among the people of a whole one are no yearly rate.
            let short = period.kind().length_in_months().is_none_or(|months| months % 12 != 0);
            if of.parts.population_year.is_some() && short {
                return of_age.value(period, Err(Missing::DoesNotAdd), Precision::Parts);
            }
            let rows: Vec<AgeBand> = of
                .bands
                .iter()
                .zip(&bands)
                .map(|((_, ages), figures)| AgeBand {
                    from: ages.from,
                    until: ages.to.map(|to| to + 1),
                    population: figures.people[place].0.value.ok(),
                    deaths: figures.events[place].value.ok(),
                })
                .collect();
            match years(&rows, of.at) {
                Ok(LifeEstimate { value, error, .. }) => {
                    of_age.value(period, Ok(value), Precision::Error { error, freedom: None })
                }
                Err(reason) => of_age.value(period, Err(reason), Precision::Parts),
            }
        };
        periods.iter().enumerate().map(value).collect()
    }
}

/// The life expectancy at an age that a band begins at.
fn years(bands: &[AgeBand], at: u32) -> Result<LifeEstimate, Missing> {
    if bands.iter().any(|band| band.population == Some(0.0)) {
        return Err(Missing::ZeroDenominator);
    }
    let table = life_expectancy(bands, Confidence::P95).map_err(|error| match error {
        NoLifeTable::TooFewPeople { .. } => Missing::TooFewPeople,
        _ => Missing::NotCalculable,
    })?;
    let found = table.iter().find(|age| age.from == at).ok_or(Missing::NotCalculable)?;
    found.estimate.map_err(|why| match why {
        NotGiven::TooWide => Missing::TooUncertain,
        NotGiven::NobodyLeft => Missing::NotCalculable,
    })
}

/// What is asked of an inequality; `None` where it has no such answer.
fn measured(measure: InequalityMeasure, found: &SimdInequality) -> Option<(f64, Precision)> {
    let with = |value: f64, error: f64| (value, Precision::Error { error, freedom: Some(found.freedom) });
    let without = |value: f64| (value, Precision::Parts);
    match measure {
        InequalityMeasure::SlopeIndex => Some(with(found.slope.value, found.slope.error)),
        InequalityMeasure::RelativeIndex => Some(with(found.relative.value, found.relative.error)),
        InequalityMeasure::RelativePercent => Some(with(found.relative_percent, found.relative.error * 50.0)),
        InequalityMeasure::AttributablePercent => found.attributable_percent.map(without),
        InequalityMeasure::AbsoluteRange => found.absolute_range.map(without),
        InequalityMeasure::RelativeRange => found.relative_range.map(without),
    }
}
