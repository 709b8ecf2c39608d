//! A store with a segment of any bytes, its checksums put right.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kilter_store::fuzzing::ledger_segment(data));
