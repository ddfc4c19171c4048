//! What a scalar means: YAML 1.1's plain scalars as far as `kubectl` knows them.

use serde_saphyr::granit_parser::{ScalarStyle, Tag};

use super::Value;

/// The value of a scalar, or what its tag demands of it and it is not.
pub(super) fn resolve(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, &'static str> {
    let Some(tag) = tag else {
        return if matches!(style, ScalarStyle::Plain) { plain(text) } else { Ok(Value::Str(text.into())) };
    };
    let resolved = match tag.core_suffix() {
        Some("int" | "float" | "bool" | "null") => plain(text)?,
        // `!!str`, the bare `!`, and tags of applications: the text as it stands.
        _ => return Ok(Value::Str(text.into())),
    };
    match (tag.core_suffix(), &resolved) {
        (Some("int"), Value::Int(_) | Value::UInt(_))
        | (Some("float"), Value::Float(_) | Value::Int(_) | Value::UInt(_))
        | (Some("bool"), Value::Bool(_))
        | (Some("null"), Value::Null) => Ok(resolved),
        (Some("int"), _) => Err("is tagged !!int and is no whole number"),
        (Some("float"), _) => Err("is tagged !!float and is no number"),
        (Some("bool"), _) => Err("is tagged !!bool and is no boolean"),
        _ => Err("is tagged !!null and is not null"),
    }
}

fn plain(text: &str) -> Result<Value, &'static str> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Value::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Value::Bool(false),
        // JSON has no such numbers, so nothing can be sent to an API server.
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf" | "-.INF" | ".nan" | ".NaN"
        | ".NAN" => return Err("is no number that JSON can hold"),
        _ => number(text).unwrap_or_else(|| Value::Str(text.into())),
    })
}

fn number(text: &str) -> Option<Value> {
    if !text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.')) {
        return None;
    }
    let digits = text.replace('_', "");
    integer(&digits).or_else(|| float(&digits))
}

fn integer(text: &str) -> Option<Value> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = match unsigned.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &unsigned[2..]),
        [b'0', b'o' | b'O', ..] => (8, &unsigned[2..]),
        [b'0', b'b' | b'B', ..] => (2, &unsigned[2..]),
        [b'0', _, ..] => (8, &unsigned[1..]),
        _ => (10, unsigned),
    };
    // `from_str_radix` would take a second sign.
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    match (negative, i64::try_from(magnitude)) {
        (false, Ok(value)) => Some(Value::Int(value)),
        (false, Err(_)) => Some(Value::UInt(magnitude)),
        (true, _) => 0_i64.checked_sub_unsigned(magnitude).map(Value::Int),
    }
}

/// `[-+]? ( .d+ | d+ (. d*)? ) ([eE] [-+]? d+)?`, and finite.
fn float(text: &str) -> Option<Value> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let shape = all_digits(whole)
        && all_digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|digits| !digits.is_empty() && all_digits(digits));
    if !shape {
        return None;
    }
    text.parse().ok().filter(|value: &f64| value.is_finite()).map(Value::Float)
}
