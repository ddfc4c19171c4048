//! Shares of localities that a DestinationRule gives (I-136 to I-139).

use std::collections::BTreeMap;

use sextant_resources::LocalityDistribution;

use super::candidate::Barrier;
use crate::{Backend, ExclusionReason, Locality, LocalityWeight};

/// Applies the first rule of `rules` that is for a gateway in `from` (I-137): endpoints of localities that it names
/// none of are left out (I-138, I-139). Without such a rule nothing changes.
pub(crate) fn distribute(backend: &mut Backend, rules: &[LocalityDistribution], from: &Locality) {
    let Some(rule) = rules.iter().find(|rule| covers(&rule.from, from)) else { return };
    let mut groups: BTreeMap<&Locality, u64> = BTreeMap::new();
    for endpoint in &backend.endpoints {
        *groups.entry(&endpoint.locality).or_default() += u64::from(endpoint.weight.get());
    }
    let mut shares: BTreeMap<Locality, u32> = BTreeMap::new();
    // `*` sorts before every name: from the back, what is specific takes its localities first.
    for (to, weight) in rule.to.iter().rev() {
        let covered = |(locality, _): &(&&Locality, &u64)| covers(to, locality) && !shares.contains_key(**locality);
        let matched: Vec<_> =
            groups.iter().filter(covered).map(|(locality, sum)| ((*locality).clone(), *sum)).collect();
        let total = matched.iter().map(|(_, sum)| sum).sum::<u64>().max(1);
        for (locality, sum) in matched {
            // Rounded up. The product fits: a sum of weights is below 2^32 for any real backend, and is cut there.
            let share = (sum.min(u64::from(u32::MAX)) * u64::from(*weight)).div_ceil(total);
            shares.insert(locality, u32::try_from(share).unwrap_or(u32::MAX));
        }
    }
    shares.retain(|_, share| *share > 0);
    let dropped: Vec<_> =
        backend.endpoints.extract_if(.., |endpoint| !shares.contains_key(&endpoint.locality)).collect();
    backend.excluded.extend(dropped.iter().map(|endpoint| {
        let message = match endpoint.locality.is_empty() {
            true => "it has no locality, and the DestinationRule's distribute gives a share to named ones only; set its locality".to_owned(),
            false => format!("the DestinationRule's distribute gives locality {} no share", endpoint.locality),
        };
        Barrier::new(ExclusionReason::NoLocalityShare, "I-138", message).on(&endpoint.source)
    }));
    let weights = shares.into_iter().map(|(locality, weight)| LocalityWeight { locality, weight });
    backend.policy.distribution = weights.collect();
}

/// Whether `pattern` covers `locality`: `*` and missing zones and subzones match anything (I-137).
fn covers(pattern: &str, locality: &Locality) -> bool {
    let pattern = Locality::parse(pattern);
    let lower = |pattern: &str, part: &str| pattern.is_empty() || pattern == "*" || pattern == part;
    (pattern.region == "*" || pattern.region == locality.region)
        && lower(&pattern.zone, &locality.zone)
        && lower(&pattern.subzone, &locality.subzone)
}
