//! The funnel of an indicator: which of several areas differ from all of them together by more than their
//! size explains.

use super::values::years_of;
use super::{Precision, Value, Valuer};
use crate::framework::{Calculation, Indicator};
use crate::ident::AreaCode;
use crate::method::funnel::{
    CurvePoint, Edge, Funnel, FunnelMethod, RateArea, RateKind, RatioForm, Significance,
};
use crate::method::interval::MethodError;
use crate::method::rates::Part;
use crate::time::Period;
use std::fmt;

/// Why there is no funnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoFunnel {
    /// Values of the indicator have no parts, or no size: a count, a mean, a published value.
    NoSize,
    /// Fewer than two areas have a value.
    TooFewAreas,
    /// The parts of the values are none that a funnel can be made of.
    Unfit,
}

impl fmt::Display for NoFunnel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NoSize => "no parts to tell sizes by",
            Self::TooFewAreas => "too few areas",
            Self::Unfit => "parts that do not fit a funnel",
        })
    }
}

/// An area in a funnel.
#[derive(Debug, Clone, PartialEq)]
pub struct FunnelArea {
    /// The area.
    pub area: AreaCode,
    /// Its value.
    pub value: Value,
    /// Where it stands; `None` without a value, or where its parts do not fit.
    pub significance: Option<Significance>,
}

/// The funnel of an indicator over areas in a period.
#[derive(Debug, Clone, PartialEq)]
pub struct FunnelOf {
    /// The areas, in the order in which they were given.
    pub areas: Vec<FunnelArea>,
    /// What they are compared with: all those with a value together, in the unit of the indicator.
    pub average: f64,
    /// How the limits are made. They are at 95% and 99.8%.
    pub method: FunnelMethod,
    funnel: Funnel,
    /// What limits of the method are multiplied by to be in the unit of the indicator.
    unit: f64,
}

impl FunnelOf {
    /// The curves: the limits at sizes over the range of the areas, in the unit of the indicator. Sizes are people
    /// (of a year, for a rate of several) or expected events.
    ///
    /// # Errors
    /// The areas are too large for a curve to be numbers.
    pub fn curve(&self) -> Result<Vec<CurvePoint>, MethodError> {
        let edge = |edge: Edge| Edge { value: edge.value * self.unit, ..edge };
        let scaled = |point: CurvePoint| CurvePoint {
            lower_95: edge(point.lower_95),
            upper_95: edge(point.upper_95),
            lower_998: edge(point.lower_998),
            upper_998: edge(point.upper_998),
            ..point
        };
        Ok(self.funnel.curve()?.into_iter().map(scaled).collect())
    }
}

/// Places areas in the funnel of an indicator. Areas without a value take no part in the average.
///
/// # Errors
/// Why there is none.
pub fn funnel(
    valuer: &Valuer<'_>,
    indicator: &Indicator,
    areas: &[AreaCode],
    period: Period,
) -> Result<FunnelOf, NoFunnel> {
    let values: Vec<Value> = areas
        .iter()
        .filter_map(|area| valuer.values(indicator, area, &[period]).into_iter().next())
        .collect();
    let placed: Vec<&Value> = values.iter().filter(|value| value.value.is_ok()).collect();
    if indicator.calculation.parts().is_none() {
        return Err(NoFunnel::NoSize);
    }
    if placed.len() < 2 {
        return Err(NoFunnel::TooFewAreas);
    }
    let rates = |per: f64, kind| {
        let areas: Vec<RateArea> = placed
            .iter()
            .map(|value| RateArea {
                events: value.numerator,
                rate: value.value.ok(),
                population: value.denominator,
            })
            .collect();
        Funnel::rates(&areas, per, kind, years_of(period).len() as f64)
    };
    let made = match &indicator.calculation {
        Calculation::Percentage { complement, .. } => {
            let parts: Vec<Part> = placed
                .iter()
                .map(|value| {
                    let turned = value.denominator.zip(value.numerator).map(|(below, above)| below - above);
                    let numerator = if *complement { turned } else { value.numerator };
                    Part { numerator, denominator: value.denominator }
                })
                .collect();
            Funnel::proportions(&parts, 100.0)
        }
        Calculation::Rate(rate) => rates(rate.per, RateKind::Crude),
        Calculation::StandardisedRatio(_) | Calculation::IndirectRate(_) => {
            let part = |value: &&Value| Part { numerator: value.numerator, denominator: value.denominator };
            Funnel::ratios(&placed.iter().map(part).collect::<Vec<_>>(), RatioForm::Of100)
        }
        Calculation::Standardised(of) => rates(of.parts.per, RateKind::Standardised),
        _ => return Err(NoFunnel::NoSize),
    };
    let funnel = made.map_err(|_| NoFunnel::Unfit)?;
    let average = match &indicator.calculation {
        // As many as expected.
        Calculation::StandardisedRatio(ratio) => ratio.parts.per,
        Calculation::IndirectRate(_) => match placed.first().map(|value| &value.precision) {
            Some(Precision::ReferenceRate(rate)) => *rate,
            _ => return Err(NoFunnel::Unfit),
        },
        _ => funnel.average().ok_or(NoFunnel::Unfit)?,
    };
    let mut found = funnel.significance().into_iter();
    let areas = areas
        .iter()
        .zip(&values)
        .map(|(area, value)| FunnelArea {
            area: area.clone(),
            value: value.clone(),
            significance: value.value.ok().and_then(|_| found.next()).and_then(Result::ok),
        })
        .collect();
    let unit = match &indicator.calculation {
        // Curves of ratios are of 100.
        Calculation::StandardisedRatio(_) | Calculation::IndirectRate(_) => average / 100.0,
        _ => 1.0,
    };
    Ok(FunnelOf { areas, average, method: funnel.method(), funnel, unit })
}
