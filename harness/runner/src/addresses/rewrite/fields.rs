//! The fields of manifests that say where traffic is sent to.

use serde_json::Value;

use super::Inexpressible;

/// Kind and path of every field that holds an address. `[]` stands for every item of a list.
pub(super) const ADDRESSES: &[(&str, &str)] = &[
    ("ServiceEntry", "spec.endpoints.[].address"),
    ("ServiceEntry", "spec.addresses.[]"),
    ("WorkloadEntry", "spec.address"),
    ("WorkloadGroup", "spec.template.address"),
    ("Pod", "status.podIP"),
    ("Pod", "status.podIPs.[].ip"),
    ("Pod", "status.hostIP"),
    ("Pod", "status.hostIPs.[].ip"),
    ("EndpointSlice", "endpoints.[].addresses.[]"),
    ("Endpoints", "subsets.[].addresses.[].ip"),
    ("Endpoints", "subsets.[].notReadyAddresses.[].ip"),
    ("Service", "spec.clusterIP"),
    ("Service", "spec.clusterIPs.[]"),
    ("Service", "spec.externalIPs.[]"),
    ("Service", "status.loadBalancer.ingress.[].ip"),
    ("Node", "status.addresses.[].address"),
];

/// Kind and path of every field that holds a port that is dialled. `{}` stands for every value of a mapping.
pub(super) const PORTS: &[(&str, &str)] = &[
    ("ServiceEntry", "spec.ports.[].targetPort"),
    ("ServiceEntry", "spec.endpoints.[].ports.{}"),
    ("WorkloadEntry", "spec.ports.{}"),
    ("WorkloadGroup", "spec.template.ports.{}"),
    ("Pod", "spec.containers.[].ports.[].containerPort"),
    ("Pod", "spec.initContainers.[].ports.[].containerPort"),
    ("EndpointSlice", "ports.[].port"),
    ("Endpoints", "subsets.[].ports.[].port"),
    ("Service", "spec.ports.[].targetPort"),
];

/// Hands every value at `path` to `change`; one that is not there is not made.
pub(super) fn visit(
    value: &mut Value,
    path: &str,
    change: &mut dyn FnMut(&mut Value) -> Result<(), Inexpressible>,
) -> Result<(), Inexpressible> {
    if path.is_empty() {
        return change(value);
    }
    let (step, rest) = path.split_once('.').unwrap_or((path, ""));
    match (step, value) {
        ("[]", Value::Array(items)) => items.iter_mut().try_for_each(|item| visit(item, rest, change)),
        ("{}", Value::Object(entries)) => entries.values_mut().try_for_each(|entry| visit(entry, rest, change)),
        (key, Value::Object(entries)) => entries.get_mut(key).map_or(Ok(()), |entry| visit(entry, rest, change)),
        _ => Ok(()),
    }
}
