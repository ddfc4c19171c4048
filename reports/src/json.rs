//! The record as JSON, and its JSON Schema.
//!
//! A written record carries digests of itself ([`sextant_verdict::Digest`]), so that [`verify`](crate::verify) finds
//! what was changed since.

use std::io::Write;

use serde_json::{Value, json};
use sextant_verdict::{API_VERSION, Digest, KIND, RunRecord, run_record_schema};

use crate::WriteError;
use crate::canonical::{canonical, digest};

/// Which fields are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// All of them, indented, in the order of the schema, with a line feed at the end.
    #[default]
    Full,
    /// None that differs between two equal runs, in the bytes of RFC 8785: equal input and seed give equal bytes.
    Canonical,
}

/// Writes `record` with its digests; those that it came with are not looked at.
///
/// # Errors
///
/// [`WriteError::Json`] when the writer fails; what was written until then is no valid JSON.
pub fn write(record: &RunRecord, form: Form, mut out: impl Write) -> Result<(), WriteError> {
    let sealed = sealed(record, form).map_err(WriteError::Json)?;
    out.write_all(text(&sealed, form).as_bytes()).map_err(|error| WriteError::Json(serde_json::Error::io(error)))
}

/// The record as it is written in this form.
fn sealed(record: &RunRecord, form: Form) -> serde_json::Result<Value> {
    let canonical_record = record.clone().canonical();
    let canonical = digest(&serde_json::to_value(&canonical_record)?);
    let sealed = match form {
        Form::Canonical => RunRecord { digest: Some(Digest { canonical, whole: None }), ..canonical_record },
        Form::Full => {
            let bare = RunRecord { digest: None, ..record.clone() };
            let whole = Some(digest(&serde_json::to_value(&bare)?));
            RunRecord { digest: Some(Digest { canonical, whole }), ..bare }
        }
    };
    serde_json::to_value(&sealed)
}

/// The one way in which a document is written.
pub(crate) fn text(document: &Value, form: Form) -> String {
    match form {
        Form::Canonical => canonical(document),
        Form::Full => format!("{document:#}\n"),
    }
}

/// The JSON Schema (draft 2020-12) of what [`write()`] writes, as indented JSON that ends in a line feed. It names the
/// version of the record, so a document of another version does not validate.
pub fn schema() -> String {
    let mut schema = run_record_schema();
    schema["$id"] = json!(format!("urn:sextant:{API_VERSION}:{KIND}"));
    format!("{schema:#}\n")
}
