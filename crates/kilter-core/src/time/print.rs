//! Printing periods: one way for each kind, as the field writes it.

use super::{Period, PeriodKind, month_ordinal};
use chrono::NaiveDate;
use std::fmt;

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) fn label(year: i32) -> String {
    format!("{year:04}/{:02}", (year + 1).rem_euclid(100))
}

impl PeriodKind {
    /// Its name, as in a framework file: `financial-year`, `12 months`.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Day => "day".into(),
            Self::Week => "week".into(),
            Self::Month => "month".into(),
            Self::Quarter => "quarter".into(),
            Self::FinancialQuarter => "financial-quarter".into(),
            Self::HalfYear => "half-year".into(),
            Self::FinancialHalfYear => "financial-half-year".into(),
            Self::CalendarYear => "calendar-year".into(),
            Self::FinancialYear => "financial-year".into(),
            Self::CalendarYears(n) => format!("{n} calendar-years"),
            Self::FinancialYears(n) => format!("{n} financial-years"),
            Self::Months(n) => format!("{n} months"),
        }
    }

    pub(super) fn described(self) -> String {
        match self {
            Self::Day => "a date".into(),
            Self::Week => "a week".into(),
            Self::Month => "a month".into(),
            Self::Quarter => "a calendar quarter".into(),
            Self::FinancialQuarter => "a financial quarter".into(),
            Self::HalfYear => "a calendar half-year".into(),
            Self::FinancialHalfYear => "a financial half-year".into(),
            Self::CalendarYear => "a calendar year".into(),
            Self::FinancialYear => "a financial year".into(),
            Self::CalendarYears(n) => format!("a span of {n} calendar years"),
            Self::FinancialYears(n) => format!("a span of {n} financial years"),
            Self::Months(n) => format!("a window of {n} months"),
        }
    }

    pub(super) fn example(self) -> String {
        match self {
            Self::Week => "week to 2023-06-25".into(),
            kind => kind.containing(NaiveDate::from_ymd_opt(2023, 6, 30).unwrap_or_default()).to_string(),
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.ordinal;
        let text = match self.kind {
            PeriodKind::Day => self.end().to_string(),
            PeriodKind::Week => format!("week to {}", self.end()),
            PeriodKind::Month => format!("{}-{:02}", n.div_euclid(12), n.rem_euclid(12) + 1),
            PeriodKind::Quarter => format!("{} Q{}", n.div_euclid(4), n.rem_euclid(4) + 1),
            PeriodKind::FinancialQuarter => format!("{} Q{}", label(n.div_euclid(4)), n.rem_euclid(4) + 1),
            PeriodKind::HalfYear => format!("{} H{}", n.div_euclid(2), n.rem_euclid(2) + 1),
            PeriodKind::FinancialHalfYear => {
                format!("{} H{}", label(n.div_euclid(2)), n.rem_euclid(2) + 1)
            }
            PeriodKind::CalendarYear => n.to_string(),
            PeriodKind::FinancialYear => label(n),
            PeriodKind::CalendarYears(k) => format!("{n}-{}", n + i32::from(k) - 1),
            PeriodKind::FinancialYears(k) => format!("{}-{}", label(n), label(n + i32::from(k) - 1)),
            PeriodKind::Months(k) => {
                format!("{k} months to {}-{:02}", n.div_euclid(12), n.rem_euclid(12) + 1)
            }
        };
        f.pad(&text)
    }
}

impl fmt::Display for PeriodKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name())
    }
}

impl Period {
    /// The name of the calendar quarter of the period's last month, as the publisher writes it: `Jan-Mar
    /// 2018`, or in full `January to March 2018`.
    ///
    /// ```
    /// use kilter_core::time::PeriodKind;
    /// let quarter = PeriodKind::FinancialQuarter.parse("2017/18 Q4").unwrap();
    /// assert_eq!(quarter.quarter_name(false), "Jan-Mar 2018");
    /// assert_eq!(quarter.quarter_name(true), "January to March 2018");
    /// ```
    #[must_use]
    pub fn quarter_name(self, in_full: bool) -> String {
        let month = month_ordinal(self.end());
        let first = month.div_euclid(3) * 3;
        let name = |m: i32| MONTHS[m.rem_euclid(12) as usize];
        let year = first.div_euclid(12);
        if in_full {
            format!("{} to {} {year}", name(first), name(first + 2))
        } else {
            format!("{}-{} {year}", &name(first)[..3], &name(first + 2)[..3])
        }
    }
}
