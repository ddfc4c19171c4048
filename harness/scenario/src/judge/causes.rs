//! Why a promise may have been broken.
//!
//! What is known of the rules that it comes from and what was seen are clues: each speaks for or against a class of
//! causes, with a sentence that says why. The classes are named in the order of what speaks for them, and those that
//! something speaks against and nothing for are ruled out. A scenario is judged in order, so of its first broken promise it
//! is known that every earlier one was kept.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use sextant_verdict::{Cause, CauseRecord, CheckRecord, DnsQuery, Listing, Observations, Verdict};

use super::Judgement;
use crate::view::StepView;

mod answers;
mod before;
mod classes;
mod contents;
mod lists;
mod sightings;
mod statuses;
mod world;

use world::World;

/// Classes that are named at most.
const NAMED: usize = 5;

/// Facts that are told of a class at most.
const FACTS: usize = 2;

/// What a step looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sight<'a> {
    /// Replies, with the journals of their time.
    Replies(&'a Observations),
    /// What the subject says of itself.
    Listing(&'a Listing),
    /// What the fake DNS was asked.
    Queries(&'a [DnsQuery]),
    /// What the fake DNS answers.
    Lookup,
}

/// A fact, and what it says about a class.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Clue {
    class: Cause,
    /// How much it speaks for the class; below zero against it.
    points: i32,
    fact: String,
}

impl Clue {
    fn new(class: Cause, points: i32, fact: impl Into<String>) -> Self {
        Self { class, points, fact: fact.into() }
    }

    /// The same fact for several classes.
    fn each(fact: &str, classes: impl IntoIterator<Item = (Cause, i32)>) -> impl Iterator<Item = Self> {
        classes.into_iter().map(move |(class, points)| Self::new(class, points, fact))
    }
}

/// The judgement with causes at every promise that was broken.
pub(crate) fn told(step: &StepView<'_>, mut judgement: Judgement, sight: Sight<'_>) -> Judgement {
    if judgement.checks.iter().all(|check| check.verdict != Verdict::Fail) {
        return judgement;
    }
    let (causes, ruled_out) = weigh(clues(step, sight));
    for check in judgement.checks.iter_mut().filter(|check| check.verdict == Verdict::Fail) {
        check.causes.clone_from(&causes);
        check.ruled_out.clone_from(&ruled_out);
    }
    judgement
}

/// Looks again at what was told of broken conditions, once everything of a scenario was judged: where requests are not
/// answered as promised either, the condition is not the mistake but tells of it.
pub fn reconsider(checks: &mut [CheckRecord]) {
    let names = |records: &[CauseRecord]| records.iter().any(|record| record.class == Cause::Status);
    let is_broken = |check: &CheckRecord| check.verdict == Verdict::Fail;
    if !checks.iter().any(|check| is_broken(check) && !check.causes.is_empty() && !names(&check.causes)) {
        return;
    }
    for check in checks.iter_mut().filter(|check| is_broken(check) && check.causes.len() > 1) {
        if let Some(place) = check.causes.iter().position(|cause| cause.class == Cause::Status) {
            check.causes.remove(place);
            let because = "something else than conditions is not as promised either".to_owned();
            check.ruled_out.push(CauseRecord { class: Cause::Status, because });
        }
    }
}

fn clues(step: &StepView<'_>, sight: Sight<'_>) -> Vec<Clue> {
    let world = World::of(step);
    let mut clues = classes::of_rules(step.rules(), world.is_changed());
    match sight {
        Sight::Replies(seen) => {
            clues.extend(answers::clues(&world, seen));
            clues.extend(statuses::clues(&world, seen));
            clues.extend(contents::clues(&world, seen));
            clues.extend(before::of_replies(&world, seen));
        }
        Sight::Listing(listing) => {
            clues.extend(lists::clues(&world, listing));
            clues.extend(before::of_listing(&world, listing));
        }
        Sight::Queries(journal) => clues.extend(lists::of_queries(step, journal)),
        Sight::Lookup => clues.push(Clue::new(Cause::DnsAnswer, 1, "the fake DNS itself was asked, not the gateway")),
    }
    clues.extend(world.against());
    clues
}

/// The classes that are likely, and those that are not.
fn weigh(clues: Vec<Clue>) -> (Vec<CauseRecord>, Vec<CauseRecord>) {
    let mut by_class: BTreeMap<Cause, Vec<Clue>> = BTreeMap::new();
    for clue in clues {
        by_class.entry(clue.class).or_default().push(clue);
    }
    let mut likely: Vec<(i32, CauseRecord)> = Vec::new();
    let mut ruled_out = Vec::new();
    for (class, clues) in by_class {
        let score: i32 = clues.iter().map(|clue| clue.points).sum();
        let because = facts(&clues, score > 0);
        let record = CauseRecord { class, because };
        if score > 0 {
            likely.push((score, record));
        } else if !record.because.is_empty() {
            ruled_out.push(record);
        }
    }
    if likely.is_empty() {
        return (left(&ruled_out), ruled_out);
    }
    // Equal scores stay in the order of the classes, in which a request meets them.
    likely.sort_by_key(|(score, _)| Reverse(*score));
    (likely.into_iter().take(NAMED).map(|(_, record)| record).collect(), ruled_out)
}

/// What is not ruled out, when nothing speaks for anything. No fact ever speaks against some classes, so that there is one.
fn left(ruled_out: &[CauseRecord]) -> Vec<CauseRecord> {
    let because = "nothing that was seen speaks for any class, or against this one";
    let open = Cause::ALL.into_iter().filter(|class| ruled_out.iter().all(|record| record.class != *class));
    open.take(NAMED).map(|class| CauseRecord { class, because: because.to_owned() }).collect()
}

/// The weightiest facts for a class, or against it.
fn facts(clues: &[Clue], speak_for: bool) -> String {
    let mut facts: Vec<&Clue> = clues.iter().filter(|clue| (clue.points > 0) == speak_for).collect();
    facts.sort_by_key(|clue| Reverse(clue.points.abs()));
    let mut told: Vec<&str> = Vec::new();
    for clue in facts {
        if told.len() < FACTS && !told.contains(&clue.fact.as_str()) {
            told.push(&clue.fact);
        }
    }
    told.join("; ")
}

#[cfg(test)]
mod tests;
