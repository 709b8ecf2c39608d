//! The five-year comparison of an annual report: the reporting year and up to five reporting years before
//! it, as the regulations ask (SSI 2014/326, regulations 3, 4(3) and 6(3)).
//!
//! Years are there or they are not: nothing is padded, and what is not comparable is marked.

use super::{History, Value};
use crate::area::Area;
use crate::method::Missing;
use crate::time::{Date, Period, PeriodKind};

/// How many reporting years before the reporting year are compared with it.
pub const PRECEDING_YEARS: i32 = 5;
/// The year in which the first statutory reporting year, 2016/17, starts.
pub const FIRST_STATUTORY_YEAR: i32 = 2016;

/// The years of a five-year comparison in order of time: the reporting year and up to five before it, in a
/// statutory one none that starts before 2016. `kind` is that of the indicator: a financial or calendar year.
/// Empty where a statutory comparison is asked for a year before the first.
///
/// ```
/// use kilter_core::evaluate::comparison_years;
/// use kilter_core::time::Period;
/// let years = |year, statutory| comparison_years(Period::financial_year(year).unwrap(), statutory);
/// assert_eq!(years(2018, true).len(), 3); // 2016/17, 2017/18 and 2018/19
/// assert_eq!(years(2021, true).len(), 6); // full length for the first time
/// assert_eq!(years(2018, false).len(), 6);
/// assert!(years(2015, true).is_empty());
/// ```
#[must_use]
pub fn comparison_years(reporting: Period, statutory: bool) -> Vec<Period> {
    (0..=PRECEDING_YEARS)
        .rev()
        .map(|back| reporting.plus(-back))
        .filter(|year| !statutory || year.ordinal() >= FIRST_STATUTORY_YEAR)
        .collect()
}

/// The kind of year that an indicator of some frequency is compared over: calendar years for what is known
/// by calendar year or quarter, reporting years for everything else.
#[must_use]
pub fn year_kind(frequency: PeriodKind) -> PeriodKind {
    match frequency {
        PeriodKind::CalendarYear | PeriodKind::CalendarYears(_) => frequency,
        PeriodKind::FinancialYears(_) => frequency,
        PeriodKind::Quarter | PeriodKind::HalfYear => PeriodKind::CalendarYear,
        _ => PeriodKind::FinancialYear,
    }
}

/// One year of a five-year comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparisonYear {
    /// The value.
    pub value: Value,
    /// Whether the series is broken between the year shown before it and this one.
    pub break_before: bool,
    /// The day on which the area's code, and perhaps its boundary, came into force, where that was after the
    /// start of this year.
    pub boundary: Option<Date>,
    /// Whether it may be compared with the reporting year: no break lies between.
    pub comparable: bool,
}

/// The years of a comparison out of a history that ends with the reporting year. Years before the first
/// with data are left out, and those in which nothing was to be measured; a year that lacks its data between
/// others is there with the reason.
#[must_use]
pub fn five_years(history: &History<'_>, area: Option<&Area>, years: &[Period]) -> Vec<ComparisonYear> {
    let every = history.indicator().every.max(1);
    let places: Vec<usize> = years.iter().filter_map(|year| history.place(*year)).collect();
    let Some(&last) = places.last() else { return Vec::new() };
    let has_value = |place: usize| !matches!(history.values()[place].value, Err(Missing::NoData));
    let anchor = (0..=last).rev().find(|place| has_value(*place));
    let mut shown: Vec<ComparisonYear> = Vec::new();
    let mut before: Option<usize> = None;
    for place in places {
        let off_year = anchor.is_some_and(|anchor| !anchor.abs_diff(place).is_multiple_of(every as usize));
        if !has_value(place) && (shown.is_empty() || off_year) {
            continue;
        }
        let value = history.values()[place].clone();
        let came = area.and_then(|area| area.valid_from).filter(|day| *day > value.period.start());
        shown.push(ComparisonYear {
            value,
            break_before: before.is_some_and(|before| history.is_broken(before, place)),
            boundary: came,
            comparable: !history.is_broken(place, last),
        });
        before = Some(place);
    }
    // A reporting year of which nothing is known yet stays: it is what the table is about.
    shown
}
