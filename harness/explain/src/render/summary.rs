//! The last line: how many of everything.

use sextant_reports::layout::{Page, Tone, counted};
use sextant_resources::Severity;

use super::say;
use crate::explanation::{Explanation, Route};

/// `2 backends (1 without endpoint), 3 candidates left out; 1 route, all of it forwarded; 1 warning`
pub(super) fn summary(explanation: &Explanation, page: &mut Page) {
    let backends = || explanation.backends.iter().chain(&explanation.services);
    let dead = backends().filter(|backend| backend.outcome != "forward").count();
    let excluded: usize = backends().map(|backend| backend.excluded.len()).sum();
    let mut parts = vec![with(counted(backends().count() as u64, "backend"), dead, "without endpoint")];
    if excluded > 0 {
        parts.push(format!("{} left out", counted(excluded as u64, "candidate")));
    }
    let broken = explanation.routes.iter().filter(|route| !forwards(route)).count();
    parts.push(with(counted(explanation.routes.len() as u64, "route"), broken, "not forwarding everything"));
    for (severity, word) in [(Severity::Error, "error"), (Severity::Warning, "warning")] {
        let count = explanation.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
        if count > 0 {
            parts.push(counted(count as u64, word));
        }
    }
    page.section();
    say(page, if dead + broken > 0 { Tone::Bad } else { Tone::Good }, &parts.join(", "));
}

fn with(all: String, some: usize, what: &str) -> String {
    if some == 0 { all } else { format!("{all} ({some} {what})") }
}

/// Whether requests come in, and every share of every rule goes to endpoints or is redirected.
fn forwards(route: &Route) -> bool {
    let well = |outcome: &str| outcome == "forward" || outcome.starts_with('3');
    let shares = route.rules.iter().flat_map(|rule| rule.backend_refs.iter().filter(|r| r.weight > 0));
    !route.listeners.is_empty()
        && route.rules.iter().all(|rule| well(&rule.outcome))
        && shares.into_iter().all(|backend_ref| well(&backend_ref.outcome))
}
