//! `sextant run`: what is known to fail.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::civil::Date;

/// Which ledgers of known failures are used, and how strictly.
#[derive(Debug, Args)]
#[command(next_help_heading = "What counts")]
pub(crate) struct LedgerArgs {
    /// Ledger of known failures, instead of the one that comes with its subject; `-` for none at all. May be repeated, for
    /// several subjects.
    #[arg(long = "known-failures", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// What fails the run: only rules that every gateway must keep, or also those that it should.
    #[arg(long, value_enum, default_value = "should")]
    pub(crate) level: CountsArg,
    /// End with status 1 as well when subjects differ and no ledger says why.
    #[arg(long)]
    pub(crate) fail_on_difference: bool,
    /// Day that entries expire by [default: today in UTC].
    #[arg(long, value_name = "YYYY-MM-DD", hide = true)]
    pub(crate) today: Option<Date>,
    /// The same for reproducible builds: seconds since 1970.
    #[arg(long, value_name = "SECONDS", env = "SOURCE_DATE_EPOCH", hide = true, conflicts_with = "today")]
    pub(crate) source_date_epoch: Option<i64>,
}

/// How much a rule has to bind for a failure to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CountsArg {
    /// Rules that every gateway of the profile must keep.
    Must,
    /// Also rules that every gateway should keep.
    Should,
}
