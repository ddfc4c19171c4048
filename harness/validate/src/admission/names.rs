//! What names and addresses may look like.

use std::net::IpAddr;

const LONGEST_LABEL: usize = 63;
const LONGEST_DOMAIN: usize = 255;

/// A DNS-1123 label as Istio has it: letters of either case, digits and inner dashes, 63 at most.
pub(super) fn is_label(text: &str) -> bool {
    text.len() <= LONGEST_LABEL && has_label_form(text)
}

fn has_label_form(text: &str) -> bool {
    let alphanumeric = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    alphanumeric(bytes.first())
        && alphanumeric(bytes.last())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
}

/// `*`, a label, or a label with `*` or `*-` before it.
fn is_wildcard_label(text: &str) -> bool {
    let rest = text.strip_prefix("*-").or_else(|| text.strip_prefix('*'));
    text == "*" || (text.len() <= LONGEST_LABEL && has_label_form(rest.unwrap_or(text)))
}

/// Labels, of which the last one may be empty (`example.com.`).
fn are_labels(text: &str) -> bool {
    let text = text.strip_suffix('.').filter(|rest| !rest.is_empty()).unwrap_or(text);
    text.split('.').all(is_label)
}

/// A host name that can be looked up: no wildcard, and no number at its end, which would make it an address.
pub(super) fn is_fqdn(text: &str) -> bool {
    let last = text.rsplit('.').next().unwrap_or_default();
    let is_number = !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit());
    !text.is_empty() && text.len() <= LONGEST_DOMAIN && !is_number && are_labels(text)
}

/// A host name whose first label may be, or begin with, a wildcard.
pub(super) fn is_wildcard_domain(text: &str) -> bool {
    let (first, rest) = text.split_once('.').map_or((text, None), |(first, rest)| (first, Some(rest)));
    let rest_is_good = rest.is_none_or(|rest| rest.is_empty() || are_labels(rest));
    !text.is_empty() && text.len() <= LONGEST_DOMAIN && is_wildcard_label(first) && rest_is_good
}

/// An IPv4 or IPv6 address.
pub(super) fn is_ip(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}

/// An address with a prefix length that fits its family; bits of the host may be set.
pub(super) fn is_cidr(text: &str) -> bool {
    let Some((address, length)) = text.split_once('/') else { return false };
    let Ok(address) = address.parse::<IpAddr>() else { return false };
    let digits = !length.is_empty() && length.len() <= 3 && length.bytes().all(|byte| byte.is_ascii_digit());
    let longest = if address.is_ipv4() { 32 } else { 128 };
    digits && length.parse::<u8>().is_ok_and(|length| length <= longest)
}

/// The key of a Kubernetes label: a name of at most 63 characters, with or without a prefix that is a DNS name.
pub(super) fn is_label_key(key: &str) -> bool {
    let is_prefix = |prefix: &str| {
        let lower = |part: &str| has_label_form(part) && !part.bytes().any(|byte| byte.is_ascii_uppercase());
        prefix.len() <= 253 && prefix.split('.').all(lower)
    };
    match key.split_once('/') {
        Some((prefix, name)) => is_prefix(prefix) && is_qualified(name),
        None => is_qualified(key),
    }
}

/// The value of a Kubernetes label: empty, or like the name of a key.
pub(super) fn is_label_value(value: &str) -> bool {
    value.is_empty() || is_qualified(value)
}

fn is_qualified(text: &str) -> bool {
    let alphanumeric = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    bytes.len() <= LONGEST_LABEL && alphanumeric(bytes.first()) && alphanumeric(bytes.last()) && bytes.iter().all(inner)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("example.com", true, true)]
    #[case("example.com.", true, true)]
    #[case("Example.COM", true, true)]
    #[case("localhost", true, true)]
    #[case("*.example.com", true, false)]
    #[case("*example.com", true, false)]
    #[case("*-x.example.com", true, false)]
    #[case("*", true, false)]
    #[case("", false, false)]
    #[case("-", false, false)]
    #[case("a_b.com", false, false)]
    #[case("a..com", false, false)]
    #[case(".com", false, false)]
    #[case("foo.*", false, false)]
    #[case("a.*.com", false, false)]
    #[case("fo*o.com", false, false)]
    #[case("1.2.3.4", true, false)]
    #[case("a.b.7", true, false)]
    #[case("host:80", false, false)]
    fn hosts(#[case] host: &str, #[case] wildcard_domain: bool, #[case] fqdn: bool) {
        assert_eq!((is_wildcard_domain(host), is_fqdn(host)), (wildcard_domain, fqdn));
    }

    #[test]
    fn lengths_of_hosts() {
        let label = "a".repeat(63);
        assert!(is_fqdn(&format!("{label}.com")) && !is_fqdn(&format!("{label}a.com")));
        let long = [label.as_str(); 4].join(".");
        assert_eq!((long.len(), is_fqdn(&long)), (255, true));
        assert!(!is_fqdn(&format!("{long}.")) && !is_wildcard_domain(&format!("{long}.")));
    }

    #[rstest]
    #[case("10.0.0.0/8", true)]
    #[case("1.2.3.4/16", true)]
    #[case("2001:db8::/32", true)]
    #[case("10.0.0.0/33", false)]
    #[case("1.2.3.4/1/2", false)]
    #[case("1.2.3.4/", false)]
    #[case("1.2.3.4/+8", false)]
    #[case("1.2.3.4", false)]
    fn cidrs(#[case] text: &str, #[case] good: bool) {
        assert_eq!(is_cidr(text), good);
    }

    #[rstest]
    #[case("app", true)]
    #[case("app.kubernetes.io/name", true)]
    #[case("a_b.c-d", true)]
    #[case("", false)]
    #[case("-a", false)]
    #[case("a b", false)]
    #[case("/name", false)]
    #[case("Prefix/name", false)]
    #[case("a/b/c", false)]
    fn label_keys(#[case] key: &str, #[case] good: bool) {
        assert_eq!(is_label_key(key), good);
    }
}
