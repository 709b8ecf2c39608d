//! What is worked out for all areas at once is what is worked out one by one, to the bit: values, what they lack,
//! statuses, limits and standings, whatever the figures.

use kilter_core::evaluate::{
    Comparators, Comparison, History, Panel, PanelMemory, Standing, StatusCode, StatusPlan, Valuer,
    Viewpoint, compare_at, limits_of, status,
};
use kilter_core::framework::{Framework, Text};
use kilter_core::ident::{AreaCode, MeasureId};
use kilter_core::method::{Figures, Lack};
use kilter_core::series::{Absence, Breakdown, Dataset, Marks, Observation, SeriesBuilder, SeriesKey};
use kilter_core::time::{Date, Period, PeriodKind};
use proptest::prelude::*;

const AREAS: [&str; 4] = ["north", "south", "all", "far"];

fn framework() -> Framework {
    let text = r#"
        framework = { id = "f", title = "F" }
        area = [
            { code = "north", name = "North", kind = "council" },
            { code = "south", name = "South", kind = "council" },
            { code = "far", name = "Far", kind = "council" },
            { code = "all", name = "All", kind = "scotland", parts = ["north", "south"] },
        ]
        measure = [
            { id = "falls", title = "Falls", unit = "falls", frequency = "month", over_time = "sum", over_areas = "sum" },
            { id = "beds", title = "Beds", unit = "beds", frequency = "month", over_time = "mean", over_areas = "sum" },
            { id = "score", title = "Score", unit = "points", frequency = "month", over_time = "none", over_areas = "none" },
            { id = "seen", title = "Seen", unit = "people", frequency = "month", over_time = "sum", over_areas = "sum" },
            { id = "people", title = "People", unit = "people", frequency = "calendar-year", over_time = "none", over_areas = "sum" },
        ]
        indicator = [
            { id = "count", title = "C", calculation = { count = "falls" }, frequency = "month", polarity = "lower", decimals = 0, unit = "falls", interval = "byar", compare = { with = { area = "all" }, test = "interval against value", confidence = [95] } },
            { id = "scaled", title = "S", calculation = { count = "2.5 * falls" }, frequency = "month", polarity = "higher", decimals = 0, unit = "falls" },
            { id = "mean", title = "M", calculation = { mean = "beds" }, frequency = "month", polarity = "higher", decimals = 1, unit = "beds" },
            { id = "published", title = "P", calculation = { published = "score" }, frequency = "month", polarity = "none", decimals = 1, unit = "points" },
            { id = "calendar", title = "R", calculation = { rate = { numerator = "falls", denominator = "people", per = 1000, population_year = "calendar-year", carry_forward = 1 } }, frequency = "month", polarity = "lower", decimals = 1, unit = "per 1,000", interval = "byar", compare = { with = "scotland", test = "interval against value", confidence = [95] } },
            { id = "financial", title = "R", calculation = { rate = { numerator = "falls", denominator = "people", per = 1000, population_year = "financial-year-start", carry_forward = 0 } }, frequency = "month", polarity = "higher", decimals = 1, unit = "per 1,000" },
            { id = "share", title = "H", calculation = { percentage = { numerator = "seen", denominator = "falls", complement = true } }, frequency = "month", polarity = "higher", decimals = 1, unit = "%" },
            { id = "pairs", title = "A", calculation = { percentage = { numerator = "seen" } }, frequency = "month", polarity = "range", decimals = 1, unit = "%" },
        ]
        target = [
            { indicator = "count", from = "2020-01", to = "2020-06", value = 30, tolerance = { points = [1, 3] } },
            { indicator = "count", from = "2020-07", trajectory = [{ period = "2020-07", value = 40 }, { period = "2021-06", value = 20 }] },
            { indicator = "count", area = "far", from = "2020-01", value = 10 },
            { indicator = "scaled", from = "2020-01", value = 70, tolerance = { points = 5 } },
            { indicator = "mean", from = "2020-03", change = { baseline = 20, percent = 10 }, tolerance = { relative = 10 } },
            { indicator = "calendar", from = "2020-01", value = 300, tolerance = { relative = 5 } },
            { indicator = "financial", from = "2020-01", value = 250, tolerance = { relative = [2.5, 5] } },
            { indicator = "share", from = "2020-01", comparator = "scotland" },
            { indicator = "pairs", from = "2020-01", value = [20, 80], tolerance = { points = 5 } },
        ]
    "#;
    Framework::from_texts(&[Text::new("f.toml", text)]).unwrap_or_else(|error| panic!("{error}"))
}

/// What stands in one month: nothing, an absence, a number, or a pair.
fn observation() -> impl Strategy<Value = Option<Observation>> {
    let number = |value: f64| Observation::number(value).expect("finite");
    let observed = prop_oneof![
        20 => (0..60i32).prop_map(move |n| number(f64::from(n))),
        2 => (0.0..60.0f64).prop_map(number),
        1 => Just(number(-3.0)),
        1 => Just(number(60.0).marked(Marks::PROVISIONAL)),
        2 => (0..5i32, 0..6i32).prop_map(|(a, b)| Observation::pair(f64::from(a), f64::from(b)).expect("finite")),
        2 => prop::sample::select(Absence::NAMES.map(|(_, a)| a).to_vec()).prop_map(Observation::absent),
    ];
    prop::option::weighted(0.93, observed)
}

type Figured = Vec<Vec<Option<Observation>>>;

fn dataset(months: &Figured, years: &Figured) -> Dataset {
    let mut data = Dataset::new();
    let first = Period::month(2020, 1).expect("a month").ordinal();
    let mut put = |measure: &str, area: &str, kind, first: i32, of: &[Option<Observation>]| {
        let mut series = SeriesBuilder::new(kind);
        for (ordinal, observation) in (first..).zip(of) {
            if let Some(observation) = observation {
                series.push(ordinal, *observation, 1 + (ordinal % 3) as u32);
            }
        }
        let (measure, area) = (MeasureId::new(measure).expect("an id"), AreaCode::new(area).expect("a code"));
        let key = SeriesKey { measure, breakdown: Breakdown::total(), area };
        data.insert(key, series.build().expect("each once"));
    };
    for (m, measure) in ["falls", "beds", "score", "seen"].into_iter().enumerate() {
        for (a, area) in AREAS.into_iter().enumerate() {
            // The whole is stated by nobody for some measures.
            if area != "all" || m % 2 == 0 {
                put(measure, area, PeriodKind::Month, first + a as i32, &months[m * AREAS.len() + a]);
            }
        }
    }
    for (area, of) in AREAS.into_iter().zip(years) {
        put("people", area, PeriodKind::CalendarYear, 2019, of);
    }
    data
}

fn questions() -> Vec<Vec<Period>> {
    let month = Period::month(2019, 11).expect("a month");
    let months: Vec<Period> = (0..24).map(|n| month.plus(n)).collect();
    let windows = |n| months.iter().map(|month| month.window(n).expect("a window")).collect::<Vec<_>>();
    let quarters = (0..6).map(|n| PeriodKind::Quarter.containing(month.start()).plus(n)).collect();
    let years = (2019..2022).map(|y| Period::financial_year(y).expect("a year")).collect();
    vec![months.clone(), windows(12), windows(3), windows(24), quarters, years]
}

fn check(framework: &Framework, data: &Dataset) {
    let view = Viewpoint { level: None, on: Date::from_ymd_opt(2021, 1, 10) };
    let valuer = Valuer::new(framework, data);
    let mut memory = PanelMemory::default();
    for indicator in framework.indicators() {
        // Nothing to count, no span of populations: no panel.
        let Some(panel) = Panel::new(&valuer, indicator) else { continue };
        let comparison = panel.comparison(framework, indicator);
        for periods in questions() {
            let Some(plan) = panel.plan(&periods) else { continue };
            let n = periods.len();
            let mut rows: Vec<Figures> = Vec::new();
            for (row, area) in panel.areas().iter().enumerate() {
                let mut figures = Figures::default();
                figures.resize(n);
                panel.values(row, &plan, &mut memory, &mut figures.values, &mut figures.lacks);
                let history = History::new(&valuer, indicator, area, &periods);
                for (place, value) in history.values().iter().enumerate() {
                    let found = match figures.lacks[place].reason() {
                        None => Ok(figures.values[place].to_bits()),
                        Some(reason) => Err(reason),
                    };
                    let expected = value.value.map(f64::to_bits);
                    assert_eq!(found, expected, "{} {area} {}", indicator.id, periods[place]);
                    assert!(figures.lacks[place] == Lack::NONE || figures.values[place] == 0.0);
                }
                if let Some(plan) = StatusPlan::new(framework, indicator, area, &periods, &view) {
                    let mut codes = vec![StatusCode::default(); n];
                    plan.write(&figures.values, &figures.lacks, &mut codes);
                    for (place, code) in codes.iter().enumerate() {
                        let expected = status(framework, &history, place, &view);
                        assert_eq!(code.status(), expected, "{} {area} {}", indicator.id, periods[place]);
                    }
                }
                rows.push(figures);
            }
            let Some(comparison) = &comparison else { continue };
            let limited = panel.limits(&plan, indicator, comparison.confidence());
            for (row, area) in panel.areas().iter().enumerate() {
                let (mut lower, mut upper) = (vec![f64::NAN; n], vec![f64::NAN; n]);
                let level = comparison.confidence();
                let limits = (&mut lower[..], &mut upper[..]);
                if !limited.as_ref().is_some_and(|of| of.write(row, &mut memory, limits)) {
                    continue;
                }
                let history = History::new(&valuer, indicator, area, &periods);
                for (place, value) in history.values().iter().enumerate().filter(|(_, v)| v.value.is_ok()) {
                    let expected =
                        limits_of(indicator, value, level).expect("limits of a sound count").limits;
                    let found = (lower[place].to_bits(), upper[place].to_bits());
                    assert_eq!(
                        found,
                        (expected.lower.to_bits(), expected.upper.to_bits()),
                        "{}",
                        indicator.id
                    );
                }
                let standing = |place| compare_at(&valuer, &history, place, &indicator.comparison).standing;
                let Some(other) = comparison.other(row) else {
                    assert!((0..n).all(|place| standing(place).is_err()), "{area} is compared with nothing");
                    continue;
                };
                let mut others = Comparators::default();
                others.read(&panel, other, &plan, &mut memory);
                let mut standings = vec![99; n];
                Comparison::standings(
                    indicator.polarity,
                    (&mut lower, &mut upper),
                    &rows[row].lacks,
                    &others,
                    &mut standings,
                );
                for (place, code) in standings.iter().enumerate() {
                    let expected = standing(place);
                    let found = usize::from(*code).checked_sub(1).map(|place| Standing::NAMES[place].1);
                    assert_eq!(found, expected.ok(), "{} {area} {}", indicator.id, periods[place]);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn a_panel_says_what_is_said_one_by_one_to_the_bit(
        months in prop::collection::vec(prop::collection::vec(observation(), 1..20), 16),
        years in prop::collection::vec(prop::collection::vec(observation(), 1..4), 4),
    ) {
        check(&framework(), &dataset(&months, &years));
    }
}

#[test]
fn so_it_does_where_all_is_sound() {
    let number = |n: usize| Some(Observation::number((n * 7 % 50 + 10) as f64).expect("finite"));
    let months: Figured = (0..16).map(|s| (0..20).map(|m| number(s * 20 + m)).collect()).collect();
    let years: Figured = (0..4).map(|_| (0..4).map(number).collect()).collect();
    let (framework, data) = (framework(), dataset(&months, &years));
    check(&framework, &data);
    // Nothing is passed over in silence: every indicator has a panel, and some have limits and standings.
    let valuer = Valuer::new(&framework, &data);
    for indicator in framework.indicators() {
        let panel = Panel::new(&valuer, indicator).expect("a panel");
        assert_eq!(panel.plan(&questions()[0]).map(|plan| plan.len()), Some(24), "{}", indicator.id);
    }
    for id in ["count", "calendar"] {
        let indicator = framework.indicator(id).expect("it is defined");
        let panel = Panel::new(&valuer, indicator).expect("a panel");
        let plan = panel.plan(&questions()[1]).expect("a plan");
        let (mut lower, mut upper) = (vec![0.0; plan.len()], vec![0.0; plan.len()]);
        let comparison = panel.comparison(&framework, indicator).expect("a comparison");
        let limits = (&mut lower[..], &mut upper[..]);
        let mut memory = PanelMemory::default();
        let limited =
            panel.limits(&plan, indicator, comparison.confidence()).expect("limits by Byar's method");
        assert!(limited.write(0, &mut memory, limits), "{id}");
        let north = panel.areas().iter().position(|area| area.as_str() == "north").expect("it was observed");
        assert!(comparison.other(north).is_some(), "{id}");
    }
}
