//! The bad-input table (istio.md, section 2). The checks read the tree of an object and not its typed form: whether a
//! field is absent, null, empty or 0 is what some rows are about.

mod dynamic_dns;
mod endpoints;
mod export;
mod hosts;
mod limits;
mod names;
mod ports;
mod selector;
mod service_entry;
mod workload;
mod workload_entry;
mod workload_group;

use std::sync::Arc;

use sextant_resources::yaml::{Node, Value};
use sextant_resources::{Diagnostic, Loaded, ObjectRef, Origin};

use crate::Admission;
use crate::finding::Findings;

const GROUP: &str = "networking.istio.io";

/// Everything that `admission` says of the objects of `loaded`, those that could not be read whole included.
pub(crate) fn check(loaded: &Loaded, admission: Admission) -> Vec<Diagnostic> {
    let entries = loaded.resources.service_entries.values().map(|object| (object.reference(), &object.origin));
    let workloads = loaded.resources.workload_entries.values().map(|object| (object.reference(), &object.origin));
    let of_group = |api_version: &str| api_version.split_once('/').is_some_and(|(group, _)| group == GROUP);
    let aside = loaded.set_aside.iter().filter(|manifest| of_group(&manifest.api_version));
    let aside = aside.map(|manifest| (manifest.object.clone(), &manifest.origin));
    entries.chain(workloads).chain(aside).flat_map(|(object, origin)| one(&object, origin, admission)).collect()
}

fn one(object: &ObjectRef, origin: &Arc<Origin>, admission: Admission) -> Vec<Diagnostic> {
    let mut findings = Findings::default();
    if let Some(tree) = origin.tree() {
        match object.kind.as_str() {
            "ServiceEntry" => service_entry::check(tree, &object.key.namespace, &mut findings),
            "WorkloadEntry" => workload_entry::check(tree, &mut findings),
            "WorkloadGroup" => workload_group::check(tree, &mut findings),
            _ => {}
        }
    }
    findings.diagnostics(admission, object, origin).collect()
}

/// The items of the list `key` of `node`, with their places in it; none when there is no such list.
fn items<'n>(node: &'n Node, key: &str) -> impl Iterator<Item = (usize, &'n Node)> {
    let items = match node.get(key).map(|list| &list.value) {
        Some(Value::List(items)) => items.as_slice(),
        _ => &[],
    };
    items.iter().enumerate()
}

/// The entries of the map `key` of `node`; none when there is no such map.
fn entries<'n>(node: &'n Node, key: &str) -> impl Iterator<Item = (&'n str, &'n Node)> {
    let entries = match node.get(key).map(|map| &map.value) {
        Some(Value::Map(entries)) => entries.as_slice(),
        _ => &[],
    };
    entries.iter().map(|entry| (&*entry.key, &entry.node))
}

/// The text at `key`; `None` when it is absent or no text.
fn text<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    node.get(key).and_then(Node::as_str)
}

/// A whole number, of whatever size.
fn number(node: &Node) -> Option<i128> {
    match node.value {
        Value::Int(number) => Some(number.into()),
        Value::UInt(number) => Some(number.into()),
        _ => None,
    }
}

/// Whether `number` is that of a port.
fn is_port(number: i128) -> bool {
    (1..=65_535).contains(&number)
}

/// `map["key"]`, or `map.key` where the key is a plain word.
fn below(path: &str, key: &str) -> String {
    use sextant_resources::yaml::{Step, format_path};
    let key = format_path(&[Step::Key(key.into())]);
    if key.starts_with('[') { format!("{path}{key}") } else { format!("{path}.{key}") }
}
