//! Every fault of a ledger is told, at its place, with what to do.

use std::collections::BTreeSet;

use rstest::rstest;
use sextant_ledger::{Covers, Ledger, read};
use sextant_scenario::{Findings, Profile};
use sextant_verdict::Explains;

fn ids() -> BTreeSet<String> {
    ["dns-nxdomain", "dns-servfail", "static-endpoints"].map(str::to_owned).into()
}

fn read_here(text: &str) -> Result<Vec<Ledger>, Findings> {
    read("known.yaml", text, Some(&ids()))
}

/// What is wrong, a line per finding: place and code.
fn faults(text: &str) -> Vec<String> {
    let findings = read_here(text).expect_err("it has faults").all;
    for finding in &findings {
        let told = !finding.help.is_empty() || finding.message.contains("must be");
        assert!(told, "{} says not what to do: {}", finding.code, finding.message);
        assert_eq!(&*finding.place.file, "known.yaml");
    }
    findings.iter().map(|it| format!("{}:{} {}", it.place.line, it.place.column, it.code)).collect()
}

/// A ledger of one entry with these lines, which start at line 3.
fn entry(lines: &str) -> String {
    format!("subject: envoy\nentries:\n  - {}\n", lines.replace('\n', "\n    "))
}

const REST: &str = "reason: r\nlink: https://example.com/1\nowner: ann\nexpires: 2027-06-30";

#[test]
fn a_ledger_is_read_with_the_places_of_its_entries() {
    let text = "
subject: envoy
entries:
  - scenario: dns-*
    profile: istio
    reason: It keeps the addresses.
    link: https://example.com/issues/1
    owner: ann
    expires: 2027-06-30
  - rule: K-051
    explains: difference
    reason: It draws lots.
    link: http://example.com/2
    owner: bob
    expires: 2028-02-29
---
subject: reference
entries: []
";
    let ledgers = read_here(text).unwrap();
    let [envoy, reference] = ledgers.as_slice() else { panic!("two ledgers: {ledgers:?}") };
    assert_eq!((envoy.subject.as_str(), reference.subject.as_str()), ("envoy", "reference"));
    assert!(reference.entries.is_empty());
    let [first, second] = envoy.entries.as_slice() else { panic!("two entries: {envoy:?}") };
    assert!(matches!(&first.covers, Covers::Scenario(_)) && matches!(&second.covers, Covers::Rule(_)));
    assert_eq!((first.covers.text(), second.covers.text()), ("dns-*", "K-051"));
    assert_eq!((first.profile, second.profile), (Some(Profile::Istio), None));
    assert_eq!((first.explains, second.explains), (Explains::Failure, Explains::Difference));
    assert_eq!(
        (first.reason.as_str(), first.link.as_str()),
        ("It keeps the addresses.", "https://example.com/issues/1")
    );
    assert_eq!((first.owner.as_str(), first.expires.to_string().as_str()), ("ann", "2027-06-30"));
    assert_eq!((first.place.line, second.place.line), (4, 10));
}

/// An entry counts until the end of its last day.
#[rstest]
#[case("2027-06-29", false)]
#[case("2027-06-30", false)]
#[case("2027-07-01", true)]
fn an_entry_expires_when_its_last_day_is_over(#[case] today: &str, #[case] expired: bool) {
    let ledgers = read_here(&entry(&format!("rule: K-051\n{REST}"))).unwrap();
    assert_eq!(ledgers[0].entries[0].has_expired(today.parse().unwrap()), expired);
}

#[rstest]
#[case::no_document("# nothing\n", &["1:1 empty-file"])]
#[case::no_yaml("subject: [\n", &["1:10 yaml-syntax"])]
#[case::no_mapping("- envoy\n", &["1:1 wrong-type"])]
#[case::no_subject("entries: []\n", &["1:1 missing-field"])]
#[case::empty_subject("subject: ''\nentries: []\n", &["1:10 empty-text"])]
#[case::no_entries("subject: envoy\n", &["1:1 missing-field"])]
#[case::misspelt("subject: envoy\nentry: []\nentries: []\n", &["2:1 unknown-field"])]
#[case::twice("subject: envoy\nsubject: other\nentries: []\n", &["2:1 duplicate-key"])]
fn what_is_no_ledger_is_told(#[case] text: &str, #[case] expected: &[&str]) {
    assert_eq!(faults(text), expected);
}

#[rstest]
#[case::neither("", &["3:5 names-nothing"])]
#[case::both("scenario: dns-servfail\nrule: K-051\n", &["3:5 names-both"])]
#[case::unknown_scenario("scenario: dns-servfial\n", &["3:15 unknown-scenario"])]
#[case::glob_of_nothing("scenario: tls-*\n", &["3:15 unknown-scenario"])]
#[case::bad_glob("scenario: 'dns-['\n", &["3:15 bad-glob"])]
#[case::unknown_rule("rule: K-999\n", &["3:11 unknown-rule"])]
#[case::no_rule("rule: dns\n", &["3:11 unknown-rule"])]
#[case::unknown_profile("rule: K-051\nprofile: envoy\n", &["4:14 unknown-value"])]
#[case::unknown_explains("rule: K-051\nexplains: all\n", &["4:15 unknown-value"])]
#[case::number("scenario: 7\n", &["3:15 wrong-type"])]
#[case::unknown_field("rule: K-051\nreasons: many\n", &["4:5 unknown-field"])]
fn an_entry_names_what_is_there(#[case] lines: &str, #[case] expected: &[&str]) {
    assert_eq!(faults(&entry(&format!("{lines}{REST}"))), expected);
}

#[rstest]
#[case::all_missing("rule: K-051", &["3:5 missing-field"; 4])]
#[case::empty_reason("rule: K-051\nreason: ' '\nlink: https://a.b\nowner: ann\nexpires: 2027-06-30", &["4:13 empty-text"])]
#[case::empty_owner("rule: K-051\nreason: r\nlink: https://a.b\nowner: ''\nexpires: 2027-06-30", &["6:12 empty-text"])]
#[case::no_url("rule: K-051\nreason: r\nlink: issue 7\nowner: ann\nexpires: 2027-06-30", &["5:11 bad-link"])]
#[case::no_host("rule: K-051\nreason: r\nlink: https://\nowner: ann\nexpires: 2027-06-30", &["5:11 bad-link"])]
#[case::no_such_day("rule: K-051\nreason: r\nlink: https://a.b\nowner: ann\nexpires: 2027-02-29", &["7:14 bad-date"])]
#[case::other_order("rule: K-051\nreason: r\nlink: https://a.b\nowner: ann\nexpires: 30.06.2027", &["7:14 bad-date"])]
#[case::a_time("rule: K-051\nreason: r\nlink: https://a.b\nowner: ann\nexpires: 2027-06-30T12:00:00", &["7:14 bad-date"])]
#[case::several("rule: K-999\nreason: ''\nlink: x\nowner: ann\nexpires: soon", &["3:11 unknown-rule", "4:13 empty-text", "5:11 bad-link", "7:14 bad-date"])]
fn an_entry_says_why_and_who_and_until_when(#[case] lines: &str, #[case] expected: &[&str]) {
    assert_eq!(faults(&entry(lines)), expected);
}

/// Every missing field says what belongs there.
#[test]
fn a_missing_field_is_named() {
    let findings = read_here(&entry("rule: K-051")).unwrap_err().render(false);
    for text in ["`reason` is missing", "`link` is missing", "`owner` is missing", "`expires` is missing", "2027-06-30"]
    {
        assert!(findings.contains(text), "`{text}` is not told:\n{findings}");
    }
}

#[rstest]
#[case::the_same("scenario: dns-servfail", "scenario: dns-servfail", true)]
#[case::of_one_profile("scenario: dns-servfail", "scenario: dns-servfail\n    profile: istio", true)]
#[case::the_same_rule("rule: K-051", "rule: K-051", true)]
#[case::of_each_profile("scenario: dns-*\n    profile: kgateway", "scenario: dns-*\n    profile: istio", false)]
#[case::another("scenario: dns-servfail", "scenario: dns-nxdomain", false)]
#[case::narrower("scenario: dns-*", "scenario: dns-nxdomain", false)]
fn what_is_said_twice_is_told(#[case] first: &str, #[case] second: &str, #[case] twice: bool) {
    let rest = REST.replace('\n', "\n    ");
    let text = format!("subject: envoy\nentries:\n  - {first}\n    {rest}\n  - {second}\n    {rest}\n");
    let line = 8 + first.matches('\n').count();
    match read_here(&text) {
        Ok(_) => assert!(!twice, "{text}"),
        Err(findings) => {
            assert!(twice, "{findings}");
            assert_eq!(faults(&text), [format!("{line}:5 duplicate-entry")]);
            assert!(findings.all[0].help.contains("line 3"), "{findings}");
        }
    }
}

/// Of scenarios that nobody listed no name is doubted.
#[test]
fn an_unknown_suite_makes_no_scenario_unknown() {
    let text = entry(&format!("scenario: of-another-version\n{REST}"));
    assert_eq!(faults(&text), ["3:15 unknown-scenario"]);
    assert_eq!(read("known.yaml", &text, None).unwrap()[0].entries.len(), 1);
}

/// What was left out because it was wrong has moved the others: nothing wrong is said of them.
#[test]
fn an_entry_that_is_none_spoils_no_other() {
    let rest = REST.replace('\n', "\n    ");
    let text = format!("subject: envoy\nentries:\n  - just words\n  - rule: K-051\n    {rest}\n");
    assert_eq!(faults(&text), ["3:5 wrong-type"]);
}
