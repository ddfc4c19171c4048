//! Start and end: taken ports, loopback only, no socket left behind.

use std::error::Error as _;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Instant;

use hickory_proto::rr::RecordType;
use rstest::rstest;
use sextant_fake_dns::{FakeDns, Options, Protocol, StartError};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, UdpSocket};

use crate::client::{DEADLINE, TcpClient, ask, private, query, records, serve, zone};

fn at(bind: SocketAddr) -> Options {
    Options { bind, ..Options::default() }
}

#[rstest]
#[case("0.0.0.0:0")]
#[case("192.0.2.1:5353")]
#[case("[::]:0")]
#[case("[2001:db8::1]:53")]
#[case("[::ffff:192.0.2.1]:53")]
#[tokio::test]
async fn only_loopback_is_bound(#[case] addr: SocketAddr) {
    let error = FakeDns::start(at(addr)).await.unwrap_err();
    assert!(matches!(error, StartError::NotLoopback(refused) if refused == addr));
    assert!(error.to_string().contains(&addr.to_string()), "{error}");
}

#[tokio::test]
async fn a_taken_tcp_port_is_named() {
    let taken = TcpListener::bind(private()).await.unwrap();
    let addr = taken.local_addr().unwrap();
    let error = FakeDns::start(at(addr)).await.unwrap_err();
    assert_eq!(error.to_string(), format!("cannot bind tcp {addr}"));
    let StartError::Bind { source, protocol: Protocol::Tcp, .. } = error else { panic!("{error:?}") };
    assert_eq!(source.kind(), ErrorKind::AddrInUse);
}

/// The TCP half is given back when the UDP half cannot be had.
#[tokio::test]
async fn a_taken_udp_port_is_named() {
    let taken = UdpSocket::bind(private()).await.unwrap();
    let addr = taken.local_addr().unwrap();
    let error = FakeDns::start(at(addr)).await.unwrap_err();
    assert_eq!(error.to_string(), format!("cannot bind udp {addr}"));
    assert!(error.source().is_some());
    TcpListener::bind(addr).await.unwrap();
}

#[tokio::test]
async fn servers_live_side_by_side() {
    let first = serve("a.example: [{records: [A 1.1.1.1]}]").await;
    let second = serve("a.example: [{records: [A 2.2.2.2]}]").await;
    assert_ne!(first.addr(), second.addr());
    assert_eq!(records(&ask(&first, "a.example.", RecordType::A).await), ["5 1.1.1.1"]);
    assert_eq!(records(&ask(&second, "a.example.", RecordType::A).await), ["5 2.2.2.2"]);
    assert_eq!((first.journal().mark(), second.journal().mark()), (1, 1));
}

#[rstest]
#[case::alias("127.0.0.53:0")]
#[case::v6("[::1]:0")]
#[tokio::test]
async fn every_loopback_address_will_do(#[case] addr: SocketAddr) {
    let dns = FakeDns::start(Options { zone: zone("a.example: [{records: [A 1.1.1.1]}]"), ..at(addr) });
    let dns = dns.await.unwrap();
    assert_eq!(dns.addr().ip(), addr.ip());
    assert_eq!(records(&ask(&dns, "a.example.", RecordType::A).await), ["5 1.1.1.1"]);
}

#[tokio::test]
async fn shutdown_frees_the_port_and_leaves_the_journal() {
    let dns = FakeDns::start(at(private())).await.unwrap();
    let addr = dns.addr();
    let journal = dns.journal().clone();
    ask(&dns, "a.example.", RecordType::A).await;
    dns.shutdown().await;
    let again = FakeDns::start(at(addr)).await.unwrap();
    assert_eq!(again.addr(), addr);
    assert_eq!(journal.entries().len(), 1);
}

/// Dropping ends open connections, waiting replies and both sockets; the runtime needs a moment for it.
#[tokio::test]
async fn drop_closes_everything() {
    let zone = zone("slow.example: [{delay: 1h}]");
    let dns = FakeDns::start(Options { zone, ..at(private()) }).await.unwrap();
    let addr = dns.addr();
    let mut tcp = TcpClient::of(&dns).await;
    tcp.send(&query("slow.example.", RecordType::A)).await;
    drop(dns);
    let closed = tokio::time::timeout(DEADLINE, tcp.stream.read(&mut [0])).await.expect("an end within the deadline");
    assert!(matches!(&closed, Ok(0)) || closed.is_err(), "{closed:?}");
    let deadline = Instant::now() + DEADLINE;
    loop {
        match FakeDns::start(at(addr)).await {
            Ok(again) => return assert_eq!(again.addr(), addr),
            Err(error) => assert!(Instant::now() < deadline, "the port is still taken: {error}"),
        }
        tokio::task::yield_now().await;
    }
}

/// Several journals can share one clock.
#[tokio::test]
async fn times_count_from_the_epoch() {
    let epoch = Instant::now();
    let dns = FakeDns::start(Options { epoch, ..Options::default() }).await.unwrap();
    let before = epoch.elapsed();
    ask(&dns, "a.example.", RecordType::A).await;
    let entry = dns.journal().entries().remove(0);
    assert!(before <= entry.received && entry.received <= entry.at && entry.at <= epoch.elapsed());
    assert_eq!(dns.journal().epoch(), epoch);
}
