//! The traps in the published files, through the program: totals that are added to their parts, archived codes, keys
//! that stand twice, years that may be two.
//!
//! The data stand beside the project and are no part of it; without them nothing here is checked, and
//! every test says so.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod program;

use program::published::{DELAYS_BY, LGBF_2021, LGBF_BY, SCOTLAND, delays, delays_text, edited, sound};
use program::{INPUT, Receipt, Store, USAGE, rows_of, shared};

#[test]
fn the_doubled_file_is_not_taken_for_the_layout_it_was_made_from() {
    let Some(shared) = shared() else { return };
    let store = Store::new("scotland-core-suite");
    let trap = shared.join("trap_dd75_council_finyear_doubled.csv");
    let answer = store.ingest(&trap, DELAYS_BY, "2020-06-02", &[]);
    answer.refused(INPUT, &["trap_dd75", "\"ltla_code\"", "\"age_group\"", "\"CA\"", "\"DelayedBedDays\""]);
    assert!(store.rows("releases", &[]).is_empty());
}

const DOUBLED_BY: &str = r#"
[profile]
id = "doubled"
title = "Bed days of delayed discharge by council and financial year"

[area]
column = "CA"
recode = { "" = "unknown-residence" }
totals = ["S92000003"]

[period]
column = "Year"
kind = "financial-year"
format = "financial-year"

[[measure]]
id = "delayed-bed-days-75"
value = "DelayedBedDays"
"#;

#[test]
fn totals_added_to_their_parts_are_found_out_against_the_months_and_never_kept() {
    let Some(shared) = shared() else { return };
    let store = delays(&shared, None);
    let profile = store.write("doubled.toml", DOUBLED_BY);
    let trap = shared.join("trap_dd75_council_finyear_doubled.csv");
    let before = store.rows("values", &["--indicator", "NI-19"]);
    let answer = store.ingest(&trap, profile.to_str().unwrap(), "2020-06-03", &[]);
    answer.refused(INPUT, &["2 times as much: a total added to its parts?", "nothing was kept"]);
    let receipt = Receipt::of(&answer.err);
    assert_eq!((receipt.rows, receipt.accepted, receipt.rejected, receipt.kept), (272, 0, 0, false));
    assert_eq!(receipt.accounted_for(), 272);
    // Scotland, 32 councils and unknown residence in each of the three years that the months cover.
    assert_eq!(receipt.disagreements, 3 * 34);
    let told: Vec<&str> = answer.err.lines().filter(|line| line.contains("is stated as")).collect();
    assert!(!told.is_empty() && told.iter().all(|line| line.contains("(2 times as much")), "{told:?}");
    assert_eq!(store.rows("releases", &[]).len(), 2);
    assert_eq!(store.rows("values", &["--indicator", "NI-19"]), before);
}

#[test]
fn a_nation_stated_twice_over_is_a_disagreement_and_the_sum_of_the_councils_is_shown() {
    let Some(shared) = shared() else { return };
    let mut doubled = 0;
    let text = edited(&delays_text(&shared), |line| {
        let mut fields: Vec<String> = line.split(',').map(str::to_owned).collect();
        if fields[0] == SCOTLAND {
            let days: u64 = fields[4].parse().unwrap();
            doubled += u64::from(fields[2] != "18plus" && days > 0);
            fields[4] = (2 * days).to_string();
        }
        Some(fields.join(","))
    });
    let store = Store::new("scotland-core-suite");
    let file = store.write("doubled.csv", text);
    let answer = store.ingest(&file, DELAYS_BY, "2020-06-02", &[]);
    let receipt = sound(&answer);
    assert_eq!(receipt.disagreements, doubled);
    let told: Vec<&str> = answer.out.lines().filter(|line| line.contains("is stated as")).collect();
    assert!(!told.is_empty());
    for line in told {
        assert!(line.contains("of S92000003") && line.contains("(2 times as much"), "{line}");
    }
    let count = |store: &Store| {
        store.rows("values", &["--indicator", "MSG-4", "--area", SCOTLAND, "councils-of-scotland"])
    };
    assert_eq!(count(&store), count(&delays(&shared, None)));
}

#[test]
fn figures_under_an_archived_code_are_the_series_of_the_code_that_took_its_place() {
    let Some(shared) = shared() else { return };
    let mut rows = 0;
    let text = edited(&delays_text(&shared), |line| {
        let fife = line.strip_prefix("S12000047,");
        rows += u64::from(fife.is_some_and(|rest| !rest.contains(",18plus,")));
        Some(fife.map_or_else(|| line.to_owned(), |rest| format!("S12000015,{rest}")))
    });
    assert_eq!(rows, 450);
    let store = Store::new("scotland-core-suite");
    let file = store.write("archived.csv", text);
    let answer = store.ingest(&file, DELAYS_BY, "2020-06-02", &[]);
    sound(&answer);
    assert!(
        answer.out.contains("450 rows under the archived code S12000015, now S12000047"),
        "{}",
        answer.out
    );
    sound(&store.ingest(&shared.join(LGBF_2021), LGBF_BY, "2021-02-26", &[]));
    let query = ["--indicator", "NI-19", "--rolling", "12"];
    let ours = store.rows("values", &query);
    assert!(ours.iter().any(|row| row["area"] == "S12000047" && !row["value"].is_empty()));
    assert!(ours.iter().all(|row| row["area"] != "S12000015"));
    assert_eq!(ours, delays(&shared, None).rows("values", &query));
    // Who asks by the old code is answered under the new one.
    let asked = store.rows("values", &[&query[..], &["--area", "S12000015"]].concat());
    assert!(asked.iter().all(|row| row["area"] == "S12000047") && !asked.is_empty());
}

#[test]
fn one_key_with_two_values_is_refused_with_both_lines() {
    let Some(shared) = shared() else { return };
    let text = delays_text(&shared);
    // The lines 2 to 16 are the rows of one council and month; the last repeats line 12 with another value.
    let mut lines: Vec<String> = text.lines().take(16).map(str::to_owned).collect();
    let twelfth: Vec<&str> = lines[11].split(',').collect();
    let other = twelfth[4].parse::<u32>().unwrap() + 1;
    assert_eq!(twelfth[2], "75plus", "{twelfth:?}");
    lines.push(format!("{},{other},0", twelfth[..4].join(",")));
    // A row that merely stands twice contradicts nothing.
    lines.push(lines[12].clone());
    let store = Store::new("scotland-core-suite");
    let file = store.write("twice.csv", lines.join("\n"));
    let answer = store.ingest(&file, DELAYS_BY, "2020-06-02", &[]);
    answer.refused(INPUT, &["lines 12 and 17", "line 12:", "line 17:", "--on-rejection keep"]);
    let receipt = Receipt::of(&answer.err);
    assert_eq!((receipt.rows, receipt.accounted_for(), receipt.rejected, receipt.kept), (17, 17, 2, false));
    assert!(store.rows("releases", &[]).is_empty());

    let rejections = store.beside("refused.csv");
    let kept = store.ingest(
        &file,
        DELAYS_BY,
        "2020-06-02",
        &["--on-rejection", "keep", "--rejections", rejections.to_str().unwrap()],
    );
    assert_eq!(kept.code, 0, "{}", kept.err);
    let receipt = Receipt::of(&kept.out);
    assert_eq!((receipt.accepted, receipt.rejected, receipt.kept), (9, 2, true));
    assert!(receipt.left_out.iter().any(|(n, why)| *n == 1 && why == "repeat an earlier row exactly"));
    let refused = rows_of(&std::fs::read(rejections).unwrap());
    assert_eq!(refused.iter().map(|row| &*row["line"]).collect::<Vec<_>>(), ["12", "17"]);
    let releases = store.rows("releases", &[]);
    assert_eq!(releases.iter().map(|row| &*row["figures"]).collect::<Vec<_>>(), ["9"]);
}

#[test]
fn a_year_that_may_be_two_is_refused_with_both_readings() {
    let Some(shared) = shared() else { return };
    let store = delays(&shared, None);
    let text = std::fs::read_to_string(shared.join(LGBF_2021)).unwrap();
    let mut lines: Vec<String> = text.lines().take(4).map(str::to_owned).collect();
    lines[2] = lines[2].replace(",2010-11,", ",2021,");
    let file = store.write("year.csv", lines.join("\n"));
    let answer = store.ingest(&file, LGBF_BY, "2021-06-01", &[]);
    answer.refused(INPUT, &["line 3", "column Year", "\"2021\"", "2020/21", "2021/22"]);
    assert_eq!(store.rows("releases", &[]).len(), 2);
    store
        .ask("values", &["--indicator", "NI-19", "--period", "2021"])
        .refused(USAGE, &["\"2021\"", "2020/21", "2021/22"]);
}
