//! The derivation of a value: every figure that went into it, so that a person can repeat it by hand.

use super::values::years_of;
use super::{Population, Valuer};
use crate::framework::{
    Calculation, Expression, Indicator, Indirect, Rate, Repeated, Scottish, ScottishForm, Standardised, Term,
};
use crate::ident::{AreaCode, Category, DimensionId};
use crate::method::{Cell, over_periods};
use crate::series::{Breakdown, Measure, OverAreas, OverTime};
use crate::time::Period;

/// Where a term stands in the calculation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It is counted, averaged or published: it is the value.
    Value,
    /// It is counted.
    Numerator,
    /// It is divided by.
    Denominator,
    /// It is counted in the area whose rates are the reference.
    ReferenceNumerator,
    /// It is what that is divided by.
    ReferenceDenominator,
}

impl Role {
    /// All with their names in results.
    pub const NAMES: [(&'static str, Self); 5] = [
        ("value", Self::Value),
        ("numerator", Self::Numerator),
        ("denominator", Self::Denominator),
        ("reference numerator", Self::ReferenceNumerator),
        ("reference denominator", Self::ReferenceDenominator),
    ];
}

/// A term of a calculation, with its figures.
#[derive(Debug, Clone, PartialEq)]
pub struct DerivedTerm {
    /// Where it stands.
    pub role: Role,
    /// What it is multiplied by.
    pub factor: f64,
    /// The measure.
    pub measure: Measure,
    /// The slice of it.
    pub slice: Breakdown,
    /// Whether these are the denominators that were observed in pairs with the measure.
    pub paired: bool,
    /// How it adds over time.
    pub adds: OverTime,
    /// The figures of the periods that it is made of, in order of time; of a figure that was observed for the
    /// period itself, that one.
    pub figures: Vec<(Period, Cell)>,
    /// The parts of the area, where it is added up from them, each with its total.
    pub parts: Vec<(AreaCode, Cell)>,
    /// What they come to, before the factor.
    pub total: Cell,
    /// Of a population: the year that is due and the year that was used.
    pub population: Option<Population>,
}

/// What is asked of a term.
#[derive(Clone, Copy)]
struct Asked<'a> {
    role: Role,
    /// How it adds over time, where that is not as its measure does.
    adds: Option<OverTime>,
    area: &'a AreaCode,
    period: Period,
    population: Option<Population>,
    paired: bool,
}

impl Valuer<'_> {
    /// The terms that the value of an indicator in an area and period is made of, in the order of the
    /// calculation.
    #[must_use]
    pub fn derivation(&self, indicator: &Indicator, area: &AreaCode, period: Period) -> Vec<DerivedTerm> {
        let asked = Asked { role: Role::Value, adds: None, area, period, population: None, paired: false };
        let of = |expression: &Expression, asked: Asked<'_>| self.summed(expression, asked);
        let own = (Role::Numerator, Role::Denominator);
        match &indicator.calculation {
            Calculation::Count(expression) => of(expression, asked),
            Calculation::Mean(expression) => of(expression, Asked { adds: Some(OverTime::Mean), ..asked }),
            Calculation::Published(id) => {
                let term = Term { factor: 1.0, measure: id.clone(), slice: Breakdown::total() };
                let asked = Asked { adds: Some(OverTime::None), ..asked };
                self.derived(&term, asked).into_iter().collect()
            }
            Calculation::Rate(rate) | Calculation::Percentage { parts: rate, .. } => {
                let Rate { numerator, denominator, population_year, .. } = rate;
                let mut terms = of(numerator, Asked { role: Role::Numerator, ..asked });
                let below = Asked { role: Role::Denominator, ..asked };
                match (denominator, population_year) {
                    (Some(expression), Some(_)) => {
                        for (year, used) in self.populations_used(rate, expression, area, period) {
                            let below = Asked { period: year, population: Some(used), ..below };
                            terms.extend(of(expression, below));
                        }
                    }
                    (Some(expression), None) => terms.extend(of(expression, below)),
                    (None, _) => terms.extend(of(numerator, Asked { paired: true, ..below })),
                }
                terms
            }
            Calculation::Standardised(standardised) => {
                let Standardised { parts, by, weights, repeated, .. } = &**standardised;
                let counted = |band: &Category| {
                    let persons = parts.numerator.within(by, band);
                    let Some(Repeated { by, times }) = repeated else { return vec![persons] };
                    let of = |(each, times): &(Category, f64)| persons.within(by, each).times(*times);
                    times.iter().map(of).collect()
                };
                let of_band = |(band, _): &(Category, f64)| {
                    let numerator = Asked { role: Role::Numerator, ..asked };
                    let mut terms: Vec<DerivedTerm> =
                        counted(band).iter().flat_map(|persons| self.summed(persons, numerator)).collect();
                    terms.extend(self.people(parts, (by, band), Role::Denominator, asked));
                    terms
                };
                weights.iter().flat_map(of_band).collect()
            }
            Calculation::Inequality(of) => {
                let of_band = |band: &Category| self.band(&of.parts, (&of.by, band), own, asked);
                of.bands.iter().flat_map(of_band).collect()
            }
            Calculation::SlopeIndex(of) => {
                let of_band = |band: &Category| {
                    let given = of.given().map(|given| given.within(&of.by, band));
                    let mut terms: Vec<DerivedTerm> =
                        given.flat_map(|given| self.summed(&given, asked)).collect();
                    terms.extend(self.people(&of.parts, (&of.by, band), Role::Denominator, asked));
                    terms
                };
                of.bands.iter().flat_map(of_band).collect()
            }
            Calculation::ScotPho(of) => years_of(period)
                .into_iter()
                .flat_map(|year| self.of_profiles(of, Asked { period: year, ..asked }))
                .collect(),
            Calculation::Quantile(of) => self.derivation(&of.of, area, period),
            Calculation::LifeExpectancy(of) => {
                let of_band = |(band, _): &(Category, _)| self.band(&of.parts, (&of.by, band), own, asked);
                of.bands.iter().flat_map(of_band).collect()
            }
            Calculation::StandardisedRatio(of) | Calculation::IndirectRate(of) => {
                let Indirect { parts, by, bands, reference } = &**of;
                let theirs = (Role::ReferenceNumerator, Role::ReferenceDenominator);
                let there = Asked { area: reference, ..asked };
                let of_band = |band: &Category| {
                    let mut terms = self.band(parts, (by, band), own, asked);
                    terms.extend(self.band(parts, (by, band), theirs, there));
                    terms
                };
                bands.iter().flat_map(of_band).collect()
            }
        }
    }

    /// The terms of one band of a rate.
    fn band(
        &self,
        parts: &Rate,
        (by, band): (&DimensionId, &Category),
        (above, below): (Role, Role),
        asked: Asked<'_>,
    ) -> Vec<DerivedTerm> {
        let mut terms = self.summed(&parts.numerator.within(by, band), Asked { role: above, ..asked });
        terms.extend(self.people(parts, (by, band), below, asked));
        terms
    }

    /// The terms of one year of a rate or percentage of the Scottish profiles.
    fn of_profiles(&self, of: &Scottish, asked: Asked<'_>) -> Vec<DerivedTerm> {
        let own = (Role::Numerator, Role::Denominator);
        if let ScottishForm::StandardisedRate { by, weights, .. } = &of.form {
            return weights
                .iter()
                .flat_map(|(band, _)| self.band(&of.parts, (by, band), own, asked))
                .collect();
        }
        let mut terms = self.summed(&of.parts.numerator, Asked { role: Role::Numerator, ..asked });
        if let Some(people) = &of.parts.denominator {
            terms.extend(self.divided_by(&of.parts, people, Role::Denominator, asked));
        }
        if let Some(people) = of.sampled_from() {
            terms.extend(self.summed(people, Asked { role: Role::Denominator, ..asked }));
        }
        terms
    }

    /// The terms that one band of a rate is divided by.
    fn people(
        &self,
        parts: &Rate,
        (by, band): (&DimensionId, &Category),
        role: Role,
        asked: Asked<'_>,
    ) -> Vec<DerivedTerm> {
        let people = parts.denominator.as_ref().map(|people| people.within(by, band));
        people.map(|people| self.divided_by(parts, &people, role, asked)).unwrap_or_default()
    }

    fn divided_by(
        &self,
        parts: &Rate,
        people: &Expression,
        role: Role,
        asked: Asked<'_>,
    ) -> Vec<DerivedTerm> {
        let mut terms = Vec::new();
        let below = Asked { role, ..asked };
        if parts.population_year.is_none() {
            terms.extend(self.summed(people, below));
        }
        for (year, used) in self.populations_used(parts, people, asked.area, asked.period) {
            terms.extend(self.summed(people, Asked { period: year, population: Some(used), ..below }));
        }
        terms
    }

    fn summed(&self, expression: &Expression, asked: Asked<'_>) -> Vec<DerivedTerm> {
        expression.terms().iter().filter_map(|term| self.derived(term, asked)).collect()
    }

    /// The estimates that a period is divided by, each with its year; none where one is lacking, or where the
    /// denominator is no population.
    fn populations_used(
        &self,
        rate: &Rate,
        people: &Expression,
        area: &AreaCode,
        period: Period,
    ) -> Vec<(Period, Population)> {
        let Some(rule) = rate.population_year else { return Vec::new() };
        let years = years_of(period);
        let found = self.populations(people, rule, rate.carry_forward, area, &years);
        let used: Option<Vec<_>> = found
            .into_iter()
            .map(|(_, population)| Some((Period::calendar_year(population?.used).ok()?, population?)))
            .collect();
        used.unwrap_or_default()
    }

    fn derived(&self, term: &Term, asked: Asked<'_>) -> Option<DerivedTerm> {
        let Asked { role, adds, area, period, population, paired } = asked;
        let measure = self.framework().measure(term.measure.as_str())?;
        let adds = adds.unwrap_or(measure.over_time);
        let column = |area: &AreaCode| {
            if paired {
                self.resolver().denominators(measure, &term.slice, area)
            } else {
                self.resolver().column(measure, &term.slice, area)
            }
        };
        let total_of = |area: &AreaCode| {
            let cells = over_periods(&column(area), measure.frequency, adds, &[period]);
            cells.into_iter().next().unwrap_or(Cell::NO_DATA)
        };
        let own = column(area);
        let figures = match period.split(measure.frequency) {
            Some(parts) => parts.map(|part| (part, own.get(part.ordinal()))).collect(),
            None => Vec::new(),
        };
        let divisions = self.framework().areas().get(area.as_str()).map_or(&[][..], |area| &area.divisions);
        let total = total_of(area);
        // The first way of dividing the area whose parts come to what the area does.
        let parts = divisions
            .iter()
            .filter(|_| measure.over_areas == OverAreas::Sum)
            .map(|division| division.parts.iter().map(|part| (part.clone(), total_of(part))).collect())
            .find(|parts: &Vec<(AreaCode, Cell)>| {
                let known = || parts.iter().filter_map(|(_, cell)| cell.value.ok());
                let sum: f64 = known().sum();
                known().count() > 1 && total.value.is_ok_and(|total| crate::target::same(sum, total))
            })
            .unwrap_or_default();
        Some(DerivedTerm {
            role,
            factor: term.factor,
            measure: measure.clone(),
            slice: term.slice.clone(),
            paired,
            adds,
            figures,
            parts,
            total,
            population,
        })
    }
}
