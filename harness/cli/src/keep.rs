//! A testbed that stays up: what is said of it, and how it is let go.

use std::fmt::Write;

use sextant_runner::{Keep, KeptTestbed};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::args::Limit;
use crate::exit::Exit;

/// Follows a testbed that is kept.
pub(crate) struct Keeper {
    keep: Keep,
    watching: AbortOnDropHandle<()>,
}

impl Keeper {
    /// Keeps a testbed for `limit`. Before one is kept, a signal ends the run (`cancel`), afterwards the keeping; a second one
    /// ends the program.
    ///
    /// # Errors
    /// When signals cannot be awaited.
    pub(crate) fn start(limit: Limit, cancel: CancellationToken) -> std::io::Result<Self> {
        let (told, mut kept) = mpsc::unbounded_channel();
        let release = CancellationToken::new();
        let keep = Keep::new(told, release.clone(), limit.0);
        let (mut interrupts, mut ends) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let watching = tokio::spawn(async move {
            let mut signals = 0;
            loop {
                tokio::select! {
                    Some(testbed) = kept.recv() => {
                        anstream::eprint!("{}", text(&testbed, limit));
                        signals = 0;
                        // From here on a signal lets go; nothing else is told.
                        tokio::select! { _ = interrupts.recv() => {}, _ = ends.recv() => {} }
                        release.cancel();
                    }
                    _ = interrupts.recv() => signals += 1,
                    _ = ends.recv() => signals += 1,
                }
                match signals {
                    0 => {}
                    1 => cancel.cancel(),
                    _ => std::process::exit(Exit::Interrupted as i32),
                }
            }
        });
        Ok(Self { keep, watching: AbortOnDropHandle::new(watching) })
    }

    /// What the run needs, and what follows the signals until it is dropped.
    pub(crate) fn split(self) -> (Keep, AbortOnDropHandle<()>) {
        (self.keep, self.watching)
    }
}

/// What listens where, and commands to copy.
fn text(kept: &KeptTestbed, limit: Limit) -> String {
    let mut rows = Vec::new();
    for (port, listener) in &kept.listeners {
        rows.push([format!("listener {port}"), listener.to_string(), format!("the gateway, {}", kept.subject)]);
    }
    rows.extend(kept.admin.map(|admin| ["admin".to_owned(), admin.to_string(), format!("of {}", kept.subject)]));
    rows.push(["DNS".to_owned(), kept.dns.to_string(), "the fake DNS, UDP and TCP".to_owned()]);
    for (documented, actual, who) in &kept.workloads {
        rows.push([documented.to_string(), actual.to_string(), who.clone()]);
    }
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let (what, at) = (width(0), width(1));
    let mut text = format!("\nkept: {} on {} ({})\n\n", kept.scenario, kept.subject, kept.verdict);
    // Writing to a string cannot fail.
    for [name, address, note] in &rows {
        let line = format!("  {name:<what$}  {address:<at$}  {note}");
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text.push('\n');
    for command in &kept.commands {
        let _ = writeln!(text, "  {command}");
    }
    let until = limit.0.map_or_else(String::new, |limit| format!(", or for {limit:?}"));
    let _ = writeln!(text, "\nit stays up until Ctrl-C{until}");
    text
}
