//! Query parameters, read in place.

use std::borrow::Cow;

/// The value of the first parameter called `name`, as sent (a repeated parameter counts once). A parameter without `=` has the empty value.
pub(super) fn first<'q>(query: &'q str, name: &str) -> Option<&'q str> {
    let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.filter(|(key, _)| decoded_eq(key, name)).map(|(_, value)| value).next()
}

/// Whether `encoded` is `wanted` once its percent sequences are decoded. A broken sequence stands for itself, and `+`
/// for a plus sign, as Envoy has it.
pub(super) fn decoded_eq(encoded: &str, wanted: &str) -> bool {
    decoded(encoded).eq(wanted.bytes())
}

/// `encoded` as text; bytes that are no UTF-8 become U+FFFD.
pub(super) fn decode(encoded: &str) -> Cow<'_, str> {
    if !encoded.contains('%') {
        return Cow::Borrowed(encoded);
    }
    let bytes: Vec<_> = decoded(encoded).collect();
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

fn decoded(encoded: &str) -> impl Iterator<Item = u8> + '_ {
    let mut rest = encoded.as_bytes();
    std::iter::from_fn(move || {
        if let [b'%', high, low, tail @ ..] = rest
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            rest = tail;
            return Some(high << 4 | low);
        }
        let (first, tail) = rest.split_first()?;
        rest = tail;
        Some(*first)
    })
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("a=1&b=2", "b", Some("2"))]
    #[case("a=1&a=2", "a", Some("1"))]
    #[case("a", "a", Some(""))]
    #[case("a=x=y", "a", Some("x=y"))]
    #[case("%61=1", "a", Some("1"))]
    #[case("A=1", "a", None)]
    #[case("", "a", None)]
    fn the_first_parameter_of_a_name_counts(#[case] query: &str, #[case] name: &str, #[case] value: Option<&str>) {
        assert_eq!(first(query, name), value);
    }

    #[rstest]
    #[case("a%20b", "a b")]
    #[case("%C3%A9", "é")]
    #[case("100%", "100%")]
    #[case("%zz", "%zz")]
    #[case("%2", "%2")]
    #[case("a+b", "a+b")]
    fn values_are_percent_decoded(#[case] encoded: &str, #[case] text: &str) {
        assert!(decoded_eq(encoded, text));
        assert_eq!(decode(encoded), text);
    }
}
