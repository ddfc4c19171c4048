//! The reference gateway in front of one STATIC ServiceEntry, for a load generator.
//!
//! ```text
//! cargo run --release -p sextant-gateway --example gateway_throughput -- WORKERS PORT BACKEND…
//! ```
//!
//! listens on 127.0.0.1:PORT until standard input ends, and serves every host from the given loopback addresses
//! (`127.0.0.1:9000`). To measure one core: pin it with `taskset`, pin load generator and backend to another core, and
//! compare with another proxy in the same run.

use std::error::Error;
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sextant_gateway::{Gateway, GatewayOptions};
use sextant_resources::load_text;
use sextant_routing::{Options, resolve};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let workers = arguments.next().ok_or("missing WORKERS")?.parse()?;
    let port = arguments.next().ok_or("missing PORT")?.parse()?;
    let backends = arguments.map(|backend| backend.parse()).collect::<Result<Vec<SocketAddr>, _>>()?;

    let loaded = load_text(&Arc::from("throughput"), &manifests(port, &backends)?);
    let model = resolve(&loaded.resources, &Options::default());
    let gateway = Gateway::start(GatewayOptions { workers, ..GatewayOptions::default() }).await?;
    let generation = gateway.apply(Arc::new(model))?;
    gateway.serving(generation, Instant::now() + Duration::from_secs(5)).await?;

    println!("listening on 127.0.0.1:{port}");
    std::io::read_to_string(std::io::stdin())?; // the gateway has threads of its own
    println!("{:#?}", gateway.stats());
    gateway.shutdown(Duration::from_secs(1)).await;
    Ok(())
}

fn manifests(port: u16, backends: &[SocketAddr]) -> Result<String, std::fmt::Error> {
    let mut text = format!(
        "
kind: Gateway
apiVersion: gateway.networking.k8s.io/v1
metadata: {{ name: gateway, namespace: bench }}
spec:
  gatewayClassName: kgateway
  listeners: [{{ name: http, protocol: HTTP, port: {port} }}]
---
kind: HTTPRoute
apiVersion: gateway.networking.k8s.io/v1
metadata: {{ name: route, namespace: bench }}
spec:
  parentRefs: [{{ name: gateway }}]
  rules: [{{ backendRefs: [{{ group: networking.istio.io, kind: ServiceEntry, name: service, port: 80 }}] }}]
---
kind: ServiceEntry
apiVersion: networking.istio.io/v1
metadata: {{ name: service, namespace: bench }}
spec:
  hosts: [service.example.com]
  ports: [{{ number: 80, name: http, protocol: HTTP }}]
  resolution: STATIC
  endpoints:
"
    );
    for backend in backends {
        writeln!(text, "  - {{ address: \"{}\", ports: {{ http: {} }} }}", backend.ip(), backend.port())?;
    }
    Ok(text)
}
