//! `sextant report`.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::{PageOutput, duration};
use crate::formats::Format;
use crate::implementation::{ImplementationKey, implementation};

pub(super) const REPORT_EXAMPLES: &str = "\
Examples:
  sextant run --report json=run.json
  sextant report show run.json -v
  sextant report verify run.json
  sextant report diff yesterday.json run.json";

/// What to do with stored records.
#[derive(Debug, Subcommand)]
pub(crate) enum ReportCommand {
    /// Print a stored record again, in any format.
    #[command(after_help = SHOW_EXAMPLES)]
    Show(ShowArgs),
    /// Find whether a stored record was changed since it was written.
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify(VerifyArgs),
    /// Compare two records: what is broken, fixed, slower, newly skipped.
    #[command(after_help = DIFF_EXAMPLES)]
    Diff(DiffArgs),
    /// One table of many subjects and profiles.
    #[command(after_help = MATRIX_EXAMPLES)]
    Matrix(MatrixArgs),
}

const SHOW_EXAMPLES: &str = "\
Examples:
  sextant report show run.json
  sextant report show run.json -o junit > junit.xml
  sextant report show run.json -o json --canonical > run.canonical.json
  sextant report show run.json -o conformance --implementation version=v1.2.3 > conformance.yaml";

/// `sextant report show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The record, as `run -o json` wrote it; - for standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: String,
    /// What to print.
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: Format,
    /// JSON without what differs between equal runs, in the bytes of RFC 8785.
    #[arg(long)]
    pub(crate) canonical: bool,
    /// Only failures and counts.
    #[arg(short, long, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Every check.
    #[arg(short, long)]
    pub(crate) verbose: bool,
    #[doc = include_str!("implementation.txt")]
    #[arg(long, value_name = "KEY=VALUE", value_parser = implementation, value_delimiter = ',')]
    pub(crate) implementation: Vec<(ImplementationKey, String)>,
}

const VERIFY_EXAMPLES: &str = "\
Examples:
  sextant report verify run.json
  sextant report verify --content reformatted.json     white space and the order of fields may differ

A record carries SHA-256 digests of itself: `digest.canonical` of what equal runs have in common, `digest.whole` of
every field. They tell accidents and careless edits. They are no signature: whoever can write the file can write new
digests.

Exit status: 0 every file is as it was written, 1 one was changed or has no digest, 2 one is no record.";

/// `sextant report verify`.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// Records, as `run -o json` wrote them; - for standard input.
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<String>,
    /// Compare the content only: a formatter may have gone over the file.
    #[arg(long)]
    pub(crate) content: bool,
}

const DIFF_EXAMPLES: &str = "\
Examples:
  sextant report diff yesterday.json today.json
  sextant report diff main.json branch.json --strict -o markdown >> $GITHUB_STEP_SUMMARY
  sextant report diff reference.json envoy.json --slower 1.5 --by 50ms

A scenario is the same when its id and its subject are; when each record has one subject, those are compared.
Broken: it fails and did not before, or came to no verdict and was not in trouble before. What a ledger of known
failures covers is told, and breaks nothing.

Exit status: 0 nothing is broken, 1 something is (with --strict also: newly skipped, gone, or new and not passing),
2 a record cannot be read.";

/// `sextant report diff`.
#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The earlier record; - for standard input.
    #[arg(value_name = "BEFORE")]
    pub(crate) before: String,
    /// The later record; - for standard input.
    #[arg(value_name = "AFTER")]
    pub(crate) after: String,
    /// Tell a scenario as slower (or faster) that takes so many times as long ...
    #[arg(long, value_name = "TIMES", default_value_t = 2.0, value_parser = factor)]
    pub(crate) slower: f64,
    /// ... and at least so much longer.
    #[arg(long, value_name = "TIME", default_value = "250ms", value_parser = duration)]
    pub(crate) by: Duration,
    /// Fail as well when a scenario is newly skipped, gone, or new and not passing.
    #[arg(long)]
    pub(crate) strict: bool,
    /// What to print.
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: PageOutput,
}

fn factor(text: &str) -> Result<f64, String> {
    let factor: f64 = text.parse().map_err(|_| format!("`{text}` is not a number such as 1.5"))?;
    if factor.is_finite() && factor >= 1.0 { Ok(factor) } else { Err(format!("{text} is not 1 or more")) }
}

const MATRIX_EXAMPLES: &str = "\
Examples:
  sextant report matrix reference.json envoy.json
  sextant report matrix *.json --by rule -o markdown";

/// `sextant report matrix`.
#[derive(Debug, Args)]
pub(crate) struct MatrixArgs {
    /// Records, as `run -o json` wrote them.
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<String>,
    /// What a row is about.
    #[arg(long, value_enum, default_value = "concept")]
    pub(crate) by: ByArg,
    /// What to print.
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: PageOutput,
}

/// What a row of the matrix is about.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ByArg {
    /// The folder of scenarios.
    Concept,
    /// A rule.
    Rule,
    /// A scenario.
    Scenario,
}
