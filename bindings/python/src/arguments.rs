//! Arguments as Python hands them over, read as the engine wants them.

use crate::errors::Failure;
use kilter::asked;
use kilter::definitions;
use kilter::engine::{AsAt, EvaluateQuery, Ingest, ScorecardQuery, Selection, View};
use kilter::framework::Text;
use kilter::ingest::{OnRejection, ProfileDocument};
use pyo3::prelude::*;
use std::fmt::Display;
use std::str::FromStr;

/// A framework's texts, each with its name.
pub type Texts = Vec<(String, String)>;

pub fn texts(of: Texts) -> Vec<Text> {
    of.into_iter().map(|(name, text)| Text { name, text }).collect()
}

/// As known when: a release by its number, a date as text, or the latest.
pub fn as_at(text: Option<String>) -> Result<AsAt, Failure> {
    text.map_or(Ok(AsAt::Latest), |text| asked::as_at(&text).map_err(Failure::Argument))
}

pub fn day(text: Option<String>) -> Result<Option<kilter::Date>, Failure> {
    text.map(|text| asked::date(&text).map_err(Failure::Argument)).transpose()
}

pub fn read<T: FromStr<Err: Display>>(text: Option<String>) -> Result<Option<T>, Failure> {
    text.map(|text| text.parse().map_err(|error: T::Err| Failure::Argument(error.to_string()))).transpose()
}

/// What a question is about, in the order in which Python gives it.
#[derive(FromPyObject)]
pub struct About(Vec<String>, Vec<String>, Option<String>);

impl About {
    /// Whether the answer is there sooner than a thread could be woken for it, and nobody would interrupt it.
    pub fn is_brief(&self) -> bool {
        self.0.len() == 1 && self.1.len() == 1
    }

    pub fn selection(self) -> Result<Selection, Failure> {
        Ok(Selection { indicators: self.0, areas: self.1, as_at: as_at(self.2)? })
    }
}

/// Who looks, and on which day.
#[derive(FromPyObject)]
pub struct Viewer(Option<String>, Option<String>);

impl Viewer {
    pub fn view(self) -> Result<View, Failure> {
        Ok(View { level: self.0, on: day(self.1)? })
    }
}

/// A scorecard: area, period, as at, level, on.
#[derive(FromPyObject)]
pub struct Card(Option<String>, Option<String>, Option<String>, Option<String>, Option<String>);

impl Card {
    pub fn query(self, dated: Option<kilter::Date>) -> Result<ScorecardQuery, Failure> {
        let view = View { level: self.3, on: day(self.4)? };
        Ok(ScorecardQuery { area: self.0, period: self.1, as_at: as_at(self.2)?, view, dated })
    }
}

pub fn evaluations(about: About, period: Option<String>, viewer: Viewer) -> Result<EvaluateQuery, Failure> {
    Ok(EvaluateQuery { selection: about.selection()?, period, view: viewer.view()? })
}

/// How something is ingested: profile, its text where it is no file, source, known at, on rejection, note.
#[derive(FromPyObject)]
pub struct How(Option<String>, Option<String>, String, String, String, Option<String>);

/// The same, read.
pub struct Taking {
    profile: Option<ProfileDocument>,
    source: String,
    known_at: kilter::Date,
    on_rejection: OnRejection,
    note: Option<String>,
}

impl How {
    pub fn read(self) -> Result<Taking, Failure> {
        let Self(profile, text, source, known_at, on_rejection, note) = self;
        let profile = match (profile, text) {
            (Some(name), Some(text)) => {
                Some(ProfileDocument::parse(&name, &text).map_err(definitions::DefinitionsError::from)?)
            }
            (Some(name), None) => Some(definitions::profile(&name)?),
            (None, _) => None,
        };
        let on_rejection = match on_rejection.as_str() {
            "refuse" => OnRejection::Refuse,
            "keep" => OnRejection::Keep,
            other => {
                let what = format!("on_rejection=\"{other}\" is not known; expected \"refuse\" or \"keep\"");
                return Err(Failure::Argument(what));
            }
        };
        let known_at = asked::date(&known_at).map_err(Failure::Argument)?;
        Ok(Taking { profile, source, known_at, on_rejection, note })
    }
}

impl Taking {
    pub fn ingest(&self) -> Ingest<'_> {
        Ingest {
            profile: self.profile.as_ref(),
            source: &self.source,
            known_at: self.known_at,
            on_rejection: self.on_rejection,
            note: self.note.as_deref(),
        }
    }
}
