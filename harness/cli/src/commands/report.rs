//! `sextant report`: what is done with stored records.

mod diff;
mod matrix;
mod show;
mod verify;

use std::io::Read;

use anyhow::Context;
use sextant_reports::{Stored, read};

use crate::args::report::ReportCommand;
use crate::commands::BadInput;
use crate::exit::Exit;
use crate::terminal::Terminal;

/// Does what is asked.
pub(crate) fn run(command: ReportCommand, terminal: Terminal) -> anyhow::Result<Exit> {
    match command {
        ReportCommand::Show(args) => show::run(&args, terminal),
        ReportCommand::Verify(args) => verify::run(&args),
        ReportCommand::Diff(args) => diff::run(&args, terminal),
        ReportCommand::Matrix(args) => matrix::run(&args, terminal),
    }
}

/// The content of `file`, of standard input for `-`.
fn content(file: &str) -> anyhow::Result<Vec<u8>> {
    if file != "-" {
        return std::fs::read(file).map_err(|error| BadInput(format!("cannot read {file}: {error}")).into());
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).context("cannot read standard input")?;
    Ok(bytes)
}

/// The record in `file`.
fn stored(file: &str) -> anyhow::Result<Stored> {
    Ok(parsed(file, &content(file)?)?)
}

fn parsed(file: &str, bytes: &[u8]) -> Result<Stored, BadInput> {
    let name = if file == "-" { "standard input" } else { file };
    read(name, bytes).map_err(|error| BadInput(error.to_string()))
}
