//! `sextant report matrix`: many records in one table.

use std::io::Write;

use sextant_reports::{By, Matrix, Style};

use crate::args::PageOutput;
use crate::args::report::{ByArg, MatrixArgs};
use crate::exit::Exit;
use crate::terminal::Terminal;

/// Prints the table. That something failed in it is not how this ends: it was asked to show.
pub(crate) fn run(args: &MatrixArgs, terminal: Terminal) -> anyhow::Result<Exit> {
    let records = args.files.iter().map(|file| super::stored(file)).collect::<anyhow::Result<Vec<_>>>()?;
    let by = match args.by {
        ByArg::Concept => By::Concept,
        ByArg::Rule => By::Rule,
        ByArg::Scenario => By::Scenario,
    };
    let matrix = Matrix::new(&records, by);
    let text = match args.output {
        PageOutput::Table => matrix.render(Style { width: terminal.width, colour: terminal.color, unicode: true }),
        PageOutput::Markdown => matrix.markdown(),
        PageOutput::Json => format!("{:#}\n", serde_json::to_value(&matrix)?),
    };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(Exit::Passed)
}
