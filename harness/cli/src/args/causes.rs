//! `sextant causes`.

use clap::Args;

use super::ListOutput;

pub(super) const CAUSES_EXAMPLES: &str = "\
Examples:
  sextant causes           every class of causes, what is seen then, and where to look
  sextant causes -o json";

/// `sextant causes`.
#[derive(Debug, Args)]
pub(crate) struct CausesArgs {
    /// What to print.
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: ListOutput,
}
