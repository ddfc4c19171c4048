//! The client against control planes, ours and wrong ones.

use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::time::{Duration, Instant};

use envoy_types::pb::envoy::service::discovery::v3::aggregated_discovery_service_server::{
    AggregatedDiscoveryService, AggregatedDiscoveryServiceServer,
};
use envoy_types::pb::envoy::service::discovery::v3::{
    DeltaDiscoveryRequest, DeltaDiscoveryResponse, DiscoveryRequest, DiscoveryResponse,
};
use rstest::rstest;
use sextant_endpoints::{AdsError, Cluster, address, fetch};
use sextant_routing::Profile;
use sextant_xds::Kind;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_stream::{Stream, StreamExt as _};
use tonic::{Request, Response, Status, Streaming};

use crate::served::{AsWritten, PATIENCE, ads, handed_out, serve};

const MANIFESTS: &str = include_str!("../data/two-hosts.yaml");
/// Short: it has to pass.
const SHORT: Duration = Duration::from_millis(300);

/// Name, type, endpoints and routes in one line.
fn line(cluster: &Cluster) -> String {
    let endpoint = |e: &sextant_endpoints::Endpoint| {
        format!("{}:{} {} w{} p{} {}", e.address, e.port, e.locality, e.weight, e.priority, e.health)
    };
    let route = |u: &sextant_endpoints::Use| {
        let matches = if u.matches.is_empty() { "connections" } else { &u.matches };
        format!("{} {} {matches} {}", u.kind, u.hosts[0], u.share)
    };
    format!(
        "{} {} [{}] [{}]",
        cluster.name,
        cluster.kind,
        cluster.endpoints.iter().map(endpoint).collect::<Vec<_>>().join(", "),
        cluster.routes.iter().map(route).collect::<Vec<_>>().join(", "),
    )
}

/// K-015, K-030 to K-034; Istio's names, and D-20.
#[rstest]
#[case::kgateway(Profile::Kgateway, &[
    "istio-se_gwtest_dns-se_db.example.com_80 STRICT_DNS [db.example.com:80  w1 p0 healthy] [tcp * connections 1, http se.example.com PathPrefix / 0.25]",
    "istio-se_gwtest_example-se_se.example.com_80 STATIC [1.1.1.1:8080 r1/z1 w3 p0 healthy, 2.2.2.2:8080 r2/z2/s2 w1 p0 healthy] [http se.example.com PathPrefix /api, header x-env=dev 1, http se.example.com PathPrefix / 0.75]",
])]
#[case::istio(Profile::Istio, &[
    "outbound|80||db.example.com STRICT_DNS [db.example.com:80  w1 p0 healthy] [tcp * connections 1, http se.example.com PathPrefix / 0.25]",
    "outbound|80||se.example.com EDS [1.1.1.1:8080 r1/z1 w3 p0 healthy, 2.2.2.2:8080 r2/z2/s2 w1 p0 healthy] [http se.example.com PathPrefix /api, header x-env=dev 1, http se.example.com PathPrefix / 0.75]",
])]
#[tokio::test]
async fn what_the_server_hands_out_is_told_and_acknowledged(#[case] profile: Profile, #[case] expected: &[&str]) {
    let (server, serial) = serve(MANIFESTS, profile, &AsWritten::default()).await;
    let document = handed_out(server.address()).await;
    let lines: Vec<_> = document.clusters.iter().map(line).collect();
    assert_eq!(lines, expected);
    assert!(document.waiting_for.is_empty());
    // Every kind was acknowledged with the version that was sent.
    server.taken(serial, Instant::now() + PATIENCE).await.expect("acknowledged");
}

#[tokio::test]
async fn nobody_there_is_told_at_once() {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let at = free.local_addr().expect("its address");
    drop(free);
    let error = fetch(&ads(at, PATIENCE)).await.expect_err("nobody listens");
    assert!(matches!(error, AdsError::Connect { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        format!("cannot connect to {at}; is the port forwarded, and the control plane running?")
    );
}

#[tokio::test]
async fn a_socket_that_says_nothing_runs_into_the_deadline() {
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let at = silent.local_addr().expect("its address");
    let error = fetch(&ads(at, SHORT)).await.expect_err("it says nothing");
    let text = error.to_string();
    assert!(matches!(error, AdsError::Deadline { .. }), "{error:?}");
    assert!(text.contains("within 0.3 s: still waiting for its clusters, its listeners"), "{text}");
}

#[tokio::test]
async fn a_server_that_wants_tls_is_told_apart() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let at = listener.local_addr().expect("its address");
    let server = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.expect("a client");
        let mut preface = [0; 24];
        socket.read_exact(&mut preface).await.expect("HTTP/2 begins with 24 bytes");
        // What a TLS server says to that: a fatal alert, no TLS record.
        socket.write_all(&[21, 3, 3, 0, 2, 2, 10]).await.expect("the client reads");
        socket
    });
    let error = fetch(&ads(at, PATIENCE)).await.expect_err("no gRPC");
    assert!(matches!(error, AdsError::NotPlaintext { .. }), "{error:?}");
    assert!(error.to_string().contains("if it wants TLS"), "{error}");
    drop(server.await.expect("the alert was sent"));
}

#[rstest]
#[case::no_port("127.0.0.1", "the port is missing")]
#[case::port_zero("127.0.0.1:0", "there is no port 0")]
#[case::no_host(":15010", "")]
#[case::url("http://127.0.0.1:15010", "")]
fn addresses_that_are_none(#[case] text: &str, #[case] why: &str) {
    let error = address(text).expect_err("no address").to_string();
    assert!(error.starts_with(&format!("`{text}` is not HOST:PORT of a control plane")), "{error}");
    assert!(error.ends_with(why), "{error}");
}

/// Sends `responses` and then what `end` says.
struct Scripted {
    responses: Vec<DiscoveryResponse>,
    end: End,
}

#[derive(Clone, Copy)]
enum End {
    Silence,
    Close,
    Status,
}

type Responses<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl AggregatedDiscoveryService for Scripted {
    type StreamAggregatedResourcesStream = Responses<DiscoveryResponse>;
    type DeltaAggregatedResourcesStream = Responses<DeltaDiscoveryResponse>;

    async fn stream_aggregated_resources(
        &self,
        _: Request<Streaming<DiscoveryRequest>>,
    ) -> Result<Response<Self::StreamAggregatedResourcesStream>, Status> {
        let sent = tokio_stream::iter(self.responses.clone()).map(Ok);
        Ok(Response::new(match self.end {
            End::Silence => Box::pin(sent.chain(tokio_stream::pending())),
            End::Close => Box::pin(sent),
            End::Status => {
                let refused = Status::permission_denied("no such proxy");
                Box::pin(sent.chain(tokio_stream::once(Err(refused))))
            }
        }))
    }

    async fn delta_aggregated_resources(
        &self,
        _: Request<Streaming<DeltaDiscoveryRequest>>,
    ) -> Result<Response<Self::DeltaAggregatedResourcesStream>, Status> {
        Err(Status::unimplemented("state of the world only"))
    }
}

async fn script(responses: Vec<DiscoveryResponse>, end: End) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let at = listener.local_addr().expect("its address");
    let service = AggregatedDiscoveryServiceServer::new(Scripted { responses, end });
    // Ends with the runtime of the test.
    tokio::spawn(
        tonic::transport::Server::builder().add_service(service).serve_with_incoming(TcpListenerStream::new(listener)),
    );
    at
}

fn nothing_of(kind: Kind) -> DiscoveryResponse {
    DiscoveryResponse {
        type_url: kind.type_url(),
        version_info: "1".to_owned(),
        nonce: "1".to_owned(),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_control_plane_that_never_answers_runs_into_the_deadline() {
    let at = script(Vec::new(), End::Silence).await;
    let error = fetch(&ads(at, SHORT)).await.expect_err("no answer");
    assert!(matches!(error, AdsError::Deadline { .. }), "{error:?}");
    assert!(error.to_string().contains("look at --node and --metadata"), "{error}");
}

#[tokio::test]
async fn what_is_missing_when_time_is_up_is_named() {
    let at = script(vec![nothing_of(Kind::Cluster)], End::Silence).await;
    let handed_out = fetch(&ads(at, SHORT)).await.expect("the clusters");
    assert_eq!(handed_out.waiting_for, ["its listeners"]);
}

#[tokio::test]
async fn an_early_end_of_the_stream_is_told() {
    let at = script(Vec::new(), End::Close).await;
    let error = fetch(&ads(at, PATIENCE)).await.expect_err("no clusters");
    assert_eq!(error.to_string(), format!("{at} ended the stream before it had sent its clusters, its listeners"));
    let at = script(vec![nothing_of(Kind::Cluster)], End::Close).await;
    let handed_out = fetch(&ads(at, PATIENCE)).await.expect("the clusters");
    assert_eq!(handed_out.waiting_for, ["its listeners"]);
}

#[tokio::test]
async fn a_refusal_is_told_in_the_words_of_the_control_plane() {
    let at = script(Vec::new(), End::Status).await;
    let error = fetch(&ads(at, PATIENCE)).await.expect_err("refused");
    assert_eq!(error.to_string(), format!("{at} refused node `gw.test`: PermissionDenied, no such proxy"));
}
