//! Figures as people read them, the same in every format. Each carries its unit.

/// What stands where there is nothing to say.
pub const ABSENT: &str = "-";

/// A count with its thousands set apart: `12,345`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count and what is counted: `1 request`, `12,345 requests`.
pub fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

/// A share of 0 to 1 in per cent with one decimal: `33.3 %`.
///
/// Rounding never hides that something was there or was missing: a share above 0 that would round to it reads
/// `<0.1 %`, one below 1 that would round to it reads `>99.9 %`. What is not a number reads `-`.
pub fn percent(share: f64) -> String {
    if !share.is_finite() {
        return ABSENT.into();
    }
    let text = format!("{:.1} %", share * 100.0);
    match text.as_str() {
        "0.0 %" if share > 0.0 => "<0.1 %".into(),
        "-0.0 %" => "0.0 %".into(),
        "100.0 %" if share < 1.0 => ">99.9 %".into(),
        _ => text,
    }
}

/// Microseconds as seconds with two decimals: `0.21 s`. What rounds to nothing reads `<0.01 s`; absent reads `-`.
pub(crate) fn seconds(microseconds: Option<u64>) -> String {
    match microseconds {
        None => ABSENT.into(),
        Some(1..5_000) => "<0.01 s".into(),
        Some(us) => {
            let hundredths = us.saturating_add(5_000) / 10_000;
            format!("{}.{:02} s", count(hundredths / 100), hundredths % 100)
        }
    }
}

/// Microseconds as milliseconds, exactly: `12.345 ms`.
pub(crate) fn milliseconds(microseconds: u64) -> String {
    format!("{}.{:03} ms", count(microseconds / 1000), microseconds % 1000)
}

/// A probability: plain when it is of everyday size, as a power of ten below one in a thousand.
pub(crate) fn probability(value: f64) -> String {
    if !value.is_finite() {
        ABSENT.into()
    } else if value == 0.0 || value.abs() >= 0.001 {
        format!("{value:.3}")
    } else {
        format!("{value:.1e}").replace(".0e", "e")
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(0, "0")]
    #[case(999, "999")]
    #[case(1000, "1,000")]
    #[case(1_234_567, "1,234,567")]
    #[case(u64::MAX, "18,446,744,073,709,551,615")]
    fn thousands_are_set_apart(#[case] number: u64, #[case] text: &str) {
        assert_eq!(count(number), text);
    }

    #[test]
    fn only_one_is_singular() {
        assert_eq!([0, 1, 2].map(|n| counted(n, "request")), ["0 requests", "1 request", "2 requests"]);
    }

    #[rstest]
    #[case(0.0, "0.0 %")]
    #[case(-0.0, "0.0 %")]
    #[case(1.0 / 3.0, "33.3 %")]
    #[case(2.0 / 3.0, "66.7 %")]
    #[case(0.5, "50.0 %")]
    #[case(1.0, "100.0 %")]
    #[case(0.0001, "<0.1 %")]
    #[case(0.9999, ">99.9 %")]
    #[case(f64::NAN, "-")]
    fn percentages_never_round_something_away(#[case] share: f64, #[case] text: &str) {
        assert_eq!(percent(share), text);
    }

    #[rstest]
    #[case(None, "-")]
    #[case(Some(0), "0.00 s")]
    #[case(Some(1), "<0.01 s")]
    #[case(Some(4_999), "<0.01 s")]
    #[case(Some(5_000), "0.01 s")]
    #[case(Some(10_000), "0.01 s")]
    #[case(Some(214_999), "0.21 s")]
    #[case(Some(215_000), "0.22 s")]
    #[case(Some(3_600_000_000), "3,600.00 s")]
    fn times_are_seconds(#[case] microseconds: Option<u64>, #[case] text: &str) {
        assert_eq!(seconds(microseconds), text);
    }

    #[test]
    fn evidence_times_lose_nothing() {
        assert_eq!([0, 7, 12_345, 1_234_567].map(milliseconds), ["0.000 ms", "0.007 ms", "12.345 ms", "1,234.567 ms"]);
    }

    #[rstest]
    #[case(0.0, "0.000")]
    #[case(0.5, "0.500")]
    #[case(1e-6, "1e-6")]
    #[case(2.5e-9, "2.5e-9")]
    fn small_probabilities_are_powers_of_ten(#[case] value: f64, #[case] text: &str) {
        assert_eq!(probability(value), text);
    }
}
