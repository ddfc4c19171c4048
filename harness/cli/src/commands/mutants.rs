//! `sextant mutants`: whether the suite catches gateways that are wrong.

mod show;

use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use sextant_catalogue::Profile;
use sextant_mutants::{Checked, Diagnoses, Hunter, Kills, Mutant, check, hunts, liveness, mutants};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::args::{MutantsArgs, ProfileArg, Selection};
use crate::commands::BadInput;
use crate::exit::Exit;
use crate::interrupt;
use crate::suite::Selected;
use crate::terminal::Terminal;

/// Runs the suite on every mutant that is asked for, until a scenario notices.
pub(crate) async fn run(args: MutantsArgs, terminal: Terminal) -> anyhow::Result<Exit> {
    let asked = asked(&args)?;
    let suite = Selected::read(&Selection::default(), terminal)?;
    let table = known(args.update.as_deref())?;
    let began = Instant::now();
    let cancel = CancellationToken::new();
    let interrupted = tokio::spawn(interrupt::follow(signal(SignalKind::interrupt())?, cancel.clone()));
    let jobs = args.jobs.map_or_else(default_jobs, usize::from);
    // While hints hold, a hunt is one scenario; where they do not, hunts are few.
    let hunter = Hunter::new(suite.scenarios.clone(), jobs, cancel.clone());
    let progress = |done: usize, total: usize| {
        if terminal.watched {
            anstream::eprint!("\r{done} of {total}, {:.0} s ", began.elapsed().as_secs_f64());
        }
    };
    let checked = if args.check || args.update.is_some() {
        check(&hunter, &asked, &table, &liveness()?, jobs, progress).await
    } else {
        let side_by_side = if args.whole { 1 } else { jobs };
        let told = |done| progress(done, asked.len());
        Checked { hunts: hunts(&hunter, &asked, &table, args.whole, side_by_side, told).await, ..Checked::default() }
    };
    interrupted.abort();
    if terminal.watched {
        anstream::eprintln!();
    }
    if cancel.is_cancelled() {
        // What was cut off says nothing.
        anstream::eprintln!("interrupted: nothing is known about what was not looked at");
        return Ok(Exit::Interrupted);
    }
    show::print(&checked, &asked, &args, terminal, began.elapsed())?;
    if let Some(file) = &args.update {
        std::fs::write(file, checked.table().to_yaml()).with_context(|| format!("cannot write {}", file.display()))?;
    }
    let trusted = !args.check || Diagnoses::of(&checked.hunts, &asked).are_good();
    Ok(if checked.is_complete() && trusted { Exit::Passed } else { Exit::Failed })
}

/// Where to look first: what the file that is to be written says, if it is there, or what this program was built with.
fn known(file: Option<&Path>) -> anyhow::Result<Kills> {
    match file.filter(|file| file.exists()) {
        Some(file) => {
            let name = file.display();
            let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {name}"))?;
            Ok(Kills::read(&text, &name.to_string())?)
        }
        None => Ok(Kills::committed()?),
    }
}

/// Four times the number of cores: scenarios mostly wait.
fn default_jobs() -> usize {
    4 * std::thread::available_parallelism().map_or(1, usize::from)
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
