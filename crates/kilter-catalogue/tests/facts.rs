//! Checks the catalogue's frameworks against each other and against what their sources say.

mod entries;

use entries::{
    KINDS, Merged, assert_none, entries, expression_problems, expressions, key_of, scotland, table, text,
    texts,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use toml::{Table, Value};

#[test]
fn framework_index_for_people_equals_the_one_that_is_compiled_in() {
    let index = table("frameworks.toml", include_str!("../data/frameworks.toml"));
    let written: Vec<(&str, Vec<&str>)> = entries(&index, "framework")
        .into_iter()
        .map(|entry| (text(entry, "id"), texts(entry, "files")))
        .collect();
    let compiled: Vec<(&str, Vec<&str>)> = kilter_catalogue::framework_ids()
        .map(|id| {
            let files = kilter_catalogue::framework(id).expect("an id that was listed");
            (id, files.into_iter().map(|file| file.name).collect())
        })
        .collect();
    assert_eq!(written, compiled);
}

#[test]
fn every_data_file_is_toml_and_is_used() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let mut on_disk = BTreeSet::new();
    for folder in ["", "frameworks/", "profiles/"] {
        for file in std::fs::read_dir(root.join(folder)).expect("the data folder") {
            let name = file.expect("a file").file_name().into_string().expect("a name in UTF-8");
            if name.ends_with(".toml") {
                let content = std::fs::read_to_string(root.join(folder).join(&name)).expect("readable");
                table(&name, &content);
                on_disk.insert(format!("{folder}{name}"));
            }
        }
    }
    let mut used: BTreeSet<String> =
        ["frameworks.toml", "qualifiers.toml", "sources.toml"].map(str::to_owned).into();
    used.extend(kilter_catalogue::profile_ids().map(|id| format!("profiles/{id}.toml")));
    for id in kilter_catalogue::framework_ids() {
        used.extend(
            kilter_catalogue::framework(id).expect("listed").into_iter().map(|file| file.name.to_owned()),
        );
    }
    assert_eq!(on_disk, used);
}

#[test]
fn first_file_of_a_framework_holds_its_own_framework_table_and_no_other_does() {
    for id in kilter_catalogue::framework_ids() {
        for (place, file) in kilter_catalogue::framework(id).expect("listed").into_iter().enumerate() {
            let content = table(file.name, file.text);
            let head = content.get("framework").and_then(Value::as_table);
            assert_eq!(head.map(|head| text(head, "id")), (place == 0).then_some(id), "{}", file.name);
        }
    }
    for id in kilter_catalogue::profile_ids() {
        let content = table(id, kilter_catalogue::profile(id).expect("listed"));
        assert_eq!(text(content["profile"].as_table().expect("a table"), "id"), id);
    }
}

#[test]
fn no_key_is_written_twice_within_one_framework() {
    for id in kilter_catalogue::framework_ids() {
        let mut seen = BTreeSet::new();
        for file in kilter_catalogue::framework(id).expect("listed") {
            let content = table(file.name, file.text);
            for kind in KINDS {
                for entry in entries(&content, kind) {
                    let key = text(entry, key_of(kind));
                    assert!(seen.insert((kind, key.to_owned())), "{kind} {key} is twice in {id}");
                }
            }
        }
    }
}

#[test]
fn ids_have_the_permitted_signs_and_length() {
    for id in kilter_catalogue::framework_ids() {
        let merged = Merged::of(id);
        for kind in KINDS {
            for (key, _) in merged.all(kind) {
                let permitted = |sign: char| sign.is_ascii_alphanumeric() || "._+/-".contains(sign);
                assert!(!key.is_empty() && key.len() <= 64 && key.chars().all(permitted), "{kind} {key:?}");
            }
        }
    }
}

#[test]
fn words_of_a_closed_list_are_in_it() {
    let periods = [
        "day",
        "week",
        "month",
        "quarter",
        "financial-quarter",
        "half-year",
        "financial-half-year",
        "calendar-year",
        "financial-year",
        "12 months",
    ];
    for id in kilter_catalogue::framework_ids() {
        let merged = Merged::of(id);
        for (key, measure) in merged.all("measure") {
            assert!(periods.contains(&text(measure, "frequency")), "{key}");
            assert!(["sum", "mean", "last", "none"].contains(&text(measure, "over_time")), "{key}");
            assert!(["sum", "none"].contains(&text(measure, "over_areas")), "{key}");
        }
        for (key, indicator) in merged.all("indicator") {
            assert!(periods.contains(&text(indicator, "frequency")), "{key}");
            assert!(["higher", "lower", "none", "range"].contains(&text(indicator, "polarity")), "{key}");
            assert!(
                indicator["decimals"].as_integer().is_some_and(|places| (0..=3).contains(&places)),
                "{key}"
            );
            for link in entries(indicator, "outcomes") {
                assert!(
                    matches!(link.get("link").and_then(Value::as_str), None | Some("primary" | "noted")),
                    "{key}"
                );
                text(link, "decided_by");
            }
        }
    }
}

#[test]
fn every_reference_of_every_framework_resolves() {
    let mut problems = Vec::new();
    for id in kilter_catalogue::framework_ids() {
        let merged = Merged::of(id);
        let mut need = |kind: &str, key: &str, from: &str| {
            if merged.get(kind, key).is_none() {
                problems.push(format!("{id}: {from} names the {kind} {key:?}, which does not exist"));
            }
        };
        for (code, area) in merged.all("area") {
            texts(area, "parts").into_iter().for_each(|part| need("area", part, code));
            texts(area, "replaced_by").into_iter().for_each(|next| need("area", next, code));
            for division in entries(area, "divisions") {
                texts(division, "parts").into_iter().for_each(|part| need("area", part, code));
            }
        }
        for (key, outcome) in merged.all("outcome") {
            texts(outcome, "national").into_iter().for_each(|national| need("outcome", national, key));
        }
        for (key, priority) in merged.all("priority") {
            texts(priority, "outcomes").into_iter().for_each(|outcome| need("outcome", outcome, key));
        }
        for (key, indicator) in merged.all("indicator") {
            for link in entries(indicator, "outcomes") {
                need("outcome", text(link, "id"), key);
            }
        }
        for target in &merged.targets {
            need("indicator", text(target, "indicator"), "a target");
        }
        for (key, indicator) in merged.all("indicator") {
            for expression in expressions(indicator["calculation"].as_table().expect("a table")) {
                let found = expression_problems(expression, &merged);
                problems.extend(found.into_iter().map(|problem| format!("{id}, {key}: {problem}")));
            }
        }
    }
    assert_none(problems);
}

#[test]
fn an_unknown_measure_dimension_or_category_in_an_expression_is_found() {
    let scotland = scotland();
    let check = |expression: &str| expression_problems(expression, &scotland).len();
    assert_eq!(check("182.5 * deaths-except-external - hospital-days-last-six-months"), 0);
    assert_eq!(check("delayed-bed-days-75[reason=Code 9 AWI]"), 0);
    assert_eq!(check("deaths - hospital-days-last-six-months"), 1);
    assert_eq!(check("delayed-bed-days-75[cause=Code 9 AWI]"), 1);
    assert_eq!(check("delayed-bed-days-75[reason=Code 100]"), 1);
}

#[test]
fn a_published_value_adds_over_nothing_and_has_the_frequency_of_its_indicator() {
    for id in kilter_catalogue::framework_ids() {
        let merged = Merged::of(id);
        for (key, indicator) in merged.all("indicator") {
            let Some(measure) = indicator["calculation"].get("published").and_then(Value::as_str) else {
                continue;
            };
            let measure = merged.get("measure", measure).expect("checked elsewhere");
            assert_eq!((text(measure, "over_time"), text(measure, "over_areas")), ("none", "none"), "{key}");
            assert_eq!(text(measure, "frequency"), text(indicator, "frequency"), "{key}");
        }
    }
}

#[test]
fn a_rate_names_a_population_year_exactly_when_it_divides_by_a_mid_year_population() {
    for id in kilter_catalogue::framework_ids() {
        let merged = Merged::of(id);
        for (key, indicator) in merged.all("indicator") {
            let Some(rate) = indicator["calculation"].get("rate").and_then(Value::as_table) else { continue };
            let denominator = merged.get("measure", text(rate, "denominator")).expect("checked elsewhere");
            let mid_year = text(denominator, "frequency") == "calendar-year";
            assert_eq!(rate.contains_key("population_year"), mid_year, "{key}");
        }
    }
}

#[test]
fn scotland_has_32_councils_31_partnerships_and_14_boards() {
    let scotland = scotland();
    let count = |kind| scotland.current(kind).len();
    assert_eq!((count("council"), count("partnership"), count("health board")), (32, 31, 14));
}

#[test]
fn each_council_is_in_exactly_one_partnership_and_one_board() {
    let scotland = scotland();
    let councils: Vec<&str> = scotland.current("council").into_keys().collect();
    for kind in ["partnership", "health board"] {
        let mut covered: Vec<&str> = scotland.current(kind).into_values().flatten().collect();
        covered.sort_unstable();
        assert_eq!(covered, councils, "{kind}");
    }
}

#[test]
fn every_division_of_scotland_is_complete() {
    let all = scotland();
    let country = all.get("area", "S92000003").expect("Scotland");
    let expected = |kind: &str, unknown: bool| -> BTreeSet<&str> {
        all.current(kind).into_keys().chain(unknown.then_some("unknown-residence")).collect()
    };
    let parts: BTreeSet<&str> = texts(country, "parts").into_iter().collect();
    assert_eq!(parts, expected("council", true));
    for division in entries(country, "divisions") {
        let by = text(division, "by");
        let parts: BTreeSet<&str> = texts(division, "parts").into_iter().collect();
        assert_eq!(parts, expected(by, by == "partnership"), "{by}");
    }
    assert_eq!(entries(country, "divisions").len(), 2);
    let group: BTreeSet<&str> = all.current("group")["councils-of-scotland"].iter().copied().collect();
    assert_eq!(group, expected("council", false), "the LGBF's Scotland has no unknown residence");
}

#[test]
fn an_archived_code_leads_to_a_current_one_of_the_same_name_without_overlap() {
    let scotland = scotland();
    let mut archived = 0;
    for (code, area) in scotland.all("area").filter(|(_, area)| area.contains_key("replaced_by")) {
        archived += 1;
        let (mut now, mut steps) = (area, 0);
        while let Some(next) = now.get("replaced_by").and_then(Value::as_str) {
            let successor = scotland.get("area", next).expect("checked elsewhere");
            assert_eq!(text(successor, "name"), text(area, "name"), "{code}");
            assert_eq!(text(successor, "kind"), text(area, "kind"), "{code}");
            // Dates written year-month-day compare as text.
            if successor.contains_key("valid_from") {
                assert!(text(now, "valid_to") < text(successor, "valid_from"), "{code} overlaps {next}");
            }
            now = successor;
            steps += 1;
            assert!(steps < 10, "{code} goes round in a circle");
        }
        assert!(!now.contains_key("valid_to"), "{code} ends at a code that is not current");
    }
    assert!(archived > 30, "only {archived} archived codes");
}

#[test]
fn a_name_or_alias_means_one_current_area_of_its_kind() {
    let scotland = scotland();
    let mut meaning = BTreeMap::new();
    for (code, area) in scotland.all("area").filter(|(_, area)| !area.contains_key("replaced_by")) {
        for name in texts(area, "aliases").into_iter().chain([text(area, "name")]) {
            let other = meaning.insert((text(area, "kind"), name), code);
            assert_eq!(other, None, "{name} is {code} and {other:?}");
        }
    }
    for spelling in
        ["Argyll & Bute", "Edinburgh City", "Eilean Siar", "Comhairle nan Eilean Siar", "Perth & Kinross"]
    {
        assert!(meaning.contains_key(&("council", spelling)), "{spelling}");
    }
    assert!(!meaning.keys().any(|(_, name)| name.contains("Estimated")), "an estimate is not an alias");
}

#[test]
fn an_alias_of_an_indicator_means_one_indicator() {
    for id in kilter_catalogue::framework_ids() {
        let merged = Merged::of(id);
        let mut meaning = BTreeMap::new();
        for (key, indicator) in merged.all("indicator") {
            for name in texts(indicator, "aliases").into_iter().chain([key.as_str()]) {
                let other = meaning.insert(name, key);
                assert_eq!(other, None, "{name} is {key} and {other:?}");
            }
        }
    }
}

#[test]
fn the_nine_national_outcomes_and_the_core_suite_are_complete() {
    let scotland = scotland();
    for number in 1..=9 {
        let outcome = scotland.get("outcome", &format!("outcome-{number}")).expect("nine outcomes");
        assert_eq!(outcome["number"].as_integer(), Some(number));
    }
    let core: Vec<&String> = scotland
        .all("indicator")
        .filter(|(_, indicator)| text(indicator, "set") == "core suite")
        .map(|(key, _)| key)
        .collect();
    assert_eq!(core.len(), 23);
    for number in 1..=23 {
        let indicator = scotland.get("indicator", &format!("NI-{number}")).expect("23 core indicators");
        assert_eq!(text(indicator, "kind"), if number <= 10 { "survey" } else { "system" });
        let reported = ![10, 21, 22, 23].contains(&number);
        assert_eq!(
            indicator.contains_key("status"),
            !reported,
            "NI-{number} is reported, so live by default"
        );
    }
    for outcome in 1..=9 {
        let id = format!("outcome-{outcome}");
        let linked = scotland
            .all("indicator")
            .any(|(_, one)| entries(one, "outcomes").iter().any(|link| text(link, "id") == id));
        assert!(linked, "{id} has no indicator");
    }
}

#[test]
fn falkirk_keeps_every_core_indicator_under_a_local_outcome_and_two_under_two() {
    let falkirk = Merged::of("falkirk-2016");
    let mut local: BTreeMap<&str, usize> = BTreeMap::new();
    for (key, indicator) in falkirk.all("indicator").filter(|(key, _)| key.starts_with("NI-")) {
        let here = entries(indicator, "outcomes")
            .iter()
            .filter(|link| text(link, "id").starts_with("falkirk-"))
            .count();
        local.insert(key, here);
    }
    let twice: Vec<&str> = local.iter().filter(|(_, count)| **count == 2).map(|(key, _)| *key).collect();
    assert_eq!(twice, ["NI-19", "NI-22"]);
    assert_eq!(local.values().sum::<usize>(), 25);
    let served: BTreeSet<&str> =
        falkirk.all("outcome").flat_map(|(_, outcome)| texts(outcome, "national")).collect();
    assert_eq!(served.len(), 9, "the five local outcomes serve all nine national ones");
}

#[test]
fn clackmannanshire_and_stirling_ticks_38_cells_of_the_matrix() {
    let framework = Merged::of("clackmannanshire-stirling-2021");
    let ticks = |outcome: &str| {
        framework
            .all("priority")
            .filter(|(_, priority)| texts(priority, "outcomes").contains(&outcome))
            .count()
    };
    let by_outcome: Vec<usize> = (1..=9).map(|number| ticks(&format!("outcome-{number}"))).collect();
    assert_eq!(by_outcome, [1, 1, 6, 6, 6, 4, 6, 2, 6]);
    assert_eq!(by_outcome.iter().sum::<usize>(), 38);
}

#[test]
fn every_entry_has_a_source_that_the_list_of_sources_knows() {
    let list = table("sources.toml", kilter_catalogue::sources());
    let cites: Vec<&str> = entries(&list, "source").into_iter().map(|entry| text(entry, "cite")).collect();
    let mut problems = Vec::new();
    let mut used = BTreeSet::new();
    let mut check = |entry: &Table, what: String| {
        let source = entry.get("source").and_then(Value::as_str).unwrap_or_default();
        let cite = cites.iter().filter(|cite| {
            source.strip_prefix(**cite).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', ',']))
        });
        match cite.max_by_key(|cite| cite.len()) {
            Some(cite) => drop(used.insert(*cite)),
            None => problems.push(format!("{what}: source {source:?}")),
        }
    };
    for id in kilter_catalogue::framework_ids() {
        let head = kilter_catalogue::framework(id).expect("listed")[0];
        check(table(head.name, head.text)["framework"].as_table().expect("a table"), id.to_owned());
        let merged = Merged::of(id);
        for kind in KINDS {
            for (key, entry) in merged.all(kind) {
                check(entry, format!("{kind} {key}"));
                for note in ["notes", "wordings"] {
                    entries(entry, note)
                        .into_iter()
                        .for_each(|entry| check(entry, format!("{note} of {key}")));
                }
            }
        }
        merged
            .targets
            .iter()
            .for_each(|target| check(target, format!("target of {}", text(target, "indicator"))));
    }
    for id in kilter_catalogue::profile_ids() {
        let content = table(id, kilter_catalogue::profile(id).expect("listed"));
        check(content["profile"].as_table().expect("a table"), id.to_owned());
    }
    let qualifiers = table("qualifiers.toml", kilter_catalogue::qualifiers());
    entries(&qualifiers, "qualifier")
        .into_iter()
        .for_each(|entry| check(entry, text(entry, "letter").to_owned()));
    assert_none(problems);
    for outside in ["European Standard Population 2013", "Scottish Government reporting guidance 2016"] {
        used.insert(outside);
    }
    let unused: Vec<&&str> = cites.iter().filter(|cite| !used.contains(**cite)).collect();
    assert!(unused.is_empty(), "sources that nothing cites: {unused:?}");
}

#[test]
fn a_national_standard_of_the_sources_has_no_tolerance() {
    for id in kilter_catalogue::framework_ids() {
        for target in Merged::of(id).targets {
            assert!(!target.contains_key("tolerance"), "no source read gives a tolerance: {target:?}");
            assert!(target["value"].as_float().is_some_and(|value| value > 0.0), "{target:?}");
        }
    }
}

#[test]
fn european_standard_population_has_19_bands_that_add_up_to_100_000() {
    let mut rows = csv::Reader::from_reader(kilter_catalogue::esp2013().as_bytes());
    let weights: Vec<u32> =
        rows.records().map(|row| row.expect("a row")[1].parse().expect("a whole number")).collect();
    assert_eq!((weights.len(), weights.iter().sum::<u32>()), (19, 100_000));
}
