//! Manifests, from bytes to explanation.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sextant_fuzz::manifests(bytes));
