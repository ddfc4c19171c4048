//! TLS towards endpoints (K-018, K-101, K-134; I-111, I-112), against workloads with certificates of the fixture
//! authority. The words of failures are those of Envoy 1.40.

use std::time::Duration;

use rstest::rstest;
use sextant_fake_vms::{Authority, Behaviour, Fleet, FleetOptions, Lease, SeenTls, ServeTls, VmSpec, Workload};
use sextant_gateway::{Gateway, GatewayOptions};
use sextant_routing::{Options, Profile};
use tokio::net::TcpListener;

use crate::support::*;

const CONNECT_FAILURE: &str =
    "upstream connect error or disconnect/reset before headers. reset reason: remote connection failure";
const VM: &str = "1.1.1.1:80";

/// A fake VM at 1.1.1.1:80, and the plan that leads to it.
struct World {
    fleet: Fleet,
    plan: Plan,
}

impl World {
    fn serving(tls: Option<ServeTls>) -> Self {
        let (fleet, plan) = (Fleet::start(Lease::take().unwrap(), FleetOptions::default()), Plan::default());
        let behaviour = Behaviour { tls, ..Behaviour::default() };
        let documented = VM.parse().unwrap();
        let vm = fleet.add(VmSpec { documented, workload: Workload::host("vm"), behaviour }).unwrap();
        plan.set(VM, vm.actual());
        Self { fleet, plan }
    }

    fn named(certificate: &str) -> Self {
        Self::serving(Some(ServeTls::named(certificate)))
    }

    async fn gateway(&self, profile: Profile, manifests: &[String]) -> Gateway {
        let gateway = Gateway::start(options(&self.plan)).await.unwrap();
        apply_under(&gateway, profile, manifests).await;
        gateway
    }

    /// Connections and requests at the VM so far.
    fn counts(&self) -> (u64, u64) {
        let counts = self.fleet.journal().counts(VM.parse().unwrap());
        (counts.connections, counts.requests)
    }
}

async fn apply_under(gateway: &Gateway, profile: Profile, manifests: &[String]) {
    let model = model_under(&Options { profile, ..Options::default() }, manifests);
    let generation = gateway.apply(model).unwrap();
    gateway.serving(generation, soon()).await.unwrap();
}

/// Gateway, route by host name and ServiceEntry for `se.example.com` at 1.1.1.1, port 80 with this protocol.
fn upstream(protocol: &str) -> Vec<String> {
    let rule = "[{ backendRefs: [{ group: networking.istio.io, kind: Hostname, name: se.example.com, port: 80 }] }]";
    let endpoints = "resolution: STATIC\n  endpoints: [{ address: 1.1.1.1 }]";
    vec![
        gateway_manifest(),
        // Any host, so that tests can say one.
        route("route", "'*.example.com'", rule),
        service("service", "se.example.com", protocol, endpoints),
    ]
}

fn block(pem: &str) -> String {
    pem.lines().map(|line| format!("    {line}\n")).collect()
}

fn config_map(pem: &str) -> String {
    format!(
        "kind: ConfigMap\napiVersion: v1\nmetadata: {{ name: ca, namespace: test }}\ndata:\n  ca.crt: |\n{}",
        block(pem)
    )
}

/// Secret `name` with an authority and, if given, a certificate and its key.
fn secret(name: &str, authority: &str, identity: Option<(&str, &str)>) -> String {
    let identity =
        identity.map(|(certificate, key)| format!("  tls.crt: |\n{}  tls.key: |\n{}", block(certificate), block(key)));
    format!(
        "kind: Secret\napiVersion: v1\nmetadata: {{ name: {name}, namespace: test }}\nstringData:\n  ca.crt: |\n{}{}",
        block(authority),
        identity.unwrap_or_default()
    )
}

fn fixture() -> String {
    Authority::fixture().unwrap().certificate().unwrap()
}

/// A BackendTLSPolicy for the ServiceEntry.
fn policy(validation: &str) -> String {
    format!(
        "kind: BackendTLSPolicy\napiVersion: gateway.networking.k8s.io/v1\nmetadata: {{ name: tls, namespace: test }}\n\
         spec:\n  targetRefs: [{{ group: networking.istio.io, kind: ServiceEntry, name: service }}]\n  \
         validation: {{ caCertificateRefs: [{{ kind: ConfigMap, name: ca }}], {validation} }}"
    )
}

fn rule(tls: &str) -> String {
    format!(
        "kind: DestinationRule\napiVersion: networking.istio.io/v1\nmetadata: {{ name: tls, namespace: test }}\n\
         spec: {{ host: se.example.com, trafficPolicy: {{ tls: {{ {tls} }} }} }}"
    )
}

fn with(mut manifests: Vec<String>, more: &[String]) -> Vec<String> {
    manifests.extend_from_slice(more);
    manifests
}

/// What the VM saw of TLS.
fn seen(reply: &Reply) -> Option<SeenTls> {
    assert_eq!(reply.status, 200, "{}", reply.text);
    serde_json::from_str::<sextant_fake_vms::Reply>(&reply.text).unwrap().seen.unwrap().tls
}

fn assert_failed(reply: &Reply) {
    assert_eq!((reply.status.as_u16(), reply.text.as_str()), (503, CONNECT_FAILURE));
    let reason = reply.headers["x-sextant-reason"].to_str().unwrap();
    assert!(reason.starts_with("tls-failed; backend=test/service"), "{reason}");
}

#[tokio::test]
async fn k_101_endpoints_are_spoken_to_in_tls_with_the_hostname_as_server_name() {
    let world = World::named("secure.test");
    let manifests = with(upstream("HTTP"), &[policy("hostname: secure.test"), config_map(&fixture())]);
    let gateway = world.gateway(Profile::Kgateway, &manifests).await;
    let saw = seen(&get(address(&gateway), "se.example.com").await).unwrap();
    assert_eq!(saw.server_name.as_deref(), Some("secure.test"));
    assert_eq!(saw.alpn.as_deref(), Some("http/1.1"));
    assert!(!saw.client_certificate);
    let status = &gateway.backends()[0].tls;
    assert_eq!(status.as_ref().map(|tls| tls.source.as_str()), Some("BackendTLSPolicy test/tls"));
}

#[rstest]
#[case::exact("secure.test", "hostname: secure.test", true)]
#[case::another_name("other.test", "hostname: secure.test", false)]
#[case::wildcard("*.secure.test", "hostname: a.secure.test", true)]
#[case::wildcard_of_one_label("*.secure.test", "hostname: a.b.secure.test", false)]
#[case::part_of_a_name("a.secure.test", "hostname: secure.test", false)]
#[case::other_name_accepted(
    "other.test",
    "hostname: secure.test, subjectAltNames: [{ type: Hostname, hostname: other.test }]",
    true
)]
#[case::then_not_the_hostname(
    "secure.test",
    "hostname: secure.test, subjectAltNames: [{ type: Hostname, hostname: other.test }]",
    false
)]
#[case::uri("spiffe://td/a", "hostname: secure.test, subjectAltNames: [{ type: URI, uri: 'spiffe://td/a' }]", true)]
#[case::other_uri(
    "spiffe://td/a/b",
    "hostname: secure.test, subjectAltNames: [{ type: URI, uri: 'spiffe://td/a' }]",
    false
)]
#[case::uri_is_no_host(
    "secure.test",
    "hostname: secure.test, subjectAltNames: [{ type: URI, uri: secure.test }]",
    false
)]
#[case::one_of_two(
    "b.test",
    "hostname: x.test, subjectAltNames: [{ type: Hostname, hostname: a.test }, { type: Hostname, hostname: b.test }]",
    true
)]
#[tokio::test]
async fn k_101_a_certificate_must_have_an_accepted_name(
    #[case] certificate: &str,
    #[case] validation: &str,
    #[case] accepted: bool,
) {
    let world = World::named(certificate);
    let manifests = with(upstream("HTTP"), &[policy(validation), config_map(&fixture())]);
    let gateway = world.gateway(Profile::Kgateway, &manifests).await;
    let reply = get(address(&gateway), "se.example.com").await;
    if accepted {
        assert!(seen(&reply).is_some());
    } else {
        assert_failed(&reply);
        assert_eq!(world.counts(), (1, 0), "the endpoint is asked for nothing");
    }
}

#[tokio::test]
async fn k_101_a_certificate_of_another_authority_is_refused() {
    let world = World::named("secure.test");
    let other = Authority::new("another").unwrap().certificate().unwrap();
    let manifests = with(upstream("HTTP"), &[policy("hostname: secure.test"), config_map(&other)]);
    let gateway = world.gateway(Profile::Kgateway, &manifests).await;
    assert_failed(&get(address(&gateway), "se.example.com").await);
    assert_eq!(world.counts(), (1, 0));
    // A bundle with the right one among others will do.
    let manifests = with(upstream("HTTP"), &[policy("hostname: secure.test"), config_map(&(other + &fixture()))]);
    apply_under(&gateway, Profile::Kgateway, &manifests).await;
    assert!(seen(&get(address(&gateway), "se.example.com").await).is_some());
}

#[rstest]
#[case::https("HTTPS")]
#[case::tls("TLS")]
#[tokio::test]
async fn k_018_without_a_policy_the_bytes_are_plain(
    #[case] protocol: &str,
    #[values(Profile::Kgateway, Profile::Istio)] profile: Profile,
) {
    let world = World::serving(None);
    let gateway = world.gateway(profile, &upstream(protocol)).await;
    assert_eq!(seen(&get(address(&gateway), "se.example.com").await), None);
    // And an endpoint that wants TLS answers in no HTTP.
    let world = World::named("secure.test");
    let gateway = world.gateway(profile, &upstream(protocol)).await;
    let reply = get(address(&gateway), "se.example.com").await;
    assert!(reply.status.is_server_error(), "{}", reply.text);
    assert_eq!(world.counts(), (1, 0));
}

#[tokio::test]
async fn an_endpoint_without_tls_is_a_failure_to_connect() {
    let world = World::serving(None);
    let manifests = with(upstream("HTTP"), &[policy("hostname: secure.test"), config_map(&fixture())]);
    let gateway = world.gateway(Profile::Kgateway, &manifests).await;
    assert_failed(&get(address(&gateway), "se.example.com").await);
}

#[tokio::test]
async fn an_endpoint_that_says_nothing_runs_into_the_connect_timeout() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let plan = Plan::default();
    plan.set(VM, silent.local_addr().unwrap());
    let quick = GatewayOptions { connect_timeout: Duration::from_millis(100), ..options(&plan) };
    let gateway = Gateway::start(quick).await.unwrap();
    let manifests = with(upstream("HTTP"), &[policy("hostname: secure.test"), config_map(&fixture())]);
    apply_under(&gateway, Profile::Kgateway, &manifests).await;
    let reply = get(address(&gateway), "se.example.com").await;
    let reason = reply.headers["x-sextant-reason"].to_str().unwrap();
    assert!(reply.status == 503 && reason.starts_with("connect-timeout"), "{} {reason}", reply.status);
}

#[tokio::test]
async fn k_017_http_2_is_agreed_on_by_alpn() {
    let world = World::named("secure.test");
    let manifests = with(upstream("HTTP2"), &[policy("hostname: secure.test"), config_map(&fixture())]);
    let gateway = world.gateway(Profile::Kgateway, &manifests).await;
    let mut client = Client::connect(address(&gateway), Version::Http1).await;
    for _ in 0..3 {
        let reply = client.get("se.example.com", "/").await;
        let saw = seen(&reply).unwrap();
        assert_eq!(saw.alpn.as_deref(), Some("h2"));
        assert!(reply.text.contains("\"protocol\":\"HTTP/2\""), "{}", reply.text);
    }
    assert_eq!(world.counts(), (1, 3));
}

#[tokio::test]
async fn k_134_a_policy_without_authorities_answers_500_and_under_istio_503() {
    let world = World::named("secure.test");
    let manifests = with(upstream("HTTP"), &[policy("hostname: secure.test")]);
    let gateway = world.gateway(Profile::Kgateway, &manifests).await;
    let reply = get(address(&gateway), "se.example.com").await;
    assert_eq!((reply.status.as_u16(), reply.text.as_str()), (500, ""));
    let gateway = world.gateway(Profile::Istio, &manifests).await;
    assert_failed(&get(address(&gateway), "se.example.com").await);
    assert_eq!(world.counts().1, 0);
}

#[rstest]
#[case::host_of_the_request("mode: SIMPLE, credentialName: ca", "se.example.com:8080", Some("se.example.com"))]
#[case::host_of_another_request("mode: SIMPLE, credentialName: ca", "other.example.com", Some("other.example.com"))]
#[case::fixed("mode: SIMPLE, credentialName: ca, sni: fixed.test", "se.example.com", Some("fixed.test"))]
#[case::unchecked("mode: SIMPLE, insecureSkipVerify: true", "a.b.example.com", Some("a.b.example.com"))]
#[tokio::test]
async fn i_111_a_destination_rule_sends_its_server_name_or_the_host(
    #[case] tls: &str,
    #[case] host: &str,
    #[case] expected: Option<&str>,
) {
    let world = World::named("*.example.com");
    let manifests = with(upstream("HTTPS"), &[rule(tls), secret("ca", &fixture(), None)]);
    let gateway = world.gateway(Profile::Istio, &manifests).await;
    let saw = seen(&get(address(&gateway), host).await).unwrap();
    assert_eq!(saw.server_name.as_deref(), expected);
    // K-093: none of it under kgateway.
    let gateway = world.gateway(Profile::Kgateway, &manifests).await;
    assert!(get(address(&gateway), host).await.status.is_server_error());
}

#[rstest]
#[case::auto_san_fails("mode: SIMPLE, credentialName: ca", "a.b.example.com", false)]
#[case::i_112_names_of_the_rule(
    "mode: SIMPLE, credentialName: ca, subjectAltNames: [b.example.com]",
    "a.b.example.com",
    true
)]
#[case::i_112_other_names("mode: SIMPLE, credentialName: ca, subjectAltNames: [b.test]", "se.example.com", false)]
#[case::sni_alone_checks_no_name("mode: SIMPLE, credentialName: ca, sni: x.test", "se.example.com", true)]
#[case::no_secret("mode: SIMPLE, credentialName: nobody", "se.example.com", false)]
#[case::authorities_of_the_system("mode: SIMPLE", "se.example.com", false)]
#[case::mesh("mode: ISTIO_MUTUAL", "se.example.com", false)]
#[tokio::test]
async fn i_112_names_under_a_destination_rule(#[case] tls: &str, #[case] host: &str, #[case] accepted: bool) {
    let world = World::named("*.example.com");
    let manifests = with(upstream("HTTPS"), &[rule(tls), secret("ca", &fixture(), None)]);
    let gateway = world.gateway(Profile::Istio, &manifests).await;
    let reply = get(address(&gateway), host).await;
    if accepted { assert!(seen(&reply).is_some()) } else { assert_failed(&reply) }
}

#[tokio::test]
async fn the_server_name_is_the_host_as_filters_leave_it() {
    let world = World::named("rewritten.test");
    let mut manifests =
        with(upstream("HTTPS"), &[rule("mode: SIMPLE, credentialName: ca"), secret("ca", &fixture(), None)]);
    let filter = "filters: [{ type: URLRewrite, urlRewrite: { hostname: rewritten.test } }], backendRefs:";
    manifests[1] = manifests[1].replace("backendRefs:", filter);
    let gateway = world.gateway(Profile::Istio, &manifests).await;
    let saw = seen(&get(address(&gateway), "se.example.com").await).unwrap();
    assert_eq!(saw.server_name.as_deref(), Some("rewritten.test"));
}

#[rstest]
#[case::shown("MUTUAL", true)]
#[case::not_shown("SIMPLE", false)]
#[tokio::test]
async fn mutual_tls_shows_the_certificate_of_the_secret(#[case] mode: &str, #[case] served: bool) {
    let tls = ServeTls { client_certificate: true, ..ServeTls::named("se.example.com") };
    let world = World::serving(Some(tls));
    let client = Authority::fixture().unwrap().issue("spiffe://cluster.local/ns/test/sa/gateway").unwrap();
    let manifests = with(
        upstream("HTTPS"),
        &[
            rule(&format!("mode: {mode}, credentialName: client")),
            secret("client", &fixture(), Some((&client.certificate, &client.key))),
        ],
    );
    let gateway = world.gateway(Profile::Istio, &manifests).await;
    let reply = get(address(&gateway), "se.example.com").await;
    if served {
        assert!(seen(&reply).unwrap().client_certificate);
    } else {
        assert_eq!((reply.status.as_u16(), world.counts().1), (503, 0), "{}", reply.text);
    }
}

/// Under kgateway TLS 1.2 is the newest version, so that the endpoint's refusal is part of the handshake.
#[tokio::test]
async fn an_endpoint_that_asks_for_a_certificate_in_vain_refuses_the_connection() {
    let tls = ServeTls { client_certificate: true, ..ServeTls::named("secure.test") };
    let world = World::serving(Some(tls));
    let manifests = with(upstream("HTTP"), &[policy("hostname: secure.test"), config_map(&fixture())]);
    let gateway = world.gateway(Profile::Kgateway, &manifests).await;
    assert_failed(&get(address(&gateway), "se.example.com").await);
}

#[tokio::test]
async fn connections_are_kept_as_long_as_tls_stays_the_same() {
    let world = World::named("secure.test");
    let plan = GatewayOptions { workers: 1, ..options(&world.plan) };
    let gateway = Gateway::start(plan).await.unwrap();
    let manifests =
        |validation: &str, authority: &str| with(upstream("HTTP"), &[policy(validation), config_map(authority)]);
    let (fixture, other) = (fixture(), Authority::new("another").unwrap().certificate().unwrap());
    let mut client = None;
    let mut ask = async |gateway: &Gateway| {
        if client.is_none() {
            client = Some(Client::connect(address(gateway), Version::Http1).await);
        }
        client.as_mut().unwrap().get("se.example.com", "/").await
    };
    apply_under(&gateway, Profile::Kgateway, &manifests("hostname: secure.test", &fixture)).await;
    seen(&ask(&gateway).await);
    seen(&ask(&gateway).await);
    assert_eq!(world.counts(), (1, 2), "kept between requests");
    apply_under(&gateway, Profile::Kgateway, &manifests("hostname: secure.test", &fixture)).await;
    seen(&ask(&gateway).await);
    assert_eq!(world.counts(), (1, 3), "and when the same is applied again");
    apply_under(&gateway, Profile::Kgateway, &manifests("hostname: secure.test", &other)).await;
    assert_failed(&ask(&gateway).await);
    assert_eq!(world.counts(), (2, 3), "but not for somebody who trusts another authority");
    apply_under(&gateway, Profile::Kgateway, &upstream("HTTP")).await;
    assert!(ask(&gateway).await.status.is_server_error(), "nor for plaintext");
}

#[tokio::test]
async fn requests_for_other_hosts_get_connections_of_their_own() {
    let world = World::named("*.example.com");
    let manifests =
        with(upstream("HTTPS"), &[rule("mode: SIMPLE, credentialName: ca"), secret("ca", &fixture(), None)]);
    let gateway = Gateway::start(GatewayOptions { workers: 1, ..options(&world.plan) }).await.unwrap();
    apply_under(&gateway, Profile::Istio, &manifests).await;
    let mut client = Client::connect(address(&gateway), Version::Http1).await;
    for host in ["a.example.com", "b.example.com", "a.example.com"] {
        let saw = seen(&client.get(host, "/").await).unwrap();
        assert_eq!(saw.server_name.as_deref(), Some(host));
    }
    assert_eq!(world.counts(), (2, 3));
}

#[tokio::test]
async fn a_renewed_certificate_is_taken_without_a_change_of_manifests() {
    let world = World::named("secure.test");
    let manifests = with(upstream("HTTP"), &[policy("hostname: secure.test"), config_map(&fixture())]);
    let gateway = world.gateway(Profile::Kgateway, &manifests).await;
    seen(&get(address(&gateway), "se.example.com").await);
    let vm = world.fleet.vm(VM.parse().unwrap()).unwrap();
    for (certificate, accepted) in [("wrong.test", false), ("secure.test", true)] {
        // The old connections end first.
        vm.set_behaviour(&Behaviour { fault: Some(sextant_fake_vms::Fault::Refuse), ..Behaviour::default() })
            .await
            .unwrap();
        let tls = Some(ServeTls::named(certificate));
        vm.set_behaviour(&Behaviour { tls, ..Behaviour::default() }).await.unwrap();
        let reply = get(address(&gateway), "se.example.com").await;
        if accepted { assert!(seen(&reply).is_some()) } else { assert_failed(&reply) }
    }
}

#[tokio::test]
async fn k_122_connections_that_are_passed_on_are_secured_as_requests_are() {
    let world = World::named("secure.test");
    let gateway = gateway_manifest().replace("protocol: HTTP", "protocol: TCP");
    let route = route("route", "se.example.com", &to("service"));
    let manifests = [
        gateway,
        route.replace("HTTPRoute", "TCPRoute").replace("hostnames: [se.example.com], ", ""),
        upstream("TCP").remove(2),
        policy("hostname: secure.test"),
        config_map(&fixture()),
    ];
    let gateway = world.gateway(Profile::Kgateway, &manifests).await;
    let request = b"GET / HTTP/1.1\r\nhost: anything.test\r\nconnection: close\r\n\r\n";
    let answer = raw(address(&gateway), request).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let seen = serde_json::from_str::<sextant_fake_vms::Reply>(body).unwrap().seen.unwrap();
    assert_eq!(seen.tls.unwrap().server_name.as_deref(), Some("secure.test"));
    assert!(!answer.contains("x-forwarded"), "the gateway has not read the request");
}

#[tokio::test]
async fn k_101_a_connection_whose_endpoint_has_another_certificate_is_closed() {
    let world = World::named("other.test");
    let gateway = gateway_manifest().replace("protocol: HTTP", "protocol: TCP");
    let route = route("route", "se.example.com", &to("service"));
    let manifests = [
        gateway,
        route.replace("HTTPRoute", "TCPRoute").replace("hostnames: [se.example.com], ", ""),
        upstream("TCP").remove(2),
        policy("hostname: secure.test"),
        config_map(&fixture()),
    ];
    let gateway = world.gateway(Profile::Kgateway, &manifests).await;
    assert_eq!(raw(address(&gateway), b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await, "");
    assert_eq!(gateway.stats().outcomes.into_iter().collect::<Vec<_>>(), [("tls-failed".to_owned(), 1)]);
    assert_eq!(world.counts().1, 0);
}
