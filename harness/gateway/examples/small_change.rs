//! How long a gateway takes to go over to a changed WorkloadEntry, from the set of all resources to the configuration sent
//! to the workers, when everything is resolved anew, and when a resolver follows:
//!
//! ```text
//! cargo run --release -p sextant-gateway --example small_change
//! ```

use std::error::Error;
use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sextant_gateway::{Gateway, GatewayOptions, PortMap};
use sextant_resources::{ResourceSet, load_text};
use sextant_routing::{Options, Resolver, resolve};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// ServiceEntries with ten WorkloadEntries each.
const SIZES: [usize; 2] = [1_000, 10_000];
const CHANGES: usize = 21;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    for size in SIZES {
        let loaded = load_text(&Arc::from("change"), &manifests(size)?);
        let anew = measure(&loaded.resources, |set| Arc::new(resolve(&set, &Options::default()))).await?;
        let mut resolver = Resolver::new(loaded.resources.clone(), Options::default());
        let followed = measure(&loaded.resources, |set| {
            resolver.update(set);
            Arc::new(resolver.model().clone())
        })
        .await?;
        println!("{size} ServiceEntries: anew {anew:?}, followed {followed:?}");
    }
    Ok(())
}

/// The median time of a change.
async fn measure(
    resources: &ResourceSet,
    mut model: impl FnMut(ResourceSet) -> Arc<sextant_routing::Model>,
) -> Result<Duration, Box<dyn Error>> {
    let options = GatewayOptions { workers: 1, ports: PortMap::Ephemeral, ..GatewayOptions::default() };
    let gateway = Gateway::start(options).await?;
    gateway.apply(model(resources.clone()))?;
    let mut set = resources.clone();
    let mut times = Vec::new();
    for round in 0..CHANGES {
        let entry = set.workload_entries.values_mut().nth(round * 7).ok_or("too few workloads")?;
        Arc::make_mut(entry).body.spec.address = format!("10.9.0.{round}");
        let start = Instant::now();
        gateway.apply(model(set.clone()))?;
        times.push(start.elapsed());
    }
    gateway.shutdown(Duration::from_secs(1)).await;
    times.sort_unstable();
    Ok(times[CHANGES / 2])
}

fn manifests(count: usize) -> Result<String, std::fmt::Error> {
    let mut text = "{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: gw, namespace: infra}, spec: {
  gatewayClassName: kgateway, listeners: [{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}]}}
"
    .to_owned();
    for n in 0..count {
        write!(
            text,
            "---
{{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {{name: se-{n}, namespace: ns}}, spec: {{
  hosts: [host-{n}.example.com], ports: [{{number: 80, name: http, protocol: HTTP}}], resolution: STATIC,
  workloadSelector: {{labels: {{app: app-{n}}}}}}}}}
---
{{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {{name: r-{n}, namespace: ns}}, spec: {{
  parentRefs: [{{name: gw, namespace: infra}}], hostnames: [host-{n}.example.com], rules: [{{backendRefs: [
  {{group: networking.istio.io, kind: ServiceEntry, name: se-{n}, port: 80}}]}}]}}}}
"
        )?;
        for k in 0..10 {
            write!(
                text,
                "---
{{apiVersion: networking.istio.io/v1, kind: WorkloadEntry, metadata: {{name: vm-{n}-{k}, namespace: ns,
  labels: {{app: app-{n}}}}}, spec: {{address: 10.{}.{}.{k}}}}}
",
                n / 256,
                n % 256
            )?;
        }
    }
    Ok(text)
}
