//! The mutants.

mod answers;
mod backends;
mod differences;
mod endpoints;
mod filters;
mod flaw;
mod policies;
mod routes;
mod selection;
mod settings;
mod workloads;

use sextant_catalogue::Profile;

use crate::Mutant;
use differences::differences;
use flaw::Flaw;

const PROFILES: [Profile; 2] = [Profile::Kgateway, Profile::Istio];

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
        filters::FLAWS,
        policies::FLAWS,
        answers::FLAWS,
        settings::FLAWS,
    ];
    families.into_iter().flatten()
}

#[cfg(test)]
mod tests;
