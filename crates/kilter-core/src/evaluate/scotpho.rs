//! Rates and percentages as Scotland's public health profiles make them: of the means of the years that a period is
//! made of. What is suppressed leaves no value, whatever a gap is taken for.

use super::standardised::BandFigures;
use super::values::{plus, years_of};
use super::{Population, Precision, Value, Valuer};
use crate::framework::{Scottish, ScottishForm, ScottishGap};
use crate::ident::{AreaCode, Category};
use crate::method::interval::Interval;
use crate::method::rolling::{
    RollingError, ScottishMeasure, ScottishMissing, ScottishYear, scottish_rolling,
};
use crate::method::standardised::{
    Band, MissingFigures, Standard, YearBand, scottish_rate, scottish_rolling_rates,
};
use crate::method::{Cell, Missing};
use crate::series::Marks;
use crate::time::Period;

impl Valuer<'_> {
    /// The values of the profiles, for periods of one or several years. Numerator and denominator are the means of
    /// the years.
    pub(super) fn scottish(&self, of: &Scottish, area: &AreaCode, periods: &[Period]) -> Vec<Value> {
        let value = |&period: &Period| {
            let whole = period.kind().length_in_months().is_some_and(|months| months % 12 == 0);
            if !whole {
                return Made::nothing(Missing::DoesNotAdd).value(period);
            }
            let years = years_of(period);
            match &of.form {
                ScottishForm::StandardisedRate { by, weights, total } => {
                    let named = weights.iter().map(|(band, _)| band);
                    let bands = self.bands(&of.parts, by, named, area, &years);
                    standardised(of, weights, *total, &bands, years.len()).value(period)
                }
                _ => self.plain(of, area, &years).value(period),
            }
        };
        periods.iter().map(value).collect()
    }

    /// A rate without bands.
    fn plain(&self, of: &Scottish, area: &AreaCode, years: &[Period]) -> Made {
        let numerators = self.expression(&of.parts.numerator, area, years, None);
        let denominators = self.yearly_people(of, area, years);
        let sampled = of.sampled_from().map(|from| self.expression(from, area, years, None));
        let nothing = Cell { value: Ok(0.0), ..Cell::NO_DATA };
        let of_year = |year: usize| {
            let cells = [numerators[year], denominators[year].0];
            (cells, sampled.as_ref().map(|cells| cells[year]))
        };
        let mut basis = nothing;
        let mut rows = Vec::with_capacity(years.len());
        for (place, year) in (0..years.len()).zip(0_i32..) {
            let (cells, sampled) = of_year(place);
            for cell in cells.into_iter().chain(sampled) {
                basis = plus(basis, Cell { value: taken(cell).map(|_| 0.0), ..cell });
            }
            // A year in which nothing at all was observed is one that is not there.
            if cells.iter().all(|cell| cell.value.is_err()) {
                basis = plus(basis, Cell { value: Err(Missing::IncompleteWindow), ..nothing });
            }
            let [numerator, denominator] = cells.map(|cell| cell.value.ok());
            let sampled_from = sampled.and_then(|cell| cell.value.ok());
            rows.push(ScottishYear { year, numerator, denominator, sampled_from });
        }
        let used = denominators.iter().filter_map(|(_, population)| *population);
        let basis = Basis::new(basis, used);
        if let Err(reason) = basis.of.value {
            return Made { basis, ..Made::nothing(reason) };
        }
        let measure = match of.form {
            ScottishForm::Percentage => ScottishMeasure::Percent,
            ScottishForm::SamplePercentage { .. } => ScottishMeasure::SamplePercent,
            _ => ScottishMeasure::Crude { per: of.parts.per },
        };
        let missing = match of.gap {
            ScottishGap::PassedOver => ScottishMissing::Suppressed,
            ScottishGap::Zero | ScottishGap::Refused => ScottishMissing::AsZero,
        };
        let window = u32::try_from(years.len()).unwrap_or(u32::MAX);
        match scottish_rolling(&rows, measure, window, missing).into_values().last() {
            Some(Ok(found)) => Made {
                value: Ok((found.value, found.limits)),
                parts: Some((found.numerator, found.denominator)),
                basis,
            },
            Some(Err(RollingError::NothingThere { .. })) => Made { basis, ..Made::nothing(Missing::NoData) },
            _ => {
                let below = rows.iter().filter_map(|row| row.denominator).sum::<f64>();
                let reason = if below == 0.0 { Missing::ZeroDenominator } else { Missing::NotCalculable };
                Made { basis, ..Made::nothing(reason) }
            }
        }
    }

    fn yearly_people(
        &self,
        of: &Scottish,
        area: &AreaCode,
        years: &[Period],
    ) -> Vec<(Cell, Option<Population>)> {
        let Some(below) = &of.parts.denominator else { return vec![(Cell::NO_DATA, None); years.len()] };
        match of.parts.population_year {
            Some(rule) => self.populations(below, rule, of.parts.carry_forward, area, years),
            None => self.expression(below, area, years, None).into_iter().map(|cell| (cell, None)).collect(),
        }
    }
}

/// What a figure is taken for: itself, nothing where it is not there and may be missing, or the reason that leaves
/// no value.
fn taken(cell: Cell) -> Result<Option<f64>, Missing> {
    match cell.value {
        Ok(figure) => Ok(Some(figure)),
        Err(Missing::NoData | Missing::NotCollected | Missing::NotApplicable) => Ok(None),
        Err(reason) => Err(reason),
    }
}

/// A standardised rate.
fn standardised(
    of: &Scottish,
    weights: &[(Category, f64)],
    total: f64,
    bands: &[BandFigures],
    years: usize,
) -> Made {
    let may_lack = of.gap == ScottishGap::Zero;
    let nothing = Cell { value: Ok(0.0), ..Cell::NO_DATA };
    let mut basis = nothing;
    let mut rows = Vec::with_capacity(bands.len() * years);
    for (place, year) in (0..years).zip(0_i32..) {
        let mut seen = false;
        for (figures, (key, _)) in bands.iter().zip(weights) {
            let cells = [figures.events[place], figures.people[place].0];
            for cell in cells {
                let value = if may_lack { taken(cell).map(|_| 0.0) } else { cell.value.map(|_| 0.0) };
                basis = plus(basis, Cell { value, ..cell });
            }
            seen |= cells.iter().any(|cell| cell.value.is_ok());
            let [events, population] = cells.map(|cell| cell.value.ok());
            rows.push(YearBand { year, band: Band { key: key.as_str(), events, population } });
        }
        if !seen {
            basis = plus(basis, Cell { value: Err(Missing::IncompleteWindow), ..nothing });
        }
    }
    let used = bands.iter().flat_map(|band| band.people.iter().filter_map(|(_, population)| *population));
    let basis = Basis::new(basis, used);
    if let Err(reason) = basis.of.value {
        return Made { basis, ..Made::nothing(reason) };
    }
    let standard = Standard::new(weights.iter().map(|(band, weight)| (band.as_str(), *weight)));
    let missing = if may_lack { MissingFigures::AsZero } else { MissingFigures::Refuse };
    let per = of.parts.per;
    let found = standard.and_then(|standard| match years {
        1 => {
            let bands: Vec<_> = rows.iter().map(|row| row.band).collect();
            scottish_rate(&bands, &standard, total, per, missing).map(Some)
        }
        _ => {
            let window = u32::try_from(years).unwrap_or(u32::MAX);
            let rates = scottish_rolling_rates(&rows, &standard, total, per, window, missing)?;
            Ok(rates.into_values().last())
        }
    });
    match found {
        Ok(Some(rate)) => {
            Made { value: Ok((rate.value, rate.limits)), parts: Some((rate.events, rate.population)), basis }
        }
        _ => Made { basis, ..Made::nothing(Missing::NotCalculable) },
    }
}

/// What a value rests on.
#[derive(Clone, Copy)]
struct Basis {
    of: Cell,
    /// The oldest estimate that any year had to use.
    used: Option<Population>,
}

impl Basis {
    fn new(of: Cell, used: impl Iterator<Item = Population>) -> Self {
        let used: Vec<Population> = used.collect();
        let carried = used.iter().any(|population| population.used != population.due);
        let marks = if carried { of.marks.and(Marks::CARRIED_POPULATION) } else { of.marks };
        Self { of: Cell { marks, ..of }, used: used.into_iter().min_by_key(|population| population.used) }
    }
}

/// A value in the making.
struct Made {
    value: Result<(f64, Interval), Missing>,
    /// The means of numerator and denominator.
    parts: Option<(f64, f64)>,
    basis: Basis,
}

impl Made {
    fn nothing(reason: Missing) -> Self {
        Self { value: Err(reason), parts: None, basis: Basis { of: Cell::NO_DATA, used: None } }
    }

    fn value(self, period: Period) -> Value {
        Value {
            period,
            value: self.value.map(|(value, _)| value),
            numerator: self.parts.map(|(numerator, _)| numerator),
            denominator: self.parts.map(|(_, denominator)| denominator),
            marks: self.basis.of.marks,
            release: self.basis.of.release,
            population: self.basis.used,
            precision: self.value.map_or(Precision::Parts, |(_, limits)| Precision::Limits95(limits)),
        }
    }
}
