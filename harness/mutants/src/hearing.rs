//! Between a gateway and its DNS server: a server that passes queries on as they are, and something else than what it heard
//! back.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdTcpListener, UdpSocket as StdUdpSocket};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hickory_proto::op::{Message, Query};
use sextant_subjects::Between;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;

/// How long an answer of the real server is waited for; longer than any gateway waits.
const PATIENCE: Duration = Duration::from_secs(30);
/// The largest message (RFC 1035, 4.2.2).
const LARGEST: usize = 65_535;
/// Ports that are tried until one is free for both protocols.
const TRIES: usize = 16;

/// What is made of an answer, given what was heard before.
pub type Hearing = fn(Message, &mut Heard) -> Message;

/// The last answer with records to each question.
#[derive(Debug, Default)]
pub struct Heard {
    /// By what was asked.
    pub with_records: HashMap<Query, Message>,
}

/// What passes one query on.
#[derive(Clone)]
struct Passing {
    dns: SocketAddr,
    hearing: Hearing,
    heard: Arc<Mutex<Heard>>,
}

/// A server before `dns`.
///
/// # Errors
/// When there is no socket for it.
pub(crate) fn between(dns: SocketAddr, hearing: Hearing) -> io::Result<Between> {
    let (udp, tcp) = sockets()?;
    let address = udp.local_addr()?;
    let passing = Passing { dns, hearing, heard: Arc::default() };
    let serving = passing.serve(UdpSocket::from_std(udp)?, TcpListener::from_std(tcp)?);
    Ok(Between { address, serving: AbortOnDropHandle::new(tokio::spawn(serving)) })
}

/// A UDP and a TCP socket on one free port.
fn sockets() -> io::Result<(StdUdpSocket, StdTcpListener)> {
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..TRIES {
        let udp = StdUdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        match StdTcpListener::bind(udp.local_addr()?) {
            Ok(tcp) => {
                udp.set_nonblocking(true)?;
                tcp.set_nonblocking(true)?;
                return Ok((udp, tcp));
            }
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
                    let (passing, back, query) = (self.clone(), Arc::clone(&udp), buffer[..length].to_vec());
                    under_way.spawn(async move {
                        if let Ok(answer) = passing.ask(&query).await {
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

    /// The answer to a query over UDP.
    async fn ask(&self, query: &[u8]) -> io::Result<Vec<u8>> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        socket.connect(self.dns).await?;
        socket.send(query).await?;
        let mut answer = vec![0; LARGEST];
        let length = tokio::time::timeout(PATIENCE, socket.recv(&mut answer)).await??;
        Ok(self.made_of(&answer[..length]))
    }

    /// Passes the queries of one connection on over another.
    async fn converse(&self, mut from: TcpStream) -> io::Result<()> {
        let mut to = TcpStream::connect(self.dns).await?;
        loop {
            let query = read_message(&mut from).await?;
            write_message(&mut to, &query).await?;
            let answer = tokio::time::timeout(PATIENCE, read_message(&mut to)).await??;
            write_message(&mut from, &self.made_of(&answer)).await?;
        }
    }

    /// What becomes of an answer. What is no DNS message, or does not fit in one packet, stays as it is.
    fn made_of(&self, answer: &[u8]) -> Vec<u8> {
        let read = Message::from_vec(answer).ok().filter(|message| !message.metadata.truncation);
        let Some(message) = read else { return answer.to_vec() };
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = message.queries.first().cloned();
        let remembered = asked.filter(|_| !message.answers.is_empty()).map(|asked| (asked, message.clone()));
        let made = (self.hearing)(message, &mut heard);
        heard.with_records.extend(remembered);
        made.to_vec().unwrap_or_else(|_| answer.to_vec())
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
