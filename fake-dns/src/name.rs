//! Names, in lower case without the trailing dot.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

/// A domain name, normalised once: lower case, no trailing dot. A left-most label `*` makes it a wildcard (RFC 4592).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Name(String);

/// Why a text is not a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing there.
    #[error("a name must not be empty")]
    Empty,
    /// More than 253 characters (RFC 1035, section 2.3.4).
    #[error("`{0}` is longer than 253 characters")]
    Long(String),
    /// An empty label, one of more than 63 characters, or a character that no label has.
    #[error("`{label}` in `{name}` is not a label: 1 to 63 letters, digits, `-` or `_`, or a single `*` at the left")]
    Label {
        /// The name.
        name: String,
        /// The label.
        label: String,
    },
}

impl Name {
    /// Reads a name.
    ///
    /// # Errors
    /// When it could not stand in a DNS message.
    pub fn new(text: &str) -> Result<Self, NameError> {
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        if name.is_empty() {
            return Err(NameError::Empty);
        }
        if name.len() > 253 {
            return Err(NameError::Long(name));
        }
        for (place, label) in name.split('.').enumerate() {
            let letters = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
            let wildcard = place == 0 && label == "*";
            if !((letters || wildcard) && (1..=63).contains(&label.len())) {
                return Err(NameError::Label { label: label.to_owned(), name });
            }
        }
        Ok(Self(name))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}
