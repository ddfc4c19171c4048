//! `sextant mutants`.

use clap::Args;

use super::{ListOutput, ProfileArg};

pub(super) const MUTANTS_EXAMPLES: &str = "\
Examples:
  sextant mutants                                    which scenario notices each of them
  sextant mutants weights-ignored --whole            everybody who notices this one
  sextant mutants --profile istio -o json";

/// `sextant mutants`.
#[derive(Debug, Args)]
pub(crate) struct MutantsArgs {
    /// Names of mutants, such as weights-ignored; none means all.
    #[arg(value_name = "MUTANT")]
    pub(crate) ids: Vec<String>,
    /// Only those that are wrong under this profile.
    #[arg(long, value_enum)]
    pub(crate) profile: Option<ProfileArg>,
    /// Run the whole suite on each, instead of stopping when a scenario has noticed.
    #[arg(long)]
    pub(crate) whole: bool,
    /// Mutants that are hunted side by side [default: the number of cores].
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) jobs: Option<u16>,
    /// What to print.
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: ListOutput,
}
