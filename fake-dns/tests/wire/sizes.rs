//! How much fits into a datagram: what the client offers, 512 octets when it says nothing.

use hickory_proto::op::Message;
use hickory_proto::rr::RecordType;
use rstest::rstest;
use sextant_fake_dns::FakeDns;

use crate::client::{Client, TcpClient, query, serve, with_edns};

fn many(records: usize) -> String {
    let records: Vec<_> = (0..records).map(|n| format!("A 10.0.{}.{}", n / 256, n % 256)).collect();
    format!("many.example: [{{records: [{}]}}]", records.join(", "))
}

fn asked(payload: Option<u16>) -> Message {
    let message = query("many.example.", RecordType::A);
    match payload {
        Some(payload) => with_edns(message, payload),
        None => message,
    }
}

/// Asks over UDP and says how many octets came and what they were.
async fn datagram(dns: &FakeDns, message: &Message) -> (usize, Message) {
    let client = Client::of(dns).await;
    client.send(message).await;
    let octets = client.receive_octets().await;
    (octets.len(), Message::from_vec(&octets).unwrap())
}

/// Octets of the whole reply; TCP has room for all of it.
async fn whole(dns: &FakeDns, message: &Message) -> usize {
    TcpClient::of(dns).await.ask_octets(message).await.len()
}

/// RFC 1035 section 2.3.4: without EDNS a datagram has 512 octets. Records are 16 octets each, so 40 cross the border.
#[tokio::test]
async fn without_edns_512_octets_fit() {
    let mut fitted = Vec::new();
    for count in 1..=40 {
        let dns = serve(&many(count)).await;
        let (octets, reply) = datagram(&dns, &asked(None)).await;
        let fits = whole(&dns, &asked(None)).await <= 512;
        assert!(octets <= 512, "{octets} octets");
        assert_eq!((reply.metadata.truncation, reply.answers.len()), (!fits, if fits { count } else { 0 }));
        fitted.push(fits);
    }
    assert!(fitted[25] && !fitted[35], "{fitted:?}");
}

/// RFC 6891 section 6.2.3: the client's size holds to the octet; less than 512 counts as 512; this server's own limit
/// is 4096.
#[rstest]
#[case::all_that_is_needed(100, |whole| whole, true)]
#[case::one_octet_short(100, |whole| whole - 1, false)]
#[case::hundred_in_4096(100, |_| 4096, true)]
#[case::hundred_in_1232(100, |_| 1232, false)]
#[case::less_than_512_is_512(20, |_| 100, true)]
#[case::beyond_the_servers_limit(260, |_| 65_535, false)]
#[tokio::test]
async fn with_edns_the_client_says_what_fits(#[case] count: usize, #[case] offer: fn(u16) -> u16, #[case] fits: bool) {
    let dns = serve(&many(count)).await;
    let offer = offer(u16::try_from(whole(&dns, &asked(Some(4096))).await).unwrap());
    let (octets, reply) = datagram(&dns, &asked(Some(offer))).await;
    assert!(octets <= usize::from(offer.clamp(512, 4096)), "{octets} octets");
    assert_eq!((reply.metadata.truncation, reply.answers.len()), (!fits, if fits { count } else { 0 }));
    assert!(reply.edns.is_some(), "an OPT record even when truncated");
    let entry = dns.journal().entries().remove(1);
    assert_eq!((entry.truncated, entry.answers.len()), (!fits, reply.answers.len()));
}

#[tokio::test]
async fn tcp_has_them_all() {
    let dns = serve(&many(2000)).await;
    let reply = TcpClient::of(&dns).await.ask(&asked(None)).await;
    assert_eq!((reply.metadata.truncation, reply.answers.len()), (false, 2000));
}

/// A message over TCP has a length of 16 bits: 5,000 records are 80,030 octets.
#[tokio::test]
async fn what_no_message_can_hold_is_truncated_over_tcp_too() {
    let dns = serve(&many(5000)).await;
    let reply = TcpClient::of(&dns).await.ask(&asked(None)).await;
    assert_eq!((reply.metadata.truncation, reply.answers.len()), (true, 0));
    assert!(dns.journal().entries()[0].truncated);
}
