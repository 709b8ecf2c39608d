//! Where frameworks and profiles come from: files, folders, the catalogue.

use crate::ingest::{ProfileDocument, ProfileError};
use kilter_core::framework::{Framework, FrameworkError, Text};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Why a framework or profile cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DefinitionsError {
    /// Neither a file nor a folder nor an id of the catalogue.
    #[error("\"{found}\" is neither a file or folder nor {what} of the catalogue; the catalogue has {}", .known.join(", "))]
    NotFound {
        /// What was asked for.
        found: String,
        /// "a framework" or "a profile".
        what: &'static str,
        /// The ids of the catalogue.
        known: Vec<String>,
    },
    /// A folder without any framework file.
    #[error("{}: the folder holds no file that ends in .toml", .path.display())]
    EmptyFolder {
        /// The folder.
        path: PathBuf,
    },
    /// A file that cannot be read.
    #[error("{}: {error}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A framework that extends one that the catalogue does not have.
    #[error("{text}: extends \"{found}\", which is not a framework of the catalogue; it has {}", .known.join(", "))]
    Extends {
        /// The text that says so.
        text: String,
        /// What it extends.
        found: String,
        /// The ids of the catalogue.
        known: Vec<String>,
    },
    /// The framework is not sound.
    #[error(transparent)]
    Framework(#[from] FrameworkError),
    /// The profile is not sound.
    #[error(transparent)]
    Profile(#[from] ProfileError),
}

/// The ids of the frameworks of the catalogue.
pub fn framework_ids() -> impl Iterator<Item = &'static str> {
    kilter_catalogue::framework_ids()
}

/// The ids of the profiles of the catalogue.
pub fn profile_ids() -> impl Iterator<Item = &'static str> {
    kilter_catalogue::profile_ids()
}

fn ids(of: impl Iterator<Item = &'static str>) -> Vec<String> {
    of.map(str::to_owned).collect()
}

fn read(path: &Path) -> Result<String, DefinitionsError> {
    fs::read_to_string(path).map_err(|error| {
        let error = match error.kind() {
            io::ErrorKind::InvalidData => {
                io::Error::new(error.kind(), "it is not text in UTF-8; save it as UTF-8")
            }
            _ => error,
        };
        DefinitionsError::Io { path: path.to_owned(), error }
    })
}

/// The texts of a framework, what it extends first: from a TOML file, a folder of them (in the order of
/// their names), or by its id from the catalogue.
///
/// # Errors
/// Not found; unreadable; extends something that the catalogue does not have.
pub fn framework_texts(source: &str) -> Result<Vec<Text>, DefinitionsError> {
    let path = Path::new(source);
    let own: Vec<Text> = if path.is_dir() {
        let io = |error| DefinitionsError::Io { path: path.to_owned(), error };
        let mut files: Vec<PathBuf> = Vec::new();
        for entry in fs::read_dir(path).map_err(io)? {
            let file = entry.map_err(io)?.path();
            if file.extension().is_some_and(|ending| ending == "toml") {
                files.push(file);
            }
        }
        if files.is_empty() {
            return Err(DefinitionsError::EmptyFolder { path: path.to_owned() });
        }
        files.sort();
        files
            .iter()
            .map(|file| Ok(Text { name: file.display().to_string(), text: read(file)? }))
            .collect::<Result<_, DefinitionsError>>()?
    } else if path.exists() {
        vec![Text { name: source.to_owned(), text: read(path)? }]
    } else {
        catalogue(source).ok_or_else(|| DefinitionsError::NotFound {
            found: source.to_owned(),
            what: "a framework",
            known: ids(kilter_catalogue::framework_ids()),
        })?
    };
    with_what_it_extends(own)
}

fn catalogue(id: &str) -> Option<Vec<Text>> {
    let files = kilter_catalogue::framework(id)?;
    Some(files.iter().map(|file| Text::new(file.name, file.text)).collect())
}

/// The texts with those that they extend before them.
///
/// # Errors
/// Something is extended that the catalogue does not have.
pub fn with_what_it_extends(own: Vec<Text>) -> Result<Vec<Text>, DefinitionsError> {
    let mut layers = vec![own];
    // A chain in the catalogue is short; the bound keeps a circle in it from being followed for ever.
    for _ in 0..16 {
        let last = layers.last().map_or(&[][..], Vec::as_slice);
        let Some((text, found)) = last.iter().find_map(|text| Some((text, text.extends()?))) else { break };
        let Some(texts) = catalogue(&found) else {
            return Err(DefinitionsError::Extends {
                text: text.name.clone(),
                found,
                known: ids(kilter_catalogue::framework_ids()),
            });
        };
        layers.push(texts);
    }
    Ok(layers.into_iter().rev().flatten().collect())
}

/// A framework from a file, a folder or the catalogue.
///
/// # Errors
/// As [`framework_texts`]; or every problem of the framework.
///
/// ```
/// let framework = kilter::definitions::framework("scotland-core-suite").unwrap();
/// assert!(framework.indicator("NI-19").is_some());
/// assert!(kilter::definitions::framework("scotland").is_err());
/// ```
pub fn framework(source: &str) -> Result<Framework, DefinitionsError> {
    Ok(Framework::from_texts(&framework_texts(source)?)?)
}

/// A profile from a TOML file, or by its id from the catalogue.
///
/// # Errors
/// Not found; unreadable; not of the shape of a profile.
pub fn profile(source: &str) -> Result<ProfileDocument, DefinitionsError> {
    if let Some(text) = kilter_catalogue::profile(source) {
        return Ok(ProfileDocument::parse(source, text)?);
    }
    let path = Path::new(source);
    if !path.is_file() {
        return Err(DefinitionsError::NotFound {
            found: source.to_owned(),
            what: "a profile",
            known: ids(kilter_catalogue::profile_ids()),
        });
    }
    Ok(ProfileDocument::parse(source, &read(path)?)?)
}

/// What a definitions file was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// A sound framework.
    Framework {
        /// Its id.
        id: String,
        /// How many areas, measures, indicators, outcomes and targets it has.
        counts: [usize; 5],
    },
    /// A profile of the right shape.
    Profile {
        /// Its id.
        id: String,
        /// How many measures it reads.
        measures: usize,
    },
}

/// Checks a framework or profile without a store. A file that begins a profile is checked against the
/// national framework of the catalogue.
///
/// # Errors
/// Every problem.
pub fn check(source: &str) -> Result<Checked, DefinitionsError> {
    let is_profile = Path::new(source).is_file() && {
        let text = read(Path::new(source))?;
        toml::from_str::<toml::Table>(&text).is_ok_and(|table| table.contains_key("profile"))
    };
    if is_profile || kilter_catalogue::profile(source).is_some() {
        let document = profile(source)?;
        let national = framework("scotland-core-suite")?;
        let checked = crate::ingest::Profile::new(&document, &national)?;
        return Ok(Checked::Profile { id: checked.id().to_string(), measures: document.measure.len() });
    }
    let framework = framework(source)?;
    Ok(Checked::Framework {
        id: framework.id().to_string(),
        counts: [
            framework.areas().len(),
            framework.measures().count(),
            framework.indicators().len(),
            framework.outcomes().len(),
            framework.targets().len(),
        ],
    })
}

/// The JSON Schema of framework files, for editors.
#[must_use]
pub fn framework_schema() -> String {
    pretty(&schemars::schema_for!(kilter_core::framework::FrameworkDocument))
}

/// The JSON Schema of profile files, for editors.
#[must_use]
pub fn profile_schema() -> String {
    pretty(&schemars::schema_for!(ProfileDocument))
}

fn pretty(schema: &schemars::Schema) -> String {
    serde_json::to_string_pretty(schema).expect("a schema is plain JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_framework_of_the_catalogue_is_sound() {
        for id in kilter_catalogue::framework_ids() {
            if let Err(error) = framework(id) {
                panic!("{id}:\n{error}");
            }
        }
    }

    #[test]
    fn every_profile_of_the_catalogue_fits_the_national_framework() {
        let national = framework("scotland-core-suite").unwrap();
        for id in kilter_catalogue::profile_ids() {
            let document = profile(id).unwrap();
            if let Err(error) = crate::ingest::Profile::new(&document, &national) {
                panic!("{error}");
            }
        }
    }

    #[test]
    fn a_name_that_is_nothing_is_told_what_the_catalogue_has() {
        let error = framework("scotland").unwrap_err().to_string();
        assert!(error.contains("scotland-core-suite"), "{error}");
        let error = profile("phs").unwrap_err().to_string();
        assert!(error.contains("phs-ae-site-month"), "{error}");
        let text = Text::new("mine.toml", "[framework]\nextends = \"nothing\"\n");
        let error = with_what_it_extends(vec![text]).unwrap_err().to_string();
        assert!(error.starts_with("mine.toml: extends \"nothing\""), "{error}");
    }
}
