//! What ejects, who may go, for how long. The expectations are Envoy's (K-092, I-154, I-155).

use rstest::rstest;

use super::*;
use UpstreamEvent::{Connected, Failed, PassedOn, Replied, TimedOut};

const OK: UpstreamEvent = Replied(StatusCode::OK);
const ERROR: UpstreamEvent = Replied(StatusCode::INTERNAL_SERVER_ERROR);
const UNAVAILABLE: UpstreamEvent = Replied(StatusCode::SERVICE_UNAVAILABLE);

fn settings() -> OutlierDetection {
    OutlierDetection {
        consecutive_5xx: Some(3),
        consecutive_gateway: None,
        consecutive_local_origin: None,
        split_local_origin: false,
        interval: Duration::from_secs(10),
        base_ejection: Duration::from_secs(30),
        max_ejection_percent: 100,
    }
}

fn host(last: u8) -> SocketAddr {
    SocketAddr::from(([1, 1, 1, last], 80))
}

/// A detector with its hosts, on a clock that the test sets.
struct World {
    start: Instant,
    detector: Detector,
    monitors: HashMap<SocketAddr, Arc<Monitor>>,
}

impl World {
    fn new(settings: OutlierDetection, hosts: u8) -> Self {
        let start = Instant::now();
        let detector = Detector::new(settings, start);
        let monitors = detector.watch((1..=hosts).map(host));
        Self { start, detector, monitors }
    }

    fn at(&self, seconds: f64) -> Instant {
        self.start + Duration::from_secs_f64(seconds)
    }

    /// Reports these outcomes of host `last`; says whether the last one ejected it.
    fn report(&self, last: u8, outcomes: &[UpstreamEvent], seconds: f64) -> bool {
        let report = |event| self.detector.report(host(last), &self.monitors[&host(last)], event, || self.at(seconds));
        outcomes.iter().fold(false, |_, outcome| report(*outcome))
    }

    fn out(&self, seconds: f64) -> Vec<u8> {
        self.detector.changes(|| self.at(seconds));
        (1..=u8::MAX).filter(|last| self.monitors.get(&host(*last)).is_some_and(|monitor| monitor.is_out())).collect()
    }
}

#[rstest]
#[case::five_hundreds(&[ERROR, ERROR, ERROR], true)]
#[case::any_5xx(&[ERROR, UNAVAILABLE, Replied(StatusCode::NETWORK_AUTHENTICATION_REQUIRED)], true)]
#[case::one_short(&[ERROR, ERROR], false)]
#[case::not_in_a_row(&[ERROR, ERROR, OK, ERROR, ERROR], false)]
#[case::a_4xx_ends_the_row(&[ERROR, ERROR, Replied(StatusCode::NOT_FOUND), ERROR], false)]
#[case::failures_to_connect_are_503(&[Failed, ERROR, Failed], true)]
#[case::timeouts_are_504(&[TimedOut, TimedOut, TimedOut], true)]
#[case::to_connect_is_no_response(&[ERROR, Connected, ERROR, Connected, ERROR], true)]
#[case::a_connection_passed_on_is_one(&[Failed, Failed, PassedOn, Failed, Failed], false)]
fn i_154_consecutive_5xx(#[case] outcomes: &[UpstreamEvent], #[case] ejects: bool) {
    let world = World::new(settings(), 2);
    assert_eq!(world.report(1, outcomes, 1.0), ejects);
    assert_eq!(world.out(1.0), if ejects { vec![1] } else { vec![] });
}

#[rstest]
#[case::exactly_these(&[Replied(StatusCode::BAD_GATEWAY), Replied(StatusCode::GATEWAY_TIMEOUT)], true)]
#[case::no_connection(&[UNAVAILABLE, Failed], true)]
#[case::another_5xx_ends_the_row(&[UNAVAILABLE, ERROR, UNAVAILABLE], false)]
#[case::not_500(&[ERROR, ERROR, ERROR, ERROR], false)]
fn k_092_consecutive_gateway_errors(#[case] outcomes: &[UpstreamEvent], #[case] ejects: bool) {
    let world = World::new(OutlierDetection { consecutive_5xx: None, consecutive_gateway: Some(2), ..settings() }, 2);
    assert_eq!(world.report(1, outcomes, 1.0), ejects);
}

#[rstest]
#[case::failures(&[Failed, TimedOut], true)]
#[case::replies_do_not_count(&[UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, Failed], false)]
#[case::a_connection_ends_the_row(&[Failed, Connected, Failed], false)]
fn k_092_failures_to_connect_counted_apart(#[case] outcomes: &[UpstreamEvent], #[case] ejects: bool) {
    let apart = OutlierDetection {
        split_local_origin: true,
        consecutive_local_origin: Some(2),
        consecutive_5xx: Some(9),
        ..settings()
    };
    assert_eq!(World::new(apart, 2).report(1, outcomes, 1.0), ejects);
}

#[test]
fn i_154_counted_apart_failures_to_connect_are_no_5xx() {
    let apart = OutlierDetection { split_local_origin: true, ..settings() };
    assert!(!World::new(apart, 2).report(1, &[Failed; 20], 1.0), "no limit for them, so nobody goes");
}

#[rstest]
#[case::ten_hosts_ten_percent(10, 10, &[1])]
#[case::nine_hosts_ten_percent(9, 10, &[])]
#[case::two_hosts_half(2, 50, &[1])]
#[case::three_hosts_half(3, 50, &[1])]
#[case::four_hosts_half(4, 50, &[1, 2])]
#[case::everybody(3, 100, &[1, 2, 3])]
fn i_155_never_more_than_the_percentage_is_out(#[case] hosts: u8, #[case] percent: u32, #[case] out: &[u8]) {
    let world = World::new(OutlierDetection { max_ejection_percent: percent, ..settings() }, hosts);
    for host in 1..=hosts.min(3) {
        world.report(host, &[ERROR; 3], 1.0);
    }
    assert_eq!(world.out(1.0), out);
}

#[test]
fn i_155_who_may_not_go_is_counted_anew() {
    let both = OutlierDetection { consecutive_gateway: Some(3), max_ejection_percent: 50, ..settings() };
    let world = World::new(both, 2);
    assert!(world.report(1, &[ERROR; 3], 1.0));
    assert!(!world.report(2, &[UNAVAILABLE; 3], 1.0), "the other one is out");
    assert_eq!(world.out(40.0), [0_u8; 0]);
    assert!(!world.report(2, &[UNAVAILABLE; 2], 41.0), "the row was used up by the attempt");
    assert!(world.report(2, &[UNAVAILABLE], 41.0));
}

#[test]
fn a_host_comes_back_at_the_first_sweep_after_its_time() {
    let world = World::new(settings(), 2);
    assert!(world.report(1, &[ERROR; 3], 5.0));
    assert_eq!(world.out(34.0), [1], "30 s are not over");
    assert_eq!(world.out(39.9), [1], "they are over, but no sweep has come");
    assert_eq!(world.out(40.0), [0_u8; 0]);
    assert!(!world.report(1, &[ERROR; 2], 41.0), "it starts with no failure");
}

#[test]
fn every_ejection_lasts_longer_and_every_good_sweep_forgives_one() {
    let world = World::new(settings(), 2);
    assert!(world.report(1, &[ERROR; 3], 0.0));
    assert_eq!((world.out(29.0), world.out(30.0)), (vec![1], vec![]));
    assert!(world.report(1, &[ERROR; 3], 31.0), "before another sweep: the second");
    assert_eq!((world.out(99.0), world.out(100.0)), (vec![1], vec![]), "31 + 60, then the sweep");
    assert!(world.report(1, &[ERROR; 3], 111.0), "one sweep at 110 has forgiven one: the second again");
    assert_eq!((world.out(179.0), world.out(180.0)), (vec![1], vec![]), "111 + 60, then the sweep");
    assert!(world.report(1, &[ERROR; 3], 300.0), "all forgiven: the first");
    assert_eq!((world.out(329.0), world.out(330.0)), (vec![1], vec![]));
}

#[test]
fn no_ejection_lasts_longer_than_300_s_unless_the_first_does() {
    let base = |seconds| OutlierDetection { base_ejection: Duration::from_secs(seconds), ..settings() };
    let world = World::new(base(200), 2);
    assert!(world.report(1, &[ERROR; 3], 0.0));
    assert_eq!(world.out(200.0), [0_u8; 0]);
    assert!(world.report(1, &[ERROR; 3], 201.0));
    assert_eq!((world.out(500.0), world.out(510.0)), (vec![1], vec![]), "300 s, not 400");
    let world = World::new(base(1000), 2);
    assert!(world.report(1, &[ERROR; 3], 0.0));
    assert_eq!((world.out(999.0), world.out(1000.0)), (vec![1], vec![]));
}

#[test]
fn a_row_of_endless_ejections_and_odd_durations_is_no_trouble() {
    let odd = OutlierDetection { interval: Duration::from_nanos(1), base_ejection: Duration::MAX, ..settings() };
    let world = World::new(odd, 2);
    assert!(world.report(1, &[ERROR; 3], 1.0));
    assert_eq!(world.out(1e9), [1]);
}

#[test]
fn what_is_out_is_not_ejected_again() {
    let world = World::new(settings(), 2);
    assert!(world.report(1, &[ERROR; 3], 5.0));
    assert!(!world.report(1, &[ERROR; 30], 20.0), "in panic it serves, and fails");
    assert_eq!(world.out(40.0), [0_u8; 0], "the time goes from the ejection");
}

#[test]
fn who_comes_back_starts_with_no_failure_of_any_kind() {
    let both = OutlierDetection { consecutive_gateway: Some(2), ..settings() };
    let world = World::new(both, 2);
    assert!(world.report(1, &[UNAVAILABLE; 2], 5.0), "by gateway errors, with two 5xx counted as well");
    assert_eq!(world.out(40.0), [0_u8; 0]);
    assert!(!world.report(1, &[ERROR; 2], 41.0), "two 5xx more are no row of three");
    assert!(world.report(1, &[ERROR], 41.0));
}

#[test]
fn who_stays_keeps_what_is_known_about_it_and_who_leaves_does_not() {
    let mut world = World::new(settings(), 3);
    assert!(world.report(1, &[ERROR; 3], 5.0));
    world.report(2, &[ERROR; 2], 5.0);
    let gone = world.monitors[&host(1)].clone();
    world.monitors = world.detector.watch([host(2), host(4)].into_iter());
    assert_eq!(world.out(6.0), [0_u8; 0], "the host that is out has left");
    assert!(!world.detector.report(host(1), &gone, ERROR, || world.at(6.0)), "late news of it changes nothing");
    assert!(world.report(2, &[ERROR], 6.0), "the third in a row");
    world.monitors = world.detector.watch([host(1), host(2)].into_iter());
    assert_eq!(world.out(7.0), [2], "who comes again is new");
}

#[test]
fn only_a_change_is_a_change() {
    let world = World::new(settings(), 2);
    let changes = |seconds| world.detector.changes(|| world.at(seconds));
    assert_eq!(changes(0.0), 0);
    world.report(1, &[ERROR; 2], 1.0);
    assert_eq!(changes(1.0), 0);
    world.report(1, &[ERROR], 1.0);
    assert_eq!((changes(1.0), changes(39.0)), (1, 1));
    assert_eq!((changes(40.0), changes(400.0)), (2, 2));
}

#[test]
fn the_clock_is_not_read_while_nobody_is_out() {
    let world = World::new(settings(), 2);
    assert_eq!(world.detector.changes(|| panic!("read")), 0);
}
