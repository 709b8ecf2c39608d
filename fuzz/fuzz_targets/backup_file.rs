//! A backup of any bytes: refused, or restored to a store that is sound.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kilter_store::fuzzing::backup_file(data));
