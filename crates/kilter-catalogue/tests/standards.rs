//! Standard populations: the figures that frameworks weigh by are those of the tables for people.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use std::collections::BTreeMap;

#[test]
fn the_european_standard_of_frameworks_is_that_of_its_table_band_by_band() {
    let mut rows = csv::Reader::from_reader(kilter_catalogue::esp2013().as_bytes());
    let table: BTreeMap<String, i64> = rows
        .records()
        .map(|row| {
            let row = row.unwrap();
            (row[0].to_owned(), row[1].parse().unwrap())
        })
        .collect();
    let files = kilter_catalogue::framework("scotland-core-suite").unwrap();
    let file = files.iter().find(|file| file.name == "standard-populations.toml").unwrap();
    let content: toml::Table = file.text.parse().unwrap();
    let standards = content["standard"].as_array().unwrap();
    let european = standards.iter().find(|standard| standard["id"].as_str() == Some("esp2013")).unwrap();
    let weights: BTreeMap<String, i64> = european["weights"]
        .as_table()
        .unwrap()
        .iter()
        .map(|(band, weight)| (band.clone(), weight.as_integer().unwrap()))
        .collect();
    assert_eq!(weights, table);
}
