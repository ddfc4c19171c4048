//! The comparison as Markdown, for a comment on a pull request or a job summary.

use super::RunDiff;
use crate::markdown::{code, prose, table};

impl RunDiff {
    /// The comparison as Markdown. Text of the records is never Markdown: every piece of it is escaped.
    pub fn markdown(&self) -> String {
        let rows: Vec<_> = self
            .changes
            .iter()
            .map(|changed| {
                let (before, after) = changed.sides();
                vec![
                    prose(changed.change.as_str()),
                    code(&changed.scenario),
                    code(&changed.subject),
                    prose(&before),
                    prose(&after),
                    prose(&changed.why()),
                ]
            })
            .collect();
        let files = format!("{} to {}", code(&self.before), code(&self.after));
        let notes = self.notes.iter().map(|note| format!("**Note:** {}.", prose(note)));
        let parts = [format!("## Sextant: {}", self.sentence()), files]
            .into_iter()
            .chain(notes)
            .chain([table(&["Change", "Scenario", "Subject", "Before", "After", "Why"], &rows)])
            .filter(|part| !part.is_empty());
        format!("{}\n", parts.collect::<Vec<_>>().join("\n\n"))
    }
}
