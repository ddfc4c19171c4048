//! Numbered, testable statements about what a gateway does.

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::table::{Entry, Table, table};

/// Whose semantics something holds for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// kgateway.
    #[default]
    Kgateway,
    /// Istio's gateway path.
    Istio,
}

/// One numbered, testable statement with its source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// `K-031`: kgateway, `I-`: Istio, `D-`: where they differ, `E-`: measured on Envoy.
    pub id: String,
    /// What holds.
    pub statement: String,
    /// What kgateway does, for a difference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kgateway: Option<String>,
    /// What Istio does, for a difference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub istio: Option<String>,
    /// Whose behaviour it is.
    pub profiles: Vec<Profile>,
    /// How much it binds.
    pub level: Level,
    /// What shows it.
    pub shown_by: Vec<Evidence>,
    /// Which of Istio's data paths it is about; absent means a gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<DataPath>,
    /// Where it was read.
    pub source: String,
    /// What else is worth knowing, such as older behaviour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Why no scenario or test can hold it; absent when one can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// How much a [`Rule`] binds. Ordered from the strictest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Every gateway of the profile.
    Must,
    /// Every gateway unless it has a reason.
    Should,
    /// Worth knowing; nothing is demanded.
    Informational,
    /// Left to the implementation.
    Implementation,
}

/// What shows a [`Rule`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// Requests and their replies.
    Traffic,
    /// The endpoint list.
    Endpoints,
    /// Status conditions.
    Status,
    /// Diagnostics of bad input.
    Diagnostics,
    /// The explanation of a backend or route.
    Explanation,
    /// Only what control plane and proxy say to each other.
    Xds,
}

/// A data path of Istio.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DataPath {
    /// A gateway.
    Gateway,
    /// A sidecar.
    Sidecar,
    /// ztunnel and waypoints.
    Ambient,
    /// All of them.
    All,
}

static RULES: Table<Rule> = LazyLock::new(|| table(&FILES));

const FILES: [&str; 4] = [
    include_str!("../rules/kgateway.yaml"),
    include_str!("../rules/istio.yaml"),
    include_str!("../rules/differences.yaml"),
    include_str!("../rules/envoy.yaml"),
];

/// Every rule, in order of id.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    RULES.values()
}

/// The rule of this id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.get(id)
}

/// Whether `id` is written like a rule id: `K-`, `I-`, `E-`, `V-`, `L-`, `P-` or `F-` with three digits, `D-` or `A-` with two,
/// or `GW-` with the name of a section of the Gateway API. Whether there is such a rule is for [`crate::knows`] to say.
pub fn is_rule_id(id: &str) -> bool {
    let Some((family, number)) = id.split_once('-') else { return false };
    let digits = |count| number.len() == count && number.bytes().all(|byte| byte.is_ascii_digit());
    match family {
        "K" | "I" | "E" | "V" | "L" | "P" | "F" => digits(3),
        "D" | "A" => digits(2),
        "GW" => {
            number.starts_with(|first: char| first.is_ascii_alphanumeric())
                && number.chars().all(|character| character.is_ascii_alphanumeric() || ".-".contains(character))
        }
        _ => false,
    }
}

impl Entry for Rule {
    fn id(&self) -> &str {
        &self.id
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::table::read;

    #[test]
    fn every_file_is_read_and_every_rule_is_whole() {
        let mut ids = Vec::new();
        for text in FILES {
            let rules = read::<Rule>(text).unwrap();
            assert!(rules.is_sorted_by(|a, b| a.id < b.id), "not in the order of ids");
            for rule in rules {
                assert!(is_rule_id(&rule.id), "{}", rule.id);
                assert!(!rule.statement.trim().is_empty() && !rule.profiles.is_empty(), "{}", rule.id);
                assert!(!rule.shown_by.is_empty() && !rule.source.trim().is_empty(), "{}", rule.id);
                assert_eq!(rule.id.starts_with("D-"), rule.kgateway.is_some() && rule.istio.is_some(), "{}", rule.id);
                ids.push(rule.id);
            }
        }
        assert_eq!(ids.len(), RULES.len(), "an id stands twice");
    }

    #[test]
    fn families_are_complete() {
        let count = |family: &str| rules().filter(|rule| rule.id.starts_with(family)).count();
        assert_eq!((count("D-"), count("E-"), count("I-")), (29, 14, 211));
        assert!(rule("K-031").is_some() && rule("K-999").is_none());
    }

    #[rstest]
    #[case("K-031", true)]
    #[case("I-204", true)]
    #[case("E-003", true)]
    #[case("V-082", true)]
    #[case("P-156", true)]
    #[case("L-001", true)]
    #[case("D-29", true)]
    #[case("A-09", true)]
    #[case("GW-HTTPRouteMatch", true)]
    #[case("GW-", false)]
    #[case("GW-a b", false)]
    #[case("K-31", false)]
    #[case("K-0031", false)]
    #[case("D-001", false)]
    #[case("k-031", false)]
    #[case("X-031", false)]
    #[case("K031", false)]
    #[case("K-0३1", false)]
    fn rule_ids_have_their_family_s_form(#[case] rule: &str, #[case] good: bool) {
        assert_eq!(is_rule_id(rule), good);
    }
}
