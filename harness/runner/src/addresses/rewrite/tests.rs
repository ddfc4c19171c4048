use rstest::rstest;

use super::*;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// 1.1.1.x is 127.9.9.x; anything else of IPv4 is nobody's, IPv6 has an IPv4 alias.
fn alias(documented: IpAddr) -> IpAddr {
    match documented {
        IpAddr::V4(address) if address.octets()[..3] == [1, 1, 1] => ip(&format!("127.9.9.{}", address.octets()[3])),
        IpAddr::V4(_) => ip("127.8.8.8"),
        IpAddr::V6(_) => ip("127.6.6.6"),
    }
}

/// Port 80 is 10080, 443 is 10443; others are where they say.
fn moved() -> MovedPorts {
    MovedPorts(BTreeMap::from([(80, 10_080), (443, 10_443)]))
}

fn entry(spec: Value) -> Value {
    json!({"kind": "ServiceEntry", "metadata": {"namespace": "a", "name": "se"}, "spec": spec})
}

#[rstest]
#[case::inline_endpoints(
    entry(json!({"hosts": ["1.1.1.1.test"], "resolution": "STATIC", "addresses": ["1.1.1.9", "1.1.1.8/32", "240.0.0.0/4"],
        "ports": [{"number": 8080, "name": "http"}],
        "endpoints": [{"address": "1.1.1.1", "ports": {"http": 80, "other": 8081}}, {"address": "vm.test"},
            {"address": "unix:///1.1.1.1"}, {"ports": {"http": 443}}]})),
    entry(json!({"hosts": ["1.1.1.1.test"], "resolution": "STATIC", "addresses": ["127.9.9.9", "127.9.9.8/32", "240.0.0.0/4"],
        "ports": [{"number": 8080, "name": "http"}],
        "endpoints": [{"address": "127.9.9.1", "ports": {"http": 10080, "other": 8081}}, {"address": "vm.test"},
            {"address": "unix:///1.1.1.1"}, {"ports": {"http": 10443}}]}))
)]
#[case::k_051_the_port_dialled_is_stated_when_it_moved(
    entry(json!({"resolution": "DNS", "hosts": ["a.test"], "ports": [{"number": 80, "name": "a"},
        {"number": 80, "name": "zero", "targetPort": 0}, {"number": 80, "name": "b", "targetPort": 8080},
        {"number": 8080, "name": "c", "targetPort": 443}, {"number": 8081, "name": "d"}]})),
    entry(json!({"resolution": "DNS", "hosts": ["a.test"], "ports": [{"number": 80, "name": "a", "targetPort": 10080},
        {"number": 80, "name": "zero", "targetPort": 10080}, {"number": 80, "name": "b", "targetPort": 8080},
        {"number": 8080, "name": "c", "targetPort": 10443}, {"number": 8081, "name": "d"}]}))
)]
#[case::without_resolution_nothing_is_dialled(
    entry(json!({"hosts": ["a.test"], "ports": [{"number": 80, "name": "a"}]})),
    entry(json!({"hosts": ["a.test"], "ports": [{"number": 80, "name": "a"}]}))
)]
#[case::dynamic_dns_with_a_port_that_is_where_it_says(
    entry(json!({"resolution": "DYNAMIC_DNS", "hosts": ["*.a.test"], "ports": [{"number": 8080, "name": "a"}]})),
    entry(json!({"resolution": "DYNAMIC_DNS", "hosts": ["*.a.test"], "ports": [{"number": 8080, "name": "a"}]}))
)]
#[case::workload_entry(
    json!({"kind": "WorkloadEntry", "metadata": {"name": "1.1.1.1", "labels": {"at": "1.1.1.1"}},
        "spec": {"address": "1.1.1.1", "ports": {"http": 80}, "labels": {"at": "1.1.1.1"}}}),
    json!({"kind": "WorkloadEntry", "metadata": {"name": "1.1.1.1", "labels": {"at": "1.1.1.1"}},
        "spec": {"address": "127.9.9.1", "ports": {"http": 10080}, "labels": {"at": "1.1.1.1"}}})
)]
#[case::pod(
    json!({"kind": "Pod", "spec": {"containers": [{"ports": [{"containerPort": 80}, {"containerPort": 9090}]}]},
        "status": {"podIP": "1.1.1.1", "podIPs": [{"ip": "1.1.1.1"}], "hostIP": "1.1.1.3"}}),
    json!({"kind": "Pod", "spec": {"containers": [{"ports": [{"containerPort": 10080}, {"containerPort": 9090}]}]},
        "status": {"podIP": "127.9.9.1", "podIPs": [{"ip": "127.9.9.1"}], "hostIP": "127.9.9.3"}})
)]
#[case::slice(
    json!({"kind": "EndpointSlice", "addressType": "IPv4", "endpoints": [{"addresses": ["1.1.1.1"]}],
        "ports": [{"name": "http", "port": 80}, {"name": "all"}]}),
    json!({"kind": "EndpointSlice", "addressType": "IPv4", "endpoints": [{"addresses": ["127.9.9.1"]}],
        "ports": [{"name": "http", "port": 10080}, {"name": "all"}]})
)]
#[case::service(
    json!({"kind": "Service", "spec": {"clusterIP": "None", "externalIPs": ["1.1.1.4"], "ports": [{"port": 80},
        {"port": 80, "targetPort": "http"}, {"port": 81, "targetPort": 80}, {"port": 82}]}}),
    json!({"kind": "Service", "spec": {"clusterIP": "None", "externalIPs": ["127.9.9.4"], "ports": [
        {"port": 80, "targetPort": 10080}, {"port": 80, "targetPort": "http"}, {"port": 81, "targetPort": 10080},
        {"port": 82}]}})
)]
#[case::routes_name_ports_and_stay(
    json!({"kind": "HTTPRoute", "spec": {"rules": [{"backendRefs": [{"name": "se", "port": 80}]}]}}),
    json!({"kind": "HTTPRoute", "spec": {"rules": [{"backendRefs": [{"name": "se", "port": 80}]}]}})
)]
#[case::what_is_of_the_wrong_type_stays(
    json!({"kind": "WorkloadEntry", "spec": {"address": 1, "ports": ["80"]}}),
    json!({"kind": "WorkloadEntry", "spec": {"address": 1, "ports": ["80"]}})
)]
fn addresses_and_ports_that_are_dialled_are_real_ones(#[case] manifest: Value, #[case] expected: Value) {
    assert_eq!(rewrite(manifest, &moved(), alias), Ok(expected));
}

#[test]
fn an_ipv6_address_with_an_ipv4_alias_cannot_be_expressed() {
    let manifest = json!({"kind": "WorkloadEntry", "spec": {"address": "2001:db8::1"}});
    let error = rewrite(manifest, &moved(), alias).unwrap_err();
    assert_eq!(error, Inexpressible::Family { documented: ip("2001:db8::1"), actual: ip("127.6.6.6") });
}

#[rstest]
#[case("DNS", true)]
#[case("DNS_ROUND_ROBIN", true)]
#[case("STATIC", false)]
fn an_address_as_the_host_that_is_looked_up_cannot_be_expressed(#[case] resolution: &str, #[case] refused: bool) {
    let manifest = entry(json!({"hosts": ["a.test", "1.1.1.1"], "resolution": resolution}));
    let host = Inexpressible::AddressAsHost { host: "1.1.1.1".into(), object: "ServiceEntry a/se".into() };
    let expected = if refused { Err(host) } else { Ok(manifest.clone()) };
    assert_eq!(rewrite(manifest, &moved(), alias), expected);
}

#[test]
fn a_moved_port_that_clients_choose_cannot_be_expressed() {
    let manifest = entry(json!({"hosts": ["*.a.test"], "resolution": "DYNAMIC_DNS", "ports": [{"number": 80}]}));
    let error = rewrite(manifest, &moved(), alias).unwrap_err();
    assert_eq!(error, Inexpressible::ClientsPort { object: "ServiceEntry a/se".into(), port: 80, actual: 10_080 });
    assert!(error.to_string().contains("ip_unprivileged_port_start"), "{error}");
}

fn plan(pairs: &[(&str, &str)]) -> Vec<(SocketAddr, SocketAddr)> {
    pairs.iter().map(|(documented, actual)| (documented.parse().unwrap(), actual.parse().unwrap())).collect()
}

#[test]
fn ports_that_moved_are_those_of_the_plan_and_go_back() {
    let plan = plan(&[
        ("1.1.1.1:80", "127.9.9.1:10080"),
        ("1.1.1.2:80", "127.9.9.2:10080"),
        ("1.1.1.1:8080", "127.9.9.1:8080"),
    ]);
    let moved = MovedPorts::of(&plan).unwrap();
    assert_eq!((moved.actual(80), moved.actual(8080), moved.actual(81)), (Some(10_080), None, None));
    assert_eq!((moved.documented(10_080), moved.documented(8080)), (Some(80), None));
}

#[test]
fn one_port_at_two_places_cannot_be_expressed() {
    let plan = plan(&[("1.1.1.1:80", "127.9.9.1:10080"), ("1.1.1.2:80", "127.9.9.2:40000")]);
    let error = MovedPorts::of(&plan).unwrap_err();
    assert_eq!(
        error,
        Inexpressible::ScatteredPort { port: 80, one: (ip("1.1.1.1"), 10_080), other: (ip("1.1.1.2"), 40_000) }
    );
    assert!(error.to_string().starts_with("port 80 of 1.1.1.1 is port 10080 here, and that of 1.1.1.2"), "{error}");
}

#[test]
fn a_workload_with_an_ipv6_address_cannot_be_expressed() {
    let error = MovedPorts::of(&plan(&[("[2001:db8::1]:8080", "127.9.9.1:8080")])).unwrap_err();
    assert_eq!(error, Inexpressible::Family { documented: ip("2001:db8::1"), actual: ip("127.9.9.1") });
}

#[test]
fn two_addresses_that_are_one_cannot_be_expressed() {
    let plan = plan(&[("1.1.1.1:8080", "127.0.0.1:40001"), ("1.1.1.2:8081", "127.0.0.1:40002")]);
    let error = MovedPorts::of(&plan).unwrap_err();
    let (one, other, actual) = (ip("1.1.1.1"), ip("1.1.1.2"), ip("127.0.0.1"));
    assert_eq!(error, Inexpressible::OneAddress { one, other, actual });
}
