//! `sextant report show`: a stored record in any format.

use crate::args::report::ShowArgs;
use crate::exit::Exit;
use crate::formats::{self, Look};
use crate::terminal::Terminal;

/// Prints the record. How its run ended is not how this ends: it was asked to show, and did.
pub(crate) fn run(args: &ShowArgs, terminal: Terminal) -> anyhow::Result<Exit> {
    let record = super::stored(&args.file)?.record;
    let look = Look {
        canonical: args.canonical,
        quiet: args.quiet,
        verbose: args.verbose,
        implementation: args.implementation.clone(),
    };
    formats::write(&record, args.output, &look, terminal, &mut std::io::stdout().lock())?;
    Ok(Exit::Passed)
}
