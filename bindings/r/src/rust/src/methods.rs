//! The methods of [`kilter_methods`], as functions of R. R counts rows and places from 1, Rust from 0: what
//! goes in and comes out is counted anew here.

use crate::answer::data_frame;
use crate::arguments::Arguments;
use crate::failure::Failure;
use crate::gateway::ask;
use crate::guard::Verb;
use extendr_api::Robj;
use kilter::table::{Column, Table};
use kilter_methods::{Numbers, Refusal, Texts, charts, inequality, rates, small, standardised};

pub const VERBS: &[(&str, Verb)] = &[
    ("crude_rate", crude_rate),
    ("proportion", proportion),
    ("poisson", |given| of_counts(given, rates::poisson)),
    ("byar", |given| of_counts(given, rates::byar)),
    ("by_error", by_error),
    ("wilson", wilson),
    ("half_up", half_up),
    ("pooled", pooled),
    ("mean", mean),
    ("rolling_rates", rolling_rates),
    ("scottish_rolling", scottish_rolling),
    ("quantiles", quantiles),
    ("five_rates", five_rates),
    ("five_proportions", five_proportions),
    ("direct", direct),
    ("direct_repeated", direct_repeated),
    ("indirect", indirect),
    ("scottish_rate", scottish_rate),
    ("scottish_rolling_rates", scottish_rolling_rates),
    ("life_expectancy", life_expectancy),
    ("simd", simd),
    ("slope_index", slope_index),
    ("funnel_proportions", funnel_proportions),
    ("funnel_ratios", funnel_ratios),
    ("funnel_rates", funnel_rates),
    ("xmr", xmr),
    ("run_chart_of", run_chart),
    ("shewhart_values", shewhart_values),
    ("shewhart_ratios", shewhart_ratios),
    ("runs", runs),
    ("sustained", sustained),
    ("primary", |given| withheld(given, small::primary)),
    ("row_wise", |given| withheld(given, small::row_wise)),
    ("protect", protect),
    ("to_base", to_base),
    ("completed_years", |given| ages(given, small::completed_years)),
    ("completed_months", |given| ages(given, small::completed_months)),
    ("age_groups", age_groups),
];

/// A sentence that begins with a row, with the row as R counts.
fn from_one(text: &str) -> String {
    let counted = text.strip_prefix("row ").and_then(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let row: u64 = rest[..end].parse().ok()?;
        Some(format!("row {}{}", row + 1, &rest[end..]))
    });
    counted.unwrap_or_else(|| text.to_owned())
}

/// Runs a method on another thread, and hands back its table.
fn run(work: impl FnOnce() -> Result<Table, Refusal> + Send + 'static) -> Result<Robj, Failure> {
    renumbered(&[], work)
}

/// The same, with columns of places.
fn renumbered(
    places: &'static [&'static str],
    work: impl FnOnce() -> Result<Table, Refusal> + Send + 'static,
) -> Result<Robj, Failure> {
    let found = ask(move || work().map_err(|refusal| Failure::Method(from_one(&refusal.to_string()))))?;
    if places.is_empty() && found.column("reason").is_none() {
        return data_frame(&found);
    }
    let columns = found.columns().iter().map(|(name, column)| match column {
        Column::Integer(cells) if places.contains(&name.as_ref()) => {
            (name.clone(), Column::Integer(cells.iter().map(|cell| cell.map(|place| place + 1)).collect()))
        }
        Column::Text(cells) if name == "reason" && cells.words().any(|word| word.starts_with("row ")) => {
            (name.clone(), Column::Text(cells.iter().map(|cell| cell.map(from_one)).collect()))
        }
        _ => (name.clone(), column.clone()),
    });
    data_frame(&Table::new(columns.collect()))
}

/// The columns of a numerator and a denominator, under their names.
fn both(given: &Arguments, x: &str, n: &str) -> Result<(Numbers, Numbers), Failure> {
    Ok((given.numbers(x)?, given.numbers(n)?))
}

fn crude_rate(given: &Arguments) -> Result<Robj, Failure> {
    let (x, n) = both(given, "numerator", "denominator")?;
    let (per, level) = (given.needed_number("per")?, given.needed_number("level")?);
    run(move || rates::crude_rate(x, n, per, level))
}

fn proportion(given: &Arguments) -> Result<Robj, Failure> {
    let (x, n) = both(given, "numerator", "denominator")?;
    let (per, level) = (given.needed_number("per")?, given.needed_number("level")?);
    run(move || rates::proportion(x, n, per, level))
}

fn of_counts(given: &Arguments, of: fn(Numbers, f64) -> Result<Table, Refusal>) -> Result<Robj, Failure> {
    let (counts, level) = (given.numbers("count")?, given.needed_number("level")?);
    run(move || of(counts, level))
}

fn by_error(given: &Arguments) -> Result<Robj, Failure> {
    let (value, error) = both(given, "value", "error")?;
    let (freedom, level) = (given.optional_numbers("freedom")?, given.needed_number("level")?);
    run(move || rates::by_error(value, error, freedom, level))
}

fn wilson(given: &Arguments) -> Result<Robj, Failure> {
    let (x, n) = both(given, "numerator", "denominator")?;
    let level = given.needed_number("level")?;
    run(move || rates::wilson(x, n, level))
}

fn half_up(given: &Arguments) -> Result<Robj, Failure> {
    let (values, decimals) = (given.numbers("values")?, given.needed_whole("decimals")?);
    run(move || rates::half_up(values, decimals))
}

fn pooled(given: &Arguments) -> Result<Robj, Failure> {
    let (x, n) = both(given, "numerator", "denominator")?;
    let by: Option<Texts> = given.given("by").map(|_| given.text_column("by")).transpose()?;
    let statistic = given.needed("statistic")?;
    let (per, level) = (given.needed_number("per")?, given.needed_number("level")?);
    run(move || rates::pooled(x, n, &statistic, by, per, level))
}

fn mean(given: &Arguments) -> Result<Robj, Failure> {
    let (values, level) = (given.numbers("values")?, given.needed_number("level")?);
    run(move || rates::mean(values, level))
}

fn rolling_rates(given: &Arguments) -> Result<Robj, Failure> {
    let year = given.numbers("year")?;
    let (x, n) = both(given, "numerator", "denominator")?;
    let (window, statistic) = (given.needed_whole("window")?, given.needed("statistic")?);
    let (per, level) = (given.needed_number("per")?, given.needed_number("level")?);
    let (limits_of, missing) = (given.needed("limits_of")?, given.needed("missing")?);
    run(move || rates::rolling_rates(year, x, n, window, &statistic, per, &limits_of, level, &missing))
}

fn scottish_rolling(given: &Arguments) -> Result<Robj, Failure> {
    let year = given.numbers("year")?;
    let (x, n) = both(given, "numerator", "denominator")?;
    let sampled = given.optional_numbers("sampled_from")?;
    let (measure, missing) = (given.needed("measure")?, given.needed("missing")?);
    let (per, window) = (given.needed_number("per")?, given.needed_whole("window")?);
    run(move || rates::scottish_rolling(year, x, n, sampled, &measure, per, window, &missing))
}

fn quantiles(given: &Arguments) -> Result<Robj, Failure> {
    let values = given.numbers("values")?;
    let (groups, first) = (given.needed_whole("groups")?, given.needed("first")?);
    run(move || rates::quantiles(values, groups, &first))
}

fn five_rates(given: &Arguments) -> Result<Robj, Failure> {
    let (value, lower, upper) = (given.numbers("value")?, given.numbers("lower")?, given.numbers("upper")?);
    run(move || rates::five_rates(value, lower, upper))
}

fn five_proportions(given: &Arguments) -> Result<Robj, Failure> {
    let (x, n) = both(given, "numerator", "denominator")?;
    run(move || rates::five_proportions(x, n))
}

fn weights(given: &Arguments) -> Result<(Texts, Numbers), Failure> {
    Ok((given.text_column("standard_band")?, given.numbers("standard_weight")?))
}

fn direct(given: &Arguments) -> Result<Robj, Failure> {
    let band = given.text_column("band")?;
    let (x, n) = both(given, "events", "population")?;
    let standard = weights(given)?;
    let (per, level) = (given.needed_number("per")?, given.needed_number("level")?);
    let (missing, few) = (given.needed("missing")?, given.needed("few")?);
    run(move || standardised::direct(band, x, n, standard, per, level, &missing, &few))
}

fn direct_repeated(given: &Arguments) -> Result<Robj, Failure> {
    let (band, each) = (given.text_column("band")?, given.numbers("events_each")?);
    let (persons, n) = both(given, "persons", "population")?;
    let standard = weights(given)?;
    let (per, level) = (given.needed_number("per")?, given.needed_number("level")?);
    let (missing, few) = (given.needed("missing")?, given.needed("few")?);
    run(move || standardised::direct_repeated(band, each, persons, n, standard, per, level, &missing, &few))
}

fn indirect(given: &Arguments) -> Result<Robj, Failure> {
    let (band, events) = (given.text_column("band")?, given.optional_numbers("events")?);
    let population = given.numbers("population")?;
    let (x, n) = both(given, "reference_events", "reference_population")?;
    let reference = (given.text_column("reference_band")?, x, n);
    let (observed, ratio_of) = (given.number("observed")?, given.needed_number("ratio_of")?);
    let (per, level) = (given.needed_number("per")?, given.needed_number("level")?);
    let missing = given.needed("missing")?;
    run(move || {
        standardised::indirect(band, events, population, reference, observed, ratio_of, per, level, &missing)
    })
}

fn scottish_rate(given: &Arguments) -> Result<Robj, Failure> {
    let band = given.text_column("band")?;
    let (x, n) = both(given, "events", "population")?;
    let (standard, total) = (weights(given)?, given.needed_number("standard_total")?);
    let (per, missing) = (given.needed_number("per")?, given.needed("missing")?);
    run(move || standardised::scottish_rate(band, x, n, standard, total, per, &missing))
}

fn scottish_rolling_rates(given: &Arguments) -> Result<Robj, Failure> {
    let (year, band) = (given.numbers("year")?, given.text_column("band")?);
    let (x, n) = both(given, "events", "population")?;
    let (standard, total) = (weights(given)?, given.needed_number("standard_total")?);
    let (per, missing) = (given.needed_number("per")?, given.needed("missing")?);
    let window = given.needed_whole("window")?;
    run(move || {
        standardised::scottish_rolling_rates(year, band, x, n, standard, total, per, window, &missing)
    })
}

fn life_expectancy(given: &Arguments) -> Result<Robj, Failure> {
    let (from, until) = both(given, "from", "until")?;
    let (people, deaths) = both(given, "population", "deaths")?;
    let level = given.needed_number("level")?;
    run(move || standardised::life_expectancy(from, until, people, deaths, level))
}

fn simd(given: &Arguments) -> Result<Robj, Failure> {
    let group = given.numbers("group")?;
    let (rate, people) = both(given, "rate", "population")?;
    let (deprivation, missing) = (given.needed("deprivation")?, given.needed("missing")?);
    let (rate_of_all, level) = (given.needed_number("rate_of_all")?, given.needed_number("level")?);
    run(move || inequality::simd(group, rate, people, &deprivation, rate_of_all, &missing, level))
}

fn slope_index(given: &Arguments) -> Result<Robj, Failure> {
    let group = given.numbers("group")?;
    let (value, people) = both(given, "value", "population")?;
    let error = given.optional_numbers("standard_error")?;
    let limits = given.optional_numbers("lower")?.zip(given.optional_numbers("upper")?);
    let (values, fit, towards) = (given.needed("values")?, given.needed("fit")?, given.needed("towards")?);
    let (per, level) = (given.needed_number("per")?, given.needed_number("level")?);
    run(move || {
        inequality::slope_index(group, value, people, error, limits, &values, &fit, &towards, per, level)
    })
}

fn funnel_proportions(given: &Arguments) -> Result<Robj, Failure> {
    let (x, n) = both(given, "numerator", "denominator")?;
    let (per, curve) = (given.needed_number("per")?, given.flag("curve")?);
    run(move || inequality::funnel_proportions(x, n, per, curve))
}

fn funnel_ratios(given: &Arguments) -> Result<Robj, Failure> {
    let (x, n) = both(given, "observed", "expected")?;
    let (form, curve) = (given.needed("form")?, given.flag("curve")?);
    run(move || inequality::funnel_ratios(x, n, &form, curve))
}

fn funnel_rates(given: &Arguments) -> Result<Robj, Failure> {
    let events = given.numbers("events")?;
    let (population, rate) = (given.optional_numbers("population")?, given.optional_numbers("rate")?);
    let (kind, curve) = (given.needed("kind")?, given.flag("curve")?);
    let (per, years) = (given.needed_number("per")?, given.needed_number("years")?);
    run(move || inequality::funnel_rates(events, population, rate, &kind, per, years, curve))
}

/// Where parts begin, how many places fix them, and which places are left out.
type Parts = (Vec<usize>, Option<usize>, Vec<usize>);

fn parts(given: &Arguments) -> Result<Parts, Failure> {
    Ok((given.places("starts")?, given.whole("fix_after")?, given.places("excluded")?))
}

fn xmr(given: &Arguments) -> Result<Robj, Failure> {
    let values = given.numbers("values")?;
    let (improvement, rules) = (given.needed("improvement")?, given.needed("rules")?);
    let (screening, parts, target) = (given.needed("screening")?, parts(given)?, given.number("target")?);
    renumbered(&["segment"], move || charts::xmr(values, &improvement, &rules, &screening, parts, target))
}

fn run_chart(given: &Arguments) -> Result<Robj, Failure> {
    let (values, rules) = (given.numbers("values")?, given.needed("rules")?);
    let (centre, parts) = (given.number("centre")?, parts(given)?);
    renumbered(&["part"], move || charts::run_chart(values, &rules, centre, parts))
}

fn shewhart_values(given: &Arguments) -> Result<Robj, Failure> {
    let (values, chart) = (given.numbers("values")?, given.needed("chart")?);
    let (screening, rules, parts) = (given.needed("screening")?, given.needed("rules")?, parts(given)?);
    renumbered(&["part"], move || charts::shewhart_values(values, &chart, &screening, &rules, parts))
}

fn shewhart_ratios(given: &Arguments) -> Result<Robj, Failure> {
    let (x, n) = both(given, "numerator", "denominator")?;
    let (chart, per) = (given.needed("chart")?, given.needed_number("per")?);
    let (screening, rules, parts) = (given.needed("screening")?, given.needed("rules")?, parts(given)?);
    renumbered(&["part"], move || charts::shewhart_ratios(x, n, &chart, per, &screening, &rules, parts))
}

fn runs(given: &Arguments) -> Result<Robj, Failure> {
    let (values, centre) = (given.numbers("values")?, given.needed_number("centre")?);
    let rules = given.needed("rules")?;
    run(move || charts::runs(values, centre, &rules))
}

fn sustained(given: &Arguments) -> Result<Robj, Failure> {
    let (values, watch) = (given.numbers("values")?, given.needed("watch")?);
    let (baseline, shift) = (given.needed_whole("baseline")?, given.needed_whole("run")?);
    // Rust leaves the end out and counts from 0: the same number, counted from 1, is the last place.
    renumbered(&["from"], move || charts::sustained(values, baseline, shift, &watch))
}

type Withhold = fn(Numbers, u64, &str) -> Result<Table, Refusal>;

fn withheld(given: &Arguments, of: Withhold) -> Result<Robj, Failure> {
    let (counts, threshold) = (given.numbers("counts")?, given.needed_whole("threshold")?);
    let zeros = given.needed("zeros")?;
    run(move || of(counts, threshold, &zeros))
}

fn protect(given: &Arguments) -> Result<Robj, Failure> {
    let (counts, threshold) = (given.numbers("counts")?, given.needed_whole("threshold")?);
    let categories = given.places("categories")?.into_iter().map(|last| last + 1).collect();
    let (zeros, span) = (given.needed("zeros")?, given.needed_whole("span")?);
    run(move || small::protect(counts, categories, threshold, &zeros, span))
}

fn to_base(given: &Arguments) -> Result<Robj, Failure> {
    let (counts, base) = (given.numbers("counts")?, given.needed_whole("base")?);
    run(move || small::to_base(counts, base))
}

type Ages = fn(kilter_methods::Days, kilter_methods::Days) -> Result<Table, Refusal>;

fn ages(given: &Arguments, of: Ages) -> Result<Robj, Failure> {
    let (born, on) = (given.days("born")?, given.days("on")?);
    run(move || of(born, on))
}

fn age_groups(given: &Arguments) -> Result<Robj, Failure> {
    let age = given.numbers("age")?;
    let (from, to, by) = (given.needed_whole("from")?, given.needed_whole("to")?, given.needed_whole("by")?);
    run(move || small::age_groups(age, from, to, by))
}
