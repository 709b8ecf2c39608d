//! Identifiers: the keys by which the field's things are known.
//!
//! Codes are keys, names never are. This room knows the shape of an identifier and nothing of what it
//! identifies: whether `NI-19` exists is the framework's business.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// The longest identifier, in bytes.
pub const MAX_ID: usize = 64;
/// The longest name of a category within a dimension, in bytes.
pub const MAX_CATEGORY: usize = 160;

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentError {
    /// The text is empty.
    #[error("an empty text is not {what}")]
    Empty {
        /// What was expected, as in "an indicator id".
        what: &'static str,
    },
    /// The text is longer than is allowed.
    #[error("\"{}…\" is {found} bytes long; {what} has at most {max}", start(.text))]
    TooLong {
        /// What was expected.
        what: &'static str,
        /// The text that was found.
        text: String,
        /// Its length in bytes.
        found: usize,
        /// The greatest length allowed.
        max: usize,
    },
    /// The text holds a character that is not allowed.
    #[error("\"{text}\" holds {found:?}; {what} is made of {allowed}")]
    Character {
        /// What was expected.
        what: &'static str,
        /// The text that was found.
        text: String,
        /// The first character that is not allowed.
        found: char,
        /// The characters that are.
        allowed: &'static str,
    },
}

fn start(text: &str) -> String {
    text.chars().take(24).collect()
}

const ID_CHARACTERS: &str = "letters, digits and . _ + / -";

fn check_id(what: &'static str, text: &str) -> Result<(), IdentError> {
    if text.is_empty() {
        return Err(IdentError::Empty { what });
    }
    if text.len() > MAX_ID {
        return Err(IdentError::TooLong { what, text: text.to_owned(), found: text.len(), max: MAX_ID });
    }
    match text.chars().find(|c| !(c.is_ascii_alphanumeric() || "._+/-".contains(*c))) {
        Some(found) => {
            Err(IdentError::Character { what, text: text.to_owned(), found, allowed: ID_CHARACTERS })
        }
        None => Ok(()),
    }
}

fn check_category(what: &'static str, text: &str) -> Result<(), IdentError> {
    if text.is_empty() {
        return Err(IdentError::Empty { what });
    }
    if text.len() > MAX_CATEGORY {
        return Err(IdentError::TooLong {
            what,
            text: text.to_owned(),
            found: text.len(),
            max: MAX_CATEGORY,
        });
    }
    // Brackets, commas and semicolons separate categories where slices and breakdowns are written.
    match text.chars().find(|c| c.is_control() || "[];=".contains(*c)) {
        Some(found) => Err(IdentError::Character {
            what,
            text: text.to_owned(),
            found,
            allowed: "printable characters other than [ ] ; and =",
        }),
        None if text.trim() != text => Err(IdentError::Character {
            what,
            text: text.to_owned(),
            found: ' ',
            allowed: "a text without blanks at its ends",
        }),
        None => Ok(()),
    }
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $what:literal, $check:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks the text and keeps it.
            ///
            /// # Errors
            /// An empty text, one that is too long, or one with a character that is not allowed.
            pub fn new(text: &str) -> Result<Self, IdentError> {
                $check($what, text)?;
                Ok(Self(Arc::from(text)))
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &self.0)
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdentError;
            fn from_str(text: &str) -> Result<Self, IdentError> {
                Self::new(text)
            }
        }
    };
}

identifier!(
    /// The code of an area, such as `S37000005`. Codes are keys; names are not.
    ///
    /// ```
    /// use kilter_core::ident::AreaCode;
    /// assert_eq!(AreaCode::new("S37000005").unwrap().as_str(), "S37000005");
    /// assert!(AreaCode::new("Clackmannanshire & Stirling").is_err());
    /// ```
    AreaCode, "an area code", check_id
);
identifier!(
    /// The id of a measure, such as `delayed-bed-days-75`.
    MeasureId, "a measure id", check_id
);
identifier!(
    /// The id of an indicator, such as `NI-19`.
    ///
    /// ```
    /// use kilter_core::ident::IndicatorId;
    /// assert!(IndicatorId::new("NI-19").is_ok());
    /// assert_eq!(
    ///     IndicatorId::new("NI 19").unwrap_err().to_string(),
    ///     "\"NI 19\" holds ' '; an indicator id is made of letters, digits and . _ + / -"
    /// );
    /// ```
    IndicatorId, "an indicator id", check_id
);
identifier!(
    /// The id of a national or local outcome, such as `outcome-3`.
    OutcomeId, "an outcome id", check_id
);
identifier!(
    /// The id of a priority or theme of a strategic plan.
    PriorityId, "a priority id", check_id
);
identifier!(
    /// The id of a level of reporting, such as `performance-management-group`.
    LevelId, "a level id", check_id
);
identifier!(
    /// The id of a rule by which something is escalated.
    EscalationId, "an escalation id", check_id
);
identifier!(
    /// The id of a standard population, such as `esp2013`.
    StandardId, "a standard's id", check_id
);
identifier!(
    /// The id of a framework, such as `scotland-core-suite`.
    FrameworkId, "a framework id", check_id
);
identifier!(
    /// The id of a profile, such as `phs-delayed-discharge-council`.
    ProfileId, "a profile id", check_id
);
identifier!(
    /// The id of a dimension of a measure, such as `age`.
    DimensionId, "a dimension id", check_id
);
identifier!(
    /// One category of a dimension, as the source spells it: `75+`, `Code 9 AWI`.
    ///
    /// ```
    /// use kilter_core::ident::Category;
    /// assert!(Category::new("Code 9 Non-AWI").is_ok());
    /// assert!(Category::new("a;b").is_err());
    /// ```
    Category, "a category", check_category
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_may_have_exactly_the_greatest_length() {
        let text = "a".repeat(MAX_ID);
        assert!(MeasureId::new(&text).is_ok());
        assert!(matches!(MeasureId::new(&(text + "a")), Err(IdentError::TooLong { found: 65, .. })));
    }

    #[test]
    fn blanks_at_the_ends_of_a_category_are_refused_so_that_two_spellings_cannot_look_alike() {
        assert!(Category::new("75+ ").is_err());
        assert!(Category::new("75+").is_ok());
    }
}
