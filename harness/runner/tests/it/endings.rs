//! Scenarios that do not come to their end by themselves: the run goes on, the record says why, nothing is left.

use std::time::Duration;

use sextant_runner::RunOptions;
use sextant_verdict::{RunEvent, Verdict};

use crate::proxy::{Conduct, Proxies};
use crate::world::{SEND, is_free, run_all, scenario};

fn short() -> RunOptions {
    RunOptions { scenario_timeout: Duration::from_millis(500), ..RunOptions::default() }
}

#[tokio::test]
async fn a_hang_is_an_error_that_names_the_step() {
    let proxies = Proxies::new(Conduct::Hangs);
    let (record, _) = run_all(vec![scenario("hang", SEND)], proxies.clone(), short()).await;
    let scenario = &record.scenarios[0];
    assert_eq!(scenario.verdict, Verdict::Error);
    assert_eq!(scenario.reason, "the deadline of 500ms passed in step `start`");
    assert!(is_free(proxies.listened()[0]).await, "the proxy still listens");
}

/// What was judged before the hang is not lost.
#[tokio::test]
async fn a_scenario_that_runs_out_of_time_keeps_what_was_judged() {
    let steps = "
  - name: short
    send: { request: { host: a.test }, expect: { status: 200 } }
  - name: long
    hold: { request: { host: a.test }, for: 1m, expect: { status: 200 } }";
    let options = RunOptions { scenario_timeout: Duration::from_secs(5), ..RunOptions::default() };
    let (record, _) = run_all(vec![scenario("long", steps)], Proxies::default(), options).await;
    let scenario = &record.scenarios[0];
    assert_eq!(scenario.verdict, Verdict::Inconclusive, "{scenario:#?}");
    let verdicts: Vec<_> = scenario.checks.iter().map(|check| (check.step.as_str(), check.verdict)).collect();
    assert_eq!(verdicts, [("short", Verdict::Pass), ("long", Verdict::Pass), ("long", Verdict::Inconclusive)]);
    assert!(scenario.reason.contains("12002 requests are sent"), "{}", scenario.reason);
}

#[tokio::test]
async fn a_panic_is_an_error_of_its_scenario_alone() {
    let proxies = Proxies::new(Conduct::Panics);
    let scenarios = vec![scenario("one", SEND), scenario("two", SEND)];
    let (record, events) = run_all(scenarios, proxies.clone(), RunOptions::default()).await;
    assert_eq!(record.summary.error, 2);
    assert_eq!(record.scenarios[0].reason, "panic in step `start`: the proxy is out of its mind");
    assert!(matches!(events.last(), Some(RunEvent::RunFinished(_))));
    for address in proxies.listened() {
        assert!(is_free(address).await, "{address} is still taken");
    }
}

/// The promises were kept; how a subject goes is not judged, and must not take the run with it.
#[tokio::test]
async fn a_subject_that_panics_on_its_way_out_does_no_harm() {
    let scenarios = vec![scenario("one", SEND), scenario("two", SEND)];
    let (record, _) = run_all(scenarios, Proxies::new(Conduct::PanicsOnDrop), RunOptions::default()).await;
    assert_eq!((record.summary.total, record.summary.pass), (2, 2), "{record:#?}");
}

#[tokio::test]
async fn a_subject_that_does_not_stop_is_dropped() {
    let proxies = Proxies::new(Conduct::HangsOnStop);
    let (record, _) = run_all(vec![scenario("one", SEND)], proxies.clone(), RunOptions::default()).await;
    assert_eq!(record.verdict(), Verdict::Pass);
    assert!(is_free(proxies.listened()[0]).await, "the proxy still listens");
}
