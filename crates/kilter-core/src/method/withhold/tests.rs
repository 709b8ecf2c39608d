//! What is withheld with what, in tables small enough to see it.

use super::*;
use crate::area::{Area, AreaKind, Division};
use crate::ident::{AreaCode, Category, DimensionId, MeasureId};
use crate::series::{Breakdown, Dimension, OverAreas, OverTime, Zeros};
use crate::time::PeriodKind;

fn code(text: &str) -> AreaCode {
    AreaCode::new(text).unwrap()
}

fn areas(all: &[(&str, &[&str])]) -> Areas {
    let area = |(text, parts): &(&str, &[&str])| Area {
        code: code(text),
        name: (*text).into(),
        kind: AreaKind::Council,
        aliases: vec![],
        divisions: match parts {
            [] => vec![],
            parts => vec![Division { parts: parts.iter().map(|part| code(part)).collect() }],
        },
        valid_from: None,
        valid_to: None,
        replaced_by: None,
    };
    Areas::new(all.iter().map(area).collect()).unwrap()
}

fn falls(over_areas: OverAreas, zeros: Zeros) -> Measure {
    let categories = ["x", "y"].map(|category| Category::new(category).unwrap()).to_vec();
    Measure {
        id: MeasureId::new("falls").unwrap(),
        title: "Falls".into(),
        unit: "falls".into(),
        frequency: PeriodKind::Month,
        over_time: OverTime::Sum,
        over_areas,
        dimensions: vec![Dimension { id: DimensionId::new("age").unwrap(), title: "Age".into(), categories }],
        suppress: Some(SmallCounts { threshold: 4, zeros }),
    }
}

fn data(figures: &[(&str, &str, Observation)]) -> Dataset {
    let mut data = Dataset::new();
    for (area, breakdown, observation) in figures {
        let mut series = SeriesBuilder::new(PeriodKind::Month);
        series.push(1, *observation, 7);
        let (measure, breakdown) = (MeasureId::new("falls").unwrap(), Breakdown::parse(breakdown).unwrap());
        data.insert(SeriesKey { measure, breakdown, area: code(area) }, series.build().unwrap());
    }
    data
}

fn n(value: f64) -> Observation {
    Observation::number(value).unwrap()
}

/// The figures with `*` for what is withheld, as the reader of measures gives them.
fn shown(measure: &Measure, areas: &Areas, mut data: Dataset, asked: &[(&str, &str)]) -> String {
    withhold(measure, areas, &mut data);
    let resolver = Resolver::new(&data, areas);
    let cells = asked.iter().map(|(area, breakdown)| {
        let breakdown = Breakdown::parse(breakdown).unwrap();
        match resolver.column(measure, &breakdown, &code(area)).get(1).value {
            Ok(value) => value.to_string(),
            Err(super::super::Missing::Suppressed) => "*".to_owned(),
            Err(other) => other.to_string(),
        }
    });
    cells.collect::<Vec<_>>().join(" ")
}

const PAIR: &[(&str, &[&str])] = &[("all", &["a", "b"]), ("a", &[]), ("b", &[])];

#[test]
fn an_area_that_is_a_part_of_nothing_takes_nothing_with_it() {
    let (measure, areas) = (falls(OverAreas::Sum, Zeros::Shown), areas(&[("a", &[]), ("b", &[])]));
    let figures = data(&[("a", "", n(4.0)), ("b", "", n(5.0))]);
    assert_eq!(shown(&measure, &areas, figures, &[("a", ""), ("b", "")]), "* 5");
}

#[test]
fn zeros_are_small_where_the_rule_says_so() {
    let areas = areas(PAIR);
    let figures = || data(&[("a", "", n(0.0)), ("b", "", n(30.0))]);
    let asked = [("a", ""), ("b", ""), ("all", "")];
    assert_eq!(shown(&falls(OverAreas::Sum, Zeros::Shown), &areas, figures(), &asked), "0 30 30");
    assert_eq!(shown(&falls(OverAreas::Sum, Zeros::Withheld), &areas, figures(), &asked), "* * 30");
}

#[test]
fn where_the_only_other_part_is_a_shown_zero_the_total_is_withheld_too() {
    let (measure, areas) = (falls(OverAreas::Sum, Zeros::Shown), areas(PAIR));
    let figures = data(&[("a", "", n(3.0)), ("b", "", n(0.0))]);
    assert_eq!(shown(&measure, &areas, figures, &[("a", ""), ("b", ""), ("all", "")]), "* 0 *");
}

#[test]
fn a_partner_that_could_fall_by_one_alone_serves_where_there_is_no_other() {
    // 5 cannot fall by four and stay at least one with all readers know; the totals are dearer.
    let (measure, areas) = (falls(OverAreas::Sum, Zeros::Shown), areas(PAIR));
    let figures = data(&[("a", "", n(3.0)), ("b", "", n(3.0))]);
    assert_eq!(shown(&measure, &areas, figures, &[("a", ""), ("b", ""), ("all", "")]), "* * *");
    let figures = data(&[("a", "", n(3.0)), ("b", "", n(5.0))]);
    assert_eq!(shown(&measure, &areas, figures, &[("a", ""), ("b", ""), ("all", "")]), "* * 8");
}

#[test]
fn what_adds_over_nothing_is_withheld_alone() {
    let (measure, areas) = (falls(OverAreas::None, Zeros::Shown), areas(PAIR));
    let figures = data(&[("a", "", n(3.0)), ("b", "", n(30.0)), ("all", "", n(33.0))]);
    assert_eq!(shown(&measure, &areas, figures, &[("a", ""), ("b", ""), ("all", "")]), "* 30 33");
}

#[test]
fn two_ages_of_two_areas_go_together_and_every_total_stays() {
    let (measure, areas) = (falls(OverAreas::Sum, Zeros::Shown), areas(PAIR));
    let cells = [("a", "age=x", 2.0), ("a", "age=y", 40.0), ("b", "age=x", 30.0), ("b", "age=y", 50.0)];
    let figures = data(&cells.map(|(area, age, value)| (area, age, n(value))));
    let asked = [
        ("a", "age=x"),
        ("a", "age=y"),
        ("b", "age=x"),
        ("b", "age=y"),
        ("a", ""),
        ("b", ""),
        ("all", "age=x"),
        ("all", "age=y"),
        ("all", ""),
    ];
    assert_eq!(shown(&measure, &areas, figures, &asked), "* * * * 42 80 32 90 122");
}

#[test]
fn a_stated_total_goes_with_the_part_that_it_would_give_away() {
    // One age alone was stated beside the total: 42 less 40 is 2.
    let (measure, areas) = (falls(OverAreas::Sum, Zeros::Shown), areas(&[("a", &[])]));
    let figures = data(&[("a", "age=x", n(2.0)), ("a", "age=y", n(40.0)), ("a", "", n(42.0))]);
    assert_eq!(shown(&measure, &areas, figures, &[("a", "age=x"), ("a", "age=y"), ("a", "")]), "* * 42");
}

#[test]
fn what_the_source_withholds_is_protected_as_what_is_small() {
    // 60 stated for all, and 20 and 30 of two of three: the source gave its third away.
    let three: &[(&str, &[&str])] = &[("all", &["a", "b", "c"]), ("a", &[]), ("b", &[]), ("c", &[])];
    let (measure, areas) = (falls(OverAreas::Sum, Zeros::Shown), areas(three));
    let hidden = Observation::absent(Absence::Suppressed);
    let figures = data(&[("a", "", hidden), ("b", "", n(20.0)), ("c", "", n(30.0)), ("all", "", n(60.0))]);
    let asked = [("a", ""), ("b", ""), ("c", ""), ("all", "")];
    assert_eq!(shown(&measure, &areas, figures, &asked), "* * 30 60");
}

#[test]
fn pairs_are_withheld_whole_and_totals_of_pairs_stay_pairs() {
    let (measure, areas) = (falls(OverAreas::Sum, Zeros::Shown), areas(PAIR));
    let pair = |n, d| Observation::pair(n, d).unwrap();
    let mut figures = data(&[("a", "", pair(3.0, 40.0)), ("b", "", pair(30.0, 50.0))]);
    withhold(&measure, &areas, &mut figures);
    let resolver = Resolver::new(&figures, &areas);
    let total = Breakdown::total();
    let of = |area: &str| {
        let (values, below) = (
            resolver.column(&measure, &total, &code(area)).get(1),
            resolver.denominators(&measure, &total, &code(area)).get(1),
        );
        (values.value.ok(), below.value.ok(), values.marks, values.release)
    };
    assert_eq!(of("a"), (None, None, Marks::NONE, 7));
    assert_eq!(of("all"), (Some(33.0), Some(90.0), Marks::OVER_SUPPRESSED, 7));
}

#[test]
fn a_measure_without_a_rule_stays_as_it_is() {
    let measure = Measure { suppress: None, ..falls(OverAreas::Sum, Zeros::Shown) };
    let figures = data(&[("a", "", n(3.0)), ("b", "", n(30.0))]);
    let mut after = figures.clone();
    withhold(&measure, &areas(PAIR), &mut after);
    assert_eq!(after, figures);
}

#[test]
fn what_is_no_count_withholds_the_whole_period() {
    // Nobody can say what a reader knows of a figure below zero.
    let (measure, areas) = (falls(OverAreas::Sum, Zeros::Shown), areas(PAIR));
    let figures = data(&[("a", "", n(-2.0)), ("b", "", n(30.0))]);
    assert_eq!(shown(&measure, &areas, figures, &[("a", ""), ("b", ""), ("all", "")]), "* * *");
}
