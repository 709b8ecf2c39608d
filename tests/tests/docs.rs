//! What the pages say is so: their examples of files are accepted or refused with the words shown, their tables
//! list the columns and words that the program uses, their links lead somewhere. Examples in Rust run as
//! documentation tests, commands in the tests of the program.

use std::fs;
use std::path::Path;

use kilter::Date;
use kilter::definitions::{framework, with_what_it_extends};
use kilter::engine::{
    AsAt, CompareQuery, Engine, EscalationsQuery, EvaluateQuery, FiveYearsQuery, FunnelQuery, Ingest,
    NeededQuery, ScorecardQuery, TargetsQuery, ValuesQuery, WhatIfQuery,
};
use kilter::ingest::{IngestError, OnRejection, Profile, ProfileDocument, Receipt};
use kilter::table::Table;
use kilter_core::evaluate::{Contradiction, NoTrend, Trend};
use kilter_core::framework::{Framework, Text};
use kilter_core::method::Missing;
use kilter_core::series::{Absence, Marks};
use kilter_core::target::{Aim, Colour, NotAssessed, Status};
use kilter_core::time::PeriodFormat;
use kilter_tests::markdown::{Block, blocks, inline_code, links, table};
use kilter_tests::project;

const PAGES: &[&str] = &[
    "README.md",
    "benches/README.md",
    "crates/kilter/docs/architecture.md",
    "crates/kilter/docs/file-formats.md",
    "crates/kilter/docs/glossary.md",
    "crates/kilter/docs/judging.md",
    "crates/kilter/docs/methods.md",
    "crates/kilter/docs/reliability.md",
];

fn page(path: &str) -> String {
    fs::read_to_string(project().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn formats() -> String {
    page("crates/kilter/docs/file-formats.md")
}

// Examples of files.

/// Why an example is refused; `None` where it is accepted.
fn refusal_of_definitions(text: &str) -> Option<String> {
    if text.contains("[profile]") {
        let national = framework("scotland-core-suite").expect("the catalogue is sound");
        return match ProfileDocument::parse("example.toml", text) {
            Ok(document) => Profile::new(&document, &national).err().map(|error| error.to_string()),
            Err(error) => Some(error.to_string()),
        };
    }
    match with_what_it_extends(vec![Text::new("example.toml", text)]) {
        Ok(texts) => Framework::from_texts(&texts).err().map(|error| error.to_string()),
        Err(error) => Some(error.to_string()),
    }
}

/// Takes in an example of a table as `example.csv`.
fn ingest(text: &str, profile: Option<&ProfileDocument>) -> Result<Receipt, IngestError> {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let file = folder.path().join("example.csv");
    fs::write(&file, text).expect("the folder is ours");
    let known_at = Date::from_ymd_opt(2023, 9, 1).expect("a day");
    let mut engine = Engine::create(&folder.path().join("store"), "scotland-core-suite", known_at)
        .expect("the catalogue is sound");
    let on_rejection = OnRejection::Refuse;
    let how = Ingest { profile, source: "example", known_at, on_rejection, note: None };
    engine.ingest(&file, &how, |_, _| true)
}

/// The text that an example is said to lead to: the block after it.
fn shown_after(all: &[Block], at: usize) -> &str {
    let block = all.get(at + 1).filter(|block| block.info == "text");
    block.unwrap_or_else(|| panic!("line {}: no ```text after it", all[at].line)).text.trim_end()
}

#[test]
fn examples_of_frameworks_and_profiles_are_accepted_or_refused_as_the_pages_say() {
    let (mut accepted, mut refused) = (0, 0);
    for path in PAGES {
        let all = blocks(&page(path));
        for (at, block) in all.iter().enumerate() {
            match (block.info.as_str(), refusal_of_definitions(&block.text)) {
                ("toml", None) => accepted += 1,
                ("toml", Some(problems)) => panic!("{path}:{}: refused:\n{problems}", block.line),
                ("toml refused", found) => {
                    assert_eq!(found.as_deref(), Some(shown_after(&all, at)), "{path}:{}", block.line);
                    refused += 1;
                }
                _ => {}
            }
        }
    }
    assert!(accepted >= 3 && refused >= 2, "{accepted} accepted, {refused} refused: some were not found");
}

#[test]
fn examples_of_tables_are_accepted_or_refused_as_the_pages_say() {
    let all = blocks(&formats());
    let mut profile = None;
    let mut seen = Vec::new();
    for (at, block) in all.iter().enumerate() {
        if block.info == "toml" && block.text.contains("[profile]") {
            profile = Some(ProfileDocument::parse("example.toml", &block.text).unwrap());
        }
        match block.info.as_str() {
            "csv" => {
                let receipt = ingest(&block.text, None).unwrap();
                assert_eq!(receipt.accepted, receipt.rows, "line {}", block.line);
            }
            "csv by the profile" => {
                let receipt = ingest(&block.text, profile.as_ref()).unwrap();
                assert_eq!(receipt.to_string(), shown_after(&all, at), "line {}", block.line);
            }
            "csv refused" => {
                let error = ingest(&block.text, None).unwrap_err();
                let receipt = error.receipt().unwrap_or_else(|| panic!("line {}: {error}", block.line));
                let told: Vec<String> = receipt.rejections.iter().map(ToString::to_string).collect();
                assert_eq!(told.join("\n"), shown_after(&all, at), "line {}", block.line);
            }
            _ => continue,
        }
        seen.push(block.info.as_str());
    }
    assert_eq!(seen, ["csv by the profile", "csv", "csv refused"]);
}

#[test]
fn every_block_says_what_it_is_so_that_none_is_passed_over() {
    const KNOWN: &[&str] = &[
        "rust",
        "toml",
        "toml refused",
        "csv",
        "csv by the profile",
        "csv refused",
        "text",
        "sh",
        "console",
        // Run by the tests of the Python package.
        "python",
        // Run by the tests of the R package.
        "r",
    ];
    for path in PAGES {
        for block in blocks(&page(path)) {
            assert!(KNOWN.contains(&block.info.as_str()), "{path}:{}: \"{}\"", block.line, block.info);
        }
    }
}

// Columns and words.

/// The first cells of the table under a heading, without backticks.
fn listed(heading: &str) -> Vec<String> {
    let rows = table(&formats(), heading);
    assert!(!rows.is_empty(), "no table under \"{heading}\"");
    rows.iter().map(|row| row[0].trim_matches('`').to_owned()).collect()
}

fn columns(table: &Table) -> Vec<String> {
    table.columns().iter().map(|(name, _)| name.to_string()).collect()
}

#[test]
fn the_columns_of_results_are_those_that_are_listed_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let known_at = Date::from_ymd_opt(2023, 9, 1).unwrap();
    let engine =
        Engine::create(&folder.path().join("store"), "clackmannanshire-stirling-2021", known_at).unwrap();
    let values = columns(&engine.values(&ValuesQuery::default()).unwrap());
    assert_eq!(values, listed("Values"));
    let evaluations = columns(&engine.evaluate(&EvaluateQuery::default()).unwrap());
    assert_eq!(evaluations, [values, listed("Evaluations")].concat());
    let scorecard = engine.scorecard_table(&ScorecardQuery::default()).unwrap();
    assert_eq!(columns(&scorecard), listed("Scorecard"));
    let card = ScorecardQuery::default();
    assert_eq!(columns(&engine.roll_up(&card).unwrap()), listed("Roll-up"));
    assert_eq!(columns(&engine.compare(&CompareQuery::default()).unwrap()), listed("Comparison"));
    assert_eq!(columns(&engine.five_years(&FiveYearsQuery::default()).unwrap()), listed("Five years"));
    assert_eq!(columns(&engine.verdicts(&EvaluateQuery::default()).unwrap()), listed("Verdicts"));
    assert_eq!(columns(&engine.chart(&EvaluateQuery::default()).unwrap()), listed("Chart"));
    assert_eq!(columns(&engine.run_chart(&EvaluateQuery::default()).unwrap()), listed("Run chart"));
    let shifts = engine.sustained_shifts(&EvaluateQuery::default()).unwrap();
    assert_eq!(columns(&shifts), listed("Sustained shifts"));
    assert_eq!(columns(&engine.funnel(&FunnelQuery::default()).unwrap()), listed("Funnel"));
    let curve = engine.funnel_curve(&FunnelQuery::default()).unwrap();
    assert_eq!(columns(&curve), listed("Curves of a funnel"));
    assert_eq!(columns(&engine.levels(AsAt::Latest).unwrap()), listed("Levels"));
    assert_eq!(columns(&engine.targets(&TargetsQuery::default()).unwrap()), listed("Targets of a framework"));
    let escalations = engine.escalations(&EscalationsQuery::default()).unwrap();
    assert_eq!(columns(&escalations), listed("Escalations"));
    let tried =
        engine.what_if(&WhatIfQuery { aim: Some(Aim::Value(600.0)), ..WhatIfQuery::of("NI-19") }).unwrap();
    assert_eq!(columns(&tried.summary), listed("What if"));
    assert_eq!(columns(&tried.periods), listed("What if by period"));
    assert_eq!(columns(&engine.needed(&NeededQuery::default()).unwrap()), listed("Needed"));
    assert_eq!(columns(&engine.coverage(&card).unwrap()), listed("Coverage"));
    assert_eq!(columns(&engine.strategy_map(AsAt::Latest).unwrap()), listed("Strategy map"));
    assert_eq!(columns(&engine.releases()), listed("Releases"));
    let differences = engine.diff(AsAt::Latest, AsAt::Latest).unwrap();
    assert_eq!(columns(&differences), listed("Differences"));
    assert_eq!(columns(&engine.indicators(AsAt::Latest).unwrap()), listed("Indicators"));
    assert_eq!(columns(&Receipt::default().rejection_table()), listed("Rejections"));
}

fn names<T>(all: &[(&str, T)]) -> Vec<String> {
    all.iter().map(|(name, _)| name.to_string()).collect()
}

#[test]
fn the_columns_of_exceptions_are_those_that_are_listed() {
    let text = "[framework]\nid = \"f\"\ntitle = \"F\"\nextends = \"clackmannanshire-stirling-2021\"\n\
                [[level]]\nid = \"board\"\ntitle = \"Board\"\nexceptions = [\"red\"]\n";
    let texts = with_what_it_extends(vec![Text::new("f.toml", text)]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let day = Date::from_ymd_opt(2023, 9, 1).unwrap();
    let engine = Engine::create_from(&folder.path().join("store"), &texts, "f.toml", day).unwrap();
    let mut query = ScorecardQuery::default();
    assert!(engine.exceptions(&query).is_err(), "exceptions are those of a level");
    query.view.level = Some("board".into());
    assert_eq!(columns(&engine.exceptions(&query).unwrap()), listed("Exceptions"));
}

#[test]
fn the_words_of_results_are_those_that_are_listed() {
    assert_eq!(names(&Missing::NAMES), listed("Reasons for absence"));
    assert_eq!(names(&Marks::NAMES), listed("Marks"));
    assert_eq!(names(&NotAssessed::NAMES), listed("Reasons for no status"));
    assert_eq!(names(&Contradiction::NAMES), listed("Contradictions"));
    let statuses = [
        Status::Assessed(Colour::Green),
        Status::Assessed(Colour::Amber),
        Status::Assessed(Colour::Red),
        Status::NotAssessed(NotAssessed::NoData),
    ];
    assert_eq!(statuses.map(|status| status.to_string()).to_vec(), listed("Statuses"));
    let trends = [
        Trend::Better,
        Trend::Worse,
        Trend::Steady,
        Trend::Unknown(NoTrend::TooFewPoints),
        Trend::Unknown(NoTrend::BreakInSeries),
        Trend::Unknown(NoTrend::NoPolarity),
    ];
    assert_eq!(trends.map(|trend| trend.to_string()).to_vec(), listed("Trends"));
}

#[test]
fn every_absence_and_period_format_of_a_file_is_named() {
    let page = formats();
    let code = inline_code(&page);
    for name in names(&PeriodFormat::NAMES) {
        assert!(code.contains(&name), "the period format {name} is not named");
    }
    let absent = table(&page, "Observation table").into_iter().find(|row| row[0] == "`absent`").unwrap();
    for name in names(&Absence::NAMES) {
        assert!(absent[1].contains(&name), "the absence \"{name}\" is not named");
    }
}

#[test]
fn every_period_text_is_one_of_its_kind_and_prints_the_same() {
    let rows = table(&formats(), "Period texts");
    assert_eq!(rows.len(), 12);
    for row in rows {
        let kind: kilter::PeriodKind = row[0].split('`').nth(1).unwrap().parse().unwrap();
        let text = row[1].split(" (").next().unwrap();
        assert_eq!(kind.parse(text).unwrap().to_string(), text);
    }
}

// Links and names of files.

#[test]
fn links_lead_to_files_and_headings_that_stand_there() {
    let anchor = |heading: &str| heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
    for path in PAGES {
        let text = page(path);
        for link in links(&text) {
            if link.starts_with("http") {
                continue;
            }
            if let Some(wanted) = link.strip_prefix('#') {
                let stands =
                    text.lines().filter(|line| line.starts_with('#')).any(|line| anchor(line) == wanted);
                assert!(stands, "{path}: no heading #{wanted}");
                continue;
            }
            let target = project().join(path).with_file_name("").join(&link);
            assert!(target.exists(), "{path}: {link} does not stand there");
        }
    }
}

#[test]
fn files_that_the_pages_name_stand_there() {
    let crates: Vec<String> = fs::read_dir(project().join("crates"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    let stands = |name: &str| {
        let (first, _) = name.split_once('/')?;
        let root = match first {
            "crates" | "tests" | "benches" => project(),
            first if crates.iter().any(|known| known == first) => project().join("crates"),
            _ => return None,
        };
        Some(root.join(Path::new(name)).exists())
    };
    let mut seen = 0;
    for path in PAGES {
        for name in inline_code(&page(path)) {
            if let Some(stands) = stands(&name) {
                assert!(stands, "{path}: {name} does not stand there");
                seen += 1;
            }
        }
    }
    assert!(seen > 5, "only {seen} names of files were found");
}
