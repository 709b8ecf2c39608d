//! The published files through the program, from file to figure: what it prints is compared with what
//! was published, or with what the test works out from the raw file by itself.
//!
//! The data stand beside the project and are no part of it; without them nothing here is checked, and
//! every test says so.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod program;

use program::published::{
    BEDS, CLACKMANNANSHIRE, DELAYS, DELAYS_BY, LGBF_2020, LGBF_2021, LGBF_BY, SCOTLAND, SITES, SITES_TWICE,
    SITES_TWICE_BY, by_cell, cell, delays, delays_text, edited, maybe, near, number, sound,
};
use program::{INPUT, Row, Store, raw, shared};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

#[test]
fn the_published_rate_of_delayed_days_is_reached_from_the_monthly_file_for_every_council_and_year() {
    let Some(shared) = shared() else { return };
    let store = delays(&shared, None);
    let ours = by_cell(store.rows("values", &["--indicator", "NI-19", "--every", "financial-year"]));
    let golden = raw(&shared, "golden_ni19_council_finyear.csv");
    assert_eq!(golden.len(), 99);
    for published in &golden {
        let year = published["fin_year"].replace('-', "/");
        let what = format!("{} in {year}", published["name"]);
        let own = &ours[&cell(&published["CA"], &year)];
        let (rate, days, people) =
            (number(&own["value"]), number(&own["numerator"]), number(&own["denominator"]));
        assert_eq!(days, number(&published["bed_days_from_monthly"]), "{what}");
        assert_eq!(people, number(&published["population_75plus"]), "{what}");
        assert_eq!((own["marks"].as_str(), own["absent"].as_str()), ("", ""), "{what}");
        near(rate, 1000.0 * days / people, 1e-9, &what);
        let published_rate = number(&published["published_rate"]);
        let comparable = if published["CA"] == SCOTLAND {
            // The publisher's Scotland is the sum of its councils; people of unknown residence come on top.
            let councils = &ours[&cell("councils-of-scotland", &year)];
            assert_eq!(number(&councils["numerator"]), number(&published["bed_days_published"]), "{what}");
            assert!(days >= number(&councils["numerator"]), "{what}");
            number(&councils["value"])
        } else {
            assert_eq!(days, number(&published["bed_days_published"]), "{what}");
            rate
        };
        near(comparable, published_rate, 0.005, &what);
    }
}

#[test]
fn scotland_is_its_councils_and_unknown_residence_and_no_mean_of_rates() {
    let Some(shared) = shared() else { return };
    let store = delays(&shared, None);
    let ours = by_cell(store.rows("values", &["--indicator", "NI-19", "--every", "financial-year"]));
    for year in ["2017/18", "2018/19", "2019/20"] {
        let of = |column: &str, area: &str| number(&ours[&cell(area, year)][column]);
        let councils: Vec<&Row> =
            ours.values().filter(|r| r["area"].starts_with("S12") && r["period"] == year).collect();
        assert_eq!(councils.len(), 32);
        let days: f64 = councils.iter().map(|r| number(&r["numerator"])).sum();
        let unknown = of("numerator", "unknown-residence");
        assert!(unknown > 0.0, "{year}");
        assert_eq!(of("numerator", SCOTLAND), days + unknown, "{year}");
        let mean: f64 = councils.iter().map(|r| number(&r["value"])).sum::<f64>() / 32.0;
        if year == "2019/20" {
            near(mean, 710.8, 0.05, "the mean of the councils' rates, which nobody should publish");
            near(of("value", "councils-of-scotland"), 773.8, 0.05, "the published rate of Scotland");
            near(of("value", SCOTLAND), 1000.0 * 360_733.0 / 465_845.0, 1e-9, "Scotland with everybody");
        }
        // One partnership of two councils: the ratio of the sums.
        let sum = |column| of(column, CLACKMANNANSHIRE) + of(column, "S12000030");
        assert_eq!(of("numerator", "S37000005"), sum("numerator"));
        assert_eq!(of("denominator", "S37000005"), sum("denominator"));
        near(of("value", "S37000005"), 1000.0 * sum("numerator") / sum("denominator"), 1e-9, year);
    }
}

#[test]
fn an_area_and_its_benchmark_are_shown_for_the_same_windows_and_march_is_the_financial_year() {
    let Some(shared) = shared() else { return };
    let store = delays(&shared, None);
    let rolling = store.rows("values", &["--indicator", "NI-19", "--rolling", "12"]);
    let mut windows: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in &rolling {
        windows.entry(&row["area"]).or_default().push(&row["period"]);
    }
    assert!(windows.len() > 32 && windows.contains_key(SCOTLAND));
    for (area, periods) in &windows {
        assert_eq!(periods, &windows[SCOTLAND], "{area}");
    }
    let ours = by_cell(rolling);
    let years = by_cell(store.rows("values", &["--indicator", "NI-19", "--every", "financial-year"]));
    let mut compared = 0;
    for ((area, year), row) in &years {
        let end = format!("12 months to 20{}-03", &year[5..]);
        let window = &ours[&(area.clone(), end)];
        for column in ["value", "numerator", "denominator", "absent", "period_start", "period_end"] {
            assert_eq!(row[column], window[column], "{column} of {area} in {year}");
        }
        compared += usize::from(!row["value"].is_empty());
    }
    assert!(compared >= 99, "{compared}");
    // The file begins in July 2016: the first window with every month ends in June 2017.
    for (month, complete) in [("2017-05", false), ("2017-06", true)] {
        let row = &ours[&cell(CLACKMANNANSHIRE, &format!("12 months to {month}"))];
        assert_eq!(row["absent"].is_empty(), complete, "{row:?}");
    }
}

/// The file without one council in one month; with `stated` the rows of Scotland in that month remain.
fn with_a_hole(shared: &Path, stated: bool) -> String {
    edited(&delays_text(shared), |line| {
        let council = line.starts_with("S12000005,2018-09-01,");
        let nation = line.starts_with("S92000003,2018-09-01,");
        (!council && (stated || !nation)).then(|| line.to_owned())
    })
}

fn touches_the_hole(row: &Row) -> bool {
    ("2018-09".."2019-09").contains(&row["period"].trim_start_matches("12 months to "))
}

#[test]
fn one_missing_month_empties_exactly_the_twelve_windows_that_need_it() {
    let Some(shared) = shared() else { return };
    let query = ["--indicator", "NI-19", "--rolling", "12"];
    let whole = by_cell(delays(&shared, None).rows("values", &query));
    let holed = by_cell(delays(&shared, Some(&with_a_hole(&shared, true))).rows("values", &query));
    assert_eq!(whole.keys().collect::<Vec<_>>(), holed.keys().collect::<Vec<_>>());
    let containing = [CLACKMANNANSHIRE, "S37000005", "S08000019", "councils-of-scotland"];
    let mut emptied: BTreeMap<&str, usize> = BTreeMap::new();
    for (place, before) in &whole {
        let after = &holed[place];
        let (area, period) = (place.0.as_str(), &place.1);
        if !touches_the_hole(before) || !(containing.contains(&area) || area == SCOTLAND) {
            assert_eq!(before, after, "{area}, {period}");
        } else if area == SCOTLAND {
            // The file states Scotland itself: that figure stands in, and says so.
            assert_eq!(before["value"], after["value"], "{period}");
            assert_eq!(after["marks"], "stated total", "{period}");
        } else {
            assert_eq!(after["value"], "", "{area}, {period}");
            let reason = if area == CLACKMANNANSHIRE { "incomplete window" } else { "incomplete" };
            assert!(after["absent"].starts_with(reason), "{area}, {period}: {}", after["absent"]);
            *emptied.entry(area).or_default() += 1;
        }
    }
    assert_eq!(emptied, containing.iter().map(|area| (*area, 12)).collect());
}

#[test]
fn a_nation_of_which_one_council_is_missing_and_nothing_stated_is_incomplete() {
    let Some(shared) = shared() else { return };
    let store = delays(&shared, Some(&with_a_hole(&shared, false)));
    let rows =
        store.rows("values", &["--indicator", "NI-19", "--rolling", "12", "--area", SCOTLAND, "S12000006"]);
    let (mut incomplete, mut numbers) = (0, 0);
    for row in rows.iter().filter(|row| row["area"] == SCOTLAND) {
        if touches_the_hole(row) {
            assert!(row["value"].is_empty() && row["absent"].starts_with("incomplete"), "{row:?}");
            incomplete += 1;
        } else if row["absent"].is_empty() {
            assert_eq!(row["marks"], "", "{row:?}");
            numbers += 1;
        }
    }
    assert_eq!((incomplete, numbers), (12, 34 - 12));
}

/// Within four hours and attendances by board and month, over the sites of the raw rows.
fn emergency<'r>(
    rows: impl IntoIterator<Item = &'r Row>,
    within: &str,
    all: &str,
) -> BTreeMap<(String, String), (f64, f64)> {
    let mut boards: BTreeMap<(String, String), (f64, f64)> = BTreeMap::new();
    for row in rows {
        let month = format!("{}-{}", &row["Month"][..4], &row["Month"][4..]);
        let sum = boards.entry((row["HBT"].clone(), month)).or_default();
        *sum = (sum.0 + number(&row[within]), sum.1 + number(&row[all]));
    }
    boards
}

#[track_caller]
fn same_percentages(rows: Vec<Row>, expected: &BTreeMap<(String, String), (f64, f64)>) {
    let ours = by_cell(rows);
    let held: BTreeSet<_> = ours.iter().filter(|(_, row)| !row["value"].is_empty()).map(|(k, _)| k).collect();
    assert_eq!(held, expected.keys().collect(), "the boards and months with a figure");
    for (place, (within, all)) in expected {
        let row = &ours[place];
        assert_eq!((number(&row["numerator"]), number(&row["denominator"])), (*within, *all), "{place:?}");
        near(number(&row["value"]), 100.0 * within / all, 1e-9, &format!("{place:?}"));
    }
}

#[test]
fn the_four_hour_percentage_of_a_board_is_that_of_the_sum_over_its_sites() {
    let Some(shared) = shared() else { return };
    let store = Store::new("scotland-core-suite");
    sound(&store.ingest(&shared.join(SITES), "phs-ae-site-month", "2023-07-04", &[]));
    let expected = emergency(&raw(&shared, SITES), "NumberWithin4HoursAll", "NumberOfAttendancesAll");
    assert_eq!(expected.len(), 7 * 191);
    same_percentages(store.rows("values", &["--indicator", "MSG-3b"]), &expected);

    // The closest calls on both sides of the standard, and the newest months.
    let mut colours = BTreeMap::new();
    for month in ["2007-07", "2010-04", "2014-11", "2015-09", "2017-07", "2023-04", "2023-05"] {
        for row in store.rows("evaluate", &["--indicator", "MSG-3b", "--period", month]) {
            let (within, all) = expected[&cell(&row["area"], month)];
            let colour = if within / all >= 0.95 { "green" } else { "red" };
            assert_eq!((row["status"].as_str(), row["target"].as_str()), (colour, "95"), "{row:?}");
            near(number(&row["variance"]), 100.0 * within / all - 95.0, 1e-9, month);
            *colours.entry(colour).or_insert(0) += 1;
        }
    }
    assert_eq!(colours.values().sum::<i32>(), 7 * 7);
    assert!(colours.len() == 2 && colours.values().all(|n| *n >= 5), "{colours:?}");
}

/// One release of the file that holds two.
fn one_release(shared: &Path, vintage: &str) -> String {
    let text = std::fs::read_to_string(shared.join(SITES_TWICE)).unwrap();
    edited(&text, |line| line.starts_with(vintage).then(|| line.to_owned()))
}

const CELLS: [(&str, &str); 4] = [
    ("ae-attendances", "NumberOfAttendancesAggregate"),
    ("ae-within-4-hours", "NumberMeetingTargetAggregate"),
    ("ae-attendances-episode", "NumberOfAttendancesEpisode"),
    ("ae-within-4-hours-episode", "NumberMeetingTargetEpisode"),
];

#[test]
fn what_was_known_then_is_not_changed_by_what_is_known_now_and_the_difference_is_told_cell_by_cell() {
    let Some(shared) = shared() else { return };
    let store = Store::new("scotland-core-suite");
    for (vintage, known_at) in [("2022-04", "2022-06-07"), ("2022-06", "2022-08-02")] {
        let file = store.write("release.csv", one_release(&shared, vintage));
        sound(&store.ingest(&file, SITES_TWICE_BY, known_at, &[]));
    }
    let rows = raw(&shared, SITES_TWICE);
    let (old, new): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|row| row["vintage"] == "2022-04");
    let (within, all) = (CELLS[1].1, CELLS[0].1);
    let first = emergency(old.iter().copied(), within, all);
    let second = emergency(new.iter().copied(), within, all);
    assert_ne!(first, second);
    for (as_at, expected) in [
        ("2022-06-07", &first),
        ("2022-07-01", &first),
        ("2022-08-01", &first),
        ("1", &first),
        ("2022-08-02", &second),
        ("2", &second),
    ] {
        same_percentages(store.rows("values", &["--indicator", "MSG-3b", "--as-at", as_at]), expected);
    }
    // The day before the first release nothing was known.
    assert!(store.rows("values", &["--indicator", "MSG-3b", "--as-at", "2022-06-06"]).is_empty());

    let place = |row: &Row| {
        (
            format!("department={};site={}", row["DepartmentType"], row["TreatmentLocation"]),
            row["HBT"].clone(),
            format!("{}-{}", &row["Month"][..4], &row["Month"][4..]),
        )
    };
    let before: HashMap<_, &Row> = old.iter().map(|row| (place(row), *row)).collect();
    let mut expected = BTreeMap::new();
    for row in &new {
        for (measure, column) in CELLS {
            let known = before.get(&place(row));
            let (was, is) = (known.and_then(|row| maybe(&row[column])), maybe(&row[column]));
            if known.is_none() || was != is {
                let change = if known.is_none() { "new" } else { "revised" };
                expected.insert((measure.to_owned(), place(row)), (change.to_owned(), was, is));
            }
        }
    }
    let diff = store.rows("diff", &["--from", "1", "--to", "2"]);
    let (figures, statuses): (Vec<&Row>, Vec<&Row>) = diff.iter().partition(|row| row["kind"] == "figure");
    let mut told = BTreeMap::new();
    for row in figures {
        let (was, is) = (maybe(&row["old"]), maybe(&row["new"]));
        assert_eq!(maybe(&row["difference"]), was.zip(is).map(|(was, is)| is - was), "{row:?}");
        let key = (row["breakdown"].clone(), row["area"].clone(), row["period"].clone());
        told.insert((row["measure"].clone(), key), (row["change"].clone(), was, is));
    }
    assert_eq!(told, expected);
    let revised = |measure: &str| {
        told.iter().filter(|((of, _), (change, ..))| of == measure && change == "revised").count()
    };
    assert_eq!((revised("ae-attendances"), revised("ae-within-4-hours")), (13, 16));

    let met = |(within, all): (f64, f64)| if within / all >= 0.95 { "green" } else { "red" };
    let changed: BTreeSet<_> = first
        .iter()
        .map(|(place, parts)| (place, met(*parts), met(second[place])))
        .filter(|(_, was, is)| was != is)
        .map(|((board, month), was, is)| (board.as_str(), month.as_str(), was, is))
        .collect();
    assert!(!changed.is_empty());
    // Months that only the second release has come with their colours, and are not changed.
    let told: BTreeSet<_> = statuses
        .iter()
        .filter(|row| row["indicator"] == "MSG-3b" && !row["old_status"].is_empty())
        .map(|row| (&*row["area"], &*row["period"], &*row["old_status"], &*row["new_status"]))
        .collect();
    assert_eq!(told, changed);
}

#[test]
fn a_file_with_two_releases_makes_two() {
    let Some(shared) = shared() else { return };
    let store = Store::new("scotland-core-suite");
    sound(&store.ingest(&shared.join(SITES_TWICE), SITES_TWICE_BY, "2022-08-02", &[]));
    let releases = store.rows("releases", &[]);
    let dates: Vec<_> = releases.iter().map(|row| (&*row["release"], &*row["known_at"])).collect();
    // The date of the earlier one is not in the file: the end of the last month that it holds.
    assert_eq!(dates, [("1", "2022-04-30"), ("2", "2022-08-02")]);
    let rows = raw(&shared, SITES_TWICE);
    for (as_at, vintage) in [("1", "2022-04"), ("2", "2022-06")] {
        let expected = emergency(rows.iter().filter(|row| row["vintage"] == vintage), CELLS[1].1, CELLS[0].1);
        same_percentages(store.rows("values", &["--indicator", "MSG-3b", "--as-at", as_at]), &expected);
    }
    // A figure for a month cannot have been known before the month was over.
    let answer = store.ingest(&shared.join(SITES_TWICE), SITES_TWICE_BY, "2022-06-29", &[]);
    answer.refused(INPUT, &["2022-06-30", "2022-06-29"]);
    assert_eq!(store.rows("releases", &[]).len(), 2);
}

#[test]
fn every_row_of_every_published_file_is_accounted_for() {
    let Some(shared) = shared() else { return };
    for (file, profile, known_at, left_out, disagreements) in [
        (DELAYS, DELAYS_BY, "2020-06-02", 7_650, 0),
        (LGBF_2020, LGBF_BY, "2020-07-31", 0, 5),
        (LGBF_2021, LGBF_BY, "2021-02-26", 0, 9),
        (SITES, "phs-ae-site-month", "2023-07-04", 0, 0),
        (SITES_TWICE, SITES_TWICE_BY, "2022-08-02", 0, 0),
        (BEDS, "phs-beds-quarter", "2023-03-28", 3_360, 0),
        ("admissions_weekly_hscpA_simd_vintage_2022-03-02.csv", "phs-admissions-weekly", "2022-03-02", 0, 0),
        ("care_at_home_councilsA.csv", "phs-care-at-home", "2024-08-01", 5_480, 9),
    ] {
        let store = Store::new("scotland-core-suite");
        let receipt = sound(&store.ingest(&shared.join(file), profile, known_at, &[]));
        assert_eq!(receipt.rows, raw(&shared, file).len() as u64, "{file}");
        assert_eq!(receipt.rows - receipt.accepted, left_out, "{file}: rows left out");
        assert_eq!(receipt.disagreements, disagreements, "{file}: totals that are not their parts");
        assert_eq!(store.ask("verify", &[]).code, 0, "{file}");
    }
}

#[test]
fn a_rate_over_a_provisional_quarter_is_provisional_and_over_another_is_not() {
    let Some(shared) = shared() else { return };
    let store = Store::new("scotland-core-suite");
    sound(&store.ingest(&shared.join(BEDS), "phs-beds-quarter", "2023-03-28", &[]));
    let provisional: BTreeSet<String> = raw(&shared, BEDS)
        .iter()
        .filter(|row| row["QuarterQF"] == "p")
        .map(|row| format!("{} {}", &row["Quarter"][..4], &row["Quarter"][4..]))
        .collect();
    assert!(provisional.contains("2022 Q4") && !provisional.contains("2017 Q4"), "{provisional:?}");
    let rows = store.rows("values", &["--indicator", "BEDS-OCC"]);
    let mut seen = BTreeSet::new();
    for row in rows.iter().filter(|row| !row["value"].is_empty()) {
        let marked = row["marks"].split(", ").any(|mark| mark == "provisional");
        assert_eq!(marked, provisional.contains(&row["period"]), "{row:?}");
        seen.insert(marked);
    }
    assert_eq!(seen.len(), 2, "both kinds were seen");
}

/// A cell of the benchmarking file: area, year, series.
type Benchmark = (String, String, String);

/// The published indicators of a release of the benchmarking framework, by the codes of the areas.
fn benchmarks(shared: &Path, file: &str) -> BTreeMap<Benchmark, f64> {
    let golden = raw(shared, "golden_ni19_council_finyear.csv");
    let codes: HashMap<&str, &str> = golden.iter().map(|row| (&*row["name"], &*row["CA"])).collect();
    raw(shared, file)
        .iter()
        .filter(|row| row["Indicator2"].starts_with("SW"))
        .map(|row| {
            let measure = format!("lgbf-{}", row["Indicator2"].to_lowercase());
            let area = codes[&*row["Local Authority"]].to_owned();
            ((area, row["Year"].replace('-', "/"), measure), number(&row["Value"]))
        })
        .collect()
}

#[test]
fn revisions_of_a_published_series_are_told_and_a_relabelled_year_is_not_lost() {
    let Some(shared) = shared() else { return };
    let store = Store::new("scotland-core-suite");
    sound(&store.ingest(&shared.join(LGBF_2020), LGBF_BY, "2020-07-31", &[]));
    sound(&store.ingest(&shared.join(LGBF_2021), LGBF_BY, "2021-02-26", &[]));
    let (old, new) = (benchmarks(&shared, LGBF_2020), benchmarks(&shared, LGBF_2021));
    let expected: BTreeMap<&Benchmark, (&str, Option<f64>, f64)> = new
        .iter()
        .filter_map(|(key, is)| match old.get(key) {
            None => Some((key, ("new", None, *is))),
            Some(was) if was != is => Some((key, ("revised", Some(*was), *is))),
            Some(_) => None,
        })
        .collect();
    let diff = store.rows("diff", &["--from", "2020-07-31", "--to", "2021-02-26"]);
    let told: BTreeMap<Benchmark, (&str, Option<f64>, f64)> = diff
        .iter()
        .filter(|row| row["measure"].starts_with("lgbf-sw"))
        .map(|row| {
            let key = (row["area"].clone(), row["period"].clone(), row["measure"].clone());
            (key, (&*row["change"], maybe(&row["old"]), number(&row["new"])))
        })
        .collect();
    assert_eq!(told.iter().collect::<BTreeMap<_, _>>(), expected.iter().map(|(k, v)| (*k, v)).collect());
    let count = |measure: &str, change: &str| {
        told.iter().filter(|((_, _, of), (what, ..))| of == measure && *what == change).count()
    };
    // 297 council and Scotland values of each: figures of July 2020 that were not the same in February.
    assert_eq!(count("lgbf-sw1", "revised"), 8);
    assert_eq!((count("lgbf-sw2", "revised"), count("lgbf-sw5", "revised")), (10, 6));
    for unchanged in ["lgbf-sw3a", "lgbf-sw6", "lgbf-sw7", "lgbf-sw8"] {
        assert_eq!((count(unchanged, "revised"), count(unchanged, "new")), (0, 33), "{unchanged}");
    }
    // 2014-15 was relabelled 2013-14: new under the one label, as it was under the other, nowhere gone.
    assert_eq!((count("lgbf-sw4b", "revised"), count("lgbf-sw4b", "gone")), (0, 0));
    let of_year = |as_at: &str, year: &str| -> BTreeMap<String, String> {
        let rows = store.rows("values", &["--indicator", "NI-7", "--period", year, "--as-at", as_at]);
        rows.into_iter().map(|row| (row["area"].clone(), row["value"].clone())).collect()
    };
    let as_labelled_then = of_year("1", "2014/15");
    assert_eq!(as_labelled_then.len(), 33);
    assert!(as_labelled_then.values().all(|value| !value.is_empty()));
    assert_eq!(of_year("2", "2013/14"), as_labelled_then);
    assert_eq!(of_year("2", "2014/15"), as_labelled_then);
}
