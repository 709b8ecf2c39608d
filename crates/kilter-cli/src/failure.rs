//! What is said when something fails, and the exit code that goes with it.

use kilter::definitions::DefinitionsError;
use kilter::engine::EngineError;
use kilter::ingest::{IngestError, Receipt};
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// A failure: what to say, and whose it is.
pub enum Failure {
    /// The command is wrong.
    Usage(String),
    /// The input is wrong.
    Input(String, Option<Box<Receipt>>),
    /// The store cannot do it.
    Store(String),
    /// Nobody reads the output any more.
    Closed,
}

impl Failure {
    /// Says what failed and gives the exit code.
    pub fn report(self) -> ExitCode {
        let (text, code) = match self {
            Self::Usage(text) => (text, 2),
            Self::Input(text, receipt) => {
                if let Some(receipt) = receipt {
                    eprintln!("{receipt}");
                }
                (text, 3)
            }
            Self::Store(text) => (text, 4),
            Self::Closed => return ExitCode::SUCCESS,
        };
        eprintln!("kilter: {text}");
        ExitCode::from(code)
    }

    /// The output cannot be written.
    pub fn output(path: Option<&Path>, error: &io::Error) -> Self {
        match path {
            None if error.kind() == io::ErrorKind::BrokenPipe => Self::Closed,
            None => Self::Store(format!("the output cannot be written: {error}")),
            Some(path) => Self::Store(format!("{}: cannot be written: {error}", path.display())),
        }
    }
}

impl From<DefinitionsError> for Failure {
    fn from(error: DefinitionsError) -> Self {
        Self::Input(error.to_string(), None)
    }
}

impl From<IngestError> for Failure {
    fn from(error: IngestError) -> Self {
        let text = error.to_string();
        match error {
            IngestError::Rejected { receipt }
            | IngestError::NothingTaken { receipt }
            | IngestError::Unbalanced { receipt } => Self::Input(text, Some(receipt)),
            IngestError::Store(_) => Self::Store(text),
            _ => Self::Input(text, None),
        }
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Definitions(error) => error.into(),
            EngineError::Ingest(error) => error.into(),
            error @ (EngineError::Store(_) | EngineError::Folder { .. }) => Self::Store(error.to_string()),
            other => Self::Usage(other.to_string()),
        }
    }
}
