//! `sextant validate`: what is wrong with manifests, without a cluster.

use std::collections::BTreeSet;

use serde::Serialize;
use sextant_resources::{Diagnostic, Loaded, RenderStyle, Severity};
use sextant_routing::{Options, Profile};
use sextant_validate::{Admission, ValidateOptions, validate};

use crate::args::{AdmissionArg, ValidateArgs};
use crate::commands::explain::print;
use crate::exit::Exit;
use crate::manifests;
use crate::terminal::Terminal;

/// The document for programs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Diagnostics<'d> {
    api_version: &'static str,
    kind: &'static str,
    profile: Profile,
    diagnostics: &'d [Diagnostic],
}

/// Prints every finding; fails when one is an error.
pub(crate) fn run(args: &ValidateArgs, terminal: Terminal) -> anyhow::Result<Exit> {
    let loaded = manifests::load(&args.files)?;
    let profile = Profile::from(args.profile);
    let admission = match args.admission {
        None => Admission::of(profile),
        Some(AdmissionArg::Crd) => Admission::Crd,
        Some(AdmissionArg::Webhook) => Admission::Webhook,
    };
    let options = ValidateOptions { admission, routing: Options { profile, ..Options::default() } };
    let diagnostics = validate(&loaded, &options);
    let document =
        Diagnostics { api_version: "sextant.dev/v1alpha1", kind: "Diagnostics", profile, diagnostics: &diagnostics };
    print(&document, |document| table(&loaded, document.diagnostics, terminal), args.output)?;
    let failed = diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    Ok(if failed { Exit::Failed } else { Exit::Passed })
}

/// Each finding on a line of its own with the text it speaks of, and a summary.
fn table(loaded: &Loaded, diagnostics: &[Diagnostic], terminal: Terminal) -> String {
    let style = RenderStyle { color: terminal.color };
    // Place and words stand on one line, as editors and `grep` want them.
    let findings = diagnostics.iter().map(|finding| format!("{finding}\n{}\n\n", finding.render_excerpt(style)));
    let findings: String = findings.collect();
    let count = |severity| diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
    let origins = loaded.resources.iter().map(|(_, origin)| origin.start().file);
    let aside = loaded.set_aside.iter().map(|manifest| manifest.origin.start().file);
    let files: BTreeSet<_> = origins.chain(aside).chain(diagnostics.iter().map(|it| it.place.file.clone())).collect();
    let objects = loaded.resources.len() + loaded.set_aside.len();
    format!(
        "{findings}{}, {} in {} of {}\n",
        many(count(Severity::Error), "error"),
        many(count(Severity::Warning), "warning"),
        many(objects, "object"),
        many(files.len(), "file"),
    )
}

fn many(count: usize, word: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {word}{plural}")
}
