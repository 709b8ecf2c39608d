//! Ages: completed years and months between two dates, and the age groups that figures are broken down by.
//!
//! The day an age is asked for is always an argument. Which groups a measure uses is not known here.

use crate::series::GREATEST_AGE;
use crate::time::Date;
use chrono::Datelike;
use thiserror::Error;

pub use crate::series::AgeGroup;

/// Why there is no age, or no age group.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum AgeError {
    /// The day comes before the birth.
    #[error("born on {born}, after {on}: there is no age yet")]
    NotBorn {
        /// The day of birth.
        born: Date,
        /// The day asked for.
        on: Date,
    },
    /// An age is below zero, infinite or not a number.
    #[error("an age of {found}: it is a finite number, and not below zero")]
    NotAnAge {
        /// What it was.
        found: f64,
    },
    /// The groups have no width.
    #[error("age groups of 0 years: they need at least 1")]
    NoWidth,
    /// The groups begin where none can, or end before they begin.
    #[error(
        "age groups from {from} to {to}: the first begins no later than the last, which begins at 200 at most"
    )]
    BadRange {
        /// Where the first group begins.
        from: u32,
        /// Where the last group would begin.
        to: u32,
    },
}

/// The completed months from a birth to a day. A month is complete on the day of the month of the birth, and
/// where a month has no such day, on the first of the next: someone born on 31 January completes a month on
/// 1 March.
///
/// # Errors
/// [`AgeError::NotBorn`] for a day before the birth. The R package phsmethods warns, and gives an age below
/// zero; it also warns above 130 years, which here is for the caller to judge.
///
/// ```
/// use kilter_core::method::ages::{completed_months, AgeError};
/// use kilter_core::time::Date;
/// let day = |y, m, d| Date::from_ymd_opt(y, m, d).unwrap();
/// assert_eq!(completed_months(day(2020, 1, 31), day(2020, 2, 29)), Ok(0));
/// assert_eq!(completed_months(day(2020, 1, 31), day(2020, 3, 1)), Ok(1));
/// let (born, on) = (day(2020, 2, 1), day(2020, 1, 31));
/// assert_eq!(completed_months(born, on), Err(AgeError::NotBorn { born, on }));
/// ```
pub fn completed_months(born: Date, on: Date) -> Result<u32, AgeError> {
    let months_of = |date: Date| i64::from(date.year()) * 12 + i64::from(date.month0());
    let months = months_of(on) - months_of(born) - i64::from(on.day() < born.day());
    if on < born {
        return Err(AgeError::NotBorn { born, on });
    }
    u32::try_from(months).map_err(|_| AgeError::NotBorn { born, on })
}

/// The completed years from a birth to a day: the age as people say it. Someone born on 29 February is a year
/// older on 1 March of a common year, as in phsmethods and as Scots law has it (Age of Legal Capacity
/// (Scotland) Act 1991, section 6); other systems take 28 February.
///
/// # Errors
/// As [`completed_months`].
///
/// ```
/// use kilter_core::method::ages::completed_years;
/// use kilter_core::time::Date;
/// let day = |y, m, d| Date::from_ymd_opt(y, m, d).unwrap();
/// assert_eq!(completed_years(day(2004, 2, 29), day(2023, 2, 28)), Ok(18));
/// assert_eq!(completed_years(day(2004, 2, 29), day(2023, 3, 1)), Ok(19));
/// assert_eq!(completed_years(day(2004, 2, 29), day(2024, 2, 29)), Ok(20));
/// assert!(completed_years(day(2004, 2, 29), day(2004, 2, 28)).is_err());
/// ```
pub fn completed_years(born: Date, on: Date) -> Result<u32, AgeError> {
    Ok(completed_months(born, on)? / 12)
}

/// Age groups of one width, closed below and open above, the last without end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AgeGroups {
    from: u32,
    by: u32,
    last: u32,
}

impl AgeGroups {
    /// The groups of `by` years from `from` on. The open group begins at `to`, or where that is no start of a
    /// group, at the last start before it: from 0 to 65 by 10 ends in `60+`, as in phsmethods.
    ///
    /// # Errors
    /// [`AgeError::NoWidth`] for groups of no year; [`AgeError::BadRange`] where the last would begin before
    /// the first, or above 200.
    ///
    /// ```
    /// use kilter_core::method::ages::{AgeError, AgeGroups};
    /// let groups = AgeGroups::new(0, 90, 5)?;
    /// let name = |age| groups.of(age).map(|group| group.map(|group| group.to_string()));
    /// assert_eq!(name(4.9), Ok(Some("0-4".to_owned())));
    /// assert_eq!(name(105.0), Ok(Some("90+".to_owned())));
    /// assert_eq!(name(-1.0), Err(AgeError::NotAnAge { found: -1.0 }));
    /// assert_eq!(AgeGroups::new(16, 75, 59)?.of(15.0), Ok(None));
    /// assert_eq!(AgeGroups::new(0, 90, 0), Err(AgeError::NoWidth));
    /// # Ok::<(), AgeError>(())
    /// ```
    pub fn new(from: u32, to: u32, by: u32) -> Result<Self, AgeError> {
        if by == 0 {
            return Err(AgeError::NoWidth);
        }
        if from > to || to > GREATEST_AGE {
            return Err(AgeError::BadRange { from, to });
        }
        Ok(Self { from, by, last: to - (to - from) % by })
    }

    /// The group of an age in years, which need not be whole; `None` below the first group.
    ///
    /// # Errors
    /// [`AgeError::NotAnAge`] for an age below zero or no finite number. phsmethods gives no group there.
    pub fn of(self, age: f64) -> Result<Option<AgeGroup>, AgeError> {
        if !(age.is_finite() && age >= 0.0) {
            return Err(AgeError::NotAnAge { found: age });
        }
        if age < f64::from(self.from) {
            return Ok(None);
        }
        if age >= f64::from(self.last) {
            return Ok(Some(AgeGroup { from: self.last, to: None }));
        }
        // Below the last group, so a small number.
        let from = age as u32 - (age as u32 - self.from) % self.by;
        Ok(Some(AgeGroup { from, to: Some(from + self.by - 1) }))
    }

    /// All groups, the youngest first.
    ///
    /// ```
    /// use kilter_core::method::ages::AgeGroups;
    /// let names: Vec<_> = AgeGroups::new(65, 85, 10)?.all().map(|group| group.to_string()).collect();
    /// assert_eq!(names, ["65-74", "75-84", "85+"]);
    /// # Ok::<(), kilter_core::method::ages::AgeError>(())
    /// ```
    pub fn all(self) -> impl Iterator<Item = AgeGroup> {
        let closed = (self.from..self.last).step_by(self.by as usize);
        let closed = closed.map(move |from| AgeGroup { from, to: Some(from + self.by - 1) });
        closed.chain([AgeGroup { from: self.last, to: None }])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_date() -> impl Strategy<Value = Date> {
        let common = (1800i32..2200, 1u32..366).prop_filter_map("a day", |(y, d)| Date::from_yo_opt(y, d));
        prop_oneof![8 => common, 1 => Just(Date::MIN), 1 => Just(Date::MAX)]
    }

    #[test]
    fn one_group_may_be_all_there_is() {
        let groups = AgeGroups::new(16, 16, 5).unwrap();
        assert_eq!(groups.all().map(|group| group.to_string()).collect::<Vec<_>>(), ["16+"]);
        let single = AgeGroups::new(0, 2, 1).unwrap();
        assert_eq!(single.all().map(|group| group.to_string()).collect::<Vec<_>>(), ["0", "1", "2+"]);
        assert_eq!(AgeGroups::new(5, 4, 1), Err(AgeError::BadRange { from: 5, to: 4 }));
        assert_eq!(AgeGroups::new(0, u32::MAX, 1), Err(AgeError::BadRange { from: 0, to: u32::MAX }));
        assert!(AgeGroups::new(0, 90, u32::MAX).unwrap().of(89.0).unwrap().unwrap().to.is_none());
    }

    proptest! {
        #[test]
        fn any_two_dates_have_an_age_or_a_reason(born in any_date(), on in any_date()) {
            match completed_months(born, on) {
                Err(error) => {
                    prop_assert_eq!(error, AgeError::NotBorn { born, on });
                    prop_assert!(on < born);
                }
                Ok(months) => {
                    prop_assert!(on >= born);
                    prop_assert_eq!(completed_years(born, on), Ok(months / 12));
                    // Nobody gets younger.
                    if let Some(next) = on.succ_opt() {
                        let later = completed_months(born, next).unwrap();
                        prop_assert!(later == months || later == months + 1);
                    }
                }
            }
        }

        #[test]
        fn any_age_is_in_one_group_of_all_or_below_them(
            from in 0u32..100, more in 0u32..120, by in 1u32..70, age in prop_oneof![any::<f64>(), 0.0..210.0],
        ) {
            let Ok(groups) = AgeGroups::new(from, from + more, by) else { return Ok(()) };
            let all: Vec<_> = groups.all().collect();
            for pair in all.windows(2) {
                prop_assert_eq!(pair[0].to.map(|to| to + 1), Some(pair[1].from));
            }
            match groups.of(age) {
                Err(_) => prop_assert!(!age.is_finite() || age < 0.0),
                Ok(None) => prop_assert!(age < f64::from(from)),
                Ok(Some(group)) => {
                    prop_assert!(all.contains(&group));
                    prop_assert!(age >= f64::from(group.from));
                    prop_assert!(group.to.is_none_or(|to| age < f64::from(to) + 1.0));
                }
            }
        }
    }
}
