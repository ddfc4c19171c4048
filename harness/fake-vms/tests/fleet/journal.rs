//! What the journal holds, and in which order.

use std::time::{Duration, Instant};

use sextant_fake_vms::{
    Behaviour, Closer, Event, Fault, FleetOptions, JournalMode, JournalView, Outcome, Protocol, RequestEntry, ResetWhen,
};
use tokio::net::TcpStream;

use crate::world::{DEADLINE, GET, Raw, World, at};

const VM: &str = "1.1.1.1:8080";

#[tokio::test]
async fn a_connection_is_accepted_asked_and_closed() {
    let world = World::new();
    let vm = world.vm(VM, Behaviour::status(404));
    let journal = world.fleet.journal();
    let mut raw = Raw::connect(&vm).await;
    raw.send("PATCH /a?b=c HTTP/1.1\r\nhost: se.example.com\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi").await;
    assert!(raw.rest().await.0.starts_with("HTTP/1.1 404 "));
    journal.wait_for("the end of the connection", DEADLINE, |seen| seen.entries().len() == 3).await.unwrap();

    let entries = journal.entries();
    let request = RequestEntry {
        sequence: 1,
        method: "PATCH".to_owned(),
        host: Some("se.example.com".to_owned()),
        path: "/a?b=c".to_owned(),
        protocol: Protocol::Http11,
        tls: None,
        headers: [("host", "se.example.com"), ("connection", "close"), ("content-length", "2")]
            .map(|(name, value)| (name.to_owned(), vec![value.to_owned()]))
            .into(),
        body_bytes: 2,
        outcome: Outcome::Replied(404),
    };
    let events: Vec<_> = entries.iter().map(|entry| entry.event.clone()).collect();
    assert_eq!(events, [Event::Accepted, Event::Request(request), Event::Closed(Closer::Peer)]);
    for (entry, seq) in entries.iter().zip(0..) {
        assert_eq!((entry.seq, entry.endpoint, entry.connection), (seq, at(VM), 1));
        assert_eq!(entry.peer, entries[0].peer);
        assert!(entry.peer.ip().is_loopback());
    }
}

#[tokio::test]
async fn a_reply_is_never_ahead_of_the_journal() {
    let world = World::new();
    world.vm(VM, Behaviour::default());
    for n in 1..=200 {
        let mark = world.fleet.journal().mark();
        let sequence = world.ask(VM).await.sequence;
        let entered = world.fleet.journal().since(mark);
        let numbers: Vec<_> = entered.iter().filter_map(|entry| Some(entry.request()?.sequence)).collect();
        assert_eq!((sequence, numbers), (Some(n), vec![n]));
    }
}

#[tokio::test]
async fn entries_of_many_vms_are_in_one_order_on_one_clock() {
    let epoch = Instant::now() - Duration::from_secs(1000);
    let world = World::with(FleetOptions { epoch, ..FleetOptions::default() });
    let vms: Vec<String> = (1..=5).map(|n| format!("10.0.0.{n}:8080")).collect();
    for vm in &vms {
        world.vm(vm, Behaviour::default());
    }
    let asked = vms.iter().cycle().take(50).map(|vm| world.ask(vm));
    futures::future::join_all(asked).await;

    let entries = world.fleet.journal().entries();
    assert!(entries.is_sorted_by(|one, next| one.seq + 1 == next.seq && one.at <= next.at));
    assert!(entries[0].at >= Duration::from_secs(1000) && entries[49].at <= epoch.elapsed());
    for vm in &vms {
        let of_vm = entries.iter().filter(|entry| entry.endpoint == at(vm)).filter_map(|entry| entry.request());
        let mut numbers: Vec<_> = of_vm.map(|request| request.sequence).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=10).collect::<Vec<_>>());
        assert_eq!(world.fleet.journal().counts(at(vm)).requests, 10);
    }
}

#[tokio::test]
async fn streams_of_one_http2_connection_share_its_number() {
    let world = World::new();
    world.vm(VM, Behaviour::default());
    let ask = || async { world.h2.get(world.url(VM, "/")).send().await.unwrap().bytes().await.unwrap() };
    ask().await;
    futures::future::join_all((0..9).map(|_| ask())).await;
    let entries = world.fleet.journal().entries();
    let requests: Vec<_> = entries.iter().filter(|entry| entry.request().is_some()).collect();
    assert_eq!(requests.len(), 10);
    assert!(requests.iter().all(|entry| entry.connection == 1));
    assert!(requests.iter().all(|entry| entry.request().unwrap().protocol == Protocol::Http2));
    assert_eq!(world.fleet.journal().counts(at(VM)).connections, 1);
}

#[tokio::test]
async fn who_closed_is_in_the_journal() {
    let world = World::new();
    let vm = world.vm(VM, Fault::Reset(ResetWhen::OnAccept));
    let journal = world.fleet.journal();
    let closed =
        |closer| move |seen: &JournalView<'_>| seen.entries().iter().any(|entry| entry.event == Event::Closed(closer));
    // Whether connect itself already sees the reset is up to timing.
    drop(TcpStream::connect(vm.actual()).await);
    journal.wait_for("the reset", DEADLINE, closed(Closer::VmReset)).await.unwrap();

    world.behave(VM, Behaviour::default()).await;
    let mut raw = Raw::connect(&vm).await;
    raw.send(GET).await;
    raw.until("\n").await;
    world.behave(VM, Fault::Refuse).await;
    assert_eq!(journal.entries().last().unwrap().event, Event::Closed(Closer::Vm), "closed when the call returned");
}

#[tokio::test]
async fn a_request_whose_body_breaks_off_is_entered() {
    let world = World::new();
    let vm = world.vm(VM, Behaviour::default());
    let mut raw = Raw::connect(&vm).await;
    raw.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nonly this").await;
    drop(raw);
    let broken = |seen: &JournalView<'_>| {
        seen.requests().any(|(_, request)| request.outcome == Outcome::BodyBroken && request.body_bytes == 9)
    };
    world.fleet.journal().wait_for("the broken request", DEADLINE, broken).await.unwrap();
}

#[tokio::test]
async fn without_a_full_journal_there_are_counts() {
    let world = World::with(FleetOptions { journal: JournalMode::Counts, ..FleetOptions::default() });
    let vm = world.vm(VM, Behaviour::default());
    world.vm("2.2.2.2:8080", Behaviour::default());
    for _ in 0..7 {
        world.ask(VM).await;
    }
    assert_eq!(world.fleet.journal().entries(), []);
    assert_eq!((vm.counts().connections, vm.counts().requests), (1, 7));
    let all: Vec<_> =
        world.fleet.journal().all_counts().into_iter().map(|(vm, counts)| (vm, counts.requests)).collect();
    assert_eq!(all, [(at(VM), 7), (at("2.2.2.2:8080"), 0)]);
    assert_eq!(world.fleet.journal().counts(at("3.3.3.3:8080")).requests, 0);
}
