//! Rates, proportions, means, rolling windows, quantiles, five-point trends.

use super::{Build, choose, confidence, count, missing_figures, refused, run, same_length, whole, yes};
use crate::arrow::{Numbers, Texts};
use crate::errors::Failure;
use crate::table::NativeTable;
use kilter::method::half_up as round_half_up;
use kilter::method::interval::{self, Confidence, Estimate, Interval, MethodError};
use kilter::method::quantile::{First, quantiles as in_quantiles};
use kilter::method::rates::{
    Part, Pooled, RowError, Statistic, mean as mean_of, pooled as pool, pooled_by_group,
};
use kilter::method::rolling::{
    LimitsOf, RollingSettings, ScottishMeasure, ScottishMissing, ScottishYear, YearPart,
    rolling_rates as roll, scottish_rolling as scottish_roll,
};
use kilter::method::trend_test;
use kilter::method::trend_test::{FivePointTrend, ProportionPoint, RatePoint};
use kilter::table::Table;
use pyo3::prelude::*;

/// What a row comes to: its estimate, or why it has none.
type Row = Result<Estimate, String>;

fn lacking(what: &str) -> String {
    format!("the {what} is missing, which is not zero")
}

fn estimates(rows: usize, of: impl Fn(usize) -> Row) -> Table {
    let rows: Vec<Row> = (0..rows).map(of).collect();
    let found = || rows.iter().map(|row| row.as_ref().ok());
    Build::default()
        .number("value", found().map(|found| Some(found?.value)))
        .limits(found().map(|found| Some(found?.limits)))
        .text("method", found().map(|found| Some(found?.method)))
        .text("reason", rows.iter().map(|row| row.as_ref().err()))
        .table()
}

fn statistic(text: &str) -> Result<Statistic, Failure> {
    choose("statistic", text, &[("rate", Statistic::Rate), ("proportion", Statistic::Proportion)])
}

type Of = fn(f64, f64, f64, Confidence) -> Result<Estimate, MethodError>;

fn row_by_row(
    numerator: &[Option<f64>],
    denominator: &[Option<f64>],
    per: f64,
    level: f64,
    of: Of,
) -> Result<Table, Failure> {
    let level = confidence(level)?;
    // What is wrong with `per` is wrong with the call, and not with its rows.
    of(0.0, 1.0, per, level).map_err(refused)?;
    same_length(&[("numerator", numerator.len()), ("denominator", denominator.len())])?;
    Ok(estimates(numerator.len(), |row| {
        let x = numerator[row].ok_or_else(|| lacking("numerator"))?;
        let n = denominator[row].ok_or_else(|| lacking("denominator"))?;
        of(x, n, per, level).map_err(|error| error.to_string())
    }))
}

#[pyfunction]
fn crude_rate(
    py: Python<'_>,
    numerator: Numbers,
    denominator: Numbers,
    per: f64,
    level: f64,
) -> PyResult<NativeTable> {
    run(py, || row_by_row(&numerator.0, &denominator.0, per, level, interval::rate))
}

#[pyfunction]
fn proportion(
    py: Python<'_>,
    numerator: Numbers,
    denominator: Numbers,
    per: f64,
    level: f64,
) -> PyResult<NativeTable> {
    run(py, || row_by_row(&numerator.0, &denominator.0, per, level, interval::proportion))
}

fn limits_by_row(rows: usize, of: impl Fn(usize) -> Result<Interval, String>) -> Table {
    let rows: Vec<Result<Interval, String>> = (0..rows).map(of).collect();
    Build::default()
        .limits(rows.iter().map(|row| row.as_ref().ok().copied()))
        .text("reason", rows.iter().map(|row| row.as_ref().err()))
        .table()
}

#[pyfunction]
fn poisson(py: Python<'_>, count: Numbers, level: f64) -> PyResult<NativeTable> {
    of_counts(py, &count, level, interval::poisson)
}

#[pyfunction]
fn byar(py: Python<'_>, count: Numbers, level: f64) -> PyResult<NativeTable> {
    of_counts(py, &count, level, interval::byar)
}

fn of_counts(
    py: Python<'_>,
    counts: &Numbers,
    level: f64,
    of: fn(f64, Confidence) -> Result<Interval, MethodError>,
) -> PyResult<NativeTable> {
    run(py, || {
        let level = confidence(level)?;
        Ok(limits_by_row(counts.0.len(), |row| {
            let count = counts.0[row].ok_or_else(|| lacking("count"))?;
            of(count, level).map_err(|error| error.to_string())
        }))
    })
}

#[pyfunction]
fn wilson(py: Python<'_>, numerator: Numbers, denominator: Numbers, level: f64) -> PyResult<NativeTable> {
    run(py, || {
        let level = confidence(level)?;
        same_length(&[("numerator", numerator.0.len()), ("denominator", denominator.0.len())])?;
        Ok(limits_by_row(numerator.0.len(), |row| {
            let x = numerator.0[row].ok_or_else(|| lacking("numerator"))?;
            let n = denominator.0[row].ok_or_else(|| lacking("denominator"))?;
            interval::wilson(x, n, level).map_err(|error| error.to_string())
        }))
    })
}

#[pyfunction]
fn half_up(py: Python<'_>, values: Numbers, decimals: u32) -> PyResult<NativeTable> {
    run(py, || {
        let rounded = values.0.iter().map(|value| value.map(|value| round_half_up(value, decimals)));
        Ok(Build::default().number("value", rounded).table())
    })
}

#[pyfunction]
fn pooled(
    py: Python<'_>,
    numerator: Numbers,
    denominator: Numbers,
    statistic_: &str,
    by: Option<Texts>,
    per: f64,
    level: f64,
) -> PyResult<NativeTable> {
    run(py, || {
        let (statistic, level) = (statistic(statistic_)?, confidence(level)?);
        let (x, n) = (numerator.0, denominator.0);
        let groups = by.as_ref().map_or(x.len(), |by| by.0.len());
        same_length(&[("numerator", x.len()), ("denominator", n.len()), ("by", groups)])?;
        let parts = x.iter().zip(&n).map(|(x, n)| Part { numerator: *x, denominator: *n });
        let Some(by) = by else {
            let parts: Vec<Part> = parts.collect();
            let whole = pool(statistic, &parts, per, level).map_err(refused)?;
            return Ok(groups_table(Build::default(), &[Ok(whole)]));
        };
        let rows: Vec<(Option<String>, Part)> = by.0.into_iter().zip(parts).collect();
        let found = pooled_by_group(statistic, &rows, per, level);
        let (names, found): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        Ok(groups_table(Build::default().text("by", names), &found))
    })
}

fn groups_table(build: Build, rows: &[Result<Pooled, RowError>]) -> Table {
    let found = || rows.iter().map(|row| row.as_ref().ok());
    build
        .number("numerator", found().map(|found| Some(found?.numerator)))
        .number("denominator", found().map(|found| Some(found?.denominator)))
        .number("value", found().map(|found| Some(found?.estimate.value)))
        .limits(found().map(|found| Some(found?.estimate.limits)))
        .text("method", found().map(|found| Some(found?.estimate.method)))
        .text("reason", rows.iter().map(|row| row.as_ref().err()))
        .table()
}

#[pyfunction]
fn mean(py: Python<'_>, values: Numbers, level: f64) -> PyResult<NativeTable> {
    run(py, || {
        let found = mean_of(&values.0, confidence(level)?).map_err(refused)?;
        Ok(Build::default()
            .number("value", [Some(found.value)])
            .limits([found.limits].into_iter())
            .number("sum", [Some(found.sum)])
            .whole("count", [count(found.count)])
            .number("deviation", [found.deviation])
            .text("method", [Some(found.method)])
            .table())
    })
}

#[pyfunction]
#[allow(clippy::too_many_arguments)]
fn rolling_rates(
    py: Python<'_>,
    year: Numbers,
    numerator: Numbers,
    denominator: Numbers,
    window: u32,
    statistic_: &str,
    per: f64,
    limits_of: &str,
    level: f64,
    missing: &str,
) -> PyResult<NativeTable> {
    run(py, || {
        let of = [("sum", LimitsOf::Sum), ("mean", LimitsOf::Mean)];
        let settings = RollingSettings {
            window,
            statistic: statistic(statistic_)?,
            per,
            limits_of: choose("limits_of", limits_of, &of)?,
            confidence: confidence(level)?,
            missing: missing_figures(missing)?,
        };
        let (x, n) = (&numerator.0, &denominator.0);
        same_length(&[("year", year.0.len()), ("numerator", x.len()), ("denominator", n.len())])?;
        let part = |(row, cell): (usize, &Option<f64>)| {
            let year = whole("year", row, *cell)?;
            Ok(YearPart { year, numerator: x[row], denominator: n[row] })
        };
        let years = year.0.iter().enumerate().map(part).collect::<Result<Vec<_>, Failure>>()?;
        let rows: Vec<_> = roll(&years, &settings).into_iter().collect();
        let found = || rows.iter().map(|(_, row)| row.as_ref().ok());
        Ok(Build::default()
            .whole("last", rows.iter().map(|(last, _)| Some(i64::from(*last))))
            .whole("first", found().map(|found| Some(i64::from(found?.first))))
            .number("numerator", found().map(|found| Some(found?.numerator)))
            .number("denominator", found().map(|found| Some(found?.denominator)))
            .number("value", found().map(|found| Some(found?.estimate.value)))
            .limits(found().map(|found| Some(found?.estimate.limits)))
            .text("method", found().map(|found| Some(found?.estimate.method)))
            .text("reason", rows.iter().map(|(_, row)| row.as_ref().err()))
            .table())
    })
}

#[pyfunction]
#[allow(clippy::too_many_arguments)]
fn scottish_rolling(
    py: Python<'_>,
    year: Numbers,
    numerator: Numbers,
    denominator: Numbers,
    sampled_from: Option<Numbers>,
    measure: &str,
    per: f64,
    window: u32,
    missing: &str,
) -> PyResult<NativeTable> {
    run(py, || {
        let measures = [
            ("crude", ScottishMeasure::Crude { per }),
            ("percent", ScottishMeasure::Percent),
            ("sample percent", ScottishMeasure::SamplePercent),
        ];
        let measure = choose("measure", measure, &measures)?;
        let ways = [("zero", ScottishMissing::AsZero), ("suppressed", ScottishMissing::Suppressed)];
        let missing = choose("missing", missing, &ways)?;
        let (x, n) = (&numerator.0, &denominator.0);
        let from = sampled_from.as_ref().map(|from| &from.0);
        same_length(&[
            ("year", year.0.len()),
            ("numerator", x.len()),
            ("denominator", n.len()),
            ("sampled_from", from.map_or(x.len(), Vec::len)),
        ])?;
        let part = |(row, cell): (usize, &Option<f64>)| {
            let sampled_from = from.and_then(|from| from[row]);
            let year = whole("year", row, *cell)?;
            Ok(ScottishYear { year, numerator: x[row], denominator: n[row], sampled_from })
        };
        let years = year.0.iter().enumerate().map(part).collect::<Result<Vec<_>, Failure>>()?;
        let rows: Vec<_> = scottish_roll(&years, measure, window, missing).into_iter().collect();
        let found = || rows.iter().map(|(_, row)| row.as_ref().ok());
        Ok(Build::default()
            .whole("last", rows.iter().map(|(last, _)| Some(i64::from(*last))))
            .whole("first", found().map(|found| Some(i64::from(found?.first))))
            .whole("plot_year", found().map(|found| Some(i64::from(found?.plot_year?))))
            .number("numerator", found().map(|found| Some(found?.numerator)))
            .number("denominator", found().map(|found| Some(found?.denominator)))
            .number("value", found().map(|found| Some(found?.value)))
            .limits(found().map(|found| Some(found?.limits)))
            .text("reason", rows.iter().map(|(_, row)| row.as_ref().err()))
            .table())
    })
}

#[pyfunction]
fn quantiles(py: Python<'_>, values: Numbers, groups: u32, first: &str) -> PyResult<NativeTable> {
    run(py, || {
        let first = choose("first", first, &[("highest", First::Highest), ("lowest", First::Lowest)])?;
        let rows = in_quantiles(&values.0, groups, first).map_err(refused)?;
        Ok(Build::default()
            .whole("group", rows.iter().map(|row| row.as_ref().ok().map(|group| i64::from(*group))))
            .text("reason", rows.iter().map(|row| row.as_ref().err()))
            .table())
    })
}

fn there(what: &str, row: usize, value: Option<f64>) -> Result<f64, Failure> {
    value.ok_or_else(|| Failure::Method(format!("row {row}: {}", lacking(what))))
}

fn trend(found: FivePointTrend) -> Table {
    Build::default()
        .number("statistic", [Some(found.statistic)])
        .text("direction", [Some(found.direction)])
        .text("sign_holds", [Some(yes(found.sign_holds))])
        .table()
}

#[pyfunction]
fn five_rates(py: Python<'_>, value: Numbers, lower: Numbers, upper: Numbers) -> PyResult<NativeTable> {
    run(py, || {
        let (value, lower, upper) = (value.0, lower.0, upper.0);
        same_length(&[("value", value.len()), ("lower", lower.len()), ("upper", upper.len())])?;
        let point = |row: usize| {
            let limits = Interval {
                lower: there("lower limit", row, lower[row])?,
                upper: there("upper limit", row, upper[row])?,
            };
            Ok(RatePoint { value: there("value", row, value[row])?, limits })
        };
        let points = (0..value.len()).map(point).collect::<Result<Vec<_>, Failure>>()?;
        Ok(trend(trend_test::five_rates(&points).map_err(refused)?))
    })
}

#[pyfunction]
fn five_proportions(py: Python<'_>, numerator: Numbers, denominator: Numbers) -> PyResult<NativeTable> {
    run(py, || {
        let (x, n) = (numerator.0, denominator.0);
        same_length(&[("numerator", x.len()), ("denominator", n.len())])?;
        let point = |row: usize| {
            let numerator = there("numerator", row, x[row])?;
            Ok(ProportionPoint { numerator, denominator: there("denominator", row, n[row])? })
        };
        let points = (0..x.len()).map(point).collect::<Result<Vec<_>, Failure>>()?;
        Ok(trend(trend_test::five_proportions(&points).map_err(refused)?))
    })
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(crude_rate, module)?)?;
    module.add_function(wrap_pyfunction!(proportion, module)?)?;
    module.add_function(wrap_pyfunction!(poisson, module)?)?;
    module.add_function(wrap_pyfunction!(byar, module)?)?;
    module.add_function(wrap_pyfunction!(wilson, module)?)?;
    module.add_function(wrap_pyfunction!(half_up, module)?)?;
    module.add_function(wrap_pyfunction!(pooled, module)?)?;
    module.add_function(wrap_pyfunction!(mean, module)?)?;
    module.add_function(wrap_pyfunction!(rolling_rates, module)?)?;
    module.add_function(wrap_pyfunction!(scottish_rolling, module)?)?;
    module.add_function(wrap_pyfunction!(quantiles, module)?)?;
    module.add_function(wrap_pyfunction!(five_rates, module)?)?;
    module.add_function(wrap_pyfunction!(five_proportions, module)?)
}
