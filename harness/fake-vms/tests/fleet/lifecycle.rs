//! VMs that change, leave and come back, and what is left of a fleet that is gone.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};

use sextant_fake_vms::{
    Behaviour, BindError, Fault, Fleet, FleetError, FleetOptions, Lease, LeaseError, ResetWhen, VmSpec,
};
use tokio::net::TcpStream;

use crate::world::{DEADLINE, GET, Raw, World, at, workload};

const VM: &str = "1.1.1.1:8080";

fn spec(documented: &str) -> VmSpec {
    VmSpec { documented: at(documented), workload: workload("vm"), behaviour: Behaviour::default() }
}

/// Waits until nobody has the port any more.
async fn free(address: SocketAddr) {
    let free = async {
        while TcpListener::bind(address).is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(DEADLINE, free).await.expect("a free port");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_behaviour_is_that_of_the_next_request_on_an_open_connection() {
    let world = World::new();
    let vm = world.vm(VM, Behaviour::default());
    let mut raw = Raw::connect(&vm).await;
    for status in [200, 503, 418, 200] {
        world.behave(VM, Behaviour::status(status)).await;
        raw.send("HEAD / HTTP/1.1\r\nhost: a\r\n\r\n").await;
        assert!(raw.until("\r\n\r\n").await.starts_with(&format!("HTTP/1.1 {status} ")));
    }
    assert_eq!(vm.counts().connections, 1);

    world.behave(VM, Fault::Reset(ResetWhen::AfterRequest)).await;
    raw.send(GET).await;
    assert_eq!(raw.rest().await.1.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusing_closes_open_connections_and_keeps_the_port() {
    let world = World::new();
    let vm = world.vm(VM, Behaviour::default());
    let mut idle = Raw::connect(&vm).await;
    idle.send(GET).await;
    idle.until("}\n").await;

    world.behave(VM, Fault::Refuse).await;
    assert_eq!(idle.rest().await.0, "");
    assert_eq!(TcpStream::connect(vm.actual()).await.unwrap_err().kind(), ErrorKind::ConnectionRefused);
    assert_eq!(TcpListener::bind(vm.actual()).unwrap_err().kind(), ErrorKind::AddrInUse, "the port is reserved");
    assert_eq!(world.fleet.lease().plan().actual(at(VM)), Some(vm.actual()));

    world.behave(VM, Behaviour::default()).await;
    assert_eq!(world.ask(VM).await.sequence, Some(2), "it listens again, on the same port");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusing_ends_requests_that_hang() {
    let world = World::new();
    let vm = world.vm(VM, Fault::Hang);
    let mut raw = Raw::connect(&vm).await;
    raw.send(GET).await;
    let hung = world.fleet.journal().wait_for("the request", DEADLINE, |seen| seen.requests().count() == 1);
    hung.await.unwrap();
    world.behave(VM, Fault::Refuse).await;
    assert_eq!(raw.rest().await.0, "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusing_again_and_again_loses_no_connection_attempt_to_a_wrong_state() {
    let world = World::new();
    let vm = world.vm(VM, Behaviour::default());
    for _ in 0..100 {
        world.behave(VM, Fault::Refuse).await;
        assert_eq!(TcpStream::connect(vm.actual()).await.unwrap_err().kind(), ErrorKind::ConnectionRefused);
        world.behave(VM, Behaviour::default()).await;
        TcpStream::connect(vm.actual()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reset_on_accept_resets_open_connections_too() {
    let world = World::new();
    let vm = world.vm(VM, Behaviour::default());
    let mut idle = Raw::connect(&vm).await;
    idle.send(GET).await;
    idle.until("}\n").await;
    world.behave(VM, Fault::Reset(ResetWhen::OnAccept)).await;
    assert_eq!(idle.rest().await.1.unwrap_err().kind(), ErrorKind::ConnectionReset);
    world.behave(VM, Behaviour::default()).await;
    assert_eq!(world.ask(VM).await.sequence, Some(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_impossible_behaviour_changes_nothing() {
    let world = World::new();
    world.vm(VM, Behaviour::default());
    let error = world.fleet.set_behaviour(at(VM), &Behaviour::status(700)).await.unwrap_err();
    assert!(matches!(error, FleetError::Behaviour { documented, .. } if documented == at(VM)), "{error}");
    world.ask(VM).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removed_vm_is_gone_when_the_call_returns() {
    let world = World::new();
    let vm = world.vm(VM, Behaviour::default());
    let mut idle = Raw::connect(&vm).await;
    idle.send(GET).await;
    idle.until("}\n").await;

    world.fleet.remove(at(VM)).await.unwrap();
    assert_eq!(idle.rest().await.0, "");
    TcpListener::bind(vm.actual()).expect("the port is free");
    assert_eq!(world.fleet.lease().plan().actual(at(VM)), None);
    assert!(world.fleet.vm(at(VM)).is_none());
    let told = vm.set_behaviour(&Behaviour::default()).await.unwrap_err();
    assert!(matches!(told, FleetError::NoSuchVm { .. }), "{told}");
    let removed = world.fleet.remove(at(VM)).await.unwrap_err();
    assert!(matches!(removed, FleetError::NoSuchVm { documented } if documented == at(VM)), "{removed}");

    let back = world.vm(VM, Behaviour::default());
    assert_eq!(back.actual().ip(), vm.actual().ip(), "it comes back on the same alias");
    assert_eq!(world.ask(VM).await.sequence, Some(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_has_one_vm() {
    let world = World::new();
    world.vm(VM, Behaviour::status(418));
    let error = world.fleet.add(spec(VM)).unwrap_err();
    assert!(matches!(error, FleetError::Lease(LeaseError::AlreadyClaimed { .. })), "{error}");
    assert_eq!(world.get(VM, "/").send().await.unwrap().status(), 418, "the first one still answers");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_explicit_address_is_used_or_the_reason_named() {
    let world = World::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let error = world.fleet.add_at(spec(VM), address).unwrap_err();
    assert!(matches!(&error, FleetError::Lease(LeaseError::Bind(BindError::Taken { address: a })) if *a == address));
    assert!(error.to_string().contains(&address.to_string()), "{error}");
    drop(taken);

    let vm = world.fleet.add_at(spec(VM), address).unwrap();
    assert_eq!(vm.actual(), address);
    assert_eq!(world.ask(VM).await.endpoint.address, at(VM).ip());
    let error = world.fleet.add_at(spec("2.2.2.2:80"), address).unwrap_err();
    assert!(matches!(error, FleetError::Lease(LeaseError::Bind(BindError::Taken { .. }))), "{error}");
    let error = world.fleet.add_at(spec("2.2.2.2:80"), at("[::]:8080")).unwrap_err();
    assert!(matches!(error, FleetError::Lease(LeaseError::Bind(BindError::NotLoopback { .. }))), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_fleet_leaves_nothing() {
    let world = World::new();
    let plan = world.fleet.lease().plan();
    let vms: Vec<_> = (1..=20).map(|n| world.vm(&format!("10.0.0.{n}:8080"), Behaviour::default())).collect();
    let mut open = Raw::connect(&vms[0]).await;
    open.send(GET).await;
    open.until("}\n").await;
    world.fleet.stop().await.unwrap();
    assert_eq!(open.rest().await.0, "");
    for vm in vms {
        TcpListener::bind(vm.actual()).expect("a free port");
    }
    assert_eq!(plan.entries(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_fleet_ends_connections_listeners_and_hanging_requests() {
    let fleet = Fleet::start(Lease::take().unwrap(), FleetOptions::default());
    let vm = fleet.add(VmSpec { behaviour: Fault::Hang.into(), ..spec(VM) }).unwrap();
    let refusing = fleet.add(VmSpec { behaviour: Fault::Refuse.into(), ..spec("2.2.2.2:8080") }).unwrap();
    let mut raw = Raw::connect(&vm).await;
    raw.send(GET).await;
    fleet.journal().wait_for("the request", DEADLINE, |seen| seen.requests().count() == 1).await.unwrap();
    drop(fleet);
    assert_eq!(raw.rest().await.0, "");
    free(vm.actual()).await;
    free(refusing.actual()).await;
}
