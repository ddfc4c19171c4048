//! ConfigMap and Secret, as far as TLS takes certificates from them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A ConfigMap.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConfigMap {
    /// Texts by key, such as `ca.crt`.
    pub data: BTreeMap<String, String>,
}

/// A Secret. What it holds never shows in `Debug`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Secret {
    /// `kubernetes.io/tls` and the like; empty means `Opaque`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Values by key, in base64 where they are written.
    pub data: BTreeMap<String, SecretValue>,
    /// Values by key as they are; they go before those of [`Self::data`], as an API server has it.
    pub string_data: BTreeMap<String, SecretText>,
}

/// A value of [`Secret::data`].
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SecretValue(pub Vec<u8>);

/// A value of [`Secret::string_data`].
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretText(pub String);

impl Secret {
    /// The value of `key` as text; `None` when there is none. Bytes that are no text become replacement characters.
    pub fn text(&self, key: &str) -> Option<Cow<'_, str>> {
        let written = self.string_data.get(key).map(|text| Cow::Borrowed(text.0.as_str()));
        written.or_else(|| self.data.get(key).map(|value| String::from_utf8_lossy(&value.0)))
    }
}

impl Serialize for SecretValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

/// Line breaks within the base64 text are no part of it: people paste what `base64` prints.
impl<'de> Deserialize<'de> for SecretValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let packed: String = text.split_ascii_whitespace().collect();
        let bytes = STANDARD.decode(packed);
        bytes.map(Self).map_err(|_| D::Error::custom("it is not base64; plain text belongs under `stringData`"))
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({} bytes)", self.0.len())
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({} bytes)", self.0.len())
    }
}
