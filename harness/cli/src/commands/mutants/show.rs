//! The kill matrix, for people and for programs.

use std::io::{StdoutLock, Write};
use std::time::Duration;

use serde::Serialize;
use sextant_catalogue::Profile;
use sextant_mutants::{Checked, Diagnoses, Hunt, Kill, Mutant};
use sextant_verdict::Cause;
use tabled::builder::Builder;
use tabled::settings::peaker::Priority;
use tabled::settings::{Style, Width};

use crate::args::{MutantsArgs, MutantsOutput};
use crate::terminal::Terminal;

/// One mutant for programs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    mutant: &'a str,
    profile: Profile,
    what: &'a str,
    class: Cause,
    rules: &'a [String],
    link: Option<&'a str>,
    kills: &'a [Kill],
    tried: usize,
}

/// Everything for programs.
#[derive(Serialize)]
struct Matrix<'a> {
    mutants: Vec<Row<'a>>,
    idle: &'a [String],
}

/// Prints what was found out about `asked`.
pub(super) fn print(
    checked: &Checked,
    asked: &[Mutant],
    args: &MutantsArgs,
    terminal: Terminal,
    took: Duration,
) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match args.output {
        MutantsOutput::Json => {
            let mutants = checked.hunts.iter().zip(asked).map(|(hunt, mutant)| row(hunt, mutant)).collect();
            serde_json::to_writer_pretty(&mut out, &Matrix { mutants, idle: &checked.idle })?;
            return Ok(writeln!(out)?);
        }
        MutantsOutput::Markdown => markdown(checked, asked, &mut out)?,
        MutantsOutput::Table => table(checked, asked, terminal, &mut out)?,
    }
    summary(checked, args, took, &mut out)?;
    diagnosis(&Diagnoses::of(&checked.hunts, asked), &mut out)
}

/// What the diagnoses of the kills are worth.
fn diagnosis(diagnoses: &Diagnoses<'_>, out: &mut StdoutLock<'_>) -> anyhow::Result<()> {
    let Diagnoses { all, first, among, .. } = diagnoses;
    if *all == 0 {
        return Ok(());
    }
    writeln!(out, "of {all} diagnoses {first} name the true class first, {among} among the first three")?;
    if !diagnoses.missed.is_empty() {
        writeln!(out, "not among the first three: {}", diagnoses.missed.join(", "))?;
    }
    Ok(())
}

fn row<'a>(hunt: &'a Hunt, mutant: &'a Mutant) -> Row<'a> {
    Row {
        mutant: &mutant.id,
        profile: mutant.profile,
        what: &mutant.what,
        class: mutant.cause,
        rules: &mutant.rules,
        link: mutant.link(),
        kills: &hunt.kills,
        tried: hunt.tried,
    }
}

fn table(checked: &Checked, asked: &[Mutant], terminal: Terminal, out: &mut StdoutLock<'_>) -> anyhow::Result<()> {
    let mut rows = Builder::default();
    rows.push_record(["mutant", "profile", "class", "what is wrong", "killed by", "reported"]);
    for (hunt, mutant) in checked.hunts.iter().zip(asked) {
        let (profile, class, pain) = (profile(mutant), mutant.cause.as_str(), mutant.pain.unwrap_or_default());
        rows.push_record([&hunt.mutant, profile, class, &mutant.what, &killers(hunt), pain]);
    }
    let mut table = rows.build();
    table.with(Style::blank()).with(Width::wrap(terminal.width).keep_words(true).priority(Priority::max(true)));
    for line in table.to_string().lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(writeln!(out)?)
}

fn markdown(checked: &Checked, asked: &[Mutant], out: &mut StdoutLock<'_>) -> anyhow::Result<()> {
    writeln!(out, "| mutant | profile | class | what is wrong | killed by | reported |\n|---|---|---|---|---|---|")?;
    for (hunt, mutant) in checked.hunts.iter().zip(asked) {
        let reported = match (mutant.pain, mutant.link()) {
            (Some(pain), Some(link)) => format!("[{pain}]({link})"),
            _ => String::new(),
        };
        let (id, what, killers) = (&hunt.mutant, &mutant.what, killers(hunt));
        writeln!(out, "| `{id}` | {} | {} | {what} | {killers} | {reported} |", profile(mutant), mutant.cause)?;
    }
    Ok(writeln!(out)?)
}

fn summary(checked: &Checked, args: &MutantsArgs, took: Duration, out: &mut StdoutLock<'_>) -> anyhow::Result<()> {
    let survivors: Vec<&str> = checked.survivors().collect();
    let (total, took) = (checked.hunts.len(), took.as_secs_f64());
    writeln!(out, "{} of {total} killed in {took:.1} s", total - survivors.len())?;
    if !survivors.is_empty() {
        writeln!(out, "survived: {}", survivors.join(", "))?;
    }
    if args.check || args.update.is_some() {
        writeln!(out, "{} scenarios notice a mutant", checked.scenarios.len())?;
    }
    if !checked.idle.is_empty() {
        writeln!(out, "notice nothing, and are not stated to be liveness checks: {}", checked.idle.join(", "))?;
    }
    if !checked.unknown.is_empty() {
        writeln!(out, "liveness checks that are no scenarios: {}", checked.unknown.join(", "))?;
    }
    Ok(())
}

fn killers(hunt: &Hunt) -> String {
    match hunt.kills.as_slice() {
        [] => "survived".to_owned(),
        [only] => only.scenario.clone(),
        [first, rest @ ..] => format!("{} and {} more", first.scenario, rest.len()),
    }
}

fn profile(mutant: &Mutant) -> &'static str {
    match mutant.profile {
        Profile::Kgateway => "kgateway",
        Profile::Istio => "istio",
    }
}
