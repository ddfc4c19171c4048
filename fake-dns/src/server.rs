//! The running server: its options, its start and end, and changes while it runs.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hickory_server::Server;

use crate::{Journal, Name, Revision, Zone};

mod handler;
mod reply;
mod sockets;
mod state;

pub use sockets::StartError;

use handler::Handler;
use state::State;

/// A TCP connection without a query for so long is closed (RFC 7766 section 6.2.3).
const TCP_IDLE: Duration = Duration::from_secs(10);
/// Replies that may wait for a slow TCP client.
const TCP_REPLIES: usize = 64;

/// How a server starts. The default is an empty zone on a free port of 127.0.0.1.
#[derive(Clone, Debug)]
pub struct Options {
    /// Loopback address to bind, for UDP and TCP; port 0 takes one that is free for both.
    pub bind: SocketAddr,
    /// `true` answers as the zone's own server: AA on, RA off. `false` (default) answers as a resolver does: AA off, RA
    /// on, which is what `nslookup` calls a non-authoritative answer.
    pub authoritative: bool,
    /// Decides the orders of `shuffle`. Default 0.
    pub seed: u64,
    /// What is answered at first.
    pub zone: Zone,
    /// What the times of the journal count from, for several journals on one clock. Default: now.
    pub epoch: Instant,
    /// How many queries the journal holds; the oldest are forgotten first. Default 100,000, some 40 MB when full of
    /// replies with one record.
    pub journal: usize,
}

/// A DNS server on loopback, over UDP and TCP on one port.
///
/// It treats the whole of DNS as one zone that it knows: names of the [`Zone`] answer by their scripts, all others are
/// NXDOMAIN, and aliases are followed within it ([`crate::Playback`] has the rules). Replies over UDP have at most the
/// size that the client offers (512 octets without EDNS, 4096 at most); what does not fit has the TC flag and no
/// records. Negative replies have an SOA record of the root whose serial number is the [`Revision`].
///
/// Refused by rule, whatever the zone says: opcodes other than QUERY (NOTIMP), no or several questions (FORMERR), EDNS
/// versions above 0 (BADVERS), classes other than IN and zone transfers (REFUSED).
///
/// Dropping it ends its tasks and closes its sockets as soon as the runtime gets to it; [`FakeDns::shutdown`] waits for
/// that.
pub struct FakeDns {
    addr: SocketAddr,
    state: Arc<State>,
    journal: Journal,
    server: Server<Handler>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            bind: ([127, 0, 0, 1], 0).into(),
            authoritative: false,
            seed: 0,
            zone: Zone::default(),
            epoch: Instant::now(),
            journal: 100_000,
        }
    }
}

impl FakeDns {
    /// Binds the sockets and starts to answer; once it returns, queries are answered.
    ///
    /// # Errors
    /// [`StartError`] when the address is not on loopback or cannot be bound.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let Options { bind, authoritative, seed, zone, epoch, journal } = options;
        let (udp, tcp, addr) = sockets::bind(bind).await?;
        let journal = Journal::new(epoch, journal);
        let state = Arc::new(State::new(zone, seed));
        let mut server = Server::new(Handler::new(Arc::clone(&state), journal.clone(), authoritative));
        server.register_socket(udp);
        server.register_listener(tcp, TCP_IDLE, TCP_REPLIES);
        Ok(Self { addr, state, journal, server })
    }

    /// Where it listens, with the real port.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Every query so far.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The zone that is in force now.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.state.revision()
    }

    /// Adds or replaces the scripts of the zone's names, each at its start; other names stay as they are. Every query
    /// that is read after this returns is answered under the revision it returns, or a later one.
    pub fn set(&self, zone: Zone) -> Revision {
        self.state.change(|playback| playback.set(zone))
    }

    /// Forgets a name; it is NXDOMAIN then, unless a wildcard covers it or there are names below it. A name that is not
    /// there is no error.
    pub fn remove(&self, name: &Name) -> Revision {
        self.state.change(|playback| {
            playback.remove(name);
        })
    }

    /// Forgets all names and begins with this zone.
    pub fn replace(&self, zone: Zone) -> Revision {
        self.state.change(|playback| playback.replace(zone))
    }

    /// Ends the server: stops reading, forgets replies that still wait, and returns once the port is free.
    pub async fn shutdown(mut self) {
        if let Err(error) = self.server.shutdown_gracefully().await {
            // The server is at its end either way; its journal says what it did.
            tracing::warn!(%error, addr = %self.addr, "a task of the fake dns had failed before");
        }
    }
}

impl fmt::Debug for FakeDns {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("FakeDns").field("addr", &self.addr).field("revision", &self.revision()).finish()
    }
}
