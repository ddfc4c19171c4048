//! `sextant explain`: where traffic goes and why, without a cluster and without a socket.

use std::io::{ErrorKind, Write};

use serde::Serialize;
use sextant_explain::{Explanation, Request, compare, explain, walk};
use sextant_reports::Style;
use sextant_resources::Loaded;
use sextant_routing::Options;
use sextant_validate::{Admission, ValidateOptions, validate};

use crate::args::{DocumentOutput, ExplainArgs};
use crate::commands::BadInput;
use crate::exit::Exit;
use crate::manifests;
use crate::terminal::Terminal;

/// Prints what is asked for, about all that could be read.
pub(crate) fn run(args: &ExplainArgs, terminal: Terminal) -> anyhow::Result<Exit> {
    let style = Style { width: terminal.width, colour: terminal.color, unicode: true };
    if !args.from.is_empty() {
        return changes(args, style);
    }
    if let Some(text) = &args.request {
        return request(text, args, style);
    }
    let loaded = manifests::load(&args.files)?;
    let explanation = explained(&loaded, args);
    print(&explanation, |document| document.render(style), args.output)?;
    end(&[loaded], Exit::Passed)
}

/// `--request …`
fn request(text: &str, args: &ExplainArgs, style: Style) -> anyhow::Result<Exit> {
    let request = Request::parse(text, &args.headers).map_err(|error| BadInput(error.to_string()))?;
    let loaded = manifests::load(&args.files)?;
    let walk = walk(&loaded.resources, &options(args), &request);
    print(&walk, |document| document.render(style), args.output)?;
    end(&[loaded], Exit::Passed)
}

/// `--from … --to …`
fn changes(args: &ExplainArgs, style: Style) -> anyhow::Result<Exit> {
    let (from, to) = (manifests::load(&args.from)?, manifests::load(&args.to)?);
    let changes = compare(&explained(&from, args), &explained(&to, args));
    print(&changes, |document| document.render(style), args.output)?;
    end(&[from, to], if args.exit_code && !changes.is_empty() { Exit::Failed } else { Exit::Passed })
}

fn explained(loaded: &Loaded, args: &ExplainArgs) -> Explanation {
    let options = options(args);
    let validated = ValidateOptions { admission: Admission::of(options.profile), routing: options.clone() };
    explain(&loaded.resources, &options, &validate(loaded, &validated))
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

/// `exit`, unless something could not be read.
fn end(read: &[Loaded], exit: Exit) -> anyhow::Result<Exit> {
    match read.iter().map(manifests::errors).sum() {
        0 => Ok(exit),
        1 => Err(BadInput("the manifests have an error; only what could be read is explained".into()).into()),
        n => Err(BadInput(format!("the manifests have {n} errors; only what could be read is explained")).into()),
    }
}

/// Prints `document` as `output` says; `table` makes the text for people.
pub(crate) fn print<T: Serialize>(
    document: &T,
    table: impl FnOnce(&T) -> String,
    output: DocumentOutput,
) -> anyhow::Result<()> {
    let text = match output {
        DocumentOutput::Table => table(document),
        DocumentOutput::Json => serde_json::to_string_pretty(document)? + "\n",
        DocumentOutput::Yaml => serde_saphyr::to_string(document)?,
    };
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        // Whoever reads has seen enough: `sextant explain … | head`.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}
