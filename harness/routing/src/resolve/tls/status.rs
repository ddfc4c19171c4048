//! The status of BackendTLSPolicies: what it says for each Gateway whose routes reach a target, and, under Istio, for
//! each target (K-100, I-185).

use std::collections::{BTreeMap, BTreeSet};

use sextant_resources::{BackendTlsPolicy, Gateway, Kind, Object, ObjectKey, ObjectRef, PolicyTargetRef};

use super::attached::{BackendTls, PolicyFault};
use crate::resolve::references::ISTIO_GROUP;
use crate::{AncestorStatus, BackendIndex, Backends, Condition, PolicyStatus};

/// For every policy that targets a backend which traffic goes to: those Gateways, and whether it is obeyed at any.
type Reached<'a> = BTreeMap<&'a ObjectKey, BTreeMap<&'a ObjectKey, bool>>;

impl BackendTls<'_> {
    /// The status of every policy, in the order of their keys.
    pub(crate) fn statuses(
        &self,
        backends: &Backends,
        uses: &BTreeSet<(&ObjectKey, BackendIndex)>,
    ) -> Vec<PolicyStatus> {
        let policies = &self.resources.backend_tls_policies;
        if policies.is_empty() {
            return Vec::new();
        }
        let reached = self.reached(backends, uses);
        let status = |policy: &Object<BackendTlsPolicy>| {
            let gateways = reached.get(&policy.key).into_iter().flatten();
            let of_gateways = gateways.map(|(gateway, obeyed)| AncestorStatus {
                ancestor: ObjectRef { kind: Gateway::KIND.to_owned(), key: (*gateway).clone() },
                conditions: self.conditions(policy, *obeyed || self.semantics.tls_policy_as_rule),
            });
            let of_targets = policy.body.spec.target_refs.iter().filter(|_| self.semantics.tls_policy_as_rule);
            let of_targets = of_targets.map(|target| self.of_target(policy, target));
            PolicyStatus { key: policy.key.clone(), ancestors: of_targets.chain(of_gateways).collect() }
        };
        policies.values().map(|policy| status(policy)).collect()
    }

    fn reached<'m>(&'m self, backends: &Backends, uses: &BTreeSet<(&'m ObjectKey, BackendIndex)>) -> Reached<'m> {
        let mut reached = Reached::new();
        for (gateway, index) in uses {
            for (place, attached) in self.all(&backends[*index]).into_iter().enumerate() {
                let gateways = reached.entry(attached.key()).or_default();
                *gateways.entry(*gateway).or_default() |= place == 0;
            }
        }
        reached
    }

    fn conditions(&self, policy: &Object<BackendTlsPolicy>, obeyed: bool) -> Vec<Condition> {
        let fault = self.fault(&policy.key);
        let resolved = match fault {
            Some(PolicyFault { resolved: Some(reason), message, .. }) => condition("ResolvedRefs", reason, message),
            _ => condition("ResolvedRefs", "ResolvedRefs", ""),
        };
        let accepted = match fault {
            Some(fault) => condition("Accepted", fault.accepted, &fault.message),
            None if obeyed => condition("Accepted", "Accepted", ""),
            None => condition("Accepted", "Conflicted", "an older policy or one for a single port has the same target"),
        };
        vec![accepted, resolved]
    }

    /// I-185: a target that there is not, or that has no such port, is told of at the target.
    fn of_target(&self, policy: &Object<BackendTlsPolicy>, target: &PolicyTargetRef) -> AncestorStatus {
        let key = ObjectKey::new(policy.key.namespace.clone(), target.name.as_str());
        let mut conditions = self.conditions(policy, true);
        if let Err(message) = self.check_target(&key, target) {
            conditions[0] = condition("Accepted", "TargetNotFound", &format!("targetRefs invalid: {message}"));
        }
        AncestorStatus { ancestor: ObjectRef { kind: target.kind.clone(), key }, conditions }
    }

    fn check_target(&self, key: &ObjectKey, target: &PolicyTargetRef) -> Result<(), String> {
        let kind = target.kind.as_str();
        let ports: Option<Vec<&str>> = match (target.group.as_str(), kind) {
            ("", "Service") => self
                .resources
                .services
                .get(key)
                .map(|service| service.body.spec.ports.iter().map(|port| port.name.as_str()).collect()),
            (ISTIO_GROUP, "ServiceEntry") => self
                .resources
                .service_entries
                .get(key)
                .map(|entry| entry.body.spec.ports.iter().map(|port| port.name.as_str()).collect()),
            _ => return Err(format!("kind {kind} cannot be a target")),
        };
        let Some(ports) = ports else { return Err(format!("{kind} {key} not found")) };
        match target.section_name.as_deref() {
            Some(name) if !name.is_empty() && !ports.contains(&name) => {
                Err(format!("{kind} {key} has no port of the name {name} (sectionName)"))
            }
            _ => Ok(()),
        }
    }
}

/// A condition that is true when its reason is its type's own.
fn condition(kind: &'static str, reason: &'static str, message: &str) -> Condition {
    Condition { kind, status: kind == reason, reason, message: message.to_owned() }
}
