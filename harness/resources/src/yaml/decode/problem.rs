//! What is wrong with a value, in words for people who write YAML and know no serde.

use serde::de::{Expected, Unexpected};

use crate::yaml::nearest::nearest;
use crate::yaml::node::Span;

/// Something that is wrong with a part of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Path of the part. For a missing field, of the mapping that lacks it.
    pub path: String,
    /// Where it stands: its key for an unknown field, else its value.
    pub span: Span,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What can be wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// A key that its type does not have.
    UnknownField {
        /// The key.
        field: String,
        /// The keys that the type has.
        known: &'static [&'static str],
        /// Other words that it may have been meant for.
        likely: &'static [&'static str],
    },
    /// A key that must be there and is not.
    MissingField {
        /// The key.
        field: &'static str,
    },
    /// A word that is none of the known ones.
    UnknownWord {
        /// The word.
        word: String,
        /// The words that can stand there.
        known: &'static [&'static str],
    },
    /// A value of another type.
    WrongType {
        /// What must stand there and what does: `must be a list, but is a mapping`.
        contrast: String,
        /// What to do about it; empty when that is clear.
        help: String,
    },
    /// A value of the right type that is too large or too small for it.
    OutOfRange {
        /// Like [`Self::WrongType`]'s.
        contrast: String,
    },
    /// A value that the type itself refuses.
    Refused {
        /// What the type says.
        reason: String,
    },
}

impl Fault {
    /// What is wrong, in one sentence without its place.
    pub fn message(&self) -> String {
        let path = &self.path;
        match &self.problem {
            Problem::UnknownField { .. } => format!("unknown field `{path}`"),
            Problem::MissingField { field } => format!("`{field}` is missing"),
            Problem::UnknownWord { word, known } => {
                format!("`{path}` must be one of {}, but is {word:?}", known.join(", "))
            }
            Problem::WrongType { contrast, .. } | Problem::OutOfRange { contrast } => format!("`{path}` {contrast}"),
            Problem::Refused { reason } => format!("`{path}` cannot be read: {reason}"),
        }
    }

    /// What to do about it; empty when the message says it all.
    pub fn help(&self) -> String {
        match &self.problem {
            Problem::UnknownField { field, known, likely } => {
                match nearest(field, known.iter().chain(*likely).copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None if known.is_empty() => String::new(),
                    None => format!("known here: {}", known.join(", ")),
                }
            }
            Problem::MissingField { field } if self.path.is_empty() => format!("add `{field}:` at the outermost level"),
            Problem::MissingField { field } => format!("add `{field}:` to `{}`", self.path),
            Problem::UnknownWord { word, known } => {
                nearest(word, known.iter().copied()).map_or_else(String::new, |near| format!("did you mean {near}?"))
            }
            Problem::WrongType { help, .. } => help.clone(),
            Problem::OutOfRange { .. } | Problem::Refused { .. } => String::new(),
        }
    }
}

impl Problem {
    pub(super) fn wrong_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = expected.to_string();
        let contrast = format!("must be {}, but is {}", wanted(&expected), described(found));
        let help = match found {
            Unexpected::Str(text) if is_number(&expected) && text.parse::<f64>().is_ok() => {
                format!("write it without quotes: {text}")
            }
            Unexpected::Str("true" | "false") if wanted(&expected) == "true or false" => {
                "write it without quotes".to_owned()
            }
            Unexpected::Bool(_) if wanted(&expected) == "a string" => {
                "put it in quotes: plain yes, no, on, off, y and n are booleans".to_owned()
            }
            Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_)
                if wanted(&expected) == "a string" =>
            {
                "put it in quotes".to_owned()
            }
            _ => String::new(),
        };
        Self::WrongType { contrast, help }
    }

    pub(super) fn out_of_range(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = expected.to_string();
        let range = match expected.as_str() {
            "u8" => " from 0 to 255",
            "u16" => " from 0 to 65535",
            "u32" => " from 0 to 4294967295",
            _ => "",
        };
        Self::OutOfRange { contrast: format!("must be {}{range}, but is {}", wanted(&expected), described(found)) }
    }
}

fn is_number(expected: &str) -> bool {
    expected.strip_prefix(['u', 'i', 'f']).is_some_and(|bits| bits.parse::<u32>().is_ok())
}

/// serde's names of types, as a document's author knows them.
fn wanted(expected: &str) -> &str {
    match expected {
        "a nonzero u16" => "a whole number from 1 to 65535",
        _ if is_number(expected) && expected.starts_with('f') => "a number",
        _ if is_number(expected) => "a whole number",
        _ if expected.starts_with("struct ") => "a mapping",
        "a map" => "a mapping",
        "a sequence" => "a list",
        "a boolean" => "true or false",
        other => other,
    }
}

fn described(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(value) => format!("the boolean {value}"),
        Unexpected::Unsigned(value) => format!("the number {value}"),
        Unexpected::Signed(value) => format!("the number {value}"),
        Unexpected::Float(value) => format!("the number {value}"),
        Unexpected::Str(text) if text.chars().count() > 60 => "a long string".to_owned(),
        Unexpected::Str(text) => format!("the string {text:?}"),
        Unexpected::Unit | Unexpected::Option => "empty (null)".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a mapping".to_owned(),
        other => other.to_string(),
    }
}
