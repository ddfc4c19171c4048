//! The table view. What stands here was read by people and found right; the figures are worked out by hand.

use rstest::rstest;
use sextant_reports::Style;
use sextant_routing::{GatewayIdentity, Locality, Options};

use crate::support::*;

fn at(width: usize, text: &str, options: &Options) -> String {
    with(text, options).render(Style::plain(width))
}

fn near_zone_1() -> Options {
    let gateway = GatewayIdentity { locality: Locality::parse("r1/z1"), ..GatewayIdentity::default() };
    Options { gateway, ..Options::default() }
}

const WORKLOADS: &str = "
---\n{apiVersion: networking.istio.io/v1, kind: WorkloadEntry, metadata: {name: vm-1, namespace: gwtest, labels: {app: reviews}}, spec: {address: 1.1.1.1, locality: r1/z1, weight: 3}}
---\n{apiVersion: networking.istio.io/v1, kind: WorkloadEntry, metadata: {name: vm-2, namespace: gwtest, labels: {app: reviews}}, spec: {address: 2.2.2.2, locality: r1/z2}}
---\n{apiVersion: networking.istio.io/v1, kind: WorkloadEntry, metadata: {name: vm-3, namespace: gwtest, labels: {app: reviews}}, spec: {network: net2}}
---\n{apiVersion: networking.istio.io/v1, kind: WorkloadEntry, metadata: {name: vm-4, namespace: gwtest, labels: {app: review}}, spec: {address: 4.4.4.4}}
";

fn reviews() -> String {
    GATEWAY.to_owned()
        + &service_entry("resolution: STATIC, workloadSelector: {labels: {app: reviews}}")
        + WORKLOADS
        + &route(&format!("{{backendRefs: [{TO_EXAMPLE}, {{name: gone, port: 80, weight: 3}}]}}"))
}

#[test]
fn who_serves_who_does_not_and_what_routes_do() {
    let expected = "\
by the rules of kgateway, for a gateway in locality r1/z1

gwtest/example-se  se.example.com:80
STATIC: workloads labelled app=reviews; port http (HTTP), HTTP/1.1

Endpoint      Weight   Share  Source
────────────────────────────────────────────────
r1/z1                 75.0 %
  1.1.1.1:80       3  75.0 %  WorkloadEntry vm-1
r1/z2                 25.0 %
  2.2.2.2:80       1  25.0 %  WorkloadEntry vm-2

Left out            Reason     Rule   Why
────────────────────────────────────────────────────────────────────────────────
WorkloadEntry vm-3  NoAddress  K-048  it has only network `net2` and no address,
                                      and no network gateway is known to reach
                                      it by; set its address to the workload's
                                      IP

Selected by no ServiceEntry  Nearest            What differs
──────────────────────────────────────────────────────────────────────────────
WorkloadEntry gwtest/vm-4    gwtest/example-se  app is `review`, not `reviews`

HTTPRoute gwtest/route  se.example.com
requests from Gateway gwtest/gw listener http (80)
Gateway gwtest/gw: ResolvedRefs=False, BackendNotFound: Service gwtest/gone not
found

Match and backend              Share  Outcome  Why
────────────────────────────────────────────────────────────────────────────
PathPrefix /
  ServiceEntry example-se:80  25.0 %  forward
  Service gone:80             75.0 %  500      Service gwtest/gone not found
                                               (K-121)

1 backend, 1 candidate left out, 1 route (1 not forwarding everything)
";
    assert_eq!(at(80, &reviews(), &near_zone_1()), expected);
}

#[rstest]
#[case::k_094_without_outlier_detection(
    "",
    "priority 3: only if priority 0 has no endpoint, as no outlierDetection takes one out"
)]
#[case::k_094_with_outlier_detection(
    "outlierDetection: {consecutive5xxErrors: 1}, ",
    "priority 1: takes over as less than 72 % of priority 0 is healthy"
)]
fn later_priorities_say_when_they_serve(#[case] policy: &str, #[case] told: &str) {
    let rule = match policy {
        "" => String::new(),
        policy => format!(
            "---\n{{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {{name: dr, namespace: gwtest}}, spec: {{host: se.example.com, trafficPolicy: {{{policy}loadBalancer: {{localityLbSetting: {{}}}}}}}}}}\n"
        ),
    };
    let text = reviews().replace(
        "name: example-se, namespace: gwtest}",
        "name: example-se, namespace: gwtest, annotations: {networking.istio.io/traffic-distribution: PreferSameNode}}",
    ) + &rule;
    let shown = at(100, &text, &near_zone_1());
    assert!(shown.contains(told), "{shown}");
}

#[rstest]
#[case::no_endpoint(
    "resolution: STATIC",
    "No endpoint, so requests get 503: it has neither endpoints nor a workloadSelector"
)]
#[case::labels_that_select_nothing(
    "resolution: STATIC, workloadSelector: {labels: {app: Reviews}}",
    "nearest is WorkloadEntry vm-1: app is `reviews`, not `Reviews`"
)]
#[case::k_011_none("resolution: NONE", "K-011")]
#[case::k_060_twice("resolution: STATIC, endpoints: [{address: 1.1.1.1}, {address: 1.1.1.1}]", "counts once")]
#[case::k_033_names("resolution: DNS, endpoints: [{address: a.test}, {address: b.test}]", "by DNS")]
fn what_is_noteworthy_is_told(#[case] spec: &str, #[case] told: &str) {
    let shown = at(200, &(service_entry(spec) + WORKLOADS), &Options::default());
    assert!(shown.contains(told), "{shown}");
}

#[test]
fn a_backend_that_no_route_uses_says_so() {
    let unused = "no route sends it requests";
    assert!(at(80, &service_entry("resolution: STATIC"), &Options::default()).contains(unused));
    assert!(!at(80, &reviews(), &Options::default()).contains(unused));
}

#[test]
fn hosts_with_the_same_endpoints_share_a_section() {
    let text = entry("several", "a.test, b.test", "resolution: STATIC, endpoints: [{address: 1.1.1.1}]");
    let shown = at(80, &text, &Options::default());
    assert!(shown.contains("gwtest/several  a.test:80, b.test:80\n"), "{shown}");
    assert_eq!(shown.matches("1.1.1.1:80").count(), 1, "{shown}");
}

#[test]
fn what_a_terminal_would_obey_is_written_out() {
    let text = service_entry("resolution: STATIC, endpoints: [{address: \"\\e[31mred\"}]");
    let shown = at(80, &text, &Options::default());
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
    assert!(shown.contains("\\u{1b}[31mred"), "{shown}");
}

#[test]
fn no_line_is_too_wide_at_any_width() {
    let text = reviews()
        + &entry(
            "a-service-entry-with-a-name-that-goes-on-and-on",
            "an.extraordinarily.long.host.name.that.leaves.no.room.for.anything.else.example.com",
            "resolution: STATIC, endpoints: [{address: 'fd00:1234:5678:9abc:def0:1234:5678:9abc', network: a-network-of-some-length, locality: a-region/a-zone/a-subzone}, {address: not.an.address}]",
        );
    for width in 60..=200 {
        let shown = at(width, &text, &near_zone_1());
        for line in shown.lines() {
            assert!(line.chars().count() <= width, "{width}: {line}");
            assert_eq!(line.trim_end(), line, "{width}");
        }
    }
}
