//! One file a command. A command returns how it ends; only what it could not do at all is an error.

pub(crate) mod adapter;
pub(crate) mod causes;
pub(crate) mod coverage;
pub(crate) mod dns;
pub(crate) mod endpoints;
pub(crate) mod explain;
pub(crate) mod features;
pub(crate) mod gateway;
pub(crate) mod list;
pub(crate) mod mutants;
pub(crate) mod report;
pub(crate) mod rules;
pub(crate) mod run;
pub(crate) mod schema;
pub(crate) mod validate;
pub(crate) mod vm;

use crate::exit::Exit;

/// Input that cannot be used: everything else that stops a command is trouble of the harness or the machine.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct BadInput(pub(crate) String);

/// The exit status of a command that stopped with `error`.
pub(crate) fn exit_of(error: &anyhow::Error) -> Exit {
    let bad = |cause: &(dyn std::error::Error + 'static)| {
        let dns = cause.downcast_ref::<sextant_fake_dns::cli::CliError>();
        cause.is::<BadInput>()
            || cause.is::<sextant_resources::LoadError>()
            || cause.is::<sextant_scenario::LoadError>()
            || cause.is::<sextant_subjects::AdapterError>()
            || dns.is_some_and(|error| error.exit_code() == 2)
    };
    if error.chain().any(bad) { Exit::BadInput } else { Exit::Inconclusive }
}
