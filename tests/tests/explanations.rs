//! Explanations: whatever the calculation, the goal and the tolerance, the status can be worked out again from
//! the JSON alone, and where there is no value both text and JSON say why.
//!
//! Nothing here knows how the engine judges; what it says is held against arithmetic of our own.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod recompute;

use kilter::demonstration;
use kilter::engine::{AsAt, Engine, EvaluateQuery, ExplainQuery, Mode, ValuesQuery};
use kilter::table::{Column, Table};
use kilter_core::framework::Text;
use kilter_tests::stored::{day, take_in};
use proptest::prelude::*;
use proptest::sample::select;
use recompute::{near, recompute};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

fn engine(folder: &Path, framework: &str, known_at: &str) -> Engine {
    let text = Text::new("ours.toml", framework);
    Engine::create_from(&folder.join("store"), &[text], "ours.toml", day(known_at)).unwrap()
}

fn texts(table: &Table, column: &str) -> Vec<String> {
    let Some(Column::Text(cells)) = table.column(column) else { panic!("no words in {column}") };
    cells.iter().map(|cell| cell.unwrap_or("").to_owned()).collect()
}

fn numbers(table: &Table, column: &str) -> Vec<Option<f64>> {
    let Some(Column::Number(cells)) = table.column(column) else { panic!("no numbers in {column}") };
    cells.iter().collect()
}

fn explained(engine: &Engine, query: &ExplainQuery) -> (String, Json) {
    let explanation = engine.explain(query).unwrap_or_else(|error| panic!("{query:?}: {error}"));
    (explanation.text().to_owned(), serde_json::from_str(&explanation.json()).unwrap())
}

fn question(indicator: &str, area: &str, period: &str) -> ExplainQuery {
    let (area, period) = (Some(area.to_owned()), Some(period.to_owned()));
    ExplainQuery { area, period, ..ExplainQuery::of(indicator) }
}

/// Explains, works the status out again from the JSON, and looks into the text for what a reader needs.
#[track_caller]
fn repeated(engine: &Engine, query: &ExplainQuery) -> (String, Json) {
    let (text, json) = explained(engine, query);
    let status = recompute(&json).unwrap_or_else(|why| panic!("{query:?}: {why}\n{json:#}\n{text}"));
    assert!(text.contains(&format!("\nStatus: {status}")), "{text}");
    if let Some(absent) = json["absent"].as_str() {
        assert!(text.contains(&format!("\nValue: none, because of: {absent}\n")), "{text}");
        let reason = json["reason"].as_str().expect("without a value there is no colour");
        assert!(text.contains(&format!("\nStatus: not assessed: {reason}\n")), "{text}");
    }
    (text, json)
}

#[test]
fn every_status_of_the_demonstration_can_be_repeated_from_its_json() {
    let folder = tempfile::tempdir().unwrap();
    let demo = demonstration::run(&folder.path().join("demo"), |_| {}).unwrap();
    let engine = Engine::open(&demo.store, Mode::Read).unwrap();
    let framework = engine.framework(AsAt::Latest).unwrap();
    let values = engine.values(&ValuesQuery::default()).unwrap();
    let known: BTreeMap<(String, String, String), Option<f64>> = texts(&values, "indicator")
        .into_iter()
        .zip(texts(&values, "area"))
        .zip(texts(&values, "period"))
        .zip(numbers(&values, "value"))
        .map(|(((indicator, area), period), value)| ((indicator, area, period), value))
        .collect();
    let areas: BTreeSet<&str> = known.keys().map(|(_, area, _)| area.as_str()).collect();
    assert!(areas.len() > 10, "{areas:?}");
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for indicator in framework.indicators().iter().map(|indicator| indicator.id.as_str()) {
        let of_it = known.keys().filter(|(id, _, _)| id == indicator);
        let mut periods: BTreeSet<&str> = of_it.map(|(_, _, period)| period.as_str()).collect();
        if periods.is_empty() {
            let nothing = engine.explain(&question(indicator, demo.area, "")).err().map(|e| e.to_string());
            assert!(nothing.is_some_and(|said| said.contains("expected")), "an empty text is no period");
            periods.insert("2022/23");
        }
        for period in periods {
            let evaluated = engine.evaluate(&EvaluateQuery::of(indicator).period(period)).unwrap();
            let status: BTreeMap<String, String> =
                texts(&evaluated, "area").into_iter().zip(texts(&evaluated, "status")).collect();
            for area in &areas {
                let (_, json) = repeated(&engine, &question(indicator, area, period));
                let key = (indicator.to_owned(), (*area).to_owned(), period.to_owned());
                if let Some(value) = known.get(&key) {
                    let ours = json["value"].as_f64();
                    let same = ours.zip(*value).map_or(ours == *value, |(a, b)| near(a, b));
                    assert!(same, "{key:?}: {ours:?}, and as a value {value:?}");
                }
                if let Some(status) = status.get(*area) {
                    assert_eq!(json["status"], **status, "{key:?}");
                }
                *seen.entry(json["status"].as_str().unwrap().to_owned()).or_default() += 1;
            }
        }
    }
    assert_eq!(
        seen.keys().map(String::as_str).collect::<Vec<_>>(),
        ["amber", "green", "not assessed", "red"]
    );
    assert!(seen.values().sum::<usize>() > 5_000 && seen.values().all(|n| *n > 20), "{seen:?}");
    // Seen from a level, the tolerance is another, and the status that comes of it too.
    for level in framework.levels() {
        for indicator in framework.indicators() {
            let mut query = question(indicator.id.as_str(), demo.area, "2023/24");
            query.view.level = Some(level.id.to_string());
            let (_, json) = repeated(&engine, &query);
            assert_eq!(json["level"], *level.id.as_str());
        }
    }
}

const SMALL: &str = r#"
area = [
    { code = "land", name = "Land", kind = "scotland", parts = ["both", "far"] },
    { code = "both", name = "Both", kind = "partnership", parts = ["north", "south"] },
    { code = "north", name = "North", kind = "council" },
    { code = "south", name = "South", kind = "council" },
    { code = "far", name = "Far", kind = "council" },
    { code = "family", name = "Family", kind = "group", parts = ["south", "far"] },
]
measure = [
    { id = "a", title = "A", unit = "days", frequency = "month", over_time = "sum", over_areas = "sum" },
    { id = "b", title = "B", unit = "days", frequency = "month", over_time = "sum", over_areas = "sum" },
    { id = "answers", title = "Answers", unit = "answers", frequency = "month", over_time = "sum", over_areas = "sum" },
    { id = "stock", title = "Stock", unit = "people", frequency = "month", over_time = "mean", over_areas = "sum" },
    { id = "last", title = "Last", unit = "people", frequency = "month", over_time = "last", over_areas = "sum" },
    { id = "index", title = "Index", unit = "points", frequency = "month", over_time = "none", over_areas = "none" },
    { id = "people", title = "People", unit = "people", frequency = "calendar-year", over_time = "none", over_areas = "sum" },
    { id = "split", title = "Split", unit = "days", frequency = "month", over_time = "sum", over_areas = "sum", dimensions = [{ id = "sex", title = "Sex", categories = ["men", "women"] }] },
]
"#;

const CALCULATIONS: [&str; 11] = [
    r#"{ count = "a" }"#,
    r#"{ count = "2.5 * a - b" }"#,
    r#"{ count = "last" }"#,
    r#"{ rate = { numerator = "a", denominator = "people", per = 1000, population_year = "financial-year-start", carry_forward = 1 } }"#,
    r#"{ rate = { numerator = "a + b", denominator = "people", per = 1000, population_year = "calendar-year" } }"#,
    r#"{ rate = { numerator = "a", denominator = "b + 0.5 * a", per = 10 } }"#,
    r#"{ percentage = { numerator = "a", denominator = "b" } }"#,
    r#"{ percentage = { numerator = "answers", complement = true } }"#,
    r#"{ percentage = { numerator = "a", denominator = "b", complement = true } }"#,
    r#"{ mean = "stock" }"#,
    r#"{ published = "index" }"#,
];

/// A number with one decimal, as it stands in a file.
fn tenths(range: std::ops::Range<i32>) -> impl Strategy<Value = String> {
    range.prop_map(|n| format!("{:.1}", f64::from(n) / 10.0))
}

fn tolerance_text() -> impl Strategy<Value = String> {
    let cuts = (prop_oneof![1 => Just(0), 1 => 0..200], 0..200);
    (any::<bool>(), cuts).prop_map(|(relative, (green, more))| {
        let unit = if relative { "relative" } else { "points" };
        format!("{{ {unit} = [{}, {}] }}", f64::from(green) / 10.0, f64::from(green + more) / 10.0)
    })
}

/// Polarity and what goes with it: what a target aims at.
fn goal() -> impl Strategy<Value = (&'static str, String)> {
    let by = || (select(vec!["percent", "points"]), tenths(-300..300));
    let with = select(vec![
        r#"with = "scotland""#,
        r#"with = "parent""#,
        r#"area = "far""#,
        r#"peers = "family""#,
        r#"peers = "family", statistic = "median""#,
        r#"with = "previous period""#,
        r#"with = "same period last year""#,
    ]);
    let aim = || tenths(1..1500);
    let one = prop_oneof![
        aim().prop_map(|v| format!("value = {v}")),
        (aim(), aim()).prop_map(|(v, w)| format!(r#"values = {{ "2023-06" = {v}, "2023/24" = {w} }}"#)),
        (aim(), aim()).prop_map(|(v, w)| {
            let point = |period: &str, value| format!(r#"{{ period = "{period}", value = {value} }}"#);
            format!("trajectory = [{}, {}]", point("2022-08", v), point("2024-02", w))
        }),
        by().prop_map(|(unit, by)| format!(r#"change = {{ baseline = "2022-05", {unit} = {by} }}"#)),
        (aim(), select(vec!["percent", "points"]), tenths(0..300))
            .prop_map(|(v, unit, by)| format!("change = {{ baseline = {v}, {unit} = {by} }}")),
        (with, by()).prop_map(|(with, (unit, by))| format!("comparator = {{ {with}, {unit} = {by} }}")),
    ];
    let range = (1..800, 0..300).prop_map(|(low, width)| {
        format!("value = [{:.1}, {:.1}]", f64::from(low) / 10.0, f64::from(low + width) / 10.0)
    });
    prop_oneof![
        9 => (select(vec!["higher", "lower"]), one),
        2 => range.prop_map(|range| ("range", range)),
        1 => Just(("none", String::new())),
    ]
}

#[derive(Debug, Clone)]
struct Rules {
    calculation: &'static str,
    yearly: bool,
    decimals: u32,
    polarity: &'static str,
    goal: String,
    tolerance: String,
}

fn rules() -> impl Strategy<Value = Rules> {
    let kinds = (select(CALCULATIONS.to_vec()), any::<bool>(), 0u32..3);
    (kinds, goal(), tolerance_text()).prop_map(
        |((calculation, yearly, decimals), (polarity, goal), tolerance)| Rules {
            calculation,
            // What is published adds over no time.
            yearly: yearly && !calculation.contains("published"),
            decimals,
            polarity,
            goal,
            tolerance,
        },
    )
}

fn small(rules: &[Rules], as_published: bool) -> String {
    let mut text = String::from("framework = { id = \"small\", title = \"Small\", area = \"both\"");
    text += if as_published { ", comparison = \"as published\" }\n" } else { " }\n" };
    text += SMALL;
    for (i, Rules { calculation, yearly, decimals, polarity, goal, tolerance }) in rules.iter().enumerate() {
        let frequency = if *yearly { "financial-year" } else { "month" };
        let _ = write!(
            text,
            "[[indicator]]\nid = \"I{i}\"\ntitle = \"Indicator {i}\"\ncalculation = {calculation}\n\
             frequency = \"{frequency}\"\npolarity = \"{polarity}\"\ndecimals = {decimals}\nunit = \"units\"\n"
        );
        if !goal.is_empty() {
            let from = if *yearly { "2022/23" } else { "2022-04" };
            let _ = write!(
                text,
                "[[target]]\nindicator = \"I{i}\"\nfrom = \"{from}\"\n{goal}\ntolerance = {tolerance}\n"
            );
        }
    }
    text
}

/// The 24 months of two financial years.
fn months() -> Vec<String> {
    (0..24).map(|i| format!("{}-{:02}", 2022 + (i + 3) / 12, (i + 3) % 12 + 1)).collect()
}

/// A figure of a measure, or why there is none.
fn figure() -> impl Strategy<Value = Result<u32, &'static str>> {
    let why = vec!["suppressed", "not yet published", "not collected", "not applicable", "nothing said"];
    prop_oneof![40 => (0u32..100).prop_map(Ok), 1 => select(why).prop_map(Err)]
}

fn small_rows(figures: &[Result<u32, &'static str>]) -> String {
    let mut rows = String::from("measure,area,period,value,numerator,denominator,absent\n");
    let mut next = figures.iter().copied().cycle();
    let mut put = |measure: &str, area: &str, period: &str| {
        let _ = match (next.next().unwrap(), measure) {
            (Ok(n), "answers") => writeln!(rows, "{measure},{area},{period},,{},{n},", n / 2),
            (Ok(n), "people") => writeln!(rows, "{measure},{area},{period},{},,,", 200 + n),
            (Ok(n), _) => writeln!(rows, "{measure},{area},{period},{},,,", f64::from(n) / 2.0),
            (Err("nothing said"), _) => Ok(()),
            (Err(why), _) => writeln!(rows, "{measure},{area},{period},,,,{why}"),
        };
    };
    for area in ["north", "south", "far"] {
        for measure in ["a", "b", "answers", "stock", "last", "index"] {
            for month in months() {
                put(measure, area, &month);
            }
        }
        for year in ["2022", "2023"] {
            put("people", area, year);
        }
    }
    rows
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_calculation_goal_and_tolerance_can_be_repeated_from_the_json(
        rules in prop::collection::vec(rules(), 1..7), as_published: bool,
        figures in prop::collection::vec(figure(), 60..450),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut engine = engine(folder.path(), &small(&rules, as_published), "2022-01-01");
        take_in(&mut engine, &small_rows(&figures), day("2024-06-01"));
        for i in 0..rules.len() {
            for area in ["north", "both", "land"] {
                for period in ["2022-04", "2023-06", "2024-03", "2022/23", "2023/24", "2024/25"] {
                    let (_, json) = repeated(&engine, &question(&format!("I{i}"), area, period));
                    prop_assert_eq!(&json["period"], period);
                }
            }
        }
    }
}

/// Indicator, area and period; why there is no value; why there is no status.
const WITHOUT_VALUE: [(&str, &str, &str, &str, &str); 11] = [
    ("I0", "north", "2022-04", "suppressed", "suppressed"),
    ("I0", "north", "2022/23", "suppressed", "suppressed"),
    ("I0", "south", "2022/23", "incomplete window", "incomplete window"),
    ("I0", "both", "2022-06", "incomplete area", "incomplete parts"),
    ("I0", "north", "2022-07", "not yet published", "awaiting data"),
    ("I0", "north", "2022-08", "not collected", "no data"),
    ("I0", "north", "2022-09", "not applicable", "not applicable"),
    ("I0", "north", "2024-07", "no data", "awaiting data"),
    ("I1", "south", "2022-04", "no population", "no data"),
    ("I2", "south", "2022-05", "zero denominator", "not applicable"),
    ("I3", "south", "2022-04", "incomplete breakdown", "incomplete parts"),
];

#[test]
fn why_there_is_no_value_is_said_in_the_text_and_in_the_json() {
    let rule = |calculation| Rules {
        calculation,
        yearly: false,
        decimals: 1,
        polarity: "lower",
        goal: "value = 10".to_owned(),
        tolerance: "{ relative = 5 }".to_owned(),
    };
    let calculations =
        [CALCULATIONS[0], CALCULATIONS[3], CALCULATIONS[6], r#"{ count = "split" }"#, CALCULATIONS[10]];
    let folder = tempfile::tempdir().unwrap();
    let framework = small(&calculations.map(rule), false);
    let mut engine = engine(folder.path(), &framework, "2022-01-01");
    let rows = "measure,area,period,value,absent,sex\n\
        a,north,2022-04,,suppressed,\na,north,2022-05,3,,\na,north,2022-06,3,,\n\
        a,north,2022-07,,not yet published,\na,north,2022-08,,not collected,\na,north,2022-09,,not applicable,\n\
        a,south,2022-04,8,,\na,south,2022-05,8,,\nb,south,2022-05,0,,\n\
        split,south,2022-04,4,,women\nindex,north,2022-04,7,,\n";
    take_in(&mut engine, rows, day("2024-06-01"));
    for (indicator, area, period, absent, reason) in WITHOUT_VALUE {
        let (text, json) = repeated(&engine, &question(indicator, area, period));
        assert_eq!((&json["absent"], &json["reason"]), (&absent.into(), &reason.into()), "{text}");
        assert!(
            json["value"].is_null() && json["compared"].is_null() && json["variance"].is_null(),
            "{json}"
        );
        assert!(text.contains(&format!(", {period}, as known now\n")), "{text}");
    }
    let (text, json) = repeated(&engine, &question("I4", "north", "2022/23"));
    assert_eq!(json["absent"], "does not add", "{text}");
    // Without a period the latest value is explained; where nothing was observed, that is said.
    let (_, json) = repeated(&engine, &ExplainQuery { area: Some("south".into()), ..ExplainQuery::of("I0") });
    assert_eq!((&json["period"], &json["status"]), (&"2022-05".into(), &"green".into()));
}

const STANDARDISED: &str = r#"
framework = { id = "ratio", title = "Ratio" }
area = [
    { code = "land", name = "Land", kind = "scotland", parts = ["north", "south"] },
    { code = "north", name = "North", kind = "council" },
    { code = "south", name = "South", kind = "council" },
]
measure = [
    { id = "deaths", title = "Deaths", unit = "people", frequency = "month", over_time = "sum", over_areas = "sum", dimensions = [{ id = "age", categories = ["young", "old"] }] },
    { id = "people", title = "People", unit = "people", frequency = "calendar-year", over_time = "none", over_areas = "sum", dimensions = [{ id = "age", categories = ["young", "old"] }] },
]
target = [{ indicator = "RATIO", from = "2022-01", value = 100, tolerance = { relative = 10 } }]

[[indicator]]
id = "RATIO"
title = "Observed against expected"
frequency = "month"
polarity = "lower"
unit = "of 100"
decimals = 1
calculation = { standardised_ratio = { numerator = "deaths", denominator = "people", by = "age", reference = "land", population_year = "calendar-year", carry_forward = 1 } }

[[indicator]]
id = "INDIRECT"
title = "Observed against expected, as a rate"
frequency = "month"
polarity = "lower"
unit = "per 1,000"
decimals = 1
calculation = { indirect_rate = { numerator = "deaths", denominator = "people", by = "age", reference = "land", per = 1000, population_year = "calendar-year", carry_forward = 1 } }

[[standard]]
id = "two"
title = "Two bands"
weights = { old = 195, young = 805 }

[[indicator]]
id = "RATE"
title = "Standardised"
frequency = "month"
polarity = "lower"
unit = "per 1,000"
decimals = 1
calculation = { standardised = { numerator = "deaths", denominator = "people", by = "age", standard = "two", per = 1000, population_year = "calendar-year", carry_forward = 1 } }
"#;

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_standardised_can_be_repeated_band_by_band_from_the_json(
        deaths in prop::collection::vec(prop::option::weighted(0.95, 0..60), 24),
        people in prop::collection::vec(prop::option::weighted(0.95, 0..3000), 4),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut engine = engine(folder.path(), STANDARDISED, "2022-01-01");
        let places = [("north", "young"), ("north", "old"), ("south", "young"), ("south", "old")];
        let mut rows = String::from("measure,area,period,value,age\ndeaths,north,2022-07,1,old\n");
        for (place, (area, age)) in places.iter().enumerate() {
            for (month, deaths) in deaths[place * 6..][..6].iter().enumerate() {
                if let Some(deaths) = deaths {
                    writeln!(rows, "deaths,{area},2022-{:02},{deaths},{age}", month + 1).unwrap();
                }
            }
            if let Some(people) = people[place] {
                writeln!(rows, "people,{area},2021,{people},{age}").unwrap();
            }
        }
        take_in(&mut engine, &rows, day("2022-08-01"));
        for area in ["north", "south", "land"] {
            for period in ["2022-01", "2022-06", "2022 Q1", "2022-07"] {
                let (text, json) = repeated(&engine, &question("RATIO", area, period));
                prop_assert_eq!(text.contains("\nExpected: "), json["denominator"].is_number(), "{}", text);
                if let ("land", Some(value)) = (area, json["value"].as_f64()) {
                    prop_assert!(near(value, 100.0), "the reference against itself: {}", text);
                }
                repeated(&engine, &question("RATE", area, period));
                let (text, json) = repeated(&engine, &question("INDIRECT", area, period));
                if json["value"].is_number() {
                    prop_assert!(text.contains("\nRate of the reference: "), "{}", text);
                }
            }
        }
    }
}

/// Indicators that are made of groups: the inequality between fifths, life expectancies, repeated events.
fn grouped() -> String {
    let measure = |id: &str, dimensions: &str| {
        format!(
            "[[measure]]\nid = \"{id}\"\ntitle = \"{id}\"\nunit = \"people\"\nfrequency = \"calendar-year\"\n\
             over_time = \"sum\"\nover_areas = \"sum\"\ndimensions = [{dimensions}]\n"
        )
    };
    let fifths = "{ id = \"simd\", categories = [\"1\", \"2\", \"3\", \"4\", \"5\"] }";
    let ages = "{ id = \"age\", categories = [\"0\", \"1-64\", \"65+\"] }";
    let times = "{ id = \"times\", categories = [\"1\", \"2\", \"5\"] }";
    let mut text = "framework = { id = \"groups\", title = \"Groups\" }\n\
        area = [{ code = \"glen\", name = \"Glen\", kind = \"council\" }]\n\
        [[standard]]\nid = \"three\"\ntitle = \"Three\"\nweights = { 0 = 1, 1-64 = 64, 65+ = 35 }\n"
        .replace("0 = 1, 1-64 = 64, 65+ = 35", "\"0\" = 1, \"1-64\" = 64, \"65+\" = 35");
    text += &measure("stays", fifths);
    text += &measure("residents", fifths);
    text += &measure("deaths", ages);
    text += &measure("people", ages);
    text += &measure("admitted", &format!("{ages}, {times}"));
    let mut indicator = |id: &str, calculation: &str| {
        write!(
            text,
            "[[indicator]]\nid = \"{id}\"\ntitle = \"{id}\"\nfrequency = \"calendar-year\"\npolarity = \"lower\"\n\
             unit = \"of it\"\ndecimals = 2\ncalculation = {{ {calculation} }}\n\
             [[target]]\nindicator = \"{id}\"\nfrom = \"2020\"\nvalue = 20\ntolerance = {{ relative = 50 }}\n"
        )
        .unwrap();
    };
    for measure in INEQUALITIES {
        let parts = "numerator = \"stays\", denominator = \"residents\", per = 100, by = \"simd\"";
        let id = measure.replace(' ', "-");
        indicator(&id, &format!("inequality = {{ {parts}, measure = \"{measure}\" }}"));
    }
    for at in [0, 65] {
        let parts = "deaths = \"deaths\", population = \"people\", by = \"age\"";
        indicator(&format!("life-{at}"), &format!("life_expectancy = {{ {parts}, at = {at} }}"));
    }
    indicator(
        "repeated",
        "standardised = { numerator = \"admitted\", denominator = \"people\", by = \"age\", standard = \"three\", \
         per = 1000, events_each = \"times\" }",
    );
    text
}

const INEQUALITIES: [&str; 6] = [
    "slope index",
    "relative index",
    "relative percent",
    "attributable percent",
    "absolute range",
    "relative range",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_made_of_groups_can_be_repeated_group_by_group_from_the_json(
        stays in prop::collection::vec(prop::option::weighted(0.97, 0usize..20), 5),
        residents in prop::collection::vec(200..3000, 5),
        deaths in (0..20, 0..300, prop_oneof![1 => Just(0), 9 => 300..800]),
        people in prop::collection::vec(prop_oneof![1 => 900..1500, 6 => 2000..20_000], 3),
        admitted in prop::collection::vec(prop::option::weighted(0.97, 0..30), 9),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut engine = engine(folder.path(), &grouped(), "2022-01-01");
        let mut rows = String::from("measure,area,period,value,simd,age,times\n");
        for (place, stays) in stays.iter().enumerate() {
            // Fewer and fewer, so that no index is all but zero.
            if let Some(stays) = stays {
                writeln!(rows, "stays,glen,2020,{},{},,", stays + 40 * (4 - place), place + 1).unwrap();
            }
        }
        for (place, residents) in residents.iter().enumerate() {
            writeln!(rows, "residents,glen,2020,{residents},{},,", place + 1).unwrap();
        }
        for (age, (deaths, people)) in
            ["0", "1-64", "65+"].iter().zip([deaths.0, deaths.1, deaths.2].iter().zip(&people))
        {
            writeln!(rows, "deaths,glen,2020,{deaths},,{age},\npeople,glen,2020,{people},,{age},").unwrap();
        }
        for (place, persons) in admitted.iter().enumerate() {
            let (age, times) = (["0", "1-64", "65+"][place / 3], ["1", "2", "5"][place % 3]);
            if let Some(persons) = persons {
                writeln!(rows, "admitted,glen,2020,{persons},,{age},{times}").unwrap();
            }
        }
        take_in(&mut engine, &rows, day("2022-08-01"));
        for measure in INEQUALITIES {
            let (text, json) = repeated(&engine, &question(&measure.replace(' ', "-"), "glen", "2020"));
            let has_error = matches!(measure, "slope index" | "relative index" | "relative percent");
            prop_assert_eq!(json["standard_error"].is_number(), has_error && json["value"].is_number());
            prop_assert!(text.contains(&format!("\n{measure}: by a line")), "{}", text);
        }
        for id in ["life-0", "life-65", "repeated"] {
            repeated(&engine, &question(id, "glen", "2020"));
        }
    }
}

#[test]
fn a_json_with_one_number_changed_does_not_come_to_its_status() {
    let rule = Rules {
        calculation: CALCULATIONS[3],
        yearly: false,
        decimals: 1,
        polarity: "lower",
        goal: r#"change = { baseline = "2022-05", percent = -50 }"#.to_owned(),
        tolerance: "{ relative = [5, 100] }".to_owned(),
    };
    let folder = tempfile::tempdir().unwrap();
    let mut engine = engine(folder.path(), &small(&[rule], true), "2022-01-01");
    let rows = "measure,area,period,value\npeople,north,2022,500\npeople,south,2022,500\n\
        a,north,2022-05,3\na,south,2022-05,4\na,north,2022-06,3\na,south,2022-06,3.5\n";
    take_in(&mut engine, rows, day("2022-07-15"));
    let (_, json) = repeated(&engine, &question("I0", "both", "2022-06"));
    assert_eq!(json["status"], "amber", "{json:#}");
    let paths = [
        "/value",
        "/numerator",
        "/denominator",
        "/compared",
        "/variance",
        "/calculation/per",
        "/terms/0/factor",
        "/terms/0/figures/0/value",
        "/terms/0/parts/1/value",
        "/terms/0/total/value",
        "/terms/1/population/used",
        "/target/aim",
        "/target/derived_from/value",
        "/target/goal/by/percent",
        "/target/tolerance/green",
        "/target/tolerance/amber",
    ];
    for path in paths {
        let mut changed = json.clone();
        let number = changed.pointer_mut(path).unwrap_or_else(|| panic!("{path} is not there: {json:#}"));
        *number = (number.as_f64().unwrap() + 1.0).into();
        assert!(recompute(&changed).is_err(), "{path}");
    }
    for (path, other) in [("/polarity", "higher"), ("/status", "red"), ("/terms/0/role", "denominator")] {
        let mut changed = json.clone();
        *changed.pointer_mut(path).unwrap() = other.into();
        assert!(recompute(&changed).is_err(), "{path}");
    }
}
