//! Documents to objects in a set, with a finding for everything that stands in the way.

mod dispatch;

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;

use crate::code::{
    DUPLICATE_KEY, GENERATED_NAME, LIMIT, NO_NAME, NO_TYPE, NOT_AN_OBJECT, NOT_TEXT, NOTHING_FOUND, REPLACED, SYNTAX,
    UNKNOWN_FIELD, WRONG_TYPE, WRONG_VALUE,
};
use crate::kinds::{every_kind, fields};
use crate::set::{UnknownObject, replace};
use crate::source::Source;
use crate::text::{Extract, Found};
use crate::yaml::{
    self, Document, Fault, Problem, ReadError, ReadErrorKind, Rules, Span, Value, decode, join_paths, parse_path,
};
use crate::{
    Code, Diagnostic, Excerpt, Kind, Loaded, Manifest, Object, ObjectKey, ObjectMap, ObjectMeta, ObjectRef, Origin,
};

/// Namespace of an object that names none.
const DEFAULT_NAMESPACE: &str = "default";

/// The finding for an input without a single document.
pub(super) fn nothing_found(source: &Arc<Source>) -> Diagnostic {
    let nowhere = Excerpt::new(&Extract::whole(source), 0..0);
    Diagnostic { excerpt: None, ..Diagnostic::new(&NOTHING_FOUND, NOTHING_FOUND.meaning, nowhere) }
}

/// The finding for an input that is no text at all.
pub(super) fn not_text(source: &Arc<Source>) -> Diagnostic {
    let start = Excerpt::new(&Extract::whole(source), 0..0);
    Diagnostic { excerpt: None, ..Diagnostic::new(&NOT_TEXT, "the file is binary", start) }
}

/// Every field of the kinds has a default, so what is wrong can be left out and the rest is still read.
const RULES: Rules = Rules { null_is_absent: true, most_faults: 20, unread: fields::unread };

/// A finding about a part of an object.
struct Finding {
    code: &'static Code,
    path: String,
    span: Span,
    message: String,
    help: String,
}

/// Reads `node`, which stands at `parent` (empty for the object itself), as a `T`.
///
/// The result is `None` when anything in it has the wrong type; `findings` says what.
fn read_part<'n, T: Deserialize<'n>>(node: &'n yaml::Node, parent: &str, findings: &mut Vec<Finding>) -> Option<T> {
    let decoded = decode::<T>(node, &RULES);
    let is_whole = decoded.faults.is_empty();
    findings.extend(decoded.faults.into_iter().chain(decoded.unread).map(|fault| {
        let fault = Fault { path: join_paths(parent, &fault.path), ..fault };
        let code = match fault.problem {
            Problem::UnknownField { .. } => &UNKNOWN_FIELD,
            Problem::WrongType { .. } => &WRONG_TYPE,
            _ => &WRONG_VALUE,
        };
        Finding { code, message: fault.message(), help: fault.help(), span: fault.span, path: fault.path }
    }));
    decoded.value.filter(|_| is_whole)
}

/// Collects what is read.
pub(super) struct Assembler {
    loaded: Loaded,
    /// Replacement characters stand for bytes that were no text: a document that holds one is not read.
    is_lossy: bool,
}

/// A mapping that may be an object.
struct Subject<'n> {
    document: &'n Arc<Document>,
    /// Positions in the lists around it, outermost first.
    items: Vec<usize>,
    node: &'n yaml::Node,
    /// `apiVersion` and `kind` as the list around it implies them.
    implied: Option<(&'n str, &'n str)>,
}

impl<'n> Subject<'n> {
    fn diagnostic(&self, code: &'static Code, span: Span, path: &str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, message, self.document.excerpt(span)).about(None, self.path(path))
    }

    /// A path as far as no object is known: through the list around it.
    fn path(&self, path: &str) -> String {
        let list: String = self.items.iter().map(|index| format!("items[{index}].")).collect();
        format!("{list}{path}").trim_end_matches('.').to_owned()
    }

    fn origin(&self) -> Arc<Origin> {
        Origin::new(self.document, &self.items, self.node)
    }

    fn span_of(&self, path: &str) -> Span {
        self.node.locate(&parse_path(path), self.document.text())
    }
}

impl Assembler {
    /// Adds to `loaded`.
    pub(super) fn new(loaded: Loaded, is_lossy: bool) -> Self {
        Self { loaded, is_lossy }
    }

    pub(super) fn finish(self) -> Loaded {
        self.loaded
    }

    pub(super) fn read(&mut self, found: Found) {
        let before = self.loaded.diagnostics.len();
        self.loaded.diagnostics.extend(found.diagnostics);
        for extract in found.documents {
            self.document(extract);
        }
        sort_by_place(&mut self.loaded.diagnostics[before..]);
    }

    fn document(&mut self, extract: Extract) {
        let document = Arc::new(Document::new(extract));
        if let Some(start) = document.text().find(char::REPLACEMENT_CHARACTER).filter(|_| self.is_lossy) {
            let excerpt = document.excerpt(Span { start, end: start });
            self.note(Diagnostic::new(&NOT_TEXT, "the document holds bytes that are not UTF-8", excerpt));
            return;
        }
        match document.build() {
            Ok(tree) if tree.is_null() => {}
            Ok(tree) => self.object(&Subject { document: &document, items: Vec::new(), node: &tree, implied: None }),
            Err(error) => self.note(unreadable(&document, error)),
        }
    }

    fn object(&mut self, subject: &Subject<'_>) {
        if !matches!(subject.node.value, Value::Map(_)) {
            let message = format!("a manifest must be a mapping, but this is {}", subject.node.value.describe());
            self.note(subject.diagnostic(&NOT_AN_OBJECT, subject.node.span, "", message));
            return;
        }
        let Some((api_version, kind)) = self.type_of(subject) else { return };
        match subject.node.entry("items") {
            Some(items) if kind.ends_with("List") => self.list(subject, &items.node, api_version, kind),
            _ => self.dispatch(subject, api_version, kind),
        }
    }

    /// `apiVersion` and `kind`, or findings about them.
    fn type_of<'n>(&mut self, subject: &Subject<'n>) -> Option<(&'n str, &'n str)> {
        let node = subject.node;
        let mut missing = Vec::new();
        let mut read = |key: &'static str, implied: Option<&'n str>| match node.get(key) {
            None => {
                if implied.is_none() {
                    missing.push(key);
                }
                implied
            }
            Some(value) => {
                if value.as_str().is_none() {
                    let message = format!("`{key}` must be a string, but is {}", value.value.describe());
                    self.note(subject.diagnostic(&WRONG_TYPE, value.span, key, message));
                }
                value.as_str()
            }
        };
        let api_version = read("apiVersion", subject.implied.map(|(api_version, _)| api_version));
        let kind = read("kind", subject.implied.map(|(_, kind)| kind));
        if !missing.is_empty() {
            let verb = if missing.len() == 1 { "is" } else { "are" };
            let message = format!("{} {verb} missing", missing.join(" and "));
            self.note(subject.diagnostic(&NO_TYPE, node.span, "", message));
        }
        api_version.zip(kind)
    }

    fn list(&mut self, subject: &Subject<'_>, items: &yaml::Node, api_version: &str, kind: &str) {
        let Value::List(nodes) = &items.value else {
            if !items.is_null() {
                let message = format!("`items` must be a list, but is {}", items.value.describe());
                self.note(subject.diagnostic(&WRONG_TYPE, items.span, "items", message));
            }
            return;
        };
        // An API server's `ServiceEntryList` does not repeat the kind in its items; `List` says nothing of them.
        let item_kind = kind.strip_suffix("List").filter(|kind| !kind.is_empty());
        for (index, node) in nodes.iter().enumerate() {
            let mut positions = subject.items.clone();
            positions.push(index);
            let implied = item_kind.map(|kind| (api_version, kind));
            self.object(&Subject { document: subject.document, items: positions, node, implied });
        }
    }

    fn read_kind<T: Kind>(&mut self, subject: &Subject<'_>) {
        let mut findings = Vec::new();
        let metadata = subject.node.get("metadata");
        let meta = match metadata {
            Some(metadata) => read_part::<ObjectMeta>(metadata, "metadata", &mut findings),
            None => Some(ObjectMeta::default()),
        };
        let body = read_part::<T>(subject.node, "", &mut findings);
        findings.extend(unnamed(subject));
        let name = metadata.and_then(|metadata| metadata.get("name")?.as_str()).filter(|name| !name.is_empty());
        let object = name.map(|name| {
            let namespace = metadata.and_then(|metadata| metadata.get("namespace")?.as_str());
            ObjectRef { kind: T::KIND.to_owned(), key: key(namespace, name, T::CLUSTER_SCOPED) }
        });
        for finding in findings {
            let Finding { code, path, span, message, help } = finding;
            let path = if object.is_some() { path } else { subject.path(&path) };
            let diagnostic = Diagnostic::new(code, message, subject.document.excerpt(span)).about(object.clone(), path);
            self.note(if help.is_empty() { diagnostic } else { diagnostic.with_help(help) });
        }
        match (object, meta, body) {
            (Some(object), Some(meta), Some(body)) => {
                self.put(Arc::new(Object { key: object.key, meta, body, origin: subject.origin() }));
            }
            (Some(object), _, _) => {
                let api_version = subject.node.get("apiVersion").and_then(yaml::Node::as_str);
                let api_version = api_version.or_else(|| Some(subject.implied?.0)).unwrap_or_default();
                self.set_aside(subject, api_version, object);
            }
            (None, _, _) => {}
        }
    }

    fn put<T: Kind>(&mut self, object: Arc<Object<T>>) {
        let replaced = replace(T::objects_mut(&mut self.loaded.resources), &object);
        if let Some(old) = replaced {
            let reference = object.reference();
            let message = format!("this {reference} replaces the one at {}", old.origin.start());
            let diagnostic = Diagnostic::new(&REPLACED, message, object.origin.start_excerpt());
            self.note(diagnostic.about(Some(reference), ""));
        }
    }

    fn put_all<T: Kind>(&mut self, objects: ObjectMap<T>) {
        for object in objects.into_values() {
            self.put(object);
        }
    }

    fn set_aside(&mut self, subject: &Subject<'_>, api_version: &str, object: ObjectRef) {
        let manifest = Manifest { api_version: api_version.to_owned(), object, origin: subject.origin() };
        self.loaded.set_aside.push(manifest);
    }

    fn note(&mut self, diagnostic: Diagnostic) {
        self.loaded.diagnostics.push(diagnostic);
    }
}

/// Operations that treat every kind alike.
macro_rules! extend {
    ($($kind:ident $field:ident,)*) => {
        /// Adds everything that was read later.
        pub(super) fn extend(&mut self, later: Loaded) {
            let before = self.loaded.diagnostics.len();
            self.loaded.diagnostics.extend(later.diagnostics);
            let resources = later.resources;
            $(self.put_all(resources.$field);)*
            self.loaded.resources.unknown.extend(resources.unknown);
            self.loaded.set_aside.extend(later.set_aside);
            sort_by_place(&mut self.loaded.diagnostics[before..]);
        }
    };
}

impl Assembler {
    every_kind!(extend);
}

/// Orders findings by line and column; files keep the order in which they first come up.
fn sort_by_place(diagnostics: &mut [Diagnostic]) {
    let mut files: HashMap<Arc<str>, usize> = HashMap::new();
    for diagnostic in &*diagnostics {
        let next = files.len();
        files.entry(Arc::clone(&diagnostic.place.file)).or_insert(next);
    }
    diagnostics.sort_by_key(|Diagnostic { place, .. }| (files.get(&place.file).copied(), place.line, place.column));
}

fn unreadable(document: &Arc<Document>, error: ReadError) -> Diagnostic {
    let code = match error.kind {
        ReadErrorKind::Syntax => &SYNTAX,
        ReadErrorKind::DuplicateKey => &DUPLICATE_KEY,
        ReadErrorKind::Limit => &LIMIT,
    };
    let diagnostic = Diagnostic::new(code, error.message, document.excerpt(error.span));
    if error.help.is_empty() { diagnostic } else { diagnostic.with_help(error.help) }
}

/// The finding for an object without a name. A name of the wrong type has its finding already.
fn unnamed(subject: &Subject<'_>) -> Option<Finding> {
    let metadata = subject.node.get("metadata");
    let name = metadata.and_then(|metadata| metadata.get("name"));
    let metadata_is_readable = metadata.is_none_or(|metadata| matches!(metadata.value, Value::Map(_)));
    if !metadata_is_readable || name.is_some_and(|name| name.as_str() != Some("")) {
        return None;
    }
    let generated = metadata.is_some_and(|metadata| metadata.get("generateName").is_some());
    let (code, path) = if generated { (&GENERATED_NAME, "metadata.generateName") } else { (&NO_NAME, "metadata.name") };
    Some(Finding {
        code,
        path: path.to_owned(),
        span: subject.span_of(path),
        message: code.meaning.to_owned(),
        help: String::new(),
    })
}

fn key(namespace: Option<&str>, name: &str, is_cluster_scoped: bool) -> ObjectKey {
    let namespace = match namespace {
        _ if is_cluster_scoped => "",
        None | Some("") => DEFAULT_NAMESPACE,
        Some(namespace) => namespace,
    };
    ObjectKey::new(namespace, name)
}
