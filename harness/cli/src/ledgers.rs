//! Ledgers of known failures: which are used in a run, and what the run makes of them.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::civil::Date;
use jiff::{Timestamp, tz};
use sextant_ledger::{Held, Ledger, Unmatched, hold, read};
use sextant_reports::Report;
use sextant_subjects::known_failures;
use sextant_verdict::RunRecord;

use crate::args::{LedgerArgs, Selection, SubjectArg};
use crate::commands::BadInput;
use crate::suite::Selected;
use crate::terminal::Terminal;

/// In place of a file: no ledger.
const NONE: &str = "-";

/// The ledger of an adapter, beside its file. A copy of the adapter takes it along, and nobody else has it.
const OF_ADAPTER: &str = "known-failures.yaml";

/// The ledgers of a run.
pub(crate) struct Ledgers {
    held: Vec<(Ledger, Unmatched)>,
    today: Date,
}

impl Ledgers {
    /// Reads the ledgers that `args` names, and for the other subjects those that come with them. `names` are those of
    /// `subjects`, in their order.
    ///
    /// # Errors
    /// When one cannot be read, is faulty, or is about a subject that does not run.
    pub(crate) fn read(
        args: &LedgerArgs,
        subjects: &[SubjectArg],
        names: &[&str],
        selection: &Selection,
        selected: &Selected,
        terminal: Terminal,
    ) -> anyhow::Result<Self> {
        let today = today(args)?;
        let none = args.files.iter().any(|file| file.as_os_str() == NONE);
        if none && args.files.len() > 1 {
            return Err(BadInput("--known-failures - means no ledger; leave it or the other files out".into()).into());
        }
        let mut held: Vec<(Ledger, Unmatched)> = Vec::new();
        let given = if none { &[] } else { args.files.as_slice() };
        if !given.is_empty() {
            let ids = selected.all_ids(selection, terminal)?;
            for file in given {
                for ledger in given_ledgers(file, &ids, terminal)? {
                    check_subject(&ledger, names, &held)?;
                    held.push((ledger, Unmatched::Told));
                }
            }
        }
        for (subject, name) in subjects.iter().zip(names) {
            if none || held.iter().any(|(ledger, _)| ledger.subject == *name) {
                continue;
            }
            let unmatched = if selected.whole_suite { Unmatched::Told } else { Unmatched::PassedOver };
            let own = match subject {
                SubjectArg::Reference | SubjectArg::Envoy => built_in(name)?,
                SubjectArg::Exec(adapter) => match adapter.with_file_name(OF_ADAPTER) {
                    file if file.exists() => given_ledgers(&file, &selected.all_ids(selection, terminal)?, terminal)?,
                    _ => Vec::new(),
                },
                SubjectArg::Url(_) => Vec::new(),
            };
            for ledger in own {
                check_subject(&ledger, names, &held)?;
                held.push((ledger, unmatched));
            }
        }
        Ok(Self { held, today })
    }

    /// Marks in `record` what is known, and what has become of the entries.
    pub(crate) fn hold(&self, record: &mut RunRecord) {
        let differing: BTreeSet<String> =
            Report::new(record).differences().into_iter().map(|difference| difference.scenario.to_owned()).collect();
        let held: Vec<_> = self.held.iter().map(|(ledger, unmatched)| Held { ledger, unmatched: *unmatched }).collect();
        hold(record, &held, self.today, &differing);
    }
}

/// The ledger of a subject that is built in.
fn built_in(subject: &str) -> anyhow::Result<Vec<Ledger>> {
    let Some(known) = known_failures(subject) else { return Ok(Vec::new()) };
    read(known.file, known.text, None)
        .map_err(|faults| anyhow::anyhow!("a ledger of this program is faulty:\n{faults}"))
}

/// Today, as whoever wants to repeat a run says it.
fn today(args: &LedgerArgs) -> anyhow::Result<Date> {
    let now = match args.source_date_epoch {
        Some(seconds) => Timestamp::from_second(seconds)
            .map_err(|_| BadInput(format!("SOURCE_DATE_EPOCH: `{seconds}` is no time that a calendar has")))?,
        None => Timestamp::now(),
    };
    Ok(args.today.unwrap_or_else(|| now.to_zoned(tz::TimeZone::UTC).date()))
}

fn given_ledgers(file: &Path, ids: &BTreeSet<String>, terminal: Terminal) -> anyhow::Result<Vec<Ledger>> {
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file)
        .map_err(|error| BadInput(format!("cannot read the ledger {name}: {error}; `-` is for none")))?;
    read(&name, &text, Some(ids)).map_err(|faults| {
        anstream::eprintln!("{}", faults.render(terminal.color));
        BadInput(format!("the ledger {name} has faults (above); nothing was run")).into()
    })
}

fn check_subject(ledger: &Ledger, subjects: &[&str], held: &[(Ledger, Unmatched)]) -> Result<(), BadInput> {
    let (subject, place) = (&ledger.subject, &ledger.place);
    let at = format!("{}:{}:{}", place.file, place.line, place.column);
    if !subjects.contains(&subject.as_str()) {
        let running = subjects.join(", ");
        let what = format!("{at}: this ledger is about the subject `{subject}`, and this run is about {running}");
        return Err(BadInput(format!("{what}; leave it out, or correct `subject:`")));
    }
    if let Some((first, _)) = held.iter().find(|(held, _)| held.subject == *subject) {
        let first = format!("{}:{}", first.place.file, first.place.line);
        return Err(BadInput(format!("{at}: the subject `{subject}` has a ledger already, at {first}; make them one")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use sextant_scenario::load;
    use sextant_subjects::all_known_failures;

    use super::*;

    /// Whoever runs `sextant` cannot mend them.
    #[test]
    fn every_ledger_that_is_built_in_is_valid_and_names_scenarios_of_the_suite() {
        let suite = load(&[concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios").into()]).unwrap();
        let ids = suite.scenarios.iter().map(|loaded| loaded.scenario.id.clone()).collect();
        for shipped in all_known_failures() {
            let ledgers = read(shipped.file, shipped.text, Some(&ids)).unwrap_or_else(|faults| panic!("{faults}"));
            let subjects: Vec<_> = ledgers.iter().map(|ledger| format!("{}.yaml", ledger.subject)).collect();
            assert_eq!(
                subjects,
                [shipped.file.rsplit('/').next().unwrap()],
                "a file is about the subject it is named after"
            );
        }
    }
}
