//! `sextant validate`.

use clap::{Args, ValueEnum};

use super::{DocumentOutput, ProfileArg};

pub(super) const VALIDATE_EXAMPLES: &str = "\
Examples:
  sextant validate -f manifests/
  sextant validate -f manifests/ --profile istio     what the API server and istiod's webhook refuse
  sextant validate -f manifests/ --as crd            what the API server refuses by the CRD alone
  kustomize build . | sextant validate -f - -o json | jq '.diagnostics[].code'

Exit status: 0 no error (there may be warnings), 1 at least one error, 2 unusable arguments.";

/// `sextant validate`.
#[derive(Debug, Args)]
pub(crate) struct ValidateArgs {
    /// Manifests: a file, a folder, a Markdown page (page.md#heading takes one section) or - for standard input. May be
    /// repeated.
    #[arg(short = 'f', long = "filename", value_name = "PATH", required = true)]
    pub(crate) files: Vec<String>,
    /// Whose semantics decide what a trap is.
    #[arg(long, value_enum, default_value = "kgateway")]
    pub(crate) profile: ProfileArg,
    /// Whose admission is meant [default: crd and webhook for istio; for kgateway, which runs without istiod, crd, and
    /// what only the webhook refuses is a warning].
    #[arg(long = "as", value_name = "LAYER", value_enum)]
    pub(crate) admission: Option<AdmissionArg>,
    /// What to print.
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: DocumentOutput,
}

/// A layer of admission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AdmissionArg {
    /// The API server, by the CRD.
    Crd,
    /// Istiod's webhook.
    Webhook,
}
