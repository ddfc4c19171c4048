//! `sextant-dns`: the fake DNS as a small program of its own.

use std::io;
use std::process::ExitCode;

use clap::Parser;
use sextant_fake_dns::cli::{self, Args};

/// A DNS server on loopback that answers what a zone file says, and prints every query.
#[derive(Debug, Parser)]
#[command(name = "sextant-dns", version, max_term_width = 100, after_help = cli::examples("sextant-dns"))]
struct Cli {
    #[command(flatten)]
    args: Args,
}

fn main() -> ExitCode {
    let Cli { args } = Cli::parse();
    tracing_subscriber::fmt().with_writer(io::stderr).with_max_level(tracing::Level::WARN).init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(3, anyhow::Error::new(error).context("cannot start the runtime")),
    };
    match runtime.block_on(cli::run(&args, &mut io::stdout(), &mut io::stderr())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(error.exit_code(), error.into()),
    }
}

fn fail(status: u8, error: anyhow::Error) -> ExitCode {
    eprintln!("error: {error:#}");
    ExitCode::from(status)
}
