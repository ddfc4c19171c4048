//! Replies that the gateway makes itself.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use sextant_routing::BackendId;

use crate::body::{ReplyBody, Source};
use crate::registry::RequestGuard;
use crate::{Reason, grpc};

const X_SEXTANT_REASON: HeaderName = HeaderName::from_static("x-sextant-reason");

/// What a reply depends on in its request.
pub(crate) struct Asked {
    method: Method,
    /// The client speaks gRPC and reads no HTTP status.
    is_call: bool,
}

/// A reply that the gateway makes itself.
#[derive(Debug)]
pub(crate) enum OwnReply {
    /// The request cannot be served.
    Refusal(Refusal),
    /// The rule redirects the client; the headers say where to.
    Redirect { status: StatusCode, headers: HeaderMap },
}

/// Why a request cannot be served, and the backend that this is about, if it got that far.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) reason: Reason,
    pub(crate) backend: Option<BackendId>,
}

impl Asked {
    pub(crate) fn by<B>(request: &Request<B>) -> Self {
        Self { method: request.method().clone(), is_call: grpc::is_call(request.headers()) }
    }
}

impl OwnReply {
    /// A refusal that is about a backend.
    pub(crate) fn about(reason: Reason, backend: &BackendId) -> Self {
        Self::Refusal(Refusal::about(reason, backend))
    }

    /// The reply to a request. With `say_why`, `x-sextant-reason` has the reason's word and, behind
    /// `; backend=`, the backend.
    pub(crate) fn reply(&self, asked: &Asked, say_why: bool, guard: RequestGuard) -> Response<ReplyBody> {
        match self {
            Self::Refusal(refusal) => refusal.reply(asked, say_why, guard),
            Self::Redirect { status, headers } => {
                let mut response = Response::new(ReplyBody::new(Source::Own(None), guard));
                *response.status_mut() = *status;
                response.headers_mut().clone_from(headers);
                if asked.is_call {
                    grpc::translate(&mut response, "");
                } else {
                    response.headers_mut().insert(CONTENT_LENGTH, 0.into());
                }
                response
            }
        }
    }
}

impl Refusal {
    /// A refusal that is about a backend.
    pub(crate) fn about(reason: Reason, backend: &BackendId) -> Self {
        Self { reason, backend: Some(backend.clone()) }
    }

    fn reply(&self, asked: &Asked, say_why: bool, guard: RequestGuard) -> Response<ReplyBody> {
        let text = self.reason.body();
        let shown = !text.is_empty() && !asked.is_call && asked.method != Method::HEAD;
        let content = shown.then(|| Bytes::from_static(text.as_bytes()));
        let mut response = Response::new(ReplyBody::new(Source::Own(content), guard));
        *response.status_mut() = self.reason.status();
        if asked.is_call {
            grpc::translate(&mut response, text);
        } else {
            response.headers_mut().insert(CONTENT_LENGTH, text.len().into());
            if !text.is_empty() {
                response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
            }
        }
        if say_why {
            response.headers_mut().insert(X_SEXTANT_REASON, self.header());
        }
        response
    }

    fn header(&self) -> HeaderValue {
        let word = HeaderValue::from_static(self.reason.as_str());
        let Some(backend) = &self.backend else { return word };
        // Names come from manifests; one that no header can carry is left out.
        HeaderValue::try_from(format!("{}; backend={backend}", self.reason)).unwrap_or(word)
    }
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self { reason, backend: None }
    }
}

impl From<Reason> for OwnReply {
    fn from(reason: Reason) -> Self {
        Self::Refusal(reason.into())
    }
}
