//! The adapter of the reference gateway, by what it tells and does as a subject.

#![expect(clippy::unwrap_used, reason = "where a helper finds something amiss, its test has failed")]

use std::cmp::Ordering;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rstest::rstest;
use sextant_fake_dns::FakeDns;
use sextant_fake_vms::{Behaviour, Fleet, FleetOptions, Lease, VmSpec, Workload};
use sextant_runner::{AddressMode, Generation, Subject, SubjectError, SubjectFactory as _, SubjectWorld};
use sextant_scenario::{Profile, Settings};
use sextant_subjects::ReferenceFactory;
use sextant_verdict::ListedEndpoint;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const GATEWAY_AND_ROUTE: &str = "
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: gateway, namespace: ns }
spec:
  gatewayClassName: kgateway
  listeners: [{ name: http, protocol: HTTP, port: 80 }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: route, namespace: ns }
spec:
  parentRefs: [{ name: gateway }]
  rules: [{ backendRefs: [{ group: networking.istio.io, kind: ServiceEntry, name: se, port: 80 }] }]
---
";

/// A ServiceEntry `ns/se` for se.test with this in its spec.
fn entry(spec: &str) -> String {
    format!(
        "{GATEWAY_AND_ROUTE}
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {{ name: se, namespace: ns }}
spec:
  hosts: [se.test]
  ports: [{{ number: 80, name: http, protocol: HTTP }}]
  {spec}
"
    )
}

struct World {
    subject: Box<dyn Subject>,
    dns: FakeDns,
    _fleet: Fleet,
}

impl World {
    /// A world with workloads 10.0.0.1:80 and 10.0.0.2:80, where se.test is 10.0.0.1.
    async fn new(settings: Settings) -> Self {
        let fleet = Fleet::start(Lease::take().unwrap(), FleetOptions::default());
        for documented in ["10.0.0.1:80", "10.0.0.2:80"].map(|address| address.parse().unwrap()) {
            let workload = Workload::host("vm");
            fleet.add(VmSpec { documented, workload, behaviour: Behaviour::default() }).unwrap();
        }
        let zone = zone("A 10.0.0.1");
        let dns = FakeDns::start(sextant_fake_dns::Options { zone, ..Default::default() }).await.unwrap();
        let world = SubjectWorld {
            scenario: "test".into(),
            profile: Profile::Kgateway,
            settings,
            dns: dns.addr(),
            plan: Arc::new(fleet.lease().plan()),
            addresses: AddressMode::Alias,
            seed: 1,
        };
        let subject = ReferenceFactory::default().start(world).await.unwrap();
        Self { subject, dns, _fleet: fleet }
    }

    async fn with(manifests: &str) -> Self {
        let mut world = Self::new(Settings::default()).await;
        world.apply(manifests).await;
        world
    }

    async fn apply(&mut self, manifests: &str) -> Generation {
        let loaded = sextant_resources::load_text(&"test.yaml".into(), manifests);
        assert!(!loaded.has_errors(), "{:?}", loaded.diagnostics);
        let generation = self.subject.apply(&loaded.resources).await.unwrap();
        self.subject.converged(generation, soon()).await.unwrap();
        generation
    }

    async fn endpoints(&mut self) -> Vec<ListedEndpoint> {
        self.subject.listing().await.unwrap().endpoints
    }

    async fn addresses(&mut self) -> Vec<String> {
        self.endpoints().await.iter().map(|listed| listed.endpoint.to_string()).collect()
    }

    /// The whole response to GET /.
    async fn get(&self) -> String {
        let mut stream = TcpStream::connect(self.subject.listener(80).unwrap()).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: se.test\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut response = String::new();
        tokio::time::timeout(Duration::from_secs(20), stream.read_to_string(&mut response)).await.unwrap().unwrap();
        response.to_lowercase()
    }
}

fn zone(record: &str) -> sextant_fake_dns::Zone {
    let answer = format!(r#"{{"se.test": [{{"records": ["{record}"]}}]}}"#);
    serde_json::from_str(&answer).unwrap()
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

#[tokio::test]
async fn static_endpoints_are_listed_with_all_that_is_known_and_serve() {
    let spec = "resolution: STATIC
  endpoints: [{ address: 10.0.0.1, locality: r1/z1, weight: 3 }, { address: 10.0.0.2 }]";
    let mut world = World::with(&entry(spec)).await;
    let mut listed = world.endpoints().await;
    listed.sort();
    let expected = |endpoint: &str, locality: &str, weight, source: &str| ListedEndpoint {
        service_entry: "ns/se".into(),
        host: "se.test".into(),
        port: 80,
        endpoint: endpoint.parse().unwrap(),
        locality: locality.into(),
        weight,
        priority: 0,
        source: source.into(),
    };
    assert_eq!(
        listed,
        [
            expected("10.0.0.1:80", "r1/z1", 3, "ServiceEntry ns/se endpoints[0]"),
            expected("10.0.0.2:80", "", 1, "ServiceEntry ns/se endpoints[1]"),
        ]
    );
    assert_eq!(world.subject.ports(), [80]);
    assert!(world.get().await.starts_with("http/1.1 200"));
    assert!(world.dns.journal().entries().is_empty(), "a static backend is never looked up (K-031)");
}

#[rstest]
#[case::host("resolution: DNS", "", "Host se.test")]
#[case::workload_entry(
    "workloadSelector: { labels: { app: x } }\n  resolution: STATIC",
    "apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: { name: we, namespace: ns, labels: { app: x } }
spec: { address: 10.0.0.1 }",
    "WorkloadEntry ns/we"
)]
#[case::pod(
    "workloadSelector: { labels: { app: x } }\n  resolution: STATIC",
    "apiVersion: v1
kind: Pod
metadata: { name: pod, namespace: ns, labels: { app: x } }
status:
  podIP: 10.0.0.1
  podIPs: [{ ip: 10.0.0.1 }]
  phase: Running
  conditions: [{ type: Ready, status: \"True\" }]",
    "Pod ns/pod"
)]
#[tokio::test]
async fn an_endpoint_names_the_object_that_it_comes_from(
    #[case] spec: &str,
    #[case] object: &str,
    #[case] source: &str,
) {
    let mut world = World::with(&format!("{}---\n{object}\n", entry(spec))).await;
    let listed = world.endpoints().await;
    assert_eq!(listed.iter().map(|listed| listed.source.as_str()).collect::<Vec<_>>(), [source]);
    assert_eq!(world.addresses().await, ["10.0.0.1:80"]);
}

/// K-048: an entry without an address is left out, and the listing says why.
#[tokio::test]
async fn what_is_left_out_is_listed_with_reason_and_rule() {
    let workload = "---
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: { name: nowhere, namespace: ns, labels: { app: x } }
spec: { network: net2 }
";
    let entry = entry("workloadSelector: { labels: { app: x } }\n  resolution: STATIC");
    let mut world = World::with(&format!("{entry}{workload}")).await;
    let listing = world.subject.listing().await.unwrap();
    assert_eq!(listing.endpoints, []);
    let [left_out] = listing.excluded.try_into().unwrap();
    assert_eq!(
        (left_out.service_entry.as_str(), left_out.source.as_str(), left_out.reason.as_str(), left_out.rule.as_str()),
        ("ns/se", "WorkloadEntry ns/nowhere", "NoAddress", "K-048")
    );
    assert!(!left_out.message.is_empty());
}

#[rstest]
#[case::resolved("se", "True", "ResolvedRefs")]
#[case::unresolved("other", "False", "BackendNotFound")]
#[tokio::test]
async fn conditions_of_routes_are_reported_for_their_parent(
    #[case] name: &str,
    #[case] status: &str,
    #[case] reason: &str,
) {
    let manifests = entry("resolution: DNS").replace("name: se, port", &format!("name: {name}, port"));
    let mut world = World::with(&manifests).await;
    let conditions = world.subject.listing().await.unwrap().conditions;
    let refs = conditions.iter().find(|condition| condition.kind == "ResolvedRefs").unwrap();
    assert_eq!((refs.route.as_str(), refs.parent.as_str()), ("HTTPRoute ns/route", "ns/gateway"));
    assert_eq!((refs.status.as_str(), refs.reason.as_str()), (status, reason));
}

#[tokio::test]
async fn after_settling_only_the_new_dns_answer_is_an_endpoint() {
    let mut world = World::with(&entry("resolution: DNS")).await;
    assert_eq!(world.addresses().await, ["10.0.0.1:80"], "converged includes the first lookup");
    for record in ["A 10.0.0.2", "A 10.0.0.1"] {
        world.dns.set(zone(record));
        world.subject.dns_settled(Instant::now(), soon()).await.unwrap();
        assert_eq!(world.addresses().await, [format!("{}:80", &record[2..])]);
    }
}

#[tokio::test]
async fn a_deadline_that_passes_says_what_was_waited_for() {
    let mut world = World::with(&entry("resolution: DNS")).await;
    let never = Instant::now() + Duration::from_secs(3600);
    let error = world.subject.dns_settled(never, Instant::now() + Duration::from_millis(20)).await.unwrap_err();
    let SubjectError::NotConverged { awaited, .. } = &error else { panic!("{error}") };
    assert!(awaited.contains("se.test"), "{awaited}");
    let error = world.subject.converged(Generation(99), Instant::now()).await.unwrap_err();
    assert!(matches!(error, SubjectError::NotConverged { .. }), "{error}");
}

#[tokio::test]
async fn what_is_taken_away_is_gone_once_it_has_converged() {
    let spec = "resolution: STATIC\n  endpoints: [{ address: 10.0.0.1 }, { address: 10.0.0.2 }]";
    let mut world = World::with(&entry(spec)).await;
    let first = world.apply(&entry(spec)).await;
    let second = world.apply(&entry("resolution: STATIC\n  endpoints: [{ address: 10.0.0.2 }]")).await;
    assert!(second > first);
    assert_eq!(world.addresses().await, ["10.0.0.2:80"]);
    let listener = world.subject.listener(80).unwrap();
    world.apply("apiVersion: v1\nkind: Namespace\nmetadata: { name: ns }\n").await;
    assert_eq!((world.subject.ports(), world.subject.listener(80)), (vec![], None));
    assert_eq!(world.endpoints().await, []);
    assert!(TcpStream::connect(listener).await.is_err(), "the listener is still there");
}

/// The address plan is the only way out (invariant 1).
#[tokio::test]
async fn an_address_that_the_plan_does_not_have_is_refused() {
    let world = World::with(&entry("resolution: STATIC\n  endpoints: [{ address: 192.0.2.1 }]")).await;
    let response = world.get().await;
    assert!(response.starts_with("http/1.1 503"), "{response}");
    assert!(response.contains("x-sextant-reason: dial-refused"), "{response}");
}

/// K-067: endpoints are ranked against the gateway's own locality.
#[rstest]
#[case::near_the_first("r1/z1", Ordering::Less)]
#[case::near_the_second("r2/z2", Ordering::Greater)]
#[case::unknown("", Ordering::Equal)]
#[tokio::test]
async fn the_gateway_is_where_the_scenario_says(#[case] locality: &str, #[case] first_to_second: Ordering) {
    let settings = Settings { gateway_locality: locality.into(), ..Settings::default() };
    let mut world = World::new(settings).await;
    let spec = "resolution: STATIC
  endpoints: [{ address: 10.0.0.1, locality: r1/z1 }, { address: 10.0.0.2, locality: r2/z2 }]";
    let annotated = "name: se, namespace: ns, annotations: { networking.istio.io/traffic-distribution: PreferClose }";
    world.apply(&entry(spec).replace("name: se, namespace: ns", annotated)).await;
    let mut listed = world.endpoints().await;
    listed.sort_by_key(|listed| listed.endpoint);
    assert_eq!(listed[0].priority.cmp(&listed[1].priority), first_to_second, "{listed:?}");
}

/// What a scenario leaves behind: nothing listens any more.
#[rstest]
#[case::stopped(true)]
#[case::dropped(false)]
#[tokio::test]
async fn a_subject_that_is_gone_has_no_listener(#[case] in_order: bool) {
    let world = World::with(&entry("resolution: DNS")).await;
    let listener = world.subject.listener(80).unwrap();
    if in_order {
        world.subject.stop().await;
    } else {
        drop(world.subject);
    }
    assert!(TcpStream::connect(listener).await.is_err(), "the listener is still there");
}
