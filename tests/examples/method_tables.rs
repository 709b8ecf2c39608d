//! What the methods over columns that no line of `method_bits` asks for give for made figures: a line of JSON to
//! each call, with the method, its arguments, and the whole table that came out (floats by their bits, in
//! hexadecimal; `null` where there is nothing). The bindings of other languages are compared with it.

use kilter::table::{Column, Table};
use kilter_methods::{Numbers, Refusal, Texts, charts, inequality, rates, small, standardised};
use serde_json::{Value, json};
use std::io::{self, Write};

const EVENTS: [Option<f64>; 10] = [
    Some(12.0),
    Some(0.0),
    Some(7.0),
    Some(31.0),
    Some(4.0),
    Some(55.0),
    Some(9.5),
    None,
    Some(18.0),
    Some(22.0),
];
const PEOPLE: [Option<f64>; 10] = [
    Some(400.0),
    Some(380.0),
    Some(0.0),
    Some(1200.0),
    Some(95.0),
    Some(2100.0),
    Some(310.0),
    Some(500.0),
    None,
    Some(640.0),
];
const LEVEL: f64 = 0.998;

fn some(of: &[f64]) -> Numbers {
    of.iter().copied().map(Some).collect()
}

fn keys(of: &[&str]) -> Texts {
    of.iter().map(|key| Some((*key).to_owned())).collect()
}

fn cells(column: &Column) -> Value {
    match column {
        Column::Number(cells) => {
            cells.iter().map(|cell| cell.map(|value| format!("{:016x}", value.to_bits()))).collect()
        }
        Column::Integer(cells) => cells.iter().collect(),
        Column::Text(cells) => cells.iter().collect(),
        Column::Date(cells) => cells.iter().map(|cell| cell.map(|day| day.to_string())).collect(),
    }
}

/// What is asked, and what came of it.
struct Calls(Vec<Value>);

impl Calls {
    /// `columns` and `settings` are the arguments by place and by name, as the bindings take them.
    fn add(&mut self, method: &str, columns: Value, settings: Value, found: Result<Table, Refusal>) {
        let table = found.unwrap_or_else(|refusal| panic!("{method}: {refusal}"));
        assert!(table.rows() > 0, "{method} gives rows");
        let out: serde_json::Map<_, _> =
            table.columns().iter().map(|(name, column)| (name.to_string(), cells(column))).collect();
        self.0.push(json!({ "method": method, "columns": columns, "settings": settings, "out": out }));
    }
}

fn limits(calls: &mut Calls) {
    let (x, n) = (EVENTS.to_vec(), PEOPLE.to_vec());
    let level = json!({ "level": LEVEL });
    calls.add("poisson", json!([x]), level.clone(), rates::poisson(x.clone(), LEVEL));
    calls.add("byar", json!([x]), level.clone(), rates::byar(x.clone(), LEVEL));
    calls.add("wilson", json!([x, n]), level.clone(), rates::wilson(x.clone(), n.clone(), LEVEL));
    calls.add("by_error", json!([n, x]), level.clone(), rates::by_error(n.clone(), x.clone(), None, LEVEL));
    let (value, error, freedom) = (some(&[3.25, 8.0]), some(&[0.5, 1.75]), some(&[3.0, 1200.0]));
    let student = rates::by_error(value.clone(), error.clone(), Some(freedom.clone()), LEVEL);
    calls.add("by_error", json!([value, error, freedom]), level, student);
}

fn groups_and_trends(calls: &mut Calls) {
    let (x, n) = (some(&[12.0, 3.0, 31.0, 18.0]), some(&[400.0, 380.0, 1200.0, 640.0]));
    let by = keys(&["b", "a", "b", "a"]);
    for statistic in ["rate", "proportion"] {
        let settings = json!({ "statistic": statistic, "by": by, "per": 1000.0, "level": LEVEL });
        let found = rates::pooled(x.clone(), n.clone(), statistic, Some(by.clone()), 1000.0, LEVEL);
        calls.add("pooled", json!([x, n]), settings, found);
    }
    let (value, lower, upper) = (
        some(&[10.0, 12.1, 13.9, 16.3, 18.2]),
        some(&[9.0, 11.0, 13.0, 15.0, 17.0]),
        some(&[11.0, 13.0, 15.0, 17.0, 19.5]),
    );
    let trend = rates::five_rates(value.clone(), lower.clone(), upper.clone());
    calls.add("five_rates", json!([value, lower, upper]), json!({}), trend);
    let (x, n) = (some(&[200.0, 230.0, 260.0, 290.0, 330.0]), some(&[1000.0, 990.0, 1010.0, 1000.0, 1005.0]));
    calls.add("five_proportions", json!([x, n]), json!({}), rates::five_proportions(x.clone(), n.clone()));
}

fn rolling(calls: &mut Calls) {
    let year = some(&[2015.0, 2016.0, 2017.0, 2018.0, 2019.0, 2021.0]);
    let (x, n) =
        (some(&[12.0, 7.0, 31.0, 4.0, 18.0, 5.0]), some(&[400.0, 380.0, 410.0, 395.0, 420.0, 430.0]));
    for (statistic, limits_of) in [("rate", "sum"), ("rate", "mean"), ("proportion", "sum")] {
        let settings = json!({
            "window": 3, "statistic": statistic, "per": 1000.0, "limits_of": limits_of, "level": LEVEL,
            "missing": "refuse",
        });
        let (year, x, n) = (year.clone(), x.clone(), n.clone());
        let columns = json!([year, x, n]);
        let found = rates::rolling_rates(year, x, n, 3, statistic, 1000.0, limits_of, LEVEL, "refuse");
        calls.add("rolling_rates", columns, settings, found);
    }
    let sampled = some(&[4000.0, 4100.0, 4050.0, 4000.0, 4200.0, 4300.0]);
    for measure in ["crude", "percent", "sample percent"] {
        let settings = json!({
            "measure": measure, "per": 1000.0, "window": 3, "missing": "zero", "sampled_from": sampled,
        });
        let (year, x, n) = (year.clone(), x.clone(), n.clone());
        let columns = json!([year, x, n]);
        let found = rates::scottish_rolling(year, x, n, Some(sampled.clone()), measure, 1000.0, 3, "zero");
        calls.add("scottish_rolling", columns, settings, found);
    }
}

fn standards(calls: &mut Calls) {
    let bands = keys(&["0-17", "18-64", "65+"]);
    let (x, n) = (some(&[12.0, 40.0, 31.0]), some(&[4000.0, 12000.0, 3100.0]));
    let weights = (bands.clone(), some(&[20_000.0, 65_000.0, 15_000.0]));
    let reference = (bands.clone(), some(&[1500.0, 5100.0, 3900.0]), some(&[500_000.0, 1.6e6, 410_000.0]));
    let settings = json!({ "ratio_of": 100.0, "per": 1000.0, "level": LEVEL, "missing": "refuse" });
    let found = standardised::indirect(
        bands.clone(),
        Some(x.clone()),
        n.clone(),
        reference.clone(),
        None,
        100.0,
        1000.0,
        LEVEL,
        "refuse",
    );
    calls.add("indirect", json!([bands, x, n, reference]), settings, found);
    let settings = json!({ "standard_total": 90_000.0, "per": 1000.0, "missing": "refuse" });
    let found = standardised::scottish_rate(
        bands.clone(),
        x.clone(),
        n.clone(),
        weights.clone(),
        90_000.0,
        1000.0,
        "refuse",
    );
    calls.add("scottish_rate", json!([bands, x, n, weights]), settings, found);

    let twice = keys(&["0-17", "0-17", "18-64", "65+"]);
    let (each, persons) = (some(&[1.0, 2.0, 1.0, 3.0]), some(&[12.0, 4.0, 40.0, 9.0]));
    let people = some(&[4000.0, 4000.0, 12000.0, 3100.0]);
    let settings = json!({ "per": 1000.0, "level": LEVEL, "missing": "refuse", "few": "give" });
    let found = standardised::direct_repeated(
        twice.clone(),
        each.clone(),
        persons.clone(),
        people.clone(),
        weights.clone(),
        1000.0,
        LEVEL,
        "refuse",
        "give",
    );
    calls.add("direct_repeated", json!([twice, each, persons, people, weights]), settings, found);

    let year: Numbers = (2018..2022).flat_map(|year| [Some(f64::from(year)); 3]).collect();
    let band: Texts = bands.iter().cycle().take(12).cloned().collect();
    let events: Numbers = (0..12).map(|i| Some(f64::from(3 + 7 * i % 40))).collect();
    let population: Numbers = n.iter().cycle().take(12).copied().collect();
    let settings = json!({ "standard_total": 100_000.0, "per": 1000.0, "window": 3, "missing": "refuse" });
    let columns = json!([year, band, events, population, weights]);
    let found = standardised::scottish_rolling_rates(
        year, band, events, population, weights, 100_000.0, 1000.0, 3, "refuse",
    );
    calls.add("scottish_rolling_rates", columns, settings, found);

    let from: Numbers = [0.0, 1.0].into_iter().chain((1..18).map(|i| 5.0 * f64::from(i))).map(Some).collect();
    let until: Numbers = from[1..].iter().copied().chain([None]).collect();
    let population: Numbers = (0..from.len()).map(|i| Some(9_000.0 - 350.0 * i as f64)).collect();
    let deaths: Numbers = (0..from.len()).map(|i| Some(3.0 + (i * i) as f64 * 1.5)).collect();
    let columns = json!([from, until, population, deaths]);
    let found = standardised::life_expectancy(from, until, population, deaths, LEVEL);
    calls.add("life_expectancy", columns, json!({ "level": LEVEL }), found);
}

fn inequalities(calls: &mut Calls) {
    let group = some(&[1.0, 2.0, 3.0, 4.0, 5.0]);
    let rate = some(&[410.5, 352.25, 310.0, 287.5, 240.75]);
    let people = some(&[10_500.0, 9_900.0, 10_000.0, 10_200.0, 9_700.0]);
    let columns = json!([group, rate, people]);
    let settings =
        json!({ "rate_of_all": 320.0, "deprivation": "quintiles", "missing": "refuse", "level": LEVEL });
    let (g, r, p) = (group.clone(), rate.clone(), people.clone());
    let found = inequality::simd(g, r, p, "quintiles", 320.0, "refuse", LEVEL);
    calls.add("simd", columns.clone(), settings, found);
    let errors = some(&[12.0, 11.0, 10.5, 10.0, 9.0]);
    for (values, fit, towards) in
        [("plain", "values", "last"), ("rates", "logarithms", "first"), ("rates", "values", "last")]
    {
        let settings = json!({
            "standard_error": errors, "values": values, "fit": fit, "towards": towards, "per": 1000.0,
            "level": LEVEL,
        });
        let (g, r, p) = (group.clone(), rate.clone(), people.clone());
        let found =
            inequality::slope_index(g, r, p, Some(errors.clone()), None, values, fit, towards, 1000.0, LEVEL);
        calls.add("slope_index", columns.clone(), settings, found);
    }

    let (x, n) = (some(&[12.0, 31.0, 4.0, 55.0]), some(&[400.0, 1200.0, 95.0, 2100.0]));
    let expected = some(&[10.5, 33.0, 5.25, 41.0]);
    let rates: Numbers = x.iter().zip(&n).map(|(x, n)| Some((*x)? / (*n)? * 1000.0)).collect();
    for curve in [false, true] {
        let settings = json!({ "per": 100.0, "curve": curve });
        let found = inequality::funnel_proportions(x.clone(), n.clone(), 100.0, curve);
        calls.add("funnel_proportions", json!([x, n]), settings, found);
        for form in ["of 100", "excess"] {
            let settings = json!({ "form": form, "curve": curve });
            let found = inequality::funnel_ratios(x.clone(), expected.clone(), form, curve);
            calls.add("funnel_ratios", json!([x, expected]), settings, found);
        }
        let settings = json!({
            "population": n, "kind": "crude", "per": 1000.0, "years": 1.0, "curve": curve,
        });
        let found = inequality::funnel_rates(
            x.clone(),
            Some(n.clone()),
            Some(rates.clone()),
            "crude",
            1000.0,
            1.0,
            curve,
        );
        calls.add("funnel_rates", json!([x, rates]), settings, found);
    }
}

fn charts_of_all_kinds(calls: &mut Calls) {
    let values: Numbers = (0..30).map(|i| Some(f64::from(20 + (i * 7) % 11 + i / 15 * 6))).collect();
    let part = json!([values]);
    let parts = || (vec![15], Some(12), vec![3]);
    let placed = |chart: &str| {
        json!({
            "chart": chart, "screening": "once", "rules": "anhoej", "starts": [15], "fix_after": 12,
            "excluded": [3],
        })
    };
    for chart in ["I", "MR", "C", "G", "T"] {
        let found = charts::shewhart_values(values.clone(), chart, "once", "anhoej", parts());
        calls.add("shewhart_values", part.clone(), placed(chart), found);
    }
    let n: Numbers = (0..30).map(|i| Some(f64::from(90 + (i * 13) % 17))).collect();
    for chart in ["P", "P'", "U", "U'", "I'"] {
        let mut settings = placed(chart);
        settings["per"] = json!(100.0);
        let (x, n) = (values.clone(), n.clone());
        let columns = json!([x, n]);
        let found = charts::shewhart_ratios(x, n, chart, 100.0, "once", "anhoej", parts());
        calls.add("shewhart_ratios", columns, settings, found);
    }
    for rules in ["anhoej", "best box", "cut box"] {
        let found = charts::runs(values.clone(), 25.0, rules);
        calls.add("runs", json!([values, 25.0]), json!({ "rules": rules }), found);
    }
    for watch in ["above", "below", "both"] {
        let settings = json!({ "baseline": 12, "run": 6, "watch": watch });
        calls.add("sustained", part.clone(), settings, charts::sustained(values.clone(), 12, 6, watch));
    }
    let settings = json!({
        "improvement": "decrease", "rules": "making data count", "screening": "once unless flat",
        "starts": [15], "fix_after": 12, "excluded": [3], "target": 24.0,
    });
    let found = charts::xmr(values, "decrease", "making data count", "once unless flat", parts(), Some(24.0));
    calls.add("xmr", part, settings, found);
}

fn small_numbers(calls: &mut Calls) {
    let counts = some(&[3.0, 20.0, 9.0, 30.0, 8.0, 7.0, 15.0, 0.0, 50.0]);
    for zeros in ["shown", "withheld"] {
        let settings = json!({ "threshold": 4, "zeros": zeros });
        calls.add("primary", json!([counts]), settings.clone(), small::primary(counts.clone(), 4, zeros));
        calls.add("row_wise", json!([counts]), settings, small::row_wise(counts.clone(), 4, zeros));
        let settings = json!({ "threshold": 4, "zeros": zeros, "span": 2 });
        let found = small::protect(counts.clone(), vec![3, 3], 4, zeros, 2);
        calls.add("protect", json!([counts, [3, 3]]), settings, found);
    }
    calls.add("to_base", json!([counts, 5]), json!({}), small::to_base(counts.clone(), 5));
    let ages = some(&[0.0, 4.0, 5.0, 64.0, 90.0, 104.0]);
    let settings = json!({ "from_": 0, "to": 90, "by": 5 });
    calls.add("age_groups", json!([ages]), settings, small::age_groups(ages.clone(), 0, 90, 5));
}

fn main() -> io::Result<()> {
    let mut calls = Calls(Vec::new());
    limits(&mut calls);
    groups_and_trends(&mut calls);
    rolling(&mut calls);
    standards(&mut calls);
    inequalities(&mut calls);
    charts_of_all_kinds(&mut calls);
    small_numbers(&mut calls);
    let mut out = io::stdout().lock();
    for call in calls.0 {
        writeln!(out, "{call}")?;
    }
    Ok(())
}
