//! `sextant report verify`: whether stored records are what was written.

use std::io::Write;

use sextant_reports::{Finding, verify};

use crate::args::report::VerifyArgs;
use crate::exit::Exit;

/// Looks at every file, also after one that is no record, and says what is wrong with each.
pub(crate) fn run(args: &VerifyArgs) -> anyhow::Result<Exit> {
    let mut out = std::io::stdout().lock();
    let mut worst = Exit::Passed;
    for file in &args.files {
        let bytes = super::content(file)?;
        let stored = match super::parsed(file, &bytes) {
            Ok(stored) => stored,
            Err(error) => {
                writeln!(out, "unreadable  {error}")?;
                worst = Exit::BadInput;
                continue;
            }
        };
        let mut findings = verify(&stored, &bytes);
        if args.content {
            findings.retain(|finding| !finding.is_layout());
        }
        if findings.is_empty() {
            writeln!(out, "as written  {}  {}", stored.file, described(&stored.record))?;
            continue;
        }
        let word = if findings == [Finding::NoDigest] { "unknown   " } else { "changed   " };
        for finding in findings {
            writeln!(out, "{word}  {}: {finding}", stored.file)?;
        }
        if worst == Exit::Passed {
            worst = Exit::Failed;
        }
    }
    Ok(worst)
}

/// What two records can be compared by at a glance.
fn described(record: &sextant_verdict::RunRecord) -> String {
    let scenarios = match record.summary.total {
        1 => "1 scenario".to_owned(),
        n => format!("{n} scenarios"),
    };
    let digest = record.digest.as_ref().map_or("", |digest| &digest.canonical);
    format!("{scenarios}, {digest}")
}
