//! The walk of a connection as text, step by step.

use sextant_reports::Style;
use sextant_reports::layout::{Cell, Kind, Page, Table, Tone};

use super::{ConnectionCandidate, ConnectionWalk};
use crate::render::{cell, say, setting, tone};
use crate::walk::{render_arrival, render_others, render_share};

impl ConnectionWalk {
    /// The walk for people, ending in a line feed. No line is wider than `style` allows.
    pub fn render(&self, style: Style) -> String {
        let mut page = Page::new(style);
        say(&mut page, Tone::Dim, &setting(self.profile, &self.gateway));
        page.section();
        self.headline(&mut page);
        render_arrival(&self.listeners, self.hostname.as_deref(), &mut page);
        if !self.candidates.is_empty() {
            page.gap();
            page.table(candidates(&self.candidates, style));
        }
        render_others(&self.other_routes, &mut page);
        let taken = self.candidates.first();
        for share in &self.shares {
            page.section();
            render_share(share, taken.map_or("", |candidate| &candidate.route.namespace), &mut page);
        }
        page.finish()
    }

    fn headline(&self, page: &mut Page) {
        let connection = &self.connection;
        let name = connection.server_name.as_deref().unwrap_or("");
        say(page, Tone::Strong, &format!("{}://{name}:{}", connection.scheme, connection.port));
        let told = match self.outcome.as_str() {
            "forward" => "It is passed on",
            "mixed" => "It is passed on in part",
            "refused" => "It is refused",
            "http" => "It is not passed on",
            _ => "It is closed",
        };
        let because = if self.message.is_empty() { String::new() } else { format!(": {}", self.message) };
        say(page, tone(&self.outcome), &format!("{told}{because}"));
        if !self.note.is_empty() {
            say(page, Tone::Dim, &self.note);
        }
    }
}

fn candidates(candidates: &[ConnectionCandidate], style: Style) -> Table {
    let mut table = Table::new([("Route", Kind::Name), ("Result", Kind::Word), ("Why", Kind::Prose)]);
    for candidate in candidates {
        let tone = if candidate.result == "taken" { Tone::Good } else { Tone::Plain };
        let route = &candidate.route;
        table.row([
            Cell::shown(&format!("{} {}/{}", route.kind, route.namespace, route.name), style).toned(tone),
            Cell::plain(candidate.result).toned(tone),
            cell(&candidate.message, style),
        ]);
    }
    table
}
