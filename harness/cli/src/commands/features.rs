//! `sextant features`: what a subject can do beside proxying, as it says and as it is seen.

use std::io::Write;
use std::sync::Arc;

use futures::future::try_join_all;
use serde_json::json;
use sextant_reports::{Style, features};
use sextant_runner::{Feature, RunOptions, SubjectFactory, probe_features};
use sextant_verdict::{FeatureFinding, FeatureRecord};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::args::{FeaturesArgs, ListOutput};
use crate::commands::run::{addresses, subjects};
use crate::exit::Exit;
use crate::interrupt;
use crate::terminal::Terminal;

/// Lists the features, or probes subjects for them.
pub(crate) async fn run(args: FeaturesArgs, terminal: Terminal) -> anyhow::Result<Exit> {
    if args.subjects.is_empty() {
        return list(&args, terminal);
    }
    let subjects = subjects(&args.subjects, &args.with)?;
    let options =
        RunOptions { profile: args.profile.into(), addresses: addresses(None, &subjects)?, ..RunOptions::default() };
    let cancel = CancellationToken::new();
    let interrupted = tokio::spawn(interrupt::follow(signal(SignalKind::interrupt())?, cancel.clone()));
    let probed = probe(&subjects, &options, &cancel).await?;
    interrupted.abort();
    let mut out = std::io::stdout().lock();
    if args.output == ListOutput::Json {
        serde_json::to_writer_pretty(&mut out, &probed)?;
        writeln!(out)?;
    } else {
        write!(out, "{}", features::table(&probed, style(terminal)))?;
    }
    let absent = probed.iter().any(|feature| feature.finding == Some(FeatureFinding::DeclaredButAbsent));
    Ok(match (cancel.is_cancelled(), absent) {
        (true, _) => Exit::Interrupted,
        (_, true) => Exit::Failed,
        _ => Exit::Passed,
    })
}

/// Probes every one of `subjects`; the records are in the order of their names.
///
/// # Errors
/// When the probes themselves are faulty.
pub(crate) async fn probe(
    subjects: &[Arc<dyn SubjectFactory>],
    options: &RunOptions,
    cancel: &CancellationToken,
) -> anyhow::Result<Vec<FeatureRecord>> {
    let probed = try_join_all(subjects.iter().map(|subject| probe_features(subject, options, cancel))).await?;
    let mut probed: Vec<_> = probed.into_iter().flatten().collect();
    probed.sort_by(|a, b| a.subject.cmp(&b.subject)); // stable: the features of each keep their order
    Ok(probed)
}

fn list(args: &FeaturesArgs, terminal: Terminal) -> anyhow::Result<Exit> {
    let mut out = std::io::stdout().lock();
    if args.output == ListOutput::Json {
        let all = Feature::ALL
            .map(|feature| json!({ "name": feature.name(), "meaning": feature.meaning(), "probe": feature.probe() }));
        serde_json::to_writer_pretty(&mut out, &all)?;
        writeln!(out)?;
    } else {
        let all = Feature::ALL.map(|feature| [feature.name(), feature.meaning(), feature.probe()]);
        write!(out, "{}", features::list(&all, style(terminal)))?;
    }
    Ok(Exit::Passed)
}

fn style(terminal: Terminal) -> Style {
    Style { width: terminal.width, colour: terminal.color, unicode: true }
}
