//! Ctrl-C: what runs is ended, what waits is not begun, and nothing is left behind.

use std::sync::Arc;
use std::time::Duration;

use sextant_runner::{RunOptions, run};
use sextant_verdict::{RunEvent, Verdict};
use tokio::sync::mpsc::unbounded_channel;
use tokio_util::sync::CancellationToken;

use crate::proxy::{Conduct, Proxies};
use crate::world::{SEND, is_free, scenario};

#[tokio::test]
async fn a_cancelled_run_ends_what_runs_and_says_what_was_not_run() {
    let proxies = Proxies::new(Conduct::NeverAnswers);
    let scenarios = (0..5).map(|number| scenario(&format!("s-{number}"), SEND)).collect();
    let (events, mut received) = unbounded_channel();
    let cancel = CancellationToken::new();
    let options = RunOptions { jobs: Some(2), request_timeout: Duration::from_secs(50), ..RunOptions::default() };
    let running = tokio::spawn(run(scenarios, vec![Arc::new(proxies.clone())], options, events, cancel.clone()));
    let mut sending = 0;
    while sending < 2 {
        if let Some(RunEvent::StepStarted { step, .. }) = received.recv().await {
            sending += usize::from(step == "shares");
        }
    }
    cancel.cancel();
    let record = running.await.unwrap();
    let verdicts: Vec<_> = record.scenarios.iter().map(|scenario| (scenario.id.as_str(), scenario.verdict)).collect();
    let (running, waiting) = (Verdict::Inconclusive, Verdict::Skipped);
    assert_eq!(verdicts, [("s-0", running), ("s-1", running), ("s-2", waiting), ("s-3", waiting), ("s-4", waiting)]);
    assert_eq!(record.scenarios[0].reason, "the run was cancelled in step `shares`");
    assert_eq!(record.scenarios[2].reason, "the run was cancelled before it started");
    let listened = proxies.listened();
    assert_eq!(listened.len(), 2);
    for address in listened {
        assert!(is_free(address).await, "{address} is still taken");
    }
}

/// When `run` returns, the runtime has nothing left to do but the task that asks.
#[tokio::test]
async fn no_task_is_left_after_a_run() {
    let before = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    for conduct in [Conduct::Good, Conduct::Panics, Conduct::NoListener] {
        let (events, received) = unbounded_channel();
        drop(received);
        let scenarios = vec![scenario("one", SEND), scenario("two", SEND)];
        let proxies: Arc<Proxies> = Arc::new(Proxies::new(conduct));
        let record = run(scenarios, vec![proxies], RunOptions::default(), events, CancellationToken::new()).await;
        assert_eq!(record.summary.total, 2);
        let alive = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
        // Tasks that were told to end may need another turn to be gone.
        for _ in 0..1000 {
            if alive() <= before {
                break;
            }
            tokio::task::yield_now().await;
        }
        assert_eq!(alive(), before, "{conduct:?} left tasks behind");
    }
}

#[tokio::test]
async fn a_run_that_is_dropped_leaves_no_port() {
    let proxies = Proxies::new(Conduct::NeverAnswers);
    let (events, mut received) = unbounded_channel();
    let running = run(
        vec![scenario("one", SEND)],
        vec![Arc::new(proxies.clone())],
        RunOptions::default(),
        events,
        CancellationToken::new(),
    );
    {
        let mut running = std::pin::pin!(running);
        loop {
            tokio::select! {
                _ = &mut running => panic!("nothing answers, so it cannot be done"),
                event = received.recv() => {
                    if matches!(event, Some(RunEvent::StepStarted { step, .. }) if step == "shares") {
                        break;
                    }
                }
            }
        }
    }
    let address = proxies.listened()[0];
    let freed = async {
        while !is_free(address).await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), freed).await.expect("the port is still taken");
}
