//! `sextant vm`: fake VMs alone.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use sextant_fake_vms::{Behaviour, Event, Fleet, FleetOptions, Lease, VmHandle, VmSpec, Workload};
use tokio::signal::unix::{SignalKind, signal};

use crate::args::VmArgs;
use crate::exit::Exit;

/// How long to wait for the next request before waiting again; only bounds one call, nothing is given up.
const ROUND: Duration = Duration::from_secs(3600);

/// Runs VMs until Ctrl-C.
pub(crate) async fn run(args: VmArgs) -> anyhow::Result<Exit> {
    // Before anything is said: whoever reads that it answers may end it at once.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let lease = Lease::take().context("no block of loopback addresses could be leased")?;
    let fleet = Fleet::start(lease, FleetOptions::default());
    for &documented in &args.endpoints {
        let vm = start(&fleet, documented, &args)?;
        anstream::println!("{documented} answers on http://{}", vm.actual());
    }
    anstream::println!("Ctrl-C ends {}", if args.endpoints.len() == 1 { "it" } else { "them" });
    tokio::select! {
        _ = interrupt.recv() => {}
        () = print_requests(&fleet), if args.verbose => {}
    }
    fleet.stop().await?;
    Ok(Exit::Passed)
}

fn start(fleet: &Fleet, documented: SocketAddr, args: &VmArgs) -> anyhow::Result<VmHandle> {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let workload = Workload {
        locality: some(&args.locality),
        network: some(&args.network),
        ..Workload::host(format!("vm-{documented}"))
    };
    let behaviour = Behaviour { status: args.status, delay: args.delay, ..Behaviour::default() };
    let spec = VmSpec { documented, workload, behaviour };
    let started = if documented.ip().is_loopback() { fleet.add_at(spec, documented) } else { fleet.add(spec) };
    started.with_context(|| format!("cannot run a fake VM for {documented}"))
}

/// Prints one line a request, for ever.
async fn print_requests(fleet: &Fleet) {
    let journal = fleet.journal();
    let mut next = journal.mark();
    loop {
        for entry in journal.since(next) {
            next = entry.seq + 1;
            if let Event::Request(request) = &entry.event {
                let host = request.host.as_deref().unwrap_or("-");
                anstream::println!(
                    "{} {} {host} {} {:?}",
                    entry.endpoint,
                    request.method,
                    request.path,
                    request.outcome
                );
            }
        }
        // A round that ends without a request is no error: nobody asked.
        let _ = journal
            .wait_for("a request", ROUND, |view| view.entries().last().is_some_and(|entry| entry.seq >= next))
            .await;
    }
}
