use std::collections::HashSet;

use super::*;

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

#[test]
fn a_documented_address_has_one_alias_for_all_its_ports() {
    let lease = Lease::take().unwrap();
    let first = lease.claim(address("10.244.0.5:8080")).unwrap();
    let second = lease.claim(address("10.244.0.5:9090")).unwrap();
    let other = lease.claim(address("10.244.0.6:8080")).unwrap();
    let alias = lease.alias("10.244.0.5".parse().unwrap()).unwrap();
    assert_eq!(first.port().address(), SocketAddr::new(alias, 8080));
    assert_eq!(second.port().address(), SocketAddr::new(alias, 9090));
    assert_eq!(other.port().address().port(), 8080);
    assert_ne!(other.port().address().ip(), alias);
}

#[test]
fn ipv6_addresses_get_aliases_too() {
    let lease = Lease::take().unwrap();
    let claim = lease.claim(address("[2001:db8::1]:8080")).unwrap();
    assert!(claim.port().address().ip().is_loopback());
    assert_eq!(lease.plan().actual(address("[2001:db8::1]:8080")), Some(claim.port().address()));
}

#[test]
fn the_plan_looks_up_both_ways_and_follows_claims() {
    let lease = Lease::take().unwrap();
    let plan = lease.plan();
    let documented = address("1.1.1.1:8080");
    assert_eq!(plan.actual(documented), None);

    let claim = lease.claim(documented).unwrap();
    let actual = claim.port().address();
    assert_eq!(plan.actual(documented), Some(actual));
    assert_eq!(plan.documented(actual), Some(documented));
    assert_eq!(plan.entries(), [(documented, actual)]);
    assert_eq!(plan.actual(address("1.1.1.1:8081")), None);
    assert_eq!(plan.documented(documented), None);

    drop(claim);
    assert_eq!(plan.actual(documented), None);
    assert_eq!(plan.documented(actual), None);
}

#[test]
fn a_taken_port_gives_way_to_one_that_the_plan_tells() {
    let lease = Lease::take().unwrap();
    let alias = lease.alias("1.1.1.1".parse().unwrap()).unwrap();
    let rival = std::net::TcpListener::bind((alias, 8080)).unwrap();
    let claim = lease.claim(address("1.1.1.1:8080")).unwrap();
    assert_eq!(claim.port().address().ip(), alias);
    assert_ne!(claim.port().address(), rival.local_addr().unwrap());
    assert_eq!(lease.plan().actual(address("1.1.1.1:8080")), Some(claim.port().address()));
}

#[test]
fn without_aliases_every_address_gets_a_port_of_127_0_0_1() {
    let lease = Lease::supplied(Supply::OneAddress);
    let claims: Vec<_> = ["1.1.1.1:8080", "2.2.2.2:8080", "1.1.1.1:8081"]
        .map(|documented| lease.claim(address(documented)).unwrap())
        .into();
    let ports: HashSet<u16> = claims.iter().map(|claim| claim.port().address().port()).collect();
    assert_eq!(ports.len(), 3);
    for claim in &claims {
        assert_eq!(claim.port().address().ip(), Ipv4Addr::LOCALHOST);
        assert_eq!(lease.plan().documented(claim.port().address()), Some(claim.documented()));
    }
}

#[test]
fn one_documented_address_is_claimed_once_and_free_again_after() {
    let lease = Lease::take().unwrap();
    let documented = address("1.1.1.1:8080");
    let claim = lease.claim(documented).unwrap();
    let actual = claim.port().address();
    let error = lease.claim(documented).unwrap_err();
    assert!(matches!(error, LeaseError::AlreadyClaimed { documented: named } if named == documented));
    assert_eq!(lease.plan().actual(documented), Some(actual), "the failed claim left the plan alone");
    drop(claim);
    let again = lease.claim(documented).unwrap();
    // Not the port: a process that another test is just starting may hold a copy of the old socket for a moment.
    assert_eq!(again.port().address().ip(), actual.ip());
    assert_eq!(lease.plan().actual(documented), Some(again.port().address()));
}

#[test]
fn more_than_one_block_of_addresses() {
    let lease = Lease::take().unwrap();
    let aliases: HashSet<_> =
        (0..600_u32).map(|n| lease.alias(Ipv4Addr::from_bits(0x0a00_0000 + n).into()).unwrap()).collect();
    assert_eq!(aliases.len(), 600);
    assert!(aliases.iter().all(IpAddr::is_loopback));
}

#[test]
fn leases_share_no_alias() {
    let leases: Vec<_> = (0..20).map(|_| Lease::take().unwrap()).collect();
    let documented = "1.1.1.1".parse().unwrap();
    let aliases: HashSet<_> = leases.iter().map(|lease| lease.alias(documented).unwrap()).collect();
    assert_eq!(aliases.len(), 20);
}

#[test]
fn an_explicit_address_that_is_taken_or_not_loopback_is_named() {
    let lease = Lease::take().unwrap();
    let rival = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = rival.local_addr().unwrap();
    let error = lease.claim_at(address("1.1.1.1:80"), taken).unwrap_err();
    assert!(matches!(error, LeaseError::Bind(BindError::Taken { address }) if address == taken), "{error}");
    let error = lease.claim_at(address("1.1.1.1:80"), address("0.0.0.0:8080")).unwrap_err();
    assert!(matches!(error, LeaseError::Bind(BindError::NotLoopback { .. })), "{error}");
    assert_eq!(lease.plan().entries(), []);
}

#[test]
fn a_plan_that_is_given_holds_what_it_was_given() {
    let plan = AddressPlan::fixed([(address("1.1.1.1:80"), address("127.9.9.1:10080"))]);
    assert_eq!(plan.actual(address("1.1.1.1:80")), Some(address("127.9.9.1:10080")));
    assert_eq!(plan.documented(address("127.9.9.1:10080")), Some(address("1.1.1.1:80")));
    assert_eq!(plan.actual(address("1.1.1.2:80")), None);
}
