//! Envoy's admin interface, and the listener that says which configuration serves.

use std::net::SocketAddr;
use std::time::Duration;

use serde::Deserialize;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks one Envoy.
#[derive(Clone, Debug)]
pub(super) struct Admin {
    client: reqwest::Client,
    admin: SocketAddr,
    mark: SocketAddr,
}

/// `/clusters?format=json`, as far as it is read.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Clusters {
    #[serde(default)]
    pub(super) cluster_statuses: Vec<ClusterStatus>,
}

/// A cluster with its hosts.
#[derive(Debug, Deserialize)]
pub(super) struct ClusterStatus {
    pub(super) name: String,
    #[serde(default)]
    pub(super) host_statuses: Vec<HostStatus>,
}

/// A host.
#[derive(Debug, Deserialize)]
pub(super) struct HostStatus {
    pub(super) address: Address,
    #[serde(default)]
    pub(super) hostname: String,
    #[serde(default)]
    pub(super) locality: Locality,
    /// At least 1; absent when it is not known.
    #[serde(default = "one")]
    pub(super) weight: u32,
    #[serde(default)]
    pub(super) priority: u32,
}

/// Where a host is.
#[derive(Debug, Deserialize)]
pub(super) struct Address {
    /// Absent for what is no TCP socket.
    pub(super) socket_address: Option<Socket>,
}

/// A TCP socket.
#[derive(Debug, Deserialize)]
pub(super) struct Socket {
    pub(super) address: std::net::IpAddr,
    #[serde(default)]
    pub(super) port_value: u16,
}

/// Parts that are not known are empty.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Locality {
    pub(super) region: String,
    pub(super) zone: String,
    pub(super) sub_zone: String,
}

#[derive(Deserialize)]
struct Stats {
    stats: Vec<Stat>,
}

/// Histograms have neither.
#[derive(Deserialize)]
struct Stat {
    name: Option<String>,
    value: Option<serde_json::Value>,
}

fn one() -> u32 {
    1
}

impl Admin {
    pub(super) fn new(admin: SocketAddr, mark: SocketAddr) -> Result<Self, reqwest::Error> {
        // Each question a connection of its own: one that is kept would outlive the listener that it belongs to.
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).pool_max_idle_per_host(0).build()?;
        Ok(Self { client, admin, mark })
    }

    /// Whether Envoy has started.
    pub(super) async fn is_ready(&self) -> bool {
        let asked = self.client.get(format!("http://{}/ready", self.admin)).send().await;
        asked.is_ok_and(|response| response.status().is_success())
    }

    /// Every cluster with its hosts.
    pub(super) async fn clusters(&self) -> Result<Clusters, reqwest::Error> {
        let asked = self.client.get(format!("http://{}/clusters?format=json", self.admin)).send().await?;
        asked.error_for_status()?.json().await
    }

    /// How many clusters and listeners are not in use yet because something of theirs is missing.
    pub(super) async fn warming(&self) -> Result<u64, reqwest::Error> {
        const FILTER: &str = "cluster_manager.warming_clusters|listener_manager.total_listeners_warming";
        let asked = self.client.get(format!("http://{}/stats?format=json&filter={FILTER}", self.admin)).send().await?;
        let stats: Stats = asked.error_for_status()?.json().await?;
        let warming = |stat: &Stat| stat.name.as_ref().and_then(|_| stat.value.as_ref()?.as_u64()).unwrap_or(0);
        Ok(stats.stats.iter().map(warming).sum())
    }

    /// The number of the configuration that serves; `None` before the first one does.
    pub(super) async fn serving(&self) -> Option<u64> {
        let asked = self.client.get(format!("http://{}/", self.mark)).send().await.ok()?;
        asked.text().await.ok()?.parse().ok()
    }
}
