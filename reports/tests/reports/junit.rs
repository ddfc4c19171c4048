//! JUnit is well-formed XML whatever the record holds. It is read with a parser that is not the writer's.

use proptest::prelude::*;
use roxmltree::{Document, Node};
use sextant_reports::{Report, junit};
use sextant_verdict::{RunRecord, ScenarioRecord, Verdict};

use crate::record::{passing, record};

fn xml(record: &RunRecord) -> String {
    let mut out = Vec::new();
    junit::write(&Report::new(record), &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("XML is UTF-8")
}

fn elements<'a>(document: &'a Document<'_>, name: &'a str) -> impl Iterator<Item = Node<'a, 'a>> {
    document.descendants().filter(move |node| node.has_tag_name(name))
}

proptest! {
    #![proptest_config(crate::record::cases())]

    #[test]
    fn any_record_is_well_formed_and_complete(record in record()) {
        let text = xml(&record);
        let document = Document::parse(&text).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let count = |name| elements(&document, name).count() as u64;
        prop_assert_eq!(count("testcase"), record.summary.total);
        let of = |wanted: &dyn Fn(&ScenarioRecord) -> bool| record.scenarios.iter().filter(|it| wanted(it)).count() as u64;
        let known = |it: &ScenarioRecord| it.known.as_ref().is_some_and(|known| !known.expired) && it.verdict != Verdict::Pass;
        let stale = |it: &ScenarioRecord| it.known.is_some() && !known(it);
        let failed = of(&|it| stale(it) || (it.known.is_none() && it.verdict == Verdict::Fail));
        let undecided = of(&|it| it.known.is_none() && matches!(it.verdict, Verdict::Error | Verdict::Inconclusive));
        prop_assert_eq!(count("failure"), failed);
        prop_assert_eq!(count("error"), undecided);
        prop_assert_eq!(count("skipped"), of(&|it| known(it) || (it.known.is_none() && it.verdict == Verdict::Skipped)));
    }

    #[test]
    fn plain_text_comes_back_unchanged(id in "[ -~]{1,40}", title in "[ -~éß世]{0,40}") {
        let mut scenario = passing("x", "dns");
        scenario.id = id.clone();
        scenario.title = title.clone();
        let text = xml(&RunRecord::new(sextant_verdict::Environment::default(), vec![scenario]));
        let document = Document::parse(&text).expect("well-formed");
        let case = elements(&document, "testcase").next().expect("one case");
        prop_assert_eq!(case.attribute("name"), Some(id.as_str()));
        let property = elements(&document, "property").find(|node| node.attribute("name") == Some("title"));
        prop_assert_eq!(property.and_then(|node| node.attribute("value")), Some(title.as_str()));
    }
}

#[test]
fn control_characters_are_written_out_not_lost() {
    let mut scenario = passing("x", "dns");
    scenario.verdict = Verdict::Fail;
    scenario.reason = "body \u{1b}]0;title\u{7}\u{0} and the rest\u{ffff}".into();
    let text = xml(&RunRecord::new(sextant_verdict::Environment::default(), vec![scenario]));
    let document = Document::parse(&text).expect("well-formed");
    let failure = elements(&document, "failure").next().expect("one failure");
    let shown = "body \\u{1b}]0;title\\u{7}\\u{0} and the rest\\u{ffff}";
    assert_eq!(failure.attribute("message"), Some(shown));
    assert!(failure.text().expect("text").contains(shown), "{text}");
}

#[test]
fn a_suite_per_subject_and_a_class_per_folder() {
    let mut other = passing("two", "dns/life");
    other.subject = "envoy-1.40".into();
    let text = xml(&RunRecord::new(sextant_verdict::Environment::default(), vec![passing("one", "static"), other]));
    let document = Document::parse(&text).expect("well-formed");
    let suites: Vec<_> = elements(&document, "testsuite").map(|node| node.attribute("name").expect("a name")).collect();
    let classes: Vec<_> =
        elements(&document, "testcase").map(|node| node.attribute("classname").expect("one")).collect();
    assert_eq!(suites, ["envoy-1.40", "reference"]);
    assert_eq!(classes, ["envoy-1_40.dns.life", "reference.static"]);
}

#[test]
fn inconclusive_is_an_error_of_its_own_type() {
    let mut scenario = passing("x", "dns");
    scenario.verdict = Verdict::Inconclusive;
    scenario.reason = "never converged".into();
    let text = xml(&RunRecord::new(sextant_verdict::Environment::default(), vec![scenario]));
    assert!(text.contains(r#"<error message="never converged" type="inconclusive">"#), "{text}");
}
