//! The table for a terminal, and as Markdown.

use super::{By, Matrix, Tally};
use crate::layout::{Cell, Kind, Page, Table};
use crate::markdown::{prose, table};
use crate::style::{Style, Tone};
use crate::text::{Lines, visible};

/// What the figures mean.
const LEGEND: &str = "passed/run; ! some failed, ? some came to no verdict, +n skipped, - none";

impl Matrix {
    /// The table for people, ending in a line feed. Columns that do not fit beside each other come in further tables below.
    pub fn render(&self, style: Style) -> String {
        let mut page = Page::new(style);
        let names =
            self.rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0).clamp(8, style.columns() / 2);
        let wide = self.columns.iter().map(|label| label.chars().count().max(10) + 2).max().unwrap_or(12);
        let at_a_time = ((style.columns() - names) / wide).max(1);
        for first in (0..self.columns.len().max(1)).step_by(at_a_time) {
            let shown = first..(first + at_a_time).min(self.columns.len());
            page.section();
            let labels: Vec<_> =
                self.columns[shown.clone()].iter().map(|label| visible(label, Lines::One, style.unicode)).collect();
            page.table(self.part(shown, style, labels));
        }
        page.section();
        page.text(Tone::Dim, LEGEND);
        page.finish()
    }

    fn part(&self, shown: std::ops::Range<usize>, style: Style, labels: Vec<String>) -> Table {
        let figures = labels.iter().map(|_| ("", Kind::Figure));
        let mut table = Table::new([(self.heading(), Kind::Name)].into_iter().chain(figures).collect::<Vec<_>>());
        let heading = labels.into_iter().map(|label| Cell::plain(label).toned(Tone::Strong));
        table.row([Cell::plain("")].into_iter().chain(heading).collect::<Vec<_>>());
        let rows = self.rows.iter().map(|row| (row.name.as_str(), &row.cells));
        for (name, cells) in rows.chain([("all scenarios", &self.total)]) {
            let cells = cells[shown.clone()].iter().map(|tally| Cell::plain(tally.text()).toned(tally.tone()));
            table.row([Cell::shown(name, style)].into_iter().chain(cells).collect::<Vec<_>>());
        }
        table
    }

    /// The table as Markdown.
    pub fn markdown(&self) -> String {
        let columns: Vec<_> = self.columns.iter().map(|label| format!("{}:", prose(label))).collect();
        let titles: Vec<_> = [self.heading()].into_iter().chain(columns.iter().map(String::as_str)).collect();
        let row = |(name, cells): (&str, &Vec<Tally>)| {
            let cells =
                cells.iter().map(|tally| if tally.failed > 0 { format!("**{}**", tally.text()) } else { tally.text() });
            [prose(name)].into_iter().chain(cells).collect::<Vec<_>>()
        };
        let rows = self.rows.iter().map(|row| (row.name.as_str(), &row.cells));
        let rows: Vec<_> = rows.chain([("all scenarios", &self.total)]).map(row).collect();
        format!("{}\n\n{LEGEND}\n", table(&titles, &rows))
    }

    const fn heading(&self) -> &'static str {
        match self.by {
            By::Concept => "Concept",
            By::Rule => "Rule",
            By::Scenario => "Scenario",
        }
    }
}

impl Tally {
    /// `! 11/12 +2`.
    pub(crate) fn text(self) -> String {
        let mark = match (self.failed, self.undecided) {
            (1.., _) => "! ",
            (_, 1..) => "? ",
            _ => "",
        };
        match (self.ran(), self.skipped) {
            (0, 0) => "-".into(),
            (0, skipped) => format!("+{skipped}"),
            (ran, 0) => format!("{mark}{}/{ran}", self.passed),
            (ran, skipped) => format!("{mark}{}/{ran} +{skipped}", self.passed),
        }
    }

    const fn tone(self) -> Tone {
        match self {
            Self { failed: 1.., .. } => Tone::Worst,
            Self { undecided: 1.., .. } => Tone::Bad,
            Self { passed: 1.., .. } => Tone::Good,
            Self { .. } => Tone::Dim,
        }
    }
}
