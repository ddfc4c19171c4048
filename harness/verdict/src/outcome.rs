//! What a whole run comes to, known failures and all.

use crate::{EntryState, FeatureFinding, FeatureRecord, Level, RunRecord, ScenarioRecord, Verdict};

/// How a run ended. Ordered from best to worst: the worst that is found decides, and with it the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Whatever went wrong was known.
    Passed,
    /// What a ledger says to fail has passed.
    UnexpectedPass,
    /// An entry of a ledger has expired.
    Expired,
    /// Nothing can be said of a scenario, or the harness failed.
    Inconclusive,
    /// A promise was broken, or a subject has not what it declares.
    Failed,
}

/// How the reason begins of a scenario that was skipped because it is about another profile.
pub const OTHER_PROFILE: &str = "it holds for profile ";

impl ScenarioRecord {
    /// Whether it was skipped because the profile of the run is not one that it is about: nothing was left out then.
    pub fn is_of_other_profile(&self) -> bool {
        self.verdict == Verdict::Skipped && self.reason.starts_with(OTHER_PROFILE)
    }

    /// Whether it is neither passed nor skipped.
    pub fn in_trouble(&self) -> bool {
        !matches!(self.verdict, Verdict::Pass | Verdict::Skipped)
    }

    /// Whether it passed although a ledger says that it does not.
    pub fn passed_unexpectedly(&self) -> bool {
        self.verdict == Verdict::Pass && self.known.is_some()
    }

    /// Whether it is in trouble and nobody knew.
    pub fn in_new_trouble(&self) -> bool {
        self.in_trouble() && self.known.is_none()
    }

    /// How much the strictest promise binds that was not kept; a scenario that came to trouble before any promise binds.
    pub fn level(&self) -> Level {
        let troubled = self.checks.iter().filter(|check| !matches!(check.verdict, Verdict::Pass | Verdict::Skipped));
        troubled.map(|check| check.level).min().unwrap_or_default()
    }

    /// Its verdict in one or two words: `known` before one that a ledger expects, `unexpected pass`.
    pub fn word(&self) -> String {
        match (&self.known, self.verdict) {
            (None, verdict) => verdict.to_string(),
            (Some(_), Verdict::Pass) => "unexpected pass".to_owned(),
            (Some(_), verdict) => format!("known {verdict}"),
        }
    }
}

impl RunRecord {
    /// Whether `scenario` keeps the run from passing by itself: it is in trouble, nobody knew, and what it broke binds as much
    /// as the run demands.
    pub fn counts(&self, scenario: &ScenarioRecord) -> bool {
        scenario.in_new_trouble() && scenario.level() <= self.environment.level.unwrap_or(Level::Should)
    }

    /// What it comes to. Certain trouble comes first: a new failure hides neither behind an entry that expired nor behind
    /// one that is no longer needed, and an entry that expired is more urgent than one that can go.
    pub fn outcome(&self) -> Outcome {
        let scenarios =
            self.scenarios.iter().filter(|scenario| self.counts(scenario)).map(|scenario| match scenario.verdict {
                Verdict::Fail => Outcome::Failed,
                Verdict::Inconclusive | Verdict::Error => Outcome::Inconclusive,
                Verdict::Pass | Verdict::Skipped => Outcome::Passed,
            });
        let entries = self.ledger.iter().map(|entry| match entry.state {
            EntryState::Expired => Outcome::Expired,
            EntryState::UnexpectedPass => Outcome::UnexpectedPass,
            EntryState::Needed | EntryState::Unmatched | EntryState::Undecided => Outcome::Passed,
        });
        let absent = |feature: &FeatureRecord| feature.finding == Some(FeatureFinding::DeclaredButAbsent);
        let features = self.features.iter().any(absent).then_some(Outcome::Failed);
        scenarios.chain(entries).chain(features).max().unwrap_or(Outcome::Passed)
    }
}
