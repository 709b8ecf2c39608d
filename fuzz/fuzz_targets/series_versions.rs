//! What several releases said of a series, from any bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kilter_store::fuzzing::series_versions(data));
