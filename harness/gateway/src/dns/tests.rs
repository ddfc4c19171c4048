//! What each result does to what is known: the life table of envoy-observed.

use super::*;
use rstest::rstest;

fn addresses(last: &[u8]) -> Vec<IpAddr> {
    last.iter().map(|&last| IpAddr::from([10, 0, 0, last])).collect()
}

fn found(last: &[u8]) -> Lookup {
    Lookup::Addresses { addresses: addresses(last), ttl: Duration::from_secs(1) }
}

fn after(lookups: impl IntoIterator<Item = Lookup>) -> (Result<Vec<IpAddr>, Reason>, Result<Vec<IpAddr>, Reason>) {
    let name = Hostname::new("vm.test");
    let mut states = NameStates::new(true);
    assert!(states.insert(&name));
    for lookup in lookups {
        states.record(&name, Instant::now(), lookup);
    }
    let of = |logical| states.addresses(&name, logical).map(<[IpAddr]>::to_vec);
    (of(false), of(true))
}

#[rstest]
#[case::new_answer(found(&[2]), &[2], &[2])]
#[case::nx_domain(Lookup::NxDomain, &[], &[1])]
#[case::no_data(Lookup::NoData, &[], &[1])]
#[case::failure(Lookup::Failed("SERVFAIL".into()), &[1], &[1])]
fn a_result_after_success(#[case] lookup: Lookup, #[case] every: &[u8], #[case] one: &[u8]) {
    let (strict, logical) = after([found(&[1]), lookup]);
    assert_eq!(strict, Ok(addresses(every)), "a backend that takes every answer");
    assert_eq!(logical, Ok(addresses(one)), "a backend that takes one answer");
}

#[rstest]
#[case::failure(Lookup::Failed("no answer".into()), Err(Reason::NoDnsAnswer))]
#[case::nx_domain(Lookup::NxDomain, Ok(vec![]))]
#[case::no_data(Lookup::NoData, Ok(vec![]))]
fn a_result_before_success(#[case] lookup: Lookup, #[case] expected: Result<Vec<IpAddr>, Reason>) {
    assert_eq!(after([lookup]), (expected.clone(), expected));
}

#[test]
fn a_failure_after_nx_domain_keeps_the_backend_empty() {
    let (strict, logical) = after([found(&[1]), Lookup::NxDomain, Lookup::Failed("SERVFAIL".into())]);
    assert_eq!((strict, logical), (Ok(vec![]), Ok(addresses(&[1]))));
}

#[rstest]
#[case::fixed(false, 30, 5)]
#[case::ttl(true, 30, 30)]
#[case::ttl_of_one(true, 1, 1)]
#[case::ttl_of_zero_falls_back(true, 0, 5)]
fn k_039_the_next_lookup(#[case] respect_ttl: bool, #[case] ttl: u64, #[case] expected: u64) {
    let lookup = Lookup::Addresses { addresses: addresses(&[1]), ttl: Duration::from_secs(ttl) };
    assert_eq!(lookup.wait(Duration::from_secs(5), respect_ttl), Duration::from_secs(expected));
    assert_eq!(Lookup::NxDomain.wait(Duration::from_secs(5), respect_ttl), Duration::from_secs(5));
}

#[test]
fn settled_means_started_late_enough_and_confirmed() {
    let name = Hostname::new("vm.test");
    let mut states = NameStates::new(true);
    states.insert(&name);
    let before = Instant::now();
    assert_eq!(states.unsettled(None, 0), *std::slice::from_ref(&name), "never looked up");
    let started = before + Duration::from_millis(5);
    if let Some(state) = states.record(&name, started, Lookup::NxDomain) {
        state.epoch = 7;
    }
    assert_eq!(states.unsettled(None, 6), *std::slice::from_ref(&name), "not confirmed");
    assert_eq!(
        states.unsettled(Some(started + Duration::from_millis(1)), 7),
        *std::slice::from_ref(&name),
        "started too early"
    );
    assert!(states.unsettled(Some(started), 7).is_empty());
}

#[test]
fn without_a_server_nothing_is_waited_for() {
    let name = Hostname::new("vm.test");
    let mut states = NameStates::default();
    states.insert(&name);
    assert!(states.unsettled(None, 0).is_empty());
    assert_eq!(states.addresses(&name, false), Err(Reason::NoResolver));
}
