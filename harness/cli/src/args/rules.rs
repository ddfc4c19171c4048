//! `sextant rules` and `sextant coverage`.

use clap::{Args, ValueEnum};

use super::{ProfileArg, Selection};

pub(super) const RULES_EXAMPLES: &str = "\
Examples:
  sextant rules K-051
  sextant rules V-015 L-001                          what `sextant validate` means by its codes
  sextant rules P-018 F-025                          what users reported, what can be written
  sextant rules --profile kgateway --level must
  sextant rules -o markdown > RULES.md               the whole catalogue as a page
  sextant rules -o json | jq -r '.[].id'";

/// `sextant rules`.
#[derive(Debug, Args)]
pub(crate) struct RulesArgs {
    /// Ids, such as K-051, or codes of `sextant validate`, such as V-015; none means every rule.
    #[arg(value_name = "RULE")]
    pub(crate) ids: Vec<String>,
    /// Only rules of this profile.
    #[arg(long, value_enum)]
    pub(crate) profile: Option<ProfileArg>,
    /// Only rules that bind this much.
    #[arg(long, value_enum)]
    pub(crate) level: Option<LevelArg>,
    /// What to print; markdown is the page of the whole catalogue.
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: PageOutput,
}

/// How much a rule binds.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LevelArg {
    /// Every gateway of the profile.
    Must,
    /// Every gateway unless it has a reason.
    Should,
    /// Worth knowing; nothing is demanded.
    Informational,
    /// Left to the implementation.
    Implementation,
}

/// What a list is printed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PageOutput {
    /// For people at a terminal.
    Table,
    /// For programs.
    Json,
    /// For a page.
    Markdown,
}

pub(super) const COVERAGE_EXAMPLES: &str = "\
Examples:
  sextant coverage                                   every rule, and how many scenarios and tests hold it
  sextant coverage K-051 P-018                       which ones they are
  sextant coverage --missing                         what nothing holds, and what to do
  sextant coverage --check                           the same for CI: status 1 when something has to be held and is not
  sextant coverage -o json | jq '.rules[] | select(.tests == []) | .id'";

/// `sextant coverage`.
#[derive(Debug, Args)]
pub(crate) struct CoverageArgs {
    /// Ids, such as K-051; none means every rule.
    #[arg(value_name = "RULE")]
    pub(crate) ids: Vec<String>,
    /// Only rules of this profile.
    #[arg(long, value_enum)]
    pub(crate) profile: Option<ProfileArg>,
    /// Only what nothing holds although something should, with what to do.
    #[arg(long, conflicts_with = "ids")]
    pub(crate) missing: bool,
    /// As --missing, and end with status 1 if there is any.
    #[arg(long, conflicts_with = "ids")]
    pub(crate) check: bool,
    /// Folder that the suite is looked up in [default: ./scenarios if it is there, otherwise the suite of this version].
    #[arg(long, value_name = "FOLDER")]
    pub(crate) suite: Option<std::path::PathBuf>,
    /// What to print.
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: PageOutput,
}

impl CoverageArgs {
    /// The whole suite.
    pub(crate) fn selection(&self) -> Selection {
        Selection { suite: self.suite.clone(), ..Selection::default() }
    }
}
