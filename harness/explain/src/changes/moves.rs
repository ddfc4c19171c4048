//! Every single change of a document, one after the other, whatever it is about.

use std::collections::HashMap;
use std::fmt::Debug;

use serde::Serialize;
use serde_json::Value;

use super::{Change, Changes};

/// One change: what it is about, and the two states as JSON.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Move {
    /// Names the thing that changes; the same in every document.
    pub(crate) subject: String,
    pub(crate) from: Value,
    pub(crate) to: Value,
}

/// Names subjects, and tells equal ones apart by their number.
#[derive(Default)]
struct Subjects {
    seen: HashMap<String, usize>,
}

impl Subjects {
    fn name(&mut self, parts: impl Debug) -> String {
        let name = format!("{parts:?}");
        let nth = self.seen.entry(name.clone()).or_default();
        *nth += 1;
        format!("{name} {nth}")
    }
}

impl Changes {
    /// Calls `each` with every change and the place for the rules behind it. States that are equal, which stand there for
    /// the sake of what belongs to them, are left out.
    pub(crate) fn each(&mut self, mut each: impl FnMut(Move, &mut Vec<&'static str>)) {
        let mut subjects = Subjects::default();
        for backend in &mut self.backends {
            let of = &backend.backend;
            tell(&mut backend.own, subjects.name(of), &mut each);
            for endpoint in &mut backend.endpoints {
                let name = subjects.name((of, &endpoint.address, endpoint.port, &endpoint.source));
                tell(&mut endpoint.own, name, &mut each);
            }
            for excluded in &mut backend.excluded {
                tell(&mut excluded.own, subjects.name((of, "left out", &excluded.source)), &mut each);
            }
        }
        for route in &mut self.routes {
            let of = &route.route;
            tell(&mut route.own, subjects.name(of), &mut each);
            for condition in &mut route.conditions {
                tell(&mut condition.own, subjects.name((of, &condition.parent, condition.kind)), &mut each);
            }
            for share in &mut route.shares {
                tell(&mut share.own, subjects.name((of, &share.rule, &share.reference)), &mut each);
            }
        }
    }
}

fn tell<T: Serialize>(change: &mut Change<T>, subject: String, each: &mut impl FnMut(Move, &mut Vec<&'static str>)) {
    // Plain data always has a JSON form; what had none would be no change that rules could be found for.
    let json = |state: &Option<T>| serde_json::to_value(state).unwrap_or_default();
    let (from, to) = (json(&change.from), json(&change.to));
    if from != to {
        each(Move { subject, from, to }, &mut change.rules);
    }
}

impl Move {
    /// Whether `other`, about the same subject from the same state, goes a part of the same way.
    pub(crate) fn is_made_by(&self, other: &Self) -> bool {
        match (&self.from, &self.to, &other.to) {
            (Value::Object(from), Value::Object(to), Value::Object(others)) => {
                from.iter().any(|(key, before)| to.get(key) != Some(before) && to.get(key) == others.get(key))
            }
            // It comes, or it goes: in whatever state, it is the same step.
            (from, to, others) => from.is_null() && !others.is_null() || to.is_null() && others.is_null(),
        }
    }

    /// Whether `other`, what is left of it (`None` when nothing is), goes less far.
    pub(crate) fn is_undone_in(&self, other: Option<&Self>) -> bool {
        let Some(other) = other else { return true };
        match (&self.from, &self.to, &other.to) {
            (Value::Object(from), Value::Object(to), Value::Object(others)) => {
                from.iter().any(|(key, before)| to.get(key) != Some(before) && others.get(key) == Some(before))
            }
            _ => false,
        }
    }
}
