//! The record as JSON, and its JSON Schema.

use std::io::Write;

use serde_json::json;
use sextant_verdict::{API_VERSION, RunRecord};

use crate::WriteError;

/// Which fields are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// All of them.
    #[default]
    Full,
    /// None that differs between two equal runs: equal input and seed give equal bytes.
    Canonical,
}

/// Writes `record` as indented JSON that ends in a line feed. Fields come in the order of the schema.
///
/// # Errors
///
/// [`WriteError::Json`] when the writer fails; what was written until then is no valid JSON.
pub fn write(record: &RunRecord, form: Form, mut out: impl Write) -> Result<(), WriteError> {
    match form {
        Form::Full => serde_json::to_writer_pretty(&mut out, record),
        Form::Canonical => serde_json::to_writer_pretty(&mut out, &record.clone().canonical()),
    }
    .and_then(|()| out.write_all(b"\n").map_err(serde_json::Error::io))
    .map_err(WriteError::Json)
}

/// The JSON Schema (draft 2020-12) of what [`write()`] writes, as indented JSON that ends in a line feed. It names the
/// version of the record, so a document of another version does not validate.
pub fn schema() -> String {
    let mut schema = schemars::schema_for!(RunRecord);
    schema.insert("$id".into(), json!(format!("urn:sextant:{API_VERSION}:RunRecord")));
    for (field, value) in [("apiVersion", API_VERSION), ("kind", "RunRecord")] {
        if let Some(property) = schema.pointer_mut(&format!("/properties/{field}")) {
            property["const"] = json!(value);
        }
    }
    format!("{:#}\n", schema.as_value())
}
