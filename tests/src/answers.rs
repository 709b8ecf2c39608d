//! Everything that the engine answers, as bytes: for laws that hold of every answer.
//!
//! Nothing here knows how an answer is reached.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use kilter::engine::{
    Among, AsAt, Charts, Columns, CompareQuery, Engine, EscalationsQuery, EvaluateQuery, ExplainQuery,
    FiveYearsQuery, Limits, NeededQuery, Ranks, ScorecardFormat, ScorecardQuery, Statuses, TargetsQuery,
    ValuesQuery, View, WhatIfQuery,
};
use kilter::export::{self, Format};
use kilter::table::Table;
use kilter_core::target::Aim;

fn bytes(table: &Table, format: Format) -> Vec<u8> {
    let mut out = Vec::new();
    export::write(table, format, None, &mut out).unwrap();
    out
}

/// Everything that is answered as columns, number by number.
fn columns(engine: &Engine) -> Vec<u8> {
    let (mut values, mut statuses, mut limits) = (Columns::default(), Statuses::default(), Limits::default());
    let (mut charts, mut ranks) = (Charts::default(), Ranks::default());
    engine.columns(&ValuesQuery::default(), &mut values).unwrap();
    engine.status_columns(&values, &View::default(), &mut statuses).unwrap();
    engine.limit_columns(&values, &mut limits).unwrap();
    engine.chart_columns(&values, &mut charts).unwrap();
    engine.rank_columns(&values, &Among::Kind, &mut ranks).unwrap();
    let mut out = Vec::new();
    for (place, block) in values.blocks().iter().enumerate() {
        let limits = &limits.blocks()[place];
        for numbers in [block.values(), &limits.lower[..], &limits.upper[..]] {
            out.extend(numbers.iter().flat_map(|number| number.to_bits().to_le_bytes()));
        }
        out.extend(block.lacks().iter().map(|lack| lack.code()));
        out.extend(statuses.blocks()[place].iter().map(|code| code.code()));
        out.extend(&limits.standings);
        out.extend(charts.blocks()[place].signals.iter().map(|signals| signals.bits()));
        out.extend(format!("{:?}", charts.blocks()[place].stretches).bytes());
        out.extend(ranks.blocks()[place].ranks.iter().flat_map(|rank| rank.to_le_bytes()));
    }
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
        ("columns", columns(engine)),
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
