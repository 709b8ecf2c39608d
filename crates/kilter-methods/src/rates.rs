//! Rates, proportions, means, rolling windows, quantiles, five-point trends.

use super::{Build, Refusal, choose, confidence, count, missing_figures, refused, same_length, whole, yes};
use super::{Numbers, Texts};
use kilter::method::half_up as round_half_up;
use kilter::method::interval::{self, Confidence, Estimate, Interval, MethodError};
use kilter::method::quantile::{First, quantiles as in_quantiles};
use kilter::method::rates::{
    Part, Pooled, RowError, Statistic, by_error as limits_by_error, mean as mean_of, pooled as pool,
    pooled_by_group,
};
use kilter::method::rolling::{
    LimitsOf, RollingSettings, ScottishMeasure, ScottishMissing, ScottishYear, YearPart,
    rolling_rates as roll, scottish_rolling as scottish_roll,
};
use kilter::method::trend_test;
use kilter::method::trend_test::{FivePointTrend, ProportionPoint, RatePoint};
use kilter::table::Table;

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

fn read_statistic(text: &str) -> Result<Statistic, Refusal> {
    choose("statistic", text, &[("rate", Statistic::Rate), ("proportion", Statistic::Proportion)])
}

type Of = fn(f64, f64, f64, Confidence) -> Result<Estimate, MethodError>;

fn row_by_row(
    numerator: &[Option<f64>],
    denominator: &[Option<f64>],
    per: f64,
    level: f64,
    of: Of,
) -> Result<Table, Refusal> {
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

/// Crude rates, row by row, with the limits of a count.
///
/// Gives: a row to each row: `value, lower, upper` per `per`, `method` ("exact", "Byar"), and `reason`
/// where there is no value. It never averages rates: for several rows together take `pooled`.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
pub fn crude_rate(numerator: Numbers, denominator: Numbers, per: f64, level: f64) -> Result<Table, Refusal> {
    row_by_row(&numerator, &denominator, per, level, interval::rate)
}

/// Proportions, row by row, with Wilson's limits.
///
/// Gives: `value, lower, upper, method, reason`, a row to each row.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
pub fn proportion(numerator: Numbers, denominator: Numbers, per: f64, level: f64) -> Result<Table, Refusal> {
    row_by_row(&numerator, &denominator, per, level, interval::proportion)
}

fn limits_by_row(rows: usize, of: impl Fn(usize) -> Result<Interval, String>) -> Table {
    let rows: Vec<Result<Interval, String>> = (0..rows).map(of).collect();
    Build::default()
        .limits(rows.iter().map(|row| row.as_ref().ok().copied()))
        .text("reason", rows.iter().map(|row| row.as_ref().err()))
        .table()
}

/// Exact limits of Poisson counts.
///
/// Gives: `lower, upper, reason`, in events.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
pub fn poisson(count: Numbers, level: f64) -> Result<Table, Refusal> {
    of_counts(&count, level, interval::poisson)
}

/// Byar's approximation to the limits of Poisson counts.
///
/// Gives: `lower, upper, reason`, in events.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
pub fn byar(count: Numbers, level: f64) -> Result<Table, Refusal> {
    of_counts(&count, level, interval::byar)
}

/// The limits of values by their standard errors: Student's where the degrees of freedom are given, else normal.
///
/// Gives: `lower, upper, reason`, in the units of the value.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
pub fn by_error(
    value: Numbers,
    error: Numbers,
    freedom: Option<Numbers>,
    level: f64,
) -> Result<Table, Refusal> {
    let level = confidence(level)?;
    let mut lengths = vec![("value", value.len()), ("error", error.len())];
    lengths.extend(freedom.as_ref().map(|freedom| ("freedom", freedom.len())));
    same_length(&lengths)?;
    Ok(limits_by_row(value.len(), |row| {
        let value = value[row].ok_or_else(|| lacking("value"))?;
        let error = error[row].ok_or_else(|| lacking("standard error"))?;
        let freedom =
            freedom.as_ref().map(|of| of[row].ok_or_else(|| lacking("number of degrees of freedom")));
        limits_by_error(value, error, freedom.transpose()?, level).map_err(|error| error.to_string())
    }))
}

fn of_counts(
    counts: &[Option<f64>],
    level: f64,
    of: fn(f64, Confidence) -> Result<Interval, MethodError>,
) -> Result<Table, Refusal> {
    let level = confidence(level)?;
    Ok(limits_by_row(counts.len(), |row| {
        let count = counts[row].ok_or_else(|| lacking("count"))?;
        of(count, level).map_err(|error| error.to_string())
    }))
}

/// Wilson's limits of proportions, as shares of 1.
///
/// Gives: `lower, upper, reason`.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
pub fn wilson(numerator: Numbers, denominator: Numbers, level: f64) -> Result<Table, Refusal> {
    let level = confidence(level)?;
    same_length(&[("numerator", numerator.len()), ("denominator", denominator.len())])?;
    Ok(limits_by_row(numerator.len(), |row| {
        let x = numerator[row].ok_or_else(|| lacking("numerator"))?;
        let n = denominator[row].ok_or_else(|| lacking("denominator"))?;
        interval::wilson(x, n, level).map_err(|error| error.to_string())
    }))
}

/// Numbers rounded as people round: halves go away from zero, by the shortest decimals that a number prints
/// as.
///
/// Gives: `value`. For print; never before comparing or adding.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
pub fn half_up(values: Numbers, decimals: u32) -> Result<Table, Refusal> {
    let rounded = values.iter().map(|value| value.map(|value| round_half_up(value, decimals)));
    Ok(Build::default().number("value", rounded).table())
}

/// One rate or proportion of several rows, or one for each group: the ratio of sums, never a mean of rates.
///
/// Gives: a row to each group, in order: `by` (where given), `numerator, denominator, value, lower, upper,
/// method, reason`. A figure that is missing costs its own group the answer.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
pub fn pooled(
    numerator: Numbers,
    denominator: Numbers,
    statistic: &str,
    by: Option<Texts>,
    per: f64,
    level: f64,
) -> Result<Table, Refusal> {
    let (statistic, level) = (read_statistic(statistic)?, confidence(level)?);
    let (x, n) = (numerator, denominator);
    let groups = by.as_ref().map_or(x.len(), Vec::len);
    same_length(&[("numerator", x.len()), ("denominator", n.len()), ("by", groups)])?;
    let parts = x.iter().zip(&n).map(|(x, n)| Part { numerator: *x, denominator: *n });
    let Some(by) = by else {
        let parts: Vec<Part> = parts.collect();
        let whole = pool(statistic, &parts, per, level).map_err(refused)?;
        return Ok(groups_table(Build::default(), &[Ok(whole)]));
    };
    let rows: Vec<(Option<String>, Part)> = by.into_iter().zip(parts).collect();
    let found = pooled_by_group(statistic, &rows, per, level);
    let (names, found): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    Ok(groups_table(Build::default().text("by", names), &found))
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

/// The mean of a sample with Student's limits.
///
/// Gives: one row: `value, lower, upper, sum, count, deviation, method`; a single value has no limits.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
pub fn mean(values: Numbers, level: f64) -> Result<Table, Refusal> {
    let found = mean_of(&values, confidence(level)?).map_err(refused)?;
    Ok(Build::default()
        .number("value", [Some(found.value)])
        .limits([found.limits].into_iter())
        .number("sum", [Some(found.sum)])
        .whole("count", [count(found.count)])
        .number("deviation", [found.deviation])
        .text("method", [Some(found.method)])
        .table())
}

/// Rates over windows of years, each named by its last year.
///
/// Gives: `last, first, numerator, denominator, value, lower, upper, method, reason`.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
#[allow(clippy::too_many_arguments)]
pub fn rolling_rates(
    year: Numbers,
    numerator: Numbers,
    denominator: Numbers,
    window: u32,
    statistic: &str,
    per: f64,
    limits_of: &str,
    level: f64,
    missing: &str,
) -> Result<Table, Refusal> {
    let of = [("sum", LimitsOf::Sum), ("mean", LimitsOf::Mean)];
    let settings = RollingSettings {
        window,
        statistic: read_statistic(statistic)?,
        per,
        limits_of: choose("limits_of", limits_of, &of)?,
        confidence: confidence(level)?,
        missing: missing_figures(missing)?,
    };
    let (x, n) = (&numerator, &denominator);
    same_length(&[("year", year.len()), ("numerator", x.len()), ("denominator", n.len())])?;
    let part = |(row, cell): (usize, &Option<f64>)| {
        let year = whole("year", row, *cell)?;
        Ok(YearPart { year, numerator: x[row], denominator: n[row] })
    };
    let years = year.iter().enumerate().map(part).collect::<Result<Vec<_>, Refusal>>()?;
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
}

/// Rolling rates as ScotPHO's profiles have them: means of the years, and 1.96 for the deviate.
///
/// Gives: `last, first, plot_year, numerator, denominator, value, lower, upper, reason`.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
#[allow(clippy::too_many_arguments)]
pub fn scottish_rolling(
    year: Numbers,
    numerator: Numbers,
    denominator: Numbers,
    sampled_from: Option<Numbers>,
    measure: &str,
    per: f64,
    window: u32,
    missing: &str,
) -> Result<Table, Refusal> {
    let measures = [
        ("crude", ScottishMeasure::Crude { per }),
        ("percent", ScottishMeasure::Percent),
        ("sample percent", ScottishMeasure::SamplePercent),
    ];
    let measure = choose("measure", measure, &measures)?;
    let ways = [("zero", ScottishMissing::AsZero), ("suppressed", ScottishMissing::Suppressed)];
    let missing = choose("missing", missing, &ways)?;
    let (x, n) = (&numerator, &denominator);
    let from = sampled_from.as_deref();
    same_length(&[
        ("year", year.len()),
        ("numerator", x.len()),
        ("denominator", n.len()),
        ("sampled_from", from.map_or(x.len(), <[_]>::len)),
    ])?;
    let part = |(row, cell): (usize, &Option<f64>)| {
        let sampled_from = from.and_then(|from| from[row]);
        let year = whole("year", row, *cell)?;
        Ok(ScottishYear { year, numerator: x[row], denominator: n[row], sampled_from })
    };
    let years = year.iter().enumerate().map(part).collect::<Result<Vec<_>, Refusal>>()?;
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
}

/// The quantile group of each value, counted from 1.
///
/// Gives: `group, reason`, a row to each row.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
pub fn quantiles(values: Numbers, groups: u32, first: &str) -> Result<Table, Refusal> {
    let first = choose("first", first, &[("highest", First::Highest), ("lowest", First::Lowest)])?;
    let rows = in_quantiles(&values, groups, first).map_err(refused)?;
    Ok(Build::default()
        .whole("group", rows.iter().map(|row| row.as_ref().ok().map(|group| i64::from(*group))))
        .text("reason", rows.iter().map(|row| row.as_ref().err()))
        .table())
}

fn there(what: &str, row: usize, value: Option<f64>) -> Result<f64, Refusal> {
    value.ok_or_else(|| Refusal(format!("row {row}: {}", lacking(what))))
}

fn trend(found: FivePointTrend) -> Table {
    Build::default()
        .number("statistic", [Some(found.statistic)])
        .text("direction", [Some(found.direction)])
        .text("sign_holds", [Some(yes(found.sign_holds))])
        .table()
}

/// Whether five yearly rates rise or fall beyond chance.
///
/// Gives: one row: `statistic, direction, sign_holds`.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
pub fn five_rates(value: Numbers, lower: Numbers, upper: Numbers) -> Result<Table, Refusal> {
    let (value, lower, upper) = (value, lower, upper);
    same_length(&[("value", value.len()), ("lower", lower.len()), ("upper", upper.len())])?;
    let point = |row: usize| {
        let limits = Interval {
            lower: there("lower limit", row, lower[row])?,
            upper: there("upper limit", row, upper[row])?,
        };
        Ok(RatePoint { value: there("value", row, value[row])?, limits })
    };
    let points = (0..value.len()).map(point).collect::<Result<Vec<_>, Refusal>>()?;
    Ok(trend(trend_test::five_rates(&points).map_err(refused)?))
}

/// Whether five yearly proportions rise or fall beyond chance, by the test of Cochran and Armitage.
///
/// Gives: one row, as `five_rates`.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
pub fn five_proportions(numerator: Numbers, denominator: Numbers) -> Result<Table, Refusal> {
    let (x, n) = (numerator, denominator);
    same_length(&[("numerator", x.len()), ("denominator", n.len())])?;
    let point = |row: usize| {
        let numerator = there("numerator", row, x[row])?;
        Ok(ProportionPoint { numerator, denominator: there("denominator", row, n[row])? })
    };
    let points = (0..x.len()).map(point).collect::<Result<Vec<_>, Refusal>>()?;
    Ok(trend(trend_test::five_proportions(&points).map_err(refused)?))
}
