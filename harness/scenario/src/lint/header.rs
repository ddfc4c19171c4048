//! Version, id, words for people and rule ids.

use std::collections::BTreeSet;

use super::Lint;
use crate::catalogue;
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
        } else if catalogue::covers(rule) && catalogue::rule(rule).is_none() {
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

/// Whether `rule` is written like a rule id; whether there is such a rule is for the rule catalogue to say.
///
/// | id | source |
/// |---|---|
/// | `K-031` | rules of kgateway |
/// | `I-031` | rules of Istio's gateway path |
/// | `E-003` | rows of what was observed on Envoy, in their order |
/// | `V-001` | rows of the table of bad input |
/// | `P-001` | pain points reported by users |
/// | `D-01` | differences between the profiles |
/// | `A-01` | ambiguities that a decision was taken on |
/// | `GW-…` | sections of the Gateway API specification: letters, digits, `.` and `-` |
pub(crate) fn is_rule_id(rule: &str) -> bool {
    let Some((family, number)) = rule.split_once('-') else { return false };
    let digits = |count| number.len() == count && number.bytes().all(|byte| byte.is_ascii_digit());
    match family {
        "K" | "I" | "E" | "V" | "P" => digits(3),
        "D" | "A" => digits(2),
        "GW" => {
            number.starts_with(|first: char| first.is_ascii_alphanumeric())
                && number.chars().all(|character| character.is_ascii_alphanumeric() || ".-".contains(character))
        }
        _ => false,
    }
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

    #[rstest]
    #[case("K-031", true)]
    #[case("I-204", true)]
    #[case("E-003", true)]
    #[case("V-082", true)]
    #[case("P-156", true)]
    #[case("D-29", true)]
    #[case("A-09", true)]
    #[case("GW-HTTPRouteMatch", true)]
    #[case("GW-", false)]
    #[case("GW-a b", false)]
    #[case("K-31", false)]
    #[case("K-0031", false)]
    #[case("D-001", false)]
    #[case("k-031", false)]
    #[case("X-031", false)]
    #[case("K031", false)]
    #[case("K-0३1", false)]
    fn rule_ids_have_their_family_s_form(#[case] rule: &str, #[case] good: bool) {
        assert_eq!(is_rule_id(rule), good);
    }
}
