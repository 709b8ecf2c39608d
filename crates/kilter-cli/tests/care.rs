//! The commands that look after a store, through the program: what they say, what they leave behind, and
//! what they refuse. All figures are invented.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod program;

use program::{Store, USAGE};
use std::fs;

/// The store cannot do it.
const STORE: i32 = 4;

/// A store with two releases of one rate: 12 of 96, revised to 21 of 96.
fn revised() -> Store {
    let store = Store::new("scotland-core-suite");
    for (count, day) in [(12, "2020-07-01"), (21, "2020-07-10")] {
        let rows = format!(
            "measure,area,period,value\nreadmissions-28-days,S12000005,2019/20,{count}\ndischarges,S12000005,2019/20,96\n"
        );
        let file = store.write("figures.csv", rows);
        let arguments = [file.to_str().unwrap(), "--source", "invented", "--known-at", day];
        assert_eq!(store.ask("ingest", &arguments).code, 0);
    }
    store
}

fn rate(store: &Store, as_at: &[&str]) -> String {
    let asked = [&["--indicator", "NI-14", "--area", "S12000005"], as_at].concat();
    store.rows("values", &asked)[0]["value"].clone()
}

#[test]
fn a_withdrawn_release_no_longer_counts_and_still_does_as_at_earlier_points() {
    let store = revised();
    assert_eq!(rate(&store, &[]), "218.75");
    let said = store.ask("withdraw", &["2", "--reason", "digits exchanged", "--known-at", "2020-08-01"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("release 2 is withdrawn from 2020-08-01 on: digits exchanged"), "{}", said.out);
    assert_eq!(rate(&store, &[]), "125");
    assert_eq!(rate(&store, &["--as-at", "2020-08-01"]), "125");
    assert_eq!(rate(&store, &["--as-at", "2020-07-31"]), "218.75");
    assert_eq!(rate(&store, &["--as-at", "2"]), "218.75");

    let releases = store.rows("releases", &[]);
    assert_eq!((releases[0]["withdrawn_at"].as_str(), releases[0]["withdrawn_because"].as_str()), ("", ""));
    assert_eq!(releases[1]["withdrawn_at"], "2020-08-01");
    assert_eq!(releases[1]["withdrawn_because"], "digits exchanged");
    let changed = store.rows("diff", &["--from", "2020-07-31", "--to", "2020-08-01"]);
    assert_eq!((changed[0]["old"].as_str(), changed[0]["new"].as_str()), ("21", "12"));
    assert_eq!(changed[0]["change"], "revised");
    assert!(store.ask("info", &[]).out.contains("2 releases (1 withdrawn)"));
}

#[test]
fn what_cannot_be_withdrawn_is_refused_in_a_sentence() {
    let store = revised();
    store.ask("withdraw", &["3", "--reason", "a"]).refused(STORE, &["no release 3", "the releases 1 to 2"]);
    let early = ["1", "--reason", "a", "--known-at", "2020-06-30"];
    store.ask("withdraw", &early).refused(STORE, &["2020-06-30", "became known on 2020-07-01"]);
    assert_eq!(store.ask("withdraw", &["1"]).code, USAGE);
    assert_eq!(store.ask("withdraw", &["1", "--reason", "a", "--wait", "soon"]).code, USAGE);
    assert_eq!(store.ask("withdraw", &["1", "--reason", "a", "--wait", "1s"]).code, 0);
    store.ask("withdraw", &["1", "--reason", "b"]).refused(STORE, &["release 1 was withdrawn on", "(a)"]);
}

#[test]
fn a_sound_store_is_said_to_be_well_in_one_line_and_a_damaged_one_names_what_is_lost() {
    let store = revised();
    let said = store.ask("verify", &[]);
    assert_eq!((said.code, said.out.trim_end().lines().count()), (0, 1), "{}", said.out);
    assert!(said.out.starts_with("all is well: 3 segments (2 releases, 1 version of the definitions)"));
    let segment = store.path().join("ledger/00000003.segment");
    let mut bytes = fs::read(&segment).unwrap();
    // The first block follows the header, whose length is at 16.
    let at = 24 + usize::from(u16::from_le_bytes([bytes[16], bytes[17]])) + 6;
    bytes[at] ^= 1;
    fs::write(&segment, bytes).unwrap();
    let said = store.ask("verify", &[]);
    assert_eq!(said.code, STORE);
    for part in ["release 2", "lost: discharges of S12000005, 2019/20"] {
        assert!(said.out.contains(part), "{}", said.out);
    }
}

#[test]
fn a_backup_makes_the_same_store_again_and_repairs_a_damaged_one() {
    let store = revised();
    let file = store.beside("monday.kilter");
    let file = file.to_str().unwrap();
    let said = store.ask("backup", &[file]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("a backup of 3 segments, up to release 2"), "{}", said.out);
    store.ask("backup", &[file]).refused(STORE, &["monday.kilter", "there is a file of"]);
    let verified = program::kilter(["verify", file]);
    assert!(verified.code == 0 && verified.out.starts_with("all is well: "), "{}", verified.out);

    let again = store.beside("again");
    let again = again.to_str().unwrap();
    assert_eq!(program::kilter(["restore", file, again]).code, 0);
    for question in
        [&["values", "--format", "csv"][..], &["releases", "--format", "json"], &["info", "--format", "csv"]]
    {
        let of_the_first = store.ask(question[0], &question[1..]);
        let of_the_second = program::kilter([&question[..1], &[again], &question[1..]].concat());
        assert_eq!((of_the_first.code, &of_the_first.out), (0, &of_the_second.out), "{question:?}");
    }
    program::kilter(["restore", file, again]).refused(STORE, &["a kilter store already"]);

    let segment = store.path().join("ledger/00000002.segment");
    fs::write(&segment, "gone").unwrap();
    store.ask("values", &[]).refused(STORE, &["00000002.segment"]);
    let repaired = store.ask("repair", &["--from", file]);
    assert_eq!(repaired.code, 0, "{}", repaired.err);
    let lines: Vec<&str> = repaired.out.lines().collect();
    assert_eq!(lines.len(), 2, "{}", repaired.out);
    assert!(
        lines[0].ends_with("00000002.segment") && lines[1].starts_with("all is well"),
        "{}",
        repaired.out
    );
    assert_eq!(rate(&store, &[]), "218.75");
    let nothing = store.ask("repair", &["--from", file]);
    assert!(nothing.out.starts_with("nothing was damaged"), "{}", nothing.out);
    let table = store.write("table.csv", "a,b");
    store.ask("repair", &["--from", table.to_str().unwrap()]).refused(STORE, &["is not a backup of kilter"]);
    store.ask("migrate", &["--backup", file]).out.contains("which is the newest").then_some(()).unwrap();
}

#[test]
fn compacting_merges_the_releases_and_changes_no_answer() {
    let store = revised();
    let asked: &[&[&str]] = &[&["--as-at", "2020-07-05"], &["--as-at", "1"], &[]];
    let before: Vec<String> = asked.iter().map(|as_at| rate(&store, as_at)).collect();
    assert_eq!(before, ["125", "125", "218.75"]);
    let said = store.ask("compact", &[]);
    assert!(said.code == 0 && said.out.contains("3 files of"), "{} {}", said.out, said.err);
    assert_eq!(asked.iter().map(|as_at| rate(&store, as_at)).collect::<Vec<_>>(), before);
    assert!(store.ask("verify", &[]).out.starts_with("all is well: 3 segments (2 releases"));
    assert!(store.ask("compact", &[]).out.contains("nothing to merge"));
}
