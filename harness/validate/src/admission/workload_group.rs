//! WorkloadGroup: V-063 to V-071.

use sextant_resources::yaml::Node;

use super::{is_port, items, number, text, workload};
use crate::finding::{Findings, Says};

/// Counts and times of a probe.
const COUNTS: [&str; 5] =
    ["periodSeconds", "initialDelaySeconds", "timeoutSeconds", "successThreshold", "failureThreshold"];

/// Check methods of a probe, `grpc` aside, which only the CRD knows.
const METHODS: [&str; 3] = ["httpGet", "tcpSocket", "exec"];

pub(super) fn check(tree: &Node, findings: &mut Findings) {
    let spec = tree.get("spec");
    if spec.and_then(|spec| spec.get("template")).is_none() {
        findings.add("V-063", "spec.template", Says::BOTH);
    }
    let Some(spec) = spec else { return };
    if let Some(metadata) = spec.get("metadata") {
        workload::labels(metadata, "spec.metadata", "V-064", findings);
    }
    if let Some(probe) = spec.get("probe") {
        counts(probe, findings);
        method(probe, findings);
        http_get(probe, findings);
        tcp_and_exec(probe, findings);
    }
}

/// V-065.
fn counts(probe: &Node, findings: &mut Findings) {
    for key in COUNTS {
        if let Some(bad) = probe.get(key).and_then(number).filter(|count| *count < 0) {
            findings.add_value("V-065", format!("spec.probe.{key}"), Says::BOTH, bad.to_string());
        }
    }
}

/// V-066, V-067.
fn method(probe: &Node, findings: &mut Findings) {
    let given: Vec<_> = METHODS.iter().filter(|method| probe.get(method).is_some()).collect();
    let grpc = probe.get("grpc").is_some();
    match given.len() + usize::from(grpc) {
        0 => findings.add("V-066", "spec.probe", Says::WEBHOOK),
        1 if grpc => findings.add("V-067", "spec.probe.grpc", Says::WEBHOOK),
        1 => {}
        several => findings.add_value("V-066", "spec.probe", Says::CRD, format!("there are {several}")),
    }
}

/// V-068 to V-070.
fn http_get(probe: &Node, findings: &mut Findings) {
    let Some(get) = probe.get("httpGet") else { return };
    port(get, "spec.probe.httpGet", findings);
    if let Some(scheme) = text(get, "scheme").filter(|scheme| !matches!(*scheme, "" | "HTTP" | "HTTPS")) {
        findings.add_value("V-069", "spec.probe.httpGet.scheme", Says::BOTH, format!("`{scheme}`"));
    }
    for (index, header) in items(get, "httpHeaders") {
        let Some(name) = text(header, "name") else { continue };
        // As Kubernetes has it: letters, digits, dashes and underscores.
        let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        if name.is_empty() || !name.bytes().all(good) {
            let path = format!("spec.probe.httpGet.httpHeaders[{index}].name");
            findings.add_value("V-070", path, Says::BOTH, format!("`{name}`"));
        }
    }
}

/// V-068, V-071.
fn tcp_and_exec(probe: &Node, findings: &mut Findings) {
    if let Some(tcp) = probe.get("tcpSocket") {
        port(tcp, "spec.probe.tcpSocket", findings);
    }
    if let Some(exec) = probe.get("exec")
        && items(exec, "command").next().is_none()
    {
        findings.add("V-071", "spec.probe.exec.command", Says::webhook_and(exec.get("command").is_none()));
    }
}

fn port(method: &Node, path: &str, findings: &mut Findings) {
    let bad = match method.get("port").map(number) {
        None => Some("it is not set".to_owned()),
        Some(Some(port)) if !is_port(port) => Some(port.to_string()),
        Some(_) => None,
    };
    if let Some(bad) = bad {
        findings.add_value("V-068", format!("{path}.port"), Says::BOTH, bad);
    }
}
