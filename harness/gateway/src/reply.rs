//! Replies that the gateway makes itself.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Method, Response, StatusCode};
use sextant_routing::BackendId;

use crate::Reason;
use crate::body::{ReplyBody, Source};
use crate::registry::RequestGuard;

const X_SEXTANT_REASON: HeaderName = HeaderName::from_static("x-sextant-reason");

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

impl OwnReply {
    /// A refusal that is about a backend.
    pub(crate) fn about(reason: Reason, backend: &BackendId) -> Self {
        Self::Refusal(Refusal { reason, backend: Some(backend.clone()) })
    }

    /// The reply, for a request with this method. With `say_why`, `x-sextant-reason` has the reason's word and, behind
    /// `; backend=`, the backend.
    pub(crate) fn reply(&self, method: &Method, say_why: bool, guard: RequestGuard) -> Response<ReplyBody> {
        match self {
            Self::Refusal(refusal) => refusal.reply(method, say_why, guard),
            Self::Redirect { status, headers } => {
                let mut response = Response::new(ReplyBody::new(Source::Own(None), guard));
                *response.status_mut() = *status;
                response.headers_mut().clone_from(headers);
                response.headers_mut().insert(CONTENT_LENGTH, 0.into());
                response
            }
        }
    }
}

impl Refusal {
    fn reply(&self, method: &Method, say_why: bool, guard: RequestGuard) -> Response<ReplyBody> {
        let text = self.reason.body();
        let content = (!text.is_empty() && method != Method::HEAD).then(|| Bytes::from_static(text.as_bytes()));
        let mut response = Response::new(ReplyBody::new(Source::Own(content), guard));
        *response.status_mut() = self.reason.status();
        let headers = response.headers_mut();
        headers.insert(CONTENT_LENGTH, text.len().into());
        if !text.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        }
        if say_why {
            headers.insert(X_SEXTANT_REASON, self.header());
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

impl From<Reason> for OwnReply {
    fn from(reason: Reason) -> Self {
        Self::Refusal(Refusal { reason, backend: None })
    }
}
