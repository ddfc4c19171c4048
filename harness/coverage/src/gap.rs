//! Where a holder is missing.

use std::fmt;

use sextant_catalogue::Profile;

use crate::{Coverage, Test};

/// A promise that nothing keeps, or words that are not true any more.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Gap {
    /// Nobody holds a rule that somebody must.
    Rule {
        /// Its id.
        id: String,
        /// Where nobody does.
        profiles: Vec<Profile>,
    },
    /// Nobody writes a field or value.
    Field {
        /// Its id.
        id: String,
        /// Its path, and its value.
        what: String,
    },
    /// No scenario guards against what a user reported.
    Pain {
        /// Its id.
        id: String,
        /// The report.
        seen: String,
    },
    /// The catalogue says that nothing can hold an entry, and something does.
    NeedlessReason {
        /// Its id.
        id: String,
        /// Who does.
        holder: String,
    },
    /// A test names what the catalogue has not.
    Unknown {
        /// The id.
        id: String,
        /// The test.
        test: Test,
    },
}

impl Gap {
    /// Every gap of `coverage`.
    pub(crate) fn all(coverage: &Coverage) -> Vec<Self> {
        let mut gaps = Vec::new();
        for held in &coverage.rules {
            let id = held.entry.id.clone();
            let profiles = held.missing();
            match &held.entry.reason {
                Some(_) => gaps.extend(needless(id, &held.holders)),
                None if held.is_demanded() && !profiles.is_empty() => gaps.push(Self::Rule { id, profiles }),
                None => {}
            }
        }
        for held in &coverage.fields {
            let field = held.entry;
            match &field.reason {
                Some(_) => gaps.extend(needless(field.id.clone(), &held.holders)),
                None if held.holders.is_empty() => {
                    let value = field.value.as_ref().map(|value| format!(": {value:?}"));
                    let what = format!("{} {}{}", field.kind, field.path, value.unwrap_or_default());
                    gaps.push(Self::Field { id: field.id.clone(), what });
                }
                None => {}
            }
        }
        for held in &coverage.pains {
            let pain = held.entry;
            match &pain.reason {
                Some(_) => gaps.extend(needless(pain.id.clone(), &held.holders)),
                None if held.holders.is_empty() => {
                    gaps.push(Self::Pain { id: pain.id.clone(), seen: pain.seen.clone() });
                }
                None => {}
            }
        }
        gaps.extend(coverage.unknown.iter().map(|(id, test)| Self::Unknown { id: id.clone(), test: *test }));
        gaps
    }
}

/// The gap of an entry with a reason that somebody holds all the same.
fn needless(id: String, holders: &crate::Holders) -> Option<Gap> {
    let scenario = holders.scenarios.keys().next().cloned();
    let holder = scenario.or_else(|| holders.tests.first().map(|test| format!("{}:{}", test.file, test.line)));
    holder.map(|holder| Gap::NeedlessReason { id, holder })
}

impl fmt::Display for Gap {
    /// One line: what is missing and what to do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule { id, profiles } => {
                let profiles: Vec<_> = profiles.iter().map(|profile| format!("{profile:?}").to_lowercase()).collect();
                let profiles = profiles.join(" and ");
                write!(
                    f,
                    "{id}: nothing holds it under {profiles}; name it in a scenario or test that fails without it, or give its reason in the catalogue"
                )
            }
            Self::Field { id, what } => {
                write!(f, "{id}: no scenario writes {what}; write one, or give its reason in the catalogue")
            }
            Self::Pain { id, seen } => {
                write!(
                    f,
                    "{id}: no scenario guards against {seen}; name it in one, or give its reason in the catalogue"
                )
            }
            Self::NeedlessReason { id, holder } => {
                write!(
                    f,
                    "{id}: the catalogue says that nothing can hold it, and {holder} does; remove the one or the other"
                )
            }
            Self::Unknown { id, test } => {
                write!(f, "{id}: {}:{} names it, and the catalogue has no such rule", test.file, test.line)
            }
        }
    }
}
