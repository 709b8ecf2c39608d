//! The text of a profile: a profile for a framework, or its problems.
#![no_main]

use kilter::ingest::{Profile, ProfileDocument};
use kilter_core::framework::{Framework, Text};

thread_local! {
    static FRAMEWORK: Framework = {
        let text = include_str!("../../crates/kilter/src/demo/framework.toml");
        Framework::from_texts(&[Text::new("framework.toml", text)]).expect("it is a framework")
    };
}

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(document) = ProfileDocument::parse("profile.toml", text) else { return };
    FRAMEWORK.with(|framework| {
        if let Err(error) = Profile::new(&document, framework) {
            assert!(!error.problems().is_empty());
        }
    });
});
