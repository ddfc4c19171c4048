//! The mutants.

mod changes;

use sextant_catalogue::Profile;
use sextant_routing::DIFFERENCES;

use crate::{Change, Mutant};

/// Every mutant: each difference between the profiles taken from the other one, and what goes wrong in gateways of either.
pub fn mutants() -> Vec<Mutant> {
    let profiles = [Profile::Kgateway, Profile::Istio];
    let differences = profiles.into_iter().flat_map(|profile| {
        DIFFERENCES.iter().enumerate().map(move |(place, difference)| {
            let name = difference.rules.first().map_or_else(|| format!("switch-{place}"), |rule| (*rule).to_owned());
            let own = format!("{profile:?}").to_lowercase();
            Mutant {
                id: format!("{own}-{name}"),
                what: format!("{own}, but for {name}, where it does what the other gateway does"),
                rules: difference.rules.iter().map(|rule| (*rule).to_owned()).collect(),
                profile,
                change: Change::Difference(difference),
            }
        })
    });
    let changes = changes::CHANGES.iter().flat_map(|(id, what, rules, change)| {
        profiles.into_iter().map(move |profile| Mutant {
            id: match profile {
                Profile::Kgateway => (*id).to_owned(),
                Profile::Istio => format!("{id}-istio"),
            },
            what: (*what).to_owned(),
            rules: rules.split(' ').map(str::to_owned).collect(),
            profile,
            change: *change,
        })
    });
    differences.chain(changes).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_mutant_has_a_name_of_its_own_and_rules_that_exist() {
        let all = mutants();
        let names: BTreeSet<_> = all.iter().map(|mutant| &mutant.id).collect();
        assert_eq!(names.len(), all.len());
        assert!(all.len() >= 80, "{}", all.len());
        for mutant in &all {
            for rule in &mutant.rules {
                assert_ne!(sextant_catalogue::knows(rule), Some(false), "{}: {rule}", mutant.id);
            }
        }
    }
}
