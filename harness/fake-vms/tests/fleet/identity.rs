//! Who answers, and what it says it saw.

use std::collections::HashSet;

use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE};
use reqwest::{Method, Version};
use rstest::rstest;
use serde_json::json;
use sextant_fake_vms::{
    Behaviour, Body, BodyDigest, Fleet, FleetError, FleetOptions, Lease, Protocol, VmSpec, Workload, WorkloadKind,
};

use crate::world::{GET, Raw, World, at, header, reply, workload};

#[rstest]
#[case::http1(Protocol::Http11, Version::HTTP_11)]
#[case::http2(Protocol::Http2, Version::HTTP_2)]
#[tokio::test]
async fn a_reply_says_who_answered_and_what_it_saw(#[case] protocol: Protocol, #[case] version: Version) {
    let world = World::new();
    let actual = world.vm("1.1.1.1:8080", Behaviour::default()).actual();
    let client = if protocol == Protocol::Http2 { &world.h2 } else { &world.h1 };
    let response = client
        .post(world.url("1.1.1.1:8080", "/api/a%20b?x=1&x=2"))
        .header("x-twice", "one")
        .header("x-twice", "two")
        .body("hello")
        .send()
        .await
        .unwrap();

    assert_eq!(response.version(), version);
    assert_eq!(header(&response, "x-sextant-endpoint"), "1.1.1.1:8080");
    assert_eq!(header(&response, "x-sextant-workload"), "gwtest/vm");
    assert_eq!(header(&response, "x-sextant-locality"), "r1/z1/sz1");
    assert_eq!(header(&response, "content-type"), "application/json");
    let body: serde_json::Value = response.json().await.unwrap();
    assert_eq!(body["endpoint"], json!({ "address": "1.1.1.1", "port": 8080 }));
    assert_eq!(body["workload"], json!({ "kind": "Pod", "namespace": "gwtest", "name": "vm" }));
    assert_eq!(body["locality"], "r1/z1/sz1");
    assert_eq!(body["network"], json!(null));
    assert_eq!(body["sequence"], 1);
    let seen = &body["seen"];
    assert_eq!(seen["method"], "POST");
    assert_eq!(seen["host"], actual.to_string());
    assert_eq!(seen["path"], "/api/a%20b");
    assert_eq!(seen["query"], "x=1&x=2");
    assert_eq!(seen["headers"]["x-twice"], json!(["one", "two"]));
    assert_eq!(seen["protocol"], protocol.to_string());
    assert_eq!(seen["bodyBytes"], 5);
    assert_eq!(seen["bodyDigest"], BodyDigest::of(b"hello").to_string());
}

#[tokio::test]
async fn the_sequence_counts_the_requests_of_one_address() {
    let world = World::new();
    world.vm("1.1.1.1:8080", Behaviour::default());
    world.vm("2.2.2.2:8080", Behaviour::default());
    for (documented, sequence) in [("1.1.1.1:8080", 1), ("1.1.1.1:8080", 2), ("2.2.2.2:8080", 1), ("1.1.1.1:8080", 3)] {
        assert_eq!(world.ask(documented).await.sequence, Some(sequence), "{documented}");
    }
}

/// The documented page, "Workload Selector", expected output of `curl -s http://se.example.com/info`.
#[rstest]
#[case("10.244.0.5:8080", "Response from Pod IP: 10.244.0.5\n")]
#[case("[2001:db8::1]:8080", "Response from Pod IP: 2001:db8::1\n")]
#[tokio::test]
async fn info_is_the_text_of_the_page(#[case] documented: &str, #[case] text: &str) {
    let world = World::new();
    world.vm(documented, Behaviour::default());
    for path in ["/info", "/info?verbose"] {
        let response = world.get(documented, path).send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert!(header(&response, "content-type").starts_with("text/plain"));
        assert_eq!(header(&response, "x-sextant-endpoint"), documented);
        assert_eq!(response.text().await.unwrap(), text);
    }
}

#[rstest]
#[case(Method::GET, "/health")]
#[case(Method::GET, "/api/info")]
#[case(Method::GET, "/info/")]
#[case(Method::POST, "/info")]
#[case(Method::DELETE, "/")]
#[tokio::test]
async fn everything_else_is_json(#[case] method: Method, #[case] path: &str) {
    let world = World::new();
    world.vm("1.1.1.1:8080", Behaviour::default());
    let request = world.h1.request(method.clone(), world.url("1.1.1.1:8080", path));
    let seen = reply(request.send().await.unwrap()).await.seen.unwrap();
    assert_eq!((seen.method.as_str(), seen.path.as_str()), (method.as_str(), path));
}

/// RFC 9110 section 9.3.2: the fields that GET would have, no body.
#[rstest]
#[case(false, "/info", 33)]
#[case(true, "/info", 33)]
#[tokio::test]
async fn head_has_the_length_and_no_body(#[case] http2: bool, #[case] path: &str, #[case] length: usize) {
    let world = World::new();
    world.vm("10.244.0.5:8080", Behaviour::default());
    let client = if http2 { &world.h2 } else { &world.h1 };
    let response = client.head(world.url("10.244.0.5:8080", path)).send().await.unwrap();
    assert_eq!(response.headers()[CONTENT_LENGTH], length.to_string().as_str());
    assert!(header(&response, CONTENT_TYPE.as_str()).starts_with("text/plain"));
    assert_eq!(response.text().await.unwrap(), "");
}

/// RFC 9112 section 3.2.2: with an absolute target the Host field is ignored.
#[tokio::test]
async fn the_host_is_that_of_an_absolute_target() {
    let world = World::new();
    let vm = world.vm("1.1.1.1:8080", Behaviour::default());
    let mut raw = Raw::connect(&vm).await;
    raw.send("GET http://se.example.com:80/x HTTP/1.1\r\nhost: other\r\nconnection: close\r\n\r\n").await;
    let (text, ended) = raw.rest().await;
    ended.unwrap();
    assert!(text.contains(r#""host":"se.example.com:80","path":"/x","query":null"#), "{text}");
}

#[tokio::test]
async fn http_1_0_and_a_chunked_body_with_trailers_are_understood() {
    let world = World::new();
    let vm = world.vm("1.1.1.1:8080", Behaviour::default());
    let mut raw = Raw::connect(&vm).await;
    raw.send("GET / HTTP/1.0\r\n\r\n").await;
    let (text, ended) = raw.rest().await;
    ended.unwrap();
    assert!(text.contains(r#""host":null"#) && text.contains(r#""protocol":"HTTP/1.0""#), "{text}");

    let mut raw = Raw::connect(&vm).await;
    raw.send("POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ntransfer-encoding: chunked\r\n\r\n").await;
    assert!(raw.until("\r\n\r\n").await.starts_with("HTTP/1.1 100 "));
    raw.send("3\r\nfoo\r\n3\r\nbar\r\n0\r\nx-trailer: t\r\n\r\n").await;
    let digest = BodyDigest::of(b"foobar");
    let text = raw.until(&format!(r#""bodyBytes":6,"bodyDigest":"{digest}""#)).await;
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
}

#[tokio::test]
async fn many_vms_have_the_same_port() {
    let world = World::new();
    let documented: Vec<String> = (1..=10).map(|n| format!("10.244.0.{n}:8080")).collect();
    let actual: HashSet<_> =
        documented.iter().map(|documented| world.vm(documented, Behaviour::default()).actual()).collect();
    assert_eq!(actual.len(), 10);
    assert!(actual.iter().all(|actual| actual.port() == 8080 && actual.ip().is_loopback()));
    for documented in &documented {
        assert_eq!(world.ask(documented).await.endpoint.address, at(documented).ip());
    }
}

#[tokio::test]
async fn three_hundred_addresses_answer_each_as_itself() {
    let world = World::new();
    let documented: Vec<String> = (0..300).map(|n| format!("10.1.{}.{}:8080", n / 200, n % 200 + 1)).collect();
    for documented in &documented {
        world.vm(documented, Behaviour::default());
    }
    assert_eq!(world.fleet.lease().plan().entries().len(), 300);
    for documented in &documented {
        let endpoint = world.ask(documented).await.endpoint;
        assert_eq!((endpoint.address, endpoint.port), (at(documented).ip(), 8080));
    }
}

#[tokio::test]
async fn two_fleets_have_the_same_documented_addresses_at_once() {
    let worlds = [World::new(), World::new()];
    for (world, name) in worlds.iter().zip(["left", "right"]) {
        let spec = VmSpec { documented: at("1.1.1.1:8080"), workload: workload(name), behaviour: Behaviour::default() };
        world.fleet.add(spec).unwrap();
    }
    let replies = (worlds[0].ask("1.1.1.1:8080").await, worlds[1].ask("1.1.1.1:8080").await);
    assert_eq!((replies.0.workload.name.as_str(), replies.1.workload.name.as_str()), ("left", "right"));
    assert_eq!((replies.0.sequence, replies.1.sequence), (Some(1), Some(1)));
}

#[tokio::test]
async fn a_fleet_for_benchmarks_says_who_it_is_and_no_more() {
    let world = World::with(FleetOptions::throughput());
    world.vm("1.1.1.1:8080", Behaviour::default());
    let reply = world.ask("1.1.1.1:8080").await;
    assert_eq!((reply.workload.name.as_str(), reply.locality.as_deref()), ("vm", Some("r1/z1/sz1")));
    assert_eq!((reply.seen, reply.sequence), (None, None));
}

#[tokio::test]
async fn a_host_outside_kubernetes_has_no_namespace_and_no_locality() {
    let world = World::new();
    let spec =
        VmSpec { documented: at("8.8.8.8:8080"), workload: Workload::host("dns-vm"), behaviour: Behaviour::default() };
    world.fleet.add(spec).unwrap();
    let response = world.get("8.8.8.8:8080", "/").send().await.unwrap();
    assert_eq!(header(&response, "x-sextant-workload"), "dns-vm");
    assert!(!response.headers().contains_key("x-sextant-locality"));
    let reply = reply(response).await;
    assert_eq!((reply.workload.kind, reply.workload.namespace), (WorkloadKind::Host, None));
}

#[tokio::test]
async fn status_headers_and_body_are_those_of_the_behaviour() {
    let world = World::new();
    let behaviour = Behaviour {
        status: 503,
        headers: [("retry-after", "7"), ("content-type", "text/csv")].map(|(n, v)| (n.into(), v.into())).into(),
        body: Some(Body::Text("a,b".to_owned())),
        ..Behaviour::default()
    };
    world.vm("1.1.1.1:8080", behaviour);
    for path in ["/", "/info"] {
        let response = world.get("1.1.1.1:8080", path).send().await.unwrap();
        assert_eq!(response.status(), 503);
        assert_eq!(header(&response, "retry-after"), "7");
        assert_eq!(header(&response, "content-type"), "text/csv");
        assert_eq!(header(&response, "x-sextant-endpoint"), "1.1.1.1:8080");
        assert_eq!(response.text().await.unwrap(), "a,b");
    }
}

#[rstest]
#[case::http1(false)]
#[case::http2(true)]
#[tokio::test]
async fn filler_has_the_length_asked_for(#[case] http2: bool) {
    let world = World::new();
    world.vm("1.1.1.1:8080", Behaviour { body: Some(Body::Bytes(300_000)), ..Behaviour::default() });
    let client = if http2 { &world.h2 } else { &world.h1 };
    let body = client.get(world.url("1.1.1.1:8080", "/")).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(body.len(), 300_000);
    assert_eq!(&body[24..28], b"yzab");
}

/// RFC 9110 sections 15.3.5 and 15.4.5: 204 and 304 have no content.
#[rstest]
#[case(204)]
#[case(304)]
#[tokio::test]
async fn a_status_without_content_has_none(#[case] status: u16) {
    let world = World::new();
    let vm = world.vm("1.1.1.1:8080", Behaviour::status(status));
    let mut raw = Raw::connect(&vm).await;
    raw.send(GET).await;
    let head = raw.until("\r\n\r\n").await;
    assert!(head.starts_with(&format!("HTTP/1.1 {status} ")) && head.ends_with("\r\n\r\n"), "{head}");
    raw.send(GET).await;
    assert!(raw.until("\r\n\r\n").await.starts_with("HTTP/1.1 "), "the connection is still usable");
}

#[tokio::test]
async fn impossible_vms_are_not_added() {
    let fleet = Fleet::start(Lease::take().unwrap(), FleetOptions::default());
    let documented = at("1.1.1.1:8080");
    let spec = |workload, behaviour| VmSpec { documented, workload, behaviour };
    let error = fleet.add(spec(workload("a\nb"), Behaviour::default())).unwrap_err();
    assert!(matches!(error, FleetError::Unprintable { field: "name", .. }), "{error}");
    let error = fleet.add(spec(workload("a"), Behaviour::status(99))).unwrap_err();
    assert!(matches!(error, FleetError::Behaviour { .. }), "{error}");
    assert_eq!(fleet.lease().plan().entries(), []);
    fleet.add(spec(workload("a"), Behaviour::default())).unwrap();
}
