//! What the checks find, before it is known whose admission counts.

use sextant_catalogue::{Layer, Row, row};
use sextant_resources::{Diagnostic, ObjectRef, Origin, Severity};

use crate::Admission;

/// What each layer says of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Says {
    pub(crate) webhook: Layer,
    pub(crate) crd: Layer,
}

impl Says {
    /// Both refuse it.
    pub(crate) const BOTH: Self = Self { webhook: Layer::Error, crd: Layer::Error };
    /// Only the webhook refuses it.
    pub(crate) const WEBHOOK: Self = Self { webhook: Layer::Error, crd: Layer::None };
    /// Only the CRD refuses it.
    pub(crate) const CRD: Self = Self { webhook: Layer::None, crd: Layer::Error };
    /// The webhook warns of it.
    pub(crate) const WARNING: Self = Self { webhook: Layer::Warning, crd: Layer::None };

    /// [`Self::BOTH`] if the webhook looks at it at all, else [`Self::CRD`].
    pub(crate) fn both_if(webhook: bool) -> Self {
        if webhook { Self::BOTH } else { Self::CRD }
    }

    /// [`Self::BOTH`] if the CRD refuses it too, else [`Self::WEBHOOK`].
    pub(crate) fn webhook_and(crd: bool) -> Self {
        if crd { Self::BOTH } else { Self::WEBHOOK }
    }

    fn severity(self, admission: Admission) -> Option<Severity> {
        let layer = match admission {
            Admission::Crd => self.crd,
            Admission::Webhook => self.webhook,
            Admission::Both => self.crd.max(self.webhook),
            Admission::CrdAdvised if self.crd == Layer::Error => Layer::Error,
            Admission::CrdAdvised => self.crd.max(self.webhook).min(Layer::Warning),
        };
        match layer {
            Layer::None => None,
            Layer::Warning => Some(Severity::Warning),
            Layer::Error => Some(Severity::Error),
        }
    }
}

/// A fault of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// Row of the bad-input table.
    pub(crate) code: &'static str,
    /// Path of the field.
    pub(crate) path: String,
    pub(crate) says: Says,
    /// The value that is at fault; empty when the place says it all.
    pub(crate) detail: String,
}

/// Collects the findings of one object.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<Finding>);

impl Findings {
    pub(crate) fn add(&mut self, code: &'static str, path: impl Into<String>, says: Says) {
        self.add_value(code, path, says, "");
    }

    /// The same, about a value that the message should show.
    pub(crate) fn add_value(
        &mut self,
        code: &'static str,
        path: impl Into<String>,
        says: Says,
        value: impl Into<String>,
    ) {
        self.0.push(Finding { code, path: path.into(), says, detail: value.into() });
    }

    /// Whether there is a finding of this code at this path.
    pub(crate) fn has(&self, code: &str, path: &str) -> bool {
        self.0.iter().any(|finding| finding.code == code && finding.path == path)
    }

    /// V-017, V-018: the webhook reports these alone and stops.
    pub(crate) fn webhook_stops_at(&mut self, codes: &[&str]) {
        let stops = |finding: &Finding| codes.contains(&finding.code) && finding.says.webhook == Layer::Error;
        let Some(first) = self.0.iter().position(stops) else { return };
        for (index, finding) in self.0.iter_mut().enumerate() {
            if index != first {
                finding.says.webhook = Layer::None;
            }
        }
    }

    /// What `admission` says of `object`.
    pub(crate) fn diagnostics(
        self,
        admission: Admission,
        object: &ObjectRef,
        origin: &Origin,
    ) -> impl Iterator<Item = Diagnostic> {
        self.0.into_iter().filter_map(move |finding| {
            let severity = finding.says.severity(admission)?;
            let Row { message, fix, .. } = row(finding.code)?;
            let detail = one_line(&finding.detail);
            let message = if detail.is_empty() { message.clone() } else { format!("{message}: {detail}") };
            let diagnostic = origin.diagnostic(severity, finding.code, object.clone(), finding.path, message);
            Some(diagnostic.with_help(fix.as_str()))
        })
    }
}

/// `text` as a message shows it: short, and on one line.
fn one_line(text: &str) -> String {
    const LONGEST: usize = 120;
    let mut shown = String::new();
    for character in text.chars().take(LONGEST) {
        if character.is_control() { shown.extend(character.escape_default()) } else { shown.push(character) }
    }
    if text.chars().nth(LONGEST).is_some() {
        shown.push('\u{2026}');
    }
    shown
}
