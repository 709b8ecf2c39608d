//! The records of segments and of the index.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kilter_store::fuzzing::codec_records(data));
