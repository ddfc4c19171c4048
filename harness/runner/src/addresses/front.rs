//! In front of the fake DNS, for subjects that do not know the address plan: queries pass as they are, and the documented
//! addresses in answers become real ones.

mod message;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;

use super::Aliases;

/// How long an answer of the fake DNS is waited for; longer than anybody who asks waits.
const PATIENCE: Duration = Duration::from_secs(30);
/// The largest message (RFC 1035, 4.2.2).
const LARGEST: usize = 65_535;
/// Ports that are tried until one is free for both protocols.
const TRIES: usize = 16;

/// A DNS server on loopback, over UDP and TCP, that asks the fake DNS and answers with the real addresses instead of the
/// documented ones. Aliases are IPv4 addresses; an AAAA record has one in the form of IPv6 (RFC 4291, 2.5.5.2). It ends
/// when it is dropped.
#[derive(Debug)]
pub struct DnsFront {
    address: SocketAddr,
    _serving: AbortOnDropHandle<()>,
}

/// What is told of each lookup that begins.
type Told = dyn Fn(String) + Send + Sync;

/// What a server needs to pass a query on.
#[derive(Clone)]
struct Passing {
    dns: SocketAddr,
    aliases: Arc<Aliases>,
    begun: Arc<Told>,
}

impl DnsFront {
    /// A server in front of the one at `dns`. `begun` is told the name of every lookup that begins, before it is passed
    /// on: in lower case, without the dot at its end. A query for A records counts as the beginning of a lookup.
    ///
    /// # Errors
    /// When there is no socket to be had.
    pub async fn start(
        dns: SocketAddr,
        aliases: Arc<Aliases>,
        begun: impl Fn(String) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let (udp, tcp) = sockets().await?;
        let address = udp.local_addr()?;
        let passing = Passing { dns, aliases, begun: Arc::new(begun) };
        Ok(Self { address, _serving: AbortOnDropHandle::new(tokio::spawn(passing.serve(udp, tcp))) })
    }

    /// Where it answers.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// A UDP and a TCP socket on one free port.
async fn sockets() -> io::Result<(UdpSocket, TcpListener)> {
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..TRIES {
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        match TcpListener::bind(udp.local_addr()?).await {
            Ok(tcp) => return Ok((udp, tcp)),
            Err(error) => last = error,
        }
    }
    Err(last)
}

impl Passing {
    async fn serve(self, udp: UdpSocket, tcp: TcpListener) {
        let udp = Arc::new(udp);
        let mut buffer = vec![0; LARGEST];
        let mut under_way = JoinSet::new();
        loop {
            tokio::select! {
                received = udp.recv_from(&mut buffer) => {
                    // Errors of UDP sockets are about an earlier packet.
                    let Ok((length, from)) = received else { continue };
                    let query = buffer[..length].to_vec();
                    self.note(&query);
                    let (passing, back) = (self.clone(), Arc::clone(&udp));
                    under_way.spawn(async move {
                        if let Some(answer) = passing.ask(&query).await {
                            let _ = back.send_to(&answer, from).await; // who asked may be gone
                        }
                    });
                }
                accepted = tcp.accept() => {
                    let Ok((stream, _)) = accepted else { continue };
                    let passing = self.clone();
                    under_way.spawn(async move {
                        let _ = passing.converse(stream).await; // either side may end it
                    });
                }
                Some(_) = under_way.join_next() => {}
            }
        }
    }

    fn note(&self, query: &[u8]) {
        if let Some(name) = message::begins_lookup_of(query) {
            (self.begun)(name);
        }
    }

    /// The answer to a query over UDP; `None` when there is none.
    async fn ask(&self, query: &[u8]) -> Option<Vec<u8>> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.ok()?;
        socket.connect(self.dns).await.ok()?;
        socket.send(query).await.ok()?;
        let mut answer = vec![0; LARGEST];
        let length = tokio::time::timeout(PATIENCE, socket.recv(&mut answer)).await.ok()?.ok()?;
        Some(message::with_aliases(&answer[..length], &self.aliases))
    }

    /// Passes the queries of one connection on over another.
    async fn converse(&self, mut from: TcpStream) -> io::Result<()> {
        let mut to = TcpStream::connect(self.dns).await?;
        loop {
            let query = read_message(&mut from).await?;
            write_message(&mut to, &query).await?;
            let answer = tokio::time::timeout(PATIENCE, read_message(&mut to)).await??;
            write_message(&mut from, &message::with_aliases(&answer, &self.aliases)).await?;
        }
    }
}

async fn read_message(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut message = vec![0; stream.read_u16().await?.into()];
    stream.read_exact(&mut message).await?;
    Ok(message)
}

async fn write_message(stream: &mut TcpStream, message: &[u8]) -> io::Result<()> {
    let length = u16::try_from(message.len()).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
    stream.write_all(&[&length.to_be_bytes()[..], message].concat()).await
}

#[cfg(test)]
mod tests;
