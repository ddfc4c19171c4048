//! `sextant gateway`: the reference alone, on the user's manifests.

use std::collections::HashMap;
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use sextant_fake_vms::{
    AddressPlan, Behaviour, Fleet, FleetOptions, JournalMode, Lease, VmSpec, Workload, WorkloadKind,
};
use sextant_gateway::{DialRefused, Dialer, DnsFamily, DnsOptions, Gateway, GatewayOptions, LoopbackOnly, PortMap};
use sextant_routing::{
    Condition, EndpointAddress, EndpointSource, L4Protocol, Locality, Model, Options, Semantics, resolve,
};
use tokio::signal::unix::{SignalKind, signal};

use crate::args::GatewayArgs;
use crate::commands::BadInput;
use crate::exit::Exit;
use crate::manifests;
use crate::terminal::Terminal;

/// How long requests under way may take to finish after Ctrl-C.
const GRACE: Duration = Duration::from_secs(5);
/// How long a configuration may take to serve before the user is told what it waits for.
const CONVERGENCE: Duration = Duration::from_secs(10);

/// Runs the gateway until Ctrl-C; SIGHUP reads the manifests again.
pub(crate) async fn run(args: GatewayArgs, terminal: Terminal) -> anyhow::Result<Exit> {
    let model = model(&args, terminal)?;
    if model.ports().is_empty() {
        let why = "the manifests have no Gateway with a listener that is served, so nothing would listen";
        return Err(BadInput(format!("{why}{}", troubles(&model))).into());
    }
    let vms = if args.vms { Some(start_vms()?) } else { None };
    let plan = vms.as_ref().map(|fleet| fleet.lease().plan());
    // Before anything is said: whoever reads that it serves may end it at once.
    let (mut interrupt, mut hangup) = (signal(SignalKind::interrupt())?, signal(SignalKind::hangup())?);
    let gateway = Gateway::start(options(&args, plan, model.semantics())).await?;
    let mut model = Arc::new(model);
    loop {
        if let Some(fleet) = &vms {
            follow(fleet, &model)?;
        }
        apply(&gateway, &model).await?;
        anstream::println!("{}{}", describe(&gateway, &model, vms.is_some()), troubles(&model));
        tokio::select! {
            _ = interrupt.recv() => {
                anstream::eprintln!("draining; Ctrl-C again ends at once");
                tokio::select! {
                    drained = gateway.shutdown(GRACE) => match drained.aborted {
                        0 => {}
                        cut => anstream::eprintln!("{cut} connections were still busy after {GRACE:?} and were cut"),
                    },
                    _ = interrupt.recv() => {}
                }
                return Ok(Exit::Passed);
            }
            _ = hangup.recv() => match self::model(&args, terminal) {
                Ok(new) => model = Arc::new(new),
                Err(error) => anstream::eprintln!("{error:#}; the last configuration stays in force"),
            },
        }
    }
}

fn model(args: &GatewayArgs, terminal: Terminal) -> anyhow::Result<Model> {
    let loaded = manifests::read(&args.files, terminal)?;
    let (profile, gateway) = (args.profile.into(), (&args.identity).into());
    Ok(resolve(&loaded.resources, &Options { profile, gateway, ..Options::default() }))
}

fn options(args: &GatewayArgs, plan: Option<AddressPlan>, semantics: &Semantics) -> GatewayOptions {
    GatewayOptions {
        listen: args.listen,
        ports: PortMap::Explicit(args.ports.iter().copied().collect()),
        admin: Some(args.admin),
        workers: args.workers.unwrap_or(0),
        dns: DnsOptions {
            servers: args.dns.clone(),
            refresh: args.dns_refresh,
            respect_ttl: args.respect_dns_ttl,
            family: DnsFamily::of(semantics),
            ..DnsOptions::default()
        },
        dialer: Arc::new(Mapped { maps: args.maps.iter().copied().collect(), plan }),
        reason_header: args.reasons,
        ..GatewayOptions::default()
    }
}

async fn apply(gateway: &Gateway, model: &Arc<Model>) -> anyhow::Result<()> {
    let generation = gateway.apply(model.clone())?;
    if let Err(waiting) = gateway.serving(generation, Instant::now() + CONVERGENCE).await {
        anstream::eprintln!("warning: {waiting}");
    }
    Ok(())
}

/// What a user needs to know next: where it listens, and something to try.
fn describe(gateway: &Gateway, model: &Model, vms: bool) -> String {
    let mut text = String::new();
    for listener in model.listeners.iter() {
        if let Some(address) = gateway.listener_addr(listener.port) {
            let _ = writeln!(text, "Gateway {} listener {} on http://{address}", listener.gateway, listener.name);
        }
    }
    for listener in model.l4_listeners.iter() {
        if let Some(address) = gateway.listener_addr(listener.port) {
            let spoken = match listener.protocol {
                L4Protocol::Tcp => "TCP",
                L4Protocol::TlsPassthrough => "TLS",
            };
            let _ = writeln!(text, "Gateway {} listener {} on {address} ({spoken})", listener.gateway, listener.name);
        }
    }
    if let Some(admin) = gateway.admin_addr() {
        let _ = writeln!(text, "endpoints: curl 'http://{admin}/endpoints?format=table'");
    }
    let host = model.routes.iter().flat_map(|route| &route.hostnames).next();
    let first = model.listeners.iter().find_map(|listener| gateway.listener_addr(listener.port));
    if let (Some(host), Some(address)) = (host, first) {
        let _ = writeln!(text, "try:       curl -H 'Host: {host}' http://{address}/info");
    }
    if !vms {
        let _ = writeln!(text, "only loopback addresses are dialled; --vms puts a fake VM behind every other one");
    }
    text.push_str("Ctrl-C ends it; SIGHUP reads the manifests again");
    text
}

/// What a user would otherwise have to ask for: listeners and routes that do not work, and workloads that are no
/// endpoints.
fn troubles(model: &Model) -> String {
    let mut text = String::new();
    for listener in model.listener_status.iter() {
        let name = format!("Gateway {} listener {}", listener.gateway, listener.name);
        // Conflicted=False is good news, and what Programmed says is said by Accepted.
        let told = listener.conditions.iter().filter(|condition| matches!(condition.kind, "Accepted" | "ResolvedRefs"));
        text.push_str(&false_conditions(&name, told));
    }
    let requests = model.routes.iter().map(|route| (route.kind, &route.key, &route.parents));
    let connections = model.l4_routes.iter().map(|route| (route.kind, &route.key, &route.parents));
    for (kind, key, parents) in requests.chain(connections) {
        let told = parents.iter().flat_map(|parent| &parent.conditions);
        text.push_str(&false_conditions(&format!("{kind} {key}"), told));
    }
    for backend in &model.backends {
        for excluded in &backend.excluded {
            let sextant_routing::Excluded { reason, rule, message, .. } = excluded;
            let _ =
                write!(text, "\nnot an endpoint of {}: {} ({reason}, {rule}): {message}", backend.id, excluded.source);
        }
    }
    if text.is_empty() { text } else { format!("\n{text}") }
}

/// A line for each condition that is False.
fn false_conditions<'c>(object: &str, conditions: impl Iterator<Item = &'c Condition>) -> String {
    let line =
        |Condition { kind, reason, message, .. }: &Condition| format!("\n{object}: {kind}=False, {reason}: {message}");
    conditions.filter(|condition| !condition.status).map(line).collect()
}

/// The user's own mappings first, then the fake VMs' plan, then loopback as it is.
#[derive(Debug)]
struct Mapped {
    maps: HashMap<SocketAddr, SocketAddr>,
    plan: Option<AddressPlan>,
}

impl Dialer for Mapped {
    fn dial_address(&self, documented: SocketAddr) -> Result<SocketAddr, DialRefused> {
        let mapped = self.maps.get(&documented).copied();
        match mapped.or_else(|| self.plan.as_ref()?.actual(documented)) {
            Some(actual) => LoopbackOnly.dial_address(actual),
            None => LoopbackOnly.dial_address(documented),
        }
    }
}

fn start_vms() -> anyhow::Result<Fleet> {
    let lease = Lease::take().context("no block of loopback addresses could be leased for the fake VMs")?;
    // Nobody reads the journal here, and the gateway may run for days.
    Ok(Fleet::start(lease, FleetOptions { journal: JournalMode::Counts, ..FleetOptions::default() }))
}

/// Starts a fake VM behind every address that `model` names and that has none yet. VMs that are no longer named go on:
/// only routing may stop traffic.
fn follow(fleet: &Fleet, model: &Model) -> anyhow::Result<()> {
    for endpoint in model.backends.iter().flat_map(|backend| &backend.endpoints) {
        let EndpointAddress::Ip(ip) = endpoint.address else { continue };
        let documented = SocketAddr::new(ip, endpoint.port);
        if fleet.vm(documented).is_none() {
            let workload = workload(&endpoint.source, &endpoint.locality, &endpoint.network, documented);
            fleet.add(VmSpec { documented, workload, behaviour: Behaviour::default() })?;
        }
    }
    Ok(())
}

fn workload(source: &EndpointSource, locality: &Locality, network: &str, documented: SocketAddr) -> Workload {
    let (kind, namespace, name) = match source {
        EndpointSource::Pod(key) => (WorkloadKind::Pod, Some(key.namespace.to_string()), key.name.to_string()),
        EndpointSource::WorkloadEntry(key) => {
            (WorkloadKind::WorkloadEntry, Some(key.namespace.to_string()), key.name.to_string())
        }
        EndpointSource::Inline { service_entry, index } => (
            WorkloadKind::Endpoint,
            Some(service_entry.namespace.to_string()),
            format!("{}-{index}", service_entry.name),
        ),
        EndpointSource::EndpointSlice { slice, index } => {
            (WorkloadKind::Endpoint, Some(slice.namespace.to_string()), format!("{}-{index}", slice.name))
        }
        EndpointSource::Host(_) | EndpointSource::NetworkGateway { .. } => {
            (WorkloadKind::Host, None, documented.to_string())
        }
    };
    let some = |text: String| (!text.is_empty()).then_some(text);
    Workload { kind, namespace, name, locality: some(locality.to_string()), network: some(network.to_owned()) }
}
