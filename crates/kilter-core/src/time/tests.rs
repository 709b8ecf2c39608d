//! Laws of the calendar.

use super::*;
use proptest::prelude::*;
use std::str::FromStr;

const KINDS: [PeriodKind; 12] = [
    PeriodKind::Day,
    PeriodKind::Week,
    PeriodKind::Month,
    PeriodKind::Quarter,
    PeriodKind::FinancialQuarter,
    PeriodKind::HalfYear,
    PeriodKind::FinancialHalfYear,
    PeriodKind::CalendarYear,
    PeriodKind::FinancialYear,
    PeriodKind::CalendarYears(3),
    PeriodKind::FinancialYears(5),
    PeriodKind::Months(12),
];

fn every_day() -> impl Iterator<Item = Date> {
    let first = Date::from_ymd_opt(1999, 1, 1).unwrap();
    let last = Date::from_ymd_opt(2100, 12, 31).unwrap();
    first.iter_days().take_while(move |day| *day <= last)
}

#[test]
fn every_day_from_1999_to_2100_lies_in_one_period_of_each_kind_and_its_text_reads_back() {
    for day in every_day() {
        for kind in KINDS {
            let period = kind.containing(day);
            assert!(period.start() <= day || kind.length_in_months().is_none());
            assert!(day <= period.end(), "{day} {period}");
            if kind.tiles() {
                assert!(period.start() <= day, "{day} {period}");
                assert_eq!(period.plus(1).start(), period.end().succ_opt().unwrap());
            }
            if day.day() == 1 {
                assert_eq!(kind.parse(&period.to_string()), Ok(period));
                assert_eq!(Period::from_str(&period.to_string()), Ok(period));
                assert_eq!(Period::new(kind, period.ordinal()), Ok(period));
            }
        }
    }
}

#[test]
fn the_financial_year_turns_between_31_march_and_1_april() {
    let year =
        |y, m, d| PeriodKind::FinancialYear.containing(Date::from_ymd_opt(y, m, d).unwrap()).to_string();
    assert_eq!(year(2024, 3, 31), "2023/24");
    assert_eq!(year(2024, 4, 1), "2024/25");
    assert_eq!(year(2000, 3, 31), "1999/00");
    assert_eq!(year(2099, 4, 1), "2099/00");
}

#[test]
fn the_first_financial_quarter_is_the_second_calendar_quarter_and_the_two_kinds_stay_apart() {
    let financial = PeriodKind::FinancialQuarter.parse("2023/24 Q1").unwrap();
    let calendar = PeriodKind::Quarter.parse("2023 Q2").unwrap();
    assert_eq!((financial.start(), financial.end()), (calendar.start(), calendar.end()));
    assert_ne!(financial, calendar);
    assert!(PeriodKind::Quarter.parse("2023/24 Q1").is_err());
    assert!(PeriodKind::FinancialQuarter.parse("2023 Q2").is_err());
}

#[test]
fn an_ambiguous_year_is_refused_with_both_readings() {
    for text in ["2021", "1920"] {
        assert!(
            matches!(PeriodKind::FinancialYear.parse(text), Err(PeriodError::Ambiguous { .. })),
            "{text}"
        );
    }
    assert!(matches!(Period::from_str("2019-2020"), Err(PeriodError::Ambiguous { .. })));
    assert_eq!(Period::from_str("2021").unwrap().kind(), PeriodKind::CalendarYear);
}

#[test]
fn years_that_do_not_follow_one_another_are_refused_with_the_right_label() {
    let error = PeriodKind::FinancialYear.parse("2019/21").unwrap_err();
    assert_eq!(error.to_string(), "\"2019/21\" is not a financial year: after 2019 comes 2019/20");
    assert!(PeriodKind::FinancialYear.parse("1999/100").is_err());
    assert_eq!(PeriodKind::FinancialYear.parse("1999/00").unwrap().ordinal(), 1999);
}

#[test]
fn a_week_is_named_by_its_sunday_and_by_no_other_day() {
    assert_eq!(PeriodKind::Week.parse("20200105").unwrap().to_string(), "week to 2020-01-05");
    let error = PeriodKind::Week.parse("2020-01-06").unwrap_err();
    assert!(error.to_string().contains("week to 2020-01-12"), "{error}");
}

#[test]
fn text_that_is_no_period_is_refused_without_a_panic() {
    for text in [
        "",
        " ",
        "Q",
        "H1",
        "20230",
        "2023-13",
        "£2023",
        "２０２３",
        "2023-0é",
        "week to",
        "12 months to",
        "9999 Q9",
    ] {
        assert!(Period::from_str(text).is_err(), "{text}");
        for kind in KINDS {
            assert!(kind.parse(text).is_err(), "{kind} {text}");
            for (_, format) in PeriodFormat::NAMES {
                assert!(kind.parse_as(format, text).is_err(), "{kind} {format:?} {text}");
            }
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_without_a_panic(text in "\\PC{0,24}") {
        let _ = Period::from_str(&text);
        for kind in KINDS {
            let _ = kind.parse(&text);
            for (_, format) in PeriodFormat::NAMES {
                let _ = kind.parse_as(format, &text);
            }
        }
    }

    #[test]
    fn the_months_of_a_period_split_it_exactly(ordinal in 1990i32..2050, kind in 2usize..12) {
        let kind = KINDS[kind];
        let period = kind.containing(Date::from_ymd_opt(ordinal, 4, 1).unwrap());
        let months: Vec<_> = period.split(PeriodKind::Month).unwrap().collect();
        prop_assert_eq!(months.first().unwrap().start(), period.start());
        prop_assert_eq!(months.last().unwrap().end(), period.end());
        prop_assert_eq!(Some(months.len() as i32), kind.length_in_months());
    }

    #[test]
    fn the_year_in_which_a_period_ends_is_that_of_its_last_day(day in 0i64..80_000, kind in prop::sample::select(&KINDS[..])) {
        let date = Date::from_ymd_opt(1850, 1, 1).unwrap() + chrono::Duration::days(day);
        let period = kind.containing(date);
        prop_assert!(period.end() >= date);
        prop_assert_eq!(period.calendar_year_of_end(), period.end().year());
        let year = PeriodKind::FinancialYear.containing(period.end());
        prop_assert_eq!(period.financial_year_of_end(), year.ordinal());
    }

    #[test]
    fn a_year_before_is_a_year_before(n in -600i32..600) {
        let month = Period::month(2020, 1).unwrap().plus(n);
        let before = month.year_before().unwrap();
        prop_assert_eq!(before.end().year() + 1, month.end().year());
        prop_assert_eq!(before.end().month(), month.end().month());
    }
}
