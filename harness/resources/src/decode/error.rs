//! What serde says about a wrong value, in words for people who write manifests.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use super::fields::nearest;
use crate::Code;
use crate::code::{WRONG_TYPE, WRONG_VALUE};

/// Why a value cannot be read. Where it stands is known to the reader.
#[derive(Debug)]
pub(super) struct DecodeError {
    pub(super) code: &'static Code,
    /// What is wrong; the path of the field comes before it.
    pub(super) predicate: String,
    pub(super) help: String,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.predicate)
    }
}

impl std::error::Error for DecodeError {}

impl DecodeError {
    fn value(predicate: String) -> Self {
        Self { code: &WRONG_VALUE, predicate, help: String::new() }
    }
}

impl de::Error for DecodeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::value(format!("cannot be read: {message}"))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = expected.to_string();
        let predicate = format!("must be {}, but is {}", wanted(&expected), described(found));
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
            _ => WRONG_TYPE.remedy.to_owned(),
        };
        Self { code: &WRONG_TYPE, predicate, help }
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = expected.to_string();
        let range = match expected.as_str() {
            "u16" => " from 0 to 65535",
            "u32" => " from 0 to 4294967295",
            _ => "",
        };
        Self::value(format!("must be {}{range}, but is {}", wanted(&expected), described(found)))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let mut error = Self::value(format!("must be one of {}, but is {variant:?}", expected.join(", ")));
        if let Some(near) = nearest(variant, expected.iter().copied()) {
            error.help = format!("did you mean {near}?");
        }
        error
    }
}

fn is_number(expected: &str) -> bool {
    expected.strip_prefix(['u', 'i', 'f']).is_some_and(|bits| bits.parse::<u32>().is_ok())
}

/// serde's names of types, as a manifest's author knows them.
fn wanted(expected: &str) -> &str {
    match expected {
        _ if is_number(expected) => {
            if expected.starts_with('f') {
                "a number"
            } else {
                "a whole number"
            }
        }
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
