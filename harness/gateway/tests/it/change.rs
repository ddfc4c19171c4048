//! Configurations come and go: nothing lost, nothing sent to what is gone, sockets kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use http::Request;
use rstest::rstest;
use sextant_gateway::{Drained, Gateway, Generation, Waiting};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use crate::support::*;

/// An endpoint that answers when `gate` lets it; `entered` counts requests that have arrived.
async fn gated(plan: &Plan, address: &str) -> (Endpoint, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(0));
    let (waiting, name) = (gate.clone(), address.to_owned());
    let endpoint = Endpoint::start(handler(move |_| {
        let (waiting, name) = (waiting.clone(), name.clone());
        async move {
            waiting.acquire().await.unwrap().forget();
            http::Response::new(body(name))
        }
    }))
    .await;
    plan.set(&format!("{address}:80"), endpoint.address);
    (endpoint, gate)
}

#[rstest]
#[tokio::test]
async fn endpoints_change_under_load_and_no_request_is_lost(
    #[values(Version::Http1, Version::Http2)] client: Version,
    #[values("HTTP", "HTTP2")] endpoint: &str,
) {
    let all = ["1.1.1.1", "2.2.2.2", "3.3.3.3"];
    let plan = Plan::default();
    let _endpoints = echo(&plan, &all).await;
    let manifests = |addresses: &[&str]| {
        let mut manifests = one_service(addresses);
        manifests[2] = manifests[2].replace("protocol: HTTP }", &format!("protocol: {endpoint} }}"));
        manifests
    };
    let gateway = serve(options(&plan), &manifests(&all)).await;
    let address = address(&gateway);
    let (done, sent) = (AtomicBool::new(false), AtomicUsize::new(0));
    let load = futures::future::join_all((0..8).map(|_| async {
        let mut connection = Client::connect(address, client).await;
        while !done.load(Ordering::SeqCst) {
            let reply = connection.get("se.example.com", "/").await;
            assert_eq!(reply.status, 200, "{reply:?}");
            sent.fetch_add(1, Ordering::SeqCst);
        }
    }));
    let changes = async {
        for round in 0..30 {
            let two = [all[round % 3], all[(round + 1) % 3]];
            apply(&gateway, &manifests(&two)).await;
            let progress = sent.load(Ordering::SeqCst) + 20;
            eventually("requests to go on", || sent.load(Ordering::SeqCst), |sent| *sent >= progress).await;
        }
        done.store(true, Ordering::SeqCst);
    };
    within("load and changes", futures::future::join(load, changes)).await;
    let stats = gateway.stats();
    assert_eq!(stats.outcomes.keys().collect::<Vec<_>>(), ["forwarded"]);
    assert_eq!(stats.requests, sent.into_inner() as u64);
}

#[rstest]
#[case("HTTP")]
#[case("HTTP2")]
#[tokio::test]
async fn a_removed_endpoint_gets_nothing_after_serving(#[case] protocol: &str) {
    let plan = Plan::default();
    let endpoints = echo(&plan, &["1.1.1.1", "2.2.2.2"]).await;
    let manifests = |addresses: &[&str]| {
        let mut manifests = one_service(addresses);
        manifests[2] = manifests[2].replace("protocol: HTTP }", &format!("protocol: {protocol} }}"));
        manifests
    };
    let gateway = serve(options(&plan), &manifests(&["1.1.1.1", "2.2.2.2"])).await;
    // Connections of both workers to both endpoints.
    let mut clients = Vec::new();
    for _ in 0..4 {
        let mut client = Client::connect(address(&gateway), Version::Http1).await;
        for _ in 0..4 {
            client.get("se.example.com", "/").await;
        }
        clients.push(client);
    }
    let removed = &endpoints["2.2.2.2"];
    assert!(removed.hits() > 0 && removed.open() > 0);
    apply(&gateway, &manifests(&["1.1.1.1"])).await;
    let before = removed.hits();
    for client in &mut clients {
        for _ in 0..4 {
            assert_eq!(client.get("se.example.com", "/").await.text, "1.1.1.1");
        }
    }
    assert_eq!(removed.hits(), before);
    eventually("idle connections to be closed", || removed.open(), |open| *open == 0).await;
}

#[tokio::test]
async fn a_request_under_way_to_a_removed_endpoint_finishes() {
    let plan = Plan::default();
    let (endpoint, gate) = gated(&plan, "1.1.1.1").await;
    let _other = echo(&plan, &["2.2.2.2"]).await;
    let gateway = serve(options(&plan), &one_service(&["1.1.1.1"])).await;
    let mut client = Client::connect(address(&gateway), Version::Http1).await;
    let change = async {
        eventually("the request to arrive", || endpoint.hits(), |hits| *hits == 1).await;
        apply(&gateway, &one_service(&["2.2.2.2"])).await;
        gate.add_permits(1);
    };
    let (reply, ()) = tokio::join!(client.get("se.example.com", "/"), change);
    assert_eq!(reply.text, "1.1.1.1");
    assert_eq!(client.get("se.example.com", "/").await.text, "2.2.2.2");
    eventually("its connection to be closed", || endpoint.open(), |open| *open == 0).await;
}

#[tokio::test]
async fn a_request_that_waits_for_a_connection_to_a_removed_endpoint_goes_elsewhere() {
    let plan = Plan::default();
    let (full, _waiting) = full_listener().await;
    plan.set("1.1.1.1:80", full);
    let _other = echo(&plan, &["2.2.2.2"]).await;
    let options = sextant_gateway::GatewayOptions { connect_timeout: Duration::from_millis(300), ..options(&plan) };
    let gateway = serve(options, &one_service(&["1.1.1.1"])).await;
    let mut client = Client::connect(address(&gateway), Version::Http1).await;
    let change = async {
        eventually("the connect to begin", || gateway.stats().upstream_connects, |connects| *connects == 1).await;
        apply(&gateway, &one_service(&["2.2.2.2"])).await;
    };
    let (reply, ()) = tokio::join!(client.get("se.example.com", "/"), change);
    assert_eq!((reply.status.as_u16(), reply.text.as_str()), (200, "2.2.2.2"));
    assert_eq!(gateway.stats().rerouted, 1);
}

#[tokio::test]
async fn listeners_that_stay_keep_their_socket_and_connections() {
    let plan = Plan::default();
    let _endpoints = echo(&plan, &["1.1.1.1"]).await;
    let manifests = |ports: &[u16]| [&[gateway_on(ports)], &one_service(&["1.1.1.1"])[1..]].concat();
    let gateway = serve(options(&plan), &manifests(&[8080])).await;
    let first = gateway.listener_addr(8080).unwrap();
    let mut client = Client::connect(first, Version::Http1).await;
    client.get("se.example.com", "/").await;

    apply(&gateway, &manifests(&[8080, 8081])).await;
    assert_eq!(gateway.listener_addr(8080), Some(first));
    let second = gateway.listener_addr(8081).unwrap();
    assert_eq!(get(second, "se.example.com").await.status, 200);
    assert_eq!(client.get("se.example.com", "/").await.status, 200, "on the same connection");

    apply(&gateway, &manifests(&[8081])).await;
    assert_eq!(gateway.listener_addr(8080), None);
    let refused = TcpStream::connect(first).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused, "closed when `serving` returns");
    assert_eq!(get(second, "se.example.com").await.status, 200);
    let closed = client.send("se.example.com", Request::get("/").body(empty()).unwrap()).await;
    assert!(closed.is_err(), "idle connections of a removed listener are closed");
}

#[tokio::test]
async fn a_configuration_that_cannot_be_bound_leaves_the_old_one() {
    let plan = Plan::default();
    let _endpoints = echo(&plan, &["1.1.1.1"]).await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let ports = [(PORT, 0), (9, taken.local_addr().unwrap().port())].into();
    let options =
        sextant_gateway::GatewayOptions { ports: sextant_gateway::PortMap::Explicit(ports), ..options(&plan) };
    let gateway = serve(options, &one_service(&["1.1.1.1"])).await;
    let wider = [&[gateway_on(&[PORT, 9, 10])], &one_service(&["1.1.1.1"])[1..]].concat();
    assert!(gateway.apply(model(&wider)).is_err());
    assert_eq!(gateway.generation(), Generation(1));
    assert_eq!((gateway.listener_addr(9), gateway.listener_addr(10)), (None, None), "all or none");
    assert_eq!(get(address(&gateway), "se.example.com").await.status, 200);
}

#[tokio::test]
async fn serving_says_what_it_waits_for() {
    let dns = Dns::start().await;
    dns.set("se.example.com", "{ drop: true }");
    let mut options = options(&Plan::default());
    options.dns.servers = vec![dns.address];
    let gateway = Gateway::start(options).await.unwrap();
    let manifests = [
        gateway_manifest(),
        route("route", "se.example.com", &to("service")),
        service("service", "se.example.com", "HTTP", "resolution: DNS"),
    ];
    let generation = gateway.apply(model(&manifests)).unwrap();
    let missed = gateway.serving(generation, Instant::now() + Duration::from_millis(50)).await.unwrap_err();
    assert_eq!(missed.waiting_for, [Waiting::Lookup(sextant_resources::Hostname::new("se.example.com"))]);
    assert!(missed.to_string().ends_with("waiting for the lookup of se.example.com"), "{missed}");
    let never = gateway.serving(Generation(9), Instant::now()).await.unwrap_err();
    assert_eq!(never.waiting_for, [Waiting::Generation]);
}

#[rstest]
#[case(Version::Http1)]
#[case(Version::Http2)]
#[tokio::test]
async fn shutdown_lets_requests_finish(#[case] version: Version) {
    let plan = Plan::default();
    let (endpoint, gate) = gated(&plan, "1.1.1.1").await;
    let gateway = serve(options(&plan), &one_service(&["1.1.1.1"])).await;
    let at = address(&gateway);
    let mut busy = Client::connect(at, version).await;
    let _idle = Client::connect(at, version).await;
    let shutdown = async {
        eventually("the request to arrive", || endpoint.hits(), |hits| *hits == 1).await;
        let open_the_gate = async {
            // Not before the listener is closed, which is the first thing that a shutdown does.
            while TcpStream::connect(at).await.is_ok() {
                tokio::task::yield_now().await;
            }
            gate.add_permits(1);
        };
        tokio::join!(gateway.shutdown(PATIENCE), open_the_gate).0
    };
    let request = Request::get("/").body(empty()).unwrap();
    let (reply, drained) =
        within("shutdown", futures::future::join(busy.send("se.example.com", request), shutdown)).await;
    let reply = reply.unwrap();
    assert_eq!(drained, Drained { aborted: 0 });
    assert_eq!(reply.status(), 200);
    if version == Version::Http1 {
        assert_eq!(reply.headers()["connection"], "close");
    }
    assert_eq!(collect(reply).await.text, "1.1.1.1");
}

#[tokio::test]
async fn shutdown_cuts_what_does_not_finish() {
    let plan = Plan::default();
    let (endpoint, _gate) = gated(&plan, "1.1.1.1").await;
    let gateway = serve(options(&plan), &one_service(&["1.1.1.1"])).await;
    let mut client = Client::connect(address(&gateway), Version::Http1).await;
    let shutdown = async {
        eventually("the request to arrive", || endpoint.hits(), |hits| *hits == 1).await;
        gateway.shutdown(Duration::from_millis(20)).await
    };
    let request = Request::get("/").body(empty()).unwrap();
    let (reply, drained) =
        within("shutdown", futures::future::join(client.send("se.example.com", request), shutdown)).await;
    assert!(reply.is_err());
    assert_eq!(drained, Drained { aborted: 1 });
    eventually("the endpoint's connection to be closed", || endpoint.open(), |open| *open == 0).await;
}

#[tokio::test]
async fn invariant_2_dropping_the_gateway_ends_everything() {
    let plan = Plan::default();
    let (endpoint, _gate) = gated(&plan, "1.1.1.1").await;
    let mut options = options(&plan);
    options.admin = Some("127.0.0.1:0".parse().unwrap());
    let gateway = serve(options, &one_service(&["1.1.1.1"])).await;
    let (listener, admin) = (address(&gateway), gateway.admin_addr().unwrap());
    let mut client = Client::connect(listener, Version::Http1).await;
    let drop_it = async {
        eventually("the request to arrive", || endpoint.hits(), |hits| *hits == 1).await;
        drop(gateway);
        for address in [listener, admin] {
            // Free again, so that another gateway can take it at once.
            drop(std::net::TcpListener::bind(address).unwrap());
        }
    };
    let request = Request::get("/").body(empty()).unwrap();
    let (reply, ()) = tokio::join!(client.send("se.example.com", request), drop_it);
    assert!(reply.is_err());
    eventually("the endpoint's connection to be closed", || endpoint.open(), |open| *open == 0).await;
}

#[tokio::test]
async fn a_reply_that_is_being_sent_survives_the_removal_of_everything() {
    let plan = Plan::default();
    let gate = Arc::new(Semaphore::new(0));
    let waiting = gate.clone();
    let endpoint = Endpoint::start(handler(move |_| {
        let waiting = waiting.clone();
        async move {
            let parts = futures::stream::unfold(0, move |n| {
                let waiting = waiting.clone();
                async move {
                    waiting.acquire().await.unwrap().forget();
                    (n < 3).then(|| (data(n.to_string()), n + 1))
                }
            });
            http::Response::new(stream(parts))
        }
    }))
    .await;
    plan.set("1.1.1.1:80", endpoint.address);
    let gateway = serve(options(&plan), &one_service(&["1.1.1.1"])).await;
    let mut client = Client::connect(address(&gateway), Version::Http1).await;
    gate.add_permits(1);
    let reply = client.send("se.example.com", Request::get("/").body(empty()).unwrap()).await.unwrap();
    apply(&gateway, &[gateway_manifest()]).await;
    gate.add_permits(3);
    assert_eq!(collect(reply).await.text, "012");
    assert_eq!(get(address(&gateway), "se.example.com").await.status, 404);
}
