//! The discovery server as a client of its protocol sees it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use envoy_types::pb::envoy::service::discovery::v3::aggregated_discovery_service_client::AggregatedDiscoveryServiceClient;
use envoy_types::pb::envoy::service::discovery::v3::{DiscoveryRequest, DiscoveryResponse};
use envoy_types::pb::google::rpc::Status;
use sextant_routing::Profile;
use sextant_xds::{Kind, NotTaken, ServeError, Server, Snapshot};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;

use crate::support::{manifests, snapshot, to_example};

const PATIENCE: Duration = Duration::from_secs(10);
const CLUSTER: &str = "outbound|80||se.example.com";

/// One stream, with what Envoy would remember.
struct Client {
    requests: mpsc::Sender<DiscoveryRequest>,
    responses: Streaming<DiscoveryResponse>,
}

impl Client {
    async fn connect(server: &Server) -> Self {
        let client = AggregatedDiscoveryServiceClient::connect(format!("http://{}", server.address())).await;
        let mut client = client.expect("a connection");
        let (requests, to_send) = mpsc::channel(16);
        let responses = client.stream_aggregated_resources(ReceiverStream::new(to_send)).await;
        let responses = responses.expect("a stream").into_inner();
        Self { requests, responses }
    }

    async fn ask(&self, kind: Kind, names: &[&str]) {
        self.tell(kind, names, "", "", None).await;
    }

    async fn acknowledge(&self, kind: Kind, names: &[&str], response: &DiscoveryResponse) {
        self.tell(kind, names, &response.version_info, &response.nonce, None).await;
    }

    async fn refuse(&self, kind: Kind, names: &[&str], response: &DiscoveryResponse, words: &str) {
        let detail = Status { code: 13, message: words.to_owned(), ..Default::default() };
        self.tell(kind, names, "", &response.nonce, Some(detail)).await;
    }

    async fn tell(&self, kind: Kind, names: &[&str], version: &str, nonce: &str, error_detail: Option<Status>) {
        let request = DiscoveryRequest {
            type_url: kind.type_url(),
            resource_names: names.iter().map(|&name| name.to_owned()).collect(),
            version_info: version.to_owned(),
            response_nonce: nonce.to_owned(),
            error_detail,
            ..Default::default()
        };
        self.requests.send(request).await.expect("a stream that lasts");
    }

    async fn next(&mut self) -> DiscoveryResponse {
        let received = tokio::time::timeout(PATIENCE, self.responses.message()).await;
        received.expect("a response in time").expect("a stream that lasts").expect("a response")
    }

    /// The next response, which is of this kind; acknowledged.
    async fn take(&mut self, kind: Kind, names: &[&str]) -> usize {
        let response = self.next().await;
        assert_eq!(response.type_url, kind.type_url());
        self.acknowledge(kind, names, &response).await;
        response.resources.len()
    }

    /// Brings it to a first snapshot in the order of Envoy.
    async fn start(&mut self) {
        self.ask(Kind::Cluster, &[]).await;
        assert_eq!(self.take(Kind::Cluster, &[]).await, 1);
        self.ask(Kind::Endpoints, &[CLUSTER]).await;
        assert_eq!(self.take(Kind::Endpoints, &[CLUSTER]).await, 1);
        self.ask(Kind::Listener, &[]).await;
        assert_eq!(self.take(Kind::Listener, &[]).await, 2);
        self.ask(Kind::Routes, &["port-8080", "sextant-mark"]).await;
        assert_eq!(self.take(Kind::Routes, &["port-8080", "sextant-mark"]).await, 2);
    }
}

async fn server() -> Server {
    Server::start(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a server")
}

fn with_endpoints(addresses: &[&str]) -> Snapshot {
    let endpoints: Vec<_> = addresses.iter().map(|address| format!("{{ address: {address} }}")).collect();
    let spec = format!("resolution: STATIC, endpoints: [{}]", endpoints.join(", "));
    let rules = format!("[{{ backendRefs: [{}] }}]", to_example(""));
    snapshot(Profile::Istio, &manifests(&rules, &spec))
}

fn soon() -> Instant {
    Instant::now() + PATIENCE
}

#[tokio::test]
async fn resources_come_in_the_order_in_which_they_refer_to_each_other() {
    let server = server().await;
    let serial = server.publish(with_endpoints(&["1.1.1.1"]));
    let mut envoy = Client::connect(&server).await;
    // Asked for too early: it has to wait until clusters and endpoints are there.
    envoy.ask(Kind::Listener, &[]).await;
    envoy.start().await;
    assert_eq!(server.taken(serial, soon()).await, Ok(()));
}

/// Envoy acknowledges clusters only when they are warm, which those wait for endpoints to be.
#[tokio::test]
async fn endpoints_do_not_wait_for_clusters_to_be_acknowledged_and_the_rest_does() {
    let server = server().await;
    let serial = server.publish(with_endpoints(&["1.1.1.1"]));
    let mut envoy = Client::connect(&server).await;
    envoy.ask(Kind::Listener, &[]).await;
    envoy.ask(Kind::Cluster, &[]).await;
    let clusters = envoy.next().await;
    assert_eq!(clusters.type_url, Kind::Cluster.type_url());
    envoy.ask(Kind::Endpoints, &[CLUSTER]).await;
    assert_eq!(envoy.take(Kind::Endpoints, &[CLUSTER]).await, 1);
    envoy.acknowledge(Kind::Cluster, &[], &clusters).await;
    assert_eq!(envoy.take(Kind::Listener, &[]).await, 2);
    envoy.ask(Kind::Routes, &["port-8080", "sextant-mark"]).await;
    assert_eq!(envoy.take(Kind::Routes, &["port-8080", "sextant-mark"]).await, 2);
    assert_eq!(server.taken(serial, soon()).await, Ok(()));
}

#[tokio::test]
async fn only_what_changed_is_sent_again() {
    let server = server().await;
    server.publish(with_endpoints(&["1.1.1.1"]));
    let mut envoy = Client::connect(&server).await;
    envoy.start().await;
    let serial = server.publish(with_endpoints(&["1.1.1.1", "2.2.2.2"]));
    assert_eq!(envoy.take(Kind::Endpoints, &[CLUSTER]).await, 1);
    assert_eq!(server.taken(serial, soon()).await, Ok(()), "nothing else is to be acknowledged");
    let serial = server.publish(with_endpoints(&["1.1.1.1", "2.2.2.2"]));
    assert_eq!(server.taken(serial, soon()).await, Ok(()), "nothing changed, so nothing is sent");
}

#[tokio::test]
async fn a_refusal_is_told_with_envoys_words_and_does_not_last() {
    let server = server().await;
    server.publish(with_endpoints(&["1.1.1.1"]));
    let mut envoy = Client::connect(&server).await;
    envoy.start().await;
    let serial = server.publish(with_endpoints(&["2.2.2.2"]));
    let response = envoy.next().await;
    envoy.refuse(Kind::Endpoints, &[CLUSTER], &response, "malformed IP address").await;
    let refused = server.taken(serial, soon()).await;
    let Err(NotTaken::Rejected(rejection)) = refused else { panic!("{refused:?}") };
    assert_eq!((rejection.kind, rejection.message.as_str()), (Kind::Endpoints, "malformed IP address"));
    let serial = server.publish(with_endpoints(&["3.3.3.3"]));
    assert_eq!(envoy.take(Kind::Endpoints, &[CLUSTER]).await, 1);
    assert_eq!(server.taken(serial, soon()).await, Ok(()));
}

#[tokio::test]
async fn a_name_that_is_asked_for_anew_is_sent_anew() {
    let server = server().await;
    server.publish(with_endpoints(&["1.1.1.1"]));
    let mut envoy = Client::connect(&server).await;
    envoy.start().await;
    // Envoy forgets the cluster, and asks again: once with nothing, once with the name.
    envoy.tell(Kind::Endpoints, &[], "1", "2", None).await;
    envoy.tell(Kind::Endpoints, &[CLUSTER], "1", "2", None).await;
    assert_eq!(envoy.take(Kind::Endpoints, &[CLUSTER]).await, 1);
}

#[tokio::test]
async fn waiting_ends_at_the_deadline_and_says_for_what() {
    let server = server().await;
    let serial = server.publish(with_endpoints(&["1.1.1.1"]));
    let late = server.taken(serial, Instant::now()).await.unwrap_err();
    assert_eq!(late.to_string(), "Envoy has not acknowledged configuration 1: Envoy to connect");
}

#[tokio::test]
async fn nothing_is_served_beyond_loopback() {
    let refused = Server::start("192.0.2.1:0".parse().unwrap()).await.unwrap_err();
    assert!(matches!(refused, ServeError::NotLoopback(_)), "{refused}");
}

/// New clusters come before anything refers to them, and old ones go when nothing does any more.
#[test]
fn a_change_goes_by_way_of_both_configurations() {
    let old = with_endpoints(&["1.1.1.1"]);
    let rules = format!("[{{ backendRefs: [{}] }}]", to_example(""));
    let text = manifests(&rules, "resolution: STATIC, endpoints: [{ address: 2.2.2.2 }]");
    let new = snapshot(Profile::Kgateway, &text.replace("8080", "9090"));
    let names = |snapshot: &Snapshot, kind| snapshot.names(kind).map(str::to_owned).collect::<Vec<_>>();
    let kgateway = "istio-se_gwtest_example-se_se.example.com_80";
    let ahead = new.ahead_of(&old);
    assert_eq!(names(&ahead, Kind::Cluster), [kgateway, CLUSTER]);
    assert_eq!(names(&ahead, Kind::Listener), ["port-8080", "sextant-mark"]);
    let beside = new.beside(&old);
    assert_eq!(names(&beside, Kind::Cluster), [kgateway, CLUSTER]);
    assert_eq!(names(&beside, Kind::Endpoints), [CLUSTER]);
    assert_eq!(names(&beside, Kind::Listener), ["port-9090", "sextant-mark"]);
}
