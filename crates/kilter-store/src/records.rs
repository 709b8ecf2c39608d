//! What a caller gives to a store and gets back beside series: releases, definitions, points in time.
//!
//! Values only: nothing here reads or writes.

use crate::error::StoreError;
use kilter_core::time::Date;
use std::sync::Arc;

/// The longest name of a document, in bytes.
pub const MAX_NAME: usize = 255;
/// The longest source, profile, file name or note, in bytes.
pub const MAX_TEXT: usize = 65_536;
/// The longest document, in bytes.
pub const MAX_DOCUMENT: usize = 16 << 20;
/// The most documents in one version of the definitions.
pub const MAX_DOCUMENTS: usize = 10_000;

/// How a store is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// To add to it. One process at a time.
    Write,
    /// To read it as it stands now, without changing a byte. Any number of processes, also while one
    /// writes; works on media that cannot be written.
    Read,
}

/// One text of a framework.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its name, such as `framework.toml`. Unique within its version.
    pub name: String,
    /// Its text, at most 16 MiB.
    pub text: String,
}

/// Definitions to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDefinitions {
    /// The day from which they are in force.
    pub known_at: Date,
    /// Where they come from.
    pub source: String,
    /// When they are recorded, in seconds since 1970-01-01 UTC.
    pub recorded_at: i64,
    /// The texts.
    pub documents: Vec<Document>,
}

impl NewDefinitions {
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        text("source", &self.source)?;
        if self.documents.len() > MAX_DOCUMENTS {
            return Err(StoreError::TooLarge {
                what: "a version of the definitions".into(),
                found: self.documents.len() as u64,
                most: MAX_DOCUMENTS as u64,
                unit: "documents",
                advice: "put several together in one document",
            });
        }
        let mut names: Vec<&str> = self.documents.iter().map(|d| d.name.as_str()).collect();
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(StoreError::Field {
                field: "name of a document",
                found: format!("{:?} is the name of two documents", pair[0]),
                expected: "a name for each",
            });
        }
        for Document { name, text } in &self.documents {
            if name.is_empty() || name.len() > MAX_NAME || name.chars().any(char::is_control) {
                return Err(StoreError::Field {
                    field: "name of a document",
                    found: format!("{:?} ({} bytes)", start(name), name.len()),
                    expected: "1 to 255 bytes without control characters",
                });
            }
            if text.len() > MAX_DOCUMENT {
                return Err(StoreError::TooLarge {
                    what: format!("the document {name}"),
                    found: text.len() as u64,
                    most: MAX_DOCUMENT as u64,
                    unit: "bytes",
                    advice: "divide it",
                });
            }
        }
        Ok(())
    }
}

fn start(text: &str) -> String {
    text.chars().take(40).collect()
}

fn text(field: &'static str, text: &str) -> Result<(), StoreError> {
    if text.len() <= MAX_TEXT {
        return Ok(());
    }
    Err(StoreError::TooLarge {
        what: format!("the {field} \"{}…\"", start(text)),
        found: text.len() as u64,
        most: MAX_TEXT as u64,
        unit: "bytes",
        advice: "shorten it",
    })
}

/// One version of the definitions, as it was added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definitions {
    pub(crate) version: u32,
    pub(crate) segment: u32,
    pub(crate) known_at: Date,
    pub(crate) source: Arc<str>,
    pub(crate) recorded_at: i64,
    pub(crate) documents: Arc<[Document]>,
}

impl Definitions {
    /// Its version: 1, 2, 3 and so on in the order in which they were added.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The day from which it is in force.
    #[must_use]
    pub fn known_at(&self) -> Date {
        self.known_at
    }

    /// Where it comes from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// When it was recorded, in seconds since 1970-01-01 UTC.
    #[must_use]
    pub fn recorded_at(&self) -> i64 {
        self.recorded_at
    }

    /// The texts, in the order in which they were given.
    #[must_use]
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// The text of that name; `None` where there is none.
    #[must_use]
    pub fn document(&self, name: &str) -> Option<&str> {
        self.documents.iter().find(|d| d.name == name).map(|d| d.text.as_str())
    }
}

/// A release to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRelease {
    /// The day on which its observations became known.
    pub known_at: Date,
    /// Where they come from.
    pub source: String,
    /// The profile by which they were read.
    pub profile: Option<String>,
    /// The name of the file they were read from.
    pub file_name: Option<String>,
    /// The SHA-256 of that file, as 64 hexadecimal digits.
    pub file_digest: Option<String>,
    /// A note for people.
    pub note: Option<String>,
    /// When it is recorded, in seconds since 1970-01-01 UTC.
    pub recorded_at: i64,
}

impl NewRelease {
    /// Checks the fields and reads the digest.
    pub(crate) fn check(&self) -> Result<Option<[u8; 32]>, StoreError> {
        text("source", &self.source)?;
        for (field, value) in
            [("profile", &self.profile), ("file name", &self.file_name), ("note", &self.note)]
        {
            text(field, value.as_deref().unwrap_or_default())?;
        }
        self.file_digest.as_deref().map(from_hex).transpose()
    }
}

/// The word that a release no longer counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWithdrawal {
    /// The number of the release.
    pub release: u32,
    /// Why, in words: never empty.
    pub reason: String,
    /// The day on which it became known; not before that of the release.
    pub known_at: Date,
    /// When it is recorded, in seconds since 1970-01-01 UTC.
    pub recorded_at: i64,
}

impl NewWithdrawal {
    /// Checks the fields against the release.
    pub(crate) fn check(&self, release: &Release) -> Result<(), StoreError> {
        text("reason", &self.reason)?;
        if self.reason.trim().is_empty() {
            return Err(StoreError::Field {
                field: "reason",
                found: "nothing".into(),
                expected: "words that say why the release is withdrawn",
            });
        }
        if let Some(withdrawal) = &release.withdrawal {
            return Err(StoreError::Field {
                field: "release",
                found: format!(
                    "release {} was withdrawn on {} ({})",
                    release.number, withdrawal.known_at, withdrawal.reason
                ),
                expected: "a release that is not withdrawn yet",
            });
        }
        if self.known_at < release.known_at {
            return Err(StoreError::Field {
                field: "day of the withdrawal",
                found: format!(
                    "{}, and release {} became known on {}",
                    self.known_at, release.number, release.known_at
                ),
                expected: "that day or a later one",
            });
        }
        Ok(())
    }
}

/// How a release was withdrawn. It still counts as at earlier points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    pub(crate) segment: u32,
    pub(crate) known_at: Date,
    pub(crate) reason: String,
    pub(crate) recorded_at: i64,
}

impl Withdrawal {
    /// The day from which the release no longer counts.
    #[must_use]
    pub fn known_at(&self) -> Date {
        self.known_at
    }

    /// Why.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// When it was recorded, in seconds since 1970-01-01 UTC.
    #[must_use]
    pub fn recorded_at(&self) -> i64 {
        self.recorded_at
    }
}

pub(crate) fn from_hex(found: &str) -> Result<[u8; 32], StoreError> {
    let refused = || StoreError::Field {
        field: "file_digest",
        found: format!("{:?} ({} characters)", start(found), found.chars().count()),
        expected: "a SHA-256 as 64 hexadecimal digits",
    };
    if found.len() != 64 {
        return Err(refused());
    }
    let mut digest = [0; 32];
    for (byte, pair) in digest.iter_mut().zip(found.as_bytes().chunks(2)) {
        let digit = |c: u8| char::from(c).to_digit(16).ok_or_else(refused);
        *byte = (digit(pair[0])? * 16 + digit(pair[1])?) as u8;
    }
    Ok(digest)
}

pub(crate) fn to_hex(digest: &[u8; 32]) -> String {
    digest.iter().fold(String::with_capacity(64), |mut text, byte| {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from(b"0123456789abcdef"[usize::from(nibble)]));
        }
        text
    })
}

/// A numbered, immutable batch of observations that became known on a day from a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    pub(crate) number: u32,
    pub(crate) segment: u32,
    pub(crate) known_at: Date,
    pub(crate) source: String,
    pub(crate) profile: Option<String>,
    pub(crate) file_name: Option<String>,
    pub(crate) file_digest: Option<String>,
    pub(crate) note: Option<String>,
    pub(crate) recorded_at: i64,
    pub(crate) series: u64,
    pub(crate) observations: u64,
    pub(crate) withdrawal: Option<Withdrawal>,
}

impl Release {
    /// Its number: 1, 2, 3 and so on in the order in which releases were added.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The day on which its observations became known.
    #[must_use]
    pub fn known_at(&self) -> Date {
        self.known_at
    }

    /// Where they come from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The profile by which they were read.
    #[must_use]
    pub fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    /// The name of the file they were read from.
    #[must_use]
    pub fn file_name(&self) -> Option<&str> {
        self.file_name.as_deref()
    }

    /// The SHA-256 of that file, as 64 lower-case hexadecimal digits.
    #[must_use]
    pub fn file_digest(&self) -> Option<&str> {
        self.file_digest.as_deref()
    }

    /// A note for people.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// When it was recorded, in seconds since 1970-01-01 UTC.
    #[must_use]
    pub fn recorded_at(&self) -> i64 {
        self.recorded_at
    }

    /// How many series it has something to say about.
    #[must_use]
    pub fn series(&self) -> u64 {
        self.series
    }

    /// How many observations it holds, absences among them.
    #[must_use]
    pub fn observations(&self) -> u64 {
        self.observations
    }

    /// How it was withdrawn; `None` where it was not.
    #[must_use]
    pub fn withdrawal(&self) -> Option<&Withdrawal> {
        self.withdrawal.as_ref()
    }
}

/// The point as at which a store is read.
///
/// Releases apply in the order of (the day on which they became known, their number); a later one in
/// that order revises the periods it names and leaves the others. One that is withdrawn counts as at the
/// points before its withdrawal became known, and no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsAt {
    /// With every release that is not withdrawn.
    Latest,
    /// With the releases that were known on that day, those of the day itself among them.
    Date(Date),
    /// With what had been added up to and including that release, whenever it became known. Nothing that
    /// is added later changes it, neither a release of an earlier day nor a withdrawal.
    Release(u32),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_of_another_length_or_with_another_letter_is_refused_and_a_good_one_comes_back_the_same() {
        let good = "0123456789abcdef".repeat(4);
        assert_eq!(to_hex(&from_hex(&good).unwrap()), good);
        assert_eq!(to_hex(&from_hex(&good.to_uppercase()).unwrap()), good);
        for bad in [&good[1..], &format!("{good}0"), &good.replace('f', "g"), &"é".repeat(32)] {
            assert!(from_hex(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn two_documents_of_one_name_are_refused() {
        let document = |name: &str| Document { name: name.into(), text: String::new() };
        let mut new = NewDefinitions {
            known_at: Date::from_ymd_opt(2023, 4, 1).unwrap(),
            source: "a".into(),
            recorded_at: 0,
            documents: vec![document("a"), document("b")],
        };
        assert!(new.check().is_ok());
        new.documents.push(document("a"));
        assert!(new.check().unwrap_err().to_string().contains("two documents"));
    }
}
