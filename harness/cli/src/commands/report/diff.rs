//! `sextant report diff`: what is different in the second of two records.

use std::io::Write;

use sextant_reports::{Pace, RunDiff, Style};

use crate::args::PageOutput;
use crate::args::report::DiffArgs;
use crate::commands::BadInput;
use crate::exit::Exit;
use crate::terminal::Terminal;

/// Compares and prints.
pub(crate) fn run(args: &DiffArgs, terminal: Terminal) -> anyhow::Result<Exit> {
    if args.before == "-" && args.after == "-" {
        return Err(BadInput("both records are standard input; give one of them as a file".into()).into());
    }
    let (before, after) = (super::stored(&args.before)?, super::stored(&args.after)?);
    let floor_us = u64::try_from(args.by.as_micros()).unwrap_or(u64::MAX);
    let diff = RunDiff::new(&before, &after, Pace { factor: args.slower, floor_us });
    let text = match args.output {
        PageOutput::Table => diff.render(Style { width: terminal.width, colour: terminal.color, unicode: true }),
        PageOutput::Markdown => diff.markdown(),
        PageOutput::Json => format!("{:#}\n", serde_json::to_value(&diff)?),
    };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(if diff.is_worse(args.strict) { Exit::Failed } else { Exit::Passed })
}
