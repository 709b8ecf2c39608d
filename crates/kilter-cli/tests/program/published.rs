//! The published files: their names, the profiles that read them, and what the tests of them share.

use super::{Answer, Receipt, Row, Store};
use std::collections::BTreeMap;
use std::path::Path;

pub const DELAYS: &str = "dd_beddays_council_monthly_2016-07_2020-03.csv";
pub const DELAYS_BY: &str = "phs-delayed-discharge-council";
pub const LGBF_2020: &str = "lgbf_adult_social_care_vintage_2020-07.csv";
pub const LGBF_2021: &str = "lgbf_adult_social_care_vintage_2021-02.csv";
pub const LGBF_BY: &str = "lgbf-adult-social-care";
pub const SITES: &str = "ae_monthly_site_boardsA_2007-07_2023-05.csv";
pub const SITES_TWICE: &str = "ae_monthly_site_vintages_boardsA.csv";
pub const SITES_TWICE_BY: &str = "phs-ae-site-release";
pub const BEDS: &str = "beds_quarterly_boardsA.csv";
pub const SCOTLAND: &str = "S92000003";
pub const CLACKMANNANSHIRE: &str = "S12000005";

pub fn number(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("\"{text}\" is not a number"))
}

/// A number that may be lacking.
pub fn maybe(text: &str) -> Option<f64> {
    (!text.is_empty()).then(|| number(text))
}

#[track_caller]
pub fn near(found: f64, expected: f64, within: f64, what: &str) {
    assert!((found - expected).abs() <= within, "{what}: {found}, expected {expected} within {within}");
}

/// The text of a CSV file whose lines are kept or changed, the header always kept.
pub fn edited(text: &str, mut edit: impl FnMut(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    for (i, line) in text.lines().enumerate() {
        if let Some(line) = if i == 0 { Some(line.to_owned()) } else { edit(line) } {
            out += &line;
            out.push('\n');
        }
    }
    out
}

#[track_caller]
pub fn sound(answer: &Answer) -> Receipt {
    assert_eq!(answer.code, 0, "{}", answer.err);
    let receipt = Receipt::of(&answer.out);
    assert_eq!(receipt.rows, receipt.accounted_for(), "every row is accounted for: {}", answer.out);
    assert_eq!(receipt.rejected, 0, "{}", answer.out);
    assert!(receipt.kept, "{}", answer.out);
    receipt
}

/// A store with delayed discharges (this file) and populations: what NI-19 is made of.
#[track_caller]
pub fn delays(shared: &Path, file: Option<&str>) -> Store {
    let store = Store::new("scotland-core-suite");
    let path = match file {
        Some(text) => store.write("delays.csv", text),
        None => shared.join(DELAYS),
    };
    sound(&store.ingest(&path, DELAYS_BY, "2020-06-02", &[]));
    sound(&store.ingest(&shared.join(LGBF_2021), LGBF_BY, "2021-02-26", &[]));
    store
}

pub fn delays_text(shared: &Path) -> String {
    std::fs::read_to_string(shared.join(DELAYS)).unwrap()
}

/// Rows by area and period.
pub fn by_cell(rows: Vec<Row>) -> BTreeMap<(String, String), Row> {
    rows.into_iter().map(|row| ((row["area"].clone(), row["period"].clone()), row)).collect()
}

pub fn cell(area: &str, period: &str) -> (String, String) {
    (area.to_owned(), period.to_owned())
}
