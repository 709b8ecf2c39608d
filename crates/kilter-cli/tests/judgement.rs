//! The commands of judgement through the program: on the invented demonstration in every format, with what is
//! refused; and on published files, where what is printed is worked out again from the raw figures, from the
//! published rates, or from what the other commands print.
//!
//! The published data stand beside the project and are no part of it; without them nothing is looked up there,
//! and every test says so.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod program;
#[path = "../../../tests/tests/recompute/mod.rs"]
mod recompute;

use program::{Answer, INPUT, Row, Store, USAGE, kilter, raw, shared};
use recompute::{near, recompute};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use tempfile::TempDir;

/// The invented demonstration in a temporary folder, which goes with it.
struct Demo {
    folder: TempDir,
}

impl Demo {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let answer = kilter(["demo".as_ref(), folder.path().join("demo").as_os_str()]);
        assert_eq!(answer.code, 0, "{}", answer.err);
        Self { folder }
    }

    fn path(&self, below: &str) -> String {
        self.folder.path().join("demo").join(below).to_str().unwrap().to_owned()
    }

    /// Runs a command on the store; the words behind it are its options.
    fn ask(&self, words: &[&str], more: &[&str]) -> Answer {
        let store = self.path("store");
        kilter([&words[..1], &[store.as_str()], &words[1..], more].concat())
    }

    #[track_caller]
    fn rows(&self, words: &[&str]) -> Vec<Row> {
        self.ask(words, &["--format", "csv"]).rows()
    }
}

const PARTNERSHIP: &str = "X37000001";

/// Every command whose answer is a table, as it is asked of the demonstration.
const TABLES: &[&[&str]] = &[
    &["compare"],
    &["compare", "--indicator", "NI-19", "--with", "peers X99000009", "--among", "X99000009"],
    &["compare", "--indicator", "NI-19", "--with", "median X99000009", "--period", "2022/23"],
    &["five-years", "--area", PARTNERSHIP],
    &["five-years", "--statutory", "--year", "2023/24"],
    &["verdicts", "--indicator", "NI-19", "--period", "2022/23", "--level", "performance-group"],
    &["targets"],
    &["targets", "--area", "X12000002", "--level", "board"],
    &["exceptions", "--level", "board"],
    &["exceptions", "--level", "performance-group"],
    &["escalations"],
    &["escalations", "--escalation", "to-the-board", "--every-step", "--figures-of-the-day"],
    &["what-if", "NI-19", "--target", "800"],
    &["what-if", "NI-19", "--tolerance", "2.5%,10%", "--by-period"],
    &["what-if", "NI-19", "--target", "-1", "--tolerance", "3 points", "--raise-after", "2"],
    &["needed"],
    &["needed", "--indicator", "NI-19", "--area", "X12000002", "--level", "performance-group"],
    &["coverage"],
    &["map"],
    &["scorecard", "--rolled"],
    &["scorecard", "--rolled", "--level", "performance-group"],
];

#[test]
fn every_command_answers_in_every_format_with_the_same_rows() {
    let demo = Demo::new();
    for words in TABLES {
        let shown = demo.ask(words, &[]);
        assert_eq!((shown.code, shown.err.as_str()), (0, ""), "{words:?}");
        assert!(shown.out.lines().count() > 3 && !shown.out.contains("NaN"), "{words:?}: {}", shown.out);
        let csv = demo.ask(words, &["--format", "csv"]);
        let rows = csv.rows();
        assert!(!rows.is_empty(), "{words:?} has nothing to say");
        let json: Vec<BTreeMap<String, Json>> =
            serde_json::from_str(&demo.ask(words, &["--format", "json"]).out).unwrap();
        assert_eq!(json.len(), rows.len(), "{words:?}");
        for (ours, theirs) in rows.iter().zip(&json) {
            assert_eq!(ours.len(), theirs.len(), "{words:?}");
            for (column, cell) in theirs {
                let said = match cell {
                    Json::Null => ours[column].is_empty(),
                    Json::String(text) => *text == ours[column],
                    number => near(number.as_f64().unwrap(), ours[column].parse().unwrap()),
                };
                assert!(said, "{words:?}: {column}: {cell} and \"{}\"", ours[column]);
            }
        }
        let (one, other) = (demo.path("answer.csv"), demo.path("answer.parquet"));
        assert_eq!(demo.ask(words, &["--format", "csv", "--out", &one]).code, 0, "{words:?}");
        assert_eq!(std::fs::read_to_string(&one).unwrap(), csv.out, "{words:?}");
        assert_eq!(demo.ask(words, &["--format", "parquet", "--out", &other]).code, 0, "{words:?}");
        let parquet = std::fs::read(&other).unwrap();
        assert!(parquet.starts_with(b"PAR1") && parquet.ends_with(b"PAR1"), "{words:?}");
        demo.ask(words, &["--format", "xml"]).refused(USAGE, &["\"xml\" is not a format", "parquet"]);
    }
}

#[test]
fn an_explanation_is_text_or_json_and_the_json_comes_to_the_status_of_evaluate() {
    let demo = Demo::new();
    let mut colours = BTreeSet::new();
    for row in demo.rows(&["evaluate", "--area", PARTNERSHIP, "--level", "performance-group"]) {
        let words =
            ["explain", &row["indicator"], "--period", &row["period"], "--level", "performance-group"];
        let text = demo.ask(&words, &[]).out;
        assert!(text.contains(&format!("\nStatus: {}", row["status"])), "{text}");
        let json: Json = serde_json::from_str(&demo.ask(&words, &["--format", "json"]).out).unwrap();
        assert_eq!(recompute(&json).unwrap_or_else(|why| panic!("{words:?}: {why}")), row["status"]);
        colours.insert(row["status"].clone());
    }
    assert_eq!(colours.len(), 4, "{colours:?}");
    let file = demo.path("why.json");
    assert_eq!(demo.ask(&["explain", "NI-19", "--format", "json", "--out", &file], &[]).code, 0);
    assert!(serde_json::from_str::<Json>(&std::fs::read_to_string(&file).unwrap()).is_ok());
}

#[test]
fn exceptions_of_a_level_are_what_its_tolerance_makes_amber_or_red() {
    let demo = Demo::new();
    let level = ["--level", "performance-group"];
    let shown: BTreeMap<String, Row> = demo
        .rows(&[&["exceptions"], &level[..]].concat())
        .into_iter()
        .map(|row| (row["indicator"].clone(), row))
        .collect();
    let mut bad = 0;
    for row in demo.rows(&[&["evaluate", "--area", PARTNERSHIP], &level[..]].concat()) {
        let found = shown.get(&row["indicator"]);
        if ["amber", "red"].contains(&row["status"].as_str()) {
            let found = found.unwrap_or_else(|| panic!("{} is {}", row["indicator"], row["status"]));
            assert!(found["rules"].contains("amber or red"), "{found:?}");
            bad += 1;
        }
        if let Some(found) = found {
            assert_eq!((&found["status"], &found["period"]), (&row["status"], &row["period"]));
            let worsening =
                row["trend_run"].parse::<u32>().unwrap_or(0) >= 3 && row["short_trend"] == "worse";
            assert_eq!(found["rules"].contains("worsening 3"), worsening, "{found:?}");
        }
    }
    assert!(bad > 3 && shown.len() >= bad, "{shown:?}");
    // The board has no tolerance of its own, and is shown what is red by the targets' own.
    let board = demo.rows(&["exceptions", "--level", "board"]);
    let plain = demo.rows(&["evaluate", "--area", PARTNERSHIP]);
    for row in plain.iter().filter(|row| row["status"] == "red") {
        assert!(board.iter().any(|found| found["indicator"] == row["indicator"]), "{row:?}");
    }
}

#[test]
fn an_escalation_is_pending_before_it_is_raised_and_raised_before_anyone_acknowledges() {
    let demo = Demo::new();
    let every = demo.rows(&["escalations", "--every-step"]);
    let mut running: BTreeMap<&str, (usize, usize, &str)> = BTreeMap::new();
    for row in &every {
        let (held, quiet, state) = running.entry(&row["indicator"]).or_insert((0, 0, "clear"));
        let up = ["raised", "acknowledged"].contains(state);
        match (row["decided_by"].as_str(), row["status"].as_str()) {
            ("", "red") => (*held, *quiet) = (*held + 1, 0),
            ("", "green" | "amber") => (*held, *quiet) = (0, if up { *quiet + 1 } else { 0 }),
            _ => {}
        }
        let event = match (row["decided_by"].as_str(), row["status"].as_str(), up) {
            ("", "red", false) if *held == 1 => "pending",
            ("", "red", false) => "raised",
            ("", "green" | "amber", false) if *state == "pending" => "dropped",
            ("", "green" | "amber", true) if *quiet == 2 => "cleared",
            ("", _, _) => "",
            _ => "acknowledged",
        };
        assert_eq!(row["event"], event, "{row:?}");
        *state = match event {
            "" => state,
            "dropped" | "cleared" => "clear",
            other => other,
        };
        assert_eq!(&row["state"], state, "{row:?}");
    }
    let events: Vec<&Row> = every.iter().filter(|row| !row["event"].is_empty()).collect();
    assert_eq!(demo.rows(&["escalations"]).iter().collect::<Vec<_>>(), events);
    for event in ["pending", "raised", "dropped", "cleared", "acknowledged"] {
        assert!(events.iter().any(|row| row["event"] == event), "nothing is {event}");
    }
    // The colours are those that the level sees from which it is raised.
    for indicator in ["NI-11", "NI-19"] {
        let reports = every.iter().filter(|row| row["indicator"] == indicator && !row["period"].is_empty());
        for row in reports {
            let words =
                ["evaluate", "--indicator", indicator, "--area", PARTNERSHIP, "--period", &row["period"]];
            let seen =
                demo.ask(&words, &["--level", "performance-group", "--format", "csv"]).rows().remove(0);
            assert!(row["status"].starts_with(&seen["status"]), "{row:?} {seen:?}");
        }
    }
}

#[test]
fn another_framework_that_says_the_same_changes_no_status() {
    let demo = Demo::new();
    let own = demo.path("files/invented-partnership.toml");
    for indicator in ["NI-19", "NI-7", "MSG-1a"] {
        let words = ["what-if", indicator, "--framework", &own];
        let rows = demo.rows(&[&words[..], &["--by-period"]].concat());
        assert!(rows.len() > 3 && rows.iter().all(|row| row["changed"] == "no"), "{rows:?}");
        let both = demo.rows(&words);
        assert_eq!(both[0]["green"], both[1]["green"]);
    }
    demo.ask(&["what-if", "NI-19", "--framework", "no-such.toml"], &[])
        .refused(INPUT, &["no-such.toml", "catalogue"]);
}

#[test]
fn a_wrong_command_ends_with_2_and_says_what_was_expected() {
    let demo = Demo::new();
    let refused: &[(&[&str], &[&str])] = &[
        (&["exceptions"], &["--level"]),
        (&["escalations", "--escalation", "up"], &["\"up\"", "it has to-the-board"]),
        (&["what-if", "NI-19"], &["--target", "--tolerance", "--framework"]),
        (&["what-if", "NI-19", "--target", "nan"], &["\"nan\" is not a target", "600", "80..90"]),
        (&["what-if", "NI-19", "--target", "80.."], &["\"80..\" is not a target"]),
        (&["what-if", "NI-19", "--target", "80..90"], &["\"lower\" and a range", "\"range\""]),
        (&["what-if", "NI-19", "--target", "0", "--tolerance", "5%"], &["above 0", "in points"]),
        (&["what-if", "NI-19", "--tolerance", "5%,2%"], &["the green one not beyond the amber one"]),
        (&["what-if", "NI-19", "--tolerance", "nan"], &["0 or more"]),
        (&["what-if", "NI-19", "--tolerance", "5%%"], &["\"5%%\" is not a tolerance", "2.5%,5%"]),
        (&["what-if", "NI-19", "--tolerance", "2.5%,5"], &["\"2.5%,5\" is not a tolerance"]),
        (&["what-if", "NI-19", "--tolerance", "3 pointspoints"], &["is not a tolerance", "3 points"]),
        (
            &["what-if", "NI-19", "--tolerance", "some"],
            &["\"some\" is not a tolerance", "2.5%,5%", "3 points"],
        ),
        (&["what-if", "NI-19", "--target", "1", "--raise-after", "0"], &["1..=120"]),
        (&["what-if", "NI-99", "--target", "1"], &["\"NI-99\"", "kilter info"]),
        (&["explain", "ni19"], &["did you mean NI-19?"]),
        (&["explain", "NI-19", "--format", "csv"], &["text, json"]),
        (&["explain", "NI-19", "--period", "2021"], &["2020/21 or 2021/22"]),
        (&["compare", "--with", "peers X12000001"], &["X12000001 has no parts"]),
        (&["compare", "--with", "median X12000001"], &["X12000001 has no parts"]),
        (&["compare", "--with", ""], &["nothing to compare with"]),
        (&["compare", "--among", "nobody"], &["\"nobody\""]),
        (&["five-years", "--statutory", "--year", "2015/16"], &["2016/17", "2015/16 is before it"]),
        (&["needed", "--period", "2021"], &["2020/21 or 2021/22"]),
        (&["targets", "--function", "health"], &["integration or non-integration"]),
        (&["coverage", "--as-at", "someday"], &["\"someday\"", "2022-06-30"]),
    ];
    for (words, said) in refused {
        demo.ask(words, &[]).refused(USAGE, said);
    }
    let looked_from = [
        "evaluate|explain NI-19 --period 2019/20|verdicts|targets|exceptions|what-if NI-19 --target 1",
        "needed|coverage|scorecard|scorecard --rolled",
    ];
    let file = demo.path("plain.toml");
    let plain =
        "id = \"plain\"\ntitle = \"Plain\"\nextends = \"scotland-core-suite\"\narea = \"S12000030\"\n";
    std::fs::write(&file, format!("[framework]\n{plain}")).unwrap();
    let plain = Store::new(&file);
    for line in looked_from.iter().flat_map(|lines| lines.split('|')) {
        let words: Vec<&str> = line.split(' ').collect();
        let said = ["no level \"nobody\"", "it has performance-group, board"];
        demo.ask(&words, &["--level", "nobody"]).refused(USAGE, &said);
        let words = [&words[..], &["--level", "board"]].concat();
        plain.ask(words[0], &words[1..]).refused(USAGE, &["no level \"board\"", "it has none"]);
    }
    plain
        .ask("escalations", &["--escalation", "up"])
        .refused(USAGE, &["no escalation \"up\"", "it has none"]);
    Store::new("scotland-core-suite").ask("escalations", &[]).refused(USAGE, &["of no one area", "--area"]);
}

const DELAYS: &str = "dd_beddays_council_monthly_2016-07_2020-03.csv";
const LGBF: &str = "lgbf_adult_social_care_vintage_2021-02.csv";
const SCOTLAND: &str = "S92000003";
const CLACKMANNANSHIRE: &str = "S12000005";
const STIRLING: &str = "S12000030";

const OURS: &str = r#"
[framework]
id = "our-framework"
title = "Our framework"
extends = "clackmannanshire-stirling-2021"

[[target]]
indicator = "NI-19"
from = "2016/17"
value = 640
tolerance = { relative = 5 }
source = "Made up for this test"
"#;

/// A store with delayed discharges, to the end of a month if one is said, and populations.
#[track_caller]
fn delays(shared: &Path, until: Option<&str>) -> Store {
    let folder = tempfile::tempdir().unwrap();
    let framework = folder.path().join("ours.toml");
    std::fs::write(&framework, OURS).unwrap();
    let store = Store::new(framework.to_str().unwrap());
    let text = std::fs::read_to_string(shared.join(DELAYS)).unwrap();
    assert!(text.starts_with("ltla_code,date,age_group,delay_reason,num_delayed_bed_days,"));
    let kept = |line: &&str| until.is_none_or(|until| line.split(',').nth(1).unwrap() <= until);
    let lines = text.lines().take(1).chain(text.lines().skip(1).filter(kept));
    let file = store.write("delays.csv", lines.collect::<Vec<_>>().join("\n"));
    let files = [
        (file, "phs-delayed-discharge-council", "2020-06-02"),
        (shared.join(LGBF), "lgbf-adult-social-care", "2021-02-26"),
    ];
    for (file, profile, known_at) in files {
        let answer = store.ingest(&file, profile, known_at, &[]);
        assert_eq!(answer.code, 0, "{}", answer.err);
    }
    store
}

#[track_caller]
fn number(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("\"{text}\" is not a number"))
}

/// The days of a council's people of 75 and over in the file, by month from a day to before another.
fn days_in_file(shared: &Path, council: &str, from: &str, before: &str) -> Vec<f64> {
    raw(shared, DELAYS)
        .iter()
        .filter(|row| row["ltla_code"] == council && row["age_group"] == "75plus")
        .filter(|row| row["delay_reason"] == "All Delay Reasons")
        .filter(|row| (from..before).contains(&row["date"].as_str()))
        .map(|row| number(&row["num_delayed_bed_days"]))
        .collect()
}

/// The published rates of the councils in a year, by code.
fn published(shared: &Path, year: &str) -> BTreeMap<String, f64> {
    let rows = raw(shared, "golden_ni19_council_finyear.csv").into_iter();
    let of_year = rows.filter(|row| row["fin_year"] == year && row["CA"] != SCOTLAND);
    of_year.map(|row| (row["CA"].clone(), number(&row["published_rate"]))).collect()
}

#[test]
fn an_explanation_of_a_published_rate_shows_twelve_months_a_population_and_both_files() {
    let Some(shared) = shared() else { return };
    let store = delays(&shared, None);
    let asked = ["NI-19", "--area", "Clackmannanshire", "--period", "2019/20"];
    let answer = store.ask("explain", &asked);
    assert_eq!(answer.code, 0, "{}", answer.err);
    let text = &answer.out;
    for line in [
        "  2019-04  155\n",
        "  2020-03  108\n",
        "  sum: 1,339\n",
        "  mid-year 2019: 4,323\n",
        "Value: 1,339 / 4,323 x 1,000 = 309.74 per 1,000",
        "Target: at most 640, in force from 2016/17",
        "Tolerance: 5%: amber to 672, red beyond",
        "\nStatus: green\n",
        "  1, known on 2020-06-02, from a test\n  2, known on 2021-02-26, from a test\n",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let json: Json =
        serde_json::from_str(&store.ask("explain", &[&asked[..], &["--format", "json"]].concat()).out)
            .unwrap();
    assert_eq!(recompute(&json), Ok("green"));
    // The months are those of the file.
    let figures = json["terms"][0]["figures"].as_array().unwrap().iter();
    let figures: Vec<f64> = figures.map(|figure| figure["value"].as_f64().unwrap()).collect();
    assert_eq!(figures, days_in_file(&shared, CLACKMANNANSHIRE, "2019-04-01", "2020-04-01"));
    assert_eq!((json["numerator"].as_f64(), json["denominator"].as_f64()), (Some(1339.0), Some(4323.0)));
    let of_year = published(&shared, "2019-20");
    assert!((json["value"].as_f64().unwrap() - of_year[CLACKMANNANSHIRE]).abs() < 1e-9);
}

#[test]
fn the_explanation_of_every_council_and_year_comes_to_the_status_of_evaluate() {
    let Some(shared) = shared() else { return };
    let store = delays(&shared, None);
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for year in ["2016/17", "2018/19", "2019/20"] {
        for row in store.rows("evaluate", &["--indicator", "NI-19", "--period", year]) {
            let asked = ["NI-19", "--area", &row["area"], "--period", year, "--format", "json"];
            let json: Json = serde_json::from_str(&store.ask("explain", &asked).out).unwrap();
            let status = recompute(&json).unwrap_or_else(|why| panic!("{asked:?}: {why}\n{json:#}"));
            assert_eq!(status, row["status"], "{asked:?}");
            *seen.entry(format!("{status} {}", row["reason"])).or_default() += 1;
        }
    }
    let kinds: Vec<&str> = seen.keys().map(String::as_str).collect();
    // Nobody knows how many people of unknown residence there are.
    let not_assessed = ["not assessed incomplete window", "not assessed no data"];
    assert_eq!(kinds, ["amber ", "green ", not_assessed[0], not_assessed[1], "red "], "{seen:?}");
}

#[test]
fn councils_are_ranked_as_their_published_rates_are_with_scotland_beside_them() {
    let Some(shared) = shared() else { return };
    let store = delays(&shared, None);
    let scotland = store.rows("values", &["--indicator", "NI-19", "--area", SCOTLAND, "--period", "2019/20"]);
    let rates = published(&shared, "2019-20");
    assert_eq!(rates.len(), 32);
    let compared = store.rows("compare", &["--indicator", "NI-19", "--period", "2019/20"]);
    let councils: Vec<&Row> = compared.iter().filter(|row| rates.contains_key(&row["area"])).collect();
    assert_eq!(councils.len(), 32);
    for row in councils {
        let (value, beside) = (number(&row["value"]), number(&row["comparator_value"]));
        let lower = rates.values().filter(|rate| **rate < rates[&row["area"]]).count();
        assert_eq!((number(&row["rank"]), row["ranked"].as_str()), (lower as f64 + 1.0, "32"), "{row:?}");
        assert_eq!(number(&row["quintile"]), (lower * 5 / 32) as f64 + 1.0, "{row:?}");
        assert!((value - rates[&row["area"]]).abs() < 0.005, "{row:?}");
        assert_eq!(
            (row["comparator"].as_str(), &row["comparator_value"]),
            ("Scotland", &scotland[0]["value"])
        );
        assert!((number(&row["difference"]) - (value - beside)).abs() < 1e-9, "{row:?}");
        assert!((number(&row["ratio"]) - value / beside).abs() < 1e-12, "{row:?}");
    }
    // Two councils of one partnership: each beside the other, and ranked among the two.
    let words = ["--indicator", "NI-19", "--period", "2019/20", "--area", CLACKMANNANSHIRE, STIRLING];
    let more = ["--with", "median S37000005", "--among", "S37000005"];
    let both = store.rows("compare", &[&words[..], &more[..]].concat());
    let middle = both.iter().map(|row| number(&row["value"])).sum::<f64>() / 2.0;
    let ranks: Vec<(&str, &str)> = both.iter().map(|row| (&*row["rank"], &*row["ranked"])).collect();
    assert_eq!(ranks, [("1", "2"), ("2", "2")]);
    assert!(both.iter().all(|row| (number(&row["comparator_value"]) - middle).abs() < 1e-9), "{both:?}");
}

#[test]
fn five_statutory_years_begin_with_2016_17_and_nothing_is_padded() {
    let Some(shared) = shared() else { return };
    let store = delays(&shared, None);
    let years = |more: &[&str]| store.rows("five-years", &[&["--indicator", "NI-19"], more].concat());
    let known = ["2016/17", "2017/18", "2018/19", "2019/20"];
    for (asked, expected) in [
        (&["--statutory", "--year", "2019/20"][..], &known[..]),
        (&["--year", "2019/20"], &known),
        (&["--statutory", "--year", "2018/19"], &known[..3]),
        (&["--statutory", "--year", "2016/17"], &known[..1]),
        (&["--statutory", "--year", "2021/22"], &[&known[..], &["2020/21", "2021/22"]].concat()),
    ] {
        let rows = years(asked);
        for council in published(&shared, "2019-20").keys() {
            let of_it: Vec<&Row> = rows.iter().filter(|row| row["area"] == *council).collect();
            let periods: Vec<&str> = of_it.iter().map(|row| &*row["period"]).collect();
            assert_eq!(periods, expected, "{council} {asked:?}");
            let mut before = None;
            for row in of_it {
                let year = row["period"].replace('/', "-");
                let rate = published(&shared, &year).get(council).copied();
                let found = row["value"].parse::<f64>().ok();
                let near = found.zip(rate).map_or(found == rate, |(a, b)| (a - b).abs() < 0.005);
                assert!(near, "{row:?}: published {rate:?}");
                let why = match year.as_str() {
                    "2016-17" => "incomplete window",
                    "2020-21" | "2021-22" => "no data",
                    _ => "",
                };
                assert_eq!(row["absent"], why, "{row:?}");
                assert_eq!((&*row["break_before"], &*row["comparable"]), ("no", "yes"), "{row:?}");
                let change = row["change"].parse::<f64>().ok();
                let by_hand = found.zip(before).map(|(now, before): (f64, f64)| now - before);
                assert!(
                    change.zip(by_hand).map_or(change == by_hand, |(a, b)| (a - b).abs() < 1e-9),
                    "{row:?}"
                );
                before = found;
            }
        }
    }
}

#[test]
fn what_if_counts_what_evaluate_says_of_each_year() {
    let Some(shared) = shared() else { return };
    let store = delays(&shared, None);
    let years = ["2016/17", "2017/18", "2018/19", "2019/20"];
    for area in [CLACKMANNANSHIRE, STIRLING, "S37000005", SCOTLAND] {
        let values = store.rows("values", &["--indicator", "NI-19", "--area", area]);
        let ask = |period: &str| {
            store.rows("evaluate", &["--indicator", "NI-19", "--area", area, "--period", period]).remove(0)
        };
        let in_force: Vec<String> = years.iter().map(|year| ask(year)["status"].clone()).collect();
        // Another target keeps the tolerance; another tolerance the target; both.
        for (options, target, amber) in [
            (&["--target", "500"][..], 500.0, 525.0),
            (&["--tolerance", "40 points"], 640.0, 680.0),
            (&["--target", "380", "--tolerance", "2.5%,75%"], 389.5, 665.0),
        ] {
            let by_hand: Vec<&str> = years
                .iter()
                .map(|year| values.iter().find(|row| row["period"] == *year).unwrap()["value"].parse::<f64>())
                .map(|value| match value {
                    Err(_) => "not assessed",
                    Ok(value) if value <= target => "green",
                    Ok(value) if value <= amber => "amber",
                    Ok(_) => "red",
                })
                .collect();
            let words = [&["NI-19", "--area", area, "--raise-after", "2"], options].concat();
            let by_period = store.rows("what-if", &[&words[..], &["--by-period"]].concat());
            let column = |name: &str| by_period.iter().map(|row| row[name].clone()).collect::<Vec<_>>();
            assert_eq!(column("period"), years);
            assert_eq!(
                (column("status"), column("what_if_status")),
                (in_force.clone(), by_hand.iter().map(|s| (*s).to_owned()).collect()),
                "{words:?}"
            );
            let summary = store.rows("what-if", &words);
            let in_force: Vec<&str> = in_force.iter().map(String::as_str).collect();
            for (row, statuses) in summary.iter().zip([&in_force, &by_hand]) {
                let count =
                    |colour: &str| statuses.iter().filter(|status| **status == colour).count().to_string();
                for (column, colour) in
                    [("green", "green"), ("amber", "amber"), ("red", "red"), ("not_assessed", "not assessed")]
                {
                    assert_eq!(row[column], count(colour), "{words:?} {row:?}");
                }
                let first = statuses.iter().position(|status| *status == "red");
                assert_eq!(row["first_red"], first.map_or("", |place| years[place]), "{words:?} {row:?}");
                // What is not assessed neither continues a run nor breaks it; no year after the first lacks.
                let assessed: Vec<bool> =
                    statuses.iter().filter(|s| **s != "not assessed").map(|s| *s == "red").collect();
                let longest = assessed.split(|red| !red).map(<[bool]>::len).max().unwrap_or(0);
                assert_eq!(row["longest_red"], longest.to_string(), "{words:?} {row:?}");
                assert_eq!(row["raised"], u8::from(longest >= 2).to_string(), "{words:?} {row:?}");
            }
        }
    }
}

#[test]
fn what_is_needed_in_the_rest_of_a_year_is_what_the_months_so_far_leave() {
    let Some(shared) = shared() else { return };
    let store = delays(&shared, Some("2019-12-31"));
    let so_far: f64 = days_in_file(&shared, STIRLING, "2019-04-01", "2020-01-01").iter().sum();
    let people = 8372.0;
    let asked = ["--indicator", "NI-19", "--area", STIRLING];
    for more in [&[][..], &["--period", "2019/20"]] {
        let rows = store.rows("needed", &[&asked[..], more].concat());
        assert_eq!(rows.len(), 1);
        let row = &rows[0];
        let cells = ["period", "target", "known", "remaining", "rest_from", "rest_to", "per", "absent"];
        let expected = ["2019/20", "640", "9", "3", "2020-01", "2020-03", "numerator per month", ""];
        assert_eq!(cells.map(|column| row[column].as_str()), expected);
        let near = |column: &str, by_hand: f64| (number(&row[column]) - by_hand).abs() < 1e-9;
        assert!(near("so_far", so_far / 9.0), "{row:?}");
        assert!(near("needed", (640.0 / 1000.0 * people - so_far) / 3.0), "{row:?}");
        assert!(near("projected", so_far / 9.0 * 12.0 / people * 1000.0), "{row:?}");
        let colour = |rate: f64| {
            if rate <= 640.0 {
                "green"
            } else if rate <= 672.0 {
                "amber"
            } else {
                "red"
            }
        };
        assert_eq!(row["projected_status"], colour(number(&row["projected"])));
    }
    for (period, why) in [
        ("2016/17", "2016-04 has no figure, and later periods have one"),
        ("2018/19", "2018/19 is known as a whole"),
        ("2020/21", "nothing is known of 2020/21 yet"),
    ] {
        let rows = store.rows("needed", &[&asked[..], &["--period", period]].concat());
        assert_eq!(rows.iter().map(|row| &*row["absent"]).collect::<Vec<_>>(), [why]);
        assert!(rows[0]["needed"].is_empty() && rows[0]["projected_status"].is_empty(), "{rows:?}");
    }
}
