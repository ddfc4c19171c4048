//! A control plane that hands out something else than the manifests come to: every difference is named, with its rule.

use rstest::rstest;
use sextant_endpoints::{Comparison, Difference, Endpoints, LookedUp, What};
use sextant_routing::{Options, Profile};

use crate::served::{AsWritten, handed_out, resources, serve};

const MANIFESTS: &str = include_str!("../data/workloads.yaml");

/// What is handed out for `yaml`.
async fn found(yaml: &str, profile: Profile) -> Endpoints {
    let (server, _) = serve(yaml, profile, &AsWritten::default()).await;
    handed_out(server.address()).await
}

fn compare(found: &Endpoints, yaml: &str, profile: Profile) -> Comparison {
    Comparison::of(found).with_rules(found, &resources(yaml), &Options { profile, ..Options::default() })
}

/// `vm.example.com:80 SurplusEndpoint 1.1.1.1:8080 [expected > found] rule why`
fn line(difference: &Difference) -> String {
    let Difference { backend, what, endpoint, expected, found, rule, why, .. } = difference;
    let host = backend.rsplit(' ').next().unwrap_or_default();
    format!("{host} {what:?} {endpoint} [{expected} > {found}] {rule} {why}")
}

fn lines(comparison: &Comparison) -> Vec<String> {
    comparison.differences.iter().map(line).collect()
}

#[rstest]
#[tokio::test]
async fn what_is_as_the_rules_have_it_is_equal(
    #[values(Profile::Kgateway, Profile::Istio)] profile: Profile,
    #[values(MANIFESTS, include_str!("../data/two-hosts.yaml"))] yaml: &str,
) {
    let comparison = compare(&found(yaml, profile).await, yaml, profile);
    assert_eq!(lines(&comparison), [""; 0]);
    assert!(comparison.is_equal() && comparison.notes.is_empty(), "{:?}", comparison.notes);
    assert_eq!(comparison.backends, yaml.matches("kind: ServiceEntry\n").count());
}

/// The control plane has read the manifests with `from` in place of `to`.
#[rstest]
#[case::k_030_missing(
    "name: vm-2, namespace: gwtest, labels: { app: vm }",
    "name: vm-2, namespace: gwtest, labels: { app: wm }",
    "vm.example.com:80 MissingEndpoint [fd00::2]:8080 [[fd00::2]:8080 > ] K-030 WorkloadEntry gwtest/vm-2 is an endpoint"
)]
#[case::k_075_not_ready(
    r#"status: "False""#,
    r#"status: "True""#,
    "vm.example.com:80 SurplusEndpoint 10.244.0.5:8080 [ > 10.244.0.5:8080] K-075 Pod gwtest/pod: the pod's Ready condition is False, not True"
)]
#[case::k_070_labels(
    "labels: { app: other }",
    "labels: { app: vm }",
    "vm.example.com:80 SurplusEndpoint 9.9.9.9:8080 [ > 9.9.9.9:8080] K-070 WorkloadEntry gwtest/other: app is `other`, not `vm`"
)]
#[case::nowhere(
    "metadata: { name: other, namespace: gwtest, labels: { app: other } }\nspec: { address: 9.9.9.9 }",
    "metadata: { name: other, namespace: gwtest, labels: { app: vm } }\nspec: { address: 8.8.8.8 }",
    "vm.example.com:80 SurplusEndpoint 8.8.8.8:8080 [ > 8.8.8.8:8080]  nothing in the manifests has this address"
)]
#[case::k_055_weight(
    "weight: 2",
    "weight: 7",
    "vm.example.com:80 WrongWeight 1.1.1.1:8080 [2 > 7] K-055 WorkloadEntry gwtest/vm-1 says so"
)]
#[case::k_062_locality(
    "locality: r2/z2",
    "locality: r2/z3",
    "vm.example.com:80 WrongLocality [fd00::2]:8080 [r2/z2 > r2/z3] K-062 WorkloadEntry gwtest/vm-2 says so"
)]
#[case::k_045_host(
    "hosts: [db.example.com]\n  ports: [{ number: 80, name: http, protocol: HTTP }]\n  resolution: DNS",
    "hosts: [db.example.com]\n  ports: [{ number: 80, name: http, protocol: HTTP }]\n  resolution: DNS\n  endpoints: [{ address: db.example.com, ports: { http: 81 } }]",
    "db.example.com:80 WrongPort db.example.com:80 [80 > 81] K-051 80 is the number of the port, and nothing says otherwise"
)]
#[case::k_033_type(
    "resolution: DNS",
    "resolution: DNS_ROUND_ROBIN",
    "db.example.com:80 WrongType  [STRICT_DNS > LOGICAL_DNS] K-033 resolution DNS"
)]
#[case::k_010_missing_cluster(
    "hosts: [empty.example.com]",
    "hosts: [other.example.com]",
    "empty.example.com:80 MissingCluster  [EDS > ] K-010 each pair of a host and a port is a backend of its own; look for the node's permission to see it, and for filters of the control plane"
)]
#[tokio::test]
async fn one_mistake_is_one_difference(#[case] from: &str, #[case] to: &str, #[case] expected: &str) {
    assert!(MANIFESTS.contains(from), "the manifests have {from}");
    let found = found(&MANIFESTS.replacen(from, to, 1), Profile::Kgateway).await;
    assert_eq!(lines(&compare(&found, MANIFESTS, Profile::Kgateway)), [expected]);
}

/// K-051: each endpoint is named.
#[tokio::test]
async fn a_wrong_target_port_is_told_for_each_endpoint() {
    let found = found(&MANIFESTS.replacen("targetPort: 8080", "targetPort: 9090", 1), Profile::Kgateway).await;
    let expected = ["1.1.1.1", "[fd00::2]"].map(|address| {
        format!("vm.example.com:80 WrongPort {address}:8080 [8080 > 9090] K-051 8080 is the targetPort of port 80")
    });
    assert_eq!(lines(&compare(&found, MANIFESTS, Profile::Kgateway)), expected);
}

/// K-010: ports are part of a backend's identity.
#[tokio::test]
async fn a_surplus_port_of_a_known_host_differs_and_an_unknown_host_is_none_of_our_business() {
    let more = "ports: [{ number: 80, name: http, protocol: HTTP }, { number: 81, name: more, protocol: HTTP }]";
    let wrong = MANIFESTS.replacen("ports: [{ number: 80, name: http, protocol: HTTP }]", more, 1).replacen(
        "hosts: [empty.example.com]",
        "hosts: [empty.example.com, stranger.example.com]",
        1,
    );
    let comparison = compare(&found(&wrong, Profile::Istio).await, MANIFESTS, Profile::Istio);
    assert_eq!(
        lines(&comparison),
        [
            "db.example.com:81 SurplusCluster  [ > STRICT_DNS] K-010 the manifests make only gwtest/names db.example.com:80 of this host"
        ]
    );
    assert_eq!(comparison.notes, ["1 cluster of hosts in no manifest not compared"]);
}

/// I-041: without a name to look up there is no cluster under Istio.
#[tokio::test]
async fn a_cluster_that_the_proxy_should_not_get_differs() {
    let selecting = MANIFESTS.replacen(
        "resolution: DNS\n  location: MESH_EXTERNAL",
        "resolution: DNS\n  location: MESH_EXTERNAL\n  workloadSelector: { labels: { app: nobody } }",
        1,
    );
    let comparison = compare(&found(MANIFESTS, Profile::Istio).await, &selecting, Profile::Istio);
    assert_eq!(
        lines(&comparison),
        [
            "db.example.com:80 SurplusCluster  [ > STRICT_DNS] I-041 it looks names up and has none, so the proxy never gets it"
        ]
    );
}

/// I-133: a pod that is not ready may be listed as long as it gets nothing.
#[tokio::test]
async fn an_unready_pod_that_is_listed_as_unhealthy_is_no_difference() {
    let ready = MANIFESTS.replacen(r#"status: "False""#, r#"status: "True""#, 1);
    let mut found = found(&ready, Profile::Istio).await;
    let pod = |found: &mut Endpoints, health: &str| {
        let all = found.clusters.iter_mut().flat_map(|cluster| &mut cluster.endpoints);
        all.filter(|endpoint| endpoint.address == "10.244.0.5")
            .for_each(|endpoint| endpoint.health = health.to_owned());
    };
    pod(&mut found, "unhealthy");
    assert_eq!(lines(&compare(&found, MANIFESTS, Profile::Istio)), [""; 0]);
    // But when it is ready, it should get its share.
    assert_eq!(
        lines(&compare(&found, &ready, Profile::Istio)),
        [
            "vm.example.com:80 NotHealthy 10.244.0.5:8080 [healthy > unhealthy] K-075 the control plane says so, and nothing in the manifests does"
        ]
    );
    // Ejected in this Envoy is another thing than not ready: the rules do not have it at all.
    pod(&mut found, "healthy");
    assert_eq!(compare(&found, MANIFESTS, Profile::Istio).differences[0].what, What::SurplusEndpoint);
}

/// K-080: without anything that ranks them all endpoints are in priority 0.
#[tokio::test]
async fn priorities_and_names_that_are_ill_are_told() {
    let mut found = found(MANIFESTS, Profile::Kgateway).await;
    for cluster in &mut found.clusters {
        for endpoint in &mut cluster.endpoints {
            match &*endpoint.address {
                "1.1.1.1" => endpoint.priority = 1,
                "db.example.com" => {
                    let at = |address: &str, health: &str| LookedUp {
                        address: address.into(),
                        port: 80,
                        health: health.into(),
                    };
                    endpoint.looked_up = vec![at("5.5.5.5", "healthy"), at("6.6.6.6", "ejected")];
                }
                _ => {}
            }
        }
    }
    assert_eq!(
        lines(&compare(&found, MANIFESTS, Profile::Kgateway)),
        [
            "db.example.com:80 NotHealthy db.example.com:80 [healthy > 6.6.6.6:80 ejected]  outlier detection of this Envoy has taken it out",
            "vm.example.com:80 WrongPriority 1.1.1.1:8080 [0 > 1] K-080 nothing ranks the endpoints of this backend",
        ]
    );
}

/// I-138: where a DestinationRule gives localities shares, those are compared.
#[tokio::test]
async fn shares_of_localities_are_compared() {
    let rule = "
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: shares, namespace: gwtest }
spec:
  host: vm.example.com
  trafficPolicy:
    loadBalancer:
      localityLbSetting:
        enabled: true
        distribute: [{ from: \"*\", to: { r1/*: 80, r2/*: 20 } }]
";
    let (yaml, wrong) =
        (format!("{MANIFESTS}{rule}"), format!("{MANIFESTS}{}", rule.replace("80, r2/*: 20", "70, r2/*: 30")));
    assert_eq!(lines(&compare(&found(&yaml, Profile::Istio).await, &yaml, Profile::Istio)), [""; 0]);
    assert_eq!(
        lines(&compare(&found(&wrong, Profile::Istio).await, &yaml, Profile::Istio)),
        [
            "vm.example.com:80 WrongLocalityWeight 1.1.1.1:8080 [80 > 70] I-138 DestinationRule gwtest/shares weighs localities",
            "vm.example.com:80 WrongLocalityWeight [fd00::2]:8080 [20 > 30] I-138 DestinationRule gwtest/shares weighs localities",
        ]
    );
}

/// I-054: a pair of address and port counts once, for the first that has it.
#[tokio::test]
async fn an_endpoint_that_is_listed_twice_counts_once() {
    let twice =
        MANIFESTS.replacen("address: \"fd00::2\", locality: r2/z2", "address: 1.1.1.1, locality: r1/z1, weight: 2", 1);
    let mut found = found(&twice, Profile::Kgateway).await;
    for cluster in &mut found.clusters {
        cluster.endpoints.dedup();
    }
    assert_eq!(lines(&compare(&found, &twice, Profile::Kgateway)), [""; 0]);
}

/// Istio's names tell host and port only; by kgateway's rules both ServiceEntries are backends (K-010).
#[tokio::test]
async fn of_two_backends_with_one_name_the_one_that_fits_is_compared() {
    let second = "
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: also, namespace: other }
spec:
  hosts: [empty.example.com]
  ports: [{ number: 80, name: http, protocol: HTTP }]
  resolution: STATIC
  location: MESH_EXTERNAL
  endpoints: [{ address: 7.7.7.7 }]
";
    let alone = MANIFESTS.replacen("hosts: [empty.example.com]", "hosts: [gone.example.com]", 1);
    let found = found(&format!("{alone}{second}"), Profile::Istio).await;
    let comparison = compare(&found, &format!("{MANIFESTS}{second}"), Profile::Kgateway);
    assert_eq!(lines(&comparison), [""; 0]);
    assert_eq!(
        comparison.notes,
        [
            "gwtest/empty empty.example.com:80 was not compared: another one has its host and port",
            "1 cluster of hosts in no manifest not compared"
        ]
    );
}

#[rstest]
#[case::exact("vm.example.com=1.1.1.1:8080,[fd00::2]:8080", &[])]
#[case::with_port("vm.example.com:80=[fd00::2]:8080,1.1.1.1:8080", &[])]
#[case::by_cluster("outbound|80||db.example.com=db.example.com:80", &[])]
#[case::none_at_all("empty.example.com=", &[])]
#[case::missing("vm.example.com=1.1.1.1:8080,[fd00::2]:8080,3.3.3.3:8080",
    &["vm.example.com MissingEndpoint 3.3.3.3:8080 [3.3.3.3:8080 > ]  it is expected"])]
#[case::surplus("vm.example.com=1.1.1.1:8080",
    &["vm.example.com SurplusEndpoint [fd00::2]:8080 [ > [fd00::2]:8080]  it is not expected"])]
#[case::other_port("vm.example.com:81=1.1.1.1:8080",
    &["vm.example.com:81 MissingCluster  [1.1.1.1:8080 > ]  no cluster is of this host"])]
#[tokio::test]
async fn expectations(#[case] text: &str, #[case] expected: &[&str]) {
    let found = found(MANIFESTS, Profile::Istio).await;
    let comparison = Comparison::of(&found).with_expectations(&found, &[text.parse().expect("an expectation")]);
    assert_eq!(lines(&comparison), expected);
}

#[tokio::test]
async fn of_a_name_the_looked_up_addresses_can_be_expected() {
    let mut found = found(MANIFESTS, Profile::Istio).await;
    let names = found.clusters.iter_mut().find(|cluster| cluster.kind == "STRICT_DNS").expect("a DNS cluster");
    let at = |address: &str, health: &str| LookedUp { address: address.into(), port: 80, health: health.into() };
    names.endpoints[0].looked_up = vec![at("5.5.5.5", "healthy"), at("6.6.6.6", "ejected")];
    let differences = |text: &str| {
        let expectation = [text.parse().expect("an expectation")];
        lines(&Comparison::of(&found).with_expectations(&found, &expectation))
    };
    assert_eq!(
        differences("db.example.com=5.5.5.5:80,6.6.6.6:80"),
        ["db.example.com NotHealthy 6.6.6.6:80 [healthy > ejected]  it gets no requests"]
    );
    assert_eq!(
        differences("db.example.com=5.5.5.5:80"),
        ["db.example.com SurplusEndpoint 6.6.6.6:80 [ > 6.6.6.6:80]  it is not expected"]
    );
}

#[rstest]
#[case("se.example.com", "`se.example.com` has no `=`; write it like se.example.com=1.1.1.1:80,2.2.2.2:80")]
#[case("=1.1.1.1:80", "`=1.1.1.1:80` has no host before `=`")]
#[case("a=1.1.1.1", "`1.1.1.1` is not an endpoint such as 1.1.1.1:80, [fd00::1]:80 or vm.example.com:80")]
#[case("a=1.1.1.1:0", "`1.1.1.1:0` is not an endpoint such as 1.1.1.1:80, [fd00::1]:80 or vm.example.com:80")]
#[case("a=fd00::1:80", "`fd00::1:80` is not an endpoint such as 1.1.1.1:80, [fd00::1]:80 or vm.example.com:80")]
fn expectations_that_cannot_be_read(#[case] text: &str, #[case] expected: &str) {
    let error = text.parse::<sextant_endpoints::Expectation>().expect_err("none");
    assert_eq!(error.to_string(), expected);
}
