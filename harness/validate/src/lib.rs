//! What is wrong with manifests: what validators refuse or warn of, and the traps that none of them tells.
//!
//! [`validate`] takes what was loaded and gives back every finding: the loader's own, the rows of the bad-input table
//! ([`sextant_catalogue::rows`], `V-001` …) and the traps ([`sextant_catalogue::lints`], `L-001` …). Pure: no I/O, no
//! clock, no chance.
//!
//! ```
//! use sextant_resources::{Severity, load_text};
//! use sextant_validate::{ValidateOptions, validate};
//!
//! let loaded = load_text(&"se.yaml".into(), "
//! apiVersion: networking.istio.io/v1
//! kind: ServiceEntry
//! metadata: {name: a, namespace: ns}
//! spec:
//!   hosts: ['*']
//!   ports: [{number: 80, name: http, protocol: HTTP}]
//! ");
//! let findings = validate(&loaded, &ValidateOptions::default());
//! assert_eq!((findings[0].code, findings[0].severity), ("V-003", Severity::Error));
//! assert_eq!(findings[0].place.to_string(), "se.yaml:6:11");
//! ```

mod admission;
mod finding;
mod lints;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use sextant_resources::{Diagnostic, Loaded, ObjectRef, Severity};
use sextant_routing::{Options, Profile};

/// How to validate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ValidateOptions {
    /// Whose admission is meant.
    pub admission: Admission,
    /// Whose semantics decide what a trap is, for which gateway.
    pub routing: Options,
}

/// Whose admission an object has to pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Admission {
    /// The API server's by the CRD; what only istiod's webhook would refuse or warn of is a warning. That is how it
    /// stands where Istio's CRDs are installed and istiod is not.
    #[default]
    CrdAdvised,
    /// The API server's by the CRD, and nothing else.
    Crd,
    /// The webhook's alone.
    Webhook,
    /// Both: the stricter one counts.
    Both,
}

impl Admission {
    /// What is usual where `profile` runs: kgateway runs without istiod.
    pub fn of(profile: Profile) -> Self {
        match profile {
            Profile::Kgateway => Self::CrdAdvised,
            Profile::Istio => Self::Both,
        }
    }
}

/// Every finding about `loaded`, notes aside, by file in the order read, line and column.
///
/// Where a row of the bad-input table says what the loader says of the same field, the row counts alone.
pub fn validate(loaded: &Loaded, options: &ValidateOptions) -> Vec<Diagnostic> {
    let mut findings = admission::check(loaded, options.admission);
    let told: HashSet<(Option<ObjectRef>, String)> =
        findings.iter().map(|finding| (finding.object.clone(), finding.path.clone())).collect();
    let of_loader = loaded.diagnostics.iter().filter(|diagnostic| diagnostic.severity != Severity::Note);
    let repeats = |diagnostic: &&Diagnostic| told.contains(&(diagnostic.object.clone(), diagnostic.path.clone()));
    findings.extend(of_loader.filter(|diagnostic| !repeats(diagnostic)).cloned());
    findings.extend(lints::check(&loaded.resources, &options.routing));
    sort(&mut findings, loaded);
    findings
}

/// Files in the order in which they were read, then by line and column; findings of one place by code.
fn sort(findings: &mut [Diagnostic], loaded: &Loaded) {
    let mut files: HashMap<Arc<str>, usize> = HashMap::new();
    let origins = loaded.resources.iter().map(|(_, origin)| origin.start().file);
    let told = loaded.diagnostics.iter().map(|diagnostic| Arc::clone(&diagnostic.place.file));
    let aside = loaded.set_aside.iter().map(|manifest| manifest.origin.start().file);
    for file in told.chain(aside).chain(origins) {
        let next = files.len();
        files.entry(file).or_insert(next);
    }
    findings.sort_by(|a, b| {
        let key =
            |finding: &Diagnostic| (files.get(&finding.place.file).copied(), finding.place.line, finding.place.column);
        key(a).cmp(&key(b)).then_with(|| a.code.cmp(b.code)).then_with(|| a.message.cmp(&b.message))
    });
}
