//! `sextant adapter`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::ListOutput;

pub(super) const ADAPTER_EXAMPLES: &str = "\
Examples:
  sextant adapter certify adapter.yaml               whether it speaks the protocol, in 10 s at most
  sextant run --subject exec:adapter.yaml            and then the suite";

/// What to do with adapters of your own.
#[derive(Debug, Subcommand)]
pub(crate) enum AdapterCommand {
    /// Check that an adapter does what the protocol says, in 10 seconds at most.
    #[command(after_help = CERTIFY_EXAMPLES)]
    Certify(CertifyArgs),
}

const CERTIFY_EXAMPLES: &str = "\
Examples:
  sextant adapter certify harness/subjects/adapters/nginx/adapter.yaml
  sextant adapter certify adapter.yaml -o json | jq '.checks[] | select(.outcome == \"wrong\")'

Exit status: 0 nothing is wrong, 1 something is, 2 the adapter file cannot be used.";

/// `sextant adapter certify`.
#[derive(Debug, Args)]
pub(crate) struct CertifyArgs {
    /// The adapter file (`sextant schema adapter`).
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// What to print.
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: ListOutput,
}
