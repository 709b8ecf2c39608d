//! A store of a framework and figures that a test wrote, in a folder that goes with it.

use kilter::Date;
use kilter::engine::{Engine, Ingest};
use kilter::ingest::OnRejection;
use kilter_core::framework::Text;
use tempfile::TempDir;

/// An engine over a new store of that framework and one release of those figures, a table of observations as
/// CSV. The folder is removed when its handle is dropped.
pub fn stored(framework: &str, figures: &str) -> (TempDir, Engine) {
    let folder = tempfile::tempdir().expect("a folder");
    let known_at = day("2024-01-01");
    let text = Text::new("ours.toml", framework);
    let store = folder.path().join("store");
    let mut engine = Engine::create_from(&store, &[text], "ours.toml", known_at)
        .unwrap_or_else(|error| panic!("{error}\n{framework}"));
    take_in(&mut engine, figures, known_at);
    (folder, engine)
}

/// Takes in a table of observations as CSV, known on that day.
pub fn take_in(engine: &mut Engine, figures: &str, known_at: Date) {
    let path = engine.path().with_file_name("figures.csv");
    std::fs::write(&path, figures).expect("a file");
    let on_rejection = OnRejection::Refuse;
    let ingest = Ingest { profile: None, source: "a test", known_at, on_rejection, note: None };
    engine.ingest(&path, &ingest, |_, _| true).unwrap_or_else(|error| panic!("{error}"));
}

/// A day, as 2024-01-31.
pub fn day(text: &str) -> Date {
    text.parse().expect("a day")
}
