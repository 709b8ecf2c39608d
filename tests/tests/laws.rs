//! Laws that hold for every input, through the public library: a past that later releases do not change,
//! rules of their day, absences that stay apart, and receipts in which every row is counted once.
//!
//! Nothing here knows how an answer is reached; answers are compared with one another or with a model.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use kilter::Date;
use kilter::engine::{
    AsAt, CompareQuery, Engine, EscalationsQuery, EvaluateQuery, ExplainQuery, FiveYearsQuery, Ingest, Mode,
    NeededQuery, ScorecardQuery, Selection, TargetsQuery, ValuesQuery, WhatIfQuery, With,
};
use kilter::export::{self, Format};
use kilter::ingest::{OnRejection, ProfileDocument, Receipt};
use kilter::table::{Column, Table};
use kilter_core::framework::Text;
use kilter_core::target::Aim;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::str::FromStr;

fn day(text: &str) -> Date {
    Date::from_str(text).unwrap()
}

fn ingest<'a>(profile: Option<&'a ProfileDocument>, known_at: Date) -> Ingest<'a> {
    Ingest { profile, source: "a test", known_at, on_rejection: OnRejection::Refuse, note: None }
}

fn bytes(table: &Table, format: Format) -> Vec<u8> {
    let mut out = Vec::new();
    export::write(table, format, None, &mut out).unwrap();
    out
}

fn texts<'t>(table: &'t Table, column: &str) -> Vec<&'t str> {
    let Some(Column::Text(cells)) = table.column(column) else { panic!("no words in {column}") };
    cells.iter().map(|cell| cell.unwrap_or("")).collect()
}

const TWO_COUNCILS: &str = r#"
[framework]
id = "two-councils"
title = "Two councils"

[[area]]
code = "both"
name = "Both"
kind = "partnership"
parts = ["north", "south"]

[[area]]
code = "north"
name = "North"
kind = "council"

[[area]]
code = "south"
name = "South"
kind = "council"

[[measure]]
id = "falls"
title = "Falls"
unit = "falls"
frequency = "month"
over_time = "sum"
over_areas = "sum"

[[indicator]]
id = "falls"
title = "Falls"
calculation = { count = "falls" }
frequency = "month"
polarity = "lower"
decimals = 0
unit = "falls"

[[target]]
indicator = "falls"
from = "2024-01"
value = 50.0
tolerance = { points = 25.0 }

[[level]]
id = "group"
title = "Group"
exceptions = ["red", "worsening 2"]

[[level]]
id = "board"
title = "Board"

[[escalation]]
id = "up"
title = "Up"
from = "group"
to = "board"
raise_after = 2
"#;

const AREAS: [&str; 2] = ["north", "south"];

fn two_councils(folder: &Path) -> Engine {
    let text = Text::new("two-councils.toml", TWO_COUNCILS);
    Engine::create_from(&folder.join("store"), &[text], "two-councils.toml", day("2024-01-01")).unwrap()
}

fn take_in(engine: &mut Engine, rows: &str, known_at: Date, profile: Option<&ProfileDocument>) -> Receipt {
    let path = engine.path().with_file_name("figures.csv");
    fs::write(&path, rows).unwrap();
    engine.ingest(&path, &ingest(profile, known_at), |_, _| true).unwrap()
}

/// What is known of one council in one month: a number, or the place of an absence among the four.
type Figures = BTreeMap<(usize, u32), Result<u32, usize>>;

const ABSENCES: [&str; 4] = ["suppressed", "not yet published", "not collected", "not applicable"];

fn rows_of(figures: &Figures) -> String {
    let mut rows = String::from("measure,area,period,value,absent\n");
    for ((area, month), figure) in figures {
        let (value, absent) = match figure {
            Ok(value) => (value.to_string(), ""),
            Err(absence) => (String::new(), ABSENCES[*absence]),
        };
        let _ = writeln!(rows, "falls,{},2024-{month:02},{value},{absent}", AREAS[*area]);
    }
    rows
}

fn figures() -> impl Strategy<Value = Figures> {
    let figure = prop_oneof![4 => (0u32..100).prop_map(Ok), 1 => (0usize..4).prop_map(Err)];
    prop::collection::btree_map((0usize..2, 1u32..=6), figure, 1..8)
}

/// How many of the answers say or use the day by which they are asked, so that the latest and a release differ.
const TOLD_WITH_WHEN: usize = 2;

/// Everything that is answered about the two councils; last what depends on how the past is named.
fn answers_as_at(engine: &Engine, as_at: AsAt) -> Vec<Vec<u8>> {
    let selection = Selection { as_at, ..Selection::default() };
    let values = ValuesQuery { selection: selection.clone(), ..ValuesQuery::default() };
    let evaluations = EvaluateQuery { selection: selection.clone(), ..EvaluateQuery::default() };
    let comparisons =
        CompareQuery { selection: selection.clone(), with: Some(With::Parent), ..CompareQuery::default() };
    let years = FiveYearsQuery { selection: selection.clone(), ..FiveYearsQuery::default() };
    let of_both = Selection { areas: vec!["both".into()], ..selection };
    let needed = NeededQuery { selection: of_both, ..NeededQuery::default() };
    let what_if = WhatIfQuery {
        area: Some("both".into()),
        aim: Some(Aim::Value(40.0)),
        as_at,
        ..WhatIfQuery::of("falls")
    };
    let explained = ExplainQuery { area: Some("north".into()), as_at, ..ExplainQuery::of("falls") };
    let mut card = ScorecardQuery { as_at, ..ScorecardQuery::of("both") };
    let targets = TargetsQuery { area: Some("both".into()), as_at, ..TargetsQuery::default() };
    let rolled = engine.roll_up(&card).unwrap();
    card.view.level = Some("group".into());
    // The figures of a day are read by dates, and refused as at a release.
    let by_dates = !matches!(as_at, AsAt::Release(_));
    let escalations = |figures_of_the_day| EscalationsQuery {
        area: Some("both".into()),
        as_at,
        figures_of_the_day,
        ..EscalationsQuery::default()
    };
    assert_eq!(engine.escalations(&escalations(true)).is_ok(), by_dates);
    let mut answers: Vec<Vec<u8>> = [
        engine.values(&values).unwrap(),
        engine.evaluate(&evaluations).unwrap(),
        engine.verdicts(&evaluations).unwrap(),
        engine.compare(&comparisons).unwrap(),
        engine.five_years(&years).unwrap(),
        rolled,
        engine.coverage(&card).unwrap(),
        engine.needed(&needed).unwrap(),
        engine.what_if(&what_if).unwrap().periods,
        engine.targets(&targets).unwrap(),
        engine.exceptions(&card).unwrap(),
        engine.escalations(&escalations(false)).unwrap(),
    ]
    .iter()
    .map(|table| bytes(table, Format::Csv))
    .collect();
    // Where nothing is known of it yet, that is the answer.
    answers.push(match engine.explain(&explained) {
        Ok(explanation) => explanation.json().into_bytes(),
        Err(error) => error.to_string().into_bytes(),
    });
    answers.push(bytes(&engine.escalations(&escalations(by_dates)).unwrap(), Format::Csv));
    answers
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_later_release_never_changes_what_was_known_then(
        releases in prop::collection::vec((0i64..3, figures()), 2..5),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut engine = two_councils(folder.path());
        let mut known_at = day("2024-07-01");
        let mut told: Vec<(AsAt, Vec<Vec<u8>>)> = Vec::new();
        let mut latest = Figures::new();
        for (i, (days, said)) in releases.iter().enumerate() {
            known_at = (0..*days).fold(known_at, |day, _| day.succ_opt().unwrap());
            // What stands at the end of a day is settled only when the day is over.
            told.retain(|(as_at, _)| !matches!(as_at, AsAt::Date(day) if *day >= known_at));
            let receipt = take_in(&mut engine, &rows_of(said), known_at, None);
            let number = u32::try_from(i).unwrap() + 1;
            prop_assert_eq!(receipt.releases, vec![(number, known_at)]);
            for (as_at, then) in &told {
                prop_assert_eq!(&answers_as_at(&engine, *as_at), then, "as at {:?}", as_at);
            }
            let now = answers_as_at(&engine, AsAt::Latest);
            for as_at in [AsAt::Release(number), AsAt::Date(known_at)] {
                let with_it = answers_as_at(&engine, as_at);
                let alike = now.len() - TOLD_WITH_WHEN;
                prop_assert_eq!(&with_it[..alike], &now[..alike]);
                told.push((as_at, with_it));
            }
            // And what is told last is the last word on every month.
            latest.extend(said.iter().map(|(key, figure)| (*key, *figure)));
            for (&(area, month), figure) in &latest {
                let period = format!("2024-{month:02}");
                let table = engine.values(&ValuesQuery::of("falls").area(AREAS[area]).period(&period)).unwrap();
                let value = Column::Number([figure.ok().map(f64::from)].into());
                prop_assert_eq!(table.column("value"), Some(&value));
                prop_assert_eq!(texts(&table, "absent"), [figure.err().map_or("", |absence| ABSENCES[absence])]);
            }
        }
    }
}

#[test]
fn an_old_report_keeps_the_rules_of_its_day() {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = two_councils(folder.path());
    let rows = "measure,area,period,value\nfalls,north,2024-01,60\nfalls,south,2024-01,10\n";
    take_in(&mut engine, rows, day("2024-02-10"), None);
    let judged = |engine: &Engine, as_at| {
        let query = EvaluateQuery {
            selection: Selection {
                as_at,
                areas: vec!["north".into(), "both".into()],
                ..Selection::default()
            },
            period: Some("2024-01".into()),
            ..EvaluateQuery::default()
        };
        let table = engine.evaluate(&query).unwrap();
        let words = |column| texts(&table, column).into_iter().map(str::to_owned).collect::<Vec<_>>();
        (words("target"), words("status"))
    };
    let old = (vec!["50".to_owned(); 2], vec!["amber".to_owned(); 2]);
    assert_eq!(judged(&engine, AsAt::Latest), old);

    let path = folder.path().join("new.toml");
    fs::write(&path, TWO_COUNCILS.replace("value = 50.0", "value = 65.0")).unwrap();
    assert_eq!(engine.define(path.to_str().unwrap(), day("2024-06-01")).unwrap(), 2);
    let new = (vec!["65".to_owned(); 2], vec!["green".to_owned(), "amber".to_owned()]);
    for (as_at, expected) in [
        (AsAt::Release(1), &old),
        (AsAt::Date(day("2024-02-10")), &old),
        (AsAt::Date(day("2024-05-31")), &old),
        (AsAt::Date(day("2024-06-01")), &new),
        (AsAt::Latest, &new),
    ] {
        assert_eq!(&judged(&engine, as_at), expected, "{as_at:?}");
    }
    // Also for who opens the store again, and a framework that is refused changes nothing.
    fs::write(&path, TWO_COUNCILS.replace("tolerance = { points", "tolerance = { pints")).unwrap();
    assert!(engine.define(path.to_str().unwrap(), day("2024-07-01")).is_err());
    drop(engine);
    let engine = Engine::open(&folder.path().join("store"), Mode::Read).unwrap();
    assert_eq!(judged(&engine, AsAt::Date(day("2024-05-31"))), old);
    assert_eq!(judged(&engine, AsAt::Latest), new);
}

#[test]
fn an_old_map_keeps_the_links_of_its_day() {
    let folder = tempfile::tempdir().unwrap();
    let outcomes = "\n[[outcome]]\nid = \"safe\"\ntitle = \"Safe\"\nkind = \"local\"\n\
                    \n[[outcome]]\nid = \"well\"\ntitle = \"Well\"\nkind = \"local\"\n";
    let linked = |links: &str| {
        let of = format!("unit = \"falls\"\noutcomes = [{links}]\n\n[[target]]");
        TWO_COUNCILS.replace("unit = \"falls\"\n\n[[target]]", &of) + outcomes
    };
    let versions = [
        ("2024-01-01", linked("{ id = \"safe\" }")),
        // Added later, and in force before the one that follows it.
        ("2024-06-01", linked("{ id = \"safe\", link = \"noted\" }, { id = \"well\" }")),
        ("2024-03-01", linked("{ id = \"well\" }")),
    ];
    let text = |of: &str| Text::new("two-councils.toml", of);
    let path = folder.path().join("store");
    let mut engine =
        Engine::create_from(&path, &[text(&versions[0].1)], "first", day(versions[0].0)).unwrap();
    take_in(&mut engine, "measure,area,period,value\nfalls,north,2024-01,60\n", day("2024-02-10"), None);
    for (known_at, of) in &versions[1..] {
        engine.define_from(&[text(of)], "later", day(known_at)).unwrap();
    }
    let links = |engine: &Engine, as_at| {
        let map = engine.strategy_map(as_at).unwrap();
        let rows = texts(&map, "outcome").into_iter().zip(texts(&map, "indicator")).zip(texts(&map, "link"));
        let linked = rows.filter(|((_, indicator), _)| !indicator.is_empty());
        linked.map(|((outcome, _), link)| format!("{outcome} {link}")).collect::<Vec<_>>()
    };
    let (first, second, third) =
        (vec!["safe primary"], vec!["safe noted", "well primary"], vec!["well primary"]);
    let check = |engine: &Engine| {
        for (as_at, expected) in [
            (AsAt::Release(1), &first),
            (AsAt::Date(day("2023-12-31")), &first),
            (AsAt::Date(day("2024-02-29")), &first),
            (AsAt::Date(day("2024-03-01")), &third),
            (AsAt::Date(day("2024-05-31")), &third),
            (AsAt::Date(day("2024-06-01")), &second),
            (AsAt::Latest, &second),
        ] {
            assert_eq!(&links(engine, as_at), expected, "{as_at:?}");
        }
    };
    check(&engine);
    drop(engine);
    check(&Engine::open(&path, Mode::Read).unwrap());
}

const SIGNS_BY: &str = r#"
[profile]
id = "signs"
title = "Signs instead of numbers"
blank = "not yet published"
absent = { "-" = "not applicable", "x" = "not collected" }

[area]
column = "Council"

[period]
column = "Month"
kind = "month"
format = "yyyymm"

[[measure]]
id = "falls"
value = "Falls"
qualifier = "QF"
"#;

/// The five, and the month of which nothing was ever said.
const APART: [(&str, &str, &str); 6] = [
    ("2024-01", "0", ""),
    ("2024-02", "", "suppressed"),
    ("2024-03", "", "not yet published"),
    ("2024-04", "", "not collected"),
    ("2024-05", "", "not applicable"),
    ("2024-06", "", "no data"),
];

#[test]
fn zero_and_the_four_absences_stay_five_things_from_file_to_every_table() {
    let own = "measure,area,period,value,absent\n\
        falls,north,2024-01,0,\nfalls,north,2024-02,,suppressed\nfalls,north,2024-03,,not yet published\n\
        falls,north,2024-04,,not collected\nfalls,north,2024-05,,not applicable\nfalls,north,2024-07,1,\n";
    let foreign = "Council,Month,Falls,QF\n\
        north,202401,0,\nnorth,202402,7,c\nnorth,202403,,\nnorth,202404,x,\nnorth,202405,-,\nnorth,202407,1,\n";
    let profile = ProfileDocument::parse("signs.toml", SIGNS_BY).unwrap();
    for (rows, profile) in [(own, None), (foreign, Some(&profile))] {
        let folder = tempfile::tempdir().unwrap();
        let mut engine = two_councils(folder.path());
        let receipt = take_in(&mut engine, rows, day("2024-08-01"), profile);
        assert_eq!((receipt.accepted, receipt.rejected, receipt.observations), (6, 0, 6));
        let table = engine.values(&ValuesQuery::of("falls").area("north")).unwrap();
        let Some(Column::Number(values)) = table.column("value") else { panic!("values are numbers") };
        let shown: Vec<(&str, String, &str)> = texts(&table, "period")
            .into_iter()
            .zip(values.iter())
            .zip(texts(&table, "absent"))
            .map(|((period, value), absent)| (period, value.map_or(String::new(), |v| v.to_string()), absent))
            .collect();
        let expected: Vec<_> =
            APART.iter().map(|(period, value, absent)| (*period, (*value).to_owned(), *absent)).collect();
        assert_eq!(shown[..6], expected[..]);
        assert_eq!(shown[6], ("2024-07", "1".to_owned(), ""));

        let csv = String::from_utf8(bytes(&table, Format::Csv)).unwrap();
        let json = String::from_utf8(bytes(&table, Format::Json)).unwrap();
        let header: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
        let at = |name| header.iter().position(|column| *column == name).unwrap();
        for (line, (period, value, absent)) in csv.lines().skip(1).zip(APART) {
            let cells: Vec<&str> = line.split(',').collect();
            assert_eq!(
                (cells[at("period")], cells[at("value")], cells[at("absent")]),
                (period, value, absent)
            );
        }
        for absent in ["suppressed", "not yet published", "not collected", "not applicable", "no data"] {
            assert_eq!(json.matches(&format!("\"{absent}\"")).count(), 1, "{json}");
        }
        assert!(!csv.contains("NaN") && !json.contains("NaN"));
        // A window over any of the absences has no value; over the zero it has.
        for (period, whole) in [("2024 Q1", false), ("2024 Q2", false), ("2024-01", true)] {
            let table = engine.values(&ValuesQuery::of("falls").area("north").period(period)).unwrap();
            let Some(Column::Number(values)) = table.column("value") else { panic!("values are numbers") };
            assert_eq!(values.iter().map(|value| value.is_some()).collect::<Vec<_>>(), [whole], "{period}");
        }
    }
}

/// A row of a file, sound or not.
#[derive(Debug, Clone, Copy)]
enum Line {
    Sound { area: usize, month: u32, value: u32 },
    LeftOut,
    UnknownArea,
    BadPeriod,
    BadValue,
    Blank,
    Short,
}

fn line() -> impl Strategy<Value = Line> {
    prop_oneof![
        8 => (0usize..2, 1u32..=6, 0u32..3).prop_map(|(area, month, value)| Line::Sound { area, month, value }),
        2 => Just(Line::LeftOut),
        1 => Just(Line::UnknownArea),
        1 => Just(Line::BadPeriod),
        1 => Just(Line::BadValue),
        1 => Just(Line::Blank),
        1 => Just(Line::Short),
    ]
}

const COUNCILS_BY: &str = r#"
[profile]
id = "councils"
title = "Falls by council and month"

[area]
column = "Council"

[period]
column = "Month"
kind = "month"
format = "yyyymm"

[[where]]
column = "Sex"
is = ["All"]
reason = "parts of all"

[[measure]]
id = "falls"
value = "Falls"
"#;

impl Line {
    fn written(self) -> String {
        match self {
            Self::Sound { area, month, value } => format!("{},2024{month:02},All,{value}", AREAS[area]),
            Self::LeftOut => "north,202401,Women,1".to_owned(),
            Self::UnknownArea => "nowhere,202401,All,1".to_owned(),
            Self::BadPeriod => "north,202413,All,1".to_owned(),
            Self::BadValue => "north,202401,All,some".to_owned(),
            Self::Blank => "north,202401,All,".to_owned(),
            Self::Short => "north,202401,All".to_owned(),
        }
    }
}

/// The lines that must be refused, the rows that must be taken, and the figures that must be kept.
fn model(lines: &[Line]) -> (BTreeSet<u64>, u64, BTreeMap<(usize, u32), u32>) {
    let mut said: BTreeMap<(usize, u32), Vec<(u64, u32)>> = BTreeMap::new();
    let mut refused = BTreeSet::new();
    for (number, line) in (2..).zip(lines) {
        match line {
            Line::Sound { area, month, value } => {
                said.entry((*area, *month)).or_default().push((number, *value));
            }
            Line::LeftOut => {}
            _ => {
                refused.insert(number);
            }
        }
    }
    let mut kept = BTreeMap::new();
    for (key, values) in said {
        if values.iter().all(|(_, value)| *value == values[0].1) {
            kept.insert(key, values[0].1);
        } else {
            refused.extend(values.iter().map(|(number, _)| *number));
        }
    }
    (refused, kept.len() as u64, kept)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_row_is_counted_once_and_every_refused_line_is_named(
        lines in prop::collection::vec(line(), 1..40),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut engine = two_councils(folder.path());
        let profile = ProfileDocument::parse("councils.toml", COUNCILS_BY).unwrap();
        let mut text = String::from("Council,Month,Sex,Falls\n");
        lines.iter().for_each(|line| text += &(line.written() + "\n"));
        let file = folder.path().join("mixed.csv");
        fs::write(&file, text).unwrap();
        let (refused, accepted, kept) = model(&lines);

        let strict = ingest(Some(&profile), day("2024-08-01"));
        let answer = engine.ingest(&file, &strict, |_, _| true);
        let held = |engine: &Engine| engine.store().releases().len();
        let receipt = match &answer {
            Ok(receipt) => {
                prop_assert!(refused.is_empty() && accepted > 0);
                prop_assert_eq!(receipt.releases.len(), 1);
                receipt
            }
            Err(error) => {
                prop_assert!(!refused.is_empty() || accepted == 0, "{}", error);
                prop_assert_eq!(held(&engine), 0, "all or nothing");
                error.receipt().expect("a refused file has a receipt")
            }
        };
        prop_assert!(receipt.balances(), "{:?}", receipt);
        prop_assert_eq!(receipt.rows, lines.len() as u64);
        prop_assert_eq!((receipt.accepted, receipt.rejected), (accepted, refused.len() as u64));
        let named: BTreeSet<u64> = receipt.rejections.iter().map(|rejection| rejection.line).collect();
        prop_assert_eq!(&named, &refused);
        prop_assert!(receipt.rejections.iter().all(|rejection| rejection.reason.len() > 10));

        if !refused.is_empty() {
            let lenient = Ingest { on_rejection: OnRejection::Keep, ..strict };
            let answer = engine.ingest(&file, &lenient, |_, _| true);
            prop_assert_eq!(answer.is_ok(), accepted > 0);
            if let Ok(receipt) = &answer {
                prop_assert!(receipt.balances(), "{:?}", receipt);
                prop_assert_eq!((receipt.accepted, receipt.rejected), (accepted, refused.len() as u64));
            }
        }
        prop_assert_eq!(held(&engine), usize::from(accepted > 0));
        for (area, code) in AREAS.iter().enumerate() {
            for month in 1..=6 {
                let period = format!("2024-{month:02}");
                let query = ValuesQuery::of("falls").area(code).period(&period);
                let table = engine.values(&query).unwrap();
                let value = kept.get(&(area, month)).map(|value| f64::from(*value));
                prop_assert_eq!(table.column("value"), Some(&Column::Number([value].into())), "{} {}", area, period);
            }
        }
    }
}
