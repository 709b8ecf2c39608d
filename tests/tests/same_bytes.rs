//! The same answers, to the byte, whatever the order of the rows and the number of threads.
//!
//! Nothing here knows how an answer is reached; answers are compared with one another.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use kilter::Date;
use kilter::definitions;
use kilter::demo;
use kilter::engine::{Engine, Ingest, Mode};
use kilter::ingest::{OnRejection, ProfileDocument};
use kilter_core::framework::Text;
use kilter_tests::answers::everything;
use proptest::prelude::*;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

/// The indicator that is explained.
const EXPLAINED: &str = "NI-19";

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
            everything(&demonstration(&folder.path().join("as-written"), str::to_owned), EXPLAINED)
        });
        let text: String = (0..100).map(|line| format!("{line}\n")).collect();
        prop_assert_ne!(shuffled(&text, seed), text.trim_end(), "the rows are in another order");
        let folder = tempfile::tempdir().unwrap();
        let engine = demonstration(&folder.path().join("shuffled"), |text| shuffled(text, seed));
        same_bytes(&everything(&engine, EXPLAINED), &AS_WRITTEN, &format!("with the rows in the order {seed}"));
    }
}

const CHILD_STORE: &str = "KILTER_TEST_STORE";

/// What this test program does where [`CHILD_STORE`] names a store: writes all answers beside it.
fn answer_as_a_child(store: &Path) {
    let engine = Engine::open(store, Mode::Read).unwrap();
    for (i, (_, answer)) in everything(&engine, EXPLAINED).into_iter().enumerate() {
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
        let here = everything(&Engine::open(&store, Mode::Read).unwrap(), EXPLAINED);
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
    same_bytes(&everything(&Engine::open(&store, Mode::Read).unwrap(), EXPLAINED), &one, "in this process");
}
