//! Where documented addresses (1.1.1.1:80) really are, and how a subject gets to know: three modes.

mod aliases;
mod front;
pub mod netns;
mod readdressed;
pub mod rewrite;

use std::fmt;

pub use aliases::Aliases;
pub use front::DnsFront;
pub(crate) use readdressed::{ReaddressError, Readdressed};

/// How documented addresses become real ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AddressMode {
    /// The subject is given the manifests as they are, and dials through the address plan. Only a subject that lives in
    /// this process can.
    #[default]
    Alias,
    /// The subject is given manifests, settings and DNS answers with the plan's addresses instead of the documented ones;
    /// what it lists is mapped back. A scenario that cannot be expressed so is skipped, with the reason.
    Rewrite,
    /// Each scenario has a network of its own, where documented addresses and ports are what they say and the fake DNS is
    /// on port 53; the subject is given the manifests as they are. Linux, after [`netns::enter`].
    Netns,
}

impl AddressMode {
    /// The word on the command line and in the record.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alias => "alias",
            Self::Rewrite => "rewrite",
            Self::Netns => "netns",
        }
    }
}

impl fmt::Display for AddressMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
