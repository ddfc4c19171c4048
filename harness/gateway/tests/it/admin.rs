//! The admin server.

use serde_json::Value;
use sextant_gateway::{Gateway, GatewayOptions, StartError};

use crate::support::*;

async fn read(gateway: &Gateway, path: &str) -> Reply {
    Client::connect(gateway.admin_addr().unwrap(), Version::Http1).await.get("admin", path).await
}

async fn json(gateway: &Gateway, path: &str) -> Value {
    let reply = read(gateway, path).await;
    assert_eq!(reply.headers["content-type"], "application/json");
    serde_json::from_str(&reply.text).unwrap()
}

fn with_admin(plan: &Plan) -> GatewayOptions {
    GatewayOptions { admin: Some("127.0.0.1:0".parse().unwrap()), ..options(plan) }
}

/// The reply with what differs from run to run made equal.
fn stable(mut value: Value) -> Value {
    for listener in value["listeners"].as_array_mut().into_iter().flatten() {
        let bound = listener["bound"].as_str().unwrap();
        assert!(bound.parse::<std::net::SocketAddr>().is_ok_and(|bound| bound.port() != 0));
        listener["bound"] = "127.0.0.1:*".into();
    }
    value
}

#[tokio::test]
async fn health_is_503_before_the_first_configuration_and_200_with_it() {
    let gateway = Gateway::start(with_admin(&Plan::default())).await.unwrap();
    assert_eq!(read(&gateway, "/health").await.status, 503);
    apply(&gateway, &one_service(&["1.1.1.1"])).await;
    let reply = read(&gateway, "/health").await;
    assert_eq!(reply.status, 200);
    let health: Value = serde_json::from_str(&reply.text).unwrap();
    assert_eq!(health, serde_json::json!({ "generation": 1, "serving": true, "waitingFor": [] }));
}

#[tokio::test]
async fn endpoints_and_configuration_as_json() {
    let dns = Dns::start().await;
    dns.set("se.example.com", &found(&["4.4.4.4", "5.5.5.5"]));
    let mut options = with_admin(&Plan::default());
    options.dns.servers = vec![dns.address];
    let workload = "kind: WorkloadEntry
apiVersion: networking.istio.io/v1
metadata: { name: vm-1, namespace: test, labels: { app: vm } }
spec: { address: 1.1.1.1, locality: r1/z1/sz1, weight: 3, ports: { http: 8080 } }";
    let manifests = [
        gateway_manifest(),
        route(
            "route",
            "se.example.com",
            &format!(
                "[{{ backendRefs: [{}, {}, {}] }}]",
                backend("named", 1),
                backend("selected", 2),
                backend("gone", 1)
            ),
        ),
        service("named", "se.example.com", "HTTP", "resolution: DNS"),
        service(
            "selected",
            "vm.example.com",
            "HTTP2",
            "resolution: STATIC\n  workloadSelector: { labels: { app: vm } }",
        ),
        workload.to_owned(),
    ];
    let gateway = serve(options, &manifests).await;
    let mut endpoints = json(&gateway, "/endpoints").await;
    let lookups = endpoints["backends"][0]["dns"][0]["lookups"].take();
    assert!(lookups.as_u64().unwrap() >= 1);
    insta::assert_json_snapshot!("endpoints", endpoints);
    let mut config = stable(json(&gateway, "/config").await);
    config["backends"] = "as in /endpoints".into();
    insta::assert_json_snapshot!("config", config);
}

#[tokio::test]
async fn routes_of_calls_and_of_connections_as_json() {
    let listeners = "{ name: http, port: 8080, protocol: HTTP }, { name: tcp, port: 9000, protocol: TCP }, \
                     { name: tls, port: 9443, protocol: TLS, hostname: '*.example.com', tls: { mode: Passthrough } }";
    let rules = format!("[{{ backendRefs: [{}, {}] }}]", backend("service", 3), backend("gone", 1));
    let calls = format!("[{{ matches: [{{ method: {{ service: s }} }}], backendRefs: [{}] }}]", backend("service", 1));
    let manifests = [
        gateway_on(&[]).replace("listeners: []", &format!("listeners: [{listeners}]")),
        route("calls", "se.example.com", &calls).replace("HTTPRoute", "GRPCRoute"),
        route("bytes", "se.example.com", &rules)
            .replace("HTTPRoute", "TCPRoute")
            .replace("hostnames: [se.example.com], ", ""),
        route("names", "se.example.com", &rules).replace("HTTPRoute", "TLSRoute"),
        fixed("service", "se.example.com", &["1.1.1.1"]),
    ];
    let gateway = serve(with_admin(&Plan::default()), &manifests).await;
    let mut config = stable(json(&gateway, "/config").await);
    config["backends"] = "as in /endpoints".into();
    insta::assert_json_snapshot!("routes", config);
}

#[tokio::test]
async fn endpoints_as_istioctl_shows_them() {
    let gateway = serve(with_admin(&Plan::default()), &one_service(&["1.1.1.1", "2.2.2.2"])).await;
    let reply = read(&gateway, "/endpoints?format=table").await;
    insta::assert_snapshot!(reply.text, @r"
    ENDPOINT       STATUS      OUTLIER CHECK     CLUSTER
    1.1.1.1:80     HEALTHY     OK                istio-se_test_service_se.example.com_80
    2.2.2.2:80     HEALTHY     OK                istio-se_test_service_se.example.com_80
    ");
    assert_eq!(read(&gateway, "/endpoints?format=xml").await.status, 400);
}

#[tokio::test]
async fn counters() {
    let plan = Plan::default();
    let _endpoints = echo(&plan, &["1.1.1.1"]).await;
    let gateway = serve(GatewayOptions { workers: 1, ..with_admin(&plan) }, &one_service(&["1.1.1.1"])).await;
    let mut client = Client::connect(address(&gateway), Version::Http1).await;
    for _ in 0..3 {
        client.get("se.example.com", "/").await;
    }
    client.get("other.example.com", "/").await;
    assert_eq!(
        json(&gateway, "/stats").await,
        serde_json::json!({
            "connectionsAccepted": 1,
            "connectionsOpen": 1,
            "requests": 4,
            "outcomes": { "forwarded": 3, "no-route": 1 },
            "upstreamConnects": 1,
            "upstreamReuses": 2,
            "upstreamResent": 0,
            "rerouted": 0,
            "ejections": 0,
            "mirrored": 0,
            "mirrorFailures": 0,
        })
    );
}

#[tokio::test]
async fn anything_else_names_what_there_is() {
    let gateway = Gateway::start(with_admin(&Plan::default())).await.unwrap();
    let reply = read(&gateway, "/").await;
    assert_eq!(reply.status, 404);
    assert!(reply.text.contains("/endpoints?format=table\n"));
    let answer =
        raw(gateway.admin_addr().unwrap(), b"POST /stats HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 405 "), "{answer}");
}

#[tokio::test]
async fn invariant_1_nothing_listens_outside_loopback() {
    let outside = "0.0.0.0:0".parse().unwrap();
    let admin = Gateway::start(GatewayOptions { admin: Some(outside), ..options(&Plan::default()) }).await;
    assert!(matches!(admin.err(), Some(StartError::NotLoopback { what: "admin", .. })));
    let listen = Gateway::start(GatewayOptions { listen: outside.ip(), ..options(&Plan::default()) }).await;
    assert!(matches!(listen.err(), Some(StartError::NotLoopback { what: "listen", .. })));
    let mut options = options(&Plan::default());
    options.dns.servers = vec!["8.8.8.8:53".parse().unwrap()];
    assert!(matches!(Gateway::start(options).await.err(), Some(StartError::DnsServer { .. })));
}

#[tokio::test]
async fn a_taken_admin_address_is_an_error_that_says_what_to_do() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let options = GatewayOptions { admin: taken.local_addr().ok(), ..options(&Plan::default()) };
    let error = Gateway::start(options).await.err().unwrap();
    assert!(error.to_string().ends_with("choose another admin address, or port 0 for a free one"), "{error}");
}
