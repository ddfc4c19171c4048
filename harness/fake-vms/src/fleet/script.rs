//! A behaviour made ready: all that can be made before a request comes is made once.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};

use super::tls::Terminator;
use super::{FleetError, ReplyDetail};
use crate::{
    Behaviour, BehaviourError, Body, ENDPOINT_HEADER, Fault, LOCALITY_HEADER, Outcome, Reply, ResetWhen, Seen, Speaks,
    WORKLOAD_HEADER, Workload,
};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const BINARY: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// Who a VM is, in the forms that replies need.
#[derive(Debug)]
pub(super) struct Identity {
    documented: SocketAddr,
    reply: Reply,
    headers: HeaderMap,
    detail: ReplyDetail,
}

/// A behaviour of one VM.
#[derive(Debug)]
pub(super) struct Script {
    identity: Arc<Identity>,
    status: StatusCode,
    pub(super) delay: Duration,
    pub(super) fault: Option<Fault>,
    pub(super) speaks: Speaks,
    grpc_status: u16,
    pub(super) tls: Option<Terminator>,
    /// Headers and body of ordinary replies. Without a body, each is made from what was seen.
    ordinary: (HeaderMap, Option<Bytes>),
    /// Headers and body of `GET /info`.
    info: (HeaderMap, Bytes),
}

impl Identity {
    pub(super) fn new(documented: SocketAddr, workload: Workload, detail: ReplyDetail) -> Result<Self, FleetError> {
        let printable = |field: &'static str, text: &str| {
            HeaderValue::from_str(text).map_err(|_| FleetError::Unprintable { documented, field })
        };
        if let Some(namespace) = &workload.namespace {
            printable("namespace", namespace)?;
        }
        printable("name", &workload.name)?;
        let mut headers = HeaderMap::new();
        headers.insert(ENDPOINT_HEADER, printable("address", &documented.to_string())?);
        headers.insert(WORKLOAD_HEADER, printable("name", &workload.to_string())?);
        if let Some(locality) = &workload.locality {
            headers.insert(LOCALITY_HEADER, printable("locality", locality)?);
        }
        Ok(Self { documented, reply: Reply::identity(documented, &workload), headers, detail })
    }
}

impl Script {
    pub(super) fn new(identity: &Arc<Identity>, behaviour: &Behaviour) -> Result<Arc<Self>, FleetError> {
        let documented = identity.documented;
        behaviour.check().map_err(|source| FleetError::Behaviour { documented, source })?;
        let tls = behaviour.tls.as_ref().map(Terminator::new).transpose();
        let tls = tls.map_err(|source| FleetError::Tls { documented, source })?;
        Self::checked(identity, behaviour, tls)
            .map(Arc::new)
            .map_err(|source| FleetError::Behaviour { documented, source })
    }

    fn checked(
        identity: &Arc<Identity>,
        behaviour: &Behaviour,
        tls: Option<Terminator>,
    ) -> Result<Self, BehaviourError> {
        let status = StatusCode::from_u16(behaviour.status).map_err(|_| BehaviourError::Status(behaviour.status))?;
        let info = format!("Response from Pod IP: {}\n", identity.documented.ip());
        let own = behaviour.body.as_ref().map(|body| match body {
            Body::Text(text) => (TEXT, Bytes::copy_from_slice(text.as_bytes())),
            Body::Bytes(length) => (BINARY, (b'a'..=b'z').cycle().take(*length as usize).collect()),
        });
        let (ordinary_type, ordinary, info_type, info) = match own {
            Some((media, body)) => (media.clone(), Some(body.clone()), media, body),
            None if identity.detail == ReplyDetail::Identity => (JSON, Some(json(&identity.reply)), TEXT, info.into()),
            None => (JSON, None, TEXT, info.into()),
        };
        Ok(Self {
            identity: Arc::clone(identity),
            status,
            delay: behaviour.delay,
            fault: behaviour.fault.clone(),
            speaks: behaviour.speaks,
            grpc_status: behaviour.grpc_status,
            tls,
            ordinary: (headers(identity, behaviour, ordinary_type)?, ordinary),
            info: (headers(identity, behaviour, info_type)?, info),
        })
    }

    /// What this script does about a request that was read whole.
    pub(super) fn outcome(&self) -> Outcome {
        let status = self.status.as_u16();
        match self.fault {
            None | Some(Fault::SlowBody(_)) => Outcome::Replied(status),
            Some(Fault::CloseHalfWay) => Outcome::ClosedHalfWay(status),
            Some(Fault::Hang) => Outcome::Hung,
            // A request that got in just before its VM was told to refuse fares as if it had come just after.
            Some(Fault::Reset(ResetWhen::OnAccept | ResetWhen::AfterRequest) | Fault::Refuse) => Outcome::Reset,
        }
    }

    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    /// What ends the reply to a gRPC call that was answered at all, which is one with status 200.
    pub(super) fn grpc_trailers(&self) -> Option<HeaderMap> {
        let trailer = (HeaderName::from_static("grpc-status"), HeaderValue::from(self.grpc_status));
        (self.status == StatusCode::OK).then(|| [trailer].into_iter().collect())
    }

    /// What a VM that speaks bytes says first on its connection number `sequence`.
    pub(super) fn greeting(&self, sequence: u64) -> Bytes {
        json(&Reply { sequence: Some(sequence), ..self.identity.reply.clone() })
    }

    /// Whether replies say what was seen; otherwise nobody needs to collect it.
    pub(super) fn tells_what_it_saw(&self) -> bool {
        self.ordinary.1.is_none()
    }

    /// Headers and whole body of the reply. `seen` is for replies that say what was seen, with the request's number.
    pub(super) fn reply(&self, method: &Method, path: &str, seen: Option<(Seen, u64)>) -> (HeaderMap, Bytes) {
        if path == "/info" && (method == Method::GET || method == Method::HEAD) {
            let (headers, body) = &self.info;
            return (headers.clone(), body.clone());
        }
        let (headers, body) = &self.ordinary;
        let body = body.clone().unwrap_or_else(|| {
            let (seen, sequence) = seen.unzip();
            json(&Reply { seen, sequence, ..self.identity.reply.clone() })
        });
        (headers.clone(), body)
    }
}

fn headers(identity: &Identity, behaviour: &Behaviour, media: HeaderValue) -> Result<HeaderMap, BehaviourError> {
    let mut headers = identity.headers.clone();
    headers.insert(CONTENT_TYPE, media);
    for (name, value) in &behaviour.headers {
        let value = HeaderValue::from_str(value).map_err(|_| BehaviourError::HeaderValue(name.clone()))?;
        let name: HeaderName = name.parse().map_err(|_| BehaviourError::HeaderName(name.clone()))?;
        headers.insert(name, value);
    }
    Ok(headers)
}

/// A line of JSON. A reply is strings and numbers, which always serialise.
fn json(reply: &Reply) -> Bytes {
    let mut text = serde_json::to_vec(reply).unwrap_or_default();
    text.push(b'\n');
    text.into()
}
