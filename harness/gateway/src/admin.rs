//! The admin server: health, configuration, endpoints, counters.

use std::convert::Infallible;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::Serialize;
use tokio::task::JoinSet;

mod table;
mod view;

use crate::control::Shared;
use crate::status;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const HEADER_TIMEOUT: Duration = Duration::from_secs(60);

/// Serves on `listener` until dropped, with all its connections.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "the admin server cannot accept"),
    };
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "the admin server failed to accept");
                tokio::time::sleep(Duration::from_millis(10)).await; // until a descriptor is free
                continue;
            }
        };
        let shared = shared.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let reply = reply(&request, &shared);
            async move { Ok::<_, Infallible>(reply) }
        });
        let mut server = http1::Builder::new();
        server.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
        connections.spawn(async move {
            if let Err(error) = server.serve_connection(TokioIo::new(stream), service).await {
                tracing::debug!(%error, "admin connection ended");
            }
        });
    }
}

fn reply(request: &Request<Incoming>, shared: &Shared) -> Response<Full<Bytes>> {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return text(StatusCode::METHOD_NOT_ALLOWED, "only GET\n".to_owned());
    }
    match request.uri().path() {
        "/health" => health(shared),
        "/config" => json(StatusCode::OK, &view::config(shared)),
        "/endpoints" => endpoints(request.uri().query().unwrap_or_default(), shared),
        "/stats" => json(StatusCode::OK, &shared.stats()),
        _ => text(StatusCode::NOT_FOUND, "/health\n/config\n/endpoints\n/endpoints?format=table\n/stats\n".to_owned()),
    }
}

/// 200 when the active configuration is in full service, otherwise 503 with what is missing.
fn health(shared: &Shared) -> Response<Full<Bytes>> {
    let generation = shared.active().generation;
    let waiting: Vec<String> = shared.not_serving(generation).iter().map(ToString::to_string).collect();
    let serving = generation.0 > 0 && waiting.is_empty();
    let status = if serving { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    json(status, &view::Health { generation, serving, waiting_for: waiting })
}

fn endpoints(query: &str, shared: &Shared) -> Response<Full<Bytes>> {
    let active = shared.active();
    let backends = shared.with_names(|names| status::backends(&active, names));
    let format = query.split('&').find_map(|pair| pair.strip_prefix("format=")).unwrap_or("json");
    match format {
        "table" => text(StatusCode::OK, table::endpoints(&backends)),
        "json" => json(StatusCode::OK, &view::Endpoints { generation: active.generation, backends }),
        other => text(StatusCode::BAD_REQUEST, format!("format {other} is not json or table\n")),
    }
}

fn json(status: StatusCode, value: &impl Serialize) -> Response<Full<Bytes>> {
    match serde_json::to_vec_pretty(value) {
        Ok(mut bytes) => {
            bytes.push(b'\n');
            respond(status, JSON, bytes.into())
        }
        Err(error) => text(StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")),
    }
}

fn text(status: StatusCode, text: String) -> Response<Full<Bytes>> {
    respond(status, TEXT, text.into())
}

fn respond(status: StatusCode, content_type: HeaderValue, bytes: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(bytes));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}
