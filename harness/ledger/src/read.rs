//! A file to ledgers.

use std::collections::BTreeSet;

use serde::Deserialize;
use sextant_resources::yaml::{
    self, Decoded, Document, Fault, Keys, Node, Problem, Reading, Repeated, Rules, Span, Value,
};
use sextant_resources::{Excerpt, Source};
use sextant_scenario::{Finding, Findings, Profile, Severity};
use sextant_verdict::{Explains, Place};

use crate::Ledger;
use crate::check;

/// Unknown fields are refused by the types themselves; an empty value is told rather than taken for none.
const RULES: Rules = Rules { null_is_absent: false, most_faults: 100, unread: |_, _| None };

/// What stands where a ledger begins.
const BEGINNING: &str = "a ledger starts with `subject:`, and `entries: []` is an empty one";

/// A ledger as it is written.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct WrittenLedger {
    pub(crate) subject: String,
    pub(crate) entries: Vec<WrittenEntry>,
}

/// An entry as it is written.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct WrittenEntry {
    pub(crate) scenario: Option<String>,
    pub(crate) rule: Option<String>,
    pub(crate) profile: Option<Profile>,
    #[serde(default)]
    pub(crate) explains: Explains,
    pub(crate) reason: String,
    pub(crate) link: String,
    pub(crate) owner: String,
    pub(crate) expires: String,
}

/// A document that was read, and what is wrong with it.
pub(crate) struct Draft<'a> {
    document: &'a Document,
    root: &'a Node,
    damaged: BTreeSet<String>,
    pub(crate) findings: Vec<Finding>,
}

/// Reads `text` as the ledgers in `file`, a document for each. `scenarios` are the ids of all scenarios there are;
/// `None` when nobody knows, and then no name of one is doubted.
///
/// # Errors
/// Every fault of every document; see the table of codes in the crate's documentation.
pub fn read(file: &str, text: &str, scenarios: Option<&BTreeSet<String>>) -> Result<Vec<Ledger>, Findings> {
    let source = Source::new(file, text);
    let mut ledgers = Vec::new();
    let mut findings = Vec::new();
    let documents = yaml::documents(&source);
    if documents.is_empty() {
        let message = "the file holds no ledger".to_owned();
        findings.push(finding(source.excerpt(0..0), "empty-file", "", message, BEGINNING.to_owned()));
    }
    for document in &documents {
        let Reading { root, repeated } = document.read(Keys::AsWritten);
        let root = match root {
            Ok(root) => root,
            Err(error) => {
                let message = format!("this is not YAML that can be read: {}", error.message);
                let help = error.help.to_owned();
                findings.push(finding(document.excerpt(error.span), "yaml-syntax", "", message, help));
                continue;
            }
        };
        if !matches!(root.value, Value::Map(_)) {
            let message = format!("a ledger is a mapping, but this is {}", root.value.describe());
            findings.push(finding(document.excerpt(root.span), "wrong-type", "", message, BEGINNING.to_owned()));
            continue;
        }
        let Decoded { value, faults, damaged, .. } = yaml::decode::<WrittenLedger>(&root, &RULES);
        let mut draft = Draft { document, root: &root, damaged, findings: Vec::new() };
        draft.findings.extend(repeated.iter().map(|again| duplicate_key(document, again)));
        draft.findings.extend(faults.iter().map(|fault| of_fault(document, fault)));
        if let Some(written) = value {
            ledgers.push(check::ledger(&mut draft, written, scenarios));
        }
        findings.append(&mut draft.findings);
    }
    if findings.is_empty() {
        return Ok(ledgers);
    }
    findings.sort_by(|a, b| (&a.place, a.code).cmp(&(&b.place, b.code)));
    Err(Findings { all: findings })
}

impl Draft<'_> {
    /// Whether what stands at `path` is what its author wrote. Elements of a list that was mended have other numbers than
    /// in the file, so that nothing can be said of them.
    pub(crate) fn is_whole(&self, path: &str) -> bool {
        let mended = |damaged: &String| {
            let list = damaged.rfind('[').filter(|_| damaged.ends_with(']'));
            path == damaged || path.starts_with(list.map_or(damaged.as_str(), |list| &damaged[..list]))
        };
        !self.damaged.iter().any(mended)
    }

    /// Where the value at `path` stands, or what it would stand in.
    pub(crate) fn place(&self, path: &str) -> Place {
        let place = self.document.excerpt(self.span(path)).place();
        Place { file: place.file.to_string(), line: place.line, column: place.column }
    }

    /// An error about the value at `path`.
    pub(crate) fn wrong(&mut self, code: &'static str, path: &str, message: String, help: String) {
        if self.is_whole(path) {
            let excerpt = self.document.excerpt(self.span(path));
            self.findings.push(finding(excerpt, code, path, message, help));
        }
    }

    fn span(&self, path: &str) -> Span {
        let steps = yaml::parse_path(path);
        let within = (0..=steps.len()).rev().find_map(|length| self.root.at(&steps[..length]));
        within.unwrap_or(self.root).span
    }
}

fn duplicate_key(document: &Document, again: &Repeated) -> Finding {
    let line = document.excerpt(again.first).place().line;
    let help = format!("it was already given on line {line}; remove one of them");
    let message = format!("`{}` is given twice", again.key);
    finding(document.excerpt(again.again), "duplicate-key", &again.path, message, help)
}

fn of_fault(document: &Document, fault: &Fault) -> Finding {
    let (code, help) = match &fault.problem {
        Problem::UnknownField { .. } => ("unknown-field", fault.help()),
        Problem::MissingField { field } => ("missing-field", missing(field).to_owned()),
        Problem::UnknownWord { .. } => ("unknown-value", fault.help()),
        Problem::WrongType { .. } | Problem::OutOfRange { .. } => ("wrong-type", fault.help()),
        Problem::Refused { .. } => ("invalid-value", fault.help()),
    };
    finding(document.excerpt(fault.span), code, &fault.path, fault.message(), help)
}

/// What to write where `field` is missing.
fn missing(field: &str) -> &'static str {
    match field {
        "subject" => "name the subject whose ledger it is, as after `--subject`, such as `envoy`",
        "entries" => "list what is known; `entries: []` says that nothing is",
        "reason" => "say in a sentence why it fails",
        "link" => "give the URL of the issue or page that says more",
        "owner" => "name who takes care of it",
        "expires" => "give the last day on which it counts, such as 2027-06-30",
        _ => "",
    }
}

fn finding(excerpt: Excerpt, code: &'static str, path: &str, message: String, help: String) -> Finding {
    let (path, place) = (path.to_owned(), excerpt.place());
    Finding { severity: Severity::Error, code, message, help, object: None, path, place, excerpt: Some(excerpt) }
}
