//! Shares, computed by hand from Envoy's rules.

use std::num::NonZeroU32;

use proptest::prelude::*;
use rstest::rstest;
use sextant_resources::{Hostname, ObjectKey, Resolution};

use super::*;
use crate::{
    BackendId, BackendKind, BackendPort, Discovery, Endpoint, EndpointAddress, EndpointSource, Policy, UpstreamHttp,
};

/// One host: priority, locality, weight.
type Spec = (u32, &'static str, u32);

/// A backend with one endpoint for each host.
fn backend(specs: &[Spec], policy: Policy) -> (Backend, Vec<Host>) {
    let entry = ObjectKey::new("gwtest", "example-se");
    let ip = |place: usize| std::net::IpAddr::from([10, 0, 0, place as u8 + 1]);
    let endpoint = |(place, &(priority, locality, weight)): (usize, &Spec)| Endpoint {
        address: EndpointAddress::Ip(ip(place)),
        port: 80,
        locality: Locality::parse(locality).into(),
        weight: NonZeroU32::new(weight).unwrap(),
        priority,
        network: String::new(),
        labels: Default::default(),
        source: EndpointSource::Inline { service_entry: entry.clone(), index: place },
    };
    let host = |(place, &(priority, _, weight)): (usize, &Spec)| Host {
        address: (ip(place), 80).into(),
        weight,
        priority,
        endpoint: place,
    };
    let hosts = specs.iter().enumerate().map(host).collect();
    let endpoints = specs.iter().enumerate().map(endpoint).collect();
    let host = Hostname::new("se.example.com");
    let backend = Backend {
        id: BackendId { kind: BackendKind::ServiceEntry, service_entry: entry, host, port: 80 },
        port: BackendPort { number: 80, name: "http".to_owned(), protocol: "HTTP".to_owned() },
        resolution: Resolution::Static,
        discovery: Discovery::Inline,
        upstream: UpstreamHttp::Http1,
        endpoints,
        excluded: Vec::new(),
        policy,
        fault: None,
    };
    (backend, hosts)
}

/// The balance of these hosts while those at `ejected` are not healthy.
fn balance(specs: &[Spec], policy: Policy, ejected: &[usize]) -> Balance {
    let (backend, hosts) = backend(specs, policy);
    Balancer::new(&backend, &hosts).balance(|place| !ejected.contains(&place))
}

/// How often each of `hosts` hosts is chosen in the first `turns` turns.
fn counts(balance: &Balance, hosts: usize, turns: u64) -> Vec<u64> {
    let counters: Vec<_> = (0..balance.counters()).map(|_| std::cell::Cell::new(0)).collect();
    let mut counts = vec![0; hosts];
    for _ in 0..turns {
        if let Some(place) = balance.choose(|counter| counters[counter].replace(counters[counter].get() + 1)) {
            counts[place] += 1;
        }
    }
    counts
}

fn panicking_at(panic_percent: u32) -> Policy {
    Policy { panic_percent, ..Policy::default() }
}

fn weighted(panic_percent: u32) -> Policy {
    Policy { panic_percent, locality_weighted: true, ..Policy::default() }
}

/// Healthy and all hosts of each priority, and what it gets; `!` marks panic.
#[rstest]
#[case::all_healthy(&[(2, 2), (1, 1)], 50, "100 0")]
// 1.4 × 50 % = 70 %; the rest spills over.
#[case::e_013_half_ejected(&[(1, 2), (1, 1)], 50, "70 30")]
// 1.4 × 72 % = 100.8 % still takes all, 1.4 × 71 % = 99.4 %, cut to whole percents, does not.
#[case::i_153_just_enough(&[(72, 100), (1, 1)], 50, "100 0")]
#[case::i_153_just_too_few(&[(71, 100), (1, 1)], 50, "99 1")]
#[case::k_094_gone(&[(0, 2), (3, 3)], 50, "0 100")]
#[case::spills_twice(&[(1, 4), (1, 4), (4, 4)], 50, "35 35 30")]
// A priority with few healthy hosts does not panic while the others can take the rest.
#[case::no_panic_while_others_help(&[(1, 10), (1, 1)], 50, "14 86")]
// 1 of 4 is 35 %, 1 of 2 is 70 %: 105 % is everything.
#[case::enough_together(&[(1, 4), (1, 2)], 50, "35 65")]
// 28 % and 70 % make 98 %: 28.57 and 71.43, cut, and the percent that is lost goes to the first. Only the first is below 50 % healthy.
#[case::one_in_panic(&[(1, 5), (1, 2)], 50, "29! 71")]
// Total panic: 100 × hosts / all hosts, cut, the rest to the first.
#[case::total_panic(&[(1, 4), (1, 4)], 50, "50! 50!")]
#[case::total_panic_by_size(&[(0, 2), (0, 1)], 50, "67! 33!")]
#[case::total_panic_one_level(&[(1, 3)], 50, "100!")]
#[case::at_the_threshold(&[(1, 2)], 50, "100")]
#[case::higher_threshold(&[(1, 2)], 51, "100!")]
// K-092, I-113: 0 switches panic off. What is left is scaled up to 100 %.
#[case::off_scaled(&[(1, 4), (1, 10)], 0, "72 28")]
#[case::off_single(&[(1, 100)], 0, "100")]
#[case::off_all_gone(&[(0, 2), (0, 1)], 0, "100 0")]
#[case::threshold_100(&[(69, 100), (0, 100)], 100, "50! 50!")]
fn loads_of_priorities(#[case] levels: &[(u64, u64)], #[case] panic_percent: u32, #[case] expected: &str) {
    let levels = levels.iter().zip(0..).map(|(&(healthy, total), priority)| (priority, Health { healthy, total }));
    let loads = loads(&levels.collect::<Vec<_>>(), panic_percent);
    let shown = loads.iter().map(|load| format!("{}{}", load.percent, if load.panic { "!" } else { "" }));
    assert_eq!(shown.collect::<Vec<_>>().join(" "), expected);
}

#[test]
fn no_hosts_no_choice() {
    let none = balance(&[], Policy::default(), &[]);
    assert_eq!(none.choose(|_| 0), None);
    assert!(none.priorities().is_empty());
}

#[test]
fn k_084_gaps_count_for_nothing() {
    let gaps = balance(&[(3, "", 1), (7, "", 1)], Policy::default(), &[]);
    let loads: Vec<_> = gaps.priorities().iter().map(|load| (load.priority, load.percent)).collect();
    assert_eq!(loads, [(3, 100), (7, 0)]);
    assert_eq!(counts(&gaps, 2, 10), [10, 0]);
}

#[test]
fn e_013_overprovisioning_is_exact_over_a_hundred_turns() {
    let half = balance(&[(0, "", 1), (0, "", 1), (1, "", 1)], panicking_at(0), &[0]);
    assert_eq!(counts(&half, 3, 100), [0, 70, 30]);
    assert_eq!(counts(&half, 3, 10), [0, 7, 3], "and over ten");
}

#[rstest]
#[case::flat_without_shares(false, [0, 34, 33, 33])]
// Locality a: 1 of 2 healthy, 1.4 × 50 % of weight 2 is 1.4; b: weight 2. 1.4 : 2 is 7 : 10.
#[case::i_120_by_locality(true, [0, 7 * 6, 5 * 6, 5 * 6])]
fn ejection_shifts_traffic_among_localities_only_where_they_have_shares(
    #[case] locality_weighted: bool,
    #[case] expected: [u64; 4],
) {
    let specs = [(0, "a", 1), (0, "a", 1), (0, "b", 1), (0, "b", 1)];
    let policy = Policy { locality_weighted, ..panicking_at(0) };
    let turns = expected.iter().sum();
    assert_eq!(counts(&balance(&specs, policy, &[0]), 4, turns), expected);
}

#[test]
fn k_081_healthy_localities_share_like_flat_weights() {
    let specs = [(0, "a", 3), (0, "a", 1), (0, "b", 6)];
    for policy in [Policy::default(), weighted(50)] {
        assert_eq!(counts(&balance(&specs, policy, &[]), 3, 10), [3, 1, 6]);
    }
}

#[test]
fn a_locality_keeps_its_whole_share_while_five_sevenths_are_healthy() {
    // 3 of 4 healthy is 105 %: nothing leaves the locality, its three hosts share the half.
    let specs = [(0, "a", 1), (0, "a", 1), (0, "a", 1), (0, "a", 1), (0, "b", 4)];
    assert_eq!(counts(&balance(&specs, weighted(0), &[1]), 5, 6), [1, 0, 1, 1, 3]);
}

#[test]
fn a_locality_without_healthy_hosts_gets_nothing() {
    let specs = [(0, "a", 9), (0, "b", 1), (0, "b", 1)];
    assert_eq!(counts(&balance(&specs, weighted(0), &[0]), 3, 10), [0, 5, 5]);
}

#[test]
fn panic_forgets_localities() {
    // 1 of 4 healthy is below 50 %: all serve, by their own weights.
    let specs = [(0, "a", 1), (0, "a", 1), (0, "a", 1), (0, "b", 3)];
    let panicking = balance(&specs, weighted(50), &[0, 1, 2]);
    assert!(panicking.priorities()[0].panic);
    assert_eq!(counts(&panicking, 4, 6), [1, 1, 1, 3]);
}

#[test]
fn i_138_shares_of_localities_replace_their_weights() {
    let given = |locality: &str, weight| LocalityWeight { locality: Locality::parse(locality), weight };
    let policy = Policy { distribution: vec![given("a", 80), given("b", 20)], ..panicking_at(0) };
    let specs = [(0, "a", 1), (0, "a", 3), (0, "b", 100)];
    assert_eq!(counts(&balance(&specs, policy.clone(), &[]), 3, 10), [2, 6, 2]);
    // Half of a is out: 80 × 70 % = 56 against 20.
    assert_eq!(counts(&balance(&specs, policy, &[1]), 3, 76), [56, 0, 20]);
}

#[test]
fn k_056_a_name_counts_once_however_many_addresses_it_has() {
    let (backend, mut hosts) = backend(&[(0, "a", 1), (0, "b", 1)], weighted(50));
    let second = Host { address: ([10, 0, 0, 9], 80).into(), ..hosts[0].clone() };
    hosts.insert(1, second);
    let balance = Balancer::new(&backend, &hosts).balance(|_| true);
    assert_eq!(counts(&balance, 3, 4), [1, 1, 2], "half for each locality");
}

#[test]
fn localities_count_within_their_priority() {
    // Priority 0 has 1 of 2 healthy in a and is left with 70 %; a has weight 1 in each priority.
    let specs = [(0, "a", 1), (0, "b", 1), (1, "a", 1), (1, "b", 3)];
    let balance = balance(&specs, weighted(0), &[1]);
    assert_eq!(counts(&balance, 4, 400), [280, 0, 30, 90]);
}

#[test]
fn ratios_beyond_32_bits_stay_near() {
    let ratios = [
        Ratio::new(u64::MAX, 1, 1),
        Ratio::new(1, 1, 3),
        Ratio::new(u64::from(u32::MAX) / 2, 6, 7),
        Ratio::new(5, 0, 9),
    ];
    let weights = integers(&ratios);
    assert_eq!((weights[1], weights[3]), (1, 0), "small ones stay, none stays none");
    let ratio = f64::from(weights[2]) / f64::from(weights[0]);
    assert!((ratio - 3.0 / 7.0).abs() < 1e-8, "{ratio}");
}

fn hosts() -> impl Strategy<Value = Vec<(Spec, bool)>> {
    let spec = (0..3_u32, prop::sample::select(vec!["", "a", "b/c"]), 1..5_u32);
    prop::collection::vec((spec, prop::bool::ANY), 1..9)
}

proptest! {
    #[test]
    fn shares_add_up_and_the_turns_keep_them(hosts in hosts(), panic in 0..=100_u32, by_locality: bool) {
        let specs: Vec<Spec> = hosts.iter().map(|(spec, _)| *spec).collect();
        let ejected: Vec<usize> = (0..hosts.len()).filter(|&place| hosts[place].1).collect();
        let policy = Policy { locality_weighted: by_locality, ..panicking_at(panic) };
        let balance = balance(&specs, policy, &ejected);
        let loads = balance.priorities();
        prop_assert_eq!(loads.iter().map(|load| load.percent).sum::<u32>(), 100);
        let shares = balance.shares(specs.len());
        let sum: f64 = shares.iter().sum();
        let nobody = ejected.len() == hosts.len() && panic == 0;
        prop_assert!((sum - if nobody { 0.0 } else { 1.0 }).abs() < 1e-9, "{:?}", shares);
        for (place, share) in shares.iter().enumerate() {
            let panics = loads.iter().any(|load| load.priority == specs[place].0 && load.panic);
            prop_assert!(*share == 0.0 || panics || !ejected.contains(&place), "an ejected host serves without panic");
        }
        // Each of the three levels is less than two turns away from its share.
        let turns = 10_000;
        for (count, share) in counts(&balance, specs.len(), turns).into_iter().zip(shares) {
            prop_assert!((count as f64 - share * turns as f64).abs() < 6.0, "{} turns for a share of {}", count, share);
        }
    }
}
