//! Copies of requests (Gateway API, HTTPRequestMirrorFilter). What Envoy 1.40 does with the same rule was looked at: it
//! marks the host with `-shadow` and copies what the filters of the rule leave.

use std::sync::{Arc, Mutex};

use http::{Request, Response};
use http_body_util::BodyExt;
use rstest::rstest;
use sextant_gateway::Gateway;

use crate::support::*;

/// Bodies that an endpoint has read whole.
type Bodies = Arc<Mutex<Vec<String>>>;

/// An endpoint that reads every body before it answers, and what it read.
async fn reader(plan: &Plan, address: &str, answer: &'static str) -> (Endpoint, Bodies) {
    let bodies = Bodies::default();
    let read = bodies.clone();
    let endpoint = Endpoint::start(handler(move |request| {
        let read = read.clone();
        async move {
            if let Ok(whole) = request.into_body().collect().await {
                read.lock().unwrap().push(String::from_utf8(whole.to_bytes().to_vec()).unwrap());
            }
            Response::new(body(answer))
        }
    }));
    let endpoint = endpoint.await;
    plan.set(&format!("{address}:80"), endpoint.address);
    (endpoint, bodies)
}

fn mirror(name: &str, share: &str) -> String {
    let to = format!("group: networking.istio.io, kind: ServiceEntry, name: {name}, port: 80");
    format!("{{ type: RequestMirror, requestMirror: {{ {share} backendRef: {{ {to} }} }} }}")
}

/// A rule to `primary` at 1.1.1.1 with `filters`; `copies`, whose port has `protocol`, is at 2.2.2.2.
fn manifests(filters: &str, protocol: &str) -> Vec<String> {
    vec![
        gateway_manifest(),
        route("route", "se.example.com", &to_with("primary", &format!("filters: [{filters}]"))),
        fixed("primary", "se.example.com", &["1.1.1.1"]),
        service("copies", "copies.example.com", protocol, "resolution: STATIC\n  endpoints: [{ address: 2.2.2.2 }]"),
    ]
}

async fn copies(gateway: &Gateway, sent: u64, failed: u64) {
    let state = || (gateway.stats().mirrored, gateway.stats().mirror_failures);
    eventually("the copies to have an outcome", state, |now| *now == (sent, failed)).await;
}

#[rstest]
#[tokio::test]
async fn a_copy_has_the_filtered_head_and_the_whole_body(
    #[values(Version::Http1, Version::Http2)] version: Version,
    #[values("HTTP", "HTTP2")] protocol: &str,
) {
    let plan = Plan::default();
    let (first, first_read) = reader(&plan, "1.1.1.1", "primary").await;
    let (second, second_read) = reader(&plan, "2.2.2.2", "copy").await;
    let edit = "{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x-tag, value: a }] } }";
    let rewrite = "{ type: URLRewrite, urlRewrite: { path: { type: ReplaceFullPath, replaceFullPath: /new } } }";
    let filters = format!("{}, {edit}, {rewrite}", mirror("copies", ""));
    let gateway = serve(options(&plan), &manifests(&filters, protocol)).await;
    let mut client = Client::connect(address(&gateway), version).await;
    let frames = futures::stream::iter((0..3).map(|n| data(n.to_string())));
    let reply = client.send("se.example.com", Request::post("/old?q").body(stream(frames)).unwrap()).await.unwrap();
    assert_eq!(collect(reply).await.text, "primary", "the client never sees the mirror's reply");
    copies(&gateway, 1, 0).await;
    assert_eq!(
        (&*first_read.lock().unwrap(), &*second_read.lock().unwrap()),
        (&vec!["012".into()], &vec!["012".into()])
    );
    let head = |endpoint: &Endpoint| {
        let requests = endpoint.requests.lock().unwrap();
        let [request] = &requests[..] else { panic!("{requests:?}") };
        let host = request.headers().get("host").map(|host| host.to_str().unwrap().to_owned());
        let host = host.or_else(|| request.uri().authority().map(ToString::to_string)).unwrap();
        let path = request.uri().path_and_query().unwrap().to_string();
        (request.method().to_string(), host, path, request.headers()["x-tag"].to_str().unwrap().to_owned())
    };
    let expected = |host: &str| ("POST".to_owned(), host.to_owned(), "/new?q".to_owned(), "a".to_owned());
    assert_eq!(head(&first), expected("se.example.com"));
    assert_eq!(head(&second), expected("se.example.com-shadow"));
}

#[tokio::test]
async fn a_share_of_the_requests_is_copied_evenly() {
    let plan = Plan::default();
    let (first, _) = reader(&plan, "1.1.1.1", "primary").await;
    let (second, _) = reader(&plan, "2.2.2.2", "copy").await;
    let share = mirror("copies", "fraction: { numerator: 1, denominator: 4 },");
    let gateway = serve(options(&plan), &manifests(&share, "HTTP")).await;
    for _ in 0..20 {
        assert_eq!(get(address(&gateway), "se.example.com").await.text, "primary");
    }
    copies(&gateway, 5, 0).await;
    assert_eq!((first.hits(), second.hits()), (20, 5));
}

#[tokio::test]
async fn only_requests_of_the_target_that_has_the_mirror_are_copied() {
    let plan = Plan::default();
    let (_first, _) = reader(&plan, "1.1.1.1", "primary").await;
    let (second, _) = reader(&plan, "2.2.2.2", "copy").await;
    let plain = backend("primary", 3);
    let mirrored = backend("primary", 1).replace(" }", &format!(", filters: [{}] }}", mirror("copies", "")));
    let mut manifests = manifests("", "HTTP");
    manifests[1] = route("route", "se.example.com", &format!("[{{ backendRefs: [{plain}, {mirrored}] }}]"));
    let gateway = serve(options(&plan), &manifests).await;
    for _ in 0..8 {
        assert_eq!(get(address(&gateway), "se.example.com").await.status, 200);
    }
    copies(&gateway, 2, 0).await;
    assert_eq!(second.hits(), 2);
}

#[rstest]
#[case::refuses(true)]
#[case::has_no_endpoint(false)]
#[tokio::test]
async fn a_mirror_that_fails_costs_the_client_nothing(#[case] planned: bool) {
    let plan = Plan::default();
    let (first, _) = reader(&plan, "1.1.1.1", "primary").await;
    let mut manifests = manifests(&mirror("copies", ""), "HTTP");
    if planned {
        let (second, _) = reader(&plan, "2.2.2.2", "copy").await;
        drop(second);
    } else {
        manifests[3] = fixed("copies", "copies.example.com", &[]);
    }
    let gateway = serve(options(&plan), &manifests).await;
    for _ in 0..3 {
        assert_eq!(get(address(&gateway), "se.example.com").await.text, "primary");
    }
    copies(&gateway, 0, 3).await;
    assert_eq!(first.hits(), 3);
}

#[tokio::test]
async fn a_mirror_that_does_not_read_is_given_up_and_holds_nobody() {
    const CHUNK: usize = 256 * 1024;
    const CHUNKS: usize = 400;
    let plan = Plan::default();
    let (_first, read) = reader(&plan, "1.1.1.1", "primary").await;
    let silent = Endpoint::start(handler(|request| async move {
        let _unread = request;
        std::future::pending().await
    }));
    let silent = silent.await;
    plan.set("2.2.2.2:80", silent.address);
    let gateway = serve(options(&plan), &manifests(&mirror("copies", ""), "HTTP")).await;
    let frames = futures::stream::iter((0..CHUNKS).map(|_| data(vec![b'x'; CHUNK])));
    let mut client = Client::connect(address(&gateway), Version::Http1).await;
    let reply = client.send("se.example.com", Request::post("/").body(stream(frames)).unwrap()).await.unwrap();
    assert_eq!(collect(reply).await.text, "primary");
    assert_eq!(read.lock().unwrap()[0].len(), CHUNK * CHUNKS);
    copies(&gateway, 0, 1).await;
}
