//! The slope index of inequality of values that are published for groups with their limits or standard errors.
//! The groups are joined by category, never by position.

use super::standardised::totals;
use super::{Precision, Value, Valuer};
use crate::framework::{GivenSpread, GivenValues, LineThrough, SlopeIndex, SlopeMeasure, SlopeTowards};
use crate::ident::AreaCode;
use crate::method::inequality::{
    Fit, Group, Index, SlopeInequality, SlopeMethod, SlopeSettings, Spread, Towards, Values, slope_index,
};
use crate::method::interval::{Confidence, Interval};
use crate::method::{Cell, Missing};
use crate::time::Period;
use std::sync::Arc;

/// The groups that an index of inequality is made of: from them follow its limits at any level.
#[derive(Debug, Clone, PartialEq)]
pub struct SlopeBasis {
    groups: Vec<Group>,
    settings: SlopeSettings,
    measure: SlopeMeasure,
}

impl SlopeBasis {
    /// The index with its limits at a level; `None` where there is none.
    fn index(&self, confidence: Confidence) -> Option<(Index, SlopeInequality)> {
        let found = slope_index(&self.groups, &SlopeSettings { confidence, ..self.settings }).ok()?;
        let index = match self.measure {
            SlopeMeasure::Slope => found.slope,
            SlopeMeasure::Relative => found.relative?,
        };
        Some((index, found))
    }

    /// The limits of the index at a level, and how they were made; `None` where the values of the groups are
    /// too unsure for the method to give any.
    #[must_use]
    pub fn limits(&self, confidence: Confidence) -> Option<(Interval, SlopeMethod)> {
        let (index, found) = self.index(confidence)?;
        Some((index.limits?, found.method))
    }
}

impl Valuer<'_> {
    /// The indices of inequality of published values. A group without a figure leaves the period without one.
    /// The denominator is the people of all groups.
    pub(super) fn slope_index(&self, of: &SlopeIndex, area: &AreaCode, periods: &[Period]) -> Vec<Value> {
        let bands = self.bands(&of.parts, &of.by, of.bands.iter(), area, periods);
        let spread: Vec<Vec<Vec<Cell>>> = of
            .given()
            .skip(1)
            .map(|given| {
                let of_band = |band| self.expression(&given.within(&of.by, band), area, periods, None);
                of.bands.iter().map(of_band).collect()
            })
            .collect();
        let places = periods.iter().enumerate();
        let value = |(place, &period): (usize, &Period)| {
            let totals = totals(&bands, place);
            // Values of groups are no events that add up.
            let told = |value, precision| Value { numerator: None, ..totals.value(period, value, precision) };
            let of_spread = spread.iter().flatten().map(|cells| cells[place]);
            let marks = of_spread.clone().fold(totals.events.marks, |marks, cell| marks.and(cell.marks));
            let release = of_spread.clone().map(|cell| cell.release).max().unwrap_or(0);
            let lacking = of_spread.filter_map(|cell| cell.value.err()).chain(totals.lacking()).min();
            let (value, precision) = match lacking {
                Some(reason) => (Err(reason), Precision::Parts),
                None => {
                    let figure =
                        |which: usize, group: usize| spread[which][group][place].value.unwrap_or(0.0);
                    let groups: Vec<Group> = (1..)
                        .zip(&bands)
                        .enumerate()
                        .map(|(at, (group, band))| Group {
                            group,
                            population: band.people[place].0.value.ok(),
                            value: band.events[place].value.ok(),
                            spread: match of.spread {
                                GivenSpread::Errors(_) => Spread::StandardError(figure(0, at)),
                                GivenSpread::Limits95(..) => {
                                    Spread::Limits95(Interval { lower: figure(0, at), upper: figure(1, at) })
                                }
                            },
                        })
                        .collect();
                    made(of, groups)
                }
            };
            let told = told(value, precision);
            Value { marks: told.marks.and(marks), release: told.release.max(release), ..told }
        };
        places.map(value).collect()
    }
}

fn made(of: &SlopeIndex, groups: Vec<Group>) -> (Result<f64, Missing>, Precision) {
    let fit = match of.line {
        LineThrough::Values => Fit::OfValues,
        LineThrough::Logarithms => Fit::OfLogarithms,
    };
    let settings = SlopeSettings {
        values: match of.values {
            GivenValues::Plain => Values::Plain,
            GivenValues::Rates => Values::Rates(fit),
            GivenValues::Proportions => Values::Proportions(fit),
        },
        towards: match of.towards {
            SlopeTowards::Last => Towards::Last,
            SlopeTowards::First => Towards::First,
        },
        per: of.parts.per,
        confidence: Confidence::P95,
    };
    if groups.iter().any(|group| group.population == Some(0.0)) {
        return (Err(Missing::ZeroDenominator), Precision::Parts);
    }
    let basis = SlopeBasis { groups, settings, measure: of.measure };
    match basis.index(Confidence::P95) {
        Some((index, _)) => (Ok(index.value), Precision::Groups(Arc::new(basis))),
        None => (Err(Missing::NotCalculable), Precision::Parts),
    }
}
