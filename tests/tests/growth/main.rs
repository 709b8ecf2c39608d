//! What an answer or a file costs grows as its figures do: from four to sixteen times the months, areas, outcomes,
//! releases or rejections its cost grows by about four times what it grows by from one to four, and never by sixteen
//! times that.
//!
//! What is counted stands in `cost.rs`. Memory is counted in every program, operations in one that the compiler gave
//! counters: a test here has cargo make that program of these same tests, beside the usual one, and runs it. Without a
//! clock nothing is said of how long an operation takes; the benches time it.
#![allow(
    unsafe_code,
    reason = "an allocator that counts hands everything on, and counters are read where they stand"
)]
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod cost;
mod world;

use cost::{BYTES, COUNTED, Cost, OPERATIONS, cost};
use kilter::engine::{
    Among, AsAt, Charts, Columns, CompareQuery, Engine, EscalationsQuery, EvaluateQuery, ExplainQuery,
    FiveYearsQuery, FunnelQuery, Limits, Mode, NeededQuery, Ranks, ScorecardFormat, ScorecardQuery, Statuses,
    TargetsQuery, ValuesQuery, View, WhatIfQuery,
};
use kilter::ingest::OnRejection;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Mutex;
use world::{Layout, Order, WORLD, Waiting, World, known_at, store, take, waiting};

fn months(times: usize) -> World {
    World { months: times * 24, ..WORLD }
}

fn areas(times: usize) -> World {
    World { areas: times * 6, ..WORLD }
}

fn outcomes(times: usize) -> World {
    World { outcomes: times * 30, areas: 2, months: 12, ..WORLD }
}

fn releases(times: usize) -> World {
    World { areas: 1, months: 12, outcomes: 1, releases: times * 8 }
}

fn columns(engine: &Engine) {
    let (mut values, mut statuses, mut limits) = (Columns::default(), Statuses::default(), Limits::default());
    let (mut charts, mut ranks) = (Charts::default(), Ranks::default());
    for rolling in [None, Some(12)] {
        engine.columns(&ValuesQuery { rolling, ..ValuesQuery::default() }, &mut values).unwrap();
        engine.status_columns(&values, &View::default(), &mut statuses).unwrap();
        engine.limit_columns(&values, &mut limits).unwrap();
        engine.chart_columns(&values, &mut charts).unwrap();
        engine.rank_columns(&values, &Among::Kind, &mut ranks).unwrap();
    }
}

fn windows(engine: &Engine) {
    engine.values(&ValuesQuery { rolling: Some(12), ..ValuesQuery::default() }).unwrap();
}

fn evaluations(engine: &Engine) {
    engine.evaluate(&EvaluateQuery::default()).unwrap();
}

fn charts(engine: &Engine) {
    engine.chart(&EvaluateQuery::default()).unwrap();
    engine.run_chart(&EvaluateQuery::default()).unwrap();
    engine.sustained_shifts(&EvaluateQuery::default()).unwrap();
}

fn escalations(engine: &Engine) {
    let every_step = EscalationsQuery { every_step: true, ..EscalationsQuery::default() };
    engine.escalations(&every_step).unwrap();
    let of_the_day = EscalationsQuery { figures_of_the_day: true, ..EscalationsQuery::default() };
    engine.escalations(&of_the_day).unwrap();
}

fn one_series(engine: &Engine) {
    engine.explain(&ExplainQuery::of("I0")).unwrap();
    engine.what_if(&WhatIfQuery::of("I0")).unwrap();
}

fn comparisons(engine: &Engine) {
    engine.compare(&CompareQuery::default()).unwrap();
    engine.five_years(&FiveYearsQuery::default()).unwrap();
    engine.verdicts(&EvaluateQuery::default()).unwrap();
}

fn funnels(engine: &Engine) {
    engine.funnel(&FunnelQuery::default()).unwrap();
    engine.funnel_curve(&FunnelQuery::default()).unwrap();
}

fn oversight(engine: &Engine) {
    engine.needed(&NeededQuery::default()).unwrap();
    engine.targets(&TargetsQuery::default()).unwrap();
    let view = View { level: Some("team".to_owned()), ..View::default() };
    engine.exceptions(&ScorecardQuery { view, ..ScorecardQuery::default() }).unwrap();
    engine.coverage(&ScorecardQuery::default()).unwrap();
}

fn roll_up(engine: &Engine) {
    engine.roll_up(&ScorecardQuery::default()).unwrap();
    engine.strategy_map(AsAt::Latest).unwrap();
}

fn scorecards(engine: &Engine) {
    engine.scorecard_table(&ScorecardQuery::default()).unwrap();
    engine.scorecard(&ScorecardQuery::default(), ScorecardFormat::Html).unwrap();
}

fn as_known(engine: &Engine) {
    engine.values(&ValuesQuery::default()).unwrap();
    engine.values(&ValuesQuery::default().as_at(AsAt::Date(known_at(3)))).unwrap();
    engine.diff(AsAt::Date(known_at(0)), AsAt::Latest).unwrap();
}

fn upkeep(engine: &Engine) {
    assert!(engine.releases().rows() > 0);
    engine.verify().unwrap();
    let folder = tempfile::tempdir().unwrap();
    engine.backup(&folder.path().join("backup.zip")).unwrap();
    Engine::open(engine.path(), Mode::Write).unwrap().compact().unwrap();
}

/// A question, and what it is called.
type Question = (&'static str, fn(&Engine));

/// What there is more and more of, the world of so many times as much, and what is asked of it.
type Growing = (&'static str, fn(usize) -> World, &'static [Question]);

const QUESTIONS: &[Growing] = &[
    (
        "months",
        months,
        &[
            ("windows", windows),
            ("evaluations", evaluations),
            ("charts", charts),
            ("columns", columns),
            ("escalations", escalations),
            ("one series", one_series),
            ("comparisons", comparisons),
        ],
    ),
    (
        "areas",
        areas,
        &[
            ("windows", windows),
            ("evaluations", evaluations),
            ("comparisons", comparisons),
            ("columns", columns),
            ("funnels", funnels),
            ("what is to be seen to", oversight),
        ],
    ),
    (
        "outcomes",
        outcomes,
        &[
            ("roll-ups", roll_up),
            ("scorecards", scorecards),
            ("what is to be seen to", oversight),
            ("escalations", escalations),
            ("columns", columns),
        ],
    ),
    ("releases", releases, &[("as known", as_known), ("upkeep", upkeep)]),
];

/// The cost of a question to a store that has just been opened.
fn asked(store: &Path, ask: fn(&Engine)) -> Cost {
    cost(|| ask(&Engine::open(store, Mode::Read).unwrap()))
}

/// The cost of taking in the figures of a world; of those with totals over time, where they are known already.
fn taken(world: World, layout: Layout, order: Order) -> Cost {
    let folder = tempfile::tempdir().unwrap();
    let releases = usize::from(matches!(layout, Layout::Foreign));
    let mut engine = store(folder.path(), World { releases, ..world });
    let figures = waiting(folder.path(), world, layout, order);
    cost(|| assert_eq!(take(&mut engine, figures, 1, OnRejection::Refuse)[1], 0))
}

fn refused(rows: usize) -> Cost {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = store(folder.path(), WORLD);
    let mut text = String::from("measure,area,period,value\nfalls,a0,1990-01,5\n");
    for row in 0..rows {
        // Each is wrong by itself, and every third is said twice.
        let _ = writeln!(text, "falls,a{},{}-13,{row}", row % 5, 1990 + row / 3);
    }
    let file = folder.path().join("wrong.csv");
    std::fs::write(&file, text).unwrap();
    cost(|| {
        let [_, refused] = take(&mut engine, Waiting::File(file, None), 40, OnRejection::Keep);
        assert_eq!(refused, rows as u64);
    })
}

/// From four to sixteen times as much the cost grows by so many times at most what it grows by from one to four:
/// sorting and memory that doubles add to four, and a square makes sixteen. So a square is found that takes a
/// twenty-fifth of the rest already where there is least.
const MOST: u64 = 6;

/// What is wrong with the costs of one, four and sixteen times as much. What is the same for all of them counts for
/// nothing, and growth by less than a fiftieth of it for none.
fn wrong([one, four, sixteen]: [u64; 3]) -> Option<&'static str> {
    let (early, late, nothing) = (four.saturating_sub(one), sixteen.saturating_sub(four), one / 50);
    (late > MOST * early + nothing).then_some("costs too much")
}

/// Everything that costs what it should not.
#[derive(Default)]
struct Found(Vec<String>);

impl Found {
    /// Looks at the costs of one, four and sixteen times as much.
    fn check(&mut self, what: &str, costs: [Cost; 3]) {
        for (at, counted) in COUNTED.into_iter().enumerate() {
            let costs = costs.map(|cost| cost[at]);
            // How often memory is asked for need not grow, and without counters there are no operations.
            let grows = costs[2] > costs[0] + costs[0] / 50;
            let has_to_grow = if counted == OPERATIONS { cfg!(counted) } else { counted == BYTES };
            let wrong = wrong(costs).or((has_to_grow && !grows).then_some("was not counted"));
            self.0.extend(wrong.map(|wrong| format!("{what}: {wrong}: {costs:?} {counted}")));
        }
    }
}

/// Memory is counted for the whole process.
static COUNTS: Mutex<()> = Mutex::new(());

#[test]
fn no_cost_grows_as_a_square() {
    let _alone = COUNTS.lock();
    let folder = tempfile::tempdir().unwrap();
    let mut found = Found::default();
    for (by, world, questions) in QUESTIONS {
        let stores = [1, 4, 16].map(|times| {
            let folder = folder.path().join(format!("{by} {times}"));
            std::fs::create_dir(&folder).unwrap();
            store(&folder, world(times)).path().to_owned()
        });
        // The threads of the process are made before anything is counted.
        asked(&stores[0], columns);
        for (what, ask) in *questions {
            found.check(&format!("{what}, by {by}"), stores.each_ref().map(|store| asked(store, *ask)));
        }
    }
    for (layout, name) in [
        (Layout::Csv, "a CSV file"),
        (Layout::Parquet, "a Parquet file"),
        (Layout::Stream, "a stream"),
        (Layout::Foreign, "a foreign file"),
    ] {
        for (order, sorted) in [(Order::BySeries, "series by series"), (Order::ByMonth, "month by month")] {
            let of = |world: fn(usize) -> World| [1, 4, 16].map(|times| taken(world(times), layout, order));
            found.check(
                &format!("{name}, {sorted}, by months"),
                of(|times| World { areas: 10, ..months(times) }),
            );
            found.check(&format!("{name}, {sorted}, by areas"), of(areas));
        }
    }
    found.check("rejections, by rows", [100, 400, 1600].map(refused));
    assert!(found.0.is_empty(), "of one, four and sixteen times as much:\n{}", found.0.join("\n"));
}

#[test]
fn a_square_is_found_and_a_line_with_a_beginning_is_not() {
    let costs = |of: fn(u64) -> u64| [10, 40, 160].map(of);
    assert_eq!(wrong(costs(|n| 5000 + 30 * n)), None);
    assert_eq!(wrong(costs(|n| 5000 + 3 * n * n.ilog2() as u64)), None);
    assert_eq!(wrong(costs(|n| 5000 + 30 * n + n * n)), Some("costs too much"));
}

#[cfg(counted)]
#[test]
fn a_search_that_needs_no_memory_is_counted() {
    let search = |many: usize| {
        let sought: Vec<usize> = (0..many).collect();
        let [calls, bytes, operations] = cost(|| assert!(sought.iter().all(|one| sought.contains(one))));
        assert_eq!([calls, bytes], [0, 0]);
        operations
    };
    assert_eq!(wrong([10, 40, 160].map(search)), Some("costs too much"));
}

/// Has cargo make the same tests as a program that counts, and runs them. Crates from outside are taken as
/// `cargo xtask test` has them made; where other features of them were asked for, they are made once more.
#[cfg(not(counted))]
#[test]
fn no_count_of_operations_grows_as_a_square() {
    let _alone = COUNTS.lock();
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let made = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let profile = tempfile::tempdir().unwrap();
    let told = std::process::Command::new(env!("CARGO"))
        .args([
            "test",
            "--locked",
            "--workspace",
            "--exclude",
            "kilter-r",
            "--test",
            "growth",
            "--target-dir",
        ])
        .arg(made.parent().unwrap())
        .args(["--", "--test-threads", "1", "--nocapture"])
        .current_dir(tests.parent().unwrap())
        .env("RUSTC_WORKSPACE_WRAPPER", tests.join("tests/growth/counted.sh"))
        // Counters are added to by one thread at a time, or some of what is added is lost.
        .env("RAYON_NUM_THREADS", "1")
        .env("LLVM_PROFILE_FILE", profile.path().join("of-the-run"))
        .envs([("CARGO_PROFILE_DEV_DEBUG", "0"), ("CARGO_PROFILE_TEST_DEBUG", "0")])
        .output()
        .unwrap();
    let [out, error] = [&told.stdout, &told.stderr].map(|text| String::from_utf8_lossy(text));
    assert!(told.status.success() && out.contains("3 passed"), "{out}\n{error}");
}
