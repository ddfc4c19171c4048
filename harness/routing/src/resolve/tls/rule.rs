//! What `trafficPolicy.tls` of a DestinationRule asks for (I-111, I-112).

use std::collections::BTreeSet;

use sextant_resources::{
    ClientTlsSettings, DestinationRule, Kind, Object, ObjectKey, ObjectRef, ResourceSet, ServiceEntry,
};

use super::credentials::{CredentialFault, identity, of_secret};
use crate::{AcceptedName, Backend, Credentials, EndpointSource, Options, OriginateTls, ServerName, TlsVersion, Trust};

/// Reads the TLS settings of DestinationRules.
#[derive(Clone, Copy)]
pub(crate) struct RuleTls<'a> {
    pub(crate) resources: &'a ResourceSet,
    /// Where the Secrets that the rules name are looked for.
    pub(crate) gateway_namespace: &'a str,
}

impl RuleTls<'_> {
    /// What `settings` of the rule `rule` ask for; `None` for plaintext. `names` are accepted in certificates where the
    /// rule says nothing about them.
    pub(crate) fn originate(
        &self,
        rule: &ObjectKey,
        settings: &ClientTlsSettings,
        names: Vec<String>,
    ) -> Option<OriginateTls> {
        let mutual = match settings.mode.as_str() {
            "SIMPLE" => false,
            "MUTUAL" | "ISTIO_MUTUAL" => true,
            _ => return None,
        };
        let named = |text: &String| !text.is_empty();
        let server_name = Some(settings.sni.clone()).filter(named).map_or(ServerName::RequestHost, ServerName::Fixed);
        let names = if settings.subject_alt_names.is_empty() { names } else { settings.subject_alt_names.clone() };
        let mut accepted: Vec<_> = names.into_iter().map(AcceptedName::Any).collect();
        if accepted.is_empty() && server_name == ServerName::RequestHost {
            accepted.push(AcceptedName::RequestHost);
        }
        Some(OriginateTls {
            source: ObjectRef { kind: DestinationRule::KIND.to_owned(), key: rule.clone() },
            server_name,
            accepted,
            newest: TlsVersion::Tls13,
            credentials: self.credentials(settings, mutual),
        })
    }

    fn credentials(&self, settings: &ClientTlsSettings, mutual: bool) -> Result<Credentials, String> {
        if settings.mode == "ISTIO_MUTUAL" {
            return Err("ISTIO_MUTUAL needs certificates that a mesh hands out, and there is no mesh".to_owned());
        }
        let secret = Some(settings.credential_name.as_str()).filter(|name| !name.is_empty());
        let identity = match secret {
            _ if !mutual => None,
            Some(name) => Some(identity(self.key(name), self.resources).map_err(|fault| fault.to_string())?),
            None => return Err(file("the client certificate", &settings.client_certificate)),
        };
        let trust = match (secret, settings.ca_certificates.as_str()) {
            _ if settings.insecure_skip_verify => Trust::Unchecked,
            (Some(name), _) => self.authorities(name).map_err(|fault| fault.to_string())?,
            (None, "" | "system") => Trust::System,
            (None, path) => return Err(file("the authorities", path)),
        };
        Ok(Credentials { trust, identity })
    }

    /// A Secret of its own for the authorities goes first.
    fn authorities(&self, name: &str) -> Result<Trust, CredentialFault> {
        let own = self.key(&format!("{name}-cacert"));
        let key = if self.resources.secrets.contains_key(&own) { own } else { self.key(name) };
        of_secret(key, self.resources)
    }

    fn key(&self, name: &str) -> ObjectKey {
        ObjectKey::new(self.gateway_namespace, name)
    }
}

fn file(what: &str, path: &str) -> String {
    let of_proxy = if path.is_empty() { "no file".to_owned() } else { format!("file {path} of the proxy") };
    format!("{what} would come from {of_proxy}; name a Secret of the gateway's namespace as credentialName")
}

/// I-112: the names that `entry` accepts in certificates, and the SPIFFE ids of the workloads behind `backend`. The
/// trust domain is that of the cluster.
pub(crate) fn accepted_names(
    entry: &Object<ServiceEntry>,
    backend: &Backend,
    resources: &ResourceSet,
    options: &Options,
) -> Vec<String> {
    let id = |(namespace, account): (&str, &str)| {
        format!("spiffe://{}/ns/{namespace}/sa/{account}", options.settings.cluster_domain)
    };
    let accounts = backend.endpoints.iter().filter_map(|endpoint| account(&endpoint.source, resources));
    let ids: BTreeSet<String> = accounts.map(id).collect();
    entry.body.spec.subject_alt_names.iter().cloned().chain(ids).collect()
}

/// Namespace and name of the account that a workload runs under; `None` when it has none.
fn account<'r>(source: &'r EndpointSource, resources: &'r ResourceSet) -> Option<(&'r str, &'r str)> {
    let (namespace, account) = match source {
        EndpointSource::Inline { service_entry, index } => {
            let endpoints = &resources.service_entries.get(service_entry)?.body.spec.endpoints;
            (&service_entry.namespace, endpoints.get(*index)?.service_account.as_str())
        }
        EndpointSource::WorkloadEntry(key) => {
            (&key.namespace, resources.workload_entries.get(key)?.body.spec.service_account.as_str())
        }
        EndpointSource::Pod(key) => {
            // An API server fills it in.
            let written = resources.pods.get(key)?.body.spec.service_account_name.as_str();
            (&key.namespace, if written.is_empty() { "default" } else { written })
        }
        EndpointSource::Host(_) | EndpointSource::EndpointSlice { .. } | EndpointSource::NetworkGateway { .. } => {
            return None;
        }
    };
    Some((&**namespace, account)).filter(|(_, account)| !account.is_empty())
}
