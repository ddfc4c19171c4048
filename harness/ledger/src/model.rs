//! What a ledger says.

use globset::GlobMatcher;
use jiff::civil::Date;
use sextant_scenario::Profile;
use sextant_verdict::{CheckRecord, Explains, Place, ScenarioRecord};

/// What one subject is known to do wrong.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// Name of the subject, as on the command line.
    pub subject: String,
    /// Where that name stands.
    pub place: Place,
    /// In the order of the file.
    pub entries: Vec<Entry>,
}

/// One thing that a subject is known to do wrong.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What it is about.
    pub covers: Covers,
    /// Profile that it holds for; `None` means both.
    pub profile: Option<Profile>,
    /// Whether it expects the scenario not to pass.
    pub explains: Explains,
    /// Why that is so.
    pub reason: String,
    /// Where it is followed up: a URL.
    pub link: String,
    /// Who takes care of it.
    pub owner: String,
    /// Last day on which it counts.
    pub expires: Date,
    /// Where it stands.
    pub place: Place,
}

/// What an [`Entry`] is about.
#[derive(Clone, Debug)]
pub enum Covers {
    /// Scenarios, by a glob over their ids; an id is a glob that matches itself alone.
    Scenario(GlobMatcher),
    /// Every promise that comes from a rule.
    Rule(String),
}

impl Covers {
    /// The glob or the rule.
    pub fn text(&self) -> &str {
        match self {
            Self::Scenario(glob) => glob.glob().glob(),
            Self::Rule(rule) => rule,
        }
    }

    /// Whether it is about `scenario` at all.
    pub(crate) fn covers(&self, scenario: &ScenarioRecord) -> bool {
        match self {
            Self::Scenario(glob) => glob.is_match(&scenario.id),
            Self::Rule(rule) => scenario.rules.contains(rule),
        }
    }

    /// Whether it is about `check` of a scenario that it covers. A check without rules comes from all of its scenario's.
    pub(crate) fn covers_check(&self, check: &CheckRecord) -> bool {
        match self {
            Self::Scenario(_) => true,
            Self::Rule(rule) => check.rules.is_empty() || check.rules.contains(rule),
        }
    }
}

impl Entry {
    /// Whether its last day is over.
    pub fn has_expired(&self, today: Date) -> bool {
        self.expires < today
    }

    /// The narrower, the earlier it is named as the one that knew: an id before a glob before a rule.
    pub(crate) fn breadth(&self) -> u8 {
        match &self.covers {
            Covers::Scenario(glob) if !glob.glob().glob().contains(WILD) => 0,
            Covers::Scenario(_) => 1,
            Covers::Rule(_) => 2,
        }
    }
}

/// What makes an id a glob.
pub(crate) const WILD: [char; 5] = ['*', '?', '[', '{', '\\'];
