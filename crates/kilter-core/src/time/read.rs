//! Reading periods: every text that is not ambiguous, and a refusal with what was expected for the rest.

use super::print::{MONTHS, label};
use super::{Date, FIRST_YEAR, LAST_YEAR, Period, PeriodKind};
use chrono::{Datelike, NaiveDate};
use std::str::FromStr;

/// Why a text or number is not a period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PeriodError {
    /// The text is not a period of the kind that is expected.
    #[error("\"{found}\" is not {kind}; expected a text such as {example}")]
    Text {
        /// What was found.
        found: String,
        /// What was expected, as in "a financial year".
        kind: String,
        /// An example of it.
        example: String,
    },
    /// The text can be read as more than one period.
    #[error("\"{found}\" is ambiguous as {kind}: it may mean {first} or {second}; write {first} or {second}")]
    Ambiguous {
        /// What was found.
        found: String,
        /// What was expected.
        kind: String,
        /// One reading.
        first: String,
        /// The other reading.
        second: String,
    },
    /// The two years of a label do not follow one another.
    #[error("\"{found}\" is not a financial year: after {starts} comes {expected}")]
    Years {
        /// What was found.
        found: String,
        /// The first year of it.
        starts: i32,
        /// The label that would be right.
        expected: String,
    },
    /// The period lies outside the years that kilter handles.
    #[error("{found} lies outside the years {FIRST_YEAR} to {LAST_YEAR}")]
    Range {
        /// What was found.
        found: String,
    },
    /// A window or span of a length that is not allowed.
    #[error("a window or span of {found} {unit} is not allowed; it has {least} to {most}")]
    Length {
        /// The length that was asked for.
        found: u32,
        /// The least that is allowed.
        least: u32,
        /// The most that is allowed.
        most: u32,
        /// What is counted.
        unit: &'static str,
    },
    /// A week or snapshot was given where whole months are needed.
    #[error("\"{found}\" is not made of whole months")]
    NoMonths {
        /// What was found.
        found: String,
    },
    /// The text is not the name of a kind of period.
    #[error(
        "\"{found}\" is not a kind of period; expected day, week, month, quarter, financial-quarter, \
         half-year, financial-half-year, calendar-year, financial-year, \"12 months\", \
         \"3 calendar-years\" or \"3 financial-years\""
    )]
    Kind {
        /// What was found.
        found: String,
    },
}

/// How a source writes its periods. [`PeriodFormat::Kilter`] is the way in which kilter prints them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PeriodFormat {
    /// As kilter prints the kind: 2023-06, 2023/24 Q1, 12 months to 2023-06.
    Kilter,
    /// 202306.
    Yyyymm,
    /// 20230625: the day, or the month, week or quarter in which it falls.
    Yyyymmdd,
    /// 2023-06-25, with or without a time of day after it.
    IsoDate,
    /// 2023-06.
    IsoMonth,
    /// 2023.
    Yyyy,
    /// 2023/24, 2023-24, 2023/2024, 202324.
    FinancialYear,
    /// 2017Q4: a calendar quarter.
    YearQuarter,
    /// Jan-Mar 2018 or January to March 2018: a calendar quarter.
    MonthRange,
}

impl PeriodFormat {
    /// The formats with their names in a profile.
    pub const NAMES: [(&'static str, Self); 9] = [
        ("kilter", Self::Kilter),
        ("yyyymm", Self::Yyyymm),
        ("yyyymmdd", Self::Yyyymmdd),
        ("yyyy-mm-dd", Self::IsoDate),
        ("yyyy-mm", Self::IsoMonth),
        ("yyyy", Self::Yyyy),
        ("financial-year", Self::FinancialYear),
        ("year-quarter", Self::YearQuarter),
        ("month-range", Self::MonthRange),
    ];

    /// The format of that name in a profile; `None` where there is none.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(n, _)| *n == name).map(|(_, f)| *f)
    }

    fn example(self) -> &'static str {
        match self {
            Self::Kilter => "2023-06",
            Self::Yyyymm => "202306",
            Self::Yyyymmdd => "20230630",
            Self::IsoDate => "2023-06-30",
            Self::IsoMonth => "2023-06",
            Self::Yyyy => "2023",
            Self::FinancialYear => "2023/24",
            Self::YearQuarter => "2023Q2",
            Self::MonthRange => "Apr-Jun 2023",
        }
    }
}

/// Exactly n ASCII digits as a number.
fn digits(text: &str, n: usize) -> Option<i32> {
    (text.len() == n && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

impl PeriodKind {
    /// Reads a text as a period of this kind, in every form that the field writes and that has one
    /// meaning.
    ///
    /// # Errors
    /// Not a period of this kind, with what was expected; or an ambiguous text, with its readings: four
    /// digits alone are never a financial year.
    ///
    /// ```
    /// use kilter_core::time::PeriodKind;
    /// for text in ["2019/20", "2019-20", "2019/2020", "201920"] {
    ///     assert_eq!(PeriodKind::FinancialYear.parse(text).unwrap().to_string(), "2019/20");
    /// }
    /// assert_eq!(
    ///     PeriodKind::FinancialYear.parse("2021").unwrap_err().to_string(),
    ///     "\"2021\" is ambiguous as a financial year: it may mean 2020/21 or 2021/22; write 2020/21 or 2021/22"
    /// );
    /// ```
    pub fn parse(self, text: &str) -> Result<Period, PeriodError> {
        let found = text.trim();
        let refused =
            || PeriodError::Text { found: text.to_owned(), kind: self.described(), example: self.example() };
        let ordinal = match self {
            Self::Day => {
                return iso_date(found)
                    .or_else(|| compact_date(found))
                    .map(|d| self.containing(d))
                    .ok_or_else(refused);
            }
            Self::Week => {
                let day =
                    found.strip_prefix("week to ").or_else(|| found.strip_prefix("w/e ")).unwrap_or(found);
                let date = iso_date(day).or_else(|| compact_date(day)).ok_or_else(refused)?;
                let week = self.containing(date);
                return if week.end() == date {
                    Ok(week)
                } else {
                    Err(PeriodError::Text {
                        found: text.to_owned(),
                        kind: "the Sunday that ends a week".into(),
                        example: week.to_string(),
                    })
                };
            }
            Self::Month => {
                let (year, month) = iso_month(found)
                    .or_else(|| compact_month(found))
                    .or_else(|| named_month(found))
                    .ok_or_else(refused)?;
                return Period::month(year, month);
            }
            Self::Quarter => {
                if let Some(year) = financial_year(found.split_whitespace().next().unwrap_or(""))
                    && found.contains('Q')
                {
                    return Err(PeriodError::Text {
                        found: text.to_owned(),
                        kind: format!(
                            "a calendar quarter (it is a quarter of the financial year {})",
                            label(year?)
                        ),
                        example: self.example(),
                    });
                }
                match part(found, 'Q', 4).and_then(|(year, q)| Some(digits(year, 4)? * 4 + q - 1)) {
                    Some(ordinal) => ordinal,
                    None => month_range(found).ok_or_else(refused)?,
                }
            }
            Self::FinancialQuarter => match part(found, 'Q', 4) {
                Some((year, q)) => financial_part(self, year, text)? * 4 + q - 1,
                None => {
                    let calendar = month_range(found).ok_or_else(refused)?;
                    return Ok(self.containing(Period { kind: Self::Quarter, ordinal: calendar }.start()));
                }
            },
            Self::HalfYear => part(found, 'H', 2)
                .and_then(|(year, h)| Some(digits(year, 4)? * 2 + h - 1))
                .ok_or_else(refused)?,
            Self::FinancialHalfYear => {
                let (year, h) = part(found, 'H', 2).ok_or_else(refused)?;
                financial_part(self, year, text)? * 2 + h - 1
            }
            Self::CalendarYear => digits(found, 4).ok_or_else(refused)?,
            Self::FinancialYear => financial_part(self, found, text)?,
            Self::CalendarYears(n) => {
                let (first, last) = found.split_once('-').ok_or_else(refused)?;
                match (digits(first.trim(), 4), digits(last.trim(), 4)) {
                    (Some(first), Some(last)) if last - first + 1 == i32::from(n) => first,
                    _ => return Err(refused()),
                }
            }
            Self::FinancialYears(n) => {
                let (first, last) =
                    found.split_once(" - ").or_else(|| found.split_once('-')).ok_or_else(refused)?;
                match (financial_year(first.trim()).transpose()?, financial_year(last.trim()).transpose()?) {
                    (Some(first), Some(last)) if last - first + 1 == i32::from(n) => first,
                    _ => return Err(refused()),
                }
            }
            Self::Months(n) => {
                let month = found.strip_prefix(&format!("{n} months to ")).ok_or_else(refused)?;
                Self::Month.parse(month).map_err(|_| refused())?.ordinal
            }
        };
        Period::new(self, ordinal)
    }

    /// Reads a text that a source writes in a declared format, as a period of this kind. A date stands
    /// for the month, quarter or year in which it falls; a week must be named by its last day.
    ///
    /// # Errors
    /// The text is not of the format, or the format cannot name a period of this kind.
    ///
    /// ```
    /// use kilter_core::time::{PeriodFormat, PeriodKind};
    /// let month = PeriodKind::Month.parse_as(PeriodFormat::IsoDate, "2016-07-01").unwrap();
    /// assert_eq!(month.to_string(), "2016-07");
    /// assert!(PeriodKind::Month.parse_as(PeriodFormat::Yyyymm, "2016-07").is_err());
    /// ```
    pub fn parse_as(self, format: PeriodFormat, text: &str) -> Result<Period, PeriodError> {
        let found = text.trim();
        let refused = || PeriodError::Text {
            found: text.to_owned(),
            kind: format!("{} as this source writes it", self.described()),
            example: format.example().to_owned(),
        };
        let date = match format {
            PeriodFormat::Kilter => return self.parse(found),
            PeriodFormat::FinancialYear => {
                return match self {
                    // A census or a survey is labelled by the financial year of its fieldwork.
                    Self::FinancialYear => self.parse(found),
                    _ => Err(refused()),
                };
            }
            PeriodFormat::YearQuarter | PeriodFormat::MonthRange => {
                let quarter = match format {
                    PeriodFormat::MonthRange => month_range(found),
                    _ => part(found, 'Q', 4).and_then(|(year, q)| Some(digits(year, 4)? * 4 + q - 1)),
                };
                let quarter = Period::new(Self::Quarter, quarter.ok_or_else(refused)?)?;
                return match self {
                    Self::Quarter => Ok(quarter),
                    Self::FinancialQuarter => Ok(self.containing(quarter.start())),
                    _ => Err(refused()),
                };
            }
            PeriodFormat::Yyyy => {
                return match self {
                    Self::CalendarYear => self.parse(found),
                    Self::FinancialYear => self.parse(found),
                    _ => Err(refused()),
                };
            }
            PeriodFormat::Yyyymm => {
                compact_month(found).and_then(|(y, m)| NaiveDate::from_ymd_opt(y, m, 1)).map(|d| (d, false))
            }
            PeriodFormat::IsoMonth => {
                iso_month(found).and_then(|(y, m)| NaiveDate::from_ymd_opt(y, m, 1)).map(|d| (d, false))
            }
            PeriodFormat::Yyyymmdd => compact_date(found).map(|d| (d, true)),
            PeriodFormat::IsoDate => iso_date(found).map(|d| (d, true)),
        };
        let (date, names_a_day) = date.ok_or_else(refused)?;
        if !(FIRST_YEAR..=LAST_YEAR).contains(&date.year()) {
            return Err(PeriodError::Range { found: text.to_owned() });
        }
        if matches!(self, Self::Day | Self::Week) && !names_a_day {
            return Err(refused());
        }
        if self == Self::Week {
            return self.parse(&date.to_string());
        }
        Ok(self.containing(date))
    }
}

/// `2023 Q2`, `2023Q2`, `2023/24 Q1`: the year's text and the part's number.
fn part(text: &str, letter: char, most: i32) -> Option<(&str, i32)> {
    let (year, number) = text.split_once([letter, letter.to_ascii_lowercase()])?;
    let number = digits(number.trim(), 1)?;
    (1..=most).contains(&number).then_some((year.trim().trim_end_matches('-'), number))
}

/// A label of two years. `None`: not of that shape; `Some(Err)`: of the shape, but the years disagree.
fn financial_year(text: &str) -> Option<Result<i32, PeriodError>> {
    let (first, second) = text.split_once(['/', '-', '\u{2013}']).or_else(|| {
        // 201920 is a financial year; 201912 would be a month, and is told from it by its last digits.
        (text.len() == 6).then(|| text.split_at_checked(4))?
    })?;
    let first = digits(first.trim(), 4)?;
    let second = second.trim();
    let agrees = match second.len() {
        2 => digits(second, 2)? == (first + 1).rem_euclid(100),
        4 => digits(second, 4)? == first + 1,
        _ => return None,
    };
    Some(if agrees {
        Ok(first)
    } else {
        Err(PeriodError::Years { found: text.to_owned(), starts: first, expected: label(first) })
    })
}

fn financial_part(kind: PeriodKind, year: &str, text: &str) -> Result<i32, PeriodError> {
    if let Some(parsed) = financial_year(year) {
        return parsed;
    }
    if let Some(year) = digits(year, 4) {
        // "1920" can only be read as two halves of one financial year or as a calendar year.
        let halves = (year / 100 + 1) % 100 == year % 100;
        let (first, second) = if halves && !(1900..=2100).contains(&year) {
            (label(2000 + year / 100), label(year))
        } else {
            (label(year - 1), label(year))
        };
        return Err(PeriodError::Ambiguous { found: text.to_owned(), kind: kind.described(), first, second });
    }
    Err(PeriodError::Text { found: text.to_owned(), kind: kind.described(), example: kind.example() })
}

fn iso_date(text: &str) -> Option<Date> {
    let day = text.get(..10).filter(|day| day.is_ascii())?;
    let rest = &text[10..];
    (rest.is_empty() || rest.starts_with(['T', ' '])).then(|| {
        let (y, m, d) = (digits(&day[..4], 4)?, digits(day.get(5..7)?, 2)?, digits(day.get(8..10)?, 2)?);
        (&day[4..5] == "-" && &day[7..8] == "-").then(|| NaiveDate::from_ymd_opt(y, m as u32, d as u32))?
    })?
}

fn compact_date(text: &str) -> Option<Date> {
    digits(text, 8)
        .and_then(|n| NaiveDate::from_ymd_opt(n / 10_000, (n / 100 % 100) as u32, (n % 100) as u32))
}

fn compact_month(text: &str) -> Option<(i32, u32)> {
    digits(text, 6).map(|n| (n / 100, (n % 100) as u32)).filter(|(_, m)| (1..=12).contains(m))
}

fn iso_month(text: &str) -> Option<(i32, u32)> {
    let (year, month) = text.split_once('-')?;
    let month = digits(month, 2).filter(|m| (1..=12).contains(m))?;
    Some((digits(year, 4)?, month as u32))
}

fn month_named(text: &str) -> Option<u32> {
    let name = text.trim();
    (name.is_ascii() && name.len() >= 3)
        .then(|| {
            MONTHS.iter().position(|m| m.eq_ignore_ascii_case(name) || m[..3].eq_ignore_ascii_case(name))
        })?
        .map(|i| i as u32 + 1)
}

/// `June 2023`, `Jun 2023`, `Jun-2023`.
fn named_month(text: &str) -> Option<(i32, u32)> {
    let (month, year) = text.rsplit_once([' ', '-'])?;
    Some((digits(year, 4)?, month_named(month)?))
}

/// `Jan-Mar 2018`, `January to March 2018`: the ordinal of the calendar quarter.
fn month_range(text: &str) -> Option<i32> {
    let (months, year) = text.trim().rsplit_once(' ')?;
    let (first, last) = months.split_once(" to ").or_else(|| months.split_once('-'))?;
    let (first, last) = (month_named(first)?, month_named(last)?);
    (first % 3 == 1 && last == first + 2).then(|| Some(digits(year, 4)? * 4 + (first as i32 - 1) / 3))?
}

/// Reads a text as a period of whatever kind it is written for, in the form in which kilter prints it
/// and in the other forms that name one kind only.
///
/// Four digits alone are a calendar year here, since nothing says that a financial year is due.
impl FromStr for Period {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let found = text.trim();
        let kind = if let Some((n, _)) = found.split_once(" months to ") {
            n.parse().ok().and_then(|n| PeriodKind::window(n).ok())
        } else if found.starts_with("week to ") || found.starts_with("w/e ") {
            Some(PeriodKind::Week)
        } else if iso_date(found).is_some() && found.len() == 10 {
            Some(PeriodKind::Day)
        } else if let Some((year, _)) = part(found, 'Q', 4) {
            Some(if digits(year, 4).is_some() { PeriodKind::Quarter } else { PeriodKind::FinancialQuarter })
        } else if let Some((year, _)) = part(found, 'H', 2) {
            Some(if digits(year, 4).is_some() { PeriodKind::HalfYear } else { PeriodKind::FinancialHalfYear })
        } else if month_range(found).is_some() {
            Some(PeriodKind::Quarter)
        } else if digits(found, 4).is_some() {
            Some(PeriodKind::CalendarYear)
        } else if let Some((first, last)) = found.split_once('-').filter(|(a, _)| a.contains('/')) {
            match (financial_year(first.trim()).transpose()?, financial_year(last.trim()).transpose()?) {
                (Some(first), Some(last)) => {
                    u8::try_from(last - first + 1).ok().map(PeriodKind::FinancialYears)
                }
                _ => None,
            }
        } else if let Some((Some(first), Some(last))) =
            found.split_once('-').map(|(a, b)| (digits(a, 4), digits(b, 4)))
        {
            match last - first {
                // 2019-2020 names two calendar years or one financial year: neither reading is safe.
                1 => {
                    return Err(PeriodError::Ambiguous {
                        found: text.to_owned(),
                        kind: "a period".into(),
                        first: label(first),
                        second: format!("the two calendar years {first} and {last}"),
                    });
                }
                n => u8::try_from(n + 1).ok().map(PeriodKind::CalendarYears),
            }
        } else if let Some((year, month)) = iso_month(found) {
            // 2011-12 is December 2011, and was meant as a financial year in many a spreadsheet.
            return Period::month(year, month);
        } else if let Some(year) = financial_year(found) {
            return Period::financial_year(year?);
        } else if named_month(found).is_some() {
            Some(PeriodKind::Month)
        } else {
            None
        };
        match kind {
            Some(kind) => kind.parse(found),
            None => Err(PeriodError::Text {
                found: text.to_owned(),
                kind: "a period".into(),
                example: "2023-06, 2023 Q2, 2023/24 Q1, 2023, 2023/24, \"12 months to 2023-06\", \
                          \"week to 2023-06-25\" or 2023-06-30"
                    .into(),
            }),
        }
    }
}

impl FromStr for PeriodKind {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let refused = || PeriodError::Kind { found: text.to_owned() };
        Ok(match text.trim() {
            "day" | "snapshot" => Self::Day,
            "week" => Self::Week,
            "month" => Self::Month,
            "quarter" => Self::Quarter,
            "financial-quarter" => Self::FinancialQuarter,
            "half-year" => Self::HalfYear,
            "financial-half-year" => Self::FinancialHalfYear,
            "calendar-year" => Self::CalendarYear,
            "financial-year" => Self::FinancialYear,
            other => {
                let (n, unit) = other.split_once(' ').ok_or_else(refused)?;
                let n: u32 = n.parse().map_err(|_| refused())?;
                match unit {
                    "months" => return Self::window(n),
                    "calendar-years" | "financial-years" => match u8::try_from(n) {
                        Ok(n @ 2..=50) if unit.starts_with('c') => Self::CalendarYears(n),
                        Ok(n @ 2..=50) => Self::FinancialYears(n),
                        _ => {
                            return Err(PeriodError::Length { found: n, least: 2, most: 50, unit: "years" });
                        }
                    },
                    _ => return Err(refused()),
                }
            }
        })
    }
}
