//! Which scenarios are meant: files, folders and ids on the command line, or the whole suite.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Context;
use rust_embed::RustEmbed;
use sextant_scenario::{LoadError, LoadedScenario, Suite, load};
use tempfile::TempDir;

use crate::args::Selection;
use crate::commands::BadInput;
use crate::terminal::Terminal;

/// Where the suite is looked for before the built-in one is taken.
const FOLDER: &str = "scenarios";

/// The suite of this version, so that an installed `sextant` needs no checkout.
#[derive(RustEmbed)]
#[folder = "../../scenarios"]
struct Scenarios;

/// The manifests that the suite refers to, relative to itself.
#[derive(RustEmbed)]
#[folder = "../../fixtures"]
struct Fixtures;

/// The scenarios that a command is about.
pub(crate) struct Selected {
    /// In the order of the command line, then of files.
    pub(crate) scenarios: Vec<LoadedScenario>,
    /// Whether all of them are of the suite, so that their ids alone name them.
    pub(crate) from_suite: bool,
    /// Whether they are all of the suite.
    pub(crate) whole_suite: bool,
    /// Ids of all that were read, whether or not they were then left out.
    ids: BTreeSet<String>,
    /// Whether those of the suite are among them.
    read_suite: bool,
    /// Holds the built-in suite while it is in use.
    _unpacked: Option<TempDir>,
}

impl Selected {
    /// Reads what `selection` names and prints warnings to standard error.
    ///
    /// # Errors
    /// When something cannot be read, is faulty or does not exist, or nothing is left to run.
    pub(crate) fn read(selection: &Selection, terminal: Terminal) -> anyhow::Result<Self> {
        let (paths, ids): (Vec<_>, Vec<_>) =
            selection.scenarios.iter().cloned().partition(|given| Path::new(given).exists() || looks_like_path(given));
        let paths: Vec<PathBuf> = paths.into_iter().map(PathBuf::from).collect();
        let mut unpacked = None;
        let read_suite = paths.is_empty() || !ids.is_empty();
        let mut scenarios = if paths.is_empty() { Vec::new() } else { checked(load(&paths), terminal)? };
        let mut read: BTreeSet<String> = ids_of(&scenarios);
        if read_suite {
            let suite = suite(selection, &mut unpacked, terminal)?;
            read.extend(ids_of(&suite));
            scenarios.extend(pick(suite, &ids)?);
        }
        if let Some(filter) = &selection.filter {
            scenarios.retain(|scenario| filter.admits(scenario));
        }
        if scenarios.is_empty() {
            return Err(BadInput("no scenario is selected; `sextant list` shows what there is".into()).into());
        }
        Ok(Self {
            scenarios,
            from_suite: paths.is_empty() && selection.suite.is_none(),
            whole_suite: selection.scenarios.is_empty() && selection.suite.is_none() && selection.filter.is_none(),
            ids: read,
            read_suite,
            _unpacked: unpacked,
        })
    }

    /// The ids that there are: of what `selection`, which this was read for, names and of the suite.
    ///
    /// # Errors
    /// When the suite cannot be read.
    pub(crate) fn all_ids(&self, selection: &Selection, terminal: Terminal) -> anyhow::Result<BTreeSet<String>> {
        let mut ids = self.ids.clone();
        if !self.read_suite {
            ids.extend(ids_of(&suite(selection, &mut None, terminal)?));
        }
        Ok(ids)
    }
}

fn ids_of(scenarios: &[LoadedScenario]) -> BTreeSet<String> {
    scenarios.iter().map(|loaded| loaded.scenario.id.clone()).collect()
}

/// All of the suite that `selection` means; if it has to be unpacked, `unpacked` holds it.
fn suite(
    selection: &Selection,
    unpacked: &mut Option<TempDir>,
    terminal: Terminal,
) -> anyhow::Result<Vec<LoadedScenario>> {
    let folder = match &selection.suite {
        Some(folder) => folder.clone(),
        None if Path::new(FOLDER).is_dir() => FOLDER.into(),
        None => unpack(unpacked)?,
    };
    checked(load(&[folder]), terminal)
}

/// Whether somebody who typed `text` meant a file: its absence is then reported as such.
fn looks_like_path(text: &str) -> bool {
    text.contains(['/', '\\']) || text.ends_with(".yaml") || text.ends_with(".yml")
}

fn checked(read: Result<Suite, LoadError>, terminal: Terminal) -> anyhow::Result<Vec<LoadedScenario>> {
    match read {
        Ok(suite) => {
            if !suite.warnings.is_empty() {
                anstream::eprintln!("{}", suite.warnings.render(terminal.color));
            }
            Ok(suite.scenarios)
        }
        Err(LoadError::Faulty(findings)) => {
            anstream::eprintln!("{}", findings.render(terminal.color));
            Err(BadInput("the scenarios have faults (above); nothing was run".into()).into())
        }
        Err(error) => Err(error.into()),
    }
}

/// Those of `suite` that `ids` name, all of them when `ids` is empty.
fn pick(suite: Vec<LoadedScenario>, ids: &[String]) -> anyhow::Result<Vec<LoadedScenario>> {
    if ids.is_empty() {
        return Ok(suite);
    }
    ids.iter()
        .map(|id| {
            suite.iter().find(|loaded| loaded.scenario.id == *id).cloned().ok_or_else(|| {
                let nearest = suite
                    .iter()
                    .map(|loaded| loaded.scenario.id.as_str())
                    .max_by(|a, b| strsim::jaro_winkler(a, id).total_cmp(&strsim::jaro_winkler(b, id)));
                let hint = nearest.map_or_else(String::new, |nearest| format!("; did you mean `{nearest}`?"));
                BadInput(format!("`{id}` is neither a file nor the id of a scenario{hint}")).into()
            })
        })
        .collect()
}

/// Writes the built-in suite into a folder of its own and returns where its scenarios are.
fn unpack(unpacked: &mut Option<TempDir>) -> anyhow::Result<PathBuf> {
    let folder =
        tempfile::Builder::new().prefix("sextant-suite-").tempdir().context("cannot unpack the built-in suite")?;
    write_all::<Scenarios>(&folder.path().join("scenarios"))?;
    write_all::<Fixtures>(&folder.path().join("fixtures"))?;
    let scenarios = folder.path().join("scenarios");
    *unpacked = Some(folder);
    Ok(scenarios)
}

fn write_all<Files: RustEmbed>(folder: &Path) -> anyhow::Result<()> {
    for (name, file) in Files::iter().filter_map(|name| Some((name.clone(), Files::get(&name)?))) {
        let path = folder.join(name.as_ref());
        let parent = path.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent)
            .and_then(|()| std::fs::write(&path, file.data))
            .with_context(|| format!("cannot unpack the built-in suite into {}", parent.display()))?;
    }
    Ok(())
}
