//! Calculations over groups and in the manner of ScotPHO, checked against the measures, standards and indicators
//! that they name.

use super::Entry;
use super::calculations::{Standards, banded, check_bands, check_per, rate};
use crate::area::Areas;
use crate::framework::document::{QuantileEntry, ScotPhoEntry, SlopeIndexEntry};
use crate::framework::{
    Calculation, Expression, FirstGroup, GivenSpread, GivenValues, Indicator, LineThrough, Quantile,
    Scottish, ScottishForm, ScottishGap, SlopeIndex, SlopeMeasure, SlopeTowards,
};
use crate::ident::{DimensionId, MeasureId};
use crate::series::Measure;
use crate::time::PeriodKind;
use std::collections::BTreeMap;

type Measures = BTreeMap<MeasureId, Measure>;

/// One measure as it is published: neither a sum nor a multiple.
fn published(what: &str, text: &str, measures: &Measures, at: &mut Entry<'_>) -> Option<Expression> {
    let expression = at.expression(text, measures)?;
    let one = matches!(expression.terms(), [term] if term.factor == 1.0);
    if !one {
        at.refuse(format!("calculation: {what} is one measure as it is published, not \"{text}\""));
    }
    one.then_some(expression)
}

/// The parts of a slope index.
pub(super) fn slope_index(
    entry: SlopeIndexEntry,
    measures: &Measures,
    at: &mut Entry<'_>,
) -> Option<SlopeIndex> {
    let per = entry.per.unwrap_or(1.0);
    check_per(per, at);
    let value = published("value", &entry.value, measures, at);
    let spread = match (entry.error, entry.lower, entry.upper) {
        (Some(error), None, None) => published("error", &error, measures, at).map(GivenSpread::Errors),
        (None, Some(lower), Some(upper)) => {
            let (lower, upper) =
                (published("lower", &lower, measures, at), published("upper", &upper, measures, at));
            lower.zip(upper).map(|(lower, upper)| GivenSpread::Limits95(lower, upper))
        }
        _ => {
            at.refuse("calculation: a slope index needs either error, or lower and upper");
            None
        }
    };
    let values = at.one_of("calculation", &entry.values, &GivenValues::NAMES);
    let line = entry
        .line
        .map_or(Some(LineThrough::default()), |name| at.one_of("calculation", &name, &LineThrough::NAMES));
    let towards = entry
        .towards
        .map_or(Some(SlopeTowards::default()), |name| at.one_of("calculation", &name, &SlopeTowards::NAMES));
    let measure = at.one_of("calculation", &entry.measure, &SlopeMeasure::NAMES);
    if (values, line) == (Some(GivenValues::Plain), Some(LineThrough::Logarithms)) {
        at.refuse("calculation: a line through logarithms is for rates and proportions");
    }
    let parts = (entry.value, Some(entry.population));
    let parts =
        value.and_then(|_| rate(parts, per, entry.population_year, entry.carry_forward, measures, at));
    let (parts, by, bands) = banded(parts, &entry.by, entry.bands, measures, at)?;
    if !(5..=100).contains(&bands.len()) {
        at.refuse(format!("calculation: {} groups of {by}; expected 5 to 100, in order", bands.len()));
    }
    let found = SlopeIndex {
        parts,
        spread: spread?,
        by,
        bands,
        values: values?,
        line: line?,
        towards: towards?,
        measure: measure?,
    };
    check_bands(found.given().flat_map(Expression::measures), &found.by, found.bands.iter(), measures, at);
    Some(found)
}

/// A rate or percentage of the Scottish profiles. What belongs to one form is refused of another.
pub(super) fn scotpho(
    entry: ScotPhoEntry,
    frequency: Option<PeriodKind>,
    measures: &Measures,
    standards: &Standards,
    at: &mut Entry<'_>,
) -> Option<Scottish> {
    const FORMS: [(&str, u8); 4] =
        [("crude rate", 0), ("percentage", 1), ("sample percentage", 2), ("standardised rate", 3)];
    let named = at.one_of("calculation", &entry.form, &FORMS);
    let gap = at.one_of("calculation", &entry.missing, &ScottishGap::NAMES);
    let (form, gap) = (named?, gap?);
    for (key, there, of) in [
        ("per", entry.per.is_some(), &[0, 3][..]),
        ("sampled_from", entry.sampled_from.is_some(), &[2]),
        ("by", entry.by.is_some(), &[3]),
        ("standard", entry.standard.is_some(), &[3]),
    ] {
        if there != of.contains(&form) {
            let what = if there { "is not for" } else { "is missing for" };
            at.refuse(format!("calculation: {key} {what} a {}", entry.form));
        }
    }
    if entry.standard_total.is_some() && form != 3 {
        at.refuse(format!("calculation: standard_total is not for a {}", entry.form));
    }
    let refused = if form == 3 { ScottishGap::PassedOver } else { ScottishGap::Refused };
    if gap == refused {
        let other = if form == 3 { "\"zero\" or \"refused\"" } else { "\"zero\" or \"passed over\"" };
        at.refuse(format!("calculation: missing figures of a {} are {other}", entry.form));
    }
    let whole = |kind: PeriodKind| kind.length_in_months().is_some_and(|months| months % 12 == 0);
    if let Some(kind) = frequency.filter(|kind| !whole(*kind)) {
        at.refuse(format!("frequency: scotpho is of one or several years, not of a {kind}"));
    }
    let per = entry.per.unwrap_or(100.0);
    check_per(per, at);
    let parts = (entry.numerator, Some(entry.denominator));
    let parts = rate(parts, per, entry.population_year, entry.carry_forward, measures, at);
    let form = match form {
        0 => ScottishForm::CrudeRate,
        1 => ScottishForm::Percentage,
        2 => ScottishForm::SamplePercentage { sampled_from: at.expression(&entry.sampled_from?, measures)? },
        _ => {
            let by = at.id("calculation", &entry.by?, DimensionId::new);
            let named = entry.standard?;
            let Some(weights) = standards.get(named.as_str()) else {
                at.refuse(format!(
                    "calculation: there is no standard {named}; standards are [[standard]] entries"
                ));
                return None;
            };
            let sum = weights.iter().map(|(_, weight)| weight).sum();
            let total = entry.standard_total.unwrap_or(sum);
            if !(total.is_finite() && total > 0.0) {
                at.refuse(format!("calculation: a standard_total of {total}; expected a number above 0"));
            }
            let (by, parts) = (by?, parts.as_ref()?);
            let below = parts.denominator.iter().flat_map(Expression::measures);
            let ids = parts.numerator.measures().chain(below);
            check_bands(ids, &by, weights.iter().map(|(band, _)| band), measures, at);
            ScottishForm::StandardisedRate { by, weights: weights.clone(), total }
        }
    };
    Some(Scottish { parts: parts?, form, gap })
}

/// The group of an area by the values of another indicator, one of those that are known so far.
pub(super) fn quantile(
    entry: QuantileEntry,
    indicators: &[(usize, Indicator)],
    areas: &Areas,
    at: &mut Entry<'_>,
) -> Option<Quantile> {
    let first = at.one_of("calculation", &entry.first, &FirstGroup::NAMES);
    if !(2..=100).contains(&entry.groups) {
        at.refuse(format!("calculation: {} groups of areas; expected 2 to 100", entry.groups));
    }
    let among = entry.among.map(|code| {
        let code = at.area("calculation", &code, areas)?;
        if areas.get(code.as_str()).is_none_or(|area| area.divisions.is_empty()) {
            at.refuse(format!("calculation: {code} has no parts, so that it is no group of areas"));
        }
        Some(code)
    });
    let of = indicators.iter().map(|(_, indicator)| indicator);
    let of = of.clone().find(|indicator| indicator.id.as_str() == entry.of);
    if of.is_none_or(|of| matches!(of.calculation, Calculation::Quantile(_))) {
        at.refuse(format!(
            "calculation: {} is no sound indicator whose values could be grouped; a quantile is of one that is no \
             quantile",
            entry.of
        ));
    }
    let among = match among {
        None => None,
        Some(found) => Some(found?),
    };
    Some(Quantile { of: of?.clone(), groups: entry.groups, first: first?, among })
}
