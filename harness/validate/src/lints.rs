//! Traps: what the resolved model shows and no validator tells (`L-001` …).

use sextant_resources::{Diagnostic, ResourceSet};
use sextant_routing::Options;

/// Every trap that `resources` hold by the rules of `options.profile`.
pub(crate) fn check(_resources: &ResourceSet, _options: &Options) -> Vec<Diagnostic> {
    Vec::new()
}
