//! K-116, I-078 to I-098, I-173, I-174, I-186: the same host more than once, and who sees what.

use rstest::rstest;
use sextant_routing::{GatewayIdentity, Model, Options, Profile, Target};

use crate::support::*;

const HOST: &str = "group: networking.istio.io, kind: Hostname, name: se.example.com, port: 80";
const HTTP: &str = "{number: 80, name: http}";
const OLD: &str = "creationTimestamp: '2026-01-01T00:00:00Z'";
const YOUNG: &str = "creationTimestamp: '2026-02-01T00:00:00Z'";

/// A ServiceEntry for se.example.com with these ports, whose one endpoint is `address`.
fn entry(meta: &str, ports: &str, rest: &str, address: &str) -> String {
    let spec = format!(
        "hosts: [se.example.com], ports: [{ports}], resolution: STATIC, endpoints: [{{address: {address}}}]{rest}"
    );
    service_entry(meta, &spec)
}

/// For a gateway in namespace `infra`.
fn resolved(profile: Profile, documents: &[String]) -> Model {
    let gateway = GatewayIdentity { namespace: "infra".to_owned(), ..GatewayIdentity::default() };
    with(documents, &Options { profile, gateway, ..Options::default() })
}

/// `gwtest/a se.example.com:80 = 1.1.1.1:80`, or the rule that withholds it, for every backend.
fn listed(model: &Model) -> Vec<String> {
    let line = |backend: &sextant_routing::Backend| match &backend.fault {
        Some(fault) => {
            assert!(backend.endpoints.is_empty() && !fault.message.is_empty());
            format!("{} = {}", backend.id, fault.rule)
        }
        None => format!("{} = {}", backend.id, addresses(backend).join(" ")),
    };
    model.backends.iter().map(line).collect()
}

/// What a route of namespace gwtest to se.example.com:80 gets and what its status says.
fn routed(profile: Profile, documents: &[String]) -> String {
    let mut documents = documents.to_vec();
    documents.extend([gateway(&["name: http, port: 80, protocol: HTTP"]), route_to("r", HOST)]);
    let model = resolved(profile, &documents);
    let target = &model.routes[0].rules[0].targets[0].target;
    let to = match target {
        Target::Backend(index) => model[*index].id.service_entry.to_string(),
        Target::Unresolved(bad) => bad.rule.to_owned(),
    };
    let status = model.outcome(target).status().map_or(200, |status| status.as_u16());
    let condition = conditions(&model.routes[0])[1].replace("ResolvedRefs=", "");
    format!("{to} {status} {condition}")
}

#[rstest]
#[case::oldest(&format!("z, {OLD}"), &format!("a, {YOUNG}"), "gwtest/z")]
#[case::tie_by_name("b", "a", "gwtest/a")]
#[case::other_namespaces_too(&format!("z, namespace: x, {OLD}"), &format!("a, {YOUNG}"), "x/z")]
fn k_116_the_oldest_declaration_is_used_alone(#[case] one: &str, #[case] two: &str, #[case] expected: &str) {
    let documents = [entry(one, HTTP, "", "1.1.1.1"), entry(two, HTTP, "", "2.2.2.2")];
    assert_eq!(routed(Profile::Kgateway, &documents), format!("{expected} 200 True ResolvedRefs"));
    let model = resolved(Profile::Kgateway, &documents);
    assert!(model.backends.iter().all(|backend| backend.endpoints.len() == 1), "nothing is pooled");
}

#[test]
fn k_116_only_declarations_with_the_port_compete() {
    let documents =
        [entry(&format!("old, {OLD}"), "{number: 81, name: http}", "", "1.1.1.1"), entry("new", HTTP, "", "2.2.2.2")];
    assert_eq!(routed(Profile::Kgateway, &documents), "gwtest/new 200 True ResolvedRefs");
}

#[test]
fn i_078_i_081_the_oldest_owns_the_host_and_siblings_pool_by_port_name() {
    let documents = [
        entry(&format!("a, {YOUNG}"), HTTP, "", "2.2.2.2"),
        entry(&format!("b, {OLD}"), HTTP, "", "1.1.1.1"),
        entry("c", "{number: 80, name: other}", "", "3.3.3.3"),
        entry("d", "{number: 8080, name: http, targetPort: 9}", "", "4.4.4.4"),
    ];
    let expected = [
        "gwtest/a se.example.com:80 = I-083",
        "gwtest/b se.example.com:80 = 1.1.1.1:80 2.2.2.2:80 4.4.4.4:9",
        "gwtest/c se.example.com:80 = I-083",
        "gwtest/d se.example.com:8080 = 4.4.4.4:9 1.1.1.1:80 2.2.2.2:80",
    ];
    let mut got = listed(&resolved(Profile::Istio, &documents));
    assert_eq!(got.len(), 4);
    // I-083: d adds port 8080, as it equals b in all but its ports; endpoints on it are those of the port name.
    let d = got.pop().unwrap();
    assert_eq!(got, expected[..3]);
    let (id, pooled) = d.split_once(" = ").unwrap();
    let mut pooled: Vec<_> = pooled.split(' ').collect();
    pooled.sort_unstable();
    assert_eq!((id, pooled), ("gwtest/d se.example.com:8080", vec!["1.1.1.1:80", "2.2.2.2:80", "4.4.4.4:9"]));
}

#[rstest]
#[case::equal("", "", true)]
#[case::labels(", labels: {a: b}", "", false)]
#[case::export("", ", exportTo: ['*']", false)]
fn i_083_a_sibling_adds_ports_only_when_all_else_is_equal(#[case] meta: &str, #[case] rest: &str, #[case] adds: bool) {
    let documents = [
        entry(&format!("a, {OLD}"), HTTP, "", "1.1.1.1"),
        entry(&format!("b, {YOUNG}{meta}"), "{number: 80, name: http}, {number: 81, name: more}", rest, "2.2.2.2"),
    ];
    let more = if adds { "2.2.2.2:81" } else { "I-083" };
    let expected = [
        "gwtest/a se.example.com:80 = 1.1.1.1:80 2.2.2.2:80".to_owned(),
        "gwtest/b se.example.com:80 = I-083".to_owned(),
        format!("gwtest/b se.example.com:81 = {more}"),
    ];
    assert_eq!(listed(&resolved(Profile::Istio, &documents)), expected);
}

#[test]
fn i_033_names_pool_by_port_number_and_i_036_an_address_list_takes_no_names() {
    let dns = |meta: &str, ports: &str, address: &str| entry(meta, ports, "", address).replace("STATIC", "DNS");
    let documents = [
        dns(&format!("a, {OLD}"), HTTP, "a.test"),
        dns("b", "{number: 80, name: other}", "b.test"),
        entry("c", "{number: 81, name: http}", "", "3.3.3.3"),
    ];
    let got = listed(&resolved(Profile::Istio, &documents));
    assert_eq!(got[0], "gwtest/a se.example.com:80 = a.test:80 b.test:80");
    let documents = [entry(&format!("a, {OLD}"), HTTP, "", "1.1.1.1"), dns("b", HTTP, "b.test")];
    let model = resolved(Profile::Istio, &documents);
    assert_eq!(listed(&model)[0], "gwtest/a se.example.com:80 = 1.1.1.1:80");
    assert_eq!(excluded(&model.backends[0]), ["#0 NotAnIPAddress I-036"]);
}

#[test]
fn i_054_a_workload_that_siblings_select_counts_once_for_each_port() {
    let selecting = |meta: &str, ports: &str| {
        let spec = "resolution: STATIC, workloadSelector: {labels: {app: x}}";
        service_entry(meta, &format!("hosts: [se.example.com], ports: [{ports}], {spec}"))
    };
    let documents = [
        selecting("a", HTTP),
        selecting("b", HTTP),
        selecting("c", "{number: 80, name: http, targetPort: 9}"),
        pod("p, labels: {app: x}", "10.0.0.1", ""),
    ];
    assert_eq!(listed(&resolved(Profile::Istio, &documents))[0], "gwtest/a se.example.com:80 = 10.0.0.1:9 10.0.0.1:80");
}

#[test]
fn i_042_i_043_dns_round_robin_takes_the_first_endpoint_of_a_port() {
    let selecting = "resolution: DNS_ROUND_ROBIN, workloadSelector: {labels: {app: x}}";
    let documents = [
        example(selecting),
        workload_entry("a, labels: {app: x}", "address: a.test"),
        pod("b, labels: {app: x}", "10.0.0.1", ""),
        pod("c, labels: {app: x}", "10.0.0.2", ""),
    ];
    let model = resolved(Profile::Istio, &documents);
    assert_eq!(addresses(only(&model)), ["10.0.0.1:80"], "I-053: pods come first");
    assert_eq!(excluded(only(&model)), ["a Shadowed I-043", "c Shadowed I-043"]);
}

#[test]
fn i_079_namespaces_do_not_pool_and_i_089_the_next_takes_over() {
    let documents = [
        entry(&format!("a, {YOUNG}"), HTTP, "", "1.1.1.1"),
        entry(&format!("b, namespace: x, {OLD}"), HTTP, "", "2.2.2.2"),
    ];
    let expected = ["gwtest/a se.example.com:80 = I-086", "x/b se.example.com:80 = 2.2.2.2:80"];
    let model = resolved(Profile::Istio, &documents);
    assert_eq!(listed(&model), expected);
    assert_eq!(excluded(&model.backends[0]), ["#0 Shadowed I-086"]);
    assert_eq!(listed(&resolved(Profile::Istio, &documents[..1])), ["gwtest/a se.example.com:80 = 1.1.1.1:80"]);
}

#[rstest]
#[case::by_name_first("exportTo: [infra]", "gwtest/a")]
#[case::public_by_age("exportTo: ['*']", "x/b")]
fn i_086_what_is_exported_to_the_gateway_by_name_comes_first(#[case] export: &str, #[case] expected: &str) {
    let documents = [
        entry(&format!("a, {YOUNG}"), HTTP, &format!(", {export}"), "1.1.1.1"),
        entry(&format!("b, namespace: x, {OLD}"), HTTP, "", "2.2.2.2"),
    ];
    assert_eq!(routed(Profile::Istio, &documents), format!("{expected} 200 True ResolvedRefs"));
    assert_eq!(routed(Profile::Kgateway, &documents), "x/b 200 True ResolvedRefs", "K-012");
}

#[test]
fn i_080_i_082_a_service_owns_its_name_and_its_namespace_adds_endpoints() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: gwtest}\nspec: {ports: [{name: http, port: 80}]}\n";
    let documents = [
        service.to_owned(),
        entry(&format!("a, {OLD}"), HTTP, "", "1.1.1.1").replace("se.example.com", "web.gwtest.svc.cluster.local"),
        entry(&format!("b, namespace: x, {OLD}"), HTTP, "", "2.2.2.2")
            .replace("se.example.com", "web.gwtest.svc.cluster.local"),
    ];
    let expected = [
        "gwtest/a web.gwtest.svc.cluster.local:80 = I-083",
        "x/b web.gwtest.svc.cluster.local:80 = I-086",
        "Service gwtest/web web.gwtest.svc.cluster.local:80 = 1.1.1.1:80",
    ];
    assert_eq!(listed(&resolved(Profile::Istio, &documents)), expected);
}

#[rstest]
#[case::default("", true)]
#[case::all(", exportTo: ['*', x]", true)]
#[case::gateway(", exportTo: [x, infra]", true)]
#[case::own(", exportTo: [.]", false)]
#[case::other(", exportTo: [x]", false)]
#[case::nobody(", exportTo: ['~']", false)]
#[case::i_095_not_the_routes(", exportTo: [gwtest]", false)]
fn i_093_i_186_the_gateway_must_see_the_host(#[case] export: &str, #[case] visible: bool) {
    let documents = [entry("a", HTTP, export, "1.1.1.1")];
    let expected = if visible { "gwtest/a 200 True ResolvedRefs" } else { "I-186 500 True ResolvedRefs" };
    assert_eq!(routed(Profile::Istio, &documents), expected);
    let listing =
        if visible { "gwtest/a se.example.com:80 = 1.1.1.1:80" } else { "gwtest/a se.example.com:80 = I-093" };
    assert_eq!(listed(&resolved(Profile::Istio, &documents)), [listing]);
    assert_eq!(routed(Profile::Kgateway, &documents), "gwtest/a 200 True ResolvedRefs", "K-012");
}

#[rstest]
#[case::own(".", "gwtest")]
#[case::named("infra", "x")]
fn i_093_a_private_host_is_seen_by_a_gateway_of_its_namespace(#[case] export: &str, #[case] namespace: &str) {
    let document = entry("a", HTTP, &format!(", exportTo: ['{export}']"), "1.1.1.1");
    let of = |namespace: &str| {
        let gateway = GatewayIdentity { namespace: namespace.to_owned(), ..GatewayIdentity::default() };
        let model =
            with(std::slice::from_ref(&document), &Options { profile: Profile::Istio, gateway, ..Options::default() });
        only(&model).fault.is_none()
    };
    assert_eq!(of("gwtest"), namespace == "gwtest");
    assert_eq!(of("infra"), namespace != "gwtest");
}

#[test]
fn i_093_the_default_export_is_a_setting_and_the_gateways_namespace_may_be_its_gateways() {
    let mut options = Options { profile: Profile::Istio, ..Options::default() };
    options.settings.default_export_to = vec![".".to_owned()];
    let document = entry("a", HTTP, "", "1.1.1.1");
    let listener = "name: http, port: 80, protocol: HTTP";
    assert!(only(&with(&[document.clone(), gateway(&[listener])], &options)).fault.is_none());
    let elsewhere = gateway_in("gw, namespace: infra", &[listener]);
    assert_eq!(only(&with(&[document, elsewhere], &options)).fault.as_ref().map(|fault| fault.rule), Some("I-093"));
}

#[rstest]
#[case::annotated("annotations: {networking.istio.io/exportTo: 'x, infra'}", true)]
#[case::private("annotations: {networking.istio.io/exportTo: .}", false)]
fn i_093_a_service_is_exported_by_its_annotation(#[case] meta: &str, #[case] visible: bool) {
    let document = format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: web, namespace: gwtest, {meta}}}\nspec: {{ports: [{{port: 80}}]}}\n"
    );
    assert_eq!(only(&resolved(Profile::Istio, &[document])).fault.is_none(), visible);
}

#[rstest]
#[case::public_elsewhere("x", "", "x/a 200 False BackendNotFound: backend(se.example.com) not found")]
#[case::hidden_elsewhere("x", ", exportTo: [.]", "I-173 500 False BackendNotFound: backend(se.example.com) not found")]
#[case::own("gwtest", "", "gwtest/a 200 True ResolvedRefs")]
fn i_173_i_174_the_status_looks_in_the_routes_namespace_and_requests_where_the_gateway_sees(
    #[case] namespace: &str,
    #[case] export: &str,
    #[case] expected: &str,
) {
    let documents = [entry(&format!("a, namespace: {namespace}"), HTTP, export, "1.1.1.1")];
    assert_eq!(routed(Profile::Istio, &documents), expected);
}

/// I-175: that no port of it makes a backend is seen by the requests, not by the status.
#[test]
fn i_027_i_173_a_declaration_with_udp_ports_alone_is_one() {
    let documents = [entry("dns", "{number: 53, name: dns, protocol: UDP}", "", "1.1.1.1")];
    assert_eq!(routed(Profile::Istio, &documents), "I-186 500 True ResolvedRefs");
}

#[test]
fn i_174_a_declaration_in_the_routes_namespace_clears_the_status_even_when_another_serves() {
    let documents = [
        entry(&format!("a, {YOUNG}"), HTTP, "", "1.1.1.1"),
        entry(&format!("b, namespace: x, {OLD}"), HTTP, "", "2.2.2.2"),
    ];
    assert_eq!(routed(Profile::Istio, &documents), "x/b 200 True ResolvedRefs");
}

#[test]
fn i_098_export_has_no_say_in_selection() {
    let documents = [
        example("resolution: STATIC, exportTo: [infra], workloadSelector: {labels: {app: x}}"),
        pod("p, labels: {app: x}", "10.0.0.1", ""),
        pod("q, namespace: infra, labels: {app: x}", "10.0.0.2", ""),
    ];
    assert_eq!(addresses(only(&resolved(Profile::Istio, &documents))), ["10.0.0.1:80"]);
}
