//! What is said about faults of reading.

use sextant_verdict::Place;

use super::decode::{Problem, quoted};
use super::path::{Path, Segment};
use super::tree::{Mark, Node, SyntaxError, Value};
use crate::finding::{Finding, Severity, nearest};
use crate::places::Places;

/// A finding at `mark`.
pub(super) fn at(
    mark: Mark,
    file: &str,
    severity: Severity,
    code: &'static str,
    path: &str,
    message: String,
    help: String,
) -> Finding {
    let place = Place { file: file.to_owned(), line: mark.line.max(1), column: mark.column.max(1) };
    Finding { severity, code, message, help, path: path.to_owned(), place, span: mark.span }
}

/// A file without any document.
pub(super) fn empty(file: &str) -> Finding {
    let help = "a scenario starts with `apiVersion: sextant.dev/v1alpha1` and `kind: Scenario`";
    at(Mark::default(), file, Severity::Error, "empty-file", "", "the file holds no document".into(), help.into())
}

/// A document that is no YAML.
pub(super) fn syntax(file: &str, error: &SyntaxError) -> Finding {
    let message = format!("this is not YAML that can be read: {}", error.message);
    at(error.mark.clone(), file, Severity::Error, "yaml-syntax", "", message, String::new())
}

/// A document of another kind: nothing else is said about it, for its fields have another meaning.
pub(super) fn foreign(tree: &Node, places: &Places) -> Option<Finding> {
    let error = |mark: Mark, message: String, help: &str| {
        Some(at(mark, places.file(), Severity::Error, "not-a-scenario", "kind", message, help.into()))
    };
    if !matches!(tree.value, Value::Map(_)) {
        let message = format!("a scenario is a map, but this is {}", tree.value.describe());
        return error(tree.mark.clone(), message, "it starts with `apiVersion: sextant.dev/v1alpha1`");
    }
    let help = "manifests belong into another folder and are named under `manifests`";
    match tree.entry("kind").map(|entry| &entry.node.value) {
        Some(Value::Text(kind)) if kind == "Scenario" => None,
        Some(Value::Text(kind)) => {
            error(places.value_mark("kind"), format!("the kind is `{kind}`, not `Scenario`"), help)
        }
        Some(_) => error(places.value_mark("kind"), "the kind must be `Scenario`".into(), ""),
        None => error(places.name_mark(""), "`kind: Scenario` is missing".into(), help),
    }
}

/// Takes out every key that stands twice in one map, but for its first use, and says so.
pub(super) fn duplicate_keys(file: &str, tree: &mut Node) -> Vec<Finding> {
    let mut findings = Vec::new();
    dedupe(file, &Path::default(), tree, &mut findings);
    findings
}

fn dedupe(file: &str, path: &Path, node: &mut Node, findings: &mut Vec<Finding>) {
    match &mut node.value {
        Value::Map(entries) => {
            let mut first = std::collections::BTreeMap::new();
            entries.retain(|entry| {
                let Some(line) = first.get(&entry.key) else {
                    first.insert(entry.key.clone(), entry.mark.line);
                    return true;
                };
                let message = format!("`{}` is given twice", entry.key);
                let help = format!("it was already given on line {line}; remove one of them");
                let path = path.key(&entry.key).to_string();
                findings.push(at(entry.mark.clone(), file, Severity::Error, "duplicate-key", &path, message, help));
                false
            });
            for entry in entries {
                dedupe(file, &path.key(&entry.key), &mut entry.node, findings);
            }
        }
        Value::List(items) => {
            for item in items {
                dedupe(file, &path.then(Segment::Index(item.index)), &mut item.node, findings);
            }
        }
        _ => {}
    }
}

/// A value that cannot be read as what it must be.
pub(super) fn fault(path: &Path, problem: &Problem, places: &Places) -> Finding {
    let text = path.to_string();
    let (code, message, help) = words(path, problem);
    let mark = match problem {
        Problem::UnknownField { .. } | Problem::MissingField { .. } => places.name_mark(&text),
        _ => places.value_mark(&text),
    };
    at(mark, places.file(), Severity::Error, code, &text, message, help)
}

fn words(path: &Path, problem: &Problem) -> (&'static str, String, String) {
    match problem {
        Problem::UnknownField { field, known } => {
            ("unknown-field", format!("there is no field `{field}` here"), did_you_mean(field, known))
        }
        Problem::UnknownVariant { word, known } => (
            "unknown-value",
            format!("`{word}` is not one of the values that can stand here"),
            did_you_mean(word, known),
        ),
        Problem::MissingField { field } => {
            let holder = if path.0.is_empty() { "the scenario".into() } else { format!("`{path}`") };
            ("missing-field", format!("`{field}` is missing"), format!("add `{field}:` to {holder}"))
        }
        Problem::WrongType { found, unquoted: true, .. } => {
            ("wrong-type", format!("{found} stands where text must stand"), "put it in quotes".into())
        }
        Problem::WrongType { found, expected, .. } => {
            ("wrong-type", format!("{found} stands where {expected} must stand"), String::new())
        }
        Problem::Invalid { message } => {
            let (message, help) = in_words(message);
            ("invalid-value", message, help)
        }
    }
}

/// The messages of other crates' parsers, where they say little to people who write YAML.
fn in_words(message: &str) -> (String, String) {
    if message.contains("socket address") {
        let help = "write address and port in quotes, such as \"1.1.1.1:80\" or \"[2001:db8::1]:80\"";
        return ("this is not an address with a port".into(), help.into());
    }
    if message.contains("IP address") {
        return ("this is not an IP address".into(), "write it without a port, such as 1.1.1.1".into());
    }
    if message.contains("duration") {
        let said = message.rsplit_once("duration format: ").map_or(message, |(_, said)| said);
        return (format!("this is not a duration: {said}"), "write one such as 250ms, 2s or 1m 30s".into());
    }
    (message.to_owned(), String::new())
}

fn did_you_mean(word: &str, known: &[&str]) -> String {
    if known.is_empty() {
        return "nothing may stand here".into();
    }
    match nearest(word, known) {
        Some(nearest) => format!("did you mean `{nearest}`? Known here: {}", quoted(known)),
        None => format!("known here: {}", quoted(known)),
    }
}
