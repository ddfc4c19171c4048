//! `sextant run --keep`.

use std::time::Duration;

use clap::Args;

use super::duration;

/// Whether a testbed stays up after its scenario.
#[derive(Debug, Args)]
pub(crate) struct KeepArgs {
    /// Leave the testbed up after the scenario (of several: after the first that does not pass), tell what listens where, and
    /// wait for Ctrl-C, or for this long. Scenarios run one after the other, and those that come later are skipped.
    #[arg(
        long,
        value_name = "TIME",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = FOR_EVER,
        value_parser = limit
    )]
    pub(crate) keep: Option<Limit>,
}

/// What `--keep` without a time stands for.
const FOR_EVER: &str = "forever";

/// How long a testbed is kept; `None` means until it is let go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit(pub(crate) Option<Duration>);

fn limit(text: &str) -> Result<Limit, String> {
    if text == FOR_EVER { Ok(Limit(None)) } else { duration(text).map(|limit| Limit(Some(limit))) }
}
