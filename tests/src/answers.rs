//! Everything that the engine answers, as bytes: for laws that hold of every answer.
//!
//! Nothing here knows how an answer is reached.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use kilter::engine::{
    AsAt, CompareQuery, Engine, EscalationsQuery, EvaluateQuery, ExplainQuery, FiveYearsQuery, NeededQuery,
    ScorecardFormat, ScorecardQuery, TargetsQuery, ValuesQuery, WhatIfQuery,
};
use kilter::export::{self, Format};
use kilter::table::Table;
use kilter_core::target::Aim;

fn bytes(table: &Table, format: Format) -> Vec<u8> {
    let mut out = Vec::new();
    export::write(table, format, None, &mut out).unwrap();
    out
}

/// Everything that is answered about the framework's own area, one after another: what it is, and its bytes.
///
/// # Panics
/// Where a question is refused: the framework has an area of its own, a level "board", and the indicator that
/// is explained and tried with another target.
pub fn everything(engine: &Engine, indicator: &str) -> Vec<(&'static str, Vec<u8>)> {
    let values = engine.values(&ValuesQuery::default()).unwrap();
    let months = ValuesQuery { rolling: Some(12), ..ValuesQuery::of(indicator) };
    let limits = ValuesQuery { confidence: vec![95.0, 99.8], ..ValuesQuery::default() };
    let all = EvaluateQuery::default();
    let card = ScorecardQuery::default();
    let mut board = ScorecardQuery::default();
    board.view.level = Some("board".into());
    let what_if = WhatIfQuery { aim: Some(Aim::Value(40.0)), ..WhatIfQuery::of(indicator) };
    let what_if = engine.what_if(&what_if).unwrap();
    let explained = engine.explain(&ExplainQuery::of(indicator)).unwrap();
    let csv = |table: Table| bytes(&table, Format::Csv);
    vec![
        ("values as JSON", bytes(&values, Format::Json)),
        ("values as Parquet", bytes(&values, Format::Parquet)),
        ("values as CSV", csv(values)),
        ("values with two levels of confidence", csv(engine.values(&limits).unwrap())),
        ("rolling values", csv(engine.values(&months).unwrap())),
        ("evaluations", csv(engine.evaluate(&all).unwrap())),
        ("differences", csv(engine.diff(AsAt::Release(1), AsAt::Latest).unwrap())),
        ("the scorecard", csv(engine.scorecard_table(&card).unwrap())),
        ("roll-up", csv(engine.roll_up(&card).unwrap())),
        ("comparisons", csv(engine.compare(&CompareQuery::default()).unwrap())),
        ("five years", csv(engine.five_years(&FiveYearsQuery::default()).unwrap())),
        ("verdicts", csv(engine.verdicts(&all).unwrap())),
        ("control charts", csv(engine.chart(&all).unwrap())),
        ("run charts", csv(engine.run_chart(&all).unwrap())),
        ("sustained shifts", csv(engine.sustained_shifts(&all).unwrap())),
        ("targets", csv(engine.targets(&TargetsQuery::default()).unwrap())),
        ("exceptions", csv(engine.exceptions(&board).unwrap())),
        ("escalations", csv(engine.escalations(&EscalationsQuery::default()).unwrap())),
        ("coverage", csv(engine.coverage(&card).unwrap())),
        ("needed", csv(engine.needed(&NeededQuery::default()).unwrap())),
        ("another target", csv(what_if.summary)),
        ("another target by period", csv(what_if.periods)),
        ("an explanation as JSON", explained.json().into_bytes()),
        ("an explanation", explained.text().as_bytes().to_vec()),
        ("the page", engine.scorecard(&card, ScorecardFormat::Html).unwrap().into_bytes()),
    ]
}
