//! What becomes of rows, told by small files.

use super::batch::Point;
use super::*;
use arrow_array::{ArrayRef, Float64Array, RecordBatch, RecordBatchIterator, StringArray, StringViewArray};
use kilter_core::framework::Text;
use kilter_core::series::SeriesKey;
use proptest::prelude::*;
use std::sync::Arc;

const FRAMEWORK: &str = r#"
[framework]
id = "own"
title = "Own"
[[area]]
code = "S12000005"
name = "Clackmannanshire"
kind = "council"
[[area]]
code = "S12000047"
name = "Fife"
kind = "council"
[[area]]
code = "S12000015"
name = "Fife"
kind = "council"
valid_to = "2018-02-01"
replaced_by = "S12000047"
[[area]]
code = "both"
name = "Both"
kind = "group"
parts = ["S12000005", "S12000047"]
[[measure]]
id = "days"
title = "Days"
unit = "days"
frequency = "month"
over_time = "sum"
over_areas = "sum"
dimensions = [{ id = "reason", categories = ["health", "code 9"] }]
"#;

const PROFILE: &str = r#"
[profile]
id = "own"
title = "Own"
fill_zero = true
[area]
column = "area"
totals = ["both"]
[period]
column = "month"
kind = "month"
format = "yyyymm"
[[breakdown]]
dimension = "reason"
column = "reason"
totals = ["all"]
[[measure]]
id = "days"
value = "days"
qualifier = "mark"
"#;

fn read(rows: &str, on_rejection: OnRejection) -> Result<FileContents, IngestError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.csv");
    std::fs::write(&path, format!("area,month,reason,days,mark\n{rows}")).unwrap();
    let framework = Framework::from_texts(&[Text::new("own", FRAMEWORK)]).unwrap();
    let profile = Profile::new(&ProfileDocument::parse("own", PROFILE).unwrap(), &framework).unwrap();
    let request = Request {
        path: &path,
        profile: Some(&profile),
        framework: &framework,
        known_at: Date::default(),
        on_rejection,
    };
    read_file(&request, |_| Ok(Dataset::new()), |_, _| true)
}

fn refused(rows: &str) -> Receipt {
    match read(rows, OnRejection::Refuse) {
        Err(IngestError::Rejected { receipt }) => *receipt,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_profile_that_does_not_fit_its_framework_is_refused_with_everything_at_once() {
    let framework = Framework::from_texts(&[Text::new("own", FRAMEWORK)]).unwrap();
    let text = PROFILE
        .replace("format = \"yyyymm\"", "format = \"mmyyyy\"")
        .replace("totals = [\"both\"]", "by = \"postcode\"\ntotals = [\"S12000005\"]")
        .replace("dimension = \"reason\"", "dimension = \"age\"")
        .replace("fill_zero = true", "fill_zero = true\ndelimiter = \"||\"\nblank = \"nothing\"");
    let document = ProfileDocument::parse("own", &text).unwrap();
    let problems = Profile::new(&document, &framework).unwrap_err().to_string();
    for expected in [
        "delimiter \"||\" is not one character",
        "\"nothing\" is not an absence",
        "format \"mmyyyy\" is not known",
        "by \"postcode\" is not known",
        "the rows of S12000005 are said to be totals, and the framework does not say of which parts",
    ] {
        assert!(problems.contains(expected), "{expected}\n--\n{problems}");
    }
    let text = PROFILE.replace("dimension = \"reason\"", "dimension = \"age\"");
    let problems = Profile::new(&ProfileDocument::parse("own", &text).unwrap(), &framework).unwrap_err();
    assert!(
        problems.to_string().contains("the measure days of the framework is not broken down by it"),
        "{problems}"
    );
    let problems = ProfileDocument::parse("own", "[profile]\nid = 3\n").unwrap_err().to_string();
    assert!(problems.starts_with("profile own: line 2: "), "{problems}");
    let text = PROFILE.replace("id = \"days\"", "id = \"nights\"");
    let problems = Profile::new(&ProfileDocument::parse("own", &text).unwrap(), &framework).unwrap_err();
    assert!(problems.to_string().contains("has none of its measures (nights)"), "{problems}");
}

#[test]
fn a_real_area_of_others_is_left_out_and_a_slip_of_the_pen_is_refused() {
    let receipt = refused(
        "S12000005,201604,health,1,\nS12000030,201604,health,1,\nS1200005,201604,health,1,\nS1200005,201605,health,1,\n",
    );
    assert_eq!((receipt.accepted, receipt.rejected), (1, 2));
    assert_eq!(receipt.left_out["areas that the framework does not have"], 1);
    let text = receipt.to_string();
    assert!(text.contains("line 4, column area: \"S1200005\" is not the code of an area of the framework own (1 more row like it)"), "{text}");
}

#[test]
fn every_refusal_of_a_row_is_told_with_line_and_column() {
    let receipt = refused("S12000005,2016,old age,many,q\n");
    let told: Vec<_> = receipt.rejections.iter().map(|r| (r.line, r.column.as_str())).collect();
    assert_eq!(told, [(2, "month"), (2, "days"), (2, "reason")]);
    let receipt =
        refused("S12000005,201604,old age,1,\nS12000005,201604,health\nS12000005,201604,health,,\n");
    let reasons: Vec<_> = receipt.rejections.iter().map(|r| r.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "\"old age\" is not a category of reason of days; expected one of health, code 9",
            "the row has 3 fields, and the file has 5 columns",
            "the value is blank and no qualifier says why",
        ]
    );
}

/// The series of a file that is one release.
fn kept(releases: Vec<FileRelease>) -> Vec<(SeriesKey, Series)> {
    let [release] = releases.try_into().unwrap();
    release.into_parts(1).flatten().collect()
}

#[test]
fn an_archived_code_leads_to_its_successor_and_rows_after_its_last_day_are_counted() {
    let FileContents { releases, receipt } =
        read("S12000015,201604,health,1,\nS12000015,201803,health,2,\n", OnRejection::Refuse).unwrap();
    let (key, series) = &kept(releases)[0];
    assert_eq!((key.area.as_str(), series.values()), ("S12000047", &[1.0, 2.0][..]));
    let recoded = receipt.recoded[&("S12000015".to_owned(), "S12000047".to_owned())];
    assert_eq!((recoded.rows, recoded.late), (2, 1));
}

#[test]
fn totals_are_checked_over_reasons_and_areas_and_a_doubled_one_is_known_for_what_it_is() {
    let rows = "S12000005,201604,health,3,\nS12000005,201604,code 9,4,\nS12000005,201604,all,14,\n\
                S12000047,201604,all,5,\nboth,201604,all,19,\n";
    let receipt = read(rows, OnRejection::Refuse).unwrap().receipt;
    assert_eq!(receipt.totals_checked, 2);
    let told: Vec<_> = receipt.disagreements.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        ["line 4: days of S12000005 in 2016-04 is stated as 14, and the categories of reason add up to 7 \
             (2 times as much: a total added to its parts?)"]
    );
}

#[test]
fn a_missing_part_is_zero_only_where_the_others_reach_the_total() {
    let rows = "S12000005,201604,health,3,\nS12000005,201604,all,3,\n\
                S12000005,201605,health,3,\nS12000005,201605,all,4,\n";
    let contents = read(rows, OnRejection::Refuse).unwrap();
    assert_eq!(contents.receipt.zeros, 1);
    let series = kept(contents.releases);
    let (_, series) = series.iter().find(|(key, _)| key.breakdown.to_string() == "reason=code 9").unwrap();
    assert_eq!((series.len(), series.values()), (1, &[0.0][..]));
    assert!(series.at(0).marks().has(kilter_core::series::Marks::DERIVED));
}

#[test]
fn sound_rows_are_kept_beside_refused_ones_only_when_that_is_asked_for() {
    let rows = "S12000005,201604,health,3,\nS12000005,201604,health,4,\nS12000005,201605,health,5,p\n\
                S12000005,201605,health,5,p\n";
    let receipt = refused(rows);
    assert_eq!((receipt.accepted, receipt.rejected, receipt.rows_left_out()), (1, 2, 1));
    assert!(receipt.balances());
    let contents = read(rows, OnRejection::Keep).unwrap();
    assert_eq!(kept(contents.releases)[0].1.values(), [5.0]);
}

/// Rows of the observation table that say again what rows before them said are read as those were.
#[test]
fn a_row_like_one_before_is_judged_as_that_one_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.csv");
    let rows = "measure,area,period,reason,value\n\
                days,S12000015,2018-01,health,1\n\
                days,S12000015,2018-03,health,2\n\
                days,S12000015,2018-04,unknown,3\n\
                days,S12000015,2018-05,unknown,4\n\
                days,S12000015,2018-06,health,many\n\
                days,S12000015,2018/7,health,5\n\
                days,S12000047,2018-08,health,6\n\
                days,S12000015,2018-08,,7\n\
                days,S12000015,2018-09,,8\n";
    std::fs::write(&path, rows).unwrap();
    let framework = Framework::from_texts(&[Text::new("own", FRAMEWORK)]).unwrap();
    let request = Request {
        path: &path,
        profile: None,
        framework: &framework,
        known_at: Date::default(),
        on_rejection: OnRejection::Keep,
    };
    let FileContents { releases, receipt } =
        read_file(&request, |_| Ok(Dataset::new()), |_, _| true).unwrap();
    let refused: Vec<_> = receipt.rejections.iter().map(|r| (r.line, r.column.as_str())).collect();
    assert_eq!(refused, [(4, "reason"), (5, "reason"), (6, "value"), (7, "period")]);
    assert_eq!((receipt.accepted, receipt.rejected, receipt.series), (5, 4, 2));
    let recoded = &receipt.recoded[&("S12000015".to_owned(), "S12000047".to_owned())];
    assert_eq!((recoded.rows, recoded.late), (4, 3), "each row counts, whatever was known before it");
    let value = |point: &Point| point.observation.value();
    let mut kept: Vec<Vec<f64>> =
        releases[0].batch.iter().map(|(_, _, points)| points().iter().filter_map(value).collect()).collect();
    kept.sort_by_key(|values| std::cmp::Reverse(values.len()));
    assert_eq!(kept, [vec![1.0, 2.0, 6.0], vec![7.0, 8.0]]);
}

/// One row: an area, a month, a reason and days, as they may stand in a file.
type Line = (&'static str, &'static str, &'static str, Option<f64>);

/// Lines in which much is said again, and some things are wrong.
fn lines() -> impl Strategy<Value = Vec<Line>> {
    let area = prop::sample::select(vec!["S12000005", "S12000047", "S12000015", "S12000099"]);
    let reason = prop::sample::select(vec!["health", "health", "", "code 9", "age"]);
    let days = prop_oneof![
        8 => (0..300u32).prop_map(|n| Some(f64::from(n))),
        1 => Just(None),
        1 => prop::sample::select(vec![0.5, -3.0, -0.0, 1e300, 9_007_199_254_740_993.0]).prop_map(Some),
    ];
    let months = ["2017-11", "2017-12", "2018-01", "2018-02", "2018-03", "2018-04", "2018/05", "2018-13"];
    let run = (area, reason, 0..months.len(), prop::collection::vec(days, 1..12)).prop_map(
        move |(area, reason, first, days)| {
            let line = |(n, days)| (area, months[(first + n) % months.len()], reason, days);
            days.into_iter().enumerate().map(line).collect::<Vec<Line>>()
        },
    );
    prop::collection::vec(run, 1..8).prop_map(|runs| runs.concat())
}

/// What is kept of a file, and what is told of its rows; lines are counted from the first row.
type Outcome = (Vec<(SeriesKey, Series)>, Vec<String>, [u64; 3]);

fn outcome(framework: &Framework, path: &Path, rows: Rows, header: u64) -> Outcome {
    let request = Request {
        path,
        profile: None,
        framework,
        known_at: Date::default(),
        on_rejection: OnRejection::Keep,
    };
    let (releases, receipt) = match read_rows(&request, rows, |_| Ok(Dataset::new()), |_, _| true) {
        Ok(FileContents { releases, receipt }) => (releases, receipt),
        Err(IngestError::NothingTaken { receipt }) => (Vec::new(), *receipt),
        Err(other) => panic!("{other}"),
    };
    let told = receipt.rejections.iter().map(|r| {
        // What a clash says of other lines is the same but for the header.
        let reason = if r.column.is_empty() { "a clash" } else { &r.reason };
        format!("{} {} {} {reason}", r.line - header, r.column, r.found)
    });
    let told = told.chain(receipt.recoded.values().map(|of| format!("{} {}", of.rows, of.late))).collect();
    let series = releases.into_iter().flat_map(|release| release.into_parts(3)).flatten().collect();
    (series, told, [receipt.rows, receipt.accepted, receipt.rejected])
}

proptest! {
    /// A text is taken row by row; columns with types are taken in runs that go on with a series.
    #[test]
    fn the_same_rows_come_to_the_same_series_and_the_same_refusals_as_text_and_in_columns(
        lines in lines(), cuts in prop::collection::vec(1..20usize, 1..6), views: bool,
    ) {
        let framework = Framework::from_texts(&[Text::new("own", FRAMEWORK)]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file.csv");
        let mut text = String::from("measure,area,reason,period,value\n");
        for (area, month, reason, days) in &lines {
            let days = days.map_or(String::new(), |days| days.to_string());
            text += &format!("days,{area},{reason},{month},{days}\n");
        }
        std::fs::write(&path, text).unwrap();
        let as_text = outcome(&framework, &path, read::open(&path, &ReadOptions::default()).unwrap(), 1);

        let column = |of: &dyn Fn(&Line) -> &'static str| -> ArrayRef {
            let texts = lines.iter().map(of);
            if views { Arc::new(StringViewArray::from_iter_values(texts)) } else { Arc::new(StringArray::from_iter_values(texts)) }
        };
        let all = RecordBatch::try_from_iter([
            ("measure", column(&|_| "days")),
            ("area", column(&|line| line.0)),
            ("reason", column(&|line| line.2)),
            ("period", column(&|line| line.1)),
            ("value", Arc::new(lines.iter().map(|line| line.3).collect::<Float64Array>()) as ArrayRef),
        ]).unwrap();
        let mut batches = Vec::new();
        let mut from = 0;
        for cut in cuts.iter().cycle() {
            if from == all.num_rows() { break; }
            let rows = (*cut).min(all.num_rows() - from);
            batches.push(Ok(all.slice(from, rows)));
            from += rows;
        }
        let stream = RecordBatchIterator::new(batches, all.schema());
        let rows = Rows::of_stream("file.csv", Box::new(stream), 0).unwrap();
        prop_assert_eq!(outcome(&framework, &path, rows, 0), as_text);
    }
}
