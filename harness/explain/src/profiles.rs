//! Where the two profiles differ about the same input, and which of their differences is behind it.
//!
//! Nothing is guessed from words: every difference is tried alone. What changes in the same way when kgateway's semantics
//! takes one difference from Istio's is due to that one. What no difference alone brings about is due to those without
//! which Istio's semantics would not show it.

use std::collections::HashMap;
use std::sync::Arc;

use sextant_resources::ResourceSet;
use sextant_routing::{DIFFERENCES, Difference, Options, Profile};

use crate::assemble::explain;
use crate::changes::{Changes, Move};
use crate::compare::compare;
use crate::explanation::Explanation;

/// What the step from kgateway's semantics to Istio's changes for `resources`, with the rules behind each change. The
/// profile of `options` does not matter.
pub fn compare_profiles(resources: &ResourceSet, options: &Options) -> Changes {
    let under = |profile| explain(resources, &Options { profile, semantics: None, ..options.clone() }, &[]);
    let from = under(Profile::Kgateway);
    let mut changes = compare(&from, &under(Profile::Istio));
    if changes.is_empty() {
        return changes;
    }
    let named = || DIFFERENCES.iter().filter(|difference| !difference.rules.is_empty());
    for difference in named() {
        let trial = trial(resources, options, &from, difference, [Profile::Kgateway, Profile::Istio]);
        changes.each(|change, rules| {
            if trial.get(&change.subject).is_some_and(|alone| change.is_made_by(alone)) {
                rules.extend(difference.rules);
            }
        });
    }
    let mut open = Vec::new();
    changes.each(|change, rules| open.extend(rules.is_empty().then_some(change.subject)));
    for difference in named().filter(|_| !open.is_empty()) {
        let trial = trial(resources, options, &from, difference, [Profile::Istio, Profile::Kgateway]);
        changes.each(|change, rules| {
            if open.contains(&change.subject) && change.is_undone_in(trial.get(&change.subject)) {
                rules.extend(difference.rules);
            }
        });
    }
    changes
}

/// What differs from `from` under the semantics of the first profile with one difference as the second has it.
fn trial(
    resources: &ResourceSet,
    options: &Options,
    from: &Explanation,
    difference: &Difference,
    [own, other]: [Profile; 2],
) -> HashMap<String, Move> {
    let mut semantics = own.semantics().clone();
    difference.take(&mut semantics, other.semantics());
    let options = Options { profile: own, semantics: Some(Arc::new(semantics)), ..options.clone() };
    let mut moves = HashMap::new();
    compare(from, &explain(resources, &options, &[])).each(|change, _| {
        moves.insert(change.subject.clone(), change);
    });
    moves
}
