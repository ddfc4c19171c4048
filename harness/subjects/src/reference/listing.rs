//! What the reference says of itself, in the words of observations.

use std::net::SocketAddr;

use sextant_gateway::{EndpointOrigin, EndpointStatus, Gateway};
use sextant_routing::Model;
use sextant_verdict::{ListedEndpoint, Listing};

use crate::status;

/// Endpoints as they serve now, what `model` left out, and the status of its routes and policies.
pub(super) fn listing(gateway: &Gateway, model: &Model) -> Listing {
    Listing {
        endpoints: gateway.endpoints().into_iter().map(endpoint).collect(),
        excluded: status::exclusions(model),
        conditions: status::conditions(model),
    }
}

fn endpoint(status: EndpointStatus) -> ListedEndpoint {
    ListedEndpoint {
        service_entry: format!("{}/{}", status.service_entry.namespace, status.service_entry.name),
        host: status.host,
        port: status.service_port,
        endpoint: SocketAddr::new(status.address, status.port),
        locality: status.locality.to_string(),
        weight: status.weight,
        priority: status.priority,
        source: origin(&status.source),
    }
}

fn origin(origin: &EndpointOrigin) -> String {
    let EndpointOrigin { kind, namespace, name, index } = origin;
    // The gateway calls an inline endpoint an `Endpoint` of its ServiceEntry; a listing names the object.
    let kind = if kind == "Endpoint" { "ServiceEntry" } else { kind };
    match index {
        Some(index) => format!("{kind} {namespace}/{name} endpoints[{index}]"),
        None if namespace.is_empty() => format!("{kind} {name}"),
        None => format!("{kind} {namespace}/{name}"),
    }
}
