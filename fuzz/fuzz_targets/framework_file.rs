//! The text of a framework file: a framework, or its problems.
#![no_main]

use kilter_core::framework::{Framework, Text};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Err(error) = Framework::from_texts(&[Text::new("framework.toml", text)]) {
        assert!(!error.to_string().is_empty());
    }
});
