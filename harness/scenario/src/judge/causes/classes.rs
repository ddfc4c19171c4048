//! What is typically wrong where a promise that comes from a rule is broken.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use sextant_verdict::Cause;

use super::Clue;

/// Points of the first class of a rule, where it is the only rule.
const FIRST: i32 = 6;

type Classes = Vec<(RuleRange, Vec<Cause>)>;

/// Rules from the first to the last, both included; one rule is both.
#[derive(Clone, Debug, PartialEq, Eq)]
struct RuleRange {
    first: String,
    last: String,
}

static CLASSES: LazyLock<Classes> = LazyLock::new(|| read(FILE));

const FILE: &str = include_str!("classes.yaml");

/// Does not fail: a test reads the file.
fn read(text: &str) -> Classes {
    let by_rule: BTreeMap<String, Vec<Cause>> = serde_saphyr::from_str(text).unwrap_or_default();
    by_rule.into_iter().map(|(rules, classes)| (RuleRange::of(&rules), classes)).collect()
}

impl RuleRange {
    fn of(text: &str) -> Self {
        let (first, last) = text.split_once("..").unwrap_or((text, text));
        Self { first: first.to_owned(), last: last.to_owned() }
    }

    /// Ids of a family have the same number of digits, so that they sort as their numbers do.
    fn has(&self, rule: &str) -> bool {
        *self.first <= *rule && *rule <= *self.last
    }
}

/// The classes of a rule, the likeliest first; those of a report are those of the rules behind it. Empty for a rule that
/// says nothing about gateways.
fn of(rule: &str) -> Vec<Cause> {
    if let Some(pain) = sextant_catalogue::pain(rule) {
        let mut classes: Vec<Cause> = Vec::new();
        for class in pain.rules.iter().flat_map(|rule| of(rule)) {
            if !classes.contains(&class) {
                classes.push(class);
            }
        }
        return classes;
    }
    CLASSES.iter().find(|(range, _)| range.has(rule)).map(|(_, classes)| classes.clone()).unwrap_or_default()
}

/// Who speaks: rules that say the same of different gateways, and what was measured and reported of them, have one voice
/// together. The Gateway API has another, and so have rules that are named beside others, since they say of anything
/// that it follows changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Voice {
    Gateways,
    GatewayApi,
    Changes,
}

fn voice(rule: &str, classes: &[Cause]) -> Voice {
    match classes.first() {
        Some(Cause::Stale) => Voice::Changes,
        _ if rule.starts_with("GW-") => Voice::GatewayApi,
        _ => Voice::Gateways,
    }
}

/// Whether a rule has something to say: what follows changes says nothing where none was made.
fn speaks(rule: &str, classes: &[Cause], changed: bool) -> bool {
    !classes.is_empty() && (changed || voice(rule, classes) != Voice::Changes)
}

/// What the rules of a promise say before anything is seen. The more rules a promise comes from, the less each
/// says. `changed` is whether manifests were changed before the step.
pub(super) fn of_rules(rules: &[String], changed: bool) -> Vec<Clue> {
    let told: Vec<(&String, Vec<Cause>)> =
        rules.iter().map(|rule| (rule, of(rule))).filter(|(rule, classes)| speaks(rule, classes, changed)).collect();
    let mut voices: BTreeMap<Voice, usize> = BTreeMap::new();
    for (rule, classes) in &told {
        *voices.entry(voice(rule, classes)).or_default() += 1;
    }
    let mut by_class: BTreeMap<Cause, (f64, Vec<&str>)> = BTreeMap::new();
    for (rule, classes) in &told {
        let members = voices.get(&voice(rule, classes)).copied().unwrap_or(1);
        let mut share = f64::from(FIRST) / (voices.len() * members) as f64;
        for class in classes {
            let (points, named) = by_class.entry(*class).or_default();
            *points += share;
            if !named.contains(&rule.as_str()) {
                named.push(rule);
            }
            share /= 2.0;
        }
    }
    let clue = |(class, (points, named)): (Cause, (f64, Vec<&str>))| {
        let are = if named.len() == 1 { "is" } else { "are" };
        let points = (points.round() as i32).max(1);
        Clue::new(class, points, format!("{} {are} about it", named.join(", ")))
    };
    by_class.into_iter().map(clue).collect()
}

#[cfg(test)]
mod tests {
    use sextant_catalogue::{Evidence, rules};

    use super::*;

    #[test]
    fn the_file_can_be_read_and_names_rules_once() {
        let ranges: Vec<RuleRange> = serde_saphyr::from_str::<BTreeMap<String, Vec<Cause>>>(FILE)
            .unwrap()
            .keys()
            .map(|key| RuleRange::of(key))
            .collect();
        for range in &ranges {
            assert!(
                sextant_catalogue::is_rule_id(&range.first) && sextant_catalogue::is_rule_id(&range.last),
                "{range:?}"
            );
            let twice = ranges.iter().filter(|other| other.has(&range.first)).count();
            assert_eq!(twice, 1, "{range:?} overlaps another");
        }
    }

    #[test]
    fn every_rule_that_a_gateway_can_break_has_a_class() {
        let shown =
            |evidence: &Evidence| matches!(evidence, Evidence::Traffic | Evidence::Endpoints | Evidence::Status);
        for rule in rules().filter(|rule| rule.shown_by.iter().any(shown)) {
            assert!(!of(&rule.id).is_empty(), "{} has no class", rule.id);
        }
    }

    /// K-055 is about weights; P-048 about Services of type ExternalName, so about references.
    #[test]
    fn a_rule_speaks_for_its_classes_and_many_rules_share_one_voice() {
        let alone = of_rules(&["K-055".to_owned()], false);
        assert_eq!(alone, [Clue::new(Cause::Weight, FIRST, "K-055 is about it")]);
        let two = of_rules(&["K-055".to_owned(), "K-051".to_owned()], false);
        assert_eq!(
            two.iter().map(|clue| (clue.class, clue.points)).collect::<Vec<_>>(),
            [(Cause::Port, 3), (Cause::Weight, 3)]
        );
    }
}
