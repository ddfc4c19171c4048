//! Manifests as Sextant's own control plane hands them out.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use sextant_endpoints::{Ads, Endpoints, HandedOut, Node, Origin, address, fetch};
use sextant_resources::{ResourceSet, load_bytes};
use sextant_routing::{Options, Profile, resolve};
use sextant_xds::{DnsSettings, Serial, Server, World, translate};

/// Longer than any machine needs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Everything is where the manifests say.
pub(crate) struct AsWritten {
    pub(crate) listener: SocketAddr,
    pub(crate) mark: SocketAddr,
    pub(crate) dns: SocketAddr,
}

impl Default for AsWritten {
    fn default() -> Self {
        let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Self { listener: at(10_080), mark: at(15_001), dns: at(5353) }
    }
}

impl AsWritten {
    /// Listeners on whatever ports are free.
    pub(crate) fn anywhere() -> Self {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self { listener: free, mark: free, ..Self::default() }
    }
}

impl World for AsWritten {
    fn endpoint(&self, documented: SocketAddr) -> SocketAddr {
        documented
    }

    fn resolver(&self, _: &str) -> SocketAddr {
        self.dns
    }

    fn listener(&self, port: u16) -> SocketAddr {
        if port == 80 || self.listener.port() == 0 { self.listener } else { SocketAddr::new(self.listener.ip(), port) }
    }

    fn mark(&self) -> SocketAddr {
        self.mark
    }
}

pub(crate) fn resources(yaml: &str) -> ResourceSet {
    let loaded = load_bytes(&"test.yaml".into(), yaml.as_bytes());
    assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
    loaded.resources
}

/// A server that hands out `yaml` by the rules of `profile`.
pub(crate) async fn serve(yaml: &str, profile: Profile, world: &AsWritten) -> (Server, Serial) {
    let model = resolve(&resources(yaml), &Options { profile, ..Options::default() });
    let dns = DnsSettings {
        refresh: Duration::from_secs(1),
        respect_ttl: false,
        timeout: Duration::from_secs(1),
        falls_back_to_ipv6: false,
        maps_ipv6: false,
    };
    let translation = translate(&model, world, dns, 1).expect("translatable");
    let server = Server::start((Ipv4Addr::LOCALHOST, 0).into()).await.expect("a free port");
    let serial = server.publish(translation.snapshot);
    (server, serial)
}

/// How to ask the control plane at `at`.
pub(crate) fn ads(at: SocketAddr, patience: Duration) -> Ads {
    let node = Node { id: "gw.test".to_owned(), ..Node::default() };
    Ads { address: address(&at.to_string()).expect("an address"), node, patience }
}

/// The document of what the control plane at `at` hands out.
pub(crate) async fn handed_out(at: SocketAddr) -> Endpoints {
    let HandedOut { config, waiting_for, .. } = fetch(&ads(at, PATIENCE)).await.expect("an answer");
    Endpoints::of(&config, Origin::default(), waiting_for)
}
