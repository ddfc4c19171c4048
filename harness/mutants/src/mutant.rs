//! A gateway that is wrong on purpose.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use sextant_catalogue::Profile;
use sextant_gateway::GatewayOptions;
use sextant_resources::ResourceSet;
use sextant_routing::{Difference, Model, Options};
use sextant_subjects::{Alteration, Between};
use sextant_verdict::Cause;

use crate::hearing::{Hearing, between};

/// The reference with one thing wrong.
#[derive(Clone)]
pub struct Mutant {
    /// What it is called: `kgateway-D-06`, `weights-ignored`.
    pub id: String,
    /// What is wrong with it.
    pub what: String,
    /// The rules that it breaks; scenarios that name one of them are tried first.
    pub rules: Vec<String>,
    /// The report of users that it is drawn from, `P-204`; `None` when nobody has reported it.
    pub pain: Option<&'static str>,
    /// What is wrong, as a class: what the diagnosis of its failures should say.
    pub cause: Cause,
    /// The profile under which it is wrong.
    pub profile: Profile,
    /// How it is made.
    pub change: Change,
}

/// How a mutant is made.
#[derive(Clone, Copy)]
pub enum Change {
    /// In one respect it behaves as the other profile does.
    Difference(&'static Difference),
    /// It is told something else.
    Options(fn(&mut Options)),
    /// It is started in another way.
    Gateway(fn(&mut GatewayOptions)),
    /// It reads something else in the manifests; the second set is what it read the last time.
    Resources(fn(&mut ResourceSet, &ResourceSet)),
    /// It makes something else of the answers of its DNS server.
    Answers(Hearing),
    /// What was resolved is changed; the second model is what it has had so far.
    Model(fn(&mut Model, &Model)),
}

impl Mutant {
    /// Whether it makes something else of the answers of its DNS server.
    pub(crate) fn mishears(&self) -> bool {
        matches!(self.change, Change::Answers(_))
    }

    /// The report of users that it is drawn from, as a link.
    pub fn link(&self) -> Option<&'static str> {
        self.pain.and_then(sextant_catalogue::pain).map(|pain| pain.seen.as_str())
    }
}

impl Alteration for Mutant {
    fn options(&self, options: &mut Options) {
        match self.change {
            Change::Difference(difference) => {
                let other = match options.profile {
                    sextant_routing::Profile::Kgateway => sextant_routing::Profile::Istio,
                    sextant_routing::Profile::Istio => sextant_routing::Profile::Kgateway,
                };
                let mut own = options.semantics().clone();
                difference.take(&mut own, other.semantics());
                options.semantics = Some(own.into());
            }
            Change::Options(change) => change(options),
            _ => {}
        }
    }

    fn gateway(&self, options: &mut GatewayOptions) {
        if let Change::Gateway(change) = self.change {
            change(options);
        }
    }

    fn dns(&self, dns: SocketAddr) -> io::Result<Option<Between>> {
        match self.change {
            Change::Answers(hearing) => between(dns, hearing).map(Some),
            _ => Ok(None),
        }
    }

    fn resources(&self, resources: &mut ResourceSet, before: &ResourceSet) {
        if let Change::Resources(change) = self.change {
            change(resources, before);
        }
    }

    fn model(&self, model: &mut Model, before: &Model) {
        if let Change::Model(change) = self.change {
            change(model, before);
        }
    }
}

impl fmt::Debug for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mutant").field("id", &self.id).finish_non_exhaustive()
    }
}
