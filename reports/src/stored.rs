//! Records that were stored in files, read back with the place of whatever is wrong with them.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use serde_json::value::RawValue;
use serde_json::{Deserializer as JsonDeserializer, Value};
use sextant_verdict::{API_VERSION, KIND, Place, RunRecord};
use thiserror::Error;

/// A record and the document that it was read from.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its file, as the caller named it.
    pub file: String,
    /// The record. Fields that this version does not know are passed over.
    pub record: RunRecord,
    /// The whole document, with the fields that this version does not know.
    pub(crate) document: Value,
}

/// A file that holds no record that can be read. Shown as `file:line:column: what is wrong`.
#[derive(Debug, Error)]
#[error("{}:{}:{}: {problem}", .place.file, .place.line, .place.column)]
pub struct ReadError {
    /// Where the trouble is, from 1.
    pub place: Place,
    /// What it is.
    pub problem: Unreadable,
}

/// Why a file cannot be read as a record.
#[derive(Debug, Error)]
pub enum Unreadable {
    /// Nothing is in it.
    #[error("the file is empty; a run record is written by `sextant run -o json` or `--report json=FILE`")]
    Empty,
    /// Its bytes are no text.
    #[error("this byte is not UTF-8, as JSON must be")]
    Encoding,
    /// It is no JSON.
    #[error("this is not JSON: {0}")]
    Syntax(String),
    /// It is JSON, but no run record.
    #[error("this is not a run record of this version: {0}")]
    Foreign(String),
    /// A field is missing or of another type.
    #[error("in {path}: {message}")]
    Field {
        /// The field, such as `scenarios[2].checks[0].verdict`; `the record` for the whole.
        path: String,
        /// What is wrong with it.
        message: String,
    },
    /// A scenario stands there twice for the same subject.
    #[error("scenario `{id}` on `{subject}` is there twice; records of several runs cannot be joined")]
    Twice {
        /// Scenario id.
        id: String,
        /// Subject.
        subject: String,
    },
}

/// Reads the record in `bytes`, the content of `file`.
///
/// # Errors
///
/// When the bytes are no JSON text, no run record of this [`API_VERSION`], or hold a scenario twice.
pub fn read(file: &str, bytes: &[u8]) -> Result<Stored, ReadError> {
    let fail = |(line, column), problem| ReadError { place: Place { file: file.into(), line, column }, problem };
    let text =
        str::from_utf8(bytes).map_err(|error| fail(position(bytes, error.valid_up_to()), Unreadable::Encoding))?;
    if text.trim().is_empty() {
        return Err(fail((1, 1), Unreadable::Empty));
    }
    let document: Value =
        serde_json::from_str(text).map_err(|error| fail(place(&error), Unreadable::Syntax(message(&error))))?;
    serde_json::from_str::<Head>(text).map_err(|error| fail(place(&error), Unreadable::Foreign(message(&error))))?;
    let mut parser = JsonDeserializer::from_str(text);
    let record: RunRecord = serde_path_to_error::deserialize(&mut parser).map_err(|error| {
        let path = error.path().to_string();
        let path = if path == "." { "the record".to_owned() } else { path };
        fail(place(error.inner()), Unreadable::Field { path, message: message(error.inner()) })
    })?;
    if let Some((offset, id, subject)) = repeated(text, &record) {
        return Err(fail(position(bytes, offset), Unreadable::Twice { id, subject }));
    }
    Ok(Stored { file: file.into(), record, document })
}

/// What says that a document is a record of this version.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object")]
#[expect(dead_code, reason = "reading it is the whole check")]
struct Head {
    #[serde(deserialize_with = "version")]
    api_version: (),
    #[serde(deserialize_with = "kind")]
    kind: (),
}

fn version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    only(deserializer, "apiVersion", API_VERSION)
}

fn kind<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    only(deserializer, "kind", KIND)
}

/// A field that can only have one value. Told while it is read, so that the error has its place.
fn only<'de, D: Deserializer<'de>>(deserializer: D, name: &str, known: &str) -> Result<(), D::Error> {
    let value = String::deserialize(deserializer)?;
    let wrong = || D::Error::custom(format_args!("its {name} is `{value}`, where `{known}` is known"));
    if value == known { Ok(()) } else { Err(wrong()) }
}

/// The second occurrence of a scenario on the same subject, and where it begins.
fn repeated(text: &str, record: &RunRecord) -> Option<(usize, String, String)> {
    #[derive(Deserialize)]
    struct Scenarios<'a> {
        #[serde(borrow)]
        scenarios: Vec<&'a RawValue>,
    }
    let mut seen = BTreeSet::new();
    let (index, twice) = record.scenarios.iter().enumerate().find(|(_, run)| !seen.insert((&run.subject, &run.id)))?;
    let raw: Scenarios<'_> = serde_json::from_str(text).ok()?;
    let offset = raw.scenarios.get(index)?.get().as_ptr().addr() - text.as_ptr().addr();
    Some((offset, twice.id.clone(), twice.subject.clone()))
}

/// serde_json counts columns from 0 at the start of a line, and in bytes.
fn place(error: &serde_json::Error) -> (usize, usize) {
    (error.line().max(1), error.column().max(1))
}

/// What serde_json says, without the place that stands before it already.
fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
}

/// Line and column (in bytes) of the byte at `offset`, from 1.
pub(crate) fn position(bytes: &[u8], offset: usize) -> (usize, usize) {
    let before = &bytes[..offset.min(bytes.len())];
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |index| index + 1);
    (before.iter().filter(|byte| **byte == b'\n').count() + 1, before.len() - line_start + 1)
}

#[cfg(test)]
mod tests;
