//! Ledgers held against the record of a run.

use std::collections::BTreeSet;

use jiff::civil::Date;
use sextant_scenario::Profile;
use sextant_verdict::{EntryState, Explains, Known, LedgerEntry, RunRecord, ScenarioRecord, Summary, Verdict};

use crate::{Covers, Entry, Ledger};

/// A ledger that is held against a run.
#[derive(Clone, Copy, Debug)]
pub struct Held<'a> {
    /// The ledger.
    pub ledger: &'a Ledger,
    /// What becomes of its entries that cover nothing that ran.
    pub unmatched: Unmatched,
}

/// What becomes of the entries of a ledger that cover nothing that ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmatched {
    /// They are told of.
    Told,
    /// They are passed over, expired or not: somebody ran a part of the suite and did not ask for this ledger.
    PassedOver,
}

/// Marks the scenarios of `record` that `ledgers` speak of, and writes down what it makes of every entry for its profile.
///
/// An entry by scenario explains all trouble of the scenarios that it covers, and each that passes did so unexpectedly. An
/// entry by rule explains the checks that come from the rule, and is not needed when none of them is in trouble and
/// something that the rule is named in passed. A scenario is known when its trouble is explained to the last check. An entry
/// that explains a difference explains no trouble; it is not needed when other subjects ran and `differing`, the ids of
/// scenarios in which subjects differ, has none that it covers. Scenarios that were skipped say nothing.
pub fn hold(record: &mut RunRecord, ledgers: &[Held<'_>], today: Date, differing: &BTreeSet<String>) {
    let subjects: BTreeSet<_> = record.scenarios.iter().map(|scenario| &scenario.subject).collect();
    let compared = subjects.len() > 1;
    let profile = record.environment.profile.clone();
    let mut held_against = Vec::new();
    for held in ledgers {
        let subject = &held.ledger.subject;
        let entries = held.ledger.entries.iter().filter(|entry| is_for(entry, &profile));
        let mut entries: Vec<_> = entries.map(|entry| (entry, known(entry, today))).collect();
        let mine = || record.scenarios.iter().filter(|scenario| scenario.subject == *subject);
        for (entry, known) in &entries {
            let told = told(entry, known, subject, mine(), compared.then_some(differing));
            if !(told.covers.is_empty() && held.unmatched == Unmatched::PassedOver) {
                held_against.push(told);
            }
        }
        entries.sort_by_key(|(entry, known)| (known.expired, entry.breadth()));
        entries.retain(|(entry, _)| entry.explains == Explains::Failure);
        for scenario in record.scenarios.iter_mut().filter(|scenario| scenario.subject == *subject) {
            scenario.known = of_scenario(scenario, &entries);
        }
    }
    held_against.sort_by(|a, b| (&a.subject, &a.known.place).cmp(&(&b.subject, &b.known.place)));
    record.ledger = held_against;
    record.summary = Summary::of(&record.scenarios);
}

fn is_for(entry: &Entry, profile: &str) -> bool {
    entry.profile.is_none_or(|only| match only {
        Profile::Kgateway => profile == "kgateway",
        Profile::Istio => profile == "istio",
    })
}

fn known(entry: &Entry, today: Date) -> Known {
    Known {
        reason: entry.reason.clone(),
        link: entry.link.clone(),
        owner: entry.owner.clone(),
        expires: entry.expires.to_string(),
        expired: entry.has_expired(today),
        place: entry.place.clone(),
    }
}

/// The entry that knows of `scenario`; of several that it takes, the first.
fn of_scenario(scenario: &ScenarioRecord, entries: &[(&Entry, Known)]) -> Option<Known> {
    let covering: Vec<_> = entries.iter().filter(|(entry, _)| entry.covers.covers(scenario)).collect();
    if scenario.verdict == Verdict::Pass {
        let by_id = |(entry, _): &&&(&Entry, Known)| matches!(entry.covers, Covers::Scenario(_));
        return covering.iter().find(by_id).map(|(_, known)| known.clone());
    }
    let mut explaining = Vec::new();
    for check in troubled(scenario) {
        let by = covering.iter().position(|(entry, _)| entry.covers.covers_check(check))?;
        explaining.push(by);
    }
    // One that an entry by scenario covers needs no other, and one without a check to blame is blamed on all its rules.
    let first = explaining.into_iter().min().unwrap_or(0);
    covering.get(first).filter(|_| scenario.in_trouble()).map(|(_, known)| known.clone())
}

/// The checks of `scenario` that keep it from passing.
fn troubled(scenario: &ScenarioRecord) -> impl Iterator<Item = &sextant_verdict::CheckRecord> {
    scenario.checks.iter().filter(|check| !matches!(check.verdict, Verdict::Pass | Verdict::Skipped))
}

/// What the run makes of `entry`. `differing` is `None` when there was nothing to compare.
fn told<'r>(
    entry: &Entry,
    known: &Known,
    subject: &str,
    scenarios: impl Iterator<Item = &'r ScenarioRecord>,
    differing: Option<&BTreeSet<String>>,
) -> LedgerEntry {
    let covered = scenarios.filter(|it| it.verdict != Verdict::Skipped && entry.covers.covers(it));
    let covered: Vec<&ScenarioRecord> = covered.collect();
    let (unneeded, undecided) = match entry.explains {
        Explains::Difference => (agreeing(entry, &covered, differing), differing.is_none()),
        Explains::Failure => passing(entry, &covered),
    };
    let state = if known.expired {
        EntryState::Expired
    } else if covered.is_empty() {
        EntryState::Unmatched
    } else if !unneeded.is_empty() {
        EntryState::UnexpectedPass
    } else if undecided {
        EntryState::Undecided
    } else {
        EntryState::Needed
    };
    let (scenario, rule) = match &entry.covers {
        Covers::Scenario(_) => (Some(entry.covers.text().to_owned()), None),
        Covers::Rule(rule) => (None, Some(rule.clone())),
    };
    LedgerEntry {
        subject: subject.to_owned(),
        scenario,
        rule,
        explains: entry.explains,
        known: known.clone(),
        state,
        covers: covered.iter().map(|it| it.id.clone()).collect(),
        unneeded,
    }
}

/// Those of `covered` that passed although `entry` says that they do not, and whether nothing can be said instead.
fn passing(entry: &Entry, covered: &[&ScenarioRecord]) -> (Vec<String>, bool) {
    let passed = covered.iter().filter(|it| it.verdict == Verdict::Pass).map(|it| it.id.clone()).collect();
    if matches!(entry.covers, Covers::Scenario(_)) {
        return (passed, false);
    }
    let explained = |it: &&ScenarioRecord| {
        it.in_trouble() && (troubled(it).next().is_none() || troubled(it).any(|check| entry.covers.covers_check(check)))
    };
    if covered.iter().any(explained) { (Vec::new(), false) } else { (passed, true) }
}

/// Those of `covered` in which subjects agree, when `entry` says that they do not.
fn agreeing(entry: &Entry, covered: &[&ScenarioRecord], differing: Option<&BTreeSet<String>>) -> Vec<String> {
    let Some(differing) = differing else { return Vec::new() };
    let agree = covered.iter().filter(|it| !differing.contains(&it.id)).map(|it| it.id.clone());
    let agree: Vec<_> = agree.collect();
    // A rule is named in many scenarios, and a difference in one of them is enough.
    if matches!(entry.covers, Covers::Rule(_)) && agree.len() < covered.len() { Vec::new() } else { agree }
}
