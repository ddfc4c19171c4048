//! `sextant features`.

use clap::Args;

use super::{ListOutput, ProfileArg, SubjectArg, SubjectOptions};

pub(super) const FEATURES_EXAMPLES: &str = "\
Examples:
  sextant features                                   every feature, what it means and how it is probed
  sextant features --subject envoy                   what a subject declares, and what it was seen to have
  sextant features --subject exec:adapter.yaml
  sextant features --subject reference,envoy -o json";

/// `sextant features`.
#[derive(Debug, Args)]
pub(crate) struct FeaturesArgs {
    /// Gateways to probe, with commas between them; none only lists the features.
    #[arg(long = "subject", value_enum, value_name = "SUBJECT", value_delimiter = ',')]
    pub(crate) subjects: Vec<SubjectArg>,
    #[command(flatten)]
    pub(crate) with: SubjectOptions,
    /// Whose semantics.
    #[arg(long, value_enum, default_value = "kgateway")]
    pub(crate) profile: ProfileArg,
    /// What to print.
    #[arg(short, long, value_enum, default_value = "table")]
    pub(crate) output: ListOutput,
}
