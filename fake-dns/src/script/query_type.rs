//! What a query asks for.

use std::fmt;
use std::str::FromStr;

/// Types that are shown by name; all others are `TYPEn` (RFC 3597).
const NAMED: [(u16, &str); 20] = [
    (2, "NS"),
    (6, "SOA"),
    (12, "PTR"),
    (13, "HINFO"),
    (15, "MX"),
    (16, "TXT"),
    (33, "SRV"),
    (35, "NAPTR"),
    (39, "DNAME"),
    (41, "OPT"),
    (43, "DS"),
    (46, "RRSIG"),
    (47, "NSEC"),
    (48, "DNSKEY"),
    (52, "TLSA"),
    (64, "SVCB"),
    (65, "HTTPS"),
    (251, "IXFR"),
    (252, "AXFR"),
    (257, "CAA"),
];

/// The type of a query. `Display` and `FromStr` use the usual names: `A`, `AAAA`, `ANY`, `MX`, `TYPE1234`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum QueryType {
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
    /// The canonical name itself, without following it.
    Cname,
    /// Everything that the name has.
    Any,
    /// Any other type by its number; no name of a script has records of it.
    Other(u16),
}

impl QueryType {
    /// The number of the type on the wire.
    #[must_use]
    pub fn code(self) -> u16 {
        match self {
            Self::A => 1,
            Self::Cname => 5,
            Self::Aaaa => 28,
            Self::Any => 255,
            Self::Other(code) => code,
        }
    }

    /// Whether a zone transfer is asked for (AXFR, IXFR).
    #[must_use]
    pub fn is_transfer(self) -> bool {
        matches!(self.code(), 251 | 252)
    }
}

impl From<u16> for QueryType {
    fn from(code: u16) -> Self {
        match code {
            1 => Self::A,
            5 => Self::Cname,
            28 => Self::Aaaa,
            255 => Self::Any,
            code => Self::Other(code),
        }
    }
}

impl fmt::Display for QueryType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::A => formatter.pad("A"),
            Self::Aaaa => formatter.pad("AAAA"),
            Self::Cname => formatter.pad("CNAME"),
            Self::Any => formatter.pad("ANY"),
            Self::Other(code) => match NAMED.iter().find(|(known, _)| known == code) {
                Some((_, name)) => formatter.pad(name),
                None => formatter.pad(&format!("TYPE{code}")),
            },
        }
    }
}

/// The text is no record type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no record type such as A, AAAA or TYPE99")]
pub struct QueryTypeError(String);

impl FromStr for QueryType {
    type Err = QueryTypeError;

    fn from_str(text: &str) -> Result<Self, QueryTypeError> {
        let upper = text.to_ascii_uppercase();
        match upper.as_str() {
            "A" => return Ok(Self::A),
            "AAAA" => return Ok(Self::Aaaa),
            "CNAME" => return Ok(Self::Cname),
            "ANY" => return Ok(Self::Any),
            _ => {}
        }
        let named = NAMED.iter().find(|(_, name)| *name == upper).map(|(code, _)| *code);
        let numbered = || upper.strip_prefix("TYPE")?.parse().ok();
        named.or_else(numbered).map(Self::from).ok_or_else(|| QueryTypeError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("A", QueryType::A)]
    #[case("aaaa", QueryType::Aaaa)]
    #[case("CNAME", QueryType::Cname)]
    #[case("ANY", QueryType::Any)]
    #[case("MX", QueryType::Other(15))]
    #[case("TYPE1234", QueryType::Other(1234))]
    fn names_and_numbers_agree(#[case] text: &str, #[case] expected: QueryType) {
        let parsed: QueryType = text.parse().unwrap();
        assert_eq!(parsed, expected);
        assert_eq!(QueryType::from(parsed.code()), expected);
        assert_eq!(parsed.to_string(), text.to_ascii_uppercase());
    }

    #[test]
    fn a_number_of_a_known_type_is_that_type() {
        assert_eq!("TYPE28".parse(), Ok(QueryType::Aaaa));
    }

    #[test]
    fn other_text_is_no_type() {
        assert!("B".parse::<QueryType>().is_err());
        assert!("TYPE70000".parse::<QueryType>().is_err());
    }
}
