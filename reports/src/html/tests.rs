use sextant_verdict::{Environment, Evidence, Mismatch, Place, RunRecord, ShareRow};

use super::*;

const HOSTILE: &str = "<script>alert('x')</script> & \"more\"";

fn check(verdict: Verdict) -> CheckRecord {
    CheckRecord {
        step: HOSTILE.into(),
        rules: vec!["K-031".into()],
        level: sextant_verdict::Level::Must,
        place: Place::default(),
        what: HOSTILE.into(),
        verdict,
        mismatch: (verdict == Verdict::Fail).then(|| Mismatch {
            expected: HOSTILE.into(),
            observed: HOSTILE.into(),
            nearest: String::new(),
            evidence: vec![Evidence { at: Some(1500), journal: "reply".into(), text: HOSTILE.into() }],
        }),
        statistics: None,
        causes: Vec::new(),
        ruled_out: Vec::new(),
    }
}

fn scenario(id: &str, subject: &str, verdict: Verdict) -> ScenarioRecord {
    let row = ShareRow {
        endpoint: "192.0.2.1:80".into(),
        locality: HOSTILE.into(),
        source: HOSTILE.into(),
        expected: Some(0.25),
        requests: 3,
        observed: 0.75,
        verdict,
    };
    ScenarioRecord {
        id: id.into(),
        title: HOSTILE.into(),
        subject: subject.into(),
        rules: vec!["K-031".into(), "I-062".into()],
        place: Place { file: "scenarios/dns/a.yaml".into(), line: 3, column: 5 },
        verdict,
        reason: String::new(),
        known: None,
        checks: vec![check(verdict)],
        shares: vec![ShareTable { step: "it".into(), rows: vec![row] }],
        requests: 4,
        duration_us: Some(1_000),
        repeat: "sextant run a".into(),
    }
}

fn page(scenarios: Vec<ScenarioRecord>) -> String {
    render(&Report::new(&RunRecord::new(Environment::default(), scenarios))).expect("it is rendered")
}

/// What stands between two tags of HTML that browsers close by themselves is no XML; everything here is closed but these.
fn tags_are_closed(page: &str) {
    let body = page.split("<script>").next().unwrap();
    for tag in [
        "section", "details", "summary", "table", "tr", "td", "dl", "dd", "ul", "li", "svg", "figure", "h1", "h2",
        "h3", "h4", "p",
    ] {
        let opened = body.matches(&format!("<{tag}>")).count() + body.matches(&format!("<{tag} ")).count();
        assert_eq!(opened, body.matches(&format!("</{tag}>")).count(), "{tag}");
    }
}

#[test]
fn text_of_the_record_is_never_html() {
    let page = page(vec![scenario(HOSTILE, HOSTILE, Verdict::Fail)]);
    assert!(!page.contains("alert('x')</script>") && !page.contains("<script>alert"), "{page}");
    assert!(page.contains("&#60;script&#62;alert") || page.contains("&lt;script&gt;alert"), "{page}");
    tags_are_closed(&page);
}

#[test]
fn nothing_is_fetched() {
    let page = page(vec![scenario("a", "reference", Verdict::Pass)]);
    for outside in ["http://", "https://", "src=", "@import", "url(", "<link"] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn subjects_stand_beside_each_other_and_a_scenario_that_one_did_not_run_says_so() {
    let runs = vec![
        scenario("a", "reference", Verdict::Pass),
        scenario("a", "envoy", Verdict::Fail),
        scenario("b", "reference", Verdict::Pass),
    ];
    let page = page(runs);
    assert_eq!(page.matches("<details class=\"row\"").count(), 2, "one for each scenario");
    assert!(page.contains("reference pass</span>") && page.contains("envoy fail</span>"), "{page}");
    assert!(page.contains("envoy not run</span>"), "{page}");
    // The worst verdict is what a filter finds the scenario by.
    assert!(page.contains("data-verdict=\"fail\"") && page.contains("data-words=\"a "), "{page}");
    tags_are_closed(&page);
}

#[test]
fn a_problem_is_told_in_full_and_a_share_is_drawn() {
    let page = page(vec![scenario("a", "reference", Verdict::Fail)]);
    for label in ["rule", "place", "expected", "observed", "nearest", "evidence", "repeat"] {
        assert!(page.contains(&format!("<dt>{label}</dt>")), "{label}");
    }
    assert!(page.contains("width=\"75.0\"") && page.contains("x=\"25.0\""), "observed three quarters, expected one");
    assert!(page.contains("sextant run a"), "{page}");
}

#[test]
fn a_run_of_nothing_is_a_page_too() {
    let page = page(Vec::new());
    assert!(page.contains("no scenario was run"), "{page}");
    tags_are_closed(&page);
}
