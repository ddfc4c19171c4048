//! The differences between the profiles, each taken alone from the other one.

use sextant_catalogue::{Profile, rule};
use sextant_routing::{DIFFERENCES, Difference};

use super::PROFILES;
use crate::{Change, Mutant};

/// Differences that make nothing different when they are taken alone, by profile and first rule, each with the reason.
pub(super) const IDLE: &[(Profile, &str, &str)] = &[
    (Profile::Kgateway, "K-001", KINDS_ARE_ON),
    (Profile::Istio, "K-001", KINDS_ARE_ON),
    (Profile::Istio, "I-026", "no ServiceEntry with a port of protocol kubernetes.io/h2c is admitted (I-023)"),
    (Profile::Istio, "K-115", "one declaration serves a host (I-083): its hosts are never asked for another's backend"),
];

const KINDS_ARE_ON: &str =
    "every control plane that a scenario can describe reads Istio's kinds, whether or not one could do without";

/// What the differences are about whose rules do not say what each gateway does.
const ABOUT: &[(&str, &str)] = &[
    ("I-013", "an annotation that asks for one address at a time"),
    ("I-025", "the front of a Service port's name as its protocol"),
    ("I-026", "kubernetes.io/h2c as the protocol of a port"),
    ("I-027", "ports of protocol UDP"),
    ("I-034", "container ports in place of the target port"),
    (NO_RULE, "the only port of a Service, under another name in its slices"),
    ("I-057", "WorkloadEntries behind the selector of a Service"),
    ("I-075", "the network that labels say"),
    ("I-120", "shares of localities under a traffic distribution"),
    ("I-135", "failover without outlier detection"),
    ("I-137", "distribute of a DestinationRule"),
    ("I-147", "distance among endpoints whose labels rank alike"),
    ("I-175", "a port that no declaration has, in the status"),
    ("I-181", "mistakes in references of weight 0"),
    ("I-184", "a ServiceEntry as the parent of a route"),
    ("I-185", "a BackendTLSPolicy that counts as a DestinationRule"),
    ("K-001", "control planes that do not read Istio's kinds"),
    ("K-019", "the port of a ServiceEntry that a policy names"),
    ("K-020", "an annotation that is no boolean"),
    ("K-073", "labels that a pod has from its node"),
    ("K-082", "the label that a region has"),
    ("K-115", "which host's backend serves"),
    ("P-048", "Services of type ExternalName"),
];

/// Name of the difference that has no rule.
const NO_RULE: &str = "lone-port-any-name";

/// Every difference taken alone, for each profile for which that changes something.
pub(super) fn differences() -> impl Iterator<Item = Mutant> {
    let all = PROFILES.into_iter().flat_map(|profile| DIFFERENCES.iter().map(move |difference| (profile, difference)));
    all.filter(|(profile, difference)| !IDLE.iter().any(|(of, idle, _)| (of, *idle) == (profile, name(difference))))
        .map(|(profile, difference)| {
            let own = match profile {
                Profile::Kgateway => "kgateway",
                Profile::Istio => "istio",
            };
            Mutant {
                id: format!("{own}-{}", name(difference)),
                what: what(profile, name(difference)),
                rules: difference.rules.iter().map(|rule| (*rule).to_owned()).collect(),
                pain: None,
                profile,
                change: Change::Difference(difference),
            }
        })
}

/// The first of its rules.
pub(super) fn name(difference: &Difference) -> &'static str {
    difference.rules.first().copied().unwrap_or(NO_RULE)
}

/// What a gateway of this profile does wrong that does what the other one does.
fn what(profile: Profile, name: &str) -> String {
    let rule = rule(name);
    let (other, does) = match profile {
        Profile::Kgateway => ("istio", rule.and_then(|rule| rule.istio.as_deref())),
        Profile::Istio => ("kgateway", rule.and_then(|rule| rule.kgateway.as_deref())),
    };
    let about = || ABOUT.iter().find(|(of, _)| *of == name).map_or(name, |(_, about)| about);
    does.map_or_else(|| format!("as {other} does: {}", about()), |does| format!("as {other} does: {does}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An exception for a difference that is not there would hide the next one of that name.
    #[test]
    fn exceptions_are_about_what_exists_and_have_reasons() {
        for (profile, idle, reason) in IDLE {
            assert!(DIFFERENCES.iter().any(|difference| name(difference) == *idle), "{profile:?} {idle}");
            assert!(!reason.is_empty(), "{profile:?} {idle}");
        }
    }

    #[test]
    fn every_difference_says_what_it_is_about() {
        for mutant in differences() {
            let about = mutant.what.rsplit(": ").next().unwrap_or_default();
            assert!(!mutant.id.ends_with(about), "{}: {}", mutant.id, mutant.what);
        }
        for (of, _) in ABOUT {
            assert!(DIFFERENCES.iter().any(|difference| name(difference) == *of), "{of}");
        }
    }
}
