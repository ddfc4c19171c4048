//! Backends: how each finds its endpoints, who they are, and who was left out.

use std::collections::HashSet;

use sextant_reports::layout::{Page, Tone};
use sextant_resources::Resolution;

use super::{endpoints, left_out, say};
use crate::explanation::{Backend, BackendName, Declaration};

/// A section for each of `backends`. Hosts and ports of one object that have everything in common share theirs.
/// `used` are those that some route sends requests to.
pub(super) fn backends(backends: &[Backend], used: &HashSet<&BackendName>, page: &mut Page) {
    for alike in backends.chunk_by(alike) {
        let Some(first) = alike.first() else { continue };
        page.section();
        say(page, Tone::Strong, &heading(alike));
        say(page, Tone::Dim, &means(first));
        let own = &first.declared_by.key().namespace;
        trouble(first, page);
        if !alike.iter().any(|backend| used.contains(&backend.name())) {
            say(page, Tone::Dim, "no route sends it requests");
        }
        if !first.endpoints.is_empty() {
            page.gap();
            page.table(endpoints::table(first, own, page.style()));
            endpoints::notes(first, page);
        }
        left_out::excluded(&first.excluded, own, page);
    }
}

fn alike(one: &Backend, other: &Backend) -> bool {
    let same_port = one.port.name == other.port.name && one.port.protocol == other.port.protocol;
    let same_object = one.declared_by == other.declared_by && one.discovery == other.discovery;
    same_port
        && same_object
        && (&one.endpoints, &one.excluded, &one.fault, &one.message)
            == (&other.endpoints, &other.excluded, &other.fault, &other.message)
        && (&one.destination_rule, one.outlier_detection, one.tls)
            == (&other.destination_rule, other.outlier_detection, other.tls)
}

/// `gwtest/example-se  se.example.com:80`
fn heading(alike: &[Backend]) -> String {
    let hosts: Vec<_> = alike.iter().map(|backend| format!("{}:{}", backend.host, backend.port.number)).collect();
    let of = alike.first().map(|backend| name(&backend.declared_by)).unwrap_or_default();
    format!("{of}  {}", hosts.join(", "))
}

/// What declares a backend, as headings name it.
pub fn name(declaration: &Declaration) -> String {
    match declaration {
        Declaration::ServiceEntry(key) => key.to_string(),
        Declaration::Service(key) => format!("Service {key}"),
    }
}

/// How endpoints are found and what is spoken to them.
fn means(backend: &Backend) -> String {
    let labels = || {
        let selector = backend.selector.iter().flatten();
        selector.map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(", ")
    };
    let found = match backend.discovery {
        "inline" => "its own endpoints".to_owned(),
        "workloads" if labels().is_empty() => "every workload of its namespace".to_owned(),
        "workloads" => format!("workloads labelled {}", labels()),
        "endpoint-slices" => "EndpointSlices".to_owned(),
        "dns" => "names are looked up, every answer is an endpoint".to_owned(),
        "logical-dns" => "names are looked up, one answer serves each new connection".to_owned(),
        "dynamic-dns" => "the host of each request is looked up".to_owned(),
        _ => "no way to find endpoints".to_owned(),
    };
    let mut parts = vec![found, port(backend)];
    parts.extend(backend.destination_rule.as_ref().map(|key| format!("DestinationRule {key}")));
    match backend.declared_by {
        Declaration::ServiceEntry(_) => format!("{}: {}", resolution(backend.resolution), parts.join("; ")),
        Declaration::Service(_) => parts.join("; "),
    }
}

fn port(backend: &Backend) -> String {
    let port = &backend.port;
    let spoken = format!("{}{}", backend.upstream, if backend.tls { " over TLS" } else { "" });
    let protocol = if port.protocol.is_empty() { "no protocol" } else { &port.protocol };
    match port.name.as_str() {
        "" => format!("unnamed port ({protocol}), {spoken}"),
        name => format!("port {name} ({protocol}), {spoken}"),
    }
}

/// The resolution as manifests write it.
pub fn resolution(resolution: Resolution) -> &'static str {
    match resolution {
        Resolution::None => "NONE",
        Resolution::Static => "STATIC",
        Resolution::Dns => "DNS",
        Resolution::DnsRoundRobin => "DNS_ROUND_ROBIN",
        Resolution::DynamicDns => "DYNAMIC_DNS",
    }
}

fn trouble(backend: &Backend, page: &mut Page) {
    match &backend.fault {
        Some(fault) => say(page, Tone::Bad, &format!("Requests get 500: {} ({})", fault.message, fault.rule)),
        None if backend.outcome == "500" => {
            say(
                page,
                Tone::Bad,
                &format!("No endpoint, so the proxy never gets it and requests get 500 (I-041): {}", backend.message),
            );
        }
        None if backend.endpoints.is_empty() && !backend.message.is_empty() => {
            say(page, Tone::Bad, &format!("No endpoint, so requests get 503: {}", backend.message));
        }
        None => {}
    }
}
