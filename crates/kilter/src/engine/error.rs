//! Why a question was not answered.

use crate::definitions::DefinitionsError;
use crate::ingest::IngestError;
use kilter_core::area::NameError;
use kilter_core::time::PeriodError;
use kilter_store::StoreError;
use std::io;
use std::path::PathBuf;

/// Why the engine did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// A framework or profile is not sound, or cannot be had.
    #[error(transparent)]
    Definitions(#[from] DefinitionsError),
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file was refused.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// A folder or file that cannot be written.
    #[error("{}: cannot be written: {error}", .path.display())]
    Folder {
        /// Where.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// There is no such indicator.
    #[error("there is no indicator \"{id}\" in the framework{}", nearest(.known))]
    Indicator {
        /// What was asked for.
        id: String,
        /// Ids that are spelt like it.
        known: Vec<String>,
    },
    /// There is no such level.
    #[error("there is no level \"{id}\" in the framework; {}", levels(.known))]
    Level {
        /// What was asked for.
        id: String,
        /// The levels there are.
        known: Vec<String>,
    },
    /// There is no such area, or several.
    #[error("area \"{text}\": {error}")]
    Area {
        /// What was asked for.
        text: String,
        /// Why it is not one area.
        error: NameError,
    },
    /// A text is not a period that fits.
    #[error(transparent)]
    Period(#[from] PeriodError),
    /// A question that contradicts itself.
    #[error("{what}")]
    Question {
        /// What does not go together.
        what: String,
    },
}

fn nearest(known: &[String]) -> String {
    match known {
        [] => "; `kilter info` lists them".to_owned(),
        ids => format!("; did you mean {}?", ids.join(" or ")),
    }
}

fn levels(known: &[String]) -> String {
    match known {
        [] => "it has none".to_owned(),
        known => format!("it has {}", known.join(", ")),
    }
}

impl EngineError {
    /// The same refusal as one of ingesting.
    pub(crate) fn into_ingest(self) -> IngestError {
        match self {
            Self::Ingest(error) => error,
            Self::Store(error) => IngestError::Store(error),
            other => IngestError::Framework { what: other.to_string() },
        }
    }
}
