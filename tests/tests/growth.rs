//! What an answer costs grows as its figures do: from four to sixteen times the months, areas, outcomes, releases or
//! rejections its cost grows by about four times what it grows by from one to four, and never by sixteen times that.
//!
//! What is counted is memory that is asked for, how often and how much: that is the same in every run, which a clock
//! is not. Work that needs no memory is not seen; the benches time it.
#![allow(unsafe_code, reason = "an allocator that counts hands everything on to that of the system")]
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use kilter::Date;
use kilter::engine::{
    Among, AsAt, Charts, Columns, CompareQuery, Engine, EscalationsQuery, EvaluateQuery, Ingest, Limits,
    Mode, Ranks, ScorecardQuery, Statuses, ValuesQuery, View,
};
use kilter::ingest::OnRejection;
use kilter_core::framework::Text;
use std::alloc::{GlobalAlloc, Layout, System};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

struct Counting;

static CALLS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

fn count(bytes: usize) {
    CALLS.fetch_add(1, Relaxed);
    BYTES.fetch_add(bytes as u64, Relaxed);
}

// SAFETY: what is asked for is asked of the allocator of the system, as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// How much there is of everything.
#[derive(Clone, Copy)]
struct World {
    areas: usize,
    months: usize,
    outcomes: usize,
    releases: usize,
}

const WORLD: World = World { areas: 4, months: 48, outcomes: 3, releases: 2 };

fn framework(world: World) -> Text {
    let mut text = String::from(
        r#"
        framework = { id = "f", title = "F", area = "a0" }
        level = [{ id = "team", title = "Team" }, { id = "board", title = "Board" }]
        escalation = [{ id = "up", title = "Up", from = "team", to = "board", raise_after = 2, clear_after = 2 }]
        measure = [
            { id = "falls", title = "Falls", unit = "falls", frequency = "month", over_time = "sum", over_areas = "none" },
            { id = "people", title = "People", unit = "people", frequency = "calendar-year", over_time = "none", over_areas = "none" },
        ]
        "#,
    );
    let mut put = |part: std::fmt::Arguments<'_>| text.write_fmt(part).unwrap();
    for area in 0..world.areas {
        put(format_args!("[[area]]\ncode = \"a{area}\"\nname = \"A{area}\"\nkind = \"council\"\n"));
    }
    for outcome in 0..world.outcomes {
        put(format_args!(
            "[[outcome]]\nid = \"o{outcome}\"\nkind = \"local\"\ntitle = \"O{outcome}\"\n\
             [[indicator]]\nid = \"I{outcome}\"\ntitle = \"I\"\nfrequency = \"month\"\npolarity = \"lower\"\ndecimals = 1\n\
             unit = \"per 1,000\"\ninterval = \"byar\"\noutcomes = [{{ id = \"o{outcome}\" }}]\n\
             calculation = {{ rate = {{ numerator = \"falls\", denominator = \"people\", per = 1000, \
             population_year = \"calendar-year\", carry_forward = 40 }} }}\n\
             compare = {{ with = {{ area = \"a0\" }}, test = \"interval against value\", confidence = [95] }}\n\
             [[target]]\nindicator = \"I{outcome}\"\nfrom = \"1990-01\"\nvalue = 300\ntolerance = {{ relative = 5 }}\n"
        ));
    }
    Text::new("f.toml", &text)
}

fn known_at(release: usize) -> Date {
    Date::from_ymd_opt(2024, 1 + release as u32 / 28, 1 + release as u32 % 28).unwrap()
}

fn rows(world: World, release: usize) -> String {
    let mut rows = String::from("measure,area,period,value\n");
    for area in 0..world.areas {
        if release == 0 {
            let _ = writeln!(rows, "people,a{area},1990,100");
        }
        // Each release says the same months of a year anew, and the first says all.
        for month in 0..if release == 0 { world.months } else { 12 } {
            let value = 20 + (area * 7 + month * 5 + release) % 19;
            let _ = writeln!(rows, "falls,a{area},{}-{:02},{value}", 1990 + month / 12, month % 12 + 1);
        }
    }
    rows
}

fn take(engine: &mut Engine, file: &Path, rows: &str, release: usize, on_rejection: OnRejection) -> usize {
    std::fs::write(file, rows).unwrap();
    let known_at = known_at(release);
    let ingest = Ingest { profile: None, source: "ours", known_at, on_rejection, note: None };
    engine.ingest(file, &ingest, |_, _| true).unwrap().rejected as usize
}

/// A store of that world.
fn store(folder: &Path, world: World) -> std::path::PathBuf {
    let path = folder.join("store");
    let mut engine = Engine::create_from(&path, &[framework(world)], "ours", known_at(0)).unwrap();
    for release in 0..world.releases {
        let rows = rows(world, release);
        take(&mut engine, &folder.join("rows.csv"), &rows, release, OnRejection::Refuse);
    }
    path
}

/// How often memory is asked for, and how many bytes.
fn cost(work: impl FnOnce()) -> [u64; 2] {
    let before = [&CALLS, &BYTES].map(|counter| counter.load(Relaxed));
    work();
    [CALLS.load(Relaxed) - before[0], BYTES.load(Relaxed) - before[1]]
}

/// The cost of a question to a store that has just been opened.
fn asked(world: World, ask: &dyn Fn(&Engine)) -> [u64; 2] {
    let folder = tempfile::tempdir().unwrap();
    let path = store(folder.path(), world);
    cost(|| ask(&Engine::open(&path, Mode::Read).unwrap()))
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

fn refused(rows: usize) -> [u64; 2] {
    let folder = tempfile::tempdir().unwrap();
    let path = store(folder.path(), WORLD);
    let mut engine = Engine::open(&path, Mode::Write).unwrap();
    let mut text = String::from("measure,area,period,value\nfalls,a0,1990-01,5\n");
    for row in 0..rows {
        // Each is wrong by itself, and every third is said twice.
        let _ = writeln!(text, "falls,a{},{}-13,{row}", row % 5, 1990 + row / 3);
    }
    let file = folder.path().join("wrong.csv");
    cost(|| assert_eq!(take(&mut engine, &file, &text, 40, OnRejection::Keep), rows))
}

/// From four to sixteen times as much the cost grows by so many times at most what it grows by from one to four:
/// sorting and memory that doubles add to four, and a square makes sixteen.
const MOST: u64 = 7;

/// What is wrong with the costs of one, four and sixteen times as much. What is the same for all of them counts for
/// nothing, and growth by less than a fiftieth of it for none.
fn wrong([one, four, sixteen]: [u64; 3]) -> Option<&'static str> {
    let (early, late, nothing) = (four.saturating_sub(one), sixteen.saturating_sub(four), one / 50);
    (late > MOST * early + nothing).then_some("costs too much")
}

#[test]
fn no_cost_grows_as_a_square() {
    let rolling = |engine: &Engine| {
        engine.values(&ValuesQuery { rolling: Some(12), ..ValuesQuery::default() }).unwrap();
    };
    let evaluate = |engine: &Engine| {
        engine.evaluate(&EvaluateQuery::default()).unwrap();
    };
    let compare = |engine: &Engine| {
        engine.compare(&CompareQuery::default()).unwrap();
    };
    let chart = |engine: &Engine| {
        engine.chart(&EvaluateQuery::default()).unwrap();
    };
    let roll_up = |engine: &Engine| {
        engine.roll_up(&ScorecardQuery::default()).unwrap();
    };
    let card = |engine: &Engine| {
        engine.scorecard_table(&ScorecardQuery::default()).unwrap();
    };
    let escalations = |engine: &Engine| {
        let every_step = EscalationsQuery { every_step: true, ..EscalationsQuery::default() };
        engine.escalations(&every_step).unwrap();
    };
    let as_known = |engine: &Engine| {
        engine.values(&ValuesQuery::default()).unwrap();
        engine.values(&ValuesQuery::default().as_at(AsAt::Date(known_at(3)))).unwrap();
    };
    let months = |n| World { months: n * 24, ..WORLD };
    let areas = |n| World { areas: n * 6, ..WORLD };
    let outcomes = |n| World { outcomes: n * 5, ..WORLD };
    let releases = |n| World { areas: 1, months: 12, outcomes: 1, releases: n * 8 };
    type Case<'c> = (&'c str, &'c dyn Fn(usize) -> World, &'c dyn Fn(&Engine));
    let cases: [Case<'_>; 14] = [
        ("windows, by months", &months, &rolling),
        ("evaluations, by months", &months, &evaluate),
        ("charts, by months", &months, &chart),
        ("columns, by months", &months, &columns),
        ("escalations, by months", &months, &escalations),
        ("windows, by areas", &areas, &rolling),
        ("evaluations, by areas", &areas, &evaluate),
        ("comparisons, by areas", &areas, &compare),
        ("columns, by areas", &areas, &columns),
        ("the roll-up, by outcomes", &outcomes, &roll_up),
        ("the scorecard, by outcomes", &outcomes, &card),
        ("escalations, by indicators", &outcomes, &escalations),
        ("columns, by indicators", &outcomes, &columns),
        ("as known, by releases", &releases, &as_known),
    ];
    // The threads of the process are made before anything is counted.
    asked(WORLD, &columns);
    let mut found = Vec::new();
    let mut check = |what: &str, costs: [[u64; 2]; 3]| {
        let [calls, bytes] = [0, 1].map(|k| costs.map(|cost| cost[k]));
        let grows = bytes[2] > bytes[0] + bytes[0] / 50;
        let wrong = wrong(calls).or(wrong(bytes)).or((!grows).then_some("was not counted"));
        found.extend(wrong.map(|wrong| format!("{what}: {wrong}: {calls:?} times, {bytes:?} bytes")));
    };
    for (what, world, ask) in cases {
        check(what, [1, 4, 16].map(|times| asked(world(times), ask)));
    }
    check("rejections, by rows", [100, 400, 1600].map(refused));
    assert!(found.is_empty(), "of one, four and sixteen times as much:\n{}", found.join("\n"));
}

#[test]
fn a_square_is_found_and_a_line_with_a_beginning_is_not() {
    let costs = |of: fn(u64) -> u64| [10, 40, 160].map(of);
    assert_eq!(wrong(costs(|n| 5000 + 30 * n)), None);
    assert_eq!(wrong(costs(|n| 5000 + 3 * n * n.ilog2() as u64)), None);
    assert_eq!(wrong(costs(|n| 5000 + 30 * n + n * n)), Some("costs too much"));
}
