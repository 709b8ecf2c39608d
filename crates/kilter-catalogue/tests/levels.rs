//! Checks the levels and routes of escalation of the catalogue, and which indicators are measured every second
//! year, against what the sources state.

use std::collections::BTreeSet;

use toml::{Table, Value};

/// The entries of one kind in the files of a framework itself, not of what it extends.
fn entries(framework: &str, kind: &str) -> Vec<Table> {
    kilter_catalogue::framework(framework)
        .unwrap_or_else(|| panic!("no framework {framework}"))
        .into_iter()
        .flat_map(|file| {
            let content: Table =
                toml::from_str(file.text).unwrap_or_else(|problem| panic!("{}: {problem}", file.name));
            content.get(kind).and_then(Value::as_array).cloned().unwrap_or_default()
        })
        .map(|entry| {
            entry.as_table().unwrap_or_else(|| panic!("{kind} of {framework} holds {entry}")).clone()
        })
        .collect()
}

fn text<'t>(of: &'t Table, key: &str) -> &'t str {
    of.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn texts<'t>(of: &'t Table, key: &str) -> Vec<&'t str> {
    of.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn every_level_and_route_has_a_source_that_the_list_of_sources_knows() {
    let list: Table = toml::from_str(kilter_catalogue::sources()).expect("TOML");
    let cites: Vec<&str> = list["source"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.get("cite")?.as_str())
        .collect();
    for framework in kilter_catalogue::framework_ids() {
        for kind in ["level", "escalation", "tolerance"] {
            for entry in entries(framework, kind) {
                let source = text(&entry, "source");
                let known = cites.iter().any(|cite| {
                    source
                        .strip_prefix(cite)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with([':', ',']))
                });
                assert!(known, "{kind} {} of {framework}: source {source:?}", text(&entry, "id"));
            }
        }
    }
}

#[test]
fn a_name_or_alias_means_one_level_of_a_framework() {
    for framework in kilter_catalogue::framework_ids() {
        let mut seen = BTreeSet::new();
        for level in entries(framework, "level") {
            let titles = [text(&level, "id"), text(&level, "title")];
            let names: BTreeSet<String> =
                titles.into_iter().chain(texts(&level, "aliases")).map(str::to_lowercase).collect();
            for name in names {
                assert!(seen.insert(name.clone()), "{framework}: {name:?} means two levels");
            }
        }
    }
}

#[test]
fn what_levels_and_routes_name_stands_there() {
    for framework in kilter_catalogue::framework_ids() {
        let levels = entries(framework, "level");
        let ids: BTreeSet<&str> = levels.iter().map(|level| text(level, "id")).collect();
        let own = entries(framework, "indicator");
        let base = entries("scotland-core-suite", "indicator");
        let sets: BTreeSet<&str> = own.iter().chain(&base).map(|indicator| text(indicator, "set")).collect();
        for level in &levels {
            for set in texts(level, "sets") {
                assert!(sets.contains(set), "{framework}: level {} names the set {set:?}", text(level, "id"));
            }
        }
        for route in entries(framework, "escalation") {
            let named = [text(&route, "from"), text(&route, "to")];
            for level in named.into_iter().chain(texts(&route, "reported_to")) {
                assert!(ids.contains(level), "{framework}: {} names the level {level:?}", text(&route, "id"));
            }
        }
    }
}

#[test]
fn moray_has_the_frequencies_and_the_three_routes_that_its_framework_states() {
    let levels = entries("moray-2019", "level");
    let stated: Vec<(&str, &str)> = levels
        .iter()
        .map(|level| (text(level, "id"), text(level, "frequency")))
        .filter(|(_, frequency)| !frequency.is_empty())
        .collect();
    let expected = [
        ("integration-joint-board", "financial-year"),
        ("audit-performance-and-risk-committee", "financial-quarter"),
        ("performance-management-group", "financial-quarter"),
    ];
    assert_eq!(stated, expected);
    let routes = entries("moray-2019", "escalation");
    let led: Vec<[&str; 3]> =
        routes.iter().map(|route| [text(route, "from"), text(route, "to"), text(route, "when")]).collect();
    let expected = [
        ["service-management", "performance-management-group", "red"],
        ["performance-management-group", "system-leadership-group", "red"],
        ["localities", "system-leadership-group", "declared"],
    ];
    assert_eq!(led, expected);
    assert_eq!(texts(&routes[1], "reported_to"), ["audit-performance-and-risk-committee"]);
    for route in &routes {
        let periods = ["raise_after", "clear_after"].map(|key| route.get(key).and_then(Value::as_integer));
        assert_eq!(periods, [Some(1), Some(1)], "no source gives a number: {}", text(route, "id"));
        assert!(text(route, "note").contains("No number of periods"), "{}", text(route, "id"));
    }
}

#[test]
fn the_experience_survey_is_taken_every_second_year_and_nothing_else_is_said_to_be() {
    let mut two_yearly = Vec::new();
    for framework in kilter_catalogue::framework_ids() {
        for indicator in entries(framework, "indicator") {
            let Some(every) = indicator.get("every") else { continue };
            assert_eq!((every.as_integer(), text(&indicator, "kind")), (Some(2), "survey"));
            let told = indicator["notes"].as_array().into_iter().flatten().any(|note| {
                note.get("text").and_then(Value::as_str).is_some_and(|text| text.contains("every two years"))
                    && note.get("source").is_some()
            });
            assert!(told, "{} says with its source how often it is measured", text(&indicator, "id"));
            two_yearly.push(text(&indicator, "id").to_owned());
        }
    }
    let expected: Vec<String> = (1..=9).map(|number| format!("NI-{number}")).collect();
    assert_eq!(two_yearly, expected);
}
