//! What columns say is what tables say, of figures with gaps, breaks, values left out and bands.

use super::{Among, Charts, Columns, Limits, Ranks, Statuses};
use crate::engine::{
    AsAt, CompareQuery, Engine, EvaluateQuery, Ingest, Mode, Selection, ValuesQuery, View, With,
};
use crate::ingest::OnRejection;
use crate::table::{Column, Table};
use kilter_core::evaluate::{ChartPlan, Standing};
use kilter_core::framework::Text;
use kilter_core::method::Lack;
use kilter_core::target::Status;
use kilter_core::time::Date;
use std::fmt::Write as _;
use std::path::Path;

const AREAS: usize = 11;
const MONTHS: usize = 40;

fn framework() -> Text {
    let mut text = String::from(
        r#"
        framework = { id = "f", title = "F" }
        standard = [{ id = "s", title = "S", weights = { "0-64" = 800, "65+" = 200 } }]
        measure = [
            { id = "falls", title = "Falls", unit = "falls", frequency = "month", over_time = "sum", over_areas = "none" },
            { id = "people", title = "People", unit = "people", frequency = "calendar-year", over_time = "none", over_areas = "none" },
            { id = "events", title = "Events", unit = "events", frequency = "calendar-year", over_time = "sum", over_areas = "none", dimensions = [{ id = "age", title = "Age", categories = ["0-64", "65+"] }] },
            { id = "lives", title = "Lives", unit = "people", frequency = "calendar-year", over_time = "sum", over_areas = "none", dimensions = [{ id = "age", title = "Age", categories = ["0-64", "65+"] }] },
        ]
        target = [{ indicator = "R", from = "2020-01", value = 300, tolerance = { relative = 5 } }]
        "#,
    );
    let calculation = r#"calculation = { rate = { numerator = "falls", denominator = "people", per = 1000, population_year = "calendar-year", carry_forward = 0 } }"#;
    let indicator = |id: &str, polarity: &str, chart: &str| {
        format!(
            "[[indicator]]\nid = \"{id}\"\ntitle = \"{id}\"\n{calculation}\nfrequency = \"month\"\npolarity = \"{polarity}\"\n\
             decimals = 1\nunit = \"per 1,000\"\ninterval = \"byar\"\ncompare = {{ with = {{ area = \"all\" }}, \
             test = \"interval against value\", confidence = [95] }}\nchart = {{ {chart} }}\n"
        )
    };
    text += "area = [{ code = \"all\", name = \"All\", kind = \"scotland\" }, { code = \"g1\", name = \"G1\", kind = \"group\", parts = [\"a0\", \"a1\", \"a2\", \"a3\", \"a4\"] }, { code = \"g2\", name = \"G2\", kind = \"group\", parts = [\"a4\", \"a6\", \"a7\"] },";
    for area in 0..AREAS {
        let _ = write!(text, "{{ code = \"a{area}\", name = \"A{area}\", kind = \"council\" }},");
    }
    text += "]\n";
    text += &indicator("R", "lower", r#"kind = "xmr", signals = "making data count", screening = "off""#);
    text += &indicator(
        "S",
        "higher",
        r#"kind = "xmr", signals = "nhsrplotthedots", screening = "once", rebase = ["2021-05"], fix_after = 12, exclude = [{ period = "2020-07", reason = "a storm" }, { period = "2022-01", area = "a3", reason = "a strike" }]"#,
    );
    text += &indicator("U", "lower", r#"kind = "u""#);
    text += "[[indicator]]\nid = \"D\"\ntitle = \"D\"\nfrequency = \"calendar-year\"\npolarity = \"lower\"\ndecimals = 1\n\
             unit = \"per 1,000\"\ninterval = \"dobson\"\ncalculation = { standardised = { numerator = \"events\", \
             denominator = \"lives\", per = 1000, by = \"age\", standard = \"s\" } }\n";
    Text::new("f.toml", &text)
}

fn take(engine: &mut Engine, folder: &Path, name: &str, rows: &str) {
    let file = folder.join(name);
    std::fs::write(&file, rows).unwrap();
    let known_at = Date::from_ymd_opt(2024, 1, 1).unwrap();
    let ingest =
        Ingest { profile: None, source: "ours", known_at, on_rejection: OnRejection::Refuse, note: None };
    assert_eq!(engine.ingest(&file, &ingest, |_, _| true).unwrap().rejected, 0);
}

/// A store of figures that wander, with gaps, and in which the series of one area is broken.
fn engine(folder: &Path) -> Engine {
    let (store, day) = (folder.join("store"), Date::from_ymd_opt(2024, 1, 1).unwrap());
    let mut engine = Engine::create_from(&store, &[framework()], "ours", day).unwrap();
    let mut seed = 7u64;
    let mut any = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let (mut counts, mut marked, mut years, mut ages) = (
        String::from("measure,area,period,value\n"),
        String::from("measure,area,period,value,mark\n"),
        String::from("measure,area,period,value\n"),
        String::from("measure,area,age,period,value\n"),
    );
    for area in (0..AREAS).map(|area| format!("a{area}")).chain(["all".to_owned()]) {
        let mut level = 20 + any(15);
        for month in 0..MONTHS {
            level = (level + any(5)).saturating_sub(2);
            let (year, month) = (2020 + month / 12, month % 12 + 1);
            if any(12) == 0 {
                continue;
            }
            if (area.as_str(), year, month) == ("a5", 2021, 3) {
                let _ = writeln!(marked, "falls,{area},{year}-{month:02},{level},break");
            } else {
                let _ = writeln!(counts, "falls,{area},{year}-{month:02},{level}");
            }
        }
        // So many years that the bands of all areas do not lie in one chunk.
        for year in 2000..2024 {
            if year >= 2020 && any(20) > 0 {
                let _ = writeln!(years, "people,{area},{year},{}", 90 + any(20));
            }
            for band in ["0-64", "65+"] {
                if any(30) > 0 {
                    let _ = writeln!(ages, "events,{area},{band},{year},{}", any(14));
                }
                let _ = writeln!(ages, "lives,{area},{band},{year},{}", any(14) * 10);
            }
        }
    }
    for (name, rows) in
        [("counts.csv", counts), ("marked.csv", marked), ("years.csv", years), ("ages.csv", ages)]
    {
        take(&mut engine, folder, name, &rows);
    }
    drop(engine);
    Engine::open(&store, Mode::Read).unwrap()
}

fn selection(indicator: &str) -> Selection {
    Selection { indicators: vec![indicator.to_owned()], areas: Vec::new(), as_at: AsAt::Latest }
}

fn numbers(table: &Table, name: &str) -> Vec<Option<f64>> {
    match table.column(name) {
        Some(Column::Number(cells)) => cells.iter().collect(),
        Some(Column::Integer(cells)) => cells.iter().map(|cell| cell.map(|cell| cell as f64)).collect(),
        _ => panic!("{name} is no column of numbers"),
    }
}

fn texts(table: &Table, name: &str) -> Vec<Option<String>> {
    match table.column(name) {
        Some(Column::Text(cells)) => (0..cells.len()).map(|row| cells.get(row).map(str::to_owned)).collect(),
        _ => panic!("{name} is no column of texts"),
    }
}

#[test]
fn values_and_what_they_lack_are_those_of_the_table() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path());
    let (mut columns, mut marked) = (Columns::default(), Columns::with_absent(-7.0));
    for (indicator, rolling) in [("R", None), ("R", Some(12)), ("R", Some(3)), ("D", None)] {
        let query = ValuesQuery { selection: selection(indicator), rolling, ..ValuesQuery::default() };
        engine.columns(&query, &mut columns).unwrap();
        engine.columns(&query, &mut marked).unwrap();
        let both = columns.blocks()[0].values().iter().zip(marked.blocks()[0].values());
        for ((value, marked), lack) in both.zip(columns.blocks()[0].lacks()) {
            let expected = if *lack == Lack::NONE { *value } else { -7.0 };
            assert_eq!(marked.to_bits(), expected.to_bits(), "{indicator}");
            assert!(*lack == Lack::NONE || *value == 0.0);
        }
        let table = engine.values(&query).unwrap();
        let block = &columns.blocks()[0];
        let cells = || block.values().iter().zip(block.lacks());
        let values: Vec<Option<f64>> =
            cells().map(|(value, lack)| (*lack == Lack::NONE).then_some(*value)).collect();
        assert_eq!(values, numbers(&table, "value"), "{indicator}");
        let reasons: Vec<Option<String>> =
            cells().map(|(_, lack)| lack.reason().map(|reason| reason.to_string())).collect();
        assert_eq!(reasons, texts(&table, "absent"), "{indicator}");
        assert!(!block.rows.is_empty(), "{indicator} comes from a panel");
        assert!(values.iter().flatten().count() > 10 && reasons.iter().flatten().count() > 10, "{indicator}");
    }
}

#[test]
fn statuses_limits_and_standings_are_those_of_the_tables() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path());
    let (mut columns, mut statuses, mut limits) =
        (Columns::default(), Statuses::default(), Limits::default());
    for indicator in ["R", "S", "D"] {
        let query = ValuesQuery { selection: selection(indicator), ..ValuesQuery::default() };
        engine.columns(&query, &mut columns).unwrap();
        engine.status_columns(&columns, &View::default(), &mut statuses).unwrap();
        engine.limit_columns(&columns, &mut limits).unwrap();
        let block = &columns.blocks()[0];
        let mut assessed = 0;
        for (place, period) in block.periods().iter().enumerate() {
            let period = period.to_string();
            let asked = EvaluateQuery { period: Some(period.clone()), ..EvaluateQuery::of(indicator) };
            let table = engine.evaluate(&asked).unwrap();
            let compared = engine.compare(&CompareQuery::of(indicator).period(&period)).unwrap();
            let known = |table: &Table| -> Vec<Option<usize>> {
                let area = |text: &Option<String>| {
                    block.areas().iter().position(|a| Some(a.as_str()) == text.as_deref())
                };
                texts(table, "area").iter().map(area).collect()
            };
            let status = texts(&table, "status");
            for (row, area) in known(&table).into_iter().enumerate() {
                let Some(area) = area else { continue };
                let code = statuses.blocks()[0][area * block.periods().len() + place].status();
                assert_eq!(Some(code.to_string()), status[row], "{indicator} {period}");
                assessed += u32::from(matches!(code, Status::Assessed(_)));
            }
            let (lower, upper) = (numbers(&compared, "lower"), numbers(&compared, "upper"));
            let standing = texts(&compared, "standing");
            for (row, area) in known(&compared).into_iter().enumerate() {
                let Some(area) = area else { continue };
                let cell = area * block.periods().len() + place;
                let of = &limits.blocks()[0];
                let there = |limit: f64| (!limit.is_nan()).then_some(limit);
                assert_eq!(
                    (there(of.lower[cell]), there(of.upper[cell])),
                    (lower[row], upper[row]),
                    "{period}"
                );
                let found =
                    usize::from(of.standings[cell]).checked_sub(1).map(|place| Standing::NAMES[place].0);
                assert_eq!(found.map(str::to_owned), standing[row], "{indicator} {period}");
            }
        }
        assert_eq!(assessed > 100, indicator == "R", "{indicator}: {assessed} are judged by a target");
    }
}

#[test]
fn charts_are_those_of_the_table_whatever_begins_anew_or_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path());
    let (mut columns, mut charts) = (Columns::default(), Charts::default());
    for indicator in ["R", "S", "U"] {
        // The table ends where the values of an area do: this is the last month of all.
        let last = format!("{}-{:02}", 2020 + (MONTHS - 1) / 12, (MONTHS - 1) % 12 + 1);
        let asked = EvaluateQuery { period: Some(last.clone()), ..EvaluateQuery::of(indicator) };
        let table = engine.chart(&asked).unwrap();
        engine
            .columns(&ValuesQuery { selection: selection(indicator), ..ValuesQuery::default() }, &mut columns)
            .unwrap();
        engine.chart_columns(&columns, &mut charts).unwrap();
        let (block, chart) = (&columns.blocks()[0], &charts.blocks()[0]);
        let n = block.periods().len();
        let (areas, periods) = (texts(&table, "area"), texts(&table, "period"));
        let (signals, no_chart) = (texts(&table, "signals"), texts(&table, "no_chart"));
        let columns_of = ["mean", "lower_limit", "near_lower", "near_upper", "upper_limit"];
        let lines = columns_of.map(|name| numbers(&table, name));
        let (mut seen, mut special) = (0, 0);
        for row in 0..table.rows() {
            assert_eq!(no_chart[row], None);
            let area =
                block.areas().iter().position(|area| Some(area.as_str()) == areas[row].as_deref()).unwrap();
            let place = block.periods().iter().position(|p| Some(p.to_string()) == periods[row]).unwrap();
            let names: Vec<String> =
                chart.signals[area * n + place].iter().map(|signal| signal.to_string()).collect();
            assert_eq!((!names.is_empty()).then(|| names.join(", ")), signals[row], "{indicator} row {row}");
            special += names.len();
            let of: Vec<_> =
                chart.stretches.iter().filter(|s| s.area == area && s.places.contains(&place)).collect();
            assert_eq!(of.len(), 1, "every place has its lines once");
            let limit = |of: fn(kilter_core::method::control_chart::Limits) -> f64,
                         s: &crate::engine::Stretch| s.limits.map(of);
            let found = [
                of[0].centre,
                limit(|l| l.lower, of[0]),
                limit(|l| l.near_lower, of[0]),
                limit(|l| l.near_upper, of[0]),
                limit(|l| l.upper, of[0]),
            ];
            assert_eq!(found, [0, 1, 2, 3, 4].map(|k| lines[k][row]), "{indicator} row {row}");
            seen += 1;
        }
        assert_eq!(seen, block.values().len(), "{indicator}");
        assert!(special > 5 || indicator == "U", "{indicator} has patterns");
        let framework = engine.framework(AsAt::Latest).unwrap();
        let plan = ChartPlan::new(framework.indicator(indicator).unwrap(), block.periods());
        assert_eq!(plan.is_some(), indicator != "U", "{indicator}: not all are asked for one by one");
        assert!(chart.stretches.is_sorted_by_key(|stretch| (stretch.area, stretch.places.start)));
    }
}

#[test]
fn ranks_are_those_of_comparisons_among_all_of_a_kind_and_among_groups() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path());
    let (mut columns, mut ranks) = (Columns::default(), Ranks::default());
    for indicator in ["R", "S", "D"] {
        let every = ValuesQuery { selection: selection(indicator), ..ValuesQuery::default() };
        let mut some = every.clone();
        some.selection.areas = vec!["a3".to_owned(), "a0".to_owned(), "a10".to_owned()];
        for query in [every, some] {
            engine.columns(&query, &mut columns).unwrap();
            let last = columns.blocks()[0].periods().last().unwrap().to_string();
            for groups in [None, Some(vec!["g1"]), Some(vec!["g2", "g1"])] {
                let among = groups.as_ref().map_or(Among::Kind, |groups| {
                    Among::Groups(groups.iter().map(|group| (*group).to_owned()).collect())
                });
                engine.rank_columns(&columns, &among, &mut ranks).unwrap();
                let block = &columns.blocks()[0];
                let mut expected = vec![(0, 0); block.areas().len()];
                let each: Vec<Option<&str>> = match &groups {
                    None => vec![None],
                    Some(groups) => groups.iter().rev().map(|group| Some(*group)).collect(),
                };
                for group in each {
                    let asked = CompareQuery {
                        among: group.map(str::to_owned),
                        with: Some(With::Scotland),
                        ..CompareQuery::of(indicator).period(&last)
                    };
                    let table = engine.compare(&asked).unwrap();
                    let (rank, ranked) = (numbers(&table, "rank"), numbers(&table, "ranked"));
                    for (row, area) in texts(&table, "area").iter().enumerate() {
                        let place = block.areas().iter().position(|a| Some(a.as_str()) == area.as_deref());
                        if let (Some(place), Some(rank), Some(ranked)) = (place, rank[row], ranked[row]) {
                            expected[place] = (rank as u32, ranked as u32);
                        }
                    }
                }
                let of = &ranks.blocks()[0];
                let found: Vec<(u32, u32)> =
                    of.ranks.iter().copied().zip(of.ranked.iter().copied()).collect();
                assert_eq!(found, expected, "{indicator} {among:?}");
                assert!(found.iter().any(|found| found.0 > 1) || groups.is_some());
            }
        }
    }
}
