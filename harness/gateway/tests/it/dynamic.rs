//! DYNAMIC_DNS (I-107, D-14): the request names its endpoint. The words of failures are those of Envoy 1.40 with a dynamic
//! forward proxy.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rstest::rstest;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore, crypto};
use sextant_fake_dns::QueryType;
use sextant_fake_vms::{Authority, Behaviour, Fleet, FleetOptions, Lease, ServeTls, VmSpec, Workload};
use sextant_gateway::{Gateway, GatewayOptions};
use sextant_routing::{Options, Profile, Settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;

use crate::support::*;

struct Bed {
    gateway: Gateway,
    dns: Dns,
    plan: Plan,
    _endpoints: std::collections::BTreeMap<String, Endpoint>,
}

impl Bed {
    async fn start(prepare: impl FnOnce(&mut GatewayOptions)) -> Self {
        let plan = Plan::default();
        let endpoints = echo(&plan, &["1.1.1.1", "2.2.2.2"]).await;
        let dns = Dns::start().await;
        let mut options = options(&plan);
        options.dns.servers = vec![dns.address];
        options.dns.timeout = Duration::from_millis(50);
        options.dns.retries = 0;
        prepare(&mut options);
        let gateway = Gateway::start(options).await.unwrap();
        let bed = Self { gateway, dns, plan, _endpoints: endpoints };
        bed.apply(&manifests("HTTP")).await;
        bed
    }

    async fn apply(&self, manifests: &[String]) {
        let settings = Settings { dynamic_forward_proxy: true, ..Settings::default() };
        let options = Options { profile: Profile::Istio, settings, ..Options::default() };
        let generation = self.gateway.apply(model_under(&options, manifests)).unwrap();
        self.gateway.serving(generation, soon()).await.unwrap();
    }

    async fn settle(&self) {
        self.gateway.dns_settled(Instant::now(), soon()).await.unwrap();
    }

    /// Status and body for `host`.
    async fn ask(&self, host: &str) -> (u16, String) {
        let reply = get(address(&self.gateway), host).await;
        (reply.status.as_u16(), reply.text)
    }

    async fn reason(&self, host: &str) -> String {
        let reply = get(address(&self.gateway), host).await;
        let reason = reply.headers["x-sextant-reason"].to_str().unwrap();
        reason.split(';').next().unwrap().to_owned()
    }
}

/// Every host at the listener goes to a ServiceEntry for `*.example.com`.
fn manifests(protocol: &str) -> Vec<String> {
    let rule = "[{ backendRefs: [{ group: networking.istio.io, kind: Hostname, name: '*.example.com', port: 80 }] }]";
    vec![
        gateway_manifest(),
        route("route", "'*.com'", rule),
        service("service", "'*.example.com'", protocol, "resolution: DYNAMIC_DNS"),
    ]
}

fn served(by: &str) -> (u16, String) {
    (200, by.to_owned())
}

#[tokio::test]
async fn i_107_each_request_goes_where_its_host_is() {
    let bed = Bed::start(|_| ()).await;
    bed.dns.set("a.example.com", &found(&["1.1.1.1"]));
    bed.dns.set("b.deep.example.com", &found(&["2.2.2.2", "1.1.1.1"]));
    for _ in 0..3 {
        assert_eq!(bed.ask("a.example.com").await, served("1.1.1.1"));
        assert_eq!(bed.ask("b.deep.example.com").await, served("2.2.2.2"), "the first address of the answer");
        assert_eq!(bed.ask("A.Example.com").await, served("1.1.1.1"));
    }
    let names: Vec<_> = bed.gateway.backends()[0].dns.iter().map(|status| status.name.clone()).collect();
    assert_eq!(names, ["a.example.com", "b.deep.example.com"]);
}

#[tokio::test]
async fn i_107_the_port_is_that_of_the_authority_and_80_without() {
    let bed = Bed::start(|_| ()).await;
    let other = Endpoint::start(text("port 8443")).await;
    bed.plan.set("1.1.1.1:8443", other.address);
    bed.dns.set("a.example.com", &found(&["1.1.1.1"]));
    assert_eq!(bed.ask("a.example.com").await, served("1.1.1.1"));
    assert_eq!(bed.ask("a.example.com:80").await, served("1.1.1.1"));
    assert_eq!(bed.ask("a.example.com:8443").await, served("port 8443"));
    assert_eq!(bed.reason("a.example.com:81").await, "dial-refused", "the plan has no such port");
    assert_eq!(bed.dns.questions("a.example.com", QueryType::A), lookups(&bed, "a.example.com"));
}

fn lookups(bed: &Bed, name: &str) -> usize {
    let status = bed.gateway.dns_status();
    let status = status.iter().find(|status| status.name == name).unwrap();
    usize::try_from(status.lookups).unwrap()
}

#[rstest]
#[case::nx_domain("{ rcode: NXDOMAIN }")]
#[case::no_data("{ records: [] }")]
#[case::serv_fail("{ rcode: SERVFAIL }")]
#[case::silence("{ drop: true }")]
#[tokio::test]
async fn i_107_a_name_without_address_is_answered_503(#[case] answer: &str) {
    let bed = Bed::start(|_| ()).await;
    bed.dns.set("gone.example.com", answer);
    assert_eq!(bed.ask("gone.example.com").await, (503, "DNS resolution failure".to_owned()));
    assert_eq!(bed.reason("gone.example.com").await, "no-such-name");
    // It is followed all the same: once it has an address, it serves.
    bed.dns.set("gone.example.com", &found(&["1.1.1.1"]));
    bed.settle().await;
    assert_eq!(bed.ask("gone.example.com").await, served("1.1.1.1"));
}

#[rstest]
#[case::the_suffix_itself("example.com")]
#[case::another_suffix("a.example.org.com")]
#[case::an_address("1.1.1.1.com")]
#[tokio::test]
async fn i_107_only_names_that_the_wildcard_covers_are_looked_up(#[case] host: &str) {
    let bed = Bed::start(|_| ()).await;
    bed.dns.set(host, &found(&["1.1.1.1"]));
    assert_eq!(bed.ask(host).await, (503, "no healthy upstream".to_owned()));
    assert_eq!(bed.reason(host).await, "name-not-covered");
    assert_eq!(bed.dns.questions(host, QueryType::A), 0);
}

#[tokio::test]
async fn an_answer_that_changes_is_followed_and_a_failure_changes_nothing() {
    let bed = Bed::start(|_| ()).await;
    bed.dns.set("a.example.com", &found(&["1.1.1.1"]));
    assert_eq!(bed.ask("a.example.com").await, served("1.1.1.1"));
    bed.dns.set("a.example.com", &found(&["2.2.2.2"]));
    bed.settle().await;
    assert_eq!(bed.ask("a.example.com").await, served("2.2.2.2"));
    for answer in ["{ rcode: SERVFAIL }", "{ rcode: NXDOMAIN }", "{ records: [] }"] {
        bed.dns.set("a.example.com", answer);
        bed.settle().await;
        assert_eq!(bed.ask("a.example.com").await, served("2.2.2.2"), "{answer}");
    }
}

#[tokio::test]
async fn requests_that_come_together_wait_for_one_lookup() {
    let bed = Bed::start(|options| options.dns.refresh = Duration::from_secs(600)).await;
    bed.dns.set("a.example.com", &found(&["1.1.1.1"]).replace("{ records", "{ delay: 30ms, records"));
    let gateway = address(&bed.gateway);
    let mut asked = JoinSet::new();
    for _ in 0..20 {
        asked.spawn(async move { get(gateway, "a.example.com").await.text });
    }
    assert_eq!(tally(asked.join_all().await), expected(&[("1.1.1.1", 20)]));
    assert_eq!(bed.dns.questions("a.example.com", QueryType::A), 1);
}

#[tokio::test]
async fn names_stay_known_under_a_new_configuration_and_go_with_the_backend() {
    let bed = Bed::start(|options| options.dns.refresh = Duration::from_secs(600)).await;
    bed.dns.set("a.example.com", &found(&["1.1.1.1"]));
    assert_eq!(bed.ask("a.example.com").await, served("1.1.1.1"));
    bed.apply(&manifests("HTTP")).await;
    assert_eq!(bed.ask("a.example.com").await, served("1.1.1.1"));
    assert_eq!(bed.dns.questions("a.example.com", QueryType::A), 1);
    bed.apply(&manifests("HTTP")[..2]).await;
    assert!(bed.gateway.dns_status().is_empty());
    bed.apply(&manifests("HTTP")).await;
    assert_eq!(bed.ask("a.example.com").await, served("1.1.1.1"));
    assert_eq!(bed.dns.questions("a.example.com", QueryType::A), 2);
}

#[tokio::test]
async fn a_name_that_nobody_asks_for_is_forgotten() {
    let bed = Bed::start(|options| options.dns.forget_after = Duration::ZERO).await;
    bed.dns.set("a.example.com", &found(&["1.1.1.1"]));
    assert_eq!(bed.ask("a.example.com").await, served("1.1.1.1"));
    eventually("the name to be forgotten", || bed.gateway.dns_status(), |names| names.is_empty()).await;
    assert_eq!(bed.ask("a.example.com").await, served("1.1.1.1"));
}

#[tokio::test]
async fn without_a_dns_server_the_reply_says_so() {
    let bed = Bed::start(|options| options.dns.servers.clear()).await;
    assert_eq!(bed.ask("a.example.com").await, (503, "no healthy upstream".to_owned()));
    assert_eq!(bed.reason("a.example.com").await, "no-resolver");
}

#[tokio::test]
async fn i_107_tls_is_for_the_name_of_the_request_at_its_own_port() {
    let bed = Bed::start(|_| ()).await;
    let fleet = Fleet::start(Lease::take().unwrap(), FleetOptions::default());
    let tls = Some(ServeTls::named("*.example.com"));
    let behaviour = Behaviour { tls, ..Behaviour::default() };
    let documented = "1.1.1.1:443".parse().unwrap();
    let vm = fleet.add(VmSpec { documented, workload: Workload::host("vm"), behaviour }).unwrap();
    bed.plan.set("1.1.1.1:443", vm.actual());
    let authority = Authority::fixture().unwrap().certificate().unwrap();
    let authority: String = authority.lines().map(|line| format!("    {line}\n")).collect();
    let mut with_tls = manifests("HTTP");
    with_tls.push(format!(
        "kind: Secret\napiVersion: v1\nmetadata: {{ name: ca, namespace: test }}\nstringData:\n  ca.crt: |\n{authority}"
    ));
    with_tls.push(
        "kind: DestinationRule\napiVersion: networking.istio.io/v1\nmetadata: { name: tls, namespace: test }\n\
         spec: { host: '*.example.com', trafficPolicy: { tls: { mode: SIMPLE, credentialName: ca } } }"
            .to_owned(),
    );
    bed.apply(&with_tls).await;
    bed.dns.set("a.example.com", &found(&["1.1.1.1"]));
    bed.dns.set("a.b.example.com", &found(&["1.1.1.1"]));
    let reply = get(address(&bed.gateway), "a.example.com").await;
    let seen = serde_json::from_str::<sextant_fake_vms::Reply>(&reply.text).unwrap().seen.unwrap().tls.unwrap();
    assert_eq!(seen.server_name.as_deref(), Some("a.example.com"));
    // The certificate is not for this one, which SAN checks by the name of the request find out.
    assert_eq!(bed.reason("a.b.example.com").await, "tls-failed");
}

/// I-107: behind a listener that passes TLS on, the server name says where to, at the port of the ServiceEntry.
#[tokio::test]
async fn i_107_a_tls_connection_goes_where_its_server_name_is() {
    let bed = Bed::start(|_| ()).await;
    let fleet = Fleet::start(Lease::take().unwrap(), FleetOptions::default());
    let behaviour = Behaviour { tls: Some(ServeTls::named("a.example.com")), ..Behaviour::default() };
    let documented = "1.1.1.1:8443".parse().unwrap();
    let vm = fleet.add(VmSpec { documented, workload: Workload::host("vm"), behaviour }).unwrap();
    bed.plan.set("1.1.1.1:8443", vm.actual());
    bed.dns.set("a.example.com", &found(&["1.1.1.1"]));
    let tls = format!("{{ name: tls, protocol: TLS, port: {PORT}, tls: {{ mode: Passthrough }} }}");
    let reference = "{ group: networking.istio.io, kind: Hostname, name: '*.example.com', port: 8443 }";
    bed.apply(&[
        gateway_on(&[]).replace("listeners: []", &format!("listeners: [{tls}]")),
        format!(
            "kind: TLSRoute\napiVersion: gateway.networking.k8s.io/v1\nmetadata: {{ name: route, namespace: test }}\n\
             spec: {{ parentRefs: [{{ name: gateway }}], hostnames: ['*.com'], rules: [{{ backendRefs: [{reference}] }}] }}"
        ),
        service("service", "'*.example.com'", "TLS", "resolution: DYNAMIC_DNS").replace("number: 80", "number: 8443"),
    ])
    .await;
    let reply = https(address(&bed.gateway), "a.example.com").await.unwrap();
    assert!(reply.contains("\"serverName\":\"a.example.com\""), "{reply}");
    for unserved in ["gone.example.com", "a.example.org.com"] {
        assert!(https(address(&bed.gateway), unserved).await.is_err());
    }
    assert_eq!(bed.dns.questions("a.example.org.com", QueryType::A), 0);
    assert_eq!(vm.counts().connections, 1);
}

/// What comes back for `GET /` in TLS.
async fn https(address: std::net::SocketAddr, host: &str) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    let authority = Authority::fixture().unwrap().certificate().unwrap();
    roots.add(CertificateDer::from_pem_slice(authority.as_bytes()).unwrap()).unwrap();
    let client = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from(host.to_owned()).unwrap();
    let mut stream = within("a handshake", TlsConnector::from(Arc::new(client)).connect(name, stream)).await?;
    stream.write_all(format!("GET / HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").as_bytes()).await?;
    let mut reply = String::new();
    within("a reply", stream.read_to_string(&mut reply)).await?;
    Ok(reply)
}

#[tokio::test]
async fn i_108_without_the_filter_a_gateway_has_nobody_to_send_to() {
    let bed = Bed::start(|_| ()).await;
    bed.dns.set("a.example.com", &found(&["1.1.1.1"]));
    for profile in [Profile::Istio, Profile::Kgateway] {
        let options = Options { profile, ..Options::default() };
        let generation = bed.gateway.apply(model_under(&options, &manifests("HTTP"))).unwrap();
        bed.gateway.serving(generation, soon()).await.unwrap();
        assert_eq!(bed.ask("a.example.com").await, (503, "no healthy upstream".to_owned()));
    }
    assert_eq!(bed.dns.questions("a.example.com", QueryType::A), 0);
}
