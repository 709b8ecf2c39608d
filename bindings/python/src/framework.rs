//! Frameworks before they are in a store: their texts, from wherever they come, and their problems.

use crate::arguments::{Texts, texts};
use crate::errors::{Failure, Problem, problems};
use crate::gateway::ask;
use kilter::definitions;
use kilter::framework::{Framework, Text};
use pyo3::prelude::*;
use std::collections::HashMap;

fn named(texts: Vec<Text>) -> Texts {
    texts.into_iter().map(|text| (text.name, text.text)).collect()
}

/// The texts of a file, a folder or an entry of the catalogue, what they extend first.
#[pyfunction]
fn framework_texts(py: Python<'_>, source: String) -> PyResult<Texts> {
    ask(py, move || Ok(named(definitions::framework_texts(&source)?)))
}

/// The texts with those that they extend before them.
#[pyfunction]
fn with_what_it_extends(py: Python<'_>, own: Texts) -> PyResult<Texts> {
    ask(py, move || Ok(named(definitions::with_what_it_extends(texts(own))?)))
}

/// What a sound framework has (id, title, and how many of what), and the problems of one that is not.
#[pyfunction]
#[allow(clippy::type_complexity)]
fn check_framework(
    py: Python<'_>,
    own: Texts,
) -> PyResult<(Option<(String, String, HashMap<&'static str, usize>)>, Vec<Problem>)> {
    ask(py, move || {
        Ok(match Framework::from_texts(&texts(own)) {
            Err(error) => (None, problems(&error)),
            Ok(sound) => {
                let counts = HashMap::from([
                    ("areas", sound.areas().len()),
                    ("measures", sound.measures().count()),
                    ("indicators", sound.indicators().len()),
                    ("outcomes", sound.outcomes().len()),
                    ("targets", sound.targets().len()),
                ]);
                (Some((sound.id().to_string(), sound.title().to_owned(), counts)), Vec::new())
            }
        })
    })
}

/// A document that is given as JSON as the TOML that framework and profile files are written in.
#[pyfunction]
fn toml_of_json(py: Python<'_>, json: String) -> PyResult<String> {
    ask(py, move || {
        let document: toml::Table =
            serde_json::from_str(&json).map_err(|error| Failure::Argument(error.to_string()))?;
        toml::to_string(&document).map_err(|error| Failure::Argument(error.to_string()))
    })
}

/// The ids of the frameworks and of the profiles of the catalogue.
#[pyfunction]
fn catalogue() -> (Vec<&'static str>, Vec<&'static str>) {
    (definitions::framework_ids().collect(), definitions::profile_ids().collect())
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(framework_texts, module)?)?;
    module.add_function(wrap_pyfunction!(with_what_it_extends, module)?)?;
    module.add_function(wrap_pyfunction!(check_framework, module)?)?;
    module.add_function(wrap_pyfunction!(toml_of_json, module)?)?;
    module.add_function(wrap_pyfunction!(catalogue, module)?)
}
