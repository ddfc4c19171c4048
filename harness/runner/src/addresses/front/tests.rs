use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::json;
use sextant_fake_dns::{FakeDns, Options, Zone};
use sextant_fake_vms::AddressPlan;

use super::*;
use crate::clock::Clock;
use crate::lookup::lookup;

fn socket(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn zone() -> Zone {
    let records = json!(["A 1.1.1.1", "A 9.9.9.9", "AAAA 2001:db8::1"]);
    let alias = json!(["CNAME vm.test"]);
    serde_json::from_value(json!({"vm.test": [{"records": records}], "alias.test": [{"records": alias}]})).unwrap()
}

/// A front before a fake DNS, and what it was told of lookups.
async fn front() -> (FakeDns, DnsFront, Arc<Aliases>, Arc<Mutex<Vec<String>>>) {
    let dns = FakeDns::start(Options { zone: zone(), ..Options::default() }).await.unwrap();
    let plan = AddressPlan::fixed([
        (socket("1.1.1.1:80"), socket("127.9.9.1:80")),
        (socket("[2001:db8::1]:80"), socket("127.9.9.2:80")),
    ]);
    let aliases = Arc::new(Aliases::new(Arc::new(plan)).unwrap());
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = Arc::clone(&told);
    let begun = move |name| tell.lock().unwrap().push(name);
    let front = DnsFront::start(dns.addr(), Arc::clone(&aliases), begun).await.unwrap();
    (dns, front, aliases, told)
}

#[tokio::test]
async fn answers_have_real_addresses_and_lookups_are_told() {
    let (dns, front, aliases, told) = front().await;
    let clock = Clock::start();
    let answer = lookup(front.address(), "VM.test", "A", clock).await.unwrap().answer;
    let nobodys = aliases.alias("9.9.9.9".parse().unwrap());
    assert_eq!(answer.addresses, [socket("127.9.9.1:0").ip(), nobodys]);
    let answer = lookup(front.address(), "vm.test", "AAAA", clock).await.unwrap().answer;
    assert_eq!(answer.addresses, [socket("[::ffff:127.9.9.2]:0").ip()]);
    let answer = lookup(front.address(), "alias.test", "A", clock).await.unwrap().answer;
    assert_eq!(answer.addresses, [socket("127.9.9.1:0").ip(), nobodys], "found under another name");
    assert_eq!(*told.lock().unwrap(), ["vm.test", "alias.test"], "only a query for IPv4 addresses begins a lookup");
    assert_eq!(dns.journal().since(0).len(), 3, "each query was passed on once");
}

#[tokio::test]
async fn what_fails_at_the_fake_dns_fails_in_front_of_it() {
    let (_dns, front, ..) = front().await;
    let answer = lookup(front.address(), "nobody.test", "A", Clock::start()).await.unwrap().answer;
    assert_eq!(answer.rcode.as_deref(), Some("NXDOMAIN"));
}

/// More records than fit into a datagram: the answer is truncated, and comes whole over TCP (RFC 1035, 4.2.1).
#[tokio::test]
async fn tcp_is_passed_on_as_well() {
    let records: Vec<_> = (1..=60).map(|n| format!("A 10.0.0.{n}")).collect();
    let zone = serde_json::from_value(json!({"many.test": [{"records": records}]})).unwrap();
    let (dns, front, ..) = front().await;
    dns.set(zone);
    let answer = lookup(front.address(), "many.test", "A", Clock::start()).await.unwrap().answer;
    assert_eq!(answer.addresses.len(), 60);
    assert!(answer.addresses.iter().all(|address| address.is_loopback()), "{answer:?}");
}
