//! How text is laid out and coloured. Two colours at most, green and red, beside bold and dim.

use anstyle::AnsiColor;
use sextant_verdict::Verdict;

/// Narrowest width that is laid out for; smaller ones are taken as this one.
pub const MIN_WIDTH: usize = 60;

/// What the reader's screen can do. The caller finds out; nothing is read from the environment here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Columns. No line is longer; below [`MIN_WIDTH`] it counts as that. Wider screens are used, never stretched to.
    pub width: usize,
    /// Whether to colour. Without it the text holds no escape code at all, whatever the record contains.
    pub colour: bool,
    /// Whether characters beyond ASCII may appear. Without it those of the record are shown as `\u{…}`.
    pub unicode: bool,
}

impl Style {
    /// No colour, Unicode, `width` columns.
    pub const fn plain(width: usize) -> Self {
        Self { width, colour: false, unicode: true }
    }

    /// No colour, Unicode, no limit: for text that goes into a file and is wrapped by whoever shows it.
    pub(crate) const fn unlimited() -> Self {
        Self::plain(usize::MAX)
    }

    /// Columns to lay out for.
    pub fn columns(self) -> usize {
        self.width.max(MIN_WIDTH)
    }

    /// The character that rules are drawn with.
    pub(crate) const fn rule(self) -> char {
        if self.unicode { '─' } else { '-' }
    }

    /// `text` in `tone`; unchanged without colour. Spaces at its end stay outside, so that they can be trimmed.
    pub fn paint(self, tone: Tone, text: &str) -> String {
        let shown = text.trim_end_matches(' ');
        if !self.colour || tone == Tone::Plain || shown.is_empty() {
            return text.into();
        }
        let style = tone.style();
        format!("{style}{shown}{style:#}{}", &text[shown.len()..])
    }
}

/// How much a piece of text calls for attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As the terminal has it.
    Plain,
    /// Headings.
    Strong,
    /// What can be skipped at a glance.
    Dim,
    /// Passed.
    Good,
    /// Nothing can be said, or the harness failed.
    Bad,
    /// A promise was broken.
    Worst,
}

impl Tone {
    /// The tone of a verdict.
    pub(crate) const fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass => Self::Good,
            Verdict::Skipped => Self::Dim,
            Verdict::Inconclusive | Verdict::Error => Self::Bad,
            Verdict::Fail => Self::Worst,
        }
    }

    const fn style(self) -> anstyle::Style {
        let style = anstyle::Style::new();
        match self {
            Self::Plain => style,
            Self::Strong => style.bold(),
            Self::Dim => style.dimmed(),
            Self::Good => style.fg_color(Some(anstyle::Color::Ansi(AnsiColor::Green))),
            Self::Bad => style.fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red))),
            Self::Worst => style.fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red))).bold(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_painted_without_colour() {
        assert_eq!(Style::plain(80).paint(Tone::Worst, "fail"), "fail");
    }

    #[test]
    fn what_is_painted_ends_its_colour() {
        let style = Style { colour: true, ..Style::plain(80) };
        assert_eq!(style.paint(Tone::Good, "pass"), "\u{1b}[32mpass\u{1b}[0m");
        assert_eq!(style.paint(Tone::Dim, "at  "), "\u{1b}[2mat\u{1b}[0m  ");
        assert_eq!(style.paint(Tone::Good, " "), " ");
    }
}
