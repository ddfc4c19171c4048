//! gRPC calls: they pass with their trailers, and the gateway's own replies are such that a gRPC client understands them.
//! What Envoy 1.40 answers was asked of it.

use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use http_body::Frame;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use rstest::rstest;

use crate::support::*;

/// A message of the gRPC protocol: not compressed, with its length in front.
fn message(text: &str) -> Vec<u8> {
    [&[0, 0, 0, 0, u8::try_from(text.len()).unwrap()][..], text.as_bytes()].concat()
}

fn call(path: &str, content_type: &str) -> Request<Body> {
    let head = Request::post(path).header("content-type", content_type).header("te", "trailers");
    head.body(body(message("ask"))).unwrap()
}

/// A GRPCRoute for `se.example.com` with `rules` (a YAML flow sequence).
fn grpc_route(rules: &str) -> String {
    route("route", "se.example.com", rules).replace("HTTPRoute", "GRPCRoute")
}

/// An endpoint that repeats what it is sent and ends well.
async fn grpc_endpoint(plan: &Plan, address: &str) -> Endpoint {
    let name = address.to_owned();
    let endpoint = Endpoint::start(handler(move |request: Request<Incoming>| {
        let name = name.clone();
        async move {
            let sent = request.into_body().collect().await.unwrap().to_bytes();
            let trailers: HeaderMap = [
                (HeaderName::from_static("grpc-status"), HeaderValue::from_static("0")),
                (HeaderName::from_static("x-endpoint"), HeaderValue::try_from(name).unwrap()),
            ]
            .into_iter()
            .collect();
            let frames = futures::stream::iter([data(sent), Ok(Frame::trailers(trailers))]);
            Response::builder().header("content-type", "application/grpc").body(stream(frames)).unwrap()
        }
    }))
    .await;
    plan.set(&format!("{address}:80"), endpoint.address);
    endpoint
}

fn static_grpc(name: &str, endpoints: &str) -> String {
    service(name, &format!("{name}.example.com"), "GRPC", &format!("resolution: STATIC\n  endpoints: [{endpoints}]"))
}

#[tokio::test]
async fn k_017_a_call_passes_with_its_trailers() {
    let plan = Plan::default();
    let endpoint = grpc_endpoint(&plan, "1.1.1.1").await;
    let rules = format!(
        "[{{ matches: [{{ method: {{ service: shop.Cart, method: Add }} }}], backendRefs: [{}] }}]",
        backend("cart", 1)
    );
    let manifests = [gateway_manifest(), grpc_route(&rules), static_grpc("cart", "{ address: 1.1.1.1 }")];
    let gateway = serve(options(&plan), &manifests).await;
    let mut client = Client::connect(address(&gateway), Version::Http2).await;
    let reply = client.send("se.example.com", call("/shop.Cart/Add", "application/grpc")).await.unwrap();
    assert_eq!(reply.status(), 200);
    assert_eq!(reply.headers()["content-type"], "application/grpc");
    let whole = within("the reply", reply.into_body().collect()).await.unwrap();
    assert_eq!(whole.trailers().unwrap()["grpc-status"], "0");
    assert_eq!(whole.trailers().unwrap()["x-endpoint"], "1.1.1.1");
    assert_eq!(whole.to_bytes(), message("ask"));
    let seen = endpoint.requests.lock().unwrap()[0].clone();
    assert_eq!((seen.version(), seen.uri().path()), (http::Version::HTTP_2, "/shop.Cart/Add"));
    assert_eq!(seen.method(), "POST");
    assert_eq!(seen.headers()["te"], "trailers");
    assert_eq!(seen.headers()["content-type"], "application/grpc");

    let other = client.send("se.example.com", call("/shop.Cart/Remove", "application/grpc")).await.unwrap();
    assert_eq!(other.headers()["grpc-status"], "12", "no rule takes the other method");
    assert_eq!(endpoint.hits(), 1);
}

/// The outcome of the gateway's own reply, which is whole without a body.
async fn own_reply(manifests: &[String], version: Version, host: &str) -> (HeaderMap, u16) {
    let gateway = serve(options(&Plan::default()), manifests).await;
    let mut client = Client::connect(address(&gateway), version).await;
    let reply = client.send(host, call("/shop.Cart/Add", "application/grpc")).await.unwrap();
    let (headers, status) = (reply.headers().clone(), reply.status().as_u16());
    let whole = within("the reply", reply.into_body().collect()).await.unwrap();
    assert_eq!(whole.to_bytes(), "");
    (headers, status)
}

// K-130, K-133, K-135 to K-137 in the words of gRPC.
#[rstest]
#[case::unresolved("gone", "", "2", "")]
#[case::no_endpoints("empty", "", "14", "no healthy upstream")]
#[case::no_backends("", "", "2", "invalid route configuration detected and replaced with a direct response.")]
#[case::refused(
    "refusing",
    "",
    "14",
    "upstream connect error or disconnect/reset before headers. reset reason: remote connection failure"
)]
#[case::no_match("gone", "method: { service: other }", "12", "")]
#[tokio::test]
async fn own_replies_to_calls_are_trailers_only(
    #[case] target: &str,
    #[case] matched: &str,
    #[case] code: &str,
    #[case] told: &str,
    #[values(Version::Http1, Version::Http2)] version: Version,
    #[values("GRPCRoute", "HTTPRoute")] kind: &str,
) {
    let matched = if kind == "HTTPRoute" && !matched.is_empty() { "path: { value: /other }" } else { matched };
    let references = if target.is_empty() { String::new() } else { backend(target, 1) };
    let rules = format!("[{{ matches: [{{ {matched} }}], backendRefs: [{references}] }}]");
    let manifests = [
        gateway_manifest(),
        route("route", "se.example.com", &rules).replace("HTTPRoute", kind),
        static_grpc("empty", ""),
        static_grpc("refusing", "{ address: 127.0.0.1, ports: { http: 1 } }"),
    ];
    let (headers, status) = own_reply(&manifests, version, "se.example.com").await;
    assert_eq!(status, 200);
    assert_eq!(headers["content-type"], "application/grpc");
    assert_eq!(headers["grpc-status"], code);
    assert_eq!(headers.get("grpc-message").map_or("", |message| message.to_str().unwrap()), told);
}

#[rstest]
#[case(Version::Http1)]
#[case(Version::Http2)]
#[tokio::test]
async fn a_redirected_call_is_of_unknown_outcome(#[case] version: Version) {
    let rules = "[{ filters: [{ type: RequestRedirect, requestRedirect: { hostname: b.example.com } }] }]";
    let manifests = [gateway_manifest(), route("route", "se.example.com", rules)];
    let (headers, status) = own_reply(&manifests, version, "se.example.com").await;
    assert_eq!(status, 200);
    assert_eq!(headers["grpc-status"], "2");
    assert_eq!(headers["location"], format!("http://b.example.com:{PORT}/shop.Cart/Add"));
}

#[rstest]
#[case("application/grpc+proto", true)]
#[case("application/grpc-web", false)]
#[case("application/json", false)]
#[tokio::test]
async fn only_calls_are_answered_so(#[case] content_type: &str, #[case] is_call: bool) {
    let gateway = serve(options(&Plan::default()), &one_service(&[])).await;
    let mut client = Client::connect(address(&gateway), Version::Http2).await;
    let reply = client.send("se.example.com", call("/s/M", content_type)).await.unwrap();
    assert_eq!(reply.status().as_u16(), if is_call { 200 } else { 503 });
    let reply = collect(reply).await;
    assert_eq!(reply.text, if is_call { "" } else { "no healthy upstream" });
    assert_eq!(reply.headers.contains_key("grpc-status"), is_call);
}

#[tokio::test]
async fn k_131_the_share_of_an_unresolved_target_fails() {
    let plan = Plan::default();
    let endpoint = grpc_endpoint(&plan, "1.1.1.1").await;
    let rules = format!("[{{ backendRefs: [{}, {}] }}]", backend("cart", 3), backend("gone", 1));
    let manifests = [gateway_manifest(), grpc_route(&rules), static_grpc("cart", "{ address: 1.1.1.1 }")];
    let gateway = serve(options(&plan), &manifests).await;
    let mut client = Client::connect(address(&gateway), Version::Http2).await;
    let mut outcomes = Vec::new();
    for _ in 0..8 {
        let reply = client.send("se.example.com", call("/s/M", "application/grpc")).await.unwrap();
        let in_head = reply.headers().get("grpc-status").cloned();
        let whole = within("the reply", reply.into_body().collect()).await.unwrap();
        let status = in_head.or_else(|| whole.trailers().and_then(|trailers| trailers.get("grpc-status").cloned()));
        outcomes.push(status.unwrap().to_str().unwrap().to_owned());
    }
    assert_eq!(tally(outcomes), expected(&[("0", 6), ("2", 2)]));
    assert_eq!(endpoint.hits(), 6);
}

#[tokio::test]
async fn turns_go_on_for_each_of_two_routes_of_one_name() {
    let plan = Plan::default();
    let (_one, _two) = (grpc_endpoint(&plan, "1.1.1.1").await, grpc_endpoint(&plan, "2.2.2.2").await);
    let rules = format!("[{{ backendRefs: [{}, {}] }}]", backend("one", 1), backend("two", 1));
    let manifests = [
        gateway_manifest(),
        route("route", "http.example.com", &rules),
        grpc_route(&rules),
        static_grpc("one", "{ address: 1.1.1.1 }"),
        static_grpc("two", "{ address: 2.2.2.2 }"),
    ];
    let gateway = serve(options(&plan), &manifests).await;
    let mut client = Client::connect(address(&gateway), Version::Http2).await;
    let mut ask = async |host: &str| {
        let reply = client.send(host, call("/s/M", "application/grpc")).await.unwrap();
        let whole = within("the reply", reply.into_body().collect()).await.unwrap();
        whole.trailers().unwrap()["x-endpoint"].to_str().unwrap().to_owned()
    };
    let before = [ask("se.example.com").await, ask("http.example.com").await, ask("http.example.com").await];
    apply(&gateway, &manifests).await;
    assert_ne!(ask("se.example.com").await, before[0], "the second turn of two");
    assert_eq!(ask("http.example.com").await, before[1], "the first turn of the next two");
}
