//! `sextant adapter`: whether an adapter speaks the protocol.

use std::io::Write;
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style as Look};
use sextant_subjects::{CERTIFY_WITHIN, Certificate, CertifyError, Check, CheckOutcome, certify};
use tabled::builder::Builder;
use tabled::settings::peaker::Priority;
use tabled::settings::{Style, Width};

use crate::args::{AdapterCommand, CertifyArgs, ListOutput};
use crate::exit::Exit;
use crate::terminal::Terminal;

/// Does what is asked.
pub(crate) async fn run(command: AdapterCommand, terminal: Terminal) -> anyhow::Result<Exit> {
    match command {
        AdapterCommand::Certify(args) => certified(&args, terminal).await,
    }
}

async fn certified(args: &CertifyArgs, terminal: Terminal) -> anyhow::Result<Exit> {
    let began = Instant::now();
    let certificate = certify(&args.file).await.map_err(|error| match error {
        CertifyError::Adapter(error) => anyhow::Error::from(error), // whose kind decides the exit status
        error => error.into(),
    })?;
    let text = match args.output {
        ListOutput::Json => serde_json::to_string_pretty(&certificate)?,
        ListOutput::Table => page(&certificate, began.elapsed(), terminal),
    };
    writeln!(std::io::stdout(), "{text}")?;
    Ok(if certificate.is_good() { Exit::Passed } else { Exit::Failed })
}

/// The table, what to do about what is wrong, and a last line with the counts.
fn page(certificate: &Certificate, took: Duration, terminal: Terminal) -> String {
    let mut rows = Builder::default();
    rows.push_record(["Check", "Outcome", "What was seen"]);
    for check in &certificate.checks {
        rows.push_record([check.check, check.outcome.word(), &check.saw]);
    }
    let mut table = rows.build();
    table.with(Style::blank()).with(Width::wrap(terminal.width).keep_words(true).priority(Priority::max(true)));
    let table = table.to_string();
    let mut lines: Vec<_> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    let wrong: Vec<_> = certificate.checks.iter().filter(|check| check.outcome == CheckOutcome::Wrong).collect();
    for Check { check, advice, .. } in &wrong {
        let (bold, plain) = if terminal.color {
            (BOLD.render().to_string(), BOLD.render_reset().to_string())
        } else {
            Default::default()
        };
        lines.push(format!("\n{bold}{check}{plain}: {advice}"));
    }
    let asked = certificate.checks.iter().filter(|check| check.outcome != CheckOutcome::NotAsked).count();
    let checks = if asked == 1 { "check" } else { "checks" };
    let verdict = if wrong.is_empty() { "certified" } else { "not certified" };
    lines.push(format!(
        "\n{}: {verdict}; {asked} {checks}, {} wrong, {} not asked; {:.1} s of at most {} s",
        certificate.adapter,
        wrong.len(),
        certificate.checks.len() - asked,
        took.as_secs_f64(),
        CERTIFY_WITHIN.as_secs()
    ));
    lines.join("\n")
}

const BOLD: Look = AnsiColor::Red.on_default().bold();
