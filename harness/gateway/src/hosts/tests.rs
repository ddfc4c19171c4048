//! The table's order, cycle and priorities.

use sextant_resources::load_text;
use sextant_routing::{Options, resolve};

use super::*;

fn backend() -> Backend {
    let manifest = "
kind: ServiceEntry
apiVersion: networking.istio.io/v1
metadata: { name: service, namespace: test }
spec: { hosts: [se.example.com], ports: [{ number: 80, name: http }], resolution: STATIC }";
    resolve(&load_text(&Arc::from("test.yaml"), manifest).resources, &Options::default()).backends[0].clone()
}

fn host(last: u8, weight: u32, priority: u32) -> Host {
    Host { address: SocketAddr::from(([127, 0, 0, last], 80)), weight, priority, endpoint: usize::from(last) }
}

fn picks(table: &HostTable, n: usize) -> Vec<u8> {
    (0..n).map(|_| table.pick().map(|host| host.endpoint as u8).unwrap_or(0)).collect()
}

fn count(picks: &[u8], of: u8) -> usize {
    picks.iter().filter(|&&pick| pick == of).count()
}

#[test]
fn weights_are_exact_over_one_cycle() {
    let table =
        HostTable::new(&backend(), vec![host(1, 3, 0), host(2, 1, 0), host(3, 6, 0)], Reason::NoHosts, None, None);
    let picks = picks(&table, 10);
    assert_eq!([count(&picks, 1), count(&picks, 2), count(&picks, 3)], [3, 1, 6]);
}

#[test]
fn only_the_smallest_priority_serves() {
    let table =
        HostTable::new(&backend(), vec![host(1, 1, 2), host(2, 1, 1), host(3, 1, 1)], Reason::NoHosts, None, None);
    let picks = picks(&table, 4);
    assert_eq!([count(&picks, 1), count(&picks, 2), count(&picks, 3)], [0, 2, 2]);
    assert_eq!(table.shares(), [0.0, 0.5, 0.5]);
}

#[test]
fn the_cycle_goes_on_when_the_same_hosts_come_in_another_order() {
    let first =
        HostTable::new(&backend(), vec![host(1, 1, 0), host(2, 1, 0), host(3, 1, 0)], Reason::NoHosts, None, None);
    let mut seen = picks(&first, 2);
    let second = HostTable::new(
        &backend(),
        vec![host(3, 1, 0), host(1, 1, 0), host(2, 1, 0)],
        Reason::NoHosts,
        None,
        Some(&first),
    );
    seen.extend(picks(&second, 1));
    seen.sort_unstable();
    assert_eq!(seen, [1, 2, 3], "one cycle over both tables");
}

#[test]
fn a_changed_host_set_starts_a_new_cycle() {
    let first = HostTable::new(&backend(), vec![host(1, 1, 0), host(2, 1, 0)], Reason::NoHosts, None, None);
    let opening = picks(&first, 1);
    let second = HostTable::new(&backend(), vec![host(1, 1, 0), host(2, 2, 0)], Reason::NoHosts, None, Some(&first));
    let cycle = picks(&second, 3);
    assert_eq!([count(&cycle, 1), count(&cycle, 2)], [1, 2], "a whole cycle after {opening:?}");
}

#[test]
fn without_hosts_the_reason_is_told() {
    let table = HostTable::new(&backend(), Vec::new(), Reason::NoDnsAnswer, None, None);
    assert_eq!(table.pick(), Err(Reason::NoDnsAnswer));
}
