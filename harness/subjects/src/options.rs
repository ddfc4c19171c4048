//! What a scenario tells a gateway, in the resolver's words.

use sextant_resources::LabelSelector;
use sextant_routing::{
    EmptySelector, EndpointAddress, GatewayIdentity, Locality, NetworkGateway, Options, Profile, Settings,
};
use sextant_scenario::ControlPlane;

/// The options of `profile` for a gateway that `told` describes.
///
/// # Errors
/// When a set of labels that excludes ServiceEntries is empty (K-005).
pub(crate) fn options(
    profile: sextant_scenario::Profile,
    told: &sextant_scenario::Settings,
) -> Result<Options, EmptySelector> {
    Ok(Options {
        profile: match profile {
            sextant_scenario::Profile::Kgateway => Profile::Kgateway,
            sextant_scenario::Profile::Istio => Profile::Istio,
        },
        gateway: GatewayIdentity {
            labels: told.gateway_labels.clone(),
            locality: Locality::parse(&told.gateway_locality),
            network: told.gateway_network.clone(),
            ..GatewayIdentity::default()
        },
        settings: settings(&told.control_plane)?,
        ..Options::default()
    })
}

fn settings(told: &ControlPlane) -> Result<Settings, EmptySelector> {
    let excluded = told.service_entry_exclusions.iter().cloned();
    let excluded = excluded.map(|match_labels| LabelSelector { match_labels, ..LabelSelector::default() });
    let gateways = told.network_gateways.iter().map(|gateway| NetworkGateway {
        network: gateway.network.clone(),
        address: EndpointAddress::Ip(gateway.endpoint.ip()),
        port: gateway.endpoint.port(),
    });
    let settings = Settings {
        workload_entry_exclusion_labels: told.workload_entry_exclusion_labels.clone(),
        promoted_annotations: told.promoted_annotations.clone(),
        dynamic_forward_proxy: told.dynamic_forward_proxy,
        network_gateways: gateways.collect(),
        ..Settings::default()
    };
    settings.exclude_service_entries(excluded.collect())
}
