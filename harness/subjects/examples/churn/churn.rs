//! Requests through the reference while endpoints come and go: nothing may be lost, nobody who left may be asked.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sextant_fake_vms::{AddressPlan, Behaviour, Fleet, FleetOptions, JournalMode, Lease, VmSpec, Workload};
use sextant_gateway::{DialRefused, Dialer, Gateway, GatewayOptions, PortMap};
use sextant_routing::{Options, resolve};
use tokio::task::JoinSet;

/// Endpoints that there are; one of them is absent at any time.
const ENDPOINTS: u8 = 5;
/// Time from one change to the next: ten a second.
const CHANGE_EVERY: Duration = Duration::from_millis(100);
/// Time after a removal from which on nobody may ask the endpoint.
const GRACE: Duration = Duration::from_millis(100);
/// Longest time for the whole exercise.
const DEADLINE: Duration = Duration::from_secs(300);

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    /// Requests that were answered 200.
    pub(crate) answered: u64,
    /// Requests that were answered otherwise, or not at all.
    pub(crate) lost: u64,
    /// Requests that reached an endpoint later than [`GRACE`] after its removal.
    pub(crate) late: u64,
    /// Changes of the endpoint list.
    pub(crate) changes: u64,
    /// Time for all requests.
    pub(crate) took: Duration,
}

/// An endpoint that was absent for a while.
struct Absence {
    endpoint: SocketAddr,
    /// When its removal was asked for, on the journal's clock.
    from: Duration,
    /// When its return was asked for.
    until: Duration,
}

#[derive(Debug)]
struct Planned(AddressPlan);

impl Dialer for Planned {
    fn dial_address(&self, documented: SocketAddr) -> Result<SocketAddr, DialRefused> {
        self.0.actual(documented).ok_or(DialRefused::NotPlanned { address: documented })
    }
}

/// Sends `requests` over `connections` and changes the endpoint list meanwhile.
pub(crate) async fn churn(requests: u64, connections: u64) -> Result<Outcome, Box<dyn std::error::Error>> {
    let journal = JournalMode::Full { keep: usize::try_from(requests * 4)? };
    let fleet = Fleet::start(Lease::take()?, FleetOptions { journal, ..FleetOptions::default() });
    for endpoint in (1..=ENDPOINTS).map(address) {
        let workload = Workload::host(endpoint.to_string());
        fleet.add(VmSpec { documented: endpoint, workload, behaviour: Behaviour::default() })?;
    }
    let gateway = Gateway::start(GatewayOptions {
        ports: PortMap::Ephemeral,
        dialer: Arc::new(Planned(fleet.lease().plan())),
        ..GatewayOptions::default()
    })
    .await?;
    apply_without(&gateway, ENDPOINTS).await?;
    let listener = gateway.listener_addr(8080).ok_or("the gateway does not listen")?;

    let started = Instant::now();
    let (left, answered, lost) =
        (Arc::new(AtomicU64::new(requests)), Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let mut senders = JoinSet::new();
    for _ in 0..connections {
        senders.spawn(send(listener, left.clone(), answered.clone(), lost.clone()));
    }
    let epoch = fleet.journal().epoch();
    let sent = async { while senders.join_next().await.is_some() {} };
    let absences = tokio::time::timeout(DEADLINE, change_until(&gateway, epoch, sent)).await??;
    let took = started.elapsed();

    let entries = fleet.journal().entries();
    let late = entries.iter().filter(|entry| entry.request().is_some()).filter(|entry| {
        let absent = |absence: &&Absence| absence.endpoint == entry.endpoint && entry.at < absence.until;
        absences.iter().filter(absent).any(|absence| entry.at > absence.from + GRACE)
    });
    let outcome = Outcome {
        answered: answered.load(Ordering::Relaxed),
        lost: lost.load(Ordering::Relaxed),
        late: late.count() as u64,
        changes: absences.len() as u64,
        took,
    };
    gateway.shutdown(Duration::from_secs(1)).await;
    fleet.stop().await?;
    Ok(outcome)
}

fn address(number: u8) -> SocketAddr {
    SocketAddr::from(([10, 1, 1, number], 8080))
}

/// Moves the gap through the list until `done`. Every change takes one endpoint out and puts the last one back.
async fn change_until(
    gateway: &Gateway,
    epoch: Instant,
    done: impl Future<Output = ()>,
) -> Result<Vec<Absence>, Box<dyn std::error::Error>> {
    let mut absences = vec![Absence { endpoint: address(ENDPOINTS), from: Duration::ZERO, until: Duration::MAX }];
    let mut tick = tokio::time::interval(CHANGE_EVERY);
    let mut done = std::pin::pin!(done);
    for absent in (1..=ENDPOINTS).cycle() {
        tokio::select! {
            () = &mut done => break,
            _ = tick.tick() => {}
        }
        let now = epoch.elapsed();
        if let Some(last) = absences.last_mut() {
            last.until = now;
        }
        absences.push(Absence { endpoint: address(absent), from: now, until: Duration::MAX });
        apply_without(gateway, absent).await?;
    }
    Ok(absences)
}

async fn apply_without(gateway: &Gateway, absent: u8) -> Result<(), Box<dyn std::error::Error>> {
    let endpoints: String = (1..=ENDPOINTS)
        .filter(|number| *number != absent)
        .map(|number| format!("  - address: 10.1.1.{number}\n"))
        .collect();
    let loaded = sextant_resources::load_text(&"churn.yaml".into(), &format!("{MANIFESTS}{endpoints}"));
    if loaded.has_errors() {
        return Err(format!("{:?}", loaded.diagnostics).into());
    }
    let generation = gateway.apply(Arc::new(resolve(&loaded.resources, &Options::default())))?;
    Ok(gateway.serving(generation, Instant::now() + Duration::from_secs(10)).await?)
}

/// Sends over a connection of its own until nothing is left to send.
async fn send(listener: SocketAddr, left: Arc<AtomicU64>, answered: Arc<AtomicU64>, lost: Arc<AtomicU64>) {
    let client = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(1).build().unwrap_or_default();
    let url = format!("http://{listener}/");
    while left.try_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
        let request = client.get(&url).header("host", "churn.example.com").timeout(Duration::from_secs(10));
        let whole = async { request.send().await?.error_for_status()?.bytes().await };
        if whole.await.is_ok() { &answered } else { &lost }.fetch_add(1, Ordering::Relaxed);
    }
}

const MANIFESTS: &str = "
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: gateway, namespace: churn }
spec:
  listeners: [{ name: http, protocol: HTTP, port: 8080 }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: route, namespace: churn }
spec:
  parentRefs: [{ name: gateway }]
  rules: [{ backendRefs: [{ group: networking.istio.io, kind: ServiceEntry, name: entry, port: 8080 }] }]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: entry, namespace: churn }
spec:
  hosts: [churn.example.com]
  ports: [{ number: 8080, name: http, protocol: HTTP }]
  resolution: STATIC
  endpoints:
";
