//! The life of names, as envoy-observed has it, with a DNS server that the tests script.

use std::time::{Duration, Instant};

use rstest::rstest;
use sextant_fake_dns::QueryType;
use sextant_gateway::{DnsFamily, Gateway, GatewayOptions, LookupOutcome};

use crate::support::*;

const NAME: &str = "se.example.com";
const ALL: &str = "DNS";
const ONE: &str = "DNS_ROUND_ROBIN";

struct Bed {
    gateway: Gateway,
    dns: Dns,
    plan: Plan,
    _endpoints: std::collections::BTreeMap<String, Endpoint>,
}

impl Bed {
    async fn start(resolution: &str, prepare: impl FnOnce(&Dns, &mut GatewayOptions)) -> Self {
        let plan = Plan::default();
        let endpoints = echo(&plan, &["1.1.1.1", "2.2.2.2", "3.3.3.3"]).await;
        let dns = Dns::start().await;
        let mut options = options(&plan);
        options.dns.servers = vec![dns.address];
        options.dns.timeout = Duration::from_millis(50);
        options.dns.retries = 0;
        prepare(&dns, &mut options);
        let gateway = serve(options, &manifests(resolution)).await;
        Self { gateway, dns, plan, _endpoints: endpoints }
    }

    /// Lets DNS say something else and waits until the gateway has heard it.
    async fn say(&self, answer: &str) {
        self.dns.set(NAME, answer);
        self.settle().await;
    }

    async fn settle(&self) {
        self.gateway.dns_settled(Instant::now(), soon()).await.unwrap();
    }

    /// Who answers six requests in a row.
    async fn answers(&self) -> std::collections::BTreeMap<String, usize> {
        let mut client = Client::connect(address(&self.gateway), Version::Http1).await;
        let mut replies = Vec::new();
        for _ in 0..6 {
            let reply = client.get(NAME, "/").await;
            replies.push(if reply.status == 200 {
                reply.text
            } else {
                format!("{} {}", reply.status.as_u16(), reply.text)
            });
        }
        tally(replies)
    }

    fn last(&self) -> Option<LookupOutcome> {
        self.gateway.dns_status()[0].last
    }
}

fn manifests(resolution: &str) -> Vec<String> {
    vec![
        gateway_manifest(),
        route("route", NAME, &to("service")),
        service("service", NAME, "HTTP", &format!("resolution: {resolution}")),
    ]
}

#[rstest]
#[case::k_033_every_answer_is_an_endpoint(ALL, &[("1.1.1.1", 3), ("2.2.2.2", 3)])]
#[case::k_034_the_first_answer_only(ONE, &[("1.1.1.1", 6)])]
#[tokio::test]
async fn two_records(#[case] resolution: &str, #[case] shares: &[(&str, usize)]) {
    let bed = Bed::start(resolution, |dns, _| dns.set(NAME, &found(&["1.1.1.1", "2.2.2.2"]))).await;
    assert_eq!(bed.answers().await, expected(shares));
}

#[rstest]
#[case(ALL)]
#[case(ONE)]
#[tokio::test]
async fn a_new_answer_is_followed(#[case] resolution: &str) {
    let bed = Bed::start(resolution, |dns, _| dns.set(NAME, &found(&["1.1.1.1"]))).await;
    assert_eq!(bed.answers().await, expected(&[("1.1.1.1", 6)]));
    bed.say(&found(&["3.3.3.3"])).await;
    assert_eq!(bed.answers().await, expected(&[("3.3.3.3", 6)]));
}

const NOBODY: &str = "503 no healthy upstream";

#[rstest]
#[case::nx_domain("{ rcode: NXDOMAIN }", LookupOutcome::NxDomain, NOBODY, "1.1.1.1")]
#[case::no_data("{}", LookupOutcome::NoData, NOBODY, "1.1.1.1")]
#[case::alias_to_nothing("{ records: [CNAME x.example.com] }", LookupOutcome::NxDomain, NOBODY, "1.1.1.1")]
#[case::serv_fail("{ rcode: SERVFAIL }", LookupOutcome::Failed, "1.1.1.1", "1.1.1.1")]
#[case::refused("{ rcode: REFUSED }", LookupOutcome::Failed, "1.1.1.1", "1.1.1.1")]
#[case::silence("{ drop: true }", LookupOutcome::Failed, "1.1.1.1", "1.1.1.1")]
#[tokio::test]
async fn after_success(
    #[case] answer: &str,
    #[case] outcome: LookupOutcome,
    #[case] all: &str,
    #[case] one: &str,
    #[values(ALL, ONE)] resolution: &str,
) {
    let bed = Bed::start(resolution, |dns, _| dns.set(NAME, &found(&["1.1.1.1"]))).await;
    bed.say(answer).await;
    assert_eq!(bed.last(), Some(outcome));
    assert_eq!(bed.answers().await, expected(&[(if resolution == ALL { all } else { one }, 6)]));
    bed.say(&found(&["2.2.2.2"])).await;
    assert_eq!(bed.answers().await, expected(&[("2.2.2.2", 6)]), "and it recovers");
}

#[rstest]
#[case::never_existed("{ rcode: NXDOMAIN }", "no-hosts")]
#[case::no_data("{}", "no-hosts")]
#[case::serv_fail("{ rcode: SERVFAIL }", "no-dns-answer")]
#[case::silence("{ drop: true }", "no-dns-answer")]
#[tokio::test]
async fn before_success(#[case] answer: &str, #[case] reason: &str, #[values(ALL, ONE)] resolution: &str) {
    let bed = Bed::start(resolution, |dns, _| dns.set(NAME, answer)).await;
    let reply = get(address(&bed.gateway), NAME).await;
    assert_eq!((reply.status.as_u16(), reply.text.as_str()), (503, "no healthy upstream"));
    assert_eq!(reply.headers["x-sextant-reason"], format!("{reason}; backend=test/service {NAME}:80"));
    bed.say(&found(&["2.2.2.2"])).await;
    assert_eq!(bed.answers().await, expected(&[("2.2.2.2", 6)]), "and it recovers");
}

#[tokio::test]
async fn answers_in_another_order_do_not_disturb_the_cycle() {
    let bed = Bed::start(ALL, |dns, _| dns.set(NAME, &found(&["1.1.1.1", "2.2.2.2", "3.3.3.3"]))).await;
    let mut client = Client::connect(address(&bed.gateway), Version::Http1).await;
    let mut replies = Vec::new();
    for order in [["2.2.2.2", "3.3.3.3", "1.1.1.1"], ["3.3.3.3", "1.1.1.1", "2.2.2.2"]] {
        for _ in 0..3 {
            bed.say(&found(&order)).await;
            replies.push(client.get(NAME, "/").await.text);
        }
    }
    assert_eq!(tally(replies), expected(&[("1.1.1.1", 2), ("2.2.2.2", 2), ("3.3.3.3", 2)]));
}

#[tokio::test]
async fn an_address_given_twice_is_one_endpoint() {
    let bed = Bed::start(ALL, |dns, _| dns.set(NAME, &found(&["1.1.1.1", "2.2.2.2", "1.1.1.1"]))).await;
    assert_eq!(bed.answers().await, expected(&[("1.1.1.1", 3), ("2.2.2.2", 3)]));
}

#[tokio::test]
async fn an_answer_too_long_for_a_datagram_is_asked_for_again_over_tcp() {
    let bed = Bed::start(ALL, |dns, _| dns.set(NAME, "{ records: [A 1.1.1.1, A 2.2.2.2], truncate: true }")).await;
    assert_eq!(bed.answers().await, expected(&[("1.1.1.1", 3), ("2.2.2.2", 3)]));
}

#[tokio::test]
async fn an_alias_is_followed() {
    let bed = Bed::start(ALL, |dns, _| {
        dns.set("other.example.com", &found(&["2.2.2.2"]));
        dns.set(NAME, "{ records: [CNAME other.example.com] }");
    })
    .await;
    assert_eq!(bed.answers().await, expected(&[("2.2.2.2", 6)]));
}

#[rstest]
#[case::v4_preferred(DnsFamily::V4Preferred, &["1.1.1.1", "2001:db8::1"], "1.1.1.1", true, false)]
#[case::v4_preferred_without_v4(DnsFamily::V4Preferred, &["2001:db8::1"], "2001:db8::1", true, true)]
#[case::v4_only(DnsFamily::V4Only, &["1.1.1.1", "2001:db8::1"], "1.1.1.1", true, false)]
#[case::v6_only(DnsFamily::V6Only, &["1.1.1.1", "2001:db8::1"], "2001:db8::1", false, true)]
#[case::auto(DnsFamily::Auto, &["1.1.1.1", "2001:db8::1"], "2001:db8::1", false, true)]
#[case::auto_without_v6(DnsFamily::Auto, &["1.1.1.1"], "1.1.1.1", true, true)]
#[case::all(DnsFamily::All, &["2001:db8::1", "1.1.1.1"], "1.1.1.1 2001:db8::1", true, true)]
#[tokio::test]
async fn k_038_families(
    #[case] family: DnsFamily,
    #[case] records: &[&str],
    #[case] hosts: &str,
    #[case] asks_a: bool,
    #[case] asks_aaaa: bool,
) {
    let bed = Bed::start(ALL, |dns, options| {
        dns.set(NAME, &found(records));
        options.dns.family = family;
        options.dns.refresh = Duration::from_secs(3600);
    })
    .await;
    let addresses: Vec<String> = bed.gateway.endpoints().iter().map(|endpoint| endpoint.address.to_string()).collect();
    assert_eq!(addresses.join(" "), hosts);
    assert_eq!(bed.dns.questions(NAME, QueryType::A), usize::from(asks_a));
    assert_eq!(bed.dns.questions(NAME, QueryType::Aaaa), usize::from(asks_aaaa));
}

#[rstest]
#[case::k_039_the_ttl_is_not_looked_at(false, Duration::from_millis(20), 3600, true)]
#[case::the_ttl_is_waited_for(true, Duration::from_millis(20), 3600, false)]
#[case::a_ttl_of_zero_falls_back(true, Duration::from_millis(20), 0, true)]
#[tokio::test]
async fn when_the_next_lookup_comes(
    #[case] respect_ttl: bool,
    #[case] refresh: Duration,
    #[case] ttl: u32,
    #[case] again: bool,
) {
    let bed = Bed::start(ALL, |dns, options| {
        dns.set(NAME, &format!("{{ records: [A 1.1.1.1], ttl: {ttl} }}"));
        options.dns.refresh = refresh;
        options.dns.respect_ttl = respect_ttl;
    })
    .await;
    let asked = || bed.dns.questions(NAME, QueryType::A);
    if again {
        eventually("further lookups", asked, |asked| *asked >= 3).await;
    } else {
        // A name of its own with the refresh as its pace shows that several would have passed.
        let error = bed.gateway.dns_settled(Instant::now(), Instant::now() + refresh * 10).await.unwrap_err();
        assert_eq!(error.waiting_for.len(), 1);
        assert_eq!(asked(), 1);
    }
}

#[tokio::test]
async fn a_name_is_looked_up_once_for_all_its_backends_and_no_longer_than_it_is_used() {
    let bed = Bed::start(ALL, |dns, options| {
        dns.set(NAME, &found(&["1.1.1.1", "2.2.2.2"]));
        options.dns.refresh = Duration::from_secs(3600);
    })
    .await;
    let second = service(
        "second",
        "second.example.com",
        "HTTP",
        &format!("resolution: DNS\n  endpoints: [{{ address: {NAME} }}]"),
    );
    apply(&bed.gateway, &[manifests(ALL), vec![second]].concat()).await;
    assert_eq!(bed.dns.questions(NAME, QueryType::A), 1);
    assert_eq!(bed.gateway.endpoints().len(), 4, "two addresses for each of two backends");
    assert_eq!(bed.gateway.dns_status().len(), 1);

    apply(&bed.gateway, &[gateway_manifest()]).await;
    assert!(bed.gateway.dns_status().is_empty());
    apply(&bed.gateway, &manifests(ALL)).await;
    assert_eq!(bed.dns.questions(NAME, QueryType::A), 2, "forgotten and asked for again");
}

#[tokio::test]
async fn an_address_that_dns_took_away_gets_nothing_after_dns_settled() {
    let bed = Bed::start(ALL, |dns, _| dns.set(NAME, &found(&["1.1.1.1", "2.2.2.2"]))).await;
    let removed = Endpoint::start(text("removed")).await;
    bed.plan.set("2.2.2.2:80", removed.address);
    bed.answers().await;
    assert!(removed.hits() > 0);
    bed.say(&found(&["1.1.1.1"])).await;
    let before = removed.hits();
    assert_eq!(bed.answers().await, expected(&[("1.1.1.1", 6)]));
    assert_eq!(removed.hits(), before);
    eventually("idle connections to be closed", || removed.open(), |open| *open == 0).await;
}

#[tokio::test]
async fn changes_of_dns_under_load_lose_nothing() {
    let bed = Bed::start(ALL, |dns, options| {
        dns.set(NAME, &found(&["1.1.1.1"]));
        options.dns.refresh = Duration::from_millis(2);
    })
    .await;
    let done = std::sync::atomic::AtomicBool::new(false);
    let at = address(&bed.gateway);
    let load = futures::future::join_all((0..4).map(|_| async {
        let mut client = Client::connect(at, Version::Http1).await;
        while !done.load(std::sync::atomic::Ordering::SeqCst) {
            let reply = client.get(NAME, "/").await;
            assert_eq!(reply.status, 200, "{reply:?}");
        }
    }));
    let changes = async {
        for round in 0..40 {
            bed.say(&found(&[["1.1.1.1"], ["2.2.2.2"], ["3.3.3.3"]][round % 3])).await;
        }
        done.store(true, std::sync::atomic::Ordering::SeqCst);
    };
    within("load and changes", futures::future::join(load, changes)).await;
}
