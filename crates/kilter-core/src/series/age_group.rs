//! Age groups: the categories of ages that figures are broken down by, and how they are written.

use std::fmt;
use std::str::FromStr;

/// The greatest age that a group may begin at.
pub(crate) const GREATEST_AGE: u32 = 200;

/// A text that names no group of ages.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{found}\" is no group of ages: it is written as 5-9, 90+ or 0, up to 200")]
pub struct NotAnAgeGroup {
    found: String,
}

/// An age group: from an age up to the next group, or without end. It prints as `5-9`, `90+`, and `0` where it
/// is one year wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AgeGroup {
    /// The first age in it, in completed years.
    pub from: u32,
    /// The last age in it; `None` for the open group at the top.
    pub to: Option<u32>,
}

impl FromStr for AgeGroup {
    type Err = NotAnAgeGroup;

    /// Reads `5-9`, `05-09`, `90+` and `0`.
    ///
    /// ```
    /// use kilter_core::series::AgeGroup;
    /// assert_eq!("05-09".parse(), Ok(AgeGroup { from: 5, to: Some(9) }));
    /// assert_eq!(["90+", "0"].map(|text| text.parse::<AgeGroup>().unwrap().to), [None, Some(0)]);
    /// assert!("9-5".parse::<AgeGroup>().is_err());
    /// ```
    fn from_str(text: &str) -> Result<Self, NotAnAgeGroup> {
        let age = |text: &str| -> Option<u32> {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|age| digits && *age <= GREATEST_AGE)
        };
        let group = match (text.strip_suffix('+'), text.split_once('-')) {
            (Some(from), _) => age(from).map(|from| Self { from, to: None }),
            (None, Some((from, to))) => age(from).zip(age(to)).map(|(from, to)| Self { from, to: Some(to) }),
            (None, None) => age(text).map(|from| Self { from, to: Some(from) }),
        };
        let sound = group.filter(|group| group.to.is_none_or(|to| group.from <= to));
        sound.ok_or_else(|| NotAnAgeGroup { found: text.to_owned() })
    }
}

impl fmt::Display for AgeGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to {
            None => f.pad(&format!("{}+", self.from)),
            Some(to) if to == self.from => f.pad(&self.from.to_string()),
            Some(to) => f.pad(&format!("{}-{to}", self.from)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_reads_as_it_prints_and_no_other_text_is_one() {
        for (from, to) in [(0, Some(0)), (0, Some(4)), (85, Some(89)), (90, None), (200, Some(200))] {
            let group = AgeGroup { from, to };
            assert_eq!(group.to_string().parse(), Ok(group));
        }
        for text in ["", "+", "-", "-4", "5-", "5--9", "9-5", "a", "5-9 ", "+5", "4.5", "201", "5-9+", "5+9"]
        {
            assert!(text.parse::<AgeGroup>().is_err(), "{text}");
        }
    }
}
