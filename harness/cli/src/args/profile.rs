//! Whose semantics are meant.

use clap::ValueEnum;

/// Whose semantics.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ProfileArg {
    /// kgateway, newest behaviour.
    Kgateway,
    /// Istio's gateway path.
    Istio,
}

impl From<ProfileArg> for sextant_routing::Profile {
    fn from(profile: ProfileArg) -> Self {
        match profile {
            ProfileArg::Kgateway => Self::Kgateway,
            ProfileArg::Istio => Self::Istio,
        }
    }
}

impl From<ProfileArg> for sextant_scenario::Profile {
    fn from(profile: ProfileArg) -> Self {
        match profile {
            ProfileArg::Kgateway => Self::Kgateway,
            ProfileArg::Istio => Self::Istio,
        }
    }
}
