//! Runs the scenario files: small worked examples that an analyst can read, check by hand and add to
//! (scenarios/README.md). What comes out is compared with what the file says, with file and line.
//!
//! Nothing here knows a method or a figure; all of that stands in the files.

use kilter::definitions::with_what_it_extends;
use kilter::engine::{AsAt, Engine, EvaluateQuery, Ingest, Selection};
use kilter::ingest::OnRejection;
use kilter::table::{Column, Table};
use kilter::{Date, PeriodKind};
use kilter_core::framework::Text;
use kilter_core::method::half_up;
use kilter_tests::project;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// When observations became known for which the file gives no date.
const KNOWN_AT: &str = "2026-01-01";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    title: String,
    why: String,
    source: Option<String>,
    framework: Spanned<String>,
    observe: Vec<Spanned<Observed>>,
    #[serde(default)]
    expect: Vec<Spanned<BTreeMap<String, Spanned<String>>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Observed {
    measure: String,
    area: String,
    period: Option<String>,
    value: Option<Figure>,
    periods: Option<Vec<String>>,
    values: Option<Vec<Figure>>,
    mark: Option<String>,
    known_at: Option<String>,
}

/// A number, or the word for its absence.
#[derive(Deserialize)]
#[serde(untagged)]
enum Figure {
    Number(f64),
    Absent(String),
}

impl Observed {
    /// Periods with their figures.
    fn figures(&self) -> Result<Vec<(&str, &Figure)>, String> {
        match (&self.period, &self.value, &self.periods, &self.values) {
            (Some(period), Some(value), None, None) => Ok(vec![(period, value)]),
            (None, None, Some(periods), Some(values)) if periods.len() == values.len() => {
                Ok(periods.iter().map(String::as_str).zip(values).collect())
            }
            (None, None, Some(periods), Some(values)) => {
                Err(format!("there are {} periods and {} values", periods.len(), values.len()))
            }
            _ => Err("expected period and value, or periods and values".to_owned()),
        }
    }
}

fn date(text: &str) -> Result<Date, String> {
    PeriodKind::Day.parse(text).map(|day| day.end()).map_err(|error| error.to_string())
}

/// A scenario file that is being run.
struct Run<'t> {
    name: &'t str,
    text: &'t str,
    problems: Vec<String>,
}

/// Everything that does not come out as the file says, and how many cells were compared.
fn run(name: &str, text: &str) -> (usize, Vec<String>) {
    let mut run = Run { name, text, problems: Vec::new() };
    let compared = run.all().unwrap_or_else(|problem| {
        run.problems.push(problem);
        0
    });
    (compared, run.problems)
}

impl Run<'_> {
    fn line(&self, offset: usize) -> usize {
        self.text[..offset].matches('\n').count() + 1
    }

    fn at(&self, offset: usize, what: &str) -> String {
        format!("{}:{}: {what}", self.name, self.line(offset))
    }

    fn all(&mut self) -> Result<usize, String> {
        let scenario: Scenario = toml::from_str(self.text)
            .map_err(|error| self.at(error.span().map_or(0, |span| span.start), error.message().trim()))?;
        let headed = [Some(&scenario.title), Some(&scenario.why), scenario.source.as_ref()];
        if headed.into_iter().flatten().any(|text| text.trim().is_empty()) {
            return Err(self.at(0, "title, why and source are sentences for a person"));
        }
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let engine = self.engine(&scenario, folder.path())?;
        if scenario.expect.is_empty() {
            return Err(self.at(0, "the scenario expects nothing, so that it cannot fail"));
        }
        Ok(scenario.expect.iter().map(|expected| self.expectation(&engine, expected)).sum())
    }

    /// A store with the framework and the observations of the scenario.
    fn engine(&self, scenario: &Scenario, folder: &Path) -> Result<Engine, String> {
        // Empty lines before it, so that its problems are told with their lines in this file. The line end
        // behind the opening quotes is no part of a text.
        let written = &self.text[scenario.framework.span()];
        let dropped = usize::from(written.trim_start_matches(['\'', '"']).starts_with('\n'));
        let before = self.line(scenario.framework.span().start) - 1 + dropped;
        let text = "\n".repeat(before) + scenario.framework.get_ref();
        let texts = with_what_it_extends(vec![Text { name: self.name.to_owned(), text }])
            .map_err(|error| error.to_string())?;
        let mut engine = Engine::create_from(&folder.join("store"), &texts, self.name, date("1990-01-01")?)
            .map_err(|error| error.to_string())?;
        let mut releases: BTreeMap<&str, String> = BTreeMap::new();
        for observed in &scenario.observe {
            let here = |what: &str| self.at(observed.span().start, what);
            let row = observed.get_ref();
            let known_at = row.known_at.as_deref().unwrap_or(KNOWN_AT);
            let release = releases
                .entry(known_at)
                .or_insert_with(|| String::from("measure,area,period,value,absent,mark\n"));
            for (period, figure) in row.figures().map_err(|problem| here(&problem))? {
                let (value, absent) = match figure {
                    Figure::Number(value) => (value.to_string(), ""),
                    Figure::Absent(absence) => (String::new(), absence.as_str()),
                };
                let mark = row.mark.as_deref().unwrap_or("");
                let (measure, area) = (&row.measure, &row.area);
                let _ = writeln!(release, "{measure},{area},{period},{value},{absent},\"{mark}\"");
            }
        }
        for (known_at, rows) in releases {
            let file = folder.join(format!("observed-{known_at}.csv"));
            fs::write(&file, rows).map_err(|error| error.to_string())?;
            let ingest = Ingest {
                profile: None,
                source: self.name,
                known_at: date(known_at)?,
                on_rejection: OnRejection::Refuse,
                note: None,
            };
            engine.ingest(&file, &ingest, |_, _| true).map_err(|error| {
                let receipt = error.receipt().map(ToString::to_string).unwrap_or_default();
                format!("{}: what was observed is refused: {error}\n{receipt}", self.name)
            })?;
        }
        Ok(engine)
    }

    /// Compares one expectation, and gives the number of cells that were compared.
    fn expectation(
        &mut self,
        engine: &Engine,
        expected: &Spanned<BTreeMap<String, Spanned<String>>>,
    ) -> usize {
        let start = expected.span().start;
        let cells = expected.get_ref();
        let of = |key: &str| cells.get(key).map(|text| text.get_ref().clone());
        let (Some(indicator), Some(area), Some(period)) = (of("indicator"), of("area"), of("period")) else {
            self.problems.push(self.at(start, "an expectation names an indicator, an area and a period"));
            return 0;
        };
        let as_at = match of("as_at").map(|text| date(&text)).transpose() {
            Ok(day) => day.map_or(AsAt::Latest, AsAt::Date),
            Err(problem) => {
                self.problems.push(self.at(start, &problem));
                return 0;
            }
        };
        let query = EvaluateQuery {
            selection: Selection { indicators: vec![indicator.clone()], areas: vec![area.clone()], as_at },
            period: Some(period.clone()),
        };
        let table = match engine.evaluate(&query) {
            Ok(table) => table,
            Err(error) => {
                self.problems.push(self.at(start, &error.to_string()));
                return 0;
            }
        };
        let mut compared = 0;
        for (name, text) in cells.iter().filter(|(name, _)| *name != "as_at") {
            let place = text.span().start;
            match shown(&table, name, text.get_ref()) {
                None => {
                    let names: Vec<_> = table.columns().iter().map(|(name, _)| *name).collect();
                    let what = format!("\"{name}\" is not a column; expected one of {}", names.join(", "));
                    self.problems.push(self.at(place, &what));
                }
                Some(found) if found == *text.get_ref() => compared += 1,
                Some(found) => {
                    let what = format!(
                        "{name} of {indicator} for {area} in {period}: expected \"{}\", found \"{found}\"",
                        text.get_ref()
                    );
                    self.problems.push(self.at(place, &what));
                }
            }
        }
        if compared <= 3 && self.problems.is_empty() {
            self.problems.push(self.at(start, "an expectation says something of a value or status"));
        }
        compared
    }
}

/// The cell of the one row of a table: a number with as many decimals as the text beside it has; empty
/// where there is none. `None`: there is no such column.
fn shown(table: &Table, column: &str, like: &str) -> Option<String> {
    let decimals = like.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    Some(match table.column(column)? {
        Column::Text(cells) => cells.first()?.as_deref().unwrap_or("").to_owned(),
        Column::Number(cells) => (*cells.first()?).map_or_else(String::new, |value| {
            // A zero has no sign in print.
            let rounded = half_up(value, u32::try_from(decimals).unwrap_or(10)) + 0.0;
            format!("{rounded:.decimals$}")
        }),
        Column::Integer(cells) => (*cells.first()?).map_or_else(String::new, |value| value.to_string()),
        Column::Date(cells) => (*cells.first()?).map_or_else(String::new, |day| day.to_string()),
    })
}

#[test]
fn every_scenario_comes_out_as_its_file_says() {
    let folder = project().join("tests").join("scenarios");
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    files.sort();
    assert!(files.len() >= 6, "{} holds the scenarios", folder.display());
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
    assert_eq!(run("small.toml", SMALL), (4, vec![]));
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
        ("period = \"2024-01\"\nvalue = \"", "value = \"", expect, "names an indicator"),
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
