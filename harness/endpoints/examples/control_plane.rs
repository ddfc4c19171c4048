//! A control plane to try `sextant endpoints --ads` and an Envoy on: hands out manifests over xDS until Ctrl-C.
//!
//! `cargo run -p sextant-endpoints --example control_plane -- kgateway|istio 127.0.0.1:18000 FILE…`

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use sextant_resources::load_paths;
use sextant_routing::{Options, Profile, resolve};
use sextant_xds::{DnsSettings, Server, World, translate};

/// Endpoints are where the manifests say, listeners on loopback.
struct Here;

impl World for Here {
    fn endpoint(&self, documented: SocketAddr) -> SocketAddr {
        documented
    }

    fn resolver(&self, _: &str) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, 5353).into()
    }

    fn listener(&self, port: u16) -> SocketAddr {
        let unprivileged = if port < 1024 { port + 10_000 } else { port };
        (Ipv4Addr::LOCALHOST, unprivileged).into()
    }

    fn mark(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, 15_001).into()
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let profile = match arguments.next().as_deref() {
        Some("istio") => Profile::Istio,
        Some("kgateway") => Profile::Kgateway,
        _ => return Err("usage: control_plane kgateway|istio ADDRESS:PORT FILE…".into()),
    };
    let listen: SocketAddr = arguments.next().ok_or("no address to listen on")?.parse()?;
    let loaded = load_paths(&arguments.map(PathBuf::from).collect::<Vec<_>>())?;
    let model = resolve(&loaded.resources, &Options { profile, ..Options::default() });
    let second = Duration::from_secs(1);
    let dns = DnsSettings {
        refresh: second,
        respect_ttl: false,
        timeout: second,
        falls_back_to_ipv6: false,
        maps_ipv6: false,
    };
    let server = Server::start(listen).await?;
    server.publish(translate(&model, &Here, dns, 1)?.snapshot);
    tokio::signal::ctrl_c().await?;
    Ok(())
}
