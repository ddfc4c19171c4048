//! Gateway API's duration format (GEP-2257).

use std::time::Duration;

/// A text that is no Gateway API duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a duration; write numbers of up to 5 digits with h, m, s or ms, such as 10s or 1h30m")]
pub struct InvalidDuration {
    /// As written.
    pub text: String,
}

/// Reads one to four groups of one to five digits and a unit (`h`, `m`, `s`, `ms`), which add up in any order.
///
/// # Errors
/// When `text` is anything else: a sign, a fraction, a blank, a missing unit.
pub fn parse_duration(text: &str) -> Result<Duration, InvalidDuration> {
    groups(text).ok_or_else(|| InvalidDuration { text: text.to_owned() })
}

fn groups(text: &str) -> Option<Duration> {
    let (mut rest, mut total, mut count) = (text, Duration::ZERO, 0);
    while !rest.is_empty() && count < 4 {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if !(1..=5).contains(&digits) {
            return None;
        }
        let number: u64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let (unit, length) = match rest.as_bytes() {
            [b'm', b's', ..] => (Duration::from_millis(1), 2),
            [b'h', ..] => (Duration::from_secs(3600), 1),
            [b'm', ..] => (Duration::from_secs(60), 1),
            [b's', ..] => (Duration::from_secs(1), 1),
            _ => return None,
        };
        total += unit * number as u32;
        rest = &rest[length..];
        count += 1;
    }
    (rest.is_empty() && count > 0).then_some(total)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("0s", 0)]
    #[case("10s", 10_000)]
    #[case("1h30m", 5_400_000)]
    #[case("500ms", 500)]
    #[case("1s5ms", 1_005)]
    #[case("1m1m1m1m", 240_000)]
    #[case("99999h", 359_996_400_000)]
    fn gep_2257_durations_are_read(#[case] text: &str, #[case] millis: u64) {
        assert_eq!(parse_duration(text), Ok(Duration::from_millis(millis)));
    }

    #[rstest]
    #[case("")]
    #[case("10")]
    #[case("s")]
    #[case("-1s")]
    #[case("1.5s")]
    #[case("1 s")]
    #[case("100000s")]
    #[case("1s1s1s1s1s")]
    #[case("1d")]
    #[case("1µs")]
    fn gep_2257_anything_else_is_refused(#[case] text: &str) {
        assert_eq!(parse_duration(text), Err(InvalidDuration { text: text.to_owned() }));
    }
}
