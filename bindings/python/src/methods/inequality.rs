//! Inequality by deprivation, and funnels.

use super::{Build, choose, confidence, refused, run, same_length, whole};
use crate::arrow::Numbers;
use crate::errors::Failure;
use crate::table::NativeTable;
use kilter::method::funnel::{Funnel, RateArea, RateKind, RatioForm};
use kilter::method::inequality::{
    Bounded, Deprivation, DeprivationGroup, Fit, Group, Index, MissingRate, SlopeSettings, Spread, Towards,
    Values, simd as by_simd, slope_index as slope,
};
use kilter::method::interval::Interval;
use kilter::method::rates::Part;
use kilter::table::Table;
use pyo3::prelude::*;

#[pyfunction]
#[allow(clippy::too_many_arguments)]
fn simd(
    py: Python<'_>,
    group: Numbers,
    rate: Numbers,
    population: Numbers,
    deprivation: &str,
    rate_of_all: f64,
    missing: &str,
    level: f64,
) -> PyResult<NativeTable> {
    run(py, || {
        let tables = [("quintiles", Deprivation::Quintiles), ("deciles", Deprivation::Deciles)];
        let deprivation = choose("deprivation", deprivation, &tables)?;
        let ways = [("refuse", MissingRate::Refuse), ("leave out", MissingRate::LeaveOut)];
        let missing = choose("missing", missing, &ways)?;
        same_length(&[("group", group.0.len()), ("rate", rate.0.len()), ("population", population.0.len())])?;
        let of = |row: usize| {
            let group = whole("group", row, group.0[row])?;
            Ok(DeprivationGroup { group, rate: rate.0[row], population: population.0[row] })
        };
        let groups = (0..group.0.len()).map(of).collect::<Result<Vec<_>, Failure>>()?;
        let found =
            by_simd(&groups, deprivation, rate_of_all, missing, confidence(level)?).map_err(refused)?;
        let alone = |value: Option<f64>| (value, None);
        let of = |of: Bounded| (Some(of.value), Some(of.limits));
        let rows = [
            ("slope", of(found.slope)),
            ("relative", of(found.relative)),
            ("relative_percent", alone(Some(found.relative_percent))),
            ("attributable_percent", alone(found.attributable_percent)),
            ("absolute_range", alone(found.absolute_range)),
            ("relative_range", alone(found.relative_range)),
        ];
        Ok(indices(&rows, &found.method))
    })
}

type IndexRow = (&'static str, (Option<f64>, Option<Interval>));

fn indices(rows: &[IndexRow], method: &impl std::fmt::Display) -> Table {
    Build::default()
        .text("index", rows.iter().map(|(name, _)| Some(name)))
        .number("value", rows.iter().map(|(_, (value, _))| *value))
        .limits(rows.iter().map(|(_, (_, limits))| *limits))
        .text("method", rows.iter().map(|_| Some(method)))
        .table()
}

#[pyfunction]
#[allow(clippy::too_many_arguments)]
fn slope_index(
    py: Python<'_>,
    group: Numbers,
    value: Numbers,
    population: Numbers,
    standard_error: Option<Numbers>,
    limits: Option<(Numbers, Numbers)>,
    values: &str,
    fit: &str,
    towards: &str,
    per: f64,
    level: f64,
) -> PyResult<NativeTable> {
    run(py, || {
        let fit = choose("fit", fit, &[("values", Fit::OfValues), ("logarithms", Fit::OfLogarithms)])?;
        let kinds = [
            ("plain", Values::Plain),
            ("rates", Values::Rates(fit)),
            ("proportions", Values::Proportions(fit)),
        ];
        let settings = SlopeSettings {
            values: choose("values", values, &kinds)?,
            towards: choose("towards", towards, &[("last", Towards::Last), ("first", Towards::First)])?,
            per,
            confidence: confidence(level)?,
        };
        let rows = group.0.len();
        let widths = match (&standard_error, &limits) {
            (Some(error), None) => [error.0.len(); 2],
            (None, Some((lower, upper))) => [lower.0.len(), upper.0.len()],
            _ => {
                let what = "give how sure the values are either as standard_error or as limits (95%)";
                return Err(Failure::Method(what.into()));
            }
        };
        same_length(&[
            ("group", rows),
            ("value", value.0.len()),
            ("population", population.0.len()),
            ("lower", widths[0]),
            ("upper", widths[1]),
        ])?;
        let of = |row: usize| {
            let there = |cell: Option<f64>| {
                cell.ok_or_else(|| Failure::Method(format!("row {row}: how sure the value is, is missing")))
            };
            let spread = match (&standard_error, &limits) {
                (Some(error), _) => Spread::StandardError(there(error.0[row])?),
                (None, Some((lower, upper))) => {
                    Spread::Limits95(Interval { lower: there(lower.0[row])?, upper: there(upper.0[row])? })
                }
                (None, None) => Spread::StandardError(0.0),
            };
            let group = whole("group", row, group.0[row])?;
            Ok(Group { group, population: population.0[row], value: value.0[row], spread })
        };
        let groups = (0..rows).map(of).collect::<Result<Vec<_>, Failure>>()?;
        let found = slope(&groups, &settings).map_err(refused)?;
        let of = |of: Index| (Some(of.value), of.limits);
        let rows = [
            ("slope", of(found.slope)),
            ("relative", found.relative.map_or((None, None), of)),
            ("start", (Some(found.start), None)),
        ];
        Ok(indices(&rows, &found.method))
    })
}

fn parts(numerator: &Numbers, denominator: &Numbers) -> Result<Vec<Part>, Failure> {
    same_length(&[("numerator", numerator.0.len()), ("denominator", denominator.0.len())])?;
    let pairs = numerator.0.iter().zip(&denominator.0);
    Ok(pairs.map(|(x, n)| Part { numerator: *x, denominator: *n }).collect())
}

/// The areas of a funnel, or its curves.
fn drawn(funnel: &Funnel, curve: bool) -> Result<Table, Failure> {
    if curve {
        let points = funnel.curve().map_err(refused)?;
        let at = |of: fn(&kilter::method::funnel::CurvePoint) -> f64| {
            points.iter().map(of).map(Some).collect::<Vec<_>>()
        };
        return Ok(Build::default()
            .number("count", at(|p| p.count))
            .number("lower_95_at", at(|p| p.lower_95.at))
            .number("lower_95", at(|p| p.lower_95.value))
            .number("upper_95_at", at(|p| p.upper_95.at))
            .number("upper_95", at(|p| p.upper_95.value))
            .number("lower_998_at", at(|p| p.lower_998.at))
            .number("lower_998", at(|p| p.lower_998.value))
            .number("upper_998_at", at(|p| p.upper_998.at))
            .number("upper_998", at(|p| p.upper_998.value))
            .table());
    }
    let (found, points) = (funnel.significance(), funnel.points());
    Ok(Build::default()
        .text("significance", found.iter().map(|row| row.as_ref().ok()))
        .number("average", found.iter().map(|_| funnel.average()))
        .number("rate", points.iter().map(|row| Some((*row.as_ref().ok()?)?.rate)))
        .number("population", points.iter().map(|row| Some((*row.as_ref().ok()?)?.population)))
        .text("method", found.iter().map(|_| Some(funnel.method())))
        .text("reason", found.iter().map(|row| row.as_ref().err()))
        .table())
}

#[pyfunction]
fn funnel_proportions(
    py: Python<'_>,
    numerator: Numbers,
    denominator: Numbers,
    per: f64,
    curve: bool,
) -> PyResult<NativeTable> {
    run(py, || drawn(&Funnel::proportions(&parts(&numerator, &denominator)?, per).map_err(refused)?, curve))
}

#[pyfunction]
fn funnel_ratios(
    py: Python<'_>,
    observed: Numbers,
    expected: Numbers,
    form: &str,
    curve: bool,
) -> PyResult<NativeTable> {
    run(py, || {
        let form = choose("form", form, &[("of 100", RatioForm::Of100), ("excess", RatioForm::Excess)])?;
        drawn(&Funnel::ratios(&parts(&observed, &expected)?, form).map_err(refused)?, curve)
    })
}

#[pyfunction]
#[allow(clippy::too_many_arguments)]
fn funnel_rates(
    py: Python<'_>,
    events: Numbers,
    population: Option<Numbers>,
    rate: Option<Numbers>,
    kind: &str,
    per: f64,
    years: f64,
    curve: bool,
) -> PyResult<NativeTable> {
    run(py, || {
        let kind =
            choose("kind", kind, &[("crude", RateKind::Crude), ("standardised", RateKind::Standardised)])?;
        let rows = events.0.len();
        let or_none = |column: Option<Numbers>| column.map_or_else(|| vec![None; rows], |column| column.0);
        let (population, rate) = (or_none(population), or_none(rate));
        same_length(&[("events", rows), ("population", population.len()), ("rate", rate.len())])?;
        let of =
            |row: usize| RateArea { events: events.0[row], rate: rate[row], population: population[row] };
        let areas: Vec<RateArea> = (0..rows).map(of).collect();
        drawn(&Funnel::rates(&areas, per, kind, years).map_err(refused)?, curve)
    })
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(simd, module)?)?;
    module.add_function(wrap_pyfunction!(slope_index, module)?)?;
    module.add_function(wrap_pyfunction!(funnel_proportions, module)?)?;
    module.add_function(wrap_pyfunction!(funnel_ratios, module)?)?;
    module.add_function(wrap_pyfunction!(funnel_rates, module)?)
}
