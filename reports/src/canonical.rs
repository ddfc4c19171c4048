//! The one form of a JSON document: RFC 8785, the JSON Canonicalization Scheme. Names are sorted, numbers and strings
//! are written in one way, and nothing stands between. Digests are taken of these bytes.

use serde_json::{Number, Value};
use sha2::{Digest as _, Sha256};

/// Largest integer that every reader of JSON takes as it is; RFC 8785 knows no larger ones.
pub const LARGEST_INTEGER: u64 = (1 << 53) - 1;

/// `value` in the bytes of RFC 8785, without a line feed at the end.
///
/// An integer above [`LARGEST_INTEGER`] has no form there, because most readers would take it for another one. Here
/// it is written in full, so that two different numbers never give the same bytes.
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

/// The SHA-256 of the canonical form of `value`: `sha256:` and 64 hexadecimal digits in lower case.
pub fn digest(value: &Value) -> String {
    let hash = Sha256::digest(canonical(value));
    let digits = hash.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let digits = digits.filter_map(|digit| char::from_digit(u32::from(digit), 16));
    std::iter::once("sha256:".to_owned()).chain(digits.map(String::from)).collect()
}

fn write(value: &Value, text: &mut String) {
    match value {
        // What serde_json writes for these is what RFC 8785 demands; its strings escape what must be, in the short form.
        Value::Null | Value::Bool(_) | Value::String(_) => text.push_str(&value.to_string()),
        Value::Number(number) => text.push_str(&number_text(number)),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(item, text);
            }
            text.push(']');
        }
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            // By UTF-16 code units (RFC 8785, section 3.2.3), which is not the order of UTF-8 beyond U+FFFF.
            sorted.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            text.push('{');
            for (index, (name, member)) in sorted.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(&Value::String(name.clone()), text);
                text.push(':');
                write(member, text);
            }
            text.push('}');
        }
    }
}

fn number_text(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => float_text(float),
        _ => number.to_string(),
    }
}

/// A number as ECMAScript writes it (`Number::toString`, section 3.2.2.3 of the RFC): the shortest digits that give it
/// back, plain from 1e-6 up to 1e21, with a signed power of ten beyond. Zero has no sign.
fn float_text(float: f64) -> String {
    if float == 0.0 {
        return "0".into();
    }
    // serde_json's digits are the shortest, and of two equally near ones the even one. The standard library's are not.
    let text = Value::from(float.abs()).to_string();
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{before}{after}");
    let significant = digits.trim_start_matches('0');
    let zeros = digits.len() - significant.len();
    let whole = i32::try_from(before.len()).unwrap_or(0) - i32::try_from(zeros).unwrap_or(0);
    let power: i32 = power.parse().unwrap_or(0);
    let sign = if float < 0.0 { "-" } else { "" };
    format!("{sign}{}", placed(significant.trim_end_matches('0'), whole + power))
}

/// `digits` with their point: before it stand `whole` of them.
fn placed(digits: &str, whole: i32) -> String {
    let length = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
    match whole {
        _ if length <= whole && whole <= 21 => format!("{digits}{}", zeros(whole - length)),
        1..=21 => {
            let (before, after) = digits.split_at(usize::try_from(whole).unwrap_or(0));
            format!("{before}.{after}")
        }
        -5..=0 => format!("0.{}{digits}", zeros(-whole)),
        _ => {
            let power = whole - 1;
            let sign = if power < 0 { '-' } else { '+' };
            let (first, rest) = digits.split_at(1);
            let point = if rest.is_empty() { "" } else { "." };
            format!("{first}{point}{rest}e{sign}{}", power.abs())
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    /// RFC 8785, appendix B: bits of the double, and how it is written.
    #[rstest]
    #[case(0x0000_0000_0000_0000, "0")]
    #[case(0x8000_0000_0000_0000, "0")]
    #[case(0x0000_0000_0000_0001, "5e-324")]
    #[case(0x8000_0000_0000_0001, "-5e-324")]
    #[case(0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308")]
    #[case(0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308")]
    #[case(0x4340_0000_0000_0000, "9007199254740992")]
    #[case(0xc340_0000_0000_0000, "-9007199254740992")]
    #[case(0x4430_0000_0000_0000, "295147905179352830000")]
    #[case(0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22")]
    #[case(0x44b5_2d02_c7e1_4af6, "1e+23")]
    #[case(0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23")]
    #[case(0x444b_1ae4_d6e2_ef4e, "999999999999999700000")]
    #[case(0x444b_1ae4_d6e2_ef4f, "999999999999999900000")]
    #[case(0x444b_1ae4_d6e2_ef50, "1e+21")]
    #[case(0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7")]
    #[case(0x3eb0_c6f7_a0b5_ed8d, "0.000001")]
    #[case(0x41b3_de43_5555_5553, "333333333.3333332")]
    #[case(0x41b3_de43_5555_5556, "333333333.3333334")]
    #[case(0x41b3_de43_5555_5557, "333333333.33333343")]
    #[case(0xbecb_f647_612f_3696, "-0.0000033333333333333333")]
    #[case(0x4314_3ff3_c1cb_0959, "1424953923781206.2")]
    fn rfc_8785_numbers_are_written_as_ecmascript_does(#[case] bits: u64, #[case] text: &str) {
        assert_eq!(float_text(f64::from_bits(bits)), text);
    }

    /// RFC 8785, section 3.2.2, the whole example.
    #[test]
    fn rfc_8785_primitive_data_is_serialized() {
        let source = r#"{
            "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
            "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
            "literals": [null, true, false]
        }"#;
        let value: Value = serde_json::from_str(source).unwrap();
        let expected = r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#;
        assert_eq!(canonical(&value), expected);
    }

    /// RFC 8785, section 3.2.3: names are sorted as arrays of UTF-16 code units.
    #[test]
    fn rfc_8785_names_are_sorted_by_utf_16() {
        let value = json!({
            "\u{20ac}": "Euro Sign", "\r": "Carriage Return", "\u{fb33}": "Hebrew Letter Dalet With Dagesh",
            "1": "One", "\u{1f600}": "Emoji: Grinning Face", "\u{80}": "Control",
            "\u{f6}": "Latin Small Letter O With Diaeresis",
        });
        let text = canonical(&value);
        let order = ["Carriage", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew"];
        let places: Vec<_> = order.iter().map(|name| text.find(name).unwrap()).collect();
        assert!(places.is_sorted(), "{text}");
    }

    #[test]
    fn integers_stay_what_they_are_however_large() {
        assert_eq!(
            canonical(&json!([1, -1, LARGEST_INTEGER, u64::MAX])),
            "[1,-1,9007199254740991,18446744073709551615]"
        );
    }

    /// `printf '{"a":1}' | sha256sum`.
    #[test]
    fn the_digest_is_that_of_the_canonical_bytes() {
        let expected = "sha256:015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862";
        assert_eq!(digest(&serde_json::from_str("{ \"a\" : 1.0 }").unwrap()), expected);
        assert_eq!(digest(&json!({"a": 1})), expected);
    }
}
