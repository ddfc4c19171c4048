//! Version, id, words for people and rule ids.

use std::collections::BTreeSet;

use sextant_catalogue::{is_rule_id, knows};

use super::Lint;
use crate::model::SCENARIO_API_VERSION;

pub(super) fn check(lint: &mut Lint<'_>) {
    let scenario = &lint.draft.scenario;
    if scenario.api_version != SCENARIO_API_VERSION {
        let message = format_args!("`{}` is not a version of the scenario language", scenario.api_version);
        let message = message.to_string();
        lint.error("wrong-version", "apiVersion", message, format_args!("write `{SCENARIO_API_VERSION}`"));
    }
    if !is_kebab_case(&scenario.id) {
        let message = format!("`{}` cannot be an id", scenario.id);
        lint.error(
            "bad-id",
            "id",
            message,
            "ids are kebab-case: a-z, 0-9 and single hyphens, such as `dns-follows-ttl`",
        );
    }
    for (path, text) in [("title", &scenario.title), ("why", &scenario.why)] {
        if text.trim().is_empty() {
            lint.error(
                "empty-text",
                path,
                format!("`{path}` is empty"),
                "people read it in reports: say it in a sentence",
            );
        }
    }
    if scenario.title.trim().contains('\n') {
        lint.error("long-title", "title", "the title is longer than a line", "put what remains under `why`");
    }
    if scenario.rules.is_empty() {
        lint.error("no-rules", "rules", "no rule is named", "name the rules that the scenario tests, such as `K-031`");
    }
    rules(lint, "rules", &scenario.rules);
    for (index, step) in scenario.steps.iter().enumerate() {
        rules(lint, &format!("steps[{index}].rules"), &step.rules);
    }
}

fn rules(lint: &mut Lint<'_>, path: &str, rules: &[String]) {
    let mut seen = BTreeSet::new();
    for (index, rule) in rules.iter().enumerate() {
        let path = format!("{path}[{index}]");
        if !is_rule_id(rule) {
            let help = "rule ids are K-, I-, E-, V- or P- with three digits, D- or A- with two, or GW- with the name of \
                        a section of the Gateway API, such as `GW-HTTPRouteMatch`";
            lint.error("bad-rule", &path, format!("`{rule}` is not a rule id"), help);
        } else if knows(rule) == Some(false) {
            let help = "`sextant rules` lists them all";
            lint.error("unknown-rule", &path, format!("there is no rule `{rule}`"), help);
        } else if !seen.insert(rule) {
            lint.error("bad-rule", &path, format!("`{rule}` is named twice"), "remove one of them");
        }
    }
}

/// Lower-case words of letters and digits joined by single hyphens.
fn is_kebab_case(id: &str) -> bool {
    id.split('-').all(|word| {
        !word.is_empty() && word.chars().all(|character| character.is_ascii_lowercase() || character.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("static", true)]
    #[case("static-3-endpoints", true)]
    #[case("", false)]
    #[case("-static", false)]
    #[case("static--endpoints", false)]
    #[case("Static", false)]
    #[case("static_endpoints", false)]
    #[case("stätic", false)]
    fn ids_are_kebab_case(#[case] id: &str, #[case] good: bool) {
        assert_eq!(is_kebab_case(id), good);
    }
}
