//! Endpoints that fail go out of service and come back (K-092, K-094, I-154, I-155). The same was looked at on Envoy 1.40.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use http::{HeaderMap, Request, Response};
use rstest::rstest;
use sextant_gateway::{Gateway, GatewayOptions, Health};
use sextant_routing::{Locality, Options};

use crate::support::*;

const THREE: [&str; 3] = ["1.1.1.1", "2.2.2.2", "3.3.3.3"];

/// An endpoint at port 80 of `address` that answers with its address and the status that the switch says.
async fn switched(plan: &Plan, address: &str) -> (Endpoint, Arc<AtomicU16>) {
    let status = Arc::new(AtomicU16::new(200));
    let (now, name) = (status.clone(), address.to_owned());
    let endpoint = Endpoint::start(handler(move |_| {
        let (status, name) = (now.load(Ordering::SeqCst), name.clone());
        async move { Response::builder().status(status).body(body(name)).unwrap() }
    }));
    let endpoint = endpoint.await;
    plan.set(&format!("{address}:80"), endpoint.address);
    (endpoint, status)
}

/// Three endpoints, the third of them far away, and a DestinationRule with `outlier` (the inside of a YAML flow mapping).
fn manifests(outlier: &str) -> Vec<String> {
    let endpoints = "resolution: STATIC
  endpoints:
  - { address: 1.1.1.1, locality: r1/z1/s1 }
  - { address: 2.2.2.2, locality: r1/z1/s1 }
  - { address: 3.3.3.3, locality: r2/z1/s1 }";
    vec![
        gateway_manifest(),
        route("route", "se.example.com", &to("service")),
        service("service", "se.example.com", "HTTP", endpoints),
        rule(outlier, "loadBalancer: { localityLbSetting: { enabled: true } }"),
    ]
}

/// The same with all of them nearby.
fn flat(outlier: &str) -> Vec<String> {
    let mut manifests = one_service(&THREE);
    manifests.push(rule(outlier, ""));
    manifests
}

fn rule(outlier: &str, more: &str) -> String {
    format!(
        "kind: DestinationRule
apiVersion: networking.istio.io/v1
metadata: {{ name: rule, namespace: test }}
spec:
  host: se.example.com
  trafficPolicy:
    outlierDetection: {{ {outlier} }}
    {more}"
    )
}

/// Puts `manifests` into service for a gateway in `r1/z1/s1`.
async fn apply_here(gateway: &Gateway, manifests: &[String]) {
    let mut options = Options::default();
    options.gateway.locality = Locality::parse("r1/z1/s1");
    let generation = gateway.apply(model_under(&options, manifests)).unwrap();
    gateway.serving(generation, soon()).await.unwrap();
}

async fn serve_here(plan: &Plan, manifests: &[String]) -> Gateway {
    let gateway = Gateway::start(options(plan)).await.unwrap();
    apply_here(&gateway, manifests).await;
    gateway
}

/// Status and text of `n` replies over one connection.
async fn ask(gateway: &Gateway, n: usize) -> Vec<String> {
    let mut client = Client::connect(address(gateway), Version::Http1).await;
    let mut replies = Vec::new();
    for _ in 0..n {
        let reply = client.get("se.example.com", "/").await;
        replies.push(format!("{} {}", reply.status.as_u16(), reply.text));
    }
    replies
}

/// The endpoints that are out of service.
fn out(gateway: &Gateway) -> Vec<String> {
    let backends = gateway.backends();
    let endpoints = backends.iter().flat_map(|backend| &backend.endpoints);
    endpoints
        .filter(|endpoint| endpoint.health == Health::Ejected)
        .map(|endpoint| endpoint.address.to_string())
        .collect()
}

#[tokio::test]
async fn e_013_with_half_of_the_first_priority_out_the_next_one_gets_30_percent() {
    let plan = Plan::default();
    let (_first, status) = switched(&plan, "1.1.1.1").await;
    let (_second, _) = switched(&plan, "2.2.2.2").await;
    let (_third, _) = switched(&plan, "3.3.3.3").await;
    let gateway = serve_here(&plan, &manifests("consecutive5xxErrors: 1, maxEjectionPercent: 100")).await;
    assert_eq!(tally(ask(&gateway, 10).await), expected(&[("200 1.1.1.1", 5), ("200 2.2.2.2", 5)]));
    status.store(500, Ordering::SeqCst);
    assert_eq!(tally(ask(&gateway, 2).await), expected(&[("500 1.1.1.1", 1), ("200 2.2.2.2", 1)]));
    let replies = ask(&gateway, 100).await;
    assert_eq!(tally(replies), expected(&[("200 2.2.2.2", 70), ("200 3.3.3.3", 30)]), "1.4 times 50 percent");
    assert_eq!((out(&gateway), gateway.stats().ejections), (vec!["1.1.1.1".to_owned()], 1));
}

#[tokio::test]
async fn k_094_with_the_first_priority_out_the_next_one_gets_everything() {
    let plan = Plan::default();
    let (_first, first) = switched(&plan, "1.1.1.1").await;
    let (_second, second) = switched(&plan, "2.2.2.2").await;
    let (_third, _) = switched(&plan, "3.3.3.3").await;
    let gateway = serve_here(&plan, &manifests("consecutive5xxErrors: 1, maxEjectionPercent: 100")).await;
    first.store(503, Ordering::SeqCst);
    second.store(503, Ordering::SeqCst);
    let mut rest = ask(&gateway, 20).await;
    let failed = rest.iter().rposition(|reply| reply.starts_with("503")).unwrap();
    assert!(rest.iter().filter(|reply| reply.starts_with("503")).count() == 2, "one failure each: {rest:?}");
    assert_eq!(tally(rest.split_off(failed + 1)).keys().collect::<Vec<_>>(), ["200 3.3.3.3"]);
}

#[tokio::test]
async fn an_ejected_endpoint_comes_back_when_its_time_is_over() {
    let plan = Plan::default();
    let (_first, status) = switched(&plan, "1.1.1.1").await;
    let (_others, _more) = (switched(&plan, "2.2.2.2").await, switched(&plan, "3.3.3.3").await);
    let outlier = "consecutive5xxErrors: 1, maxEjectionPercent: 100, interval: 20ms, baseEjectionTime: 200ms";
    let gateway = serve(options(&plan), &flat(outlier)).await;
    status.store(500, Ordering::SeqCst);
    ask(&gateway, 3).await;
    assert_eq!(out(&gateway), ["1.1.1.1"]);
    status.store(200, Ordering::SeqCst);
    eventually("its time to be over", || out(&gateway), Vec::is_empty).await;
    let all = [("200 1.1.1.1", 3), ("200 2.2.2.2", 3), ("200 3.3.3.3", 3)];
    assert_eq!(tally(ask(&gateway, 9).await), expected(&all));
}

#[tokio::test]
async fn who_is_out_stays_out_in_a_new_configuration_unless_the_policy_is_another() {
    let plan = Plan::default();
    let (_first, status) = switched(&plan, "1.1.1.1").await;
    let (_others, _more) = (switched(&plan, "2.2.2.2").await, switched(&plan, "3.3.3.3").await);
    let manifests = flat("consecutive5xxErrors: 1, maxEjectionPercent: 100");
    let gateway = serve(options(&plan), &manifests).await;
    status.store(500, Ordering::SeqCst);
    ask(&gateway, 3).await;
    let unrelated = fixed("other", "other.example.com", &["9.9.9.9"]);
    apply(&gateway, &[manifests, vec![unrelated]].concat()).await;
    assert_eq!(tally(ask(&gateway, 10).await), expected(&[("200 2.2.2.2", 5), ("200 3.3.3.3", 5)]));
    apply(&gateway, &flat("consecutive5xxErrors: 2, maxEjectionPercent: 100")).await;
    assert!(out(&gateway).is_empty(), "another policy knows nothing yet");
}

#[rstest]
#[case::off("", "503 no healthy upstream")]
#[case::on("minHealthPercent: 50,", "500 1.1.1.1")]
#[tokio::test]
async fn i_113_panic_serves_who_is_out_and_without_it_nobody_does(#[case] panic: &str, #[case] reply: &str) {
    let plan = Plan::default();
    let (_only, status) = switched(&plan, "1.1.1.1").await;
    let mut manifests = one_service(&["1.1.1.1"]);
    manifests.push(rule(&format!("{panic} consecutive5xxErrors: 1, maxEjectionPercent: 100"), ""));
    let gateway = serve(options(&plan), &manifests).await;
    status.store(500, Ordering::SeqCst);
    assert_eq!(ask(&gateway, 1).await, ["500 1.1.1.1"]);
    assert_eq!(tally(ask(&gateway, 5).await), expected(&[(reply, 5)]));
    let reply = get(address(&gateway), "se.example.com").await;
    let reason = reply.headers.get("x-sextant-reason").map(|reason| reason.to_str().unwrap().to_owned());
    let told = reason.map(|reason| reason.split(';').next().unwrap().to_owned());
    assert_eq!(told.as_deref(), panic.is_empty().then_some("no-healthy-hosts"));
}

#[tokio::test]
async fn i_155_by_default_one_of_three_is_too_many() {
    let plan = Plan::default();
    let (_first, status) = switched(&plan, "1.1.1.1").await;
    let (_others, _more) = (switched(&plan, "2.2.2.2").await, switched(&plan, "3.3.3.3").await);
    let gateway = serve(options(&plan), &flat("consecutive5xxErrors: 1")).await;
    status.store(500, Ordering::SeqCst);
    let thirds = [("500 1.1.1.1", 10), ("200 2.2.2.2", 10), ("200 3.3.3.3", 10)];
    assert_eq!(tally(ask(&gateway, 30).await), expected(&thirds), "10 percent of three hosts is nobody");
    assert_eq!(gateway.stats().ejections, 0);
}

#[tokio::test]
async fn k_016_without_outlier_detection_nobody_goes() {
    let plan = Plan::default();
    let (_first, status) = switched(&plan, "1.1.1.1").await;
    let (_others, _more) = (switched(&plan, "2.2.2.2").await, switched(&plan, "3.3.3.3").await);
    let gateway = serve(options(&plan), &one_service(&THREE)).await;
    status.store(500, Ordering::SeqCst);
    let thirds = [("500 1.1.1.1", 10), ("200 2.2.2.2", 10), ("200 3.3.3.3", 10)];
    assert_eq!(tally(ask(&gateway, 30).await), expected(&thirds));
}

#[rstest]
#[case::as_503("consecutiveGatewayErrors: 2, consecutive5xxErrors: 0", 2)]
#[case::apart("splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: 3", 3)]
#[tokio::test]
async fn i_154_who_takes_no_connection_goes(#[case] outlier: &str, #[case] failures: usize) {
    let plan = Plan::default(); // nobody is at 1.1.1.1
    let _others = echo(&plan, &THREE[1..]).await;
    let gateway = serve(options(&plan), &flat(&format!("{outlier}, maxEjectionPercent: 100"))).await;
    let replies = ask(&gateway, 30).await;
    assert_eq!(replies.iter().filter(|reply| reply.starts_with("503")).count(), failures, "{replies:?}");
    assert_eq!(out(&gateway), ["1.1.1.1"]);
}

#[tokio::test]
async fn i_154_who_does_not_answer_in_time_goes() {
    let plan = Plan::default();
    let silent = Endpoint::start(handler(|_| std::future::pending())).await;
    plan.set("1.1.1.1:80", silent.address);
    let _others = echo(&plan, &THREE[1..]).await;
    let mut manifests = flat("consecutiveGatewayErrors: 2, consecutive5xxErrors: 0, maxEjectionPercent: 100");
    manifests[1] = route("route", "se.example.com", &to_with("service", "timeouts: { request: 100ms }"));
    let gateway = serve(options(&plan), &manifests).await;
    let replies = ask(&gateway, 12).await;
    assert_eq!(replies.iter().filter(|reply| reply.starts_with("504")).count(), 2, "{replies:?}");
    assert_eq!(out(&gateway), ["1.1.1.1"]);
}

#[tokio::test]
async fn i_154_who_breaks_the_connection_goes() {
    let plan = Plan::default();
    let broken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    plan.set("1.1.1.1:80", broken.local_addr().unwrap());
    let _breaks = tokio::task::JoinSet::from_iter([async move {
        while let Ok((stream, _)) = broken.accept().await {
            drop(stream);
        }
    }]);
    let _others = echo(&plan, &THREE[1..]).await;
    let gateway = serve(options(&plan), &flat("consecutive5xxErrors: 2, maxEjectionPercent: 100")).await;
    let replies = ask(&gateway, 12).await;
    assert_eq!(replies.iter().filter(|reply| reply.starts_with("503")).count(), 2, "{replies:?}");
}

/// gRPC says how a call went in `grpc-status`; where that is all of the response, it counts like the HTTP status that says
/// the same.
#[rstest]
#[case::unavailable("14", true)]
#[case::internal("13", true)]
#[case::not_found("5", false)]
#[tokio::test]
async fn a_call_that_fails_at_once_counts(#[case] code: &'static str, #[case] ejects: bool) {
    let plan = Plan::default();
    let endpoint = Endpoint::start(handler(move |_| async move {
        let head = Response::builder().header("content-type", "application/grpc").header("grpc-status", code);
        head.body(empty()).unwrap()
    }));
    let endpoint = endpoint.await;
    plan.set("1.1.1.1:80", endpoint.address);
    let mut manifests = speaking("GRPC");
    manifests.push(rule("consecutive5xxErrors: 1, maxEjectionPercent: 100", ""));
    let gateway = serve(options(&plan), &manifests).await;
    let mut client = Client::connect(address(&gateway), Version::Http2).await;
    let call = Request::post("/shop.Cart/Add").header("content-type", "application/grpc").header("te", "trailers");
    let reply = client.send("se.example.com", call.body(empty()).unwrap()).await.unwrap();
    assert_eq!(status(reply.headers()), code);
    assert_eq!(out(&gateway).len(), usize::from(ejects));
}

fn status(headers: &HeaderMap) -> &str {
    headers["grpc-status"].to_str().unwrap()
}

#[tokio::test]
async fn i_154_a_connection_that_is_passed_on_to_nobody_counts() {
    let plan = Plan::default(); // nobody is at 1.1.1.1
    let _others = echo(&plan, &THREE[1..]).await;
    let mut manifests = flat("consecutive5xxErrors: 1, maxEjectionPercent: 100");
    manifests[0] = gateway_manifest().replace("HTTP", "TCP").replace("http", "tcp");
    manifests[1] = format!(
        "kind: TCPRoute
apiVersion: gateway.networking.k8s.io/v1
metadata: {{ name: route, namespace: test }}
spec: {{ parentRefs: [{{ name: gateway }}], rules: [{{ backendRefs: [{}] }}] }}",
        backend("service", 1)
    );
    let gateway = serve(options(&plan), &manifests).await;
    for _ in 0..3 {
        let request = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        let _ = raw(address(&gateway), request).await;
    }
    assert_eq!(out(&gateway), ["1.1.1.1"]);
}

#[tokio::test]
async fn the_list_shows_who_is_out() {
    let plan = Plan::default();
    let (_first, status) = switched(&plan, "1.1.1.1").await;
    let mut manifests = one_service(&["1.1.1.1"]);
    manifests.push(rule("consecutive5xxErrors: 1, maxEjectionPercent: 100", ""));
    let admin = Some("127.0.0.1:0".parse().unwrap());
    let gateway = serve(GatewayOptions { admin, ..options(&plan) }, &manifests).await;
    status.store(500, Ordering::SeqCst);
    ask(&gateway, 1).await;
    let list = Client::connect(gateway.admin_addr().unwrap(), Version::Http1)
        .await
        .get("localhost", "/endpoints?format=table")
        .await
        .text;
    let row: Vec<_> = list.lines().nth(1).unwrap().split_whitespace().take(3).collect();
    assert_eq!(row, ["1.1.1.1:80", "HEALTHY", "FAILED"]);
    let endpoint = &gateway.backends()[0].endpoints[0];
    assert_eq!((endpoint.health, endpoint.serving), (Health::Ejected, false));
}

#[tokio::test]
async fn ejections_are_exact_whatever_workers_and_connections_do() {
    let plan = Plan::default();
    let (failing, status) = switched(&plan, "1.1.1.1").await;
    let (_others, _more) = (switched(&plan, "2.2.2.2").await, switched(&plan, "3.3.3.3").await);
    let outlier = "consecutive5xxErrors: 5, maxEjectionPercent: 100, baseEjectionTime: 1h";
    let gateway = serve(GatewayOptions { workers: 4, ..options(&plan) }, &flat(outlier)).await;
    status.store(500, Ordering::SeqCst);
    let clients = (0..8).map(|_| ask(&gateway, 50));
    let replies = futures::future::join_all(clients).await.concat();
    let failed = replies.iter().filter(|reply| reply.starts_with("500")).count();
    assert!((5..=5 + 8).contains(&failed), "those that were under way may still come: {failed}");
    assert_eq!((gateway.stats().ejections, failing.hits()), (1, failed));
}
