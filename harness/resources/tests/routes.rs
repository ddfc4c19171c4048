//! The routes beside HTTPRoute, and the listeners they need: what is read, in which versions, and where mistakes are told.

use rstest::rstest;
use sextant_resources::{
    GrpcMethodMatch, GrpcMethodMatchType, GrpcRoute, HeaderMatch, L4BackendRef, Object, ObjectKey, ObjectMap, TcpRoute,
    TlsMode, TlsRoute, load_text,
};

const GRPC: &str = "\
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: {name: r, namespace: shop}
spec:
  parentRefs: [{name: gw, sectionName: grpc}]
  hostnames: [cart.example.com]
  rules:
  - name: add
    matches:
    - method: {service: shop.v1.Cart, method: Add}
      headers: [{name: tier, value: gold}]
    - method: {type: RegularExpression, method: Get.*}
    filters: [{type: RequestHeaderModifier, requestHeaderModifier: {remove: [x]}}]
    backendRefs: [{group: networking.istio.io, kind: ServiceEntry, name: cart, port: 50051, weight: 3, filters: []}]
";

const TCP: &str = "\
apiVersion: gateway.networking.k8s.io/v1alpha2
kind: TCPRoute
metadata: {name: r, namespace: shop}
spec:
  parentRefs: [{name: gw, port: 5432}]
  rules:
  - backendRefs:
    - {group: networking.istio.io, kind: Hostname, name: db.example.com, port: 5432}
    - {name: db, namespace: other, port: 5432, weight: 0}
";

const TLS: &str = "\
apiVersion: gateway.networking.k8s.io/v1alpha3
kind: TLSRoute
metadata: {name: r, namespace: shop}
spec:
  parentRefs: [{name: gw}]
  hostnames: [a.example.com, '*.b.example.com']
  rules: [{name: all, backendRefs: [{name: web, port: 443}]}]
";

fn only<T: Clone>(objects: &ObjectMap<T>) -> Object<T> {
    let object = objects.get(&ObjectKey::new("shop", "r")).expect("the route is read");
    Object::clone(object)
}

fn grpc() -> GrpcRoute {
    let loaded = load_text(&"routes.yaml".into(), GRPC);
    assert_eq!(loaded.diagnostics, []);
    only(&loaded.resources.grpc_routes).body
}

#[test]
fn a_grpc_route_is_read_whole() {
    let spec = grpc().spec;
    assert_eq!((spec.parent_refs.len(), &*spec.hostnames), (1, &["cart.example.com".to_owned()][..]));
    let rule = &spec.rules[0];
    assert_eq!(rule.name.as_deref(), Some("add"));
    let exact = GrpcMethodMatch {
        kind: GrpcMethodMatchType::Exact,
        service: Some("shop.v1.Cart".into()),
        method: Some("Add".into()),
    };
    assert_eq!(rule.matches[0].method, Some(exact));
    let header = HeaderMatch { name: "tier".into(), value: "gold".into(), ..HeaderMatch::default() };
    assert_eq!(rule.matches[0].headers, [header]);
    let expression =
        GrpcMethodMatch { kind: GrpcMethodMatchType::RegularExpression, service: None, method: Some("Get.*".into()) };
    assert_eq!(rule.matches[1].method, Some(expression));
    assert_eq!(rule.filters[0].kind, "RequestHeaderModifier");
    assert_eq!((rule.backend_refs[0].port, rule.backend_refs[0].weight), (Some(50051), Some(3)));
}

#[test]
fn a_tcp_route_is_read_whole() {
    let loaded = load_text(&"routes.yaml".into(), TCP);
    assert_eq!(loaded.diagnostics, []);
    let TcpRoute { spec } = only(&loaded.resources.tcp_routes).body;
    assert_eq!(spec.parent_refs[0].port, Some(5432));
    let by_host = L4BackendRef {
        group: Some("networking.istio.io".into()),
        kind: Some("Hostname".into()),
        name: "db.example.com".into(),
        port: Some(5432),
        ..L4BackendRef::default()
    };
    let by_name = L4BackendRef {
        name: "db".into(),
        namespace: Some("other".into()),
        port: Some(5432),
        weight: Some(0),
        ..L4BackendRef::default()
    };
    assert_eq!(spec.rules[0].backend_refs, [by_host, by_name]);
}

#[test]
fn a_tls_route_is_read_whole() {
    let loaded = load_text(&"routes.yaml".into(), TLS);
    assert_eq!(loaded.diagnostics, []);
    let TlsRoute { spec } = only(&loaded.resources.tls_routes).body;
    assert_eq!(spec.hostnames, ["a.example.com", "*.b.example.com"]);
    assert_eq!((spec.rules[0].name.as_deref(), spec.rules[0].backend_refs[0].port), (Some("all"), Some(443)));
}

// Gateway API publishes GRPCRoute as v1 and v1alpha2, TCPRoute as v1 and v1alpha2, TLSRoute as v1, v1alpha3 and v1alpha2.
#[rstest]
#[case(GRPC, "v1", true)]
#[case(GRPC, "v1alpha2", true)]
#[case(GRPC, "v1alpha3", false)]
#[case(GRPC, "v1beta1", false)]
#[case(TCP, "v1", true)]
#[case(TCP, "v1alpha2", true)]
#[case(TCP, "v1alpha3", false)]
#[case(TLS, "v1", true)]
#[case(TLS, "v1alpha3", true)]
#[case(TLS, "v1alpha2", true)]
#[case(TLS, "v1beta1", false)]
fn published_versions_are_read(#[case] manifest: &str, #[case] version: &str, #[case] read: bool) {
    let (_, rest) = manifest.split_once('\n').expect("a manifest has lines");
    let loaded = load_text(&"routes.yaml".into(), &format!("apiVersion: gateway.networking.k8s.io/{version}\n{rest}"));
    assert_eq!(loaded.resources.len(), usize::from(read));
    let codes: Vec<_> = loaded.diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!(codes.is_empty(), read, "{codes:?}");
}

#[rstest]
#[case::filter_of_a_connection(
    TCP,
    "weight: 0",
    "filters: []",
    "9:48",
    "unknown field `spec.rules[0].backendRefs[1].filters`"
)]
#[case::unknown_type(GRPC, "RegularExpression", "Regex", "12:22", "must be one of Exact, RegularExpression")]
#[case::path(GRPC, "headers:", "path:", "11:7", "unknown field")]
#[case::hostnames_of_tcp(TCP, "rules:", "hostnames:", "6:3", "unknown field `spec.hostnames`")]
#[case::number_as_sni(TLS, "[a.example.com,", "[5,", "6:15", "must be a string")]
fn mistakes_are_told_at_their_place(
    #[case] manifest: &str,
    #[case] written: &str,
    #[case] wrong: &str,
    #[case] place: &str,
    #[case] told: &str,
) {
    assert!(manifest.contains(written));
    let loaded = load_text(&"routes.yaml".into(), &manifest.replace(written, wrong));
    let first = loaded.diagnostics.first().expect("the mistake is found");
    assert_eq!(format!("{}:{}", first.place.line, first.place.column), place, "{first:?}");
    let words = format!("{} {}", first.message, first.help);
    assert!(words.contains(told), "{words}");
}

#[rstest]
#[case("", TlsMode::Terminate)]
#[case("mode: Passthrough", TlsMode::Passthrough)]
#[case("mode: Terminate, certificateRefs: [{name: c}], options: {a: b}", TlsMode::Terminate)]
fn a_listener_says_where_tls_ends(#[case] tls: &str, #[case] mode: TlsMode) {
    let manifest = format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: r, namespace: shop}}\nspec:\n  \
         listeners: [{{name: tls, port: 8443, protocol: TLS, tls: {{{tls}}}}}]\n"
    );
    let loaded = load_text(&"gateway.yaml".into(), &manifest);
    assert_eq!(loaded.diagnostics, []);
    assert_eq!(only(&loaded.resources.gateways).body.spec.listeners[0].tls.map(|tls| tls.mode), Some(mode));
}
