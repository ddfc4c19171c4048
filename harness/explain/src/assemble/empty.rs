//! Why a backend has no endpoint, and what to do about it.

use sextant_resources::{Resolution, ResourceSet};
use sextant_routing::{Backend, BackendKind, Discovery, Options};

use super::backends::source;
use super::workloads::{self, Comparison};
use crate::labels::Labels;

/// A sentence for people; empty when `backend` has an endpoint, or needs none.
pub(super) fn why(backend: &Backend, resources: &ResourceSet, options: &Options) -> String {
    if !backend.endpoints.is_empty() || backend.discovery == Discovery::DynamicDns {
        return String::new();
    }
    if let Some(fault) = &backend.fault {
        return fault.message.clone();
    }
    match backend.excluded.len() {
        0 => nothing_there(backend, resources, options),
        1 => "the only candidate was left out".to_owned(),
        n => format!("all {n} candidates were left out"),
    }
}

fn nothing_there(backend: &Backend, resources: &ResourceSet, options: &Options) -> String {
    let key = &backend.id.service_entry;
    if backend.id.kind == BackendKind::Service {
        return "no EndpointSlice of the Service lists an endpoint".to_owned();
    }
    let selector = resources.service_entries.get(key).and_then(|entry| entry.body.spec.workload_selector.as_ref());
    match selector {
        Some(selector) if !selector.labels.is_empty() => {
            selects_nothing(&key.namespace, &selector.labels, resources, options)
        }
        _ => match backend.resolution {
            Resolution::Static => "it has neither endpoints nor a workloadSelector; give it one of the two".to_owned(),
            Resolution::None => {
                "a gateway cannot pass requests on to where they were bound for (D-13); use STATIC or DNS".to_owned()
            }
            Resolution::DynamicDns => "a gateway does not look up the host of a request (I-108); use DNS".to_owned(),
            Resolution::Dns | Resolution::DnsRoundRobin => "it has no name to look up".to_owned(),
        },
    }
}

fn selects_nothing(namespace: &str, selector: &Labels, resources: &ResourceSet, options: &Options) -> String {
    let pairs = selector.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(", ");
    let workloads = workloads::of_namespace(resources, namespace);
    if workloads.is_empty() {
        return format!("there is no WorkloadEntry and no pod in namespace {namespace} for its selector {pairs}");
    }
    // Every ServiceEntry may be empty, and asks the same.
    let comparison = Comparison::new(options, workloads.len(), resources.service_entries.len());
    let distances = workloads.iter().filter_map(|workload| {
        let distance = comparison.distance(workload, selector).filter(|distance| distance.is_near())?;
        Some((distance, workload))
    });
    let nearest = distances.min_by(|(a, x), (b, y)| a.cmp(b).then_with(|| x.source.cmp(&y.source)));
    let nearest = nearest.map_or_else(String::new, |(_, workload)| {
        let source = source(&workload.source);
        let text = comparison.text(workload, selector);
        format!("; nearest is {} {}: {text}", source.kind, source.name)
    });
    let there = match workloads.len() {
        1 => "the only workload there has other ones".to_owned(),
        n => format!("all {n} workloads there have other ones"),
    };
    format!("nothing in namespace {namespace} has the labels {pairs}; {there}{nearest}")
}
