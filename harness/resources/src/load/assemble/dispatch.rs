//! Which type reads an object: by group and kind, and by version where that type has its shape.

use super::{Assembler, Subject, UnknownObject, key};
use crate::code::{UNKNOWN_KIND, UNREAD_VERSION};
use crate::kinds::every_kind;
use crate::yaml::nearest_within;
use crate::{
    BackendTlsPolicy, ConfigMap, DestinationRule, EndpointSlice, Gateway, GrpcRoute, HttpRoute, Kind, Namespace, Node,
    ObjectRef, Pod, ReferenceGrant, Secret, Service, ServiceEntry, Severity, TcpRoute, TlsRoute, WorkloadEntry,
};

/// A kind and the function that reads it.
struct Known {
    kind: &'static str,
    group: &'static str,
    versions: &'static [&'static str],
    read: fn(&mut Assembler, &Subject<'_>),
}

macro_rules! known {
    ($($kind:ident $field:ident,)*) => {
        const KNOWN: &[Known] = &[$(Known {
            kind: <$kind as Kind>::KIND,
            group: <$kind as Kind>::GROUP,
            versions: <$kind as Kind>::VERSIONS,
            read: Assembler::read_kind::<$kind>,
        }),*];
    };
}

every_kind!(known);

/// Kinds without a namespace that manifests commonly hold and Sextant does not read.
const UNKNOWN_CLUSTER_SCOPED: &[&str] = &[
    "APIService",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "GatewayClass",
    "IngressClass",
    "MutatingWebhookConfiguration",
    "PersistentVolume",
    "PriorityClass",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
];

impl Assembler {
    pub(super) fn dispatch(&mut self, subject: &Subject<'_>, api_version: &str, kind: &str) {
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        match KNOWN.iter().find(|known| known.kind == kind && known.group == group) {
            Some(known) if known.versions.contains(&version) => (known.read)(self, subject),
            Some(known) => self.unread_version(subject, api_version, known),
            None => self.unknown_kind(subject, api_version, kind, group),
        }
    }

    fn unread_version(&mut self, subject: &Subject<'_>, api_version: &str, known: &Known) {
        let unknown = unknown_object(subject, api_version, known.kind);
        let message = format!("Sextant does not read {} of `{api_version}`", known.kind);
        let readable: Vec<_> = known.versions.iter().map(|version| qualified(known.group, version)).collect();
        let diagnostic = subject.diagnostic(&UNREAD_VERSION, subject.span_of("apiVersion"), "apiVersion", message);
        self.note(
            diagnostic
                .with_help(format!("it reads {}", readable.join(", ")))
                .about(Some(unknown.object.clone()), "apiVersion"),
        );
        self.set_aside(subject, api_version, unknown.object.clone());
        self.loaded.resources.unknown.push(unknown);
    }

    /// A kind that only looks like a slip of the pen is worth a warning; any other is noted.
    fn unknown_kind(&mut self, subject: &Subject<'_>, api_version: &str, kind: &str, group: &str) {
        let unknown = unknown_object(subject, api_version, kind);
        let message = format!("Sextant does not read {kind} of `{api_version}`; it was skipped");
        let diagnostic = subject
            .diagnostic(&UNKNOWN_KIND, subject.span_of("kind"), "kind", message)
            .about(Some(unknown.object.clone()), "kind");
        let of_group = KNOWN.iter().filter(|known| known.group == group).map(|known| known.kind);
        let diagnostic = match nearest_within(kind, of_group, 1) {
            Some(near) => {
                let mut diagnostic = diagnostic.with_help(format!("did you mean {near}?"));
                diagnostic.severity = Severity::Warning;
                diagnostic
            }
            None => match KNOWN.iter().find(|known| known.kind == kind) {
                Some(known) => {
                    let own = qualified(known.group, known.versions[0]);
                    diagnostic.with_help(format!("the {kind} that it reads is of `{own}`"))
                }
                None => diagnostic,
            },
        };
        self.note(diagnostic);
        self.set_aside(subject, api_version, unknown.object.clone());
        self.loaded.resources.unknown.push(unknown);
    }
}

fn qualified(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}

fn unknown_object(subject: &Subject<'_>, api_version: &str, kind: &str) -> UnknownObject {
    let metadata = subject.node.get("metadata");
    let text = |field: &str| metadata.and_then(|metadata| metadata.get(field)?.as_str());
    let is_cluster_scoped = UNKNOWN_CLUSTER_SCOPED.contains(&kind);
    let key = key(text("namespace"), text("name").unwrap_or_default(), is_cluster_scoped);
    UnknownObject {
        api_version: api_version.to_owned(),
        object: ObjectRef { kind: kind.to_owned(), key },
        place: subject.document.excerpt(subject.node.span).place(),
        origin: subject.origin(),
    }
}
