//! What Ctrl-C does to a command that has much to do.

use tokio::signal::unix::Signal;
use tokio_util::sync::CancellationToken;

use crate::exit::Exit;

/// The first Ctrl-C ends the run in order, the second one at once.
pub(crate) async fn follow(mut signals: Signal, cancel: CancellationToken) {
    if signals.recv().await.is_some() {
        anstream::eprintln!("interrupted: ending what runs; Ctrl-C again ends at once");
        cancel.cancel();
    }
    if signals.recv().await.is_some() {
        std::process::exit(Exit::Interrupted as i32);
    }
}
