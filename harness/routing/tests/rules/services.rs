//! Kubernetes Services as backends, and by which references they are found (K-119, D-04, I-173 to I-177).

use rstest::rstest;
use sextant_routing::{Model, Options, Profile, Target, UpstreamHttp};

use crate::support::*;

const GATEWAY: &str = "name: http, port: 80, protocol: HTTP";
const HOST: &str = "group: networking.istio.io, kind: Hostname";

fn service(meta: &str, spec: &str) -> String {
    let namespace = if meta.contains("namespace:") { "" } else { ", namespace: gwtest" };
    format!("apiVersion: v1\nkind: Service\nmetadata: {{name: {meta}{namespace}}}\nspec: {{{spec}}}\n")
}

/// A slice of Service `web`.
fn slice(name: &str, ports: &str, endpoints: &str) -> String {
    format!(
        "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\naddressType: IPv4\n\
         metadata: {{name: {name}, namespace: gwtest, labels: {{kubernetes.io/service-name: web}}}}\n\
         ports: [{ports}]\nendpoints: [{endpoints}]\n"
    )
}

fn web(endpoints: &str) -> [String; 2] {
    [service("web", "ports: [{name: http, port: 80}]"), slice("web-a", "{name: http, port: 8080}", endpoints)]
}

fn left_out(model: &Model) -> Vec<String> {
    only(model).excluded.iter().map(|excluded| format!("{} {}", excluded.reason, excluded.rule)).collect()
}

#[rstest]
#[case::absent_means_ready("addresses: [10.0.0.1]", &["10.0.0.1:8080"], &[])]
#[case::ready("addresses: [10.0.0.1], conditions: {ready: true}", &["10.0.0.1:8080"], &[])]
#[case::not_ready("addresses: [10.0.0.1], conditions: {ready: false, serving: true}", &[], &["NotReady K-075"])]
#[case::terminating(
    "addresses: [10.0.0.1], conditions: {ready: false, serving: true, terminating: true}",
    &[],
    &["Terminating K-075"]
)]
#[case::published_while_not_ready(
    "addresses: [10.0.0.1], conditions: {ready: true, serving: false, terminating: true}",
    &["10.0.0.1:8080"],
    &[]
)]
#[case::every_address("addresses: [10.0.0.1, 'fd00::1']", &["10.0.0.1:8080", "fd00::1:8080"], &[])]
#[case::a_name("addresses: [a.example.com]", &[], &["NotAnIPAddress K-047"])]
#[case::nothing("addresses: []", &[], &["NoAddress K-048"])]
fn what_a_slice_says_of_an_endpoint(#[case] endpoint: &str, #[case] expected: &[&str], #[case] excluded: &[&str]) {
    for profile in [Profile::Kgateway, Profile::Istio] {
        let model = with(&web(&format!("{{{endpoint}}}")), &Options { profile, ..Options::default() });
        assert_eq!(addresses(only(&model)), expected);
        assert_eq!(left_out(&model), excluded);
    }
}

#[rstest]
#[case::by_name("{name: a, port: 80}, {name: b, port: 81}", "{name: b, port: 8081}, {name: a, port: 8080}", &["1.1.1.1:8080"], &["1.1.1.1:8081"])]
#[case::not_by_place("{name: a, port: 80}, {name: b, port: 81}", "{name: x, port: 8081}, {name: a, port: 8080}", &["1.1.1.1:8080"], &[])]
#[case::no_number("{name: a, port: 80}, {name: b, port: 81}", "{name: a}, {name: b, port: 0}", &[], &[])]
#[case::udp("{name: a, port: 80}, {name: b, port: 81}", "{name: a, port: 8080, protocol: UDP}, {name: b, port: 9}", &[], &["1.1.1.1:9"])]
fn a_service_port_finds_the_slice_port_of_its_name(
    #[case] ports: &str,
    #[case] slice_ports: &str,
    #[case] first: &[&str],
    #[case] second: &[&str],
) {
    let documents =
        [service("web", &format!("ports: [{ports}]")), slice("web-a", slice_ports, "{addresses: [1.1.1.1]}")];
    let model = model(&documents);
    assert_eq!(addresses(&model.backends[0]), first);
    assert_eq!(addresses(&model.backends[1]), second);
    for backend in model.backends.iter().filter(|backend| backend.endpoints.is_empty()) {
        assert_eq!(backend.excluded.len(), 1, "a port that the slice lacks is told of");
    }
}

#[rstest]
#[case::kgateway(Profile::Kgateway, &["1.1.1.1:8080"])]
#[case::istio(Profile::Istio, &[])]
fn the_only_port_of_a_service_finds_any_name_under_kgateway(#[case] profile: Profile, #[case] expected: &[&str]) {
    let documents =
        [service("web", "ports: [{name: http, port: 80}]"), slice("web-a", "{port: 8080}", "{addresses: [1.1.1.1]}")];
    assert_eq!(addresses(only(&with(&documents, &Options { profile, ..Options::default() }))), expected);
}

#[test]
fn slices_of_one_service_add_up_and_others_do_not_count() {
    let elsewhere = slice("far", "{name: http, port: 8080}", "{addresses: [9.9.9.9]}");
    let documents = [
        service("web", "ports: [{name: http, port: 80}, {name: dns, port: 53, protocol: UDP}], clusterIP: None"),
        slice("web-b", "{name: http, port: 8081}", "{addresses: [1.1.1.2]}"),
        slice("web-a", "{name: http, port: 8080}", "{addresses: [1.1.1.1]}, {addresses: [1.1.1.1]}"),
        elsewhere.replace("namespace: gwtest", "namespace: other"),
        elsewhere.replace("service-name: web", "service-name: shop"),
    ];
    let model = model(&documents);
    assert_eq!(backends(&model), ["Service gwtest/web web.gwtest.svc.cluster.local:80"], "UDP makes no backend");
    assert_eq!(addresses(only(&model)), ["1.1.1.1:8080", "1.1.1.2:8081"]);
}

#[rstest]
#[case::pod("nodeName: elsewhere, zone: z9", true, "r1/z1")]
#[case::node("nodeName: n1, zone: z9", false, "r1/z1")]
#[case::zone("zone: z9", false, "/z9")]
#[case::nothing("hints: {}", false, "")]
fn locality_comes_from_the_pod_else_the_node_else_the_slice(
    #[case] endpoint: &str,
    #[case] pod_known: bool,
    #[case] expected: &str,
) {
    let [service, slice] = web(&format!("{{addresses: [10.0.0.1], {endpoint}}}"));
    let mut documents = vec![
        service,
        slice,
        node("n1", "topology.kubernetes.io/region: r1, topology.kubernetes.io/zone: z1"),
        pod("far, namespace: other, labels: {app: far}", "10.0.0.1", ""),
    ];
    if pod_known {
        documents.push(pod("web-1, labels: {app: web}", "10.0.0.1", "n1"));
    }
    let model = model(&documents);
    let endpoint = &only(&model).endpoints[0];
    assert_eq!(endpoint.locality.to_string(), expected);
    assert_eq!(endpoint.labels.get("app").map(String::as_str), pod_known.then_some("web"));
}

#[rstest]
#[case::none("name: http, port: 80", UpstreamHttp::Http1, UpstreamHttp::Http1)]
#[case::app_protocol("name: x, port: 80, appProtocol: kubernetes.io/h2c", UpstreamHttp::Http2, UpstreamHttp::Http2)]
#[case::i_025_name("name: grpc-api, port: 80", UpstreamHttp::Http1, UpstreamHttp::Http2)]
#[case::i_025_grpc_web("name: grpc-web, port: 80", UpstreamHttp::Http1, UpstreamHttp::Http2)]
#[case::i_025_app_protocol_first("name: grpc, port: 80, appProtocol: http", UpstreamHttp::Http1, UpstreamHttp::Http1)]
fn the_upstream_version_of_a_service_port(
    #[case] port: &str,
    #[case] kgateway: UpstreamHttp,
    #[case] under_istio: UpstreamHttp,
) {
    let documents = [service("web", &format!("ports: [{{{port}}}]"))];
    assert_eq!(only(&model(&documents)).upstream, kgateway);
    assert_eq!(only(&istio(&documents)).upstream, under_istio);
}

#[test]
fn k_082_a_service_may_ask_for_a_traffic_distribution() {
    let [plain, slice] = web("{addresses: [10.0.0.1], zone: z9}, {addresses: [10.0.0.2], nodeName: n1}");
    let annotated = "web, annotations: {networking.istio.io/traffic-distribution: PreferSameZone}";
    let documents = [
        plain.replace("name: web", &format!("name: {annotated}")),
        slice,
        node("n1", "topology.kubernetes.io/zone: z1"),
    ];
    let mut options = Options::default();
    options.gateway.locality.zone = "z1".to_owned();
    assert_eq!(priorities(only(&with(&documents, &options))), ["10.0.0.2 p0", "10.0.0.1 p1"]);
}

fn outcome(model: &Model) -> String {
    let target = &model.routes[0].rules[0].targets[0].target;
    let status = model.outcome(target).status().map_or(200, |status| status.as_u16());
    match target {
        Target::Backend(index) => format!("{} -> {status}", model[*index].id),
        Target::Unresolved(bad) => format!("{}: {} ({}) -> {status}", bad.reason, bad.message, bad.rule),
    }
}

const WEB: &str = "Service gwtest/web web.gwtest.svc.cluster.local:80";
const FQDN: &str = "web.gwtest.svc.cluster.local";

#[rstest]
#[case::found("name: web, port: 80", &format!("{WEB} -> 200"), &format!("{WEB} -> 200"))]
#[case::explicit("group: '', kind: Service, name: web, namespace: gwtest, port: 80", &format!("{WEB} -> 200"), &format!("{WEB} -> 200"))]
#[case::missing(
    "name: nope, port: 80",
    "BackendNotFound: Service gwtest/nope not found (K-121) -> 500",
    "BackendNotFound: backend(nope.gwtest.svc.cluster.local) not found (I-173) -> 500"
)]
#[case::i_175_port(
    "name: web, port: 8080",
    "BackendNotFound: Service gwtest/web found, but port 8080 not defined (K-121) -> 500",
    "BackendNotFound: Service gwtest/web found, but port 8080 not defined (K-121) -> 500"
)]
#[case::i_175_no_port(
    "name: web",
    "BackendNotFound: Service gwtest/web not found (K-113) -> 500",
    "InvalidDestination: port is required (I-175) -> 500"
)]
#[case::i_176(
    "name: web.gwtest, port: 80",
    "BackendNotFound: Service gwtest/web.gwtest not found (K-121) -> 500",
    "InvalidDestination: service name `web.gwtest` is a hostname; use kind Hostname for it (I-176) -> 500"
)]
#[case::i_177(
    "name: web, namespace: other, port: 80",
    "RefNotPermitted: missing reference grant (K-118) -> 500",
    "RefNotPermitted: missing reference grant (K-118) -> 500"
)]
#[case::k_119_d_04(
    &format!("{HOST}, name: {FQDN}, port: 80"),
    &format!("BackendNotFound: Hostname /{FQDN} not found (K-121) -> 500"),
    &format!("{WEB} -> 200")
)]
fn a_reference_to_a_service(#[case] reference: &str, #[case] kgateway: &str, #[case] under_istio: &str) {
    let mut documents = web("{addresses: [10.0.0.1]}").to_vec();
    documents.extend([gateway(&[GATEWAY]), route_to("r", reference)]);
    assert_eq!(outcome(&model(&documents)), kgateway);
    assert_eq!(outcome(&istio(&documents)), under_istio);
}

#[rstest]
#[case::kind("Service", "", true)]
#[case::named("Service", ", name: web", true)]
#[case::other_name("Service", ", name: shop", false)]
#[case::other_kind("ServiceEntry", "", false)]
fn k_118_a_service_elsewhere_needs_a_grant(#[case] kind: &str, #[case] name: &str, #[case] allowed: bool) {
    let documents = [
        service("web, namespace: other", "ports: [{port: 80}]"),
        reference_grant(
            "grant, namespace: other",
            "group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: gwtest",
            &format!("group: '', kind: {kind}{name}"),
        ),
        route_to("r", "name: web, namespace: other, port: 80"),
    ];
    let expected = match allowed {
        true => "Service other/web web.other.svc.cluster.local:80 -> 503",
        false => "RefNotPermitted: missing reference grant (K-118) -> 500",
    };
    for profile in [Profile::Kgateway, Profile::Istio] {
        assert_eq!(outcome(&with(&documents, &Options { profile, ..Options::default() })), expected);
    }
}

#[test]
fn i_082_a_service_beats_a_service_entry_for_its_name_under_istio() {
    let mut documents = web("{addresses: [10.0.0.1]}").to_vec();
    let spec = format!(
        "hosts: [{FQDN}], ports: [{{number: 80, name: other}}], resolution: STATIC, endpoints: [{{address: 9.9.9.9}}]"
    );
    documents.push(service_entry("old, creationTimestamp: '2020-01-01T00:00:00Z'", &spec));
    documents.push(route_to("r", &format!("{HOST}, name: {FQDN}, port: 80")));
    assert_eq!(outcome(&istio(&documents)), format!("{WEB} -> 200"));
    assert_eq!(outcome(&model(&documents)), format!("gwtest/old {FQDN}:80 -> 200"), "K-119");
}

#[test]
fn the_cluster_domain_is_a_setting() {
    let mut options = Options { profile: Profile::Istio, ..Options::default() };
    options.settings.cluster_domain = "corp.test".to_owned();
    let model = with(&[service("web", "ports: [{port: 80}]")], &options);
    assert_eq!(backends(&model), ["Service gwtest/web web.gwtest.svc.corp.test:80"]);
}

const SELECTS: &str = "selector: {app: web}, ports: ";

/// Endpoints, and what is left out, of Service `web` with `port` (the inside of a flow mapping), beside a WorkloadEntry.
fn beside(port: &str, entry: &str, options: &Options) -> (Vec<String>, Vec<String>) {
    let documents = [
        service("web", &format!("{SELECTS}[{{{port}}}]")),
        slice("web-a", "{name: http, port: 8080}", "{addresses: [10.0.0.1]}"),
        workload_entry("vm, labels: {app: web}", entry),
        workload_entry("other, labels: {app: other}", "address: 9.9.9.9"),
        workload_entry("elsewhere, namespace: other, labels: {app: web}", "address: 9.9.9.8"),
        pod("pod, labels: {app: web}", "10.0.0.9", ""),
    ];
    let model = with(&documents, options);
    (addresses(only(&model)), excluded(only(&model)))
}

#[rstest]
#[case::i_058_number("name: http, port: 80, targetPort: 8080", "address: 1.1.1.1", &["1.1.1.1:8080"], &[])]
#[case::i_058_service_port("name: http, port: 80", "address: 1.1.1.1", &["1.1.1.1:80"], &[])]
#[case::i_058_own("name: http, port: 80, targetPort: 8080", "address: 1.1.1.1, ports: {http: 9090}", &["1.1.1.1:9090"], &[])]
#[case::i_058_named("name: http, port: 80, targetPort: web", "address: 1.1.1.1, ports: {web: 9091, http: 9}", &["1.1.1.1:9091"], &[])]
#[case::i_058_missing("name: http, port: 80, targetPort: web", "address: 1.1.1.1, ports: {http: 9}", &[], &["vm InvalidPort I-058"])]
#[case::i_057_only_ips("name: http, port: 80", "address: vm.example.com", &[], &["vm NotAnIPAddress K-047"])]
fn i_057_a_service_selects_workload_entries_beside_its_pods(
    #[case] port: &str,
    #[case] entry: &str,
    #[case] expected: &[&str],
    #[case] left_out: &[&str],
) {
    let istio = Options { profile: Profile::Istio, ..Options::default() };
    let (endpoints, excluded) = beside(port, entry, &istio);
    assert_eq!(endpoints, [expected, &["10.0.0.1:8080"]].concat());
    assert_eq!(excluded, left_out);
    assert_eq!(beside(port, entry, &Options::default()).0, ["10.0.0.1:8080"], "kgateway takes slices alone");
}
