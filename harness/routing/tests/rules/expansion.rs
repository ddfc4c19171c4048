//! K-033 to K-035, K-060: from endpoints and DNS answers to hosts.

use std::net::IpAddr;

use rstest::rstest;
use sextant_resources::Hostname;
use sextant_routing::{DnsAnswers, expand};

use crate::support::*;

fn answers(records: &[(&str, &[&str])]) -> DnsAnswers {
    let ips = |list: &[&str]| list.iter().map(|ip| ip.parse().unwrap()).collect::<Vec<IpAddr>>();
    records.iter().map(|(name, list)| (Hostname::new(name), ips(list))).collect()
}

fn hosts(spec: &str, answers: &DnsAnswers) -> Vec<String> {
    let model = model(&[example(spec)]);
    let line = |host: sextant_routing::Host| format!("{} w{} e{}", host.address, host.weight, host.endpoint);
    expand(only(&model), answers).into_iter().map(line).collect()
}

#[rstest]
#[case::k_033("resolution: DNS", &["4.4.4.4:80 w1 e0", "3.3.3.3:80 w1 e0"])]
#[case::k_034("resolution: DNS_ROUND_ROBIN", &["4.4.4.4:80 w1 e0"])]
fn answers_become_hosts_in_their_order(#[case] spec: &str, #[case] expected: &[&str]) {
    assert_eq!(hosts(spec, &answers(&[("se.example.com", &["4.4.4.4", "3.3.3.3"])])), expected);
}

#[rstest]
#[case::never_answered(&[])]
#[case::no_addresses(&[("se.example.com", &[][..])])]
#[case::another_name(&[("example.com", &["4.4.4.4"][..])])]
fn a_name_without_addresses_gives_no_host(#[case] records: &[(&str, &[&str])]) {
    assert!(hosts("resolution: DNS", &answers(records)).is_empty());
}

#[test]
fn k_046_names_and_addresses_mix_and_carry_their_weight() {
    let spec = "resolution: DNS, endpoints: [{address: 1.1.1.1, weight: 3}, {address: a.example.com, weight: 2}]";
    let got = hosts(spec, &answers(&[("a.example.com", &["2.2.2.2", "fd00::2"])]));
    assert_eq!(got, ["1.1.1.1:80 w3 e0", "2.2.2.2:80 w2 e1", "[fd00::2]:80 w2 e1"]);
}

#[test]
fn k_060_an_address_and_port_appears_once_for_the_first_endpoint() {
    let spec = "resolution: DNS, endpoints: [{address: 1.1.1.1, weight: 3}, {address: a.example.com}, \
                {address: b.example.com, ports: {http: 81}}]";
    let got = hosts(spec, &answers(&[("a.example.com", &["1.1.1.1", "2.2.2.2"]), ("b.example.com", &["1.1.1.1"])]));
    assert_eq!(got, ["1.1.1.1:80 w3 e0", "2.2.2.2:80 w1 e1", "1.1.1.1:81 w1 e2"]);
}

#[test]
fn k_035_each_name_of_a_logical_dns_backend_gives_its_first_answer() {
    let spec = "resolution: DNS_ROUND_ROBIN, endpoints: [{address: a.example.com}, {address: b.example.com}]";
    let got = hosts(
        spec,
        &answers(&[("a.example.com", &["1.1.1.1", "1.1.1.2"]), ("b.example.com", &["2.2.2.2", "2.2.2.3"])]),
    );
    assert_eq!(got, ["1.1.1.1:80 w1 e0", "2.2.2.2:80 w1 e1"]);
}

#[test]
fn priorities_are_kept() {
    let mut backend = only(&model(&[example("resolution: STATIC, endpoints: [{address: 1.1.1.1}]")])).clone();
    backend.endpoints[0].priority = 3;
    assert_eq!(expand(&backend, &DnsAnswers::new())[0].priority, 3);
}
