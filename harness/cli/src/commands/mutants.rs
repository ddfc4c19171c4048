//! `sextant mutants`: whether the suite catches gateways that are wrong.

use std::io::Write;
use std::time::Instant;

use futures::StreamExt;
use sextant_catalogue::Profile;
use sextant_mutants::{Hunt, Mutant, hunt, mutants};
use tabled::builder::Builder;
use tabled::settings::peaker::Priority;
use tabled::settings::{Style, Width};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::args::{ListOutput, MutantsArgs, ProfileArg, Selection};
use crate::commands::BadInput;
use crate::exit::Exit;
use crate::interrupt;
use crate::suite::Selected;
use crate::terminal::Terminal;

/// Runs the suite on every mutant that is asked for, until a scenario notices.
pub(crate) async fn run(args: MutantsArgs, terminal: Terminal) -> anyhow::Result<Exit> {
    let asked = asked(&args)?;
    let suite = Selected::read(&Selection::default(), terminal)?;
    let began = Instant::now();
    let cancel = CancellationToken::new();
    let interrupted = tokio::spawn(interrupt::follow(signal(SignalKind::interrupt())?, cancel.clone()));
    let jobs = args.jobs.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from);
    let hunts = asked.iter().map(|mutant| hunt(mutant, &suite.scenarios, args.whole, &cancel));
    let mut hunts = futures::stream::iter(hunts).buffered(jobs);
    let mut done: Vec<Hunt> = Vec::with_capacity(asked.len());
    while let Some(hunt) = hunts.next().await {
        if terminal.watched {
            anstream::eprint!(
                "\r{} of {} mutants, {:.0} s ",
                done.len() + 1,
                asked.len(),
                began.elapsed().as_secs_f64()
            );
        }
        if cancel.is_cancelled() {
            break; // what was cut off says nothing
        }
        done.push(hunt);
    }
    interrupted.abort();
    if terminal.watched {
        anstream::eprintln!();
    }
    print(&done, &asked, &args, terminal)?;
    if cancel.is_cancelled() {
        anstream::eprintln!("{} of {} mutants were not looked at", asked.len() - done.len(), asked.len());
        return Ok(Exit::Interrupted);
    }
    let survivors = done.iter().filter(|hunt| hunt.kills.is_empty()).count();
    Ok(if survivors == 0 { Exit::Passed } else { Exit::Failed })
}

fn asked(args: &MutantsArgs) -> Result<Vec<Mutant>, BadInput> {
    let profile = args.profile.map(|profile| match profile {
        ProfileArg::Kgateway => Profile::Kgateway,
        ProfileArg::Istio => Profile::Istio,
    });
    let all = mutants();
    if let Some(unknown) = args.ids.iter().find(|id| !all.iter().any(|mutant| mutant.id == **id)) {
        return Err(BadInput(format!("there is no mutant `{unknown}`; `sextant mutants` runs them all")));
    }
    let asked = |mutant: &Mutant| args.ids.is_empty() || args.ids.contains(&mutant.id);
    let of_profile = |mutant: &Mutant| profile.is_none_or(|profile| mutant.profile == profile);
    Ok(all.into_iter().filter(|mutant| asked(mutant) && of_profile(mutant)).collect())
}

fn print(done: &[Hunt], asked: &[Mutant], args: &MutantsArgs, terminal: Terminal) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if args.output == ListOutput::Json {
        serde_json::to_writer_pretty(&mut out, done)?;
        return Ok(writeln!(out)?);
    }
    let mut rows = Builder::default();
    rows.push_record(["mutant", "what is wrong", "killed by", "tried"]);
    for (hunt, mutant) in done.iter().zip(asked) {
        let killers = match hunt.kills.as_slice() {
            [] => "survived".to_owned(),
            [only] => only.scenario.clone(),
            [first, rest @ ..] => format!("{} and {} more", first.scenario, rest.len()),
        };
        rows.push_record([&hunt.mutant, &mutant.what, &killers, &hunt.tried.to_string()]);
    }
    let mut table = rows.build();
    table.with(Style::blank()).with(Width::wrap(terminal.width).keep_words(true).priority(Priority::max(true)));
    for line in table.to_string().lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    let killed = done.iter().filter(|hunt| !hunt.kills.is_empty()).count();
    Ok(writeln!(out, "\n{killed} of {} killed", done.len())?)
}
