//! `sextant report`.

use clap::{Args, Subcommand};

use crate::formats::Format;

pub(super) const REPORT_EXAMPLES: &str = "\
Examples:
  sextant run --report json=run.json
  sextant report show run.json -v
  sextant report verify run.json";

/// What to do with stored records.
#[derive(Debug, Subcommand)]
pub(crate) enum ReportCommand {
    /// Print a stored record again, in any format.
    #[command(after_help = SHOW_EXAMPLES)]
    Show(ShowArgs),
    /// Find whether a stored record was changed since it was written.
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify(VerifyArgs),
}

const SHOW_EXAMPLES: &str = "\
Examples:
  sextant report show run.json
  sextant report show run.json -o junit > junit.xml
  sextant report show run.json -o json --canonical > run.canonical.json";

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
