//! Hostname patterns: what they have in common, and finding the most specific one for a host.

use std::collections::HashMap;

use sextant_resources::{Hostname, HostnamePattern};

/// The hosts that both patterns serve, as one pattern; `None` when there is none (Gateway API, hostname intersection).
/// A wildcard stands for one or more labels, so `*.example.com` does not serve `example.com`.
pub(crate) fn intersect(a: &HostnamePattern, b: &HostnamePattern) -> Option<HostnamePattern> {
    use HostnamePattern::{Any, Exact, Wildcard};
    match (a, b) {
        (Any, other) | (other, Any) => Some(other.clone()),
        (Exact(x), Exact(y)) => (x == y).then(|| a.clone()),
        (exact @ Exact(host), Wildcard(suffix)) | (Wildcard(suffix), exact @ Exact(host)) => {
            is_below(host, suffix).then(|| exact.clone())
        }
        (Wildcard(x), Wildcard(y)) if x == y || is_below(x, y) => Some(a.clone()),
        (Wildcard(x), Wildcard(y)) => is_below(y, x).then(|| b.clone()),
    }
}

/// Whether `host` is `suffix` with at least one more label in front.
fn is_below(host: &Hostname, suffix: &Hostname) -> bool {
    let label = host.as_str().strip_suffix(suffix.as_str()).and_then(|front| front.strip_suffix('.'));
    label.is_some_and(|label| !label.is_empty())
}

/// Values by pattern; the most specific pattern answers: exact, then the longest wildcard, then any.
#[derive(Debug)]
pub(crate) struct HostMap<T> {
    exact: HashMap<Box<str>, T>,
    /// By what follows `*.`.
    wildcard: HashMap<Box<str>, T>,
    any: Option<T>,
}

impl<T> Default for HostMap<T> {
    fn default() -> Self {
        Self { exact: HashMap::new(), wildcard: HashMap::new(), any: None }
    }
}

impl<T: Default> HostMap<T> {
    /// The value at exactly this pattern, made if need be.
    pub(crate) fn entry(&mut self, pattern: &HostnamePattern) -> &mut T {
        match pattern {
            HostnamePattern::Any => self.any.get_or_insert_default(),
            HostnamePattern::Wildcard(suffix) => self.wildcard.entry(suffix.as_str().into()).or_default(),
            HostnamePattern::Exact(host) => self.exact.entry(host.as_str().into()).or_default(),
        }
    }
}

impl<T> HostMap<T> {
    /// The value of the most specific pattern that serves `host`, which is in lower case, without port or trailing dot.
    pub(crate) fn get(&self, host: &str) -> Option<&T> {
        self.best(host).map(|(_, value)| value)
    }

    /// The same with the pattern.
    pub(crate) fn find(&self, host: &str) -> Option<(HostnamePattern, &T)> {
        let (served_by, value) = self.best(host)?;
        let pattern = match served_by {
            ServedBy::Itself => HostnamePattern::Exact(Hostname::new(host)),
            ServedBy::WildcardOf(suffix) => HostnamePattern::Wildcard(Hostname::new(suffix)),
            ServedBy::Any => HostnamePattern::Any,
        };
        Some((pattern, value))
    }

    fn best<'h>(&self, host: &'h str) -> Option<(ServedBy<'h>, &T)> {
        let exact = self.exact.get(host).map(|value| (ServedBy::Itself, value));
        exact.or_else(|| self.longest_wildcard(host)).or_else(|| Some((ServedBy::Any, self.any.as_ref()?)))
    }

    fn longest_wildcard<'h>(&self, host: &'h str) -> Option<(ServedBy<'h>, &T)> {
        if self.wildcard.is_empty() || host.starts_with('.') {
            return None;
        }
        let mut suffixes = host.match_indices('.').map(|(dot, _)| &host[dot + 1..]);
        suffixes.find_map(|suffix| Some((ServedBy::WildcardOf(suffix), self.wildcard.get(suffix)?)))
    }

    /// Every pattern with its value: the exact ones in order, the wildcards in order, then any.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (HostnamePattern, &T)> {
        let mut exact: Vec<_> = self.exact.iter().collect();
        let mut wildcard: Vec<_> = self.wildcard.iter().collect();
        exact.sort_by_key(|(host, _)| *host);
        wildcard.sort_by_key(|(suffix, _)| *suffix);
        let exact = exact.into_iter().map(|(host, value)| (HostnamePattern::Exact(Hostname::new(host)), value));
        let wildcard =
            wildcard.into_iter().map(|(suffix, value)| (HostnamePattern::Wildcard(Hostname::new(suffix)), value));
        exact.chain(wildcard).chain(self.any.iter().map(|value| (HostnamePattern::Any, value)))
    }

    /// The most specific pattern here that serves every host of `pattern`.
    fn covering(&self, pattern: &HostnamePattern) -> Option<HostnamePattern> {
        let host = match pattern {
            HostnamePattern::Any => String::new(),
            // No host is called so, and every wildcard that serves the hosts below the suffix serves this one.
            HostnamePattern::Wildcard(suffix) => format!("*.{suffix}"),
            HostnamePattern::Exact(host) => host.to_string(),
        };
        Some(self.find(&host)?.0)
    }

    /// Every value.
    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.exact.values_mut().chain(self.wildcard.values_mut()).chain(&mut self.any)
    }
}

impl<T> HostMap<HostMap<T>> {
    /// Two steps as one: patterns of which the most specific one that serves a host has the value that the pattern in the
    /// map of the most specific listener pattern has. `None` where that listener has none for the host.
    pub(crate) fn flat(&self) -> Vec<(HostnamePattern, Option<&T>)> {
        let mut flat = Vec::new();
        for (listener, hosts) in self.iter() {
            let own = |(pattern, _): &(HostnamePattern, &T)| self.covering(pattern).as_ref() == Some(&listener);
            let before = flat.len();
            flat.extend(hosts.iter().filter(own).map(|(pattern, value)| (pattern, Some(value))));
            if flat[before..].iter().all(|(pattern, _)| *pattern != listener) {
                flat.push((listener, None));
            }
        }
        flat
    }
}

/// Which pattern serves a host.
#[derive(Clone, Copy, Debug)]
enum ServedBy<'h> {
    Itself,
    /// Followed by this part of it.
    WildcardOf(&'h str),
    Any,
}

/// Longest host that is compared; no DNS name is longer (RFC 1035, 2.3.4).
const LONGEST: usize = 255;

/// Space for one host in lower case, so that deciding allocates nothing.
#[derive(Debug)]
pub(crate) struct HostBuffer([u8; LONGEST]);

impl HostBuffer {
    pub(crate) fn new() -> Self {
        Self([0; LONGEST])
    }

    /// The host of `authority` as [`HostMap`] wants it: no port, no trailing dot, lower case. A host that is too long for a DNS
    /// name becomes the empty one, which only [`HostnamePattern::Any`] serves.
    pub(crate) fn normalise<'b>(&'b mut self, authority: &'b str) -> &'b str {
        let host = without_port(authority);
        let host = host.strip_suffix('.').unwrap_or(host);
        if !host.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return host;
        }
        let Some(space) = self.0.get_mut(..host.len()) else { return "" };
        space.copy_from_slice(host.as_bytes());
        space.make_ascii_lowercase();
        std::str::from_utf8(space).unwrap_or("")
    }
}

/// `authority` without its port: what follows the colon behind a bracketed IPv6 literal, or the only colon there is.
pub(crate) fn without_port(authority: &str) -> &str {
    if authority.starts_with('[') {
        return authority.find(']').map_or(authority, |end| &authority[..=end]);
    }
    match authority.split_once(':') {
        Some((host, port)) if !port.contains(':') => host,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("", "a.example.com", Some("a.example.com"))]
    #[case("", "", Some("*"))]
    #[case("*.example.com", "", Some("*.example.com"))]
    #[case("a.example.com", "a.example.com", Some("a.example.com"))]
    #[case("a.example.com", "b.example.com", None)]
    #[case("*.example.com", "a.example.com", Some("a.example.com"))]
    #[case("*.example.com", "a.b.example.com", Some("a.b.example.com"))]
    #[case("*.example.com", "example.com", None)]
    #[case("*.example.com", "badexample.com", None)]
    #[case("*.example.com", "*.example.com", Some("*.example.com"))]
    #[case("*.example.com", "*.foo.example.com", Some("*.foo.example.com"))]
    #[case("*.com", "*.example.com", Some("*.example.com"))]
    #[case("*.example.com", "*.example.net", None)]
    fn patterns_intersect_both_ways(#[case] a: &str, #[case] b: &str, #[case] common: Option<&str>) {
        let (a, b) = (HostnamePattern::new(a), HostnamePattern::new(b));
        let common = common.map(str::to_owned);
        assert_eq!(intersect(&a, &b).map(|p| p.to_string()), common);
        assert_eq!(intersect(&b, &a).map(|p| p.to_string()), common);
    }

    #[rstest]
    #[case("se.example.com", "se.example.com")]
    #[case("SE.Example.COM:8080", "se.example.com")]
    #[case("se.example.com.", "se.example.com")]
    #[case("se.example.com.:80", "se.example.com")]
    #[case("[::1]:80", "[::1]")]
    #[case("[FE80::1]", "[fe80::1]")]
    #[case("::1", "::1")]
    #[case("", "")]
    #[case(":80", "")]
    fn k_137_host_ignores_case_port_and_trailing_dot(#[case] authority: &str, #[case] host: &str) {
        assert_eq!(HostBuffer::new().normalise(authority), host);
    }

    #[test]
    fn a_host_longer_than_any_name_is_no_host() {
        assert_eq!(HostBuffer::new().normalise(&"A".repeat(300)), "");
    }

    #[rstest]
    #[case("a.b.example.com", Some("b"))]
    #[case("c.example.com", Some("wide"))]
    #[case("x.y.example.com", Some("wide"))]
    #[case("exact.example.com", Some("exact"))]
    #[case("example.com", Some("any"))]
    #[case(".example.com", Some("any"))]
    fn the_most_specific_pattern_answers(#[case] host: &str, #[case] value: Option<&str>) {
        let mut map = HostMap::<&str>::default();
        *map.entry(&HostnamePattern::new("")) = "any";
        *map.entry(&HostnamePattern::new("*.example.com")) = "wide";
        *map.entry(&HostnamePattern::new("*.b.example.com")) = "b";
        *map.entry(&HostnamePattern::new("exact.example.com")) = "exact";
        assert_eq!(map.get(host).copied(), value);
        let pattern = map.find(host).map(|(pattern, _)| pattern).unwrap();
        assert!(pattern == HostnamePattern::Any || pattern.matches(host), "{pattern} does not serve {host}");
    }

    /// The value that listener isolation gives `host`: the most specific listener takes it, and there is no way back.
    fn in_two_steps<'m>(map: &'m HostMap<HostMap<u8>>, host: &str) -> Option<&'m u8> {
        map.get(host)?.get(host)
    }

    fn in_one_step<'m>(flat: &HostMap<Option<&'m u8>>, host: &str) -> Option<&'m u8> {
        *flat.get(host)?
    }

    #[test]
    fn two_steps_and_one_come_to_the_same() {
        let mut map: HostMap<HostMap<u8>> = HostMap::default();
        let listeners: &[(&str, &[&str])] = &[
            ("", &["", "*.b.test", "x.b.test", "c.test", "*.a.b.test"]),
            ("*.b.test", &["y.b.test", "*.c.b.test"]),
            ("z.b.test", &["z.b.test"]),
            ("empty.test", &[]),
        ];
        let mut value = 0;
        for (listener, hosts) in listeners {
            let inner = map.entry(&HostnamePattern::new(listener));
            for host in *hosts {
                *inner.entry(&HostnamePattern::new(host)) = value;
                value += 1;
            }
        }
        let mut flat: HostMap<Option<&u8>> = HostMap::default();
        for (pattern, value) in map.flat() {
            let known = flat.entry(&pattern);
            assert!(known.is_none(), "{pattern} stands twice");
            *known = value;
        }
        // By hand: listener `*.b.test` takes what is below b.test away from the one for every host.
        for (host, expected) in [
            ("b.test", Some(0)),
            ("x.b.test", None),
            ("y.b.test", Some(5)),
            ("q.c.b.test", Some(6)),
            ("q.a.b.test", None),
            ("z.b.test", Some(7)),
            ("c.test", Some(3)),
            ("empty.test", None),
            ("other.test", Some(0)),
        ] {
            assert_eq!(in_two_steps(&map, host).copied(), expected, "{host} in two steps");
            assert_eq!(in_one_step(&flat, host).copied(), expected, "{host} in one step");
        }
    }
}
