//! The age of a value at a reporting date, and whether newer data is due. How often something is measured,
//! how long its figures take to arrive, and how often they are reported are three things.

use super::Value;
use crate::framework::{Indicator, Lag};
use crate::series::Marks;
use crate::time::{Date, Period};
use chrono::Datelike;
use std::fmt;

/// Whether newer data should be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Freshness {
    /// The next figures are not due yet.
    Current,
    /// The next figures were due before the reporting date.
    Overdue,
    /// Nobody says how long figures take to arrive.
    NotStated,
}

impl Freshness {
    /// All with their names in results.
    pub const NAMES: [(&'static str, Self); 3] =
        [("current", Self::Current), ("overdue", Self::Overdue), ("not stated", Self::NotStated)];
}

impl fmt::Display for Freshness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Self::NAMES.iter().find(|(_, of)| of == self).map_or("", |(name, _)| name))
    }
}

/// The age of what is shown, and what comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// The whole months from the end of the period to the reporting date; 0 where it has not ended.
    pub age_months: u32,
    /// The next period that is measured.
    pub next: Period,
    /// The day by which its figures are due; `None`: nobody says how long they take.
    pub due: Option<Date>,
    /// Whether they should be there.
    pub freshness: Freshness,
}

/// Whole months from one day to another: a month is full on the day with its number, or on the last day of
/// a month that has none.
fn whole_months(from: Date, to: Date) -> u32 {
    let months = (to.year() - from.year()) * 12 + to.month0() as i32 - from.month0() as i32;
    let last_of = |day: Date| day.succ_opt().is_none_or(|next| next.month() != day.month());
    let full = to.day() >= from.day() || last_of(to);
    u32::try_from(if full { months } else { months - 1 }).unwrap_or(0)
}

/// The day by which the figures of a period are due; `None`: nobody says how long they take.
#[must_use]
pub fn due(indicator: &Indicator, period: Period) -> Option<Date> {
    indicator.available_after.map(|lag| lag.after(period.end()))
}

/// Whether the figures of a period may still be to come on a day: the period has not ended before it, or they
/// are due on it or later.
#[must_use]
pub fn is_still_to_come(indicator: &Indicator, period: Period, on: Date) -> bool {
    indicator.available_after.unwrap_or(Lag::Days(0)).after(period.end()) >= on
}

/// The age of the value of a period on a reporting date, and whether newer data is due.
#[must_use]
pub fn timing(indicator: &Indicator, period: Period, on: Date) -> Timing {
    // A rolling window moves on by a month, whatever its length.
    let next = period.plus(i32::try_from(indicator.every).unwrap_or(1));
    let due = due(indicator, next);
    let freshness = match due {
        None => Freshness::NotStated,
        Some(due) if due < on => Freshness::Overdue,
        Some(_) => Freshness::Current,
    };
    Timing { age_months: whole_months(period.end(), on), next, due, freshness }
}

/// Whether a figure is final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Completeness {
    /// Nothing says otherwise.
    Complete,
    /// It may still change.
    Provisional,
    /// Some of it is not returned yet.
    Incomplete,
}

impl Completeness {
    /// All with their names in results.
    pub const NAMES: [(&'static str, Self); 3] =
        [("complete", Self::Complete), ("provisional", Self::Provisional), ("incomplete", Self::Incomplete)];

    /// What the marks of a value say.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        let has = |mark| value.marks.has(mark);
        if has(Marks::INCOMPLETE) {
            Self::Incomplete
        } else if has(Marks::PROVISIONAL) || has(Marks::ESTIMATED) || has(Marks::FORECAST) {
            Self::Provisional
        } else {
            Self::Complete
        }
    }
}

impl fmt::Display for Completeness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Self::NAMES.iter().find(|(_, of)| of == self).map_or("", |(name, _)| name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn a_month_is_full_on_its_day_or_on_the_last_of_a_shorter_month() {
        for (from, to, months) in [
            ("2023-03-31", "2023-03-31", 0),
            ("2023-03-31", "2023-04-29", 0),
            ("2023-03-31", "2023-04-30", 1),
            ("2023-03-31", "2024-02-29", 11),
            ("2023-03-31", "2024-03-30", 11),
            ("2023-03-31", "2024-03-31", 12),
            ("2024-03-31", "2023-03-31", 0),
        ] {
            assert_eq!(whole_months(day(from), day(to)), months, "{from} {to}");
        }
    }

    #[test]
    fn a_lag_of_months_leads_from_the_end_of_a_month_to_the_end_of_another() {
        assert_eq!(Lag::Months(3).after(day("2023-03-31")), day("2023-06-30"));
        assert_eq!(Lag::Months(11).after(day("2023-03-31")), day("2024-02-29"));
        assert_eq!(Lag::Days(45).after(day("2023-03-31")), day("2023-05-15"));
    }
}
