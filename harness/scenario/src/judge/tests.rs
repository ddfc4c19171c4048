//! Observations written by hand, and the verdicts that the promises' words demand.

use sextant_verdict::{CheckRecord, Failure, FailureSide, Observations, Reply, ReplyOutcome, Verdict, WorkloadRequest};

use super::*;
use crate::{LoadedScenario, ScenarioWorkload, load_text};

mod beside_http;
mod listings;
mod lookups;
mod promises;
mod properties;
mod share_checks;
mod waits;

/// Three machines in two localities, `a` and `b` in the first; line 15 is the first of `step`.
fn scenario(step: &str) -> LoadedScenario {
    let text = format!(
        "apiVersion: sextant.dev/v1alpha1
kind: Scenario
id: test
title: test
why: test
rules: [K-031]
manifests: []
workloads:
  - {{ endpoint: '1.1.1.1:80', name: a, locality: r1/z1 }}
  - {{ endpoint: '2.2.2.2:80', name: b, locality: r1/z1 }}
  - {{ endpoint: '3.3.3.3:80', name: c, locality: r3/z3 }}
steps:
  - name: step
    rules: [K-080]
{step}
"
    );
    load_text("test.yaml", &text).expect("the scenario is well formed").scenarios.remove(0)
}

/// A `send` step of `count` requests with these promises.
fn send(count: u32, expect: &str) -> LoadedScenario {
    scenario(&format!(
        "    send:\n      request: {{ host: a.example.com }}\n      count: {count}\n      expect: {expect}"
    ))
}

const ALL: Abilities = Abilities::ALL;

/// Judges the first step by what it saw.
fn judge_first(loaded: &LoadedScenario, seen: &Observations) -> Judgement {
    let step = loaded.steps().next().expect("there is a step");
    replies(&step, &ALL, seen)
}

/// What comes of a request.
#[derive(Clone, Copy, Debug)]
enum Came {
    /// 200 from 1.1.1.1:80, 2.2.2.2:80 or 3.3.3.3:80.
    A,
    B,
    C,
    /// The gateway's own reply.
    Own(u16),
    Broken,
    HarnessBroken,
}

/// Observations of requests sent one after the other, each taking 10 µs, with the workloads' journal that fits.
fn saw(loaded: &LoadedScenario, came: &[Came]) -> Observations {
    let mut seen = Observations::default();
    for (number, came) in came.iter().enumerate() {
        let at = number as u64 * 10;
        let workload = |index: usize| &loaded.scenario.workloads[index];
        let outcome = match came {
            Came::A => answer(&mut seen, workload(0), at),
            Came::B => answer(&mut seen, workload(1), at),
            Came::C => answer(&mut seen, workload(2), at),
            Came::Own(status) => ReplyOutcome::Response {
                status: *status,
                source: None,
                reason: Some("NoEndpoints".into()),
                headers: [("server".into(), "gateway".into())].into(),
                body: "no healthy upstream".into(),
            },
            Came::Broken => failed(FailureSide::Gateway, "connection refused"),
            Came::HarnessBroken => failed(FailureSide::Harness, "no file descriptors left"),
        };
        seen.replies.push(Reply { number: number as u64, connection: 0, sent_at: at, done_at: at + 9, outcome });
    }
    seen
}

fn answer(seen: &mut Observations, workload: &ScenarioWorkload, at: u64) -> ReplyOutcome {
    seen.workloads.push(WorkloadRequest {
        at: at + 5,
        endpoint: workload.endpoint,
        method: "GET".into(),
        host: "a.example.com:8080".into(),
        path: "/".into(),
        protocol: "HTTP/1.1".into(),
        headers: [("host".into(), "a.example.com:8080".into()), ("x-tag".into(), "a, b".into())].into(),
        tls: None,
    });
    let body = format!("Response from Pod IP: {}", workload.endpoint.ip());
    let headers = [("x-from".into(), workload.endpoint.to_string()), ("server".into(), "gateway".into())].into();
    ReplyOutcome::Response { status: 200, source: Some(workload.source()), reason: None, headers, body }
}

fn failed(side: FailureSide, message: &str) -> ReplyOutcome {
    ReplyOutcome::Failed(Failure { side, message: message.into() })
}

/// The only check of a judgement.
fn only(judgement: Judgement) -> CheckRecord {
    let mut checks = judgement.checks;
    assert_eq!(checks.len(), 1, "{checks:#?}");
    checks.remove(0)
}

/// Verdict of the only check.
fn verdict(loaded: &LoadedScenario, came: &[Came]) -> Verdict {
    only(judge_first(loaded, &saw(loaded, came))).verdict
}

/// How the only check was broken.
fn mismatch(loaded: &LoadedScenario, came: &[Came]) -> Mismatch {
    only(judge_first(loaded, &saw(loaded, came))).mismatch.expect("it is not kept")
}
