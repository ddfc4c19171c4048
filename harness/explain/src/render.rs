//! The explanation as text: what serves and what each endpoint gets, what was left out and the rule that says so, then
//! routes, then findings, and one line of counts last, where the eye is.

mod backends;
mod endpoints;
mod left_out;
mod routes;
mod summary;

use std::collections::HashSet;

use sextant_reports::Style;
use sextant_reports::layout::{Cell, Lines, Page, Tone, visible};
use sextant_resources::{Diagnostic, Severity};
use sextant_routing::{Locality, Profile};

pub use backends::{name as declared, resolution};
pub use endpoints::socket;
pub(crate) use endpoints::source;
pub(crate) use left_out::excluded;
pub(crate) use routes::{reference, tone};

use crate::explanation::{BackendName, Explanation, Gateway};

impl Explanation {
    /// The explanation for people, ending in a line feed. No line is wider than `style` allows.
    pub fn render(&self, style: Style) -> String {
        let mut page = Page::new(style);
        say(&mut page, Tone::Dim, &setting(self.profile, &self.gateway));
        let used = self.used();
        backends::backends(&self.backends, &used, &mut page);
        backends::backends(&self.services, &used, &mut page);
        left_out::without_backend(&self.without_backend, &mut page);
        left_out::unselected(&self.unselected, &mut page);
        routes::listeners(&self.listeners, &mut page);
        for route in &self.routes {
            routes::route(route, &mut page);
        }
        findings(&self.diagnostics, &mut page);
        summary::summary(self, &mut page);
        page.finish()
    }
}

impl Explanation {
    /// Backends that some route sends requests to.
    fn used(&self) -> HashSet<&BackendName> {
        let routes = self.routes.iter().filter(|route| !route.listeners.is_empty());
        let refs = routes.flat_map(|route| &route.rules).flat_map(|rule| &rule.backend_refs);
        refs.filter(|r| r.weight > 0).filter_map(|r| r.backend.as_ref()).collect()
    }
}

/// Whose rules, and for which gateway.
pub(crate) fn setting(profile: Profile, gateway: &Gateway) -> String {
    format!("by the rules of {}, {}", whose(profile), asker(gateway))
}

/// The profile as people write it.
pub(crate) fn whose(profile: Profile) -> &'static str {
    match profile {
        Profile::Kgateway => "kgateway",
        Profile::Istio => "Istio",
    }
}

/// For which gateway.
pub(crate) fn asker(gateway: &Gateway) -> String {
    let labels: Vec<_> = gateway.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let facts = [
        named("locality", &gateway.locality.to_string()),
        named("network", &gateway.network),
        named("labels", &labels.join(", ")),
    ];
    let facts: Vec<_> = facts.into_iter().flatten().collect();
    match facts.is_empty() {
        true => "for a gateway without locality, network and labels".to_owned(),
        false => format!("for a gateway in {}", facts.join(", ")),
    }
}

fn named(what: &str, value: &str) -> Option<String> {
    (!value.is_empty()).then(|| format!("{what} {value}"))
}

/// Text that may come from outside, wrapped.
pub(crate) fn say(page: &mut Page, tone: Tone, text: &str) {
    let shown = visible(text, Lines::One, page.style().unicode);
    page.text(tone, &shown);
}

/// Text that may come from outside as a cell; nothing where there is none.
pub(crate) fn cell(text: &str, style: Style) -> Cell {
    if text.is_empty() { Cell::plain("") } else { Cell::shown(text, style) }
}

/// `r1/z1/sz1`, or that there is none.
pub fn place(locality: &Locality) -> String {
    if locality.is_empty() { "no locality".to_owned() } else { locality.to_string() }
}

/// A finding in a line, and below it what to do.
fn findings(diagnostics: &[Diagnostic], page: &mut Page) {
    if diagnostics.is_empty() {
        return;
    }
    page.section();
    for diagnostic in diagnostics {
        let tone = if diagnostic.severity == Severity::Error { Tone::Bad } else { Tone::Plain };
        say(page, tone, &diagnostic.to_string());
        if !diagnostic.help.is_empty() {
            say(page, Tone::Dim, &format!("  {}", diagnostic.help));
        }
    }
}
