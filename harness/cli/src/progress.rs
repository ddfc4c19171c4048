//! What is shown while a run goes on: a bar where somebody watches, one line a scenario in a log.

use indicatif::{ProgressBar, ProgressStyle};
use sextant_reports::{Style, progress};
use sextant_verdict::{RunEvent, Verdict};
use tokio::sync::mpsc;

use crate::terminal::Terminal;

/// Shows `events` on standard error until the run ends. `quiet` shows nothing but the bar.
pub(crate) async fn show(mut events: mpsc::UnboundedReceiver<RunEvent>, terminal: Terminal, quiet: bool) {
    let bar = if terminal.watched { ProgressBar::no_length() } else { ProgressBar::hidden() };
    bar.set_style(
        ProgressStyle::with_template("{spinner} {pos}/{len} scenarios  {elapsed}  {wide_msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let style = Style { width: terminal.width, colour: terminal.color, unicode: true };
    while let Some(event) = events.recv().await {
        match &event {
            RunEvent::RunStarted { total } => bar.set_length(*total as u64),
            RunEvent::StepStarted { id, step, .. } => bar.set_message(format!("{id}: {step}")),
            RunEvent::ScenarioFinished(_) => bar.inc(1),
            _ => {}
        }
        let Some(line) = progress::line(&event) else { continue };
        let wrong = line.verdict.is_some_and(|verdict| verdict > Verdict::Skipped);
        if terminal.watched {
            // What went wrong is worth knowing at once; the rest is in the report.
            if wrong && !quiet {
                bar.suspend(|| anstream::eprintln!("{}", line.render(style)));
            }
        } else if !quiet {
            anstream::eprintln!("{}", line.render(Style { colour: false, ..style }));
        }
    }
    bar.finish_and_clear();
}
