//! Inequality by deprivation, and funnels.

use super::Numbers;
use super::{Build, Refusal, choose, confidence, refused, same_length, whole};
use kilter::method::funnel::{Funnel, RateArea, RateKind, RatioForm};
use kilter::method::inequality::{
    Bounded, Deprivation, DeprivationGroup, Fit, Group, Index, MissingRate, SlopeSettings, Spread, Towards,
    Values, simd as by_simd, slope_index as slope,
};
use kilter::method::interval::Interval;
use kilter::method::rates::Part;
use kilter::table::Table;

/// Slope and relative index of inequality over deprivation groups, as ScotPHO has them.
///
/// Gives: a row to each index: `index, value, lower, upper, method`.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
#[allow(clippy::too_many_arguments)]
pub fn simd(
    group: Numbers,
    rate: Numbers,
    population: Numbers,
    deprivation: &str,
    rate_of_all: f64,
    missing: &str,
    level: f64,
) -> Result<Table, Refusal> {
    let tables = [("quintiles", Deprivation::Quintiles), ("deciles", Deprivation::Deciles)];
    let deprivation = choose("deprivation", deprivation, &tables)?;
    let ways = [("refuse", MissingRate::Refuse), ("leave out", MissingRate::LeaveOut)];
    let missing = choose("missing", missing, &ways)?;
    same_length(&[("group", group.len()), ("rate", rate.len()), ("population", population.len())])?;
    let of = |row: usize| {
        let group = whole("group", row, group[row])?;
        Ok(DeprivationGroup { group, rate: rate[row], population: population[row] })
    };
    let groups = (0..group.len()).map(of).collect::<Result<Vec<_>, Refusal>>()?;
    let found = by_simd(&groups, deprivation, rate_of_all, missing, confidence(level)?).map_err(refused)?;
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

/// Slope and relative index of inequality with limits from how sure each value is.
///
/// Gives: rows `slope`, `relative` (null where the line does not begin and end above zero) and `start`:
/// `index, value, lower, upper, method`.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
#[allow(clippy::too_many_arguments)]
pub fn slope_index(
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
) -> Result<Table, Refusal> {
    let fit = choose("fit", fit, &[("values", Fit::OfValues), ("logarithms", Fit::OfLogarithms)])?;
    let kinds =
        [("plain", Values::Plain), ("rates", Values::Rates(fit)), ("proportions", Values::Proportions(fit))];
    let settings = SlopeSettings {
        values: choose("values", values, &kinds)?,
        towards: choose("towards", towards, &[("last", Towards::Last), ("first", Towards::First)])?,
        per,
        confidence: confidence(level)?,
    };
    let rows = group.len();
    let widths = match (&standard_error, &limits) {
        (Some(error), None) => [error.len(); 2],
        (None, Some((lower, upper))) => [lower.len(), upper.len()],
        _ => {
            let what = "give how sure the values are either as standard_error or as limits (95%)";
            return Err(Refusal(what.into()));
        }
    };
    same_length(&[
        ("group", rows),
        ("value", value.len()),
        ("population", population.len()),
        ("lower", widths[0]),
        ("upper", widths[1]),
    ])?;
    let of = |row: usize| {
        let there = |cell: Option<f64>| {
            cell.ok_or_else(|| Refusal(format!("row {row}: how sure the value is, is missing")))
        };
        let spread = match (&standard_error, &limits) {
            (Some(error), _) => Spread::StandardError(there(error[row])?),
            (None, Some((lower, upper))) => {
                Spread::Limits95(Interval { lower: there(lower[row])?, upper: there(upper[row])? })
            }
            (None, None) => Spread::StandardError(0.0),
        };
        let group = whole("group", row, group[row])?;
        Ok(Group { group, population: population[row], value: value[row], spread })
    };
    let groups = (0..rows).map(of).collect::<Result<Vec<_>, Refusal>>()?;
    let found = slope(&groups, &settings).map_err(refused)?;
    let of = |of: Index| (Some(of.value), of.limits);
    let rows = [
        ("slope", of(found.slope)),
        ("relative", found.relative.map_or((None, None), of)),
        ("start", (Some(found.start), None)),
    ];
    Ok(indices(&rows, &found.method))
}

fn parts(numerator: &[Option<f64>], denominator: &[Option<f64>]) -> Result<Vec<Part>, Refusal> {
    same_length(&[("numerator", numerator.len()), ("denominator", denominator.len())])?;
    let pairs = numerator.iter().zip(denominator);
    Ok(pairs.map(|(x, n)| Part { numerator: *x, denominator: *n }).collect())
}

/// The areas of a funnel, or its curves.
fn drawn(funnel: &Funnel, curve: bool) -> Result<Table, Refusal> {
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

/// Which areas' proportions differ from that of all by more than their size explains.
///
/// Gives: a row to each area: `significance` ("high (99.8%)", "low (95%)", "not significant" ...),
/// `average, method, reason`; with `curve` the limits to draw: `count, lower_95, upper_95, lower_998,
/// upper_998` and where each stands (`..._at`).
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
pub fn funnel_proportions(
    numerator: Numbers,
    denominator: Numbers,
    per: f64,
    curve: bool,
) -> Result<Table, Refusal> {
    drawn(&Funnel::proportions(&parts(&numerator, &denominator)?, per).map_err(refused)?, curve)
}

/// Which areas' ratios of observed to expected events differ from 1 by more than chance.
///
/// Gives: as `funnel_proportions`.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
pub fn funnel_ratios(
    observed: Numbers,
    expected: Numbers,
    form: &str,
    curve: bool,
) -> Result<Table, Refusal> {
    let form = choose("form", form, &[("of 100", RatioForm::Of100), ("excess", RatioForm::Excess)])?;
    drawn(&Funnel::ratios(&parts(&observed, &expected)?, form).map_err(refused)?, curve)
}

/// Which areas' rates differ from the average by more than chance.
///
/// Gives: as `funnel_proportions`, with `rate` and `population`, where each area is drawn.
///
/// # Errors
/// Columns of different lengths, figures or settings that the method refuses.
#[allow(clippy::too_many_arguments)]
pub fn funnel_rates(
    events: Numbers,
    population: Option<Numbers>,
    rate: Option<Numbers>,
    kind: &str,
    per: f64,
    years: f64,
    curve: bool,
) -> Result<Table, Refusal> {
    let kind = choose("kind", kind, &[("crude", RateKind::Crude), ("standardised", RateKind::Standardised)])?;
    let rows = events.len();
    let or_none = |column: Option<Numbers>| column.unwrap_or_else(|| vec![None; rows]);
    let (population, rate) = (or_none(population), or_none(rate));
    same_length(&[("events", rows), ("population", population.len()), ("rate", rate.len())])?;
    let of = |row: usize| RateArea { events: events[row], rate: rate[row], population: population[row] };
    let areas: Vec<RateArea> = (0..rows).map(of).collect();
    drawn(&Funnel::rates(&areas, per, kind, years).map_err(refused)?, curve)
}
