//! Scenario files to scenarios, with every fault of every file reported at once.

use std::collections::BTreeSet;
use std::path::PathBuf;

use sextant_resources::Source;
use sextant_resources::yaml::{self, Decoded, Keys, Reading, Repeated, Rules, Step, format_path, parse_path};

use crate::finding::{Finding, Findings, Severity};
use crate::places::Places;
use crate::{Scenario, lint};

mod files;
mod report;

/// Types of scenarios refuse unknown fields themselves; an empty value is told rather than taken for none.
const RULES: Rules = Rules { null_is_absent: false, most_faults: 100, unread: |_, _| None };

/// Scenarios that were read, and what is to be said about them.
#[derive(Clone, Debug, Default)]
pub struct Suite {
    /// In the order of files, and of documents within a file.
    pub scenarios: Vec<LoadedScenario>,
    /// Warnings; scenarios with errors are not loaded at all.
    pub warnings: Findings,
}

/// A scenario that keeps the rules of the language.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadedScenario {
    /// What it says.
    pub scenario: Scenario,
    /// The file it was read from, as it was named.
    pub file: String,
    /// Where its values stand.
    pub places: Places,
}

/// Why no scenario was loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A path does not exist, cannot be read or is not UTF-8.
    #[error("cannot read {path}", path = path.display())]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A folder holds no scenario.
    #[error("no scenario (*.yaml, *.yml) in {path}", path = path.display())]
    Empty {
        /// The folder as given.
        path: PathBuf,
    },
    /// Files that break the rules of the language. Displayed with excerpts, without colour; see [`Findings::render`].
    #[error("{0}")]
    Faulty(Findings),
}

/// A document on its way to a [`LoadedScenario`].
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) scenario: Scenario,
    pub(crate) file: String,
    pub(crate) places: Places,
    /// Paths of what was left out because it was wrong; nothing may be said about them any more.
    pub(crate) damaged: BTreeSet<String>,
}

/// Reads scenario files. A folder stands for every `*.yaml` and `*.yml` below it, in the order of names; files that end
/// in `.zone.yaml` or `.zone.yml`, and folders named `known-failures`, hold something else and are passed over. A file
/// that is named itself is read whatever it is called. A file that is reached twice is read once.
///
/// Every scenario is checked for what no single value shows: see the table of codes in the crate's documentation.
///
/// # Errors
/// The first path that cannot be read, or else [`LoadError::Faulty`] with every fault of every file, warnings included.
pub fn load(paths: &[PathBuf]) -> Result<Suite, LoadError> {
    let mut texts = Vec::new();
    for path in files::find(paths)? {
        let text =
            std::fs::read_to_string(&path).map_err(|source| LoadError::Unreadable { path: path.clone(), source })?;
        texts.push((path.display().to_string(), text));
    }
    check(&texts, true)
}

/// Reads `text` as if it stood in `file`. Like [`load`] but for the disk: nothing is opened, and manifest files that
/// do not exist are not noticed.
///
/// # Errors
/// [`LoadError::Faulty`] with every fault, warnings included.
pub fn load_text(file: &str, text: &str) -> Result<Suite, LoadError> {
    check(&[(file.to_owned(), text.to_owned())], false)
}

fn check(texts: &[(String, String)], on_disk: bool) -> Result<Suite, LoadError> {
    let mut drafts = Vec::new();
    let mut all = Vec::new();
    for (file, text) in texts {
        read_file(file, text, &mut drafts, &mut all);
    }
    for draft in &drafts {
        all.extend(lint::scenario(draft, on_disk));
    }
    all.extend(lint::suite(&drafts));
    let mut findings = Findings { all };
    findings.sort();
    if findings.has_errors() {
        return Err(LoadError::Faulty(findings));
    }
    let scenarios = drafts
        .into_iter()
        .map(|Draft { scenario, file, places, .. }| LoadedScenario { scenario, file, places })
        .collect();
    Ok(Suite { scenarios, warnings: findings })
}

/// Reads the documents of one file.
fn read_file(file: &str, text: &str, drafts: &mut Vec<Draft>, findings: &mut Vec<Finding>) {
    let source = Source::new(file, text);
    let documents = yaml::documents(&source);
    if documents.is_empty() {
        findings.push(report::empty(&source));
    }
    for document in documents {
        // As text, so that a key that is a number keeps the spelling it has in the file.
        let Reading { root, repeated } = document.read(Keys::AsWritten);
        match root {
            Ok(root) => read_document(file, Places::new(document, root), &repeated, drafts, findings),
            Err(error) => findings.push(report::syntax(&document, &error)),
        }
    }
}

fn read_document(
    file: &str,
    places: Places,
    repeated: &[Repeated],
    drafts: &mut Vec<Draft>,
    findings: &mut Vec<Finding>,
) {
    if let Some(finding) = report::foreign(&places) {
        findings.push(finding);
        return;
    }
    findings.extend(repeated.iter().map(|again| report::duplicate_key(again, &places)));
    let Decoded { value, faults, damaged, .. } = yaml::decode::<Scenario>(places.root(), &RULES);
    findings.extend(faults.iter().map(|fault| report::fault(fault, &places)));
    if let Some(scenario) = value {
        drafts.push(Draft { scenario, file: file.to_owned(), places, damaged });
    }
}

impl Draft {
    /// Whether what stands at `path` is not what its author wrote: it, something in it or something that it lies in
    /// was left out.
    pub(crate) fn is_damaged(&self, path: &str) -> bool {
        let path = self.in_file(path);
        self.damaged.iter().any(|damaged| is_within(damaged, &path) || is_within(&path, damaged))
    }

    /// A finding about the value at `path`.
    pub(crate) fn finding(
        &self,
        severity: Severity,
        code: &'static str,
        path: &str,
        message: String,
        help: String,
    ) -> Finding {
        let path = self.in_file(path);
        report::at(self.places.value(&path), severity, code, &path, message, help)
    }

    /// An error about the key at `path`.
    pub(crate) fn key_error(&self, code: &'static str, path: &str, message: String, help: String) -> Finding {
        let path = self.in_file(path);
        report::at(self.places.name(&path), Severity::Error, code, &path, message, help)
    }

    /// A path through the scenario as a path through its file: where elements of a list were left out, those after
    /// them have other numbers there.
    fn in_file(&self, path: &str) -> String {
        let mut done = Vec::new();
        for step in parse_path(path) {
            done.push(match step {
                Step::Index(number) => Step::Index(self.number_in_file(&format_path(&done), number)),
                key @ Step::Key(_) => key,
            });
        }
        format_path(&done)
    }

    fn number_in_file(&self, list: &str, number: usize) -> usize {
        let is_left = |number: &usize| !self.damaged.contains(&format!("{list}[{number}]"));
        (0..).filter(is_left).nth(number).unwrap_or(number)
    }
}

/// Whether `path` is `ancestor` or lies below it.
fn is_within(path: &str, ancestor: &str) -> bool {
    path.strip_prefix(ancestor)
        .is_some_and(|rest| ancestor.is_empty() || rest.is_empty() || rest.starts_with(['.', '[']))
}

#[cfg(test)]
mod tests;
