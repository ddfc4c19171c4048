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
