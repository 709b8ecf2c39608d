//! The short form of each part of the torture, and that what it would find is found.
#![cfg(target_os = "linux")]

use std::io::Write;
use std::process::{Command, Stdio};

/// Runs a part; whether it found nothing, and what it said.
fn torture(arguments: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_kilter-torture"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the program was built with this test");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

fn finds_nothing(arguments: &[&str]) {
    let (passed, said) = torture(arguments);
    assert!(passed, "{said}");
    remark(&said);
}

/// Print macros would be held back in a test that passes.
fn remark(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Whether system calls can be recorded here. Without it the test says that it did not look; with CI=true
/// it must be possible.
fn recording(test: &str) -> bool {
    let tried = Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).output();
    if tried.is_ok_and(|output| output.status.success()) {
        return true;
    }
    assert!(
        std::env::var_os("CI").is_none_or(|value| value != "true"),
        "strace does not work here, and CI=true asks for every test: install it, or unset CI"
    );
    remark(&format!("{test}: NOT RUN, for strace, which records system calls, does not work here\n"));
    false
}

#[test]
fn a_writer_killed_at_any_moment_loses_nothing() {
    finds_nothing(&["kill", "--cycles", "20"]);
}

#[test]
fn a_power_cut_at_any_call_loses_nothing() {
    if recording("power cut") {
        finds_nothing(&["power-cut", "--states", "56"]);
    }
}

#[test]
fn a_store_whose_maker_was_killed_before_its_name_was_durable_is_not_lost_by_those_who_add_to_it() {
    if recording("power cut after a kill") {
        finds_nothing(&["power-cut", "--states", "14", "--seed", "652170878"]);
    }
}

#[test]
fn a_ledger_that_is_not_synced_is_found_to_lose_what_it_acknowledged() {
    if recording("power cut of a wrong recording") {
        for without in ["file-syncs", "folder-syncs"] {
            let (passed, said) =
                torture(&["power-cut", "--states", "100", "--seed", "1", "--without", without]);
            assert!(!passed, "nothing was lost without {without}: {said}");
            assert!(said.contains("FAILED") && said.contains("survives"), "{said}");
        }
    }
}

#[test]
fn a_migration_a_backup_a_restoring_or_a_repair_cut_short_at_any_moment_leaves_what_was_there_or_the_whole() {
    if recording("power cut during upkeep") {
        finds_nothing(&["upkeep", "--kills", "16", "--states", "56"]);
    }
}

#[test]
fn damage_anywhere_is_harmless_or_reported_with_what_is_lost() {
    finds_nothing(&["damage", "--trials", "150"]);
}

#[test]
fn eight_processes_that_read_during_ingest_see_whole_releases() {
    finds_nothing(&["readers", "--steps", "25"]);
}

#[test]
fn what_the_system_refuses_in_the_middle_of_a_step_leaves_the_store_at_its_last_release() {
    if recording("refusals of the system") {
        let (passed, said) = torture(&["faults", "--sessions", "36"]);
        assert!(passed, "{said}");
        remark(&said);
    }
}
