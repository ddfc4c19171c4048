//! Which DestinationRule a backend follows (K-090, K-091; D-25), and what of it becomes its policy (K-092).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use sextant_resources::{
    ClientTlsSettings, DestinationRule, Hostname, LocalityLbSetting, Object, ObjectKey, OutlierDetectionSettings,
    TrafficPolicy,
};

use super::given::Given;
use super::services::service_host;
use super::visibility::{exported, exported_to_all, gateway_namespace};
use crate::selector::is_subset;
use crate::{Backend, Options, OutlierDetection, Policy, Semantics};

type Rule<'a> = &'a Object<DestinationRule>;

/// DestinationRules by host.
pub(crate) struct Rules {
    /// Oldest first.
    by_host: HashMap<Hostname, Vec<Arc<Object<DestinationRule>>>>,
    /// By what follows the `*`, oldest first.
    by_suffix: HashMap<String, Vec<Arc<Object<DestinationRule>>>>,
}

/// Finds the DestinationRule of a backend.
pub(crate) struct Policies<'a> {
    options: &'a Options,
    semantics: &'a Semantics,
    gateway_namespace: &'a str,
    rules: &'a Rules,
}

/// The parts of a rule that apply to one port.
#[derive(Clone, Copy)]
pub(crate) struct Applied<'a> {
    pub(crate) rule: &'a ObjectKey,
    outlier: Option<&'a OutlierDetectionSettings>,
    /// TLS towards the endpoints.
    pub(crate) tls: Option<&'a ClientTlsSettings>,
    /// Preference for endpoints nearby.
    pub(crate) locality: Option<&'a LocalityLbSetting>,
}

impl Rules {
    pub(crate) fn new(given: Given<'_>) -> Self {
        let (semantics, options) = (given.semantics, given.options);
        let mut rules: Vec<_> = given.resources.destination_rules.values().cloned().collect();
        let age = |rule: Rule<'_>| (rule.meta.creation_timestamp.is_none(), rule.meta.creation_timestamp);
        rules.sort_by(|a, b| age(a).cmp(&age(b)).then_with(|| a.key.cmp(&b.key)));
        let (mut by_host, mut by_suffix) = (HashMap::<_, Vec<_>>::new(), HashMap::<_, Vec<_>>::new());
        for rule in rules {
            let host = rule.body.spec.host.as_str();
            match host.strip_prefix('*').filter(|_| semantics.destination_rule_merge) {
                Some(suffix) => by_suffix.entry(Hostname::new(suffix).as_str().to_owned()).or_default().push(rule),
                None if semantics.destination_rule_merge && !host.contains('.') => {
                    let key = ObjectKey::new(rule.key.namespace.clone(), host);
                    by_host.entry(service_host(&key, &options.settings.cluster_domain)).or_default().push(rule);
                }
                None => by_host.entry(Hostname::new(host)).or_default().push(rule),
            }
        }
        Self { by_host, by_suffix }
    }
}

impl<'a> Policies<'a> {
    pub(crate) fn new(given: Given<'a>, rules: &'a Rules) -> Self {
        let Given { resources, options, semantics, .. } = given;
        Self { options, semantics, gateway_namespace: gateway_namespace(resources, options), rules }
    }

    /// What applies to the port of `backend`. `attached` says that a BackendTLSPolicy does, too.
    pub(crate) fn find(&self, backend: &Backend, attached: bool) -> Option<Applied<'a>> {
        if self.rules.by_host.is_empty() && self.rules.by_suffix.is_empty() {
            return None;
        }
        let rule = match self.semantics.destination_rule_merge {
            true => self.merged(backend, attached),
            false => self.oldest(&backend.id.host),
        }?;
        let policy = rule.body.spec.traffic_policy.as_ref()?;
        Some(applied(&rule.key, policy, backend.id.port))
    }

    /// K-090: exactly this host; what everybody sees comes before what only the gateway's namespace does, and the oldest
    /// of each first.
    fn oldest(&self, host: &Hostname) -> Option<Rule<'a>> {
        let serves = |rule: &Rule<'_>| {
            let selector = rule.body.spec.workload_selector.as_ref();
            selector.is_none_or(|selector| is_subset(&selector.match_labels, &self.options.gateway.labels))
        };
        let rules: Vec<_> = self.rules.by_host.get(host)?.iter().map(|rule| &**rule).filter(serves).collect();
        let public = rules.iter().find(|rule| exported_to_all(&rule.body.spec.export_to));
        public.or_else(|| rules.iter().find(|rule| self.sees(rule))).copied()
    }

    /// D-25: the gateway's namespace is asked first, then the backend's, then the system's; in each the most specific
    /// host counts. Of its rules one that selects this gateway wins, else the oldest with a policy.
    ///
    /// I-185: a BackendTLSPolicy counts as a rule of its target's namespace for exactly this host.
    fn merged(&self, backend: &Backend, attached: bool) -> Option<Rule<'a>> {
        let system = self.options.settings.system_namespace.as_str();
        let own = Some(self.gateway_namespace).filter(|namespace| *namespace != system);
        let target = &*backend.id.service_entry.namespace;
        let namespaces = own.into_iter().chain([target, system]);
        let rules = namespaces.map(|namespace| {
            let exact_only = attached && namespace == target;
            (self.most_specific(&backend.id.host, namespace, exact_only), exact_only)
        });
        let (rules, _) = rules.into_iter().find(|(rules, last)| !rules.is_empty() || *last)?;
        let selects = |rule: &&Rule<'_>| {
            let selector = rule.body.spec.workload_selector.as_ref();
            *rule.key.namespace == *self.gateway_namespace
                && selector.is_some_and(|selector| is_subset(&selector.match_labels, &self.options.gateway.labels))
        };
        let general =
            |rule: &&Rule<'_>| rule.body.spec.workload_selector.is_none() && rule.body.spec.traffic_policy.is_some();
        rules.iter().find(selects).or_else(|| rules.iter().find(general)).copied()
    }

    /// The rules of `namespace` that the gateway sees for the most specific host that is or, unless `exact_only`, covers
    /// `host`.
    fn most_specific(&self, host: &Hostname, namespace: &str, exact_only: bool) -> Vec<Rule<'a>> {
        let here = |rules: &'a Vec<Arc<Object<DestinationRule>>>| -> Vec<Rule<'a>> {
            let here = rules.iter().map(|rule| &**rule).filter(|rule| *rule.key.namespace == *namespace);
            here.filter(|rule| self.sees(rule)).collect()
        };
        let exact = self.rules.by_host.get(host).map(here).unwrap_or_default();
        if exact_only || !exact.is_empty() || self.rules.by_suffix.is_empty() {
            return exact;
        }
        let text = host.as_str();
        let suffixes = (0..=text.len()).filter_map(|start| text.get(start..));
        let covering = suffixes.filter_map(|suffix| self.rules.by_suffix.get(suffix)).map(here);
        covering.into_iter().find(|rules| !rules.is_empty()).unwrap_or_default()
    }

    fn sees(&self, rule: &Rule<'_>) -> bool {
        exported(&rule.body.spec.export_to, &rule.key.namespace, self.gateway_namespace)
    }
}

/// K-091: the settings of a port replace all of the general ones.
fn applied<'a>(rule: &'a ObjectKey, policy: &'a TrafficPolicy, port: u16) -> Applied<'a> {
    let own = policy.port_level_settings.iter().find(|settings| settings.port.number == u32::from(port));
    let (balancer, outlier, tls) = match own {
        Some(own) => (&own.load_balancer, &own.outlier_detection, &own.tls),
        None => (&policy.load_balancer, &policy.outlier_detection, &policy.tls),
    };
    let locality = balancer.as_ref().and_then(|balancer| balancer.locality_lb_setting.as_ref());
    Applied { rule, outlier: outlier.as_ref(), tls: tls.as_ref(), locality }
}

impl Applied<'_> {
    /// Whether outlier detection is asked for, which Istio needs for failover (I-135).
    pub(crate) fn ejects(&self) -> bool {
        self.outlier.is_some()
    }

    /// The policy, without [`Policy::distribution`] and [`Policy::tls`].
    pub(crate) fn policy(&self, semantics: &Semantics) -> Policy {
        let mut policy = Policy { rule: Some(self.rule.clone()), ..Policy::default() };
        if let Some(outlier) = self.outlier {
            policy.outlier_detection = Some(outlier_detection(outlier));
            policy.panic_percent = percent(outlier.min_health_percent);
            policy.locality_weighted = self.locality.is_some() && !semantics.destination_rule_merge;
        }
        if semantics.destination_rule_merge {
            // I-120: only what is written down switches it on.
            let explicit =
                |setting: &LocalityLbSetting| !(setting.distribute.is_empty() && setting.failover.is_empty());
            policy.locality_weighted = self.locality.is_some_and(explicit);
        }
        policy
    }
}

/// K-092, I-154, I-155: an absent count is Envoy's own, which ejects for replies with a 5xx but not for gateway errors.
fn outlier_detection(settings: &OutlierDetectionSettings) -> OutlierDetection {
    const ENVOY_COUNT: u32 = 5;
    let counted = |count: Option<u32>| count.filter(|count| *count > 0);
    let split = settings.split_external_local_origin_errors;
    let local = counted(settings.consecutive_local_origin_failures).unwrap_or(ENVOY_COUNT);
    OutlierDetection {
        consecutive_5xx: counted(settings.consecutive_5xx_errors.or(Some(ENVOY_COUNT))),
        consecutive_gateway: counted(settings.consecutive_gateway_errors),
        consecutive_local_origin: split.then_some(local),
        split_local_origin: split,
        interval: duration(&settings.interval, Duration::from_secs(10)),
        base_ejection: duration(&settings.base_ejection_time, Duration::from_secs(30)),
        max_ejection_percent: match percent(settings.max_ejection_percent) {
            0 => 10,
            written => written,
        },
    }
}

fn percent(written: i32) -> u32 {
    written.clamp(0, 100).unsigned_abs()
}

/// A duration as Istio's API writes it, `1h30m` or `1.5s`; `default` when it is none or not positive.
fn duration(text: &str, default: Duration) -> Duration {
    let read = text.parse::<jiff::SignedDuration>().ok().and_then(|read| Duration::try_from(read).ok());
    read.filter(|duration| !duration.is_zero()).unwrap_or(default)
}
