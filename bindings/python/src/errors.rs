//! Refusals of the engine as the exceptions of `kilter.errors`, with everything they know. The classes are
//! written in Python, so that they have two bases, attributes and types.

use crate::engine::receipt_object;
use kilter::definitions::DefinitionsError;
use kilter::engine::{EngineError, StoreError};
use kilter::framework::FrameworkError;
use kilter::ingest::{IngestError, ProfileError};
use kilter_arrow::ArrowProblem;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

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
    /// The engine was closed.
    Closed(String),
}

impl<E: Into<EngineError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Engine(error.into())
    }
}

impl Failure {
    /// The exception.
    pub fn into_python(self, py: Python<'_>) -> PyErr {
        let made = match self {
            Self::Engine(EngineError::Ingest(error)) | Self::Ingest(error) => ingest(py, error),
            Self::Engine(EngineError::Definitions(error)) => definitions(py, &error),
            Self::Engine(EngineError::Store(error)) => store(py, &error),
            Self::Engine(error) => {
                let class = match &error {
                    EngineError::Indicator { .. } | EngineError::Level { .. } | EngineError::Area { .. } => {
                        "NotFound"
                    }
                    EngineError::Period(_) => "PeriodError",
                    EngineError::Folder { .. } => "StoreError",
                    _ => "QuestionError",
                };
                plain(
                    py,
                    class,
                    &error.to_string().replace("`kilter info` lists them", "engine.indicators() lists them"),
                )
            }
            Self::Method(what) => plain(py, "MethodError", &what),
            Self::Argument(what) => plain(py, "QuestionError", &what),
            Self::Closed(what) => plain(py, "Closed", &what),
        };
        made.unwrap_or_else(|error| error)
    }
}

fn make<'py>(
    py: Python<'py>,
    class: &str,
    message: &str,
    with: Option<&Bound<'py, PyDict>>,
) -> PyResult<PyErr> {
    let class = py.import("kilter.errors")?.getattr(class)?;
    Ok(PyErr::from_value(class.call((message,), with)?))
}

fn plain(py: Python<'_>, class: &str, message: &str) -> PyResult<PyErr> {
    make(py, class, message, None)
}

/// An error of that class of `kilter.errors`.
pub fn error(py: Python<'_>, class: &str, message: &str) -> PyErr {
    plain(py, class, message).unwrap_or_else(|error| error)
}

/// A fault of kilter: never the user's.
pub fn fault(py: Python<'_>, what: &str) -> PyErr {
    let text = format!("a fault of kilter, not of yours: {what}. Please report it with what you did");
    plain(py, "InternalError", &text).unwrap_or_else(|error| error)
}

pub fn arrow(py: Python<'_>, problem: &ArrowProblem) -> PyErr {
    plain(py, "DataError", &problem.to_string()).unwrap_or_else(|error| error)
}

fn store(py: Python<'_>, error: &StoreError) -> PyResult<PyErr> {
    let class = match error {
        StoreError::Locked { .. } => "Locked",
        StoreError::Damaged(_) => "Damaged",
        StoreError::UnknownRelease { .. } => "NotFound",
        _ => "StoreError",
    };
    plain(py, class, &error.to_string())
}

/// A problem as `(text, line, path, message)`.
pub type Problem = (Option<String>, Option<usize>, String, String);

/// The problems of a framework.
pub fn problems(error: &FrameworkError) -> Vec<Problem> {
    let problem = |of: &kilter::framework::Problem| {
        let place = of.place.as_ref();
        let line = place.map(|place| place.line);
        (place.map(|place| place.text.to_string()), line, of.path.clone(), of.message.clone())
    };
    error.problems().iter().map(problem).collect()
}

fn with_problems(py: Python<'_>, message: &str, problems: Vec<Problem>) -> PyResult<PyErr> {
    let with = PyDict::new(py);
    with.set_item("problems", PyList::new(py, problems)?)?;
    make(py, "FrameworkError", message, Some(&with))
}

fn profile(py: Python<'_>, error: &ProfileError) -> PyResult<PyErr> {
    let with = PyDict::new(py);
    let problems: Vec<Problem> =
        error.problems().iter().map(|what| (None, None, String::new(), what.clone())).collect();
    with.set_item("problems", PyList::new(py, problems)?)?;
    make(py, "ProfileError", &error.to_string(), Some(&with))
}

fn definitions(py: Python<'_>, error: &DefinitionsError) -> PyResult<PyErr> {
    match error {
        DefinitionsError::Framework(sound) => with_problems(py, &error.to_string(), problems(sound)),
        DefinitionsError::Profile(error) => profile(py, error),
        DefinitionsError::NotFound { .. } => plain(py, "NotFound", &error.to_string()),
        DefinitionsError::Io { .. } | DefinitionsError::EmptyFolder { .. } => {
            plain(py, "ReadError", &error.to_string())
        }
        _ => with_problems(py, &error.to_string(), vec![(None, None, String::new(), error.to_string())]),
    }
}

fn ingest(py: Python<'_>, error: IngestError) -> PyResult<PyErr> {
    // The words of the program's option are not those of Python.
    let message = error.to_string().replace("--on-rejection keep", "on_rejection=\"keep\"");
    match &error {
        IngestError::Store(error) => return store(py, error),
        IngestError::Profile(error) => return profile(py, error),
        IngestError::Read(found) if found.is_of_the_system() => return plain(py, "ReadError", &message),
        _ => {}
    }
    let Some(receipt) = error.receipt() else { return plain(py, "IngestError", &message) };
    let with = PyDict::new(py);
    with.set_item("receipt", receipt_object(py, receipt)?)?;
    make(py, "IngestError", &message, Some(&with))
}
