//! What the methods give for the figures of the golden files, to the bit: a line of JSON to each call, with the
//! method, its arguments, and what came out (floats by their bits, in hexadecimal; `null` where there is
//! nothing). The bindings of other languages are compared with it.

use kilter_core::method::ages::{completed_months, completed_years};
use kilter_core::method::control_chart::{Improvement, RuleSet as SignalRules, Screening, Settings, xmr};
use kilter_core::method::half_up;
use kilter_core::method::interval::{Confidence, Estimate, MethodError, proportion, rate};
use kilter_core::method::quantile::{First, quantiles};
use kilter_core::method::rates::mean;
use kilter_core::method::run_chart::{self, Layout, RuleSet, run_chart};
use kilter_core::method::standardised::{Band, DirectSettings, FewEvents, MissingFigures, Standard, direct};
use kilter_tests::golden::{Row, rows};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, Write};

fn bits(value: Option<f64>) -> Value {
    value.map_or(Value::Null, |value| json!(format!("{:016x}", value.to_bits())))
}

fn all_bits(values: impl IntoIterator<Item = Option<f64>>) -> Value {
    values.into_iter().map(bits).collect()
}

/// The rows of a file by case, but those with an infinite figure, which JSON cannot write.
fn cases(name: &str) -> Vec<Vec<Row>> {
    let mut cases: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in rows(name).into_iter().flatten() {
        cases.entry(row.text("case_id").to_owned()).or_default().push(row);
    }
    cases.into_values().collect()
}

fn finite(values: &[Option<f64>]) -> bool {
    values.iter().flatten().all(|value| value.is_finite())
}

type OfRow = fn(f64, f64, f64, Confidence) -> Result<Estimate, MethodError>;

fn row_by_row(name: &str, method: &str, of: OfRow, out: &mut Vec<Value>) {
    for row in cases(name).iter().flatten() {
        let figures = [row.number("in_x"), row.number("in_n")];
        let level = row.level().and_then(|level| Confidence::new(level).ok());
        let (Some(level), true) = (level, finite(&figures)) else { continue };
        let per = row.number("p_multiplier").unwrap_or(1.0);
        let [Some(x), Some(n)] = figures else { continue };
        let found = of(x, n, per, level).ok();
        out.push(json!({
            "method": method,
            "columns": [[x], [n]],
            "settings": { "per": per, "level": level.level() },
            "out": {
                "value": [bits(found.map(|of| of.value))],
                "lower": [bits(found.map(|of| of.limits.lower))],
                "upper": [bits(found.map(|of| of.limits.upper))],
            },
        }));
    }
}

fn means(out: &mut Vec<Value>) {
    for case in cases("mean.csv") {
        let values: Vec<_> = case.iter().map(|row| row.number("in_value")).collect();
        let level = case[0].level().and_then(|level| Confidence::new(level).ok());
        let (Some(level), true) = (level, finite(&values)) else { continue };
        let Ok(found) = mean(&values, level) else { continue };
        out.push(json!({
            "method": "mean",
            "columns": [values],
            "settings": { "level": level.level() },
            "out": {
                "value": [bits(Some(found.value))],
                "lower": [bits(found.limits.map(|limits| limits.lower))],
                "upper": [bits(found.limits.map(|limits| limits.upper))],
                "deviation": [bits(found.deviation)],
            },
        }));
    }
}

fn rounded(out: &mut Vec<Value>) {
    for row in cases("round_half_up.csv").iter().flatten() {
        let (Some(value), Some(decimals)) = (row.number("in_value"), row.number("p_digits")) else {
            continue;
        };
        if decimals < 0.0 || !value.is_finite() {
            continue;
        }
        out.push(json!({
            "method": "half_up",
            "columns": [[value]],
            "settings": { "decimals": decimals as u32 },
            "out": { "value": [bits(Some(half_up(value, decimals as u32)))] },
        }));
    }
}

fn grouped(out: &mut Vec<Value>) {
    for case in cases("quantile.csv") {
        let values: Vec<_> = case.iter().map(|row| row.number("in_value")).collect();
        let groups = case[0].number("p_nquantiles").map_or(10, |groups| groups as u32);
        let highest = case[0].flag("p_invert") == Some(true);
        let first = if highest { First::Highest } else { First::Lowest };
        let (true, Ok(found)) = (finite(&values), quantiles(&values, groups, first)) else { continue };
        let found: Vec<_> = found.into_iter().map(Result::ok).collect();
        out.push(json!({
            "method": "quantiles",
            "columns": [values],
            "settings": { "groups": groups, "first": if highest { "highest" } else { "lowest" } },
            "out": { "group": found },
        }));
    }
}

fn control_charts(out: &mut Vec<Value>) {
    for mut case in cases("spc_xmr.csv") {
        case.sort_by(|a, b| a.text("in_date").cmp(b.text("in_date")));
        let values: Vec<_> = case.iter().map(|row| row.number("in_value")).collect();
        let improvement = match case[0].text("p_improvement_direction") {
            "increase" => Improvement::Increase,
            "decrease" => Improvement::Decrease,
            _ => Improvement::Neutral,
        };
        let once = case[0].flag("p_screen_outliers") != Some(false);
        let fix_after = case[0].number("p_fix_after_n_points").map(|places| places as usize);
        let screening = if once { Screening::Once } else { Screening::Off };
        let rules = SignalRules::NhsrPlotTheDots;
        let settings = Settings { improvement, rules, screening, starts: &[], fix_after, excluded: &[] };
        let (true, Ok(chart)) = (finite(&values), xmr(&values, &settings)) else { continue };
        let limit = |of: fn(&kilter_core::method::control_chart::Limits) -> f64| {
            all_bits(chart.points().iter().map(|point| point.limits.as_ref().map(of)))
        };
        out.push(json!({
            "method": "xmr",
            "columns": [values],
            "settings": {
                "improvement": case[0].text("p_improvement_direction"),
                "rules": "nhsrplotthedots",
                "screening": if once { "once" } else { "off" },
                "fix_after": fix_after,
            },
            "out": {
                "mean": all_bits(chart.points().iter().map(|point| point.mean)),
                "lower_limit": limit(|limits| limits.lower),
                "upper_limit": limit(|limits| limits.upper),
                "cause": chart.points().iter().map(|p| p.cause.map(|of| of.to_string())).collect::<Value>(),
            },
        }));
    }
}

fn run_charts(out: &mut Vec<Value>) {
    for case in cases("runchart.csv") {
        let values: Vec<_> = case.iter().map(|row| row.number("in_value")).collect();
        let (name, rules) = match case[0].text("p_method") {
            "bestbox" => ("best box", RuleSet::BestBox),
            "cutbox" => ("cut box", RuleSet::CutBox),
            _ => ("anhoej", RuleSet::Anhoej),
        };
        let centre = case[0].number("p_centre_line");
        let settings = run_chart::Settings { rules, layout: Layout::default(), centre };
        let (true, Ok(chart)) = (finite(&values), run_chart(&values, &settings)) else { continue };
        let runs = chart.points.iter().map(|point| chart.parts[point.part].runs);
        out.push(json!({
            "method": "run_chart",
            "columns": [values],
            "settings": { "rules": name, "centre": centre },
            "out": {
                "centre": all_bits(chart.points.iter().map(|point| point.centre)),
                "longest_run": runs.clone().map(|runs| runs.map(|of| of.longest)).collect::<Vec<_>>(),
                "crossings": runs.map(|runs| runs.map(|of| of.crossings)).collect::<Vec<_>>(),
            },
        }));
    }
}

fn standardised(out: &mut Vec<Value>) {
    for case in cases("dsr.csv") {
        let column = |name: &str| case.iter().map(|row| row.number(name)).collect::<Vec<_>>();
        let (x, n, weights) = (column("in_x"), column("in_n"), column("in_stdpop"));
        let keys: Vec<&str> = case.iter().map(|row| row.text("in_ageband")).collect();
        let level = case[0].level().and_then(|level| Confidence::new(level).ok());
        let per = case[0].number("p_multiplier").unwrap_or(100_000.0);
        let sound = finite(&x) && finite(&n) && finite(&weights) && weights.iter().all(Option::is_some);
        let (Some(confidence), true) = (level, sound) else { continue };
        let pairs = keys.iter().zip(&weights).filter_map(|(key, weight)| Some((*key, (*weight)?)));
        let bands: Vec<_> =
            (0..keys.len()).map(|row| Band { key: keys[row], events: x[row], population: n[row] }).collect();
        let settings =
            DirectSettings { per, confidence, missing: MissingFigures::AsZero, few: FewEvents::Give };
        let found = Standard::new(pairs).and_then(|standard| direct(&bands, &standard, &settings));
        let Ok(found) = found else { continue };
        let limits = found.estimate.and_then(|of| of.limits);
        out.push(json!({
            "method": "direct",
            "columns": [keys, x, n, [keys, weights]],
            "settings": { "per": per, "level": confidence.level(), "missing": "zero", "few": "give" },
            "out": {
                "value": [bits(found.estimate.map(|of| of.value))],
                "lower": [bits(limits.map(|of| of.lower))],
                "upper": [bits(limits.map(|of| of.upper))],
            },
        }));
    }
}

fn ages(out: &mut Vec<Value>) {
    for row in cases("age_between.csv").iter().flatten() {
        let day = |column: &str| row.text(column).parse::<kilter::Date>().ok();
        let (Some(born), Some(on)) = (day("in_start"), day("in_end")) else { continue };
        let columns = json!([[born.to_string()], [on.to_string()]]);
        let years = json!({ "age": [completed_years(born, on).ok()] });
        let months = json!({ "age": [completed_months(born, on).ok()] });
        out.push(json!({ "method": "completed_years", "columns": columns, "settings": {}, "out": years }));
        out.push(json!({ "method": "completed_months", "columns": columns, "settings": {}, "out": months }));
    }
}

fn main() -> io::Result<()> {
    let mut calls = Vec::new();
    row_by_row("crude_rate.csv", "crude_rate", rate, &mut calls);
    row_by_row("proportion.csv", "proportion", proportion, &mut calls);
    means(&mut calls);
    rounded(&mut calls);
    grouped(&mut calls);
    control_charts(&mut calls);
    run_charts(&mut calls);
    standardised(&mut calls);
    ages(&mut calls);
    let mut out = io::stdout().lock();
    for call in calls {
        writeln!(out, "{call}")?;
    }
    Ok(())
}
