//! The differences between the profiles, each taken alone from the other one.

use sextant_catalogue::{Profile, rule};
use sextant_routing::{DIFFERENCES, Difference};
use sextant_verdict::Cause;

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

/// Every difference by its first rule: the class of what goes wrong, and what it is about. Empty where the rule itself says what
/// each gateway does.
const ABOUT: &[(&str, Cause, &str)] = &[
    ("D-01", Cause::Reference, ""),
    ("D-02", Cause::Reference, ""),
    ("D-04", Cause::Reference, ""),
    ("D-05", Cause::Reference, ""),
    ("D-06", Cause::Selection, ""),
    ("D-07", Cause::Locality, ""),
    ("D-08", Cause::Selection, ""),
    ("D-09", Cause::Selection, ""),
    ("D-11", Cause::HostIdentity, ""),
    ("D-13", Cause::Reference, ""),
    ("D-14", Cause::DnsAnswer, ""),
    ("D-15", Cause::Selection, ""),
    ("D-16", Cause::Selection, ""),
    ("D-17", Cause::Selection, ""),
    ("D-18", Cause::Locality, ""),
    ("D-19", Cause::Locality, ""),
    ("D-20", Cause::Reference, ""),
    ("D-21", Cause::DnsAnswer, ""),
    ("D-22", Cause::Locality, ""),
    ("D-23", Cause::Locality, ""),
    ("D-24", Cause::Locality, ""),
    ("D-25", Cause::Policy, ""),
    ("I-013", Cause::DnsAnswer, "an annotation that asks for one address at a time"),
    ("I-025", Cause::Protocol, "the front of a Service port's name as its protocol"),
    ("I-026", Cause::Protocol, "kubernetes.io/h2c as the protocol of a port"),
    ("I-027", Cause::Reference, "ports of protocol UDP"),
    ("I-034", Cause::Port, "container ports in place of the target port"),
    (NO_RULE, Cause::Selection, "the only port of a Service, under another name in its slices"),
    ("I-057", Cause::Selection, "WorkloadEntries behind the selector of a Service"),
    ("I-075", Cause::Locality, "the network that labels say"),
    ("I-120", Cause::Weight, "shares of localities under a traffic distribution"),
    ("I-135", Cause::Locality, "failover without outlier detection"),
    ("I-137", Cause::Weight, "distribute of a DestinationRule"),
    ("I-147", Cause::Locality, "distance among endpoints whose labels rank alike"),
    ("I-175", Cause::Status, "a port that no declaration has, in the status"),
    ("I-181", Cause::Status, "mistakes in references of weight 0"),
    ("I-184", Cause::Status, "a ServiceEntry as the parent of a route"),
    ("I-185", Cause::Protocol, "a BackendTLSPolicy that counts as a DestinationRule"),
    ("K-001", Cause::Reference, "control planes that do not read Istio's kinds"),
    ("K-019", Cause::Protocol, "the port of a ServiceEntry that a policy names"),
    ("K-020", Cause::Reference, "an annotation that is no boolean"),
    ("K-073", Cause::Selection, "labels that a pod has from its node"),
    ("K-082", Cause::Locality, "the label that a region has"),
    ("K-115", Cause::HostIdentity, "which host's backend serves"),
    ("P-048", Cause::Reference, "Services of type ExternalName"),
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
                cause: about(name(difference)).0,
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
    format!("as {other} does: {}", does.unwrap_or_else(|| about(name).1))
}

/// The class of a difference, and what it is about. One that nobody has classed is of the most general class, which a test
/// finds.
fn about(name: &str) -> (Cause, &'static str) {
    ABOUT.iter().find(|(of, ..)| *of == name).map_or((Cause::Reference, ""), |(_, cause, about)| (*cause, about))
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
            assert!(!mutant.what.ends_with(": "), "{}: {}", mutant.id, mutant.what);
        }
        for difference in DIFFERENCES {
            assert!(ABOUT.iter().any(|(of, ..)| *of == name(difference)), "{}", name(difference));
        }
        for (of, ..) in ABOUT {
            assert!(DIFFERENCES.iter().any(|difference| name(difference) == *of), "{of}");
        }
    }
}
