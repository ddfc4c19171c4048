//! What a log says while a run goes on.

use rstest::rstest;
use sextant_reports::{Style, progress};
use sextant_verdict::{CheckRecord, Environment, Place, RunEvent, RunRecord, Verdict};

use crate::record::passing;

fn said(event: &RunEvent, style: Style) -> Option<String> {
    progress::line(event).map(|line| line.render(style))
}

fn checked(verdict: Verdict) -> RunEvent {
    RunEvent::Checked {
        id: "ttl".into(),
        subject: "reference".into(),
        check: Box::new(CheckRecord {
            step: "traffic".into(),
            rules: vec!["K-033".into(), "K-039".into()],
            level: sextant_verdict::Level::Must,
            place: Place { file: "scenarios/dns/ttl.yaml".into(), line: 9, column: 5 },
            what: "every reply has status 200".into(),
            verdict,
            mismatch: None,
            statistics: None,
            causes: Vec::new(),
            ruled_out: Vec::new(),
        }),
    }
}

#[rstest]
#[case(RunEvent::RunStarted { total: 4 }, Some("4 scenarios to run"))]
#[case(RunEvent::ScenarioStarted { id: "a".into(), subject: "b".into() }, None)]
#[case(RunEvent::StepStarted { id: "a".into(), subject: "b".into(), step: "c".into() }, None)]
#[case(checked(Verdict::Pass), None)]
#[case(
    checked(Verdict::Fail),
    Some("fail         ttl on reference: every reply has status 200 [K-033, K-039], scenarios/dns/ttl.yaml:9:5")
)]
#[case(
    RunEvent::ScenarioFinished(Box::new(passing("ttl", "dns"))),
    Some("pass         ttl on reference: 10 requests in 0.02 s")
)]
#[case(RunEvent::RunFinished(Box::new(RunRecord::new(Environment::default(), vec![]))), None)]
fn one_line_or_none_per_event(#[case] event: RunEvent, #[case] line: Option<&str>) {
    assert_eq!(said(&event, Style::plain(80)).as_deref(), line);
}

#[test]
fn a_skipped_scenario_says_why() {
    let mut scenario = passing("tls", "tls");
    scenario.verdict = Verdict::Skipped;
    scenario.reason = "no TLS\nat all".into();
    scenario.duration_us = None;
    let line = said(&RunEvent::ScenarioFinished(Box::new(scenario)), Style::plain(80));
    assert_eq!(line.as_deref(), Some("skipped      tls on reference: 10 requests: no TLS\\nat all"));
}

#[test]
fn only_the_verdict_is_coloured() {
    let line = said(&checked(Verdict::Error), Style { colour: true, ..Style::plain(80) }).expect("a line");
    assert!(line.starts_with("\u{1b}[31merror\u{1b}[0m        ttl on"), "{line}");
    assert_eq!(line.matches('\u{1b}').count(), 2);
}
