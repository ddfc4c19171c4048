//! What is said about faults of reading.

use std::sync::Arc;

use sextant_resources::yaml::{Document, Fault, Problem, ReadError, Repeated, Value};
use sextant_resources::{Excerpt, Source};

use crate::finding::{Finding, Severity};
use crate::places::Places;

/// A finding at `excerpt`.
pub(super) fn at(
    excerpt: Excerpt,
    severity: Severity,
    code: &'static str,
    path: &str,
    message: String,
    help: String,
) -> Finding {
    let (path, place) = (path.to_owned(), excerpt.place());
    Finding { severity, code, message, help, object: None, path, place, excerpt: Some(excerpt) }
}

/// A file without any document.
pub(super) fn empty(source: &Arc<Source>) -> Finding {
    let help = "a scenario starts with `apiVersion: sextant.dev/v1alpha1` and `kind: Scenario`";
    let start = source.excerpt(0..0);
    at(start, Severity::Error, "empty-file", "", "the file holds no document".into(), help.into())
}

/// A document that is no YAML.
pub(super) fn syntax(document: &Document, error: &ReadError) -> Finding {
    let message = format!("this is not YAML that can be read: {}", error.message);
    at(document.excerpt(error.span), Severity::Error, "yaml-syntax", "", message, error.help.into())
}

/// A document of another kind: nothing else is said about it, for its fields have another meaning.
pub(super) fn foreign(places: &Places) -> Option<Finding> {
    let tree = places.root();
    let error = |excerpt: Excerpt, message: String, help: &str| {
        Some(at(excerpt, Severity::Error, "not-a-scenario", "kind", message, help.into()))
    };
    if !matches!(tree.value, Value::Map(_)) {
        let message = format!("a scenario is a mapping, but this is {}", tree.value.describe());
        return error(places.name(""), message, "it starts with `apiVersion: sextant.dev/v1alpha1`");
    }
    let help = "manifests belong into another folder and are named under `manifests`";
    match tree.entry("kind").map(|entry| &entry.node.value) {
        Some(Value::Str(kind)) if **kind == *"Scenario" => None,
        Some(Value::Str(kind)) => error(places.value("kind"), format!("the kind is `{kind}`, not `Scenario`"), help),
        Some(_) => error(places.value("kind"), "the kind must be `Scenario`".into(), ""),
        None => error(places.name(""), "`kind: Scenario` is missing".into(), help),
    }
}

/// A key that stands twice in one map; its first use counts.
pub(super) fn duplicate_key(again: &Repeated, places: &Places) -> Finding {
    let message = format!("`{}` is given twice", again.key);
    let line = places.excerpt(again.first).place().line;
    let help = format!("it was already given on line {line}; remove one of them");
    at(places.excerpt(again.again), Severity::Error, "duplicate-key", &again.path, message, help)
}

/// A value that cannot be read as what it must be.
pub(super) fn fault(fault: &Fault, places: &Places) -> Finding {
    let (code, excerpt) = match fault.problem {
        Problem::UnknownField { .. } => ("unknown-field", places.name(&fault.path)),
        Problem::MissingField { .. } => ("missing-field", places.name(&fault.path)),
        Problem::UnknownWord { .. } => ("unknown-value", places.value(&fault.path)),
        Problem::WrongType { .. } | Problem::OutOfRange { .. } => ("wrong-type", places.value(&fault.path)),
        Problem::Refused { .. } => ("invalid-value", places.value(&fault.path)),
    };
    let (message, help) = match &fault.problem {
        Problem::Refused { reason } => in_words(reason),
        _ => (fault.message(), fault.help()),
    };
    at(excerpt, Severity::Error, code, &fault.path, message, help)
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
