use std::collections::BTreeSet;

use rstest::rstest;
use serde_json::Value;
use sextant_verdict::{CheckRecord, Environment, FeatureRecord, Level, Place, ScenarioRecord, Verdict};

use super::*;

/// `K-` rules are core, `I-` rules extended, the rest says nothing.
fn support(rule: &str) -> Option<Support> {
    match rule.split_once('-')?.0 {
        "K" => Some(Support::Core),
        "I" => Some(Support::Extended),
        _ => None,
    }
}

fn check(rules: &[&str], verdict: Verdict) -> CheckRecord {
    CheckRecord {
        step: "send #1".into(),
        level: Level::Must,
        rules: rules.iter().map(|rule| (*rule).into()).collect(),
        place: Place::default(),
        what: String::new(),
        verdict,
        mismatch: None,
        statistics: None,
        causes: Vec::new(),
        ruled_out: Vec::new(),
    }
}

fn run(id: &str, rules: &[&str], verdict: Verdict, checks: Vec<CheckRecord>) -> ScenarioRecord {
    ScenarioRecord {
        id: id.into(),
        title: String::new(),
        subject: "mine".into(),
        rules: rules.iter().map(|rule| (*rule).into()).collect(),
        place: Place::default(),
        verdict,
        reason: String::new(),
        known: None,
        checks,
        shares: Vec::new(),
        requests: 0,
        repeat: String::new(),
        duration_us: None,
    }
}

fn implementation() -> Implementation {
    Implementation {
        contact: vec!["@someone".into()],
        organization: "acme".into(),
        project: "gate".into(),
        url: "https://gate.example".into(),
        version: "v1.2.3".into(),
    }
}

fn report(runs: Vec<ScenarioRecord>) -> ConformanceReport {
    let environment = Environment { profile: "kgateway".into(), ..Environment::default() };
    let record = RunRecord::new(environment, runs);
    ConformanceReport::new(&record, "mine", implementation(), "2026-11-23T00:00:00Z", support).unwrap()
}

/// Passed, skipped, failed.
type Counts = (u32, u32, u32);

fn counts(statistics: Statistics) -> Counts {
    (statistics.passed, statistics.skipped, statistics.failed)
}

/// Passed, skipped and failed of both levels.
fn of(runs: Vec<ScenarioRecord>) -> (Counts, Option<Counts>) {
    let profile = report(runs).profiles.remove(0);
    (counts(profile.core.statistics), profile.extended.map(|extended| counts(extended.statistics)))
}

#[test]
fn a_scenario_counts_in_each_level_with_its_own_promises() {
    use Verdict::{Fail, Pass, Skipped};
    let mixed = vec![check(&["K-001"], Pass), check(&["I-001"], Fail), check(&[], Pass)];
    assert_eq!(of(vec![run("a", &["K-001", "I-001"], Fail, mixed)]), ((1, 0, 0), Some((0, 0, 1))));
    let core = vec![check(&["K-001", "I-001"], Fail), check(&["P-001"], Pass)];
    assert_eq!(of(vec![run("a", &["K-001"], Fail, core)]), ((0, 0, 1), Some((1, 0, 0))), "the strictest rule decides");
    let unjudged = vec![check(&["K-001"], Pass), check(&["K-001"], Skipped), check(&["I-001"], Skipped)];
    assert_eq!(of(vec![run("a", &["K-001"], Pass, unjudged)]), ((1, 0, 0), Some((0, 1, 0))));
}

#[rstest]
#[case(Verdict::Skipped, (0, 1, 0), Outcome::Partial)]
#[case(Verdict::Inconclusive, (0, 0, 1), Outcome::Failure)]
#[case(Verdict::Error, (0, 0, 1), Outcome::Failure)]
#[case(Verdict::Pass, (1, 0, 0), Outcome::Success)]
fn a_scenario_without_checks_counts_by_its_rules(
    #[case] verdict: Verdict,
    #[case] expected: (u32, u32, u32),
    #[case] outcome: Outcome,
) {
    let report = report(vec![run("a", &["K-001", "I-001"], verdict, Vec::new())]);
    assert_eq!(counts(report.profiles[0].core.statistics), expected);
    assert_eq!(report.profiles[0].core.result, outcome);
    assert_eq!(report.profiles[0].extended, None);
}

#[test]
fn a_scenario_of_another_profile_was_not_left_out() {
    let mut other = run("b", &["K-001"], Verdict::Skipped, Vec::new());
    other.reason = "it holds for profile istio only, and kgateway was asked for".into();
    let report = report(vec![run("a", &["K-001"], Verdict::Pass, Vec::new()), other]);
    assert_eq!(counts(report.profiles[0].core.statistics), (1, 0, 0));
    assert_eq!(report.profiles[0].core.result, Outcome::Success);
}

#[test]
fn trouble_that_no_check_is_blamed_for_touches_every_level() {
    let kept = vec![check(&["K-001"], Verdict::Pass), check(&["I-001"], Verdict::Pass)];
    assert_eq!(of(vec![run("a", &["K-001"], Verdict::Error, kept)]), ((0, 0, 1), Some((0, 0, 1))));
}

#[test]
fn features_are_told_as_probed_and_as_declared_where_no_probe_decided() {
    let feature = |subject: &str, name: &str, declared, probed| FeatureRecord {
        subject: subject.into(),
        name: name.into(),
        declared,
        probed,
        finding: None,
        because: String::new(),
    };
    let mut record = RunRecord::new(Environment::default(), vec![run("a", &["I-001"], Verdict::Pass, Vec::new())]);
    record.features = vec![
        feature("mine", "absent", true, Some(false)),
        feature("mine", "declared", true, None),
        feature("mine", "present", false, Some(true)),
        feature("other", "theirs", true, Some(true)),
    ];
    let report = ConformanceReport::new(&record, "mine", implementation(), "", support).unwrap();
    let extended = report.profiles[0].extended.as_ref().unwrap();
    assert_eq!(extended.supported_features, ["declared", "present"]);
    assert_eq!(extended.unsupported_features, ["absent"]);
}

#[test]
fn the_summary_is_in_upstreams_words() {
    let one = |verdict| vec![run("a", &["K-001"], verdict, Vec::new())];
    let summary = |runs| report(runs).profiles.remove(0).summary;
    assert_eq!(summary(one(Verdict::Pass)), "Core tests succeeded.");
    assert_eq!(summary(one(Verdict::Skipped)), "Core tests partially succeeded with 1 test skips.");
    let mut both = one(Verdict::Fail);
    both.push(run("b", &["I-001"], Verdict::Pass, Vec::new()));
    assert_eq!(summary(both), "Core tests failed with 1 test failures. Extended tests succeeded.");
}

#[test]
fn what_upstream_refuses_is_refused_here_with_advice() {
    let record = RunRecord::new(Environment::default(), vec![run("a", &[], Verdict::Pass, Vec::new())]);
    let told = |subject: &str, implementation| {
        ConformanceReport::new(&record, subject, implementation, "", support).unwrap_err().to_string()
    };
    let nobody = Implementation { contact: Vec::new(), ..implementation() };
    assert_eq!(
        told("mine", nobody),
        "the implementation of `mine` has no contact; give it with --implementation contact=…"
    );
    let nameless = Implementation { organization: String::new(), ..implementation() };
    assert!(told("mine", nameless).contains("has no org;"));
    assert_eq!(told("yours", implementation()), "no scenario ran on `yours`");
}

/// The fields of upstream's types, written down by hand from `conformance/apis/v1/*.go` of the Gateway API v1.6.1: its
/// parser refuses every other one.
#[test]
fn there_is_no_field_that_upstream_does_not_know_and_none_is_missing() {
    let failing = |rule| run("a", &[rule], Verdict::Fail, Vec::new());
    let skipped = |rule| run("b", &[rule], Verdict::Skipped, Vec::new());
    let report = report(vec![failing("K-001"), skipped("K-001"), failing("I-001"), skipped("I-001")]);
    let value = serde_json::to_value(&report).unwrap();
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let known = |fields: &[&str]| fields.iter().map(|field| (*field).to_owned()).collect::<BTreeSet<_>>();
    let top = known(&[
        "apiVersion",
        "kind",
        "implementation",
        "date",
        "gatewayAPIVersion",
        "mode",
        "gatewayAPIChannel",
        "profiles",
    ]);
    assert_eq!(names(&value), top, "succeededProvisionalTests is left out when empty, as upstream does");
    assert_eq!(names(&value["implementation"]), known(&["organization", "project", "url", "version", "contact"]));
    let profile = &value["profiles"][0];
    assert_eq!(names(profile), known(&["name", "summary", "core", "extended"]));
    let status = known(&["result", "statistics", "skippedTests", "failedTests"]);
    assert_eq!(names(&profile["core"]), status);
    assert_eq!(
        names(&profile["extended"]),
        status,
        "supportedFeatures and unsupportedFeatures are left out when empty"
    );
    assert_eq!(names(&profile["core"]["statistics"]), known(&["Passed", "Skipped", "Failed"]));
    assert_eq!(profile["core"]["result"], "failure");
    let words = [Outcome::Success, Outcome::Partial, Outcome::Failure].map(|it| serde_json::to_value(it).unwrap());
    assert_eq!(words, ["success", "partial", "failure"]);
}

/// What the Gateway API's own suite publishes reads as ours, and with a field more it does not.
#[test]
fn a_report_as_upstream_writes_it_is_read_and_an_unknown_field_is_refused() {
    let upstream = r#"
apiVersion: gateway.networking.k8s.io/v1
date: "2026-01-02T03:04:05Z"
gatewayAPIChannel: standard
gatewayAPIVersion: v1.4.0
implementation: {contact: ["@a/b"], organization: o, project: p, url: u, version: v1}
kind: ConformanceReport
mode: default
profiles:
- core: {failedTests: [X], result: failure, skippedTests: [Y], statistics: {Failed: 1, Passed: 0, Skipped: 1}}
  extended:
    result: success
    statistics: {Failed: 0, Passed: 2, Skipped: 0}
    supportedFeatures: [S]
    unsupportedFeatures: [U]
  name: GATEWAY-HTTP
  summary: Core tests failed with 1 test failures. Extended tests succeeded.
succeededProvisionalTests: [T]
"#;
    let read: ConformanceReport = serde_saphyr::from_str(upstream).unwrap();
    assert_eq!(read.profiles[0].extended.as_ref().unwrap().supported_features, ["S"]);
    assert_eq!(read.succeeded_provisional_tests, ["T"]);
    assert!(serde_saphyr::from_str::<ConformanceReport>(&format!("{upstream}metadata: {{}}\n")).is_err());
}

#[test]
fn the_yaml_reads_back_equal_and_dates_stay_text() {
    let report =
        report(vec![run("no", &["K-001"], Verdict::Fail, Vec::new()), run("1e3", &[], Verdict::Pass, Vec::new())]);
    let yaml = report.yaml().unwrap();
    assert_eq!(serde_saphyr::from_str::<ConformanceReport>(&yaml).unwrap(), report);
    assert!(yaml.contains("2026-11-23T00:00:00Z"), "{yaml}");
}
