//! `sextant causes`: what the diagnosis of a failure can say.

use std::io::Write;

use serde_json::json;
use sextant_reports::{Style, causes};
use sextant_verdict::Cause;

use crate::args::{CausesArgs, ListOutput};
use crate::exit::Exit;
use crate::terminal::Terminal;

/// Lists the classes.
pub(crate) fn run(args: &CausesArgs, terminal: Terminal) -> anyhow::Result<Exit> {
    let mut out = std::io::stdout().lock();
    if args.output == ListOutput::Json {
        let all = Cause::ALL.map(|cause| {
            json!({
                "cause": cause,
                "meaning": cause.meaning(),
                "typically": cause.typically(),
                "lookAt": cause.look_next(),
            })
        });
        serde_json::to_writer_pretty(&mut out, &all)?;
        writeln!(out)?;
    } else {
        let style = Style { width: terminal.width, colour: terminal.color, unicode: true };
        write!(out, "{}", causes::list(style))?;
    }
    Ok(Exit::Passed)
}
