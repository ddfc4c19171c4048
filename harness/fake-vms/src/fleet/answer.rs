//! One request at a VM: read it, write it down, and do what the behaviour says.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;

use http::header::{CONTENT_LENGTH, HOST, HeaderMap, HeaderValue};
use http::request::Parts;
use http::{Method, Request, Response, StatusCode, Version};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use super::body::ReplyBody;
use super::connection::Connection;
use super::grpc;
use super::script::Script;
use crate::{BodyDigest, Event, Fault, Outcome, Protocol, RequestEntry, Seen};

pub(super) async fn answer(
    connection: Arc<Connection>,
    request: Request<Incoming>,
) -> Result<Response<ReplyBody>, Infallible> {
    let script = connection.vm.script.load_full();
    let (head, body) = request.into_parts();
    let (body, whole) = read(body).await;
    let outcome = if whole { script.outcome() } else { Outcome::BodyBroken };
    let sequence = connection.vm.counters.add_request();
    note(&connection, &head, body, sequence, outcome);
    if !script.delay.is_zero() && outcome != Outcome::Hung {
        tokio::time::sleep(script.delay).await;
    }
    match outcome {
        Outcome::Replied(_) | Outcome::ClosedHalfWay(_) => {}
        Outcome::Hung => pending().await,
        Outcome::Reset => {
            connection.wire.reset();
            // The connection ends before this is polled again.
            pending().await
        }
        Outcome::BodyBroken => {
            let mut sorry = Response::new(ReplyBody::Whole("".into()));
            *sorry.status_mut() = StatusCode::BAD_REQUEST;
            return Ok(sorry);
        }
    }
    let seen = script.tells_what_it_saw().then(|| (seen(&connection, &head, body), sequence));
    Ok(reply(&connection, &script, &head, seen))
}

/// Reads a body to its end and says whether there was an end. Nothing of it is kept.
async fn read(mut body: Incoming) -> (BodyDigest, bool) {
    let mut digest = BodyDigest::default();
    while !body.is_end_stream() {
        match body.frame().await {
            None => break,
            Some(Err(_)) => return (digest, false),
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    digest.update(data);
                }
            }
        }
    }
    (digest, true)
}

/// Counts are up to date and the entry is written before anybody waiting is told.
fn note(connection: &Connection, head: &Parts, body: BodyDigest, sequence: u64, outcome: Outcome) {
    let journal = &connection.vm.journal;
    if !journal.is_full() {
        journal.announce();
        return;
    }
    connection.write(Event::Request(RequestEntry {
        sequence,
        method: head.method.to_string(),
        host: host(head),
        path: head.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
        protocol: protocol(head.version),
        headers: headers(head),
        tls: connection.tls().cloned(),
        body_bytes: body.bytes(),
        outcome,
    }));
}

fn reply(connection: &Connection, script: &Script, head: &Parts, seen: Option<(Seen, u64)>) -> Response<ReplyBody> {
    let (mut headers, mut whole) = script.reply(&head.method, head.uri.path(), seen);
    let trailers = script.grpc_trailers().filter(|_| grpc::is_call(&head.headers));
    if trailers.is_some() {
        grpc::frame(&mut headers, &mut whole);
    }
    let wire = &connection.wire;
    let half_way = script.fault == Some(Fault::CloseHalfWay);
    let body = match &script.fault {
        _ if !has_body(&head.method, script.status(), &mut headers, whole.len()) => {
            if half_way {
                wire.close_after(wire.written() + 1);
            }
            ReplyBody::Whole("".into())
        }
        Some(Fault::CloseHalfWay) => ReplyBody::half(&whole, Arc::clone(wire)),
        Some(Fault::SlowBody(how)) => ReplyBody::slow(whole, how),
        _ => ReplyBody::Whole(whole),
    };
    let body = match trailers {
        Some(trailers) => ReplyBody::ended(body, trailers),
        None => body,
    };
    let mut response = Response::new(body);
    *response.status_mut() = script.status();
    *response.headers_mut() = headers;
    response
}

/// Whether the reply has a body to send (RFC 9110 section 6.4.1). One to HEAD has the length of the body that GET would get.
fn has_body(method: &Method, status: StatusCode, headers: &mut HeaderMap, length: usize) -> bool {
    if matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
        return false;
    }
    if method == Method::HEAD {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        return false;
    }
    length > 0
}

fn seen(connection: &Connection, head: &Parts, body: BodyDigest) -> Seen {
    Seen {
        method: head.method.to_string(),
        host: host(head),
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(ToOwned::to_owned),
        headers: headers(head),
        protocol: protocol(head.version),
        tls: connection.tls().cloned(),
        body_bytes: body.bytes(),
        body_digest: body.to_string(),
    }
}

fn headers(head: &Parts) -> BTreeMap<String, Vec<String>> {
    let mut headers = BTreeMap::<String, Vec<String>>::new();
    for (name, value) in &head.headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        headers.entry(name.as_str().to_owned()).or_default().push(value);
    }
    headers
}

/// RFC 9112 section 3.2.2: the authority of an absolute target goes before the Host field.
fn host(head: &Parts) -> Option<String> {
    let authority = head.uri.authority().map(ToString::to_string);
    authority.or_else(|| head.headers.get(HOST).map(|host| String::from_utf8_lossy(host.as_bytes()).into_owned()))
}

fn protocol(version: Version) -> Protocol {
    match version {
        Version::HTTP_2 => Protocol::Http2,
        Version::HTTP_10 => Protocol::Http10,
        _ => Protocol::Http11,
    }
}
