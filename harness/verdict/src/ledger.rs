//! What a ledger of known failures says about a run, and what the run makes of the ledger.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Place;

/// The entry of a ledger that expects a scenario to be in trouble. On a scenario that passed it is an *unexpected pass*.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Known {
    /// Why it fails, in a sentence.
    pub reason: String,
    /// Where that is followed up: a URL.
    pub link: String,
    /// Who takes care of it.
    pub owner: String,
    /// Last day on which the entry counts, `YYYY-MM-DD`.
    pub expires: String,
    /// Whether that day is over. The failure is then no new one, but the entry keeps the run from passing.
    pub expired: bool,
    /// Where the entry stands.
    pub place: Place,
}

/// An entry of a ledger for the profile of the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LedgerEntry {
    /// Subject whose ledger it is.
    pub subject: String,
    /// Scenarios that it covers, as an id or a glob; absent when it names a rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<String>,
    /// Rule that it covers; absent when it names scenarios.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What it explains.
    pub explains: Explains,
    /// What it says.
    pub known: Known,
    /// What the run makes of it.
    pub state: EntryState,
    /// Ids of the scenarios that ran and that it covers, in the order of the record.
    pub covers: Vec<String>,
    /// Ids of those among them that did not need it: they passed, or did not differ. Only for an entry by scenario, or when
    /// nothing that the rule is named in needed it.
    pub unneeded: Vec<String>,
}

/// What an entry of a ledger explains.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Explains {
    /// That the scenario does not pass, and with it every difference from other subjects in it.
    #[default]
    Failure,
    /// Only that the subject does something else than other subjects in it; the scenario has to pass.
    Difference,
}

/// What a run makes of an entry of a ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EntryState {
    /// It explains something that was seen.
    Needed,
    /// What it says to fail has passed, or what it says to differ does not: the entry has to go, or to say less.
    UnexpectedPass,
    /// Its last day is over, whether it is needed or not.
    Expired,
    /// No scenario that it covers ran.
    Unmatched,
    /// Nothing can be said: it explains a difference and no other subject ran, or what it covers came to trouble elsewhere.
    Undecided,
}

impl LedgerEntry {
    /// The scenario, glob or rule that it names.
    pub fn names(&self) -> &str {
        self.scenario.as_deref().or(self.rule.as_deref()).unwrap_or_default()
    }

    /// What to do about it, in one sentence without full stop; empty when nothing is to be done.
    pub fn advice(&self) -> String {
        let Known { place, owner, .. } = &self.known;
        let at = format!("{}:{}", place.file, place.line);
        match self.state {
            EntryState::UnexpectedPass if self.unneeded.len() == self.covers.len() => {
                format!("delete the entry at {at}")
            }
            EntryState::UnexpectedPass => {
                format!("let the entry at {at} no longer cover {}", self.unneeded.join(", "))
            }
            EntryState::Expired if !self.covers.is_empty() && self.unneeded.len() == self.covers.len() => {
                format!("delete the entry at {at}: it is no longer needed")
            }
            EntryState::Expired => format!("have {owner} mend what it is about, or renew the entry at {at}"),
            EntryState::Unmatched => format!("delete the entry at {at}, unless this run left its scenarios out"),
            EntryState::Needed | EntryState::Undecided => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(EntryState::UnexpectedPass, &["a"], &["a"], "delete the entry at known.yaml:7")]
    #[case(EntryState::UnexpectedPass, &["a", "b"], &["b"], "let the entry at known.yaml:7 no longer cover b")]
    #[case(EntryState::Expired, &["a"], &["a"], "delete the entry at known.yaml:7: it is no longer needed")]
    #[case(EntryState::Expired, &["a"], &[], "have ann mend what it is about, or renew the entry at known.yaml:7")]
    #[case(EntryState::Unmatched, &[], &[], "delete the entry at known.yaml:7, unless this run left its scenarios out")]
    #[case(EntryState::Needed, &["a"], &[], "")]
    fn advice_says_what_to_do_and_where(
        #[case] state: EntryState,
        #[case] covers: &[&str],
        #[case] unneeded: &[&str],
        #[case] advice: &str,
    ) {
        let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        let place = Place { file: "known.yaml".into(), line: 7, column: 3 };
        let entry = LedgerEntry {
            subject: "envoy".into(),
            scenario: Some("*".into()),
            rule: None,
            explains: Explains::Failure,
            known: Known { owner: "ann".into(), place, ..Known::default() },
            state,
            covers: owned(covers),
            unneeded: owned(unneeded),
        };
        assert_eq!(entry.advice(), advice);
    }
}
