//! What an adapter leaves behind: processes of its group, and sockets that listen.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::killpg;
use nix::unistd::Pid;

/// How long the system may take to be rid of what has ended.
const GONE_WITHIN: Duration = Duration::from_millis(500);
/// Time from one look to the next.
const PAUSE: Duration = Duration::from_millis(10);

/// The processes of `group` that still run, as `name (id)`; empty as soon as none is left.
pub(super) async fn processes(group: Pid) -> Vec<String> {
    gone(|| of_group(group)).await
}

/// Those of `addresses` that somebody still listens on.
pub(super) async fn listeners(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let taken = |address: &&SocketAddr| TcpListener::bind(address).is_err();
    gone(|| addresses.iter().filter(taken).copied().collect()).await
}

/// Looks until nothing is left or the time is over, and returns what was left then.
async fn gone<T>(mut look: impl FnMut() -> Vec<T>) -> Vec<T> {
    let until = Instant::now() + GONE_WITHIN;
    loop {
        let left = look();
        if left.is_empty() || Instant::now() >= until {
            return left;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn of_group(group: Pid) -> Vec<String> {
    if killpg(group, None) == Err(Errno::ESRCH) {
        return Vec::new();
    }
    match fs::read_dir("/proc") {
        Ok(entries) => entries.filter_map(|entry| member(&entry.ok()?.path().join("stat"), group)).collect(),
        // A system without /proc: that there are some is all that can be told.
        Err(_) => vec!["a process of the adapter's group".to_owned()],
    }
}

/// The process of this `stat` file, if it is of `group` and more than a corpse.
fn member(stat: &std::path::Path, group: Pid) -> Option<String> {
    let text = fs::read_to_string(stat).ok()?;
    // `id (name) state parent group …`, and a name may hold anything.
    let (id, rest) = text.split_once(" (")?;
    let (name, fields) = rest.rsplit_once(") ")?;
    let mut fields = fields.split(' ');
    let state = fields.next()?;
    let of: i32 = fields.nth(1)?.parse().ok()?;
    (of == group.as_raw() && !["Z", "X"].contains(&state)).then(|| format!("{name} ({id})"))
}
