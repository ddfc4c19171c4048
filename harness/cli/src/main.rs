//! The `sextant` command: arguments, wiring, exit statuses.

mod args;
mod commands;
mod exit;
mod filter;
mod formats;
mod implementation;
mod interrupt;
mod keep;
mod ledgers;
mod manifests;
mod progress;
mod suite;
mod terminal;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use tracing_subscriber::EnvFilter;

use args::{AddressesArg, Cli, Command};
use exit::Exit;
use terminal::Terminal;

// The gateway and the probe allocate per request; this halves what that costs.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let terminal = Terminal::new(cli.color);
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_env("SEXTANT_LOG").unwrap_or_else(|_| EnvFilter::new("off")))
        .with_writer(std::io::stderr)
        .with_ansi(terminal.color)
        .init();
    match run(cli.command, terminal) {
        Ok(exit) => exit.into(),
        Err(error) => {
            anstream::eprintln!("{}error{}: {error:#}", ERROR.render(), ERROR.render_reset());
            commands::exit_of(&error).into()
        }
    }
}

const ERROR: anstyle::Style = anstyle::AnsiColor::Red.on_default().bold();

fn run(command: Command, terminal: Terminal) -> anyhow::Result<Exit> {
    match command {
        Command::Run(args) => {
            if args.addresses == Some(AddressesArg::Netns) {
                // Before the runtime has its threads.
                sextant_runner::netns::enter()?;
            }
            block_on(commands::run::run(args, terminal))
        }
        Command::List(args) => commands::list::run(&args, terminal),
        Command::Rules(args) => commands::rules::run(&args, terminal),
        Command::Coverage(args) => commands::coverage::run(&args, terminal),
        Command::Mutants(args) => block_on(commands::mutants::run(args, terminal)),
        Command::Report(command) => commands::report::run(command, terminal),
        Command::Features(args) => block_on(commands::features::run(args, terminal)),
        Command::Adapter(command) => block_on(commands::adapter::run(command, terminal)),
        Command::Causes(args) => commands::causes::run(&args, terminal),
        Command::Gateway(args) => block_on(commands::gateway::run(args, terminal)),
        Command::Explain(args) => commands::explain::run(&args, terminal),
        Command::Endpoints(args) => block_on(commands::endpoints::run(args, terminal)),
        Command::Validate(args) => commands::validate::run(&args, terminal),
        Command::Dns(args) => block_on(commands::dns::run(args)),
        Command::Vm(args) => block_on(commands::vm::run(args)),
        Command::Schema { of } => commands::schema::run(of),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "sextant", &mut std::io::stdout());
            Ok(Exit::Passed)
        }
    }
}

fn block_on(future: impl Future<Output = anyhow::Result<Exit>>) -> anyhow::Result<Exit> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(future)
}
