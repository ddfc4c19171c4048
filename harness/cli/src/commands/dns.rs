//! `sextant dns`: the fake DNS alone, the same as `sextant-dns`.

use std::io;

use sextant_fake_dns::cli;

use crate::args::DnsArgs;
use crate::exit::Exit;

/// Serves until Ctrl-C.
pub(crate) async fn run(args: DnsArgs) -> anyhow::Result<Exit> {
    cli::run(&args.inner, &mut io::stdout(), &mut io::stderr()).await?;
    Ok(Exit::Passed)
}
