//! A stub resolver of the kind that programs have in them, as a client.

use std::time::Duration;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::RecordType;
use hickory_resolver::config::{ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::{Resolver, TokioResolver};
use sextant_fake_dns::{FakeDns, Protocol};

use crate::client::serve;

fn resolver(dns: &FakeDns, timeout: Duration) -> TokioResolver {
    let (mut udp, mut tcp) = (ConnectionConfig::udp(), ConnectionConfig::tcp());
    udp.port = dns.addr().port();
    tcp.port = dns.addr().port();
    let server = NameServerConfig::new(dns.addr().ip(), true, vec![udp, tcp]);
    let config = ResolverConfig::from_parts(None, vec![], vec![server]);
    let mut builder = Resolver::builder_with_config(config, TokioRuntimeProvider::default());
    let options = builder.options_mut();
    options.cache_size = 0;
    options.attempts = 0;
    options.timeout = timeout;
    options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    builder.build().unwrap()
}

const PATIENT: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_dual_lookup_gets_both_families_from_one_answer() {
    let dns = serve("a.example: [{records: [A 1.1.1.1, AAAA 2001:db8::1], queries: 1}, {rcode: SERVFAIL}]").await;
    let found = resolver(&dns, PATIENT).lookup_ip("a.example.").await.unwrap();
    let mut addresses: Vec<_> = found.iter().map(|address| address.to_string()).collect();
    addresses.sort();
    assert_eq!(addresses, ["1.1.1.1", "2001:db8::1"]);
}

#[tokio::test]
async fn aliases_and_wildcards_resolve() {
    let dns = serve("\"*.apps.example\": [{records: [CNAME lb.example]}]\nlb.example: [{records: [A 1.1.1.1]}]").await;
    let found = resolver(&dns, PATIENT).lookup("shop.apps.example.", RecordType::A).await.unwrap();
    let data: Vec<_> = found.answers().iter().map(|record| record.data.to_string()).collect();
    assert_eq!(data, ["lb.example.", "1.1.1.1"]);
}

#[tokio::test]
async fn nxdomain_and_nodata_are_told_apart() {
    let dns = serve("v6.example: [{records: [AAAA 2001:db8::1]}]").await;
    let resolver = resolver(&dns, PATIENT);
    let missing = resolver.lookup("nobody.example.", RecordType::A).await.unwrap_err();
    assert!(missing.is_nx_domain(), "{missing}");
    let nodata = resolver.lookup("v6.example.", RecordType::A).await.unwrap_err();
    assert!(nodata.is_no_records_found() && !nodata.is_nx_domain(), "{nodata}");
}

#[tokio::test]
async fn a_server_failure_is_one() {
    let dns = serve("a.example: [{rcode: SERVFAIL}]").await;
    let error = resolver(&dns, PATIENT).lookup("a.example.", RecordType::A).await.unwrap_err();
    assert!(error.to_string().contains(ResponseCode::ServFail.to_str()), "{error}");
}

#[tokio::test]
async fn a_truncated_reply_is_asked_for_again_over_tcp() {
    let dns = serve("a.example: [{records: [A 1.1.1.1], truncate: true}]").await;
    let found = resolver(&dns, PATIENT).lookup("a.example.", RecordType::A).await.unwrap();
    assert_eq!(found.answers()[0].data.to_string(), "1.1.1.1");
    let protocols: Vec<_> = dns.journal().entries().iter().map(|query| query.protocol).collect();
    assert_eq!(protocols, [Protocol::Udp, Protocol::Tcp]);
}

#[tokio::test]
async fn a_dropped_query_runs_into_the_time_limit() {
    let dns = serve("a.example: [{drop: true}]").await;
    let error = resolver(&dns, Duration::from_millis(100)).lookup("a.example.", RecordType::A).await.unwrap_err();
    assert!(!error.is_nx_domain() && !error.is_no_records_found(), "{error}");
    assert!(dns.journal().entries().iter().all(|query| query.rcode.is_none()));
    assert!(dns.journal().mark() > 0);
}
