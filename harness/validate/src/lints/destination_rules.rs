//! Traps of DestinationRules that change less than they say.

use std::collections::HashMap;

use sextant_resources::{DestinationRule, Hostname, Object, yaml};
use sextant_routing::Backend;

use super::{Traps, World, visibility};

pub(super) fn check(world: &World<'_>, traps: &mut Traps) {
    let mut by_host = ByHost::new();
    for backend in &world.model.backends {
        by_host.entry(&backend.id.host).or_default().push(backend);
    }
    for rule in world.resources.destination_rules.values() {
        unread(rule, traps);
        let meant = meant(world, rule, &by_host);
        let named: Vec<_> = meant.iter().copied().filter(|backend| is_read(world, rule, backend)).collect();
        if named.is_empty() {
            let code = if meant.is_empty() { "L-014" } else { "L-028" };
            traps.add(code, rule.reference(), &rule.origin, "spec.host", &rule.body.spec.host);
        } else if visibility::hidden(world, &rule.body.spec.export_to, &rule.key.namespace) {
            traps.add("L-027", rule.reference(), &rule.origin, "spec.exportTo", "");
        } else {
            passed_over(world, rule, &named, traps);
        }
    }
}

/// The backends of each host.
type ByHost<'w> = HashMap<&'w Hostname, Vec<&'w Backend>>;

/// The backends that the author of `rule` means: by wildcard, by the short name of a Service, or by the host in full. A
/// short name is never a host in full where it is read as short.
fn meant<'w>(world: &World<'w>, rule: &Object<DestinationRule>, by_host: &ByHost<'w>) -> Vec<&'w Backend> {
    let written = rule.body.spec.host.as_str();
    let of = |host: &Hostname| by_host.get(host).into_iter().flatten().copied().collect();
    if let Some(suffix) = written.strip_prefix('*') {
        let suffix = Hostname::new(suffix);
        let covered = |backend: &&Backend| backend.id.host.as_str().ends_with(suffix.as_str());
        return world.model.backends.iter().filter(covered).collect();
    }
    let exact: Vec<_> = of(&Hostname::new(written));
    let reads_all = world.options.semantics().destination_rule_merge;
    if written.contains('.') || !(reads_all || exact.is_empty()) {
        return exact;
    }
    let domain = &world.options.settings.cluster_domain;
    of(&Hostname::new(&format!("{written}.{}.svc.{domain}", rule.key.namespace)))
}

/// D-25: whether the gateway finds the rule by what it has written as host.
fn is_read(world: &World<'_>, rule: &Object<DestinationRule>, backend: &Backend) -> bool {
    world.options.semantics().destination_rule_merge || Hostname::new(&rule.body.spec.host) == backend.id.host
}

/// A rule for one host, and for every proxy, that no backend of this host follows.
fn passed_over(world: &World<'_>, rule: &Object<DestinationRule>, named: &[&Backend], traps: &mut Traps) {
    let spec = &rule.body.spec;
    let general = spec.workload_selector.is_none() && spec.traffic_policy.is_some();
    let follows = |backend: &&&Backend| backend.policy.rule.as_ref() == Some(&rule.key);
    if !general || spec.host.starts_with('*') || named.iter().any(|backend| follows(&backend)) {
        return;
    }
    if let Some(other) = named.iter().find_map(|backend| backend.policy.rule.as_ref()) {
        traps.add("L-029", rule.reference(), &rule.origin, "spec.host", &format!("{other} applies"));
        return;
    }
    let own = &*rule.key.namespace;
    let at_home = |backend: &&Backend| *backend.id.service_entry.namespace == *own;
    let asked = visibility::namespaces(world).any(|namespace| namespace == own)
        || world.options.settings.system_namespace == own
        || named.iter().any(at_home);
    if !asked {
        traps.add("L-031", rule.reference(), &rule.origin, "metadata.namespace", own);
    }
}

/// Settings that kgateway does not read (K-088, K-093).
fn unread(rule: &Object<DestinationRule>, traps: &mut Traps) {
    const OF_A_POLICY: [&str; 5] = [
        "tls",
        "loadBalancer.simple",
        "loadBalancer.consistentHash",
        "loadBalancer.localityLbSetting.distribute",
        "connectionPool.http",
    ];
    let Some(tree) = rule.origin.tree() else { return };
    let written = |path: &str| tree.at(&yaml::parse_path(path)).filter(|node| !node.is_null());
    let ports = rule.body.spec.traffic_policy.iter().flat_map(|policy| 0..policy.port_level_settings.len());
    let ports = ports.map(|port| format!("spec.trafficPolicy.portLevelSettings[{port}]"));
    let policies = std::iter::once("spec.trafficPolicy".to_owned()).chain(ports);
    let settings = policies.flat_map(|policy| OF_A_POLICY.map(|setting| (format!("{policy}.{setting}"), setting)));
    for (path, setting) in settings.chain([("spec.subsets".to_owned(), "subsets")]) {
        let asks_for_nothing = || match setting {
            "tls" => written(&format!("{path}.mode")).is_none_or(|mode| mode.as_str() == Some("DISABLE")),
            _ => written(&path).and_then(|value| value.as_str()).is_some_and(is_usual),
        };
        if written(&path).is_some() && !asks_for_nothing() {
            traps.add("L-030", rule.reference(), &rule.origin, &path, setting);
        }
    }
}

/// Whether this way to balance is the gateway's own.
fn is_usual(balancer: &str) -> bool {
    ["", "UNSPECIFIED", "ROUND_ROBIN"].contains(&balancer)
}
