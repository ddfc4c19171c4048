//! Whether a stored record is what was written: the digests, the counts, and the bytes themselves.

use std::fmt;

use serde_json::{Value, json};
use sextant_verdict::Summary;

use crate::canonical::digest;
use crate::json::{Form, text};
use crate::stored::{Stored, position};

/// One thing that is wrong with a stored record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// It has no digest, so that nothing can be said.
    NoDigest,
    /// What equal runs have in common was changed: verdicts, promises, shares, counts.
    Content {
        /// Digest that the record carries.
        written: String,
        /// Digest of what it holds.
        computed: String,
    },
    /// Only what two equal runs may differ in was changed: times, or what was seen at a failure.
    Timing {
        /// Digest that the record carries.
        written: String,
        /// Digest of what it holds.
        computed: String,
    },
    /// The record is as written, and one of the digests is not.
    Digest {
        /// Which: `canonical` or `whole`.
        which: &'static str,
    },
    /// The counts are not those of the scenarios.
    Counts,
    /// The content is as written, the bytes are not: white space, the order of fields, how a number or character is
    /// written, or a field that is there twice.
    Layout {
        /// First line that differs, from 1.
        line: usize,
        /// First byte of the line that differs, from 1.
        column: usize,
    },
}

impl Finding {
    /// Whether the content itself is untouched: a formatter may have gone over the file.
    pub const fn is_layout(&self) -> bool {
        matches!(self, Self::Layout { .. })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDigest => f.write_str(
                "it carries no digest, so nothing can be said: an older version wrote it, or the digest was taken out",
            ),
            Self::Content { written, computed } => write!(
                f,
                "a verdict, promise, share or count was changed: it says {written}, its content gives {computed}"
            ),
            Self::Timing { written, computed } => write!(
                f,
                "a time, or what was seen at a failure, was changed; verdicts and promises were not: it says {written}, \
                 its content gives {computed}"
            ),
            Self::Digest { which } => write!(f, "nothing but `digest.{which}` itself was changed"),
            Self::Counts => f.write_str("its summary does not count its scenarios"),
            Self::Layout { line, column } => write!(
                f,
                "the content is as written, the bytes are not: line {line}, column {column} is the first that Sextant \
                 writes otherwise"
            ),
        }
    }
}

/// What is wrong with the record that was read from `bytes`; empty when it is byte for byte what was written.
pub fn verify(stored: &Stored, bytes: &[u8]) -> Vec<Finding> {
    let Some(carried) = &stored.record.digest else { return vec![Finding::NoDigest] };
    let form = if carried.whole.is_some() { Form::Full } else { Form::Canonical };
    let mut bare = stored.document.clone();
    remove(&mut bare, "digest");
    let computed = digest(&bare);
    let mut findings = Vec::new();
    match &carried.whole {
        None if carried.canonical != computed => {
            findings.push(Finding::Content { written: carried.canonical.clone(), computed });
        }
        None => {}
        Some(whole) => findings.extend(of_full(whole, &carried.canonical, computed, bare)),
    }
    if stored.record.summary != Summary::of(&stored.record.scenarios) {
        findings.push(Finding::Counts);
    }
    if findings.is_empty() {
        findings.extend(layout(&text(&stored.document, form), bytes));
    }
    findings
}

/// Both digests of a full record, compared with what `bare` gives; `computed` is that of the whole.
fn of_full(whole: &str, canonical: &str, computed: String, mut bare: Value) -> Option<Finding> {
    without_timing(&mut bare);
    let common = digest(&bare);
    match (whole == computed, canonical == common) {
        (true, true) => None,
        (true, false) => Some(Finding::Digest { which: "canonical" }),
        (false, false) => Some(Finding::Content { written: canonical.to_owned(), computed: common }),
        (false, true) => Some(Finding::Timing { written: whole.to_owned(), computed }),
    }
}

/// Takes out what a canonical record does not have, as [`sextant_verdict::RunRecord::canonical`] does, and leaves what
/// this version does not know.
fn without_timing(document: &mut Value) {
    if let Some(environment) = document.get_mut("environment") {
        remove(environment, "startedAt");
        remove(environment, "durationUs");
    }
    for scenario in items(document, "scenarios") {
        remove(scenario, "durationUs");
        for check in items(scenario, "checks") {
            for seen in ["causes", "ruledOut"] {
                remove(check, seen);
            }
            let Some(mismatch) = check.get_mut("mismatch") else { continue };
            for (seen, nothing) in [("observed", json!("")), ("nearest", json!("")), ("evidence", json!([]))] {
                mismatch[seen] = nothing;
            }
        }
    }
}

fn items<'a>(of: &'a mut Value, name: &str) -> impl Iterator<Item = &'a mut Value> {
    of.get_mut(name).and_then(Value::as_array_mut).into_iter().flatten()
}

fn remove(object: &mut Value, name: &str) {
    if let Some(members) = object.as_object_mut() {
        members.shift_remove(name);
    }
}

/// Where `bytes` first differ from `written`.
fn layout(written: &str, bytes: &[u8]) -> Option<Finding> {
    let written = written.as_bytes();
    if written == bytes {
        return None;
    }
    let same = written.iter().zip(bytes).take_while(|(a, b)| a == b).count();
    let (line, column) = position(bytes, same);
    Some(Finding::Layout { line, column })
}
