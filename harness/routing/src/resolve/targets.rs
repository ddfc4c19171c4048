//! backendRefs to targets, and what the status says of them: the same for every kind of route (K-122).

use sextant_resources::BackendRef;

use super::attach::Head;
use super::references::{INVALID_DESTINATION, ISTIO_GROUP, References};
use crate::{Condition, Semantics, Target, Unresolved, WeightedTarget};

/// Reads routes.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub(crate) references: &'a References<'a>,
    pub(crate) semantics: &'a Semantics,
}

impl Reader<'_> {
    /// The targets of `references`, which a rule of the route `head` has, each with its reference as written.
    pub(crate) fn targets<'r>(
        &self,
        head: &Head<'_>,
        references: &'r [BackendRef],
    ) -> impl Iterator<Item = (&'r BackendRef, WeightedTarget)> {
        // I-181: such a reference takes no requests and, under Istio, can do no harm either.
        let counts = |reference: &&BackendRef| !(self.semantics.ignore_zero_weight_refs && reference.weight == Some(0));
        references.iter().filter(counts).map(|reference| (reference, self.target(head, reference)))
    }

    /// The target of `reference`, its filters still unread.
    pub(crate) fn target(&self, head: &Head<'_>, reference: &BackendRef) -> WeightedTarget {
        let (target, complaint) = self.references.resolve(head.kind, &head.key.namespace, reference);
        WeightedTarget {
            reference: with_namespace(reference, &head.key.namespace),
            weight: reference.weight.unwrap_or(1),
            target,
            complaint,
            actions: Vec::new(),
        }
    }
}

/// The namespace of a reference by kind; a `Hostname` has none (K-111).
fn with_namespace(reference: &BackendRef, namespace: &str) -> BackendRef {
    let mut reference = reference.clone();
    let group = reference.group.as_deref().unwrap_or("");
    let hostname = group == ISTIO_GROUP && reference.kind.as_deref() == Some("Hostname");
    if !hostname {
        reference.namespace.get_or_insert_with(|| namespace.to_owned());
    }
    reference
}

/// What the status has against a target.
pub(crate) fn complaint(target: &WeightedTarget) -> Option<&Unresolved> {
    match &target.target {
        Target::Unresolved(unresolved) => Some(unresolved),
        Target::Backend(_) => target.complaint.as_ref(),
    }
}

/// Whether some mistake takes the whole route out of service (I-179).
pub(crate) fn withdrawn<'u>(mut unresolved: impl Iterator<Item = &'u Unresolved>) -> bool {
    unresolved.any(|unresolved| unresolved.reason == INVALID_DESTINATION)
}

/// `ResolvedRefs` (K-121); of several mistakes the last one written is told (I-180).
pub(crate) fn resolved_refs<'u>(unresolved: impl Iterator<Item = &'u Unresolved>) -> Condition {
    let kind = "ResolvedRefs";
    match unresolved.filter(|unresolved| unresolved.reported).last() {
        Some(bad) => Condition { kind, status: false, reason: bad.reason, message: bad.message.clone() },
        None => Condition { kind, status: true, reason: "ResolvedRefs", message: String::new() },
    }
}
