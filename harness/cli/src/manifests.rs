//! Manifests as commands take them: `-f` files, folders, pages and standard input.

use std::io::Read;
use std::path::PathBuf;

use anyhow::Context;
use sextant_resources::{Loaded, RenderStyle, Severity, load_bytes, load_paths};

use crate::commands::BadInput;
use crate::terminal::Terminal;

/// Reads all `files` in order (`-` is standard input) and prints what there is to say about them to standard error.
///
/// # Errors
/// When something cannot be opened, or a diagnostic is an error.
pub(crate) fn read(files: &[String], terminal: Terminal) -> anyhow::Result<Loaded> {
    let loaded = load(files)?;
    let style = RenderStyle { color: terminal.color };
    for diagnostic in loaded.diagnostics.iter().filter(|diagnostic| diagnostic.severity != Severity::Note) {
        anstream::eprintln!("{}\n", diagnostic.render(style));
    }
    match errors(&loaded) {
        0 => Ok(loaded),
        1 => Err(BadInput("the manifests have an error (above); nothing was started".into()).into()),
        n => Err(BadInput(format!("the manifests have {n} errors (above); nothing was started")).into()),
    }
}

/// How many findings about `loaded` are errors.
pub(crate) fn errors(loaded: &Loaded) -> usize {
    loaded.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count()
}

/// Reads all `files` in order; `-` is standard input.
///
/// # Errors
/// When something cannot be opened.
pub(crate) fn load(files: &[String]) -> anyhow::Result<Loaded> {
    let mut loaded = Loaded::default();
    for file in files {
        loaded.extend(if file == "-" {
            let mut bytes = Vec::new();
            std::io::stdin().read_to_end(&mut bytes).context("cannot read standard input")?;
            load_bytes(&"<stdin>".into(), &bytes)
        } else {
            load_paths(&[PathBuf::from(file)])?
        });
    }
    Ok(loaded)
}
