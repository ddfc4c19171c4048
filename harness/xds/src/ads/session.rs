//! One stream: what Envoy asked for, what it was sent, and what it said to that.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use envoy_types::pb::envoy::service::discovery::v3::{DiscoveryRequest, DiscoveryResponse};
use envoy_types::pb::google::protobuf::Any;
use futures::stream::{self, Stream};
use tokio::sync::watch;
use tonic::{Status, Streaming};

use super::{Progress, Published, Rejection, Serial};
use crate::Kind;

/// The state of one stream.
pub(super) struct Session {
    published: watch::Receiver<Arc<Published>>,
    progress: watch::Sender<Progress>,
    kinds: [Exchange; 4],
    /// To be sent.
    outgoing: VecDeque<DiscoveryResponse>,
    responses: u64,
}

/// What passed about one kind.
#[derive(Debug, Default)]
struct Exchange {
    /// The names asked for; `None` before the first request. Without meaning for kinds of which all are sent.
    asked: Option<BTreeSet<String>>,
    /// What was sent: marks by name; of a whole kind its version, under the empty name.
    sent: HashMap<String, u64>,
    /// The response that was not answered yet, and the snapshot that it is from.
    unanswered: Option<(String, Serial)>,
}

/// What is to be done about one kind.
enum Next {
    /// Nothing: Envoy has it.
    Done,
    /// Waiting for Envoy.
    Wait(String),
    /// To be sent, with the marks to be remembered.
    Send(Vec<Any>, HashMap<String, u64>),
}

impl Session {
    pub(super) fn new(published: watch::Receiver<Arc<Published>>, progress: watch::Sender<Progress>) -> Self {
        Self { published, progress, kinds: Default::default(), outgoing: VecDeque::new(), responses: 0 }
    }

    /// The responses to `requests`, until Envoy or the server ends.
    pub(super) fn responses(
        self,
        requests: Streaming<DiscoveryRequest>,
    ) -> impl Stream<Item = Result<DiscoveryResponse, Status>> + Send {
        stream::unfold((self, requests), |(mut session, mut requests)| async move {
            let response = session.next(&mut requests).await?;
            Some((Ok(response), (session, requests)))
        })
    }

    async fn next(&mut self, requests: &mut Streaming<DiscoveryRequest>) -> Option<DiscoveryResponse> {
        loop {
            if let Some(response) = self.outgoing.pop_front() {
                return Some(response);
            }
            tokio::select! {
                request = requests.message() => self.take(&request.ok()??),
                changed = self.published.changed() => changed.ok()?,
            }
            self.advance();
        }
    }

    /// Takes a request: the first of its kind, an answer to a response, or a change of what is asked for.
    fn take(&mut self, request: &DiscoveryRequest) {
        let Some(kind) = Kind::of(&request.type_url) else { return };
        let exchange = &mut self.kinds[kind as usize];
        let answered = exchange.unanswered.take_if(|(nonce, _)| *nonce == request.response_nonce);
        if answered.is_none() && exchange.unanswered.is_some() && !request.response_nonce.is_empty() {
            return; // about a response that a later one has overtaken
        }
        if let (Some((_, serial)), Some(refused)) = (answered, &request.error_detail) {
            let rejection = Rejection { serial, kind, message: refused.message.clone() };
            self.progress.send_modify(|progress| progress.rejection = Some(rejection));
        }
        let asked: BTreeSet<String> = request.resource_names.iter().cloned().collect();
        if !kind.is_whole() {
            // What is asked for again after it was not has to be sent again.
            exchange.sent.retain(|name, _| asked.contains(name));
        }
        exchange.asked = Some(asked);
    }

    /// Sends what is to be sent next, and tells how far Envoy is.
    ///
    /// Endpoints do not wait for the answer about clusters: Envoy withholds that while a cluster waits for its endpoints.
    fn advance(&mut self) {
        let published = Arc::clone(&self.published.borrow_and_update());
        let mut waiting_for = String::new();
        for kind in Kind::ALL {
            if !waiting_for.is_empty() && kind != Kind::Endpoints {
                break;
            }
            let awaited = match self.kinds[kind as usize].next(kind, &published) {
                Next::Done => continue,
                Next::Wait(what) => what,
                Next::Send(resources, marks) => {
                    self.send(kind, &published, resources);
                    self.kinds[kind as usize].sent.extend(marks);
                    format!("its answer about {kind:?}")
                }
            };
            if waiting_for.is_empty() {
                waiting_for = awaited;
            }
        }
        let is_taken = waiting_for.is_empty();
        self.progress.send_modify(|progress| {
            progress.waiting_for = waiting_for;
            if is_taken {
                progress.taken = published.serial;
            }
        });
    }

    fn send(&mut self, kind: Kind, published: &Published, resources: Vec<Any>) {
        self.responses += 1;
        let nonce = self.responses.to_string();
        self.kinds[kind as usize].unanswered = Some((nonce.clone(), published.serial));
        self.outgoing.push_back(DiscoveryResponse {
            version_info: published.serial.0.to_string(),
            resources,
            type_url: kind.type_url(),
            nonce,
            ..Default::default()
        });
    }
}

impl Exchange {
    fn next(&self, kind: Kind, published: &Published) -> Next {
        let wanted = published.snapshot.of(kind);
        let Some(asked) = &self.asked else {
            let nothing = wanted.is_empty() && !kind.is_whole();
            return if nothing { Next::Done } else { Next::Wait(format!("Envoy to ask for {kind:?}")) };
        };
        if self.unanswered.is_some() {
            return Next::Wait(format!("its answer about {kind:?}"));
        }
        if kind.is_whole() {
            let version = published.snapshot.version(kind);
            if self.sent.get("") == Some(&version) {
                return Next::Done;
            }
            let all = wanted.values().map(|resource| resource.body.clone()).collect();
            return Next::Send(all, [(String::new(), version)].into());
        }
        let changed = |(name, mark): (&String, u64)| asked.contains(name) && self.sent.get(name) != Some(&mark);
        let changed: Vec<_> = wanted.iter().filter(|(name, resource)| changed((name, resource.mark))).collect();
        if !changed.is_empty() {
            let marks = changed.iter().map(|(name, resource)| ((*name).clone(), resource.mark)).collect();
            return Next::Send(changed.into_iter().map(|(_, resource)| resource.body.clone()).collect(), marks);
        }
        match wanted.keys().find(|name| !asked.contains(*name)) {
            Some(name) => Next::Wait(format!("Envoy to ask for the {kind:?} of {name}")),
            None => Next::Done,
        }
    }
}
