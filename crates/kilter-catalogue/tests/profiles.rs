//! Checks the catalogue's profiles and areas, where the published lookup files are at hand against those.

mod entries;

use entries::{assert_none, entries, scotland, table, text, texts};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

#[test]
fn a_qualifier_does_exactly_one_thing_in_each_place() {
    let marks = [
        "provisional",
        "estimated",
        "derived",
        "break",
        "revised",
        "low reliability",
        "incomplete",
        "forecast",
        "rounds to zero",
        "significance",
    ];
    let absences = ["suppressed", "not applicable", "not collected", "not yet published"];
    let content = table("qualifiers.toml", kilter_catalogue::qualifiers());
    let mut seen = BTreeSet::new();
    for entry in entries(&content, "qualifier") {
        let letter = text(entry, "letter");
        let effects =
            ["mark", "absent", "ignored"].iter().filter(|effect| entry.contains_key(**effect)).count();
        assert_eq!(effects, 1, "{letter}");
        assert!(texts(entry, "mark").iter().all(|mark| marks.contains(mark)), "{letter}");
        assert!(texts(entry, "absent").iter().all(|absent| absences.contains(absent)), "{letter}");
        let place = entry.get("place").and_then(Value::as_str).unwrap_or("both");
        assert!(["both", "value", "qualifier"].contains(&place), "{letter}");
        assert!(seen.insert((letter, place)), "{letter} twice in the same place");
        assert!(
            place == "both" || !seen.contains(&(letter, "both")),
            "{letter} has two meanings in one place"
        );
    }
    assert_eq!(seen.len(), 19, "18 letters, of which * has two meanings");
}

/// What a profile says, as far as it can be checked without a file.
struct Profile {
    id: &'static str,
    content: Table,
}

impl Profile {
    fn all() -> Vec<Profile> {
        kilter_catalogue::profile_ids()
            .map(|id| Profile { id, content: table(id, kilter_catalogue::profile(id).expect("listed")) })
            .collect()
    }

    fn part(&self, key: &str) -> &Table {
        self.content[key].as_table().unwrap_or_else(|| panic!("{} has no [{key}]", self.id))
    }

    /// Every column that the profile reads.
    fn columns(&self) -> BTreeSet<&str> {
        let mut columns = BTreeSet::new();
        for key in ["area", "period", "release"] {
            if let Some(part) = self.content.get(key).and_then(Value::as_table) {
                columns.extend(texts(part, "column"));
                columns.extend(texts(part, "qualifier"));
            }
        }
        for key in ["where", "breakdown", "measure", "total", "mark"] {
            for entry in entries(&self.content, key) {
                for named in ["column", "value", "qualifier"] {
                    columns.extend(texts(entry, named));
                }
                for condition in ["where", "totals_where", "skip_where"] {
                    if let Some(condition) = entry.get(condition).and_then(Value::as_table) {
                        columns.extend(condition.keys().map(String::as_str));
                    }
                }
            }
        }
        columns
    }
}

#[test]
fn every_reference_of_every_profile_resolves() {
    let scotland = scotland();
    let mut problems = Vec::new();
    for profile in Profile::all() {
        let id = profile.id;
        let area = profile.part("area");
        let mut codes = texts(area, "totals");
        if let Some(recode) = area.get("recode").and_then(Value::as_table) {
            codes.extend(recode.values().map(|to| to.as_str().expect("text")));
        }
        problems.extend(
            codes
                .iter()
                .filter(|code| scotland.get("area", code).is_none())
                .map(|code| format!("{id}: area {code}")),
        );
        let dimensions: BTreeSet<&str> = entries(&profile.content, "breakdown")
            .into_iter()
            .map(|entry| text(entry, "dimension"))
            .collect();
        let measures = entries(&profile.content, "measure");
        for entry in &measures {
            let measure = text(entry, "id");
            let Some(found) = scotland.get("measure", measure) else {
                problems.push(format!("{id}: measure {measure}"));
                continue;
            };
            let known: BTreeSet<&str> =
                entries(found, "dimensions").into_iter().map(|known| text(known, "id")).collect();
            if known != dimensions {
                problems.push(format!(
                    "{id}: {measure} has the dimensions {known:?}, the profile {dimensions:?}"
                ));
            }
            let period =
                entry.get("period").and_then(Value::as_table).unwrap_or_else(|| profile.part("period"));
            if text(period, "kind") != text(found, "frequency") {
                problems.push(format!("{id}: {measure} is by {}", text(found, "frequency")));
            }
        }
        for total in entries(&profile.content, "total") {
            for part in texts(total, "of") {
                if !measures.iter().any(|entry| text(entry, "id") == part) {
                    problems.push(format!("{id}: a total of {part}, which the profile does not read"));
                }
            }
        }
    }
    assert_none(problems);
}

/// The folder of published files, or nothing with a plain word about it. On a build server its absence is a failure.
fn published_files() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "CI=true, and the folder shared/data beside the workspace is absent: the catalogue cannot be checked against the published files"
    );
    // Not println: the test runner hides what a passing test prints that way.
    let said = writeln!(
        std::io::stderr(),
        "NOT RUN: the folder shared/data beside the workspace is absent, so nothing was compared with the published files"
    );
    said.expect("standard error takes a line");
    None
}

/// Rows as column -> text. The published files are UTF-8.
fn rows(folder: &Path, file: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader =
        csv::Reader::from_path(folder.join(file)).unwrap_or_else(|problem| panic!("{file}: {problem}"));
    reader.deserialize().map(|row| row.unwrap_or_else(|problem| panic!("{file}: {problem}"))).collect()
}

fn date(text: &str) -> Option<String> {
    (text.len() == 8).then(|| format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]))
}

#[test]
fn areas_equal_the_published_lookups() {
    let Some(folder) = published_files() else { return };
    let scotland = scotland();
    let mut compared = BTreeSet::new();
    let lookups = [
        ("lookup_council_hscp_board.csv", "CA", "council"),
        ("lookup_council_hscp_board.csv", "HSCP", "partnership"),
        ("lookup_council_hscp_board.csv", "HB", "health board"),
        ("lookup_hscp16_hscp19.csv", "HSCP", "partnership"),
        ("lookup_hscp16_hscp19.csv", "HB", "health board"),
        ("lookup_hb14_hb19.csv", "HB", "health board"),
    ];
    for (file, column, kind) in lookups {
        for row in rows(&folder, file) {
            let code = &row[column];
            let area =
                scotland.get("area", code).unwrap_or_else(|| panic!("{code} of {file} is not in areas.toml"));
            assert_eq!(text(area, "kind"), kind, "{code}");
            assert_eq!(text(area, "name"), row[&format!("{column}Name")], "{code}");
            let dates = |key: &str| area.get(key).and_then(Value::as_str).map(str::to_owned);
            assert_eq!(dates("valid_from"), date(&row[&format!("{column}DateEnacted")]), "{code}");
            assert_eq!(dates("valid_to"), date(&row[&format!("{column}DateArchived")]), "{code}");
            assert_eq!(
                area.contains_key("replaced_by"),
                !row[&format!("{column}DateArchived")].is_empty(),
                "{code}"
            );
            compared.insert(code.clone());
        }
    }
    for row in rows(&folder, "lookup_council_hscp_board.csv") {
        if ["CADateArchived", "HSCPDateArchived", "HBDateArchived"]
            .iter()
            .all(|column| row[*column].is_empty())
        {
            for whole in ["HSCP", "HB"] {
                let parts = texts(scotland.get("area", &row[whole]).expect("compared above"), "parts");
                assert!(parts.contains(&row["CA"].as_str()), "{} lacks {}", row[whole], row["CA"]);
            }
        }
    }
    let plain = |name: &str| name.replace("NHS ", "").replace("Edinburgh, City of", "City of Edinburgh");
    let mut left_out = Vec::new();
    for row in rows(&folder, "lookup_area_codes.csv") {
        match scotland.get("area", &row["geo_code"]) {
            Some(area) => {
                assert_eq!(plain(text(area, "name")), plain(&row["area_name"]), "{}", row["geo_code"]);
                compared.insert(row["geo_code"].clone());
            }
            None => left_out.push(row["geo_code"].clone()),
        }
    }
    assert_eq!(left_out, ["S12000016", "S12000037", "S08200001", "S08200002", "S08200003", "S08200004"]);
    let own: Vec<&String> =
        scotland.all("area").map(|(code, _)| code).filter(|code| !compared.contains(*code)).collect();
    assert_eq!(own, ["councils-of-scotland", "unknown-residence"], "every other code is a published one");
}

#[test]
fn outlines_of_the_published_files_fit_their_profiles() {
    let Some(folder) = published_files() else { return };
    let scotland = scotland();
    let files = [
        ("phs-delayed-discharge-council", "dd_beddays_council_monthly_2016-07_2020-03.csv"),
        ("lgbf-adult-social-care", "lgbf_adult_social_care_vintage_2020-07.csv"),
        ("lgbf-adult-social-care", "lgbf_adult_social_care_vintage_2021-02.csv"),
        ("phs-ae-site-month", "ae_monthly_site_boardsA_2007-07_2023-05.csv"),
        ("phs-ae-site-release", "ae_monthly_site_vintages_boardsA.csv"),
        ("phs-care-at-home", "care_at_home_councilsA.csv"),
        ("phs-beds-quarter", "beds_quarterly_boardsA.csv"),
        ("phs-admissions-weekly", "admissions_weekly_hscpA_simd_vintage_2022-03-02.csv"),
    ];
    let covered: BTreeSet<&str> = files.iter().map(|(profile, _)| *profile).collect();
    assert_eq!(covered, kilter_catalogue::profile_ids().collect(), "a profile without a file to try it on");
    let profiles = Profile::all();
    for (id, file) in files {
        let profile = profiles.iter().find(|profile| profile.id == id).expect("covered");
        let rows = rows(&folder, file);
        let absent: Vec<&str> =
            profile.columns().into_iter().filter(|column| !rows[0].contains_key(*column)).collect();
        assert!(absent.is_empty(), "{file} lacks the columns {absent:?}");
        let distinct =
            |column: &str| -> BTreeSet<&str> { rows.iter().map(|row| row[column].as_str()).collect() };

        let area = profile.part("area");
        let recode = area.get("recode").and_then(Value::as_table);
        let kinds = texts(area, "kinds");
        for found in distinct(text(area, "column")) {
            let known = recode.is_some_and(|recode| recode.contains_key(found))
                || match text(area, "by") {
                    "code" => scotland.get("area", found).is_some(),
                    _ => scotland.all("area").any(|(_, area)| {
                        kinds.contains(&text(area, "kind"))
                            && (text(area, "name") == found || texts(area, "aliases").contains(&found))
                    }),
                };
            assert!(known, "{file}: area {found:?}");
        }

        let first =
            scotland.get("measure", text(entries(&profile.content, "measure")[0], "id")).expect("checked");
        for breakdown in entries(&profile.content, "breakdown") {
            let dimension = entries(first, "dimensions")
                .into_iter()
                .find(|dimension| text(dimension, "id") == text(breakdown, "dimension"))
                .expect("checked elsewhere");
            let found = distinct(text(breakdown, "column"));
            let totals = texts(breakdown, "totals");
            assert!(totals.iter().all(|total| found.contains(total)), "{file} has no {totals:?}");
            if dimension.contains_key("categories") {
                let expected: BTreeSet<&str> =
                    texts(dimension, "categories").into_iter().chain(totals).collect();
                assert_eq!(found, expected, "{file}: {}", text(breakdown, "dimension"));
            }
        }

        // Every text that a condition names must occur in the file, or the condition is misspelt.
        for key in ["measure", "total", "mark"] {
            for entry in entries(&profile.content, key) {
                for (column, values) in entry.get("where").and_then(Value::as_table).into_iter().flatten() {
                    let found = distinct(column);
                    let named: Vec<&str> = match values {
                        Value::String(one) => vec![one],
                        other => other
                            .as_array()
                            .expect("texts")
                            .iter()
                            .map(|one| one.as_str().expect("text"))
                            .collect(),
                    };
                    assert!(
                        named.iter().any(|value| found.contains(value)),
                        "{file}: no {named:?} in {column}"
                    );
                }
            }
        }
    }
}
