//! Refusals of the engine as lists of which R makes conditions, with everything they know.

use crate::answer::{data_frame, named, receipt};
use crate::strings::{text, texts};
use extendr_api::{Attributes, Robj};
use kilter::definitions::DefinitionsError;
use kilter::engine::{EngineError, StoreError};
use kilter::framework::{FrameworkError, Problem};
use kilter::ingest::IngestError;
use kilter::table::{Column, Table};

/// Why something was not done.
pub enum Failure {
    /// A question.
    Engine(EngineError),
    /// A file or frame.
    Ingest(IngestError),
    /// A method.
    Method(String),
    /// An argument that is none of those expected.
    Argument(String),
    /// A column that is none of those expected.
    Data(String),
    /// The engine was closed.
    Closed(String),
    /// The engine was opened by another process: a session before this one, or the one that this was forked from.
    Elsewhere(String),
    /// The user asked to stop.
    Interrupted,
    /// A fault of kilter: never the user's.
    Fault(String),
}

impl<E: Into<EngineError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Engine(error.into())
    }
}

/// The classes of a condition, the narrowest first, its message, and what else it knows.
type Condition = (&'static [&'static str], String, Vec<(&'static str, Robj)>);

impl Failure {
    /// The list of which R makes the condition.
    pub fn into_r(self) -> Robj {
        let (classes, message, with) = self.condition();
        let mut cells = vec![("class", texts(classes)), ("message", text(&message))];
        cells.extend(with);
        let mut list = named(cells);
        // A class can always be set on a list.
        let _ = list.set_class(["kilter_failure"]);
        list
    }

    fn condition(self) -> Condition {
        match self {
            Self::Engine(EngineError::Ingest(error)) | Self::Ingest(error) => ingest(&error),
            Self::Engine(EngineError::Definitions(error)) => definitions(&error),
            Self::Engine(EngineError::Store(error)) => store(&error),
            Self::Engine(error) => {
                let class: &[&str] = match &error {
                    EngineError::Indicator { .. } | EngineError::Level { .. } | EngineError::Area { .. } => {
                        &["kilter_error_not_found"]
                    }
                    EngineError::Period(_) => &["kilter_error_period", "kilter_error_question"],
                    EngineError::Folder { .. } => &["kilter_error_store"],
                    _ => &["kilter_error_question"],
                };
                plain(class, in_words_of_r(&error.to_string()))
            }
            Self::Method(what) => plain(&["kilter_error_method"], what),
            Self::Argument(what) => plain(&["kilter_error_question"], what),
            Self::Data(what) => plain(&["kilter_error_data"], what),
            Self::Closed(what) => plain(&["kilter_error_closed", "kilter_error_store"], what),
            Self::Elsewhere(what) => {
                plain(&["kilter_error_elsewhere", "kilter_error_closed", "kilter_error_store"], what)
            }
            Self::Interrupted => plain(&["kilter_interrupt"], "interrupted".to_owned()),
            Self::Fault(what) => {
                let what =
                    format!("a fault of kilter, not of yours: {what}. Please report it with what you did");
                plain(&["kilter_error_internal"], what)
            }
        }
    }
}

/// What the engine says in words of the program's command line, in those of R.
pub fn in_words_of_r(said: &str) -> String {
    const WORDS: [(&str, &str); 5] = [
        ("`kilter info` lists them", "kilter_indicators() lists them"),
        ("`kilter compact` makes", "kilter_compact() makes"),
        ("--on-rejection keep", "on_rejection = \"keep\""),
        ("(--area)", "(area)"),
        ("(--level)", "(level)"),
    ];
    WORDS.into_iter().fold(said.to_owned(), |text, (theirs, ours)| text.replace(theirs, ours))
}

fn plain(classes: &'static [&'static str], message: String) -> Condition {
    (classes, message, Vec::new())
}

fn store(error: &StoreError) -> Condition {
    let classes: &[&str] = match error {
        StoreError::Locked { .. } => &["kilter_error_locked", "kilter_error_store"],
        StoreError::Damaged(_) => &["kilter_error_damaged", "kilter_error_store"],
        StoreError::UnknownRelease { .. } => &["kilter_error_not_found"],
        _ => &["kilter_error_store"],
    };
    plain(classes, error.to_string())
}

/// The problems of a framework: `file, line, about, message`.
pub fn problems(error: &FrameworkError) -> Table {
    let all = error.problems();
    let line = |of: &Problem| i64::try_from(of.place.as_ref()?.line).ok();
    Table::new(vec![
        ("file", Column::Text(all.iter().map(|of| of.place.as_ref().map(|place| &*place.text)).collect())),
        ("line", Column::Integer(all.iter().map(line).collect())),
        ("about", Column::Text(all.iter().map(|of| Some(&of.path)).collect())),
        ("message", Column::Text(all.iter().map(|of| Some(&of.message)).collect())),
    ])
}

/// The same of a document that is not of one piece with a framework.
fn problems_in_words(words: &[String]) -> Table {
    let nothing = || Column::Text(words.iter().map(|_| None::<&str>).collect());
    Table::new(vec![
        ("file", nothing()),
        ("line", Column::Integer(words.iter().map(|_| None).collect())),
        ("about", nothing()),
        ("message", Column::Text(words.iter().map(Some).collect())),
    ])
}

fn with_problems(classes: &'static [&'static str], message: String, of: &Table) -> Condition {
    (classes, message, data_frame(of).ok().map(|of| ("problems", of)).into_iter().collect())
}

fn definitions(error: &DefinitionsError) -> Condition {
    const FRAMEWORK: &[&str] = &["kilter_error_framework"];
    const PROFILE: &[&str] = &["kilter_error_profile", "kilter_error_framework"];
    let message = error.to_string();
    match error {
        DefinitionsError::Framework(unsound) => with_problems(FRAMEWORK, message, &problems(unsound)),
        DefinitionsError::Profile(error) => {
            with_problems(PROFILE, message, &problems_in_words(error.problems()))
        }
        DefinitionsError::NotFound { .. } => plain(&["kilter_error_not_found"], message),
        DefinitionsError::Io { .. } | DefinitionsError::EmptyFolder { .. } => {
            plain(&["kilter_error_read", "kilter_error_ingest"], message)
        }
        _ => with_problems(FRAMEWORK, message.clone(), &problems_in_words(&[message])),
    }
}

fn ingest(error: &IngestError) -> Condition {
    let message = in_words_of_r(&error.to_string());
    match error {
        IngestError::Store(error) => return store(error),
        IngestError::Profile(error) => {
            let problems = problems_in_words(error.problems());
            return with_problems(&["kilter_error_profile", "kilter_error_framework"], message, &problems);
        }
        IngestError::Read(found) if found.is_of_the_system() => {
            return plain(&["kilter_error_read", "kilter_error_ingest"], message);
        }
        _ => {}
    }
    let with = error.receipt().and_then(|found| Some(("receipt", receipt(found).ok()?)));
    (&["kilter_error_ingest"], message, with.into_iter().collect())
}
