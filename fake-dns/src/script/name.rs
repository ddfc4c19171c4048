//! Domain names, normalised when they are made: lower case, without the final dot. No comparison thinks of it again.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Octets of a name on the wire, the final zero included (RFC 1035 section 2.3.4).
const MAX_WIRE_OCTETS: usize = 255;
const MAX_LABEL_OCTETS: usize = 63;

/// A domain name in lower case without its final dot, such as `se.example.com`.
///
/// Made from text it has labels of letters, digits, `-` and `_`, and may start with a `*` label (RFC 4592). The name of
/// a query can hold any octet; those that text cannot have appear as `\DDD` in decimal, as in master files, so no two
/// names share a text and none of these equals a name that was made from text. The root is the empty text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(Arc<str>);

/// Text that is no domain name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing, or only a dot.
    #[error("a name needs at least one label")]
    Empty,
    /// Two dots in a row, or one at the start.
    #[error("`{0}` has an empty label")]
    EmptyLabel(String),
    /// More than 63 octets between two dots.
    #[error("label `{label}` of `{name}` has {} octets, 63 is the most", .label.len())]
    LongLabel {
        /// The whole name.
        name: String,
        /// The label.
        label: String,
    },
    /// More than 255 octets on the wire.
    #[error("`{0}` is longer than 253 characters")]
    Long(String),
    /// A character that host names do not have.
    #[error("`{name}` holds {character:?}; names have letters, digits, `-`, `_` and dots (write others as punycode)")]
    Character {
        /// The whole name.
        name: String,
        /// The first such character.
        character: char,
    },
    /// A `*` that is not the whole first label.
    #[error("`*` in `{0}` is not alone in the first label, as in *.example.com")]
    Wildcard(String),
    /// A wildcard where one certain name is needed.
    #[error("`{0}` is a wildcard; a name is needed here")]
    UnwantedWildcard(String),
}

impl Name {
    /// The name made of these labels of a query, the first label first; no labels are the root.
    #[must_use]
    pub fn from_wire<'a>(labels: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut text = String::with_capacity(64);
        for label in labels {
            if !text.is_empty() {
                text.push('.');
            }
            for octet in label {
                match char::from(octet.to_ascii_lowercase()) {
                    plain if is_plain(plain) || plain == '*' => text.push(plain),
                    _ => {
                        text.push('\\');
                        text.push(char::from(b'0' + octet / 100));
                        text.push(char::from(b'0' + octet / 10 % 10));
                        text.push(char::from(b'0' + octet % 10));
                    }
                }
            }
        }
        Self(text.into())
    }

    /// The text, without final dot; empty for the root.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is `*` or starts with `*.`.
    #[must_use]
    pub fn is_wildcard(&self) -> bool {
        &*self.0 == "*" || self.0.starts_with("*.")
    }

    /// The text of the name above, `example.com` for `se.example.com`; empty for a name of one label.
    pub(super) fn parent(text: &str) -> &str {
        text.split_once('.').map_or("", |(_, parent)| parent)
    }

    /// A name from a part of another name's text.
    pub(super) fn from_normal(text: &str) -> Self {
        Self(text.into())
    }

    /// The same as a target: an error for wildcards, which stand for many names.
    pub(super) fn certain(self) -> Result<Self, NameError> {
        if self.is_wildcard() { Err(NameError::UnwantedWildcard(self.0.as_ref().to_owned())) } else { Ok(self) }
    }
}

fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_')
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let bare = text.strip_suffix('.').unwrap_or(text);
        if bare.is_empty() {
            return Err(NameError::Empty);
        }
        if let Some(character) = bare.chars().find(|&character| !is_plain(character) && !matches!(character, '.' | '*'))
        {
            return Err(NameError::Character { name: text.to_owned(), character });
        }
        for (index, label) in bare.split('.').enumerate() {
            if label.is_empty() {
                return Err(NameError::EmptyLabel(text.to_owned()));
            }
            if label.len() > MAX_LABEL_OCTETS {
                return Err(NameError::LongLabel { name: text.to_owned(), label: label.to_owned() });
            }
            if label.contains('*') && (index > 0 || label != "*") {
                return Err(NameError::Wildcard(text.to_owned()));
            }
        }
        // A length octet before each label and the final zero: two more than the text has.
        if bare.len() + 2 > MAX_WIRE_OCTETS {
            return Err(NameError::Long(text.to_owned()));
        }
        Ok(Self(bare.to_ascii_lowercase().into()))
    }
}

/// The text without final dot; a dot for the root.
impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(if self.0.is_empty() { "." } else { &self.0 })
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Name {
    fn schema_name() -> Cow<'static, str> {
        "DnsName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A domain name; case and a final dot do not matter. The first label may be `*`.",
            "type": "string",
            "pattern": r"^(\*|[A-Za-z0-9_-]{1,63})(\.[A-Za-z0-9_-]{1,63})*\.?$",
        })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("se.example.com", "se.example.com")]
    #[case::case_and_final_dot_rfc4343("SE.Example.COM.", "se.example.com")]
    #[case::underscore_and_digits("_sip._tcp.x-1.3com", "_sip._tcp.x-1.3com")]
    #[case::wildcard("*.Example.com", "*.example.com")]
    #[case::lone_wildcard("*", "*")]
    fn names_are_normalised(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(text.parse::<Name>().unwrap().as_str(), expected);
    }

    #[rstest]
    #[case::empty("", "at least one label")]
    #[case::root(".", "at least one label")]
    #[case::empty_label("a..b", "empty label")]
    #[case::leading_dot(".a", "empty label")]
    #[case::space("a b.com", "' '")]
    #[case::unicode("bücher.de", "'ü'")]
    #[case::backslash(r"a\046b.com", "punycode")]
    #[case::inner_star("a.*.com", "first label")]
    #[case::part_star("a*.com", "first label")]
    fn what_is_no_name_is_said(#[case] text: &str, #[case] part: &str) {
        let error = text.parse::<Name>().unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }

    #[test]
    fn lengths_are_those_of_rfc1035() {
        let label = "a".repeat(63);
        assert!(label.parse::<Name>().is_ok());
        assert!(matches!(format!("{label}a.com").parse::<Name>(), Err(NameError::LongLabel { .. })));
        let longest = format!("{label}.{label}.{label}.{}", "a".repeat(61));
        assert_eq!(longest.len(), 253);
        assert!(longest.parse::<Name>().is_ok());
        assert!(matches!(format!("{longest}a").parse::<Name>(), Err(NameError::Long(_))));
    }

    #[test]
    fn a_dot_inside_a_label_of_a_query_is_no_label_border() {
        let odd = Name::from_wire([b"Se.Example".as_slice(), b"com"]);
        assert_eq!(odd.as_str(), r"se\046example.com");
        assert_ne!(odd, Name::from_wire([b"se".as_slice(), b"example", b"com"]));
        assert_eq!(Name::from_wire([]).to_string(), ".");
    }
}
