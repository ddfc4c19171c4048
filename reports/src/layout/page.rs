//! Lines being gathered: sections set apart by a blank line, no trailing spaces.

use super::table::Table;
use crate::style::{Style, Tone};
use crate::text::wrap;

/// A page of text in the making.
pub struct Page {
    style: Style,
    lines: Vec<String>,
}

impl Page {
    /// An empty page.
    pub const fn new(style: Style) -> Self {
        Self { style, lines: Vec::new() }
    }

    /// How it is laid out.
    pub const fn style(&self) -> Style {
        self.style
    }

    /// Starts a section: a blank line, unless it is the first.
    pub fn section(&mut self) {
        if !self.lines.is_empty() {
            self.gap();
        }
    }

    /// A blank line.
    pub fn gap(&mut self) {
        self.lines.push(String::new());
    }

    /// Lines that are already laid out.
    pub fn lines(&mut self, lines: impl IntoIterator<Item = String>) {
        self.lines.extend(lines);
    }

    /// `text`, wrapped.
    pub fn text(&mut self, tone: Tone, text: &str) {
        let style = self.style;
        self.lines(wrap(text, style.columns()).iter().map(|line| style.paint(tone, line)));
    }

    /// `table`, fitted.
    pub fn table(&mut self, table: Table) {
        self.lines.extend(table.render(self.style, self.style.columns()));
    }

    /// The page as one text, which ends in a line feed.
    pub fn finish(self) -> String {
        let mut text = String::new();
        for line in self.lines {
            text.push_str(line.trim_end_matches(' '));
            text.push('\n');
        }
        text
    }
}
