//! Who made a gateway, as conformance reports demand it.

use clap::ValueEnum;
use sextant_reports::conformance::Implementation;

use crate::commands::BadInput;

/// A field of the implementation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImplementationKey {
    /// Company, group or person.
    Org,
    /// Name of the project.
    Project,
    /// Page of the project.
    Url,
    /// Version that was tested.
    Version,
    /// Where the maintainers can be reached.
    Contact,
}

/// Reads `key=value`.
pub(crate) fn implementation(text: &str) -> Result<(ImplementationKey, String), String> {
    let (key, value) = text.split_once('=').ok_or_else(|| format!("`{text}` has no `=`; write it like org=acme"))?;
    let known = ImplementationKey::from_str(key, true);
    let key = known.map_err(|_| format!("`{key}` is not org, project, url, version or contact"))?;
    if value.is_empty() { Err(format!("no value after `{text}`")) } else { Ok((key, value.to_owned())) }
}

/// What is known of `subject`, with what was `given` in its place. `sextant` is the version of this program.
pub(crate) fn of(subject: &str, sextant: &str, given: &[(ImplementationKey, String)]) -> Implementation {
    let mut known = match subject {
        "reference" => made("sextant", "sextant", "https://sextant.dev", sextant, "https://sextant.dev"),
        "envoy" => {
            let issues = "https://github.com/envoyproxy/envoy/issues/new/choose";
            made("envoyproxy", "envoy", "https://www.envoyproxy.io", "", issues)
        }
        other => Implementation { project: other.into(), ..Implementation::default() },
    };
    if given.iter().any(|(key, _)| *key == ImplementationKey::Contact) {
        known.contact.clear();
    }
    for (key, value) in given {
        let value = value.clone();
        match key {
            ImplementationKey::Org => known.organization = value,
            ImplementationKey::Project => known.project = value,
            ImplementationKey::Url => known.url = value,
            ImplementationKey::Version => known.version = value,
            ImplementationKey::Contact => known.contact.push(value),
        }
    }
    known
}

/// Finds what a conformance report would lack, before there is a run to report.
///
/// # Errors
/// When there are several subjects, or a field has no value.
pub(crate) fn demand(subjects: &[&str], given: &[(ImplementationKey, String)]) -> Result<(), BadInput> {
    let [subject] = subjects else {
        let why = "a conformance report is about one gateway, and this run has";
        return Err(BadInput(format!("{why} {}: run one of them", listed(subjects))));
    };
    of(subject, env!("CARGO_PKG_VERSION"), given).check(subject).map_err(|error| BadInput(error.to_string()))
}

/// Subjects as a sentence has them.
pub(crate) fn listed(subjects: &[&str]) -> String {
    if subjects.is_empty() { "none".into() } else { subjects.join(", ") }
}

fn made(organization: &str, project: &str, url: &str, version: &str, contact: &str) -> Implementation {
    Implementation {
        contact: vec![contact.into()],
        organization: organization.into(),
        project: project.into(),
        url: url.into(),
        version: version.into(),
    }
}
