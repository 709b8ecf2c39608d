//! Values of indicators: sums, means, and ratios of sums.

use super::peers;
use super::quantile::{GroupKey, Grouped};
use super::slope::SlopeBasis;
use super::standardised::{Form, ReferenceRates};
use crate::framework::{Calculation, Expression, Framework, Indicator, IntervalRule, PopulationYear, Rate};
use crate::ident::{AreaCode, IndicatorId};
use crate::method::interval::{Confidence, Interval};
use crate::method::rates::{Mean, mean};
use crate::method::run_chart::median;
use crate::method::{Cell, Column, Missing, Resolver, over_periods};
use crate::series::{Dataset, Marks, OverTime};
use crate::time::{Period, PeriodKind};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// The population that a value was divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Population {
    /// The year that the rule of the indicator asks for.
    pub due: i32,
    /// The year whose estimate was used: an earlier one where it was carried forward.
    pub used: i32,
}

/// The value of an indicator for an area and period, with the parts it was computed from.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    /// The period.
    pub period: Period,
    /// The value, unrounded, or why there is none.
    pub value: Result<f64, Missing>,
    /// The numerator, or the count itself; `None` where the value is published without parts, or the
    /// numerator is missing.
    pub numerator: Option<f64>,
    /// The denominator.
    pub denominator: Option<f64>,
    /// The marks of everything that went into it.
    pub marks: Marks,
    /// The newest release it rests on; 0 where it rests on none.
    pub release: u32,
    /// The population it was divided by, where it was divided by one.
    pub population: Option<Population>,
    /// What its limits rest on.
    pub precision: Precision,
}

/// What the limits of a value rest on. From it follow limits of any level.
#[derive(Debug, Clone, PartialEq)]
pub enum Precision {
    /// On its numerator and denominator alone; or it has none.
    Parts,
    /// Of a directly standardised rate: also on what one event is worth in them, in the unit of the rate.
    Event(f64),
    /// Of an indirectly standardised rate: also on the rate of the reference area, in the unit of the rate.
    ReferenceRate(f64),
    /// On its standard error, in the unit of the value.
    Error {
        /// The standard error.
        error: f64,
        /// Its degrees of freedom by Student's t; `None`: the normal distribution.
        freedom: Option<f64>,
    },
    /// Of a slope index: on its groups.
    Groups(Arc<SlopeBasis>),
    /// On limits that there are at 95% alone.
    Limits95(Interval),
}

type Medians = HashMap<(IndicatorId, AreaCode, Period), Result<f64, Missing>>;

/// Computes values of a framework's indicators from a dataset. Remembers what it has added up.
pub struct Valuer<'a> {
    framework: &'a Framework,
    data: &'a Dataset,
    resolver: Resolver<'a>,
    /// The medians of groups of peers, by indicator, group and period: every peer asks for them.
    medians: RefCell<Medians>,
    /// The reference rates of indirectly standardised indicators by period: every area is held against them.
    pub(super) references: RefCell<HashMap<(IndicatorId, Period), Rc<ReferenceRates>>>,
    /// The groups of areas by the values of indicators: every area asks for them.
    pub(super) groups: RefCell<HashMap<GroupKey, Rc<Grouped>>>,
}

impl<'a> Valuer<'a> {
    /// A computer of values from this data by this framework.
    #[must_use]
    pub fn new(framework: &'a Framework, data: &'a Dataset) -> Self {
        Self {
            framework,
            data,
            resolver: Resolver::new(data, framework.areas()),
            medians: RefCell::default(),
            references: RefCell::default(),
            groups: RefCell::default(),
        }
    }

    /// The framework.
    #[must_use]
    pub fn framework(&self) -> &'a Framework {
        self.framework
    }

    /// The middle one of the values that the areas of a group have in a period; of two middle ones the mean.
    pub(super) fn median_of_peers(
        &self,
        indicator: &Indicator,
        group: &AreaCode,
        period: Period,
    ) -> Result<f64, Missing> {
        let key = (indicator.id.clone(), group.clone(), period);
        if let Some(known) = self.medians.borrow().get(&key) {
            return *known;
        }
        let of_peer = |peer: &AreaCode| self.values(indicator, peer, &[period]).first()?.value.ok();
        let found = median(peers(self.framework, group).iter().filter_map(of_peer)).ok_or(Missing::NoData);
        self.medians.borrow_mut().insert(key, found);
        found
    }

    /// What reads measures for areas.
    pub(super) fn resolver(&self) -> &Resolver<'a> {
        &self.resolver
    }

    /// The periods of the given kind for which an indicator may have a value: those that end within the
    /// time for which its counted measures were observed anywhere. Areas share them, so that an area and
    /// its benchmark are always shown for the same windows.
    #[must_use]
    pub fn periods(&self, indicator: &Indicator, kind: PeriodKind) -> Vec<Period> {
        let mut ends = None;
        for id in indicator.calculation.counted() {
            let (Some(measure), Some(data)) =
                (self.framework.measure(id.as_str()), self.data.measure(id.as_str()))
            else {
                continue;
            };
            let Some((first, last)) = data.span() else { continue };
            let day = |ordinal| Period::new(measure.frequency, ordinal).map(Period::end).ok();
            if let (Some(first), Some(last)) = (day(first), day(last)) {
                let (a, b) = ends.unwrap_or((first, last));
                ends = Some((first.min(a), last.max(b)));
            }
        }
        let Some((first, last)) = ends else { return Vec::new() };
        let mut begin = kind.containing(first);
        if begin.end() < first {
            begin = begin.plus(1);
        }
        let mut beyond = kind.containing(last);
        while beyond.end() <= last {
            beyond = beyond.plus(1);
        }
        (0..beyond.ordinal() - begin.ordinal()).map(|n| begin.plus(n)).collect()
    }

    /// The values of an indicator in an area for the given periods, in their order. What is beyond all numbers is
    /// not calculable.
    #[must_use]
    pub fn values(&self, indicator: &Indicator, area: &AreaCode, periods: &[Period]) -> Vec<Value> {
        let mut values = self.calculated(indicator, area, periods);
        for value in &mut values {
            let finite = |part: Option<f64>| part.filter(|part| part.is_finite());
            value.numerator = finite(value.numerator);
            value.denominator = finite(value.denominator);
            if value.value.is_ok_and(|value| !value.is_finite()) {
                value.value = Err(Missing::NotCalculable);
            }
        }
        values
    }

    fn calculated(&self, indicator: &Indicator, area: &AreaCode, periods: &[Period]) -> Vec<Value> {
        match &indicator.calculation {
            Calculation::Count(expression) => {
                let cells = self.expression(expression, area, periods, None);
                whole(periods, &cells, true)
            }
            Calculation::Mean(expression) => {
                let cells = self.expression(expression, area, periods, Some(OverTime::Mean));
                let mut values = whole(periods, &cells, false);
                if indicator.interval == Some(IntervalRule::Student) {
                    self.spread(expression, area, &mut values);
                }
                values
            }
            Calculation::Published(id) => {
                let Some(measure) = self.framework.measure(id.as_str()) else { return Vec::new() };
                let column = self.resolver.column(measure, &crate::series::Breakdown::total(), area);
                whole(periods, &over_periods(&column, measure.frequency, OverTime::None, periods), false)
            }
            Calculation::Rate(rate) => self.rate(rate, rate.per, false, area, periods),
            Calculation::Percentage { parts, complement } => {
                self.rate(parts, 100.0, *complement, area, periods)
            }
            Calculation::Standardised(standardised) => self.standardised(standardised, area, periods),
            Calculation::StandardisedRatio(of) => {
                self.indirect(&indicator.id, of, Form::Ratio, area, periods)
            }
            Calculation::IndirectRate(of) => self.indirect(&indicator.id, of, Form::Rate, area, periods),
            Calculation::Inequality(of) => self.inequality(of, area, periods),
            Calculation::LifeExpectancy(of) => self.life_expectancy(of, area, periods),
            Calculation::SlopeIndex(of) => self.slope_index(of, area, periods),
            Calculation::ScotPho(of) => self.scottish(of, area, periods),
            Calculation::Quantile(of) => self.quantile(indicator, of, area, periods),
        }
    }

    /// Gives means of several figures their standard errors. The figures of a period are all of one kind.
    fn spread(&self, expression: &Expression, area: &AreaCode, values: &mut [Value]) {
        let first = expression.measures().next().and_then(|id| self.framework.measure(id.as_str()));
        let Some(kind) = first.map(|measure| measure.frequency) else { return };
        for value in values.iter_mut().filter(|value| value.value.is_ok()) {
            let Some(parts) = value.period.split(kind) else { continue };
            let figures = self.expression(expression, area, &parts.collect::<Vec<_>>(), None);
            let figures: Vec<Option<f64>> = figures.iter().map(|cell| cell.value.ok()).collect();
            if let Ok(Mean { deviation: Some(deviation), count, .. }) = mean(&figures, Confidence::P95) {
                let n = count as f64;
                value.precision = Precision::Error { error: deviation / n.sqrt(), freedom: Some(n - 1.0) };
            }
        }
    }

    /// Whether anything at all was observed for an indicator in an area or its parts.
    #[must_use]
    pub fn is_observed(&self, indicator: &Indicator, area: &AreaCode) -> bool {
        let seen = |expression: &Expression| {
            expression.terms().iter().any(|term| {
                self.framework
                    .measure(term.measure.as_str())
                    .is_some_and(|m| self.resolver.is_observed(m, &term.slice, area))
            })
        };
        match &indicator.calculation {
            Calculation::Count(e) | Calculation::Mean(e) => seen(e),
            Calculation::Published(id) => self
                .framework
                .measure(id.as_str())
                .is_some_and(|m| self.resolver.is_observed(m, &crate::series::Breakdown::total(), area)),
            Calculation::SlopeIndex(of) => seen(&of.parts.numerator),
            Calculation::Quantile(of) => self.is_observed(&of.of, area),
            ratio => ratio.parts().is_some_and(|parts| seen(&parts.numerator)),
        }
    }

    /// Whether anything was observed for an indicator in an area itself, and not only in its parts.
    #[must_use]
    pub fn is_observed_itself(&self, indicator: &Indicator, area: &AreaCode) -> bool {
        indicator
            .calculation
            .counted()
            .into_iter()
            .filter_map(|id| self.data.measure(id.as_str()))
            .any(|data| data.breakdowns().any(|breakdown| data.get(breakdown, area.as_str()).is_some()))
    }

    /// The sum of the terms for each period.
    pub(super) fn expression(
        &self,
        expression: &Expression,
        area: &AreaCode,
        periods: &[Period],
        adds: Option<OverTime>,
    ) -> Vec<Cell> {
        self.terms(expression, periods, |term, measure| {
            let column = self.resolver.column(measure, &term.slice, area);
            over_periods(&column, measure.frequency, adds.unwrap_or(measure.over_time), periods)
        })
    }

    fn terms(
        &self,
        expression: &Expression,
        periods: &[Period],
        cells_of: impl Fn(&crate::framework::Term, &crate::series::Measure) -> Vec<Cell>,
    ) -> Vec<Cell> {
        let mut total: Option<Vec<Cell>> = None;
        for term in expression.terms() {
            let cells = match self.framework.measure(term.measure.as_str()) {
                Some(measure) => cells_of(term, measure),
                None => vec![Cell::NO_DATA; periods.len()],
            };
            let scaled = cells.into_iter().map(|c| Cell { value: c.value.map(|v| term.factor * v), ..c });
            total = Some(match total {
                None => scaled.collect(),
                Some(known) => known.into_iter().zip(scaled).map(|(a, b)| plus(a, b)).collect(),
            });
        }
        total.unwrap_or_default()
    }

    fn rate(
        &self,
        rate: &Rate,
        per: f64,
        complement: bool,
        area: &AreaCode,
        periods: &[Period],
    ) -> Vec<Value> {
        let numerators = self.expression(&rate.numerator, area, periods, None);
        let denominators: Vec<(Cell, Option<Population>)> = match (&rate.denominator, rate.population_year) {
            (Some(population), Some(rule)) => {
                self.populations(population, rule, rate.carry_forward, area, periods)
            }
            (Some(expression), None) => {
                self.expression(expression, area, periods, None).into_iter().map(|c| (c, None)).collect()
            }
            (None, _) => self
                .terms(&rate.numerator, periods, |term, measure| {
                    let column = self.resolver.denominators(measure, &term.slice, area);
                    over_periods(&column, measure.frequency, measure.over_time, periods)
                })
                .into_iter()
                .map(|c| (c, None))
                .collect(),
        };
        let mut values = Vec::with_capacity(periods.len());
        for ((&period, n), (d, population)) in periods.iter().zip(numerators).zip(denominators) {
            let value = match (n.value, d.value) {
                (Err(reason), _) | (Ok(_), Err(reason)) => Err(reason),
                (Ok(_), Ok(0.0)) => Err(Missing::ZeroDenominator),
                (Ok(n), Ok(d)) => {
                    // Multiplied first: one rounding less, so that 23 of 40 is 57.5% and no digit below it.
                    let value = n * per / d;
                    Ok(if complement { per - value } else { value })
                }
            };
            let carried = population.is_some_and(|p| p.used != p.due);
            let marks = n.marks.and(d.marks);
            values.push(Value {
                period,
                value,
                numerator: n.value.ok(),
                denominator: d.value.ok(),
                marks: if carried { marks.and(Marks::CARRIED_POPULATION) } else { marks },
                release: n.release.max(d.release),
                population,
                precision: Precision::Parts,
            });
        }
        values
    }

    /// The population of the year that the rule gives for each period, or of the nearest earlier year
    /// from which it may be carried forward.
    pub(super) fn populations(
        &self,
        expression: &Expression,
        rule: PopulationYear,
        carry: u32,
        area: &AreaCode,
        periods: &[Period],
    ) -> Vec<(Cell, Option<Population>)> {
        let columns: Vec<(f64, Rc<Column>)> = expression
            .terms()
            .iter()
            .filter_map(|term| {
                let measure = self.framework.measure(term.measure.as_str())?;
                Some((term.factor, self.resolver.column(measure, &term.slice, area)))
            })
            .collect();
        let of_year = |year: i32| {
            columns
                .iter()
                .map(|(factor, column)| {
                    let cell = column.get(year);
                    Cell { value: cell.value.map(|v| factor * v), ..cell }
                })
                .reduce(plus)
                .unwrap_or(Cell::NO_DATA)
        };
        let of_due = |due: i32| {
            let back = i32::try_from(carry).unwrap_or(i32::MAX).min(200);
            for used in (due - back..=due).rev() {
                let cell = of_year(used);
                match cell.value {
                    Ok(_) => return (cell, Some(Population { due, used })),
                    // An estimate that is incomplete or withheld is not one that is still to come.
                    Err(Missing::NoData | Missing::NotYetPublished) => {}
                    Err(_) => return (cell, None),
                }
            }
            (Cell::missing(Missing::NoPopulation), None)
        };
        // Most periods ask for the same year as the one before.
        let mut last = None;
        let mut of_one_year = |period: Period| {
            let due = due_year(rule, period);
            match last {
                Some((known, found)) if known == due => found,
                _ => {
                    let found = of_due(due);
                    last = Some((due, found));
                    found
                }
            }
        };
        periods
            .iter()
            .map(|period| {
                if !has_several_years(period.kind()) {
                    return of_one_year(*period);
                }
                // Events of several years are divided by the people of all of them: a rate is one of a year.
                let (mut cell, mut last) = (Cell { value: Ok(0.0), ..Cell::NO_DATA }, None);
                for piece in years_of(*period) {
                    let (people, population) = of_one_year(piece);
                    cell = plus(cell, people);
                    if population.is_some_and(|population| population.used != population.due) {
                        cell.marks = cell.marks.and(Marks::CARRIED_POPULATION);
                    }
                    last = population;
                }
                (cell, last)
            })
            .collect()
    }
}

/// The year whose population a rule asks for.
pub(super) fn due_year(rule: PopulationYear, period: Period) -> i32 {
    match rule {
        PopulationYear::FinancialYearStart => period.financial_year_of_end(),
        PopulationYear::CalendarYear => period.calendar_year_of_end(),
    }
}

/// Whether periods of a kind are made of several whole years.
pub(super) fn has_several_years(kind: PeriodKind) -> bool {
    kind.length_in_months().is_some_and(|months| months > 12 && months % 12 == 0)
}

/// The years that a period is made of where it is made of several, in order of time; else itself.
pub(super) fn years_of(period: Period) -> Vec<Period> {
    let years = match period.kind() {
        kind if !has_several_years(kind) => None,
        PeriodKind::CalendarYears(_) => period.split(PeriodKind::CalendarYear).map(Iterator::collect),
        PeriodKind::FinancialYears(_) => period.split(PeriodKind::FinancialYear).map(Iterator::collect),
        PeriodKind::Months(n) => {
            let ends = (0..i32::from(n) / 12).rev().map(|back| period.ordinal() - 12 * back);
            ends.map(|end| Period::new(PeriodKind::Months(12), end).ok()).collect()
        }
        _ => None,
    };
    years.unwrap_or_else(|| vec![period])
}

pub(super) fn plus(a: Cell, b: Cell) -> Cell {
    let value = match (a.value, b.value) {
        (Ok(a), Ok(b)) => Ok(a + b),
        (Err(a), Err(b)) => Err(a.min(b)),
        (Err(reason), Ok(_)) | (Ok(_), Err(reason)) => Err(reason),
    };
    Cell { value, marks: a.marks.and(b.marks), release: a.release.max(b.release) }
}

/// Values that are not ratios. `counted`: the value is its own numerator.
fn whole(periods: &[Period], cells: &[Cell], counted: bool) -> Vec<Value> {
    periods
        .iter()
        .zip(cells)
        .map(|(&period, cell)| Value {
            period,
            value: cell.value,
            numerator: cell.value.ok().filter(|_| counted),
            denominator: None,
            marks: cell.marks,
            release: cell.release,
            population: None,
            precision: Precision::Parts,
        })
        .collect()
}
