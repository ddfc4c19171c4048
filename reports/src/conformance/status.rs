//! Scenarios counted by level.

use sextant_verdict::{CheckRecord, ScenarioRecord, Verdict};

use super::{ExtendedStatus, Outcome, Statistics, Status, Support};

/// What came of both levels; the extended one is absent when nothing in `runs` is of it.
pub(super) fn statuses(
    runs: &[&ScenarioRecord],
    support: impl Fn(&str) -> Option<Support>,
) -> (Status, Option<ExtendedStatus>) {
    let mut core = Status::default();
    let mut extended = Status::default();
    for run in runs {
        for (level, verdict) in parts(run, &support) {
            count(if level == Support::Core { &mut core } else { &mut extended }, &run.id, verdict);
        }
    }
    let Status { failed_tests, result, skipped_tests, statistics } = extended;
    let some = statistics != Statistics::default();
    let extended =
        some.then(|| ExtendedStatus { failed_tests, result, skipped_tests, statistics, ..ExtendedStatus::default() });
    (core, extended)
}

/// The levels that a scenario has promises of, each with what came of those.
fn parts(run: &ScenarioRecord, support: &impl Fn(&str) -> Option<Support>) -> Vec<(Support, Verdict)> {
    let of_rules = |rules: &[String]| rules.iter().filter_map(|rule| support(rule)).min().unwrap_or(Support::Extended);
    let of_check = |check: &CheckRecord| of_rules(if check.rules.is_empty() { &run.rules } else { &check.rules });
    let blamed = run.checks.iter().any(|check| check.verdict == run.verdict);
    let levels: Vec<_> = [Support::Core, Support::Extended]
        .into_iter()
        .filter_map(|level| {
            let checks: Vec<_> = run.checks.iter().filter(|check| of_check(check) == level).collect();
            (!checks.is_empty()).then(|| (level, if blamed { verdict(&checks) } else { run.verdict }))
        })
        .collect();
    if levels.is_empty() { vec![(of_rules(&run.rules), run.verdict)] } else { levels }
}

/// The worst of `checks`; one that is skipped counts only when no other passed.
fn verdict(checks: &[&CheckRecord]) -> Verdict {
    let judged = checks.iter().map(|check| check.verdict).filter(|verdict| *verdict != Verdict::Skipped);
    judged.max().unwrap_or(Verdict::Skipped)
}

/// A scenario that came to no verdict has not been shown to keep its promises: it counts as failed.
fn count(status: &mut Status, id: &str, verdict: Verdict) {
    match verdict {
        Verdict::Pass => status.statistics.passed += 1,
        Verdict::Skipped => {
            status.statistics.skipped += 1;
            status.skipped_tests.push(id.into());
        }
        Verdict::Fail | Verdict::Inconclusive | Verdict::Error => {
            status.statistics.failed += 1;
            status.failed_tests.push(id.into());
        }
    }
    status.result = match status.statistics {
        Statistics { failed: 1.., .. } => Outcome::Failure,
        Statistics { skipped: 1.., .. } => Outcome::Partial,
        Statistics { .. } => Outcome::Success,
    };
}
