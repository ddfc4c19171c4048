//! Scenarios, from text to what they hold.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sextant_fuzz::scenarios(bytes));
