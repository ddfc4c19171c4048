//! What the tests share: manifests, endpoints, clients, and waiting with a deadline.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sextant_gateway::{DialRefused, Dialer, DnsOptions, Gateway, GatewayOptions, Generation, PortMap};
use sextant_resources::load_text;
use sextant_routing::{Model, Options, resolve};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

mod client;
mod dns;
mod endpoint;

pub(crate) use client::{Client, Reply, Version, collect, get, raw, read_until};
pub(crate) use dns::{Dns, found};
pub(crate) use endpoint::{Body, Endpoint, Handler, body, data, empty, handler, stream, text};

/// The listener port of [`gateway_manifest`].
pub(crate) const PORT: u16 = 8080;

/// How long anything may take before a test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A deadline from now.
pub(crate) fn soon() -> Instant {
    Instant::now() + PATIENCE
}

/// Awaits `future`, not longer than [`PATIENCE`].
pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("gave up waiting for {what}"),
    }
}

/// Where documented addresses are dialled; what is not named is refused.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan(Arc<Mutex<HashMap<SocketAddr, SocketAddr>>>);

impl Plan {
    /// Dials `real` for `documented`.
    pub(crate) fn set(&self, documented: &str, real: SocketAddr) {
        self.0.lock().unwrap().insert(documented.parse().unwrap(), real);
    }
}

impl Dialer for Plan {
    fn dial_address(&self, documented: SocketAddr) -> Result<SocketAddr, DialRefused> {
        if documented.ip().is_loopback() {
            return Ok(documented);
        }
        let planned = self.0.lock().unwrap().get(&documented).copied();
        planned.ok_or(DialRefused::NotPlanned { address: documented })
    }
}

/// Options for a test: free ports, two workers, fast DNS, reasons told.
pub(crate) fn options(plan: &Plan) -> GatewayOptions {
    GatewayOptions {
        ports: PortMap::Ephemeral,
        workers: 2,
        dialer: Arc::new(plan.clone()),
        reason_header: true,
        dns: DnsOptions { refresh: Duration::from_millis(30), ..DnsOptions::default() },
        ..GatewayOptions::default()
    }
}

/// The model of some manifests, which must be without fault.
pub(crate) fn model(manifests: &[String]) -> Arc<Model> {
    model_under(&Options::default(), manifests)
}

/// The model of some manifests under these options.
pub(crate) fn model_under(options: &Options, manifests: &[String]) -> Arc<Model> {
    let loaded = load_text(&Arc::from("test.yaml"), &manifests.join("\n---\n"));
    assert!(!loaded.has_errors(), "{:#?}", loaded.diagnostics);
    Arc::new(resolve(&loaded.resources, options))
}

/// A running gateway that serves `manifests`.
pub(crate) async fn serve(options: GatewayOptions, manifests: &[String]) -> Gateway {
    let gateway = Gateway::start(options).await.unwrap();
    apply(&gateway, manifests).await;
    gateway
}

/// Applies `manifests` and waits until they are in full service.
pub(crate) async fn apply(gateway: &Gateway, manifests: &[String]) -> Generation {
    let generation = gateway.apply(model(manifests)).unwrap();
    gateway.serving(generation, soon()).await.unwrap();
    generation
}

/// Where the listener of [`gateway_manifest`] is.
pub(crate) fn address(gateway: &Gateway) -> SocketAddr {
    gateway.listener_addr(PORT).unwrap()
}

/// A Gateway with HTTP listeners on `ports`.
pub(crate) fn gateway_on(ports: &[u16]) -> String {
    let listeners = ports.iter().map(|port| format!("{{ name: http-{port}, protocol: HTTP, port: {port} }}"));
    format!(
        "kind: Gateway
apiVersion: gateway.networking.k8s.io/v1
metadata: {{ name: gateway, namespace: test }}
spec: {{ gatewayClassName: kgateway, listeners: [{}] }}",
        listeners.collect::<Vec<_>>().join(", ")
    )
}

/// A Gateway with one HTTP listener, on [`PORT`].
pub(crate) fn gateway_manifest() -> String {
    gateway_on(&[PORT])
}

/// A route named `name` for `hostname` with `rules` (a YAML flow sequence).
pub(crate) fn route(name: &str, hostname: &str, rules: &str) -> String {
    format!(
        "kind: HTTPRoute
apiVersion: gateway.networking.k8s.io/v1
metadata: {{ name: {name}, namespace: test }}
spec: {{ parentRefs: [{{ name: gateway }}], hostnames: [{hostname}], rules: {rules} }}"
    )
}

/// A backendRef to port 80 of ServiceEntry `name`.
pub(crate) fn backend(name: &str, weight: u32) -> String {
    format!("{{ group: networking.istio.io, kind: ServiceEntry, name: {name}, port: 80, weight: {weight} }}")
}

/// A rule that sends everything to ServiceEntry `name`.
pub(crate) fn to(name: &str) -> String {
    format!("[{{ backendRefs: [{}] }}]", backend(name, 1))
}

/// The same, with further members of the rule.
pub(crate) fn to_with(name: &str, members: &str) -> String {
    format!("[{{ {members}, backendRefs: [{}] }}]", backend(name, 1))
}

/// A ServiceEntry named `name` for `host`, port 80 with this protocol, and the rest of its spec as given.
pub(crate) fn service(name: &str, host: &str, protocol: &str, rest: &str) -> String {
    format!(
        "kind: ServiceEntry
apiVersion: networking.istio.io/v1
metadata: {{ name: {name}, namespace: test }}
spec:
  hosts: [{host}]
  ports: [{{ number: 80, name: http, protocol: {protocol} }}]
  {rest}"
    )
}

/// A STATIC ServiceEntry with endpoints at these addresses.
pub(crate) fn fixed(name: &str, host: &str, addresses: &[&str]) -> String {
    let endpoints: Vec<String> = addresses.iter().map(|address| format!("{{ address: '{address}' }}")).collect();
    service(name, host, "HTTP", &format!("resolution: STATIC\n  endpoints: [{}]", endpoints.join(", ")))
}

/// Gateway, route and STATIC ServiceEntry for `se.example.com`, with endpoints at these addresses, port 80.
pub(crate) fn one_service(addresses: &[&str]) -> Vec<String> {
    vec![
        gateway_manifest(),
        route("route", "se.example.com", &to("service")),
        fixed("service", "se.example.com", addresses),
    ]
}

/// [`one_service`] at 1.1.1.1, whose port has this protocol.
pub(crate) fn speaking(protocol: &str) -> Vec<String> {
    let endpoints = "resolution: STATIC\n  endpoints: [{ address: 1.1.1.1 }]";
    let mut manifests = one_service(&[]);
    manifests[2] = service("service", "se.example.com", protocol, endpoints);
    manifests
}

/// Starts an endpoint for each documented address, which answers with that address, and plans it.
pub(crate) async fn echo(plan: &Plan, addresses: &[&str]) -> BTreeMap<String, Endpoint> {
    let mut endpoints = BTreeMap::new();
    for address in addresses {
        let endpoint = Endpoint::start(text(address)).await;
        plan.set(&format!("{address}:80"), endpoint.address);
        endpoints.insert((*address).to_owned(), endpoint);
    }
    endpoints
}

/// How often each reply came.
pub(crate) fn tally(replies: impl IntoIterator<Item = String>) -> BTreeMap<String, usize> {
    let mut tally = BTreeMap::new();
    for reply in replies {
        *tally.entry(reply).or_default() += 1;
    }
    tally
}

/// A tally, written down.
pub(crate) fn expected(shares: &[(&str, usize)]) -> BTreeMap<String, usize> {
    shares.iter().map(|(reply, n)| ((*reply).to_owned(), *n)).collect()
}

/// Waits until `condition` holds; `state` is what is shown if it never does.
pub(crate) async fn eventually<T: std::fmt::Debug>(
    what: &str,
    mut state: impl FnMut() -> T,
    condition: impl Fn(&T) -> bool,
) {
    let deadline = soon();
    loop {
        let now = state();
        if condition(&now) {
            return;
        }
        assert!(Instant::now() < deadline, "gave up waiting for {what}; last: {now:?}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// A loopback address whose connects get no answer, as long as the sockets beside it live: a listen queue that is full
/// drops further ones.
pub(crate) async fn full_listener() -> (SocketAddr, (TcpListener, Vec<TcpStream>)) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(Ok(stream)) = tokio::time::timeout(Duration::from_millis(300), TcpStream::connect(address)).await {
        waiting.push(stream);
    }
    (address, (listener, waiting))
}
