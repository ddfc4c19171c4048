//! `sextant explain`: where traffic goes and why, without a cluster and without a socket.

use std::io::{ErrorKind, Write};

use serde::Serialize;
use sextant_explain::{Connection, Request, compare, compare_profiles, explain, walk, walk_connection};
use sextant_reports::Style;
use sextant_resources::Loaded;
use sextant_routing::{Options, Profile};
use sextant_validate::{Admission, ValidateOptions, validate};

use crate::args::{DocumentOutput, ExplainArgs, ExplainedProfile};
use crate::commands::BadInput;
use crate::exit::Exit;
use crate::manifests;
use crate::terminal::Terminal;

/// Prints what is asked for, about all that could be read.
pub(crate) fn run(args: &ExplainArgs, terminal: Terminal) -> anyhow::Result<Exit> {
    let style = Style { width: terminal.width, colour: terminal.color, unicode: true };
    let profile = match args.profile {
        ExplainedProfile::Kgateway => Profile::Kgateway,
        ExplainedProfile::Istio => Profile::Istio,
        ExplainedProfile::Both if args.from.is_empty() && args.request.is_none() => return profiles(args, style),
        ExplainedProfile::Both => {
            return Err(BadInput("--profile both compares the profiles; --from and --request need one".into()).into());
        }
    };
    let options = options(args, profile);
    if !args.from.is_empty() {
        return changes(args, &options, style);
    }
    if let Some(text) = &args.request {
        return request(text, args, &options, style);
    }
    let loaded = manifests::load(&args.files)?;
    let validated = ValidateOptions { admission: Admission::of(profile), routing: options.clone() };
    let explanation = explain(&loaded.resources, &options, &validate(&loaded, &validated));
    print(&explanation, |document| document.render(style), args.output)?;
    end(&[loaded], Exit::Passed)
}

/// `--profile both`
fn profiles(args: &ExplainArgs, style: Style) -> anyhow::Result<Exit> {
    let loaded = manifests::load(&args.files)?;
    let changes = compare_profiles(&loaded.resources, &options(args, Profile::Kgateway));
    print(&changes, |document| document.render(style), args.output)?;
    end(&[loaded], Exit::Passed)
}

/// `--request …`
fn request(text: &str, args: &ExplainArgs, options: &Options, style: Style) -> anyhow::Result<Exit> {
    if let Some(connection) = Connection::parse(text) {
        let connection = connection.map_err(|error| BadInput(error.to_string()))?;
        if !args.headers.is_empty() {
            return Err(BadInput("a connection has no headers; leave --header out".into()).into());
        }
        let loaded = manifests::load(&args.files)?;
        let walk = walk_connection(&loaded.resources, options, &connection);
        print(&walk, |document| document.render(style), args.output)?;
        return end(&[loaded], Exit::Passed);
    }
    let request = Request::parse(text, &args.headers).map_err(|error| BadInput(error.to_string()))?;
    let loaded = manifests::load(&args.files)?;
    let walk = walk(&loaded.resources, options, &request);
    print(&walk, |document| document.render(style), args.output)?;
    end(&[loaded], Exit::Passed)
}

/// `--from … --to …`
fn changes(args: &ExplainArgs, options: &Options, style: Style) -> anyhow::Result<Exit> {
    let (from, to) = (manifests::load(&args.from)?, manifests::load(&args.to)?);
    // Findings are no part of what moves.
    let explained = |loaded: &Loaded| explain(&loaded.resources, options, &[]);
    let changes = compare(&explained(&from), &explained(&to));
    print(&changes, |document| document.render(style), args.output)?;
    end(&[from, to], if args.exit_code && !changes.is_empty() { Exit::Failed } else { Exit::Passed })
}

fn options(args: &ExplainArgs, profile: Profile) -> Options {
    let defaults = Options::default();
    Options {
        profile,
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
