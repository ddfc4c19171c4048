//! From a text as people keep it to single documents: YAML streams, JSON, shell commands with here-documents, Markdown.
//!
//! Documents are cut out before they are parsed, each alone, so that a broken one cannot hide the others. What is cut
//! out still knows its source: places stay those of the file.

mod documents;
mod extract;
mod heredoc;
mod markdown;

use std::sync::Arc;

pub use self::markdown::{Block, markdown_blocks};
pub(crate) use self::{documents::split, extract::Extract, markdown::Page};
use crate::code::{DELETED, SHELL_EXPANDS, UNCLOSED_HERE_DOCUMENT};
use crate::source::Source;
use crate::{Code, Diagnostic, Excerpt};

/// Documents that may hold manifests, and what there is to say about how they were found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) documents: Vec<Extract>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Finds the documents of a file: YAML, JSON, or shell commands that feed manifests to `kubectl`.
pub(crate) fn find(source: &Arc<Source>) -> Found {
    let mut found = Found::default();
    let whole = Extract::whole(source);
    if !found.take_here_documents(&whole) {
        found.documents.extend(split(&whole));
    }
    found
}

impl Found {
    /// Finds the documents of a code block: whole manifests only, since pages also show fragments and output.
    pub(crate) fn take_block(&mut self, block: &Extract, language: &str) {
        let may_be_plain = matches!(language, "" | "yaml" | "yml" | "json");
        if !self.take_here_documents(block) && may_be_plain {
            self.take_manifests(block);
        }
    }

    /// Takes the here-documents of a shell text, and manifests between them; false when it has no here-document.
    fn take_here_documents(&mut self, text: &Extract) -> bool {
        let here_documents = heredoc::find(text.text());
        if here_documents.is_empty() {
            return false;
        }
        let mut done = 0;
        for here in &here_documents {
            self.take_manifests(&text.part(done..here.command.start));
            self.take_here_document(text, here);
            done = here.end;
        }
        self.take_manifests(&text.part(done..text.text().len()));
        true
    }

    fn take_here_document(&mut self, text: &Extract, here: &heredoc::HereDocument) {
        let body = if here.strips_tabs { text.without_tabs(here.body.clone()) } else { text.part(here.body.clone()) };
        match here.purpose {
            heredoc::Purpose::Apply => self.documents.extend(split(&body)),
            heredoc::Purpose::Delete => {
                self.note(text, here, &DELETED);
                return;
            }
            heredoc::Purpose::Other => {
                if !documents::looks_like_manifest(body.text()) {
                    return;
                }
                self.documents.extend(split(&body));
            }
        }
        if !here.is_closed {
            self.note(text, here, &UNCLOSED_HERE_DOCUMENT);
        }
        if here.expands && heredoc::has_expansion(body.text()) {
            self.note(text, here, &SHELL_EXPANDS);
        }
    }

    fn take_manifests(&mut self, text: &Extract) {
        let manifests = split(text).filter(|document| documents::looks_like_manifest(document.text()));
        self.documents.extend(manifests);
    }

    fn note(&mut self, text: &Extract, here: &heredoc::HereDocument, code: &'static Code) {
        let excerpt = Excerpt::new(text, here.command.clone());
        self.diagnostics.push(Diagnostic::new(code, code.meaning, excerpt));
    }
}

#[cfg(test)]
mod tests;
