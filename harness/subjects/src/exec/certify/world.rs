//! What an adapter is checked with: two fake VMs, a fake DNS, manifests that lead to them, and requests.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sextant_fake_dns::{FakeDns, StartError, Zone};
use sextant_fake_vms::{Behaviour, Fleet, FleetError, FleetOptions, Lease, LeaseError, VmHandle, VmSpec, Workload};

/// Namespace of all objects.
pub(super) const NAMESPACE: &str = "certify";
/// The Gateway's port.
pub(super) const PORT: u16 = 8080;
/// Host of the route with fixed endpoints.
pub(super) const STATIC: &str = "static.certify.test";
/// Host of the route that is looked up.
pub(super) const LOOKED_UP: &str = "dns.certify.test";
/// Host of the route that nobody can follow.
pub(super) const ODD: &str = "odd.certify.test";
/// A gateway that takes turns or draws lots reaches both of two endpoints in so many requests, but for one time in half a
/// million.
pub(super) const REQUESTS: usize = 20;
/// Longest time of one request.
const REQUEST_WITHIN: Duration = Duration::from_secs(2);
const NETWORKING: &str = "networking.istio.io/v1";
const GATEWAY_API: &str = "gateway.networking.k8s.io/v1";

/// The fakes; they end when this is dropped.
pub(super) struct World {
    pub(super) dns: FakeDns,
    pub(super) vms: [VmHandle; 2],
    /// Where the gateway is to listen.
    pub(super) listen: IpAddr,
    fleet: Fleet,
}

/// Why there are no fakes.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// No loopback addresses.
    #[error(transparent)]
    Lease(#[from] LeaseError),
    /// No fake VM.
    #[error(transparent)]
    Vm(#[from] FleetError),
    /// No fake DNS.
    #[error(transparent)]
    Dns(#[from] StartError),
}

/// What came of requests.
#[derive(Debug, Default)]
pub(super) struct Sent {
    /// How many had which end: a status, or why there was none.
    ends: BTreeMap<String, usize>,
    /// How many each VM got.
    pub(super) reached: [u64; 2],
}

impl World {
    pub(super) async fn start() -> Result<Self, WorldError> {
        let lease = Lease::take()?;
        let listen = lease.alias([0, 0, 0, 1].into())?;
        let fleet = Fleet::start(lease, FleetOptions::default());
        let vm = |last: u8| {
            fleet.add(VmSpec {
                documented: ([192, 0, 2, last], 18080).into(),
                workload: Workload::host(format!("vm-{last}")),
                behaviour: Behaviour::default(),
            })
        };
        let vms = [vm(1)?, vm(2)?];
        let dns = FakeDns::start(sextant_fake_dns::Options::default()).await?;
        Ok(Self { dns, vms, listen, fleet })
    }

    /// Whether the VMs can be told apart by their addresses alone, as DNS does.
    pub(super) fn can_name_vms(&self) -> bool {
        let [one, other] = self.vms.each_ref().map(VmHandle::actual);
        one.ip() != other.ip() && one.port() == other.port()
    }

    /// Lets [`LOOKED_UP`] be the address of this VM.
    pub(super) fn name(&self, vm: usize) -> Result<(), String> {
        let address = self.vms[vm].actual().ip();
        let zone = json!({ LOOKED_UP: [{ "records": [format!("A {address}")] }] });
        let zone: Zone = serde_json::from_value(zone).map_err(|error| error.to_string())?;
        self.dns.replace(zone);
        Ok(())
    }

    /// Sends requests for `host` one after the other, each on a connection of its own.
    pub(super) async fn send(&self, listener: SocketAddr, host: &str, count: usize, until: Instant) -> Sent {
        let before = self.counts();
        let mut sent = Sent::default();
        let client = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build();
        for _ in 0..count {
            let within = REQUEST_WITHIN.min(until.saturating_duration_since(Instant::now()));
            let end = match &client {
                Ok(client) => get(client, listener, host, within).await,
                Err(error) => error.to_string(),
            };
            *sent.ends.entry(end).or_default() += 1;
        }
        let after = self.counts();
        sent.reached = [after[0] - before[0], after[1] - before[1]];
        sent
    }

    fn counts(&self) -> [u64; 2] {
        self.vms.each_ref().map(|vm| self.fleet.journal().counts(vm.documented()).requests)
    }

    /// The manifests that everything begins with: a Gateway, a route and a ServiceEntry with both VMs.
    pub(super) fn basics(&self) -> Vec<Value> {
        let listener = json!({ "name": "http", "protocol": "HTTP", "port": PORT });
        let spec = json!({ "gatewayClassName": "gateway", "listeners": [listener] });
        vec![
            object(GATEWAY_API, "Gateway", "edge", &spec),
            route("static", STATIC, &json!({ "backendRefs": [self.backend(STATIC)] })),
            self.fixed(&[0, 1]),
        ]
    }

    /// The ServiceEntry with these VMs.
    pub(super) fn fixed(&self, vms: &[usize]) -> Value {
        let endpoints = vms.iter().map(|&vm| self.vms[vm].actual());
        let endpoints: Vec<_> =
            endpoints.map(|vm| json!({ "address": vm.ip(), "ports": { "http": vm.port() } })).collect();
        let mut spec = self.service(STATIC, "STATIC");
        spec["endpoints"] = endpoints.into();
        object(NETWORKING, "ServiceEntry", "static", &spec)
    }

    /// A ServiceEntry whose host is looked up, and its route.
    pub(super) fn looked_up(&self) -> Vec<Value> {
        vec![
            object(NETWORKING, "ServiceEntry", "dns", &self.service(LOOKED_UP, "DNS")),
            route("dns", LOOKED_UP, &json!({ "backendRefs": [self.backend(LOOKED_UP)] })),
        ]
    }

    /// A route with a filter that is an extension of nobody.
    pub(super) fn odd(&self) -> Vec<Value> {
        let nobody = json!({ "group": "certify.sextant.dev", "kind": "Nothing", "name": "nothing" });
        let filter = json!({ "type": "ExtensionRef", "extensionRef": nobody });
        vec![route("odd", ODD, &json!({ "filters": [filter], "backendRefs": [self.backend(STATIC)] }))]
    }

    fn service(&self, host: &str, resolution: &str) -> Value {
        let port = json!({ "name": "http", "number": self.vms[0].actual().port(), "protocol": "HTTP" });
        json!({ "hosts": [host], "location": "MESH_EXTERNAL", "resolution": resolution, "ports": [port] })
    }

    fn backend(&self, host: &str) -> Value {
        let port = self.vms[0].actual().port();
        json!({ "group": "networking.istio.io", "kind": "Hostname", "name": host, "port": port })
    }
}

impl Sent {
    /// Whether every request had a reply of this status.
    pub(super) fn all(&self, status: u16) -> bool {
        self.ends.keys().all(|end| *end == status.to_string())
    }

    /// Every end with its number.
    pub(super) fn told(&self) -> String {
        self.ends.iter().map(|(end, count)| format!("{count} × {end}")).collect::<Vec<_>>().join(", ")
    }
}

/// The status of a reply, or why there is none.
async fn get(client: &reqwest::Client, listener: SocketAddr, host: &str, within: Duration) -> String {
    let request = client.get(format!("http://{listener}/certify")).header("host", host).timeout(within);
    match request.send().await {
        Ok(reply) => reply.status().as_u16().to_string(),
        Err(error) if error.is_connect() => "no connection".to_owned(),
        Err(error) if error.is_timeout() => format!("no reply within {within:?}"),
        Err(_) => "no whole reply".to_owned(),
    }
}

fn object(version: &str, kind: &str, name: &str, spec: &Value) -> Value {
    json!({ "apiVersion": version, "kind": kind, "metadata": { "namespace": NAMESPACE, "name": name }, "spec": spec })
}

fn route(name: &str, host: &str, rule: &Value) -> Value {
    let spec = json!({ "parentRefs": [{ "name": "edge" }], "hostnames": [host], "rules": [rule] });
    object(GATEWAY_API, "HTTPRoute", name, &spec)
}
