//! Kinds of Service behind a backendRef: ExternalName, headless, with a traffic distribution of its own (P-048, K-133, I-012,
//! I-149, K-082).

use rstest::rstest;
use sextant_routing::{GatewayIdentity, Locality, Model, Options, Outcome, Profile, Target};

use crate::support::*;

fn service(meta: &str, spec: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: web, namespace: gwtest, {meta}}}\nspec: {{ports: [{{name: http, port: 80}}], {spec}}}\n"
    )
}

/// A slice of the Service with an endpoint in each of two zones of r1, and the pods behind them.
fn slice() -> [String; 3] {
    let slice = "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\naddressType: IPv4\n\
         metadata: {name: web-a, namespace: gwtest, labels: {kubernetes.io/service-name: web}}\n\
         ports: [{name: http, port: 8080}]\n\
         endpoints: [{addresses: [10.0.0.1], nodeName: n1}, {addresses: [10.0.0.2], nodeName: n2}]\n";
    let node = |name: &str, zone: &str| {
        node(name, &format!("topology.kubernetes.io/region: r1, topology.kubernetes.io/zone: {zone}"))
    };
    [slice.to_owned(), node("n1", "z1"), node("n2", "z2")]
}

fn near_z1(profile: Profile) -> Options {
    let labels = [("app".to_owned(), "gateway".to_owned())].into();
    let gateway = GatewayIdentity { locality: Locality::parse("r1/z1"), labels, ..GatewayIdentity::default() };
    Options { profile, gateway, ..Options::default() }
}

const NEAR_FIRST: [&str; 2] = ["10.0.0.1 p0", "10.0.0.2 p1"];
const ALIKE: [&str; 2] = ["10.0.0.1 p0", "10.0.0.2 p0"];

#[rstest]
#[case::none("", "", ALIKE)]
#[case::close("trafficDistribution: PreferClose", "", NEAR_FIRST)]
#[case::zone("trafficDistribution: PreferSameZone", "", NEAR_FIRST)]
#[case::unknown("trafficDistribution: Nonsense", "", ALIKE)]
#[case::annotation("", "PreferSameZone", NEAR_FIRST)]
#[case::spec_before_annotation("trafficDistribution: PreferSameZone", "Any", NEAR_FIRST)]
#[case::annotation_where_the_spec_says_nothing_known("trafficDistribution: Nonsense", "PreferSameZone", NEAR_FIRST)]
fn i_012_i_149_k_082_a_service_has_a_traffic_distribution(
    #[case] spec: &str,
    #[case] annotation: &str,
    #[case] expected: [&str; 2],
) {
    let meta = format!("annotations: {{networking.istio.io/traffic-distribution: '{annotation}'}}");
    let documents: Vec<_> = [service(&meta, spec)].into_iter().chain(slice()).collect();
    for profile in [Profile::Kgateway, Profile::Istio] {
        let model = with(&documents, &near_z1(profile));
        // K-084: kgateway leaves gaps, so only who comes first can be compared.
        let mut ranked = priorities(only(&model));
        if profile == Profile::Kgateway {
            ranked.iter_mut().for_each(|line| *line = line.replace("p2", "p1").replace("p3", "p1"));
        }
        assert_eq!(ranked, expected, "{profile:?}");
    }
}

#[test]
fn i_149_on_the_same_node_before_others_of_the_zone() {
    let documents: Vec<_> = [service("", "trafficDistribution: PreferSameNode")].into_iter().chain(slice()).collect();
    let mut options = near_z1(Profile::Istio);
    options.gateway.labels = [("kubernetes.io/hostname".to_owned(), "n2".to_owned())].into();
    options.gateway.locality = Locality::parse("r1/z2");
    assert_eq!(priorities(only(&with(&documents, &options))), ["10.0.0.2 p0", "10.0.0.1 p1"]);
}

#[rstest]
#[case::none("clusterIP: None")]
#[case::not_ready_too("clusterIP: None, publishNotReadyAddresses: true")]
fn a_headless_service_is_a_backend_like_any_other(#[case] spec: &str) {
    let documents: Vec<_> = [service("", spec)].into_iter().chain(slice()).collect();
    for profile in [Profile::Kgateway, Profile::Istio] {
        assert_eq!(addresses(only(&with(&documents, &near_z1(profile)))), ["10.0.0.1:8080", "10.0.0.2:8080"]);
    }
}

/// What a request gets, and the status of the route.
fn told(model: &Model) -> (Option<u16>, String) {
    let target = &model.routes[0].rules[0].targets[0].target;
    (model.outcome(target).status().map(|status| status.as_u16()), conditions(&model.routes[0])[1].clone())
}

// The reference is in order under both; kgateway finds a Service that lists nobody (K-133), Istio makes no cluster (P-048).
#[rstest]
#[case::kgateway(Profile::Kgateway, 503)]
#[case::istio(Profile::Istio, 500)]
fn p_048_k_133_an_external_name_serves_nobody(#[case] profile: Profile, #[case] status: u16) {
    let documents = [
        service("", "type: ExternalName, externalName: example.com"),
        gateway(&["name: http, port: 80, protocol: HTTP"]),
        route_to("r", "name: web, port: 80"),
    ];
    let model = with(&documents, &Options { profile, ..Options::default() });
    assert_eq!(told(&model), (Some(status), "ResolvedRefs=True ResolvedRefs".to_owned()));
    let outcome = model.outcome(&model.routes[0].rules[0].targets[0].target);
    assert_eq!(matches!(outcome, Outcome::Withheld(_)), profile == Profile::Istio);
    assert!(matches!(model.routes[0].rules[0].targets[0].target, Target::Backend(_)));
}

#[test]
fn p_048_other_types_of_service_have_a_cluster() {
    for kind in ["ClusterIP", "NodePort", "LoadBalancer", "''"] {
        let documents: Vec<_> = [service("", &format!("type: {kind}"))].into_iter().chain(slice()).collect();
        assert_eq!(only(&istio(&documents)).fault, None, "{kind}");
    }
}
