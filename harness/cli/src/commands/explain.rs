//! `sextant explain`: where traffic goes and why, without a cluster and without a socket.

use std::io::{ErrorKind, Write};

use serde::Serialize;
use sextant_explain::explain;
use sextant_reports::Style;
use sextant_routing::Options;

use crate::args::{DocumentOutput, ExplainArgs};
use crate::commands::BadInput;
use crate::exit::Exit;
use crate::manifests;
use crate::terminal::Terminal;

/// Prints the explanation of what could be read.
pub(crate) fn run(args: &ExplainArgs, terminal: Terminal) -> anyhow::Result<Exit> {
    let loaded = manifests::load(&args.files)?;
    let explanation = explain(&loaded.resources, &options(args), &loaded.diagnostics);
    print(&explanation, || explanation.render(style(terminal)), args.output)?;
    match manifests::errors(&loaded) {
        0 => Ok(Exit::Passed),
        1 => Err(BadInput("the manifests have an error; only what could be read is explained".into()).into()),
        n => Err(BadInput(format!("the manifests have {n} errors; only what could be read is explained")).into()),
    }
}

fn options(args: &ExplainArgs) -> Options {
    let defaults = Options::default();
    Options {
        profile: args.profile.into(),
        gateway: (&args.identity).into(),
        list_unmatched: args.all,
        list_foreign: if args.all { usize::MAX } else { defaults.list_foreign },
        ..defaults
    }
}

fn style(terminal: Terminal) -> Style {
    Style { width: terminal.width, colour: terminal.color, unicode: true }
}

fn print(document: &impl Serialize, table: impl FnOnce() -> String, output: DocumentOutput) -> anyhow::Result<()> {
    let text = match output {
        DocumentOutput::Table => table(),
        DocumentOutput::Json => serde_json::to_string_pretty(document)? + "\n",
        DocumentOutput::Yaml => serde_saphyr::to_string(document)?,
    };
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        // Whoever reads has seen enough: `sextant explain … | head`.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}
