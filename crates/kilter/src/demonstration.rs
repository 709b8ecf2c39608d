//! The demonstration: the whole way from files to a store, on the invented partnership.

use crate::definitions;
use crate::demo;
use crate::engine::{Engine, EngineError, Ingest};
use crate::ingest::{OnRejection, Receipt};
use kilter_core::framework::Text;
use kilter_core::time::Date;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What a demonstration made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demonstration {
    /// The store.
    pub store: PathBuf,
    /// The folder of the files that were ingested.
    pub files: PathBuf,
    /// The code of the invented partnership.
    pub area: &'static str,
}

/// The file by which a folder of an earlier demonstration is known, so that nothing else is removed.
const MARKER: &str = "INVENTED.txt";
const MARKER_TEXT: &str = "Everything in this folder is invented, and is made anew by `kilter demo`.\n";

/// Makes the invented partnership's store in a folder: writes its files, ingests them, says what it does.
///
/// A folder of an earlier demonstration is made anew; any other folder with something in it is left
/// alone.
///
/// # Errors
/// The folder holds something else, or cannot be written.
pub fn run(folder: &Path, mut say: impl FnMut(&str)) -> Result<Demonstration, EngineError> {
    let refused = |error: io::Error| EngineError::Folder { path: folder.to_owned(), error };
    if folder.join(MARKER).is_file() {
        fs::remove_dir_all(folder).map_err(refused)?;
    } else if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(EngineError::Question {
            what: format!(
                "{}: the folder holds something that is no demonstration; name another: kilter demo FOLDER",
                folder.display()
            ),
        });
    }
    let (store, files) = (folder.join("store"), folder.join("files"));
    fs::create_dir_all(&files).map_err(refused)?;
    fs::write(folder.join(MARKER), MARKER_TEXT).map_err(refused)?;

    let own = Text::new("invented-partnership.toml", demo::framework());
    fs::write(files.join("invented-partnership.toml"), demo::framework()).map_err(refused)?;
    let texts = definitions::with_what_it_extends(vec![own])?;
    let mut engine = Engine::create_from(&store, &texts, "invented-partnership.toml", Date::default())?;
    say(&format!("{}: {}", store.display(), engine.framework(crate::engine::AsAt::Latest)?.title()));

    for file in demo::files() {
        let path = files.join(file.name);
        fs::write(&path, &file.text).map_err(refused)?;
        let profile = definitions::profile(file.profile)?;
        let receipt =
            engine.ingest(&path, &ingest(Some(&profile), file.source, file.known_at), |_, _| true)?;
        say(&line(&receipt));
    }
    let table = demo::own_figures();
    let path = files.join(table.name);
    fs::write(&path, &table.text).map_err(refused)?;
    say(&line(&engine.ingest(&path, &ingest(None, table.source, table.known_at), |_, _| true)?));
    Ok(Demonstration { store, files, area: demo::AREA })
}

fn ingest<'a>(
    profile: Option<&'a crate::ingest::ProfileDocument>,
    source: &'a str,
    known_at: Date,
) -> Ingest<'a> {
    Ingest { profile, source, known_at, on_rejection: OnRejection::Refuse, note: None }
}

fn line(receipt: &Receipt) -> String {
    let releases: Vec<_> = receipt.releases.iter().map(|(n, day)| format!("release {n} of {day}")).collect();
    format!(
        "  {}: {} rows, {} accepted, {} left out by the profile, {} rejected; {}",
        receipt.file,
        receipt.rows,
        receipt.accepted,
        receipt.rows_left_out(),
        receipt.rejected,
        releases.join(", ")
    )
}
