//! `lookup` and `queries`.

use rstest::rstest;
use sextant_verdict::{DnsQuery, LookupAnswer};

use super::*;

fn answer(rcode: Option<&str>, addresses: &[&str]) -> LookupAnswer {
    LookupAnswer {
        at: 7,
        rcode: rcode.map(Into::into),
        addresses: addresses.iter().map(|address| address.parse().unwrap()).collect(),
        records: addresses.iter().map(|address| format!("A {address}")).collect(),
    }
}

fn judge_lookup(rest: &str, answer: &LookupAnswer) -> CheckRecord {
    let loaded = scenario(&format!("    lookup: {{ name: se.example.com{rest} }}"));
    let step = loaded.steps().next().unwrap();
    only(lookup(&step, answer))
}

#[rstest]
#[case::any("", Some("NOERROR"), &["8.8.8.8"], Verdict::Pass)]
#[case::any_of_none("", Some("NOERROR"), &[], Verdict::Pass)]
#[case::these(", addresses: [8.8.8.8, 9.9.9.9]", Some("NOERROR"), &["9.9.9.9", "8.8.8.8"], Verdict::Pass)]
#[case::one_missing(", addresses: [8.8.8.8, 9.9.9.9]", Some("NOERROR"), &["9.9.9.9"], Verdict::Fail)]
#[case::one_too_many(", addresses: [8.8.8.8]", Some("NOERROR"), &["8.8.8.8", "9.9.9.9"], Verdict::Fail)]
#[case::none(", addresses: []", Some("NOERROR"), &[], Verdict::Pass)]
#[case::none_but_some(", addresses: []", Some("NOERROR"), &["8.8.8.8"], Verdict::Fail)]
#[case::no_such_name("", Some("NXDOMAIN"), &[], Verdict::Fail)]
#[case::no_such_name_wanted(", rcode: NXDOMAIN", Some("NXDOMAIN"), &[], Verdict::Pass)]
#[case::name_not_wanted(", rcode: NXDOMAIN", Some("NOERROR"), &["8.8.8.8"], Verdict::Fail)]
#[case::no_answer("", None, &[], Verdict::Error)]
fn the_world_answers_as_promised(
    #[case] rest: &str,
    #[case] rcode: Option<&str>,
    #[case] addresses: &[&str],
    #[case] expected: Verdict,
) {
    assert_eq!(judge_lookup(rest, &answer(rcode, addresses)).verdict, expected);
}

#[test]
fn another_answer_says_what_is_missing_and_what_is_too_much() {
    let check = judge_lookup(", addresses: [8.8.8.8]", &answer(Some("NOERROR"), &["9.9.9.9"]));
    assert_eq!(check.what, "A se.example.com is NOERROR with 8.8.8.8");
    let mismatch = check.mismatch.unwrap();
    assert_eq!(mismatch.observed, "NOERROR with 9.9.9.9");
    assert_eq!(mismatch.nearest, "8.8.8.8 is missing; 9.9.9.9 is too much");
    assert_eq!(mismatch.evidence[0].at, Some(7));
}

fn query(at: u64, name: &str, record_type: &str) -> DnsQuery {
    let (name, record_type) = (name.to_owned(), record_type.to_owned());
    DnsQuery { at, name, record_type, rcode: Some("NOERROR".into()), answers: Vec::new() }
}

fn journal() -> Vec<DnsQuery> {
    vec![query(1, "se.example.com", "A"), query(2, "se.example.com", "AAAA"), query(3, "se.example.com", "A")]
}

fn judge_queries(rest: &str, journal: &[DnsQuery]) -> CheckRecord {
    let loaded = scenario(&format!("    queries: {{ {rest} }}"));
    let step = loaded.steps().next().unwrap();
    only(queries(&step, journal))
}

#[rstest]
#[case::asked("must: [{ name: se.example.com }]", Verdict::Pass)]
#[case::whatever_its_case("must: [{ name: SE.example.com., type: a }]", Verdict::Pass)]
#[case::often_enough("must: [{ name: se.example.com, type: A, atLeast: 2 }]", Verdict::Pass)]
#[case::any_type_counts("must: [{ name: se.example.com, atLeast: 3 }]", Verdict::Pass)]
#[case::not_too_often("must: [{ name: se.example.com, type: A, atMost: 2 }]", Verdict::Pass)]
#[case::too_often("must: [{ name: se.example.com, atMost: 2 }]", Verdict::Fail)]
#[case::not_often_enough("must: [{ name: se.example.com, type: A, atLeast: 3 }]", Verdict::Fail)]
#[case::another_type("must: [{ name: se.example.com, type: MX }]", Verdict::Fail)]
#[case::another_name("must: [{ name: other.example.com }]", Verdict::Fail)]
#[case::never_asked("mustNot: [{ name: other.example.com }]", Verdict::Pass)]
#[case::never_of_that_type("mustNot: [{ name: se.example.com, type: MX }]", Verdict::Pass)]
#[case::asked_although_not("mustNot: [{ name: se.example.com }]", Verdict::Fail)]
#[case::of_a_type_although_not("mustNot: [{ name: se.example.com, type: AAAA }]", Verdict::Fail)]
fn the_journal_holds_what_it_must(#[case] rest: &str, #[case] expected: Verdict) {
    assert_eq!(judge_queries(rest, &journal()).verdict, expected);
}

#[rstest]
#[case(
    "must: [{ name: se.example.com, type: A, atLeast: 3 }]",
    "it was asked 2 times",
    "the name was asked 1 times with another type"
)]
#[case("must: [{ name: other.example.com }]", "it was not asked", "asked were A se.example.com, AAAA se.example.com")]
#[case(
    "mustNot: [{ name: se.example.com, type: AAAA }]",
    "it was asked once",
    "the name was asked 2 times with another type"
)]
fn a_wrong_journal_says_what_was_asked(#[case] rest: &str, #[case] observed: &str, #[case] nearest: &str) {
    let mismatch = judge_queries(rest, &journal()).mismatch.unwrap();
    assert_eq!((mismatch.observed.as_str(), mismatch.nearest.as_str()), (observed, nearest));
    assert!(!mismatch.evidence.is_empty() && mismatch.evidence.len() <= 6);
}

#[test]
fn an_empty_journal_says_so() {
    let mismatch = judge_queries("must: [{ name: se.example.com }]", &[]).mismatch.unwrap();
    assert_eq!(mismatch.nearest, "nothing was asked at all");
}

#[test]
fn every_query_has_a_check_of_its_own() {
    let loaded = scenario(
        "    queries: { must: [{ name: se.example.com }, { name: x.example.com }], mustNot: [{ name: y.example.com }] }",
    );
    let judgement = queries(&loaded.steps().next().unwrap(), &journal());
    let verdicts: Vec<_> = judgement.checks.iter().map(|check| check.verdict).collect();
    assert_eq!(verdicts, [Verdict::Pass, Verdict::Fail, Verdict::Pass]);
}
