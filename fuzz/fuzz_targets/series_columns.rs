//! The columns of a series, as they stand in a segment and in the index.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kilter_store::fuzzing::series_columns(data));
