//! The aggregated xDS client: asks a control plane once, as an Envoy would that starts.

mod exchange;
mod node;

use std::collections::BTreeMap;
use std::time::Duration;

use envoy_types::pb::envoy::service::discovery::v3::aggregated_discovery_service_client::AggregatedDiscoveryServiceClient;
use envoy_types::pb::envoy::service::discovery::v3::{DiscoveryRequest, DiscoveryResponse};
use http::uri::Authority;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status, Streaming};

use crate::wire::Config;
use exchange::Exchange;
pub use node::Node;

/// A control plane of a large mesh sends all its clusters in one message.
const LARGEST: usize = 256 << 20;
/// How long a control plane may take to notice that everything was acknowledged and the stream has ended.
const GOODBYE: Duration = Duration::from_millis(500);

/// A control plane, and how to ask it.
#[derive(Clone, Debug, PartialEq)]
pub struct Ads {
    /// Where it listens.
    pub address: Authority,
    /// Who asks.
    pub node: Node,
    /// How long all of it may take.
    pub patience: Duration,
}

/// What a control plane handed out.
#[derive(Clone, Debug, PartialEq)]
pub struct HandedOut {
    /// Every resource that came.
    pub config: Config,
    /// Its name for itself; empty when it has not told.
    pub control_plane: String,
    /// By kind, the version that was acknowledged.
    pub versions: BTreeMap<&'static str, String>,
    /// What had not come when time was up; empty when everything came.
    pub waiting_for: Vec<String>,
}

/// Why there is nothing to tell.
#[derive(Debug, thiserror::Error)]
pub enum AdsError {
    /// The address is none.
    #[error("`{address}` is not HOST:PORT of a control plane, such as 127.0.0.1:15010: {why}")]
    Address {
        /// As given.
        address: String,
        /// What is wrong with it.
        why: String,
    },
    /// Nobody answered there.
    #[error("cannot connect to {address}; is the port forwarded, and the control plane running?")]
    Connect {
        /// The control plane.
        address: Authority,
        /// The words of those below.
        #[source]
        source: tonic::transport::Error,
    },
    /// Somebody answered that does not speak plaintext gRPC.
    #[error(
        "{address} does not speak plaintext gRPC ({why}); if it wants TLS, as istiod on port 15012 does, name a plaintext \
         port instead, such as istiod's 15010"
    )]
    NotPlaintext {
        /// The control plane.
        address: Authority,
        /// What was seen.
        why: String,
    },
    /// The control plane refused.
    #[error("{address} refused node `{node}`: {code:?}, {message}")]
    Refused {
        /// The control plane.
        address: Authority,
        /// Who asked.
        node: String,
        /// The gRPC status.
        code: Code,
        /// The words of the control plane.
        message: String,
    },
    /// It ended the stream before it had sent the clusters.
    #[error("{address} ended the stream before it had sent {waiting_for}")]
    Ended {
        /// The control plane.
        address: Authority,
        /// What had not come.
        waiting_for: String,
    },
    /// Time was up before the clusters had come.
    #[error(
        "{address} did not answer within {}: still waiting for {waiting_for}; a control plane says nothing to a node that it \
         does not know, so look at --node and --metadata", seconds(*.patience)
    )]
    Deadline {
        /// The control plane.
        address: Authority,
        /// How long it was given.
        patience: Duration,
        /// What had not come.
        waiting_for: String,
    },
    /// Something it sent is no message of its kind.
    #[error("{address} sent something that is not Envoy's configuration")]
    Unreadable {
        /// The control plane.
        address: Authority,
        /// What.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// How a stream came to its end.
enum End {
    Complete,
    Closed,
    TimeUp,
}

/// `HOST:PORT` of a control plane.
///
/// # Errors
/// [`AdsError::Address`].
pub fn address(text: &str) -> Result<Authority, AdsError> {
    let wrong = |why: &str| AdsError::Address { address: text.to_owned(), why: why.to_owned() };
    let authority: Authority = text.parse().map_err(|error: http::uri::InvalidUri| wrong(&error.to_string()))?;
    match authority.port_u16() {
        _ if authority.host().is_empty() => Err(wrong("the host is missing")),
        None => Err(wrong("the port is missing")),
        Some(0) => Err(wrong("there is no port 0")),
        Some(_) => Ok(authority),
    }
}

/// Asks for every cluster and listener, and for the endpoints and routes that they refer to, and acknowledges all that
/// comes. When time is up after the clusters have come, what is missing is named in [`HandedOut::waiting_for`].
///
/// # Errors
/// See [`AdsError`].
pub async fn fetch(ads: &Ads) -> Result<HandedOut, AdsError> {
    let deadline = Instant::now() + ads.patience;
    let (mut exchange, opening) = Exchange::open((&ads.node).into());
    let connected = timeout_at(deadline, connect(ads)).await;
    let channel = connected.unwrap_or_else(|_| Err(ads.late(&exchange)))?;
    let (requests, outgoing) = mpsc::unbounded_channel();
    send(&requests, opening);
    let mut client = AggregatedDiscoveryServiceClient::new(channel).max_decoding_message_size(LARGEST);
    let opened = timeout_at(deadline, client.stream_aggregated_resources(UnboundedReceiverStream::new(outgoing))).await;
    let opened = opened.map_err(|_| ads.late(&exchange))?;
    let mut responses = opened.map_err(|status| ads.refused(&status))?.into_inner();
    let end = follow(ads, &mut exchange, &requests, &mut responses, deadline).await?;
    drop(requests);
    let waiting_for = exchange.waiting_for();
    match end {
        End::Complete => goodbye(&mut responses).await,
        End::Closed if !exchange.has_clusters() => {
            return Err(AdsError::Ended { address: ads.address.clone(), waiting_for: waiting_for.join(", ") });
        }
        End::TimeUp if !exchange.has_clusters() => return Err(ads.late(&exchange)),
        End::Closed | End::TimeUp => {}
    }
    let (versions, control_plane) = (exchange.versions(), exchange.control_plane().to_owned());
    Ok(HandedOut { config: exchange.into_config(), control_plane, versions, waiting_for })
}

/// Takes responses until nothing is missing.
async fn follow(
    ads: &Ads,
    exchange: &mut Exchange,
    requests: &mpsc::UnboundedSender<DiscoveryRequest>,
    responses: &mut Streaming<DiscoveryResponse>,
    deadline: Instant,
) -> Result<End, AdsError> {
    loop {
        let response = match timeout_at(deadline, responses.message()).await {
            Err(_) => return Ok(End::TimeUp),
            Ok(Ok(None)) => return Ok(End::Closed),
            // A stream that breaks after the clusters have come is one that ended.
            Ok(Err(status)) if exchange.has_clusters() => {
                tracing::debug!(%status, "the stream broke");
                return Ok(End::Closed);
            }
            Ok(Err(status)) => return Err(ads.refused(&status)),
            Ok(Ok(Some(response))) => response,
        };
        let unreadable = |source| AdsError::Unreadable { address: ads.address.clone(), source: Box::new(source) };
        let answers = exchange.take(response).map_err(unreadable)?;
        send(requests, answers);
        if exchange.waiting_for().is_empty() {
            return Ok(End::Complete);
        }
    }
}

/// Sending fails only when the stream has ended, which the next response tells.
fn send(requests: &mpsc::UnboundedSender<DiscoveryRequest>, messages: Vec<DiscoveryRequest>) {
    for message in messages {
        if requests.send(message).is_err() {
            return;
        }
    }
}

/// Lets the last acknowledgements arrive: the control plane ends the stream when it has read the last one.
async fn goodbye<T>(responses: &mut Streaming<T>) {
    let deadline = Instant::now() + GOODBYE;
    while let Ok(Ok(Some(_))) = timeout_at(deadline, responses.message()).await {}
}

async fn connect(ads: &Ads) -> Result<Channel, AdsError> {
    let address = ads.address.clone();
    let endpoint = Endpoint::from_shared(format!("http://{address}"))
        .map_err(|error| AdsError::Address { address: address.to_string(), why: error.to_string() })?;
    endpoint.connect().await.map_err(|source| AdsError::Connect { address, source })
}

impl Ads {
    fn late(&self, exchange: &Exchange) -> AdsError {
        AdsError::Deadline {
            address: self.address.clone(),
            patience: self.patience,
            waiting_for: exchange.waiting_for().join(", "),
        }
    }

    /// A status with a cause was made on this side, as bytes came that are no gRPC.
    fn refused(&self, status: &Status) -> AdsError {
        let address = self.address.clone();
        let mut cause = std::error::Error::source(status);
        let mut last = None;
        while let Some(error) = cause {
            last = Some(error.to_string());
            cause = error.source();
        }
        match last {
            Some(why) => AdsError::NotPlaintext { address, why },
            None => AdsError::Refused {
                address,
                node: self.node.id.clone(),
                code: status.code(),
                message: status.message().to_owned(),
            },
        }
    }
}

/// `1.5 s`
fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs_f64())
}
