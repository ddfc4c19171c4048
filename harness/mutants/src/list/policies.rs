//! Policies that are not obeyed, or not as they are written.

use std::time::Duration;

use sextant_catalogue::Profile;
use sextant_resources::{PortTrafficPolicy, ResourceSet, TrafficPolicy};
use sextant_routing::{Model, OriginateTls, OutlierDetection, Policy, ServerName, Trust};
use sextant_verdict::Cause;

use super::endpoints::each as each_backend;
use super::flaw::Flaw;
use super::workloads::each;
use crate::Change::{Model as Resolved, Resources as Read};

pub(super) const FLAWS: &[Flaw] = &[
    Flaw::new(
        "destination-rules-ignored",
        Cause::Policy,
        "no DestinationRule does anything",
        "K-088 K-090 I-135",
        Read(no_rules),
    )
    .reported("P-208"),
    Flaw::new(
        "port-settings-ignored",
        Cause::Policy,
        "portLevelSettings do nothing",
        "K-091 I-153 D-25",
        Read(no_port_settings),
    ),
    Flaw::new(
        "failover-priorities-ignored",
        Cause::Locality,
        "failoverPriority does nothing",
        "K-089 I-144",
        Read(no_failover_priority),
    ),
    Flaw::new("failover-rules-ignored", Cause::Locality, "failover does nothing", "K-088 I-140", Read(no_failover)),
    Flaw::new(
        "rules-of-everybody",
        Cause::Policy,
        "exportTo of a DestinationRule does nothing",
        "K-090 D-25",
        Read(rules_of_everybody),
    ),
    Flaw::new(
        "rule-selectors-ignored",
        Cause::Policy,
        "a DestinationRule counts for every gateway",
        "K-090",
        Read(rule_selectors_ignored),
    ),
    Flaw::new(
        "distribution-lost",
        Cause::Weight,
        "localities get what their endpoints weigh",
        "I-137 I-138 K-088",
        Resolved(distribution_lost),
    )
    .reported("P-134")
    .only(Profile::Istio, "kgateway reads no distribute (K-088)"),
    Flaw::new(
        "locality-weights-flipped",
        Cause::Weight,
        "localities follow their health where they should not, and the other way round",
        "K-041 K-092 I-120",
        Resolved(locality_flipped),
    )
    .reported("P-207"),
    Flaw::new(
        "tls-dropped",
        Cause::Protocol,
        "endpoints get plaintext where TLS is asked for",
        "K-101 I-185",
        Resolved(tls_dropped),
    )
    .reported("P-033"),
    Flaw::new(
        "tls-policies-ignored",
        Cause::Protocol,
        "no BackendTLSPolicy does anything",
        "K-100 K-101 I-185",
        Read(no_tls_policies),
    )
    .reported("P-214"),
    Flaw::new(
        "tls-unchecked",
        Cause::Protocol,
        "any certificate will do",
        "K-101 I-112 I-185",
        Resolved(tls_unchecked),
    ),
    Flaw::new(
        "tls-any-name",
        Cause::Protocol,
        "a certificate may have any name",
        "K-101 I-112",
        Resolved(tls_any_name),
    )
    .reported("P-146"),
    Flaw::new(
        "tls-name-of-request",
        Cause::Protocol,
        "the server name is the host of the request",
        "K-101",
        Resolved(tls_request_name),
    ),
    Flaw::new(
        "client-certificate-withheld",
        Cause::Protocol,
        "the gateway shows no certificate",
        "I-185 K-101",
        Resolved(no_identity),
    )
    .only(Profile::Istio, "kgateway never shows a certificate: it reads no TLS of a DestinationRule (K-093)"),
    Flaw::new(
        "outlier-detection-dropped",
        Cause::Policy,
        "nobody is ever ejected",
        "K-092 I-154",
        Resolved(outlier_dropped),
    ),
    Flaw::new(
        "max-ejection-ignored",
        Cause::Policy,
        "everybody may be ejected",
        "K-092 I-155",
        Resolved(max_ejection_ignored),
    )
    .reported("P-139"),
    Flaw::new(
        "max-ejection-of-envoy",
        Cause::Policy,
        "a tenth may be ejected, whatever is written",
        "K-092 I-155",
        Resolved(max_ejection_default),
    )
    .reported("P-231"),
    Flaw::new(
        "panic-always",
        Cause::Policy,
        "below half of the endpoints health does not count",
        "K-092 I-113",
        Resolved(panic_always),
    ),
    Flaw::new("panic-never", Cause::Policy, "health always counts", "K-092 I-113", Resolved(panic_never)),
    Flaw::new("ejects-at-once", Cause::Policy, "one failure ejects", "K-092 I-154", Resolved(ejects_at_once)),
    Flaw::new("ejects-for-good", Cause::Policy, "who is ejected stays out", "K-092 I-154", Resolved(ejects_for_good)),
    Flaw::new(
        "failures-apart-ignored",
        Cause::Policy,
        "failures to connect count as replies",
        "K-092 I-154",
        Resolved(apart_ignored),
    ),
    Flaw::new(
        "gateway-errors-uncounted",
        Cause::Policy,
        "502, 503 and 504 eject only as any 5xx does",
        "K-092 I-154",
        Resolved(gateway_uncounted),
    ),
];

fn each_policy(model: &mut Model, change: impl Fn(&mut Policy)) {
    each_backend(model, |backend| change(&mut backend.policy));
}

fn each_outlier(model: &mut Model, change: impl Fn(&mut OutlierDetection)) {
    each_policy(model, |policy| policy.outlier_detection.iter_mut().for_each(&change));
}

fn each_tls(model: &mut Model, change: impl Fn(&mut OriginateTls)) {
    each_policy(model, |policy| policy.tls.iter_mut().for_each(&change));
}

fn no_rules(resources: &mut ResourceSet, _: &ResourceSet) {
    resources.destination_rules.clear();
}

/// Changes what every DestinationRule asks for, for all ports and for some.
fn each_rule(
    resources: &mut ResourceSet,
    change: impl Fn(&mut TrafficPolicy),
    of_port: impl Fn(&mut PortTrafficPolicy),
) {
    each(&mut resources.destination_rules, |rule| {
        let Some(policy) = &mut rule.body.spec.traffic_policy else { return false };
        let before = policy.clone();
        change(policy);
        policy.port_level_settings.iter_mut().for_each(&of_port);
        *policy != before
    });
}

fn no_port_settings(resources: &mut ResourceSet, _: &ResourceSet) {
    each_rule(resources, |policy| policy.port_level_settings.clear(), |_| {});
}

fn no_failover_priority(resources: &mut ResourceSet, _: &ResourceSet) {
    let clear = |balancer: &mut Option<sextant_resources::LoadBalancerSettings>| {
        let settings = balancer.iter_mut().filter_map(|balancer| balancer.locality_lb_setting.as_mut());
        settings.for_each(|setting| setting.failover_priority.clear());
    };
    each_rule(resources, |policy| clear(&mut policy.load_balancer), |port| clear(&mut port.load_balancer));
}

fn no_failover(resources: &mut ResourceSet, _: &ResourceSet) {
    let clear = |balancer: &mut Option<sextant_resources::LoadBalancerSettings>| {
        let settings = balancer.iter_mut().filter_map(|balancer| balancer.locality_lb_setting.as_mut());
        settings.for_each(|setting| setting.failover.clear());
    };
    each_rule(resources, |policy| clear(&mut policy.load_balancer), |port| clear(&mut port.load_balancer));
}

fn rules_of_everybody(resources: &mut ResourceSet, _: &ResourceSet) {
    each(&mut resources.destination_rules, |rule| {
        let limited = !rule.body.spec.export_to.is_empty();
        rule.body.spec.export_to.clear();
        limited
    });
}

fn rule_selectors_ignored(resources: &mut ResourceSet, _: &ResourceSet) {
    each(&mut resources.destination_rules, |rule| rule.body.spec.workload_selector.take().is_some());
}

fn distribution_lost(model: &mut Model, _: &Model) {
    each_policy(model, |policy| policy.distribution.clear());
}

fn locality_flipped(model: &mut Model, _: &Model) {
    each_policy(model, |policy| policy.locality_weighted = !policy.locality_weighted);
}

fn tls_dropped(model: &mut Model, _: &Model) {
    each_policy(model, |policy| policy.tls = None);
}

fn no_tls_policies(resources: &mut ResourceSet, _: &ResourceSet) {
    resources.backend_tls_policies.clear();
}

fn tls_unchecked(model: &mut Model, _: &Model) {
    each_tls(model, |tls| {
        if let Ok(credentials) = &mut tls.credentials {
            credentials.trust = Trust::Unchecked;
        }
    });
}

fn tls_any_name(model: &mut Model, _: &Model) {
    each_tls(model, |tls| tls.accepted.clear());
}

fn tls_request_name(model: &mut Model, _: &Model) {
    each_tls(model, |tls| tls.server_name = ServerName::RequestHost);
}

fn no_identity(model: &mut Model, _: &Model) {
    each_tls(model, |tls| {
        if let Ok(credentials) = &mut tls.credentials {
            credentials.identity = None;
        }
    });
}

fn outlier_dropped(model: &mut Model, _: &Model) {
    each_policy(model, |policy| policy.outlier_detection = None);
}

fn max_ejection_ignored(model: &mut Model, _: &Model) {
    each_outlier(model, |outlier| outlier.max_ejection_percent = 100);
}

fn max_ejection_default(model: &mut Model, _: &Model) {
    each_outlier(model, |outlier| outlier.max_ejection_percent = 10);
}

fn panic_always(model: &mut Model, _: &Model) {
    each_policy(model, |policy| policy.panic_percent = 50);
}

fn panic_never(model: &mut Model, _: &Model) {
    each_policy(model, |policy| policy.panic_percent = 0);
}

fn ejects_at_once(model: &mut Model, _: &Model) {
    each_outlier(model, |outlier| outlier.consecutive_5xx = Some(1));
}

fn ejects_for_good(model: &mut Model, _: &Model) {
    each_outlier(model, |outlier| outlier.base_ejection = Duration::from_secs(3600));
}

fn apart_ignored(model: &mut Model, _: &Model) {
    each_outlier(model, |outlier| outlier.split_local_origin = false);
}

fn gateway_uncounted(model: &mut Model, _: &Model) {
    each_outlier(model, |outlier| outlier.consecutive_gateway = None);
}
