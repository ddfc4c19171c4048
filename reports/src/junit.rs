//! The report as JUnit XML for CI test views: a suite per subject, a case per scenario.
//!
//! JUnit has no word for an inconclusive scenario. It is an error of type `inconclusive`: it must not look like a
//! broken promise, and it must not look green. Nor has it one for trouble that a ledger knows of, which is skipped; what
//! passed although a ledger says that it does not is a failure of type `unexpected-pass`.

use std::io::Write;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestSuite};
use sextant_verdict::{FeatureFinding, FeatureRecord, Known, ScenarioRecord, Verdict};

use crate::report::{Problem, Report};
use crate::text::one_line;
use crate::{WriteError, features, listing};

/// Writes the report as JUnit XML.
///
/// `classname` is subject and folder, separated by dots as viewers expect of packages. Characters that XML cannot hold
/// are written out (`\u{1b}`), so bodies of any content are safe.
///
/// # Errors
///
/// [`WriteError::Junit`] when the writer fails.
pub fn write(report: &Report<'_>, out: impl Write) -> Result<(), WriteError> {
    let environment = &report.record().environment;
    let mut junit = quick_junit::Report::new("sextant");
    if let Some(duration) = environment.duration_us {
        junit.set_time(Duration::from_micros(duration));
    }
    for (subject, scenarios) in report.subjects() {
        let mut suite = TestSuite::new(one_line(subject));
        let properties = [
            ("sextant", environment.sextant.as_str()),
            ("profile", &environment.profile),
            ("seed", &environment.seed.to_string()),
            ("addressMode", &environment.address_mode),
        ];
        suite.add_properties(properties.map(|(name, value)| property(name, value)));
        let times: Vec<_> = scenarios.iter().filter_map(|scenario| scenario.duration_us).collect();
        if !times.is_empty() {
            suite.set_time(Duration::from_micros(times.into_iter().fold(0, u64::saturating_add)));
        }
        suite.add_test_cases(scenarios.into_iter().map(|scenario| case(report, scenario)));
        suite.add_test_cases(report.findings().filter(|feature| feature.subject == subject).map(feature_case));
        junit.add_test_suite(suite);
    }
    junit.serialize(out).map_err(WriteError::Junit)
}

fn case(report: &Report<'_>, scenario: &ScenarioRecord) -> TestCase {
    let mut case = TestCase::new(one_line(&scenario.id), status(report, scenario));
    case.set_classname(one_line(&classname(scenario)));
    case.set_assertions(scenario.checks.len());
    if let Some(duration) = scenario.duration_us {
        case.set_time(Duration::from_micros(duration));
    }
    case.extra.insert("file".into(), one_line(&scenario.place.file).into());
    case.extra.insert("line".into(), scenario.place.line.to_string().into());
    let properties = [
        ("title", scenario.title.as_str()),
        ("rules", &scenario.rules.join(", ")),
        ("seed", &report.record().environment.seed.to_string()),
        ("requests", &scenario.requests.to_string()),
        ("repeat", &scenario.repeat),
    ];
    case.add_properties(properties.map(|(name, value)| property(name, value)));
    case
}

/// A finding about a feature: what is declared and absent is a failure, what is present and undeclared a skip that says so.
fn feature_case(feature: &FeatureRecord) -> TestCase {
    let absent = feature.finding == Some(FeatureFinding::DeclaredButAbsent);
    let mut status =
        if absent { TestCaseStatus::non_success(NonSuccessKind::Failure) } else { TestCaseStatus::skipped() };
    status.set_type(if absent { "declared-but-absent" } else { "present-but-undeclared" });
    status.set_message(one_line(&features::told(feature)));
    let mut case = TestCase::new(one_line(&format!("feature {}", feature.name)), status);
    case.set_classname(one_line(&format!("{}.features", feature.subject.replace('.', "_"))));
    case
}

fn property(name: &str, value: &str) -> Property {
    Property::new(name, one_line(value).as_str())
}

/// `reference.documented`: dots within a name would split it.
fn classname(scenario: &ScenarioRecord) -> String {
    let folder = Report::folder(&scenario.place.file);
    let parts = std::iter::once(scenario.subject.as_str()).chain(folder.split('/'));
    parts.map(|part| part.replace('.', "_")).collect::<Vec<_>>().join(".")
}

fn status(report: &Report<'_>, scenario: &ScenarioRecord) -> TestCaseStatus {
    if let Some(known) = &scenario.known {
        return known_status(scenario, known);
    }
    let problems = Problem::of(scenario);
    if scenario.in_trouble() && !report.record().counts(scenario) {
        let mut status = TestCaseStatus::skipped();
        status.set_type("should");
        status.set_message(one_line(&format!("{} (should): {}", scenario.verdict, message(&problems))));
        return status;
    }
    let kind = match scenario.verdict {
        Verdict::Pass => return TestCaseStatus::success(),
        Verdict::Skipped => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(one_line(&scenario.reason));
            return status;
        }
        Verdict::Fail => NonSuccessKind::Failure,
        Verdict::Inconclusive | Verdict::Error => NonSuccessKind::Error,
    };
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(scenario.verdict.as_str());
    status.set_message(one_line(&message(&problems)));
    status.set_description(problems.iter().map(listing::text).collect::<Vec<_>>().join("\n\n"));
    status
}

/// What a ledger says of a scenario: trouble that is known is skipped, an entry that has to go or to be renewed is a failure.
fn known_status(scenario: &ScenarioRecord, known: &Known) -> TestCaseStatus {
    let place = Report::entry_place(known);
    let Known { reason, link, owner, expires, .. } = known;
    let (kind, message) = if scenario.passed_unexpectedly() {
        ("unexpected-pass", format!("it passed, but the ledger says that it does not ({place}): {reason}"))
    } else if known.expired {
        ("expired", format!("the entry of the ledger at {place} expired on {expires} ({owner}): {reason} ({link})"))
    } else {
        let mut status = TestCaseStatus::skipped();
        status.set_type(scenario.word());
        status.set_message(one_line(&format!("{}: {reason} ({link}; {owner}, until {expires})", scenario.word())));
        return status;
    };
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_type(kind);
    status.set_message(one_line(&message));
    status
}

/// The worst problem in one line, with the number of the others.
fn message(problems: &[Problem<'_>]) -> String {
    let Some(worst) = problems.iter().rev().max_by_key(|problem| problem.verdict()) else {
        return String::new();
    };
    match problems.len() - 1 {
        0 => worst.message(),
        more => format!("{} (and {more} more)", worst.message()),
    }
}
