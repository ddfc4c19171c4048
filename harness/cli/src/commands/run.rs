//! `sextant run`: scenarios against a gateway.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use sextant_reports::Report;
use sextant_runner::{AddressMode, Repeat, RunOptions, SubjectFactory, run_keeping};
use sextant_subjects::{EnvoyFactory, ExecFactory, ReferenceFactory, UrlFactory, find_envoy};
use sextant_verdict::{Level, RunRecord};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::args::{AddressesArg, CountsArg, RunArgs, RunOutput, SubjectArg, SubjectOptions};
use crate::commands::{BadInput, features};
use crate::exit::Exit;
use crate::formats::{self, Format, Look};
use crate::implementation;
use crate::interrupt;
use crate::keep::Keeper;
use crate::ledgers::Ledgers;
use crate::progress;
use crate::suite::Selected;
use crate::terminal::Terminal;

/// Runs the selected scenarios and reports. Ctrl-C ends the run in order: what was not run is said to be skipped.
pub(crate) async fn run(args: RunArgs, terminal: Terminal) -> anyhow::Result<Exit> {
    let selected = Selected::read(&args.selection, terminal)?;
    let subjects = subjects(&args.subjects, &args.with)?;
    let names: Vec<_> = subjects.iter().map(|subject| subject.name()).collect();
    if args.reports.iter().any(|(format, _)| *format == Format::Conformance) {
        implementation::demand(&names, &args.implementation)?; // before the run, not after it
    }
    let ledgers = Ledgers::read(&args.ledger, &args.subjects, &names, &args.selection, &selected, terminal)?;
    let options = RunOptions {
        profile: args.profile.into(),
        addresses: addresses(args.addresses, &subjects)?,
        seed: args.seed,
        jobs: args.jobs.map(usize::from),
        scenario_timeout: args.timeout,
        repeat: if selected.from_suite { Repeat::ById } else { Repeat::ByFile },
        ..RunOptions::default()
    };
    let (events, received) = mpsc::unbounded_channel();
    let cancel = CancellationToken::new();
    let quiet = args.quiet || args.output != RunOutput::Table;
    let shown = tokio::spawn(progress::show(received, terminal, quiet));
    let keeper = args.keep.keep.map(|limit| Keeper::start(limit, cancel.clone())).transpose()?;
    let interrupted = match &keeper {
        Some(_) => None, // it follows the signals itself
        None => Some(tokio::spawn(interrupt::follow(signal(SignalKind::interrupt())?, cancel.clone()))),
    };
    let (keep, _watching) = keeper.map(Keeper::split).unzip();
    let foreign: Vec<_> = subjects.iter().filter(|subject| subject.is_foreign()).cloned().collect();
    let probed = features::probe(&foreign, &options, &cancel).await?;
    let mut record = run_keeping(selected.scenarios, subjects, options, events, cancel.clone(), keep).await;
    if let Some(interrupted) = interrupted {
        interrupted.abort();
    }
    shown.await.context("the progress display failed")?;
    record.features = probed;
    record.environment.level = (args.ledger.level == CountsArg::Must).then_some(Level::Must);
    ledgers.hold(&mut record);
    for (format, file) in &args.reports {
        write_report(&record, *format, file, &args, terminal)?;
    }
    print(&record, &args, terminal)?;
    Ok(if cancel.is_cancelled() { Exit::Interrupted } else { exit(&record, args.ledger.fail_on_difference) })
}

/// What the run comes to. `strict` counts a difference between subjects that no ledger explains as a failure.
fn exit(record: &RunRecord, strict: bool) -> Exit {
    let unexplained = || Report::new(record).differences().iter().any(|difference| !difference.is_explained());
    if strict && unexplained() { Exit::Failed } else { record.outcome().into() }
}

/// The gateways under test, in the order of the command line.
pub(crate) fn subjects(asked: &[SubjectArg], options: &SubjectOptions) -> anyhow::Result<Vec<Arc<dyn SubjectFactory>>> {
    if options.apply_command.is_some() && !asked.iter().any(|subject| matches!(subject, SubjectArg::Url(_))) {
        let what = "--apply-command is for a subject such as url:http://127.0.0.1:8080, and there is none";
        return Err(BadInput(what.to_owned()).into());
    }
    let mut subjects: Vec<Arc<dyn SubjectFactory>> = Vec::with_capacity(asked.len());
    for subject in asked {
        subjects.push(match subject {
            SubjectArg::Reference => Arc::new(ReferenceFactory::default()),
            SubjectArg::Envoy => {
                let program = find_envoy(options.envoy.as_deref()).map_err(|error| BadInput(error.to_string()))?;
                Arc::new(EnvoyFactory::new(program))
            }
            SubjectArg::Exec(file) => Arc::new(ExecFactory::read(file)?),
            SubjectArg::Url(url) => Arc::new(at_url(url, options.apply_command.as_deref())?),
        });
    }
    Ok(subjects)
}

fn at_url(url: &str, command: Option<&str>) -> Result<UrlFactory, BadInput> {
    let Some(command) = command else {
        let what = format!("the subject url:{url} needs --apply-command, which gives it manifests");
        return Err(BadInput(format!("{what}; for example --apply-command 'kubectl apply -f -'")));
    };
    UrlFactory::new(url, command).map_err(|error| BadInput(format!("the subject url:{url}: {error}")))
}

/// The address mode that was asked for, or the one that suits every subject.
pub(crate) fn addresses(
    asked: Option<AddressesArg>,
    subjects: &[Arc<dyn SubjectFactory>],
) -> Result<AddressMode, BadInput> {
    let outside = subjects.iter().find(|subject| !subject.dials_through_plan());
    match (asked.map(AddressMode::from), outside) {
        (Some(AddressMode::Alias), Some(outside)) => Err(BadInput(format!(
            "`--addresses alias` does not suit the subject `{}`, which knows manifests alone: use rewrite or netns",
            outside.name()
        ))),
        (Some(asked), _) => Ok(asked),
        (None, Some(_)) => Ok(AddressMode::Rewrite),
        (None, None) => Ok(AddressMode::Alias),
    }
}

fn print(record: &RunRecord, args: &RunArgs, screen: Terminal) -> anyhow::Result<()> {
    let format = match args.output {
        RunOutput::Table => Format::Table,
        RunOutput::Json => Format::Json,
        RunOutput::Markdown => Format::Markdown,
    };
    formats::write(record, format, &look(args), screen, &mut std::io::stdout().lock())
}

fn write_report(
    record: &RunRecord,
    format: Format,
    file: &Path,
    args: &RunArgs,
    screen: Terminal,
) -> anyhow::Result<()> {
    let wrong = || format!("cannot write the report {}", file.display());
    let mut out = BufWriter::new(File::create(file).with_context(wrong)?);
    let plain = Terminal { color: false, ..screen };
    formats::write(record, format, &look(args), plain, &mut out).with_context(wrong)?;
    out.flush().with_context(wrong)
}

fn look(args: &RunArgs) -> Look {
    Look {
        canonical: args.canonical,
        quiet: args.quiet,
        verbose: args.verbose,
        implementation: args.implementation.clone(),
    }
}
