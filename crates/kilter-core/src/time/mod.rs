//! Time as the field writes it: months, quarters of two kinds, years of two kinds, weeks, snapshots,
//! spans of years and windows of months, with their algebra.
//!
//! A period is a kind and an ordinal; every question about it is arithmetic on that ordinal. This room
//! knows no series, no clock (today is always an argument) and no display width.
//!
//! | operation | result |
//! |---|---|
//! | `Period + n` ([`Period::plus`]) | the period of the same kind n places later |
//! | `a - b` ([`Period::minus`]) | how many places a comes after b; `None` where the kinds differ |
//! | [`Period::year_before`] | the same period a year before; `None` for kinds without one |
//! | [`PeriodKind::containing`] | the period of that kind in which a date falls |
//! | [`Period::months`] | the months it is made of; `None` for weeks and snapshots |

mod print;
mod read;

pub use chrono::NaiveDate as Date;
use chrono::{Datelike, Days};
pub use read::{PeriodError, PeriodFormat};
use std::fmt;

/// The first year that kilter handles.
pub const FIRST_YEAR: i32 = 1800;
/// The last year that kilter handles.
pub const LAST_YEAR: i32 = 2200;

/// The kind of a period. Two kinds are never compared or added: a calendar quarter is not a financial
/// one although they cover the same months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PeriodKind {
    /// A dated snapshot: a census day, a mid-year date.
    Day,
    /// A week from Monday to Sunday, labelled by its last day.
    Week,
    /// A calendar month.
    Month,
    /// A quarter of the calendar year: 2023 Q2 is April to June 2023.
    Quarter,
    /// A quarter of the financial year: 2023/24 Q1 is April to June 2023.
    FinancialQuarter,
    /// A half of the calendar year.
    HalfYear,
    /// A half of the financial year: 2023/24 H1 is April to September 2023.
    FinancialHalfYear,
    /// A calendar year.
    CalendarYear,
    /// A financial year, from 1 April: 2023/24.
    FinancialYear,
    /// A span of n calendar years, 2 to 50: 2020-2022.
    CalendarYears(u8),
    /// A span of n financial years, 2 to 50: 2020/21-2022/23.
    FinancialYears(u8),
    /// A window of n months, 2 to 240, labelled by its last month: 12 months to 2023-06.
    Months(u8),
}

impl PeriodKind {
    /// A window of n months.
    ///
    /// # Errors
    /// Fewer than 2 or more than 240 months.
    ///
    /// ```
    /// use kilter_core::time::PeriodKind;
    /// assert!(PeriodKind::window(12).is_ok());
    /// assert!(PeriodKind::window(1).is_err());
    /// ```
    pub fn window(months: u32) -> Result<Self, PeriodError> {
        match u8::try_from(months) {
            Ok(n @ 2..=240) => Ok(Self::Months(n)),
            _ => Err(PeriodError::Length { found: months, least: 2, most: 240, unit: "months" }),
        }
    }

    /// The number of whole months in a period of this kind; `None` for weeks and snapshots.
    #[must_use]
    pub fn length_in_months(self) -> Option<i32> {
        Some(match self {
            Self::Day | Self::Week => return None,
            Self::Month => 1,
            Self::Quarter | Self::FinancialQuarter => 3,
            Self::HalfYear | Self::FinancialHalfYear => 6,
            Self::CalendarYear | Self::FinancialYear => 12,
            Self::CalendarYears(n) | Self::FinancialYears(n) => 12 * i32::from(n),
            Self::Months(n) => i32::from(n),
        })
    }

    /// The period of this kind in which the date falls. A window or span is the one that ends with the
    /// month or year of the date.
    ///
    /// ```
    /// use kilter_core::time::{Date, PeriodKind};
    /// let date = Date::from_ymd_opt(2024, 3, 31).unwrap();
    /// assert_eq!(PeriodKind::FinancialYear.containing(date).to_string(), "2023/24");
    /// assert_eq!(PeriodKind::Quarter.containing(date).to_string(), "2024 Q1");
    /// ```
    #[must_use]
    pub fn containing(self, date: Date) -> Period {
        let month = month_ordinal(date);
        // Financial kinds are calendar kinds of a calendar that runs three months late.
        let financial = month - 3;
        let ordinal = match self {
            Self::Day => date.num_days_from_ce(),
            Self::Week => (date.num_days_from_ce() + 6).div_euclid(7),
            Self::Month | Self::Months(_) => month,
            Self::Quarter => month.div_euclid(3),
            Self::FinancialQuarter => financial.div_euclid(3),
            Self::HalfYear => month.div_euclid(6),
            Self::FinancialHalfYear => financial.div_euclid(6),
            Self::CalendarYear => month.div_euclid(12),
            Self::FinancialYear => financial.div_euclid(12),
            Self::CalendarYears(n) => month.div_euclid(12) - i32::from(n) + 1,
            Self::FinancialYears(n) => financial.div_euclid(12) - i32::from(n) + 1,
        };
        Period { kind: self, ordinal }
    }

    /// Whether periods of this kind follow one another without overlap, so that sums over them count
    /// nothing twice. Windows and spans overlap; snapshots have no extent.
    #[must_use]
    pub fn tiles(self) -> bool {
        !matches!(self, Self::Day | Self::Months(_) | Self::CalendarYears(_) | Self::FinancialYears(_))
    }

    /// How many periods of this kind make a year; `None` where a year is not a whole number of them.
    #[must_use]
    pub fn per_year(self) -> Option<i32> {
        match self {
            Self::Month | Self::Months(_) => Some(12),
            Self::Quarter | Self::FinancialQuarter => Some(4),
            Self::HalfYear | Self::FinancialHalfYear => Some(2),
            Self::CalendarYear | Self::FinancialYear | Self::CalendarYears(_) | Self::FinancialYears(_) => {
                Some(1)
            }
            Self::Day | Self::Week => None,
        }
    }
}

/// One period: a kind and its place among the periods of that kind.
///
/// Ordered by kind, then by time.
///
/// ```
/// use kilter_core::time::{Period, PeriodKind};
/// let year = PeriodKind::FinancialYear.parse("2019/20").unwrap();
/// assert_eq!(year.to_string(), "2019/20");
/// assert_eq!(year.start().to_string(), "2019-04-01");
/// assert_eq!(year.end().to_string(), "2020-03-31");
/// assert_eq!(year.plus(1).to_string(), "2020/21");
/// assert!(PeriodKind::FinancialYear.parse("2021").is_err()); // 2020/21 or 2021/22?
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Period {
    kind: PeriodKind,
    ordinal: i32,
}

fn month_ordinal(date: Date) -> i32 {
    date.year() * 12 + date.month0() as i32
}

fn first_day(month: i32) -> Date {
    let month0 = u32::try_from(month.rem_euclid(12)).unwrap_or(0);
    Date::from_ymd_opt(month.div_euclid(12), month0 + 1, 1).unwrap_or(Date::MAX)
}

fn last_day(month: i32) -> Date {
    first_day(month + 1).pred_opt().unwrap_or(Date::MAX)
}

impl Period {
    /// The period of this kind at this ordinal, as stored and as returned by [`Period::ordinal`].
    ///
    /// # Errors
    /// An ordinal before 1800 or after 2200.
    pub fn new(kind: PeriodKind, ordinal: i32) -> Result<Self, PeriodError> {
        let period = Self { kind, ordinal };
        let (first, last) = match kind {
            PeriodKind::Day => (FIRST_YEAR * 365, LAST_YEAR * 366),
            PeriodKind::Week => (FIRST_YEAR * 52, LAST_YEAR * 53),
            PeriodKind::Month | PeriodKind::Months(_) => (FIRST_YEAR * 12, LAST_YEAR * 12),
            PeriodKind::Quarter | PeriodKind::FinancialQuarter => (FIRST_YEAR * 4, LAST_YEAR * 4),
            PeriodKind::HalfYear | PeriodKind::FinancialHalfYear => (FIRST_YEAR * 2, LAST_YEAR * 2),
            _ => (FIRST_YEAR, LAST_YEAR),
        };
        if ordinal < first || ordinal > last {
            return Err(PeriodError::Range { found: format!("{} number {ordinal}", kind.name()) });
        }
        Ok(period)
    }

    /// The month of a year, 1 to 12.
    ///
    /// # Errors
    /// A month outside 1 to 12, a year outside 1800 to 2200.
    ///
    /// ```
    /// use kilter_core::time::Period;
    /// assert_eq!(Period::month(2023, 6).unwrap().to_string(), "2023-06");
    /// assert!(Period::month(2023, 13).is_err());
    /// ```
    pub fn month(year: i32, month: u32) -> Result<Self, PeriodError> {
        match Date::from_ymd_opt(year, month, 1) {
            Some(date) => Self::new(PeriodKind::Month, month_ordinal(date)),
            None => Err(PeriodError::Range { found: format!("{year}-{month:02}") }),
        }
    }

    /// The financial year that starts on 1 April of the given year.
    ///
    /// # Errors
    /// A year outside 1800 to 2200.
    pub fn financial_year(starts_in: i32) -> Result<Self, PeriodError> {
        Self::new(PeriodKind::FinancialYear, starts_in)
    }

    /// The calendar year.
    ///
    /// # Errors
    /// A year outside 1800 to 2200.
    pub fn calendar_year(year: i32) -> Result<Self, PeriodError> {
        Self::new(PeriodKind::CalendarYear, year)
    }

    /// Its kind.
    #[must_use]
    pub fn kind(self) -> PeriodKind {
        self.kind
    }

    /// Its place among the periods of its kind: months since year 0, quarters since year 0, the year in
    /// which a year or span starts, days since 1 January of year 1 (as day 1), weeks by their last day.
    #[must_use]
    pub fn ordinal(self) -> i32 {
        self.ordinal
    }

    /// Its months, from the first to the last, as ordinals of [`PeriodKind::Month`]; `None` for weeks
    /// and snapshots.
    #[must_use]
    pub fn months(self) -> Option<std::ops::RangeInclusive<i32>> {
        let n = self.kind.length_in_months()?;
        let first = match self.kind {
            PeriodKind::Day | PeriodKind::Week => return None,
            PeriodKind::Month => self.ordinal,
            PeriodKind::Quarter => self.ordinal * 3,
            PeriodKind::FinancialQuarter => self.ordinal * 3 + 3,
            PeriodKind::HalfYear => self.ordinal * 6,
            PeriodKind::FinancialHalfYear => self.ordinal * 6 + 3,
            PeriodKind::CalendarYear | PeriodKind::CalendarYears(_) => self.ordinal * 12,
            PeriodKind::FinancialYear | PeriodKind::FinancialYears(_) => self.ordinal * 12 + 3,
            PeriodKind::Months(_) => self.ordinal - n + 1,
        };
        Some(first..=first + n - 1)
    }

    /// Its first day.
    #[must_use]
    pub fn start(self) -> Date {
        match self.months() {
            Some(months) => first_day(*months.start()),
            None => {
                let last = self.end();
                match self.kind {
                    PeriodKind::Week => last.checked_sub_days(Days::new(6)).unwrap_or(last),
                    _ => last,
                }
            }
        }
    }

    /// Its last day.
    #[must_use]
    pub fn end(self) -> Date {
        match self.months() {
            Some(months) => last_day(*months.end()),
            None => {
                let days = if self.kind == PeriodKind::Week { self.ordinal * 7 } else { self.ordinal };
                Date::from_num_days_from_ce_opt(days).unwrap_or(Date::MAX)
            }
        }
    }

    /// The period of the same kind n places later (earlier where n is negative).
    #[must_use]
    pub fn plus(self, n: i32) -> Self {
        Self { kind: self.kind, ordinal: self.ordinal.saturating_add(n) }
    }

    /// How many places this period comes after the other; `None` where the kinds differ.
    #[must_use]
    pub fn minus(self, other: Self) -> Option<i32> {
        (self.kind == other.kind).then(|| self.ordinal - other.ordinal)
    }

    /// The same period of the year before; `None` for weeks, which do not repeat by year. A snapshot of
    /// 29 February has none either.
    #[must_use]
    pub fn year_before(self) -> Option<Self> {
        match self.kind {
            PeriodKind::Week => None,
            PeriodKind::Day => {
                let day = self.end();
                let before = day.with_year(day.year() - 1)?;
                Some(Self { kind: self.kind, ordinal: before.num_days_from_ce() })
            }
            kind => Some(self.plus(-kind.per_year()?)),
        }
    }

    /// Whether the other lies wholly inside this period.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.start() <= other.start() && other.end() <= self.end()
    }

    /// The reporting (financial) year in which the period ends, by its starting year.
    #[must_use]
    pub fn financial_year_of_end(self) -> i32 {
        match self.months() {
            Some(months) => (months.end() - 3).div_euclid(12),
            None => PeriodKind::FinancialYear.containing(self.end()).ordinal,
        }
    }

    /// The calendar year in which the period ends.
    #[must_use]
    pub fn calendar_year_of_end(self) -> i32 {
        self.months().map_or_else(|| self.end().year(), |months| months.end().div_euclid(12))
    }

    /// The window of n months that ends with the last month of this period.
    ///
    /// # Errors
    /// A week or snapshot, which has no last month; fewer than 2 or more than 240 months.
    pub fn window(self, months: u32) -> Result<Self, PeriodError> {
        let kind = PeriodKind::window(months)?;
        match self.months() {
            Some(range) => Self::new(kind, *range.end()),
            None => Err(PeriodError::NoMonths { found: self.to_string() }),
        }
    }

    /// The periods of the given kind that make this one up exactly, in order; `None` where they do not
    /// (weeks of a month, calendar years of a financial year).
    ///
    /// ```
    /// use kilter_core::time::PeriodKind;
    /// let year = PeriodKind::FinancialYear.parse("2019/20").unwrap();
    /// let quarters = year.split(PeriodKind::FinancialQuarter).unwrap();
    /// assert_eq!(quarters.clone().count(), 4);
    /// assert_eq!(quarters.last().unwrap().to_string(), "2019/20 Q4");
    /// assert!(year.split(PeriodKind::CalendarYear).is_none());
    /// ```
    #[must_use]
    pub fn split(self, kind: PeriodKind) -> Option<impl Iterator<Item = Self> + Clone + use<>> {
        let whole = if kind == self.kind {
            self.ordinal..=self.ordinal
        } else {
            if !kind.tiles() || kind == PeriodKind::Week {
                return None;
            }
            let months = self.months()?;
            let first = kind.containing(first_day(*months.start()));
            let last = kind.containing(first_day(*months.end()));
            if first.start() != self.start() || last.end() != self.end() {
                return None;
            }
            first.ordinal..=last.ordinal
        };
        Some(whole.map(move |ordinal| Self { kind, ordinal }))
    }
}

impl fmt::Debug for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests;
