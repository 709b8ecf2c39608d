//! The same answers, to the byte, whatever the order of the rows and the number of threads.
//!
//! Nothing here knows how an answer is reached; answers are compared with one another.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use kilter::Date;
use kilter::definitions;
use kilter::demo;
use kilter::engine::{
    AsAt, CompareQuery, Engine, EscalationsQuery, EvaluateQuery, ExplainQuery, FiveYearsQuery, Ingest, Mode,
    NeededQuery, ScorecardFormat, ScorecardQuery, TargetsQuery, ValuesQuery,
};
use kilter::export::{self, Format};
use kilter::ingest::{OnRejection, ProfileDocument};
use kilter::table::Table;
use kilter_core::framework::Text;
use proptest::prelude::*;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

fn bytes(table: &Table, format: Format) -> Vec<u8> {
    let mut out = Vec::new();
    export::write(table, format, None, &mut out).unwrap();
    out
}

/// Everything that the engine answers about the demonstration, one after another.
fn all_answers(engine: &Engine) -> Vec<(&'static str, Vec<u8>)> {
    let values = engine.values(&ValuesQuery::default()).unwrap();
    let months = ValuesQuery { rolling: Some(12), ..ValuesQuery::of("NI-19") };
    let card = ScorecardQuery::default();
    let mut board = ScorecardQuery::default();
    board.view.level = Some("board".into());
    vec![
        ("values as CSV", bytes(&values, Format::Csv)),
        ("values as JSON", bytes(&values, Format::Json)),
        ("values as Parquet", bytes(&values, Format::Parquet)),
        ("rolling values", bytes(&engine.values(&months).unwrap(), Format::Csv)),
        ("evaluations", bytes(&engine.evaluate(&EvaluateQuery::default()).unwrap(), Format::Csv)),
        ("differences", bytes(&engine.diff(AsAt::Release(1), AsAt::Latest).unwrap(), Format::Csv)),
        ("the scorecard", bytes(&engine.scorecard_table(&card).unwrap(), Format::Csv)),
        ("roll-up", bytes(&engine.roll_up(&card).unwrap(), Format::Csv)),
        ("comparisons", bytes(&engine.compare(&CompareQuery::default()).unwrap(), Format::Csv)),
        ("five years", bytes(&engine.five_years(&FiveYearsQuery::default()).unwrap(), Format::Csv)),
        ("verdicts", bytes(&engine.verdicts(&EvaluateQuery::default()).unwrap(), Format::Csv)),
        ("targets", bytes(&engine.targets(&TargetsQuery::default()).unwrap(), Format::Csv)),
        ("exceptions", bytes(&engine.exceptions(&board).unwrap(), Format::Csv)),
        ("escalations", bytes(&engine.escalations(&EscalationsQuery::default()).unwrap(), Format::Csv)),
        ("coverage", bytes(&engine.coverage(&card).unwrap(), Format::Csv)),
        ("needed", bytes(&engine.needed(&NeededQuery::default()).unwrap(), Format::Csv)),
        ("an explanation", engine.explain(&ExplainQuery::of("NI-19")).unwrap().json().into_bytes()),
        ("the page", engine.scorecard(&card, ScorecardFormat::Html).unwrap().into_bytes()),
    ]
}

fn take_in(engine: &mut Engine, file: &Path, profile: Option<&ProfileDocument>, known_at: Date) {
    let ingest =
        Ingest { profile, source: "a test", known_at, on_rejection: OnRejection::Refuse, note: None };
    engine.ingest(file, &ingest, |_, _| true).unwrap();
}

/// The store of the demonstration, each file changed before it is taken in.
fn demonstration(store: &Path, change: impl Fn(&str) -> String) -> Engine {
    let own = Text::new("invented.toml", demo::framework());
    let framework = definitions::with_what_it_extends(vec![own]).unwrap();
    let mut engine = Engine::create_from(store, &framework, "invented.toml", Date::default()).unwrap();
    for file in demo::files() {
        let path = store.with_file_name(file.name);
        fs::write(&path, change(&file.text)).unwrap();
        let profile = definitions::profile(file.profile).unwrap();
        take_in(&mut engine, &path, Some(&profile), file.known_at);
    }
    let own = demo::own_figures();
    let path = store.with_file_name(own.name);
    fs::write(&path, change(&own.text)).unwrap();
    take_in(&mut engine, &path, None, own.known_at);
    engine
}

/// The lines of a file in another order, the header first.
fn shuffled(text: &str, mut state: u64) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    for i in (2..lines.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        lines.swap(i, 1 + (state >> 33) as usize % i);
    }
    lines.join("\n")
}

#[track_caller]
fn same_bytes(ours: &[(&str, Vec<u8>)], expected: &[(&str, Vec<u8>)], when: &str) {
    for ((what, a), (_, b)) in ours.iter().zip(expected) {
        assert!(!b.is_empty());
        assert!(a == b, "{what} differ {when}");
    }
    assert_eq!(ours.len(), expected.len());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_the_rows_of_a_file_changes_no_byte_of_an_answer(seed in any::<u64>()) {
        static AS_WRITTEN: LazyLock<Vec<(&str, Vec<u8>)>> = LazyLock::new(|| {
            let folder = tempfile::tempdir().unwrap();
            all_answers(&demonstration(&folder.path().join("as-written"), str::to_owned))
        });
        let text: String = (0..100).map(|line| format!("{line}\n")).collect();
        prop_assert_ne!(shuffled(&text, seed), text.trim_end(), "the rows are in another order");
        let folder = tempfile::tempdir().unwrap();
        let engine = demonstration(&folder.path().join("shuffled"), |text| shuffled(text, seed));
        same_bytes(&all_answers(&engine), &AS_WRITTEN, &format!("with the rows in the order {seed}"));
    }
}

const CHILD_STORE: &str = "KILTER_TEST_STORE";

/// What this test program does where [`CHILD_STORE`] names a store: writes all answers beside it.
fn answer_as_a_child(store: &Path) {
    let engine = Engine::open(store, Mode::Read).unwrap();
    for (i, (_, answer)) in all_answers(&engine).into_iter().enumerate() {
        fs::write(store.with_file_name(format!("answer-{i}")), answer).unwrap();
    }
}

#[test]
fn the_number_of_threads_changes_no_byte_of_an_answer() {
    if let Some(store) = std::env::var_os(CHILD_STORE) {
        return answer_as_a_child(Path::new(&store));
    }
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    drop(demonstration(&store, str::to_owned));
    // The threads of a process are made once, so each number of threads has its own process.
    let answers = |threads: &str| -> Vec<(&'static str, Vec<u8>)> {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "the_number_of_threads_changes_no_byte_of_an_answer"])
            .env(CHILD_STORE, &store)
            .env("RAYON_NUM_THREADS", threads)
            .output()
            .unwrap();
        assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
        let here = all_answers(&Engine::open(&store, Mode::Read).unwrap());
        let read = |(i, (what, _)): (usize, (&'static str, Vec<u8>))| {
            let path = folder.path().join(format!("answer-{i}"));
            let answer = fs::read(&path).unwrap();
            fs::remove_file(path).unwrap();
            (what, answer)
        };
        here.into_iter().enumerate().map(read).collect()
    };
    let one = answers("1");
    same_bytes(&answers("4"), &one, "on four threads");
    same_bytes(&answers("13"), &one, "on thirteen threads");
    same_bytes(&all_answers(&Engine::open(&store, Mode::Read).unwrap()), &one, "in this process");
}
