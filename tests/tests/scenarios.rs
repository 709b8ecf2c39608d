//! The scenario files (tests/scenarios, with a README) come out as they say.

use kilter_tests::project;
use kilter_tests::scenario::run;
use std::fs;
use std::path::PathBuf;

#[test]
fn every_scenario_comes_out_as_its_file_says() {
    let folder = project().join("tests").join("scenarios");
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    files.sort();
    // One that is lost would be missed by nobody.
    assert!(files.len() >= 51, "{} holds {} scenarios", folder.display(), files.len());
    let mut problems = Vec::new();
    for file in &files {
        let name = format!("tests/scenarios/{}", file.file_name().unwrap().to_string_lossy());
        problems.extend(run(&name, &fs::read_to_string(file).unwrap()).1);
    }
    assert!(problems.is_empty(), "{} not as expected:\n{}", problems.len(), problems.join("\n"));
}

/// A scenario that comes out, to be spoiled.
const SMALL: &str = r#"title = "Small"
why = "To be spoiled"
framework = '''
[framework]
id = "small"
title = "Small"

[[area]]
code = "here"
name = "Here"
kind = "council"

[[measure]]
id = "falls"
title = "Falls"
unit = "falls"
frequency = "month"
over_time = "sum"
over_areas = "sum"

[[indicator]]
id = "falls"
title = "Falls"
calculation = { count = "falls" }
frequency = "month"
polarity = "lower"
decimals = 0
unit = "falls"
'''

[[observe]]
measure = "falls"
area = "here"
period = "2024-01"
value = 12.345

[[expect]]
indicator = "falls"
area = "here"
period = "2024-01"
value = "12.35"
"#;

#[test]
fn a_scenario_that_does_not_come_out_is_told_with_file_line_and_what_was_found() {
    assert_eq!(run("small.toml", SMALL), (1, vec![]));
    let line_of = |text| SMALL.lines().position(|line| line == text).unwrap() + 1;
    let (expect, observe, last) = (line_of("[[expect]]"), line_of("[[observe]]"), SMALL.lines().count());
    let area = line_of("[[area]]");
    for (old, new, line, says) in [
        ("value = \"12.35\"", "value = \"12.34\"", last, "expected \"12.34\", found \"12.35\""),
        ("value = \"12.35\"", "value = \"12.345\"", 0, ""),
        ("value = \"12.35\"", "value = \"\"", last, "found \"12\""),
        ("value = \"12.35\"", "valeu = \"12.35\"", last, "\"valeu\" is not a column"),
        ("value = \"12.35\"", "status = \"green\"", last, "expected \"green\", found \"not assessed\""),
        ("value = \"12.35\"\n", "", expect, "says something of a value"),
        ("period = \"2024-01\"\nvalue = \"", "value = \"", expect, "names indicator"),
        ("indicator = \"falls\"\narea", "indicator = \"trips\"\narea", expect, "no indicator \"trips\""),
        ("kind = \"council\"", "kind = \"kingdom\"", area, "kingdom"),
        ("value = 12.345", "value = \"lost\"", 0, "\"lost\" is not an absence"),
        ("value = 12.345", "values = [1]", observe, "expected period and value"),
        (
            "period = \"2024-01\"\nvalue = 12",
            "periods = [\"2024-01\", \"2024-02\"]\nvalues = [1]#",
            observe,
            "2 periods",
        ),
        ("why = \"To be spoiled\"", "why = \" \"", 1, "for a person"),
        ("why = \"To be spoiled\"", "reason = \"x\"", 2, "reason"),
    ] {
        assert!(SMALL.contains(old), "{old}");
        let (_, problems) = run("small.toml", &SMALL.replacen(old, new, 1));
        let told = problems.join("\n");
        if says.is_empty() {
            assert_eq!(told, "", "{new}");
            continue;
        }
        assert!(told.contains(says), "{new}: {told}");
        // What the engine refuses at ingest has no line of this file: the receipt shows it.
        let place = if line == 0 { "small.toml: ".to_owned() } else { format!("small.toml:{line}: ") };
        assert!(told.starts_with(&place), "{new}: {told}");
    }
    let nothing = SMALL.split("[[expect]]").next().unwrap();
    assert!(run("small.toml", nothing).1[0].contains("expects nothing"));
}
