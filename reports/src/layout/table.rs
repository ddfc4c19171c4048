//! Tables that fit a width. Cells are wrapped and columns chosen here, tabled aligns and pads: its own wrapping takes
//! from every column alike, also from those whose figures make no sense when cut, and breaks names anywhere.

mod fit;

use tabled::builder::Builder;
use tabled::settings::object::Columns;
use tabled::settings::style::HorizontalLine;
use tabled::settings::{Alignment, Padding, Style as Borders};

use self::fit::Layout;
use crate::figures::ABSENT;
use crate::style::{Style, Tone};
use crate::text::{Lines, visible, width, wrap};

/// Columns between two columns of a table.
const GAP: usize = 2;
/// Columns by which text is moved in that stands below the first column's.
const INDENT: usize = 2;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What is looked for first, a name or an address: left-aligned, wrapped only when it is long.
    Name,
    /// Text, left-aligned; wrapped when the table is too wide.
    Text,
    /// Sentences, left-aligned; below the first column rather than in a narrow one of their own.
    Prose,
    /// A short word, left-aligned, not wrapped while there is another way.
    Word,
    /// A figure, right-aligned, not wrapped while there is another way.
    Figure,
}

/// A cell: one text in one tone.
#[derive(Clone, Debug)]
pub struct Cell {
    text: String,
    tone: Tone,
}

/// A table with a heading. Its rows may be in groups, each under lines of its own.
pub struct Table {
    columns: Vec<(&'static str, Kind)>,
    rows: Vec<Vec<Cell>>,
    /// Number of rows before each group, and its lines.
    groups: Vec<(usize, Vec<String>)>,
}

impl Kind {
    /// Whether the column can stand below another one.
    const fn is_text(self) -> bool {
        matches!(self, Self::Name | Self::Text | Self::Prose)
    }
}

impl Cell {
    /// A cell that holds text of a record, shown as `style` can.
    pub fn shown(text: &str, style: Style) -> Self {
        if text.is_empty() { Self::plain(ABSENT) } else { Self::plain(visible(text, Lines::One, style.unicode)) }
    }

    /// A cell of our own text.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), tone: Tone::Plain }
    }

    /// The cell in another tone.
    pub fn toned(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }
}

impl Table {
    /// An empty table with these columns.
    pub fn new(columns: impl Into<Vec<(&'static str, Kind)>>) -> Self {
        Self { columns: columns.into(), rows: Vec::new(), groups: Vec::new() }
    }

    /// Adds a row; it has as many cells as the table has columns.
    pub fn row(&mut self, cells: impl Into<Vec<Cell>>) {
        self.rows.push(cells.into());
    }

    /// Starts a group under `lines`, dim and wrapped.
    pub fn group(&mut self, lines: Vec<String>) {
        self.groups.push((self.rows.len(), lines));
    }

    /// The table in lines of at most `available` columns.
    pub fn render(self, style: Style, available: usize) -> Vec<String> {
        let kinds: Vec<_> = self.columns.iter().map(|(_, kind)| *kind).collect();
        let layout = fit::fit(&kinds, &self.natural(), available);
        let (kinds, widths) = match &layout {
            Layout::Columns(widths) => (kinds, widths),
            Layout::Stacked(widths) => (fit::stacked_kinds(&kinds), widths),
        };
        let mut records = vec![self.heading(&layout, widths, style)];
        records.extend(self.rows.iter().map(|row| match &layout {
            Layout::Columns(_) => row.iter().zip(widths).map(|(cell, width)| cell.wrapped(*width, style)).collect(),
            Layout::Stacked(_) => self.stacked(row, widths, style),
        }));
        let heights: Vec<_> = records.iter().map(|record| height(record)).collect();
        let lines = draw(records, &kinds, style);
        self.grouped(lines, &heights, available, style)
    }

    /// `lines` with those of the groups put in. `heights` counts the lines of the heading and of each row.
    fn grouped(&self, lines: Vec<String>, heights: &[usize], available: usize, style: Style) -> Vec<String> {
        let mut drawn = lines.into_iter();
        let heading = heights.first().copied().unwrap_or(0) + 1;
        let mut lines: Vec<_> = drawn.by_ref().take(heading).collect();
        let mut groups = self.groups.iter().peekable();
        for (index, height) in heights.iter().skip(1).map(Some).chain([None]).enumerate() {
            while let Some((_, group)) = groups.next_if(|(row, _)| *row == index) {
                if lines.len() > heading {
                    lines.push(String::new());
                }
                let wrapped = group.iter().flat_map(|line| wrap(line, available));
                lines.extend(wrapped.map(|line| style.paint(Tone::Dim, &line)));
            }
            lines.extend(drawn.by_ref().take(height.copied().unwrap_or(0)));
        }
        lines
    }

    /// Columns that each column takes when nothing is wrapped.
    fn natural(&self) -> Vec<usize> {
        let cells = |index: usize| self.rows.iter().filter_map(move |row| row.get(index));
        self.columns
            .iter()
            .enumerate()
            .map(|(index, (title, _))| cells(index).map(|cell| width(&cell.text)).fold(width(title), usize::max))
            .collect()
    }

    fn heading(&self, layout: &Layout, widths: &[usize], style: Style) -> Vec<String> {
        let stacked = matches!(layout, Layout::Stacked(_));
        self.columns
            .iter()
            .enumerate()
            .filter(|(index, (_, kind))| !stacked || *index == 0 || !kind.is_text())
            .zip(widths)
            .map(|((_, (title, _)), width)| Cell::plain(*title).toned(Tone::Dim).wrapped(*width, style))
            .collect()
    }

    /// A row with all its text in the first cell: the first one on top, the others below and dim.
    fn stacked(&self, row: &[Cell], widths: &[usize], style: Style) -> Vec<String> {
        let mut texts = Vec::new();
        let mut others = Vec::new();
        for (index, ((_, kind), cell)) in self.columns.iter().zip(row).enumerate() {
            if index == 0 {
                texts.push(cell.wrapped(widths[0], style));
            } else if !kind.is_text() {
                others.push(cell.wrapped(widths[others.len() + 1], style));
            } else if !cell.text.is_empty() && cell.text != ABSENT {
                let below = wrap(&cell.text, widths[0].saturating_sub(INDENT));
                texts
                    .extend(below.iter().map(|line| format!("{}{}", " ".repeat(INDENT), style.paint(Tone::Dim, line))));
            }
        }
        std::iter::once(texts.join("\n")).chain(others).collect()
    }
}

impl Cell {
    fn wrapped(&self, width: usize, style: Style) -> String {
        wrap(&self.text, width).iter().map(|line| style.paint(self.tone, line)).collect::<Vec<_>>().join("\n")
    }
}

/// Lines of the tallest cell.
fn height(record: &[String]) -> usize {
    record.iter().map(|cell| cell.split('\n').count()).max().unwrap_or(0)
}

/// Aligned columns under a heading with one thin rule.
fn draw(records: Vec<Vec<String>>, kinds: &[Kind], style: Style) -> Vec<String> {
    let rule = HorizontalLine::full(style.rule(), style.rule(), style.rule(), style.rule());
    let mut table = Builder::from_iter(records).build();
    table.with(Borders::blank().horizontals([(1, rule.remove_left().remove_right())]));
    table.with(Padding::new(0, GAP - 1, 0, 0));
    if let Some(last) = kinds.len().checked_sub(1) {
        table.modify(Columns::one(last), Padding::zero());
    }
    for (index, kind) in kinds.iter().enumerate() {
        let alignment = if *kind == Kind::Figure { Alignment::right() } else { Alignment::left() };
        table.modify(Columns::one(index), alignment);
    }
    let mut lines: Vec<_> = table.to_string().lines().map(str::to_owned).collect();
    let ruled = lines.iter().position(|line| line.starts_with(style.rule()));
    if let Some(line) = ruled.and_then(|index| lines.get_mut(index)) {
        *line = style.paint(Tone::Dim, line);
    }
    lines
}
