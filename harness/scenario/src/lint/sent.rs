//! What is sent: one kind of thing, whole, and promises that such a thing can keep.

use super::Lint;
use crate::expect::Expect;
use crate::step::Request;

/// Checks the request at `path`.
pub(super) fn check(lint: &mut Lint<'_>, path: &str, request: &Request) {
    if request.port == Some(0) {
        lint.error("bad-request", &format!("{path}.port"), "no listener has port 0", "leave it out, or name the port");
    }
    if request.path.as_ref().is_some_and(|path| !path.starts_with('/')) {
        lint.error("bad-request", &format!("{path}.path"), "the path does not start with `/`", "");
    }
    match (&request.bytes, &request.grpc) {
        (Some(_), _) => bytes(lint, path, request),
        (None, Some(called)) => call(lint, path, request, called),
        (None, None) => host(lint, path, request),
    }
}

fn host(lint: &mut Lint<'_>, path: &str, request: &Request) {
    if request.host.is_empty() {
        lint.error("bad-request", &format!("{path}.host"), "the host is empty", "give the Host header to send");
    }
}

fn call(lint: &mut Lint<'_>, path: &str, request: &Request, called: &str) {
    host(lint, path, request);
    let is_call = called.split_once('/').is_some_and(|(service, method)| {
        let is_name = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/');
        is_name(service) && is_name(method)
    });
    if !is_call {
        let message = format!("`{called}` is no service and method");
        lint.error("bad-request", &format!("{path}.grpc"), message, "write for example `shop.v1.Cart/Add`");
    }
    let other = [("path", request.path.is_some()), ("method", request.method.is_some()), ("http2", request.http2)];
    for (field, _) in other.iter().filter(|(_, given)| *given) {
        let message = format!("`{field}` of a gRPC call is what gRPC says");
        lint.error("contradiction", &format!("{path}.{field}"), message, "remove it, or `grpc`");
    }
}

fn bytes(lint: &mut Lint<'_>, path: &str, request: &Request) {
    let Request { host, path: target, method, headers, body, http2, grpc, .. } = request;
    let other = [
        ("host", !host.is_empty() && request.tls.is_none()),
        ("path", target.is_some()),
        ("method", method.is_some()),
        ("headers", !headers.is_empty()),
        ("body", !body.is_empty()),
        ("http2", *http2),
        ("grpc", grpc.is_some()),
    ];
    for (field, _) in other.iter().filter(|(_, given)| *given) {
        let message = format!("bytes are sent without a protocol, so there is no `{field}`");
        lint.error("contradiction", &format!("{path}.{field}"), message, "remove it, or `bytes`");
    }
    let name = request.tls.as_ref().and_then(|tls| tls.server_name.as_deref());
    if request.tls.is_some() && host.is_empty() && name.is_none_or(str::is_empty) {
        let help = "give it, or `host` if none is to be sent";
        lint.error("bad-request", &format!("{path}.tls"), "nothing says whose certificate it must be", help);
    }
}

/// Checks that what is promised at `path` can come of `request`.
pub(super) fn fits(lint: &mut Lint<'_>, path: &str, request: &Request, expect: &Expect) {
    if expect.grpc.is_some() && request.grpc.is_none() {
        let message = "only a gRPC call has such a status";
        lint.error("contradiction", &format!("{path}.grpc"), message, "give the request `grpc`, or use `status`");
    }
    if expect.closed && request.bytes.is_none() && request.tls.is_none() {
        let message = "a plain request has a reply, or fails";
        let help = "send `bytes`, or use `tls`, to see a connection closed";
        lint.error("contradiction", &format!("{path}.closed"), message, help);
    }
    let of_a_reply = [
        ("status", expect.status.is_some()),
        ("grpc", expect.grpc.is_some()),
        ("headers", !expect.headers.is_empty()),
        ("reason", expect.reason.is_some()),
    ];
    let of_somebody = [
        ("sources", expect.sources.as_ref().is_some_and(|sources| !sources.is_empty())),
        ("body", expect.body.is_some()),
        ("seen", expect.seen.is_some()),
    ];
    for (field, _) in of_a_reply.iter().filter(|(_, given)| *given && request.bytes.is_some()) {
        let help = "promise `sources`, `body` or `closed`";
        lint.error("contradiction", &format!("{path}.{field}"), "bytes have no head", help);
    }
    for (field, _) in of_a_reply.iter().chain(&of_somebody).filter(|(_, given)| *given && expect.closed) {
        let message = "nothing comes back on a connection that is closed";
        lint.error("contradiction", &format!("{path}.{field}"), message, "remove it, or `closed`");
    }
}
