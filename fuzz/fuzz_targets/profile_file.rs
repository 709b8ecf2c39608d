//! The text of a profile: a profile for a framework, or its problems.
#![no_main]

use kilter::ingest::{Profile, ProfileDocument};
use kilter_core::framework::{Framework, Text};

const TEXT: &str = r#"
[framework]
id = "a"
title = "A"

[[area]]
code = "S12000005"
name = "Clackmannanshire"
kind = "council"

[[measure]]
id = "delayed-bed-days-75"
title = "Delayed discharge bed days, aged 75 and over"
unit = "bed days"
frequency = "month"
over_time = "sum"
over_areas = "sum"
"#;

thread_local! {
    static FRAMEWORK: Framework = {
        Framework::from_texts(&[Text::new("framework.toml", TEXT)]).expect("it is a framework")
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
