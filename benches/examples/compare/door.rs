//! The jobs as kilter does them, through its public door.

use crate::Asked;
use crate::stopwatch::{Answer, Times, Told, fill, timed};
use kilter::engine::{
    Among, AsAt, Block, Charts, Columns, CompareQuery, Engine, EvaluateQuery, FiveYearsQuery, Ingest, Limits,
    Mode, Ranks, Selection, Statuses, ValuesQuery, View,
};
use kilter::export::{Format, write};
use kilter::ingest::OnRejection;
use kilter::method::Lack;
use kilter::table::{Column, Table};
use kilter::{Date, PeriodKind};
use kilter_benches::ideal::{AS_AT, TABLE_YEARS};
use kilter_benches::made::{INDICATORS_BY_AGE, INDICATORS_RELEASED, NATION, RELEASES};
use kilter_benches::world::{OUTCOMES, PEERS, framework_text};
use std::fmt::Display;
use std::fs;
use std::path::Path;

fn said<T, E: Display>(result: Result<T, E>) -> Result<T, String> {
    result.map_err(|error| error.to_string())
}

/// The day on which a release (from 0) became known.
fn known_at(release: usize) -> Date {
    Date::from_ymd_opt(2024, 5 + release as u32 / 3, 1 + release as u32 % 3 * 9).unwrap_or_default()
}

fn take(engine: &mut Engine, file: &Path, known_at: Date) -> Result<(), String> {
    let ingest =
        Ingest { profile: None, source: "made", known_at, on_rejection: OnRejection::Refuse, note: None };
    let receipt = said(engine.ingest(file, &ingest, |_, _| true))?;
    if receipt.rejected == 0 { Ok(()) } else { Err(format!("{}: rows are refused", file.display())) }
}

/// A store with these tables, made where there is none yet.
fn store(asked: &Asked, name: &str, files: &[String]) -> Result<Engine, String> {
    let path = asked.folder.join(name);
    if !path.exists() {
        let unfinished = asked.folder.join(format!("{name}-unfinished"));
        let _ = fs::remove_dir_all(&unfinished);
        let texts = [framework_text(asked.size)];
        let mut engine = said(Engine::create_from(&unfinished, &texts, "made", known_at(0)))?;
        let releases = files.iter().filter(|file| file.starts_with("release")).count();
        for (place, file) in files.iter().enumerate() {
            let release = (place + releases).saturating_sub(files.len());
            take(&mut engine, &asked.folder.join(file), known_at(release))?;
        }
        drop(engine);
        said(fs::rename(&unfinished, &path))?;
    }
    said(Engine::open(&path, Mode::Read))
}

/// Makes the stores that the other jobs read, outside of their times.
pub fn make_stores(asked: &Asked) -> Result<(), String> {
    main_store(asked)?;
    released_store(asked)?;
    Ok(())
}

fn main_store(asked: &Asked) -> Result<Engine, String> {
    let files = ["populations.csv", "nation.csv", "ages.csv", "counts.csv"].map(str::to_owned);
    store(asked, "store", &files)
}

fn released_store(asked: &Asked) -> Result<Engine, String> {
    let releases = (1..=RELEASES).map(|n| format!("release-{n:02}.csv"));
    let files: Vec<String> = std::iter::once("populations.csv".to_owned()).chain(releases).collect();
    store(asked, "released", &files)
}

/// Times kilter.
pub fn run(asked: &Asked) -> Result<(), String> {
    let wants = |job: &str| asked.jobs.iter().any(|wanted| wanted == job);
    let tell = |job: &str, times: &Times, answers: &[&Answer<'_>]| {
        Told { tool: "kilter", job, way: "tables", times }.tell(&asked.folder, answers)
    };
    if wants("J1") {
        let path = asked.folder.join("new-store");
        for (job, file) in [("J1", "counts.csv"), ("J1 Parquet", "counts.parquet")] {
            let file = asked.folder.join(file);
            if !file.exists() {
                continue;
            }
            let fresh = || fs::remove_dir_all(&path).unwrap_or_default();
            let texts = [framework_text(asked.size)];
            let (times, done) = timed(asked.runs, fresh, |()| {
                let mut engine = said(Engine::create_from(&path, &texts, "made", known_at(0)))?;
                take(&mut engine, &file, known_at(0))
            });
            done?;
            tell(job, &times, &[])?;
        }
    }
    if wants("J10") {
        let file = asked.folder.join("scorecard.parquet");
        let (times, table) = timed(
            asked.runs,
            || (),
            |()| {
                let engine = said(Engine::open(&asked.folder.join("store"), Mode::Read))?;
                let mut query = EvaluateQuery::default();
                query.selection.indicators = monthly(asked);
                let table = said(engine.evaluate(&query))?;
                let mut out = said(fs::File::create(&file))?;
                said(write(&table, Format::Parquet, None, &mut out))?;
                said(out.sync_all())?;
                Ok::<_, String>(table)
            },
        );
        let table = of_places(table?);
        let better = |name| words(&table, name, &["worse", "steady", "better"]);
        tell(
            "J10",
            &times,
            &[
                &|out| out.extend(numbers(&table, "value")),
                &|out| out.extend(numbers(&table, "numerator")),
                &|out| out.extend(numbers(&table, "denominator")),
                &|out| out.extend(numbers(&table, "lower")),
                &|out| out.extend(numbers(&table, "upper")),
                &|out| out.extend(numbers(&table, "variance")),
                &|out| out.extend(numbers(&table, "variance_percent")),
                &|out| out.extend(words(&table, "status", &["green", "amber", "red"])),
                &|out| out.extend(better("short_trend")),
                &|out| out.extend(better("long_trend")),
            ],
        )?;
    }
    if wants("J7") {
        let engine = main_store(asked)?;
        let ask = |n: usize| {
            let (i, a) = (n * 7 % asked.size.indicators, n * 11 % asked.size.areas);
            engine.evaluate(&EvaluateQuery::of(&format!("I-{i}")).area(&asked.size.area(a)))
        };
        said(ask(0))?;
        let mut n = 0;
        let (times, rows) = timed(
            asked.runs.max(200),
            || (),
            |()| {
                n += 1;
                ask(n).map(|table| table.rows())
            },
        );
        said(rows)?;
        tell("J7", &times, &[])?;
    }
    if ["J2", "J3", "J4", "J5", "J6", "J8"].iter().any(|job| wants(job)) {
        let mut engine = main_store(asked)?;
        // A nation's small areas, and their populations, are more than is kept where nobody says.
        engine.keep_observations(2 * asked.size.areas * asked.size.indicators * asked.size.months);
        columns(asked, &engine)?;
        if asked.tables {
            warm(asked, &engine)?;
        }
    }
    if wants("J9") {
        released_as_columns(asked)?;
    }
    if wants("J9") && asked.tables {
        let engine = released_store(asked)?;
        let query = ValuesQuery {
            selection: Selection {
                indicators: (0..INDICATORS_RELEASED).map(|i| format!("I-{i}")).collect(),
                areas: Vec::new(),
                as_at: AsAt::Date(known_at(AS_AT)),
            },
            ..ValuesQuery::default()
        };
        let (times, table) = timed(asked.runs, || (), |()| engine.values(&query));
        let table = said(table)?;
        tell("J9", &times, &[&|out| out.extend(numbers(&table, "numerator"))])?;
    }
    Ok(())
}

/// The counts as known at a date, by an engine that has been asked nothing about that date.
fn released_as_columns(asked: &Asked) -> Result<(), String> {
    let query = ValuesQuery {
        selection: Selection {
            indicators: (0..INDICATORS_RELEASED).map(|i| format!("C-{i}")).collect(),
            areas: Vec::new(),
            as_at: AsAt::Date(known_at(AS_AT)),
        },
        ..ValuesQuery::default()
    };
    let (times, values) = timed(
        asked.runs,
        || released_store(asked),
        |engine| {
            let mut values = Columns::default();
            said(engine?.columns(&query, &mut values))?;
            Ok::<_, String>(values)
        },
    );
    let values = values?;
    let way = "columns, new";
    Told { tool: "kilter", job: "J9", way, times: &times }
        .tell(&asked.folder, &[&|out| out.extend(of_blocks(&values))])
}

fn monthly(asked: &Asked) -> Vec<String> {
    (0..asked.size.indicators).map(|i| format!("I-{i}")).collect()
}

/// The jobs that begin with an engine which has been asked before.
fn warm(asked: &Asked, engine: &Engine) -> Result<(), String> {
    let wants = |job: &str| asked.jobs.iter().any(|wanted| wanted == job);
    let tell = |job: &str, times: &Times, answers: &[&Answer<'_>]| {
        Told { tool: "kilter", job, way: "tables", times }.tell(&asked.folder, answers)
    };
    let selection = |indicators| Selection { indicators, areas: Vec::new(), as_at: AsAt::Latest };
    if wants("J2") || wants("J4") {
        let query = ValuesQuery {
            selection: selection(monthly(asked)),
            rolling: Some(12),
            from: Some("2015-03".to_owned()),
            ..ValuesQuery::default()
        };
        let (times, table) = timed(asked.runs, || (), |()| engine.values(&query));
        let table = of_places(said(table)?);
        if wants("J2") {
            tell("J2", &times, &[&|out| out.extend(numbers(&table, "value"))])?;
        }
    }
    if wants("J5") {
        let of_age = (0..INDICATORS_BY_AGE).map(|i| format!("D-{i}")).collect();
        let query = ValuesQuery { selection: selection(of_age), ..ValuesQuery::default() };
        let (times, table) = timed(asked.runs, || (), |()| engine.values(&query));
        let table = of_places(said(table)?);
        tell("J5", &times, &[&|out| out.extend(numbers(&table, "value"))])?;
    }
    if wants("J6") {
        let query = EvaluateQuery { selection: selection(monthly(asked)), ..EvaluateQuery::default() };
        let (times, table) = timed(asked.runs, || (), |()| engine.chart(&query));
        said(table)?;
        tell("J6", &times, &[])?;
    }
    if wants("J8") {
        let query = FiveYearsQuery { selection: selection(monthly(asked)), ..FiveYearsQuery::default() };
        let ranked = CompareQuery { selection: selection(monthly(asked)), ..CompareQuery::default() };
        let (times, tables) =
            timed(asked.runs, || (), |()| Ok((engine.five_years(&query)?, engine.compare(&ranked)?)));
        let tables: Result<(Table, Table), kilter::engine::EngineError> = tables;
        let (years, _) = said(tables)?;
        let years = of_places(years);
        if years.rows() == asked.size.areas * asked.size.indicators * TABLE_YEARS {
            tell("J8", &times, &[&|out| out.extend(numbers(&years, "value"))])?;
        } else {
            tell("J8", &times, &[])?;
        }
    }
    Ok(())
}

/// The jobs as columns, from an engine which has been asked before: into memory that is kept between runs, and into
/// new memory.
fn columns(asked: &Asked, engine: &Engine) -> Result<(), String> {
    let wants = |job: &str| asked.jobs.iter().any(|wanted| wanted == job);
    let selection = Selection { indicators: monthly(asked), areas: Vec::new(), as_at: AsAt::Latest };
    let rolling = ValuesQuery {
        selection: selection.clone(),
        rolling: Some(12),
        from: Some("2015-03".to_owned()),
        ..ValuesQuery::default()
    };
    let by_month = ValuesQuery { selection: selection.clone(), ..ValuesQuery::default() };
    let yearly = ValuesQuery {
        selection,
        every: Some(PeriodKind::FinancialYear),
        from: Some("2018/19".to_owned()),
        ..ValuesQuery::default()
    };
    for (way, fresh) in [("columns", false), ("columns, new", true)] {
        let tell = |job: &str, times: &Times, answers: &[&Answer<'_>]| {
            Told { tool: "kilter", job, way, times }.tell(&asked.folder, answers)
        };
        let mut values = Columns::default();
        said(engine.columns(&rolling, &mut values))?;
        if wants("J2") {
            let (times, done) = timed(
                asked.runs,
                || (),
                |()| fill(&mut values, fresh, |values| engine.columns(&rolling, values)),
            );
            said(done)?;
            tell("J2", &times, &[&|out| out.extend(of_blocks(&values))])?;
        }
        if wants("J3") {
            let (mut statuses, view) = (Statuses::default(), View::default());
            let mut values = Columns::default();
            said(engine.columns(&by_month, &mut values))?;
            let (times, counts) = timed(
                asked.runs,
                || (),
                |()| {
                    fill(&mut statuses, fresh, |statuses| engine.status_columns(&values, &view, statuses))?;
                    let mut counts = vec![[0; 3]; OUTCOMES];
                    for block in 0..values.blocks().len() {
                        let counts = counts[block % OUTCOMES].iter_mut();
                        counts.zip(statuses.tally(block)).for_each(|(sum, found)| *sum += found);
                    }
                    Ok::<_, kilter::engine::EngineError>(counts)
                },
            );
            let counts = said(counts)?;
            let codes = |out: &mut Vec<f64>| {
                for (block, codes) in values.blocks().iter().zip(statuses.blocks()) {
                    let codes = codes
                        .iter()
                        .map(|code| if code.code() < 3 { f64::from(code.code()) + 1.0 } else { 0.0 });
                    out.extend(of_areas(block, codes));
                }
            };
            // The nation's own statuses are among those that are counted.
            tell("J3", &times, &[&codes])?;
            let all: u64 = counts.iter().flatten().sum();
            if all == 0 {
                return Err("nothing was judged".to_owned());
            }
        }
        if wants("J4") {
            let mut limits = Limits::default();
            let (times, done) = timed(
                asked.runs,
                || (),
                |()| fill(&mut limits, fresh, |limits| engine.limit_columns(&values, limits)),
            );
            said(done)?;
            let pairs = || values.blocks().iter().zip(limits.blocks());
            // Better is 1 and worse is 3 among the standings.
            let standing = |code: &u8| [3.0, 1.0, 0.0, 2.0][usize::from((*code).min(3))];
            tell(
                "J4",
                &times,
                &[
                    &|out| {
                        pairs().for_each(|(block, of)| out.extend(of_areas(block, of.lower.iter().copied())))
                    },
                    &|out| {
                        pairs().for_each(|(block, of)| out.extend(of_areas(block, of.upper.iter().copied())))
                    },
                    &|out| {
                        pairs().for_each(|(block, of)| {
                            out.extend(of_areas(block, of.standings.iter().map(standing)))
                        })
                    },
                ],
            )?;
        }
        if wants("J5") {
            let of_age = (0..INDICATORS_BY_AGE).map(|i| format!("D-{i}")).collect();
            let selection = Selection { indicators: of_age, ..Selection::default() };
            let query = ValuesQuery { selection, ..ValuesQuery::default() };
            let mut rates = Columns::default();
            said(engine.columns(&query, &mut rates))?;
            let (times, done) =
                timed(asked.runs, || (), |()| fill(&mut rates, fresh, |rates| engine.columns(&query, rates)));
            said(done)?;
            tell("J5", &times, &[&|out| out.extend(of_blocks(&rates))])?;
        }
        if wants("J6") {
            let (mut months, mut charts) = (Columns::default(), Charts::default());
            said(engine.columns(&by_month, &mut months))?;
            let (times, done) = timed(
                asked.runs,
                || (),
                |()| fill(&mut charts, fresh, |charts| engine.chart_columns(&months, charts)),
            );
            said(done)?;
            let pairs = || months.blocks().iter().zip(charts.blocks());
            let lines = |out: &mut Vec<f64>| {
                for (block, charts) in pairs() {
                    for stretch in
                        charts.stretches.iter().filter(|of| block.areas()[of.area].as_str() != NATION)
                    {
                        out.push(stretch.centre.unwrap_or(f64::NAN));
                        let limits =
                            stretch.limits.map_or([f64::NAN; 2], |limits| [limits.lower, limits.upper]);
                        out.extend(limits);
                    }
                }
            };
            let signals = |out: &mut Vec<f64>| {
                for (block, charts) in pairs() {
                    out.extend(of_areas(block, charts.signals.iter().map(|of| f64::from(of.bits()))));
                }
            };
            tell("J6", &times, &[&lines, &signals])?;
        }
        if wants("J8") {
            let mut kept = (Columns::default(), Ranks::default());
            let groups = asked.size.areas.div_ceil(PEERS);
            let among = Among::Groups((0..groups).map(|group| format!("G{group:05}")).collect());
            let (times, done) = timed(
                asked.runs,
                || (),
                |()| {
                    fill(&mut kept, fresh, |(years, ranks)| {
                        engine.columns(&yearly, years)?;
                        engine.rank_columns(years, &among, ranks)
                    })
                },
            );
            said(done)?;
            let (years, ranks) = kept;
            let places = |out: &mut Vec<f64>| {
                for (block, ranks) in years.blocks().iter().zip(ranks.blocks()) {
                    let each = block.areas().iter().zip(&ranks.ranks);
                    out.extend(
                        each.filter(|(area, _)| area.as_str() != NATION).map(|(_, rank)| f64::from(*rank)),
                    );
                }
            };
            tell("J8", &times, &[&|out| out.extend(of_blocks(&years)), &places])?;
        }
    }
    Ok(())
}

/// The values of all blocks in areas; not a number where one is lacking.
fn of_blocks(columns: &Columns) -> Vec<f64> {
    let of_block = |block: &Block| -> Vec<f64> {
        let cells = block.values().iter().zip(block.lacks());
        let number = |(value, lack): (&f64, &Lack)| if *lack == Lack::NONE { *value } else { f64::NAN };
        of_areas(block, cells.map(number)).collect()
    };
    columns.blocks().iter().flat_map(of_block).collect()
}

/// The cells of areas, without those of the nation.
fn of_areas(block: &Block, cells: impl Iterator<Item = f64>) -> impl Iterator<Item = f64> {
    let n = block.periods().len();
    cells
        .enumerate()
        .filter(move |(place, _)| block.areas()[place / n].as_str() != NATION)
        .map(|(_, cell)| cell)
}

/// Answers for one series and ends: the process itself is timed.
pub fn one_series(asked: &Asked) -> Result<(), String> {
    let engine = said(Engine::open(&asked.folder.join("store"), Mode::Read))?;
    let table = said(engine.evaluate(&EvaluateQuery::of("I-3").area("A00007")))?;
    let Some(Column::Number(value)) = table.column("value") else { return Err("no value".into()) };
    println!("{value:?}");
    Ok(())
}

/// The rows of areas alone, without those of the nation.
fn of_places(table: Table) -> Table {
    let Some(Column::Text(areas)) = table.column("area") else { return table };
    let kept: Vec<usize> = (0..areas.len()).filter(|row| areas.get(*row) != Some(NATION)).collect();
    let kept = || kept.iter().copied();
    let columns = table.columns().iter().map(|(name, column)| {
        let column = match column {
            Column::Text(cells) => Column::Text(kept().map(|row| cells.get(row)).collect()),
            Column::Number(cells) => Column::Number(kept().map(|row| cells.get(row)).collect()),
            Column::Integer(cells) => Column::Integer(kept().map(|row| cells.get(row)).collect()),
            Column::Date(cells) => Column::Date(kept().map(|row| cells.get(row)).collect()),
        };
        (name.clone(), column)
    });
    Table::new(columns.collect())
}

fn numbers(table: &Table, name: &str) -> Vec<f64> {
    match table.column(name) {
        Some(Column::Number(cells)) => cells.iter().map(|cell| cell.unwrap_or(f64::NAN)).collect(),
        _ => Vec::new(),
    }
}

/// Words as numbers: the first of the list is 1, others are 0.
fn words(table: &Table, name: &str, known: &[&str]) -> Vec<f64> {
    let code =
        |word: &str| known.iter().position(|known| *known == word).map_or(0.0, |place| place as f64 + 1.0);
    match table.column(name) {
        Some(Column::Text(cells)) => cells.iter().map(|cell| cell.map_or(0.0, code)).collect(),
        _ => Vec::new(),
    }
}
