//! Settings of the control plane, and what the gateway itself is told, that are not obeyed.

use sextant_catalogue::Profile;
use sextant_routing::Options;
use sextant_verdict::Cause;

use super::flaw::Flaw;
use crate::Change::Options as Told;

const NO_SUCH_SETTING: &str = "Istio has no such setting";

pub(super) const FLAWS: &[Flaw] = &[
    Flaw::new(
        "grants-ignored",
        Cause::Reference,
        "references into other namespaces need no grant",
        "K-118 I-177",
        Told(grants_ignored),
    ),
    Flaw::new(
        "exclusion-labels-ignored",
        Cause::Selection,
        "no label keeps a WorkloadEntry out",
        "K-004",
        Told(labels_ignored),
    )
    .only(Profile::Kgateway, NO_SUCH_SETTING),
    Flaw::new(
        "excluded-entries-serve",
        Cause::Reference,
        "no label keeps a ServiceEntry out",
        "K-005",
        Told(selectors_ignored),
    )
    .reported("P-221")
    .only(Profile::Kgateway, NO_SUCH_SETTING),
    Flaw::new(
        "promotion-ignored",
        Cause::Locality,
        "annotations never become labels",
        "K-006",
        Told(promotion_ignored),
    )
    .reported("P-220")
    .only(Profile::Kgateway, NO_SUCH_SETTING),
    Flaw::new(
        "network-gateways-ignored",
        Cause::Locality,
        "every network is reached directly",
        "I-123 I-127 D-19",
        Told(gateways_ignored),
    )
    .reported("P-123")
    .only(Profile::Istio, "kgateway knows no gateways of networks (D-19)"),
    Flaw::new(
        "forward-proxy-ignored",
        Cause::DnsAnswer,
        "nobody looks up the host of a request",
        "I-107 I-108 D-14",
        Told(proxy_ignored),
    )
    .reported("P-040")
    .only(Profile::Istio, "kgateway has no DYNAMIC_DNS (D-14)"),
    Flaw::new(
        "gateway-locality-ignored",
        Cause::Locality,
        "the gateway is nowhere",
        "K-067 K-088 I-140",
        Told(locality_ignored),
    ),
    Flaw::new(
        "gateway-labels-ignored",
        Cause::Locality,
        "the gateway has no labels",
        "K-067 K-083 I-144",
        Told(identity_ignored),
    ),
];

fn grants_ignored(options: &mut Options) {
    options.settings.enforce_reference_grants = false;
}

fn labels_ignored(options: &mut Options) {
    options.settings.workload_entry_exclusion_labels.clear();
}

fn selectors_ignored(options: &mut Options) {
    options.settings.service_entry_exclusions.clear();
}

fn promotion_ignored(options: &mut Options) {
    options.settings.promoted_annotations.clear();
}

fn gateways_ignored(options: &mut Options) {
    options.settings.network_gateways.clear();
}

fn proxy_ignored(options: &mut Options) {
    options.settings.dynamic_forward_proxy = false;
}

fn locality_ignored(options: &mut Options) {
    options.gateway.locality = Default::default();
}

fn identity_ignored(options: &mut Options) {
    options.gateway.labels.clear();
}
