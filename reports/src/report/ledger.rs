//! What ledgers of known failures have to do with the run.

use sextant_verdict::{EntryState, Explains, Known, LedgerEntry, ScenarioRecord, Verdict};

use super::Report;
use crate::figures::counted;

impl<'a> Report<'a> {
    /// Scenarios that are in trouble as a ledger says, each with its entry, in the order of the record.
    pub fn known(&self) -> impl Iterator<Item = (&'a ScenarioRecord, &'a Known)> {
        let scenarios = self.record().scenarios.iter().filter(|scenario| scenario.in_trouble());
        scenarios.filter_map(|scenario| Some((scenario, scenario.known.as_ref()?)))
    }

    /// Entries of ledgers that somebody has to do something about, in the order of the record.
    pub fn stale(&self) -> impl Iterator<Item = &'a LedgerEntry> {
        let stale = |entry: &&LedgerEntry| !matches!(entry.state, EntryState::Needed | EntryState::Undecided);
        self.record().ledger.iter().filter(stale)
    }

    /// What is wrong with an entry, in one sentence without full stop; empty when nothing is.
    pub fn complaint(entry: &LedgerEntry) -> String {
        let what = match (&entry.scenario, entry.explains) {
            (Some(_), _) => entry.unneeded.join(", "),
            (None, _) => format!("everything that comes from {}", entry.names()),
        };
        match (entry.state, entry.explains) {
            (EntryState::Needed | EntryState::Undecided, _) => String::new(),
            (EntryState::UnexpectedPass, Explains::Failure) => format!("{what} passed"),
            (EntryState::UnexpectedPass, Explains::Difference) => format!("subjects do the same in {what}"),
            (EntryState::Expired, _) => format!("it expired on {}", entry.known.expires),
            (EntryState::Unmatched, _) => "nothing that it covers was run".to_owned(),
        }
    }

    /// Where an entry stands, as `file:line`.
    pub fn entry_place(known: &Known) -> String {
        format!("{}:{}", known.place.file, known.place.line)
    }

    /// The trouble that was known, and the ledger's own, as parts of the last line.
    pub(super) fn ledger_counts(&self) -> Vec<(Verdict, String)> {
        let summary = &self.record().summary;
        let expired = self.in_state(EntryState::Expired);
        let passes = summary.unexpected_passes;
        let parts = [
            (Verdict::Skipped, summary.known, format!("{} of them known", summary.known)),
            (Verdict::Fail, passes, format!("{passes} passed unexpectedly")),
            (Verdict::Fail, expired, format!("{} of the ledger expired", counted_entries(expired))),
        ];
        parts.into_iter().filter(|(_, number, _)| *number > 0).map(|(verdict, _, text)| (verdict, text)).collect()
    }

    /// What the ledger makes of a run in which nothing new is wrong; `None` when it has nothing to say.
    pub(super) fn ledger_headline(&self) -> Option<String> {
        let (expired, unneeded) = (self.in_state(EntryState::Expired), self.in_state(EntryState::UnexpectedPass));
        if expired > 0 {
            Some(format!("{} of the ledger of known failures expired", counted_entries(expired)))
        } else if unneeded > 0 {
            Some(format!("{} of the ledger of known failures no longer needed", counted_entries(unneeded)))
        } else {
            None
        }
    }

    fn in_state(&self, state: EntryState) -> u64 {
        self.record().ledger.iter().filter(|entry| entry.state == state).count() as u64
    }
}

fn counted_entries(number: u64) -> String {
    if number == 1 { "1 entry".to_owned() } else { counted(number, "entrie") }
}
