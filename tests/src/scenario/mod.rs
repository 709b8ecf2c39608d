//! Runs a scenario file: a small worked example that an analyst can read, check by hand and add to. What
//! comes out is compared with what the file says, with file and line.
//!
//! Nothing here knows a method or a figure; all of that stands in the files.

mod ask;

use ask::Ask;
use kilter::definitions::with_what_it_extends;
use kilter::engine::{Engine, Ingest};
use kilter::ingest::OnRejection;
use kilter::{Date, PeriodKind};
use kilter_core::framework::Text;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;
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
    expect: Vec<Spanned<Cells>>,
    #[serde(default)]
    expect_comparison: Vec<Spanned<Cells>>,
    #[serde(default)]
    expect_scorecard: Vec<Spanned<Cells>>,
    #[serde(default)]
    expect_line: Vec<Spanned<Cells>>,
    #[serde(default)]
    expect_exceptions: Vec<Spanned<Cells>>,
    #[serde(default)]
    expect_escalations: Vec<Spanned<Cells>>,
    #[serde(default)]
    expect_five_years: Vec<Spanned<Cells>>,
    #[serde(default)]
    expect_verdicts: Vec<Spanned<Cells>>,
    #[serde(default)]
    expect_chart: Vec<Spanned<Cells>>,
    #[serde(default)]
    expect_funnel: Vec<Spanned<Cells>>,
    #[serde(default)]
    expect_what_if: Vec<Spanned<Cells>>,
    #[serde(default)]
    expect_needed: Vec<Spanned<Cells>>,
    #[serde(default)]
    expect_coverage: Vec<Spanned<Cells>>,
    #[serde(default)]
    expect_targets: Vec<Spanned<Cells>>,
    #[serde(default)]
    expect_level: Vec<Spanned<Cells>>,
    #[serde(default)]
    expect_diff: Vec<Spanned<Cells>>,
    #[serde(default)]
    expect_worse_and_worsening: Vec<Spanned<Cells>>,
}

/// What an expectation says, by key.
type Cells = BTreeMap<String, Spanned<Said>>;

/// A text, or a list of texts.
#[derive(Deserialize, Clone, PartialEq)]
#[serde(untagged)]
enum Said {
    Text(String),
    List(Vec<String>),
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
    /// The categories it is for, by dimension.
    #[serde(default)]
    by: BTreeMap<String, String>,
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

impl Scenario {
    /// Every expectation, with what is asked to meet it.
    fn expectations(&self) -> impl Iterator<Item = (Ask, &Spanned<Cells>)> {
        [
            (Ask::EVALUATION, &self.expect),
            (Ask::COMPARISON, &self.expect_comparison),
            (Ask::SCORECARD, &self.expect_scorecard),
            (Ask::LINE, &self.expect_line),
            (Ask::EXCEPTIONS, &self.expect_exceptions),
            (Ask::ESCALATIONS, &self.expect_escalations),
            (Ask::FIVE_YEARS, &self.expect_five_years),
            (Ask::VERDICTS, &self.expect_verdicts),
            (Ask::CHART, &self.expect_chart),
            (Ask::FUNNEL, &self.expect_funnel),
            (Ask::WHAT_IF, &self.expect_what_if),
            (Ask::NEEDED, &self.expect_needed),
            (Ask::COVERAGE, &self.expect_coverage),
            (Ask::TARGETS, &self.expect_targets),
            (Ask::LEVELS, &self.expect_level),
            (Ask::DIFF, &self.expect_diff),
            (Ask::WORSENING, &self.expect_worse_and_worsening),
        ]
        .into_iter()
        .flat_map(|(ask, all)| all.iter().map(move |expected| (ask, expected)))
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
pub fn run(name: &str, text: &str) -> (usize, Vec<String>) {
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
        let mut compared = 0;
        let mut expectations = 0;
        for (ask, expected) in scenario.expectations() {
            expectations += 1;
            compared += self.expectation(&engine, ask, expected);
        }
        if expectations == 0 {
            return Err(self.at(0, "the scenario expects nothing, so that it cannot fail"));
        }
        Ok(compared)
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
        let dimensions: BTreeSet<&String> =
            scenario.observe.iter().flat_map(|observed| observed.get_ref().by.keys()).collect();
        let mut releases: BTreeMap<&str, String> = BTreeMap::new();
        for observed in &scenario.observe {
            let here = |what: &str| self.at(observed.span().start, what);
            let row = observed.get_ref();
            let known_at = row.known_at.as_deref().unwrap_or(KNOWN_AT);
            let release = releases.entry(known_at).or_insert_with(|| {
                let by: String = dimensions.iter().map(|dimension| format!(",{dimension}")).collect();
                format!("measure,area,period,value,absent,mark{by}\n")
            });
            let by = dimensions.iter().map(|of| format!(",{}", row.by.get(*of).map_or("", String::as_str)));
            let by: String = by.collect();
            for (period, figure) in row.figures().map_err(|problem| here(&problem))? {
                let (value, absent) = match figure {
                    Figure::Number(value) => (value.to_string(), ""),
                    Figure::Absent(absence) => (String::new(), absence.as_str()),
                };
                let mark = row.mark.as_deref().unwrap_or("");
                let (measure, area) = (&row.measure, &row.area);
                let _ = writeln!(release, "{measure},{area},{period},{value},{absent},\"{mark}\"{by}");
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
    fn expectation(&mut self, engine: &Engine, ask: Ask, expected: &Spanned<Cells>) -> usize {
        let start = expected.span().start;
        let cells = expected.get_ref();
        let texts: BTreeMap<&str, &Said> =
            cells.iter().map(|(key, said)| (key.as_str(), said.get_ref())).collect();
        let answer = match ask.answer(engine, &texts) {
            Ok(answer) => answer,
            Err(problem) => {
                self.problems.push(self.at(start, &problem));
                return 0;
            }
        };
        let mut compared = 0;
        for (name, said) in cells.iter().filter(|(name, _)| !ask.asks(name)) {
            let place = said.span().start;
            let found = match said.get_ref() {
                Said::Text(like) => answer.cell(name, like).map(|found| (like.clone(), found)),
                Said::List(all) => answer.list(name).map(|found| (all.join("\n"), found.join("\n"))),
            };
            match found {
                Err(problem) => self.problems.push(self.at(place, &problem)),
                Ok((expected, found)) if expected == found => compared += 1,
                Ok((expected, found)) => {
                    let what = format!(
                        "{name} of {}: expected \"{expected}\", found \"{found}\"",
                        ask.subject(&texts)
                    );
                    self.problems.push(self.at(place, &what));
                }
            }
        }
        if compared == 0 && self.problems.is_empty() {
            self.problems.push(self.at(start, "an expectation says something of a value or status"));
        }
        compared
    }
}
