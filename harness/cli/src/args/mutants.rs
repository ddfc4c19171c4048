//! `sextant mutants`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::ProfileArg;

pub(super) const MUTANTS_EXAMPLES: &str = "\
Examples:
  sextant mutants --check                            every mutant is noticed, and every scenario notices one
  sextant mutants                                    a scenario that notices, for each of them
  sextant mutants weights-ignored --whole            everybody who notices this one
  sextant mutants --profile istio -o markdown
  sextant mutants --update harness/mutants/kills.yaml   after new scenarios or mutants";

/// `sextant mutants`.
#[derive(Debug, Args)]
pub(crate) struct MutantsArgs {
    /// Names of mutants, such as weights-ignored; none means all.
    #[arg(value_name = "MUTANT")]
    pub(crate) ids: Vec<String>,
    /// Only those that are wrong under this profile.
    #[arg(long, value_enum)]
    pub(crate) profile: Option<ProfileArg>,
    /// Run every scenario that can notice a mutant, instead of stopping when one has.
    #[arg(long)]
    pub(crate) whole: bool,
    /// Also demand that every scenario notices a mutant, but for the stated liveness checks; fails when one does not.
    #[arg(long, conflicts_with_all = ["ids", "profile", "whole"])]
    pub(crate) check: bool,
    /// Do what --check does, and write to FILE which scenario noticed which mutant: where --check looks first.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["ids", "profile", "whole"])]
    pub(crate) update: Option<PathBuf>,
    /// Mutants that are hunted side by side [default: four times the number of cores].
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) jobs: Option<u16>,
    /// What to print.
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: MutantsOutput,
}

/// What `mutants` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MutantsOutput {
    /// A table for people.
    Table,
    /// A JSON object: `mutants`, and under --check `idle`, the scenarios that notice nothing.
    Json,
    /// The table as Markdown, with links.
    Markdown,
}
