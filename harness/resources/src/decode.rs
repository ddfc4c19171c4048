//! A tree to a typed object: all wrong values at once, each at its place, and the fields nobody reads.
//!
//! Types are checked as an API server does: a string is no number and a number no string. Null means absent.

mod error;
mod fields;
mod reader;

use serde::Deserialize;

pub(crate) use self::fields::nearest_within;
use self::reader::{Context, Reader};
use crate::Code;
use crate::code::UNKNOWN_FIELD;
use crate::node::{Node, Span};

/// Wrong values of one object that are reported; more would only scroll the first ones away.
const MOST_FAULTS: usize = 20;

/// A finding about a part of an object.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) code: &'static Code,
    pub(crate) path: String,
    pub(crate) span: Span,
    pub(crate) message: String,
    pub(crate) help: String,
}

/// Reads `node`, which stands at `parent` (empty for the object itself), as a `T`.
///
/// The result is `None` when anything in it has the wrong type; `findings` says what. Every field of the kinds has a
/// default, so a wrong value can be left out and the rest read again: that is how one run finds them all.
pub(crate) fn decode<'n, T: Deserialize<'n>>(node: &'n Node, parent: &str, findings: &mut Vec<Finding>) -> Option<T> {
    let mut context = Context::default();
    let mut faults = 0;
    let value = loop {
        context.restart();
        let error = match T::deserialize(Reader::new(node, &context)) {
            Ok(value) => break Some(value),
            Err(error) => error,
        };
        let (culprit, path) = context.failure(node);
        if !context.leave_out(culprit) {
            break None;
        }
        let path = join(parent, &path);
        let message = format!("`{path}` {}", error.predicate);
        findings.push(Finding { code: error.code, path, span: culprit.span, message, help: error.help });
        faults += 1;
        if faults == MOST_FAULTS {
            break None;
        }
    };
    findings.extend(context.take_unknown().into_iter().map(|unknown| {
        let path = join(parent, &unknown.path);
        let message = format!("unknown field `{path}`");
        Finding { code: &UNKNOWN_FIELD, path, span: unknown.span, message, help: unknown.help }
    }));
    value.filter(|_| faults == 0)
}

fn join(parent: &str, path: &str) -> String {
    match (parent.is_empty(), path.is_empty()) {
        (true, _) => path.to_owned(),
        (false, true) => parent.to_owned(),
        (false, false) => format!("{parent}{}{path}", if path.starts_with('[') { "" } else { "." }),
    }
}

#[cfg(test)]
mod tests;
