//! Whatever legal figures are observed - none, zeros, huge, tiny, negative, withheld - every calculation of a
//! framework and all that is made of its values answers with finite numbers or a reason, and limits enclose what
//! they are the limits of.
//!
//! `PROPTEST_CASES` says how many sets of figures are tried; 24 where nothing is said.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use kilter_core::evaluate::{
    History, Value, Valuer, Viewpoint, compare_at, control_chart, evaluate, five_point_trend, funnel,
    limits_of, ranks, run_chart, sustained_shifts, verdicts,
};
use kilter_core::framework::{Framework, Indicator, Text};
use kilter_core::ident::{AreaCode, MeasureId};
use kilter_core::method::interval::Confidence;
use kilter_core::method::withhold;
use kilter_core::scorecard::needed;
use kilter_core::series::{
    Absence, Breakdown, Dataset, Marks, Observation, Reading, SeriesBuilder, SeriesKey,
};
use kilter_core::target::Aim;
use kilter_core::time::Period;
use proptest::prelude::*;
use std::fmt::Write;
use std::sync::LazyLock;

const AGES: [&str; 5] = ["0", "1-4", "5-64", "65-74", "75+"];
const FIFTHS: [&str; 5] = ["1", "2", "3", "4", "5"];
const TIMES: [&str; 2] = ["1", "2.5"];
const AREAS: [&str; 4] = ["N", "A", "B", "C"];

/// Calculations, each with the interval that its values may have.
const CALCULATIONS: &[(&str, &str)] = &[
    (r#"count = "events""#, "poisson"),
    (r#"count = "events - 2 * small""#, "byar"),
    (r#"rate = { numerator = "events", denominator = "people", per = 1000 }"#, "poisson"),
    (r#"rate = { numerator = "events", denominator = "people", per = 1e300 }"#, "byar"),
    (
        r#"rate = { numerator = "small", denominator = "people", per = 1e-300, population_year = "calendar-year", carry_forward = 2 }"#,
        "byar",
    ),
    (r#"rate = { numerator = "small", per = 100 }"#, "poisson"),
    (r#"percentage = { numerator = "small", denominator = "events" }"#, "wilson"),
    (r#"percentage = { numerator = "small", denominator = "events", complement = true }"#, "wilson"),
    (
        r#"standardised = { numerator = "aged", denominator = "living", per = 1000, by = "age", standard = "own" }"#,
        "dobson",
    ),
    (
        r#"standardised = { numerator = "aged", denominator = "living", per = 1000, by = "age", standard = "own", give_few = true }"#,
        "dobson",
    ),
    (
        r#"standardised = { numerator = "persons", denominator = "living", per = 1000, by = "age", standard = "own", events_each = "times", give_few = true }"#,
        "dobson",
    ),
    (
        r#"standardised_ratio = { numerator = "aged", denominator = "living", by = "age", reference = "N" }"#,
        "poisson",
    ),
    (
        r#"indirect_rate = { numerator = "aged", denominator = "living", per = 1000, by = "age", reference = "N" }"#,
        "byar",
    ),
    (
        r#"inequality = { numerator = "poor", denominator = "rich", per = 1000, by = "fifth", measure = "slope index" }"#,
        "student",
    ),
    (
        r#"inequality = { numerator = "poor", denominator = "rich", per = 1000, by = "fifth", measure = "relative index" }"#,
        "student",
    ),
    (
        r#"inequality = { numerator = "poor", denominator = "rich", per = 1000, by = "fifth", measure = "relative percent" }"#,
        "student",
    ),
    (
        r#"inequality = { numerator = "poor", denominator = "rich", per = 1000, by = "fifth", measure = "attributable percent" }"#,
        "",
    ),
    (
        r#"inequality = { numerator = "poor", denominator = "rich", per = 1000, by = "fifth", measure = "absolute range" }"#,
        "",
    ),
    (
        r#"inequality = { numerator = "poor", denominator = "rich", per = 1000, by = "fifth", measure = "relative range" }"#,
        "",
    ),
    (
        r#"slope_index = { value = "poor", error = "wide", population = "rich", by = "fifth", values = "plain", measure = "slope index" }"#,
        "groups",
    ),
    (
        r#"slope_index = { value = "poor", error = "wide", population = "rich", by = "fifth", values = "rates", measure = "relative index" }"#,
        "groups",
    ),
    (
        r#"slope_index = { value = "poor", lower = "wide", upper = "rich", population = "rich", by = "fifth", values = "rates", line = "logarithms", towards = "first", measure = "slope index" }"#,
        "groups",
    ),
    (
        r#"slope_index = { value = "poor", error = "wide", population = "rich", by = "fifth", values = "proportions", measure = "slope index", per = 100 }"#,
        "groups",
    ),
    (r#"life_expectancy = { deaths = "aged", population = "living", by = "age" }"#, "chiang"),
    (r#"life_expectancy = { deaths = "aged", population = "living", by = "age", at = 65 }"#, "chiang"),
    (
        r#"scotpho = { form = "crude rate", numerator = "small", denominator = "people", per = 1000, missing = "zero" }"#,
        "scotpho",
    ),
    (
        r#"scotpho = { form = "percentage", numerator = "small", denominator = "people", missing = "passed over" }"#,
        "scotpho",
    ),
    (
        r#"scotpho = { form = "sample percentage", numerator = "small", denominator = "events", sampled_from = "people", missing = "zero" }"#,
        "scotpho",
    ),
    (
        r#"scotpho = { form = "standardised rate", numerator = "aged", denominator = "living", per = 1000, by = "age", standard = "own", missing = "zero" }"#,
        "scotpho",
    ),
    (r#"quantile = { of = "I0", groups = 2, first = "highest" }"#, ""),
    (r#"quantile = { of = "I2", groups = 3, first = "lowest", among = "N" }"#, ""),
    (r#"mean = "monthly""#, "student"),
    (r#"published = "people""#, ""),
];

/// Charts, taken in turn by the indicators that they can be drawn of.
const CHARTS: [&str; 4] = [
    r#"{ screening = "once unless flat", shifts = { baseline = 2, run = 2 } }"#,
    r#"{ kind = "i", runs = "perla", exclude = [{ period = "2017", reason = "flood" }] }"#,
    r#"{ kind = "t", rebase = ["2018"] }"#,
    r#"{ kind = "mr" }"#,
];

static FRAMEWORK: LazyLock<Framework> = LazyLock::new(|| {
    let mut text = String::from(
        r#"
        framework = { id = "any", title = "Any" }
        standard = [{ id = "own", title = "Own", weights = { 0 = 1, "1-4" = 4, "5-64" = 60, "65-74" = 20, "75+" = 15 } }]
        area = [
            { code = "N", name = "Nation", kind = "scotland", parts = ["A", "B", "C"] },
            { code = "A", name = "A", kind = "council" },
            { code = "B", name = "B", kind = "council" },
            { code = "C", name = "C", kind = "council" },
        ]
        "#,
    );
    for measure in MEASURES {
        let dimensions: Vec<String> = measure
            .dimensions
            .iter()
            .map(|(id, categories)| format!("{{ id = \"{id}\", categories = {categories:?} }}"))
            .collect();
        writeln!(
            text,
            "[[measure]]\nid = \"{0}\"\ntitle = \"{0}\"\nunit = \"of them\"\nfrequency = \"{1}\"\nover_time = \"{2}\"\n\
             over_areas = \"{3}\"\ndimensions = [{4}]\n{5}",
            measure.id,
            measure.frequency,
            measure.over_time,
            measure.over_areas,
            dimensions.join(", "),
            if measure.id == "small" { "suppress = { threshold = 4, zeros = \"shown\" }" } else { "" },
        )
        .unwrap();
    }
    for (place, (calculation, interval)) in CALCULATIONS.iter().enumerate() {
        let polarity = ["higher", "lower"][place % 2];
        let frequency = if calculation.contains("crude rate") { "3 calendar-years" } else { "calendar-year" };
        let chart = match calculation.split(' ').next() {
            Some("count") => r#"{ kind = "c" }"#,
            Some("percentage") => r#"{ kind = "p prime", screening = "once" }"#,
            Some("rate") if place % 2 == 0 => r#"{ kind = "u prime" }"#,
            Some("rate") => r#"{ kind = "i prime" }"#,
            _ if frequency != "calendar-year" => "{}",
            _ => CHARTS[place % CHARTS.len()],
        };
        writeln!(
            text,
            "[[indicator]]\nid = \"I{place}\"\ntitle = \"I\"\nunit = \"of them\"\ndecimals = 1\npolarity = \"{polarity}\"\n\
             frequency = \"{frequency}\"\ncalculation = {{ {calculation} }}\nchart = {chart}\n{}\n\
             [[target]]\nindicator = \"I{place}\"\nfrom = \"{}\"\n{}",
            if interval.is_empty() { String::new() } else { format!("interval = \"{interval}\"") },
            if frequency == "calendar-year" { "2015" } else { "2013-2015" },
            match place % 4 {
                0 => "comparator = \"previous period\"\ntolerance = { relative = 5 }",
                1 => "value = 1e-300\ntolerance = { relative = [1, 5] }",
                _ => "comparator = { with = \"scotland\", percent = 10 }\ntolerance = { points = 1e300 }",
            },
        )
        .unwrap();
    }
    Framework::from_texts(&[Text::new("any.toml", &text)]).unwrap_or_else(|error| panic!("{error}"))
});

struct Measured {
    id: &'static str,
    frequency: &'static str,
    over_time: &'static str,
    over_areas: &'static str,
    dimensions: &'static [(&'static str, &'static [&'static str])],
}

const MEASURES: &[Measured] = &[
    measured("events", "calendar-year", "sum", &[]),
    measured("small", "calendar-year", "sum", &[]),
    measured("people", "calendar-year", "sum", &[]),
    measured("monthly", "month", "mean", &[]),
    measured("aged", "calendar-year", "sum", &[("age", &AGES)]),
    measured("living", "calendar-year", "sum", &[("age", &AGES)]),
    measured("persons", "calendar-year", "sum", &[("age", &AGES), ("times", &TIMES)]),
    measured("poor", "calendar-year", "sum", &[("fifth", &FIFTHS)]),
    measured("rich", "calendar-year", "sum", &[("fifth", &FIFTHS)]),
    measured("wide", "calendar-year", "sum", &[("fifth", &FIFTHS)]),
];

const fn measured(
    id: &'static str,
    frequency: &'static str,
    over_time: &'static str,
    dimensions: &'static [(&'static str, &'static [&'static str])],
) -> Measured {
    Measured { id, frequency, over_time, over_areas: "sum", dimensions }
}

/// Figures that were drawn, taken one after the other, and round again.
struct Drawn<'d> {
    figures: &'d [Option<Observation>],
    at: usize,
}

impl Drawn<'_> {
    fn next(&mut self) -> Option<Observation> {
        self.at += 1;
        self.figures[(self.at * 7919) % self.figures.len()]
    }
}

/// Every breakdown of a measure by one category of each of its dimensions, and the total where it has none.
fn breakdowns(measure: &Measured) -> Vec<Breakdown> {
    let mut all = vec![String::new()];
    for (dimension, categories) in measure.dimensions {
        let join = |known: &String| -> Vec<String> {
            let comma = if known.is_empty() { "" } else { ";" };
            categories.iter().map(|category| format!("{known}{comma}{dimension}={category}")).collect()
        };
        all = all.iter().flat_map(join).collect();
    }
    all.iter().map(|text| Breakdown::parse(text).unwrap()).collect()
}

fn dataset(drawn: &mut Drawn<'_>, framework: &Framework) -> Dataset {
    let mut data = Dataset::new();
    for measured in MEASURES {
        let first: Period = if measured.frequency == "month" { "2015-01" } else { "2015" }.parse().unwrap();
        let count = if measured.frequency == "month" { 24 } else { 6 };
        for breakdown in breakdowns(measured) {
            // The nation is a sum of its parts.
            for area in AREAS.into_iter().skip(1) {
                let mut series = SeriesBuilder::new(first.kind());
                for place in 0..count {
                    if let Some(observation) = drawn.next() {
                        series.push(first.plus(place).ordinal(), observation, 1);
                    }
                }
                let (measure, area) = (MeasureId::new(measured.id).unwrap(), AreaCode::new(area).unwrap());
                let key = SeriesKey { measure, breakdown: breakdown.clone(), area };
                data.insert(key, series.build().unwrap());
            }
        }
        let measure = framework.measure(measured.id).unwrap();
        if measure.suppress.is_some() {
            withhold(measure, framework.areas(), &mut data);
        }
    }
    data
}

/// What is wrong with a value and its limits.
fn wrong(indicator: &Indicator, value: &Value) -> Option<String> {
    let told = |what: &str| Some(format!("{} {}: {what}: {value:?}", indicator.id, value.period));
    let numbers = value.value.ok().into_iter().chain(value.numerator).chain(value.denominator);
    if !numbers.into_iter().all(f64::is_finite) {
        return told("no finite number");
    }
    let Ok(found) = value.value else { return None };
    for level in [0.9, 0.95, 0.998] {
        let Ok(limits) = limits_of(indicator, value, Confidence::new(level).unwrap()) else { continue };
        let (lower, upper) = (limits.limits.lower, limits.limits.upper);
        if !(lower.is_finite() && upper.is_finite()) {
            return told(&format!("limits {lower} and {upper}"));
        }
        // Below the smallest normal number nothing has all its digits.
        let slack = (1e-9 * found.abs().max(lower.abs()).max(upper.abs())).max(f64::MIN_POSITIVE);
        if lower > found + slack || upper < found - slack {
            return told(&format!("{OUTSIDE} {lower} and {upper} at {level}"));
        }
    }
    None
}

/// Everything that is made of the values of an indicator in an area.
fn all_that_is_made(valuer: &Valuer<'_>, indicator: &Indicator, area: &AreaCode, problems: &mut Vec<String>) {
    let framework = valuer.framework();
    let indicator = framework.indicator(indicator.id.as_str()).unwrap();
    let periods = valuer.periods(indicator, indicator.frequency);
    let history = History::new(valuer, indicator, area, &periods);
    problems.extend(history.values().iter().filter_map(|value| wrong(indicator, value)));
    for place in 0..history.values().len() {
        let evaluation = evaluate(framework, &history, place, &Viewpoint::default());
        let explained = &evaluation.explanation;
        if explained.contains("NaN") || explained.contains(" inf") {
            problems.push(explained.clone());
        }
        let mut tell = |what: &str, numbers: &[Option<f64>]| {
            if numbers.iter().flatten().any(|number| !number.is_finite()) {
                problems.push(format!("{} in {area}: {what}: {numbers:?}", indicator.id));
            }
        };
        let judged = evaluation.judgement;
        let aim = evaluation.target.and_then(|target| target.threshold).map(|threshold| threshold.aim());
        let aimed = match aim {
            Some(Aim::Value(value)) => [Some(value), None],
            Some(Aim::Range { low, high }) => [Some(low), Some(high)],
            None => [None, None],
        };
        tell("aim", &aimed);
        tell("variance", &[judged.map(|j| j.variance), judged.and_then(|j| j.variance_percent)]);
        tell("trend", &[evaluation.short_trend.against, evaluation.long_trend.against]);
        let compared = compare_at(valuer, &history, place, &indicator.comparison);
        tell("comparison", &[compared.comparator.ok(), compared.difference, compared.ratio]);
        tell("five points", &[five_point_trend(&history, place).ok().map(|found| found.statistic)]);
        let _ = verdicts(&history, place, &evaluation, compared);
        if let Ok(chart) = control_chart(&history, place) {
            for point in &chart.points {
                let limits = point.limits;
                let of = |of: fn(&kilter_core::method::control_chart::Limits) -> f64| limits.as_ref().map(of);
                tell("chart", &[point.drawn, point.centre, of(|l| l.lower), of(|l| l.upper)]);
            }
        }
        if let Ok(chart) = run_chart(&history, place) {
            let centres: Vec<Option<f64>> = chart.points.iter().map(|point| point.centre).collect();
            tell("run chart", &centres);
        }
        if let Ok(lines) = sustained_shifts(&history, place) {
            let medians: Vec<Option<f64>> = lines.iter().map(|line| Some(line.median)).collect();
            tell("shifts", &medians);
        }
    }
    let _ = periods.last().map(|period| valuer.derivation(indicator, area, *period));
    for kind in ["month", "financial-year", "5 calendar-years"] {
        let periods = valuer.periods(indicator, kind.parse().unwrap());
        let other = valuer.values(indicator, area, &periods);
        problems.extend(other.iter().filter_map(|value| wrong(indicator, value)));
    }
    if let Some(Ok(found)) =
        periods.last().map(|period| needed(framework, valuer, indicator, area, *period, 1.0))
    {
        let numbers = [found.so_far, found.needed, found.projected];
        if numbers.iter().any(|number| !number.is_finite()) {
            problems.push(format!("{} in {area}: needed: {found:?}", indicator.id));
        }
    }
}

fn problems_of(figures: &[Option<Observation>]) -> (Vec<String>, usize) {
    let framework = &*FRAMEWORK;
    let data = dataset(&mut Drawn { figures, at: 0 }, framework);
    let valuer = Valuer::new(framework, &data);
    let areas: Vec<AreaCode> = AREAS.iter().map(|code| AreaCode::new(code).unwrap()).collect();
    let mut problems = Vec::new();
    let mut answered = 0;
    for indicator in framework.indicators() {
        for area in &areas {
            all_that_is_made(&valuer, indicator, area, &mut problems);
        }
        let periods = valuer.periods(indicator, indicator.frequency);
        let Some(&last) = periods.last() else { continue };
        let values: Vec<(AreaCode, f64)> = areas
            .iter()
            .filter_map(|area| Some((area.clone(), valuer.values(indicator, area, &[last])[0].value.ok()?)))
            .collect();
        answered += usize::from(!values.is_empty());
        let _ = ranks(indicator.polarity, &values);
        if let Ok(made) = funnel(&valuer, indicator, &areas[1..], last) {
            let curve = made.curve().unwrap_or_default();
            let edges = curve.iter().flat_map(|p| [p.lower_95, p.upper_95, p.lower_998, p.upper_998]);
            let numbers = edges.flat_map(|edge| [edge.at, edge.value]).chain([made.average]);
            if !numbers.into_iter().all(f64::is_finite) {
                problems.push(format!("{}: funnel: {}", indicator.id, made.average));
            }
        }
    }
    (problems, answered)
}

/// Whether a figure is so small that it has fewer digits than others.
fn any_subnormal(figures: &[Option<Observation>]) -> bool {
    figures.iter().flatten().any(|observation| match observation.reading() {
        Reading::Number(number) => number.is_subnormal(),
        Reading::Pair { numerator, denominator } => numerator.is_subnormal() || denominator.is_subnormal(),
        Reading::Absent(_) => false,
    })
}

/// How a problem is told where a value is not within its limits.
const OUTSIDE: &str = "outside its limits";

fn hostile() -> impl Strategy<Value = Option<Observation>> {
    let number = prop_oneof![
        6 => (0u32..60).prop_map(f64::from),
        4 => 0.0f64..1e6,
        2 => prop::sample::select(vec![0.0, 0.0, -0.0, 9.999, 10.0, 1e9, 1e15, 0.5, 1.0]),
        2 => prop::sample::select(vec![5e-324, f64::MIN_POSITIVE, 1e-300, 1e300, f64::MAX, f64::MIN, -1.0]),
    ];
    let absence = prop::sample::select(Absence::NAMES.map(|(_, absence)| absence).to_vec());
    let observation = prop_oneof![
        20 => number.clone().prop_map(|number| Observation::number(number).unwrap()),
        3 => (number.clone(), number).prop_map(|(n, d)| Observation::pair(n, d).unwrap()),
        1 => absence.prop_map(Observation::absent),
        1 => (0u32..60).prop_map(|n| Observation::number(f64::from(n)).unwrap().marked(Marks::BREAK)),
    ];
    prop::option::weighted(0.97, observation)
}

/// Figures of which a calculation can make something.
fn sound() -> impl Strategy<Value = Option<Observation>> {
    let number = prop_oneof![3 => 1.0f64..60.0, 1 => 1e2f64..1e6, 1 => 0.01f64..0.99];
    number.prop_map(|number| Some(Observation::number(number).unwrap()))
}

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(24)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 0, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_observed_every_calculation_answers_with_finite_numbers_or_a_reason(
        figures in prop_oneof![
            prop::collection::vec(hostile(), 20..200),
            prop::collection::vec(sound(), 20..200),
        ],
    ) {
        let (problems, _) = problems_of(&figures);
        // What is made of numbers that have lost their digits may lie beside limits that lost others.
        let problems: Vec<_> =
            problems.into_iter().filter(|of| !(any_subnormal(&figures) && of.contains(OUTSIDE))).collect();
        prop_assert!(problems.is_empty(), "{}", problems.join("\n"));
    }
}

#[test]
fn every_calculation_answers_where_its_figures_are_in_order() {
    // Figures of three sizes, none of which is out of order anywhere: events below people, proportions apart.
    let framework = &*FRAMEWORK;
    let mut data = Dataset::new();
    let mut state = 1u64;
    for measured in MEASURES {
        let first: Period = if measured.frequency == "month" { "2015-01" } else { "2015" }.parse().unwrap();
        for breakdown in breakdowns(measured) {
            for area in AREAS.into_iter().skip(1) {
                let mut series = SeriesBuilder::new(first.kind());
                for place in 0..if measured.frequency == "month" { 72 } else { 6 } {
                    state =
                        state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    let spread = ((state >> 40) % 100) as f64;
                    let number = match measured.id {
                        "people" | "living" | "rich" => 10_000.0 + spread,
                        "small" => 20.0 + spread / 10.0,
                        // Values of groups between 0 and 1, with limits on both sides of the logarithm.
                        "poor" => 0.3 + spread / 1000.0,
                        "wide" => 0.01 + spread / 10_000.0,
                        "persons" => 5.0 + spread / 10.0,
                        _ => 100.0 + spread,
                    };
                    let observed = if measured.id == "small" {
                        Observation::pair(number, 1000.0)
                    } else {
                        Observation::number(number)
                    };
                    series.push(first.plus(place).ordinal(), observed.unwrap(), 1);
                }
                let (measure, area) = (MeasureId::new(measured.id).unwrap(), AreaCode::new(area).unwrap());
                data.insert(
                    SeriesKey { measure, breakdown: breakdown.clone(), area },
                    series.build().unwrap(),
                );
            }
        }
    }
    let valuer = Valuer::new(framework, &data);
    let area = AreaCode::new("A").unwrap();
    let mut silent = Vec::new();
    for indicator in framework.indicators() {
        let periods = valuer.periods(indicator, indicator.frequency);
        let values = valuer.values(indicator, &area, &periods);
        let limits = |value: &Value| {
            indicator.interval.is_none() || limits_of(indicator, value, Confidence::P95).is_ok()
        };
        if !values.iter().any(|value| value.value.is_ok() && limits(value)) {
            silent.push(format!("{}: {:?}", indicator.id, values.last()));
        }
        assert!(values.iter().all(|value| wrong(indicator, value).is_none()), "{}", indicator.id);
    }
    assert!(silent.is_empty(), "no value with limits of\n{}", silent.join("\n"));
}
