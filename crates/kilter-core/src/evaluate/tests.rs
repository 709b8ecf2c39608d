//! Laws of derived values and of the judgement on them.

use super::*;
use crate::framework::{Framework, Text};
use crate::ident::{AreaCode, MeasureId};
use crate::method::Missing;
use crate::series::{Absence, Breakdown, Dataset, Marks, Observation, SeriesBuilder, SeriesKey};
use crate::target::{Colour, NotAssessed, Status};
use crate::time::{Period, PeriodKind};

const FRAMEWORK: &str = r#"
[framework]
id = "f"
title = "F"
[[area]]
code = "P"
name = "Partnership"
kind = "partnership"
parts = ["A", "B"]
[[area]]
code = "A"
name = "A"
kind = "council"
[[area]]
code = "B"
name = "B"
kind = "council"
[[measure]]
id = "days"
title = "Days"
unit = "days"
frequency = "month"
over_time = "sum"
over_areas = "sum"
[[measure]]
id = "deaths"
title = "Deaths"
unit = "people"
frequency = "month"
over_time = "sum"
over_areas = "sum"
[[measure]]
id = "census"
title = "Census"
unit = "people"
frequency = "month"
over_time = "mean"
over_areas = "sum"
[[measure]]
id = "population"
title = "Population"
unit = "people"
frequency = "calendar-year"
over_time = "none"
over_areas = "sum"
[[measure]]
id = "survey"
title = "Survey"
unit = "%"
frequency = "financial-year"
over_time = "none"
over_areas = "none"
[[indicator]]
id = "RATE"
title = "Rate"
calculation = { rate = { numerator = "days", denominator = "population", per = 1000, population_year = "financial-year-start", carry_forward = 2 } }
frequency = "financial-year"
polarity = "lower"
decimals = 0
unit = "per 1,000"
[[indicator]]
id = "HOME"
title = "Last six months at home"
calculation = { percentage = { numerator = "days", denominator = "182.5 * deaths", complement = true } }
frequency = "financial-year"
polarity = "higher"
decimals = 1
unit = "%"
[[indicator]]
id = "CENSUS"
title = "Census"
calculation = { mean = "census" }
frequency = "quarter"
polarity = "lower"
decimals = 0
unit = "people"
[[indicator]]
id = "SURVEY"
title = "Survey"
calculation = { published = "survey" }
frequency = "financial-year"
polarity = "higher"
decimals = 0
unit = "%"
[[target]]
indicator = "RATE"
from = "2019/20"
value = 600
tolerance = { relative = 5 }
[[target]]
indicator = "SURVEY"
from = "2013/14"
value = 80
tolerance = { points = 2 }
"#;

struct World {
    framework: Framework,
    data: Dataset,
}

impl World {
    fn new() -> Self {
        Self { framework: Framework::from_texts(&[Text::new("f", FRAMEWORK)]).unwrap(), data: Dataset::new() }
    }

    fn put(&mut self, measure: &str, area: &str, first: Period, values: &[Observation]) {
        let mut builder = SeriesBuilder::new(first.kind());
        for (i, value) in (0..).zip(values) {
            builder.push(first.ordinal() + i, *value, 1);
        }
        let key = SeriesKey {
            measure: MeasureId::new(measure).unwrap(),
            breakdown: Breakdown::total(),
            area: AreaCode::new(area).unwrap(),
        };
        self.data.insert(key, builder.build().unwrap());
    }

    fn values(&self, indicator: &str, area: &str, periods: &[Period]) -> Vec<Value> {
        let valuer = Valuer::new(&self.framework, &self.data);
        let indicator = self.framework.indicator(indicator).unwrap();
        valuer.values(indicator, &AreaCode::new(area).unwrap(), periods)
    }

    fn evaluate(&self, indicator: &str, area: &str, periods: &[Period]) -> Evaluation<'_> {
        let valuer = Valuer::new(&self.framework, &self.data);
        let indicator = self.framework.indicator(indicator).unwrap();
        let history = History::new(&valuer, indicator, &AreaCode::new(area).unwrap(), periods);
        evaluate(&self.framework, &history, periods.len() - 1, &Viewpoint::default())
    }
}

fn n(value: f64) -> Observation {
    Observation::number(value).unwrap()
}

fn year(starts_in: i32) -> Period {
    Period::financial_year(starts_in).unwrap()
}

fn april(year: i32) -> Period {
    Period::month(year, 4).unwrap()
}

fn two_councils() -> World {
    let mut world = World::new();
    world.put("days", "A", april(2019), &[n(100.0); 12]);
    world.put("days", "B", april(2019), &[n(10.0); 12]);
    world.put("population", "A", Period::calendar_year(2019).unwrap(), &[n(1000.0)]);
    world.put("population", "B", Period::calendar_year(2019).unwrap(), &[n(4000.0)]);
    world
}

#[test]
fn a_partnership_has_the_ratio_of_sums_and_not_the_mean_of_rates() {
    let world = two_councils();
    let rate = |area| world.values("RATE", area, &[year(2019)])[0].value.unwrap();
    assert_eq!((rate("A"), rate("B")), (1200.0, 30.0));
    let whole = &world.values("RATE", "P", &[year(2019)])[0];
    assert_eq!((whole.numerator, whole.denominator, whole.value), (Some(1320.0), Some(5000.0), Ok(264.0)));
    assert_ne!(whole.value, Ok((1200.0 + 30.0) / 2.0));
}

#[test]
fn a_missing_population_is_carried_forward_so_many_years_marked_and_gives_way_when_it_arrives() {
    let mut world = two_councils();
    world.put("days", "A", april(2019), &[n(1.0); 48]);
    let at = |world: &World, y| world.values("RATE", "A", &[year(y)])[0].clone();
    for (y, carried) in [(2019, false), (2020, true), (2021, true)] {
        let value = at(&world, y);
        assert_eq!(value.value, Ok(12.0), "{y}");
        assert_eq!(value.marks.has(Marks::CARRIED_POPULATION), carried, "{y}");
        assert_eq!(value.population, Some(Population { due: y, used: 2019 }));
    }
    assert_eq!(at(&world, 2022).value, Err(Missing::NoPopulation), "two years and no more");
    world.put("population", "A", Period::calendar_year(2019).unwrap(), &[n(1000.0), n(2000.0)]);
    let value = at(&world, 2020);
    assert_eq!((value.value, value.marks), (Ok(6.0), Marks::NONE));
}

#[test]
fn january_to_march_use_the_population_of_the_year_in_which_the_financial_year_started() {
    let mut world = two_councils();
    world.put("population", "A", Period::calendar_year(2019).unwrap(), &[n(1000.0), n(2000.0)]);
    let march = Period::month(2020, 3).unwrap();
    assert_eq!(world.values("RATE", "A", &[march])[0].value, Ok(100.0));
    let window = march.window(12).unwrap();
    assert_eq!(
        world.values("RATE", "A", &[window])[0].value,
        world.values("RATE", "A", &[year(2019)])[0].value
    );
}

#[test]
fn a_missing_month_gives_incomplete_window_and_a_suppressed_one_suppressed() {
    let mut world = two_councils();
    let mut months = [n(1.0); 12];
    months[4] = Observation::absent(Absence::NotYetPublished);
    world.put("days", "A", april(2019), &months);
    assert_eq!(world.values("RATE", "A", &[year(2019)])[0].value, Err(Missing::IncompleteWindow));
    months[5] = Observation::absent(Absence::Suppressed);
    world.put("days", "A", april(2019), &months);
    let evaluation = world.evaluate("RATE", "A", &[year(2019)]);
    assert_eq!(evaluation.status, Status::NotAssessed(NotAssessed::Suppressed));
}

#[test]
fn a_complement_sums_both_parts_first() {
    let mut world = World::new();
    world.put("days", "A", april(2019), &[n(365.0); 12]);
    world.put("deaths", "A", april(2019), &[n(20.0); 12]);
    let value = &world.values("HOME", "A", &[year(2019)])[0];
    assert_eq!((value.numerator, value.denominator), (Some(4380.0), Some(43800.0)));
    assert_eq!(value.value, Ok(90.0));
}

#[test]
fn a_stock_is_averaged_over_time_and_added_over_areas() {
    let mut world = World::new();
    world.put("census", "A", april(2019), &[n(10.0), n(20.0), n(30.0)]);
    world.put("census", "B", april(2019), &[n(1.0), n(1.0), n(1.0)]);
    let quarter = PeriodKind::Quarter.parse("2019 Q2").unwrap();
    assert_eq!(world.values("CENSUS", "P", &[quarter])[0].value, Ok(21.0));
}

#[test]
fn published_values_add_over_neither_areas_nor_time() {
    let mut world = World::new();
    world.put("survey", "A", year(2013), &[n(80.0)]);
    world.put("survey", "B", year(2013), &[n(90.0)]);
    assert_eq!(world.values("SURVEY", "P", &[year(2013)])[0].value, Err(Missing::NoData));
    let window = Period::month(2014, 3).unwrap().window(12).unwrap();
    assert_eq!(world.values("SURVEY", "A", &[window])[0].value, Err(Missing::DoesNotAdd));
}

#[test]
fn no_zero_denominator_becomes_a_number() {
    let mut world = World::new();
    world.put("days", "A", april(2019), &[n(0.0); 12]);
    world.put("deaths", "A", april(2019), &[n(0.0); 12]);
    assert_eq!(world.values("HOME", "A", &[year(2019)])[0].value, Err(Missing::ZeroDenominator));
}

#[test]
fn a_status_is_judged_by_the_target_of_its_day_and_says_why() {
    let mut world = two_councils();
    world.put("days", "A", april(2018), &[n(52.5); 24]);
    world.put("population", "A", Period::calendar_year(2018).unwrap(), &[n(1000.0), n(1000.0)]);
    let before = world.evaluate("RATE", "A", &[year(2018)]);
    assert_eq!(before.status, Status::NotAssessed(NotAssessed::NoTarget));
    let after = world.evaluate("RATE", "A", &[year(2018), year(2019)]);
    assert_eq!(after.status, Status::Assessed(Colour::Amber));
    assert_eq!(
        after.explanation,
        "2019/20: 630 of 1000 gives 630.00 per 1,000; mid-year population of 2019; target at most 600 from \
         2019/20, tolerance 5% (to 630.00); variance 30.00 (5.0%): amber"
    );
    assert_eq!(after.short_trend.trend, Trend::Steady);
}

#[test]
fn a_trend_is_in_terms_of_better_and_a_break_forbids_it() {
    let mut world = World::new();
    let survey = [n(70.0), n(75.0), n(74.0)];
    world.put("survey", "A", year(2013), &survey);
    let years = [year(2013), year(2014), year(2015)];
    let evaluation = world.evaluate("SURVEY", "A", &years);
    assert_eq!(evaluation.short_trend.trend, Trend::Worse);
    assert_eq!(evaluation.long_trend.trend, Trend::Better);
    assert_eq!(evaluation.long_trend.against, Some(72.5));
    world.put("survey", "A", year(2013), &[n(70.0), n(75.0), n(74.0).marked(Marks::BREAK)]);
    let broken = Trend::Unknown(NoTrend::BreakInSeries);
    assert_eq!(world.evaluate("SURVEY", "A", &years).short_trend.trend, broken);
    world.put("survey", "A", year(2013), &[n(70.0), n(75.0).marked(Marks::BREAK), n(74.0)]);
    let evaluation = world.evaluate("SURVEY", "A", &years);
    assert_eq!(evaluation.short_trend.trend, Trend::Worse, "both are after the break");
    assert_eq!(evaluation.long_trend.trend, broken);
}

#[test]
fn a_two_yearly_survey_is_compared_with_the_survey_before() {
    let mut world = World::new();
    world.put("survey", "A", year(2013), &[n(70.0)]);
    let mut builder = SeriesBuilder::new(PeriodKind::FinancialYear);
    builder.push(2013, n(70.0), 1);
    builder.push(2015, n(72.0), 1);
    let key = SeriesKey {
        measure: MeasureId::new("survey").unwrap(),
        breakdown: Breakdown::total(),
        area: AreaCode::new("A").unwrap(),
    };
    world.data.insert(key, builder.build().unwrap());
    let evaluation = world.evaluate("SURVEY", "A", &[year(2013), year(2014), year(2015)]);
    assert_eq!(evaluation.short_trend.trend, Trend::Better);
    assert_eq!(evaluation.short_trend.since, Some(year(2013)));
}

#[test]
fn areas_share_their_windows() {
    let mut world = two_councils();
    world.put("days", "B", april(2018), &[n(1.0); 30]);
    let valuer = Valuer::new(&world.framework, &world.data);
    let rate = world.framework.indicator("RATE").unwrap();
    let years = valuer.periods(rate, PeriodKind::FinancialYear);
    assert_eq!(years, [year(2018), year(2019)], "2020/21 has not ended in the data");
    let windows = valuer.periods(rate, PeriodKind::window(12).unwrap());
    assert_eq!((windows.len(), windows[0].to_string().as_str()), (30, "12 months to 2018-04"));
}

#[test]
fn events_of_several_years_are_divided_by_the_people_of_all_of_them() {
    let mut world = World::new();
    world.put("days", "A", Period::month(2018, 4).unwrap(), &[n(10.0); 36]);
    let people = [n(1000.0), n(1100.0), n(1200.0)];
    world.put("population", "A", Period::calendar_year(2018).unwrap(), &people);
    let three = PeriodKind::FinancialYears(3).parse("2018/19-2020/21").unwrap();
    let window = PeriodKind::window(36).unwrap().parse("36 months to 2021-03").unwrap();
    for period in [three, window] {
        let value = &world.values("RATE", "A", &[period])[0];
        assert_eq!((value.numerator, value.denominator), (Some(360.0), Some(3300.0)), "{period}");
        assert_eq!(value.marks, Marks::NONE);
    }
    // The last of the three years is carried forward, and the rate says so.
    let mut world = World::new();
    world.put("days", "A", Period::month(2018, 4).unwrap(), &[n(10.0); 36]);
    world.put("population", "A", Period::calendar_year(2018).unwrap(), &people[..2]);
    let value = &world.values("RATE", "A", &[three])[0];
    assert_eq!(value.denominator, Some(3200.0));
    assert!(value.marks.has(Marks::CARRIED_POPULATION));
}
