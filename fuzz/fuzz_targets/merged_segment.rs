//! A store that is one merged file of any bytes, its checksums put right.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kilter_store::fuzzing::merged_segment(data));
