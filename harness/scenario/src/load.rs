//! Scenario files to scenarios, with every fault of every file reported at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use crate::finding::{Finding, Findings, Severity};
use crate::places::Places;
use crate::{Scenario, lint};

pub(crate) mod decode;
mod files;
pub(crate) mod path;
mod prune;
mod report;
pub(crate) mod tree;

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
    /// Paths of what was taken out because it was wrong; nothing may be said about them any more.
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
    let told: BTreeSet<&str> = all.iter().map(|finding: &Finding| finding.place.file.as_str()).collect();
    let sources: BTreeMap<_, _> = texts
        .iter()
        .filter(|(file, _)| told.contains(file.as_str()))
        .map(|(file, text)| (file.clone(), Arc::from(text.as_str())))
        .collect();
    let mut findings = Findings { all, sources };
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
    let chunks = tree::documents(text);
    if chunks.is_empty() {
        findings.push(report::empty(file));
    }
    for chunk in chunks {
        match tree::read(chunk) {
            Ok(tree) => read_document(file, tree, drafts, findings),
            Err(error) => findings.push(report::syntax(file, &error)),
        }
    }
}

fn read_document(file: &str, mut tree: tree::Node, drafts: &mut Vec<Draft>, findings: &mut Vec<Finding>) {
    let places = Places::of(file, &tree);
    if let Some(finding) = report::foreign(&tree, &places) {
        findings.push(finding);
        return;
    }
    findings.extend(report::duplicate_keys(file, &mut tree));
    let decoded = prune::decode::<Scenario>(tree);
    findings.extend(decoded.faults.iter().map(|(path, problem)| report::fault(path, problem, &places)));
    if let Some(scenario) = decoded.value {
        let damaged = decoded.damaged.iter().map(ToString::to_string).collect();
        drafts.push(Draft { scenario, file: file.to_owned(), places, damaged });
    }
}

impl Draft {
    /// Whether what stands at `path` is not what its author wrote: it, something in it or something that it lies in
    /// was taken out.
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
        report::at(self.places.value_mark(&path), &self.file, severity, code, &path, message, help)
    }

    /// An error about the key at `path`.
    pub(crate) fn key_error(&self, code: &'static str, path: &str, message: String, help: String) -> Finding {
        let path = self.in_file(path);
        report::at(self.places.name_mark(&path), &self.file, Severity::Error, code, &path, message, help)
    }

    /// A path through the scenario as a path through its file: where elements of a list were taken out, those after
    /// them have other numbers there.
    fn in_file(&self, path: &str) -> String {
        let mut done = String::new();
        let mut rest = path;
        while let Some(start) = rest.find('[') {
            let (before, from) = rest.split_at(start);
            done.push_str(before);
            let end = if from.starts_with("[\"") { key_end(from) } else { from.find(']') };
            let (index, after) = from.split_at(end.map_or(from.len(), |end| end + 1));
            match index[1..].trim_end_matches(']').parse::<usize>() {
                Ok(number) => done = format!("{done}[{}]", self.number_in_file(&done, number)),
                Err(_) => done.push_str(index),
            }
            rest = after;
        }
        done + rest
    }

    fn number_in_file(&self, list: &str, number: usize) -> usize {
        let is_left = |number: &usize| !self.damaged.contains(&format!("{list}[{number}]"));
        (0..).filter(is_left).nth(number).unwrap_or(number)
    }
}

/// Where the `]` of a quoted key is.
fn key_end(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().skip(2).find_map(|(at, character)| {
        let end = character == '"' && !escaped;
        escaped = character == '\\' && !escaped;
        end.then_some(at + 1)
    })
}

/// Whether `path` is `ancestor` or lies below it.
fn is_within(path: &str, ancestor: &str) -> bool {
    path.strip_prefix(ancestor)
        .is_some_and(|rest| ancestor.is_empty() || rest.is_empty() || rest.starts_with(['.', '[']))
}

#[cfg(test)]
mod tests;
