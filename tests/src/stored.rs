//! A store of a framework and figures that a test wrote, in a folder that goes with it.

use kilter::engine::{Engine, Ingest};
use kilter::ingest::OnRejection;
use kilter_core::framework::Text;
use tempfile::TempDir;

/// An engine over a new store of that framework and one release of those figures, a table of observations as
/// CSV. The folder is removed when its handle is dropped.
pub fn stored(framework: &str, figures: &str) -> (TempDir, Engine) {
    let folder = tempfile::tempdir().expect("a folder");
    let day = "2024-01-01".parse().expect("a day");
    let text = Text::new("ours.toml", framework);
    let store = folder.path().join("store");
    let mut engine = Engine::create_from(&store, &[text], "ours.toml", day)
        .unwrap_or_else(|error| panic!("{error}\n{framework}"));
    let path = folder.path().join("figures.csv");
    std::fs::write(&path, figures).expect("a file");
    let on_rejection = OnRejection::Refuse;
    let ingest = Ingest { profile: None, source: "a test", known_at: day, on_rejection, note: None };
    engine.ingest(&path, &ingest, |_, _| true).unwrap_or_else(|error| panic!("{error}"));
    (folder, engine)
}
