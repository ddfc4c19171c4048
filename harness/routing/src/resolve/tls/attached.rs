//! BackendTLSPolicies and the backends they are for (K-100, K-101, I-185).

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use sextant_resources::{
    BackendTlsPolicy, BackendTlsValidation, Hostname, Kind, LocalObjectRef, Object, ObjectKey, ObjectRef,
    PolicyTargetRef, ResourceSet, SubjectAltName, SubjectAltNameType,
};

use super::credentials::{of_config_map, of_secret};
use crate::resolve::backends::hosts;
use crate::resolve::given::Given;
use crate::resolve::references::ISTIO_GROUP;
use crate::{
    AcceptedName, Backend, BackendFault, BackendKind, Credentials, OriginateTls, Semantics, ServerName, TlsVersion,
    Trust,
};

type Policy<'a> = &'a Object<BackendTlsPolicy>;

/// What a policy can be for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Target {
    Object(BackendKind, ObjectKey),
    /// A host of the ServiceEntries of a namespace.
    Host(String, Hostname),
}

/// BackendTLSPolicies by target.
pub(crate) struct TlsPolicies {
    by_target: HashMap<Target, Vec<Attachment>>,
    /// What each policy asks certificates to be checked by.
    trusts: HashMap<ObjectKey, Result<Trust, PolicyFault>>,
}

/// `spec.targetRefs[reference]` of a policy.
struct Attachment {
    policy: Arc<Object<BackendTlsPolicy>>,
    reference: usize,
}

/// Finds the BackendTLSPolicy of a backend.
pub(crate) struct BackendTls<'a> {
    pub(super) resources: &'a ResourceSet,
    pub(super) semantics: &'a Semantics,
    policies: &'a TlsPolicies,
}

/// A policy by one of its targets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attached<'a> {
    policy: Policy<'a>,
    /// The only port that is meant.
    port: Option<&'a str>,
}

/// A mistake in a policy, with what its status says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PolicyFault {
    /// Reason of `Accepted=False`.
    pub(super) accepted: &'static str,
    /// Reason of `ResolvedRefs=False`; `None` when the references are in order.
    pub(super) resolved: Option<&'static str>,
    pub(super) message: String,
}

impl TlsPolicies {
    pub(crate) fn new(given: Given<'_>) -> Self {
        let Given { resources, semantics, .. } = given;
        let mut index = Self { by_target: HashMap::new(), trusts: HashMap::new() };
        for policy in resources.backend_tls_policies.values() {
            let trust = trust(&policy.key.namespace, &policy.body.spec.validation, resources, semantics);
            index.trusts.insert(policy.key.clone(), trust);
            for (reference, written) in policy.body.spec.target_refs.iter().enumerate() {
                if let Some(target) = target(&policy.key.namespace, written, semantics) {
                    let attachment = Attachment { policy: Arc::clone(policy), reference };
                    index.by_target.entry(target).or_default().push(attachment);
                }
            }
        }
        index
    }
}

impl Attachment {
    fn attached(&self) -> Attached<'_> {
        let section = self.policy.body.spec.target_refs[self.reference].section_name.as_deref();
        Attached { policy: &self.policy, port: section.filter(|name| !name.is_empty()) }
    }
}

impl<'a> BackendTls<'a> {
    pub(crate) fn new(given: Given<'a>, policies: &'a TlsPolicies) -> Self {
        Self { resources: given.resources, semantics: given.semantics, policies }
    }

    /// The policy that `backend` obeys: of all that target it one for its port goes first, then the oldest.
    pub(crate) fn find(&self, backend: &Backend) -> Option<Attached<'a>> {
        self.all(backend).into_iter().next()
    }

    /// Every policy that targets `backend`, the one that it obeys first.
    pub(super) fn all(&self, backend: &Backend) -> Vec<Attached<'a>> {
        if self.policies.by_target.is_empty() {
            return Vec::new();
        }
        let of_target =
            |target: &Target| self.policies.by_target.get(target).into_iter().flatten().map(Attachment::attached);
        let id = &backend.id;
        let mut found: Vec<_> = of_target(&Target::Object(id.kind, id.service_entry.clone())).collect();
        if let Some(entry) = self.resources.service_entries.get(&id.service_entry)
            && id.kind == BackendKind::ServiceEntry
        {
            // Every backend of a ServiceEntry answers to all of its hosts, as it does to references (K-115).
            for host in hosts(entry) {
                found.extend(of_target(&Target::Host(id.service_entry.namespace.to_string(), host)));
            }
        }
        let named = id.kind == BackendKind::Service || self.semantics.service_entry_sections;
        found.retain(|attached| attached.port.is_none_or(|port| named && port == backend.port.name));
        found.sort_by(Attached::precedence);
        found.dedup_by(|a, b| a.policy.key == b.policy.key);
        found
    }

    /// What is wrong with `policy`.
    pub(super) fn fault(&self, policy: &ObjectKey) -> Option<&PolicyFault> {
        self.policies.trusts.get(policy)?.as_ref().err()
    }

    /// Makes `backend` obey `attached`. A mistake in the policy is no way around it: the backend is withheld (K-134), or
    /// under Istio every connection to it fails.
    pub(crate) fn apply(&self, attached: &Attached<'a>, backend: &mut Backend) {
        let credentials = match &self.policies.trusts[&attached.policy.key] {
            Ok(trust) => Ok(Credentials { trust: trust.clone(), identity: None }),
            Err(fault) => Err(fault.message.clone()),
        };
        if let (Err(message), false) = (&credentials, self.semantics.tls_policy_as_rule) {
            let message = format!("BackendTLSPolicy {}: {message}", attached.policy.key);
            backend.fault.get_or_insert(BackendFault { rule: "K-134", message });
        }
        let newest = if self.semantics.tls_policy_as_rule { TlsVersion::Tls13 } else { TlsVersion::Tls12 };
        backend.policy.tls = Some(attached.originate(newest, credentials));
    }
}

/// What `validation` of a policy in `namespace` asks certificates to be checked by.
fn trust(
    namespace: &str,
    validation: &BackendTlsValidation,
    resources: &ResourceSet,
    semantics: &Semantics,
) -> Result<Trust, PolicyFault> {
    match validation.well_known_ca_certificates.as_deref() {
        Some("System") => return Ok(Trust::System),
        Some(other) if validation.ca_certificate_refs.is_empty() => {
            return Err(invalid(format!("`{other}` is no well-known set of authorities; write System")));
        }
        Some(_) | None => {}
    }
    // Of several references both gateways take the first.
    let Some(reference) = validation.ca_certificate_refs.first() else {
        return Err(invalid("neither caCertificateRefs nor wellKnownCACertificates say whom to trust".to_owned()));
    };
    let LocalObjectRef { group, kind, name } = reference;
    let key = ObjectKey::new(namespace, name.as_str());
    let trust = match (group.as_str(), kind.as_str()) {
        ("", "ConfigMap" | "") => of_config_map(key, resources),
        ("", "Secret") if !semantics.tls_policy_as_rule => of_secret(key, resources),
        _ => {
            let message = format!("a caCertificateRef cannot be of kind {kind} (group `{group}`)");
            return Err(bad_reference("InvalidKind", message));
        }
    };
    trust.map_err(|fault| bad_reference("InvalidCACertificateRef", fault.to_string()))
}

/// What `reference` of a policy in `namespace` is for; `None` when that can be nothing.
fn target(namespace: &str, reference: &PolicyTargetRef, semantics: &Semantics) -> Option<Target> {
    let object = |kind| Some(Target::Object(kind, ObjectKey::new(namespace, reference.name.as_str())));
    match (reference.group.as_str(), reference.kind.as_str()) {
        ("", "Service") => object(BackendKind::Service),
        (ISTIO_GROUP, "ServiceEntry") => object(BackendKind::ServiceEntry),
        (ISTIO_GROUP, "Hostname") if !semantics.tls_policy_as_rule => {
            Some(Target::Host(namespace.to_owned(), Hostname::new(&reference.name)))
        }
        _ => None,
    }
}

impl<'a> Attached<'a> {
    pub(super) fn key(&self) -> &'a ObjectKey {
        &self.policy.key
    }

    /// The TLS that the policy asks for.
    fn originate(&self, newest: TlsVersion, credentials: Result<Credentials, String>) -> OriginateTls {
        let validation = &self.policy.body.spec.validation;
        let names = validation.subject_alt_names.iter().map(accepted).collect();
        let own = Some(&validation.hostname).filter(|name| !name.is_empty());
        OriginateTls {
            source: ObjectRef { kind: BackendTlsPolicy::KIND.to_owned(), key: self.policy.key.clone() },
            server_name: own.map_or(ServerName::RequestHost, |name| ServerName::Fixed(name.clone())),
            accepted: match own {
                Some(name) if validation.subject_alt_names.is_empty() => vec![AcceptedName::Dns(name.clone())],
                _ => names,
            },
            newest,
            credentials,
        }
    }

    fn precedence(&self, other: &Self) -> Ordering {
        let age = |policy: Policy<'_>| (policy.meta.creation_timestamp.is_none(), policy.meta.creation_timestamp);
        let rank = |attached: &Self| (attached.port.is_none(), age(attached.policy));
        rank(self).cmp(&rank(other)).then_with(|| self.policy.key.cmp(&other.policy.key))
    }
}

fn accepted(name: &SubjectAltName) -> AcceptedName {
    match name.kind {
        SubjectAltNameType::Hostname => AcceptedName::Dns(name.hostname.clone()),
        SubjectAltNameType::Uri => AcceptedName::Uri(name.uri.clone()),
    }
}

fn invalid(message: String) -> PolicyFault {
    PolicyFault { accepted: "Invalid", resolved: None, message }
}

fn bad_reference(resolved: &'static str, message: String) -> PolicyFault {
    PolicyFault { accepted: "NoValidCACertificate", resolved: Some(resolved), message }
}
