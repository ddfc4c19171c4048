//! What goes wrong in gateways of either profile.

use sextant_catalogue::Profile;
use sextant_verdict::Cause;

use super::PROFILES;
use crate::{Change, Mutant};

/// Something that goes wrong: a mutant for each profile, or for one of them.
pub(super) struct Flaw {
    /// Name of the mutant under kgateway; under Istio `-istio` comes behind it.
    pub(super) id: &'static str,
    /// What is wrong, as a class.
    cause: Cause,
    what: &'static str,
    /// Rules that it breaks, with blanks between them.
    rules: &'static str,
    pain: Option<&'static str>,
    /// The profile under which alone it is wrong, and why it is not under the other one.
    pub(super) only: Option<(Profile, &'static str)>,
    change: Change,
}

impl Flaw {
    pub(super) const fn new(
        id: &'static str,
        cause: Cause,
        what: &'static str,
        rules: &'static str,
        change: Change,
    ) -> Self {
        Self { id, cause, what, rules, pain: None, only: None, change }
    }

    /// Users have reported it.
    pub(super) const fn reported(self, pain: &'static str) -> Self {
        Self { pain: Some(pain), ..self }
    }

    /// It is wrong under this profile alone; `why` it makes no difference under the other one.
    pub(super) const fn only(self, profile: Profile, why: &'static str) -> Self {
        Self { only: Some((profile, why)), ..self }
    }

    /// The mutants.
    pub(super) fn mutants(&self) -> impl Iterator<Item = Mutant> {
        let wrong = |profile: &Profile| self.only.is_none_or(|(only, _)| only == *profile);
        PROFILES.into_iter().filter(wrong).map(|profile| Mutant {
            id: match profile {
                Profile::Kgateway => self.id.to_owned(),
                Profile::Istio => format!("{}-istio", self.id),
            },
            what: self.what.to_owned(),
            rules: self.rules.split(' ').map(str::to_owned).collect(),
            pain: self.pain,
            cause: self.cause,
            profile,
            change: self.change,
        })
    }
}
