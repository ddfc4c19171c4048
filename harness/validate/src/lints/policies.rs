//! Traps of DestinationRules and BackendTLSPolicies.

use std::collections::BTreeSet;

use sextant_resources::{BackendTlsPolicy, DestinationRule, LocalityLbSetting, Object, ObjectKey, TrafficPolicy};
use sextant_routing::{Backend, EndpointAddress, EndpointSource, ExclusionReason};

use super::{Traps, World};

pub(super) fn check(world: &World<'_>, traps: &mut Traps) {
    for backend in &world.model.backends {
        let rule = backend.policy.rule.as_ref().and_then(|key| world.resources.destination_rules.get(key));
        if let Some(rule) = rule {
            ejects_nobody(backend, rule, traps);
        }
        mixed_localities(world, backend, traps);
    }
    for rule in world.resources.destination_rules.values() {
        failover_alone(rule, traps);
    }
    for policy in world.resources.backend_tls_policies.values() {
        elsewhere(world, policy, traps);
    }
}

/// Outlier detection with so few endpoints that the limit lets none of them go. How many addresses a name has is not known.
fn ejects_nobody(backend: &Backend, rule: &Object<DestinationRule>, traps: &mut Traps) {
    let Some(outlier) = &backend.policy.outlier_detection else { return };
    let names = backend.endpoints.iter().any(|endpoint| matches!(endpoint.address, EndpointAddress::Name(_)));
    let endpoints = backend.endpoints.len() as u64;
    if names || endpoints == 0 || 100 <= u64::from(outlier.max_ejection_percent) * endpoints {
        return;
    }
    let of_port = rule.body.spec.traffic_policy.as_ref().and_then(|policy| port_settings(policy, backend.id.port));
    let path = match of_port {
        Some(index) => format!("spec.trafficPolicy.portLevelSettings[{index}].outlierDetection"),
        None => "spec.trafficPolicy.outlierDetection".to_owned(),
    };
    let detail =
        format!("{} % of {endpoints} of {}:{}", outlier.max_ejection_percent, backend.id.host, backend.id.port);
    traps.add("L-020", rule.reference(), &rule.origin, &path, &detail);
}

fn port_settings(policy: &TrafficPolicy, port: u16) -> Option<usize> {
    policy.port_level_settings.iter().position(|settings| settings.port.number == u32::from(port))
}

/// Failover that is written down without what notices a failure.
fn failover_alone(rule: &Object<DestinationRule>, traps: &mut Traps) {
    let Some(policy) = &rule.body.spec.traffic_policy else { return };
    let general = (policy.load_balancer.as_ref(), policy.outlier_detection.is_some(), String::new());
    let ports = policy.port_level_settings.iter().enumerate().map(|(index, settings)| {
        let path = format!("portLevelSettings[{index}].");
        (settings.load_balancer.as_ref(), settings.outlier_detection.is_some(), path)
    });
    for (balancer, watched, path) in std::iter::once(general).chain(ports) {
        let setting = balancer.and_then(|balancer| balancer.locality_lb_setting.as_ref());
        if !watched && setting.is_some_and(fails_over) {
            let path = format!("spec.trafficPolicy.{path}loadBalancer.localityLbSetting");
            traps.add("L-021", rule.reference(), &rule.origin, &path, "");
            traps.add("L-022", rule.reference(), &rule.origin, &path, "");
        }
    }
}

/// Whether shares are not given instead, and it is not switched off.
fn fails_over(setting: &LocalityLbSetting) -> bool {
    setting.distribute.is_empty() && setting.enabled != Some(false)
}

/// Endpoints without a locality beside others that have one, where localities decide who serves.
fn mixed_localities(world: &World<'_>, backend: &Backend, traps: &mut Traps) {
    let shares = backend.excluded.iter().filter(|excluded| excluded.reason == ExclusionReason::NoLocalityShare);
    let decide = backend.endpoints.iter().any(|endpoint| endpoint.priority > 0) || shares.count() > 0;
    let located = backend.endpoints.iter().any(|endpoint| !endpoint.locality.is_empty());
    if !(decide && located) {
        return;
    }
    let nowhere = backend.endpoints.iter().filter(|endpoint| endpoint.locality.is_empty());
    for endpoint in nowhere {
        match &endpoint.source {
            EndpointSource::Inline { service_entry, index } => {
                let Some(entry) = world.resources.service_entries.get(service_entry) else { continue };
                let path = format!("spec.endpoints[{index}].address");
                traps.add("L-023", entry.reference(), &entry.origin, &path, "");
            }
            EndpointSource::WorkloadEntry(key) => {
                let Some(entry) = world.resources.workload_entries.get(key) else { continue };
                traps.add("L-023", entry.reference(), &entry.origin, "spec.address", "");
            }
            _ => {}
        }
    }
}

/// A policy for a ServiceEntry that there is, but in another namespace.
fn elsewhere(world: &World<'_>, policy: &Object<BackendTlsPolicy>, traps: &mut Traps) {
    for (index, target) in policy.body.spec.target_refs.iter().enumerate() {
        if target.kind != "ServiceEntry" {
            continue;
        }
        let own = ObjectKey::new(policy.key.namespace.clone(), target.name.as_str());
        let entries = &world.resources.service_entries;
        if entries.contains_key(&own) {
            continue;
        }
        let named = entries.keys().filter(|key| *key.name == *target.name).map(|key| key.namespace.to_string());
        let namespaces: BTreeSet<_> = named.collect();
        if let Some(first) = namespaces.first() {
            let path = format!("spec.targetRefs[{index}].name");
            traps.add("L-024", policy.reference(), &policy.origin, &path, &format!("it is in {first}"));
        }
    }
}
