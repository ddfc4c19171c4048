//! Changing the zone while it is asked: revisions, barriers, and the order of the journal.

use std::sync::Arc;

use hickory_proto::rr::RecordType;
use sextant_fake_dns::{Name, Revision};
use tokio::task::JoinSet;

use crate::client::{Client, DEADLINE, ask, outcome, query, records, serve, zone};

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

#[tokio::test]
async fn set_replaces_the_named_names_and_restarts_them() {
    let text = "
a.example: [{records: [A 1.1.1.1], queries: 1}, {rcode: SERVFAIL}]
b.example: [{records: [A 1.1.1.1], queries: 1}, {records: [A 2.2.2.2]}]
";
    let dns = serve(text).await;
    ask(&dns, "a.example.", RecordType::A).await;
    ask(&dns, "b.example.", RecordType::A).await;
    assert_eq!(dns.revision(), Revision(0));
    let changed = dns.set(zone("a.example: [{records: [A 9.9.9.9], queries: 1}, {rcode: SERVFAIL}]"));
    assert_eq!((changed, dns.revision()), (Revision(1), Revision(1)));
    assert_eq!(records(&ask(&dns, "a.example.", RecordType::A).await), ["5 9.9.9.9"]);
    assert_eq!(records(&ask(&dns, "b.example.", RecordType::A).await), ["5 2.2.2.2"], "b went on");
}

#[tokio::test]
async fn remove_and_replace_forget_names() {
    let dns = serve("a.example: [{records: [A 1.1.1.1]}]\nb.example: [{records: [A 2.2.2.2]}]").await;
    assert_eq!(dns.remove(&name("a.example")), Revision(1));
    assert_eq!(outcome(&ask(&dns, "a.example.", RecordType::A).await).0.to_string(), "Non-Existent Domain");
    assert_eq!(records(&ask(&dns, "b.example.", RecordType::A).await), ["5 2.2.2.2"]);
    assert_eq!(dns.replace(zone("a.example: [{records: [A 3.3.3.3]}]")), Revision(2));
    assert_eq!(records(&ask(&dns, "a.example.", RecordType::A).await), ["5 3.3.3.3"]);
    assert_eq!(outcome(&ask(&dns, "b.example.", RecordType::A).await).0.to_string(), "Non-Existent Domain");
}

/// Clients ask all the time while the zone changes. Whatever the order, the revision of an entry says its answer, and
/// the entry that the barrier waits for has the new one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_revision_barrier_holds_under_load() {
    let dns = Arc::new(serve("a.example: [{records: [A 10.0.0.0]}]").await);
    let mut clients = JoinSet::new();
    for _ in 0..4 {
        let dns = Arc::clone(&dns);
        clients.spawn(async move {
            let client = Client::of(&dns).await;
            loop {
                client.ask(&query("a.example.", RecordType::A)).await;
            }
        });
    }
    for n in 1..=20 {
        let revision = dns.set(zone(&format!("a.example: [{{records: [A 10.0.0.{n}]}}]")));
        assert_eq!(revision, Revision(n));
        let wanted = name("a.example");
        let what = format!("a query for {wanted} under revision {revision}");
        let fits = |query: &sextant_fake_dns::Query| query.name == wanted && query.revision >= revision;
        let entry = dns.journal().wait_for(&what, DEADLINE, fits).await.unwrap();
        assert_eq!(entry.answers[0].to_string(), format!("a.example 5 A 10.0.0.{n}"));
    }
    clients.shutdown().await;
    let entries = dns.journal().entries();
    for (seq, entry) in (0..).zip(&entries) {
        assert_eq!(entry.seq, seq);
        assert_eq!(entry.answers[0].data.to_string(), format!("A 10.0.0.{}", entry.revision));
    }
    assert!(entries.is_sorted_by_key(|entry| entry.at));
}

/// The entry is written before the reply is sent.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_the_reply_finds_the_query() {
    let dns = serve("a.example: [{records: [A 1.1.1.1]}]").await;
    let client = Client::of(&dns).await;
    for asked in 1..=500 {
        client.ask(&query("a.example.", RecordType::A)).await;
        assert_eq!(dns.journal().mark(), asked);
    }
}

#[tokio::test]
async fn a_mark_tells_old_queries_from_new_ones() {
    let dns = serve("a.example: [{records: [A 1.1.1.1]}]").await;
    ask(&dns, "a.example.", RecordType::A).await;
    let mark = dns.journal().mark();
    assert_eq!(dns.journal().since(mark), []);
    ask(&dns, "b.example.", RecordType::A).await;
    let names: Vec<_> = dns.journal().since(mark).into_iter().map(|query| query.name.to_string()).collect();
    assert_eq!(names, ["b.example"]);
}

/// A wait that began before the query is woken by it.
#[tokio::test]
async fn a_query_wakes_whoever_waits_for_it() {
    let dns = serve("").await;
    let wait =
        dns.journal().wait_for("a query for late.example", DEADLINE, |query| query.name.as_str() == "late.example");
    let (entry, _) = tokio::join!(wait, ask(&dns, "late.example.", RecordType::A));
    assert_eq!(entry.unwrap().rcode.unwrap().to_string(), "NXDOMAIN");
}

#[tokio::test]
async fn the_serial_number_of_a_negative_reply_is_the_revision() {
    let dns = serve("").await;
    dns.set(zone("a.example: [{}]"));
    let reply = ask(&dns, "b.example.", RecordType::A).await;
    assert!(reply.authorities[0].data.to_string().contains(" 1 3600 600 86400 5"), "{}", reply.authorities[0].data);
}
