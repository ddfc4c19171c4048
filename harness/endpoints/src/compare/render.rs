//! The comparison as text: a table for each backend with a difference, and one line of counts last.

use sextant_reports::Style;
use sextant_reports::layout::{Cell, Kind, Page, Table, Tone, counted};
use sextant_routing::Profile;

use super::{Comparison, Difference};
use crate::render::{origin, say};

impl Comparison {
    /// The comparison for people, ending in a line feed. No line is wider than `style` allows.
    pub fn render(&self, style: Style) -> String {
        let mut page = Page::new(style);
        say(&mut page, Tone::Dim, &origin(&self.origin));
        for of_backend in self.differences.chunk_by(|one, other| one.backend == other.backend) {
            section(of_backend, &mut page);
        }
        if !self.notes.is_empty() {
            page.section();
            self.notes.iter().for_each(|note| say(&mut page, Tone::Dim, note));
        }
        if !self.waiting_for.is_empty() {
            page.section();
            say(&mut page, Tone::Bad, &format!("Still waited for when time was up: {}", self.waiting_for.join(", ")));
        }
        page.section();
        let good = self.is_equal() && self.waiting_for.is_empty();
        say(&mut page, if good { Tone::Good } else { Tone::Bad }, &self.summary());
        page.finish()
    }

    /// `2 differences: 5 backends by the rules of Istio, 1 expectation`
    fn summary(&self) -> String {
        let count = match self.differences.len() {
            0 => "no difference".to_owned(),
            count => counted(count as u64, "difference"),
        };
        let rules = self.profile.map(|profile| {
            let whose = match profile {
                Profile::Kgateway => "kgateway",
                Profile::Istio => "Istio",
            };
            format!("{} by the rules of {whose}", counted(self.backends as u64, "backend"))
        });
        let own = (self.expectations > 0).then(|| counted(self.expectations as u64, "expectation"));
        format!("{count}: {}", [rules, own].into_iter().flatten().collect::<Vec<_>>().join(", "))
    }
}

fn section(differences: &[Difference], page: &mut Page) {
    let Some(first) = differences.first() else { return };
    page.section();
    say(page, Tone::Strong, &first.backend);
    if !first.cluster.is_empty() {
        say(page, Tone::Dim, &first.cluster);
    }
    let style = page.style();
    let ruled = differences.iter().any(|difference| !difference.rule.is_empty());
    let mut columns =
        vec![("Endpoint", Kind::Name), ("Difference", Kind::Word), ("Expected", Kind::Text), ("Found", Kind::Text)];
    if ruled {
        columns.push(("Rule", Kind::Word));
    }
    columns.push(("Why", Kind::Prose));
    let mut table = Table::new(columns);
    for difference in differences {
        // What is there or not needs to be told once.
        let shown = |text: &str| if text == difference.endpoint { String::new() } else { text.to_owned() };
        let endpoint = if difference.endpoint.is_empty() { "the cluster" } else { &difference.endpoint };
        let mut cells = vec![
            Cell::shown(endpoint, style),
            Cell::plain(difference.what.as_str()).toned(Tone::Bad),
            cell(&shown(&difference.expected), style),
            cell(&shown(&difference.found), style),
        ];
        if ruled {
            cells.push(Cell::plain(difference.rule));
        }
        cells.push(Cell::shown(&difference.why, style));
        table.row(cells);
    }
    page.gap();
    page.table(table);
}

/// Nothing where there is nothing.
fn cell(text: &str, style: Style) -> Cell {
    if text.is_empty() { Cell::plain("") } else { Cell::shown(text, style) }
}
