//! What a subject can do beside proxying, by name, and whether it is as it says.

use std::fmt;
use std::str::FromStr;

mod probe;

pub use probe::probe_features;

/// Something that a subject may be able to do beside proxying. What needs an absent feature is skipped, with that reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Feature {
    /// Lists its endpoints.
    ListsEndpoints,
    /// Lists what it left out, with the rule.
    ListsExclusions,
    /// Reports status conditions of routes.
    ReportsConditions,
    /// Says why it answered by itself.
    GivesReasons,
    /// Draws lots where a deterministic scheduler takes turns: its shares are judged statistically where they are not
    /// exact.
    DrawsLots,
    /// Obeys a gateway locality, labels and network.
    HasIdentity,
    /// Obeys a DNS refresh time and can respect TTLs.
    TunesDns,
    /// Obeys what a control plane is configured with outside the manifests.
    ConfiguresControlPlane,
}

/// What a subject says that it can do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Features {
    /// [`Feature::ListsEndpoints`].
    pub lists_endpoints: bool,
    /// [`Feature::ListsExclusions`].
    pub lists_exclusions: bool,
    /// [`Feature::ReportsConditions`].
    pub reports_conditions: bool,
    /// [`Feature::GivesReasons`].
    pub gives_reasons: bool,
    /// [`Feature::DrawsLots`].
    pub draws_lots: bool,
    /// [`Feature::HasIdentity`].
    pub has_identity: bool,
    /// [`Feature::TunesDns`].
    pub tunes_dns: bool,
    /// [`Feature::ConfiguresControlPlane`].
    pub configures_control_plane: bool,
}

/// A word that names no feature.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no feature `{name}`; the features are {}", names())]
pub struct UnknownFeature {
    /// The word.
    pub name: String,
}

fn names() -> String {
    Feature::ALL.map(Feature::name).join(", ")
}

impl Feature {
    /// All of them, in the order of their documentation.
    pub const ALL: [Self; 8] = [
        Self::ListsEndpoints,
        Self::ListsExclusions,
        Self::ReportsConditions,
        Self::GivesReasons,
        Self::DrawsLots,
        Self::HasIdentity,
        Self::TunesDns,
        Self::ConfiguresControlPlane,
    ];

    /// Its name, in kebab-case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ListsEndpoints => "lists-endpoints",
            Self::ListsExclusions => "lists-exclusions",
            Self::ReportsConditions => "reports-conditions",
            Self::GivesReasons => "gives-reasons",
            Self::DrawsLots => "draws-lots",
            Self::HasIdentity => "has-identity",
            Self::TunesDns => "tunes-dns",
            Self::ConfiguresControlPlane => "configures-control-plane",
        }
    }

    /// What it means, in one sentence without full stop.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::ListsEndpoints => "it lists the endpoints of each backend",
            Self::ListsExclusions => "it lists what is no endpoint, and why",
            Self::ReportsConditions => "it reports the status conditions of routes",
            Self::GivesReasons => "it says why it answered a request by itself",
            Self::DrawsLots => "it draws lots where others take turns, so that shares come out by chance",
            Self::HasIdentity => "it can be given a locality, labels and a network",
            Self::TunesDns => "it can be given a DNS refresh time, and told to respect TTLs",
            Self::ConfiguresControlPlane => "it can be given settings of a control plane",
        }
    }

    /// How it is probed, in one sentence without full stop.
    pub const fn probe(self) -> &'static str {
        match self {
            Self::ListsEndpoints => "two endpoints are applied, and it is asked for its list",
            Self::ListsExclusions => "a WorkloadEntry without address is applied, and it is asked what it left out",
            Self::ReportsConditions => "a route is applied, and it is asked for its conditions",
            Self::GivesReasons => "a request is sent to a backend that does not exist, and the reply's header is read",
            Self::DrawsLots => "20 cycles of requests are sent to weights 1 and 3, each of which must come out exactly",
            Self::HasIdentity => "it is put beside one of two endpoints, under a policy that prefers what is near",
            Self::TunesDns => "it is told to look up every 50 ms, and its queries are counted",
            Self::ConfiguresControlPlane => "it is told to pass ServiceEntries with a label over (kgateway only)",
        }
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Feature {
    type Err = UnknownFeature;

    fn from_str(name: &str) -> Result<Self, UnknownFeature> {
        let named = Self::ALL.into_iter().find(|feature| feature.name() == name);
        named.ok_or_else(|| UnknownFeature { name: name.to_owned() })
    }
}

impl Features {
    /// Whether `feature` is among them.
    pub const fn has(&self, feature: Feature) -> bool {
        match feature {
            Feature::ListsEndpoints => self.lists_endpoints,
            Feature::ListsExclusions => self.lists_exclusions,
            Feature::ReportsConditions => self.reports_conditions,
            Feature::GivesReasons => self.gives_reasons,
            Feature::DrawsLots => self.draws_lots,
            Feature::HasIdentity => self.has_identity,
            Feature::TunesDns => self.tunes_dns,
            Feature::ConfiguresControlPlane => self.configures_control_plane,
        }
    }
}

impl FromIterator<Feature> for Features {
    fn from_iter<I: IntoIterator<Item = Feature>>(features: I) -> Self {
        let mut all = Self::default();
        for feature in features {
            *match feature {
                Feature::ListsEndpoints => &mut all.lists_endpoints,
                Feature::ListsExclusions => &mut all.lists_exclusions,
                Feature::ReportsConditions => &mut all.reports_conditions,
                Feature::GivesReasons => &mut all.gives_reasons,
                Feature::DrawsLots => &mut all.draws_lots,
                Feature::HasIdentity => &mut all.has_identity,
                Feature::TunesDns => &mut all.tunes_dns,
                Feature::ConfiguresControlPlane => &mut all.configures_control_plane,
            } = true;
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_is_found_by_its_name_and_told_apart() {
        for feature in Feature::ALL {
            assert_eq!(feature.name().parse(), Ok(feature));
            let alone = Features::from_iter([feature]);
            let has: Vec<_> = Feature::ALL.into_iter().filter(|other| alone.has(*other)).collect();
            assert_eq!(has, [feature]);
        }
        let unknown = "lists_endpoints".parse::<Feature>().unwrap_err().to_string();
        assert!(
            unknown.contains("`lists_endpoints`") && unknown.contains("lists-endpoints, lists-exclusions"),
            "{unknown}"
        );
    }
}
