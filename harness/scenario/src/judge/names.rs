//! Lookups, and the journal of the fake DNS.

use std::collections::BTreeSet;
use std::net::IpAddr;

use sextant_verdict::{DnsQuery, Evidence, LookupAnswer, Mismatch, Verdict};

use super::causes::{self, Sight};
use super::{Judgement, Outcome, evidence, record};
use crate::step::QueryExpectation;
use crate::view::{Action, StepView};

/// Judges a `lookup` step. Other steps give an empty judgement.
///
/// The world is asked here, not the subject. No answer at all is therefore the harness's own failure, unless a fake
/// that drops the query is what the scenario wants to show; it has no way to say so.
pub fn lookup(step: &StepView<'_>, answer: &LookupAnswer) -> Judgement {
    let Action::Lookup(expected) = step.action else { return Judgement::default() };
    let record_type = expected.record_type.as_deref().unwrap_or("A");
    let rcode = expected.rcode.as_deref().unwrap_or("NOERROR");
    let addresses = match &expected.addresses {
        None => String::new(),
        Some(addresses) => format!(" with {}", describe(&addresses.iter().copied().collect())),
    };
    let what = format!("{record_type} {} is {rcode}{addresses}", expected.name);
    let mut mismatch = Mismatch { expected: what.clone(), ..Mismatch::default() };
    let outcome = match &answer.rcode {
        None => {
            mismatch.observed = "no answer came".into();
            Outcome::other(Verdict::Error, mismatch)
        }
        Some(came) => {
            let got: BTreeSet<IpAddr> = answer.addresses.iter().copied().collect();
            let wanted: Option<BTreeSet<IpAddr>> =
                expected.addresses.as_ref().map(|addresses| addresses.iter().copied().collect());
            if came.eq_ignore_ascii_case(rcode) && wanted.as_ref().is_none_or(|wanted| *wanted == got) {
                Outcome::pass()
            } else {
                mismatch.observed = format!("{came} with {}", describe(&got));
                mismatch.nearest = wanted.map(|wanted| difference(&wanted, &got)).unwrap_or_default();
                let text = format!("{record_type} {}: {came} {}", expected.name, answer.records.join(", "));
                mismatch.evidence = vec![Evidence { at: Some(answer.at), journal: "dns".into(), text }];
                Outcome::other(Verdict::Fail, mismatch)
            }
        }
    };
    let judgement = Judgement { checks: vec![record(step, "", what, outcome)], shares: None };
    causes::told(step, judgement, Sight::Lookup)
}

fn describe(addresses: &BTreeSet<IpAddr>) -> String {
    if addresses.is_empty() {
        return "no address".into();
    }
    let texts: Vec<_> = addresses.iter().map(ToString::to_string).collect();
    texts.join(", ")
}

fn difference(wanted: &BTreeSet<IpAddr>, got: &BTreeSet<IpAddr>) -> String {
    let missing = wanted.difference(got).map(|address| format!("{address} is missing"));
    let extra = got.difference(wanted).map(|address| format!("{address} is too much"));
    missing.chain(extra).collect::<Vec<_>>().join("; ")
}

/// Judges a `queries` step. `journal` holds every query of the time that the step is about, but for those that the
/// scenario asked itself with `lookup`: the runner leaves these out, for the promise is about the subject. Other steps
/// give an empty judgement.
pub fn queries(step: &StepView<'_>, journal: &[DnsQuery]) -> Judgement {
    let Action::Queries(expected) = step.action else { return Judgement::default() };
    let mut checks = Vec::new();
    for (index, wanted) in expected.must.iter().enumerate() {
        let least = wanted.at_least.unwrap_or(1) as usize;
        let times = if least == 1 { "once".into() } else { format!("{least} times") };
        let most = wanted.at_most.map_or(usize::MAX, |most| most as usize);
        let limit = wanted.at_most.map(|most| format!(" and at most {most} times")).unwrap_or_default();
        let what = format!("{} is asked at least {times}{limit}", describe_query(wanted));
        let count = journal.iter().filter(|query| is_wanted(query, wanted)).count();
        let outcome =
            if (least..=most).contains(&count) { Outcome::pass() } else { broken(&what, count, wanted, journal) };
        checks.push(record(step, &format!("must[{index}]"), what, outcome));
    }
    for (index, unwanted) in expected.must_not.iter().enumerate() {
        let what = format!("{} is never asked", describe_query(unwanted));
        let count = journal.iter().filter(|query| is_wanted(query, unwanted)).count();
        let outcome = if count == 0 { Outcome::pass() } else { broken(&what, count, unwanted, journal) };
        checks.push(record(step, &format!("mustNot[{index}]"), what, outcome));
    }
    causes::told(step, Judgement { checks, shares: None }, Sight::Queries(journal))
}

fn is_wanted(query: &DnsQuery, wanted: &QueryExpectation) -> bool {
    same_name(&query.name, &wanted.name)
        && wanted.record_type.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(&query.record_type))
}

/// Whether two names are one to DNS: case and a final dot do not matter (RFC 4343).
pub(crate) fn same_name(left: &str, right: &str) -> bool {
    left.trim_end_matches('.').eq_ignore_ascii_case(right.trim_end_matches('.'))
}

fn describe_query(query: &QueryExpectation) -> String {
    match &query.record_type {
        Some(record_type) => format!("{record_type} {}", query.name),
        None => query.name.clone(),
    }
}

fn broken(what: &str, count: usize, wanted: &QueryExpectation, journal: &[DnsQuery]) -> Outcome {
    let of_name: Vec<DnsQuery> = journal.iter().filter(|query| same_name(&query.name, &wanted.name)).cloned().collect();
    let observed = match count {
        0 => "it was not asked".to_owned(),
        1 => "it was asked once".to_owned(),
        count => format!("it was asked {count} times"),
    };
    let others: BTreeSet<_> = journal.iter().map(|query| format!("{} {}", query.record_type, query.name)).collect();
    let nearest = match (of_name.len() - count, count) {
        (0, 0) if others.is_empty() => "nothing was asked at all".to_owned(),
        (0, 0) => format!("asked were {}", others.into_iter().take(5).collect::<Vec<_>>().join(", ")),
        (0, _) => String::new(),
        (other, _) => format!("the name was asked {other} times with another type"),
    };
    // Around the first query that should not be, or the last ones that might have been it.
    let evidence = evidence::last_queries(if of_name.is_empty() { journal } else { &of_name });
    Outcome::other(Verdict::Fail, Mismatch { expected: what.to_owned(), observed, nearest, evidence })
}
