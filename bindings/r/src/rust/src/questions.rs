//! The questions of [`kilter::engine::Engine`], with arguments as R gives them.

use crate::answer::{data_frame, named};
use crate::arguments::Arguments;
use crate::document;
use crate::engine::asked;
use crate::failure::Failure;
use crate::framework::given_texts;
use crate::guard::Verb;
use crate::strings::text;
use extendr_api::Robj;
use kilter::PeriodKind;
use kilter::area::AreaKind;
use kilter::asked as texts;
use kilter::engine::{
    self, CompareQuery, Engine, EscalationsQuery, EvaluateQuery, ExplainQuery, FiveYearsQuery, FunnelQuery,
    NeededQuery, ScorecardFormat, ScorecardQuery, Selection, TargetsQuery, ValuesQuery, View, WhatIfQuery,
    With,
};
use kilter::table::Table;
use kilter::target::Function;

pub const VERBS: &[(&str, Verb)] = &[
    ("releases", |given| table(given, |engine| Ok(engine.releases()))),
    ("indicators", indicators),
    ("values", values),
    ("evaluate", |given| judged(given, |engine, query| Ok(engine.evaluate(query)?))),
    ("verdicts", |given| judged(given, |engine, query| Ok(engine.verdicts(query)?))),
    ("chart", |given| judged(given, |engine, query| Ok(engine.chart(query)?))),
    ("run_chart", |given| judged(given, |engine, query| Ok(engine.run_chart(query)?))),
    ("sustained_shifts", |given| judged(given, |engine, query| Ok(engine.sustained_shifts(query)?))),
    ("compare", compare),
    ("five_years", five_years),
    ("funnel", |given| funnels(given, |engine, query| Ok(engine.funnel(query)?))),
    ("funnel_curve", |given| funnels(given, |engine, query| Ok(engine.funnel_curve(query)?))),
    ("targets", targets),
    ("levels", levels),
    ("strategy_map", strategy_map),
    ("scorecard", scorecard),
    ("scorecard_page", scorecard_page),
    ("exceptions", exceptions),
    ("coverage", coverage),
    ("escalations", escalations),
    ("explain", explain),
    ("what_if", what_if),
    ("needed", needed),
    ("diff", diff),
];

fn table(
    given: &Arguments,
    question: impl FnOnce(&Engine) -> Result<Table, Failure> + Send + 'static,
) -> Result<Robj, Failure> {
    asked(given, question).and_then(|found| data_frame(&found))
}

pub fn selection(given: &Arguments) -> Result<Selection, Failure> {
    let (indicators, areas) = (given.texts("indicator")?, given.texts("area")?);
    Ok(Selection { indicators, areas, as_at: given.as_at("as_at")? })
}

pub fn view(given: &Arguments) -> Result<View, Failure> {
    Ok(View { level: given.text("level")?, on: given.day("on")? })
}

fn judged(
    given: &Arguments,
    question: fn(&Engine, &EvaluateQuery) -> Result<Table, Failure>,
) -> Result<Robj, Failure> {
    let query =
        EvaluateQuery { selection: selection(given)?, period: given.period("period")?, view: view(given)? };
    table(given, move |engine| question(engine, &query))
}

fn card(given: &Arguments) -> Result<ScorecardQuery, Failure> {
    let (area, period) = (given.text("area")?, given.period("period")?);
    Ok(ScorecardQuery { area, period, as_at: given.as_at("as_at")?, view: view(given)?, dated: None })
}

fn indicators(given: &Arguments) -> Result<Robj, Failure> {
    let at = given.as_at("as_at")?;
    table(given, move |engine| Ok(engine.indicators(at)?))
}

/// Which values are asked for.
pub fn values_query(given: &Arguments) -> Result<ValuesQuery, Failure> {
    let confidence = match given.given("confidence") {
        None => Vec::new(),
        Some(_) => {
            let levels = given.numbers("confidence")?;
            let missing = || Failure::Argument("confidence: one is NA".to_owned());
            levels.into_iter().map(|level| level.ok_or_else(missing)).collect::<Result<_, _>>()?
        }
    };
    Ok(ValuesQuery {
        selection: selection(given)?,
        from: given.period("from")?,
        to: given.period("to")?,
        every: given.parsed::<PeriodKind>("every")?,
        rolling: given.whole("rolling")?,
        confidence,
    })
}

fn values(given: &Arguments) -> Result<Robj, Failure> {
    let query = values_query(given)?;
    table(given, move |engine| Ok(engine.values(&query)?))
}

fn compare(given: &Arguments) -> Result<Robj, Failure> {
    let query = CompareQuery {
        selection: selection(given)?,
        period: given.period("period")?,
        with: given.parsed::<With>("with")?,
        among: given.text("among")?,
        only_worse_and_worsening: given.flag("only_worse_and_worsening")?,
    };
    table(given, move |engine| Ok(engine.compare(&query)?))
}

fn five_years(given: &Arguments) -> Result<Robj, Failure> {
    let (year, statutory) = (given.period("year")?, given.flag("statutory")?);
    let query = FiveYearsQuery { selection: selection(given)?, year, statutory };
    table(given, move |engine| Ok(engine.five_years(&query)?))
}

fn funnels(
    given: &Arguments,
    question: fn(&Engine, &FunnelQuery) -> Result<Table, Failure>,
) -> Result<Robj, Failure> {
    let kind: AreaKind = given.needed("kind")?.parse().map_err(Failure::Argument)?;
    let (period, among) = (given.period("period")?, given.text("among")?);
    let query = FunnelQuery { selection: selection(given)?, period, among, kind };
    table(given, move |engine| question(engine, &query))
}

fn targets(given: &Arguments) -> Result<Robj, Failure> {
    let named = |text: String| {
        let found = Function::NAMES.iter().find(|(name, _)| *name == text).map(|(_, of)| *of);
        let names = Function::NAMES.map(|(name, _)| name).join(" or ");
        found.ok_or_else(|| Failure::Argument(format!("\"{text}\" is not known; expected {names}")))
    };
    let function = given.text("function")?.map(named).transpose()?;
    let query = TargetsQuery {
        area: given.text("area")?,
        function,
        as_at: given.as_at("as_at")?,
        view: view(given)?,
    };
    table(given, move |engine| Ok(engine.targets(&query)?))
}

fn levels(given: &Arguments) -> Result<Robj, Failure> {
    let at = given.as_at("as_at")?;
    table(given, move |engine| Ok(engine.levels(at)?))
}

fn strategy_map(given: &Arguments) -> Result<Robj, Failure> {
    let at = given.as_at("as_at")?;
    table(given, move |engine| Ok(engine.strategy_map(at)?))
}

/// Its lines, what they roll up to, and the card as a text of that width.
fn scorecard(given: &Arguments) -> Result<Robj, Failure> {
    let (query, width) = (card(given)?, given.whole::<u16>("width")?);
    let (lines, rolled, shown) = asked(given, move |engine| {
        let shown = engine.scorecard(&query, ScorecardFormat::Terminal { width, colour: false })?;
        Ok((engine.scorecard_table(&query)?, engine.roll_up(&query)?, shown))
    })?;
    Ok(named(vec![("lines", data_frame(&lines)?), ("rolled", data_frame(&rolled)?), ("text", text(&shown))]))
}

/// The scorecard as a self-contained page, made today.
fn scorecard_page(given: &Arguments) -> Result<Robj, Failure> {
    let query = ScorecardQuery { dated: Some(engine::today()), ..card(given)? };
    let page = asked(given, move |engine| Ok(engine.scorecard(&query, ScorecardFormat::Html)?))?;
    Ok(text(&page))
}

fn exceptions(given: &Arguments) -> Result<Robj, Failure> {
    let query = card(given)?;
    table(given, move |engine| Ok(engine.exceptions(&query)?))
}

fn coverage(given: &Arguments) -> Result<Robj, Failure> {
    let query = card(given)?;
    table(given, move |engine| Ok(engine.coverage(&query)?))
}

fn escalations(given: &Arguments) -> Result<Robj, Failure> {
    let query = EscalationsQuery {
        area: given.text("area")?,
        escalation: given.text("escalation")?,
        as_at: given.as_at("as_at")?,
        figures_of_the_day: given.flag("figures_of_the_day")?,
        every_step: given.flag("every_step")?,
    };
    table(given, move |engine| Ok(engine.escalations(&query)?))
}

/// The derivation as a text, as JSON, and as a list.
fn explain(given: &Arguments) -> Result<Robj, Failure> {
    let ScorecardQuery { area, period, as_at, view, .. } = card(given)?;
    let query = ExplainQuery { indicator: given.needed("indicator")?, area, period, as_at, view };
    let (words, json) = asked(given, move |engine| {
        let explanation = engine.explain(&query)?;
        Ok((explanation.text().to_owned(), explanation.json()))
    })?;
    Ok(named(vec![("text", text(&words)), ("json", text(&json)), ("list", document::list_of_json(&json)?)]))
}

fn what_if(given: &Arguments) -> Result<Robj, Failure> {
    let aim = given.text("target")?.map(|text| texts::aim(&text).map_err(Failure::Argument)).transpose()?;
    let tolerance = given
        .text("tolerance")?
        .map(|text| texts::tolerance(&text).map_err(Failure::Argument))
        .transpose()?;
    let escalation = (given.needed_whole("raise_after")?, given.needed_whole("clear_after")?);
    let query = WhatIfQuery {
        indicator: given.needed("indicator")?,
        area: given.text("area")?,
        aim,
        tolerance,
        framework: given.given("framework").map(|_| given_texts(given, "framework")).transpose()?,
        escalation,
        as_at: given.as_at("as_at")?,
        view: view(given)?,
    };
    let answer = asked(given, move |engine| Ok(engine.what_if(&query)?))?;
    Ok(named(vec![("summary", data_frame(&answer.summary)?), ("periods", data_frame(&answer.periods)?)]))
}

fn needed(given: &Arguments) -> Result<Robj, Failure> {
    let query =
        NeededQuery { selection: selection(given)?, period: given.period("period")?, view: view(given)? };
    table(given, move |engine| Ok(engine.needed(&query)?))
}

fn diff(given: &Arguments) -> Result<Robj, Failure> {
    for end in ["from", "to"] {
        if given.given(end).is_none() {
            return Err(Failure::Argument(format!("{end}: a date or the number of a release was expected")));
        }
    }
    let (from, to) = (given.as_at("from")?, given.as_at("to")?);
    table(given, move |engine| Ok(engine.diff(from, to)?))
}
