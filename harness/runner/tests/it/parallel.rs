//! Many scenarios at once: nothing is shared, and the record does not show that there were others.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use sextant_runner::{RunOptions, Subject, SubjectError, SubjectFactory, SubjectWorld, run};
use sextant_verdict::{RunEvent, Verdict};
use tokio::sync::Barrier;
use tokio::sync::mpsc::unbounded_channel;
use tokio_util::sync::CancellationToken;

use crate::proxy::{Conduct, Proxies};
use crate::world::{SEND, run_all, scenario};

fn many() -> Vec<sextant_scenario::LoadedScenario> {
    (0..12).map(|number| scenario(&format!("s-{number:02}"), SEND)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parallel_scenarios_share_no_address_and_no_port() {
    /// Remembers every address of a world. All worlds are there at once before any of them goes on.
    struct Watched {
        proxies: Proxies,
        seen: Arc<Mutex<Vec<SocketAddr>>>,
        all_there: Barrier,
    }

    #[async_trait]
    impl SubjectFactory for Watched {
        fn name(&self) -> &str {
            "watched"
        }

        async fn start(&self, world: SubjectWorld) -> Result<Box<dyn Subject>, SubjectError> {
            let mut addresses: Vec<_> = world.plan.entries().into_iter().map(|(_, actual)| actual).collect();
            addresses.push(world.dns);
            self.seen.lock().unwrap().extend(addresses);
            let started = self.proxies.start(world).await;
            self.all_there.wait().await;
            started
        }
    }

    let (proxies, seen) = (Proxies::default(), Arc::new(Mutex::default()));
    let watched = Watched { proxies: proxies.clone(), seen: Arc::clone(&seen), all_there: Barrier::new(12) };
    let (events, _) = unbounded_channel();
    let options = RunOptions { jobs: Some(12), ..RunOptions::default() };
    let record = run(many(), vec![Arc::new(watched)], options, events, CancellationToken::new()).await;
    assert_eq!(record.summary.pass, 12, "{record:#?}");
    let mut all: Vec<SocketAddr> = seen.lock().unwrap().clone();
    all.extend(proxies.listened());
    assert_eq!(all.len(), 12 * 5, "three workloads, the fake DNS and the proxy's listener each");
    assert!(all.iter().all(|address| address.ip().is_loopback()), "{all:?}");
    let distinct: HashSet<_> = all.iter().collect();
    assert_eq!(distinct.len(), all.len(), "an address was used twice: {all:?}");
}

/// Invariant 5.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_5_equal_input_and_seed_give_equal_canonical_records() {
    let steps = r#"
  - lookup: { name: a.test, addresses: [10.0.0.1] }
  - send: { request: { host: a.test }, count: 5, connections: 3, expect: { status: 404 } }
  - hold: { request: { host: a.test }, for: 30ms, expect: { status: 200 } }
  - workload: { endpoint: "10.0.0.1:80", behaviour: { status: 418 } }
  - workload: { endpoint: "10.0.0.2:80", behaviour: { status: 418 } }
  - until: { request: { host: a.test }, within: 5s, inARow: 2, expect: { status: 418 } }"#;
    let mut canonical = Vec::new();
    for jobs in [1, 4] {
        let mut scenarios = many();
        scenarios.push(scenario("mixed", steps));
        let options = RunOptions { jobs: Some(jobs), ..RunOptions::default() };
        let (record, _) = run_all(scenarios, Proxies::default(), options).await;
        let failed: Vec<_> = record.scenarios.iter().filter(|scenario| scenario.verdict != Verdict::Pass).collect();
        assert_eq!(failed.len(), 1, "{failed:#?}");
        canonical.push(serde_json::to_string_pretty(&record.canonical()).unwrap());
    }
    for (one, other) in canonical[0].lines().zip(canonical[1].lines()) {
        assert_eq!(one, other);
    }
    assert_eq!(canonical[0].len(), canonical[1].len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_come_in_an_order_that_can_be_followed() {
    let (record, events) = run_all(many(), Proxies::default(), RunOptions::default()).await;
    assert!(matches!(events.first(), Some(RunEvent::RunStarted { total: 12 })));
    let Some(RunEvent::RunFinished(finished)) = events.last() else { panic!("the end was not told") };
    assert_eq!(**finished, record);
    let mut of: HashMap<&str, Vec<&str>> = HashMap::new();
    for event in &events {
        let (id, what) = match event {
            RunEvent::RunStarted { .. } | RunEvent::RunFinished(_) => continue,
            RunEvent::ScenarioStarted { id, .. } => (id, "started"),
            RunEvent::StepStarted { id, step, .. } => (id, step.as_str()),
            RunEvent::Checked { id, .. } => (id, "checked"),
            RunEvent::ScenarioFinished(record) => (&record.id, "finished"),
        };
        of.entry(id).or_default().push(what);
    }
    assert_eq!(of.len(), 12);
    for told in of.values() {
        assert_eq!(told, &["started", "start", "shares", "checked", "checked", "finished"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_scenario_runs_on_every_subject_and_the_record_is_sorted() {
    struct Named(&'static str, Proxies);

    #[async_trait]
    impl SubjectFactory for Named {
        fn name(&self) -> &str {
            self.0
        }

        async fn start(&self, world: SubjectWorld) -> Result<Box<dyn Subject>, SubjectError> {
            self.1.start(world).await
        }
    }

    let (events, _) = unbounded_channel();
    let subjects: Vec<Arc<dyn SubjectFactory>> = vec![
        Arc::new(Named("second", Proxies::new(Conduct::WrongShare))),
        Arc::new(Named("first", Proxies::default())),
    ];
    let scenarios = vec![scenario("b", SEND), scenario("a", SEND)];
    let record = run(scenarios, subjects, RunOptions::default(), events, CancellationToken::new()).await;
    let all: Vec<_> =
        record.scenarios.iter().map(|record| (record.subject.as_str(), record.id.as_str(), record.verdict)).collect();
    let (pass, fail) = (Verdict::Pass, Verdict::Fail);
    assert_eq!(all, [("first", "a", pass), ("first", "b", pass), ("second", "a", fail), ("second", "b", fail)]);
    assert_eq!((record.environment.profile.as_str(), record.environment.seed), ("kgateway", 1));
    assert!(record.environment.started_at.is_some() && record.environment.duration_us.is_some());
}
