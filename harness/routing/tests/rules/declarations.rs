//! What of a ServiceEntry makes backends, and what does not (I-005, I-008, I-009, I-010, I-019, I-035, K-002, K-153).

use rstest::rstest;
use sextant_routing::{EndpointSource, Options, Profile};

use crate::support::*;

const PORTS: &str = "ports: [{number: 80, name: http}]";
const STATIC: &str = "resolution: STATIC, endpoints: [{address: 1.1.1.1}]";

const BOTH: [Profile; 2] = [Profile::Kgateway, Profile::Istio];

fn under(profile: Profile, documents: &[String]) -> sextant_routing::Model {
    with(documents, &Options { profile, ..Options::default() })
}

#[rstest]
#[case::i_005_k_013_not_an_address("addresses: [abc, 1.2.3.4/99]")]
#[case::i_009_twice("addresses: [10.1.1.1, 10.1.1.1]")]
#[case::i_010_several("addresses: [10.1.1.1, 10.1.1.2, 10.1.0.0/16]")]
#[case::none("addresses: []")]
fn addresses_make_no_difference_to_backends(#[case] written: &str) {
    let documents = [service_entry("se", &format!("hosts: [a.test], {PORTS}, {written}, {STATIC}"))];
    for profile in BOTH {
        let model = under(profile, &documents);
        assert_eq!(backends(&model), ["gwtest/se a.test:80"], "{profile:?}");
        assert_eq!(addresses(only(&model)), ["1.1.1.1:80"], "{profile:?}: each endpoint once");
    }
}

#[test]
fn i_008_without_ports_there_is_no_backend() {
    for profile in BOTH {
        assert!(under(profile, &[service_entry("se", &format!("hosts: [a.test], {STATIC}"))]).backends.is_empty());
    }
}

// Neither the namespace nor the domain of the cluster is added, to the host or to what names it.
#[rstest]
#[case("foo", true)]
#[case("foo.gwtest", false)]
#[case("foo.gwtest.svc.cluster.local", false)]
fn i_019_a_short_host_is_literal(#[case] name: &str, #[case] found: bool) {
    let documents = [
        service_entry("se", &format!("hosts: [foo], {PORTS}, {STATIC}")),
        gateway(&["name: http, port: 80, protocol: HTTP"]),
        route_to("r", &format!("group: networking.istio.io, kind: Hostname, name: {name}, port: 80")),
    ];
    for profile in BOTH {
        let model = under(profile, &documents);
        assert_eq!(only(&model).id.host.as_str(), "foo");
        let forwarded = model.outcome(&model.routes[0].rules[0].targets[0].target).status().is_none();
        assert_eq!(forwarded, found, "{profile:?}");
    }
}

#[test]
fn i_035_an_inline_endpoint_is_known_by_its_place() {
    let spec = format!(
        "hosts: [a.test], {PORTS}, resolution: STATIC, endpoints: [{{address: 2.2.2.2}}, {{address: 1.1.1.1}}]"
    );
    for profile in BOTH {
        let model = under(profile, &[service_entry("se", &spec)]);
        let places = only(&model).endpoints.iter().map(|endpoint| match &endpoint.source {
            EndpointSource::Inline { service_entry, index } => {
                (endpoint.address.to_string(), service_entry.to_string(), *index)
            }
            other => panic!("{other:?} is not inline"),
        });
        let expected =
            [("1.1.1.1".to_owned(), "gwtest/se".to_owned(), 1), ("2.2.2.2".to_owned(), "gwtest/se".to_owned(), 0)];
        assert_eq!(places.collect::<Vec<_>>(), expected);
    }
}

// The network of a workload that names none is that of the system namespace's label, whichever namespace that is.
#[rstest]
#[case::k_066_default("istio-system", "istio-system", "near", "near")]
#[case::k_002_named("mesh", "mesh", "near", "near")]
#[case::k_002_other("mesh", "istio-system", "near", "")]
#[case::k_153_relabelled("istio-system", "istio-system", "far", "far")]
#[case::k_153_label_removed("istio-system", "istio-system", "", "")]
fn the_system_namespace_gives_the_default_network(
    #[case] system: &str,
    #[case] labelled: &str,
    #[case] network: &str,
    #[case] expected: &str,
) {
    let mut options = Options::default();
    options.settings.system_namespace = system.to_owned();
    let documents = [
        example("resolution: STATIC, endpoints: [{address: 1.1.1.1}]"),
        namespace(labelled, &format!("labels: {{topology.istio.io/network: '{network}'}}")),
    ];
    assert_eq!(only(&with(&documents, &options)).endpoints[0].network, expected);
}
