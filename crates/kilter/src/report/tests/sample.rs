//! An invented partnership whose scorecard has every colour and every reason for having none.

use super::{Benchmark, Context, ReleaseLine};
use kilter_core::evaluate::{
    Evaluation, History, Population, Precision, Value, Valuer, Viewpoint, evaluate, target_in_force, timing,
};
use kilter_core::framework::{Framework, Indicator, Text};
use kilter_core::ident::{AreaCode, LevelId};
use kilter_core::method::Missing;
use kilter_core::scorecard::{Line, Reporting, Scorecard};
use kilter_core::series::{Absence, Breakdown, Dataset, Marks, Observation, SeriesBuilder, SeriesKey};
use kilter_core::target::{Aim, NotAssessed, Status, Threshold};
use kilter_core::time::{Date, Period};

/// The area of all scorecards here.
pub const AREA: &str = "X37000001";

pub const FRAMEWORK: &str = r#"
[framework]
id = "glen-and-firth"
title = "Glen and Firth: performance framework"
invented = true
valid_from = "2023-04-01"
source = "Made up for the tests of reports"

[[area]]
code = "X37000001"
name = "Glen and Firth"
kind = "partnership"

[[outcome]]
id = "outcome-1"
number = 1
kind = "national"
title = "People look after their own health and live in good health for longer"
short = "Healthier living"
[[outcome]]
id = "outcome-2"
number = 2
kind = "national"
title = "People live independently at home or in a homely setting, whatever their condition"
short = "Independent living"
[[outcome]]
id = "outcome-3"
number = 3
kind = "national"
title = "People who use services have positive experiences and keep their dignity"
short = "Positive experience"
[[outcome]]
id = "outcome-5"
number = 5
kind = "national"
title = "Services help to reduce health inequalities"
short = "Reduced inequalities"
[[outcome]]
id = "outcome-6"
number = 6
kind = "national"
title = "Unpaid carers are supported to stay healthy themselves"
short = "Carers supported"
[[outcome]]
id = "outcome-9"
number = 9
kind = "national"
title = "Resources are used effectively and efficiently"
short = "Effective use of resources"

[[priority]]
id = "home"
title = "Care closer to home"
outcomes = ["outcome-2", "outcome-3", "outcome-6"]
[[priority]]
id = "early"
title = "Early help and prevention"
outcomes = ["outcome-1", "outcome-5"]
[[priority]]
id = "value"
title = "Best value"
outcomes = ["outcome-9", "outcome-2"]

[[indicator]]
id = "GF-1"
title = "Adults able to look after their health very well or quite well"
calculation = { published = "m-1" }
frequency = "financial-year"
polarity = "higher"
decimals = 1
unit = "%"
source = "Health and care survey"
outcomes = [{ id = "outcome-1" }]
[[indicator]]
id = "GF-2"
title = "Emergency admissions"
definition = "Emergency admissions of residents aged 18 and over to any hospital, for each 100,000 of them."
calculation = { published = "m-2" }
frequency = "financial-year"
polarity = "lower"
decimals = 0
unit = "per 100,000 population aged 18 and over"
source = "Public health publisher"
owner = "Head of performance"
outcomes = [{ id = "outcome-1" }, { id = "outcome-2" }, { id = "outcome-9", link = "noted" }]
[[indicator]]
id = "GF-3"
title = "Days people aged 75 and over spend in hospital when they are ready to be discharged"
calculation = { published = "m-3" }
frequency = "financial-year"
polarity = "lower"
decimals = 0
unit = "per 1,000 population aged 75 and over"
source = "Public health publisher"
outcomes = [{ id = "outcome-2" }, { id = "outcome-3" }]
notes = [{ text = "The census of delayed discharges was redefined in July 2016", source = "Publisher's notes" }]
[[indicator]]
id = "GF-4"
title = "Home care: cost of an hour of care at home for people aged 65 and over"
calculation = { published = "m-4" }
frequency = "financial-year"
polarity = "range"
decimals = 2
unit = "£ per hour"
outcomes = [{ id = "outcome-9" }]
[[indicator]]
id = "GF-5"
title = "Falls"
calculation = { published = "m-5" }
frequency = "12 months"
polarity = "lower"
decimals = 0
unit = "people"
outcomes = [{ id = "outcome-2" }]
[[indicator]]
id = "GF-6"
title = "Carers who feel supported to continue caring"
calculation = { published = "m-6" }
frequency = "financial-year"
polarity = "higher"
decimals = 0
unit = "%"
outcomes = [{ id = "outcome-3" }]
[[indicator]]
id = "GF-7"
title = "Deaths in the smallest locality"
calculation = { published = "m-7" }
frequency = "financial-year"
polarity = "lower"
decimals = 0
unit = "people"
outcomes = [{ id = "outcome-5" }]
[[indicator]]
id = "GF-8"
title = "Readmissions within 28 days"
calculation = { published = "m-8" }
frequency = "12 months"
polarity = "lower"
decimals = 1
unit = "per 1,000 discharges"
outcomes = [{ id = "outcome-2", link = "noted" }]
[[indicator]]
id = "GF-9"
title = "People who receive self-directed support"
calculation = { published = "m-9" }
frequency = "financial-year"
polarity = "higher"
decimals = 0
unit = "people"
outcomes = [{ id = "outcome-3" }]
[[indicator]]
id = "GF-10"
title = "Spend on the last six months of life"
calculation = { published = "m-10" }
frequency = "financial-year"
polarity = "higher"
decimals = 1
unit = "%"
status = "under development"
outcomes = [{ id = "outcome-9" }]
[[indicator]]
id = "GF-11"
title = "Complaints received"
calculation = { published = "m-11" }
frequency = "financial-year"
polarity = "none"
decimals = 0
unit = "complaints"
outcomes = [{ id = "outcome-3" }]
[[indicator]]
id = "GF-12"
title = "Waiting times after the change of system"
calculation = { published = "m-12" }
frequency = "financial-year"
polarity = "lower"
decimals = 0
unit = "days"
[[indicator]]
id = "GF-13"
title = "Prison leavers with a care plan"
calculation = { published = "m-13" }
frequency = "financial-year"
polarity = "higher"
decimals = 0
unit = "%"
outcomes = [{ id = "outcome-5" }]
[[indicator]]
id = "GF-14"
title = "Staff absence, all teams"
calculation = { published = "m-14" }
frequency = "financial-year"
polarity = "lower"
decimals = 1
unit = "%"
outcomes = [{ id = "outcome-9" }]

[[target]]
indicator = "GF-1"
from = "2015/16"
value = 93
tolerance = { points = 1.5 }
[[target]]
indicator = "GF-2"
from = "2015/16"
to = "2018/19"
value = 12000
tolerance = { relative = 5 }
[[target]]
indicator = "GF-2"
from = "2019/20"
value = 11500
tolerance = { relative = [2.5, 5] }
origin = "local target"
source = "Strategic plan 2019 to 2022"
[[target]]
indicator = "GF-3"
from = "2015/16"
value = 600
tolerance = { relative = 5 }
[[target]]
indicator = "GF-4"
from = "2015/16"
value = [24, 28.5]
tolerance = { points = 1 }
[[target]]
indicator = "GF-5"
from = "2015-04"
value = 0
tolerance = { points = 20 }
"#;

/// The year of the report.
pub const YEAR: i32 = 2023;

fn values(last: Period, values: &[Result<f64, Missing>]) -> Vec<Value> {
    let first = last.plus(1 - values.len() as i32);
    (0..)
        .zip(values)
        .map(|(i, value)| Value {
            period: first.plus(i),
            value: *value,
            numerator: None,
            denominator: None,
            marks: Marks::NONE,
            release: 4,
            population: None,
            precision: Precision::Parts,
        })
        .collect()
}

/// Values of that framework for each of its indicators.
pub fn histories() -> Vec<Vec<Value>> {
    let year = Period::financial_year(YEAR).unwrap();
    let months = Period::month(2024, 3).unwrap().window(12).unwrap();
    let ok = |numbers: &[f64]| numbers.iter().copied().map(Ok).collect::<Vec<_>>();
    let mut all = vec![
        values(year, &ok(&[94.1, 93.8, 92.2, 92.9, 93.4])),
        values(year, &ok(&[12310.2, 12050.9, 12200.0, 11890.4, 9950.7, 10730.3, 11410.0, 11987.6])),
        values(year, &ok(&[710.8, 690.1, 655.9, 702.3, 480.4, 560.7, 655.2, 701.5])),
        values(year, &ok(&[22.4, 23.1, 23.9, 25.0, 26.75, 27.9, 29.125])),
        values(months, &(0..30).map(|i| Ok(f64::from(140 + (i * 7) % 23 - i))).collect::<Vec<_>>()),
        values(year, &[Ok(39.0), Ok(37.2), Err(Missing::NotYetPublished)]),
        values(year, &[Ok(12.0), Err(Missing::Suppressed)]),
        values(months, &[Ok(101.4), Ok(99.8), Err(Missing::IncompleteWindow)]),
        values(year, &ok(&[1205.0, 1310.0, 1409.0, 1582.0])),
        values(year, &ok(&[88.1, 88.4])),
        values(year, &ok(&[310.0, 298.0, 333.0, 341.0])),
        values(year, &ok(&[41.0, 43.5, 12.0, 14.0])),
        values(year, &[Err(Missing::NotCollected), Err(Missing::ZeroDenominator)]),
        values(year, &[Ok(5.1), Ok(5.3), Err(Missing::IncompleteArea)]),
    ];
    let reported = &mut all[1][7];
    (reported.numerator, reported.denominator) = (Some(9_482.0), Some(79_098.0));
    reported.population = Some(Population { due: 2023, used: 2022 });
    reported.marks = Marks::PROVISIONAL.and(Marks::CARRIED_POPULATION);
    all[2][3].value = Err(Missing::NotCollected);
    all[5][0].marks = Marks::ESTIMATED;
    all[11][3].marks = Marks::BREAK;
    all
}

/// The measures that the indicators are published as: one each.
fn measures() -> String {
    (1..=14)
        .map(|n| {
            let frequency = if matches!(n, 5 | 8) { "12 months" } else { "financial-year" };
            format!(
                "[[measure]]\nid = \"m-{n}\"\ntitle = \"M\"\nunit = \"n\"\nfrequency = \"{frequency}\"\n\
                 over_time = \"none\"\nover_areas = \"none\"\n"
            )
        })
        .collect()
}

/// A value as it is observed; `None` where no source can say so, because it comes of a calculation.
fn observed(value: &Value) -> Option<Observation> {
    let observation = match value.value {
        Ok(number) => Observation::number(number).unwrap(),
        Err(Missing::Suppressed) => Observation::absent(Absence::Suppressed),
        Err(Missing::NotYetPublished) => Observation::absent(Absence::NotYetPublished),
        Err(Missing::NotCollected) => Observation::absent(Absence::NotCollected),
        Err(Missing::NotApplicable) => Observation::absent(Absence::NotApplicable),
        Err(_) => return None,
    };
    Some(observation.marked(value.marks))
}

/// The history of an indicator in the area, and of the nation a tenth below it where there is one. It lives
/// as long as the test.
pub fn history<'f>(framework: &'f Framework, indicator: &'f Indicator, values: &[Value]) -> History<'f> {
    let mut data = Dataset::new();
    let measure = indicator.calculation.measures()[0].clone();
    for (area, factor) in [(AREA, 1.0), ("S92000003", 0.9)] {
        let mut series = SeriesBuilder::new(indicator.frequency);
        for value in values {
            let value = Value { value: value.value.map(|v| v * factor), ..value.clone() };
            if let Some(observation) = observed(&value) {
                series.push(value.period.ordinal(), observation, value.release);
            }
        }
        let (breakdown, area) = (Breakdown::total(), AreaCode::new(area).unwrap());
        data.insert(SeriesKey { measure: measure.clone(), breakdown, area }, series.build().unwrap());
    }
    let periods: Vec<Period> = values.iter().map(|value| value.period).collect();
    let valuer = Valuer::new(framework, Box::leak(Box::new(data)));
    History::new(&valuer, indicator, &AreaCode::new(AREA).unwrap(), &periods)
}

/// The evaluation of the last of these values, with all that a calculation would say of it.
pub fn evaluation<'f>(
    framework: &'f Framework,
    indicator: &'f Indicator,
    values: &[Value],
    view: &Viewpoint,
) -> Evaluation<'f> {
    let last = values.len() - 1;
    let mut evaluation = evaluate(framework, &history(framework, indicator, values), last, view);
    if evaluation.value.value != values[last].value {
        let found = evaluation.value.value.map_or_else(|missing| missing.to_string(), |v| v.to_string());
        let known = values[last].value.map_or_else(|missing| missing.to_string(), |v| v.to_string());
        evaluation.explanation = evaluation.explanation.replacen(&found, &known, 1);
        evaluation.status = match (evaluation.status, values[last].value) {
            (Status::NotAssessed(NotAssessed::NoData), Err(missing)) => Status::NotAssessed(match missing {
                Missing::IncompleteWindow => NotAssessed::IncompleteWindow,
                Missing::IncompleteArea | Missing::IncompleteBreakdown => NotAssessed::IncompleteParts,
                Missing::ZeroDenominator => NotAssessed::NotApplicable,
                _ => NotAssessed::NoData,
            }),
            (status, _) => status,
        };
    }
    evaluation.value = values[last].clone();
    evaluation
}

/// The scorecard of an area with these histories, for the last period of each.
pub fn card<'f>(framework: &'f Framework, histories: &[Vec<Value>]) -> Scorecard<'f> {
    card_on(framework, histories, None, None)
}

/// The same as it is reported on a day, to a level.
pub fn card_on<'f>(
    framework: &'f Framework,
    histories: &[Vec<Value>],
    on: Option<&str>,
    level: Option<&str>,
) -> Scorecard<'f> {
    let on = on.map(|day| day.parse::<Date>().unwrap());
    let view = Viewpoint { level: level.map(|id| LevelId::new(id).unwrap()), on };
    let lines = framework
        .indicators()
        .iter()
        .enumerate()
        .map(|(i, indicator)| {
            let history = histories.get(i).filter(|history| !history.is_empty());
            let mut evaluation = history.map(|history| evaluation(framework, indicator, history, &view));
            if let (Some(evaluation), "GF-12") = (&mut evaluation, indicator.id.as_str()) {
                evaluation.status = Status::NotAssessed(NotAssessed::BreakInSeries);
            }
            let timing = evaluation.as_ref().and_then(|e| Some(timing(indicator, e.value.period, on?)));
            Line { indicator, evaluation, timing }
        })
        .collect();
    Scorecard::new(framework, AreaCode::new(AREA).unwrap(), lines, Reporting::Latest(on))
}

/// What was aimed at in the periods of these histories.
pub fn aims(framework: &Framework, histories: &[Vec<Value>]) -> Vec<Vec<Option<Aim>>> {
    let aims = |(indicator, values): (&Indicator, &Vec<Value>)| {
        let history = history(framework, indicator, values);
        let aim = |place| target_in_force(framework, &history, place, &Viewpoint::default())?.threshold;
        (0..values.len()).map(|place| aim(place).map(Threshold::aim)).collect()
    };
    framework.indicators().iter().zip(histories).map(aims).collect()
}

/// The framework of that text.
pub fn framework(text: &str) -> Framework {
    let texts = [Text::new("sample.toml", text), Text::new("measures.toml", &measures())];
    Framework::from_texts(&texts).unwrap()
}

/// A context with everything in it.
pub fn context<'a>(framework: &'a Framework, histories: &'a [Vec<Value>]) -> Context<'a> {
    let day = |month, day| Date::from_ymd_opt(2024, month, day).unwrap();
    Context {
        framework,
        area_name: "Glen and Firth",
        as_at: "as known on 2024-11-22, release 4".into(),
        releases: vec![
            ReleaseLine { number: 3, known_at: day(6, 25), source: "Quarterly file of June".into() },
            ReleaseLine { number: 4, known_at: day(9, 24), source: "Quarterly file of September".into() },
        ],
        generated: Some(day(11, 25)),
        histories,
        // It lives as long as the test.
        aims: Box::leak(aims(framework, histories).into_boxed_slice()),
        benchmark: Some(Benchmark {
            name: "Scotland".into(),
            values: vec![Some(92.1), Some(11707.4), Some(773.8), Some(28.0), None, Some(35.0)],
        }),
    }
}
