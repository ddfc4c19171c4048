//! The server's part of a unary gRPC call (gRPC over HTTP/2), as small as it can be: one message, not compressed.

use bytes::{BufMut, Bytes, BytesMut};
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};

/// Whether a request with these headers is a call.
pub(super) fn is_call(headers: &HeaderMap) -> bool {
    let media = headers.get(CONTENT_TYPE).and_then(|value| value.as_bytes().strip_prefix(b"application/grpc"));
    media.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"+"))
}

/// Makes `body` a message, with its length in front.
pub(super) fn frame(headers: &mut HeaderMap, body: &mut Bytes) {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    let mut message = BytesMut::with_capacity(5 + body.len());
    message.put_u8(0);
    message.put_u32(u32::try_from(body.len()).unwrap_or(u32::MAX)); // bodies are counted in 32 bits
    message.put_slice(body);
    *body = message.freeze();
}
