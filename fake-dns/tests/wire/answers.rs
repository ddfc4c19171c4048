//! What a script says is what a client gets.

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::{RData, RecordType};
use rstest::rstest;
use sextant_fake_dns::{FakeDns, Options};

use crate::client::{TcpClient, ask, outcome, query, records, serve, zone};

#[rstest]
#[case("NOERROR", ResponseCode::NoError)]
#[case("FORMERR", ResponseCode::FormErr)]
#[case("SERVFAIL", ResponseCode::ServFail)]
#[case("NXDOMAIN", ResponseCode::NXDomain)]
#[case("NOTIMP", ResponseCode::NotImp)]
#[case("REFUSED", ResponseCode::Refused)]
#[tokio::test]
async fn every_rcode_reaches_the_client(#[case] rcode: &str, #[case] expected: ResponseCode) {
    let dns = serve(&format!("a.example: [{{rcode: {rcode}}}]")).await;
    assert_eq!(outcome(&ask(&dns, "a.example.", RecordType::A).await), (expected, vec![]));
    let entry = dns.journal().entries().remove(0);
    assert_eq!(entry.rcode.map(|rcode| rcode.to_string()).as_deref(), Some(rcode));
}

#[rstest]
#[case::a(RecordType::A, &["60 1.1.1.1", "30 2.2.2.2"])]
#[case::aaaa(RecordType::AAAA, &["60 2001:db8::1"])]
#[case::nodata(RecordType::TXT, &[])]
#[case::any(RecordType::ANY, &["60 1.1.1.1", "30 2.2.2.2", "60 2001:db8::1"])]
#[tokio::test]
async fn a_query_gets_the_records_of_its_type_with_their_ttl(#[case] asked: RecordType, #[case] expected: &[&str]) {
    let dns = serve("a.example: [{records: [A 1.1.1.1, 30 A 2.2.2.2, AAAA 2001:db8::1], ttl: 60}]").await;
    let reply = ask(&dns, "a.example.", asked).await;
    assert_eq!(reply.metadata.response_code, ResponseCode::NoError);
    assert_eq!(records(&reply), expected);
}

/// Without `ttl` records live 5 seconds; 0 is a TTL like any other.
#[tokio::test]
async fn ttls_are_five_seconds_unless_said() {
    let dns = serve("a.example: [{records: [A 1.1.1.1]}]\nb.example: [{records: [0 A 1.1.1.1]}]").await;
    assert_eq!(records(&ask(&dns, "a.example.", RecordType::A).await), ["5 1.1.1.1"]);
    assert_eq!(records(&ask(&dns, "b.example.", RecordType::A).await), ["0 1.1.1.1"]);
}

/// RFC 2308: NXDOMAIN and NODATA carry an SOA record whose TTL says how long they may be believed.
#[rstest]
#[case::nxdomain("gone.example.", Some(9))]
#[case::nodata("v6.example.", Some(7))]
#[case::unknown("nobody.example.", Some(5))]
#[case::reverse("4.4.4.4.in-addr.arpa.", Some(5))]
#[case::error("bad.example.", None)]
#[case::answer("good.example.", None)]
#[tokio::test]
async fn negative_replies_carry_an_soa(#[case] name: &str, #[case] ttl: Option<u32>) {
    let text = "
gone.example: [{rcode: NXDOMAIN, ttl: 9}]
v6.example: [{records: [AAAA 2001:db8::1], ttl: 7}]
bad.example: [{rcode: SERVFAIL}]
good.example: [{records: [A 1.1.1.1]}]
";
    let dns = serve(text).await;
    let reply = ask(&dns, name, RecordType::A).await;
    let soas: Vec<_> = reply.authorities.iter().map(|record| (record.name.is_root(), record.ttl)).collect();
    assert_eq!(soas, ttl.map(|ttl| (true, ttl)).into_iter().collect::<Vec<_>>());
    if let Some(RData::SOA(soa)) = reply.authorities.first().map(|record| &record.data) {
        assert_eq!(Some(soa.minimum), ttl);
    }
}

#[tokio::test]
async fn aliases_are_followed_with_each_owner_named() {
    let text = "
www.example: [{records: [CNAME lb.example], ttl: 60}]
lb.example: [{records: [A 1.1.1.1]}]
loop.example: [{records: [CNAME pool.example]}]
pool.example: [{records: [CNAME loop.example]}]
out.example: [{records: [CNAME elsewhere.test]}]
";
    let dns = serve(text).await;
    let reply = ask(&dns, "www.example.", RecordType::A).await;
    let owners: Vec<_> = reply.answers.iter().map(|record| record.name.to_ascii()).collect();
    assert_eq!(owners, ["www.example.", "lb.example."]);
    assert_eq!(records(&reply), ["60 lb.example.", "5 1.1.1.1"]);
    let looped = ask(&dns, "loop.example.", RecordType::A).await;
    assert_eq!(outcome(&looped), (ResponseCode::ServFail, vec![]));
    let dangling = ask(&dns, "out.example.", RecordType::A).await;
    assert_eq!(outcome(&dangling), (ResponseCode::NXDomain, vec!["elsewhere.test.".to_owned()]));
}

#[tokio::test]
async fn wildcards_answer_with_the_name_that_was_asked() {
    let dns = serve("\"*.example\": [{records: [A 1.1.1.1]}]\nb.example: [{records: [A 2.2.2.2]}]").await;
    let reply = ask(&dns, "a.example.", RecordType::A).await;
    assert_eq!(reply.answers[0].name.to_ascii(), "a.example.");
    assert_eq!(records(&reply), ["5 1.1.1.1"]);
    assert_eq!(records(&ask(&dns, "b.example.", RecordType::A).await), ["5 2.2.2.2"]);
}

#[tokio::test]
async fn rotation_goes_on_from_query_to_query() {
    let dns = serve("a.example: [{records: [A 1.1.1.1, A 2.2.2.2, A 3.3.3.3], order: rotate}]").await;
    let mut firsts = Vec::new();
    for _ in 0..4 {
        firsts.push(ask(&dns, "a.example.", RecordType::A).await.answers[0].data.to_string());
    }
    assert_eq!(firsts, ["1.1.1.1", "2.2.2.2", "3.3.3.3", "1.1.1.1"]);
}

/// Two servers with one seed shuffle alike, one with another seed does not; nothing is lost or doubled.
#[tokio::test]
async fn shuffles_follow_the_seed() {
    let text = "a.example: [{records: [A 1.1.1.1, A 2.2.2.2, A 3.3.3.3, A 4.4.4.4, A 5.5.5.5], order: shuffle}]";
    let mut sequences = Vec::new();
    for seed in [1, 1, 2] {
        let dns = FakeDns::start(Options { zone: zone(text), seed, ..Options::default() }).await.unwrap();
        let mut sequence = Vec::new();
        for _ in 0..5 {
            sequence.push(records(&ask(&dns, "a.example.", RecordType::A).await));
        }
        sequences.push(sequence);
    }
    assert_eq!(sequences[0], sequences[1]);
    assert_ne!(sequences[0], sequences[2]);
    for order in &mut sequences[0] {
        order.sort();
        assert_eq!(*order, ["5 1.1.1.1", "5 2.2.2.2", "5 3.3.3.3", "5 4.4.4.4", "5 5.5.5.5"]);
    }
}

/// The count is per type, so a client that asks for A and AAAA together sees one state of the world.
#[tokio::test]
async fn answers_change_by_count_for_each_type() {
    let dns = serve("a.example: [{records: [A 1.1.1.1], queries: 2}, {rcode: SERVFAIL}]").await;
    let mut seen = Vec::new();
    for asked in [RecordType::A, RecordType::AAAA, RecordType::A, RecordType::AAAA, RecordType::A, RecordType::AAAA] {
        seen.push(ask(&dns, "a.example.", asked).await.metadata.response_code);
    }
    let (good, bad) = (ResponseCode::NoError, ResponseCode::ServFail);
    assert_eq!(seen, [good, good, good, good, bad, bad]);
}

/// The first query begins the time of the answer; it is over for some later query, however slow this machine is.
#[tokio::test]
async fn answers_change_by_time() {
    let dns = serve("a.example: [{rcode: SERVFAIL, lasts: 50ms}, {records: [A 1.1.1.1]}]").await;
    let first = ask(&dns, "a.example.", RecordType::A).await;
    assert_eq!(first.metadata.response_code, ResponseCode::ServFail);
    while ask(&dns, "a.example.", RecordType::A).await.metadata.response_code == ResponseCode::ServFail {}
    let entries = dns.journal().entries();
    let lasted = entries[entries.len() - 1].received - entries[0].received;
    assert!(lasted >= std::time::Duration::from_millis(50), "{lasted:?}");
}

#[tokio::test]
async fn tcp_answers_the_same_and_several_queries_of_one_connection() {
    let dns = serve("a.example: [{records: [A 1.1.1.1]}]").await;
    let mut tcp = TcpClient::of(&dns).await;
    for _ in 0..3 {
        assert_eq!(records(&tcp.ask(&query("a.example.", RecordType::A)).await), ["5 1.1.1.1"]);
    }
    assert_eq!(dns.journal().entries().len(), 3);
}
