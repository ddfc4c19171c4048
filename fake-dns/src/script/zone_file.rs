//! Reading a zone from a file's text.

use super::Zone;

/// A text that is no zone. Shows as one message with file, line, column and the lines around the fault.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct ZoneFileError {
    text: String,
    line: Option<u64>,
    column: Option<u64>,
}

impl ZoneFileError {
    /// Line of the fault, from 1; `None` when it has no place.
    #[must_use]
    pub fn line(&self) -> Option<u64> {
        self.line
    }

    /// Column of the fault in characters, from 1; `None` when it has no place.
    #[must_use]
    pub fn column(&self) -> Option<u64> {
        self.column
    }
}

impl Zone {
    /// Reads a zone file (YAML, and so JSON as well). `source` is the name that errors give to the file. An empty
    /// file is an empty zone.
    ///
    /// # Errors
    /// [`ZoneFileError`] for the first fault.
    pub fn from_yaml(source: &str, text: &str) -> Result<Self, ZoneFileError> {
        let read: Result<Option<Self>, _> = serde_saphyr::from_str(text);
        read.map(Option::unwrap_or_default).map_err(|error| {
            let location = error.location();
            let options = serde_saphyr::render_options! { source_name: Some(source) };
            let text = error.render_with_options(options);
            ZoneFileError {
                // Whoever shows the error says that it is one.
                text: text.strip_prefix("error: ").unwrap_or(&text).to_owned(),
                line: location.map(|location| location.line()),
                column: location.map(|location| location.column()),
            }
        })
    }
}
