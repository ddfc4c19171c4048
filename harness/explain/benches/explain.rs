//! What `sextant explain` costs for 1,000 ServiceEntries: manifests read, resolved, explained and written as JSON.

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use sextant_explain::explain;
use sextant_resources::load_text;
use sextant_routing::Options;

const SERVICE_ENTRIES: usize = 1_000;

/// Workloads that each ServiceEntry selects.
const WORKLOADS: usize = 3;

/// A Gateway, and for each ServiceEntry its workloads and a route. Without `selected` no label is as its selector has it, so
/// that for every workload and every ServiceEntry what comes nearest is looked for.
fn manifests(selected: bool) -> String {
    let mut text = "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: gw, namespace: ns}\n\
                    spec: {gatewayClassName: any, listeners: [{name: http, port: 80, protocol: HTTP}]}\n"
        .to_owned();
    let mut object = |group: &str, kind: &str, name: String, label: &str, spec: String| {
        let meta = format!("metadata: {{name: {name}, namespace: ns, labels: {{service: {label}}}}}");
        // Writing to a string cannot fail.
        let _ = write!(text, "---\napiVersion: {group}/v1\nkind: {kind}\n{meta}\nspec: {{{spec}}}\n");
    };
    for n in 0..SERVICE_ENTRIES {
        let service = format!(
            "hosts: [h{n}.example.com], ports: [{{number: 80, name: http, protocol: HTTP}}], resolution: STATIC, \
             workloadSelector: {{labels: {{service: s{n}}}}}"
        );
        object("networking.istio.io", "ServiceEntry", format!("s{n}"), "any", service);
        for w in 0..WORKLOADS {
            let address = format!("10.{}.{}.{w}", n / 250, n % 250);
            let workload = format!("address: {address}, locality: r1/z{w}");
            let label = if selected { format!("s{n}") } else { format!("t{n}") };
            object("networking.istio.io", "WorkloadEntry", format!("w{n}-{w}"), &label, workload);
        }
        let reference = format!("group: networking.istio.io, kind: ServiceEntry, name: s{n}, port: 80");
        let route = format!(
            "parentRefs: [{{name: gw}}], hostnames: [h{n}.example.com], rules: [{{backendRefs: [{{{reference}}}]}}]"
        );
        object("gateway.networking.k8s.io", "HTTPRoute", format!("r{n}"), "any", route);
    }
    text
}

fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("explain 1,000 ServiceEntries, the parse included");
    group.sample_size(10);
    for (name, selected) in [("workloads selected", true), ("no workload selected", false)] {
        let text = manifests(selected);
        let (file, options) = ("in.yaml".into(), Options::default());
        let explained = || {
            let loaded = load_text(&file, &text);
            let explanation = explain(&loaded.resources, &options, &loaded.diagnostics);
            assert_eq!(explanation.backends.len(), SERVICE_ENTRIES);
            assert!(explanation.backends.iter().all(|backend| backend.endpoints.is_empty() != selected));
            serde_json::to_vec(&explanation).map(|bytes| bytes.len()).ok()
        };
        group.bench_function(name, |bencher| bencher.iter(|| black_box(explained())));
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
