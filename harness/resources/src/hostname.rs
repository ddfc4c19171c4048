//! Host names, normalised once: no comparison site ever thinks about case or a trailing dot again.

use std::fmt;
use std::sync::Arc;

/// A host name in lower case without its trailing dot. It may be a ServiceEntry's literal wildcard (`*.example.com`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hostname(Arc<str>);

impl Hostname {
    /// Normalises `name`: lower case, one trailing dot removed. Nothing is refused; `validate` judges names.
    pub fn new(name: &str) -> Self {
        let name = name.strip_suffix('.').unwrap_or(name);
        Self(name.to_ascii_lowercase().into())
    }

    /// The normalised text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Hostname {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A hostname of a listener or route: exact, or a wildcard that stands for one or more left-most labels
/// (Gateway API `Hostname`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HostnamePattern {
    /// Every host.
    Any,
    /// The suffix behind `*.`, without the dot.
    Wildcard(Hostname),
    /// Exactly this host.
    Exact(Hostname),
}

impl HostnamePattern {
    /// Reads `*.example.com` as a wildcard, the empty string as [`Self::Any`], anything else as exact.
    pub fn new(text: &str) -> Self {
        match text.strip_prefix("*.") {
            _ if text.is_empty() => Self::Any,
            Some(suffix) => Self::Wildcard(Hostname::new(suffix)),
            None => Self::Exact(Hostname::new(text)),
        }
    }

    /// Whether `host` (without a port) is meant. Case and one trailing dot do not count; nothing is allocated.
    ///
    /// A wildcard stands for one or more whole labels: `*.example.com` means `a.example.com` and `a.b.example.com`, and
    /// neither `example.com` nor `aexample.com`.
    pub fn matches(&self, host: &str) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host);
        match self {
            Self::Any => true,
            Self::Exact(name) => name.as_str().eq_ignore_ascii_case(host),
            Self::Wildcard(suffix) => labels_before(host, suffix.as_str()),
        }
    }

    /// Whether some host is meant by both, as a listener and a route attached to it must have one.
    pub fn intersects(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any, _) | (_, Self::Any) => true,
            (pattern, Self::Exact(host)) | (Self::Exact(host), pattern) => pattern.matches(host.as_str()),
            (Self::Wildcard(left), Self::Wildcard(right)) => {
                left == right
                    || labels_before(left.as_str(), right.as_str())
                    || labels_before(right.as_str(), left.as_str())
            }
        }
    }
}

/// Whether `host` is `suffix` with one or more labels in front. Compares bytes: ASCII case does not count, and a
/// character of several bytes is equal only to itself.
fn labels_before(host: &str, suffix: &str) -> bool {
    let (host, suffix) = (host.as_bytes(), suffix.as_bytes());
    let Some(dot) = host.len().checked_sub(suffix.len() + 1) else { return false };
    dot > 0 && host[dot] == b'.' && host[dot + 1..].eq_ignore_ascii_case(suffix)
}

impl fmt::Display for HostnamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Wildcard(suffix) => write!(f, "*.{suffix}"),
            Self::Exact(host) => host.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("*.example.com", "a.example.com", true)]
    #[case("*.example.com", "a.b.example.com", true)]
    #[case("*.example.com", "A.Example.COM.", true)]
    #[case("*.example.com", "example.com", false)]
    #[case("*.example.com", ".example.com", false)]
    #[case("*.example.com", "aexample.com", false)]
    #[case("*.example.com", "a.example.org", false)]
    #[case("example.com", "EXAMPLE.com.", true)]
    #[case("example.com", "a.example.com", false)]
    #[case("EXAMPLE.com.", "example.com", true)]
    #[case("", "anything", true)]
    #[case("", "", true)]
    fn a_pattern_means_its_hosts(#[case] pattern: &str, #[case] host: &str, #[case] meant: bool) {
        assert_eq!(HostnamePattern::new(pattern).matches(host), meant);
    }

    // Gateway API, `Listener.hostname`: a listener and a route must share a host.
    #[rstest]
    #[case("", "a.com", true)]
    #[case("*.example.com", "a.example.com", true)]
    #[case("*.example.com", "example.com", false)]
    #[case("*.example.com", "*.com", true)]
    #[case("*.a.example.com", "*.example.com", true)]
    #[case("*.example.com", "*.example.com", true)]
    #[case("*.example.com", "*.aexample.com", false)]
    #[case("*.example.com", "*.example.org", false)]
    #[case("a.com", "A.com.", true)]
    #[case("a.com", "b.com", false)]
    fn patterns_intersect_when_they_share_a_host(#[case] left: &str, #[case] right: &str, #[case] shared: bool) {
        let (left, right) = (HostnamePattern::new(left), HostnamePattern::new(right));
        assert_eq!(left.intersects(&right), shared);
        assert_eq!(right.intersects(&left), shared);
    }

    fn host() -> impl Strategy<Value = String> {
        "[a-c]{1,2}(\\.[a-c]{1,2}){0,3}"
    }

    fn pattern() -> impl Strategy<Value = String> {
        prop_oneof![Just(String::new()), host(), host().prop_map(|host| format!("*.{host}"))]
    }

    proptest! {
        #[test]
        fn case_and_a_trailing_dot_never_matter(pattern in pattern(), host in host()) {
            let expected = HostnamePattern::new(&pattern).matches(&host);
            let spelt = format!("{}.", host.to_ascii_uppercase());
            prop_assert_eq!(HostnamePattern::new(&pattern).matches(&spelt), expected);
            prop_assert_eq!(HostnamePattern::new(&pattern.to_ascii_uppercase()).matches(&host), expected);
            prop_assert_eq!(Hostname::new(&spelt), Hostname::new(&host));
        }

        #[test]
        fn patterns_that_mean_one_host_intersect(left in pattern(), right in pattern(), host in host()) {
            let (left, right) = (HostnamePattern::new(&left), HostnamePattern::new(&right));
            prop_assert!(!(left.matches(&host) && right.matches(&host)) || left.intersects(&right));
        }

        #[test]
        fn any_text_is_a_host(pattern in "\\PC{0,8}", host in "\\PC{0,8}") {
            let _ = HostnamePattern::new(&pattern).matches(&host);
        }
    }
}
