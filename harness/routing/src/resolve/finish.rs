//! From endpoints as they were found to the list that the proxy gets: policy, TLS, shares, priorities, order.

use sextant_resources::{LocalityLbSetting, ResourceSet};

use super::backends::endpoint_order;
use super::declarers::Declarer;
use super::distribute::distribute;
use super::given::Given;
use super::indexes::Indexes;
use super::networks::Networks;
use super::policies::{Applied, Policies};
use super::priority::{LocalityRanking, Ranking};
use super::tls::{Attached, BackendTls, RuleTls, accepted_names};
use super::visibility::gateway_namespace;
use super::youngest::Youngest;
use crate::{Backend, Options, Semantics};

/// Completes backends.
pub(crate) struct Finisher<'a> {
    resources: &'a ResourceSet,
    options: &'a Options,
    semantics: &'a Semantics,
    policies: Policies<'a>,
    networks: &'a Networks<'a>,
    tls: BackendTls<'a>,
    rule_tls: RuleTls<'a>,
    youngest: &'a Youngest,
}

impl<'a> Finisher<'a> {
    pub(crate) fn new(given: Given<'a>, indexes: &'a Indexes, networks: &'a Networks<'a>) -> Self {
        let Given { resources, options, semantics, .. } = given;
        let rule_tls = RuleTls { resources, gateway_namespace: gateway_namespace(resources, options) };
        let (policies, tls) = (Policies::new(given, &indexes.rules), BackendTls::new(given, &indexes.tls));
        Self { resources, options, semantics, policies, networks, tls, rule_tls, youngest: &indexes.youngest }
    }

    /// Gives `backend`, which `declarer` declares, its policy, and its endpoints their priorities and order.
    pub(crate) fn finish(&self, backend: &mut Backend, declarer: &Declarer) {
        self.networks.weigh(backend);
        let attached = self.tls.find(backend);
        let applied = self.policies.find(backend, attached.is_some());
        if let Some(applied) = &applied {
            backend.policy = applied.policy(self.semantics);
        }
        self.originate(backend, applied.as_ref(), attached);
        let setting = applied.as_ref().and_then(|applied| applied.locality);
        let ejects = applied.as_ref().is_some_and(|applied| applied.ejects());
        self.prefer(backend, declarer, setting, ejects);
        backend.endpoints.sort_by(endpoint_order);
        backend.excluded.sort_by(|a, b| a.source.cmp(&b.source));
    }

    /// TLS as the BackendTLSPolicy has it (K-101); under Istio the DestinationRule goes first (I-111), and one of another
    /// namespace leaves the policy no say (I-185).
    fn originate(&self, backend: &mut Backend, applied: Option<&Applied<'_>>, attached: Option<Attached<'_>>) {
        let rule = applied.filter(|_| self.semantics.tls_policy_as_rule);
        if let Some(Applied { rule, tls: Some(settings), .. }) = rule {
            let names = self.accepted_names(backend);
            backend.policy.tls = self.rule_tls.originate(rule, settings, names);
            return;
        }
        let elsewhere = rule.is_some_and(|rule| rule.rule.namespace != backend.id.service_entry.namespace);
        if let Some(attached) = attached.filter(|_| !elsewhere) {
            self.tls.apply(&attached, backend);
        }
    }

    fn accepted_names(&self, backend: &Backend) -> Vec<String> {
        let entry = self.youngest.of(&backend.id);
        entry.map_or_else(Vec::new, |entry| accepted_names(entry, backend, self.resources, self.options))
    }

    /// Shares and priorities by the first of: the DestinationRule's `setting`, the traffic distribution, the mesh's
    /// setting (I-134, K-087).
    fn prefer(&self, backend: &mut Backend, declarer: &Declarer, setting: Option<&LocalityLbSetting>, ejects: bool) {
        let distribution = self.distribution(declarer);
        backend.policy.locality_weighted |= self.semantics.distribution_weighs_localities && distribution.is_some();
        let Some(setting) = setting else {
            if let Some(ranking) = distribution {
                return ranking.apply(&mut backend.endpoints);
            }
            if self.semantics.failover_needs_ejection && ejects {
                // I-135: Istio's mesh prefers what is near by default.
                self.follow(backend, &LocalityLbSetting::default(), ejects);
            }
            return;
        };
        self.follow(backend, setting, ejects);
    }

    fn distribution(&self, declarer: &Declarer) -> Option<Ranking<'_>> {
        match declarer {
            Declarer::ServiceEntry(entry) => Ranking::distribution(&**entry, "", self.resources, self.options),
            Declarer::Service(service) => {
                let written = &service.body.spec.traffic_distribution;
                Ranking::distribution(&**service, written, self.resources, self.options)
            }
        }
    }

    /// I-136: either shares, or priorities.
    fn follow(&self, backend: &mut Backend, setting: &LocalityLbSetting, ejects: bool) {
        if setting.enabled == Some(false) {
            return;
        }
        let (gateway, semantics) = (&self.options.gateway, self.semantics);
        if semantics.distribute && !setting.distribute.is_empty() {
            return distribute(backend, &setting.distribute, &gateway.locality);
        }
        if semantics.failover_needs_ejection && !ejects {
            return;
        }
        let near = LocalityRanking::new(&gateway.locality, &setting.failover);
        if setting.failover_priority.is_empty() {
            return Ranking::Locality(near).apply(&mut backend.endpoints);
        }
        let items: Vec<_> = setting.failover_priority.iter().map(String::as_str).collect();
        let labels = Ranking::by_labels(&items, gateway, semantics);
        let both = semantics.failover_refines_labels && !setting.failover.is_empty();
        let ranking = if both { Ranking::Both(labels, near) } else { Ranking::Labels(labels) };
        ranking.apply(&mut backend.endpoints);
    }
}
