//! The comparison as a table for a terminal.

use super::{Change, Changed, RunDiff, Side};
use crate::figures::{counted, seconds};
use crate::layout::{Cell, Kind, Page, Table};
use crate::style::{Style, Tone};
use crate::text::{Lines, visible};

impl RunDiff {
    /// The comparison for people, ending in a line feed. No line is wider than `style` allows.
    pub fn render(&self, style: Style) -> String {
        let mut page = Page::new(style);
        page.section();
        page.text(Tone::Dim, &visible(&format!("{} to {}", self.before, self.after), Lines::One, style.unicode));
        for note in &self.notes {
            page.text(Tone::Bad, &visible(note, Lines::One, style.unicode));
        }
        if !self.changes.is_empty() {
            page.section();
            page.table(self.table(style));
        }
        page.section();
        page.text(Tone::Plain, &self.sentence());
        page.finish()
    }

    fn table(&self, style: Style) -> Table {
        let several = self.has_several_subjects();
        let mut columns = vec![("Scenario", Kind::Name)];
        columns.extend(several.then_some(("Subject", Kind::Text)));
        columns.extend([("Why", Kind::Prose), ("Change", Kind::Word), ("Before", Kind::Word), ("After", Kind::Word)]);
        let mut table = Table::new(columns);
        for changed in &self.changes {
            let (before, after) = changed.sides();
            let mut cells = vec![Cell::shown(&changed.scenario, style)];
            cells.extend(several.then(|| Cell::shown(&changed.subject, style)));
            cells.extend([
                Cell::shown(&changed.why(), style).toned(Tone::Dim),
                Cell::plain(changed.change.as_str()).toned(changed.tone()),
                Cell::plain(before),
                Cell::plain(after),
            ]);
            table.row(cells);
        }
        table
    }

    /// The last line: how many of what.
    pub(super) fn sentence(&self) -> String {
        let mut parts: Vec<_> =
            self.counts().into_iter().map(|(change, count)| format!("{count} {}", change.as_str())).collect();
        if parts.is_empty() {
            parts.push("nothing changed".into());
        }
        format!("{}; {} as before", parts.join(", "), counted(self.unchanged, "scenario"))
    }
}

impl Changed {
    /// Before and after, as the change wants them told: by time when that is what changed, by verdict otherwise.
    pub(super) fn sides(&self) -> (String, String) {
        let shown = |side: &Option<Side>| match side {
            None => String::new(),
            Some(side) if matches!(self.change, Change::Slower | Change::Faster) => seconds(side.duration_us),
            Some(side) if side.known => format!("{} (known)", side.verdict),
            Some(side) => side.verdict.to_string(),
        };
        (shown(&self.before), shown(&self.after))
    }

    /// What is behind it, in a line: what is wrong now, or was.
    pub(super) fn why(&self) -> String {
        let of = |side: &Option<Side>| side.as_ref().map_or_else(String::new, |side| side.why.clone());
        match (self.change, &self.before, &self.after) {
            (Change::Slower | Change::Faster, Some(before), Some(after)) => times(before, after),
            (Change::ChangedReason, ..) if of(&self.before) != of(&self.after) => {
                let named = |text: String| if text.is_empty() { "nothing".to_owned() } else { text };
                format!("was: {}; is: {}", named(of(&self.before)), named(of(&self.after)))
            }
            (Change::Fixed | Change::NoLongerSkipped | Change::Gone, ..) => match of(&self.before) {
                why if why.is_empty() => why,
                why => format!("was: {why}"),
            },
            _ => of(&self.after),
        }
    }

    fn tone(&self) -> Tone {
        match self.change {
            Change::Broken => Tone::Worst,
            Change::NewlySkipped | Change::Gone | Change::ChangedReason | Change::Slower => Tone::Bad,
            Change::New => Tone::Plain,
            Change::NoLongerSkipped | Change::Fixed | Change::Faster => Tone::Good,
        }
    }
}

/// How many times as long: `2.8 times as long`.
fn times(before: &Side, after: &Side) -> String {
    let (Some(before), Some(after)) = (before.duration_us, after.duration_us) else { return String::new() };
    let (short, long, word) = if after > before { (before, after, "long") } else { (after, before, "fast") };
    format!("{:.1} times as {word}", long as f64 / short.max(1) as f64)
}
