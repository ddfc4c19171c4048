//! The mutants.

mod answers;
mod backends;
mod endpoints;
mod flaw;
mod policies;
mod routes;
mod selection;
mod settings;
mod workloads;

use sextant_catalogue::Profile;
use sextant_routing::DIFFERENCES;

use crate::{Change, Mutant};
use flaw::Flaw;

const PROFILES: [Profile; 2] = [Profile::Kgateway, Profile::Istio];

/// Differences that make nothing different when they are taken alone, by profile and first rule, each with the reason.
const IDLE_DIFFERENCES: &[(Profile, &str, &str)] = &[
    (Profile::Kgateway, "K-001", KINDS_ARE_ON),
    (Profile::Istio, "K-001", KINDS_ARE_ON),
    (Profile::Istio, "I-026", "no ServiceEntry with a port of protocol kubernetes.io/h2c is admitted (I-023)"),
    (Profile::Istio, "K-115", "one declaration serves a host (I-083): its hosts are never asked for another's backend"),
];

const KINDS_ARE_ON: &str =
    "every control plane that a scenario can describe reads Istio's kinds, whether or not one could do without";

/// Every mutant: each difference between the profiles taken from the other one, and what goes wrong in gateways of either.
pub fn mutants() -> Vec<Mutant> {
    differences().chain(flaws().flat_map(Flaw::mutants)).collect()
}

fn flaws() -> impl Iterator<Item = &'static Flaw> {
    let families = [
        endpoints::FLAWS,
        workloads::FLAWS,
        selection::FLAWS,
        backends::FLAWS,
        routes::FLAWS,
        policies::FLAWS,
        answers::FLAWS,
        settings::FLAWS,
    ];
    families.into_iter().flatten()
}

fn differences() -> impl Iterator<Item = Mutant> {
    let all = PROFILES.into_iter().flat_map(|profile| DIFFERENCES.iter().map(move |difference| (profile, difference)));
    all.filter_map(|(profile, difference)| {
        let name = difference.rules.first().copied().unwrap_or("lone-port-any-name");
        let idle = IDLE_DIFFERENCES.iter().any(|(of, rule, _)| (*of, *rule) == (profile, name));
        let own = format!("{profile:?}").to_lowercase();
        (!idle).then(|| Mutant {
            id: format!("{own}-{name}"),
            what: format!("{own}, but for {name}, where it does what the other gateway does"),
            rules: difference.rules.iter().map(|rule| (*rule).to_owned()).collect(),
            pain: None,
            profile,
            change: Change::Difference(difference),
        })
    })
}

#[cfg(test)]
mod tests;
