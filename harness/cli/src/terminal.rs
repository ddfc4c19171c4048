//! What the terminal is like: the only place that asks.

use std::io::IsTerminal;

use clap::ColorChoice;

/// How output is to look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal {
    /// Columns to fit into.
    pub(crate) width: usize,
    /// Whether standard output takes colour.
    pub(crate) color: bool,
    /// Whether somebody watches standard error, so that a progress bar makes sense.
    pub(crate) watched: bool,
}

/// Width when standard output is no terminal: what fits a mail, a CI log and half a screen.
const PLAIN_WIDTH: usize = 100;

impl Terminal {
    /// Looks at the terminal and takes the user's choice of colour.
    pub(crate) fn new(color: ColorChoice) -> Self {
        let choice = match color {
            ColorChoice::Auto => anstream::ColorChoice::Auto,
            ColorChoice::Always => anstream::ColorChoice::Always,
            ColorChoice::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
        let color = match anstream::AutoStream::choice(&std::io::stdout()) {
            anstream::ColorChoice::Never => false,
            anstream::ColorChoice::Auto | anstream::ColorChoice::Always | anstream::ColorChoice::AlwaysAnsi => true,
        };
        let width = terminal_size::terminal_size().map_or(PLAIN_WIDTH, |(width, _)| usize::from(width.0));
        Self { width: width.max(60), color, watched: std::io::stderr().is_terminal() }
    }
}
