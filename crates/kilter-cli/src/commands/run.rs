//! Runs the commands: asks the engine, and prints what it answers.

use super::arguments::{Output, colour, print, say, width};
use super::{Command, Rejection, SchemaOf, care};
use crate::failure::Failure;
use kilter::definitions::{self, Checked};
use kilter::engine::{
    AsAt, CompareQuery, Engine, EscalationsQuery, ExplainQuery, FiveYearsQuery, FunnelQuery, Ingest, Mode,
    NeededQuery, ScorecardFormat, ScorecardQuery, TargetsQuery, ValuesQuery, WhatIfQuery, today,
};
use kilter::ingest::OnRejection;
use kilter::table::Table;
use std::io::{self, IsTerminal};
use std::path::Path;

/// Runs a command.
pub fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Demo { folder } => demo(&folder),
        Command::Init { store, framework, known_at } => {
            let known_at = known_at.unwrap_or_else(today);
            let engine = Engine::create(&store, &framework, known_at)?;
            let framework = engine.framework(AsAt::Latest)?;
            let store = store.display();
            say(&format!(
                "{store}: a store with {} ({} indicators, {} areas)\n\
                 next: kilter ingest {store} FILE --profile ID --source TEXT --known-at DATE",
                framework.title(),
                framework.indicators().len(),
                framework.areas().len()
            ))
        }
        Command::Define { store, framework, known_at, wait } => {
            let mut engine = Engine::open_within(&store, Mode::Write, wait.wait)?;
            let version = engine.define(&framework, known_at.unwrap_or_else(today))?;
            say(&format!("{}: version {version} of the definitions is in force", store.display()))
        }
        Command::Ingest { store, file, profile, source, known_at, on_rejection, note, rejections, wait } => {
            let profile = profile.as_deref().map(definitions::profile).transpose()?;
            let mut engine = Engine::open_within(&store, Mode::Write, wait.wait)?;
            let ingest = Ingest {
                profile: profile.as_ref(),
                source: &source,
                known_at,
                on_rejection: match on_rejection {
                    Rejection::Refuse => OnRejection::Refuse,
                    Rejection::Keep => OnRejection::Keep,
                },
                note: note.as_deref(),
            };
            let result = with_progress(&file, |progress| engine.ingest(&file, &ingest, progress));
            if let Some(path) = &rejections {
                let receipt = match &result {
                    Ok(receipt) => Some(receipt),
                    Err(error) => error.receipt(),
                };
                if let Some(receipt) = receipt {
                    let to = Output { format: "csv".into(), out: Some(path.clone()) };
                    to.table(&receipt.rejection_table())?;
                }
            }
            say(&result?.to_string())
        }
        Command::Values { store, what, period, from, to, every, rolling, confidence, output } => {
            let query = ValuesQuery {
                selection: what.selection(),
                from: period.clone().or(from),
                to: period.or(to),
                every,
                rolling,
                confidence,
            };
            let engine = open(&store)?;
            let values = engine.values(&query)?;
            explain_nothing(&engine, &values, query.selection.as_at);
            output.table_without(values, &["period_start", "period_end", "statistic", "method"])
        }
        Command::Evaluate(judged) => {
            let (store, query, output) = judged.question();
            let hidden = [
                "period_start",
                "period_end",
                "numerator",
                "denominator",
                "release",
                "variance_percent",
                "target_basis",
                "target_origin",
                "manual_by",
                "trend_run",
                "lower",
                "upper",
                "statistic",
                "method",
                "confidence",
                "explanation",
            ];
            let engine = open(&store)?;
            let evaluations = engine.evaluate(&query)?;
            explain_nothing(&engine, &evaluations, query.selection.as_at);
            output.table_without(evaluations, &hidden)
        }
        Command::Explain { store, indicator, card, format, out } => {
            let query = ExplainQuery {
                indicator,
                area: card.area.clone(),
                period: card.period.clone(),
                as_at: card.as_at.unwrap_or(AsAt::Latest),
                view: card.query(None).view,
            };
            let explanation = open(&store)?.explain(&query)?;
            let json = format == "json";
            let text = if json { explanation.json() } else { explanation.text().to_owned() };
            print(out.as_deref(), text.trim_end())
        }
        Command::Compare { store, what, period, with, among, worse_and_worsening, output } => {
            let query = CompareQuery {
                selection: what.selection(),
                period,
                with,
                among,
                only_worse_and_worsening: worse_and_worsening,
            };
            let limits = ["lower", "upper", "statistic", "method", "limits_confidence"];
            let hidden = [&limits[..], &["ratio", "trend_method", "tied_with", "quartile"]].concat();
            output.table_without(open(&store)?.compare(&query)?, &hidden)
        }
        Command::FiveYears { store, what, year, statutory, output } => {
            let query = FiveYearsQuery { selection: what.selection(), year, statutory };
            let limits = ["lower", "upper", "statistic", "method", "confidence"];
            let hidden = [&limits[..], &["numerator", "denominator", "release"]].concat();
            output.table_without(open(&store)?.five_years(&query)?, &hidden)
        }
        Command::Verdicts(judged) => {
            let (store, query, output) = judged.question();
            let hidden = ["five_point_statistic", "five_point_absent", "trend_run", "not_compared"];
            output.table_without(open(&store)?.verdicts(&query)?, &hidden)
        }
        Command::Chart { judged, runs, shifts } => {
            let (store, query, output) = judged.question();
            if shifts {
                return output.table_without(open(&store)?.sustained_shifts(&query)?, &[]);
            }
            if runs {
                let hidden = ["part", "useful", "longest_trend", "trend_allowed", "rules", "absent"];
                return output.table_without(open(&store)?.run_chart(&query)?, &hidden);
            }
            let hidden = ["drawn", "segment", "near_lower", "near_upper", "on_trial", "absent"];
            output.table_without(open(&store)?.chart(&query)?, &hidden)
        }
        Command::Funnel { store, what, period, among, kind, curve, output } => {
            let query = FunnelQuery { selection: what.selection(), period, among, kind };
            if curve {
                return output.table_without(open(&store)?.funnel_curve(&query)?, &["method"]);
            }
            output.table_without(open(&store)?.funnel(&query)?, &["method"])
        }
        Command::Targets { store, area, function, as_at, viewer, output } => {
            let as_at = as_at.unwrap_or(AsAt::Latest);
            let query = TargetsQuery { area, function, as_at, view: viewer.view() };
            let hidden = ["title", "variance", "source", "review_due"];
            output.table_without(open(&store)?.targets(&query)?, &hidden)
        }
        Command::Levels { store, as_at, output } => {
            let levels = open(&store)?.levels(as_at.unwrap_or(AsAt::Latest))?;
            output.table_without(levels, &["source", "accountable"])
        }
        Command::Exceptions { store, card, output } => {
            let hidden = ["level", "unit", "trend_run", "explanation", "next_due", "variance"];
            output.table_without(open(&store)?.exceptions(&card.query(None))?, &hidden)
        }
        Command::Escalations { store, area, escalation, as_at, figures_of_the_day, every_step, output } => {
            let as_at = as_at.unwrap_or(AsAt::Latest);
            let query = EscalationsQuery { area, escalation, as_at, figures_of_the_day, every_step };
            let hidden = ["title", "held_for", "quiet_for", "from", "reason", "action", "owner"];
            output.table_without(open(&store)?.escalations(&query)?, &hidden)
        }
        Command::WhatIf {
            store,
            indicator,
            area,
            target,
            tolerance,
            framework,
            raise_after,
            clear_after,
            by_period,
            as_at,
            viewer,
            output,
        } => {
            if target.is_none() && tolerance.is_none() && framework.is_none() {
                let what = "say what is to be different: --target, --tolerance or --framework";
                return Err(Failure::Usage(what.into()));
            }
            let framework = framework.map(|name| definitions::framework_texts(&name)).transpose()?;
            let query = WhatIfQuery {
                indicator,
                area,
                aim: target,
                tolerance,
                framework,
                escalation: (raise_after, clear_after),
                as_at: as_at.unwrap_or(AsAt::Latest),
                view: viewer.view(),
            };
            let answer = open(&store)?.what_if(&query)?;
            output.table(if by_period { &answer.periods } else { &answer.summary })
        }
        Command::Needed { store, what, period, viewer, output } => {
            let query = NeededQuery { selection: what.selection(), period, view: viewer.view() };
            output.table(&open(&store)?.needed(&query)?)
        }
        Command::Coverage { store, card, output } => {
            output.table(&open(&store)?.coverage(&card.query(None))?)
        }
        Command::Map { store, as_at, output } => {
            let hidden = ["title", "number", "kind", "weight", "decided_on"];
            let map = open(&store)?.strategy_map(as_at.unwrap_or(AsAt::Latest))?;
            output.table_without(map, &hidden)
        }
        Command::Scorecard { store, card, rolled: true, output } => {
            let hidden = ["title", "manual_by", "manual_reason"];
            output.table_without(open(&store)?.roll_up(&card.query(None))?, &hidden)
        }
        Command::Scorecard { store, card, rolled: false, output } => {
            let engine = open(&store)?;
            match output.format.as_str() {
                "html" => output.text(&engine.scorecard(&card.query(Some(today())), ScorecardFormat::Html)?),
                "table" => {
                    let format = ScorecardFormat::Terminal { width: Some(width()), colour: colour() };
                    output.text(&engine.scorecard(&card.query(None), format)?)
                }
                _ => output.table(&engine.scorecard_table(&card.query(None))?),
            }
        }
        Command::Report { store, card, out } => {
            let page = open(&store)?.scorecard(&card.query(Some(today())), ScorecardFormat::Html)?;
            print(Some(&out), &page)?;
            say(&out.display().to_string())
        }
        Command::Releases { store, output } => output.table(&open(&store)?.releases()),
        Command::Diff { store, from, to, output } => output.table(&open(&store)?.diff(from, to)?),
        Command::Check { file } => say(&match definitions::check(&file)? {
            Checked::Framework { id, counts: [areas, measures, indicators, outcomes, targets] } => format!(
                "{file}: the framework {id} is sound: areas {areas}, measures {measures}, indicators \
                     {indicators}, outcomes {outcomes}, targets {targets}"
            ),
            Checked::Profile { id, measures } => {
                format!("{file}: the profile {id} is sound: measures {measures}")
            }
        }),
        Command::Care(care) => care::run(care),
        Command::Info { store, output } => {
            let engine = open(&store)?;
            if output.format == "table" && output.out.is_none() {
                say(&engine.summary()?)?;
            }
            output.table(&engine.indicators(AsAt::Latest)?)
        }
        Command::Schema { of } => print(
            None,
            &match of {
                SchemaOf::Framework => definitions::framework_schema(),
                SchemaOf::Profile => definitions::profile_schema(),
            },
        ),
    }
}

/// Says why a table is empty where no release was known yet; the table itself is as it would be.
fn explain_nothing(engine: &Engine, table: &Table, as_at: AsAt) {
    let first = engine.store().releases().iter().map(|release| release.known_at()).min();
    match (table.rows(), as_at, first) {
        (0, _, None) => eprintln!("kilter: nothing has been ingested yet"),
        (0, AsAt::Date(day), Some(first)) if day < first => {
            eprintln!("kilter: nothing was known on {day}; the first release became known on {first}");
        }
        _ => {}
    }
}

fn open(store: &Path) -> Result<Engine, Failure> {
    Ok(Engine::open(store, Mode::Read)?)
}

/// Runs an ingest with a bar on the terminal where the file is large enough to wait for.
fn with_progress<T>(file: &Path, run: impl FnOnce(&mut dyn FnMut(u64, u64) -> bool) -> T) -> T {
    const WORTH_A_BAR: u64 = 4 << 20;
    let size = std::fs::metadata(file).map_or(0, |metadata| metadata.len());
    if size < WORTH_A_BAR || !io::stderr().is_terminal() {
        return run(&mut |_, _| true);
    }
    let style = indicatif::ProgressStyle::with_template("{bar:40} {bytes} of {total_bytes}, {eta} left");
    let bar = indicatif::ProgressBar::new(size);
    if let Ok(style) = style {
        bar.set_style(style);
    }
    let result = run(&mut |read, _| {
        bar.set_position(read);
        true
    });
    bar.finish_and_clear();
    result
}

fn demo(folder: &Path) -> Result<(), Failure> {
    let mut told = Ok(());
    let demo = kilter::demonstration::run(folder, |line| {
        if told.is_ok() {
            told = say(line);
        }
    })?;
    told?;
    let engine = open(&demo.store)?;
    let format = ScorecardFormat::Terminal { width: Some(width()), colour: colour() };
    say(&format!("\n{}", engine.scorecard(&ScorecardQuery::default(), format)?))?;
    let page = folder.join("scorecard.html");
    print(Some(&page), &engine.scorecard(&ScorecardQuery::default(), ScorecardFormat::Html)?)?;
    let store = demo.store.display();
    let (page, files, area) = (page.display(), demo.files.display(), demo.area);
    say(&format!(
        "\nAll figures above are invented. What was made:
  {page}  the scorecard as a page
  {store}  the store
  {files}  the files that were ingested, in the layouts of the public ones

Next:
  kilter values {store} --indicator NI-19 --area {area} --rolling 12
  kilter evaluate {store} --area {area} --format csv
  kilter explain {store} NI-19
  kilter exceptions {store} --level board
  kilter escalations {store}
  kilter diff {store} --from 5 --to 6
(kilter is `cargo run --release --` in the project's folder.)"
    ))
}
